import json
from copy import deepcopy
from pathlib import Path

import jsonschema
import pytest
from records import CHECKED, SOURCE

from derive.verdict import VERDICTS
from derive.write.json import document, place, report

SCHEMA = json.loads((Path(__file__).parents[1] / "schema" / "check-1.json").read_text())


def whole():
    return json.loads(report([document(CHECKED)], "0.1.0"))


def relation(id):
    return next(r for r in whole()["documents"][0]["relations"] if r["id"] == id)


def test_the_report_keeps_to_its_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(whole(), SCHEMA)


@pytest.mark.parametrize("key", ["id", "verdict", "seconds", "line", "repairs", "counterexample"])
def test_the_schema_misses_a_missing_key(key):
    broken = deepcopy(whole())
    del broken["documents"][0]["relations"][2][key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_text_stays_as_written():
    assert "⊙" in report([document(CHECKED)], "0.1.0")
    assert relation("5")["latex"].endswith(r"\frac{h_i^r - y_i^p}{h_i^p(1 - h_i^p)}")


def test_places_count_from_one_and_ends_are_exclusive():
    shown = relation("5")
    lines = SOURCE.text.splitlines()
    assert shown["line"] == shown["end_line"]
    cut = lines[shown["line"] - 1][shown["column"] - 1 : shown["end_column"] - 1]
    assert cut == shown["latex"]
    repair = shown["repairs"][0]
    assert lines[repair["line"] - 1][repair["column"] - 1 : repair["end_column"] - 1] == "y_i^p"


def test_a_witness_is_a_table_of_values():
    assert relation("5")["counterexample"] == {
        "values": {"n": "1", "h_1^p(w)": "1/2 + (w - w_0)", "h_1^r": "1", "y_1^p": "1"},
        "left": "2",
        "right": "0",
    }
    assert relation("4")["counterexample"] is None


def test_the_summary_counts_every_verdict():
    summary = whole()["documents"][0]["summary"]
    assert summary["relations"] == sum(summary[v] for v in VERDICTS) == 9
    assert summary["checked"] == 6


def test_conditions_are_said_with_their_range():
    assert relation("17")["conditions"] == ["x_i ≠ 0 for i = 1, …, n"]


def test_a_place_may_span_lines():
    first, last = SOURCE.text.index("$$C"), SOURCE.text.index("$$\\frac")
    assert place(SOURCE, type(CHECKED.findings[0].span)(first, last)) == {
        "line": 3, "column": 1, "end_line": 5, "end_column": 1,
    }  # fmt: skip
