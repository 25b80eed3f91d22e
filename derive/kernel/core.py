"""What every layer of the normal form shares: generators, their relations, and the way back.

A fraction is quoted back into a term in one canonical order, so that equal arguments of an
opaque function become the same term. Each generator keeps its meaning as a term; algebraic ones
(roots, absolute values, roots of unity) also keep the relation by which powers are reduced.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from flint import fmpq, fmpq_poly, fmpz_poly

from derive.context import Condition, Context
from derive.kernel.budget import MAX_DEPTH, Budget, Exhausted, Undefined
from derive.kernel.fields import Field, Frac, Monomial, Poly
from derive.kernel.known import Known
from derive.kernel.sign import NONNEGATIVE, Signs, Signset
from derive.term import (
    ONE,
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
    parts,
    rebuild,
)

PI, IMAGINARY = Const("pi"), Const("I")
MAX_UNITY = 60
NODE_COST, SIGN_COST, QUOTE_COST = 10, 20, 5


class Restart(Exception):
    """Something finer is needed than what was begun with: normalise again."""


class Scaled(NamedTuple):
    """A generator that is a fraction 1/`level` of something: exp(M/l), b^(M/l), b^(1/l)."""

    base: Term | None  # None for exp
    item: Term
    level: int


class Memory:
    """What outlives a restart: how finely each generator has to be cut."""

    def __init__(self, known: tuple[Known, ...] = ()) -> None:
        self.known = known
        self.levels: dict[tuple[Term | None, Term], int] = {}
        self.unity = 2
        self.starts: dict[tuple[Term, Term], int] = {}
        self.ends: dict[tuple[Term, Term], int] = {}
        self.restarts = 0
        self.facts: Callable[[], tuple[Condition, ...]] | None = None

    def restart(self) -> Restart:
        """The exception to raise; raises `Exhausted` when it has been too often."""
        self.restarts += 1
        if self.restarts > 24:
            raise Exhausted
        return Restart()


class Factor(NamedTuple):
    """An irreducible factor: as a canonical term, as a fraction, with its exponent."""

    term: Term
    frac: Frac
    exponent: int


class Core:
    """Generators and relations; `norm` is the one way from terms to fractions."""

    def __init__(self, context: Context, budget: Budget, memory: Memory, signs: Signs) -> None:
        self.context = context
        self.budget = budget
        self.memory = memory
        self.signs = signs
        self.field = Field(budget)
        self.used: set[str] = set()
        self.depth = 0
        self.binders = 0
        self._memo: dict[Term, Frac] = {}
        self._quoted: dict[tuple[str, tuple[tuple[str, int], ...]], Term] = {}
        self._orders: dict[Term, str] = {}
        self._ordered: dict[Term, Term] = {}
        self._canonical: dict[str, tuple[Fraction, Term, Frac]] = {}
        self.scaled: dict[int, Scaled] = {}
        self.relations: dict[int, Callable[[int], Frac]] = {}
        self.degrees: dict[int, int] = {}
        self.roots: dict[str, tuple[int, Frac]] = {}
        self._unity: int | None = None
        self._indices: dict[Term, frozenset[str]] = {}

    # ---- terms to fractions ----------------------------------------------------------------

    def norm(self, term: Term) -> Frac:
        """The term as a fraction in the generators."""
        found = self._memo.get(term)
        if found is None:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise Exhausted
            self.budget.spend(NODE_COST)
            found = self._memo[term] = self.compute(term)
            self.depth -= 1
        return found

    def compute(self, term: Term) -> Frac:
        """The rule of the topmost node."""
        raise NotImplementedError

    def opaque(self, term: Term) -> Frac:
        """The term as a generator of its own."""
        return self.field.gen(term)

    def number(self, term: Term) -> Fraction | None:
        """The rational number that a term is, if its normal form says so."""
        if isinstance(term, Num):
            return term.value
        return self.field.value(self.norm(term))

    def canon(self, term: Term) -> Term:
        """The canonical term for something inside an opaque node."""
        if isinstance(term, (Sym, Num)):
            return term
        return self.quote(self.field.cancel(self.reduced(self.norm(term))))

    # ---- algebraic generators ----------------------------------------------------------------

    def relate(self, index: int, degree: int, power: Callable[[int], Frac]) -> None:
        """Declares how powers of a generator from `degree` on are reduced."""
        self.relations[index] = power
        self.degrees[index] = degree

    def reduced(self, frac: Frac) -> Frac:
        """The fraction with the relations applied to its numerator; newest generators first."""
        if not self.relations:
            return frac
        extra = self._rationalised(frac)
        for index in sorted(self.relations, reverse=True):
            num = self.field.poly(extra.num)
            if num and num.degrees()[index] >= self.degrees[index]:
                extra = self._reduce_one(Frac(num, extra.den), index)
        return extra

    def _rationalised(self, frac: Frac) -> Frac:
        """The fraction without roots below: 1/√t is √t/t."""
        extra = Frac(self.field.poly(frac.num), frac.den)
        for key, exponent in frac.den:
            if key in self.roots:
                index, under = self.roots[key]
                whole = -(-exponent // self.degrees[index])
                rest = tuple(row for row in extra.den if row[0] != key)
                above = self.field.gen_power(index, whole * self.degrees[index] - exponent)
                below = self.field.inverse(self.field.raised(under, whole))
                scale = self.field.product(above, below)
                extra = self.field.product(Frac(extra.num, rest), scale)
        return extra

    def _reduce_one(self, frac: Frac, index: int) -> Frac:
        groups: dict[int, list[tuple[Monomial, fmpq]]] = {}
        for monomial, coefficient in self.field.monomials(frac.num):
            exponent = next((e for i, e in monomial if i == index), 0)
            rest = tuple((i, e) for i, e in monomial if i != index)
            groups.setdefault(exponent, []).append((rest, coefficient))
        pieces = []
        for exponent, rows in groups.items():
            factor = Frac(self.field.from_monomials(rows), frac.den)
            if exponent < self.degrees[index]:
                power = self.field.gen_power(index, exponent)
            else:
                power = self.relations[index](exponent)
            pieces.append(self.field.product(factor, power))
        return self.field.sum(pieces)

    def unity(self) -> int:
        """The generator exp(iπ/l), l even, of which the imaginary unit is a power."""
        if self._unity is None:
            level = self.memory.unity
            arg = Mul((Num(Fraction(1, level)), IMAGINARY, PI))
            self._unity = self.field.index(IMAGINARY if level == 2 else Fn("exp", 0, (arg,)))
            modulus = fmpq_poly(fmpz_poly.cyclotomic(2 * level))
            self.relate(self._unity, modulus.degree(), lambda e: self._unity_power(e, modulus))
        return self._unity

    def _unity_power(self, exponent: int, modulus: fmpq_poly) -> Frac:
        index = self.unity()
        power = fmpq_poly([0] * (exponent % (2 * self.memory.unity)) + [1]) % modulus
        rows = [(((index, k),) if k else (), c) for k, c in enumerate(power.coeffs()) if c]
        return Frac(self.field.from_monomials(rows), ())

    def rotation(self, turns: Fraction) -> Frac:
        """exp(iπ·turns)."""
        level = self.memory.unity
        if level % turns.denominator:
            self.memory.unity = lcm(level, turns.denominator)
            if self.memory.unity > MAX_UNITY:
                self.memory.unity = level
                raise Exhausted
            raise self.memory.restart()
        exponent = int(turns * level) % (2 * level)
        return self.reduced(self.field.gen_power(self.unity(), exponent))

    def level(self, base: Term | None, item: Term, amount: Fraction) -> int:
        """How finely base^item is cut so that its power `amount` is whole."""
        key = (base, item)
        level = self.memory.levels.get(key)
        if level is None:
            level = self.memory.levels[key] = amount.denominator
        elif level % amount.denominator:
            self.memory.levels[key] = lcm(level, amount.denominator)
            raise self.memory.restart()
        return level

    # ---- factors -------------------------------------------------------------------------------

    def factors(self, frac: Frac) -> tuple[Fraction, list[Factor]]:
        """A nonzero fraction as a number times powers of canonical irreducible factors."""
        constant, split = self.field.factor(frac.num)
        value = Fraction(int(constant.p), int(constant.q))
        exponents = dict(split)
        for key, exponent in frac.den:
            exponents[key] = exponents.get(key, 0) - exponent
        found = []
        for key, exponent in exponents.items():
            if exponent:
                scale, term, poly = self.canonical_factor(key)
                value *= scale**exponent
                found.append(Factor(term, poly, exponent))
        return value, found

    def canonical_factor(self, key: str) -> tuple[Fraction, Term, Frac]:
        """A factor as scale · term, the scale such that the term does not depend on history."""
        found = self._canonical.get(key)
        if found is None:
            poly = self.field.poly(self.field.factors[key])
            rows = self._rows(poly)
            lead = rows[0][2]
            scaled = [(t, m, c / lead) for t, m, c in rows]
            term = self._assemble([(t, c) for t, _, c in scaled])
            frac = self.field.product(self.field.constant(1 / lead), Frac(poly, ()))
            found = self._canonical[key] = (lead, term, frac)
        return found

    def sign(self, term: Term) -> Signset:
        """The signs a term may have; the side conditions are called on where the domains fail."""
        self.budget.spend(SIGN_COST)
        signs = self.signs.of(term)
        if len(signs) > 1:
            self.learn()
        if not signs:
            raise Undefined(term)
        return signs

    def learn(self) -> None:
        """Takes the side conditions of the whole term as given, and begins again if that helps."""
        if self.memory.facts is None:
            return
        facts, self.memory.facts = self.memory.facts(), None
        news = tuple(f for f in facts if not self.signs.holds(f))
        if news:
            self.signs.learn(news)
            raise self.memory.restart()

    def nonnegative(self, term: Term) -> bool:
        """Whether the term is shown to be ≥ 0."""
        return self.sign(term) <= NONNEGATIVE

    # ---- fractions to terms ----------------------------------------------------------------------

    def quote(self, frac: Frac) -> Term:
        """The canonical term of a fraction."""
        key = (str(frac.num), frac.den)
        found = self._quoted.get(key)
        if found is None:
            found = self._quoted[key] = self._quote(frac)
        return found

    def _quote(self, frac: Frac) -> Term:
        if not frac.num:
            return ZERO
        scale, below = Fraction(1), []
        for key, exponent in frac.den:
            lead, term, _ = self.canonical_factor(key)
            scale /= lead**exponent
            below.append(_power(term, Fraction(-exponent)))
        rows = [(t, c * scale) for t, _, c in self._rows(frac.num)]
        if not below:
            return self._assemble(rows)
        below.sort(key=self.order)
        if len(rows) == 1:
            top, coefficient = rows[0]
            args = list(top.args) if isinstance(top, Mul) else [] if top == ONE else [top]
            args = sorted([*args, *below], key=self.order)
            head = [] if coefficient == 1 else [Num(coefficient)]
            return _times([*head, *args])
        lead = rows[0][1]
        top = self._assemble([(t, c / lead) for t, c in rows])
        head = [] if lead == 1 else [Num(lead)]
        return _times([*head, *sorted([top, *below], key=self.order)])

    def _rows(self, poly: Poly) -> list[tuple[Term, Monomial, Fraction]]:
        """The monomials as terms in canonical order, with their coefficients."""
        self.budget.spend(QUOTE_COST * len(poly))
        rows = [
            (self.monomial(m), m, Fraction(int(c.p), int(c.q)))
            for m, c in self.field.monomials(poly)
        ]
        if len(rows) > 1:
            rows.sort(key=lambda row: self.order(row[0]))
        return rows

    def _assemble(self, rows: Iterable[tuple[Term, Fraction]]) -> Term:
        terms = []
        for term, coefficient in rows:
            if coefficient == 1:
                terms.append(term)
            elif term == ONE:
                terms.append(Num(coefficient))
            else:
                args = term.args if isinstance(term, Mul) else (term,)
                terms.append(Mul((Num(coefficient), *args)))
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def monomial(self, monomial: Monomial) -> Term:
        """A monomial as a canonical term."""
        args = [self.generator_power(i, e) for i, e in monomial]
        if len(args) > 1:
            args.sort(key=self.order)
        return _times(args)

    def generator_power(self, index: int, exponent: int) -> Term:
        """A power of a generator, as it is written in full."""
        scaled = self.scaled.get(index)
        if scaled is not None:
            amount = Fraction(exponent, scaled.level)
            inner = _scale(amount, scaled.item)
            return Fn("exp", 0, (inner,)) if scaled.base is None else Pow(scaled.base, inner)
        if index == self._unity and self.memory.unity != 2:
            turns = Fraction(exponent, self.memory.unity)
            if turns == Fraction(1, 2):
                return IMAGINARY
            return Fn("exp", 0, (Mul((Num(turns), IMAGINARY, PI)),))
        return _power(self.field.terms[index], Fraction(exponent))

    def order(self, term: Term) -> str:
        """A string that sorts terms by structure alone."""
        found = self._orders.get(term)
        if found is None:
            found = self._orders[term] = self._order(term)
        return found

    def _order(self, term: Term) -> str:
        match term:
            case Num(value):
                return f"0{value}"
            case Sym(name) | Const(name):
                return f"1{name}"
            case Bound(depth):
                return f"2{depth}"
            case At(head, indices):
                return f"3{head}[{','.join(map(self.order, indices))}]"
            case Fn(name, order, args):
                return f"5{name}{order}({','.join(map(self.order, args))})"
            case App(head, orders, args):
                return f"5{head}{orders}({','.join(map(self.order, args))})"
            case _:
                inner = ",".join(self.order(t) for t, _ in parts(term))
                return f"{_RANK.get(type(term), '9')}({inner})"

    def ordered(self, term: Term) -> Term:
        """The term with the members of every sum and product in canonical order."""
        if isinstance(term, (Num, Sym, Bound)):
            return term
        found = self._ordered.get(term)
        if found is None:
            found = rebuild(term, lambda t, _: self.ordered(t))
            if isinstance(found, (Add, Mul)):
                found = type(found)(tuple(sorted(found.args, key=self.order)))
            elif isinstance(found, Delta) and self.order(found.right) < self.order(found.left):
                found = Delta(found.right, found.left)
            self._ordered[term] = found
        return found

    def indices(self, term: Term) -> frozenset[str]:
        """The open bound indices in a term."""
        found = self._indices.get(term)
        if found is None:
            if isinstance(term, Sym):
                found = frozenset((term.name,)) if term.name[:1] == "\x00" else frozenset()
            else:
                found = frozenset().union(*(self.indices(t) for t, _ in parts(term)))
            self._indices[term] = found
        return found

    def frac_indices(self, frac: Frac) -> frozenset[str]:
        """The open bound indices in a fraction."""
        names = self.poly_indices(frac.num)
        for key, _ in frac.den:
            names |= self.poly_indices(self.field.factors[key])
        return names

    def poly_indices(self, poly: Poly) -> frozenset[str]:
        """The open bound indices in a polynomial."""
        names: frozenset[str] = frozenset()
        for index, degree in enumerate(poly.degrees()):
            if degree:
                names |= self.indices(self.field.terms[index])
        return names


_RANK = {Diff: "4", Pow: "6", Mul: "7", Add: "8", Sum: "a", Prod: "b", Delta: "c"}


def _times(args: list[Term]) -> Term:
    return ONE if not args else args[0] if len(args) == 1 else Mul(tuple(args))


def _power(base: Term, exponent: Fraction) -> Term:
    return base if exponent == 1 else Pow(base, Num(exponent))


def _scale(amount: Fraction, item: Term) -> Term:
    if amount == 1:
        return item
    if item == ONE:
        return Num(amount)
    args = item.args if isinstance(item, Mul) else (item,)
    return Mul((Num(amount), *args))
