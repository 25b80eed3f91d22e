"""Scalars on the way out of a matrix: products and sums without the ones and zeros of shapes.

A zero absorbs only what is defined everywhere: what could be undefined must still be seen by
whoever looks for side conditions.
"""

from derive.term import (
    ONE,
    ZERO,
    Add,
    At,
    Bound,
    Delta,
    Mul,
    Num,
    Pow,
    Sum,
    Sym,
    Term,
    add,
    mul,
    subterms,
)

# what is defined for all values of its symbols
_TOTAL = (Num, Sym, At, Bound, Add, Mul, Sum, Delta)


def times(*factors: Term) -> Term:
    """Return the product without ones; a zero absorbs only what is defined everywhere."""
    kept = [f for f in factors if f is not ONE]
    if ZERO in kept and all(_total(f) for f in kept):
        return ZERO
    return mul(*kept)


def plus(*members: Term) -> Term:
    """Return the sum without zeros."""
    return add(*(m for m in members if m is not ZERO))


def _total(term: Term) -> bool:
    return all(isinstance(t, _TOTAL) or _whole_power(t) for t in subterms(term))


def _whole_power(term: Term) -> bool:
    match term:
        case Pow(_, Num(value)):
            return value.denominator == 1 and value >= 0
        case _:
            return False
