"""Programs as files: text that stands alone, reads like the document, and checks its arguments."""

import re
from collections.abc import Callable, Iterable
from dataclasses import field, replace
from textwrap import indent, wrap

import sympy

from derive.codegen import helpers
from derive.codegen.blocks import Output, Split
from derive.codegen.lower import Array
from derive.codegen.nodes import Expr, Pick
from derive.codegen.printer import Printer
from derive.codegen.program import Program
from derive.codegen.refusal import Refusal
from derive.codegen.stable import KINDS
from derive.values import dataclass

NUMPY, STANDARD = "numpy", "array-api"
TARGETS = (NUMPY, STANDARD)

# the helper that computes these kinds of logistic values, in its order of results
_TOGETHER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("_sigmoid", KINDS[:1]),
    ("_sigmoids", KINDS[:2]),
    ("_log_sigmoid", KINDS[2:3]),
    ("_log_sigmoids", KINDS[2:]),
    ("_logistic", KINDS),
)


@dataclass(frozen=True, slots=True)
class Argument:
    """An input of the emitted functions."""

    name: str
    kind: str
    shape: tuple[str, ...]
    interval: tuple[float, float, str] | None = None


@dataclass
class Body:
    """The lines of one function."""

    printer: Printer
    program: Program
    lines: list[str] = field(default_factory=list)
    said: set[str] = field(default_factory=set)

    def arrays(self, arrays: Iterable[Array]) -> None:
        """Statements that compute arrays, logistic values of one score together."""
        wanted = list(arrays)
        keys = {a.key for a in wanted}
        for array in wanted:
            if array.body is None or array.key in self.said:
                continue
            group = self._group(array.key)
            if group is None:
                self._line(array.name, self.printer.code(array.body, array.axes))
                self.said.add(array.key)
            else:
                self._logistic(group, keys)

    def _line(self, name: str, text: str) -> None:
        self.lines.append(f"{name} = {text}")

    def _group(self, key: str) -> str | None:
        groups = self.program.groups.items()
        return next((score for score, g in groups if key in g.keys.values()), None)

    def _logistic(self, score: str, wanted: set[str]) -> None:
        group = self.program.groups[score]
        kinds = {k for k, key in group.keys.items() if key in wanted}
        helper, order = next((h, o) for h, o in _TOGETHER if kinds <= set(o))
        work = self.program.work
        names = [work.arrays[group.keys[k]].name if k in kinds else "_" for k in order]
        self._line(", ".join(names), f"{helper}({self.printer.first}{work.arrays[score].name})")
        self.said |= {group.keys[k] for k in kinds}


def names_of(arrays: Iterable[Array]) -> list[str]:
    """The identifiers of arrays."""
    return [a.name for a in arrays]


def used_helpers(text: str) -> str:
    """The helpers that a text calls, and those that they call."""
    found: dict[str, str] = {}
    table = {
        "_sigmoid": helpers.SIGMOID, "_sigmoids": helpers.SIGMOIDS,
        "_logistic": helpers.LOGISTIC, "_log_sigmoids": helpers.LOG_SIGMOIDS,
        "_log_sigmoid": helpers.LOG_SIGMOID, "_moderate": helpers.MODERATE,
        "_log_sum_exp": helpers.LOG_SUM_EXP,
        "_columns": helpers.COLUMNS, "_rows": helpers.ROWS, "_blocks": helpers.BLOCKS,
        "_array": helpers.ARGUMENTS,
    }  # fmt: skip

    def visit(inside: str) -> None:
        for name, source in table.items():
            if name not in found and re.search(rf"\b{name}\(", inside):
                found[name] = source
                visit(source)

    visit(text)
    return "".join(f"\n{source}" for name, source in table.items() if name in found)


def place_of(relation: str) -> str:
    """A relation as a comment names it."""
    line = relation.removeprefix("L").split(".")[0]
    if relation.startswith("L") and line.isdigit():
        return f"line {line}"
    return "" if relation in ("", "reading") else f"({relation})"


def with_places(body: Body, arrays: Iterable[Array]) -> list[str]:
    """The lines of a body, each definition with its equation behind it."""
    where = {a.name: place_of(a.relation) for a in arrays}
    found = []
    for line in body.lines:
        names = line.split(" = ")[0].split(", ")
        said = [where[n] for n in names if where.get(n)]
        found.append(f"{line}  # {said[0]}" if said else line)
    return found


@dataclass(frozen=True)
class Function:
    """A private function of the emitted file and what it takes."""

    name: str
    text: str
    inputs: tuple[Array, ...]
    results: tuple[str, ...]


def function(name: str, made: Program, printer: Printer) -> Function:
    """The text of a function that computes a program's outputs from its inputs."""
    body = Body(printer, made)
    split = made.split
    sums = [made.work.arrays[k] for k in split.sums] if split is not None else []
    needed = made.needed([o.body for o in made.outputs], [a.key for a in sums])
    if split is None:
        body.arrays(needed)
        return _assembled(name, made, printer, body, "")
    if made.by_rows:
        return _in_rows(name, made, printer)
    inside = made.needed([a.body for a in sums])
    early = [a for a in inside if not split.sampled(a)]
    body.arrays(early)
    per = Body(printer, made, said=set(body.said))
    per.arrays([a for a in inside if split.sampled(a)])
    results = [printer.code(a.body, a.axes) for a in sums]
    block = _block(name, made, printer, per, sums, results, early)
    body.lines += _call(name, made, printer, sums, early, block[1])
    body.arrays([a for a in needed if a.key not in body.said])
    return _assembled(name, made, printer, body, block[0])


def _in_rows(name: str, made: Program, printer: Printer) -> Function:
    """The text of a function whose results are those of blocks of samples, one after another."""
    inner = function(f"{name}_rows", replace(made, split=None, by_rows=False), printer)
    assert made.split is not None
    passed = _passed(names_of(inner.inputs), made.inputs, made.split)
    size = printer.size(made.split.size)
    loop = f"for rows in _blocks({size}, {_width(made, printer)})"
    parts = [f"    {inner.name}({passed})", f"    {loop}"]
    lines = ["return np.concatenate([", *parts, "])"]
    known = sizes(made, printer)
    head = [f"{n} = {t}" for n, t in known.items() if used(n, lines)]
    said = '"""The results, a block of samples after another, from arguments that were checked."""'
    text = inner.text + define(name, names_of(inner.inputs), said, [*head, *lines])
    return replace(inner, name=name, text=text)


def _passed(taken: Iterable[str], inputs: Iterable[Array], split: Split) -> str:
    """The arguments of a call for one block."""
    sampled = {a.name for a in inputs if split.sampled(a)}
    return ", ".join(f"{t}[rows]" if t in sampled else t for t in taken)


def _block(
    name: str,
    made: Program,
    printer: Printer,
    per: Body,
    sums: list[Array],
    results: list[str],
    early: list[Array],
) -> tuple[str, list[str]]:
    """The function that sums over one block, and the names that it takes."""
    lines = with_places(per, made.work.arrays.values())
    last = f"return {', '.join(results)}" + ("," if len(results) == 1 else "")
    taken = [*dict.fromkeys([*names_of(made.inputs), *names_of(early)])]
    taken = [t for t in taken if used(t, [*lines, last])]
    taken += [t for t in sizes(made, printer) if used(t, [*lines, last])]
    said = f'"""The sums over a block of samples that give {", ".join(names_of(sums))}."""'
    return define(f"{name}_sums", taken, said, [*lines, last]), taken


def _call(
    name: str,
    made: Program,
    printer: Printer,
    sums: list[Array],
    early: list[Array],
    taken: list[str],
) -> list[str]:
    """The lines that sum over all blocks."""
    split = made.split
    assert split is not None
    passed = _passed(taken, made.inputs, split)
    names = ", ".join(names_of(sums)) + ("," if len(sums) == 1 else "")
    size = printer.size(split.size)
    call = f"{name}_sums({passed})"
    loop = f"for rows in _blocks({size}, {_width(made, printer)})"
    line = f"{names} = _total({call} {loop})"
    if len(line) < 92:
        return [line]
    return [f"{names} = _total(", f"    {call}", f"    {loop}", ")"]


def _width(made: Program, printer: Printer) -> str:
    """The width of the widest array that has a row for each sample."""
    assert made.split is not None
    widths = []
    for array in made.work.arrays.values():
        if made.split.sampled(array) and len(array.dims) == 2:
            lo, hi = array.dims[1] or (1, 1)
            widths.append(sympy.expand(hi - lo + 1))
    found = [*dict.fromkeys(widths)] or [sympy.Integer(1)]
    found = [w for w in found if not any((v - w).is_positive for v in found)]
    texts = [printer.size(w) for w in found]
    return texts[0] if len(texts) == 1 else f"max({', '.join(texts)})"


def sizes(made: Program, printer: Printer) -> dict[str, str]:
    """How each size is read off the shape of an input: name and text."""
    found: dict[str, str] = {}
    for array in made.inputs:
        for k, dim in enumerate(array.dims):
            if dim is None:
                continue
            length = sympy.expand(dim[1] - dim[0] + 1)
            symbols = length.free_symbols
            if len(symbols) == 1:
                (symbol,) = symbols
                rest = length - symbol
                name = printer.size(symbol)
                if rest.is_Integer and (name not in found or (rest == 0 and " " in found[name])):
                    less = f" - {rest}" if rest > 0 else f" + {-rest}" if rest < 0 else ""
                    found[name] = f"{array.name}.shape[{k}]{less}"
    return found


def used(name: str, lines: Iterable[str]) -> bool:
    """Whether an identifier stands in the lines."""
    return any(re.search(rf"(?<![\w.\"']){re.escape(name)}\b", line) for line in lines)


def _assembled(name: str, made: Program, printer: Printer, body: Body, before: str) -> Function:
    lines = with_places(body, made.work.arrays.values())
    results = [printer.code(o.body, o.axes) for o in made.outputs]
    last = f"return {', '.join(results)}"
    known = sizes(made, printer)
    head = [f"{n} = {t}" for n, t in known.items() if used(n, [*lines, last])]
    missing = _unbound(made, printer, [*lines, last])
    if missing:
        raise Refusal(f"nothing that is given says how large {missing} is")
    taken = [*(["xp"] if printer.np == "xp" else []), *names_of(made.inputs)]
    said = '"""The results, from arguments that were checked."""'
    text = before + define(name, taken, said, [*head, *lines, last])
    return Function(name, text, tuple(made.inputs), tuple(o.name for o in made.outputs))


def _unbound(made: Program, printer: Printer, lines: list[str]) -> str:
    known = sizes(made, printer)
    for size in sorted(made.work.sizes):
        name = made.work.names.given.get(size)
        taken = size in made.work.arrays
        if name is not None and not taken and name not in known and used(name, lines):
            return name
    return ""


def define(name: str, arguments: Iterable[str], said: str, lines: Iterable[str]) -> str:
    """The text of a function."""
    body = "\n".join([said, *lines])
    return f"\n\ndef {name}({', '.join(arguments)}):\n{indent(body, '    ')}\n"


def wrapped(text: str, first: str = "", rest: str = "    ", width: int = 96) -> str:
    """A paragraph in lines."""
    return "\n".join(wrap(text, width, initial_indent=first, subsequent_indent=rest))


__all__ = ["NUMPY", "STANDARD", "TARGETS", "Argument", "Callable", "Expr", "Output", "Pick"]
