"""No text of a document becomes a Coq command: names and comments."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from derive.certify.certify import certify
from derive.certify.names import RESERVED, comment, identifier, identifiers
from derive.check import check_text

HOSTILE = [
    "Qed. Axiom a : False. *)", "forall", "R", "Sum", "sigma", "*)", "(*", '"', "𝐗_0", "h^p", "",
    "Admitted", "1", "é", "x̄", "\u202e", "a" * 500, "α", "w.\nAbort", "`rm`", "let", "exp",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_every_name_becomes_an_identifier(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", identifier(name))
    assert identifier(name) not in RESERVED


def test_different_names_stay_different() -> None:
    assert len(set(identifiers(HOSTILE).values())) == len(set(HOSTILE))


@pytest.mark.parametrize("text", [*HOSTILE, "(*)", "**)", "(**)*)", "((**", "a (* b", "a *) Axiom"])
def test_a_comment_ends_where_it_should(text: str) -> None:
    said = comment(text)
    assert said.startswith("(* ")
    assert said.endswith(" *)")
    inside = said[2:-2]
    assert "(*" not in inside
    assert "*)" not in inside
    assert '"' not in inside


DOCUMENT = r"""
$$ f = x^2 + 1 \tag{*) Axiom bad : False. (*} $$

$$ \text{Qed. Axiom bad : False.} = 1 $$

$$ \frac{\partial f}{\partial x} = 2 x \quad (1) $$

$$ \operatorname{Axiom}_{forall} = \mathrm{R} + 1 $$

$$ \operatorname{Axiom}_{forall} - 1 = \mathrm{R} \quad (2) $$
"""


def theorems(text: str) -> list[str]:
    made = certify(check_text(text).checked, check=False)
    return [t for name, t in made.files.items() if name != "DerivePrelude.v"]


def test_a_hostile_document_says_no_commands() -> None:
    (text,) = theorems(DOCUMENT)
    code = re.sub(r"\(\*.*?\*\)", "", text, flags=re.S)
    assert not re.search(r"\b(Axiom|Admitted|Parameter|Abort|admit)\b(?!_)", code)


@pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")
def test_coq_reads_a_hostile_comment_to_its_end(tmp_path: Path) -> None:
    lines = [comment(text) for text in [*HOSTILE, "(*)", "*)*)(*", '"*)']]
    file = tmp_path / "Comments.v"
    file.write_text("\n".join([*lines, "Check 1.", ""]), encoding="utf-8")
    done = subprocess.run(["coqc", "-q", file.name], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", ":", "nat"]
