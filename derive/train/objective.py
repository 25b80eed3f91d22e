"""What is trained: a function of parameters and data that gives a value and its gradient."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.train.errors import TrainError

Array = NDArray[np.floating[Any]]
Arrays = Mapping[str, Array]
Objective = Callable[[Arrays, Arrays], tuple[float, dict[str, Array]]]

SENSES = {"minimise": 1, "maximise": -1}


def as_cost(objective: Objective, sense: str | None = None) -> Objective:
    """The objective as something to be made small: itself, or its negative.

    The direction is what `sense` says ("minimise" or "maximise"), else the objective's own
    attribute `sense`. Raises TrainError where neither says it: a wrong guess would climb.
    """
    said = sense or getattr(objective, "sense", None)
    if said not in SENSES:
        raise TrainError("the objective does not say whether it is to be minimised or maximised")
    return objective if said == "minimise" else _negative(objective)


def _negative(objective: Objective) -> Objective:
    def cost(parameters: Arrays, data: Arrays) -> tuple[float, dict[str, Array]]:
        value, gradient = objective(parameters, data)
        return -value, {name: -slope for name, slope in gradient.items()}

    return cost


def conforms(parameters: Arrays, gradient: Arrays) -> None:
    """Raise TrainError unless there is one slope for each parameter, of its shape."""
    if parameters.keys() != gradient.keys():
        names = (", ".join(sorted(side)) or "nothing" for side in (gradient, parameters))
        raise TrainError("the gradient is of {}, the parameters are {}".format(*names))
    for name, value in parameters.items():
        shape = np.shape(gradient[name])
        if shape != np.shape(value):
            raise TrainError(
                f"the gradient of {name} has shape {shape}, {name} itself {np.shape(value)}"
            )


def samples(data: Arrays) -> int:
    """How many samples the data hold: the common length of the first axes.

    Raises TrainError where there are none, or where the arrays disagree.
    """
    counts = {name: len(array) for name, array in data.items() if np.ndim(array)}
    if len(set(counts.values())) != 1:
        said = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise TrainError(f"the data do not agree on the number of samples: {said or 'no data'}")
    if not (count := next(iter(counts.values()))):
        raise TrainError("there are no samples in the data")
    return count


def norm(gradient: Arrays) -> float:
    """The Euclidean length of a gradient over all parameters."""
    return float(np.sqrt(sum(float(np.vdot(slope, slope)) for slope in gradient.values())))
