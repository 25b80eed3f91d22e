"""A formula for written-out matrices, stated for matrices of any width.

A document that writes its weights out entry by entry proves its matrix formulas for those
widths. Where nothing in them depends on the widths, the same formulas are stated with sizes in
their place; they are then decided like any other relation, so nothing is taken on trust.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import sympy

from derive.codegen.families import Written, written
from derive.codegen.nodes import Expr
from derive.context import Context, Definition, Domain
from derive.term import (
    ONE,
    At,
    Block,
    Build,
    Diag,
    Each,
    Fill,
    Grad,
    Hadamard,
    Mat,
    MatAdd,
    MatMul,
    Num,
    Scale,
    Sym,
    Term,
    Transpose,
    add,
    is_matrix,
    num,
    parts,
    rebuild,
    subterms,
)

_LETTERS = "pmkqrabcdefgl"


class Fixed(Exception):
    """The widths are part of the formula."""


@dataclass
class Widened:
    """A context in which the sizes of some matrices are symbols, and the change of terms."""

    context: Context
    shapes: dict[str, tuple[Term, Term]]
    tails: dict[tuple[str, int], Mat]

    def term(self, term: Term) -> Term:
        """The term with the new sizes; raises `Fixed` where single entries stand in it."""
        tail = self._tail(term)
        if tail is not None:
            return tail
        if isinstance(term, Mat) and term.name in self.shapes:
            rows, cols = self.shapes[term.name]
            return Mat(term.name, rows, None if term.cols is None else cols)
        return rebuild(term, lambda t, _: self.term(t))

    def _tail(self, term: Term) -> Mat | None:
        found = written(term) if isinstance(term, Block) else None
        return self.tails.get((found.head, found.row)) if found is not None else None


@dataclass
class Widths:
    """Finds which sizes are free, by asking that all shapes conform."""

    context: Context
    inputs: dict[str, Written]
    tails: dict[tuple[str, int], str] = field(default_factory=dict)
    shapes: dict[str, tuple[Expr, Expr]] = field(default_factory=dict)
    known: dict[Expr, Expr] = field(default_factory=dict)
    _count: int = 0

    def unknown(self) -> Expr:
        """A size that is not known yet."""
        self._count += 1
        return sympy.Symbol(f"?{self._count}", integer=True, positive=True)

    def value(self, size: Expr) -> Expr:
        """A size as far as it is known."""
        found = sympy.expand(size.xreplace(self.known))
        return found if found == size else self.value(found)

    def unify(self, a: Expr, b: Expr) -> None:
        """Two sizes are equal; raises `Fixed` where they cannot be."""
        difference = self.value(a - b)
        free = [s for s in difference.free_symbols if s.name.startswith("?")]
        if not free:
            if difference != 0:
                raise Fixed
            return
        symbol = max(free, key=lambda s: int(s.name[1:]))
        solved = sympy.solve(difference, symbol)
        if len(solved) != 1:
            raise Fixed
        self.known[symbol] = solved[0]

    # ---- shapes ----

    def size(self, term: Term | None) -> Expr:
        """A size as written: numbers above 1 are not taken for more than an example."""
        match term:
            case None:
                return sympy.Integer(1)
            case Num(value):
                return sympy.Integer(1) if value == 1 else self.unknown()
            case Sym(name):
                return sympy.Symbol(name, integer=True, positive=True)
            case _:
                raise Fixed

    def named(self, matrix: Mat) -> tuple[Expr, Expr]:
        """The shape of a named matrix, the same wherever it stands."""
        if matrix.name not in self.shapes:
            self.shapes[matrix.name] = (self.size(matrix.rows), self.size(matrix.cols))
        return self.shapes[matrix.name]

    def shape(self, term: Term) -> tuple[Expr, Expr]:
        """The shape of a matrix, its parts made to conform."""
        match term:
            case Mat():
                return self.named(term)
            case MatMul(args):
                return self._product([self.shape(a) for a in args])
            case MatAdd(args) | Hadamard(args):
                return self._same([self.shape(a) for a in args if is_matrix(a)])
            case Scale(_, matrix) | Each(_, matrix):
                return self.shape(matrix)
            case Transpose(matrix):
                rows, cols = self.shape(matrix)
                return cols, rows
            case Diag(vector):
                rows, cols = self.shape(vector)
                length = rows if cols == 1 else cols
                return length, length
            case Build(_, rows, cols) | Fill(_, rows, cols):
                return self.size(rows), self.size(cols)
            case Block():
                return self._block(term)
            case _:
                raise Fixed

    def _product(self, shapes: list[tuple[Expr, Expr]]) -> tuple[Expr, Expr]:
        for (_, inner), (other, _) in pairwise(shapes):
            self.unify(inner, other)
        return shapes[0][0], shapes[-1][1]

    def _same(self, shapes: list[tuple[Expr, Expr]]) -> tuple[Expr, Expr]:
        for rows, cols in shapes[1:]:
            self.unify(shapes[0][0], rows)
            self.unify(shapes[0][1], cols)
        return shapes[0]

    def _block(self, term: Block) -> tuple[Expr, Expr]:
        found = written(term)
        if found is not None and found.head in {w.head for w in self.inputs.values()}:
            return self._tail(found)
        one = sympy.Integer(1)
        if len(term.grid) == 1:
            shapes = [self.shape(c) if is_matrix(c) else (None, one) for c in term.grid[0]]
            rows = [r for r, _ in shapes if r is not None] or [one]
            self._same([(r, one) for r in rows])
            return rows[0], sympy.Add(*(c for _, c in shapes))
        if all(len(row) == 1 for row in term.grid):
            shapes = [self.shape(c) if is_matrix(c) else (one, one) for (c,) in term.grid]
            return sympy.Add(*(r for r, _ in shapes)), one
        raise Fixed

    def _tail(self, found: Written) -> tuple[Expr, Expr]:
        """The lower part of a vector that is written out, `[v_1; v_2]`."""
        name, whole = next((n, w) for n, w in self.inputs.items() if w.head == found.head)
        if found.col is not None or whole.col is not None:
            raise Fixed
        skipped = found.row - whole.row
        if not isinstance(found.rows, Num) or not isinstance(whole.rows, Num):
            raise Fixed
        if skipped < 1 or found.rows.value != whole.rows.value - skipped:
            raise Fixed
        rows, _ = self.named(Mat(name, whole.rows, None))
        tail = f"{found.head}_{{>{skipped - 1}}}"
        self.tails[found.head, found.row] = tail
        length = self.shapes.setdefault(tail, (self.unknown(), sympy.Integer(1)))[0]
        self.unify(rows, length + skipped)
        return length, sympy.Integer(1)

    def visit(self, term: Term) -> None:
        """Make every matrix in a term conform."""
        if is_matrix(term):
            self.shape(term)
        for part, _ in parts(term):
            self.visit(part)


def widened(context: Context, target: str, sides: Iterable[tuple[Term, Term]]) -> Widened:
    """The context with free sizes for these relations; raises `Fixed` where there are none."""
    sides = list(sides)
    heads = _reached(context, [target, *(h for pair in sides for t in pair for h in t.heads)])
    rows = {h: context.definitions[h][-1] for h in heads if h in context.definitions}
    inputs = {h: w for h, row in rows.items() if (w := _input(context, row)) is not None}
    work = Widths(context, inputs)
    for head, row in rows.items():
        if head not in inputs:
            _visit(work, head, row)
    for left, right in sides:
        work.visit(right)
        if isinstance(left, Grad):
            work._same([work.shape(left.matrix), work.shape(right)])
    _no_entries(inputs, work, [t for pair in sides for t in pair], rows)
    return _applied(work, context, rows)


def _input(context: Context, row: Definition) -> Written | None:
    found = None if row.params else written(row.body)
    return found if found is not None and found.head not in context.definitions else None


def _reached(context: Context, start: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    stack = list(start)
    while stack:
        head = stack.pop()
        if head in found:
            continue
        found[head] = None
        rows = context.definitions.get(head, ())
        if rows and (written(rows[-1].body) is None or _input(context, rows[-1]) is None):
            stack += sorted(rows[-1].body.heads)
    return list(found)


def _visit(work: Widths, head: str, row: Definition) -> None:
    if any(isinstance(p, Num) for p in row.params):
        raise Fixed
    work.visit(row.body)
    if is_matrix(row.body) and not row.params:
        shape = work.shape(row.body)
        if head in work.shapes:
            work._same([work.shapes[head], shape])
        else:
            work.shapes[head] = shape


def _no_entries(
    inputs: Mapping[str, Written], work: Widths, terms: list[Term], rows: Mapping[str, Definition]
) -> None:
    """Refuse where an entry of a written-out matrix stands alone."""
    heads = {w.head for w in inputs.values()}
    every = [*terms, *(row.body for head, row in rows.items() if head not in inputs)]
    for term in every:
        for node in _outside_blocks(term):
            if isinstance(node, At) and node.head in heads:
                raise Fixed
    if not work.shapes:
        raise Fixed


def _outside_blocks(term: Term) -> Iterator[Term]:
    if isinstance(term, Block) and written(term) is not None:
        return
    yield term
    for part, _ in parts(term):
        yield from _outside_blocks(part)


def _applied(work: Widths, context: Context, rows: Mapping[str, Definition]) -> Widened:
    taken = {s.name for h in rows for s in subterms(rows[h].body) if isinstance(s, Sym)}
    taken |= {*rows, *context.domains}
    letters = (c for c in _LETTERS if c not in taken)
    shapes: dict[str, tuple[Term, Term]] = {}
    sizes: dict[Expr, str] = {}
    _smallest(work)
    inputs = [h for h in context.definitions if h in work.inputs and h in work.shapes]
    for name in dict.fromkeys((*inputs, *work.shapes)):
        pair = work.shapes[name]
        shapes[name] = tuple(_size(work.value(s), sizes, letters) for s in pair)  # type: ignore[assignment]
    if not sizes:
        raise Fixed
    tails = {key: Mat(name, shapes[name][0], None) for key, name in work.tails.items()}
    made = Widened(context, shapes, tails)
    made.context = _context(made, work, context, rows, sizes.values())
    return made


def _smallest(work: Widths) -> None:
    """Count from the smallest size, so that the others are sums: p and p + 1, not p − 1 and p."""
    for symbol in sorted(_free(work), key=str):
        least = min(
            work.value(s) - symbol
            for pair in work.shapes.values()
            for s in pair
            if work.value(s).free_symbols == {symbol} and (work.value(s) - symbol).is_Integer
        )
        if least < 0:
            work.known[symbol] = work.unknown() - least


def _free(work: Widths) -> set[Expr]:
    every = [work.value(s) for pair in work.shapes.values() for s in pair]
    return {f for s in every for f in s.free_symbols if f.name.startswith("?")}


def _size(size: Expr, sizes: dict[Expr, str], letters: Iterator[str]) -> Term:
    terms: list[Term] = []
    for part in sympy.Add.make_args(size):
        if part.is_Integer:
            terms.append(num(int(part)))
        elif part.is_Symbol and not part.name.startswith("?"):
            terms.append(Sym(part.name))
        elif part.is_Symbol:
            if part not in sizes:
                sizes[part] = next(letters)
            terms.insert(0, Sym(sizes[part]))
        else:
            raise Fixed
    return add(*sorted(terms, key=lambda t: isinstance(t, Num)))


def _context(
    made: Widened,
    work: Widths,
    context: Context,
    rows: Mapping[str, Definition],
    sizes: Iterable[str],
) -> Context:
    definitions = {}
    for head, row in rows.items():
        if head not in work.inputs:
            definitions[head] = (replace(row, body=made.term(row.body)),)
    domains = dict(context.domains)
    domains |= {s: Domain(ONE, None, False, True, integer=True) for s in sizes}
    for (head, start), tail in made.tails.items():
        name, whole = next((n, w) for n, w in work.inputs.items() if w.head == head)
        first = [f"{head}_{k + 1}" for k in range(whole.row, start)]
        cells = tuple((Sym(f),) for f in first)
        definitions[name] = (Definition(name, (), Block((*cells, (tail,))), rows[name].relation),)
        domains |= {f: Domain() for f in first}
    kept = {h: r for h, r in context.ranges.items() if h in rows or h not in context.definitions}
    return replace(context, definitions=definitions, domains=domains, ranges=kept)
