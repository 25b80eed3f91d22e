"""What of a document's LaTeX may stand in a report, and what may not."""

import pytest

from derive.write.report.formula import plain, tidy
from derive.write.report.mathml import mathml

KEPT = [
    ("x+1", "x+1"),
    (r"\frac{\partial C}{\partial w} &= 0", r"\frac{\partial C}{\partial w} = 0"),
    (r"\mbox{if } x", r"\text{if } x"),
    (r"\text{for $x>0$ only}", r"\text{for }x>0\text{ only}"),
    (r"\bm{x}^\intercal", r"\boldsymbol{x}^\top"),
    ("α ≤ ∂", r"\alpha \le \partial"),
    (r"a \label{x} b \tag{5}", "a b"),
    (r"\color{blue} x", "x"),
    ("x % a comment\n+ y", "x + y"),
    (r"\begin{array}{cc} a & b \\[2pt] c & d \end{array}",
     r"\begin{array}{cc} a & b \\ c & d \end{array}"),
    (r"\left. x \right|_0", r"\left. x \right|_0"),
    (r"\operatorname{softmax}(z)", r"\operatorname{softmax}(z)"),
    (r"\diag(v)", r"\operatorname{diag}(v)"),
    (r"a \lt b", "a < b"),
]  # fmt: skip

REFUSED = [
    r"\input{/etc/passwd}",
    r"\include{secret}",
    r"\write18{rm -rf /}",
    r"\immediate\write18{id}",
    r"\catcode`\%=12",
    r"\def\x{\x\x}\x",
    r"\newcommand{\x}{y}\x",
    r"\csname input\endcsname{x}",
    r"\openin5=x",
    r"\read5 to \x",
    r"\href{javascript:alert(1)}{x}",
    r"\url{http://a}",
    r"\includegraphics{x}",
    r"\begin{verbatim} x \end{verbatim}",
    r"\begin{filecontents}{x} \end{filecontents}",
    r"\end{document}",
    r"\text{\input{x}}",
    r"\text{<script>alert(1)</script>}",
    "^^5cinput{x}",
    r"\special{ps: x}",
    r"\directlua{os.execute()}",
    r"\htmlClass{x}{y}",
    "x }{ y",
    "{x",
    "x}",
    r"\left( x",
    r"x \right)",
    r"\begin{bmatrix} x",
    r"\begin{bmatrix} x \end{pmatrix}",
    "$x$",
    "#1",
    "x \\",
    "{" * 200 + "}" * 200,
    "x" * 30_000,
    "漢",
    "\x00",
]


@pytest.mark.parametrize(("latex", "wanted"), KEPT)
def test_kept(latex: str, wanted: str) -> None:
    pieces = tidy(latex)
    assert pieces is not None
    assert "".join(pieces) == wanted
    assert mathml(wanted, True) is not None


@pytest.mark.parametrize("latex", REFUSED)
def test_refused(latex: str) -> None:
    pieces = tidy(latex)
    # two carets are two scripts, which the second gate refuses
    assert pieces is None or mathml("".join(pieces), True) is None


def test_a_long_formula_breaks_before_its_top_signs() -> None:
    left = r"\frac{a+b}{c}" * 8
    assert tidy(f"{left} = {left} + (x - y)") == (left, f"= {left}", "+ (x - y)")


def test_a_short_formula_is_one_piece() -> None:
    assert tidy("a = b + c") == ("a = b + c",)


@pytest.mark.parametrize(
    ("latex", "part", "wanted"),
    [
        ("x_i + y", "i", r"x_{\color{red}{}i} + y"),
        ("a - b", "- b", r"a {\color{red}{}- b}"),
        (r"\frac{a}{b}", r"\frac{a}{b}", r"{\color{red}{}\frac{a}{b}}"),
        (r"\frac{a}{b}", "a}{b", r"\frac{a}{b}"),
    ],
)
def test_a_changed_part_is_coloured_where_it_is_whole(latex: str, part: str, wanted: str) -> None:
    start = latex.index(part)
    assert tidy(latex, (start, start + len(part))) == (wanted,)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("h_1^p(w)", "h _{1}^{p}(w )"),
        ("1/2 + w", r"\tfrac{1}{2} + w "),
        ("-3/4", r"-\tfrac{3}{4}"),
        ("1.5e-07", r"1.5 \cdot 10^{-7}"),
        ("z_1^{reality}", r"z _{1}^{\mathrm{reality}}"),
        ("𝐗_0", r"\mathbf{X} _{0}"),
        ("x\\input{y}", None),
        ("$", None),
    ],
)
def test_plain_names_and_values(text: str, wanted: str | None) -> None:
    assert plain(text) == wanted


def test_a_wide_bracket_breaks_inside_and_a_narrow_one_does_not():
    inner = " + ".join(f"a_{k} b_{k}" for k in range(1, 21))
    pieces = tidy(f"y = v ({inner}) (c - d)")
    assert pieces is not None
    assert len(pieces) > 4
    assert "".join(pieces).replace(" ", "") == f"y=v({inner})(c-d)".replace(" ", "")
    fenced = tidy(rf"y = \left({inner}\right) + \left(a + b\right)")
    assert fenced is not None
    assert fenced[1] == r"= \left(a_1 b_1\right."
    assert fenced[-2:] == (r"\left.+ a_20 b_20\right)", r"+ \left(a + b\right)")
    assert all("merror" not in mathml(piece, False) for piece in fenced)
