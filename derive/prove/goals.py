"""A relation's goals: scalar, one for each kind of entry, in the relation's context."""

from collections.abc import Iterator

from derive.context import Context
from derive.derivation import Relation
from derive.kernel.derivative import differentiate
from derive.kernel.matrix import ShapeError, components, lower, shape
from derive.prove.goal import Goal, over
from derive.prove.sample import Assumption
from derive.prove.unfold import Unfolder, leaves_of, unknown_dependence
from derive.show import text
from derive.term import ONE, ZERO, At, Diff, Fill, Sym, Term, is_matrix, sub, subterms


class NotAsked(Exception):
    """A relation that asks nothing that can be decided."""


def goals(relation: Relation) -> list[Goal]:
    """The scalar goals of a relation: one, or one for each block of a matrix relation."""
    left, right, context = relation.left, relation.right, relation.context
    if left is None or right is None:
        return []
    unfolder = Unfolder(context, leaves_of((left, right), context))
    full = [unfolder.fully(side) for side in (left, right)]
    for side in full:
        unknown = unknown_dependence(side, context)
        if unknown is not None:
            what, by = text(unknown.body), text(unknown.variable)
            raise NotAsked(f"nothing shows how {what} depends on {by}")
    if relation.predecessor is None and _about_nothing(full[0], full[1], context):
        raise NotAsked(f"nothing defines {text(full[0].body)}")  # type: ignore[attr-defined]
    goal = Goal(left, relation.op, right, context, unfolder, relation.given)
    if not (is_matrix(full[0]) or is_matrix(full[1])):
        return [goal]
    if relation.op != "=":
        raise NotAsked("an order between matrices")
    a, b = _same_kind(left, right, full[0], full[1])
    return [
        Goal(c.left, "=", c.right, over(context, c.over), unfolder, relation.given, c.label)
        for c in components(a, b)
    ]


def plain_goal(goal: Goal) -> Goal:
    """The goal in symbols that nothing defines, without matrices."""
    unfolder = goal.unfolder
    return goal.sides(lower(unfolder.fully(goal.left)), lower(unfolder.fully(goal.right)))


def assumptions_of(goal: Goal, plain: Goal) -> tuple[Assumption, ...]:
    """What is assumed, and its derivatives along variables that the goal differentiates by."""
    unfolder = goal.unfolder
    found = []
    for assumed in goal.hypotheses:
        difference = lower(unfolder.fully(sub(assumed.left, assumed.right)))
        found.append(Assumption(difference, assumed.op, assumed.text))
        if assumed.op == "=":
            found += [Assumption(d, "=", assumed.text) for d in _along(difference, plain)]
    return tuple(found)


def _along(difference: Term, plain: Goal) -> Iterator[Term]:
    """An equation between functions of x also holds for their derivatives."""
    by = {
        t.variable
        for side in (plain.left, plain.right)
        for t in subterms(side)
        if isinstance(t, Diff) and isinstance(t.variable, Sym)
    }
    for variable in sorted(by, key=repr):
        if any((h, variable.name) in plain.context.depends for h in difference.heads):
            yield differentiate(Diff(difference, variable), plain.context)


def _same_kind(left: Term, right: Term, full_left: Term, full_right: Term) -> tuple[Term, Term]:
    """Both sides as matrices, fully unfolded; 0 is the zero matrix, a 1×1 matrix a number."""
    if is_matrix(full_left) and is_matrix(full_right):
        return full_left, full_right
    matrix, scalar = (full_left, full_right) if is_matrix(full_left) else (full_right, full_left)
    rows, cols = shape(matrix)
    if scalar is ZERO or (rows, cols) == (ONE, ONE):
        other = Fill(scalar, rows, cols)
        return (matrix, other) if matrix is full_left else (other, matrix)
    raise ShapeError(
        f"a {text(rows)}×{text(cols)} matrix against a number", matrix, "matrix", "number"
    )


def _about_nothing(left: Term, right: Term, context: Context) -> bool:
    """Whether the left side is the derivative of something that nothing says anything of."""
    if not (isinstance(left, Diff) and isinstance(left.body, (Sym, At))):
        return False
    said = any(left.body.heads & (h.left.heads | h.right.heads) for h in context.hypotheses)
    return not said and not any(isinstance(t, Diff) for t in subterms(right))
