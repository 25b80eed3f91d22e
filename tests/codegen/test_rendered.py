"""The emitted code as LaTeX, read again by our own reader, is what was proved."""

from pathlib import Path

import pytest

import derive
from derive.compiled import function
from derive.rendered import latex

SOUND = Path(__file__).parent.parent / "sound"
OPTIONS = derive.Options(cross_check=False, timeout=60)

# a document, and the left sides of its value and slopes
CASES = {
    "differentiation.md": ("f(x)", "f'(x)"),
    "exponential.tex": ("N(t)", "N'(t)"),
    "motion.md": ("x", r"\frac{dx}{dt}"),
    "backprop.tex": ("E", *(rf"\frac{{\partial E}}{{\partial {p}}}" for p in "cabw")),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_shown_is_what_was_proved(name: str) -> None:
    pytest.importorskip("latexify")
    text = (SOUND / name).read_text()
    form = name.rpartition(".")[2]
    rendered = latex(function(derive.check_text(text, form, options=OPTIONS).checked, None, None))
    assert len(rendered) == len(CASES[name])
    added = [f"$${left} = {right}$$" for left, right in zip(CASES[name], rendered, strict=True)]
    more = "\n\n".join(added)
    end = r"\end{document}"
    whole = text.replace(end, f"{more}\n\n{end}") if end in text else f"{text}\n\n{more}\n"
    again = derive.check_text(whole, form, options=OPTIONS).relations[-len(added) :]
    assert {r.verdict for r in again} <= {"proved", "defined"}
    assert [r.verdict for r in again[1:]] == ["proved"] * (len(added) - 1)


@pytest.mark.parametrize("name", ["ridge.md", "logistic.md", "entropy.md"])
def test_what_latexify_cannot_say_is_not_shown(name: str) -> None:
    pytest.importorskip("latexify")
    f = function(derive.check_text((SOUND / name).read_text(), options=OPTIONS).checked, None, None)
    with pytest.raises(derive.Refusal):
        latex(f)
