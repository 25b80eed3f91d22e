"""Rules of rewriting that assumed equations give: sums of known value, symmetric families.

They reach where solving for one quantity does not: under a Σ, for every value of an index.
"""

from collections.abc import Iterator

from derive.context import Context
from derive.kernel.budget import Exhausted, Undefined, Unsupported
from derive.kernel.known import Known
from derive.kernel.normal import canonical, is_zero
from derive.kernel.sign import holds
from derive.prove.hypotheses import HALF, solved_for, vanishes
from derive.term import At, Diff, Prod, Sum, Sym, Term, add, mul, num, rebuild, sub, subterms
from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Symmetry:
    """`h_{ij} = sign · h_{ji}` for all indices."""

    head: str
    sign: int


def vanishes_by_rules(
    difference: Term, assumed: tuple[Term, ...], context: Context
) -> tuple[int, ...] | None:
    """The numbers of the equations by whose rules a difference is seen to be 0, if it is."""
    plain = _by_sums(difference, assumed, context, ())
    if plain is not None:
        return plain
    used: list[int] = []
    for number, equation in enumerate(assumed):
        symmetry = symmetry_of(equation, context)
        if symmetry is not None and not _varied(difference, symmetry.head):
            difference = symmetrized(difference, symmetry)
            used.append(number)
    return _by_sums(difference, assumed, context, tuple(used)) if used else None


def _by_sums(
    difference: Term, assumed: tuple[Term, ...], context: Context, used: tuple[int, ...]
) -> tuple[int, ...] | None:
    known = {k: tuple(_known(e, context)) for k, e in enumerate(assumed) if k not in used}
    for numbers in _choices([k for k, rows in known.items() if rows]):
        rows = tuple(row for k in numbers for row in known[k])
        if (rows or used) and _zero(difference, context, rows):
            return (*used, *numbers)
    return None


def _choices(numbers: list[int]) -> Iterator[tuple[int, ...]]:
    """None, each alone, and all together."""
    yield ()
    yield from ((k,) for k in numbers)
    if len(numbers) > 1:
        yield tuple(numbers)


def _zero(difference: Term, context: Context, known: tuple[Known, ...]) -> bool:
    try:
        return is_zero(difference, context, known=known) is not None
    except (Exhausted, Unsupported, Undefined):
        return False


# ---- symmetric families --------------------------------------------------------------------


def symmetry_of(equation: Term, context: Context) -> Symmetry | None:
    """What an equation says of a family of two indices, if it says that it is (skew-)symmetric."""
    members = [t for t in subterms(equation) if isinstance(t, At)]
    if len(members) != 2 or members[0].head != members[1].head:
        return None
    one, other = members
    if len(one.indices) != 2 or one.indices != other.indices[::-1] or len(set(one.indices)) != 2:
        return None
    if not all(isinstance(i, Sym) for i in one.indices):
        return None
    for sign in (1, -1):
        wanted = sub(one, mul(num(sign), other))
        if vanishes(sub(equation, wanted), context) or vanishes(add(equation, wanted), context):
            return Symmetry(one.head, sign)
    return None


def _varied(term: Term, head: str) -> bool:
    """Whether something is differentiated by a member: its mirror image would move along."""
    by = (t.variable for t in subterms(term) if isinstance(t, Diff))
    return any(isinstance(v, At) and v.head == head for v in by)


def symmetrized(term: Term, symmetry: Symmetry) -> Term:
    """The term with every member replaced by the mean of itself and its mirror image."""
    memo: dict[Term, Term] = {}

    def go(node: Term) -> Term:
        found = memo.get(node)
        if found is None:
            found = rebuild(node, lambda t, _: go(t))
            if isinstance(found, At) and found.head == symmetry.head and len(found.indices) == 2:
                mirror = At(found.head, found.indices[::-1])
                found = mul(HALF, add(found, mul(num(symmetry.sign), mirror)))
            memo[node] = found
        return found

    return go(term)


# ---- sums of known value ---------------------------------------------------------------------


def _known(equation: Term, context: Context) -> Iterator[Known]:
    """The sums that the equation gives a value to."""
    free = _free(equation)
    for term in subterms(equation):
        if not isinstance(term, Sum) or term.loose:
            continue
        value = solved_for(equation, term, context)
        if value is None or not all(holds(c, context) for c in value.conditions):
            continue
        try:
            pattern = canonical(term, context)
        except (Exhausted, Unsupported, Undefined):
            continue
        if isinstance(pattern, Sum):
            yield Known(pattern, value.value, free)


def _free(equation: Term) -> frozenset[Sym]:
    """The symbols that stand as indices of members and are no ends of sums."""
    nodes = set(subterms(equation))
    at = {i for t in nodes if isinstance(t, At) for i in t.indices if isinstance(i, Sym)}
    ends = {e for t in nodes if isinstance(t, (Sum, Prod)) for e in (t.lo, t.hi)}
    return frozenset(at - {s for e in ends for s in subterms(e)})
