r"""Remainders: the `O(x^5)` at the end of an expansion, and what `≈` means by the words near it.

A remainder is taken off its side and kept as an order; whether the rest agrees up to it is decided
by Taylor coefficients. Orders of growth (`O(n \log n)`) are another thing and are not decided.
"""

import re
from fractions import Fraction

from derive.derivation import Order
from derive.read.names import base_name
from derive.read.problem import Unread
from derive.source import Span
from derive.syntax import Addition, Factor, Group, Node, Number, Product
from derive.term import ZERO, Add, Fn, Mul, Num, Pow, Sym, Term, neg

HIGHEST = 8
_COUNTS = frozenset("nmkNMKT")
_FIRST = {"zeroth": 0, "first": 1, "linear": 1, "second": 2, "quadratic": 2, "third": 3}
_TO_ORDER = re.compile(rf"\b({'|'.join(_FIRST)})[- ]order\b|\b(linear) approximation", re.I)
_SMALL = re.compile(r"\bsmall\b|\\ll 1\b|\bTaylor\b|\blineari[sz]\w*|\bsmall-angle\b", re.I)


def split(member: Node | None) -> tuple[Node | None, Node | None]:
    """A side without its remainder, and what stands in the brackets of the O."""
    match member:
        case Addition(terms, span) if terms[-1].sign == "+" and len(terms) > 1:
            inside = _inside(terms[-1].node)
            if inside is not None:
                kept = terms[:-1]
                alone = len(kept) == 1 and kept[0].sign == "+"
                return (kept[0].node if alone else Addition(kept, span)), inside
        case Product(_, span):
            inside = _inside(member)
            if inside is not None:
                return Number(Fraction(0), "0", span), inside
    return member, None


def _inside(node: Node) -> Node | None:
    match node:
        case Product((Factor("", name), Factor("", Group("(", ")", body))), _):
            found = base_name(name)
            if found is not None and found.base in ("O", "o") and not found.accents:
                little = found.base == "o" and found.style != "cal"
                return _little(body) if little else body
    return None


def _little(body: Node) -> Node:
    """What is o(h^k) and has an expansion is O(h^(k+1))."""
    return Product((Factor("", body), Factor("", _radical(body))), body.span)


def _radical(body: Node) -> Node:
    return getattr(body, "base", body)


def order_of(inside: Term, span: Span) -> Order:
    """The variable, its limit and the power of what stands in an O; raises `Unread`."""
    base, power = _power(inside)
    match base:
        case Sym(name):
            variable: Sym = base
            at: Term = ZERO
        case Add((Sym(name), shift)) if name not in shift.heads:
            variable, at = Sym(name), neg(shift)
        case _:
            raise Unread("an order of growth is not decided yet", span)
    if power is None or not 1 <= power <= HIGHEST or name[:1] in _COUNTS:
        raise Unread("an order of growth is not decided yet", span)
    return Order(variable, at, power)


def _power(term: Term) -> tuple[Term, int | None]:
    match term:
        case Fn("abs", 0, (inner,)):
            return _power(inner)
        case Pow(base, Num(value)) if value.denominator == 1:
            inner, power = _power(base)
            return inner, None if power is None else power * int(value)
        case Mul((first, second)) if _power(first)[0] is _power(second)[0]:
            found = [p for p in (_power(first)[1], _power(second)[1]) if p is not None]
            return _power(first)[0], sum(found) if len(found) == 2 else None
        case _:
            return term, 1


def told_order(words: str, left: Term, right: Term) -> Order | None:
    """The order up to which the words near an `≈` say that it holds; None where they do not."""
    said = _TO_ORDER.search(words)
    if not (said or _SMALL.search(words)):
        return None
    letters = (Sym(name) for name in sorted(left.heads))
    degrees = {v: d for v in letters if (d := degree(right, v)) is not None}
    named = [v for v in degrees if re.search(rf"(small|\$|order in)\W*\\?{_spelled(v)}\b", words)]
    found = named or [v for v in degrees if degrees[v] and degree(left, v) is None]
    if len(found) != 1:
        return None
    variable = found[0]
    least = _FIRST[(said.group(1) or said.group(2)).lower()] if said else degrees[variable]
    return Order(variable, ZERO, max(least, degrees[variable]) + 1, near=True)


def _spelled(variable: Term) -> str:
    return re.escape(variable.name) if isinstance(variable, Sym) else "(?!)"


def degree(term: Term, variable: Term) -> int | None:
    """The degree of a polynomial in a variable, as written; None where it is none."""
    if not isinstance(variable, Sym) or variable.name not in term.heads:
        return 0
    match term:
        case Sym():
            return 1
        case Add(args):
            found = [degree(a, variable) for a in args]
            return None if None in found else max(d for d in found if d is not None)
        case Mul(args):
            found = [degree(a, variable) for a in args]
            return None if None in found else sum(d for d in found if d is not None)
        case Pow(base, Num(value)) if value.denominator == 1 and value > 0:
            inner = degree(base, variable)
            return None if inner is None else inner * int(value)
        case _:
            return None
