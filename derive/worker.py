"""Hard limits of time and memory: work runs in a child process that can be killed.

C code cannot be interrupted from inside Python, so a limit that holds needs a process of
its own. The child is a fork: it inherits the work to do and sends back only results, one
by one. When one takes too long, or the child dies, it is replaced by a new child that
goes on with the next, so that one hard relation costs one verdict and not the document.
"""

import gc
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from signal import SIG_IGN, SIGINT, Signals, signal
from time import perf_counter, process_time
from typing import IO, Generic, NoReturn, TypeVar

from derive.values import dataclass

T = TypeVar("T")

TIMEOUT, MEMORY, CRASH = "timeout", "memory", "crash"
GARBAGE = 50_000  # new objects after which a child looks for cycles: terms have none
PATIENCE = 3  # how much longer than its time a child may take on a busy machine


@dataclass(frozen=True, slots=True)
class Limits:
    """What one piece of work may take: seconds, and bytes beyond what the process holds."""

    seconds: float = 10.0
    memory: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Failure:
    """Work that gave no result: `timeout`, `memory` or `crash`, with words for the user."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The result of work number `index`, and the seconds that it took."""

    index: int
    value: T | Failure
    seconds: float


def run(
    work: Callable[[int], T], count: int, limits: Limits | None, lanes: int = 1
) -> Iterator[Outcome[T]]:
    """Do work 0, 1, … within limits, and give outcomes in order; without limits, do it here.

    A failure is an outcome like any other. Of several `lanes` each has a child of its own, and
    they take the work in turn. Where the system cannot fork, or this process may have no
    children, work is done here and only the limits inside it hold.
    """
    if limits is None or not _can_fork():
        yield from (_timed(work, index) for index in range(count))
        return
    lanes = max(1, min(lanes, count))
    with ExitStack() as stack:
        rows = [_lane(work, range(k, count, lanes), limits) for k in range(lanes)]
        for row in rows:
            stack.callback(row.close)
        for index in range(count):
            yield next(rows[index % lanes])


def _lane(
    work: Callable[[int], T], indices: range, limits: Limits
) -> Generator[Outcome[T], None, None]:
    """The outcomes of some of the work, from one child after another."""
    while indices:
        with _child(work, indices, limits) as (receive, child):
            for index in indices:
                outcome: Outcome[T] = _next(receive, child, index, limits)
                indices = indices[1:]
                yield outcome
                if isinstance(outcome.value, Failure):
                    break


def leave(status: int, *_: object) -> NoReturn:
    """Leave this process at once: no child goes on, and none is waited for."""
    for child in multiprocessing.active_children():
        child.terminate()
    os._exit(status)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _can_fork() -> bool:
    here = multiprocessing.current_process()
    return "fork" in multiprocessing.get_all_start_methods() and not here.daemon


def _timed(work: Callable[[int], T], index: int) -> Outcome[T]:
    begun = perf_counter()
    value = work(index)
    return Outcome(index, value, perf_counter() - begun)


def _next(receive: Connection, child: "_Child", index: int, limits: Limits) -> Outcome[T]:
    try:
        if not _heard(receive, child, limits.seconds):
            words = f"stopped after {limits.seconds:g} s"
            return Outcome(index, Failure(TIMEOUT, words), limits.seconds)
        outcome: Outcome[T] = receive.recv()
        return outcome
    except (EOFError, ConnectionResetError):
        return Outcome(index, child.post_mortem(), 0.0)


def _heard(receive: Connection, child: "_Child", seconds: float) -> bool:
    """Whether a result came in time; a child that has to share its processor has longer."""
    begun, worked = perf_counter(), child.worked()
    wait = seconds
    while not receive.poll(wait):
        spent = perf_counter() - begun
        left = seconds - (child.worked() - worked)
        wait = min(left, PATIENCE * seconds - spent)
        if wait <= 0:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Child:
    """The process that works, and the file that it says its last words in."""

    process: BaseProcess
    said: IO[bytes]

    def worked(self) -> float:
        """The seconds of processor time that it has had; a clock's where the system is silent."""
        try:
            with open(f"/proc/{self.process.pid}/stat", "rb") as stat:
                fields = stat.read().rpartition(b")")[2].split()
        except OSError:
            return perf_counter()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def post_mortem(self) -> Failure:
        """Why it died."""
        self.process.join()
        return _post_mortem(self.process.exitcode, self.said)


@contextmanager
def _child(
    work: Callable[[int], T], indices: range, limits: Limits
) -> Iterator[tuple[Connection, _Child]]:
    """Fork a child that does the work of these numbers; it is gone when the block is left."""
    fork = multiprocessing.get_context("fork")
    receive, send = fork.Pipe(duplex=False)
    with tempfile.TemporaryFile() as said:

        def serve() -> None:
            receive.close()
            _prepare(said, limits.memory)
            for index in indices:
                _allow(limits.seconds)
                send.send(_timed(work, index))

        process = fork.Process(target=serve, daemon=True)
        process.start()
        send.close()
        try:
            yield receive, _Child(process, said)
        finally:
            process.kill()
            process.join()
            with suppress(ValueError):  # where another thread reaped it first
                process.close()
            receive.close()


def _prepare(said: IO[bytes], memory: int) -> None:
    """Set up the child: the parent handles Ctrl-C, and reads what is said on dying."""
    with suppress(ValueError):  # where a thread that is not the main one forked
        signal(SIGINT, SIG_IGN)
    gc.freeze()  # what the parent made is neither searched nor copied
    gc.set_threshold(GARBAGE)
    os.dup2(said.fileno(), 2)
    sys.stderr = open(2, "w", closefd=False, errors="replace")  # noqa: SIM115
    import resource  # Unix only, as fork is

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _held() + memory
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _allow(seconds: float) -> None:
    """Let the child live as long as one piece of work may take, should its parent be killed."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = int(process_time() + 2 * seconds) + 60
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def _held() -> int:
    """The address space that this process holds now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _ending(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"exit status {exitcode}"
    return f"ended by {Signals(-exitcode).name}"


def _post_mortem(exitcode: int | None, said: IO[bytes]) -> Failure:
    said.seek(0)
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    last = lines[-1].strip() if lines else _ending(exitcode)
    if "MemoryError" in last or "memory" in last.lower():
        return Failure(MEMORY, "stopped: out of memory")
    places = [line.strip() for line in lines if line.startswith('  File "')]
    where = f" ({places[-1].rpartition('/')[2]})" if places else ""
    return Failure(CRASH, f"the checker failed: {last}{where}")
