r"""A document from its file, with the files beside it that it inputs.

Nothing outside the document's folder is opened, wherever a name or a link points.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from derive.documents import UnreadableFile, decode, guess, inside, load
from derive.read.document import viewed
from derive.read.inputs import LARGEST, MOST, mentions
from derive.read.python import holds_words
from derive.source import Beside, Source


def opened(
    path: str, data: bytes | None = None, beside: Mapping[str, Beside] | None = None
) -> Source:
    """The document in a file as its reader sees it, with the files that it inputs.

    Text from elsewhere is given in `data`, and what it inputs in `beside`. Raises `OSError` or
    `UnreadableFile` where the document cannot be read; why a file that it inputs cannot be is
    said where it is asked for.
    """
    text = load(path) if data is None else decode(data, path)
    format = guess(path, text)
    if data is None and format == "tex":
        beside = brought(path, text)
    source = viewed(Source(text, path, beside or {}), format)
    view = source.view
    if view is not None and view.faults and not view.blocks and view.syntax != "tex":
        span, message = view.faults[0]
        raise UnreadableFile(f"{source.filed(span)}: {message}")
    return source


def brought(path: str, text: str) -> Mapping[str, Beside]:
    """The files that a LaTeX document brings in, and those that these do, by path."""
    document = path.replace("\\", "/")
    folder = Path(path).parent.resolve()
    found: dict[str, Beside] = {}
    waiting, size = [(document, text)], 0
    while waiting:
        current, words = waiting.pop()
        for _, paths in mentions(words, current, document):
            if len(found) >= MOST or size > LARGEST or any(p in found for p in paths):
                continue
            here = next((p for p in paths if os.path.isfile(p)), paths[0])
            found[here] = _taken(here, folder)
            size += len(found[here].text)
            waiting.append((here, found[here].text))
    return found


def _taken(path: str, folder: Path) -> Beside:
    """A file's text, or why it is not read."""
    try:
        if not Path(path).resolve().is_relative_to(folder):
            return Beside(trouble=f"{path}: not read: outside the document's folder")
        if not os.path.isfile(path):
            return Beside(trouble=f"{path}: no such file")
        return Beside(load(path))
    except UnreadableFile as trouble:
        return Beside(trouble=str(trouble))
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name with a zero
        said = getattr(error, "strerror", None) or str(error)
        return Beside(trouble=f"{path}: {said.lower()}")


def documents(folder: Path) -> Iterator[Path]:
    """The documents in a folder and below, sorted.

    A LaTeX file that another one there brings in is checked with that one, and a Python file
    without a formula in its words is no document.
    """
    found = list(inside(folder))
    parts = {p.resolve(): _brought(p) for p in found if p.suffix.lower() == ".tex"}
    for path in found:
        here = path.resolve()
        own = parts.get(here, frozenset())
        part = any(here in files and other not in own for other, files in parts.items())
        if not part and (path.suffix.lower() != ".py" or _spoken(path)):
            yield path


def _brought(path: Path) -> frozenset[Path]:
    """The files that a LaTeX document brings in."""
    try:
        found = brought(str(path), load(str(path)))
    except (OSError, UnreadableFile):
        return frozenset()
    return frozenset(Path(name).resolve() for name, file in found.items() if not file.trouble)


def _spoken(path: Path) -> bool:
    try:
        return holds_words(load(str(path)))
    except (OSError, UnreadableFile):
        return False
