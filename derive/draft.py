"""A document on the workbench: read, decided, varied, edited and decided again.

It is what the search for repairs is handed: candidates from `read`, truth from `prove`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from derive.context import Definition
from derive.derivation import Derivation, Relation
from derive.explain.repair import FALSE, applied
from derive.options import Options
from derive.prove import screen
from derive.prove.decide import decide
from derive.read.read import Reader
from derive.read.variants import Variant, Variants
from derive.source import Source, Span
from derive.term import At, Sym
from derive.verdict import PROVED, PROVED_IF, Verdict

TRUE = (PROVED, PROVED_IF)
REWRITINGS = 4_000


@dataclass
class Draft:
    """One state of a document; `known` are verdicts that need not be found again."""

    reader: Reader
    known: Mapping[str, Verdict] = field(default_factory=dict)
    options: Options = field(default_factory=lambda: Options(cross_check=False, isolate=False))

    @property
    def derivation(self) -> Derivation:
        """What was read."""
        return self.reader.derivation

    @cached_property
    def verdicts(self) -> Sequence[Verdict]:
        """The verdicts, parallel to the relations."""
        return [
            self.known.get(r.id) or decide_relation(r, self.options)
            for r in self.derivation.relations
        ]

    @cached_property
    def _variants(self) -> Variants:
        return Variants(self.reader.builder)

    def variants(self, relation: str) -> Iterator[Variant]:
        """A relation after each small edit, the nearest first."""
        return self._variants.of(relation)

    def rewritings(self, relation: str, users: Sequence[str]) -> Iterator[Variant]:
        """Right sides for a definition that have the value which its users ask for."""
        definition = self.relation(relation)
        head = _head(definition)
        wanted = self.wanted(head, users)
        if wanted is None:
            return
        params = _parameters(definition)
        for count, variant in enumerate(self._variants.rewritten(relation)):
            if count > REWRITINGS:
                return
            if wanted.matches(variant.right, params):
                yield variant

    def wanted(self, head: str, users: Sequence[str]) -> screen.Wanted | None:
        """The value that a name must have at some point, from the first user that tells it."""
        for user in users:
            found = screen.wanted(self.relation(user), head)
            if found is not None:
                return found
        return None

    def relation(self, name: str) -> Relation:
        """The relation with an id."""
        return next(r for r in self.derivation.relations if r.id == name)

    def agrees(self, relation: Relation, variant: Variant) -> bool:
        """Whether a variant may be true, at a glance."""
        return screen.agrees(relation, variant.left, variant.right)

    def decide(self, relation: Relation, variant: Variant) -> Verdict:
        """The verdict on a variant."""
        changed = replace(relation, left=variant.left, right=variant.right, problem=None)
        return decide(replace(changed, kind="claim"), self.options)

    def mends(self, definition: Relation, variant: Variant, users: Sequence[str]) -> bool:
        """Whether a definition's variant makes all its users true."""
        head = _head(definition)
        row = Definition(head, _parameters(definition), variant.right, definition.id)
        changed = []
        for name in users:
            user = self.relation(name)
            changed.append(replace(user, context=screen.redefined(user.context, row)))
        sides = [(r, r.left, r.right) for r in changed]
        return all(
            a is not None and b is not None and screen.agrees(r, a, b) for r, a, b in sides
        ) and all(decide(r, self.options).status in TRUE for r in changed)

    def after(self, edits: Sequence[tuple[Span, str]]) -> "Draft":
        """The document with edits applied and read anew; what was false is decided anew."""
        old = self.derivation.source
        source = Source(applied(old.text, edits), old.path)
        rows = zip(self.derivation.relations, self.verdicts, strict=True)
        kept = {r.id: v for r, v in rows if v.status not in FALSE}
        return Draft(Reader(source, self.reader.format), kept, self.options)


def _head(definition: Relation) -> str:
    left = definition.left
    return left.head if isinstance(left, At) else left.name if isinstance(left, Sym) else ""


def _parameters(definition: Relation) -> tuple[At | Sym, ...]:
    left = definition.left
    return left.indices if isinstance(left, At) else ()  # type: ignore[return-value]


def decide_relation(relation: Relation, options: Options) -> Verdict:
    """The verdict on a relation, or on why it has none."""
    problem = relation.problem
    if problem is None:
        return decide(relation, options)
    return Verdict(
        problem.verdict, reason=problem.message, place=problem.span, code=problem.code or None
    )
