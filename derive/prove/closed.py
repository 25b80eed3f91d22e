"""What the closed form of an integral, a limit or a series rests on, shared by their procedures."""

from collections.abc import Mapping
from dataclasses import replace

from derive.context import Condition, Context, Domain
from derive.kernel.budget import Budget, Exhausted, Undefined, Unsupported
from derive.kernel.conditions import conditions
from derive.kernel.normal import canonical, is_zero
from derive.kernel.sign import holds
from derive.term import Choice, Const, Delta, Fn, Holds, Sym, Term, neg, substitute, subterms
from derive.values import dataclass

STEPS = 40_000
INFINITY = Const("oo")
JUMPING = frozenset({"floor", "ceil", "sign", "factorial", "binomial"})


@dataclass(frozen=True, slots=True)
class Closed:
    """A term that an integral, limit or series is equal to, and what that still asks for."""

    term: Term
    owed: tuple[Condition, ...] = ()


def vanishes(term: Term, context: Context) -> bool:
    """Whether a term is shown to be 0."""
    try:
        return is_zero(term, context, Budget(STEPS)) is not None
    except (Exhausted, Unsupported, Undefined):
        return False


def plainest(term: Term, context: Context) -> Term:
    """The normal form of a term as a term, where it has one."""
    try:
        return canonical(term, context, Budget(STEPS))
    except (Exhausted, Unsupported, Undefined):
        return term


def with_domain(context: Context, name: str, domain: Domain) -> Context:
    """The context in which a fresh variable has a domain."""
    changed: Mapping[str, Domain] = {**context.domains, name: domain}
    return replace(context, domains=changed)


def smooth(term: Term) -> bool:
    """Whether a term is continuous wherever its side conditions hold."""
    return not any(
        isinstance(t, (Holds, Choice, Delta)) or (isinstance(t, Fn) and t.name in JUMPING)
        for t in subterms(term)
    )


def asked(term: Term, variable: Sym, context: Context) -> tuple[Condition, ...] | None:
    """The open conditions of a term that do not mention the variable; None where others are open.

    `context` holds the range of the variable.
    """
    open_ = [c for c in conditions(term, context) if not holds(c, context)]
    if any(variable.name in c.term.heads for c in open_):
        return None
    return tuple(open_)


def infinite(term: Term) -> int:
    """1 for ∞, −1 for −∞, 0 for anything else."""
    return 1 if term == INFINITY else -1 if term == neg(INFINITY) else 0


def put(term: Term, variable: Sym, value: Term) -> Term:
    """The term with a value for the variable."""
    return substitute(term, {variable: value})
