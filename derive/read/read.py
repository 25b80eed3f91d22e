"""The way in: a document's text to its derivation."""

from derive.derivation import Derivation
from derive.read import document
from derive.read.contexts import finish
from derive.read.prepare import prepare
from derive.read.relations import Builder
from derive.source import Source


def read(source: Source, format: str) -> Derivation:
    """Reads a document (`md`, `tex`, `ipynb`) as mathematics.

    What cannot be read becomes a relation with a problem at its place; nothing is dropped.
    """
    written = document.read(source, format)
    builder = Builder(source, prepare(written))
    builder.build(written)
    return finish(builder)
