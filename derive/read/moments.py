"""Means and variances that a document gives: `with mean μ`, `E[X] = μ`, `Var(ε) = 1`."""

from contextlib import suppress
from dataclasses import replace

from derive.context import Chance, Given
from derive.read import cues
from derive.read.chance import Moment
from derive.read.distributions import cumulants_of, drawn_alike, is_normal
from derive.read.ledger import Ledger, defined_head
from derive.read.problem import Unread
from derive.read.reads import HALF
from derive.read.walk import walk
from derive.source import Span
from derive.syntax import Chain, Formula, Text, Tuple
from derive.term import ONE, ZERO, At, Expect, Mul, Num, Pow, Sym, Term, num, sub, subterms

HIGHEST = 4  # the last cumulant that a named distribution gives


class Moments(Ledger):
    """Enters what is said of random quantities into the book."""

    def random_words(self, text: str) -> None:
        """Words of the running text."""
        if not self.symbols.survey.expects:
            return
        self.chances.words(text)
        self.take_moments()
        if self.chances.late is not None:
            for draft in self.drafts[self.shown_from :]:
                draft.chance = self.chances.late
            self.chances.late = None

    def random_formula(self, item: Formula) -> None:
        """A display, or a formula in the running text."""
        if not self.symbols.survey.expects:
            return
        if item.display:
            self.chances.display()
            self.chances.remark(" ".join(map(_remarks, item.chains)))
            self.take_moments()
            self.shown_from = len(self.drafts)
            return
        for chain in item.chains:
            # `standard deviation s > 0` speaks of s
            if isinstance(chain, Chain) and all(r.op in "<>≤≥≠" for r in chain.relators):
                self.chances.formula(chain.members[0])

    def drawn(self, chain: Chain) -> None:
        """`X ∼ N(μ, σ²)`: what is random, with its mean and its variance where they are known."""
        left, right = chain.members
        if left is None or right is None:
            return
        self.chances.formula(left)
        self.chances.sentence.words += " is distributed " + ("iid " * drawn_alike(chain))
        term = self.elaborator.term
        for node in left.items if isinstance(left, Tuple) else (left,):
            with suppress(Unread):
                subject = term(node)
                key = defined_head(subject)
                self.unknown(key, chain.span)
                self.chances.unclear(key)
                found = cumulants_of(right, term)
                if found is not None and is_normal(right) and key is not None:
                    self.chances.normal(key)
                if found is not None and self.symbols.survey.expects and key is not None:
                    self.known.append((subject, found, chain.span))

    def unknown(self, key: str | None, place: Span) -> None:
        """Nothing is known of a name but that a formula speaks of it that is not read."""
        raise NotImplementedError

    def take_moments(self) -> None:
        found, self.chances.moments = self.chances.moments, []
        for moment in found:
            left = self.moment(moment)
            value = moment.value or (ZERO if moment.which == "mean" else ONE)
            self.tell(left, value, moment.span or Span(0, 0), "reading")
        drawn, self.known = self.known, []
        for subject, (mean, variance, *higher), span in drawn:
            self.end = None
            for which, value in (("mean", mean), ("variance", variance)):
                self.tell(self.moment(Moment(which, subject, value, span)), value, span, "reading")
            self.tell_more(defined_head(subject) or "", higher)

    def tell_more(self, key: str, higher: list[Term]) -> None:
        """The third and the fourth cumulant of what has just been given its mean and variance."""
        rows = [g for g in self.chances.said.given if g.head == key and g.order == 2]
        for order, value in enumerate(higher, 3) if rows else ():
            self.chances.give(replace(rows[-1], order=order, value=value))

    def moment(self, given: Moment) -> Term:
        """The mean or the variance of which words speak; of a sample, that of any member."""
        subject = given.subject
        if isinstance(subject, At) and subject.head in self.chances.now().alike:
            subject = At(subject.head, (ONE,) * len(subject.indices))
        if given.which == "mean":
            return Expect(subject)
        found = Expect(Pow(sub(subject, Expect(subject)), num(2)))
        return Pow(found, HALF) if given.which == "deviation" else found

    def tells(self, left: Term, right: Term) -> bool:
        """Whether an equation gives a mean, a variance or the like of what nothing defines."""
        inside = _moment_of(left)
        known = bool(inside & self.table.keys()) or not self.open(left, inside)
        if not inside or known or right.heads & (inside | self.chances.told):
            return False
        return self.closed(right)

    def tell(self, left: Term, right: Term, span: Span, name: str) -> None:
        """Takes a mean or a variance for given; of any other moment, the equation is assumed.

        Of a chain, `E[T] = ∫ … = 1/λ`, its end is what is taken for granted.
        """
        right = self.end if self.end is not None and name != "reading" else right
        self.moments.add((_moment_of(left), _order(left)))
        if isinstance(left, Pow) and left.exponent is HALF:
            left, right = left.base, Pow(right, num(2))
        found = _given(left, right, self.chances.now())
        if found is not None:
            self.chances.give(found)
        else:
            self.assume(left, "=", right, span, lasting=True)

    def closed(self, term: Term) -> bool:
        """Whether nothing in a term is expected."""
        return not any(isinstance(t, Expect) for t in subterms(term))

    def open(self, left: Term, inside: frozenset[str]) -> bool:
        """Whether nothing that was said before gives a moment already."""
        chance = self.chances.now()
        fourth = {g.head for g in chance.given if g.order == HIGHEST}
        mixed = isinstance(left, Expect) and isinstance(left.body, Mul)
        if inside <= chance.normal or (inside <= fourth and not mixed):
            return False
        if mixed and not (cues.takes(self.words) or cues.poses(self.words)):
            return False
        return (inside, _order(left)) not in self.moments


def _given(left: Term, right: Term, chance: Chance) -> Given | None:
    """The mean or the variance that an equation gives."""
    atom: Term
    match left:
        case Expect(Sym() | At() as atom):
            order, value = 1, right
        case Expect(Pow(base, Num(n))) if n == 2 and (inner := _centred(base)) is not None:
            order, value = 2, right
            atom = inner
        case Expect(Pow(Sym() | At() as atom, Num(n))) if n == 2:
            means = [g for g in chance.given if g.head == defined_head(atom) and g.order == 1]
            if not means or means[0].indices:
                return None
            order, value = 2, sub(right, Pow(means[0].value, num(2)))
        case _:
            return None
    indices = atom.indices if isinstance(atom, At) else ()
    every = isinstance(atom, At) and (
        atom.head in chance.alike or not any(i.heads & right.heads for i in indices)
    )
    head = defined_head(atom)
    if head is None or not all(isinstance(i, Sym) or every for i in indices):
        return None
    return Given(head, () if every else indices, order, value)


def _moment_of(left: Term) -> frozenset[str]:
    """The heads whose mean, variance, covariance or power's mean a term is; none for others."""
    match left:
        case Pow(inner, exponent) if exponent is HALF and isinstance(inner, Expect):
            return _moment_of(inner)
        case Expect(body):
            return _bare(body)
    return frozenset()


def _order(left: Term) -> Term:
    """What tells the moments of one quantity apart: E[X²] and Var(X) are given together."""
    match left:
        case Expect(Pow(base, exponent)):
            return exponent if _centred(base) is not None or isinstance(base, Sym | At) else left
        case Expect(Sym() | At()):
            return ONE
    return left


def _remarks(chain: object) -> str:
    """The words that stand in a chain."""
    if not isinstance(chain, Chain):
        return ""
    notes = [n for r in chain.relators if r.note is not None for n in walk(r.note)]
    members = [n for m in chain.members if m is not None for n in walk(m)]
    texts = [n.text for n in (*notes, *members) if isinstance(n, Text)]
    return " ".join((chain.words, *texts))


def _bare(body: Term) -> frozenset[str]:
    match body:
        case Sym() | At():
            return body.heads - frozenset(h for i in getattr(body, "indices", ()) for h in i.heads)
        case Pow(base, Num()):
            return _bare(_centred(base) or base)
        case Mul(args):
            parts = [_bare(_centred(a) or a) for a in args]
            return frozenset().union(*parts) if all(parts) else frozenset()
    return frozenset()


def _centred(term: Term) -> Term | None:
    """X of `X − E[X]`."""
    inner = next((t.body for t in subterms(term) if isinstance(t, Expect)), None)
    return inner if inner is not None and term is sub(inner, Expect(inner)) else None
