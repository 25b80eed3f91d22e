"""Blame: which step breaks a derivation.

A relation says something of the line before it and something of the whole document. What is
false by itself may be a sound step from a line that was wrong already, and a chain may come
back to the truth after a wrong link.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from derive.derivation import Relation
from derive.values import dataclass
from derive.verdict import MALFORMED, PROVED, PROVED_IF, REFUTED, Verdict

SOUND, FRESH, INHERITED = "sound", "fresh", "inherited"
RECOVERED, DEFINITION = "recovered", "definition"

_TRUE = (PROVED, PROVED_IF)
_FALSE = (REFUTED, MALFORMED)

Decide = Callable[[Relation], Verdict]


@dataclass(frozen=True, slots=True)
class Blame:
    """What is said of one relation: a word, the relation at fault, the verdict on the step."""

    said: str | None
    cause: str | None = None
    step: Verdict | None = None


def blame(verdict: Verdict, step: Verdict | None = None, wrong: bool = False) -> str | None:
    """Weigh a relation's verdict and that on its step; `wrong` where it goes on from a false line.

    None means that there is nothing to blame: a definition, or what was not decided.
    """
    if verdict.status in _TRUE:
        return RECOVERED if wrong else SOUND
    if verdict.status not in _FALSE:
        return None
    return INHERITED if wrong and step is not None and step.status in _TRUE else FRESH


def weigh(
    relations: Sequence[Relation], verdicts: Sequence[Verdict], decide: Decide
) -> dict[str, Blame]:
    """The blame of every relation; `decide` judges steps that are written nowhere."""
    scales = _Scales({r.id: r for r in relations}, decide)
    for relation, verdict in zip(relations, verdicts, strict=True):
        scales.put(relation, verdict)
    return scales.found


class _Scales:
    """Weighs relations in reading order."""

    def __init__(self, relations: Mapping[str, Relation], decide: Decide) -> None:
        self.relations, self.decide = relations, decide
        self.found: dict[str, Blame] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.chain: list[Relation] = []

    def put(self, relation: Relation, verdict: Verdict) -> None:
        self.chain = [*self.chain, relation] if relation.continues else [relation]
        self.verdicts[relation.id] = verdict
        linked = relation.continues and len(self.chain) > 1
        self.found[relation.id] = (
            self.link(relation, verdict) if linked else self.line(relation, verdict)
        )

    def false(self, name: str) -> bool:
        return name in self.verdicts and self.verdicts[name].status in _FALSE

    def root(self, name: str) -> str:
        """The relation that broke first."""
        above = self.found[name].cause if name in self.found else None
        return name if above is None else above

    def link(self, relation: Relation, verdict: Verdict) -> Blame:
        """A link of a chain speaks of its neighbour; whether it is true from the start on is
        asked only after a wrong link."""
        wrong = next((r.id for r in self.chain[:-1] if self.false(r.id)), None)
        if wrong is None:
            return Blame(blame(verdict), None, verdict)
        if verdict.status in _TRUE:
            return Blame(INHERITED, self.root(wrong), verdict)
        if verdict.status not in _FALSE:
            return Blame(None, None, verdict)
        first = self.chain[0]
        whole = None
        if first.left is not None and relation.right is not None:
            whole = self.decide(replace(relation, left=first.left, problem=None))
        if whole is not None and whole.status in _TRUE:
            return Blame(RECOVERED, self.root(wrong), verdict)
        return Blame(FRESH, None, verdict)

    def line(self, relation: Relation, verdict: Verdict) -> Blame:
        """A line of its own goes on from the latest with its left side."""
        before = relation.predecessor
        if before is None or not self.false(before):
            return Blame(blame(verdict), None, None if before is None else verdict)
        if verdict.status in _TRUE:
            others = any(self.same(k, relation) and not self.false(k) for k in self.verdicts)
            # an earlier true line is as good a start as the wrong one
            return Blame(SOUND if others else RECOVERED, None if others else self.root(before))
        step = self.step(relation, self.relations[before])
        said = blame(verdict, step, wrong=True)
        return Blame(said, self.root(before) if said == INHERITED else None, step)

    def same(self, name: str, relation: Relation) -> bool:
        other = self.relations[name]
        decided = self.verdicts[name].status in _TRUE
        return other.id != relation.id and other.left is relation.left and decided

    def step(self, relation: Relation, before: Relation) -> Verdict | None:
        """The verdict on the right side of the line before against this one's."""
        if before.right is None or relation.right is None:
            return None
        if before.left is not relation.left:
            return None
        return self.decide(replace(relation, left=before.right, problem=None, kind="claim"))
