"""Pictures: what is drawn, and what is said where nothing can be."""

import sys

import numpy as np
import pytest
from networks import DATA

from derive.train import History, TrainError
from derive.train.plot import draw
from derive.train.table import XOR, Table


def predict(features):
    return 1 / (1 + np.exp(-features[:, 0]))


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_picture_is_drawn(tmp_path, ending):
    pytest.importorskip("matplotlib")
    path = tmp_path / f"a.{ending}"
    draw(path, History([2.0, 1.0], [1.0, 1.0]), XOR, predict)
    assert path.stat().st_size > 1000


def test_one_input_has_no_boundary(tmp_path):
    pytest.importorskip("matplotlib")
    draw(
        tmp_path / "a.svg",
        History([2.0, 0.0], held=[1.0, 1.0]),
        Table(DATA["x"][:, :1], DATA["t"]),
        predict,
    )
    drawn = (tmp_path / "a.svg").read_text()
    assert "epoch" in drawn
    assert "boundary" not in drawn


def test_an_unknown_ending(tmp_path):
    pytest.importorskip("matplotlib")
    with pytest.raises(TrainError, match=r"drawn as .*png"):
        draw(tmp_path / "a.xyz", History(), XOR, predict)


def test_without_matplotlib_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(TrainError, match=r"derivation-compiler\[plot\]"):
        draw(tmp_path / "a.png", History(), XOR, predict)


def test_without_scipy_the_extra_is_named(monkeypatch):
    from derive.train.lbfgs import _minimize

    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(TrainError, match=r"derivation-compiler\[train\]"):
        _minimize()
