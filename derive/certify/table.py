"""Certificates as a report: one line each, or each relation beside its theorem."""

from collections.abc import Iterator

from derive.certify.certify import Certificate, Certified
from derive.checked import Checked

MARKS = {True: "checked by Coq", False: "REFUSED BY COQ", None: "written, not checked"}


def table(checked: Checked, made: Certified, verbose: bool) -> Iterator[str]:
    """The report's lines."""
    latex = {r.id: " ".join(r.latex.split()) for r, _ in checked.rows}
    for row in made.certificates:
        yield _line(row)
        if verbose:
            yield from _beside(latex[row.relation], row)
    yield _total(made)


def _line(row: Certificate) -> str:
    head = f"{row.relation:<8} {row.verdict:<9}"
    if row.refused:
        return f"{head} ERROR: {row.refused}"
    if row.theorem is None:
        return f"{head} no certificate: {row.reason}"
    return f"{head} {row.theorem}: {MARKS[row.checked]}"


def _beside(latex: str, row: Certificate) -> Iterator[str]:
    yield f"    as written   {latex}"
    if row.theorem is not None:
        yield f"    as proved    {row.proposition}"
    for hypothesis in row.hypotheses:
        yield f"    given        {hypothesis}"
    yield ""


def _total(made: Certified) -> str:
    rows = made.certificates
    written = sum(r.theorem is not None for r in rows)
    checked = sum(r.checked is True for r in rows)
    return f"{len(rows)} relations decided, {written} with a certificate, {checked} checked by Coq"
