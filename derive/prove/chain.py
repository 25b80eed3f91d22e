"""The chain rule through a defined family or matrix, for a quantity that nothing defines.

`∂L/∂x_j = Σ_i (∂L/∂y_i)(∂y_i/∂x_j)` where y is defined by x and the document differentiates
an L of unknown form by both.
"""

from collections.abc import Iterable

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
    found = rows[-1] if rows else None
    try:
        ranges = _ranges(key, found, context)
        if ranges is None:
            return None
        if not ranges:
            return mul(Diff(leaf, Sym(key)), Diff(Sym(key), variable))
        value = _value(key, found, ranges)
    except (ShapeError, Unsupported):
        return None
    step = mul(Diff(leaf, At(key, _at(ranges))), Diff(value, variable))
    for index, lo, hi in reversed(ranges):
        step = Sum(abstract(step, index), lo, hi)
    return step


def _ranges(key: str, found: Definition | None, context: Context) -> tuple[Range, ...] | None:
    """General indices of a family or matrix; none for one number, None where one is unknown."""
    names = tuple(Sym(f"{letter}‴") for letter in "ijkl")
    if found is not None and is_matrix(found.body):
        rows, cols = shape(found.body)
        ends = (rows,) if cols is ONE else (rows, cols)
        return tuple((n, ONE, hi) for n, hi in zip(names, ends, strict=False))
    known = context.ranges.get(key, ())
    count = len(found.params) if found is not None else len(known)
    if len(known) != count or not all(known):
        return None
    if found is not None and not all(isinstance(p, Sym) for p in found.params):
        return None
    return tuple((n, *r) for n, r in zip(names, known, strict=False) if r is not None)


def _value(key: str, found: Definition | None, ranges: tuple[Range, ...]) -> Term:
    """A general member, as the definition has it where there is one."""
    at = _at(ranges)
    return At(key, at) if found is None else lower(value_at(found, at), ranges)


def value_at(found: Definition, at: tuple[Term, ...]) -> Term:
    """What a definition makes of its head at indices: an entry of a matrix, or a member."""
    if at and not found.params:
        row, col = (*at, ONE) if len(at) == 1 else at
        return Entry(found.body, row, col)
    return substitute(found.body, dict(bindings(found, at)))


def bindings(found: Definition, at: tuple[Term, ...]) -> Iterable[tuple[Term, Term]]:
    """The parameters of a definition with what stands in their places."""
    return ((p, a) for p, a in zip(found.params, at, strict=False) if isinstance(p, Sym))


def _at(ranges: tuple[Range, ...]) -> tuple[Term, ...]:
    return tuple(index for index, _, _ in ranges)
