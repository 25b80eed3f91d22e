"""Names for Coq: no text of a document becomes anything but an identifier or a comment."""

import re
import unicodedata
from collections.abc import Iterable

# what a statement itself says, and the words of Coq's language: no name may hide them
_WORDS = """
    Admitted Axiom D Definition Derive False IF INR IZR Import Lemma O PI Parameter Prod Proof
    Prop Qed R Rabs Require Rmax Rmin Rpower S SProp Set Sum Theorem True Type admit and as at
    atan by case cofix col cons cos cosh der do else end eq ex_derive exists exp fact fill
    first fix for forall fun grad1 grad2 have hcat if in is kd last let lit ln mat_add mat_col
    mat_diag mat_eye mat_had mat_map mat_mul mat_scal mat_t match mod move nat nil not now of
    or pow return row said sigma sin sinh sqrt struct t tan tanh then together tried upd upd2
    using vcat w0 where with
"""
RESERVED = frozenset(_WORDS.split())
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
        return "_" + {"macron": "bar", "circumflex": "hat"}.get(words[1], "mark")
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
