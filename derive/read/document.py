"""A source to its syntax: the door of the reader, one row a format."""

from collections.abc import Callable, Mapping

from derive.read.latex import read_latex
from derive.read.markdown import read_markdown
from derive.read.notebook import read_notebook
from derive.read.page import Page
from derive.source import Source
from derive.syntax import Document, Item


def _markdown(text: str) -> list[Item]:
    page = Page(text)
    read_markdown(page)
    return page.items


def _latex(text: str) -> list[Item]:
    page = Page(text)
    read_latex(page)
    return page.items


FORMATS: Mapping[str, Callable[[str], list[Item]]] = {
    "md": _markdown,
    "tex": _latex,
    "ipynb": read_notebook,
}


def read(source: Source, format: str) -> Document:
    """Read a document as written.

    What is no formula becomes `Unreadable`, with its place; an unknown format is a `ValueError`.
    """
    if format not in FORMATS:
        raise ValueError(f"no reader for the format {format!r}")
    return Document(tuple(FORMATS[format](source.text)))
