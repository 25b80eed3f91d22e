"""Refutation: a point of the domain at which the two sides differ, exactly.

A difference counts when it is an exact rational or a ball that excludes equality; the point
is then made as plain as it can be and evaluated again at twice the precision.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import field, replace
from fractions import Fraction
from itertools import chain
from random import Random

from flint import acb, arb, fmpq

from derive.kernel import numbers
from derive.kernel.evaluate import Key, TooLarge, Undefined, Unevaluable, Unknown, compare
from derive.kernel.numbers import Series
from derive.prove.chosen import REAL, Assumption, Row, Sampled, Value, admits
from derive.prove.fit import Trial, fit
from derive.prove.goal import Goal
from derive.prove.sample import trials, valid
from derive.show import leaf
from derive.values import dataclass
from derive.verdict import Point, Witness

FINEST = 256
PRECISIONS = (64, 128, FINEST)
NEAR = 2.0**-40
UNDEFINED_EVERYWHERE = 12
LARGE = 3  # points too large to be evaluated before the search is given up
EDITS = 6
RATIONAL = 60  # points looked at for one that needs no enclosure
ZERO, HALF = fmpq(0), fmpq(1, 2)
PLAIN = [fmpq(1), fmpq(0), fmpq(1, 2), fmpq(2), fmpq(-1), fmpq(1, 3), fmpq(3)]


@dataclass(frozen=True, slots=True)
class Illdefined:
    """A side that had no value at any of many points."""

    side: str
    reason: str


def refute(trial: Trial, attempts: int, fine: bool = True) -> Witness | Illdefined | None:
    """A counterexample to a scalar goal whose names are unfolded.

    None means that none of the points tried refutes it, which proves nothing. Where it need
    not be `fine`, sides that hardly differ are not looked at more closely.
    """
    if not trial.refutable:
        return None
    goal, assumptions = trial.goal, trial.assumptions
    troubles: Counter[tuple[str, str]] = Counter()
    large = 0
    for point in trials(trial, attempts):
        try:
            if _difference(goal, point, troubles, fine) is not None:
                found = _witness(goal, _plainer(goal, point, assumptions))
                return found or _witness(goal, point)
        except TooLarge:
            large += 1
            if large == LARGE:
                return None
        except Unevaluable:
            return None
    return _illdefined(troubles, attempts)


def _illdefined(troubles: Counter[tuple[str, str]], attempts: int) -> Illdefined | None:
    """Whether one side had no value at every point, always for one reason."""
    if attempts < UNDEFINED_EVERYWHERE or not troubles:
        return None
    (side, reason), count = troubles.most_common(1)[0]
    return Illdefined(side, reason) if count >= attempts else None


def _difference(
    goal: Goal,
    point: Sampled,
    troubles: Counter[tuple[str, str]] | None = None,
    fine: bool = True,
) -> numbers.Number | None:
    """Left − right where that makes the relation certainly false, else None.

    Unless it is to be `fine`, two sides that are very near count as equal.
    """
    for precision in PRECISIONS:
        try:
            _, _, found = compare(goal.left, goal.right, point, goal.context, precision)
        except Unknown:
            continue
        except Undefined as trouble:
            if troubles is not None:
                troubles[trouble.side, str(trouble)] += 1
            return None
        decided = violated(goal.op, found)
        if decided is not None:
            return found if decided else None
        if not fine and near(found):
            return None
    return None


def near(difference: numbers.Number) -> bool:
    """Whether a difference is told to be next to nothing, which a screen takes for nothing."""
    return isinstance(difference, (arb, acb)) and bool(arb(abs(difference)) < NEAR)


def violated(op: str, difference: numbers.Number) -> bool | None:
    """Whether `difference op 0` is certainly false; None where a ball does not tell."""
    if isinstance(difference, Series):
        return None
    if isinstance(difference, acb):
        # complex numbers have no order, but are equal or not
        apart = op in ("=", "≠") and not difference.contains(0)
        return (op == "=") if apart else None
    if isinstance(difference, fmpq):
        return {
            "=": difference != 0, "≠": difference == 0, "<": difference >= 0,
            "≤": difference > 0, ">": difference <= 0, "≥": difference < 0,
        }[op]  # fmt: skip
    return _ball_violates(op, difference)


def _ball_violates(op: str, ball: arb) -> bool | None:
    if not ball.is_finite():
        return None
    if ball > 0 or ball < 0:
        positive = bool(ball > 0)
        return {"=": True, "≠": False, "<": positive, "≤": positive}.get(op, not positive)
    return None


def false_somewhere(goal: Goal, attempts: int) -> bool:
    """Whether a goal without assumptions is false at one of a few points."""
    trial = fit(goal, ())
    try:
        points = trials(trial, attempts)
        return any(_difference(trial.goal, p, fine=False) is not None for p in points)
    except (TooLarge, Unevaluable):
        return False


# ---- plainer points ------------------------------------------------------------------------


def _plainer(goal: Goal, point: Sampled, assumptions: tuple[Assumption, ...]) -> Sampled:
    """The point with as many plain values as still refute; solved values are left alone."""
    if point.fixed:
        return point
    trial = Trial(goal, assumptions)
    for size in (1, 2):
        smaller = _resized(trial, point, size)
        if smaller is not None:
            point = smaller
            break
    for value in (fmpq(1), fmpq(0)):
        changed = _all(point, value)
        found = _still(trial, changed)
        if isinstance(found, fmpq):
            return changed
        point = point if found is None else changed
    point = _rational(trial, point) or point
    return _one_by_one(trial, point) if len(point.chosen) <= EDITS else point


def _still(trial: Trial, point: Sampled) -> numbers.Number | None:
    """Left − right where a changed point is still one of the domain, and still refutes."""
    try:
        found = _difference(trial.goal, point)
    except (TooLarge, Unevaluable):
        return None
    return found if found is not None and valid(point, trial.assumptions) else None


def _all(point: Sampled, value: fmpq) -> Sampled:
    """The point with one value for every leaf that may take it."""
    real = [k for k in point.chosen if not point.context.domains.get(k[0], REAL).integer]
    chosen = {
        k: v
        for k in real
        for v in ((ZERO,) if k[0] in point.origins else (HALF, value))
        if admits(point, k, v)
    }
    return replace(point, chosen={**point.chosen, **chosen})


def _rational(trial: Trial, point: Sampled) -> Sampled | None:
    """A point at which both sides are rational numbers: most zeros, some ones, alike by head."""
    if any(k[0] in point.origins for k in point.chosen):
        return None
    domains = point.context.domains
    keys = [k for k in point.chosen if domains.get(k[0], REAL) is REAL]
    for attempt in range(1, RATIONAL + 1):
        chance = Random(attempt)
        still = {h for h in sorted({k[0] for k in keys}) if chance.random() < 0.5}
        values = {k: ZERO if k[0] in still else fmpq(chance.choice((0, 1, -1))) for k in keys}
        changed = replace(point, chosen={**point.chosen, **values})
        if isinstance(_still(trial, changed), fmpq):
            return changed
    return None


def _one_by_one(trial: Trial, point: Sampled) -> Sampled:
    for key in list(point.chosen):
        for value in PLAIN:
            if _plain(point.chosen[key]) <= _plain(value):
                break
            changed = replace(point, chosen={**point.chosen, key: value})
            if admits(point, key, value) and _still(trial, changed) is not None:
                point = changed
                break
    return point


def _plain(value: fmpq) -> int:
    return PLAIN.index(value) if value in PLAIN else len(PLAIN)


def _resized(trial: Trial, point: Sampled, size: int) -> Sampled | None:
    """A fresh point of the same attempt in which every size is small."""
    domains = trial.goal.context.domains
    sizes = [k for k in point.chosen if not k[1] and (d := domains.get(k[0])) and d.integer]
    sizes = [k for k in sizes if domains[k[0]].hi is None]
    if not sizes or all(point.chosen[k] <= size for k in sizes):
        return None
    fresh = replace(point, chosen={}, tilts={}, functions={})
    for key in sizes:
        lo = domains[key[0]].lo
        fresh.chosen[key] = (fmpq(1) if lo is None else fresh.number(lo)) + size - 1
    return fresh if _still(trial, fresh) is not None else None


# ---- the witness as text ----------------------------------------------------------------------


def _witness(goal: Goal, point: Sampled) -> Witness | None:
    """The point and both sides there, computed once more; None where they do not differ."""
    heard = replace(point, chosen={}, fixed={})
    told = _Told(heard, {**point.chosen, **point.fixed})
    found = _compared(goal, told)
    if found is None:
        return None
    left, right = found
    along = {v for _, v in point.tilts}
    values = [(_name(k), _shown(v, 6)) for k, v in told.asked.items() if k not in along]
    tilted = {_name(k): _tilt(told, k, v) for k, v in point.tilts if k in told.asked}
    shown = [(n, v) for n, v in values if n not in tilted]
    shown += [(_name(k), _shown(told.value(k), 6)) for k in sorted(along)]
    shown += tilted.values()
    shown += [_polynomial(head, rows) for head, rows in point.functions.items()]
    shown_left, shown_right = _pair(left, right)
    return Witness(tuple(sorted(shown, key=_order)), shown_left, shown_right, _exact(told))


def _compared(goal: Goal, told: "_Told") -> tuple[numbers.Number, numbers.Number] | None:
    """Both sides as finely as they can be computed; None where they do not differ."""
    for precision in (2 * FINEST, *reversed(PRECISIONS)):
        with suppress(Unknown):
            left, right, gap = compare(goal.left, goal.right, told, goal.context, precision)
            return (left, right) if violated(goal.op, gap) else None
    return None


def _exact(told: "_Told") -> Point | None:
    """The point in exact numbers; None where a value is no rational."""
    point = told.point
    for _, variable in point.tilts:
        told.value(variable)
    rows = [*point.tilts.values(), *(r for rows in point.functions.values() for r in rows)]
    if not all(isinstance(v, fmpq) for v in (*told.asked.values(), *chain.from_iterable(rows))):
        return None
    return Point(
        tuple((key, _fraction(v)) for key, v in told.asked.items()),
        tuple((key, by, tuple(map(_fraction, row))) for (key, by), row in point.tilts.items()),
        tuple(
            (h, tuple(tuple(map(_fraction, r)) for r in rows))
            for h, rows in point.functions.items()
        ),
    )


def _fraction(value: Value) -> Fraction:
    assert isinstance(value, fmpq)
    return Fraction(int(value.p), int(value.q))


@dataclass
class _Told:
    """A point with its values told, that remembers which were asked for."""

    point: Sampled
    values: dict[Key, Value]
    asked: dict[Key, Value] = field(default_factory=dict)

    def value(self, key: Key) -> Value:
        """The told value, or the point's own choice."""
        found = self.values.get(key)
        self.asked[key] = self.point.value(key) if found is None else found
        return self.asked[key]

    def slopes(self, key: Key, variable: Key, order: int) -> Row:
        """The point's slopes."""
        return self.point.slopes(key, variable, order)

    def polynomial(self, head: str, arity: int) -> tuple[Row, ...]:
        """The point's polynomials."""
        return self.point.polynomial(head, arity)


def _order(row: tuple[str, str]) -> tuple[bool, str]:
    return ("(" in row[0], row[0])


def _name(key: Key) -> str:
    head, indices = key
    if not indices:
        return head
    short = all(0 <= i < 10 for i in indices)
    return leaf(head, ("" if short else ",").join(map(str, indices)))


def _tilt(point: _Told, key: Key, variable: Key) -> tuple[str, str]:
    """An unknown dependence written down: `h_1^p(w) = 1/2 + w`."""
    by, origin = _name(variable), point.value(variable)
    step = by if not origin else f"({by} - {origin})" if origin > 0 else f"({by} + {-origin})"
    start = point.value(key)
    words = "" if start == 0 else _shown(start, 6)
    for power, value in enumerate(point.point.tilts[key, variable], 1):
        if value:
            raised = step if power == 1 else f"{step}^{power}"
            words += f" {'-' if value < 0 else '+'} {_coefficient(_size(value), raised)}"
    return f"{_name(key)}({by})", words.removeprefix(" + ").strip() or "0"


def _size(value: Value) -> Value:
    return -value if value < 0 else value


def _coefficient(value: Value, of: str) -> str:
    """A coefficient before what it multiplies: `2 t`, `t`, `3`."""
    if not of:
        return _shown(value, 6)
    return of if value == 1 else f"{_shown(value, 6)} {of}"


def _polynomial(head: str, rows: tuple[Row, ...]) -> tuple[str, str]:
    names = "tsuvw"[: len(rows)] if len(rows) <= 5 else ""
    words = ""
    for k, row in enumerate(rows):
        name = names[k] if names else f"t{k}"
        for power, value in enumerate(row):
            if value:
                factor = "" if power == 0 else name if power == 1 else f"{name}^{power}"
                of = " ".join(p for p in (names[0] if k and names else "", factor) if p)
                words += f" {'-' if value < 0 else '+'} {_coefficient(_size(value), of)}"
    words = words.removeprefix(" + ").strip()
    return f"{head}({', '.join(names)})", words or "0"


def _pair(left: numbers.Number, right: numbers.Number) -> tuple[str, str]:
    """Both sides as text that differs where they differ."""
    for digits in (6, 10, 15, 30, 60):
        a, b = _shown(left, digits), _shown(right, digits)
        if a != b:
            return a, b
    return a, b


def _shown(value: numbers.Number, digits: int) -> str:
    value = numbers.plain(value)
    if isinstance(value, acb):
        return _complex(value, digits)
    if isinstance(value, fmpq):
        exact = str(value)
        if len(exact) <= 24:
            return exact
        value = arb(value)
    if value.contains(0):
        return "0"
    return value.str(digits, radius=False)


def _complex(value: acb, digits: int) -> str:
    """`a + b i`, whichever of the two is not 0."""
    real, imaginary = _shown(value.real, digits), _shown(value.imag, digits)
    if imaginary == "0":
        return real
    turned = f"{imaginary} i" if imaginary != "1" else "i"
    return turned if real == "0" else f"{real} + {turned}".replace("+ -", "- ")
