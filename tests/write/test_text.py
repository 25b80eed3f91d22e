import re
from dataclasses import replace

import pytest
from records import CHECKED, SOURCE, span

from derive.checked import Checked
from derive.derivation import Derivation
from derive.finding import Finding
from derive.source import Source, Span
from derive.write.notation import table
from derive.write.snippet import cells, clean, snippet
from derive.write.text import block, painted, plain, report, summary

BLOCK_80 = r"""
error[E101]: equation (5) is false: `y_i^p` is defined nowhere
 --> paper.md:7:108
  |
7 | …tial h_i^p}{\partial w} \frac{h_i^r - y_i^p}{h_i^p(1 - h_i^p)} \quad (5)$$
  |                                        ^^^^^
  = at: n = 1, h_1^p(w) = 1/2 + (w - w_0), h_1^r = 1, y_1^p = 1
      left side  = 2
      right side = 0
  = help: write `h_i^p` instead of `y_i^p`: then proved
  |
7 + …tial h_i^p}{\partial w} \frac{h_i^r - h_i^p}{h_i^p(1 - h_i^p)} \quad (5)$$
  |                                        ~~~~~
"""

BLOCK_120 = r"""
error[E101]: equation (11) is false
 --> paper.md:9:5
  |
9 | $$= \frac{1}{n} \sum_{i=1}^n \frac{\partial z_i}{\partial w} (h_i^p - h_i^p) \quad (11)$$
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = at: n = 1, z_1(w) = w, h_1^p = 1/2, h_1^r = 1
      left side  = 1/2
      right side = 0
  = note: the right side is identically 0
"""


def finding(id):
    return next(f for f in CHECKED.findings if f.relations[:1] == (id,) and f.code == "E101")


def whole(width, **options):
    return plain(report(CHECKED, width, **options))


@pytest.mark.parametrize(("id", "width", "wanted"), [("5", 80, BLOCK_80), ("11", 120, BLOCK_120)])
def test_a_finding_shows_where_and_why(id, width, wanted):
    assert plain(block(CHECKED, finding(id), width)) == wanted.lstrip("\n")


@pytest.mark.parametrize(
    ("width", "verbose"), [(40, False), (80, False), (120, False), (80, True), (120, True)]
)
def test_no_line_is_wider_than_the_terminal(width, verbose):
    assert max(map(cells, whole(width, verbose=verbose).splitlines())) <= width


def test_the_summary_says_what_was_not_checked_and_where():
    assert plain(summary(CHECKED, 120)) == (
        "paper.md: checked 6 of 8 claims: 2 proved, 1 proved-if, 2 refuted, 1 malformed; "
        "1 definition\n"
        "1 undecided:\n"
        "  13:3     equation (18): stopped after 10 s\n"
        "1 not checked:\n"
        "  14:5     relation (19): ≈ is no equality\n"
    )


def test_a_document_without_mathematics_says_so():
    empty = Checked(Derivation(Source("words", "a.md"), ()), ())
    assert plain(report(empty)) == "a.md: no relation, nothing to check\n"


def test_verbose_lists_every_relation_with_its_rebuilding():
    relations = CHECKED.derivation.relations
    forms = [f"Eq({r.id})" if r.left is not None else "" for r in relations]
    shown = whole(120, verbose=True, rebuilt=forms)
    for relation in relations:
        assert f"\n({relation.id}) " in shown
    assert "sympy        Eq(5)" in shown
    assert "sympy        Eq(16)" not in shown  # it could not be read
    assert "confirmed by evaluation" in shown


def test_markup_and_control_characters_in_a_document_are_shown_not_obeyed():
    source = Source("$x[bold] = \x1b[31my\u202e$", "a[red].md")
    derivation = Derivation(source, ())
    odd = Finding("E101", "error", "[blink] is \x1b[0m false", Span(0, 3))
    shown = painted(block(Checked(derivation, ()), odd, 80), 80)
    seen = re.sub("\x1b\\[[0-9;]*m", "", shown)
    assert "x[bold] = �[31my$" in seen
    assert "a[red].md" in seen
    assert "[blink] is �[0m false" in seen
    assert "\x1b" not in seen


def test_colour_comes_only_from_painting(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in whole(80)
    assert "\x1b[1;31merror[E101]" in painted(report(CHECKED, 80), 80)


# ---- source lines ----------------------------------------------------------------------

LINES = [
    # text, piece under the caret, width, shown, caret
    ("a + b", "b", 20, "a + b", "    ^"),
    ("\ta = b", "b", 20, "    a = b", "        ^"),
    ("字字 = b", "b", 20, "字字 = b", "       ^"),
    ("e\u0301 = b", "b", 20, "e\u0301 = b", "    ^"),
    ("0123456789" * 3, "45", 12, "0123456789…", "    ^^"),
    ("x" * 50 + "Y" + "z" * 50, "Y", 11, "…xxxxYzzzz…", "     ^"),
    ("x" * 50 + "Y", "Y", 11, "…xxxxxxxxY", "         ^"),
    ("字" * 30 + "Y" + "字" * 30, "Y", 12, "…字字Y字字…", "     ^"),
    ("a = " + "b" * 50, "b" * 50, 20, "…" + "b" * 18 + "…", " " + "^" * 18),
    ("", "", 20, "", "^"),
]


@pytest.mark.parametrize(("text", "piece", "width", "shown", "caret"), LINES)
def test_the_caret_stands_under_its_piece(text, piece, width, shown, caret):
    start = text.index(piece)
    found = snippet(Source(text), Span(start, start + len(piece)), width)
    assert (found.text, " " * found.caret + "^" * found.length) == (shown, caret)
    assert cells(found.text) <= width


def test_a_span_over_lines_is_marked_to_the_end_of_its_first_line():
    found = snippet(Source("ab = c\nd"), Span(5, 8), 20)
    assert (found.line, found.column, found.text) == (1, 6, "ab = c")
    assert (found.caret, found.length) == (5, 1)


def test_a_line_of_megabytes_is_cut_at_once():
    found = snippet(Source("x" * 5_000_000), Span(4_000_000, 4_000_001), 80)
    assert found.column == 4_000_001
    assert cells(found.text) <= 80


@pytest.mark.parametrize("text", ["\x07\x1b\x9b", "\ud800", "\u2028"])
def test_what_a_terminal_would_obey_is_replaced(text):
    assert clean(text) == "�" * len(text)


# ---- notation --------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
def test_the_notation_is_a_table(width):
    lines = list(table(CHECKED.derivation, width))
    assert lines[0].split() == ["symbol", "reading", "origin", "why"]
    assert max(map(cells, lines)) <= width
    assert " ".join(" ".join(lines).split()).startswith("symbol reading origin why h_i^p scalar")


def test_a_repair_of_nothing_is_an_insertion():
    odd = replace(finding("5").repairs[0], span=Span(4, 4), replacement="-")
    shown = plain(block(CHECKED, replace(finding("5"), repairs=(odd,)), 80))
    assert "= help: insert `-`: then proved\n  |\n1 + # Bi-nary" in shown


def test_the_fixture_points_where_it_says():
    assert SOURCE.cut(span("y_i^p")) == "y_i^p"
