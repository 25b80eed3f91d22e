"""Files that are made whole or not at all, and LaTeX run where it can do no harm.

TeX runs without shell escape, in a folder of its own that is removed, with a limit of time, and
may neither read nor write outside of it and its own installation.
"""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from errno import ENOENT
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from derive.values import dataclass

TIMEOUT = 120.0
RUNS = 3  # for references and tables that find their widths


class NoEngine(RuntimeError):
    """No TeX engine was found, or it made no PDF; the message says what to install or see."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A TeX engine found on this machine."""

    name: str
    path: str

    def command(self, source: str) -> list[str]:
        """The command that compiles a file in the folder that it runs in."""
        if self.name == "tectonic":
            return [self.path, "-X", "compile", "--untrusted", source]
        return [self.path, "-no-shell-escape", "-interaction=nonstopmode", source]

    @property
    def runs(self) -> int:
        """How often it has to run; tectonic repeats by itself."""
        return 1 if self.name == "tectonic" else RUNS


def engine() -> Engine | None:
    """The engine to use: pdflatex where there is one, else tectonic."""
    for name in ("pdflatex", "tectonic"):
        path = shutil.which(name)
        if path is not None:
            return Engine(name, path)
    return None


def pdf(tex: str, timeout: float = TIMEOUT) -> bytes:
    """Compile a LaTeX document; raises `NoEngine`."""
    found = engine()
    if found is None:
        raise NoEngine(
            "no TeX engine on this machine: install pdflatex (Debian: texlive-latex-recommended "
            "and texlive-pictures) or tectonic"
        )
    with TemporaryDirectory(prefix="derive-") as folder:
        (Path(folder) / "report.tex").write_text(tex, encoding="utf-8")
        before = ""
        for _ in range(found.runs):
            _run(found, folder, timeout)
            auxiliary = _read(Path(folder) / "report.aux")
            if auxiliary == before:
                break
            before = auxiliary
        made = Path(folder) / "report.pdf"
        if not made.is_file():
            raise NoEngine(f"{found.name} made no PDF: {_complaint(folder)}")
        return made.read_bytes()


def _run(found: Engine, folder: str, timeout: float) -> None:
    process = subprocess.Popen(
        found.command("report.tex"), cwd=folder, env=_surroundings(folder),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        process.wait(timeout)
    except BaseException as stopped:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(stopped, subprocess.TimeoutExpired):
            raise NoEngine(f"{found.name} took longer than {timeout:g} s") from None
        raise


def _surroundings(folder: str) -> dict[str, str]:
    """What TeX sees: its own installation, this folder, and paranoid rules for files."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "XDG_CACHE_HOME")}
    return kept | {
        "openin_any": "p", "openout_any": "p", "shell_escape": "f", "TEXMFOUTPUT": folder,
        "TMPDIR": folder, "max_print_line": "200",
    }  # fmt: skip


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _complaint(folder: str) -> str:
    log = _read(Path(folder) / "report.log")
    wrong = next((row for row in log.splitlines() if row.startswith("!")), "it says nothing")
    return wrong.removeprefix("! ")


def write(path: Path, data: bytes) -> None:
    """Write a file atomically: what was there stays until all of the new one is on disk."""
    if not path.parent.is_dir():
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(path.parent))
    with NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
    ) as part:
        try:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
            os.chmod(part.name, _mode(path))
            os.replace(part.name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(part.name)
            raise


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced, else those of a new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
