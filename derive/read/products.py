"""Products of terms: which members are matrices, what stands elementwise, what divides."""

from derive.read.problem import Unread
from derive.read.reads import Reads
from derive.source import Span
from derive.term import (
    MINUS_ONE,
    ONE,
    Hadamard,
    MatMul,
    Pow,
    Scale,
    Term,
    div,
    is_matrix,
    mul,
)


class Products(Reads):
    """Rows of factors to one term."""

    def combine(self, parts: list[tuple[str, Term]], span: Span) -> Term:
        segments: list[list[tuple[str, Term]]] = [[]]
        for op, found in parts:
            if op in {"odot", "circ"} and segments[-1]:
                segments.append([])
            elif op not in {"", "cdot", "times", "/", "div", "odot", "circ", "star"}:
                raise Unread(f"the product sign \\{op} is not decided yet", span)
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

    def columns(self, left: Term, right: Term) -> bool:
        """Whether both are column vectors."""
        return all(self.symbols.shape_of(t)[1] is ONE for t in (left, right))

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

    def quotient(self, numerator: Term, denominator: Term, span: Span) -> Term:
        numerator, denominator = self.coerce(numerator), self.coerce(denominator)
        if is_matrix(denominator):
            raise Unread("a division by a matrix", span)
        if is_matrix(numerator):
            return Scale(Pow(denominator, MINUS_ONE), numerator)
        return div(numerator, denominator)
