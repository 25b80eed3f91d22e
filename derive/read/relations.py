"""Chains to relations: what defines, what claims, and what is in force where.

One pass in reading order. A name that stands alone on the left for the first time is
defined there; everything else is a claim. What the whole document shows (domains, ranges,
dependence) is known only at the end, so contexts are made in a second, short pass.
"""

from contextlib import suppress

from derive.read import cues, properties
from derive.read.chains import REFERENCE, name_of
from derive.read.declarations import declare
from derive.read.domains import meet
from derive.read.habits import complex_letters, means
from derive.read.kinds import EQUAL
from derive.read.names import base_name, head
from derive.read.problem import Unread
from derive.read.remarks import EXPLAINS, Remarks
from derive.read.symbols import Symbols
from derive.read.walk import walk
from derive.source import Span
from derive.syntax import (
    Chain,
    Declared,
    Document,
    Formula,
    Name,
    Prose,
    Unreadable,
)


class Builder(Remarks):
    """Builds the relations of one document, in reading order."""

    def build(self, document: Document) -> None:
        """Reads every item of the document."""
        self.spelled = _spelled(self.symbols)
        self.elaborator.behind = self.symbols.behind = self.closure
        self.elaborator.told = lambda: self.table
        self.elaborator.linked = self.linked
        for item in document.items:
            match item:
                case Prose(text, span, heading):
                    self.prose(text, span, heading)
                case Declared(chains, _):
                    for chain in chains:
                        self.declaration(chain)
                case Formula():
                    self.formula(item)
        means(self)
        complex_letters(self)

    def prose(self, text: str, span: Span, heading: bool) -> None:
        if heading:
            self.section += 1
            self.words = ""
            self.chances.heading()
            self.release("section", "sentence", "case")
        self.adjective(text)
        opens = not self.words and text[:1].isupper()
        if opens or cues.ends_sentence(text):
            self.release("sentence")
        if cues.lifts(text):
            self.release("section", "sentence", "case")
        self.words = (self.words + " " + text)[-400:]
        self.pose_words()
        if not heading:
            self.random_words(text)
        for found in REFERENCE.finditer(text):
            name = found.group(1) or found.group(2)
            place = Span(span.start + found.start(), span.start + found.end())
            self.references.append((name, place))

    def adjective(self, text: str) -> None:
        """`Let $k$ be an integer`: what the words after a name say of it."""
        kind = properties.said_after(text) if self.named else None
        if kind is not None:
            self.property(kind, self.named)
        if cues.defines(self.words) and not cues.calls_mean(text):
            keys = (base_name(name) for name in self.named)
            self.spoken |= {head(key) for key in keys if key is not None}
        if cues.says_complex(text) and not cues.open_question(self.words):
            self.symbols.complex |= {head(key) for n in self.named if (key := base_name(n))}
        domain = cues.says(text)
        if domain is not None and not cues.open_question(self.words):
            for name in self.named:
                key = base_name(name)
                if key is not None and isinstance(name, Name):
                    self.domains[head(key)] = meet(self.domains.get(head(key)), domain)
        if not cues.joins(text):
            self.named = []
            self.took = False

    def declaration(self, chain: Chain | Unreadable) -> None:
        """A formula of a `derive:` comment; in force from the next formula on."""
        self.clock += 1
        if isinstance(chain, Unreadable):
            self.unreadable(chain, None)
            return
        try:
            if not declare(chain, self):
                self.equation_declared(chain)
        except Unread as problem:
            self.trouble(chain.span, "declaration", problem)

    def equation_declared(self, chain: Chain) -> None:
        """`σ(t) = …` defines; any other equation is assumed from here on."""
        if len(chain.members) < 2 or None in chain.members[:2]:
            raise Unread("a declaration that declares nothing", chain.span)
        first, second = chain.members[0], chain.members[1]
        if first is None or second is None:
            return
        left, right = self.elaborator.term(first), self.elaborator.term(second)
        op = chain.relators[0].op
        if op in EQUAL and self.definable(left, right):
            self.define(left, right, "declaration")
        else:
            self.assume(left, "=" if op in EQUAL else op, right, chain.span, lasting=True)

    def formula(self, item: Formula) -> None:
        self.opens(item)
        self.random_formula(item)
        self.within = item.span
        self.took = self.took and not item.display
        if item.tag is not None:
            self.tags.add(item.tag)
        if item.label is not None:
            self.tags.add(item.label)
        self.conditions(item)
        for chain in item.chains:
            if isinstance(chain, Unreadable):
                self.unknown(name_of(chain.left), chain.place)
                if item.display:
                    self.unreadable(chain, item.tag)
                continue
            if item.display:
                self.chain(chain, item.tag, chain is not item.chains[0])
            else:
                self.inline(chain)
        if item.display:
            self.words = ""
            self.clock += 1
            self.release("display")

    def conditions(self, item: Formula) -> None:
        """`… \\quad\\text{for } x > 0`: a condition on the rest of the display."""
        for chain in item.chains[1:] if item.display else ():
            if isinstance(chain, Chain) and (cues.conditional(chain.words) or self.bounding(chain)):
                with suppress(Unread):
                    self.condition(chain, "display")

    def opens(self, item: Formula) -> None:
        """A display begins: what is said of its names right after it holds in it too."""
        self.explains = item.display and bool(EXPLAINS.match(self.words))
        if item.display:
            self.shown.append(len(self.drafts))
        if item.display and not self.explains:
            self.opened = self.clock


def _spelled(symbols: Symbols) -> set[str]:
    """Heads that stand in a matrix written out somewhere: their letters name its entries."""
    cells = (cell for matrix in symbols.survey.matrices for row in matrix.rows for cell in row)
    names = (base_name(node) for cell in cells for node in walk(cell))
    return {head(name) for name in names if name is not None}
