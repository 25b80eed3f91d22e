"""Verified formulas as functions: a document's quantity, emitted and loaded.

The text that is loaded is the one that `derive compile` writes: made of the document's terms,
never of its characters.
"""

import linecache
from collections.abc import Mapping, Sequence
from importlib.abc import SourceLoader
from importlib.util import module_from_spec, spec_from_loader
from itertools import count
from types import ModuleType
from typing import Any

import derive.prove.decide as prover
from derive.checked import Checked
from derive.codegen.emit import NUMPY
from derive.codegen.module import Emitted, emitted
from derive.context import Context
from derive.derivation import Relation
from derive.options import Options
from derive.source import Span
from derive.term import Term
from derive.values import dataclass
from derive.verdict import PROVED
from derive.worker import Failure, Limits, run

_numbers = count(1)


def emit(
    checked: Checked,
    name: str | None = None,
    wrt: Sequence[str] | None = None,
    target: str = NUMPY,
    options: Options | None = None,
) -> Emitted:
    """Emit a quantity and its gradient; raises `Refusal` with the reason where it cannot be."""
    options = options or Options()

    def decide(left: Term, op: str, right: Term, context: Context) -> bool:
        return _holds(left, op, right, context, options)

    return emitted(checked, name, wrt, target, decide)


def _holds(left: Term, op: str, right: Term, context: Context, options: Options) -> bool:
    """Whether a relation is proved, within the limits."""
    span = Span(0, 0)
    asked = Relation("asked", None, span, "", "claim", op, left, right, span, span, context)
    limits = Limits(options.timeout, options.memory) if options.isolate else None
    (outcome,) = run(lambda _: prover.decide(asked, options), 1, limits)
    return not isinstance(outcome.value, Failure) and outcome.value.status == PROVED


class _Text(SourceLoader):
    """Loads a module from its text."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def get_filename(self, fullname: str) -> str:
        """A name that no file has."""
        return f"<{fullname}>"

    def get_data(self, path: str | bytes) -> bytes:
        """The text itself."""
        return self.text.encode()


def load(text: str, name: str) -> ModuleType:
    """The module that an emitted text is; tools that show sources find it."""
    own = f"{name} {next(_numbers)}"
    loader = _Text(own, text)
    spec = spec_from_loader(own, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    path = loader.get_filename(own)
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    return module


@dataclass(frozen=True)
class Function:
    """A quantity of a document and its gradient, as functions of arrays.

    Called with all arguments by name it gives the value and the gradient; `value_and_gradient`,
    `cost`, `gradient` and `predict` take two mappings, of parameters and of data. All raise
    `ValueError` or `TypeError` where an argument is not what is expected.
    """

    emitted: Emitted
    module: ModuleType

    @property
    def source(self) -> str:
        """The emitted file."""
        return self.emitted.text

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, by which the gradient is keyed."""
        return self.emitted.parameters

    @property
    def data(self) -> tuple[str, ...]:
        """The names of the other arguments."""
        return self.emitted.data

    @property
    def sense(self) -> str | None:
        """`minimise` where the quantity was proved ≥ 0, `maximise` where ≤ 0, else None."""
        return self.emitted.sense

    def __call__(self, **arguments: Any) -> tuple[Any, dict[str, Any]]:
        """The value and the gradient by name."""
        of = self.emitted.parameters
        parameters = {k: a for k, a in arguments.items() if k in of}
        return self.value_and_gradient(
            parameters, {k: a for k, a in arguments.items() if k not in of}
        )

    def value_and_gradient(
        self, parameters: Mapping[str, Any], data: Mapping[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """The value, and the gradient by the name of each parameter."""
        found: tuple[Any, dict[str, Any]] = self.module.value_and_gradient(parameters, data)
        return found

    def cost(self, parameters: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
        """The value alone."""
        return self.module.cost(parameters, data)

    def gradient(self, parameters: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """The gradient alone."""
        return self.value_and_gradient(parameters, data)[1]

    @property
    def predict(self) -> Any:
        """The function that predicts; raises `AttributeError` where the document has none."""
        return self.module.predict


def function(
    checked: Checked, name: str | None, wrt: Sequence[str] | None, target: str = NUMPY
) -> Function:
    """Emit and load; raises `Refusal` with the reason where it cannot be."""
    found = emit(checked, name, wrt, target)
    return Function(found, load(found.text, f"derive.{found.target}"))
