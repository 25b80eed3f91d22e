"""Which names are operators of probability, as they are typed."""

from collections.abc import Iterable

from derive.read.names import base_name, letters
from derive.syntax import Node, Product, Script

MEAN, VARIANCE, COVARIANCE, DEVIATION = "expectation", "variance", "covariance", "deviation"
_OPERATORS = {
    "E": MEAN, "Var": VARIANCE, "var": VARIANCE, "V": VARIANCE, "Variance": VARIANCE,
    "Cov": COVARIANCE, "cov": COVARIANCE, "SD": DEVIATION, "sd": DEVIATION, "Std": DEVIATION,
}  # fmt: skip
_UPRIGHT = {"E": frozenset({"bb", "rm", "sf"}), "V": frozenset({"bb"})}


def operator_of(node: Node | None) -> str:
    """Which operator of probability a name is, if it is typed as one; "" where it is none."""
    name = base_name(node) if node is not None else None
    if name is None or name.accents or (isinstance(node, Script) and node.primes):
        return ""
    upright = len(name.base) > 1 or name.style in _UPRIGHT.get(name.base, ())
    return _OPERATORS.get(name.base, "") if upright else ""


def measures(nodes: Iterable[Node]) -> frozenset[str]:
    """The subscripts of all expectations, "" for none: with several, they are not one mean."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, Product):
            for factor in node.factors:
                if operator_of(factor.node) == MEAN:
                    found.add(below(factor.node))
    return frozenset(found)


def below(node: Node) -> str:
    """The subscript of an operator, as a text that tells it from others; "" for none."""
    sub = node.sub if isinstance(node, Script) else None
    return "" if sub is None else letters(sub) or repr(sub)
