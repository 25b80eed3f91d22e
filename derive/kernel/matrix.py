"""Matrices of symbolic shape, lowered to scalar terms: entry by entry, block by block.

A relation between matrices is one scalar relation for each pair of blocks, with fresh indices
that run over the block, so it is decided for all sizes at once. A product is a Σ over the
segments of its middle; `diag(d) X` is dᵢXᵢⱼ right away; the gradient by a matrix is the
derivative by its general entry.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count

from derive.kernel import sizes
from derive.kernel.blocks import Blocks, Identity, ShapeError, Sizes, Unsupported
from derive.kernel.lowering import Lowering, Range
from derive.term import ONE, Sym, Term, heads
from derive.values import dataclass

__all__ = ["Component", "ShapeError", "Unsupported", "components", "lower", "shape"]

KEPT = 4096


@dataclass(frozen=True, slots=True)
class Component:
    """One scalar relation of a relation between matrices, for all `over` (index, lo, hi)."""

    left: Term
    right: Term
    over: tuple[Range, ...]
    label: str


def shape(term: Term, over: Sequence[Range] = ()) -> tuple[Term, Term]:
    """Return the numbers of rows and columns; raises `ShapeError` where shapes do not conform."""
    return _shape(term, tuple(over))


def lower(term: Term, over: Sequence[Range] = ()) -> Term:
    """Return the scalar term without matrix nodes; `over` gives ranges of free indices.

    Raises `ShapeError` where shapes do not conform, `Unsupported` where it is not known how.
    """
    return _lowered(term, tuple(over)) if term.holds_matrix else term


# terms are interned, so a term that comes again is lowered once
@lru_cache(maxsize=KEPT)
def _shape(term: Term, over: tuple[Range, ...]) -> tuple[Term, Term]:
    return Lowering(over).blocks(term).shape


@lru_cache(maxsize=KEPT)
def _lowered(term: Term, over: tuple[Range, ...]) -> Term:
    return Lowering(over).scalar(term)


def components(left: Term, right: Term, over: Sequence[Range] = ()) -> tuple[Component, ...]:
    """Return the scalar relations that together say the same as `left` against `right`.

    Raises `ShapeError` where the sides differ in shape, `Unsupported` as `lower` does.
    """
    work = Lowering(over)
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


def _component(work: Lowering, a: Blocks, b: Blocks, r: int, c: int, name: str) -> Component:
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
