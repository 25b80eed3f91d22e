"""Expectations made into means over equally likely outcomes, so that all else decides them.

An identity between expectations that holds for every finite number of equally likely outcomes
holds wherever the expectations exist: means over a growing sample tend to them. Independent
quantities have outcomes of their own. Conversely a few outcomes are a distribution, so that a
point at which the means differ refutes. The members of a sample are one for each index; their
products have the expectations that `derive.prove.moments` gives.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from derive.context import Chance, Context, Domain, Hypothesis
from derive.derivation import Relation
from derive.prove.goals import NotAsked
from derive.prove.moments import Means, atoms, degree, holds_expectation, outside
from derive.prove.unfold import Unfolder
from derive.show import text
from derive.term import ONE, ZERO, At, Expect, Pow, Sym, Term, num, sub, substitute, subterms
from derive.values import dataclass

SIZE = Domain(lo=ONE, lo_open=False, integer=True)
METHOD = "expectations as means over equally likely outcomes"


@dataclass(frozen=True, slots=True)
class Settled:
    """A relation without expectations; `doubt` is why a point at which it fails refutes nothing."""

    relation: Relation
    doubt: str = ""


def settled(relation: Relation) -> Settled | None:
    """The relation with its expectations as means; None where nothing in it is expected."""
    left, right, context = relation.left, relation.right, relation.context
    if left is None or right is None or not context.chance.random:
        return None
    alive = _alive(context)
    rows = [*relation.given, *context.hypotheses]
    fixed = frozenset(h for h in context.definitions if h not in alive)
    unfolder = Unfolder(context, fixed)
    sides = [unfolder.fully(side) for side in (left, right)]
    if not any(map(holds_expectation, sides)):
        return _apart(relation)
    means = Means(context.chance, _present(sides, rows, context.chance), sides)
    letters, told = joint(means) if means.joint else ({}, ())
    sides = [substitute(side, letters) for side in sides]
    lowered = [means.settle(side) for side in sides]
    relation = replace(relation, given=(*relation.given, *told, *_spreads(means)))
    there = _relation(relation, lowered, means, unfolder, alive)
    return Settled(there, _doubt(sides, means))


def _spreads(means: Means) -> Iterator[Hypothesis]:
    """No variance is negative."""
    for given in means.chance.given:
        if given.order == 2 and given.head in means.known & means.present and not given.indices:
            yield Hypothesis(given.value, "≥", ZERO, f"Var({given.head}) ≥ 0")


def joint(means: Means) -> tuple[dict[Term, Term], tuple[Hypothesis, ...]]:
    """Given means and variances where more matters: letters stand for them, the rest is assumed."""
    letters: dict[Term, Term] = {}
    rows = []
    for given in means.chance.given:
        if given.head not in means.present or given.order > 2:
            continue
        atom = At(given.head, given.indices or (ONE,)) if given.head in means.families else None
        subject = atom or Sym(given.head)
        value = Expect(subject)
        if given.order == 2:
            value = Expect(Pow(sub(subject, value), num(2)))
        if isinstance(given.value, Sym) and given.value not in letters:
            letters[given.value] = value
        else:
            rows.append(Hypothesis(value, "=", given.value, text(given.value)))
    return letters, tuple(rows)


def _relation(
    relation: Relation, sides: list[Term], means: Means, unfolder: Unfolder, alive: frozenset[str]
) -> Relation:
    context = relation.context
    definitions = {h: rows for h, rows in context.definitions.items() if h not in alive}
    domains = {**context.domains, **dict.fromkeys(means.sizes, SIZE), **means.indices}
    ranges = {**context.ranges, **means.ranges(context.ranges)}
    hypotheses = tuple(_rows(context.hypotheses, means, unfolder))
    unsettled = {h: why for h, why in context.unsettled.items() if h not in means.chance.unclear}
    there = replace(
        context, definitions=definitions, domains=domains, ranges=ranges, hypotheses=hypotheses,
        unsettled=unsettled,
    )  # fmt: skip
    given = tuple(_rows(relation.given, means, unfolder))
    return replace(relation, left=sides[0], right=sides[1], context=there, given=given)


def _rows(rows: Iterable[Hypothesis], means: Means, unfolder: Unfolder) -> Iterator[Hypothesis]:
    """What is assumed, said of means; what cannot be said leaves a doubt."""
    for row in rows:
        try:
            left, right = (means.settle(unfolder.fully(t)) for t in (row.left, row.right))
        except NotAsked:
            if (row.left.heads | row.right.heads) & means.heads:
                means.lost = row.text
            continue
        yield replace(row, left=left, right=right)


def _apart(relation: Relation) -> Settled | None:
    """A relation in which nothing is expected, without what is assumed of expectations."""
    context = relation.context
    kept = tuple(
        row
        for row in context.hypotheses
        if not (holds_expectation(row.left) or holds_expectation(row.right))
    )
    if len(kept) == len(context.hypotheses):
        return None
    return Settled(replace(relation, context=replace(context, hypotheses=kept)))


def _alive(context: Context) -> frozenset[str]:
    """The random heads, and those whose definitions lead to one or to an expectation."""
    found = set(context.chance.random)
    rows: Mapping[str, frozenset[str] | None] = {
        h: None if any(holds_expectation(d.body) for d in ds) else _heads(ds)
        for h, ds in context.definitions.items()
    }
    while True:
        new = {h for h, r in rows.items() if h not in found and (r is None or r & found)}
        if not new:
            return frozenset(found)
        found |= new


def _heads(rows: Iterable[object]) -> frozenset[str]:
    return frozenset(h for d in rows for h in d.body.heads)  # type: ignore[attr-defined]


def _present(sides: list[Term], rows: list[Hypothesis], chance: Chance) -> frozenset[str]:
    terms = [*sides, *(t for row in rows for t in (row.left, row.right))]
    return frozenset(h for t in terms for h in t.heads) & chance.random


def _doubt(sides: list[Term], means: Means) -> str:
    """Why outcomes that are made up may be none of those that the document speaks of."""
    chance = means.chance
    highest = max((degree(t.body, chance) for t in _expected(sides)), default=0)
    unclear = sorted(h for h in means.present & chance.unclear if highest > _known(means, h))
    if unclear:
        return f"more is said of {unclear[0]} than that it is random"
    if chance.vague:
        return "what the words say of independence is not read"
    if means.doubted:
        return f"what is independent of {means.doubted} is said in several ways"
    if means.lost:
        return f"{means.lost} is not taken into account"
    for side in sides:
        known = {a for a in atoms(outside(side), chance) if _head(a) not in chance.told}
        if known:
            return f"nothing says whether {text(next(iter(known)))} is random"
    orders = {1, 2} if any(degree(outside(t.body), chance) > 1 for t in _expected(sides)) else {1}
    told = {g.head for g in chance.given if orders <= _orders(chance, g.head)}
    if means.present - told and any(not atoms(side, chance) for side in sides):
        return "nothing else says what this expectation is"
    return ""


def _orders(chance: Chance, head: str) -> set[int]:
    return {given.order for given in chance.given if given.head == head}


def _known(means: Means, head: str) -> int:
    """Up to which degree the expectations of powers of a quantity are told, the second at least."""
    orders = _orders(means.chance, head)
    return max(orders) if {1, 2} <= orders and not means.joint else 2


def _expected(sides: list[Term]) -> Iterator[Expect]:
    return (t for side in sides for t in subterms(side) if isinstance(t, Expect))


def _head(atom: Term) -> str:
    return atom.name if isinstance(atom, Sym) else getattr(atom, "head", "")
