"""Screening of variants: whether a changed relation may be true, by evaluation at a few points.

A variant that passes is only a candidate; it still has to be decided.
"""

from collections.abc import Sequence
from dataclasses import replace

from flint import fmpq

from derive.context import Context, Definition
from derive.derivation import Relation
from derive.kernel.budget import Exhausted, Unsupported
from derive.kernel.evaluate import Key, TooLarge, Undefined, Unevaluable, compare, evaluate
from derive.kernel.matrix import ShapeError, lower
from derive.kernel.matrix import Unsupported as NoEntries
from derive.prove.goal import Goal
from derive.prove.goals import NotAsked, assumptions_of, goals, plain_goal
from derive.prove.refute import violated
from derive.prove.sample import Sampled, points
from derive.prove.unfold import Unfolder
from derive.term import Term, num, substitute

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
    unfolder = Unfolder(goal.context, goal.leaves)
    plain = plain_goal(goal, unfolder)
    held = 0
    for point in points(plain, assumptions_of(goal, plain, unfolder), 2 * POINTS, start=4):
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


class Wanted:
    """The value that one quantity must have, at one point, for a relation to hold there."""

    def __init__(self, point: Sampled, key: Key, value: fmpq | object, context: Context) -> None:
        self.point, self.key, self.value, self.context = point, key, value, context

    def matches(self, term: Term, params: Sequence[Term], leaves: frozenset[str]) -> bool:
        """Whether a term, for the index of the wanted member, has the value at the point."""
        index = {p: num(v) for p, v in zip(params, self.key[1], strict=True)}
        try:
            term = substitute(term, index)
            plain = lower(Unfolder(self.context, leaves).fully(term))
            value = evaluate(plain, self.point, self.context)
        except TROUBLE:
            return False
        return not violated("=", value - self.value)  # type: ignore[operator]


def wanted(relation: Relation, head: str) -> Wanted | None:
    """Solves a relation for the first member of a family, or a symbol, where n is 1.

    None where the relation does not determine it by a linear equation.
    """
    try:
        found = goals(relation)
    except TROUBLE:
        return None
    for goal in found:
        own = replace(goal, leaves=goal.leaves | {head})
        plain = plain_goal(own, Unfolder(own.context, own.leaves))
        for point in points(plain, (), 1, start=1):
            solved = _solved(plain, point, head)
            if solved is not None:
                return solved
    return None


def _solved(plain: Goal, point: Sampled, head: str) -> Wanted | None:
    def difference() -> object:
        return compare(plain.left, plain.right, point, plain.context)[2]

    try:
        difference()
        keys = [k for k in point.chosen if k[0] == head]
        if len(keys) != 1:
            return None
        values = []
        for trial in (fmpq(0), fmpq(1), fmpq(2)):
            point.fixed[keys[0]] = trial
            values.append(difference())
        zero, one, two = values
        slope = one - zero  # type: ignore[operator]
        if violated("=", two - one - slope) or violated("≠", slope) is not False:  # type: ignore[operator]
            return None
        return Wanted(point, keys[0], -zero / slope, plain.context)  # type: ignore[operator]
    except TROUBLE:
        return None


__all__ = ["Wanted", "agrees", "redefined", "wanted"]
