import pytest

from derive.explain.blame import blame
from derive.verdict import VERDICTS, Verdict

# truth, step, before, definition at fault, blame
TABLE = [
    ("proved", None, None, False, "sound"),
    ("proved", "proved", "proved", False, "sound"),
    ("proved-if", "proved", "proved", False, "sound"),
    ("proved", "proved", "undecided", False, "sound"),
    ("proved", "refuted", "refuted", False, "recovered"),
    ("proved", None, "refuted", False, "recovered"),
    ("refuted", None, None, False, "fresh"),
    ("refuted", "refuted", "proved", False, "fresh"),
    ("refuted", "proved", "refuted", False, "inherited"),
    ("refuted", "proved-if", "malformed", False, "inherited"),
    ("refuted", "refuted", "refuted", False, "fresh"),
    ("refuted", "undecided", "refuted", False, "fresh"),
    ("refuted", "proved", "refuted", True, "definition"),
    ("malformed", None, "proved", False, "fresh"),
    ("undecided", "proved", "refuted", False, None),
    ("not-checked", None, "refuted", False, None),
    ("defined", None, None, False, None),
]


@pytest.mark.parametrize(("truth", "step", "before", "definition", "wanted"), TABLE)
def test_blame(truth, step, before, definition, wanted):
    verdicts = (None if status is None else Verdict(status) for status in (truth, step, before))
    assert blame(*verdicts, definition) == wanted


def test_the_table_holds_every_verdict():
    assert {row[0] for row in TABLE} == set(VERDICTS)
