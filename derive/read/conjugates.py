r"""Bars that conjugate: the `\bar z`, `\overline{zw}` and `z^*` of a text on complex numbers.

A bar is a mean, a closure or a part of the name elsewhere, so that the document has to show that
its numbers are complex; it then becomes the function `conj` before anything is read.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from derive.read.names import base_name, head
from derive.read.walk import changed, walk
from derive.source import Span
from derive.syntax import (
    Addition,
    BigOp,
    Chain,
    Declared,
    Document,
    Factor,
    Formula,
    Group,
    Name,
    Node,
    Number,
    Product,
    Prose,
    Script,
)

_COMPLEX = re.compile(
    r"\bcomplex[- ](numbers?|conjugat\w*|planes?|functions?|exponentials?|variables?|valued|roots?"
    r"|amplitudes?|scalars?)\b|\bimaginary\b|\bEuler['’]s (formula|identity)\b|\bde Moivre\b"
    r"|\broots? of unity\b|\bwave ?functions?\b",
    re.I,
)
_STARS = re.compile(r"\bconjugates?\b|\bwave ?functions?\b", re.I)
_MEANS = re.compile(r"\b(means?|averag\w*|sample|estimat\w*|closure|complement)\b", re.I)
BAR = "‾"


def conjugates(document: Document) -> Document:
    """The document with each bar that conjugates made the function `conj`."""
    if not is_complex(document):
        return document
    nodes = [n for c in chains(document) for m in c.members if m is not None for n in walk(m)]
    shown = {head(n) for n in nodes if isinstance(n, Name) and not n.accents}
    words = " ".join(item.text for item in document.items if isinstance(item, Prose))
    kept = {key for c in chains(document) for key in _averaged(c)}
    bars = not _MEANS.search(words)
    stars = bool(_STARS.search(words))
    found: Document = changed(document, lambda n: _barred(n, shown - kept, bars, stars))
    return found


def is_complex(document: Document) -> bool:
    """Whether a document shows complex numbers: in words, as ℂ, by e^{iθ}, i² or Re z."""
    if any(isinstance(i, Prose) and _COMPLEX.search(i.text) for i in document.items):
        return True
    nodes = [n for c in chains(document) for m in c.members if m is not None for n in walk(m)]
    names = {n.base for n in nodes if isinstance(n, Name)}
    barred = any(isinstance(n, Name) and n.accents[:1] == ("bar",) for n in nodes)
    parts = names & {"Re", "Im"}
    return len(parts) + barred > 1 or any(map(_shows, nodes))


def chains(document: Document) -> Iterator[Chain]:
    """All chains of a document, in reading order."""
    for item in document.items:
        if isinstance(item, (Formula, Declared)):
            yield from (c for c in item.chains if isinstance(c, Chain))


def _shows(node: Node) -> bool:
    match node:
        case Name("C", _, "bb"):
            return True
        case Script(Name("e", _, _, ()), None, sup, 0) if sup is not None:
            inside = [n for n in walk(sup) if isinstance(n, Name)]
            return any(n.base == "i" for n in inside) and not isinstance(sup, Name)
        case Script(Name("i", _, _, ()), None, Number(value), 0):
            return value == 2
        case Addition(terms, _) if len(terms) == 2:
            first, second = (_opening(t.node) for t in terms)
            return first[:1] == ["cos"] and second[:2] == ["i", "sin"]
    return False


def _opening(node: Node) -> list[str]:
    """The names that a product begins with."""
    factors = [f.node for f in node.factors] if isinstance(node, Product) else [node]
    return [name.base if (name := base_name(n)) is not None else "" for n in factors]


def _averaged(chain: Chain) -> Iterator[str]:
    """The letters whose bar a sum defines: `\\bar x = Σ x_k / n`."""
    left, *others = chain.members
    name = base_name(left) if left is not None else None
    if name is not None and name.accents[:1] == ("bar",):
        inside = (n for m in others if m is not None for n in walk(m))
        if any(isinstance(n, BigOp) and n.op == "sum" for n in inside):
            yield head(replace(name, accents=name.accents[1:]))


def _barred(node: Any, letters: set[str], bars: bool, stars: bool) -> Node | None:
    """What a barred or starred node becomes; None where it stays as it is."""
    match node:
        case Name(_, _, _, ("bar", *_)) if bars:
            inner = _under(node)
            return _conj(inner) if _of(inner, letters) else None
        case Script(Name(_, _, _, ("bar", *_)) as base, sub, sup, 0, span) if bars:
            plain = _under(base)
            if not _of(plain, letters):
                return None
            inner = plain if sub is None else Script(plain, sub, None, 0, span)
            return _raised(_conj(inner), sup)
        case Script(base, sub, Name("*" | "ast"), 0, span) if stars and _of(base, letters):
            return _conj(base if sub is None else Script(base, sub, None, 0, span))
        case Group(open=o, body=body, span=span) if o == BAR:
            return _conj(changed(body, lambda n: _barred(n, letters, bars, stars)), span)
    return None


def _under(name: Name) -> Node:
    """What stands under a bar; several letters are their product."""
    plain = replace(name, accents=name.accents[1:])
    letters = head(plain)
    if len(letters) == 1 or plain.accents or not letters.isalpha():
        return plain
    factors = tuple(Factor("", replace(plain, base=letter)) for letter in letters)
    return Product(factors, name.span)


def _of(node: Node, letters: set[str]) -> bool:
    """Whether all letters of a node also stand without a bar."""
    names = [n for n in walk(node) if isinstance(n, Name)]
    return bool(names) and all(head(n) in letters for n in names)


def _conj(inner: Node, span: Span | None = None) -> Node:
    span = span or inner.span
    name, group = Name("conj", span, "rm"), Group("(", ")", inner, span)
    return Group("(", ")", Product((Factor("", name), Factor("", group)), span), span)


def _raised(base: Node, power: Node | None) -> Node:
    return base if power is None else Script(base, None, power, 0, base.span.to(power.span))
