"""The procedures that prove, in the order in which they are tried."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice, product

from derive.context import Condition, Context
from derive.kernel.axioms import IMAGINARY
from derive.kernel.budget import Budget, Exhausted, Unsupported
from derive.kernel.derivative import differentiate
from derive.kernel.matrix import lower
from derive.kernel.normal import Zero, is_zero, signs_of
from derive.prove.arithmetic import available, follows, piecewise
from derive.prove.assumed import MARK
from derive.prove.fundamental import agree_everywhere, integrals_of_unknowns
from derive.prove.goal import Goal
from derive.prove.goals import assumptions_of
from derive.prove.hypotheses import consequence
from derive.prove.induction import by_induction
from derive.prove.rules import vanishes_by_rules
from derive.prove.sample import Assumption
from derive.prove.settle import Settler, Unsettled, unsettled
from derive.prove.unfold import Unfolder
from derive.term import Prod, Sum, Sym, Term, sub, substitute, subterms
from derive.values import dataclass
from derive.verdict import Step

STEPS = 200_000
LAYERS = 6


@dataclass(frozen=True, slots=True)
class Proof:
    """What a procedure found: how, with which definitions, hypotheses and axioms."""

    method: str
    unfolded: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    trace: tuple[Step, ...] = ()


def by_normal_form(goal: Goal, plain: Goal) -> Proof | None:
    """Both sides have one normal form: as written, unfolded to the ground, or in between.

    Failure says nothing: sums with dependent ranges, inequalities and relations that hold
    for integers only are beyond it.
    """
    if goal.op != "=":
        return None
    written = sub(goal.left, goal.right)
    ground = sub(plain.left, plain.right)
    for term, unfolder in _stages(goal, written, ground):
        found = _zero(lower(term), goal.context)
        if found is not None:
            used = tuple(unfolder.used.values())
            taken = tuple(unfolder.taken)
            return Proof("normal form", used, taken, trace=_trace(unfolder, found))
    return None


def _stages(goal: Goal, written: Term, ground: Term) -> Iterator[tuple[Term, Unfolder]]:
    """The difference as written, to the ground, and one layer of definitions at a time."""
    unfolder = Unfolder(goal.context, goal.leaves)
    # a name that stands for a complex number is no real symbol
    folded = IMAGINARY not in subterms(ground)
    if folded:
        yield written, unfolder
        if ground is written:
            return
    deep = Unfolder(goal.context, goal.leaves)
    deep.fully(written)
    yield ground, deep
    for _ in range(LAYERS if folded else 0):
        deeper = unfolder.layer(written)
        if deeper is written:
            return
        written = deeper
        yield written, unfolder


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


def by_fundamental_theorem(goal: Goal, plain: Goal) -> Proof | None:
    """Integrals over unknown functions, as functions of their upper bound.

    Failure says nothing; integrals over different ranges are beyond it.
    """
    if goal.op != "=" or not agree_everywhere(plain.left, plain.right, plain.context):
        return None
    unfolder = Unfolder(goal.context, goal.leaves)
    for side in (goal.left, goal.right):
        unfolder.fully(side)
    step = Step("axiom", "fundamental theorem of calculus")
    return Proof("fundamental theorem of calculus", tuple(unfolder.used.values()), trace=(step,))


def by_analysis(goal: Goal, plain: Goal) -> Proof | None:
    """Integrals, limits and series are replaced by closed forms; what is left has a proof.

    Failure says nothing; most integrals have no closed form that is found.
    """
    if not (unsettled(plain.left) or unsettled(plain.right)):
        return None
    if integrals_of_unknowns(plain.left, plain.right):
        return None
    settler = Settler(plain.context)
    try:
        closed = plain.sides(settler.settle(plain.left), settler.settle(plain.right))
    except (Unsettled, Exhausted, Unsupported):
        return None
    found = by_normal_form(closed, closed) or by_signs(closed, closed)
    if found is None:
        return None
    unfolder = Unfolder(goal.context, goal.leaves)
    for side in (goal.left, goal.right):
        unfolder.fully(side)
    return replace(
        found,
        method="closed forms",
        unfolded=tuple(unfolder.used.values()),
        conditions=tuple(dict.fromkeys((*found.conditions, *settler.owed))),
        trace=(*settler.steps, *found.trace),
    )


def by_arithmetic(goal: Goal, plain: Goal) -> Proof | None:
    """The negation contradicts what is known of real numbers; needs the extra `z3`.

    Failure says nothing; the solver gives up on much that is true.
    """
    assumptions = assumptions_of(goal, plain)
    asks = goal.op != "=" or piecewise(plain.left) or piecewise(plain.right)
    if not asks or not available():
        return None
    found = follows(plain.left, goal.op, plain.right, assumptions, goal.context)
    if found is None:
        return None
    steps = tuple(Step("hypothesis", name) for name in found)
    return Proof("real arithmetic", assumed=found, trace=(*steps, Step("solver", "Z3")))


def by_hypotheses(goal: Goal, plain: Goal) -> Proof | None:
    """Follows from what is assumed: an assumed equation solved for a quantity, and put in.

    Failure says nothing; hypotheses that only together determine a quantity are beyond it.
    """
    assumptions = assumptions_of(goal, plain)
    equations = [e for a in assumptions if a.op == "=" for e in instances(a, plain)]
    if goal.op != "=" or not equations:
        return None
    assumed = tuple(a.difference for a in equations)
    difference = sub(plain.left, plain.right)
    with suppress(Unsupported):
        difference = differentiate(difference, goal.context)
    found = consequence(difference, assumed, goal.context)
    ruled = None if found is not None else vanishes_by_rules(difference, assumed, goal.context)
    if found is None and ruled is None:
        return None
    used, owed = found if found is not None else (ruled or (), ())
    names = tuple(dict.fromkeys(equations[k].text for k in used))
    steps = tuple(Step("hypothesis", name) for name in names)
    return Proof("hypotheses", assumed=names, conditions=owed, trace=steps)


def instances(assumed: Assumption, goal: Goal) -> Iterator[Assumption]:
    """What is assumed of all entries, said of the entry that the goal is about, and in general."""
    domains = goal.context.domains
    inside = [t for side in (goal.left, goal.right) for t in subterms(side) if isinstance(t, Sym)]
    own = list(dict.fromkeys(t for t in inside if t.name in domains and MARK not in t.name))
    anyone = [t for t in subterms(assumed.difference) if isinstance(t, Sym) and MARK in t.name]
    same = [[o for o in own if domains[o.name] == domains.get(t.name)] for t in anyone]
    for chosen in islice(product(*same), 4) if anyone else ():
        there = substitute(assumed.difference, dict(zip(anyone, chosen, strict=True)))
        yield replace(assumed, difference=there)
    yield assumed


def by_signs(goal: Goal, plain: Goal) -> Proof | None:
    """An inequality whose difference can only have signs that it allows.

    Failure says nothing; inequalities that need more than signs and squares are beyond it.
    """
    allowed = SIGNS.get(goal.op)
    if allowed is None:
        return None
    try:
        found = signs_of(sub(plain.left, plain.right), goal.context, Budget(STEPS))
    except (Exhausted, Unsupported):
        return None
    return Proof("signs", trace=(Step("signs", goal.op),)) if found and found <= allowed else None


SIGNS = {
    "<": frozenset("-"),
    "≤": frozenset("-0"),
    ">": frozenset("+"),
    "≥": frozenset("+0"),
    "≠": frozenset("+-"),
}
PROCEDURES = (
    by_normal_form,
    by_signs,
    by_fundamental_theorem,
    by_analysis,
    by_induction_on_size,
    by_hypotheses,
    by_arithmetic,
)
