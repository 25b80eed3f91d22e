"""Derivatives: each row of the table against difference quotients, jets, families, capture."""

import math
from collections.abc import Callable

import pytest
from scalars import (
    CONTEXT,
    ONE,
    TWO,
    ZERO,
    a,
    add,
    at,
    exp,
    fn,
    i,
    j,
    log,
    mul,
    n,
    num,
    product,
    ratio,
    sigma,
    sqr,
    sub,
    total,
    w,
    x,
    y,
)

from derive.kernel.axioms import FUNCTIONS
from derive.kernel.derivative import differentiate
from derive.kernel.normal import Budget, Unsupported, is_zero
from derive.term import (
    Add,
    App,
    At,
    Const,
    Delta,
    Diff,
    Fn,
    Mul,
    Num,
    Pow,
    Sum,
    Sym,
    Term,
    subterms,
)

u = Sym("u")


def _sigma(v: float) -> float:
    return 1 / (1 + math.exp(-v))


VALUES: dict[str, Callable[..., float]] = {
    "exp": math.exp, "log": math.log, "sin": math.sin, "cos": math.cos, "tan": math.tan,
    "cot": lambda v: 1 / math.tan(v), "sec": lambda v: 1 / math.cos(v),
    "csc": lambda v: 1 / math.sin(v), "asin": math.asin, "acos": math.acos, "atan": math.atan,
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "sigma": _sigma, "abs": abs,
    "sign": lambda v: math.copysign(1, v), "max": max, "min": min, "erf": math.erf,
    "gamma": math.gamma, "factorial": lambda v: math.gamma(v + 1), "floor": math.floor,
    "ceil": math.ceil, "conj": lambda v: v.conjugate(), "re": lambda v: v.real,
    "im": lambda v: v.imag,
}  # fmt: skip


def value(term: Term, at_x: float) -> float:
    match term:
        case Num(v):
            return float(v)
        case Sym("x"):
            return at_x
        case Const("pi"):
            return math.pi
        case Const("I"):
            return 1j  # type: ignore[return-value]
        case Add(args):
            return sum(value(t, at_x) for t in args)
        case Mul(args):
            return math.prod(value(t, at_x) for t in args)
        case Pow(base, exponent):
            return value(base, at_x) ** value(exponent, at_x)
        case Fn(name, 0, args):
            return VALUES[name](*(value(t, at_x) for t in args))
        case _:
            raise ValueError(term)


DIFFERENTIABLE = [r.name for r in FUNCTIONS.values() if r.arity == 1 and r.partials]


@pytest.mark.parametrize("name", [*DIFFERENTIABLE, "max", "min"])
@pytest.mark.parametrize("point", [0.31, 0.77])
def test_every_derivative_against_a_difference_quotient(name: str, point: float) -> None:
    term = fn(name, x) if name in DIFFERENTIABLE else fn(name, sqr(x), mul(ratio(1, 2), x))
    slope = value(differentiate(Diff(term, x), CONTEXT), point)
    step = 1e-6
    quotient = (value(term, point + step) - value(term, point - step)) / (2 * step)
    assert slope == pytest.approx(quotient, rel=1e-6, abs=1e-8)


REAL_REWRITES = [
    r.name
    for r in FUNCTIONS.values()
    if r.rewrite and r.arity == 1 and r.name not in ("sin", "cos")
]


@pytest.mark.parametrize("name", REAL_REWRITES)
@pytest.mark.parametrize("point", [-0.6, 0.4, 1.3])
def test_every_rewriting_has_the_same_value(name: str, point: float) -> None:
    rewrite = FUNCTIONS[name].rewrite
    assert rewrite is not None
    assert value(rewrite((x,)), point) == pytest.approx(VALUES[name](point))


@pytest.mark.parametrize("name", [r.name for r in FUNCTIONS.values() if r.odd])
def test_odd_functions_are_odd(name: str) -> None:
    assert VALUES[name](-0.4) == pytest.approx(-VALUES[name](0.4))


@pytest.mark.parametrize(
    "row", [r for r in FUNCTIONS.values() if r.arity == 1], ids=lambda r: r.name
)
@pytest.mark.parametrize("point", [-0.9, -0.2, 0.5, 0.9, 3.0])
def test_ranges_hold(row, point: float) -> None:  # type: ignore[no-untyped-def]
    try:
        found = VALUES[row.name](point)
    except ValueError:
        return
    lo, hi = row.range
    if row.name in ("gamma", "factorial") and (point < 0 or point != int(point)):
        return
    assert lo is None or value(lo, 0) <= found
    assert hi is None or found <= value(hi, 0)


def equal(left: Term, right: Term) -> bool:
    return is_zero(sub(left, right), CONTEXT, Budget()) is not None


ROWS = [
    ("product rule", Diff(mul(sqr(x), fn("sin", x)), x),
     add(mul(TWO, x, fn("sin", x)), mul(sqr(x), fn("cos", x)))),
    ("chain rule", Diff(fn("sin", sqr(x)), x), mul(TWO, x, fn("cos", sqr(x)))),
    ("power", Diff(Pow(x, n), x), mul(n, Pow(x, sub(n, ONE)))),
    ("base", Diff(Pow(TWO, x), x), mul(log(TWO), Pow(TWO, x))),
    ("constant", Diff(y, x), ZERO),
    ("second", Diff(Diff(exp(mul(TWO, x)), x), x), mul(num(4), exp(mul(TWO, x)))),
    ("product", Diff(product(lambda r: exp(mul(r, x))), x),
     mul(total(lambda r: r), product(lambda r: exp(mul(r, x))))),
    ("short product", Diff(product(lambda r: add(x, r), hi=TWO), x), add(mul(TWO, x), num(3))),
    ("unknown function", Diff(App("g", (0, 0), (sqr(x), y)), x),
     mul(TWO, x, App("g", (1, 0), (sqr(x), y)))),
    ("family", Diff(total(lambda r: sqr(at("x", r))), at("x", i)), mul(TWO, at("x", i))),
    ("jet by chain", Diff(sigma(at("f", i)), w),
     mul(Diff(at("f", i), w), sigma(at("f", i)), sub(ONE, sigma(at("f", i))))),
    ("jets commute", Diff(Diff(at("f", i), w), u), Diff(Diff(at("f", i), u), w)),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_rule(left: Term, right: Term) -> None:
    assert equal(left, right)
    assert not equal(left, add(right, x))


def test_what_remains_is_of_leaves() -> None:
    found = differentiate(Diff(log(sigma(mul(at("f", i), a))), w), CONTEXT)
    jets = [t for t in subterms(found) if isinstance(t, Diff)]
    assert jets == [Diff(at("f", i), w)]


def test_an_undeclared_dependence_is_constant_and_a_declared_one_is_not() -> None:
    assert differentiate(Diff(at("g", i), w), CONTEXT) == ZERO
    assert differentiate(Diff(at("f", i), w), CONTEXT) == Diff(at("f", i), w)


def test_a_member_of_a_family_by_another() -> None:
    assert differentiate(Diff(at("x", i, j), at("x", j, n)), CONTEXT) == mul(
        Delta(i, j), Delta(j, n)
    )


def test_a_bound_index_is_not_captured() -> None:
    found = differentiate(Diff(total(lambda r: mul(at("c", r), at("x", r))), at("x", i)), CONTEXT)
    assert isinstance(found, Sum)
    assert i in subterms(found.body)


REFUSED = [
    ("an index is no variable", Diff(at("x", n), n)),
    ("a bound of a sum", Diff(total(lambda r: r), n)),
    ("a function without derivative", Diff(fn("floor", x), x)),
    ("a product with a factor that may be 0", Diff(product(lambda r: add(x, at("y", r))), x)),
    ("a number as variable", Diff(x, ONE)),
    ("families of different depth", Diff(at("x", i), At("x", (i, j)))),
]


@pytest.mark.parametrize("term", [r[1] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_has_no_rule_is_refused(term: Term) -> None:
    with pytest.raises(Unsupported):
        differentiate(term, CONTEXT)
