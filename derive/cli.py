"""The command line: all input and output of the program, and no mathematics."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from multiprocessing import active_children, get_context
from pathlib import Path
from signal import SIGTERM, signal
from time import monotonic
from typing import Any, NoReturn

import click

from derive.check import Progress, check_source
from derive.checked import Checked
from derive.documents import UnreadableFile, decode, guess, inside
from derive.explain.codes import CODES, page
from derive.options import Options
from derive.read.read import read
from derive.source import Source
from derive.version import VERSION
from derive.write import json, notation, text

OK, FAILED, USAGE, NOTHING, INTERRUPTED = 0, 1, 2, 3, 130
PAPER = Path(__file__).parent / "papers" / "two_layer.md"
_PIPE_WIDTH = 100


def main() -> NoReturn:
    """Run the command line and leave with its exit status."""
    try:
        status = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        _complain(error.format_message())
        status = USAGE
    except (KeyboardInterrupt, click.Abort):
        _leave()
    except BrokenPipeError:
        # the reader has gone; what is left in the buffer must not be tried again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = OK
    sys.exit(status or OK)


def _leave() -> NoReturn:
    """Leave at once on Ctrl-C: no child may go on, and none is waited for."""
    for child in active_children():
        child.terminate()
    os._exit(INTERRUPTED)


def _complain(message: str) -> None:
    click.echo("derive: " + " ".join(message.split()), err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="derive", message="%(prog)s %(version)s")
def cli() -> None:
    """Check mathematical derivations in Markdown, LaTeX and notebooks."""


# ---- check -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _View:
    """How results are to be shown."""

    format: str
    verbose: bool
    width: int
    colour: bool


@dataclass(frozen=True, slots=True)
class _Result:
    """One document's result, ready to print: text, or its part of the JSON report."""

    text: str = ""
    data: dict[str, Any] | None = None
    complaint: str = ""
    failed: bool = False
    checked: int = 0
    gaps: bool = False


@cli.command()
@click.argument("files", nargs=-1)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--strict", is_flag=True, help="Fail where anything is undecided or not checked.")
@click.option("--verbose", is_flag=True, help="Show every relation with how it was decided.")
@click.option("--no-cross-check", is_flag=True, help="Do not confirm proofs by a second route.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, help="Documents at a time.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.01, 86400),
    default=10.0,
    show_default=True,
    help="Seconds for one relation.",
)
def check(
    files: tuple[str, ...],
    format_: str,
    strict: bool,
    verbose: bool,
    no_cross_check: bool,
    jobs: int,
    timeout: float,
) -> int:
    """Check FILES: documents, folders of documents, or - for standard input.

    Without FILES the paper that ships with the package is checked.
    """
    options = Options(cross_check=not no_cross_check, timeout=timeout)
    view = _View(format_, verbose, _width(), _colour())
    results = list(_show(_results(list(_paths(files)), options, view, jobs), view))
    return _status(results, strict)


def _status(results: list[_Result], strict: bool) -> int:
    if any(r.complaint and r.text != "empty" for r in results):
        return USAGE
    if any(r.failed for r in results):
        return FAILED
    nothing = not any(r.checked for r in results)
    return NOTHING if nothing or (strict and any(r.gaps for r in results)) else OK


def _show(results: Iterable[_Result], view: _View) -> Iterator[_Result]:
    """Print results as they come; JSON is one value, so it is printed at the end."""
    parts = []
    for result in results:
        if result.complaint:
            _complain(result.complaint)
        elif result.data is not None:
            parts.append(result.data)
        else:
            click.echo(result.text, nl=False, color=view.colour)
        yield result
    if parts:
        click.echo(json.report(parts, VERSION))


def _paths(files: tuple[str, ...]) -> Iterator[str | Exception]:
    """The documents that the arguments stand for, in order."""
    if not files:
        yield str(PAPER)
    for file in files:
        if file != "-" and Path(file).is_dir():
            found = [str(path) for path in inside(Path(file))]
            yield from found or [FileNotFoundError(f"{file}: no document in this folder")]
        else:
            yield file
