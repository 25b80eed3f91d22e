"""Notebooks: the Markdown cells of an `.ipynb` file, with places in the file's own text.

The JSON is cut by hand, because a parser would forget where each character came from.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from derive.read.macros import Macros
from derive.read.markdown import read_markdown
from derive.read.page import Page
from derive.source import Span
from derive.syntax import Formula, Item, Unreadable

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_CHARACTER = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
                        r"|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)  # fmt: skip


@dataclass(slots=True)
class _Cell:
    kind: str = ""
    sources: list[tuple[int, int]] = field(default_factory=list)


def read_notebook(text: str) -> list[Item]:
    """The items of a notebook; one unreadable formula where the file is not a notebook."""
    try:
        notebook = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        notebook = None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        span = Span(0, min(1, len(text)))
        return [Formula((Unreadable("this is not a notebook", span, span),), span, True)]
    macros = Macros()
    items: list[Item] = []
    for cell in _cells(text):
        if cell.kind == "markdown":
            decoded, spans = _decoded(text, cell.sources)
            page = Page(decoded, macros, spans)
            read_markdown(page)
            items += page.items
    return items


def _cells(text: str) -> Iterator[_Cell]:
    """The objects in the top-level list `cells`."""
    path: list[str] = []
    key = ""
    cell = _Cell()
    tokens = list(_TOKEN.finditer(text))
    for number, token in enumerate(tokens):
        sign = token[0]
        if sign in "{[":
            path.append(key)
            if len(path) == 3 and path[1] == "cells":
                cell = _Cell()
            key = ""
        elif sign in "}]":
            if len(path) == 3 and path[1] == "cells":
                yield cell
            path.pop()
        elif number + 1 < len(tokens) and tokens[number + 1][0] == ":":
            key = sign.strip('"')
        elif sign.startswith('"'):
            _take(cell, path, key, token)


def _take(cell: _Cell, path: list[str], key: str, token: re.Match[str]) -> None:
    at_cell = len(path) == 3 and path[1] == "cells"
    in_source = len(path) == 4 and path[1] == "cells" and path[3] == "source"
    if at_cell and key == "cell_type":
        cell.kind = token[0].strip('"')
    elif in_source or (at_cell and key == "source"):
        cell.sources.append((token.start() + 1, token.end() - 1))


def _decoded(text: str, sources: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The text of a cell, and where each of its characters stands in the file."""
    out: list[str] = []
    spans: list[tuple[int, int]] = []
    for start, end in sources:
        for character in _CHARACTER.finditer(text, start, end):
            raw = character[0]
            out.append(json.loads(f'"{raw}"') if raw[0] == "\\" else raw)
            spans.append(character.span())
    return "".join(out), spans
