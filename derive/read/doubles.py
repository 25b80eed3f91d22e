"""Edits of a sum in two places at once, and a term that it lacks, from what it must be worth.

One point says too little to be sure of either; what is made here has to be decided.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from derive.read.edits import Edit, Spelling, plain_number, spelled
from derive.read.spots import Spot
from derive.source import Span
from derive.syntax import Addition

SIMPLE = 4  # numerator and denominator of the numbers put in
LONGEST = 8  # terms of a sum that is edited in two places
FIRST = (Fraction(-1), Fraction(2), Fraction(1, 2), Fraction(3))
TWICE, LACKING = 2.6, 2.4


def twice(spelling: Spelling, spot: Spot, values: Sequence[float], wanted: float) -> Iterator[Edit]:
    """Two terms times other numbers; `values` are those of the terms with their signs."""
    sum_ = spot.node
    if not isinstance(sum_, Addition) or not 2 <= len(values) <= LONGEST:
        return
    for i, j in combinations(range(len(values)), 2):
        rest = wanted - sum(v for k, v in enumerate(values) if k not in (i, j))
        for one, other in ((i, j), (j, i)):
            for first in FIRST:
                second = _ratio(rest - float(first) * values[one], values[other])
                if second is not None and second != 1:
                    text = _scaled(spelling, sum_, {one: first, other: second})
                    odd = 0.2 * sum(abs(f) != 1 for f in (first, second)) + 0.1 * (j > i + 1)
                    yield Edit(sum_.span, text, TWICE + odd)


def lacking(
    spelling: Spelling, spot: Spot, missing: float, atoms: Sequence[tuple[str, float]]
) -> Iterator[Edit]:
    """A product of two symbols, or a square, with a plain number, added to a side."""
    text = spelling.cut(spot.node)
    pairs = [(f"{a}^2", x * x) for a, x in atoms if "^" not in a]
    pairs += [(f"{a} {b}", x * y) for (a, x), (b, y) in combinations(atoms, 2)]
    for product, value in pairs:
        number = _ratio(missing, value)
        if number is not None:
            size = "" if abs(number) == 1 else spelled(abs(number)) + " "
            sign = "-" if number < 0 else "+"
            yield Edit(spot.node.span, f"{text} {sign} {size}{product}", LACKING)


def _ratio(above: float, below: float) -> Fraction | None:
    """A quotient, if it is a simple number other than 0."""
    found = plain_number(above / below) if below else None
    simple = found is not None and max(abs(found.numerator), found.denominator) <= SIMPLE
    return found if simple else None


def _scaled(spelling: Spelling, sum_: Addition, factors: dict[int, Fraction]) -> str:
    """The sum as written, with some of its terms times numbers."""
    pieces, at = [], sum_.span.start
    for k, term in enumerate(sum_.terms):
        span = term.node.span
        if k not in factors:
            continue
        factor, body = factors[k], spelling.grouped(term.node)
        sign = "-" if (term.sign == "-") != (factor < 0) else "+" if k else ""
        join = " \\cdot " if body[:1].isdigit() else " "
        number = "" if abs(factor) == 1 else spelled(abs(factor)) + join
        start = min(term.sign_span.start, span.start) if term.sign_span else span.start
        pieces += [spelling.between(at, start), f"{sign}{' ' if k else ''}{number}{body}"]
        at = span.end
    return "".join(pieces) + spelling.source.cut(Span(at, sum_.span.end))
