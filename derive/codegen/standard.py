"""The emitted file for any array library of the standard: NumPy, PyTorch, JAX, CuPy, Dask.

Values are not looked at, since arrays may be lazy or traced: only shapes and types are checked.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from derive.codegen.emit import Function, define
from derive.codegen.names import identifier

if TYPE_CHECKING:
    from derive.codegen.module import File

IMPORT = "from array_api_compat import array_namespace"

SIGMOID = '''
def _sigmoid(xp, z):
    """σ(z), to full precision for every z."""
    return _sigmoids(xp, z)[0]
'''

SIGMOIDS = '''
def _sigmoids(xp, z):
    """σ(z) and 1 - σ(z), each to full precision for every z."""
    e = xp.exp(-xp.abs(z))
    s = 1 / (1 + e)
    r = e * s
    return xp.where(z < 0, r, s), xp.where(z < 0, s, r)
'''

LOGISTIC = '''
def _logistic(xp, z):
    """σ(z), 1 - σ(z) and their logarithms, each to full precision for every z."""
    return (*_sigmoids(xp, z), *_log_sigmoids(xp, z))
'''

LOG_SIGMOIDS = '''
def _log_sigmoids(xp, z):
    """log σ(z) and log(1 - σ(z)), each to full precision for every z."""
    size = xp.abs(z)
    log_s = -xp.log1p(xp.exp(-size))
    return (z - size) / 2 + log_s, log_s - (z + size) / 2
'''

LOG_SIGMOID = '''
def _log_sigmoid(xp, z):
    """log σ(z), to full precision for every z."""
    return _log_sigmoids(xp, z)[0]
'''

LOG_SUM_EXP = '''
def _log_sum_exp(xp, a, axis):
    """log Σ exp(a) along an axis; the largest term is taken out first."""
    largest = xp.max(a, axis=axis, keepdims=True)
    return xp.squeeze(largest, axis=axis) + xp.log(xp.sum(xp.exp(a - largest), axis=axis))
'''

COLUMNS = '''
def _columns(xp, *parts):
    """Matrices and vectors side by side, `[1 X]`; a number fills a column."""
    arrays = [p for p in parts if not isinstance(p, int | float)]
    like = arrays[0][:, :1] if arrays[0].ndim == 2 else arrays[0][:, None]
    whole = [xp.full_like(like, p) if isinstance(p, int | float) else p for p in parts]
    return xp.concat([p if p.ndim == 2 else p[:, None] for p in whole], axis=1)
'''

ROWS = '''
def _rows(xp, *parts):
    """Vectors and numbers on top of each other, as one vector."""
    arrays = [p for p in parts if not isinstance(p, int | float)]
    like = xp.reshape(arrays[0], (-1,))[:1]
    whole = [xp.full_like(like, p) if isinstance(p, int | float) else p for p in parts]
    return xp.concat([xp.reshape(p, (-1,)) for p in whole], axis=0)
'''

ARGUMENTS = '''
def _array(xp, name, given, dimensions, kind):
    """One argument, of floating-point numbers."""
    if name not in given:
        expected = PARAMETERS if kind == "parameters" else DATA
        raise ValueError(f"{kind}: {name} is missing; expected {', '.join(expected)}")
    array = given[name]
    if not xp.isdtype(array.dtype, "real floating"):
        raise TypeError(f"{name} must hold floating-point numbers, not {array.dtype}")
    if dimensions is not None and array.ndim != dimensions:
        shape = tuple(array.shape)
        raise ValueError(f"{name} has shape {shape}, expected {_said(name)}")
    return array


def _said(name):
    """The shape of an argument in words."""
    return f"({', '.join(SHAPES[name])}{',' if len(SHAPES[name]) == 1 else ''})"


def _expect(name, array, shape):
    """Refuse an argument of another shape, or without entries."""
    if tuple(array.shape) != shape:
        found = tuple(array.shape)
        raise ValueError(f"{name} has shape {found}, expected {_said(name)} = {shape}")
    if 0 in shape:
        raise ValueError(f"{name} is empty: its shape is {shape}")


def _unknown(given, expected, kind):
    """Refuse arguments that the document does not know."""
    for name in given:
        if name not in expected:
            raise ValueError(f"{kind}: no {name} in the document; expected {', '.join(expected)}")


def _namespace(parameters, data):
    """The library that the arrays belong to."""
    return array_namespace(*parameters.values(), *data.values())
'''

_TABLE = {
    "_sigmoid": SIGMOID, "_sigmoids": SIGMOIDS, "_logistic": LOGISTIC,
    "_log_sigmoids": LOG_SIGMOIDS, "_log_sigmoid": LOG_SIGMOID, "_log_sum_exp": LOG_SUM_EXP,
    "_columns": COLUMNS, "_rows": ROWS, "_array": ARGUMENTS,
}  # fmt: skip


def used(text: str) -> str:
    """The helpers that a text calls, and those that they call."""
    found: set[str] = set()

    def visit(inside: str) -> None:
        for name, source in _TABLE.items():
            if name not in found and re.search(rf"\b{name}\(", inside):
                found.add(name)
                visit(source)

    visit(text)
    return "".join(f"\n{source}" for name, source in _TABLE.items() if name in found)


def public(file: "File", predicted: tuple[str, Function] | None) -> str:
    """The functions that users call."""
    target = file.main.outputs[0].name
    slopes = [o.name for o in file.main.outputs[1:]]
    pairs = ", ".join(f'"{p}": {s}' for p, s in zip(file.parameters, slopes, strict=True))
    names = ", ".join(a.name for a in file.inputs)
    take = _taken(names, len(file.inputs), "_arguments")
    both = ["parameters", "data"]
    found = define(
        "value_and_gradient",
        both,
        f'"""{target}, and its gradient by the name of each parameter; two mappings of arrays."""',
        [
            *take,
            f"{target}, {', '.join(slopes)} = _value_and_gradient(xp, {file.taken})",
            f"return {target}, {{{pairs}}}",
        ],
    )
    found += define(
        "cost",
        both,
        f'"""{target} alone, whatever its sign."""',
        [*take, f"return _value(xp, {file.cost})"],
    )
    found += define(
        "gradient",
        both,
        f'"""The gradient of {target}, by the name of each parameter."""',
        ["return value_and_gradient(parameters, data)[1]"],
    )
    if predicted is None:
        return found
    head, function = predicted
    needed = ", ".join(a.name for a in function.inputs)
    lines = [
        *_taken(", ".join(file.ordered(function)), len(function.inputs), "_predict_arguments"),
        f"return _predict(xp, {needed})",
    ]
    said = f'"""{identifier(head)}, from these data alone: {needed}."""'
    return found + define("predict", both, said, lines)


def _taken(names: str, count: int, function: str) -> Sequence[str]:
    comma = "," if count == 1 else ""
    return (
        "xp = _namespace(parameters, data)",
        f"{names}{comma} = {function}(xp, parameters, data)",
    )
