"""Where a run stands: all that is needed to go on with it to the same bits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.train.objective import Array, Arrays

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class State:
    """A run after `epoch` epochs and `steps` steps.

    `memory` is the optimizer's, by name and then by parameter; `random` the state of the
    generator that orders the samples; `best` the parameters of the lowest held-out cost so
    far, empty where no samples are held out.
    """

    parameters: Arrays
    random: Mapping[str, Any]
    memory: Mapping[str, Arrays] = field(default_factory=dict)
    best: Arrays = field(default_factory=dict)
    epoch: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """The course of a run, one number for each epoch; the lists only grow.

    `cost` and `slope` (the length of the gradient) are those before each step, averaged over
    the epoch: with all samples in one batch, `cost[k]` is the cost after k epochs. `held` is
    the cost of the held-out samples after each epoch, empty where there are none.
    """

    cost: list[float] = field(default_factory=list)
    slope: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)

    @property
    def watched(self) -> list[float]:
        """The costs that early stopping looks at."""
        return self.held or self.cost

    def until(self, epoch: int) -> "History":
        """The course of the first epochs: a run may be stopped while it writes the next one."""
        return History(self.cost[:epoch], self.slope[:epoch], self.held[:epoch])

    def arrays(self) -> dict[str, Floats]:
        return {name: np.array(getattr(self, name)) for name in ("cost", "slope", "held")}


def begin(parameters: Arrays, seed: int = 0) -> State:
    """The start of a run from the parameters given; its samples are ordered by the seed."""
    generator = np.random.Generator(np.random.PCG64([seed, 1]))
    copies = {name: np.array(value) for name, value in parameters.items()}
    return State(copies, generator.bit_generator.state)


def generator(state: State) -> np.random.Generator:
    """A generator that goes on where the one of the state stopped."""
    found = np.random.Generator(np.random.PCG64())
    found.bit_generator.state = dict(state.random)
    return found


def drawn(shapes: Mapping[str, tuple[int, ...]], seed: int, start: int = 0) -> dict[str, Array]:
    """Parameters of the shapes given, each entry from the standard normal distribution.

    A seed has as many starts as one likes, each independent of the others.
    """
    source = np.random.Generator(np.random.PCG64([seed, 0, start]))
    return {name: source.standard_normal(shape) for name, shape in shapes.items()}
