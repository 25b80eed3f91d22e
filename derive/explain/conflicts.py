"""Signs that disagree: a claim may be turned, or the definition that it speaks of.

Both are ways out, and only the author knows which was meant. The one that mends most is the
headline; the other stands behind it, with what it would make false.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from derive.derivation import Relation
from derive.explain.outcome import Decided, Edits, Outcome, outcome
from derive.finding import Repair
from derive.source import Span

Users = Callable[[Relation], Iterable[Relation]]


class Signed(Decided, Protocol):
    """A document of which signs can be turned."""

    def opposite(self, name: str) -> bool: ...
    def turned(self, name: str) -> Edits: ...


def other_ways(
    draft: Signed, repairs: Mapping[str, Sequence[Repair]], definitions: Users
) -> Iterator[tuple[str, Repair]]:
    """For each relation that only its sign makes false: the definition turned instead.

    `definitions` gives those that a relation speaks of.
    """
    for relation in draft.derivation.relations:
        if relation.id in repairs and draft.opposite(relation.id):
            for definition in definitions(relation):
                found = _turned(draft, relation, definition)
                if found is not None:
                    yield relation.id, found
                    break


def other_claims(
    draft: Signed, definitions: Iterable[str], causes: Mapping[str, str]
) -> Iterator[tuple[str, Repair]]:
    """For each definition that is to be turned: all claims that it makes false turned instead."""
    for name in definitions:
        users = [k for k, cause in causes.items() if cause == name]
        if all(map(draft.opposite, users)):
            edits = tuple(dict.fromkeys(e for k in users for e in draft.turned(k)))
            row = next(r for r in draft.derivation.relations if r.id in users)
            result = outcome(draft, edits) if edits else None
            if result is not None and result.mended >= set(users):
                yield name, _way(draft, row, edits, result)


def _turned(draft: Signed, relation: Relation, definition: Relation) -> Repair | None:
    edits = draft.turned(definition.id)
    result = outcome(draft, edits) if edits else None
    if result is None or relation.id not in result.mended:
        return None
    return _way(draft, definition, edits, result, relation.id)


def _way(
    draft: Signed, row: Relation, edits: Edits, result: Outcome, mended: str | None = None
) -> Repair:
    """Edits as one repair, which stands at the first of them."""
    (span, text), *others = edits
    source = draft.derivation.source
    before = source.cut(Span(row.span.start, span.start))
    after = source.cut(Span(span.end, row.span.end))
    return Repair(
        span,
        text,
        before + text + after,
        result.status[mended or row.id],
        tuple(others),
        breaks=tuple(r.id for r in draft.derivation.relations if r.id in result.broken),
    )
