import faulthandler
import os
import pickle
import sys
import threading
import time

import pytest

from derive.term import ONE, At, Bound, Sum, Sym, num
from derive.worker import CRASH, MEMORY, TIMEOUT, Failure, Limits, run

TERM = Sum(At("h^p", (Bound(0),)), ONE, Sym("n"))
SHORT = Limits(0.3, 1 << 28)


def sleep():
    time.sleep(30)


def recurse():
    return recurse()


def swallow():
    return bytearray(1 << 30)


def crash_in_c():
    faulthandler.disable()  # pytest's, which would report it
    os.abort()


def leave():
    os._exit(3)


def raise_key_error():
    raise KeyError("h^p")


# what goes wrong, the kind of failure, words in it
HARD = [
    (sleep, TIMEOUT, "stopped after 0.3 s"),
    (swallow, MEMORY, "out of memory"),
    (recurse, CRASH, "RecursionError"),
    (raise_key_error, CRASH, "KeyError: 'h^p'"),
    (crash_in_c, CRASH, "ended by SIGABRT"),
    (leave, CRASH, "exit status 3"),
]


@pytest.mark.parametrize(("work", "kind", "words"), HARD, ids=[row[0].__name__ for row in HARD])
def test_one_hard_relation_costs_one_verdict(work, kind, words):
    found = list(run(lambda k: work() if k == 1 else k * k, 4, SHORT))
    assert [o.index for o in found] == [0, 1, 2, 3]
    assert [found[k].value for k in (0, 2, 3)] == [0, 4, 9]
    assert isinstance(found[1].value, Failure)
    assert found[1].value.kind == kind
    assert words in found[1].value.detail


def test_a_failure_names_its_place():
    (found,) = run(lambda k: raise_key_error(), 1, SHORT)
    assert "test_worker.py" in found.value.detail


def test_each_relation_has_the_whole_time():
    found = list(run(lambda k: time.sleep(0.2), 3, SHORT))
    assert [o.value for o in found] == [None] * 3
    assert all(0.2 <= o.seconds < 0.3 for o in found)


def test_terms_come_back_as_the_same_objects():
    (found,) = run(lambda k: TERM, 1, SHORT)
    assert found.value is TERM
    assert pickle.loads(pickle.dumps(TERM)) is TERM


def test_without_limits_work_is_done_here():
    here = []
    found = list(run(lambda k: here.append(k) or num(k), 3, None))
    assert here == [0, 1, 2]
    assert [o.value for o in found] == [num(0), num(1), num(2)]


def test_it_works_from_other_threads_at_once():
    results = []
    threads = [
        threading.Thread(target=lambda: results.append([o.value for o in run(abs, 20, SHORT)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert results == [list(range(20))] * 4


def test_leaving_early_ends_the_child():
    results = run(lambda k: os.getpid(), 1000, SHORT)
    child = next(results).value
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_child_is_cheap():
    begun = time.perf_counter()
    list(run(abs, 1000, SHORT))
    assert time.perf_counter() - begun < 1


def test_what_is_printed_in_the_child_does_not_reach_the_user(capfd):
    list(run(lambda k: print("noise", file=sys.stderr), 2, SHORT))
    assert "noise" not in capfd.readouterr().err


@pytest.mark.parametrize("lanes", [2, 3, 9])
def test_lanes_change_neither_results_nor_order(lanes):
    def work(index):
        if index in (1, 4):
            crash_in_c()
        return index * index

    found = list(run(work, 7, SHORT, lanes))
    assert [o.index for o in found] == list(range(7))
    assert [o.index for o in found if isinstance(o.value, Failure)] == [1, 4]
    assert [found[k].value for k in (0, 2, 3, 5, 6)] == [0, 4, 9, 25, 36]


def test_lanes_end_with_the_one_who_listens():
    outcomes = run(lambda _: os.getpid(), 4, SHORT, 2)
    pid = next(outcomes).value
    outcomes.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
