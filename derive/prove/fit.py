"""A goal made ready for trial at points: its sizes large enough, its assumptions sorted out.

A relation that names x₃ speaks of n ≥ 3, and an index without a declared range runs over the
range of the family that it indexes; a point that ignores this would refute what is true.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from derive.context import Context, Domain
from derive.prove.chosen import Assumption
from derive.prove.goal import Goal
from derive.term import (
    ONE,
    Add,
    App,
    At,
    Bound,
    Delta,
    Mul,
    Num,
    Prod,
    Sum,
    Sym,
    Term,
    num,
    parts,
    sub,
    subterms,
)
from derive.values import dataclass

# signs that say the same as an exact one, and signs that say nothing exact
SAME = {"≡": "=", ":=": "=", "≪": "<", "≫": ">"}
EXACT = frozenset({"=", "≠", "<", "≤", ">", "≥"})
VAGUE = frozenset({"≈", "≃", "∝", "∼", "→", "↦"})
MEMBERS = 4  # members of a family whose range nothing tells

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Trial:
    """A goal and what must hold at its points.

    `refutable` is False where an assumption that bears on the goal cannot be checked at a
    point, so that a difference there would refute nothing.
    """

    goal: Goal
    assumptions: tuple[Assumption, ...]
    refutable: bool = True


def fit(goal: Goal, assumptions: tuple[Assumption, ...]) -> Trial:
    """The goal with domains that fit its indices, and the assumptions that bear on it."""
    bearing = _bearing(goal, assumptions)
    kept = tuple(a for a in bearing if a.op in EXACT)
    refutable = all(a.op in EXACT or a.op in VAGUE for a in bearing)
    refutable = refutable and not any(_other_functions(goal, a) for a in kept)
    context, owed = _fitted((goal.left, goal.right), kept, goal.context)
    return Trial(replace(goal, context=context), (*owed, *kept), refutable)


# ---- assumptions ---------------------------------------------------------------------------


def _bearing(goal: Goal, assumptions: tuple[Assumption, ...]) -> tuple[Assumption, ...]:
    """The assumptions that share a quantity with the goal, directly or through others."""
    reached = goal.left.heads | goal.right.heads
    rest = [replace(a, op=SAME.get(a.op, a.op)) for a in assumptions]
    kept: list[Assumption] = []
    while True:
        found = [a for a in rest if _quantities(a.difference, goal.context) & reached]
        if not found:
            return tuple(kept)
        kept += found
        rest = [a for a in rest if a not in found]
        reached = reached.union(*(a.difference.heads for a in found))


def _quantities(term: Term, context: Context) -> frozenset[str]:
    """The heads of a term, without its sizes and indices if it has anything else."""
    whole = {h for h in term.heads if (d := context.domains.get(h)) is not None and d.integer}
    return (term.heads - whole) or term.heads


def _other_functions(goal: Goal, assumption: Assumption) -> bool:
    """Whether something is assumed of a function that the goal applies elsewhere."""
    assumed = {(t.head, t.args) for t in subterms(assumption.difference) if isinstance(t, App)}
    names = {head for head, _ in assumed}
    return bool(names) and any(
        isinstance(t, App) and t.head in names and (t.head, t.args) not in assumed
        for side in (goal.left, goal.right)
        for t in subterms(side)
    )


# ---- sizes and indices -----------------------------------------------------------------------


def _fitted(
    sides: tuple[Term, Term], assumptions: tuple[Assumption, ...], context: Context
) -> tuple[Context, tuple[Assumption, ...]]:
    terms = (*sides, *(a.difference for a in assumptions))
    nodes = {t: None for term in terms for t in subterms(term)}
    domains = dict(context.domains)
    for name in _whole(nodes):
        domain = domains.get(name, Domain(ONE, None, False, integer=True))
        domains[name] = domain if domain.integer else replace(domain, integer=True)
    owed: list[Assumption] = []
    ends = _ends(nodes, sides, context)
    for node in nodes:
        if isinstance(node, At):
            for position, index in enumerate(node.indices):
                owed += _reach(index, ends.get((node.head, position)), domains)
    changed = domains != context.domains
    return (replace(context, domains=domains) if changed else context), tuple(owed)


def _whole(nodes: dict[Term, None]) -> Iterator[str]:
    """The symbols that stand as sizes or indices, so for integers."""
    for node in nodes:
        match node:
            case Sum(_, lo, hi) | Prod(_, lo, hi):
                yield from _symbols(lo)
                yield from _symbols(hi)
            case At(_, indices):
                for index in indices:
                    yield from _symbols(index)
            case Delta(left, right):
                yield from _symbols(left)
                yield from _symbols(right)
            case _:
                pass


def _symbols(index: Term) -> Iterator[str]:
    match index:
        case Sym(name):
            yield name
        case Add(args) | Mul(args):
            if all(not isinstance(a, Num) or a.value.denominator == 1 for a in args):
                for arg in args:
                    yield from _symbols(arg)
        case _:
            return


def _ends(nodes: dict[Term, None], sides: tuple[Term, ...], context: Context) -> dict[Place, Term]:
    """The last index of each family at each position, as declared or as its sums have it."""
    named = {t.head for t in nodes if isinstance(t, At) and any(map(_tells, t.indices))}
    found: dict[Place, Term] = {}
    for head in sorted(named):
        for position, pair in enumerate(context.ranges.get(head, ())):
            if pair is not None:
                found[head, position] = pair[1]
    for side in sides:
        if side.heads & named:
            _summed(side, (), found)
    return found


def _tells(index: Term) -> bool:
    return isinstance(index, (Num, Sym))


def _summed(term: Term, above: tuple[Term | None, ...], found: dict[Place, Term]) -> None:
    if isinstance(term, At):
        for position, index in enumerate(term.indices):
            if isinstance(index, Bound) and index.depth < len(above):
                end = above[-1 - index.depth]
                if end is not None and end.loose == 0:
                    found.setdefault((term.head, position), end)
    hi = term.hi if isinstance(term, (Sum, Prod)) else None
    for part, binders in parts(term):
        _summed(part, above + (hi,) * binders, found)


def _reach(index: Term, end: Term | None, domains: dict[str, Domain]) -> Iterator[Assumption]:
    """Makes room for an index, in the domains where that is enough, else as an assumption."""
    match index, end:
        case Num(value), Sym(size):
            domain = domains.get(size, Domain(ONE, None, False, integer=True))
            if domain.hi is None and (domain.lo is None or isinstance(domain.lo, Num)):
                least = value if domain.lo is None else max(value, _value(domain.lo))
                domains[size] = replace(domain, lo=num(least), lo_open=False)
            elif domain.lo is not None:
                yield Assumption(sub(Sym(size), index), "≥")
        case Num(_), Term() if not isinstance(end, Num):
            yield Assumption(sub(end, index), "≥")
        case Sym(name), _ if domains[name].hi is None and index is not end:
            if end is None and not _is_size(name, domains):
                end = num(MEMBERS)
            if end is not None and name not in end.heads:
                domains[name] = replace(domains[name], hi=end, hi_open=False)
        case _:
            return


def _value(term: Term) -> Fraction:
    return term.value if isinstance(term, Num) else Fraction(1)


def _is_size(name: str, domains: dict[str, Domain]) -> bool:
    return any(d.hi is not None and name in d.hi.heads for d in domains.values())
