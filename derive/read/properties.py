"""Properties of matrices that words give: `symmetric`, `orthogonal`, `a unit vector`.

Each is an equation that the rest of the section takes for granted.
"""

import re
from collections.abc import Callable, Iterator

from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    Eye,
    Mat,
    MatMul,
    Scale,
    Term,
    Trace,
    Transpose,
    is_matrix,
)

Equation = tuple[Term, Term]

_WORDS = (
    r"(?:(?P<skew>skew-?\s?symmetric|anti-?symmetric)|(?P<symmetric>symmetric|self-adjoint|"
    r"positive[- ](?:semi-?)?definite|(?<!cross-)covariance|Gram(?= matri))|"
    r"(?P<orthogonal>orthogonal|orthonormal)|(?P<idempotent>idempotent)|"
    r"(?P<unit>unit(?= vector)))\b"
)
_NOUN = (
    r"(?:\s+(?:real|square|positive|(?:semi-?)?definite|invertible|matri(?:x|ces)|vectors?|and))*"
)
_SAID = r"(?:be|is|are) (?:(?:both|all|assumed|to be|given|an?|the|real|square|invertible) )*"
# what makes the word speak of a part of the matrix, or of a case
_PARTLY = r"(?![- ](?:columns?|rows?|parts?|basis|about|in|to|with|up|except|only|if|when|iff)\b)"
_AFTER = re.compile(
    rf"(?:,? ?(?:which |that )?{_SAID}{_WORDS.replace('?P<', '?P<said_')}{_PARTLY}|"
    rf",? ?{_WORDS}(?=$|[.,;:)]| (?:positive|and|matri)))",
    re.I,
)
_BEFORE = re.compile(rf"\b(?<!not )(?<!non-){_WORDS}{_NOUN}\s*$", re.I)


def _symmetric(whole: Term) -> Iterator[Equation]:
    yield Transpose(whole), whole


def _skew(whole: Term) -> Iterator[Equation]:
    yield Transpose(whole), Scale(MINUS_ONE, whole)


def _orthogonal(whole: Term) -> Iterator[Equation]:
    yield MatMul((Transpose(whole), whole)), Eye(None)
    if isinstance(whole, Mat) and whole.rows is whole.cols:
        yield MatMul((whole, Transpose(whole))), Eye(None)


def _idempotent(whole: Term) -> Iterator[Equation]:
    yield MatMul((whole, whole)), whole


def _unit(whole: Term) -> Iterator[Equation]:
    yield Trace(MatMul((Transpose(whole), whole))), ONE


_MEANING: dict[str, Callable[[Term], Iterator[Equation]]] = {
    "symmetric": _symmetric,
    "skew": _skew,
    "orthogonal": _orthogonal,
    "idempotent": _idempotent,
    "unit": _unit,
}


def said_after(words: str) -> str | None:
    """The property that the words right after a name give it: `be a symmetric matrix`."""
    found = _AFTER.match(" ".join(words[:80].split()))
    return found.lastgroup.removeprefix("said_") if found and found.lastgroup else None


def said_before(words: str) -> str | None:
    """The property that the words right before a name give it: `a unit vector`."""
    found = _BEFORE.search(" ".join(words[-80:].split()))
    return found.lastgroup if found else None


def equations(kind: str, whole: Term, vector: bool) -> Iterator[Equation]:
    """What the property says of a matrix or vector; nothing where it is not meant for such."""
    if is_matrix(whole) and vector == (kind == "unit"):
        yield from _MEANING[kind](whole)


def between(kind: str, one: Term, other: Term) -> Iterator[Equation]:
    """What the property says of two vectors together: that their inner product is 0."""
    if kind == "orthogonal":
        yield Trace(MatMul((Transpose(one), other))), ZERO
