"""Terms to array expressions: binders become axes, products of matrices contractions.

Every matrix is lowered at a row and a column index, so that a transpose is two indices
swapped, and `diag(d) X` is `d[:, None] * X`. Names that the document defines become arrays of
their own, in the order in which they are needed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import sympy

from derive.codegen.families import Carrier, shifted, stacked, written
from derive.codegen.names import Names
from derive.codegen.nodes import (
    Axis,
    Cell,
    Counter,
    Determinant,
    Dot,
    Expr,
    Grid,
    Nodes,
    Pick,
    Place,
    Same,
    Solve,
    Total,
)
from derive.codegen.refusal import Refusal
from derive.context import Context, Definition
from derive.kernel.derivative import differentiate
from derive.kernel.matrix import ShapeError, Unsupported, shape
from derive.show import text
from derive.term import (
    ONE,
    Add,
    App,
    At,
    Block,
    Build,
    Const,
    Delta,
    Det,
    Diag,
    Diff,
    Each,
    Entry,
    Eye,
    Fill,
    Fn,
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
    Term,
    Trace,
    Transpose,
    instantiate,
    is_matrix,
    substitute,
    subterms,
)

_AXIS = "§"

SIGMA = sympy.Function("sigma", real=True)
FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "exp": sympy.exp, "log": sympy.log, "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan,
    "asin": sympy.asin, "acos": sympy.acos, "atan": sympy.atan, "sinh": sympy.sinh,
    "cosh": sympy.cosh, "tanh": sympy.tanh, "abs": sympy.Abs, "sign": sympy.sign,
    "max": sympy.Max, "min": sympy.Min, "floor": sympy.floor, "ceil": sympy.ceiling,
    "cot": lambda x: 1 / sympy.tan(x), "sec": lambda x: 1 / sympy.cos(x),
    "csc": lambda x: 1 / sympy.sin(x), "sigma": SIGMA,
}  # fmt: skip


@dataclass
class Array:
    """An array of the emitted code: an input (no `body`), or a definition of the document.

    `dims` are (lo, hi), None where not yet known; `axes` are those of `body`, one a dimension.
    """

    key: str
    name: str
    dims: list[tuple[Expr, Expr] | None]
    body: Expr | None = None
    axes: tuple[Axis, ...] = ()
    relation: str = ""


@dataclass
class Lowering:
    """Lowers the formulas of one program; `given` are heads that must stay inputs."""

    context: Context
    given: frozenset[str] = frozenset()
    nodes: Nodes = field(default_factory=Nodes)
    names: Names = field(default_factory=Names)
    arrays: dict[str, Array] = field(default_factory=dict)
    axes: dict[str, Axis] = field(default_factory=dict)
    sizes: set[str] = field(default_factory=set)
    carriers: dict[str, Carrier] = field(default_factory=dict)
    written: dict[str, tuple[Term, Term]] = field(default_factory=dict)
    _count: Any = field(default_factory=count)
    _open: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for head, rows in self.context.definitions.items():
            self._carry(head, rows[-1])
            for row in rows:
                self.sizes |= set(sizes_in(row.body))
        for ranges in self.context.ranges.values():
            self.sizes |= {n for pair in ranges for b in pair or () for n in _symbols(b)}

    def _carry(self, head: str, row: Definition) -> None:
        """A matrix written out in symbols that nothing defines is the input that holds them."""
        found = None if row.params else written(row.body)
        if found is not None and found.head not in self.context.definitions:
            col = None if found.col is None else -found.col
            self.carriers[found.head] = Carrier(head, -found.row, col)
            self.written[head] = (found.rows, found.cols)
        elif head in self.given and not row.params:
            self.carriers.update(stacked(head, row.body))

    # ---- indices and sizes ----

    def axis(self, lo: Term, hi: Term) -> Sym:
        """A new index that runs from lo to hi, as a symbol."""
        name = f"{_AXIS}{next(self._count)}"
        self.axes[name] = Axis(name, self.integer(lo), self.integer(hi))
        return Sym(name)

    def integer(self, term: Term) -> Expr:
        """An index or a size in SymPy."""
        match term:
            case Num(value) if value.denominator == 1:
                return sympy.Integer(int(value))
            case Sym(name):
                return self.size(name)
            case Add(args):
                return sympy.Add(*(self.integer(a) for a in args))
            case Mul(args):
                return sympy.Mul(*(self.integer(a) for a in args))
            case _:
                raise Refusal(f"{text(term)} as an index or a size")

    @staticmethod
    def size(name: str) -> Expr:
        return sympy.Symbol(name, integer=True, positive=True)

    def place(self, index: Term) -> Place:
        """An index as a place: at most one axis, moved by something fixed."""
        found = self.integer(index)
        inside = [s for s in found.free_symbols if s.name in self.axes]
        if not inside:
            return Place(None, found)
        rest = found - inside[0]
        if len(inside) > 1 or inside[0] in rest.free_symbols:
            raise Refusal(f"the index {text(index)}")
        return Place(self.axes[inside[0].name], rest)

    # ---- named things ----

    def pick(self, key: str, indices: Iterable[Term]) -> Expr:
        return self.nodes.symbol(Pick(key, tuple(map(self.place, indices))))

    def input(self, key: str, dims: list[tuple[Expr, Expr] | None]) -> None:
        if key not in self.arrays:
            self.arrays[key] = Array(key, self.names.of(key), dims)

    def define(
        self, row: Definition, ranges: list[tuple[Term, Term]], body: Callable[..., Expr]
    ) -> None:
        """Make a definition an array; `body` gives its entry at index symbols."""
        if row.head in self.arrays:
            return
        if row.head in self._open:
            raise Refusal(f"{row.head} is defined by itself")
        self._open.add(row.head)
        symbols = [self.axis(lo, hi) for lo, hi in ranges]
        axes = tuple(self.axes[s.name] for s in symbols)
        found = body(*symbols)
        dims: list[tuple[Expr, Expr] | None] = [(a.lo, a.hi) for a in axes]
        name = self.names.of(row.head)
        self.arrays[row.head] = Array(row.head, name, dims, found, axes, row.relation)
        self._open.discard(row.head)

    def definition(self, head: str, at: tuple[Term, ...]) -> Definition | None:
        if head in self.given:
            return None
        rows = self.context.definitions.get(head, ())
        fits = [d for d in rows if not d.params or _fits(d, at)]
        numbered = [d for d in fits if any(isinstance(p, Num) for p in d.params)]
        chosen = numbered or fits
        return chosen[-1] if chosen else None

    def _symbol(self, name: str) -> Expr:
        if name in self.axes:
            return self.nodes.symbol(Counter(self.axes[name]))
        if name in self.carriers:
            carrier = self.carriers[name]
            self._input_matrix(carrier.key)
            return self.pick(carrier.key, (Num(ONE.value * carrier.row),))
        found = self.definition(name, ())
        if found is None and name in self.sizes:
            return self.size(name)
        if found is None:
            self.input(name, [])
        else:
            self.define(found, [], lambda: self.scalar(found.body))
        return self.pick(name, ())

    def _member(self, head: str, at: tuple[Term, ...]) -> Expr:
        if head in self.carriers:
            return self._carried(self.carriers[head], at)
        found = self.definition(head, at)
        if found is None:
            self.input(head, [self._range(head, k) for k in range(len(at))])
            return self.pick(head, at)
        if not found.params:
            row, col = (*at, ONE)[:2]
            return self.matrix(found.body, row, col)
        ranges = [self.context.ranges.get(head, (None,) * len(at))[k] for k in range(len(at))]
        plain = all(isinstance(p, Sym) for p in found.params) and _is_own(found.body)
        if not plain or any(r is None for r in ranges):
            return self.scalar(_applied(found, at))
        known = [r for r in ranges if r is not None]
        self.define(found, known, lambda *index: self.scalar(_applied(found, index)))
        return self.pick(head, at)

    def _range(self, head: str, k: int) -> tuple[Expr, Expr] | None:
        ranges = self.context.ranges.get(head, ())
        pair = ranges[k] if k < len(ranges) else None
        return None if pair is None else (self.integer(pair[0]), self.integer(pair[1]))

    def _carried(self, carrier: Carrier, at: tuple[Term, ...]) -> Expr:
        self._input_matrix(carrier.key)
        shifts = (carrier.row, carrier.col)
        return self.pick(
            carrier.key, [shifted(i, s or 0) for i, s in zip(at, shifts, strict=False)]
        )

    def _input_matrix(self, key: str) -> None:
        if key in self.written:
            rows, cols = self.written[key]
        else:
            rows, cols = shape(self.context.definitions[key][-1].body)
        self.input(key, _dims(self, rows, cols))

    # ---- scalars ----

    def scalar(self, term: Term) -> Expr:
        """The elementwise expression of a scalar term; raises `Refusal` where there is none."""
        match term:
            case Num(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Const("pi"):
                return sympy.pi
            case Sym(name):
                return self._symbol(name)
            case At(head, indices):
                return self._member(head, indices)
            case Add(args):
                return sympy.Add(*map(self.scalar, args))
            case Mul(args):
                return sympy.Mul(*map(self.scalar, args))
            case Pow(base, exponent):
                return sympy.Pow(self.scalar(base), self.scalar(exponent))
            case Fn() | App():
                return self._function(term)
            case Sum(body, lo, hi) | Prod(body, lo, hi):
                return self._series(body, lo, hi, isinstance(term, Prod))
            case Delta(left, right):
                return self.nodes.symbol(Same(self.place(left), self.place(right)))
            case Entry(matrix, row, col):
                return self.matrix(matrix, row, col)
            case Trace(matrix):
                index = self.axis(ONE, shape(matrix)[0])
                return self.contracted(self.matrix(matrix, index, index), self.axes[index.name])
            case Det(matrix):
                return self.nodes.symbol(Determinant(*self._square(matrix)))
            case Diff():
                raise Refusal(f"{text(term)} stands in it, a derivative")
            case _:
                raise Refusal(f"no array code for {text(term)}")

    def _function(self, term: Fn | App) -> Expr:
        if isinstance(term, App):
            return self.scalar(self._unfolded(term))
        args = [self.scalar(a) for a in term.args]
        function = FUNCTIONS.get(term.name)
        if function is None or term.order > 1 or (term.order and term.name != "sigma"):
            raise Refusal(f"no array code for {text(term)}")
        return function(*args) * SIGMA(-args[0]) if term.order else function(*args)

    def _unfolded(self, term: App) -> Term:
        found = self.definition(term.head, term.args)
        if found is None or len(found.params) != len(term.args):
            raise Refusal(f"nothing defines the function {term.head}")
        body = found.body
        for order, parameter in zip(term.orders, found.params, strict=True):
            for _ in range(order):
                body = differentiate(Diff(body, parameter), self.context)
        return substitute(body, dict(zip(found.params, term.args, strict=True)))

    def _series(self, body: Term, lo: Term, hi: Term, product: bool) -> Expr:
        index = self.axis(lo, hi)
        found = self.scalar(instantiate(body, index))
        return self.contracted(found, self.axes[index.name], product)

    def contracted(self, body: Expr, axis: Axis, product: bool = False) -> Expr:
        """Σ (or Π) of a body over an axis, as a product of matrices where it is one."""
        if axis not in self.nodes.axes(body):
            return body**axis.length if product else body * axis.length
        if product:
            return self.nodes.symbol(Total(body, axis, True))
        outside, inside = self._split(body, axis)
        groups = self._groups(inside, axis)
        if len(groups) == 2:
            return outside * self.nodes.symbol(Dot(groups[0], groups[1], axis))
        return outside * self.nodes.symbol(Total(sympy.Mul(*inside), axis))

    def _split(self, body: Expr, axis: Axis) -> tuple[Expr, list[Expr]]:
        """The factors without the axis, multiplied, and those with it."""
        factors = sympy.Mul.make_args(body)
        inside = [f for f in factors if axis in self.nodes.axes(f)]
        return sympy.Mul(*(f for f in factors if axis not in self.nodes.axes(f))), inside

    def _groups(self, factors: list[Expr], axis: Axis) -> list[Expr]:
        """The factors in groups that share no axis but the given one: two make a product."""
        groups: list[tuple[set[Axis], list[Expr]]] = []
        for factor in factors:
            own = set(self.nodes.axes(factor)) - {axis}
            linked = [g for g in groups if g[0] & own]
            merged = (own.union(*(g[0] for g in linked)), [f for g in linked for f in g[1]])
            groups = [g for g in groups if g not in linked]
            groups.append((merged[0], [*merged[1], factor]))
        wide = [g for g in groups if g[0]]
        thin = [f for own, fs in groups if not own for f in fs]
        if len(wide) > 2 or any(len(g[0]) > 1 for g in wide):
            return []
        if len(wide) == 2:
            return [sympy.Mul(*wide[0][1]), sympy.Mul(*wide[1][1], *thin)]
        return [sympy.Mul(*wide[0][1]), sympy.Mul(*thin)] if wide and thin else []

    # ---- matrices ----

    def matrix(self, term: Term, row: Term, col: Term) -> Expr:
        """The elementwise expression of a matrix at a row and a column index."""
        match term:
            case Mat():
                return self._named(term, row, col)
            case Build(body):
                return self.scalar(instantiate(body, row, col))
            case Block():
                return self._block(term, row, col)
            case MatAdd(args):
                return sympy.Add(*(self._cell(a, row, col) for a in args))
            case Hadamard(args):
                return sympy.Mul(*(self._cell(a, row, col) for a in args))
            case Scale(scalar, matrix):
                return self.scalar(scalar) * self.matrix(matrix, row, col)
            case MatMul(args):
                return self._product(args, row, col)
            case Transpose(matrix):
                return self.matrix(matrix, col, row)
            case Diag(vector):
                same = self.nodes.symbol(Same(self.place(row), self.place(col)))
                return same * self._vector(vector, row)
            case Each(body, matrix):
                return self.scalar(instantiate(body, Entry(matrix, row, col)))
            case Eye():
                return self.nodes.symbol(Same(self.place(row), self.place(col)))
            case Fill(scalar):
                return self.scalar(scalar)
            case Inverse(matrix):
                return self._solved(matrix, None, row, col)
            case _ if not is_matrix(term):
                return self.scalar(term)
            case _:
                raise Refusal(f"no array code for {text(term)}")

    def _cell(self, term: Term, row: Term, col: Term) -> Expr:
        return self.matrix(term, row, col) if is_matrix(term) else self.scalar(term)

    def _vector(self, vector: Term, index: Term) -> Expr:
        column = shape(vector)[1] is ONE
        return self.matrix(vector, index, ONE) if column else self.matrix(vector, ONE, index)

    def _named(self, term: Mat, row: Term, col: Term) -> Expr:
        name = term.name
        flat = term.cols is None or term.cols is ONE
        at = (row,) if flat else (col,) if term.rows is ONE else (row, col)
        if name in self.carriers:
            return self._carried(self.carriers[name], at)
        if name in self.written:
            self._input_matrix(name)
            return self.pick(name, at)
        found = self.definition(name, ())
        if found is None:
            self.input(name, _dims(self, term.rows, term.cols or ONE))
            return self.pick(name, at)
        if written(found.body) is not None:
            return self.matrix(found.body, row, col)
        sizes = [s for s in (term.rows, term.cols or ONE) if s is not ONE]
        self.define(found, [(ONE, s) for s in sizes], lambda *i: self._body(found.body, i))
        return self.pick(name, at[: len(sizes)])

    def _body(self, body: Term, index: tuple[Term, ...]) -> Expr:
        if not is_matrix(body):
            return self.scalar(body)
        rows, cols = shape(body)
        given = iter(index)
        return self.matrix(body, *(ONE if s is ONE else next(given, ONE) for s in (rows, cols)))

    def _product(self, args: tuple[Term, ...], row: Term, col: Term) -> Expr:
        if len(args) == 1:
            return self.matrix(args[0], row, col)
        # towards the vector, so that no product of two matrices is made on the way
        if shape(args[-1])[1] is ONE or isinstance(args[0], Inverse):
            first, rest = args[0], args[1:]
            last = rest[0] if len(rest) == 1 else MatMul(rest)
        else:
            last, rest = args[-1], args[:-1]
            first = rest[0] if len(rest) == 1 else MatMul(rest)
        if isinstance(first, Inverse):
            return self._solved(first.matrix, last, row, col)
        if isinstance(first, Diag):
            return self._vector(first.vector, row) * self.matrix(last, row, col)
        if isinstance(last, Diag):
            return self.matrix(first, row, col) * self._vector(last.vector, col)
        return self._dot(first, last, row, col)

    def _dot(self, first: Term, last: Term, row: Term, col: Term) -> Expr:
        if isinstance(first, Eye) or isinstance(last, Eye):
            return self.matrix(last if isinstance(first, Eye) else first, row, col)
        inner = shape(first)[1]
        if inner is ONE:
            return self.matrix(first, row, ONE) * self.matrix(last, ONE, col)
        index = self.axis(ONE, inner)
        axis = self.axes[index.name]
        left, right = self.matrix(first, row, index), self.matrix(last, index, col)
        one, lefts = self._split(left, axis)
        two, rights = self._split(right, axis)
        a, b = sympy.Mul(*lefts), sympy.Mul(*rights)
        shared = set(self.nodes.axes(a)) & set(self.nodes.axes(b))
        if not lefts or not rights or shared != {axis}:
            return self.contracted(left * right, axis)
        return one * two * self.nodes.symbol(Dot(a, b, axis))

    def _square(self, matrix: Term) -> tuple[Expr, tuple[Axis, Axis]]:
        size = shape(matrix)[0]
        row, col = self.axis(ONE, size), self.axis(ONE, size)
        inner = (self.axes[row.name], self.axes[col.name])
        return self.matrix(matrix, row, col), inner

    def _solved(self, matrix: Term, right: Term | None, row: Term, col: Term) -> Expr:
        body, inner = self._square(matrix)
        places = self.place(row), self.place(col)
        if places[0].axis is None or any(p.axis and p.shift for p in places):
            raise Refusal(f"an entry of the inverse of {text(matrix)}")
        # the right side has the rows of the matrix
        index = Sym(inner[0].name)
        other = None if right is None else self.matrix(right, index, col)
        return self.nodes.symbol(Solve(body, inner, other, places[0].axis, places[1].axis))

    # ---- blocks ----

    def _block(self, term: Block, row: Term, col: Term) -> Expr:
        found = written(term)
        if found is not None:
            at = [shifted(row, found.row)]
            at += [] if found.col is None else [shifted(col, found.col)]
            return self._member(found.head, tuple(at))
        heights = [_first(shape(c)[0] for c in r if is_matrix(c)) for r in term.grid]
        columns = list(zip(*term.grid, strict=True))
        widths = [_first(shape(c)[1] for c in cs if is_matrix(c)) for cs in columns]
        rows = self._segments(row, heights)
        cols = self._segments(col, widths)
        if len(rows) == len(cols) == 1:
            (r, at_row), (c, at_col) = rows[0], cols[0]
            return self._cell(term.grid[r][c], at_row, at_col)
        cells = tuple(
            tuple(self._grid_cell(term.grid[r][c], i, j) for c, j in cols) for r, i in rows
        )
        axes = self.place(row).axis, self.place(col).axis
        return self.nodes.symbol(Grid(cells, *axes))

    def _grid_cell(self, cell: Term, row: Term, col: Term) -> Cell:
        return Cell(self._cell(cell, row, col), self._own_axis(row), self._own_axis(col))

    def _own_axis(self, index: Term) -> Axis:
        found = self.place(index).axis
        return found or self.axes[self.axis(ONE, ONE).name]

    def _segments(self, index: Term, sizes: list[Term]) -> list[tuple[int, Term]]:
        """The blocks along one direction that an index reaches, each with the index inside it."""
        if len(sizes) == 1:
            return [(0, index)]
        place = self.place(index)
        if place.axis is not None:
            if place.shift != 0:
                raise Refusal(f"the index {text(index)} of blocks")
            return [(k, self.axis(ONE, size)) for k, size in enumerate(sizes)]
        offset = sympy.Integer(0)
        for k, size in enumerate(sizes):
            local = place.shift - offset
            length = self.integer(size)
            if (local - length).is_nonpositive or k == len(sizes) - 1:
                if not local.is_Integer:
                    break
                return [(k, Num(ONE.value * int(local)))]
            offset += length
        raise Refusal(f"the entry {text(index)} of blocks of unknown sizes")


def _first(found: Iterable[Term]) -> Term:
    return next((size for size in found if size is not ONE), ONE)


def _dims(work: Lowering, rows: Term, cols: Term) -> list[tuple[Expr, Expr] | None]:
    return [(sympy.Integer(1), work.integer(s)) for s in (rows, cols) if s is not ONE]


def _fits(row: Definition, at: tuple[Term, ...]) -> bool:
    return len(row.params) == len(at) and all(
        not isinstance(p, Num) or p is a for p, a in zip(row.params, at, strict=True)
    )


def _is_own(body: Term) -> bool:
    """Whether a body is more than the entry of a named matrix."""
    return not (isinstance(body, Entry) and isinstance(body.matrix, Mat))


def _applied(row: Definition, at: Iterable[Term]) -> Term:
    return substitute(row.body, dict(zip(row.params, at, strict=True)))


def sizes_in(term: Term) -> Iterable[str]:
    """The names of the sizes in a term: bounds of sums, numbers of rows and columns."""
    for node in subterms(term):
        match node:
            case Sum(_, lo, hi) | Prod(_, lo, hi) | Build(_, lo, hi) | Fill(_, lo, hi):
                bounds: tuple[Term | None, ...] = (lo, hi)
            case Mat(_, rows, cols):
                bounds = (rows, cols)
            case _:
                continue
        for bound in bounds:
            if bound is not None:
                yield from _symbols(bound)


def _symbols(term: Term) -> Iterable[str]:
    return (t.name for t in subterms(term) if isinstance(t, Sym))


__all__ = ["Array", "Lowering", "ShapeError", "Unsupported", "sizes_in"]
