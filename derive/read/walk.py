"""Walking syntax: the immediate parts of a node, whatever its kind."""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from derive.syntax import Chain, Factor, Node, Script, Signed

_PLAIN = ("span", "place", "sign_span", "text", "base", "style", "accents", "value", "op", "env")


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a kind of nodes that may hold nodes."""
    plain = ("span", "primes") if kind is Script else _PLAIN
    return tuple(f.name for f in fields(kind) if f.name not in plain)


def _nodes(value: Any, found: list[Node]) -> None:
    """Adds the nodes that a field holds."""
    if isinstance(value, tuple):
        for item in value:
            _nodes(item, found)
    elif isinstance(value, (Factor, Signed)):
        found.append(value.node)
    elif isinstance(value, Chain):
        found.extend(m for m in value.members if m is not None)
    elif hasattr(value, "span"):
        found.append(value)


def children(node: Node) -> list[Node]:
    """The nodes right inside a node, in reading order."""
    found: list[Node] = []
    kind: Any = type(node)
    for name in _names(kind):
        _nodes(getattr(node, name), found)
    return found


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes inside it, outermost first."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        kind: Any = type(top)
        if _names(kind):
            stack.extend(reversed(children(top)))
