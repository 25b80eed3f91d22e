"""Points at which relations are tried: small, readable, inside the domain.

Values are chosen when they are asked for and depend only on the attempt's number and on the
order of asking, so a run repeats exactly. Early attempts are easy to check by hand; later
ones are generic, so that nothing vanishes by accident.
"""

from dataclasses import field

from flint import arb, fmpq

from derive.context import Context, Domain
from derive.kernel.evaluate import Key, Unknown, evaluate
from derive.kernel.numbers import Series
from derive.term import Term
from derive.values import dataclass

REALS = [fmpq(*v) for v in ((1, 1), (2, 1), (-1, 1), (1, 2), (3, 1), (-2, 1), (3, 2), (-1, 2))]
POSITIVES = [fmpq(*v) for v in ((1, 1), (2, 1), (1, 2), (3, 1), (3, 2), (1, 3), (4, 1), (2, 3))]
UNITS = [fmpq(*v) for v in ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (2, 5), (3, 5), (1, 5))]
PRIMES = (3, 5, 7, 11, 13)
SIZES = (2, 1, 3, 2, 3, 1, 4)
NICE = 4  # attempts whose values are easy to check by hand
EDGES = 5  # one attempt in so many tries values at the edge of their domain, and 0
FAR = 20  # from this attempt on, some attempts try large sizes
LARGE = 10  # from this attempt on, some attempts try large numbers
REAL = Domain()

Value = fmpq | arb
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Assumption:
    """A relation that must hold at a point, as a difference of scalars; `text` names it."""

    difference: Term
    op: str
    text: str = ""


@dataclass
class Sampled:
    """One point: chosen values, slopes of unknown dependences, polynomials of unknown functions.

    `fixed` holds what the hypotheses determine; a root that is no rational is a ball.
    """

    context: Context
    attempt: int
    origins: frozenset[str] = frozenset()
    chosen: dict[Key, fmpq] = field(default_factory=dict)
    fixed: dict[Key, Value] = field(default_factory=dict)
    tilts: dict[tuple[Key, Key], Row] = field(default_factory=dict)
    functions: dict[str, tuple[Row, ...]] = field(default_factory=dict)

    def value(self, key: Key) -> Value:
        """The value of a leaf, chosen at the first asking."""
        found = self.fixed.get(key)
        if found is not None:
            return found
        chosen = self.chosen.get(key)
        if chosen is None:
            chosen = self.chosen[key] = self.choose(key)
        return chosen

    def slopes(self, key: Key, variable: Key, order: int) -> Row:
        """Taylor coefficients of a leaf along a variable that it depends on."""
        found: Row = self.tilts.get((key, variable), ())
        while len(found) < order:
            # what was told stays: the other side may have been computed with it
            count = self.attempt + len(self.tilts) + (3 * len(found) + 1 if found else 0)
            found = self.tilts[key, variable] = (*found, self.real(count))
        return found[:order]

    def polynomial(self, head: str, arity: int) -> tuple[Row, ...]:
        """Coefficients of a cubic in each argument."""
        found = self.functions.get(head)
        if found is None:
            base = self.attempt + 4 * len(self.functions)
            rows = range(base, base + 4 * arity, 4)
            found = tuple(tuple(self.real(row + power) for power in range(4)) for row in rows)
            self.functions[head] = found
        return found

    # ---- choosing -----------------------------------------------------------------------

    def choose(self, key: Key) -> fmpq:
        domain = self.context.domains.get(key[0], REAL)
        # now and then all values alike, for relations that fail only where two agree
        alike = self.attempt % 7 == 5
        count = self.attempt + (0 if alike else len(self.chosen))
        if domain is REAL and key[0] in self.origins and self.attempt < NICE:
            return fmpq(0)
        if domain.values is not None:
            values = [self.number(v) for v in domain.values]
            return values[count % len(values)]
        lo = None if domain.lo is None else self.number(domain.lo)
        hi = None if domain.hi is None else self.number(domain.hi)
        if self.attempt % EDGES == EDGES - 1 and self.attempt > NICE and count % 2:
            edges = _edges(domain, lo, hi)
            if edges:
                return edges[count // 2 % len(edges)]
        choose = self.whole if domain.integer else self.between
        found = choose(lo, hi, count)
        return choose(lo, hi, count + 1) if domain.nonzero and not found else found

    def number(self, bound: Term) -> fmpq:
        value = evaluate(bound, self, self.context)
        if isinstance(value, fmpq):
            return value
        if isinstance(value, Series):
            raise Unknown("a bound that moves")
        return fmpq(int(1000 * float(value)), 1000)

    def whole(self, lo: fmpq | None, hi: fmpq | None, count: int) -> fmpq:
        if lo is not None and hi is not None:
            least, most = int(lo.ceil()), int(hi.floor())
            if most < least:
                raise Unknown("an empty range")
            return fmpq(least + count % (most - least + 1))
        step = SIZES[self.attempt % len(SIZES)] + len(self.chosen) % 2 * (self.attempt % 3 > 0)
        if self.attempt > NICE:
            far = self.attempt >= FAR and self.attempt % 4 == 0
            step = 1 + (_mixed(self.attempt, count) >> 5) % (12 if far else 5)
        if lo is not None:
            return fmpq(lo.ceil()) + fmpq(step - 1)
        if hi is not None:
            return fmpq(hi.floor()) - fmpq(step - 1)
        return fmpq((step, -step)[count % 4 == 3])

    def between(self, lo: fmpq | None, hi: fmpq | None, count: int) -> fmpq:
        if lo is None and hi is None:
            return self.real(count)
        nice = self.attempt < NICE and count < len(UNITS)
        size = POSITIVES[count] if nice else abs(_generic(self.attempt, count))
        if lo is None or hi is None:
            return hi - size if lo is None else lo + size  # type: ignore[operator]
        return lo + (hi - lo) * (UNITS[count] if nice else size / (size + 1))

    def real(self, count: int) -> fmpq:
        nice = self.attempt < NICE and count < len(REALS)
        return REALS[count] if nice else _generic(self.attempt, count)


def _edges(domain: Domain, lo: fmpq | None, hi: fmpq | None) -> list[fmpq]:
    """The ends of a domain that belong to it, and 0 where it does not end."""
    if domain.integer:
        return []
    found = [end for end, open_ in ((lo, domain.lo_open), (hi, domain.hi_open))
             if end is not None and not open_]  # fmt: skip
    if lo is None and hi is None and not domain.nonzero:
        found.append(fmpq(0))
    return found


def _generic(attempt: int, count: int) -> fmpq:
    """A rational that no formula singles out; it differs with the attempt and the count."""
    mixed = _mixed(attempt, count)
    below = PRIMES[mixed % len(PRIMES)]
    above = (mixed >> 8) % (3 * below) + 1
    found = fmpq(above + (above % below == 0), below)
    if attempt >= LARGE and attempt % 4 == 0:
        found *= 10 * attempt
    return -found if mixed >> 31 else found


def _mixed(attempt: int, count: int) -> int:
    """A number of 32 bits in which nothing of either is left."""
    return (count * 2_654_435_761 + (attempt + 1) * 2_246_822_519 + 12_345) % (1 << 32)


def admits(point: Sampled, key: Key, value: Value) -> bool:
    """Whether a leaf may take a value."""
    domain = point.context.domains.get(key[0], REAL)
    if domain.integer and not (isinstance(value, fmpq) and value.q == 1):
        return False
    if domain.values is not None:
        return value in [point.number(v) for v in domain.values]
    if domain.lo is not None:
        lo = point.number(domain.lo)
        if not (value > lo or (value == lo and not domain.lo_open)):
            return False
    if domain.hi is not None:
        hi = point.number(domain.hi)
        if not (value < hi or (value == hi and not domain.hi_open)):
            return False
    return not (domain.nonzero and value == 0)
