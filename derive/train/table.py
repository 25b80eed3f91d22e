"""Samples from a file: features in columns, the label in the last one."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from derive.train.errors import TrainError
from derive.train.state import Floats


@dataclass(frozen=True, slots=True)
class Table:
    """Samples: features of shape (n, l), labels in [0, 1] of shape (n,), and the columns' names."""

    features: Floats
    labels: Floats
    names: tuple[str, ...] = ()


# exclusive or, in the order of the rows of a truth table: the example of four samples
XOR = Table(
    np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 0.0])
)


def read(path: Path) -> Table:
    """Read `.csv`, `.npy` or `.npz`; all become double precision.

    A CSV file or a matrix holds a sample a row, its label last; an `.npz` one matrix (features)
    and one vector (labels). Raises OSError where the file cannot be read, TrainError where it
    does not hold samples: the message has the file and, in a CSV file, the line.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise TrainError(f"{path}: data are read from {known}, not {path.suffix or 'such a file'}")
    return checked(reader(path), path)


def _from_csv(path: Path) -> Table:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TrainError(f"{path}: not UTF-8 text (at offset {error.start})") from None
    rows = list(_rows(text))
    names: tuple[str, ...] = ()
    if rows and not any(_is_number(cell) for cell in rows[0][1]):
        names = tuple(cell.strip() for cell in rows.pop(0)[1])
    if not rows:
        raise TrainError(f"{path}: no samples")
    width = len(names or rows[0][1])
    table = np.array([_numbers(path, line, cells, width) for line, cells in rows])
    return _split(table, path, names)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with its line."""
    reader = csv.reader(text.splitlines())
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _numbers(path: Path, line: int, cells: list[str], width: int) -> list[float]:
    if len(cells) != width:
        raise TrainError(f"{path}:{line}: {len(cells)} cells, where the first row has {width}")
    for column, cell in enumerate(cells, 1):
        if not _is_number(cell):
            raise TrainError(f"{path}:{line}: column {column} is {cell.strip()!r}, not a number")
    return [float(cell) for cell in cells]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _from_npy(path: Path) -> Table:
    try:
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
    except (ValueError, EOFError):
        raise TrainError(f"{path}: not a file of one numeric array") from None
    if not isinstance(found, np.ndarray):
        raise TrainError(f"{path}: an archive of arrays: call it .npz")
    return _split(_real(found, path), path)


def named(path: Path) -> dict[str, Floats]:
    """The arrays of an `.npz` file by name. Raises as `read`."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {name: _real(file[name], path) for name in file.files}
    except (BadZipFile, EOFError, ValueError, AttributeError, TypeError) as error:
        if isinstance(error, TrainError):
            raise
        raise TrainError(f"{path}: not an archive of numeric arrays") from None


def _from_npz(path: Path) -> Table:
    arrays = list(named(path).values())
    shapes = sorted(array.ndim for array in arrays)
    if shapes != [1, 2]:
        said = ", ".join(str(array.shape) for array in arrays) or "nothing"
        raise TrainError(
            f"{path}: holds {said}, expected a matrix (features) and a vector (labels)"
        )
    labels, features = sorted(arrays, key=lambda array: array.ndim)
    return Table(features, labels)


_READERS = {".csv": _from_csv, ".npy": _from_npy, ".npz": _from_npz}


def _real(array: np.ndarray, path: Path) -> Floats:
    if array.dtype.kind not in "fiub":
        raise TrainError(f"{path}: an array of type {array.dtype}, expected real numbers")
    return array.astype(np.float64)


def _split(matrix: Floats, path: Path, names: tuple[str, ...] = ()) -> Table:
    if matrix.ndim != 2 or matrix.shape[1] < 2:
        shape = "a row of 1 column" if matrix.ndim == 2 else f"shape {matrix.shape}"
        raise TrainError(f"{path}: expected features and a label in each row, found {shape}")
    return Table(matrix[:, :-1], matrix[:, -1], names)


def checked(table: Table, path: Path) -> Table:
    """The table, if its shapes agree, its numbers are finite and its labels in [0, 1].

    Raises TrainError with the number of the first sample that is wrong, from 1.
    """
    features, labels = table.features, table.labels
    if len(features) != len(labels):
        raise TrainError(f"{path}: {len(features)} samples, but {len(labels)} labels")
    if not features.size:
        raise TrainError(f"{path}: no samples")
    wrong = ~(np.isfinite(features).all(axis=1) & np.isfinite(labels))
    if wrong.any():
        raise TrainError(f"{path}: sample {_first(wrong)} holds a value that is no finite number")
    outside = (labels < 0) | (labels > 1)
    if outside.any():
        first = _first(outside)
        raise TrainError(
            f"{path}: the label of sample {first} is {labels[first - 1]:g}, not in [0, 1]"
        )
    return table


def finite(array: Floats, name: str, path: Path) -> Floats:
    """The array, if it has samples and its numbers are finite; raises TrainError otherwise."""
    if not array.size:
        raise TrainError(f"{path}: no samples in {name}")
    if not np.isfinite(array).all():
        raise TrainError(f"{path}: {name} holds a value that is no finite number")
    return array


def _first(wrong: "np.ndarray") -> int:
    """The number of the first sample concerned, from 1."""
    return int(np.argmax(wrong)) + 1
