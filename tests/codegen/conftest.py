from pathlib import Path

import pytest

import derive
from derive.compiled import Function, emit, function, load

PAPERS = Path(derive.__file__).parent / "papers"


@pytest.fixture(scope="session")
def corrected() -> derive.Document:
    return derive.check(PAPERS / "corrected.md", derive.Options(timeout=120))


@pytest.fixture(scope="session")
def paper() -> derive.Document:
    return derive.check(PAPERS / "two_layer.md", derive.Options(timeout=120))


@pytest.fixture(scope="session")
def narrow(corrected) -> Function:
    """The general network of the corrected paper's last section."""
    return function(corrected.checked, "L", ["W", "q"])


@pytest.fixture(scope="session")
def standard(corrected):
    """The two-layer gradient for any array library."""
    text = emit(corrected.checked, target="array-api", options=derive.Options(timeout=120)).text
    return load(text, "two_layer_standard")
