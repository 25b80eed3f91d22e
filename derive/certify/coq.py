"""Coq, found at run time: compiles certificates in a temporary folder, within limits.

The document's file is compiled as it stands, every command of it within a limit. Where Coq stops
in it, a second run goes through the theorems that are left, says which have a proof, and the file
is written with those and compiled again; so what is called checked has always been compiled in
the file that is kept. No time is spent twice on a proof that does not come to an end.
"""

import math
import os
import re
import resource
import shutil
import signal
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from derive.certify.document import HEADER, PRELUDE, Candidate
from derive.values import dataclass

PACKAGES = ("coq", "libcoq-coquelicot")
AXIOMS = frozenset(
    {
        "ClassicalDedekindReals.sig_not_dec",
        "ClassicalDedekindReals.sig_forall_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
        "functional_extensionality_dep",
        "Classical_Prop.classic",
    }
)
REFUSED = "refused"
PRELUDE_TIME = 120.0
PATIENCE = 8  # a busy machine lets Coq have a part of the processor
LATE = "no proof found in the time"


class Absent(Exception):
    """Coq is not installed; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for one command of Coq; seconds of processor time for finding the proofs of a
    document (compiling what was found takes no longer); bytes of memory for a run."""

    proof: int = 8
    document: float = 40.0
    memory: int = 6 << 30


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of Coq gave: whether it ended well or was stopped late, and what it said."""

    ok: bool
    out: str
    err: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """The places of the theorems that were reached, that are propositions, that have a proof."""

    reached: frozenset[int] = frozenset()
    stated: frozenset[int] = frozenset()
    proved: frozenset[int] = frozenset()


def require() -> None:
    """Raises `Absent` where there is no Coq."""
    if shutil.which("coqc") is None or shutil.which("coqtop") is None:
        raise Absent(
            "coqc is not installed; on Debian: apt-get install --no-install-recommends "
            + " ".join(PACKAGES)
        )


class Session:
    """A folder with the compiled prelude; used as a context manager."""

    def __init__(self, prelude: str, limits: Limits | None = None) -> None:
        require()
        self.limits = limits or Limits()
        self._used = 0.0
        self._compiled = _prelude(prelude, self.limits.memory)
        self._folder = TemporaryDirectory(prefix="derive-certify-")
        self.folder = Path(self._folder.name)

    def __enter__(self) -> "Session":
        shutil.copytree(self._compiled.name, self.folder, dirs_exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    @property
    def left(self) -> float:
        """Seconds left for finding proofs; the last one lets Coq begin at least."""
        return max(self.limits.document - self._used, 1.0)

    def attempt(self, name: str, text: str) -> Run:
        """Compile a file in what is left of the time for finding proofs."""
        loaded = ["-load-vernac-object", PRELUDE]  # first: that takes what time it takes
        bound = ["-time", "-set", f"Default Timeout={by_the_clock(self.limits.proof)}"]
        return self._compile(name, text, self.left, [*loaded, *bound])

    def compile(self, name: str, text: str) -> Run:
        """Compile a file whose proofs have been found."""
        return self._compile(name, text, 2 * self.limits.document + 5.0, [])

    def _compile(self, name: str, text: str, seconds: float, more: list[str]) -> Run:
        path = self.folder / f"{name}.v"
        path.write_text(text, encoding="utf-8")
        return self._run(["coqc", "-q", "-R", ".", "", *more, path.name], "", seconds)

    def trial(self, rows: Sequence[Candidate]) -> Trial:
        """Try the proof of each theorem by itself, in what is left of the time."""
        seconds = by_the_clock(self.limits.proof)
        tried = (_tried(k, row, seconds) for k, row in enumerate(rows))
        said = "\n".join([HEADER, "Set Silent.", *tried])
        out = self._run(["coqtop", "-q", "-R", ".", ""], said, self.left).out
        proved = _places(r"Constant \S*tried_(\d+)\b", out)
        missed = _places(r"No object of basename tried_(\d+)\b", out)
        return Trial(proved | missed, proved | _places(r"stated (\d+) so", out), proved)

    def _run(self, command: list[str], text: str, seconds: float) -> Run:
        before = _processor_time()
        try:
            return _run(command, text, self.folder, seconds, self.limits.memory)
        finally:
            self._used += _processor_time() - before


def by_the_clock(seconds: int) -> int:
    """Seconds of the processor as seconds of the clock, which Coq's own limit goes by."""
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return math.ceil(seconds * min(max(waiting, 1.0), PATIENCE))


@lru_cache(maxsize=1)
def _prelude(text: str, memory: int) -> TemporaryDirectory[str]:
    """A folder with the prelude, compiled once; it goes with the program."""
    folder = TemporaryDirectory(prefix="derive-prelude-")
    path = Path(folder.name) / f"{PRELUDE}.v"
    path.write_text(text, encoding="utf-8")
    command = ["coqc", "-q", "-R", ".", "", path.name]
    done = _run(command, "", path.parent, PRELUDE_TIME, memory)
    if not done.ok:
        raise Absent(f"Coq does not compile the prelude: {complaint(done)}")
    return folder


def _run(command: list[str], text: str, folder: Path, seconds: float, memory: int) -> Run:
    """Run a program of Coq in a folder, within so many seconds of the processor."""
    most = math.ceil(seconds)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 2))

    try:
        done = subprocess.run(
            command, input=text.encode(), cwd=folder, capture_output=True,
            timeout=PATIENCE * seconds, preexec_fn=limit,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        return Run(False, _text(late.stdout), f"no answer within {seconds:.0f} s", late=True)
    stopped = done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    return Run(done.returncode == 0, _text(done.stdout), _text(done.stderr), stopped)


def _processor_time() -> float:
    """What the programs started here and ended have taken, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _text(out: bytes | None) -> str:
    return (out or b"").decode("utf-8", errors="replace")


def _places(pattern: str, out: str) -> frozenset[int]:
    return frozenset(int(k) for k in re.findall(pattern, out))


def _tried(place: int, row: Candidate, seconds: int) -> str:
    """A theorem with a bound on its proof; none on what it says."""
    return (
        f'Theorem tried_{place} :\n  {row.proposition}.\nidtac "stated {place} so".\n'
        f"Set Default Timeout {seconds}.\n{row.script}\nQed.\nAbort.\n"
        f"Unset Default Timeout.\nLocate tried_{place}."
    )


def proofs_ended(run: Run) -> int:
    """How many proofs of a file came to their end, whether the run did or not."""
    return run.out.count("[Qed.]")


def assumptions(out: str) -> frozenset[str]:
    """The axioms in Coq's answer to `Print Assumptions`."""
    _, mark, listed = out.rpartition("Axioms:\n")
    if not mark:
        closed = "Closed under the global context" in out
        return frozenset() if closed else frozenset({"something that Coq did not tell"})
    named = (re.match(r"([A-Za-z_][\w.']*)\s*(:|$)", line) for line in listed.splitlines())
    return frozenset(found[1] for found in named if found)


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return " ".join(lines[-3:])[:300]


def complaint(run: Run) -> str:
    """What Coq said last, in one line."""
    return _last(run.err)
