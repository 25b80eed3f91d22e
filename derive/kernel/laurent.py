"""Limits at a point, by the Laurent series of the body: exact where rationals stay rational.

A number counts as 0 only where it is the rational 0, so a cancellation that balls hide is told
as unknown. Nothing here is shared with the procedures that prove.
"""

from collections.abc import Callable, Sequence

from flint import fmpq

from derive.kernel import numbers
from derive.kernel.numbers import ONE, ZERO, Number, Undefined, Unknown
from derive.term import Add, Bound, Fn, Mul, Num, Pow, Term
from derive.values import dataclass

Value = Callable[[Term], Number]
TERMS = 9


@dataclass(frozen=True, slots=True)
class Laurent:
    """Σ row[k] ε^(low + k) + O(ε^(low + len(row))), for small ε > 0; row[0] is not 0."""

    low: int
    row: tuple[Number, ...]


FLAT = Laurent(1_000, ())  # smaller than every power that matters


def limit(body: Term, at: Number | None, sign: int, value: Value) -> Number:
    """The limit for `Bound(0)` = at + sign·ε, or sign/ε where `at` is None, as ε falls to 0.

    Raises `Unknown` where the series does not tell.
    """
    x = _exact(-1, fmpq(sign)) if at is None else _exact(0, at, fmpq(sign))
    found = _Expansion(x, value).of(body)
    if found.low > 0:
        return ZERO
    if not found.row or found.low < 0:
        raise Unknown("the series does not tell, or the values grow beyond all bounds")
    return found.row[0]


def _made(low: int, row: Sequence[Number]) -> Laurent:
    """The series with its leading zeros dropped."""
    row = list(row)
    while row and numbers.is_zero(row[0]):
        low, row = low + 1, row[1:]
    if row and not numbers.sign(row[0]):
        raise Unknown("a coefficient that cannot be told from 0")
    return Laurent(low, tuple(row[:TERMS]))


def _exact(low: int, *row: Number) -> Laurent:
    """A polynomial in ε: all further coefficients are 0."""
    return _made(low, row + (ZERO,) * (TERMS + 1 - len(row)))


class _Expansion:
    """The series of one body."""

    def __init__(self, x: Laurent, value: Value) -> None:
        self.x, self.value = x, value

    def of(self, term: Term) -> Laurent:
        if term.loose == 0:
            return self.constant(self.value(term))
        match term:
            case Bound(0):
                return self.x
            case Add(args):
                return self.sum([self.of(a) for a in args])
            case Mul(args):
                found = self.of(args[0])
                for arg in args[1:]:
                    found = _times(found, self.of(arg))
                return found
            case Pow(base, Num(exponent)) if exponent.denominator == 1:
                return self.power(self.of(base), int(exponent))
            case Pow(base, exponent):
                return self.exp(_times(self.of(exponent), self.log(self.of(base))))
            case Fn(name, 0, (inner,)):
                return self.function(name, self.of(inner))
        raise Unknown(type(term).__name__)

    def constant(self, value: Number) -> Laurent:
        if numbers.is_zero(value):
            return FLAT
        return _exact(0, value)

    def sum(self, parts: list[Laurent]) -> Laurent:
        low = min(p.low for p in parts)
        high = min(p.low + len(p.row) for p in parts)
        row: list[Number] = [ZERO] * (high - low)
        for part in parts:
            for k, c in enumerate(part.row[: max(high - part.low, 0)]):
                row[part.low - low + k] = numbers.add(row[part.low - low + k], c)
        return _made(low, row)

    def power(self, base: Laurent, exponent: int) -> Laurent:
        if exponent < 0:
            return self.power(_inverse(base), -exponent)
        if exponent > 4 * TERMS:
            raise Unknown("a high power")
        found = Laurent(0, (ONE,) + (ZERO,) * (TERMS - 1))
        for _ in range(exponent):
            found = _times(found, base)
        return found

    # ---- functions ---------------------------------------------------------------------------

    def function(self, name: str, inner: Laurent) -> Laurent:
        match name:
            case "exp":
                return self.exp(inner)
            case "log":
                return self.log(inner)
            case "sin" | "cos":
                return self.circular(name, inner)
            case "tan":
                return _times(self.circular("sin", inner), _inverse(self.circular("cos", inner)))
            case "sigma":
                return _inverse(self.sum([self.constant(ONE), self.exp(_scaled(inner, -1))]))
            case "tanh":
                double = self.function("sigma", _scaled(inner, 2))
                return self.sum([_scaled(double, 2), self.constant(fmpq(-1))])
            case "abs":
                return (
                    inner if not inner.row or numbers.sign(inner.row[0]) > 0 else _scaled(inner, -1)
                )
            case "sign":
                return self.constant(fmpq(numbers.sign(inner.row[0]))) if inner.row else FLAT
            case _:
                return self.tame(name, inner)

    def tame(self, name: str, inner: Laurent) -> Laurent:
        """A function that is analytic at the limit of its argument, by its first derivative."""
        if name not in ("atan", "erf", "asin", "acos"):
            raise Unknown(name)
        centre = _centre(inner)
        value = numbers.FUNCTIONS[name](centre)
        slope = numbers.FUNCTIONS[name](numbers.Series(1, centre, ONE))
        rest = _rest(inner)
        if isinstance(slope, numbers.Series) and numbers.is_zero(value) and rest.row:
            return _made(rest.low, [numbers.multiply(slope.slope, rest.row[0])])
        return rest if numbers.is_zero(value) else _made(0, [value])

    def exp(self, inner: Laurent) -> Laurent:
        if inner.row and inner.low < 0 and numbers.sign(inner.row[0]) < 0:
            return FLAT
        scale = numbers.exp(_centre(inner))
        return self.compose(_rest(inner), [numbers.multiply(scale, f) for f in _FACTORIALS])

    def circular(self, name: str, inner: Laurent) -> Laurent:
        centre = _centre(inner)
        s, c = numbers.sin(centre), numbers.cos(centre)
        cycle = [s, c, numbers.negate(s), numbers.negate(c)]
        shift = 0 if name == "sin" else 1
        row = [numbers.multiply(cycle[(k + shift) % 4], f) for k, f in enumerate(_FACTORIALS)]
        return self.compose(_rest(inner), row)

    def log(self, inner: Laurent) -> Laurent:
        if not inner.row or inner.low:
            raise Unknown("a logarithm at 0 or at infinity")
        if numbers.sign(inner.row[0]) < 0:
            raise Undefined("log of a negative number")
        ratio = _scaled_by(_rest(inner), numbers.invert(inner.row[0]))
        series = [fmpq((-1) ** (k + 1), k) for k in range(1, TERMS)]
        return self.compose(ratio, [numbers.log(inner.row[0]), *series])

    def compose(self, rest: Laurent, row: list[Number]) -> Laurent:
        """Σ row[k] rest^k, where rest vanishes at 0."""
        parts = [Laurent(TERMS, ()), self.constant(row[0])]
        power = rest
        for coefficient in row[1:]:
            if power.low >= TERMS:
                break
            if not numbers.is_zero(coefficient):
                parts.append(_scaled_by(power, coefficient))
            power = _times(power, rest)
        return self.sum(parts)


_FACTORIALS = [fmpq(1)]
for _k in range(1, TERMS):
    _FACTORIALS.append(_FACTORIALS[-1] / _k)


def _centre(of: Laurent) -> Number:
    """The value at ε = 0."""
    if of.low > 0:
        return ZERO
    if of.low < 0 or not of.row:
        raise Unknown("a function of what grows beyond all bounds")
    return of.row[0]


def _rest(of: Laurent) -> Laurent:
    """The series without its constant."""
    return of if of.low > 0 else _made(1, of.row[1:])


def _scaled(of: Laurent, by: int) -> Laurent:
    return _scaled_by(of, fmpq(by))


def _scaled_by(of: Laurent, by: Number) -> Laurent:
    return Laurent(of.low, tuple(numbers.multiply(c, by) for c in of.row))


def _times(a: Laurent, b: Laurent) -> Laurent:
    count = min(len(a.row), len(b.row))
    row: list[Number] = [ZERO] * count
    for i, x in enumerate(a.row[:count]):
        for j, y in enumerate(b.row[: count - i]):
            row[i + j] = numbers.add(row[i + j], numbers.multiply(x, y))
    return Laurent(a.low + b.low, tuple(row))


def _inverse(of: Laurent) -> Laurent:
    if not of.row:
        raise Unknown("division by what may be 0")
    first = numbers.invert(of.row[0])
    row: list[Number] = [first]
    for k in range(1, len(of.row)):
        total: Number = ZERO
        for j in range(1, k + 1):
            total = numbers.add(total, numbers.multiply(of.row[j], row[k - j]))
        row.append(numbers.negate(numbers.multiply(first, total)))
    return Laurent(-of.low, tuple(row))
