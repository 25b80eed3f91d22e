"""Signs: what is shown, and what must stay open."""

import pytest
from scalars import (
    CONTEXT,
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    K,
    a,
    add,
    at,
    b,
    div,
    exp,
    fn,
    i,
    inv,
    j,
    k,
    log,
    mul,
    n,
    neg,
    num,
    p,
    product,
    ratio,
    root,
    s,
    sigma,
    sqr,
    sub,
    total,
    x,
    y,
)

from derive.context import Condition, Context, Domain
from derive.kernel.normal import signs_of
from derive.kernel.sign import Signs, holds, sign
from derive.term import Const, Delta, Pow, Sym, Term

IMAGINARY, PI = Const("I"), Const("pi")

ROWS = [
    ("number", num(-3), "-"),
    ("real", x, "-0+"),
    ("square", sqr(x), "0+"),
    ("product of equals", mul(x, y, x, y), "0+"),
    ("unit interval", p, "+"),
    ("one minus", sub(ONE, p), "+"),
    ("minus one", sub(p, ONE), "-"),
    ("variance of a coin", mul(p, sub(ONE, p)), "+"),
    ("square below one", sub(ONE, sqr(p)), "+"),
    ("above one half", sub(p, ratio(1, 2)), "-0+"),
    ("member", sub(ONE, at("h", i)), "+"),
    ("size", n, "+"),
    ("size minus one", sub(n, ONE), "0+"),
    ("size minus two", sub(n, TWO), "-0+"),
    ("index and size", sub(n, i), "0+"),
    ("index and other size", sub(K, i), "-0+"),
    ("two indices", sub(j, i), "-0+"),
    ("index from below", sub(i, ONE), "0+"),
    ("two values", sub(ONE, at("label", i)), "0+"),
    ("exponential", exp(x), "+"),
    ("denominator of the logistic", add(ONE, exp(x)), "+"),
    ("logistic", sigma(x), "+"),
    ("complement of the logistic", sub(ONE, sigma(x)), "+"),
    ("hyperbolic tangent", sub(fn("tanh", x), ONE), "-"),
    ("sine", add(fn("sin", x), ONE), "0+"),
    ("sine shifted", add(fn("sin", x), TWO), "+"),
    ("log of a probability", log(p), "-"),
    ("number by balls", sub(log(TWO), ONE), "-"),
    ("pi", sub(PI, num(3)), "+"),
    ("sum of squares", add(sqr(x), sqr(y), ONE), "+"),
    ("expanded square", add(sqr(x), ONE), "+"),
    ("square written out", add(sqr(x), sqr(y), mul(num(-2), x, y)), "0+"),
    ("negative square", sub(mul(TWO, x, y), add(sqr(x), sqr(y))), "-0"),
    ("difference of squares", sub(sqr(x), sqr(y)), "-0+"),
    ("softmax denominator", total(lambda r: exp(at("z", r)), hi=K), "+"),
    ("sum that may be empty", total(lambda r: exp(at("z", r)), hi=Sym("free")), "0+"),
    ("sum of reals", total(lambda r: at("z", r)), "-0+"),
    ("product of positives", product(lambda r: at("h", r)), "+"),
    ("root", root(s), "+"),
    ("root of a real", root(x), "0+"),
    ("reciprocal", inv(s), "+"),
    ("even power", Pow(x, num(-2)), "+"),
    ("delta", Delta(i, j), "0+"),
    ("absolute", fn("abs", x), "0+"),
    ("maximum", fn("max", p, x), "+"),
    ("minimum", fn("min", p, x), "-0+"),
    ("imaginary square", mul(IMAGINARY, IMAGINARY), "-0+"),
    ("turning exponential", exp(mul(IMAGINARY, x)), "-0+"),
    ("quotient", div(neg(p), s), "-"),
    ("power of unknown base", Pow(x, n), "-0+"),
    ("power of positive base", Pow(s, x), "+"),
]


@pytest.mark.parametrize(("term", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_sign(term: Term, expected: str) -> None:
    assert sign(term, CONTEXT) == frozenset(expected)


CONDITIONS = [
    (Condition("nonzero", n), True),
    (Condition("nonzero", x), False),
    (Condition("positive", p), True),
    (Condition("positive", sub(n, ONE)), False),
    (Condition("nonnegative", sub(n, ONE)), True),
    (Condition("integer", mul(n, i)), True),
    (Condition("integer", div(n, TWO)), False),
    (Condition("power", s), True),
    (Condition("positive", sub(ONE, at("h", Sym("r"))), ((Sym("r"), ONE, n),)), True),
    (Condition("nonnegative", sub(n, Sym("r")), ((Sym("r"), ONE, n),)), True),
    (Condition("positive", sub(n, Sym("r")), ((Sym("r"), ONE, n),)), False),
    (Condition("nonnegative", sub(n, Sym("r"))), False),
    (Condition("of no kind", p), False),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_holds(condition: Condition, expected: bool) -> None:
    assert holds(condition, CONTEXT) is expected


def test_given_conditions_bound_what_they_mention() -> None:
    r = Sym("r")
    given = (
        Condition("positive", sub(a, ONE)),
        Condition("nonzero", b),
        Condition("positive", at("x", r), ((r, ONE, n),)),
    )
    signs = Signs(CONTEXT, given)
    assert signs.of(a) == frozenset("+")
    assert signs.of(sub(ONE, a)) == frozenset("-")
    assert signs.of(b) == frozenset("-+")
    assert signs.of(at("x", i)) == frozenset("+")
    assert signs.of(at("x", k)) == frozenset("-0+")
    assert signs.of(at("x", ZERO)) == frozenset("-0+")


def test_signs_in_normal_form() -> None:
    left = sub(sqr(add(x, y)), mul(num(4), x, y))
    assert signs_of(left, CONTEXT) == frozenset("0+")
    assert signs_of(sub(exp(add(x, ONE)), mul(exp(x), exp(ONE))), CONTEXT) == frozenset("0")
    assert signs_of(sub(x, y), CONTEXT) == frozenset("-0+")


CIRCULAR = Context(domains={"x": Domain(lo=y), "y": Domain(lo=x), "z": Domain(hi=Const("oo"))})


@pytest.mark.parametrize("term", [x, sub(x, y), Sym("z"), sub(Sym("z"), MINUS_ONE)])
def test_circular_and_endless_domains_stay_open(term: Term) -> None:
    assert sign(term, CIRCULAR) >= frozenset("+")
