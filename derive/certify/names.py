"""Names for Coq: no text of a document becomes anything but an identifier or a comment."""

import re
import unicodedata
from collections.abc import Iterable

# what a statement itself says, and the words of Coq's language: no name may hide them
RESERVED = frozenset(
    """
    forall exists fun let in match with end if then else return as fix cofix for where at
    using struct Set Prop Type SProp IF mod True False not and or nat R Rabs Rpower PI INR IZR
    Sum Prod kd upd upd2 sigma exp ln sin cos tan atan sinh cosh tanh sqrt fact Derive
    ex_derive O S nil cons pow eq lit hcat vcat fill mat_mul mat_add mat_had mat_map
    mat_scal mat_diag mat_t mat_col mat_eye grad1 grad2 D der t row col w0 Rmax Rmin
    Theorem Lemma Proof Qed Axiom Parameter Admitted admit Definition Require Import
    together tried said is of by do first last have move case by now
    """.split()
)
_LETTER = re.compile(r"[A-Za-z]")


def identifier(name: str) -> str:
    """An ASCII identifier that looks like the name: `h^p` is `h_p`, `𝐗_0` is `X_0`."""
    parts = [_ascii(c) for c in unicodedata.normalize("NFKD", name)]
    plain = re.sub(r"_+", "_", "".join(parts)).strip("_")
    if not plain or not _LETTER.match(plain):
        plain = f"v_{plain}".rstrip("_")
    return f"{plain[:60]}_v" if plain in RESERVED else plain[:60]


def _ascii(character: str) -> str:
    if character.isascii():
        return character if character.isalnum() else "_"
    if unicodedata.combining(character):
        words = unicodedata.name(character, "").lower().split()
        return "_" + {"macron": "bar", "circumflex": "hat"}.get(words[-2:][0], "mark")
    words = unicodedata.name(character, "").lower().split()
    return words[-1] if words and words[-1].isalpha() and words[-1].isascii() else "_"


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Different identifiers for different names, the same for the same list of names."""
    given: dict[str, str] = {}
    for name in names:
        if name not in given:
            given[name] = fresh(identifier(name), given.values())
    return given


def fresh(wish: str, taken: Iterable[str]) -> str:
    """The wish, or the wish with the first free number."""
    used = set(taken) | RESERVED
    if wish not in used:
        return wish
    return next(f"{wish}_{k}" for k in range(2, len(used) + 4) if f"{wish}_{k}" not in used)


def comment(text: str) -> str:
    """A Coq comment that holds the text and ends where it should, whatever the text is."""
    plain = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    plain = re.sub(r"\(\s*(?=\*)", "( ", plain)
    plain = re.sub(r"\*(?=\))", "* ", plain).replace('"', "''")
    return f"(* {plain} *)"
