"""Sums: how far a Σ reaches, its indices, and sums of terms."""

from collections.abc import Iterator, Sequence

from derive.derivation import Note
from derive.read.calculus import closes, open_integral
from derive.read.names import head
from derive.read.problem import Unread
from derive.read.reads import Reads
from derive.read.walk import children, walk
from derive.source import Span
from derive.syntax import (
    BigOp,
    Factor,
    Name,
    Node,
    Product,
    Related,
    Signed,
)
from derive.term import (
    MINUS_ONE,
    Bound,
    Build,
    Entry,
    MatAdd,
    Prod,
    Scale,
    Sum,
    Sym,
    Term,
    abstract,
    add,
    is_matrix,
    mul,
    neg,
    shift,
)

_BIG = {
    "oint": "integrals along a curve are not decided yet",
    "iint": "integrals over a region are not decided yet",
}


# the sign that every ± of a relation shares: 1 or −1
EITHER = Sym("±")


class Sums(Reads):
    """Additions, Σ and Π to terms."""

    def addition(self, terms: list[Signed], span: Span) -> Term:
        found: list[Term] = []
        k = 0
        while k < len(terms):
            taken = self.reach(terms, k)
            found.append(self.signed(terms[k], terms[k + 1 : k + taken]))
            k += taken
        return self.total(found, span)

    def total(self, found: list[Term], span: Span) -> Term:
        if not any(is_matrix(t) for t in found):
            return add(*found)
        found = [self.coerce(t) for t in found]
        if not any(is_matrix(t) for t in found):
            return add(*found)
        self.symbols.meet([t for t in found if is_matrix(t)])
        return MatAdd(tuple(found)) if len(found) > 1 else found[0]

    def signed(self, first: Signed, body: list[Signed]) -> Term:
        found = self.product_of(first.node, body)
        if first.sign in "±∓":
            found = Scale(EITHER, found) if is_matrix(found) else mul(EITHER, found)
        if first.sign in "-∓":
            return Scale(MINUS_ONE, found) if is_matrix(found) else neg(found)
        return found

    def product_of(self, node: Node, extension: list[Signed]) -> Term:
        if not extension:
            return self.term(node)
        factors = list(node.factors) if isinstance(node, Product) else [Factor("", node)]
        return self.product(factors, node.span, extension)

    def reach(self, terms: list[Signed], k: int) -> int:
        """How many terms the term at k takes up: its Σ goes on while its index is used freely."""
        if open_integral(terms[k].node):
            return self.reach_of_integral(terms, k)
        bound = _open_index(terms[k].node)
        if not bound:
            return 1
        last = k
        for m in range(k + 1, len(terms)):
            if bound & _free_names(terms[m].node):
                last = m
        if last > k or len(terms) > k + 1:
            self.note_reach(terms, k, last, bound)
        return last - k + 1

    def reach_of_integral(self, terms: list[Signed], k: int) -> int:
        """An ∫ goes on to the term with its differential."""
        for m in range(k + 1, len(terms)):
            if closes(terms[m].node):
                return m - k + 1
        return 1

    def note_reach(self, terms: list[Signed], k: int, last: int, bound: set[str]) -> None:
        names = ", ".join(sorted(bound))
        if last > k:
            count = last - k + 1
            text = f"the sum over {names} is read as reaching over {count} terms, which use {names}"
        else:
            text = f"the sum over {names} is read as ending before the next + or −"
        self.notes.append(Note("reading", text, terms[k].node.span))

    def big(self, node: BigOp, rest: list[Factor], extension: Sequence[Signed]) -> Term:
        if node.op not in {"sum", "prod"}:
            raise Unread(_BIG.get(node.op, f"\\{node.op} is not decided yet"), node.span)
        if not rest:
            raise Unread("a sum of nothing", node.span)
        span = rest[0].node.span.to(rest[-1].node.span)
        indices = self.symbols.range_of(node, self.scalar)
        rest = [Factor("" if k == 0 else f.op, f.node) for k, f in enumerate(rest)]
        with self.symbols.binding(indices):
            body = self.product(rest, span)
            if extension:
                body = self.total([body, *(self.signed(s, []) for s in extension)], span)
            body = self.coerce(body)
        for index, lo, hi in reversed(indices):
            body = self.quantify(node.op, body, index, lo, hi, node.span)
        return body

    def quantify(self, op: str, body: Term, index: Sym, lo: Term, hi: Term, span: Span) -> Term:
        self.symbols.ranges_in(body, index, lo, hi)
        if is_matrix(body):
            if op == "prod":
                raise Unread("a product of matrices over an index", span)
            rows, cols = self.symbols.shape_of(body)
            inside = Entry(shift(body, 2), Bound(1), Bound(0))
            return Build(Sum(abstract(inside, index), lo, hi), rows, cols)
        kind = Sum if op == "sum" else Prod
        return kind(abstract(body, index), lo, hi)


def _open_index(node: Node) -> set[str]:
    """The index names of a Σ or Π that is open at the end of a term."""
    factors = node.factors if isinstance(node, Product) else (Factor("", node),)
    found: set[str] = set()
    for factor in factors:
        if isinstance(factor.node, BigOp) and factor.node.op in ("sum", "prod"):
            found |= _bound_names(factor.node)
    return found


def _bound_names(node: BigOp) -> set[str]:
    lower = node.lower
    if isinstance(lower, Related):
        lower = lower.chain.members[0]
    return {head(n) for n in walk(lower) if isinstance(n, Name)} if lower is not None else set()


def _free_names(node: Node) -> set[str]:
    """Names in a term that no Σ inside it binds."""
    return set(_free(node, frozenset()))


def _free(node: Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Name):
        if head(node) not in bound:
            yield head(node)
    elif isinstance(node, Product):
        for factor in node.factors:
            if isinstance(factor.node, BigOp):
                bound = bound | _bound_names(factor.node)
            yield from _free(factor.node, bound)
    else:
        for child in children(node):
            yield from _free(child, bound)
