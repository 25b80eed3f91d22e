"""The report as Markdown for pull requests: GitHub's mathematics, no HTML of the document."""

import re
from collections.abc import Iterable
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from derive.write.report.html import MARKS, TEMPLATES, added, sections
from derive.write.report.model import Code, Formula, Inline, Line, Link, Math, Report, Words

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$@&])")
_FENCE = re.compile(r"`+")


class Safe(str):
    """Text that is Markdown already."""

    __slots__ = ()


def document(report: Report) -> str:
    """The whole Markdown document."""
    found = (
        _environment()
        .get_template("report.md.j2")
        .render(report=report, sections=sections(report.entries))
    )
    return _tidied(found)


def index(rows: Iterable[tuple[str, Report]], title: str) -> str:
    """The index of many reports."""
    listed = list(rows)
    return _tidied(
        _environment()
        .get_template("index.md.j2")
        .render(rows=listed, totals=added(r for _, r in listed), title=title)
    )


def _tidied(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def escaped(text: str) -> Safe:
    """Words, on one line, without meaning to Markdown or HTML."""
    return Safe(_SPECIAL.sub(r"\\\1", " ".join(text.split())))


def code(text: str) -> Safe:
    """Source text in a line, in a fence longer than any inside."""
    plain = " ".join(text.split())
    fence = "`" * (max((len(m) for m in _FENCE.findall(plain)), default=0) + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return Safe(f"{fence}{pad}{plain}{pad}{fence}") if plain else Safe("(nothing)")


def line(parts: Line) -> Safe:
    """A line of words, formulas, source text and links."""
    return Safe("".join(map(_inline, parts)))


def _inline(part: Inline) -> str:
    match part:
        case Words(text):
            ends = (" " * (text[:1] == " "), " " * (text[-1:] == " " and len(text) > 1))
            return ends[0] + escaped(text) + ends[1]
        case Code(text):
            return code(text)
        case Link(_, text):
            return escaped(text)
        case Math(latex):
            return f"$`{latex}`$"


def display(shown: Formula, indent: int = 0) -> Safe:
    """A formula as a block of mathematics, or of source text."""
    pad = " " * indent
    if not shown.pieces:
        body = [f"{pad}{row}" for row in shown.source.replace("```", "` ` `").splitlines()]
        return Safe("\n".join(("", f"{pad}```latex", *body, f"{pad}```")))
    latex = " ".join(shown.pieces).replace("```", "")
    latex = latex.replace(r"\color{red}{}", r"\color{purple}")
    return Safe(f"\n{pad}```math\n{pad}{latex}\n{pad}```")


def brief(shown: Formula) -> Safe:
    """A formula in a line."""
    latex = " ".join(shown.pieces)
    return Safe(f"$`{latex}`$") if latex else code(shown.source)


def _mark(verdict: str) -> Safe:
    return Safe(f"{MARKS.get(verdict, '')} {verdict}")


def _printed(value: object) -> object:
    return value if isinstance(value, Safe) else escaped(str(value))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=False, finalize=_printed,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.filters |= {
        "line": line, "display": display, "brief": brief, "code": code, "mark": _mark,
        "block": lambda text: Safe(text.rstrip("\n").replace("```", "` ` `")),
    }  # fmt: skip
    return found
