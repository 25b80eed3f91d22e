"""Values of integrals, series, limits and cases: enclosed, and never where there is none."""

import math
from fractions import Fraction

import pytest
from flint import fmpq

from derive.context import Context
from derive.kernel.evaluate import Undefined, evaluate
from derive.prove.chosen import Sampled
from derive.term import (
    ONE,
    ZERO,
    Bound,
    Choice,
    Const,
    Holds,
    Integral,
    Limit,
    Num,
    Pow,
    Sum,
    Sym,
    add,
    div,
    fn,
    mul,
    neg,
    num,
    sub,
)

X, OO, HALF = Bound(0), Const("oo"), Num(Fraction(1, 2))
SQUARE = Pow(X, num(2))


def value(term):
    return evaluate(term, Sampled(Context(), 4), Context())


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (Integral(fn("exp", neg(mul(HALF, SQUARE))), neg(OO), OO), math.sqrt(2 * math.pi)),
        (Integral(mul(X, fn("exp", neg(X))), ZERO, OO), 1),
        (Integral(div(ONE, add(ONE, SQUARE)), neg(OO), OO), math.pi),
        (Integral(div(ONE, X), ONE, num(2)), math.log(2)),
        (Integral(fn("abs", X), num(-1), num(2)), 2.5),
        (Integral(Pow(X, HALF), ZERO, ONE), 2 / 3),
        (Sum(Pow(HALF, X), ZERO, OO), 2),
        (Sum(div(Pow(num(3), X), fn("factorial", X)), ZERO, OO), math.e**3),
        (Sum(Pow(X, num(-2)), ONE, OO), math.pi**2 / 6),
        (Limit(Pow(add(ONE, div(ONE, X)), X), OO, ""), math.e),
        (Limit(div(fn("sin", X), X), ZERO, ""), 1),
        (Limit(fn("atan", X), ZERO, ""), 0),
        (Limit(mul(X, fn("exp", neg(X))), OO, ""), 0),
        (Limit(div(fn("abs", X), X), ZERO, "+"), 1),
        (Limit(div(fn("abs", X), X), ZERO, "-"), -1),
    ],
)
def test_a_value_lies_in_its_ball(term, expected):
    found = value(term)
    if isinstance(found, fmpq):
        assert float(found.p) / float(found.q) == pytest.approx(expected)
    else:
        assert abs(float(found.mid()) - expected) <= float(found.rad()) + 1e-9
        assert float(found.rad()) < 2e-3


@pytest.mark.parametrize(
    "term",
    [
        Integral(div(ONE, X), num(-1), num(2)),
        Integral(div(ONE, X), ONE, OO),
        Integral(fn("log", X), num(-2), num(-1)),
        Sum(div(ONE, X), ONE, OO),
        Sum(Pow(num(2), X), ZERO, OO),
        Limit(div(fn("abs", X), X), ZERO, ""),
        Limit(div(ONE, X), ZERO, ""),
        Limit(fn("sin", X), OO, ""),
        Limit(fn("exp", X), OO, ""),
    ],
)
def test_what_has_no_value_gets_none(term):
    with pytest.raises(Undefined):
        value(term)


def test_cases_take_one_branch_and_need_no_other():
    positive = Choice(Holds(ONE, ">", ZERO), num(5), fn("log", ZERO))
    assert value(positive) == 5
    assert value(Holds(Sym("u"), "≠", Sym("u"))) == 0


def test_cancellation_is_seen_in_rationals():
    square = sub(Pow(add(num(3), X), num(2)), num(9))
    assert value(Limit(div(square, X), ZERO, "")) == 6
