"""Repairs: the smallest edits after which a document says what is so.

Candidates come from the reader, truth from the prover, both handed in; here they are put
in order: first the definitions through which many relations fail, then each relation for
itself. Nothing is offered that was not applied to the document and decided again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from itertools import islice, pairwise
from time import process_time
from typing import Protocol

from derive.checked import Judgement
from derive.derivation import Derivation, Relation
from derive.explain.conflicts import other_claims, other_ways
from derive.explain.outcome import FALSE, TRUE, Edits, Outcome, outcome, statuses, worse
from derive.finding import Repair
from derive.source import Span
from derive.term import Term
from derive.values import dataclass
from derive.verdict import DEFINED, Verdict

OFFERED = 3
SPREAD = 0.3  # how much farther an alternative may be than the headline
LENGTHY = 4_000  # characters of a relation from which on no repair is looked for
LONG = 300  # relations; to read a document anew for each edit takes too long then
APPLIED = 12  # edits of one relation that are applied to the document


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edit that may mend a relation; `cost` says how far it is from what was written."""

    span: Span
    replacement: str
    cost: float
    status: str
    renames: tuple[str, str] | None = None


class Draft(Protocol):
    """A document that can be varied, edited and decided again."""

    @property
    def derivation(self) -> Derivation: ...
    @property
    def verdicts(self) -> Sequence[Verdict]: ...
    def proposals(self, name: str) -> Iterable[Proposal]: ...
    def mentions(self, name: str) -> frozenset[str]: ...
    def rewritings(self, name: str, users: Sequence[str]) -> Iterable[Proposal]: ...
    def opposite(self, name: str) -> bool: ...
    def turned(self, name: str) -> Edits: ...
    def after(self, edits: Edits) -> "Draft": ...
    def varied(self, edits: Edits) -> "Draft": ...


@dataclass
class Plan:
    """What was found: repairs by relation id, and for each mended relation its cause.

    `lost` says of relations why the search for their repair came to no end.
    """

    repairs: dict[str, tuple[Repair, ...]] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    definitions: set[str] = field(default_factory=set)
    lost: dict[str, str] = field(default_factory=dict)


def plan(draft: Draft, seconds: float = float("inf")) -> Plan:
    """Looks for repairs of every false relation of a document, causes before effects.

    After so many seconds of processor time no further search is begun. A search that fails
    takes no other with it.
    """
    planner = _Planner(draft, process_time() + seconds)
    for definition, users in suspects(draft):
        planner.search(definition.id, partial(planner.definition, definition, users))
    if len(draft.derivation.relations) > LONG:
        planner.jointly()
    for name in planner.wrong:
        planner.search(name, partial(planner.relation, name))
    planner.remaining()
    if planner.found.repairs and len(draft.derivation.relations) <= LONG:
        planner.search("", planner.conflicts)
    return planner.found


def _length(relation: Relation) -> int:
    return relation.span.end - relation.span.start


class _Planner:
    """Collects repairs; `edits` are the headlines so far, by the relation they stand in."""

    def __init__(self, draft: Draft, end: float) -> None:
        self.draft, self.found, self.end = draft, Plan(), end
        self.before = statuses(draft)
        self.wrong = [k for k, status in self.before.items() if status in FALSE]
        self.edits: dict[str, tuple[Span, str]] = {}
        self.relations = {r.id: r for r in draft.derivation.relations}

    @property
    def open(self) -> set[str]:
        """The false relations that nothing mends so far."""
        return {k for k in self.wrong if k not in self.found.causes | self.found.repairs}

    def search(self, name: str, work: Callable[[], None]) -> None:
        """One search, at whose end all others go on."""
        if name and _length(self.relations[name]) > LENGTHY:
            self.found.lost[name] = "it is too long to look for one"
            return
        if process_time() > self.end:
            self.found.lost[name] = "time ran out before one was looked for"
            return
        try:
            work()
        except Exception as error:
            words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            self.found.lost[name] = f"the search failed ({words})"

    # ---- definitions -------------------------------------------------------------------

    def definition(self, definition: Relation, users: tuple[str, ...]) -> None:
        """The nearest edit of a definition that mends its users and breaks nothing."""
        users = tuple(u for u in users if u in self.open)
        if len(users) < 2:
            return
        for proposal in _few(self.draft.rewritings(definition.id, users)):
            outcome = self.tried(self.draft, proposal)
            if outcome and not outcome.broken and len(outcome.mended & set(users)) > 1:
                self.accept(definition, [(proposal, "defined")])
                self.found.causes.update(dict.fromkeys(outcome.mended, definition.id))
                self.found.definitions.add(definition.id)
                return

    # ---- relations ---------------------------------------------------------------------

    def relation(self, name: str) -> None:
        """The repairs of one relation, each applied to the document as it came."""
        relation = self.relations[name]
        named = self.draft.mentions(name)
        if name in self.open and not any(
            _uses(relation, h, d) or named & _spellings(relation, h) for h, d in self._mended()
        ):
            self.offer(self.draft, relation, {})

    def jointly(self) -> None:
        """The nearest edit of each relation, all applied at once: kept where that mends it.

        Nothing is kept where one of them breaks something, which then is found out one by one.
        """
        first: dict[str, Proposal] = {}
        for name in self.wrong:
            if name in self.open and process_time() < self.end:
                self.search(name, partial(self.nearest, name, first))
        edits = tuple((p.span, p.replacement) for p in first.values())
        spans = sorted(span for span, _ in edits)
        if not edits or any(a.end > b.start for a, b in pairwise(spans)):
            return
        after = statuses(self.draft.after(edits))
        if after.keys() != self.before.keys():
            return
        if any(worse(status, after[k]) for k, status in self.before.items()):
            return
        for name, proposal in first.items():
            if after[name] in (*TRUE, DEFINED):
                self.accept(self.relations[name], [(proposal, after[name])])

    def nearest(self, name: str, found: dict[str, Proposal]) -> None:
        """Put down the nearest edit of a relation, if there is one."""
        found.update((name, p) for p in islice(self.draft.proposals(name), 1))

    def _mended(self) -> Iterator[tuple[str, Relation]]:
        """The definitions that have a repair, with what they define."""
        for name in self.edits:
            head = _head(self.relations[name])
            if self.relations[name].kind == "definition" and head is not None:
                yield head, self.relations[name]

    def remaining(self) -> None:
        """Repairs that are true only together with earlier ones."""
        if not self.edits:
            return
        after = statuses(self.draft.varied(tuple(self.edits.values())))
        for name in self.before:
            if after.get(name) in FALSE and name not in self.found.repairs:
                self.search(name, partial(self.together, name))

    def together(self, name: str) -> None:
        """The repairs of one relation that take earlier ones for made."""
        needs = self.needed(self.relations[name])
        current = self.draft.after(tuple(needs.values()))
        relation = next(r for r in current.derivation.relations if r.id == name)
        self.offer(current, relation, needs)

    def needed(self, relation: Relation) -> dict[str, tuple[Span, str]]:
        """The edits on which a relation may depend: of its definitions, and of its chain."""
        used = {d.id for head, d in self._mended() if _uses(relation, head, d)}
        chain = {k for k in self.edits if relation.id in _heirs_of(self.relations, k)}
        found = {k: e for k, e in self.edits.items() if k in used | chain}
        defined = {k: e for k, e in self.edits.items() if k in self.found.definitions}
        return found or defined or dict(self.edits)

    def offer(self, draft: Draft, relation: Relation, needs: dict[str, tuple[Span, str]]) -> None:
        heirs = _heirs(draft.derivation.relations, relation)
        found: list[tuple[Proposal, str]] = []
        for proposal in _few(draft.proposals(relation.id)):
            if found and proposal.cost > found[0][0].cost + SPREAD:
                break
            outcome = self.tried(draft, proposal)
            if outcome is None or outcome.status[relation.id] not in (*TRUE, DEFINED):
                continue
            if outcome.broken <= heirs:
                if not found:
                    mended = outcome.mended & self.open - {relation.id}
                    self.found.causes.update(dict.fromkeys(mended, relation.id))
                found.append((proposal, outcome.status[relation.id]))
            if len(found) == OFFERED:
                break
        if found:
            self.accept(relation, found, draft, needs)

    def tried(self, draft: Draft, proposal: Proposal) -> Outcome | None:
        """Applies an edit to a document and decides it again; None where it falls apart."""
        return outcome(draft, ((proposal.span, proposal.replacement),))

    def conflicts(self) -> None:
        """The other way out where signs disagree, behind the repairs found so far."""
        for name, way in other_ways(self.draft, self.found.repairs, self.definitions):
            self.found.repairs[name] += (way,)
        claims = other_claims(self.draft, self.found.definitions, self.found.causes)
        for name, way in claims:
            self.found.repairs[name] += (way,)

    def definitions(self, relation: Relation) -> Iterator[Relation]:
        """The definitions that a relation speaks of by name."""
        for row in self.relations.values():
            head = _head(row)
            if row.kind == "definition" and head is not None and _uses(relation, head, row):
                yield row

    def accept(
        self,
        relation: Relation,
        found: list[tuple[Proposal, str]],
        draft: Draft | None = None,
        needs: dict[str, tuple[Span, str]] | None = None,
    ) -> None:
        draft, needs = draft or self.draft, needs or {}
        place = Shifted(tuple(needs.values()))
        offers = [place.back(_offer(draft, relation, *row), needs) for row in found]
        self.found.repairs[relation.id] = tuple(offers)
        self.edits[relation.id] = (offers[0].span, offers[0].replacement)


def _few(proposals: Iterable[Proposal]) -> Iterator[Proposal]:
    for count, proposal in enumerate(proposals):
        if count == APPLIED:
            return
        yield proposal


def _heirs_of(relations: Mapping[str, Relation], name: str) -> set[str]:
    return _heirs(list(relations.values()), relations[name])


def _heirs(relations: Sequence[Relation], first: Relation) -> set[str]:
    """The relations that go on from one in its chain."""
    found: set[str] = set()
    after = False
    for relation in relations:
        if relation.id == first.id:
            after = True
        elif after and not relation.continues:
            break
        elif after:
            found.add(relation.id)
    return found


# ---- definitions through which others fail ---------------------------------------------------


def suspects(draft: Draft) -> Iterator[tuple[Relation, tuple[str, ...]]]:
    """Definitions all of whose users are false: the cause may be one, not many."""
    verdicts = {r.id: v for r, v in zip(draft.derivation.relations, draft.verdicts, strict=True)}
    for definition in draft.derivation.relations:
        head = _head(definition)
        if definition.kind != "definition" or head is None:
            continue
        users = [r for r in draft.derivation.relations if _uses(r, head, definition)]
        false = [r.id for r in users if verdicts[r.id].status in FALSE]
        decided = [r.id for r in users if verdicts[r.id].status in FALSE + TRUE]
        if len(false) > 1 and len(false) == len(decided):
            yield definition, tuple(false)


def _head(relation: Relation) -> str | None:
    left = relation.left
    found = getattr(left, "name", None) or getattr(left, "head", None)
    return found if isinstance(found, str) else None


def _uses(relation: Relation, head: str, definition: Relation) -> bool:
    if relation.id == definition.id or relation.kind in {"definition", "declaration"}:
        return False
    sides = (relation.left, relation.right)
    spelled = _spellings(relation, head)
    return any(side is not None and side.heads & spelled for side in sides)


def _spellings(relation: Relation, head: str) -> set[str]:
    """The head, and the matrices that are nothing but its members written out."""
    found = {head}
    for name, rows in relation.context.definitions.items():
        if any(not d.params and d.body.heads & {head} and _bare(d.body) for d in rows):
            found.add(name)
    return found


def _bare(body: Term) -> bool:
    return type(body).__name__ in {"Block", "Build"}


def _offer(draft: Draft, relation: Relation, proposal: Proposal, status: str) -> Repair:
    source, span = draft.derivation.source, proposal.span
    before = (
        source.cut(Span(relation.span.start, span.start))
        if span.start > relation.span.start
        else ""
    )
    after = source.cut(Span(span.end, relation.span.end)) if span.end < relation.span.end else ""
    latex = before + proposal.replacement + after
    return Repair(span, proposal.replacement, latex, status, renames=proposal.renames)


# ---- places before and after edits ---


class Shifted:
    """Takes places in an edited text back to the text before."""

    def __init__(self, edits: Sequence[tuple[Span, str]]) -> None:
        self.edits = sorted(edits, key=lambda e: e[0])

    def back(self, repair: Repair, needs: Mapping[str, tuple[Span, str]]) -> Repair:
        """The same repair with its place in the text before the edits that it needs."""
        span = Span(self.offset(repair.span.start), self.offset(repair.span.end))
        return replace(repair, span=span, needs=tuple(needs.values()))

    def offset(self, at: int) -> int:
        moved = 0
        for span, text in self.edits:
            if at >= span.start + moved + len(text):
                moved += len(text) - (span.end - span.start)
        return at - moved


def headlines(judgements: Iterable[Judgement]) -> Edits:
    """The first repair of every relation that has one."""
    return tuple((j.repairs[0].span, j.repairs[0].replacement) for j in judgements if j.repairs)
