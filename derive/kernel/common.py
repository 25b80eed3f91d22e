"""Sums of one range over one common denominator.

Atoms Σ m/L with different denominators L hide relations such as Σ 1/h + Σ 1/(1−h) =
Σ 1/(h(1−h)). Over the least common denominator the atoms are independent, but for one relation:
Σ L/L is the number of indices.
"""

from typing import NamedTuple

from flint import fmpq

from derive.kernel.fields import Frac, Monomial
from derive.kernel.sums import Range, Sums
from derive.term import App, Sum, Sym


class Atom(NamedTuple):
    """A generator that is a sum, opened: its summand and its ranges."""

    generator: int
    body: Frac
    ranges: tuple[Range, ...]


class Common(Sums):
    """The layer that compares sums with different denominators."""

    def over_common_denominators(self, num: Frac) -> Frac | None:
        """The fraction with its sums brought over common denominators; None if none has any."""
        groups: dict[tuple[Sym, ...], list[Atom]] = {}
        for generator, degree in enumerate(self.field.poly(num.num).degrees()):
            if degree and isinstance(self.field.terms[generator], Sum):
                atom = self._open(generator)
                groups.setdefault(tuple(r[0] for r in atom.ranges), []).append(atom)
        values: dict[int, Frac] = {}
        for atoms in groups.values():
            if any(atom.body.den for atom in atoms):
                values.update(self._group(atoms))
        return self._replaced(num, values) if values else None

    def _open(self, generator: int) -> Atom:
        ranges: list[Range] = []
        body = self._unnest(self.field.terms[generator], ranges, set())
        return Atom(generator, self.reduced(self.norm(body)), tuple(ranges))

    def _group(self, atoms: list[Atom]) -> dict[int, Frac]:
        """Each atom as a combination of the Σ m/L; one of them goes by Σ L/L = count."""
        self.used.add("common denominator of sums")
        ranges = atoms[0].ranges
        lcm: dict[str, int] = {}
        for atom in atoms:
            for key, exponent in atom.body.den:
                lcm[key] = max(lcm.get(key, 0), exponent)
        den = tuple(sorted(lcm.items()))
        names = frozenset(r[0].name for r in ranges)
        gone = self._relation(den, ranges, names)
        return {atom.generator: self._combined(atom.body, den, names, gone) for atom in atoms}

    def _combined(
        self,
        body: Frac,
        den: tuple[tuple[str, int], ...],
        names: frozenset[str],
        gone: tuple[Monomial, Frac] | None,
    ) -> Frac:
        have = dict(body.den)
        missing = [(k, e - have.get(k, 0)) for k, e in den]
        num = self.field.times(body.num, self.field.denominator([m for m in missing if m[1]]))
        pieces = []
        for inner, coefficient in self._by_indices(num, names).items():
            if gone is not None and inner == gone[0]:
                part = gone[1]
            else:
                part = self._cut(inner, den, names)
            pieces.append(self.field.product(Frac(coefficient, ()), part))
        return self.field.sum([self.field.constant(0), *pieces])

    def _by_indices(self, num: object, names: frozenset[str]) -> dict[Monomial, object]:
        groups: dict[Monomial, list[tuple[Monomial, fmpq]]] = {}
        reduced = self.reduced(Frac(num, ()))
        for monomial, coefficient in self.field.monomials(self.field.poly(reduced.num)):
            inner = tuple((i, e) for i, e in monomial if names & self._names(i))
            outer = tuple((i, e) for i, e in monomial if not names & self._names(i))
            groups.setdefault(inner, []).append((outer, coefficient))
        return {inner: self.field.from_monomials(rows) for inner, rows in groups.items()}

    def _names(self, generator: int) -> frozenset[str]:
        return self.indices(self.field.terms[generator])

    def _cut(
        self, inner: Monomial, den: tuple[tuple[str, int], ...], names: frozenset[str]
    ) -> Frac:
        """The generator Σ m/L; over the same ranges the same m and L give the same one."""
        parts = [self.monomial(inner), *(self.canonical_factor(k)[1] for k, _ in den)]
        orders = tuple(e for _, e in den)
        return self.opaque(App("\x00sum" + "|".join(sorted(names)), orders, tuple(parts)))

    def _relation(
        self, den: tuple[tuple[str, int], ...], ranges: tuple[Range, ...], names: frozenset[str]
    ) -> tuple[Monomial, Frac] | None:
        """A monomial m of L with a number for coefficient, and Σ m/L by Σ L/L = count."""
        if len(ranges) > 1:
            return None
        rows = self._by_indices(self.field.denominator(den), names)
        for inner, coefficient in rows.items():
            value = self.field.value(Frac(coefficient, ()))
            if value and inner:
                pieces = [self._count(ranges[0][1], ranges[0][2])]
                for other, c in rows.items():
                    if other != inner:
                        cut = self._cut(other, den, names)
                        negative = self.field.product(self.field.constant(-1), Frac(c, ()))
                        pieces.append(self.field.product(negative, cut))
                scale = self.field.constant(1 / value)
                return inner, self.field.product(scale, self.field.sum(pieces))
        return None

    def _replaced(self, num: Frac, values: dict[int, Frac]) -> Frac:
        """The polynomial with fractions in place of generators."""
        pieces = []
        for monomial, coefficient in self.field.monomials(self.field.poly(num.num)):
            rest = tuple((i, e) for i, e in monomial if i not in values)
            piece = Frac(self.field.from_monomials([(rest, coefficient)]), ())
            for generator, exponent in monomial:
                if generator in values:
                    power = self.field.raised(values[generator], exponent)
                    piece = self.field.product(piece, power)
            pieces.append(piece)
        return self.field.sum([self.field.constant(0), *pieces])
