"""Refutation: a point of the domain at which the two sides differ, exactly.

A difference counts when it is an exact rational or a ball that excludes equality; the point
is then made as plain as it can be and evaluated again at twice the precision.
"""

from collections import Counter
from dataclasses import dataclass, replace

from flint import arb, fmpq

from derive.kernel import numbers
from derive.kernel.evaluate import Key, TooLarge, Undefined, Unevaluable, evaluate
from derive.kernel.numbers import Series
from derive.prove.goal import Goal
from derive.prove.sample import Assumption, Sampled, admits, points
from derive.show import leaf
from derive.verdict import Witness

PRECISIONS = (64, 128, 256)
UNDEFINED_EVERYWHERE = 12
PLAIN = [fmpq(1), fmpq(0), fmpq(1, 2), fmpq(2), fmpq(-1), fmpq(1, 3), fmpq(3)]


@dataclass(frozen=True, slots=True)
class Illdefined:
    """A side that had no value at any of many points."""

    side: str
    reason: str


def refute(
    goal: Goal, assumptions: tuple[Assumption, ...], attempts: int
) -> Witness | Illdefined | None:
    """A counterexample to a scalar goal whose names are unfolded.

    None means that none of the points tried refutes it, which proves nothing.
    """
    troubles: Counter[tuple[str, str]] = Counter()
    for point in points(goal.context, assumptions, attempts):
        try:
            if _differs(goal, point, troubles):
                return _witness(goal, _plainer(goal, point, assumptions))
        except (TooLarge, Unevaluable):
            return None
    if sum(troubles.values()) >= UNDEFINED_EVERYWHERE == min(attempts, UNDEFINED_EVERYWHERE):
        (side, reason), count = troubles.most_common(1)[0]
        if count >= attempts:
            return Illdefined(side, reason)
    return None


def _differs(goal: Goal, point: Sampled, troubles: Counter[tuple[str, str]] | None = None) -> bool:
    """Whether the relation is certainly false at the point."""
    for precision in PRECISIONS:
        try:
            side = "left"
            left = evaluate(goal.left, point, goal.context, precision)
            side = "right"
            right = evaluate(goal.right, point, goal.context, precision)
        except Undefined as trouble:
            if troubles is not None:
                troubles[side, str(trouble)] += 1
            return False
        if isinstance(left, Series) or isinstance(right, Series):
            return False
        found = violated(goal.op, numbers.add(left, -right))
        if found is not None:
            return found
    return False


def violated(op: str, difference: numbers.Number) -> bool | None:
    """Whether `difference op 0` is certainly false; None where a ball does not tell."""
    if isinstance(difference, Series):
        return None
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


# ---- plainer points ------------------------------------------------------------------------


def _plainer(goal: Goal, point: Sampled, assumptions: tuple[Assumption, ...]) -> Sampled:
    """The point with as many plain values as still refute; solved values are left alone."""
    if point.fixed or assumptions:
        return point
    for size in (1, 2):
        smaller = _resized(goal, point, size)
        if smaller is not None:
            point = smaller
            break
    budget = 24
    for key in list(point.chosen):
        for value in PLAIN:
            if budget == 0 or _plain(point.chosen[key]) <= _plain(value):
                break
            budget -= 1
            changed = _with(point, key, value)
            if changed is not None and _differs(goal, changed):
                point = changed
                break
    return _retraced(goal, point)


def _plain(value: fmpq) -> int:
    return PLAIN.index(value) if value in PLAIN else len(PLAIN)


def _resized(goal: Goal, point: Sampled, size: int) -> Sampled | None:
    """A fresh point of the same attempt in which every size is small."""
    sizes = [k for k in point.chosen if goal.context.domains.get(k[0]) and not k[1]]
    sizes = [k for k in sizes if goal.context.domains[k[0]].integer]
    if not sizes or all(point.chosen[k] <= size for k in sizes):
        return None
    fresh = Sampled(goal.context, point.attempt)
    for key in sizes:
        domain = goal.context.domains[key[0]]
        if domain.hi is not None:
            return None
        low = fmpq(1) if domain.lo is None else fresh.number(domain.lo)
        fresh.chosen[key] = low + fmpq(size - 1)
    try:
        return fresh if _differs(goal, fresh) else None
    except (TooLarge, Unevaluable):
        return None


def _with(point: Sampled, key: Key, value: fmpq) -> Sampled | None:
    if point.context.domains.get(key[0]) is not None and not admits(point, key, value):
        return None
    return replace(point, chosen={**point.chosen, key: value})


def _retraced(goal: Goal, point: Sampled) -> Sampled:
    """The point with only those values that are asked for."""
    asked = Sampled(goal.context, point.attempt, {}, dict(point.chosen) | point.fixed)
    asked.tilts, asked.functions = point.tilts, point.functions
    return asked


# ---- the witness as text ----------------------------------------------------------------------


@dataclass
class _Listening(Sampled):
    """A point that remembers what was asked, in order."""

    def value(self, key: Key) -> fmpq:
        """The value of a leaf, noted."""
        found = super().value(key)
        self.chosen[key] = found
        return found


def _witness(goal: Goal, point: Sampled) -> Witness:
    heard = _Listening(goal.context, point.attempt, {}, dict(point.chosen) | point.fixed)
    heard.tilts, heard.functions = point.tilts, point.functions
    left = evaluate(goal.left, heard, goal.context, 256)
    right = evaluate(goal.right, heard, goal.context, 256)
    tilted = {key for key, _ in heard.tilts}
    values = [(_name(k), str(v)) for k, v in heard.chosen.items() if k not in tilted]
    values += [_tilt(heard, k, v) for k, v in heard.tilts]
    values += [_polynomial(head, rows) for head, rows in heard.functions.items()]
    shown_left, shown_right = _pair(left, right)
    return Witness(tuple(sorted(values, key=_order)), shown_left, shown_right)


def _order(row: tuple[str, str]) -> tuple[bool, str]:
    return ("(" in row[0], row[0])


def _name(key: Key) -> str:
    head, indices = key
    if not indices:
        return head
    short = all(0 <= i < 10 for i in indices)
    return leaf(head, ("" if short else ",").join(map(str, indices)))


def _tilt(point: Sampled, key: Key, variable: Key) -> tuple[str, str]:
    slope, curve = point.tilts[key, variable]
    by = _name(variable)
    step = f"({by} - {by}⁰)"
    words = f"{point.value(key)} + {_coefficient(slope)}{step}"
    return f"{_name(key)}({by})", words + (f" + {_coefficient(curve)}{step}²" if curve else "")


def _coefficient(value: fmpq) -> str:
    return "" if value == 1 else f"({value})" if value < 0 or value.q != 1 else f"{value} "


def _polynomial(head: str, rows: tuple[tuple[fmpq, ...], ...]) -> tuple[str, str]:
    names = "tsuvw"[: len(rows)] if len(rows) <= 5 else ""
    shown = []
    for k, row in enumerate(rows):
        name = names[k] if names else f"t{k}"
        for power, value in enumerate(row):
            if value:
                factor = "" if power == 0 else name if power == 1 else f"{name}^{power}"
                first = names[0] if k and names else ""
                shown.append(" ".join(p for p in (str(value), first, factor) if p))
    return f"{head}({', '.join(names)})", " + ".join(shown) or "0"


def _pair(left: numbers.Number, right: numbers.Number) -> tuple[str, str]:
    """Both sides as text that differs where they differ."""
    for digits in (6, 10, 15, 30, 60):
        a, b = _shown(left, digits), _shown(right, digits)
        if a != b:
            return a, b
    return a, b


def _shown(value: numbers.Number, digits: int) -> str:
    value = numbers.constant(value)
    if isinstance(value, fmpq):
        exact = str(value)
        if len(exact) <= 24:
            return exact
        value = arb(value)
    return value.str(digits, radius=False)
