"""Reports of checked documents: what goes in, which format, and onto disk.

The corrected document is handed in, decided; steps in formulas and witnesses worked through are
computed here, for the first relations of a document as far as `SPELLED_OUT` goes.
"""

import csv
import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from derive import press, working
from derive.checked import Checked, name
from derive.source import Span
from derive.values import dataclass
from derive.verdict import REFUTED
from derive.version import __version__
from derive.write.report import html, markdown, readback, tex
from derive.write.report.content import PROVEN, Extra, build, capital, displayed
from derive.write.report.model import Curve, Emitted, Formula, Report, Row, Words

SPELLED_OUT = 250  # relations whose steps are written out in formulas
_TOLD = ("python-flint", "SymPy", "NumPy")
_COST, _EPOCH = ("cost", "loss", "history.cost", "history/cost"), ("epoch", "step", "iteration")


@dataclass(frozen=True, slots=True)
class Checks:
    """A document as it came, decided, and the corrected one with the edits that led to it."""

    checked: Checked
    corrected: Checked | None = None
    edits: tuple[tuple[Span, str], ...] = ()


def mending(checked: Checked) -> tuple[tuple[Span, str], ...]:
    """The headline repair of each relation that has one, none over another."""
    found: list[tuple[Span, str]] = []
    for judgement in checked.judgements:
        for repair in judgement.repairs[:1]:
            span = repair.span
            if all(span.end <= s.start or s.end <= span.start for s, _ in found):
                found.append((span, repair.replacement))
    return tuple(sorted(found))


def value(checks: Checks, out: str = "report.html", curves: tuple[Curve, ...] = ()) -> Report:
    """What the report of a document says; `out` is for the command that repeats it."""
    checked = checks.checked
    proofs, workings = {}, {}
    for relation, judgement in checked.rows[:SPELLED_OUT]:
        if judgement.verdict.status in PROVEN:
            proofs[relation.id] = working.proof(relation, judgement.verdict)
        elif judgement.verdict.status == REFUTED:
            found = working.worked(relation, judgement.verdict)
            if found is not None:
                workings[relation.id] = found
    asked = any(j.certificate or j.uncertified for j in checked.judgements)
    more = ("--certify",) if asked else ()
    command = shlex.join(("derive", "report", checked.derivation.source.path, "-o", out, *more))
    extra = Extra(
        proofs,
        workings,
        checks.corrected,
        checks.edits,
        tuple(functions(checks)),
        curves,
        versions(),
        command,
    )
    return build(checked, extra)


def functions(checks: Checks) -> Iterator[Emitted]:
    """The gradient function that can be emitted: of the document, else of the corrected one."""
    from derive import compiled  # SymPy takes longer to load than a paper to check

    for checked in filter(None, (checks.checked, checks.corrected)):
        try:
            found = compiled.emit(checked)
        except ValueError:  # a refusal: something that it needs is not proved
            continue
        code = readback.functions(found.text, "_value_and_gradient")
        proved = {formula for _, formula in found.formulas}
        rows = tuple(
            Row((Words(f"{capital(name(r))}, proved:"),), displayed(r))
            for r in checked.derivation.relations
            if name(r) in proved
        )
        echo = tuple(Formula((latex,)) for latex in readback.lines(code))
        yield Emitted("value_and_gradient(parameters, data)", code, rows, echo)
        return


def versions() -> tuple[tuple[str, str], ...]:
    """What the report was made with."""
    found = [("derive", __version__), ("Python", python_version())]
    for package in _TOLD:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return tuple(found)


# ---- formats --------------------------------------------------------------------------------

RENDERERS: dict[str, Callable[[Report], str]] = {
    ".html": html.page,
    ".htm": html.page,
    ".md": markdown.document,
    ".tex": tex.document,
    ".pdf": tex.document,
}
SUFFIXES = tuple(RENDERERS)


def write(report: Report, path: Path) -> None:
    """Write a report in the format that the path's ending names.

    Raises `ValueError` for another ending, `OSError` where it cannot be written, and
    `press.NoEngine` where there is no PDF; the `.tex` is then beside the place.
    """
    renderer = RENDERERS.get(path.suffix.lower())
    if renderer is None:
        raise ValueError(f"{path}: a report is one of {', '.join(SUFFIXES)}")
    text = renderer(report)
    if path.suffix.lower() != ".pdf":
        return press.write(path, text.encode("utf-8", "replace"))
    try:
        return press.write(path, press.pdf(text))
    except press.NoEngine as trouble:
        beside = path.with_suffix(".tex")
        press.write(beside, text.encode("utf-8", "replace"))
        raise press.NoEngine(f"{trouble}; the LaTeX is in {beside}") from None


def write_all(
    reports: Sequence[Report], folder: Path, suffix: str, title: str = "Proof reports"
) -> list[Path]:
    """Write many reports into a folder, and an index page with the totals.

    Raises as `write` does; the folder is made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = _names(reports, suffix)
    for report, place in zip(reports, paths, strict=True):
        write(report, folder / place)
    rows = list(zip(paths, reports, strict=True))
    if suffix == ".md":
        first, text = "index.md", markdown.index(rows, title)
    else:
        first, text = "index.html", html.index(rows, title)
    press.write(folder / first, text.encode("utf-8", "replace"))
    return [folder / first, *(folder / p for p in paths)]


def _names(reports: Sequence[Report], suffix: str) -> list[str]:
    """A file name for each report, after its document; none twice, and none `index`."""
    taken = {"index"}
    names = []
    for report in reports:
        stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in Path(report.path).stem)
        stem, count = stem or "report", 2
        found = stem
        while found.lower() in taken:
            found, count = f"{stem}-{count}", count + 1
        taken.add(found.lower())
        names.append(found + suffix)
    return names


# ---- a training history -----------------------------------------------------------------------


def history(path: Path) -> tuple[Curve, ...]:
    """Read the cost after each epoch from `.csv`, `.json` or `.npz`.

    A column (key, array) is called `cost` or `loss`, one called `epoch` or `step` may stand
    beside it. Raises `ValueError` where there is none, `OSError` where it cannot be read.
    """
    readers = {".csv": _csv, ".json": _json, ".npz": _npz}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"{path}: a training history is one of {', '.join(readers)}")
    try:
        columns = reader(path)
    except (ValueError, KeyError, TypeError, csv.Error) as trouble:
        raise ValueError(f"{path}: not a training history: {trouble}") from None
    cost = next((n for n in _COST if n in columns), None)
    if cost is None or not columns[cost]:
        raise ValueError(f"{path}: no column is called cost or loss")
    epochs = next((columns[n] for n in _EPOCH if n in columns), None)
    places = epochs or [float(k) for k in range(len(columns[cost]))]
    points = zip(places, columns[cost], strict=False)
    finite = tuple((x, y) for x, y in points if abs(x) < 1e300 and abs(y) < 1e300)
    return (Curve("cost", finite),)


Columns = dict[str, list[float]]


def _csv(path: Path) -> Columns:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [n for n in rows[0] if n] if rows else []
    wanted = [n for n in names if n.strip().lower() in (*_COST, *_EPOCH)]
    return {n.strip().lower(): [float(row[n]) for row in rows] for n in wanted}


def _json(path: Path) -> Columns:
    found = json.loads(path.read_text(encoding="utf-8"))
    columns = found if isinstance(found, dict) else {"cost": found}
    return {
        str(k).lower(): [float(x) for x in v] for k, v in columns.items() if isinstance(v, list)
    }


def _npz(path: Path) -> Columns:
    import numpy as np

    with np.load(path, allow_pickle=False) as arrays:
        wanted = [n for n in arrays.files if n.lower() in (*_COST, *_EPOCH)]
        return {n.lower(): [float(x) for x in arrays[n].ravel()] for n in wanted}
