"""The SymPy route: relations rebuilt in SymPy, and a second opinion on proofs.

SymPy cannot be interrupted, so everything is measured before it is handed over: the size that an
expansion would have is bounded on the term. A `True` is SymPy's own algebra; a `False` is an
exact value of the difference at a point of the domain, never the failure of a simplification.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Any

from derive.context import REAL, Context, Domain, Hypothesis
from derive.derivation import Relation
from derive.from_sympy import statement, term
from derive.kernel.matrix import ShapeError, Unsupported, components, lower, shape
from derive.prove.unfold import Unfolder, leaves_of
from derive.term import (
    MINUS_ONE,
    Add,
    Entry,
    Mul,
    Num,
    Pow,
    Sym,
    Term,
    heads,
    is_matrix,
    num,
    parts,
    substitute,
    subterms,
)
from derive.to_sympy import Door, Unsaid

__all__ = ["Unsaid", "confirm", "rebuild", "relational", "statement", "term"]

MOST_NODES = 500
MOST_MEMBERS = 400
MOST_ENTRIES = 64
POINTS = 2
OPERATORS = {"=": "Eq", "≠": "Ne", "<": "Lt", "≤": "Le", ">": "Gt", "≥": "Ge"}


# ---- rebuilding ------------------------------------------------------------------------


def rebuild(relation: Relation) -> Any:
    """Return the relation in SymPy; raises `Unsaid` where it cannot be said there."""
    if relation.left is None or relation.right is None:
        raise Unsaid("a relation that could not be read")
    return relational(relation.left, relation.op, relation.right, relation.context)


def relational(left: Term, op: str, right: Term, context: Context) -> Any:
    """Return `left op right` as a SymPy relational; raises `Unsaid` where it cannot be said.

    Matrices of literal size are SymPy matrices; else the relation is a conjunction, one
    relational for each block, with free indices `i` and `j`.
    """
    import sympy

    if op not in OPERATORS:
        raise Unsaid(f"the relation {op}")
    make = getattr(sympy, OPERATORS[op])
    try:
        if is_matrix(left) or is_matrix(right):
            return _of_matrices(left, right, context, make)
        sides = lower(left), lower(right)
    except (ShapeError, Unsupported) as problem:
        raise Unsaid(str(problem)) from problem
    door = Door.of(sides, context)
    return make(*(door.expression(side) for side in sides), evaluate=False)


def _of_matrices(left: Term, right: Term, context: Context, make: Any) -> Any:
    import sympy

    known = shape(left if is_matrix(left) else right)
    if all(isinstance(size, Num) for size in known):
        rows, cols = (int(size.value) for size in known if isinstance(size, Num))
        if rows * cols <= MOST_ENTRIES and is_matrix(left) and is_matrix(right):
            return make(*_literal(left, right, rows, cols, context), evaluate=False)
    found = []
    for part in components(left, right):
        sides = _named(part.left, part.over), _named(part.right, part.over)
        door = Door.of(sides, context)
        found.append(make(*(door.expression(side) for side in sides), evaluate=False))
    return found[0] if len(found) == 1 else sympy.And(*found, evaluate=False)


def _named(term: Term, over: tuple[tuple[Sym, Term, Term], ...]) -> Term:
    taken = heads(term)
    names: dict[Term, Term] = {}
    for (index, _, _), letters in zip(over, ("ikr", "jls"), strict=False):
        free = next((c for c in letters if c not in taken), index.name)
        names[index] = Sym(free)
    return substitute(term, names)


def _literal(left: Term, right: Term, rows: int, cols: int, context: Context) -> list[Any]:
    import sympy

    places = [(num(i + 1), num(j + 1)) for i in range(rows) for j in range(cols)]
    entries = [[lower(Entry(side, i, j)) for i, j in places] for side in (left, right)]
    door = Door.of((*entries[0], *entries[1]), context)
    return [
        sympy.ImmutableDenseMatrix(rows, cols, [door.expression(e) for e in side])
        for side in entries
    ]


# ---- the second opinion ------------------------------------------------------------------


def confirm(
    left: Term, right: Term, context: Context, given: tuple[Hypothesis, ...] | None = None
) -> bool | None:
    """Return whether SymPy agrees that two scalars are equal; None where it does not decide.

    False means that SymPy's value of the difference at a point of the domain is not 0. It is
    only said of a relation without hypotheses, so only with `given=()`.
    """
    try:
        return _confirm(left, right, context, bool(context.hypotheses) or given != ())
    except _failures():
        return None


def _failures() -> tuple[type[Exception], ...]:
    """What SymPy raises where it gives up."""
    from sympy.polys.polyerrors import BasePolynomialError

    return (BasePolynomialError, ArithmeticError, NotImplementedError, TypeError, ValueError)


def _confirm(left: Term, right: Term, context: Context, assuming: bool) -> bool | None:
    unfolder = Unfolder(context, leaves_of((left, right), context))
    sides, full = (left, right), tuple(unfolder.fully(t) for t in (left, right))
    stages = (sides,) if full == sides else (sides, full)
    last: tuple[Door, Any] | None = None
    for stage in stages:
        last = _difference(stage, context)
        if last is not None and _Zero().vanishes(last[1]):
            return True
    if last is None or assuming or last[0].folded:
        return None
    return False if _differs(*last) else None


def _difference(sides: tuple[Term, ...], context: Context) -> tuple[Door, Any] | None:
    """The difference in SymPy, derivatives carried out; None where it would be too large."""
    try:
        scalars = tuple(lower(side) for side in sides)
    except (ShapeError, Unsupported):
        return None
    if not _affordable(scalars):
        return None
    folded = frozenset(h for t in scalars for h in heads(t) if h in context.definitions)
    door = Door.of(scalars, context, evaluate=True, folded=folded)
    try:
        one, other = (door.expression(side) for side in scalars)
    except Unsaid:
        return None
    return door, one - other


def _affordable(sides: tuple[Term, ...]) -> bool:
    nodes = sum(1 for side in sides for _ in subterms(side))
    if nodes > MOST_NODES:
        return False
    sizes = _Sizes()
    return sum(sizes.of(side)[0] for side in sides) <= MOST_MEMBERS


class _Sizes:
    """Bounds the members of numerator and denominator that an expansion would have."""

    def __init__(self) -> None:
        self.memo: dict[Term, tuple[int, int]] = {}

    def of(self, term: Term) -> tuple[int, int]:
        found = self.memo.get(term)
        if found is None:
            found = self.memo[term] = self._of(term)
        return found

    def _of(self, term: Term) -> tuple[int, int]:
        match term:
            case Add(args):
                return self._sum([self.of(a) for a in args])
            case Mul(args):
                return _product([self.of(a) for a in args])
            case Pow(base, Num(value)):
                top, bottom = self.of(base)
                if value < 0:
                    top, bottom = bottom, top
                times = max(1, abs(value.numerator) // value.denominator)
                return _capped(top, times), _capped(bottom, times)
            case _:
                inner = [self.of(part) for part, _ in parts(term)]
                return max((t for t, _ in inner), default=1), max((b for _, b in inner), default=1)

    def _sum(self, members: list[tuple[int, int]]) -> tuple[int, int]:
        # fractions over denominators of several members are crossed, others only added
        bottom = _product([(b, 1) for _, b in members if b > 1])[0]
        return min(sum(t for t, _ in members) * bottom, 10**6), bottom


def _product(members: list[tuple[int, int]]) -> tuple[int, int]:
    top = bottom = 1
    for t, b in members:
        top, bottom = min(top * t, 10**6), min(bottom * b, 10**6)
    return top, bottom


def _capped(members: int, times: int) -> int:
    if members == 1:
        return 1
    return 10**6 if times > 16 else min(members**times, 10**6)


# ---- SymPy's zero test, on a budget --------------------------------------------------------


# a coefficient, the bound index of a sum, and what is summed
_Member = tuple[Any, Any, Any]


def _peeled(total: Any) -> tuple[Any, Any]:
    """What the outermost Σ or Π of SymPy's nested ones runs over, and its limits."""
    inner = total.limits[:-1]
    return total.func(total.function, *inner) if inner else total.function, total.limits[-1]


@dataclass
class _Zero:
    """One zero test; sums stand as symbols while the algebra around them is done."""

    names: Iterator[int] = field(default_factory=count)
    sums: dict[Any, Any] = field(default_factory=dict)

    def vanishes(self, difference: Any) -> bool:
        """Whether SymPy's algebra makes it 0; False says nothing."""
        import sympy

        if difference.is_zero or difference == 0:
            return True
        if difference.has(sympy.oo, sympy.zoo, sympy.nan) or _sums_deltas(difference):
            return False
        opaque = self._opaque(difference)
        expanded = _numerator(opaque)
        if expanded == 0:
            return True
        return bool(self.sums) and self._merged(opaque)

    def _opaque(self, expression: Any) -> Any:
        """The expression with a symbol for every outermost sum."""
        import sympy

        if not expression.has(sympy.Sum):
            return expression
        if isinstance(expression, sympy.Sum):
            found = self.sums.get(expression)
            if found is None:
                found = self.sums[expression] = sympy.Dummy(f"S{next(self.names)}", real=True)
            return found
        return expression.func(*(self._opaque(a) for a in expression.args))

    def _merged(self, opaque: Any) -> bool:
        """Brings sums of one range under one Σ, when the whole is linear in sums."""
        import sympy

        symbols = list(self.sums.values())
        rest = sympy.expand(opaque)
        groups: dict[tuple[Any, Any], list[_Member]] = {}
        for total, symbol in self.sums.items():
            coefficient = rest.coeff(symbol, 1)
            rest = sympy.expand(rest - coefficient * symbol)
            if coefficient.has(*symbols):
                return False
            body, (index, lo, hi) = _peeled(total)
            groups.setdefault((lo, hi), []).append((coefficient, index, body))
        if rest.has(*symbols):
            return False
        for (lo, hi), members in groups.items():
            constant = self._group(lo, hi, members)
            if constant is None:
                return False
            rest += constant
        return _Zero().vanishes(rest)

    def _group(self, lo: Any, hi: Any, members: list[_Member]) -> Any | None:
        """The value of Σ cₖ·sumₖ over one range if it is free of the index, else None."""
        import sympy

        index = max((own for _, own, _ in members), key=lambda s: int(s.name[1:]))
        body = sympy.Add(*(c * f.xreplace({own: index}) for c, own, f in members))
        if _Zero().vanishes(body):
            return sympy.Integer(0)
        length = hi - lo + 1
        if not length.is_nonnegative:
            return None
        free, bound = sympy.expand(body).as_independent(index, as_Add=True)
        if not _Zero().vanishes(bound):
            return None
        return free * length


def _sums_deltas(expression: Any) -> bool:
    """Whether Kronecker's delta stands under a Σ, which SymPy sums only into cases."""
    import sympy

    if not expression.has(sympy.KroneckerDelta):
        return False
    return any(s.function.has(sympy.KroneckerDelta) for s in expression.atoms(sympy.Sum))


def _numerator(expression: Any) -> Any:
    """The numerator over a common denominator, expanded, functions in few primitives."""
    import sympy

    plain = expression
    if plain.has(sympy.log):
        plain = sympy.expand_log(plain)
    if plain.has(sympy.sinh, sympy.cosh, sympy.tanh, sympy.sin, sympy.cos, sympy.tan):
        plain = plain.rewrite(sympy.exp)
    if plain.has(sympy.exp):
        plain = sympy.expand_power_exp(sympy.expand_mul(plain) if plain.is_Mul else plain)
    return sympy.expand(sympy.together(plain).as_numer_denom()[0])


# ---- SymPy's value at a point -----------------------------------------------------------------


def _differs(door: Door, difference: Any) -> bool:
    """Whether SymPy's value of the difference is certainly not 0 at some point of the domain."""
    for turn in range(POINTS):
        try:
            value = _Point(door, turn).value(difference, {})
        except _NoValue:
            continue
        if _certain(value):
            return True
    return False


def _certain(value: Any) -> bool:
    if value.is_Rational:
        return bool(value != 0)
    near = value.evalf(30, maxn=60)
    return bool(near.is_Float and near.is_finite and abs(near) > Fraction(1, 10**12))


class _NoValue(Exception):
    """A point at which the expression has no value that could be computed."""


class _Point:
    """Rational values for symbols, members and unknown derivatives, chosen as they are met."""

    def __init__(self, door: Door, turn: int) -> None:
        self.door, self.turn = door, turn
        self.values: dict[Any, Any] = {}

    def value(self, node: Any, indices: dict[Any, Any]) -> Any:
        """The value of an expression; raises `_NoValue`."""
        import sympy

        if node in indices:
            return indices[node]
        if node.is_Number or node.is_NumberSymbol or node is sympy.I:
            return node
        if node.is_Symbol:
            return self._free(node, (node,))
        if isinstance(node, (sympy.Sum, sympy.Product)):
            return self._ranged(node, indices)
        if isinstance(node, sympy.Indexed):
            return self._free(node.base, (node.base, *self._all(node.indices, indices)))
        if isinstance(node, sympy.core.function.AppliedUndef):
            return self._free(node.func, (node.func, *self._all(node.args, indices)))
        if isinstance(node, (sympy.Derivative, sympy.Subs)):
            return self._jet(node, indices)
        return node.func(*self._all(node.args, indices))

    def _all(self, nodes: Any, indices: dict[Any, Any]) -> list[Any]:
        return [self.value(node, indices) for node in nodes]

    def _ranged(self, node: Any, indices: dict[Any, Any]) -> Any:
        import sympy

        body, (index, lo, hi) = _peeled(node)
        first, last = self.value(lo, indices), self.value(hi, indices)
        if not (first.is_Integer and last.is_Integer and last - first < 8):
            raise _NoValue
        rows = [
            self.value(body, {**indices, index: sympy.Integer(k)})
            for k in range(int(first), int(last) + 1)
        ]
        return sympy.Add(*rows) if isinstance(node, sympy.Sum) else sympy.Mul(*rows)

    def _jet(self, node: Any, indices: dict[Any, Any]) -> Any:
        """A derivative of an unknown function: a free value, the same wherever it is written."""
        import sympy

        point: dict[Any, Any] = {}
        if isinstance(node, sympy.Subs):
            point, node = dict(zip(node.variables, node.point, strict=True)), node.expr
        if not isinstance(node, sympy.Derivative):
            raise _NoValue
        inner = node.expr
        if not isinstance(inner, sympy.core.function.AppliedUndef):
            raise _NoValue
        places = {a: k for k, a in enumerate(inner.args)}
        if any(v not in places for v, _ in node.variable_count):
            raise _NoValue
        orders = sorted((places[v], int(times)) for v, times in node.variable_count)
        own = self._all([point.get(a, a) for a in inner.args], indices)
        return self._free(None, (inner.func, *own, tuple(orders)))

    def _free(self, family: Any, key: Any) -> Any:
        """The value of a leaf; `family` is what its domain is known by."""
        if key not in self.values:
            domain = self.door.domains.get(family, REAL)
            self.values[key] = _nice(domain, len(self.values), self.turn)
        return self.values[key]


def _nice(domain: Domain, at: int, turn: int) -> Any:
    """A rational number inside a domain, another for each leaf; raises `_NoValue`."""
    import sympy

    if domain.values is not None:
        chosen = domain.values[(at + turn) % len(domain.values)]
        if not isinstance(chosen, Num):
            raise _NoValue
        return sympy.Rational(chosen.value.numerator, chosen.value.denominator)
    if domain.integer:
        return sympy.Integer(_whole(domain, turn))
    lo, hi = (_bound(b) for b in (domain.lo, domain.hi))
    step = at + 2 * turn
    if lo is not None and hi is not None:
        found = lo + (hi - lo) * Fraction(step % 11 + 1, 13)
    elif lo is not None:
        found = lo + Fraction(step % 7 + 2, 3)
    elif hi is not None:
        found = hi - Fraction(step % 7 + 2, 3)
    else:
        found = Fraction(step % 5 + 2, step % 3 + 3)
    return sympy.Rational(found.numerator, found.denominator)


def _whole(domain: Domain, turn: int) -> int:
    """A size or free number; an index, which is bounded on both sides, is at its least value."""
    if domain.hi is not None and domain.lo is None:
        raise _NoValue
    least = _bound(domain.lo) if domain.lo is not None else Fraction(1)
    if least is None or least.denominator != 1:
        raise _NoValue
    if domain.hi is not None:
        return int(least) + bool(domain.lo_open)
    return int(least) + 1 + turn


def _bound(bound: Term | None) -> Fraction | None:
    match bound:
        case None:
            return None
        case Num(value):
            return value
        case Mul((Num(value), Num(other))):
            return value * other
        case Pow(Num(value), exponent) if exponent is MINUS_ONE and value:
            return 1 / value
        case _:
            raise _NoValue
