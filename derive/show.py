"""Terms as plain text: for messages, conditions and witnesses."""

from derive.term import (
    Add,
    App,
    At,
    Block,
    Bound,
    Build,
    Choice,
    Const,
    Delta,
    Det,
    Diag,
    Diff,
    Each,
    Entry,
    Expect,
    Eye,
    Fill,
    Fn,
    Grad,
    Hadamard,
    Holds,
    Integral,
    Inverse,
    Limit,
    Mat,
    MatAdd,
    MatMul,
    Mul,
    Num,
    Pow,
    Primitive,
    Prod,
    Scale,
    Sum,
    Sym,
    Term,
    Trace,
    Transpose,
    instantiate,
)

_CONSTANTS = {"pi": "π", "I": "i", "oo": "∞"}
_INDEX_NAMES = "ijklmnpqrst"
ADD, MUL, POW, ATOM = 1, 2, 3, 4


def text(term: Term) -> str:
    """A term as one line of readable text, such as `1/n Σ_{i=1}^n h_i^p`."""
    return _show(term, 0, 0)


def leaf(head: str, indices: str) -> str:
    """A family member: the indices stand before the head's label, `h_1^p`."""
    base, mark, label = head.partition("^")
    sub = indices if len(indices) == 1 else "{" + indices + "}"
    return f"{base}_{sub}{mark}{label}"


def _show(term: Term, level: int, depth: int) -> str:
    found, own = _plain(term, depth)
    return f"({found})" if own < level else found


def _plain(term: Term, depth: int) -> tuple[str, int]:
    match term:
        case Num(value):
            return str(value), ATOM if value >= 0 and value.denominator == 1 else ADD
        case Const(name):
            return _CONSTANTS.get(name, name), ATOM
        case Sym(name):
            return name, ATOM
        case Bound(at):
            # a binder that is not shown: its index goes by a usual name
            return "ijkl"[at % 4], ATOM
        case At(head, indices):
            shown = [_show(i, 0, depth) for i in indices]
            short = all(len(s) == 1 for s in shown)
            return leaf(head, ("" if short else ",").join(shown)), ATOM
        case Add(args):
            return _sum(args, depth), ADD
        case Mul(args):
            return _product(args, depth)
        case Pow(base, exponent):
            return _power(base, exponent, depth)
        case Fn(name, order, args):
            shown_args = ", ".join(_show(a, 0, depth) for a in args)
            name = {"sigma": "σ"}.get(name, name)
            return (
                f"|{shown_args}|" if name == "abs" else f"{name}{'′' * order}({shown_args})"
            ), ATOM
        case App(head, orders, args):
            primes = "′" * sum(orders)
            return f"{head}{primes}({', '.join(_show(a, 0, depth) for a in args)})", ATOM
        case Diff(body, variable):
            return f"∂{_show(body, ATOM, depth)}/∂{_show(variable, ATOM, depth)}", MUL
        case Sum(body, lo, hi):
            return _big("Σ", body, lo, hi, depth), MUL
        case Prod(body, lo, hi):
            return _big("Π", body, lo, hi, depth), MUL
        case Integral() | Primitive() | Limit() | Holds() | Choice() | Delta() | Expect():
            return _analysis(term, depth), MUL
        case _:
            return _matrix(term, depth)


def _analysis(term: Term, depth: int) -> str:
    match term:
        case Integral(body, lo, hi):
            name = "xyzuvw"[depth % 6]
            opened = _show(instantiate(body, Sym(name)), MUL, depth + 1)
            return f"∫_{_show(lo, ATOM, depth)}^{_show(hi, ATOM, depth)} {opened} d{name}"
        case Primitive(body, variable):
            return f"∫ {_show(body, MUL, depth)} d{_show(variable, ATOM, depth)}"
        case Limit(body, at, side):
            name = "xyzuvw"[depth % 6]
            opened = _show(instantiate(body, Sym(name)), MUL, depth + 1)
            return f"lim_{{{name}→{_show(at, ATOM, depth)}{side}}} {opened}"
        case Choice(test, then, other):
            shown = (_show(t, 0, depth) for t in (then, test, other))
            return "({} if {}, else {})".format(*shown)
        case Delta(left, right):
            return f"δ({_show(left, 0, depth)}, {_show(right, 0, depth)})"
        case Expect(body):
            return f"E[{_show(body, 0, depth)}]"
        case Holds(left, op, right):
            return f"[{_show(left, 0, depth)} {op} {_show(right, 0, depth)}]"
        case _:
            return repr(term)


def _matrix(term: Term, depth: int) -> tuple[str, int]:
    match term:
        case Mat(name, _, _):
            return name, ATOM
        case Block(grid):
            rows = "; ".join(" ".join(_show(c, ATOM, depth) for c in row) for row in grid)
            return f"[{rows}]", ATOM
        case Build(body, _, _):
            first = _free(depth, body)
            second = _free(first + 1, body)
            i, j = Sym(_index(first)), Sym(_index(second))
            return f"[{_show(instantiate(body, i, j), 0, second + 1)}]", ATOM
        case MatAdd(args):
            return _sum(args, depth), ADD
        case Scale(scalar, matrix):
            return _product((scalar, matrix), depth)
        case MatMul(args):
            return " ".join(_show(a, POW, depth) for a in args), MUL
        case Hadamard(args):
            return " ⊙ ".join(_show(a, POW, depth) for a in args), MUL
        case Transpose(matrix):
            return f"{_show(matrix, ATOM, depth)}ᵀ", POW
        case Inverse(matrix):
            return f"{_show(matrix, ATOM, depth)}⁻¹", POW
        case Diag(vector):
            return f"diag({_show(vector, 0, depth)})", ATOM
        case Each(body, matrix):
            return _show(instantiate(body, matrix), 0, depth), ATOM
        case Eye(_):
            return "I", ATOM
        case Fill(scalar, _, _):
            return f"[{_show(scalar, 0, depth)} …]", ATOM
        case Grad(body, matrix):
            return f"∂{_show(body, ATOM, depth)}/∂{_show(matrix, ATOM, depth)}", MUL
        case Entry(matrix, row, col):
            return (
                f"{_show(matrix, ATOM, depth)}[{_show(row, 0, depth)}, {_show(col, 0, depth)}]",
                ATOM,
            )
        case Trace(matrix):
            return f"tr({_show(matrix, 0, depth)})", ATOM
        case Det(matrix):
            return f"det({_show(matrix, 0, depth)})", ATOM
        case _:
            return repr(term), ATOM


def _index(depth: int) -> str:
    return _INDEX_NAMES[depth] if depth < len(_INDEX_NAMES) else f"i{depth}"


def _free(depth: int, body: Term) -> int:
    """The depth from which on an index is called by no name that the body shows."""
    while _index(depth) in body.heads:
        depth += 1
    return depth


def _big(sign: str, body: Term, lo: Term, hi: Term, depth: int) -> str:
    depth = _free(depth, body)
    name = _index(depth)
    opened = _show(instantiate(body, Sym(name)), MUL, depth + 1)
    return f"{sign}_{{{name}={_show(lo, 0, depth)}}}^{_show(hi, ATOM, depth)} {opened}"


def _sum(args: tuple[Term, ...], depth: int) -> str:
    found = _show(args[0], ADD, depth)
    for arg in args[1:]:
        shown = _show(arg, ADD, depth)
        found += f" - {shown[1:]}" if shown.startswith("-") else f" + {shown}"
    return found


def _product(args: tuple[Term, ...], depth: int) -> tuple[str, int]:
    above: list[str] = []
    below: list[str] = []
    sign = ""
    for arg in args:
        match arg:
            case Num(value) if value == -1 and len(args) > 1:
                sign = "" if sign else "-"
            case Pow(base, Num(value)) if value == -1:
                below.append(_show(base, POW, depth))
            case Num(value) if value == 1 and len(args) > 1:
                continue
            case _:
                above.append(_show(arg, MUL, depth))
    numerator = " ".join(above) or "1"
    if not below:
        return sign + numerator, ADD if sign else MUL
    denominator = below[0] if len(below) == 1 else f"({' '.join(below)})"
    return f"{sign}{numerator}/{denominator}", ADD if sign else MUL


def _power(base: Term, exponent: Term, depth: int) -> tuple[str, int]:
    if isinstance(exponent, Num) and exponent.value == -1:
        return f"1/{_show(base, POW, depth)}", MUL
    if isinstance(exponent, Num) and exponent.value * 2 == 1:
        return f"√{_show(base, ATOM, depth)}", POW
    return f"{_show(base, ATOM, depth)}^{_show(exponent, ATOM, depth)}", POW
