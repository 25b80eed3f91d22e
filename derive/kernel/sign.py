"""Signs of terms under the declared domains: a sound over-approximation.

Structural rules come first; a sum whose members disagree is expanded and each variable replaced
by one that is only known to be positive (h ↦ t/(1+t) for 0 < h < 1, n ↦ 1 + t for n ≥ 1), after
which the signs of the coefficients decide. What is not shown stays possible.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from flint import arb, fmpq

from derive.context import Condition, Context, Domain
from derive.kernel.axioms import FUNCTIONS, IMAGINARY
from derive.kernel.budget import Budget, Exhausted
from derive.kernel.fields import Field, Frac, Poly
from derive.term import (
    ONE,
    ZERO,
    Add,
    At,
    Const,
    Delta,
    Fn,
    Mul,
    Num,
    Pow,
    Prod,
    Sum,
    Sym,
    Term,
    add,
    instantiate,
    parts,
    sub,
    substitute,
    subterms,
)
from derive.values import dataclass

ANY = frozenset("-0+")
POSITIVE, NEGATIVE, NULL = frozenset("+"), frozenset("-"), frozenset("0")
NONNEGATIVE, NONPOSITIVE, NONZERO = frozenset("0+"), frozenset("-0"), frozenset("-+")
_FLIP = {"-": "+", "0": "0", "+": "-"}
_TIMES = {(a, b): "0" if "0" in (a, b) else "+" if a == b else "-" for a in ANY for b in ANY}
_STEPS = 20_000
MAX_PINNED = 3

Signset = frozenset[str]


def sign(term: Term, context: Context) -> Signset:
    """Return the signs that the term may have; {"-", "0", "+"} says that nothing was shown."""
    return Signs(context).of(term)


def holds(condition: Condition, context: Context) -> bool:
    """Whether a side condition is shown from the domains alone; False only says that it is not."""
    return Signs(context).holds(condition)


def flip(signs: Signset) -> Signset:
    """The signs of the negative."""
    return frozenset(_FLIP[s] for s in signs)


def times(a: Signset, b: Signset) -> Signset:
    """The signs of the product."""
    return frozenset(_TIMES[x, y] for x in a for y in b)


def plus(a: Signset, b: Signset) -> Signset:
    """The signs of the sum."""
    out: set[str] = set()
    for x in a:
        for y in b:
            out |= {y} if x == "0" else {x} if y in ("0", x) else ANY
    return frozenset(out)


@dataclass(frozen=True, slots=True)
class Fact:
    """A leaf's bounds that hold wherever a term has a value, for indices `over` their ranges."""

    leaf: Term
    domain: Domain
    over: tuple[tuple[Sym, Term, Term], ...] = ()


def real(term: Term, memo: dict[Term, bool] | None = None) -> bool:
    """Whether no imaginary unit stands in a term, but for where it leaves a real number."""
    memo = {} if memo is None else memo
    if term not in memo:
        taken = isinstance(term, Fn) and term.name in ("abs", "re", "im")
        memo[term] = taken or (term != IMAGINARY and all(real(p, memo) for p, _ in parts(term)))
    return memo[term]


class Signs:
    """Sign queries under one context, with a memo; `bind` opens an index."""

    def __init__(self, context: Context, facts: tuple[Condition, ...] = ()) -> None:
        self.context = context
        self.bound: dict[str, Domain] = {}
        self._memo: dict[Term, Signset] = {}
        self._busy: set[Term] = set()
        self._domains: dict[Term, Domain] = {}
        self._known: dict[Term, Signset] = {}
        self._facts: dict[str, list[Fact]] = {}
        self._real: dict[Term, bool] = {}
        self._placed: dict[str, list[tuple[Term, Term]]] = {}
        self._depth = 0
        self.learn(facts)

    # ---- what is known of leaves -------------------------------------------------------

    def bind(self, name: str, lo: Term, hi: Term) -> None:
        """Declares an index; the name must not have been used for another range."""
        self.bound[name] = Domain(lo, hi, False, False, True)

    def learn(self, facts: tuple[Condition, ...]) -> None:
        """Takes conditions as given from here on."""
        for condition in facts:
            self._learn(condition)
        if facts:
            self._memo.clear()
            self._domains.clear()

    def place(self, term: Term) -> None:
        """Bounds the free indices of a term by the ranges of the families they stand at."""
        for node in subterms(term):
            if not isinstance(node, At):
                continue
            ranges = self.context.ranges.get(node.head, ())
            for index, over in zip(node.indices, ranges, strict=False):
                if isinstance(index, Sym) and over is not None and index not in over:
                    self._placed.setdefault(index.name, []).append(over)
        self._domains.clear()
        self._memo.clear()

    def _learn(self, condition: Condition) -> None:
        """Takes a condition as given."""
        signs = {"positive": POSITIVE, "nonnegative": NONNEGATIVE, "nonzero": NONZERO}.get(
            "positive" if condition.kind == "power" else condition.kind
        )
        if signs is None:
            return
        if not condition.over:
            self._known[condition.term] = self._known.get(condition.term, ANY) & signs
        bound = _bound(condition.term, signs)
        if bound is not None and bound[0] not in [index for index, _, _ in condition.over]:
            leaf, domain = bound
            name = _name(leaf)
            self._facts.setdefault(name, []).append(Fact(leaf, domain, condition.over))

    def domain(self, leaf: Term) -> Domain:
        """The domain of a symbol or member of a family, with what the facts add."""
        found = self._domains.get(leaf)
        if found is None:
            name = _name(leaf)
            found = self.bound.get(name) or self.context.domains.get(name) or Domain()
            if isinstance(leaf, Sym):
                for lo, hi in self._placed.get(name, ()):
                    found = _meet(found, Domain(lo, hi, False, False, True))
            for fact in self._facts.get(name, ()):
                if self._matches(fact, leaf):
                    found = _meet(found, fact.domain)
            numbers = [v for v in found.values or () if isinstance(v, Num)]
            if found.values and len(numbers) == len(found.values):
                lo, hi = (pick(numbers, key=lambda v: v.value) for pick in (min, max))
                found = replace(found, lo=lo, hi=hi, lo_open=False, hi_open=False)
            self._domains[leaf] = found
        return found

    def _matches(self, fact: Fact, leaf: Term) -> bool:
        if not isinstance(leaf, At) or not isinstance(fact.leaf, At):
            return fact.leaf == leaf
        if len(leaf.indices) != len(fact.leaf.indices):
            return False
        places = {s: (lo, hi) for s, lo, hi in fact.over}
        values: dict[Term, Term] = {}
        for pattern, index in zip(fact.leaf.indices, leaf.indices, strict=True):
            if pattern in places and values.setdefault(pattern, index) == index:
                continue
            if pattern != index:
                return False
        return len(values) == len(places) and all(
            self.within(v, substitute(places[k][0], values), substitute(places[k][1], values))
            for k, v in values.items()
            if isinstance(k, Sym)
        )

    def within(self, index: Term, lo: Term, hi: Term) -> bool:
        """Whether lo ≤ index ≤ hi is shown, for an index that is an integer."""
        domain = self.domain(index)
        if domain.integer and domain.lo == lo and domain.hi == hi:
            return True
        if isinstance(index, Sym) and (lo, hi) in self._placed.get(index.name, ()):
            return True
        return (
            self.integer(index)
            and self.of(sub(index, lo)) <= NONNEGATIVE
            and self.of(sub(hi, index)) <= NONNEGATIVE
        )

    def outside(self, index: Term, lo: Term, hi: Term) -> bool:
        """Whether index < lo or index > hi is shown."""
        return self.of(sub(index, lo)) == NEGATIVE or self.of(sub(hi, index)) == NEGATIVE

    # ---- integers ----------------------------------------------------------------------

    def integer(self, term: Term) -> bool:
        """Whether the term is shown to be an integer."""
        match term:
            case Num(value):
                return value.denominator == 1
            case Sym() | At():
                return self._integer_leaf(term)
            case Add(args) | Mul(args):
                return all(self.integer(a) for a in args)
            case Pow(base, Num(value)):
                return value.denominator == 1 and value >= 0 and self.integer(base)
            case Pow(base, exponent):
                natural = self.integer(exponent) and self.of(exponent) <= NONNEGATIVE
                return natural and self.integer(base)
            case Fn(name, 0, args):
                return name in ("factorial", "binomial", "floor", "ceil", "sign") or (
                    name in ("abs", "max", "min") and all(self.integer(a) for a in args)
                )
            case Delta():
                return True
            case Sum(body, lo, hi) | Prod(body, lo, hi):
                return self.integer(self.opened(body, lo, hi))
            case _:
                return False

    def _integer_leaf(self, leaf: Term) -> bool:
        domain = self.domain(leaf)
        if domain.values is not None:
            return all(self.integer(v) for v in domain.values)
        return domain.integer

    # ---- signs -------------------------------------------------------------------------

    def of(self, term: Term) -> Signset:
        """The signs that the term may have."""
        found = self._memo.get(term)
        if found is None:
            if term in self._busy or self._depth > 60 or not self.real(term):
                return ANY
            self._busy.add(term)
            self._depth += 1
            found = self._of(term) & self._known.get(term, ANY)
            self._depth -= 1
            self._busy.discard(term)
            self._memo[term] = found
        return found

    def real(self, term: Term) -> bool:
        """Whether the imaginary unit does not occur, but for where it leaves a real number."""
        return real(term, self._real)

    def opened(self, body: Term, lo: Term, hi: Term) -> Term:
        """The body of a binder at a fresh index that knows its range."""
        name = f"\x00s{len(self.bound)}"
        self.bind(name, lo, hi)
        return instantiate(body, Sym(name))

    def under(self, body: Term, lo: Term, hi: Term) -> Signset:
        """The signs of a binder's body for the indices of its range."""
        return self.of(self.opened(body, lo, hi))

    def _of(self, term: Term) -> Signset:
        match term:
            case Num(value):
                return _sign_of(value)
            case Const(name):
                return ANY if name == "I" else POSITIVE
            case Sym() | At():
                return self._leaf(term)
            case Mul(args):
                return self._product(args)
            case Pow(base, exponent):
                return self._power(base, exponent)
            case Fn(_, 0, _):
                return self._function(term)
            case Add(args):
                return self._sum(term, args)
            case Sum(body, lo, hi):
                return self._big_sum(body, lo, hi)
            case Prod(body, lo, hi):
                return self._big_product(body, lo, hi)
            case Delta():
                return NONNEGATIVE
            case _:
                return ANY

    def _leaf(self, leaf: Term) -> Signset:
        domain = self.domain(leaf)
        if domain.values is not None:
            return frozenset().union(*(self.of(v) for v in domain.values))
        out = NONZERO if domain.nonzero else ANY
        if domain.lo is not None:
            out &= _above(self.of(domain.lo), domain.lo_open)
        if domain.hi is not None:
            out &= flip(_above(flip(self.of(domain.hi)), domain.hi_open))
        return out

    def _product(self, args: tuple[Term, ...]) -> Signset:
        out, counts = POSITIVE, dict.fromkeys(args, 0)
        for a in args:
            counts[a] += 1
        for a, count in counts.items():
            one = self.of(a)
            out = times(out, one if count % 2 else times(one, one) & _squared(one))
        return out

    def _power(self, base: Term, exponent: Term) -> Signset:
        inner = self.of(base)
        if isinstance(exponent, Num):
            return self._number_power(inner, exponent.value)
        if inner == POSITIVE:
            return POSITIVE
        if inner <= NONNEGATIVE:
            return NONNEGATIVE
        return ANY

    @staticmethod
    def _number_power(inner: Signset, value: Fraction) -> Signset:
        if value == 0:
            return POSITIVE
        if value < 0:
            inner = inner - NULL or NONZERO
        if value.denominator != 1:  # a real power: of a nonnegative base, where it has a value
            return inner & NONNEGATIVE or NONNEGATIVE
        return _squared(inner) if value % 2 == 0 else inner

    def _function(self, term: Fn) -> Signset:
        name, args = term.name, term.args
        if name in ("abs", "sign") and len(args) == 1:
            inner = self.of(args[0])
            return _squared(inner) if name == "abs" else inner
        if name in ("max", "min") and args:
            each = [self.of(a) for a in args]
            return _extreme(each if name == "max" else [flip(e) for e in each], name == "min")
        if name == "log" and len(args) == 1:
            return self.of(sub(args[0], ONE))
        if name in ("sinh", "tanh", "atan", "asin", "erf") and len(args) == 1:
            return self.of(args[0])
        number = _ball_sign(term)
        if number is not None:
            return number
        lo, hi = _range(term)
        out = ANY
        if lo is not None and lo.value >= 0:
            out &= POSITIVE if _strict(term) or lo.value > 0 else NONNEGATIVE
        return out & NONPOSITIVE if hi is not None and hi.value <= 0 else out

    def _big_sum(self, body: Term, lo: Term, hi: Term) -> Signset:
        inner = self.under(body, lo, hi)
        if self.of(sub(hi, lo)) <= NONNEGATIVE and "0" not in inner and len(inner) == 1:
            return inner
        out = plus(inner, inner) | NULL
        return ANY if len(inner - NULL) == 2 else out

    def _big_product(self, body: Term, lo: Term, hi: Term) -> Signset:
        inner = self.under(body, lo, hi)
        if inner == POSITIVE:
            return POSITIVE
        if inner <= NONNEGATIVE:
            return NONNEGATIVE
        return NONZERO if "0" not in inner else ANY

    def _sum(self, term: Add, args: tuple[Term, ...]) -> Signset:
        out = self.of(args[0])
        for a in args[1:]:
            out = plus(out, self.of(a))
            if out == ANY:
                break
        if len(out) == 1:
            return out
        number = _ball_sign(term)
        if number is not None:
            return number
        return out & self._expanded(term)

    # ---- sums, by expansion ---------------------------------------------------------------

    def _expanded(self, term: Term) -> Signset:
        out = ANY
        try:
            for attempt in self._strategies(term):
                out &= attempt
                if len(out) == 1:
                    break
            return out if len(out) == 1 else out & Expansion(self, plain=True).squares(term)
        except Exhausted:
            return out

    def _strategies(self, term: Term) -> Iterator[Signset]:
        yield Expansion(self, from_below=True).signs(term)
        leaves = [t for t in subterms(term) if isinstance(t, (Sym, At))]
        both = [t for t in leaves if _bounded(self.domain(t))]
        if both:
            yield Expansion(self, from_below=False).signs(term)
        chained: dict[Term, Term] = {}
        for leaf in both:
            hi = self.domain(leaf).hi
            if isinstance(hi, Sym) and hi not in subterms(self.domain(leaf).lo or ZERO):
                chained.setdefault(hi, leaf)
                yield Expansion(self, from_below=True, over={hi: leaf}).signs(term)
        if len(chained) > 1:
            yield Expansion(self, from_below=True, over=chained).signs(term)

    # ---- conditions -----------------------------------------------------------------------

    def holds(self, condition: Condition) -> bool:
        """Whether a side condition is shown."""
        names: dict[Term, Term] = {}
        for index, lo, hi in condition.over:
            name = f"\x00s{len(self.bound)}"
            self.bind(name, substitute(lo, names), substitute(hi, names))
            names[index] = Sym(name)
        term = substitute(condition.term, names)
        match condition.kind:
            case "nonzero":
                return "0" not in self.of(term)
            case "positive" | "power":
                return self.of(term) == POSITIVE
            case "nonnegative":
                return self.of(term) <= NONNEGATIVE
            case "integer":
                return self.integer(term)
            case _:
                return False


class Expansion:
    """A term as a fraction in variables of which only the sign is known."""

    def __init__(
        self,
        signs: Signs,
        from_below: bool = True,
        over: Mapping[Term, Term] | None = None,
        pinned: frozenset[Term] = frozenset(),
        plain: bool = False,
    ) -> None:
        self.signs_of = signs
        self.from_below = from_below
        self.over = over or {}
        self.field = Field(Budget(_STEPS), 12)
        self.kinds: dict[int, Signset] = {}
        self.pinned = pinned
        self.plain = plain
        self.closed: list[Term] = []
        self._memo: dict[Term, Frac] = {}
        self._open: set[Term] = set()

    def signs(self, term: Term) -> Signset:
        """The signs that the coefficients leave possible."""
        # every factor of a denominator is positive
        out = self._polynomial(self.field.poly(self.fraction(term).num))
        return out | self._ends(term) if self.closed and out != ANY else out

    def _polynomial(self, poly: Poly) -> Signset:
        """The signs of a polynomial, monomial by monomial."""
        out = NULL
        for monomial, coefficient in self.field.monomials(poly):
            one = POSITIVE if coefficient > 0 else NEGATIVE
            for index, exponent in monomial:
                kind = self.kinds[index]
                one = times(one, _squared(kind) if exponent % 2 == 0 else kind)
            out = plus(out, one)
            if out == ANY:
                break
        return out

    def squares(self, term: Term) -> Signset:
        """The signs of a term without denominators that is a number times even powers."""
        frac = self.fraction(term)
        if frac.den or not frac.num:
            return ANY if frac.num else NULL
        constant, factors = self.field.factor(frac.num)
        if any(exponent % 2 for _, exponent in factors):
            return ANY
        return NONNEGATIVE if constant > 0 else NONPOSITIVE

    def _ends(self, term: Term) -> Signset:
        """The signs at the closed upper ends, one after the other."""
        if len(self.pinned) >= MAX_PINNED:
            return NULL
        out: Signset = frozenset()
        for leaf in self.closed:
            pinned = self.pinned | {leaf}
            out |= Expansion(self.signs_of, self.from_below, self.over, pinned).signs(term)
        return out

    def fraction(self, term: Term) -> Frac:
        """The term over the variables; a node that is no sum or product is one of them."""
        found = self._memo.get(term)
        if found is None:
            if term in self._open:
                raise Exhausted
            self._open.add(term)
            found = self._memo[term] = self._fraction(term)
        return found

    def _fraction(self, term: Term) -> Frac:
        field = self.field
        match term:
            case Num(value):
                return field.constant(value)
            case Add(args):
                return field.sum([self.fraction(a) for a in args])
            case Mul(args):
                out = field.constant(1)
                for a in args:
                    out = field.product(out, self.fraction(a))
                return out
            case Pow(base, Num(value)) if value.denominator == 1 and 0 <= value <= 32:
                return field.raised(self.fraction(base), int(value))
            case Pow(base, Num(value)) if value.denominator == 1 and -8 <= value < 0:
                return self._below(term, base, int(value))
            case _ if self.plain:
                return field.gen(term)
            case Sym() | At():
                return self._leaf(term)
            case Fn():
                lo, hi = _range(term)
                if lo is not None and hi is not None:
                    ends = field.constant(lo.value), field.constant(hi.value)
                    return self._between(term, *ends, _strict(term), _strict(term))
                return self._variable(term, self.signs_of.of(term))
            case _:
                return self._variable(term, self.signs_of.of(term))

    def _below(self, term: Term, base: Term, exponent: int) -> Frac:
        """A power below a fraction bar, opened where each of its factors is positive."""
        below = self.fraction(base)
        if not self.plain and below.num:
            _, factors = self.field.factor(below.num)
            polys = [self.field.poly(self.field.factors[key]) for key, _ in factors]
            if all(self._polynomial(p) == POSITIVE for p in polys):
                return self.field.raised(below, exponent)
        return self.field.gen(term) if self.plain else self._variable(term, self.signs_of.of(term))

    def _variable(self, term: Term, signs: Signset) -> Frac:
        if signs in (NEGATIVE, NONPOSITIVE):
            self.kinds[self.field.index(term)] = flip(signs)
            return self.field.product(self.field.constant(-1), self.field.gen(term))
        self.kinds[self.field.index(term)] = signs
        return self.field.gen(term)

    def _leaf(self, leaf: Term) -> Frac:
        below = self.over.get(leaf)
        if below is not None:
            return self._shifted(leaf, below, 1, False)
        domain = self.signs_of.domain(leaf)
        lo, hi = domain.lo, domain.hi
        if leaf in self.over.values():
            hi = None
        if isinstance(lo, Num) and isinstance(hi, Num):
            ends = self.field.constant(lo.value), self.field.constant(hi.value)
            return self._between(leaf, *ends, domain.lo_open, domain.hi_open)
        if lo is not None and _finite(lo) and (self.from_below or hi is None):
            if domain.integer and domain.lo_open and self.signs_of.integer(lo):
                return self._shifted(leaf, add(lo, ONE), 1, False)
            return self._shifted(leaf, lo, 1, domain.lo_open)
        if hi is not None and _finite(hi):
            return self._shifted(leaf, hi, -1, domain.hi_open)
        return self._variable(leaf, self.signs_of.of(leaf))

    def _shifted(self, leaf: Term, bound: Term, way: int, strict: bool) -> Frac:
        """bound ± t with t ≥ 0."""
        self.kinds[self.field.index(leaf)] = POSITIVE if strict else NONNEGATIVE
        step = self.field.product(self.field.constant(way), self.field.gen(leaf))
        return self.field.sum([self.fraction(bound), step])

    def _between(self, leaf: Term, lo: Frac, hi: Frac, lo_open: bool, hi_open: bool) -> Frac:
        """(lo + hi·t)/(1 + t) with t > 0; a closed upper end is looked at by itself."""
        field = self.field
        if leaf in self.pinned:
            return hi
        self.kinds[field.index(leaf)] = POSITIVE if lo_open else NONNEGATIVE
        if not hi_open:
            self.closed.append(leaf)
        t = field.gen(leaf)
        top = field.sum([lo, field.product(hi, t)])
        return field.product(top, field.inverse(field.sum([field.constant(1), t])))


def _name(leaf: Term) -> str:
    return leaf.head if isinstance(leaf, At) else leaf.name if isinstance(leaf, Sym) else ""


# ---- small tables ----------------------------------------------------------------------


def _sign_of(value: Fraction) -> Signset:
    return POSITIVE if value > 0 else NEGATIVE if value < 0 else NULL


def _squared(signs: Signset) -> Signset:
    return frozenset("+" if s == "-" else s for s in signs)


def _above(bound: Signset, strict: bool) -> Signset:
    """The signs of something above a bound of these signs."""
    if bound == POSITIVE or (strict and bound <= NONNEGATIVE):
        return POSITIVE
    return NONNEGATIVE if bound <= NONNEGATIVE else ANY


def _extreme(each: list[Signset], negate: bool) -> Signset:
    """The signs of the largest."""
    if any(e == POSITIVE for e in each):
        out = POSITIVE
    elif any(e <= NONNEGATIVE for e in each):
        out = NONNEGATIVE
    else:
        out = frozenset().union(*each)
    return flip(out) if negate else out


def _range(term: Fn) -> tuple[Num | None, Num | None]:
    row = FUNCTIONS.get(term.name)
    if row is None or term.order:
        return None, None
    lo, hi = row.range
    return (lo if isinstance(lo, Num) else None), (hi if isinstance(hi, Num) else None)


def _strict(term: Fn) -> bool:
    return FUNCTIONS[term.name].strict


def _finite(bound: Term) -> bool:
    return not any(isinstance(t, Const) and t.name == "oo" for t in subterms(bound))


def _bounded(domain: Domain) -> bool:
    lo, hi = domain.lo, domain.hi
    return lo is not None and hi is not None and not (isinstance(lo, Num) and isinstance(hi, Num))


def _meet(a: Domain, b: Domain) -> Domain:
    """Both at once; where both give a number as bound, the tighter one."""
    out = replace(a, nonzero=a.nonzero or b.nonzero, integer=a.integer or b.integer)
    if b.lo is not None and (a.lo is None or _tighter(a.lo, b.lo, a.lo_open, b.lo_open, 1)):
        out = replace(out, lo=b.lo, lo_open=b.lo_open)
    if b.hi is not None and (a.hi is None or _tighter(a.hi, b.hi, a.hi_open, b.hi_open, -1)):
        out = replace(out, hi=b.hi, hi_open=b.hi_open)
    return out


def _tighter(old: Term, new: Term, old_open: bool, new_open: bool, way: int) -> bool:
    if not (isinstance(old, Num) and isinstance(new, Num)):
        return False
    gap = way * (new.value - old.value)
    return gap > 0 or (gap == 0 and new_open and not old_open)


def _bound(term: Term, signs: Signset) -> tuple[Term, Domain] | None:
    """The leaf x and its domain if the term is a·x + b with numbers a and b."""
    args = term.args if isinstance(term, Add) else (term,)
    slope, shift, leaf = Fraction(0), Fraction(0), None
    for arg in args:
        factor, rest = _coefficient(arg)
        if rest is None:
            shift += factor
        elif isinstance(rest, (Sym, At)) and leaf in (None, rest):
            slope, leaf = slope + factor, rest
        else:
            return None
    if leaf is None or slope == 0:
        return None
    end = Num(-shift / slope)
    if signs == NONZERO:
        return (leaf, Domain(nonzero=True)) if shift == 0 else None
    strict = signs == POSITIVE
    return leaf, Domain(lo=end, lo_open=strict) if slope > 0 else Domain(hi=end, hi_open=strict)


def _coefficient(term: Term) -> tuple[Fraction, Term | None]:
    if isinstance(term, Num):
        return term.value, None
    if isinstance(term, Mul):
        value, rest = Fraction(1), []
        for a in term.args:
            if isinstance(a, Num):
                value *= a.value
            else:
                rest.append(a)
        return value, None if not rest else rest[0] if len(rest) == 1 else Mul(tuple(rest))
    return Fraction(1), term


# ---- numbers ----------------------------------------------------------------------------

_BALLS: dict[str, Callable[[arb], arb]] = {
    "exp": arb.exp, "log": arb.log, "sin": arb.sin, "cos": arb.cos, "tan": arb.tan,
    "atan": arb.atan, "sinh": arb.sinh, "cosh": arb.cosh, "tanh": arb.tanh, "abs": abs,
    "gamma": arb.gamma, "erf": arb.erf,
}  # fmt: skip


def _ball_sign(term: Term) -> Signset | None:
    """The sign of a term without variables, if its ball excludes 0."""
    ball = _ball(term)
    if ball is None or not ball.is_finite():
        return None
    return POSITIVE if ball > 0 else NEGATIVE if ball < 0 else None


def _ball(term: Term) -> arb | None:
    match term:
        case Num(value) if max(abs(value.numerator), value.denominator) < 1 << 200:
            return arb(fmpq(value.numerator, value.denominator))
        case Const("pi"):
            return arb.pi()
        case Add(args) | Mul(args) | Fn(_, 0, args):
            balls = [_ball(a) for a in args]
            if any(b is None for b in balls):
                return None
            return _combined(term, [b for b in balls if b is not None])
        case Pow(base, exponent):
            ends = _ball(base), _ball(exponent)
            if ends[0] is None or ends[1] is None:
                return None
            return ends[0] ** ends[1]
        case _:
            return None


def _combined(term: Term, balls: list[arb]) -> arb | None:
    if isinstance(term, Fn):
        rule = _BALLS.get(term.name)
        return rule(balls[0]) if rule and len(balls) == 1 else None
    out = balls[0]
    for b in balls[1:]:
        out = out + b if isinstance(term, Add) else out * b
    return out
