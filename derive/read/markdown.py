r"""Markdown to items: where mathematics stands, and where it is only code.

markdown-it finds the blocks that hold no mathematics (code) and the headings; it knows lines
only, so delimiters are looked for in the text itself, and every offset is exact. Marks that
Markdown adds to lines (`>` of a quotation) become spaces of the same width.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token as Block

from derive.read.commands import DISPLAY_ENVIRONMENTS
from derive.read.page import Closers, Page

_ENVIRONMENTS = "|".join(DISPLAY_ENVIRONMENTS.split())
_MARK = re.compile(
    r"(?P<double>\\\\[\[(])"
    r"|(?P<begin>\\begin\{(?P<env>(?:" + _ENVIRONMENTS + r")\*?)\})"
    r"|(?P<display>\\\[)|(?P<inline>\\\()"
    r"|(?P<escape>\\.)"
    r"|(?P<ticked>\$`[^`\n]+`\$)"
    r"|(?P<code>`+)"
    r"|(?P<comment><!--)"
    r"|(?P<raw><(?P<tag>pre|code|script|style)\b)"
    r"|(?P<html></?[A-Za-z][A-Za-z0-9-]*(?:\s+[\w:-]+(?:=(?:\"[^\"<>]*\"|'[^'<>]*'|[\w.#%/:-]+))?)*"
    r"\s*/?>)"
    r"|(?P<dollars>\$\$)"
    r"|(?P<dollar>\$)",
    re.DOTALL,
)
_CLOSED_BY = {"\\[": "\\]", "\\(": "\\)", "\\\\[": "\\\\]", "\\\\(": "\\\\)"}
_DOLLAR = re.compile(r"\$(?P<body>(?:[^$\\]|\\.)+?)\$(?![0-9])", re.DOTALL)
_FORMULA_SIGNS = re.compile(r"[\\=^_<>]|^\s*[A-Za-z]\s*$")
_DERIVE = re.compile(r"\s*derive:")
_LABEL = re.compile(r"[ \t]*(?:\{#([\w:.-]+)[^}\n]*\}|\(([A-Za-z][\w:.-]*)\)[ \t]*(?=\n|$))")
_TABLE_BAR = re.compile(r"\\\|")
_SENTENCE = re.compile(r"(?<![\\A-Za-z{])(?:[A-Za-z]{2,}\s+){3,}[A-Za-z]{2,}")


def read_markdown(page: Page) -> None:
    """Fill a page from its text, which is Markdown."""
    text = page.text.replace("\r\n", " \n").replace("\r", "\n")
    page.text = " " + text[1:] if text.startswith("\ufeff") else text
    closers = Closers(page.text)
    blocks = _blocks(page.text, closers)
    whole, fences = _masked(page, blocks, _line_starts(page.text))
    _Scanner(page, whole, fences).run()


def _blocks(text: str, closers: Closers) -> list[Block]:
    parser = MarkdownIt("commonmark").enable("table").disable("inline")
    parser.block.ruler.before(
        "table",
        "mathematics",
        _math_rule(closers),
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    return parser.parse(text)


def _math_rule(closers: Closers) -> Callable[[StateBlock, int, int, bool], bool]:
    """A block rule: a display at the start of a line keeps Markdown out of its lines."""

    def rule(state: StateBlock, line: int, last: int, silent: bool) -> bool:
        at = state.bMarks[line] + state.tShift[line]
        if state.src[at : at + 1] not in ("$", "\\"):
            return False
        end = _display_end(state.src, at, closers)
        if end is None:
            return False
        after = bisect_right(state.bMarks, end - 1)
        if after > last:
            return False
        if not silent:
            state.line = after
        return True

    return rule


def _display_end(text: str, at: int, closers: Closers) -> int | None:
    if text.startswith("$$", at):
        end = _dollars_end(text, at, closers)
        return None if end is None else end + 2
    if text.startswith("\\[", at):
        end = closers.after("\\]", at + 2, closers.blank(at))
        return None if end is None else end + 2
    found = _MARK.match(text, at)
    if found and found["begin"]:
        ends = closers.environment(found["env"], found.end())
        return ends[1] if ends else None
    return None


def _dollars_end(text: str, at: int, closers: Closers) -> int | None:
    """Where the display that `$$` opens at `at` is closed: in its paragraph, or after blank lines
    when both signs stand at the edges of lines and no sentence is between them."""
    end = closers.after("$$", at + 2)
    blank = closers.blank(at + 2)
    if end is None or end < blank:
        return end
    line_end = text.find("\n", at)
    alone = not text[at + 2 : line_end].strip()
    label = _LABEL.match(text, end + 2)
    rest = label.end() if label else end + 2
    after = text[rest : rest + 80].split("\n")[0].strip()
    if alone and not after and not _SENTENCE.search(text, blank, end):
        return end
    return None


def _line_starts(text: str) -> list[int]:
    return [0] + [m.end() for m in re.finditer("\n", text)] + [len(text)]


def _masked(
    page: Page, blocks: list[Block], starts: list[int]
) -> tuple[str, dict[int, tuple[int, int, int]]]:
    """Blank out code, and the marks of quotations and tables; note the headings.

    The text that still holds its code, and the `math` fences by their start.
    """
    code: list[tuple[int, int]] = []
    fences: dict[int, tuple[int, int, int]] = {}
    edits: list[tuple[int, int, str]] = []
    quoted: Counter[int] = Counter()
    for block in blocks:
        if block.map is None:
            continue
        low, high = starts[block.map[0]], starts[min(block.map[1], len(starts) - 1)]
        if block.type == "fence" and block.info.strip() == "math":
            fences[low] = _fence(page.text, low, high)
            code.append((low, high))
        elif block.type in ("fence", "code_block"):
            code.append((low, high))
        elif block.type == "heading_open":
            page.headings.append((low, high))
        elif block.type == "blockquote_open":
            quoted.update(starts[block.map[0] : block.map[1]])
        elif block.type == "table_open":
            edits += [(m.start(), m.end(), " |") for m in _bars(page.text, low, high)]
    edits += [_unquoted(page.text, line, depth) for line, depth in quoted.items()]
    whole = _edited(page.text, edits)
    blanks = [(a, b, re.sub(r"[^\n]", " ", whole[a:b])) for a, b in code]
    page.text = _edited(whole, blanks)
    return whole, fences


def _unquoted(text: str, line: int, depth: int) -> tuple[int, int, str]:
    """Blanks for the marks of a quotation at the start of a line, as many as it is deep."""
    at = end = line
    while depth:
        while text[at : at + 1] in (" ", "\t"):
            at += 1
        if text[at : at + 1] != ">":
            break
        depth, at = depth - 1, at + 1
        end = at
    return line, end, " " * (end - line)


def _bars(text: str, low: int, high: int) -> Iterator[re.Match[str]]:
    """The bars of formulas in a table, where Markdown wants a backslash before them."""
    return _TABLE_BAR.finditer(text, low, high)


def _fence(text: str, low: int, high: int) -> tuple[int, int, int]:
    """Start and end of the content of a fence, and the end of the fence."""
    start = text.find("\n", low) + 1
    end = text.rstrip().rfind("\n", start, high) if high >= len(text.rstrip()) else high - 1
    last = text.rfind("\n", start, end) + 1 if end == high - 1 else end + 1
    closed = text[max(last, start) : high].strip(" \t\n>`~") == ""
    return start, max(start, last if closed else high), high


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with stretches replaced by others of the same length."""
    out: list[str] = []
    at = 0
    for start, end, replacement in sorted(edits):
        if start >= at:
            out += (text[at:start], replacement)
            at = end
    return "".join([*out, text[at:]])


class _Scanner:
    """Goes through the text once, from delimiter to delimiter."""

    def __init__(self, page: Page, whole: str, fences: dict[int, tuple[int, int, int]]) -> None:
        self.page = page
        self.text = page.text
        self.whole = whole
        self.closers = Closers(page.text)
        self.fences = sorted(fences.items())
        self.said = 0
        self.position = 0

    def run(self) -> None:
        while True:
            mark = _MARK.search(self.text, self.position)
            at = mark.start() if mark else len(self.text)
            while self.fences and self.fences[0][0] <= at:
                self._fenced(*self.fences.pop(0))
            if mark is None:
                break
            kind = mark.lastgroup or ""
            self.position = mark.end()
            _MARKS["begin" if kind == "env" else "raw" if kind == "tag" else kind](self, mark)
        self.page.prose(self.said, len(self.text))

    def _fenced(self, at: int, place: tuple[int, int, int]) -> None:
        start, end, after = place
        self.page.prose(self.said, at)
        self.page.text = self.whole
        self.page.math((at, after), (start, end), True)
        self.page.text = self.text
        self.said = after
        self.position = max(self.position, after)

    def _math(self, outer: tuple[int, int], inner: tuple[int, int], display: bool) -> None:
        self.page.prose(self.said, outer[0])
        self.page.math(outer, inner, display)
        self.said = self.position = outer[1]

    def _broken(self, start: int, width: int, message: str) -> None:
        end = self.closers.blank(start)
        self.page.prose(self.said, start)
        self.page.broken(start, end, message, width)
        self.said = self.position = end

    def _pass(self, mark: re.Match[str]) -> None:
        return

    def _begin(self, mark: re.Match[str]) -> None:
        ends = self.closers.environment(mark["env"], mark.end())
        if ends is None:
            message = f"\\begin{{{mark['env']}}} is never closed"
            self._broken(mark.start(), len(mark[0]), message)
        else:
            self._math((mark.start(), ends[1]), (mark.start(), ends[1]), True)

    def _bracket(self, mark: re.Match[str]) -> None:
        """`\\[…\\]` and `\\(…\\)`; in Markdown an unpaired one is only an escaped bracket."""
        opener = mark[0]
        limit = self.closers.blank(mark.end())
        end = self.closers.after(_CLOSED_BY[opener], mark.end(), limit)
        if end is not None:
            width = len(opener)
            self._math((mark.start(), end + width), (mark.end(), end), opener[-1] == "[")
        elif opener == "\\[" and self._opens_line(mark.start()):
            self._broken(mark.start(), 2, "\\[ is never closed")

    def _opens_line(self, at: int) -> bool:
        """Whether `\\[` is alone at its line's start, as only a display is."""
        start = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        line = self.text[at + 2 : end if end >= 0 else len(self.text)]
        return not self.text[start:at].strip() and "]" not in line

    def _dollars(self, mark: re.Match[str]) -> None:
        end = _dollars_end(self.text, mark.start(), self.closers)
        if end is None:
            self._broken(mark.start(), 2, "$$ is never closed")
            return
        self._math((mark.start(), end + 2), (mark.end(), end), True)
        label = _LABEL.match(self.text, self.position)
        if label:
            self.page.label(label[1] or label[2])
            self.said = self.position = label.end()

    def _dollar(self, mark: re.Match[str]) -> None:
        limit = self.closers.blank(mark.start())
        found = _DOLLAR.match(self.text, mark.start(), min(limit, mark.start() + 20_000))
        if found is None:
            return
        body = found["body"]
        tight = not body[:1].isspace() and not body[-1:].isspace()
        loose = body[:1].isspace() and body[-1:].isspace() and _FORMULA_SIGNS.search(body)
        if tight or loose:
            self._math(found.span(), found.span("body"), False)

    def _ticked(self, mark: re.Match[str]) -> None:
        self._math(mark.span(), (mark.start() + 2, mark.end() - 2), False)

    def _code(self, mark: re.Match[str]) -> None:
        """A code span ends at as many ticks as opened it; unpaired ticks are only ticks."""
        limit = self.closers.blank(mark.end())
        ticks = re.compile(f"(?<!`){mark[0]}(?!`)")
        found = ticks.search(self.text, mark.end(), min(limit, mark.end() + 20_000))
        if found:
            self.position = found.end()

    def _comment(self, mark: re.Match[str]) -> None:
        end = self.closers.after("-->", mark.end())
        end = len(self.text) if end is None else end
        found = _DERIVE.match(self.text, mark.end(), end)
        self.page.prose(self.said, mark.start())
        if found:
            self.page.declared(found.end(), end)
        self.said = self.position = min(end + 3, len(self.text))

    def _raw(self, mark: re.Match[str]) -> None:
        end = self.closers.after(f"</{mark['tag']}>", mark.end())
        if end is not None:
            self.position = end


_MARKS: dict[str, Callable[[_Scanner, re.Match[str]], None]] = {
    "double": _Scanner._bracket,
    "begin": _Scanner._begin,
    "display": _Scanner._bracket,
    "inline": _Scanner._bracket,
    "escape": _Scanner._pass,
    "ticked": _Scanner._ticked,
    "code": _Scanner._code,
    "comment": _Scanner._comment,
    "raw": _Scanner._raw,
    "html": _Scanner._pass,
    "dollars": _Scanner._dollars,
    "dollar": _Scanner._dollar,
}
