"""Blocks: a matrix as row segments, column segments and a function that gives the entry.

`[1 X₀]` has the column segments (1, p) although p is a symbol. Segments of two matrices that
meet are refined to common ones, so every operation below works block by block, for all sizes
at once. Entries are made only when asked for: a shape error costs no arithmetic.
"""

from collections.abc import Callable, Sequence

from derive.kernel import sizes
from derive.kernel.entries import times
from derive.term import ZERO, Delta, Num, Term
from derive.values import dataclass

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


@dataclass(frozen=True, slots=True)
class Identity:
    """A multiple of the identity whose size its neighbours will say."""

    scalar: Term


Value = Blocks | Identity


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


def diagonal(segments: Sizes, value: Diagonal) -> Blocks:
    """Return the diagonal matrix with these values."""

    def entry(r: int, i: Term, c: int, j: Term) -> Term:
        if r != c or (isinstance(i, Num) and isinstance(j, Num) and i is not j):
            return ZERO
        return value(r, i) if i is j else times(Delta(i, j), value(r, i))

    return Blocks(segments, segments, entry, value)
