"""The command line: all input and output of the program, and no mathematics."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field, replace
from difflib import unified_diff
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from derive import training
from derive.check import check_source, checks, mended, rebuilt
from derive.checked import Checked
from derive.documents import UnreadableFile, encode, guess, overwrite
from derive.explain.codes import CODES, TABLE, page
from derive.opening import documents, opened
from derive.options import Options
from derive.read.read import read
from derive.source import Beside, Source
from derive.terminal import Bar
from derive.values import dataclass
from derive.version import __version__
from derive.worker import leave
from derive.write import github, json, notation, sarif, text

if TYPE_CHECKING:
    from derive.certify.certify import Certified
    from derive.write.report.model import Curve, Report

OK, FAILED, USAGE, NOTHING, NO_PDF, INTERRUPTED = 0, 1, 2, 3, 4, 130
NO_COQ = NO_PDF  # a tool that is not part of the package is missing
FORMATS = ("text", "json", "sarif", "github")
PAPER = Path(__file__).parent / "papers" / "two_layer.md"
_PIPE_WIDTH = 100


def main() -> NoReturn:
    """Run the command line and leave with its exit status."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        # a report is UTF-8 wherever it goes; a lone surrogate is escaped, not a crash
        getattr(sys, name).reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        with cli.make_context("derive", sys.argv[1:]) as context:
            status = cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        status = done.exit_code
    except click.ClickException as error:
        _complain(error.format_message())
        status = USAGE
    except (KeyboardInterrupt, click.Abort):
        leave(INTERRUPTED)
    except BrokenPipeError:
        _drop_output()
        status = OK
    except OSError as error:
        _complain(
            f"{error.filename or 'standard output'}: {(error.strerror or str(error)).lower()}"
        )
        _drop_output()
        status = USAGE
    sys.exit(status or OK)


def _drop_output() -> None:
    """What is left in the buffer must not be tried again at exit: nobody takes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(message: str) -> None:
    click.echo("derive: " + " ".join(message.split()), err=True)


@click.group(no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="derive", message="%(prog)s %(version)s")
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
    progress: bool
    certify: bool = False


@dataclass(frozen=True, slots=True)
class _Input:
    """One document to check; `data` is what standard input held, `trouble` why there is none.

    Where `data` was carried to another machine, `beside` are the files that it brings in.
    """

    path: str
    data: bytes | None = None
    trouble: str = ""
    beside: Mapping[str, Beside] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Result:
    """One document's result, ready to print: text, its part of the JSON report, or a complaint."""

    status: int
    text: str = ""
    part: Any = None
    complaint: str = ""
    gaps: bool = False


@cli.command()
@click.argument("files", nargs=-1, metavar="[FILE|DIR|-]...")
@click.option("--format", "form", type=click.Choice([*FORMATS]), default="text")
@click.option("--strict", is_flag=True, help="Fail where anything is undecided or not checked.")
@click.option("--verbose", is_flag=True, help="Show every relation and how it was decided.")
@click.option("--no-cross-check", is_flag=True, help="Do not confirm proofs by a second route.")
@click.option("--certify", "coq", is_flag=True, help="Have Coq check a proof of each verdict.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes at a time.")
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler whose workers do it.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.01, 86400),
    default=10.0,
    show_default=True,
    help="Seconds for one relation.",
)
def check(
    files: tuple[str, ...],
    form: str,
    strict: bool,
    verbose: bool,
    no_cross_check: bool,
    coq: bool,
    jobs: int | None,
    cluster: str | None,
    timeout: float,
) -> int:
    """Check documents, folders of documents, or standard input (-).

    Without a file the paper that ships with the package is checked.
    """
    inputs = list(_inputs(files))
    together = bool(cluster) or (jobs or 1) > 1 < len(inputs)
    own = 1 if together else jobs or 0
    options = Options(cross_check=not no_cross_check, timeout=timeout, jobs=own)
    view = _View(form, verbose, _width(), _coloured(), not together and sys.stderr.isatty(), coq)
    if coq:
        _require_coq()
    work = partial(_one, options=options, view=view)
    results = _together(work, inputs, jobs or 1, cluster) if together else map(work, inputs)
    return _status(list(_print(results, view)), strict)


def _inputs(files: tuple[str, ...]) -> Iterator[_Input]:
    """Give the documents that the arguments stand for, in order."""
    for file in files or (_near(PAPER),):
        if file == "-":
            yield _Input("<stdin>", sys.stdin.buffer.read() if sys.stdin else b"")
        elif file and Path(file).is_dir():
            found = [_Input(str(path)) for path in documents(Path(file))]
            yield from found or [_Input(file, trouble="no document in this folder")]
        else:
            yield _Input(file)


def _near(path: Path) -> str:
    """The path as short as it can be said from here."""
    try:
        here = Path.cwd()
    except OSError:  # the folder has been removed
        return str(path)
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _one(item: _Input, options: Options, view: _View) -> _Result:
    """Check one document; what keeps it from being read is part of the result."""
    if item.trouble:
        return _Result(NOTHING, complaint=f"{item.path}: {item.trouble}")
    try:
        source = _source(item)
    except UnreadableFile as error:
        return _Result(USAGE, complaint=str(error))
    except OSError as error:
        return _Result(USAGE, complaint=f"{item.path}: {(error.strerror or str(error)).lower()}")
    if not source.text.strip():
        return _Result(NOTHING, complaint=f"{item.path}: an empty document, nothing to check")
    with _progress(view) as progress:
        checked = check_source(source, guess(item.path, source.text), options, progress)
    if view.certify:
        checked = _certified(checked)
    said = rebuilt(checked.derivation, options) if view.verbose and view.format == "text" else ()
    return _result(checked, view, said)


def _certified(checked: Checked) -> Checked:
    from derive.certifying import certified

    return certified(checked, check=True)[0]


def _source(item: _Input) -> Source:
    return opened(item.path, item.data, item.beside)


def _result(checked: Checked, view: _View, said: tuple[str, ...]) -> _Result:
    status = _outcome(checked)
    part = {"json": json.document, "sarif": sarif.results}.get(view.format)
    if part is not None:
        return _Result(status, part=part(checked), gaps=checked.open)
    if view.format == "github":
        said_ = "".join(f"{line}\n" for line in github.annotations(checked))
        return _Result(status, said_, gaps=checked.open)
    lines = text.report(checked, view.width, view.verbose, said)
    shown = text.painted(lines, view.width) if view.colour else text.plain(lines)
    return _Result(status, shown, gaps=checked.open)


def _outcome(checked: Checked) -> int:
    return FAILED if checked.failed else OK if checked.summary["checked"] else NOTHING


def _print(results: Iterable[_Result], view: _View) -> Iterator[_Result]:
    """Print results as they come; JSON is one value, so it comes at the end."""
    parts = []
    for k, result in enumerate(results):
        if result.complaint:
            _complain(result.complaint)
        elif result.part is not None:
            parts.append(result.part)
        else:
            apart = "\n" if k and view.format == "text" else ""
            click.echo(apart + result.text, nl=False, color=view.colour)
        yield result
    if view.format == "sarif":
        rules = [sarif.Rule(c.code, c.slug, c.title, page(c.code) or "", c.severity) for c in TABLE]
        click.echo(sarif.report(chain.from_iterable(parts), rules, __version__))
    elif parts:
        click.echo(json.report(parts, __version__))


def _status(results: list[_Result], strict: bool) -> int:
    found = {result.status for result in results}
    worst = next((status for status in (USAGE, FAILED, OK) if status in found), NOTHING)
    gaps = strict and any(r.gaps or r.status == NOTHING for r in results)
    return NOTHING if worst == OK and gaps else worst


def _together(
    work: Callable[[_Input], _Result], inputs: list[_Input], jobs: int, cluster: str | None
) -> Iterator[_Result]:
    """Several documents at a time; one whose process dies is a complaint."""
    from derive import batch

    items = [_carried(item) for item in inputs] if cluster else inputs
    try:
        for item, found in zip(inputs, batch.in_order(work, items, jobs, cluster), strict=True):
            if isinstance(found, batch.Lost):
                yield _Result(USAGE, complaint=f"{item.path}: the checker died: {found.reason}")
            else:
                yield found
    except batch.Absent as absent:
        raise click.ClickException(str(absent)) from None
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)  # its processes are gone; joblib tidies up on the way out
    except OSError:
        raise click.ClickException(f"{cluster}: no scheduler of a cluster answers") from None


def _carried(item: _Input) -> _Input:
    """The document with its bytes, for a machine that may not have the file."""
    try:
        if item.trouble or item.data:
            return item
        beside = opened(item.path).beside
        return replace(item, data=Path(item.path).read_bytes(), beside=beside)
    except (OSError, UnreadableFile):
        return item  # there it fails as it would here


# ---- the terminal ----------------------------------------------------------------------


def _width() -> int:
    return max(40, shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns)


def _coloured() -> bool:
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and sys.stdout.isatty()


def _progress(view: _View) -> "AbstractContextManager[Callable[[int, int], None] | None]":
    return Bar() if view.progress else nullcontext()


# ---- report ------------------------------------------------------------------------------


@cli.command("report")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "-o",
    "--output",
    "out",
    required=True,
    metavar="OUT",
    help="OUT.html, .pdf, .tex or .md; a folder for several documents.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "pdf", "tex", "md"]),
    default="html",
    show_default=True,
    help="Of the files in a folder.",
)
@click.option("--history", metavar="FILE", help="Cost after each epoch: .csv, .json or .npz.")
@click.option("--certify", "coq", is_flag=True, help="Have Coq check a proof of each verdict.")
@click.option("--no-cross-check", is_flag=True, help="Do not confirm proofs by a second route.")
@click.option("--timeout", type=click.FloatRange(0.01, 86400), default=10.0, show_default=True,
              help="Seconds for one relation.")  # fmt: skip
def write_report(
    files: tuple[str, ...], out: str, form: str, history: str | None, coq: bool,
    no_cross_check: bool, timeout: float,
) -> int:  # fmt: skip
    """Write a proof report: what was proved, what is false and why, and the corrected derivation.

    Exit status 0 where it is written, 2 for a file that cannot be read or written, 3 where it is
    written and no document holds a relation, 4 where there is no PDF because no TeX engine made
    one (the .tex is written then).
    """
    from derive import press, reporting

    options = Options(cross_check=not no_cross_check, timeout=timeout)
    if coq:
        _require_coq()
    path = Path(out)
    try:
        several = len(files) > 1 or any(Path(f).is_dir() for f in files) or path.is_dir()
        if not several and path.suffix.lower() not in reporting.SUFFIXES:
            raise ValueError(f"{out}: a report is one of {', '.join(reporting.SUFFIXES)}")
        curves = reporting.history(Path(history)) if history else ()
        found = [_reported(item, options, str(path), curves, coq) for item in _inputs(files)]
        if several:
            reporting.write_all(found, path, f".{form}")
        else:
            reporting.write(found[0], path)
    except press.NoEngine as trouble:
        _complain(str(trouble))
        return NO_PDF
    except (ValueError, UnreadableFile) as trouble:
        raise click.ClickException(str(trouble)) from None
    except OSError as trouble:
        where = trouble.filename if isinstance(trouble.filename, str) else out
        raise click.ClickException(f"{where}: {trouble.strerror or trouble}") from None
    if any(report.entries for report in found):
        return OK
    _complain(f"{out}: the report of a document without a relation")
    return NOTHING


def _reported(
    item: _Input, options: Options, out: str, curves: "tuple[Curve, ...]", coq: bool
) -> "Report":
    """The report of one document; raises where it cannot be read."""
    from derive import reporting

    if item.trouble:
        raise ValueError(f"{item.path}: {item.trouble}")
    source = _source(item)
    view = _View("text", False, _width(), False, sys.stderr.isatty())
    with _progress(view) as progress:
        checked = check_source(source, guess(item.path, source.text), options, progress)
    if coq:
        checked = _certified(checked)
    return reporting.value(checks(checked, options), out, curves)


# ---- the other commands ----------------------------------------------------------------


@cli.command("notation")
@click.argument("file")
def show_notation(file: str) -> int:
    """Show how each symbol of a document is read, and why."""
    item = _single(file)
    source = _opened(item)
    derivation = read(source, guess(item.path, source.text))
    for line in notation.table(derivation, _width()):
        click.echo(line)
    return OK if derivation.notation else NOTHING


@cli.command("compile")
@click.argument("file", required=False)
@click.option("-o", "--output", required=True, metavar="OUT.py", help="The file to write.")
@click.option("--target", type=click.Choice(["numpy", "array-api"]), default="numpy")
@click.option("--function", "name", metavar="C", help="The quantity; the first one without it.")
@click.option("--wrt", multiple=True, metavar="P", help="A parameter; all of them without it.")
@click.option("--timeout", type=click.FloatRange(0.01, 86400), default=10.0, show_default=True)
def compile_document(
    file: str | None,
    output: str,
    target: str,
    name: str | None,
    wrt: tuple[str, ...],
    timeout: float,
) -> int:
    """Write a quantity and its gradient as array code, from proved formulas alone.

    Refuses, with the reason, where a formula is not proved. Without a file the paper that ships
    with the package is compiled.
    """
    from derive.codegen.refusal import Refusal
    from derive.compiled import emit  # SymPy takes longer to load than most commands to run

    item = _single(file)
    options = Options(timeout=timeout)
    with _progress(_View("text", False, _width(), False, sys.stderr.isatty())) as progress:
        source = _opened(item)
        checked = check_source(source, guess(item.path, source.text), options, progress)
    try:
        found = emit(checked, name, wrt or None, target, options)
    except Refusal as refusal:
        _complain(f"{item.path}: not compiled: {refusal}")
        return FAILED
    _write(output, found.text)
    click.echo(f"{output}: {found.target}, with respect to {', '.join(found.parameters)}", err=True)
    return OK


def _single(file: str | None) -> _Input:
    """The one document that a command works on: never a folder, which may hold several."""
    if file is not None and Path(file).is_dir():
        raise click.ClickException(f"{file or 'an empty name'}: not a document")
    (item,) = _inputs(() if file is None else (file,))
    return item


def _opened(item: _Input) -> Source:
    try:
        return _source(item)
    except UnreadableFile as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise click.ClickException(f"{item.path}: {problem}") from None


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise click.ClickException(f"{path}: {problem}, expected a file to write") from None


@cli.command()
@click.argument("file", required=False)
@click.option("--diff", is_flag=True, help="Print what changes instead of the whole document.")
@click.option("--write", is_flag=True, help="Change the file itself.")
@click.option("--timeout", type=click.FloatRange(0.01, 86400), default=10.0, show_default=True)
def fix(file: str | None, diff: bool, write: bool, timeout: float) -> int:
    """Print a document with its headline repairs, each applied and checked again.

    Without a file the paper that ships with the package is repaired.
    """
    item = _single(file)
    if write and file is None:
        raise click.UsageError("--write needs a FILE: the shipped paper stays as it is")
    if write and item.data is not None:
        raise click.UsageError("standard input cannot be written to")
    options = Options(cross_check=False, timeout=timeout)
    source = _opened(item)
    format = guess(item.path, source.text)
    with _progress(_View("text", False, _width(), False, sys.stderr.isatty())) as progress:
        checked = mended(check_source(source, format, options, progress), format, options)
    changed = _changed(item, source, checked.derivation.source)
    if write:
        for path, new in changed.items():
            _replace(path, new)
    if diff:
        made = (_diff(path, source.files[path], new) for path, new in changed.items())
        click.echo("".join(made), nl=False)
    elif not write:
        raw = item.data if item.data is not None else Path(item.path).read_bytes()
        sys.stdout.flush()
        sys.stdout.buffer.write(encode(changed.pop(item.path, source.files[item.path]), raw))
        for path in changed:
            _complain(f"{path} changes too: --diff shows it, --write changes it")
    click.echo(f"derive: {item.path}: {_left(checked)}", err=True)
    return _outcome(checked)


def _changed(item: _Input, old: Source, new: Source) -> dict[str, str]:
    """What the files of a document hold after its repairs, where that is something else.

    Fails where a repair cannot be made in the files.
    """
    if not new.files:
        raise click.ClickException(f"{item.path}: a repair cannot be made in its file: see check")
    return {path: text for path, text in new.files.items() if text != old.files[path]}


def _left(checked: Checked) -> str:
    if not checked.summary["checked"]:
        return "nothing to check"
    count = checked.errors
    return f"{count or 'no'} error{'s' * (count != 1)} left"


def _replace(path: str, text: str) -> None:
    try:
        overwrite(path, encode(text, Path(path).read_bytes()))
    except OSError as error:
        raise click.ClickException(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _diff(path: str, old: str, new: str) -> str:
    """A unified diff of a file, with line ends as they are."""
    lines = unified_diff(old.splitlines(True), new.splitlines(True), path, path, n=1)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ no newline\n" for line in lines)


@cli.command("certify")
@click.argument("file", required=False)
@click.option("-o", "--output", required=True, metavar="DIR", help="The folder to write into.")
@click.option("--check", "checking", is_flag=True, help="Have Coq check the certificates.")
@click.option("--verbose", is_flag=True, help="Show each relation beside its theorem.")
@click.option("--timeout", type=click.FloatRange(0.01, 86400), default=10.0, show_default=True)
def certify_command(
    file: str | None, output: str, checking: bool, verbose: bool, timeout: float
) -> int:
    """Write a Coq proof of each relation decided; with --check, have Coq check them.

    Without a file the paper that ships with the package is used.
    """
    from derive.certify.coq import Absent
    from derive.certify.table import table
    from derive.certifying import certified

    item = _single(file)
    source = _opened(item)
    checked = check_source(source, guess(item.path, source.text), Options(timeout=timeout))
    try:
        checked, made = certified(checked, checking)
        missing = ""
    except Absent as absent:
        (checked, made), missing = certified(checked, check=False), str(absent)
    try:
        made.write(Path(output))
    except OSError as error:
        raise click.ClickException(f"{output}: {(error.strerror or str(error)).lower()}") from None
    for line in table(checked, made, verbose):
        click.echo(line)
    if missing:
        _complain(f"the certificates are written and not checked: {missing}")
        return NO_COQ
    return _certified_status(made)


def _certified_status(made: "Certified") -> int:
    if any(c.refused for c in made.certificates):
        return FAILED
    return OK if any(c.theorem for c in made.certificates) else NOTHING


def _require_coq() -> None:
    from derive.certify.coq import Absent, require

    try:
        require()
    except Absent as absent:
        raise click.ClickException(str(absent)) from None


@cli.command()
@click.argument("code")
def explain(code: str) -> int:
    """Explain a code that a finding carries (E101, …)."""
    found = page(code)
    if found is None:
        raise click.ClickException(f"no code {code}; the codes are {', '.join(CODES)}")
    click.echo(found, nl=False)
    return OK


cli.add_command(training.train)
