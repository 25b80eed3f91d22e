"""A goal: two sides to be compared, in a context, as scalars."""

from dataclasses import replace

from derive.context import Context, Domain, Hypothesis
from derive.prove.unfold import Unfolder
from derive.term import Sym, Term
from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """`left op right` for scalars, for all values that the context admits.

    `unfolder` knows its definitions, shared by all goals of a relation; `given` holds for
    this goal alone; `label` says which entry of a matrix relation it is.
    """

    left: Term
    op: str
    right: Term
    context: Context
    unfolder: Unfolder
    given: tuple[Hypothesis, ...] = ()
    label: str = ""

    def sides(self, left: Term, right: Term) -> "Goal":
        """The same goal with other sides."""
        return replace(self, left=left, right=right)

    @property
    def leaves(self) -> frozenset[str]:
        """The heads that must not be unfolded."""
        return self.unfolder.leaves

    @property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """Everything that may be assumed."""
        return self.context.hypotheses + self.given


def over(context: Context, ranges: tuple[tuple[Sym, Term, Term], ...]) -> Context:
    """The context in which further indices run over their ranges."""
    if not ranges:
        return context
    domains = dict(context.domains)
    for index, lo, hi in ranges:
        domains[index.name] = Domain(lo, hi, False, False, integer=True)
    return replace(context, domains=domains)
