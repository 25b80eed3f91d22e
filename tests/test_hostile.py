"""Input that no one should send: one clear answer each, no traceback, bounded time and memory."""

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from derive import check_text
from derive.options import Options

GIGABYTE = 1 << 30
QUICK = Options(cross_check=False)
RUN = [sys.executable, "-c", "from derive.cli import main; main()", "check"]


@dataclass(frozen=True)
class Ran:
    """What a run of the program left behind."""

    status: int
    out: str
    err: str
    seconds: float


def run(*arguments: str, data: bytes = b"", seconds: float = 60) -> Ran:
    begun = time.perf_counter()
    done = subprocess.run([*RUN, *arguments], input=data, capture_output=True, timeout=seconds)
    out, err = done.stdout.decode(), done.stderr.decode()
    return Ran(done.returncode, out, err, time.perf_counter() - begun)


def saved(folder: Path, data: bytes, name: str = "paper.md") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


# ---- files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 3),
        (b" \n\t\n", 3),
        (b"Only prose, and no mathematics at all.\n", 3),
        (bytes(range(256)) * 20, 2),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 2),
        (b"$$ x \xff\xfe = 1 $$", 2),
        (b"$$\\frac{1}{2 = x$$\n", 3),
        (b"$$}{ x = 1$$\n", 3),
        (b"$$ x = 1\n\nno end\n", 3),
        (b"$$\\unknownmacro{x} = \\another$$\n", 3),
        (b"$$\\left( x = 1$$\n", 3),
        (b"\\begin{align} x &= ", 3),
        (b"$$ $$\n\n$$$$\n", 3),
        (b"$$ = $$\n", 3),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_one_answer_and_no_traceback(tmp_path: Path, data: bytes, status: int) -> None:
    ran = run(saved(tmp_path, data))
    assert "Traceback" not in ran.out + ran.err
    assert ran.status == status, ran.out + ran.err
    assert ran.out.strip() or len(ran.err.strip().splitlines()) == 1


def test_a_missing_file(tmp_path: Path) -> None:
    ran = run(str(tmp_path / "nowhere.md"))
    assert (ran.status, ran.out) == (2, "")
    assert len(ran.err.strip().splitlines()) == 1
    assert "nowhere.md" in ran.err


def test_a_folder(tmp_path: Path) -> None:
    assert run(str(tmp_path)).status == 3
    saved(tmp_path, b"$$1 + 1 = 2$$\n", "a.md")
    saved(tmp_path, b"$$1 + 1 = 3$$\n", "b.md")
    ran = run(str(tmp_path))
    assert ran.status == 1
    assert "a.md" in ran.out
    assert "b.md" in ran.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = saved(tmp_path, b"$$1 = 1$$\n")
    os.chmod(path, 0)
    ran = run(path)
    assert ran.status == 2
    assert len(ran.err.strip().splitlines()) == 1


def test_standard_input() -> None:
    assert run("-", data=b"$$2 + 2 = 4$$\n").status == 0
    assert run("-", data=b"$$2 + 2 = 5$$\n").status == 1


# ---- text --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "$$2 + 2 = 4$$\r\n\r\n$$2 + 2 = 5$$\r\n",
        "\ufeff$$2 + 2 = 4$$\n\n$$2 + 2 = 5$$\n",
        "Naïve Größe 日本語 🙂\n\n$$2 + 2 = 4$$\n\n$$2 + 2 = 5$$\n",
        "$$2 + 2 = 4$$\r\r$$2 + 2 = 5$$\r",
        "\x0b\x0c$$2 + 2 = 4$$\n\n\x00$$2 + 2 = 5$$\n",
    ],
)
def test_odd_text_does_not_move_the_verdicts(text: str) -> None:
    verdicts = [r.verdict for r in check_text(text, options=QUICK).relations]
    assert verdicts == ["proved", "refuted"]


def test_greek_letters_and_accents_as_written() -> None:
    document = check_text("$$α + β = β + α$$\n\n$$α = 2α$$\n", options=QUICK)
    assert [r.verdict for r in document.relations] == ["proved", "refuted"]


@pytest.mark.parametrize(
    "formula",
    [
        r"9^{9^{9^9}} = 1",
        r"9^{9^{9^{9^{9^9}}}} = 0",
        r"x^{10^{10}} = 1",
        r"(x + 1)^{100000} = 0",
        r"10^{1000000000} = 1",
        r"1000000000! = 1",
        r"\binom{10^9}{10^8} = 1",
        r"\sum_{i=1}^{10^{12}} i = 1",
        r"\prod_{i=1}^{10^{9}} i = 1",
        r"\sum_{a=1}^{999} \sum_{b=1}^{999} \sum_{c=1}^{999} \sum_{d=1}^{999} abcd = 1",
        r"e^{e^{e^{e^{e^{9}}}}} = 1",
        r"\sin(10^{100000}) = 2",
        "{" * 10_000 + "x" + "}" * 10_000 + " = 1",
        "(" * 10_000 + "x" + ")" * 10_000 + " = 1",
        r"\frac{1}{" * 5_000 + "x" + "}" * 5_000 + " = 1",
        r"\sqrt{" * 5_000 + "x" + "}" * 5_000 + " = 1",
        "x" + "^{x" * 5_000 + "}" * 5_000 + " = 1",
        "x" + "+ x" * 50_000 + " = 1",
        "(a + b + c + d)" * 400 + " = 1",
        "1" * 100_000 + " = 1",
        "= " * 10_000,
        r"\begin{bmatrix}" + " & ".join("1" * 3000) + r"\end{bmatrix} = 1",
        r"\def\a{\b\b}\def\b{\a\a}\a = 1",
        r"\newcommand{\x}{\x\x}\x = 1",
    ],
    ids=lambda formula: formula[:40],
)
def test_a_large_formula_is_answered_soon(formula: str) -> None:
    begun = time.perf_counter()
    document = check_text(f"$${formula}$$\n\n$$1 + 1 = 2$$\n", options=Options(timeout=2.0))
    assert time.perf_counter() - begun < 8
    assert document.relations[-1].verdict == "proved"
    assert all(r.verdict not in ("proved", "proved-if") for r in document.relations[:-1])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < GIGABYTE


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('touch {0}') = 0",
        r"\text{{__import__('os').system('touch {0}')}} = 0",
        "().__class__.__bases__[0] = open('{0}', 'w')",
    ],
)
def test_text_is_never_run(tmp_path: Path, formula: str) -> None:
    target = tmp_path / "touched"
    check_text(f"$${formula.format(target)}$$\n", options=QUICK)
    assert not target.exists()


# ---- size --------------------------------------------------------------------------------


def long_document(count: int) -> str:
    return "".join(f"$$({k} x + y)^2 = {k * k} x^2 + {2 * k} x y + y^2$$\n\n" for k in range(count))


def seconds(text: str) -> float:
    begun = time.perf_counter()
    check_text(text, options=QUICK)
    return time.perf_counter() - begun


def test_time_is_linear_in_the_number_of_equations() -> None:
    seconds(long_document(20))
    small, middle, large = (seconds(long_document(n)) for n in (500, 1000, 2000))
    assert middle < 3.5 * small
    assert large < 3.5 * middle
    assert large < 30


def test_five_megabytes(tmp_path: Path) -> None:
    prose = "All work and no play. $x$ is a number, and so is $y_1$.\n" * 20
    text = (prose + "\n$$1 + 1 = 2$$\n\n") * 4500
    assert len(text) > 5_000_000
    ran = run("--no-cross-check", saved(tmp_path, text.encode()), seconds=120)
    assert ran.status == 0, ran.err[-300:]
    assert "Traceback" not in ran.err
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < GIGABYTE


def test_one_long_line() -> None:
    text = "word " * 200_000 + "$$1 + 1 = 2$$"
    assert seconds(text) < 10


# ---- the user gives up ---------------------------------------------------------------------


def test_control_c_ends_it_within_a_second(tmp_path: Path) -> None:
    path = saved(tmp_path, long_document(20_000).encode())
    process = subprocess.Popen(
        [*RUN, path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # a job in the background is born deaf to Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(1.5)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    begun = time.perf_counter()
    _, err = process.communicate(timeout=10)
    assert time.perf_counter() - begun < 1
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_a_thread_may_check() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        document = pool.submit(check_text, "$$1 + 1 = 2$$\n").result(timeout=20)
    assert document.relations[0].verdict == "proved"
