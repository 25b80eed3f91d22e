"""Small edits of one relation's source, of the kinds that people make by mistake.

Each kind is one row: a name, and a pattern with its replacement or a function that yields
the edited strings. A kind is `certain` when the edit changes the value of every side that is
not identically 0, whatever the notation means; the others may leave the meaning as it was.
"""

import random
import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from derive.derivation import Derivation, Relation
from derive.source import Source, Span

Edit = Callable[[str], Iterator[str]]
BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
ATOM = r"(?<![\\a-zA-Z])[a-zA-Z](?:_(?:\w|\{\w+\}))?(?:\^(?:\w|\{\w+\}))?(?![a-zA-Z])"
BOLD = r"\\mathbf\{\w\}(?:_\w)?"


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to go wrong."""

    name: str
    edit: Edit
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Mutant:
    """A document with one edit: `relation` is the id of the relation whose side was edited."""

    kind: str
    relation: str
    line: int
    side: str
    before: str
    after: str
    certain: bool
    text: str = field(repr=False)


# ---- ways to edit ------------------------------------------------------------------------


def each_match(pattern: str, replacement: str) -> Edit:
    """One edit for every match of a pattern."""

    def edit(side: str) -> Iterator[str]:
        for match in re.finditer(pattern, side):
            yield side[: match.start()] + match.expand(replacement) + side[match.end() :]

    return edit


def around(opening: str, closing: str) -> Edit:
    """One edit: the whole side put between two strings."""

    def edit(side: str) -> Iterator[str]:
        yield opening + side + closing

    return edit


def renamed(side: str) -> Iterator[str]:
    """Every letter with its scripts replaced by each other letter of the side."""
    letters = sorted({m.group()[0] for m in re.finditer(ATOM, side)})
    for match in re.finditer(ATOM, side):
        for letter in letters:
            if letter != match.group()[0]:
                yield side[: match.start()] + letter + side[match.start() + 1 :]


def bold_renamed(side: str) -> Iterator[str]:
    """Every bold letter replaced by each other bold letter of the side."""
    names = sorted(set(re.findall(BOLD, side)))
    for match in re.finditer(BOLD, side):
        for name in names:
            if name != match.group():
                yield side[: match.start()] + name + side[match.end() :]


def bold_exchanged(side: str) -> Iterator[str]:
    """Two neighbouring matrices exchanged."""
    for match in re.finditer(rf"({BOLD})(\s*)({BOLD})", side):
        if match[1] != match[3]:
            yield side[: match.start()] + match[3] + match[2] + match[1] + side[match.end() :]


def cells_exchanged(side: str) -> Iterator[str]:
    """Two neighbouring cells of a written-out matrix exchanged, in a row or in a column."""
    for match in re.finditer(r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}", side, re.DOTALL):
        rows = [row.split("&") for row in match[1].split(r"\\")]
        for (i, j), (k, m) in neighbours(rows):
            if rows[i][j].strip() != rows[k][m].strip():
                new = [list(row) for row in rows]
                new[i][j], new[k][m] = f" {rows[k][m].strip()} ", f" {rows[i][j].strip()} "
                written = r"\\".join("&".join(row) for row in new)
                yield side[: match.start(1)] + written + side[match.end(1) :]


def neighbours(rows: list[list[str]]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for i, row in enumerate(rows):
        for j in range(len(row)):
            if j + 1 < len(row):
                yield (i, j), (i, j + 1)
            if i + 1 < len(rows) and j < len(rows[i + 1]):
                yield (i, j), (i + 1, j)


def members(side: str) -> list[tuple[int, int, str]]:
    """Every term of every sum in the side: where it starts, where it ends, its sign."""
    found: list[tuple[int, int, str]] = []
    stack: list[list[int]] = [[0]]
    for at, char in enumerate(side + ")"):
        if char in "([{":
            stack.append([at + 1])
        elif char in ")]}" or side.startswith("\\end", at) or char == "&":
            marks = stack.pop() if char in ")]}" and (len(stack) > 1 or at == len(side)) else []
            if len(marks) > 1:
                ends = [*marks[1:], at]
                found += [(a, b, side[a]) for a, b in zip(marks, ends, strict=True)]
        elif char in "+-":
            stack[-1].append(at)
    return found


def dropped(side: str) -> Iterator[str]:
    """One term of a sum dropped."""
    for start, end, _ in members(side):
        rest = side[:start] + " " + side[end:]
        yield re.sub(r"(^|[(\[{])\s*\+", r"\1 ", rest)


def unwrapped(side: str) -> Iterator[str]:
    """One pair of parentheses dropped, not those of a function."""
    for start, end in pairs(side):
        if not re.search(r"(\\[a-z]+|')$", side[:start]):
            yield side[:start] + " " + side[start + 1 : end] + " " + side[end + 1 :]


def unapplied(side: str) -> Iterator[str]:
    """One function dropped, its argument left."""
    yield from each_match(r"\\(?:sigma|log|ln|exp|sin|cos|tanh|sqrt)'?(?=[({])", " ")(side)


def unscoped(side: str) -> Iterator[str]:
    """A closing parenthesis moved to the end of the side."""
    for start, end in pairs(side):
        if "&" not in side and start > 0 and side[end + 1 :].strip() and "}" not in side[end + 1 :]:
            yield side[:end] + " " + side[end + 1 :] + ")"


def pairs(side: str) -> Iterator[tuple[int, int]]:
    """The places of matching parentheses, without `\\left`."""
    stack = []
    for at, char in enumerate(side):
        if char == "(" and not side[:at].endswith("\\left"):
            stack.append(at)
        elif char == ")" and stack and not side[:at].endswith("\\right"):
            yield stack.pop(), at


def swapped_operands(side: str) -> Iterator[str]:
    """`a - b` turned round."""
    listed = members(side)
    for first, second in pairwise(listed):
        if first[1] == second[0] and second[2] == "-" and first[2] not in "+-":
            a, b = side[first[0] : first[1]], side[second[0] + 1 : second[1]]
            yield f"{side[: first[0]]}{b.strip()} - {a.strip()} {side[second[1] :]}"


KINDS = (
    Kind("negate", around(r"-\left(", r"\right)"), certain=True),
    Kind("double", around(r"2 \left(", r"\right)"), certain=True),
    Kind("halve", around(r"\frac{1}{2} \left(", r"\right)"), certain=True),
    Kind("times forty-two", around(r"42 \cdot \left(", r"\right)"), certain=True),
    Kind("times n", around(r"n \left(", r"\right)")),
    Kind("minus to plus", each_match(r"-", "+")),
    Kind("plus to minus", each_match(r"\+", "-")),
    Kind("drop 1/n", each_match(r"\\frac\{1\}\{n\}", " ")),
    Kind("1/n to 1/n^2", each_match(r"\\frac\{1\}\{n\}", r"\\frac{1}{n^2}")),
    Kind("divide by n", around(r"\frac{1}{n} \left(", r"\right)")),
    Kind("upside down", each_match(rf"\\frac({BRACES})({BRACES})", r"\\frac\2\1")),
    Kind("drop denominator", each_match(rf"\\frac\{{((?:[^{{}}]|{BRACES})*)\}}{BRACES}", r"(\1)")),
    Kind("index 1 to 2", each_match(r"(_\{?[0-9i]?)1(?=[}0-9\s)])", r"\g<1>2")),
    Kind("index 2 to 1", each_match(r"(_\{?[0-9i]?)2(?=[}0-9\s)])", r"\g<1>1")),
    Kind("index 0 to 1", each_match(r"(_\{?)0", r"\g<1>1")),
    Kind("index i to j", each_match(r"_(\{?)i(?!=)", r"_\1j")),
    Kind("index i to 1", each_match(r"_(\{?)i(?!=)", r"_\g<1>1")),
    Kind("transpose the indices", each_match(r"_\{(\d)(\d)\}", r"_{\2\1}")),
    Kind("label p to r", each_match(r"\^p", "^r")),
    Kind("label r to p", each_match(r"\^r", "^p")),
    Kind("drop label", each_match(r"\^[pr]", "")),
    Kind("square", each_match(rf"(?<![_^{{])({ATOM})(?!\^)", r"{\1}^2")),
    Kind("drop power", each_match(r"\^(?:2|\{2\})", "")),
    Kind("drop term", dropped),
    Kind("swap difference", swapped_operands),
    Kind("drop transpose", each_match(r"\^T|\^\{?\\top\}?", "")),
    Kind("insert transpose", each_match(rf"({BOLD})(?!\^)", r"{\1}^T")),
    Kind("drop prime", each_match(r"'", "")),
    Kind("insert prime", each_match(r"\\sigma(?!')", r"\\sigma'")),
    Kind("drop function", unapplied),
    Kind("another function", each_match(r"\\sigma", r"\\tanh")),
    Kind("log to exp", each_match(r"\\log", r"\\exp")),
    Kind("another letter", renamed),
    Kind("another matrix", bold_renamed),
    Kind("exchange matrices", bold_exchanged),
    Kind("exchange cells", cells_exchanged),
    Kind("drop parentheses", unwrapped),
    Kind("move parenthesis", unscoped),
    Kind("lower bound", each_match(r"_\{i=1\}", "_{i=2}")),
    Kind("lower bound to 0", each_match(r"_\{i=1\}", "_{i=0}")),
    Kind("upper bound", each_match(r"(\\sum_\{i=1\})\^n", r"\1^{n-1}")),
    Kind("drop sum", each_match(r"\\sum_\{i=1\}\^n", "")),
    Kind("drop factor", each_match(rf"(?<=[\s)}}]){ATOM}\s*(?=[a-z(\\])", " ")),
    Kind("repeat factor", each_match(rf"(?<=[\s)}}])({ATOM})\s*(?=[a-z(\\])", r"\1 \1 ")),
    Kind("odot to product", each_match(r"\\odot", " ")),
    Kind("product to odot", each_match(r"\\times", r"\\odot ")),
    Kind("drop diag", each_match(r"\\text\{diag\}", "")),
    Kind("one to two", each_match(r"(?<![_{\d\w.])1(?=\s*[-+])", "2")),
    Kind("drop 1 minus", each_match(r"1\s*-\s*", "")),
    Kind("drop bold index", each_match(r"(\\mathbf\{\w\})_0", r"\1")),
    Kind("drop derivative", each_match(r"\\frac\{\\partial ([^{}]*)\}\{\\partial \w\}", r"\1")),
    Kind("drop bold factor", each_match(rf"{BOLD}(?:\^T)?", " ")),
)


# ---- mutants of a document ------------------------------------------------------------------


def sides(source: Source, relation: Relation) -> Iterator[tuple[str, Span]]:
    """The sides of a relation that stand in the source for it alone."""
    yield "right", relation.right_span
    if not relation.continues:
        yield "left", relation.left_span


def mutants_of(derivation: Derivation, relation: Relation) -> Iterator[Mutant]:
    """Every mutant of one relation, the same text never twice."""
    source = derivation.source
    seen = {source.text}
    for name, span in sides(source, relation):
        before = source.cut(span)
        for kind in KINDS:
            for after in kind.edit(before):
                text = source.text[: span.start] + after + source.text[span.end :]
                if text not in seen:
                    seen.add(text)
                    line = source.position(span.start)[0]
                    yield Mutant(
                        kind.name, relation.id, line, name, before, after, kind.certain, text
                    )


def mutants(
    derivation: Derivation, among: Container[str], seed: int = 0, count: int | None = None
) -> list[Mutant]:
    """Mutants of the relations with the given ids in a random order, every kind early."""
    found = [m for r in derivation.relations if r.id in among for m in mutants_of(derivation, r)]
    random.Random(seed).shuffle(found)
    rank: dict[str, int] = {}
    order = []
    for mutant in found:
        rank[mutant.kind] = rank.get(mutant.kind, 0) + 1
        order.append(rank[mutant.kind])
    ranked = [m for _, m in sorted(zip(order, found, strict=True), key=lambda row: row[0])]
    return ranked if count is None else ranked[:count]
