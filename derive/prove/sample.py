"""Points of the domain at which everything that is assumed holds.

An assumed equation is solved for one value that nothing else has fixed; an inequality that
fails is mended by moving one value across. Whatever was built is checked again at the end, so
a clumsy choice here costs a point and never a wrong witness.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import product, zip_longest
from math import comb

from flint import arb, ctx, fmpq

from derive.kernel.evaluate import Key, TooLarge, Undefined, Unevaluable, Unknown, evaluate
from derive.kernel.numbers import Real, Series
from derive.prove.chosen import REAL, Assumption, Row, Sampled, Value, admits
from derive.prove.fit import Trial, fit
from derive.prove.goal import Goal
from derive.term import App, Diff, Sym, Term, num, sub, substitute, subterms

__all__ = ["Assumption", "Sampled", "admits", "points", "trials", "valid"]

FINE = 320  # bits of a root that is no rational
TINY = 2.0**-200
TRIES = 4  # attempts that a point may cost where assumptions reject it
STEPS = (Fraction(1), Fraction(1, 3), Fraction(3))
SIGNS = {"<": (-1, False), "≤": (-1, True), ">": (1, False), "≥": (1, True)}


def points(
    goal: Goal, assumptions: tuple[Assumption, ...], count: int, start: int = 0
) -> Iterator[Sampled]:
    """Points of the domain at which the assumptions hold; fewer where they are hard to keep."""
    return trials(fit(goal, assumptions), count, start)


def trials(trial: Trial, count: int, start: int = 0) -> Iterator[Sampled]:
    """Points for a goal that fits its indices already."""
    origins = _origins(trial.goal)
    tries = count * (TRIES if trial.assumptions else 1)
    for attempt in range(start, start + tries):
        point = Sampled(trial.goal.context, attempt, origins)
        if _keeps(point, trial.assumptions):
            yield point
            count -= 1
        if not count:
            return


def _keeps(point: Sampled, assumptions: tuple[Assumption, ...]) -> bool:
    try:
        for assumption in assumptions:
            if not _impose(point, assumption):
                return False
        return all(_holds(point, a) for a in assumptions)
    except (Undefined, TooLarge, Unevaluable):
        return False


def valid(point: Sampled, assumptions: tuple[Assumption, ...]) -> bool:
    """Whether every value lies in its domain and the assumptions hold."""
    values = point.chosen | point.fixed
    try:
        return all(admits(point, k, v) for k, v in values.items()) and all(
            _holds(point, a) for a in assumptions
        )
    except (Undefined, TooLarge, Unevaluable):
        return False


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
    names = sorted(n for n in assumption.difference.heads if _is_index(point, n))
    ranges = []
    for name in names:
        domain = point.context.domains[name]
        if domain.lo is None or domain.hi is None:
            raise Unknown("an index without a range")
        lo, hi = point.number(domain.lo), point.number(domain.hi)
        ranges.append(range(int(lo.ceil()), int(hi.floor()) + 1))
    for values in product(*ranges):
        mapping: dict[Term, Term] = {Sym(n): num(v) for n, v in zip(names, values, strict=True)}
        yield substitute(assumption.difference, mapping)


def _is_index(point: Sampled, name: str) -> bool:
    domain = point.context.domains.get(name)
    return domain is not None and domain.integer and domain.hi is not None


# ---- imposing --------------------------------------------------------------------------------


def _impose(point: Sampled, assumption: Assumption) -> bool:
    if assumption.op == "=":
        return all(_solve(point, instance) for instance in _instances(point, assumption))
    if assumption.op in SIGNS:
        return all(_move(point, assumption.op, i) for i in _instances(point, assumption))
    return True


def _solve(point: Sampled, equation: Term) -> bool:
    """Gives the youngest free value that the equation determines what it asks for."""
    value = evaluate(equation, point, point.context)
    if isinstance(value, fmpq) and not value:
        return True
    for tilt in reversed([t for t in point.tilts if t[0][0] in equation.heads]):
        told = point.tilts[tilt]
        # the highest derivative first: a differential equation leaves the lower ones free
        for order in reversed(range(len(told))):
            roots = _roots_of(equation, point, partial(_tilt, point, tilt, order))
            if roots:
                _tilt(point, tilt, order, roots[0])
                return True
            point.tilts[tilt] = told
    if _bend(point, equation):
        return True
    for key in reversed(_free(point, equation)):
        for root in _roots_of(equation, point, partial(point.fixed.__setitem__, key)):
            if admits(point, key, root):
                point.fixed[key] = root
                return True
        del point.fixed[key]
    return False


def _bend(point: Sampled, equation: Term) -> bool:
    """Solves an equation for the highest derivative of an unknown function that it shows."""
    for node in dict.fromkeys(t for t in subterms(equation) if isinstance(t, App)):
        at = evaluate(node.args[0], point, point.context) if len(node.args) == 1 else None
        if node.loose or not isinstance(at, fmpq):
            continue
        told = point.polynomial(node.head, 1)
        # c (t − t₀)^k leaves what is below the k-th derivative at t₀ as it is
        for order in reversed(range(len(told[0]))):
            bent = partial(_bent, point, node.head, told[0], at, order)
            roots = _roots_of(equation, point, bent)
            if roots:
                bent(roots[0])
                return True
        point.functions[node.head] = told
    return False


def _bent(point: Sampled, head: str, row: Row, at: fmpq, order: int, by: Value) -> None:
    """Adds `by (t − at)^order` to the polynomial that stands for a function."""
    more = [by * comb(order, k) * (-at) ** (order - k) for k in range(order + 1)]
    added = zip_longest(row, more, fillvalue=fmpq(0))
    point.functions[head] = (tuple(a + b for a, b in added),)


def _free(point: Sampled, equation: Term) -> list[Key]:
    asked = [k for k in point.chosen if k not in point.fixed and k[0] in equation.heads]
    real = [k for k in asked if not point.context.domains.get(k[0], REAL).integer]
    # sizes are determined only by equations between sizes
    return real or [k for k in asked if point.context.domains[k[0]].hi is None]


def _move(point: Sampled, op: str, difference: Term) -> bool:
    """Moves one value so that the difference has the sign that is asked for."""
    if _agrees(op, evaluate(difference, point, point.context)):
        return True
    sign = SIGNS[op][0]
    for key in reversed(_free(point, difference)):
        told = point.chosen[key]
        for step in STEPS:
            there = sub(difference, num(sign * step))
            for root in _roots_of(there, point, partial(point.chosen.__setitem__, key)):
                if isinstance(root, fmpq) and admits(point, key, root):
                    point.chosen[key] = root
                    return True
        point.chosen[key] = told
    return False


def _tilt(point: Sampled, tilt: tuple[Key, Key], order: int, value: Value) -> None:
    row = point.tilts[tilt]
    point.tilts[tilt] = (*row[:order], value, *row[order + 1 :])


def _roots_of(equation: Term, point: Sampled, put: Callable[[fmpq], None]) -> list[Value]:
    """The roots of an equation that is linear or quadratic in one number, or in its inverse."""
    found = _values_at((fmpq(0), fmpq(1), fmpq(2), fmpq(-1)), equation, point, put)
    if found:
        return _roots(found)
    # the values at 0, 1, 2, −1 of the inverse; that at 0 follows where it is linear
    found = _values_at((fmpq(1), fmpq(1, 2), fmpq(-1)), equation, point, put)
    exact = all(isinstance(v, fmpq) for v in found)
    if not found or not exact or found[0] - found[2] != 2 * (found[1] - found[0]):
        return []
    slope = found[1] - found[0]
    start = found[0] - slope
    return [-slope / start] if start and slope else []


def _values_at(
    trials: tuple[fmpq, ...], equation: Term, point: Sampled, put: Callable[[fmpq], None]
) -> list[Value]:
    """The values of a term at some values of one number; none where one is missing."""
    found = []
    for trial in trials:
        put(trial)
        try:
            value = evaluate(equation, point, point.context, FINE)
        except (Undefined, TooLarge):
            return []
        if isinstance(value, Series):
            return []
        found.append(value)
    return found


def _roots(values: list[Value]) -> list[Value]:
    """Roots of the quadratic through its values at 0, 1, 2, if it also passes at −1."""
    exact = [v for v in values if isinstance(v, fmpq)]
    return _exact_roots(exact) if len(exact) == len(values) else _near_root(values)


def _near_root(values: list[Value]) -> list[Value]:
    """The root of what is linear as far as its values at 0, 1, 2, −1 tell, as a ball."""
    before, ctx.prec = ctx.prec, FINE
    try:
        at_0, at_1, at_2, below = map(arb, values)
        slope = at_1 - at_0
        straight = all(d.contains(0) for d in (at_2 - at_1 - slope, at_0 - below - slope))
        return [-at_0 / slope] if straight and not slope.contains(0) else []
    finally:
        ctx.prec = before


def _exact_roots(values: list[fmpq]) -> list[Value]:
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
    if above * above == square.p and below * below == square.q:
        root = fmpq(above, below)
        return [(-b + root) / (2 * a), (-b - root) / (2 * a)]
    before, ctx.prec = ctx.prec, FINE
    try:
        ball = arb(square).sqrt()
        return [(-b + ball) / (2 * a), (-b - ball) / (2 * a)]
    finally:
        ctx.prec = before


# ---- checking ----------------------------------------------------------------------------------


def _holds(point: Sampled, assumption: Assumption) -> bool:
    return all(
        _agrees(assumption.op, evaluate(i, point, point.context, FINE))
        for i in _instances(point, assumption)
    )


def _agrees(op: str, value: Real | Series) -> bool:
    """Whether `value op 0` holds for certain; a ball around 0 is as good as 0 for an equation."""
    if isinstance(value, Series):
        return False
    match op:
        case "=":
            near = isinstance(value, arb) and value.contains(0) and float(value.rad()) < TINY
            return near or value == 0
        case "≠":
            return bool(value != 0)
        case _:
            sign, closed = SIGNS[op]
            return bool((value > 0 if sign > 0 else value < 0) or (closed and value == 0))
