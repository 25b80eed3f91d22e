"""What is known where a relation stands: domains, ranges, dependence, definitions, hypotheses."""

from collections.abc import Iterator, Mapping
from dataclasses import field

from derive.term import Bound, Sym, Term
from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Domain:
    """The values that a symbol may take; bounds are terms (`n` for an index)."""

    lo: Term | None = None
    hi: Term | None = None
    lo_open: bool = True
    hi_open: bool = True
    integer: bool = False
    nonzero: bool = False
    values: tuple[Term, ...] | None = None


REAL = Domain()


@dataclass(frozen=True, slots=True)
class Definition:
    """`head` with `params` (index or argument variables, free symbols of `body`) means `body`.

    A definition without parameters also covers matrices. A parameter that is a number
    restricts the definition to those members of a family (`z_1 := …`). `relation` is the id
    of the relation that makes it. A `recursive` one leads back to its own head at another step
    (`h_t = φ(a_t)` beside `a_t = w h_{t-1}`), and opens members at a plain index only.
    """

    head: str
    params: tuple[Term, ...]
    body: Term
    relation: str
    recursive: bool = False

    def opens(self, at: tuple[Term, ...]) -> bool:
        """Whether the members at these indices are replaced by the body."""
        return not self.recursive or all(isinstance(i, Sym | Bound) for i in at)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A relation assumed, for all values of its free indices; `text` as the document has it."""

    left: Term
    op: str
    right: Term
    text: str


class InForce(Mapping[str, tuple[Definition, ...]]):
    """The definitions in force at one place: a view of one shared list, cut off there."""

    def __init__(self, table: Mapping[str, list[tuple[int, Definition]]], cut: int) -> None:
        self._table, self._cut = table, cut

    def __getitem__(self, head: str) -> tuple[Definition, ...]:
        found = tuple(d for at, d in self._table[head] if at < self._cut)
        if not found:
            raise KeyError(head)
        return found

    def __contains__(self, head: object) -> bool:
        rows = self._table.get(head, ()) if isinstance(head, str) else ()
        return any(at < self._cut for at, _ in rows)

    def __iter__(self) -> Iterator[str]:
        return (h for h, rows in self._table.items() if any(at < self._cut for at, _ in rows))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Given:
    """A cumulant of a random quantity, or of a family's members: of `order` 1 the mean, 2 the
    variance.

    `indices` are free symbols of `value`; there are none where it is that of every member.
    """

    head: str
    indices: tuple[Term, ...]
    order: int
    value: Term


@dataclass(frozen=True, slots=True)
class Chance:
    """What is said of random quantities where a relation stands; all are heads.

    The members of each of `groups` are independent of one another, those of a family in
    `sampled` too, and alike in distribution where it is in `alike`, though only in mean and
    variance where it is in `second`. What is `constant` the words call so. Of an `unclear` one
    more is said than is kept here, so that no distribution that is made up refutes anything;
    `told` are those that the words call random, and the others are known by use alone. It is
    `vague` where the words speak of independence in a way that is not read. `given` are means
    and variances, and `normal` those that have a normal distribution.
    """

    random: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    groups: tuple[frozenset[str], ...] = ()
    sampled: frozenset[str] = frozenset()
    alike: frozenset[str] = frozenset()
    second: frozenset[str] = frozenset()
    constant: frozenset[str] = frozenset()
    unclear: frozenset[str] = frozenset()
    vague: bool = False
    given: tuple[Given, ...] = ()
    normal: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Context:
    """What is in force where a relation stands.

    `domains` and `ranges` are keyed by head: the values of a symbol, of every member of a
    family, of a free index; and the index ranges (lo, hi) of a family, one pair a position,
    None where unknown. `depends` holds (head, variable head): the derivative of the first by
    the second is unknown, and never 0. `unsettled` heads have a meaning that the document gives
    and that is not at hand, each with the reason.
    """

    definitions: Mapping[str, tuple[Definition, ...]] = field(default_factory=dict)
    domains: Mapping[str, Domain] = field(default_factory=dict)
    ranges: Mapping[str, tuple[tuple[Term, Term] | None, ...]] = field(default_factory=dict)
    depends: frozenset[tuple[str, str]] = frozenset()
    hypotheses: tuple[Hypothesis, ...] = ()
    unsettled: Mapping[str, str] = field(default_factory=dict)
    chance: Chance = Chance()


@dataclass(frozen=True, slots=True)
class Condition:
    """A side condition: `kind` is `nonzero`, `positive`, `nonnegative`, `integer` or `power`.

    `power` asks of `term` that it be positive because it is a base with an exponent that
    need not be an integer. `over` lists the indices (free symbols of `term`) that the
    condition is to hold for, each with its range lo ≤ index ≤ hi.
    """

    kind: str
    term: Term
    over: tuple[tuple[Sym, Term, Term], ...] = ()
