"""Names of a document as identifiers of Python."""

import keyword
import re
import unicodedata
from dataclasses import dataclass, field

# names that the emitted code uses for itself
_TAKEN = frozenset(
    {"np", "xp", "array_namespace", "cost", "gradient", "predict", "value_and_gradient"}
    | {"parameters", "data", "sense", "rows", "print", "len", "zip", "float"}
)
# accents over a letter, as a word after it
_ACCENTS = {"\u0304": "_bar", "\u0305": "_bar", "\u0302": "_hat", "\u0303": "_tilde",
            "\u0307": "_dot", "\u20d7": "_vec"}  # fmt: skip
_GREEK = re.compile(r"GREEK (?:SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)")


def identifier(head: str) -> str:
    """The head in ASCII: `𝐗_0` is `X_0`, `h^r` is `h_r`, `λ` is `lambda_`."""
    plain = "".join(_letter(c) for c in unicodedata.normalize("NFKD", head))
    found = re.sub(r"_+", "_", re.sub(r"\W", "_", plain, flags=re.ASCII)).strip("_") or "x"
    found = f"x_{found}" if found[0].isdigit() else found
    return f"{found}_" if keyword.iskeyword(found) or found in _TAKEN else found


def _letter(character: str) -> str:
    if character in _ACCENTS:
        return _ACCENTS[character]
    match = _GREEK.match(unicodedata.name(character, ""))
    if match is None:
        return character
    name = match[1].lower().replace("lamda", "lambda")
    return name.capitalize() if "CAPITAL" in unicodedata.name(character) else name


@dataclass
class Names:
    """Hands out identifiers, one for each key, none twice."""

    given: dict[str, str] = field(default_factory=dict)

    def of(self, key: str, wish: str | None = None) -> str:
        """The identifier of a head, or of any other key with a wished name."""
        if key not in self.given:
            self.given[key] = self._free(identifier(wish if wish is not None else key))
        return self.given[key]

    def _free(self, wish: str) -> str:
        used = set(self.given.values())
        found, count = wish, 1
        while found in used:
            count += 1
            found = f"{wish}_{count}"
        return found
