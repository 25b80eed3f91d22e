"""The exact zero test: a term is 0 when its normal form is.

A `Zero` is a proof: every rewriting holds wherever the term has a value. None says nothing:
try to refute. Terms are differentiated, rewritten into few functions, and computed as fractions
over ℚ in generators that are independent but for their relations; then 0 is the numerator 0.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from derive.context import Context
from derive.kernel.axioms import FUNCTIONS
from derive.kernel.budget import Budget, Exhausted, Undefined, Unsupported
from derive.kernel.common import Common
from derive.kernel.complex import conjugate
from derive.kernel.conditions import conditions
from derive.kernel.core import Memory, Restart
from derive.kernel.derivative import differentiate, jet_parts, make_jet
from derive.kernel.fields import Frac
from derive.kernel.known import Known
from derive.kernel.sign import Signs
from derive.term import (
    Add,
    App,
    At,
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
    mul,
    substitute,
    subterms,
)
from derive.values import dataclass

R = TypeVar("R")

__all__ = [
    "Budget",
    "Exhausted",
    "Undefined",
    "Unsupported",
    "Zero",
    "canonical",
    "is_zero",
    "signs_of",
]


@dataclass(frozen=True, slots=True)
class Zero:
    """A proof that a term is 0: the laws it used, and what was done, in words."""

    axioms: frozenset[str]
    trace: tuple[str, ...] = ()


def is_zero(
    term: Term, context: Context, budget: Budget | None = None, known: tuple[Known, ...] = ()
) -> Zero | None:
    """Return a proof that the term is 0 wherever it has a value; None when none was found.

    `known` are sums whose value is assumed. Raises `Exhausted` when the budget runs out,
    `Unsupported` for a node without a normal form, and `Undefined` for a term that has no
    value anywhere.
    """
    return _attempts(term, context, budget or Budget(), _decide, known)


def canonical(term: Term, context: Context, budget: Budget | None = None) -> Term:
    """Return a term that is the same for equal terms that have the same normal form."""
    return _attempts(term, context, budget or Budget(), lambda form, t: form.canon(t))


def signs_of(term: Term, context: Context, budget: Budget | None = None) -> frozenset[str]:
    """Return the signs that the term may have, looked at as written and in normal form.

    Raises as `is_zero` does.
    """
    return _attempts(term, context, budget or Budget(), _signs)


def _signs(form: "Normalizer", term: Term) -> frozenset[str]:
    written = form.signs.of(term)
    return written if len(written) == 1 else written & form.signs.of(form.canon(term))


def _decide(form: "Normalizer", term: Term) -> Zero | None:
    frac = form.norm(term)
    if not form.vanishes(frac):
        return None
    return Zero(frozenset(form.used), form.trace())


def _attempts(
    term: Term,
    context: Context,
    budget: Budget,
    ask: "Callable[[Normalizer, Term], R]",
    known: tuple[Known, ...] = (),
) -> R:
    memory, signs = Memory(known), Signs(context)
    if context.ranges:
        signs.place(term)
    memory.facts = lambda: conditions(term, context)
    try:
        clear = differentiate(term, context, signs)
    except RecursionError:
        raise Exhausted from None
    while True:
        form = Normalizer(context, budget, memory, signs)
        if clear != term:
            form.used.add("rules of differentiation")
        try:
            return ask(form, clear)
        except Restart:
            continue
        except RecursionError:
            raise Exhausted from None


class Normalizer(Common):
    """The whole normal form: one rule a node."""

    def compute(self, term: Term) -> Frac:
        """The rule of the topmost node."""
        match term:
            case Num(value):
                return self.field.constant(value)
            case Sym():
                return self._leaf(term)
            case At(head, indices):
                return self._leaf(At(head, tuple(self.canon(i) for i in indices)))
            case Add(args):
                return self.field.sum([self.norm(a) for a in args])
            case Mul(args):
                return self._product(args)
            case Pow(base, exponent):
                return self.power(base, exponent)
            case Fn(_, 0, _):
                return self._function(term)
            case Sum():
                return self.total(term)
            case Prod():
                return self.total_product(term)
            case Delta():
                return self.delta(term)
            case Diff():
                return self._jet(term)
            case App(head, orders, args):
                return self.opaque(App(head, orders, tuple(self.canon(a) for a in args)))
            case Const("I"):
                return self.rotation(Fraction(1, 2))
            case Const("pi"):
                return self.opaque(term)
            case _:
                raise Unsupported(term)

    def _leaf(self, leaf: Term) -> Frac:
        """A symbol; one of two values satisfies their quadratic equation."""
        out = self.field.gen(leaf)
        domain = self.signs.domain(leaf)
        values = domain.values or ()
        if len(values) == 2:
            self._two_values(self.field.index(leaf), values)
        return out

    def _two_values(self, index: int, values: tuple[Term, ...]) -> None:
        numbers = [self.number(v) for v in values]
        a, b = numbers
        if a is None or b is None or index in self.relations:
            return

        def power(exponent: int) -> Frac:
            slope, shift = Fraction(1), Fraction(0)  # x^e = slope·x + shift
            for _ in range(exponent - 1):
                slope, shift = slope * (a + b) + shift, -slope * a * b
            linear = self.field.product(self.field.constant(slope), self.field.gen_power(index, 1))
            return self.field.sum([linear, self.field.constant(shift)])

        self.relate(index, 2, power)

    def _product(self, args: tuple[Term, ...]) -> Frac:
        out = self.norm(args[0])
        for a in args[1:]:
            out = self.field.product(out, self.norm(a))
        return out

    def _jet(self, term: Diff) -> Frac:
        leaf, variables = jet_parts(term)
        if not isinstance(leaf, (Sym, At)):
            raise Unsupported(term)
        return self.opaque(make_jet(self._place(leaf), tuple(map(self._place, variables))))

    def _place(self, leaf: Term) -> Term:
        if isinstance(leaf, At):
            return At(leaf.head, tuple(self.canon(i) for i in leaf.indices))
        return leaf

    def _function(self, term: Fn) -> Frac:
        name, args = term.name, term.args
        row = FUNCTIONS.get(name)
        if row is None or (row.arity is not None and len(args) != row.arity):
            raise Unsupported(term)
        match name:
            case "exp":
                return self.exponential(args[0])
            case "log":
                return self.logarithm(args[0], term)
            case "conj":
                return self.norm(self._conjugate(args[0]))
            case "abs" if not self.signs.real(args[0]):
                size = mul(args[0], self._conjugate(args[0]))
                return self.power(size, Num(Fraction(1, 2)), positive=True)
            case "abs":
                return self.absolute(self.norm(args[0]))
            case "sign":
                return self.signum(self.norm(args[0]))
            case "factorial":
                return self.factorial(args[0], term)
            case "gamma":
                return self.gamma(args[0], term)
        if row.rewrite is not None and args:
            self.used.add(f"definition of {name}")
            return self.norm(row.rewrite(args))
        if row.odd:
            return self.odd(name, args[0])
        return self.opaque(Fn(name, 0, tuple(self.canon(a) for a in args)))

    def _conjugate(self, term: Term) -> Term:
        self.used.add("conjugates of real functions")
        return conjugate(term, self.signs)

    # ---- the decision -------------------------------------------------------------------------

    def vanishes(self, frac: Frac) -> bool:
        """Whether a fraction is shown to be 0."""
        num = self.reduced(Frac(frac.num, ()))
        self._defined(frac)
        if not num.num:
            return True
        return self._by_cases(num) or self._by_common_denominators(num)

    def _defined(self, frac: Frac) -> None:
        """A denominator that the relations make 0 has no value anywhere."""
        for key, _ in frac.den:
            factor = Frac(self.field.factors[key], ())
            if not self.reduced(factor).num:
                raise Undefined(self.quote(factor))

    def _by_cases(self, num: Frac) -> bool:
        """For a delta of two free indices: they differ, or are one."""
        for index, degree in enumerate(self.field.poly(num.num).degrees()):
            term = self.field.terms[index] if degree else None
            if isinstance(term, Delta):
                return self._cases(num, index, term)
        return False

    def _cases(self, num: Frac, index: int, delta: Delta) -> bool:
        apart, joined = [], []
        for monomial, coefficient in self.field.monomials(self.field.poly(num.num)):
            if all(i != index for i, _ in monomial):
                apart.append((monomial, coefficient))
            joined.append((tuple((i, e) for i, e in monomial if i != index), coefficient))
        if not self.vanishes(Frac(self.field.from_monomials(apart), ())):
            return False
        pair = (delta.left, delta.right)
        symbol = next((t for t in reversed(pair) if isinstance(t, Sym)), None)
        if symbol is None:
            return False
        other = pair[0] if symbol == pair[1] else pair[1]
        if symbol in subterms(other):
            return False
        pieces = [Frac(self.field.from_monomials([row]), ()) for row in joined]
        same = substitute(self.quote(self.field.sum(pieces)), {symbol: other})
        self.used.add("Kronecker delta")
        return self.vanishes(self.norm(same))

    def _by_common_denominators(self, num: Frac) -> bool:
        """Sums of one range over their common denominator, with Σ L/L = count."""
        joined = self.over_common_denominators(num)
        return joined is not None and not self.reduced(Frac(joined.num, ())).num

    def trace(self) -> tuple[str, ...]:
        """What was done, in words."""
        met = len(self.field.terms)
        return (
            *sorted(self.used),
            f"numerator 0 in ℚ[{met} generators]" if met else "computed in ℚ",
        )
