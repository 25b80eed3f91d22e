"""Samples set aside, to see how well what was learned does on others."""

import numpy as np
from numpy.typing import NDArray

from derive.train.errors import TrainError
from derive.train.objective import Arrays, samples
from derive.train.settings import Settings


def divided(data: Arrays, settings: Settings) -> tuple[Arrays, Arrays | None]:
    """The samples to learn from, and those held out (None where the settings ask for none).

    Which ones is decided by the seed. Raises TrainError where none would be left.
    """
    if not settings.holdout:
        return data, None
    count = samples(data)
    aside = round(count * settings.holdout)
    if not 0 < aside < count:
        raise TrainError(f"of {count} samples, {aside} would be held out: nothing to learn or see")
    order = np.random.Generator(np.random.PCG64([settings.seed, 2])).permutation(count)
    return _rows(data, np.sort(order[aside:])), _rows(data, np.sort(order[:aside]))


def _rows(data: Arrays, rows: NDArray[np.int64]) -> Arrays:
    return {name: array[rows] for name, array in data.items()}
