"""One letter with several meanings: each meaning gets a name of its own before it is stated.

`τ` beside `τ_0` is a number beside a family; in `τ_n = τ_0 + n τ` the member `τ_0` is the start
from which the definition of the others sets out, and stands for itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from derive.certify.expression import Unsaid
from derive.context import REAL, Context, Definition, Hypothesis
from derive.derivation import Relation
from derive.term import At, Num, Sym, Term, rebuild, subterms
from derive.values import dataclass
from derive.verdict import Verdict

Change = Callable[[Term], Term]


def told_apart(relation: Relation, verdict: Verdict) -> tuple[Relation, Verdict]:
    """The relation with a name for each meaning; itself where every letter has one."""
    for rename in (_families, _starts):
        names = rename(relation)
        if names:
            relation, verdict = _renamed(relation, verdict, names)
    return relation, verdict


@dataclass(frozen=True, slots=True)
class _Names:
    """New names: of all members of a family, of single members."""

    families: dict[str, str]
    members: dict[At, str]

    def __bool__(self) -> bool:
        return bool(self.families or self.members)

    def origins(self) -> Iterator[tuple[str, str]]:
        """Each new name with the head that it had."""
        yield from ((new, old) for old, new in self.families.items())
        yield from ((new, node.head) for node, new in self.members.items())

    def change(self, term: Term) -> Term:
        """The term in new names."""
        memo: dict[Term, Term] = {}

        def go(node: Term) -> Term:
            if node not in memo:
                memo[node] = self._leaf(node) or rebuild(self._moved(node), lambda t, _: go(t))
            return memo[node]

        return go(term)

    def _leaf(self, node: Term) -> Term | None:
        return Sym(self.members[node]) if isinstance(node, At) and node in self.members else None

    def _moved(self, node: Term) -> Term:
        if isinstance(node, At) and node.head in self.families:
            return At(self.families[node.head], node.indices)
        return node


def _families(relation: Relation) -> _Names:
    """Letters that are a number and, with an index, a family."""
    plain, indexed = set[str](), set[str]()
    for term, own in _reached(relation):
        plain |= {t.name for t in subterms(term) if isinstance(t, Sym)} - own
        indexed |= {t.head for t in subterms(term) if isinstance(t, At)}
    return _Names({head: f"{head}_of" for head in sorted(plain & indexed)}, {})


def _starts(relation: Relation) -> _Names:
    """Members at a written place that the definition of the other members sets out from."""
    found: dict[At, str] = {}
    for head, rows in relation.context.definitions.items():
        if len(rows) != 1 or not rows[0].params or isinstance(rows[0].params[0], Num):
            continue
        starts = [t for t in _members(rows[0].body, head) if _places(t) is not None]
        if starts:
            _beyond(relation, head, starts)
        found.update((t, "_".join([head, *map(str, _places(t) or ())])) for t in starts)
    return _Names({}, found)


def _members(term: Term, head: str) -> list[At]:
    return [t for t in subterms(term) if isinstance(t, At) and t.head == head]


def _places(node: At) -> list[Fraction] | None:
    """The indices of a member at a written place."""
    found = [i.value for i in node.indices if isinstance(i, Num)]
    return found if len(found) == len(node.indices) else None


def _beyond(relation: Relation, head: str, starts: list[At]) -> None:
    """Raises `Unsaid` where another member may be one of the starts."""
    last = max(place for s in starts for place in _places(s) or ())
    others = {t for term, _ in _reached(relation) for t in _members(term, head)} - set(starts)
    if any(_least(relation, index) <= last for node in others for index in node.indices):
        raise Unsaid(f"the member of {head} that its definition sets out from")


def _least(relation: Relation, index: Term) -> Fraction:
    domain = relation.context.domains.get(index.name, REAL) if isinstance(index, Sym) else REAL
    known = domain.integer and isinstance(domain.lo, Num)
    return domain.lo.value if known and isinstance(domain.lo, Num) else Fraction(-1)


def _reached(relation: Relation) -> Iterator[tuple[Term, frozenset[str]]]:
    """What the relation says, and the bodies of the definitions that it leads to, each with the
    names of its parameters."""
    left, right = relation.left, relation.right
    assert left is not None
    assert right is not None
    yield from ((left, frozenset()), (right, frozenset()))
    heads = set(left.heads | right.heads)
    stack = list(heads)
    while stack:
        for row in relation.context.definitions.get(stack.pop(), ()):
            own = frozenset(p.name for p in row.params if isinstance(p, Sym))
            yield row.body, own
            new = row.body.heads - heads - own
            heads |= new
            stack.extend(new)


def _renamed(relation: Relation, verdict: Verdict, names: _Names) -> tuple[Relation, Verdict]:
    context = _context(relation.context, names)
    given = tuple(_hypothesis(h, names.change) for h in relation.given)
    sides = [None if s is None else names.change(s) for s in (relation.left, relation.right)]
    told = replace(relation, context=context, given=given, left=sides[0], right=sides[1])
    conditions = tuple(replace(c, term=names.change(c.term)) for c in verdict.conditions)
    where = tuple(replace(c, term=names.change(c.term)) for c in verdict.where)
    return told, replace(verdict, conditions=conditions, where=where)


def _context(context: Context, names: _Names) -> Context:
    origins = list(names.origins())
    domains = {new: context.domains[old] for new, old in origins if old in context.domains}
    ranges = {
        new: context.ranges[old] for old, new in names.families.items() if old in context.ranges
    }
    depends = [(new, v) for new, old in origins for h, v in context.depends if h == old]
    depends += [(h, new) for new, old in origins for h, v in context.depends if v == old]
    return replace(
        context,
        definitions=_definitions(context, names),
        domains={**context.domains, **domains},
        ranges={**context.ranges, **ranges},
        depends=context.depends.union(depends),
        hypotheses=tuple(_hypothesis(h, names.change) for h in context.hypotheses),
    )


def _definitions(context: Context, names: _Names) -> dict[str, tuple[Definition, ...]]:
    found: dict[str, list[Definition]] = {}
    for head, rows in context.definitions.items():
        for row in rows:
            own = names.families.get(head, head) if row.params else head
            body = names.change(row.body)
            found.setdefault(own, []).append(replace(row, head=own, body=body))
    return {head: tuple(rows) for head, rows in found.items()}


def _hypothesis(found: Hypothesis, change: Change) -> Hypothesis:
    return replace(found, left=change(found.left), right=change(found.right))
