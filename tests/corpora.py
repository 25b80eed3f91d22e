"""The corpus: whole derivations, correct, and realistic errors of known place.

`corpus/errors.tsv` has one error a row: the document, the id of the relation that it spoils,
and what is replaced by what; the first occurrence in that relation's text is meant.
"""

from collections.abc import Iterator
from csv import QUOTE_NONE, DictReader
from dataclasses import dataclass, field
from pathlib import Path

from derive.check import Document, check_text
from derive.derivation import Derivation, Relation
from derive.options import Options
from derive.read.read import read
from derive.source import Source

FOLDER = Path(__file__).parent / "corpus"
DOCUMENTS = sorted(p for p in FOLDER.iterdir() if p.suffix in (".md", ".tex"))
WRONG = {"refuted", "malformed"}
HOLDS = {"proved", "proved-if"}


@dataclass(frozen=True)
class Fault:
    """One error: the relation it is made in, and the document with it."""

    document: str
    relation: str
    before: str
    after: str
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        return f"{Path(self.document).stem} {self.relation}: {self.before} -> {self.after}"

    @property
    def path(self) -> Path:
        return FOLDER / self.document


def derivation(path: Path) -> Derivation:
    """The document as read, nothing decided."""
    return read(Source(path.read_text(encoding="utf-8"), str(path)), form(path))


def form(path: Path) -> str:
    return path.suffix.removeprefix(".")


def checked(text: str, path: Path, options: Options | None = None) -> Document:
    return check_text(text, form(path), options=options)


def faults() -> Iterator[Fault]:
    """Every row of the table, applied; a row that fits nothing is an error of the table."""
    read_once: dict[str, Derivation] = {}
    with (FOLDER / "errors.tsv").open(encoding="utf-8", newline="") as file:
        for row in DictReader(file, delimiter="\t", quoting=QUOTE_NONE):
            name = row["document"]
            if name not in read_once:
                read_once[name] = derivation(FOLDER / name)
            yield _fault(read_once[name], row)


def _fault(source: Derivation, row: dict[str, str]) -> Fault:
    relation = next((r for r in source.relations if r.id == row["relation"]), None)
    if relation is None:
        raise ValueError(f"{row['document']}: no relation {row['relation']}")
    text, before = source.source.text, row["before"]
    at = text.find(before, relation.span.start, relation.span.end)
    if at < 0 or not before:
        raise ValueError(f"{row['document']} {row['relation']}: no {before!r} in it")
    changed = text[:at] + row["after"] + text[at + len(before) :]
    return Fault(row["document"], row["relation"], before, row["after"], changed)


def absurd(text: str, relation: Relation, pattern: str = r"42 \cdot \left( {} \right)") -> str:
    """The document with the relation's right side changed so that it cannot hold."""
    span = relation.right_span
    right = text[span.start : span.end]
    return text[: span.start] + pattern.replace("{}", right) + text[span.end :]
