"""One epoch of training, against scikit-learn and PyTorch, in ratios within one run.

`python benchmarks/training.py [n …]` trains the paper's network with mini-batches of 200 samples
and Adam, X"""

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from statistics import median

# read when NumPy is first imported
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

from derive.models import bundled
from derive.train import Settings, begin, drawn, train

BATCH = 200
EPOCHS, RUNS = 4, 5
COUNTS = (1_000, 10_000, 100_000)
HIDDEN = (2, 32, 256)
INPUTS = 8

Epochs = Callable[[], object]


def samples(count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, count).astype(float)
    return random.standard_normal((count, INPUTS)) + labels[:, None], labels


def ours(x: np.ndarray, t: np.ndarray, hidden: int) -> Epochs:
    model = bundled()
    start = begin(drawn({"u": (INPUTS + 1, hidden), "v": (hidden + 1,)}, 0))
    settings = Settings("adam", rate=0.001, epochs=EPOCHS, batch=BATCH)
    data = {"X_0": x, "h_r": t}
    return lambda: train(model.objective, data, start, settings, sense=model.sense)


def sklearn(x: np.ndarray, t: np.ndarray, hidden: int) -> Epochs | None:
    try:
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        return None
    network = MLPClassifier(
        (hidden,), activation="logistic", solver="adam", alpha=0, batch_size=BATCH, max_iter=EPOCHS
    )

    def epochs() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a few epochs are not enough
            network.fit(x, t)

    return epochs


def torch(x: np.ndarray, t: np.ndarray, hidden: int) -> Epochs | None:
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    inputs, labels = torch.tensor(x), torch.tensor(t)
    layers = torch.nn.Linear(INPUTS, hidden), torch.nn.Sigmoid(), torch.nn.Linear(hidden, 1)
    network = torch.nn.Sequential(*layers).double()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
    loss = torch.nn.BCEWithLogitsLoss()

    def epochs() -> None:
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(labels)).split(BATCH):
                optimizer.zero_grad()
                loss(network(inputs[rows]).squeeze(1), labels[rows]).backward()
                optimizer.step()

    return epochs


OTHERS = {"scikit-learn": sklearn, "PyTorch": torch}


def timed(work: Epochs) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) / EPOCHS


def compared(count: int, hidden: int) -> Iterator[tuple[str, float]]:
    """The median seconds of an epoch; all run in turn, so that a busy moment meets all of them."""
    x, t = samples(count)
    found = {name: make(x, t, hidden) for name, make in OTHERS.items()}
    runs = {"derive": ours(x, t, hidden)} | {k: e for k, e in found.items() if e is not None}
    for run in runs.values():
        run()
    times = {name: [] for name in runs}
    for _ in range(RUNS):
        for name, run in runs.items():
            times[name].append(timed(run))
    yield from ((name, median(seconds)) for name, seconds in times.items())


def main() -> None:
    for count in map(int, sys.argv[1:] or COUNTS):
        for hidden in HIDDEN:
            print(f"n = {count:,}, {INPUTS} inputs, {hidden} hidden units, batches of {BATCH}")
            (_, own), *others = compared(count, hidden)
            print(f"  {'derive':<16}{own * 1e3:10.2f} ms")
            for name, seconds in others:
                print(f"  {name:<16}{seconds * 1e3:10.2f} ms  {seconds / own:.2f} times as long")


if __name__ == "__main__":
    main()
