"""Documents as tests: every `##` section of tests/cases/*.md is a document of its own.

After a display stands what is expected of its relations, one verdict each, in order:
`<!-- expect: proved refuted -->`; `undecided|refuted` leaves a choice. `<!-- note: "words" -->`
expects a finding with these words or this code, `<!-- silent: code -->` that there is none, and
`<!-- xfail: reason -->` marks a document that is known to fall short.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from derive.check import Document, check_text
from derive.options import Options
from derive.verdict import VERDICTS

CASES = Path(__file__).parent / "cases"
OPTIONS = Options(cross_check=False, timeout=5.0)
_DISPLAY = re.compile(r"\$\$.*?\$\$|\\\[.*?\\\]", re.S)
_MARK = re.compile(r"<!--\s*(expect|note|silent|xfail)\s*:\s*(.*?)\s*-->", re.S)
_COMMENT = re.compile(r"<!--.*?-->", re.S)


@dataclass(frozen=True)
class Expected:
    """The verdicts of the relations that start in `start..end` of a document."""

    start: int
    end: int
    verdicts: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Case:
    """One document with what is expected of it; `line` is where it starts in its file."""

    file: str
    line: int
    name: str
    text: str
    expected: tuple[Expected, ...]
    notes: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    xfail: str = ""


def cases_of(text: str, file: str) -> Iterator[Case]:
    """Every document of a file; raises `ValueError` where one expects nothing."""
    starts = [m.start() for m in re.finditer(r"^## ", text, re.M)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line = text.count("\n", 0, start) + 1
        yield case_of(text[start:end], file, line)


def case_of(text: str, file: str, line: int) -> Case:
    name = text.splitlines()[0].removeprefix("##").strip()
    marks = [(m.group(1), m.group(2), m.start()) for m in _MARK.finditer(text)]
    expected = tuple(expectation(text, words, at) for kind, words, at in marks if kind == "expect")
    if not expected:
        raise ValueError(f"{file}:{line}: '{name}' expects nothing")
    notes = tuple(words.strip('"') for kind, words, _ in marks if kind == "note")
    silent = tuple(words.strip('"') for kind, words, _ in marks if kind == "silent")
    xfail = " ".join(words for kind, words, _ in marks if kind == "xfail")
    return Case(file, line, name, text, expected, notes, silent, xfail)


def expectation(text: str, words: str, at: int) -> Expected:
    """What a mark at `at` says of the last display before it."""
    shown = _COMMENT.sub(lambda m: " " * len(m.group()), text)
    displays = [m for m in _DISPLAY.finditer(shown) if m.end() <= at]
    verdicts = tuple(frozenset(word.split("|")) for word in words.split())
    unknown = {v for choice in verdicts for v in choice} - {*VERDICTS}
    if not displays or not verdicts or unknown:
        raise ValueError(f"cannot be expected here: {words!r}")
    return Expected(displays[-1].start(), displays[-1].end(), verdicts)


def failures(case: Case) -> list[str]:
    """What came out otherwise than expected, a line each."""
    document = check_text(case.text, options=OPTIONS)
    wrong = [w for expected in case.expected for w in wrong_verdicts(case, document, expected)]
    said = [f"{f.code} {f.message}" for f in document.findings]
    wrong += [f"no finding says {n!r}: {said}" for n in case.notes if not any(n in s for s in said)]
    return wrong + [f"unwanted {s}" for n in case.silent for s in said if n in s]


def wrong_verdicts(case: Case, document: Document, expected: Expected) -> Iterator[str]:
    found = [r for r in document.relations if expected.start <= r.span.start < expected.end]
    if len(found) != len(expected.verdicts):
        got = [(r.latex, r.verdict) for r in found]
        yield f"{case.file}: {len(found)} relations, {len(expected.verdicts)} expected: {got}"
        return
    for relation, choice in zip(found, expected.verdicts, strict=True):
        if relation.verdict not in choice:
            line = case.line + relation.line - 1
            yield (
                f"{case.file}:{line}: {relation.latex} is {relation.verdict}, "
                f"not {'|'.join(sorted(choice))}: {relation.reason or relation.conditions}"
            )


def all_cases() -> Iterator[Case]:
    for path in sorted(CASES.glob("*.md")):
        yield from cases_of(path.read_text(encoding="utf-8"), path.name)


def marked(case: Case) -> object:
    marks = [pytest.mark.xfail(reason=case.xfail, strict=True)] if case.xfail else []
    return pytest.param(case, id=f"{Path(case.file).stem}: {case.name}", marks=marks)


@pytest.mark.parametrize("case", [marked(c) for c in all_cases()])
def test_case(case: Case) -> None:
    assert failures(case) == []


def test_a_document_that_expects_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="expects nothing"):
        list(cases_of("## Empty\n\n$$1 = 1$$\n", "x.md"))


@pytest.mark.parametrize("words", ["", "prooved"])
def test_an_expectation_that_says_no_verdict_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="cannot be expected"):
        list(cases_of(f"## Wrong\n\n$$1 = 1$$\n<!-- expect: {words} -->\n", "x.md"))


def test_a_wrong_expectation_fails() -> None:
    text = "## Wrong\n\n$$1 + 1 = 2$$\n<!-- expect: refuted -->\n<!-- note: never said -->\n"
    (case,) = cases_of(text, "x.md")
    assert len(failures(case)) == 2
