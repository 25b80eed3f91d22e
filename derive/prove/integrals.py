"""Integrals by an antiderivative: suggested by SymPy, believed only when its derivative fits.

The antiderivative must be continuous on the closed range and have the body as its derivative
inside; at an infinite end its limit is taken. Failure says nothing about the integral.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from derive.context import Context, Domain
from derive.prove.closed import Closed, asked, infinite, put, smooth, vanishes, with_domain
from derive.prove.limits import limit
from derive.term import Diff, Sym, Term, mul, sub

LARGEST = 60


def integral(body: Term, variable: Sym, lo: Term, hi: Term, context: Context) -> Closed | None:
    """∫ of `body` from lo to hi."""
    if variable.name not in body.heads:
        return None if infinite(lo) or infinite(hi) else Closed(mul(body, sub(hi, lo)))
    first = None if infinite(lo) else lo
    last = None if infinite(hi) else hi
    inside = with_domain(context, variable.name, Domain(lo=first, hi=last))
    closed = with_domain(
        context, variable.name, Domain(lo=first, hi=last, lo_open=False, hi_open=False)
    )
    own = asked(body, variable, inside)
    if own is None or not smooth(body):
        return None
    for candidate in antiderivatives(body, variable, inside):
        owed = asked(candidate, variable, closed) if smooth(candidate) else None
        if owed is None or not vanishes(sub(Diff(candidate, variable), body), inside):
            continue
        ends = _between(candidate, variable, lo, hi, context)
        if ends is not None:
            return Closed(ends.term, (*owed, *own, *ends.owed))
    return None


def _between(candidate: Term, variable: Sym, lo: Term, hi: Term, context: Context) -> Closed | None:
    upper = _end(candidate, variable, hi, context)
    lower = _end(candidate, variable, lo, context)
    if upper is None or lower is None:
        return None
    return Closed(sub(upper.term, lower.term), (*upper.owed, *lower.owed))


def _end(candidate: Term, variable: Sym, end: Term, context: Context) -> Closed | None:
    if infinite(end):
        return limit(candidate, variable, end, "", context)
    return Closed(put(candidate, variable, end))


def antiderivatives(body: Term, variable: Sym, context: Context) -> Iterator[Term]:
    """Candidates, none of them checked."""
    from derive.from_sympy import term
    from derive.to_sympy import Door, Unsaid

    try:
        door = Door.of((body,), context, evaluate=True)
        inside, by = door.expression(body), door.expression(variable)
    except Unsaid:
        return
    for suggestion in _suggested(inside, by):
        with suppress(ValueError):
            yield term(suggestion)


def _suggested(inside: Any, by: Any) -> Iterator[Any]:
    """What SymPy takes for antiderivatives; of a distinction of cases, its first case."""
    import sympy
    from sympy.integrals.manualintegrate import manualintegrate

    if sympy.count_ops(inside) > LARGEST:
        return
    for attempt in (manualintegrate, _heuristic, _special):
        try:
            made = attempt(inside, by)
        except (ValueError, TypeError, NotImplementedError, AttributeError, RecursionError):
            continue
        if made is None or made.has(sympy.Integral):
            continue
        if made.has(sympy.Piecewise):
            made = made.replace(lambda e: isinstance(e, sympy.Piecewise), lambda e: e.args[0].expr)
        yield made


def _heuristic(inside: Any, by: Any) -> Any:
    from sympy.integrals.heurisch import heurisch

    return heurisch(inside, by)


def _special(inside: Any, by: Any) -> Any:
    """Through special functions: slow, and needed for the moments of a normal density."""
    import sympy

    return sympy.integrate(inside, by, risch=False, heurisch=False, manual=False)
