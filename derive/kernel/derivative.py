"""Differentiation: pushes every `Diff` down to the leaves.

What remains is a jet, the derivative of a leaf that depends on the variable in a way that the
document does not show: an unknown value, never 0. All other leaves are constant, or the
variable itself, whose derivative in a family is a product of Kronecker deltas.
"""

from derive.context import Context
from derive.kernel.axioms import FUNCTIONS, lowered
from derive.kernel.budget import Exhausted, Unsupported
from derive.kernel.sign import Signs
from derive.term import (
    ONE,
    ZERO,
    Add,
    App,
    At,
    Bound,
    Choice,
    Const,
    Delta,
    Diff,
    Fn,
    Holds,
    Integral,
    Mul,
    Num,
    Pow,
    Primitive,
    Prod,
    Sum,
    Sym,
    Term,
    add,
    div,
    fn,
    instantiate,
    mul,
    num,
    rebuild,
    shift,
    sub,
    substitute,
    subterms,
)

_PLACE = Sym("\x00t")
_ORDERS = 12


def differentiate(term: Term, context: Context, signs: Signs | None = None) -> Term:
    """Return an equal term whose derivatives are all of leaves.

    Raises `Unsupported` where there is no rule (a bound that depends on the variable).
    """
    if not any(isinstance(t, Diff) or (isinstance(t, Fn) and t.order) for t in subterms(term)):
        return term
    return Differentiator(context, signs).clear(term)


class Differentiator:
    """The rules, with a memo for one term."""

    def __init__(self, context: Context, signs: Signs | None = None) -> None:
        self.context = context
        self._signs = signs
        self._cleared: dict[Term, Term] = {}
        self._derived: dict[tuple[Term, Term], Term] = {}
        self._near = _Near(context)

    def clear(self, term: Term) -> Term:
        """The term without derivatives of anything but leaves."""
        if isinstance(term, (Num, Sym, Bound)):
            return term
        found = self._cleared.get(term)
        if found is None:
            found = rebuild(term, lambda t, _: self.clear(t))
            if isinstance(found, Diff):
                found = self.derive(found.body, found.variable)
            elif isinstance(found, Fn) and found.order:
                found = self._lower(found)
            self._cleared[term] = found
        return found

    def derive(self, term: Term, variable: Term) -> Term:
        """The derivative of a term that is clear already."""
        if not isinstance(variable, (Sym, At)):
            raise Unsupported(Diff(term, variable))
        key = (term, variable)
        found = self._derived.get(key)
        if found is None:
            found = self._derived[key] = self._derive(term, variable)
        return found

    def _derive(self, term: Term, v: Term) -> Term:
        if not self._touches(term, v):
            return ZERO
        match term:
            case Sym() | At():
                return self._leaf(term, v)
            case Diff():
                return self._jet(term, v)
            case Add(args):
                return _sum([self.derive(a, v) for a in args])
            case Mul(args):
                return self._product(args, v)
            case Pow(base, exponent):
                return self._power(base, exponent, v)
            case Fn():
                return self._function(term, v)
            case App(head, orders, args):
                return self._application(head, orders, args, v)
            case Sum(body, lo, hi):
                self._fixed(term, (lo, hi), v)
                return Sum(self.derive(body, shift(v, 1)), lo, hi)
            case Prod():
                return self._big_product(term, v)
            case Integral():
                return self._integral(term, v)
            case Primitive(body, variable) if variable == v:
                return body
            case Holds():
                return ZERO
            case Choice(test, then, other):
                return Choice(test, self.derive(then, v), self.derive(other, v))
            case _:
                raise Unsupported(Diff(term, v))

    def _touches(self, term: Term, v: Term) -> bool:
        """Whether the variable, or a leaf that depends on it, occurs in the term."""
        return not self._near[_head(v)].isdisjoint(term.heads)

    def _leaf(self, leaf: Term, v: Term) -> Term:
        if leaf == v:
            return ONE
        if isinstance(leaf, At) and any(self._touches(i, v) for i in leaf.indices):
            raise Unsupported(Diff(leaf, v))
        if isinstance(leaf, At) and isinstance(v, At) and leaf.head == v.head:
            if len(leaf.indices) != len(v.indices):
                raise Unsupported(Diff(leaf, v))
            return mul(*(Delta(a, b) for a, b in zip(leaf.indices, v.indices, strict=True)))
        if (_head(leaf), _head(v)) in self.context.depends:
            return Diff(leaf, v)
        return ZERO

    def _jet(self, jet: Diff, v: Term) -> Term:
        leaf, variables = jet_parts(jet)
        if (_head(leaf), _head(v)) not in self.context.depends:
            return ZERO
        return make_jet(leaf, (*variables, v))

    def _product(self, args: tuple[Term, ...], v: Term) -> Term:
        terms = []
        for k, a in enumerate(args):
            d = self.derive(a, v)
            if d != ZERO:
                rest = args[:k] + args[k + 1 :]
                terms.append(mul(d, *rest) if d != ONE else mul(*rest))
        return _sum(terms)

    def _power(self, base: Term, exponent: Term, v: Term) -> Term:
        terms = []
        if self._touches(base, v):
            inner = self.derive(base, v)
            if inner != ZERO:
                terms.append(mul(exponent, Pow(base, _less_one(exponent)), inner))
        if self._touches(exponent, v):
            inner = self.derive(exponent, v)
            if inner != ZERO:
                terms.append(mul(Pow(base, exponent), fn("log", base), inner))
        return _sum(terms)

    def _function(self, term: Fn, v: Term) -> Term:
        row = FUNCTIONS.get(term.name)
        if row is not None and row.partials is None and row.rewrite is not None:
            return self.derive(row.rewrite(term.args), v)
        if row is None or row.partials is None or term.order:
            raise Unsupported(Diff(term, v))
        if term.name == "log" and any(isinstance(t, Prod) for t in subterms(term)):
            return self._relative(term.args[0], v)
        partials = row.partials(term.args)
        return self._chain(partials, term.args, v)

    def _relative(self, term: Term, v: Term) -> Term:
        """The derivative of a term over the term, which is not 0: of a product factor by factor."""
        match term:
            case Mul(args):
                return _sum([self._relative(a, v) for a in args if self._touches(a, v)])
            case Prod(body, lo, hi):
                self._fixed(term, (lo, hi), v)
                return Sum(self._relative(body, shift(v, 1)), lo, hi)
            case Pow(base, exponent) if not self._touches(exponent, v):
                return mul(exponent, self._relative(base, v))
            case Fn("exp", 0, (arg,)):
                return self.derive(arg, v)
        return div(self.derive(term, v), term)

    def _application(
        self, head: str, orders: tuple[int, ...], args: tuple[Term, ...], v: Term
    ) -> Term:
        raised = tuple(
            App(head, tuple(o + (j == k) for j, o in enumerate(orders)), args)
            for k in range(len(args))
        )
        inner = self._chain(raised, args, v)
        if (head, _head(v)) in self.context.depends:
            raise Unsupported(Diff(App(head, orders, args), v))
        return inner

    def _chain(self, partials: tuple[Term, ...], args: tuple[Term, ...], v: Term) -> Term:
        terms = []
        for partial, arg in zip(partials, args, strict=True):
            inner = self.derive(arg, v)
            if inner == ONE:
                terms.append(partial)
            elif inner != ZERO:
                terms.append(mul(partial, inner))
        return _sum(terms)

    def _fixed(self, term: Term, bounds: tuple[Term, ...], v: Term) -> None:
        if any(self._touches(b, v) for b in bounds):
            raise Unsupported(Diff(term, v))

    def _big_product(self, term: Prod, v: Term) -> Term:
        self._fixed(term, (term.lo, term.hi), v)
        if isinstance(term.lo, Num) and isinstance(term.hi, Num):
            count = term.hi.value - term.lo.value + 1
            if count > 64 or count.denominator != 1:
                raise Exhausted
            values = [num(term.lo.value + k) for k in range(int(count))]
            return self._product(tuple(instantiate(term.body, k) for k in values), v)
        # (Π b)' = Π b · Σ b'/b needs every b to be nonzero
        signs = self._signs or Signs(self.context)
        if "0" in signs.under(term.body, term.lo, term.hi):
            raise Unsupported(Diff(term, v))
        quotient = div(self.derive(term.body, shift(v, 1)), term.body)
        return mul(term, Sum(quotient, term.lo, term.hi))

    def _integral(self, term: Integral, v: Term) -> Term:
        """Leibniz' rule, for finite bounds; under infinite ones it asks for more than is shown."""
        if any(
            isinstance(t, Const) and t.name == "oo"
            for t in (*subterms(term.lo), *subterms(term.hi))
        ):
            raise Unsupported(Diff(term, v))
        inside = Integral(self.derive(term.body, shift(v, 1)), term.lo, term.hi)
        moved = [
            mul(sign, instantiate(term.body, end), self.derive(end, v))
            for sign, end in ((ONE, term.hi), (num(-1), term.lo))
            if self._touches(end, v)
        ]
        return _sum([*moved, inside] if self._touches(term.body, shift(v, 1)) else moved)

    def _lower(self, term: Fn) -> Term:
        """f⁽ᵏ⁾(x) without the order."""
        if term.order > _ORDERS:
            raise Exhausted
        out = lowered(term, _PLACE)
        if out is None:
            raise Unsupported(term)
        for _ in range(term.order - 1):
            out = self.derive(out, _PLACE)
        return substitute(out, {_PLACE: term.args[0]})


class _Near(dict[str, frozenset[str]]):
    """For the head of a variable: the heads that depend on it, itself among them."""

    def __init__(self, context: Context) -> None:
        self._depends = context.depends

    def __missing__(self, head: str) -> frozenset[str]:
        found = frozenset((head, *(h for h, v in self._depends if v == head)))
        self[head] = found
        return found


def jet_parts(jet: Diff) -> tuple[Term, tuple[Term, ...]]:
    """The leaf under a jet and the variables of its derivatives."""
    variables: list[Term] = []
    body: Term = jet
    while isinstance(body, Diff):
        variables.append(body.variable)
        body = body.body
    return body, tuple(variables)


def make_jet(leaf: Term, variables: tuple[Term, ...]) -> Term:
    """The derivative of a leaf by several variables; their order does not matter."""
    for v in sorted(variables, key=repr):
        leaf = Diff(leaf, v)
    return leaf


def _head(leaf: Term) -> str:
    return leaf.name if isinstance(leaf, Sym) else leaf.head if isinstance(leaf, At) else ""


def _less_one(exponent: Term) -> Term:
    if isinstance(exponent, Num):
        return Num(exponent.value - 1)
    return sub(exponent, ONE)


def _sum(terms: list[Term]) -> Term:
    kept = [t for t in terms if t != ZERO]
    return add(*kept) if kept else ZERO
