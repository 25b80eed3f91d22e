"""What a verdict depends on: two relations with one footprint have one verdict."""

from collections.abc import Hashable

from derive.context import Context, Domain
from derive.derivation import Relation
from derive.term import Term


def footprint(relation: Relation) -> Hashable:
    """The sides, and what is in force of the names that they reach."""
    context = relation.context
    heads = _reach(relation)
    return (
        relation.left, relation.op, relation.right, relation.kind, relation.given,
        relation.order, relation.predecessor is None, relation.unknown, relation.solves,
        relation.sought, relation.root, context.chance,
        tuple((h, context.definitions[h]) for h in heads if h in context.definitions),
        tuple((h, _domain(context.domains[h])) for h in heads if h in context.domains),
        tuple((h, context.ranges[h]) for h in heads if h in context.ranges),
        tuple(sorted(p for p in context.depends if p[0] in heads or p[1] in heads)),
        context.hypotheses,
    )  # fmt: skip


def _domain(domain: Domain) -> Hashable:
    return domain


def _reach(relation: Relation) -> tuple[str, ...]:
    """The heads of a relation, and of the definitions, domains and ranges behind them."""
    context = relation.context
    found: set[str] = set()
    stack = [t for t in (relation.left, relation.right) if t is not None]
    root = relation.root
    stack += [t for pair in root.slopes for t in pair if t is not None] if root else []
    assumed = (*context.hypotheses, *relation.given, *relation.solves)
    stack += [t for h in assumed for t in (h.left, h.right)]
    while stack:
        for head in stack.pop().heads - found:
            found.add(head)
            stack += _behind(head, context)
    return tuple(sorted(found))


def _behind(head: str, context: Context) -> list[Term]:
    terms = [d.body for d in context.definitions.get(head, ())]
    domain = context.domains.get(head)
    if domain is not None:
        terms += [t for t in (domain.lo, domain.hi, *(domain.values or ())) if t is not None]
    terms += [t for pair in context.ranges.get(head, ()) if pair is not None for t in pair]
    return terms
