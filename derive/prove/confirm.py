"""Confirmation of a proof by exact evaluation: the route that knows no normal form."""

from flint import arb

from derive.kernel.evaluate import TooLarge, Undefined, Unevaluable, Unknown, compare
from derive.prove.goal import Goal
from derive.prove.refute import violated
from derive.prove.sample import Assumption, Sampled, points

POINTS, ATTEMPTS, FIRST = 2, 16, 4
PRECISIONS = (128, 512)
SMALL = 2.0**-60


def confirm(goal: Goal, assumptions: tuple[Assumption, ...]) -> bool | None:
    """Whether both sides agree at several generic points.

    False is a disagreement, which no proof survives; None means that no point could be
    evaluated, so that this route says nothing.
    """
    agreed = 0
    for point in points(goal, assumptions, ATTEMPTS, FIRST):
        try:
            found = _agree(goal, point)
        except Unevaluable:
            return None
        if found is False:
            return False
        agreed += found is True
        if agreed == POINTS:
            break
    return True if agreed else None


def _agree(goal: Goal, point: Sampled) -> bool | None:
    """Whether the relation holds at a point, as far as the finest ball tells; None if untold."""
    for precision in PRECISIONS:
        try:
            _, _, difference = compare(goal.left, goal.right, point, goal.context, precision)
        except Unknown:
            continue
        except (Undefined, TooLarge):
            return None
        if violated(goal.op, difference):
            return False
        if goal.op != "=" or not isinstance(difference, arb) or float(difference.rad()) < SMALL:
            return True
    return None
