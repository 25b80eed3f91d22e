"""Documents that are no plain text: files that LaTeX inputs, notebooks, Python files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click import ClickException
from plain import plain

import derive
from derive.cli import _changed as changed
from derive.cli import _Input as Input
from derive.documents import UnreadableFile
from derive.opening import documents, opened
from derive.options import Options
from derive.source import Source, Span
from derive.source import applied as edit
from derive.syntax import Formula

QUICK = Options(cross_check=False, isolate=False)

MAIN = r"""\documentclass{article}
\input{glyphtounicode}\input{macros}
\begin{document}
% \input{nothere}
Let $f(x) = x^2$. \input{parts/model} So
\begin{align}
  \input{rows}
\end{align}
\verb|\input{verbatim}| \include{figure.pgf}
$$ 3 + 4 = 7 $$
\end{document}
\input{after}
"""
FILES = {
    "main.tex": MAIN,
    "macros.tex": "\\newcommand{\\half}{\\frac{1}{2}}",
    "parts/model.tex": "Words.\n\n$$ f(x+1) = x^2 + 2 x + 2 \\quad (2)$$\n\n"
    "$$ \\half + \\half = 1 $$ % end",
    "rows.tex": "(a + b)^2 &= a^2 + 2 a b + b^2 \\\\\n a + b &= b + a",
}

PYTHON = r'''"""Module.

With :math:`k > 0`:

.. math::
   :label: sq

   (x + 1)^2 = x^2 + 2 x + 1

   (x - 1)^2 = x^2 - x + 1
"""
# derive: t > 0
# So $$\sqrt{t^2} = t$$ and
# $$(a + b)^2
#    = a^2 + 2 a b + 2 b^2$$
X = r"$$1 = 2$$"  # no docstring
CALL = print(
    # $$7 = 7$$
    "$$1 = 3$$"
)


def g(x):
    """Compute $$\\frac{x^2}{2} = x + \\frac{1}{2}$$ for x.

    \\[ x + x
        = 3 x \\]
    """
    return x  # $$2 + 3 = 6$$


class K:
    r"""A raw one: $$\frac{x}{2} = \frac{2 x}{4}$$"""

    width = 1
    """As meant: $$\frac{\theta}{\theta^2} = 1$$"""
'''


def stored(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def cells(*sources: object) -> str:
    made = [{"cell_type": "markdown", "metadata": {}, "source": s} for s in sources]
    code = {"cell_type": "code", "metadata": {}, "source": "$$1 = 2$$", "outputs": []}
    return json.dumps({"metadata": {}, "cells": [code, *made]}, indent=1)


@pytest.fixture
def tex(tmp_path: Path) -> Path:
    return stored(tmp_path, FILES)


def seen(path: Path) -> list[tuple[str, str, str]]:
    """Each relation by its id: the verdict, and where it is said to stand."""
    document = derive.check(path, QUICK)
    source = document.relations[0].source
    return [
        (r.id, r.verdict, str(source.region(r.span)).removeprefix(f"{path.parent}/"))
        for r in document.relations
    ]


def test_files_that_are_input_are_read_at_their_place(tex):
    assert seen(tex / "main.tex") == [
        ("L5", "defined", "main.tex:5:6"),
        ("2", "refuted", "parts/model.tex:3:4"),
        ("parts/model:L5", "proved", "parts/model.tex:5:4"),
        ("1", "proved", "rows.tex:1:1"),
        ("2.2", "proved", "rows.tex:2:2"),
        ("L10", "proved", "main.tex:10:4"),
    ]


@pytest.mark.parametrize(
    ("command", "said", "line"),
    [
        (r"\input{missing}", "missing.tex: no such file", 2),
        (r"\include {sub/missing.tex}", "sub/missing.tex: no such file", 2),
        (r"\input missing ", "missing.tex: no such file", 2),
        (r"\input{../outside}", "outside the document's folder", 2),
        (r"\input{/etc/hostname}", "outside the document's folder", 2),
        (r"\input{sub/../../outside}", "outside the document's folder", 2),
        (r"\input{link}", "outside the document's folder", 2),
        (r"\subimport{../}{outside}", "outside the document's folder", 2),
        (r"\input{main}", "files in a circle: main.tex → main.tex", 2),
        (r"\input{a}", "files in a circle: a.tex → b.tex → a.tex", 3),
        (r"\input{binary}", "a binary file (zero byte at offset 1)", 2),
        (r"\input{latin}", "not UTF-8 text (byte 0xe9 at offset 0)", 2),
        (r"\input{folder}", "folder.tex: no such file", 2),
    ],
)
def test_a_file_that_cannot_be_input_is_one_message_at_its_place(tmp_path, command, said, line):
    home = stored(tmp_path / "home", {"main.tex": f"\\section{{A}}\n{command}\n$$1 + 1 = 2$$"})
    stored(home, {"a.tex": "x\n\n\\input{b}", "b.tex": "\n\n\\input{a}", "folder/x.tex": ""})
    stored(tmp_path, {"outside.tex": "$$1 = 2$$"})
    (home / "binary.tex").write_bytes(b"a\0")
    (home / "latin.tex").write_bytes(b"\xe9")
    (home / "link.tex").symlink_to(tmp_path / "outside.tex")
    document = derive.check(home / "main.tex", QUICK)
    broken, held = sorted(document.relations, key=lambda r: r.verdict)
    assert held.verdict == "proved"
    assert broken.verdict == "not-checked"
    assert said in broken.reason.replace(f"{home}/", "")
    assert broken.line == line


def test_a_text_without_a_file_brings_in_nothing():
    document = derive.check_text("\\input{/etc/hostname}\n$$1 + 1 = 2$$", "tex", options=QUICK)
    assert [r.verdict for r in document.relations] == ["not-checked", "proved"]
    assert "only a document in a file" in document.relations[0].reason


def test_many_files_have_an_end(tmp_path):
    text = "\\input{x%d}\\input{x%d}\n$$1 + 1 = 2$$\n"
    home = stored(tmp_path, {f"x{k}.tex": text % (k + 1, k + 1) for k in range(40)})
    document = opened(str(home / "x0.tex"))
    assert document.view is not None
    assert len(document.view.commands) == 500
    assert any("more than 500 files" in said for _, said in document.view.faults)


def test_a_part_is_a_document_of_its_own(tmp_path):
    part = "\\documentclass[main]{subfiles}\n\\begin{document}\n$$2 = 2$$\n\\end{document} $$9=1$$"
    home = stored(tmp_path, {"main.tex": "\\subfile{part}\n$$3 = 3$$", "part.tex": part})
    assert [i for i, _, _ in seen(home / "main.tex")] == ["part:L3", "L2"]


def test_cells_are_counted_and_lines_within_them(tmp_path):
    text = cells(["é\n", "$$\\frac{a}{2} = \\frac{2 a}{4}$$"], "open $$ x", "\n$$2 + 2 = 5$$")
    home = stored(tmp_path, {"book.ipynb": text})
    assert seen(home / "book.ipynb") == [
        ("cell2:L2", "proved", "book.ipynb:cell 2:2:3"),
        ("cell3:L1", "not-checked", "book.ipynb:cell 3:1:6"),
        ("cell4:L2", "refuted", "book.ipynb:cell 4:2:3"),
    ]
    found = derive.check(home / "book.ipynb", QUICK).to_json()["relations"][2]
    assert (found["cell"], found["line"], found["column"]) == (4, 2, 3)


def test_words_of_python(tmp_path):
    home = stored(tmp_path, {"code.py": PYTHON})
    assert seen(home / "code.py") == [
        ("L8", "proved", "code.py:8:4"),
        ("L10", "refuted", "code.py:10:4"),
        ("L13", "proved", "code.py:13:8"),
        ("L14", "refuted", "code.py:14:5"),
        ("L18", "proved", "code.py:18:9"),
        ("L24", "refuted", "code.py:24:18"),
        ("L26", "refuted", "code.py:26:9"),
        ("L29", "refuted", "code.py:29:19"),
        ("L33", "proved", "code.py:33:22"),
        ("L36", "refuted", "code.py:36:20"),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(("name", "text"), [("a.py", PYTHON), ("main.tex", MAIN), ("a.ipynb", "")])
def test_an_edit_changes_its_place_and_nothing_else(tmp_path, name, text, ending):
    cell = ['é \\n "q"\n', "$$ \\frac{a}{2} = 2 a $$\t\n", "𝐗 $$2 + 2 = 5$$"]
    files = FILES | {name: text or cells(cell, "".join(cell))}
    home = stored(tmp_path, {k: v.replace("\n", ending) for k, v in files.items()})
    document = derive.check(home / name, QUICK)
    source = document.relations[0].source
    if source.view is None:
        pytest.fail("no view")
    for relation in document.relations:
        for new in (source.cut(relation.span), "\\beta"):
            wanted = edit(source.text, [(relation.span, new)])
            made = source.edited([(relation.span, new)])
            assert made.text == wanted
            if not made.files:
                continue  # it reaches over two files
            place = source.filed(relation.span)
            (changed,) = {p for p in made.files if made.files[p] != source.files[p]} or {None}
            assert (changed is None) == (new == source.cut(relation.span))
            if changed is not None:
                assert changed == place.path
                outside(source.files[changed], made.files[changed], place, ending)


def outside(before: str, after: str, place, ending: str) -> None:
    """Everything before the edited lines and after them is as it was."""
    old, new = before.split("\n"), after.split("\n")
    assert old[: place.line - 1] == new[: place.line - 1]
    rest = len(old) - place.end_line
    assert old[len(old) - rest :] == new[len(new) - rest :]


def command(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "derive", *words]
    return subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)


def test_repairs_are_written_into_the_files_that_they_are_in(tex):
    kept = {p: p.read_bytes() for p in tex.rglob("*.tex") if p.name != "model.tex"}
    before = (tex / "parts/model.tex").read_bytes()
    shown = command("fix", "main.tex", "--diff", folder=tex)
    assert shown.stdout.startswith("--- parts/model.tex\n+++ parts/model.tex\n")
    assert "parts/model.tex changes too" in command("fix", "main.tex", folder=tex).stderr
    assert command("fix", "main.tex", "--write", folder=tex).returncode == 0
    assert (tex / "parts/model.tex").read_bytes() == before.replace(b"2 x + 2", b"2 x + 1")
    assert {p: p.read_bytes() for p in kept} == kept


def test_repairs_of_a_notebook_and_of_python_are_escaped_there(tmp_path):
    files = {"book.ipynb": cells("a\n$$2 + 2 = 5$$"), "code.py": PYTHON}
    home = stored(tmp_path, files)
    assert command("fix", "book.ipynb", "--write", folder=home).returncode == 0
    assert (home / "book.ipynb").read_text() == files["book.ipynb"].replace("2 = 5", "2 = 4")
    command("fix", "code.py", "--write", folder=home)
    text = (home / "code.py").read_text()
    changed = [(a, b) for a, b in zip(PYTHON.split("\n"), text.split("\n"), strict=True) if a != b]
    assert ("        = 3 x \\\\]", "        = 2 x \\\\]") in changed
    assert len(changed) > 3


def test_what_a_file_does_not_take_is_not_written(tmp_path):
    home = stored(tmp_path, {"main.tex": "\\input{a}\\input{a}", "a.tex": "$$1 = 2$$\n"})
    source = opened(str(home / "main.tex"))
    at = source.text.index("2")
    made = source.edited([(Span(at, at + 1), "1")])
    assert made.text == edit(source.text, [(Span(at, at + 1), "1")])
    assert not made.files
    places = [made.filed(Span(k, k + 1)) for k in (0, at, at + 3, made.text.rindex("2"))]
    assert [(Path(p.path).name, p.line, p.column) for p in places] == [
        ("main.tex", 1, 1), ("a.tex", 1, 7), ("a.tex", 1, 10), ("a.tex", 1, 7),
    ]  # fmt: skip
    with pytest.raises(ClickException, match="cannot be made in its file"):
        changed(Input("main.tex"), source, made)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.ipynb", '{"cells": [', "1:11: this is not a notebook: expecting value"),
        ("a.ipynb", "[" * 100_000, "1:1: this is not a notebook: nested too deeply"),
        ("a.ipynb", '{"cells": 1}', "1:1: this is not a notebook"),
        ("a.ipynb", "a\0", "a binary file"),
        ("a.py", "\n\ndef f(:\n    pass", "3:1: this is not Python: invalid syntax"),
        ("a.py", 'x = """abc', "1:1: this is not Python: unterminated"),
        ("a.py", "(" * 5000, "1:1: this is not Python: too many nested parentheses"),
        ("a.py", "x = " + "-" * 100_000 + "1", "this is not Python"),
        ("a.py", "x = 1\0", "a binary file"),
    ],
)
def test_a_broken_file_is_one_message_with_its_place(tmp_path, name, text, said):
    stored(tmp_path, {name: text})
    for words in (("check", name), ("fix", name, "--write"), ("report", name, "-o", "x.html")):
        done = command(*words, folder=tmp_path)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("derive: a.")
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    with pytest.raises(UnreadableFile):
        derive.check(tmp_path / name)


def test_a_folder_stands_for_its_documents_once(tex):
    stored(tex, {"code.py": PYTHON, "plain.py": "# costs $5 or $6\nx = '$$1 = 2$$'\n", "b.py": "("})
    found = [path.name for path in documents(tex)]
    assert found == ["code.py", "main.tex"]


def test_files_in_a_circle_are_still_checked(tmp_path):
    stored(tmp_path, {"a.tex": "\\input{b}", "b.tex": "\\input{a}"})
    assert [path.name for path in documents(tmp_path)] == ["a.tex", "b.tex"]


def test_much_python_is_quick():
    text = "# word word\n" * 50_000 + "'a' " * 20_000 + "\n" + PYTHON
    document = derive.read.document.read(Source(text), "py")
    formulas = [i for i in document.items if isinstance(i, Formula)]
    assert plain(formulas[-1].chains[0]) == "frac(theta; theta^[2]) = 1"
