"""L-BFGS, by SciPy: rounds of a fixed length, each from where the last one ended.

SciPy keeps the memory of the method to itself, so a run can only be taken up again where that
memory is empty. Every round starts with an empty one, whether a run is resumed or not: this is
what makes a resumed run equal to an uninterrupted one.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from derive.train.descent import Epoch
from derive.train.errors import TrainError
from derive.train.objective import Array, Arrays, Objective, norm
from derive.train.settings import Settings
from derive.train.state import Floats, State

ROUND = 50
# only a gradient this small ends a round early: the cost is to reach the last bits
_OPTIONS = {"gtol": 1e-10, "ftol": 0.0, "maxcor": 20, "maxfun": 1_000_000}


def iterations(cost: Objective, data: Arrays, state: State, settings: Settings) -> Iterator[Epoch]:
    """Go on from a state, one iteration an epoch, until the settings' last or convergence.

    Raises TrainError where SciPy is not installed.
    """
    while state.epoch < settings.epochs:
        origin = state.memory.get("origin", state.parameters)
        done = state.epoch % ROUND if "origin" in state.memory else 0
        first = state.epoch - done
        length = min(ROUND, settings.epochs - first)
        found = _round(cost, data, origin, length)
        for k, (value, slope, parameters) in enumerate(found[done:], done + 1):
            whole = k == ROUND
            memory = {} if whole else {"origin": origin}
            state = replace(
                state,
                parameters=parameters,
                memory=memory,
                epoch=first + k,
                steps=state.steps + 1,
            )
            yield Epoch(state, value, slope)
        if len(found) < length:
            return


def _round(
    cost: Objective, data: Arrays, origin: Arrays, length: int
) -> list[tuple[float, float, dict[str, Array]]]:
    """The iterations of one round: cost and slope before each, parameters after it."""
    minimize = _minimize()
    seen: list[tuple[float, float]] = []
    after: list[Floats] = []
    latest = (np.nan, np.nan)

    def value(point: Floats) -> tuple[float, Floats]:
        nonlocal latest
        found, gradient = cost(parted(point, origin), data)
        latest = found, norm(gradient)
        if not seen:
            seen.append(latest)
        return found, flat({name: gradient[name] for name in origin})

    def accepted(intermediate_result: Any) -> None:
        # the point accepted is the one evaluated last
        seen.append(latest)
        after.append(intermediate_result.x.copy())

    minimize(
        value,
        flat(origin),
        jac=True,
        method="L-BFGS-B",
        callback=accepted,
        options=_OPTIONS | {"maxiter": length},
    )
    return [(*before, parted(x, origin)) for before, x in zip(seen, after, strict=False)]


def _minimize() -> Any:
    try:
        from scipy.optimize import minimize
    except ImportError:
        raise TrainError("L-BFGS needs SciPy: pip install 'derivation-compiler[train]'") from None
    return minimize


def flat(arrays: Arrays) -> Floats:
    """All entries in one vector, in the order of the names."""
    return np.concatenate([np.ravel(value) for value in arrays.values()]).astype(np.float64)


def parted(vector: Floats, like: Arrays) -> dict[str, Array]:
    """The vector cut into arrays of the names and shapes of `like`."""
    ends = np.cumsum([np.size(value) for value in like.values()])
    parts = np.split(vector, ends[:-1])
    return {
        name: part.reshape(np.shape(value)).astype(np.asarray(value).dtype)
        for (name, value), part in zip(like.items(), parts, strict=True)
    }
