"""Unknown functions under an integral, tried as polynomials.

What is said of every function holds of polynomials; what fails for one is false. A value under
an integral is asked for at more points than a table of values could hold.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import product

from derive.context import Context
from derive.kernel.derivative import differentiate
from derive.prove.closed import infinite
from derive.prove.fundamental import integrals_of_unknowns
from derive.prove.goal import Goal
from derive.show import text
from derive.term import (
    ONE,
    ZERO,
    Add,
    App,
    Bound,
    Diff,
    Integral,
    Mul,
    Num,
    Pow,
    Sym,
    Term,
    add,
    instantiate,
    mul,
    num,
    rebuild,
    sub,
    substitute,
    subterms,
)
from derive.verdict import Witness

_LETTERS = "xyzuvw"
_NOTHING = Context()
_PLACE = Sym("\x00place")
_HIGHEST = 8


def concrete(goal: Goal) -> tuple[Goal, Mapping[str, str]]:
    """The goal with polynomials for the unknown functions under its integrals, and these as
    written; the goal itself where none stands there, or where they are not free."""
    found = integrals_of_unknowns(goal.left, goal.right)
    if not found or any(infinite(t.lo) or infinite(t.hi) for t in found):
        return goal, {}
    heads = {t.head: len(t.args) for i in found for t in subterms(i) if isinstance(t, App)}
    shapes = {h: _polynomial(k, n) for k, (h, n) in enumerate(sorted(heads.items()))}
    sides = goal.sides(_put(goal.left, shapes), _put(goal.right, shapes))
    if any(isinstance(t, Integral) for s in (sides.left, sides.right) for t in subterms(s)):
        return goal, {}
    written = {f"{h}({', '.join(_LETTERS[:n])})": text(shapes[h]) for h, n in sorted(heads.items())}
    return sides, written


def free(goal: Goal) -> bool:
    """Whether the unknown functions may be any: one side names none that the other does not.

    `∫ f = F(b) − F(a)` says what F is.
    """
    few, many = sorted(
        ({t.head for t in subterms(s) if isinstance(t, App)} for s in (goal.left, goal.right)),
        key=len,
    )
    return goal.op == "=" and bool(few) and few <= many and not goal.context.domains.keys() & many


def told(witness: Witness, written: Mapping[str, str]) -> Witness:
    """A counterexample with the functions that it is one for."""
    return replace(witness, values=(*written.items(), *witness.values))


def _polynomial(which: int, count: int) -> Term:
    """`2 + 3x + x³ + …`: another one for each function, mixed in all its arguments."""
    places = [Sym(_LETTERS[k]) for k in range(count)]
    terms = [_mixed(which + k, place) for k, place in enumerate(places)]
    return add(num(1 + which), *terms, *([mul(*places)] if count > 1 else []))


def _mixed(which: int, place: Term) -> Term:
    return add(mul(num(2 + which), place), Pow(place, num(2 + which % 3)))


def _put(term: Term, shapes: Mapping[str, Term]) -> Term:
    found = rebuild(term, lambda t, _: _put(t, shapes))
    if isinstance(found, Integral):
        body = differentiate(found.body, _NOTHING)
        return _integrated(Integral(body, found.lo, found.hi))
    if not isinstance(found, App) or found.head not in shapes:
        return found
    shape = shapes[found.head]
    places = [Sym(_LETTERS[k]) for k in range(len(found.args))]
    for place, order in zip(places, found.orders, strict=True):
        for _ in range(order):
            shape = differentiate(Diff(shape, place), _NOTHING)
    return substitute(shape, dict(zip(places, found.args, strict=True)))


def _integrated(found: Integral) -> Term:
    """An integral of a polynomial in its variable, power by power; any other as it is."""
    powers = _powers(found.body)
    if powers is None:
        return found
    terms = []
    for k, factor in powers.items():
        ends = (Pow(found.hi, num(k + 1)), Pow(found.lo, num(k + 1)))
        terms.append(mul(num(Fraction(1, k + 1)), instantiate(factor, ZERO), sub(*ends)))
    return add(*terms)


def _powers(term: Term) -> dict[int, Term] | None:
    """The factors of the powers of `Bound(0)`; None where the term is no polynomial in it."""
    match term:
        case Bound(0):
            return {1: ONE}
        case _ if instantiate(term, _PLACE) == instantiate(term, ZERO):
            return {0: term}
        case Add(args):
            return _all(map(_powers, args), _plus)
        case Mul(args):
            return _all(map(_powers, args), _times)
        case Pow(base, Num(value)) if value.denominator == 1 and 0 <= value <= _HIGHEST:
            return _all([{0: ONE}, *[_powers(base)] * int(value)], _times)
        case _:
            return None


Powers = dict[int, Term]


def _all(found: Iterable[Powers | None], join: Callable[[Powers, Powers], Powers]) -> Powers | None:
    rows = list(found)
    kept = [row for row in rows if row is not None]
    return reduce(join, kept) if len(kept) == len(rows) else None


def _plus(left: Powers, right: Powers) -> Powers:
    both = {k: [r[k] for r in (left, right) if k in r] for k in left.keys() | right.keys()}
    return {k: add(*terms) for k, terms in both.items()}


def _times(left: Powers, right: Powers) -> Powers:
    out: dict[int, list[Term]] = {}
    for (j, a), (k, b) in product(left.items(), right.items()):
        out.setdefault(j + k, []).append(mul(a, b))
    return {k: add(*terms) for k, terms in out.items()}
