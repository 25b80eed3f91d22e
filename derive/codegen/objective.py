"""What may be emitted: the definition of a quantity and the proved formulas of its gradient."""

from collections.abc import Iterator

from derive.checked import Checked, Judgement, condition_texts, name
from derive.codegen.names import identifier
from derive.codegen.refusal import Refusal
from derive.context import Context, Definition
from derive.derivation import Relation
from derive.show import text
from derive.term import App, At, Diff, Grad, Mat, Sym, Term, subterms
from derive.values import dataclass
from derive.verdict import PROVED, PROVED_IF, REFUTED, Verdict

TRUE = (PROVED, PROVED_IF)


@dataclass(frozen=True, slots=True)
class Formula:
    """∂target/∂variable = term, proved; `said` names the equations that say so."""

    target: str
    variable: Term
    term: Term
    context: Context
    said: str
    verdict: Verdict

    @property
    def conditions(self) -> tuple[str, ...]:
        """What it holds under."""
        return condition_texts(self.verdict.conditions)


@dataclass(frozen=True, slots=True)
class Derivative:
    """A derivative that a relation states: of what, by what."""

    target: str
    variable: Term


def stated(left: Term | None) -> Derivative | None:
    """The derivative that a left side is, if it is a first one of a named quantity."""
    match left:
        case Grad(Sym(head), Mat() as matrix):
            return Derivative(head, matrix)
        case Diff(Sym(head), (Sym() | At()) as variable):
            return Derivative(head, variable)
        case Diff(App(head, orders, (Sym() as argument,)), Sym() as variable):
            return Derivative(head, variable) if argument is variable and not any(orders) else None
        case App(head, (1,), (Sym() as argument,)):
            return Derivative(head, argument)
        case _:
            return None


def head_of(variable: Term) -> str:
    """The name that a variable of differentiation goes by."""
    return variable.head if isinstance(variable, At) else getattr(variable, "name", "")


def formulas(checked: Checked) -> Iterator[Formula]:
    """Every proved formula of a derivative, also those further along its chain."""
    start: tuple[Relation, Derivative] | None = None
    for relation, judgement in checked.rows:
        holds = judgement.verdict.status in TRUE and relation.op in ("=", "≡")
        if relation.continues:
            start = start if holds else None
        else:
            found = stated(relation.left)
            start = (relation, found) if found is not None and holds else None
        if start is not None and relation.right is not None and closed(relation.right):
            first, of = start
            said = name(first) if first is relation else f"{name(first)} to {name(relation)}"
            yield Formula(
                of.target, of.variable, relation.right, relation.context, said, judgement.verdict
            )


def closed(term: Term) -> bool:
    """Whether a formula can be computed: no derivative stands in it."""
    return not any(isinstance(t, Diff | Grad) for t in subterms(term))


def definition(context: Context, head: str) -> Definition | None:
    """The definition of a quantity as a whole; None where there is none."""
    rows = [
        r for r in context.definitions.get(head, ()) if all(isinstance(p, Sym) for p in r.params)
    ]
    return rows[-1] if rows else None


def targets(checked: Checked) -> list[str]:
    """The quantities that can be emitted with a gradient, in order."""
    return list(
        dict.fromkeys(f.target for f in formulas(checked) if definition(f.context, f.target))
    )


def chosen(checked: Checked, wish: str | None) -> str:
    """The quantity to emit; raises `Refusal` where there is none of that name."""
    possible = targets(checked)
    if wish is None:
        if not possible:
            raise Refusal(why_nothing(checked))
        return possible[0]
    known = {h for r in checked.derivation.relations for h in r.context.definitions}
    exact = [h for h in (*possible, *sorted(known)) if wish in (h, identifier(h))]
    if not exact:
        found = f"; proved gradients exist for {listed(possible)}" if possible else ""
        raise Refusal(f"{wish} is defined nowhere in this document{found}")
    return exact[0]


def why_nothing(checked: Checked, target: str | None = None, variable: str | None = None) -> str:
    """Why there is no formula: the first that was stated and not proved, or that none was."""
    what = f"∂{target}/∂{variable}" if target and variable else "a derivative of a defined quantity"
    for relation, judgement in checked.rows:
        found = stated(relation.left)
        if found is None or (target and found.target != target):
            continue
        if variable and identifier(head_of(found.variable)) != identifier(variable):
            continue
        if judgement.verdict.status not in TRUE:
            return f"{name(relation)} is not proved: {reason(judgement)}"
    return f"no equation of this document gives {what} in closed form"


def reason(judgement: Judgement) -> str:
    """Why a relation is not proved, in one line."""
    verdict = judgement.verdict
    if verdict.status == REFUTED and verdict.witness is not None:
        at = ", ".join(f"{n} = {v}" for n, v in verdict.witness.values)
        return f"refuted, {verdict.witness.left} against {verdict.witness.right} at {at}"
    return f"{verdict.status}, {verdict.reason}" if verdict.reason else verdict.status


def listed(names: list[str]) -> str:
    """Names in one line."""
    return ", ".join(map(identifier, names)) if names else "nothing"


def agree(formula: Formula, context: Context) -> None:
    """Refuse where a name that a formula uses is defined otherwise later on."""
    for head in (formula.target, *sorted(formula.term.heads)):
        here, there = (c.definitions.get(head, ()) for c in (formula.context, context))
        if here and there and here[-1].body is not there[-1].body:
            raise Refusal(f"{text(Sym(head))} is defined anew after {formula.said}, which uses it")
