"""Runs: the optimizers reach minima, stop in time, and go on to the same bits."""

from dataclasses import replace

import numpy as np
import pytest
from networks import DATA, SHAPES, blobs, bowl, cross_entropy, likelihood

from derive.train import Diverged, History, Settings, TrainError, begin, best_start, drawn, train
from derive.train.checkpoint import Checkpoint, load, mark, save
from derive.train.settings import NAMES


def run(objective=cross_entropy, data=DATA, seed=0, start=None, **settings):
    chosen = Settings(seed=seed, **settings)
    return train(objective, data, start or begin(drawn(SHAPES, seed), seed), chosen)


def same(left, right):
    """Whether two runs ended with the same bits."""
    pairs = [(left.parameters[k], right.parameters[k]) for k in left.parameters]
    pairs += [(a, right.history.arrays()[k]) for k, a in left.history.arrays().items()]
    return all(np.array_equal(a, b) for a, b in pairs) and left.cost == right.cost


@pytest.mark.parametrize("batch", [None, 7])
@pytest.mark.parametrize("name", NAMES)
def test_every_optimizer_finds_the_mean(name, batch):
    if name == "lbfgs":
        pytest.importorskip("scipy")
        batch = None
    data = {"x": np.random.default_rng(1).normal([1, -2, 3], 1, (40, 3))}
    rate = None if name == "lbfgs" else 0.02
    chosen = Settings(name, rate=rate, epochs=1000, batch=batch)
    found = train(bowl, data, begin({"p": np.zeros(3)}), chosen)
    assert found.parameters["p"] == pytest.approx(data["x"].mean(0), abs=0.2 if batch else 1e-6)


def test_the_cost_is_that_before_each_step():
    start = begin(drawn(SHAPES, 3))
    for name in NAMES:
        if name == "lbfgs":
            pytest.importorskip("scipy")
        seen = [start.parameters]
        found = train(
            cross_entropy,
            DATA,
            start,
            Settings(name, epochs=120),
            watch=lambda state, _, seen=seen: seen.append(state.parameters),
        )
        costs = [cross_entropy(p, DATA)[0] for p in seen]
        assert [*found.history.cost, found.cost] == costs


def test_the_sense_decides_the_direction():
    assert same(run(cross_entropy, epochs=50), run(likelihood, epochs=50))


def test_an_objective_without_a_sense_is_refused():
    def silent(parameters, data):
        return cross_entropy(parameters, data)

    with pytest.raises(TrainError, match="minimised or maximised"):
        run(silent)
    found = train(silent, DATA, begin(drawn(SHAPES, 0)), Settings(epochs=50), sense="minimise")
    assert same(found, run(epochs=50))


def test_a_gradient_of_the_wrong_sign_is_noticed():
    def turned(parameters, data):
        value, gradient = cross_entropy(parameters, data)
        return value, {name: -slope for name, slope in gradient.items()}

    start = begin(drawn(SHAPES, 0))
    with pytest.raises(Diverged, match="above its start"):
        train(turned, DATA, start, Settings("gd"), sense="minimise")


# ---- seeds, batches, starts ------------------------------------------------------------------


def test_the_seed_decides_everything():
    data = blobs(50)
    one, two, other = (run(data=data, seed=s, epochs=20, batch=8) for s in (4, 4, 5))
    assert same(one, two)
    assert one.cost != other.cost


def test_a_batch_of_everything_is_full_batch():
    assert same(run(epochs=30, batch=4), run(epochs=30))


def test_every_sample_is_used_once_in_an_epoch():
    seen = []

    def spy(parameters, data):
        seen.extend(data["x"][:, 0])
        return bowl(parameters, data)

    spy.sense = "minimise"
    data = {"x": np.arange(10.0)[:, None]}
    train(spy, data, begin({"p": np.zeros(1)}), Settings("gd", rate=0.01, epochs=3, batch=4))
    epochs = np.array(seen[4:34]).reshape(3, 10)  # the first four: does all fit together?
    assert np.array_equal(np.sort(epochs), np.tile(np.arange(10.0), (3, 1)))
    assert not np.array_equal(epochs[0], epochs[1])


@pytest.mark.parametrize("name", NAMES)
def test_starts_find_the_minimum_that_one_misses(name):
    if name == "lbfgs":
        pytest.importorskip("scipy")
    seed = next(s for s in range(20) if run(optimizer=name, epochs=2000, seed=s).cost > 0.3)
    chosen = Settings(name, epochs=2000, seed=seed)
    _, short = best_start(cross_entropy, DATA, SHAPES, chosen, 20)
    assert short.state.epoch <= 100
    found = train(cross_entropy, DATA, short.state, chosen, history=short.history)
    assert found.cost < 0.05
    assert len(found.history.cost) == found.state.epoch


# ---- stopping --------------------------------------------------------------------------------


def test_patience_ends_a_run_that_gets_nowhere():
    found = run(patience=20, tolerance=1e-4, epochs=100_000)
    assert found.state.epoch < 5000
    assert found.reason == "no lower cost for 20 epochs"
    last = found.history.cost[-21:]
    assert min(last[1:]) >= last[0] - 1e-4


def test_held_out_samples_choose_the_parameters():
    data, held = blobs(12, 1), blobs(200, 2)
    start = begin(drawn({"W": (3, 8), "b": (), "k": (8,)}, 0))
    found = train(cross_entropy, data, start, Settings(patience=50), held=held)
    assert found.reason == "no lower cost for 50 epochs"
    assert np.argmin(found.history.held) == len(found.history.held) - 51
    assert cross_entropy(found.parameters, held)[0] == min(found.history.held)
    assert len(found.history.held) == len(found.history.cost)


def test_convergence_ends_a_run():
    pytest.importorskip("scipy")
    data = {"x": np.eye(3)}
    found = train(bowl, data, begin({"p": np.ones(3)}), Settings("lbfgs", epochs=500))
    assert found.state.epoch < 20
    assert "no step leads to a lower cost" in found.reason


@pytest.mark.parametrize("name", ["gd", "momentum"])
def test_too_large_a_rate_is_told_without_warnings(name):
    start = begin({"p": np.ones(3)})
    with pytest.raises(Diverged, match="smaller rate"):  # and a warning is an error here
        train(bowl, {"x": np.eye(3)}, start, Settings(name, rate=9.0, epochs=5000))


def test_nothing_is_trained_from_what_is_no_number():
    with pytest.raises(Diverged, match="cost is nan"):
        train(bowl, {"x": np.array([[np.nan]])}, begin({"p": np.ones(1)}), Settings())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"optimizer": "newton"}, "no optimizer newton; there are gd, momentum, adam, lbfgs"),
        ({"rate": 0.0}, "rate"),
        ({"rate": float("nan")}, "rate"),
        ({"epochs": -1}, "epochs"),
        ({"batch": 0}, "batch"),
        ({"seed": -1}, "seed"),
        ({"patience": 0}, "patience"),
        ({"tolerance": -1.0}, "tolerance"),
        ({"optimizer": "lbfgs", "batch": 3}, "batches"),
        ({"optimizer": "lbfgs", "rate": 0.1}, "rate"),
    ],
)
def test_settings_without_sense(wrong, words):
    with pytest.raises(TrainError, match=words):
        Settings(**wrong)


def test_a_gradient_of_other_names_or_shapes():
    def renamed(parameters, data):
        return 0.0, {"q": np.zeros(3)}

    def reshaped(parameters, data):
        return 0.0, {"p": np.zeros(2)}

    start = begin({"p": np.zeros(3)})
    with pytest.raises(TrainError, match="gradient is of q, the parameters are p"):
        train(renamed, {"x": np.zeros((1, 3))}, start, Settings(), sense="minimise")
    with pytest.raises(TrainError, match=r"shape \(2,\), p itself \(3,\)"):
        train(reshaped, {"x": np.zeros((1, 3))}, start, Settings(), sense="minimise")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "no data"),
        ({"x": np.zeros((0, 3))}, "no samples"),
        ({"x": np.zeros((2, 3)), "t": np.zeros(3)}, "x 2, t 3"),
    ],
)
def test_data_that_do_not_fit(data, words):
    with pytest.raises(TrainError, match=words):
        train(bowl, data, begin({"p": np.zeros(3)}), Settings())


# ---- checkpoints -----------------------------------------------------------------------------


@pytest.mark.parametrize("held", [None, blobs(30, 2)])
@pytest.mark.parametrize("cut", [1, 37, 50, 77])
@pytest.mark.parametrize(("name", "batch"), [(n, b) for n in NAMES for b in (None, 7)][:-1])
def test_a_resumed_run_has_the_same_bits(tmp_path, name, batch, cut, held):
    if name == "lbfgs":
        pytest.importorskip("scipy")
    data = blobs(30, 1)
    settings = Settings(name, epochs=110, batch=batch, seed=6)
    start = begin(drawn(SHAPES, 6), 6)
    whole = train(cross_entropy, data, start, settings, held=held)
    first = train(cross_entropy, data, start, replace(settings, epochs=cut), held=held)
    path = tmp_path / "run.npz"
    save(path, Checkpoint(first.state, first.history, settings, mark("c", data)))
    back = load(path)
    assert back.settings == settings
    assert back.mark == mark("c", data)
    rest = train(cross_entropy, data, back.state, back.settings, history=back.history, held=held)
    assert same(whole, rest)
    assert list(tmp_path.iterdir()) == [path]


def test_a_mark_knows_name_values_and_shape():
    data = {"x": np.zeros((2, 3))}
    others = [{"x": np.zeros((3, 2))}, {"x": np.zeros((2, 3), np.float32)}, {"y": data["x"]}]
    marks = {mark("c", data), mark("d", data), *(mark("c", other) for other in others)}
    assert len(marks) == 5
    assert mark("c", data) == mark("c", {"x": np.zeros((2, 3))})


@pytest.mark.parametrize("content", [b"", b"abc", b"PK\x03\x04"])
def test_what_is_no_checkpoint(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(TrainError, match="not a checkpoint"):
        load(tmp_path / "a.npz")


def test_an_archive_of_other_arrays_is_no_checkpoint(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros(3))
    with pytest.raises(TrainError, match="not a checkpoint"):
        load(tmp_path / "a.npz")


def test_a_checkpoint_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    checkpoint = Checkpoint(begin(drawn(SHAPES, 0)), History(), Settings(), "m")
    save(path, checkpoint)
    before = path.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save(path, checkpoint)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
