"""Side conditions of a term as written: what must hold for it to have a value.

They are read off before anything is simplified, because `x/x` is 1 only where x is not 0.
"""

from collections.abc import Iterator

from derive.context import Condition, Context
from derive.kernel.axioms import FUNCTIONS
from derive.kernel.budget import Exhausted, Unsupported
from derive.kernel.derivative import differentiate
from derive.kernel.sign import NONNEGATIVE, POSITIVE, Signs
from derive.term import (
    At,
    Bound,
    Const,
    Diff,
    Fn,
    Holds,
    Integral,
    Limit,
    Mul,
    Num,
    Pow,
    Prod,
    Sum,
    Sym,
    Term,
    heads,
    instantiate,
    parts,
    sub,
    subterms,
)

_LETTERS = ("i", "j", "k", "l", "m", "r", "s", "t")
Over = tuple[tuple[Sym, Term, Term], ...]


def conditions(term: Term, context: Context | None = None) -> tuple[Condition, ...]:
    """Return the side conditions of a term as written, outermost first, each once.

    With a context, exponents that it declares integers do not ask for a positive base.
    """
    return Collector(term, context or Context()).found()


class Collector:
    """One walk over a term."""

    def __init__(self, term: Term, context: Context) -> None:
        self.term = term
        self.context = context
        self.signs = Signs(context)
        self._taken = set(heads(term))
        self._names: dict[tuple[Term, Term, int], Sym] = {}

    def found(self) -> tuple[Condition, ...]:
        """Every condition once, in the order met."""
        return tuple(dict.fromkeys(self._walk(self.term, ())))

    def _walk(self, term: Term, over: Over) -> Iterator[Condition]:
        for kind, body in self._own(term):
            yield Condition(kind, body, _relevant(body, over))
        match term:
            case Sum(body, lo, hi) | Prod(body, lo, hi):
                yield from self._walk(lo, over)
                yield from self._walk(hi, over)
                index = self._fresh(lo, hi, len(over))
                yield from self._walk(instantiate(body, index), (*over, (index, lo, hi)))
            case Integral(_, lo, hi):
                # what the body asks for is asked by whatever gives the integral a value
                yield from self._walk(lo, over)
                yield from self._walk(hi, over)
            case Limit(_, at, _):
                yield from self._walk(at, over)
            case Diff(body, variable):
                if not isinstance(body, (Sym, At)):
                    yield from self._derivative(body, variable, over)
            case _:
                for part, _ in parts(term):
                    if not isinstance(part, (Num, Sym, Bound)):
                        yield from self._walk(part, over)

    def _derivative(self, body: Term, variable: Term, over: Over) -> Iterator[Condition]:
        """Those of the body, and what differentiation adds (√x has no derivative at 0)."""
        given = tuple(self._walk(body, over))
        yield from given
        for node in subterms(body):
            if isinstance(node, Holds) and node.loose == 0:
                yield Condition("nonzero", sub(node.left, node.right), over)
        try:
            derived = differentiate(Diff(body, variable), self.context)
        except (Unsupported, Exhausted):
            return
        if derived == Diff(body, variable):
            return
        informed = Signs(self.context, given)
        for condition in self._walk(derived, over):
            informed.bound.update(self.signs.bound)
            if not (self.signs.holds(condition) or informed.holds(condition)):
                yield condition

    def _fresh(self, lo: Term, hi: Term, depth: int) -> Sym:
        """An index name for this range at this depth, not taken by the term."""
        place = (lo, hi, depth)
        if place not in self._names:
            free = (x for x in _LETTERS if x not in self._taken)
            name = next(free, f"i_{len(self._taken)}")
            self._taken.add(name)
            self.signs.bind(name, lo, hi)
            self._names[place] = Sym(name)
        return self._names[place]

    def _own(self, term: Term) -> tuple[tuple[str, Term], ...]:
        """The conditions that the topmost node sets."""
        match term:
            case Pow(base, exponent):
                return tuple(self._power(base, exponent))
            case Fn(name, order, args):
                row = FUNCTIONS.get(name)
                if row is None or (row.arity is not None and len(args) != row.arity):
                    return ()
                if order and name == "abs":
                    return (("nonzero", args[0]),)
                return row.conditions(args)
            case _:
                return ()

    def _power(self, base: Term, exponent: Term) -> Iterator[tuple[str, Term]]:
        if isinstance(exponent, Num):
            value = exponent.value
            if value.denominator != 1:
                yield ("positive" if value < 0 else "nonnegative"), base
            elif value < 0:
                yield from (("nonzero", factor) for factor in _factors(base))
        elif isinstance(base, Num) and base.value > 0:
            return
        elif not self.signs.integer(exponent):
            if self.signs.of(base) != POSITIVE or not isinstance(base, Num):
                yield "power", base
        elif not self.signs.of(exponent) <= NONNEGATIVE:
            yield from (("nonzero", factor) for factor in _factors(base))


def _factors(base: Term) -> Iterator[Term]:
    """What must not be 0 so that the base is not."""
    match base:
        case Num(value) if value:
            return
        case Const("I" | "pi"):
            return
        case Mul(args):
            for a in args:
                yield from _factors(a)
        case Pow(inner, Num(value)) if value:
            yield from _factors(inner)
        case Fn("exp", 0, _):
            return
        case _:
            yield base


def _relevant(term: Term, over: Over) -> Over:
    """The indices that the condition mentions, with those that their ranges mention."""
    names = set(heads(term))
    kept = []
    for index, lo, hi in reversed(over):
        if index.name in names:
            kept.append((index, lo, hi))
            names |= heads(lo) | heads(hi)
    return tuple(reversed(kept))
