"""Conjugates: what the bar does to a term whose symbols are real.

Functions that are real on the real line commute with it off the branches; where a branch may
be met there is no rule.
"""

from derive.kernel.axioms import IMAGINARY
from derive.kernel.budget import Unsupported
from derive.kernel.sign import POSITIVE, Signs
from derive.term import Add, Diff, Fn, Mul, Pow, Prod, Sum, Term, neg, rebuild

REFLECTED = frozenset(
    {"exp", "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "sigma"}
)


def conjugate(term: Term, signs: Signs) -> Term:
    """Return the conjugate of a term in real symbols; raises `Unsupported` at a branch."""
    if signs.real(term):
        return term
    if term == IMAGINARY:
        return neg(IMAGINARY)
    match term:
        case Add() | Mul() | Sum() | Prod() | Diff():
            pass
        case Fn("conj", 0, (inner,)):
            return inner
        case Fn(name, 0, _) if name in REFLECTED:
            pass
        case Pow(base, exponent) if signs.integer(exponent):
            return Pow(conjugate(base, signs), exponent)
        case Pow(base, exponent) if signs.of(base) == POSITIVE:
            return Pow(base, conjugate(exponent, signs))
        case _:
            raise Unsupported(term)
    return rebuild(term, lambda part, _: conjugate(part, signs))
