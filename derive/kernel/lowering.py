"""Lowering: walks a term, opens its binders and turns every matrix node into its entries.

Opened binders use fresh symbols that never leave: each is closed again where it was opened.
"""

from collections.abc import Sequence
from itertools import count

from derive.kernel import blocks, operations, sizes
from derive.kernel.blocks import Blocks, Identity, ShapeError, Sizes, Unsupported, Value
from derive.kernel.entries import plus, times
from derive.kernel.grid import Grid, filled
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
    instantiate,
    mul,
    parts,
    rebuild,
    subterms,
)

Range = tuple[Sym, Term, Term]

LARGEST_DETERMINANT = 4
LARGEST_INVERSE = 3


class _Unsettled(Unsupported):
    """An index of which it is not known in which of several segments it lies."""

    def __init__(self, segments: Sizes) -> None:
        super().__init__("an index may lie in one part of a matrix or in another")
        self.segments = segments


class Lowering:
    """One run: what was already lowered, and the ranges of the indices that are open."""

    def __init__(self, over: Sequence[Range]) -> None:
        self.ranges: dict[Term, tuple[Term, Term]] = {
            index: (sizes.normal(lo), sizes.normal(hi)) for index, lo, hi in over
        }
        self.numbers = count(1)
        self.scalars: dict[Term, Term] = {}
        self.values: dict[Term, Value] = {}

    # ---- scalars ----

    def is_matrix(self, term: Term) -> bool:
        """Whether the term is to be read as a matrix."""
        return isinstance(term, MATRICES) or (isinstance(term, Diff) and self.is_matrix(term.body))

    def scalar(self, term: Term) -> Term:
        """The scalar term without matrix nodes."""
        if not term.holds_matrix:
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
            return times(matrix.scalar, Delta(row, col))
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
        last = len(segments) - 1
        for k, size in enumerate(segments):
            local = sizes.minus(index, offset)
            lo, hi = self._bounds(local)
            # an entry that is written exists: outer bounds need no proof
            after = k == 0 or sizes.at_least_zero(sizes.plus(lo, MINUS_ONE))
            if after and (k == last or sizes.at_least_zero(sizes.minus(size, hi))):
                return k, ONE if size is ONE else local
            offset = sizes.plus(offset, size)
        raise _Unsettled(segments)

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
        return operations.sum_over(matrix.rows, self.fresh, lambda r, i: matrix.entry(r, i, r, i))

    def _determinant(self, matrix: Blocks) -> Term:
        rows = operations.entries(matrix, LARGEST_DETERMINANT)
        if rows is None:
            raise Unsupported("a determinant of symbolic or large size")
        return operations.determinant(rows)

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

    def _value(self, term: Term) -> Value:
        match term:
            case Mat() | Build() | Fill() | Eye():
                return self._given(term)
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

    def _given(self, term: Mat | Build | Fill | Eye) -> Value:
        """A matrix that says its own size."""
        match term:
            case Eye(None):
                return Identity(ONE)
            case Eye(size) if size is not None:
                return blocks.diagonal(self._sized(size), lambda r, i: ONE)
            case Mat(name, rows, None):
                return Blocks(self._sized(rows), (ONE,), lambda r, i, c, j: At(name, (i,)))
            case Mat(name, rows, cols) if cols is not None:
                at, to = self._sized(rows), self._sized(cols)
                return Blocks(at, to, lambda r, i, c, j: At(name, (i, j)))
            case Build(body, rows, cols):
                return self._built(body, self._sized(rows), self._sized(cols))
            case Fill(scalar, rows, cols):
                at, to = self._sized(rows), self._sized(cols)
                return Blocks(at, to, lambda r, i, c, j: self.scalar(scalar))
        raise Unsupported(f"a matrix of the kind {type(term).__name__}")

    def _unary(self, term: Term) -> Value:
        match term:
            case Scale(scalar, matrix):
                return self._scaled(scalar, self.value(matrix))
            case Transpose(matrix):
                found = self.value(matrix)
                return found if isinstance(found, Identity) else operations.transposed(found)
            case Inverse(matrix):
                return self._inverse(term, matrix)
            case Diag(vector):
                return self._diagonal(term, self.blocks(vector))
            case Each(body, matrix):
                return operations.mapped(
                    self.blocks(matrix), lambda e: self.scalar(instantiate(body, e))
                )
            case Grad(body, matrix):
                return operations.mapped(
                    self.blocks(matrix), lambda e: _derivative(self.scalar(body), e)
                )
            case Diff(body, variable) if self.is_matrix(body):
                by = self.scalar(variable)
                return operations.mapped(self.blocks(body), lambda e: _derivative(e, by))
            case _ if self.is_matrix(term):
                raise Unsupported(f"a matrix of the kind {type(term).__name__}")
            case _:
                return operations.single(self.scalar(term))

    def _sized(self, size: Term) -> Sizes:
        return (sizes.normal(self.scalar(size)),)

    def _built(self, body: Term, rows: Sizes, cols: Sizes) -> Blocks:
        def entry(r: int, i: Term, c: int, j: Term) -> Term:
            return self.scalar(instantiate(body, i, j))

        return Blocks(rows, cols, entry)

    def _scaled(self, scalar: Term, value: Value) -> Value:
        if isinstance(value, Identity):
            return Identity(times(self.scalar(scalar), value.scalar))
        return operations.scaled(lambda: self.scalar(scalar), value)

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
        rows = operations.entries(square, LARGEST_INVERSE)
        if rows is None:
            raise Unsupported("the inverse of a matrix of symbolic or large size")
        over = Pow(operations.determinant(rows), MINUS_ONE)
        unit = (ONE,) * len(rows)
        # the adjugate: cofactors, transposed
        return Blocks(unit, unit, lambda r, i, c, j: mul(operations.cofactor(rows, c, r), over))

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
                return Identity(times(scalar, other))
            case (Identity(scalar), Blocks() as matrix) | (Blocks() as matrix, Identity(scalar)):
                return matrix if scalar is ONE else operations.scaled(lambda: scalar, matrix)
            case Blocks(), Blocks():
                return operations.multiplied(node, left, right, self.fresh)
        raise Unsupported("a product of something else than matrices")

    def _entrywise(self, node: Term, joint: str, args: tuple[Term, ...]) -> Value:
        values = [self.value(a) if self.is_matrix(a) else self.scalar(a) for a in args]
        join = plus if isinstance(node, MatAdd) else times
        given = [v for v in values if isinstance(v, Blocks)]
        if not given:
            if all(isinstance(v, Identity) for v in values):
                return Identity(join(*(v.scalar for v in values if isinstance(v, Identity))))
            raise Unsupported("entries of an identity matrix of unknown size")
        same = blocks.aligned(node, joint, [filled(node, v, given[0]) for v in values])
        return operations.combined(same, join)

    def sides(self, left: Term, one: Value, right: Term, other: Value) -> list[Blocks]:
        """Both sides of a relation on common segments; `= 0` is the zero matrix."""
        known = one if isinstance(one, Blocks) and left is not ZERO else other
        if not isinstance(known, Blocks):
            raise Unsupported("the size of an identity matrix is not known")
        pair = [
            filled(side, ZERO if side is ZERO else value, known)
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
        return Grid(node, self.scalar, cells).assembled()


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
