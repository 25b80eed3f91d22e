"""Closed forms: each is checked against the enclosed value; what has none is left alone."""

from fractions import Fraction

import pytest
from flint import arb

from derive.context import Context, Domain
from derive.kernel import numbers
from derive.kernel.evaluate import evaluate
from derive.prove.chosen import Sampled
from derive.prove.settle import Settler, Unsettled, unsettled
from derive.show import text
from derive.term import (
    ONE,
    ZERO,
    App,
    Bound,
    Const,
    Diff,
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
    subterms,
)

X, OO, HALF, A, Q = Bound(0), Const("oo"), Num(Fraction(1, 2)), Sym("a"), Sym("q")
PI, H, T = Const("pi"), Sym("h"), Sym("t")
CONTEXT = Context(domains={"a": Domain(lo=ZERO), "q": Domain(lo=num(-1), hi=ONE)})
SQUARE = Pow(X, num(2))
FACTORIAL = fn("factorial", X)


@pytest.mark.parametrize(
    "term",
    [
        Integral(fn("exp", neg(mul(HALF, SQUARE))), neg(OO), OO),
        Integral(mul(X, fn("exp", neg(mul(A, X)))), ZERO, OO),
        Integral(div(ONE, add(ONE, SQUARE)), ZERO, ONE),
        Integral(div(ONE, X), ONE, num(2)),
        Integral(mul(num(2), X, fn("exp", SQUARE)), ZERO, ONE),
        Integral(Pow(fn("cos", X), num(2)), ZERO, PI),
        Integral(Pow(X, HALF), ZERO, num(4)),
        Sum(Pow(Q, X), ZERO, OO),
        Sum(mul(X, Pow(Q, sub(X, ONE))), ONE, OO),
        Sum(div(Pow(A, X), FACTORIAL), ZERO, OO),
        Sum(mul(X, div(Pow(A, X), FACTORIAL)), ZERO, OO),
        Limit(div(fn("sin", X), X), ZERO, ""),
        Limit(Pow(add(ONE, div(ONE, X)), X), OO, ""),
        Limit(div(add(mul(num(2), X), ONE), add(X, num(3))), OO, ""),
        Limit(div(sub(Pow(add(H, X), num(2)), Pow(H, num(2))), X), ZERO, ""),
    ],
)
def test_a_closed_form_has_the_value(term):
    closed = Settler(CONTEXT).settle(term)
    assert not unsettled(closed)
    for attempt in (1, 4, 5):
        point = Sampled(CONTEXT, attempt)
        a, b = (evaluate(t, point, CONTEXT) for t in (closed, term))
        apart = numbers.add(a, numbers.negate(b))
        assert apart.contains(0) if isinstance(apart, arb) else apart == 0


@pytest.mark.parametrize(
    "term",
    [
        Limit(div(fn("abs", X), X), ZERO, ""),
        Limit(div(ONE, X), ZERO, ""),
        Limit(fn("sin", X), OO, ""),
        Limit(fn("floor", X), ONE, ""),
        Sum(Pow(num(2), X), ZERO, OO),
        Sum(div(ONE, X), ONE, OO),
        Diff(Integral(fn("sin", fn("exp", mul(T, X, X))), ZERO, ONE), T),
    ],
)
def test_what_has_no_closed_form_stays_open(term):
    with pytest.raises(Unsettled):
        Settler(CONTEXT).settle(term)


def test_an_integral_over_a_pole_is_only_itself():
    pole = Integral(div(ONE, X), num(-1), num(2))
    settler = Settler(CONTEXT)
    assert any(isinstance(t, Sym) for t in subterms(settler.settle(pole)))
    assert not settler.owed


def test_a_difference_quotient_is_a_derivative():
    quotient = div(sub(App("f", (0,), (add(H, X),)), App("f", (0,), (H,))), X)
    found = Settler(CONTEXT).settle(Limit(quotient, ZERO, ""))
    assert "f′" in text(found)
