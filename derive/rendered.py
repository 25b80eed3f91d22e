"""Emitted code as LaTeX, by latexify-py: for showing what runs next to what was proved.

latexify-py renders `@` like `*` and `sum(axis=…)` like a call, so only elementwise code is
rendered; for the rest the formulas of the document stand.
"""

import ast
from collections.abc import Iterable, Iterator

from derive.codegen.refusal import Refusal
from derive.compiled import Function, load


def latex(function: Function) -> tuple[str, ...]:
    """The value and each slope in LaTeX, in the order of the parameters.

    Raises `Refusal` where the rendering would not say what is computed, `ImportError` without
    latexify-py (the extra `report`).
    """
    tree = ast.parse(function.source)
    named = (n for n in tree.body if isinstance(n, ast.FunctionDef))
    body = next(n for n in named if n.name == "_value_and_gradient")
    _faithful(body)
    names = (*function.parameters, *function.data)
    return tuple(_one(alone, names) for alone in _alone(body))


def _faithful(body: ast.FunctionDef) -> None:
    for node in ast.walk(body):
        method = isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Name)
        helper = isinstance(node, ast.Name) and node.id.startswith("_")
        if isinstance(node, ast.MatMult | ast.Subscript | ast.GeneratorExp) or method or helper:
            raise Refusal(
                "products and sums of arrays are not rendered as LaTeX: @ would read as *"
            )


def _alone(body: ast.FunctionDef) -> Iterator[str]:
    """The function with each of its results alone."""
    *before, last = body.body
    assert isinstance(last, ast.Return)
    results = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    for result in results:
        body.body = [*before[1:], ast.Return(result)]
        yield f"import numpy as np\n\n\n{ast.unparse(body)}\n"


def _one(text: str, names: Iterable[str]) -> str:
    import latexify

    module = load(text, "rendered")
    found = latexify.get_latex(module._value_and_gradient, reduce_assignments=True)
    right = str(found).partition(" = ")[2]
    if r"\mathrm{np}" in right:
        raise Refusal("the code calls a function that latexify-py has no formula for")
    for name in names:
        base, _, below = name.partition("_")
        if below:
            escaped = name.replace("_", r"\_")
            right = right.replace(rf"\mathrm{{{escaped}}}", f"{base}_{{{below}}}")
    return right.replace(r"\mathopen{}", "").replace(r"\mathclose{}", "")
