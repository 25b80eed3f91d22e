"""Matrices written out: blocks, and rows of an example that stand for any number of rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from derive.term import (
    ONE,
    At,
    Block,
    Build,
    Fill,
    Num,
    Sym,
    Term,
    abstract,
    is_matrix,
    num,
    subterms,
)

Grid = Sequence[Sequence[Term]]
DOTS = Sym("…")
_ROW, _COLUMN = Sym("row′"), Sym("column′")


def literal(grid: Grid, examples: Mapping[int, Term]) -> Term:
    """The matrix of a grid of cells.

    A row of dots stands for the rows between its neighbours; a grid with as many rows as the
    document's example has samples, and rows that differ in the row number only, is that
    family for every number of samples (`examples`: row count → size).
    """
    rows = [list(r) for r in grid]
    if any(all(c is DOTS for c in row) for row in rows):
        found = _dotted(rows)
        if found is not None:
            return found
    size = examples.get(len(rows))
    if size is not None and (columns := _family(rows, [num(k + 1) for k in range(len(rows))])):
        return _stack(columns, size)
    return Block(tuple(tuple(row) for row in rows))


def _dotted(rows: list[list[Term]]) -> Term | None:
    """Rows 1, 2, …, n: a template from the first and the last row."""
    kept = [row for row in rows if not all(c is DOTS for c in row)]
    if len(kept) < 2 or any(c is DOTS for row in kept for c in row):
        return None
    last = _last_number(kept[-1])
    if last is None:
        return None
    numbers = [num(k + 1) for k in range(len(kept) - 1)] + [last]
    columns = _family(kept, numbers)
    return _stack(columns, last) if columns else None


def _last_number(row: list[Term]) -> Term | None:
    for cell in row:
        for node in subterms(cell):
            if isinstance(node, At) and isinstance(node.indices[0], Sym):
                return node.indices[0]
    return None


def _family(rows: list[list[Term]], numbers: list[Num | Term]) -> list[Term] | None:
    """One template a column, in which the row number is a variable; None where there is none."""
    width = len(rows[0])
    if any(len(r) != width for r in rows) or any(is_matrix(c) for r in rows for c in r):
        return None
    columns = [template([row[k] for row in rows], numbers, _ROW) for k in range(width)]
    if any(c is None for c in columns):
        return None
    found = [c for c in columns if c is not None]
    return found if any(isinstance(t, At) for c in found for t in subterms(c)) else None


def _stack(columns: list[Term], size: Term) -> Term:
    cells = tuple(
        Fill(c, size, ONE) if isinstance(c, Num) else Build(abstract(c, _ROW, _COLUMN), size, ONE)
        for c in columns
    )
    return Block((cells,))


def template(cells: list[Term], numbers: Sequence[Term], variable: Sym) -> Term | None:
    """The common form of cells that differ only where each shows its own number."""
    first = cells[0]
    if all(a is b for a, b in zip(cells, numbers, strict=True)):
        return variable
    if all(c is first for c in cells):
        return first
    if any(type(c) is not type(first) for c in cells) or isinstance(first, (Num, Sym)):
        return None
    made: list[Any] = []
    for name in first.__match_args__:
        column = _same([getattr(c, name) for c in cells], numbers, variable)
        if column is None:
            return None
        made.append(column[0])
    return type(first)(*made)


def _same(values: list[Any], numbers: Sequence[Term], variable: Sym) -> tuple[Any] | None:
    first = values[0]
    if isinstance(first, Term):
        found = template(values, numbers, variable)
        return None if found is None else (found,)
    if isinstance(first, tuple):
        if any(len(v) != len(first) for v in values):
            return None
        parts = [_same(list(column), numbers, variable) for column in zip(*values, strict=True)]
        return None if any(p is None for p in parts) else (tuple(p[0] for p in parts if p),)
    return (first,) if all(v == first for v in values) else None
