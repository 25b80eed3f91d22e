"""A relation's goals: scalar, one for each kind of entry, in the relation's context."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from derive.context import Context, Hypothesis
from derive.derivation import Order, Relation
from derive.kernel.budget import Unsupported as NoRule
from derive.kernel.derivative import differentiate
from derive.kernel.matrix import Component, ShapeError, components, lower, shape
from derive.prove.assumed import entrywise
from derive.prove.determined import undetermined
from derive.prove.expansion import NoExpansion, coefficients
from derive.prove.goal import Goal, over
from derive.prove.primitives import Unclear, has_primitive, slopes
from derive.prove.sample import Assumption
from derive.prove.unfold import Unfolder, leaves_of, unknown_dependence
from derive.show import text
from derive.term import (
    ONE,
    ZERO,
    App,
    At,
    Build,
    Diff,
    Fill,
    Grad,
    Sym,
    Term,
    Transpose,
    is_matrix,
    parts,
    sub,
    subterms,
)


class NotAsked(Exception):
    """A relation that asks nothing that can be decided."""


def goals(relation: Relation) -> list[Goal]:
    """The scalar goals of a relation: one, or one for each block of a matrix relation."""
    left, right = relation.left, relation.right
    if left is None or right is None:
        return []
    left = _stated(left, relation)
    given = tuple(row for row in relation.given if row.left is not relation.left)
    whole = tuple(row for row in given if is_matrix(row.left))
    given = tuple(row for row in given if row not in whole)
    hypotheses = relation.context.hypotheses + whole
    context = entrywise(replace(relation.context, hypotheses=hypotheses))
    unfolder = Unfolder(context, leaves_of((left, right), context))
    full = [unfolder.fully(side) for side in (left, right)]
    for side in full:
        unknown = unknown_dependence(side, context)
        if unknown is not None:
            what, by = text(unknown.body), text(unknown.variable)
            raise NotAsked(f"nothing shows how {what} depends on {by}")
    said = frozenset(h for row in context.hypotheses + relation.given for h in _heads(row))
    nothing = undetermined(full[0], full[1], context, said)
    if nothing and relation.op == "=":
        raise NotAsked(f"nothing defines {nothing}")
    if relation.order is not None:
        return _expanded(full, relation.order, unfolder, given)
    if has_primitive(full[0]) or has_primitive(full[1]):
        left, right = full = _slopes(relation.op, full[0], full[1], context)
    goal = Goal(left, relation.op, right, context, unfolder, given)
    if not (is_matrix(full[0]) or is_matrix(full[1])):
        return [goal]
    if relation.op != "=":
        raise NotAsked("an order between matrices")
    a, b = _same_kind(left, right, full[0], full[1])
    return [
        Goal(c.left, "=", c.right, over(context, c.over), unfolder, given, c.label)
        for c in _components(a, b)
    ]


def _expanded(
    full: list[Term], order: Order, unfolder: Unfolder, given: tuple[Hypothesis, ...]
) -> list[Goal]:
    """One goal for each coefficient below the order of an approximation."""
    if any(is_matrix(side) for side in full):
        raise NotAsked("an approximation between matrices")
    left, right = (lower(side) for side in full)
    try:
        pairs = coefficients(left, right, order, unfolder.context)
    except NoExpansion:
        name = text(order.variable)
        raise NotAsked(f"a side is not shown to have an expansion in {name}") from None
    context = unfolder.context
    return [Goal(a, "=", b, context, unfolder, given, label) for a, b, label in pairs]


def _slopes(op: str, left: Term, right: Term, context: Context) -> list[Term]:
    if op != "=":
        raise NotAsked("an order between functions up to a constant")
    try:
        return list(slopes(left, right, context))
    except Unclear:
        raise NotAsked("an integral without bounds inside another formula") from None


def written_goal(relation: Relation) -> Goal:
    """The sides of a relation between numbers as written, to be equal."""
    left, right = relation.left, relation.right
    assert left is not None
    assert right is not None
    unfolder = Unfolder(relation.context, leaves_of((left, right), relation.context))
    return Goal(left, "=", right, relation.context, unfolder, relation.given)


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
    """An equation between functions of x also holds for their derivatives.

    As many are taken as the goal differentiates further than the equation does.
    """
    inside = [t for side in (plain.left, plain.right) for t in subterms(side)]
    by = {t.variable for t in inside if isinstance(t, Diff)}
    by |= {t.args[0] for t in inside if isinstance(t, App) and len(t.args) == 1}
    for variable in sorted((v for v in by if isinstance(v, Sym | At)), key=repr):
        if _moves(difference, variable, plain.context):
            wanted = max(_order(side, variable) for side in (plain.left, plain.right))
            found = difference
            # where there is no rule (a product of factors) nothing more is assumed
            with suppress(NoRule):
                for _ in range(_order(difference, variable), wanted):
                    found = differentiate(Diff(found, variable), plain.context)
                    yield found


def _moves(term: Term, variable: Sym | At, context: Context) -> bool:
    """Whether a term shows a function of a variable, applied to it or not."""
    name = variable.name if isinstance(variable, Sym) else variable.head
    applied = any(isinstance(t, App) and t.args == (variable,) for t in subterms(term))
    return applied or any((h, name) in context.depends for h in term.heads)


def _order(term: Term, variable: Term) -> int:
    """How often something in a term is differentiated by a variable."""
    below = max((_order(part, variable) for part, _ in parts(term)), default=0)
    match term:
        case Diff(body, by):
            return _order(body, variable) + (by is variable)
        case App(_, (order,), args) if args == (variable,):
            return order
    return below


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


def _heads(row: Hypothesis) -> frozenset[str]:
    return row.left.heads | row.right.heads


def _stated(left: Term, relation: Relation) -> Term:
    """What an earlier relation says of a derivative of something that nothing defines."""
    return next((row.right for row in relation.given if row.left is left and row.op == "="), left)


def _components(a: Term, b: Term) -> tuple[Component, ...]:
    """Entry by entry; a gradient may be laid out as a row or as a column."""
    try:
        return components(a, b)
    except ShapeError:
        vector = ONE in shape(a) and shape(a) == shape(b)[::-1]
        if not vector or not (_gradient(a) or _gradient(b)):
            raise
        return components(Transpose(a), b)


def _gradient(side: Term) -> bool:
    return isinstance(side, Grad) or (isinstance(side, Build) and isinstance(side.body, Diff))
