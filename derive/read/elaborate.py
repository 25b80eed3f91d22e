"""Syntax to terms: what a formula means, given what the whole document shows.

`Elaborator.term` is a total match over the syntax; what it cannot read it refuses with a
place, and never drops. Choices are reported through `notes` and `readings`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from derive.derivation import Note, Reading
from derive.notation import FUNCTION_LETTERS, FUNCTIONS, INVERSES, MATRIX_OPERATORS, Known
from derive.read.names import base_name, head, letters
from derive.read.problem import Unread
from derive.read.survey import Survey, is_derivative
from derive.read.symbols import Symbols
from derive.read.walk import children, walk
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
    MINUS_ONE,
    ONE,
    App,
    At,
    Bound,
    Build,
    Det,
    Diag,
    Diff,
    Each,
    Entry,
    Fn,
    Grad,
    Hadamard,
    Inverse,
    Mat,
    MatAdd,
    MatMul,
    Num,
    Pow,
    Prod,
    Scale,
    Sum,
    Sym,
    Term,
    Trace,
    Transpose,
    abstract,
    add,
    div,
    fn,
    is_matrix,
    mul,
    neg,
    num,
    shift,
)

HALF = num(Fraction(1, 2))


@dataclass
class Elaborator:
    """Elaborates one document, formula by formula; grows as definitions come in force."""

    survey: Survey
    symbols: Symbols
    notes: list[Note] = field(default_factory=list)
    readings: dict[str, Reading] = field(default_factory=dict)

    # ---- dispatch ------------------------------------------------------------------

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
                return self.symbols.literal([[self.cell(c) for c in row] for row in node.rows])
            case Product(factors, span):
                return self.product(list(factors), span)
            case Addition(terms, span):
                return self.addition(list(terms), span)
            case BigOp(_, _, _, span):
                return self.product([Factor("", node)], span)
            case Tuple() | Text() | Blank() | Dots() | Related() | Cases() | Evaluated():
                raise Unread(_UNREAD[type(node).__name__], node.span)

    def unit(self, node: Node) -> Term:
        """1/k for the index k of a root."""
        index = self.scalar(node)
        if isinstance(index, Num) and index.value != 0:
            return Num(1 / index.value)
        return div(ONE, index)

    def scalar(self, node: Node) -> Term:
        """A term that must be a scalar."""
        found = self.coerce(self.term(node))
        if is_matrix(found):
            raise Unread("a matrix stands where a number is wanted", node.span)
        return found

    def coerce(self, term: Term) -> Term:
        """A 1×1 product of matrices is its entry."""
        if isinstance(term, MatMul) and self.symbols.shape_of(term) == (ONE, ONE):
            return Entry(term, ONE, ONE)
        return term

    def cell(self, node: Node) -> Term:
        if isinstance(node, Dots):
            return Sym("…")
        return self.coerce(self.term(node))

    # ---- brackets ------------------------------------------------------------------

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
            case ("⌊", "⌋"):
                return fn("floor", self.scalar(body))
            case ("⌈", "⌉"):
                return fn("ceil", self.scalar(body))
        if isinstance(body, Tuple):
            if node.open == "[" and not body.separator.strip(","):
                return self.symbols.literal([[self.cell(i) for i in body.items]])
            raise Unread("a list stands where one value is wanted", node.span)
        return self.term(body)

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
            return Trace(MatMul((Transpose(left), right)))
        return mul(left, right)

    # ---- names ----------------------------------------------------------------------

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
        if name.base in FUNCTIONS and not self.survey.quantities & {head(name)}:
            raise Unread(f"the function {name.base} has no argument", name.span)
        if name.base == "e" and self.symbols.is_euler(name):
            return fn("exp", ONE)
        return self.symbols.plain(name)

    def index(self, node: Node) -> Term:
        return self.scalar(node)

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
        if text in {"T", "⊤", "top", "intercal"} and self.symbols.is_transpose(text):
            return base
        return Pow(base, self.exponent(power))

    def exponent(self, power: Node) -> Term:
        return self.scalar(power)

    def matrix_power(self, base: Term, power: Node, span: Span) -> Term:
        text = letters(power)
        if text in {"T", "top", "intercal", "⊤"}:
            return Transpose(base)
        value = self.term(power)
        if value == num(-1):
            return Inverse(base)
        if isinstance(value, Num) and value.value.denominator == 1 and 1 < value.value <= 12:
            return MatMul((base,) * int(value.value))
        raise Unread("a power of a matrix", span)

    def power_of(self, node: Script) -> Term:
        """A script on something that is no name: `(a+b)^2`, `[AB]^T`, `(AB)_{ij}`."""
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

    # ---- sums of terms ---------------------------------------------------------------

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
        if first.sign not in "+-":
            raise Unread(f"{first.sign} is not decided yet", first.sign_span)
        found = self.product_of(first.node, body)
        if first.sign == "-":
            return Scale(MINUS_ONE, found) if is_matrix(found) else neg(found)
        return found

    def product_of(self, node: Node, extension: list[Signed]) -> Term:
        if not extension:
            return self.term(node)
        factors = list(node.factors) if isinstance(node, Product) else [Factor("", node)]
        return self.product(factors, node.span, extension)

    def reach(self, terms: list[Signed], k: int) -> int:
        """How many terms the term at k takes up: its Σ goes on while its index is used freely."""
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

    def note_reach(self, terms: list[Signed], k: int, last: int, bound: set[str]) -> None:
        names = ", ".join(sorted(bound))
        if last > k:
            count = last - k + 1
            text = f"the sum over {names} is read as reaching over {count} terms, which use {names}"
        else:
            text = f"the sum over {names} is read as ending before the next + or −"
        self.notes.append(Note("reading", text, terms[k].node.span))

    # ---- products ---------------------------------------------------------------------

    def product(self, factors: list[Factor], span: Span, extension: Sequence[Signed] = ()) -> Term:
        """A row of factors, read from the left; `extension` are further terms of a last Σ."""
        parts: list[tuple[str, Term]] = []
        k = 0
        while k < len(factors):
            op = factors[k].op
            found, used = self.factor(factors, k, extension)
            parts.append((op, self.coerce(found)))
            k += used
        return self.combine(parts, span)

    def factor(
        self, factors: list[Factor], k: int, extension: Sequence[Signed]
    ) -> tuple[Term, int]:
        """The term that starts at factor k, and how many factors it takes."""
        node, rest = factors[k].node, factors[k + 1 :]
        if _is_d(node) and rest:
            return self.slashed(node, rest)
        if isinstance(node, BigOp):
            return self.big(node, rest, extension), len(rest) + 1
        if is_derivative(node):
            return self.derivative(node, rest)
        if self.nabla(node):
            return self.gradient(node, rest)
        known = self.known_function(node)
        if known or self.applies(node, rest):
            return self.application(node, known, rest)
        return self.term(node), 1

    def slashed(self, node: Node, rest: list[Factor]) -> tuple[Term, int]:
        """`dy/dx` in a line; any other differential is refused."""
        ops = [f.op for f in rest[:3]]
        if ops == ["", "/", ""] and _is_d(rest[1].node):
            above = Product((Factor("", node), rest[0]), node.span.to(rest[0].node.span))
            below = Product((Factor("", rest[1].node), rest[2]), rest[1].node.span)
            quotient = Quotient(above, below, node.span.to(rest[2].node.span))
            found, _ = self.derivative(quotient, [])
            return found, 4
        if rest[0].op == "" and isinstance(rest[0].node, (Group, Name)) and self.loose(node):
            raise Unread("a differential is not decided yet", node.span)
        return self.term(node), 1

    def loose(self, node: Node) -> bool:
        """Whether a d stands for a differential: no number of the document is called d."""
        name = base_name(node)
        return name is not None and (
            name.base == "partial" or (head(name), "") not in self.survey.defined
        )

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

    # ---- functions ---------------------------------------------------------------------

    def known_function(self, node: Node) -> Known | None:
        """The well-known function that a name or scripted name stands for."""
        name = base_name(node)
        if name is None or head(name) in self.symbols.functions or name.accents:
            return None
        if name.base in FUNCTIONS:
            return None if head(name) in self.survey.quantities else FUNCTIONS[name.base]
        if name.base in MATRIX_OPERATORS and (len(name.base) > 1):
            return Known(name.base, "an operator on matrices")
        if name.base == "softmax" or name.base == "softplus":
            return Known(name.base, name.base)
        return None

    def applies(self, node: Node, rest: list[Factor]) -> bool:
        name = base_name(node)
        if name is None or not rest or rest[0].op != "" or not _bracketed(rest[0].node):
            return False
        return self.survey.is_function(head(name)) or head(name) in self.symbols.functions

    def application(self, node: Node, known: Known | None, rest: list[Factor]) -> tuple[Term, int]:
        outer = rest[0].node if rest and rest[0].op == "" else None
        if isinstance(outer, Script) and _brackets(outer.base) and outer.sup is not None:
            found, used = self.application(node, known, [Factor("", outer.base), *rest[1:]])
            return self.raised(found, outer.sup, outer.span), used
        arguments, used = self.arguments(node, rest)
        name = base_name(node)
        power = node.sup if isinstance(node, Script) else None
        primes = node.primes if isinstance(node, Script) else 0
        own = self.symbols.functions.keys() | self.survey.introduced
        undefined = name is not None and head(name) not in own
        if known is None and name and undefined and not _labelled(node):
            known = FUNCTION_LETTERS.get(name.base)
        inverse = _is_minus_one(power)
        if known is not None:
            self.read_as(name, known)
            found = self.apply_known(known, node, primes, arguments, inverse)
        else:
            found = self.apply_unknown(node, primes, arguments)
            power = None if _labelled(node) else power
        if inverse and known is not None and known.fn in INVERSES:
            power = None
        if power is not None and not is_matrix(found):
            found = Pow(found, self.exponent(power))
        return found, used + 1

    def read_as(self, name: Name | None, known: Known) -> None:
        if name is not None and name.base in FUNCTION_LETTERS:
            key = head(name)
            self.readings.setdefault(
                key, Reading(key, known.why, "inferred", "it is applied and never defined")
            )

    def arguments(self, node: Node, rest: list[Factor]) -> tuple[list[Term], int]:
        """The arguments in brackets, or, for a well-known function, the factors after it."""
        if rest and rest[0].op == "" and _brackets(rest[0].node):
            body = rest[0].node.body  # type: ignore[union-attr]
            items = body.items if isinstance(body, Tuple) else (body,)
            return [self.coerce(self.term(i)) for i in items], 1
        taken: list[Factor] = []
        for k, factor in enumerate(rest):
            called = taken and _brackets(factor.node) and self.applies(rest[k - 1].node, rest[k:])
            ends = factor.op != "" or _brackets(factor.node) or is_derivative(factor.node)
            last = bool(taken) and ends and not called
            if last or self.known_function(factor.node) or isinstance(factor.node, BigOp):
                break
            taken.append(Factor(factor.op if taken else "", factor.node))
        if not taken and rest and rest[0].op == "":
            found, used = self.factor(list(rest), 0, ())
            return [found], used
        if not taken:
            raise Unread("a function without its argument", node.span)
        span = node.span.to(taken[-1].node.span)
        return [self.product(taken, span)], len(taken)

    def apply_known(
        self, known: Known, node: Node, primes: int, arguments: list[Term], inverse: bool
    ) -> Term:
        first = arguments[0]
        if known.fn in MATRIX_OPERATORS:
            return self.matrix_operator(known.fn, first, node.span)
        if known.fn == "softmax":
            return self.softmax(first, node.span)
        if known.fn == "softplus":
            return self.each(first, lambda t: fn("log", add(ONE, fn("exp", t))))
        if known.fn == "log" and isinstance(node, Script) and node.sub is not None:
            base = self.scalar(node.sub)
            return div(fn("log", first), fn("log", base))
        name = INVERSES.get(known.fn, known.fn) if inverse else known.fn
        if known.fn in {"max", "min"}:
            if any(is_matrix(a) for a in arguments) or len(arguments) < 2:
                raise Unread(f"{known.fn} of one thing", node.span)
            return Fn(known.fn, 0, tuple(arguments))
        if len(arguments) != 1:
            raise Unread(f"{name} takes one argument", node.span)
        if known.fn == "sigma" and isinstance(node, Script) and node.sub is not None:
            raise Unread("a subscript on the logistic function", node.span)
        return self.each(first, lambda t: Fn(name, primes, (t,)))

    def each(self, first: Term, make: Callable[[Term], Term]) -> Term:
        """Elementwise on a matrix, plainly on a scalar."""
        return Each(make(Bound(0)), first) if is_matrix(first) else make(first)

    def softmax(self, first: Term, span: Span) -> Term:
        if not is_matrix(first):
            raise Unread("softmax of a number", span)
        rows, cols = self.symbols.shape_of(first)
        if cols != ONE:
            raise Unread("softmax of a matrix: by rows or by columns?", span)
        inside = shift(first, 2)
        total = Sum(fn("exp", Entry(shift(first, 3), Bound(0), ONE)), ONE, rows)
        return Build(div(fn("exp", Entry(inside, Bound(1), ONE)), total), rows, ONE)

    def matrix_operator(self, name: str, first: Term, span: Span) -> Term:
        if not is_matrix(first):
            raise Unread(f"{name} of something that is no matrix", span)
        match name.lower():
            case "diag":
                return Diag(first)
            case "tr" | "trace":
                return Trace(first)
            case _:
                return Det(first)

    def apply_unknown(self, node: Node, primes: int, arguments: list[Term]) -> Term:
        name = base_name(node)
        key = self.symbols.function_head(node)
        if any(is_matrix(a) for a in arguments):
            if len(arguments) == 1:
                body = App(key, (primes,), (Bound(0),))
                self.notes_each(key, node.span)
                return Each(body, arguments[0])
            raise Unread("an unknown function of matrices", node.span)
        if primes and len(arguments) != 1:
            raise Unread("a prime on a function of several arguments", node.span)
        self.symbols.applied(key, name, arguments)
        orders = (primes,) + (0,) * (len(arguments) - 1)
        return App(key, orders, tuple(arguments))

    def notes_each(self, key: str, span: Span) -> None:
        self.readings.setdefault(
            f"{key}(matrix)",
            Reading(
                f"{key}(matrix)", "applied to every entry", "inferred", "its argument is a matrix"
            ),
        )

    # ---- Σ and Π ------------------------------------------------------------------------

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

    # ---- derivatives ------------------------------------------------------------------------

    def derivative(self, node: Node, rest: list[Factor]) -> tuple[Term, int]:
        from_numerator, variables = self.differentials(node)
        if from_numerator:
            body = self.product(from_numerator, node.span)
            used = 1
        else:
            used, body = self.operand(node, rest)
        for variable in variables:
            body = self.differentiate(self.coerce(body), variable, node.span)
        return body, used

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
        if wanted is not None and self.term(wanted) != num(len(variables)):
            raise Unread("the order above and below a derivative differ", node.span)
        return operand, variables

    def variables(self, node: Node) -> list[Term]:
        found: list[Term] = []
        factors = node.factors if isinstance(node, Product) else ()
        for factor in factors:
            part = factor.node
            if _is_d(part):
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
        self.symbols.differentiated(body, variable)
        if isinstance(variable, Mat):
            return self.by_matrix(body, variable, span)
        if not isinstance(variable, (Sym, At)):
            raise Unread("a derivative by something that is no variable", span)
        if is_matrix(body):
            rows, cols = self.symbols.shape_of(body)
            inside = Entry(shift(body, 2), Bound(1), Bound(0))
            return Build(Diff(inside, variable), rows, cols)
        return Diff(body, variable)

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

    def nabla(self, node: Node) -> bool:
        name = base_name(node)
        return name is not None and name.base == "nabla"

    def gradient(self, node: Node, rest: list[Factor]) -> tuple[Term, int]:
        if isinstance(node, Script) and node.sup is not None:
            raise Unread("a second-order ∇ is not decided yet", node.span)
        sub = node.sub if isinstance(node, Script) else None
        used, body = self.operand(node, rest)
        if sub is None:
            raise Unread("∇ does not say by which variable", node.span)
        return self.differentiate(self.coerce(body), self.term(sub), node.span), used


# ---- small questions about syntax and shapes ------------------------------------------------

_UNREAD = {
    "Tuple": "a list stands where one value is wanted",
    "Text": "words stand where a value is wanted",
    "Blank": "something is missing here",
    "Dots": "dots in a formula are not decided yet",
    "Related": "a relation stands where a value is wanted",
    "Cases": "a definition by cases is not decided yet",
    "Evaluated": "a value at a point is not decided yet",
}
_BIG = {
    "int": "integrals are not decided yet",
    "oint": "integrals are not decided yet",
    "lim": "limits are not decided yet",
}


def _is_minus_one(node: Node | None) -> bool:
    match node:
        case Addition((Signed("-", Number(value, _, _), _),), _):
            return value == 1
        case Number(value, _, _):
            return value == -1
    return False


def _bracketed(node: Node) -> bool:
    """Whether arguments stand here, with a power on their brackets or not: `f(x)^2`."""
    return _brackets(node.base if isinstance(node, Script) and node.sub is None else node)


def _brackets(node: Node) -> bool:
    return isinstance(node, Group) and node.open in {"(", "[", "{"}


def _labelled(node: Node) -> bool:
    return isinstance(node, Script) and node.sup is not None and letters(node.sup) is not None


def _is_d(node: Node) -> bool:
    return isinstance(node, Name) and node.base in {"partial", "d"} and node.style != "bf"


def _power_only(node: Script) -> bool:
    return node.primes == 0


def _without_power(node: Script) -> Script:
    return Script(node.base, node.sub, None, node.primes, node.span)


def _open_index(node: Node) -> set[str]:
    """The index names of a Σ or Π that is open at the end of a term."""
    factors = node.factors if isinstance(node, Product) else (Factor("", node),)
    found: set[str] = set()
    for factor in factors:
        if isinstance(factor.node, BigOp):
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
