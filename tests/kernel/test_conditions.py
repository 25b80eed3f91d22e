"""Side conditions as written: found inside binders, before anything cancels."""

import pytest
from scalars import (
    CONTEXT,
    MINUS_ONE,
    ONE,
    TWO,
    a,
    add,
    at,
    div,
    exp,
    fn,
    inv,
    log,
    mul,
    n,
    neg,
    num,
    ratio,
    root,
    sigma,
    sqr,
    sub,
    total,
    x,
    y,
)

from derive.context import Condition
from derive.kernel.conditions import conditions
from derive.term import Diff, Pow, Sym, Term

i = Sym("i")
OVER = ((i, ONE, n),)


def nonzero(term: Term) -> Condition:
    return Condition("nonzero", term)


ROWS = [
    ("none", add(x, mul(y, exp(x))), []),
    ("cancelling", div(x, x), [nonzero(x)]),
    ("inside a zero", mul(sub(x, x), log(y)), [Condition("positive", y)]),
    ("factors", inv(mul(x, num(2), sqr(y))), [nonzero(x), nonzero(y)]),
    ("numbers", div(x, num(2)), []),
    ("zero denominator", div(x, num(0)), [nonzero(num(0))]),
    ("exponential denominator", div(x, exp(y)), []),
    ("sum", inv(add(ONE, x)), [nonzero(add(ONE, x))]),
    ("innermost", log(inv(x)), [Condition("positive", inv(x)), nonzero(x)]),
    ("root", root(x), [Condition("nonnegative", x)]),
    ("root below", inv(root(x)), [nonzero(x), Condition("nonnegative", x)]),
    ("negative root", Pow(x, ratio(-1, 2)), [Condition("positive", x)]),
    ("real exponent", Pow(x, y), [Condition("power", x)]),
    ("positive number", Pow(TWO, y), []),
    ("natural exponent", Pow(x, n), []),
    ("integer exponent", Pow(x, neg(n)), [nonzero(x)]),
    ("tangent", fn("tan", x), [nonzero(fn("cos", x))]),
    ("arcsine", fn("asin", x), [Condition("nonnegative", sub(ONE, sqr(x)))]),
    ("factorial", fn("factorial", x), [Condition("integer", x), Condition("nonnegative", x)]),
    ("logistic", sigma(x), []),
    ("over a range", total(lambda r: log(at("x", r))), [Condition("positive", at("x", i), OVER)]),
    ("free of the index", total(lambda r: div(at("x", r), a)), [nonzero(a)]),
    (
        "twice the same",
        add(total(lambda r: log(at("x", r))), total(lambda r: log(at("x", r)))),
        [Condition("positive", at("x", i), OVER)],
    ),
    ("derivative", Diff(log(x), x), [Condition("positive", x)]),
    ("added by the derivative", Diff(root(x), x),
     [Condition("nonnegative", x), Condition("positive", x)]),
    ("kink", Diff(fn("abs", x), x), [nonzero(fn("abs", x))]),
    ("jet", Diff(at("h", i), Sym("w")), []),
]  # fmt: skip


@pytest.mark.parametrize(("term", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_conditions(term: Term, expected: list[Condition]) -> None:
    assert list(conditions(term, CONTEXT)) == expected


def test_without_a_context_an_exponent_may_be_any_real() -> None:
    assert conditions(Pow(x, n)) == (Condition("power", x),)


def test_index_names_do_not_clash_with_the_term() -> None:
    term = add(i, total(lambda r: log(at("x", r))))
    (found,) = conditions(term, CONTEXT)
    assert found.over[0][0] != i
    assert found.term == at("x", found.over[0][0])


def test_different_ranges_have_different_indices() -> None:
    term = add(
        total(lambda r: log(at("x", r))), total(lambda r: log(at("y", r)), lo=TWO), MINUS_ONE
    )
    first, second = conditions(term, CONTEXT)
    assert first.over[0][0] != second.over[0][0]
