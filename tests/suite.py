"""Markdown files as test suites: a heading opens a document, comments say what is expected of it.

`<!-- expect: proved refuted -->` after a display asks for the verdicts of its relations, in
order; `a|b` allows either, `sound` is `proved|proved-if`, `none` no relation at all, and
`refuted/fresh` also asks for the blame. `<!-- note: contains "…" -->` asks for a finding
with these words. `<!-- xfail: reason -->` marks a section that is known to fall short.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ALIASES = {"sound": {"proved", "proved-if"}}
VERDICTS = {
    "proved", "proved-if", "refuted", "malformed", "undecided", "not-checked", "defined",
}  # fmt: skip

_HEADING = re.compile(r"^#{2,6}\s+(.+?)\s*$")
_COMMENT = re.compile(r"^<!--\s*(expect|note|xfail):\s*(.*?)\s*-->\s*$")
_FENCE = "$$"


@dataclass(frozen=True)
class Expectation:
    """The verdicts expected of the relations in the display on lines `start` to `end`."""

    start: int
    end: int
    wanted: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One section: its text is a document of its own."""

    file: str
    title: str
    line: int
    text: str
    expectations: tuple[Expectation, ...]
    notes: tuple[str, ...]
    xfail: str | None

    @property
    def name(self) -> str:
        return f"{Path(self.file).stem}: {self.title}"


def sections(path: Path) -> Iterator[tuple[str, int, list[str]]]:
    """Split a file at its headings: title, line number of the first line of text, lines."""
    title, start, lines = "", 0, []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = _HEADING.match(line)
        if found is None:
            lines.append(line)
            continue
        if title:
            yield title, start, lines
        title, start, lines = found[1], number + 1, []
    if title:
        yield title, start, lines


def cases(path: Path) -> Iterator[Case]:
    """Read a file's cases; a section without expectations, or with an odd one, is an error."""
    for title, start, lines in sections(path):
        yield _case(path, title, start, lines)


def _case(path: Path, title: str, start: int, lines: list[str]) -> Case:
    expectations: list[Expectation] = []
    notes: list[str] = []
    xfail = None
    opened, inside = 0, False
    for number, line in enumerate(lines, 1):
        if line.count(_FENCE) % 2 or (not inside and line.startswith(_FENCE)):
            if not inside:
                opened = number
            inside = inside != bool(line.count(_FENCE) % 2)
        match _COMMENT.match(line):
            case None:
                pass
            case found if found[1] == "expect":
                expectations.append(Expectation(opened, number, _wanted(found[2], path, start)))
            case found if found[1] == "note":
                notes.append(found[2].removeprefix("contains").strip().strip('"“”'))
            case found:
                xfail = found[2] or "known to fall short"
    if not expectations:
        raise ValueError(f"{path}:{start}: nothing is expected of {title!r}")
    text = "\n".join("" if _COMMENT.match(line) else line for line in lines) + "\n"
    return Case(str(path), title, start, text, tuple(expectations), tuple(notes), xfail)


def _wanted(words: str, path: Path, start: int) -> tuple[str, ...]:
    wanted = tuple(words.split())
    for word in wanted:
        for choice in word.split("|"):
            if choice.partition("/")[0] not in VERDICTS | ALIASES.keys() | {"none"}:
                raise ValueError(f"{path}:{start}: {choice!r} is no verdict")
    if not wanted:
        raise ValueError(f"{path}:{start}: an empty expectation")
    return wanted


def meets(wanted: str, verdict: str, blame: str | None = None) -> bool:
    """Whether a verdict is among those wanted."""
    for choice in wanted.split("|"):
        name, _, asked = choice.partition("/")
        if verdict in ALIASES.get(name, {name}) and (not asked or blame == asked):
            return True
    return False


@dataclass(frozen=True)
class Miss:
    """One expectation that was not met."""

    line: int
    latex: str
    wanted: str
    got: str

    def __str__(self) -> str:
        return f"line {self.line}: wanted {self.wanted}, got {self.got}: {self.latex}"


def misses(case: Case, document) -> list[Miss]:
    """Compare a checked document with what is expected of it."""
    found: list[Miss] = []
    for expectation in case.expectations:
        rows = [r for r in document.relations if expectation.start <= r.line < expectation.end]
        line = case.line + expectation.start - 1
        if len(rows) != len(expectation.wanted):
            if rows or expectation.wanted[0].split("|")[0] != "none":
                got = " ".join(r.verdict for r in rows) or "no relation"
                found.append(Miss(line, "", " ".join(expectation.wanted), got))
            continue
        for row, wanted in zip(rows, expectation.wanted, strict=True):
            if not meets(wanted, row.verdict, row.blame):
                got = f"{row.verdict} ({row.blame}; {row.reason or row.method})"
                found.append(Miss(line, row.latex, wanted, got))
    said = " ".join(f.message for f in document.findings)
    found += [Miss(case.line, "", f"a note with {n!r}", said) for n in case.notes if n not in said]
    return found
