"""The notation of a document as a table: each symbol, how it is read, from where, and why."""

from collections.abc import Iterator

from derive.derivation import Derivation
from derive.write.snippet import cells, clean


def table(derivation: Derivation, width: int = 80) -> Iterator[str]:
    """Give the notation line by line; long cells fold under their column."""
    from textwrap import wrap

    rows = [
        (clean(r.symbol), clean(r.reading), clean(r.origin), clean(r.why))
        for r in derivation.notation
    ]
    heads = ("symbol", "reading", "origin", "why")
    symbol = min(max((cells(r[0]) for r in [heads, *rows]), default=6), 24)
    origin = max((cells(r[2]) for r in [heads, *rows]), default=6)
    spare = max(width - symbol - origin - 6, 24)
    reading = min(max(cells(r[1]) for r in [heads, *rows]), spare * 3 // 5)
    widths = (symbol, reading, origin, max(spare - reading, 12))
    for row in [heads, *rows]:
        columns = [wrap(cell, size) or [""] for cell, size in zip(row, widths, strict=True)]
        for k in range(max(map(len, columns))):
            parts = [column[k] if k < len(column) else "" for column in columns]
            yield "  ".join(_fill(p, w) for p, w in zip(parts, widths, strict=True)).rstrip()


def _fill(text: str, width: int) -> str:
    return text + " " * max(0, width - cells(text))
