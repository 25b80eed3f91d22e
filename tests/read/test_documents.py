"""Documents to items: where mathematics stands, its places, numbers and declarations."""

import json

import pytest
from plain import plain

from derive.read.document import read, viewed
from derive.source import Source
from derive.syntax import Declared, Formula, Prose


def items(text: str, format: str = "md"):
    return read(Source(text), format).items


def maths(text: str, format: str = "md") -> list[str]:
    found = [i for i in items(text, format) if not isinstance(i, Prose)]
    return [
        (f"({i.tag}) " if isinstance(i, Formula) and i.tag else "") + plain(chain)
        for i in found
        for chain in i.chains
    ]


def numbers(text: str, format: str = "tex") -> list[tuple[str | None, str | None, str]]:
    found = [i for i in items(text, format) if isinstance(i, Formula)]
    return [(i.tag, i.label, plain(chain)) for i in found for chain in i.chains]


MARKDOWN = [
    ("cost $5 and $10", []),
    ("a \\$x\\$ b", []),
    ("a $x$ b $ y_i $ c", ["x", "y_[i]"]),
    ("`$x$` and ``a ` $x$``", []),
    ("```\n$x$\n```\n", []),
    ("text\n\n    $x$\n", []),
    ("```math\na = b\n```\n", ["a = b"]),
    ("$`a`$", ["a"]),
    ("<pre>$x$</pre> <code>$y$</code> <!-- $z$ --> <a title='$q$'>", []),
    ("<div>\n$x$\n</div>", ["x"]),
    ("in $$a = b$$ text", ["a = b"]),
    ("\\(a\\) and \\[b\\]", ["a", "b"]),
    ("a \\[link\\", []),
    ("$$\na\n= b\n$$", ["a = b"]),
    ("$$\r\na\r\n= b\r\n$$", ["a = b"]),
    ("\ufeff$$a = b$$", ["a = b"]),
    ("$$\n    a\n\n    = b\n$$", ["a = b"]),
    ("> $$\n> a\n> = b\n> $$", ["a = b"]),
    ("> > $$\n> > a\n> > > b\n> > $$", ["a > b"]),
    ("- item $$a\n  = b$$", ["a = b"]),
    ("|a|\n|-|\n| $p(x\\|y)$ |", ["{p (<x | y>)}"]),
    ("\\begin{align*}\na &= b \\\\\n&= c\n\\end{align*}", ["a = b = c"]),
    ("$$ a = b % = c\n$$", ["a = b"]),
    ("$$\\newcommand{\\sq}[1]{#1^2}$$ and $\\sq{x}$", ["x^[2]"]),
    ("$$a = b$$ {#eq:x}", ["a = b"]),
    ("$$a", ["!! $$ is never closed"]),
    ("$$a\n\nsome words\n\n$$b$$", ["!! $$ is never closed", "b"]),
    ("$$\na\n\nthese are some words here\n\n$$\nb\n$$", ["!! $$ is never closed", "b"]),
    ("\\begin{align} a\n\n$x$", ["!! \\begin{align} is never closed", "x"]),
    ("\\[ a\n\n$x$", ["!! \\[ is never closed", "x"]),
    ("<!-- derive: x > 0; f(t) = t^2 -->", ["x > 0", "{f (t)} = t^[2]"]),
    ("<!-- derive: $x > 0$; y \\in (0;1) -->", ["x > 0", "y ∈ (<0 ; 1>)"]),
    ("# $x$ in a heading", ["x"]),
]


@pytest.mark.parametrize(("text", "expected"), MARKDOWN)
def test_markdown(text, expected):
    assert maths(text) == expected


LATEX = [
    ("$a$ % $b$\n$c$", ["a", "c"]),
    ("5\\% $a$", ["a"]),
    ("\\verb|$a$| \\begin{verbatim}$b$ % \\end{verbatim}$c$", ["c"]),
    ("% derive: x > 0; y \\in (0,1)\n", ["x > 0", "y ∈ (<0 , 1>)"]),
    ("\\newcommand{\\vx}{\\mathbf{x}} $\\vx$", ["bf:x"]),
    ("\\DeclareMathOperator*{\\am}{arg\\,max} $\\am_x f$", ["{ARGMAX[x; ∅] f}"]),
    ("\\def\\n#1{\\left\\|#1\\right\\|} $\\n{a+b}$", ["‖(+a +b)‖"]),
    ("\\newcommand{\\p}[2][t]{#2_#1} $\\p{x} \\p[s]{x}$", ["{x_[t] x_[s]}"]),
    ("\\section{On $\\sigma$}", ["sigma"]),
    ("$$a$$ \\[b\\] \\(c\\)", ["a", "b", "c"]),
    ("a \\end{document} $junk$", []),
    ("$a\n\n\\[b\\]", ["!! $ is never closed", "b"]),
    ("\\begin{align} a\n\n$b$", ["!! \\begin{align} is never closed", "b"]),
    ("\\begin{gather*} a = b \\\\ -c = d \\end{gather*}", ["a = b", "(-c) = d"]),
]


@pytest.mark.parametrize(("text", "expected"), LATEX)
def test_latex(text, expected):
    assert maths(text, "tex") == expected


NUMBERED = [
    ("\\begin{equation}\\label{e} a \\end{equation}", [("1", "e", "a")]),
    ("\\begin{equation*} a \\end{equation*} \\[b\\]", [(None, None, "a"), (None, None, "b")]),
    ("\\begin{equation} a \\tag{x} \\end{equation}", [("x", None, "a")]),
    (
        "\\begin{align} a &= b \\label{p} \\\\ &= c \\nonumber \\\\ d &= e \\tag{*} \\end{align}",
        [("1", "p", "a = b"), ("*", None, "∅ = c"), ("*", None, "d = e")],
    ),
    (
        "\\begin{align} a &= b \\\\ &= c \\end{align}\\begin{equation}d\\end{equation}",
        [("1", None, "a = b"), ("2", None, "∅ = c"), ("3", None, "d")],
    ),
    ("\\begin{multline} a = b \\\\ + c \\end{multline}", [("1", None, "a = (+b +c)")]),
    (
        "\\begin{equation}\\begin{split} a &= b \\\\ &= c \\end{split}\\end{equation}",
        [("1", None, "a = b = c")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), NUMBERED)
def test_latex_numbers(text, expected):
    assert numbers(text) == expected


def test_markdown_does_not_number():
    assert numbers("\\begin{equation}a\\end{equation}", "md") == [(None, None, "a")]


def test_label_after_the_display():
    assert numbers("$$a$$ {#eq:x}", "md") == [(None, "eq:x", "a")]


def test_places_are_exact():
    text = "é $$a = \\frac{b}{c} \\quad (5)$$\r\nand $z_i$"
    first, last = (i for i in items(text) if isinstance(i, Formula))
    chain = first.chains[0]
    assert text[chain.span.start : chain.span.end] == "a = \\frac{b}{c}"
    assert text[chain.members[1].span.start : chain.members[1].span.end] == "\\frac{b}{c}"
    assert text[first.span.start : first.span.end].startswith("$$a")
    assert text[last.chains[0].span.start : last.chains[0].span.end] == "z_i"


def test_unknown_command_is_named_where_it_stands():
    text = "$$a = b \\quad c = \\foo{x}$$"
    good, bad = items(text)[0].chains
    assert plain(good) == "a = b"
    assert text[bad.place.start : bad.place.end] == "\\foo"
    assert text[bad.span.start : bad.span.end] == "c = \\foo{x}"


def test_what_follows_a_fault_is_under_it():
    text = "$$a = b = \\foo = d$$"
    good, bad = items(text)[0].chains
    assert plain(good) == "a = b"
    assert text[bad.span.start : bad.span.end] == "= \\foo = d"


def test_macro_call_is_the_place_of_what_it_stands_for():
    text = "$$\\def\\q{x+y}$$ $a = \\q$"
    chain = items(text)[-1].chains[0]
    assert text[chain.members[1].span.start : chain.members[1].span.end] == "\\q"


def test_prose_and_headings():
    text = "# Title\n\nWords $x$ more.\n\nLast `code`"
    found = [(i.text, i.heading) for i in items(text) if isinstance(i, Prose)]
    assert found == [
        ("Title", True), ("Words", False), ("more.", False), ("Last `code`", False),
    ]  # fmt: skip


def notebook(*cells: tuple[str, object]) -> str:
    made = [{"cell_type": kind, "metadata": {"source": "$q$"}, "source": s} for kind, s in cells]
    return json.dumps({"metadata": {"cells": []}, "cells": made})


def test_notebook():
    text = notebook(
        ("code", "$x$"), ("markdown", ["a − 𝐗\n", "$$a = \\frac{b}{c}$$"]), ("markdown", "$z$")
    )
    found = [i for i in items(text, "ipynb") if isinstance(i, Formula)]
    assert [plain(i.chains[0]) for i in found] == ["a = frac(b; c)", "z"]
    source = viewed(Source(text), "ipynb")
    span = found[0].chains[0].span
    assert source.cut(span) == "a = \\frac{b}{c}"
    assert str(source.region(span)) == "<text>:cell 2:2:3"
    stored = source.filed(span)
    assert text[stored.column - 1 : stored.end_column - 1] == "a = \\\\frac{b}{c}"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"cells": 1}', "[" * 100_000])
def test_no_notebook(text):
    (said,) = maths(text, "ipynb")
    assert said.startswith("!! this is not a notebook")


def test_unknown_format():
    with pytest.raises(ValueError, match="docx"):
        read(Source(""), "docx")


def test_declarations_are_marked():
    assert [type(i) for i in items("<!-- derive: x > 0 -->")] == [Declared]
