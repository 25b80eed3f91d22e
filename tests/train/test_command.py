"""`derive train` from end to end: exclusive or, files of data, checkpoints, bad input."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from derive.cli import main
from derive.models import bundled, shapes
from derive.train import Settings, best_start, train
from derive.train.table import XOR

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Runs `derive train` in an empty folder: (status, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments, **files):
        for name, content in files.items():
            Path(name.replace("_", ".")).write_text(content)
        monkeypatch.setattr(sys, "argv", ["derive", "train", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return command


def course(out):
    """The rows of the course that was printed: epoch, cost."""
    rows = re.findall(r"^ +(\d+)  (\d\S*)", out.partition("\n\n")[0], re.MULTILINE)
    return [(int(epoch), float(cost)) for epoch, cost in rows]


def predictions(out):
    return [[float(cell) for cell in row.split()] for row in out.split("\n\n")[1].splitlines()[1:]]


# ---- exclusive or ----------------------------------------------------------------------------


def test_without_arguments_it_learns_exclusive_or(run):
    status, out, err = run()
    assert (status, err) == (0, "")
    epochs, costs = zip(*course(out), strict=True)
    assert (epochs[0], epochs[-1]) == (0, 2000)
    assert costs[-1] < 1e-3 < 0.5 < costs[0]
    assert list(costs) == sorted(costs, reverse=True)
    for x, y, label, prediction in predictions(out):
        assert label == (x != y)
        assert abs(prediction - label) < 0.01


@pytest.mark.parametrize("seed", range(40))
def test_the_usual_settings_learn_exclusive_or_from_any_seed(seed):
    model = bundled()
    data = {"X_0": XOR.features, "h_r": XOR.labels}
    settings = Settings(seed=seed)
    wanted = shapes(model, data, None)
    _, short = best_start(model.objective, data, wanted, settings, 20, sense=model.sense)
    found = train(
        model.objective, data, short.state, settings, sense=model.sense, history=short.history
    )
    assert found.cost < 0.01
    assert np.abs(model.predict(found.parameters, data) - XOR.labels).max() < 0.02


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "lbfgs"])
def test_every_optimizer_learns_it(run, optimizer):
    if optimizer == "lbfgs":
        pytest.importorskip("scipy")
    status, out, _ = run("--optimizer", optimizer)
    assert status == 0
    assert all(abs(p - label) < 0.05 for _, _, label, p in predictions(out))


# ---- data, files, checkpoints ----------------------------------------------------------------


def clouds(count=60):
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, count)
    return np.c_[random.standard_normal((count, 3)) + labels[:, None], labels]


@pytest.mark.parametrize("ending", ["csv", "npy", "npz", "by name"])
def test_data_from_any_kind_of_file_are_the_same(run, ending):
    table = clouds()
    np.savetxt("a.csv", table, delimiter=",", fmt="%.17g")
    np.save("a.npy", table)
    np.savez("a.npz", features=table[:, :3], labels=table[:, 3])
    np.savez("by name.npz", h_r=table[:, 3], X_0=table[:, :3], more=np.zeros(7))
    name = "by name.npz" if ending == "by name" else f"a.{ending}"
    few = ("--epochs", "40", "--hidden", "5", "--batch", "16")
    status, out, _ = run("--data", name, *few)
    assert status == 0
    assert "26 weights: u 4 × 5, v 6" in out
    assert out == run("--data", "a.csv", *few)[1]
    assert re.search(r"^\d+ of 60 samples are on the right side", out, re.MULTILINE)


def test_a_run_goes_on_to_the_same_bits(run, tmp_path):
    np.save("a.npy", clouds())
    common = ("--data", "a.npy", "--save")
    start = ("--batch", "16", "--starts", "1", "--seed", "3", "--holdout", "0.25")
    assert run(*common, "whole.npz", *start, "--epochs", "50")[0] == 0
    assert run(*common, "part.npz", *start, "--epochs", "20")[0] == 0
    status, out, _ = run(*common, "rest.npz", "--resume", "part.npz", "--epochs", "50")
    assert status == 0
    assert "resumed after 20 epochs" in out
    with np.load("whole.npz") as whole, np.load("rest.npz") as rest:
        assert sorted(whole.files) == sorted(rest.files)
        assert all(whole[name].tobytes() == rest[name].tobytes() for name in whole.files)


def test_a_picture(run):
    pytest.importorskip("matplotlib")
    assert run("--epochs", "20", "--plot", "a.svg")[0] == 0
    assert "boundary" in Path("a.svg").read_text()


def test_a_stopped_run_is_kept(tmp_path):
    command = [sys.executable, "-m", "derive", "train", "--epochs", "100000000", "--starts", "1"]
    process = subprocess.Popen(
        [*command, "--save", "a.npz"], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    for line in process.stdout:
        if line.startswith(b"       0  "):
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[1] == b""
    assert process.returncode == 130
    with np.load(tmp_path / "a.npz") as kept:
        assert len(kept["history/cost"]) > 100


# ---- documents -------------------------------------------------------------------------------

PAPERS = ROOT / "derive" / "papers"


def test_the_paper_as_written_is_refused(run):
    status, out, err = run(str(PAPERS / "two_layer.md"))
    assert (status, out) == (1, "")
    assert "not trained" in err
    assert "not proved" in err
    assert err.count("\n") == 1


MEAN = r"""Let $x \in \mathbb{R}^{n}$ and $a \in \mathbb{R}$.

$$C = \frac{1}{n} \sum_{i=1}^n (a - x_i)^2 \quad (1)$$
$$\frac{\partial C}{\partial a} = \frac{FACTOR}{n} \sum_{i=1}^n (a - x_i) \quad (2)$$
"""


def test_a_document_of_ones_own_is_trained_if_it_is_proved(run):
    np.savez("x.npz", x=np.array([1.0, 2.0, 6.0]))
    Path("true.md").write_text(MEAN.replace("FACTOR", "2"))
    Path("false.md").write_text(MEAN.replace("FACTOR", "1"))
    arguments = ("--data", "x.npz", "--sense", "minimise", "--save", "run.npz")
    status, _, err = run("true.md", *arguments)
    assert (status, err) == (0, "")
    with np.load("run.npz") as kept:
        assert kept["parameters/a"] == pytest.approx(3, abs=1e-3)
    status, _, err = run("false.md", *arguments)
    assert status == 1
    assert "(2)" in err


# ---- what cannot be done ---------------------------------------------------------------------

BAD = [
    (["--optimizer", "newton"], {}, "no optimizer newton; there are gd, momentum, adam, lbfgs"),
    (["--rate", "0"], {}, "the rate is 0.0"),
    (["--rate", "x"], {}, "'x' is not a valid float"),
    (["--epochs", "-3"], {}, "-3 epochs"),
    (["--batch", "0"], {}, "a batch of 0"),
    (["--hidden", "0"], {}, "--hidden"),
    (["--holdout", "0.99"], {}, "held out"),
    (["--optimizer", "lbfgs", "--batch", "2"], {}, "L-BFGS"),
    (["--optimizer", "gd", "--rate", "1e308", "--starts", "1"], {}, "smaller rate"),
    (["--sense", "minimise"], {}, "C ≤ 0 is proved"),
    (["--data", "none.csv"], {}, "none.csv: no such file"),
    (["--data", "."], {}, "data are read from .csv, .npy, .npz"),
    (["--data", "a.csv"], {"a_csv": ""}, "a.csv: no samples"),
    (["--data", "a.csv"], {"a_csv": "1,2,0\n1,x,0\n"}, "a.csv:2: column 2 is 'x', not a number"),
    (["--data", "a.csv"], {"a_csv": "1,2,0\n1,2,3\n"}, "label of sample 2 is 3, not in [0, 1]"),
    (["--data", "a.csv"], {"a_csv": "1,nan,0\n"}, "sample 1 holds a value that is no finite"),
    (["--data", "a.npz"], {"a_npz": "abc"}, "not an archive"),
    (["--save", "no/a.npz"], {}, "no/a.npz: no such file or directory"),
    (["--save", "."], {}, "a folder"),
    (["--plot", "a.xyz"], {}, "drawn as"),
    (["--resume", "none.npz"], {}, "none.npz: no such file"),
    (["--resume", "a.npz"], {"a_npz": "abc"}, "not a checkpoint"),
    (["--resume", "a.npz", "--rate", "1"], {}, "--rate has no place"),
    (["none.md"], {}, "none.md: no such file"),
]


@pytest.mark.parametrize(("arguments", "files", "words"), BAD)
def test_what_cannot_be_done_is_said_in_one_line(run, arguments, files, words):
    status, _, err = run(*arguments, **files)
    assert status == 2
    assert words in err
    assert err.startswith("derive: ")
    assert err.count("\n") == 1


def test_shapes_that_do_not_fit_the_model(run):
    np.savez("a.npz", X_0=np.zeros((4, 2)), h_r=np.zeros(3))
    assert "4 samples, but 3 labels" in run("--data", "a.npz")[2]
    np.savez("a.npz", X_0=np.zeros(4), h_r=np.zeros(4))
    assert "X_0 has shape (4), expected (n, p)" in run("--data", "a.npz")[2]


def test_a_checkpoint_of_other_data(run):
    np.save("a.npy", clouds())
    assert run("--epochs", "2", "--save", "a.npz")[0] == 0
    status, _, err = run("--resume", "a.npz", "--data", "a.npy")
    assert status == 2
    assert "on other data" in err
