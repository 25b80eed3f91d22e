"""`derive train`: learn from data with gradients that were proved, and nothing else."""

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from derive.documents import UnreadableFile
from derive.models import Model, NotProved, Samples, bundled, compiled, samples, shapes
from derive.terminal import Bar
from derive.values import dataclass

if TYPE_CHECKING:
    from derive.train import History, Run, Settings, State
    from derive.train.objective import Arrays
    from derive.train.table import Table

OK, REFUSED = 0, 1
_ROWS = 10  # of the course that is printed
_FEW = 16  # samples whose predictions are printed one by one
_SAVING = 10.0  # seconds between checkpoints of a long run
# what a resumed run takes from its checkpoint, and only from there
_KEPT = ("optimizer", "rate", "batch", "seed", "holdout")
_FREE = ("epochs", "patience", "tolerance")


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The command line; `given` are the names of the options that were written."""

    file: str | None
    name: str | None
    sense: str | None
    data: Path | None
    hidden: int | None
    starts: int
    plot: Path | None
    save: Path | None
    resume: Path | None
    settings: dict[str, Any]
    given: frozenset[str]


_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("file", required=False)
@click.option("--function", "name", metavar="C", help="The quantity; the first one without it.")
@click.option("--sense", type=click.Choice(["minimise", "maximise"]),
              help="What to do with a quantity of which no sign is proved.")  # fmt: skip
@click.option("--data", type=_PATH, help=".csv, .npy or .npz, the label last; without it, XOR.")
@click.option("--hidden", type=click.IntRange(1, 65536), metavar="M", help="Hidden units (2).")
@click.option("--optimizer", default="adam", show_default=True, help="gd, momentum, adam, lbfgs.")
@click.option("--rate", type=float, help="Length of the steps; the optimizer's own without it.")
@click.option("--epochs", type=int, default=2000, show_default=True, help="In all.")
@click.option("--batch", type=int, metavar="N", help="Samples for one step; all without it.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--starts", type=click.IntRange(1, 1000), default=20, show_default=True,
              help="Short runs from different weights, of which the lowest goes on.")  # fmt: skip
@click.option("--patience", type=int, metavar="N", help="Stop after N epochs without progress.")
@click.option("--tolerance", type=float, default=0.0, help="Progress is more than this.")
@click.option("--holdout", type=float, default=0.0, help="Share of the samples to hold out.")
@click.option("--plot", type=_PATH, help="Draw the course, and the boundary of two inputs.")
@click.option("--save", type=_PATH, metavar="FILE.npz", help="Keep the run, to resume it.")
@click.option("--resume", type=_PATH, metavar="FILE.npz", help="Go on with a run that was kept.")
@click.pass_context
def train(context: click.Context, /, **options: Any) -> int:
    """Learn from data with the gradient of FILE, if it is proved.

    Without a file, the gradient of the network in the corrected paper; without data, exclusive
    or on the paper's four samples.
    """
    from derive.train import TrainError

    typed = click.core.ParameterSource.COMMANDLINE
    given = frozenset(name for name in options if context.get_parameter_source(name) is typed)
    settings = {name: options.pop(name) for name in (*_KEPT, *_FREE)}
    try:
        return _train(_Wishes(**options, settings=settings, given=given))
    except NotProved as reason:
        click.echo(f"derive: {options['file']}: not trained: {reason}", err=True)
        return REFUSED
    except (TrainError, UnreadableFile) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise click.ClickException(
            f"{error.filename or options['file'] or options['save']}: {said}"
        ) from None


def _train(wishes: _Wishes) -> int:
    from derive.train import train
    from derive.train.checkpoint import mark

    _writable(wishes)
    model = bundled() if wishes.file is None else compiled(wishes.file, wishes.name)
    model = _directed(model, wishes.sense)
    given = samples(model, wishes.data)
    signature = mark(model.signature, given.arrays)
    with _bar() as bar:
        begin = _begun(wishes, model, given, signature, bar)
        watch = _Watch(wishes.save, model, begin, signature, bar)
        try:
            run = train(
                model.objective, begin.data, begin.state, begin.settings,
                sense=model.sense, history=begin.history, held=begin.held, watch=watch,
            )  # fmt: skip
        except KeyboardInterrupt:
            watch.save()
            raise
    watch.ends(run)
    _tell_predictions(model, given, run.parameters)
    _draw(wishes, model, given, run)
    return OK


def _bar() -> "AbstractContextManager[Bar | None]":
    return Bar("epochs") if sys.stderr.isatty() else nullcontext()


def _directed(model: Model, sense: str | None) -> Model:
    """The model with a sense: the proved one, or else the one asked for."""
    from derive.train import TrainError

    if model.sense is None and sense is None:
        raise TrainError(
            f"no sign of {model.name} is proved: is it a cost (--sense minimise) or a gain "
            "(--sense maximise)?"
        )
    if model.sense is not None and sense not in (None, model.sense):
        sign = "≥ 0" if model.sense == "minimise" else "≤ 0"
        raise TrainError(f"{model.name} {sign} is proved: it cannot be right to {sense} it")
    return replace(model, sense=model.sense or sense)


def _writable(wishes: _Wishes) -> None:
    """Raise, before any work is done, where a result could not be written."""
    from derive.train import TrainError
    from derive.train.plot import ready

    for path in (wishes.save, wishes.plot):
        if path is not None and path.is_dir():
            raise TrainError(f"{path}: a folder, expected a file to write")
        if path is not None:
            try:
                TemporaryFile(dir=path.parent).close()
            except OSError as error:
                raise TrainError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    if wishes.plot is not None:
        ready(wishes.plot)


# ---- the start ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Beginning:
    """Where a run starts: from new weights, from the best of several, or from a checkpoint."""

    settings: "Settings"
    data: "Arrays"
    held: "Arrays | None"
    state: "State"
    history: "History"


def _begun(
    wishes: _Wishes, model: Model, given: Samples, signature: str, bar: Bar | None
) -> _Beginning:
    from derive.train import History, Settings, begin, best_start, drawn
    from derive.train.holdout import divided

    if wishes.resume is not None:
        return _resumed(wishes, wishes.resume, model, given, signature)
    settings = Settings(**wishes.settings)
    data, held = divided(given.arrays, settings)
    wanted = shapes(model, given.arrays, wishes.hidden)
    _tell_setting(model, given, settings, wanted)
    if wishes.starts == 1:
        state = begin(drawn(wanted, settings.seed), settings.seed)
        return _Beginning(settings, data, held, state, History())
    number, short = best_start(
        model.objective, data, wanted, settings, wishes.starts,
        sense=model.sense, held=held, watch=bar,
    )  # fmt: skip
    click.echo(
        f"{wishes.starts} starts of {settings.epochs // wishes.starts} epochs: "
        f"number {number + 1} came lowest and goes on"
    )
    return _Beginning(settings, data, held, short.state, short.history)


def _resumed(
    wishes: _Wishes, path: Path, model: Model, given: Samples, signature: str
) -> _Beginning:
    from derive.train import TrainError
    from derive.train.checkpoint import load
    from derive.train.holdout import divided

    kept = sorted(wishes.given & {*_KEPT, "hidden", "starts"})
    if kept:
        raise TrainError(f"a resumed run goes on as it began: --{kept[0]} has no place")
    found = load(path)
    if found.mark != signature:
        raise TrainError(f"{path}: a run of another quantity, or on other data")
    changed = {name: wishes.settings[name] for name in wishes.given & {*_FREE}}
    settings = replace(found.settings, **changed)
    data, held = divided(given.arrays, settings)
    wanted = {name: array.shape for name, array in found.state.parameters.items()}
    _tell_setting(model, given, settings, wanted)
    click.echo(f"resumed after {found.state.epoch} epochs")
    return _Beginning(settings, data, held, found.state, found.history)


def _tell_setting(
    model: Model, given: Samples, settings: "Settings", wanted: dict[str, tuple[int, ...]]
) -> None:
    from math import prod

    count = len(next(iter(given.arrays.values())))
    weights = ", ".join(f"{n} {' × '.join(map(str, s)) or 'a number'}" for n, s in wanted.items())
    total = sum(prod(shape) for shape in wanted.values())
    rate = "" if settings.optimizer == "lbfgs" else f", rate {settings.pace:g}"
    batch = "all samples in a step" if settings.batch is None else f"batches of {settings.batch}"
    click.echo(f"{count} samples; {total} weights: {weights}")
    click.echo(f"{model.sense} {model.name}: {settings.optimizer}{rate}, {batch}, "
               f"seed {settings.seed}")  # fmt: skip


# ---- while it goes on ----------------------------------------------------------------------


class _Watch:
    """Called after each epoch: prints some, moves the bar, keeps the run from time to time."""

    def __init__(
        self,
        path: Path | None,
        model: Model,
        begin: _Beginning,
        signature: str,
        bar: Bar | None,
    ) -> None:
        self.path, self.settings, self.signature, self.bar = path, begin.settings, signature, bar
        self.state, self.history = begin.state, begin.history
        self.saved = monotonic()
        epochs = self.settings.epochs
        self.due = {epochs * k // _ROWS for k in range(_ROWS)}
        cost = f"-{model.name}" if model.sense == "maximise" else model.name
        click.echo(f"{'epoch':>8}  {cost:<12}{'held out' if begin.held else ''}".rstrip())
        for epoch in range(begin.state.epoch):
            self._row(epoch)

    def __call__(self, state: "State", history: "History") -> None:
        self.state, self.history = state, history
        self._row(state.epoch - 1)
        if self.bar is not None:
            self.bar(state.epoch, self.settings.epochs)
        if monotonic() - self.saved > _SAVING:
            self.save()

    def _row(self, epoch: int) -> None:
        """The cost after so many epochs, where a row is due."""
        if epoch in self.due:
            held = self.history.held[epoch - 1 : epoch] if epoch else []
            _tell_row(epoch, self.history.cost[epoch], held)

    def save(self) -> None:
        from derive.train.checkpoint import Checkpoint, save

        self.saved = monotonic()
        if self.path is not None:
            history = self.history.until(self.state.epoch)
            save(self.path, Checkpoint(self.state, history, self.settings, self.signature))

    def ends(self, run: "Run") -> None:
        """Print where the run ended, or which of its weights are kept; keep it."""
        held = run.history.held
        best = held.index(min(held)) + 1 if held else run.state.epoch
        _tell_row(best, run.cost, held[best - 1 : best])
        click.echo(run.reason + (f"; the weights after epoch {best} are kept" if held else ""))
        self.save()


def _tell_row(epoch: int, cost: float, held: list[float]) -> None:
    numbers = "".join(f"{number:<12.6g}" for number in (cost, *held))
    click.echo(f"{epoch:>8}  {numbers}".rstrip())


# ---- at the end ----------------------------------------------------------------------------


def _tell_predictions(model: Model, given: Samples, parameters: "Arrays") -> None:
    """Print the predictions of a few samples, or how many of them are on the right side."""
    table = given.table
    if model.predict is None or model.roles is None or table is None:
        return
    found = model.predict(parameters, {model.roles[0]: table.features})
    if len(found) <= _FEW:
        _tell_table(table, found.tolist())
    elif set(table.labels.tolist()) <= {0.0, 1.0}:
        right = int(((found > 0.5) == (table.labels > 0.5)).sum())
        click.echo(f"{right} of {len(found)} samples are on the right side of 1/2")


def _tell_table(table: "Table", predictions: list[float]) -> None:
    width = table.features.shape[1]
    names = table.names[:width] or tuple(f"x{k + 1}" for k in range(width))
    cells = [(*names, "label", "prediction")]
    for features, label, prediction in zip(table.features, table.labels, predictions, strict=True):
        cells.append((*(f"{number:.5g}" for number in (*features, label)), f"{prediction:.6f}"))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    click.echo()
    for row in cells:
        click.echo("  " + "  ".join(map(str.rjust, row, widths)))


def _draw(wishes: _Wishes, model: Model, given: Samples, run: "Run") -> None:
    if wishes.plot is None:
        return
    from derive.train.plot import draw

    predict, roles = model.predict, model.roles
    if predict is None or roles is None:
        draw(wishes.plot, run.history)
    else:
        draw(wishes.plot, run.history, given.table,
             lambda features: predict(run.parameters, {roles[0]: features}))  # fmt: skip
