"""Relation to verdict: shapes, then refutation, then proof, then what the proof owes.

Refutation comes first because it is cheap and false relations are what the user looks
for; a proof is tried folded, then with one more layer of definitions each time. A proof
stands only when a second route, exact evaluation, agrees.
"""

import re
from dataclasses import replace
from fractions import Fraction

from derive.context import Context
from derive.derivation import Order, Relation
from derive.kernel.budget import Budget, Exhausted, Undefined, Unsupported
from derive.kernel.matrix import ShapeError
from derive.kernel.matrix import Unsupported as NoEntries
from derive.kernel.normal import is_zero
from derive.options import Options
from derive.prove.chance import METHOD, Settled, settled
from derive.prove.concrete import concrete, free, told
from derive.prove.confirm import confirm
from derive.prove.expansion import grows
from derive.prove.fit import Trial, fit
from derive.prove.goal import Goal
from derive.prove.goals import NotAsked, assumptions_of, goals, plain_goal, written_goal
from derive.prove.optimum import stationary
from derive.prove.owed import implied
from derive.prove.owed import owed as owed_by
from derive.prove.procedures import PROCEDURES, STEPS, Proof, by_hypotheses
from derive.prove.refute import Illdefined, false_somewhere, refute
from derive.prove.sample import Assumption
from derive.prove.solution import solution
from derive.prove.unfold import Unfolder, leaves_of, reachable
from derive.show import text
from derive.term import ZERO, Add, At, Bound, Diff, Num, Sym, Term, num, subterms
from derive.verdict import (
    DEFINED,
    MALFORMED,
    NOT_CHECKED,
    PROVED,
    PROVED_IF,
    REFUTED,
    UNDECIDED,
    Verdict,
    Witness,
)

SCREEN, DEEP = 3, 40
SIGNS = {"nonzero": "≠", "positive": ">", "nonnegative": "≥"}
PLAIN = Options(cross_check=False)
_FRACTION = re.compile(r"-?\d+(/\d+)?")


def decide(relation: Relation, options: Options) -> Verdict:
    """The verdict on one relation.

    `undecided` means that no procedure settled it within its budget, and says what was tried;
    it never means that the relation is likely false.
    """
    if relation.left is None or relation.right is None:
        return Verdict(DEFINED)
    if relation.root is not None:
        return stationary(relation, relation.root, lambda r: decide(r, options))
    if relation.unknown and relation.unknown not in relation.context.definitions:
        told = f"nothing defines {relation.unknown}; taken as an equation that it satisfies"
        return Verdict(NOT_CHECKED, reason=told, code="unread")
    if relation.solves:
        return solution(relation, lambda row: decide(row, options))
    if relation.kind in {"definition", "declaration"} or _restates_definition(relation):
        return Verdict(DEFINED, method="introduces " + text(relation.left))
    try:
        expected = settled(relation)
    except NotAsked as problem:
        return Verdict(NOT_CHECKED, reason=str(problem), code="unread")
    if expected is not None:
        return _of_means(expected, options)
    return _of_numbers(relation, options)


def _of_means(expected: Settled, options: Options) -> Verdict:
    """The verdict on a relation between expectations, from that on means over outcomes."""
    found = _of_numbers(expected.relation, options)
    if found.status == REFUTED and expected.doubt and not _always(expected.relation, found):
        return Verdict(UNDECIDED, reason=expected.doubt)
    told = f"{found.method}, {METHOD}" if found.method else ""
    return replace(found, method=told)


def _always(relation: Relation, verdict: Verdict) -> bool:
    """Whether a side that nothing random is in differs from what the other one always is."""
    witness = verdict.witness
    if witness is None or relation.op != "=":
        return False
    for side, value in ((relation.left, witness.left), (relation.right, witness.right)):
        if _FRACTION.fullmatch(value) and side is not None:
            same = replace(relation, left=side, right=num(Fraction(value)))
            other = relation.right if side is relation.left else relation.left
            if isinstance(other, Num) and _of_numbers(same, PLAIN).status == PROVED:
                return True
    return False


def _of_numbers(relation: Relation, options: Options) -> Verdict:
    """The verdict on a relation without expectations."""
    try:
        found = goals(relation)
    except ShapeError as problem:
        return Verdict(MALFORMED, reason=problem.message, code="shape", place=relation.right_span)
    except NoEntries as problem:
        return Verdict(UNDECIDED, reason=f"no procedure for {problem}")
    except Unsupported as problem:
        return Verdict(UNDECIDED, reason=f"no rule for {text(problem.term)}")
    except NotAsked as problem:
        return Verdict(NOT_CHECKED, reason=str(problem), code="unread")
    try:
        verdict = _combined([_decide(goal, options) for goal in found], len(found))
    except (ShapeError, NoEntries) as problem:
        return Verdict(UNDECIDED, reason=f"a matrix expression without a procedure: {problem}")
    except Unsupported as problem:
        return Verdict(UNDECIDED, reason=f"no rule for {text(problem.term)}")
    if relation.order is not None:
        return _expanded(verdict, relation, relation.order)
    if verdict.status != REFUTED:
        return verdict
    if relation.sought:
        reason = "the words before it may pose it as an equation to be solved, not claim it"
        return Verdict(NOT_CHECKED, reason=reason, code="unread")
    reason = _unsettled(relation)
    return Verdict(UNDECIDED, reason=reason) if reason else verdict


def _expanded(verdict: Verdict, relation: Relation, order: Order) -> Verdict:
    """The verdict on an approximation, from that on its coefficients and from values near by."""
    if verdict.status not in (PROVED, PROVED_IF, REFUTED) or relation.left is None:
        return verdict
    whole = plain_goal(written_goal(relation))
    grown = grows(whole, order)
    if grown is None or grown != (verdict.status == REFUTED):
        return Verdict(UNDECIDED, reason="no second route confirms the Taylor coefficients")
    if verdict.status == REFUTED and order.near:
        reason = f"not near in the sense of its words: {verdict.method}"
        return Verdict(NOT_CHECKED, reason=reason, code="unread")
    if verdict.status == REFUTED:
        return verdict
    x = text(order.variable)
    return replace(verdict, method=f"Taylor coefficients in {x} below order {order.power}")


def _unsettled(relation: Relation) -> str:
    """Why a point at which the sides differ refutes nothing; "" where it does."""
    known = relation.context.unsettled
    sides = [side for side in (relation.left, relation.right) if side is not None]
    by = _variables(sides)
    names = {h for side in sides for h in side.heads} - by
    reached = {r for h in names for r in reachable(h, relation.context)}
    said = next((known[h] for h in sorted((reached - by) & known.keys())), "")
    return said or _earlier(sides, relation.context)


def _variables(sides: list[Term]) -> set[str]:
    """The heads by which a relation differentiates and of which it shows no other member."""
    inside = [t for side in sides for t in subterms(side)]
    variables = {t.variable for t in inside if isinstance(t, Diff)}
    others = {t.head for t in inside if isinstance(t, At) and t not in variables}
    return {h for v in variables for h in v.heads} - others


def _earlier(sides: list[Term], context: Context) -> str:
    """Why values at earlier steps are not free; "" where one name at one step is all there is."""
    again = {h for h, rows in context.definitions.items() if any(d.recursive for d in rows)}
    if not again:
        return ""
    unfolder = Unfolder(context, leaves_of(sides, context))
    full = [t for side in sides for t in subterms(unfolder.fully(side))]
    members = [t for t in full if isinstance(t, At) and t.head in again]
    steps = {
        (t.head, tuple(i for i in t.indices if not isinstance(i, Sym | Bound))) for t in members
    }
    fixed = any(isinstance(t, Diff) and t.body.heads & again - t.variable.heads for t in full)
    if len(steps) > 1 or fixed:
        return f"what {sorted(again)[0]} is at earlier steps is given by its definition as well"
    return ""


def _restates_definition(relation: Relation) -> bool:
    rows = relation.context.definitions
    return relation.kind == "restatement" and any(
        d.body is relation.right and d.relation != relation.id
        for head in _heads(relation.left)
        for d in rows.get(head, ())
    )


def _heads(term: Term | None) -> tuple[str, ...]:
    for name in ("name", "head"):
        if hasattr(term, name):
            return (getattr(term, name),)
    return ()


# ---- one goal -----------------------------------------------------------------------------


def _decide(goal: Goal, options: Options) -> Verdict:
    plain = plain_goal(goal)
    assumptions = assumptions_of(goal, plain)
    tried, functions = concrete(plain)
    trial = fit(tried, assumptions)
    if functions and not free(plain):
        trial = replace(trial, refutable=False)
    found = refute(trial, SCREEN, fine=False)
    if isinstance(found, Witness):
        found = told(found, functions)
        return _branch(goal, plain, assumptions, options) or _refuted(goal, plain, found)
    proof = _prove(goal, plain)
    if isinstance(proof, Verdict):
        return proof
    if proof is not None:
        return _checked(goal, plain, trial, proof, options)
    found = refute(trial, DEEP)
    match found:
        case Witness():
            return _refuted(goal, plain, told(found, functions))
        case Illdefined(side, reason) if not functions:
            words = f"the {side} side is undefined everywhere: {reason}"
            return Verdict(MALFORMED, reason=words, code="undefined")
    reason = "no counterexample by exact evaluation, and the normal forms of both sides differ"
    return Verdict(UNDECIDED, reason=reason)


def _besides(goal: Goal, plain: Goal) -> str:
    """What keeps `∂L/∂W = (∂L/∂y) xᵀ + λW` open: an L that also depends on W by itself."""
    taken = next(iter(goal.unfolder.taken), "")
    terms = plain.right.args if isinstance(plain.right, Add) else ()
    open_ = {t.holds_derivative for t in terms} == {True, False}
    return f"it is not said that {taken}" if taken and open_ else ""


def _branch(
    goal: Goal, plain: Goal, assumptions: tuple[Assumption, ...], options: Options
) -> Verdict | None:
    """A consequence that holds on one branch only (`v² = a ⇒ v = √a`), with its condition."""
    proof = by_hypotheses(goal, plain) if goal.hypotheses else None
    if proof is None or not proof.conditions:
        return None
    kept = tuple(
        Assumption(c.term, {"nonzero": "≠", "nonnegative": "≥"}.get(c.kind, ">"))
        for c in proof.conditions
    )
    trial = fit(plain, assumptions + kept)
    if isinstance(refute(trial, DEEP), Witness):
        return None
    return _checked(goal, plain, trial, proof, options)


def _refuted(goal: Goal, plain: Goal, witness: Witness) -> Verdict:
    besides = _besides(goal, plain)
    if besides:
        return Verdict(UNDECIDED, reason=besides)
    reason = ""
    if goal.op == "=":
        sides = ((plain.right, "right", witness.right), (plain.left, "left", witness.left))
        for side, name, value in sides:
            if value == "0" and side is not ZERO and _vanishes(side, plain.context):
                reason = f"the {name} side is identically 0"
    where = f" in the {goal.label}" if goal.label else ""
    return Verdict(REFUTED, method=f"evaluated exactly{where}", reason=reason, witness=witness)


def _vanishes(side: Term, context: Context) -> bool:
    """Whether a side is 0 whatever the values; the screen by evaluation is the cheap half."""
    zero = Goal(side, "=", ZERO, context, Unfolder(context, frozenset()))
    try:
        if false_somewhere(zero, 1):
            return False
        return is_zero(side, context, Budget(STEPS // 4)) is not None
    except (Exhausted, Unsupported, Undefined):
        return False


def _prove(goal: Goal, plain: Goal) -> Proof | Verdict | None:
    try:
        for procedure in PROCEDURES:
            found = procedure(goal, plain)
            if found is not None:
                return found
    except Undefined as problem:
        return Verdict(
            MALFORMED, reason=f"{text(problem.term)} has no value anywhere", code="undefined"
        )
    return None


# ---- what a proof owes ---------------------------------------------------------------------------


def _checked(goal: Goal, plain: Goal, trial: Trial, proof: Proof, options: Options) -> Verdict:
    """Discharges the proof's conditions and confirms it by other routes."""
    # where its conditions hold nowhere beside what is assumed, a proof says nothing
    asked = (Assumption(c.term, SIGNS[c.kind]) for c in proof.conditions if c.kind in SIGNS)
    evaluated = confirm(replace(trial, assumptions=(*trial.assumptions, *asked)))
    routes = ["evaluation"] if evaluated.agreed else []
    if evaluated.agreed is False:
        return _disagreement("exact evaluation")
    if options.cross_check and goal.op == "=":
        from derive.prove import cas

        sympy = cas.confirm(plain.left, plain.right, goal.context, goal.given)
        if sympy is False:
            return _disagreement("SymPy")
        routes += ["sympy"] if sympy else []
    if not routes:
        return Verdict(
            UNDECIDED, reason=f"proved by {proof.method}, but no second route confirms it"
        )
    owed, shared = owed_by(goal)
    more = (c for c in proof.conditions if not implied(c, goal))
    owed = tuple(dict.fromkeys((*owed, *more)))
    return Verdict(
        PROVED_IF if owed else PROVED,
        method=proof.method,
        conditions=owed,
        where=shared,
        assumed=proof.assumed,
        unfolded=proof.unfolded,
        trace=proof.trace,
        confirmed=tuple(routes),
        trivial=evaluated.vanishing
        and ZERO not in (goal.left, goal.right)
        and _vanishes(plain.right, goal.context),
    )


def _disagreement(route: str) -> Verdict:
    return Verdict(
        UNDECIDED,
        reason=f"internal error: the normal form proves it, {route} disagrees; please report it",
        code="internal",
    )


# ---- many goals, one verdict ---


def _combined(verdicts: list[Verdict], count: int) -> Verdict:
    """The verdict on a relation from those on its entries: the worst one speaks."""
    for status in (MALFORMED, REFUTED, NOT_CHECKED, UNDECIDED):
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    if count == 1:
        return verdicts[0]
    owed = tuple(dict.fromkeys(c for v in verdicts for c in v.conditions))
    first = verdicts[0]
    routes = tuple(r for r in first.confirmed if all(r in v.confirmed for v in verdicts))
    return replace(
        first,
        status=PROVED_IF if owed else PROVED,
        method=f"entry by entry, {count} kinds of entries: {first.method}",
        conditions=owed,
        where=tuple(dict.fromkeys(c for v in verdicts for c in v.where)),
        assumed=tuple(dict.fromkeys(a for v in verdicts for a in v.assumed)),
        unfolded=tuple(dict.fromkeys(u for v in verdicts for u in v.unfolded)),
        trace=tuple(dict.fromkeys(s for v in verdicts for s in v.trace)),
        confirmed=routes or ("evaluation",),
        trivial=all(v.trivial for v in verdicts),
    )
