"""The cumulants of the distributions that texts name: `X ∼ N(μ, σ²)`."""

import re
from collections.abc import Callable
from math import factorial

from derive.read.names import base_name
from derive.read.reads import HALF
from derive.read.walk import walk
from derive.syntax import Chain, Group, Name, Node, Product, Script, Text, Tuple
from derive.term import ONE, ZERO, Pow, Sym, Term, add, div, mul, num, sub

TWO = num(2)

Cumulants = tuple[Term, ...]
# letters that stand for a root of a variance, and those that are a rate by habit
_DEVIATIONS = frozenset({"σ", "s", "τ"})
_RATES = frozenset({"λ", "r", "rate"})


def _bernoulli(p: Term) -> Cumulants:
    spread = mul(p, sub(ONE, p))
    return p, spread, mul(spread, sub(ONE, mul(TWO, p))), mul(spread, sub(ONE, mul(num(6), spread)))


def _uniform(a: Term, b: Term) -> Cumulants:
    width = sub(b, a)
    last = div(Pow(width, num(4)), num(-120))
    return mul(HALF, add(a, b)), div(mul(width, width), num(12)), ZERO, last


def _gamma(shape: Term, rate: Term) -> Cumulants:
    return tuple(mul(num(factorial(k - 1)), shape, Pow(rate, num(-k))) for k in range(1, 5))


def _beta(a: Term, b: Term) -> Cumulants:
    total = add(a, b)
    return div(a, total), div(mul(a, b), mul(total, total, add(total, ONE)))


# by the letters of the name: the cumulants that its arguments give, the mean and the variance
# first, as many as are known up to the fourth (Kendall and Stuart, 1969, chapter 5)
_TABLE: dict[tuple[str, int], Callable[..., Cumulants]] = {
    ("normal", 2): lambda m, v: (m, v, ZERO, ZERO),
    ("bernoulli", 1): _bernoulli,
    ("binomial", 2): lambda n, p: tuple(mul(n, k) for k in _bernoulli(p)),
    ("poisson", 1): lambda rate: (rate,) * 4,
    ("uniform", 2): _uniform,
    ("exponential", 1): lambda rate: _gamma(ONE, rate),
    ("gamma", 2): _gamma,
    ("beta", 2): _beta,
}
_NAMES = {
    "N": "normal", "Normal": "normal", "Gaussian": "normal", "Gauss": "normal",
    "Bernoulli": "bernoulli", "Ber": "bernoulli", "Bern": "bernoulli", "Binomial": "binomial",
    "Bin": "binomial", "Binom": "binomial", "Poisson": "poisson", "Pois": "poisson",
    "Poi": "poisson", "Po": "poisson", "Uniform": "uniform", "Unif": "uniform", "U": "uniform",
    "Beta": "beta", "Exp": "exponential", "Expo": "exponential", "Exponential": "exponential",
    "Gamma": "gamma", "Ga": "gamma",
}  # fmt: skip
_ALIKE = re.compile(r"i\.?\s?i\.?\s?d", re.I)


def cumulants_of(node: Node, term: Callable[[Node], Term]) -> Cumulants | None:
    """The cumulants of a distribution as written; None for one that is not known.

    Where two habits make two distributions of one name (a rate or a mean, a variance or its root),
    it is known only if the letters tell.
    """
    if not (isinstance(node, Product) and len(node.factors) == 2):
        return None
    name, group = base_name(node.factors[0].node), node.factors[1].node
    if name is None or not isinstance(group, Group) or group.open not in "([":
        return None
    body = group.body
    items = body.items if isinstance(body, Tuple) else (body,)
    kind = _NAMES.get(name.base, name.base.lower())
    make = _TABLE.get((kind, len(items)))
    arguments = [term(i) for i in items] if make is not None else []
    return make(*arguments) if make is not None and _certain(kind, arguments) else None


def _certain(kind: str, arguments: list[Term]) -> bool:
    """Whether the last argument can only be what the table takes it for."""
    last = arguments[-1]
    letter = last.name.partition("_")[0] if isinstance(last, Sym) else ""
    match kind:
        case "normal":
            rooted = isinstance(last, Pow) and last.exponent is HALF
            return letter not in _DEVIATIONS and not rooted
        case "exponential":
            return letter in _RATES or last is ONE
        case "gamma":
            return letter in _RATES | {"β"} or last is ONE
    return True


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
