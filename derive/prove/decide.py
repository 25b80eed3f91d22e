"""Relation to verdict: shapes, then refutation, then proof, then what the proof owes.

Refutation comes first because it is cheap and false relations are what the user looks
for; a proof is tried folded, then with one more layer of definitions each time. A proof
stands only when a second route, exact evaluation, agrees.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.context import Condition, Context
from derive.derivation import Relation
from derive.kernel.budget import Budget, Exhausted, Undefined, Unsupported
from derive.kernel.conditions import conditions
from derive.kernel.derivative import differentiate
from derive.kernel.matrix import ShapeError, components, lower, shape
from derive.kernel.matrix import Unsupported as NoEntries
from derive.kernel.normal import Zero, is_zero
from derive.kernel.sign import holds
from derive.options import Options
from derive.prove.confirm import confirm
from derive.prove.goal import Goal, over
from derive.prove.hypotheses import consequence, vanishes
from derive.prove.induction import by_induction
from derive.prove.refute import Illdefined, refute
from derive.prove.sample import Assumption
from derive.prove.unfold import Unfolder, leaves_of, unknown_dependence
from derive.show import text
from derive.term import (
    ONE,
    ZERO,
    Diff,
    Fill,
    Prod,
    Sum,
    Sym,
    Term,
    add,
    is_matrix,
    sub,
    substitute,
    subterms,
)
from derive.verdict import (
    DEFINED,
    MALFORMED,
    NOT_CHECKED,
    PROVED,
    PROVED_IF,
    REFUTED,
    UNDECIDED,
    Step,
    Verdict,
    Witness,
)

SCREEN, DEEP = 3, 40
STEPS = 600_000


@dataclass(frozen=True, slots=True)
class Proof:
    """What a procedure found: how, with which definitions, hypotheses and axioms."""

    method: str
    unfolded: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    trace: tuple[Step, ...] = ()


def decide(relation: Relation, options: Options) -> Verdict:
    """The verdict on one relation.

    `undecided` means that no procedure settled it within its budget, and says what was tried;
    it never means that the relation is likely false.
    """
    if relation.left is None or relation.right is None:
        return Verdict(DEFINED)
    if relation.kind in {"definition", "declaration"} or _restates_definition(relation):
        return Verdict(DEFINED, method="introduces " + text(relation.left))
    try:
        goals = _goals(relation)
    except ShapeError as problem:
        return Verdict(MALFORMED, reason=problem.message, code="shape", place=relation.right_span)
    except NoEntries as problem:
        return Verdict(UNDECIDED, reason=f"no procedure for {problem}")
    except _NotAsked as problem:
        return Verdict(NOT_CHECKED, reason=str(problem), code="unread")
    return _combined([_decide(goal, options) for goal in goals], len(goals))


class _NotAsked(Exception):
    """A relation that asks nothing that can be decided."""


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


# ---- goals ------------------------------------------------------------------------------


def _goals(relation: Relation) -> list[Goal]:
    """The scalar goals of a relation: one, or one for each block of a matrix relation."""
    left, right, context = relation.left, relation.right, relation.context
    if left is None or right is None:
        return []
    leaves = leaves_of((left, right), context)
    unfolder = Unfolder(context, leaves)
    full = [unfolder.fully(side) for side in (left, right)]
    for side in full:
        unknown = unknown_dependence(side, context)
        if unknown is not None:
            what, by = text(unknown.body), text(unknown.variable)
            raise _NotAsked(f"nothing shows how {what} depends on {by}")
    goal = Goal(left, relation.op, right, context, leaves, relation.given)
    if not (is_matrix(full[0]) or is_matrix(full[1])):
        return [goal]
    if relation.op != "=":
        raise _NotAsked("an order between matrices")
    a, b = _same_kind(left, right, full[0], full[1])
    return [
        Goal(c.left, "=", c.right, over(context, c.over), leaves, relation.given, c.label)
        for c in components(a, b)
    ]


def _plain(goal: Goal, unfolder: Unfolder) -> Goal:
    """The goal in symbols that nothing defines, without matrices."""
    return goal.sides(lower(unfolder.fully(goal.left)), lower(unfolder.fully(goal.right)))


def _assumptions(goal: Goal, plain: Goal, unfolder: Unfolder) -> tuple[Assumption, ...]:
    """What is assumed, and its derivatives along variables that the goal differentiates by."""
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


# ---- one goal -----------------------------------------------------------------------------


def _decide(goal: Goal, options: Options) -> Verdict:
    unfolder = Unfolder(goal.context, goal.leaves)
    plain = _plain(goal, unfolder)
    assumptions = _assumptions(goal, plain, unfolder)
    found = refute(plain, assumptions, SCREEN)
    if isinstance(found, Witness):
        return _branch(goal, plain, assumptions, options) or _refuted(goal, plain, found)
    proof = _prove(goal, plain)
    if isinstance(proof, Verdict):
        return proof
    if proof is not None:
        return _checked(goal, plain, assumptions, proof, options)
    found = refute(plain, assumptions, DEEP)
    match found:
        case Witness():
            return _refuted(goal, plain, found)
        case Illdefined(side, reason):
            words = f"the {side} side is undefined everywhere: {reason}"
            return Verdict(MALFORMED, reason=words, code="undefined")
    tried = "no counterexample by exact evaluation, and the normal forms of both sides differ"
    return Verdict(UNDECIDED, reason=tried)


def _branch(
    goal: Goal, plain: Goal, assumptions: tuple[Assumption, ...], options: Options
) -> Verdict | None:
    """A consequence that holds on one branch only (`v² = a ⇒ v = √a`), with its condition."""
    proof = by_hypotheses(goal, plain) if goal.given else None
    if proof is None or not proof.conditions:
        return None
    kept = tuple(
        Assumption(c.term, {"nonzero": "≠", "nonnegative": "≥"}.get(c.kind, ">"))
        for c in proof.conditions
    )
    if isinstance(refute(plain, assumptions + kept, DEEP), Witness):
        return None
    return _checked(goal, plain, assumptions + kept, proof, options)


def _refuted(goal: Goal, plain: Goal, witness: Witness) -> Verdict:
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
    zero = Goal(side, "=", ZERO, context, frozenset())
    try:
        if refute(zero, (), 1) is not None:
            return False
        return is_zero(side, context, Budget(STEPS // 4)) is not None
    except (Exhausted, Unsupported, Undefined):
        return False


# ---- proof -----------------------------------------------------------------------------------


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


def by_normal_form(goal: Goal, plain: Goal) -> Proof | None:
    """Both sides have one normal form, folded or with definitions unfolded layer by layer.

    Failure says nothing: sums with dependent ranges, inequalities and relations that hold
    for integers only are beyond it.
    """
    if goal.op != "=":
        return None
    unfolder = Unfolder(goal.context, goal.leaves)
    term = sub(goal.left, goal.right)
    for _ in range(8):
        found = _zero(lower(term), goal.context)
        if found is not None:
            return Proof(
                "normal form",
                tuple(unfolder.used.values()),
                trace=_trace(unfolder, found),
            )
        deeper = unfolder.layer(term)
        if deeper is term:
            return None
        term = deeper
    return None


def _zero(term: Term, context: Context) -> Zero | None:
    try:
        return is_zero(term, context, Budget(STEPS))
    except (Exhausted, Unsupported):
        return None


def _trace(unfolder: Unfolder, found: Zero) -> tuple[Step, ...]:
    unfolds = [Step("unfold", f"{head} by {name}") for head, name in unfolder.used.items()]
    return (*unfolds, *(Step("axiom", a) for a in sorted(found.axioms)), Step("normal form", "0"))


def by_induction_on_size(goal: Goal, plain: Goal) -> Proof | None:
    """Induction on a symbolic number of terms: the least case, and the step by one.

    Failure says nothing; sums whose step is no rational function of one more term fail.
    """
    if goal.op != "=":
        return None
    left, right = plain.left, plain.right
    sizes = {
        t
        for side in (left, right)
        for node in subterms(side)
        if isinstance(node, (Sum, Prod))
        for t in subterms(node.hi)
        if isinstance(t, Sym)
    }
    for size in sorted(sizes, key=lambda s: s.name):
        try:
            if by_induction(left, right, size, goal.context, Budget(STEPS)) is not None:
                step = Step("induction", size.name)
                return Proof(f"induction on {size.name}", trace=(step,))
        except (Exhausted, Unsupported):
            continue
    return None


def by_hypotheses(goal: Goal, plain: Goal) -> Proof | None:
    """Follows from what is assumed: an assumed equation solved for a quantity, and put in.

    Failure says nothing; hypotheses that only together determine a quantity are beyond it.
    """
    assumptions = _assumptions(goal, plain, Unfolder(goal.context, goal.leaves))
    equations = [a for a in assumptions if a.op == "="]
    if goal.op != "=" or not equations:
        return None
    assumed = tuple(a.difference for a in equations)
    found = consequence(sub(plain.left, plain.right), assumed, goal.context)
    if found is None:
        return None
    used, owed = found
    names = tuple(dict.fromkeys(equations[k].text for k in used))
    steps = tuple(Step("hypothesis", name) for name in names)
    return Proof("hypotheses", assumed=names, conditions=owed, trace=steps)


PROCEDURES = (by_normal_form, by_induction_on_size, by_hypotheses)


# ---- what a proof owes ---------------------------------------------------------------------------


def _checked(
    goal: Goal, plain: Goal, assumptions: tuple[Assumption, ...], proof: Proof, options: Options
) -> Verdict:
    """Discharges the proof's conditions and confirms it by other routes."""
    agreed = confirm(plain, assumptions)
    routes = ["evaluation"] if agreed else []
    if agreed is False:
        return _disagreement("exact evaluation")
    if options.cross_check:
        from derive.prove import cas

        sympy = cas.confirm(plain.left, plain.right, goal.context)
        if sympy is False:
            return _disagreement("SymPy")
        routes += ["sympy"] if sympy else []
    if not routes:
        return Verdict(
            UNDECIDED, reason=f"proved by {proof.method}, but no second route confirms it"
        )
    owed, shared = _owed(goal)
    owed = tuple(dict.fromkeys(owed + proof.conditions))
    return Verdict(
        PROVED_IF if owed else PROVED,
        method=proof.method,
        conditions=owed,
        where=shared,
        assumed=proof.assumed,
        unfolded=proof.unfolded,
        trace=proof.trace,
        confirmed=tuple(routes),
        trivial=ZERO not in (goal.left, goal.right) and _vanishes(plain.right, goal.context),
    )


def _disagreement(route: str) -> Verdict:
    return Verdict(
        UNDECIDED,
        reason=f"internal error: the normal form proves it, {route} disagrees; please report it",
        code="internal",
    )


def _owed(goal: Goal) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    """(conditions owed, conditions on which both sides agree) of those left open."""
    left, right = _open(goal.left, goal), _open(goal.right, goal)
    if _covered(left, right, goal.context) and _covered(right, left, goal.context):
        return (), tuple(left)
    return tuple(dict.fromkeys(left + right)), ()


def _covered(some: list[Condition], others: list[Condition], context: Context) -> bool:
    """Whether each condition also stands among the others, up to a sign of what must not be 0."""
    return all(any(_same(c, o, context) for o in others) for c in some)


def _same(a: Condition, b: Condition, context: Context) -> bool:
    if a.kind != b.kind or len(a.over) != len(b.over):
        return False
    if a.term is b.term:
        return True
    names: dict[Term, Term] = {x[0]: y[0] for x, y in zip(a.over, b.over, strict=True)}
    other = substitute(a.term, names)
    opposite = a.kind == "nonzero" and vanishes(add(other, b.term), context)
    return opposite or vanishes(sub(other, b.term), context)


def _open(side: Term, goal: Goal) -> list[Condition]:
    unfolder = Unfolder(goal.context, goal.leaves)
    found = []
    for condition in conditions(lower(side)):
        if not holds(condition, goal.context):
            full = replace(condition, term=lower(unfolder.fully(condition.term)))
            if not holds(full, over(goal.context, condition.over)):
                found.append(condition)
    return found


# ---- many goals, one verdict -----------------------------------------------------------------------


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
        unfolded=tuple(dict.fromkeys(u for v in verdicts for u in v.unfolded)),
        trace=tuple(dict.fromkeys(s for v in verdicts for s in v.trace)),
        confirmed=routes or ("evaluation",),
        trivial=all(v.trivial for v in verdicts),
    )
