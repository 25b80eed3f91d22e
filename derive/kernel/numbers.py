"""Numbers for exact evaluation: rationals, balls, and truncated power series over them.

Rationals stay rationals as long as they can; otherwise a ball (`arb`) holds the value with a
proved error, or two balls (`acb`) where the imaginary unit takes part. Functions with branches
have no value told here off the real line. A derivative is the first coefficient of a power series
in a fresh ε, so nothing here knows a rule of differentiation but the Taylor recurrences of the
functions themselves.
"""

from collections.abc import Callable
from functools import reduce
from operator import methodcaller
from typing import Any, overload

from flint import acb, arb, fmpq, fmpz

from derive.values import dataclass


class Undefined(Exception):
    """The value does not exist at this point (1/0, log of a negative number, …)."""

    side = ""


class Unknown(Undefined):
    """The value may exist, but is not told here: a ball too wide, a rule that is missing."""


class TooLarge(Exception):
    """The value exists but is too large to be computed."""


@dataclass(frozen=True, slots=True)
class Series:
    """`constant + slope·ε`, where ε² = 0; `tag` tells one ε from another."""

    tag: int
    constant: "Number"
    slope: "Number"


Real = fmpq | arb
Number = Real | acb | Series

Unary = Callable[[Number], Number]

IMAGINARY = acb(0, 1)
ZERO, ONE, TWO, HALF = fmpq(0), fmpq(1), fmpq(2), fmpq(1, 2)
MAX_BITS = 20_000
MAX_POWER = 4_000


def _split(x: Number, y: Number) -> tuple[int, Number, Number, Number, Number]:
    """Both numbers as series in the younger ε of the two."""
    tag = max(v.tag for v in (x, y) if isinstance(v, Series))
    a, b = (x.constant, x.slope) if isinstance(x, Series) and x.tag == tag else (x, ZERO)
    c, d = (y.constant, y.slope) if isinstance(y, Series) and y.tag == tag else (y, ZERO)
    return tag, a, b, c, d


def add(x: Number, y: Number) -> Number:
    """The sum."""
    if isinstance(x, Series) or isinstance(y, Series):
        tag, a, b, c, d = _split(x, y)
        return Series(tag, add(a, c), add(b, d))
    return x + y


def multiply(x: Number, y: Number) -> Number:
    """The product."""
    if isinstance(x, Series) or isinstance(y, Series):
        tag, a, b, c, d = _split(x, y)
        return Series(tag, multiply(a, c), add(multiply(a, d), multiply(b, c)))
    if (isinstance(x, fmpq) and not x) or (isinstance(y, fmpq) and not y):
        return ZERO
    return _bounded(x * y)


def _bounded(x: Number) -> Number:
    if isinstance(x, fmpq) and max(int(x.p).bit_length(), int(x.q).bit_length()) > MAX_BITS:
        raise TooLarge("a number of too many digits")
    return x


def negate(x: Number) -> Number:
    """The negative."""
    return multiply(fmpq(-1), x)


def plain(x: Number) -> Real | acb:
    """The value itself, without any ε."""
    while isinstance(x, Series):
        x = x.constant
    return x


def constant(x: Number) -> Real:
    """The value itself, which must be real, without any ε."""
    found = plain(x)
    if isinstance(found, acb):
        raise Unknown("a complex number where a real one is wanted")
    return found


def is_zero(x: Number) -> bool:
    """Whether a number is exactly 0."""
    if isinstance(x, Series):
        return is_zero(x.constant) and is_zero(x.slope)
    return isinstance(x, fmpq) and not x


def sign(x: Number) -> int:
    """The sign of the value; raises `Undefined` where a ball does not tell."""
    value = constant(x)
    if isinstance(value, fmpq):
        return (value > 0) - (value < 0)
    if value > 0:
        return 1
    if value < 0:
        return -1
    raise Unknown("a sign that cannot be told")


@overload
def ball(x: Real) -> arb: ...
@overload
def ball(x: acb) -> acb: ...
def ball(x: Real | acb) -> arb | acb:
    """The value as a ball."""
    return arb(x) if isinstance(x, fmpq) else x


def invert(x: Number) -> Number:
    """1/x."""
    if isinstance(x, Series):
        inverse = invert(x.constant)
        return Series(x.tag, inverse, negate(multiply(x.slope, multiply(inverse, inverse))))
    if isinstance(x, fmpq):
        if not x:
            raise Undefined("division by 0")
        return ONE / x
    if x.contains(0):
        raise Unknown("division by what may be 0")
    return 1 / x


def integer_power(x: Number, exponent: int) -> Number:
    """x to an integer, 0⁰ being 1."""
    if exponent < 0:
        return invert(integer_power(x, -exponent))
    if exponent > MAX_POWER:
        return _large_power(x, exponent)
    found: Number = ONE
    while exponent:
        if exponent & 1:
            found = multiply(found, x)
        exponent >>= 1
        if exponent:
            x = multiply(x, x)
    return found


def _large_power(x: Number, exponent: int) -> Number:
    value = plain(x)
    if not isinstance(x, Series) and isinstance(value, fmpq) and value in (0, 1, -1):
        return ONE if value == 1 or (value == -1 and exponent % 2 == 0) else value
    raise TooLarge("a power that is too large")


def power(x: Number, exponent: Number) -> Number:
    """x to any power; the base must be positive where the exponent is no integer."""
    if isinstance(exponent, fmpq) and exponent.q == 1:
        if abs(exponent.p) > MAX_POWER * MAX_POWER:
            return _large_power(x, int(exponent.p))
        return integer_power(x, int(exponent.p))
    if isinstance(exponent, fmpq) and is_zero(x) and exponent > 0:
        return ZERO
    if (
        isinstance(exponent, fmpq)
        and isinstance(x, fmpq)
        and (root := _root(x, exponent)) is not None
    ):
        return root
    if isinstance(exponent, fmpq) and not isinstance(x, Series):
        if sign(x) <= 0:
            # an odd root of a negative number is read in two ways, so it has no value here
            odd = exponent.q % 2 == 1
            raise (Unknown if odd else Undefined)("a root of what is not positive")
        return ball(x) ** ball(exponent)
    if sign(x) <= 0:
        raise Undefined("a power of what is not positive")
    return exp(multiply(exponent, log(x)))


def _root(x: fmpq, exponent: fmpq) -> fmpq | None:
    """The exact root where there is one."""
    degree = int(exponent.q)
    if x < 0 or degree > 64:
        return None
    above, below = fmpz(x.p).root(degree), fmpz(x.q).root(degree)
    if above**degree != x.p or below**degree != x.q or abs(exponent.p) > MAX_POWER:
        return None
    return integer_power(fmpq(above, below), int(exponent.p))  # type: ignore[return-value]


# ---- functions: the value, and the recurrence of their Taylor series ---------------------------


def _lift(value: Callable[[Any], Number], slope: Callable[[Number], Number]) -> Unary:
    """A function on all numbers from its value and the factor of its series' next coefficient."""

    def function(x: Number) -> Number:
        if isinstance(x, Series):
            return Series(x.tag, function(x.constant), multiply(slope(x.constant), x.slope))
        return value(x)

    return function


def _exact(at: int, result: fmpq, other: Callable[[Any], Any]) -> Callable[[Any], Number]:
    def value(x: Any) -> Number:
        found: Number = result if isinstance(x, fmpq) and x == at else _finite(other(ball(x)))
        return found

    return value


def _real(other: Callable[[arb], arb]) -> Callable[[arb | acb], arb]:
    """A function with branches, asked of real numbers only."""

    def value(x: arb | acb) -> arb:
        if isinstance(x, acb):
            raise Unknown("a function with branches of a complex number")
        return other(x)

    return value


def _finite(x: Any) -> arb | acb:
    found: arb | acb = x
    if not found.is_finite():
        raise Undefined("no finite value")
    return found


def _log(x: fmpq | arb) -> Number:
    if sign(x) <= 0:
        raise Undefined("log of what is not positive")
    return ZERO if isinstance(x, fmpq) and x == 1 else ball(x).log()


def _tame(x: Any) -> Any:
    size = ball(x)
    if abs(size) > 10**7:
        raise TooLarge("an exponential that is too large")
    return size.exp()


def _logistic(x: Any) -> Any:
    return 1 / (1 + _tame(-x))


exp: Unary = _lift(_exact(0, ONE, _tame), lambda x: exp(x))
log: Unary = _lift(_log, invert)
sin: Unary = _lift(_exact(0, ZERO, methodcaller("sin")), lambda x: cos(x))
cos: Unary = _lift(_exact(0, ONE, methodcaller("cos")), lambda x: negate(sin(x)))
sinh: Unary = _lift(_exact(0, ZERO, methodcaller("sinh")), lambda x: cosh(x))
cosh: Unary = _lift(_exact(0, ONE, methodcaller("cosh")), lambda x: sinh(x))
tanh: Unary = _lift(
    _exact(0, ZERO, methodcaller("tanh")), lambda x: add(ONE, negate(multiply(tanh(x), tanh(x))))
)
sigma: Unary = _lift(
    _exact(0, HALF, _logistic), lambda x: multiply(sigma(x), add(ONE, negate(sigma(x))))
)
atan: Unary = _lift(_exact(0, ZERO, _real(arb.atan)), lambda x: invert(add(ONE, multiply(x, x))))
asin: Unary = _lift(
    _exact(0, ZERO, _real(arb.asin)),
    lambda x: power(add(ONE, negate(multiply(x, x))), fmpq(-1, 2)),
)
erf: Unary = _lift(
    _exact(0, ZERO, _real(arb.erf)),
    lambda x: multiply(multiply(TWO, invert(arb.pi().sqrt())), exp(negate(multiply(x, x)))),
)


def acos(x: Number) -> Number:
    """The inverse cosine."""
    if isinstance(x, fmpq) and x == 1:
        return ZERO
    if not isinstance(x, Series):
        return _finite(ball(constant(x)).acos())
    return add(multiply(HALF, arb.pi()), negate(asin(x)))


def conjugate(x: Number) -> Number:
    """The complex conjugate; variables of series are real."""
    if isinstance(x, Series):
        return Series(x.tag, conjugate(x.constant), conjugate(x.slope))
    return x.conjugate() if isinstance(x, acb) else x


def real_part(x: Number) -> Number:
    """The real part."""
    if isinstance(x, Series):
        return Series(x.tag, real_part(x.constant), real_part(x.slope))
    return x.real if isinstance(x, acb) else x


def imaginary_part(x: Number) -> Number:
    """The imaginary part."""
    if isinstance(x, Series):
        return Series(x.tag, imaginary_part(x.constant), imaginary_part(x.slope))
    return x.imag if isinstance(x, acb) else ZERO


def tan(x: Number) -> Number:
    """The tangent."""
    return multiply(sin(x), invert(cos(x)))


def absolute(x: Number) -> Number:
    """The absolute value; at 0 and off the real line it has no series."""
    if isinstance(x, acb):
        return ball(abs(x))
    s = sign(x)
    if s == 0:
        if isinstance(x, Series):
            raise Undefined("a derivative at a kink")
        return ZERO
    return x if s > 0 else negate(x)


def signum(x: Number) -> Number:
    """−1, 0 or 1; at 0 it has no series."""
    s = sign(x)
    if s == 0 and isinstance(x, Series):
        raise Undefined("a derivative at a jump")
    return fmpq(s)


def largest(first: Number, *others: Number) -> Number:
    """The largest; where two compete it has no series."""
    return reduce(_larger, others, first)


def smallest(*args: Number) -> Number:
    """The smallest; where two compete it has no series."""
    return negate(largest(*map(negate, args)))


def _larger(x: Number, y: Number) -> Number:
    s = sign(add(x, negate(y)))
    if s == 0 and (isinstance(x, Series) or isinstance(y, Series)):
        raise Undefined("a derivative at a kink")
    return x if s >= 0 else y


def rounded_down(x: Number) -> Number:
    """The floor; at integers it has no series."""
    value = constant(x)
    if isinstance(value, fmpq):
        if isinstance(x, Series) and value.q == 1:
            raise Undefined("a derivative at a jump")
        return fmpq(value.p // value.q)
    found = value.floor().unique_fmpz()
    if found is None:
        raise Unknown("a floor that cannot be told")
    return fmpq(found)


def factorial(x: Number) -> Number:
    """n! of a natural number; Γ(x+1) elsewhere."""
    if isinstance(x, fmpq) and x.q == 1:
        if x < 0:
            raise Undefined("factorial of a negative number")
        if x > 10_000:
            raise TooLarge("a factorial that is too large")
        return fmpq(fmpz.fac_ui(x.p))
    if isinstance(x, Series):
        raise Unknown("a derivative of a factorial")
    return gamma(add(x, ONE))


def gamma(x: Number) -> Number:
    """Γ(x)."""
    if isinstance(x, Series):
        slope = multiply(gamma(x.constant), polygamma(0, x.constant))
        return Series(x.tag, gamma(x.constant), multiply(slope, x.slope))
    if isinstance(x, fmpq) and x.q == 1:
        if x <= 0:
            raise Undefined("Γ at a pole")
        return factorial(x - 1)
    return _finite(ball(constant(x)).gamma())


def polygamma(order: int, x: Number) -> Number:
    """The derivative of some order of (log Γ)′, at positive numbers."""
    if isinstance(x, Series):
        slope = multiply(polygamma(order + 1, x.constant), x.slope)
        return Series(x.tag, polygamma(order, x.constant), slope)
    if sign(x) <= 0:
        raise Unknown("a derivative of Γ at what is not positive")
    if order == 0:
        return _finite(ball(constant(x)).digamma())
    tail = arb(order + 1).zeta(ball(constant(x))) * arb.fac_ui(order)
    return _finite(tail if order % 2 else -tail)


def binomial(n: Number, k: Number) -> Number:
    """n over k for a natural k; 0 for a negative one."""
    if not (isinstance(k, fmpq) and k.q == 1):
        raise Unknown("a binomial coefficient of what is no integer")
    if k < 0:
        return ZERO
    if k > 2_000:
        raise TooLarge("a binomial coefficient that is too large")
    found: Number = ONE
    for step in range(int(k.p)):
        found = multiply(found, multiply(add(n, fmpq(-step)), fmpq(1, step + 1)))
    return found


FUNCTIONS: dict[str, Callable[..., Number]] = {
    "exp": exp,
    "log": log,
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "cot": lambda x: multiply(cos(x), invert(sin(x))),
    "sec": lambda x: invert(cos(x)),
    "csc": lambda x: invert(sin(x)),
    "asin": asin,
    "acos": acos,
    "atan": atan,
    "conj": conjugate,
    "re": real_part,
    "im": imaginary_part,
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "sigma": sigma,
    "abs": absolute,
    "sign": signum,
    "max": largest,
    "min": smallest,
    "floor": rounded_down,
    "ceil": lambda x: negate(rounded_down(negate(x))),
    "factorial": factorial,
    "binomial": binomial,
    "gamma": gamma,
    "erf": erf,
}
