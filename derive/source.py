"""Places in a text: every node, relation and message points into a `Source`."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from derive.values import dataclass

if TYPE_CHECKING:
    from derive.view import View

Edits = Iterable[tuple["Span", str]]


class Span(NamedTuple):
    """A half-open range of character offsets, `start <= offset < end`."""

    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """The smallest span that holds both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


class Region(NamedTuple):
    """A span as people count: a file, lines and columns from 1, the end exclusive.

    `cell` is the number of a notebook's cell, in which the lines are counted; else 0.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int = 0

    def __str__(self) -> str:
        """The place in short: `paper.md:3:5`."""
        return f"{self.path}{f':cell {self.cell}' if self.cell else ''}:{self.line}:{self.column}"


class Beside(NamedTuple):
    """A file that a document brings in: its text, or why there is none."""

    text: str = ""
    trouble: str = ""


class Lines:
    """Where the lines of a text start."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = (0, *(i + 1 for i, c in enumerate(text) if c == "\n"))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1, columns in characters."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def region(self, path: str, start: int, end: int, cell: int = 0) -> Region:
        """The place of a stretch of the text, in a file of that name."""
        return Region(path, *self.position(start), *self.position(end), cell)

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line ending."""
        start = self.starts[number - 1]
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


@dataclass(frozen=True)
class Source:
    """A document's text, decoded, exactly as it came; `path` is for messages only.

    `beside` holds the files that it inputs, by path. A `view` says where a text that was taken
    out of a file, or put together from several, stands in them.
    """

    text: str
    path: str = "<text>"
    beside: Mapping[str, Beside] = field(default_factory=dict, compare=False)
    view: "View | None" = field(default=None, compare=False, repr=False)
    _lines: Lines = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lines", Lines(self.text))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset in its file or cell."""
        found = self.region(Span(offset, offset))
        return found.line, found.column

    def region(self, span: Span) -> Region:
        """A span as people count: in its file, or in its cell of a notebook."""
        if self.view is None:
            return self._lines.region(self.path, *span)
        return self.view.region(span)

    def filed(self, span: Span) -> Region:
        """A span in its file as stored, where a notebook is JSON."""
        if self.view is None:
            return self._lines.region(self.path, *span)
        return self.view.filed(span)

    def line_at(self, offset: int) -> str:
        """The line that an offset stands in, without its line ending."""
        if self.view is not None:
            return self.view.line_at(offset)
        return self._lines.line(self._lines.position(offset)[0])

    def name(self, offset: int) -> str:
        """What a relation without a number is called by its place: `L7`, `cell 3:L7`."""
        place = self.region(Span(offset, offset))
        part = f"cell{place.cell}:" if place.cell else ""
        if place.path != self.path:
            near = PurePath(place.path)
            above = PurePath(self.path).parent
            near = near.relative_to(above) if near.is_relative_to(above) else near
            part = f"{near.with_suffix('').as_posix()}:"
        return f"{part}L{place.line}"

    def said(self, offset: int) -> str:
        """A place in words: `line 7`, `line 7 of cell 2`, `line 7 of model.tex`."""
        place = self.region(Span(offset, offset))
        part = f" of cell {place.cell}" if place.cell else ""
        if place.path != self.path:
            part = f" of {PurePath(place.path).name}"
        return f"line {place.line}{part}"

    def cut(self, span: Span) -> str:
        """The text under a span."""
        return self.text[span.start : span.end]

    def edited(self, edits: Edits) -> "Source":
        """The document after edits of its text; overlapping ones after the first are left out."""
        if self.view is None:
            return Source(applied(self.text, edits), self.path, self.beside)
        return self.view.edited(self, kept(edits))

    def spelled(self, offset: int, text: str) -> str:
        """A replacement as the file wants it at an offset: escaped in a string, for one."""
        return text if self.view is None else self.view.spell(offset, text)

    @property
    def files(self) -> Mapping[str, str]:
        """The files that the document is stored in, by path: what they hold, exactly."""
        return {self.path: self.text} if self.view is None else self.view.files


def kept(edits: Edits) -> tuple[tuple[Span, str], ...]:
    """Edits in order; overlapping ones after the first are left out."""
    done: list[tuple[Span, str]] = []
    for span, new in sorted(edits, key=lambda e: e[0]):
        if not done or done[-1][0].end <= span.start:
            done.append((span, new))
    return tuple(done)


def applied(text: str, edits: Edits) -> str:
    """A text with replacements made; overlapping ones after the first are left out."""
    for span, new in reversed(kept(edits)):
        text = text[: span.start] + new + text[span.end :]
    return text
