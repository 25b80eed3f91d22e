"""Variants of a relation: its spots, what may stand in them, and what it says after an edit.

Everything is elaborated with the document's own symbols; whether a variant is true is not
decided here.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from derive.kernel.matrix import ShapeError, Unsupported
from derive.read.edits import Edit, Spelling
from derive.read.familiar import Familiar
from derive.read.lexer import lex
from derive.read.macros import Macros
from derive.read.names import base_name, head, letters
from derive.read.parser import Parser, Stuck
from derive.read.problem import Unread
from derive.read.relations import Builder
from derive.read.reshape import Shapes
from derive.read.spots import Spot, bound_letters, spots
from derive.read.survey import is_derivative
from derive.read.walk import walk
from derive.source import Span
from derive.syntax import Addition, BigOp, Name, Node, Number, Product, Quotient, Script
from derive.term import Term, is_matrix
from derive.values import dataclass

LONGEST = 90  # characters of a part that is tried elsewhere
PARTS = 240


@dataclass(frozen=True)
class Part:
    """Something that stands in the document, and may be tried in another place."""

    text: str
    node: Node
    term: Term


@dataclass(frozen=True)
class Side:
    """One side of a relation as written; `own` where no other relation shares it."""

    node: Node
    right: bool


class Variants:
    """Makes the variants of a document's relations."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.spelling = Spelling(builder.source)
        self._meanings: dict[str, Term | None] = {}
        self._kept: dict[tuple[str, bool], Term | None] = {}

    # ---- sides -------------------------------------------------------------------------

    def sides(self, relation: str) -> list[Side]:
        """The sides that stand in the source for this relation: the right one first."""
        found = self.builder.written.get(relation)
        if found is None:
            return []
        left, right, first = found
        both = [Side(right, True)]
        return [*both, Side(left, False)] if left is not None and first else both

    def spots(self, side: Side) -> list[Spot]:
        """The spots of a side."""
        symbols = self.builder.symbols
        return spots(
            side.node,
            lambda letter: len(letter) == 1 and symbols.is_index(letter),
            self.is_function,
        )

    def is_function(self, node: Node) -> bool:
        """Whether a name stands for a function."""
        name = base_name(node)
        if name is None or not isinstance(node, (Name, Script)):
            return False
        elaborator, key = self.builder.elaborator, head(name)
        known = elaborator.known_function(node) is not None or name.base == "diag"
        own = elaborator.survey.is_function(key) or key in elaborator.symbols.functions
        return known or own

    def terms(self, relation: str, side: Side, node: Node) -> tuple[Term, Term] | None:
        """Both sides, left and right, with a node in the place of one."""
        other = self.kept(relation, side)
        # where the side that is kept cannot be read, it is the other that is known
        changed = None if other is None else self.term(node)
        if other is None or changed is None:
            return None
        return (other, changed) if side.right else (changed, other)

    def kept(self, relation: str, side: Side) -> Term | None:
        """The meaning of the side of a relation across from one."""
        key = relation, side.right
        if key not in self._kept:
            left, right, _ = self.builder.written[relation]
            self._kept[key] = self.term(left if side.right else right)
        return self._kept[key]

    def after(self, relation: str, side: Side, edit: Edit) -> tuple[Term, Term] | None:
        """Both sides after an edit of one; None where they have no meaning then."""
        start, end = side.node.span.start, side.node.span.end
        if not start <= edit.span.start <= edit.span.end <= end:
            return None
        between = self.spelling.between
        text = between(start, edit.span.start) + edit.replacement + between(edit.span.end, end)
        node = _parsed(text)
        return None if node is None else self.terms(relation, side, node)

    def term(self, node: Node | None) -> Term | None:
        """The meaning of a side; None where it has none."""
        if node is None:
            return None
        elaborator = self.builder.elaborator
        notes, sizes = len(elaborator.notes), dict(self.builder.symbols.sizes)
        try:
            return self.builder.symbols.sized(elaborator.term(node))
        except (Unread, ShapeError, Unsupported):
            return None
        finally:
            del elaborator.notes[notes:]
            self.builder.symbols.sizes.clear()
            self.builder.symbols.sizes.update(sizes)

    def shapes(self, relation: str, side: Side) -> Iterator[Edit]:
        """Edits that change how a side is built."""
        pool = {p.text: p.node for p in self.atoms}
        return Shapes(self.spelling, pool, self._sums, self._functions).of(side.node)

    def beside(self, relation: str) -> frozenset[str]:
        """The other relations of the same display."""
        where = self.builder.displays
        own = where.get(relation)
        return frozenset(k for k, span in where.items() if span == own and k != relation)

    # ---- what stands in the document ------------------------------------------------------

    def meaning(self, node: Node) -> Term | None:
        """The meaning of a scalar part by itself."""
        text = self.spelling.cut(node)
        if text not in self._meanings:
            found = self.term(node)
            self._meanings[text] = None if found is None or is_matrix(found) else found
        return self._meanings[text]

    def reading(self, text: str) -> Term | None:
        """The meaning of a scalar text."""
        node = _parsed(text)
        found = None if node is None else self.term(node)
        return None if found is None or is_matrix(found) else found

    @cached_property
    def atoms(self) -> tuple[Part, ...]:
        """The symbols of the relations, and their derivatives, by the order of appearance."""
        found: dict[str, Part] = {}
        for node in self._nodes:
            if self.is_symbol(node) or (is_derivative(node) and isinstance(node, Quotient)):
                text = self.spelling.cut(node)
                if text not in found and (term := self.term(node)) is not None:
                    found[text] = Part(text, node, term)
        return tuple(found.values())

    def is_symbol(self, node: Node) -> bool:
        """Whether a node is a symbol that has a value."""
        name = base_name(node)
        if not isinstance(node, (Name, Script)) or name is None or self.is_function(node):
            return False
        if isinstance(node, Script):
            power = isinstance(node.sup, (Number, Addition)) or letters(node.sup) == "T"
            return node.primes == 0 and not power
        return name.base not in {"partial", "d", "nabla", "T", "top"}

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Longer scalar parts of the relations: products, quotients, sums, applications."""
        found: dict[str, Part] = {}
        for node in self._nodes:
            text = self.spelling.cut(node)
            if text in found or len(text) > LONGEST or len(found) == PARTS:
                continue
            whole = isinstance(node, (Product, Quotient, Addition)) and not _holds_sum(node)
            if whole and (term := self.meaning(node)) is not None:
                found[text] = Part(text, node, term)
        return tuple(found.values())

    @cached_property
    def wholes(self) -> tuple[Part, ...]:
        """The right sides that hold sums: too long to be put in anywhere but for a whole side."""
        sides = (right for _, right, _ in self.builder.written.values() if _holds_sum(right))
        found = {self.spelling.cut(node): node for node in sides}
        rows = ((text, node, self.meaning(node)) for text, node in found.items())
        return tuple(Part(text, node, term) for text, node, term in rows if term is not None)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each symbol is written."""
        return Counter(self.spelling.cut(n) for n in self._nodes if self.is_symbol(n))

    @cached_property
    def familiar(self) -> Familiar:
        """What stands elsewhere, to weigh edits by."""
        sides = (s for pair in self.builder.written.values() for s in pair[:2])
        spans = dict.fromkeys(s.span for s in sides if s is not None)
        return Familiar(self.builder.source, tuple(spans))

    @cached_property
    def _nodes(self) -> tuple[Node, ...]:
        sides = (s for left, right, _ in self.builder.written.values() for s in (left, right))
        return tuple(node for side in sides if side is not None for node in _values(side))

    @cached_property
    def _sums(self) -> dict[str, frozenset[str]]:
        """The Σ signs of the document, with the letters that each binds."""
        signs = (n for n in self._nodes if isinstance(n, BigOp))
        return {self.spelling.cut(n): frozenset(bound_letters(n)) for n in signs}

    @cached_property
    def _functions(self) -> tuple[str, ...]:
        """The well-known functions that the document applies, as it writes them."""
        names = (n for n in self._nodes if isinstance(n, Name) and self.is_function(n))
        return tuple(dict.fromkeys(self.spelling.cut(n) for n in names))

    @property
    def functions(self) -> tuple[str, ...]:
        """The well-known functions of the document, as written."""
        return self._functions


def _parsed(text: str) -> Node | None:
    try:
        return Parser(lex(text, 0, len(text), Macros(), None)).whole()
    except (Stuck, RecursionError, IndexError):
        return None


def _values(side: Node) -> Iterator[Node]:
    """The nodes of a side that may have values, not those in its scripts."""
    stack = [side]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (Script, Name, Number)) or _powers(node):
            stack.extend(reversed(list(_below(node))))


def _powers(node: Node) -> bool:
    return isinstance(node, Script) and base_name(node) is None


def _below(node: Node) -> Iterator[Node]:
    from derive.read.walk import children

    if isinstance(node, BigOp) or is_derivative(node):
        return
    yield from children(node)


def _holds_sum(node: Node) -> bool:
    return any(isinstance(part, BigOp) for part in walk(node))


__all__ = ["Edit", "Part", "Side", "Span", "Variants"]
