"""Repairs: the smallest edits after which a document says what is so.

Candidates come from the reader, truth from the prover, both handed in; here they are put
in order: first the definitions through which many relations fail, then each relation for
itself. Nothing is offered that was not applied to the document and decided again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from derive.derivation import Derivation, Relation
from derive.finding import Repair
from derive.source import Span
from derive.term import Term
from derive.verdict import MALFORMED, PROVED, PROVED_IF, REFUTED, Verdict

FALSE, TRUE = (REFUTED, MALFORMED), (PROVED, PROVED_IF)
TRIES, MORE, OFFERED = 260, 30, 3


class Edit(Protocol):
    """A replacement in the source, and how far it is from what was written."""

    @property
    def span(self) -> Span: ...
    @property
    def replacement(self) -> str: ...
    @property
    def cost(self) -> float: ...


class Variant(Protocol):
    """A relation's sides after an edit."""

    @property
    def edit(self) -> Edit: ...
    @property
    def left(self) -> Term: ...
    @property
    def right(self) -> Term: ...


class Draft(Protocol):
    """A document that can be varied and decided again."""

    @property
    def derivation(self) -> Derivation: ...
    @property
    def verdicts(self) -> Sequence[Verdict]: ...
    def variants(self, relation: str) -> Iterable[Variant]: ...
    def rewritings(self, relation: str, users: Sequence[str]) -> Iterable[Variant]: ...
    def agrees(self, relation: Relation, variant: Any) -> bool: ...
    def decide(self, relation: Relation, variant: Any) -> Verdict: ...
    def mends(self, definition: Relation, variant: Any, users: Sequence[str]) -> bool: ...
    def after(self, edits: Sequence[tuple[Span, str]]) -> "Draft": ...


@dataclass
class Plan:
    """What was found: repairs by relation id, and for each mended relation its cause."""

    repairs: dict[str, tuple[Repair, ...]] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)


def plan(draft: Draft) -> Plan:
    """Looks for repairs of every false relation of a document, causes before effects."""
    found = Plan()
    edits: list[tuple[Span, str]] = []
    current, place = draft, Shifted([])
    for definition, users in suspects(draft):
        best = _definition(draft, definition, users)
        if best is None:
            continue
        found.repairs[definition.id] = (best,)
        found.causes.update(dict.fromkeys(users, definition.id))
        edits.append((best.span, best.replacement))
    if edits:
        current, place = draft.after(edits), Shifted(edits)
    for relation, verdict in _false(current):
        offered = tuple(_relation(current, relation, verdict))
        if offered:
            found.repairs[relation.id] = tuple(place.back(r) for r in offered)
            found.causes.pop(relation.id, None)
    return found


def _false(draft: Draft) -> Iterator[tuple[Relation, Verdict]]:
    for relation, verdict in zip(draft.derivation.relations, draft.verdicts, strict=True):
        if verdict.status in FALSE:
            yield relation, verdict


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


def _definition(draft: Draft, definition: Relation, users: tuple[str, ...]) -> Repair | None:
    """The repair of a definition that makes all its users true."""
    for variant in draft.rewritings(definition.id, users):
        if draft.mends(definition, variant, users):
            return _offer(draft, definition, variant, "defined")
    return None


# ---- one relation ---


def _relation(draft: Draft, relation: Relation, verdict: Verdict) -> Iterator[Repair]:
    """Repairs of one relation, the nearest first."""
    count, tries = 0, TRIES
    for variant in draft.variants(relation.id):
        tries -= 1
        if tries < 0 or count == OFFERED:
            return
        if draft.agrees(relation, variant):
            decided = draft.decide(relation, variant)
            if decided.status in TRUE and not decided.trivial:
                # the nearest edit is the headline; alternatives must be nearly as near
                count, tries = count + 1, min(tries, MORE)
                yield _offer(draft, relation, variant, decided.status)


def _offer(draft: Draft, relation: Relation, variant: Variant, status: str) -> Repair:
    source, span = draft.derivation.source, variant.edit.span
    before = (
        source.cut(Span(relation.span.start, span.start))
        if span.start > relation.span.start
        else ""
    )
    after = source.cut(Span(span.end, relation.span.end)) if span.end < relation.span.end else ""
    return Repair(span, variant.edit.replacement, before + variant.edit.replacement + after, status)


# ---- places before and after edits ---


class Shifted:
    """Takes places in an edited text back to the text before."""

    def __init__(self, edits: Sequence[tuple[Span, str]]) -> None:
        self.edits = sorted(edits, key=lambda e: e[0])

    def back(self, repair: Repair) -> Repair:
        """The same repair with its place in the text before the edits."""
        span = Span(self.offset(repair.span.start), self.offset(repair.span.end))
        return Repair(span, repair.replacement, repair.latex, repair.verdict)

    def offset(self, at: int) -> int:
        moved = 0
        for span, text in self.edits:
            if at >= span.start + moved + len(text):
                moved += len(text) - (span.end - span.start)
        return at - moved


def applied(text: str, edits: Iterable[tuple[Span, str]]) -> str:
    """A text with replacements made; overlapping ones after the first are left out."""
    done: list[tuple[Span, str]] = []
    for span, new in sorted(edits, key=lambda e: e[0]):
        if not done or done[-1][0].end <= span.start:
            done.append((span, new))
    for span, new in reversed(done):
        text = text[: span.start] + new + text[span.end :]
    return text
