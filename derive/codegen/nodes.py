"""Array expressions with named axes.

An elementwise expression is a SymPy expression whose symbols stand for nodes; a node is what
SymPy cannot say: a part of an array, a contraction, matrices side by side. A node knows the
axes that it has; expressions with other axes are broadcast against it, by name, not by place.
"""

from collections.abc import Iterable
from dataclasses import field
from typing import Any

import sympy

from derive.values import dataclass

Expr = Any  # SymPy expressions are not typed


@dataclass(frozen=True)
class Axis:
    """One index, running from `lo` to `hi` (SymPy integers or sizes); equal by name."""

    name: str
    lo: Expr = field(compare=False)
    hi: Expr = field(compare=False)

    @property
    def length(self) -> Expr:
        """How many values it takes."""
        return self.hi - self.lo + 1


@dataclass(frozen=True)
class Place:
    """An index of an array: `axis + shift`, or `shift` alone where `axis` is None."""

    axis: Axis | None
    shift: Expr


@dataclass(frozen=True)
class Pick:
    """A part of the array with this key, one place for each of its dimensions."""

    key: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Dot:
    """Σ over `axis` of `left · right`, which share no other axis."""

    left: Expr
    right: Expr
    axis: Axis


@dataclass(frozen=True)
class Total:
    """Σ (or Π, where `product`) of `body` over `axis`."""

    body: Expr
    axis: Axis
    product: bool = False


@dataclass(frozen=True)
class Cell:
    """A block of a grid and how many rows and columns it fills."""

    body: Expr
    row: Axis
    col: Axis


@dataclass(frozen=True)
class Grid:
    """Matrices side by side and on top of each other; `row` or `col` None where it is 1 wide."""

    cells: tuple[tuple[Cell, ...], ...]
    row: Axis | None
    col: Axis | None


@dataclass(frozen=True)
class Solve:
    """`matrix⁻¹ right`; without a right side the inverse itself. Axes: `row`, `col`."""

    matrix: Expr
    inner: tuple[Axis, Axis]
    right: Expr | None
    row: Axis
    col: Axis | None


@dataclass(frozen=True)
class Determinant:
    """The determinant of a matrix with these axes."""

    matrix: Expr
    inner: tuple[Axis, Axis]


@dataclass(frozen=True)
class Same:
    """1 where two indices are equal, else 0."""

    left: Place
    right: Place


@dataclass(frozen=True)
class Counter:
    """The value of an index itself."""

    axis: Axis


@dataclass(frozen=True)
class LogSumExp:
    """log Σ exp(body) over `axis`, without overflow."""

    body: Expr
    axis: Axis


Node = Pick | Dot | Total | Grid | Solve | Determinant | Same | Counter | LogSumExp


class Nodes:
    """Nodes as symbols of SymPy: equal nodes are one symbol."""

    def __init__(self) -> None:
        self._symbols: dict[Node, Expr] = {}
        self._nodes: dict[Expr, Node] = {}

    def symbol(self, node: Node) -> Expr:
        """The real symbol that stands for a node."""
        if node not in self._symbols:
            symbol = sympy.Dummy(f"a{len(self._symbols)}", real=True)
            self._symbols[node], self._nodes[symbol] = symbol, node
        return self._symbols[node]

    def node(self, symbol: Expr) -> Node | None:
        """The node of a symbol; None for the symbol of a size."""
        return self._nodes.get(symbol)

    def inside(self, expression: Expr) -> list[Node]:
        """The nodes of an expression, in a fixed order."""
        symbols = sorted(
            expression.free_symbols & self._nodes.keys(), key=lambda s: int(s.name[1:])
        )
        return [self._nodes[s] for s in symbols]

    def axes(self, *expressions: Expr) -> tuple[Axis, ...]:
        """The axes of all these expressions, in order of appearance."""
        found: dict[Axis, None] = {}
        for expression in expressions:
            for node in self.inside(expression):
                found.update(dict.fromkeys(self.of(node)))
        return tuple(found)

    def of(self, node: Node) -> tuple[Axis, ...]:
        """The axes of a node, in its own order."""
        match node:
            case Pick(_, places):
                return tuple(p.axis for p in places if p.axis is not None)
            case Dot(left, right, axis):
                return _without(axis, (*self.axes(left), *self.axes(right)))
            case Total(body, axis) | LogSumExp(body, axis):
                return _without(axis, self.axes(body))
            case Grid(_, row, col) | Solve(_, _, _, row, col):
                return tuple(a for a in (row, col) if a is not None)
            case Same(left, right):
                return tuple(p.axis for p in (left, right) if p.axis is not None)
            case Counter(axis):
                return (axis,)
            case _:
                return ()

    def parts(self, node: Node) -> tuple[Expr, ...]:
        """The expressions inside a node."""
        match node:
            case Dot(left, right, _):
                return left, right
            case Total(body, _) | LogSumExp(body, _):
                return (body,)
            case Grid(cells):
                return tuple(c.body for row in cells for c in row)
            case Solve(matrix, _, right):
                return (matrix,) if right is None else (matrix, right)
            case Determinant(matrix):
                return (matrix,)
            case _:
                return ()

    def deep(self, expression: Expr) -> Iterable[Node]:
        """All nodes of an expression, those inside nodes too."""
        for node in self.inside(expression):
            yield node
            for part in self.parts(node):
                yield from self.deep(part)


def _without(axis: Axis, axes: Iterable[Axis]) -> tuple[Axis, ...]:
    return tuple(dict.fromkeys(a for a in axes if a != axis))
