"""Sums whose value is assumed: rules by which the normal form replaces an atom.

`Σ_c y_{ic} = 1` gives a value to every sum that the pattern becomes for some index i.
"""

from collections.abc import Mapping
from typing import Any

from derive.term import Sym, Term
from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """`pattern`, a closed Σ in normal form, is `value`, for all values of the `free` symbols."""

    pattern: Term
    value: Term
    free: frozenset[Sym]


def matched(pattern: Term, term: Term, free: frozenset[Sym]) -> Mapping[Term, Term] | None:
    """What the free symbols have to stand for so that the pattern is the term, if they can."""
    found: dict[Term, Term] = {}
    return found if _match(pattern, term, free, found) else None


def _match(pattern: Any, term: Any, free: frozenset[Sym], found: dict[Term, Term]) -> bool:
    if isinstance(pattern, Sym) and pattern in free:
        closed = isinstance(term, Term) and term.loose == 0
        return closed and found.setdefault(pattern, term) is term
    if isinstance(pattern, tuple) and isinstance(term, tuple):
        pairs = zip(pattern, term, strict=False)
        return len(pattern) == len(term) and all(_match(p, t, free, found) for p, t in pairs)
    if not isinstance(pattern, Term) or type(pattern) is not type(term):
        return bool(pattern == term)
    names = pattern.__match_args__
    return all(_match(getattr(pattern, n), getattr(term, n), free, found) for n in names)
