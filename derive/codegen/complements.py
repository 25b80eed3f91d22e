"""What several statements use is computed once: `1 - y` of an array gets a name of its own."""

from collections import Counter
from collections.abc import Callable

import sympy

from derive.codegen.lower import Array
from derive.codegen.nodes import Expr, Pick
from derive.codegen.program import Program
from derive.codegen.stable import mapped


def complements(made: Program, inputs: list[Array]) -> None:
    """Name `1 - y` wherever it stands twice or more, for the whole of an input `y`."""
    known = {a.key: a for a in inputs if a.dims}
    found: Counter[str] = Counter()

    def counted(expression: Expr) -> Expr:
        found.update(node.key for _, node in _standing(made, expression, known))
        return expression

    def named(expression: Expr) -> Expr:
        again = [(e, n) for e, n in _standing(made, expression, known) if found[n.key] > 1]
        return expression.xreplace({e: _named(made, n, known[n.key]) for e, n in again})

    for change in (counted, named):
        _everywhere(made, change)


def _everywhere(made: Program, change: Callable[[Expr], Expr]) -> None:
    for array in list(made.work.arrays.values()):
        if array.body is not None:
            array.body = mapped(made.work, array.body, change)
    for output in made.outputs:
        output.body = mapped(made.work, output.body, change)


def _standing(made: Program, expression: Expr, known: dict[str, Array]) -> list[tuple[Expr, Pick]]:
    """Each `1 - y` in an expression, with its `y`: all of an array, in the array's own order."""
    places = []
    for part in expression.atoms(sympy.Add):
        rest = 1 - part
        node = made.work.nodes.node(rest) if rest.is_Symbol else None
        if isinstance(node, Pick) and node.key in known and _all_of(node, known[node.key]):
            places.append((part, node))
    return places


def _all_of(node: Pick, array: Array) -> bool:
    ends = [
        None if p.axis is None else (p.axis.lo + p.shift, p.axis.hi + p.shift) for p in node.places
    ]
    return ends == array.dims and all(p.shift == 0 for p in node.places)


def _named(made: Program, node: Pick, array: Array) -> Expr:
    key = f"{array.key}|1 - it"
    if key not in made.work.arrays:
        name = made.work.names.of(key, f"{array.name}_c")
        axes = tuple(p.axis for p in node.places if p.axis is not None)
        body = 1 - made.work.nodes.symbol(node)
        made.work.arrays[key] = Array(key, name, list(array.dims), body, axes)
    return made.work.nodes.symbol(Pick(key, node.places))
