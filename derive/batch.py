"""Many documents at a time: joblib runs them, in processes of this machine or on a Dask cluster."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from signal import SIGTERM, signal
from typing import TypeVar

from derive.values import dataclass
from derive.worker import leave

A = TypeVar("A")
B = TypeVar("B")

ANSWER = 10  # seconds for a scheduler to answer


class Absent(Exception):
    """Dask is needed and missing; says how to get it."""


@dataclass(frozen=True, slots=True)
class Lost:
    """An item whose process died, and why."""

    reason: str


def in_order(
    work: Callable[[A], B], items: Sequence[A], jobs: int, cluster: str | None = None
) -> Iterator[B | Lost]:
    """Do `work` on every item, `jobs` at a time, and give the results in order.

    With `cluster`, the address of a Dask scheduler, its workers do it, as many as there are. A
    process that dies costs one item: what it took along is done again, one at a time. Raises
    `Absent` where a cluster is asked for and Dask is missing, and `OSError` where nothing answers.
    """
    with _cluster(cluster) if cluster else _processes():
        done, count = 0, -1 if cluster else jobs
        died = _deaths(bool(cluster))
        try:
            for result in _parallel(work, items, count):
                done += 1
                yield result
        except died:
            for item in items[done:]:
                yield _alone(work, item, died)


def _parallel(work: Callable[[A], B], items: Sequence[A], jobs: int) -> Iterator[B]:
    from joblib import Parallel, delayed

    run = Parallel(n_jobs=jobs, return_as="generator", batch_size=1)
    return iter(run(delayed(_stoppable)(work, item) for item in items))


def _alone(work: Callable[[A], B], item: A, died: tuple[type[Exception], ...]) -> B | Lost:
    try:
        (found,) = _parallel(work, [item], 2)  # of one process, joblib would make this one
    except died as trouble:
        return Lost(str(trouble).partition(".")[0].partition("\n")[0])
    return found


def _stoppable(work: Callable[[A], B], item: A) -> B:
    """Do the work in a process that takes its children along when it is stopped."""
    with suppress(ValueError):  # a thread of a cluster's worker, which is not stopped so
        signal(SIGTERM, partial(leave, 128 + SIGTERM))
    return work(item)


def _deaths(cluster: bool) -> tuple[type[Exception], ...]:
    """What is raised where a process dies."""
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    if not cluster:
        return (TerminatedWorkerError,)
    from distributed import KilledWorker

    return (TerminatedWorkerError, KilledWorker)


@contextmanager
def _processes() -> Iterator[None]:
    """The time for which joblib's processes are kept: none outlives it, even after Ctrl-C."""
    from joblib.externals.loky import get_reusable_executor

    try:
        yield
    finally:
        get_reusable_executor().shutdown(kill_workers=True)


@contextmanager
def _cluster(address: str) -> Iterator[None]:
    """The time for which a Dask cluster does joblib's work."""
    from joblib import parallel_config

    try:
        from distributed import Client
    except ImportError:
        raise Absent("Dask is missing: pip install 'derivation-compiler[cluster]'") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with Client(address, timeout=ANSWER), parallel_config(backend="dask"):
        yield
