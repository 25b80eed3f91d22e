"""Terms as Coq expressions over the real numbers, as the relation has them: nothing is unfolded."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from fractions import Fraction

from derive.certify.names import fresh
from derive.kernel.matrix import ShapeError, Unsupported, shape
from derive.term import (
    MINUS_ONE,
    ONE,
    Add,
    App,
    At,
    Block,
    Build,
    Const,
    Delta,
    Det,
    Diag,
    Diff,
    Each,
    Entry,
    Eye,
    Fill,
    Fn,
    Grad,
    Hadamard,
    Mat,
    MatAdd,
    MatMul,
    Mul,
    Num,
    Pow,
    Prod,
    Scale,
    Sum,
    Sym,
    Term,
    Trace,
    Transpose,
    instantiate,
    is_matrix,
)
from derive.values import dataclass

FUNCTIONS = {
    "exp": "exp", "log": "ln", "sin": "sin", "cos": "cos", "tan": "tan", "atan": "atan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "sigma": "sigma", "abs": "Rabs",
}  # fmt: skip
BINARY = {"max": "Rmax", "min": "Rmin"}
CONSTANTS = {"pi": "PI", "e": "(exp 1)"}
INDICES = "ijkl"
HALF = Fraction(1, 2)


class Unsaid(Exception):
    """A term that this language has no words for; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A bound index: its Coq name and its least value, as far as known."""

    name: str
    least: int


@dataclass
class Expressions:
    """Writes terms. `names` gives each head its identifier, `naturals` the heads that are sizes
    or indices with their least values, `tops` the sizes that an index stays below.

    `refer` writes a name with its arguments: a symbol, a family member; `function` a function
    without its arguments; `whole` a variable of differentiation as one value, whether it is given
    or defined. `held` are the defined ones that a binder holds here.
    """

    names: Mapping[str, str]
    naturals: Mapping[str, int]
    tops: Mapping[str, Term]
    refer: Callable[[str, tuple[Term, ...], "Expressions"], str]
    matrix_name: Callable[[Mat, "Expressions"], str]
    function: Callable[[str, tuple[Term, ...], "Expressions"], str]
    cells: Callable[[Term], Term]
    whole: Callable[[str, "Expressions"], str]
    whole_numbers: Callable[[str], bool]
    held: frozenset[str] = frozenset()
    bound: dict[str, Variable] = field(default_factory=dict)

    # ---- binders --------------------------------------------------------------------------

    def opened(self, count: int, least: tuple[int, ...]) -> tuple["Expressions", list[Sym]]:
        """Names for the variables of a binder, and the writer inside it."""
        inner = dict(self.bound)
        chosen: list[Sym] = []
        for low in least[:count]:
            taken = [*self.names.values(), *(v.name for v in inner.values())]
            letter = next((c for c in INDICES if c not in taken), None)
            name = letter or fresh("index", taken)
            inner[f"#{name}"] = Variable(name, low)
            chosen.append(Sym(f"#{name}"))
        return replace(self, bound=inner), chosen

    def holding(self, *heads: str) -> "Expressions":
        """The writer where these variables are bound."""
        return replace(self, held=self.held | frozenset(heads))

    def real_opened(self) -> tuple["Expressions", Sym]:
        """A name for the entry that a function is applied to."""
        taken = [*self.names.values(), *(v.name for v in self.bound.values())]
        name = fresh("e", taken)
        return replace(self, bound={**self.bound, f"#{name}": Variable(name, -1)}), Sym(f"#{name}")

    # ---- naturals ---------------------------------------------------------------------------

    def natural(self, term: Term) -> str:
        """A size or an index, as a natural number."""
        match term:
            case Num(value) if value.denominator == 1 and value >= 0:
                return f"{value}%nat"
            case Sym(name) if name in self.bound and self.bound[name].least >= 0:
                return self.bound[name].name
            case Sym(name) if name in self.naturals:
                return self.names[name]
            case Add(args):
                return self._natural_sum(args)
            case Mul(args) if all(not _negative(a) for a in args):
                return "(" + " * ".join(map(self.natural, args)) + ")%nat"
            case _:
                raise Unsaid(f"an index or a size that is no natural number: {_kind(term)}")

    def _natural_sum(self, args: tuple[Term, ...]) -> str:
        more = [a for a in args if not _negative(a)]
        less = [_minus(a) for a in args if _negative(a)]
        if less and self.least(Add(args)) < 0:
            raise Unsaid("an index that may be below 0")
        if not more:
            raise Unsaid("an index that may be below 0")
        said = " + ".join(map(self.natural, more))
        return f"({said}{''.join(f' - {self.natural(a)}' for a in less)})%nat"

    def size(self, term: Term) -> str:
        """A natural number where Coq expects one, so that it need not be said."""
        return self.natural(term).replace("%nat", "")

    def least(self, term: Term) -> int:
        """A number that an integer term is never below; very small where unknown."""
        terms = term.args if isinstance(term, Add) else (term,)
        tops = [(k, a) for k, a in enumerate(terms) if _negative(a) and _minus(a) in self._tops()]
        if tops:
            k, a = tops[0]
            rest = [t for j, t in enumerate(terms) if j != k]
            return self.least(_sum([*rest, *_negated(self._tops()[_minus(a)])]))
        return sum(self._least(t) for t in _cancelled(terms))

    def _tops(self) -> dict[Term, Term]:
        return {Sym(name): top for name, top in self.tops.items()}

    def _least(self, term: Term) -> int:
        match term:
            case Num(value) if value.denominator == 1:
                return int(value)
            case Sym(name) if name in self.bound:
                return self.bound[name].least
            case Sym(name) if name in self.naturals:
                return self.naturals[name]
            case Mul((Num(value), Sym(_) as symbol)) if value > 0:
                return int(value * self._least(symbol))
            case _:
                return -(10**6)

    # ---- reals ------------------------------------------------------------------------------

    def real(self, term: Term) -> str:
        """A scalar, as a real number; in parentheses unless it is one word."""
        match term:
            case Num(value):
                return _number(value)
            case Const(name) if name in CONSTANTS:
                return CONSTANTS[name]
            case Sym(name) if name in self.bound:
                variable = self.bound[name]
                return variable.name if variable.least < 0 else f"(INR {variable.name})"
            case Sym(name) if name in self.naturals:
                return f"(INR {self.names[name]})"
            case Sym(name):
                return self.refer(name, (), self)
            case At(head, indices):
                return self.refer(head, indices, self)
            case Add(args):
                return self._sum(args)
            case Mul(args):
                return self._product(args)
            case Pow(base, exponent):
                return self._power(base, exponent)
            case _:
                return self._operator(term)

    def _sum(self, args: tuple[Term, ...]) -> str:
        said = self.real(args[0])
        for a in args[1:]:
            negative = _negative(a)
            said += f" - {self.real(_minus(a))}" if negative else f" + {self.real(a)}"
        return f"({said})"

    def _product(self, args: tuple[Term, ...]) -> str:
        if args[0] is MINUS_ONE and len(args) > 1:
            rest = args[1] if len(args) == 2 else Mul(args[1:])
            return f"(- {self.real(rest)})"
        said = self.real(args[0])
        for a in args[1:]:
            match a:
                case Pow(base, Num(value)) if value < 0:
                    under = base if value == -1 else Pow(base, Num(-value))
                    said += f" / {self.real(under)}"
                case _:
                    said += f" * {self.real(a)}"
        return f"({said})"

    def _power(self, base: Term, exponent: Term) -> str:
        match exponent:
            case Num(value) if value < 0:
                return f"(/ {self.real(base if value == -1 else Pow(base, Num(-value)))})"
            case Num(value) if value.denominator == 1:
                return f"({self.real(base)} ^ {value})"
            case Num(value) if value == HALF:
                return f"(sqrt {self.real(base)})"
            case Num(value) if value.denominator == 2:
                return f"(sqrt {self.real(base)} ^ {value.numerator})"
            case _:
                return self._open_power(base, exponent)

    def _open_power(self, base: Term, exponent: Term) -> str:
        if self._is_natural(exponent):
            return f"({self.real(base)} ^ {self.size(exponent)})"
        if _negative(exponent) and self._is_natural(_minus(exponent)):
            return f"(/ {self.real(base)} ^ {self.size(_minus(exponent))})"
        if self._is_integer(exponent):
            return f"(powerRZ {self.real(base)} {self.integer(exponent)})"
        if any(self.whole_numbers(h) for h in exponent.heads):
            raise Unsaid("an exponent with a letter that may be any integer")
        return f"(Rpower {self.real(base)} {self.real(exponent)})"

    def integer(self, term: Term) -> str:
        """An integer, whose parts may be below 0."""
        match term:
            case Num(value):
                return f"({value})%Z"
            case Add(args):
                return "(" + " + ".join(map(self.integer, args)) + ")%Z"
            case Mul(args):
                return "(" + " * ".join(map(self.integer, args)) + ")%Z"
            case _:
                return f"(Z.of_nat {self.natural(term)})"

    def _is_integer(self, term: Term) -> bool:
        match term:
            case Num(value):
                return value.denominator == 1
            case Add(args) | Mul(args):
                return all(map(self._is_integer, args))
            case _:
                return self._is_natural(term)

    def _is_natural(self, term: Term) -> bool:
        try:
            self.natural(term)
        except Unsaid:
            return False
        return True

    def _operator(self, term: Term) -> str:
        match term:
            case Sum(body, lo, hi) | Prod(body, lo, hi):
                return self._range(type(term).__name__, body, lo, hi)
            case Fn(name, order, args):
                return self._known(name, order, args)
            case App(head, orders, args):
                return self._applied(head, orders, args)
            case Diff(body, variable):
                return self.derivative(body, variable)
            case Delta(left, right):
                return f"(kd {self.size(left)} {self.size(right)})"
            case Entry(matrix, row, col):
                return f"({self.matrix(matrix)} {self.natural(row)} {self.natural(col)})"
            case Det(matrix):
                return f"(det {self.size(shape(matrix)[0])} {self.matrix(matrix)})"
            case Trace(matrix):
                inner, (i,) = self.opened(1, (1,))
                at = inner.real(i).split()[-1].rstrip(")")
                size = self.size(shape(matrix)[0])
                return f"(Sum 1 {size} (fun {at} : nat => {inner.matrix(matrix)} {at} {at}))"
            case _:
                raise Unsaid(f"no words yet for {_kind(term)}")

    def _range(self, word: str, body: Term, lo: Term, hi: Term) -> str:
        inner, (i,) = self.opened(1, (max(self.least(lo), 0),))
        low, high = self.size(lo), self.size(hi)
        name = inner.bound[i.name].name
        inner = replace(inner, tops={**self.tops, i.name: hi})
        return f"({word} {low} {high} (fun {name} : nat => {inner.real(instantiate(body, i))}))"

    def _known(self, name: str, order: int, args: tuple[Term, ...]) -> str:
        if name in BINARY and order == 0 and len(args) > 1:
            said = self.real(args[-1])
            for a in reversed(args[:-1]):
                said = f"({BINARY[name]} {self.real(a)} {said})"
            return said
        if name == "factorial" and order == 0:
            return f"(INR (fact {self.size(args[0])}))"
        word = FUNCTIONS.get(name)
        if word is None:
            raise Unsaid(f"no words yet for the function {name}")
        return f"({_derived(word, order)} {self.real(args[0])})"

    def _applied(self, head: str, orders: tuple[int, ...], args: tuple[Term, ...]) -> str:
        own = self.function(head, args, self)
        said = [self.real(a) for a in args]
        at = [k for k, order in enumerate(orders) if order]
        if not at:
            return f"({' '.join([own, *said])})"
        if len(at) > 1:
            raise Unsaid("a mixed derivative of an unknown function")
        inside = ["t" if k == at[0] else s for k, s in enumerate(said)]
        word = own if len(args) == 1 else f"(fun t : R => {own} {' '.join(inside)})"
        return f"({_derived(word, orders[at[0]])} {said[at[0]]})"

    # ---- derivatives ------------------------------------------------------------------------

    def derivative(self, body: Term, variable: Term) -> str:
        """The derivative of a body by a symbol, or by one member of a family."""
        match variable:
            case Sym(name):
                own, inside = self.names[name], self.holding(name).real(body)
                return f"(Derive (fun {own} : R => {inside}) {self.whole(name, self)})"
            case At(head, indices):
                own, inside = self.names[head], self.holding(head).real(body)
                at, whole = " ".join(map(self.natural, indices)), self.whole(head, self)
                word = {1: "upd", 2: "upd2"}.get(len(indices))
                if word is None:
                    raise Unsaid("a derivative by a member with three indices")
                moved = f"let {own} := {word} {whole} {at} t in {inside}"
                return f"(Derive (fun t : R => {moved}) ({whole} {at}))"
            case _:
                raise Unsaid("a derivative by something that is no symbol")

    # ---- matrices ---------------------------------------------------------------------------

    def matrix(self, term: Term) -> str:
        """A matrix, as a function of row and column (from 1)."""
        match term:
            case Mat():
                return self.matrix_name(term, self)
            case Build(body, _, _):
                inner, (i, j) = self.opened(2, (1, 1))
                row, col = (inner.bound[x.name].name for x in (i, j))
                return f"(fun {row} {col} : nat => {inner.real(instantiate(body, i, j))})"
            case Block(grid):
                return self._block(grid)
            case MatAdd(args):
                return self._folded(
                    "mat_add", [a if is_matrix(a) else Fill(a, ONE, ONE) for a in args]
                )
            case Hadamard(args):
                return self._folded("mat_had", list(args))
            case MatMul(args):
                return self._matmul(args)
            case Scale(scalar, matrix):
                return f"(mat_scal {self.real(scalar)} {self.matrix(matrix)})"
            case Transpose(matrix):
                return f"(mat_t {self.matrix(matrix)})"
            case Diag(vector):
                said = self.matrix(vector)
                return f"(mat_diag {said if shape(vector)[1] is ONE else f'(mat_t {said})'})"
            case Each(body, matrix):
                inner, e = self.real_opened()
                name = inner.bound[e.name].name
                said = inner.real(instantiate(body, e))
                return f"(mat_map (fun {name} : R => {said}) {self.matrix(matrix)})"
            case Eye():
                return "mat_eye"
            case Fill(scalar, _, _):
                return f"(fill {self.real(scalar)})"
            case Grad(body, matrix):
                return self._gradient(body, self.cells(matrix))
            case _:
                raise Unsaid(f"no words yet for {_kind(term)}")

    def _folded(self, word: str, args: list[Term]) -> str:
        said = self.matrix(args[0])
        for a in args[1:]:
            said = f"({word} {said} {self.matrix(a)})"
        return said

    def _matmul(self, args: tuple[Term, ...]) -> str:
        said, before = self.matrix(args[0]), args[0]
        for a in args[1:]:
            size = shape(a)[0] if isinstance(before, Eye) else shape(before)[1]
            said = f"(mat_mul {self.size(size)} {said} {self.matrix(a)})"
            before = a
        return said

    def _block(self, grid: tuple[tuple[Term, ...], ...]) -> str:
        if not any(is_matrix(cell) for row in grid for cell in row):
            rows = "; ".join("[" + "; ".join(map(self.real, row)) + "]" for row in grid)
            return f"(lit [{rows}])"
        stacked = [(self._row(row), self._height(row)) for row in grid]
        said, _ = stacked[-1]
        for above, height in reversed(stacked[:-1]):
            said = f"(vcat {height} {above} {said})"
        return said

    def _row(self, row: tuple[Term, ...]) -> str:
        said = self._cell(row[-1])
        for cell in reversed(row[:-1]):
            width = self.size(shape(cell)[1]) if is_matrix(cell) else "1"
            said = f"(hcat {width} {self._cell(cell)} {said})"
        return said

    def _cell(self, cell: Term) -> str:
        return self.matrix(cell) if is_matrix(cell) else f"(fill {self.real(cell)})"

    def _height(self, row: tuple[Term, ...]) -> str:
        return next((self.size(shape(c)[0]) for c in row if is_matrix(c)), "1")

    def _gradient(self, body: Term, cells: Term) -> str:
        match cells:
            case Mat(name, _, None):
                own, word, at = self.names[name], "grad1", "(nat -> R)"
            case Mat(name, _, _):
                own, word, at = self.names[name], "grad2", "(nat -> nat -> R)"
            case Block(grid):
                rows = [[self.derivative(body, c) for c in row] for row in grid]
                return "(lit [" + "; ".join("[" + "; ".join(r) + "]" for r in rows) + "])"
            case _:
                raise Unsaid("a gradient by something that is no matrix of symbols")
        said, whole = self.holding(name).real(body), self.whole(name, self)
        return f"({word} (fun {own} : {at[1:-1]} => {said}) {whole})"


def _derived(word: str, order: int) -> str:
    for _ in range(order):
        word = f"Derive (fun t : R => {word} t)" if word.startswith("Derive") else f"Derive {word}"
    return word


def _number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value) if value >= 0 else f"(- {-value})"
    sign = "- " if value < 0 else ""
    return f"({sign}({abs(value.numerator)} / {value.denominator}))"


def _negative(term: Term) -> bool:
    match term:
        case Num(value):
            return value < 0
        case Mul((Num(value), *_)):
            return value < 0
        case _:
            return False


def _minus(term: Term) -> Term:
    match term:
        case Num(value):
            return Num(-value)
        case Mul((Num(value), *rest)) if value == -1:
            return rest[0] if len(rest) == 1 else Mul(tuple(rest))
        case Mul((Num(value), *rest)):
            return Mul((Num(-value), *rest))
        case _:
            return Mul((MINUS_ONE, term))


def _negated(term: Term) -> list[Term]:
    return [_minus(a) for a in (term.args if isinstance(term, Add) else (term,))]


def _sum(terms: list[Term]) -> Term:
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def _cancelled(terms: tuple[Term, ...]) -> list[Term]:
    """The members of a sum without those that cancel each other."""
    left = list(terms)
    for t in terms:
        if t in left and _minus(t) in left and _minus(t) is not t:
            left.remove(t)
            left.remove(_minus(t))
    return left


def _kind(term: Term) -> str:
    return {"Const": "this constant", "Inverse": "an inverse matrix"}.get(
        type(term).__name__, f"this ({type(term).__name__.lower()})"
    )


__all__ = ["Expressions", "ShapeError", "Unsaid", "Unsupported"]
