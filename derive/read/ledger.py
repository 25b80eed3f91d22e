"""What is in force while a document is read: definitions, domains, hypotheses."""

from collections import Counter, defaultdict
from dataclasses import field

from derive.context import Chance, Definition, Domain, Hypothesis
from derive.derivation import Note, Relation
from derive.kernel.matrix import ShapeError, Unsupported, shape
from derive.read.chance import Chances
from derive.read.elaborate import Elaborator
from derive.read.names import plain_letter
from derive.read.symbols import Symbols
from derive.source import Source, Span
from derive.syntax import Node
from derive.term import (
    ONE,
    App,
    At,
    Block,
    Bound,
    Build,
    Diff,
    Entry,
    Fill,
    Mat,
    Num,
    Sym,
    Term,
    heads,
    instantiate,
    is_matrix,
    num,
    subterms,
)
from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Local:
    """A condition that holds for a while: a narrower domain of a name, or something assumed.

    `until` is the end of its `display`, `sentence` or `section`; a `case` ends where the text
    generalises.
    """

    until: str
    key: str = ""
    domain: Domain | None = None
    hypothesis: Hypothesis | None = None


@dataclass
class Draft:
    """A relation before its context is known; `at` is its place in the order of definitions."""

    relation: Relation
    at: int
    section: int
    local: "tuple[Local, ...]" = ()
    chance: Chance = Chance()


@dataclass
class Aim:
    """A slope that the document shows, or one of which it seeks the root.

    `shown` is what the document finds it to be; `zero` the number of the relation that ends in
    `= 0`, once there is one, and `posed` whether that is an equation to be solved; `named` is
    what `named = argmax …` defines.
    """

    slope: Term
    shown: Term | None
    variable: Term
    section: int
    zero: int | None = None
    posed: bool = False
    sense: str = ""
    named: str | None = None
    whole: bool = False


@dataclass
class Ledger:
    """The book in which declarations and definitions are entered, in reading order."""

    source: Source
    elaborator: Elaborator
    drafts: list[Draft] = field(default_factory=list)
    # the relations so far by their left sides
    by_left: dict[Term, list[Relation]] = field(default_factory=dict)
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
    derived: tuple[Node, Term] | None = None
    deriving: bool = False
    stated: dict[tuple[str, Term, Term], str] = field(default_factory=dict)
    unnamed: list[Term] = field(default_factory=list)
    sections: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    references: list[tuple[str, Span]] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    spelled: set[str] = field(default_factory=set)
    stated_heads: set[str] = field(default_factory=set)
    named: list[Node] = field(default_factory=list)
    local: list[Local] = field(default_factory=list)
    written: dict[str, tuple[Node | None, Node, bool]] = field(default_factory=dict)
    displays: dict[str, Span] = field(default_factory=dict)
    within: Span = Span(0, 0)
    solved: dict[int, int] = field(default_factory=dict)
    unsettled: dict[str, str] = field(default_factory=dict)
    opened: int = 0
    explains: bool = False
    took: bool = False
    claim: str = ""
    spoken: set[str] = field(default_factory=set)
    shown_from: int = 0
    moments: set[tuple[frozenset[str], Term]] = field(default_factory=set)
    known: list[tuple[Term, tuple[Term, ...], Span]] = field(default_factory=list)
    end: Term | None = None
    shown: list[int] = field(default_factory=list)
    aims: list[Aim] = field(default_factory=list)
    chances: Chances = field(init=False)

    def __post_init__(self) -> None:
        self.chances = Chances(self.elaborator.term)

    @property
    def symbols(self) -> Symbols:
        return self.elaborator.symbols

    def note(self, code: str, message: str, span: Span) -> None:
        self.elaborator.notes.append(Note(code, message, span))

    def assumed_of(self, key: str) -> bool:
        """Whether something is assumed of the name, so that it is not free to be defined."""
        sections = {0, self.section}
        if any(key in given.value.heads for given in self.chances.said.given):
            return True
        return any(
            s in sections and key in h.left.heads | h.right.heads for _, s, h in self.hypotheses
        )

    def defined_in(self, *terms: Term) -> frozenset[str]:
        """The names in terms that the document defines."""
        return frozenset(h for t in terms for h in t.heads) & self.table.keys()

    def poses(self, key: str) -> bool:
        """Whether all that is assumed of a name are equations for its derivatives, to be solved."""
        rows = [h for _, _, h in self.hypotheses if key in h.left.heads | h.right.heads]
        return bool(rows) and all(_differential(h, key) for h in rows)

    def posed_of(self, left: Term) -> tuple[Hypothesis, ...]:
        """What a name that is defined now was to satisfy: equations for it that nothing solved."""
        key = defined_head(left) or ""
        if not self.poses(key):
            return ()
        rows = [(n, s, h) for n, (_, s, h) in enumerate(self.hypotheses) if n not in self.solved]
        return tuple(
            h for _, s, h in rows if s in {0, self.section} and key in h.left.heads | h.right.heads
        )

    def solve(self, key: str) -> None:
        """A name that is defined now is no longer sought: what posed it ends here."""
        for number, (_, _, hypothesis) in enumerate(self.hypotheses):
            if _differential(hypothesis, key):
                self.solved.setdefault(number, self.clock)

    def covered(self, left: Term) -> bool:
        """Whether a definition in force already covers the left side."""
        rows = self.table.get(defined_head(left) or "", [])
        return any(covers(d.params, defined_at(left)) for _, d in rows)

    def define(self, left: Term, right: Term, name: str) -> None:
        """Puts a definition in force from the next relation on."""
        left, right = by_entry(left, right)
        key = defined_head(left)
        if key is None:
            return
        self.sections[key] = self.section
        self.solve(key)
        params = defined_at(left)
        if isinstance(left, App):
            self.symbols.functions[key] = params
        if is_matrix(right):
            self.give_shape(key, right)
        since = self.since(key)
        self.table[key].append((since, Definition(key, params, right, name)))
        self.clock += 1
        if is_matrix(right) and not entry_names(right):
            self.link_entries(key)

    def since(self, key: str) -> int:
        """When a definition comes into force: `… where x = …` also holds in the display before."""
        explained = self.explains and key not in self.table
        used = any(
            key in side.heads
            for draft in self.drafts
            if draft.at >= self.opened
            for side in (draft.relation.left, draft.relation.right)
            if side is not None
        )
        return self.opened - 1 if explained and used else self.clock

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
        self.symbols.settle(key)

    def define_entries(self, left: Term, right: Term, name: str) -> None:
        """`𝐘 = [y_{11} …]`: y is the name of the entries; a new bold name is the whole."""
        value, names = (left, right) if self.fresh(right, left) else (right, left)
        if isinstance(value, Mat) and not self.covered(value):
            self.define(value, names, name)
            return
        for at, row, column in entry_names(names):
            self.define(at, Entry(value, row, column), name)

    def fresh(self, side: Term, other: Term) -> bool:
        found = entry_names(side)
        if not found or any(self.covered(at) for at, _, _ in found):
            return False
        return not {at.head for at, _, _ in found} & self.closure(other)

    def closure(self, term: Term, kept: str = "") -> set[str]:
        """The heads in a term and in the definitions behind them, but behind the one `kept`."""
        found = set(heads(term))
        stack = list(found - {kept})
        while stack:
            for _, definition in self.table.get(stack.pop(), ()):
                own = {p.name for p in definition.params if isinstance(p, Sym)}
                new = heads(definition.body) - own - found
                found |= new
                stack.extend(new - {kept})
        return found

    def linked(self, name: str, others: frozenset[str]) -> bool:
        """Whether an equation that is assumed speaks of a name and of one of the others."""
        rows = [h for _, s, h in self.hypotheses if s in {0, self.section} and h.op == "="]
        spoken = [h.left.heads | h.right.heads for h in rows]
        return any(name in heads and heads & others for heads in spoken)

    def impose(self, found: Local) -> None:
        """Puts a condition in force; it replaces what was said of the same name for a while."""
        self.local = [c for c in self.local if not found.key or c.key != found.key] + [found]

    def release(self, *until: str) -> None:
        """Ends the conditions that reach to the end of these."""
        self.local = [c for c in self.local if c.until not in until]

    def assume(
        self, left: Term, op: str, right: Term, span: Span, lasting: bool, said: str = ""
    ) -> None:
        """Takes an equation as a hypothesis, to the end of the section or for good."""
        text = f"{self.source.cut(span)} {said}".strip()
        self.take(Hypothesis(left, op, right, text), lasting)

    def take(self, found: Hypothesis, lasting: bool) -> None:
        """Puts a hypothesis in force, to the end of the section or for good."""
        at = self.opened - 1 if self.explains else self.clock
        self.hypotheses.append((at, 0 if lasting else self.section, found))
        self.symbols_meet(found.left, found.right)
        self.clock += 1

    def symbols_meet(self, left: Term, right: Term) -> None:
        """Unknown sizes on both sides of an equation meet."""
        if is_matrix(left) and is_matrix(right):
            self.symbols.meet((left, right))


def _differential(row: Hypothesis, key: str) -> bool:
    inside = [t for side in (row.left, row.right) for t in subterms(side)]
    rates = any(isinstance(t, Diff) and key in t.body.heads for t in inside)
    return rates or any(isinstance(t, App) and t.head == key and _told_at(t) for t in inside)


def _told_at(value: App) -> bool:
    """Whether it is a derivative, or the value at a number: `y(0)`."""
    return any(value.orders) or all(isinstance(a, Num) for a in value.args)


def by_entry(left: Term, right: Term) -> tuple[Term, Term]:
    """`𝐱_t = …` entry by entry: `x_{t k}` and the k-th entry; any other equation as it is."""
    match left:
        case Build(At(_, (*_, Bound(1))), _, cols) if cols is ONE and is_matrix(right):
            entry = Sym("entry′")
            return instantiate(left.body, entry, ONE), Entry(right, entry, ONE)
    return left, right


def defined_head(term: Term) -> str | None:
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


def defined_at(term: Term) -> tuple[Term, ...]:
    """The indices or arguments of a left side."""
    match term:
        case At(_, indices):
            return indices
        case App(_, _, args):
            return args
        case _:
            return ()


def covers(params: tuple[Term, ...], at: tuple[Term, ...]) -> bool:
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
