"""A proof about a quantity that nothing defines says what it took for granted of it."""

import pytest

from derive import check_text

CHAIN = r"\frac{dy}{dx} = \frac{dy}{du}\frac{du}{dx}"
DEFINED = "With $y = u^2$ and $u = 3 x$:\n\n"


@pytest.mark.parametrize(
    ("before", "assumed"), [("", ("y depends on x only through u",)), (DEFINED, ())]
)
def test_the_chain_rule_says_what_it_rests_on(before: str, assumed: tuple[str, ...]) -> None:
    relation = check_text(f"{before}$${CHAIN}$$").relations[-1]
    assert relation.verdict == "proved"
    assert relation.judgement.verdict.assumed == assumed
