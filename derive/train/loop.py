"""A run: epochs of the optimizer chosen, recorded, watched, and stopped in time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import inf, isfinite

import numpy as np

from derive.train import descent, lbfgs
from derive.train.errors import Diverged
from derive.train.objective import Arrays, Objective, as_cost, conforms, norm, samples
from derive.train.settings import LBFGS, Settings
from derive.train.state import History, State

# a cost that stays this much above its start for this many epochs is not coming back
_ABOVE, _EPOCHS = 0.1, 100

Watch = Callable[[State, History], None]


@dataclass(frozen=True, slots=True)
class Run:
    """The end of a run: its last state, its course, the cost there, and why it ended.

    `parameters` are the last ones; with held-out samples, those of the lowest held-out cost.
    """

    state: State
    history: History
    parameters: Arrays
    cost: float
    reason: str


def train(
    objective: Objective,
    data: Arrays,
    start: State,
    settings: Settings,
    *,
    sense: str | None = None,
    history: History | None = None,
    held: Arrays | None = None,
    watch: Watch | None = None,
) -> Run:
    """Make the objective's cost small, from a state (see `begin`) on.

    `data` are arrays with one row for each sample, `held` further ones that only early stopping
    looks at. `history` is the course so far of a run that is resumed. `watch` is called after
    every epoch. Raises TrainError where objective, data and parameters do not fit together,
    Diverged where the cost rises for good or stops being a number.
    """
    cost = as_cost(objective, sense)
    course = history or History()
    # what is not a number is told from the cost, once, instead of by a warning at each step
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        _fitting(cost, start, data, held, settings.batch)
        state, tired = _walk(cost, data, start, settings, course, held, watch)
        parameters = state.best or state.parameters
        value, gradient = cost(parameters, data)
    reason = _reason(state, settings, tired, norm(gradient))
    return Run(state, course, parameters, float(value), reason)


def _walk(
    cost: Objective,
    data: Arrays,
    state: State,
    settings: Settings,
    course: History,
    held: Arrays | None,
    watch: Watch | None,
) -> tuple[State, bool]:
    """The last state, and whether patience ended the run."""
    walk = lbfgs.iterations if settings.optimizer == LBFGS else descent.epochs
    patience = _Patience(settings, course.watched)
    if patience.over:
        return state, True
    best = state.best
    for after, value, slope in walk(cost, data, state, settings):
        course.cost.append(value)
        course.slope.append(slope)
        if held is not None:
            course.held.append(float(cost(after.parameters, held)[0]))
        _sound(course)
        lower = patience.sees(course.watched[-1])
        if held is not None and lower:
            best = after.parameters
        state = replace(after, best=best)
        if watch is not None:
            watch(state, course)
        if patience.over:
            break
    return state, patience.over


class _Patience:
    """Early stopping: counts the epochs since the cost was last lower by the tolerance."""

    def __init__(self, settings: Settings, costs: Iterable[float]) -> None:
        self.limit = settings.patience or inf
        self.tolerance = settings.tolerance
        self.low, self.waited = inf, 0
        for cost in costs:
            self.sees(cost)

    def sees(self, cost: float) -> bool:
        """Take in the next cost; whether it is the lowest so far."""
        lower = cost < self.low - self.tolerance
        self.low, self.waited = (cost, 0) if lower else (self.low, self.waited + 1)
        return lower

    @property
    def over(self) -> bool:
        return self.waited >= self.limit


def _fitting(
    cost: Objective, start: State, data: Arrays, held: Arrays | None, batch: int | None
) -> None:
    """Raise TrainError unless objective, parameters and samples (a batch of them) fit together."""
    samples(data)
    if held is not None:
        samples(held)
    value, gradient = cost(start.parameters, {k: array[:batch] for k, array in data.items()})
    conforms(start.parameters, gradient)
    if not isfinite(value):
        raise Diverged(f"the cost is {value} with the parameters to start from")


def _sound(course: History) -> None:
    """Raise Diverged where the cost is no number, or has risen for good."""
    epoch, latest, slope = len(course.cost), course.cost[-1], course.slope[-1]
    if not (isfinite(latest) and isfinite(slope)):
        what = "the cost" if not isfinite(latest) else "the gradient"
        raise Diverged(f"{what} is not a finite number in epoch {epoch}: try a smaller rate")
    first = course.cost[0]
    if epoch > _EPOCHS and min(course.cost[-_EPOCHS:]) > first + _ABOVE * abs(first):
        raise Diverged(
            f"the cost has stayed above its start ({first:.4g}) for {_EPOCHS} epochs and is "
            f"{latest:.4g} in epoch {epoch}: try a smaller rate, or see whether the gradient "
            "belongs to this cost"
        )


def _reason(state: State, settings: Settings, tired: bool, slope: float) -> str:
    if tired:
        return f"no lower cost for {settings.patience} epochs"
    if state.epoch < settings.epochs:
        return f"no step leads to a lower cost (the gradient's length is {slope:.1e})"
    return f"all {settings.epochs} epochs are done"
