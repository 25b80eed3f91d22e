"""No small edit that makes a proved claim false may leave it proved.

The claims are those of the corrected paper and of the sound documents. Whether an edit makes
a difference is judged by `floats`, which shares no evaluation with the program, or by the
edit itself where it changes every value. A sample runs by default; set DERIVE_ALL_MUTANTS=1
for the whole, DERIVE_SEED for another sample.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from floats import differs, same_meaning
from mutate import KINDS, Mutant, mutants

from derive.derivation import Derivation, Relation
from derive.options import Options
from derive.prove.decide import decide
from derive.read.read import Reader, read
from derive.source import Source
from derive.term import ZERO
from derive.verdict import MALFORMED, PROVED, PROVED_IF, REFUTED

HERE = Path(__file__).parent
PAPER = HERE.parent / "derive" / "papers" / "corrected.md"
SOUND = sorted(p for p in (HERE / "sound").iterdir() if p.suffix in (".md", ".tex"))
WHOLE = os.environ.get("DERIVE_ALL_MUTANTS") == "1"
SEED = int(os.environ.get("DERIVE_SEED", "0"))
SAMPLES = {PAPER: 150} | dict.fromkeys(SOUND, 25)
OPTIONS = Options(cross_check=False)
HOLDS = (PROVED, PROVED_IF)
LOST, CRASHED = "lost without a word", "crashed"


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: is it false, true, was it read as before; its verdict."""

    mutant: Mutant
    false: bool
    true: bool
    unseen: bool
    verdict: str

    def __str__(self) -> str:
        m = self.mutant
        return f"{m.relation} {m.kind}: {m.before} -> {m.after}: {self.verdict}"


def derivation(text: str, path: Path) -> Derivation:
    return read(Source(text, str(path)), path.suffix.removeprefix("."))


@cache
def original(path: Path) -> Derivation:
    return derivation(path.read_text(encoding="utf-8"), path)


@cache
def claims(path: Path) -> dict[str, Relation]:
    """The claims of a document that are proved; whether all are is for `test_sound` to say."""
    rows = [r for r in original(path).relations if r.kind == "claim"]
    return {r.id: r for r in rows if status(r) in HOLDS}


def status(relation: Relation) -> str:
    if relation.problem is not None:
        return relation.problem.verdict
    return decide(relation, OPTIONS).status


@cache
def outcomes() -> tuple[Outcome, ...]:
    return tuple(judged(p, m) for p, count in SAMPLES.items() for m in sample(p, count))


def sample(path: Path, count: int) -> list[Mutant]:
    return mutants(original(path), claims(path), SEED, None if WHOLE else count)


def judged(path: Path, mutant: Mutant) -> Outcome:
    try:
        return outcome(path, mutant)
    except Exception as trouble:
        return Outcome(mutant, False, False, False, f"{CRASHED}: {trouble!r}")


def outcome(path: Path, mutant: Mutant) -> Outcome:
    rows = derivation(mutant.text, path).relations
    own = [r for r in rows if r.id == mutant.relation]
    # an unreadable display may have swallowed the relation, and says so
    found = own or [r for r in rows if r.problem is not None]
    if not found:
        return Outcome(mutant, True, False, False, LOST)
    before = claims(path)[mutant.relation]
    apart = differs(found[0])
    false = bool(apart) or (mutant.certain and apart is None and not at_zero(before))
    return Outcome(mutant, false, apart is False, same_meaning(found[0], before), status(found[0]))


def at_zero(relation: Relation) -> bool:
    return ZERO in (relation.left, relation.right)


def told(rows: Iterator[Outcome]) -> list[str]:
    return [str(row) for row in rows]


def test_every_claim_of_the_paper_is_proved() -> None:
    rows = [r for r in original(PAPER).relations if r.kind == "claim"]
    assert {r.id: status(r) for r in rows} == {r.id: PROVED for r in rows}


def test_every_claim_of_the_paper_agrees_with_floating_point() -> None:
    assert {i: differs(r) for i, r in claims(PAPER).items()} == dict.fromkeys(claims(PAPER), False)


@pytest.mark.parametrize("path", SOUND, ids=lambda p: p.name)
def test_what_is_proved_agrees_with_floating_point(path: Path) -> None:
    assert not [r.latex for r in claims(path).values() if differs(r)]


def test_every_kind_of_edit_occurs() -> None:
    made = {m.kind for p in SAMPLES for m in mutants(original(p), claims(p))}
    assert {k.name for k in KINDS} - made == set()


def test_no_false_mutant_is_proved() -> None:
    assert not told(row for row in outcomes() if row.false and row.verdict in HOLDS)


def test_no_certain_edit_is_overlooked() -> None:
    rows = (row for row in outcomes() if row.mutant.certain and row.unseen and row.false)
    assert not told(rows)


def test_no_mutant_is_lost() -> None:
    assert not told(row for row in outcomes() if row.verdict == LOST)


def test_no_mutant_crashes_the_program() -> None:
    assert not told(row for row in outcomes() if row.verdict.startswith(CRASHED))


def test_no_true_mutant_is_refuted() -> None:
    assert not told(row for row in outcomes() if row.true and row.verdict == REFUTED)


def test_nearly_every_false_mutant_is_reported() -> None:
    false = [row for row in outcomes() if row.false]
    missed = [row for row in false if row.verdict not in (REFUTED, MALFORMED)]
    assert len(false) > len(outcomes()) / 2
    assert len(missed) <= 0.02 * len(false), told(iter(missed))


TWINS = [
    (r"$$\frac{d}{dx} x^2 = 2 x$$", r"$$\frac{d}{dx} x^2 = 3 x$$"),
    (r"$$\sum_{i=1}^n (x_i + 1) = n + \sum_{i=1}^n x_i$$", r"$$\sum_{i=1}^n (x_i + 1) = 1 + n$$"),
]


@pytest.mark.parametrize(("true", "false"), TWINS)
def test_the_judge_tells_true_from_false(true: str, false: str) -> None:
    read_both = [derivation(text, PAPER).relations[0] for text in (true, false)]
    assert [differs(relation) for relation in read_both] == [False, True]


def test_an_edit_read_in_its_display_alone_says_what_the_whole_document_says() -> None:
    text = PAPER.read_text(encoding="utf-8")
    reader = Reader(Source(text), "md")
    for mutant in sample(PAPER, 12):
        row = next(r for r in reader.derivation.relations if r.id == mutant.relation)
        span = row.right_span if mutant.side == "right" else row.left_span
        varied = reader.varied([(span, mutant.after)])
        assert varied is not None
        assert varied.source is reader.source
        assert said(varied.derivation) == said(derivation(mutant.text, PAPER))


def said(read_: Derivation) -> list[object]:
    return [(r.id, r.kind, r.left, r.op, r.right, r.predecessor) for r in read_.relations]
