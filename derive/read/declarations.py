"""Declarations: domains, shapes and dependence, written as mathematics."""

from derive.context import Domain
from derive.notation import NUMBER_SETS
from derive.read.ledger import Ledger
from derive.read.names import base_name, head
from derive.read.problem import Unread
from derive.syntax import (
    Addition,
    Chain,
    Dots,
    Factor,
    Group,
    Name,
    Node,
    Number,
    Product,
    Script,
    Signed,
    Tuple,
)
from derive.term import ONE, ZERO, App, At, Mat, Sym, Term, num

_FLIP = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}


def declare(chain: Chain, ledger: Ledger) -> bool:
    """Takes a chain as a declaration; False where it is none."""
    ops = [r.op for r in chain.relators]
    if not ops or any(m is None for m in chain.members):
        return False
    members = [m for m in chain.members if m is not None]
    if ops == ["∈"]:
        return _membership(members[0], members[1], ledger)
    if ops == ["="]:
        return _dependence(members[0], members[1], ledger)
    members, ops = _opened(members, ops)
    if len(ops) == 1 and ops[0] in {*_FLIP, "≠"} and isinstance(members[0], Tuple):
        rows = [_bounds([name, members[1]], ops, ledger) for name in members[0].items]
        return bool(rows) and all(rows)
    if all(op in _FLIP or op == "≠" for op in ops):
        return _bounds(members, ops, ledger)
    return False


# ---- x ∈ … -----------------------------------------------------------------------------


def _membership(left: Node, right: Node, ledger: Ledger) -> bool:
    names: tuple[Node, ...] = left.items if isinstance(left, Tuple) else (left,)
    shape = _shape(right, ledger)
    for name in names:
        base = base_name(name)
        if base is None:
            return False
        if shape is not None:
            key = _key(name, ledger)
            ledger.symbols.shapes[key] = _agreed(key, shape, ledger)
            ledger.symbols.settle(key)
            ledger.announced.add(key)
            ledger.link_entries(key)
            _sizes(shape, ledger)
        else:
            symbol = _symbol(name, ledger)
            _restrict(symbol, _domain(right, ledger), ledger)
            if _set_name(right) == "C":
                ledger.symbols.complex.add(_head(symbol))
    return True


def _agreed(key: str, shape: tuple[Term, Term | None], ledger: Ledger) -> tuple[Term, Term | None]:
    """The declared shape; a shape that was only guessed before is the same."""
    old = ledger.symbols.shapes.get(key)
    if old is not None and key in ledger.symbols.guessed:
        for before, now in zip(old, shape, strict=True):
            if before is not None:
                ledger.symbols.unify(before, ONE if now is None else now)
    return shape


def _key(name: Node, ledger: Ledger) -> str:
    base = base_name(name)
    if isinstance(name, Script) and base is not None:
        found = ledger.elaborator.term(name)
        return found.name if isinstance(found, Mat) else _head(found)
    return head(base) if base else ""


def _symbol(name: Node, ledger: Ledger) -> Term:
    return ledger.elaborator.term(name)


def _head(term: Term) -> str:
    match term:
        case Sym(name) | Mat(name, _, _):
            return name
        case At(key, _) | App(key, _, _):
            return key
    return ""


def _shape(node: Node, ledger: Ledger) -> tuple[Term, Term | None] | None:
    """The shape of `\\mathbb{R}^{n \\times p}` or `\\mathbb{R}^{m}`, None for other sets."""
    if not (isinstance(node, Script) and node.sup is not None and _set_name(node.base) == "R"):
        return None
    power = node.sup
    if isinstance(power, Name) and power.base in {"+", "*"}:
        return None
    if isinstance(power, Product):
        cut = [k for k, f in enumerate(power.factors) if f.op == "times"]
        if len(cut) == 1:
            rows, cols = power.factors[: cut[0]], power.factors[cut[0] :]
            return _size(rows, ledger), _size(cols, ledger)
        if cut:
            raise Unread("an array of more than two dimensions", node.span)
    return ledger.elaborator.scalar(power), None


def _size(factors: tuple[Factor, ...], ledger: Ledger) -> Term:
    plain = [Factor("" if k == 0 else f.op, f.node) for k, f in enumerate(factors)]
    span = plain[0].node.span.to(plain[-1].node.span)
    return ledger.elaborator.product(plain, span)


def _sizes(shape: tuple[Term, Term | None], ledger: Ledger) -> None:
    for size in shape:
        if isinstance(size, Sym):
            found = Domain(lo=ONE, lo_open=False, integer=True)
            ledger.domains.setdefault(size.name, found)


def _set_name(node: Node) -> str:
    name = base_name(node)
    return name.base if name is not None and name.style in {"bb", "bf", ""} else ""


def _domain(node: Node, ledger: Ledger) -> Domain:
    match node:
        case Group("{", "}", body, _):
            items = body.items if isinstance(body, Tuple) else (body,)
            if len(items) >= 3 and isinstance(items[-2], Dots):
                ends = ledger.elaborator.scalar(items[0]), ledger.elaborator.scalar(items[-1])
                return Domain(*ends, lo_open=False, hi_open=False, integer=True)
            values = tuple(ledger.elaborator.scalar(i) for i in items)
            return Domain(values=values)
        case Group(opening, closing, Tuple((low, high), ",", _), _) if opening in "([":
            return Domain(_end(low, ledger), _end(high, ledger), opening == "(", closing == ")")
        case Script(base, sub, sup, _, _) if (name := _set_name(base)) in NUMBER_SETS:
            if name == "C":
                raise Unread("complex vectors are not decided yet", node.span)
            return _numbers(name, sub, sup)
        case Name() if _set_name(node) in NUMBER_SETS:
            return _numbers(_set_name(node), None, None)
    raise Unread("a set that is not known", node.span)


def _numbers(name: str, sub: Node | None, sup: Node | None) -> Domain:
    least, integer = NUMBER_SETS[name]
    marks = {m.base for m in (sub, sup) if isinstance(m, Name)}
    if marks & {"+", ">", "++"} or _has_positive(sub):
        return Domain(lo=ONE if integer else ZERO, lo_open=not integer, integer=integer)
    if isinstance(sub, Number) and sub.value == 0:
        return Domain(lo=ZERO, lo_open=False, integer=integer)
    low = None if least is None else num(least)
    return Domain(lo=low, lo_open=low is None, integer=integer)


def _has_positive(sub: Node | None) -> bool:
    return sub is not None and hasattr(sub, "chain")


def _end(node: Node, ledger: Ledger) -> Term | None:
    name = base_name(node)
    if name is not None and name.base == "infty":
        return None
    found = ledger.elaborator.scalar(node)
    infinite = repr(found).find("oo") >= 0
    return None if infinite else found


def _restrict(symbol: Term, domain: Domain, ledger: Ledger) -> None:
    key = _head(symbol)
    old = ledger.domains.get(key)
    if old is not None and domain.values is None:
        lo = (old.lo, old.lo_open) if domain.lo is None else (domain.lo, domain.lo_open)
        hi = (old.hi, old.hi_open) if domain.hi is None else (domain.hi, domain.hi_open)
        integer, nonzero = domain.integer or old.integer, domain.nonzero or old.nonzero
        domain = Domain(lo[0], hi[0], lo[1], hi[1], integer, nonzero, old.values)
    ledger.domains[key] = domain


# ---- h = h(w) --------------------------------------------------------------------------


def _dependence(left: Node, right: Node, ledger: Ledger) -> bool:
    """`h_i^p = h_i^p(w)`: an unknown dependence on w."""
    if not (isinstance(right, Product) and len(right.factors) == 2):
        return False
    function, arguments = right.factors[0].node, right.factors[1].node
    if not isinstance(arguments, Group) or arguments.open != "(" or not _alike(left, function):
        return False
    items = arguments.body.items if isinstance(arguments.body, Tuple) else (arguments.body,)
    above = _head(_symbol(left, ledger))
    for item in items:
        below = _head(ledger.elaborator.term(item))
        ledger.symbols.declared_dependence.add((above, below))
    return True


def _alike(left: Node, right: Node) -> bool:
    match left, right:
        case Name(), Name():
            return head(left) == head(right)
        case Script(), Script():
            return all(
                (a is None) == (b is None) and (a is None or b is None or _alike(a, b))
                for a, b in ((left.base, right.base), (left.sub, right.sub), (left.sup, right.sup))
            )
        case Number(), Number():
            return left.text == right.text
        case Product(), Product():
            pairs = zip(left.factors, right.factors, strict=False)
            same = len(left.factors) == len(right.factors)
            return same and all(_alike(a.node, b.node) for a, b in pairs)
    return False


# ---- 0 < x < 1 -------------------------------------------------------------------------


def _bounds(members: list[Node], ops: list[str], ledger: Ledger) -> bool:
    """Bounds of one bare new symbol between numbers: `0 < h < 1`, `x > 0`, `a ≠ 0`."""
    if "≠" in ops and not all(isinstance(m, Number) and m.value == 0 for m in members[1:]):
        return False
    bare = [k for k, m in enumerate(members) if isinstance(m, (Name, Script))]
    if _between(members, ops):
        bare = [1]
    elif len(bare) != 1 or any(not _number(m) for k, m in enumerate(members) if k not in bare):
        return False
    at = bare[0]
    symbol = _symbol(members[at], ledger)
    key = _head(symbol)
    if not key or key in ledger.table:
        return False
    if "≠" in ops and not any(_zero(m) for m in members):
        return False
    domain = ledger.domains.get(key, Domain())
    for k, op in enumerate(ops):
        other = members[k + 1] if k == at else members[k]
        sign = op if k == at else _FLIP.get(op, op)
        if k in (at, at - 1):
            domain = _narrowed(domain, sign, ledger.elaborator.scalar(other))
    ledger.domains[key] = domain
    return True


def _opened(members: list[Node], ops: list[str]) -> tuple[list[Node], list[str]]:
    """`|x| < c` as `-c < x < c`; anything else as it is."""
    match members, ops:
        case [Group("|", "|", Name() as name, _), Number(_, _, span) as bound], ["<" | "≤" as op]:
            return [Addition((Signed("-", bound, span),), span), name, bound], [op, op]
    return members, ops


def _between(members: list[Node], ops: list[str]) -> bool:
    """`1 ≤ k ≤ n`: an index between whole numbers, one of which may have a name."""
    plain = [isinstance(m, Name) or _number(m) for m in members]
    return (
        len(members) == 3 and {*ops} <= {"<", "≤"} and all(plain) and isinstance(members[1], Name)
    )


def _zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def _number(node: Node) -> bool:
    if isinstance(node, Number):
        return True
    if not isinstance(node, Addition) or len(node.terms) != 1:
        return False
    return node.terms[0].sign == "-" and isinstance(node.terms[0].node, Number)


def _narrowed(domain: Domain, sign: str, bound: Term) -> Domain:
    lo, hi = (domain.lo, domain.lo_open), (domain.hi, domain.hi_open)
    match sign:
        case ">":
            lo = (bound, True)
        case "≥":
            lo = (bound, False)
        case "<":
            hi = (bound, True)
        case "≤":
            hi = (bound, False)
    nonzero = domain.nonzero or (sign == "≠" and bound is ZERO)
    return Domain(lo[0], hi[0], lo[1], hi[1], domain.integer, nonzero, domain.values)
