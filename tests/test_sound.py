"""Sound derivations as people write them raise no alarm, and nothing absurd is proved in them."""

from pathlib import Path

import pytest

from derive.check import Document, RelationView, check_text
from derive.finding import ERROR
from derive.options import Options

FOLDER = Path(__file__).parent / "sound"
PATHS = sorted(p for p in FOLDER.iterdir() if p.suffix in (".md", ".tex"))
QUICK = Options(cross_check=False, isolate=False)
WRONG = {"refuted", "malformed"}


def _name(path: Path) -> str:
    return path.stem


def _checked(text: str, path: Path, options: Options | None = None) -> Document:
    return check_text(text, path.suffix.removeprefix("."), options=options)


def _claims(document: Document) -> list[RelationView]:
    return [r for r in document.relations if r.kind in ("claim", "restatement")]


def absurd(text: str, relation: RelationView) -> str:
    """The document with the relation's right side times 42."""
    span = relation.row.right_span
    right = text[span.start : span.end]
    return text[: span.start] + rf"42 \cdot \left( {right} \right)" + text[span.end :]


def vanishes(text: str, path: Path, relation: RelationView) -> bool:
    """Whether the right side is 0 for all that the checker can tell: then 42 times it is too."""
    span = relation.row.right_span
    zero = _checked(text[: span.start] + "0" + text[span.end :], path, QUICK)
    return any(r.line == relation.line and r.verdict == "proved" for r in zero.relations)


@pytest.mark.parametrize("path", PATHS, ids=_name)
def test_a_sound_document_raises_no_alarm(path: Path) -> None:
    document = _checked(path.read_text(encoding="utf-8"), path)
    wrong = [f"{r.id} {r.verdict}: {r.latex}" for r in document.relations if r.verdict in WRONG]
    assert not wrong
    assert not [f.message for f in document.findings if f.severity == ERROR]


@pytest.mark.parametrize("path", PATHS, ids=_name)
def test_a_sound_document_is_decided(path: Path) -> None:
    document = _checked(path.read_text(encoding="utf-8"), path, QUICK)
    open_ = [f"{r.id} {r.verdict}: {r.latex}" for r in document.relations if _open(r)]
    assert not open_


def _open(relation: RelationView) -> bool:
    return relation.verdict not in ("proved", "proved-if", "defined")


@pytest.mark.parametrize("path", PATHS, ids=_name)
def test_nothing_absurd_is_proved(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    claims = [r for r in _claims(_checked(text, path, QUICK)) if r.verdict == "proved"]
    assert claims
    for claim in claims:
        changed = absurd(text, claim)
        after = _checked(changed, path, QUICK)
        (same,) = [r for r in after.relations if r.id == claim.id]
        if same.verdict in ("proved", "proved-if"):
            assert vanishes(text, path, claim), f"{claim.id}: {same.latex}"
