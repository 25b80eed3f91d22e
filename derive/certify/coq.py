"""Coq, found at run time: compiles certificates in a temporary folder, within limits.

The document's file is compiled as it stands. Where Coq stops in it, a second run goes through
the theorems one by one, says which have no proof, and the file is written without them and
compiled again; so what is called checked has always been compiled in the file that is kept.
"""

import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from derive.certify.document import HEADER, PRELUDE, Candidate

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
NO_PROOF, REFUSED = "no proof found", "refused"


class Absent(Exception):
    """Coq is not installed; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for one proof and for a run, bytes of memory for a run."""

    proof: int = 10
    run: int = 600
    memory: int = 6 << 30


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of Coq gave: whether it ended well, and what it said."""

    ok: bool
    out: str
    err: str


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
        self._folder = TemporaryDirectory(prefix="derive-certify-")
        self.folder = Path(self._folder.name)
        (self.folder / f"{PRELUDE}.v").write_text(prelude, encoding="utf-8")

    def __enter__(self) -> "Session":
        done = self.compile(PRELUDE)
        if not done.ok:
            raise Absent(f"Coq does not compile the prelude: {_last(done.err)}")
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def compile(self, name: str, text: str | None = None) -> Run:
        """Compile a file of the folder, written first where its text is given."""
        path = self.folder / f"{name}.v"
        if text is not None:
            path.write_text(text, encoding="utf-8")
        return self._run(["coqc", "-q", "-R", ".", "", path.name], "")

    def proofs(self, rows: Sequence[Candidate]) -> frozenset[int]:
        """The places of the theorems whose proofs go through, each tried by itself."""
        said = [HEADER, *(_tried(k, row, self.limits.proof) for k, row in enumerate(rows))]
        done = self._run(["coqtop", "-q", "-R", ".", ""], "\n".join(said))
        return frozenset(int(k) for k in re.findall(r"Constant \S*tried_(\d+)\b", done.out))

    def accepted(self, rows: Sequence[Candidate]) -> frozenset[int]:
        """The places of the theorems that are propositions, proved or not."""
        said = [HEADER]
        for k, row in enumerate(rows):
            said.append(f"Definition said_{k} : Prop :=\n  {row.proposition}.\nLocate said_{k}.")
        done = self._run(["coqtop", "-q", "-R", ".", ""], "\n".join(said))
        return frozenset(int(k) for k in re.findall(r"Constant \S*said_(\d+)\b", done.out))

    def _run(self, command: list[str], text: str) -> Run:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (self.limits.memory, self.limits.memory))

        try:
            done = subprocess.run(
                command, input=text, cwd=self.folder, capture_output=True, text=True,
                encoding="utf-8", errors="replace", timeout=self.limits.run, preexec_fn=limit,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Run(False, "", f"no answer within {self.limits.run} seconds")
        return Run(done.returncode == 0, done.stdout, done.stderr)


def _tried(place: int, row: Candidate, seconds: int) -> str:
    script = row.script.rstrip(".").replace("intros H.", "intros H;")
    return (
        f"Theorem tried_{place} :\n  {row.proposition}.\nProof.\n"
        f"Timeout {seconds} ({script}).\nQed.\nAbort.\nLocate tried_{place}."
    )


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
