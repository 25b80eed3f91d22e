"""Matrices that a document writes out: which entries of which family they hold."""

from collections.abc import Iterator

from derive.term import ONE, At, Block, Bound, Build, Mat, Num, Sym, Term, num, sub
from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """The matrix whose entry (r, c) is `head` at (r + row, c + col); `col` None for a vector.

    `rows` and `cols` are its sizes.
    """

    head: str
    row: int
    col: int | None
    rows: Term
    cols: Term


@dataclass(frozen=True, slots=True)
class Carrier:
    """Where a head is kept: `head[i, j]` is `key[i + row, j + col]`; None: no such index."""

    key: str
    row: int
    col: int | None


def written(body: Term) -> Written | None:
    """The family that a matrix written out holds, entry by entry in order; None if it does not."""
    if isinstance(body, Build):
        return _built(body)
    if not isinstance(body, Block):
        return None
    cells = [_cell(cell) for row in body.grid for cell in row]
    width = len(body.grid[0])
    first = cells[0]
    if first is None or any(len(row) != width for row in body.grid):
        return None
    grid = [divmod(k, width) for k in range(len(cells))]
    if any(cell != _moved(first, r, c) for cell, (r, c) in zip(cells, grid, strict=True)):
        return None
    rows = num(len(body.grid)) if first.rows is ONE else first.rows
    if (first.col is None and width > 1) or (first.rows is not ONE and len(body.grid) > 1):
        return None
    return Written(first.head, first.row, first.col, rows, num(width))


def _moved(first: Written, r: int, c: int) -> Written:
    col = None if first.col is None else first.col + c
    return Written(first.head, first.row + r, col, first.rows, first.cols)


def _cell(cell: Term) -> Written | None:
    match cell:
        case At(head, (Num(i),)):
            return Written(head, int(i) - 1, None, ONE, ONE)
        case At(head, (Num(i), Num(j))):
            return Written(head, int(i) - 1, int(j) - 1, ONE, ONE)
        case Build():
            return _built(cell)
        case _:
            return None


def _built(body: Build) -> Written | None:
    match body.body:
        case At(head, (Bound(1),)) if body.cols is ONE:
            return Written(head, 0, None, body.rows, ONE)
        case At(head, (Bound(1), Num(j))) if body.cols is ONE:
            return Written(head, 0, int(j) - 1, body.rows, ONE)
        case At(head, (Bound(1), Bound(0))):
            return Written(head, 0, 0, body.rows, body.cols)
        case _:
            return None


def stacked(name: str, body: Term) -> Iterator[tuple[str, Carrier]]:
    """Where the parts of a column of symbols and vectors, `[b; k]`, are kept in it."""
    if not (isinstance(body, Block) and all(len(row) == 1 for row in body.grid)):
        return
    at = 0
    for (cell,) in body.grid:
        match cell:
            case Sym(head):
                yield head, Carrier(name, at + 1, None)
                at += 1
            case Mat(head, Num(rows), None):
                yield head, Carrier(name, at, None)
                at += int(rows)
            case Mat(head, _, None):
                yield head, Carrier(name, at, None)
                return
            case _:
                return


def shifted(index: Term, by: int) -> Term:
    """The index moved by a number."""
    if isinstance(index, Num):
        return num(index.value + by)
    return index if by == 0 else sub(index, num(-by))
