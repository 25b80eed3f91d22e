"""Chains to relations: what a relation between two members defines, is given, or claims."""

import re
from dataclasses import replace

from derive.context import Context, Hypothesis
from derive.derivation import Order, Problem, Relation
from derive.kernel.matrix import ShapeError, Unsupported
from derive.read import cues
from derive.read import remainders as remainder
from derive.read.declarations import declare
from derive.read.distributions import is_drawn
from derive.read.equations import variables
from derive.read.kinds import COMPARED, EQUAL, SHOWN, Kinds
from derive.read.ledger import Draft, Local, by_entry, defined_head
from derive.read.names import base_name, head, unmarked
from derive.read.problem import Unread
from derive.read.survey import total_and_partial
from derive.read.walk import walk
from derive.source import Span
from derive.syntax import (
    Addition,
    Chain,
    Group,
    Name,
    Node,
    Number,
    Product,
    Quotient,
    Relator,
    Script,
    Tuple,
    Unreadable,
)
from derive.term import (
    ONE,
    ZERO,
    App,
    At,
    Block,
    Diff,
    Fill,
    Fn,
    Grad,
    Num,
    Pow,
    Sym,
    Term,
    fn,
    is_matrix,
)

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
REFERENCE = re.compile(r"\(\s*(\?\?|[0-9]+[a-z]?|[a-z]+[A-Z]\w*)\s*\)|\\(?:eq)?ref\{([^}]*)\}")


class Chains(Kinds):
    """States the relations of chains, in reading order."""

    def bounding(self, chain: Chain) -> bool:
        r"""`…, \qquad |x| < 1`: a bound without words, of names that nothing defines."""
        members = [m for m in chain.members if m is not None]
        if chain.words or len(members) != 2 or chain.relators[0].op not in COMPARED:
            return False
        names = [base_name(n) for m in members for n in walk(m) if isinstance(n, Name)]
        own = {head(n) for n in names if n is not None} & self.table.keys()
        return bool(names) and all(map(_plain_bound, members)) and not own

    def condition(self, chain: Chain, until: str, whole: bool = False) -> bool:
        """Takes a chain as a condition for a while; False where it cannot be one.

        The names in it are integers where it is said of a `whole` number.
        """
        before = dict(self.domains)
        if declare(chain, self):
            now, self.domains = self.domains, before
            for key, domain in now.items():
                if before.get(key) is not domain:
                    here = replace(domain, integer=domain.integer or whole)
                    self.impose(Local(until, key, here))
            return True
        left, right = chain.members[0], chain.members[1]
        op = chain.relators[0].op
        if len(chain.members) != 2 or left is None or right is None or op not in EQUAL | COMPARED:
            return False
        terms = self.elaborator.term(left), self.elaborator.term(right)
        held = Hypothesis(terms[0], plain_sign(op), terms[1], self.source.cut(chain.span))
        until = "sentence" if until == "section" and op in EQUAL else until
        self.impose(Local(until, hypothesis=held))
        return True

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
        base = tag if tag is not None else self.source.name(span.start)
        self.ids[base] += 1
        count = self.ids[base]
        return base if count == 1 else f"{base}.{count}"

    def place(self, relation: Relation) -> None:
        chance = self.chances.now()
        self.drafts.append(Draft(relation, self.clock, self.section, tuple(self.local), chance))
        if relation.left is not None:
            self.by_left.setdefault(relation.left, []).append(relation)
        self.clock += 1

    def chain(self, chain: Chain, tag: str | None, beside: bool) -> None:
        """One chain of a display, relation by relation; `beside` others it may be a condition."""
        if len(chain.members) == 1:
            alone = Unread("a formula without a relation sign", chain.span)
            self.trouble(chain.span, "claim", alone, tag)
            found = self.read(chain.members[0])
            if chain.members[0] is not None and isinstance(found, Term):
                self.last = (chain.members[0], found)
            return
        bounds = beside and (len(chain.members) == 3 or self.bounding(chain))
        listed = isinstance(chain.members[0], Tuple)
        if (bounds or listed) and self.declared(chain, chain.span, tag, beside):
            return
        both = total_and_partial(m for m in chain.members if m is not None)
        if both is not None:
            reason = "a total and a partial derivative side by side are not told apart yet"
            self.trouble(chain.span, "claim", Unread(reason, both.span), tag)
            return
        if is_drawn(chain):
            self.drawn(chain)
            self.place(self.declaration_of(chain.span, tag, "∼"))
            return
        if self.extreme(chain, tag, beside):
            return
        whole = chain
        chain, remainders = self.remainders(chain)
        terms = [self.read(m) for m in chain.members]
        self.end = self.conclusion(chain, terms)
        given: list[Hypothesis] = []
        start = 0
        for k, relator in enumerate(chain.relators):
            if relator.op in IMPLIES:
                self.implication(chain, terms, start, k, given)
                start = k + 1
                continue
            inside = remainders[k + 1] or remainders[k]
            if inside is not None or relator.op == "≈":
                self.approximation(chain, terms, k, tag, inside, span_of(whole, k))
            else:
                self.link(chain, terms, k, tag, tuple(given), start)

    def extreme(self, chain: Chain, tag: str | None, beside: bool) -> bool:
        """Whether a chain says that a name is where something is greatest or least."""
        try:
            rest = self.extremum(chain)
        except Unread as problem:
            self.trouble(chain.span, "claim", problem, tag)
            return True
        if rest is not None:
            self.place(self.declaration_of(chain.span, tag, "="))
            if len(rest.members) > 1:
                self.chain(rest, tag, beside)
        return rest is not None

    def read(self, member: Node | None) -> Term | Unread | None:
        if member is None:
            return None
        mark = len(self.symbols.seen)
        try:
            found = self.elaborator.term(member)
            self.used |= {h for h, _ in self.symbols.seen[mark:]}
            return found
        except Unread as problem:
            return problem
        except ShapeError as problem:
            supposed = {h for h, _ in self.symbols.seen[mark:]} & self.symbols.supposed
            return Unread(problem.message, member.span, "not-checked" if supposed else "malformed")
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
                text = self.source.cut(span_of(chain, k))
                given.append(Hypothesis(left, plain_sign(chain.relators[k].op), right, text))

    def link(
        self, chain: Chain, terms: list[Term | Unread | None], k: int, tag: str | None,
        given: tuple[Hypothesis, ...], start: int,
    ) -> None:  # fmt: skip
        """The relation between members k and k+1 of a chain."""
        left, right = terms[k], terms[k + 1]
        op = chain.relators[k].op
        if left is None and k == 0:
            left = self.last[1] if self.last is not None else None
        if k == 0 and chain.members[0] is not None:
            self.deriving = _is_slope(left)
        span = span_of(chain, k)
        for side in (left, right):
            if isinstance(side, Unread):
                self.lose(chain, k, left, side)
                self.trouble(span, "claim", side, tag)
                self.keep(self.drafts[-1].relation.id, chain, k)
                self.remember(chain, k, right)
                return
        if left is None or right is None or isinstance(left, Unread) or isinstance(right, Unread):
            self.trouble(span, "claim", Unread("nothing stands before this sign", span), tag)
            return
        may_declare = op == "∈" or (op in COMPARED and k == 0 and len(chain.members) == 2)
        if may_declare and self.declared(chain, span, tag, False):
            return
        if op not in EQUAL | COMPARED:
            reason = _UNDECIDED.get(op, f"the sign {op} is not decided yet")
            self.trouble(span, "claim", Unread(reason, chain.relators[k].span), tag)
        else:
            if k == 0:
                self.pose_last(left, right)
            self.relate(chain, k, left, right, tag, given, start)
        self.remember(chain, k, right)

    def relate(
        self, chain: Chain, k: int, left: Term, right: Term, tag: str | None,
        given: tuple[Hypothesis, ...], start: int,
    ) -> None:  # fmt: skip
        """States a relation as what it is: a definition, something given, a claim."""
        op = chain.relators[k].op
        follows = k + 1 < len(chain.relators) and chain.relators[k + 1].op in IMPLIES
        named = k + 1 == len(chain.relators) and self.is_naming(left, right, op)
        kind = "naming" if named else self.kind(left, right, op, k, start, follows)
        if kind != "definition" and ("±" in left.heads) != ("±" in right.heads):
            span = span_of(chain, k)
            reason = "which of the two values of ± is meant is not decided yet"
            self.trouble(span, "claim", Unread(reason, span), tag)
            return
        claim = kind == "claim" and op in EQUAL
        meant = self.solution(left, given) if claim and k == start else ()
        opens = claim and k == 0 and chain.members[0] is not None
        unknown = self.satisfied(chain, left, right) if opens else ""
        self.state(chain, k, left, right, tag, kind, given + meant, unknown)
        if unknown:
            # it is not checked, and holds from here
            self.assume(left, "=", right, span_of(chain, 0), lasting=False)
        if meant and self.definable(left, right):
            self.define(left, right, self.drafts[-1].relation.id)

    def solution(self, left: Term, given: tuple[Hypothesis, ...]) -> tuple[Hypothesis, ...]:
        """`f'(x) = 0 ⇒ x^⋆ = …`: a new name with a mark is the x that was just spoken of."""
        if not isinstance(left, Sym) or left.name in self.table.keys() | self.stated_heads:
            return ()
        key = unmarked(left.name)
        if key == left.name or key in self.table or not any(key in h.left.heads for h in given):
            return ()
        return (Hypothesis(Sym(key), "=", left, f"{left.name} is the {key} that is meant"),)

    def satisfied(self, chain: Chain, left: Term, right: Term) -> str:
        """The unknown x for which `m ẍ = −k x` stands without a word; "" where it is a claim."""
        key = self.equation_for(left, right)
        by = variables(left, right)
        names = (n for m in chain.members[:2] if m for n in walk(m) if isinstance(n, Name))
        gradient = any(n.base == "partial" for n in names) and len(by) < 2
        return "" if gradient or by & self.table.keys() else key

    def remainders(self, chain: Chain) -> tuple[Chain, list[Node | None]]:
        """A chain without the `O(…)` at the end of its members, and these."""
        if ("O", "") in self.symbols.survey.defined:
            return chain, [None] * len(chain.members)
        pairs = [remainder.split(m) for m in chain.members]
        kept = replace(chain, members=tuple(member for member, _ in pairs))
        return kept, [inside for _, inside in pairs]

    def approximation(
        self, chain: Chain, terms: list[Term | Unread | None], k: int, tag: str | None,
        inside: Node | None, span: Span,
    ) -> None:  # fmt: skip
        """`f = p + O(x^k)`, and `f ≈ p` where the words say up to which order."""
        left, right = terms[k], terms[k + 1]
        if left is None and k == 0 and self.last is not None:
            left = self.last[1]
        try:
            for side in (left, right):
                if isinstance(side, Unread):
                    raise side
            if not isinstance(left, Term) or not isinstance(right, Term):
                raise Unread("nothing stands before this sign", span)
            order = self.order(left, right, chain.relators[k], inside)
        except Unread as problem:
            self.lose(chain, k, left, problem)
            self.trouble(span, "claim", problem, tag)
            self.keep(self.drafts[-1].relation.id, chain, k)
        else:
            self.keep(self.stated_order(chain, k, left, right, order, tag, span), chain, k)
        self.remember(chain, k, right)

    def stated_order(
        self, chain: Chain, k: int, left: Term, right: Term, order: Order, tag: str | None,
        span: Span,
    ) -> str:  # fmt: skip
        """Places an approximation among the relations; returns its name."""
        blank = self.blank(span, tag, "claim", Problem("not-checked", "unreadable", "", span))
        nodes = [n.span if n is not None else span for n in chain.members[k : k + 2]]
        found = replace(
            blank, op="≈", left=left, right=right, left_span=nodes[0], right_span=nodes[1],
            problem=None, predecessor=self.predecessor(left, k > 0), continues=k > 0, order=order,
        )  # fmt: skip
        self.place(found)
        return found.id

    def order(self, left: Term, right: Term, sign: Relator, inside: Node | None) -> Order:
        """Up to which order two sides are said to agree."""
        key = defined_head(left)
        if key is not None and key not in self.table and key not in right.heads:
            raise Unread("what an approximation leaves open defines nothing", sign.span)
        if "\\infty" in self.words:
            raise Unread("an expansion at infinity is not decided yet", sign.span)
        if inside is not None:
            return remainder.order_of(self.elaborator.scalar(inside), inside.span)
        found = remainder.told_order(self.words, left, right)
        if found is None:
            reason = "how near is not said: write a remainder O(…), or “to first order in x”"
            raise Unread(reason, sign.span)
        return found

    def lose(self, chain: Chain, k: int, left: object, problem: Unread) -> None:
        """What a formula that cannot be read would have defined is known to be unknown."""
        key = defined_head(left) if isinstance(left, Term) else None
        self.unknown(key or name_of(chain.members[k]), problem.span)

    def unknown(self, key: str | None, place: Span) -> None:
        """Nothing is known of a name but that an unread formula speaks of it."""
        if key is not None and key not in self.table:
            line = self.source.said(place.start)
            self.unsettled.setdefault(key, f"what {line} says of {key} is not read")

    def declared(self, chain: Chain, span: Span, tag: str | None, beside: bool) -> bool:
        try:
            held = cues.conditional(chain.words) and self.condition(chain, "display")
            bound = beside and self.bounding(chain)
            if not held and not declare(chain, self) and not bound:
                return False
        except Unread as problem:
            self.trouble(span, "declaration", problem, tag)
            return True
        self.place(self.declaration_of(span, tag, chain.relators[0].op))
        return True

    def declaration_of(self, span: Span, tag: str | None, op: str) -> Relation:
        """A relation that declares something."""
        relation = self.blank(span, tag, "declaration", Problem("defined", "", "", span))
        return replace(relation, problem=None, op=op)

    def conclusion(self, chain: Chain, terms: list[Term | Unread | None]) -> Term | None:
        """What a chain of equations ends in; None for any other chain."""
        last = terms[-1]
        plain = all(r.op in EQUAL for r in chain.relators) and isinstance(last, Term)
        return last if plain and isinstance(last, Term) and self.closed(last) else None

    def remember(self, chain: Chain, k: int, right: object) -> None:
        member = chain.members[k + 1]
        if member is not None and isinstance(right, Term):
            self.last = (member, right)
            if self.deriving:
                self.derived = self.last

    def state(
        self, chain: Chain, k: int, left: Term, right: Term, tag: str | None, kind: str,
        given: tuple[Hypothesis, ...] = (), unknown: str = "",
    ) -> None:  # fmt: skip
        span = span_of(chain, k)
        left_node, right_node = chain.members[k], chain.members[k + 1]
        continues = k > 0 or left_node is None
        op = plain_sign(chain.relators[k].op)
        root = None if continues or op != "=" else self.root_of(left, right)
        name = self.name(tag, span)
        earlier = self.stated.get((op, left, right))
        shown = "claim" if root is not None else SHOWN.get(kind, kind)
        if earlier is not None and shown != "declaration":
            shown = "restatement"
        self.stated.setdefault((op, left, right), name)
        solves = self.posed_of(left) if kind == "definition" else ()
        if solves and not cues.tries(self.words):
            shown = "claim"
        zeroed = () if continues or root is not None else self.zeroed(left, right)
        relation = Relation(
            name, tag, span, self.source.cut(span), shown, op, left, right,
            left_node.span if left_node is not None else span,
            right_node.span if right_node is not None else span,
            Context(), None, self.predecessor(left, continues), continues,
            given + (() if continues else self.stated_of(left)) + zeroed,
            self.is_sought(left, op, right, continues), root=root, unknown=unknown, solves=solves,
        )  # fmt: skip
        self.stated_heads |= left.heads | right.heads
        self.symbols_meet(left, right)
        self.keep(name, chain, k)
        if not continues:
            self.slope(left, right)
        self.place(relation)
        if op in EQUAL:
            self.vanishes(right, kind)
        self.take_effect(kind, left, right, name, span)
        if relation.sought and kind == "claim":
            self.pose(relation, zeroed)
        if k == 0 and isinstance(left, Block):
            self.unnamed.append(left)

    def keep(self, name: str, chain: Chain, k: int) -> None:
        """Remembers a relation as written, for edits of it."""
        left, right = chain.members[k], chain.members[k + 1]
        if right is not None:
            before = left if left is not None else self.last and self.last[0]
            self.written[name] = (before, right, k == 0 and left is not None)
            self.displays[name] = self.within

    def predecessor(self, left: Term, continues: bool) -> str | None:
        """The relation that a new one goes on from: the one before in its chain, or the
        latest with the same left side."""
        if continues:
            return self.drafts[-1].relation.id if self.drafts else None
        found = self.by_left.get(left, [])
        named = {m.group(1) or m.group(2) for m in REFERENCE.finditer(self.words)}
        # an equation that the words before name is what is transformed
        for relation in (*(r for r in reversed(found) if r.tag in named), *reversed(found)):
            return relation.id
        return None

    def is_sought(self, left: Term, op: str, right: Term, continues: bool) -> bool:
        """Whether the words may pose the equation rather than claim it."""
        if op not in EQUAL:
            return False
        derived = any(isinstance(side, (Diff, Grad)) for side in (left, right))
        value = any(isinstance(side, Num) for side in (left, right))
        seeks = cues.zeroes(self.words) if value else cues.seeks(self.words)
        looks = self.seeks_root(left, right)
        return looks or (not continues and not derived and seeks)

    def pose(self, relation: Relation, zeroed: tuple[Hypothesis, ...]) -> None:
        """What an equation that is solved rests on holds from here; else it holds itself."""
        for row in zeroed:
            self.take(row, lasting=False)
        left, right = relation.left, relation.right
        if zeroed or left is None or right is None or self.defined_in(left, right):
            return
        self.take(Hypothesis(left, "=", right, relation.latex), lasting=False)

    def zeroed(self, left: Term, right: Term) -> tuple[Hypothesis, ...]:
        """`Setting this to zero gives …`: what was found last, or the last derivative, is 0."""
        member = self.set_to_zero()
        if member is None or (ZERO in (left, right) and member[1] in (left, right)):
            return ()
        node, found = member
        try:
            rows, cols = self.symbols.shape_of(found) if is_matrix(found) else (ONE, ONE)
        except (ShapeError, Unsupported):
            return ()
        nothing = Fill(ZERO, rows, cols) if is_matrix(found) else ZERO
        return (Hypothesis(found, "=", nothing, f"{self.source.cut(node.span)} = 0"),)

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
        left, right = by_entry(left, right)
        match kind:
            case "definition":
                self.define(left, right, name)
                self.objective(left)
            case "naming":
                self.define(right, left, name)
            case "moment":
                self.tell(left, right, span, name)
            case "entries":
                self.define_entries(left, right, name)
            case "posed" if isinstance(left, At):
                self.unsettled.setdefault(left.head, f"{left.head} is given by ({name}) alone")
            case "logarithm" if isinstance(left, Fn):
                self.define(left.args[0], fn("exp", right), name)
            case "given":
                self.assume(left, "=", right, span, lasting=False)
                if isinstance(left, Pow) and isinstance(left.base, Sym):
                    above = left.heads
                    self.symbols.pairs |= {(a, b) for a in above for b in self.closure(right)}
                if isinstance(left, At) and self.is_recurrence(left, right):
                    self.unsettled.setdefault(left.head, f"{left.head} is given by ({name}) alone")
            case _:
                pass


def name_of(member: Node | None) -> str | None:
    """The name that a side defines, `f` of `f(x)`, told from what is written."""
    if isinstance(member, Product) and len(member.factors) == 2:
        member = member.factors[0].node
    name = base_name(member) if isinstance(member, Name | Script) else None
    return head(name) if name is not None else None


def _is_slope(left: object) -> bool:
    """Whether a side is a first derivative, as one sets to zero at a stationary point."""
    match left:
        case Diff(body, _):
            return not isinstance(body, Diff)
        case Grad():
            return True
        case App(_, orders, _):
            return sum(orders) == 1
        case _:
            return False


def _plain_bound(member: Node) -> bool:
    """Whether a side of a bound is a name or number, its absolute value, or a sum of such."""
    match member:
        case Name() | Number():
            return True
        case Script(base, _, None, 0, _):
            return isinstance(base, Name)
        case Group("|", _, body, _):
            return _plain_bound(body)
        case Addition(terms, _):
            return all(_plain_bound(t.node) for t in terms)
        case Quotient(numerator, denominator, _):
            return _plain_bound(numerator) and _plain_bound(denominator)
    return False


def plain_sign(op: str) -> str:
    """The sign that a relation is decided by: "=" for all that say equal."""
    return "=" if op in EQUAL else op


def span_of(chain: Chain, k: int) -> Span:
    """The span of relation k of a chain: from its left side, or from its sign further on."""
    left, right = chain.members[k], chain.members[k + 1]
    start = left.span if left is not None and k == 0 else chain.relators[k].span
    return start.to(right.span) if right is not None else start
