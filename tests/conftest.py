"""Known shortfalls: tests that are expected to fail, one node id a line in shortfalls.txt."""

import os
from pathlib import Path

import pytest

# read when NumPy is first imported: the tests already run side by side
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

LISTED = frozenset(
    (Path(__file__).parent / "shortfalls.txt").read_text(encoding="utf-8").splitlines()
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid in LISTED:
            item.add_marker(pytest.mark.xfail(reason="a known shortfall", strict=False))
