"""Differential equations: which unknown function an equation is about, if it is about one.

`m ẍ = −k x` is no identity: it says what x is to satisfy. `(f g)′ = f′ g + f g′` is one.
"""

from derive.term import App, At, Diff, Grad, Sym, Term, subterms


def sought(left: Term, right: Term) -> str:
    """The head of the one function whose own derivatives an equation relates; "" if none."""
    if isinstance(left, Diff) and left.variable.heads.isdisjoint(variables(right)):
        # `q̇ = ∂H/∂p`: what is derived by other variables is no rate
        return _differentiated(left)
    rates = [_differentiated(t) for side in (left, right) for t in _outermost(side)]
    return rates[0] if len(set(rates)) == 1 and left is not right else ""


def variables(*sides: Term) -> frozenset[str]:
    """The heads of what the derivatives in terms are taken by."""
    found = (t for side in sides for t in subterms(side) if isinstance(t, Diff))
    return frozenset(h for t in found for h in t.variable.heads)


def _outermost(term: Term) -> list[Term]:
    """The derivatives in a term that stand in no other derivative."""
    inside = {id(t.body) for t in subterms(term) if isinstance(t, Diff)}
    found = (t for t in subterms(term) if isinstance(t, (Diff, Grad)) and id(t) not in inside)
    primed = (t for t in subterms(term) if isinstance(t, App) and any(t.orders))
    return [*found, *primed]


def _differentiated(term: Term) -> str:
    """The head of what a derivative differentiates, where that is just a name or a value."""
    body = term
    while isinstance(body, Diff):
        body = body.body
    match body:
        case Sym(name):
            return name
        case At(head, _):
            return head
        case App(head, _, args) if all(isinstance(a, (Sym, At)) for a in args):
            return head
    return ""
