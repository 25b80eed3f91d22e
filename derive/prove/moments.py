"""Means over outcomes: of what is random as a whole, and of the members of a sample.

Independent members X_i, X_j, … have E[f(X_i) g(X_j) …] = Σ over partitions of the factors of
Π over blocks of a joint cumulant, where all indices of a block agree (Brillinger, 1975).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from math import factorial
from typing import Any

from derive.context import Chance, Domain
from derive.prove.goals import NotAsked
from derive.show import text
from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    At,
    Delta,
    Expect,
    Mul,
    Num,
    Pow,
    Prod,
    Sum,
    Sym,
    Term,
    abstract,
    add,
    instantiate,
    mul,
    num,
    rebuild,
    substitute,
    subterms,
)
from derive.values import dataclass

MARK = "\x00"  # on the head of a quantity that is given its outcomes
DEGREE = 4
MONOMIALS = 200
Range = tuple[Term, Term]
Ranges = dict[str, tuple[Range | None, ...]]


def holds_expectation(term: Term) -> bool:
    """Whether an expectation stands anywhere in the term."""
    return any(isinstance(t, Expect) for t in subterms(term))


def is_atom(term: Term, chance: Chance) -> bool:
    """Whether a term is a random quantity, or a member of a family of them."""
    match term:
        case Sym(head) | At(head, _):
            return head in chance.random
    return False


def atoms(term: Term, chance: Chance) -> set[Term]:
    """The random quantities in a term."""
    return {t for t in subterms(term) if is_atom(t, chance)}


def degree(term: Term, chance: Chance) -> int:
    """How many random quantities are multiplied in a term; many where it is no polynomial."""
    match term:
        case Sym() | At() if is_atom(term, chance):
            return 1
        case Expect():
            return 0
        case Add(args):
            return max(degree(a, chance) for a in args)
        case Mul(args):
            return sum(degree(a, chance) for a in args)
        case Pow(base, Num(n)) if n.denominator == 1 and n > 0:
            return int(n) * degree(base, chance)
        case Sum(body, _, _):
            return degree(body, chance)
    return DEGREE + 1 if atoms(term, chance) else 0


def outside(term: Term) -> Term:
    """What stands outside the expectations in a term."""
    return ONE if isinstance(term, Expect) else rebuild(term, lambda t, _: outside(t))


def unmarked(term: Term) -> Term:
    """The term with the document's names for what was given its outcomes."""
    found = rebuild(term, lambda t, _: unmarked(t))
    match found:
        case At(head, indices) if head.endswith(MARK):
            return At(head.removesuffix(MARK), indices)
    return found


@dataclass(frozen=True, slots=True)
class Monomial:
    """`Σ … Σ coefficient Π factors`: each factor holds one random quantity, or powers of it."""

    coefficient: Term
    factors: tuple[Term, ...] = ()
    sums: tuple[tuple[Sym, Term, Term], ...] = ()

    def times(self, other: "Monomial") -> "Monomial":
        """The product; the indices of both are fresh."""
        coefficient = mul(self.coefficient, other.coefficient)
        return Monomial(coefficient, self.factors + other.factors, self.sums + other.sums)


class Means:
    """Takes expectations in one relation, in which the heads `present` are random."""

    def __init__(self, chance: Chance, present: frozenset[str], sides: Sequence[Term]) -> None:
        self.chance, self.present = chance, present
        self.group, self.doubted = _independent(chance, present)
        self.sizes: list[str] = []
        self.indices: dict[str, Domain] = {}
        self.lost = ""
        inside = {a for side in sides for a in atoms(side, chance)}
        self.heads = frozenset(map(_head, inside))
        self.families = frozenset(a.head for a in inside if isinstance(a, At))
        self._fresh = count()
        given = frozenset(g.head for g in chance.given)
        bodies = [t.body for side in sides for t in subterms(side) if isinstance(t, Expect)]
        self.joint = any(self.entangled(outside(b), given) for b in bodies)
        self.known = frozenset() if self.joint else given
        self._placed: dict[str, tuple[Range, ...]] = {}

    def entangled(self, body: Term, given: frozenset[str]) -> bool:
        """Whether means and variances do not give the expectation of a term."""
        heads = frozenset(_head(a) for a in atoms(body, self.chance))
        apart = len(heads) == 1 or heads <= self.group
        return bool(heads & given) and not (apart and degree(body, self.chance) <= DEGREE)

    def settle(self, term: Term) -> Term:
        """The term with every expectation as a mean, and one outcome for what stands outside."""
        found = self.lower(term)
        sampled = {a for a in atoms(found, self.chance) if self.is_member(a)}
        if sampled and holds_expectation(term):
            raise NotAsked(f"a member of a sample, {text(min(sampled, key=repr))}, beside its mean")
        return unmarked(self.place(found, self.outcome))

    def lower(self, term: Term) -> Term:
        """The term with every expectation as a mean, the inner ones first."""
        if isinstance(term, Sum | Prod) and holds_expectation(term.body):
            index = self.fresh()
            body = abstract(self.lower(instantiate(term.body, index)), index)
            return type(term)(body, self.lower(term.lo), self.lower(term.hi))
        found = rebuild(term, lambda t, _: self.lower(t))
        return self.mean(found.body) if isinstance(found, Expect) else found

    def mean(self, body: Term) -> Term:
        inside = atoms(body, self.chance)
        settled = any(h.endswith(MARK) for h in body.heads)
        if not inside and body.heads and not settled and not body.heads <= self.chance.constant:
            raise NotAsked(f"nothing says what is random in E[{text(body)}]")
        if any(self.is_member(a) or _head(a) in self.known for a in inside):
            return add(*(self.product(m) for m in self.expand(body)))
        return self.average(body)

    def is_member(self, atom: Term) -> bool:
        """Whether a quantity is a member of a sample."""
        return isinstance(atom, At) and atom.head in self.chance.sampled

    # ---- outcomes ------------------------------------------------------------------------

    def coordinates(self, head: str) -> tuple[str, ...]:
        """The names of the numbers of outcomes on which a quantity depends."""
        own = {h: f"outcomes of {h}" for h in sorted(self.group)}
        if head in own:
            return (own[head],)
        return (*own.values(), "outcomes")

    def average(self, body: Term) -> Term:
        """The mean of a term over the outcomes of all that is random in it."""
        symbols: dict[str, Sym] = {}
        placed = self.place(body, lambda size: symbols.setdefault(size, self.fresh()))
        for size, symbol in symbols.items():
            total = Sum(abstract(placed, symbol), ONE, Sym(size))
            placed = mul(Pow(Sym(size), MINUS_ONE), total)
        return placed

    def place(self, term: Term, at: Callable[[str], Sym]) -> Term:
        """The term at one outcome of each kind; a member of a sample of its own is any of them."""
        match term:
            case Sym(head) if head in self.chance.random:
                return self.at(head, (), at)
            case At(head, indices) if head in self.chance.random:
                return self.at(head, () if head in self.chance.alike else indices, at)
        return rebuild(term, lambda t, _: self.place(t, at))

    def at(self, head: str, indices: tuple[Term, ...], at: Callable[[str], Sym]) -> Term:
        sizes = self.coordinates(head)
        self.sizes += [s for s in sizes if s not in self.sizes]
        self._placed[head] = tuple((ONE, Sym(s)) for s in sizes)
        return At(head + MARK, (*indices, *map(at, sizes)))

    def outcome(self, size: str) -> Sym:
        """The outcome at which an equation between random quantities is looked at."""
        name = size.replace("outcomes", "outcome")
        self.indices[name] = Domain(ONE, Sym(size), False, False, integer=True)
        return Sym(name)

    def ranges(self, known: Mapping[str, tuple[Range | None, ...]]) -> Ranges:
        """The ranges of the indices of all that was given its outcomes."""
        found: Ranges = {}
        for head, outcomes in self._placed.items():
            before = () if head in self.chance.alike else known.get(head, ())
            found[head] = (*before, *outcomes)
        return found

    def fresh(self) -> Sym:
        return Sym(f"chance′{next(self._fresh)}")

    # ---- samples ---------------------------------------------------------------------------

    def expand(self, term: Term) -> list[Monomial]:
        """The term multiplied out; raises `NotAsked` where no product of members is left."""
        inside = atoms(term, self.chance)
        if not inside:
            return [Monomial(term)]
        match term:
            case Add(args):
                return [m for a in args for m in self.expand(a)]
            case Mul(args):
                return self.multiplied([self.expand(a) for a in args])
            case Pow(base, Num(n)) if n in range(2, DEGREE + 1) and not is_atom(base, self.chance):
                return self.multiplied([self.expand(base) for _ in range(int(n))])
            case Sum(body, lo, hi):
                index = self.fresh()
                opened = self.expand(instantiate(body, index))
                bounds = ((index, lo, hi),)
                return [Monomial(m.coefficient, m.factors, bounds + m.sums) for m in opened]
        if len(inside) > 1 or any(a.loose for a in inside):
            raise NotAsked(f"the expectation of {text(term)} is not decided yet")
        return [Monomial(ONE, (term,))]

    def multiplied(self, rows: Sequence[list[Monomial]]) -> list[Monomial]:
        found = [Monomial(ONE)]
        for row in rows:
            found = [a.times(b) for a in found for b in row]
            if len(found) > MONOMIALS:
                raise NotAsked("an expectation of a product too long to be multiplied out")
        return found

    def product(self, monomial: Monomial) -> Term:
        """The expectation of one product, kind by kind."""
        kinds: dict[str, list[Term]] = {}
        for factor in monomial.factors:
            (atom,) = atoms(factor, self.chance)
            kinds.setdefault(_head(atom), []).append(factor)
        self.check(kinds)
        parts = [self.of_one_kind(factors) for factors in kinds.values()]
        found = mul(monomial.coefficient, *parts)
        for index, lo, hi in reversed(monomial.sums):
            found = Sum(abstract(found, index), lo, hi)
        return found

    def check(self, kinds: dict[str, list[Term]]) -> None:
        if len(kinds) > 1 and not kinds.keys() <= self.group:
            names = " and ".join(sorted(kinds))
            raise NotAsked(f"nothing says that {names} are independent")

    def of_one_kind(self, factors: list[Term]) -> Term:
        """The expectation of a product of functions of members of one family."""
        members: dict[Term, list[Term]] = {}
        for factor in factors:
            (atom,) = atoms(factor, self.chance)
            members.setdefault(atom, []).append(factor)
        rows = [(atom, mul(*row)) for atom, row in members.items()]
        if {_head(a) for a in members} & self.known:
            rows = [(a, a) for factor in factors for a in self.copies(factor)]
        self.second(factors)
        if len(rows) > DEGREE:
            raise NotAsked("a product of more than four random quantities")
        found = []
        for blocks in _partitions(rows):
            agree = [d for b in blocks for a, _ in b[1:] for d in _agree(b[0][0], a)]
            found.append(mul(*agree, *(self.cumulant([f for _, f in b], b[0][0]) for b in blocks)))
        return add(*found)

    def second(self, factors: list[Term]) -> None:
        """Refuses moments beyond the second of a sample that is alike in these alone."""
        heads = {_head(a) for f in factors for a in atoms(f, self.chance)}
        if heads & self.chance.second and sum(map(self.degree, factors)) > 2:
            raise NotAsked("nothing says that the members of the sample are alike in distribution")

    def degree(self, factor: Term) -> int:
        """How often a factor holds its quantity as a factor; many times where it is none."""
        match factor:
            case Pow(base, Num(n)) if is_atom(base, self.chance) and n in (1, 2):
                return int(n)
        return 1 if is_atom(factor, self.chance) else DEGREE

    def copies(self, factor: Term) -> list[Term]:
        """A power of a random quantity as so many factors."""
        match factor:
            case Pow(base, Num(n)) if is_atom(base, self.chance) and n in range(1, DEGREE + 1):
                return [base] * int(n)
        if not is_atom(factor, self.chance):
            raise NotAsked(f"mean and variance alone do not give the expectation of {text(factor)}")
        return [factor]

    def told(self, atom: Term, order: int) -> Term | None:
        """A cumulant that the document gives: 1 is the mean, 2 the variance."""
        head = _head(atom)
        if head not in self.known:
            return None
        rows = [g for g in self.chance.given if g.head == head]
        for row in rows:
            at = atom.indices if isinstance(atom, At) else ()
            if row.order == order:
                return substitute(row.value, dict(zip(row.indices, at, strict=False)))
        if order > 2 and head in self.chance.normal:
            return ZERO
        if order > 2 and any(row.order == 2 for row in rows):
            raise NotAsked(f"nothing says what the moments of {head} beyond the second are")
        return None

    def cumulant(self, factors: list[Term], atom: Term) -> Term:
        """The joint cumulant of functions of one quantity, all taken at one member."""
        told = self.told(atom, len(factors))
        if told is not None:
            return told
        there = [_moved(f, atom, self.chance) for f in factors]
        found = []
        for blocks in _partitions(there):
            sign = num((-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1))
            found.append(mul(sign, *(self.average(mul(*b)) for b in blocks)))
        return add(*found)


def _independent(chance: Chance, present: frozenset[str]) -> tuple[frozenset[str], str]:
    """The independent quantities of a relation, and one of which this is not all that is said."""
    groups = [g & present for g in chance.groups if len(g & present) > 1]
    if not groups:
        return frozenset(), ""
    largest = max(groups, key=len)
    others = sorted(h for g in groups if not g <= largest for h in g)
    return largest, others[0] if others else ""


def _head(atom: Term) -> str:
    return atom.name if isinstance(atom, Sym) else getattr(atom, "head", "")


def _agree(one: Term, other: Term) -> list[Term]:
    """Deltas that say that two members are the same; none where they are as written."""
    if one is other:
        return []
    if isinstance(one, At) and isinstance(other, At) and len(one.indices) == len(other.indices):
        return [Delta(a, b) for a, b in zip(one.indices, other.indices, strict=True) if a is not b]
    raise NotAsked(f"a sample beside {text(one if isinstance(one, Sym) else other)} alone")


def _moved(term: Term, atom: Term, chance: Chance) -> Term:
    """A function of one member as the same function of another."""
    return atom if is_atom(term, chance) else rebuild(term, lambda t, _: _moved(t, atom, chance))


def _partitions(items: Sequence[Any]) -> Iterator[list[list[Any]]]:
    """All ways to put items into blocks."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for blocks in _partitions(rest):
        yield [[first], *blocks]
        for k, block in enumerate(blocks):
            yield [*blocks[:k], [first, *block], *blocks[k + 1 :]]
