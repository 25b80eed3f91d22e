"""The gradient rules at work: one epoch after the other, in batches or all at once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from derive.train.objective import Arrays, Objective, norm, samples
from derive.train.optimizers import OPTIMIZERS, blank, step
from derive.train.settings import Settings
from derive.train.state import State, generator


class Epoch(NamedTuple):
    """One epoch: the state after it, the mean cost and slope before its steps."""

    state: State
    cost: float
    slope: float


def epochs(cost: Objective, data: Arrays, state: State, settings: Settings) -> Iterator[Epoch]:
    """Go on from a state to the last epoch of the settings."""
    rule = OPTIMIZERS[settings.optimizer]
    count = samples(data)
    random = generator(state)
    parameters, steps = state.parameters, state.steps
    memory = dict(state.memory) or blank(rule, parameters)
    for epoch in range(state.epoch, settings.epochs):
        total = length = 0.0
        for share, batch in _batches(data, count, settings.batch, random):
            value, gradient = cost(parameters, batch)
            steps += 1
            total, length = total + share * value, length + share * norm(gradient)
            parameters, memory = step(rule, settings.pace, steps, parameters, gradient, memory)
        after = replace(
            state,
            parameters=parameters,
            random=random.bit_generator.state,
            memory=memory,
            epoch=epoch + 1,
            steps=steps,
        )
        yield Epoch(after, total, length)


def _batches(
    data: Arrays, count: int, size: int | None, random: np.random.Generator
) -> Iterator[tuple[float, Arrays]]:
    """The data in batches drawn without replacement, each with its share of the samples."""
    if size is None or size >= count:
        yield 1.0, data
        return
    order = random.permutation(count)
    for first in range(0, count, size):
        rows = order[first : first + size]
        yield len(rows) / count, {name: array[rows] for name, array in data.items()}
