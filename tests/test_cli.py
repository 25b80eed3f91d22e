import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import jsonschema
import pytest

from derive.cli import main
from derive.explain.codes import CODES
from derive.version import __version__

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "tests" / "schema" / "check-1.json").read_text())

TRUE = "$$(a + b)^2 = a^2 + 2 a b + b^2 \\tag{1}$$\n"
FALSE = "$$(a + b)^2 = a^2 + b^2 \\tag{1}$$\n"
UNREAD = "$$f(x = 2 \\tag{2}$$\n"
WORDS = "No mathematics here.\n"


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Runs the command in an empty folder: (status, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def command(*arguments, **files):
        for name, content in files.items():
            path = Path(name.replace("_", "."))
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.setattr(sys, "argv", ["derive", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return command


# ---- exit statuses -----------------------------------------------------------------------

STATUSES = [
    # arguments, file, status
    ([], TRUE, 0),
    ([], FALSE, 1),
    ([], TRUE + UNREAD, 0),
    (["--strict"], TRUE + UNREAD, 3),
    (["--strict"], TRUE, 0),
    (["--strict"], FALSE + UNREAD, 1),
    ([], UNREAD, 3),
    ([], WORDS, 3),
    ([], "", 3),
    ([], " \n\n", 3),
    ([], b"\x89PNG\r\n\x1a\n\0\0", 2),
    ([], b"a\0b", 2),
    ([], b"caf\xe9 $$1 = 1$$", 2),
    ([], "\ufeff".encode() + TRUE.encode(), 0),
    ([], TRUE.encode("utf-16"), 0),
    ([], TRUE.replace("\n", "\r\n"), 0),
]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(("arguments", "content", "status"), STATUSES)
def test_exit_status(run, arguments, content, status, form):
    found, out, err = run("check", *arguments, "--format", form, "a.md", a_md=content)
    assert found == status
    assert len(err.splitlines()) == (not out)  # a report or a complaint, never silence


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["check", "missing.md"], 2, "missing.md: no such file"),
        (["check", "--jobs", "0", "a.md"], 2, "--jobs"),
        (["check", "--format", "xml"], 2, "xml"),
        (["check", "--nonsense"], 2, "--nonsense"),
        (["nonsense"], 2, "nonsense"),
        (["notation"], 2, "FILE"),
        (["notation", "missing.md"], 2, "missing.md: no such file"),
        (["notation", "."], 2, ".: not a document"),
        (["fix", "."], 2, ".: not a document"),
        (["compile", ".", "-o", "o.py"], 2, ".: not a document"),
        (["fix", "--write"], 2, "needs a FILE"),
        (["explain", "E999"], 2, "E999"),
        (["check", "."], 3, "no document"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run, arguments, status, words):
    found, out, err = run(*arguments)
    assert (found, out) == (status, "")
    assert err.startswith("derive: ")
    assert words in err
    assert err.count("\n") == 1


def test_a_binary_file_says_where(run):
    _, _, err = run("check", "a.md", a_md=b"abc\xff")
    assert err == "derive: a.md: not UTF-8 text (byte 0xff at offset 3)\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(run, tmp_path):
    (tmp_path / "a.md").touch(mode=0)
    assert run("check", "a.md") == (2, "", "derive: a.md: permission denied\n")


# ---- what is checked ---------------------------------------------------------------------


def test_without_a_file_the_shipped_paper_is_checked(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")  # the folder it is installed in may be long
    status, out, _ = run("check", "--no-cross-check")
    assert status == 1
    assert "two_layer.md: checked " in out


def test_a_folder_is_searched_in_order(run, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("b.md", "a.tex", "sub/c.txt", "d.pdf", ".hidden/e.md"):
        (tmp_path / name).write_text(TRUE)
    _, out, _ = run("check", ".", "--format", "json", "--no-cross-check")
    paths = [Path(d["path"]).as_posix() for d in json.loads(out)["documents"]]
    assert paths == ["a.tex", "b.md", "sub/c.txt"]


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"a_md": TRUE, "b_md": FALSE}, 1),
        ({"a_md": TRUE, "b_md": WORDS}, 0),
        ({"a_md": FALSE, "b_md": b"\0"}, 2),
        ({"a_md": WORDS, "b_md": WORDS}, 3),
    ],
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_worst_document_decides(run, files, status, jobs):
    found, out, _ = run("check", "a.md", "b.md", "--jobs", jobs, **files)
    assert found == status
    assert out.index("a.md") < len(out)


def test_several_jobs_report_in_order(run):
    files = {f"d{k}_md": TRUE * (9 - k) for k in range(9)}
    names = [f"d{k}.md" for k in range(9)]
    one = run("check", "--format", "json", *names, **files)
    two = run("check", "--format", "json", "--jobs", "3", *names)
    assert [[d["path"] for d in json.loads(o)["documents"]] for _, o, _ in (one, two)] == [
        names
    ] * 2
    assert one[0] == two[0] == 0


def test_json_keeps_to_its_schema(run):
    _, out, _ = run("check", "a.md", "--format", "json", a_md=TRUE + FALSE + UNREAD)
    jsonschema.validate(json.loads(out), SCHEMA)


def test_verbose_shows_what_is_proved_and_how(run):
    _, out, _ = run("check", "a.md", "--verbose", a_md=TRUE + UNREAD)
    assert "(1) proved, sound" in out
    assert "sympy        Eq((a + b)**2, a**2 + 2*a*b + b**2)" in out


def test_numbers_too_large_for_sympy_do_not_hang(run):
    begun = time.monotonic()
    _, out, _ = run("check", "a.md", "--verbose", "--timeout", "2", a_md="$$9^{9^{9^9}} = 1$$")
    assert "checked " in out
    assert time.monotonic() - begun < 4


# ---- the other commands --------------------------------------------------------------------


def test_the_version_is_the_package_s(run):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert run("--version") == (0, f"derive {__version__}\n", "")


@pytest.mark.parametrize("code", CODES)
def test_explain_prints_the_page(run, code):
    status, out, _ = run("explain", code)
    assert status == 0
    assert out.startswith(f"# {code}: ")


def test_notation_is_a_table(run):
    status, out, _ = run("notation", "a.md", a_md=TRUE)
    assert status == 0
    assert out.splitlines()[0].split() == ["symbol", "reading", "origin", "why"]


# ---- as a process ----------------------------------------------------------------------------


def derive(*arguments, **options):
    options.setdefault("stdout", subprocess.PIPE)
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | options.pop("env", {})
    command = [sys.executable, "-m", "derive", *arguments]
    # a job in the background is born deaf to Ctrl-C
    options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, **options)


def test_standard_input_is_read_and_colour_is_kept_for_terminals():
    process = derive("check", "-", stdin=subprocess.PIPE, env={"LC_ALL": "C", "PYTHONUTF8": "0"})
    out, err = process.communicate("$$α = α + 1 \\tag{é}$$".encode())
    assert (process.returncode, err) == (1, b"")
    assert "<stdin>:1:" in out.decode()
    assert b"\x1b" not in out


def test_a_broken_pipe_is_silent(tmp_path):
    (tmp_path / "a.md").write_text(FALSE * 300)
    process = derive("check", str(tmp_path / "a.md"), "--no-cross-check")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() in (0, 1)


def _wait_until_loaded(pid):
    """On a busy machine Python itself takes a while to start: wait for what it starts first."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + 30
    while children.exists() and not children.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.2 if children.exists() else 3)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_stops_at_once(tmp_path, jobs):
    (tmp_path / "a.md").write_text(TRUE * 20000)
    (tmp_path / "b.md").write_text(TRUE * 20000)
    process = derive("check", str(tmp_path), "--jobs", jobs)
    _wait_until_loaded(process.pid)
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    _, err = process.communicate(timeout=5)
    assert time.monotonic() - begun < 2  # a part of it is Python's own way out
    assert (process.returncode, err) == (130, b"")


# ---- nothing to work on ------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "Words alone.\n"])
@pytest.mark.parametrize("command", [("fix", "--diff"), ("report", "-o", "r.html")])
def test_a_document_without_relations_is_no_success(run, command, text):
    code, _, err = run(*command, "a.md", a_md=text)
    assert code == 3
    assert len(err.splitlines()) == 1


# ---- fix ---------------------------------------------------------------------------------

WRONG = "We expand:\r\n$$2 x + 3 x = 6 x \\tag{1}$$\r\nand go on.\r\n"
MENDED = WRONG.replace("6 x", "5 x")


def test_fix_prints_the_repaired_document(tmp_path):
    (tmp_path / "a.md").write_bytes(WRONG.encode())
    process = derive("fix", str(tmp_path / "a.md"))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, MENDED.encode())
    assert b"no errors left" in err


def test_fix_shows_what_changes(run):
    code, out, _ = run("fix", "--diff", "a.md", a_md=WRONG)
    lines = [line for line in out.splitlines() if line[:3] not in ("+++", "---")]
    assert code == 0
    assert [line for line in lines if line[:1] in ("+", "-")] == [
        "-$$2 x + 3 x = 6 x \\tag{1}$$",
        "+$$2 x + 3 x = 5 x \\tag{1}$$",
    ]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a mark"])
def test_fix_writes_the_file_byte_for_byte(run, mark):
    code, out, _ = run("fix", "--write", "a.md", a_md=mark + WRONG.encode())
    assert (code, out) == (0, "")
    assert Path("a.md").read_bytes() == mark + MENDED.encode()
    assert [p.name for p in Path().iterdir()] == ["a.md"]


def test_fix_leaves_a_sound_document_alone(run):
    code, _, _ = run("fix", "--write", "a.md", a_md=TRUE.encode())
    assert code == 0
    assert Path("a.md").read_bytes() == TRUE.encode()


def test_fix_of_a_missing_file_is_one_line(run):
    code, out, err = run("fix", "nowhere.md")
    assert (code, out) == (2, "")
    assert err == "derive: nowhere.md: no such file or directory\n"


# ---- other formats -------------------------------------------------------------------------


def test_sarif_names_the_place_and_the_fix(run):
    code, out, _ = run("check", "--format", "sarif", "a.md", a_md=WRONG)
    report = json.loads(out)
    (result,) = report["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (code, report["version"], result["ruleId"]) == (1, "2.1.0", "E101")
    assert (region["startLine"], region["snippet"]["text"]) == (2, "6")
    (change,) = result["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"]["text"] == "5"
    assert replacement["deletedRegion"] == {
        "startLine": 2, "startColumn": 15, "endLine": 2, "endColumn": 16,
    }  # fmt: skip


def test_sarif_keeps_to_the_structure_of_its_schema(run):
    _, out, _ = run("check", "--format", "sarif", "a.md", "b.md", a_md=WRONG, b_md=TRUE)
    schema = json.loads((ROOT / "tests" / "schema" / "sarif-part.json").read_text())
    jsonschema.validate(json.loads(out), schema)
    rules = {rule["id"] for rule in json.loads(out)["runs"][0]["tool"]["driver"]["rules"]}
    assert rules == set(CODES)


def test_sarif_without_a_finding_is_a_report_all_the_same(run):
    code, out, _ = run("check", "--format", "sarif", "a.md", a_md=TRUE)
    assert code == 0
    assert json.loads(out)["runs"][0]["results"] == []


def test_github_annotates_the_line(run):
    code, out, _ = run("check", "--format", "github", "a.md", a_md=WRONG)
    (line,) = out.splitlines()
    place = "::error file=a.md,line=2,col=15,endLine=2,endColumn=16,title=derive E101::"
    assert code == 1
    assert line.startswith(place)
    assert "write `5` at 2:15: then proved" in line


@pytest.mark.parametrize(
    ("redirection", "status", "words"),
    [
        (">&-", 0, b""),
        ("2>&-", 0, b""),
        ("<&-", 0, b""),
        (">/dev/full", 2, b"derive: standard output: no space left on device\n"),
    ],
)
def test_streams_that_are_closed_or_full(redirection, status, words):
    command = f"{sys.executable} -m derive explain E101 {redirection}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    found = subprocess.run(command, shell=True, env=environment, stderr=subprocess.PIPE)
    assert (found.returncode, found.stderr) == (status, words)
