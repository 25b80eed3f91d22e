"""Sizes worked out from the data; held-out samples; the room's own walls."""

import ast
from pathlib import Path

import numpy as np
import pytest

import derive.train
from derive.train import Settings, TrainError
from derive.train.holdout import divided
from derive.train.sizes import filled, left_open, settled

SHAPES = {
    "W": ("l + 1", "m"),
    "q": ("m + 1",),
    "b": (),
    "t": ("n",),
    "F_0": ("n", "l"),
    "g": ("3",),
}


def test_data_settle_sizes_and_leave_others_open():
    sizes = settled(SHAPES, {"F_0": (7, 4), "t": (7,)})
    assert sizes == {"n": 7, "l": 4}
    assert left_open(SHAPES, ["W", "q", "b"], sizes) == ["m"]
    wanted = filled(SHAPES, ["W", "q", "b", "g"], sizes | {"m": 2})
    assert wanted == {"W": (5, 2), "q": (3,), "b": (), "g": (3,)}
    assert settled(SHAPES, {"W": (5, 2), "q": (3,)}) == {"l": 4, "m": 2}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"F_0": (7,)}, r"F_0 has shape \(7\), expected \(n, l\)"),
        ({"F_0": (7, 4), "t": (6,)}, r"t has shape \(6\), expected \(n\) with n = 7"),
        ({"g": (4,)}, r"g has shape \(4\), expected \(3\)"),
        ({"W": (5, 2), "q": (4,)}, r"expected \(m \+ 1\) with m = 2"),
    ],
)
def test_shapes_that_disagree(known, words):
    with pytest.raises(TrainError, match=words):
        settled(SHAPES, known)


def test_a_length_that_is_not_understood():
    with pytest.raises(TrainError, match=r"n\*l cannot be worked out"):
        settled({"x": ("n*l",)}, {"x": (6,)})


def test_held_out_samples_are_all_the_others():
    data = {"x": np.arange(10.0)[:, None], "t": np.arange(10.0)}
    kept, held = divided(data, Settings(holdout=0.3, seed=1))
    assert (len(kept["t"]), len(held["t"])) == (7, 3)
    assert sorted([*kept["t"], *held["t"]]) == list(range(10))
    assert all(np.array_equal(part["x"][:, 0], part["t"]) for part in (kept, held))
    assert not np.array_equal(held["t"], divided(data, Settings(holdout=0.3, seed=2))[1]["t"])


def test_the_room_imports_nothing_of_the_rest():
    for path in Path(derive.train.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").startswith("derive.train") or not (
                    node.module or ""
                ).startswith("derive")
