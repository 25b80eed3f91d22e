"""`derive report` and its Python twin: files, folders, exit status, PDF."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import derive
from derive import press, reporting

TEXT = "# A sum\n\n$$(a+b)^2 = a^2 + 2ab + b^2 \\quad (1)$$\n\n$$(a+b)^2 = a^2 + b^2 \\quad (2)$$\n"
OPTIONS = derive.Options(cross_check=False, isolate=False)
needs_tex = pytest.mark.skipif(press.engine() is None, reason="no TeX engine")


def run(*arguments: str, cwd: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    surroundings = os.environ | ({"PATH": path} if path is not None else {})
    command = [sys.executable, "-m", "derive", "report", "--no-cross-check", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=surroundings, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sum.md").write_text(TEXT)
    return tmp_path


@pytest.mark.parametrize("suffix", ["html", "md", "tex"])
def test_a_report_is_written_and_nothing_else(folder: Path, suffix: str) -> None:
    done = run("sum.md", "-o", f"out.{suffix}", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "1 claim is wrong" in (folder / f"out.{suffix}").read_text()
    assert sorted(p.name for p in folder.iterdir()) == sorted(["sum.md", f"out.{suffix}"])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("sum.md", "-o", "out.doc"), 2, "out.doc: a report is one of"),
        (("none.md", "-o", "out.md"), 2, "none.md: no such file"),
        (("sum.md", "-o", "none/out.md"), 2, "none: no such"),
        (("sum.md",), 2, "-o"),
        (("sum.md", "-o", "out.md", "--history", "none.csv"), 2, "none.csv: no such file"),
        (("sum.md", "-o", "out.md", "--history", "sum.md"), 2, "history is one of"),
    ],
)
def test_bad_input(folder: Path, arguments: tuple[str, ...], status: int, said: str) -> None:
    done = run(*arguments, cwd=folder)
    assert done.returncode == status
    assert said in done.stderr.lower()
    assert done.stderr.count("\n") == 1
    assert [p.name for p in folder.iterdir()] == ["sum.md"]


def test_without_tex_the_latex_is_written(folder: Path) -> None:
    done = run("sum.md", "-o", "out.pdf", cwd=folder, path=str(folder))
    assert done.returncode == 4
    assert "texlive-latex-recommended" in done.stderr
    assert sorted(p.name for p in folder.iterdir()) == ["out.tex", "sum.md"]


def test_a_tex_engine_that_hangs_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = folder / "pdflatex"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(press.shutil, "which", lambda _: str(slow))
    with pytest.raises(press.NoEngine, match="longer than"):
        press.pdf("x", timeout=0.2)


@needs_tex
@pytest.mark.parametrize("name", ["two_layer.md", "corrected.md"])
def test_the_papers_compile_without_errors_or_overfull_boxes(tmp_path: Path, name: str) -> None:
    document = derive.check(Path(derive.__file__).parent / "papers" / name, OPTIONS)
    document.report(tmp_path / "report.tex")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "report.tex"]
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert (
        re.findall(r"^(?:!.*|Overfull.*|.*undefined.*command.*)", done.stdout, re.MULTILINE) == []
    )


@needs_tex
def test_a_pdf(folder: Path) -> None:
    derive.check(folder / "sum.md", OPTIONS).report(folder / "out.pdf")
    assert (folder / "out.pdf").read_bytes().startswith(b"%PDF-")
    assert sorted(p.name for p in folder.iterdir()) == ["out.pdf", "sum.md"]


@needs_tex
def test_tex_reads_and_writes_nothing_of_the_machine(folder: Path) -> None:
    secret = folder / "secret.txt"
    secret.write_text("owned")
    attack = (
        r"\documentclass{article}\begin{document}x\newwrite\f"
        rf"\immediate\openout\f={folder}/made.txt \immediate\write\f{{x}}"
        rf"\immediate\write18{{touch {folder}/ran}}\end{{document}}"
    )
    with suppress(press.NoEngine):
        press.pdf(attack)
    assert not (folder / "made.txt").exists()
    assert not (folder / "ran").exists()


def test_many_documents_have_an_index(folder: Path) -> None:
    (folder / "docs").mkdir()
    (folder / "docs" / "index.md").write_text(TEXT)
    (folder / "docs" / "two.md").write_text(TEXT)
    done = run("docs", "sum.md", "-o", "out", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    names = sorted(p.name for p in (folder / "out").iterdir())
    assert names == ["index-2.html", "index.html", "sum.html", "two.html"]
    index = (folder / "out" / "index.html").read_text()
    assert all(f'href="{name}"' in index for name in names if name != "index.html")
    assert index.count("<td>1</td>") == 6
    assert index.count("<td>3</td>") == 2


def test_an_interrupted_write_leaves_the_old_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = folder / "out.md"
    target.write_text("old")

    def refuse(*_: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(press.os, "replace", refuse)
    with pytest.raises(OSError, match="no space"):
        press.write(target, b"new")
    assert target.read_text() == "old"
    assert sorted(p.name for p in folder.iterdir()) == ["out.md", "sum.md"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("h.csv", "epoch,cost\n0,0.7\n1,0.5\n2,0.3\n"),
        ("h.json", '{"loss": [0.7, 0.5, 0.3]}'),
        ("h.json", "[0.7, 0.5, 0.3]"),
    ],
)
def test_a_training_history_is_plotted(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    done = run("sum.md", "-o", "out.html", "--history", name, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The cost falls from 0.7 to 0.3." in (folder / "out.html").read_text()


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "cost\nx\n"])
def test_what_is_no_history_is_refused(folder: Path, text: str) -> None:
    (folder / "h.csv").write_text(text)
    with pytest.raises(ValueError, match=r"h\.csv"):
        reporting.history(folder / "h.csv")


def test_notebooks_show_documents_relations_and_findings(folder: Path) -> None:
    document = derive.check(folder / "sum.md", OPTIONS)
    assert "<table>" in document._repr_html_()
    assert "<math" in document["2"]._repr_html_()
    assert document["1"]._repr_latex_() == r"$\displaystyle (a+b)^2 = a^2 + 2ab + b^2$"
    assert "E101" in document.findings[0]._repr_html_()
