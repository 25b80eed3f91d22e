r"""A document's formula made safe: only listed commands, balanced, split where it may break.

The result is LaTeX that both TeX and the MathML converter take. A formula that holds anything
else (`\input`, `\catcode`, an unknown command, an open brace) gives None, and is then set from
its term or shown as source text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from derive import typeset
from derive.write.report import commands

LONGEST = 20_000
DEEPEST = 60
WIDE = 44  # visible signs: a longer formula may break
WIDEST = 70  # visible signs: a longer part may break inside its brackets
INNERMOST = 3  # round brackets around a break

_TOKEN = re.compile(
    r"(?P<comment>(?<!\\)%[^\n]*\n?)|(?P<command>\\(?:[A-Za-z]+\*?|.))|(?P<space>\s+|~)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_TEXT = re.compile(r"[\w .,;:()'’\-–/=+*!?]*", re.UNICODE)
_COLUMNS = re.compile(r"\{[lcr| ]*\}")
_LENGTH = re.compile(r"\s*\[[-0-9. a-z]*\]")
_PLAIN = re.compile(r"[A-Za-z0-9+\-*/=<>()\[\]|,.;:!'?]")


class _Unsafe(Exception):
    """The formula holds something that may not pass."""


class _Break(NamedTuple):
    """A place for a line to break: a token's number, brackets around, visible signs before.

    `fences` of the brackets grow with what they hold, and are closed and opened again there.
    """

    at: int
    depth: int
    visible: int
    fences: int = 0


@dataclass
class _State:
    """What is open while a formula is read, and what has been written."""

    out: list[str] = field(default_factory=list)
    # where a line may break, with the brackets around and the visible signs before
    breaks: list[_Break] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    round: int = 0
    visible: int = 0

    def may_break(self) -> None:
        """A line may break before what comes now, outside of all but brackets."""
        fences = len(self.open)
        if self.open.count("left") == fences:
            place = _Break(len(self.out), self.round + fences, self.visible, fences)
            self.breaks.append(place)

    def close(self, kind: str) -> None:
        if not self.open or self.open.pop() != kind:
            raise _Unsafe(kind)

    def enter(self, kind: str) -> None:
        self.open.append(kind)
        if len(self.open) > DEEPEST:
            raise _Unsafe("too deep")


def tidy(latex: str, mark: tuple[int, int] | None = None) -> tuple[str, ...] | None:
    """The formula as pieces between which a line may break, or None where it is not safe.

    `mark` is a stretch of the text that is to be coloured; where it does not cover whole parts
    of the formula it stays as it is.
    """
    if len(latex) > LONGEST:
        return None
    try:
        return _pieces(_Reader(latex, mark).run())
    except _Unsafe:
        return tidy(latex) if mark is not None else None


def _pieces(state: _State) -> tuple[str, ...]:
    if state.visible <= WIDE:
        return (_joined(state.out),) if state.out else ()
    ends = (_Break(0, 0, 0), _Break(len(state.out), 0, state.visible))
    cuts = [*_cuts(ends, state.breaks, 0), ends[1]]
    parts = ((low.fences, state.out[low.at : high.at], high.fences) for low, high in pairwise(cuts))
    return tuple(
        "\\left." * before + _joined(part) + "\\right." * after
        for before, part, after in parts
        if "".join(part).strip()
    )


def _cuts(ends: tuple[_Break, _Break], breaks: Sequence[_Break], depth: int) -> list[_Break]:
    """The starts of the pieces: between all outer breaks, and inside brackets of what is wide."""
    here = [ends[0], *(b for b in breaks if b.depth == depth), ends[1]]
    found: list[_Break] = []
    for low, high in pairwise(here):
        inner = [b for b in breaks if low.at < b.at < high.at]
        if high.visible - low.visible > WIDEST and depth < INNERMOST and inner:
            found += _cuts((low, high), inner, depth + 1)
        else:
            found.append(low)
    return found


def _joined(tokens: list[str]) -> str:
    """Tokens as text; a command is kept apart from a letter after it."""
    out = ""
    for token in tokens:
        if out and token[:1].isalnum() and re.search(r"\\[A-Za-z]+$", out):
            out += " "
        out += token
    return " ".join(out.split())


class _Reader:
    """One pass over the tokens of a formula."""

    def __init__(self, latex: str, mark: tuple[int, int] | None) -> None:
        self.text, self.mark = latex, mark
        self.state = _State()
        self.at = 0
        self.marked: int | None = None

    def run(self) -> _State:
        while self.at < len(self.text):
            self._colour()
            found = _TOKEN.match(self.text, self.at)
            assert found is not None
            start, self.at = self.at, found.end()
            match found.lastgroup:
                case "command":
                    self._command(found[0][1:])
                case "sign":
                    self._sign(found[0], start)
                case "space":
                    self.state.out.append(" ")
        self._colour()
        if self.state.open or self.marked is not None:
            raise _Unsafe("open")
        return self.state

    # ---- the coloured stretch -------------------------------------------------------------

    def _colour(self) -> None:
        if self.mark is None:
            return
        state = self.state
        if self.marked is None and self.mark[0] <= self.at < self.mark[1]:
            self.marked = len(state.open)
            state.enter("colour")
            state.out.append(r"{\color{red}{}")
        elif self.marked is not None and self.at >= self.mark[1]:
            state.close("colour")
            if len(state.open) != self.marked:
                raise _Unsafe("colour")
            state.out.append("}")
            self.marked, self.mark = None, None

    # ---- single signs ---------------------------------------------------------------------

    def _sign(self, char: str, start: int) -> None:
        state = self.state
        if char == "{":
            state.enter("{")
        elif char == "}":
            state.close("{")
        elif char == "&":
            return self._cell()
        elif char in "_^":
            pass
        elif char in commands.UNICODE:
            char = commands.UNICODE[char]
            state.visible += 1
        elif not _PLAIN.match(char):
            raise _Unsafe(char)
        else:
            self._visible(char)
        state.out.append(char)
        return None

    def _visible(self, char: str) -> None:
        state = self.state
        if char in "=<>" or (char in "+-" and self._binary()):
            state.may_break()
        state.visible += 1
        state.round = max(0, state.round + (char in "([") - (char in ")]"))

    def _binary(self) -> bool:
        """Whether a sign here stands between two terms."""
        before = "".join(self.state.out[-3:]).rstrip()
        return bool(before) and before[-1] not in "=<>+-*/(,_^{"

    def _cell(self) -> None:
        if any(kind not in ("{", "colour") for kind in self.state.open):
            self.state.out.append("&")

    # ---- commands -------------------------------------------------------------------------

    def _command(self, name: str) -> None:
        state = self.state
        bare = name.rstrip("*")
        if name == "\\":
            self._row()
        elif bare in ("left", "right", "middle"):
            self._delimited(bare)
        elif bare in ("begin", "end"):
            self._environment(bare)
        elif bare in commands.TEXTS:
            self._words()
        elif bare in commands.WITH_ARGUMENT:
            self._argument()
        elif bare in commands.SPACES or name in (" ", "\n"):
            state.out.append(" ")
        elif name in ("{", "}", "|", "%"):
            state.out.append("\\" + name)
            state.visible += 1
        elif bare == "substack":
            self._substack()
        else:
            self._safe(bare)

    def _safe(self, name: str) -> None:
        state = self.state
        state.visible += name not in ("frac", "quad")
        if name in commands.RELATIONS:
            state.may_break()
        if name in commands.SPELLED:
            state.out.append(commands.SPELLED[name])
            return
        name = commands.RENAMED.get(name, name)
        if name not in commands.SAFE:
            raise _Unsafe(name)
        state.out.append("\\" + name)

    def _row(self) -> None:
        length = _LENGTH.match(self.text, self.at)
        self.at = length.end() if length else self.at
        if any(kind in commands.ENVIRONMENTS or kind == "substack" for kind in self.state.open):
            self.state.out.append(r"\\")
        elif self.state.open:
            raise _Unsafe("row")
        else:
            self.state.breaks.append(_Break(len(self.state.out), 0, self.state.visible))
            self.state.out.append(" ")

    def _delimited(self, side: str) -> None:
        found = _TOKEN.match(self.text, self.at)
        while found is not None and found.lastgroup == "space":
            self.at = found.end()
            found = _TOKEN.match(self.text, self.at)
        if found is None or (sign := commands.UNICODE.get(found[0], found[0])) not in (
            commands.DELIMITERS
        ):
            raise _Unsafe(side)
        self.at = found.end()
        if side == "left":
            self.state.enter("left")
        elif side == "right":
            self.state.close("left")
        elif "left" not in self.state.open:
            raise _Unsafe(side)
        spaced = sign + " " if sign[-1:].isalpha() else sign
        self.state.out.append(f"\\{side}{spaced}")

    def _environment(self, side: str) -> None:
        found = re.compile(r"\s*\{([A-Za-z]+)\*?\}").match(self.text, self.at)
        if found is None:
            raise _Unsafe(side)
        self.at = found.end()
        name = commands.INNER.get(found[1], found[1])
        if name not in commands.ENVIRONMENTS:
            raise _Unsafe(name)
        columns = ""
        if side == "begin":
            self.state.enter(name)
            columns = self._columns(found[1])
        else:
            self.state.close(name)
        self.state.out.append(f"\\{side}{{{name}}}{columns}")

    def _columns(self, written: str) -> str:
        """The column letters of an array; a count of columns is left out."""
        if written not in ("array", "alignat", "alignedat"):
            return ""
        braced = re.compile(r"\s*(\{[^{}]*\})").match(self.text, self.at)
        if braced is None:
            raise _Unsafe("columns")
        self.at = braced.end()
        if written == "array":
            if not _COLUMNS.fullmatch(braced[1]):
                raise _Unsafe("columns")
            return braced[1]
        return ""

    def _substack(self) -> None:
        content = self._argument()
        rows = (tidy(row) for row in content.split(r"\\"))
        inner = r" \\ ".join("".join(row or ()) for row in rows)
        self.state.out.append(rf"{{\begin{{matrix}} {inner} \end{{matrix}}}}")

    # ---- words ----------------------------------------------------------------------------

    def _argument(self) -> str:
        """The text in the braces that follow, which are passed over."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        if self.at >= len(self.text) or self.text[self.at] != "{":
            raise _Unsafe("argument")
        depth = 0
        for brace in re.compile(r"\\.|[{}]", re.DOTALL).finditer(self.text, self.at):
            depth += (brace[0] == "{") - (brace[0] == "}")
            if depth == 0:
                content = self.text[self.at + 1 : brace.start()]
                self.at = brace.end()
                return content
        raise _Unsafe("argument")

    def _words(self) -> None:
        for k, part in enumerate(self._argument().split("$")):
            if k % 2:
                inner = tidy(part)
                if inner is None:
                    raise _Unsafe("text")
                self.state.out.extend(inner)
            elif part:
                self.state.out.append(words(part))
                self.state.visible += len(part)


def words(text: str) -> str:
    """Words inside a formula; raises where they hold anything but words."""
    plain = text.replace("~", " ").replace(r"\ ", " ").replace("’", "'").replace("–", "-")
    if not _TEXT.fullmatch(plain) or "_" in plain or any(ord(c) > 0x24F for c in plain):
        raise _Unsafe(text)
    return rf"\text{{{plain}}}"


# ---- our own plain mathematics -------------------------------------------------------------

_PLAIN_TOKEN = re.compile(
    r"(?P<rational>(?<![\w.])\d+/\d+(?![\w.]))|(?P<float>\d+(?:\.\d+)?e[-+]?\d+)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d_]+[\u0300-\u036f\u20d7]*)"
    r"|(?P<script>[_^](?:\{[^{}]*\}|.))|(?P<space>\s+)|(?P<sign>.)",
    re.DOTALL,
)
_SIGNS = {"·": r"\cdot ", "−": "-", "≥": r"\ge ", "≤": r"\le ", "≠": r"\ne ", "∞": r"\infty ",
          "Σ": r"\sum ", "Π": r"\prod ", "∂": r"\partial ", "√": r"\surd ", "…": r"\ldots ",
          "⊙": r"\odot ", "ᵀ": r"^{\top}", "′": "'"}  # fmt: skip


def plain(text: str) -> str | None:
    """A name or value in plain letters (`h_1^p(w)`, `1/2 + w`) as LaTeX; None where it is not."""
    out: list[str] = []
    for found in _PLAIN_TOKEN.finditer(text):
        piece = _plain_piece(found.lastgroup or "", found[0])
        if piece is None:
            return None
        out.append(piece)
    return "".join(out)


def _plain_piece(kind: str, text: str) -> str | None:
    match kind:
        case "rational":
            top, bottom = text.split("/")
            return rf"\tfrac{{{top}}}{{{bottom}}}"
        case "float":
            mantissa, power = text.split("e")
            return rf"{mantissa} \cdot 10^{{{int(power)}}}"
        case "number" | "space":
            return text
        case "name":
            return _SIGNS.get(text) or typeset.name(text) + " "
        case "script":
            return typeset.name("x" + text)[1:]
        case _:
            return _SIGNS.get(text, text if text in "+-*/=<>()[],.;:!'|" else None)


def visible(pieces: tuple[str, ...]) -> Iterator[str]:
    """The pieces, each that goes on with a sign led by an empty group, which keeps its spacing."""
    for k, piece in enumerate(pieces):
        yield piece if k == 0 else "{}" + piece
