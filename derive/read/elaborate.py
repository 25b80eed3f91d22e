"""Syntax to terms: what a formula means, given what the whole document shows.

`Elaborator.term` is a total match over the syntax; what it cannot read it refuses with a
place, and never drops. Choices are reported through `notes` and `readings`.
"""

from collections.abc import Sequence
from dataclasses import replace

from derive.derivation import Note
from derive.notation import FUNCTIONS
from derive.read.calculus import INTEGRALS, Calculus
from derive.read.calls import Calls
from derive.read.commands import LIMITS
from derive.read.derivatives import Derivatives, is_by, is_d
from derive.read.expectations import Expectations
from derive.read.names import base_name, head, letters
from derive.read.problem import Unread
from derive.read.products import Products
from derive.read.reads import HALF
from derive.read.sums import Sums
from derive.read.survey import is_derivative
from derive.source import Span
from derive.syntax import (
    Addition,
    BigOp,
    Binomial,
    Blank,
    Cases,
    Dots,
    Evaluated,
    Factor,
    Group,
    Matrix,
    Name,
    Node,
    Number,
    Postfix,
    Product,
    Quotient,
    Related,
    Root,
    Script,
    Signed,
    Text,
    Tuple,
)
from derive.term import (
    ONE,
    Det,
    Entry,
    Num,
    Pow,
    Sym,
    Term,
    div,
    fn,
    is_matrix,
)

_UNREAD = {
    "Tuple": "a list stands where one value is wanted",
    "Text": "words stand where a value is wanted",
    "Blank": "something is missing here",
    "Dots": "dots in a formula are not decided yet",
    "Related": "a relation stands where a value is wanted",
}


# signs that are no letters: they stand for no number
_NO_LETTERS = frozenset(
    [
        "top",
        "bot",
        "intercal",
        "prime",
        "dagger",
        "ddagger",
        "emptyset",
        "varnothing",
        "angle",
        "flat",
        "sharp",
        "natural",
        "complement",
        "bullet",
        "square",
        "clubsuit",
        "diamondsuit",
        "heartsuit",
        "spadesuit",
        "surd",
        "degree",
        "wp",
        "Re",
        "Im",
        "aleph",
        "beth",
    ]
)


class Elaborator(Products, Calls, Sums, Derivatives, Calculus, Expectations):
    """Elaborates one document, formula by formula; grows as definitions come in force."""

    def term(self, node: Node) -> Term:
        """The term a node stands for; raises `Unread` with the place it could not read."""
        match node:
            case Number(value, _, _):
                return Num(value)
            case Name() | Script():
                return self.scripted(node)
            case Group():
                return self.group(node)
            case Quotient(numerator, denominator, _):
                if is_derivative(node):
                    return self.product([Factor("", node)], node.span)
                return self.quotient(self.term(numerator), self.term(denominator), node.span)
            case Root(index, body, _):
                return Pow(self.scalar(body), HALF if index is None else self.unit(index))
            case Binomial(top, bottom, _):
                return fn("binomial", self.scalar(top), self.scalar(bottom))
            case Postfix(body, _, _):
                return fn("factorial", self.scalar(body))
            case Matrix():
                return self.written_out(node)
            case Product(factors, span):
                return self.product(list(factors), span)
            case Addition(terms, span):
                return self.addition(list(terms), span)
            case BigOp(_, _, _, span):
                return self.product([Factor("", node)], span)
            case Cases():
                return self.cases(node)
            case Evaluated(body, sub, sup, span):
                return self.evaluated(body, sub, sup, span)
            case Tuple() | Text() | Blank() | Dots() | Related():
                raise Unread(_UNREAD[type(node).__name__], node.span)

    def written_out(self, node: Matrix) -> Term:
        """A matrix written out; between bars its determinant."""
        found = self.symbols.literal([[self.cell(c) for c in row] for row in node.rows])
        if node.env == "Vmatrix":
            raise Unread("a norm of a matrix written out", node.span)
        return Det(found) if node.env == "vmatrix" else found

    def unit(self, node: Node) -> Term:
        """1/k for the index k of a root."""
        index = self.scalar(node)
        if isinstance(index, Num) and index.value != 0:
            return Num(1 / index.value)
        return div(ONE, index)

    def cell(self, node: Node) -> Term:
        if isinstance(node, Dots):
            return Sym("…")
        return self.coerce(self.term(node))

    def group(self, node: Group) -> Term:
        body = node.body
        match (node.open, node.close):
            case ("|", "|"):
                inner = self.term(body)
                return Det(inner) if is_matrix(inner) else fn("abs", inner)
            case ("‖", "‖"):
                return Pow(self.squared_norm(self.term(body)), HALF)
            case ("⟨", "⟩") if isinstance(body, Tuple) and len(body.items) == 2:
                left, right = (self.term(i) for i in body.items)
                return self.inner(left, right)
            case ("‾", _):
                raise Unread("a bar over more than one name", node.span)
            case ("⌊", "⌋"):
                return fn("floor", self.scalar(body))
            case ("⌈", "⌉"):
                return fn("ceil", self.scalar(body))
        if isinstance(body, Tuple):
            if node.open == "[" and not body.separator.strip(","):
                return self.symbols.literal([[self.cell(i) for i in body.items]])
            raise Unread("a list stands where one value is wanted", node.span)
        return self.term(body)

    def scripted(self, node: Name | Script) -> Term:
        if isinstance(node, Name):
            return self.name(node)
        name = base_name(node)
        if name is None or self.known_function(node):
            return self.power_of(node)
        if head(name) == "e" and node.sub is None and self.symbols.is_euler(name):
            return self.primed_check(node, fn("exp", self.scalar_or_one(node.sup)))
        reading = self.symbols.script(node, name, self.index)
        found = reading.term
        if reading.primes:
            found = self.prime(found, reading.primes, node.span)
        return self.raised(found, reading.power, node.span)

    def scalar_or_one(self, node: Node | None) -> Term:
        return ONE if node is None else self.term(node)

    def primed_check(self, node: Script, found: Term) -> Term:
        if node.primes:
            raise Unread("a prime on e", node.span)
        return found

    def name(self, name: Name) -> Term:
        if name.base in _NO_LETTERS | LIMITS and (head(name), "") not in self.survey.defined:
            raise Unread(f"what \\{name.base} stands for is not decided yet", name.span)
        if name.style == "bb" and name.base != "1":
            raise Unread(f"what {head(name)} stands for is not decided yet", name.span)
        if name.base in FUNCTIONS and not self.survey.is_letter(head(name)):
            raise Unread(f"the function {name.base} has no argument", name.span)
        if name.base == "e" and self.symbols.is_euler(name):
            return fn("exp", ONE)
        return self.symbols.plain(name)

    def index(self, node: Node) -> Term:
        return self.scalar(node)

    def power_of(self, node: Script) -> Term:
        """A script on something that is no name: `(a+b)^2`, `[AB]^T`, `(AB)_{ij}`."""
        between = isinstance(node.base, Group) and node.base.open == "[" and not node.primes
        if between and node.sub is not None and node.sup is not None:
            return self.evaluated(node.base, node.sub, node.sup, node.span)
        base = self.coerce(self.term(node.base))
        if node.sub is not None:
            base = self.entry(base, node.sub, node.span)
        if node.primes:
            base = self.prime(base, node.primes, node.span)
        norm = isinstance(node.base, Group) and node.base.open == "‖"
        if norm and node.sub is not None and not self.euclidean(node.base, node.sub):
            raise Unread("a norm other than the Euclidean one", node.span)
        if norm and isinstance(base, Pow) and isinstance(node.sup, Number) and node.sup.value == 2:
            return base.base
        return self.raised(base, node.sup, node.span)

    def entry(self, base: Term, sub: Node, span: Span) -> Term:
        if not is_matrix(base):
            text = letters(sub)
            if isinstance(base, Pow) and text in {"2", "F"}:
                return base
            raise Unread("a subscript on something that is no matrix", span)
        at = self.symbols.indices_of(sub, self.index)
        if len(at) == 1 and self.symbols.shape_of(base)[1] == ONE:
            return Entry(base, at[0], ONE)
        if len(at) != 2:
            raise Unread("an entry of a matrix wants two indices", span)
        return Entry(base, at[0], at[1])

    def product(self, factors: list[Factor], span: Span, extension: Sequence[Signed] = ()) -> Term:
        """A row of factors, read from the left; `extension` are further terms of a last Σ."""
        parts: list[tuple[str, Term]] = []
        factors = self.differences(factors)
        self.slashes(factors)
        k = 0
        while k < len(factors):
            op = factors[k].op
            found, used = self.factor(factors, k, extension)
            parts.append((op, self.coerce(found)))
            k += used
        return self.combine(parts, span)

    def differences(self, factors: list[Factor]) -> list[Factor]:
        """`Δx` is one name where Δ stands before nothing but letters."""
        out: list[Factor] = []
        for factor in factors:
            sign = out[-1].node if out and factor.op == "" else None
            joined = self.difference(sign, factor.node)
            if joined is None:
                out.append(factor)
            else:
                out[-1] = Factor(out[-1].op, joined)
        return out

    def difference(self, sign: Node | None, node: Node) -> Name | Script | None:
        if not isinstance(sign, Name) or head(sign) not in self.survey.differences:
            return None
        name = base_name(node)
        if isinstance(node, Name):
            return replace(node, base=head(sign) + node.base, span=sign.span.to(node.span))
        if isinstance(node, Script) and isinstance(node.base, Name) and name is not None:
            base = replace(name, base=head(sign) + name.base)
            return replace(node, base=base, span=sign.span.to(node.span))
        return None

    def slashes(self, factors: list[Factor]) -> None:
        """`a/b c` is read from the left where that is what everybody means, else not at all."""
        for above, below, after in zip(factors, factors[1:], factors[2:], strict=False):
            if below.op != "/" or after.op != "" or is_d(above.node) or is_d(below.node):
                continue
            span = below.node.span.to(after.node.span)
            numeral = isinstance(above.node, Number) and isinstance(below.node, Number)
            if isinstance(after.node, Name | Script) and base_name(after.node) and not numeral:
                if not self.known_function(after.node) and not self.known_function(below.node):
                    raise Unread("is this below the slash, or after the fraction?", span)
            elif isinstance(after.node, Group | BigOp | Name | Script):
                text = "what follows a/b is read as multiplied with the fraction"
                self.notes.append(Note("reading", text, span))

    def factor(
        self, factors: list[Factor], k: int, extension: Sequence[Signed]
    ) -> tuple[Term, int]:
        """The term that starts at factor k, and how many factors it takes."""
        node, rest = factors[k].node, factors[k + 1 :]
        if is_d(node) and rest:
            return self.slashed(node, rest)
        if isinstance(node, BigOp) and node.op in INTEGRALS:
            return self.integral(node, rest, extension)
        if isinstance(node, BigOp) and node.op == "lim":
            return self.limit(node, rest), len(rest) + 1
        if isinstance(node, BigOp):
            return self.big(node, rest, extension), len(rest) + 1
        if is_derivative(node):
            return self.derivative(node, rest)
        if self.nabla(node):
            return self.gradient(node, rest)
        if is_by(node) and rest:
            return self.by_subscript(node, rest)
        expected = self.expectation(node, rest)
        if expected is not None:
            return expected
        known = self.known_function(node)
        if known is None:
            self.operator(node, rest)
        if known or self.applies(node, rest):
            return self.application(node, known, rest)
        return self.term(node), 1
