"""Terms: mathematics as meant, immutable and hash-consed.

Equal terms are the same object, so `==` is `is`, hashing is free, and every table
keyed by a term is a memo. Constructors simplify nothing: `x/x` stays `x * x**-1`,
because a side condition must be seen before it can be discharged. Binders are
locally nameless: a bound variable is `Bound(k)`, k binders up, so that terms that
differ in the names of bound variables are equal and capture cannot happen.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, NoReturn, dataclass_transform
from weakref import WeakValueDictionary


@dataclass_transform(frozen_default=True, eq_default=False)
class _Interned(type):
    """Nodes with the annotated fields; calling gives the existing one where one is alive.

    Frozen dataclasses would do, but take a hundred times as long to define.
    """

    pool: "WeakValueDictionary[Any, Any]" = WeakValueDictionary()

    def __new__(mcs, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
        space["__match_args__"] = tuple(space.get("__annotations__", ())) if bases else ()
        return super().__new__(mcs, name, bases, space)

    def __call__(cls: Any, *fields: Any) -> Any:
        key = (cls, *fields)
        found = _Interned.pool.get(key)
        if found is None:
            found = object.__new__(cls)
            found.__dict__.update(zip(cls.__match_args__, fields, strict=True))
            _Interned.pool[key] = found
        return found


class Term(metaclass=_Interned):
    """The closed union of all nodes below; scalars first, then matrices."""

    __match_args__: ClassVar[tuple[str, ...]]
    # how many binders stand over each field of a binding node
    binders: ClassVar[Mapping[str, int]] = {}

    @cached_property
    def parts(self) -> "tuple[tuple[Term, int], ...]":
        """The immediate subterms, each with the number of binders between it and the term."""
        return tuple(_parts(self))

    @cached_property
    def loose(self) -> int:
        """How many binders above the term its loose bound variables reach; 0 where closed."""
        return max((max(t.loose - k, 0) for t, k in self.parts), default=0)

    @cached_property
    def heads(self) -> frozenset[str]:
        """The names of all symbols, families, matrices and unknown functions in the term."""
        return frozenset().union(*(t.heads for t, _ in self.parts))

    @cached_property
    def holds_matrix(self) -> bool:
        """Whether a matrix, or a number made of matrices, stands anywhere in the term."""
        return isinstance(self, MADE_OF_MATRICES) or any(t.holds_matrix for t, _ in self.parts)

    @cached_property
    def holds_derivative(self) -> bool:
        """Whether a derivative that is to be taken stands anywhere in the term."""
        return isinstance(self, Diff) or any(t.holds_derivative for t, _ in self.parts)

    def __repr__(self) -> str:
        inner = ", ".join(repr(getattr(self, name)) for name in self.__match_args__)
        return f"{type(self).__name__}({inner})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __reduce__(self) -> tuple[type["Term"], tuple[Any, ...]]:
        # copies and terms from another process are interned again
        return type(self), tuple(getattr(self, name) for name in self.__match_args__)


# ---- scalars -------------------------------------------------------------------


class Num(Term):
    """An exact rational number."""

    value: Fraction


class Const(Term):
    """A mathematical constant: `pi`, `I` (imaginary unit), `oo` (infinity)."""

    name: str


class Sym(Term):
    """A scalar symbol, a size, or a free index; the name is the document's, with labels."""

    name: str

    @cached_property
    def heads(self) -> frozenset[str]:
        """Its own name."""
        return frozenset((self.name,))


class At(Term):
    """A member of a family, `x_{ij}`: the family's head and its index terms."""

    head: str
    indices: tuple[Term, ...]

    @cached_property
    def heads(self) -> frozenset[str]:
        """Its own head and those inside."""
        return super().heads | {self.head}


class Bound(Term):
    """The variable of the binder `depth` levels up (0 is the innermost)."""

    depth: int

    @cached_property
    def loose(self) -> int:
        """The binder that it belongs to is one further up than its depth."""
        return self.depth + 1


class Add(Term):
    """A sum of scalars."""

    args: tuple[Term, ...]


class Mul(Term):
    """A product of scalars."""

    args: tuple[Term, ...]


class Pow(Term):
    """`base ** exponent`; a quotient is a product with a power −1, a root a power 1/n."""

    base: Term
    exponent: Term


class Fn(Term):
    """A well-known function of the kernel's table (`exp`, `log`, `sin`, `sigma`, …).

    `order` counts derivatives: `Fn("sigma", 1, (z,))` is σ′(z).
    """

    name: str
    order: int
    args: tuple[Term, ...]


class App(Term):
    """An unknown function of the document, applied; `orders[k]` derivatives in argument k."""

    head: str
    orders: tuple[int, ...]
    args: tuple[Term, ...]

    @cached_property
    def heads(self) -> frozenset[str]:
        """Its own head and those inside."""
        return super().heads | {self.head}


class Diff(Term):
    """The derivative of `body` by `variable` (a `Sym` or an `At`)."""

    body: Term
    variable: Term


class Sum(Term):
    """Σ of `body` (in which `Bound(0)` is the index) for lo ≤ index ≤ hi; empty is 0."""

    binders = {"body": 1}
    body: Term
    lo: Term
    hi: Term


class Prod(Term):
    """Π of `body` (in which `Bound(0)` is the index) for lo ≤ index ≤ hi; empty is 1."""

    binders = {"body": 1}
    body: Term
    lo: Term
    hi: Term


class Delta(Term):
    """Kronecker's delta: 1 where the two index terms are equal, else 0."""

    left: Term
    right: Term


class Integral(Term):
    """∫ of `body` (in which `Bound(0)` is the variable) from lo to hi; a bound may be ±oo."""

    binders = {"body": 1}
    body: Term
    lo: Term
    hi: Term


class Primitive(Term):
    """∫ of `body` by `variable` (a `Sym`) without bounds: a function up to a constant."""

    body: Term
    variable: Term


class Limit(Term):
    """The limit of `body` as `Bound(0)` goes to `at` (±oo too); `side` is `+`, `-` or ``."""

    binders = {"body": 1}
    body: Term
    at: Term
    side: str


class Expect(Term):
    """The expectation of `body`; the context says which of its symbols are random."""

    body: Term


class Holds(Term):
    """1 where `left op right` holds, else 0: an indicator, or the test of a `Choice`."""

    left: Term
    op: str
    right: Term


class Choice(Term):
    """`then` where `test` (a `Holds`) holds, else `other`; only the branch taken needs a value."""

    test: Term
    then: Term
    other: Term


# ---- matrices (scalars and matrices never mix in `Add`/`Mul`; see MatAdd, Scale) ----


class Mat(Term):
    """A matrix symbol; its entries are `At(name, (i, j))`, of a column `At(name, (i,))`.

    Rows and columns are sizes (terms), counted from 1. `cols` is None for a column vector.
    """

    name: str
    rows: Term
    cols: Term | None

    @cached_property
    def heads(self) -> frozenset[str]:
        """Its own name and those of its sizes."""
        return super().heads | {self.name}


class Build(Term):
    """The rows × cols matrix with entry `body`: `Bound(1)` is the row, `Bound(0)` the column.

    Rows and columns count from 1.
    """

    binders = {"body": 2}
    body: Term
    rows: Term
    cols: Term


class Block(Term):
    """A grid of matrices. A scalar in the grid is the 1×1 block, or, where its
    neighbours ask for more rows or columns, that scalar throughout (`[1 X₀]`)."""

    grid: tuple[tuple[Term, ...], ...]


class MatAdd(Term):
    """A sum of matrices of one shape; a scalar member is added to every entry (`1 − A`)."""

    args: tuple[Term, ...]


class Scale(Term):
    """A scalar times a matrix."""

    scalar: Term
    matrix: Term


class MatMul(Term):
    """The matrix product, in the order written."""

    args: tuple[Term, ...]


class Hadamard(Term):
    """The elementwise product."""

    args: tuple[Term, ...]


class Transpose(Term):
    """The transpose."""

    matrix: Term


class Inverse(Term):
    """The inverse of a square matrix."""

    matrix: Term


class Diag(Term):
    """The diagonal matrix of a vector (row or column)."""

    vector: Term


class Each(Term):
    """`body` (in which `Bound(0)` is the entry) applied to every entry of `matrix`."""

    binders = {"body": 1}
    body: Term
    matrix: Term


class Eye(Term):
    """The identity; `size` None takes the size its neighbours ask for."""

    size: Term | None


class Fill(Term):
    """The rows × cols matrix with `scalar` in every entry (ones, zeros)."""

    scalar: Term
    rows: Term
    cols: Term


class Grad(Term):
    """The derivatives of `body` by every entry of `matrix`, in the shape of `matrix`.

    `body` is a scalar. Entries of `matrix` must be symbols or family members.
    """

    body: Term
    matrix: Term


# ---- scalars made of matrices -----------------------------------------------------


class Entry(Term):
    """One entry of a matrix expression; rows and columns count from 1."""

    matrix: Term
    row: Term
    col: Term


class Trace(Term):
    """The sum of the diagonal of a square matrix."""

    matrix: Term


class Det(Term):
    """The determinant of a square matrix."""

    matrix: Term


MATRICES = (
    Mat, Build, Block, MatAdd, Scale, MatMul, Hadamard, Transpose, Inverse, Diag, Each, Eye,
    Fill, Grad,
)  # fmt: skip

MADE_OF_MATRICES = (*MATRICES, Entry, Trace, Det)

ZERO, ONE, MINUS_ONE = Num(Fraction(0)), Num(Fraction(1)), Num(Fraction(-1))


def is_matrix(term: Term) -> bool:
    """Whether the term stands for a matrix or vector."""
    return isinstance(term, MATRICES)


# ---- smart constructors: flatten, never simplify -------------------------------------


def num(value: int | Fraction) -> Num:
    """The exact number; refuses floats, whose value is not what was written."""
    return Num(Fraction(value))


def add(*args: Term) -> Term:
    """The sum, nested sums flattened."""
    flat: list[Term] = []
    for a in args:
        flat.extend(a.args if isinstance(a, Add) else (a,))
    return flat[0] if len(flat) == 1 else Add(tuple(flat)) if flat else ZERO


def mul(*args: Term) -> Term:
    """The product, nested products flattened."""
    flat: list[Term] = []
    for a in args:
        flat.extend(a.args if isinstance(a, Mul) else (a,))
    return flat[0] if len(flat) == 1 else Mul(tuple(flat)) if flat else ONE


def neg(a: Term) -> Term:
    """The negative."""
    return Num(-a.value) if isinstance(a, Num) else mul(MINUS_ONE, a)


def sub(a: Term, b: Term) -> Term:
    """The difference a − b."""
    return add(a, neg(b))


def div(a: Term, b: Term) -> Term:
    """The quotient a / b."""
    return mul(a, Pow(b, MINUS_ONE))


def fn(name: str, *args: Term) -> Term:
    """A well-known function applied."""
    return Fn(name, 0, args)


# ---- walking -------------------------------------------------------------------------


def parts(term: Term) -> tuple[tuple[Term, int], ...]:
    """The immediate subterms, each with the number of binders between it and the term."""
    return term.parts


def _parts(term: Term) -> Iterator[tuple[Term, int]]:
    for name in term.__match_args__:
        value = getattr(term, name)
        if isinstance(value, Term):
            yield value, term.binders.get(name, 0)
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, Term):
                    yield item, 0
                elif isinstance(item, tuple):
                    yield from ((t, 0) for t in item)


def subterms(term: Term) -> Iterator[Term]:
    """The term and everything inside it, each distinct node once, outermost first."""
    seen: set[Term] = set()
    stack = [term]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            yield node
            stack.extend(part for part, _ in node.parts)


def rebuild(term: Term, change: Callable[[Term, int], Term]) -> Term:
    """The term with each immediate subterm `t` under `k` binders replaced by `change(t, k)`."""
    new = []
    same = True
    for part, binders in term.parts:
        found = change(part, binders)
        same = same and found is part
        new.append(found)
    if same:
        return term
    left = iter(new)
    return type(term)(*(_refilled(getattr(term, n), left) for n in term.__match_args__))


def _refilled(value: Any, new: Iterator[Term]) -> Any:
    """A field's value with every term in it replaced by the next of the new ones."""
    if isinstance(value, Term):
        return next(new)
    if isinstance(value, tuple):
        return tuple(_refilled(item, new) for item in value)
    return value


def _walk(term: Term, leaf: Callable[[Term, int], Term | None]) -> Term:
    """Replaces, top down, each node for which `leaf(node, depth)` gives a term."""
    memo: dict[tuple[Term, int], Term] = {}

    def go(node: Term, depth: int) -> Term:
        key = (node, depth)
        if key not in memo:
            found = leaf(node, depth)
            memo[key] = rebuild(node, lambda t, k: go(t, depth + k)) if found is None else found
        return memo[key]

    return go(term, 0)


def shift(term: Term, by: int) -> Term:
    """The term moved under `by` more binders: its loose bound variables point further up."""
    if by == 0:
        return term
    return _walk(
        term,
        lambda t, d: (
            Bound(t.depth + by if t.depth >= d else t.depth) if isinstance(t, Bound) else None
        ),
    )


def substitute(term: Term, mapping: Mapping[Term, Term]) -> Term:
    """Replaces whole subterms, without capture, all at once."""

    touched = frozenset().union(*(t.heads for t in mapping))
    named = all(t.heads for t in mapping)

    def leaf(t: Term, depth: int) -> Term | None:
        if named and touched.isdisjoint(t.heads):
            return t
        found = mapping.get(t)
        return None if found is None else shift(found, depth)

    return _walk(term, leaf) if mapping else term


def instantiate(body: Term, *values: Term) -> Term:
    """Opens a binder's body: `Bound(0)` becomes the last value, `Bound(1)` the one before."""
    count = len(values)

    def leaf(t: Term, depth: int) -> Term | None:
        if t.loose <= depth:
            return t
        if not isinstance(t, Bound):
            return None
        if t.depth < depth + count:
            return shift(values[count - 1 - (t.depth - depth)], depth)
        return Bound(t.depth - count)

    return _walk(body, leaf)


def abstract(term: Term, *variables: Term) -> Term:
    """Closes a body over variables, the inverse of `instantiate`: the last becomes `Bound(0)`."""
    count = len(variables)
    places = {v: count - 1 - k for k, v in enumerate(variables)}
    names = frozenset().union(*(v.heads for v in variables))

    def leaf(t: Term, depth: int) -> Term | None:
        if t.loose <= depth and names.isdisjoint(t.heads):
            return t
        if isinstance(t, Bound):
            return Bound(t.depth + count) if t.depth >= depth else t
        place = places.get(t)
        return None if place is None else Bound(place + depth)

    return _walk(term, leaf)


def heads(term: Term) -> frozenset[str]:
    """The names of all symbols, families, matrices and unknown functions in the term."""
    return term.heads
