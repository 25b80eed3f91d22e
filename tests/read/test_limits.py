"""What reading must never do: raise, hang, lose a sign, or pass over a formula in silence."""

import random
from dataclasses import fields, is_dataclass

import pytest

from derive import check_text
from derive.options import Options
from derive.read.document import read
from derive.read.lexer import lex
from derive.read.macros import Macros
from derive.source import Source
from derive.syntax import BigOp, Dots, Formula, Name, Number, Relator, Signed, Text, Unreadable

DISPLAYS = [
    r"C = \frac{1}{n} \sum_{i=1}^n h_i^r \log(h_i^p) + (1 - h_i^r) \log(1 - h_i^p) \quad (1)",
    r"= \frac{\partial z_i}{\partial w} \sigma'(z_i)(1 - \sigma(z_i)) \quad (8)",
    r"\begin{aligned} \mathbf{X}_0 &= \begin{bmatrix} x_{11} & x_{12} \\ x_{21} & x_{22} "
    r"\end{bmatrix} & \mathbf{X} = \begin{bmatrix} 1 & \mathbf{X}_0 \end{bmatrix} &= "
    r"\begin{bmatrix} 1 & x_{11} \\ 1 & x_{21} \end{bmatrix} \\ \mathbf{z} = \mathbf{A}\mathbf{v} "
    r"&= \begin{bmatrix} z_1 \\ z_2 \end{bmatrix} & \mathbf{h} &= \sigma(\mathbf{z}) \end{aligned}",
    r"d_i = z_i^{reality} - z_i^{pred} \quad \mathbf{d} = \begin{bmatrix} d_1 \\ d_2 \end{bmatrix}",
    r"[\text{diag}(\mathbf{d}) \times \mathbf{X}]^T [(1 - \mathbf{A}) \odot \mathbf{A}] = |x| + n!",
    r"f(x) = \begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\left. \frac{df}{dx} \right|_{x=0} \overset{(a)}{=} \max_{x \in X} \|x\|, \quad y \ne 2",
]
PIECES = [
    "{", "}", "\\", "&", "\\\\", "|", "(", ")", "_", "^", "=", "-", "\\left(", "\\right)", "'",
    "!", ",", ";", "\\frac", "\\text{", "\\begin{matrix}", "\\end{aligned}", "\\quad", "\\not",
    "1", "x", "\\sqrt", "\\hat", "\\mathbf", "\\over", "[", "]", "\\right.", "²", "∑", "\\foo",
]  # fmt: skip


def nodes(root):
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack += node
        elif is_dataclass(node):
            yield node
            stack += [getattr(node, f.name) for f in fields(node)]


def covered(items) -> set[int]:
    found: set[int] = set()
    for node in nodes(items):
        if isinstance(node, Number | Name | Text | Dots | Relator | Unreadable | BigOp):
            found.update(range(node.span.start, node.span.end))
        elif isinstance(node, Signed):
            found.update(range(node.sign_span.start, node.sign_span.end))
    return found


def lost(body: str) -> list[str]:
    """The signs of a display that no node, number or fault accounts for."""
    text = f"$${body}$$"
    items = read(Source(text), "md").items
    assert any(isinstance(i, Formula) for i in items), body
    places = covered(items)
    tags = "".join(i.tag or "" for i in items if isinstance(i, Formula))
    return [
        t.text
        for t in lex(text, 2, len(text) - 2, Macros())
        if t.kind in ("name", "num", "rel", "sign", "big", "dots")
        and t.start not in places
        and t.text not in tags
    ]


@pytest.mark.parametrize("body", DISPLAYS)
def test_every_sign_is_accounted_for(body):
    assert lost(body) == []


def mutated(body: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(body))
        kind = chance.randrange(3)
        cut = body[at + 1 :] if kind == 0 else body[at:]
        piece = chance.choice(PIECES) if kind == 1 else ""
        flipped = body[at : at + 6][::-1] + body[at + 6 :] if kind == 2 else cut
        body = body[:at] + piece + flipped
    return body


@pytest.mark.parametrize("seed", range(8))
def test_broken_formulas_lose_nothing(seed):
    chance = random.Random(seed)
    for _ in range(150):
        body = mutated(chance.choice(DISPLAYS), chance)
        assert [s for s in lost(body) if s not in ("prime", "⇒")] == [], body


DEEP = {
    "braces": "{" * 10_000 + "}" * 10_000,
    "brackets": "(" * 10_000 + ")" * 10_000,
    "open brackets": "(" * 10_000,
    "fractions": "\\frac" * 10_000,
    "roots": "\\sqrt" * 10_000 + " x",
    "powers": "x" + "^{x" * 5_000 + "}" * 5_000,
    "signs": "a " + "\\cdot -" * 5_000 + " b",
    "environments": "\\begin{matrix}" * 2_000 + "\\end{matrix}" * 2_000,
    "left": "\\left(" * 2_000 + "\\right)" * 2_000,
    "digits": "1" * 100_000,
    "accents": "\\hat" * 5_000 + " x",
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP.keys())
def test_too_deep_is_unreadable(body):
    (formula,) = read(Source(f"$${body}$$"), "md").items
    assert [type(chain) for chain in formula.chains] == [Unreadable]


@pytest.mark.parametrize(
    "definitions",
    [
        "\\def\\a{\\a}",
        "\\def\\a{\\a x}",
        "\\def\\a{\\b\\b}\\def\\b{\\a\\a}",
        "".join(
            f"\\def\\{x}{{{chr(92)}{y}{chr(92)}{y}{chr(92)}{y}{chr(92)}{y}}}"
            for x, y in zip("abcdefgh", "bcdefghi", strict=True)
        ),
    ],
)
def test_macros_are_bounded(definitions):
    formula = read(Source(f"$${definitions}$$ $\\a$"), "md").items[-1]
    assert isinstance(formula.chains[0], Unreadable)


def test_a_tower_of_powers_is_only_a_tree():
    (formula,) = read(Source("$$9^{9^{9^9}} = 1$$"), "md").items
    assert len(formula.chains[0].members) == 2


LONG = ["a = b, ", "a = b \\quad ", "a &= b & ", "a &= b \\\\ ", "a + ", "a \\text{ if } ", "|a| "]


@pytest.mark.parametrize("piece", LONG)
def test_long_displays_are_read_whole(piece):
    """Ten times the rows is ten times the work; the square of it would not end in time."""
    (formula,) = read(Source(f"$${piece * 3_000}b$$"), "md").items
    assert formula.chains


@pytest.mark.parametrize("text", ["$$ a\n\n", "\\[ a\n\n", "$5 and ", "`a ``b ", "\\begin{align} "])
def test_long_documents_of_open_delimiters(text):
    assert read(Source(text * 5_000), "md").items


def test_a_product_in_running_text_whose_shapes_do_not_conform_is_not_read():
    text = (
        r"Let $X \in \mathbb{R}^{n\times p}$, $W \in \mathbb{R}^{m\times n}$. Here $S = X W$ is"
        "\n" + r"large, and $y = X W v$." + "\n\n$$S = 2$$\n"
    )
    (relation,) = check_text(text, options=Options(cross_check=False, isolate=False)).relations
    assert relation.verdict == "not-checked"
