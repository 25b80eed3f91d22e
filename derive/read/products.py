"""Products of terms: which members are matrices, what stands elementwise, what divides."""

from derive.kernel.matrix import Unsupported
from derive.read.problem import Unread
from derive.read.reads import Reads
from derive.read.symbols import is_unknown
from derive.source import Span
from derive.term import (
    MINUS_ONE,
    ONE,
    App,
    Hadamard,
    MatMul,
    Num,
    Pow,
    Scale,
    Sym,
    Term,
    div,
    is_matrix,
    mul,
)

# signs that are a product between some things, and something else between others
_SPECIAL = {
    "circ": "∘", "star": "⋆", "asterisk": "*", "times": "×", "odot": "⊙", "otimes": "⊗",
}  # fmt: skip


def _function(term: Term) -> bool:
    """Whether a term is a function, by its name or by its arguments."""
    return isinstance(term, App) or (isinstance(term, Sym) and term.name in {"f", "g", "h"})


class Products(Reads):
    """Rows of factors to one term."""

    def combine(self, parts: list[tuple[str, Term]], span: Span) -> Term:
        segments: list[list[tuple[str, Term]]] = [[]]
        for at, (op, found) in enumerate(parts):
            if op in _SPECIAL:
                self.permitted(op, parts[at - 1][1], found, span)
            if op in {"odot", "circ"} and segments[-1]:
                segments.append([])
            segments[-1].append((op, found))
        done = [self.segment(s, span) for s in segments]
        if len(done) == 1:
            return done[0]
        scalars = [d for d in done if not is_matrix(d)]
        matrices = tuple(d for d in done if is_matrix(d))
        self.symbols.meet(matrices)
        product = Hadamard(matrices) if len(matrices) > 1 else (matrices or (None,))[0]
        if product is None:
            return mul(*scalars)
        return Scale(mul(*scalars), product) if scalars else product

    def permitted(self, op: str, left: Term, right: Term, span: Span) -> None:
        """Refuses a sign that multiplies only between things of a certain kind."""
        both = is_matrix(left) and is_matrix(right)
        neither = not is_matrix(left) and not is_matrix(right)
        match op:
            case "circ":
                fits = both
            case "star":
                fits = isinstance(left, Num) or isinstance(right, Num)
            case "asterisk":
                fits = neither and not any(map(_function, (left, right)))
            case "times":
                fits = not (both and self.columns(left, right))
            case _:
                fits = op == "odot"
        if not fits:
            raise Unread(f"what {_SPECIAL[op]} means between these is not decided yet", span)

    def columns(self, left: Term, right: Term) -> bool:
        """Whether both are column vectors."""
        try:
            return all(self.symbols.shape_of(t)[1] is ONE for t in (left, right))
        except Unsupported:
            return False

    def segment(self, parts: list[tuple[str, Term]], span: Span) -> Term:
        scalars: list[Term] = []
        matrices: list[Term] = []
        for op, found in parts:
            if op in {"/", "div"}:
                if is_matrix(found):
                    raise Unread("a division by a matrix", span)
                scalars.append(Pow(found, MINUS_ONE))
            elif is_matrix(found):
                if op == "cdot" and matrices and self.columns(matrices[-1], found):
                    scalars.append(self.inner(matrices.pop(), found))
                else:
                    self.in_order(matrices, found, span)
                    matrices.append(found)
            else:
                scalars.append(found)
        if not matrices:
            return mul(*scalars)
        product = matrices[0] if len(matrices) == 1 else MatMul(tuple(matrices))
        if len(matrices) > 1:
            self.symbols.conform(matrices)
            product = self.coerce(product)
        if not is_matrix(product):
            return mul(*scalars, product)
        return Scale(mul(*scalars), product) if scalars else product

    def in_order(self, before: list[Term], found: Term, span: Span) -> None:
        """Refuses two columns side by side, of which no shapes conform but 1×1."""
        if not (before and self.columns(before[-1], found)):
            return
        if is_unknown(self.symbols.sized(self.symbols.shape_of(found)[0])):
            raise Unread("two column vectors side by side: which product is meant?", span)

    def quotient(self, numerator: Term, denominator: Term, span: Span) -> Term:
        numerator, denominator = self.coerce(numerator), self.coerce(denominator)
        if is_matrix(denominator):
            raise Unread("a division by a matrix", span)
        if is_matrix(numerator):
            return Scale(Pow(denominator, MINUS_ONE), numerator)
        return div(numerator, denominator)
