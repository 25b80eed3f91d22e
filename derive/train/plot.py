"""Pictures of a run: how the cost fell, and where two inputs are told apart."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from derive.train.errors import TrainError
from derive.train.objective import Array
from derive.train.state import Floats, History
from derive.train.table import Table

Predict = Callable[[Floats], Array]

_SIDE = 200


def ready(path: Path) -> None:
    """Raise TrainError where no picture could be drawn to this path."""
    known = _matplotlib()().canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        raise TrainError(f"{path}: pictures are drawn as {', '.join(sorted(known))}")


def draw(
    path: Path, history: History, table: Table | None = None, predict: Predict | None = None
) -> None:
    """Draw the cost over the epochs, and for two features the decision boundary beside it.

    `predict` takes features of shape (n, 2) to n predictions. The format is the one that the
    path's ending names. Raises TrainError where matplotlib is not installed or does not know
    the ending, OSError where the file cannot be written.
    """
    ready(path)
    plain = _matplotlib()
    if table is None or predict is None or table.features.shape[1] != 2:
        figure = plain(figsize=(5, 4), layout="constrained")
        _convergence(figure.subplots(), history)
    else:
        figure = plain(figsize=(10, 4), layout="constrained")
        left, right = figure.subplots(1, 2)
        _convergence(left, history)
        _boundary(right, table, predict)
    figure.savefig(path)


def _matplotlib() -> Any:
    """Its class of figures, which needs no display."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise TrainError(
            "pictures need matplotlib: pip install 'derivation-compiler[plot]'"
        ) from None
    return Figure


def _convergence(axes: Any, history: History) -> None:
    axes.plot(history.cost, label="cost")
    if history.held:
        axes.plot(history.held, label="cost of the held-out samples")
        axes.legend()
    axes.set(xlabel="epoch", ylabel="cost", title="Convergence")
    if history.cost and min(history.cost) > 0:
        axes.set_yscale("log")


def _boundary(axes: Any, table: Table, predict: Predict) -> None:
    low, high = table.features.min(axis=0), table.features.max(axis=0)
    room = 0.25 * np.maximum(high - low, 1e-9)
    across = np.linspace(low[0] - room[0], high[0] + room[0], _SIDE)
    up = np.linspace(low[1] - room[1], high[1] + room[1], _SIDE)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    heights = predict(grid).reshape(_SIDE, _SIDE)
    filled = axes.contourf(across, up, heights, levels=np.linspace(0, 1, 11), cmap="RdBu_r")
    axes.contour(across, up, heights, levels=[0.5], colors="black")
    colours = {"c": table.labels, "cmap": "RdBu_r", "edgecolors": "black", "vmin": 0, "vmax": 1}
    axes.scatter(*table.features.T, **colours)
    first, second = table.names[:2] or ("first input", "second input")
    axes.set(xlabel=first, ylabel=second, title="Prediction, and the boundary at 1/2")
    axes.figure.colorbar(filled, ax=axes)
