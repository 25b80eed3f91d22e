"""Terms from SymPy: the door through which users state derivations in SymPy.

Symbols are read as real. SymPy has simplified before this module sees anything (`x/x` is 1
there), so what was written is what SymPy shows. What has no term is refused by name, and two
symbols of one name with different assumptions are refused too, because terms know names only.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from derive.context import Context, Domain, Hypothesis
from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    App,
    At,
    Block,
    Const,
    Delta,
    Det,
    Diag,
    Diff,
    Entry,
    Eye,
    Fill,
    Fn,
    Hadamard,
    Inverse,
    Mat,
    MatAdd,
    MatMul,
    Num,
    Pow,
    Prod,
    Scale,
    Sum,
    Sym,
    Term,
    Trace,
    Transpose,
    abstract,
    add,
    mul,
)
from derive.to_sympy import FUNCTIONS

_HOUSE = {theirs: ours for ours, theirs in FUNCTIONS.items()}
_CONSTANTS = {"Pi": "pi", "ImaginaryUnit": "I", "Infinity": "oo"}
_OPERATORS = {
    "Equality": "=", "Unequality": "≠", "StrictLessThan": "<", "LessThan": "≤",
    "StrictGreaterThan": ">", "GreaterThan": "≥",
}  # fmt: skip


def _next(index: Term) -> Term:
    return Num(index.value + 1) if isinstance(index, Num) else add(index, ONE)


_MATRIX_NODES: dict[str, Callable[..., Term]] = {
    "Transpose": Transpose, "Inverse": Inverse, "Trace": Trace, "Determinant": Det,
    "DiagMatrix": Diag, "Identity": Eye,
    # SymPy counts rows and columns from 0
    "MatrixElement": lambda matrix, i, j: Entry(matrix, _next(i), _next(j)),
    "ZeroMatrix": lambda rows, cols: Fill(ZERO, rows, cols),
    "OneMatrix": lambda rows, cols: Fill(ONE, rows, cols),
    "MatAdd": lambda *args: MatAdd(args),
    "HadamardProduct": lambda *args: Hadamard(args),
}  # fmt: skip


def term(expression: Any) -> Term:
    """Return the term of a SymPy expression; raises `ValueError` naming the node without one."""
    return Reader().term(expression)


def statement(left: Any, right: Any, assuming: Iterable[Any] = ()) -> tuple[Term, Term, Context]:
    """Return both sides as terms and the context that their assumptions make.

    Assumptions are those of the symbols and the relationals of `assuming`: bounds by numbers
    narrow a domain, everything else is a hypothesis. Raises `ValueError` where one has no term.
    """
    reader = Reader()
    sides = reader.term(left), reader.term(right)
    for assumption in assuming:
        reader.assume(assumption)
    return *sides, Context(domains=reader.domains, hypotheses=tuple(reader.hypotheses))


@dataclass
class Reader:
    """Reads expressions that share their symbols; collects what is assumed of them."""

    domains: dict[str, Domain] = field(default_factory=dict)
    hypotheses: list[Hypothesis] = field(default_factory=list)
    names: dict[Any, str] = field(default_factory=dict)

    def term(self, node: Any) -> Term:
        """Return the term of one expression; raises `ValueError` naming the node without one."""
        import sympy

        node = sympy.sympify(node, strict=True)
        kind = type(node).__name__
        if isinstance(node, sympy.MatrixBase) or getattr(node, "is_Matrix", False):
            return self._matrix(node, kind)
        if kind in _MATRIX_NODES:
            return _MATRIX_NODES[kind](*(self.term(a) for a in node.args))
        if getattr(node, "is_Rational", False):
            return Num(Fraction(int(node.p), int(node.q)))
        if kind in _CONSTANTS:
            return Const(_CONSTANTS[kind])
        if node is sympy.E:
            return Fn("exp", 0, (ONE,))
        return self._compound(node, kind)

    def _compound(self, node: Any, kind: str) -> Term:
        import sympy

        match node:
            case sympy.Add():
                return add(*(self.term(a) for a in node.as_ordered_terms()))
            case sympy.Mul():
                return mul(*(self.term(a) for a in node.as_ordered_factors()))
            case sympy.Pow():
                return self._power(*node.args)
            case sympy.Sum() | sympy.Product():
                return self._binder(node)
            case sympy.Derivative() | sympy.Subs():
                return self._derivative(node)
            case sympy.KroneckerDelta():
                return Delta(self.term(node.args[0]), self.term(node.args[1]))
            case _ if kind in _HOUSE:
                return Fn(_HOUSE[kind], 0, tuple(self.term(a) for a in node.args))
            case _:
                return self._leaf(node, kind)

    def _leaf(self, node: Any, kind: str) -> Term:
        import sympy

        match node:
            case sympy.Symbol() | sympy.Idx():
                return Sym(self._name(node, node.name, node))
            case sympy.Indexed():
                head = self._name(node.base, str(node.base.label), node.base)
                return At(head, tuple(self.term(i) for i in node.indices))
            case sympy.core.function.AppliedUndef():
                args = tuple(self.term(a) for a in node.args)
                return App(self._head(node), (0,) * len(args), args)
            case _:
                raise ValueError(f"no term for {kind}: {node}")

    def _head(self, applied: Any) -> str:
        return self._name(applied.func, applied.func.__name__, applied)

    def _power(self, base: Any, exponent: Any) -> Term:
        import sympy

        # SymPy writes e^x as a power
        if base is sympy.E:
            return Fn("exp", 0, (self.term(exponent),))
        return Pow(self.term(base), self.term(exponent))

    def _binder(self, node: Any) -> Term:
        import sympy

        kind = Sum if isinstance(node, sympy.Sum) else Prod
        if any(len(limit) != 3 for limit in node.limits):
            raise ValueError(f"no term for a sum without bounds: {node}")
        # a bound index is no free symbol of its name; its bounds may use the indices outside it
        outside = dict(self.names)
        binders: list[tuple[Sym, Term, Term]] = []
        for index, lo, hi in reversed(node.limits):
            bounds = self.term(lo), self.term(hi)
            self.names[index] = f"{index}′{len(self.names)}"
            binders.append((Sym(self.names[index]), *bounds))
        found = self.term(node.function)
        for own, first, last in reversed(binders):
            found = kind(abstract(found, own), first, last)
        for index, _, _ in node.limits:
            self.names.pop(index, None)
            self.names.update({index: outside[index]} if index in outside else {})
        return found

    def _derivative(self, node: Any) -> Term:
        import sympy

        if isinstance(node, sympy.Subs):
            return self._at_point(node)
        found = self.term(node.expr)
        for variable, times in node.variable_count:
            if not times.is_Integer:
                raise ValueError(f"no term for a derivative of symbolic order: {node}")
            by = self.term(variable)
            if not isinstance(by, (Sym, At)):
                raise ValueError(f"no term for a derivative by {variable}: {node}")
            for _ in range(int(times)):
                found = Diff(found, by)
        return found

    def _at_point(self, node: Any) -> Term:
        """The derivative of an unknown function at a point, `f′(2x)`."""
        import sympy

        inner = node.expr
        unknown = sympy.core.function.AppliedUndef
        if not (isinstance(inner, sympy.Derivative) and isinstance(inner.expr, unknown)):
            raise ValueError(f"no term for Subs: {node}")
        point = dict(zip(node.variables, node.point, strict=True))
        function, counted = inner.expr, dict(inner.variable_count)
        orders = tuple(int(counted.get(a, 0)) for a in function.args)
        if any(v not in function.args for v in counted):
            raise ValueError(f"no term for Subs: {node}")
        return App(
            self._head(function), orders, tuple(self.term(point.get(a, a)) for a in function.args)
        )

    # ---- matrices ----

    def _matrix(self, node: Any, kind: str) -> Term:
        import sympy

        if isinstance(node, sympy.MatrixBase):
            rows = node.tolist()
            if not (rows and rows[0]):
                raise ValueError("no term for an empty matrix")
            return Block(tuple(tuple(self.term(cell) for cell in row) for row in rows))
        if isinstance(node, sympy.MatrixSymbol):
            rows, cols = (self.term(size) for size in node.shape)
            return Mat(self._name(node, node.name, None), rows, None if cols is ONE else cols)
        if kind == "MatMul":
            return self._product(node)
        if kind == "MatPow":
            return self._matrix_power(node)
        if kind not in _MATRIX_NODES:
            raise ValueError(f"no term for {kind}: {node}")
        return _MATRIX_NODES[kind](*(self.term(a) for a in node.args))

    def _product(self, node: Any) -> Term:
        scalar, factors = node.as_coeff_matrices()
        found = [self.term(f) for f in factors]
        product = found[0] if len(found) == 1 else MatMul(tuple(found))
        return product if scalar == 1 else Scale(self.term(scalar), product)

    def _matrix_power(self, node: Any) -> Term:
        base, exponent = self.term(node.base), self.term(node.exp)
        if exponent is MINUS_ONE:
            return Inverse(base)
        if isinstance(exponent, Num) and exponent.value in range(2, 9):
            return MatMul((base,) * int(exponent.value))
        raise ValueError(f"no term for MatPow: {node}")

    # ---- names and what is assumed of them ----

    def _name(self, node: Any, name: str, holder: Any) -> str:
        """The name of a symbol, family or function; `holder` has its assumptions."""
        known = self.names.get(node)
        if known is not None:
            return known
        if name in self.names.values():
            name = self._fresh(node, name)
        self.names[node] = name
        self.domains.setdefault(name, _domain(holder))
        return name

    def _fresh(self, node: Any, name: str) -> str:
        """A name of its own for a `Dummy`; of two symbols with one name none is meant."""
        if not getattr(node, "is_Dummy", False):
            raise ValueError(f"two different symbols are named {name}")
        return f"{name}#{node.dummy_index}"

    def assume(self, assumption: Any) -> None:
        """Take a relational as true: a bound on a symbol, or a hypothesis."""
        import sympy

        if assumption is sympy.true:
            return
        op = _OPERATORS.get(type(assumption).__name__)
        if op is None:
            raise ValueError(f"not an equation or an inequality: {assumption}")
        left, right = self.term(assumption.lhs), self.term(assumption.rhs)
        if isinstance(left, Num):
            left, right, op = right, left, _MIRRORED.get(op, op)
        if isinstance(left, Sym) and isinstance(right, Num) and op != "=":
            narrowed = _narrowed(self.domains[left.name], op, right)
            if narrowed is not None:
                self.domains[left.name] = narrowed
                return
        self.hypotheses.append(Hypothesis(left, op, right, str(assumption)))


_MIRRORED = {"<": ">", "≤": "≥", ">": "<", "≥": "≤"}


def _narrowed(domain: Domain, op: str, bound: Num) -> Domain | None:
    """The domain with one more bound; None where the bound is not of that kind."""
    if op == "≠":
        return replace(domain, nonzero=True) if bound is ZERO else None
    strict = op in "<>"
    if op in ">≥":
        if isinstance(domain.lo, Num) and domain.lo.value > bound.value:
            return domain
        return replace(domain, lo=bound, lo_open=strict)
    if isinstance(domain.hi, Num) and domain.hi.value < bound.value:
        return domain
    return replace(domain, hi=bound, hi_open=strict)


def _domain(node: Any) -> Domain:
    """The domain that SymPy's assumptions give; raises `ValueError` for what is not real."""
    known = getattr(node, "assumptions0", None) or {}
    if known.get("real") is False or known.get("extended_real") is False:
        raise ValueError(f"no domain for {node}, which is not real")
    whole = bool(known.get("integer"))
    if known.get("positive"):
        return Domain(ONE, None, False, integer=True) if whole else Domain(ZERO)
    if known.get("negative"):
        return Domain(hi=MINUS_ONE, hi_open=False, integer=True) if whole else Domain(hi=ZERO)
    if known.get("nonnegative"):
        return Domain(ZERO, None, False, integer=whole)
    if known.get("nonpositive"):
        return Domain(hi=ZERO, hi_open=False, integer=whole)
    return Domain(integer=whole, nonzero=bool(known.get("nonzero")))
