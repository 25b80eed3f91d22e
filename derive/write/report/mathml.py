"""LaTeX to MathML, through the converter library; only safe LaTeX is handed in."""

import re
from functools import lru_cache
from typing import Any

_COLOUR = 'style="color:#FF0000;"'
_BLOCK = 'display="block"'
_FIRST = re.compile(
    r"((?:<math[^>]*>|<mrow class=\"changed\">)<mrow></mrow>)"
    r"<mo(?![^>]* form=)([^>]*)>([+\-−=<>&≤≥≈≠→⇒⇔])"
)


@lru_cache(maxsize=1)
def _converter() -> Any:
    from math_core import LatexToMathML

    return LatexToMathML()


@lru_cache(maxsize=20_000)
def mathml(latex: str, display: bool) -> str | None:
    """The `math` element; None where the converter does not take the formula."""
    from math_core import LatexError

    try:
        found = _converter().convert_with_local_state(latex, displaystyle=display)
    except LatexError:
        return None
    # in the line, so that a long formula can go on in the next one, yet with large operators
    coloured = str(found).replace(_COLOUR, 'class="changed"').replace(_BLOCK, 'displaystyle="true"')
    return _FIRST.sub(r'\1<mo form="infix"\2>\3', coloured)
