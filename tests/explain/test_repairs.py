"""Repairs: what is offered for common mistakes, and that every one holds when it is applied."""

import sys
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

import derive
from derive import check_text
from derive.check import Document
from derive.explain import repair as repairs
from derive.options import Options
from derive.source import applied

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "benchmarks"), str(ROOT / "tests")]
PAPER = ROOT / "derive" / "papers" / "corrected.md"
OPTIONS = Options(isolate=False, cross_check=False)

# a mistake, and the relation after the headline repair
HEADLINES = [
    ("coefficients multiplied", "2x+3x=6x", "2x+3x=5x"),
    ("exponents multiplied", "x^2x^3=x^6", "x^2x^3=x^5"),
    ("half distributed", "2(x+3)=2x+3", "2(x+3)=2x+6"),
    ("a sign in a bracket", "a-(b-c)=a-b-c", "a-(b-c)=a-b+c"),
    ("quotients added", r"\tfrac12+\tfrac13=\tfrac25", r"\tfrac12+\tfrac13=\tfrac{5}{6}"),
    ("a term too many", "2a=2(a+7)", "2a=2a"),
    ("a sign in a square", "(a-b)^2=a^2+2ab+b^2", "(a-b)^2=a^2-2ab+b^2"),
    ("a derivative's sign", r"\frac{d}{dx}\cos x=\sin x", r"\frac{d}{dx}\cos x=-\sin x"),
    ("a power too low", r"\frac{d}{dx}x^3=3x", r"\frac{d}{dx}x^3=3x^2"),
    ("a mixed term", "(x+y)^2=x^2+y^2", "(x+y)^2=x^2+y^2+2xy"),
    ("two signs", "(a+b)^3=a^3+3a^2b-3ab^2-b^3", "(a+b)^3=a^3+3a^2b+3ab^2+b^3"),
    ("a quotient cancelled in one term", r"\frac{a+b}{a}=b", r"\frac{a+b}{a}=1 + \frac{b}{a}"),
    ("no chain rule", r"\frac{d}{dx}\sin(x^2)=\cos(x^2)", r"\frac{d}{dx}\sin(x^2)=2x\cos(x^2)"),
    (
        "no product rule",
        r"\frac{d}{dx} x^2\sin x=2x\cos x",
        r"\frac{d}{dx} x^2\sin x=2x\sin(x)+x^2\cos(x)",
    ),
    ("a bound", r"\sum_{k=1}^{n}k=\sum_{j=1}^{n-1}j", r"\sum_{k=1}^{n}k=\sum_{j=1}^{n}j"),
]


@cache
def checked(display: str) -> Document:
    return check_text(f"$${display}$$\n", options=OPTIONS)


def plain(latex: str) -> str:
    return "".join(c for c in latex if c not in " {}")


@pytest.mark.parametrize("row", HEADLINES, ids=lambda row: row[0])
def test_the_headline_repair(row):
    _, wrong, right = row
    (relation,) = checked(wrong).relations
    assert relation.verdict == "refuted"
    assert plain(relation.repairs[0].latex) == plain(right)


@pytest.mark.parametrize("row", HEADLINES, ids=lambda row: row[0])
def test_every_repair_offered_holds(row):
    (relation,) = checked(row[1]).relations
    for repair in relation.repairs:
        text = applied(relation.source.text, [(repair.span, repair.replacement), *repair.needs])
        after = check_text(text, options=OPTIONS)
        assert [r.verdict for r in after.relations] == [repair.verdict]


def test_a_definition_through_which_all_fail_is_the_cause():
    text = (
        "Let $$s = a - b \\tag{1}$$\n\n$$s^2 = a^2 + 2 a b + b^2 \\tag{2}$$\n\n"
        "$$s^3 = a^3 + 3 a^2 b + 3 a b^2 + b^3 \\tag{3}$$\n"
    )
    document = check_text(text, options=OPTIONS)
    assert [r.blame for r in document.relations] == [None, "definition", "definition"]
    (error,) = [f for f in document.findings if f.severity == "error"]
    assert (error.code, error.relations) == ("E104", ("1", "2", "3"))
    assert [r.verdict for r in document.repaired().relations] == ["defined", "proved", "proved"]


def test_mutants_of_the_corrected_paper_are_blamed_and_mended():
    from mutants import run

    outcomes = run(PAPER, 12, seed=3, verbose=False)
    assert len(outcomes) == 12
    assert sum(o.right for o in outcomes) >= 11
    assert sum(o.place == 0 for o in outcomes) >= 9


def test_a_name_with_now_more_and_now_fewer_arguments_stops_no_search():
    text = (ROOT / "tests" / "corpus" / "pendulum_lagrangian.tex").read_text(encoding="utf-8")
    assert check_text(text, "tex", options=OPTIONS).relations


def test_a_search_that_fails_takes_no_other_with_it(monkeypatch):
    from derive.draft import Draft

    proposals = Draft.proposals

    def failing(self, name):
        if name == "1":
            raise KeyError("x")
        return proposals(self, name)

    monkeypatch.setattr(Draft, "proposals", failing)
    text = "$$2x+3x=6x \\tag{1}$$\n\n$$2(x+3)=2x+3 \\tag{2}$$\n"
    document = check_text(text, options=OPTIONS)
    assert [bool(r.repairs) for r in document.relations] == [False, True]
    first, second = [f for f in document.findings if f.severity == "error"]
    assert first.help == ("no repair is offered: the search failed (KeyError: 'x')",)
    assert not second.help


def test_a_search_that_has_no_time_says_so():
    from derive.draft import Draft
    from derive.explain.repair import plan
    from derive.read.read import Reader
    from derive.source import Source

    draft = Draft(Reader(Source("$$2x+3x=6x$$"), "md"))
    found = plan(draft, seconds=-1)
    assert not found.repairs
    assert list(found.lost.values()) == ["time ran out before one was looked for"]


@cache
def repaired_paper() -> Document:
    return check_text(
        PAPER.with_name("two_layer.md").read_text("utf-8"), options=OPTIONS
    ).repaired()


def test_after_the_headline_repairs_of_the_paper_every_relation_is_proved():
    assert {r.verdict for r in repaired_paper().relations} == {"proved", "defined"}


def test_nothing_outside_the_edits_of_the_paper_is_touched():
    before = PAPER.with_name("two_layer.md").read_text("utf-8").splitlines()
    after = repaired_paper().checked.derivation.source.text.splitlines()
    assert len(before) == len(after)
    changed = [k + 1 for k, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert len(changed) == 5


SOUND = sorted((ROOT / "tests" / "sound").glob("*.md"))[::4]


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_repairs_of_an_edited_document_turn_no_right_line_wrong(path):
    from mutate import mutants

    sound = check_text(path.read_text(encoding="utf-8"), options=OPTIONS)
    among = {r.id for r in sound.relations if r.verdict == "proved"}
    edited = list(islice(mutants(sound.checked.derivation, among, seed=5), 2))
    assert edited
    for mutant in edited:
        before = check_text(mutant.text, options=OPTIONS)
        after = before.repaired()
        right = {r.id for r in before.relations if r.verdict in ("proved", "proved-if")}
        assert right <= {r.id for r in after.relations if r.verdict in ("proved", "proved-if")}
        assert not any(f.repairs for f in after.findings if f.severity == "error")


ERRORS = r"""
$$f(x) = x^2 + 1$$
$$f(x + 1) = x^2 + 2 x + 3$$
$$f(x) - f(1) = (x - 1)(x + 2)$$
$$\frac{x}{2} + \frac{x}{3} = \frac{5 x}{6}$$
$$(a + b)^2 = a^2 + a b + b^2$$
$$= a^2 + b^2 + a b$$
"""


def test_repairs_of_a_long_document_are_those_of_a_short_one(monkeypatch):
    def headlines():
        document = derive.check_text(ERRORS, options=Options(cross_check=False, isolate=False))
        return {r.id: r.repairs[0].latex for r in document.relations if r.repairs}

    one_by_one = headlines()
    assert len(one_by_one) >= 2
    monkeypatch.setattr(repairs, "LONG", 0)
    assert headlines() == one_by_one


def test_a_repair_that_breaks_another_is_not_kept_with_the_others(monkeypatch):
    monkeypatch.setattr(repairs, "LONG", 0)
    text = "$$a = 2$$\n$$b = 3$$\n$$a + b = 6$$\n$$a b = 7$$\n$$a + 1 = 3$$"
    document = derive.check_text(text, options=Options(cross_check=False, isolate=False))
    after = document.repaired()
    assert {r.verdict for r in after.relations} <= {"proved", "defined"}


# ---- signs that disagree ---------------------------------------------------------------------

CLAIM = (
    r"$$\frac{\partial L}{\partial %s} = \sum_{i=1}^n (p_i - y_i) "
    r"\frac{\partial z_i}{\partial %s}$$"
)
LIKELIHOOD = (
    "Let $p_i = \\sigma(z_i)$ and\n\n"
    r"$$L = \sum_{i=1}^n y_i \log(p_i) + (1-y_i)\log(1-p_i) \tag{1}$$"
    "\n\nThen, for any weights,\n\n"
)


def test_one_claim_of_the_other_sign_is_turned_first_and_its_definition_after_it():
    document = check_text(LIKELIHOOD + CLAIM % ("w", "w"), options=OPTIONS)
    first, *_, last = document.relations[-1].repairs
    assert first.replacement == "y_i - p_i"
    assert (last.replacement, last.breaks) == ("-", ())
    assert document.checked.derivation.source.position(last.span.start)[0] == 3


def test_several_claims_of_the_other_sign_are_mended_by_their_definition_first():
    text = LIKELIHOOD + CLAIM % ("w", "w") + "\n\n" + CLAIM % ("b", "b")
    document = check_text(text, options=OPTIONS)
    (finding,) = [f for f in document.findings if f.severity == "error"]
    first, second = finding.repairs
    assert (finding.code, first.replacement, first.needs) == ("E104", "-", ())
    assert len(second.needs) == 1
    for repair in (first, second):
        edits = [(repair.span, repair.replacement), *repair.needs]
        after = check_text(applied(text, edits), options=OPTIONS)
        assert {r.verdict for r in after.relations} == {"proved", "defined"}


def test_a_way_out_that_makes_others_false_says_which():
    paper = check_text(PAPER.with_name("two_layer.md").read_text("utf-8"), options=OPTIONS)
    *_, last = paper["13"].repairs
    assert {"2", "4", "10"} <= set(last.breaks)
    assert [text for _, text in last.needs] == ["-"]
