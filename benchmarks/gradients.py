"""The emitted two-layer gradient against other ways to have it: ratios of best times in one run.

    python benchmarks/gradients.py [--quick]

A ratio is another's time over ours, so above 1 ours is faster. What is not installed is left
out and named. One thread each: waiting for a second one would be measured on a busy machine.
"""

import argparse
import importlib
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

# read when the libraries are first imported
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np

from derive.gradients import two_layer

CASES = [(n, w) for n in (4, 1_000, 100_000, 1_000_000) for w in (2, 32, 256)]
# arrays of this many numbers are measured; larger ones would be swapped
LARGEST = 64_000_000


def draw(n: int, width: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "u": rng.normal(size=(width + 1, width)) / np.sqrt(width),
        "v": rng.normal(size=width + 1) / np.sqrt(width),
        "X_0": rng.normal(size=(n, width)),
        "h_r": rng.uniform(size=n),
    }


def ours(u, v, X_0, h_r):
    return two_layer.value_and_gradient({"u": u, "v": v}, {"X_0": X_0, "h_r": h_r})


def by_hand(u, v, X_0, h_r):
    """The matrix form of the paper, as one would type it."""
    n = len(X_0)
    ones = np.ones((n, 1))
    X = np.hstack([ones, X_0])
    A_0 = 1 / (1 + np.exp(-(X @ u)))
    A = np.hstack([ones, A_0])
    h = 1 / (1 + np.exp(-(A @ v)))
    C = np.mean(h_r * np.log(h) + (1 - h_r) * np.log(1 - h))
    d = (h_r - h) / n
    return C, (d[:, None] * X).T @ ((1 - A_0) * A_0) * v[1:], A.T @ d


def with_torch() -> Callable[..., Callable[[], Any]]:
    import torch

    torch.set_num_threads(1)

    def prepare(u, v, X_0, h_r):
        u, v = (torch.tensor(a, requires_grad=True) for a in (u, v))
        x, y = torch.tensor(X_0), torch.tensor(h_r)
        ones = torch.ones(len(x), 1, dtype=x.dtype)

        def run():
            a = torch.cat([ones, torch.sigmoid(torch.cat([ones, x], 1) @ u)], 1)
            cost = torch.nn.functional.binary_cross_entropy_with_logits(a @ v, y)
            return cost, torch.autograd.grad(cost, (u, v))

        return run

    return prepare


def with_jax() -> Callable[..., Callable[[], Any]]:
    import jax

    jax.config.update("jax_enable_x64", True)

    def cost(parameters, x, y):
        u, v = parameters
        z = jax.nn.sigmoid(x @ u[1:] + u[0]) @ v[1:] + v[0]
        return (y * jax.nn.log_sigmoid(z) + (1 - y) * jax.nn.log_sigmoid(-z)).mean()

    both = jax.jit(jax.value_and_grad(cost))

    def prepare(u, v, X_0, h_r):
        arrays = [jax.numpy.asarray(a) for a in (u, v, X_0, h_r)]
        return lambda: jax.block_until_ready(both((arrays[0], arrays[1]), *arrays[2:]))

    return prepare


def with_lambdify() -> Callable[..., Callable[[], Any]]:
    """SymPy's own gradient of one sample, unsimplified, over all samples; for 2 hidden units."""
    import sympy

    us, vs = sympy.symbols("u:6"), sympy.symbols("v:3")
    x1, x2, y = sympy.symbols("x1 x2 y")
    a = [1 / (1 + sympy.exp(-(us[j] + us[2 + j] * x1 + us[4 + j] * x2))) for j in (0, 1)]
    h = 1 / (1 + sympy.exp(-(vs[0] + vs[1] * a[0] + vs[2] * a[1])))
    cost = y * sympy.log(h) + (1 - y) * sympy.log(1 - h)
    slopes = [sympy.diff(cost, s) for s in (*us, *vs)]
    f = sympy.lambdify([*us, *vs, x1, x2, y], [cost, *slopes], "numpy")

    def prepare(u, v, X_0, h_r):
        if u.shape != (3, 2):
            return None
        return lambda: [np.mean(s) for s in f(*u.ravel(), *v, *X_0.T, h_r)]

    return prepare


def with_numba() -> Callable[..., Callable[[], Any]]:
    """One fused loop over samples, without any array between."""
    import numba

    @numba.njit(fastmath=True)
    def fused(u, v, x, y):
        n, p = x.shape
        m = len(v) - 1
        gu, gv, total = np.zeros_like(u), np.zeros_like(v), 0.0
        a = np.empty(m)
        for i in range(n):
            z = v[0]
            for j in range(m):
                s = u[0, j]
                for k in range(p):
                    s += u[k + 1, j] * x[i, k]
                a[j] = 1 / (1 + np.exp(-s))
                z += v[j + 1] * a[j]
            h = 1 / (1 + np.exp(-z))
            total += y[i] * np.log(h) + (1 - y[i]) * np.log(1 - h)
            d = y[i] - h
            gv[0] += d
            for j in range(m):
                gv[j + 1] += d * a[j]
                g = d * v[j + 1] * a[j] * (1 - a[j])
                gu[0, j] += g
                for k in range(p):
                    gu[k + 1, j] += g * x[i, k]
        return total / n, gu / n, gv / n

    return lambda u, v, X_0, h_r: lambda: fused(u, v, X_0, h_r)


def with_sklearn() -> Callable[..., Callable[[], Any]]:
    """One epoch of full-batch descent, the step included."""
    from sklearn.neural_network import MLPClassifier

    def prepare(u, v, X_0, h_r):
        y = (h_r > 0.5).astype(int)
        model = MLPClassifier(
            (u.shape[1],), activation="logistic", solver="sgd", batch_size=len(X_0), max_iter=1
        )

        def run():
            model.partial_fit(X_0, y, classes=[0, 1])

        return run

    return prepare


def rivals() -> Iterator[tuple[str, Callable[..., Any]]]:
    yield "by hand", lambda **a: lambda: by_hand(**a)
    makers = {
        "torch": with_torch, "jax": with_jax, "sympy": with_lambdify, "numba": with_numba,
        "sklearn": with_sklearn,
    }  # fmt: skip
    for name, make in makers.items():
        try:
            importlib.import_module(name)
        except ImportError:
            print(f"{name} is not installed: left out")
            continue
        yield name, make()


def seconds(runs: list[Callable[[], Any]], budget: float) -> list[float]:
    """Best times, the runs taken in turn so that a busy moment meets all of them."""
    for run in runs:
        run()
    times: list[list[float]] = [[] for _ in runs]
    begun = time.perf_counter()
    while len(times[0]) < 5 or time.perf_counter() - begun < budget:
        for run, found in zip(runs, times, strict=True):
            at = time.perf_counter()
            run()
            found.append(time.perf_counter() - at)
    return [min(t) for t in times]


def speed(quick: bool) -> None:
    others = list(rivals())
    names = [name for name, _ in others]
    print(f"{'n':>9} {'width':>5} {'ours':>10}  " + " ".join(f"{n:>8}" for n in names))
    for n, width in CASES:
        if n * width > (LARGEST if not quick else 2_000_000):
            continue
        arguments = draw(n, width)
        made = [prepare(**arguments) for _, prepare in others]
        runs = [run for run in made if run is not None]
        mine, *times = seconds([lambda a=arguments: ours(**a), *runs], 0.5 if quick else 2)
        found = iter(times)
        ratios = [f"{next(found) / mine:8.2f}" if run else f"{'':8}" for run in made]
        print(f"{n:9} {width:5} {mine * 1e6:8.0f}us  " + " ".join(ratios), flush=True)


def bandwidth() -> None:
    """How far from reading the input once: the time of a sum over it."""
    arguments = draw(1_000_000, 2)
    x = arguments["X_0"]
    mine, read = seconds([lambda: ours(**arguments), lambda: x.sum()], 2)
    print(f"n = 1000000, width 2: {mine / read:.0f} times as long as one sum over the inputs")


def memory() -> None:
    """Peak memory beyond the inputs at ten million samples, as a share of the inputs."""
    arguments = draw(10_000_000, 2)
    size = sum(a.nbytes for a in arguments.values())
    tracemalloc.start()
    ours(**arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"n = 10000000: {size / 1e6:.0f} MB of inputs, {peak / 1e6:.1f} MB more at the peak")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less time, no large arrays")
    quick = parser.parse_args().quick
    print("times of others over ours; above 1 ours is faster")
    speed(quick)
    bandwidth()
    if not quick:
        memory()


if __name__ == "__main__":
    main()
