"""Evidence that a letter stands for a vector or a matrix, though nothing declares it.

A transpose, an elementwise product, a norm, an inner product, a trace or a matrix written out
says so of a letter; its neighbours in a product, a sum or an equation follow. A letter of which
something says that it is a number is never taken for a matrix.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from derive.notation import FUNCTIONS, MATRIX_OPERATORS
from derive.read.names import base_name, head, is_bold, letters
from derive.read.walk import walk
from derive.syntax import (
    Addition,
    BigOp,
    Chain,
    Factor,
    Group,
    Matrix,
    Name,
    Node,
    Number,
    Product,
    Quotient,
    Related,
    Script,
    Tuple,
)

_EQUAL = frozenset({"=", ":=", "≡"})
_ORDER = frozenset({"<", "≤", ">", "≥"})
_SIDE_BY_SIDE = frozenset({"", "cdot", "times"})
_ELEMENTWISE = frozenset({"odot", "otimes"})
_MATRICES = MATRIX_OPERATORS | {"rank", "vec"}
# functions that act on each entry of an array
_BY_ENTRY = frozenset(FUNCTIONS) - {"max", "min"} | {"sigma", "relu", "ReLU"}
_ADJOINTS = frozenset({"dagger", "†", "H"})
_TIMES = {"mm": "m", "mc": "c", "rm": "r", "rc": "s", "cr": "m"}

Key = tuple[str, bool]


def transposes(sup: Node | None, number: bool = False) -> bool:
    """Whether a superscript transposes; where T is a `number`, only a T that is set apart."""
    if isinstance(sup, Name) and sup.base in {"top", "intercal"}:
        return True
    if not (isinstance(sup, Name) and sup.base == "T" and not sup.accents):
        return letters(sup) in {"T", "⊤"} and not number
    return not number or sup.style in {"sf", "rm"}


@dataclass
class Arrays:
    """The letters that are vectors or matrices: (head, whether it bears an index or label)."""

    numbers: frozenset[str]
    steps: bool
    found: set[Key] = field(default_factory=set)

    # ---- names ---------------------------------------------------------------------

    def key(self, node: Node) -> Key | None:
        """The letter that a node is, with or without its power."""
        name = base_name(node)
        if name is None or not _letter(name) or head(name) in self.numbers:
            return None
        if isinstance(node, Script) and isinstance(node.base, Script):
            return self.key(node.base)
        return head(name), isinstance(node, Script) and _indexed(node)

    def mark(self, node: Node) -> None:
        """Takes a lone letter for an array; of brackets, the letters added up in them."""
        if isinstance(node, Group) and not isinstance(node.body, Tuple):
            self.mark(node.body)
        elif isinstance(node, Addition):
            for term in node.terms:
                self.mark(term.node)
        elif isinstance(node, Product):
            plain = [f.node for f in node.factors if f.op in _SIDE_BY_SIDE]
            for factor in plain:
                if _capital(factor):
                    self.mark(factor)
            if plain and not isinstance(plain[-1], Group):
                self.mark(plain[-1])
        elif (key := self.key(node)) is not None:
            self.found.add(key)

    # ---- what shows it ----------------------------------------------------------------

    def seed(self, node: Node) -> None:
        """Evidence in one node."""
        match node:
            case Script(base, _, sup, _, _) if transposes(sup, self.steps):
                self.mark(base if isinstance(base, Group) else node)
            case Script(Name(), _, sup, _, _) if letters(sup) in _ADJOINTS and _capital(node):
                self.mark(node)
            case Group("‖", _, body, _):
                self.mark(body)
            case Group("⟨", _, Tuple((left, right), ",", _), _):
                self.mark(left)
                self.mark(right)
            case Product(factors, _):
                self.elementwise(factors)
                self.operators(factors)
                self.adjoint(factors)
                self.stepped(factors)

    def elementwise(self, factors: tuple[Factor, ...]) -> None:
        for left, right in itertools.pairwise(factors):
            if right.op in _ELEMENTWISE:
                self.mark(left.node)
                self.mark(right.node)

    def operators(self, factors: tuple[Factor, ...]) -> None:
        """`tr(AB)`, `det A`."""
        for left, right in itertools.pairwise(factors):
            name = base_name(left.node)
            if name is not None and name.base in _MATRICES and right.op == "":
                self.mark(right.node)

    def adjoint(self, factors: tuple[Factor, ...]) -> None:
        """`A^* A`: a capital beside its own starred form."""
        for left, right in itertools.pairwise(factors):
            if right.op == "" and _starred(left.node) != _starred(right.node):
                first, second = self.key(left.node), self.key(right.node)
                if first and second and first[0] == second[0] and _capital(left.node):
                    self.found |= {first, second}

    def stepped(self, factors: tuple[Factor, ...]) -> None:
        """`w^T x` where T is also a number: before a letter it transposes."""
        if not self.steps:
            return
        for left, right in itertools.pairwise(factors):
            node = left.node
            if isinstance(node, Script) and letters(node.sup) == "T" and right.op == "":
                key = self.key(node)
                if key and key[0].isascii() and self.key(right.node):
                    self.found.add(key)

    # ---- what follows -------------------------------------------------------------------

    def kind(self, node: Node) -> str:
        """`c`olumn, `r`ow, `m`atrix, `s`calar, or `?`."""
        match node:
            case Name() | Script():
                return self.kind_of_name(node)
            case Matrix():
                return "m"
            case Quotient(numerator, denominator, _):
                return "?" if any(map(_differential, walk(denominator))) else self.kind(numerator)
            case Group("(" | "[" | "{" | ".", _, body, _) if not isinstance(body, Tuple):
                return self.kind(body)
            case Addition(terms, _):
                kinds = {self.kind(t.node) for t in terms} - {"s"}
                return kinds.pop() if len(kinds) == 1 else "s" if not kinds else "?"
            case Product(factors, _):
                return self.kind_of_product(factors)
            case _:
                return "s"

    def kind_of_name(self, node: Name | Script) -> str:
        if isinstance(node, Script) and base_name(node) is None:
            inner = self.kind(node.base)
        else:
            name, key = base_name(node), self.key(node)
            known = key in self.found or (name is not None and is_bold(name))
            inner = "s" if not known else "m" if _capital(node) else "c"
        if isinstance(node, Script) and transposes(node.sup):
            return {"c": "r", "r": "c"}.get(inner, inner)
        return inner

    def kind_of_product(self, factors: tuple[Factor, ...]) -> str:
        cuts = [k for k, f in enumerate(factors) if f.op in _ELEMENTWISE]
        if cuts:
            pieces = itertools.pairwise([0, *cuts, len(factors)])
            kinds = {self.kind_of_segment(_alone(factors[a:b])) for a, b in pieces} & {*"cmr"}
            return kinds.pop() if len(kinds) == 1 else "?"
        return self.kind_of_segment(factors)

    def kind_of_segment(self, factors: tuple[Factor, ...]) -> str:
        if len(factors) == 2 and _called(factors[1]) and _by_entry(factors[0].node):
            inner = self.kind(factors[1].node)
            return inner if inner in "cmr" else "?"
        found = "s"
        for at, factor in enumerate(factors):
            if isinstance(factor.node, BigOp) and factor.node.op == "sum":
                continue  # a sum is what its terms are
            if factor.op in _SIDE_BY_SIDE and _by_entry(factor.node):
                continue  # so is a function of each entry: log p
            if factor.op not in _SIDE_BY_SIDE | {"/"} or _reaches(factor.node):
                return "?"
            called = at + 1 < len(factors) and _called(factors[at + 1])
            if called and isinstance(factor.node, Name | Script) and self.kind(factor.node) == "s":
                return "?"
            kind = self.kind(factor.node)
            if kind == "?":
                return "?"
            if "s" in (found, kind):
                found = kind if found == "s" else found
            else:
                found = _TIMES.get(found + kind, "?")
        return found

    def spread(self, node: Node) -> None:
        """What an array says of its neighbours in a product or a sum."""
        match node:
            case Product(factors, _):
                self.beside(factors)
            case Addition(terms, _):
                kinds = {self.kind(t.node) for t in terms}
                if kinds & {"c", "m"}:
                    for term in terms:
                        self.follow(term.node)

    def beside(self, factors: tuple[Factor, ...]) -> None:
        for at, (left, right) in enumerate(itertools.pairwise(factors)):
            if right.op not in _SIDE_BY_SIDE:
                continue
            called = at + 2 < len(factors) and _called(factors[at + 2])
            if self.kind(left.node) in {"m", "r"} and not called:
                self.follow(right.node)
            if self.kind(right.node) != "s" and _capital(left.node):
                self.follow(left.node)

    def follow(self, node: Node) -> None:
        """Takes a lone letter for an array; a number or a computed thing stays what it is."""
        name = base_name(node)
        if isinstance(node, Name | Script) and name is not None and name.base != "I":
            self.mark(node)

    def declared(self, chain: Chain) -> None:
        """`X_0 ∈ ℝ^{n×p}`: a letter is said to be an array."""
        if chain.relators and chain.relators[0].op == "∈" and array_set(chain.members[1]):
            left = chain.members[0]
            for item in left.items if isinstance(left, Tuple) else (left,):
                if isinstance(item, Name | Script):
                    self.mark(item)

    def relate(self, chain: Chain) -> None:
        """A lone letter that is said to equal an array is one."""
        for left, sign, right in zip(
            chain.members, chain.relators, chain.members[1:], strict=False
        ):
            if left is None or right is None or sign.op not in _EQUAL:
                continue
            for one, other in ((left, right), (right, left)):
                column = self.kind(other) == "c" and not _capital(one)
                if column or (self.kind(other) == "m" and _capital(one)):
                    self.follow(one)


def arrays(chains: list[Chain], numbers: frozenset[str], steps: bool) -> Arrays:
    """The letters of a document that are vectors or matrices; `steps` says that T is a number."""
    search = Arrays(numbers, steps)
    nodes = [n for c in chains for m in c.members if m is not None for n in walk(m)]
    for node in nodes:
        search.seed(node)
    for chain in chains:
        search.declared(chain)
        search.relate(chain)
    before = 0
    while search.found and len(search.found) != before:
        before = len(search.found)
        for node in nodes:
            search.spread(node)
        for chain in chains:
            search.relate(chain)
    return search


# ---- letters that are numbers ----------------------------------------------------------------


def numbers(chains: list[Chain]) -> set[str]:
    """Letters that count, bound, divide, or are said to be numbers."""
    found: set[str] = set()
    for chain in chains:
        found |= _compared(chain)
        for member in chain.members:
            for node in walk(member) if member is not None else ():
                found |= set(_numbers_in(node))
    return found


def _compared(chain: Chain) -> set[str]:
    found: set[str] = set()
    for left, sign, right in zip(chain.members, chain.relators, chain.members[1:], strict=False):
        if left is None or right is None:
            continue
        if sign.op in _ORDER:
            found |= {*_lone(left), *_lone(right)}
        elif sign.op == "∈" and not array_set(right):
            items = left.items if isinstance(left, Tuple) else (left,)
            found |= {h for item in items for h in _lone(item)}
    return found


def array_set(node: Node | None) -> bool:
    """Whether a set is one of vectors or matrices: `\\mathbb{R}^n`."""
    if not isinstance(node, Script) or node.sup is None:
        return False
    return not (isinstance(node.sup, Name) and node.sup.base in {"+", "*"})


def _numbers_in(node: Node) -> Iterator[str]:
    match node:
        case BigOp(_, lower, upper, _):
            yield from _bounds(lower)
            yield from _lone(upper)
        case Quotient(_, below, _):
            yield from _divisors(below)
        case Product(factors, _):
            for factor in factors:
                if factor.op in {"/", "div"}:
                    yield from _divisors(factor.node)


def _bounds(lower: Node | None) -> Iterator[str]:
    first = lower.chain.members[0] if isinstance(lower, Related) else lower
    yield from (head(n) for n in walk(first) if isinstance(n, Name)) if first else ()


def _divisors(node: Node) -> Iterator[str]:
    factors = [f.node for f in node.factors] if isinstance(node, Product) else [node]
    if any(isinstance(f, Name | Script) and _differential(f) for f in factors):
        return
    for factor in factors:
        power = factor.sup if isinstance(factor, Script) else None
        if not transposes(power):
            yield from _lone(factor)


def _differential(node: Node) -> bool:
    name = base_name(node)
    return name is not None and name.base in {"partial", "d"}


def _lone(node: Node | None) -> Iterator[str]:
    name = base_name(node) if node is not None else None
    plain = isinstance(node, Name) or (isinstance(node, Script) and isinstance(node.sup, Number))
    if name is not None and plain and not (isinstance(node, Script) and node.sub):
        yield head(name)


# ---- small questions ---------------------------------------------------------------------------


def _letter(name: Name) -> bool:
    known = name.base in _MATRICES or name.base in {"nabla", "partial", "infty", "1"}
    return not known and name.style not in {"bb", "bf"} and (len(name.base) == 1 or _greek(name))


def _greek(name: Name) -> bool:
    return not head(name)[:1].isascii()


def _capital(node: Node) -> bool:
    name = base_name(node)
    return name is not None and _letter(name) and head(name)[:1].isupper()


def _indexed(node: Script) -> bool:
    return node.sub is not None or isinstance(node.sup, Group)


def _starred(node: Node) -> bool:
    return isinstance(node, Script) and letters(node.sup) in {"*", "dagger", "H", "star"}


def _reaches(node: Node) -> bool:
    """Whether a factor is applied to what comes after it."""
    name = base_name(node)
    word = name is not None and not _letter(name) and name.style not in {"bf", "bb"}
    return word or isinstance(node, BigOp)


def _by_entry(node: Node) -> bool:
    """Whether a function acts on each entry of an array."""
    name = base_name(node)
    plain = not isinstance(node, Script) or (node.sub is None and isinstance(node.sup, Number))
    return plain and name is not None and name.base in _BY_ENTRY


def _alone(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
    return (Factor("", factors[0].node), *factors[1:])


def _called(factor: Factor) -> bool:
    return factor.op == "" and isinstance(factor.node, Group) and factor.node.open == "("
