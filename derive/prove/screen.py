"""Screening of variants: whether a changed relation may be true, by evaluation at a few points.

A variant that passes is only a candidate; it still has to be decided.
"""

from dataclasses import replace

from flint import fmpq

from derive.context import Context, Definition
from derive.derivation import Relation
from derive.kernel.budget import Exhausted, Unsupported
from derive.kernel.evaluate import TooLarge, Undefined, Unevaluable, compare
from derive.kernel.matrix import ShapeError
from derive.kernel.matrix import Unsupported as NoEntries
from derive.prove.goal import Goal
from derive.prove.goals import NotAsked, assumptions_of, goals, plain_goal
from derive.prove.refute import violated
from derive.prove.sample import points
from derive.term import Term

POINTS = 2
TROUBLE = (
    Undefined,
    TooLarge,
    Unevaluable,
    ShapeError,
    NoEntries,
    NotAsked,
    Exhausted,
    Unsupported,
)


def agrees(relation: Relation, left: Term, right: Term) -> bool:
    """Whether a relation with these sides holds at a few generic points."""
    try:
        found = goals(replace(relation, left=left, right=right, problem=None))
        return bool(found) and all(_holds(goal) for goal in found)
    except TROUBLE:
        return False


def _holds(goal: Goal) -> bool:
    plain = plain_goal(goal)
    held = 0
    for point in points(plain, assumptions_of(goal, plain), 2 * POINTS, start=4):
        try:
            _, _, difference = compare(plain.left, plain.right, point, plain.context)
        except Undefined:
            continue
        if violated(plain.op, difference) or not _tight(difference):
            return False
        held += 1
        if held == POINTS:
            break
    return held > 0


def _tight(difference: object) -> bool:
    return isinstance(difference, fmpq) or float(difference.rad()) < 2.0**-20  # type: ignore[attr-defined]


def redefined(context: Context, definition: Definition) -> Context:
    """The context with one definition in place of those of its head and parameters."""
    rows = context.definitions.get(definition.head, ())
    kept = tuple(d for d in rows if d.relation != definition.relation)
    changed = {**context.definitions, definition.head: (*kept, definition)}
    return replace(context, definitions=changed)
