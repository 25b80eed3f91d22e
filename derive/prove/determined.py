"""Whether a document determines what a relation compares.

`∂ℓ/∂μ = …` or `… = v(t)` about an ℓ or a v that nothing defines poses something; no document
makes it true or false. That is said, and neither proved nor refuted.
"""

from derive.context import Context
from derive.show import text
from derive.term import App, At, Diff, Grad, Sym, Term, subterms


def undetermined(left: Term, right: Term, context: Context, hypotheses: frozenset[str]) -> str:
    """The name of what one side is and nothing else speaks of; "" where there is none.

    Both sides are unfolded; `hypotheses` are the heads of which something is assumed.
    """
    for side, other in ((left, right), (right, left)):
        whole = _whole(side)
        if whole is None or _head(whole) in hypotheses:
            continue
        if _head(whole) in other.heads and not _is_differential_equation(side, whole, other):
            continue
        if _head(whole) in context.definitions or _is_relation_of_jets(side, other):
            continue
        return text(whole)
    return ""


def _is_differential_equation(side: Term, whole: Term, other: Term) -> bool:
    """`dy/dt = −k y` poses y: a derivative on one side, and the same name without any."""
    derived = isinstance(side, Diff) or (isinstance(side, App) and any(side.orders))
    jets = (t for t in subterms(other) if isinstance(t, (Diff, Grad)))
    primed = (t for t in subterms(other) if isinstance(t, App) and any(t.orders))
    again = any(_head(whole) in t.heads for t in (*jets, *primed))
    return derived and not again


def _whole(side: Term) -> Term | None:
    """What a side is the value or the derivative of, where it is just that."""
    inner = side
    while isinstance(inner, (Diff, Grad)):
        inner = inner.body
    if isinstance(inner, App) or (inner is not side and isinstance(inner, (Sym, At))):
        return inner
    return None


def _head(whole: Term) -> str:
    return whole.name if isinstance(whole, Sym) else getattr(whole, "head", "")


def _is_relation_of_jets(side: Term, other: Term) -> bool:
    """`∂h/∂w = σ'(z) ∂z/∂w` relates two unknown dependences, which a counterexample can tell."""
    derived = isinstance(side, Diff)
    return derived and any(isinstance(t, Diff) for t in subterms(other))
