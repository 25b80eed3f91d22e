"""What `derive train` learns: a verified quantity as the trainer wants it, and its data."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.check import check, check_text
from derive.documents import decode
from derive.values import dataclass

if TYPE_CHECKING:
    from derive.train.objective import Array, Arrays, Objective
    from derive.train.state import Floats
    from derive.train.table import Table


class NotProved(Exception):
    """A document of which no gradient is proved; the message is the compiler's reason."""


@dataclass(frozen=True, slots=True)
class Model:
    """A quantity, its gradient, and what it predicts; all of it emitted from proved formulas.

    `shapes` gives the lengths of each argument's axes in words ("l + 1"); `sense` is None where
    no sign of the quantity is proved.
    """

    name: str
    objective: "Objective"
    sense: str | None
    parameters: tuple[str, ...]
    data: tuple[str, ...]
    shapes: Mapping[str, Sequence[str]]
    predict: "Callable[[Arrays, Arrays], Array] | None"

    @property
    def signature(self) -> str:
        return f"{self.name}({', '.join((*self.parameters, *self.data))})"

    @property
    def roles(self) -> tuple[str, str] | None:
        """The names of features and labels, where the data are one matrix and one vector."""
        axes = {len(self.shapes[name]): name for name in self.data}
        return (axes[2], axes[1]) if len(self.data) == 2 and axes.keys() == {1, 2} else None


@dataclass(frozen=True, slots=True)
class Samples:
    """Data by name, and as a table where they are features and labels."""

    arrays: "Arrays"
    table: "Table | None"


def bundled() -> Model:
    """The network of the paper that ships with the package, corrected."""
    from derive.gradients import two_layer

    return _model("C", two_layer)


def compiled(file: str, name: str | None) -> Model:
    """The quantity of a document. Raises NotProved with the reason where its gradient is not
    proved, OSError or UnreadableFile where there is no such document.
    """
    document: Any = (
        check_text(decode(sys.stdin.buffer.read(), file)) if file == "-" else check(file)
    )
    try:
        function = document.function(name)
    except ValueError as refusal:
        raise NotProved(str(refusal)) from None
    return _model(function.emitted.target, function.module)


def _model(name: str, module: Any) -> Model:
    return Model(
        name=name,
        objective=module.value_and_gradient,
        sense=module.sense,
        parameters=tuple(module.PARAMETERS),
        data=tuple(module.DATA),
        shapes=module.SHAPES,
        predict=getattr(module, "predict", None),
    )


def samples(model: Model, path: Path | None) -> Samples:
    """The data in a file, or exclusive or without one.

    An archive may hold the model's data by name; all other files are tables of features and
    labels. Raises TrainError where the data are not those that the model needs.
    """
    from derive.train.errors import TrainError
    from derive.train.table import XOR, finite, named, read

    arrays = named(path) if path and path.suffix.lower() == ".npz" else {}
    if path and arrays.keys() >= set(model.data):
        given = {name: finite(arrays[name], name, path) for name in model.data}
        return Samples(given, _table(model, given, path))
    if model.roles is None:
        wanted = ", ".join(f"{n} ({', '.join(model.shapes[n])})" for n in model.data)
        raise TrainError(f"{model.name} needs {wanted}: give them by name in an .npz file")
    table = read(path) if path else XOR
    features, labels = model.roles
    return Samples({features: table.features, labels: table.labels}, table)


def _table(model: Model, given: "Mapping[str, Floats]", path: Path) -> "Table | None":
    from derive.train.table import Table, checked

    if model.roles is None or any(given[n].ndim != len(model.shapes[n]) for n in model.data):
        return None
    features, labels = model.roles
    return checked(Table(given[features], given[labels]), path)


def shapes(model: Model, data: "Arrays", hidden: int | None) -> dict[str, tuple[int, ...]]:
    """The shapes of the parameters; `hidden` stands for every size that the data leave open.

    Raises TrainError where the data do not have the model's shapes, or its widths are fixed.
    """
    from derive.train.errors import TrainError
    from derive.train.sizes import filled, left_open, settled

    sizes = settled(model.shapes, {name: array.shape for name, array in data.items()})
    free = left_open(model.shapes, model.parameters, sizes)
    found = filled(model.shapes, model.parameters, sizes | dict.fromkeys(free, hidden or 2))
    if hidden is not None and not free:
        said = ", ".join(f"{name} {shape}" for name, shape in found.items())
        raise TrainError(f"the widths of {model.name} are fixed ({said}): --hidden has no place")
    return found
