r"""Emitted code read back: its arithmetic as LaTeX, through latexify-py, next to the formula.

Only lines that the library sets as what they are: sums, products, quotients and powers of names
and numbers. `@` would come out as an ordinary product and `.sum()` as something else, so lines
with calls, indices or matrix products are left out.
"""

import ast
from collections.abc import Iterator

FAITHFUL = (
    ast.Expression, ast.Name, ast.Load, ast.Constant, ast.UnaryOp, ast.USub, ast.BinOp, ast.Add,
    ast.Sub, ast.Mult, ast.Div, ast.Pow,
)  # fmt: skip


def functions(text: str, prefix: str) -> str:
    """The source of the functions whose names begin so, without their helpers."""
    tree = ast.parse(text)
    found = [
        ast.get_source_segment(text, node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith(prefix)
    ]
    return "\n\n".join(found)


def lines(code: str) -> tuple[str, ...]:
    """The arithmetic of the code, line by line, as LaTeX; nothing without latexify-py."""
    try:
        from latexify.codegen import ExpressionCodegen
    except ImportError:
        return ()
    return tuple(
        rf"\mathrm{{{name}}} = {ExpressionCodegen(use_math_symbols=True).visit(value)}"
        for name, value in _assigned(code)
    )


def _assigned(code: str) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            faithful = all(isinstance(part, FAITHFUL) for part in ast.walk(node.value))
            if faithful and isinstance(node.value, ast.BinOp):
                yield node.targets[0].id.replace("_", r"\_"), node.value
