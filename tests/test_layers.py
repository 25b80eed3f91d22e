"""The package keeps its layers: imports go down, text is never evaluated, functions stay short."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "derive"
ROOMS = ("read", "prove", "explain", "write", "train", "codegen", "certify")

# from the bottom up; a module may import from its own layer (rooms: from itself) and below
LAYERS = (
    {
        "catalogue",
        "source",
        "values",
        "term",
        "syntax",
        "context",
        "notation",
        "options",
        "show",
        "typeset",
        "version",
        "view",
    },
    {"catalogue", "derivation", "verdict", "finding", "documents", "press", "written", "terminal"},
    {"checked", "kernel", "worker"},
    {*ROOMS, "to_sympy", "from_sympy", "gradients", "truth"},
    {"search", "known", "certifying", "batch", "opening"},
    {"draft", "compiled", "working"},
    {"rendered"},
    {"reporting"},
    {"check"},
    {"models"},
    {"training"},
    {"__init__", "cli", "__main__"},
)

WORDS = LAYERS[0]

FORBIDDEN = {"eval", "exec", "sympify", "parse_expr", "parse_latex", "compile"}

# functions that are longer than 40 lines, each with its reason
LONG = {"show._matrix": "a total match, one case for each kind of node"}
LONGEST = 40


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the package: its dotted path inside the package, and its syntax tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        yield name, ast.parse(path.read_text(encoding="utf-8"))


MODULES = dict(modules())


def imports(tree: ast.Module) -> Iterator[str]:
    """The top-level names imported anywhere in a module; those of the package in full."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(name: str) -> str | None:
    """The part of the package that an import reaches: `derive.read.names` is `read`."""
    first, _, rest = name.partition(".")
    return rest.split(".")[0] or "__init__" if first == "derive" else None


def layer(part: str) -> int | None:
    return next((k for k, names in enumerate(LAYERS) if part in names), None)


def broken(name: str, tree: ast.Module) -> list[str]:
    """The imports of a module that go up, or across to another room."""
    here = name.split(".")[0]
    found = []
    for imported in imports(tree):
        there = inside(imported)
        if there is None or there == here or imported.count(".") == 0:
            continue
        if (level := layer(there)) is None:
            continue  # a name imported from a module, not a module
        across = here in ROOMS and there in ROOMS
        if across or level > (layer(here) or 0):
            found.append(f"{name} imports {imported}")
    return found


def foreign(name: str, tree: ast.Module) -> list[str]:
    """What a module of the kernel imports beside the words, itself and python-flint."""
    standard = {"collections", "dataclasses", "fractions", "functools", "itertools", "math"}
    standard |= {"typing", "enum", "heapq", "operator", "contextlib", "abc", "__future__"}
    found = []
    for imported in imports(tree):
        part = inside(imported)
        top = imported.split(".")[0]
        allowed = part in WORDS | {"kernel"} if part else top in standard | {"flint", "time"}
        if not allowed:
            found.append(f"{name} imports {imported}")
    return found


def calls(tree: ast.Module) -> Iterator[str]:
    """The names of all functions called: the last one of a dotted name, built-ins alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not refuses_text(node):
            match node.func:
                case ast.Name(id=name):
                    yield name
                case ast.Attribute(attr="compile"):
                    pass  # a regular expression
                case ast.Attribute(attr=name):
                    yield name


def refuses_text(call: ast.Call) -> bool:
    """Whether a call is `sympify(…, strict=True)`, which raises on a string."""
    strict = any(
        k.arg == "strict" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in call.keywords
    )
    return strict and isinstance(call.func, ast.Attribute) and call.func.attr == "sympify"


def lengths(name: str, tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name}.{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_a_layer(name: str) -> None:
    assert layer(name.split(".")[0]) is not None


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down(name: str) -> None:
    assert broken(name, MODULES[name]) == []


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith("kernel")])
def test_the_kernel_stands_on_the_words_alone(name: str) -> None:
    assert foreign(name, MODULES[name]) == []


@pytest.mark.parametrize("name", MODULES)
def test_text_is_never_evaluated(name: str) -> None:
    assert sorted(FORBIDDEN & set(calls(MODULES[name]))) == []


@pytest.mark.parametrize("name", MODULES)
def test_no_function_is_long(name: str) -> None:
    long = [f"{f} has {n} lines" for f, n in lengths(name, MODULES[name]) if n > LONGEST]
    assert [line for line in long if line.split()[0] not in LONG] == []


def test_the_list_of_long_functions_is_kept_short() -> None:
    every = dict(pair for name, tree in MODULES.items() for pair in lengths(name, tree))
    assert [f for f in LONG if every.get(f, 0) <= LONGEST] == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("read.names", "from derive.prove.decide import decide"),
        ("read.names", "import derive.prove.decide"),
        ("read.names", "from derive.prove import decide"),
        ("term", "from derive.kernel import normal"),
        ("verdict", "from derive.check import check"),
        ("kernel.normal", "from derive.read.read import read"),
        ("check", "from derive.cli import main"),
        ("write.json", "def f() -> None:\n    from derive.explain import blame"),
    ],
)
def test_a_planted_import_is_found(name: str, line: str) -> None:
    assert broken(name, ast.parse(line))


@pytest.mark.parametrize(
    "line", ["import sympy", "from derive.derivation import Relation", "import numpy as np"]
)
def test_a_planted_dependency_of_the_kernel_is_found(line: str) -> None:
    assert foreign("kernel.normal", ast.parse(line))


@pytest.mark.parametrize(
    "line", ["eval('1')", "sympy.sympify(x)", "sympify(x, strict=False)", "parse_expr(text)"]
)
def test_a_planted_evaluation_is_found(line: str) -> None:
    assert FORBIDDEN & set(calls(ast.parse(line)))


def test_a_planted_long_function_is_found() -> None:
    body = "\n".join(["    pass"] * (LONGEST + 1))
    ((_, length),) = lengths("x", ast.parse(f"def f():\n{body}\n"))
    assert length > LONGEST
