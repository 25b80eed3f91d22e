"""Notebooks: the Markdown cells of an `.ipynb` file, with places in the cells.

The JSON is cut by hand, because a parser would forget where each character came from.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from derive.source import Source, Span
from derive.view import View, Weaver

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_CHARACTER = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
                        r"|\\u[0-9a-fA-F]{4}|\\.|[^\\]+", re.DOTALL)  # fmt: skip
_APART = "\n\n"


@dataclass(slots=True)
class _Cell:
    kind: str = ""
    sources: list[tuple[int, int]] = field(default_factory=list)


def notebook(source: Source) -> Source:
    """The words of a notebook, cell by cell; one fault where the file is not a notebook."""
    text, weaver = source.text, Weaver()
    fault = _fault(text)
    blocks: list[Span] = []
    if fault is None:
        cells = [(n, c) for n, c in enumerate(_cells(text), 1) if c.kind == "markdown"]
        blocks = [_woven(weaver, source, number, cell.sources) for number, cell in cells]
    if not weaver.pieces:
        weaver.add(weaver.part(source.path, text), text, 0, 0)
    faults = () if fault is None else (fault,)
    files = {source.path: text}
    again = partial(_again, source.path)
    view = View(tuple(weaver.parts), tuple(weaver.pieces), "md", files, again, _spelled,
                tuple(blocks), faults)  # fmt: skip
    return Source(weaver.text, source.path, view=view)


def _again(path: str, files: Mapping[str, str]) -> Source:
    return notebook(Source(files[path], path))


def _spelled(offset: int, text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _fault(text: str) -> tuple[Span, str] | None:
    """Why a text is no notebook, and where."""
    at, why = 0, ""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        at, why = error.pos, f": {error.msg[:1].lower()}{error.msg[1:]}"
    except (ValueError, RecursionError):
        why = ": nested too deeply, or a number too long"
    else:
        if isinstance(found, dict) and isinstance(found.get("cells"), list):
            return None
    at = min(at, max(0, len(text) - 1))
    return Span(at, min(at + 1, len(text))), f"this is not a notebook{why}"


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


def _woven(weaver: Weaver, source: Source, number: int, sources: list[tuple[int, int]]) -> Span:
    """Add a cell to the text; the stretch that it takes there."""
    start, at = weaver.length, 0
    characters = [m for low, high in sources for m in _CHARACTER.finditer(source.text, low, high)]
    decoded = [json.loads(f'"{m[0]}"') if m[0][0] == "\\" else m[0] for m in characters]
    part = weaver.part(source.path, "".join(decoded), number)
    for match, text in zip(characters, decoded, strict=True):
        weaver.add(part, text, at, match.start(), len(match[0]))
        at += len(text)
    end = sources[-1][1] if sources else 0
    weaver.add(part, _APART, at, end, 0)
    return Span(start, weaver.length)
