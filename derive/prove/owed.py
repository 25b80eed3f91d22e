"""What a proof owes: the conditions under which both sides have a value."""

from dataclasses import replace

from derive.context import Condition, Context
from derive.kernel.axioms import IMAGINARY
from derive.kernel.conditions import conditions
from derive.kernel.matrix import lower
from derive.kernel.sign import holds
from derive.prove.goal import Goal, over
from derive.prove.hypotheses import vanishes
from derive.term import At, Sym, Term, add, mul, num, sub, substitute, subterms


def owed(goal: Goal) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    """(Conditions owed, conditions on which both sides agree) of those left open."""
    left, right = _open(goal.left, goal), _open(goal.right, goal)
    if _covered(left, right, goal.context) and _covered(right, left, goal.context):
        return (), tuple(left)
    return tuple(dict.fromkeys(left + right)), ()


def _covered(some: list[Condition], others: list[Condition], context: Context) -> bool:
    """Whether each condition also stands among the others, up to a sign of what must not be 0."""
    return all(any(_same(c, o, context) for o in others) for c in some)


def _same(a: Condition, b: Condition, context: Context) -> bool:
    # powers of one base may have values for different exponents
    if a.kind == "power" or a.kind != b.kind or len(a.over) != len(b.over):
        return False
    if a.term is b.term:
        return True
    names: dict[Term, Term] = {x[0]: y[0] for x, y in zip(a.over, b.over, strict=True)}
    other = substitute(a.term, names)
    opposite = a.kind == "nonzero" and vanishes(add(other, b.term), context)
    return opposite or vanishes(sub(other, b.term), context)


def implied(condition: Condition, goal: Goal) -> bool:
    """Whether an inequality that is assumed says just what the condition asks for."""
    for assumed in goal.hypotheses:
        signs = IMPLIED.get(condition.kind, {}).get(assumed.op)
        if signs is None or assumed.left.holds_matrix or assumed.right.holds_matrix:
            continue
        difference = sub(assumed.left, assumed.right)
        for sign in signs:
            if vanishes(sub(condition.term, mul(num(sign), difference)), goal.context):
                return True
    return False


# kind of condition: sign of an assumed difference: the multiples of the difference that fulfil it
IMPLIED: dict[str, dict[str, tuple[int, ...]]] = {
    "nonzero": {"≠": (1, -1), ">": (1, -1), "<": (1, -1)},
    "positive": {">": (1,), "<": (-1,)},
    "power": {">": (1,), "<": (-1,)},
    "nonnegative": {">": (1,), "≥": (1,), "<": (-1,), "≤": (-1,)},
}


def _open(side: Term, goal: Goal) -> list[Condition]:
    found = []
    for condition in conditions(lower(side), goal.context):
        full = replace(condition, term=lower(goal.unfolder.fully(condition.term)))
        folded = IMAGINARY not in subterms(full.term) and holds(condition, goal.context)
        declared = isinstance(condition.term, Sym | At) and holds(condition, goal.context)
        if not (folded or declared or implied(condition, goal)) and not holds(
            full, over(goal.context, condition.over)
        ):
            found.append(condition)
    return found
