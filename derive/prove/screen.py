"""Screening of variants: whether a changed relation may be true, by evaluation at a few points.

A variant that passes is only a candidate; it still has to be decided.
"""

from collections.abc import Sequence
from dataclasses import replace

from flint import fmpq

from derive.context import Context, Definition
from derive.derivation import Relation
from derive.kernel import numbers
from derive.kernel.budget import Exhausted, Unsupported
from derive.kernel.evaluate import Key, TooLarge, Undefined, Unevaluable, compare, evaluate
from derive.kernel.matrix import ShapeError, lower
from derive.kernel.matrix import Unsupported as NoEntries
from derive.prove.chosen import Sampled, Value
from derive.prove.goal import Goal
from derive.prove.goals import NotAsked, assumptions_of, goals, plain_goal
from derive.prove.refute import violated
from derive.prove.sample import points
from derive.prove.unfold import Unfolder
from derive.term import At, Num, Sym, Term, num, substitute

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


class Wanted:
    """The value that one quantity must have, at one point, for a relation to hold there.

    Also a point itself, at which every symbol, defined or not, has its value.
    """

    def __init__(self, point: Sampled, key: Key, value: Value, leaves: frozenset[str]) -> None:
        self.point, self.key, self.wanted, self.context = point, key, value, point.context
        self.unfolder = Unfolder(point.context, leaves)
        self.values: dict[Key, Value] = {}

    def matches(self, term: Term, params: Sequence[Term]) -> bool:
        """Whether a term, for the index of the wanted member, has the value at the point."""
        index = {p: num(v) for p, v in zip(params, self.key[1], strict=True)}
        try:
            value = evaluate(substitute(term, index), self, self.context)
        except TROUBLE:
            return False
        return not violated("=", numbers.add(value, numbers.negate(self.wanted)))

    def value(self, key: Key) -> Value:
        """The value of a symbol, through its definition where it has one."""
        if key not in self.values:
            name, at = key
            leaf = At(name, tuple(num(i) for i in at)) if at else Sym(name)
            plain = lower(self.unfolder.fully(leaf))
            found = evaluate(plain, self.point, self.context)
            self.values[key] = numbers.constant(found)
        return self.values[key]

    def slopes(self, key: Key, variable: Key, order: int) -> tuple[fmpq, ...]:
        """The point's slopes."""
        return self.point.slopes(key, variable, order)

    def polynomial(self, head: str, arity: int) -> tuple[tuple[fmpq, ...], ...]:
        """The point's polynomials."""
        return self.point.polynomial(head, arity)


def wanted(relation: Relation, head: str) -> Wanted | None:
    """Solves a relation for the first member of a family, or a symbol, where n is 1.

    None where the relation does not determine it by a linear equation.
    """
    try:
        found = goals(relation)
    except TROUBLE:
        return None
    for goal in found:
        kept = Unfolder(goal.context, goal.leaves | {head})
        plain = plain_goal(replace(goal, unfolder=kept))
        solved = _solved(plain, _single(plain), head)
        if solved is not None:
            return solved
    return None


def _single(plain: Goal) -> Sampled:
    """A generic point at which every size is the least it can be."""
    point = Sampled(plain.context, 4)
    for head, domain in plain.context.domains.items():
        if domain.integer and domain.hi is None and isinstance(domain.lo, Num):
            point.fixed[head, ()] = fmpq(int(domain.lo.value))
    return point


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
        return Wanted(point, keys[0], -zero / slope, plain.leaves)  # type: ignore[operator]
    except TROUBLE:
        return None
