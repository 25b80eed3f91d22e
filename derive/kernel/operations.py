"""Operations on matrices in blocks: entries of the result are made of entries of the parts."""

from collections.abc import Callable, Sequence

from derive.kernel import sizes
from derive.kernel.blocks import (
    Blocks,
    Diagonal,
    Places,
    Sizes,
    against,
    diagonal,
    mismatch,
    refine,
    resegmented,
)
from derive.kernel.entries import plus, times
from derive.term import ONE, ZERO, Num, Sum, Sym, Term, abstract, neg, num


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


def single(scalar: Term) -> Blocks:
    """Return the 1×1 matrix."""
    return Blocks((ONE,), (ONE,), lambda r, i, c, j: scalar)


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
