"""The style sheet: every pair of colours that text is set in has contrast, by day and by night."""

import re

import pytest

from derive.write.report.html import TEMPLATES

SHEET = (TEMPLATES / "report.css").read_text()
TEXT = ["ink", "soft", "link", "good", "bad", "odd", "wait", "none", "name", "changed"]
PAIRS = [
    *((colour, back) for colour in TEXT for back in ("page", "card")),
    *((c, f"{c}-back") for c in ("good", "bad", "odd", "wait", "none", "name")),
    ("ink", "code"), ("changed", "code"), ("card", "bad"), ("card", "odd"),
    ("ink", "good-back"), ("ink", "wait-back"), ("ink", "none-back"),
]  # fmt: skip


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)[:3]
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", block)) for block in blocks]
    return {"light": found[0], "dark": found[0] | found[1], "print": found[0] | found[2]}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    channels = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", ["light", "dark", "print"])
@pytest.mark.parametrize(("text", "back"), PAIRS)
def test_contrast(palette: str, text: str, back: str) -> None:
    colours = palettes()[palette]
    assert contrast(colours[text], colours[back]) >= 4.5


def test_contrast_is_measured() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") < 4.5


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_proved_and_refuted_differ_in_grey(palette: str) -> None:
    colours = palettes()[palette]
    assert contrast(colours["good-back"], colours["bad"]) >= 3
