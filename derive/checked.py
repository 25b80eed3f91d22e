"""The record of a checked document: each relation with its judgement, and the findings.

It stands below the rooms, so that `explain` can fill it and `write` can print it without
knowing each other.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import field, replace
from functools import cached_property
from math import prod

from derive.context import Condition
from derive.derivation import Derivation, Relation
from derive.finding import ERROR, Finding, Repair
from derive.show import text
from derive.term import Mul, Num, mul
from derive.values import dataclass
from derive.verdict import CHECKED, NOT_CHECKED, UNDECIDED, VERDICTS, Verdict

# how a condition's kind is said of its term
_SAID = {
    "nonzero": "{} ≠ 0",
    "positive": "{} > 0",
    "nonnegative": "{} ≥ 0",
    "integer": "{} is an integer",
    "power": "{} > 0",
}
# kinds of conditions on one term that say all that this kind says, and more
_STRONGER = {
    "nonzero": ("positive", "power"),
    "positive": (),
    "nonnegative": ("positive", "power"),
    "power": (),
}
_ORDINALS = {
    str(k): word + " "
    for k, word in enumerate(
        ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"), start=2
    )
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A certificate: the file and the theorem in it, whether Coq has checked it, what it says."""

    file: str
    theorem: str
    checked: bool
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided of one relation.

    `verdict` is against the definitions in force, `step` against the predecessor (None
    where there is none); `blame` weighs the two, and `cause` names the relation at fault.
    `lost` says why the search for repairs came to no end, where it did not; `uncertified` why
    there is no certificate, where one was asked for.
    """

    verdict: Verdict
    step: Verdict | None = None
    blame: str | None = None
    cause: str | None = None
    seconds: float = 0.0
    repairs: tuple[Repair, ...] = ()
    certificate: Mark | None = None
    lost: str = ""
    uncertified: str = ""


@dataclass(frozen=True)
class Checked:
    """A document, decided: `judgements` stand parallel to the derivation's relations."""

    derivation: Derivation
    judgements: tuple[Judgement, ...]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts, parallel to the relations."""
        return tuple(j.verdict for j in self.judgements)

    @property
    def blames(self) -> tuple[str | None, ...]:
        """The blames, parallel to the relations."""
        return tuple(j.blame for j in self.judgements)

    @property
    def seconds(self) -> tuple[float, ...]:
        """The time each relation took, parallel to the relations."""
        return tuple(j.seconds for j in self.judgements)

    @property
    def rows(self) -> tuple[tuple[Relation, Judgement], ...]:
        """Each relation with its judgement, in reading order."""
        return tuple(zip(self.derivation.relations, self.judgements, strict=True))

    @cached_property
    def summary(self) -> dict[str, int]:
        """How many relations there are, how many were checked, and each verdict's count."""
        counts = Counter(v.status for v in self.verdicts)
        checked = sum(counts[status] for status in CHECKED)
        head = {"relations": len(self.verdicts), "checked": checked}
        return head | {status: counts[status] for status in VERDICTS}

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return sum(f.severity == ERROR for f in self.findings)

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return self.errors > 0

    @property
    def open(self) -> bool:
        """Whether anything is undecided or not checked."""
        return any(v.status in (UNDECIDED, NOT_CHECKED) for v in self.verdicts)


def condition_texts(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """Say side conditions, each once; what another one says already is left out."""
    plain = dict.fromkeys(map(_plain, conditions))
    told = (c for c in plain if not any(_weaker(c, other) for other in plain))
    return tuple(dict.fromkeys(map(condition_text, told)))


def _plain(condition: Condition) -> Condition:
    """The condition without a number as a factor, where it says the same: 2 x > 0 as x > 0."""
    term = condition.term
    if condition.kind not in _STRONGER or not isinstance(term, Mul):
        return condition
    factor = prod(a.value for a in term.args if isinstance(a, Num))
    if factor == 0 or (factor < 0 and condition.kind != "nonzero"):
        return condition
    return replace(condition, term=mul(*(a for a in term.args if not isinstance(a, Num))))


def _weaker(condition: Condition, other: Condition) -> bool:
    stronger = other.kind in _STRONGER.get(condition.kind, ())
    return stronger and condition.term is other.term and condition.over == other.over


def condition_text(condition: Condition) -> str:
    """Say a side condition in one line, with the range it is to hold for."""
    said = _SAID[condition.kind].format(text(condition.term))
    ranges = [f"{text(i)} = {text(lo)}, …, {text(hi)}" for i, lo, hi in condition.over]
    return f"{said} for {' and '.join(ranges)}" if ranges else said


def name(relation: Relation) -> str:
    """Name a relation as a reader would point at it: by its number, else by its line."""
    problem = relation.problem
    noun = "equation" if relation.op in ("=", ":=", "≡") else "relation"
    if relation.tag is not None:
        return f"{noun} ({relation.id})"
    if problem is not None and problem.verdict == NOT_CHECKED:
        noun = "formula"
    where, _, line = relation.id.rpartition("L")
    line, _, part = line.partition(".")
    count = _ORDINALS.get(part, f"{part}th ") if part else ""
    place = where.rstrip(":").replace("cell", "cell ") if where.startswith("cell") else where[:-1]
    return f"the {count}{noun} on line {line}{f' of {place}' if place else ''}"
