r"""The document's own commands: `\newcommand`, `\def`, `\DeclareMathOperator`.

Expansion is by text and bounded: a macro that calls itself ends in a message, not in a hang.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field

from derive.values import dataclass

MAX_CALLS = 2000
MAX_DEPTH = 40
MAX_SIZE = 100_000

_DEFINITION = re.compile(
    r"\\(?P<how>(?:re)?newcommand|providecommand|def|DeclareMathOperator)(?P<star>\*?)\s*"
    r"(?:\{\s*\\(?P<braced>[A-Za-z]+|.)\s*\}|\\(?P<plain>[A-Za-z]+|.))\s*"
    r"(?:\[(?P<count>[0-9])\]\s*)?(?:\[(?P<default>[^\]]*)\]\s*)?(?P<pattern>(?:#[1-9])*)\s*"
)
_PARAMETER = re.compile(r"#([1-9])")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_SINGLE = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)


class TooMuch(Exception):
    """A limit of size was reached; the words say which."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A command of the document: how many arguments, the first one's default, its text."""

    count: int
    default: str | None
    body: str


@dataclass
class Macros:
    """The macros in force while a document is read, and the budget of the formula at hand."""

    table: dict[str, Macro] = field(default_factory=dict)
    calls: int = 0
    size: int = 0
    depth: int = 0

    def rest(self) -> None:
        """Start the budget afresh, for the next formula."""
        self.calls = self.size = self.depth = 0

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Hold one level of expansion."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.depth -= 1
            raise TooMuch("macro limit: calls too deep in one another")
        try:
            yield
        finally:
            self.depth -= 1

    def define(self, text: str, start: int, end: int) -> int | None:
        """Take in the definition at `start`; the offset after it, None where there is none."""
        found = _DEFINITION.match(text, start, end)
        body = argument(text, found.end(), end) if found else None
        if found is None or body is None or text[body[0] - 1] != "{":
            return None
        name = found["braced"] or found["plain"]
        content = text[body[0] : body[1]]
        if found["how"] == "DeclareMathOperator":
            content = f"\\operatorname{found['star']}{{{content}}}"
        count = int(found["count"] or 0) or len(found["pattern"]) // 2
        if found["how"] != "providecommand" or name not in self.table:
            self.table[name] = Macro(count, found["default"], content)
        return body[1] + 1

    def call(self, name: str, text: str, position: int, end: int) -> tuple[str, int]:
        """The text that a call stands for, and the offset after its arguments.

        Raises `TooMuch` beyond the limits, or where an argument is missing.
        """
        macro = self.table[name]
        given, position = _given(macro, text, position, end)
        body = _PARAMETER.sub(lambda m: _nth(given, int(m[1])), macro.body)
        self.calls += 1
        self.size += len(body)
        if self.calls > MAX_CALLS or self.size > MAX_SIZE:
            raise TooMuch("macro limit: the expansion does not end")
        return body, position


def _nth(given: list[str], number: int) -> str:
    return given[number - 1] if number <= len(given) else ""


def _given(macro: Macro, text: str, position: int, end: int) -> tuple[list[str], int]:
    given: list[str] = []
    if macro.default is not None:
        optional = re.compile(r"\s*\[([^\]]*)\]").match(text, position, end)
        given.append(optional[1] if optional else macro.default)
        position = optional.end() if optional else position
    while len(given) < macro.count:
        found = argument(text, position, end)
        if found is None:
            raise TooMuch("an argument is missing")
        braced = text[found[0] - 1] == "{" and found[1] < end and text[found[1]] == "}"
        given.append(text[found[0] : found[1]])
        position = found[1] + braced
    return given, position


def argument(text: str, position: int, end: int) -> tuple[int, int] | None:
    """The offsets of the argument at `position`: inside its braces, or one sign or command.

    None where there is none, or its brace is not closed.
    """
    while position < end and text[position].isspace():
        position += 1
    if position >= end:
        return None
    if text[position] != "{":
        single = _SINGLE.match(text, position, end)
        return (position, single.end()) if single else None
    depth = 0
    for brace in _BRACE.finditer(text, position, end):
        depth += (brace[0] == "{") - (brace[0] == "}")
        if depth == 0:
            return position + 1, brace.start()
    return None
