r"""Text of a formula to tokens, each with its place in the document.

One regular expression cuts the text, the tables of `commands` say what each piece is. Nothing
is dropped but spaces, comments and the annotations that the tables name; what is unknown
becomes a `bad` token, which spoils the one relation that holds it and no other.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

from derive.read.commands import (
    ASCII,
    BARE_WORDS,
    COMMANDS,
    DELIMITERS,
    LIMITS,
    NEGATED,
    RELATIONS,
    SPOKEN,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    UNICODE,
    WIDE_DROPPED,
    WORD_FONTS,
)
from derive.read.macros import Macros, TooMuch, argument

MAX_DIGITS = 400
MAX_TOKENS = 50_000


class Token(NamedTuple):
    """One piece of a formula.

    `gap` says that a wide space stands before it; `inner` holds the tokens over a relation sign.
    """

    kind: str
    text: str
    start: int
    end: int
    gap: bool = False
    style: str = ""
    inner: tuple["Token", ...] = ()


Spans = Sequence[tuple[int, int]]

_PIECE = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<comment>%[^\n]*)"
    r"|(?P<row>\\\\\*?(?:\s*\[\s*-?[0-9.]+\s*[a-z]{2}\s*\])?)"
    r"|\\(?P<command>[A-Za-z]+|.|$)"
    r"|(?P<scientific>[0-9]+(?:\.[0-9]+)?e[+-]?[0-9]+)"
    r"|(?P<number>[0-9]+(?:\{,\}[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<letters>[A-Za-z]+)"
    r"|(?P<assign>:=|:\s*=)"
    r"|(?P<dots>\.\.\.)"
    r"|(?P<prime>'+)"
    r"|(?P<entity>&(?:lt|gt|amp);)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+\*?)\s*\}")
_COLUMNS = re.compile(r"\s*(?:\[[a-z]*\]\s*)?\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
_PLACEMENT = re.compile(r"\s*\[[a-z]\]")
_DELIMITER = re.compile(r"\s*(\\[A-Za-z]+|\\.|.)", re.DOTALL)
_STAR = re.compile(r"\*?\s*")
_LENGTH = re.compile(r"\s*-?[0-9.]+\s*(?:em|ex|pt|mu|cm|mm|in)")
_PLAIN_FONT = re.compile(r"\s*\{\s*([A-Za-z0-9]+|\*)\s*\}|\s*([A-Za-z0-9])")
_FONT_WORDS = re.compile(r"\s*\{\s*((?:[A-Za-z]|\\?[ ,-])+?)\s*\}")
_SEPARATORS = re.compile(r"\\[ ,;!]|[\s{}~-]")
_WITH_COLUMNS = frozenset({"array", "alignat", "alignedat", "subarray", "IEEEeqnarray"})
_ENTITIES = {"&lt;": ("rel", "<"), "&gt;": ("rel", ">"), "&amp;": ("amp", "&")}
_RELATION_SIGNS = frozenset(RELATIONS.split()[1::2])


class Lexer:
    """A cursor over the text of one formula; `fixed` is the place of a macro call."""

    def __init__(self, text: str, start: int, end: int, macros: Macros) -> None:
        self.text = text
        self.position = start
        self.end = end
        self.macros = macros
        self.fixed: tuple[int, int] | None = None
        self.tokens: list[Token] = []
        self.gap = False
        self.thin = 0
        self.negated = -1

    def run(self) -> list[Token]:
        """Cut the whole text into tokens."""
        match = _PIECE.match
        while self.position < self.end:
            piece = match(self.text, self.position, self.end)
            if piece is None:
                break
            start, self.position = self.position, piece.end()
            kind = piece.lastgroup or "other"
            if kind not in ("space", "comment"):
                _PIECES[kind](self, start, piece[kind])
            if len(self.tokens) > MAX_TOKENS:
                raise TooMuch(f"the formula is longer than {MAX_TOKENS} signs")
        return self.tokens

    def put(
        self, kind: str, text: str, start: int, end: int | None = None, style: str = ""
    ) -> None:
        """Add one token that reaches from `start` to the cursor, or to `end`."""
        if self.negated >= 0:
            kind, text, start = self._negate(kind, text, start)
        place = self.fixed or (start, self.position if end is None else end)
        if kind == "limop" and self.tokens and self.tokens[-1].text == "arg":
            before = self.tokens.pop()
            text, place, self.gap = f"arg{text}", (before.start, place[1]), before.gap
        self.tokens.append(Token(kind, text, *place, self.gap or self.thin > 1, style))
        self.gap = False
        self.thin = 0

    def _negate(self, kind: str, text: str, start: int) -> tuple[str, str, int]:
        before, self.negated = self.negated, -1
        if kind == "rel" and text in NEGATED:
            return "rel", NEGATED[text], before
        return "bad", "nothing that \\not can negate follows it", before

    def bad(self, message: str, start: int) -> None:
        """Add a token that makes its relation unreadable."""
        self.put("bad", message, start)

    def braces(self) -> tuple[int, int] | None:
        """Skip one `{…}` at the cursor; the offsets of its content, or None."""
        found = argument(self.text, self.position, self.end)
        if found is None or self.text[found[0] - 1] != "{":
            return None
        self.position = found[1] + 1
        return found

    def skip(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Skip what matches at the cursor."""
        found = pattern.match(self.text, self.position, self.end)
        if found:
            self.position = found.end()
        return found

    # one method a kind of piece

    def _command(self, start: int, name: str) -> None:
        if name in self.macros.table:
            self._macro(start, name)
            return
        kind, text = COMMANDS.get(name, ("bad", f"\\{name} is not known"))
        handler = _COMMANDS.get(kind)
        if handler is None:
            self.put(kind, text, start)
        else:
            handler(self, start, name)

    def _macro(self, start: int, name: str) -> None:
        try:
            body, self.position = self.macros.call(name, self.text, self.position, self.end)
            inner = Lexer(body, 0, len(body), self.macros)
            inner.fixed = self.fixed or (start, self.position)
            inner.gap = self.gap
            with self.macros.deeper():
                tokens = inner.run()
        except TooMuch as limit:
            self.position = max(self.position, start + 1)
            self.bad(f"\\{name}: {limit}", start)
            return
        self.tokens += tokens
        self.gap = inner.gap

    def _row(self, start: int, _: str) -> None:
        self.put("row", "\\\\", start)

    def _scientific(self, start: int, text: str) -> None:
        self.bad(f"`{text[:20]}` is not a numeral of mathematics", start)

    def _number(self, start: int, text: str) -> None:
        if len(text) > MAX_DIGITS:
            self.bad(f"a numeral of more than {MAX_DIGITS} digits", start)
        else:
            self.put("num", text.replace("{,}", ""), start)

    def _letters(self, start: int, run: str) -> None:
        if run in BARE_WORDS:
            self.put(*BARE_WORDS[run], start)
            return
        for at, letter in enumerate(run, start):
            self.put("name", letter, at, at + 1)

    def _assign(self, start: int, _: str) -> None:
        self.put("rel", ":=", start)

    def _dots(self, start: int, _: str) -> None:
        self.put("dots", "ldots", start)

    def _prime(self, start: int, text: str) -> None:
        self.put("prime", text, start)

    def _entity(self, start: int, text: str) -> None:
        self.put(*_ENTITIES[text], start)

    def _other(self, start: int, sign: str) -> None:
        known = ASCII.get(sign) or UNICODE.get(sign)
        if known is None:
            self._foreign(start, sign)
        elif known[0] == "thin":
            self.thin += 1
        elif known[0] == "blackboard":
            self.put("name", known[1], start, style="bb")
        elif known[0] == "text":
            self.put("text", SPOKEN[known[1]], start)
        else:
            self.put(*known, start)

    def _foreign(self, start: int, sign: str) -> None:
        if sign in SUPERSCRIPTS or sign in SUBSCRIPTS:
            self._raised(start, SUPERSCRIPTS if sign in SUPERSCRIPTS else SUBSCRIPTS)
            return
        plain = unicodedata.normalize("NFKC", sign)
        name = unicodedata.name(sign, "")
        if name.startswith("MATHEMATICAL") and len(plain) == 1:
            style = "bf" if "BOLD" in name else "bb" if "DOUBLE" in name else ""
            style = "cal" if "SCRIPT" in name else style
            text = UNICODE.get(plain, ("name", plain))[1]
            self.put("num" if plain.isdigit() and not style else "name", text, start, style=style)
        elif sign.isalpha() and ord(sign) < 0x2E80:
            self.put("name", sign, start)
        elif sign.isalpha():
            self.put("text", sign, start)
        elif unicodedata.category(sign) in {"Cf", "Zs", "Cc"}:
            self.thin += 1
        else:
            self.bad(f"the character `{sign}` is not known", start)

    def _raised(self, start: int, table: dict[str, str]) -> None:
        stop = start
        while stop < self.end and self.text[stop] in table:
            stop += 1
        plain = "".join(table[sign] for sign in self.text[start:stop])
        self.position = stop
        self.put(*(("sup", "^") if table is SUPERSCRIPTS else ("sub", "_")), start, start)
        self.put("lbrace", "{", start, start)
        inner = Lexer(plain, 0, len(plain), self.macros)
        inner.fixed = self.fixed or (start, stop)
        self.tokens += inner.run()
        self.put("rbrace", "}", stop, stop)

    # one method a kind of command

    def _space(self, _start: int, _name: str) -> None:
        return

    def _thin(self, _start: int, _name: str) -> None:
        self.thin += 1

    def _wide(self, _start: int, _name: str) -> None:
        self.gap = True

    def _dropped(self, start: int, name: str) -> None:
        self.skip(_STAR)
        if self.braces() is None and not self.skip(_LENGTH):
            self.bad(f"\\{name} without its argument", start)
        elif name in WIDE_DROPPED:
            self.gap = True

    def _text(self, start: int, name: str) -> None:
        if name in SPOKEN:
            self.put("text", SPOKEN[name], start)
            return
        inside = self.braces()
        if inside is None:
            self.bad(f"\\{name} without its closed braces", start)
            self.position = self.end if self._opens_brace() else self.position
            return
        self._mixed(start, *inside)

    def _opens_brace(self) -> bool:
        return self.text[self.position : self.end].lstrip()[:1] == "{"

    def _mixed(self, start: int, low: int, high: int) -> None:
        """Words, with formulas between dollar signs among them."""
        stop = self.position
        pieces = self.text[low:high].split("$")
        if len(pieces) % 2 == 0 or len(pieces) == 1:
            self.put("text", self.text[low:high].strip(), start)
            return
        at = low
        for number, piece in enumerate(pieces):
            self.position = at + len(piece)
            if number % 2:
                self._insert(at, self.position)
            elif piece.strip():
                self.put("text", piece.strip(), at)
            at += len(piece) + 1
        self.position = stop

    def _insert(self, low: int, high: int) -> None:
        inner = Lexer(self.text, low, high, self.macros)
        inner.fixed = self.fixed
        self.tokens += inner.run()

    def _font(self, start: int, name: str) -> None:
        style = COMMANDS[name][1]
        found = self.skip(_PLAIN_FONT)
        if found:
            self._styled(start, found[1] or found[2], style, found.start(1))
            return
        words = _FONT_WORDS.match(self.text, self.position, self.end)
        if words and style in WORD_FONTS:
            self.position = words.end()
            self._word(start, _SEPARATORS.sub("", words[1]), style)
            return
        self.put("font", style, start)

    def _styled(self, start: int, text: str, style: str, at: int) -> None:
        if text.isdigit() and style in ("rm", ""):
            self._number(start, text)
        elif len(text) == 1 or text.isdigit():
            self.put("name", text, start, style=style)
        elif style in WORD_FONTS or text in BARE_WORDS:
            self._word(start, text, style)
        else:
            self._lettered(start, text, style, at)

    def _word(self, start: int, text: str, style: str) -> None:
        limit = text in LIMITS
        self.put("limop" if limit else "name", text, start, style="" if limit else style)

    def _lettered(self, start: int, text: str, style: str, at: int) -> None:
        self.put("lbrace", "{", start, at)
        for place, letter in enumerate(text, at):
            self.put("name", letter, place, place + 1, style)
        self.put("rbrace", "}", at + len(text), self.position)

    def _operatorname(self, start: int, name: str) -> None:
        self.skip(_STAR)
        inside = self.braces()
        if inside is None:
            self.bad(f"\\{name} without its braces", start)
            return
        text = self.text[inside[0] : inside[1]]
        text = re.sub(r"\\(?:mathrm|mathsf|mathbf|text|rm|sf|bf)\b", "", text)
        text = _SEPARATORS.sub("", text)
        if text.isalnum():
            self._word(start, text, "rm")
        else:
            self.bad(f"\\{name} of something that is not a word", start)

    def _blackboard(self, start: int, name: str) -> None:
        self.put("name", COMMANDS[name][1], start, style="bb")

    def _begin(self, start: int, name: str) -> None:
        found = self.skip(_ENVIRONMENT)
        if not found:
            self.bad(f"\\{name} without an environment", start)
            return
        environment = found[1].rstrip("*")
        if name == "begin":
            self.skip(_COLUMNS if environment in _WITH_COLUMNS else _PLACEMENT)
        self.put(name, environment, start)

    def _left(self, start: int, name: str) -> None:
        found = self.skip(_DELIMITER)
        delimiter = DELIMITERS.get(found[1]) if found else None
        if delimiter is None:
            self.bad(f"\\{name} without a bracket", start)
        else:
            self.put("mid" if name == "middle" else name, delimiter, start)

    def _size(self, start: int, name: str) -> None:
        side = COMMANDS[name][1]
        found = _DELIMITER.match(self.text, self.position, self.end)
        delimiter = DELIMITERS.get(found[1]) if found else None
        if found and side in "lr" and delimiter in ("|", "‖"):
            self.position = found.end()
            self.put("open" if side == "l" else "close", delimiter, start)

    def _tag(self, start: int, name: str) -> None:
        self.skip(_STAR)
        inside = self.braces()
        if inside is None:
            self.bad(f"\\{name} without its braces", start)
        else:
            self.put(name, self.text[inside[0] : inside[1]].strip().strip("$()").strip(), start)

    def _eqno(self, start: int, _: str) -> None:
        rest = self.text[self.position : self.end]
        self.position = self.end
        self.put("tag", rest.strip().strip("$().").strip(), start)

    def _not(self, start: int, _: str) -> None:
        self.negated = start

    def _define(self, start: int, name: str) -> None:
        after = self.macros.define(self.text, start, self.end)
        if after is None:
            self.bad(f"\\{name}: this definition cannot be read", start)
        else:
            self.position = after


_PIECES: dict[str, Callable[[Lexer, int, str], None]] = {
    "row": Lexer._row,
    "command": Lexer._command,
    "scientific": Lexer._scientific,
    "number": Lexer._number,
    "letters": Lexer._letters,
    "assign": Lexer._assign,
    "dots": Lexer._dots,
    "prime": Lexer._prime,
    "entity": Lexer._entity,
    "other": Lexer._other,
}

_COMMANDS: dict[str, Callable[[Lexer, int, str], None]] = {
    "space": Lexer._space,
    "thin": Lexer._thin,
    "wide": Lexer._wide,
    "dropped": Lexer._dropped,
    "text": Lexer._text,
    "font": Lexer._font,
    "operatorname": Lexer._operatorname,
    "blackboard": Lexer._blackboard,
    "begin": Lexer._begin,
    "end": Lexer._begin,
    "left": Lexer._left,
    "right": Lexer._left,
    "middle": Lexer._left,
    "size": Lexer._size,
    "tag": Lexer._tag,
    "label": Lexer._tag,
    "eqno": Lexer._eqno,
    "not": Lexer._not,
    "define": Lexer._define,
}


def lex(text: str, start: int, end: int, macros: Macros, spans: Spans | None = None) -> list[Token]:
    """Cut `text[start:end]` into tokens; `spans` gives each character's place elsewhere.

    A formula beyond the size limit is one `bad` token.
    """
    macros.rest()
    lexer = Lexer(text, start, end, macros)
    try:
        tokens = lexer.run()
        if lexer.negated >= 0:
            lexer.bad("nothing follows \\not", start)
    except TooMuch as limit:
        tokens = [Token("bad", str(limit), start, end)]
    tokens = signs_with_notes(tokens)
    return tokens if spans is None else [_moved(token, spans) for token in tokens]


def _moved(token: Token, spans: Spans) -> Token:
    start = spans[token.start][0]
    end = spans[token.end - 1][1] if token.end > token.start else start
    inner = tuple(_moved(t, spans) for t in token.inner)
    return token._replace(start=start, end=max(start, end), inner=inner)


def signs_with_notes(tokens: list[Token]) -> list[Token]:
    r"""Fold `\overset{(a)}{=}`, `\xrightarrow{…}`, `{=}` and the like into one token each."""
    if not any(t.kind in ("stack", "arrow", "rel", "mul", "sign") for t in tokens):
        return tokens
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        sign, after = None, at
        if token.kind == "stack":
            sign, after = _stacked(tokens, at)
        elif token.kind == "arrow":
            sign, after = _arrow(tokens, at)
        elif token.kind == "lbrace" and _wraps_sign(tokens, at):
            inner = tokens[at + 1]
            sign, after = inner._replace(start=token.start, end=tokens[at + 2].end), at + 3
        out.append(token if sign is None else sign)
        at = at + 1 if sign is None else after
    return out


def _wraps_sign(tokens: list[Token], at: int) -> bool:
    scripted = at > 0 and tokens[at - 1].kind in ("sub", "sup", "stack", "accent", "font")
    return (
        not scripted
        and at + 2 < len(tokens)
        and tokens[at + 1].kind in ("rel", "mul", "sign")
        and tokens[at + 2].kind == "rbrace"
    )


def group_end(tokens: Sequence[Token], at: int) -> int:
    """The index after the argument that opens at `at`: one token, or a braced group."""
    if at >= len(tokens) or tokens[at].kind != "lbrace":
        return min(at + 1, len(tokens))
    depth = 0
    for index in range(at, len(tokens)):
        depth += (tokens[index].kind == "lbrace") - (tokens[index].kind == "rbrace")
        if depth == 0:
            return index + 1
    return len(tokens)


def _stacked(tokens: list[Token], at: int) -> tuple[Token | None, int]:
    middle = group_end(tokens, at + 1)
    end = group_end(tokens, middle)
    base = [t for t in tokens[middle:end] if t.kind not in ("lbrace", "rbrace")]
    if len(base) != 1 or base[0].kind != "rel":
        return None, at
    note = tuple(_unbraced(tokens[at + 1 : middle]))
    word = note[0].text.strip().lower() if len(note) == 1 else "".join(t.text for t in note)
    sign = ":=" if base[0].text == "=" and word in _DEFINES else base[0].text
    stop = max(tokens[at].end, tokens[end - 1].end)
    folded = base[0]._replace(text=sign, gap=tokens[at].gap, start=tokens[at].start, end=stop)
    return folded._replace(inner=() if sign == ":=" else note), end


_DEFINES = frozenset({"def", "def.", "define", "defined", "definition", "Def", "△", "triangle"})


def _arrow(tokens: list[Token], at: int) -> tuple[Token, int]:
    end = group_end(tokens, at + 1)
    note = tuple(_unbraced(tokens[at + 1 : end]))
    stop = max(tokens[at].end, tokens[end - 1].end)
    return tokens[at]._replace(kind="rel", inner=note, end=stop), end


def _unbraced(tokens: list[Token]) -> list[Token]:
    braced = len(tokens) > 1 and tokens[0].kind == "lbrace"
    return tokens[1:-1] if braced else tokens
