"""Values of terms by high-precision floating point: an opinion independent of the kernel.

It shares the terms and the document's definitions with the program and nothing else:
derivatives are central differences, matrices are lists of rows, definitions are looked up
here. A difference that it sees is real; agreement at a few points is only a strong hint.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import mpmath

from derive.context import Context, Definition, Domain
from derive.derivation import Relation
from derive.term import (
    Add,
    App,
    At,
    Block,
    Bound,
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
    Inverse,
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
    heads,
    subterms,
)  # fmt: skip

Key = tuple[str, tuple[int, ...]]
STEP = mpmath.mpf(10) ** -12
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": mpmath.exp, "log": mpmath.log, "sin": mpmath.sin, "cos": mpmath.cos,
    "tan": mpmath.tan, "cot": mpmath.cot, "sec": mpmath.sec, "csc": mpmath.csc,
    "asin": mpmath.asin, "acos": mpmath.acos, "atan": mpmath.atan, "sinh": mpmath.sinh,
    "cosh": mpmath.cosh, "tanh": mpmath.tanh, "sigma": lambda x: 1 / (1 + mpmath.exp(-x)),
    "abs": abs, "sign": mpmath.sign, "max": max, "min": min, "floor": mpmath.floor,
    "ceil": mpmath.ceil, "factorial": mpmath.factorial, "binomial": mpmath.binomial,
    "gamma": mpmath.gamma, "erf": mpmath.erf,
}  # fmt: skip


class Valueless(Exception):
    """The term has no value here, or none that this module can compute."""


class Misshapen(Exception):
    """Shapes that do not conform."""


@dataclass
class Reckoning:
    """One random point, and the values of terms there; `moved` overrides leaves."""

    context: Context
    seed: int
    moved: dict[Key, Any] = field(default_factory=dict)
    indices: frozenset[str] = frozenset()
    memo: dict[Term, Any] = field(default_factory=dict)

    def at(self, moved: dict[Key, Any]) -> "Reckoning":
        return Reckoning(self.context, self.seed, moved, self.indices)

    def random(self, *key: object) -> random.Random:
        return random.Random(repr((self.seed, key)))

    # ---- leaves --------------------------------------------------------------------------

    def leaf(self, head: str, indices: tuple[int, ...]) -> Any:
        key = (head, indices)
        if key in self.moved:
            return self.moved[key]
        found = definition(self.context, head, indices)
        if found is not None and not self.variable(head):
            value = self.unfolded(found, indices)
        else:
            value = self.chosen(key)
        for other, moved in self.moved.items():
            if (head, other[0]) in self.context.depends and not self.shown(head, other[0]):
                step = moved - self.still(other)
                slope, bend = (self.random(key, other, k).uniform(-2, 2) for k in (1, 2))
                value += slope * step + bend * step**2
        return value

    def still(self, key: Key) -> Any:
        return self.at({}).leaf(*key)

    def variable(self, head: str) -> bool:
        return any(key[0] == head for key in self.moved)

    def shown(self, head: str, variable: str) -> bool:
        """Whether the definitions say how the head depends on the variable."""
        reach = reachable(head, self.context)
        dependent = {h for h, v in self.context.depends if v == variable}
        return variable in reach or bool((reach - {head}) & dependent)

    def unfolded(self, found: Definition, indices: tuple[int, ...]) -> Any:
        inner = self.at(dict(self.moved))
        for parameter, value in zip(found.params, indices, strict=False):
            if isinstance(parameter, Sym):
                inner.moved[parameter.name, ()] = mpmath.mpf(value)
        value = inner.value(found.body, ())
        if isinstance(value, list) and indices:
            row, col = (*indices, 1)[:2]
            return entry(value, row, col)
        return value

    def chosen(self, key: Key) -> Any:
        domain = self.context.domains.get(key[0], Domain())
        pick = self.random(key)
        lo = None if domain.lo is None else self.value(domain.lo, ())
        hi = None if domain.hi is None else self.value(domain.hi, ())
        if domain.values is not None:
            return self.value(pick.choice(domain.values), ())
        if domain.integer:
            start = int(mpmath.ceil(lo)) if lo is not None else -2
            if hi is not None:
                return mpmath.mpf(pick.randint(start, int(hi)))
            # an index that nothing bounds is small, so that it is in every family's range
            index = key[0] in self.indices
            return mpmath.mpf(start + (pick.randint(0, 1) if index else pick.randint(1, 3)))
        if lo is not None and hi is not None:
            return lo + (hi - lo) * mpmath.mpf(pick.uniform(0.05, 0.95))
        size = mpmath.mpf(pick.uniform(0.2, 2.5))
        if lo is not None:
            return lo + size
        return hi - size if hi is not None else size * pick.choice((1, -1))

    # ---- scalars --------------------------------------------------------------------------

    def value(self, term: Term, bound: tuple[int, ...]) -> Any:
        if bound:
            return self.compute(term, bound)
        if term not in self.memo:
            self.memo[term] = self.compute(term, ())
        return self.memo[term]

    def whole(self, term: Term, bound: tuple[int, ...]) -> int:
        value = self.value(term, bound)
        if value != int(value):
            raise Valueless("an index that is no integer")
        return int(value)

    def compute(self, term: Term, bound: tuple[int, ...]) -> Any:
        match term:
            case Num(value):
                return mpmath.mpf(value.numerator) / value.denominator
            case Const("pi"):
                return mpmath.pi()
            case Sym(name):
                return self.leaf(name, ())
            case At(head, indices):
                return self.leaf(head, tuple(self.whole(i, bound) for i in indices))
            case Bound(depth):
                return mpmath.mpf(bound[-1 - depth])
            case Add(args):
                return mpmath.fsum(self.value(a, bound) for a in args)
            case Mul(args):
                return mpmath.fprod(self.value(a, bound) for a in args)
            case Pow(base, exponent):
                return power(self.value(base, bound), self.value(exponent, bound))
            case Fn(name, order, args):
                return self.function(name, order, [self.value(a, bound) for a in args])
            case Sum(body, lo, hi) | Prod(body, lo, hi):
                join = mpmath.fsum if isinstance(term, Sum) else mpmath.fprod
                span = range(self.whole(lo, bound), self.whole(hi, bound) + 1)
                return join(self.value(body, (*bound, k)) for k in span)
            case Delta(left, right):
                return mpmath.mpf(self.whole(left, bound) == self.whole(right, bound))
            case Diff(body, variable):
                return self.slope(body, self.key(variable, bound), bound)
            case Entry(matrix, row, col):
                rows = self.value(matrix, bound)
                return entry(rows, self.whole(row, bound), self.whole(col, bound))
            case Trace(matrix):
                return mpmath.fsum(r[k] for k, r in enumerate(self.value(matrix, bound)))
            case Det(matrix):
                return mpmath.det(mpmath.matrix(self.value(matrix, bound)))
            case App(head, orders, args):
                return self.applied(head, orders, [self.value(a, bound) for a in args])
        return self.matrix(term, bound)

    def applied(self, head: str, orders: tuple[int, ...], args: list[Any]) -> Any:
        for place, order in enumerate(orders):
            if order:
                less = (*orders[:place], order - 1, *orders[place + 1 :])
                ends = [
                    self.applied(head, less, [*args[:place], args[place] + h, *args[place + 1 :]])
                    for h in (STEP, -STEP)
                ]
                return (ends[0] - ends[1]) / (2 * STEP)
        found = definition(self.context, head, ())
        if found is None or len(found.params) != len(args):
            return self.unknown(head, args)
        inner = self.at(dict(self.moved))
        for parameter, value in zip(found.params, args, strict=True):
            if isinstance(parameter, Sym):
                inner.moved[parameter.name, ()] = value
        return inner.value(found.body, ())

    def unknown(self, head: str, args: list[Any]) -> Any:
        """A smooth function that is as good as any other."""
        pick = self.random(head)
        waves = [
            pick.uniform(-2, 2)
            * mpmath.sin(pick.uniform(0, 3) + mpmath.fsum(pick.uniform(0.5, 2) * a for a in args))
            for _ in range(4)
        ]
        return mpmath.fsum(waves)

    def function(self, name: str, order: int, args: list[Any]) -> Any:
        known = FUNCTIONS.get(name)
        if known is None:
            raise Valueless(name)
        value = mpmath.diff(known, args[0], order) if order else known(*args)
        if not mpmath.isfinite(value) or isinstance(value, mpmath.mpc):
            raise Valueless(name)
        return value

    def key(self, variable: Term, bound: tuple[int, ...]) -> Key:
        match variable:
            case Sym(name):
                return (name, ())
            case At(head, indices):
                return (head, tuple(self.whole(i, bound) for i in indices))
        raise Valueless("a derivative by something that is no variable")

    def slope(self, body: Term, key: Key, bound: tuple[int, ...]) -> Any:
        start = self.leaf(*key)
        ends = []
        for step in (STEP, -STEP):
            inner = self.at({**self.moved, key: start + step})
            ends.append(inner.value(body, bound))
        if isinstance(ends[0], list):
            minus = each(ends[1], lambda x: -x)
            return each(joined(ends[0], minus), lambda x: x / (2 * STEP))
        return (ends[0] - ends[1]) / (2 * STEP)

    # ---- matrices: lists of rows --------------------------------------------------------------

    def matrix(self, term: Term, bound: tuple[int, ...]) -> Any:
        match term:
            case Mat(name, rows, cols):
                found = definition(self.context, name, ())
                if found is not None and not self.variable(name):
                    return self.unfolded(found, ())
                count, width = (
                    self.whole(rows, bound),
                    1 if cols is None else self.whole(cols, bound),
                )
                return grid(
                    count, width, lambda i, j: self.leaf(name, (i,) if cols is None else (i, j))
                )
            case Build(body, rows, cols):
                sizes = self.whole(rows, bound), self.whole(cols, bound)
                return grid(*sizes, lambda i, j: self.value(body, (*bound, i, j)))
            case Block(blocks):
                return blocked([[self.value(b, bound) for b in row] for row in blocks])
            case MatAdd(args):
                return added([self.value(a, bound) for a in args])
            case Scale(scalar, inner):
                factor = self.value(scalar, bound)
                return each(self.value(inner, bound), lambda x: factor * x)
            case MatMul(args):
                total = self.value(args[0], bound)
                for arg in args[1:]:
                    total = product(total, self.value(arg, bound))
                return total
            case Hadamard(args):
                total = self.value(args[0], bound)
                for arg in args[1:]:
                    total = entrywise(total, self.value(arg, bound))
                return total
            case Transpose(inner):
                return [list(col) for col in zip(*self.value(inner, bound), strict=True)]
            case Inverse(inner):
                return (mpmath.matrix(square(self.value(inner, bound))) ** -1).tolist()
            case Diag(vector):
                flat = [x for row in self.value(vector, bound) for x in row]
                return grid(
                    len(flat), len(flat), lambda i, j: flat[i - 1] if i == j else mpmath.mpf(0)
                )
            case Each(body, inner):
                return each(self.value(inner, bound), lambda x: self.of_entry(body, x, bound))
            case Eye(size) if size is not None:
                count = self.whole(size, bound)
                return grid(count, count, lambda i, j: mpmath.mpf(i == j))
            case Fill(scalar, rows, cols):
                number = self.value(scalar, bound)
                return grid(self.whole(rows, bound), self.whole(cols, bound), lambda i, j: number)
            case Grad(body, by):
                return [[self.slope(body, k, bound) for k in row] for row in self.cells(by, bound)]
        raise Valueless(type(term).__name__)

    def of_entry(self, body: Term, x: Any, bound: tuple[int, ...]) -> Any:
        return self.at(self.moved).compute(body, (*bound, x))

    def cells(self, by: Term, bound: tuple[int, ...]) -> list[list[Key]]:
        match by:
            case Mat(name, rows, cols):
                found = self.context.definitions.get(name, ())
                if found:
                    return self.cells(found[-1].body, bound)
                width = 1 if cols is None else self.whole(cols, bound)
                return grid(
                    self.whole(rows, bound),
                    width,
                    lambda i, j: (name, (i,) if cols is None else (i, j)),
                )
            case Block(blocks):
                return blocked([[self.cells(c, bound) for c in row] for row in blocks])
            case Sym() | At():
                return [[self.key(by, bound)]]
            case Build(body, rows, cols):
                sizes = self.whole(rows, bound), self.whole(cols, bound)
                return grid(*sizes, lambda i, j: self.key(body, (*bound, i, j)))
        raise Valueless("a gradient by something that is no matrix of variables")


def definition(context: Context, head: str, at: tuple[int, ...]) -> Definition | None:
    """The last definition that fits; one for a numbered member goes before the general one."""
    fits = []
    for row in context.definitions.get(head, ()):
        pairs = list(zip(row.params, at, strict=False))
        if all(not isinstance(p, Num) or p.value == a for p, a in pairs):
            fits.append((any(isinstance(p, Num) for p in row.params), row))
    numbered = [row for special, row in fits if special]
    return (numbered or [row for _, row in fits] or [None])[-1]


def reachable(head: str, context: Context) -> set[str]:
    found, stack = {head}, [head]
    while stack:
        for row in context.definitions.get(stack.pop(), ()):
            fresh = heads(row.body) - found
            found |= fresh
            stack.extend(fresh)
    return found


def power(base: Any, exponent: Any) -> Any:
    if base == 0 and exponent < 0:
        raise Valueless("division by zero")
    if base < 0 and exponent != int(exponent):
        raise Valueless("a root of a negative number")
    return base ** int(exponent) if exponent == int(exponent) else mpmath.power(base, exponent)


def entry(rows: Any, row: int, col: int) -> Any:
    if not (1 <= row <= len(rows) and 1 <= col <= len(rows[0])):
        raise Valueless("an entry outside the matrix")
    return rows[row - 1][col - 1]


def grid(rows: int, cols: int, cell: Callable[[int, int], Any]) -> list[list[Any]]:
    return [[cell(i, j) for j in range(1, cols + 1)] for i in range(1, rows + 1)]


def each(rows: list[list[Any]], change: Callable[[Any], Any]) -> list[list[Any]]:
    return [[change(x) for x in row] for row in rows]


def size(rows: list[list[Any]]) -> tuple[int, int]:
    return len(rows), len(rows[0])


def square(rows: list[list[Any]]) -> list[list[Any]]:
    if size(rows)[0] != size(rows)[1]:
        raise Misshapen(f"{size(rows)} is not square")
    return rows


def zipped(a: Any, b: Any, join: Callable[[Any, Any], Any]) -> Any:
    if size(a) != size(b):
        raise Misshapen(f"{size(a)} and {size(b)}")
    return [[join(x, y) for x, y in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]


def joined(a: Any, b: Any) -> Any:
    return zipped(a, b, lambda x, y: x + y)


def entrywise(a: Any, b: Any) -> Any:
    return zipped(a, b, lambda x, y: x * y)


def added(members: list[Any]) -> Any:
    shape = next(size(m) for m in members if isinstance(m, list))
    total = grid(*shape, lambda i, j: mpmath.mpf(0))
    for member in members:
        full = member if isinstance(member, list) else grid(*shape, lambda i, j, m=member: m)
        total = joined(total, full)
    return total


def product(a: Any, b: Any) -> Any:
    if size(a)[1] != size(b)[0]:
        raise Misshapen(f"{size(a)} times {size(b)}")
    columns = list(zip(*b, strict=True))
    return [[mpmath.fdot(row, col) for col in columns] for row in a]


def blocked(blocks: list[list[Any]]) -> Any:
    heights = [max((len(b) for b in row if isinstance(b, list)), default=1) for row in blocks]
    widths = [
        max((len(b[0]) for b in col if isinstance(b, list)), default=1)
        for col in zip(*blocks, strict=True)
    ]
    rows: list[list[Any]] = []
    for height, row in zip(heights, blocks, strict=True):
        full = [
            b if isinstance(b, list) else grid(height, width, lambda i, j, b=b: b)
            for width, b in zip(widths, row, strict=True)
        ]
        if any(size(b) != (height, width) for width, b in zip(widths, full, strict=True)):
            raise Misshapen("blocks that do not meet")
        rows += [[x for b in full for x in b[k]] for k in range(height)]
    return rows


# ---- relations ---------------------------------------------------------------------------------

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: False, "≠": lambda a, b: abs(a - b) < 1e-9, "<": lambda a, b: a >= b,
    "≤": lambda a, b: a > b + 1e-9, ">": lambda a, b: a <= b, "≥": lambda a, b: a < b - 1e-9,
}  # fmt: skip


def differs(relation: Relation, points: int = 3, seed: int = 0) -> bool | None:
    """Whether a relation is false at one of some random points; None where no point has a value."""
    if (
        relation.left is None
        or relation.right is None
        or relation.given
        or relation.context.hypotheses
    ):
        return None
    tried, indices = 0, indices_of(relation)
    for attempt in range(3 * points):
        try:
            with mpmath.workdps(50):
                if apart(relation, Reckoning(relation.context, seed + attempt, {}, indices)):
                    return True
        except Misshapen:
            return True
        except (Valueless, ZeroDivisionError, ValueError, OverflowError, RecursionError):
            continue
        tried += 1
        if tried == points:
            break
    return False if tried else None


def indices_of(relation: Relation) -> frozenset[str]:
    nodes = {t for side in (relation.left, relation.right) if side for t in subterms(side)}
    found = [i for t in nodes if isinstance(t, At) for i in t.indices]
    bounds = {t.hi for t in nodes if isinstance(t, (Sum, Prod))}
    return frozenset(i.name for i in found if isinstance(i, Sym) and i not in bounds)


def apart(relation: Relation, point: Reckoning) -> bool:
    assert relation.left is not None
    assert relation.right is not None
    left, right = point.value(relation.left, ()), point.value(relation.right, ())
    if isinstance(left, list) != isinstance(right, list):
        left, right = against(left, right)
    pairs = zip(flat(left, right), flat(right, left), strict=True)
    if relation.op != "=":
        return any(ORDERS[relation.op](a, b) for a, b in pairs)
    return any(abs(a - b) > 1e-9 * (1 + abs(a) + abs(b)) for a, b in pairs)


def against(left: Any, right: Any) -> tuple[Any, Any]:
    matrix, number = (left, right) if isinstance(left, list) else (right, left)
    if size(matrix) != (1, 1) and number != 0:
        raise Misshapen("a matrix against a number")
    return matrix, each(matrix, lambda x: number)


def flat(a: Any, b: Any) -> list[Any]:
    if isinstance(a, list):
        if size(a) != size(b):
            raise Misshapen(f"{size(a)} against {size(b)}")
        return [x for row in a for x in row]
    return [a]


def same_meaning(a: Relation, b: Relation) -> bool:
    """Whether two relations were read as the same: an edit between them was not seen."""
    return a.left is b.left and a.right is b.right and a.op == b.op
