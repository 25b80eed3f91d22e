"""Certificates: what the theorems say, and that Coq takes them."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import derive
from derive.certify import document
from derive.certify.certify import SOURCE, certify
from derive.certify.coq import (
    AXIOMS,
    LATE,
    PATIENCE,
    Absent,
    Limits,
    Session,
    assumptions,
    by_the_clock,
)  # fmt: skip
from derive.certifying import certified
from derive.check import check_text
from derive.checked import Checked
from derive.options import Options
from derive.write.text import plain, report

ROOT = Path(__file__).parent.parent.parent
PAPER = ROOT / "derive" / "papers" / "two_layer.md"
QUICK = Options(cross_check=False)
coq = pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")

SMALL = r"""
$$ f = x^2 + 1 \quad (1) $$

$$ \frac{\partial f}{\partial x} = 2 x \quad (2) $$

$$ \sum_{i=1}^n (a_i + 2) = \sum_{i=1}^n a_i + 2 n \quad (3) $$

$$ (x + 1)^2 = x^2 + 1 \quad (4) $$
"""


def small() -> Checked:
    return check_text(SMALL, options=QUICK).checked


def test_a_theorem_says_what_the_relation_says() -> None:
    found = certify(small(), check=False).of("2")
    assert found is not None
    assert found.theorem == "rel_2"
    assert "let f := fun (x : R) => ((x ^ 2) + 1) in" in found.proposition
    assert "(Derive (fun x : R => (f x)) x) = (2 * x)" in found.proposition


def test_a_refuted_relation_is_denied() -> None:
    found = certify(small(), check=False).of("4")
    assert found is not None
    assert found.theorem == "not_4"
    assert found.proposition.startswith("~ (forall (x : R),")


def test_the_source_stands_above_its_theorem() -> None:
    made = certify(small(), check=False)
    text = next(t for name, t in made.files.items() if name != "DerivePrelude.v")
    above = text.split("Theorem rel_3")[0].splitlines()[-1]
    assert r"\sum_{i=1}^n (a_i + 2) = \sum_{i=1}^n a_i + 2 n" in above


@pytest.mark.parametrize("path", [PAPER, *sorted((ROOT / "tests" / "sound").iterdir())])
def test_nothing_is_admitted(path: Path) -> None:
    made = certify(derive.check(path, QUICK).checked, check=False)
    for text in made.files.values():
        code = re.sub(r"\(\*.*?\*\)", "", text, flags=re.S)
        assert not re.search(r"\b(Admitted|admit|Axiom|Parameter|Conjecture|Hypothesis)\b", code)


def test_the_prelude_admits_nothing() -> None:
    text = re.sub(r"\(\*.*?\*\)", "", SOURCE.read_text(encoding="utf-8"), flags=re.S)
    assert not re.search(r"\b(Admitted|admit|Axiom|Parameter|Variable|Hypothesis)\b", text)


def test_without_coq_the_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Absent, match="libcoq-coquelicot"):
        certify(small(), check=True)
    check_text(SMALL, options=QUICK).certify(tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.v"))) == 2


def test_unknown_axioms_are_seen() -> None:
    said = "Axioms:\nFalse_is_true : False\nClassical_Prop.classic\n  : forall P, P\n"
    assert assumptions(said) - AXIOMS == {"False_is_true"}
    assert assumptions("") - AXIOMS
    assert not assumptions("Closed under the global context\n")


@coq
def test_coq_takes_the_certificates_of_a_small_document() -> None:
    checked, made = certified(small(), check=True)
    assert [c.checked for c in made.certificates] == [True, True, True]
    marks = [j.certificate for j in checked.judgements if j.certificate is not None]
    assert [(m.theorem, m.checked) for m in marks] == [
        ("rel_2", True), ("rel_3", True), ("not_4", True),
    ]  # fmt: skip


@coq
def test_a_document_whose_proofs_are_all_found_is_compiled_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def needless(*_: object) -> None:
        raise AssertionError("a second run")

    monkeypatch.setattr(Session, "trial", needless)
    monkeypatch.setattr(Session, "compile", needless)
    made = certify(small(), check=True)
    assert [c.checked for c in made.certificates] == [True, True, True]


@coq
def test_a_refused_certificate_turns_the_verdict_into_undecided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = document.wanted

    def spoiled(checked: Checked) -> tuple[document.Wanted, ...]:
        first, *rest = wanted(checked)
        bad = tuple(replace(c, proposition="this is nothing") for c in first.candidates)
        return (replace(first, candidates=bad), *rest)

    monkeypatch.setattr(document, "wanted", spoiled)
    checked, made = certified(small(), check=True)
    assert made.certificates[0].refused
    verdicts = {r.id: j.verdict.status for r, j in checked.rows}
    assert verdicts["2"] == "undecided"
    assert verdicts["3"] == "proved"
    assert any(f.code == "E901" for f in checked.findings)


@coq
@pytest.mark.parametrize("path", [PAPER, PAPER.with_name("corrected.md")])
def test_every_decided_relation_of_the_paper_has_a_certificate(path: Path) -> None:
    made = certify(derive.check(path, QUICK).checked, check=True)
    assert [c.relation for c in made.certificates if c.checked is not True] == []


KINDS = r"""
$$ s(t) = \frac{1}{1 + e^{-t}} \quad (1) $$

$$ \frac{d}{dt} \log(1 + e^t) = s(t) \quad (2) $$

$$ \sum_{k=1}^n k^2 = \frac{n (n + 1)(2n + 1)}{6} \quad (3) $$

$$ \sum_{i=1}^n \sum_{j=1}^m a_i b_j = \left(\sum_{i=1}^n a_i\right)\left(\sum_{j=1}^m b_j\right)
\quad (4) $$

$$ \sin 3 \alpha = 3 \sin \alpha - 4 \sin^3 \alpha \quad (5) $$

$$ m = \frac{1}{n} \sum_{i=1}^n x_i \quad (6) $$

$$ \frac{\partial m}{\partial x_k} = \frac{1}{n} \quad (7) $$
"""


@coq
def test_sums_angles_and_functions_have_certificates() -> None:
    made = certify(check_text(KINDS, options=QUICK).checked, check=True)
    assert [c.relation for c in made.certificates] == ["2", "3", "4", "5", "7"]
    assert [c.reason for c in made.certificates if c.checked is not True] == []


def test_a_free_index_stays_in_the_range_of_its_family() -> None:
    found = certify(check_text(KINDS, options=QUICK).checked, check=False).of("7")
    assert found is not None
    assert "(1 <= k <= n)%nat ->" in found.proposition


@coq
def test_what_is_not_found_in_the_time_is_no_error() -> None:
    checked, made = certified(small(), check=True, limits=Limits(proof=1, document=0.0))
    assert not any(c.refused for c in made.certificates)
    # a busy machine may also spend the second of one proof
    unproved = {LATE, "Coq's tactics found no proof of the theorem"}
    assert {c.reason for c in made.certificates if c.theorem is None} <= unproved
    assert checked.summary["proved"] == 2


@coq
def test_the_report_shows_what_coq_checked() -> None:
    checked, _ = certified(small(), check=True)
    said = plain(report(checked, 100, verbose=True))
    assert "rel_2 in Certificate_" in said
    assert "3 with a certificate, 3 checked by Coq" in said


@coq
def test_the_written_report_has_the_theorems(tmp_path: Path) -> None:
    document = check_text(SMALL, options=QUICK).certify(tmp_path, check=True)
    document.report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("Theorem, checked by Coq") == 3
    assert "~ (forall (x : R)," in page
    assert "-o" in page
    assert "--certify" in page


def test_a_busy_machine_gives_more_time_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    seconds = []
    for load in (0.0, 6.0, 1000.0):
        monkeypatch.setattr("os.getloadavg", lambda load=load: (load, load, load))
        seconds.append(by_the_clock(8))
    assert seconds == [8, 24, 8 * PATIENCE]


CHAIN = r"""
Let $v, x \in \mathbb{R}^m$ and

$$o = \sum_{j=1}^m v_j x_j, \qquad E = \frac12 (o - t)^2.$$

With $\delta = \frac{\partial E}{\partial o}$,

$$\frac{\partial E}{\partial v_j} = \delta x_j \quad (1)$$
"""


def test_a_variable_of_differentiation_keeps_its_definition() -> None:
    found = certify(check_text(CHAIN, options=QUICK).checked, check=False).of("1")
    assert found is not None
    assert "let o_defined := fun (v : nat -> R) =>" in found.proposition
    assert "(E (o_defined v))) (v j)) = ((delta (o_defined v)) * (x j))" in found.proposition


ORDERED = r"""
Let $a > 0$, $b > 0$, $v > 0$.

$$ \frac{2 a b}{a + b} \le \sqrt{a b} \le \frac{a + b}{2} \quad (1) $$

$$ (a c + b d)^2 \le (a^2 + b^2)(c^2 + d^2) \quad (2) $$

$$ |x + y| \le |x| + |y| \quad (3) $$

$$ \max(0, x) = \frac{x + |x|}{2} \quad (4) $$

$$ \frac{\partial}{\partial v} \log \left( \frac{1}{\sqrt{2 \pi v}} e^{-x^2 / (2 v)} \right)
= -\frac{1}{2 v} + \frac{x^2}{2 v^2} \quad (5) $$

$$ \det \begin{bmatrix} a & x \\ y & b \end{bmatrix} = a b - x y \quad (6) $$
"""


@coq
@pytest.mark.parametrize("text", [CHAIN, ORDERED])
def test_chains_orders_and_determinants_have_certificates(text: str) -> None:
    checked, made = certified(check_text(text, options=QUICK).checked, check=True)
    assert made.certificates
    assert [c.relation for c in made.certificates if c.checked is not True] == []
    assert checked.summary["proved"] == len(made.certificates)


PRIOR = r"""
Let $\tau > 0$ and $\tau_0 > 0$ be precisions, $n \in \mathbb{N}$, and

$$ \tau_n = \tau_0 + n \tau. $$

$$ \frac{1}{\tau_n} = \frac{1}{\tau_0 + n \tau} \quad (1) $$
"""


def test_a_letter_with_two_meanings_has_two_names() -> None:
    found = certify(check_text(PRIOR, options=QUICK).checked, check=False).of("1")
    assert found is not None
    assert "let tau_of := fun (n : nat) => (tau_of_0 + ((INR n) * tau)) in" in found.proposition
    assert "(1 / (tau_of n)) = (1 / (tau_of_0 + ((INR n) * tau)))" in found.proposition


NORMALISED = r"""
Let $\varepsilon > 0$ and

$$ m = \frac1n \sum_{i=1}^n x_i, \qquad v = \frac1n \sum_{i=1}^n (x_i - m)^2, \qquad
s = \sqrt{v + \varepsilon}, \qquad u_i = \frac{x_i - m}{s}. $$

$$ \sum_{i=1}^n u_i^2 = \frac{n v}{v + \varepsilon} \quad (1) $$

$$ \frac{\partial u_i}{\partial x_j}
= \frac{1}{s} \left( \delta_{ij} - \frac1n - \frac{u_i u_j}{n} \right) \quad (2) $$
"""


@coq
def test_roots_of_sums_have_certificates() -> None:
    made = certify(check_text(NORMALISED, options=QUICK).checked, check=True)
    assert {c.relation for c in made.certificates if c.checked} >= {"1", "2"}


TWO_MEANINGS = r"""
Let $i = \frac{V}{R}$ with $R > 0$, and $x_i = 2 a_i$ for $i = 1, \dots, n$.

$$ i + x_1 = \frac{V}{R} + 2 a_1 \quad (1) $$

$$ z = x^2, \qquad f(x) = x + z $$

$$ f(3) + \frac{d z}{d x} = 3 + x^2 + 2 x \quad (2) $$
"""


def test_no_theorem_says_something_else_for_want_of_names() -> None:
    made = certify(check_text(TWO_MEANINGS, options=QUICK).checked, check=False)
    reasons = {c.relation: c.reason for c in made.certificates if c.theorem is None}
    assert reasons["1"] == "an index with the name of a number"
    assert reasons["2"] == "a function's argument that what else is in it depends on"


POWERS = r"""
Let $x \ne 0$, $n \in \mathbb{N}$, $m \in \mathbb{Z}$.

$$ x^{n-2} x^2 = x^n \quad (1) $$

$$ x^m x^{-m} = 1 \quad (2) $$
"""


def test_a_power_of_a_negative_number_is_no_exponential() -> None:
    made = certify(check_text(POWERS, options=QUICK).checked, check=False)
    first, second = made.certificates
    assert "(powerRZ x ((Z.of_nat n) + (-2)%Z)%Z)" in first.proposition
    assert second.reason == "an exponent with a letter that may be any integer"


FALSE = r"""
Let $x \in \mathbb{R}$, $a \ge 0$, $n \in \mathbb{N}$.

$$ \sqrt{x^2} = x, \qquad \frac{a}{1 + x^2} > 0, \qquad \frac{1}{x - x} = 0, \qquad \frac10 = 0 $$

$$ \frac{d}{dx} |x| = 0, \qquad \frac{d}{dx} \log(-1 - x^2) = 0, \qquad \log(-1 - x^2) = 0 $$

$$ \sqrt{-1 - x^2} = 0, \qquad \tan \frac{\pi}{2} = 0, \qquad \sum_{i=3}^n 1 = n - 2 $$

$$ \sum_{i=1}^{n-2} 1 = n - 2, \qquad \sum_{j=1}^n \delta_{0j} = 1, \qquad \log a \ge 0 $$
"""


@coq
def test_what_coq_calls_true_by_convention_has_no_certificate() -> None:
    """Coq's 1/0, ln(-1), sqrt(-1), sums that are empty and differences of sizes are numbers."""
    checked, made = certified(check_text(FALSE, options=QUICK).checked, check=True)
    assert {j.verdict.status for _, j in checked.rows} <= {"refuted", "malformed", "undecided"}
    assert all(c.theorem is None or c.theorem.startswith("not_") for c in made.certificates)
    assert not [c.refused for c in made.certificates if c.refused]
