"""Findings: what is told to the user, as values; every output format renders the same ones."""

from html import escape

from derive.source import Span
from derive.values import dataclass
from derive.verdict import Witness

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True, slots=True)
class Repair:
    """An edit of the source after which a relation has `verdict`; offered only re-checked.

    `latex` is the relation after the edit. `needs` are further edits, of repairs offered for
    other relations, without which it is not enough. `renames` is a symbol that the edit writes
    another way throughout, and that way. `breaks` are the ids of relations that are not true
    then: it is one of two ways out that exclude each other.
    """

    span: Span
    replacement: str
    latex: str
    verdict: str
    needs: tuple[tuple[Span, str], ...] = ()
    renames: tuple[str, str] | None = None
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause, told once: a code of the table, a place, a sentence, what supports it.

    `relations` lists the ids that it is about, the one at the place first. `details` are
    further lines; `help` says what to do, a line each.
    """

    code: str
    severity: str
    message: str
    span: Span
    relations: tuple[str, ...] = ()
    witness: Witness | None = None
    details: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()

    def _repr_html_(self) -> str:
        told = "".join(f"<li>{escape(text)}</li>" for text in (*self.details, *self.help))
        more = f"<ul>{told}</ul>" if told else ""
        head = f"{self.severity} {self.code}"
        return f"<p><strong>{escape(head)}</strong> {escape(self.message)}</p>{more}"
