"""Confirmation of a proof by exact evaluation: the route that knows no normal form."""

from flint import acb, arb

from derive.kernel.evaluate import TooLarge, Undefined, Unevaluable, Unknown, compare
from derive.kernel.numbers import ZERO, Number
from derive.prove.fit import Trial
from derive.prove.goal import Goal
from derive.prove.refute import violated
from derive.prove.sample import Sampled, trials
from derive.prove.settle import unsettled
from derive.values import dataclass

POINTS, ATTEMPTS, FIRST = 2, 16, 4
PRECISIONS = (128, 512)
SMALL = 2.0**-60
COARSE = 2.0**-16  # an integral or a series is enclosed, never added up


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What evaluation says of a proof.

    `agreed` is False for a disagreement, which no proof survives, and None where no point
    could be evaluated. `vanishing` says that the right side was 0 wherever it was seen.
    """

    agreed: bool | None
    vanishing: bool


def confirm(trial: Trial) -> Confirmation:
    """Whether both sides agree at several generic points."""
    agreed, vanishing = 0, True
    for point in trials(trial, ATTEMPTS, FIRST):
        try:
            found, right = _agree(trial.goal, point)
        except Unevaluable:
            return Confirmation(None, vanishing)
        vanishing = vanishing and not violated("=", right)
        if found is False:
            return Confirmation(False, vanishing)
        agreed += found is True
        if agreed == POINTS:
            break
    return Confirmation(True if agreed else None, vanishing)


def _agree(goal: Goal, point: Sampled) -> tuple[bool | None, Number]:
    """Whether the relation holds at a point, as far as the finest ball tells; the right side."""
    right: Number = ZERO
    for precision in PRECISIONS:
        try:
            _, right, difference = compare(goal.left, goal.right, point, goal.context, precision)
        except Unknown:
            continue
        except (Undefined, TooLarge):
            return None, right
        if violated(goal.op, difference):
            return False, right
        small = COARSE if unsettled(goal.left) or unsettled(goal.right) else SMALL
        if isinstance(difference, acb) and goal.op != "=":
            continue
        wide = isinstance(difference, (arb, acb)) and float(difference.rad()) >= small
        if goal.op != "=" or not wide:
            return True, right
    return None, right
