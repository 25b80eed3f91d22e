"""Derivatives: what is differentiated, by what, and how often."""

from typing import TypeGuard

from derive.derivation import Note
from derive.read.names import base_name, head, pieces, plain_letter, squared
from derive.read.points import Points
from derive.read.problem import Unread
from derive.read.reads import HALF
from derive.source import Span
from derive.syntax import (
    Factor,
    Group,
    Name,
    Node,
    Number,
    Product,
    Quotient,
    Script,
    Tuple,
)
from derive.term import (
    ONE,
    At,
    Bound,
    Build,
    Const,
    Diff,
    Entry,
    Grad,
    Mat,
    Num,
    Pow,
    Sym,
    Term,
    is_matrix,
    mul,
    num,
    shift,
)


class Derivatives(Points):
    """∂/∂x, d/dx and ∇ to terms."""

    def slashed(self, node: Node, rest: list[Factor]) -> tuple[Term, int]:
        """`dy/dx` in a line; any other differential is refused."""
        ops = [f.op for f in rest[:3]]
        if ops == ["", "/", ""] and is_d(rest[1].node):
            above = Product((Factor("", node), rest[0]), node.span.to(rest[0].node.span))
            below = Product((Factor("", rest[1].node), rest[2]), rest[1].node.span)
            quotient = Quotient(above, below, node.span.to(rest[2].node.span))
            found, _ = self.derivative(quotient, [])
            return found, 4
        if (
            rest[0].op == ""
            and isinstance(rest[0].node, (Group, Name, Script))
            and self.loose(node)
            and not self.turned(rest[0].node)
        ):
            raise Unread("a differential is not decided yet", node.span)
        return self.term(node), 1

    def loose(self, node: Node) -> bool:
        """Whether a d stands for a differential: no number of the document is called d."""
        name = base_name(node)
        known = name is not None and head(name) in self.survey.numbers
        return name is not None and (
            name.base == "partial" or not (known or (head(name), "") in self.survey.defined)
        )

    def derivative(self, node: Node, rest: list[Factor]) -> tuple[Term, int]:
        from_numerator, variables = self.differentials(node)
        if from_numerator:
            body = self.product(from_numerator, node.span)
            used = 1
        else:
            used, body = self.operand(node, rest)
        if is_total(node):
            self.one_way(body, variables, node.span)
        for variable in variables:
            body = self.coerce(body)
            if self.survey.rates and is_total(node) and variable == Sym("t"):
                body = self.symbols.by_time(body, node.span)
            else:
                body = self.differentiate(body, variable, node.span)
        if len(from_numerator) == 1 and rest and rest[0].op == "":
            value = self.applied_slope(body, rest[0].node, node.span)
            return (body, used) if value is None else (value, used + 1)
        return body, used

    def one_way(self, body: Term, variables: list[Term], span: Span) -> None:
        """Refuses dH/ds where H shows s and also all that s is defined by: is x kept or not?"""
        for variable in (v for v in variables if isinstance(v, Sym) and v.name in self.told()):
            within = self.behind(body, variable.name)
            below = self.behind(variable) - {variable.name}
            if variable.name in within and below and below <= within:
                both = f"{variable.name} and {', '.join(sorted(below))}"
                raise Unread(f"what this derivative keeps fixed of {both} is not said", span)

    def turned(self, node: Node) -> bool:
        """Whether what follows a d is the imaginary unit: `c + d i`."""
        return isinstance(node, Name) and self.term(node) == Const("I")

    def operand(self, node: Node, rest: list[Factor]) -> tuple[int, Term]:
        """What an operator `∂/∂x` acts on: a bracket right after it, else all that follows."""
        if not rest:
            raise Unread("a derivative of nothing", node.span)
        only = isinstance(rest[0].node, Group) and rest[0].node.open in "[{"
        taken = rest[:1] if only else rest
        span = taken[0].node.span.to(taken[-1].node.span)
        factors = [Factor("" if k == 0 else f.op, f.node) for k, f in enumerate(taken)]
        return len(taken) + 1, self.product(factors, span)

    def differentials(self, node: Node) -> tuple[list[Factor], list[Term]]:
        """The factors under the ∂ of the numerator, and the variables, with repetition."""
        if not isinstance(node, Quotient):
            raise Unread("a derivative", node.span)
        top = list(node.numerator.factors) if isinstance(node.numerator, Product) else []
        operand = [Factor("" if k == 0 else f.op, f.node) for k, f in enumerate(top[1:])]
        variables = self.variables(node.denominator)
        order = top[0].node if top else node.numerator
        wanted = order.sup if isinstance(order, Script) else None
        if wanted is None and len(variables) > _times_d(node.denominator):
            raise Unread("a derivative by a power is not decided yet", node.span)
        if wanted is not None and self.term(wanted) != num(len(variables)):
            raise Unread("the order above and below a derivative differ", node.span)
        return operand, variables

    def variables(self, node: Node) -> list[Term]:
        found: list[Term] = []
        factors = node.factors if isinstance(node, Product) else ()
        for factor in factors:
            part = factor.node
            if is_d(part):
                continue
            times = 1
            if isinstance(part, Script) and isinstance(part.sup, Number) and _power_only(part):
                times = int(part.sup.value)
                part = part.base if part.sub is None else _without_power(part)
            found += [self.term(part)] * min(times, 8)
        if not found:
            raise Unread("a derivative by nothing", node.span)
        return found

    def differentiate(self, body: Term, variable: Term, span: Span) -> Term:
        if isinstance(variable, Pow) and _is_root(variable) and not is_matrix(body):
            slope = self.differentiate(body, variable.base, span)
            return mul(num(2), variable, slope)
        self.symbols.differentiated(body, variable)
        if isinstance(variable, Mat):
            self.made_of(body, variable, span)
            return self.by_matrix(body, variable, span)
        if isinstance(variable, Build):
            return self.by_member(body, variable, span)
        if not isinstance(variable, (Sym, At)):
            raise Unread("a derivative by something that is no variable", span)
        if is_matrix(body):
            rows, cols = self.symbols.shape_of(body)
            inside = Entry(shift(body, 2), Bound(1), Bound(0))
            return Build(Diff(inside, variable), rows, cols)
        return Diff(body, variable)

    def made_of(self, body: Term, variable: Mat, span: Span) -> None:
        """Refuses ∂f/∂𝐯 for an f of v₀, v₁ where nothing says that these are the entries of 𝐯."""
        name, plain = variable.name, plain_letter(variable.name)
        within = self.behind(body)
        unsaid = name in self.symbols.guessed and name not in self.told()
        if unsaid and plain != name and plain in within and name not in within:
            raise Unread(f"nothing says what {name} is made of", span)

    def by_matrix(self, body: Term, variable: Mat, span: Span) -> Term:
        if not is_matrix(body):
            return Grad(body, variable)
        rows, cols = self.symbols.shape_of(body)
        if cols != ONE or variable.cols is not None:
            raise Unread("a derivative of a matrix by a matrix", span)
        inside = Entry(shift(body, 2), Bound(1), ONE)
        self.notes.append(
            Note(
                "reading",
                "a derivative of a vector by a vector has one row for each entry above",
                span,
            )
        )
        return Build(Diff(inside, At(variable.name, (Bound(0),))), rows, variable.rows)

    def by_member(self, body: Term, variable: Build, span: Span) -> Term:
        """The derivative by one of many vectors, `∂f/∂𝐱_i`."""
        match variable.body:
            case At(key, (*indices, Bound(1))) if variable.cols is ONE:
                pass
            case _:
                raise Unread("a derivative by something that is no variable", span)
        if not is_matrix(body):
            return Build(Diff(shift(body, 2), variable.body), variable.rows, ONE)
        rows, cols = self.symbols.shape_of(body)
        if cols != ONE:
            raise Unread("a derivative of a matrix by a vector", span)
        inside = Entry(shift(body, 2), Bound(1), ONE)
        return Build(Diff(inside, At(key, (*indices, Bound(0)))), rows, variable.rows)

    def by_subscript(self, node: Script, rest: list[Factor]) -> tuple[Term, int]:
        """`∂_x f`, `∂_x^2 f`, `∂_{xy} f`."""
        if node.primes or node.sub is None:
            raise Unread("a prime on ∂", node.span)
        times = 1 if node.sup is None else self.scalar(node.sup)
        if isinstance(times, Term):
            times = int(times.value) if isinstance(times, Num) and 1 <= times.value <= 8 else 0
        if not times:
            raise Unread("the order of a derivative", node.span)
        used, body = self.operand(node, rest)
        parts = node.sub.items if isinstance(node.sub, Tuple) else pieces(node.sub)
        for part in (*parts,) * times:
            body = self.differentiate(self.coerce(body), self.term(part), node.span)
        return body, used

    def nabla(self, node: Node) -> bool:
        name = base_name(node)
        return name is not None and name.base == "nabla"

    def gradient(self, node: Node, rest: list[Factor]) -> tuple[Term, int]:
        """`∇_w f`, and the Hessian `∇²_w f` by a vector w."""
        times = 1
        if isinstance(node, Script) and node.sup is not None:
            if not isinstance(node.sup, Number) or node.sup.value != 2:
                raise Unread("a ∇ with something over it", node.span)
            times = 2
        sub = node.sub if isinstance(node, Script) else None
        used, body = self.operand(node, rest)
        own = self.survey.of_letters.get(body.name, ()) if isinstance(body, Sym) else ()
        letter = base_name(own[0]) if len(own) == 1 else None
        if sub is None and letter is not None:
            variable: Term = self.symbols.matrix(head(letter))
        elif sub is None:
            raise Unread("∇ does not say by which variable", node.span)
        else:
            variable = self.term(sub)
        if times == 2 and not isinstance(variable, Mat):
            raise Unread("∇² by something that is no vector", node.span)
        for _ in range(times):
            body = self.differentiate(self.coerce(body), variable, node.span)
        return body, used


def _is_root(variable: Pow) -> bool:
    """Whether a variable is the root of a square that is a letter of its own."""
    inner = variable.base
    key = inner.name if isinstance(inner, Sym) else inner.head if isinstance(inner, At) else ""
    return squared(key) and variable.exponent is HALF


def _times_d(node: Node) -> int:
    factors = node.factors if isinstance(node, Product) else ()
    return sum(is_d(f.node) for f in factors)


def is_by(node: Node) -> TypeGuard[Script]:
    """Whether the node is a ∂ with the variable below it."""
    return (
        isinstance(node, Script)
        and node.sub is not None
        and isinstance(node.base, Name)
        and node.base.base == "partial"
    )


def is_total(node: Node) -> bool:
    """Whether a derivative is written with an upright or italic d."""
    above = node.numerator if isinstance(node, Quotient) else node
    sign = base_name(above.factors[0].node if isinstance(above, Product) else above)
    return sign is not None and sign.base == "d"


def is_d(node: Node) -> bool:
    """Whether the node is a bare ∂ or d."""
    return isinstance(node, Name) and node.base in {"partial", "d"} and node.style != "bf"


def _power_only(node: Script) -> bool:
    return node.primes == 0


def _without_power(node: Script) -> Script:
    return Script(node.base, node.sub, None, node.primes, node.span)
