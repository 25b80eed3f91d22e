"""Rational functions over ℚ in growing sets of generators: the arithmetic below the normal form.

A fraction keeps its denominator as a multiset of factors, and sums go through one least common
multiple: blind products of denominators and greatest common divisors on the hot path are what
makes rational zero tests slow. A generator is a term (a symbol, an exponential, a sum, …), so
that everything known about it can be read off it.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import comb
from typing import Any, NamedTuple

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from derive.kernel.budget import MAX_BITS, MAX_DEGREE, MAX_TERMS, Budget, Exhausted
from derive.term import Term

Poly = Any  # flint's fmpq_mpoly, which ships without types
Monomial = tuple[tuple[int, int], ...]  # (generator, exponent), exponents not 0
FACTOR_LIMIT = 400  # monomials up to which a polynomial is factored
FACTOR_DEGREE = 120


class Frac(NamedTuple):
    """`num` over the product of the factors in `den`, each a (key, exponent)."""

    num: Poly
    den: tuple[tuple[str, int], ...]


class Field:
    """The field of fractions of ℚ[generators], with the generators met so far."""

    def __init__(self, budget: Budget, capacity: int = 24) -> None:
        self.budget = budget
        self.terms: list[Term] = []
        self.factors: dict[str, Poly] = {}
        self._index: dict[Term, int] = {}
        self._split: dict[str, tuple[fmpq, tuple[tuple[str, int], ...]]] = {}
        self._ctx = self._context(capacity)

    @staticmethod
    def _context(capacity: int) -> Any:
        return fmpq_mpoly_ctx.get([f"g{i}" for i in range(capacity)], Ordering.degrevlex)

    # ---- generators -----------------------------------------------------------------

    def index(self, term: Term) -> int:
        """The number of the generator that stands for the term."""
        found = self._index.get(term)
        if found is None:
            found = self._index[term] = len(self.terms)
            self.terms.append(term)
            if found >= self._ctx.nvars():
                self._ctx = self._context(2 * self._ctx.nvars())
        return found

    def known(self, term: Term) -> bool:
        """Whether the term is a generator already."""
        return term in self._index

    def gen(self, term: Term) -> Frac:
        """The term as a generator."""
        index = self.index(term)
        return Frac(self._ctx.gen(index), ())

    def gen_power(self, index: int, exponent: int) -> Frac:
        """A power, possibly negative, of a generator."""
        if abs(exponent) > MAX_DEGREE:
            raise Exhausted
        poly = self._ctx.gen(index)
        if exponent >= 0:
            return Frac(poly**exponent, ())
        return Frac(self._ctx.constant(1), ((self._key(poly), -exponent),))

    def constant(self, value: Fraction | fmpq | int) -> Frac:
        """A rational number."""
        if isinstance(value, Fraction):
            value = fmpq(value.numerator, value.denominator)
        return Frac(self._ctx.constant(value), ())

    def poly(self, poly: Poly) -> Poly:
        """The polynomial in the present context (generators are only ever added)."""
        if poly.context() is self._ctx:
            return poly
        return poly.project_to_context(self._ctx)

    def from_monomials(self, monomials: Iterable[tuple[Monomial, fmpq]]) -> Poly:
        """The polynomial with the given (distinct) monomials and coefficients."""
        width = self._ctx.nvars()
        table = {}
        for monomial, coefficient in monomials:
            exponents = [0] * width
            for index, exponent in monomial:
                exponents[index] = exponent
            table[tuple(exponents)] = coefficient
        return self._ctx.from_dict(table)

    def monomials(self, poly: Poly) -> list[tuple[Monomial, fmpq]]:
        """The monomials of a polynomial with their coefficients, sparse."""
        self.budget.spend(len(poly))
        return [
            (tuple((i, int(e)) for i, e in enumerate(exponents) if e), coefficient)
            for exponents, coefficient in poly.terms()
        ]

    # ---- polynomials -----------------------------------------------------------------

    def _key(self, poly: Poly) -> str:
        key = str(poly)
        self.factors.setdefault(key, poly)
        return key

    def times(self, a: Poly, b: Poly) -> Poly:
        """The product, paid for before it is computed."""
        size = len(a) * len(b)
        if size > MAX_TERMS * 16:
            raise Exhausted
        self.budget.spend(1 + size // 8)
        return self.poly(a) * self.poly(b)

    def power(self, poly: Poly, exponent: int) -> Poly:
        """A power with a natural exponent, bounded before it is computed."""
        if exponent == 1:
            return poly
        terms = len(poly)
        if terms > 1:
            size = comb(exponent + terms - 1, terms - 1) if exponent < MAX_DEGREE else MAX_TERMS + 1
            if size > MAX_TERMS:
                raise Exhausted
            self.budget.spend(1 + size)
        elif exponent > MAX_DEGREE and not poly.is_constant():
            raise Exhausted
        if terms and exponent * _bits(poly) > MAX_BITS:
            raise Exhausted
        return poly**exponent

    def factor(self, poly: Poly) -> tuple[fmpq, tuple[tuple[str, int], ...]]:
        """The constant and the monic irreducible factors; a large polynomial is left whole."""
        poly = self.poly(poly)
        key = str(poly)
        found = self._split.get(key)
        if found is None:
            found = self._split[key] = self._factor(poly)
        return found

    def _factor(self, poly: Poly) -> tuple[fmpq, tuple[tuple[str, int], ...]]:
        if len(poly) > FACTOR_LIMIT or (len(poly) > 1 and poly.total_degree() > FACTOR_DEGREE):
            lead = poly.leading_coefficient()
            return lead, ((self._key(poly / lead), 1),)
        if len(poly) > 1 and poly.total_degree() == 1:
            lead = poly.leading_coefficient()
            return lead, ((self._key(poly / lead), 1),)
        self.budget.spend(20 + 4 * len(poly))
        constant, factors = poly.factor()
        found = []
        for part, exponent in factors:
            lead = part.leading_coefficient()
            constant *= lead ** int(exponent)
            found.append((self._key(part / lead), int(exponent)))
        return fmpq(constant), tuple(sorted(found))

    # ---- fractions -------------------------------------------------------------------

    def denominator(self, den: Iterable[tuple[str, int]]) -> Poly:
        """The factors of a denominator multiplied out."""
        out = self._ctx.constant(1)
        for key, exponent in den:
            out = self.times(out, self.power(self.factors[key], exponent))
        return out

    def sum(self, fracs: Sequence[Frac]) -> Frac:
        """The sum, over one least common multiple."""
        if len(fracs) == 1:
            return fracs[0]
        lcm: dict[str, int] = {}
        for frac in fracs:
            for key, exponent in frac.den:
                lcm[key] = max(lcm.get(key, 0), exponent)
        total = self._ctx.constant(0)
        for frac in fracs:
            have = dict(frac.den)
            missing = [(k, e - have.get(k, 0)) for k, e in lcm.items() if e > have.get(k, 0)]
            num = self.poly(frac.num)
            if missing and num:
                num = self.times(num, self.denominator(missing))
            self.budget.spend(1 + len(num) // 8)
            total = total + num
        if not total:
            return Frac(total, ())
        return Frac(total, tuple(sorted(lcm.items())))

    def product(self, a: Frac, b: Frac) -> Frac:
        """The product; powers of one generator cancel, larger factors stay."""
        num = self.times(a.num, b.num)
        if not num:
            return Frac(num, ())
        if not (a.den or b.den):
            return Frac(num, ())
        den = dict(a.den)
        for key, exponent in b.den:
            den[key] = den.get(key, 0) + exponent
        return self.cancel(Frac(num, tuple(sorted(den.items()))), monomials_only=True)

    def cancel(self, frac: Frac, monomials_only: bool = False) -> Frac:
        """Divides out the factors of the denominator that the numerator holds."""
        num, den = self.poly(frac.num), []
        for key, exponent in frac.den:
            factor = self.poly(self.factors[key])
            if not (monomials_only and len(factor) > 1):
                while exponent and num:
                    self.budget.spend(1 + len(num) // 4)
                    quotient, rest = divmod(num, factor)
                    if rest:
                        break
                    num, exponent = quotient, exponent - 1
            if exponent:
                den.append((key, exponent))
        return Frac(num, tuple(den) if num else ())

    def raised(self, frac: Frac, exponent: int) -> Frac:
        """An integer power; raises ZeroDivisionError for a negative power of 0."""
        if exponent < 0:
            return self.raised(self.inverse(frac), -exponent)
        if exponent == 0:
            return self.constant(1)
        num = self.power(frac.num, exponent)
        return Frac(num, tuple((k, e * exponent) for k, e in frac.den))

    def inverse(self, frac: Frac) -> Frac:
        """The reciprocal; raises ZeroDivisionError for 0."""
        if not frac.num:
            raise ZeroDivisionError
        constant, factors = self.factor(frac.num)
        num = self._ctx.constant(1 / constant)
        if frac.den:
            num = num * self.poly(self.denominator(frac.den))
        return self.cancel(Frac(num, factors), monomials_only=True)

    def value(self, frac: Frac) -> Fraction | None:
        """The number that the fraction is, or None."""
        if frac.den or not frac.num.is_constant():
            return None
        if not frac.num:
            return Fraction(0)
        number = frac.num.leading_coefficient()
        return Fraction(int(number.p), int(number.q))


def _bits(poly: Poly) -> int:
    """A bound for the growth in bits of the coefficients under one multiplication."""
    largest = max(max(int(c.p).bit_length(), int(c.q).bit_length()) for c in poly.coeffs())
    return largest - 1 + (len(poly)).bit_length() - 1
