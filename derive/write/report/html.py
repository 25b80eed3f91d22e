"""The report as one self-contained HTML file: native MathML, no network, no script."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from derive.write.report import formula, svg
from derive.write.report.mathml import mathml
from derive.write.report.model import Code, Entry, Formula, Inline, Line, Link, Math, Report, Words
from derive.write.report.picture import of_curves, of_graph, of_network

TEMPLATES = Path(__file__).parent / "templates"
WIDE = 42  # signs of LaTeX beyond which a formula may have to be scrolled on a phone
MARKS = {
    "proved": "✓", "proved-if": "✓*", "refuted": "✗", "malformed": "⚠", "undecided": "?",
    "not-checked": "–", "defined": "≔",
}  # fmt: skip


def page(report: Report) -> str:
    """The whole page."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            sections=sections(report.entries),
            pictures=_Pictures(report),
            css=style(),
        )
    )


def index(rows: Iterable[tuple[str, Report]], title: str) -> str:
    """The index of many reports: each with its totals; a row is a link and a report."""
    listed = list(rows)
    return (
        _environment()
        .get_template("index.html.j2")
        .render(rows=listed, totals=added(r for _, r in listed), title=title, css=style())
    )


def added(reports: Iterable[Report]) -> list[tuple[str, int]]:
    """The totals of many reports, added up."""
    sums: dict[str, int] = dict.fromkeys(MARKS, 0)
    for report in reports:
        for total in report.totals:
            sums[total.verdict] += total.count
    return [(verdict, count) for verdict, count in sums.items() if count]


def fragment(template: str, **values: Any) -> str:
    """A part of a page, for a notebook."""
    return _environment().get_template(template).render(css=style("fragment.css"), **values)


def sections(entries: tuple[Entry, ...]) -> list[tuple[str, list[Entry]]]:
    """The relations under the headings that they stand under."""
    return [(name, list(rows)) for name, rows in groupby(entries, lambda e: e.section)]


class _Pictures:
    """The pictures that a report has."""

    def __init__(self, report: Report) -> None:
        anchors = {e.id: anchor(e.id) for e in report.entries}
        self.graph = Markup(svg.svg(of_graph(report.graph), anchors)) if report.graph else None
        self.network = Markup(svg.svg(of_network(report.network))) if report.network else None
        plot = of_curves(report.curves)
        self.training = Markup(svg.svg(plot)) if plot else None


# ---- filters -----------------------------------------------------------------------------


def line(parts: Line) -> Markup:
    """A line of words, formulas, source text and links."""
    return Markup("").join(map(_inline, parts))


def _inline(part: Inline) -> Markup:
    match part:
        case Words(text):
            return escape(text)
        case Code(text):
            return Markup("<code>{}</code>").format(text)
        case Link("", text):
            return escape(text)
        case Link(id, text):
            return Markup('<a href="#{}">{}</a>').format(anchor(id), text)
        case Math(latex):
            found = mathml(latex, False)
            return Markup(found) if found else Markup("<code>{}</code>").format(latex)


def display(shown: Formula, label: str = "") -> Markup:
    """A displayed formula; a wide one can be scrolled, and reached with the keyboard."""
    parts = [mathml(piece, True) for piece in formula.visible(shown.pieces)]
    if not parts or any(part is None for part in parts):
        body = Markup("<code>{}</code>").format(" ".join(shown.source.split()))
    else:
        body = Markup(" ").join(Markup(part) for part in parts)
    lengths = [len(piece) + WIDE * (r"\begin" in piece) for piece in shown.pieces]
    wide = max(lengths, default=len(shown.source)) > WIDE
    reach = (
        Markup(' tabindex="0" role="group" aria-label="{}"').format(f"formula {label}".strip())
        if wide
        else Markup("")
    )
    return Markup('<div class="formula"{}>{}</div>').format(reach, body)


def anchor(id: str) -> str:
    """Where a relation stands in the page."""
    return "r-" + "".join(c if c.isalnum() or c in "-." else f"_{ord(c):x}_" for c in id)


def _marks(verdict: str) -> str:
    return MARKS.get(verdict, "")


def _spoken(verdict: str) -> str:
    return {"not-checked": "not checked", "proved-if": "proved if"}.get(verdict, verdict)


@lru_cache(maxsize=4)
def style(name: str = "report.css") -> Markup:
    """The style sheet."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.filters |= {
        "line": line,
        "display": display,
        "anchor": anchor,
        "mark": _marks,
        "spoken": _spoken,
    }
    return found


def pieces(lines: Iterable[Line]) -> Iterator[Markup]:
    """Lines as markup."""
    return map(line, lines)
