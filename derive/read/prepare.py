"""What must be known of a document before its first formula is elaborated."""

from derive.read.elaborate import Elaborator
from derive.read.names import base_name, head, letters
from derive.read.problem import Unread
from derive.read.survey import Survey, survey
from derive.read.symbols import Symbols
from derive.read.walk import walk
from derive.syntax import Document, Matrix, Script
from derive.term import ONE, Sym


def prepare(document: Document) -> Elaborator:
    """An elaborator that knows the document's index ranges, example size and label drift."""
    found = survey(document)
    symbols = Symbols(found)
    elaborator = Elaborator(found, symbols)
    _letters(elaborator)
    _examples(found, symbols)
    _drift(found, symbols)
    return elaborator


def _letters(elaborator: Elaborator) -> None:
    """The range of each index letter, from the first Σ that bounds it."""
    for letter, (lo, hi) in elaborator.survey.bounds.items():
        try:
            pair = elaborator.term(lo), elaborator.term(hi)
        except Unread:
            continue
        elaborator.symbols.letters[letter] = pair
    elaborator.symbols.seen.clear()
    elaborator.symbols.places.clear()


def _examples(found: Survey, symbols: Symbols) -> None:
    """Row counts of written-out matrices whose rows are the samples 1, 2, … of an index."""
    for matrix in found.matrices:
        for letter, (lo, hi) in symbols.letters.items():
            if lo is ONE and isinstance(hi, Sym) and _counts_rows(matrix, letter, found):
                symbols.examples.setdefault(len(matrix.rows), hi)


def _counts_rows(matrix: Matrix, letter: str, found: Survey) -> bool:
    """Whether a family indexed by the letter elsewhere has the row number as first index."""
    for number, row in enumerate(matrix.rows, 1):
        firsts = [_first_index(s) for cell in row for s in walk(cell) if isinstance(s, Script)]
        named = [(key, first) for key, first in firsts if letter in found.first_index.get(key, ())]
        if not named or any(first != str(number) for _, first in named):
            return False
    return len(matrix.rows) > 1


def _first_index(script: Script) -> tuple[str, str]:
    name = base_name(script)
    text = letters(script.sub) if script.sub is not None else None
    return (head(name) if name else "", (text or "")[:1])


def _drift(found: Survey, symbols: Symbols) -> None:
    """Labels that stand for one another: `h^p` and `h^{pred}`; `z^{pred}`, the z computed."""
    # a label may stand on what is differentiated alone
    for key in [*found.superscripts, *(found.differentiated.keys() - found.superscripts.keys())]:
        texts = found.superscripts.get(key, set()) | found.differentiated.get(key, set()) - {""}
        labels = sorted(t for t in texts if found.is_label(key, t))
        for short in labels:
            for long in labels:
                if len(long) > 2 and len(short) < len(long) and long.startswith(short):
                    symbols.drift[key, long] = short
        for label in labels:
            undefined = (key, label) not in found.defined and (key, "") in found.defined
            if undefined and label in found.differentiated.get(key, ()):
                symbols.drift[key, label] = ""
