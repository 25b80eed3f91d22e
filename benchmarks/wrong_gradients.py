"""What the slips of the paper as written would have done to training.

`python benchmarks/wrong_gradients.py [PICTURE]` trains the paper's network from the same weights
with the proved gradient and with three that the compiler refuses, and prints what comes of each.
"""

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from derive.models import bundled
from derive.train import Diverged, History, Settings, begin, drawn, train
from derive.train.table import XOR

MODEL = bundled()
EPOCHS = 2000
START = {"u": (3, 2), "v": (3,)}
SEEDS = range(20)
SEED = 1  # of the picture
LEARNED = 0.2  # a cost that only a network that has learned is below, in both sets of data

Slip = Callable[[dict, int], dict]


def clouds(count: int = 400) -> dict:
    """Two clouds of samples that overlap a little."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, count).astype(float)
    return {"X_0": random.standard_normal((count, 2)) + 2 * labels[:, None], "h_r": labels}


DATA = {
    "exclusive or, n = 4": {"X_0": XOR.features, "h_r": XOR.labels},
    "clouds, n = 400": clouds(),
}

SLIPS: dict[str, Slip] = {
    "the proved gradient": lambda gradient, n: gradient,
    "the sign of (13)": lambda gradient, n: {k: -g for k, g in gradient.items()},
    "1/n lost in d": lambda gradient, n: {k: n * g for k, g in gradient.items()},
    "the difference of (11), which is 0": lambda gradient, n: {
        k: 0 * g for k, g in gradient.items()
    },
}


def slipped(slip: Slip) -> Callable:
    """The objective with a gradient that has gone wrong."""

    def objective(parameters, data):
        value, gradient = MODEL.objective(parameters, data)
        return value, slip(gradient, len(data["h_r"]))

    return objective


def trained(slip: Slip, data: dict, optimizer: str, seed: int) -> tuple[History, str]:
    """The course of a run, and "diverged" if it was stopped for that."""
    course = History()
    start = begin(drawn(START, seed))
    settings = Settings(optimizer, epochs=EPOCHS)
    try:
        train(slipped(slip), data, start, settings, sense=MODEL.sense, history=course)
    except Diverged:
        return course, "diverged"
    return course, "learned" if course.cost[-1] < LEARNED else "stuck"


def main() -> None:
    for where, data in DATA.items():
        for optimizer in ("gd", "momentum", "adam"):
            print(f"{where}, {optimizer}, {len(SEEDS)} starts, {EPOCHS} epochs")
            for name, slip in SLIPS.items():
                runs = [trained(slip, data, optimizer, seed) for seed in SEEDS]
                ends = Counter(end for _, end in runs)
                said = ", ".join(f"{ends[e]:2} {e}" for e in ("learned", "stuck", "diverged"))
                last = median(course.cost[-1] for course, _ in runs)
                print(f"  {name:<36} {said}; median last cost {last:.4g}")
    for picture in sys.argv[1:]:
        draw(Path(picture))


def draw(path: Path) -> None:
    """Draw the courses with gradient descent."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, (where, data) in zip(figure.subplots(1, 2), DATA.items(), strict=True):
        for name, slip in SLIPS.items():
            axes.plot(trained(slip, data, "gd", SEED)[0].cost, label=name, linewidth=1)
        axes.set(xlabel="epoch", ylabel="cost", title=where, yscale="log", xscale="symlog")
        axes.set_xlim(0, EPOCHS)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


if __name__ == "__main__":
    main()
