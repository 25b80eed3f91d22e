"""The places of a side that an edit may change: every part that has a value of its own.

Each spot can be left open: a hole in the place of its node, a name that nothing else bears,
with the indices over which what stands there may run.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from derive.read.names import base_name
from derive.read.survey import is_derivative
from derive.read.walk import walk
from derive.source import Span
from derive.syntax import (
    Addition,
    BigOp,
    Factor,
    Group,
    Matrix,
    Name,
    Node,
    Number,
    Postfix,
    Product,
    Quotient,
    Related,
    Root,
    Script,
    Signed,
    Tuple,
)
from derive.values import dataclass

HOLE = "□"
Rebuild = Callable[[Node], Node]
IsIndex = Callable[[str], bool]


@dataclass(frozen=True)
class Spot:
    """One part of a side: `put` gives the side with another node in its place.

    `role` says what it is to its `parent`; `place` which member of the parent. `indices` are
    the index letters that may be used there.
    """

    node: Node
    put: Rebuild
    role: str
    indices: tuple[str, ...]
    parent: Node | None = None
    place: int = 0

    @property
    def hole(self) -> Node:
        """The side with nothing but a name at this spot."""
        span = self.node.span
        name = Name(HOLE, span)
        at: list[Node] = [Name(letter, span) for letter in self.indices]
        if not at:
            return self.put(name)
        sub = at[0] if len(at) == 1 else Tuple(tuple(at), ",", span)
        return self.put(Script(name, sub, None, 0, span))

    @property
    def is_atom(self) -> bool:
        """Whether it is a symbol, a number or the derivative of a symbol."""
        node = self.node
        return isinstance(node, Number) or is_symbol(node) or is_derivative(node)


def is_symbol(node: Node) -> bool:
    """Whether a node is a name, with no more than subscripts and a label."""
    if isinstance(node, Name):
        return True
    return isinstance(node, Script) and base_name(node) is not None and not raised(node)


def raised(node: Script) -> bool:
    """Whether the superscript is a power, and no label."""
    return isinstance(node.sup, (Number, Addition, Quotient)) or node.primes > 0


def spots(side: Node, is_index: IsIndex, is_function: Callable[[Node], bool]) -> list[Spot]:
    """Every spot of a side, outermost first."""
    free = _free(side, is_index) - _bound(side)
    start = Spot(side, lambda n: n, "whole", tuple(sorted(free)))
    return list(_Finder(frozenset(free), is_index, is_function).visit(start, frozenset()))


def _bound(node: Node) -> set[str]:
    return {
        letter for part in walk(node) if isinstance(part, BigOp) for letter in bound_letters(part)
    }


def bound_letters(node: BigOp) -> Iterator[str]:
    """The index letters of a Σ."""
    lower = node.lower
    if isinstance(lower, Related):
        lower = lower.chain.members[0]
    for item in lower.items if isinstance(lower, Tuple) else (lower,):
        if isinstance(item, Name):
            yield item.base


def _free(node: Node, is_index: IsIndex) -> set[str]:
    """The index letters in the subscripts of a node."""
    found = set()
    for part in walk(node):
        if isinstance(part, Script):
            inner = [part.sub] if part.sub is not None else []
            inner += [part.sup] if isinstance(part.sup, Group) else []
            found |= {n.base for s in inner for n in walk(s) if isinstance(n, Name)}
    return {letter for letter in found if is_index(letter)}


@dataclass(frozen=True)
class _Finder:
    """Finds the spots of one side."""

    free: frozenset[str]
    is_index: IsIndex
    is_function: Callable[[Node], bool]

    def visit(self, spot: Spot, scope: frozenset[str]) -> Iterator[Spot]:
        """The spot and those inside; `scope` are the bound letters that reach it."""
        node = spot.node
        if isinstance(node, (BigOp, Tuple)) or _is_word(node):
            return
        indices = self.free | scope | (_free(node, self.is_index) - _bound(node))
        yield replace(spot, indices=tuple(sorted(indices)))
        for inner, reach in self.inside(spot, scope):
            yield from self.visit(inner, reach)

    def inside(self, spot: Spot, scope: frozenset[str]) -> Iterator[tuple[Spot, frozenset[str]]]:
        node = spot.node
        if spot.role == "call":
            inner = _argument(spot)
            if inner is not None:
                yield inner, scope
            return
        match node:
            case Script():
                yield from ((s, scope) for s in _script(spot))
            case Group(body=Tuple()):
                return
            case Group() | Root() | Postfix():
                yield _child(spot, "body", "body"), scope
            case Quotient() if not is_derivative(node):
                yield _child(spot, "numerator", "numerator"), scope
                yield _child(spot, "denominator", "denominator"), scope
            case Matrix():
                yield from ((s, scope) for s in _cells(spot, node))
            case Product():
                yield from self.factors(spot, node, scope)
            case Addition():
                yield from self.terms(spot, node, scope)

    def factors(
        self, spot: Spot, node: Product, scope: frozenset[str]
    ) -> Iterator[tuple[Spot, frozenset[str]]]:
        k = 0
        while k < len(node.factors):
            part = node.factors[k].node
            if isinstance(part, BigOp):
                scope |= frozenset(bound_letters(part))
            elif self.is_function(part):
                called = _call(spot, node, k)
                if called is not None:
                    yield called, scope
                    k += 1
            elif not _is_operator(part):
                yield _factor(spot, node, k), scope
            k += 1

    def terms(
        self, spot: Spot, node: Addition, scope: frozenset[str]
    ) -> Iterator[tuple[Spot, frozenset[str]]]:
        opened: frozenset[str] = frozenset()
        for k, term in enumerate(node.terms):
            reach = opened & frozenset(_free(term.node, self.is_index))
            yield _term(spot, node, k), scope | reach
            opened |= frozenset(_bound(term.node))


def _is_word(node: Node) -> bool:
    return type(node).__name__ in {"Text", "Dots", "Blank", "Cases", "Related"}


def _is_operator(node: Node) -> bool:
    """Whether a factor acts on what follows it: a bare `∂/∂x`."""
    return is_derivative(node) and isinstance(node, Quotient) and _bare(node.numerator)


def _bare(node: Node) -> bool:
    name = base_name(node)
    return name is not None and name.base in {"partial", "d"}


# ---- one child each ------------------------------------------------------------------------


def _child(spot: Spot, name: str, role: str) -> Spot:
    node: Any = spot.node
    put = spot.put
    return Spot(getattr(node, name), lambda n: put(replace(node, **{name: n})), role, (), spot.node)


def _script(spot: Spot) -> Iterator[Spot]:
    """The base without its power, and the exponent."""
    node = spot.node
    assert isinstance(node, Script)
    if base_name(node) is None:
        yield _child(spot, "base", "base")
    elif raised(node) and node.sup is not None:
        put = spot.put
        end = node.base.span.end if node.sub is None else node.sub.span.end
        bare = replace(node, sup=None, primes=0, span=Span(node.span.start, end))
        inner: Node = node.base if node.sub is None else bare
        if end < node.sup.span.start:
            yield Spot(inner, lambda n: put(_powered(n, node)), "base", (), node)
    if raised(node) and isinstance(node.sup, (Number, Addition)):
        yield _child(spot, "sup", "exponent")


def _powered(base: Node, node: Script) -> Node:
    """A base under the power of a script; a scripted base is bracketed first."""
    inner = Group("(", ")", base, base.span) if isinstance(base, Script) else base
    return Script(inner, None, node.sup, 0, node.span)


def _cells(spot: Spot, node: Matrix) -> Iterator[Spot]:
    put = spot.put
    for i, row in enumerate(node.rows):
        for j, cell in enumerate(row):

            def change(new: Node, i: int = i, j: int = j) -> Node:
                changed = (*node.rows[i][:j], new, *node.rows[i][j + 1 :])
                return put(replace(node, rows=(*node.rows[:i], changed, *node.rows[i + 1 :])))

            yield Spot(cell, change, "cell", (), node, i * len(row) + j)


def _factor(spot: Spot, node: Product, k: int) -> Spot:
    put = spot.put

    def change(new: Node) -> Node:
        factors = (*node.factors[:k], replace(node.factors[k], node=new), *node.factors[k + 1 :])
        return put(replace(node, factors=factors))

    return Spot(node.factors[k].node, change, "factor", (), node, k)


def _call(spot: Spot, node: Product, k: int) -> Spot | None:
    """A function with its bracketed argument, as one part."""
    if k + 1 >= len(node.factors):
        return None
    following = node.factors[k + 1]
    if following.op != "" or not isinstance(following.node, (Group, Script)):
        return None
    first, put = node.factors[k], spot.put
    both = Product((replace(first, op=""), following), first.node.span.to(following.node.span))

    def change(new: Node) -> Node:
        factors = (*node.factors[:k], Factor(first.op, new), *node.factors[k + 2 :])
        return put(replace(node, factors=factors))

    return Spot(both, change, "call", (), node, k)


def _argument(spot: Spot) -> Spot | None:
    """The argument of a call."""
    node, put = spot.node, spot.put
    assert isinstance(node, Product)
    first, second = node.factors
    if not isinstance(second.node, Group) or isinstance(second.node.body, Tuple):
        return None
    group = second.node

    def change(new: Node) -> Node:
        inside = replace(second, node=replace(group, body=new))
        return put(replace(node, factors=(first, inside)))

    return Spot(group.body, change, "body", (), group)


def _term(spot: Spot, node: Addition, k: int) -> Spot:
    put = spot.put

    def change(new: Node) -> Node:
        term: Signed = replace(node.terms[k], node=new)
        return put(replace(node, terms=(*node.terms[:k], term, *node.terms[k + 1 :])))

    return Spot(node.terms[k].node, change, "term", (), node, k)


def argument(spot: Spot) -> Node | None:
    """The bracketed argument of a call, without its brackets."""
    node = spot.node
    if spot.role == "call" and isinstance(node, Product):
        inner = node.factors[1].node
        return inner.body if isinstance(inner, Group) else None
    return None
