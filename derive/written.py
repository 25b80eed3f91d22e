"""What a witness writes down, read back: values, and functions as polynomials.

The prover prints `h_1^p(w) = 1/2 + w`; here the words become terms again, so that a side of a
relation can be worked out at the witness step by step.
"""

import re
from collections.abc import Mapping
from fractions import Fraction

from derive.show import leaf
from derive.term import At, Num, Pow, Sym, Term, add, mul, neg, num

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:e[-+]?\d+)?)|(?P<sign>[-+*/^()])"
    r"|(?P<name>[^\W\d][\w^]*(?:[_^]\{[^{}]*\}|[_^][^\s{}()+\-*/])*))"
)


class NotWritten(ValueError):
    """The text is no polynomial with rational coefficients."""


def named(term: Sym | At) -> str | None:
    """The name of a symbol, or of a family's member at whole numbers, as a witness prints it."""
    if isinstance(term, Sym):
        return term.name
    places = [i.value for i in term.indices if isinstance(i, Num) and i.value.denominator == 1]
    if len(places) < len(term.indices):
        return None
    short = all(0 <= i < 10 for i in places)
    return leaf(term.head, ("" if short else ",").join(map(str, places)))


def polynomial(text: str, names: Mapping[str, Term]) -> Term:
    """The term that a value or a polynomial stands for; raises `NotWritten`."""
    reader = _Reader(_tokens(text), names)
    found = reader.total()
    if reader.rest:
        raise NotWritten(text)
    return found


def _tokens(text: str) -> list[str]:
    out, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.end() == at:
            raise NotWritten(text)
        out.append(found[0].strip())
        at = found.end()
    return out


class _Reader:
    """A reader of sums of products of powers; juxtaposition is a product."""

    def __init__(self, tokens: list[str], names: Mapping[str, Term]) -> None:
        self.rest, self.names = tokens, names

    def take(self) -> str:
        if not self.rest:
            raise NotWritten("it ends too soon")
        return self.rest.pop(0)

    def total(self) -> Term:
        terms = [self.signed()]
        while self.rest and self.rest[0] in "+-":
            terms.append(self.signed())
        return add(*terms)

    def signed(self) -> Term:
        if self.rest and self.rest[0] in "+-":
            return neg(self.product()) if self.take() == "-" else self.product()
        return self.product()

    def product(self) -> Term:
        factors = [self.power()]
        while self.rest and self.rest[0] not in ("+", "-", ")"):
            if self.rest[0] == "/":
                self.take()
                factors.append(Pow(self.power(), num(-1)))
            else:
                factors.append(self.power())
        return _exact(factors)

    def power(self) -> Term:
        base = self.atom()
        if self.rest and self.rest[0] == "^":
            self.take()
            return Pow(base, self.atom())
        return base

    def atom(self) -> Term:
        token = self.take()
        if token == "(":
            found = self.total()
            if self.take() != ")":
                raise NotWritten("a parenthesis is open")
            return found
        if token[0].isdigit():
            return Num(Fraction(token))
        if token in self.names:
            return self.names[token]
        raise NotWritten(token)


def _exact(factors: list[Term]) -> Term:
    """A product; one of numbers alone is a number (`1/2`)."""
    value = Fraction(1)
    for factor in factors:
        match factor:
            case Num(own):
                value *= own
            case Pow(Num(own), Num(exponent)) if exponent == -1 and own:
                value /= own
            case _:
                return mul(*factors)
    return Num(value)
