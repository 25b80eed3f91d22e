"""The whole emitted file: what is proved, the public functions, the checks of arguments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import sympy

from derive.checked import Checked
from derive.codegen import emit, standard
from derive.codegen.blocks import Output
from derive.codegen.complements import complements
from derive.codegen.emit import STANDARD, Function, define, wrapped
from derive.codegen.families import written
from derive.codegen.lower import Array, Lowering
from derive.codegen.names import Names, identifier
from derive.codegen.nodes import Dot, Expr, Pick, Place, Total
from derive.codegen.objective import (
    Formula,
    agree,
    chosen,
    definition,
    formulas,
    head_of,
    listed,
    why_nothing,
)
from derive.codegen.printer import Printer
from derive.codegen.program import Program, divided, finished, in_rows, program
from derive.codegen.refusal import Refusal
from derive.codegen.widths import Fixed, widened
from derive.context import Context, Domain
from derive.kernel.matrix import shape
from derive.show import text
from derive.term import ONE, ZERO, At, Block, Grad, Mat, Num, Sym, Term, is_matrix, num, subterms
from derive.values import dataclass
from derive.version import __version__

_IMPORTS = "from math import isfinite\n\nimport numpy as np"
MINIMISE, MAXIMISE = "minimise", "maximise"

# decides whether `left op right` holds for all values in the context
Decide = Callable[[Term, str, Term, Context], bool]


@dataclass(frozen=True)
class Emitted:
    """An emitted file and what it holds."""

    text: str
    target: str
    parameters: tuple[str, ...]
    data: tuple[str, ...]
    sense: str | None
    formulas: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Plan:
    """What is to be emitted: a quantity and, by parameter, the formulas of its gradient.

    `narrow` holds the formulas of the document where they were proved anew for any width.
    """

    target: str
    gradient: dict[str, list[Formula]]
    context: Context
    given: frozenset[str]
    narrow: Mapping[str, list[Formula]] | None = None

    @property
    def stated(self) -> Mapping[str, list[Formula]]:
        """The formulas as the document has them."""
        return self.gradient if self.narrow is None else self.narrow

    def lowering(self, names: Names | None = None) -> Lowering:
        """A fresh lowering, in which parameters stay what they are."""
        return Lowering(self.context, self.given, names=names or Names())


def plan(checked: Checked, target: str | None, wrt: Sequence[str] | None) -> Plan:
    """Choose the formulas; raises `Refusal` where one that is asked for is not proved."""
    head = chosen(checked, target)
    found: dict[str, list[Formula]] = {}
    for formula in formulas(checked):
        if formula.target == head:
            found.setdefault(_parameter(formula), []).append(formula)
    wanted = list(_free(found)) if wrt is None else [_asked(checked, head, w, found) for w in wrt]
    if not wanted:
        raise Refusal(why_nothing(checked, head))
    chosen_formulas = {p: found[p] for p in wanted}
    context = max((fs[-1].context for fs in chosen_formulas.values()), key=_extent)
    for fs in chosen_formulas.values():
        agree(fs[-1], context)
    given = frozenset(p for p in wanted if p in context.definitions)
    return Plan(head, chosen_formulas, context, given)


def any_widths(made: Plan, decide: Decide) -> Plan:
    """The plan for matrices of any width, where its formulas are proved for them as well."""
    last = [fs[-1] for fs in made.gradient.values()]
    sides = [(Grad(Sym(made.target), f.variable), f.term) for f in last]
    if not all(isinstance(f.variable, Mat) for f in last):
        return made
    try:
        wide = widened(made.context, made.target, sides)
        asked = [(wide.term(left), wide.term(right)) for left, right in sides]
    except Fixed:
        return made
    if not all(decide(left, "=", right, wide.context) for left, right in asked):
        return made
    pairs = zip(made.gradient, last, asked, strict=True)
    gradient = {
        p: [replace(f, variable=left.matrix, term=right, context=wide.context)]
        for p, f, (left, right) in pairs
        if isinstance(left, Grad)
    }
    given = frozenset(p for p in gradient if p in wide.context.definitions)
    return Plan(made.target, gradient, wide.context, given, made.gradient)


def _extent(context: Context) -> int:
    return sum(len(rows) for rows in context.definitions.values())


def _parameter(formula: Formula) -> str:
    """The array that the variable of a derivative is kept in."""
    head = head_of(formula.variable)
    if isinstance(formula.variable, At):
        for name, rows in formula.context.definitions.items():
            found = None if rows[-1].params else written(rows[-1].body)
            if found is not None and found.head == head:
                return name
    return head


def _free(found: dict[str, list[Formula]]) -> list[str]:
    """The parameters that nothing else defines; without any, the first one."""
    leaves = [p for p, fs in found.items() if _is_leaf(p, fs[-1].context)]
    return leaves or list(found)[:1]


def _is_leaf(parameter: str, context: Context) -> bool:
    rows = context.definitions.get(parameter, ())
    if not rows:
        return True
    plain = (Sym, At, Mat, Block, Num)
    kept = all(isinstance(t, plain) for t in subterms(rows[-1].body) if not _is_size(t))
    return not rows[-1].params and (kept or written(rows[-1].body) is not None)


def _is_size(term: Term) -> bool:
    return not isinstance(term, Sym | At | Mat | Block) and not term.holds_matrix


def _asked(checked: Checked, target: str, wish: str, found: dict[str, list[Formula]]) -> str:
    for parameter in found:
        if wish in (parameter, identifier(parameter)):
            return parameter
    known = {h for r in checked.derivation.relations for h in _heads(r.left) | _heads(r.right)}
    if wish not in known and wish not in map(identifier, known):
        raise Refusal(
            f"{wish} is no parameter of this document; {identifier(target)} has a proved "
            f"gradient with respect to {listed(list(found))}"
        )
    raise Refusal(f"no gradient by {wish}: {why_nothing(checked, target, wish)}")


def _heads(term: Term | None) -> frozenset[str]:
    return frozenset() if term is None else term.heads


# ---- the file ------------------------------------------------------------------------------


def emitted(
    checked: Checked,
    target: str | None = None,
    wrt: Sequence[str] | None = None,
    api: str = emit.NUMPY,
    decide: Decide | None = None,
) -> Emitted:
    """Emit a quantity and its gradient; raises `Refusal` with the reason where it cannot be.

    `wrt` names parameters, all with a proved gradient where None; `decide` is asked for the
    sign of the quantity, which says whether it is to be minimised or maximised.
    """
    made = plan(checked, target, wrt)
    if decide is not None:
        made = any_widths(made, decide)
    return File(checked, made, api, decide).emitted()


class File:
    """Puts one file together."""

    def __init__(self, checked: Checked, made: Plan, api: str, decide: Decide | None) -> None:
        self.checked, self.plan, self.api, self.decide = checked, made, api, decide
        self.np = "xp" if api == STANDARD else "np"
        self.names, self.taken, self.cost = Names(), "", ""
        work = made.lowering(self.names)
        self.main = program(work, made.target, made.gradient)
        self.intervals = _intervals(self.main, made.context)
        self.keys = [a.key for a in self.main.inputs]
        self.parameters = [work.arrays[p].name for p in self._parameter_keys()]
        order = [*self._parameter_keys(), *(k for k in self.keys if k not in made.gradient)]
        self.inputs = [work.arrays[k] for k in order if k in work.arrays]
        self.elementwise = not any(a.dims for a in self.inputs)

    def _parameter_keys(self) -> list[str]:
        return [p for p in self.plan.gradient if p in self.main.work.arrays]

    def emitted(self) -> Emitted:
        """The file and what it holds."""
        main = self._function("_value_and_gradient", self.main)
        cost = self._function("_value", self._program(lambda w: program(w, self.plan.target, {})))
        self.taken, self.cost = _names(main), _names(cost)
        predicted = self._predicted()
        sense = self.sense()
        public = self._public(predicted)
        body = "".join(f.text for f in (main, cost, *([predicted[1]] if predicted else [])))
        checks = self._checks(predicted)
        head = self._head(sense, predicted)
        text = head + public + body + checks
        text += standard.used(text) if self.api == STANDARD else emit.used_helpers(text)
        data = tuple(a.name for a in self.inputs if a.name not in self.parameters)
        said = tuple((identifier(p), fs[-1].said) for p, fs in self.plan.gradient.items())
        name = identifier(self.plan.target)
        return Emitted(text, name, tuple(self.parameters), data, sense, said)

    def _program(self, make: Callable[[Lowering], Program]) -> Program:
        kept = {k: v for k, v in self.names.given.items() if "|" not in k and "∂" not in k}
        return make(self.plan.lowering(Names(dict(kept))))

    def _function(self, name: str, made: Program) -> Function:
        inputs = list(made.inputs)
        blocked = divided(made, self.plan.gradient) if self.api != STANDARD else made
        complements(blocked, inputs)
        return emit.function(name, blocked, Printer(made.work, self.np))

    # ---- predictions ----

    def _predicted(self) -> tuple[str, Function] | None:
        """The one quantity that the target is made of and that needs fewer data."""
        found = []
        for head in self._direct():
            made = self._program(partial(_alone, head))
            names = {a.name for a in made.inputs}
            fewer = names < {a.name for a in self.inputs}
            if fewer and names & set(self.parameters) and made.outputs[0].axes:
                blocked = in_rows(made, self.plan.gradient) if self.api != STANDARD else made
                function = emit.function("_predict", blocked, Printer(made.work, self.np))
                found.append((head, function))
        return found[0] if len(found) == 1 else None

    def _direct(self) -> list[str]:
        """The defined quantities that stand in the target's own definition."""
        row = definition(self.plan.context, self.plan.target)
        assert row is not None
        known = self.main.work.arrays
        heads = sorted(h for h in row.body.heads if h in known and known[h].body is not None)
        return [h for h in heads if known[h].dims and h != self.plan.target]

    def ordered(self, function: Function) -> list[str]:
        """The inputs of a function in the order of the file."""
        names = {a.name for a in function.inputs}
        return [a.name for a in self.inputs if a.name in names]

    # ---- the sense ----

    def sense(self) -> str | None:
        """Whether the target is a cost or a gain: never negative, or never positive."""
        if self.decide is None or self.elementwise:
            return None
        row = definition(self.plan.context, self.plan.target)
        if row is None or row.params:
            return None
        context = _within(self.plan.context, self.intervals)
        if self.decide(Sym(self.plan.target), "≥", ZERO, context):
            return MINIMISE
        return MAXIMISE if self.decide(Sym(self.plan.target), "≤", ZERO, context) else None

    # ---- texts ----

    def _head(self, sense: str | None, predicted: tuple[str, Function] | None) -> str:
        what = identifier(self.plan.target)
        by = ", ".join(self.parameters)
        lines = [
            f'"""{what} and its gradient with respect to {by}, from formulas that were proved.'
        ]
        lines += ["", self._origin(), "", *self._formulas(), "", *self._arguments_said()]
        lines += ["", self._sense_said(sense), '"""', ""]
        lines += [standard.IMPORT if self.api == STANDARD else _IMPORTS, ""]
        lines += [f"sense = {sense!r}", f"PARAMETERS = {tuple(self.parameters)!r}"]
        data = tuple(a.name for a in self.inputs if a.name not in self.parameters)
        lines += [f"DATA = {data!r}", self._shapes()]
        return "\n".join(lines).replace("'", '"') + "\n"

    def _origin(self) -> str:
        path = self.checked.derivation.source.path.rsplit("/", 1)[-1]
        return wrapped(
            f"Emitted by derive {__version__} from {path}; made anew, not edited.", "", ""
        )

    def _formulas(self) -> list[str]:
        row = definition(self.plan.context, self.plan.target)
        assert row is not None
        place = emit.place_of(row.relation)
        found = [f"    {self.plan.target}, defined in {_equation(place)}:"]
        found.append(wrapped(f"{self.plan.target} = {text(row.body)}", "        ", "            "))
        for fs in self.plan.stated.values():
            for formula in fs if _is_entry(fs[-1]) else fs[-1:]:
                by = text(formula.variable)
                said = f"    ∂{self.plan.target}/∂{by}, {formula.said}: {formula.verdict.status}"
                found += ["", f"{said}{_under(formula)}"]
                right = f"∂{self.plan.target}/∂{by} = {text(formula.term)}"
                found.append(wrapped(right, "        ", "            "))
        if self.plan.narrow is not None:
            found += ["", "    These were proved anew, in the same way, for matrices of any width."]
        return found

    def _arguments_said(self) -> list[str]:
        found = ["Arguments, and the gradient by each parameter, have these shapes:", ""]
        for array in self.inputs:
            kind = "parameter" if array.name in self.parameters else "data"
            shape = _shape(self.main, array) if not self.elementwise else "any, the same for all"
            words = self.intervals.get(array.key)
            inside = f", in {words[2]}" if words else ""
            found.append(f"    {array.name}: {shape}, {kind}{inside}")
        return found

    def _sense_said(self, sense: str | None) -> str:
        name = identifier(self.plan.target)
        match sense:
            case "minimise":
                return f"{name} ≥ 0 was proved: a cost, to be minimised."
            case "maximise":
                return f"{name} ≤ 0 was proved: a gain, to be maximised."
            case _:
                return f"Nothing was proved of the sign of {name}."

    def _shapes(self) -> str:
        rows = [f'    "{a.name}": {_lengths(self.main, a)!r},' for a in self.inputs]
        return "\n".join(["SHAPES = {", *rows, "}"])

    def _public(self, predicted: tuple[str, Function] | None) -> str:
        write = standard.public if self.api == STANDARD else _public
        return write(self, predicted)

    def _checks(self, predicted: tuple[str, Function] | None) -> str:
        found = _arguments("_arguments", self.main, self.inputs, self)
        if predicted is not None:
            names = {a.name for a in predicted[1].inputs}
            inputs = [a for a in self.inputs if a.name in names]
            found += _arguments("_predict_arguments", self.main, inputs, self)
        return found


def _names(function: Function) -> str:
    return ", ".join(a.name for a in function.inputs)


def _equation(place: str) -> str:
    return f"equation {place}" if place.startswith("(") else f"the equation on {place}"


def _is_entry(formula: Formula) -> bool:
    variable = formula.variable
    return isinstance(variable, At) and all(isinstance(i, Num) for i in variable.indices)


def _under(formula: Formula) -> str:
    conditions = f", if {' and '.join(formula.conditions)}" if formula.conditions else ""
    assumed = formula.verdict.assumed
    return conditions + (f", assuming {' and '.join(assumed)}" if assumed else "")


def _alone(head: str, work: Lowering) -> Program:
    return finished(work, [_whole(work, head)])


def _whole(work: Lowering, head: str) -> Output:
    """All of a named array as an output."""
    row = definition(work.context, head)
    if row is not None and row.params:
        ranges = [work.context.ranges.get(head, ())[k] for k in range(len(row.params))]
        symbols = [work.axis(*r) for r in ranges if r is not None]
        body = work.scalar(At(head, tuple(symbols)))
    else:
        made = work.context.definitions[head][-1]
        if not is_matrix(made.body):
            return Output(work.names.of(head), work.scalar(Sym(head)), ())
        rows, cols = shape(made.body)
        symbols = [work.axis(ONE, s) for s in (rows, cols) if s is not ONE]
        at = [next(iter(symbols)) if rows is not ONE else ONE]
        at.append(symbols[-1] if cols is not ONE else ONE)
        body = work.matrix(Mat(head, rows, cols), *at)
    axes = tuple(work.axes[s.name] for s in symbols)
    return Output(work.names.of(head), body, axes)


# ---- domains -------------------------------------------------------------------------------

UNIT = (0.0, 1.0, "[0, 1]")


def _intervals(made: Program, context: Context) -> dict[str, tuple[float, float, str]]:
    """The closed intervals that inputs must lie in: declared, or the weights of a likelihood."""
    found = {}
    for array in made.inputs:
        domain = context.domains.get(array.key)
        if domain is not None and isinstance(domain.lo, Num) and isinstance(domain.hi, Num):
            lo, hi = float(domain.lo.value), float(domain.hi.value)
            found[array.key] = (lo, hi, f"[{lo:g}, {hi:g}]")
    for key in _labels(made):
        found.setdefault(key, UNIT)
    return found


def _labels(made: Program) -> set[str]:
    """The inputs y of y log p + (1 - y) log(1 - p): shares, which lie between 0 and 1."""
    found = set()
    bodies = [o.body for o in made.outputs]
    bodies += [a.body for a in made.work.arrays.values() if a.body is not None]
    every = [n for b in bodies for n in made.work.nodes.deep(b)]
    sums = [p for n in every if isinstance(n, Total | Dot) for p in made.work.nodes.parts(n)]
    for body in sums:
        for term in sympy.Add.make_args(body):
            for factor in sympy.Mul.make_args(term):
                rest = 1 - factor
                node = made.work.nodes.node(rest) if rest.is_Symbol else None
                if isinstance(node, Pick) and _logs_around(made, body, rest):
                    found.add(node.key)
    return {key for key in found if made.work.arrays[key].body is None}


def _logs_around(made: Program, body: Expr, label: Expr) -> bool:
    terms = sympy.Add.make_args(body)
    one = [t for t in terms if label in sympy.Mul.make_args(t)]
    other = [t for t in terms if 1 - label in sympy.Mul.make_args(t)]
    return len(one) == len(other) == 1 and all(_has_log(made, t) for t in (*one, *other))


def _has_log(made: Program, term: Expr) -> bool:
    if term.has(sympy.log):
        return True
    keys = [n.key for n in made.work.nodes.inside(term) if isinstance(n, Pick)]
    return any("log" in k.partition("|")[2] for k in keys)


def _within(context: Context, intervals: dict[str, tuple[float, float, str]]) -> Context:
    domains = dict(context.domains)
    for key, (lo, hi, _) in intervals.items():
        known = domains.get(key)
        free = known is None or (known.lo is None and known.hi is None)
        if free and lo == int(lo) and hi == int(hi):
            domains[key] = Domain(num(int(lo)), num(int(hi)), False, False)
    return replace(context, domains=domains)


# ---- shapes and arguments ---------------------------------------------------------------


def _lengths(made: Program, array: Array) -> tuple[str, ...]:
    printer = Printer(made.work)
    return tuple(printer.size(sympy.expand(d[1] - d[0] + 1)) for d in array.dims if d is not None)


def _shape(made: Program, array: Array) -> str:
    lengths = _lengths(made, array)
    if not lengths:
        return "a number"
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"


def _arguments(name: str, made: Program, inputs: list[Array], file: File) -> str:
    """The function that checks arguments and gives them in order."""
    first = ["xp"] if file.api == STANDARD else []
    pass_on = "xp, " if first else ""
    lines = []
    for array in inputs:
        kind = "parameters" if array.name in file.parameters else "data"
        count = "None" if file.elementwise else str(len(array.dims))
        lines.append(f'{array.name} = _array({pass_on}"{array.name}", {kind}, {count}, "{kind}")')
    lines += ['_unknown(parameters, PARAMETERS, "parameters")', '_unknown(data, DATA, "data")']
    if not file.elementwise:
        lines += _shape_checks(made, inputs)
    if file.api != STANDARD:
        lines += _interval_checks(inputs, file)
    names = ", ".join(a.name for a in inputs)
    lines.append(f"return {names}{',' if len(inputs) == 1 else ''}")
    said = '"""The arguments as arrays, in order; raises where one is not what is expected."""'
    return define(name, [*first, "parameters", "data"], said, lines)


def _shape_checks(made: Program, inputs: list[Array]) -> list[str]:
    printer = Printer(made.work)
    only = Program(made.work, [Output(a.name, _all_of(made, a), ()) for a in inputs])
    known = emit.sizes(only, printer)
    checks = []
    for array in inputs:
        lengths = _lengths(made, array)
        if lengths:
            shape = f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"
            checks.append(f'_expect("{array.name}", {array.name}, {shape})')
    return [f"{n} = {t}" for n, t in known.items() if emit.used(n, checks)] + checks


def _all_of(made: Program, array: Array) -> Expr:
    return made.work.nodes.symbol(
        Pick(array.key, tuple(Place(None, sympy.Integer(1)) for _ in array.dims))
    )


def _interval_checks(inputs: list[Array], file: File) -> list[str]:
    found = []
    for array in inputs:
        if array.key in file.intervals:
            lo, hi, words = file.intervals[array.key]
            found.append(f'_between("{array.name}", {array.name}, {lo:g}, {hi:g}, "{words}")')
    return found


def _public(file: File, predicted: tuple[str, Function] | None) -> str:
    """The functions that users call."""
    target = file.main.outputs[0].name
    comma = "," if len(file.inputs) == 1 else ""
    take = f"{', '.join(a.name for a in file.inputs)}{comma} = _arguments(parameters, data)"
    cost = [take, f"return {'' if file.elementwise else 'float'}(_value({file.cost}))"]
    slopes = ["return value_and_gradient(parameters, data)[1]"]
    both = f"{target}, and its gradient by the name of each parameter; two mappings of arrays."
    functions = (
        ("value_and_gradient", both, [take, *_both(file)]),
        ("cost", f"{target} alone, whatever its sign.", cost),
        ("gradient", f"The gradient of {target}, by the name of each parameter.", slopes),
    )
    found = "".join(
        define(name, ["parameters", "data"], f'"""{said}"""', lines)
        for name, said, lines in functions
    )
    return found if predicted is None else found + _predict(file, predicted)


def _both(file: File) -> list[str]:
    """The lines that give the value and the gradient."""
    target, *slopes = (o.name for o in file.main.outputs)
    named = list(zip(file.parameters, slopes, strict=True))
    call = f"{target}, {', '.join(slopes)} = _value_and_gradient({file.taken})"
    if file.elementwise:
        # a constant slope still has one entry for each argument
        pairs = ", ".join(f'"{p}": {s} + 0 * {target}' for p, s in named)
        return [call, f"return {target}, {{{pairs}}}"]
    pairs = ", ".join(f'"{p}": {s}' for p, s in named)
    return [call, f"return float({target}), {{{pairs}}}"]


def _predict(file: File, predicted: tuple[str, Function]) -> str:
    head, function = predicted
    names = ", ".join(a.name for a in function.inputs)
    ordered = ", ".join(file.ordered(function))
    comma = "," if len(function.inputs) == 1 else ""
    lines = [
        f"{ordered}{comma} = _predict_arguments(parameters, data)",
        f"return _predict({names})",
    ]
    said = f'"""{identifier(head)}, from these data alone: {names}."""'
    return define("predict", ["parameters", "data"], said, lines)


__all__ = ["MAXIMISE", "MINIMISE", "Decide", "Emitted", "emitted"]
