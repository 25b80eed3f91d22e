"""Replaces integrals, limits and infinite series by closed terms that they are shown to equal.

What has no closed form stays as one unknown number for equal integrands, so that linearity and
renamed variables are seen; only a function's own integral may be unknown, never one under a
variable that is still open.
"""

from dataclasses import dataclass, field

from derive.context import Condition, Context, Domain
from derive.prove.closed import INFINITY, Closed, plainest, with_domain
from derive.prove.integrals import integral
from derive.prove.limits import limit
from derive.prove.series import series
from derive.show import text
from derive.term import (
    Add,
    At,
    Diff,
    Integral,
    Limit,
    Mul,
    Primitive,
    Prod,
    Sum,
    Sym,
    Term,
    abstract,
    add,
    instantiate,
    mul,
    rebuild,
    subterms,
)
from derive.verdict import Step


class Unsettled(Exception):
    """A node without a closed form where it cannot stand for an unknown number."""


def unsettled(term: Term) -> bool:
    """Whether there is anything to settle in a term."""
    return any(
        isinstance(t, (Integral, Limit, Primitive)) or (isinstance(t, Sum) and t.hi == INFINITY)
        for t in subterms(term)
    )


@dataclass
class Settler:
    """Settles the terms of one goal; `owed` and `steps` collect what that rests on."""

    context: Context
    owed: list[Condition] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    unknown: dict[Term, Sym] = field(default_factory=dict)
    open_: list[Sym] = field(default_factory=list)
    count: int = 0

    def settle(self, term: Term) -> Term:
        """The term without integrals, limits and infinite series; raises `Unsettled`."""
        if not unsettled(term):
            return term
        match term:
            case Integral(body, lo, hi):
                return self.integral(body, self.settle(lo), self.settle(hi))
            case Limit(body, at, side):
                variable, inside = self.opened(body, Domain())
                return self.taken(term, limit(inside, variable, at, side, self.context))
            case Sum(body, lo, hi) if hi == INFINITY:
                variable, inside = self.opened(body, Domain(lo=lo, lo_open=False, integer=True))
                return self.taken(term, series(inside, variable, lo, self.context))
            case Sum(body, lo, hi) | Prod(body, lo, hi):
                domain = Domain(lo=lo, hi=hi, lo_open=False, hi_open=False, integer=True)
                variable, inside = self.opened(body, domain)
                return type(term)(abstract(inside, variable), self.settle(lo), self.settle(hi))
            case Diff(body, Sym(name) | At(name, _)):
                # an unknown number would hide that it changes with the variable
                self.open_.append(Sym(name))
                inside = self.settle(body)
                self.open_.pop()
                return Diff(inside, term.variable)
            case Primitive() | Diff():
                raise Unsettled
            case _:
                return rebuild(term, lambda t, binders: self.under(t, binders))

    def under(self, term: Term, binders: int) -> Term:
        if binders and unsettled(term):
            raise Unsettled
        return self.settle(term)

    def opened(self, body: Term, domain: Domain) -> tuple[Sym, Term]:
        """A fresh variable, and the body at it, settled."""
        self.count += 1
        variable = Sym(f"\x00{self.count}")
        outer = self.context
        self.context = with_domain(outer, variable.name, domain)
        self.open_.append(variable)
        inside = self.settle(instantiate(body, variable))
        self.open_.pop()
        self.context = outer
        return variable, inside

    def taken(self, term: Term, found: Closed | None) -> Term:
        if found is None or any(v.name in c.term.heads for c in found.owed for v in self.open_):
            raise Unsettled
        self.owed += found.owed
        self.steps.append(Step("closed form", f"{text(term)} = {text(found.term)}"))
        return found.term

    def integral(self, body: Term, lo: Term, hi: Term) -> Term:
        variable, inside = self.opened(body, Domain(lo=_finite(lo), hi=_finite(hi)))
        return self.over(inside, variable, lo, hi)

    def over(self, inside: Term, variable: Sym, lo: Term, hi: Term) -> Term:
        """The integral of a settled body: closed, or taken apart, or unknown."""
        found = integral(inside, variable, lo, hi, self.context)
        if found is not None:
            return self.taken(Integral(abstract(inside, variable), lo, hi), found)
        match inside:
            case Add(args):
                return add(*(self.over(a, variable, lo, hi) for a in args))
            case Mul(args):
                outside = [a for a in args if variable.name not in a.heads]
                if outside:
                    rest = mul(*(a for a in args if variable.name in a.heads))
                    return mul(*outside, self.over(rest, variable, lo, hi))
        if self.open_:
            raise Unsettled
        return self.named(Integral(abstract(plainest(inside, self.context), variable), lo, hi))

    def named(self, node: Term) -> Term:
        """One unknown number for equal integrals."""
        return self.unknown.setdefault(node, Sym(f"\x00∫{len(self.unknown)}"))


def _finite(end: Term) -> Term | None:
    return None if INFINITY in set(subterms(end)) else end
