"""Sizes: polynomials in size symbols, in a normal form that is itself a term.

Two shapes conform when their sizes are the same polynomial. Terms are hash-consed, so the
normal forms of equal sizes are one object, and a comparison of shapes is an `is`.
"""

from fractions import Fraction

from derive.term import ONE, ZERO, Add, Mul, Num, Pow, Sym, Term, add, mul, neg, num

Monomial = tuple[Term, ...]
Polynomial = dict[Monomial, Fraction]

# a size is a small polynomial; what is larger stays an atom
MOST_MEMBERS = 64
LARGEST_POWER = 8


def normal(term: Term) -> Term:
    """Return the size (or index) as a term that is the same object for equal polynomials."""
    if isinstance(term, (Num, Sym)):
        return term
    return _term(_polynomial(term))


def total(sizes: tuple[Term, ...]) -> Term:
    """Return the sum of sizes in normal form."""
    return sizes[0] if len(sizes) == 1 else plus(*sizes)


def plus(*terms: Term) -> Term:
    """Return the sum of sizes or indices in normal form."""
    kept = [t for t in terms if t is not ZERO]
    if len(kept) == 1:
        return normal(kept[0])
    if all(isinstance(t, Num) for t in kept):
        return num(sum((t.value for t in kept if isinstance(t, Num)), Fraction(0)))
    return normal(add(*kept))


def minus(left: Term, right: Term) -> Term:
    """Return the difference of two sizes in normal form."""
    return ZERO if left is right else plus(left, neg(right))


def at_least_zero(size: Term) -> bool:
    """Whether no value ≥ 0 of the symbols makes the size negative; False says nothing."""
    return all(c >= 0 for c in _polynomial(size).values())


def text(size: Term) -> str:
    """Return a size as a reader would write it: `n`, `p + 1`, `2m`."""
    written = ""
    for monomial, c in _ordered(_polynomial(size)):
        sign = "-" if c < 0 else "+"
        body = _monomial_text(monomial, abs(c))
        first = f"-{body}" if c < 0 else body
        written = f"{written} {sign} {body}" if written else first
    return written or "0"


def _monomial_text(monomial: Monomial, c: Fraction) -> str:
    letters = " ".join(a.name if isinstance(a, Sym) else repr(a) for a in monomial)
    return letters if c == 1 and letters else f"{c}{letters}"


def _polynomial(term: Term) -> Polynomial:
    found = _expanded(term)
    return {(term,): Fraction(1)} if found is None else {m: c for m, c in found.items() if c}


def _expanded(term: Term) -> Polynomial | None:
    """The members of a polynomial, None where there would be too many."""
    match term:
        case Num(value):
            return {(): value}
        case Add(args):
            return _added([_polynomial(a) for a in args])
        case Mul(args):
            return _multiplied([_polynomial(a) for a in args])
        case Pow(base, Num(value)) if value.denominator == 1 and 0 <= value <= LARGEST_POWER:
            return _multiplied([_polynomial(base)] * int(value))
        case _:
            return {(term,): Fraction(1)}


def _added(members: list[Polynomial]) -> Polynomial | None:
    result: Polynomial = {}
    for member in members:
        for monomial, c in member.items():
            result[monomial] = result.get(monomial, Fraction(0)) + c
    return result if len(result) <= MOST_MEMBERS else None


def _multiplied(factors: list[Polynomial]) -> Polynomial | None:
    result: Polynomial = {(): Fraction(1)}
    for factor in factors:
        if len(result) * len(factor) > MOST_MEMBERS:
            return None
        result = _product(result, factor)
    return result


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    result: Polynomial = {}
    for m, c in left.items():
        for k, d in right.items():
            key = tuple(sorted(m + k, key=repr))
            result[key] = result.get(key, Fraction(0)) + c * d
    return result


def _ordered(polynomial: Polynomial) -> list[tuple[Monomial, Fraction]]:
    return sorted(polynomial.items(), key=lambda item: (-len(item[0]), repr(item[0])))


def _term(polynomial: Polynomial) -> Term:
    members = []
    for monomial, c in _ordered(polynomial):
        factors = monomial if c == 1 and monomial else (num(c), *monomial)
        members.append(mul(*factors) if factors else ONE)
    return add(*members) if members else ZERO
