"""Definitions against the well-known formula of their name.

A document may write a formula with any letters and conventions; it is warned of only where it
is the well-known one but for a factor, a sign or a number, for some naming of its symbols.
What resembles nothing in the table is passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import permutations, product

from flint import fmpq

from derive.catalogue import DECLARED, TABLE, Known
from derive.checked import name
from derive.context import Context, Domain
from derive.derivation import Derivation, Relation
from derive.explain import codes
from derive.finding import Finding
from derive.kernel.evaluate import evaluate
from derive.options import Options
from derive.prove.chosen import Sampled
from derive.prove.decide import decide
from derive.prove.screen import TROUBLE
from derive.read.read import read
from derive.source import Source, Span
from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    At,
    Mat,
    MatAdd,
    Num,
    Scale,
    Sym,
    Term,
    is_matrix,
    mul,
    neg,
    parts,
    rebuild,
    subterms,
)  # fmt: skip
from derive.verdict import PROVED, PROVED_IF

REACH = 400  # characters before a formula that may name it
NAMINGS = 240
ATTEMPTS = range(4, 24)
ENOUGH = 2
CLOSE = 1e-9
OPTIONS = Options(cross_check=False, isolate=False)
Naming = dict[str, str]


def warnings(derivation: Derivation) -> Iterator[Finding]:
    """A warning for each definition that states another formula than the one it is named after."""
    seen: dict[Term, Finding] = {}
    before = 0
    for relation in derivation.relations:
        if relation.kind in ("definition", "restatement") and relation.right is not None:
            found = seen.get(relation.right) or _judged(derivation, relation, before)
            if found is not None:
                also = (*found.relations, relation.id)
                seen[relation.right] = replace(found, relations=tuple(dict.fromkeys(also)))
        before = relation.span.end
    yield from seen.values()


def _judged(derivation: Derivation, relation: Relation, before: int) -> Finding | None:
    start = relation.span.start
    text = derivation.source.cut(Span(max(before, start - REACH), start))
    words = " ".join(re.sub(r"[$\\{}*_]", " ", text).split())
    for known in TABLE:
        if known.named_in(words):
            difference = _difference(known, relation)
            if difference:
                return _finding(known, relation, difference)
    return None


def _finding(known: Known, relation: Relation, difference: str) -> Finding:
    row = codes.find("convention", "W204")
    return Finding(
        row.code,
        row.severity,
        f"{name(relation)} differs from the well-known {known.title} {difference}",
        relation.right_span,
        (relation.id,),
        details=(f"well-known: {known.forms[0]}", f"as in: {known.source}"),
    )


# ---- what differs ------------------------------------------------------------------------


def _difference(known: Known, relation: Relation) -> str:
    """How a definition differs from every form of a formula; "" where it need not differ."""
    right = relation.right
    assert right is not None
    said = ""
    for canonical in filter(None, map(_form, known.forms)):
        for naming in _namings(canonical, right):
            found = _compared(right, _renamed(canonical, naming), relation, known)
            if found == "":
                return ""
            said = said or found or ""
    return said


def _compared(right: Term, other: Term, relation: Relation, known: Known) -> str | None:
    """ "" where two formulas agree, what differs where it is little, None where it is much."""
    if right is other:
        return ""
    if is_matrix(right) or is_matrix(other):
        return next((w for t, w in _slips(other) if t is right), None)
    factor = _ratio(right, other, relation)
    if factor is None:
        changed = ((t, w) for t, w in _slips(other) if _ratio(right, t, relation) == 1)
        return next((w for t, w in changed if _proved(relation, right, t)), None)
    if factor == 1 or (known.free and factor > 0):
        return ""
    constant = Num(factor) if factor.denominator < 100 and abs(factor) < 100 else None
    if constant is None or not _proved(relation, right, mul(constant, other)):
        return None
    if factor == -1:
        return "by the factor −1: the minus sign is missing, or one too many"
    return f"by the factor {factor}" if factor > 0 else f"in its sign, by the factor −{-factor}"


def _proved(relation: Relation, left: Term, right: Term) -> bool:
    claim = replace(relation, left=left, right=right, kind="claim", op="=")
    return decide(claim, OPTIONS).status in (PROVED, PROVED_IF)


def _ratio(left: Term, right: Term, relation: Relation) -> Fraction | None:
    """The number that one formula is of the other, told by a few points of the domain."""
    found: list[float] = []
    for attempt in ATTEMPTS:
        context = relation.context
        point = Sampled(_positive(context, left) if attempt % 2 else context, attempt)
        values = [_value(t, point) for t in (left, right)]
        if values[0] is not None and values[1]:
            found.append(values[0] / values[1])
        if len(found) == ENOUGH:
            break
    if len(found) < ENOUGH or abs(found[0] - found[1]) > CLOSE * abs(found[0]):
        return None
    nearest = Fraction(found[0]).limit_denominator(1000)
    return nearest if abs(float(nearest) - found[0]) < CLOSE * abs(found[0]) else None


def _positive(context: Context, term: Term) -> Context:
    """The context in which what has no sign is positive: many formulas need no more."""
    signless = {h: Domain(lo=ZERO) for h in term.heads if _signless(context.domains.get(h))}
    return replace(context, domains={**context.domains, **signless})


def _signless(domain: Domain | None) -> bool:
    return domain is None or (domain.lo is None and domain.hi is None and domain.values is None)


def _value(term: Term, point: Sampled) -> float | None:
    for node in subterms(term):
        if isinstance(node, Sym) and _counts(node, term):
            point.chosen.setdefault((node.name, ()), fmpq(3))
    try:
        value = evaluate(term, point, point.context)
    except (*TROUBLE, ZeroDivisionError, OverflowError):
        return None
    if isinstance(value, fmpq):
        return int(value.p) / int(value.q)
    return float(value.mid()) if hasattr(value, "mid") else None


def _counts(symbol: Sym, term: Term) -> bool:
    """Whether a symbol bounds a sum or stands as an index: a whole number, the same each time."""
    for node in subterms(term):
        if symbol is getattr(node, "hi", None):
            return True
        if isinstance(node, At) and symbol in node.indices:
            return True
    return False


# ---- slips: a formula but for one sign or number ---------------------------------------------


def _slips(term: Term) -> Iterator[tuple[Term, str]]:
    """A formula with one sign turned or one number left out, and what was done."""
    if isinstance(term, (Add, MatAdd)):
        for k, arg in enumerate(term.args):
            turned = Scale(MINUS_ONE, arg) if is_matrix(arg) else neg(arg)
            yield (
                type(term)((*term.args[:k], turned, *term.args[k + 1 :])),
                "in the sign of one term",
            )
    if isinstance(term, Num) and abs(term.value) not in (0, 1):
        yield ONE, f"by the number {abs(term.value)}, which is left out"
    for k, (child, _) in enumerate(parts(term)):
        for changed, said in _slips(child):
            yield _with_part(term, k, changed), said


def _with_part(term: Term, k: int, new: Term) -> Term:
    """A term with its k-th part replaced."""
    count = iter(range(1 << 30))
    return rebuild(term, lambda old, _: new if next(count) == k else old)


# ---- forms and namings -----------------------------------------------------------------------


@cache
def _form(latex: str) -> Term | None:
    """A row's formula as our reader reads it."""
    matrices = "X" in latex
    declared = f"<!-- derive: {DECLARED} -->\n\n" if matrices else ""
    found = read(Source(f"{declared}$$Q = {latex}$$\n"), "md").relations
    return found[-1].right if found else None


def _namings(canonical: Term, right: Term) -> Iterator[Naming]:
    """The ways to give the canonical symbols the names of a document's, kind by kind."""
    ours, theirs = _kinds(canonical), _kinds(right)
    if {k: len(v) for k, v in ours.items()} != {k: len(v) for k, v in theirs.items()}:
        return
    choices = [[zip(v, p, strict=True) for p in permutations(theirs[k])] for k, v in ours.items()]
    for count, rows in enumerate(product(*([list(c) for c in choice] for choice in choices))):
        if count == NAMINGS:
            return
        yield {a: b for row in rows for a, b in row}


def _kinds(term: Term) -> dict[str, list[str]]:
    """The symbols of a term: plain ones, whole numbers, families by their indices, matrices."""
    found: dict[str, set[str]] = {}
    for node in subterms(term):
        if isinstance(node, Sym):
            kind = "whole" if _counts(node, term) else "plain"
            found.setdefault(kind, set()).add(node.name)
        elif isinstance(node, At):
            found.setdefault(f"family {len(node.indices)}", set()).add(node.head)
        elif isinstance(node, Mat):
            found.setdefault("matrix", set()).add(node.name)
    return {k: sorted(v) for k, v in found.items()}


def _renamed(term: Term, naming: Naming) -> Term:
    match term:
        case Sym(key):
            return Sym(naming.get(key, key))
        case At(key, indices):
            return At(naming.get(key, key), tuple(_renamed(i, naming) for i in indices))
        case Mat(key, rows, cols):
            renamed = None if cols is None else _renamed(cols, naming)
            return Mat(naming.get(key, key), _renamed(rows, naming), renamed)
        case _:
            return rebuild(term, lambda t, _: _renamed(t, naming))
