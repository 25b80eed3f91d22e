"""The text of reports, kept: `python tests/write/report/test_snapshots.py` writes it anew."""

import re
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest
from records import CHECKED

from derive.checked import Mark
from derive.write.report import html, markdown, tex
from derive.write.report.content import Extra, build
from derive.write.report.model import Curve, Formula, Report, Row, Words, Working

FOLDER = Path(__file__).parent / "snapshots"
STEP = Row((Words("With the values put in"),), Formula((r"\frac{1 - 1}{2}",)))
WORKING = Working((), (STEP,), (), Formula(("2",)), Formula(("0",)), "=")
EXTRA = Extra(
    workings={"5": WORKING},
    proofs={"4": (Row((Words("Over a common denominator, both sides are"),), Formula(("a b",))),)},
    curves=(Curve("cost", ((0.0, 0.7), (1.0, 0.4), (2.0, 0.25))),),
    versions=(("derive", "0.1.0"),),
    command="derive report paper.md -o report.html",
)


THEOREM = "forall (n : nat), (1 <= n)%nat ->\n  (C n) = 4"
MARKS = {"4": ("rel_4", True, THEOREM), "5": ("not_5", False, "~ (1 = 2)")}


def report() -> Report:
    marked = tuple(
        replace(j, certificate=Mark("Certificate_paper.v", *told)) if told else j
        for told, j in ((MARKS.get(r.id), j) for r, j in CHECKED.rows)
    )
    missing = replace(marked[-1], uncertified="no words yet for this constant")
    return build(replace(CHECKED, judgements=(*marked[:-1], missing)), EXTRA)


def seen(page: str) -> str:
    """What a page says, without its style: one line a block."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for element in list(tree.iter()):
        for child in list(element):
            if child.tag in ("style", "defs"):
                element.remove(child)
    words = " ".join("".join(tree.itertext()).split())
    return (
        re.sub(r" (?=\(\d+\) |Findings|Pictures|Every relation|Notation|Repeat it)", "\n", words)
        + "\n"
    )


def texts() -> dict[str, str]:
    whole = report()
    return {
        "report.md": markdown.document(whole),
        "report.tex": tex.document(whole).partition(r"\begin{document}")[2].lstrip(),
        "report.txt": seen(html.page(whole)),
        "index.md": markdown.index([("a.md", whole), ("b.md", whole)], "Proof reports"),
        "index.txt": seen(html.index([("a.html", whole), ("b.html", whole)], "Proof reports")),
    }


@pytest.mark.parametrize("name", ["report.md", "report.tex", "report.txt", "index.md", "index.txt"])
def test_text_is_as_it_was(name: str) -> None:
    assert texts()[name] == (FOLDER / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
