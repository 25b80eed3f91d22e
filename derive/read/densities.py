"""Conditional densities: `p(x | μ, σ²)` beside `p(μ)` and `p(D | μ)`.

One letter stands for many densities, told apart by the letters of their arguments. Where it does,
each becomes a name of its own, throughout and before anything is read; what stands behind the bar
is an argument like those before it. A likelihood with and without its data is one function.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from derive.read.names import base_name, head, unmarked
from derive.read.walk import changed, walk
from derive.syntax import (
    Chain,
    Declared,
    Document,
    Dots,
    Factor,
    Formula,
    Group,
    Name,
    Node,
    Product,
    Script,
    Tuple,
)

_BARS = frozenset("|;")
# of a normal distribution the places tell what is what, not the letters
_FAMILIES = frozenset({"N", "cal N"})
_LIKELIHOODS = frozenset({"L", "ℓ", "cal L", "l"})
Signature = tuple[tuple[str, ...], tuple[str, ...]]


def densities(document: Document) -> Document:
    """The document with each conditional density a function of its own."""
    calls = [c for n in _nodes(document) if isinstance(n, Product) for c in _calls(n)]
    barred = {head(name) for name, group in calls if _separator(group) in _BARS} - _FAMILIES
    if not barred:
        return document
    seen: dict[str, set[Signature]] = {}
    for name, group in calls:
        if head(name) in barred:
            seen.setdefault(head(name), set()).add(_signature(group))
    plain = frozenset(key for key, rows in seen.items() if _is_one(key, rows))
    found: Document = changed(document, lambda node: _renamed(node, barred, plain))
    return found


def _is_one(key: str, rows: set[Signature]) -> bool:
    """Whether a letter is one function here: always called alike, or with and without data."""
    return len(rows) == 1 or (key in _LIKELIHOODS and len({before for before, _ in rows}) == 1)


def _nodes(document: Document) -> Iterator[Node]:
    for item in document.items:
        if isinstance(item, (Formula, Declared)):
            for chain in item.chains:
                if isinstance(chain, Chain):
                    yield from (n for m in chain.members if m is not None for n in walk(m))


def _calls(product: Product) -> Iterator[tuple[Name, Group]]:
    """The names in a product that stand right before a bracket, each with the bracket."""
    for before, after in zip(product.factors, product.factors[1:], strict=False):
        if (found := _call(before, after)) is not None:
            yield found


def _call(before: Factor, after: Factor) -> tuple[Name, Group] | None:
    name = before.node if isinstance(before.node, Name) else None
    group = after.node if isinstance(after.node, Group) else None
    if name is None or group is None or after.op or group.open != "(":
        return None
    return name, group


def _separator(group: Group) -> str:
    return group.body.separator if isinstance(group.body, Tuple) else ","


def _sides(group: Group) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """What stands before the bar, and what stands behind it."""
    body = group.body
    if not isinstance(body, Tuple):
        return (body,), ()
    if body.separator not in _BARS:
        return body.items, ()
    first, *rest = body.items
    return _items((first,)), _items(rest)


def _items(nodes: Iterable[Node]) -> tuple[Node, ...]:
    return tuple(i for n in nodes for i in (n.items if isinstance(n, Tuple) else (n,)))


def _signature(group: Group) -> Signature:
    before, after = _sides(group)
    return tuple(map(_letter, before)), tuple(map(_letter, after))


def _letter(node: Node) -> str:
    """The letter of an argument: `x` of `x_i`; `…` and numbers stand for themselves."""
    name = base_name(node) if isinstance(node, Name | Script) else None
    if name is not None:
        return unmarked(head(name))
    return "…" if isinstance(node, Dots) else "?"


def _renamed(node: object, barred: set[str], plain: frozenset[str]) -> Node | None:
    """A product with the calls of densities in it under their own names; None for all else."""
    if not isinstance(node, Product):
        return None
    factors = list(node.factors)
    touched = False
    for k in range(len(factors) - 1):
        found = _call(factors[k], factors[k + 1])
        if found is None or head(found[0]) not in barred:
            continue
        name, group = found
        signature = _signature(group)
        # a list with dots, or a value in the place of a letter, does not tell which density it is
        if "…" in (*signature[0], *signature[1]) or _is_vague(signature, head(name), plain):
            continue
        factors[k] = replace(factors[k], node=_named(name, signature, plain))
        factors[k + 1] = replace(factors[k + 1], node=_flat(group, head(name), plain))
        touched = True
    if not touched:
        return None
    inner = tuple(
        replace(f, node=changed(f.node, lambda n: _renamed(n, barred, plain))) for f in factors
    )
    return replace(node, factors=inner)


def _is_vague(signature: Signature, key: str, plain: frozenset[str]) -> bool:
    return key not in plain and "?" in (*signature[0], *signature[1])


def _named(name: Name, signature: Signature, plain: frozenset[str]) -> Name:
    if head(name) in plain:
        return name
    before, after = (",".join(side) for side in signature)
    label = f"{before}|{after}" if after else before
    return replace(name, base=f"{head(name)}_{{{label}}}", style="", accents=())


def _flat(group: Group, key: str, plain: frozenset[str]) -> Group:
    """The bracket with one list of arguments; without the data of a likelihood."""
    before, after = _sides(group)
    kept = before if key in plain and key in _LIKELIHOODS else before + after
    if len(kept) == 1:
        return replace(group, body=kept[0])
    return replace(group, body=Tuple(kept, ",", group.body.span))
