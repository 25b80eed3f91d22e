"""Matrices of symbolic shape, lowered to scalar terms: entry by entry, block by block.

A relation between matrices is one scalar relation for each pair of blocks, with fresh indices
that run over the block, so it is decided for all sizes at once. A product is a Σ over the
segments of its middle; `diag(d) X` is dᵢXᵢⱼ right away; the gradient by a matrix is the
derivative by its general entry. Opened binders use fresh symbols that never leave this module
except as the indices of a `Component`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from derive.kernel import blocks, sizes
from derive.kernel.blocks import Blocks, ShapeError, Sizes, Unsupported
from derive.term import (
    MATRICES,
    MINUS_ONE,
    ONE,
    ZERO,
    At,
    Block,
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
    Num,
    Pow,
    Prod,
    Scale,
    Sum,
    Sym,
    Term,
    Trace,
    Transpose,
    abstract,
    add,
    heads,
    instantiate,
    mul,
    parts,
    rebuild,
    subterms,
)  # fmt: skip

__all__ = ["Component", "ShapeError", "Unsupported", "components", "lower", "shape"]

Range = tuple[Sym, Term, Term]

LARGEST_DETERMINANT = 4
LARGEST_INVERSE = 3


@dataclass(frozen=True, slots=True)
class Component:
    """One scalar relation of a relation between matrices, for all `over` (index, lo, hi)."""

    left: Term
    right: Term
    over: tuple[Range, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A multiple of the identity whose size its neighbours will say."""

    scalar: Term


Value = Blocks | Identity


def shape(term: Term, over: Sequence[Range] = ()) -> tuple[Term, Term]:
    """Return the numbers of rows and columns; raises `ShapeError` where shapes do not conform."""
    return _Lowering(over).blocks(term).shape


def lower(term: Term, over: Sequence[Range] = ()) -> Term:
    """Return the scalar term without matrix nodes; `over` gives ranges of free indices.

    Raises `ShapeError` where shapes do not conform, `Unsupported` where it is not known how.
    """
    return _Lowering(over).scalar(term) if term.holds_matrix else term


def components(left: Term, right: Term, over: Sequence[Range] = ()) -> tuple[Component, ...]:
    """Return the scalar relations that together say the same as `left` against `right`.

    Raises `ShapeError` where the sides differ in shape, `Unsupported` as `lower` does.
    """
    work = _Lowering(over)
    if not (work.is_matrix(left) or work.is_matrix(right)):
        return (Component(work.scalar(left), work.scalar(right), (), ""),)
    one, other = work.value(left), work.value(right)
    if isinstance(one, Identity) and isinstance(other, Identity):
        return (Component(one.scalar, other.scalar, (), "the diagonal"),)
    a, b = work.sides(left, one, right, other)
    names = _index_names(heads(left) | heads(right) | {s.name for s, _, _ in over})
    places = [(r, c) for r in range(len(a.rows)) for c in range(len(a.cols))]
    return tuple(_component(work, a, b, r, c, next(names)) for r, c in places)


def _index_names(taken: frozenset[str]) -> Iterator[str]:
    return (f"′{k}" for k in count(1) if not {f"i′{k}", f"j′{k}"} & taken)


def _component(work: "_Lowering", a: Blocks, b: Blocks, r: int, c: int, name: str) -> Component:
    row, col = _index(f"i{name}", a.rows[r]), _index(f"j{name}", a.cols[c])
    over = tuple(
        (index, ONE, size)
        for index, size in ((row, a.rows[r]), (col, a.cols[c]))
        if isinstance(index, Sym)
    )
    work.ranges.update((index, (lo, hi)) for index, lo, hi in over)
    label = f"entry ({_place('i', a.rows, r)}, {_place('j', a.cols, c)})"
    if len(a.rows) == len(a.cols) == 1 and a.shape == (ONE, ONE):
        label = ""
    return Component(a.entry(r, row, c, col), b.entry(r, row, c, col), over, label)


def _index(name: str, size: Term) -> Term:
    return ONE if size is ONE else Sym(name)


def _place(letter: str, segments: Sizes, at: int) -> str:
    return sizes.text(sizes.plus(*segments[:at], _index(letter, segments[at])))


class _Unsettled(Unsupported):
    """An index of which it is not known in which of several segments it lies."""

    def __init__(self, segments: Sizes) -> None:
        super().__init__("an index may lie in one part of a matrix or in another")
        self.segments = segments


class _Lowering:
    """One run: what was already lowered, and the ranges of the indices that are open."""

    def __init__(self, over: Sequence[Range]) -> None:
        self.ranges: dict[Term, tuple[Term, Term]] = {
            index: (sizes.normal(lo), sizes.normal(hi)) for index, lo, hi in over
        }
        self.numbers = count(1)
        self.matrixful: dict[Term, bool] = {}
        self.scalars: dict[Term, Term] = {}
        self.values: dict[Term, Value] = {}

    # ---- scalars ----

    def mentions(self, term: Term) -> bool:
        """Whether there is a matrix node in the term."""
        found = self.matrixful.get(term)
        if found is None:
            found = isinstance(term, (*MATRICES, Entry, Trace, Det)) or any(
                self.mentions(part) for part, _ in parts(term)
            )
            self.matrixful[term] = found
        return found

    def is_matrix(self, term: Term) -> bool:
        """Whether the term is to be read as a matrix."""
        return isinstance(term, MATRICES) or (isinstance(term, Diff) and self.is_matrix(term.body))

    def scalar(self, term: Term) -> Term:
        """The scalar term without matrix nodes."""
        if not self.mentions(term):
            return term
        found = self.scalars.get(term)
        if found is None:
            found = self.scalars[term] = self._scalar(term)
        return found

    def _scalar(self, term: Term) -> Term:
        match term:
            case Entry(matrix, row, col):
                return self._entry(term, self.value(matrix), self.scalar(row), self.scalar(col))
            case Trace(matrix):
                return self._trace(self._square(term, matrix))
            case Det(matrix):
                return self._determinant(self._square(term, matrix))
            case Sum(body, lo, hi) | Prod(body, lo, hi):
                return self._binder(term, body, self.scalar(lo), self.scalar(hi))
            case _ if self.is_matrix(term):
                return self._sole(term)
            case _:
                return rebuild(term, lambda part, _: self.scalar(part))

    def _sole(self, term: Term) -> Term:
        matrix = self.blocks(term)
        if matrix.shape != (ONE, ONE):
            said = blocks.shape_text(matrix.shape)
            message = f"{blocks.described(matrix.shape)} where a scalar is wanted"
            raise ShapeError(message, term, said, "1×1")
        return matrix.entry(0, ONE, 0, ONE)

    def fresh(self, size: Term) -> Sym:
        """A new index that runs from 1 to `size`."""
        return self._opened(ONE, size)

    def _opened(self, lo: Term, hi: Term) -> Sym:
        index = Sym(f"k′{next(self.numbers)}")
        self.ranges[index] = sizes.normal(lo), sizes.normal(hi)
        return index

    def _binder(self, term: Term, body: Term, lo: Term, hi: Term) -> Term:
        kind: type[Sum] | type[Prod] = Sum if isinstance(term, Sum) else Prod
        index = self._opened(lo, hi)
        try:
            return kind(abstract(self.scalar(instantiate(body, index)), index), lo, hi)
        except _Unsettled as unsettled:
            segments = unsettled.segments
            if lo is not ONE or sizes.total(segments) is not sizes.normal(hi):
                raise
        pieces = [self._piece(kind, body, segments, k) for k in range(len(segments))]
        return add(*pieces) if kind is Sum else mul(*pieces)

    def _piece(self, kind: type[Sum] | type[Prod], body: Term, segments: Sizes, at: int) -> Term:
        """The part of a Σ or Π that runs over one segment."""
        size = segments[at]
        index = ONE if size is ONE else self.fresh(size)
        inner = self.scalar(instantiate(body, sizes.plus(*segments[:at], index)))
        return inner if size is ONE else kind(abstract(inner, index), ONE, size)

    # ---- entries ----

    def _entry(self, node: Term, matrix: Value, row: Term, col: Term) -> Term:
        if isinstance(matrix, Identity):
            return blocks.times(matrix.scalar, Delta(row, col))
        for index, size in zip((row, col), matrix.shape, strict=True):
            if _outside(index, size):
                place = f"entry ({sizes.text(row)}, {sizes.text(col)})"
                said = blocks.shape_text(matrix.shape)
                message = f"{place} of {blocks.described(matrix.shape)}"
                raise ShapeError(message, node, said, place)
        r, i = self._located(row, matrix.rows)
        c, j = self._located(col, matrix.cols)
        return matrix.entry(r, i, c, j)

    def _located(self, index: Term, segments: Sizes) -> tuple[int, Term]:
        """The segment of a row or column number, and its number there."""
        index = sizes.normal(index)
        if len(segments) == 1:
            return 0, ONE if segments[0] is ONE else index
        offset: Term = ZERO
        for k, size in enumerate(segments):
            local = sizes.minus(index, offset)
            if self._within(local, size):
                return k, local
            offset = sizes.plus(offset, size)
        raise _Unsettled(segments)

    def _within(self, index: Term, size: Term) -> bool:
        """Whether 1 ≤ index ≤ size for certain."""
        lo, hi = self._bounds(index)
        below = sizes.at_least_zero(sizes.plus(lo, MINUS_ONE))
        return below and sizes.at_least_zero(sizes.minus(size, hi))

    def _bounds(self, index: Term) -> tuple[Term, Term]:
        known = self.ranges.get(index)
        if known is not None:
            return known
        for symbol in (t for t, _ in parts(index) if t in self.ranges):
            rest = sizes.minus(index, symbol)
            lo, hi = self.ranges[symbol]
            if not any(t in self.ranges for t in subterms(rest)):
                return sizes.plus(lo, rest), sizes.plus(hi, rest)
        return index, index

    def _square(self, node: Term, matrix: Term) -> Blocks:
        """The matrix with the same segments for rows and columns."""
        found = self.blocks(matrix)
        rows, cols = found.shape
        if rows is not cols:
            said = blocks.shape_text(found.shape)
            message = f"{blocks.described(found.shape)} where a square one is wanted"
            why = blocks.against(rows, cols, "rows", "columns")
            raise ShapeError(f"{message}: {why}", node, said, "square")
        common, at, to = blocks.refine(found.rows, found.cols)
        return blocks.resegmented(found, common, at, common, to)

    def _trace(self, matrix: Blocks) -> Term:
        return blocks.sum_over(matrix.rows, self.fresh, lambda r, i: matrix.entry(r, i, r, i))

    def _determinant(self, matrix: Blocks) -> Term:
        rows = blocks.entries(matrix, LARGEST_DETERMINANT)
        if rows is None:
            raise Unsupported("a determinant of symbolic or large size")
        return blocks.determinant(rows)

    # ---- matrices ----

    def blocks(self, term: Term) -> Blocks:
        """The matrix in blocks; a scalar is the 1×1 matrix where only one matrix is asked for."""
        found = self.value(term)
        if isinstance(found, Identity):
            raise Unsupported("the size of an identity matrix is not known")
        return found

    def value(self, term: Term) -> Value:
        """The matrix in blocks, or a multiple of the identity of unknown size."""
        found = self.values.get(term)
        if found is None:
            found = self._value(term)
            if isinstance(found, Blocks):
                found = _remembering(found)
            self.values[term] = found
        return found

    def _value(self, term: Term) -> Value:  # one row a node of the union
        match term:
            case Mat(name, rows, None):
                at = self._sized(rows)
                return Blocks(at, (ONE,), lambda r, i, c, j: At(name, (i,)))
            case Mat(name, rows, cols) if cols is not None:
                at, to = self._sized(rows), self._sized(cols)
                return Blocks(at, to, lambda r, i, c, j: At(name, (i, j)))
            case Build(body, rows, cols):
                return self._built(body, self._sized(rows), self._sized(cols))
            case Fill(scalar, rows, cols):
                at, to = self._sized(rows), self._sized(cols)
                return Blocks(at, to, lambda r, i, c, j: self.scalar(scalar))
            case Eye(None):
                return Identity(ONE)
            case Eye(size) if size is not None:
                return blocks.diagonal(self._sized(size), lambda r, i: ONE)
            case Block(grid):
                return self._grid(term, grid)
            case MatAdd(args):
                return self._entrywise(term, "plus", args)
            case Hadamard(args):
                return self._entrywise(term, "times, entry by entry,", args)
            case MatMul(args):
                return self._product(term, args)
            case _:
                return self._unary(term)

    def _unary(self, term: Term) -> Value:
        match term:
            case Scale(scalar, matrix):
                return self._scaled(scalar, self.value(matrix))
            case Transpose(matrix):
                found = self.value(matrix)
                return found if isinstance(found, Identity) else blocks.transposed(found)
            case Inverse(matrix):
                return self._inverse(term, matrix)
            case Diag(vector):
                return self._diagonal(term, self.blocks(vector))
            case Each(body, matrix):
                return blocks.mapped(
                    self.blocks(matrix), lambda e: self.scalar(instantiate(body, e))
                )
            case Grad(body, matrix):
                return blocks.mapped(
                    self.blocks(matrix), lambda e: _derivative(self.scalar(body), e)
                )
            case Diff(body, variable) if self.is_matrix(body):
                by = self.scalar(variable)
                return blocks.mapped(self.blocks(body), lambda e: _derivative(e, by))
            case _ if self.is_matrix(term):
                raise Unsupported(f"a matrix of the kind {type(term).__name__}")
            case _:
                return blocks.single(self.scalar(term))

    def _sized(self, size: Term) -> Sizes:
        return (sizes.normal(self.scalar(size)),)

    def _built(self, body: Term, rows: Sizes, cols: Sizes) -> Blocks:
        def entry(r: int, i: Term, c: int, j: Term) -> Term:
            return self.scalar(instantiate(body, i, j))

        return Blocks(rows, cols, entry)

    def _scaled(self, scalar: Term, value: Value) -> Value:
        if isinstance(value, Identity):
            return Identity(blocks.times(self.scalar(scalar), value.scalar))
        return blocks.scaled(lambda: self.scalar(scalar), value)

    def _diagonal(self, node: Term, vector: Blocks) -> Blocks:
        rows, cols = vector.shape
        if cols is ONE:
            return blocks.diagonal(vector.rows, lambda r, i: vector.entry(r, i, 0, ONE))
        if rows is ONE:
            return blocks.diagonal(vector.cols, lambda c, j: vector.entry(0, ONE, c, j))
        message = f"the diagonal matrix of {blocks.described(vector.shape)}, not of a vector"
        raise ShapeError(message, node, blocks.shape_text(vector.shape), "a vector")

    def _inverse(self, node: Term, matrix: Term) -> Value:
        found = self.value(matrix)
        if isinstance(found, Identity):
            return Identity(Pow(found.scalar, MINUS_ONE))
        square = self._square(node, matrix)
        kept = square.diagonal
        if kept is not None:
            return blocks.diagonal(square.rows, lambda r, i: Pow(kept(r, i), MINUS_ONE))
        rows = blocks.entries(square, LARGEST_INVERSE)
        if rows is None:
            raise Unsupported("the inverse of a matrix of symbolic or large size")
        over = Pow(blocks.determinant(rows), MINUS_ONE)
        unit = (ONE,) * len(rows)
        # the adjugate: cofactors, transposed
        return Blocks(unit, unit, lambda r, i, c, j: mul(blocks.cofactor(rows, c, r), over))

    def _product(self, node: Term, args: tuple[Term, ...]) -> Value:
        result: Value = Identity(ONE)
        for k, arg in enumerate(args):
            # a scalar among the factors, or an inner product, multiplies every entry
            if not self.is_matrix(arg) or self._is_inner(result, arg, args[k + 1 :]):
                result = self._scaled(self.scalar(arg), result)
            else:
                result = self._times(node, result, self.value(arg))
        return result

    def _is_inner(self, before: Value, arg: Term, rest: tuple[Term, ...]) -> bool:
        """Whether a bracketed product is a 1×1 that does not conform as a matrix."""
        if not isinstance(arg, MatMul):
            return False
        found = self.value(arg)
        if isinstance(found, Identity) or found.shape != (ONE, ONE):
            return False
        if isinstance(before, Blocks):
            return before.shape[1] is not ONE
        after = self.value(rest[0]) if rest and self.is_matrix(rest[0]) else found
        return isinstance(after, Blocks) and after.shape[0] is not ONE

    def _times(self, node: Term, left: Value, right: Value) -> Value:
        match left, right:
            case Identity(scalar), Identity(other):
                return Identity(blocks.times(scalar, other))
            case (Identity(scalar), Blocks() as matrix) | (Blocks() as matrix, Identity(scalar)):
                return matrix if scalar is ONE else blocks.scaled(lambda: scalar, matrix)
            case Blocks(), Blocks():
                return blocks.multiplied(node, left, right, self.fresh)
        raise Unsupported("a product of something else than matrices")

    def _entrywise(self, node: Term, joint: str, args: tuple[Term, ...]) -> Value:
        values = [self.value(a) if self.is_matrix(a) else self.scalar(a) for a in args]
        join = blocks.plus if isinstance(node, MatAdd) else blocks.times
        given = [v for v in values if isinstance(v, Blocks)]
        if not given:
            if all(isinstance(v, Identity) for v in values):
                return Identity(join(*(v.scalar for v in values if isinstance(v, Identity))))
            raise Unsupported("entries of an identity matrix of unknown size")
        same = blocks.aligned(node, joint, [self._filled(node, v, given[0]) for v in values])
        return blocks.combined(same, join)

    def _filled(self, node: Term, value: Value | Term, like: Blocks) -> Blocks:
        """The matrix; a scalar in every entry, or an identity, in the shape of a neighbour."""
        match value:
            case Blocks():
                return value
            case Identity(scalar):
                rows, cols = like.shape
                if rows is not cols:
                    message = f"an identity matrix beside {blocks.described(like.shape)}"
                    why = blocks.against(rows, cols, "rows", "columns")
                    said = blocks.shape_text(like.shape)
                    raise ShapeError(f"{message}: {why}", node, "square", said)
                return blocks.diagonal((rows,), lambda r, i: scalar)
            case _:
                return Blocks(like.rows, like.cols, lambda r, i, c, j: value)

    def sides(self, left: Term, one: Value, right: Term, other: Value) -> list[Blocks]:
        """Both sides of a relation on common segments; `= 0` is the zero matrix."""
        known = one if isinstance(one, Blocks) and left is not ZERO else other
        if not isinstance(known, Blocks):
            raise Unsupported("the size of an identity matrix is not known")
        pair = [
            self._filled(side, ZERO if side is ZERO else value, known)
            for side, value in ((left, one), (right, other))
        ]
        return blocks.aligned(left, "against", pair)

    # ---- grids ----

    def _grid(self, node: Term, grid: tuple[tuple[Term, ...], ...]) -> Blocks:
        widths = {len(row) for row in grid}
        if len(widths) != 1 or 0 in widths:
            said = sorted(widths)
            message = f"rows of a block matrix with {said[0]} and {said[-1]} blocks"
            raise ShapeError(message, node, str(said[0]), str(said[-1]))
        cells = [[self.value(c) if self.is_matrix(c) else c for c in row] for row in grid]
        return _Grid(node, self, cells).assembled()


class _Grid:
    """A grid of blocks while its segments are being found."""

    def __init__(self, node: Term, work: _Lowering, cells: list[list[Value | Term]]) -> None:
        self.node, self.work, self.cells = node, work, cells
        lines, columns = cells, [list(column) for column in zip(*cells, strict=True)]
        self.heights = [self._common(line, "rows") for line in lines]
        self.widths = [self._common(column, "columns") for column in columns]
        self._settle()

    def _common(self, line: list[Value | Term], unit: str) -> Sizes | None:
        """The segments that the matrices of a line share; None where it has none."""
        found: Sizes | None = None
        first: Blocks | None = None
        for cell in line:
            if not isinstance(cell, Blocks):
                continue
            own = cell.rows if unit == "rows" else cell.cols
            if found is None or first is None:
                found, first = own, cell
                continue
            a, b = sizes.total(found), sizes.total(own)
            if a is not b:
                joint = "beside" if unit == "rows" else "above"
                why = blocks.against(a, b, unit, unit)
                raise blocks.mismatch(self.node, joint, first, cell, why)
            found = blocks.refine(found, own)[0]
        return found

    def _settle(self) -> None:
        """Sizes of identities follow from their other side; lines of scalars are single."""
        places = [
            (r, c)
            for r, line in enumerate(self.cells)
            for c, cell in enumerate(line)
            if isinstance(cell, Identity)
        ]
        for _ in places:
            for r, c in places:
                height, width = self.heights[r], self.widths[c]
                self.heights[r] = height or (width and (sizes.total(width),))
                self.widths[c] = width or (height and (sizes.total(height),))
        for r, c in places:
            if self.heights[r] is None or self.widths[c] is None:
                raise Unsupported("the size of an identity matrix is not known")

    def assembled(self) -> Blocks:
        """The grid as one matrix."""
        heights = [h or (ONE,) for h in self.heights]
        widths = [w or (ONE,) for w in self.widths]
        cells = [
            [self._fitted(cell, h, w) for cell, w in zip(line, widths, strict=True)]
            for line, h in zip(self.cells, heights, strict=True)
        ]
        at = [(g, k) for g, h in enumerate(heights) for k in range(len(h))]
        to = [(g, k) for g, w in enumerate(widths) for k in range(len(w))]

        def entry(r: int, i: Term, c: int, j: Term) -> Term:
            (line, row), (column, col) = at[r], to[c]
            return cells[line][column].entry(row, i, col, j)

        return Blocks(
            tuple(size for h in heights for size in h),
            tuple(size for w in widths for size in w),
            entry,
        )

    def _fitted(self, cell: Value | Term, rows: Sizes, cols: Sizes) -> Blocks:
        """One cell on the segments of its line and column."""
        if isinstance(cell, Term):
            return Blocks(rows, cols, lambda r, i, c, j: self.work.scalar(cell))
        like = Blocks((sizes.total(rows),), (sizes.total(cols),), lambda r, i, c, j: ZERO)
        matrix = self.work._filled(self.node, cell, like)
        finer_rows, at = blocks.refine(rows, matrix.rows)[::2]
        finer_cols, to = blocks.refine(cols, matrix.cols)[::2]
        return blocks.resegmented(matrix, finer_rows, at, finer_cols, to)


def _remembering(matrix: Blocks) -> Blocks:
    """The same matrix, each entry made once."""
    made: dict[tuple[int, Term, int, Term], Term] = {}
    entry = matrix.entry

    def remembered(r: int, i: Term, c: int, j: Term) -> Term:
        key = (r, i, c, j)
        found = made.get(key)
        if found is None:
            found = made[key] = entry(r, i, c, j)
        return found

    return Blocks(matrix.rows, matrix.cols, remembered, matrix.diagonal)


def _derivative(body: Term, by: Term) -> Term:
    if not isinstance(by, (Sym, At)):
        raise Unsupported("a derivative by an entry that is not a symbol")
    return Diff(body, by)


def _outside(index: Term, size: Term) -> bool:
    """Whether a row or column number is out of range for certain."""
    if not isinstance(index, Num):
        return False
    return index.value < 1 or (isinstance(size, Num) and index.value > size.value)
