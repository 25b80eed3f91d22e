"""The rules that turn a gradient into a step, one row each.

Momentum is Polyak's heavy ball (1964); Adam is algorithm 1 of Kingma and Ba (2015), with
their constants.
"""

from collections.abc import Callable
from dataclasses import dataclass

from derive.train.objective import Array, Arrays

Memory = dict[str, Arrays]
Move = Callable[[int, Array, dict[str, Array]], tuple[Array, dict[str, Array]]]

MOMENTUM = 0.9
MEAN, SQUARE, TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to step: what it remembers for each parameter, its usual rate, and the step.

    `move(k, slope, memory)` gives the direction of step k = 1, 2, … and the memory after it.
    """

    memory: tuple[str, ...]
    rate: float
    move: Move


def _descent(_: int, slope: Array, memory: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
    return slope, memory


def _momentum(_: int, slope: Array, memory: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
    velocity = MOMENTUM * memory["velocity"] + slope
    return velocity, {"velocity": velocity}


def _adam(k: int, slope: Array, memory: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
    mean = MEAN * memory["mean"] + (1 - MEAN) * slope
    square = SQUARE * memory["square"] + (1 - SQUARE) * slope * slope
    length = (square / (1 - SQUARE**k)) ** 0.5 + TINY
    return mean / (1 - MEAN**k) / length, {"mean": mean, "square": square}


OPTIMIZERS = {
    "gd": Rule((), 3.0, _descent),
    "momentum": Rule(("velocity",), 0.5, _momentum),
    "adam": Rule(("mean", "square"), 0.1, _adam),
}


def blank(rule: Rule, parameters: Arrays) -> Memory:
    """What a rule remembers before its first step: nothing, in the shape of the parameters."""
    return {slot: {name: 0 * value for name, value in parameters.items()} for slot in rule.memory}


def step(
    rule: Rule, rate: float, k: int, parameters: Arrays, gradient: Arrays, memory: Memory
) -> tuple[dict[str, Array], Memory]:
    """Step k = 1, 2, … of a rule: the parameters and the memory after it."""
    after: dict[str, Array] = {}
    kept: dict[str, dict[str, Array]] = {slot: {} for slot in rule.memory}
    for name, value in parameters.items():
        known = {slot: memory[slot][name] for slot in rule.memory}
        direction, known = rule.move(k, gradient[name], known)
        after[name] = value - rate * direction
        for slot in rule.memory:
            kept[slot][name] = known[slot]
    return after, dict(kept)
