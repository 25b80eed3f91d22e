"""Variants of a relation: what it would say after one small edit of the source.

Edits are made on the syntax, where every node knows its place, and elaborated with the
document's own symbols; whether a variant is true is not decided here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from derive.kernel.matrix import ShapeError
from derive.notation import FUNCTIONS
from derive.read.names import base_name, letters
from derive.read.problem import Unread
from derive.read.relations import Builder
from derive.read.walk import walk
from derive.source import Span
from derive.syntax import (
    Addition,
    BigOp,
    Factor,
    Group,
    Name,
    Node,
    Number,
    Product,
    Quotient,
    Related,
    Script,
    Signed,
)
from derive.term import Term

Rebuild = Callable[[Node], Node]


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement in the source; `cost` says how far it is from what was written."""

    span: Span
    replacement: str
    cost: float


@dataclass(frozen=True, slots=True)
class Variant:
    """A relation's sides after an edit."""

    edit: Edit
    left: Term
    right: Term


class Variants:
    """Makes the variants of a document's relations."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.pool = _symbols(builder)

    def of(self, relation: str) -> Iterator[Variant]:
        """The variants of one relation, smaller edits first; right side before left."""
        found = self.builder.written.get(relation)
        if found is None:
            return
        left, right, first = found
        edits = [(e, n, True) for e, n in self.edits(right)]
        if left is not None and first:
            edits += [(replace(e, cost=e.cost + 0.5), n, False) for e, n in self.edits(left)]
        fixed = {True: self.term(left), False: self.term(right)}
        for edit, node, on_right in sorted(edits, key=lambda row: row[0].cost):
            other, term = fixed[on_right], self.term(node)
            if term is not None:
                if on_right:
                    yield Variant(edit, other or term, term)
                elif other is not None:
                    yield Variant(edit, term, other)

    def rewritten(self, relation: str) -> Iterator[Variant]:
        """A definition with other right sides: first small edits, then short formulas made
        of the document's symbols."""
        found = self.builder.written.get(relation)
        if found is None or found[0] is None:
            return
        left, right, _ = found
        yield from self.of(relation)
        if left is None:
            return
        name = self.term(left)
        for text, node in self.formulas(left, right):
            term = self.term(node)
            if term is not None and name is not None:
                yield Variant(Edit(right.span, text, 4.0), name, term)

    def formulas(self, left: Node, right: Node) -> Iterator[tuple[str, Node]]:
        """Differences, products and single symbols with the left side's indices, scaled."""
        index = _index_text(left)
        own = self.text(left)
        atoms = [(t, n) for t, n in self.pool.items() if t != own and _index_text(n) == index]
        sizes = [(t, n) for t, n in self.pool.items() if isinstance(n, Name) and n.style == ""]
        span = right.span
        cores: list[tuple[str, Node]] = []
        for a, x in atoms:
            for b, y in atoms:
                if a != b:
                    minus = Addition((Signed("+", x, span), Signed("-", y, span)), span)
                    cores.append((f"{a} - {b}", minus))
        cores += atoms
        for text, node in cores:
            loose = isinstance(node, Addition)
            grouped = f"({text})" if loose else text
            body: Node = Group("(", ")", node, span) if loose else node
            yield text, node
            for size, other in sizes:
                yield f"{grouped}/{size}", Product((Factor("", body), Factor("/", other)), span)
            yield f"-{grouped}", Addition((Signed("-", body, span),), span)
            for factor in ("2", "\\frac{1}{2}"):
                scale = _number("2", span) if factor == "2" else _half(span)
                yield f"{factor} {grouped}", Product((Factor("", scale), Factor("", body)), span)

    def term(self, node: Node | None) -> Term | None:
        """The meaning of an edited side; None where it has none."""
        if node is None:
            return None
        elaborator = self.builder.elaborator
        count = len(elaborator.notes)
        try:
            return self.builder.symbols.sized(elaborator.term(node))
        except (Unread, ShapeError):
            return None
        finally:
            del elaborator.notes[count:]

    # ---- edits -------------------------------------------------------------------------

    def edits(self, node: Node) -> Iterator[tuple[Edit, Node]]:
        """Every single edit of a node, with the node after it."""
        yield from self.renames(node)
        yield from self.inside(node, lambda n: n)
        yield from self.scaled(node)

    def inside(self, node: Node, put: Rebuild) -> Iterator[tuple[Edit, Node]]:
        """Edits at this node or below it; `put` places the edited node in the whole."""
        for edit, new in self.here(node):
            yield edit, put(new)
        if isinstance(node, Name) or (isinstance(node, Script) and base_name(node) is not None):
            return
        for child, rebuild in _positions(node):
            yield from self.inside(child, lambda n, r=rebuild: put(r(n)))  # type: ignore[misc]

    def here(self, node: Node) -> Iterator[tuple[Edit, Node]]:
        match node:
            case Name() | Script() if base_name(node) is not None:
                yield from self.swaps(node)
                if isinstance(node, Script):
                    yield from self.scripts(node)
            case Script():
                yield from self.scripts(node)
            case Number():
                yield from _numbers(node)
            case Addition():
                yield from self.signs(node)
            case Product():
                yield from self.factors(node)
            case Quotient(numerator, denominator, span):
                text = f"\\frac{{{self.text(denominator)}}}{{{self.text(numerator)}}}"
                yield Edit(span, text, 2.5), Quotient(denominator, numerator, span)
            case BigOp():
                yield from self.bounds(node)

    def text(self, node: Node) -> str:
        """A node as written."""
        return self.builder.source.cut(node.span)

    def swaps(self, node: Node) -> Iterator[tuple[Edit, Node]]:
        """Another symbol of the document in this one's place."""
        own = self.text(node)
        for text, other in self.pool.items():
            if text != own and _arity(node) == _arity(other):
                yield Edit(node.span, text, _distance(node, other)), other

    def renames(self, whole: Node) -> Iterator[tuple[Edit, Node]]:
        """Every occurrence of one symbol replaced by another."""
        places: dict[str, list[Node]] = {}
        for node in walk(whole):
            if isinstance(node, (Name, Script)) and base_name(node) is not None:
                places.setdefault(self.text(node), []).append(node)
        for own, nodes in places.items():
            if len(nodes) < 2:
                continue
            span = nodes[0].span.to(nodes[-1].span)
            for text, other in self.pool.items():
                if text != own and _arity(nodes[0]) == _arity(other):
                    new = _replaced(whole, {id(n): other for n in nodes})
                    cost = _distance(nodes[0], other) + 0.4
                    yield Edit(span, self.spliced(span, nodes, text), cost), new

    def spliced(self, span: Span, nodes: list[Node], text: str) -> str:
        """The text under a span with several nodes replaced."""
        pieces, at = [], span.start
        for node in sorted(nodes, key=lambda n: n.span):
            pieces += [self.builder.source.cut(Span(at, node.span.start)), text]
            at = node.span.end
        return "".join(pieces)

    def scripts(self, node: Script) -> Iterator[tuple[Edit, Node]]:
        text = self.text(node)
        bare = replace(node, sup=None, primes=0)
        if node.primes:
            yield Edit(node.span, text.replace("'", "", 1), 1.2), replace(node, primes=0)
        if node.sup is not None:
            cut = self.builder.source.cut(Span(node.span.start, node.base.span.end))
            sub = "" if node.sub is None else "_" + _braces(self.text(node.sub))
            yield Edit(node.span, cut + sub, 1.4), replace(bare, sup=None)
        else:
            for power in ("T", "2", "-1"):
                yield (
                    Edit(node.span, f"{text}^{_braces(power)}", 1.8),
                    replace(node, sup=_power(power, node.span)),
                )

    def signs(self, node: Addition) -> Iterator[tuple[Edit, Node]]:
        """A sign flipped, a term dropped, the operands of a difference swapped."""
        source = self.builder.source
        for k, term in enumerate(node.terms):
            if term.sign in "+-":
                flipped = "-" if term.sign == "+" else "+"
                terms = (*node.terms[:k], replace(term, sign=flipped), *node.terms[k + 1 :])
                implicit = term.sign_span.start == term.sign_span.end or k == 0
                start = term.node.span.start if implicit and term.sign == "+" else None
                if start is not None:
                    yield (
                        Edit(term.node.span, "-" + self.text(term.node), 1.0),
                        replace(node, terms=terms),
                    )
                else:
                    text = "" if k == 0 else flipped
                    yield Edit(term.sign_span, text, 1.0), replace(node, terms=terms)
            if len(node.terms) > 1:
                rest = (*node.terms[:k], *node.terms[k + 1 :])
                yield self.dropped(node, k), replace(node, terms=rest)
        if len(node.terms) == 2 and node.terms[1].sign == "-" and node.terms[0].sign == "+":
            a, b = node.terms[0].node, node.terms[1].node
            between = source.cut(Span(a.span.end, b.span.start))
            text = self.text(b) + between + self.text(a)
            span = a.span.to(b.span)
            terms = (
                Signed("+", b, node.terms[0].sign_span),
                Signed("-", a, node.terms[1].sign_span),
            )
            yield Edit(span, text, 0.9), replace(node, terms=terms)

    def dropped(self, node: Addition, k: int) -> Edit:
        kept = [t for j, t in enumerate(node.terms) if j != k]
        words = [
            (t.sign if j or t.sign == "-" else "") + self.text(t.node) for j, t in enumerate(kept)
        ]
        return Edit(node.span, " ".join(words), 2.0)

    def factors(self, node: Product) -> Iterator[tuple[Edit, Node]]:
        """A factor dropped."""
        for k, factor in enumerate(node.factors):
            applies = _is_operator(factor.node)
            if (
                applies
                or factor.op == "/"
                or (k + 1 < len(node.factors) and node.factors[k + 1].op == "/")
            ):
                continue
            rest = (*node.factors[:k], *node.factors[k + 1 :])
            rest = (replace(rest[0], op=""), *rest[1:])
            words = " ".join(_signed(f.op) + self.text(f.node) for f in rest)
            new: Node = replace(node, factors=rest) if len(rest) > 1 else rest[0].node
            yield Edit(node.span, words, 2.0), new

    def scaled(self, node: Node) -> Iterator[tuple[Edit, Node]]:
        """The whole side times a small number, or times or over a symbol of the document."""
        text = self.text(node)
        loose = isinstance(node, Addition)
        inner = f"\\left({text}\\right)" if loose else text
        body: Node = Group("(", ")", node, node.span) if loose else node
        factors = [Factor("", body)] if not isinstance(body, Product) else list(body.factors)
        for before, scale in _scales(node.span):
            new = Product((Factor("", scale), *factors), node.span)
            yield Edit(node.span, f"{before} {inner}", 1.6), new
        for name, other in self.pool.items():
            new = Product((Factor("", other), *factors), node.span)
            yield Edit(node.span, f"{name} {inner}", 2.2), new
            over = Quotient(node, other, node.span)
            yield Edit(node.span, f"\\frac{{{text}}}{{{name}}}", 2.3), over

    def bounds(self, node: BigOp) -> Iterator[tuple[Edit, Node]]:
        match node.lower:
            case Related(chain, _) if len(chain.members) == 2:
                start = chain.members[1]
                for value in ("0", "1", "2"):
                    if start is not None and self.text(start) != value:
                        new = replace(chain, members=(chain.members[0], _number(value, start.span)))
                        lower = replace(node.lower, chain=new)
                        yield Edit(start.span, value, 1.7), replace(node, lower=lower)
        if node.upper is not None:
            text = self.text(node.upper)
            for value, upper in _shifted(node.upper, text):
                yield Edit(node.upper.span, value, 1.7), replace(node, upper=upper)


# ---- syntax made by hand ------------------------------------------------------------------


def _number(text: str, span: Span) -> Number:
    return Number(Fraction(text), text, span)


def _half(span: Span) -> Node:
    return Quotient(_number("1", span), _number("2", span), span)


def _power(text: str, span: Span) -> Node:
    if text == "-1":
        return Addition((Signed("-", _number("1", span), span),), span)
    return Name(text, span) if text.isalpha() else _number(text, span)


def _numbers(node: Number) -> Iterator[tuple[Edit, Node]]:
    if node.value.denominator == 1:
        for value in (node.value - 1, node.value + 1, node.value * 2):
            if value >= 0 and value != node.value:
                yield Edit(node.span, str(value), 1.3), Number(value, str(value), node.span)


def _scales(span: Span) -> Iterator[tuple[str, Node]]:
    yield "-", _power("-1", span)
    yield "2", _number("2", span)
    yield "\\frac{1}{2}", _half(span)


def _shifted(node: Node, text: str) -> Iterator[tuple[str, Node]]:
    for sign in "+-":
        one = Signed(sign, _number("1", node.span), node.span)
        yield f"{text}{sign}1", Addition((Signed("+", node, node.span), one), node.span)
    if isinstance(node, Addition):
        for term in node.terms:
            if isinstance(term.node, Name):
                yield term.node.base, term.node


def _braces(text: str) -> str:
    return text if len(text) == 1 else "{" + text + "}"


def _signed(op: str) -> str:
    return "" if op == "" else op if op == "/" else f"\\{op} "


def _is_operator(node: Node) -> bool:
    name = base_name(node)
    return isinstance(node, BigOp) or (name is not None and name.base in FUNCTIONS)


# ---- places in a node -----------------------------------------------------------------------


def _positions(node: Node) -> Iterator[tuple[Node, Rebuild]]:
    """Each child with the function that puts another in its place."""
    for name in _FIELDS.get(type(node).__name__, ()):
        value = getattr(node, name)
        if isinstance(value, tuple):
            for k, item in enumerate(value):
                yield from _item(node, name, value, k, item)
        elif value is not None:
            yield value, _setter(node, name)


_FIELDS = {
    "Script": ("base", "sup"),
    "Group": ("body",),
    "Quotient": ("numerator", "denominator"),
    "Root": ("body",),
    "Matrix": ("rows",),
    "Product": ("factors",),
    "Addition": ("terms",),
    "Postfix": ("body",),
}


def _setter(node: Any, name: str) -> Rebuild:
    return lambda new: replace(node, **{name: new})


def _item(
    node: Any, name: str, value: tuple[Any, ...], k: int, item: Any
) -> Iterator[tuple[Node, Rebuild]]:
    def put(new: Any) -> Node:
        changed: Node = replace(node, **{name: (*value[:k], new, *value[k + 1 :])})
        return changed

    if isinstance(item, (Factor, Signed)):
        yield item.node, lambda n: put(replace(item, node=n))
    elif isinstance(item, tuple):
        for j, cell in enumerate(item):
            yield cell, lambda n, j=j: put((*item[:j], n, *item[j + 1 :]))  # type: ignore[misc]
    else:
        yield item, put


def _replaced(node: Node, new: dict[int, Node]) -> Node:
    """The node with some of its parts, told by identity, replaced."""
    if id(node) in new:
        return new[id(node)]
    place = 0
    while place < len(rows := list(_positions(node))):
        child, rebuild = rows[place]
        changed = _replaced(child, new)
        if changed is not child:
            node = rebuild(changed)
        place += 1
    return node


# ---- the symbols of a document ------------------------------------------------------------------


def _symbols(builder: Builder) -> dict[str, Node]:
    """Each symbol of the document's relations, by its text."""
    found: dict[str, Node] = {}
    for left, right, _ in builder.written.values():
        for side in (left, right):
            for node in walk(side) if side is not None else ():
                if isinstance(node, (Name, Script)) and (name := base_name(node)) is not None:
                    plain = name.base not in FUNCTIONS and name.base not in {
                        "partial",
                        "d",
                        "nabla",
                    }
                    inner = isinstance(node, Script) and node.primes == 0 and _is_label(node)
                    if plain and (isinstance(node, Name) or inner):
                        found.setdefault(builder.source.cut(node.span), node)
    return found


def _is_label(node: Script) -> bool:
    return not isinstance(node.sup, (Number, Addition)) and letters(node.sup) != "T"


def _arity(node: Node) -> tuple[bool, int, bool]:
    name = base_name(node)
    bold = name is not None and name.style == "bf"
    sub = node.sub if isinstance(node, Script) else None
    if bold:
        return True, 0, False
    return False, 0 if sub is None else len(letters(sub) or "?"), False


def _distance(node: Node, other: Node) -> float:
    """How unlike two symbols are: one base, one subscript, one label make them alike."""
    a, b = base_name(node), base_name(other)
    cost = 0.0 if a is not None and b is not None and a.base == b.base else 0.5
    subs = [
        letters(n.sub) if isinstance(n, Script) and n.sub is not None else "" for n in (node, other)
    ]
    sups = [
        letters(n.sup) if isinstance(n, Script) and n.sup is not None else "" for n in (node, other)
    ]
    return 1.0 + cost + (0.3 if subs[0] != subs[1] else 0.0) + (0.2 if sups[0] != sups[1] else 0.0)


def _index_text(node: Node) -> str | None:
    return letters(node.sub) if isinstance(node, Script) and node.sub is not None else None
