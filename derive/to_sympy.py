"""Terms in SymPy: the door through which a relation leaves for users and for the second route.

A family whose members depend on a variable becomes a function of its indices and of that
variable, because SymPy's derivative of an `Indexed` by a foreign symbol is 0. Bound indices get
symbols of their own, because SymPy's sums capture. SymPy is loaded only when asked for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from derive.context import REAL, Context, Domain
from derive.term import (
    ZERO,
    Add,
    App,
    At,
    Bound,
    Const,
    Delta,
    Diff,
    Fn,
    Mul,
    Num,
    Pow,
    Prod,
    Sum,
    Sym,
    Term,
    heads,
    parts,
    subterms,
)

# SymPy computes powers and factorials of numbers as soon as it sees them
LARGEST_EXPONENT = 500
LONGEST_EXPANDED = 12

# name in the house: name in SymPy
FUNCTIONS = {
    "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot",
    "sec": "sec", "csc": "csc", "asin": "asin", "acos": "acos", "atan": "atan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "abs": "Abs", "sign": "sign", "max": "Max", "min": "Min",
    "floor": "floor", "ceil": "ceiling", "factorial": "factorial", "binomial": "binomial",
    "gamma": "gamma", "erf": "erf",
}  # fmt: skip
CONSTANTS = {"pi": "pi", "I": "I", "oo": "oo"}
_GROWING = {"factorial", "binomial", "gamma"}
_INDEX_NAMES = "ijklmrstabcdefghopquvwxyz"


class Unsaid(Exception):
    """A term that SymPy cannot say without a loss of meaning; says nothing about its truth."""


def variables(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return the symbols and family members by which something is differentiated, in order."""
    found: dict[Term, None] = {}
    for term in terms:
        for node in subterms(term):
            if isinstance(node, Diff) and isinstance(node.variable, (Sym, At)):
                found[node.variable] = None
    return tuple(sorted(found, key=repr))


def _head(leaf: Term) -> str:
    match leaf:
        case Sym(name):
            return name
        case At(head, _) | App(head, _, _):
            return head
        case _:
            return ""


@dataclass
class Door:
    """Rebuilds the scalar terms of one relation in SymPy.

    `evaluate` carries out derivatives and short sums, for the second route; without it every
    derivative and sum stays as written, and nothing that was written disappears. `folded` are
    heads whose definitions were not unfolded, so that they may depend on anything.
    """

    context: Context
    by: tuple[Term, ...] = ()
    evaluate: bool = False
    folded: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    domains: dict[Any, Domain] = field(default_factory=dict)
    _memo: dict[tuple[Term, tuple[Any, ...]], Any] = field(default_factory=dict)
    _heights: dict[Term, int] = field(default_factory=dict)
    _differentiated: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        terms: tuple[Term, ...],
        context: Context,
        evaluate: bool = False,
        folded: frozenset[str] = frozenset(),
    ) -> "Door":
        """Return the door for the terms of one relation."""
        taken = frozenset[str]().union(*(heads(t) for t in terms))
        door = cls(context, variables(terms), evaluate, folded, taken)
        for node in (n for t in terms for n in subterms(t) if isinstance(n, Diff)):
            if isinstance(node.body, (Sym, At)) and _head(node.body) != _head(node.variable):
                door._differentiated.setdefault(_head(node.body), set()).add(_head(node.variable))
        return door

    def expression(self, term: Term, env: tuple[Any, ...] = ()) -> Any:
        """Return the term in SymPy; raises `Unsaid` where it cannot be said there."""
        key = (term, env)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._expression(term, env)
        return found

    def _expression(self, term: Term, env: tuple[Any, ...]) -> Any:
        match term:
            case Num() | Const() | Delta() | Sym() | At() | Bound():
                return self._leaf(term, env)
            case Add(args):
                return self._joined("Add", args, env)
            case Mul(args):
                return self._joined("Mul", args, env)
            case Pow(base, exponent):
                return self._power(base, exponent, env)
            case Fn():
                return self._function(term, env)
            case App(head, orders, args):
                return self._unknown(head, orders, [self.expression(a, env) for a in args])
            case Diff(body, variable):
                return self._derivative(body, variable, env)
            case Sum(body, lo, hi) | Prod(body, lo, hi):
                return self._binder(term, body, lo, hi, env)
            case _:
                raise Unsaid(f"{type(term).__name__} in SymPy")

    # ---- leaves ----

    def _leaf(self, term: Term, env: tuple[Any, ...]) -> Any:
        import sympy

        match term:
            case Num(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Const(name) if name in CONSTANTS:
                return getattr(sympy, CONSTANTS[name])
            case Delta(left, right):
                return sympy.KroneckerDelta(self.expression(left, env), self.expression(right, env))
            case Bound(depth) if depth < len(env):
                return env[-1 - depth]
            case Sym(name):
                return self._member(name, (), term, env)
            case At(head, indices):
                return self._member(
                    head, tuple(self.expression(i, env) for i in indices), term, env
                )
            case _:
                raise Unsaid(f"{term!r} in SymPy")

    def _member(self, head: str, indices: tuple[Any, ...], leaf: Term, env: tuple[Any, ...]) -> Any:
        """A symbol or family member; a function where it depends on a variable."""
        import sympy

        assumed = assumptions(self.context.domains.get(head, REAL))
        below = [v for v in self.by if self._depends(leaf, v)]
        if below:
            args = [self._variable(v, env) for v in below]
            family = sympy.Function(head, **assumed)
            found = family(*indices, *args)
        elif indices:
            family = sympy.IndexedBase(head, **assumed)
            found = family[indices]
        else:
            family = found = sympy.Symbol(head, **assumed)
        self.domains[family] = self.context.domains.get(head, REAL)
        return found

    def _depends(self, leaf: Term, variable: Term) -> bool:
        head, below = _head(leaf), _head(variable)
        if head == below or leaf in self.by:
            return False
        return (
            (head, below) in self.context.depends
            or head in self.folded
            or below in self._differentiated.get(head, ())
        )

    def _variable(self, variable: Term, env: tuple[Any, ...]) -> Any:
        if any(isinstance(t, Bound) for t in subterms(variable)):
            raise Unsaid("a dependence on a bound member of a family")
        return self.expression(variable, ())

    # ---- operations ----

    def _joined(self, name: str, args: tuple[Term, ...], env: tuple[Any, ...]) -> Any:
        import sympy

        given = [self.expression(a, env) for a in args]
        return self._kept(getattr(sympy, name), given)

    def _power(self, base: Term, exponent: Term, env: tuple[Any, ...]) -> Any:
        import sympy

        b, e = self.expression(base, env), self.expression(exponent, env)
        if b.is_number and e.is_number and _large(e):
            raise Unsaid("a power too large to be computed")
        return self._kept(sympy.Pow, [b, e])

    def _kept(self, make: Callable[..., Any], args: list[Any]) -> Any:
        """The value; where something written would disappear, the node as written."""
        found = make(*args)
        if self.evaluate:
            return found
        written = set[Any]().union(*(a.free_symbols for a in args))
        return found if found.free_symbols == written else make(*args, evaluate=False)

    def _function(self, term: Fn, env: tuple[Any, ...]) -> Any:
        import sympy

        args = [self.expression(a, env) for a in term.args]
        if term.name in _GROWING and any(a.is_number and _large(a) for a in args):
            raise Unsaid(f"a {term.name} too large to be computed")
        if term.order == 0:
            return self._applied(term.name, args)
        if len(args) != 1:
            raise Unsaid("a derivative of a function of several arguments")
        dummy = sympy.Dummy("t", real=True)
        return self._applied(term.name, [dummy]).diff(dummy, term.order).subs(dummy, args[0])

    def _applied(self, name: str, args: list[Any]) -> Any:
        import sympy

        if name == "sigma" and len(args) == 1:
            return 1 / (1 + sympy.exp(-args[0]))
        if name not in FUNCTIONS:
            raise Unsaid(f"the function {name} in SymPy")
        return getattr(sympy, FUNCTIONS[name])(*args)

    def _unknown(self, head: str, orders: tuple[int, ...], args: list[Any]) -> Any:
        import sympy

        function = sympy.Function(head, real=True)
        if not any(orders):
            return function(*args)
        dummies = [sympy.Dummy(f"t{k}", real=True) for k in range(len(args))]
        plain = all(a.is_Symbol for a in args) and len(set(args)) == len(args)
        at = args if plain else dummies
        counted = [(v, k) for v, k in zip(at, orders, strict=True) if k]
        found = sympy.Derivative(function(*at), *counted)
        return found if plain else sympy.Subs(found, dummies, args)

    def _derivative(self, body: Term, variable: Term, env: tuple[Any, ...]) -> Any:
        import sympy

        inner, by = self.expression(body, env), self.expression(variable, env)
        if not getattr(by, "_diff_wrt", False):
            raise Unsaid("a derivative by something that is not a symbol")
        if self.evaluate:
            # nothing shows that it depends on the variable, which is no proof that it does not
            if heads(body) and _head(variable) not in heads(body) and not inner.has(by):
                raise Unsaid("a derivative of something that does not show the variable")
            return sympy.diff(inner, by)
        if by not in inner.atoms(type(by)):
            raise Unsaid("a derivative that SymPy takes for 0")
        return sympy.Derivative(inner, by, evaluate=False)

    # ---- binders ----

    def _binder(self, term: Term, body: Term, lo: Term, hi: Term, env: tuple[Any, ...]) -> Any:
        import sympy

        first, last = self.expression(lo, env), self.expression(hi, env)
        total = isinstance(term, Sum)
        if self.evaluate and first.is_Integer and last.is_Integer:
            if last - first >= LONGEST_EXPANDED:
                raise Unsaid("a long sum written out")
            rows = (sympy.Integer(k) for k in range(int(first), int(last) + 1))
            values = [self.expression(body, (*env, k)) for k in rows]
            return sympy.Add(*values) if total else sympy.Mul(*values)
        index = self._index(term, env, bool(first.is_positive))
        kind = sympy.Sum if total else sympy.Product
        return kind(self.expression(body, (*env, index)), (index, first, last))

    def _index(self, term: Term, env: tuple[Any, ...], positive: bool) -> Any:
        """The symbol of a bound index.

        For the second route it is named by how many binders stand below, so that sums that
        differ in names are equal, and no inner index is an outer one.
        """
        import sympy

        known: dict[str, bool] = {"positive": True} if positive else {}
        if self.evaluate:
            return sympy.Symbol(f"_{self._height(term)}", integer=True, **known)
        used = self.taken | {str(s) for s in env}
        free = next((c for c in _INDEX_NAMES if c not in used), None)
        return sympy.Symbol(free or f"i_{len(env)}", integer=True, **known)

    def _height(self, term: Term) -> int:
        found = self._heights.get(term)
        if found is None:
            below = max((self._height(part) for part, _ in parts(term)), default=0)
            found = self._heights[term] = below + isinstance(term, (Sum, Prod))
        return found


def _large(value: Any) -> bool:
    return not (value.is_Rational and abs(value) <= LARGEST_EXPONENT)


def assumptions(domain: Domain) -> dict[str, bool]:
    """Return what SymPy can be told of a domain: signs and integrality."""
    known: dict[str, bool] = {"integer": True} if domain.integer else {"real": True}
    if domain.values is not None:
        return known
    lo, hi = domain.lo, domain.hi
    if isinstance(lo, Num) and lo.value >= 0:
        strict = lo is not ZERO or domain.lo_open
        known["positive" if strict else "nonnegative"] = True
    elif isinstance(hi, Num) and hi.value <= 0:
        strict = hi is not ZERO or domain.hi_open
        known["negative" if strict else "nonpositive"] = True
    elif domain.nonzero:
        known["nonzero"] = True
    return known
