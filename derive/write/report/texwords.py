r"""Words and source text for TeX: every sign is escaped, and a line may break anywhere it must."""

from unicodedata import category, normalize

from derive.write.report.commands import UNICODE
from derive.write.report.formula import plain

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}", "'": "'", "-": "-{}", "–": "--", "—": "---", "…": r"\ldots{}",
    "’": "'", "“": "``", "”": "''", "«": r"\guillemotleft{}", "»": r"\guillemotright{}",
    "\u00a0": "~", "→": r"\ensuremath{\to}", "✓": r"\ensuremath{\checkmark}",
    "ᵀ": r"\textsuperscript{T}",
    "Σ": r"\ensuremath{\sum}", "Π": r"\ensuremath{\prod}", "√": r"\ensuremath{\surd}",
    "⁻": r"\textsuperscript{-}", "¹": r"\textsuperscript{1}", "²": r"\textsuperscript{2}",
    "³": r"\textsuperscript{3}", "₀": r"\textsubscript{0}", "₁": r"\textsubscript{1}",
}  # fmt: skip
_EVERY = 14  # signs of source text without a place to break


class Safe(str):
    """Text that is TeX already."""

    __slots__ = ()


def escaped(text: str) -> Safe:
    """Words, escaped."""
    return Safe("".join(map(_sign, normalize("NFC", text))))


def source(text: str) -> Safe:
    """Source text, escaped, with places to break."""
    out: list[str] = []
    run = 0
    for char in normalize("NFC", text):
        out.append("~" if char == " " else _sign(char))
        run = run + 1 if char.isalnum() else _EVERY
        if run >= _EVERY:
            out.append(r"\allowbreak{}")
            run = 0
    return Safe("".join(out))


def _sign(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    if char.isascii():
        return char if char.isprintable() else " " if char in "\t\n\r" else ""
    if char in UNICODE:
        return rf"\ensuremath{{{UNICODE[char]}}}"
    code = ord(char)
    if 0x1D400 <= code < 0x1D434:
        return rf"\ensuremath{{{(plain(char) or '').strip()}}}"
    if 0xA0 < code < 0x180 and category(char).startswith("L"):
        return char
    if category(char) in ("Mn", "Me", "Cf", "Cc"):
        return ""
    return rf"\unknownsign{{{code:04X}}}"
