r"""Python files: mathematics in docstrings and comments, with places in the file.

The words are read as Markdown, with what reStructuredText adds: `:math:` and `.. math::`. Names
and code are passed over, and nothing is run.
"""

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from tokenize import (
    COMMENT,
    DEDENT,
    ENCODING,
    ENDMARKER,
    INDENT,
    NEWLINE,
    NL,
    OP,
    STRING,
    TokenInfo,
)
from typing import NamedTuple

from derive.read.restructured import Character, restructured
from derive.source import Lines, Source, Span
from derive.view import View, Weaver

LARGEST = 4 << 20  # characters of docstrings and comments

_LITERAL = re.compile(r"(?P<prefix>[A-Za-z]*)(?P<quote>\"\"\"|'''|\"|')(?P<body>.*)(?P=quote)\Z",
                      re.DOTALL)  # fmt: skip
# a backslash that was doubled before a command or a bracket: its string is no raw one
_DOUBLED = re.compile(r"(?<!\\)\\\\(?=[A-Za-z]{2}|[(\[{}|,;!])")
_ESCAPE = re.compile(r"\\(?:\r?\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}"
                     r"|N\{[^}\n]+\}|[\\'\"abfnrtv])", re.DOTALL)  # fmt: skip
_MARKS = re.compile(r"#[#:!|]*")
_DERIVE = re.compile(r"[ \t]*(?P<mark>derive:)(?P<said>.*)", re.DOTALL)


class Words(NamedTuple):
    """A docstring, or comments on end: its characters; how a line begins; whether escaped."""

    characters: tuple[Character, ...]
    margin: str
    escaped: bool


def python(source: Source) -> Source:
    """The words of a Python file; one fault where it is none."""
    words, fault = _words(source.text)
    weaver = Weaver()
    part = weaver.part(source.path, source.text)
    blocks: list[Span] = []
    for found in words:
        start = weaver.length
        for text, origin, width in restructured(found.characters):
            weaver.add(part, text, origin, origin, width)
        last = found.characters[-1]
        end = last.origin + last.width
        weaver.add(part, "\n\n", end, end, 0)
        blocks.append(Span(start, weaver.length))
    if not weaver.pieces:
        weaver.add(part, source.text, 0, 0)
    written = tuple((b.start, w.margin, w.escaped) for b, w in zip(blocks, words, strict=True))
    faults = () if fault is None else ((_within(weaver, fault[0]), fault[1]),)
    view = View(tuple(weaver.parts), tuple(weaver.pieces), "md", {source.path: source.text},
                partial(_again, source.path), partial(_spelled, written), tuple(blocks),
                faults)  # fmt: skip
    return Source(weaver.text, source.path, view=view)


def holds_words(text: str) -> bool:
    """Whether the docstrings and comments of a Python file hold formulas."""
    return any(_FORMULA.search("".join(c.text for c in w.characters)) for w in _words(text)[0])


_FORMULA = re.compile(
    r"\$[^$\n]*[=<>\\_^][^$\n]*\$|\$\$|:math:`|\.\. math::|\\\(|\\\[|\\begin\{|derive:"
)


def _again(path: str, files: Mapping[str, str]) -> Source:
    return python(Source(files[path], path))


def _spelled(written: tuple[tuple[int, str, bool], ...], offset: int, text: str) -> str:
    _, margin, escaped = [w for w in written if w[0] <= offset][-1]
    return (text.replace("\\", "\\\\") if escaped else text).replace("\n", "\n" + margin)


def _within(weaver: Weaver, origin: int) -> Span:
    """The place in the text that is nearest to one in the file."""
    pieces = [p for p in weaver.pieces if p.origin <= origin] or weaver.pieces[:1]
    start = min(pieces[-1].start + max(0, origin - pieces[-1].origin), max(0, weaver.length - 1))
    return Span(start, min(start + 1, weaver.length))


def _words(text: str) -> tuple[list[Words], tuple[int, str] | None]:
    """The docstrings and comments of a file in order, and where and why it is no Python."""
    lines = Lines(text)
    found: list[TokenInfo] = []
    fault = _fault(text, lines)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="\n").readline):
            found.append(token)
    except (tokenize.TokenError, SyntaxError):
        fault = fault or (0, "this is not Python")
    if fault is not None:
        return [], fault
    words, size = [w for w in _spoken(found, lines) if w.characters], 0
    for k, word in enumerate(words):
        size += len(word.characters)
        if size > LARGEST:
            place = word.characters[0].origin
            return words[:k], (place, f"more than {LARGEST >> 20} MB of words: not read")
    return words, None


def _fault(text: str, lines: Lines) -> tuple[int, str] | None:
    """Where a text is no Python, and why."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a backslash in a docstring
            ast.parse(text)
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), len(lines.starts))
        return lines.starts[line - 1], f"this is not Python: {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        return 0, "this is not Python: nested too deeply, or a number too long"
    return None


def _spoken(tokens: list[TokenInfo], lines: Lines) -> Iterator[Words]:
    """The words among the tokens: strings that are statements, and comments line by line."""
    plain = [t for t in tokens if t.type not in (NL, ENCODING)]
    at = depth = 0
    while at < len(plain):
        token, end = plain[at], at + 1
        if token.type == STRING:
            while plain[end].type == STRING:
                end += 1
            if not depth and _statement(plain, at, end):
                yield _docstring(plain[at:end], lines)
        elif token.type == COMMENT:
            while _follows(plain[end - 1], plain[end]):
                end += 1
            yield _comments(plain[at:end], lines)
        elif token.type == OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        at = end


def _statement(tokens: list[TokenInfo], start: int, end: int) -> bool:
    """Whether the tokens from `start` to `end` are a statement by themselves."""
    opens = start == 0 or tokens[start - 1].type in (NEWLINE, INDENT, DEDENT, COMMENT)
    return opens and tokens[end].type in (NEWLINE, ENDMARKER, COMMENT)


def _follows(first: TokenInfo, second: TokenInfo) -> bool:
    """Whether a comment goes on from the one before: both have their lines to themselves."""
    below = second.start[0] == first.start[0] + 1 and second.start[1] == first.start[1]
    return second.type == COMMENT and below and _alone(first) and _alone(second)


def _alone(comment: TokenInfo) -> bool:
    return not comment.line[: comment.start[1]].strip()


def _comments(run: list[TokenInfo], lines: Lines) -> Words:
    """Comments on end, without their marks; `# derive: …` declares."""
    made: list[Character] = []
    for token in run:
        origin = lines.starts[token.start[0] - 1] + token.start[1]
        marks = _MARKS.match(token.string)
        skip = marks.end() if marks else 0
        body = token.string.rstrip("\r")
        said = _DERIVE.match(body, skip)
        if said:
            made.append(Character("<!-- derive:", origin + said.start("mark"), len(said["mark"])))
            made += _plain(said["said"], origin + said.start("said"))
            made.append(Character(" -->", origin + len(body), 0))
        else:
            made += _plain(body[skip:], origin + skip)
        made.append(Character("\n", origin + len(body), 1))
    first = run[0]
    margin = first.line[: first.start[1]] if _alone(first) else ""
    return Words(tuple(made[:-1]), f"{margin}# ", False)


def _docstring(run: list[TokenInfo], lines: Lines) -> Words:
    """The characters of a docstring, without what its lines are indented by."""
    made: list[Character] = []
    escaped = False
    for token in run:
        found = _LITERAL.match(token.string)
        if found is None or set(found["prefix"].lower()) & set("fb"):
            return Words((), "", False)
        origin = lines.starts[token.start[0] - 1] + token.start[1] + found.start("body")
        doubled = "r" not in found["prefix"].lower() and bool(_DOUBLED.search(found["body"]))
        escaped |= doubled
        made += (_decoded if doubled else _plain)(found["body"], origin)
    return Words(tuple(made), " " * run[0].start[1], escaped)


def _plain(body: str, origin: int) -> Iterator[Character]:
    """A text as it stands. So is a string without a doubled backslash read: what was meant."""
    yield from (Character(c, origin + k, 1) for k, c in enumerate(body))


def _decoded(body: str, origin: int) -> Iterator[Character]:
    """The characters that the escapes of a string stand for."""
    at = 0
    for escape in _ESCAPE.finditer(body):
        yield from _plain(body[at : escape.start()], origin + at)
        value = _value(escape[0])
        if value:
            yield Character(value, origin + escape.start(), len(escape[0]))
        at = escape.end()
    yield from _plain(body[at:], origin + at)


def _value(escape: str) -> str:
    """What an escape stands for: nothing at the end of a line, itself where Python has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(f'"{escape}"' if escape != '\\"' else "'\"'")
    except (SyntaxError, ValueError):
        return escape
    return value if isinstance(value, str) and len(value) < 2 else escape
