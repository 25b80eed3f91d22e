"""Documents and relations in a notebook: a table, a card, a formula."""

from derive.checked import Checked, Judgement
from derive.derivation import Relation
from derive.write.report import html
from derive.write.report.content import build, displayed
from derive.write.report.formula import visible

LISTED = 400


def document(checked: Checked) -> str:
    """A document: its totals, and every relation with its verdict."""
    report = build(checked)
    return html.fragment("notebook-document.html.j2", report=report, listed=LISTED)


def relation(row: Relation, judgement: Judgement) -> str:
    """A relation: its formula, its verdict, the point at which it is false, its repairs."""
    return html.fragment(
        "notebook-relation.html.j2", row=row, judgement=judgement, formula=displayed(row)
    )


def latex(row: Relation) -> str:
    """A relation as LaTeX between dollars, as notebooks want it; its source where it is unsafe."""
    pieces = displayed(row).pieces
    if not pieces:
        return ""
    return rf"$\displaystyle {' '.join(visible(pieces))}$"
