"""Block grids: lines and columns of matrices, scalars and identities find their segments together.

A scalar takes the size of its line and column (`[1 X₀]` has a column of ones), an identity is
square, and a line of scalars alone is single.
"""

from collections.abc import Callable

from derive.kernel import sizes
from derive.kernel.blocks import (
    Blocks,
    Identity,
    ShapeError,
    Sizes,
    Unsupported,
    Value,
    against,
    described,
    diagonal,
    mismatch,
    refine,
    resegmented,
    shape_text,
)
from derive.term import ONE, ZERO, Term


def filled(node: Term, value: Value | Term, like: Blocks) -> Blocks:
    """Return the matrix; a scalar in every entry, or an identity, in the shape of a neighbour.

    Raises `ShapeError` for an identity beside what is not square.
    """
    match value:
        case Blocks():
            return value
        case Identity(scalar):
            rows, cols = like.shape
            if rows is not cols:
                message = f"an identity matrix beside {described(like.shape)}"
                why = against(rows, cols, "rows", "columns")
                said = shape_text(like.shape)
                raise ShapeError(f"{message}: {why}", node, "square", said)
            return diagonal((rows,), lambda r, i: scalar)
        case _:
            return Blocks(like.rows, like.cols, lambda r, i, c, j: value)


class Grid:
    """A grid of blocks while its segments are being found."""

    def __init__(
        self, node: Term, scalar: Callable[[Term], Term], cells: list[list[Value | Term]]
    ) -> None:
        self.node, self.scalar, self.cells = node, scalar, cells
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
                why = against(a, b, unit, unit)
                raise mismatch(self.node, joint, first, cell, why)
            found = refine(found, own)[0]
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
            return Blocks(rows, cols, lambda r, i, c, j: self.scalar(cell))
        like = Blocks((sizes.total(rows),), (sizes.total(cols),), lambda r, i, c, j: ZERO)
        matrix = filled(self.node, cell, like)
        finer_rows, at = refine(rows, matrix.rows)[::2]
        finer_cols, to = refine(cols, matrix.cols)[::2]
        return resegmented(matrix, finer_rows, at, finer_cols, to)
