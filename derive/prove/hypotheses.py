"""Proof from what is assumed: solves an assumed equation for one quantity and puts it in.

Failure says nothing: equations that determine no quantity rationally, or only together,
are beyond it.
"""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import islice

from derive.context import Condition, Context
from derive.kernel.budget import Budget, Exhausted, Undefined, Unsupported
from derive.kernel.derivative import differentiate
from derive.kernel.normal import is_zero
from derive.kernel.sign import holds
from derive.term import (
    ONE,
    ZERO,
    App,
    At,
    Diff,
    Num,
    Pow,
    Sum,
    Sym,
    Term,
    add,
    div,
    mul,
    neg,
    num,
    sub,
    substitute,
    subterms,
)
from derive.values import dataclass

STEPS = 200_000
# what an equation is often multiplied with before it is put in
FACTORS = (1, -1, 2, -2, Fraction(1, 2), Fraction(-1, 2))
ORDERS = 8  # how often an equation for a rate is differentiated as it is put in
LARGE = 300  # parts from which on a difference is not differentiated again
HALF = Num(num(1).value / 2)


@dataclass(frozen=True, slots=True)
class Solved:
    """`leaf = value`, provided the conditions; `hypothesis` is the number of its source."""

    leaf: Term
    value: Term
    conditions: tuple[Condition, ...]
    hypothesis: int


def consequence(
    difference: Term, assumed: tuple[Term, ...], context: Context
) -> tuple[tuple[int, ...], tuple[Condition, ...]] | None:
    """The hypotheses and conditions from which `difference = 0` follows, if it is found to.

    `assumed` are terms that are 0. None says nothing.
    """
    for number, other in enumerate(assumed):
        if any(vanishes(sub(difference, mul(num(c), other)), context) for c in FACTORS):
            return (number,), ()
    return _by_solving(difference, assumed, context, (), ())


def _by_solving(
    difference: Term, assumed: tuple[Term, ...], context: Context, used: tuple[int, ...],
    owed: tuple[Condition, ...],
) -> tuple[tuple[int, ...], tuple[Condition, ...]] | None:  # fmt: skip
    if len(used) == min(len(assumed), 3):
        return None
    fresh = ((k, equation) for k, equation in enumerate(assumed) if k not in used)
    found = [s for k, equation in fresh for s in solutions(equation, k, context, difference)]
    asked = [(tuple(c for c in s.conditions if not holds(c, context)), s) for s in found]
    steps = []
    below = {t.base for t in subterms(difference) if isinstance(t, Pow)}
    # what asks for the least is tried first, where what is divided by anyway costs nothing
    for more, solved in sorted(asked, key=lambda row: sum(c.term not in below for c in row[0])):
        there = _put(difference, solved, context)
        conditions = owed + more
        if vanishes(there, context):
            return (*used, solved.hypothesis), conditions
        steps.append((solved, there, conditions))
    # one equation is enough for most relations; only then are two put together
    for solved, there, conditions in steps:
        rest = tuple(substitute(a, {solved.leaf: solved.value}) for a in assumed)
        further = _by_solving(there, rest, context, (*used, solved.hypothesis), conditions)
        if further is not None:
            return further
    return None


def _put(difference: Term, solved: Solved, context: Context) -> Term:
    """The difference with the value in place of the leaf, in the leaf's own derivatives too."""
    there = substitute(difference, {solved.leaf: solved.value})
    if isinstance(solved.leaf, Diff):
        with suppress(Exhausted, Unsupported, Undefined):
            for _ in range(ORDERS):
                there = differentiate(there, context)
                inside = list(islice(subterms(there), LARGE))
                if solved.leaf not in inside or len(inside) == LARGE:
                    break
                there = substitute(there, {solved.leaf: solved.value})
    return there


def solutions(equation: Term, number: int, context: Context, wanted: Term) -> Iterator[Solved]:
    """The quantities for which an equation (a term that is 0) can be solved."""
    for leaf in _leaves(equation):
        if leaf in set(subterms(wanted)):
            # what cannot be differentiated by the leaf is not solved for it
            with suppress(Exhausted, Unsupported, Undefined):
                yield from _solve(equation, leaf, number, context)


def solved_for(equation: Term, leaf: Term, context: Context) -> Solved | None:
    """The value of one part of an equation (a term that is 0), if it stands there linearly."""
    found = next(_solve(equation, leaf, 0, context), None)
    return found if found is not None and len(found.conditions) == 1 else None


def _leaves(equation: Term) -> list[Term]:
    held = {t for s in subterms(equation) if isinstance(s, Diff) for t in subterms(s.body)}
    held |= {t for s in subterms(equation) if isinstance(s, Diff) for t in subterms(s.variable)}
    summed = {t for s in subterms(equation) if isinstance(s, Sum) for t in subterms(s)}
    inside = held | {t for t in summed if not isinstance(t, Sym)}
    found = [t for t in subterms(equation) if _free(t, inside)]
    whole = [t for t in subterms(equation) if isinstance(t, Sum) and t.loose == 0]
    squares = [t for t in subterms(equation) if isinstance(t, Pow) and isinstance(t.base, Sym)]
    jets = [t for t in found if isinstance(t, Diff | App)]
    plain = [t for t in found if not isinstance(t, Diff | App)]
    return whole + sorted(jets, key=repr) + squares + sorted(plain, key=repr)


def _free(term: Term, inside: set[Term]) -> bool:
    # a rate inside a higher rate is no quantity of its own
    jet = isinstance(term, Diff) and isinstance(term.body, (Sym, At, Diff))
    applied = isinstance(term, App) and all(isinstance(a, Sym | Num) for a in term.args)
    return (jet or applied or isinstance(term, (Sym, At))) and term not in inside


def _solve(equation: Term, leaf: Term, number: int, context: Context) -> Iterator[Solved]:
    stand = Sym("solved′")
    standing = substitute(equation, {leaf: stand})
    linear = _root(standing, stand, context, ZERO)
    if linear is not None:
        root, slope = linear
        yield Solved(leaf, root, (Condition("nonzero", slope),), number)
        return
    # 1/f = 1/u + 1/v is linear in v once it is multiplied by v
    linear = _root(mul(standing, stand), stand, context, ONE)
    if linear is not None:
        root, slope = linear
        # slope · v ± 1 = 0 leaves the slope no way to be 0
        rest = sub(substitute(standing, {stand: ONE}), slope)
        unit = vanishes(add(rest, ONE), context) or vanishes(sub(rest, ONE), context)
        owed = () if unit else (Condition("nonzero", slope),)
        yield Solved(leaf, root, owed, number)
        return
    yield from _solve_square(standing, stand, leaf, number, context)


def _root(standing: Term, stand: Sym, context: Context, at: Term) -> tuple[Term, Term] | None:
    """The root of an equation that is linear in `stand`, told from its value at `at`; its slope."""
    slope = differentiate(Diff(standing, stand), context)
    if not vanishes(differentiate(Diff(slope, stand), context), context):
        return None
    if vanishes(slope, context):
        return None
    slope = substitute(slope, {stand: at})
    # a quotient by the unknown has no value at 0: there the rest is told from the value at 1
    rest = substitute(standing, {stand: at})
    rest = rest if at is ZERO else sub(rest, slope)
    return neg(div(rest, slope)), slope


def _solve_square(
    standing: Term, stand: Sym, leaf: Term, number: int, context: Context
) -> Iterator[Solved]:
    slope = differentiate(Diff(standing, stand), context)
    rest = substitute(standing, {stand: ZERO})
    half = mul(HALF, differentiate(Diff(slope, stand), context))
    pure = vanishes(sub(slope, mul(num(2), half, stand)), context)
    if pure and vanishes(differentiate(Diff(half, stand), context), context):
        half = substitute(half, {stand: ONE})
        square = neg(div(rest, half))
        positive = Condition("nonnegative", leaf)
        conditions = (Condition("nonzero", half), positive)
        yield Solved(leaf, Pow(square, HALF), conditions, number)


def vanishes(term: Term, context: Context) -> bool:
    """Whether the normal form shows that a term is 0."""
    try:
        return is_zero(term, context, Budget(STEPS)) is not None
    except (Exhausted, Unsupported, Undefined):
        return False
