"""Squares that are a variable of their own: the σ² of `∂ℓ/∂σ²` or of `ℓ(μ, σ²)`.

A document that differentiates by a square, or takes one as an argument, means a letter by it.
Its square becomes that letter throughout, the letter itself its root, before anything is read.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derive.read.derivatives import is_d
from derive.read.names import SQUARE, base_name, head
from derive.read.operators import operator_of
from derive.read.survey import is_derivative
from derive.read.walk import changed, walk
from derive.source import Span
from derive.syntax import (
    Chain,
    Declared,
    Document,
    Formula,
    Group,
    Name,
    Node,
    Number,
    Product,
    Quotient,
    Root,
    Script,
    Tuple,
)

# letters that stand for something positive, so that they are the roots of their squares
_SCALES = frozenset("στsω")


def compounds(document: Document) -> Document:
    """The document with each square that is a variable made a letter of its own."""
    chains = list(_chains(document))
    nodes = [n for c in chains for m in c.members if m is not None for n in walk(m)]
    wanted = {key for n in nodes for key in _by_squares(n)}
    wanted |= {key for c in chains for key in _arguments(c)}
    if any(map(operator_of, nodes)):
        # the variances of a text on expectations
        wanted |= {key for n in nodes for key in _square(n)}
    wanted -= {key for n in nodes for key in _others(n)}
    wanted = {key for key in wanted if key[0] in _SCALES}
    if not wanted:
        return document
    found: Document = changed(document, lambda node: _letter(node, wanted))
    return found


def _chains(document: Document) -> Iterator[Chain]:
    for item in document.items:
        if isinstance(item, (Formula, Declared)):
            yield from (c for c in item.chains if isinstance(c, Chain))


# ---- which letters -------------------------------------------------------------------------


def _by_squares(node: Node) -> Iterator[str]:
    """The letters by whose squares a quotient differentiates."""
    if not (isinstance(node, Quotient) and is_derivative(node)):
        return
    below = node.denominator.factors if isinstance(node.denominator, Product) else ()
    variables = [f.node for f in below if not is_d(f.node)]
    first = node.numerator.factors[0].node if isinstance(node.numerator, Product) else None
    top = first if first is not None else node.numerator
    order = top.sup.value if isinstance(top, Script) and isinstance(top.sup, Number) else 1
    for variable in variables:
        inner = variable.base if isinstance(variable, Script) else None
        if isinstance(inner, Group):
            yield from _square(inner.body)
        elif order == len(variables) == len(below) - len(variables):
            yield from _square(variable)


def _square(node: Node) -> Iterator[str]:
    name = _plain(node)
    power = node.sup if isinstance(node, Script) else None
    if name is not None and isinstance(power, Number) and power.value == 2:
        yield head(name)


def _arguments(chain: Chain) -> Iterator[str]:
    """`ℓ(μ, σ²) = …`: the letters whose squares are arguments where a function is defined."""
    first = chain.members[0]
    if len(chain.members) < 2 or not isinstance(first, Product) or len(first.factors) != 2:
        return
    group = first.factors[1].node
    if base_name(first.factors[0].node) is not None and isinstance(group, Group):
        items = list(_items(group.body))
        if len(items) > 1 and group.open == "(":
            for item in items:
                yield from _square(item)


def _items(node: Node) -> Iterator[Node]:
    if isinstance(node, Tuple):
        for item in node.items:
            yield from _items(item)
    else:
        yield node


def _others(node: Node) -> Iterator[str]:
    """Letters that have other superscripts than numerals, or are applied to something."""
    if isinstance(node, Script) and (name := base_name(node)) is not None:
        whole = isinstance(node.sup, Number) and node.sup.value.denominator == 1
        if node.primes or not (node.sup is None or whole):
            yield head(name)
    if isinstance(node, Product):
        for before, after in zip(node.factors, node.factors[1:], strict=False):
            letter = base_name(before.node)
            bare = isinstance(before.node, Name) or getattr(before.node, "sup", None) is None
            if letter is not None and bare and after.op == "" and isinstance(after.node, Group):
                yield head(letter)


# ---- the letters in their place ------------------------------------------------------------


def _plain(node: Node) -> Name | None:
    """The name that a node is, with or without one subscript and one superscript."""
    if isinstance(node, Script) and not node.primes:
        node = node.base
    return node if isinstance(node, Name) else None


def _letter(node: Any, wanted: set[str]) -> Node | None:
    """What a letter becomes, alone or with scripts; None for anything else."""
    if not isinstance(node, Name | Script):
        return None
    name = _plain(node)
    if name is None or head(name) not in wanted:
        return None
    sub = node.sub if isinstance(node, Script) else None
    power = node.sup.value if isinstance(node, Script) and isinstance(node.sup, Number) else 1
    letter = replace(name, base=head(name) + SQUARE, style="", accents=())
    return _power(letter, sub, Fraction(power) / 2, node.span)


def _power(name: Name, sub: Node | None, power: Fraction, span: Span) -> Node:
    """The name with a subscript to a power: a whole one, or that of its root."""
    member: Node = name if sub is None else Script(name, sub, None, 0, span)
    if power == 1:
        return replace(member, span=span)
    if power.denominator == 1:
        return Script(name, sub, Number(power, str(power), span), 0, span)
    root = Root(None, member, span)
    above = Number(2 * power, str(2 * power), span)
    return root if 2 * power == 1 else Script(Group("(", ")", root, span), None, above, 0, span)
