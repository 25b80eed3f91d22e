"""Chains to relations: what defines, what claims, and what is in force where.

One pass in reading order. A name that stands alone on the left for the first time is
defined there; everything else is a claim. What the whole document shows (domains, ranges,
dependence) is known only at the end, so contexts are made in a second, short pass.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from derive.context import Context, Definition, Domain, Hypothesis
from derive.derivation import Note, Problem, Relation
from derive.kernel.matrix import ShapeError, Unsupported, shape
from derive.read.declarations import declare
from derive.read.elaborate import Elaborator
from derive.read.names import base_name, head, plain_letter
from derive.read.problem import Unread
from derive.read.survey import total_and_partial
from derive.read.symbols import Symbols
from derive.read.walk import walk
from derive.source import Source, Span
from derive.syntax import Chain, Declared, Document, Formula, Node, Number, Prose, Unreadable
from derive.term import (
    ONE,
    ZERO,
    App,
    At,
    Block,
    Build,
    Diff,
    Entry,
    Fill,
    Grad,
    Mat,
    Mul,
    Num,
    Pow,
    Sym,
    Term,
    heads,
    instantiate,
    is_matrix,
    num,
    substitute,
    subterms,
)

EQUAL = frozenset({"=", ":=", "≡"})
COMPARED = frozenset({"≠", "<", "≤", ">", "≥"})
IMPLIES = frozenset({"⇒", "⇔", "→", "⇐"})
_UNDECIDED = {
    "≈": "an approximation is not decided yet",
    "∝": "a proportionality is not decided yet",
    "∼": "a distribution is not decided yet",
    "≪": "an order of magnitude is not decided yet",
    "≫": "an order of magnitude is not decided yet",
    "⊂": "a statement on sets is not decided yet",
    "⊆": "a statement on sets is not decided yet",
    "↦": "a mapping is not decided yet",
    "←": "an assignment is not decided yet",
    "⇐": "a reverse implication is not decided yet",
    "→": "an arrow is not decided yet",
}
_DEFINES = re.compile(
    r"\b(let|define[ds]?|defining|denote[ds]?|denoting|where|set|put|write|call(ed)?|given by|"
    r"introduce|consider|with|is defined|here)\b",
    re.I,
)
_DENIES = re.compile(
    r"\b(not|false|unless|if|whether|is|prove|show|want|wrong|cannot|never|clearly)\b", re.I
)
_ANEW = re.compile(r"\b(let|consider|define|suppose|now)\b", re.I)
_ASSUMES = re.compile(
    r"\b(suppose|assum\w+|given that|such that|subject to|satisf\w+|solve|constraint|provided)\b",
    re.I,
)
_STATIONARY = re.compile(
    r"\b(set(ting)?|equat\w+|zero|stationar\w+|optim\w+|minim\w+|maxim\w+)\b", re.I
)
_REFERENCE = re.compile(r"\(\s*(\?\?|[0-9]+[a-z]?|[a-z]+[A-Z]\w*)\s*\)|\\(?:eq)?ref\{([^}]*)\}")


@dataclass
class Draft:
    """A relation before its context is known; `at` is its place in the order of definitions."""

    relation: Relation
    at: int
    section: int


@dataclass
class Builder:
    """Builds the relations of one document, in reading order."""

    source: Source
    elaborator: Elaborator
    drafts: list[Draft] = field(default_factory=list)
    table: dict[str, list[tuple[int, Definition]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    domains: dict[str, Domain] = field(default_factory=dict)
    hypotheses: list[tuple[int, int, Hypothesis]] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)
    clock: int = 0
    section: int = 1
    words: str = ""
    words_span: Span | None = None
    last: tuple[Node, Term] | None = None
    stated: dict[tuple[str, Term, Term], str] = field(default_factory=dict)
    unnamed: list[Term] = field(default_factory=list)
    sections: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    references: list[tuple[str, Span]] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    spelled: set[str] = field(default_factory=set)
    stated_heads: set[str] = field(default_factory=set)
    written: dict[str, tuple[Node | None, Node, bool]] = field(default_factory=dict)

    @property
    def symbols(self) -> Symbols:
        return self.elaborator.symbols

    # ---- items -------------------------------------------------------------------------

    def build(self, document: Document) -> None:
        """Reads every item of the document."""
        self.spelled = _spelled(self.symbols)
        for item in document.items:
            match item:
                case Prose(text, span, heading):
                    self.prose(text, span, heading)
                case Declared(chains, _):
                    for chain in chains:
                        self.declaration(chain)
                case Formula():
                    self.formula(item)

    def prose(self, text: str, span: Span, heading: bool) -> None:
        if heading:
            self.section += 1
            self.words = ""
        self.words = (self.words + " " + text)[-400:]
        for found in _REFERENCE.finditer(text):
            name = found.group(1) or found.group(2)
            place = Span(span.start + found.start(), span.start + found.end())
            self.references.append((name, place))

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
        if item.tag is not None:
            self.tags.add(item.tag)
        if item.label is not None:
            self.tags.add(item.label)
        for chain in item.chains:
            if isinstance(chain, Unreadable):
                if item.display:
                    self.unreadable(chain, item.tag)
                continue
            if item.display:
                self.chain(chain, item.tag)
            else:
                self.inline(chain)
        if item.display:
            self.words = ""
            self.clock += 1

    # ---- inline formulas -----------------------------------------------------------------

    def inline(self, chain: Chain) -> None:
        """A formula in running text: a declaration, a definition, or a remark."""
        self.words += " " + self.source.cut(chain.span) + " "
        if len(chain.members) < 2 or None in chain.members:
            return
        try:
            if declare(chain, self):
                return
            self.inline_relation(chain)
        except Unread:
            return

    def inline_relation(self, chain: Chain) -> None:
        first, second = chain.members[0], chain.members[1]
        cue = self.words[: -len(self.source.cut(chain.span)) - 1][-40:]
        if first is None or second is None or chain.relators[0].op not in EQUAL:
            return
        if isinstance(second, Number) and not _DEFINES.search(cue):
            return
        left = self.elaborator.term(first)
        right = self.elaborator.term(second)
        if _DENIES.search(cue):
            return
        if self.definable(left, right) and _DEFINES.search(cue):
            self.state(chain, 0, left, right, None, "definition")
        elif _ASSUMES.search(cue):
            self.assume(left, "=", right, chain.span, lasting=False)

    def known(self, left: Term) -> bool:
        """Whether the head of a term was seen in a formula before."""
        return _head(left) in self.used

    # ---- displays -------------------------------------------------------------------------

    def unreadable(self, chain: Unreadable, tag: str | None) -> None:
        problem = Problem("not-checked", "unreadable", chain.message, chain.place)
        self.place(self.blank(chain.span, tag, "claim", problem))

    def trouble(self, span: Span, kind: str, problem: Unread, tag: str | None = None) -> None:
        code = "unreadable" if problem.verdict == "not-checked" else "shape"
        found = Problem(problem.verdict, code, problem.message, problem.span)
        self.place(self.blank(span, tag, kind, found))

    def blank(self, span: Span, tag: str | None, kind: str, problem: Problem) -> Relation:
        return Relation(
            self.name(tag, span), tag, span, self.source.cut(span), kind, "=", None, None,
            span, span, Context(), problem,
        )  # fmt: skip

    def name(self, tag: str | None, span: Span) -> str:
        base = tag if tag is not None else f"L{self.source.position(span.start)[0]}"
        self.ids[base] += 1
        count = self.ids[base]
        return base if count == 1 else f"{base}.{count}"

    def place(self, relation: Relation) -> None:
        self.drafts.append(Draft(relation, self.clock, self.section))
        self.clock += 1

    def chain(self, chain: Chain, tag: str | None) -> None:
        """One chain of a display, relation by relation."""
        if len(chain.members) == 1:
            self.trouble(
                chain.span, "claim", Unread("a formula without a relation sign", chain.span), tag
            )
            return
        both = total_and_partial(m for m in chain.members if m is not None)
        if both is not None:
            reason = "a total and a partial derivative side by side are not told apart yet"
            self.trouble(chain.span, "claim", Unread(reason, both.span), tag)
            return
        terms = [self.read(m) for m in chain.members]
        given: list[Hypothesis] = []
        start = 0
        for k, relator in enumerate(chain.relators):
            if relator.op in IMPLIES:
                self.implication(chain, terms, start, k, given)
                start = k + 1
                continue
            self.link(chain, terms, k, tag, tuple(given), start)

    def read(self, member: Node | None) -> Term | Unread | None:
        if member is None:
            return None
        try:
            mark = len(self.symbols.seen)
            found = self.elaborator.term(member)
            self.used |= {h for h, _ in self.symbols.seen[mark:]}
            return found
        except Unread as problem:
            return problem
        except ShapeError as problem:
            return Unread(problem.message, member.span, "malformed")
        except Unsupported:
            return Unread("a matrix expression that is not decided yet", member.span)

    def implication(
        self, chain: Chain, terms: list[Term | Unread | None], start: int, end: int,
        given: list[Hypothesis],
    ) -> None:  # fmt: skip
        """`… ⇒ …`: what stands before is given for what comes after."""
        given.clear()
        for k in range(start, end):
            left, right = terms[k], terms[k + 1]
            if isinstance(left, Term) and isinstance(right, Term):
                text = self.source.cut(_span(chain, k))
                given.append(Hypothesis(left, _plain(chain.relators[k].op), right, text))

    def link(
        self, chain: Chain, terms: list[Term | Unread | None], k: int, tag: str | None,
        given: tuple[Hypothesis, ...], start: int,
    ) -> None:  # fmt: skip
        """The relation between members k and k+1 of a chain."""
        left, right = terms[k], terms[k + 1]
        op = chain.relators[k].op
        if left is None and k == 0:
            left = self.last[1] if self.last is not None else None
        span = _span(chain, k)
        for side in (left, right):
            if isinstance(side, Unread):
                self.trouble(span, "claim", side, tag)
                self.keep(self.drafts[-1].relation.id, chain, k)
                self.remember(chain, k, right)
                return
        if left is None or right is None or isinstance(left, Unread) or isinstance(right, Unread):
            self.trouble(span, "claim", Unread("nothing stands before this sign", span), tag)
            return
        may_declare = op == "∈" or (op in COMPARED and k == 0 and len(chain.members) == 2)
        if may_declare and self.declared(chain, span, tag):
            return
        if op not in EQUAL | COMPARED:
            reason = _UNDECIDED.get(op, f"the sign {op} is not decided yet")
            self.trouble(span, "claim", Unread(reason, chain.relators[k].span), tag)
        else:
            follows = k + 1 < len(chain.relators) and chain.relators[k + 1].op in IMPLIES
            kind = self.kind(left, right, op, k, start, follows)
            self.state(chain, k, left, right, tag, kind, given)
        self.remember(chain, k, right)

    def declared(self, chain: Chain, span: Span, tag: str | None) -> bool:
        try:
            if not declare(chain, self):
                return False
        except Unread as problem:
            self.trouble(span, "declaration", problem, tag)
            return True
        relation = self.blank(span, tag, "declaration", Problem("defined", "", "", span))
        self.place(replace(relation, problem=None, op=chain.relators[0].op))
        return True

    def remember(self, chain: Chain, k: int, right: object) -> None:
        member = chain.members[k + 1]
        if member is not None and isinstance(right, Term):
            self.last = (member, right)

    # ---- kinds ------------------------------------------------------------------------------

    def kind(self, left: Term, right: Term, op: str, k: int, start: int, follows: bool) -> str:
        """Whether a relation defines, is given, or claims."""
        given = "posed" if follows and start == k == 0 else None
        if op in COMPARED:
            return given or "claim"
        self.resolve(left, right)
        if k == 0 and (self.is_recurrence(left, right) or self.is_law(left, right)):
            return "posed"
        if k == start and start == 0 and self.definable(left, right):
            return "definition"
        if self.names_entries(left, right):
            return "entries"
        if given:
            return given
        if op == ":=" and start == 0 and _head(left) is not None:
            return "definition"
        if k == 0 and (self.is_given(left, right) or self.is_square(left, right)):
            return "given"
        return "claim"

    def is_recurrence(self, left: Term, right: Term) -> bool:
        """`h_t = … h_{t-1} …` poses a recurrence of a new family."""
        return isinstance(left, At) and _recursive(left, right) and not self.covered(left)

    def is_law(self, left: Term, right: Term) -> bool:
        """An equation between formulas of new names that share none poses a law."""
        new = not left.heads & (self.stated_heads | set(self.table))
        compound = isinstance(left, Mul) and not isinstance(right, Num)
        return bool(left.heads) and new and compound and not left.heads & right.heads

    def is_square(self, left: Term, right: Term) -> bool:
        """`s^2 = …` for a new s says what s² is."""
        if not (isinstance(left, Pow) and isinstance(left.base, Sym)):
            return False
        key = left.base.name
        new = key not in self.table and key not in self.stated_heads and not self.assumed_of(key)
        return new and isinstance(left.exponent, Num) and key not in right.heads

    def is_given(self, left: Term, right: Term) -> bool:
        """An equation that the words before it pose rather than claim."""
        words = self.words[-160:]
        unknown = all(h not in self.table for h in heads(left) | heads(right))
        stationary = right is ZERO and isinstance(left, (Diff, Grad)) and _STATIONARY.search(words)
        return bool(stationary or (unknown and _ASSUMES.search(words)))

    def definable(self, left: Term, right: Term) -> bool:
        """Whether `left = right` can define its left side: a bare name, new, not on the right."""
        key = _head(left)
        if key is None or isinstance(left, Diff) or _recursive(left, right):
            return False
        if isinstance(right, Term) and left is right:
            return False
        if not _pattern(left) or self.assumed_of(key):
            return False
        return not self.covered(left) or self.redefines(key)

    def assumed_of(self, key: str) -> bool:
        """Whether something is assumed of the name, so that it is not free to be defined."""
        sections = {0, self.section}
        return any(
            s in sections and key in h.left.heads | h.right.heads for _, s, h in self.hypotheses
        )

    def covered(self, left: Term) -> bool:
        """Whether a definition in force already covers the left side."""
        rows = self.table.get(_head(left) or "", [])
        return any(_covers(d.params, _indices(left)) for _, d in rows)

    def redefines(self, key: str) -> bool:
        """A new section that says `let` may define a name anew."""
        moved = self.sections.get(key, self.section) != self.section
        return moved and bool(_ANEW.search(self.words))

    def names_entries(self, left: Term, right: Term) -> bool:
        """Whether one side is a written-out matrix of names that are new: it names entries."""
        return self.fresh(right, left) or self.fresh(left, right)

    def fresh(self, side: Term, other: Term) -> bool:
        found = entry_names(side)
        if not found or any(self.covered(at) for at, _, _ in found):
            return False
        return not {at.head for at, _, _ in found} & self.closure(other)

    def closure(self, term: Term) -> set[str]:
        """The heads in a term and in the definitions behind them."""
        found = set(heads(term))
        stack = list(found)
        while stack:
            for _, definition in self.table.get(stack.pop(), ()):
                new = heads(definition.body) - found
                found |= new
                stack.extend(new)
        return found

    # ---- stating -----------------------------------------------------------------------------

    def state(
        self, chain: Chain, k: int, left: Term, right: Term, tag: str | None, kind: str,
        given: tuple[Hypothesis, ...] = (),
    ) -> None:  # fmt: skip
        span = _span(chain, k)
        left_node, right_node = chain.members[k], chain.members[k + 1]
        name = self.name(tag, span)
        op = _plain(chain.relators[k].op)
        earlier = self.stated.get((op, left, right))
        shown = {"entries": "definition", "given": "declaration", "posed": "declaration"}.get(
            kind, kind
        )
        if earlier is not None and shown != "declaration":
            shown = "restatement"
        self.stated.setdefault((op, left, right), name)
        continues = k > 0 or left_node is None
        relation = Relation(
            name, tag, span, self.source.cut(span), shown, op, left, right,
            left_node.span if left_node is not None else span,
            right_node.span if right_node is not None else span,
            Context(), None, self.predecessor(left, continues), continues,
            given + (() if continues else self.stated_of(left)),
        )  # fmt: skip
        self.stated_heads |= left.heads | right.heads
        self.symbols_meet(left, right)
        self.keep(name, chain, k)
        self.place(relation)
        self.take_effect(kind, left, right, name, span)
        if k == 0 and isinstance(left, Block):
            self.unnamed.append(left)

    def keep(self, name: str, chain: Chain, k: int) -> None:
        """Remembers a relation as written, for edits of it."""
        left, right = chain.members[k], chain.members[k + 1]
        if right is not None:
            before = left if left is not None else self.last and self.last[0]
            self.written[name] = (before, right, k == 0 and left is not None)

    def predecessor(self, left: Term, continues: bool) -> str | None:
        """The relation that a new one goes on from: the one before in its chain, or the
        latest with the same left side."""
        if continues:
            return self.drafts[-1].relation.id if self.drafts else None
        for draft in reversed(self.drafts):
            if draft.relation.left is left:
                return draft.relation.id
        return None

    def stated_of(self, left: Term) -> tuple[Hypothesis, ...]:
        """What was last said of the derivative of something that nothing defines."""
        if not isinstance(left, Diff) or not isinstance(left.body, (Sym, At)):
            return ()
        if left.body.heads & self.table.keys():
            return ()
        for draft in reversed(self.drafts):
            row = draft.relation
            if row.left is left and row.right is not None and row.op == "=":
                return (Hypothesis(left, "=", row.right, f"({row.id})"),)
        return ()

    def take_effect(self, kind: str, left: Term, right: Term, name: str, span: Span) -> None:
        match kind:
            case "definition":
                self.define(left, right, name)
            case "entries":
                self.define_entries(left, right, name)
            case "given":
                self.assume(left, "=", right, span, lasting=False)
            case _:
                pass

    def symbols_meet(self, left: Term, right: Term) -> None:
        """Unknown sizes on both sides of an equation meet."""
        if is_matrix(left) and is_matrix(right):
            self.symbols.meet((left, right))

    def note(self, code: str, message: str, span: Span) -> None:
        self.elaborator.notes.append(Note(code, message, span))

    def define(self, left: Term, right: Term, name: str) -> None:
        """Puts a definition in force from the next relation on."""
        key = _head(left)
        if key is None:
            return
        self.sections[key] = self.section
        params = _indices(left)
        if isinstance(left, App):
            self.symbols.functions[key] = params
        if is_matrix(right):
            self.give_shape(key, right)
        self.table[key].append((self.clock, Definition(key, params, right, name)))
        self.clock += 1
        if is_matrix(right) and not entry_names(right):
            self.link_entries(key)

    def link_entries(self, key: str) -> None:
        """`g_i` beside a vector `𝐠`, defined by nothing else, is its i-th entry."""
        plain = plain_letter(key)
        survey = self.symbols.survey
        if plain == key or plain in self.table or plain not in survey.subscripted:
            return
        if any(h == plain for h, _ in survey.defined) or plain in self.spelled:
            return
        whole = self.symbols.matrix(key)
        index, other = Sym("i"), Sym("j")
        at: tuple[Term, ...] = (index,) if whole.cols is None else (index, other)
        body = Entry(whole, index, ONE if whole.cols is None else other)
        self.table[plain].append((self.clock, Definition(plain, at, body, "reading")))
        self.clock += 1

    def give_shape(self, key: str, right: Term) -> None:
        try:
            rows, cols = shape(self.symbols.sized(right))
        except (ShapeError, Unsupported):
            return
        old = self.symbols.shapes.get(key)
        self.symbols.shapes[key] = (rows, None if cols == ONE else cols)
        if old is not None and key in self.symbols.guessed:
            self.symbols.unify(old[0], rows)
            if old[1] is not None:
                self.symbols.unify(old[1], cols)
        self.symbols.guessed.discard(key)

    def define_entries(self, left: Term, right: Term, name: str) -> None:
        """`𝐘 = [y_{11} …]`: y is the name of the entries; a new bold name is the whole."""
        value, names = (left, right) if self.fresh(right, left) else (right, left)
        if isinstance(value, Mat) and not self.covered(value):
            self.define(value, names, name)
            return
        for at, row, column in entry_names(names):
            self.define(at, Entry(value, row, column), name)

    def assume(self, left: Term, op: str, right: Term, span: Span, lasting: bool) -> None:
        """Takes an equation as a hypothesis, to the end of the section or for good."""
        found = Hypothesis(left, op, right, self.source.cut(span))
        self.hypotheses.append((self.clock, 0 if lasting else self.section, found))
        self.clock += 1

    # ---- names that nothing defines -------------------------------------------------------------

    def resolve(self, left: Term, right: Term) -> None:
        """Reads an undefined bold name as the unnamed matrix that alone makes the shapes fit."""
        found = {h for t in (left, right) for h in heads(t)}
        for key in sorted(found & self.symbols.guessed):
            if key in self.table:
                continue
            whole = left if isinstance(left, Mat) and left.name == key else None
            if whole is None:
                self.resolve_one(key, left, right)

    def resolve_one(self, key: str, left: Term, right: Term) -> None:
        related = [c for c in self.unnamed if any(h.startswith(key + "_") for h in heads(c))]
        for candidate in related or self.unnamed:
            if self.fits(key, candidate, left, right):
                text = f"{key} is defined nowhere; read as the matrix written out before that fits"
                place = self.symbols.places[key]
                self.note("reading", text, place)
                self.define(Mat(key, *self.symbols.shapes[key]), candidate, "reading")
                return

    def fits(self, key: str, candidate: Term, left: Term, right: Term) -> bool:
        whole = {t: candidate for t in (*subterms(left), *subterms(right)) if _named(t, key)}
        try:
            a = substitute(left, whole)
            b = substitute(right, whole)
            sides = [shape(t) for t in (a, b) if is_matrix(t)]
        except (ShapeError, Unsupported):
            return False
        return len(sides) == 2


# ---- small questions about terms --------------------------------------------------------------


def _spelled(symbols: Symbols) -> set[str]:
    """Heads that stand in a matrix written out somewhere: their letters name its entries."""
    cells = (cell for matrix in symbols.survey.matrices for row in matrix.rows for cell in row)
    names = (base_name(node) for cell in cells for node in walk(cell))
    return {head(name) for name in names if name is not None}


def _plain(op: str) -> str:
    return "=" if op in EQUAL else op


def _named(term: Term, key: str) -> bool:
    return isinstance(term, Mat) and term.name == key


def _head(term: Term) -> str | None:
    """The head that a definition of this left side would define."""
    match term:
        case Sym(name) | Mat(name, _, _):
            return name
        case At(key, _):
            return key
        case App(key, orders, _) if not any(orders):
            return key
        case _:
            return None


def _indices(term: Term) -> tuple[Term, ...]:
    match term:
        case At(_, indices):
            return indices
        case App(_, _, args):
            return args
        case _:
            return ()


def _pattern(term: Term) -> bool:
    """Whether the left side's indices or arguments are distinct variables or numbers."""
    at = _indices(term)
    names = [t for t in at if isinstance(t, Sym)]
    plain = all(isinstance(t, (Sym, Num)) for t in at)
    numbers = isinstance(term, App) and any(isinstance(t, Num) for t in at)
    return plain and len(set(names)) == len(names) and not numbers


def _recursive(left: Term, right: Term) -> bool:
    """Whether the right side shows what the left side would define; `x_n = x_0 + n` does not."""
    at = _indices(left)
    for node in subterms(right):
        if type(node) is type(left) and _head(node) == _head(left):
            others = _indices(node)
            numbers = bool(others) and all(isinstance(i, Num) for i in others)
            if len(others) == len(at) and (node is left or not numbers):
                return True
        if isinstance(node, App) and isinstance(left, App) and node.head == left.head:
            return True
    return False


def _covers(params: tuple[Term, ...], at: tuple[Term, ...]) -> bool:
    """Whether a definition with these parameters speaks of these indices."""
    return len(params) == len(at) and all(
        isinstance(p, Sym) or p is a for p, a in zip(params, at, strict=True)
    )


def entry_names(side: Term) -> list[tuple[At, Term, Term]]:
    """The names in a written-out matrix, each with its row and column; empty if there are none.

    Cells that are numbers are passed over; any other cell means that nothing is named.
    """
    if not isinstance(side, Block):
        return []
    found: list[tuple[At, Term, Term]] = []
    for i, row in enumerate(side.grid):
        for j, cell in enumerate(row):
            at = _entry(cell, num(i + 1))
            if at is None and not isinstance(cell, (Num, Fill)):
                return []
            if at is not None:
                found.append((at[0], at[1], num(j + 1)))
    return found


def _entry(cell: Term, row: Term) -> tuple[At, Term] | None:
    if isinstance(cell, At):
        return cell, row
    if isinstance(cell, Build) and cell.cols is ONE:
        index = Sym("i")
        opened = instantiate(cell.body, index, ONE)
        if isinstance(opened, At):
            return opened, index
    return None


def _span(chain: Chain, k: int) -> Span:
    """The span of relation k of a chain: from its left side, or from its sign further on."""
    left, right = chain.members[k], chain.members[k + 1]
    start = left.span if left is not None and k == 0 else chain.relators[k].span
    return start.to(right.span) if right is not None else start
