"""Names of the document: one head a symbol, however it was typed."""

import re
from dataclasses import replace

from derive.syntax import Group, Name, Node, Number, Product, Script, Text

_GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "varsigma sigma tau upsilon phi chi psi omega"
)
_GREEK = dict(
    zip(
        _GREEK_NAMES.split(),
        "αβγδϵζηθικλμνξοπρςστυϕχψω",
        strict=True,
    )
) | {
    "varepsilon": "ε", "vartheta": "ϑ", "varphi": "φ", "varrho": "ϱ", "varpi": "ϖ", "ell": "ℓ",
    "hbar": "ħ", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π",
    "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip

_ACCENTS = {
    "hat": "̂", "widehat": "̂", "bar": "̄", "overline": "̄", "tilde": "̃", "widetilde": "̃",
    "dot": "̇", "ddot": "̈", "check": "̌", "breve": "̆", "mathring": "̊", "acute": "́",
    "grave": "̀", "underline": "̲", "vec": "⃗",
}  # fmt: skip

DOTS = {"dot": 1, "ddot": 2, "dddot": 3}
_BOLD = {"bf", "bb"}
SQUARE = "²"
_MARKS = re.compile(
    r"[\u0302\u0303]|\^(\*|⋆|\{(\*|⋆|ML|MLE|MAP|OLS|opt|min|max|new)\})|_(\*|⋆|\{[A-Za-z ]{2,}\})"
)


def _bold(letter: str) -> str:
    if len(letter) == 1 and letter.isascii() and letter.isalpha():
        return chr((0x1D400 if letter.isupper() else 0x1D41A - 32) + ord(letter) - 65)
    return letter


def plain_letter(key: str) -> str:
    """The plain letter of a bold head without a label, else the head itself."""
    code = ord(key) - 0x1D400 if len(key) == 1 else -1
    if 0 <= code < 26:
        return chr(65 + code)
    return chr(97 + code - 26) if 26 <= code < 52 else key


def head(name: Name) -> str:
    """The head of a bare name: Greek as letters, bold as bold letters, accents combined."""
    letter = _GREEK.get(name.base, name.base)
    if not (name.style or name.accents):
        return letter
    if name.style == "bf":
        letter = _bold(letter)
    elif name.style in {"cal", "frak", "bb", "scr"}:
        letter = f"{name.style} {letter}"
    return letter + "".join(_ACCENTS.get(a, f" {a}") for a in reversed(name.accents))


def motion(name: Name | None) -> tuple[str, ...]:
    """The heads of q, q̇, q̈, … where the name is one of the dotted ones; else nothing."""
    if name is None or len(name.accents) != 1 or name.accents[0] not in DOTS:
        return ()
    return tuple(head(replace(name, accents=(dots,) if dots else ())) for dots in ("", *DOTS))


def root(key: str) -> str:
    """The letter under labels, accents, styles and a Δ: `x` of `x̂^p`, `Δx`, `bf x`."""
    letter = key.partition("^")[0].partition("_")[0].rpartition(" ")[2]
    letter = letter[1:] if letter[:1] in "Δδ" and letter[1:2].isalpha() else letter
    return plain_letter(letter[:1]).lower()


def unmarked(key: str) -> str:
    """The name under a hat, a star or a word below that mark one value of it: `θ_0` of `θ̂_0`."""
    return _MARKS.sub("", key)


def is_density(name: Name) -> bool:
    """Whether a name is one of several densities of a letter, `p_{x|μ}`: no one types it."""
    return "_{" in name.base


def is_bold(name: Name) -> bool:
    """Whether the name is typeset as a vector or matrix."""
    return name.style == "bf" or "vec" in name.accents


def braced(label: str) -> str:
    """A label as it stands in a head: `p`, `{pred}`."""
    return label if len(label) == 1 else "{" + label + "}"


def letters(node: Node | None) -> str | None:
    """The text of a run of single letters or digits (`pred`, `ij`, `i1`), else None."""
    match node:
        case Text(text, _):
            return text.strip() or None
        case Name(base, _, style, ()) if style in {"", "rm", "it", "bf", "sf", "tt"}:
            return _GREEK.get(base, base)
        case Number(_, text, _) if text.isdigit():
            return text
        case Product(factors, _) if all(f.op == "" for f in factors):
            parts = [letters(f.node) for f in factors]
            if all(p is not None and len(p) >= 1 for p in parts):
                return "".join(p for p in parts if p is not None)
    return None


def pieces(node: Node) -> list[Node]:
    """The members of a run (`ij` gives i and j; `01` gives 0 and 1 as one numeral)."""
    if isinstance(node, Product) and all(f.op == "" for f in node.factors):
        return [f.node for f in node.factors]
    return [node]


def base_name(node: Node) -> Name | None:
    """The name under scripts: `h` of `h_i^p`, None where there is none."""
    while isinstance(node, Script):
        node = node.base
    if isinstance(node, Group) and node.open == "{":
        return None
    return node if isinstance(node, Name) else None


def squared(key: str) -> bool:
    """Whether a head stands for a square that is a variable: `σ²`."""
    return key.partition("_")[0].endswith(SQUARE)
