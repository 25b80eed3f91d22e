"""Source lines in a terminal: tabs, wide and control characters, and a cut around the caret."""

from itertools import accumulate
from unicodedata import category, east_asian_width

from derive.source import Source, Span
from derive.values import dataclass

TAB = 4


@dataclass(frozen=True, slots=True)
class Snippet:
    """One line of the source as shown, with the cells that the caret is to underline."""

    line: int
    column: int
    text: str
    caret: int
    length: int


def snippet(source: Source, span: Span, width: int) -> Snippet:
    """Show the first line under a span in at most `width` cells, cut around the span."""
    place = source.region(span)
    raw = source.line_at(span.start)
    first = min(place.column - 1, len(raw))
    end = place.end_column - 1 if place.end_line == place.line else len(raw)
    last = min(max(end, first + 1), max(len(raw), first + 1))
    # a line may be megabytes long: what is far from the caret is never looked at
    skipped = max(0, first - 2 * width)
    ahead = raw[last : last + 2 * width + 1]
    text, caret, length = _cut(
        [_shown(c) for c in raw[skipped:last] + ahead],
        first - skipped,
        last - skipped,
        width,
        skipped > 0,
    )
    return Snippet(place.line, place.column, text, caret, length)


def clean(text: str) -> str:
    """Make a text safe for a terminal: no control characters, tabs as spaces."""
    return "".join(_shown(c) for c in text)


def cells(text: str) -> int:
    """Count the terminal cells that a text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(char: str) -> int:
    if category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _shown(char: str) -> str:
    if char == "\t":
        return " " * TAB
    kind = category(char)
    if kind == "Cc":
        return " " if char in "\n\r" else "�"
    # marks that reverse or hide text would show a formula that is not there
    return "" if kind == "Cf" else "�" if kind in ("Cs", "Zl", "Zp") else char


def _cut(
    pieces: list[str], first: int, last: int, width: int, behind: bool
) -> tuple[str, int, int]:
    ends = list(accumulate(map(cells, pieces), initial=0))
    start, end = ends[first], ends[min(last, len(pieces))]
    if ends[-1] <= width and not behind:
        return "".join(pieces), start, max(1, end - start)
    room = width - 2  # one cell for `…` on each side
    spare = max(0, room - (end - start)) // 2
    low = min(max(0, start - spare), max(0, ends[-1] - room))
    inside = [k for k in range(len(pieces)) if ends[k] >= low and ends[k + 1] <= low + room]
    if not inside:
        return "…", 0, 1
    left = "…" if inside[0] > 0 or behind else ""
    right = "…" if inside[-1] < len(pieces) - 1 else ""
    body = "".join(pieces[inside[0] : inside[-1] + 1])
    caret = len(left) + start - ends[inside[0]]
    return left + body + right, caret, max(1, min(end, ends[inside[-1] + 1]) - start)
