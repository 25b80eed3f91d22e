"""Edits of the source at one spot: the words, with the value that the spot has afterwards.

What a table of forms can say is tried by value alone; the text is made only for what fits.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from derive.read.names import base_name
from derive.read.spots import Spot, argument
from derive.source import Source, Span
from derive.syntax import Addition, Group, Name, Node, Number, Product, Quotient, Script, Signed
from derive.values import dataclass

Values = tuple[float, ...]
# roles in which a whole expression may stand without brackets
OPEN = frozenset({"whole", "body", "numerator", "denominator", "cell", "exponent"})
SCALED = OPEN | {"term"}
LARGEST = 12  # numerator and denominator of the plain numbers that an edit puts in


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement in the source; `cost` says how far it is from what was written.

    `renames` is the symbol that it writes another way throughout, and that way.
    """

    span: Span
    replacement: str
    cost: float
    renames: tuple[str, str] | None = None


@dataclass(frozen=True)
class Spelling:
    """Writes edits of one source."""

    source: Source

    def cut(self, node: Node) -> str:
        """A node as written."""
        return self.source.cut(node.span)

    def grouped(self, node: Node) -> str:
        """A node as written, in brackets if it is a sum."""
        text = self.cut(node)
        return f"({text})" if isinstance(node, Addition) else text

    def between(self, start: int, end: int) -> str:
        """The text between two offsets."""
        return self.source.cut(Span(start, end))

    # ---- one spot, nothing put in ----------------------------------------------------------

    def negated(self, spot: Spot) -> Edit | None:
        node, text = spot.node, self.cut(spot.node)
        if spot.role == "term" and isinstance(spot.parent, Addition):
            return self.flipped(spot.parent, spot.place)
        if spot.role not in OPEN or isinstance(node, Number):
            return None
        if isinstance(node, Addition):
            if len(node.terms) == 1 and node.terms[0].sign == "-":
                inner = node.terms[0].node.span
                return Edit(Span(node.span.start, inner.start), "", 1.0)
            return self.exchanged(node) or Edit(node.span, f"-\\left({text}\\right)", 1.3)
        return Edit(Span(node.span.start, node.span.start), "-", 1.1)

    def flipped(self, sum_: Addition, k: int) -> Edit | None:
        """The sign before a term turned."""
        term = sum_.terms[k]
        if term.sign not in "+-":
            return None
        written = term.sign_span.start < term.sign_span.end
        if k == 0 and term.sign == "-":
            return Edit(Span(term.sign_span.start, term.node.span.start), "", 1.0)
        if not written:
            return Edit(term.node.span, "-" + self.cut(term.node), 1.0)
        return Edit(term.sign_span, "-" if term.sign == "+" else "+", 1.0)

    def exchanged(self, sum_: Addition) -> Edit | None:
        """`a - b` as `b - a`."""
        if len(sum_.terms) != 2 or [t.sign for t in sum_.terms] != ["+", "-"]:
            return None
        a, b = (t.node.span for t in sum_.terms)
        text = self.source.cut(b) + self.between(a.end, b.start) + self.source.cut(a)
        return Edit(a.to(b), text, 0.9)

    def dropped(self, spot: Spot) -> Edit | None:
        """A term or factor left out, with the sign that joined it."""
        parent, k = spot.parent, spot.place
        if isinstance(parent, Addition) and len(parent.terms) > 1:
            return self.without(parent, k)
        if not (isinstance(parent, Product) and len(parent.factors) > 1):
            return None
        if k > 0:
            before = parent.factors[k - 1].node.span.end
            return Edit(Span(before, spot.node.span.end), "", self.weight(spot))
        count = 2 if spot.role == "call" else 1
        if count >= len(parent.factors):
            return None
        after = parent.factors[count].node.span.start
        return Edit(Span(spot.node.span.start, after), "", self.weight(spot))

    def weight(self, spot: Spot) -> float:
        """How much leaving a factor out changes: a number is soon written by mistake."""
        text = self.cut(spot.node)
        plain = not any(c.isalpha() for c in text.replace("\\frac", ""))
        return 1.05 if plain else 1.5

    def without(self, sum_: Addition, k: int) -> Edit:
        terms = sum_.terms
        if k > 0:
            return Edit(Span(terms[k - 1].node.span.end, terms[k].node.span.end), "", 1.9)
        following = terms[1]
        negative = following.sign == "-"
        end = following.sign_span.start if negative else following.node.span.start
        return Edit(Span(sum_.span.start, end), "", 1.9)

    def squared(self, spot: Spot) -> Edit | None:
        node, text = spot.node, self.cut(spot.node)
        plain = isinstance(node, (Name, Number, Group)) or _unraised(node)
        if isinstance(node, Number) and len(text) > 1:
            plain = False
        return Edit(node.span, f"{text}^2" if plain else f"({text})^2", 1.7)

    def inverted(self, spot: Spot) -> Edit | None:
        node = spot.node
        if isinstance(node, Quotient):
            above, below = self.cut(node.numerator), self.cut(node.denominator)
            return Edit(node.span, f"\\frac{{{below}}}{{{above}}}", 1.5)
        return Edit(node.span, f"\\frac{{1}}{{{self.cut(node)}}}", 1.9)

    def complement(self, spot: Spot) -> Edit | None:
        inner = f"1 - {self.grouped(spot.node)}"
        if isinstance(spot.node, Group):
            return None
        cost = 1.5 if isinstance(spot.parent, Group) else 1.75
        return Edit(spot.node.span, inner if spot.role in OPEN else f"({inner})", cost)

    def one_more(self, spot: Spot) -> Edit | None:
        """`-x` as `1 - x`; anything else as `1 + …`."""
        text, span = self.cut(spot.node), spot.node.span
        if text.startswith("-"):
            return Edit(Span(span.start, span.start), "1 ", 1.5)
        return Edit(span, f"1 + {text}", 1.9)

    def applied(self, spot: Spot, function: str) -> Edit:
        text = self.cut(spot.node)
        bracketed = isinstance(spot.node, Group) and spot.node.open == "("
        return Edit(
            spot.node.span, f"{function}{text}" if bracketed else f"{function}({text})", 1.7
        )

    # ---- something put in --------------------------------------------------------------------

    def swapped(self, spot: Spot, text: str, cost: float) -> Edit:
        inside = spot.role in ("exponent", "numerator", "denominator")
        tight = inside and len(text) > 1
        braced = tight and self.between(spot.node.span.start - 1, spot.node.span.start) != "{"
        return Edit(spot.node.span, "{" + text + "}" if braced else text, cost)

    def times(self, spot: Spot, text: str, cost: float) -> Edit:
        body = self.grouped(spot.node)
        join = " \\cdot " if body[:1].isdigit() and text[-1:].isdigit() else " "
        if body.startswith("(") and isinstance(spot.node, Addition):
            join = "" if text[-1:].isdigit() else " "
        return Edit(spot.node.span, f"{text}{join}{body}", cost)

    def over(self, spot: Spot, text: str, cost: float) -> Edit:
        node = spot.node
        if isinstance(node, Quotient):
            above = self.cut(node.numerator)
            return Edit(
                node.span, f"\\frac{{{above}}}{{{text} {self.grouped(node.denominator)}}}", cost
            )
        if isinstance(node, Product) and spot.role == "whole":
            return Edit(node.span, f"\\frac{{1}}{{{text}}} {self.cut(node)}", cost)
        return Edit(node.span, f"\\frac{{{self.cut(node)}}}{{{text}}}", cost)

    def plus(self, spot: Spot, text: str, cost: float) -> Edit:
        return Edit(spot.node.span, f"{self.cut(spot.node)} + {text}", cost)

    def minus(self, spot: Spot, text: str, cost: float) -> Edit:
        return Edit(spot.node.span, f"{self.cut(spot.node)} - {text}", cost)


def _unraised(node: Node) -> bool:
    return isinstance(node, Script) and node.sup is None and node.primes == 0


# ---- forms ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Form:
    """A way to change a spot that puts nothing in: the value it has then, and how to write it."""

    value: Callable[[float], float]
    write: Callable[[Spelling, Spot], Edit | None]
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Filling:
    """A way to put another part in: the value of the spot then, from both; how to write it."""

    value: Callable[[float, float], float]
    write: Callable[[Spelling, Spot, str, float], Edit]
    roles: frozenset[str]
    cost: float
    alike: bool = False


FORMS = (
    Form(lambda s: -s, Spelling.negated, SCALED),
    Form(lambda s: 1.0, Spelling.dropped, frozenset({"factor", "call"})),
    Form(lambda s: 0.0, Spelling.dropped, frozenset({"term"})),
    Form(lambda s: s * s, Spelling.squared),
    Form(lambda s: 1 / s, Spelling.inverted),
    Form(lambda s: 1 - s, Spelling.complement),
    Form(lambda s: 1 + s, Spelling.one_more, OPEN),
)
FILLINGS = (
    Filling(lambda s, x: x, Spelling.swapped, frozenset(), 1.0, alike=True),
    Filling(lambda s, x: s * x, Spelling.times, SCALED, 2.0),
    Filling(lambda s, x: s / x, Spelling.over, SCALED, 2.0),
    Filling(lambda s, x: s + x, Spelling.plus, OPEN, 2.3),
    Filling(lambda s, x: s - x, Spelling.minus, OPEN, 2.3),
)


def inner_parts(spot: Spot) -> Iterator[tuple[Node, float]]:
    """The parts of a spot that may stand in its place, with the cost of it."""
    node = spot.node
    inside = argument(spot)
    if inside is not None:
        yield inside, 1.6
    if isinstance(node, Script) and node.sup is not None and base_name(node) is None:
        yield node.base, 1.5
    if isinstance(node, Quotient):
        yield node.numerator, 1.8
    if isinstance(node, Addition) and len(node.terms) == 2:
        yield node.terms[1].node, 1.9
    if isinstance(node, Group):
        for term in node.body.terms if isinstance(node.body, Addition) else ():
            yield term.node, 1.9


def trimmed(source: Source, edit: Edit) -> Edit:
    """The same edit as an insertion, where all that stood there stays as it was."""
    old, new = source.cut(edit.span), edit.replacement
    before = _alike(old, new)
    after = _alike(old[before:][::-1], new[before:][::-1])
    middle = new[before : len(new) - after]
    if not old or before + after < len(old) or not _closed(middle):
        return edit
    if _joined(new[:before], middle) or _joined(middle, new[len(new) - after :]):
        return edit
    at = edit.span.start + before
    return replace(edit, span=Span(at, at), replacement=middle)


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common at their starts."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((k for k, (a, b) in pairs if a != b), min(len(one), len(other)))


def _closed(text: str) -> bool:
    """Whether every bracket that opens in a text closes in it, and the other way round."""
    opened = 0
    for sign in text:
        opened += (sign in "{([") - (sign in "})]")
        if opened < 0:
            return False
    return opened == 0


def _joined(left: str, right: str) -> bool:
    """Whether two texts side by side make one word or one script."""
    word = left[-1:].isalnum() and right[:1].isalnum()
    return word or left[-1:] in ("_", "^", "\\") or right[:1] in ("_", "^", "'")


def plain_number(value: float) -> Fraction | None:
    """The small rational that a value is, if it is one."""
    if not abs(value) < 1e6:
        return None
    found = Fraction(value).limit_denominator(LARGEST)
    near = abs(float(found) - value) <= 1e-9 * max(1.0, abs(value))
    return found if near and found != 0 else None


def spelled(number: Fraction) -> str:
    """A rational in LaTeX."""
    sign, size = ("-" if number < 0 else ""), abs(number)
    if size.denominator == 1:
        return f"{sign}{size.numerator}"
    return f"{sign}\\frac{{{size.numerator}}}{{{size.denominator}}}"


__all__ = ["FILLINGS", "FORMS", "Edit", "Filling", "Form", "Signed", "Spelling"]
