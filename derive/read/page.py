"""The page that a reader fills: stretches of a text become items, in reading order.

The readers of Markdown and LaTeX only find where mathematics stands; what happens to a stretch
is the same for both, and is here.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from derive.read.lexer import Spans, Token, lex
from derive.read.macros import Macros
from derive.read.parser import pair
from derive.read.rows import Numbering, chains_of, formulas
from derive.source import Span
from derive.syntax import Chain, Declared, Formula, Item, Prose, Unreadable

_BREAK = re.compile(r"\n[ \t]*\n\s*")
_TITLE = re.compile(r"\\[a-z]+\*?\s*\{|[#{}]")


@dataclass
class Page:
    """A text with all that was read of it; `spans` gives each character's place in the document.

    `commands` brought in what stands after them, and `faults` could bring in nothing.
    """

    text: str
    macros: Macros = field(default_factory=Macros)
    spans: Spans | None = None
    counter: Numbering = field(default_factory=Numbering)
    items: list[Item] = field(default_factory=list)
    headings: list[tuple[int, int]] = field(default_factory=list)
    commands: Sequence[Span] = ()
    faults: Mapping[Span, str] = field(default_factory=dict)

    def span(self, start: int, end: int) -> Span:
        """The place of a stretch in the file."""
        if self.spans is None:
            return Span(start, end)
        if end <= start:
            at = self.spans[start][0] if start < len(self.spans) else self.spans[-1][1]
            return Span(at, at)
        return Span(self.spans[start][0], self.spans[end - 1][1])

    def tokens(self, start: int, end: int) -> list[Token]:
        """The tokens of a stretch of mathematics."""
        return lex(self.text, start, end, self.macros, self.spans)

    def math(
        self, outer: tuple[int, int], inner: tuple[int, int], display: bool, mode: str = ""
    ) -> None:
        """Read the mathematics in `inner`; `outer` holds its delimiters too."""
        tokens = self.tokens(*inner)
        counter = self.counter if mode else None
        self.items += formulas(tokens, self.span(*outer), display, mode, counter)

    def label(self, label: str) -> None:
        """Give a label to the formula read last, if it has none."""
        if self.items and isinstance(self.items[-1], Formula) and self.items[-1].label is None:
            self.items[-1] = replace(self.items[-1], label=label)

    def broken(self, start: int, end: int, message: str, width: int) -> None:
        """Note a stretch that opens as mathematics and is not closed."""
        fault = Unreadable(message, self.span(start, start + width), self.span(start, end))
        self.items.append(Formula((fault,), self.span(start, end), True))

    def declared(self, start: int, end: int) -> None:
        """Read a declaration: formulas split by semicolons, with or without dollar signs."""
        text = self.text[start:end].replace("$", " ")
        places = [
            (p.start, p.end) for p in (self.span(i, i + 1) for i in range(start, end))
        ]  # fmt: skip
        tokens = lex(text, 0, len(text), self.macros, places)
        chains: list[Chain | Unreadable] = []
        for part in _parts(tokens):
            chains += chains_of(part)
        if chains:
            self.items.append(Declared(tuple(chains), self.span(start, end)))

    def prose(self, start: int, end: int) -> None:
        """Add the words of a stretch, one item a paragraph or heading."""
        for low, high, heading in self._paragraphs(start, end):
            raw = self.text[low:high]
            text = raw.strip()
            if not text:
                continue
            low += len(raw) - len(raw.lstrip())
            words = _TITLE.sub("", text).strip() if heading else text
            if not words:
                continue
            self.items.append(Prose(words, self.span(low, low + len(text)), heading))

    def _paragraphs(self, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        at = start
        index = bisect_left(self.headings, (start, -1))
        if index and self.headings[index - 1][1] > start:
            index -= 1
        while index < len(self.headings) and self.headings[index][0] < end:
            low, high = self.headings[index]
            yield from self._split(at, max(low, at))
            yield max(low, at), min(high, end), True
            at = max(min(high, end), at)
            index += 1
        yield from self._split(at, end)

    def _split(self, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        at = start
        for blank in _BREAK.finditer(self.text, start, end):
            yield at, blank.start(), False
            at = blank.end()
        yield at, end, False


def _parts(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The runs of tokens between semicolons outside brackets."""
    match = pair(tokens)
    at = start = 0
    while at < len(tokens):
        if tokens[at].kind == "semi":
            yield list(tokens[start:at])
            start = at + 1
        at = max(match[at], at) + 1
    yield list(tokens[start:])


class Closers:
    """Where the closing delimiters of a text stand; each kind is looked up once for the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[str, list[int]] = {}

    def after(self, closer: str, position: int, limit: int | None = None) -> int | None:
        """The first `closer` from `position` on, before `limit`; None where there is none."""
        if closer not in self._found:
            self._found[closer] = self._all(closer)
        places = self._found[closer]
        index = bisect_left(places, position)
        if index < len(places) and (limit is None or places[index] < limit):
            return places[index]
        return None

    def _all(self, closer: str) -> list[int]:
        if closer == "blank":
            return [m.start() for m in re.finditer(r"\n[ \t]*(?=\n)", self.text)]
        if closer.startswith("\\\\") or closer.startswith(("\\end", "\\begin")):
            return [m.start() for m in re.finditer(re.escape(closer), self.text)]
        pattern = re.compile(r"\\.|" + re.escape(closer), re.DOTALL)
        return [m.start() for m in pattern.finditer(self.text) if m[0] == closer]

    def blank(self, position: int) -> int:
        """The end of the paragraph at `position`."""
        found = self.after("blank", position)
        return len(self.text) if found is None else found

    def environment(self, name: str, position: int) -> tuple[int, int] | None:
        """Where the environment opened before `position` ends: before and after its `\\end`."""
        opener, closer = f"\\begin{{{name}}}", f"\\end{{{name}}}"
        depth = 1
        while True:
            end = self.after(closer, position)
            if end is None:
                return None
            begin = self.after(opener, position, end)
            if begin is None:
                depth -= 1
                position = end + len(closer)
                if depth == 0:
                    return end, position
            else:
                depth += 1
                position = begin + len(opener)
