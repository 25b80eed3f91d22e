r"""Terms as LaTeX: for reports, where a formula is set as meant and not as written.

Only commands of `amsmath` and `amssymb` are used, and every name is escaped: the result is safe
to hand to TeX whatever the document said.
"""

import re
from fractions import Fraction
from unicodedata import combining, normalize

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
    Expect,
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
    instantiate,
)

ADD, MUL, POW, ATOM = 1, 2, 3, 4


def _words(text: str) -> list[str]:
    return text.split()


RELATIONS = {
    "=": "=", ":=": ":=", "≡": r"\equiv", "≠": r"\ne", "<": "<", "≤": r"\le", ">": ">",
    "≥": r"\ge", "≪": r"\ll", "≫": r"\gg", "≈": r"\approx", "∝": r"\propto", "∈": r"\in",
    "∼": r"\sim", "→": r"\to", "⇒": r"\Rightarrow", "⇐": r"\Leftarrow", "⇔": r"\Leftrightarrow",
    "↦": r"\mapsto", "←": r"\leftarrow", "⊂": r"\subset", "⊆": r"\subseteq",
}  # fmt: skip
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρςστυφχψωϑϱϖℓħΓΔΘΛΞΠΣΥΦΨΩ∞",
        _words(
            r"\alpha \beta \gamma \delta \varepsilon \zeta \eta \theta \iota \kappa "
            r"\lambda \mu \nu \xi \pi \rho \varsigma \sigma \tau \upsilon \varphi \chi "
            r"\psi \omega \vartheta \varrho \varpi \ell \hbar \Gamma \Delta \Theta \Lambda "
            r"\Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega \infty"
        ),
        strict=True,
    )
)
_ACCENTS = {
    "\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot", "\u0308": "ddot",
    "\u030c": "check", "\u0306": "breve", "\u030a": "mathring", "\u0301": "acute",
    "\u0300": "grave", "\u0332": "underline", "\u20d7": "vec",
}  # fmt: skip
_FACES = {"bb": "mathbb", "cal": "mathcal", "frak": "mathfrak", "scr": "mathcal"}
_FUNCTIONS = {
    "exp": r"\exp", "log": r"\log", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan",
    "cot": r"\cot", "sec": r"\sec", "csc": r"\csc", "asin": r"\arcsin", "acos": r"\arccos",
    "atan": r"\arctan", "sinh": r"\sinh", "cosh": r"\cosh", "tanh": r"\tanh",
    "sigma": r"\sigma", "gamma": r"\Gamma", "max": r"\max", "min": r"\min",
}  # fmt: skip
_CONSTANTS = {"pi": r"\pi", "I": r"\mathrm{i}", "oo": r"\infty"}
_TALL = (r"\frac", r"\sum", r"\prod", r"\begin", r"\left", r"\sqrt", r"\binom")
_INDEX_NAMES = "ijklmnpqrst"
_WORD = re.compile(r"[^A-Za-z0-9 ()+\-*,.=']")
_HEAD = re.compile(
    r"(?P<base>[^_^]*)(?:_(?P<sub>\{[^{}]*\}|[^{}^]+))?(?:\^(?P<sup>\{[^{}]*\}|[^{}]+))?"
)


def latex(term: Term) -> str:
    """A term as LaTeX mathematics."""
    return _show(term, 0, 0)


def relation(left: Term, op: str, right: Term) -> str:
    """A relation between two terms as LaTeX mathematics."""
    return f"{latex(left)} {RELATIONS.get(op, '=')} {latex(right)}"


# ---- names -----------------------------------------------------------------------------


def name(head: str, indices: str = "") -> str:
    """A head as LaTeX, the indices before its label: `h^p` at 1 is `h_{1}^{p}`."""
    found = _HEAD.fullmatch(head)
    if found is None:
        return _letters(head)
    own = _script(found["sub"])
    sub = ",".join(part for part in (own, indices) if part)
    sup = _script(found["sup"])
    return _letters(found["base"]) + (f"_{{{sub}}}" if sub else "") + (f"^{{{sup}}}" if sup else "")


def _script(text: str | None) -> str:
    if text is None:
        return ""
    inner = text[1:-1] if text.startswith("{") else text
    if inner.isascii() and inner.isalpha() and len(inner) > 2:
        return rf"\mathrm{{{inner}}}"
    return "".join(_GREEK.get(c, "") + " " if c in _GREEK else _WORD.sub("", c) for c in inner)


def _letters(base: str) -> str:
    """A base letter or word with its face and accents."""
    face, _, rest = base.partition(" ")
    if face in _FACES and rest:
        return rf"\{_FACES[face]}{{{_letters(rest)}}}"
    marks = [c for c in normalize("NFD", base) if combining(c)]
    plain = "".join(c for c in normalize("NFD", base) if not combining(c))
    found = _plain_letters(plain)
    for mark in marks:
        accent = _ACCENTS.get(mark)
        found = rf"\{accent}{{{found}}}" if accent else found
    return found


def _plain_letters(text: str) -> str:
    if len(text) == 1:
        return _letter(text)
    if not text:
        return ""
    if text[1:].isdigit():
        return f"{_letter(text[0])}_{{{text[1:]}}}"
    return rf"\mathrm{{{' '.join(_WORD.sub('', text.replace('_', ' ')).split()) or '?'}}}"


def _letter(char: str) -> str:
    if char in _GREEK:
        return _GREEK[char]
    code = ord(char) - 0x1D400
    if 0 <= code < 52:
        return rf"\mathbf{{{chr(65 + code) if code < 26 else chr(97 + code - 26)}}}"
    if char.isascii() and char.isalnum():
        return char
    return {"∂": r"\partial", "∇": r"\nabla"}.get(char, r"\mathrm{?}")


# ---- scalars ---------------------------------------------------------------------------


def _show(term: Term, level: int, depth: int) -> str:
    found, own = _plain(term, depth)
    return brackets("(", found, ")") if own < level else found


def brackets(opened: str, inner: str, closed: str) -> str:
    """Brackets that grow only where what stands inside is tall."""
    tall = any(sign in inner for sign in _TALL)
    return rf"\left{opened}{inner}\right{closed}" if tall else f"{opened}{inner}{closed}"


def _plain(term: Term, depth: int) -> tuple[str, int]:
    match term:
        case Num(value):
            return number(value), ATOM if value >= 0 and value.denominator == 1 else ADD
        case Const(constant):
            return _CONSTANTS.get(constant, name(constant)), ATOM
        case Sym(head):
            return name(head), ATOM
        case Bound(at):
            return rf"\square_{{{at}}}", ATOM
        case At(head, indices):
            shown = [_show(i, 0, depth) for i in indices]
            short = all(len(s) == 1 for s in shown)
            return name(head, ("" if short else ",").join(shown)), ATOM
        case Add(args):
            return _sum(args, depth), ADD
        case Mul(args):
            return _product(args, depth)
        case Pow(base, exponent):
            return _power(base, exponent, depth)
        case Fn(function, order, args):
            return _function(function, order, args, depth)
        case App(head, orders, args):
            return _apply(name(head), "'" * sum(orders), args, depth), ATOM
        case Diff(body, variable):
            return _derivative(body, variable, depth), MUL
        case Sum(body, lo, hi):
            return _big(r"\sum", body, lo, hi, depth), MUL
        case Prod(body, lo, hi):
            return _big(r"\prod", body, lo, hi, depth), MUL
        case Expect(body):
            return rf"\mathbb{{E}}[{_show(body, 0, depth)}]", ATOM
        case Delta(left, right):
            return rf"\delta_{{{_show(left, 0, depth)},{_show(right, 0, depth)}}}", ATOM
        case _:
            return _matrix(term, depth)


def number(value: Fraction) -> str:
    """An exact number; a fraction is set as one."""
    sign = "-" if value < 0 else ""
    top = abs(value.numerator)
    return (
        f"{sign}{top}"
        if value.denominator == 1
        else rf"{sign}\frac{{{top}}}{{{value.denominator}}}"
    )


def _function(function: str, order: int, args: tuple[Term, ...], depth: int) -> tuple[str, int]:
    if function == "abs" and not order:
        return rf"\left|{_show(args[0], 0, depth)}\right|", ATOM
    if function == "factorial" and not order:
        return f"{_show(args[0], ATOM, depth)}!", POW
    if function == "binomial" and not order:
        return rf"\binom{{{_show(args[0], 0, depth)}}}{{{_show(args[1], 0, depth)}}}", ATOM
    if function == "exp" and not order:
        return f"e^{{{_show(args[0], 0, depth)}}}", POW
    named = _FUNCTIONS.get(function, rf"\operatorname{{{_WORD.sub('', function)}}}")
    return _apply(named, "'" * order, args, depth), ATOM


def _apply(named: str, primes: str, args: tuple[Term, ...], depth: int) -> str:
    inside = ", ".join(_show(a, 0, depth) for a in args)
    return named + primes + brackets("(", inside, ")")


def _derivative(body: Term, variable: Term, depth: int) -> str:
    by = _show(variable, ATOM, depth)
    if isinstance(body, Sym | At | Diff) and not isinstance(body, Diff):
        return rf"\frac{{\partial {_show(body, ATOM, depth)}}}{{\partial {by}}}"
    return rf"\frac{{\partial}}{{\partial {by}}} {_show(body, ATOM, depth)}"


def _big(sign: str, body: Term, lo: Term, hi: Term, depth: int) -> str:
    index = _index(depth)
    opened = _show(instantiate(body, Sym(index)), MUL, depth + 1)
    return rf"{sign}_{{{index}={_show(lo, 0, depth)}}}^{{{_show(hi, 0, depth)}}} {opened}"


def _index(depth: int) -> str:
    return _INDEX_NAMES[depth] if depth < len(_INDEX_NAMES) else f"i_{{{depth}}}"


def _sum(args: tuple[Term, ...], depth: int) -> str:
    found = _show(args[0], ADD, depth)
    for arg in args[1:]:
        shown = _show(arg, ADD, depth)
        found += f" - {shown[1:].lstrip()}" if shown.startswith("-") else f" + {shown}"
    return found


def _product(args: tuple[Term, ...], depth: int) -> tuple[str, int]:
    above: list[Term] = []
    below: list[Term] = []
    sign = ""
    for arg in args:
        match arg:
            case Num(value) if value < 0 and len(args) > 1:
                sign = "" if sign else "-"
                above += [] if value == -1 else [Num(-value)]
            case Pow(Num(one), Num(value)) if one == 1 and len(args) > 1:
                continue
            case Pow(base, Num(value)) if value < 0:
                below.append(base if value == -1 else Pow(base, Num(-value)))
            case Num(value) if value == 1 and len(args) > 1:
                continue
            case _:
                above.append(arg)
    if not below and len(above) == 1 and not sign:
        return _plain(above[0], depth)
    if not below:
        found = _factors(above, depth) or "1"
        return sign + found, ADD if sign else MUL
    top, rest = _over(above)
    quotient = rf"\frac{{{_alone(top, depth)}}}{{{_alone(below, depth)}}}"
    found = f"{quotient} {_factors(rest, depth)}".strip()
    return sign + found, ADD if sign else MUL


def _over(above: list[Term]) -> tuple[list[Term], list[Term]]:
    """What goes over the line: everything but the sums with many terms, which stand behind it."""
    big: list[Term] = [a for a in above if isinstance(a, Sum | Prod)]
    return [a for a in above if not isinstance(a, Sum | Prod)], big


def _alone(args: list[Term], depth: int) -> str:
    """A product that stands in a fraction, so that a single sum needs no parentheses."""
    if len(args) == 1:
        return _show(args[0], 0, depth)
    return _factors(args, depth) or "1"


def _factors(args: list[Term], depth: int) -> str:
    shown = [_show(a, MUL if k == len(args) - 1 else _inner(a), depth) for k, a in enumerate(args)]
    out = ""
    for k, part in enumerate(shown):
        digits = k and part[:1].isdigit()
        fraction = k and part.startswith(r"\frac{") and isinstance(args[k - 1], Num | Pow)
        out += (r" \cdot " if digits or fraction else " " if out else "") + part
    return out


def _inner(arg: Term) -> int:
    """A sum sign that is not the last factor stands in parentheses: it would reach on."""
    return POW if isinstance(arg, Sum | Prod) else MUL


def _power(base: Term, exponent: Term, depth: int) -> tuple[str, int]:
    if isinstance(exponent, Num) and exponent.value < 0:
        below = _alone([base if exponent.value == -1 else Pow(base, Num(-exponent.value))], depth)
        return rf"\frac{{1}}{{{below}}}", MUL
    if isinstance(exponent, Num) and exponent.value * 2 == 1:
        return rf"\sqrt{{{_show(base, 0, depth)}}}", ATOM
    under = _show(base, ATOM, depth)
    if isinstance(base, At | Sym) and "^" in under:
        under = rf"\left({under}\right)"
    return f"{under}^{{{_show(exponent, 0, depth)}}}", POW


# ---- matrices --------------------------------------------------------------------------


def _matrix(term: Term, depth: int) -> tuple[str, int]:
    match term:
        case Mat(head, _, _):
            return name(head), ATOM
        case Block(grid):
            rows = r" \\ ".join(" & ".join(_show(c, 0, depth) for c in row) for row in grid)
            return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}", ATOM
        case Build(body, _, _):
            i, j = Sym(_index(depth)), Sym(_index(depth + 1))
            inner = _show(instantiate(body, i, j), 0, depth + 2)
            return rf"\left[{inner}\right]_{{{_index(depth)}{_index(depth + 1)}}}", ATOM
        case MatAdd(args):
            return _sum(args, depth), ADD
        case Scale(scalar, matrix):
            return _product((scalar, matrix), depth)
        case MatMul(args):
            return " ".join(_show(a, POW, depth) for a in args), MUL
        case Hadamard(args):
            return r" \odot ".join(_show(a, POW, depth) for a in args), MUL
        case Each(body, matrix):
            return _show(instantiate(body, matrix), 0, depth), ATOM
        case Eye(_):
            return r"\mathbf{I}", ATOM
        case Fill(scalar, _, _):
            return rf"\left[{_show(scalar, 0, depth)} \cdots\right]", ATOM
        case Grad(body, matrix):
            return _derivative(body, matrix, depth), MUL
        case _:
            return _of_matrix(term, depth)


def _of_matrix(term: Term, depth: int) -> tuple[str, int]:
    match term:
        case Transpose(matrix):
            return rf"{_show(matrix, ATOM, depth)}^{{\top}}", POW
        case Inverse(matrix):
            return rf"{_show(matrix, ATOM, depth)}^{{-1}}", POW
        case Diag(vector):
            return r"\operatorname{diag}" + brackets("(", _show(vector, 0, depth), ")"), ATOM
        case Entry(matrix, row, col):
            inside = f"{_show(row, 0, depth)},{_show(col, 0, depth)}"
            return rf"\left[{_show(matrix, 0, depth)}\right]_{{{inside}}}", ATOM
        case Trace(matrix):
            return r"\operatorname{tr}" + brackets("(", _show(matrix, 0, depth), ")"), ATOM
        case Det(matrix):
            return r"\det" + brackets("(", _show(matrix, 0, depth), ")"), ATOM
        case _:
            return r"\mathrm{?}", ATOM
