"""C and its gradient with respect to u, v, from formulas that were proved.

Emitted by derive 0.1.0 from corrected.md; made anew, not edited.

    C, defined in equation (1):
        C = Σ_{i=1}^n (h_i^r log(h_i^p) + (1 - h_i^r) log(1 - h_i^p))/n

    ∂C/∂𝐮, the equation on line 92: proved
        ∂C/∂𝐮 = (diag(𝐝) 𝐗)ᵀ ((1 - 𝐀_0) ⊙ 𝐀_0) diag([v_1; v_2])

    ∂C/∂𝐯, the second equation on line 92: proved
        ∂C/∂𝐯 = 𝐀ᵀ 𝐝

    These were proved anew, in the same way, for matrices of any width.

Arguments, and the gradient by each parameter, have these shapes:

    u: (p + 1, k), parameter
    v: (k + 1,), parameter
    h_r: (n,), data, in [0, 1]
    X_0: (n, p), data

C ≤ 0 was proved: a gain, to be maximised.
"""

from math import isfinite

import numpy as np

sense = "maximise"
PARAMETERS = ("u", "v")
DATA = ("h_r", "X_0")
SHAPES = {
    "u": ("p + 1", "k"),
    "v": ("k + 1",),
    "h_r": ("n",),
    "X_0": ("n", "p"),
}


def value_and_gradient(parameters, data):
    """C, and its gradient by the name of each parameter; two mappings of arrays."""
    u, v, h_r, X_0 = _arguments(parameters, data)
    C, C_u, C_v = _value_and_gradient(h_r, X_0, u, v)
    return float(C), {"u": C_u, "v": C_v}


def cost(parameters, data):
    """C alone, whatever its sign."""
    u, v, h_r, X_0 = _arguments(parameters, data)
    return float(_value(h_r, X_0, u, v))


def gradient(parameters, data):
    """The gradient of C, by the name of each parameter."""
    return value_and_gradient(parameters, data)[1]


def predict(parameters, data):
    """h_p, from these data alone: X_0, u, v."""
    u, v, X_0 = _predict_arguments(parameters, data)
    return _predict(X_0, u, v)


def _value_and_gradient_sums(h_r, X_0, u, v, n):
    """The sums over a block of samples that give C_sum, C_u, C_v."""
    X = _columns(1, X_0)  # line 48
    Y_0 = X @ u  # line 49
    A_0, A_0_c = _sigmoids(Y_0)  # line 49
    A = _columns(1, A_0)  # line 49
    z = A @ v  # line 50
    h_p, h_p_c, log_h_p, log_h_p_c = _logistic(z)  # (6)
    h_r_c = 1 - h_r
    d = (h_p_c*h_r - h_p*h_r_c)/n  # line 82
    return h_r @ log_h_p + log_h_p_c @ h_r_c, (X*d[:, None]).T @ (A_0*A_0_c), A.T @ d


def _value_and_gradient(h_r, X_0, u, v):
    """The results, from arguments that were checked."""
    n = h_r.shape[0]
    p = X_0.shape[1]
    k = u.shape[1]
    C_sum, C_u, C_v = _total(
        _value_and_gradient_sums(h_r[rows], X_0[rows], u, v, n)
        for rows in _blocks(n, max(p + 1, k + 1))
    )
    C = C_sum/n  # (1)
    return C, C_u*v[1:], C_v


def _value_sums(h_r, X_0, u, v):
    """The sums over a block of samples that give C_sum."""
    X = _columns(1, X_0)  # line 48
    Y_0 = X @ u  # line 49
    A_0 = _sigmoid(Y_0)  # line 49
    A = _columns(1, A_0)  # line 49
    z = A @ v  # line 50
    log_h_p, log_h_p_c = _log_sigmoids(z)
    return (1 - h_r) @ log_h_p_c + h_r @ log_h_p,


def _value(h_r, X_0, u, v):
    """The results, from arguments that were checked."""
    n = h_r.shape[0]
    p = X_0.shape[1]
    k = u.shape[1]
    C_sum, = _total(
        _value_sums(h_r[rows], X_0[rows], u, v)
        for rows in _blocks(n, max(p + 1, k + 1))
    )
    C = C_sum/n  # (1)
    return C


def _predict_rows(X_0, u, v):
    """The results, from arguments that were checked."""
    X = _columns(1, X_0)  # line 48
    Y_0 = X @ u  # line 49
    A_0 = _sigmoid(Y_0)  # line 49
    A = _columns(1, A_0)  # line 49
    z = A @ v  # line 50
    h_p = _sigmoid(z)  # (6)
    return h_p


def _predict(X_0, u, v):
    """The results, a block of samples after another, from arguments that were checked."""
    n = X_0.shape[0]
    p = X_0.shape[1]
    k = u.shape[1]
    return np.concatenate([
        _predict_rows(X_0[rows], u, v)
        for rows in _blocks(n, max(p + 1, k + 1))
    ])


def _arguments(parameters, data):
    """The arguments as arrays, in order; raises where one is not what is expected."""
    u = _array("u", parameters, 2, "parameters")
    v = _array("v", parameters, 1, "parameters")
    h_r = _array("h_r", data, 1, "data")
    X_0 = _array("X_0", data, 2, "data")
    _unknown(parameters, PARAMETERS, "parameters")
    _unknown(data, DATA, "data")
    p = X_0.shape[1]
    k = u.shape[1]
    n = h_r.shape[0]
    _expect("u", u, (p + 1, k))
    _expect("v", v, (k + 1,))
    _expect("h_r", h_r, (n,))
    _expect("X_0", X_0, (n, p))
    _between("h_r", h_r, 0, 1, "[0, 1]")
    return u, v, h_r, X_0


def _predict_arguments(parameters, data):
    """The arguments as arrays, in order; raises where one is not what is expected."""
    u = _array("u", parameters, 2, "parameters")
    v = _array("v", parameters, 1, "parameters")
    X_0 = _array("X_0", data, 2, "data")
    _unknown(parameters, PARAMETERS, "parameters")
    _unknown(data, DATA, "data")
    p = X_0.shape[1]
    k = u.shape[1]
    n = X_0.shape[0]
    _expect("u", u, (p + 1, k))
    _expect("v", v, (k + 1,))
    _expect("X_0", X_0, (n, p))
    return u, v, X_0


def _sigmoid(z):
    """σ(z), to full precision for every z."""
    return _sigmoids(z)[0]


def _sigmoids(z):
    """σ(z) and 1 - σ(z), each to full precision for every z."""
    if not _moderate(z):
        e = np.exp(-np.abs(z))
        s = 1 / (1 + e)
        r = e * s
        return np.where(z < 0, r, s), np.where(z < 0, s, r)
    e, s = np.empty_like(z), np.empty_like(z)
    np.exp(np.negative(z, out=e), out=e)
    np.reciprocal(np.add(e, 1, out=s), out=s)
    e *= s
    return s, e


def _logistic(z):
    """σ(z), 1 - σ(z) and their logarithms, each to full precision for every z."""
    if not _moderate(z):
        return *_sigmoids(z), *_log_sigmoids(z)
    e, s, r = np.empty_like(z), np.empty_like(z), np.empty_like(z)
    np.exp(np.negative(z, out=e), out=e)
    np.reciprocal(np.add(e, 1, out=s), out=s)
    np.multiply(e, s, out=r)
    np.minimum(e, np.reciprocal(e), out=e)  # exp(-|z|)
    rest = np.log1p(e, out=e)
    below = np.minimum(z, 0)
    return s, r, below - rest, below - z - rest


def _log_sigmoids(z):
    """log σ(z) and log(1 - σ(z)), each to full precision for every z."""
    log_s = -np.log1p(np.exp(-np.abs(z)))
    return np.minimum(z, 0) + log_s, log_s - np.maximum(z, 0)


def _moderate(z):
    """Whether exp(z) and exp(-z) are far from overflow and from 0 for every z."""
    large = _LARGE[z.dtype]
    return np.vdot(z, z) < large * large or max(z.max(), -z.min()) < large


def _columns(*parts):
    """Matrices and vectors side by side, `[1 X]`; a number fills a column."""
    if len(parts) == 2 and isinstance(parts[0], (int, float)) and parts[1].ndim == 2:
        number, matrix = parts
        rows, columns = matrix.shape
        if columns < 16:  # long rows are faster than many short ones
            joined = np.empty((columns + 1, rows), matrix.dtype).T
        else:
            joined = np.empty((rows, columns + 1), matrix.dtype)
        joined[:, 0] = number
        joined[:, 1:] = matrix
        return joined
    arrays = [p for p in parts if not isinstance(p, (int, float))]
    like = arrays[0][:, :1] if arrays[0].ndim == 2 else arrays[0][:, None]
    whole = [np.full_like(like, p) if isinstance(p, (int, float)) else p for p in parts]
    return np.hstack([p if p.ndim == 2 else p[:, None] for p in whole])


def _blocks(n, width):
    """Slices of the samples, each of a size that stays in the processor's cache."""
    size = max(256, _CELLS // width)
    return (slice(at, at + size) for at in range(0, n, size))


def _total(parts):
    """The sums over all samples, from those over blocks."""
    total = next(parts)
    for part in parts:
        total = [a + b for a, b in zip(total, part)]
    return total


# numbers in one array of a block
_CELLS = 1 << 16


# the types of numbers that are known, each with a number of which exp is still finite
_LARGE = {np.dtype(np.float64): 700, np.dtype(np.float32): 80}


def _array(name, given, dimensions, kind):
    """One argument as an array of floating-point numbers."""
    if name not in given:
        expected = PARAMETERS if kind == "parameters" else DATA
        raise ValueError(f"{kind}: {name} is missing; expected {', '.join(expected)}")
    array = np.asarray(given[name])
    if array.dtype not in _LARGE and array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype not in _LARGE:
        raise TypeError(f"{name} must hold real numbers (float64 or float32), not {array.dtype}")
    if dimensions is not None and array.ndim != dimensions:
        raise ValueError(
            f"{name} has shape {array.shape}, expected {_said(name)}: {dimensions} dimensions"
        )
    flat = array.ravel("K")
    if not isfinite(np.vdot(flat, flat)):
        _finite(name, array)
    return array


def _said(name):
    """The shape of an argument in words."""
    return f"({', '.join(SHAPES[name])}{',' if len(SHAPES[name]) == 1 else ''})"


def _expect(name, array, shape):
    """Refuse an argument of another shape, or without entries."""
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {_said(name)} = {shape}")
    if 0 in shape:
        raise ValueError(f"{name} is empty: its shape is {shape}")


def _between(name, array, lo, hi, words):
    """Refuse an argument with an entry outside its domain."""
    if np.minimum.reduce(array, None) < lo or np.maximum.reduce(array, None) > hi:
        at = np.argwhere((array < lo) | (array > hi))[0].tolist()
        raise ValueError(f"{name} holds {array[tuple(at)]} at {at}, expected numbers in {words}")


def _unknown(given, expected, kind):
    """Refuse arguments that the document does not know."""
    for name in given:
        if name not in expected:
            raise ValueError(f"{kind}: no {name} in the document; expected {', '.join(expected)}")


def _finite(name, array):
    """Refuse an argument that holds NaN or infinity; asked where a sum of squares does."""
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        at = wrong[0].tolist()
        raise ValueError(f"{name} holds {array[tuple(at)]} at {at}, expected finite numbers")
