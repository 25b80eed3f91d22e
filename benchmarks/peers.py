"""What other checkers make of the corpus: its steps as they are, and with the planted errors.

    python benchmarks/peers.py [--every N] [--timeout S] [PEER …]

Each peer is given the two sides of a step as written, in LaTeX, and asked whether they are equal;
`pycodemath`, which reads no LaTeX, is given what `derive` read. A peer lives in a process of its
own, which is ended where an answer takes too long. What is not installed is named and left out:
`pip install 'derivation-compiler[peers]'`. A step counts as read where both sides become
expressions. "Yes" to a correct step and "no" to a false one are right; the opposite is wrong, and
so is a peer judged that answers "not equal" whenever it cannot show a step, as most do: that is
what their users see.
"""

import json
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from select import select
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

Sides = tuple[str, str]
Read = Callable[[str], Any]
Equal = Callable[[Any, Any], bool | None]
LOADS = 60.0  # seconds for a peer to start


# ---- the peers, in their processes -----------------------------------------------------------


def math_verify() -> tuple[Read, Equal]:
    import math_verify
    from sympy import Basic, MatrixBase

    def read(latex: str) -> Any:
        found = math_verify.parse(f"${latex}$", parsing_timeout=None)
        return found if any(isinstance(e, Basic | MatrixBase) for e in found) else None

    return read, lambda a, b: bool(math_verify.verify(a, b, timeout_seconds=None))


def latex2sympy() -> tuple[Read, Equal]:
    from latex2sympy2_extended import latex2sympy as parse
    from sympy import simplify

    return parse, lambda a, b: bool(simplify(a - b) == 0)


def sympy_lark() -> tuple[Read, Equal]:
    from sympy import Basic, MatrixBase
    from sympy.parsing.latex import parse_latex

    def read(latex: str) -> Any:
        found = parse_latex(latex, backend="lark")
        return found if isinstance(found, Basic | MatrixBase) else None  # else it is ambiguous

    return read, lambda a, b: a.equals(b)


def sympy_antlr() -> tuple[Read, Equal]:
    from sympy.parsing.latex import parse_latex

    parse_latex("x", backend="antlr")  # raises here where the runtime is missing or another
    return lambda latex: parse_latex(latex, backend="antlr"), lambda a, b: a.equals(b)


def pycodemath() -> tuple[Read, Equal]:
    from pycodemath import parse
    from pycodemath.verify import check_equal

    said = {"verified": True, "refuted": False}

    def read(text: str) -> Any:
        plain = text.replace("**", "^")
        parse(plain)
        return plain

    return read, lambda a, b: said.get(check_equal(a, b).status.value)


PEERS: dict[str, tuple[str, Callable[[], tuple[Read, Equal]]]] = {
    "Math-Verify": ("math-verify", math_verify),
    "latex2sympy2_extended, simplify": ("latex2sympy2_extended", latex2sympy),
    "SymPy parse_latex (lark), equals": ("lark", sympy_lark),
    "SymPy parse_latex (antlr4), equals": ("antlr4-python3-runtime", sympy_antlr),
    "pycodemath": ("pycodemath", pycodemath),
}


def serve(peer: str) -> None:
    """Answer on standard output, a line when both sides are read and one when it is decided."""
    out, sys.stdout = sys.stdout, sys.stderr  # whatever a peer prints is no answer
    try:
        read, equal = PEERS[peer][1]()
    except Exception as missing:
        print(json.dumps(str(missing) or type(missing).__name__), file=out, flush=True)
        return
    print("null", file=out, flush=True)
    for line in sys.stdin:
        pair, answer = [], None
        with suppress(Exception):
            pair = [e for e in map(read, json.loads(line)) if e is not None]
        print(json.dumps(len(pair) == 2), file=out, flush=True)
        if len(pair) == 2:
            with suppress(Exception):
                answer = equal(*pair)
            print(json.dumps(answer), file=out, flush=True)


class Peer:
    """A peer's process, started again after each answer that took too long."""

    def __init__(self, name: str, timeout: float) -> None:
        self.name, self.timeout = name, timeout
        self.process: Popen[bytes] | None = None

    def start(self) -> str | None:
        """Start it; why it cannot be, where it cannot."""
        command = [sys.executable, __file__, "--serve", self.name]
        self.process = Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, bufsize=0)
        answer = self._line(LOADS)
        return "no answer" if answer == "late" else answer

    def ask(self, sides: Sides) -> tuple[bool, bool | str | None]:
        """Whether both sides are read, and the answer: yes, no, None, `late`."""
        if self.process is None:
            self.start()
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(sides).encode() + b"\n")
        read = self._line(self.timeout)
        if read is not True:
            return False, read
        return True, self._line(self.timeout)

    def _line(self, seconds: float) -> Any:
        assert self.process is not None
        assert self.process.stdout is not None
        ready, _, _ = select([self.process.stdout], [], [], seconds)
        line = self.process.stdout.readline() if ready else b""
        if line:
            return json.loads(line)
        self.stop()
        return "late"

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


# ---- the steps -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A step: its sides as written and as `derive` reads them, and `derive`'s own verdict."""

    latex: Sides
    forms: Sides | None
    holds: bool
    verdict: str


@dataclass
class Score:
    """How a checker did."""

    count: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, step: Step, read: bool, answer: Any) -> None:
        kind = "true" if step.holds else "false"
        self.count[f"{kind} read"] += read
        if answer == "late":
            self.count[f"{kind} late"] += 1
        elif answer is not None and read:
            self.count[f"{kind} {'right' if answer == step.holds else 'wrong'}"] += 1


def steps(every: int) -> Iterator[Step]:
    """Every n-th claimed equation of the corpus, and every planted error."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from corpora import DOCUMENTS, checked, faults

    from derive.options import Options

    options = Options(cross_check=False)
    claims = []
    for path in DOCUMENTS:
        document = checked(path.read_text(encoding="utf-8"), path, options)
        claims += [r for r in document.relations if r.kind == "claim" and r.row.op == "="]
    yield from (_step(r, True) for r in claims[::every])
    for fault in faults():
        document = checked(fault.text, fault.path, options)
        found = [r for r in document.relations if r.id == fault.relation]
        yield from (_step(r, False) for r in found if r.row.op == "=")


def _step(relation: Any, holds: bool) -> Step:
    row = relation.row
    cut = relation.source.cut
    forms = None
    with suppress(Exception):
        forms = (str(relation.sympy.lhs), str(relation.sympy.rhs))
    return Step((cut(row.left_span), cut(row.right_span)), forms, holds, relation.verdict)


def derives(found: Sequence[Step]) -> Score:
    """How `derive` did, which is given whole documents."""
    score = Score()
    answers = {"proved": True, "proved-if": True, "refuted": False, "malformed": False}
    for step in found:
        score.add(step, step.verdict != "not-checked", answers.get(step.verdict))
    return score


def asked(peer: Peer, found: Sequence[Step]) -> Score:
    score = Score()
    for step in found:
        sides = step.forms if peer.name == "pycodemath" else step.latex
        if sides is None:
            continue
        begun = time.perf_counter()
        score.add(step, *peer.ask(sides))
        score.seconds += time.perf_counter() - begun
    return score


ROW = "| {:<40} |" + "{:>6} |" * 9 + " {:>7} |"


def line(name: str, score: Score) -> None:
    answers = ("read", "right", "wrong", "late")
    words = [f"{kind} {what}" for kind in ("true", "false") for what in answers]
    seconds = f"{score.seconds:.0f} s"
    wrong = score.count["true wrong"] + score.count["false wrong"]
    print(ROW.format(name, *(score.count[w] for w in words), wrong, seconds), flush=True)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("peers", nargs="*", choices=[*PEERS, []], metavar="PEER")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every n-th step")
    parser.add_argument("--timeout", type=float, default=5.0, metavar="S")
    parser.add_argument("--serve", choices=PEERS, help="used by itself: be that peer")
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    begun = time.perf_counter()
    found = list(steps(given.every))
    mine = derives(found)
    mine.seconds = time.perf_counter() - begun
    right = sum(step.holds for step in found)
    print(f"{right} correct steps, {len(found) - right} false ones, {given.timeout} s an answer\n")
    heads = ("read", "yes", "no", "late", "read", "no", "yes", "late", "wrong")
    print(ROW.format("checker: correct steps, then false ones", *heads, "time"))
    line("derive", mine)
    for name in given.peers or PEERS:
        peer = Peer(name, given.timeout)
        trouble = peer.start()
        if trouble is None:
            line(f"{name} {_version(PEERS[name][0])}", asked(peer, found))
        else:
            print(f"{name}: left out: {trouble}")
        peer.stop()


def _version(package: str) -> str:
    with suppress(PackageNotFoundError):
        return version(package)
    return ""


if __name__ == "__main__":
    main()
