"""What the parts of the elaborator share: how a node is read, and what a script does to a term."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction

from derive.context import Definition
from derive.derivation import Note, Reading
from derive.kernel.matrix import Unsupported
from derive.read.arrays import transposes
from derive.read.names import letters
from derive.read.problem import Unread
from derive.read.survey import Survey
from derive.read.symbols import Symbols, head_of
from derive.source import Span
from derive.syntax import (
    Factor,
    Node,
    Signed,
)
from derive.term import (
    ONE,
    Diff,
    Entry,
    Inverse,
    MatMul,
    Num,
    Pow,
    Term,
    Trace,
    Transpose,
    is_matrix,
    mul,
    num,
)

Told = Mapping[str, Sequence[tuple[int, Definition]]]
HALF = num(Fraction(1, 2))


@dataclass
class Reads:
    """What every part of the elaborator has at hand: the evidence, the symbols, the way back in.

    Grows as definitions come in force; choices are reported through `notes` and `readings`.
    """

    survey: Survey
    symbols: Symbols
    notes: list[Note] = field(default_factory=list)
    readings: dict[str, Reading] = field(default_factory=dict)
    integrated_by: Term | None = None
    behind: Callable[..., set[str]] = field(default=lambda term, kept="": set(term.heads))
    told: Callable[[], Told] = field(default=dict)
    linked: Callable[[str, frozenset[str]], bool] = field(default=lambda name, others: False)

    def term(self, node: Node) -> Term:
        """The term a node stands for; raises `Unread` with the place it could not read."""
        raise NotImplementedError

    def product(self, factors: list[Factor], span: Span, extension: Sequence[Signed] = ()) -> Term:
        """A row of factors, read from the left; `extension` are further terms of a last Σ."""
        raise NotImplementedError

    def factor(
        self, factors: list[Factor], k: int, extension: Sequence[Signed]
    ) -> tuple[Term, int]:
        """The term that starts at factor k, and how many factors it takes."""
        raise NotImplementedError

    def expectation(self, node: Node, rest: list[Factor]) -> tuple[Term, int] | None:
        """The value of an operator of probability and its bracket; None where there is none."""
        raise NotImplementedError

    def scalar(self, node: Node) -> Term:
        """A term that must be a scalar."""
        found = self.coerce(self.term(node))
        if is_matrix(found):
            raise Unread("a matrix stands where a number is wanted", node.span)
        return found

    def coerce(self, term: Term) -> Term:
        """A 1×1 product of matrices is its entry."""
        with suppress(Unsupported):
            if isinstance(term, MatMul) and self.symbols.shape_of(term) == (ONE, ONE):
                return Entry(term, ONE, ONE)
        return term

    def squared_norm(self, inner: Term) -> Term:
        if not is_matrix(inner):
            return Pow(inner, num(2))
        return Trace(MatMul((Transpose(inner), inner)))

    def euclidean(self, group: Node, sub: Node) -> bool:
        """Whether a norm is the root of the sum of all squares: ‖·‖_F, and ‖·‖₂ of a vector."""
        which, inner = letters(sub), self.term(group)
        vector = not is_matrix(inner) or self.symbols.shape_of(inner)[1] == ONE
        return which == "F" or (which == "2" and vector)

    def inner(self, left: Term, right: Term) -> Term:
        """The inner product of two vectors or matrices, or of two numbers."""
        if is_matrix(left) and is_matrix(right):
            self.symbols.meet((left, right))
            return Trace(MatMul((Transpose(left), right)))
        return mul(left, right)

    def prime(self, found: Term, primes: int, span: Span) -> Term:
        """`y'`: the derivative by the only variable that y is known to depend on."""
        variable = self.symbols.only_variable(found)
        if variable is None:
            raise Unread("a prime on something that is no function of one variable", span)
        for _ in range(primes):
            found = Diff(found, variable)
        return found

    def raised(self, base: Term, power: Node | None, span: Span) -> Term:
        if power is None:
            return base
        text = letters(power)
        if is_matrix(base):
            return self.matrix_power(base, power, span)
        if transposes(power, not self.symbols.is_transpose(text or "")):
            return self.transposed_number(base, span)
        return Pow(base, self.exponent(power))

    def transposed_number(self, base: Term, span: Span) -> Term:
        """A number is its own transpose, where it is known to be a number."""
        known = isinstance(base, Num) or base.holds_matrix
        if not known and head_of(base) not in self.survey.numbers:
            raise Unread("a transpose of something that is not known to be a matrix", span)
        return base

    def exponent(self, power: Node) -> Term:
        return self.scalar(power)

    def matrix_power(self, base: Term, power: Node, span: Span) -> Term:
        if transposes(power):
            return Transpose(base)
        value = self.term(power)
        if value == num(-1):
            return Inverse(base)
        if isinstance(value, Num) and value.value.denominator == 1 and 1 < value.value <= 12:
            return MatMul((base,) * int(value.value))
        raise Unread("a power of a matrix", span)
