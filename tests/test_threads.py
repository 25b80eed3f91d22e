"""A document may be checked from any thread, and from several at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from derive import check_text
from derive.options import Options

TRUE, FALSE = "$$(x + 1)^2 = x^2 + 2x + 1$$\n", "$$(x + 1)^2 = x^2 + 1$$\n"


@pytest.mark.parametrize("isolate", [True, False])
def test_checks_from_other_threads(isolate: bool) -> None:
    options = Options(cross_check=False, isolate=isolate)
    with ThreadPoolExecutor(3) as pool:
        documents = list(pool.map(lambda t: check_text(t, options=options), [TRUE, FALSE] * 3))
    assert [d["L1"].verdict for d in documents] == ["proved", "refuted"] * 3
