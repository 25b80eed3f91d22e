"""Array expressions as Python text, for NumPy or for any array library of the standard."""

from dataclasses import dataclass, field

import sympy
from sympy.printing.numpy import NumPyPrinter

from derive.codegen.lower import SIGMA, Lowering
from derive.codegen.nodes import (
    Axis,
    Cell,
    Counter,
    Determinant,
    Dot,
    Expr,
    Grid,
    LogSumExp,
    Node,
    Pick,
    Place,
    Same,
    Solve,
    Total,
)
from derive.codegen.refusal import Refusal
from derive.codegen.stable import LOG_SIGMA

Order = tuple[Axis, ...]

# NumPy's name: the name in the array standard
_STANDARD = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "absolute": "abs", "power": "pow",
}  # fmt: skip


class _Elementwise(NumPyPrinter):  # type: ignore[misc]
    """SymPy's printer for NumPy, with names of ours for what NumPy does not have."""

    first = ""

    def _as_ordered_terms(self, expr: Expr, order: str | None = None) -> list[Expr]:
        """Positive terms first: a leading minus is an operation of its own."""
        terms = super()._as_ordered_terms(expr, order)
        return sorted(terms, key=lambda t: bool(t.could_extract_minus_sign()))

    def _print_Max(self, expr: Expr) -> str:  # noqa: N802
        return self._nested("maximum", list(expr.args))

    def _print_Min(self, expr: Expr) -> str:  # noqa: N802
        return self._nested("minimum", list(expr.args))

    def _nested(self, name: str, args: list[Expr]) -> str:
        first, *rest = map(self._print, args)
        for other in rest:
            first = f"numpy.{name}({first}, {other})"
        return str(first)

    def _print_Symbol(self, expr: Expr) -> str:  # noqa: N802
        return str(expr.name)

    def _print_Function(self, expr: Expr) -> str:  # noqa: N802
        helper = {SIGMA: "_sigmoid", LOG_SIGMA: "_log_sigmoid"}.get(expr.func)
        if helper is None:
            raise Refusal(f"no array code for the function {expr.func}")
        return f"{helper}({self.first}{self._print(expr.args[0])})"


@dataclass
class Printer:
    """Prints expressions of one program; `np` is the name of the array module."""

    work: Lowering
    np: str = "np"
    _plain: _Elementwise = field(default_factory=_Elementwise)

    def __post_init__(self) -> None:
        self._plain.first = self.first

    @property
    def first(self) -> str:
        """The first argument of helpers: the array module, where it is not known before."""
        return "" if self.np == "np" else f"{self.np}, "

    # ---- elementwise ----

    def code(self, expression: Expr, order: Order) -> str:
        """The text of an array whose axes are those of the expression, in the given order."""
        axes = self.sorted(expression, order)
        node = self.work.nodes.node(expression) if expression.is_Symbol else None
        if node is not None:
            return self.node(node, axes)
        found = {}
        for inner in self.work.nodes.inside(expression):
            name = sympy.Symbol(self._broadcast(inner, axes), real=True)
            found[self.work.nodes.symbol(inner)] = name
        for size in expression.free_symbols:
            if self.work.nodes.node(size) is None:
                found[size] = sympy.Symbol(self.work.names.of(size.name))
        return self._said(self._plain.doprint(expression.xreplace(found)))

    def _said(self, text: str) -> str:
        text = text.replace("numpy.", f"{self.np}.")
        if self.np != "np":
            for name, standard in _STANDARD.items():
                text = text.replace(f"{self.np}.{name}(", f"{self.np}.{standard}(")
        return text

    def size(self, expression: Expr) -> str:
        """A size or an index as text."""
        names = {s: sympy.Symbol(self.work.names.of(s.name)) for s in expression.free_symbols}
        return str(expression.xreplace(names))

    def sorted(self, expression: Expr, order: Order) -> Order:
        """The axes of an expression, those of `order` first and in that order."""
        axes = self.work.nodes.axes(expression)
        return (*(a for a in order if a in axes), *(a for a in axes if a not in order))

    def _broadcast(self, node: Node, axes: Order) -> str:
        own = tuple(a for a in axes if a in self.work.nodes.of(node))
        text = self.node(node, own)
        text = text if _atomic(text) else f"({text})"
        if not own:
            return text
        marks = [":" if a in own else "None" for a in axes[axes.index(own[0]) :]]
        return text if "None" not in marks else f"{text}[{', '.join(marks)}]"

    # ---- nodes ----

    def node(self, node: Node, order: Order) -> str:
        """The text of a node with its axes in the given order."""
        match node:
            case Pick():
                return self._pick(node, order)
            case Dot():
                return self._dot(node, order)
            case Total(body, axis) | LogSumExp(body, axis):
                return self._total(node, body, axis, order)
            case Grid():
                return self._turned(self._grid(node), self.work.nodes.of(node), order)
            case Solve():
                return self._turned(self._solve(node), self.work.nodes.of(node), order)
            case Determinant(matrix, inner):
                return f"{self.np}.linalg.det({self.code(matrix, inner)})"
            case Counter(axis):
                return f"{self.np}.arange({self.size(axis.lo)}, {self.size(axis.hi + 1)})"
            case Same(left, right):
                return self._same(left, right, order)

    def _turned(self, text: str, own: Order, order: Order) -> str:
        if own == order:
            return text
        if len(order) != 2:
            raise Refusal("an array of more than two dimensions")
        return f"{text if _atomic(text) else f'({text})'}.T"

    def _pick(self, node: Pick, order: Order) -> str:
        array = self.work.arrays[node.key]
        own = self.work.nodes.of(node)
        if len(set(own)) < len(own):
            raise Refusal(f"the diagonal of {array.name}")
        marks = [self._index(p, d) for p, d in zip(node.places, array.dims, strict=True)]
        while marks and marks[-1] == ":":
            marks.pop()
        text = f"{array.name}[{', '.join(marks)}]" if marks else array.name
        return self._turned(text, own, order)

    def _index(self, place: Place, dim: tuple[Expr, Expr] | None) -> str:
        if dim is None:
            raise Refusal("an array of unknown size")
        lo, hi = dim
        if place.axis is None:
            return self.size(place.shift - lo)
        start = sympy.expand(place.axis.lo + place.shift - lo)
        stop = sympy.expand(start + place.axis.length)
        ends = sympy.expand(stop - (hi - lo + 1)) == 0
        return f"{'' if start == 0 else self.size(start)}:{'' if ends else self.size(stop)}"

    def _dot(self, node: Dot, order: Order) -> str:
        left, right = node.left, node.right
        rows = tuple(a for a in self.work.nodes.axes(left) if a != node.axis)
        cols = tuple(a for a in self.work.nodes.axes(right) if a != node.axis)
        if len(rows) > 1 or len(cols) > 1:
            return self._total(node, left * right, node.axis, order)
        if (*rows, *cols) != order:
            left, right, rows, cols = right, left, cols, rows
        first = self._oriented(left, (*rows, node.axis))
        return f"{first} @ {self._oriented(right, (node.axis, *cols))}"

    def _oriented(self, expression: Expr, order: Order) -> str:
        """A factor of a product; transposed as a whole where its parts lie the other way."""
        if len(order) == 2 and self._lies(expression) == order[::-1]:
            text = self.code(expression, order[::-1])
            return f"{text if _atomic(text) else f'({text})'}.T"
        text = self.code(expression, order)
        return text if _atomic(text) else f"({text})"

    def _lies(self, expression: Expr) -> Order:
        """The axes as most of an expression's own parts have them."""
        both = [self.work.nodes.of(n) for n in self.work.nodes.inside(expression)]
        return next((o for o in both if len(o) == 2), ())

    def _total(self, node: Node, body: Expr, axis: Axis, order: Order) -> str:
        if isinstance(node, Total) and not node.product and (found := self._inner(body, axis)):
            return found
        axes = self._lies(body) or (axis, *order)
        axes = axes if set(order) | {axis} == set(axes) else (axis, *order)
        text = self.code(body, axes)
        at = axes.index(axis)
        rest = tuple(a for a in axes if a != axis)
        where = f", axis={at}" if rest else ""
        if isinstance(node, LogSumExp):
            return f"_log_sum_exp({self.first}{text}{where or ', axis=0'})"
        name = "prod" if isinstance(node, Total) and node.product else "sum"
        if self.np == "np":
            text = f"{text if _atomic(text) else f'({text})'}.{name}({where[2:]})"
        else:
            text = f"{self.np}.{name}({text}{where})"
        return self._turned(text, rest, order)

    def _inner(self, body: Expr, axis: Axis) -> str | None:
        """The inner products that a sum of products of vectors is."""
        if self.work.nodes.axes(body) != (axis,):
            return None
        products = [self._product(term, axis) for term in sympy.Add.make_args(body)]
        found = [p for p in products if p is not None]
        return " + ".join(found) if len(found) == len(products) else None

    def _product(self, term: Expr, axis: Axis) -> str | None:
        factors = [f for f in sympy.Mul.make_args(term) if self.work.nodes.axes(f)]
        if not factors:
            return None
        square = factors[0].is_Pow and factors[0].exp == 2 and factors[0].base.is_Symbol
        if len(factors) == 1 and square:
            factors = [factors[0].base] * 2
        if len(factors) < 2 or sympy.Mul(*factors) != term:
            return None
        first, rest = factors[0], sympy.Mul(*factors[1:])
        return f"{self._oriented(first, (axis,))} @ {self._oriented(rest, (axis,))}"

    def _grid(self, node: Grid) -> str:
        if all(not self.work.nodes.axes(c.body) for line in node.cells for c in line):
            rows = [[self.code(c.body, ()) for c in line] for line in node.cells]
            if node.col is None or node.row is None:
                return f"{self.np}.stack([{', '.join(t for row in rows for t in row)}])"
            return f"{self.np}.stack([{', '.join(self._stack(row) for row in rows)}])"
        if node.col is None:
            return (
                f"_rows({self.first}{', '.join(self._cell(line[0], True) for line in node.cells)})"
            )
        lines = [
            f"_columns({self.first}{', '.join(self._cell(c, False) for c in line)})"
            for line in node.cells
        ]
        return lines[0] if len(lines) == 1 else f"{self.np}.concatenate([{', '.join(lines)}])"

    def _stack(self, row: list[str]) -> str:
        return f"{self.np}.stack([{', '.join(row)}])"

    def _cell(self, cell: Cell, flat: bool) -> str:
        body, row, col = cell.body, cell.row, cell.col
        axes = self.work.nodes.axes(body)
        if not axes and not flat and sympy.expand(col.length - 1) == 0:
            return self.code(body, ())
        if not axes and flat and sympy.expand(row.length - 1) == 0:
            return self.code(body, ())
        if flat and axes == (row,):
            return self.code(body, (row,))
        if not flat and row in axes:
            text = self.code(body, (row, col))
            return text if col in axes else f"{text if _atomic(text) else f'({text})'}[:, None]"
        raise Refusal("a block that is the same in all rows or columns")

    def _solve(self, node: Solve) -> str:
        matrix = self.code(node.matrix, node.inner)
        if node.right is None:
            return f"{self.np}.linalg.inv({matrix})"
        order = (node.inner[0],) if node.col is None else (node.inner[0], node.col)
        right = self.code(node.right, order)
        if node.col is None and self.np != "np":
            return f"{self.np}.linalg.solve({matrix}, ({right})[:, None])[:, 0]"
        return f"{self.np}.linalg.solve({matrix}, {right})"

    def _same(self, left: Place, right: Place, order: Order) -> str:
        sides = [self._counted(p) for p in (left, right)]
        if left.axis is not None and right.axis is not None:
            if left.axis == right.axis:
                raise Refusal("a delta of one index with itself")
            marks = {order[0]: "[:, None]", order[1]: ""}
            sides = [t + marks[p.axis] for t, p in zip(sides, (left, right), strict=True) if p.axis]
        return f"({sides[0]} == {sides[1]})"

    def _counted(self, place: Place) -> str:
        if place.axis is None:
            return self.size(place.shift)
        lo, hi = place.axis.lo + place.shift, place.axis.hi + place.shift
        return f"{self.np}.arange({self.size(lo)}, {self.size(hi + 1)})"


def _atomic(text: str) -> bool:
    """Whether a text needs no parentheses before something is appended to it."""
    depth = 0
    for character in text:
        depth -= character in ")]"
        if depth == 0 and character in " +-*/@<>=,":
            return False
        depth += character in "(["
    return True
