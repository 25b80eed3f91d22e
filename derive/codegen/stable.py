"""Stable forms: formulas that are equal in exact arithmetic and right in floating point.

Each row of `RULES` is an identity; the tests prove each one. Logistic values of one score are
computed together, so `1 - σ(z)` never subtracts and `log σ(z)` never takes the log of 0.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import sympy
from sympy.codegen.cfunctions import expm1, log1p

from derive.codegen.lower import SIGMA, Array, Lowering
from derive.codegen.nodes import (
    Axis,
    Cell,
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

LOG_SIGMA = sympy.Function("log_sigma", real=True)

_z, _x, _y = sympy.symbols("z x y", real=True)
# what is replaced, by what; every row is an identity for real numbers
RULES: dict[str, tuple[Expr, Expr]] = {
    "a complement": (_y - _y * SIGMA(_z), _y * SIGMA(-_z)),
    "a residual": (_y - SIGMA(_z), _y * SIGMA(-_z) - (1 - _y) * SIGMA(_z)),
    "a logistic quotient": (1 / (1 + sympy.exp(_z)), SIGMA(-_z)),
    "an exponential quotient": (sympy.exp(_z) * SIGMA(-_z), SIGMA(_z)),
    "a log of a sigmoid": (sympy.log(SIGMA(_z)), LOG_SIGMA(_z)),
    "a softplus": (sympy.log(1 + sympy.exp(_z)), -LOG_SIGMA(-_z)),
    "a log near 1": (sympy.log(1 + _x), log1p(_x)),
    "an exponential near 1": (sympy.exp(_x) - 1, expm1(_x)),
}


def rewritten(expression: Expr) -> Expr:
    """The expression in stable form; elementwise, so nodes are left as they are."""
    return expression.replace(lambda e: True, _step) if expression.args else expression


def _step(e: Expr) -> Expr:
    match e:
        case sympy.Add():
            return _sum(e)
        case sympy.Mul():
            return _product(e)
        case sympy.Pow():
            return _quotient(e)
        case sympy.log():
            return _log(e.args[0])
        case _:
            return e


def _sum(e: Expr) -> Expr:
    args = list(e.args)
    for one in args:
        for other in args:
            for call in other.atoms(SIGMA):
                if other == -one * call:
                    rest = [a for a in args if a not in (one, other)]
                    return _step_sum(sympy.Add(*rest, one * SIGMA(-call.args[0])))
    if len(args) == 2 and not e.atoms(sympy.exp):
        return _residual(e)
    if len(args) == 2 and sympy.Integer(-1) in args:
        (other,) = [a for a in args if a != -1]
        return expm1(other.args[0]) if isinstance(other, sympy.exp) else e
    return e


def _step_sum(e: Expr) -> Expr:
    return _sum(e) if isinstance(e, sympy.Add) else e


def _residual(e: Expr) -> Expr:
    for sign in (1, -1):
        for call in e.atoms(SIGMA):
            label = sign * e + call
            if label.is_Symbol:
                z = call.args[0]
                return sign * (label * SIGMA(-z) - (1 - label) * call)
    return e


def _product(e: Expr) -> Expr:
    for factor in e.args:
        if isinstance(factor, sympy.Add) and _divides_by_sigma(factor) and e.atoms(SIGMA):
            return _again(sympy.expand_mul(e))
        if isinstance(factor, sympy.exp):
            a = factor.args[0]
            if e.has(SIGMA(-a)) and SIGMA(-a) in e.args:
                return e / factor / SIGMA(-a) * SIGMA(a)
            if SIGMA(-a) ** 2 in e.args:
                return e / factor / SIGMA(-a) * SIGMA(a)
    return e


def _divides_by_sigma(e: Expr) -> bool:
    return any(p.exp.is_negative and p.base.has(SIGMA) for p in e.atoms(sympy.Pow))


def _again(e: Expr) -> Expr:
    return sympy.Add(*(_quotient(a) if isinstance(a, sympy.Pow) else a for a in e.args))


def _quotient(e: Expr) -> Expr:
    base, exponent = e.args
    if exponent.is_Integer and exponent.is_negative and isinstance(base, sympy.Add):
        rest = base - 1
        if isinstance(rest, sympy.exp):
            return SIGMA(-rest.args[0]) ** -exponent
    return e


def _log(inside: Expr) -> Expr:
    if isinstance(inside, SIGMA):
        return LOG_SIGMA(*inside.args)
    if isinstance(inside, sympy.Add) and sympy.Integer(1) in inside.args:
        rest = inside - 1
        if isinstance(rest, sympy.exp):
            return -LOG_SIGMA(-rest.args[0])
        return log1p(rest)
    return sympy.log(inside)


# ---- through the nodes ---------------------------------------------------------------------


def mapped(work: Lowering, expression: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """`change` applied to the expression and, first, to those inside its nodes."""
    found = {
        work.nodes.symbol(node): work.nodes.symbol(new)
        for node in work.nodes.inside(expression)
        if (new := over_parts(node, lambda e: mapped(work, e, change))) != node
    }
    return change(expression.xreplace(found))


def over_parts(node: Node, change: Callable[[Expr], Expr]) -> Node:
    """The node with each expression inside it changed."""
    match node:
        case Dot(left, right, axis):
            return Dot(change(left), change(right), axis)
        case Total(body, axis, product):
            return Total(change(body), axis, product)
        case LogSumExp(body, axis):
            return LogSumExp(change(body), axis)
        case Grid(cells, row, col):
            new = tuple(tuple(replace(c, body=change(c.body)) for c in line) for line in cells)
            return Grid(new, row, col)
        case Solve(matrix, inner, right, row, col):
            other = None if right is None else change(right)
            return Solve(change(matrix), inner, other, row, col)
        case Determinant(matrix, inner):
            return Determinant(change(matrix), inner)
        case _:
            return node


def moved(work: Lowering, expression: Expr, to: dict[Axis, Place]) -> Expr:
    """The expression with its axes renamed and moved."""
    found = {
        work.nodes.symbol(node): work.nodes.symbol(_moved(work, node, to))
        for node in work.nodes.inside(expression)
    }
    return expression.xreplace(found)


def _moved(work: Lowering, node: Node, to: dict[Axis, Place]) -> Node:
    def place(p: Place) -> Place:
        new = None if p.axis is None else to.get(p.axis)
        return p if new is None else Place(new.axis, new.shift + p.shift)

    match node:
        case Pick(key, places):
            return Pick(key, tuple(map(place, places)))
        case Same(left, right):
            return Same(place(left), place(right))
        case Dot() | Total() | LogSumExp():
            return over_parts(node, lambda e: moved(work, e, to))
        case _:
            return node


# ---- logistic values of one score ----------------------------------------------------------

# the values of one score that can be computed together, in the order of the helper
KINDS = ("σ(z)", "1 - σ(z)", "log σ(z)", "log(1 - σ(z))")


@dataclass
class Logistic:
    """The arrays that hold logistic values of the array `score`, by kind."""

    score: str
    keys: dict[str, str]


@dataclass
class Stable:
    """Brings all formulas of one program into stable form."""

    work: Lowering
    groups: dict[str, Logistic]

    @classmethod
    def of(cls, work: Lowering) -> "Stable":
        """Find the arrays that are a sigmoid of another; a score without a name gets one."""
        stable = cls(work, {})
        for key, array in list(work.arrays.items()):
            if isinstance(array.body, SIGMA):
                stable._adopt(key, array)
        return stable

    def _adopt(self, key: str, array: Array) -> None:
        (score,) = sympy.sympify(array.body, strict=True).args
        node = self.work.nodes.node(score)
        if not (isinstance(node, Pick) and _whole(node, array.axes)):
            node = self._named(key, array, score)
        self.groups.setdefault(node.key, Logistic(node.key, {})).keys.setdefault(KINDS[0], key)

    def _named(self, key: str, array: Array, score: Expr) -> Pick:
        own = f"{key}|score"
        name = self.work.names.of(own, f"{array.name}_score")
        self.work.arrays[own] = Array(own, name, list(array.dims), score, array.axes, "")
        node = Pick(own, tuple(Place(a, sympy.Integer(0)) for a in array.axes))
        array.body = SIGMA(self.work.nodes.symbol(node))
        return node

    def form(self, expression: Expr) -> Expr:
        """The expression in stable form, all logistic values taken from shared arrays."""
        return mapped(self.work, expression, self._form)

    def _form(self, expression: Expr) -> Expr:
        found = rewritten(self._inlined(expression))
        found = self._log_sums(found)
        calls = found.atoms(SIGMA, LOG_SIGMA)
        return found.xreplace({call: self._shared(call) for call in calls})

    def _inlined(self, expression: Expr) -> Expr:
        """Names of sigmoids, and of sums of exponentials, replaced by what they stand for."""
        found = {}
        for node in self.work.nodes.inside(expression):
            if isinstance(node, Pick):
                body = self.work.arrays[node.key].body
                if isinstance(body, SIGMA) or self._is_partition(body):
                    axes = self.work.arrays[node.key].axes
                    to = dict(zip(axes, node.places, strict=True))
                    found[self.work.nodes.symbol(node)] = moved(self.work, body, to)
        return expression.xreplace(found)

    def _is_partition(self, body: Any) -> bool:
        node = self.work.nodes.node(body) if body is not None else None
        return isinstance(node, Total) and isinstance(node.body, sympy.exp) and not node.product

    def _log_sums(self, expression: Expr) -> Expr:
        for symbol in expression.free_symbols:
            if self._is_partition(symbol):
                total = self.work.nodes.node(symbol)
                assert isinstance(total, Total)
                log = self.work.nodes.symbol(LogSumExp(total.body.args[0], total.axis))
                expression = expression.replace(
                    lambda e, s=symbol: isinstance(e, sympy.Mul) and 1 / s in e.args,
                    lambda e, s=symbol, g=log: _softmax(e, s, g),
                )
                expression = expression.subs(sympy.log(symbol), log)
        return expression

    def _shared(self, call: Expr) -> Expr:
        """The array that holds this value, made where there is none; else the call itself."""
        argument = call.args[0]
        negative = argument.could_extract_minus_sign()
        node = self.work.nodes.node(-argument if negative else argument)
        if not isinstance(node, Pick) or node.key not in self.groups:
            return call
        kind = KINDS[negative + 2 * isinstance(call, LOG_SIGMA)]
        return self.work.nodes.symbol(Pick(self._key(self.groups[node.key], kind), node.places))

    def _key(self, group: Logistic, kind: str) -> str:
        if kind not in group.keys:
            whole = self.work.arrays[group.keys[KINDS[0]]]
            wish = {KINDS[1]: f"{whole.name}_c", KINDS[2]: f"log_{whole.name}"}
            name = wish.get(kind, f"log_{whole.name}_c")
            key = f"{group.score}|{kind}"
            group.keys[kind] = key
            body = whole.body
            self.work.arrays[key] = Array(
                key, self.work.names.of(key, name), list(whole.dims), body, whole.axes, ""
            )
        return group.keys[kind]


def _whole(node: Pick, axes: tuple[Axis, ...]) -> bool:
    return tuple(p.axis for p in node.places) == axes and all(p.shift == 0 for p in node.places)


def _softmax(e: Expr, total: Expr, log: Expr) -> Expr:
    powers = [f for f in e.args if isinstance(f, sympy.exp)]
    if not powers:
        return e
    rest = [f for f in e.args if f is not powers[0] and f != 1 / total]
    return sympy.Mul(sympy.exp(powers[0].args[0] - log), *rest)


__all__ = ["KINDS", "LOG_SIGMA", "RULES", "Cell", "Logistic", "Stable", "rewritten"]
