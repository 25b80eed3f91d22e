"""What is assumed, as scalars: hypotheses about matrices become hypotheses about entries.

An equation between matrices holds entry by entry, for all rows and columns. One whose shapes
do not conform stays as it is, so that nothing is decided that may depend on it.
"""

from dataclasses import replace

from derive.context import Context, Hypothesis
from derive.kernel.matrix import Component, ShapeError, Unsupported, components
from derive.prove.goal import over
from derive.term import Sym, Term, heads, is_matrix, substitute

Range = tuple[Sym, Term, Term]
MARK = "″"


def entrywise(context: Context) -> Context:
    """The context with every hypothesis about matrices said of their entries."""
    if not any(_of_matrices(row) for row in context.hypotheses):
        return context
    kept: list[Hypothesis] = []
    ranges: list[Range] = []
    for number, row in enumerate(context.hypotheses):
        found = _components(row) if _of_matrices(row) else ()
        if not found:
            kept.append(row)
        for component in found:
            named, own = _named(component, number)
            kept.append(replace(row, left=named.left, right=named.right))
            ranges += own
    return over(replace(context, hypotheses=tuple(kept)), tuple(ranges))


def _of_matrices(row: Hypothesis) -> bool:
    return is_matrix(row.left) or is_matrix(row.right)


def _components(row: Hypothesis) -> tuple[Component, ...]:
    try:
        return components(row.left, row.right) if row.op == "=" else ()
    except (ShapeError, Unsupported):
        return ()


def _named(component: Component, number: int) -> tuple[Component, tuple[Range, ...]]:
    """The component with indices of its own, that no goal's entries have."""
    taken = heads(component.left) | heads(component.right)
    names: dict[Term, Term] = {}
    own = []
    for index, lo, hi in component.over:
        fresh = Sym(f"{index.name[0]}{MARK}{number + 1}")
        if fresh.name in taken:
            continue
        names[index] = fresh
        own.append((fresh, lo, hi))
    sides = (substitute(side, names) for side in (component.left, component.right))
    left, right = sides
    return replace(component, left=left, right=right), tuple(own)
