r"""The report as LaTeX: plain `pdflatex` compiles it, and nothing of the document reaches TeX raw.

Words and source text are escaped by default, whatever the template prints; mathematics passes
only as `formula.tidy` and `typeset` made it, and only where the MathML converter, which refuses
what TeX would stumble over, takes it too.
"""

from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from derive.write.report import tikz
from derive.write.report.formula import visible
from derive.write.report.html import TEMPLATES, sections
from derive.write.report.mathml import mathml
from derive.write.report.model import Code, Formula, Inline, Line, Link, Math, Report, Words
from derive.write.report.picture import of_curves, of_graph, of_network
from derive.write.report.texwords import Safe, escaped, source

SHOWN_SOURCE = 600  # signs of a formula that is only shown as source text


def document(report: Report) -> str:
    """The whole LaTeX document."""
    plot = of_curves(report.curves)
    return (
        _environment()
        .get_template("report.tex.j2")
        .render(
            report=report,
            sections=sections(report.entries),
            graph=Safe(tikz.tikz(of_graph(report.graph))) if report.graph else None,
            network=Safe(tikz.tikz(of_network(report.network))) if report.network else None,
            training=Safe(tikz.tikz(plot)) if plot else None,
        )
    )


def _printed(value: object) -> object:
    return value if isinstance(value, Safe) else escaped(str(value))


# ---- filters -------------------------------------------------------------------------------


def line(parts: Line) -> Safe:
    """A line of words, formulas, source text and links."""
    return Safe("".join(map(_inline, parts)))


def _inline(part: Inline) -> str:
    match part:
        case Words(text):
            return escaped(text)
        case Code(text):
            return rf"\code{{{source(text)}}}"
        case Link("", text):
            return escaped(text)
        case Link(id, text):
            return rf"\hyperref[{anchor(id)}]{{{escaped(text)}}}"
        case Math(latex):
            return f"${latex}$" if mathml(latex, False) else rf"\code{{{source(latex)}}}"


def display(shown: Formula) -> Safe:
    """A displayed formula: pieces that break over lines, each made to fit the width."""
    pieces = list(visible(shown.pieces))
    if not pieces or any(mathml(piece, True) is None for piece in pieces):
        return Safe(rf"\sourcetext{{{source(' '.join(shown.source.split())[:SHOWN_SOURCE])}}}")
    return Safe(r"\begin{formula}" + " ".join(map(_piece, pieces)) + r"\end{formula}")


def brief(shown: Formula) -> Safe:
    """A formula in a line of text."""
    pieces = list(visible(shown.pieces))
    if not pieces or any(mathml(piece, False) is None for piece in pieces):
        return Safe(rf"\code{{{source(' '.join(shown.source.split())[:SHOWN_SOURCE])}}}")
    return Safe(" ".join(f"${piece}$" for piece in pieces))


def _piece(latex: str) -> str:
    return rf"\piece{{{latex}}}"


def listing(code: str) -> Safe:
    """Code, line by line."""
    rows = (source(row) if row else r"\strut" for row in code.rstrip("\n").split("\n"))
    return Safe("\\\\\n".join(rows))


def anchor(id: str) -> Safe:
    """The label of a relation."""
    return Safe("r:" + "".join(c if c.isascii() and c.isalnum() else f"-{ord(c):x}-" for c in id))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=False, finalize=_printed,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        variable_start_string="<<", variable_end_string=">>",
        block_start_string="<%", block_end_string="%>",
        comment_start_string="<#", comment_end_string="#>",
    )  # fmt: skip
    found.filters |= {
        "line": line, "display": display, "brief": brief, "listing": listing, "anchor": anchor,
        "source": source, "safe_tex": Safe, "command": Safe,
    }  # fmt: skip
    return found
