"""The table of codes: each kind of finding has one, it never changes its meaning.

The letter is the severity, the hundreds the subject: 1 truth, 2 meaning, 3 writing,
4 what was not decided, 9 the program itself. A page `derive/codes/CODE.md` explains each.
"""

from pathlib import Path

from derive.finding import ERROR, NOTE, WARNING
from derive.values import dataclass

PAGES = Path(__file__).parent.parent / "codes"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding; `slug` is the word by which reader and prover call it."""

    code: str
    slug: str
    severity: str
    title: str


TABLE = (
    Code("E101", "false", ERROR, "a relation is false"),
    Code("E102", "shape", ERROR, "shapes do not conform"),
    Code("E103", "undefined", ERROR, "a side is undefined everywhere"),
    Code("E104", "definition", ERROR, "a definition makes other relations false"),
    Code("E901", "internal", ERROR, "the checker contradicts itself or crashed"),
    Code("W201", "unknown-symbol", WARNING, "a symbol is defined nowhere"),
    Code("W202", "trivial", WARNING, "a relation says nothing"),
    Code("W203", "conflict", WARNING, "two definitions of one name disagree"),
    Code("W204", "convention", WARNING, "a definition differs from the well-known formula"),
    Code("N301", "restatement", NOTE, "an earlier relation is repeated"),
    Code("N302", "reference", NOTE, "a reference leads nowhere"),
    Code("N303", "label-drift", NOTE, "one quantity is written with two labels"),
    Code("N304", "reading", NOTE, "a reading was chosen"),
    Code("N305", "two-meanings", NOTE, "one name stands for two things"),
    Code("N306", "conditions", NOTE, "a relation holds under conditions"),
    Code("N401", "unreadable", NOTE, "a formula could not be read"),
    Code("N402", "not-a-claim", NOTE, "a relation of a kind that is not checked"),
    Code("N403", "undecided", NOTE, "a relation is neither proved nor refuted"),
    Code("N404", "limit", NOTE, "a relation was stopped at a limit of time or memory"),
)
CODES = {row.code: row for row in TABLE}
_SLUGS = {row.slug: row for row in TABLE}


def find(word: str, default: str) -> Code:
    """Look up a code or a slug; an unknown word falls back on the row of `default`."""
    return CODES.get(word) or _SLUGS.get(word) or CODES[default]


def page(code: str) -> str | None:
    """Read the page that explains a code or slug; None if there is no such code."""
    row = CODES.get(code.upper()) or _SLUGS.get(code.lower())
    return None if row is None else (PAGES / f"{row.code}.md").read_text(encoding="utf-8")
