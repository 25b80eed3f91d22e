"""Sums over symbolic ranges: linearity, indices, ends, deltas, and the paper's first section."""

import pytest
from scalars import (
    CONTEXT,
    MINUS_ONE,
    ONE,
    SIZE,
    THREE,
    TWO,
    ZERO,
    K,
    a,
    add,
    at,
    div,
    exp,
    i,
    inv,
    j,
    k,
    log,
    mul,
    n,
    neg,
    num,
    product,
    ratio,
    sigma,
    sqr,
    sub,
    total,
    w,
    x,
)

from derive.context import Context, Domain
from derive.kernel.normal import Budget, Zero, is_zero
from derive.prove.induction import by_induction
from derive.term import Delta, Diff, Pow, Sum, Sym, Term, abstract, fn

u, v = Sym("u"), Sym("v")


def shown(left: Term, right: Term, context: Context = CONTEXT) -> bool:
    return isinstance(is_zero(sub(left, right), context, Budget()), Zero)


def double(f, hi: Term = n, inner: Term = n) -> Term:  # type: ignore[no-untyped-def]
    return total(lambda r: total(lambda c: f(r, c), hi=inner, name="v_"), hi=hi)


def mean(f) -> Term:  # type: ignore[no-untyped-def]
    return mul(inv(n), total(f, name="mean_"))


def softmax(index: Term) -> Term:
    return div(exp(at("z", index)), total(lambda r: exp(at("z", r)), hi=K, name="soft_"))


def slope(index: Term) -> Term:
    return Diff(at("h", index), w)


def cost(h) -> Term:  # type: ignore[no-untyped-def]
    return mean(
        lambda r: add(mul(at("r", r), log(h(r))), mul(sub(ONE, at("r", r)), log(sub(ONE, h(r)))))
    )


def h(index: Term) -> Term:
    return at("h", index)


PAPER_2 = mean(
    lambda r: sub(
        mul(at("r", r), inv(h(r)), slope(r)),
        mul(sub(ONE, at("r", r)), inv(sub(ONE, h(r))), slope(r)),
    )
)
PAPER_4 = mean(
    lambda r: mul(
        slope(r),
        div(
            sub(mul(at("r", r), sub(ONE, h(r))), mul(sub(ONE, at("r", r)), h(r))),
            mul(h(r), sub(ONE, h(r))),
        ),
    )
)


def paper_5(top: str) -> Term:
    return mean(
        lambda r: mul(slope(r), div(sub(at("r", r), at(top, r)), mul(h(r), sub(ONE, h(r)))))
    )


def paper_13(sign: Term) -> Term:
    return mean(lambda r: mul(sign, Diff(at("f", r), w), sub(at("r", r), sigma(at("f", r)))))


def residual(r: Term) -> Term:
    return sub(total(lambda c: mul(at("X", r, c), at("t", c)), hi=K, name="fit_"), at("y", r))


LEAST_SQUARES = total(lambda r: sqr(residual(r)))
QUADRATIC = double(lambda r, c: mul(at("M", r, c), at("x", r), at("x", c)))
LOSS = neg(total(lambda r: mul(at("t", r), log(softmax(r))), hi=K))
l_ = Sym("l")

# name, left, right, a right side that is false
IDENTITIES = [
    ("(1) to (2)", Diff(cost(h), w), PAPER_2, PAPER_4.args[1]),
    ("(2) to (4)", PAPER_2, PAPER_4, neg(PAPER_4)),
    ("(4) to (5)", PAPER_4, paper_5("h"), paper_5("y")),
    ("(1) to (5)", Diff(cost(h), w), paper_5("h"), ZERO),
    (
        "(12) to (13)",
        Diff(cost(lambda r: sigma(at("f", r))), w),
        paper_13(ONE),
        paper_13(MINUS_ONE),
    ),
    ("renamed", total(lambda r: at("x", r)), total(lambda r: at("x", r), name="q_"), at("x", i)),
    ("constants", total(lambda r: mul(a, at("x", r))), mul(a, total(lambda r: at("x", r))), a),
    ("count", total(lambda _: ONE), n, sub(n, ONE)),
    (
        "linear",
        total(lambda r: add(at("x", r), at("y", r))),
        add(total(lambda r: at("x", r)), total(lambda r: at("y", r))),
        total(lambda r: mul(at("x", r), at("y", r))),
    ),
    (
        "product of sums",
        mul(total(lambda r: at("x", r)), total(lambda r: at("y", r))),
        double(lambda r, c: mul(at("x", r), at("y", c))),
        total(lambda r: mul(at("x", r), at("y", r))),
    ),
    (
        "square of a sum",
        sqr(total(lambda r: at("x", r))),
        double(lambda r, c: mul(at("x", r), at("x", c))),
        total(lambda r: sqr(at("x", r))),
    ),
    (
        "swapped",
        double(lambda r, c: at("M", r, c), inner=K),
        total(lambda c: total(lambda r: at("M", r, c), name="v_"), hi=K),
        total(lambda c: total(lambda r: at("M", c, r), name="v_"), hi=K),
    ),
    (
        "shifted",
        total(lambda r: at("x", add(r, ONE)), lo=ZERO, hi=sub(n, ONE)),
        total(lambda r: at("x", r)),
        total(lambda r: at("x", r), lo=ZERO),
    ),
    (
        "last member",
        total(lambda r: at("x", r), hi=add(n, ONE)),
        add(total(lambda r: at("x", r)), at("x", add(n, ONE))),
        add(total(lambda r: at("x", r)), at("x", n)),
    ),
    (
        "first member",
        total(lambda r: at("x", r), lo=ZERO),
        add(at("x", 0), total(lambda r: at("x", r))),
        add(at("x", 1), total(lambda r: at("x", r))),
    ),
    (
        "telescope",
        total(lambda r: sub(at("x", add(r, ONE)), at("x", r))),
        sub(at("x", add(n, ONE)), at("x", 1)),
        sub(at("x", n), at("x", 1)),
    ),
    ("triangle numbers", total(lambda r: r), div(mul(n, add(n, ONE)), TWO), sqr(n)),
    (
        "square numbers",
        total(sqr),
        div(mul(n, add(n, ONE), add(mul(TWO, n), ONE)), num(6)),
        div(mul(n, add(n, ONE), add(mul(THREE, n), ONE)), num(6)),
    ),
    (
        "triangle step",
        total(lambda r: r, hi=add(n, ONE)),
        div(mul(add(n, ONE), add(n, TWO)), TWO),
        div(mul(add(n, ONE), n), TWO),
    ),
    ("short", total(lambda r: at("x", r), hi=THREE), add(at("x", 1), at("x", 2), at("x", 3)), n),
    ("empty", total(lambda r: at("x", r), lo=num(5), hi=ONE), ZERO, at("x", 1)),
    (
        "variance",
        mean(lambda r: sqr(sub(at("x", r), mean(lambda c: at("x", c))))),
        sub(mean(lambda r: sqr(at("x", r))), sqr(mean(lambda r: at("x", r)))),
        sub(mean(lambda r: sqr(at("x", r))), mean(lambda r: at("x", r))),
    ),
    (
        "two denominators",
        add(total(lambda r: inv(h(r))), total(lambda r: inv(sub(ONE, h(r))))),
        total(lambda r: inv(mul(h(r), sub(ONE, h(r))))),
        total(lambda r: inv(h(r))),
    ),
    (
        "count from denominators",
        total(lambda r: div(h(r), add(ONE, h(r)))),
        sub(n, total(lambda r: inv(add(ONE, h(r))))),
        sub(ONE, total(lambda r: inv(add(ONE, h(r))))),
    ),
    ("softmax sums to 1", total(softmax, hi=K), ONE, K),
    ("softmax over n", total(softmax), total(softmax), ONE),
    ("log-sum-exp", Diff(log(total(lambda r: exp(at("z", r)), hi=K)), at("z", k)), softmax(k), ONE),
    (
        "softmax derivative",
        Diff(softmax(k), at("z", l_)),
        mul(softmax(k), sub(Delta(k, l_), softmax(l_))),
        mul(softmax(k), sub(ONE, softmax(l_))),
    ),
    (
        "softmax gradient",
        Diff(LOSS, at("z", k)),
        sub(mul(total(lambda r: at("t", r), hi=K), softmax(k)), at("t", k)),
        sub(softmax(k), at("t", k)),
    ),
    (
        "quadratic form",
        Diff(QUADRATIC, at("x", i)),
        add(
            total(lambda c: mul(at("M", i, c), at("x", c))),
            total(lambda c: mul(at("M", c, i), at("x", c))),
        ),
        mul(TWO, total(lambda c: mul(at("M", i, c), at("x", c)))),
    ),
    (
        "least squares",
        Diff(LEAST_SQUARES, at("t", k)),
        mul(TWO, total(lambda r: mul(at("X", r, k), residual(r)))),
        total(lambda r: mul(at("X", r, k), residual(r))),
    ),
    (
        "least squares, second",
        Diff(Diff(LEAST_SQUARES, at("t", k)), at("t", l_)),
        mul(TWO, total(lambda r: mul(at("X", r, k), at("X", r, l_)))),
        mul(TWO, total(lambda r: mul(at("X", r, k), at("X", r, k)))),
    ),
    ("same letter", Diff(total(lambda r: mul(at("c", r), at("x", r)), name="i"), at("x", i)),
     at("c", i), total(lambda r: at("c", r))),
    ("product of a constant", product(lambda _: x), Pow(x, n), mul(n, x)),
    (
        "product of products",
        product(lambda r: mul(at("x", r), at("y", r))),
        mul(product(lambda r: at("x", r)), product(lambda r: at("y", r))),
        product(lambda r: at("x", r)),
    ),
    (
        "product of exponentials",
        product(lambda r: exp(at("x", r))),
        exp(total(lambda r: at("x", r))),
        exp(product(lambda r: at("x", r))),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("left", "right", "wrong"), [r[1:] for r in IDENTITIES], ids=[r[0] for r in IDENTITIES]
)
def test_identity_and_near_miss(left: Term, right: Term, wrong: Term) -> None:
    assert shown(left, right)
    assert not shown(left, mul(num(42), right)) or shown(right, ZERO)
    if wrong is not ONE or right is not ONE:
        assert left == right or not shown(left, wrong)


def picked(index: Term, hi: Term = n) -> Term:
    return total(lambda r: mul(at("x", r), Delta(r, index)), hi=hi)


FREE = Sym("free")

DELTAS = [
    ("declared in the range", picked(i), at("x", i), True),
    ("undeclared", picked(FREE), at("x", FREE), False),
    ("of another range", picked(k), at("x", k), False),
    ("below", picked(ZERO), ZERO, True),
    ("below is not picked", picked(ZERO), at("x", 0), False),
    ("first", picked(ONE), at("x", 1), True),
    ("third of at least one", picked(THREE), at("x", 3), False),
    ("last", picked(n), at("x", n), True),
    ("after the last", picked(add(n, ONE)), ZERO, True),
    ("one further", picked(add(i, ONE)), at("x", add(i, ONE)), False),
    ("two indices that may be one", Delta(i, j), ZERO, False),
    ("moves an index", mul(Delta(i, j), at("x", i)), mul(Delta(i, j), at("x", j)), True),
    ("moves no other", mul(Delta(i, j), at("x", i)), mul(Delta(i, j), at("x", k)), False),
]


@pytest.mark.parametrize(
    ("left", "right", "truth"), [r[1:] for r in DELTAS], ids=[r[0] for r in DELTAS]
)
def test_delta(left: Term, right: Term, truth: bool) -> None:
    assert shown(left, right) is truth


def test_a_free_index_lies_in_the_range_of_its_family() -> None:
    context = Context(domains={"n": SIZE, "K": SIZE}, ranges={"z": ((ONE, n),)})
    g, cut = Sym("g"), total(lambda r: exp(at("z", r)), hi=K)
    gradient = Diff(total(lambda r: exp(at("z", r))), at("z", g))
    assert shown(gradient, exp(at("z", g)), context)
    assert not shown(Diff(cut, at("z", g)), exp(at("z", g)), context)
    assert not shown(Diff(total(lambda r: at("x", r)), at("x", g)), ONE, context)


def test_ends_are_split_only_where_the_range_is_not_empty() -> None:
    context = Context(domains={"n": Domain(integer=True)})
    longer = total(lambda r: at("x", r), hi=add(n, ONE))
    pieces = add(total(lambda r: at("x", r)), at("x", add(n, ONE)))
    assert not shown(longer, pieces, context)


def test_dependent_ranges_stay_in_order() -> None:
    left = total(lambda r: Sum(abstract(at("M", r, Sym("c_")), Sym("c_")), ONE, r))
    right = total(lambda r: Sum(abstract(at("M", Sym("c_"), r), Sym("c_")), ONE, r))
    assert shown(left, left)
    assert not shown(left, right)


INDUCTIONS = [
    (
        "geometric",
        total(lambda r: Pow(x, r), lo=ZERO),
        div(sub(ONE, Pow(x, add(n, ONE))), sub(ONE, x)),
        div(sub(ONE, Pow(x, n)), sub(ONE, x)),
    ),
    (
        "partial fractions",
        total(lambda r: inv(mul(r, add(r, ONE)))),
        sub(ONE, inv(add(n, ONE))),
        sub(ONE, inv(n)),
    ),
    ("cubes", total(lambda r: Pow(r, THREE)), sqr(total(lambda r: r)), total(sqr)),
    ("product", product(lambda r: div(add(r, ONE), r)), add(n, ONE), n),
    ("factorial", product(lambda r: r), fn("factorial", n), fn("factorial", add(n, ONE))),
    (
        "powers of two",
        total(lambda r: Pow(TWO, r), lo=ZERO),
        sub(Pow(TWO, add(n, ONE)), ONE),
        Pow(TWO, add(n, ONE)),
    ),
]


@pytest.mark.parametrize(
    ("left", "right", "wrong"), [r[1:] for r in INDUCTIONS], ids=[r[0] for r in INDUCTIONS]
)
def test_induction(left: Term, right: Term, wrong: Term) -> None:
    assert by_induction(left, right, n, CONTEXT, Budget()) is not None
    assert by_induction(left, wrong, n, CONTEXT, Budget()) is None


NO_INDUCTION = [
    ("true at the first size only", total(lambda r: at("x", r)), mul(n, at("x", 1))),
    ("false at the first size", add(total(lambda r: r), ONE), div(mul(n, add(n, ONE)), TWO)),
    ("a pole on the way", div(sub(n, THREE), sub(n, THREE)), add(ONE, Delta(n, num(2)))),
    ("an index that ends with the size", total(lambda r: at("x", r)), at("x", i)),
    ("empty before it begins", total(lambda r: ONE, lo=num(5)), sub(n, num(4))),
]


@pytest.mark.parametrize(
    ("left", "right"), [r[1:] for r in NO_INDUCTION], ids=[r[0] for r in NO_INDUCTION]
)
def test_no_induction(left: Term, right: Term) -> None:
    assert by_induction(left, right, n, CONTEXT, Budget()) is None


def test_induction_needs_a_least_size() -> None:
    context = Context(domains={"n": Domain(integer=True), "K": SIZE})
    assert by_induction(total(lambda r: r), ratio(1, 2), n, context, Budget()) is None
