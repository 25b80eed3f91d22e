"""A source to its syntax: the door of the reader, one row a format."""

from collections.abc import Callable, Mapping

from derive.read.inputs import joined
from derive.read.latex import read_latex
from derive.read.macros import Macros
from derive.read.markdown import read_markdown
from derive.read.notebook import notebook
from derive.read.page import Page
from derive.read.python import python
from derive.source import Source, Span
from derive.syntax import Document, Formula, Item, Unreadable
from derive.view import View

# how the text of a format is read
READERS: Mapping[str, Callable[[Page], None]] = {"md": read_markdown, "tex": read_latex}
# how a text is taken out of the files of a format
VIEWS: Mapping[str, Callable[[Source], Source]] = {
    "tex": joined,
    "ipynb": notebook,
    "py": python,
}


def viewed(source: Source, format: str) -> Source:
    """A document as its reader sees it; an unknown format is a `ValueError`."""
    if format not in READERS and format not in VIEWS:
        raise ValueError(f"no reader for the format {format!r}")
    return VIEWS[format](source) if source.view is None and format in VIEWS else source


def read(source: Source, format: str) -> Document:
    """Read a document as written.

    What is no formula becomes `Unreadable`, with its place; an unknown format is a `ValueError`.
    """
    source = viewed(source, format)
    if source.view is not None:
        return Document(tuple(_seen(source, source.view)))
    page = Page(source.text)
    READERS[format](page)
    return Document(tuple(page.items))


def _seen(source: Source, view: View) -> list[Item]:
    """The items of a view, block by block; what cannot be read is said where it stands."""
    whole = not view.blocks and view.syntax == "tex"
    blocks = (Span(0, len(source.text)),) if whole else view.blocks
    macros = Macros()
    items: list[Item] = [] if whole else [_unreadable(*fault) for fault in view.faults]
    for start, end in blocks:
        spans = None if whole else [(k, k + 1) for k in range(start, end)]
        page = Page(source.text[start:end], macros, spans)
        if whole:
            page.commands, page.faults = view.commands, dict(view.faults)
        READERS[view.syntax](page)
        items += page.items
    return items


def _unreadable(span: Span, message: str) -> Item:
    return Formula((Unreadable(message, span, span),), span, True)
