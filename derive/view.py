"""A document's text that is not one file as it stands: cells, docstrings, files that are input.

A reader sees one text, made of pieces; each knows the part that it came from (a file, or a cell
of a notebook, in which lines are counted) and where that is in the file as stored. Edits of the
text go back into the files, and what the files hold then is read again: either it is the edited
text, or the edit cannot be made there.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import takewhile
from typing import NamedTuple

from derive.source import Lines, Region, Source, Span, applied
from derive.values import dataclass


class Part(NamedTuple):
    """A text in which lines are counted: a file, or a cell of a notebook, numbered from 1."""

    path: str
    text: str
    cell: int = 0


class Piece(NamedTuple):
    """From `start` of the text on: what stands at `at` of a part, and at `origin` of its file.

    `width` is its length in the file. Where that is another than in the text (an escape, a sign
    that was put in) the piece is whole or not at all.
    """

    start: int
    part: int
    at: int
    origin: int
    width: int


@dataclass(frozen=True)
class View:
    """Where a text stands in files, and how it is to be read.

    `syntax` is the format of the text and `blocks` are the stretches that are read each by
    itself. `faults` say what cannot be read, and `commands` are the places whose files stand
    after them. `spell` writes a replacement as the file wants it at an offset, and `again`
    makes the view of other contents of the files.
    """

    parts: tuple[Part, ...]
    pieces: tuple[Piece, ...]
    syntax: str
    files: Mapping[str, str]
    again: Callable[[Mapping[str, str]], Source]
    spell: Callable[[int, str], str]
    blocks: tuple[Span, ...] = ()
    faults: tuple[tuple[Span, str], ...] = ()
    commands: tuple[Span, ...] = ()

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    @cached_property
    def _lines(self) -> list[Lines]:
        return [Lines(part.text) for part in self.parts]

    @cached_property
    def _stored(self) -> dict[str, Lines]:
        return {path: Lines(text) for path, text in self.files.items()}

    def piece(self, offset: int) -> tuple[Piece, int, bool]:
        """The piece at an offset, the characters before that in it, and whether it is even."""
        index = max(0, bisect_right(self._starts, offset) - 1)
        piece = self.pieces[index]
        last = index + 1 == len(self.pieces)
        length = piece.width if last else self.pieces[index + 1].start - piece.start
        return piece, offset - piece.start, length == piece.width

    def _ends(self, span: Span) -> tuple[Piece, Span, Span]:
        """The piece where a span starts, and the span in its part and in its file."""
        first, before, even = self.piece(span.start)
        ahead = before if even else 0
        at, origin = first.at + ahead, first.origin + ahead
        if span.end <= span.start:
            return first, Span(at, at), Span(origin, origin)
        last, before, even = self.piece(span.end - 1)
        if last.part != first.part:  # what reaches into another file or cell is marked to here
            return first, Span(at, at + 1), Span(origin, origin + 1)
        beyond = before + 1 if even else last.width
        counted = beyond if even or not self.parts[first.part].cell else 1
        return first, Span(at, last.at + counted), Span(origin, last.origin + beyond)

    def region(self, span: Span) -> Region:
        """A span as people count."""
        piece, at, _ = self._ends(span)
        part = self.parts[piece.part]
        return self._lines[piece.part].region(part.path, *at, part.cell)

    def filed(self, span: Span) -> Region:
        """A span in its file as stored."""
        piece, _, raw = self._ends(span)
        path = self.parts[piece.part].path
        return self._stored[path].region(path, *raw) if self.files else self.region(span)

    def line_at(self, offset: int) -> str:
        """The line that an offset stands in."""
        piece, at, _ = self._ends(Span(offset, offset))
        lines = self._lines[piece.part]
        return lines.line(lines.position(at.start)[0])

    def copy(self, weaver: "Weaver", text: str, span: Span) -> None:
        """Add the pieces under a span to another text."""
        at = span.start
        while at < span.end:
            piece, before, even = self.piece(at)
            index = bisect_right(self._starts, at)
            end = min(span.end, self._starts[index] if index < len(self._starts) else span.end)
            ahead = before if even else 0
            width = None if even else piece.width
            weaver.add(piece.part, text[at:end], piece.at + ahead, piece.origin + ahead, width)
            at = end

    def edited(self, source: Source, edits: tuple[tuple[Span, str], ...]) -> Source:
        """The document after edits, made in its files; without files where these do not take them.

        Raises nothing: a document without files can be decided, and not written.
        """
        wanted = applied(source.text, edits)
        contents = dict(self.files)
        changes: dict[str, list[tuple[Span, str]]] = {}
        for edit in edits:
            span, new = _trimmed(source.text, *edit)
            piece, _, raw = self._ends(span)
            new = self.spell(span.start, new)
            changes.setdefault(self.parts[piece.part].path, []).append((raw, new))
        for path, made in changes.items():
            contents[path] = applied(contents[path], made)
        found = self.again(contents)
        return found if found.text == wanted else _loose(source, self, edits)


def _trimmed(text: str, span: Span, new: str) -> tuple[Span, str]:
    """An edit without what it leaves as it is at its ends."""
    old = text[span.start : span.end]
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    return Span(span.start + head, span.end - tail), new[head : len(new) - tail]


def _common(first: str, second: str) -> int:
    """How many characters two texts begin with alike."""
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))
    )


def _loose(source: Source, view: View, edits: tuple[tuple[Span, str], ...]) -> Source:
    """The text after edits that its files do not take: places as before, and no files."""

    def moved(offset: int) -> int:
        done = [(s, new) for s, new in edits if s.end <= offset]
        return offset + sum(len(new) - (s.end - s.start) for s, new in done)

    def all_moved(span: Span) -> Span:
        return Span(moved(span.start), moved(span.end))

    weaver, at = Weaver(), 0
    weaver.parts = list(view.parts)
    for span, new in edits:
        view.copy(weaver, source.text, Span(at, span.start))
        piece, before, even = view.piece(min(span.start, len(source.text) - 1))
        ahead = before if even else 0
        weaver.add(piece.part, new, piece.at + ahead, piece.origin + ahead, 0)
        at = span.end
    view.copy(weaver, source.text, Span(at, len(source.text)))
    made = View(
        view.parts, tuple(weaver.pieces), view.syntax, {}, view.again, view.spell,
        tuple(map(all_moved, view.blocks)),
        tuple((all_moved(span), said) for span, said in view.faults),
        tuple(map(all_moved, view.commands)),
    )  # fmt: skip
    return Source(weaver.text, source.path, source.beside, made)


class Weaver:
    """Puts a text together, piece by piece."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.pieces: list[Piece] = []
        self.said: list[str] = []
        self.length = 0

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self.said)

    def part(self, path: str, text: str, cell: int = 0) -> int:
        """A new part; its number."""
        self.parts.append(Part(path, text, cell))
        return len(self.parts) - 1

    def add(self, part: int, text: str, at: int, origin: int, width: int | None = None) -> None:
        """A piece: `width` is its length in the file, where that is not the text's."""
        if not text:
            return
        even = width is None or width == len(text)
        if not (even and self._goes_on(part, at, origin)):
            stored = len(text) if width is None else width
            self.pieces.append(Piece(self.length, part, at, origin, stored))
        else:
            last = self.pieces[-1]
            self.pieces[-1] = last._replace(width=last.width + len(text))
        self.said.append(text)
        self.length += len(text)

    def _goes_on(self, part: int, at: int, origin: int) -> bool:
        """Whether a piece begins where the last one ends."""
        if not self.pieces:
            return False
        last = self.pieces[-1]
        length = self.length - last.start
        even = length == last.width
        return even and last[1:4] == (part, at - length, origin - length)
