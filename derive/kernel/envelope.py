"""How fast a function decays: |f(x)| ≤ size · x^degree · e^(−rate x) for all real x ≥ start ≥ 1.

Read off the term alone; it bounds what an integral or a series leaves out beyond `start`.
"""

from collections.abc import Callable

from flint import arb, fmpq

from derive.kernel import numbers
from derive.kernel.numbers import Number, Series
from derive.term import Add, Bound, Fn, Mul, Num, Pow, Term, fn, neg
from derive.values import dataclass

Value = Callable[[Term], Number]
MOST = 12
BOUNDED = {"sin": 1, "cos": 1, "tanh": 1, "sigma": 1, "erf": 1, "atan": 2}


class Unbounded(Exception):
    """No bound of this form was found, which says nothing."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One bound; `size` and `rate` are balls."""

    size: arb
    degree: fmpq
    rate: arb

    def tail(self, start: int) -> arb:
        """What ∫ from `start` to ∞, or Σ over the integers beyond it, is at most."""
        first = arb(start)
        slope = self.rate - arb(self.degree) / first
        if self.rate > 0 and slope > 0:
            grown = first ** arb(self.degree) * (-self.rate * first).exp()
            return self.size * grown / (slope if self.degree > 0 else self.rate)
        if self.rate >= 0 and self.degree < -1:
            beyond = self.degree + 1
            return self.size * first ** arb(beyond) / arb(-beyond)
        raise Unbounded


def above(term: Term, value: Value, start: int) -> Envelope:
    """An upper bound; `Bound(0)` is the variable, `value` gives everything free of it."""
    if term.loose == 0:
        return Envelope(abs(_ball(value(term))), fmpq(0), arb(0))
    match term:
        case Bound(0):
            return Envelope(arb(1), fmpq(1), arb(0))
        case Add(args):
            return _sum([above(a, value, start) for a in args])
        case Mul(args):
            return _product([above(a, value, start) for a in args])
        case Pow(base, Num(exponent)):
            power = fmpq(exponent.numerator, exponent.denominator)
            if power > 0:
                return _power(above(base, value, start), power)
            return _inverted(_power(below(base, value, start), -power))
        case Pow(base, exponent) if base.loose == 0:
            return _exponential(exponent, value, start, abs(_ball(value(base))))
        case Fn("exp", 0, (inner,)):
            return _exponential(inner, value, start)
        case Fn("abs", 0, (inner,)):
            return above(inner, value, start)
        case Fn(name, 0, _) if name in BOUNDED:
            return Envelope(arb(BOUNDED[name]), fmpq(0), arb(0))
    raise Unbounded


def below(term: Term, value: Value, start: int) -> Envelope:
    """A lower bound of |f| of the same form; its `size` is positive."""
    if term.loose == 0:
        return _positive(Envelope(abs(_ball(value(term))), fmpq(0), arb(0)))
    match term:
        case Bound(0):
            return Envelope(arb(1), fmpq(1), arb(0))
        case Mul(args):
            return _product([below(a, value, start) for a in args])
        case Pow(base, Num(exponent)) if exponent > 0:
            power = fmpq(exponent.numerator, exponent.denominator)
            return _power(below(base, value, start), power)
        case Add(args):
            return _dominated(args, value, start)
        case Fn("factorial", 0, (inner,)):
            return _factorial(inner, value, start)
        case Fn("exp", 0, (inner,)):
            return _inverted(above(fn("exp", neg(inner)), value, start))
    raise Unbounded


def _sum(parts: list[Envelope]) -> Envelope:
    """x ≥ 1, so the largest degree and the slowest rate hold for all."""
    degree = max(p.degree for p in parts)
    rate = parts[0].rate
    for part in parts[1:]:
        rate = rate.min(part.rate)
    return Envelope(sum((p.size for p in parts), arb(0)), degree, rate)


def _product(parts: list[Envelope]) -> Envelope:
    size, degree, rate = arb(1), fmpq(0), arb(0)
    for part in parts:
        size, degree, rate = size * part.size, degree + part.degree, rate + part.rate
    return Envelope(size, degree, rate)


def _power(of: Envelope, power: fmpq) -> Envelope:
    return Envelope(of.size ** arb(power), of.degree * power, of.rate * arb(power))


def _inverted(of: Envelope) -> Envelope:
    positive = _positive(of)
    return Envelope(1 / positive.size, -positive.degree, -positive.rate)


def _positive(of: Envelope) -> Envelope:
    if not of.size > 0:
        raise Unbounded
    return of


def _dominated(args: tuple[Term, ...], value: Value, start: int) -> Envelope:
    """One member outweighs all the others from `start` on."""
    for k, arg in enumerate(args):
        try:
            lead = below(arg, value, start)
            size = lead.size
            for other in (a for j, a in enumerate(args) if j != k):
                bound = above(other, value, start)
                degree, rate = bound.degree - lead.degree, bound.rate - lead.rate
                if degree > 0 or not rate >= 0:
                    raise Unbounded
                first = arb(start)
                size -= bound.size * first ** arb(degree) * (-rate * first).exp()
            return _positive(Envelope(size, lead.degree, lead.rate))
        except Unbounded:
            continue
    raise Unbounded


def _factorial(inner: Term, value: Value, start: int) -> Envelope:
    """k! ≥ (k/e)^k ≥ start^k e^(−k), and (k − j)! ≥ k!/k^j."""
    constant, slope, *rest = polynomial(inner, value)
    if rest or slope != 1 or not isinstance(constant, fmpq) or constant.q != 1:
        raise Unbounded
    if start < 2 - 2 * constant:
        raise Unbounded
    return Envelope(arb(1), constant if constant < 0 else fmpq(0), 1 - arb(start).log())


def _exponential(inner: Term, value: Value, start: int, base: arb | None = None) -> Envelope:
    """A positive base (e) to a polynomial whose leading coefficient makes it fall, or linear."""
    constant, *higher = (_ball(c) for c in polynomial(inner, value))
    if base is not None:
        if base.contains(0):
            raise Unbounded
        constant, *higher = (c * base.log() for c in (constant, *higher))
    size = constant.exp()
    if not higher:
        return Envelope(size, fmpq(0), arb(0))
    if len(higher) == 1:
        return Envelope(size, fmpq(0), -higher[0])
    *middle, leading = higher
    slope = leading * start + sum((abs(m) for m in middle), arb(0))
    if not slope < 0:
        raise Unbounded
    return Envelope(size, fmpq(0), -slope)


def polynomial(term: Term, value: Value) -> list[Number]:
    """The coefficients of a polynomial in `Bound(0)`, the constant first."""
    if term.loose == 0:
        return [value(term)]
    match term:
        case Bound(0):
            return [fmpq(0), fmpq(1)]
        case Add(args):
            return _added([polynomial(a, value) for a in args])
        case Mul(args):
            found: list[Number] = [fmpq(1)]
            for arg in args:
                found = _times(found, polynomial(arg, value))
            return found
        case Pow(base, Num(exponent)) if exponent.denominator == 1 and 0 < exponent <= MOST:
            factor, found = polynomial(base, value), [fmpq(1)]
            for _ in range(int(exponent)):
                found = _times(found, factor)
            return found
    raise Unbounded


def _added(rows: list[list[Number]]) -> list[Number]:
    longest = max(map(len, rows))
    found: list[Number] = [fmpq(0)] * longest
    for row in rows:
        for k, c in enumerate(row):
            found[k] = numbers.add(found[k], c)
    return _trimmed(found)


def _times(a: list[Number], b: list[Number]) -> list[Number]:
    found: list[Number] = [fmpq(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            found[i + j] = numbers.add(found[i + j], numbers.multiply(x, y))
    return _trimmed(found)


def _trimmed(row: list[Number]) -> list[Number]:
    while len(row) > 1 and numbers.is_zero(row[-1]):
        row.pop()
    return row


def _ball(value: Number) -> arb:
    if isinstance(value, Series):
        raise Unbounded
    return numbers.ball(numbers.constant(value))
