import pytest

from derive import check_text
from derive.explain.blame import blame
from derive.verdict import VERDICTS, Verdict

# verdict, an earlier false relation of the chain, blame
TABLE = [
    ("proved", None, "sound"),
    ("proved-if", None, "sound"),
    ("proved", "L1", "inherited"),
    ("refuted", None, "fresh"),
    ("refuted", "L1", "fresh"),
    ("malformed", None, "fresh"),
    ("undecided", "L1", None),
    ("not-checked", None, None),
    ("defined", None, None),
]


@pytest.mark.parametrize(("status", "wrong", "wanted"), TABLE)
def test_blame(status, wrong, wanted):
    assert blame(Verdict(status), wrong) == wanted


def test_the_table_holds_every_verdict():
    assert {row[0] for row in TABLE} == set(VERDICTS)


def test_a_sound_step_after_a_wrong_one_inherits():
    document = check_text("$$(x+8)^2-(x-5)^2=x^2+16x+64-x^2+10x+25=26x+89$$")
    assert [(r.verdict, r.blame) for r in document.relations] == [
        ("refuted", "fresh"),
        ("proved", "inherited"),
    ]
