"""Whether what a document defines satisfies the equations that it posed for it before.

`ẍ = −ω² x` is posed, and `x(t) = A cos ωt` is then put in. A definition that says no more than
that it is one (a trial) is not refuted; a letter that is new in it may still be chosen so that
it is a solution.
"""

from collections.abc import Callable
from dataclasses import replace

from derive.context import Condition, Definition
from derive.derivation import Relation
from derive.term import App, Sym, Term, substitute
from derive.verdict import (
    DEFINED,
    PROVED,
    PROVED_IF,
    REFUTED,
    UNDECIDED,
    Step,
    Verdict,
)

METHOD = "put into what was posed"


def solution(relation: Relation, decide: Callable[[Relation], Verdict]) -> Verdict:
    """The verdict on a definition that may solve equations posed before it."""
    assert relation.left is not None
    assert relation.right is not None
    found = [decide(row) for row in _put_in(relation, relation.left, relation.right)]
    if all(v.status in {PROVED, PROVED_IF} for v in found):
        return _solved(relation, found)
    if relation.kind == "definition":
        return Verdict(DEFINED)
    wrong = next((v for v in found if v.status == REFUTED), None)
    if wrong is not None and not _new(relation):
        return replace(wrong, method=METHOD)
    posed = ", ".join(f"`{row.text}`" for row in relation.solves)
    new = ", ".join(sorted(_new(relation)))
    reason = f"it satisfies {posed} for some {new} only, if at all" if wrong and new else ""
    return Verdict(UNDECIDED, reason=reason or f"that it satisfies {posed} is not found")


def _put_in(relation: Relation, left: Term, right: Term) -> list[Relation]:
    """The equations posed, as claims where the definition is in force."""
    context = relation.context
    name, params = (left.head, left.args) if isinstance(left, App) else (_name(left), ())
    own = Definition(name, params, right, relation.id)
    rows = tuple(h for h in context.hypotheses if h not in relation.solves)
    there = replace(context, definitions={**context.definitions, name: (own,)}, hypotheses=rows)
    # x stands alone in `ẍ = −ω² x`, and as x(t) in its solution
    bare: dict[Term, Term] = {Sym(name): left}
    return [
        replace(
            relation, kind="claim", op=row.op, context=there, solves=(), given=(), sought=False,
            left=substitute(row.left, bare), right=substitute(row.right, bare),
        )
        for row in relation.solves
    ]  # fmt: skip


def _name(left: Term) -> str:
    return left.name if isinstance(left, Sym) else ""


def _new(relation: Relation) -> frozenset[str]:
    """The letters of the definition of which nothing was said before."""
    told = {h for row in relation.solves for side in (row.left, row.right) for h in side.heads}
    told |= relation.context.definitions.keys()
    assert relation.left is not None
    assert relation.right is not None
    return relation.right.heads - told - relation.left.heads


def _solved(relation: Relation, found: list[Verdict]) -> Verdict:
    owed: tuple[Condition, ...] = tuple(dict.fromkeys(c for v in found for c in v.conditions))
    steps = tuple(Step("put in", row.text) for row in relation.solves)
    routes = tuple(r for r in found[0].confirmed if all(r in v.confirmed for v in found))
    return Verdict(
        PROVED_IF if owed else PROVED,
        method=METHOD,
        conditions=owed,
        assumed=tuple(dict.fromkeys(a for v in found for a in v.assumed)),
        unfolded=tuple(dict.fromkeys(u for v in found for u in v.unfolded if u != relation.id)),
        trace=steps,
        confirmed=routes or ("evaluation",),
    )
