r"""Units of measurement: the upright names after a numeral, `3\,\mathrm{m/s}`.

Each becomes a power product of base units, which are positive letters of their own, so that a metre
is no mass and conversions are decided by algebra. Upright letters elsewhere stay what they are.
"""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from derive.read.walk import changed
from derive.source import Span
from derive.syntax import Document, Factor, Group, Name, Node, Number, Product, Quotient, Script

# factor, and powers of metre, kilogram, second, ampere, kelvin
_TABLE: dict[str, tuple[str, tuple[int, int, int, int, int]]] = {
    "m": ("1", (1, 0, 0, 0, 0)), "km": ("1000", (1, 0, 0, 0, 0)),
    "cm": ("1/100", (1, 0, 0, 0, 0)), "mm": ("1/1000", (1, 0, 0, 0, 0)),
    "kg": ("1", (0, 1, 0, 0, 0)), "g": ("1/1000", (0, 1, 0, 0, 0)),
    "s": ("1", (0, 0, 1, 0, 0)), "ms": ("1/1000", (0, 0, 1, 0, 0)),
    "h": ("3600", (0, 0, 1, 0, 0)),
    "A": ("1", (0, 0, 0, 1, 0)), "K": ("1", (0, 0, 0, 0, 1)),
    "Hz": ("1", (0, 0, -1, 0, 0)), "N": ("1", (1, 1, -2, 0, 0)),
    "kN": ("1000", (1, 1, -2, 0, 0)), "J": ("1", (2, 1, -2, 0, 0)),
    "kJ": ("1000", (2, 1, -2, 0, 0)), "W": ("1", (2, 1, -3, 0, 0)),
    "kW": ("1000", (2, 1, -3, 0, 0)), "Pa": ("1", (-1, 1, -2, 0, 0)),
    "C": ("1", (0, 0, 1, 1, 0)), "V": ("1", (2, 1, -3, -1, 0)),
}  # fmt: skip
BASES = ("metre", "kilogram", "second", "ampere", "kelvin")


def units(document: Document) -> Document:
    """The document with each unit after a numeral in base units."""
    found: Document = changed(document, _measured)
    return found


def _measured(node: Any) -> Node | None:
    """A product in which units follow a numeral; None where none do."""
    if isinstance(node, Script):  # a subscript is a name, whatever stands in it
        return replace(node, base=changed(node.base, _measured), sup=changed(node.sup, _measured))
    if not isinstance(node, Product):
        return None
    whole = _joined(node.factors)
    pairs = pairwise(whole)
    if not any(isinstance(a.node, Number) and _unit(b.node) is not None for a, b in pairs):
        return None
    out: list[Factor] = []
    counted = False
    for factor in whole:
        unit = _unit(factor.node) if counted else None
        counted = isinstance(factor.node, Number) or unit is not None
        inner: Node = changed(factor.node, _measured) if unit is None else unit
        out.append(replace(factor, node=inner))
    return Product(tuple(out), node.span)


def _joined(factors: tuple[Factor, ...]) -> list[Factor]:
    """`k`, `m` typed side by side are one unit, where there is one of that name."""
    out: list[Factor] = []
    for factor in factors:
        before = out[-1].node if out and factor.op == "" else None
        name = factor.node.base if isinstance(factor.node, Script) else factor.node
        if isinstance(before, Name) and isinstance(name, Name) and name.style == "rm":
            whole = before.base + name.base
            beside = before.style == "rm" and before.span.end == name.span.start
            if beside and whole in _TABLE:
                joined = replace(name, base=whole, span=before.span.to(name.span))
                node = factor.node
                grown = replace(node, base=joined) if isinstance(node, Script) else joined
                out[-1] = Factor(out[-1].op, grown)
                continue
        out.append(factor)
    return out


def _unit(node: Node) -> Node | None:
    """What a unit is, with its power: `m`, `s^2`, `m/s` in one upright group."""
    match node:
        case Name(base, span, "rm", ()) if base in _TABLE:
            return _product(base, span)
        case Script(Name(base, _, "rm", ()), None, Number() as power, 0, span) if base in _TABLE:
            return Script(_product(base, span), None, power, 0, span)
        case Quotient(above, below, span):
            over, under = _unit(above), _unit(below)
            return None if over is None or under is None else Quotient(over, under, span)
        case Product(factors, span):
            inner = [(f.op, _unit(f.node)) for f in _joined(factors)]
            kept = tuple(Factor(op, unit) for op, unit in inner if unit is not None)
            return Group("(", ")", Product(kept, span), span) if len(kept) == len(inner) else None
    return None


def _product(name: str, span: Span) -> Node:
    """A unit as a product of a number and powers of base units."""
    text, powers = _TABLE[name]
    factors = [Factor("", Number(Fraction(text), text, span))]
    for base, power in zip(BASES, powers, strict=True):
        if power:
            letter = Name(base, span, "rm")
            exponent = Number(Fraction(power), str(power), span)
            factors.append(Factor("cdot", Script(letter, None, exponent, 0, span)))
    return Group("(", ")", Product(tuple(factors), span), span)
