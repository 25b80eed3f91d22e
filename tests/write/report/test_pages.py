"""Reports of real documents: valid HTML, every relation there, every link leads somewhere."""

from functools import lru_cache
from pathlib import Path

import html5lib
import pytest

import derive
from derive import reporting
from derive.check import checks
from derive.write.report import readback
from derive.write.report.model import Report

PAPERS = Path(derive.__file__).parent / "papers"
OPTIONS = derive.Options(cross_check=False, isolate=False)


@lru_cache(maxsize=2)
def report(name: str) -> Report:
    document = derive.check(PAPERS / name, OPTIONS)
    return reporting.value(checks(document.checked, OPTIONS))


@pytest.fixture(params=["two_layer.md", "corrected.md"])
def page(request: pytest.FixtureRequest) -> str:
    return reporting.RENDERERS[".html"](report(request.param))


def test_html_is_valid(page: str) -> None:
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(page)


def test_every_link_leads_somewhere_and_no_id_stands_twice(page: str) -> None:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    links = {e.get("href")[1:] for e in tree.iter("a")}
    assert links <= set(ids)


def test_landmarks(page: str) -> None:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for name in ("header", "nav", "main", "footer", "h1"):
        assert len(list(tree.iter(name))) == 1


def test_the_paper_as_it_came() -> None:
    whole = report("two_layer.md")
    five = next(e for e in whole.entries if e.id == "5")
    assert five.working is not None
    assert five.working.left
    assert five.working.right
    assert any(r"\color{red}" in p for p in five.edits[0].formula.pieces)
    changed = [row for row in whole.corrected if row.changed]
    assert len(changed) == 5
    assert {row.verdict for row in changed} == {"proved", "defined"}


def test_proofs_have_steps_in_formulas() -> None:
    four = next(e for e in report("corrected.md").entries if e.id == "4")
    assert any(row.formula for row in four.steps)


def test_every_formula_of_the_paper_is_set_as_written() -> None:
    for name in ("two_layer.md", "corrected.md"):
        for entry in report(name).entries:
            assert entry.formula.pieces, entry.id
            assert not entry.formula.read, entry.id
    assert "<code>\\frac" not in reporting.RENDERERS[".html"](report("two_layer.md"))


def test_the_network_is_found_in_the_definitions() -> None:
    network = report("two_layer.md").network
    assert network is not None
    assert [layer.size for layer in network.layers] == [2, 2, 1]
    assert [layer.bias for layer in network.layers] == [True, True, False]
    assert [weights[1] for weights in network.weights] == [r"\mathbf{u}", r"\mathbf{v}"]


def test_other_networks() -> None:
    text = r"""
    $X \in \mathbb{R}^{n \times 3}$, $U \in \mathbb{R}^{3 \times m}$,
    $W \in \mathbb{R}^{m \times 2}$

    $$Z = X U$$
    $$H = \tanh(Z)$$
    $$Y = H W$$
    """.replace("    ", "")
    network = reporting.value(
        reporting.Checks(derive.check_text(text, options=OPTIONS).checked)
    ).network
    assert network is not None
    assert [layer.said[0] for layer in network.layers] == ["3", "m", "2"]
    assert [layer.function[0] for layer in network.layers] == ["", "tanh", ""]


def test_no_network_where_there_is_none() -> None:
    text = "$$y = (a + b)^2$$\n\n$$(a+b)^2 = a^2 + 2ab + b^2$$\n"
    checked = derive.check_text(text, options=OPTIONS).checked
    assert reporting.value(reporting.Checks(checked)).network is None


def test_the_graph_draws_every_relation_of_the_paper() -> None:
    graph = report("two_layer.md").graph
    assert graph is not None
    assert graph.left_out == 0
    assert len({(n.x, n.y) for n in graph.nodes}) == len(graph.nodes)


def test_verified_code_stands_beside_its_formulas() -> None:
    (emitted,) = report("corrected.md").emitted
    assert "def _value_and_gradient" in emitted.code
    assert len(emitted.formulas) == 2
    assert all(row.formula and row.formula.pieces for row in emitted.formulas)


def test_no_code_from_what_is_not_proved() -> None:
    checked = derive.check_text("$$(a+b)^2 = a^2 + b^2$$\n", options=OPTIONS).checked
    assert reporting.value(reporting.Checks(checked)).emitted == ()


def test_code_is_read_back_only_where_it_is_faithful() -> None:
    pytest.importorskip("latexify")
    code = (
        "def f(a, b, X):\n    d = (a - b)/2\n    z = X @ a\n    s = a.sum()/b\n    return d, z, s\n"
    )
    assert len(readback.lines(code)) == 1
