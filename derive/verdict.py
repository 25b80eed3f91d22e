"""Verdicts: what was decided of a relation, with what it rests on."""

from fractions import Fraction

from derive.context import Condition
from derive.source import Span
from derive.values import dataclass

PROVED, PROVED_IF, REFUTED, MALFORMED = "proved", "proved-if", "refuted", "malformed"
UNDECIDED, NOT_CHECKED, DEFINED = "undecided", "not-checked", "defined"
VERDICTS = (PROVED, PROVED_IF, REFUTED, MALFORMED, UNDECIDED, NOT_CHECKED, DEFINED)
CHECKED = (PROVED, PROVED_IF, REFUTED, MALFORMED)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a proof's trace: a rule and what it was applied to, in words."""

    rule: str
    detail: str


Member = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Point:
    """A witness in exact numbers: values of members, Taylor coefficients of unknown dependences
    (member, variable), coefficients of unknown functions (a polynomial for each argument)."""

    values: tuple[tuple[Member, Fraction], ...]
    slopes: tuple[tuple[Member, Member, tuple[Fraction, ...]], ...] = ()
    functions: tuple[tuple[str, tuple[tuple[Fraction, ...], ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Witness:
    """A point of the domain at which a relation is false.

    `values` are (name, value) pairs as printed; unknown functions are written down
    (`h_1^p(w)`, `1/2 + (w − w₀)`). `left` and `right` are both sides there; `point` is the
    same in exact numbers, None where a value is no rational.
    """

    values: tuple[tuple[str, str], ...]
    left: str
    right: str
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one relation; see `docs/verdicts.md` for the meaning of `status`.

    `method` says in words how it was decided; `reason` why it was not. `where` lists
    conditions under which both sides are defined, the same on both, so not owed by the proof.
    """

    status: str
    method: str = ""
    reason: str = ""
    conditions: tuple[Condition, ...] = ()
    where: tuple[Condition, ...] = ()
    assumed: tuple[str, ...] = ()
    unfolded: tuple[str, ...] = ()
    trace: tuple[Step, ...] = ()
    confirmed: tuple[str, ...] = ()
    witness: Witness | None = None
    trivial: bool = False
    place: Span | None = None
    code: str | None = None
