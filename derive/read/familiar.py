"""How an edit fits into its surroundings: what a document writes elsewhere, it is likely to mean.

Of two edits that make a line true, the better one leaves it saying what other lines say too.
The tokens around an edit are looked up in all other sides of the document, before and after.
"""

import re
from collections.abc import Iterable
from dataclasses import field
from functools import cached_property

from derive.read.edits import Edit
from derive.source import Source, Span
from derive.values import dataclass

REACH = 6  # tokens on each side of an edit that are looked at
NEAR = 80  # characters that hold so many tokens
STEP = 0.06  # what one of them is worth

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|[0-9]+|[^\s&]")
_SILENT = frozenset({"\\left", "\\right", "\\,", "\\;", "\\!", "\\:", "\\ ", "\\quad"})
_END = "¶"


@dataclass(frozen=True)
class Familiar:
    """Looks up stretches of a document's mathematics; `sides` are the places of its sides."""

    source: Source
    sides: tuple[Span, ...]
    _around: dict[tuple[Span, Span], tuple[list[str], list[str], int]] = field(default_factory=dict)

    @cached_property
    def written(self) -> str:
        """The tokens of all sides, each side between ends."""
        ends = (f" {_END} {' '.join(tokens(self.source.cut(s)))}" for s in self.sides)
        return "".join(ends) + f" {_END} "

    def gain(self, side: Span, edit: Edit) -> float:
        """How much nearer an edit is for what stands elsewhere; negative where it is farther."""
        span = edit.span
        if (side, span) not in self._around:
            low, high = max(side.start, span.start - NEAR), min(side.end, span.end + NEAR)
            before = tokens(self.source.cut(Span(low, span.start)))
            after = tokens(self.source.cut(Span(span.end, high)))
            ends = [[_END] * (low == side.start), [_END] * (high == side.end)]
            around = [*ends[0], *before], [*after, *ends[1]]
            old = self.reach(*around, tokens(self.source.cut(span)), 2)
            self._around[side, span] = *around, old
        before, after, old = self._around[side, span]
        return STEP * (self.reach(before, after, tokens(edit.replacement), 1) - old)

    def reach(self, before: list[str], after: list[str], middle: list[str], times: int) -> int:
        """How many tokens on both sides of a stretch stand beside it elsewhere too."""
        for size in range(REACH + 1):
            stretch = [*before[max(0, len(before) - size) :], *middle, *after[:size]]
            if not self.occurs(stretch, times):
                return max(0, size - 1)
        return REACH

    def occurs(self, stretch: Iterable[str], times: int) -> bool:
        """Whether tokens stand in the document so often."""
        text, at = f" {' '.join(stretch)} ", -1
        for _ in range(times):
            at = self.written.find(text, at + 1)
            if at < 0:
                return False
        return True


def tokens(text: str) -> list[str]:
    """The tokens of mathematics that mean something."""
    return [t for t in _TOKEN.findall(text) if t not in _SILENT]
