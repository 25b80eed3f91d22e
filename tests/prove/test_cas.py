from fractions import Fraction

import pytest
import sympy

from derive.context import Context, Definition, Domain, Hypothesis
from derive.prove import cas
from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    App,
    At,
    Block,
    Bound,
    Const,
    Delta,
    Diff,
    Entry,
    Fn,
    Hadamard,
    Mat,
    MatAdd,
    MatMul,
    Num,
    Pow,
    Scale,
    Sum,
    Sym,
    Transpose,
    add,
    div,
    fn,
    mul,
    num,
    sub,
)  # fmt: skip

n, w, x, y, i = (Sym(name) for name in "nwxyi")
B0 = Bound(0)
UNIT = Domain(ZERO, ONE)
SIZE = Domain(ONE, None, False, integer=True)
HALF = Num(Fraction(1, 2))
hp, hr, z = (At(head, (B0,)) for head in ("h^p", "h^r", "z"))


def d(term):
    return Diff(term, w)


def mean(body):
    return mul(div(ONE, n), Sum(body, ONE, n))


def square(term):
    return Pow(term, num(2))


CONTEXT = Context(
    domains={"h^p": UNIT, "h^r": Domain(ZERO, ONE, False, False), "n": SIZE, "m": SIZE},
    depends=frozenset({("h^p", "w"), ("z", "w")}),
)
SIGMOID = Context(
    {"h^p": (Definition("h^p", (i,), fn("sigma", At("z", (i,))), "6"),)},
    CONTEXT.domains,
    {},
    CONTEXT.depends,
)
COST = mean(add(mul(hr, fn("log", hp)), mul(sub(ONE, hr), fn("log", sub(ONE, hp)))))
SLOPE = mean(
    mul(
        d(hp),
        div(sub(mul(hr, sub(ONE, hp)), mul(sub(ONE, hr), hp)), mul(hp, sub(ONE, hp))),
    )
)
SHORT = mean(mul(d(hp), div(sub(hr, hp), mul(hp, sub(ONE, hp)))))
WRONG = mean(mul(d(hp), div(sub(hr, At("y^p", (B0,))), mul(hp, sub(ONE, hp)))))
ERROR = mean(mul(d(z), sub(hr, hp)))

a, b = At("a", (B0,)), At("b", (B0,))
SUM_A, SUM_B = Sum(a, ONE, n), Sum(b, ONE, n)
GRID = At("K", (Bound(1), Bound(0)))

AGREED = [
    (d(COST), SLOPE, CONTEXT),
    (SLOPE, SHORT, CONTEXT),
    (SHORT, ERROR, SIGMOID),
    (d(COST), ERROR, SIGMOID),
    (d(At("h^p", (i,))), mul(d(At("z", (i,))), Fn("sigma", 1, (At("z", (i,)),))), SIGMOID),
    (fn("sigma", mul(MINUS_ONE, x)), sub(ONE, fn("sigma", x)), CONTEXT),
    (square(add(x, y)), add(square(x), mul(num(2), x, y), square(y)), CONTEXT),
    (fn("tanh", x), sub(mul(num(2), fn("sigma", mul(num(2), x))), ONE), CONTEXT),
    (add(square(fn("sin", x)), square(fn("cos", x))), ONE, CONTEXT),
    (Sum(add(a, b), ONE, n), add(SUM_A, SUM_B), CONTEXT),
    (Sum(add(a, x), ONE, n), add(SUM_A, mul(n, x)), CONTEXT),
    (Sum(mul(x, a), ONE, n), mul(x, SUM_A), CONTEXT),
    (mul(SUM_A, SUM_B), mul(SUM_B, SUM_A), CONTEXT),
    (
        Sum(mul(a, Sum(GRID, ONE, Sym("m"))), ONE, n),
        Sum(Sum(mul(At("a", (Bound(1),)), GRID), ONE, Sym("m")), ONE, n),
        CONTEXT,
    ),
    (Sum(B0, ONE, num(4)), num(10), CONTEXT),
]


@pytest.mark.parametrize(("left", "right", "context"), AGREED)
def test_sympy_agrees(left, right, context):
    assert cas.confirm(left, right, context, ()) is True


@pytest.mark.parametrize(("left", "right", "context"), AGREED)
def test_forty_two_times_the_right_side_is_never_agreed(left, right, context):
    assert cas.confirm(left, mul(num(42), right), context, ()) is not True


DENIED = [
    (SLOPE, WRONG, CONTEXT),
    (d(COST), mul(MINUS_ONE, ERROR), SIGMOID),
    (ERROR, mean(mul(d(z), sub(hp, hp))), SIGMOID),
    (SUM_A, mul(n, SUM_A), CONTEXT),
    (mul(SUM_A, SUM_B), Sum(mul(a, b), ONE, n), CONTEXT),
    (fn("sigma", x), fn("tanh", x), CONTEXT),
    (fn("exp", x), add(fn("exp", x), Num(Fraction(1, 1000))), CONTEXT),
]


@pytest.mark.parametrize(("left", "right", "context"), DENIED)
def test_sympy_denies_with_a_value(left, right, context):
    assert cas.confirm(left, right, context, ()) is False


def test_nothing_is_denied_where_a_hypothesis_may_make_it_true():
    assumed = Hypothesis(add(x, y), "=", ONE, "x + y = 1")
    assert cas.confirm(add(x, y), ONE, CONTEXT, (assumed,)) is None
    assert cas.confirm(add(x, y), ONE, Context(hypotheses=(assumed,)), ()) is None
    assert cas.confirm(add(x, y), ONE, CONTEXT) is None


UNDECIDED = [
    # derivatives of what nothing shows are unknown, never 0
    (d(At("h^p", (i,))), ZERO, CONTEXT),
    (d(Sym("C")), ZERO, Context({"C": (Definition("C", (), COST, "1"),)})),
    (d(Sym("q")), ZERO, CONTEXT),
    # sizes that would not come back
    (Pow(num(9), Pow(num(9), num(9))), ZERO, CONTEXT),
    (fn("factorial", num(10**9)), ZERO, CONTEXT),
    (Pow(add(x, y, ONE), num(10**6)), ONE, CONTEXT),
    (Sum(a, ONE, num(10**9)), Sum(b, ONE, num(10**9)), CONTEXT),
    # outside of what can be said
    (Sum(a, ONE, Const("oo")), Sum(b, ONE, Const("oo")), CONTEXT),
    (fn("unheard", x), x, CONTEXT),
    # no real value at any point
    (fn("log", mul(MINUS_ONE, square(x))), x, CONTEXT),
    (div(ONE, ZERO), x, CONTEXT),
]


@pytest.mark.parametrize(("left", "right", "context"), UNDECIDED)
def test_sympy_never_agrees_where_it_cannot_know(left, right, context):
    assert cas.confirm(left, right, context, ()) is not True


F_OF = [
    (App("f", (0,), (mul(num(2), add(x, ONE)),)), App("f", (0,), (add(mul(num(2), x), num(2)),))),
    (Diff(App("f", (0,), (x,)), x), App("f", (1,), (x,))),
    (
        Diff(App("f", (0,), (square(x),)), x),
        mul(num(2), x, App("f", (1,), (square(x),))),
    ),
]


@pytest.mark.parametrize(("left", "right"), F_OF)
def test_an_unknown_function_has_one_value_at_one_point(left, right):
    assert cas.confirm(left, right, CONTEXT, ()) is not False
    assert cas.confirm(left, add(right, ONE), CONTEXT, ()) is False


def test_a_folded_name_is_no_constant():
    hidden = Context({"C": (Definition("C", (), fn("sigma", w), "1"),)})
    assert cas.confirm(d(Sym("C")), ZERO, hidden, ()) is not True


def test_a_root_of_a_square_keeps_its_sign():
    assert cas.confirm(Pow(square(x), HALF), x, CONTEXT, ()) is not True
    positive = Context(domains={"x": Domain(ZERO)})
    assert cas.confirm(Pow(square(x), HALF), x, positive, ()) is True


@pytest.mark.parametrize("body", [fn("abs", hp), Pow(square(sub(ONE, hp)), HALF)])
def test_points_are_taken_in_the_domain(body):
    plain = {fn("abs", hp): hp}.get(body, sub(ONE, hp))
    assert cas.confirm(d(Sum(body, ONE, n)), d(Sum(plain, ONE, n)), CONTEXT, ()) is not False


# ---- rebuilding ----------------------------------------------------------------------------

REBUILT = [
    (add(x, y), "=", num(2), "Eq(x + y, 2)"),
    (x, "≤", y, "x <= y"),
    (sub(x, x), "=", ZERO, "Eq(-x + x, 0)"),
    (mean(a), "=", ZERO, "Eq(Sum(a[i], (i, 1, n))/n, 0)"),
    (d(At("h^p", (i,))), "=", ZERO, "Eq(Derivative(h^p(i, w), w), 0)"),
    (d(Sym("q")), "=", ZERO, "Eq(Derivative(q(w), w), 0)"),
    (Diff(App("f", (0,), (x,)), x), "=", x, "Eq(Derivative(f(x), x), x)"),
    (App("f", (1,), (square(x),)), "=", x, "Eq(Subs(Derivative(f(_t0), _t0), _t0, x**2), x)"),
    (Delta(i, n), "=", ONE, "Eq(KroneckerDelta(i, n), 1)"),
    (
        Sum(Sum(GRID, ONE, B0), ONE, n), "=", x,
        "Eq(Sum(K[i, j], (j, 1, i), (i, 1, n)), x)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("left", "op", "right", "shown"), REBUILT)
def test_a_relation_is_rebuilt_as_written(left, op, right, shown):
    assert str(cas.relational(left, op, right, Context())) == shown


def test_a_bound_index_is_not_called_like_a_free_one():
    rebuilt = cas.relational(Sum(mul(i, a), ONE, n), "=", x, Context())
    assert str(rebuilt) == "Eq(Sum(i*a[j], (j, 1, n)), x)"


def test_domains_are_told_as_assumptions():
    rebuilt = cas.relational(x, "=", n, Context(domains={"x": UNIT, "n": SIZE}))
    assert rebuilt.lhs.is_positive
    assert rebuilt.rhs.is_integer


def test_a_literal_matrix_is_a_sympy_matrix():
    left = Block(((x, y), (ZERO, ONE)))
    rebuilt = cas.relational(left, "=", Transpose(left), Context())
    assert rebuilt.lhs == sympy.Matrix([[_real("x"), _real("y")], [0, 1]])
    assert rebuilt.rhs == rebuilt.lhs.T


def test_a_symbolic_matrix_is_rebuilt_by_entries():
    left, right = Mat("A", n, n), Transpose(Mat("A", n, n))
    assert str(cas.relational(left, "=", right, Context())) == "Eq(A[i, j], A[j, i])"


def _real(name):
    return sympy.Symbol(name, real=True)


@pytest.mark.parametrize(
    ("left", "op", "right"),
    [(x, "≈", y), (fn("unheard", x), "=", y), (Pow(num(9), Pow(num(9), num(9))), "=", y)],
)
def test_what_cannot_be_said_is_not_said(left, op, right):
    with pytest.raises(cas.Unsaid):
        cas.relational(left, op, right, Context())


# ---- back ----------------------------------------------------------------------------------

SX, SW = sympy.symbols("x w")
SI, SJ = sympy.symbols("i j", integer=True)
SN = sympy.Symbol("n", integer=True, positive=True)
SA, SK = sympy.IndexedBase("a"), sympy.IndexedBase("K")
F = sympy.Function("f")
MA, MB = sympy.MatrixSymbol("A", SN, SN), sympy.MatrixSymbol("B", SN, SN)

READ = [
    (SX + Fraction(1, 2), add(x, HALF)),
    (1 / SX, Pow(x, MINUS_ONE)),
    (sympy.exp(SX), fn("exp", x)),
    (sympy.sqrt(SX), Pow(x, HALF)),
    (sympy.Abs(_real("x")), fn("abs", x)),
    (sympy.Sum(SA[SI], (SI, 1, SN)), SUM_A),
    (sympy.Sum(SK[SI, SJ], (SJ, 1, SI), (SI, 1, SN)), Sum(Sum(GRID, ONE, B0), ONE, n)),
    (sympy.KroneckerDelta(SI, SN), Delta(i, n)),
    (F(SX), App("f", (0,), (x,))),
    (sympy.Derivative(F(SX), (SX, 2)), Diff(Diff(App("f", (0,), (x,)), x), x)),
    (F(SX**2).diff(SX) / SX / 2, App("f", (1,), (square(x),))),
    (sympy.Matrix([[SX, 1]]), Block(((x, ONE),))),
    (MA * MB, MatMul((Mat("A", n, n), Mat("B", n, n)))),
    (2 * MA.T, Scale(num(2), Transpose(Mat("A", n, n)))),
    (MA + MB, MatAdd((Mat("A", n, n), Mat("B", n, n)))),
    (sympy.HadamardProduct(MA, MB), Hadamard((Mat("A", n, n), Mat("B", n, n)))),
    (MA[0, SI], Entry(Mat("A", n, n), ONE, add(i, ONE))),
    (sympy.pi, Const("pi")),
    (sympy.E, fn("exp", ONE)),
]


@pytest.mark.parametrize(("expression", "expected"), READ)
def test_a_sympy_expression_is_read(expression, expected):
    assert cas.term(expression) is expected


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        (sympy.Piecewise((SX, SX > 0), (0, True)), "Piecewise"),
        (sympy.Integral(SX, SX), "Integral"),
        (SX * 0.5, "Float"),
        (sympy.nan, "NaN"),
        (sympy.true, "BooleanTrue"),
        (sympy.Symbol("x") + sympy.Symbol("x", positive=True), "two different symbols"),
        (sympy.Symbol("x", imaginary=True), "not real"),
    ],
)
def test_what_has_no_term_is_refused_by_name(expression, named):
    with pytest.raises(ValueError, match=named):
        cas.term(expression)


def test_text_is_never_evaluated():
    with pytest.raises(ValueError, match="Sympify"):
        cas.term("__import__('os')")


def test_a_bound_index_may_be_called_like_a_bound():
    found = cas.term(sympy.Sum(SA[SN], (SN, 1, SN)))
    assert found is SUM_A


def test_assumptions_become_domains_and_hypotheses():
    p = sympy.Symbol("p", positive=True)
    q = sympy.Symbol("q", real=True)
    left, right, context = cas.statement(p + q, SN, [p < 1, sympy.Ne(q, 0), sympy.Eq(p + q, 1)])
    assert right is n
    assert context.domains["p"] == Domain(ZERO, ONE)
    assert context.domains["q"] == Domain(nonzero=True)
    assert context.domains["n"] == SIZE
    assert [(h.left, h.op, h.right) for h in context.hypotheses] == [(left, "=", ONE)]


@pytest.mark.parametrize(
    ("assumption", "domain"),
    [
        (SW > 2, Domain(num(2))),
        (SW >= 2, Domain(num(2), lo_open=False)),
        (sympy.Gt(2, SW), Domain(hi=num(2))),
        (sympy.Ne(SW, 0), Domain(nonzero=True)),
    ],
)
def test_a_bound_by_a_number_narrows_the_domain(assumption, domain):
    assert cas.statement(SW, SW, [assumption])[2].domains["w"] == domain


@pytest.mark.parametrize("term", [row[0] for row in AGREED[:2]] + [COST, add(x, HALF)])
def test_there_and_back_again(term):
    there = cas.relational(term, "=", ZERO, CONTEXT).lhs
    back = cas.term(there)
    again = cas.relational(back, "=", ZERO, CONTEXT).lhs
    assert str(again) == str(there)
