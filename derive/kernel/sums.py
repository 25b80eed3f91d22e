"""Sums and products over symbolic ranges in normal form.

A sum is linear in its numerator: constants come out and each remaining monomial over the common
denominator becomes one atom, a closed `Sum` term with its range and its bound indices in
canonical order. Nested sums become one atom over several indices, so that their order does not
matter. A Kronecker delta is summed away only when its index is shown to lie in the range.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import permutations
from itertools import product as cartesian
from math import comb

from flint import fmpq

from derive.kernel.budget import Exhausted, Unsupported
from derive.kernel.fields import Frac, Monomial
from derive.kernel.known import matched
from derive.kernel.powers import Powers
from derive.kernel.sign import NONNEGATIVE, POSITIVE
from derive.term import (
    ONE,
    ZERO,
    Add,
    App,
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
    abstract,
    add,
    instantiate,
    mul,
    num,
    sub,
    substitute,
    subterms,
)

MAX_UNROLLED = 64
MAX_INDICES = 5
MAX_FAULHABER = 12
MAX_SPLIT = 8

CLOSING_COST = 100

Range = tuple[Sym, Term, Term]
_THIS, _OTHER = Sym("\x00this"), Sym("\x00other")


class Sums(Powers):
    """The layer of sums and products."""

    # ---- indices -------------------------------------------------------------------------

    def fresh(self, lo: Term, hi: Term, taken: frozenset[str] = frozenset()) -> Sym:
        """An open index for a range; the same range at the same depth gives the same index."""
        depth = self.binders
        while True:
            name = f"\x00{depth}:{self.order(lo)}:{self.order(hi)}"
            if name not in taken:
                break
            depth += 1
        if name not in self.signs.bound:
            self.signs.bind(name, lo, hi)
        return Sym(name)

    def opened(self, body: Term, lo: Term, hi: Term) -> tuple[Sym, Frac]:
        """The body of a binder at an open index, in normal form."""
        index = self.fresh(lo, hi, self.indices(body))
        self.binders += 1
        frac = self.reduced(self.norm(instantiate(body, index)))
        self.binders -= 1
        return index, frac

    def length(self, lo: Term, hi: Term) -> Fraction | None:
        """The number of indices, if it is a number; raises `Unsupported` for endless ranges."""
        if any(isinstance(t, Const) for t in (*subterms(lo), *subterms(hi))):
            raise Unsupported(Sum(ONE, lo, hi))
        return self.number(add(sub(hi, lo), ONE))

    def nonempty(self, lo: Term, hi: Term, slack: int = 0) -> bool:
        """Whether hi ≥ lo − slack is shown."""
        return self.nonnegative(add(sub(hi, lo), num(slack)))

    # ---- sums ----------------------------------------------------------------------------

    def total(self, term: Sum) -> Frac:
        """Σ, in normal form."""
        unrolled = self._unrolled(term)
        if unrolled is not None:
            return self.field.sum([self.field.constant(0), *map(self.norm, unrolled)])
        lo, hi = self.canon(term.lo), self.canon(term.hi)
        index, body = self.opened(term.body, lo, hi)
        self.used.add("linearity of sums")
        return self.summation(body, (index, lo, hi))

    def _unrolled(self, term: Sum | Prod) -> list[Term] | None:
        """The members of a short range of known length."""
        count = self.length(term.lo, term.hi)
        if count is None or count > MAX_UNROLLED:
            return None
        if count.denominator != 1:
            raise Unsupported(term)
        length = max(int(count), 0)
        self.budget.spend(length)
        return [instantiate(term.body, self.canon(add(term.lo, num(k)))) for k in range(length)]

    def summation(self, body: Frac, over: Range, aligned: bool = False) -> Frac:
        """Σ of a fraction over an open index."""
        index = over[0].name
        body = self.field.cancel(body)
        free, bound = self._split_denominator(body, index)
        pieces = []
        for inner, coefficient in self._grouped(body, index).items():
            outer = Frac(coefficient, free)
            part = self._part(inner, bound, over, aligned)
            pieces.append(self.field.product(outer, part))
        return self.field.sum([self.field.constant(0), *pieces])

    def _split_denominator(
        self, body: Frac, index: str
    ) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
        free: list[tuple[str, int]] = []
        bound: list[tuple[str, int]] = []
        for key, exponent in body.den:
            inside = index in self.poly_indices(self.field.poly(self.field.factors[key]))
            (bound if inside else free).append((key, exponent))
        return tuple(free), tuple(bound)

    def _grouped(self, body: Frac, index: str) -> dict[Monomial, object]:
        """The numerator as monomials in what depends on the index, with free coefficients."""
        groups: dict[Monomial, list[tuple[Monomial, fmpq]]] = {}
        for monomial, coefficient in self.field.monomials(self.field.poly(body.num)):
            inner = tuple((i, e) for i, e in monomial if self._depends(i, index))
            outer = tuple((i, e) for i, e in monomial if not self._depends(i, index))
            groups.setdefault(inner, []).append((outer, coefficient))
        return {inner: self.field.from_monomials(rows) for inner, rows in groups.items()}

    def _depends(self, generator: int, index: str) -> bool:
        return index in self.indices(self.field.terms[generator])

    def _part(
        self, inner: Monomial, den: tuple[tuple[str, int], ...], over: Range, aligned: bool
    ) -> Frac:
        """Σ of one monomial over the part of the denominator that depends on the index."""
        index, lo, hi = over
        if not inner and not den:
            return self._count(lo, hi)
        for generator, _ in inner:
            term = self.field.terms[generator]
            if isinstance(term, Delta):
                collapsed = self._collapse(term, inner, den, over)
                if collapsed is not None:
                    return collapsed
        if not den and len(inner) == 1 and self.field.terms[inner[0][0]] == index:
            power = self._powers_of_index(inner[0][1], lo, hi)
            if power is not None:
                return power
        body = Frac(self.field.from_monomials([(inner, fmpq(1))]), den)
        body = self.field.cancel(body, monomials_only=True)
        return self._aligned(body, over) if not aligned else self._atom(body, over)

    def _count(self, lo: Term, hi: Term) -> Frac:
        if self.nonempty(lo, hi, 1):
            return self.norm(add(sub(hi, lo), ONE))
        return self.opaque(Sum(ONE, lo, hi))

    def _powers_of_index(self, exponent: int, lo: Term, hi: Term) -> Frac | None:
        """Σ k^d as a polynomial in the bounds."""
        if exponent > MAX_FAULHABER or not self.nonempty(lo, hi, 1):
            return None
        self.used.add("sums of powers")
        above, below = self.norm(add(hi, ONE)), self.norm(lo)
        pieces = []
        for k, c in enumerate(faulhaber(exponent)):
            if c:
                for end, way in ((above, 1), (below, -1)):
                    piece = self.field.raised(end, k)
                    pieces.append(self.field.product(self.field.constant(way * c), piece))
        return self.field.sum(pieces)

    # ---- deltas --------------------------------------------------------------------------

    def _collapse(
        self, delta: Delta, inner: Monomial, den: tuple[tuple[str, int], ...], over: Range
    ) -> Frac | None:
        """Σ δ(index, t)·f(index) = f(t) for t shown in the range, 0 for t shown outside."""
        index, lo, hi = over
        place = self._solve(delta, index)
        if place is None:
            return None
        if self.signs.outside(place, lo, hi):
            self.used.add("Kronecker delta")
            return self.field.constant(0)
        if not self.within(place, lo, hi):
            return None
        self.used.add("Kronecker delta")
        rest = tuple((i, e) for i, e in inner if self.field.terms[i] != delta)
        body = Frac(self.field.from_monomials([(rest, fmpq(1))]), den)
        return self.renamed(body, {index: place})

    def within(self, place: Term, lo: Term, hi: Term) -> bool:
        """Whether lo ≤ place ≤ hi is shown."""
        return self.signs.within(place, lo, hi)

    def _solve(self, delta: Delta, index: Sym) -> Term | None:
        """The value of the index at which the delta is 1, if the index stands there by itself."""
        gap = self.norm(sub(delta.left, delta.right))
        if gap.den:
            return None
        at = self.field.index(index)
        rest = []
        slope = Fraction(0)
        for monomial, coefficient in self.field.monomials(self.field.poly(gap.num)):
            value = Fraction(int(coefficient.p), int(coefficient.q))
            if monomial == ((at, 1),):
                slope = value
            elif any(self._depends(i, index.name) for i, _ in monomial):
                return None
            else:
                rest.append((monomial, coefficient))
        if abs(slope) != 1:
            return None
        others = Frac(self.field.from_monomials(rest), ())
        return self.quote(self.field.product(self.field.constant(-1 / slope), others))

    def renamed(self, frac: Frac, values: dict[Term, Term]) -> Frac:
        """The fraction with open indices replaced."""
        return self.norm(substitute(self.quote(frac), values))

    # ---- atoms ---------------------------------------------------------------------------

    def _aligned(self, body: Frac, over: Range) -> Frac:
        """Shifts the index so that the least offset among the family members is 0."""
        index, lo, hi = over
        term = self.quote(body)
        offset = self._offset(term, index)
        if offset is None:
            start = None if self._value_of(term, index) else self.number(lo)
            offset = 0 if start is None else int(1 - start)
        if offset == 0:
            return self._atom(body, over)
        low, high = self.canon(add(lo, num(offset))), self.canon(add(hi, num(offset)))
        shifted = self.fresh(low, high, self.indices(term))
        moved = self.norm(substitute(term, {index: sub(shifted, num(offset))}))
        self.used.add("shift of the index")
        return self.summation(self.reduced(moved), (shifted, low, high), aligned=True)

    def _value_of(self, term: Term, index: Sym) -> bool:
        """Whether the index is used as a number (k², not x_k or x^k)."""
        match term:
            case Sym():
                return term == index
            case At() | App() | Pow() | Delta():
                return False
            case Add(args) | Mul(args) | Fn(_, _, args):
                return any(self._value_of(a, index) for a in args)
            case _:
                return False

    def _offset(self, term: Term, index: Sym) -> int | None:
        """The least c among the members x_{index+c}; None where there is none."""
        found: list[int] = []
        for node in subterms(term):
            if isinstance(node, At):
                for place in node.indices:
                    if place == index:
                        found.append(0)
                    elif index.name in self.indices(place):
                        gap = self.number(sub(place, index))
                        if gap is not None and gap.denominator == 1:
                            found.append(int(gap))
        return min(found) if found else None

    def _atom(self, body: Frac, over: Range) -> Frac:
        """Σ of one monomial fraction, as atoms over the common part of neighbouring ranges."""
        index, lo, hi = over
        split = self._split_ends(lo, hi)
        if split is None:
            return self._nested(body, over)
        firsts, low, high, lasts = split
        term = self.quote(body)
        self.used.add("splitting off the ends of a sum")
        ends = [self.norm(substitute(term, {index: k})) for k in (*firsts, *lasts)]
        inner = self.fresh(low, high, self.indices(term))
        moved = self.reduced(self.norm(substitute(term, {index: inner})))
        middle = self.summation(moved, (inner, low, high), aligned=True)
        return self.field.sum([middle, *ends])

    def _split_ends(self, lo: Term, hi: Term) -> tuple[list[Term], Term, Term, list[Term]] | None:
        """Ranges that differ by integers at the ends are cut to what they share."""
        first, low = self._constant(lo)
        last, high = self._constant(hi)
        key = (low, high)
        starts, stops = self.memory.starts, self.memory.ends
        if first > starts.setdefault(key, first) or last < stops.setdefault(key, last):
            starts[key], stops[key] = max(first, starts[key]), min(last, stops[key])
            raise self.memory.restart()
        begin, end = starts[key] - first, last - stops[key]
        if begin + end == 0 or begin + end > MAX_SPLIT:
            return None
        new_lo, new_hi = self.canon(add(lo, num(begin))), self.canon(sub(hi, num(end)))
        if not self.nonempty(new_lo, new_hi, 1):
            return None
        firsts = [self.canon(add(lo, num(k))) for k in range(begin)]
        lasts = [self.canon(sub(hi, num(k))) for k in range(end)]
        return firsts, new_lo, new_hi, lasts

    def _constant(self, bound: Term) -> tuple[int, Term]:
        """The integer constant of a bound, and the rest."""
        shift, rest = self._split_constant(self.norm(bound))
        return shift, self.quote(rest)

    def _nested(self, body: Frac, over: Range) -> Frac:
        """Inner sums that depend on the index join into one sum over several indices."""
        index = over[0].name
        numerator = self.field.monomials(self.field.poly(body.num))[0][0]
        inner = [
            (i, e)
            for i, e in numerator
            if isinstance(self.field.terms[i], Sum) and self._depends(i, index) and e > 0
        ]
        ranges: list[Range] = [over]
        term = self.quote(body)
        if inner and sum(e * self._indices_of(i) for i, e in inner) < MAX_INDICES:
            rest = tuple((i, e) for i, e in numerator if (i, e) not in inner)
            outer = Frac(self.field.from_monomials([(rest, fmpq(1))]), body.den)
            pieces = [self.quote(outer)]
            taken = set(self.indices(term)) | {index}
            for generator, exponent in inner:
                for _ in range(exponent):
                    pieces.append(self._unnest(self.field.terms[generator], ranges, taken))
            term = self.quote(self.reduced(self.norm(mul(*pieces))))
        return self._assumed(self._closed(term, ranges))

    def _assumed(self, nest: Term) -> Frac:
        """A nest of sums by its assumed value, if it has one, else as an atom."""
        for row in self.memory.known:
            found = matched(row.pattern, nest, row.free)
            if found is not None and all(self._admitted(s, t) for s, t in found.items()):
                self.used.add("an assumed sum")
                return self.norm(substitute(row.value, found))
        return self.opaque(nest)

    def _admitted(self, symbol: Term, place: Term) -> bool:
        """Whether what is assumed for an index in its range is assumed at this place."""
        domain = self.signs.domain(symbol)
        if domain.lo is None or domain.hi is None:
            return True
        return self.within(place, domain.lo, domain.hi)

    def _indices_of(self, generator: int) -> int:
        term, count = self.field.terms[generator], 0
        while isinstance(term, Sum):
            term, count = term.body, count + 1
        return count

    def _unnest(self, term: Term, ranges: list[Range], taken: set[str]) -> Term:
        """The body of a nest of sums at fresh indices, which are added to the ranges."""
        while isinstance(term, Sum):
            index = self.fresh(term.lo, term.hi, frozenset(taken))
            taken.add(index.name)
            ranges.append((index, term.lo, term.hi))
            term = instantiate(term.body, index)
        return term

    def _closed(self, term: Term, ranges: Sequence[Range]) -> Term:
        """The closed nest of sums: of all orders of the indices the first in term order."""
        if len(ranges) == 1:
            index, lo, hi = ranges[0]
            return self.ordered(Sum(abstract(term, index), lo, hi))
        best, least = None, ""
        for order in self._orders_of(term, ranges):
            if not self._possible(order):
                continue
            self.budget.spend(CLOSING_COST)
            nest = self.ordered(_nest(term, order))
            key = self.order(nest)
            if best is None or key < least:
                best, least = nest, key
        if best is None:
            raise Exhausted
        return best

    def _orders_of(self, term: Term, ranges: Sequence[Range]) -> Iterator[tuple[Range, ...]]:
        """Orders enough to find the first: only indices that look alike change places."""
        if len(ranges) < 3:
            yield from permutations(ranges)
            return
        alike: dict[str, list[Range]] = {}
        for over in ranges:
            alike.setdefault(self._look(term, over[0], ranges), []).append(over)
        classes = [permutations(alike[look]) for look in sorted(alike)]
        for parts in cartesian(*classes):
            yield tuple(over for part in parts for over in part)

    def _look(self, term: Term, index: Sym, ranges: Sequence[Range]) -> str:
        """How the term looks from one index, the others not told apart."""
        marks: dict[Term, Term] = {
            over[0]: _THIS if over[0] == index else _OTHER for over in ranges
        }
        lo, hi = next((lo, hi) for this, lo, hi in ranges if this == index)
        seen = (substitute(t, marks) for t in (lo, hi, term))
        return "|".join(self.order(self.ordered(t)) for t in seen)

    def _possible(self, order: Sequence[Range]) -> bool:
        """Whether every range only mentions indices that stand before it."""
        later: set[str] = set()
        for index, lo, hi in reversed(order):
            later.add(index.name)
            if later & (self.indices(lo) | self.indices(hi)):
                return False
        return True

    # ---- products ------------------------------------------------------------------------

    def total_product(self, term: Prod) -> Frac:
        """Π, in normal form."""
        unrolled = self._unrolled(term)
        if unrolled is not None:
            out = self.field.constant(1)
            for member in unrolled:
                out = self.field.product(out, self.norm(member))
            return out
        lo, hi = self.canon(term.lo), self.canon(term.hi)
        index, body = self.opened(term.body, lo, hi)
        if not body.num:
            if self.nonempty(lo, hi):
                return body
            return self.opaque(Prod(ZERO, lo, hi))
        self.used.add("products factor by factor")
        constant, factors = self.factors(body)
        out = self.field.constant(1)
        if constant != 1:
            out = self._constant_product(Num(constant), lo, hi)
        for factor in factors:
            piece = self._product_factor(factor.term, (index, lo, hi))
            out = self.field.product(out, self.field.raised(piece, factor.exponent))
        return out

    def _constant_product(self, base: Term, lo: Term, hi: Term) -> Frac:
        """Π c = c^count."""
        if self.nonempty(lo, hi, 1):
            return self.norm(Pow(base, add(sub(hi, lo), ONE)))
        return self.opaque(Prod(base, lo, hi))

    def _product_factor(self, base: Term, over: Range) -> Frac:
        index, lo, hi = over
        if index.name not in self.indices(base):
            return self._constant_product(base, lo, hi)
        inner = self._inner(base)
        if inner is not None:
            exponent = mul(Num(Fraction(1, inner.level)), inner.item)
            closed = Sum(abstract(exponent, index), lo, hi)
            if inner.base is None:
                return self.norm(Fn("exp", 0, (closed,)))
            if index.name not in self.indices(inner.base):
                if self.sign(inner.base) == POSITIVE or self.signs.integer(exponent):
                    return self.norm(Pow(inner.base, closed))
            elif index.name not in self.indices(exponent) and (
                self.sign(inner.base) <= NONNEGATIVE or self.signs.integer(exponent)
            ):
                return self.norm(Pow(Prod(abstract(inner.base, index), lo, hi), exponent))
        return self._product_atom(base, over)

    def _product_atom(self, base: Term, over: Range) -> Frac:
        """Π of one factor, shifted and cut like a sum."""
        index, lo, hi = over
        offset = self._offset(base, index)
        if offset is None:
            offset = 0
        if offset:
            low, high = self.canon(add(lo, num(offset))), self.canon(add(hi, num(offset)))
            shifted = self.fresh(low, high, self.indices(base))
            base = substitute(base, {index: self.canon(sub(shifted, num(offset)))})
            base = self.canon(base)
            index, lo, hi = shifted, low, high
        split = self._split_ends(lo, hi)
        out = self.field.constant(1)
        if split is not None:
            firsts, lo, hi, lasts = split
            for place in (*firsts, *lasts):
                out = self.field.product(out, self.norm(substitute(base, {index: place})))
        closed = self.ordered(Prod(abstract(base, index), lo, hi))
        return self.field.product(out, self.opaque(closed))

    # ---- deltas and jets -----------------------------------------------------------------

    def delta(self, term: Delta) -> Frac:
        """Kronecker's delta."""
        left, right = self.canon(term.left), self.canon(term.right)
        if left == right:
            return self.field.constant(1)
        signs = self.signs.of(sub(left, right))
        if "0" not in signs:
            return self.field.constant(0)
        if self.order(right) < self.order(left):
            left, right = right, left
        index = self.field.index(Delta(left, right))
        self.relate(index, 2, lambda e: self.field.gen_power(index, 1))
        return self.field.gen_power(index, 1)


def _nest(term: Term, order: Sequence[Range]) -> Term:
    """The sums over open indices closed, the first outermost."""
    indices = [over[0] for over in order]
    nest = abstract(term, *indices)
    for place in range(len(order) - 1, -1, -1):
        outer = indices[:place]
        lo, hi = (abstract(bound, *outer) for bound in order[place][1:])
        nest = Sum(nest, lo, hi)
    return nest


@cache
def faulhaber(degree: int) -> tuple[Fraction, ...]:
    """The polynomial P with P(n+1) − P(n) = n^degree, its coefficients from the constant up."""
    numbers = [Fraction(1)]
    for m in range(1, degree + 1):
        total = sum((comb(m + 1, k) * numbers[k] for k in range(m)), Fraction(0))
        numbers.append(-total / (m + 1))
    out = [Fraction(0)] * (degree + 2)
    for k in range(degree + 1):
        out[degree + 1 - k] = comb(degree + 1, k) * numbers[k] / (degree + 1)
    return tuple(out)
