"""Domains that a document implies: of sizes, of indices, and of what stands under a log."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from derive.context import Definition, Domain
from derive.read.ledger import Ledger
from derive.read.names import squared
from derive.read.units import BASES
from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    At,
    Build,
    Fill,
    Fn,
    Mat,
    Mul,
    Num,
    Pow,
    Prod,
    Sum,
    Sym,
    Term,
    num,
    subterms,
)

SIZE = Domain(lo=ONE, lo_open=False, integer=True)
POSITIVE = Domain(lo=ZERO)


def infer_domains(
    ledger: Ledger, table: Mapping[str, list[tuple[int, Definition]]]
) -> dict[str, Domain]:
    """All domains: the declared ones, and for other symbols what the document implies."""
    found = dict(ledger.domains)
    found["±"] = Domain(values=(ONE, MINUS_ONE))
    for term in _all_terms(ledger):
        for size in _sizes(term):
            found.setdefault(size.name, SIZE)
        for unit in term.heads & set(BASES):
            found[unit] = meet(found.get(unit), POSITIVE)
        for square in filter(squared, term.heads):
            found[square] = meet(found.get(square), POSITIVE)
    for letter in _index_letters(ledger):
        lo, hi = ledger.symbols.letters.get(letter, (ONE, None))
        found.setdefault(letter, Domain(lo, hi, False, False, integer=True))
    for rows in table.values():
        for _, definition in rows:
            for key, domain in _implied(definition.body):
                if key not in ledger.domains:
                    found[key] = meet(found.get(key), domain)
    return found


def _all_terms(ledger: Ledger) -> Iterator[Term]:
    for draft in ledger.drafts:
        for side in (draft.relation.left, draft.relation.right):
            if side is not None:
                yield ledger.symbols.sized(side)


def _sizes(term: Term) -> Iterator[Sym]:
    """Symbols that count something: upper bounds of sums, rows and columns."""
    for node in subterms(term):
        match node:
            case Sum(_, _, hi) | Prod(_, _, hi):
                yield from _symbols(hi)
            case Mat(_, rows, cols):
                yield from _symbols(rows)
                if cols is not None:
                    yield from _symbols(cols)
            case Build(_, rows, cols) | Fill(_, rows, cols):
                yield from _symbols(rows)
                yield from _symbols(cols)
            case _:
                pass


def _symbols(term: Term) -> Iterator[Sym]:
    return (t for t in subterms(term) if isinstance(t, Sym))


def _index_letters(ledger: Ledger) -> set[str]:
    """Free symbols that stand as an index of a family."""
    return {
        at.name
        for term in _all_terms(ledger)
        for node in subterms(term)
        if isinstance(node, At)
        for at in node.indices
        if isinstance(at, Sym)
    }


# ---- what a definition's logarithms, roots and quotients bind ------------------------------


def _implied(body: Term) -> Iterator[tuple[str, Domain]]:
    for node in subterms(body):
        match node:
            case Fn("log", 0, (argument,)):
                yield from _bound(argument, strict=True)
            case Pow(base, Num(value)) if value.denominator % 2 == 0:
                yield from _bound(base, strict=value < 0)
            case Pow(base, Num(value)) if value < 0:
                yield from _nonzero(base)
            case _:
                pass


def _nonzero(base: Term) -> Iterator[tuple[str, Domain]]:
    key = _leaf(base)
    if key is not None:
        yield key, Domain(nonzero=True)


def _leaf(term: Term) -> str | None:
    match term:
        case Sym(name):
            return name
        case At(key, _):
            return key
        case _:
            return None


def _bound(argument: Term, strict: bool) -> Iterator[tuple[str, Domain]]:
    """a·x + b > 0 for one leaf x and numbers a, b."""
    linear = _linear(argument)
    if linear is None:
        return
    key, slope, offset = linear
    end = num(-offset / slope)
    if slope > 0:
        yield key, Domain(lo=end, lo_open=strict)
    else:
        yield key, Domain(hi=end, hi_open=strict)


def _linear(term: Term) -> tuple[str, Fraction, Fraction] | None:
    """(leaf, slope, offset) of a term that is linear in one leaf with rational numbers."""
    args = term.args if isinstance(term, Add) else (term,)
    key, slope, offset = None, Fraction(0), Fraction(0)
    for arg in args:
        if isinstance(arg, Num):
            offset += arg.value
            continue
        factors = arg.args if isinstance(arg, Mul) else (arg,)
        coefficient = Fraction(1)
        leaves = []
        for factor in factors:
            if isinstance(factor, Num):
                coefficient *= factor.value
            else:
                leaves.append(factor)
        if key is not None or len(leaves) != 1 or (key := _leaf(leaves[0])) is None:
            return None
        slope = coefficient
    return None if key is None or slope == 0 else (key, slope, offset)


def meet(old: Domain | None, new: Domain) -> Domain:
    """The values in both domains, where the ends are numbers."""
    if old is None:
        return new
    lo, lo_open = _tighter((old.lo, old.lo_open), (new.lo, new.lo_open), up=True)
    hi, hi_open = _tighter((old.hi, old.hi_open), (new.hi, new.hi_open), up=False)
    integer, nonzero = old.integer or new.integer, old.nonzero or new.nonzero
    return Domain(lo, hi, lo_open, hi_open, integer, nonzero, old.values)


def _tighter(
    a: tuple[Term | None, bool], b: tuple[Term | None, bool], up: bool
) -> tuple[Term | None, bool]:
    if a[0] is None or b[0] is None:
        return b if a[0] is None else a
    if not (isinstance(a[0], Num) and isinstance(b[0], Num)):
        return a
    if a[0] is b[0]:
        return a[0], a[1] or b[1]
    larger = a if a[0].value > b[0].value else b
    return larger if up else (b if larger is a else a)
