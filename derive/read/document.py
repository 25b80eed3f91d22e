"""A source to its syntax: the door of the reader, one row a format."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from derive.read.inputs import joined
from derive.read.latex import read_latex
from derive.read.macros import Macros
from derive.read.markdown import read_markdown
from derive.read.notebook import notebook
from derive.read.page import Page
from derive.read.python import python
from derive.source import Edits, Source, Span, kept
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


def changed(document: Document, source: Source, edits: Edits) -> Document | None:
    """A Markdown document with edits inside its displays, which alone are read anew.

    Every place is that in the source as it was; what is put in stands where it is put. None where
    an edit reaches out of a display or makes it fall apart.
    """
    items: list[Item] = list(document.items)
    edits = kept(edits)
    for outer in {i.span for i in items if isinstance(i, Formula) and i.display}:
        inside = [e for e in edits if outer.start <= e[0].start and e[0].end <= outer.end]
        if inside:
            old = [k for k, item in enumerate(items) if item.span == outer]
            new = _anew(source, outer, inside)
            if len(new) != len(old):
                return None
            for k, item in zip(old, new, strict=True):
                items[k] = _labelled(item, items[k])
            edits = tuple(e for e in edits if e not in inside)
    return None if edits else Document(tuple(items))


def _labelled(item: Item, old: Item) -> Item:
    """A formula with the label that the old one has after its display."""
    if isinstance(item, Formula) and isinstance(old, Formula):
        return replace(item, label=old.label)
    return item


def _anew(source: Source, outer: Span, edits: Sequence[tuple[Span, str]]) -> list[Item]:
    text, places, at = "", list[tuple[int, int]](), outer.start
    for span, new in [*edits, (Span(outer.end, outer.end), "")]:
        text += source.text[at : span.start] + new
        places += [(k, k + 1) for k in range(at, span.start)] + [(span.start, span.end)] * len(new)
        at = span.end
    page = Page(text, spans=places)
    READERS["md"](page)
    return page.items


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
