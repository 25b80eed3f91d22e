import pytest

from derive import check_text
from derive.explain.blame import blame
from derive.options import Options
from derive.verdict import VERDICTS, Verdict

# verdict, the step's, whether the line before is false, blame
TABLE = [
    ("proved", None, False, "sound"),
    ("proved-if", None, False, "sound"),
    ("proved", "refuted", True, "recovered"),
    ("refuted", None, False, "fresh"),
    ("refuted", "refuted", True, "fresh"),
    ("refuted", "proved", True, "inherited"),
    ("malformed", None, False, "fresh"),
    ("undecided", "proved", True, None),
    ("not-checked", None, False, None),
    ("defined", None, False, None),
]


@pytest.mark.parametrize(("status", "step", "wrong", "wanted"), TABLE)
def test_blame(status, step, wrong, wanted):
    assert blame(Verdict(status), None if step is None else Verdict(step), wrong) == wanted


def test_the_table_holds_every_verdict():
    assert {row[0] for row in TABLE} == set(VERDICTS)


# documents, and the blame and cause of each relation
DOCUMENTS = [
    (
        "a sound step of a chain after a wrong one inherits",
        "$$(x+8)^2-(x-5)^2=x^2+16x+64-x^2+10x+25=26x+89$$",
        [("fresh", None), ("inherited", "L1")],
    ),
    (
        "a chain that comes back to the truth recovers",
        "$$(x + 1)^2 = x^2 + x + 1 = x^2 + 2x + 1$$",
        [("fresh", None), ("recovered", "L1")],
    ),
    (
        "each wrong link of a chain is blamed",
        "$$x+1=(x+1)^2=(x+1)^3=x+2$$",
        [("fresh", None), ("fresh", None), ("fresh", None)],
    ),
    (
        "a line that follows from a wrong line of another display inherits",
        "$$s = a + b \\tag{1}$$\nThen\n$$s^2 = a^2 + b^2 \\tag{2}$$\nand so\n"
        "$$s^2 = (a + b)^2 - 2 a b \\tag{3}$$\n",
        [(None, None), ("fresh", None), ("inherited", "2")],
    ),
    (
        "the cause of a cause is the first",
        "$$s = a + b \\tag{1}$$\n\n$$s^2 = a^2 + b^2 \\tag{2}$$\n\n"
        "$$s^2 = (a + b)^2 - 2 a b \\tag{3}$$\n\n$$s^2 = b^2 + a^2 \\tag{4}$$\n",
        [(None, None), ("fresh", None), ("inherited", "2"), ("inherited", "2")],
    ),
    (
        "a true line after a wrong one recovers",
        "$$s = a + b \\tag{1}$$\n\n$$s^2 = a^2 + b^2 \\tag{2}$$\n\n"
        "$$s^2 = a^2 + 2 a b + b^2 \\tag{3}$$\n",
        [(None, None), ("fresh", None), ("recovered", "2")],
    ),
    (
        "a true line is sound if it may go on from a true one",
        "$$s = a + b \\tag{1}$$\n\n$$s^2 = (a + b)^2 \\tag{2}$$\n\n"
        "$$s^2 = a^2 + b^2 \\tag{3}$$\n\n$$s^2 = a^2 + 2 a b + b^2 \\tag{4}$$\n",
        [(None, None), ("sound", None), ("fresh", None), ("sound", None)],
    ),
]


@pytest.mark.parametrize(
    ("text", "wanted"), [r[1:] for r in DOCUMENTS], ids=[r[0] for r in DOCUMENTS]
)
def test_a_document_is_blamed(text, wanted):
    document = check_text(text, options=Options(isolate=False, cross_check=False))
    assert [(r.blame, r.judgement.cause) for r in document.relations] == wanted


def test_a_reference_in_the_words_says_what_is_transformed():
    text = (
        "$$s = a + b \\tag{1}$$\n\n$$s^2 = (a + b)^2 \\tag{2}$$\n\n"
        "$$s^2 = a^2 + b^2 \\tag{3}$$\n\nFrom (2) we get\n\n$$s^2 = a^2 + 2 a b + b^2 \\tag{4}$$\n"
    )
    document = check_text(text, options=Options(isolate=False, cross_check=False))
    assert document["3"].predecessor == "2"
    assert document["4"].predecessor == "2"
