"""Edits that change how a side is built: brackets, bounds, sums, transposes, names throughout.

What they make of the value no table says; each has to be read to be tried.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from derive.read.edits import Edit, Spelling
from derive.read.names import base_name
from derive.read.survey import is_derivative
from derive.read.walk import walk
from derive.source import Span
from derive.syntax import (
    Addition,
    BigOp,
    Group,
    Matrix,
    Name,
    Node,
    Number,
    Product,
    Quotient,
    Related,
    Script,
)
from derive.values import dataclass

DIAGONAL = ("\\text{diag}", "\\operatorname{diag}", "\\mathrm{diag}")
OPERATORS = ("odot", "times", "cdot")


@dataclass(frozen=True)
class Shapes:
    """Edits of one side; `pool` are the document's symbols by their text, `sums` its Σ signs."""

    spelling: Spelling
    pool: Mapping[str, Node]
    sums: Mapping[str, frozenset[str]]
    functions: tuple[str, ...]

    def of(self, side: Node) -> Iterator[Edit]:
        """Every edit of a side, in no order."""
        for node in walk(side):
            for kind, edits in _KINDS:
                if isinstance(node, kind):
                    yield from edits(self, node)
        yield from self.renamed(side)
        yield from self.counted(side)
        yield from self.summed(side)
        yield from self.scaled(side)

    def scaled(self, side: Node) -> Iterator[Edit]:
        """The whole side with another sign or number before it: for sides that are matrices."""
        text, span = self.spelling.cut(side), side.span
        if isinstance(side, Addition) and len(side.terms) == 1:
            yield Edit(Span(span.start, side.terms[0].node.span.start), "", 1.0)
            return
        if isinstance(side, Product) and not any(c.isalpha() for c in self.plain(side)):
            yield Edit(Span(span.start, side.factors[1].node.span.start), "", 1.05)
        body = f"\\left({text}\\right)" if isinstance(side, Addition) else text
        yield Edit(span, f"-{body}", 1.4)
        for factor in ("2", "\\frac{1}{2}", "n", "\\frac{1}{n}"):
            yield Edit(span, f"{factor} {body}", 1.7)

    def plain(self, side: Product) -> str:
        """The first factor, without the command of a fraction."""
        return self.spelling.cut(side.factors[0].node).replace("\\frac", "")

    def wrapped(self, node: Group) -> Iterator[Edit]:
        """A function before a bracket."""
        if node.open == "(":
            start = Span(node.span.start, node.span.start)
            yield from (Edit(start, function, 1.6) for function in self.functions)
            if _holds_bold(node.body):
                yield Edit(start, "\\text{diag}", 1.6)
                body = self.spelling.cut(node.body)
                inner = f"({body})" if isinstance(node.body, Addition) else body
                yield Edit(node.body.span, f"1 - {inner}", 1.6)

    # ---- names -----------------------------------------------------------------------------

    def renamed(self, side: Node) -> Iterator[Edit]:
        """Every occurrence of one symbol replaced by another."""
        places: dict[str, list[Node]] = {}
        for node in walk(side):
            if isinstance(node, (Name, Script)) and base_name(node) is not None:
                places.setdefault(self.spelling.cut(node), []).append(node)
        for own, nodes in places.items():
            if len(nodes) < 2 or own not in self.pool:
                continue
            for text, other in self.pool.items():
                if text != own and arity(nodes[0]) == arity(other):
                    cost = distance(nodes[0], other) + 0.1
                    yield self.everywhere(nodes, text, cost)

    def everywhere(self, nodes: list[Node], text: str, cost: float) -> Edit:
        span = nodes[0].span.to(nodes[-1].span)
        pieces, at = [], span.start
        for node in sorted(nodes, key=lambda n: n.span):
            pieces += [self.spelling.between(at, node.span.start), text]
            at = node.span.end
        return Edit(span, "".join(pieces), cost, (self.spelling.cut(nodes[0]), text))

    def scripts(self, node: Script) -> Iterator[Edit]:
        """A prime or power dropped, a subscript changed."""
        text = self.spelling.cut(node)
        if node.primes:
            yield Edit(node.span, text.replace("'", "", 1), 1.2)
        if node.sup is not None and node.sup.span.end > node.span.start:
            before = self.spelling.between(node.span.start, node.base.span.end)
            sub = "" if node.sub is None else "_{" + self.spelling.cut(node.sub) + "}"
            if node.sub is not None and node.sub.span.start < node.sup.span.start:
                before, sub = self.spelling.between(node.span.start, node.sub.span.end), ""
            yield Edit(node.span, _balanced(before) + sub, 1.35)

    def named(self, node: Name | Script) -> Iterator[Edit]:
        """A bold name turned over, exchanged for another; a function exchanged or primed."""
        name, text = base_name(node), self.spelling.cut(node)
        if name is None:
            return
        if text in self.functions:
            for other in self.functions:
                if isinstance(node, Name) and other != text:
                    yield Edit(node.span, other, 1.3)
            if isinstance(node, Name):
                yield Edit(node.span, text + "'", 1.3)
        elif name.style == "bf":
            if not isinstance(node, Script) or node.sup is None:
                yield Edit(node.span, f"{text}^T", 1.5)
                yield Edit(node.span, f"\\text{{diag}}({text})", 1.9)
            for other, new in self.pool.items():
                if other != text and arity(new)[0]:
                    yield Edit(node.span, other, distance(node, new))
                    yield Edit(Span(node.span.end, node.span.end), f" {other}", 2.2)
                    yield Edit(Span(node.span.start, node.span.start), f"{other} ", 2.2)
                    yield Edit(node.span, f"{text}^T {other}", 2.3)
                    yield Edit(node.span, f"{other}^T {text}", 2.3)

    # ---- sums ------------------------------------------------------------------------------

    def bounds(self, node: BigOp) -> Iterator[Edit]:
        """Other bounds; the sign left out."""
        if isinstance(node.lower, Related) and len(node.lower.chain.members) == 2:
            start = node.lower.chain.members[1]
            for value in ("0", "1", "2"):
                if start is not None and self.spelling.cut(start) != value:
                    yield Edit(start.span, value, 1.5)
        if node.upper is not None:
            text = self.spelling.cut(node.upper)
            for value in self.ends(node.upper, text):
                braced = self.spelling.between(node.upper.span.start - 1, node.upper.span.start)
                tight = len(value) > 1 and braced != "{"
                yield Edit(node.upper.span, "{" + value + "}" if tight else value, 1.5)
        yield Edit(node.span, "", 1.9)

    def ends(self, upper: Node, text: str) -> Iterator[str]:
        if isinstance(upper, Addition):
            yield from (self.spelling.cut(t.node) for t in upper.terms if isinstance(t.node, Name))
        else:
            yield from (f"{text}-1", f"{text}+1")
            others = (re.search(r"\^\{?([^{}^]+)\}?\s*$", sign) for sign in self.sums)
            yield from dict.fromkeys(m[1] for m in others if m and m[1] != text)

    def counted(self, side: Node) -> Iterator[Edit]:
        """A Σ over another index that stands in the side."""
        letters = sorted(subscripts(side))
        for node in walk(side):
            lower = node.lower if isinstance(node, BigOp) else None
            index = lower.chain.members[0] if isinstance(lower, Related) else lower
            if isinstance(index, Name):
                yield from (Edit(index.span, i, 1.2) for i in letters if i != index.base)

    def summed(self, side: Node) -> Iterator[Edit]:
        """A Σ put before a factor of the side."""
        parts = [f.node for f in side.factors] if isinstance(side, Product) else [side]
        if any(isinstance(p, BigOp) for p in parts):
            return
        for sign, letters in self.sums.items():
            cost = 1.5
            for part in parts:
                if letters & subscripts(part):
                    yield Edit(Span(part.span.start, part.span.start), sign + " ", cost)
                    cost = 1.9

    # ---- brackets --------------------------------------------------------------------------

    def bracketed(self, node: Addition) -> Iterator[Edit]:
        """Brackets from the last factor of a term, or to the first of one: `(a + b) c`."""
        cut = self.spelling.between
        for k, term in enumerate(node.terms):
            factors = _factors(term.node)
            for following in node.terms[k + 1 :] if len(factors) > 1 else ():
                first, end = factors[-1].span.start, following.node.span.end
                yield Edit(Span(first, end), f"({cut(first, end)})", 1.4)
            for before in node.terms[:k] if len(factors) > 1 else ():
                first, end = before.node.span.start, factors[0].span.end
                yield Edit(Span(first, end), f"({cut(first, end)})", 1.4)

    def numbered(self, node: Addition) -> Iterator[Edit]:
        """The other sign before a term, or a number: for sums of matrices."""
        for k, term in enumerate(node.terms if len(node.terms) > 1 else ()):
            flipped = self.spelling.flipped(node, k)
            if flipped is not None:
                yield replace(flipped, cost=1.6)
            start = Span(term.node.span.start, term.node.span.start)
            yield from (Edit(start, f"{factor} ", 1.7) for factor in ("2", "\\frac{1}{2}"))

    def completed(self, node: Addition) -> Iterator[Edit]:
        """A 1 before a lone `- A`."""
        first = node.terms[0]
        if first.sign == "-" and _holds_bold(first.node):
            yield Edit(Span(node.span.start, node.span.start), "1 ", 1.5)

    def closed(self, node: Group) -> Iterator[Edit]:
        """A bracket closed earlier, or left out."""
        cut, span = self.spelling.between, node.span
        if node.open not in "([" or len(cut(span.start, node.body.span.start).strip()) != 1:
            return
        for end in _ends(node.body):
            rest = cut(end, node.body.span.end)
            yield Edit(Span(end, span.end), cut(span.end - 1, span.end) + rest, 1.6)
        if isinstance(node.body, Addition):
            yield Edit(span, cut(node.body.span.start, node.body.span.end), 1.8)

    # ---- matrices, derivatives, quotients -----------------------------------------------------

    def alike(self, node: Matrix) -> Iterator[Edit]:
        """A cell written as the row above or below has it, with its own number."""
        for i, row in enumerate(node.rows):
            for j, cell in enumerate(row):
                for k in (i - 1, i + 1):
                    if 0 <= k < len(node.rows) and j < len(node.rows[k]):
                        other = self.spelling.cut(node.rows[k][j])
                        text = re.sub(rf"(?<![0-9]){k + 1}", str(i + 1), other)
                        if text != self.spelling.cut(cell):
                            yield Edit(cell.span, text, 1.3)

    def lengthened(self, node: Matrix) -> Iterator[Edit]:
        """A row more in a column, numbered on from the one before or after."""
        for (cell,) in node.rows if all(len(row) == 1 for row in node.rows) else ():
            text, span = self.spelling.cut(cell), cell.span
            yield Edit(Span(span.end, span.end), f" \\\\ {_counted(text, 1)}", 1.5)
            yield Edit(Span(span.start, span.start), f"{_counted(text, -1)} \\\\ ", 1.5)

    def cells(self, node: Matrix) -> Iterator[Edit]:
        """Two neighbouring cells exchanged."""
        for i, row in enumerate(node.rows):
            for j, cell in enumerate(row):
                for other in _beside(node, i, j):
                    a, b = sorted((cell.span, other.span))
                    cut = self.spelling.source.cut
                    text = cut(b) + self.spelling.between(a.end, b.start) + cut(a)
                    if cut(a) != cut(b):
                        yield Edit(a.to(b), text, 1.4)

    def joined(self, node: Product) -> Iterator[Edit]:
        """Another product sign; two neighbouring matrices exchanged."""
        for left, right in zip(node.factors, node.factors[1:], strict=False):
            gap = Span(left.node.span.end, right.node.span.start)
            if right.op in OPERATORS:
                other = "\\odot" if right.op != "odot" else "\\times"
                yield Edit(gap, f" {other} ", 1.3)
            elif right.op == "" and all(map(_holds_bold, (left.node, right.node))):
                yield Edit(gap, " \\odot ", 1.5)
            if _bold(left.node) and _bold(right.node):
                cut = self.spelling.cut
                text = cut(right.node) + self.spelling.source.cut(gap) + cut(left.node)
                yield Edit(left.node.span.to(right.node.span), text, 1.3)
            text = self.spelling.cut(left.node)
            if right.op == "" and self.takes(left.node) and not isinstance(right.node, Group):
                yield Edit(right.node.span, f"({self.spelling.cut(right.node)})", 1.2)
            if text in DIAGONAL:
                yield Edit(left.node.span, "", 1.8)

    def takes(self, node: Node) -> bool:
        """Whether a name wants its argument in brackets."""
        return self.spelling.cut(node) in (*self.functions, *DIAGONAL)

    def transposed(self, node: Group) -> Iterator[Edit]:
        """A bracketed matrix turned over, or with another after it."""
        end = Span(node.span.end, node.span.end)
        if _holds_bold(node.body):
            yield Edit(end, "^T", 1.3)
            yield from (Edit(end, f" {t}", 2.2) for t, new in self.pool.items() if arity(new)[0])

    def derived(self, node: Quotient) -> Iterator[Edit]:
        """A derivative by another variable, or of something else."""
        if not is_derivative(node):
            return
        above, below = self.spelling.cut(node.numerator), self.spelling.cut(node.denominator)
        yield Edit(node.span, f"\\frac{{{below}}}{{{above}}}", 1.3)
        for part in (node.numerator, node.denominator):
            inner = part.factors[-1].node if isinstance(part, Product) else None
            if isinstance(inner, (Name, Script)) and base_name(inner) is not None:
                for text, other in self.pool.items():
                    if text != self.spelling.cut(inner) and arity(other) == arity(inner):
                        yield Edit(inner.span, text, distance(inner, other) + 0.1)


Maker = Callable[[Shapes, Any], Iterator[Edit]]
_KINDS: tuple[tuple[type | tuple[type, ...], Maker], ...] = (
    (Script, Shapes.scripts),
    ((Name, Script), Shapes.named),
    (BigOp, Shapes.bounds),
    (Addition, Shapes.bracketed),
    (Addition, Shapes.completed),
    (Addition, Shapes.numbered),
    (Group, Shapes.closed),
    (Group, Shapes.wrapped),
    (Group, Shapes.transposed),
    (Matrix, Shapes.cells),
    (Matrix, Shapes.alike),
    (Matrix, Shapes.lengthened),
    (Product, Shapes.joined),
    (Quotient, Shapes.derived),
)


def _counted(text: str, step: int) -> str:
    """A text with its numbers changed by so much."""
    return re.sub("[0-9]+", lambda m: str(int(m[0]) + step), text)


def _factors(node: Node) -> tuple[Node, ...]:
    return tuple(f.node for f in node.factors) if isinstance(node, Product) else (node,)


def _ends(body: Node) -> Iterator[int]:
    """Where a bracket around this body might close earlier."""
    if isinstance(body, Addition):
        yield from (t.node.span.end for t in body.terms[:-1])
        body = body.terms[-1].node
    if isinstance(body, Product):
        yield from (f.node.span.end for f in body.factors[:-1])


def _beside(node: Matrix, i: int, j: int) -> Iterator[Node]:
    if j + 1 < len(node.rows[i]):
        yield node.rows[i][j + 1]
    if i + 1 < len(node.rows) and j < len(node.rows[i + 1]):
        yield node.rows[i + 1][j]


def _balanced(text: str) -> str:
    """A text with the braces closed that were opened in it."""
    return text + "}" * (text.count("{") - text.count("}"))


def subscripts(node: Node) -> frozenset[str]:
    """The letters in the subscripts of a node."""
    subs = (n.sub for n in walk(node) if isinstance(n, Script) and n.sub is not None)
    return frozenset(n.base for s in subs for n in walk(s) if isinstance(n, Name))


def _holds_bold(node: Node) -> bool:
    return any(isinstance(n, Name) and n.style == "bf" for n in walk(node))


def _bold(node: Node) -> bool:
    name = base_name(node)
    return name is not None and name.style == "bf"


def arity(node: Node) -> tuple[bool, int]:
    """Whether a name is bold, and how many letters stand in its subscript."""
    name = base_name(node)
    if name is not None and name.style == "bf":
        return True, 0
    sub = node.sub if isinstance(node, Script) else None
    return False, 0 if sub is None else sum(isinstance(n, (Name, Number)) for n in walk(sub))


def distance(node: Node, other: Node) -> float:
    """How unlike two symbols are: one base, one subscript, one label make them alike."""
    a, b = base_name(node), base_name(other)
    if a is None or b is None:
        return 2.0
    same = (a.base, a.style, a.accents) == (b.base, b.style, b.accents)
    cost = 1.0 if same else 1.5
    parts = [(n.sub, n.sup) if isinstance(n, Script) else (None, None) for n in (node, other)]
    (sub, sup), (sub_, sup_) = [tuple(map(_spelt, p)) for p in parts]
    return cost + (0.3 if sub != sub_ else 0.0) + (0.2 if sup != sup_ else 0.0)


def _spelt(node: Node | None) -> str:
    if node is None:
        return ""
    return " ".join(
        n.base if isinstance(n, Name) else n.text
        for n in walk(node)
        if isinstance(n, (Name, Number))
    )
