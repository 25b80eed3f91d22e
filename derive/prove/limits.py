"""Limits: by continuity, by the limits of parts, by L'Hôpital's rule.

Each rule asks for what it needs and fails without; failure says nothing about the limit.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from derive.context import Condition, Context, Domain
from derive.kernel.budget import Exhausted, Unsupported
from derive.kernel.conditions import conditions
from derive.kernel.derivative import differentiate
from derive.kernel.sign import holds, sign
from derive.prove.closed import Closed, infinite, plainest, put, smooth, vanishes, with_domain
from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Const,
    Diff,
    Fn,
    Mul,
    Num,
    Pow,
    Prod,
    Sum,
    Sym,
    Term,
    add,
    div,
    fn,
    mul,
    neg,
    num,
    rebuild,
    subterms,
)

DEPTH = 6
UP, DOWN = 1, -1
HALF_PI = mul(Num(Fraction(1, 2)), Const("pi"))
AT_INFINITY = {"atan": HALF_PI, "erf": ONE, "tanh": ONE}


def limit(body: Term, variable: Sym, at: Term, side: str, context: Context) -> Closed | None:
    """The limit of `body` as the variable goes to `at`, from one side or both."""
    if any(isinstance(t, (Sum, Prod)) and _moves(t, variable) for t in subterms(body)):
        return None
    direction = infinite(at)
    if direction:
        if direction < 0:
            body = put(body, variable, neg(variable))
        return _Far(variable, with_domain(context, variable.name, Domain(lo=ONE))).limit(body)
    domain = Domain(nonzero=True)
    if side:
        domain = Domain(lo=ZERO) if side == "+" else Domain(hi=ZERO)
    # the distance to the point is the variable from here on
    near = put(body, variable, add(at, variable) if at != ZERO else variable)
    return _Near(variable, with_domain(context, variable.name, domain), context).limit(near)


def _moves(term: Sum | Prod, variable: Sym) -> bool:
    return variable.name in term.lo.heads | term.hi.heads


class _Near:
    """Limits as the variable goes to 0; `context` holds on which side."""

    def __init__(self, variable: Sym, context: Context, plain: Context) -> None:
        self.variable, self.context, self.plain = variable, context, plain

    def limit(self, body: Term) -> Closed | None:
        if not smooth(body):
            return None
        return self._by_continuity(body) or self._of_power(body) or self._by_quotient(body, DEPTH)

    def _by_continuity(self, body: Term) -> Closed | None:
        """The value at the point, where every side condition holds there."""
        value = put(body, self.variable, ZERO)
        asked = [
            replace(c, term=plainest(c.term, self.plain)) for c in conditions(value, self.plain)
        ]
        open_ = [c for c in asked if not holds(c, self.plain)]
        if any(not c.term.heads or _vanishing(c, self.plain) for c in open_):
            return None
        return Closed(value, tuple(open_))

    def _of_power(self, body: Term) -> Closed | None:
        """b^e with the variable in both is exp(e log b), and exp is continuous."""
        match body:
            case Pow(base, exponent) if self.variable.name in exponent.heads:
                inner = self.limit(mul(exponent, fn("log", base)))
                return inner and Closed(fn("exp", inner.term), inner.owed)
            case Fn("exp", 0, (inside,)):
                inner = self._by_quotient(inside, DEPTH)
                return inner and Closed(fn("exp", inner.term), inner.owed)
        return None

    def _by_quotient(self, body: Term, depth: int) -> Closed | None:
        """0/0: the quotient of the derivatives has the same limit, if it has one."""
        above, below = fraction(body)
        while depth:
            lower = put(below, self.variable, ZERO)
            if not vanishes(lower, self.plain):
                return self._by_continuity(div(above, below))
            if not vanishes(put(above, self.variable, ZERO), self.plain):
                return None
            try:
                above, below = (self._derived(t) for t in (above, below))
            except (Unsupported, Exhausted):
                return None
            depth -= 1
        return None

    def _derived(self, term: Term) -> Term:
        found = differentiate(Diff(term, self.variable), self.plain)
        # repeated derivatives of powers leave 0 · x⁻¹ behind
        rational = not any(isinstance(t, Fn) for t in subterms(found))
        return plainest(found, self.context) if rational else found


def _vanishing(condition: Condition, context: Context) -> bool:
    """Whether a condition fails for certain."""
    return condition.kind in ("nonzero", "positive") and vanishes(condition.term, context)


class _Far:
    """Limits as the variable, at least 1 here, goes to ∞."""

    def __init__(self, variable: Sym, context: Context) -> None:
        self.variable, self.context = variable, context

    def limit(self, body: Term) -> Closed | None:
        if self.variable.name not in body.heads:
            return Closed(body)
        if not smooth(body):
            return None
        return self._by_parts(body) or self._inverted(body)

    def _inverted(self, body: Term) -> Closed | None:
        """In 1/s, as s falls to 0."""
        inverse = _collapsed(put(body, self.variable, Pow(self.variable, MINUS_ONE)))
        return limit(inverse, self.variable, ZERO, "+", self.context)

    def _by_parts(self, body: Term) -> Closed | None:
        match body:
            case Add(args):
                return self._joined(args, add)
            case Mul(args):
                return self._decaying(args) or self._joined(args, mul)
            case Pow(base, Num() as power):
                if power.value < 0 and self.direction(base):
                    return Closed(ZERO)
                return self._kept((base,), lambda b: Pow(b, power))
            case Pow(base, exponent) if self.variable.name not in base.heads:
                return self._exponential(mul(exponent, fn("log", base)))
            case Fn("exp", 0, (inner,)):
                return self._exponential(inner)
            case Fn(name, 0, (inner,)) if name in AT_INFINITY and self.direction(inner):
                value = AT_INFINITY[name]
                return Closed(value if self.direction(inner) > 0 else neg(value))
            case Fn("sigma", 0, (inner,)) if self.direction(inner):
                return Closed(ONE if self.direction(inner) > 0 else ZERO)
            case Fn(name, 0, args):
                return self._kept(args, lambda *a: Fn(name, 0, a))
        return None

    def _joined(self, args: tuple[Term, ...], join: Callable[..., Term]) -> Closed | None:
        """The sum or product of the limits, where each exists."""
        found = [self.limit(a) for a in args]
        if any(f is None for f in found):
            return None
        owed = tuple(c for f in found if f for c in f.owed)
        return Closed(join(*(f.term for f in found if f)), owed)

    def _kept(self, args: tuple[Term, ...], make: Callable[..., Term]) -> Closed | None:
        """A continuous function of limits, where it is defined at them."""
        inner = self._joined(args, lambda *a: make(*a))
        if inner is None:
            return None
        open_ = [c for c in conditions(inner.term, self.context) if not holds(c, self.context)]
        return None if open_ else inner

    def _exponential(self, inner: Term) -> Closed | None:
        if self.direction(inner) < 0:
            return Closed(ZERO)
        found = None if self.direction(inner) else self.limit(inner)
        return found and Closed(fn("exp", found.term), found.owed)

    def _decaying(self, args: tuple[Term, ...]) -> Closed | None:
        """An exponential that decays beats every power."""
        falls = [a for a in args if self._falls(a)]
        others = [a for a in args if a not in falls]
        return Closed(ZERO) if falls and all(map(self._grows_slowly, others)) else None

    def _falls(self, term: Term) -> bool:
        match term:
            case Fn("exp", 0, (inner,)):
                return self.direction(inner) < 0
            case Pow(base, exponent) if self.variable.name not in base.heads:
                return self.direction(mul(exponent, fn("log", base))) < 0
        return False

    def _grows_slowly(self, term: Term) -> bool:
        """Whether a term is at most a power of the variable."""
        match term:
            case _ if self.variable.name not in term.heads:
                return True
            case Sym():
                return True
            case Add(args) | Mul(args):
                return all(map(self._grows_slowly, args))
            case Pow(base, Num(exponent)) if exponent > 0:
                return self._grows_slowly(base)
            case Pow(Sym() as base, Num(_)):
                return base == self.variable
            case Fn("sin" | "cos" | "tanh" | "erf" | "sigma" | "atan", 0, _):
                return True
        return self._falls(term)

    def direction(self, term: Term) -> int:
        """1 or −1 where a polynomial in the variable goes to ±∞ for certain, else 0."""
        row = coefficients(term, self.variable)
        if row is None or len(row) < 2:
            return 0
        lead = sign(row[-1], self.context)
        return UP if lead == frozenset("+") else DOWN if lead == frozenset("-") else 0


def _collapsed(term: Term) -> Term:
    """Integer powers of powers multiplied out: 1/(1/s) is s."""
    inner = rebuild(term, lambda t, _: _collapsed(t))
    match inner:
        case Pow(Pow(base, Num(a)), Num(b)) if a.denominator == b.denominator == 1:
            return base if a * b == 1 else Pow(base, Num(a * b))
        case _:
            return inner


def coefficients(term: Term, variable: Sym) -> list[Term] | None:
    """The coefficients of a polynomial in the variable, the constant first; None for others."""
    if variable.name not in term.heads:
        return [term]
    match term:
        case Sym():
            return [ZERO, ONE]
        case Add(args):
            rows = [coefficients(a, variable) for a in args]
            kept = [r for r in rows if r is not None]
            if len(kept) < len(rows):
                return None
            longest = max(map(len, kept))
            return [add(*(r[k] for r in kept if k < len(r))) for k in range(longest)]
        case Mul(args):
            found: list[Term] = [ONE]
            for arg in args:
                row = coefficients(arg, variable)
                if row is None:
                    return None
                found = _times(found, row)
            return found
        case Pow(base, Num(exponent)) if exponent.denominator == 1 and 0 < exponent <= 8:
            row = coefficients(base, variable)
            power: list[Term] = [ONE]
            for _ in range(int(exponent) if row else 0):
                power = _times(power, row or [])
            return power if row else None
    return None


def _times(a: list[Term], b: list[Term]) -> list[Term]:
    found: list[list[Term]] = [[] for _ in range(len(a) + len(b) - 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            if x != ZERO and y != ZERO:
                found[i + j].append(mul(x, y))
    return [add(*terms) if terms else ZERO for terms in found]


def fraction(term: Term) -> tuple[Term, Term]:
    """A numerator and a denominator without quotients among their sums and products."""
    match term:
        case Add(args):
            pairs = [fraction(a) for a in args]
            below = mul(*dict.fromkeys(b for _, b in pairs if b != ONE))
            above = add(*(mul(a, *_others(below, b)) for a, b in pairs))
            return above, below
        case Mul(args):
            pairs = [fraction(a) for a in args]
            tops = [a for a, _ in pairs if a != ONE]
            bottoms = [b for _, b in pairs if b != ONE]
            return mul(*tops), mul(*bottoms)
        case Pow(base, Num(exponent)) if exponent.denominator == 1:
            above, below = fraction(base)
            if exponent < 0:
                above, below = below, above
            power = num(abs(exponent))
            return _raised(above, power), _raised(below, power)
        case _:
            return term, ONE


def _raised(term: Term, power: Num) -> Term:
    return term if power == ONE or term == ONE else Pow(term, power)


def _others(below: Term, own: Term) -> list[Term]:
    """The factors of a common denominator that one fraction lacks."""
    factors = list(below.args) if isinstance(below, Mul) else [] if below == ONE else [below]
    for factor in own.args if isinstance(own, Mul) else () if own == ONE else (own,):
        if factor in factors:
            factors.remove(factor)
    return factors
