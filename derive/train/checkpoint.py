"""A run in a file: one `.npz` with arrays and a line of JSON, nothing that can be executed."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zipfile import BadZipFile

import numpy as np

from derive.train.errors import TrainError
from derive.train.objective import Array, Arrays
from derive.train.settings import Settings
from derive.train.state import History, State

FORMAT = 1
_ABOUT = "about"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run that can be taken up again; `mark` tells what was trained, and on which data."""

    state: State
    history: History
    settings: Settings
    mark: str


def mark(name: str, data: Arrays) -> str:
    """A fingerprint of an objective's name and its data: any other data have another one."""
    found = hashlib.sha256(name.encode())
    for key in sorted(data):
        array = np.ascontiguousarray(data[key])
        found.update(f"|{key}|{array.dtype.str}|{array.shape}|".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; a reader finds the old file or the new one, never half of one.

    Raises OSError where the file cannot be written.
    """
    state = checkpoint.state
    about = {
        "format": FORMAT,
        "epoch": state.epoch,
        "steps": state.steps,
        "random": state.random,
        "settings": checkpoint.settings.as_dict(),
        "mark": checkpoint.mark,
    }
    arrays: dict[str, Any] = {_ABOUT: np.array(json.dumps(about)), **dict(_flattened(checkpoint))}
    with NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _flattened(checkpoint: Checkpoint) -> Iterator[tuple[str, Array]]:
    state = checkpoint.state
    groups: Mapping[str, Mapping[str, Any]] = {
        "parameters": state.parameters,
        "best": state.best,
        "history": checkpoint.history.arrays(),
        **{f"memory/{slot}": arrays for slot, arrays in state.memory.items()},
    }
    for group, arrays in groups.items():
        for name, array in arrays.items():
            yield f"{group}/{name}", np.asarray(array)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint. Raises OSError, or TrainError where the file is none."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(str(file[_ABOUT]))
            arrays = {name: file[name] for name in file.files if name != _ABOUT}
        if about["format"] != FORMAT:
            raise TrainError(f"{path}: a checkpoint of format {about['format']}, not {FORMAT}")
        return _rebuilt(about, arrays)
    except (BadZipFile, KeyError, TypeError, AttributeError, EOFError, ValueError) as error:
        if isinstance(error, TrainError):
            raise
        raise TrainError(f"{path}: not a checkpoint of a run") from None


def _rebuilt(about: dict[str, Any], arrays: dict[str, Array]) -> Checkpoint:
    groups: dict[str, dict[str, Array]] = {"parameters": {}, "best": {}, "history": {}}
    for key, array in arrays.items():
        group, _, name = key.rpartition("/")
        groups.setdefault(group, {})[name] = array
    memory = {k.removeprefix("memory/"): v for k, v in groups.items() if k.startswith("memory/")}
    state = State(
        parameters=groups["parameters"],
        random=about["random"],
        memory=memory,
        best=groups["best"],
        epoch=about["epoch"],
        steps=about["steps"],
    )
    course = History(**{name: array.tolist() for name, array in groups["history"].items()})
    return Checkpoint(state, course, Settings(**about["settings"]), about["mark"])
