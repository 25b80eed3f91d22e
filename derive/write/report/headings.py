"""The headings of a document: its title, and the section that each relation stands in."""

import re
from bisect import bisect_right
from pathlib import PurePath

from derive.source import Source

_HEADING = re.compile(
    r"^[ ]{0,3}(?P<marks>#{1,6})[ \t]+(?P<md>[^\n]*?)[ \t#]*$"
    r"|\\(?P<how>title|(?:sub)*section)\*?\{(?P<tex>[^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*)\}",
    re.MULTILINE,
)
_MARKUP = re.compile(r"[*`$]|\\[A-Za-z]+\*?|[{}]")

_NUMBER = re.compile(r"^(?:§\s*)?\d+(?:\.\d+)*\.?\s+")

Headings = tuple[tuple[int, str], ...]


def of(source: Source) -> Headings:
    """Each heading with its place, in reading order."""
    found = []
    for match in _HEADING.finditer(source.text):
        text = " ".join(_MARKUP.sub(" ", match["md"] or match["tex"] or "").split())
        if text and match["how"] != "title":
            found.append((match.start(), text))
    return tuple(found)


def title(source: Source) -> str:
    """The document's title: what it calls itself, else the name of its file."""
    for match in _HEADING.finditer(source.text):
        text = " ".join(_MARKUP.sub(" ", match["md"] or match["tex"] or "").split())
        if text and (match["how"] == "title" or match["marks"] == "#"):
            return _NUMBER.sub("", text) or text
    return PurePath(source.path).name or source.path


def at(headings: Headings, offset: int) -> str:
    """The heading above a place; empty where there is none."""
    below = bisect_right([start for start, _ in headings], offset)
    return headings[below - 1][1] if below else ""
