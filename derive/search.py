"""The search for the edit of one relation: what fits at one point, the nearest first.

The reader says which spots there are and how an edit is written, the bench what each spot
would have to be worth. Nothing here is proved.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from functools import cached_property

from derive.context import Definition
from derive.derivation import Relation
from derive.prove.bench import Bench, Hole
from derive.prove.screen import redefined
from derive.read.doubles import lacking, twice
from derive.read.edits import (
    FILLINGS,
    FORMS,
    OPEN,
    SCALED,
    Edit,
    inner_parts,
    plain_number,
    spelled,
)
from derive.read.reshape import arity, distance
from derive.read.spots import HOLE, Spot
from derive.read.variants import Part, Side, Variants
from derive.syntax import Addition, Name, Number, Quotient, Script
from derive.term import At, Sym, is_matrix
from derive.truth import written_out
from derive.values import dataclass

BLIND = 1.6
WHOLE = 2.4
TOLD = 4.0
LEFT = 0.2  # the right side of an equation is where its news is
STRANGE = 0.6  # how much nearer an edit is that takes out a symbol that nothing defines


@dataclass(frozen=True)
class Candidate:
    """An edit of one side that may mend the relation; `unseen` if its value is not known."""

    edit: Edit
    side: Side
    unseen: bool = False


@dataclass
class Search:
    """Looks for candidates of one relation of a document; `strange` are heads nobody defines."""

    variants: Variants
    relation: Relation
    strange: frozenset[str] = frozenset()
    _open: list[tuple[Side, Spot, Hole, tuple[float, ...] | None]] = field(default_factory=list)

    @cached_property
    def bench(self) -> Bench:
        """The relation on the bench."""
        return Bench(self.relation, HOLE)

    def near(self) -> list[Candidate]:
        """Small edits: another symbol, sign, number or factor; the nearest first."""
        return _sorted(self._near())

    def far(self) -> list[Candidate]:
        """Edits that put in something that stands elsewhere in the document."""
        return _sorted(self._far())

    def _near(self) -> Iterator[Candidate]:
        for side in self.variants.sides(self.relation.id):
            for spot in self.variants.spots(side):
                hole = self.hole(side, spot)
                if hole is not None:
                    own = self.own(spot, hole)
                    self._open.append((side, spot, hole, own))
                    yield from self.on(side, self.forms(spot, hole, own))
                    if spot.is_atom:
                        yield from self.on(side, self.swaps(spot, hole))
                    elif own is not None:
                        yield from self.on(side, self.inner(spot, hole))

    def _far(self) -> Iterator[Candidate]:
        for side, spot, hole, own in self._open:
            yield from self.on(side, self.fillings(spot, hole, own))
            if own is not None:
                yield from self.on(side, self.applied(spot, hole))
                if spot.role == "whole" and len(hole.keys) == 1:
                    yield from self.on(side, self.summed(spot, hole, own[0]))
            if spot.role == "whole" and side.right:
                yield from self.on(side, self.written(spot, hole))

    def written(self, spot: Spot, hole: Hole) -> Iterator[Edit]:
        """What another line says in the place of the whole side."""
        for part in self.variants.wholes:
            values = self.worth(part, spot, hole)
            if values is not None and hole.fits(values):
                yield self.variants.spelling.swapped(spot, part.text, WHOLE)

    def summed(self, spot: Spot, hole: Hole, own: float) -> Iterator[Edit]:
        """A side with two of its terms changed, or with a term more."""
        wanted = hole.scale([1.0])
        if wanted is None:
            return
        spelling = self.variants.spelling
        if isinstance(spot.node, Addition):
            values = self.terms(spot, hole, spot.node)
            yield from twice(spelling, spot, values, wanted)
        known = [(p.text, v) for p in self.plain if (v := self.worth(p, spot, hole)) is not None]
        yield from lacking(spelling, spot, wanted - own, [(t, v[0]) for t, v in known])

    def terms(self, spot: Spot, hole: Hole, sum_: Addition) -> list[float]:
        """What the terms of a sum are worth, with their signs; empty where one has no value."""
        found = []
        for term in sum_.terms:
            meaning = self.variants.meaning(term.node)
            values = meaning and self.bench.values(meaning, spot.indices, hole.keys)
            if not values or term.sign not in "+-":
                return []
            found.append(-values[0] if term.sign == "-" else values[0])
        return found

    @cached_property
    def plain(self) -> list[Part]:
        """The symbols of this relation alone."""
        sides = [t for t in (self.relation.left, self.relation.right) if t is not None]
        used = frozenset().union(*(t.heads for t in sides))
        names = [p for p in self.atoms if isinstance(p.node, (Name, Script))]
        return [p for p in names if p.term.heads <= used]

    def reshaped(self) -> Iterator[Candidate]:
        """Edits whose value is not known before they are read."""
        for side in self.variants.sides(self.relation.id):
            for found in self.on(side, self.variants.shapes(self.relation.id, side)):
                yield replace(found, unseen=True)

    def told(self) -> Iterator[Candidate]:
        """What the left side is, written out, in the place of the right one."""
        left = self.relation.left
        if left is not None and not is_matrix(left):
            for side in [s for s in self.variants.sides(self.relation.id) if s.right]:
                for text in written_out(left, self.relation.context):
                    yield Candidate(Edit(side.node.span, text, TOLD), side)

    def on(self, side: Side, edits: Iterator[Edit]) -> Iterator[Candidate]:
        for edit in edits:
            cost = edit.cost + (0.0 if side.right else LEFT)
            gain = self.variants.familiar.gain(side.node.span, edit)
            # a whole side that another line says already is no news
            cost -= min(gain, 0.0) if edit.span == side.node.span else gain
            yield Candidate(replace(edit, cost=cost), side)

    # ---- one spot ----------------------------------------------------------------------

    def hole(self, side: Side, spot: Spot) -> Hole | None:
        terms = self.variants.terms(self.relation.id, side, spot.hole)
        if terms is None or HOLE not in terms[0].heads | terms[1].heads:
            return None
        return self.bench.open(*terms)

    def own(self, spot: Spot, hole: Hole) -> tuple[float, ...] | None:
        """What the spot is worth as it stands."""
        term = self.variants.meaning(spot.node)
        return None if term is None else self.bench.values(term, spot.indices, hole.keys)

    def forms(self, spot: Spot, hole: Hole, own: tuple[float, ...] | None) -> Iterator[Edit]:
        """Signs, numbers, powers: nothing of the document is put in."""
        spelling = self.variants.spelling
        if isinstance(spot.node, Number):
            yield from self.numbers(spot, hole)
        elif plain_quotient(spot.node):
            yield from self.quotients(spot, hole)
        if own is None:
            return
        for form in FORMS:
            possible = not form.roles or spot.role in form.roles
            if possible and self.fits(hole, form.value, own):
                edit = form.write(spelling, spot)
                if edit is not None:
                    yield edit
        yield from self.scaled(spot, hole, own)

    def numbers(self, spot: Spot, hole: Hole) -> Iterator[Edit]:
        """Another number in a number's place."""
        spelling = self.variants.spelling
        node = spot.node
        assert isinstance(node, Number)
        solved = hole.scale([1.0] * len(hole.keys))
        found = None if solved is None else plain_number(solved)
        tried = [found] if found is not None else []
        if hole.test is not None:
            tried += [node.value - 1, node.value + 1, node.value * 2, node.value / 2, -node.value]
        for number in tried:
            left_out = number == 1 and spot.role in ("factor", "exponent", "denominator")
            nested = number.denominator > 1 and spot.role in ("numerator", "denominator")
            if (
                number != node.value
                and not (left_out or nested)
                and hole.fits([float(number)] * len(hole.keys))
            ):
                text = spelled(number)
                odd = 0.1 * (number.denominator > 1) + 0.5 * (number < 0)
                yield spelling.swapped(spot, text, 1.1 + odd)
                return

    def quotients(self, spot: Spot, hole: Hole) -> Iterator[Edit]:
        """Another quotient of numbers, in the same size of type."""
        solved = hole.scale([1.0] * len(hole.keys))
        found = None if solved is None else plain_number(solved)
        left_out = found == 1 and spot.role == "factor"
        if found is not None and found > 0 and not left_out:
            spelling = self.variants.spelling
            command = re.match(r"\\[a-z]?frac", spelling.cut(spot.node))
            text = spelled(found)
            if command is not None and found.denominator > 1:
                text = f"{command[0]}{{{found.numerator}}}{{{found.denominator}}}"
            yield spelling.swapped(spot, text, 1.15)

    def scaled(self, spot: Spot, hole: Hole, own: tuple[float, ...]) -> Iterator[Edit]:
        """A plain number as a factor."""
        if spot.role not in ("whole", "term", "numerator", "cell", "body"):
            return
        factor = hole.scale(own)
        number = None if factor is None else plain_number(factor)
        if number is not None and number not in (1, -1) and not isinstance(spot.node, Number):
            yield self.variants.spelling.times(spot, spelled(number), 1.6)

    def inner(self, spot: Spot, hole: Hole) -> Iterator[Edit]:
        """A part of the spot in its place."""
        for node, cost in inner_parts(spot):
            term = self.variants.meaning(node)
            values = None if term is None else self.bench.values(term, spot.indices, hole.keys)
            if values is not None and hole.fits(values):
                spelling = self.variants.spelling
                text = spelling.grouped(node) if spot.role in ("call", "factor") else None
                yield spelling.swapped(spot, text or spelling.cut(node), cost)

    def applied(self, spot: Spot, hole: Hole) -> Iterator[Edit]:
        """A well-known function of the document, applied to the spot."""
        if spot.role not in ("factor", "term", *OPEN):
            return
        for function in self.variants.functions:
            edit = self.variants.spelling.applied(spot, function)
            term = self.variants.reading(edit.replacement)
            values = None if term is None else self.bench.values(term, spot.indices, hole.keys)
            if values is not None and hole.fits(values):
                yield edit

    # ---- what stands elsewhere --------------------------------------------------------------

    def swaps(self, spot: Spot, hole: Hole) -> Iterator[Edit]:
        """Another symbol of the document."""
        own = self.variants.spelling.cut(spot.node)
        bonus = STRANGE if self.is_strange(spot) else 0.0
        for part in self.atoms:
            if isinstance(part.node, Quotient) and isinstance(spot.node, Number):
                continue
            values = None if part.text == own else self.worth(part, spot, hole)
            if values is not None and hole.fits(values):
                rarer = self.count(part.text) < self.count(own)
                cost = self.unlike(spot, part) - bonus + 0.1 * rarer
                yield self.variants.spelling.swapped(spot, part.text, cost)

    @cached_property
    def atoms(self) -> tuple[Part, ...]:
        """The symbols that have one value."""
        return tuple(p for p in self.variants.atoms if not is_matrix(p.term))

    def is_strange(self, spot: Spot) -> bool:
        term = self.variants.meaning(spot.node)
        return term is not None and bool(term.heads & self.strange)

    def count(self, text: str) -> int:
        """How often the document writes a symbol."""
        return self.variants.counts[text]

    def unlike(self, spot: Spot, part: Part) -> float:
        if isinstance(spot.node, (Name, Script)) and isinstance(part.node, (Name, Script)):
            odd = 0.4 if arity(spot.node) != arity(part.node) else 0.0
            return distance(spot.node, part.node) + odd
        return 1.3 if isinstance(spot.node, Quotient) and isinstance(part.node, Quotient) else 2.0

    def worth(self, part: Part, spot: Spot, hole: Hole) -> tuple[float, ...] | None:
        return self.bench.values(part.term, spot.indices, hole.keys)

    def fillings(self, spot: Spot, hole: Hole, own: tuple[float, ...] | None) -> Iterator[Edit]:
        """Parts of the document in the spot's place, or joined to it."""
        if hole.test is not None and hole.root is None:
            return
        spelling = self.variants.spelling
        for part, size in self.pool:
            values = self.worth(part, spot, hole)
            if values is None:
                continue
            if own is not None and size == 0 and spot.role in SCALED:
                yield from self.with_number(spot, hole, part, own, values)
            for filling in FILLINGS:
                if filling.roles and (own is None or spot.role not in filling.roles):
                    continue
                if filling.alike and (spot.is_atom and size == 0):
                    continue
                try:
                    new = [filling.value(s, x) for s, x in zip(own or values, values, strict=True)]
                except (ZeroDivisionError, OverflowError):
                    continue
                if hole.fits(new):
                    odd = 0.5 * isinstance(part.node, Quotient)
                    more = odd + 0.9 + 0.02 * len(spelling.cut(spot.node)) if filling.alike else odd
                    yield filling.write(spelling, spot, part.text, filling.cost + more + size)

    def with_number(
        self, spot: Spot, hole: Hole, part: Part, own: Sequence[float], values: Sequence[float]
    ) -> Iterator[Edit]:
        """A symbol times a plain number as a factor: `2 x`."""
        factor = hole.scale([s * x for s, x in zip(own, values, strict=True)])
        number = None if factor is None else plain_number(factor)
        if number is not None and number > 0 and number != 1:
            text = f"{spelled(number)} {part.text}"
            yield self.variants.spelling.times(spot, text, 2.4)

    @cached_property
    def pool(self) -> tuple[tuple[Part, float], ...]:
        """What may be put in, with what its length adds to the cost."""
        short = [(p, 0.0) for p in self.atoms]
        longer = [(p, 0.2 + 0.01 * len(p.text)) for p in self.variants.parts]
        return (*short, *longer)

    def fits(self, hole: Hole, value: object, own: Sequence[float]) -> bool:
        try:
            return hole.fits([value(s) for s in own])  # type: ignore[operator]
        except (ZeroDivisionError, OverflowError):
            return False


class Rewriting(Search):
    """Looks for edits of a definition: what it must be for one of its users to hold."""

    def __init__(
        self, variants: Variants, definition: Relation, strange: frozenset[str], user: Relation
    ) -> None:
        super().__init__(variants, definition, strange)
        self.user = user

    @cached_property
    def bench(self) -> Bench:
        """The user on the bench."""
        return Bench(self.user, HOLE)

    def hole(self, side: Side, spot: Spot) -> Hole | None:
        terms = self.variants.terms(self.relation.id, side, spot.hole)
        left = self.relation.left
        if terms is None or not isinstance(left, (At, Sym)):
            return None
        head, at = (left.head, left.indices) if isinstance(left, At) else (left.name, ())
        row = Definition(head, at, terms[1], self.relation.id)
        user = self.user
        if user.left is None or user.right is None:
            return None
        return self.bench.open(user.left, user.right, redefined(user.context, row))

    def edits(self, side: Side) -> Iterator[Edit]:
        """Edits of the definition's right side, the nearest first."""
        fitting = [c.edit for c in self.near() if c.side.right]
        yield from fitting
        fitting = [c.edit for c in self.far()] + list(self.formulas())
        yield from sorted(fitting, key=lambda e: e.cost)
        yield from sorted(self.blind(side), key=lambda e: e.cost)

    def blind(self, side: Side) -> Iterator[Edit]:
        """Edits that have to be tried, where the user differentiates what is defined."""
        if self._open:
            return
        spelling = self.variants.spelling
        for spot in self.variants.spots(side):
            for form in FORMS:
                if not form.roles or spot.role in form.roles:
                    edit = form.write(spelling, spot)
                    if edit is not None:
                        yield edit
            if spot.is_atom:
                own = spelling.cut(spot.node)
                for part in self.variants.atoms:
                    cost = self.unlike(spot, part)
                    if part.text != own and cost <= BLIND:
                        yield spelling.swapped(spot, part.text, cost)
        yield from self.variants.shapes(self.relation.id, side)

    def formulas(self) -> Iterator[Edit]:
        """Differences of two symbols with the definition's indices, scaled."""
        for _, spot, hole, _ in self._open:
            if spot.role != "whole" or hole.test is not None:
                continue
            rows = [(p, self.worth(p, spot, hole)) for p in self.atoms]
            known = [(p, v) for p, v in rows if v is not None and self.runs(p, spot)]
            for a, first in known:
                for b, second in known:
                    if a is not b:
                        values = [x - y for x, y in zip(first, second, strict=True)]
                        yield from self.matching(spot, hole, f"{a.text} - {b.text}", values)

    def runs(self, part: Part, spot: Spot) -> bool:
        """Whether a symbol has the indices of the definition."""
        return all(i in part.term.heads for i in spot.indices)

    def matching(
        self, spot: Spot, hole: Hole, text: str, values: Sequence[float]
    ) -> Iterator[Edit]:
        """A formula times the factor that makes it fit: ±1, a small number, or over a size."""
        factor = hole.scale(values)
        if factor is None:
            return
        if abs(factor - 1) < 1e-9:
            yield Edit(spot.node.span, text, 3.5)
        for part in self.atoms:
            size = self.bench.at(part.term, ()) if isinstance(part.term, Sym) else None
            if size and abs(factor * size - 1) < 1e-9:
                yield Edit(spot.node.span, f"({text})/{part.text}", 4.0)
        number = plain_number(factor)
        if number is not None and number > 0 and number != 1:
            yield Edit(spot.node.span, f"{spelled(number)} ({text})", 4.2)


def plain_quotient(node: object) -> bool:
    """Whether a node is a quotient of two numbers."""
    if not isinstance(node, Quotient):
        return False
    return isinstance(node.numerator, Number) and isinstance(node.denominator, Number)


def _sorted(found: Iterator[Candidate]) -> list[Candidate]:
    return sorted(found, key=lambda c: c.edit.cost)


__all__ = ["Candidate", "Rewriting", "Search"]
