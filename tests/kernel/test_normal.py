"""The zero test: identities, each with a near miss that must not be shown."""

import time
from contextlib import suppress

import pytest
from scalars import (
    CONTEXT,
    MINUS_ONE,
    ONE,
    THREE,
    TWO,
    ZERO,
    a,
    add,
    at,
    b,
    c,
    cos,
    div,
    exp,
    fn,
    i,
    inv,
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
    sin,
    sqr,
    sub,
    t,
    total,
    w,
    x,
    y,
    z,
)

from derive.kernel.normal import (
    Budget,
    Exhausted,
    Undefined,
    Unsupported,
    Zero,
    canonical,
    is_zero,
)
from derive.term import App, Const, Diff, Fn, Mat, Pow, Sym, Term

IMAGINARY, PI = Const("I"), Const("pi")
m = Sym("m")


def shown(left: Term, right: Term) -> bool:
    return isinstance(is_zero(sub(left, right), CONTEXT, Budget()), Zero)


# name, left, right, and a right side that is false
IDENTITIES = [
    ("quotients", add(inv(x), inv(y)), div(add(x, y), mul(x, y)), div(add(x, y), mul(x, x))),
    ("cancel", div(sub(sqr(x), sqr(y)), sub(x, y)), add(x, y), sub(x, y)),
    ("logistic", sigma(neg(x)), sub(ONE, sigma(x)), neg(sigma(x))),
    (
        "logistic slope",
        mul(sigma(x), sub(ONE, sigma(x))),
        div(exp(neg(x)), sqr(add(ONE, exp(neg(x))))),
        div(exp(x), sqr(add(ONE, exp(neg(x))))),
    ),
    ("logistic derivative", Fn("sigma", 1, (x,)), mul(sigma(x), sub(ONE, sigma(x))), sigma(x)),
    (
        "second derivative",
        Fn("sigma", 2, (x,)),
        mul(sigma(x), sub(ONE, sigma(x)), sub(ONE, mul(TWO, sigma(x)))),
        mul(sigma(x), sub(ONE, sigma(x))),
    ),
    ("tanh", fn("tanh", x), sub(mul(TWO, sigma(mul(TWO, x))), ONE), sigma(mul(TWO, x))),
    ("exp", mul(exp(x), exp(y)), exp(add(x, y)), exp(mul(x, y))),
    ("half angles", mul(exp(div(x, TWO)), exp(div(x, THREE))), exp(mul(ratio(5, 6), x)), exp(x)),
    ("exp log", exp(mul(TWO, log(x))), sqr(x), mul(TWO, x)),
    ("powers of e", Pow(exp(x), y), exp(mul(x, y)), exp(add(x, y))),
    ("log e", log(mul(exp(x), p)), add(x, log(p)), add(x, p)),
    ("log of a product", log(mul(p, s)), add(log(p), log(s)), mul(log(p), log(s))),
    ("log of numbers", log(num(12)), add(log(THREE), mul(TWO, log(TWO))), log(num(11))),
    ("log of a square", log(sqr(x)), mul(TWO, log(fn("abs", x))), log(fn("abs", x))),
    (
        "likelihood",
        log(mul(Pow(p, y), Pow(sub(ONE, p), sub(ONE, y)))),
        add(mul(y, log(p)), mul(sub(ONE, y), log(sub(ONE, p)))),
        add(mul(y, log(p)), mul(y, log(sub(ONE, p)))),
    ),
    ("pythagoras", add(sqr(sin(x)), sqr(cos(x))), ONE, TWO),
    (
        "sixth powers",
        add(Pow(cos(x), num(6)), Pow(sin(x), num(6))),
        sub(ONE, mul(THREE, sqr(sin(x)), sqr(cos(x)))),
        sub(ONE, mul(TWO, sqr(sin(x)), sqr(cos(x)))),
    ),
    ("angles", sin(add(a, b)), add(mul(sin(a), cos(b)), mul(cos(a), sin(b))), add(sin(a), sin(b))),
    ("secant", sub(sqr(fn("sec", x)), sqr(fn("tan", x))), ONE, ZERO),
    ("special angle", cos(div(PI, THREE)), ratio(1, 2), ratio(1, 3)),
    ("shifted angle", sin(add(x, div(PI, TWO))), cos(x), sin(x)),
    ("hyperbolic", sub(sqr(fn("cosh", x)), sqr(fn("sinh", x))), ONE, ZERO),
    ("euler", exp(mul(IMAGINARY, x)), add(cos(x), mul(IMAGINARY, sin(x))), add(cos(x), sin(x))),
    ("half turn", exp(mul(IMAGINARY, PI)), MINUS_ONE, ONE),
    ("roots of numbers", mul(root(num(8)), root(TWO)), num(4), num(5)),
    ("root of a product", root(mul(sqr(x), s)), mul(fn("abs", x), root(s)), mul(x, root(s))),
    ("root of a square", root(sqr(x)), fn("abs", x), x),
    ("rationalised", inv(add(ONE, root(s))), div(sub(ONE, root(s)), sub(ONE, s)), root(s)),
    ("roots of powers", root(exp(x)), exp(div(x, TWO)), exp(x)),
    ("inverse root", Pow(div(ONE, exp(x)), ratio(1, 2)), exp(neg(div(x, TWO))), exp(div(x, TWO))),
    ("even root", root(Pow(x, num(4))), sqr(x), neg(sqr(x))),
    ("cube root", Pow(Pow(s, THREE), ratio(1, 3)), s, sqr(s)),
    ("absolute value", sqr(fn("abs", x)), sqr(x), x),
    ("maximum", fn("max", x, y), add(y, fn("max", sub(x, y), ZERO)), fn("max", x, ZERO)),
    ("relu", add(fn("max", x, ZERO), fn("min", x, ZERO)), x, fn("abs", x)),
    ("symbolic power", Pow(x, add(n, ONE)), mul(x, Pow(x, n)), mul(TWO, Pow(x, n))),
    ("even power", Pow(x, mul(TWO, n)), sqr(Pow(x, n)), Pow(x, n)),
    ("power of a product", Pow(mul(a, b), n), mul(Pow(a, n), Pow(b, n)), Pow(add(a, b), n)),
    ("sign power", Pow(MINUS_ONE, mul(TWO, n)), ONE, Pow(MINUS_ONE, n)),
    ("negative base", Pow(neg(x), n), mul(Pow(MINUS_ONE, n), Pow(x, n)), Pow(x, n)),
    ("factorial", fn("factorial", add(n, ONE)), mul(add(n, ONE), fn("factorial", n)), n),
    (
        "pascal",
        add(fn("binomial", n, t), fn("binomial", n, add(t, ONE))),
        fn("binomial", add(n, ONE), add(t, ONE)),
        fn("binomial", add(n, ONE), t),
    ),
    ("gamma", fn("gamma", add(s, ONE)), mul(s, fn("gamma", s)), fn("gamma", s)),
    ("odd functions", fn("atan", neg(x)), neg(fn("atan", x)), fn("atan", x)),
    ("unknown function", App("g", (0,), (add(x, x),)), App("g", (0,), (mul(TWO, x),)), x),
    ("two values", sqr(at("label", i)), at("label", i), ONE),
    ("zeroth power", Pow(x, ZERO), ONE, ZERO),
    (
        "gaussian",
        Diff(exp(div(neg(sqr(sub(x, a))), mul(TWO, sqr(s)))), a),
        mul(div(sub(x, a), sqr(s)), exp(div(neg(sqr(sub(x, a))), mul(TWO, sqr(s))))),
        mul(div(sub(a, x), sqr(s)), exp(div(neg(sqr(sub(x, a))), mul(TWO, sqr(s))))),
    ),
    (
        "wave",
        Diff(Diff(mul(App("E", (0,), (t,)), exp(mul(IMAGINARY, w, x))), x), x),
        neg(mul(sqr(w), App("E", (0,), (t,)), exp(mul(IMAGINARY, w, x)))),
        mul(sqr(w), App("E", (0,), (t,)), exp(mul(IMAGINARY, w, x))),
    ),
    (
        "two antiderivatives",
        Diff(div(add(mul(TWO, b, x), a), mul(TWO, c, x, root(mul(c, sqr(x))))), x),
        Diff(div(sqr(add(mul(b, x), a)), mul(TWO, a, c, x, root(mul(c, sqr(x))))), x),
        Diff(div(sqr(add(mul(b, x), a)), mul(a, c, x, root(mul(c, sqr(x))))), x),
    ),
    (
        "log of a product over a range",
        log(product(lambda u: Pow(at("x", u), neg(a)))),
        neg(mul(a, total(lambda u: log(at("x", u))))),
        mul(a, total(lambda u: log(at("x", u)))),
    ),
]


@pytest.mark.parametrize(("left", "right", "wrong"), [r[1:] for r in IDENTITIES], ids=lambda _: "")
def test_identity_and_near_miss(left: Term, right: Term, wrong: Term) -> None:
    assert shown(left, right)
    assert not shown(left, wrong)
    assert not shown(left, mul(num(42), right)) or shown(right, ZERO)


# not identities, though a careless rule would show them
TRAPS = [
    ("x/x where only x**2 is known", root(sqr(x)), x),
    ("root of a product of unknown signs", root(mul(x, y)), fn("abs", root(mul(x, x)))),
    ("odd root of a negative number", Pow(Pow(x, THREE), ratio(1, 3)), fn("abs", x)),
    ("sign squared is 0 at 0", sqr(fn("sign", x)), ONE),
    ("a jet is never 0", Diff(at("f", i), w), ZERO),
    ("a sum over a range that may be negative", total(lambda _: ONE, hi=Sym("free")), Sym("free")),
    ("factorial below its base", fn("factorial", add(x, ONE)), fn("factorial", x)),
    ("log of a sum", log(add(p, s)), add(log(p), log(s))),
    ("power of a sum", Pow(add(x, y), TWO), add(sqr(x), sqr(y))),
    ("unknown functions commute", App("g", (0,), (x,)), App("g", (0,), (y,))),
    ("orders of derivatives", App("g", (1,), (x,)), App("g", (0,), (x,))),
    ("half an integer exponent", Pow(sqr(x), div(n, TWO)), Pow(x, n)),
    ("(-1)^n is not 1", Pow(MINUS_ONE, n), ONE),
    ("noninteger turn", exp(mul(TWO, IMAGINARY, PI, x)), ONE),
]


@pytest.mark.parametrize(("left", "right"), [r[1:] for r in TRAPS], ids=[r[0] for r in TRAPS])
def test_trap(left: Term, right: Term) -> None:
    assert not shown(left, right)


UNDEFINED = [
    ("1/0", inv(sub(x, x))),
    ("a radical that is 0", div(sub(sqr(root(s)), s), sub(sqr(root(s)), s))),
    ("a trigonometric 0", inv(sub(ONE, add(sqr(sin(x)), sqr(cos(x)))))),
    ("log of 0", log(sub(x, x))),
    ("log of a negative", log(neg(exp(x)))),
    ("root of a negative", root(neg(add(ONE, sqr(x))))),
    ("factorial of a negative", fn("factorial", num(-2))),
]


@pytest.mark.parametrize("term", [r[1] for r in UNDEFINED], ids=[r[0] for r in UNDEFINED])
def test_undefined_everywhere(term: Term) -> None:
    with pytest.raises(Undefined):
        is_zero(sub(term, ONE), CONTEXT, Budget())


HUGE = num(10**9)
HOSTILE = [
    Pow(num(9), Pow(num(9), Pow(num(9), num(9)))),
    Pow(TWO, num(10**8)),
    Pow(add(x, y, z, a, b, c, w, t), num(300)),
    sub(Pow(x, HUGE), mul(x, Pow(x, num(10**9 - 1)))),
    fn("factorial", num(10**7)),
    total(lambda u: Pow(u, num(500)), hi=num(10**6)),
    Pow(add(ONE, inv(add(x, inv(add(y, inv(z)))))), num(200)),
    exp(mul(IMAGINARY, PI, ratio(1, 10**9 + 7))),
]


@pytest.mark.parametrize("term", HOSTILE, ids=range(len(HOSTILE)))
def test_sizes_are_bounded(term: Term) -> None:
    start = time.perf_counter()
    with suppress(Exhausted):
        assert is_zero(sub(term, ONE), CONTEXT, Budget()) is None
    assert time.perf_counter() - start < 1


def test_a_budget_runs_out() -> None:
    with pytest.raises(Exhausted):
        is_zero(sub(Pow(add(x, y), num(40)), ONE), CONTEXT, Budget(10))


def test_matrices_are_not_for_this_room() -> None:
    with pytest.raises(Unsupported):
        is_zero(Mat("A", n, m), CONTEXT, Budget())


def test_canonical_terms_agree() -> None:
    left = canonical(div(sub(sqr(x), ONE), sub(x, ONE)), CONTEXT, Budget())
    assert left == canonical(add(ONE, x), CONTEXT, Budget())
    assert left != canonical(x, CONTEXT, Budget())


def test_a_proof_names_its_laws() -> None:
    proof = is_zero(sub(sigma(neg(x)), sub(ONE, sigma(x))), CONTEXT, Budget())
    assert proof is not None
    assert "definition of sigma" in proof.axioms


def test_deep_terms_run_out_and_do_not_overflow() -> None:
    term: Term = x
    for _ in range(400):
        term = add(ONE, inv(term))
    with pytest.raises(Exhausted):
        is_zero(term, CONTEXT, Budget())
