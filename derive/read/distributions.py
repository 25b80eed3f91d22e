"""The mean and the variance of the distributions that texts name: `X ∼ N(μ, σ²)`."""

import re
from collections.abc import Callable

from derive.read.names import base_name
from derive.read.reads import HALF
from derive.read.walk import walk
from derive.syntax import Chain, Group, Name, Node, Product, Script, Text, Tuple
from derive.term import ONE, Term, add, div, mul, num, sub

Pair = tuple[Term, Term]
# by the letters of the name: what its arguments make the mean and the variance
_TABLE: dict[tuple[str, int], Callable[..., Pair]] = {
    ("normal", 2): lambda m, v: (m, v),
    ("bernoulli", 1): lambda p: (p, mul(p, sub(ONE, p))),
    ("binomial", 2): lambda n, p: (mul(n, p), mul(n, p, sub(ONE, p))),
    ("poisson", 1): lambda rate: (rate, rate),
    ("uniform", 2): lambda a, b: (mul(HALF, add(a, b)), _twelfth(sub(b, a))),
    ("beta", 2): lambda a, b: (div(a, add(a, b)), _beta(a, b)),
}
_NAMES = {
    "N": "normal", "Normal": "normal", "Gaussian": "normal", "Gauss": "normal",
    "Bernoulli": "bernoulli", "Ber": "bernoulli", "Bern": "bernoulli", "Binomial": "binomial",
    "Bin": "binomial", "Binom": "binomial", "Poisson": "poisson", "Pois": "poisson",
    "Poi": "poisson", "Po": "poisson", "Uniform": "uniform", "Unif": "uniform", "U": "uniform",
    "Beta": "beta",
}  # fmt: skip
_ALIKE = re.compile(r"i\.?\s?i\.?\s?d", re.I)


def _twelfth(width: Term) -> Term:
    return div(mul(width, width), num(12))


def _beta(a: Term, b: Term) -> Term:
    total = add(a, b)
    return div(mul(a, b), mul(total, total, add(total, ONE)))


def moments_of(node: Node, term: Callable[[Node], Term]) -> Pair | None:
    """Mean and variance of a distribution as written; None for one that is not known."""
    if not (isinstance(node, Product) and len(node.factors) == 2):
        return None
    name, group = base_name(node.factors[0].node), node.factors[1].node
    if name is None or not isinstance(group, Group):
        return None
    body = group.body
    items = body.items if isinstance(body, Tuple) else (body,)
    kind = _NAMES.get(name.base, name.base.lower())
    make = _TABLE.get((kind, len(items)))
    return make(*(term(i) for i in items)) if make is not None else None


def is_normal(node: Node) -> bool:
    """Whether a distribution as written is a normal one."""
    name = base_name(node.factors[0].node) if isinstance(node, Product) else None
    return name is not None and _NAMES.get(name.base, name.base.lower()) == "normal"


def drawn_alike(chain: Chain) -> bool:
    """Whether a `∼` says that the draws are independent and alike."""
    notes = [n for r in chain.relators if r.note is not None for n in walk(r.note)]
    words = [n.text for n in notes if isinstance(n, Text)]
    words += [n.base for n in notes if isinstance(n, Name)]
    return bool(_ALIKE.search("".join(words)))


def is_drawn(chain: Chain) -> bool:
    """Whether a chain says how letters are distributed."""
    left = chain.members[0]
    named = isinstance(left, Name | Script | Tuple)
    return named and len(chain.relators) == 1 and chain.relators[0].op == "∼"
