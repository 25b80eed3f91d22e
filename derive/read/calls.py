"""Functions and named operators: what is applied, and to what."""

from collections.abc import Callable, Iterator

from derive.derivation import Reading
from derive.notation import FUNCTION_LETTERS, FUNCTIONS, INVERSES, MATRIX_OPERATORS, Known
from derive.read.commands import FUNCTIONS as COMMANDS
from derive.read.names import DOTS, base_name, head, is_density, letters
from derive.read.problem import Unread
from derive.read.reads import Reads
from derive.read.survey import is_derivative
from derive.source import Span
from derive.syntax import (
    Addition,
    BigOp,
    Factor,
    Group,
    Name,
    Node,
    Number,
    Script,
    Signed,
    Tuple,
)
from derive.term import (
    ONE,
    ZERO,
    Add,
    App,
    At,
    Bound,
    Build,
    Const,
    Det,
    Diag,
    Each,
    Entry,
    Fn,
    Mat,
    Mul,
    Pow,
    Sum,
    Sym,
    Term,
    Trace,
    add,
    div,
    fn,
    is_matrix,
    shift,
    sub,
    substitute,
    subterms,
)

# words that LaTeX sets as operators, or statistics uses as such, of unknown meaning here
OPERATORS = frozenset(COMMANDS.split()) | {"span", "ess", "Exp", "Bias", "MSE", "Vec", "im"}


class Calls(Reads):
    """Applications to terms."""

    def known_function(self, node: Node) -> Known | None:
        """The well-known function that a name or scripted name stands for."""
        name = base_name(node)
        if name is None or head(name) in self.symbols.functions or name.accents:
            return None
        if name.base in FUNCTIONS:
            return None if self.survey.is_letter(head(name)) else FUNCTIONS[name.base]
        if name.base in MATRIX_OPERATORS and (len(name.base) > 1):
            return Known(name.base, "an operator on matrices")
        if head(name) not in self.survey.introduced and name.base.lower() in {
            "softmax",
            "softplus",
            "logit",
            "relu",
        }:
            return Known(name.base.lower(), name.base)
        return None

    def operator(self, node: Node, rest: list[Factor]) -> None:
        """Refuses a name that applies to what follows, and of which nothing says what it does."""
        name = base_name(node)
        if name is None or self.defined(name):
            return
        word = len(name.base) > 1 and name.base.isascii() and head(name) == name.base
        bracket = rest[0].node if rest and rest[0].op == "" and _bracketed(rest[0].node) else None
        if word and name.base in OPERATORS:
            raise Unread(f"{name.base} is not decided yet", name.span)
        if bracket is None or head(name) in self.survey.numbers:
            return
        if word and head(name) not in self.survey.quantities | self.survey.plain:
            raise Unread(f"{name.base} is no function that is known: define it", name.span)
        if not self.applies(node, rest) and self.survey.may_call(head(name), name.style == "rm"):
            text = f"{head(name)}(…) may be a product or a value of a function"
            raise Unread(f"{text}: define it or write a dot", name.span)

    def defined(self, name: Name) -> bool:
        """Whether the document says what a name is."""
        key = head(name)
        own = key in self.symbols.functions or key in self.survey.introduced
        return own or any(h == key for h, _ in self.survey.defined)

    def applies(self, node: Node, rest: list[Factor]) -> bool:
        name = base_name(node)
        if name is None or not rest or rest[0].op != "" or not _bracketed(rest[0].node):
            return False
        if isinstance(node, Script) and node.sub is not None and self.is_constant(head(name)):
            return False
        if self.dotted(name) and self.at_a_time(rest[0].node):
            return True
        known = self.survey.is_function(head(name)) or head(name) in self.symbols.functions
        return known or is_density(name)

    def at_a_time(self, node: Node) -> bool:
        """Whether brackets hold a time, `(0)` or `(t)`, and no factor of a product."""
        inner = node.base if isinstance(node, Script) else node
        body = inner.body if isinstance(inner, Group) else None
        name = base_name(body) if body is not None else None
        return isinstance(body, Number) or (name is not None and name.base == "t")

    def is_constant(self, key: str) -> bool:
        """Whether `U_0 (1 - x)` beside a function `U(t) = …` is a product with its value U_0."""
        return key in self.survey.introduced - self.survey.introduced_below

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
            self.power_of_call(node, power)
            found = self.apply_unknown(node, primes, arguments)
            power = None if _labelled(node) else power
        if inverse and known is not None:
            power = None
        if power is not None and not is_matrix(found):
            found = Pow(found, self.exponent(power))
        return found, used + 1

    def one_shape(self, node: Node) -> None:
        """A function that takes now one thing, now two, or a bar, is several functions."""
        name = base_name(node)
        below = isinstance(node, Script) and node.sub is not None
        if name and self.survey.several(head(name) + "_" * below, node.span.start):
            raise Unread(f"{head(name)}(…) stands for several functions here", node.span)

    def power_of_call(self, node: Node, power: Node | None) -> None:
        """`f^2(x)`: the square of a value, or f twice?"""
        if isinstance(power, Number) or _is_minus_one(power):
            raise Unread("is this a power of the value, or of the function?", node.span)

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
            self.one_shape(node)
            items = body.items if isinstance(body, Tuple) else (body,)
            return [self.coerce(self.term(i)) for i in items], 1
        expected = self.expectation(rest[0].node, list(rest[1:])) if rest else None
        if expected is not None:
            return [expected[0]], expected[1]
        taken: list[Factor] = []
        for k, factor in enumerate(rest):
            called = taken and _brackets(factor.node) and self.may_apply(rest, k)
            ends = factor.op != "" or _brackets(factor.node) or is_derivative(factor.node)
            last = bool(taken) and ends and not called
            if last or self.known_function(factor.node) or isinstance(factor.node, BigOp):
                break
            # cos θ(t) θ'(t): the argument ends with the value of a function
            if len(taken) == 2 and _brackets(taken[1].node) and self.may_apply(rest, 1):
                break
            taken.append(Factor(factor.op if taken else "", factor.node))
        if not taken and rest and rest[0].op == "":
            found, used = self.factor(list(rest), 0, ())
            return [found], used
        if not taken:
            raise Unread("a function without its argument", node.span)
        span = node.span.to(taken[-1].node.span)
        return [self.product(taken, span)], len(taken)

    def may_apply(self, rest: list[Factor], k: int) -> bool:
        """Whether the bracket at a place may hold the argument of the letter before it."""
        name = base_name(rest[k - 1].node)
        maybe = name is not None and self.survey.may_call(head(name), name.style == "rm")
        return maybe or self.applies(rest[k - 1].node, rest[k:])

    def apply_known(
        self, known: Known, node: Node, primes: int, arguments: list[Term], inverse: bool
    ) -> Term:
        first = arguments[0]
        if known.fn in MATRIX_OPERATORS:
            return self.matrix_operator(known.fn, first, node.span)
        if known.fn in {"conj", "re", "im"}:
            self.complex_inside(first, node.span)
        if known.fn == "softmax":
            return self.softmax(first, node.span)
        if known.fn == "logit" or (known.fn == "sigma" and inverse and not primes):
            return self.each(first, lambda t: fn("log", div(t, sub(ONE, t))))
        if known.fn == "relu":
            return self.each(first, lambda t: fn("max", ZERO, t))
        if known.fn == "softplus":
            return self.each(first, lambda t: fn("log", add(ONE, fn("exp", t))))
        if known.fn == "log" and isinstance(node, Script) and node.sub is not None:
            base = self.scalar(node.sub)
            return div(fn("log", first), fn("log", base))
        if inverse and known.fn not in INVERSES:
            raise Unread(f"the inverse of {known.fn} is not decided yet", node.span)
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

    def complex_inside(self, first: Term, span: Span) -> None:
        """What is conjugated and shows no imaginary unit is made of complex letters."""
        if is_matrix(first) or any(isinstance(t, App) for t in subterms(first)):
            raise Unread("the conjugate of a matrix or of an unknown function", span)
        if Const("I") not in subterms(first):
            self.symbols.conjugated |= set(_factors(first))

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
        indices = self.symbols.function_indices(node, self.scalar)
        plain = self.symbols.function_head(node, bool(indices))
        key, dots = self.dotted(name) or (plain, 0)
        primes += dots
        if name is not None and (value := self.at_letters(name, key, arguments)) is not None:
            return value
        if any(is_matrix(a) for a in arguments):
            if len(arguments) == 1 and not indices:
                body = App(key, (primes,), (Bound(0),))
                self.notes_each(key, node.span)
                return Each(body, arguments[0])
            raise Unread("an unknown function of matrices", node.span)
        if primes and len(arguments) != 1:
            raise Unread("a prime on a function of several arguments", node.span)
        arguments = [*indices, *arguments]
        self.symbols.applied(key, name, arguments)
        orders = (0,) * len(indices) + (primes,) + (0,) * (len(arguments) - len(indices) - 1)
        return App(key, orders, tuple(arguments))

    def dotted(self, name: Name | None) -> tuple[str, int] | None:
        """`ẋ(t)` for a function x of the document: its head, and how often it is derived."""
        if name is None or len(name.accents) != 1 or name.accents[0] not in DOTS:
            return None
        plain = head(Name(name.base, name.span, name.style))
        known = plain in self.survey.introduced or plain in self.symbols.functions
        return (plain, DOTS[name.accents[0]]) if known else None

    def at_letters(self, name: Name, key: str, arguments: list[Term]) -> Term | None:
        """`f(x)` for a function of the vector x: its value there, or at other vectors."""
        letters_ = self.survey.of_letters.get(head(name), ())
        if len(letters_) != len(arguments):
            return None
        if any(isinstance(a, Mat) and a.name in self.symbols.bound for a in arguments):
            return None
        own = [self.coerce(self.term(n)) for n in letters_]
        if all(a is b for a, b in zip(own, arguments, strict=True)):
            return Sym(key)
        defined = self.told().get(key, ())
        return self.put_in(defined[-1][1].body, own, arguments) if defined else None

    def put_in(self, body: Term, own: list[Term], arguments: list[Term]) -> Term | None:
        """The value of a function of vectors where others stand in their places."""
        if any(isinstance(t, At) and any(t.head in a.heads for a in own) for t in subterms(body)):
            return None
        for letter, argument in zip(own, arguments, strict=True):
            if is_matrix(letter) != is_matrix(argument) or not isinstance(letter, Sym | Mat):
                return None
            if is_matrix(letter):
                pair = self.symbols.shape_of(letter), self.symbols.shape_of(argument)
                for size, other in zip(*pair, strict=True):
                    self.symbols.unify(size, other)
                    if self.symbols.sized(size) is not self.symbols.sized(other):
                        return None
        return substitute(body, dict(zip(own, arguments, strict=True)))

    def notes_each(self, key: str, span: Span) -> None:
        self.readings.setdefault(
            f"{key}(matrix)",
            Reading(
                f"{key}(matrix)", "applied to every entry", "inferred", "its argument is a matrix"
            ),
        )


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
    labels = isinstance(node, Script) and not isinstance(node.sup, Number)
    return labels and isinstance(node, Script) and letters(node.sup) is not None


def _factors(term: Term) -> Iterator[str]:
    """The letters that sums, products and powers are made of."""
    match term:
        case Sym(name) | At(name, _):
            yield name
        case Add() | Mul():
            yield from (name for part, _ in term.parts for name in _factors(part))
        case Pow(base, _):
            yield from _factors(base)
