"""The chain rule through a defined family or matrix, for a quantity that nothing defines.

`∂L/∂x_j = Σ_i (∂L/∂y_i)(∂y_i/∂x_j)` where y is defined by x and the document differentiates
an L of unknown form by both.
"""

from derive.context import Context, Definition
from derive.kernel.matrix import ShapeError, Unsupported, lower, shape
from derive.term import (
    ONE,
    At,
    Diff,
    Entry,
    Sum,
    Sym,
    Term,
    abstract,
    is_matrix,
    mul,
    substitute,
)

Range = tuple[Sym, Term, Term]


def link(leaf: Sym, key: str, variable: Term, context: Context) -> Term | None:
    """What `leaf` gains along `variable` through `key`; None where its members are unknown."""
    rows = context.definitions.get(key, ())
    if not rows or not (rows[-1].params or is_matrix(rows[-1].body)):
        return mul(Diff(leaf, Sym(key)), Diff(Sym(key), variable))
    try:
        found = _member(rows[-1], context)
    except (ShapeError, Unsupported):
        return None
    if found is None:
        return None
    member, value, ranges = found
    step = mul(Diff(leaf, member), Diff(value, variable))
    for index, lo, hi in reversed(ranges):
        step = Sum(abstract(step, index), lo, hi)
    return step


def _member(found: Definition, context: Context) -> tuple[Term, Term, tuple[Range, ...]] | None:
    """A general member of a family or matrix, its value, and the ranges of its indices."""
    names = tuple(Sym(f"{letter}‴") for letter in "ijkl")
    if is_matrix(found.body):
        rows, cols = shape(found.body)
        ends = (rows,) if cols is ONE else (rows, cols)
        ranges: tuple[Range, ...] = tuple((n, ONE, hi) for n, hi in zip(names, ends, strict=False))
        at = tuple(n for n, _, _ in ranges)
        entry = Entry(found.body, at[0], at[1] if len(at) > 1 else ONE)
        return At(found.head, at), lower(entry, ranges), ranges
    known = context.ranges.get(found.head, ())
    if len(known) != len(found.params) or not all(known):
        return None
    if not all(isinstance(p, Sym) for p in found.params):
        return None
    pairs = zip(names, (r for r in known if r), strict=False)
    ranges = tuple((n, lo, hi) for n, (lo, hi) in pairs)
    at = tuple(n for n, _, _ in ranges)
    value = substitute(found.body, dict(zip(found.params, at, strict=True)))
    return At(found.head, at), value, ranges
