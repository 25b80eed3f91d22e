"""Integrals without bounds: a claim about them is a claim about derivatives.

`∫ f dx = F + C` says that both sides differ by a constant at most, so that their derivatives by x
are the same. A side that has the integral anywhere but in a sum, times constants, is not read so.
"""

from derive.context import Context
from derive.term import Add, Diff, Mul, Primitive, Term, add, mul, subterms


class Unclear(Exception):
    """An integral without bounds where no derivative brings it to an end."""


def slopes(left: Term, right: Term, context: Context) -> tuple[Term, Term]:
    """The derivatives of both sides by the variable of the integrals; raises `Unclear`."""
    variables = {
        t.variable for side in (left, right) for t in subterms(side) if isinstance(t, Primitive)
    }
    if len(variables) != 1:
        raise Unclear
    (variable,) = variables
    return _slope(left, variable, context), _slope(right, variable, context)


def has_primitive(term: Term) -> bool:
    """Whether an integral without bounds stands in a term."""
    return any(isinstance(t, Primitive) for t in subterms(term))


def _slope(term: Term, variable: Term, context: Context) -> Term:
    if not has_primitive(term):
        return Diff(term, variable)
    match term:
        case Primitive(body, _) if not has_primitive(body):
            return body
        case Add(args):
            return add(*(_slope(a, variable, context) for a in args))
        case Mul(args):
            inner = [a for a in args if has_primitive(a)]
            outer = [a for a in args if not has_primitive(a)]
            if len(inner) == 1 and not any(_moves(a, variable, context) for a in outer):
                return mul(*outer, _slope(inner[0], variable, context))
    raise Unclear


def _moves(term: Term, variable: Term, context: Context) -> bool:
    return any(h in variable.heads or (h, *variable.heads) in context.depends for h in term.heads)
