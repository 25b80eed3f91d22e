"""The way in: a document's text to its derivation."""

from functools import cached_property

from derive.derivation import Derivation
from derive.read import document
from derive.read.compounds import compounds
from derive.read.conjugates import conjugates
from derive.read.contexts import finish
from derive.read.densities import densities
from derive.read.prepare import prepare
from derive.read.relations import Builder
from derive.read.units import units
from derive.source import Edits, Source
from derive.syntax import Document


class Reader:
    """A document read as mathematics (`md`, `tex`, `ipynb`, `py`), kept open for variants of it.

    What cannot be read becomes a relation with a problem at its place; nothing is dropped.
    """

    def __init__(self, source: Source, format: str, written: Document | None = None) -> None:
        source = document.viewed(source, format)
        self.source, self.format = source, format
        self.written = document.read(source, format) if written is None else written
        written = units(conjugates(compounds(densities(self.written))))
        self.builder = Builder(source, prepare(written))
        self.builder.build(written)

    def varied(self, edits: Edits) -> "Reader | None":
        """The document with edits, places as before; None where it has to be read anew."""
        if self.format != "md" or self.source.view is not None:
            return None
        changed = document.changed(self.written, self.source, edits)
        return None if changed is None else Reader(self.source, self.format, changed)

    @cached_property
    def derivation(self) -> Derivation:
        """The relations with their contexts, and the notation behind them."""
        return finish(self.builder)


def read(source: Source, format: str) -> Derivation:
    """Reads a document as mathematics; see `Reader`."""
    return Reader(source, format).derivation
