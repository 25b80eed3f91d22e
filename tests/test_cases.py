"""Every Markdown file in `tests/cases` is a test suite; its comments are the assertions."""

from pathlib import Path

import pytest
from suite import Case, cases, misses

from derive import check_text

FOLDER = Path(__file__).parent / "cases"
ALL = [case for path in sorted(FOLDER.glob("*.md")) for case in cases(path)]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_case(case: Case, request: pytest.FixtureRequest) -> None:
    if case.xfail is not None:
        request.applymarker(pytest.mark.xfail(reason=case.xfail, strict=True))
    found = misses(case, check_text(case.text))
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("## a\n\n$$x = x$$\n", "nothing is expected"),
        ("## a\n\n$$x = x$$\n<!-- expect: prooved -->\n", "is no verdict"),
        ("## a\n\n$$x = x$$\n<!-- expect:  -->\n", "empty expectation"),
    ],
)
def test_a_section_that_asserts_nothing_is_refused(tmp_path: Path, section: str, said: str) -> None:
    path = tmp_path / "suite.md"
    path.write_text(section)
    with pytest.raises(ValueError, match=said):
        list(cases(path))


@pytest.mark.parametrize(
    ("display", "wanted", "count"),
    [
        ("$$x + x = 2x$$", "refuted", 1),
        ("$$x + x = 3x$$", "proved", 1),
        ("$$x + x = 2x$$", "proved proved", 1),
        ("$$x + x = 2x$$", "sound", 0),
        ("$$x + x = 2x = 3x$$", "proved refuted", 0),
    ],
)
def test_a_missed_expectation_is_seen(
    tmp_path: Path, display: str, wanted: str, count: int
) -> None:
    path = tmp_path / "suite.md"
    path.write_text(f"## a\n\n{display}\n<!-- expect: {wanted} -->\n")
    (case,) = cases(path)
    assert len(misses(case, check_text(case.text))) == count
