"""Short names to write terms with, and the context that the tables of this room share."""

from collections.abc import Callable
from fractions import Fraction

from derive.context import Context, Domain
from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    At,
    Num,
    Pow,
    Prod,
    Sum,
    Sym,
    Term,
    abstract,
    add,
    div,
    fn,
    mul,
    neg,
    num,
    sub,
)

a, b, c, i, j, k, n, p, q, s, t, w, x, y, z = map(Sym, "abcijknpqstwxyz")
K = Sym("K")
TWO, THREE = num(2), num(3)


def ratio(top: int, bottom: int) -> Term:
    return Num(Fraction(top, bottom))


def at(head: str, *indices: Term | int) -> Term:
    return At(head, tuple(num(v) if isinstance(v, int) else v for v in indices))


def sigma(t: Term) -> Term:
    return fn("sigma", t)


def exp(t: Term) -> Term:
    return fn("exp", t)


def log(t: Term) -> Term:
    return fn("log", t)


def sin(t: Term) -> Term:
    return fn("sin", t)


def cos(t: Term) -> Term:
    return fn("cos", t)


def sqr(t: Term) -> Term:
    return Pow(t, TWO)


def root(t: Term) -> Term:
    return Pow(t, ratio(1, 2))


def inv(t: Term) -> Term:
    return Pow(t, MINUS_ONE)


def total(f: Callable[[Term], Term], hi: Term = n, lo: Term = ONE, name: str = "u_") -> Term:
    index = Sym(name)
    return Sum(abstract(f(index), index), lo, hi)


def product(f: Callable[[Term], Term], hi: Term = n, lo: Term = ONE) -> Term:
    index = Sym("u_")
    return Prod(abstract(f(index), index), lo, hi)


SIZE = Domain(lo=ONE, lo_open=False, integer=True)


def index_to(size: Term) -> Domain:
    return Domain(ONE, size, lo_open=False, hi_open=False, integer=True)


CONTEXT = Context(
    domains={
        "n": SIZE, "K": SIZE, "m": SIZE, "i": index_to(n), "j": index_to(n), "k": index_to(K),
        "l": index_to(K), "h": Domain(ZERO, ONE), "p": Domain(ZERO, ONE), "s": Domain(lo=ZERO),
        "label": Domain(values=(ZERO, ONE)), "free": Domain(integer=True),
    },
    depends=frozenset({("h", "w"), ("f", "w"), ("f", "u")}),
)  # fmt: skip

__all__ = [
    "CONTEXT",
    "MINUS_ONE",
    "ONE",
    "SIZE",
    "THREE",
    "TWO",
    "ZERO",
    "K",
    "a",
    "add",
    "at",
    "b",
    "c",
    "cos",
    "div",
    "exp",
    "fn",
    "i",
    "index_to",
    "inv",
    "j",
    "k",
    "log",
    "mul",
    "n",
    "neg",
    "num",
    "p",
    "product",
    "q",
    "ratio",
    "root",
    "s",
    "sigma",
    "sin",
    "sqr",
    "sub",
    "t",
    "total",
    "w",
    "x",
    "y",
    "z",
]  # fmt: skip
