"""A checked document with Coq's word on it: marks on judgements, verdicts that Coq refused."""

from dataclasses import replace

from derive.certify.certify import Certificate, Certified, certify
from derive.certify.coq import Limits
from derive.checked import Checked, Judgement, Mark
from derive.explain.findings import findings
from derive.verdict import UNDECIDED, Verdict


def certified(
    checked: Checked, check: bool, limits: Limits | None = None
) -> tuple[Checked, Certified]:
    """The document with a mark on each certified relation, and its certificates.

    A relation whose certificate Coq refuses becomes undecided, with an error that says so.
    Raises `derive.certify.coq.Absent` where Coq is to check and is not installed.
    """
    made = certify(checked, check, limits)
    rows = tuple(_marked(j, made.of(r.id)) for r, j in checked.rows)
    derivation = checked.derivation
    if any(c.refused for c in made.certificates):
        return Checked(derivation, rows, findings(derivation, rows)), made
    return replace(checked, judgements=rows), made


def _marked(judgement: Judgement, found: Certificate | None) -> Judgement:
    if found is None or judgement.verdict.status != found.verdict:
        return judgement
    if found.refused:
        reason = f"Coq does not accept the certificate ({found.refused})"
        return replace(judgement, verdict=Verdict(UNDECIDED, reason=reason, code="internal"))
    if found.theorem is None:
        return replace(judgement, uncertified=found.reason)
    mark = Mark(found.file, found.theorem, found.checked is True, found.proposition)
    return replace(judgement, certificate=mark)
