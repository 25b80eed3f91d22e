"""What an edit of a document leads to: which relations it mends, and which it breaks."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from derive.derivation import Derivation
from derive.source import Span
from derive.values import dataclass
from derive.verdict import MALFORMED, PROVED, PROVED_IF, REFUTED, Verdict

FALSE, TRUE = (REFUTED, MALFORMED), (PROVED, PROVED_IF)

Edits = tuple[tuple[Span, str], ...]


class Decided(Protocol):
    """A document that is decided, and can be varied."""

    @property
    def derivation(self) -> Derivation: ...
    @property
    def verdicts(self) -> Sequence[Verdict]: ...
    def varied(self, edits: Edits) -> "Decided": ...


@dataclass(frozen=True)
class Outcome:
    """What an edit of the document changes: the statuses then, what it mends and breaks."""

    status: Mapping[str, str]
    mended: frozenset[str]
    broken: frozenset[str]


def statuses(draft: Decided) -> dict[str, str]:
    """The verdict on each relation in one word, by its id."""
    rows = zip(draft.derivation.relations, draft.verdicts, strict=True)
    return {r.id: v.status for r, v in rows}


def outcome(draft: Decided, edits: Edits) -> Outcome | None:
    """Applies edits to a document and decides it again; None where it falls apart."""
    before, after = statuses(draft), statuses(draft.varied(edits))
    if before.keys() != after.keys():
        return None
    gone = frozenset(k for k in before if before[k] in FALSE and after[k] not in FALSE)
    broken = frozenset(k for k in before if worse(before[k], after[k]))
    return Outcome(after, gone, broken)


def worse(before: str, after: str) -> bool:
    """Whether a relation that was true, or open, is no longer so."""
    return (before in TRUE and after not in TRUE) or (before not in FALSE and after in FALSE)
