import pytest

from derive.check import check_text
from derive.explain.codes import CODES, PAGES, TABLE, find, page
from derive.finding import SEVERITIES
from derive.options import Options

SECTIONS = ("What it means", "Example", "How to mend it", "When it can be wrong")


def test_every_code_has_a_page_and_every_page_a_code():
    assert sorted(CODES) == sorted(path.stem for path in PAGES.glob("*"))


def test_codes_and_slugs_are_unique():
    assert len(CODES) == len(TABLE) == len({row.slug for row in TABLE})


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.code)
def test_a_page_opens_with_its_row_and_has_its_sections(row):
    text = page(row.code)
    assert text.splitlines()[0] == f"# {row.code}: {row.title}"
    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert tuple(headings) == SECTIONS
    assert all(len(part.strip()) > 20 for part in text.split("## ")[1:])


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.code)
def test_the_letter_is_the_severity(row):
    assert row.severity in SEVERITIES
    assert row.code[0].lower() == row.severity[0]


@pytest.mark.parametrize(
    ("word", "default", "code"),
    [("E102", "E101", "E102"), ("shape", "E101", "E102"), ("nonsense", "N304", "N304")],
)
def test_a_code_is_found_by_number_or_word(word, default, code):
    assert find(word, default).code == code


@pytest.mark.parametrize("word", ["e101", "false", "FALSE"])
def test_a_page_is_found_whatever_the_case(word):
    assert page(word) == page("E101")


def test_an_unknown_code_has_no_page():
    assert page("E999") is None
    assert page("../E101") is None


# codes whose example is a document by itself, which must lead to the code
EXAMPLES = (
    "E101",
    "E102",
    "E103",
    "E104",
    "W201",
    "W202",
    "W204",
    "N301",
    "N304",
    "N306",
    "N401",
    "N403",
)


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_of_a_page_leads_to_its_code(code):
    example = page(code).split("```\n")[1]
    found = check_text(example, options=Options(isolate=False, cross_check=False)).findings
    assert code in [f.code for f in found]


def test_a_corrected_example_does_not():
    example = page("E101").split("```\n")[1].replace("a^2 +", "a^2 + 2 a b +")
    assert check_text(example, options=Options(isolate=False)).findings == ()
