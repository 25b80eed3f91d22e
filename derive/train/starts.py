"""Several starts: a short run from each, and the lowest goes on.

The cost of a network has minima and plateaus where a run ends for good; which one it meets is
decided by its first weights. K starts of 1/K of the epochs cost as much as the run itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from derive.train.errors import Diverged
from derive.train.loop import Run, train
from derive.train.objective import Arrays, Objective
from derive.train.settings import Settings
from derive.train.state import begin, drawn


def best_start(
    objective: Objective,
    data: Arrays,
    shapes: Mapping[str, tuple[int, ...]],
    settings: Settings,
    starts: int,
    *,
    sense: str | None = None,
    held: Arrays | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> tuple[int, Run]:
    """The number (from 0) and the short run of the start that came to the lowest cost.

    `watch` is called with the starts done and their number. A start that diverges is left out;
    Diverged where all do, TrainError as `train`.
    """
    short = replace(settings, epochs=settings.epochs // starts, patience=None)
    runs: dict[int, Run] = {}
    for number in range(starts):
        first = begin(drawn(shapes, settings.seed, number), settings.seed)
        try:
            runs[number] = train(objective, data, first, short, sense=sense, held=held)
        except Diverged as error:
            trouble = error
        if watch is not None:
            watch(number + 1, starts)
    if not runs:
        raise trouble
    number = min(runs, key=lambda n: runs[n].cost)
    return number, runs[number]
