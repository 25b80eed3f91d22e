"""Refutation: a point of the domain at which the two sides differ, exactly.

A difference counts when it is an exact rational or a ball that excludes equality; the point
is then made as plain as it can be and evaluated again at twice the precision.
"""

from collections import Counter
from dataclasses import dataclass, field, replace

from flint import arb, fmpq

from derive.kernel import numbers
from derive.kernel.evaluate import Key, TooLarge, Undefined, Unevaluable, compare
from derive.kernel.numbers import Series
from derive.prove.goal import Goal
from derive.prove.sample import REAL, Assumption, Sampled, admits, points
from derive.show import leaf
from derive.verdict import Witness

PRECISIONS = (64, 128, 256)
UNDEFINED_EVERYWHERE = 12
EDITS = 6
HALF = fmpq(1, 2)
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
    for point in points(goal, assumptions, attempts):
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
    return _difference(goal, point, troubles) is not None


def _difference(
    goal: Goal, point: Sampled, troubles: Counter[tuple[str, str]] | None = None
) -> numbers.Number | None:
    """Left − right where that makes the relation certainly false, else None."""
    for precision in PRECISIONS:
        try:
            _, _, found = compare(goal.left, goal.right, point, goal.context, precision)
        except Undefined as trouble:
            if troubles is not None:
                troubles[trouble.side, str(trouble)] += 1
            return None
        decided = violated(goal.op, found)
        if decided is not None:
            return found if decided else None
    return None


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
    for value in (fmpq(1), fmpq(0)):
        changed = _all(point, value)
        found = _difference(goal, changed)
        if isinstance(found, fmpq):
            return changed
        point = point if found is None else changed
    return _one_by_one(goal, point) if len(point.chosen) <= EDITS else point


def _all(point: Sampled, value: fmpq) -> Sampled:
    """The point with one value for every leaf that may take it."""
    real = [k for k in point.chosen if not point.context.domains.get(k[0], REAL).integer]
    chosen = {k: v for k in real for v in (HALF, value) if admits(point, k, v)}
    return replace(point, chosen={**point.chosen, **chosen})


def _one_by_one(goal: Goal, point: Sampled) -> Sampled:
    for key in list(point.chosen):
        for value in PLAIN:
            if _plain(point.chosen[key]) <= _plain(value):
                break
            changed = _with(point, key, value)
            if changed is not None and _differs(goal, changed):
                point = changed
                break
    return point


def _plain(value: fmpq) -> int:
    return PLAIN.index(value) if value in PLAIN else len(PLAIN)


def _resized(goal: Goal, point: Sampled, size: int) -> Sampled | None:
    """A fresh point of the same attempt in which every size is small."""
    sizes = [k for k in point.chosen if goal.context.domains.get(k[0]) and not k[1]]
    sizes = [k for k in sizes if goal.context.domains[k[0]].integer]
    if not sizes or all(point.chosen[k] <= size for k in sizes):
        return None
    fresh = Sampled(goal.context, point.attempt, point.origins)
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


# ---- the witness as text ----------------------------------------------------------------------


def _witness(goal: Goal, point: Sampled) -> Witness:
    heard = replace(point, chosen={}, fixed={})
    told = _Told(heard, dict(point.chosen) | point.fixed)
    left, right, _ = compare(goal.left, goal.right, told, goal.context, 256)
    along = {v for _, v in point.tilts}
    values = [(_name(k), str(v)) for k, v in told.asked.items() if k not in along]
    tilted = {_name(k): _tilt(told, k, v) for k, v in point.tilts if k in told.asked}
    shown = [(n, v) for n, v in values if n not in tilted]
    shown += [(_name(k), str(told.value(k))) for k in sorted(along)]
    shown += tilted.values()
    shown += [_polynomial(head, rows) for head, rows in point.functions.items()]
    shown_left, shown_right = _pair(left, right)
    return Witness(tuple(sorted(shown, key=_order)), shown_left, shown_right)


@dataclass
class _Told:
    """A point with its values told, that remembers which were asked for."""

    point: Sampled
    values: dict[Key, fmpq]
    asked: dict[Key, fmpq] = field(default_factory=dict)

    def value(self, key: Key) -> fmpq:
        """The told value, or the point's own choice."""
        found = self.values.get(key)
        self.asked[key] = self.point.value(key) if found is None else found
        return self.asked[key]

    def slopes(self, key: Key, variable: Key, order: int) -> tuple[fmpq, ...]:
        """The point's slopes."""
        return self.point.slopes(key, variable, order)

    def polynomial(self, head: str, arity: int) -> tuple[tuple[fmpq, ...], ...]:
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
    words = str(point.value(key))
    for power, value in enumerate(point.point.tilts[key, variable], 1):
        if value:
            raised = step if power == 1 else f"{step}^{power}"
            words += f" {'-' if value < 0 else '+'} {_coefficient(abs(value))}{raised}"
    return f"{_name(key)}({by})", words


def _coefficient(value: fmpq) -> str:
    return "" if value == 1 else f"{value} "


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
    if value.contains(0):
        return "0"
    return value.str(digits, radius=False)
