"""Whole derivations: no alarm on what is correct, nothing false proved, planted errors found."""

import re
from functools import cache
from pathlib import Path

import pytest
from corpora import DOCUMENTS, HOLDS, WRONG, Fault, absurd, checked, derivation, faults, form

from derive.check import Document
from derive.derivation import Derivation
from derive.options import Options
from derive.prove.decide import decide
from derive.read.read import read
from derive.source import Source

QUICK = Options(cross_check=False, isolate=False)
LEAST_READ, LEAST_DECIDED = 0.95, 0.85
INDEFINITE = re.compile(r"\\int(?!\s*_)|\+ C\b")
CHANGES = (r"42 \cdot \left( {} \right)", r"\left( {} \right) + 1")


def _name(path: Path) -> str:
    return path.stem


@cache
def _correct(path: Path) -> Document:
    return checked(path.read_text(encoding="utf-8"), path, QUICK)


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_a_correct_document_raises_no_alarm(path: Path) -> None:
    document = _correct(path)
    wrong = [f"{r.id} {r.verdict}: {r.latex}" for r in document.relations if r.verdict in WRONG]
    assert not wrong
    assert not [f.message for f in document.findings if f.severity == "error"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_a_correct_document_is_read_and_decided(path: Path) -> None:
    rows = _correct(path).relations
    read_ = [r for r in rows if r.verdict != "not-checked"]
    decided = [r for r in read_ if r.verdict != "undecided"]
    assert len(read_) >= LEAST_READ * len(rows), [r.latex for r in rows if r not in read_]
    assert len(decided) >= LEAST_DECIDED * len(rows), [r.latex for r in read_ if r not in decided]


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_nothing_absurd_is_proved(path: Path) -> None:
    source = derivation(path)
    proved = [r for r in source.relations if r.problem is None and decide(r, QUICK).status in HOLDS]
    assert proved
    for relation in proved:
        if relation.op in ("=", ":=", "≡"):
            for change in CHANGES:
                if change.endswith("+ 1") and INDEFINITE.search(relation.latex):
                    continue  # an antiderivative is known up to a constant
                _not_proved(source, relation.id, absurd(source.source.text, relation, change), path)


def _not_proved(source: Derivation, id: str, text: str, path: Path) -> None:
    """What was changed is no longer proved; 42 times nothing is nothing, and says so.

    A multiple of what solves a linear equation solves it too.
    """
    changed = read(Source(text, str(path)), form(path))
    for relation in changed.relations:
        if relation.id == id and relation.problem is None and not relation.solves:
            verdict = decide(relation, QUICK)
            assert verdict.status not in HOLDS or verdict.trivial or _zero(relation), relation.latex


def _zero(relation: object) -> bool:
    """Whether the changed right side is 42 times nothing but zeros."""
    right = str(getattr(relation, "latex", "")).rpartition("=")[2]
    plain = re.sub(r"\\[a-zA-Z]+(\{[a-z]*matrix\})?|42", "", right)
    return not re.search(r"[a-zA-Z1-9]", plain)


@pytest.mark.parametrize("fault", list(faults()), ids=lambda fault: fault.name)
def test_an_error_is_found_where_it_is(fault: Fault) -> None:
    spoiled = read(Source(fault.text, str(fault.path)), form(fault.path))
    (relation,) = [r for r in spoiled.relations if r.id == fault.relation]
    found = relation.problem.verdict if relation.problem else decide(relation, QUICK).status
    assert found in WRONG
