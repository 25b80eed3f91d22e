"""Walking syntax: the immediate parts of a node, whatever its kind."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from derive.source import Span
from derive.syntax import (
    Addition,
    BigOp,
    Binomial,
    Cases,
    Evaluated,
    Group,
    Matrix,
    Node,
    Postfix,
    Product,
    Quotient,
    Related,
    Root,
    Script,
    Tuple,
)


def _held(*parts: Node | None) -> list[Node]:
    return [part for part in parts if part is not None]


# the parts of each kind of node, in reading order; a kind that has none is not listed
_PARTS: dict[type, Callable[[Any], Sequence[Node]]] = {
    Script: lambda n: _held(n.base, n.sub, n.sup),
    Group: lambda n: (n.body,),
    Tuple: lambda n: n.items,
    Quotient: lambda n: (n.numerator, n.denominator),
    Root: lambda n: _held(n.index, n.body),
    Binomial: lambda n: (n.top, n.bottom),
    BigOp: lambda n: _held(n.lower, n.upper),
    Matrix: lambda n: [cell for row in n.rows for cell in row],
    Cases: lambda n: _held(*(part for row in n.rows for part in row)),
    Product: lambda n: [f.node for f in n.factors],
    Addition: lambda n: [t.node for t in n.terms],
    Postfix: lambda n: (n.body,),
    Evaluated: lambda n: _held(n.body, n.sub, n.sup),
    Related: lambda n: _held(*n.chain.members),
}


def children(node: Node) -> Sequence[Node]:
    """The nodes right inside a node, in reading order."""
    parts = _PARTS.get(type(node))
    return () if parts is None else parts(node)


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes inside it, outermost first."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        parts = _PARTS.get(type(top))
        if parts is not None:
            stack.extend(reversed(parts(top)))


def changed(value: Any, change: Callable[[Any], Node | None]) -> Any:
    """A piece of syntax with every node for which `change` gives another replaced, top down."""
    if isinstance(value, tuple):
        items = tuple(changed(item, change) for item in value)
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if not is_dataclass(value) or isinstance(value, Span):
        return value
    found = change(value)
    if found is not None:
        return found
    parts = {f.name: getattr(value, f.name) for f in fields(value)}
    new = {name: changed(part, change) for name, part in parts.items()}
    same = all(new[name] is part for name, part in parts.items())
    return value if same else replace(value, **new)  # type: ignore[type-var]
