"""Lowered matrices against dense ones: sizes are filled in, entries are random fractions."""

import random
from fractions import Fraction
from itertools import product
from math import prod

import pytest

from derive.context import Context, Domain
from derive.kernel.budget import Budget
from derive.kernel.matrix import ShapeError, Unsupported, components, lower, shape
from derive.kernel.normal import is_zero
from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    At,
    Block,
    Bound,
    Build,
    Delta,
    Det,
    Diag,
    Diff,
    Each,
    Entry,
    Eye,
    Fill,
    Grad,
    Hadamard,
    Inverse,
    Mat,
    MatAdd,
    MatMul,
    Mul,
    Num,
    Pow,
    Prod,
    Scale,
    Sum,
    Sym,
    Trace,
    Transpose,
    add,
    fn,
    instantiate,
    is_matrix,
    mul,
    num,
    sub,
)  # fmt: skip

SIZES = {"n": 3, "m": 2, "p": 2, "q": 1}
n, m, p, q, i, j, x, y = (Sym(name) for name in "nmpqijxy")
p1, m1 = add(p, ONE), add(ONE, m)
B0, B1, TWO = Bound(0), Bound(1), num(2)


def square(term):
    return Pow(term, TWO)


# ---- the dense opinion: concrete sizes, lists of rows, nothing shared with the lowering -------


def leaf(name, *indices):
    if name in SIZES and not indices:
        return Fraction(SIZES[name])
    if any(k < 1 for k in indices):
        raise IndexError(name)
    # crc-like mixing keeps the values the same from run to run
    seed = sum(ord(c) * 31**k for k, c in enumerate(name + repr(indices)))
    return Fraction(random.Random(seed).randint(1, 10**6), 7)


def scalar(term, free=()):
    names = dict(free)
    match term:
        case Num(value):
            return value
        case Sym(name):
            return names[name] if name in names else leaf(name)
        case At(head, indices):
            return leaf(head, *(int(scalar(k, free)) for k in indices))
        case Add(args):
            return sum((scalar(a, free) for a in args), Fraction(0))
        case Mul(args):
            return prod((scalar(a, free) for a in args), start=Fraction(1))
        case Pow(base, exponent):
            return scalar(base, free) ** int(scalar(exponent, free))
        case Delta(left, right):
            return Fraction(scalar(left, free) == scalar(right, free))
        case Sum(body, lo, hi) | Prod(body, lo, hi):
            rows = range(int(scalar(lo, free)), int(scalar(hi, free)) + 1)
            values = [scalar(instantiate(body, num(k)), free) for k in rows]
            return sum(values, Fraction(0)) if isinstance(term, Sum) else prod(values)
        case Trace(matrix):
            return sum(row[k] for k, row in enumerate(dense(matrix)))
        case Det(matrix):
            return det(dense(matrix))
        case Entry(matrix, row, col):
            return dense(matrix)[int(scalar(row, free)) - 1][int(scalar(col, free)) - 1]
        case _ if is_matrix(term):
            ((value,),) = dense(term)
            return value
    raise NotImplementedError(term)


def det(rows):
    if len(rows) == 1:
        return rows[0][0]
    minors = ([r[:k] + r[k + 1 :] for r in rows[1:]] for k in range(len(rows)))
    return sum((-1) ** k * rows[0][k] * det(minor) for k, minor in enumerate(minors))


def assembled(cells):
    """Blocks side by side; scalars and identities take the room that is left."""
    known = [[dense(c) if sized(c) else None for c in line] for line in cells]
    heights = [next((len(c) for c in line if c), 1) for line in known]
    widths = [next((len(c[0]) for c in line if c), 1) for line in zip(*known, strict=True)]
    result = []
    for line, blocks, height in zip(cells, known, heights, strict=True):
        for a in range(height):
            row = []
            for cell, block, width in zip(line, blocks, widths, strict=True):
                one = isinstance(cell, Eye)
                row += (
                    block[a]
                    if block
                    else [Fraction(a == b) if one else scalar(cell) for b in range(width)]
                )
            result.append(row)
    return result


def sized(cell):
    return is_matrix(cell) and cell is not Eye(None)


def grid(rows, cols, entry):
    return [[entry(a, b) for b in range(cols)] for a in range(rows)]


def dense(term, like=None):
    match term:
        case Mat(name, rows, None):
            return grid(int(scalar(rows)), 1, lambda a, b: leaf(name, a + 1))
        case Mat(name, rows, cols):
            return grid(int(scalar(rows)), int(scalar(cols)), lambda a, b: leaf(name, a + 1, b + 1))
        case Build(body, rows, cols):
            return grid(
                int(scalar(rows)),
                int(scalar(cols)),
                lambda a, b: scalar(instantiate(body, num(a + 1), num(b + 1))),
            )
        case Block(cells):
            return assembled(cells)
        case Fill(value, rows, cols):
            return grid(int(scalar(rows)), int(scalar(cols)), lambda a, b: scalar(value))
        case Eye(size):
            k = len(like) if size is None else int(scalar(size))
            return grid(k, k, lambda a, b: Fraction(a == b))
        case MatMul(args):
            result = dense(args[0])
            for arg in args[1:]:
                right = dense(arg, result[0])
                columns = list(zip(*right, strict=True))
                result = [
                    [sum(u * v for u, v in zip(row, col, strict=True)) for col in columns]
                    for row in result
                ]
            return result
        case MatAdd(args) | Hadamard(args):
            first = dense(next(a for a in args if is_matrix(a)))
            members = [
                dense(a, first) if is_matrix(a) else grid(
                    len(first), len(first[0]), lambda _a, _b, a=a: scalar(a)
                )
                for a in args
            ]  # fmt: skip
            join = sum if isinstance(term, MatAdd) else prod
            return grid(
                len(first), len(first[0]), lambda a, b: join(member[a][b] for member in members)
            )
        case Scale(factor, matrix):
            return [[scalar(factor) * v for v in row] for row in dense(matrix, like)]
        case Transpose(matrix):
            return [list(col) for col in zip(*dense(matrix), strict=True)]
        case Diag(vector):
            values = [v for row in dense(vector) for v in row]
            return grid(len(values), len(values), lambda a, b: values[a] if a == b else 0)
        case Each(body, matrix):
            return [[scalar(instantiate(body, Num(v))) for v in row] for row in dense(matrix)]
        case Inverse(matrix):
            rows = dense(matrix)
            return grid(
                len(rows),
                len(rows),
                lambda a, b: (
                    (-1) ** (a + b)
                    * (det([r[:a] + r[a + 1 :] for k, r in enumerate(rows) if k != b])
                       if len(rows) > 1 else 1)
                    / det(rows)
                ),
            )  # fmt: skip
        case _:
            return [[scalar(term)]]


def instances(component):
    """Every (left, right) that a component stands for at the concrete sizes."""
    ranges = [range(int(scalar(lo)), int(scalar(hi)) + 1) for _, lo, hi in component.over]
    names = [index.name for index, _, _ in component.over]
    for at in product(*ranges):
        free = tuple((name, Fraction(k)) for name, k in zip(names, at, strict=True))
        yield scalar(component.left, free), scalar(component.right, free)


X0, A, S = Mat("X_0", n, p), Mat("A", n, m), Mat("S", n, n)
X = Block(((ONE, X0),))
u, v, d = Mat("u", p1, m), Mat("v", m, None), Mat("d", n, None)
K, L = Mat("K", n, m), Mat("L", m, n)
P2 = Block(((x, y), (ONE, num(3))))
P3 = Block(((x, ONE, ZERO), (y, TWO, ONE), (ONE, ZERO, x)))

SAME = [
    MatMul((X, u)),
    MatMul((MatMul((K, L)), S)),
    MatMul((Transpose(MatMul((Diag(d), X))), Hadamard((MatAdd((ONE, Scale(MINUS_ONE, A))), A)))),
    MatMul((A, Diag(v))),
    MatMul((Diag(d), Diag(d), A)),
    MatMul((Diag(d), X)),
    MatMul((Transpose(X), d)),
    MatAdd((A, K)),
    MatAdd((num(1), Scale(MINUS_ONE, A))),
    MatAdd((MatMul((K, L)), Scale(x, Eye(None)))),
    MatMul((A, Eye(None))),
    Hadamard((A, K, TWO)),
    Each(add(square(B0), ONE), A),
    Diag(Transpose(d)),
    Fill(ONE, n, q),
    Eye(m),
    Build(add(B1, mul(TWO, B0)), n, m),
    Block(((S, A), (L, Eye(None)))),
    Block(((S, A), (Transpose(K), x))),
    Block(((S, d), (Transpose(d), ONE))),
    Block(((ONE, X0), (TWO, Mat("Z", q, p)))),
    Block(((d, X),)),
    MatMul((Transpose(X), X)),
    Transpose(Block(((ONE, X0),))),
    Inverse(P2),
    Inverse(P3),
    Inverse(Scale(x, Block(((y,),)))),
    Inverse(Diag(v)),
    MatMul((P2, Inverse(P2))),
    Scale(MatMul((Transpose(d), d)), A),
    Scale(Det(P3), A),
    Scale(Trace(MatMul((K, L))), A),
]


@pytest.mark.parametrize("term", SAME)
def test_a_matrix_is_its_entries(term):
    expected = dense(term)
    rows, cols = (int(scalar(size)) for size in shape(term))
    assert (rows, cols) == (len(expected), len(expected[0]))
    zero = Scale(ZERO, term)
    pieces = components(term, zero)
    found = sorted(left for c in pieces for left, _ in instances(c))
    assert found == sorted(value for row in expected for value in row)


@pytest.mark.parametrize("term", SAME)
def test_entries_stand_at_their_places(term):
    """Against an opaque matrix of the same shape, place by place."""
    expected, other = dense(term), Mat("W", *shape(term))
    held = {leaf("W", a + 1, b + 1): (a, b) for a, b in _places(expected)}
    assert len(held) == sum(len(row) for row in expected)
    for component in components(term, other):
        for left, right in instances(component):
            a, b = held[right]
            assert left == expected[a][b]


def _places(rows):
    return [(a, b) for a, row in enumerate(rows) for b, _ in enumerate(row)]


SCALARS = [
    MatMul((Transpose(d), S, d)),
    Trace(MatMul((K, L))),
    Trace(Block(((S, K), (L, Fill(TWO, m, m))))),
    Det(P2),
    Det(P3),
    add(MatMul((Transpose(d), d)), ONE),
    Entry(MatMul((X, u)), TWO, ONE),
    Entry(X, num(3), ONE),
    Entry(X, num(3), num(3)),
    Entry(Inverse(P2), ONE, TWO),
    Sum(Entry(MatMul((X, u)), B0, TWO), ONE, n),
    Sum(square(Entry(X, TWO, B0)), ONE, p1),
    Sum(Sum(mul(Entry(X, B1, B0), Entry(u, B0, ONE)), ONE, p1), ONE, n),
    Prod(Entry(X, TWO, B0), ONE, p1),
    Sum(mul(B0, Entry(Transpose(X), B0, TWO)), ONE, p1),
    Sum(mul(At("d", (B0,)), Trace(Scale(B0, S))), ONE, n),
    mul(x, Entry(Mat("g", n, None), TWO, ONE)),
]


@pytest.mark.parametrize("term", SCALARS)
def test_a_scalar_of_matrices_keeps_its_value(term):
    lowered = lower(term)
    assert not lowered.holds_matrix
    assert scalar(lowered) == scalar(term)


def test_a_scalar_without_matrices_is_untouched():
    term = Sum(mul(x, At("a", (B0,))), ONE, n)
    assert lower(term) is term


def test_what_is_undefined_is_not_absorbed_by_a_zero():
    risky = Block(((Pow(x, MINUS_ONE),), (ONE,)))
    lowered = lower(Entry(MatMul((Block(((ZERO, ONE),)), risky)), ONE, ONE))
    assert Pow(x, MINUS_ONE) in lowered.args[0].args


# ---- shapes -----------------------------------------------------------------------------------

SHAPES = [
    (X, (n, p1)),
    (MatMul((X, u)), (n, m)),
    (Transpose(X), (add(p, ONE), n)),
    (Block(((S, d), (Transpose(d), ONE))), (add(n, ONE), add(n, ONE))),
    (Mat("W", add(p, p), None), (mul(TWO, p), ONE)),
    (Mat("W", sub(m1, ONE), m1), (m, add(m, ONE))),
    (Diag(d), (n, n)),
    (Grad(MatMul((Transpose(d), d)), u), (add(p, ONE), m)),
]


@pytest.mark.parametrize(("term", "expected"), SHAPES)
def test_shapes_are_in_normal_form(term, expected):
    assert shape(term) == expected


F43, F22 = Mat("A", num(4), num(3)), Mat("B", TWO, TWO)
MISSHAPEN = [
    (MatMul((F43, F22)), "a 4×3 matrix times a 2×2 matrix: 3 columns against 2 rows"),
    (MatMul((X, Mat("A_0", n, m))), "p + 1 columns against n rows"),
    (MatMul((A, K)), "m columns against n rows"),
    (MatAdd((A, X)), "m columns against p + 1 columns"),
    (MatAdd((A, d)), "m columns against 1 columns (1 is literal, m is not)"),
    (MatAdd((A, MatMul((Transpose(d), d)))), "an n×m matrix plus a 1×1 matrix"),
    (Hadamard((A, L)), "entry by entry"),
    (MatMul((F43, A)), "3 is literal, n is not"),
    (Diag(A), "not of a vector"),
    (Inverse(A), "a square one is wanted"),
    (MatAdd((A, Eye(None))), "an identity matrix beside an n×m matrix"),
    (Block(((A, d), (d, A))), "m columns against 1 columns"),
    (Block(((A, S), (L,))), "1 and 2 blocks"),
    (Block(((A, L),)), "beside"),
    (Entry(F43, num(5), ONE), "entry (5, 1) of a 4×3 matrix"),
    (Entry(F43, ZERO, ONE), "entry (0, 1)"),
    (Trace(A), "n rows against m columns"),
    (Scale(A, S), "an n×m matrix where a scalar is wanted"),
    (add(A, ONE), "where a scalar is wanted"),
]


@pytest.mark.parametrize(("term", "said"), MISSHAPEN)
def test_shapes_that_do_not_conform_are_named(term, said):
    with pytest.raises(ShapeError) as caught:
        _all_of(term)
    assert said in caught.value.message
    assert caught.value.left
    assert caught.value.right
    assert caught.value.node.holds_matrix


def _all_of(term):
    if is_matrix(term):
        return components(term, Scale(ONE, term))
    return lower(term)


def test_the_offending_node_is_the_innermost():
    inner = MatMul((F43, F22))
    with pytest.raises(ShapeError) as caught:
        shape(MatAdd((Transpose(inner), ONE)))
    assert caught.value.node is inner
    assert (caught.value.left, caught.value.right) == ("4×3", "2×2")


@pytest.mark.parametrize(
    ("left", "right"), [(A, L), (X, X0), (A, ONE), (ONE, A), (F43, F22), (d, Transpose(d))]
)
def test_sides_of_different_shapes_have_no_components(left, right):
    with pytest.raises(ShapeError):
        components(left, right)


def test_a_matrix_may_be_zero():
    (component,) = components(A, ZERO)
    assert component.right is ZERO
    assert [hi for _, _, hi in component.over] == [n, m]


@pytest.mark.parametrize(
    "term",
    [
        Inverse(S),
        Det(S),
        Trace(Eye(None)),
        Entry(Block(((A, S),)), ONE, j),
        Grad(x, MatMul((K, L))),
    ],
)
def test_what_cannot_be_lowered_says_so(term):
    with pytest.raises(Unsupported):
        _all_of(term)


# ---- components -----------------------------------------------------------------------------


def test_components_are_labelled_and_ranged():
    rows = components(Grad(ONE, Block(((Mat("b", q, m),), (Mat("U", p, m),)))), ZERO)
    assert [c.label for c in rows] == ["entry (i, j)", "entry (i + q, j)"]
    rows = components(X, Mat("Q", n, p1))
    assert [c.label for c in rows] == ["entry (i, 1)", "entry (i, j + 1)"]
    first, second = rows
    assert first.left is ONE
    assert [(lo, hi) for _, lo, hi in second.over] == [(ONE, n), (ONE, p)]
    assert second.right.indices[1] is add(second.over[1][0], ONE)


def test_fresh_indices_avoid_the_names_of_the_document():
    free = At("c", (Sym("i′1"),))
    (component,) = components(Scale(free, A), A)
    assert "i′1" not in {index.name for index, _, _ in component.over}


def test_a_bound_index_captures_no_free_one():
    term = Sum(Entry(MatMul((Scale(At("c", (B0,)), S), S)), B0, TWO), ONE, n)
    assert scalar(lower(term)) == scalar(term)


def test_a_free_index_with_a_range_finds_its_block():
    over = ((j, ONE, p),)
    lowered = lower(Entry(X, i, add(j, ONE)), over)
    assert lowered is At("X_0", (i, j))


# ---- the gradient of a network, for all sizes -------------------------------------------------

CONTEXT = Context(
    domains={s: Domain(ONE, None, False, integer=True) for s in ("n", "m", "p")},
)
HIDDEN = Each(fn("sigma", B0), MatMul((X, u)))
OUTPUT = MatMul((Block(((ONE, HIDDEN),)), Mat("v", m1, None)))
COST = Sum(mul(At("t", (B0,)), Entry(OUTPUT, B0, ONE)), ONE, n)
WEIGHTS = Diag(Build(At("v", (add(B1, ONE),)), m, ONE))
CORRECT = MatMul(
    (
        Transpose(MatMul((Diag(Mat("t", n, None)), X))),
        MatMul((Hadamard((MatAdd((ONE, Scale(MINUS_ONE, HIDDEN))), HIDDEN)), WEIGHTS)),
    )
)
WRONG = MatMul(
    (Transpose(MatMul((Diag(Mat("t", n, None)), X))), MatMul((HIDDEN, WEIGHTS)))
)  # fmt: skip


def _proved(left, right):
    for c in components(left, right):
        ranged = {s.name: Domain(lo, hi, False, False, integer=True) for s, lo, hi in c.over}
        context = Context(domains={**CONTEXT.domains, **ranged})
        if is_zero(sub(c.left, c.right), context, Budget(600_000)) is None:
            return False
    return True


def test_the_gradient_of_a_network_holds_for_all_sizes():
    assert _proved(Grad(COST, u), CORRECT)
    assert not _proved(Grad(COST, u), WRONG)


IDENTITIES = [
    (Transpose(MatMul((K, L))), MatMul((Transpose(L), Transpose(K)))),
    (MatMul((MatMul((K, L)), K)), MatMul((K, MatMul((L, K))))),
    (Trace(MatMul((K, L))), Trace(MatMul((L, K)))),
    (
        Grad(MatMul((Transpose(d), S, d)), d),
        MatAdd((MatMul((S, d)), MatMul((Transpose(S), d)))),
    ),
    (MatMul((X, Block(((Mat("b", ONE, m),), (Mat("U", p, m),))))),
     MatAdd((MatMul((Fill(ONE, n, ONE), Mat("b", ONE, m))), MatMul((X0, Mat("U", p, m)))))),
    (MatMul((P2, Inverse(P2))), Eye(None)),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), IDENTITIES)
def test_identities_hold_for_all_sizes(left, right):
    assert _proved(left, right)


@pytest.mark.parametrize(("left", "right"), IDENTITIES)
def test_twice_the_right_side_is_not_proved(left, right):
    double = Scale(TWO, right) if is_matrix(right) else mul(TWO, right)
    assert not _proved(left, double)


def test_the_derivative_of_a_matrix_is_taken_entry_by_entry():
    left = Diff(Scale(square(x), A), x)
    (component,) = components(left, Scale(mul(TWO, x), A))
    assert isinstance(component.left, Diff)
