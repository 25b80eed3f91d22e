import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "write"))
from records import CHECKED, DERIVATION, JUDGEMENTS, RELATIONS, SOURCE, UNKNOWN

from derive.checked import Judgement, condition_texts, name
from derive.context import Condition
from derive.derivation import Note, Problem
from derive.explain.findings import findings
from derive.term import Sym, mul, num
from derive.verdict import DEFINED, PROVED, REFUTED, Verdict

X, Y = Sym("x"), Sym("y")


def codes(found):
    return [(f.code, f.relations) for f in found]


def changed(**judgements):
    """The findings with the judgements of some relations (by id, without its L) replaced."""
    rows = [judgements.get(f"r{r.id}", j) for r, j in CHECKED.rows]
    return findings(DERIVATION, rows)


def test_each_verdict_makes_its_finding_in_reading_order():
    assert codes(CHECKED.findings) == [
        ("N304", ("1",)),
        ("E101", ("5",)),
        ("E101", ("11",)),
        ("E102", ("16",)),
        ("N306", ("17",)),
        ("N404", ("18",)),
        ("N402", ("19",)),
        ("W202", ("20",)),
        ("N301", ("20", "4")),
    ]


def test_the_caret_of_a_false_relation_is_at_the_symbol_that_nothing_defines():
    assert CHECKED.findings[1].span == UNKNOWN


def test_without_such_a_symbol_it_is_under_the_right_side():
    derivation = replace(DERIVATION, undefined={})
    plain = [replace(j, repairs=()) for j in JUDGEMENTS]
    (found,) = [f for f in findings(derivation, plain) if f.relations == ("5",)]
    assert SOURCE.cut(found.span).startswith(r"\frac{1}{n} \sum_{i=1}^n \frac{\partial h_i^p}")
    assert found.help == ()


def test_with_a_repair_it_is_under_what_the_repair_changes():
    derivation = replace(DERIVATION, undefined={})
    (found,) = [f for f in findings(derivation, JUDGEMENTS) if f.relations == ("5",)]
    assert found.span == found.repairs[0].span


def test_the_prover_knows_the_place_best():
    verdict = replace(JUDGEMENTS[2].verdict, place=RELATIONS[2].left_span)
    found = changed(r5=Judgement(verdict, None, "fresh"))
    assert found[1].span == RELATIONS[2].left_span


def test_a_relation_that_inherits_is_told_with_the_one_that_breaks():
    found = changed(r11=Judgement(Verdict(REFUTED), Verdict(PROVED), "inherited", "5"))
    (error,) = [f for f in found if f.code == "E101"]
    assert error.relations == ("5", "11")
    assert error.details == ("1 further relation fails because of it: 11",)


def test_a_chain_of_causes_leads_to_its_first():
    found = changed(
        r11=Judgement(Verdict(REFUTED), Verdict(PROVED), "inherited", "5"),
        r20=Judgement(Verdict(REFUTED), Verdict(PROVED), "inherited", "11"),
    )
    (error,) = [f for f in found if f.code == "E101"]
    assert error.relations == ("5", "11", "20")


def test_a_definition_at_fault_is_one_error_at_the_definition():
    found = changed(
        r5=Judgement(Verdict(REFUTED), None, "definition", "1"),
        r11=Judgement(Verdict(REFUTED), None, "definition", "1"),
    )
    assert [f.relations for f in found if f.severity == "error"] == [("1", "5", "11"), ("16",)]
    assert found[0].code == "E104"
    assert found[0].span.start > RELATIONS[0].span.start


@pytest.mark.parametrize(
    ("kind", "uses", "wanted"),
    [("definition", 1, True), ("definition", 2, False)],
)
def test_an_unknown_symbol_of_a_definition_is_a_warning_if_used_once(kind, uses, wanted):
    relations = [replace(r, kind=kind) if r.id == "5" else r for r in RELATIONS]
    if uses == 2:
        relations[3] = replace(relations[3], right=RELATIONS[2].right)
    rows = [Judgement(Verdict(DEFINED)) if r.id == "5" else j for r, j in CHECKED.rows]
    found = findings(replace(DERIVATION, relations=tuple(relations)), rows)
    assert any(f.code == "W201" and f.span == UNKNOWN for f in found) is wanted


def test_a_note_of_an_unknown_kind_is_shown_as_a_reading():
    derivation = replace(DERIVATION, notes=(Note("news", "something", UNKNOWN),))
    assert ("N304", ("5",)) in codes(findings(derivation, JUDGEMENTS))


@pytest.mark.parametrize(
    ("id", "tag", "op", "wanted"),
    [
        ("5", "5", "=", "equation (5)"),
        ("5.2", "5", "=", "equation (5.2)"),
        ("5", "5", "≤", "relation (5)"),
        ("L81", None, "=", "the equation on line 81"),
        ("L81.2", None, "=", "the second equation on line 81"),
        ("L81.12", None, "<", "the 12th relation on line 81"),
    ],
)
def test_a_relation_is_named_as_a_reader_points_at_it(id, tag, op, wanted):
    assert name(replace(RELATIONS[0], id=id, tag=tag, op=op)) == wanted


def test_what_cannot_be_read_is_named_a_formula():
    problem = Problem("not-checked", "unreadable", "`(` is never closed", UNKNOWN)
    unread = replace(RELATIONS[0], id="L3", tag=None, problem=problem)
    assert name(unread) == "the formula on line 3"


@pytest.mark.parametrize(
    ("conditions", "wanted"),
    [
        ([("nonnegative", X), ("nonnegative", mul(num(2), X))], ("x ≥ 0",)),
        ([("nonzero", X), ("nonzero", mul(num(-2), X))], ("x ≠ 0",)),
        ([("nonnegative", mul(num(-2), X)), ("nonzero", X)], ("(-2) x ≥ 0", "x ≠ 0")),
        ([("nonzero", X), ("positive", X), ("power", X)], ("x > 0",)),
        ([("nonnegative", X), ("nonnegative", Y)], ("x ≥ 0", "y ≥ 0")),
    ],
)
def test_conditions_are_told_once(conditions, wanted):
    assert condition_texts(Condition(kind, term) for kind, term in conditions) == wanted
