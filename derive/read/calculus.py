r"""Integrals, limits, values between bounds, and definitions by cases to terms.

An integral reaches as far as its differential; of nested ones the inner takes the first.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import takewhile

from derive.read.derivatives import is_d
from derive.read.names import base_name
from derive.read.points import Points
from derive.read.problem import Unread
from derive.source import Span
from derive.syntax import (
    BigOp,
    Cases,
    Factor,
    Name,
    Node,
    Number,
    Product,
    Quotient,
    Related,
    Script,
    Signed,
    Text,
)
from derive.term import (
    ONE,
    At,
    Choice,
    Holds,
    Integral,
    Limit,
    Primitive,
    Sym,
    Term,
    abstract,
    add,
    is_matrix,
    neg,
)

INTEGRALS = frozenset({"int"})
OPPOSITE = {"<": "≥", "≥": "<", ">": "≤", "≤": ">", "=": "≠", "≠": "="}
OTHERWISE = ("otherwise", "else", "sonst")


class Calculus(Points):
    """What has a variable of its own, other than Σ and Π."""

    def integral(
        self, node: BigOp, rest: list[Factor], extension: Sequence[Signed]
    ) -> tuple[Term, int]:
        """The integral that starts here, and how many factors it takes."""
        found = _measured(rest)
        if found is None:
            return self.over_terms(node, rest, extension), len(rest) + 1
        inside, name, used = found
        variable = self.variable(name)
        body = self.product(inside, node.span) if inside else ONE
        return self.integrated(node, body, variable), used + 1

    def over_terms(self, node: BigOp, rest: list[Factor], extension: Sequence[Signed]) -> Term:
        """`∫ a + b dx`: the differential stands in the last of several terms."""
        last = extension[-1] if extension else None
        factors = list(last.node.factors) if last and isinstance(last.node, Product) else []
        found = _measured(factors)
        if last is None or found is None or found[2] != len(factors):
            raise Unread("an integral without its differential", node.span)
        inside, name, _ = found
        parts = [self.product(_opened(rest), node.span)]
        parts += [self.signed_term(s, self.term(s.node)) for s in extension[:-1]]
        ending = self.product(inside, last.node.span) if inside else ONE
        parts.append(self.signed_term(last, ending))
        return self.integrated(node, add(*map(self.coerce, parts)), self.variable(name))

    def signed_term(self, signed: Signed, found: Term) -> Term:
        if signed.sign not in "+-" or is_matrix(found):
            raise Unread("a term of an integral", signed.node.span)
        return neg(found) if signed.sign == "-" else found

    def variable(self, node: Node) -> Term:
        found = self.term(node)
        if not isinstance(found, (Sym, At)):
            raise Unread("an integral by something that is no variable", node.span)
        return found

    def integrated(self, node: BigOp, body: Term, variable: Term) -> Term:
        body = self.coerce(body)
        if is_matrix(body):
            raise Unread("an integral of a matrix", node.span)
        self.integrated_by = variable
        if node.lower is None and node.upper is None:
            if not isinstance(variable, Sym):
                raise Unread("an integral by a member of a family", node.span)
            return Primitive(body, variable)
        if node.lower is None or node.upper is None:
            raise Unread("an integral over a region is not decided yet", node.span)
        body = self.seen_through(body, variable, node.span)
        lo, hi = self.scalar(node.lower), self.scalar(node.upper)
        return Integral(abstract(body, variable), lo, hi)

    # ---- limits ------------------------------------------------------------------------------

    def limit(self, node: BigOp, rest: list[Factor]) -> Term:
        match node.lower:
            case Related(chain, _) if len(chain.members) == 2 and chain.relators[0].op == "→":
                name, at = chain.members
            case _:
                raise Unread("a limit that does not say of what", node.span)
        if name is None or at is None or not rest:
            raise Unread("a limit of nothing", node.span)
        variable = self.variable(name)
        point, side = self.point(at)
        body = self.coerce(self.product(_opened(rest), node.span))
        if is_matrix(body):
            raise Unread("a limit of a matrix", node.span)
        body = self.seen_through(body, variable, node.span)
        return Limit(abstract(body, variable), point, side)

    def point(self, node: Node) -> tuple[Term, str]:
        r"""Where a limit goes, and from which side: `0^+`."""
        match node:
            case Script(base, None, Name("+" | "-" as side), 0, _):
                return self.scalar(base), side
            case _:
                return self.scalar(node), ""

    # ---- cases -------------------------------------------------------------------------------

    def cases(self, node: Cases) -> Term:
        """Nested choices; the last row stands for all that is left, and must."""
        *rows, (last, condition) = node.rows
        if not self.covers(rows, condition):
            raise Unread("cases that do not say what holds otherwise", node.span)
        found = self.coerce(self.term(last))
        for value, test in reversed(rows):
            then = self.coerce(self.term(value))
            if test is None or is_matrix(then) or is_matrix(found):
                raise Unread("a case without its condition", value.span)
            for part in reversed(list(self.tests(test))):
                then = Choice(part, then, found)
            found = then
        return found

    def covers(self, rows: Sequence[tuple[Node, Node | None]], condition: Node | None) -> bool:
        """Whether the last condition holds wherever the others do not."""
        if condition is None or _says_otherwise(condition):
            return True
        if len(rows) != 1 or rows[0][1] is None:
            return False
        first, last = list(self.tests(rows[0][1])), list(self.tests(condition))
        if len(first) != 1 or len(last) != 1:
            return False
        return last[0] == Holds(first[0].left, OPPOSITE[first[0].op], first[0].right)

    def tests(self, node: Node) -> Iterator[Holds]:
        if not isinstance(node, Related) or None in node.chain.members:
            raise Unread("a condition that is no relation", node.span)
        members = [self.scalar(m) for m in node.chain.members if m is not None]
        for k, relator in enumerate(node.chain.relators):
            if relator.op not in OPPOSITE:
                raise Unread("a condition of a kind that is not decided yet", relator.span)
            yield Holds(members[k], relator.op, members[k + 1])


def _says_otherwise(node: Node) -> bool:
    match node:
        case Text(text, _):
            words = text
        case Name(base, _, _, _):
            words = base
        case _:
            return False
    return words.strip(" .,").lower().startswith(OTHERWISE)


def _opened(factors: Sequence[Factor]) -> list[Factor]:
    return [Factor("" if k == 0 else f.op, f.node) for k, f in enumerate(factors)]


def _measured(factors: list[Factor]) -> tuple[list[Factor], Node, int] | None:
    """The factors under an integral, its variable, and how many factors that takes."""
    depth = 1
    for k, factor in enumerate(factors):
        node = factor.node
        if isinstance(node, BigOp) and node.op in INTEGRALS:
            depth += 1
        elif is_d(node) and k + 1 < len(factors) and base_name(factors[k + 1].node) is not None:
            depth -= 1
            if not depth:
                return _opened(factors[:k]), factors[k + 1].node, k + 2
        elif isinstance(node, Quotient) and (parted := _parted(node.numerator)) is not None:
            depth -= 1
            if not depth:
                above, name = parted
                quotient = Quotient(above, node.denominator, node.span)
                return _opened([*factors[:k], Factor(factor.op, quotient)]), name, k + 1
    return None


def _parted(numerator: Node) -> tuple[Node, Node] | None:
    r"""`\frac{f dx}{g}`: what stands before the differential, and its variable."""
    if not isinstance(numerator, Product) or len(numerator.factors) < 2:
        return None
    *before, d, name = numerator.factors
    if not is_d(d.node) or base_name(name.node) is None:
        return None
    if not before:
        return _one(numerator.span), name.node
    kept = tuple(_opened(before))
    return (kept[0].node if len(kept) == 1 else Product(kept, numerator.span)), name.node


def _one(span: Span) -> Node:
    return Number(Fraction(1), "1", span)


def open_integral(node: Node) -> bool:
    """Whether an integral opens in a term and its differential does not stand in it."""
    factors = list(node.factors) if isinstance(node, Product) else [Factor("", node)]
    before = list(takewhile(lambda f: not _is_integral(f.node), factors))
    if len(before) == len(factors):
        return False
    return _measured(factors[len(before) + 1 :]) is None


def closes(node: Node) -> bool:
    """Whether a term ends in a differential."""
    factors = list(node.factors) if isinstance(node, Product) else []
    found = _measured(factors)
    return found is not None and found[2] == len(factors)


def _is_integral(node: Node) -> bool:
    return isinstance(node, BigOp) and node.op in INTEGRALS
