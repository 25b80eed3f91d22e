"""The helpers that an emitted file may need: each a text of its own, for both targets.

Overflow is out of reach in all of them: `exp` is only taken of what is not large.
"""

SIGMOID = '''
def _sigmoid(z):
    """σ(z), to full precision for every z."""
    return _sigmoids(z)[0]
'''

SIGMOIDS = '''
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
'''

LOGISTIC = '''
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
'''

MODERATE = '''
def _moderate(z):
    """Whether exp(z) and exp(-z) are far from overflow and from 0 for every z."""
    large = _LARGE[z.dtype]
    return np.vdot(z, z) < large * large or max(z.max(), -z.min()) < large
'''

LOG_SIGMOIDS = '''
def _log_sigmoids(z):
    """log σ(z) and log(1 - σ(z)), each to full precision for every z."""
    log_s = -np.log1p(np.exp(-np.abs(z)))
    return np.minimum(z, 0) + log_s, log_s - np.maximum(z, 0)
'''

LOG_SIGMOID = '''
def _log_sigmoid(z):
    """log σ(z), to full precision for every z."""
    return np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
'''

LOG_SUM_EXP = '''
def _log_sum_exp(a, axis):
    """log Σ exp(a) along an axis; the largest term is taken out first."""
    largest = np.max(a, axis=axis, keepdims=True)
    return np.squeeze(largest, axis=axis) + np.log(np.sum(np.exp(a - largest), axis=axis))
'''

COLUMNS = '''
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
'''

ROWS = '''
def _rows(*parts):
    """Vectors and numbers on top of each other, as one vector."""
    return np.concatenate([np.atleast_1d(p) for p in parts])
'''

BLOCKS = '''
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
'''

ARGUMENTS = '''
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
'''
