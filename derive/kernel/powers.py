"""Exponentials, logarithms, powers, roots, absolute values and factorials in normal form.

Every exponential is a product of powers of a few exp(M/l), M a monomial; every power of a
positive factor likewise; so that exp(a+b) and exp(a)·exp(b) meet. Factors are split off a root
or a logarithm only when their sign is shown.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from derive.kernel.axioms import FUNCTIONS
from derive.kernel.budget import MAX_BITS, MAX_DEGREE, Exhausted, Undefined, Unsupported
from derive.kernel.core import IMAGINARY, PI, Core, Factor, Scaled
from derive.kernel.fields import Frac
from derive.kernel.sign import NEGATIVE, NONNEGATIVE, NONPOSITIVE, NULL, POSITIVE
from derive.term import (
    MINUS_ONE,
    ONE,
    Add,
    Fn,
    Mul,
    Num,
    Pow,
    Prod,
    Sum,
    Term,
    fn,
    mul,
)

MAX_ITEMS = 16
MAX_PRIME = 10**12
MAX_SHIFT = 64


class Item(NamedTuple):
    """`amount` · `term`, a piece of an exponent; `frac` is the term as a fraction."""

    amount: Fraction
    term: Term
    frac: Frac


class Powers(Core):
    """The layer of powers; its generators are the `scaled` ones of the core."""

    # ---- pieces of exponents -------------------------------------------------------------

    def addends(self, term: Term) -> Iterator[Frac]:
        """The term as a sum of fractions with one denominator each."""
        args = term.args if isinstance(term, Add) else (term,)
        buckets: dict[tuple[tuple[str, int], ...], list[Frac]] = {}
        for arg in args:
            frac = self.reduced(self.norm(arg))
            buckets.setdefault(frac.den, []).append(frac)
        for fracs in buckets.values():
            yield self.reduced(self.field.sum(fracs))

    def items(self, frac: Frac) -> Iterator[Item]:
        """The pieces of a fraction, one a monomial; a long one stays whole."""
        frac = self.field.cancel(frac)
        rows = self.field.monomials(frac.num)
        if len(rows) > MAX_ITEMS:
            term = self.quote(frac)
            yield Item(Fraction(1), term, frac)
            return
        for monomial, coefficient in rows:
            one = Frac(self.field.from_monomials([(monomial, coefficient / coefficient)]), frac.den)
            one = self.field.cancel(one, monomials_only=True)
            term = self.quote(one)
            amount = Fraction(int(coefficient.p), int(coefficient.q))
            yield self._primitive(amount, term, one)

    def _primitive(self, amount: Fraction, term: Term, frac: Frac) -> Item:
        """Moves the number in front of the term into the amount."""
        if isinstance(term, Num):
            return Item(amount * term.value, ONE, self.field.constant(1))
        if isinstance(term, Mul) and isinstance(term.args[0], Num):
            value, rest = term.args[0].value, term.args[1:]
            frac = self.field.product(self.field.constant(1 / value), frac)
            return Item(amount * value, rest[0] if len(rest) == 1 else Mul(rest), frac)
        return Item(amount, term, frac)

    # ---- exponentials --------------------------------------------------------------------

    def exponential(self, arg: Term) -> Frac:
        """exp(arg)."""
        self.used.add("exponential law")
        out = self.field.constant(1)
        for frac in self.addends(arg):
            for item in self.items(frac):
                out = self.field.product(out, self._exp_item(item))
        return out

    def _exp_item(self, item: Item) -> Frac:
        if item.term == Mul((IMAGINARY, PI)):
            return self.rotation(item.amount)
        log = self._log_inside(item)
        if log is not None:
            return log
        return self.fine(None, item.term, item.amount)

    def _log_inside(self, item: Item) -> Frac | None:
        """exp(c·log u) = u^c."""
        args = item.term.args if isinstance(item.term, Mul) else (item.term,)
        logs = [a for a in args if isinstance(a, Fn) and a.name == "log"]
        if len(logs) != 1:
            return None
        rest = [a for a in args if a is not logs[0]]
        exponent = mul(Num(item.amount), *rest) if rest else Num(item.amount)
        return self.power(logs[0].args[0], exponent, positive=True)

    def fine(self, base: Term | None, item: Term, amount: Fraction) -> Frac:
        """base^(item·amount), exp for None, as a whole power of a finely cut generator."""
        level = self.level(base, item, amount)
        inner = _over(item, level)
        key = Fn("exp", 0, (inner,)) if base is None else Pow(base, inner)
        index = self.field.index(key)
        self.scaled.setdefault(index, Scaled(base, item, level))
        if abs(amount * level) > MAX_DEGREE:
            raise Exhausted
        return self.field.gen_power(index, int(amount * level))

    # ---- powers --------------------------------------------------------------------------

    def power(self, base: Term, exponent: Term, positive: bool = False) -> Frac:
        """base^exponent."""
        value = self.number(exponent)
        inner = self.norm(base)
        if value is not None:
            return self.number_power(inner, value, Pow(base, exponent), positive)
        return self._symbolic(self.reduced(inner), exponent, Pow(base, exponent), positive)

    def number_power(self, base: Frac, value: Fraction, term: Term, positive: bool = False) -> Frac:
        """A power with a rational exponent."""
        if value.denominator != 1:
            return self._root(self.reduced(base), value, term, positive)
        if abs(value) > MAX_DEGREE and self.field.value(base) not in (0, 1, -1):
            raise Exhausted
        if value >= 0:
            return self.field.raised(base, int(value))
        base = self.reduced(base)
        if not base.num:
            raise Undefined(term)
        return self.field.raised(base, int(value))

    def _root(self, base: Frac, value: Fraction, term: Term, positive: bool) -> Frac:
        if not base.num:
            if value < 0:
                raise Undefined(term)
            return base
        self.used.add("roots of factors of known sign")
        constant, factors = self.factors(base)
        sign, out = (1 if constant > 0 else -1), self.field.constant(1)
        rest: list[Factor] = []
        for factor in factors:
            alone = positive and len(factors) == 1 and sign > 0 and factor.exponent % 2
            signs = POSITIVE if alone else self.sign(factor.term)
            if signs <= NONNEGATIVE:
                out = self.field.product(out, self.nonnegative_root(factor, value))
            elif signs <= NONPOSITIVE:
                sign *= -1 if factor.exponent % 2 else 1
                out = self.field.product(out, self.nonnegative_root(self._negative(factor), value))
            else:
                even = factor.exponent - factor.exponent % 2
                if even:
                    size = self.absolute_factor(factor)
                    out = self.field.product(
                        out, self.nonnegative_root(size._replace(exponent=even), value)
                    )
                if factor.exponent % 2:
                    rest.append(factor._replace(exponent=1))
        out = self.field.product(out, self._number_root(abs(constant), value))
        return (
            self.field.product(out, self._rest_root(sign, rest, value, term))
            if (rest or sign < 0)
            else out
        )

    def _negative(self, factor: Factor) -> Factor:
        frac = self.field.product(self.field.constant(-1), factor.frac)
        return Factor(self.quote(frac), frac, factor.exponent)

    def _rest_root(self, sign: int, rest: list[Factor], value: Fraction, term: Term) -> Frac:
        """The root of what has no known sign: one generator with its relation."""
        under = self.field.constant(sign)
        for factor in rest:
            under = self.field.product(under, factor.frac)
        if not rest:
            if value.denominator % 2 == 0:
                raise Undefined(term)
            raise Unsupported(term)
        inside, degree = self.quote(under), value.denominator
        index = self.field.index(Pow(inside, Num(Fraction(1, degree))))
        self.scaled.setdefault(index, Scaled(inside, ONE, degree))
        self._relate_root(index, degree, under)
        return self.reduced(self.field.gen_power(index, value.numerator))

    def _relate_root(self, index: int, degree: int, under: Frac) -> None:
        if index not in self.relations:
            field = self.field
            self.roots[str(field.gen_power(index, 1).num)] = index, under
            self.relate(
                index,
                degree,
                lambda e: field.product(
                    field.raised(under, e // degree), field.gen_power(index, e % degree)
                ),
            )

    def nonnegative_root(self, factor: Factor, value: Fraction) -> Frac:
        """factor^value for a factor that is shown to be ≥ 0."""
        amount = factor.exponent * value
        if amount.denominator == 1:
            return self.field.raised(factor.frac, int(amount))
        inner = self._inner(factor.term)
        if inner is not None:
            return self.positive_power(factor, Num(value))
        level = self.level(factor.term, ONE, amount)
        index = self.field.index(Pow(factor.term, Num(Fraction(1, level))))
        self.scaled.setdefault(index, Scaled(factor.term, ONE, level))
        self._relate_root(index, level, factor.frac)
        return self.reduced(self.field.gen_power(index, int(amount * level)))

    def _number_root(self, value: Fraction, exponent: Fraction) -> Frac:
        """The power of a positive number, by primes."""
        out = self.field.constant(1)
        for prime, count in self._primes(value):
            factor = Factor(Num(Fraction(prime)), self.field.constant(prime), count)
            out = self.field.product(out, self.nonnegative_root(factor, exponent))
        return out

    def _primes(self, value: Fraction) -> Iterator[tuple[int, int]]:
        """A positive number by primes; what is too large to factor stays whole."""
        for number, way in ((value.numerator, 1), (value.denominator, -1)):
            rest, trial = number, 2
            while rest > 1 and trial <= 4096:
                count = 0
                while rest % trial == 0:
                    rest, count = rest // trial, count + 1
                if count:
                    yield trial, way * count
                trial += 1 if trial == 2 else 2
                if trial * trial > rest:
                    break
            if rest > 1:
                yield rest, way

    def _inner(self, term: Term) -> Scaled | None:
        """What a factor is a power of, if it is a generator that is a power itself."""
        if isinstance(term, (Pow, Fn)):
            if self.field.known(term):
                return self.scaled.get(self.field.index(term))
            for scaled in self.scaled.values():
                if (
                    term == Pow(scaled.base, _over(scaled.item, scaled.level))
                    if (scaled.base is not None)
                    else term == Fn("exp", 0, (_over(scaled.item, scaled.level),))
                ):
                    return scaled
        return None

    def positive_power(self, factor: Factor, exponent: Term) -> Frac:
        """factor^exponent for a factor that is shown to be positive (≥ 0 for a number)."""
        inner = self._inner(factor.term)
        whole = mul(Num(Fraction(factor.exponent)), exponent)
        if inner is not None:
            deeper = mul(Num(Fraction(1, inner.level)), inner.item, whole)
            if inner.base is None:
                return self.exponential(deeper)
            return self.power(inner.base, deeper, positive=True)
        out = self.field.constant(1)
        for item in self._exponent_items(whole):
            if item.term == ONE:
                one = factor._replace(exponent=1)
                piece = self.nonnegative_root(one, item.amount)
            else:
                piece = self.fine(factor.term, item.term, item.amount)
            out = self.field.product(out, piece)
        return out

    def _exponent_items(self, exponent: Term) -> Iterator[Item]:
        for frac in self.addends(exponent):
            yield from self.items(frac)

    def _symbolic(self, base: Frac, exponent: Term, term: Pow, positive: bool) -> Frac:
        if not base.num:
            if self.sign(exponent) == POSITIVE:
                return base
            return self._opaque_power(base, exponent)
        self.used.add("laws of exponents")
        whole = self.signs.integer(exponent)
        constant, factors = self.factors(base)
        out, rest = self.field.constant(1), self.field.constant(1)
        sign = 1 if constant > 0 else -1
        for factor in factors:
            alone = positive and len(factors) == 1 and sign > 0 and factor.exponent % 2
            signs = POSITIVE if alone else self.sign(factor.term)
            if signs == POSITIVE:
                piece = self.positive_power(factor, exponent)
            elif signs == NEGATIVE:
                sign *= -1 if factor.exponent % 2 else 1
                piece = self.positive_power(self._negative(factor), exponent)
            elif whole:
                # (e^x)^n = e^(nx) for every integer n, also where e^x is complex
                turns = (inner := self._inner(factor.term)) is not None and inner.base is None
                raised = self.positive_power if turns else self.integer_power
                piece = raised(factor, exponent)
            else:
                rest = self.field.product(rest, self.field.raised(factor.frac, factor.exponent))
                continue
            out = self.field.product(out, piece)
        for prime, count in self._primes(abs(constant)):
            factor = Factor(Num(Fraction(prime)), self.field.constant(prime), count)
            out = self.field.product(out, self.positive_power(factor, exponent))
        if sign < 0 and whole:
            out, sign = self.field.product(out, self._minus_one(exponent)), 1
        rest = self.field.product(self.field.constant(sign), rest)
        if self.field.value(rest) == 1:
            return out
        return self.field.product(out, self._opaque_power(rest, exponent))

    def _opaque_power(self, base: Frac, exponent: Term) -> Frac:
        return self.opaque(Pow(self.quote(base), self.canon(exponent)))

    def integer_power(self, factor: Factor, exponent: Term) -> Frac:
        """factor^exponent for an exponent that is an integer, whatever the sign of the factor."""
        out = self.field.constant(1)
        for item in self._exponent_items(mul(Num(Fraction(factor.exponent)), exponent)):
            if item.amount.denominator != 1:
                return self._opaque_power(self.field.raised(factor.frac, factor.exponent), exponent)
            if item.term == ONE:
                piece = self.field.raised(factor.frac, int(item.amount))
            else:
                piece = self._integer_item(factor.term, item)
            out = self.field.product(out, piece)
        return out

    def _integer_item(self, base: Term, item: Item) -> Frac:
        inner = self._inner(base)
        if inner is not None and inner.base is not None and inner.item != ONE:
            joined = self.canon(mul(inner.item, item.term))
            return self.fine(inner.base, joined, item.amount)
        return self.fine(base, item.term, item.amount)

    def _minus_one(self, exponent: Term) -> Frac:
        """(−1)^exponent for an integer exponent."""
        out = self.field.constant(1)
        for item in self._exponent_items(exponent):
            if item.amount.denominator != 1:
                return self._opaque_power(self.field.constant(-1), exponent)
            if item.amount % 2 == 0:
                continue
            if item.term == ONE:
                out = self.field.product(self.field.constant(-1), out)
                continue
            index = self.field.index(Pow(MINUS_ONE, item.term))
            self._relate_root(index, 2, self.field.constant(1))
            out = self.field.product(out, self.field.gen_power(index, 1))
        return self.reduced(out)

    # ---- absolute values -----------------------------------------------------------------

    def absolute(self, frac: Frac) -> Frac:
        """|frac|."""
        frac = self.reduced(frac)
        if not frac.num:
            return frac
        constant, factors = self.factors(frac)
        out = self.field.constant(abs(constant))
        for factor in factors:
            size = self.absolute_factor(factor)
            odd = size.frac if factor.exponent % 2 else self.field.constant(1)
            even = factor.exponent - factor.exponent % 2
            piece = self.field.product(self.field.raised(factor.frac, even), odd)
            out = self.field.product(out, piece)
        return out

    def absolute_factor(self, factor: Factor) -> Factor:
        """|factor|, its exponent 1."""
        signs = self.sign(factor.term)
        if signs <= NONNEGATIVE:
            return factor._replace(exponent=1)
        if signs <= NONPOSITIVE:
            return self._negative(factor)._replace(exponent=1)
        self.used.add("|x|² = x²")
        term = fn("abs", factor.term)
        index = self.field.index(term)
        self._relate_root(index, 2, self.field.raised(factor.frac, 2))
        return Factor(term, self.field.gen_power(index, 1), 1)

    def signum(self, frac: Frac) -> Frac:
        """sign(frac)."""
        frac = self.reduced(frac)
        if not frac.num:
            return frac
        term = self.quote(self.field.cancel(frac))
        signs = self.sign(term)
        if signs in (POSITIVE, NEGATIVE, NULL):
            return self.field.constant({"+": 1, "-": -1, "0": 0}[next(iter(signs))])
        if "0" not in signs:
            return self.field.product(self.absolute(frac), self.field.inverse(frac))
        return self.opaque(fn("sign", term))

    # ---- logarithms ----------------------------------------------------------------------

    def logarithm(self, arg: Term, term: Term) -> Frac:
        """log(arg)."""
        self.used.add("logarithm of factors shown positive")
        frac = self.reduced(self.norm(arg))
        if not frac.num:
            raise Undefined(term)
        constant, factors = self.factors(frac)
        sign, pieces, rest = (1 if constant > 0 else -1), [], []
        for factor in factors:
            signs = self.sign(factor.term)
            if signs <= NONPOSITIVE:  # log has a value only where it is not 0
                factor = self._negative(factor)
                sign *= -1 if factor.exponent % 2 else 1
            elif not signs <= NONNEGATIVE:
                if factor.exponent % 2:
                    rest.append(factor)
                    continue
                factor = self.absolute_factor(factor)._replace(exponent=factor.exponent)
            pieces.append(self._log_factor(factor))
        for prime, count in self._primes(abs(constant)):
            log = self.opaque(fn("log", Num(Fraction(prime))))
            pieces.append(self.field.product(self.field.constant(count), log))
        if rest or sign < 0:
            pieces.append(self._log_rest(sign, rest, term))
        return self.field.sum([self.field.constant(0), *pieces])

    def _log_rest(self, sign: int, rest: list[Factor], term: Term) -> Frac:
        if not rest:
            raise Undefined(term)
        power = 1
        if len(rest) == 1 and rest[0].exponent % 2:
            power, rest = rest[0].exponent, [rest[0]._replace(exponent=1)]
        elif min(rest, key=lambda f: repr(f.term)).exponent < 0:
            # log(q/p) = -log(p/q) wherever either has a value
            power, rest = -1, [f._replace(exponent=-f.exponent) for f in rest]
        inside = self.field.constant(sign)
        for factor in rest:
            inside = self.field.product(inside, self.field.raised(factor.frac, factor.exponent))
        log = self.opaque(fn("log", self.quote(inside)))
        return self.field.product(self.field.constant(power), log)

    def _log_factor(self, factor: Factor) -> Frac:
        count = self.field.constant(factor.exponent)
        inner = self._inner(factor.term)
        if inner is not None:
            exponent = mul(Num(Fraction(1, inner.level)), inner.item)
            if inner.base is None:
                return self.field.product(count, self.norm(exponent))
            if self.sign(inner.base) <= NONNEGATIVE:
                log = self.norm(mul(exponent, fn("log", inner.base)))
                return self.field.product(count, log)
        if isinstance(factor.term, Prod):
            body = factor.term.body
            if self.signs.under(body, factor.term.lo, factor.term.hi) <= NONNEGATIVE:
                self.used.add("logarithm of a product")
                sums = self.norm(Sum(fn("log", body), factor.term.lo, factor.term.hi))
                return self.field.product(count, sums)
        return self.field.product(count, self.opaque(fn("log", factor.term)))

    # ---- factorials ----------------------------------------------------------------------

    def factorial(self, arg: Term, term: Term) -> Frac:
        """arg!, counted down to the argument without its constant."""
        frac = self.field.cancel(self.reduced(self.norm(arg)))
        value = self.field.value(frac)
        if value is not None:
            if value < 0 or value.denominator != 1:
                raise Undefined(term)
            return self._rising(self.field.constant(0), int(value))
        shift, base = self._split_constant(frac)
        if shift > 0 and not self.nonnegative(self.quote(base)):
            return self.opaque(fn("factorial", self.quote(frac)))
        self.used.add("(n+1)! = (n+1)·n!")
        return self._shifted("factorial", base, shift)

    def gamma(self, arg: Term, term: Term) -> Frac:
        """Γ(arg), counted down to the argument without its constant."""
        frac = self.field.cancel(self.reduced(self.norm(arg)))
        value = self.field.value(frac)
        if value is not None and value.denominator == 1:
            if value <= 0:
                raise Undefined(term)
            return self._rising(self.field.constant(0), int(value) - 1)
        less = self.field.sum([frac, self.field.constant(-1)])
        if self.signs.integer(self.quote(less)):
            return self.factorial(self.quote(less), term)
        shift, base = self._split_constant(frac)
        if value is not None:
            shift, base = shift - 1, self.field.constant(value - shift + 1)
        if shift > 0 and self.sign(self.quote(base)) != POSITIVE:
            return self.opaque(fn("gamma", self.quote(frac)))
        below = self.field.sum([base, self.field.constant(-1)])
        return self._shifted("gamma", base, shift, below)

    def _split_constant(self, frac: Frac) -> tuple[int, Frac]:
        """The integer part of the constant of a fraction, and the rest."""
        if frac.den:
            return 0, frac
        constant = next((c for m, c in self.field.monomials(frac.num) if not m), None)
        if constant is None:
            return 0, frac
        shift = int(constant.p) // int(constant.q)
        if abs(shift) > MAX_SHIFT:
            return 0, frac
        return shift, self.field.sum([frac, self.field.constant(-shift)])

    def _shifted(self, name: str, base: Frac, shift: int, below: Frac | None = None) -> Frac:
        """f(base + shift) from f(base) by (base+1)(base+2)…, `below` + 1 the first factor."""
        term = self.quote(base)
        if name == "gamma" and term == Num(Fraction(1, 2)):
            start = self.norm(Pow(PI, Num(Fraction(1, 2))))
        else:
            start = self.opaque(fn(name, term))
        below = base if below is None else below
        if shift >= 0:
            return self.field.product(start, self._rising(below, shift))
        low = self.field.sum([below, self.field.constant(shift)])
        return self.field.product(start, self.field.inverse(self._rising(low, -shift)))

    def _rising(self, base: Frac, count: int) -> Frac:
        """(base+1)(base+2)…(base+count)."""
        if count * count.bit_length() > MAX_BITS:
            raise Exhausted
        out = self.field.constant(1)
        for k in range(1, count + 1):
            out = self.field.product(out, self.field.sum([base, self.field.constant(k)]))
        return out

    def odd(self, name: str, arg: Term) -> Frac:
        """An opaque odd function: the sign of its argument is moved in front."""
        frac = self.field.cancel(self.reduced(self.norm(arg)))
        if not frac.num and name in FUNCTIONS:
            return self.field.constant(0)
        term = self.quote(frac)
        if self._leads_negative(term):
            flipped = self.field.product(self.field.constant(-1), frac)
            opaque = self.opaque(fn(name, self.quote(flipped)))
            return self.field.product(self.field.constant(-1), opaque)
        return self.opaque(fn(name, term))

    @staticmethod
    def _leads_negative(term: Term) -> bool:
        first = term.args[0] if isinstance(term, Add) else term
        first = first.args[0] if isinstance(first, Mul) else first
        return isinstance(first, Num) and first.value < 0


def _over(item: Term, level: int) -> Term:
    """item/level, as it stands in a generator."""
    if level == 1:
        return item
    if item == ONE:
        return Num(Fraction(1, level))
    args = item.args if isinstance(item, Mul) else (item,)
    return Mul((Num(Fraction(1, level)), *args))
