"""Walking syntax: the immediate parts of a node, whatever its kind."""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from derive.syntax import Chain, Factor, Node, Related, Signed

_PLAIN = ("span", "place", "sign_span", "text", "base", "style", "accents", "value", "op", "env")


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name not in _PLAIN or kind.__name__ == "Script")


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, (Factor, Signed)):
        yield value.node
    elif isinstance(value, Chain):
        yield from (m for m in value.members if m is not None)
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif hasattr(value, "span"):
        yield value


def children(node: Node) -> Iterator[Node]:
    """The nodes right inside a node, in reading order."""
    if isinstance(node, Related):
        yield from _nodes(node.chain)
        return
    kind: Any = type(node)
    for name in _names(kind):
        if name != "span":
            yield from _nodes(getattr(node, name))


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes inside it, outermost first."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(list(children(top))))
