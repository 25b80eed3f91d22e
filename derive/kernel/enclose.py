"""Enclosures of integrals and infinite sums at a point: what evaluation cannot add up exactly.

An integral is enclosed by Arb's adaptive quadrature over complex balls; what lies beyond the
part that is computed, by an envelope. Both are proved bounds.
"""

from collections.abc import Callable

from flint import acb, arb, ctx, fmpq

from derive.kernel import numbers
from derive.kernel.envelope import Unbounded, Value, above
from derive.kernel.numbers import Number, Series, Unknown
from derive.term import (
    Add,
    Bound,
    Fn,
    Mul,
    Num,
    Pow,
    Sum,
    Term,
    instantiate,
    neg,
    num,
)

STARTS = (16, 64, 256, 4096, 10**6)
PRECISE = 2.0**-70
LEAST = 1e-3
LONGEST = 40
EVALUATIONS = 60  # a bit; an integral near a pole would take any number
Unary = Callable[[acb, bool], acb]


class Uncomputed(Exception):
    """A node that has no value over the complex numbers here."""


def integral(body: Term, lo: Number | None, hi: Number | None, value: Value) -> arb:
    """∫ of `body` over `Bound(0)`; a bound None is infinite. Raises `Unknown` or `Uncomputed`."""
    if lo is None:
        turned = _turned(body)
        if hi is None:
            return _half(body, fmpq(0), value) + _half(turned, fmpq(0), value)
        return _half(turned, numbers.negate(hi), value)
    if hi is None:
        return _half(body, lo, value)
    return _finite(body, _real(lo), _real(hi), value)


def _turned(body: Term) -> Term:
    """The body at the negative of its variable."""
    return instantiate(body, neg(Bound(0)))


def _half(body: Term, lo: Number, value: Value) -> arb:
    """From lo to ∞."""
    first = _real(lo)
    rest, start = _rest(body, value, STARTS)
    if not first < start:
        raise Unknown("an integral from far out")
    return _finite(body, first, arb(start), value) + rest


def _rest(body: Term, value: Value, starts: tuple[int, ...]) -> tuple[arb, int]:
    """A ball around 0 that holds what lies beyond a start, and that start."""
    best: tuple[arb, int] | None = None
    for start in starts:
        try:
            size = above(body, value, start).tail(start)
        except (Unbounded, OverflowError):
            continue
        if size.is_finite():
            best = (arb(0, size.upper()), start)
            if float(size.upper()) < PRECISE:
                break
    if best is None:
        raise Unknown("no bound on what lies far out")
    return best


def _finite(body: Term, lo: arb, hi: arb, value: Value) -> arb:
    troubles: list[Exception] = []

    def at(x: acb, analytic: bool) -> acb:
        try:
            return _at(body, x, analytic, value)
        except Exception as trouble:  # kept for later: none may pass through the C code
            troubles.append(trouble)
            return acb("nan")

    found = acb.integral(at, acb(lo), acb(hi), eval_limit=EVALUATIONS * ctx.prec)
    if troubles:
        raise troubles[0]
    if not found.imag.contains(0):
        raise Unknown("an integral over what has no value")
    if not found.is_finite() or float(found.real.rad()) > LEAST * (1 + abs(float(found.real))):
        raise Unknown("an integral that is not enclosed well")
    return found.real


def series(body: Term, first: int, most: int, term: Callable[[int], Number], value: Value) -> arb:
    """Σ of `body` from `first` on: terms added exactly, and a bound on the others."""
    starts = tuple(s for s in (32, 128, 512, 2048, 16_384) if first < s <= first + most)
    rest, start = _rest(body, value, starts)
    total: Number = fmpq(0)
    for index in range(first, start + 1):
        # a ball is enough here, and the exact sum would swell
        total = numbers.add(total, _real(term(index)))
    return _real(total) + rest


def _real(value: Number) -> arb:
    if isinstance(value, Series):
        raise Uncomputed("a derivative of an integral or a series")
    return numbers.ball(numbers.constant(value))


# ---- over the complex numbers ---------------------------------------------------------------


def _at(term: Term, x: acb, analytic: bool, value: Value) -> acb:
    """The value where `Bound(0)` is x; not finite where it is not analytic and must be."""
    if term.loose == 0:
        return acb(_real(value(term)))
    match term:
        case Bound(0):
            return x
        case Add(args):
            return sum((_at(a, x, analytic, value) for a in args), acb(0))
        case Mul(args):
            found = acb(1)
            for arg in args:
                found *= _at(arg, x, analytic, value)
            return found
        case Pow(base, exponent):
            return _power(base, exponent, x, analytic, value)
        case Fn(name, 0, (inner,)) if name in COMPLEX:
            return COMPLEX[name](_at(inner, x, analytic, value), analytic)
        case Fn("max" | "min" as name, 0, (first, second)):
            a, b = _at(first, x, analytic, value), _at(second, x, analytic, value)
            return a.real_max(b, analytic) if name == "max" else a.real_min(b, analytic)
        case Sum(body, lo, hi) if lo.loose == hi.loose == 0:
            least, most = (int(float(_real(value(end)))) for end in (lo, hi))
            if most - least < LONGEST:
                terms = (instantiate(body, num(k)) for k in range(least, most + 1))
                return sum((_at(t, x, analytic, value) for t in terms), acb(0))
    raise Uncomputed(type(term).__name__)


def _atan(z: acb, analytic: bool) -> acb:
    touches = z.real.contains(0) and not (abs(z.imag) < 1)
    return acb("nan") if analytic and touches else z.atan()


def _power(base: Term, exponent: Term, x: acb, analytic: bool, value: Value) -> acb:
    below = _at(base, x, analytic, value)
    if isinstance(exponent, Num) and exponent.value.denominator == 1:
        return below ** int(exponent.value)
    if isinstance(exponent, Num) and exponent.value * 2 == 1:
        return below.sqrt(analytic)
    return below.pow(_at(exponent, x, analytic, value), analytic)


COMPLEX: dict[str, Unary] = {
    "exp": lambda z, _: z.exp(),
    "log": lambda z, analytic: z.log(analytic),
    "sin": lambda z, _: z.sin(),
    "cos": lambda z, _: z.cos(),
    "tan": lambda z, _: z.tan(),
    "cot": lambda z, _: z.cot(),
    "sec": lambda z, _: 1 / z.cos(),
    "csc": lambda z, _: 1 / z.sin(),
    "sinh": lambda z, _: z.sinh(),
    "cosh": lambda z, _: z.cosh(),
    "tanh": lambda z, _: z.tanh(),
    "sigma": lambda z, _: 1 / (1 + (-z).exp()),
    "erf": lambda z, _: z.erf(),
    "gamma": lambda z, _: z.gamma(),
    "atan": _atan,
    "abs": lambda z, analytic: z.real_abs(analytic),
    "sign": lambda z, analytic: z.real_sgn(analytic),
}
