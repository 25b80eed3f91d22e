"""A document on the workbench: read, decided, varied, edited and decided again.

It is what the search for repairs is handed: candidates from `read`, truth from `prove`.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from derive.context import Context, Definition
from derive.derivation import Derivation, Relation
from derive.explain.outcome import FALSE, TRUE
from derive.explain.repair import SPREAD, Proposal
from derive.options import Options
from derive.prove import screen
from derive.prove.decide import decide
from derive.prove.footprint import footprint
from derive.read.edits import trimmed
from derive.read.names import head
from derive.read.read import Reader
from derive.read.variants import Edit, Side, Variants
from derive.read.walk import walk
from derive.search import Candidate, Rewriting, Search
from derive.source import Span, applied
from derive.syntax import Name
from derive.term import At, Sym, Term, is_matrix, neg
from derive.verdict import Verdict

GOOD = 1.35  # an edit this near is not bettered by one that changes how a side is built
TRIED = 40  # candidates of one relation that are looked at more closely
TWICE = 1.2  # how much farther an edit is that makes a line say nothing, or what one beside it says
RESHAPED = 260
USERS = 3  # users of a definition that a candidate has to please before it is tried


@dataclass
class Draft:
    """One state of a document; `cache` holds the verdicts of all its states, `states` them."""

    reader: Reader
    cache: dict[Hashable, Verdict] = field(default_factory=dict)
    options: Options = field(default_factory=lambda: Options(cross_check=False, isolate=False))
    states: dict[str, "Draft"] = field(default_factory=dict)

    @property
    def derivation(self) -> Derivation:
        """What was read."""
        return self.reader.derivation

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts, parallel to the relations."""
        return tuple(self.verdict(r) for r in self.derivation.relations)

    def learn(self, verdicts: Sequence[Verdict]) -> None:
        """Take over verdicts that were found elsewhere."""
        for relation, verdict in zip(self.derivation.relations, verdicts, strict=True):
            if relation.problem is None:
                self.cache.setdefault(footprint(relation), verdict)

    def verdict(self, relation: Relation) -> Verdict:
        """The verdict on a relation, or on why it has none."""
        problem = relation.problem
        if problem is not None:
            return Verdict(problem.verdict, reason=problem.message, place=problem.span)
        key = footprint(relation)
        if key not in self.cache:
            self.cache[key] = decide(relation, self.options)
        return self.cache[key]

    def status(self, relation: str) -> str:
        """The verdict on the relation with an id, in one word."""
        return next(
            v.status
            for r, v in zip(self.derivation.relations, self.verdicts, strict=True)
            if r.id == relation
        )

    def relation(self, name: str) -> Relation:
        """The relation with an id."""
        return next(r for r in self.derivation.relations if r.id == name)

    def mentions(self, name: str) -> frozenset[str]:
        """The names that stand in a relation, whether it can be read or not."""
        sides = self.reader.builder.written.get(name, ())[:2]
        nodes = (node for side in sides if side is not None for node in walk(side))
        return frozenset(head(node) for node in nodes if isinstance(node, Name))

    def after(self, edits: Sequence[tuple[Span, str]]) -> "Draft":
        """The document with edits applied, read anew."""
        old = self.derivation.source
        text = applied(old.text, edits)
        if text not in self.states:
            reader = Reader(old.edited(edits), self.reader.format)
            self.states[text] = Draft(reader, self.cache, self.options, self.states)
        return self.states[text]

    def varied(self, edits: Sequence[tuple[Span, str]]) -> "Draft":
        """As `after`, to be asked for verdicts alone: its places may be those of before."""
        key = repr(sorted(edits))
        if key not in self.states:
            reader = self.reader.varied(edits)
            self.states[key] = (
                self.after(edits)
                if reader is None
                else Draft(reader, self.cache, self.options, self.states)
            )
        return self.states[key]

    # ---- edits that may mend a relation ---------------------------------------------------

    @cached_property
    def _variants(self) -> Variants:
        return Variants(self.reader.builder)

    @cached_property
    def _strange(self) -> frozenset[str]:
        return frozenset(self.derivation.undefined)

    def proposals(self, name: str) -> Iterator[Proposal]:
        """Edits after which a relation by itself is true, the nearest first."""
        relation = self.relation(name)
        if relation.op != "=":
            return
        search = Search(self._variants, relation, self._strange)
        seen: set[tuple[Term, Term]] = set()
        shapes = sorted(search.reshaped(), key=_cost)[:RESHAPED]
        near = sorted([*search.near(), *shapes], key=_cost)
        first = [c for c in near if c.edit.cost <= GOOD]
        found = list(self._until(search, first, seen))
        if not any(p.cost <= GOOD for p in found):
            rest = sorted([*near[len(first) :], *search.far()], key=_cost)
            found += self._until(search, rest, seen)
        if not found:
            found += self._until(search, list(search.told()), seen)
        yield from sorted(found, key=lambda p: p.cost)

    def _until(
        self, search: Search, candidates: Sequence[Candidate], seen: set[tuple[Term, Term]]
    ) -> Iterator[Proposal]:
        """What holds among candidates, up to a little farther than the nearest that does."""
        farthest = float("inf")
        for candidate in candidates:
            if candidate.edit.cost > farthest:
                return
            found = self._tried(search, candidate, seen)
            if found is not None:
                farthest = min(farthest, found.cost + SPREAD)
                yield found

    def _tried(
        self, search: Search, candidate: Candidate, seen: set[tuple[Term, Term]]
    ) -> Proposal | None:
        relation = search.relation
        terms = self._variants.after(relation.id, candidate.side, candidate.edit)
        if terms is None or terms in seen:
            return None
        if terms[0] is terms[1] and candidate.edit.span == candidate.side.node.span:
            return None  # one side written over the other says nothing
        seen.add(terms)
        if candidate.unseen and not search.bench.holds(*terms):
            return None
        changed = replace(relation, left=terms[0], right=terms[1], problem=None, kind="claim")
        if not screen.agrees(changed, *terms):
            return None
        verdict = self.verdict(changed)
        if verdict.status not in TRUE or verdict.trivial:
            return None
        again = TWICE if terms[0] is terms[1] or terms in self._beside(relation.id) else 0.0
        edit = trimmed(self.reader.source, candidate.edit)
        return _proposal(edit, verdict.status, again)

    def _beside(self, name: str) -> set[tuple[Term | None, Term | None]]:
        """What the other relations of the display say."""
        others = self._variants.beside(name)
        return {(r.left, r.right) for r in self.derivation.relations if r.id in others}

    def opposite(self, name: str) -> bool:
        """Whether a relation would hold with the other sign on its right side."""
        row = self.relation(name)
        if row.left is None or row.right is None or is_matrix(row.right) or row.op != "=":
            return False
        return screen.agrees(row, row.left, neg(row.right))

    def turned(self, name: str) -> tuple[tuple[Span, str], ...]:
        """The edits that turn the sign of a definition, wherever it stands; none if one cannot."""
        row = self.relation(name)
        same = (r for r in self.derivation.relations if r.left is row.left and r.right is row.right)
        found = [self._turned(r) for r in same]
        return () if None in found else tuple((e.span, e.replacement) for e in found if e)

    def _turned(self, row: Relation) -> Edit | None:
        side = next((s for s in self._variants.sides(row.id) if s.right), None)
        if side is None or row.right is None:
            return None
        plain = Edit(Span(side.node.span.start, side.node.span.start), "-", 1.0)
        written = self._variants.spelling.negated(self._variants.spots(side)[0])
        claim = replace(row, kind="claim")
        for edit in (plain, written):
            terms = edit and self._variants.after(row.id, side, edit)
            if terms and screen.agrees(claim, neg(row.right), terms[1]):
                return edit
        return None

    # ---- edits that may mend a definition ---------------------------------------------------

    def rewritings(self, name: str, users: Sequence[str]) -> Iterator[Proposal]:
        """Edits of a definition after which its users may be true, the nearest first."""
        definition = self.relation(name)
        head = _head(definition)
        sides = [s for s in self._variants.sides(name) if s.right]
        if not head or not sides:
            return
        side = sides[0]
        asked = [self.relation(u) for u in users]
        search = Rewriting(self._variants, definition, self._strange, asked[0])
        for edit in islice(search.edits(side), RESHAPED):
            if self._pleases(definition, side, edit, asked):
                yield _proposal(trimmed(self.reader.source, edit), "defined")

    def _pleases(
        self, definition: Relation, side: Side, edit: Edit, asked: Sequence[Relation]
    ) -> bool:
        terms = self._variants.after(definition.id, side, edit)
        if terms is None:
            return False
        row = Definition(_head(definition), _parameters(definition), terms[1], definition.id)
        changed = [_redefined(r, row) for r in asked[:USERS]]
        return all(
            r.left is not None and r.right is not None and screen.agrees(r, r.left, r.right)
            for r in changed
        )


def _cost(candidate: Candidate) -> float:
    return candidate.edit.cost


def _proposal(edit: Edit, status: str, more: float = 0.0) -> Proposal:
    return Proposal(edit.span, edit.replacement, edit.cost + more, status, edit.renames)


def _redefined(relation: Relation, row: Definition) -> Relation:
    context: Context = screen.redefined(relation.context, row)
    return replace(relation, context=context)


def _head(definition: Relation) -> str:
    left = definition.left
    return left.head if isinstance(left, At) else left.name if isinstance(left, Sym) else ""


def _parameters(definition: Relation) -> tuple[Term, ...]:
    left = definition.left
    return left.indices if isinstance(left, At) else ()


__all__ = ["FALSE", "Draft", "Mapping"]
