r"""LaTeX to items: where mathematics stands in a `.tex` file, and how LaTeX numbers it.

Comments become spaces first (`% derive: …` declares), verbatim text is passed over, and the
file's own macros are taken in where they stand. Nothing is run; files that are input stand in the
text already, after their commands.
"""

import re
from collections.abc import Callable, Sequence

from derive.read.commands import DISPLAY_ENVIRONMENTS, NUMBERED_ONCE, NUMBERED_ROWS
from derive.read.macros import argument
from derive.read.page import Closers, Page
from derive.source import Span

_ENVIRONMENTS = "|".join(DISPLAY_ENVIRONMENTS.split())
_VERBATIM = r"(?:verbatim|Verbatim|lstlisting|minted|comment|filecontents|tikzpicture)"
_COMMENT = re.compile(
    r"(?P<verbatim>\\begin\{(" + _VERBATIM + r"\*?)\})"
    r"|(?P<verb>\\verb\*?([^A-Za-z\s*])[^\n]*?\4)"
    r"|\\."
    r"|(?P<comment>%[^\n]*)",
    re.DOTALL,
)
_MARK = re.compile(
    r"(?P<verbatim>\\begin\{(?P<name>" + _VERBATIM + r"\*?)\})"
    r"|(?P<verb>\\verb\*?([^A-Za-z\s*])[^\n]*?\4)"
    r"|(?P<begin>\\begin\{(?P<env>(?:" + _ENVIRONMENTS + r"|math)\*?)\})"
    r"|(?P<define>\\(?:(?:re)?newcommand|providecommand|def|DeclareMathOperator)(?![A-Za-z]))"
    r"|(?P<heading>\\(?:part|chapter|(?:sub)*section|(?:sub)?paragraph|title)\*?\s*(?=\{))"
    r"|(?P<finish>\\end\{document\})"
    r"|(?P<input>\\(?:input|include|subfile|(?:sub)?import)(?![A-Za-z]))"
    r"|(?P<display>\\\[)|(?P<inline>\\\()"
    r"|(?P<escape>\\(?:[A-Za-z]+|.))"
    r"|(?P<dollars>\$\$)"
    r"|(?P<dollar>\$)",
    re.DOTALL,
)
_DERIVE = re.compile(r"%+\s*derive:")
_CLOSED_BY = {"\\[": "\\]", "\\(": "\\)", "$$": "$$", "$": "$"}


def read_latex(page: Page) -> None:
    """Fill a page from its text, which is LaTeX."""
    text = page.text.replace("\r\n", " \n").replace("\r", "\n")
    whole = " " + text[1:] if text.startswith("\ufeff") else text
    text, declared = uncommented(whole)
    page.text = _blanked(text, page.commands)
    _Scanner(page, whole, declared).run()


def _blanked(text: str, spans: Sequence[Span]) -> str:
    out: list[str] = []
    at = 0
    for start, end in spans:
        out += (text[at:start], " " * (end - start))
        at = end
    return "".join([*out, text[at:]])


def uncommented(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with comments blanked out, and where comments declare something."""
    out: list[str] = []
    declared: list[tuple[int, int]] = []
    closers = Closers(text)
    at = position = 0
    while True:
        found = _COMMENT.search(text, position)
        if found is None:
            break
        position = found.end()
        if found["verbatim"]:
            end = closers.after(f"\\end{{{found[2]}}}", position)
            position = position if end is None else end
        elif found["comment"]:
            out += (text[at : found.start()], " " * len(found[0]))
            at = found.end()
            derive = _DERIVE.match(text, found.start(), found.end())
            if derive:
                declared.append((derive.end(), found.end()))
    return "".join([*out, text[at:]]), declared


class _Scanner:
    """Goes through the text once, from delimiter to delimiter."""

    def __init__(self, page: Page, whole: str, declared: list[tuple[int, int]]) -> None:
        self.page = page
        self.text = page.text
        self.whole = whole
        self.declared = declared
        self.closers = Closers(page.text)
        self.said = 0
        self.position = 0
        self.end = len(page.text)
        self.faults = {span.start: (span.end, said) for span, said in page.faults.items()}

    def run(self) -> None:
        while self.position < self.end:
            mark = _MARK.search(self.text, self.position, self.end)
            if mark is None:
                break
            self.position = mark.end()
            kind = {"env": "begin", "name": "verbatim"}.get(mark.lastgroup or "", mark.lastgroup)
            _MARKS[kind or "escape"](self, mark)
        self._say(self.end)

    def _say(self, end: int) -> None:
        """Add the words up to `end`, and the declarations in comments among them."""
        while self.declared and self.declared[0][0] < end:
            low, high = self.declared.pop(0)
            self.page.prose(self.said, max(low, self.said))
            self._declare(low, high)
            self.said = max(high, self.said)
        self.page.prose(self.said, end)
        self.said = end

    def _declare(self, low: int, high: int) -> None:
        text, self.page.text = self.page.text, self.whole
        self.page.declared(low, high)
        self.page.text = text

    def _math(
        self, outer: tuple[int, int], inner: tuple[int, int], display: bool, mode: str = ""
    ) -> None:
        self._say(outer[0])
        self.page.math(outer, inner, display, mode)
        self.said = self.position = outer[1]

    def _broken(self, mark: re.Match[str]) -> None:
        end = min(self.closers.blank(mark.end()), self.end)
        self._say(mark.start())
        self.page.broken(mark.start(), end, f"{mark[0]} is never closed", len(mark[0]))
        self.said = self.position = end

    def _pass(self, mark: re.Match[str]) -> None:
        return

    def _input(self, mark: re.Match[str]) -> None:
        """A command for another file that there is not."""
        start = mark.start()
        if start in self.faults:
            end, message = self.faults[start]
            self._say(start)
            self.page.broken(start, end, message, end - start)
            self.said = self.position = end

    def _verbatim(self, mark: re.Match[str]) -> None:
        end = self.closers.after(f"\\end{{{mark['name']}}}", mark.end())
        self.position = mark.end() if end is None else end

    def _begin(self, mark: re.Match[str]) -> None:
        ends = self.closers.environment(mark["env"], mark.end())
        if ends is None or ends[0] > self.end:
            self._broken(mark)
            return
        name = mark["env"]
        mode = "rows" if name in NUMBERED_ROWS else "once" if name in NUMBERED_ONCE else ""
        outer = (mark.start(), ends[1])
        self._math(outer, outer, name != "math", mode)

    def _define(self, mark: re.Match[str]) -> None:
        after = self.page.macros.define(self.text, mark.start(), self.end)
        if after is not None:
            self._say(mark.start())
            self.said = self.position = after

    def _heading(self, mark: re.Match[str]) -> None:
        found = argument(self.text, mark.end(), self.end)
        if found is not None:
            self.page.headings.append((mark.start(), min(found[1] + 1, self.end)))

    def _finish(self, mark: re.Match[str]) -> None:
        self.end = mark.start()
        self.position = self.end

    def _delimited(self, mark: re.Match[str]) -> None:
        opener = mark[0]
        end = self.closers.after(_CLOSED_BY[opener], mark.end(), self.closers.blank(mark.end()))
        if end is None:
            self._broken(mark)
        else:
            outer = (mark.start(), end + len(opener))
            self._math(outer, (mark.end(), end), opener in ("\\[", "$$"))


_MARKS: dict[str, Callable[[_Scanner, re.Match[str]], None]] = {
    "verbatim": _Scanner._verbatim,
    "verb": _Scanner._pass,
    "begin": _Scanner._begin,
    "define": _Scanner._define,
    "heading": _Scanner._heading,
    "finish": _Scanner._finish,
    "input": _Scanner._input,
    "display": _Scanner._delimited,
    "inline": _Scanner._delimited,
    "escape": _Scanner._pass,
    "dollars": _Scanner._delimited,
    "dollar": _Scanner._delimited,
}
