"""Integrals over unknown functions: the fundamental theorem, parts, substitution.

Both sides are looked at as functions of an upper bound. Where they have the same derivative by
it everywhere, and agree where it meets the lower one, they are the same.
"""

from collections.abc import Iterator

from derive.context import REAL, Context
from derive.kernel.budget import Unsupported
from derive.kernel.derivative import differentiate
from derive.prove.closed import asked, infinite, smooth, vanishes, with_domain
from derive.term import (
    ZERO,
    App,
    Diff,
    Integral,
    Num,
    Sym,
    Term,
    instantiate,
    rebuild,
    sub,
    substitute,
    subterms,
)

_END, _INSIDE = Sym("\x00end"), Sym("\x00inside")


def integrals_of_unknowns(*sides: Term) -> list[Integral]:
    """The integrals in which an unknown function is applied to the variable."""
    found = (t for side in sides for t in subterms(side) if isinstance(t, Integral))
    return [t for t in found if any(isinstance(p, App) and p.loose for p in subterms(t.body))]


def agree_everywhere(left: Term, right: Term, context: Context) -> bool:
    """Whether both sides are one function of an upper bound of their integrals."""
    if not integrals_of_unknowns(left, right):
        return False
    try:
        gap = differentiate(sub(left, right), context)
    except Unsupported:
        return False
    inner = [t for t in subterms(gap) if isinstance(t, Integral)]
    free = with_domain(with_domain(context, _END.name, REAL), _INSIDE.name, REAL)
    plain = all(map(_plain, inner)) and not any(isinstance(t, Diff) for t in subterms(gap))
    bodies = [instantiate(t.body, _INSIDE) for t in inner] if plain else []
    if not bodies or any(asked(b, _INSIDE, free) != () for b in bodies):
        return False
    return _nothing(gap, free) or any(
        asked(by_end, _END, free) == ()
        and _nothing(Diff(by_end, _END), free)
        and _nothing(_met(by_end, lo), free)
        for by_end, lo in _by_ends(gap, inner)
    )


def _nothing(term: Term, context: Context) -> bool:
    """Whether a term is 0 whatever the values of the integrals that are left in it."""
    try:
        term = differentiate(term, context)
    except Unsupported:
        return False
    left = (t for t in subterms(term) if isinstance(t, Integral) and not t.loose)
    opaque: dict[Term, Term] = {t: Sym(f"\x00integral {k}") for k, t in enumerate(left)}
    return vanishes(substitute(term, opaque), context)


def _plain(found: Integral) -> bool:
    """Whether an integral is over a finite range, of something smooth without more of its kind."""
    ends = (found.lo, found.hi)
    nested = any(isinstance(t, Integral) for t in subterms(found.body))
    return not (nested or any(map(infinite, ends)) or found.loose) and smooth(found)


def _by_ends(gap: Term, inner: list[Integral]) -> Iterator[tuple[Term, Term]]:
    """The difference as a function of an upper bound, and the lower bound that it meets."""
    for lo, hi in dict.fromkeys((t.lo, t.hi) for t in inner):
        if isinstance(hi, Sym) and hi not in subterms(lo):
            yield substitute(gap, {hi: _END}), lo
        elif isinstance(hi, Num) and hi is not lo:
            yield _with_end(gap, hi), lo


def _with_end(term: Term, hi: Term) -> Term:
    """A number as a bound and as an argument of unknown functions made free."""
    found = rebuild(term, lambda t, _: _with_end(t, hi))
    match found:
        case Integral(body, lo, end) if end is hi:
            return Integral(body, lo, _END)
        case App(head, orders, args):
            return App(head, orders, tuple(_END if a is hi else a for a in args))
        case _:
            return found


def _met(by_end: Term, lo: Term) -> Term:
    """The difference where the bounds meet: integrals from there to there are 0."""
    there = substitute(by_end, {_END: lo})
    empty: dict[Term, Term] = {
        t: ZERO for t in subterms(there) if isinstance(t, Integral) and t.hi is t.lo
    }
    return substitute(there, empty)
