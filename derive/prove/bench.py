"""A relation on the bench, at one generic point: what a part of it would have to be worth.

A relation with a hole in it is a function of the hole's values; where that is affine, in the
value or in its inverse, thousands of fillings are tried at the cost of a few evaluations. All
is done in floating point and proves nothing: what fits is only a candidate.
"""

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from functools import cached_property
from math import isclose

from flint import acb, arb, fmpq

from derive.context import Context, Domain
from derive.derivation import Relation
from derive.kernel.evaluate import Key, Memo, evaluate
from derive.kernel.matrix import lower
from derive.kernel.numbers import Number, Series
from derive.prove.chosen import Row, Sampled, Value
from derive.prove.goal import Goal
from derive.prove.goals import assumptions_of, goals, plain_goal
from derive.prove.sample import points
from derive.prove.screen import TROUBLE
from derive.prove.unfold import Unfolder, leaves_of
from derive.term import Diff, Num, Term, sub, subterms
from derive.values import dataclass

Values = tuple[float, ...]
ATTEMPT = 4
CLOSE = 1e-9
SECANTS = 12
STARTS = (0.5, 0.75)
TRIALS = (1.0, 2.0, 0.5)
LARGEST = 64  # components of a matrix relation that are looked at


@dataclass(frozen=True)
class Hole:
    """How a relation depends on what stands in its hole, at one point.

    `keys` are the indices at which the hole is asked for. Each row of `rows` says
    offset + Σ slope·uₖ = 0 for the values uₖ (their inverses where `inverse`); where there are
    no rows, `test` is asked instead, of a single value only near the `root` if one was found.
    """

    keys: tuple[tuple[int, ...], ...]
    rows: tuple[tuple[float, tuple[float, ...]], ...]
    inverse: bool
    test: Callable[[Values], bool] | None = None
    root: float | None = None

    def fits(self, values: Sequence[float]) -> bool:
        """Whether the relation holds at the point with these values in the hole."""
        if self.root is not None and not isclose(values[0], self.root, rel_tol=1e-6):
            return False
        if self.test is not None:
            return self.test(tuple(values))
        if self.inverse:
            if not all(values):
                return False
            values = [1 / v for v in values]
        return all(_balanced(offset, slopes, values) for offset, slopes in self.rows)

    def scale(self, values: Sequence[float]) -> float | None:
        """The number by which these values must be multiplied; None where there is none."""
        if self.root is not None:
            return self.root / values[0] if values[0] else None
        if self.test is not None or (self.inverse and not all(values)):
            return None
        used = [1 / v for v in values] if self.inverse else values
        for offset, slopes in self.rows:
            total = sum(a * v for a, v in zip(slopes, used, strict=True))
            if total and offset:
                factor = -offset / total
                found = 1 / factor if self.inverse else factor
                return found if self.fits([found * v for v in values]) else None
        return None


def _secant(at: Callable[[float], float], old: float, new: float) -> float | None:
    """A root near two places, if it is reached soon."""
    before, now = at(old), at(new)
    for _ in range(SECANTS):
        if abs(now) < 1e-14:
            return new
        old, new, before = new, new - now * (new - old) / (now - before), now
        now = at(new)
    return None


def _balanced(offset: float, slopes: Sequence[float], values: Sequence[float]) -> bool:
    total, size = offset, abs(offset)
    for slope, value in zip(slopes, values, strict=True):
        part = slope * value
        total += part
        size += abs(part)
    return abs(total) <= CLOSE * size


@dataclass
class Bench:
    """One relation at one point; `left` and `right` are its sides with holes, or as they are."""

    relation: Relation
    hole: str
    _memos: dict[frozenset[tuple[Key, Value]], "_Steady"] = field(default_factory=dict)
    _values: dict[tuple[Term, tuple[int, ...]], float | None] = field(default_factory=dict)
    _points: dict[tuple[tuple[str, int], ...], Sampled] = field(default_factory=dict)
    _held: dict[tuple[Term, Term], bool] = field(default_factory=dict)

    @cached_property
    def leaves(self) -> frozenset[str]:
        """The heads that stay as they are."""
        sides = [t for t in (self.relation.left, self.relation.right) if t is not None]
        return leaves_of(sides, self.relation.context)

    @cached_property
    def unfolder(self) -> Unfolder:
        """Unfolds what is put into the relation."""
        return Unfolder(self.relation.context, self.leaves)

    @cached_property
    def base(self) -> Sampled:
        """The point: generic values, sizes that differ from the numbers of formulas."""
        context = self.relation.context
        if context.hypotheses or self.relation.given:
            found = self._obedient()
            if found is not None:
                return found
        point = Sampled(context, ATTEMPT)
        sizes = [h for h, d in sorted(context.domains.items()) if _is_size(d)]
        for k, head in enumerate(sizes):
            lo = context.domains[head].lo
            least = int(lo.value) if isinstance(lo, Num) else 1
            point.chosen[head, ()] = fmpq(least + (2, 1)[k % 2])
        return point

    def _obedient(self) -> Sampled | None:
        """A point at which what is assumed holds."""
        for goal in goals(self.relation):
            plain = plain_goal(goal)
            assumed = assumptions_of(goal, plain)
            for point in points(plain, assumed, 1, start=ATTEMPT):
                evaluate(sub(plain.left, plain.right), point, goal.context)
                return point
        return None

    def holds(self, left: Term, right: Term) -> bool:
        """Whether the relation with these sides holds at the point."""
        changed = replace(self.relation, left=left, right=right, problem=None)
        try:
            found = goals(changed)[:LARGEST]
            plain = (plain_goal(goal) for goal in found)
            return bool(found) and all(self._holds(goal, self._point(goal)) for goal in plain)
        except (*TROUBLE, OverflowError, ValueError):
            return False

    # ---- holes -------------------------------------------------------------------------

    def open(self, left: Term, right: Term, context: Context | None = None) -> Hole | None:
        """The relation with a hole; None where no filling can make it true."""
        try:
            return self._open(left, right, context or self.relation.context)
        except (*TROUBLE, OverflowError, ValueError):
            return None

    def _open(self, left: Term, right: Term, context: Context) -> Hole | None:
        changed = replace(self.relation, left=left, right=right, context=context, problem=None)
        with_hole: list[tuple[Goal, Sampled]] = []
        for goal in goals(changed)[:LARGEST]:
            plain = plain_goal(goal)
            point = self._point(plain)
            if self.hole in plain.left.heads | plain.right.heads:
                if _moves(plain, self.hole):
                    return None
                with_hole.append((plain, point))
            elif not self._holds(plain, point):
                return None
        return self._hole(with_hole) if with_hole else None

    def _point(self, plain: Goal) -> Sampled:
        """The point, with the indices of a component chosen for it alone."""
        base = self.base
        extra = plain.context.domains.keys() - self.relation.context.domains.keys()
        if plain.context is self.relation.context or not extra:
            return base
        point = replace(base, context=plain.context, fixed=dict(base.fixed))
        for index in sorted(extra):
            point.fixed[index, ()] = point.choose((index, ()))
        return point

    def _holds(self, plain: Goal, point: Sampled) -> bool:
        key = plain.left, plain.right
        if key not in self._held:
            found = self._difference(plain, point, ())
            self._held[key] = abs(found[0]) <= CLOSE * found[1]
        return self._held[key]

    def _hole(self, asked: list[tuple[Goal, Sampled]]) -> Hole | None:
        told = _Told(asked[0][1], self.hole)
        for goal, point in asked:
            told.point = point
            _number(evaluate(sub(goal.left, goal.right), told, goal.context))
        keys = tuple(sorted(told.asked))
        if not keys:
            return None

        def test(values: Values) -> bool:
            try:
                found = [
                    self._difference(g, p, tuple(zip(keys, values, strict=True))) for g, p in asked
                ]
            except TROUBLE:
                return False
            return all(abs(d) <= CLOSE * s for d, s in found)

        for inverse in (False, True):
            rows = [self._row(g, p, keys, inverse) for g, p in asked]
            if all(r is not None for r in rows):
                return Hole(keys, tuple(r for r in rows if r is not None), inverse)
        return Hole(keys, (), False, test, self._root(asked, keys) if len(keys) == 1 else None)

    def _root(
        self, asked: Sequence[tuple[Goal, Sampled]], keys: Sequence[tuple[int, ...]]
    ) -> float | None:
        """The value that makes the first relation true, by secants; None where there is none."""
        goal, point = asked[0]

        def at(value: float) -> float:
            return self._difference(goal, point, ((keys[0], value),))[0]

        try:
            return _secant(at, *STARTS)
        except (*TROUBLE, ZeroDivisionError, OverflowError, ValueError):
            return None

    def _row(
        self, goal: Goal, point: Sampled, keys: Sequence[tuple[int, ...]], inverse: bool
    ) -> tuple[float, tuple[float, ...]] | None:
        """Offset and slopes where the difference is affine in the values (or their inverses)."""

        def at(*used: float) -> tuple[float, float]:
            values = [1 / u for u in used] if inverse else used
            return self._difference(goal, point, tuple(zip(keys, values, strict=True)))

        count = len(keys)
        try:
            ones, size = at(*([1.0] * count))
            slopes = []
            for k in range(count):
                found, more = at(*(2.0 if j == k else 1.0 for j in range(count)))
                slopes.append(found - ones)
                size = max(size, more)
            last = [TRIALS[k % 3] * 4 for k in range(count)]
            wanted, more = at(*last)
        except TROUBLE:
            return None
        offset = ones - sum(slopes)
        expected = offset + sum(a * u for a, u in zip(slopes, last, strict=True))
        close = abs(expected - wanted) <= 1e-7 * max(size, more)
        return (offset, tuple(slopes)) if close else None

    def _difference(
        self, goal: Goal, point: Sampled, filled: tuple[tuple[tuple[int, ...], float], ...]
    ) -> tuple[float, float]:
        """Left − right, and how large the sides are."""
        told = _Told(point, self.hole, {k: _rational(v) for k, v in filled})
        left = _number(self._value(goal.left, told, goal))
        right = _number(self._value(goal.right, told, goal))
        return left - right, abs(left) + abs(right)

    def _value(self, term: Term, told: "_Told", goal: Goal) -> Number:
        """A side's value; what has no hole in it is computed once for the point."""
        memo = self._memo(told.point)
        found = evaluate(term, told, goal.context, memo=memo)
        memo.settle()
        return found

    # ---- fillings ------------------------------------------------------------------------

    def values(
        self, term: Term, indices: Sequence[str], keys: Sequence[tuple[int, ...]]
    ) -> tuple[float, ...] | None:
        """A term's values where its free indices are those of the hole's keys."""
        found = []
        for key in keys:
            if len(key) != len(indices):
                return None
            value = self.at(term, tuple(zip(indices, key, strict=True)))
            if value is None:
                return None
            found.append(value)
        return tuple(found)

    def at(self, term: Term, indices: tuple[tuple[str, int], ...]) -> float | None:
        """A term's value for some values of its free indices; None where it has none."""
        used = tuple((n, v) for n, v in indices if n in term.heads)
        key = (term, tuple(v for _, v in used))
        if key not in self._values:
            self._values[key] = self._at(term, used)
        return self._values[key]

    def _at(self, term: Term, indices: tuple[tuple[str, int], ...]) -> float | None:
        try:
            plain = lower(self.unfolder.fully(term))
            point, memo = self._indexed(indices)
            return _number(evaluate(plain, point, self.relation.context, memo=memo))
        except (*TROUBLE, OverflowError, ValueError):
            return None

    def _indexed(self, indices: tuple[tuple[str, int], ...]) -> tuple[Sampled, Memo]:
        """The point with values for free indices, and what was computed there."""
        if not indices:
            return self.base, self._memo(self.base)
        if indices not in self._points:
            fixed = self.base.fixed | {(n, ()): fmpq(v) for n, v in indices}
            self._points[indices] = replace(self.base, fixed=fixed)
        point = self._points[indices]
        return point, self._memo(point)

    def _memo(self, point: Sampled) -> "_Steady":
        """What was computed at a point, told from the others by the indices chosen there."""
        chosen = frozenset((k, v) for k, v in point.fixed.items() if k not in self.base.fixed)
        return self._memos.setdefault(chosen, _Steady(self.hole))


class _Steady(dict[tuple[Term, tuple[int, ...]], Number]):
    """Values of subterms at one point; those with a hole in them are forgotten again."""

    def __init__(self, hole: str) -> None:
        super().__init__()
        self.hole = hole
        self.moving: list[tuple[Term, tuple[int, ...]]] = []

    def __setitem__(self, key: tuple[Term, tuple[int, ...]], value: Number) -> None:
        if self.hole in key[0].heads:
            self.moving.append(key)
        super().__setitem__(key, value)

    def settle(self) -> None:
        """Forgets what depends on the hole."""
        for key in self.moving:
            del self[key]
        self.moving.clear()


@dataclass
class _Told:
    """The point, with values for the hole; remembers at which indices they were asked for."""

    point: Sampled
    head: str
    filled: dict[tuple[int, ...], fmpq] = field(default_factory=dict)
    asked: set[tuple[int, ...]] = field(default_factory=set)

    def value(self, key: Key) -> fmpq | arb:
        """The told value of the hole, the point's own of everything else."""
        if key[0] != self.head:
            return self.point.value(key)
        self.asked.add(key[1])
        found = self.filled.get(key[1])
        return fmpq(2 + len(self.asked), 7) if found is None else found

    def slopes(self, key: Key, variable: Key, order: int) -> Row:
        """The point's slopes."""
        return self.point.slopes(key, variable, order)

    def polynomial(self, head: str, arity: int) -> tuple[Row, ...]:
        """The point's polynomials."""
        return self.point.polynomial(head, arity)


def _is_size(domain: Domain) -> bool:
    return domain.integer and domain.hi is None and domain.values is None


def _moves(plain: Goal, hole: str) -> bool:
    """Whether something with the hole in it is differentiated: its value is not enough."""
    return any(
        isinstance(t, Diff) and hole in t.heads
        for side in (plain.left, plain.right)
        for t in subterms(side)
    )


def _number(value: Number) -> float:
    if isinstance(value, (Series, acb)):
        raise TROUBLE[2]("a value that moves")
    if isinstance(value, fmpq):
        return int(value.p) / int(value.q)
    return float(value.mid())


def _rational(value: float) -> fmpq:
    above, below = value.as_integer_ratio()
    return fmpq(above, below)
