"""A program: the outputs asked for, lowered, made stable and put in order."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import sympy

from derive.codegen.blocks import Output, Split, Unblockable
from derive.codegen.lower import Array, Lowering
from derive.codegen.nodes import Axis, Cell, Expr, Grid, Pick
from derive.codegen.objective import Formula, definition, head_of
from derive.codegen.refusal import Refusal
from derive.codegen.stable import KINDS, Logistic, Stable
from derive.kernel.matrix import ShapeError, Unsupported, shape
from derive.term import ONE, At, Mat, Num, Sym, is_matrix, substitute


@dataclass
class Program:
    """Arrays to compute and outputs; `split` is None where all samples are needed at once.

    `by_rows` says that a block of samples gives that block of the outputs.
    """

    work: Lowering
    outputs: list[Output]
    groups: dict[str, Logistic] = field(default_factory=dict)
    split: Split | None = None
    by_rows: bool = False

    @property
    def inputs(self) -> list[Array]:
        """The inputs that the outputs need."""
        needed = self.needed([o.body for o in self.outputs])
        return [a for a in needed if a.body is None]

    def needed(self, bodies: Iterable[Expr], known: Iterable[str] = ()) -> list[Array]:
        """The arrays that expressions need, each after those that it needs itself."""
        found: dict[str, Array] = {}
        done = set(known)

        def visit(body: Expr) -> None:
            for node in self.work.nodes.deep(body):
                if isinstance(node, Pick) and node.key not in done:
                    done.add(node.key)
                    array = self.work.arrays[node.key]
                    if array.body is not None:
                        visit(array.body)
                    found[node.key] = array

        for body in bodies:
            visit(body)
        return list(found.values())


def guarded(make: Any, *args: Any) -> Any:
    """Run a step of lowering; what the kernel cannot shape is a refusal."""
    try:
        return make(*args)
    except ShapeError as problem:
        raise Refusal(problem.message) from None
    except (Unsupported, RecursionError) as problem:
        raise Refusal(f"no array code for {problem}") from None


def program(work: Lowering, target: str, gradient: dict[str, list[Formula]]) -> Program:
    """Lower a quantity and its gradient (by parameter); raises `Refusal`."""
    outputs = [guarded(_value, work, target)] if target else []
    for parameter, formulas in gradient.items():
        outputs.append(guarded(_gradient, work, target, parameter, formulas))
    return finished(work, outputs)


def finished(work: Lowering, outputs: list[Output]) -> Program:
    """Choose stable forms, find out sizes, and split off what is summed over samples."""
    stable = Stable.of(work)
    for array in list(work.arrays.values()):
        if array.body is not None and array.key not in _logistic(stable):
            array.body = stable.form(array.body)
    outputs = [replace(o, body=stable.form(o.body)) for o in outputs]
    made = Program(work, outputs, stable.groups)
    _settle(made)
    return made


def divided(made: Program, parameters: Iterable[str]) -> Program:
    """The program in blocks of samples, where its results are sums over samples."""
    size = samples(made, set(parameters))
    if size is None:
        return made
    saved = {k: replace(a) for k, a in made.work.arrays.items()}
    split = Split(made.work, size)
    try:
        outputs = split.outputs(made.outputs)
    except Unblockable:
        made.work.arrays = saved
        return made
    return Program(made.work, outputs, made.groups, split) if split.sums else made


def in_rows(made: Program, parameters: Iterable[str]) -> Program:
    """The program in blocks of samples, where each row of its results needs that row alone."""
    size = samples(made, set(parameters))
    if size is None:
        return made
    split = Split(made.work, size)
    try:
        split.rows(made.needed([o.body for o in made.outputs]), made.outputs)
    except Unblockable:
        return made
    return Program(made.work, made.outputs, made.groups, split, by_rows=True)


def _logistic(stable: Stable) -> set[str]:
    return {key for group in stable.groups.values() for key in group.keys.values()}


def samples(made: Program, parameters: set[str]) -> Expr | None:
    """The number of samples: the size that most data, and no parameter, have in front."""
    first: dict[bool, list[Expr]] = {True: [], False: []}
    for array in made.inputs:
        if array.dims and array.dims[0] is not None:
            first[array.key in parameters].append(array.dims[0][1])
    sizes = [s for s in first[False] if s.is_Symbol and s not in first[True]]
    return max(dict.fromkeys(sizes), key=sizes.count) if sizes else None


def _value(work: Lowering, target: str) -> Output:
    row = definition(work.context, target)
    if row is None:
        raise Refusal(f"{target} has no definition as a whole")
    name = work.names.of(target)
    if is_matrix(row.body):
        raise Refusal(f"{target} is a matrix, expected a number")
    if row.params:
        # a function of its arguments: they are the inputs
        return Output(name, work.scalar(row.body), ())
    return Output(name, work.scalar(Sym(target)), ())


def _gradient(work: Lowering, target: str, parameter: str, formulas: list[Formula]) -> Output:
    name = work.names.of(f"∂{target}/∂{parameter}", _name(work, target, parameter))
    last = formulas[-1]
    if isinstance(last.variable, Mat):
        return _matrix(work, name, last)
    if isinstance(last.variable, At) and all(isinstance(i, Num) for i in last.variable.indices):
        return _components(work, name, parameter, formulas)
    if isinstance(last.variable, At):
        return _family(work, name, last)
    return Output(name, work.scalar(last.term), ())


def _name(work: Lowering, target: str, parameter: str) -> str:
    return f"{work.names.of(target)}_{work.names.of(parameter)}"


def _matrix(work: Lowering, name: str, formula: Formula) -> Output:
    rows, cols = shape(formula.variable)
    row = ONE if rows is ONE else work.axis(ONE, rows)
    col = ONE if cols is ONE else work.axis(ONE, cols)
    term = formula.term
    body = work.matrix(term, row, col) if is_matrix(term) else work.scalar(term)
    axes = tuple(work.axes[s.name] for s in (row, col) if isinstance(s, Sym))
    return Output(name, _spread(work, body, axes), axes)


def _family(work: Lowering, name: str, formula: Formula) -> Output:
    """∂C/∂w_j for a free index j: one axis for each index."""
    variable = formula.variable
    assert isinstance(variable, At)
    ranges = work.context.ranges.get(variable.head, ())
    if len(ranges) != len(variable.indices) or any(r is None for r in ranges):
        raise Refusal(f"nothing says what the indices of {variable.head} run over")
    symbols = [work.axis(*r) for r in ranges if r is not None]
    term = substitute(formula.term, dict(zip(variable.indices, symbols, strict=True)))
    axes = tuple(work.axes[s.name] for s in symbols)
    return Output(name, _spread(work, work.scalar(term), axes), axes)


def _spread(work: Lowering, body: Expr, axes: tuple[Axis, ...]) -> Expr:
    missing = [a for a in axes if a not in work.nodes.axes(body)]
    if missing:
        raise Refusal("a gradient that is the same for every entry")
    return body


def _components(work: Lowering, name: str, parameter: str, formulas: list[Formula]) -> Output:
    """A gradient put together from its proved components."""
    found = {}
    for formula in formulas:
        variable = formula.variable
        if isinstance(variable, At):
            pick = work.nodes.node(work.scalar(variable))
            assert isinstance(pick, Pick)
            found[tuple(int(p.shift) for p in pick.places)] = formula
    array = work.arrays[parameter]
    rows, *cols = (_numbers(d, array.name) for d in array.dims)
    places = [[(i, *j) for j in product(*cols)] for i in rows]
    missing = [p for line in places for p in line if p not in found]
    if missing:
        entry = ", ".join(map(str, missing[0]))
        raise Refusal(f"no proved formula for entry ({entry}) of the gradient by {array.name}")
    one = work.axes[work.axis(ONE, ONE).name]
    cells = tuple(
        tuple(Cell(work.scalar(found[p].term), one, one) for p in line) for line in places
    )
    lengths = (len(places), len(places[0]))[: len(array.dims)]
    axes = tuple(
        Axis(f"{name}|{k}", sympy.Integer(1), sympy.Integer(n)) for k, n in enumerate(lengths)
    )
    grid = Grid(cells, axes[0], axes[1] if len(axes) == 2 else None)
    return Output(name, work.nodes.symbol(grid), axes)


def _numbers(dim: tuple[Expr, Expr] | None, name: str) -> range:
    if dim is None or not (dim[0].is_Integer and dim[1].is_Integer):
        raise Refusal(f"only some entries of the gradient by {name} are proved")
    return range(int(dim[0]), int(dim[1]) + 1)


def _settle(made: Program) -> None:
    """Give every input its dimensions, from how it is indexed."""
    bodies = [o.body for o in made.outputs]
    bodies += [a.body for a in made.work.arrays.values() if a.body is not None]
    for node in (n for b in bodies for n in made.work.nodes.deep(b)):
        if not isinstance(node, Pick):
            continue
        dims = made.work.arrays[node.key].dims
        for k, place in enumerate(node.places):
            if dims[k] is None:
                dims[k] = _dimension(made, node.key, k)
            del place


def _dimension(made: Program, key: str, k: int) -> tuple[Expr, Expr]:
    ranges = set()
    fixed = set()
    bodies = [o.body for o in made.outputs]
    bodies += [a.body for a in made.work.arrays.values() if a.body is not None]
    for node in (n for b in bodies for n in made.work.nodes.deep(b)):
        if isinstance(node, Pick) and node.key == key:
            place = node.places[k]
            if place.axis is None:
                fixed.add(place.shift)
            else:
                ranges.add((place.axis.lo + place.shift, place.axis.hi + place.shift))
    if len(ranges) == 1:
        return next(iter(ranges))
    if not ranges and all(f.is_Integer for f in fixed):
        return min(fixed), max(fixed)
    raise Refusal(f"nothing says what the indices of {made.work.arrays[key].name} run over")


__all__ = ["KINDS", "Program", "divided", "finished", "guarded", "head_of", "program", "samples"]
