"""The records that travel between the rooms: what was read, what is to be decided."""

from collections.abc import Mapping
from dataclasses import field

from derive.context import Context, Hypothesis
from derive.source import Source, Span
from derive.term import Sym, Term
from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a relation cannot be decided: `verdict` is `malformed` or `not-checked`."""

    verdict: str
    code: str
    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the reader saw and the user should know: a code, a place, words."""

    code: str
    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Order:
    """Up to which order two sides agree as a variable goes to a value: all powers below `power`.

    `near` says that the text claims an approximation (`≈`), not a remainder `O(…)`.
    """

    variable: Sym
    at: Term
    power: int
    near: bool = False


@dataclass(frozen=True, slots=True)
class Root:
    """What a value is to be: `variable` is `right ** exponent` where one of `slopes` is 0.

    Each slope is a derivative, None where nothing defines its function, and what the document
    finds it to be, None where it does not say.
    `solved` are other variables, each with the name of the value found for it, and `posed` all
    slopes that may have been set to 0; `sense` is `max` or `min` where the value is said to be the
    place of an extremum.
    """

    slopes: tuple[tuple[Term | None, Term | None], ...]
    variable: Term
    exponent: Term
    solved: tuple[tuple[Term, Term], ...] = ()
    posed: tuple[Term, ...] = ()
    sense: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation of the document, as meant.

    `kind` is `definition`, `declaration`, `claim` or `restatement`; `op` the relation sign.
    `left` and `right` are None where `problem` says why. `sought` says that the words before it
    may pose it as an equation to be solved. `order` is that of an approximation, with op `≈`;
    `root` says that it gives a value at which a slope is 0. `unknown` is a function that the
    relation, where nothing defines it, says something of rather than claims; `solves` are the
    equations posed for what it defines.
    """

    id: str
    tag: str | None
    span: Span
    latex: str
    kind: str
    op: str
    left: Term | None
    right: Term | None
    left_span: Span
    right_span: Span
    context: Context
    problem: Problem | None = None
    predecessor: str | None = None
    continues: bool = False
    given: tuple[Hypothesis, ...] = ()
    sought: bool = False
    order: Order | None = None
    root: Root | None = None
    unknown: str = ""
    solves: tuple[Hypothesis, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One row of the notation: how a symbol is read, from where, and why."""

    symbol: str
    reading: str
    origin: str
    why: str
    span: Span | None = None


@dataclass(frozen=True)
class Derivation:
    """A document as meant: its relations in reading order and the notation behind them."""

    source: Source
    relations: tuple[Relation, ...]
    notation: tuple[Reading, ...] = ()
    notes: tuple[Note, ...] = ()
    undefined: Mapping[str, Span] = field(default_factory=dict)
