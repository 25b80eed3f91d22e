"""Every sound document is either compiled to a right function or refused with a clear reason."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.compiled import Function, function

SOUND = Path(__file__).parent.parent / "sound"
FORMATS = {".md": "md", ".tex": "tex"}

# documents without the gradient of a quantity that they define, each with what is said
REFUSED = {
    "algebra": "no equation",
    "bias_variance": "the same for every entry",
    "calculus": "no equation",
    "quadratic_form": "no equation",
    "series": "no equation",
    "softmax_two": "no equation",
    "sums": "no equation",
    "trigonometry": "no equation",
    "variance": "no equation",
}

SIZES = {"n": 7, "m": 3, "k": 3, "p": 3, "l": 2, "K": 4}


def compiled(path: Path) -> Function:
    options = derive.Options(cross_check=False, timeout=60)
    document = derive.check_text(path.read_text(), FORMATS[path.suffix], path.name, options)
    return function(document.checked, None, None)


def draw(f: Function, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arguments inside every domain that the documents have: between 0.2 and 0.8."""
    rng = np.random.default_rng(seed)
    shapes: Mapping[str, tuple[str, ...]] = f.module.SHAPES

    def size(text: str) -> int:
        name, _, more = text.partition(" + ")
        return int(more or 0) + (int(name) if name.isdigit() else SIZES[name])

    arrays = {a: rng.uniform(0.2, 0.8, tuple(map(size, s))) for a, s in shapes.items()}
    return {p: arrays[p] for p in f.parameters}, {d: arrays[d] for d in f.data}


def difference(f: Function, parameters: dict, data: dict, name: str, at: tuple) -> float:
    """The central difference, of a step that balances its two errors."""
    values = []
    for step in (1e-5, -1e-5):
        moved = np.array(parameters[name])
        moved[at] += step
        values.append(f.cost({**parameters, name: moved}, data))
    return (values[0] - values[1]) / 2e-5


@pytest.mark.parametrize("path", sorted(SOUND.iterdir()), ids=lambda p: p.stem)
def test_a_sound_document_is_compiled_or_refused(path: Path) -> None:
    if path.stem in REFUSED:
        with pytest.raises(derive.Refusal, match=REFUSED[path.stem]):
            compiled(path)
        return
    f = compiled(path)
    parameters, data = draw(f, 3)
    value, gradient = f.value_and_gradient(parameters, data)
    assert value == pytest.approx(f.cost(parameters, data), rel=1e-14)
    for name, array in parameters.items():
        assert np.shape(gradient[name]) == np.shape(array)
        for at in np.ndindex(array.shape):
            found = difference(f, parameters, data, name, at)
            assert gradient[name][at] == pytest.approx(found, rel=1e-6, abs=1e-8)


def test_most_sound_documents_with_a_derivative_are_compiled() -> None:
    assert len(list(SOUND.iterdir())) - len(REFUSED) >= 18
