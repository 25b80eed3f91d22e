"""Approximations: two sides agree up to an order where their Taylor coefficients below it do.

The coefficients are derivatives where the variable has one value, so that they are decided like
any other equation. Where a quotient is singular there, both sides are multiplied first.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import factorial

from flint import arb, fmpq

from derive.context import Context, Domain
from derive.derivation import Order
from derive.kernel.budget import Budget, Exhausted, Unsupported
from derive.kernel.budget import Undefined as NoValue
from derive.kernel.conditions import conditions
from derive.kernel.evaluate import TooLarge, Undefined, Unevaluable, compare, evaluate
from derive.kernel.normal import canonical
from derive.kernel.numbers import ball, constant
from derive.kernel.sign import POSITIVE, Signs
from derive.prove.closed import JUMPING, STEPS, plainest, with_domain
from derive.prove.fit import fit
from derive.prove.goal import Goal
from derive.prove.sample import Sampled, trials
from derive.term import (
    ZERO,
    Add,
    Choice,
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
    add,
    mul,
    num,
    sub,
    substitute,
    subterms,
)

MOST = 3  # the strongest pole that is multiplied away
POINTS, START, FINE = 4, 4, 512
STEPS_AWAY = (fmpq(1, 2**40), fmpq(1, 2**20))
GROWTH = 2**10  # a coefficient too many lets the ratio grow by 2^20
KINKED = JUMPING | {"abs", "max", "min"}


class NoExpansion(Exception):
    """A side that is not shown to have a Taylor expansion there."""


def coefficients(
    left: Term, right: Term, order: Order, context: Context
) -> list[tuple[Term, Term, str]]:
    """Pairs of Taylor coefficients that have to agree, each with its name.

    `left` and `right` are without matrices and definitions. Raises `NoExpansion`.
    """
    x, at = order.variable, order.at
    there = with_domain(context, x.name, Domain(values=(at,)))
    for pole in range(MOST + 1):
        sides = [_cleared(side, x, at, pole) for side in (left, right)]
        if all(_smooth(side, x, there) for side in sides):
            break
    else:
        raise NoExpansion
    rows = [list(_row(side, x, at, order.power + pole, context)) for side in sides]
    names = (f"coefficient of {x.name}^{k - pole}" for k in range(order.power + pole))
    return [(a, b, name) for a, b, name in zip(*rows, names, strict=True)]


def _row(side: Term, x: Sym, at: Term, count: int, context: Context) -> Iterator[Term]:
    """The first Taylor coefficients of a side."""
    for k in range(count):
        try:
            side = canonical(Diff(side, x) if k else side, context, Budget(STEPS))
        except (Exhausted, Unsupported, NoValue):
            raise NoExpansion from None
        yield mul(Num(Fraction(1, factorial(k))), substitute(side, {x: at}))


def grows(goal: Goal, order: Order) -> bool | None:
    """Whether the difference over its order is seen to grow towards the value of the variable.

    By exact evaluation of both sides as written, at two distances; None where it is not seen.
    """
    seen = False
    for point in trials(fit(goal, ()), POINTS, START):
        try:
            at = evaluate(order.at, point, goal.context)
            near, far = (_ratio(goal, order, point, at, step) for step in STEPS_AWAY)
        except (Undefined, TooLarge, Unevaluable):
            continue
        if near > GROWTH * (far + 1):
            return True
        seen = seen or bool(near < GROWTH * (far + 1))
    return False if seen else None


def _ratio(goal: Goal, order: Order, point: Sampled, at: object, step: fmpq) -> arb:
    there = replace(point, fixed={**point.fixed, (order.variable.name, ()): at + step})  # type: ignore[operator]
    _, _, gap = compare(goal.left, goal.right, there, goal.context, FINE)
    return arb(abs(ball(constant(gap)))) / arb(step) ** order.power


def _smooth(side: Term, x: Sym, there: Context) -> bool:
    """Whether a side has derivatives of all orders around the value of the variable."""
    inside = [t for t in subterms(side) if x.name in t.heads]
    if any(isinstance(t, (Choice, Holds, Integral, Limit, Sum, Prod)) for t in inside):
        return False
    if any(isinstance(t, Fn) and t.name in KINKED for t in inside):
        return False
    signs = Signs(there)
    open_ = (c for c in conditions(side, there) if x.name in c.term.heads)
    return all(_strictly(c.kind, c.term, signs, x, there) for c in open_)


def _strictly(kind: str, term: Term, signs: Signs, x: Sym, there: Context) -> bool:
    """Whether a condition holds around the value, not only at it."""
    (value,) = there.domains[x.name].values or (ZERO,)
    found = signs.of(plainest(substitute(term, {x: value}), there))
    return "0" not in found if kind == "nonzero" else found == POSITIVE


def _cleared(side: Term, x: Sym, at: Term, power: int) -> Term:
    """A side times (x − a)^power, poles in its factors taken off first."""
    if power == 0:
        return side
    if isinstance(side, Add):
        return add(*(_cleared(a, x, at, power) for a in side.args))
    base = x if at is ZERO else sub(x, at)
    left = power
    kept: list[Term] = []
    for factor in _factors(side):
        match factor:
            case Pow(inner, Num(value)) if inner is base and value.denominator == 1 and value < 0:
                taken = min(left, int(-value))
                left -= taken
                if value + taken:
                    kept.append(Pow(base, Num(value + taken)))
            case _:
                kept.append(factor)
    return mul(*kept, Pow(base, num(left))) if left else mul(*kept)


def _factors(term: Term) -> Iterator[Term]:
    """The factors of a product, also of those below a fraction's line."""
    match term:
        case Mul(args):
            for arg in args:
                yield from _factors(arg)
        case Pow(Mul(args), Num() as exponent) if exponent.value.denominator == 1:
            for arg in args:
                yield from _factors(Pow(arg, exponent))
        case Pow(Pow(base, Num(inner)), Num(outer)) if inner.denominator == outer.denominator == 1:
            yield Pow(base, Num(inner * outer))
        case _:
            yield term
