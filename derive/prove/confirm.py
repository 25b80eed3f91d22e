"""Confirmation of a proof by exact evaluation: the route that knows no normal form."""

from flint import arb

from derive.kernel.evaluate import TooLarge, Undefined, Unevaluable, compare
from derive.prove.goal import Goal
from derive.prove.refute import violated
from derive.prove.sample import Assumption, points

POINTS, ATTEMPTS, PRECISION = 3, 16, 128
SMALL = 2.0**-60


def confirm(goal: Goal, assumptions: tuple[Assumption, ...]) -> bool | None:
    """Whether both sides agree at several generic points.

    False is a disagreement, which no proof survives; None means that no point could be
    evaluated, so that this route says nothing.
    """
    agreed = 0
    for point in points(goal, assumptions, ATTEMPTS, start=4):
        try:
            _, _, difference = compare(goal.left, goal.right, point, goal.context, PRECISION)
        except (Undefined, TooLarge):
            continue
        except Unevaluable:
            return None
        if violated(goal.op, difference):
            return False
        if goal.op == "=" and isinstance(difference, arb) and float(difference.rad()) > SMALL:
            continue
        agreed += 1
        if agreed == POINTS:
            break
    return True if agreed else None
