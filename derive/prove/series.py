"""Infinite series whose terms have a simple ratio: geometric, binomial and exponential ones.

Counted from m = 0, with t(m+1)/t(m) = x (m + 1 + a)/(m + 1) the series is t(0)/(1 − x)^(a + 1) for
|x| < 1, and with x/(m + 1) it is t(0) e^x. Failure says nothing.
"""

from derive.context import Condition, Context, Domain
from derive.kernel.sign import holds
from derive.prove.closed import Closed, plainest, put, vanishes, with_domain
from derive.prove.limits import coefficients, fraction
from derive.term import ONE, Fn, Mul, Num, Pow, Sym, Term, add, div, fn, mul, num, sub

SHIFTS = 3


def series(body: Term, index: Sym, first: Term, context: Context) -> Closed | None:
    """Σ of `body` over index ≥ first."""
    known = with_domain(context, index.name, Domain(lo=first, lo_open=False, integer=True))
    for _ in range(SHIFTS):
        if not vanishes(put(body, index, first), context):
            return _from(body, index, first, known)
        first = add(first, ONE) if not isinstance(first, Num) else num(first.value + 1)
        known = with_domain(context, index.name, Domain(lo=first, lo_open=False, integer=True))
    return None


def _from(body: Term, index: Sym, first: Term, context: Context) -> Closed | None:
    start = put(body, index, first)
    ratio = _ratio(body, index)
    if _constant(ratio, index, context):
        x = put(ratio, index, first)
        return _if_small(x, div(start, sub(ONE, x)), context)
    from_zero = add(sub(index, first), ONE)  # k + b, which is 1 at the first index
    scaled = mul(ratio, from_zero)
    if _constant(scaled, index, context):
        return Closed(mul(start, fn("exp", put(scaled, index, first))))
    for a in range(1, SHIFTS + 1):
        divided = div(scaled, add(from_zero, num(a)))
        if _constant(divided, index, context):
            x = put(divided, index, first)
            return _if_small(x, mul(start, Pow(sub(ONE, x), num(-a - 1))), context)
    return None


def _constant(term: Term, index: Sym, context: Context) -> bool:
    return vanishes(sub(put(term, index, add(index, ONE)), term), context)


def _if_small(x: Term, value: Term, context: Context) -> Closed | None:
    """The value, where |x| < 1: known, or owed."""
    x = plainest(x, context)
    asked = Condition("positive", sub(ONE, fn("abs", x)))
    if isinstance(x, Num):
        return Closed(value) if abs(x.value) < 1 else None
    above, below = Condition("positive", sub(ONE, x)), Condition("positive", add(ONE, x))
    if all(holds(c, context) for c in (above, below)):
        return Closed(value)
    return Closed(value, () if holds(asked, context) else (asked,))


def _ratio(body: Term, index: Sym) -> Term:
    """t(k+1)/t(k), with factorials and powers of neighbouring indices cancelled."""
    above, below = fraction(body)
    return mul(_step(above, index), Pow(_step(below, index), num(-1)))


def _step(term: Term, index: Sym) -> Term:
    """One factor at k+1 over the factor at k."""
    if index.name not in term.heads:
        return ONE
    after = put(term, index, add(index, ONE))
    match term:
        case Mul(args):
            return mul(*(_step(a, index) for a in args))
        case Fn("factorial", 0, (inner,)) if _steps_by_one(inner, index):
            return put(inner, index, add(index, ONE))
        case Pow(base, exponent) if index.name not in base.heads:
            return Pow(base, _difference(exponent, index))
        case Pow(base, exponent) if index.name not in exponent.heads:
            return Pow(_step(base, index), exponent)
        case Fn("exp", 0, (inner,)):
            return fn("exp", _difference(inner, index))
        case _:
            return div(after, term)


def _steps_by_one(inner: Term, index: Sym) -> bool:
    return vanishes(sub(_difference(inner, index), ONE), Context())


def _difference(term: Term, index: Sym) -> Term:
    """f(k+1) − f(k), plain where f is linear."""
    row = coefficients(term, index)
    if row is not None and len(row) == 2:
        return row[1]
    return sub(put(term, index, add(index, ONE)), term)
