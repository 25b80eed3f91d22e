"""Definitions against the well-known formula of their name: warned of, or rightly not."""

from pathlib import Path

import pytest

from derive import check_text
from derive.catalogue import TABLE
from derive.known import _form
from derive.options import Options

HERE = Path(__file__).parent
OPTIONS = Options(isolate=False, cross_check=False)


def warned(text: str) -> list[str]:
    found = check_text(text, options=OPTIONS).findings
    return [f.message for f in found if f.code == "W204"]


BCE = "h_i^r \\log(h_i^p) + (1 - h_i^r) \\log(1 - h_i^p)"
SOUND = [
    ("BCE", f"The binary cross-entropy is $$C = -\\frac{{1}}{{n}} \\sum_{{i=1}}^n {BCE}$$"),
    ("BCE, each term", "The binary cross-entropy of one example is "
     "$$L = -y \\log(p) - (1 - y) \\log(1 - p)$$"),
    ("BCE, a sum", f"The binary cross-entropy is $$C = -\\sum_{{i=1}}^n ({BCE})$$"),
    ("BCE, a double minus", "The binary cross-entropy is "
     "$$C = -\\frac{1}{n} \\sum_{i=1}^n (t_i \\log(g_i) - (t_i - 1) \\log(1 - g_i))$$"),
    ("likelihood", f"The log-likelihood, the binary cross-entropy with its sign turned, is "
     f"$$C = \\frac{{1}}{{n}} \\sum_{{i=1}}^n {BCE}$$"),
    ("MSE with a half", "The mean squared error is "
     "$$E = \\frac{1}{2} \\sum_{i=1}^n (t_i - a_i)^2$$"),
    ("MSE turned round", "The MSE is $$E = \\frac{1}{m} \\sum_{k=1}^m (a_k - t_k)^2$$"),
    ("entropy", "The entropy is $$H = -\\sum_{i=1}^n p_i \\log(p_i)$$"),
    ("entropy of inverses", "The entropy is $$H = \\sum_{i=1}^n p_i \\log(1/p_i)$$"),
    ("sigmoid", "The sigmoid is $$s = \\frac{e^{x}}{1 + e^{x}}$$"),
    ("softplus", "The softplus is $$f = \\log(e^{x} + 1)$$"),
    ("variance", "The variance is $$v = \\frac{1}{n-1} \\sum_{i=1}^n (x_i - m)^2$$"),
    ("something else", "Besides the entropy we need $$T = a b + c$$"),
]  # fmt: skip
WRONG = [
    ("BCE", f"The binary cross-entropy is $$C = \\frac{{1}}{{n}} \\sum_{{i=1}}^n {BCE}$$",
     "factor −1"),
    ("BCE, one sign", "The binary cross-entropy is "
     "$$L = -(y \\log(p) - (1 - y) \\log(1 - p))$$", "sign of one term"),
    ("entropy", "The Shannon entropy is $$H = \\sum_{i=1}^n p_i \\log(p_i)$$", "factor −1"),
    ("KL", "The KL divergence is $$D = \\sum_{x=1}^k p_x \\log(\\frac{q_x}{p_x})$$", "factor −1"),
    ("sigmoid", "The sigmoid is $$s = \\frac{1}{1 - e^{-x}}$$", "sign of one term"),
    ("softplus", "The softplus is $$f = \\log(1 - e^{x})$$", "sign of one term"),
    ("density", "The Gaussian density is "
     "$$f = \\frac{1}{\\sqrt{2 \\pi s^2}} e^{-\\frac{(x - m)^2}{s^2}}$$", "number 2"),
]  # fmt: skip


@pytest.mark.parametrize("row", SOUND, ids=lambda row: row[0])
def test_a_convention_is_no_error(row):
    assert warned(row[1]) == []


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row[0])
def test_what_differs_is_said(row):
    (message,) = warned(row[1])
    assert row[2] in message


@pytest.mark.parametrize("known", TABLE, ids=lambda known: known.title)
def test_every_form_of_the_table_is_read_and_agrees_with_itself(known):
    for form in known.forms:
        assert _form(form) is not None, form
        declared = "<!-- derive: X \\in \\mathbb{R}^{n \\times p}; y \\in \\mathbb{R}^n -->\n\n"
        text = (declared if "X" in form else "") + f"$$Q = {form}$$\n"
        assert warned(text.replace("$$Q", f"The {known.title} is\n\n$$Q")) == []


@pytest.mark.parametrize("path", sorted((HERE / "sound").iterdir()), ids=lambda path: path.stem)
def test_no_sound_document_is_warned_of(path):
    found = check_text(path.read_text(encoding="utf-8"), path.suffix[1:], options=OPTIONS)
    assert [f.message for f in found.findings if f.code == "W204"] == []
