"""Blocks: a matrix as row segments, column segments and a function that gives the entry.

`[1 X₀]` has the column segments (1, p) although p is a symbol. Segments of two matrices that
meet are refined to common ones, so every operation below works block by block, for all sizes
at once. Entries are made only when asked for: a shape error costs no arithmetic.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from derive.kernel import sizes
from derive.term import (
    ONE,
    ZERO,
    Add,
    At,
    Bound,
    Delta,
    Mul,
    Num,
    Pow,
    Sum,
    Sym,
    Term,
    abstract,
    add,
    mul,
    neg,
    num,
    subterms,
)  # fmt: skip

Sizes = tuple[Term, ...]
# (row segment, row in it, column segment, column in it), rows and columns from 1
Entries = Callable[[int, Term, int, Term], Term]
Diagonal = Callable[[int, Term], Term]
# for each new segment: the old segment that it lies in, and how far from its start
Places = list[tuple[int, Term]]


class Unsupported(Exception):
    """A matrix expression that cannot be lowered; says nothing about its truth."""


class ShapeError(Exception):
    """Shapes that do not conform: where, and both shapes in words."""

    def __init__(self, message: str, node: Term, left: str, right: str) -> None:
        super().__init__(message)
        self.message, self.node, self.left, self.right = message, node, left, right


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix; `diagonal`, where known, gives the only entries that can differ from 0."""

    rows: Sizes
    cols: Sizes
    entry: Entries
    diagonal: Diagonal | None = None

    @property
    def shape(self) -> tuple[Term, Term]:
        """The numbers of rows and columns, in normal form."""
        return sizes.total(self.rows), sizes.total(self.cols)


# ---- in words ------------------------------------------------------------------------


def shape_text(shape: tuple[Term, Term]) -> str:
    """Return a shape as a reader would write it: `4×3`, `n×(p + 1)`."""
    return "×".join(f"({t})" if " " in t else t for t in map(sizes.text, shape))


def described(shape: tuple[Term, Term]) -> str:
    """Return a shape with its article: `a 4×3 matrix`, `an n×m matrix`."""
    written = shape_text(shape)
    vowel = written.lstrip("(")[:1] in tuple("8aefhilmnorsx")
    return f"{'an' if vowel else 'a'} {written} matrix"


def against(left: Term, right: Term, unit: str, other: str) -> str:
    """Return `3 columns against 2 rows`, saying which size is a literal where one is not."""
    said = f"{sizes.text(left)} {unit} against {sizes.text(right)} {other}"
    if isinstance(left, Num) == isinstance(right, Num):
        return said
    literal, symbol = (left, right) if isinstance(left, Num) else (right, left)
    return f"{said} ({sizes.text(literal)} is literal, {sizes.text(symbol)} is not)"


def mismatch(node: Term, joint: str, left: Blocks, right: Blocks, why: str) -> ShapeError:
    """Return the error for two matrices that do not conform at `node`."""
    message = f"{described(left.shape)} {joint} {described(right.shape)}: {why}"
    return ShapeError(message, node, shape_text(left.shape), shape_text(right.shape))


def differing(left: Blocks, right: Blocks) -> str:
    """Return in words how two unequal shapes differ."""
    (rows, cols), (rows_2, cols_2) = left.shape, right.shape
    if rows is not rows_2:
        return against(rows, rows_2, "rows", "rows")
    return against(cols, cols_2, "columns", "columns")


# ---- segments ------------------------------------------------------------------------


def refine(left: Sizes, right: Sizes) -> tuple[Sizes, Places, Places]:
    """Return the common segments of two segmentations of one total.

    Raises `Unsupported` where it depends on the sizes which boundary comes first.
    """
    if left == right:
        same: Places = [(k, ZERO) for k in range(len(left))]
        return left, same, same
    cut = _Cut(left), _Cut(right)
    segments: list[Term] = []
    while not (cut[0].done or cut[1].done):
        step = _step(*cut)
        segments.append(step)
        for side in cut:
            side.advance(step)
    return tuple(segments), cut[0].places, cut[1].places


class _Cut:
    """One segmentation while it is being walked."""

    def __init__(self, segments: Sizes) -> None:
        self.segments, self.places = segments, list[tuple[int, Term]]()
        self.at, self.rest = 0, segments[0]
        self.offset: Term = ZERO

    @property
    def done(self) -> bool:
        return self.at == len(self.segments)

    @property
    def last(self) -> bool:
        return self.at == len(self.segments) - 1

    def advance(self, step: Term) -> None:
        self.places.append((self.at, self.offset))
        if self.rest is not step:
            self.offset, self.rest = sizes.plus(self.offset, step), sizes.minus(self.rest, step)
            return
        self.at, self.offset = self.at + 1, ZERO
        self.rest = ZERO if self.done else self.segments[self.at]


def _step(left: _Cut, right: _Cut) -> Term:
    # totals are equal, so a last segment reaches at least as far as anything on the other side
    if left.rest is right.rest or left.last:
        return right.rest
    if right.last or sizes.at_least_zero(sizes.minus(right.rest, left.rest)):
        return left.rest
    if sizes.at_least_zero(sizes.minus(left.rest, right.rest)):
        return right.rest
    texts = sizes.text(left.rest), sizes.text(right.rest)
    raise Unsupported(f"which of {texts[0]} and {texts[1]} is larger is not known")


def resegmented(matrix: Blocks, rows: Sizes, at: Places, cols: Sizes, to: Places) -> Blocks:
    """Return the same matrix on finer segments."""
    if rows == matrix.rows and cols == matrix.cols:
        return matrix
    old, old_diagonal = matrix.entry, matrix.diagonal

    def entry(r: int, i: Term, c: int, j: Term) -> Term:
        return old(at[r][0], sizes.plus(at[r][1], i), to[c][0], sizes.plus(to[c][1], j))

    if old_diagonal is None or rows != cols:
        return Blocks(rows, cols, entry)
    kept = old_diagonal
    return diagonal(rows, lambda r, i: kept(at[r][0], sizes.plus(at[r][1], i)))


def aligned(node: Term, joint: str, members: Sequence[Blocks]) -> list[Blocks]:
    """Return matrices of one shape on common segments; raises `ShapeError` if shapes differ."""
    done = [members[0]]
    for member in members[1:]:
        first = done[0]
        if first.shape != member.shape:
            raise mismatch(node, joint, first, member, differing(first, member))
        rows, here, there = refine(first.rows, member.rows)
        cols, at, to = refine(first.cols, member.cols)
        done = [resegmented(m, rows, here, cols, at) for m in done]
        done.append(resegmented(member, rows, there, cols, to))
    return done


# ---- scalars on the way ----------------------------------------------------------------

# what is defined for all values of its symbols
_TOTAL = (Num, Sym, At, Bound, Add, Mul, Sum, Delta)


def times(*factors: Term) -> Term:
    """Return the product without ones; a zero absorbs only what is defined everywhere."""
    kept = [f for f in factors if f is not ONE]
    if ZERO in kept and all(_total(f) for f in kept):
        return ZERO
    return mul(*kept)


def plus(*members: Term) -> Term:
    """Return the sum without zeros."""
    return add(*(m for m in members if m is not ZERO))


def _total(term: Term) -> bool:
    return all(isinstance(t, _TOTAL) or _whole_power(t) for t in subterms(term))


def _whole_power(term: Term) -> bool:
    match term:
        case Pow(_, Num(value)):
            return value.denominator == 1 and value >= 0
        case _:
            return False


def sum_over(segments: Sizes, fresh: Callable[[Term], Sym], body: Diagonal) -> Term:
    """Return Σ of `body(segment, index)` over all of the segments."""
    members = []
    for k, size in enumerate(segments):
        if size is ONE:
            members.append(body(k, ONE))
            continue
        index = fresh(size)
        inner = body(k, index)
        if inner is not ZERO:
            members.append(Sum(abstract(inner, index), ONE, size))
    return plus(*members)


# ---- operations ------------------------------------------------------------------------


def single(scalar: Term) -> Blocks:
    """Return the 1×1 matrix."""
    return Blocks((ONE,), (ONE,), lambda r, i, c, j: scalar)


def diagonal(segments: Sizes, value: Diagonal) -> Blocks:
    """Return the diagonal matrix with these values."""

    def entry(r: int, i: Term, c: int, j: Term) -> Term:
        if r != c or (isinstance(i, Num) and isinstance(j, Num) and i is not j):
            return ZERO
        return value(r, i) if i is j else times(Delta(i, j), value(r, i))

    return Blocks(segments, segments, entry, value)


def transposed(matrix: Blocks) -> Blocks:
    """Return the transpose."""
    if matrix.diagonal is not None:
        return matrix
    entry = matrix.entry
    return Blocks(matrix.cols, matrix.rows, lambda r, i, c, j: entry(c, j, r, i))


def mapped(matrix: Blocks, change: Callable[[Term], Term]) -> Blocks:
    """Return the matrix with every entry changed."""
    entry = matrix.entry
    return Blocks(matrix.rows, matrix.cols, lambda r, i, c, j: change(entry(r, i, c, j)))


def scaled(scalar: Callable[[], Term], matrix: Blocks) -> Blocks:
    """Return a multiple; the scalar is asked for only with an entry."""
    old = matrix.diagonal
    if old is not None:
        return diagonal(matrix.rows, lambda r, i: times(scalar(), old(r, i)))
    return mapped(matrix, lambda e: times(scalar(), e))


def combined(members: Sequence[Blocks], join: Callable[..., Term]) -> Blocks:
    """Return the entrywise combination of aligned matrices."""
    entries = [m.entry for m in members]
    first = members[0]
    return Blocks(
        first.rows, first.cols, lambda r, i, c, j: join(*(e(r, i, c, j) for e in entries))
    )


def multiplied(node: Term, left: Blocks, right: Blocks, fresh: Callable[[Term], Sym]) -> Blocks:
    """Return the matrix product; raises `ShapeError` where columns do not meet rows."""
    inner, outer = sizes.total(left.cols), sizes.total(right.rows)
    if inner is not outer:
        why = against(inner, outer, "columns", "rows")
        raise mismatch(node, "times", left, right, why)
    middle, here, there = refine(left.cols, right.rows)
    a = _refined(left, middle, here, along_cols=True)
    b = _refined(right, middle, there, along_cols=False)
    return _product(a, b, middle, fresh)


def _refined(matrix: Blocks, middle: Sizes, places: Places, along_cols: bool) -> Blocks:
    if matrix.diagonal is not None:
        return resegmented(matrix, middle, places, middle, places)
    if along_cols:
        rows: Places = [(k, ZERO) for k in range(len(matrix.rows))]
        return resegmented(matrix, matrix.rows, rows, middle, places)
    cols: Places = [(k, ZERO) for k in range(len(matrix.cols))]
    return resegmented(matrix, middle, places, matrix.cols, cols)


def _product(a: Blocks, b: Blocks, middle: Sizes, fresh: Callable[[Term], Sym]) -> Blocks:
    """The product of conforming matrices; a diagonal factor needs no sum."""
    p, q = a.diagonal, b.diagonal
    if p is not None and q is not None:
        return diagonal(middle, lambda r, i: times(p(r, i), q(r, i)))
    if p is not None:
        return Blocks(b.rows, b.cols, lambda r, i, c, j: times(p(r, i), b.entry(r, i, c, j)))
    if q is not None:
        return Blocks(a.rows, a.cols, lambda r, i, c, j: times(a.entry(r, i, c, j), q(c, j)))

    def entry(r: int, i: Term, c: int, j: Term) -> Term:
        return sum_over(middle, fresh, lambda s, k: times(a.entry(r, i, s, k), b.entry(s, k, c, j)))

    return Blocks(a.rows, b.cols, entry)


def entries(matrix: Blocks, most: int) -> list[list[Term]] | None:
    """Return all entries of a matrix of literal size, None above `most` rows or columns."""
    rows, cols = _unit_places(matrix.rows, most), _unit_places(matrix.cols, most)
    if rows is None or cols is None:
        return None
    return [[matrix.entry(r, i, c, j) for c, j in cols] for r, i in rows]


def _unit_places(segments: Sizes, most: int) -> Places | None:
    places: Places = []
    for k, size in enumerate(segments):
        if not isinstance(size, Num) or size.value > most:
            return None
        places += [(k, num(i + 1)) for i in range(int(size.value))]
    return places if len(places) <= most else None


def determinant(rows: list[list[Term]]) -> Term:
    """Return the determinant of literal entries, by expansion along the first row."""
    if len(rows) == 1:
        return rows[0][0]
    members = []
    for k, head in enumerate(rows[0]):
        members.append(_signed(k, times(head, determinant(minor(rows, 0, k)))))
    return plus(*members)


def minor(rows: list[list[Term]], row: int, col: int) -> list[list[Term]]:
    """Return the rows without one row and one column."""
    return [r[:col] + r[col + 1 :] for k, r in enumerate(rows) if k != row]


def cofactor(rows: list[list[Term]], row: int, col: int) -> Term:
    """Return the signed determinant of a minor."""
    return _signed(row + col, determinant(minor(rows, row, col))) if len(rows) > 1 else ONE


def _signed(place: int, term: Term) -> Term:
    return term if place % 2 == 0 or term is ZERO else neg(term)
