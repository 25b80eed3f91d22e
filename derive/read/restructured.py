r"""What reStructuredText adds to Markdown: `:math:` and `.. math::`, as `$…$` and `$$…$$`.

The characters keep their places; those that are put in have none of their own. Blanks at the
starts of lines are left out, for Markdown takes them for code.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_ROLE = re.compile(r":math:`(?P<body>(?:[^`\n]|\n(?![ \t]*\n))+)`")
_DIRECTIVE = re.compile(r"(?P<indent>[ \t]*)\.\.[ \t]+math::[ \t]*(?P<rest>[^\n]*)\n?\Z")
_OPTION = re.compile(r"[ \t]*:(?P<name>[a-z-]+):[ \t]*(?P<value>[\w:.-]*)[ \t\r]*\n?\Z")


class Character(NamedTuple):
    """A character of a text, or several that are put in; its place and length in the file."""

    text: str
    origin: int
    width: int


Line = list[Character]


def restructured(characters: Sequence[Character]) -> Iterator[Character]:
    """The text as Markdown."""
    lines = list(_lines(_without_roles(characters)))
    at = 0
    while at < len(lines):
        found = _DIRECTIVE.match(_text(lines[at]))
        if found is None:
            yield from _unindented(lines[at])
            at += 1
            continue
        end = _block_end(lines, at + 1, len(found["indent"]))
        yield from _display(lines[at : at + 1], found.start("rest"), lines[at + 1 : end])
        at = end


def _text(line: Sequence[Character]) -> str:
    """The text of characters, one sign for each."""
    return "".join(c.text if len(c.text) == 1 else "\0" for c in line)


def _without_roles(characters: Sequence[Character]) -> Iterator[Character]:
    at = 0
    for role in _ROLE.finditer(_text(characters)):
        start, low, high = role.start(), *role.span("body")
        yield from characters[at:start]
        width = characters[low].origin - characters[start].origin
        yield Character("$", characters[start].origin, width)
        yield from characters[low:high]
        yield characters[high]._replace(text="$")
        at = high + 1
    yield from characters[at:]


def _lines(characters: Iterator[Character]) -> Iterator[Line]:
    line: Line = []
    for character in characters:
        line.append(character)
        if character.text == "\n":
            yield line
            line = []
    if line:
        yield line


def _unindented(line: Line) -> Line:
    """A line without the blanks that it begins with."""
    first = next((k for k, c in enumerate(line) if c.text not in (" ", "\t")), len(line))
    return line[first:]


def _blank(line: Line) -> bool:
    return not _text(line).strip()


def _block_end(lines: list[Line], at: int, indent: int) -> int:
    """Where the lines end that are indented by more."""
    end = at
    for k in range(at, len(lines)):
        if _blank(lines[k]):
            continue
        if len(lines[k]) - len(_unindented(lines[k])) <= indent:
            break
        end = k + 1
    return end


def _display(head: list[Line], rest: int, block: list[Line]) -> Iterator[Character]:
    """A `.. math::` with its lines: each paragraph is a display."""
    label = ""
    while block and (option := _OPTION.match(_text(block[0]))):
        label = option["value"] if option["name"] == "label" else label
        block = block[1:]
    first = head[0][rest:]
    lines = [*([] if _blank(first) else [first]), *block]
    place = lines[0][0].origin if lines else head[0][0].origin
    while lines and _blank(lines[0]):
        lines = lines[1:]
    paragraph: list[Line] = []
    for line in lines:
        if not _blank(line):
            paragraph.append(_unindented(line))
        elif paragraph:
            yield from _dollars(paragraph, "")
            yield from line
            paragraph = []
    yield from _dollars(paragraph, label)
    yield Character("\n", place, 0)


def _dollars(paragraph: list[Line], label: str) -> Iterator[Character]:
    if not paragraph:
        return
    inner = [c for line in paragraph for c in line]
    after = inner[-1]
    closed = inner[:-1] if after.text == "\n" else inner
    end = after.origin if after.text == "\n" else after.origin + after.width
    yield Character("$$", inner[0].origin, 0)
    yield from closed
    yield Character("$$" + (f" {{#{label}}}" if label else ""), end, 0)
    yield Character("\n", end, after.width if after.text == "\n" else 0)
