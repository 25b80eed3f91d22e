"""A relation as a Coq theorem: what it says, for everything that the document admits.

The sides are those of the relation as read, not what a proof made of them. Domains, definitions,
assumptions and conditions of the document stand before the conclusion, and nothing else does.
"""

import re
from dataclasses import field, replace
from functools import cached_property

from derive.certify.expression import Expressions, Unsaid
from derive.certify.letters import told_apart
from derive.certify.names import fresh, identifiers
from derive.certify.scope import Key, Scope, named, reference, references, relevant
from derive.context import REAL, Condition, Definition, Domain, Hypothesis
from derive.derivation import Relation
from derive.kernel.matrix import shape
from derive.term import ONE, App, At, Diff, Fill, Mat, Num, Sym, Term, is_matrix, subterms
from derive.values import dataclass
from derive.verdict import REFUTED, Verdict

OPS = {"=": "=", "≡": "=", "≠": "<>", "<": "<", "≤": "<=", ">": ">", "≥": ">="}
KINDS = {
    "nonzero": "{} <> 0", "positive": "0 < {}", "nonnegative": "0 <= {}", "power": "0 < {}",
}  # fmt: skip
ORDER = frozenset("≠<≤>≥")


class Needless(Exception):
    """A way to state a relation that says nothing better than another, or something else."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A theorem without its proof.

    `given` are the heads that it quantifies over, in order, with the range conditions of the
    naturals after each; `lines` its text; `conclusion` the last line.
    """

    name: str
    given: tuple[str, ...]
    types: dict[str, str]
    bounded: frozenset[str]
    premises: int
    lines: tuple[str, ...]
    conclusion: str
    hypotheses: tuple[str, ...]
    matrix: bool
    derivative: bool
    deep: bool
    scope: Scope
    names: dict[str, str]

    @property
    def text(self) -> str:
        """The proposition."""
        return "\n  ".join((*self.lines, self.conclusion))


def theorem_name(relation: Relation, refuted: bool) -> str:
    """A name for the theorem from the relation's id."""
    plain = re.sub(r"\W+", "_", relation.id, flags=re.ASCII).strip("_") or "unnamed"
    return f"{'not_' if refuted else 'rel_'}{plain[:60]}"


def statement(
    relation: Relation, verdict: Verdict, every: bool, through: bool = False
) -> Statement:
    """The theorem of a relation; `every` defines all that the document defines, not only what
    the proof used; `through` also the variables that it differentiates by. Raises `Unsaid` where
    the language has no words, `Needless` where the other choice of `through` is the one."""
    if relation.left is None or relation.right is None or relation.op not in OPS:
        raise Unsaid("not a relation between two sides")
    if verdict.status != REFUTED:  # a counterexample goes by the names of the document
        relation, verdict = told_apart(relation, verdict)
    maker = Maker(relation, verdict, every or verdict.status == REFUTED, through)
    if through is not maker.passes or (through and not every):
        raise Needless
    return maker.statement()


@dataclass
class Maker:
    """Makes one statement."""

    relation: Relation
    verdict: Verdict
    every: bool
    through: bool = False
    lets: dict[Key, str] = field(default_factory=dict)

    # ---- the parts --------------------------------------------------------------------------

    @cached_property
    def passes(self) -> bool:
        """Whether it differentiates by what another of its variables may move."""
        scope = replace(self.scope, through=True, wanted=None)
        return any(v != p and v in scope.reach(p) for p in scope.passing for v in scope.variables)

    @cached_property
    def refuted(self) -> bool:
        return self.verdict.status == REFUTED

    @cached_property
    def sides(self) -> tuple[Term, Term]:
        left, right = self.relation.left, self.relation.right
        assert left is not None
        assert right is not None
        return left, right

    @cached_property
    def assumed(self) -> tuple[Hypothesis, ...]:
        rows = (*self.relation.context.hypotheses, *self.relation.given)
        if self.refuted:
            return relevant(rows, self.sides[0].heads | self.sides[1].heads)
        own = self.sides[0].heads | self.sides[1].heads
        return tuple(h for h in rows if h.text in self.verdict.assumed or _restricts(h, own))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        return (*self.verdict.conditions, *self.verdict.where)

    @cached_property
    def scope(self) -> Scope:
        terms = [*self.sides]
        terms += [t for h in self.assumed for t in (h.left, h.right)]
        terms += [t for c in self.conditions for t in (c.term, *(b for o in c.over for b in o))]
        wanted = None if self.every else frozenset(self.verdict.unfolded)
        context = self.relation.context
        first = Scope(context, tuple(terms), wanted, self.through)
        heads = [*first.given, *(d.head for d in first.defined.values())]
        bounds = [t for h in heads for t in self._bounds(h)]
        return Scope(context, (*terms, *bounds), wanted, self.through)

    def _bounds(self, head: str) -> list[Term]:
        context = self.relation.context
        domain = self.domains.get(head, REAL)
        ranges = [t for pair in context.ranges.get(head, ()) if pair for t in pair]
        return [t for t in (domain.lo, domain.hi, *(domain.values or ()), *ranges) if t is not None]

    @cached_property
    def deep(self) -> bool:
        """Whether something is differentiated twice."""
        bodies = [*self.sides, *(d.body for d in self.scope.defined.values())]
        derived = [t for b in bodies for t in subterms(b) if isinstance(t, Diff)]
        return any(isinstance(t, Diff) for d in derived for t in subterms(d.body)) or any(
            isinstance(t, Diff)
            for d in derived
            for row in self.scope.uses(d.body)
            for t in subterms(row.body)
        )

    @cached_property
    def domains(self) -> dict[str, Domain]:
        """What each name ranges over; an index without an end ends where the family does."""
        found = dict(self.relation.context.domains)
        for node in (t for s in self.sides for t in subterms(s) if isinstance(t, At)):
            ranges = self.relation.context.ranges.get(node.head, ())
            for index, pair in zip(node.indices, ranges, strict=False):
                top = pair[1] if pair else None
                if isinstance(index, Sym) and top is not None and not top.heads & index.heads:
                    own = found.get(index.name, REAL)
                    if own.integer and own.hi is None:
                        found[index.name] = replace(own, hi=top)
        return found

    @cached_property
    def naturals(self) -> dict[str, int]:
        """The given names that are sizes or indices, with their least values."""
        found = {}
        for name, domain in self.domains.items():
            defined = name in self.relation.context.definitions  # a letter with two meanings
            if domain.integer and domain.lo is not None and not defined:
                least = domain.lo.value if isinstance(domain.lo, Num) else 0
                if least >= 0:
                    found[name] = int(least)
        return found

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The names quantified over: sizes, then indices, then the rest."""
        own = [h for h in self.scope.given if h not in self._bound_in_definitions]
        domains = self.domains
        sizes = [h for h in own if h in self.naturals and domains[h].hi is None]
        indices = [h for h in own if h in self.naturals and h not in sizes]
        rest = [h for h in own if h not in self.naturals]
        return (*sizes, *_by_bounds(indices, domains), *rest)

    @cached_property
    def _bound_in_definitions(self) -> frozenset[str]:
        outside = {h for t in self.scope.terms for h, _ in references(t)}
        inside: set[str] = set()
        for found in self.scope.defined.values():
            own = {p.name for p in found.params if isinstance(p, Sym)}
            inside |= own
            outside |= {h for h, _ in references(found.body)} - own
        return frozenset(inside - outside)

    @cached_property
    def names(self) -> dict[str, str]:
        parameters = [
            p.name for d in self.scope.defined.values() for p in d.params if isinstance(p, Sym)
        ]
        heads = [d.head for d in self.scope.defined.values()]
        return identifiers([*self.given, *self.scope.variables, *heads, *parameters])

    @cached_property
    def writer(self) -> Expressions:
        tops = {
            name: domain.hi
            for name, domain in self.domains.items()
            if domain.integer and domain.hi is not None
        }
        return Expressions(
            self.names, self.naturals, tops, self.refer, self.matrix_name, self.function,
            self.scope.cells, self.whole, lambda head: self.domains.get(head, REAL).integer,
        )  # fmt: skip

    # ---- names and their arguments ---------------------------------------------------------

    def refer(self, head: str, at: tuple[Term, ...], writer: Expressions) -> str:
        """A symbol or a member of a family, with the variables that it depends on."""
        found = None if head in writer.held else self.scope.definition(head, at)
        if found is None:
            if head not in self.names:
                raise Unsaid(f"the name {head} stands for nothing here")
            words = [self.names[head], *map(writer.natural, at)]
            return _applied([*words, *self._passed(self.scope.along(head), writer)])
        moved = self._passed(self.scope.moved(found), writer)
        own = self.let(found)
        if at and not found.params:
            rows = (*at, ONE) if len(at) == 1 else at
            return _applied([own, *moved, *map(writer.natural, rows)])
        indices = [
            writer.natural(a) for p, a in zip(found.params, at, strict=True) if isinstance(p, Sym)
        ]
        return _applied([own, *indices, *moved])

    def matrix_name(self, term: Mat, writer: Expressions) -> str:
        """A matrix by its name."""
        found = None if term.name in writer.held else self.scope.definition(term.name, ())
        if found is not None:
            return _applied([self.let(found), *self._passed(self.scope.moved(found), writer)])
        along = self._passed(self.scope.along(term.name), writer)
        own = self.names[term.name]
        if along:
            at = "i" if term.cols is None else "i j"
            return f"(fun i j : nat => {own} {at} {' '.join(along)})"
        return f"(mat_col {own})" if term.cols is None else own

    def function(self, head: str, at: tuple[Term, ...], writer: Expressions) -> str:
        """A function without its arguments; what else moves it comes first."""
        found = self.scope.definition(head, at)
        if found is None:
            return self.names[head]
        return _applied([self.let(found), *self._passed(self.scope.moved(found), writer)])

    def _named(self, heads: tuple[str, ...]) -> list[str]:
        if self.scope.passing.intersection(heads):
            raise Unsaid("what is said of a name that depends on a defined one")
        return [self.names[h] for h in heads]

    def _passed(self, heads: tuple[str, ...], writer: Expressions) -> list[str]:
        """Variables as arguments."""
        return [self.whole(h, writer) for h in heads]

    def whole(self, head: str, writer: Expressions) -> str:
        """A variable as one value: a number, a family; what defines it, where nothing holds it."""
        if head not in self.scope.passing or head in writer.held:
            return self.names[head]
        found = self.scope.context.definitions[head][0]
        if is_matrix(found.body):
            raise Unsaid("a derivative by a matrix that is defined")
        letters = [fresh("ijkl"[k], self.names.values()) for k, _ in enumerate(found.params)]
        said = [self.let(found), *letters, *self._passed(self.scope.moved(found), writer)]
        binder = " ".join(f"({i} : nat)" for i in letters)
        return f"(fun {binder} => {_applied(said)})" if letters else _applied(said)

    def let(self, found: Definition) -> str:
        key = self.scope.key(found)
        if key not in self.lets:
            at = "".join(f"_{p.value}" for p in key[1] if isinstance(p, Num))
            at += "_defined" if key[0] in self.scope.passing else ""
            taken = [*(n for h, n in self.names.items() if h != key[0]), *self.lets.values()]
            self.lets[key] = fresh(self.names[key[0]] + re.sub(r"\W", "_", at), taken)
        return self.lets[key]

    # ---- types ------------------------------------------------------------------------------

    def type_of(self, head: str) -> str:
        """The Coq type of a given name."""
        if head in self.naturals:
            return "nat"
        node = self.scope.given[head]
        match node:
            case At(_, indices):
                parts = ["nat"] * len(indices)
            case App(_, _, args):
                parts = ["R"] * len(args)
            case Mat(_, _, cols):
                parts = ["nat"] if cols is None else ["nat", "nat"]
            case _:
                parts = []
        along = [f"({t})" if "->" in t else t for t in map(self.type_of, self.scope.along(head))]
        return " -> ".join([*parts, *along, "R"])

    # ---- the lines --------------------------------------------------------------------------

    def statement(self) -> Statement:
        """Put the parts in order."""
        self._one_kind_each()
        quantified = [line for h in self.given for line in self._quantified(h)]
        lets = [self._let(d) for d in self.scope.defined.values()]
        hypotheses = tuple(dict.fromkeys(self._hypotheses()))
        lines = [*quantified, *lets, *(f"{h} ->" for h in hypotheses)]
        derived = any(isinstance(t, Diff) for s in self.sides for t in subterms(s))
        return Statement(
            theorem_name(self.relation, self.refuted), self.given,
            {h: self.type_of(h) for h in self.given},
            frozenset(h for h in self.given if h in self.naturals and self._range(h)),
            len(hypotheses), tuple(lines), self.conclusion(), hypotheses,
            any(is_matrix(s) for s in self.sides),
            derived or bool(self.scope.variables), self.deep, self.scope, self.names,
        )  # fmt: skip

    def _one_kind_each(self) -> None:
        """Raises `Unsaid` where a letter stands for a number and, with an index, for a family."""
        bodies = (d.body for d in self.scope.defined.values())
        found: dict[str, int] = {}
        for term in (*self.scope.terms, *bodies):
            own = self.scope.parameters(term)
            for node in (n for n in named(term) if reference(n)[0] not in own):
                head, count = reference(node)[0], _indices(node)
                if found.setdefault(head, count) != count and head in self.scope.given:
                    raise Unsaid(f"{head} with and without an index")

    def _quantified(self, head: str) -> list[str]:
        said = f"forall ({self.names[head]} : {self.type_of(head)}),"
        bound = self._range(head) if head in self.naturals else ""
        return [f"{said} {bound} ->" if bound else said]

    def _range(self, head: str) -> str:
        domain = self.domains.get(head, REAL)
        return self._between(self.names[head], domain.lo, domain.hi)

    def _between(self, own: str, lo: Term | None, hi: Term | None) -> str:
        low = "" if lo is None or lo == Num(0) else f"{self.writer.size(lo)} <= "  # type: ignore[arg-type]
        high = "" if hi is None else f" <= {self.writer.size(hi)}"
        return f"({low}{own}{high})%nat" if low or high else ""

    def _let(self, found: Definition) -> str:
        own = self.let(found)
        calls = self._calls(found.head)
        self._parameters(found, calls)
        kind = "R" if calls else "nat"
        params = [f"({self.names[p.name]} : {kind})" for p in found.params if isinstance(p, Sym)]
        moved = self.scope.moved(found)
        others = [f"({self.names[v]} : {self._variable_type(v)})" for v in moved]
        params = [*others, *params] if calls else [*params, *others]
        body = found.body
        writer = self.writer.holding(*self.scope.passing.intersection(moved))
        said = writer.matrix(body) if is_matrix(body) else writer.real(body)
        word = f"fun {' '.join(params)} => {said}" if params else said
        return f"let {own} := {word} in"

    @cached_property
    def _numbers(self) -> frozenset[str]:
        """The names that stand for no index, before any definition's indices are known."""
        heads = (*self.given, *(d.head for d in self.scope.defined.values() if not d.params))
        return frozenset(h for h in heads if h not in self.naturals)

    def _calls(self, head: str) -> list[App]:
        """The uses of a name as a function."""
        bodies = (d.body for d in self.scope.defined.values())
        every = (t for s in (*self.scope.terms, *bodies) for t in subterms(s))
        return [t for t in every if isinstance(t, App) and t.head == head]

    def _parameters(self, found: Definition, calls: list[App]) -> None:
        """Parameters of a family are indices. Raises `Unsaid` where an index has the name of a
        number, a function's argument that of an index, or of a variable that other names in its
        body depend on."""
        own = [p for p in found.params if isinstance(p, Sym)]
        if not calls:
            if any(p.name in self._numbers for p in own):
                raise Unsaid("an index with the name of a number")
            self.naturals.update((p.name, max(self.naturals.get(p.name, 0), 0)) for p in own)
            return
        if any(p.name in self.naturals for p in own):
            raise Unsaid("a function whose argument has the name of an index")
        elsewhere = any(c.args != found.params for c in calls)
        through = {v for t in named(found.body) if t not in own for v in self.scope.moved_by(t)}
        if elsewhere and any(p.name in through for p in own):
            raise Unsaid("a function's argument that what else is in it depends on")

    def _variable_type(self, head: str) -> str:
        if head in self.scope.passing:
            params = self.scope.context.definitions[head][0].params
            return " -> ".join([*("nat" for _ in params), "R"])
        return self.type_of(head) if head in self.scope.given else "R"

    def conclusion(self) -> str:
        """The relation itself."""
        left, right = self.sides
        op = OPS[self.relation.op]
        if not (is_matrix(left) or is_matrix(right)):
            return f"{self.writer.real(left)} {op} {self.writer.real(right)}"
        known = left if is_matrix(left) else right
        rows, cols = (self.writer.size(s) for s in self._shape(known))
        a, b = (self._as_matrix(s) for s in (left, right))
        if op != "=":
            raise Unsaid("an order between matrices")
        return (
            f"forall row col : nat, (1 <= row <= {rows})%nat -> (1 <= col <= {cols})%nat ->\n"
            f"    {a} row col\n    = {b} row col"
        )

    def _shape(self, term: Term) -> tuple[Term, Term]:
        return shape(term)

    def _as_matrix(self, side: Term) -> str:
        if is_matrix(side):
            return self.writer.matrix(side)
        return self.writer.matrix(Fill(side, ONE, ONE))

    # ---- hypotheses -------------------------------------------------------------------------

    def _hypotheses(self) -> list[str]:
        found = [line for h in self.given if h not in self.naturals for line in self._domain(h)]
        found += [line for d in self.scope.defined.values() for line in self._domain_of(d)]
        found += [line for h in self.given for line in self._smooth(h)]
        found += [self._assumption(h) for h in self.assumed]
        found += [self._condition(c) for c in self.conditions]
        return found

    def _domain(self, head: str) -> list[str]:
        domain = self.relation.context.domains.get(head, REAL)
        node = self.scope.given[head]
        if isinstance(node, App):
            return []
        places, ranges = self._places(head, [None] * _indices(node))
        said = _applied([self.names[head], *places, *self._named(self.scope.along(head))])
        return self._all(_within(said, domain, self.writer), ranges, self.scope.along(head))

    def _domain_of(self, found: Definition) -> list[str]:
        domain = self.relation.context.domains.get(found.head, REAL)
        if is_matrix(found.body) or domain == REAL or domain.integer:
            return []
        places, ranges = self._places(found.head, list(self.scope.key(found)[1]))
        moved = self.scope.moved(found)
        said = _applied([self.let(found), *places, *self._named(moved)])
        if any(isinstance(p, Sym) and p.name not in self.naturals for p in found.params):
            return []
        return self._all(_within(said, domain, self.writer), ranges, moved)

    def _places(self, head: str, at: list[Term | None]) -> tuple[list[str], list[str]]:
        """Names for the indices of a family's general member, and their ranges."""
        ranges = self.relation.context.ranges.get(head, ())
        taken = [*self.names.values(), *self.lets.values()]
        places, said = [], []
        for k, p in enumerate(at):
            if p is not None:
                continue
            name = fresh("ijkl"[k], taken)
            taken.append(name)
            places.append(name)
            pair = ranges[k] if k < len(ranges) else None
            bound = self._between(name, *pair) if pair else ""
            said.append(f"forall {name} : nat, " + (f"{bound} -> " if bound else ""))
        return places, said

    def _all(self, said: str, ranges: list[str], along: tuple[str, ...]) -> list[str]:
        if not said:
            return []
        every = "".join(self._every(along)) if self.deep else ""
        return [f"({every}{''.join(ranges)}{said})"]

    def _every(self, along: tuple[str, ...]) -> list[str]:
        return [f"forall {self.names[v]} : {self._variable_type(v)}, " for v in along]

    def _smooth(self, head: str) -> list[str]:
        """That an unknown function can be differentiated where the relation does so."""
        node = self.scope.given[head]
        if isinstance(node, App):
            return self._smooth_function(head, node)
        places, ranges = self._places(head, [None] * _indices(node))
        found = []
        for v in self.scope.along(head):
            said = _applied([self.names[head], *places, *self._named(self.scope.along(head))])
            taken = [*places, *self.names.values()]
            members = (
                [fresh(c, taken) for c in ("m", "q")][: _indices(self.scope.given[v])]
                if v in self.scope.given
                else []
            )
            own = self.names[v]
            for order in range(2 if self.deep else 1):
                claim = self._differentiable(said, own, members, order)
                more = "".join(f"forall {m} : nat, " for m in members)
                found += self._all(f"{more}{claim}", ranges, self.scope.along(head))
        return found

    def _differentiable(self, said: str, own: str, members: list[str], order: int) -> str:
        if not members:
            inside = f"Derive (fun {own} : R => {said}) {own}" if order else said
            return f"ex_derive (fun {own} : R => {inside}) {own}"
        if order:
            raise Unsaid("a second derivative along a family")
        word = "upd" if len(members) == 1 else "upd2"
        at = " ".join(members)
        return f"ex_derive (fun t : R => let {own} := {word} {own} {at} t in {said}) ({own} {at})"

    def _smooth_function(self, head: str, node: App) -> list[str]:
        terms = [*self.scope.terms, *(d.body for d in self.scope.defined.values())]
        orders = [
            sum(t.orders)
            for s in terms
            for t in subterms(s)
            if isinstance(t, App) and t.head == head
        ]
        if not self.scope.variables and not any(orders):
            return []
        if len(node.args) != 1:
            if self.scope.variables or any(orders):
                raise Unsaid("a derivative of an unknown function of several variables")
            return []
        own, found, word = self.names[head], [], self.names[head]
        for _ in range(max(orders) + (2 if self.deep else 1 if self.scope.variables else 0)):
            found.append(f"(forall t : R, ex_derive (fun t : R => {word} t) t)")
            word = f"Derive {own}" if word == own else f"Derive (fun t : R => {word} t)"
        return found

    def _assumption(self, hypothesis: Hypothesis) -> str:
        """An equation assumed, for all values of its free indices."""
        left, right = hypothesis.left, hypothesis.right
        if is_matrix(left) or is_matrix(right) or hypothesis.op not in OPS:
            raise Unsaid("an assumption between matrices")
        free = sorted(h for h in left.heads | right.heads if h in self.naturals and self._runs(h))
        ranges = [f"forall {self.names[h]} : nat, {self._range(h)} -> " for h in free]
        moved = tuple(dict.fromkeys(v for s in (left, right) for v in self.scope.moved_by(s)))
        moved = tuple(v for v in moved if not {v} <= (left.heads | right.heads))
        said = f"{self.writer.real(left)} {OPS[hypothesis.op]} {self.writer.real(right)}"
        return f"({''.join(self._every(moved))}{''.join(ranges)}{said})"

    def _runs(self, head: str) -> bool:
        domain = self.domains.get(head)
        return domain is not None and domain.hi is not None

    def _condition(self, condition: Condition) -> str:
        if condition.kind not in KINDS:
            raise Unsaid(f"a condition of this kind ({condition.kind})")
        ranges = []
        for index, lo, hi in condition.over:
            if index.name not in self.names:
                raise Unsaid("a condition on a nameless index")
            own = self.names[index.name]
            ranges.append(f"forall {own} : nat, {self._between(own, lo, hi)} -> ")
        return (
            f"({''.join(ranges)}{KINDS[condition.kind].format(self.writer.real(condition.term))})"
        )


def _restricts(hypothesis: Hypothesis, own: frozenset[str]) -> bool:
    """Whether it bounds the names of the relation: proofs use that without saying so."""
    left, right = hypothesis.left, hypothesis.right
    scalar = not (is_matrix(left) or is_matrix(right))
    return hypothesis.op in ORDER and scalar and left.heads | right.heads <= own


def _indices(node: Term) -> int:
    match node:
        case At(_, indices):
            return len(indices)
        case Mat(_, _, cols):
            return 1 if cols is None else 2
        case _:
            return 0


def _within(said: str, domain: Domain, writer: Expressions) -> str:
    """That a value lies in its domain; "" where every real number does."""
    if domain.values is not None:
        return " \\/ ".join(f"{said} = {writer.real(v)}" for v in domain.values)
    low = (
        "" if domain.lo is None else f"{writer.real(domain.lo)} {'<' if domain.lo_open else '<='} "
    )
    high = (
        "" if domain.hi is None else f" {'<' if domain.hi_open else '<='} {writer.real(domain.hi)}"
    )
    if low or high:
        return f"{low}{said}{high}"
    return f"{said} <> 0" if domain.nonzero else ""


def _applied(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"({' '.join(words)})"


def _by_bounds(names: list[str], domains: object) -> list[str]:
    """Indices after those that bound them."""
    ordered: list[str] = []
    for _ in names:
        for n in names:
            bounds = domains[n].hi.heads | (domains[n].lo.heads if domains[n].lo else frozenset())  # type: ignore[index]
            if n not in ordered and not (bounds & set(names)) - set(ordered) - {n}:
                ordered.append(n)
    return ordered + [n for n in names if n not in ordered]
