"""The well-known functions: one row each, everything that the kernel believes about them.

A derivative, a domain or a rewriting that is wrong here makes wrong proofs, so nothing of the
kind stands anywhere else, and a test checks every row numerically.
"""

from collections.abc import Callable
from dataclasses import field
from fractions import Fraction

from derive.term import MINUS_ONE, ONE, ZERO, Const, Fn, Num, Pow, Term, add, div, fn, mul, neg, sub
from derive.values import dataclass

Args = tuple[Term, ...]
HALF = Num(Fraction(1, 2))
TWO = Num(Fraction(2))
IMAGINARY = Const("I")


@dataclass(frozen=True, slots=True)
class Function:
    """What is known of a function.

    `partials` gives the derivative by each argument, `conditions` the (kind, term) pairs under
    which it has a value, `rewrite` an equal term in other functions (equal wherever both have a
    value), `range` closed bounds of its values with `strict` where they are never taken, and
    `odd` says f(−x) = −f(x).
    """

    name: str
    arity: int | None
    partials: Callable[[Args], Args] | None = None
    conditions: Callable[[Args], tuple[tuple[str, Term], ...]] = field(default=lambda _: ())
    rewrite: Callable[[Args], Term] | None = None
    range: tuple[Term | None, Term | None] = (None, None)
    strict: bool = False
    odd: bool = False


def square(x: Term) -> Term:
    """x²."""
    return Pow(x, TWO)


def sqrt(x: Term) -> Term:
    """√x."""
    return Pow(x, HALF)


def _imaginary_exp(x: Term, sign: int) -> Term:
    return fn("exp", mul(Num(Fraction(sign)), IMAGINARY, x))


def _sin(a: Args) -> Term:
    half = mul(Num(Fraction(-1, 2)), IMAGINARY)
    return mul(half, sub(_imaginary_exp(a[0], 1), _imaginary_exp(a[0], -1)))


def _cos(a: Args) -> Term:
    return mul(HALF, add(_imaginary_exp(a[0], 1), _imaginary_exp(a[0], -1)))


def _sinh(a: Args) -> Term:
    return mul(HALF, sub(fn("exp", a[0]), fn("exp", neg(a[0]))))


def _cosh(a: Args) -> Term:
    return mul(HALF, add(fn("exp", a[0]), fn("exp", neg(a[0]))))


def _extreme(sign: Term) -> Callable[[Args], Term]:
    def rewrite(args: Args) -> Term:
        first, *rest = args
        for other in rest:
            distance = fn("abs", sub(first, other))
            first = mul(HALF, add(first, other, mul(sign, distance)))
        return first

    return rewrite


def _binomial(a: Args) -> Term:
    n, k = a
    return div(fn("factorial", n), mul(fn("factorial", k), fn("factorial", sub(n, k))))


def _one(name: str) -> Callable[[Args], Term]:
    return lambda a: fn(name, *a)


def _unit(x: Term) -> Term:
    return sub(ONE, square(x))


_ROWS = (
    Function("exp", 1, lambda a: (fn("exp", *a),), range=(ZERO, None), strict=True),
    Function("log", 1, lambda a: (div(ONE, a[0]),), lambda a: (("positive", a[0]),)),
    Function(
        "sin", 1, lambda a: (fn("cos", *a),), rewrite=_sin, range=(MINUS_ONE, ONE), odd=True
    ),
    Function("cos", 1, lambda a: (neg(fn("sin", *a)),), rewrite=_cos, range=(MINUS_ONE, ONE)),
    Function(
        "tan", 1,
        lambda a: (div(ONE, square(fn("cos", *a))),),
        lambda a: (("nonzero", fn("cos", *a)),),
        lambda a: div(fn("sin", *a), fn("cos", *a)),
        odd=True,
    ),
    Function(
        "cot", 1,
        lambda a: (div(MINUS_ONE, square(fn("sin", *a))),),
        lambda a: (("nonzero", fn("sin", *a)),),
        lambda a: div(fn("cos", *a), fn("sin", *a)),
        odd=True,
    ),
    Function(
        "sec", 1,
        lambda a: (div(fn("sin", *a), square(fn("cos", *a))),),
        lambda a: (("nonzero", fn("cos", *a)),),
        lambda a: div(ONE, fn("cos", *a)),
    ),
    Function(
        "csc", 1,
        lambda a: (neg(div(fn("cos", *a), square(fn("sin", *a)))),),
        lambda a: (("nonzero", fn("sin", *a)),),
        lambda a: div(ONE, fn("sin", *a)),
        odd=True,
    ),
    Function(
        "asin", 1,
        lambda a: (div(ONE, sqrt(_unit(a[0]))),),
        lambda a: (("nonnegative", _unit(a[0])),),
        odd=True,
    ),
    Function(
        "acos", 1,
        lambda a: (div(MINUS_ONE, sqrt(_unit(a[0]))),),
        lambda a: (("nonnegative", _unit(a[0])),),
        range=(ZERO, None),
    ),
    Function("atan", 1, lambda a: (div(ONE, add(ONE, square(a[0]))),), odd=True),
    Function("sinh", 1, lambda a: (fn("cosh", *a),), rewrite=_sinh, odd=True),
    Function("cosh", 1, lambda a: (fn("sinh", *a),), rewrite=_cosh, range=(ONE, None)),
    Function(
        "tanh", 1,
        lambda a: (sub(ONE, square(fn("tanh", *a))),),
        rewrite=lambda a: div(
            sub(fn("exp", mul(TWO, a[0])), ONE), add(fn("exp", mul(TWO, a[0])), ONE)
        ),
        range=(MINUS_ONE, ONE),
        strict=True,
        odd=True,
    ),
    Function(
        "sigma", 1,
        lambda a: (mul(fn("sigma", *a), sub(ONE, fn("sigma", *a))),),
        rewrite=lambda a: div(fn("exp", *a), add(ONE, fn("exp", *a))),
        range=(ZERO, ONE),
        strict=True,
    ),
    Function("abs", 1, lambda a: (div(a[0], fn("abs", *a)),), range=(ZERO, None)),
    Function("conj", 1),
    Function("re", 1, rewrite=lambda a: mul(HALF, add(a[0], fn("conj", *a)))),
    Function(
        "im", 1,
        rewrite=lambda a: mul(HALF, MINUS_ONE, IMAGINARY, sub(a[0], fn("conj", *a))),
    ),
    Function("sign", 1, lambda a: (div(ZERO, a[0]),), range=(MINUS_ONE, ONE), odd=True),
    Function("max", None, rewrite=_extreme(ONE)),
    Function("min", None, rewrite=_extreme(MINUS_ONE)),
    Function("floor", 1),
    Function("ceil", 1),
    Function(
        "factorial", 1,
        conditions=lambda a: (("integer", a[0]), ("nonnegative", a[0])),
        range=(ONE, None),
    ),
    Function(
        "binomial", 2,
        conditions=lambda a: (
            ("integer", a[0]), ("integer", a[1]),
            ("nonnegative", a[1]), ("nonnegative", sub(a[0], a[1])),
        ),
        rewrite=_binomial,
        range=(ONE, None),
    ),
    Function(
        "gamma", 1, conditions=lambda a: (("positive", a[0]),), range=(ZERO, None), strict=True
    ),
    Function(
        "erf", 1,
        lambda a: (
            div(mul(TWO, fn("exp", neg(square(a[0])))), sqrt(Const("pi"))),
        ),
        range=(MINUS_ONE, ONE),
        strict=True,
        odd=True,
    ),
)  # fmt: skip

FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}


def lowered(term: Fn, variable: Term) -> Term | None:
    """The term f⁽ᵏ⁾(x) without its order, written in derivatives of the table; None if it has none.

    `variable` is a symbol that does not occur in the term.
    """
    row = FUNCTIONS.get(term.name)
    if row is None or row.partials is None or len(term.args) != 1:
        return None
    return row.partials((variable,))[0]
