"""Names that every reader knows from their shape: `x̄` beside `x_1, …, x_n` is their mean.

A letter that is conjugated is complex, `z = Re z + i Im z`.
"""

from derive.context import Definition
from derive.read.ledger import Ledger
from derive.term import ONE, At, Bound, Const, Sum, Sym, Term, add, div, mul, subterms

BARS = ("\u0304", "\u0305")


def means(ledger: Ledger) -> None:
    """Defines, from the start, each barred name that nothing defines beside its family."""
    for key, place in ledger.symbols.places.items():
        ranges = ledger.symbols.ranges.get(key[:-1], ()) if key.endswith(BARS) else ()
        told = ledger.spoken | ledger.table.keys() | ledger.domains.keys() | ledger.unsettled.keys()
        if len(ranges) != 1 or ranges[0] is None or ledger.assumed_of(key) or key in told:
            continue
        lo, hi = ranges[0]
        if lo is not ONE or not _used_alone(ledger, key):
            continue
        body = mul(div(ONE, hi), Sum(At(key[:-1], (Bound(0),)), lo, hi))
        ledger.table[key].append((-1, Definition(key, (), body, "reading")))
        ledger.note("reading", f"{key} is defined nowhere; read as the mean of {key[:-1]}_i", place)


def complex_letters(ledger: Ledger) -> None:
    """`z`, declared complex or conjugated somewhere, is Re z + i Im z where nothing defines it."""
    symbols = ledger.symbols
    keys = symbols.complex | (symbols.conjugated - ledger.domains.keys())
    for key in sorted(keys - ledger.table.keys() - symbols.shapes.keys()):
        at = tuple(Sym(f"{letter}′") for letter in "ijkl"[: len(symbols.ranges.get(key, ()))])
        parts = [At(f"{part} {key}", at) if at else Sym(f"{part} {key}") for part in ("Re", "Im")]
        body = add(parts[0], mul(Const("I"), parts[1]))
        ledger.table[key].append((-1, Definition(key, at, body, "reading")))


def _used_alone(ledger: Ledger, key: str) -> bool:
    sides: list[Term] = []
    for draft in ledger.drafts:
        pair = draft.relation.left, draft.relation.right
        sides += [s for s in pair if s is not None and key in s.heads]
    nodes = {t for side in sides for t in subterms(side)}
    return Sym(key) in nodes and not any(isinstance(t, At) and t.head == key for t in nodes)
