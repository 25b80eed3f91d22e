"""The paper as it came: every verdict, what is at fault, and that the repairs mend it."""

from functools import cache
from pathlib import Path

import pytest

import derive
from derive import Document, RelationView
from derive.finding import ERROR, NOTE, WARNING, Finding
from derive.source import applied

PAPERS = Path(__file__).parents[1] / "derive" / "papers"
AS_IT_CAME = PAPERS / "two_layer.md"


@cache
def paper() -> Document:
    return derive.check(AS_IT_CAME)


@cache
def corrected() -> Document:
    return derive.check(PAPERS / "corrected.md")


def with_text(words: str) -> list[RelationView]:
    """The relations in which these words stand."""
    return [r for r in paper().relations if words in r.latex]


def findings(severity: str) -> list[Finding]:
    return [f for f in paper().findings if f.severity == severity]


def about(*words: str) -> list[Finding]:
    return [f for f in paper().findings if all(w in f.message for w in words)]


# ---- the numbered equations -----------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "verdict", "blame"),
    [
        ("1", "defined", None),
        ("2", "proved", "sound"),
        ("3", "proved", "sound"),
        ("4", "proved", "sound"),
        ("5", "refuted", "fresh"),
        ("6", "defined", None),
        ("7", "proved", "sound"),
        ("8", "proved", "sound"),
        ("9", "proved", "sound"),
        ("10", "proved", "sound"),
        ("11", "refuted", "fresh"),
        ("12", "defined", None),
        ("13", "refuted", "fresh"),
        ("14", "proved", "sound"),
        ("15", "proved", "sound"),
    ],
)
def test_numbered(id: str, verdict: str, blame: str | None) -> None:
    relation = paper()[id]
    assert (relation.verdict, relation.blame) == (verdict, blame)


def test_every_refuted_equation_has_its_witness() -> None:
    refuted = [r for r in paper().relations if r.verdict == "refuted"]
    assert all(r.counterexample for r in refuted)
    assert all(r.counterexample.left != r.counterexample.right for r in refuted)


@pytest.mark.parametrize("id", ["2", "4", "10"])
def test_a_proof_holds_without_conditions(id: str) -> None:
    assert paper()[id].conditions == ()


# ---- the displays without a number -------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "verdicts"),
    [
        ("\\mathbf{X}_0 &=", {"defined"}),
        ("\\mathbf{u} = \\begin", {"defined"}),
        ("\\mathbf{v} = \\begin", {"defined"}),
        ("h_i^{pred} &=", {"proved"}),
        ("= \\sigma\\left(v_0", {"proved"}),
        ("\\frac{\\partial z_i^{pred}}{\\partial \\mathbf{u}} =", {"proved"}),
        ("\\frac{\\partial z_i^{pred}}{\\partial \\mathbf{v}} =", {"proved"}),
        ("v_1 x_{i1} a_{i1}(1 - a_{i1}) & v_2", {"proved"}),
        ("d_i = z_i^{reality}", {"defined"}),
        ("[(1 - \\mathbf{A}) \\odot \\mathbf{A}]", {"malformed"}),
        ("\\mathbf{A}^T \\mathbf{d}", {"refuted"}),
    ],
)
def test_without_a_number(words: str, verdicts: set[str]) -> None:
    found = with_text(words)
    assert found
    assert {r.verdict for r in found} == verdicts


@pytest.mark.parametrize("weight", ["u_{01}", "u_{02}", "u_{11}", "u_{12}", "u_{21}", "u_{22}"])
def test_component_gradients_of_the_first_layer(weight: str) -> None:
    found = [r for r in with_text(f"\\partial C}}{{\\partial {weight}}}") if "d_i" in r.latex]
    assert [(r.verdict, r.blame) for r in found] == [("refuted", "definition")]


@pytest.mark.parametrize("weight", ["v_0", "v_1", "v_2"])
def test_component_gradients_of_the_second_layer(weight: str) -> None:
    found = [r for r in with_text(f"\\partial C}}{{\\partial {weight}}}") if "d_i" in r.latex]
    assert [(r.verdict, r.blame) for r in found] == [("refuted", "definition")]


def test_nothing_is_left_open() -> None:
    open_ = [r.id for r in paper().relations if r.verdict in ("undecided", "not-checked")]
    assert open_ == []


def test_the_shape_error_names_both_shapes() -> None:
    (relation,) = with_text("[(1 - \\mathbf{A}) \\odot \\mathbf{A}]")
    said = relation.reason + " ".join(f.message for f in paper().findings)
    assert "3 columns against 2 rows" in said


# ---- findings ---------------------------------------------------------------------------


def test_one_cause_is_one_finding() -> None:
    causes = [f for f in findings(ERROR) if len(f.relations) >= 9]
    assert len(causes) == 1
    assert "d_i" in causes[0].message
    assert len(findings(ERROR)) == 5  # (5), (11), (13), d, the shape of A


def test_the_missing_minus_is_a_warning() -> None:
    warnings = [f for f in findings(WARNING) if "1" in f.relations]
    assert warnings
    assert any("minus" in f.message or "sign" in f.message for f in warnings)


@pytest.mark.parametrize(
    "words",
    [("(??)",), ("(dC)",), ("(3)", "(2)"), ("pred",), ("y_i^p",), ("reality",)],
)
def test_something_is_said_of(words: tuple[str, ...]) -> None:
    assert about(*words)


def test_one_letter_for_two_things_is_a_note() -> None:
    assert any(f.code == "N305" for f in findings(NOTE))


# ---- repairs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "repaired"),
    [
        ("5", "\\frac{h_i^r - h_i^p}{h_i^p(1 - h_i^p)}"),
        ("11", "(h_i^r - h_i^p)"),
        ("13", "(h_i^r - h_i^p)"),
    ],
)
def test_the_headline_repair(id: str, repaired: str) -> None:
    repair = paper()[id].repairs[0]
    assert repair.verdict == "proved"
    assert repaired in repair.latex


def test_every_repair_offered_holds_when_it_is_applied() -> None:
    source = AS_IT_CAME.read_text(encoding="utf-8")
    for relation in paper().relations:
        for repair in relation.repairs:
            edits = [(repair.span, repair.replacement), *repair.needs]
            after = derive.check_text(applied(source, edits))
            assert after[relation.id].verdict == repair.verdict


def test_after_the_headline_repairs_no_error_is_left() -> None:
    assert paper().relations[0].source.text == AS_IT_CAME.read_text(encoding="utf-8")
    repaired = paper().repaired()
    assert [f.message for f in repaired.findings if f.severity == ERROR] == []


# ---- the corrected paper ------------------------------------------------------------------


def test_the_corrected_paper_has_no_error() -> None:
    assert [f.message for f in corrected().findings if f.severity == ERROR] == []


def test_every_claim_of_the_corrected_paper_is_proved() -> None:
    claims = [r for r in corrected().relations if r.verdict != "defined"]
    assert {r.id: r.verdict for r in claims} == {r.id: "proved" for r in claims}
    assert len(claims) >= 34


def test_the_corrected_paper_keeps_the_numbers() -> None:
    assert [r.tag for r in corrected().relations if r.tag] == [str(k) for k in range(1, 25)]


def test_the_corrected_paper_leaves_no_reference_dangling() -> None:
    assert [f.message for f in corrected().findings if f.code == "N302"] == []
