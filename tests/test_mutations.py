"""No small edit that makes a claim of the corrected paper false may leave it proved.

Whether an edit makes a difference is judged by `floats`, which shares no evaluation with the
program, or by the edit itself where it changes every value. A sample runs by default; set
DERIVE_ALL_MUTANTS=1 for the whole, DERIVE_SEED for another sample.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from floats import differs, same_meaning
from mutate import KINDS, Mutant, mutants

from derive.derivation import Derivation, Relation
from derive.options import Options
from derive.prove.decide import decide
from derive.read.read import read
from derive.source import Source
from derive.term import ZERO
from derive.verdict import MALFORMED, PROVED, PROVED_IF, REFUTED

PAPER = Path(__file__).parents[1] / "derive" / "papers" / "corrected.md"
WHOLE = os.environ.get("DERIVE_ALL_MUTANTS") == "1"
SEED = int(os.environ.get("DERIVE_SEED", "0"))
SAMPLE = 220
OPTIONS = Options(cross_check=False)


@cache
def paper() -> Derivation:
    return read(Source(PAPER.read_text(encoding="utf-8"), str(PAPER)), "md")


def status(relation: Relation) -> tuple[str, bool]:
    """The verdict on a relation, and whether it says that its sides vanish."""
    if relation.problem is not None:
        return relation.problem.verdict, False
    verdict = decide(relation, OPTIONS)
    return verdict.status, verdict.trivial


def edited(mutant: Mutant) -> Relation | None:
    """The edited relation as read; None where it is a relation no more."""
    derivation = read(Source(mutant.text), "md")
    return next((r for r in derivation.relations if r.id == mutant.relation), None)


@cache
def outcomes() -> tuple[tuple[Mutant, bool, bool, str], ...]:
    """(mutant, whether it is false, whether it was read as before, its verdict) of the sample."""
    return tuple(judged(mutants(paper(), SEED, None if WHOLE else SAMPLE)))


def judged(sample: list[Mutant]) -> Iterator[tuple[Mutant, bool, bool, str]]:
    originals = {r.id: r for r in paper().relations}
    for mutant in sample:
        relation = edited(mutant)
        if relation is not None:
            false = bool(differs(relation)) or (mutant.certain and not at_zero(mutant))
            unseen = same_meaning(relation, originals[mutant.relation])
            yield mutant, false, unseen, status(relation)[0]


def at_zero(mutant: Mutant) -> bool:
    """Whether both sides of the original are 0 for all that floating point can tell."""
    original = next(r for r in paper().relations if r.id == mutant.relation)
    return original.left is ZERO or original.right is ZERO


def told(rows: list[Any]) -> str:
    return "\n".join(f"{m.relation} {m.kind}: {m.before} -> {m.after}: {v}" for m, *_, v in rows)


def test_every_claim_of_the_paper_is_proved() -> None:
    claims = [r for r in paper().relations if r.kind == "claim"]
    assert {r.id: status(r)[0] for r in claims} == {r.id: PROVED for r in claims}


def test_every_claim_of_the_paper_agrees_with_floating_point() -> None:
    claims = [r for r in paper().relations if r.kind == "claim"]
    assert {r.id: differs(r) for r in claims} == {r.id: False for r in claims}


def test_every_kind_of_edit_occurs() -> None:
    made = {m.kind for m in mutants(paper())}
    missing = {k.name for k in KINDS} - made
    assert missing <= {"drop power", "log to exp", "exchange matrices"}


def test_no_false_mutant_is_proved() -> None:
    wrong = [row for row in outcomes() if row[1] and row[3] in (PROVED, PROVED_IF)]
    assert not wrong, told(wrong)


def test_no_certain_edit_is_overlooked() -> None:
    wrong = [row for row in outcomes() if row[0].certain and row[2]]
    assert not wrong, told(wrong)


def test_nearly_every_false_mutant_is_reported() -> None:
    false = [row for row in outcomes() if row[1]]
    missed = [row for row in false if row[3] not in (REFUTED, MALFORMED)]
    assert len(false) > len(outcomes()) / 2
    assert len(missed) <= 0.02 * len(false), told(missed)


def test_no_true_mutant_is_refuted() -> None:
    wrong = [row for row in outcomes() if row[3] == REFUTED and not row[1] and known(row[0])]
    assert not wrong, told(wrong)


def known(mutant: Mutant) -> bool:
    """Whether floating point could say that the edited relation holds."""
    relation = edited(mutant)
    return relation is not None and differs(relation) is False


TWINS = [
    (r"$$\frac{d}{dx} x^2 = 2 x$$", r"$$\frac{d}{dx} x^2 = 3 x$$"),
    (r"$$\sum_{i=1}^n (x_i + 1) = n + \sum_{i=1}^n x_i$$", r"$$\sum_{i=1}^n (x_i + 1) = 1 + \sum_{i=1}^n x_i$$"),
]  # fmt: skip


@pytest.mark.parametrize(("true", "false"), TWINS)
def test_the_judge_tells_true_from_false(true: str, false: str) -> None:
    assert [differs(read(Source(t), "md").relations[0]) for t in (true, false)] == [False, True]
