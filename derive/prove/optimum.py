"""Values at which a slope is to be 0, of a function that is to be greatest or least there.

An extremum inside the domain of a differentiable function is a stationary point (Fermat), and a
stationary point of a concave function is its maximum; where concavity is not proved, it is the
condition of the verdict.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from derive.context import Condition, Context, Domain, Hypothesis
from derive.derivation import Relation, Root
from derive.kernel.budget import Unsupported
from derive.kernel.derivative import differentiate
from derive.kernel.matrix import lower
from derive.kernel.sign import POSITIVE, Signs
from derive.prove.unfold import Unfolder, leaves_of
from derive.show import text
from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    App,
    At,
    Diff,
    Grad,
    Inverse,
    Mat,
    MatMul,
    Mul,
    Pow,
    Scale,
    Sym,
    Term,
    is_matrix,
    mul,
    substitute,
    subterms,
)
from derive.verdict import PROVED, PROVED_IF, REFUTED, UNDECIDED, Verdict

METHOD = "the slope is 0 at this value"
Decide = Callable[[Relation], Verdict]


def stationary(relation: Relation, root: Root, decide: Decide) -> Verdict:
    """Whether a slope is 0 at the value, and what that is worth where an extremum is claimed."""
    refuted: list[Verdict] = []
    open: list[Verdict] = []
    for pair in root.slopes:
        slope, found = _of_pair(relation, root, pair, decide)
        if slope is None:
            continue
        if found.status in (PROVED, PROVED_IF):
            told = replace(found, method=f"{METHOD}: {found.method}" if found.method else METHOD)
            return _extremum(relation, root, slope, told, decide) if root.sense else told
        (refuted if found.status == REFUTED else open).append(found)
    if not refuted and not open:
        return Verdict(UNDECIDED, reason="the slope that this value is to solve is not known")
    if open:
        reason = f"whether the slope is 0 at this value: {open[0].reason}"
        return Verdict(UNDECIDED, reason=reason)
    return refuted[0]


def _at_value(relation: Relation, root: Root, slope: Term, decide: Decide) -> Verdict:
    """Whether a slope is 0 at the value; the value may be taken to lie where the variable does."""
    found = Verdict(UNDECIDED)
    for solved in dict.fromkeys((root.solved, ())):
        own = (t for pair in root.slopes for t in pair if t is not None)
        dropped = root.posed if solved or not root.solved else tuple(own)
        there = _claim(relation, slope, "=", frozenset(dropped))
        for claim in _readings(relation, root, there, dict(solved)):
            found = decide(claim)
            if found.status in (PROVED, PROVED_IF):
                return found
            if found.status == REFUTED:
                break
    return found


def _readings(
    relation: Relation, root: Root, there: Relation, solved: dict[Term, Term]
) -> Iterator[Relation]:
    """Ways to say that the slope is 0 at the value, the one that is decided best first."""
    solution = _solution(relation, root)
    if solution is not None:
        yield replace(there, given=(*there.given, solution))
    if there.left is not None:
        placed = replace(there, left=_placed(relation, root, there.left, solved))
        if inside := tuple(_inside(relation, root)):
            yield replace(placed, given=(*placed.given, *inside))
        yield placed


def _claim(
    relation: Relation, left: Term, op: str, dropped: frozenset[Term], right: Term = ZERO
) -> Relation:
    """`left op right`, without the equations that pose what is solved here."""
    context = relation.context
    kept = tuple(row for row in context.hypotheses if not _sets(row, dropped))
    given = tuple(row for row in relation.given if not _sets(row, dropped))
    return replace(
        relation, left=left, op=op, right=right, kind="claim", root=None, sought=False,
        given=given, context=replace(context, hypotheses=kept),
    )  # fmt: skip


def _sets(row: Hypothesis, dropped: frozenset[Term]) -> bool:
    """Whether a hypothesis says that one of these slopes is 0."""
    return row.op == "=" and (row.left in dropped or row.right in dropped)


def _of_pair(
    relation: Relation, root: Root, pair: tuple[Term | None, Term | None], decide: Decide
) -> tuple[Term | None, Verdict]:
    """A slope in which the variable stands, and whether it is 0 at the value.

    What the document finds a slope to be serves where the slope itself does not decide.
    """
    slope, shown = pair
    own, found = _known(slope, root, relation.context), Verdict(UNDECIDED)
    if own is not None:
        found = _at_value(relation, root, own, decide)
    if found.status in (PROVED, PROVED_IF, REFUTED):
        return own, found
    other = _known(shown, root, relation.context)
    if other is None or shown is None:
        return own, found
    right = Verdict(PROVED)
    if slope is not None:
        right = decide(_claim(relation, slope, "=", frozenset(), shown))
    if right.status not in (PROVED, PROVED_IF):
        return own, found
    there = _at_value(relation, root, other, decide)
    if there.status == PROVED and right.conditions:
        there = replace(there, status=PROVED_IF)
    return other, replace(there, conditions=(*there.conditions, *right.conditions))


def _known(slope: Term | None, root: Root, context: Context) -> Term | None:
    """A slope as a formula in which the variable stands; None where there is none."""
    found = _plain(slope, root, context) if slope is not None else None
    if found is None or _unknown(found) or not root.variable.heads & found.heads:
        return None
    return found


def _plain(slope: Term, root: Root, context: Context) -> Term | None:
    kept = leaves_of((slope,), context) | root.variable.heads
    found = Unfolder(context, kept).fully(slope)
    if is_matrix(found):
        return None if any(isinstance(t, Grad) for t in subterms(found)) else found
    try:
        return differentiate(lower(found), context)
    except Unsupported:
        return None


def _unknown(term: Term) -> bool:
    """Whether a derivative of something unknown is left in a term."""
    return any(
        isinstance(t, Diff) or (isinstance(t, App) and any(t.orders)) for t in subterms(term)
    )


def _placed(relation: Relation, root: Root, slope: Term, solved: dict[Term, Term]) -> Term:
    """The slope at the value, and at the values of other variables that were found before."""
    own = substitute(slope, {**solved})
    kept = root.variable.heads
    opened = Unfolder(relation.context, kept).fully(own) if solved else own
    places = {root.variable: _value(relation, root)}
    if isinstance(relation.left, Sym | At | Mat) and relation.right is not None:
        places[relation.left] = relation.right
    return substitute(opened, places)


def _value(relation: Relation, root: Root) -> Term:
    right = relation.right if relation.right is not None else ZERO
    return right if root.exponent is ONE else Pow(right, root.exponent)


def _solution(relation: Relation, root: Root) -> Hypothesis | None:
    """`A β = b` of `β = A⁻¹ b`; None for any other value."""
    match relation.right:
        case Scale(factor, MatMul((Inverse(matrix), *rest))) if rest:
            pass
        case MatMul((Inverse(matrix), *rest)) if rest:
            factor = ONE
        case _:
            return None
    if not isinstance(root.variable, Mat):
        return None
    other = rest[0] if len(rest) == 1 else MatMul(tuple(rest))
    right = other if factor is ONE else Scale(factor, other)
    return Hypothesis(MatMul((matrix, root.variable)), "=", right, relation.latex)


def _inside(relation: Relation, root: Root) -> Iterator[Hypothesis]:
    """That the value lies in the domain of the variable."""
    domain = relation.context.domains.get(_head(root.variable))
    if domain is not None and relation.right is not None:
        value = _value(relation, root)
        if domain.lo is ZERO and isinstance(value, Mul):
            signs = Signs(relation.context)
            value = mul(*(a for a in value.args if signs.of(a) != POSITIVE))
        yield from _bounds(value, domain, text(root.variable))


def _bounds(value: Term, domain: Domain, name: str) -> Iterator[Hypothesis]:
    said = f"the value is one that {name} may have"
    if domain.lo is not None:
        yield Hypothesis(value, ">" if domain.lo_open else "≥", domain.lo, said)
    if domain.hi is not None:
        yield Hypothesis(value, "<" if domain.hi_open else "≤", domain.hi, said)


def _head(term: Term) -> str:
    return getattr(term, "head", "") or getattr(term, "name", "")


# ---- extrema ---------------------------------------------------------------------------------


def _extremum(
    relation: Relation, root: Root, slope: Term, found: Verdict, decide: Decide
) -> Verdict:
    """What a stationary point is worth as a maximum or minimum."""
    bends = None if is_matrix(slope) else _bends(relation, root, slope)
    if bends is None:
        reason = f"it is a stationary point; that it is the {root.sense}imum is not shown"
        return Verdict(UNDECIDED, reason=reason)
    claim = _claim(relation, bends, "≥", frozenset(root.posed))
    shape = "concave" if root.sense == "max" else "convex"
    if decide(claim).status == PROVED:
        return replace(found, method=f"{found.method}; it is {shape} in {text(root.variable)}")
    there = substitute(bends, {root.variable: _value(relation, root)})
    wrong = decide(replace(claim, left=there))
    if wrong.status == REFUTED:
        return wrong
    condition = Condition("nonnegative", bends)
    return replace(found, status=PROVED_IF, conditions=(*found.conditions, condition))


def _bends(relation: Relation, root: Root, slope: Term) -> Term | None:
    """The second derivative, with the sign with which it is not negative."""
    if not isinstance(root.variable, Sym | At):
        return None
    try:
        found = differentiate(Diff(slope, root.variable), relation.context)
    except Unsupported:
        return None
    return mul(MINUS_ONE, found) if root.sense == "max" else found
