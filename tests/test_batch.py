import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from derive import batch

ROOT = Path(__file__).parents[1]
TRUE = "$$(a + b)^2 = a^2 + 2 a b + b^2$$\n"


def square(number):
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def test_a_process_that_dies_costs_one_item_and_the_order_stays():
    found = list(batch.in_order(square, [0, 1, 2, 3, 4], 2))
    assert isinstance(found[2], batch.Lost)
    assert "terminated" in found[2].reason
    assert [found[k] for k in (0, 1, 3, 4)] == [0, 1, 9, 16]


def derive(*arguments):
    command = [sys.executable, "-m", "derive", "check", "--no-cross-check", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


@pytest.fixture
def folder(tmp_path):
    for k in range(4):
        (tmp_path / f"{k}.md").write_text(TRUE * (5 - k))
    return tmp_path


def test_a_cluster_says_what_one_process_says(folder):
    distributed = pytest.importorskip("distributed")
    # threads of this process, which another one reaches over TCP
    quiet = {"processes": False, "dashboard_address": None, "protocol": "tcp://"}
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, **quiet) as cluster:
        there = derive(str(folder), "--cluster", cluster.scheduler_address)
    here = derive(str(folder))
    assert (there.stdout, there.returncode, there.stderr) == (here.stdout, 0, "")


def test_without_a_scheduler_one_line_says_so(folder, monkeypatch):
    found = derive(str(folder), "--cluster", "tcp://127.0.0.1:1")
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == "derive: tcp://127.0.0.1:1: no scheduler of a cluster answers\n"
