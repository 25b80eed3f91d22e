"""The ready-made gradient against complex steps, over shapes and data."""

import numpy as np
import pytest

from derive.gradients import two_layer


def draw(n: int, p: int, m: int) -> tuple[dict, dict]:
    rng = np.random.default_rng(n + 10 * p + 100 * m)
    parameters = {"u": rng.normal(size=(p + 1, m)), "v": rng.normal(size=m + 1)}
    return parameters, {"X_0": rng.normal(size=(n, p)), "h_r": rng.uniform(size=n)}


def written_out(u, v, X_0, h_r):
    """The document's formula, as it stands there; for real and complex numbers."""
    X = np.column_stack([np.ones(len(X_0)), X_0])
    A = np.column_stack([np.ones(len(X_0)), 1 / (1 + np.exp(-X @ u))])
    h = 1 / (1 + np.exp(-A @ v))
    return (h_r * np.log(h) + (1 - h_r) * np.log(1 - h)).sum() / len(h)


@pytest.mark.parametrize(("n", "p", "m"), [(4, 2, 2), (1, 1, 1), (7, 3, 5), (30, 6, 1)])
def test_the_gradient_is_the_complex_step(n: int, p: int, m: int) -> None:
    parameters, data = draw(n, p, m)
    value, gradient = two_layer.value_and_gradient(parameters, data)
    assert value == pytest.approx(written_out(**parameters, **data), rel=1e-13)
    for name, array in parameters.items():
        for at in np.ndindex(array.shape):
            moved = array.astype(complex)
            moved[at] += 1e-30j
            step = written_out(**{**parameters, name: moved}, **data).imag / 1e-30
            assert gradient[name][at] == pytest.approx(step, rel=1e-12, abs=1e-15)


def test_predictions_need_no_labels() -> None:
    parameters, data = draw(5, 2, 3)
    h = two_layer.predict(parameters, {"X_0": data["X_0"]})
    assert h.shape == (5,)
    assert np.all((h > 0) & (h < 1))
