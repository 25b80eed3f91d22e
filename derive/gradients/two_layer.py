"""The log-likelihood of a network with one hidden layer, and its gradient (a first thin form)."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

sense = "maximise"
PARAMETERS = ("u", "v")
DATA = ("X_0", "h_r")
SHAPES = {"u": ("p + 1", "m"), "v": ("m + 1",), "X_0": ("n", "p"), "h_r": ("n",)}


def cost(parameters: Mapping[str, Array], data: Mapping[str, Array]) -> float:
    """C, a number ≤ 0: the mean log-likelihood of the labels."""
    return value_and_gradient(parameters, data)[0]


def gradient(parameters: Mapping[str, Array], data: Mapping[str, Array]) -> dict[str, Array]:
    """∂C/∂u, of shape (p + 1, m), and ∂C/∂v, of shape (m + 1,), by name."""
    return value_and_gradient(parameters, data)[1]


def predict(parameters: Mapping[str, Array], data: Mapping[str, Array]) -> Array:
    """h^p, of shape (n,): the probability that each label is 1; needs only `X_0` of the data."""
    _, _, _, z = _layers(parameters["u"], parameters["v"], data["X_0"])
    return _sigmoid(z)


def value_and_gradient(
    parameters: Mapping[str, Array], data: Mapping[str, Array]
) -> tuple[float, dict[str, Array]]:
    """C and its gradient by u (p + 1, m) and v (m + 1,), from X_0 (n, p) and h_r (n,)."""
    v, h_r = parameters["v"], data["h_r"]
    X, A_0, A, z = _layers(parameters["u"], v, data["X_0"])
    n = len(z)
    softplus = np.log1p(np.exp(-np.abs(z)))
    C = (h_r * np.minimum(z, 0) - (1 - h_r) * np.maximum(z, 0) - softplus).sum() / n
    d = (h_r - _sigmoid(z)) / n
    C_u = (d[:, None] * X).T @ ((1 - A_0) * A_0) * v[1:]
    return float(C), {"u": C_u, "v": A.T @ d}


def _layers(u: Array, v: Array, X_0: Array) -> tuple[Array, Array, Array, Array]:
    X = _with_ones(X_0)
    A_0 = _sigmoid(X @ u)
    A = _with_ones(A_0)
    return X, A_0, A, A @ v


def _with_ones(x: Array) -> Array:
    return np.hstack([np.ones((len(x), 1), x.dtype), x])


def _sigmoid(z: Array) -> Array:
    e = np.exp(-np.abs(z))
    numerator: Array = np.where(z < 0, e, 1)
    sigma: Array = numerator / (1 + e)
    return sigma
