"""Points at which relations are tried: small, readable, inside the domain, hypotheses kept.

Values are chosen when they are asked for and depend only on the attempt's number and on the
order of asking, so a run repeats exactly. Early attempts are easy to check by hand; later
ones are generic, so that nothing vanishes by accident.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import product

from flint import fmpq

from derive.context import Context, Domain
from derive.kernel.evaluate import Key, TooLarge, Undefined, Unevaluable, evaluate
from derive.kernel.numbers import Series
from derive.prove.goal import Goal
from derive.term import At, Diff, Sym, Term, num, substitute, subterms

REALS = [fmpq(*v) for v in ((1, 1), (2, 1), (-1, 1), (1, 2), (3, 1), (-2, 1), (3, 2), (-1, 2))]
POSITIVES = [fmpq(*v) for v in ((1, 1), (2, 1), (1, 2), (3, 1), (3, 2), (1, 3), (4, 1), (2, 3))]
UNITS = [fmpq(*v) for v in ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (2, 5), (3, 5), (1, 5))]
GENERIC = [fmpq(*v) for v in ((3, 7), (-5, 4), (11, 5), (-2, 3), (7, 6), (-9, 5), (13, 8), (5, 9))]
SIZES = (2, 1, 3, 2, 3, 1, 4)
REAL = Domain()


class NoPoint(Exception):
    """No point that keeps the hypotheses could be built."""


@dataclass
class Sampled:
    """One point: chosen values, slopes of unknown dependences, polynomials of unknown functions."""

    context: Context
    attempt: int
    origins: frozenset[str] = frozenset()
    chosen: dict[Key, fmpq] = field(default_factory=dict)
    fixed: dict[Key, fmpq] = field(default_factory=dict)
    tilts: dict[tuple[Key, Key], tuple[fmpq, ...]] = field(default_factory=dict)
    functions: dict[str, tuple[tuple[fmpq, ...], ...]] = field(default_factory=dict)

    def value(self, key: Key) -> fmpq:
        """The value of a leaf, chosen at the first asking."""
        found = self.fixed.get(key)
        if found is None:
            found = self.chosen.get(key)
        if found is None:
            found = self.chosen[key] = self.choose(key)
        return found

    def slopes(self, key: Key, variable: Key, order: int) -> tuple[fmpq, ...]:
        """Taylor coefficients of a leaf along a variable that it depends on."""
        found = self.tilts.get((key, variable), ())
        if len(found) < order:
            count = len(self.tilts) + self.attempt
            pool = REALS if self.attempt < 4 else GENERIC
            found = tuple(pool[(count + 3 * k) % len(pool)] for k in range(order))
            self.tilts[key, variable] = found
        return found

    def polynomial(self, head: str, arity: int) -> tuple[tuple[fmpq, ...], ...]:
        """Coefficients of a cubic in each argument."""
        found = self.functions.get(head)
        if found is None:
            base = len(self.functions) + self.attempt
            pool = REALS if self.attempt < 4 else GENERIC
            found = tuple(
                tuple(pool[(base + 3 * k + p) % len(pool)] for p in range(4)) for k in range(arity)
            )
            self.functions[head] = found
        return found

    # ---- choosing -----------------------------------------------------------------------

    def choose(self, key: Key) -> fmpq:
        domain = self.context.domains.get(key[0], REAL)
        # now and then all values alike, for relations that fail only where two agree
        alike = self.attempt % 7 == 5
        count = self.attempt + (0 if alike else len(self.chosen))
        if domain is REAL and key[0] in self.origins and self.attempt < 4:
            return fmpq(0)
        if domain.values is not None:
            values = [self.number(v) for v in domain.values]
            return values[count % len(values)]
        lo = None if domain.lo is None else self.number(domain.lo)
        hi = None if domain.hi is None else self.number(domain.hi)
        if domain.integer:
            return self.whole(lo, hi, count)
        return self.real(domain, lo, hi, count)

    def number(self, bound: Term) -> fmpq:
        value = evaluate(bound, self, self.context)
        if isinstance(value, fmpq):
            return value
        if isinstance(value, Series):
            raise Undefined("a bound that moves")
        return fmpq(int(1000 * float(value)), 1000)

    def whole(self, lo: fmpq | None, hi: fmpq | None, count: int) -> fmpq:
        if lo is not None and hi is not None:
            if hi < lo:
                raise Undefined("an empty range")
            return fmpq(lo.ceil()) + fmpq(count % (int(hi.floor()) - int(lo.ceil()) + 1))
        step = SIZES[self.attempt % len(SIZES)] + len(self.chosen) % 2 * (self.attempt % 3 > 0)
        if lo is not None:
            return fmpq(lo.ceil()) + fmpq(step - 1)
        if hi is not None:
            return fmpq(hi.floor()) - fmpq(step - 1)
        return fmpq((step, -step)[self.attempt % 4 == 3])

    def real(self, domain: Domain, lo: fmpq | None, hi: fmpq | None, count: int) -> fmpq:
        generic = GENERIC[count % len(GENERIC)]
        if lo is not None and hi is not None:
            part = UNITS[count % len(UNITS)]
            if self.attempt >= 4:
                part = abs(generic) / (abs(generic) + 1)
            return lo + (hi - lo) * part
        positive = POSITIVES[count % len(POSITIVES)] if self.attempt < 4 else abs(generic)
        if lo is not None:
            return lo + positive
        if hi is not None:
            return hi - positive
        return REALS[count % len(REALS)] if self.attempt < 4 else generic


# ---- hypotheses --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assumption:
    """A relation that must hold at a point, as a difference of scalars; `text` names it."""

    difference: Term
    op: str
    text: str = ""


def points(
    goal: Goal, assumptions: tuple[Assumption, ...], attempts: int, start: int = 0
) -> Iterator[Sampled]:
    """Points of the domain at which the assumptions hold, in order of attempts."""
    origins = _origins(goal)
    for attempt in range(start, start + attempts):
        point = Sampled(goal.context, attempt, origins)
        try:
            if all(_impose(point, a) for a in assumptions) and all(
                _holds(point, a) for a in assumptions
            ):
                yield point
        except (Undefined, TooLarge, Unevaluable, NoPoint):
            continue


def _origins(goal: Goal) -> frozenset[str]:
    """Variables that only unknown dependences are differentiated by; they may start at 0."""
    jets = {
        node.variable.heads - node.body.heads
        for side in (goal.left, goal.right)
        for node in subterms(side)
        if isinstance(node, Diff)
    }
    return frozenset().union(*jets)


def _instances(point: Sampled, assumption: Assumption) -> Iterator[Term]:
    """The assumption for every value of its free indices."""
    names = sorted(
        {t.name for t in subterms(assumption.difference) if isinstance(t, Sym) and _index(point, t)}
    )
    ranges = []
    for name in names:
        domain = point.context.domains[name]
        if domain.lo is None or domain.hi is None:
            return
        lo, hi = point.number(domain.lo), point.number(domain.hi)
        ranges.append(range(int(lo.p), int(hi.p) + 1))
    for values in product(*ranges):
        mapping: dict[Term, Term] = {Sym(n): num(v) for n, v in zip(names, values, strict=True)}
        yield substitute(assumption.difference, mapping)


def _index(point: Sampled, symbol: Sym) -> bool:
    domain = point.context.domains.get(symbol.name)
    return domain is not None and domain.integer and domain.hi is not None


def _impose(point: Sampled, assumption: Assumption) -> bool:
    """Solves an equation for one value that nothing else has fixed."""
    if assumption.op != "=":
        return True
    return all(_solve(point, instance) for instance in _instances(point, assumption))


def _solve(point: Sampled, equation: Term) -> bool:
    value = evaluate(equation, point, point.context)
    if isinstance(value, fmpq) and not value:
        return True
    tilts = [t for t in point.tilts if _used(equation, t[0])]
    for tilt in reversed(tilts):
        slope = _linear(equation, point, partial(_tilt, point, tilt))
        if slope is not None:
            _tilt(point, tilt, slope)
            return True
    asked = [k for k in point.chosen if k not in point.fixed and _used(equation, k)]
    for key in reversed(asked):
        if point.context.domains.get(key[0], REAL).integer:
            continue
        root = _linear(equation, point, partial(point.fixed.__setitem__, key), key)
        if root is not None:
            point.fixed[key] = root
            return True
        point.fixed.pop(key, None)
    return False


def _tilt(point: Sampled, tilt: tuple[Key, Key], slope: fmpq) -> None:
    point.tilts[tilt] = (slope, *point.tilts[tilt][1:])


def _used(equation: Term, key: Key) -> bool:
    return any(
        (isinstance(t, Sym) and t.name == key[0]) or (isinstance(t, At) and t.head == key[0])
        for t in subterms(equation)
    )


def _linear(
    equation: Term, point: Sampled, put: Callable[[fmpq], None], key: Key | None = None
) -> fmpq | None:
    """The root of an equation that is linear or a rational square in one number."""
    found = []
    for trial in (fmpq(0), fmpq(1), fmpq(2), fmpq(-1)):
        put(trial)
        try:
            value = evaluate(equation, point, point.context)
        except (Undefined, TooLarge):
            return None
        if not isinstance(value, fmpq):
            return None
        found.append(value)
    for root in _roots(found):
        if key is None or _admits(point.context.domains.get(key[0], REAL), root, point):
            return root
    return None


def _roots(values: list[fmpq]) -> list[fmpq]:
    """Rational roots of the quadratic through its values at 0, 1, 2, if it also passes at −1."""
    c = values[0]
    a = (values[2] - 2 * values[1] + c) / 2
    b = values[1] - c - a
    if a - b + c != values[3]:
        return []
    if not a:
        return [-c / b] if b else []
    square = b * b - 4 * a * c
    if square < 0:
        return []
    above, below = square.p.isqrt(), square.q.isqrt()
    if above * above != square.p or below * below != square.q:
        return []
    root = fmpq(above, below)
    return [(-b + root) / (2 * a), (-b - root) / (2 * a)]


def _admits(domain: Domain, value: fmpq, point: Sampled) -> bool:
    if domain.values is not None:
        return value in [point.number(v) for v in domain.values]
    if domain.lo is not None:
        lo = point.number(domain.lo)
        if value < lo or (domain.lo_open and value == lo):
            return False
    if domain.hi is not None:
        hi = point.number(domain.hi)
        if value > hi or (domain.hi_open and value == hi):
            return False
    return not (domain.nonzero and value == 0)


def admits(point: Sampled, key: Key, value: fmpq) -> bool:
    """Whether a leaf may take a value."""
    domain = point.context.domains.get(key[0], REAL)
    if domain.integer and value.q != 1:
        return False
    return _admits(domain, value, point)


def _holds(point: Sampled, assumption: Assumption) -> bool:
    for instance in _instances(point, assumption):
        value = evaluate(instance, point, point.context)
        if not isinstance(value, fmpq):
            return False
        true = {
            "=": value == 0, "≠": value != 0, "<": value < 0, "≤": value <= 0,
            ">": value > 0, "≥": value >= 0,
        }  # fmt: skip
        if not true[assumption.op]:
            return False
    return True
