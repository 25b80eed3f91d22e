"""The optimizers take the same steps as PyTorch's, from the same weights."""

import numpy as np
import pytest
from networks import DATA, SHAPES, blobs, cross_entropy

from derive.gradients import two_layer
from derive.train import Settings, begin, drawn, train

torch = pytest.importorskip("torch")

torch.set_num_threads(1)

STEPS = 1000
# Adam's steps at a large rate amplify the last bit in which two sums differ
RATES = {"gd": 0.5, "momentum": 0.5, "adam": 0.05}


def theirs(optimizer, start, data):
    """The costs before each of PyTorch's steps, by its own automatic gradient."""
    w, b, k = leaves = [torch.tensor(value, requires_grad=True) for value in start.values()]
    x, t = (torch.tensor(data[name]) for name in ("x", "t"))
    steps = optimizer(leaves)
    costs = []
    for _ in range(STEPS):
        steps.zero_grad()
        score = b + torch.sigmoid(w[0] + x @ w[1:]) @ k
        cost = torch.nn.functional.binary_cross_entropy_with_logits(score, t)
        cost.backward()
        steps.step()
        costs.append(cost.item())
    return costs


OPTIMIZERS = {
    "gd": lambda leaves: torch.optim.SGD(leaves, lr=RATES["gd"]),
    "momentum": lambda leaves: torch.optim.SGD(leaves, lr=RATES["momentum"], momentum=0.9),
    "adam": lambda leaves: torch.optim.Adam(leaves, lr=RATES["adam"]),
}


def test_the_proved_gradient_gives_pytorchs_curve():
    start = drawn(SHAPES, 2)
    ours = train(
        two_layer.value_and_gradient,
        {"X_0": DATA["x"], "h_r": DATA["t"]},
        begin({"u": start["W"], "v": np.array([start["b"], *start["k"]])}),
        Settings("gd", rate=RATES["gd"], epochs=STEPS),
        sense=two_layer.sense,
    )
    expected = theirs(OPTIMIZERS["gd"], start, DATA)
    np.testing.assert_allclose(ours.history.cost, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("data", [DATA, blobs(100)], ids=["xor", "blobs"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_cost_curve_is_pytorchs(name, data):
    start = drawn(SHAPES, 2)
    ours = train(cross_entropy, data, begin(start), Settings(name, rate=RATES[name], epochs=STEPS))
    expected = theirs(OPTIMIZERS[name], start, data)
    assert len(ours.history.cost) == STEPS
    np.testing.assert_allclose(ours.history.cost, expected, rtol=0, atol=1e-10)
