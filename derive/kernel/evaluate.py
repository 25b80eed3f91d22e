"""Exact evaluation: the value of a scalar term at a point, shared with nothing but the term.

This is the second route of every proof and the only maker of counterexamples. It knows no
normal form and no rule of differentiation: a derivative is read off a power series.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from flint import acb, arb, ctx, fmpq

from derive.context import Context
from derive.kernel import enclose, laurent, numbers
from derive.kernel.numbers import ONE, ZERO, Number, Real, Series, TooLarge, Undefined, Unknown
from derive.term import (
    Add,
    App,
    At,
    Bound,
    Choice,
    Const,
    Delta,
    Diff,
    Fn,
    Holds,
    Integral,
    Limit,
    Mul,
    Num,
    Pow,
    Prod,
    Sum,
    Sym,
    Term,
    instantiate,
    neg,
    num,
)

__all__ = ["Key", "Point", "TooLarge", "Undefined", "Unevaluable", "Unknown", "evaluate"]

Key = tuple[str, tuple[int, ...]]
Memo = dict[tuple[Term, tuple[int, ...]], Number]
MAX_TERMS = 20_000
MAX_REMEMBERED = 2_000  # terms of sums, after which their values are not kept
INFINITY = Const("oo")
TESTS = {
    "<": (-1,), "≤": (-1, 0), ">": (1,), "≥": (0, 1), "=": (0,), "≠": (-1, 1),
}  # fmt: skip


class Unevaluable(Exception):
    """The term holds something that has no value by evaluation (an infinite sum, a matrix)."""


class Point(Protocol):
    """Where a term is evaluated; asked lazily, so that only what is used is chosen."""

    def value(self, key: Key) -> fmpq | arb:
        """The value of a symbol or of a family's member."""

    def slopes(self, key: Key, variable: Key, order: int) -> tuple[fmpq | arb, ...]:
        """The first `order` Taylor coefficients, after the value, along a variable."""

    def polynomial(self, head: str, arity: int) -> tuple[tuple[fmpq | arb, ...], ...]:
        """The polynomial that stands for an unknown function, one row an argument."""


def evaluate(
    term: Term,
    point: Point,
    context: Context,
    precision: int = 64,
    memo: Memo | None = None,
) -> Real | Series:
    """The value of a term at a point: a rational where it can be, else a ball.

    `memo` keeps values of closed subterms from one call to the next, at one point. Raises
    `Undefined` where the term has no value there or one that is not real, `TooLarge` and
    `Unevaluable` where it is not computed.
    """
    before = ctx.prec
    ctx.prec = precision
    try:
        run = _Evaluation(point, context, _Spent())
        run.memo = run.memo if memo is None else memo
        return _told_real(run.value(term, ()))
    finally:
        ctx.prec = before


def _told_real(value: Number) -> Real | Series:
    if isinstance(value, acb) or isinstance(numbers.plain(value), acb):
        raise Unknown("a complex number")
    return value


def compare(
    left: Term, right: Term, point: Point, context: Context, precision: int = 64
) -> tuple[Number, Number, Number]:
    """Both sides' values at a point, complex ones too, and left − right at the same precision.

    Raises as `evaluate` does, `Undefined` with the side in its `side`.
    """
    before = ctx.prec
    ctx.prec = precision
    try:
        run = _Evaluation(point, context, _Spent())
        a = _sided(run, left, "left")
        b = _sided(run, right, "right")
        return a, b, numbers.add(a, numbers.negate(b))
    finally:
        ctx.prec = before


def _sided(run: "_Evaluation", term: Term, side: str) -> Number:
    try:
        return run.value(term, ())
    except Undefined as trouble:
        trouble.side = side
        raise


@dataclass
class _Spent:
    """What one evaluation has used up: terms of sums, and tags of ε."""

    terms: int = 0
    tags: int = 0

    def tag(self) -> int:
        """A tag younger than all before."""
        self.tags += 1
        return self.tags


class _Evaluation:
    """One evaluation; `moved` holds the variables that carry an ε."""

    def __init__(
        self,
        point: Point,
        context: Context,
        spent: _Spent,
        moved: dict[Key, Number] | None = None,
        still: "_Evaluation | None" = None,
    ) -> None:
        self.point, self.context, self.spent = point, context, spent
        self.moved, self.still = moved or {}, still
        names = {name for name, _ in self.moved}
        self.touched = names.union(h for h, v in context.depends if v in names)
        self.memo: Memo = {}

    def value(self, term: Term, bound: tuple[int, ...]) -> Number:
        """The value, each computed once; what does not move is taken from where it stood still."""
        if self.still is not None and self.touched.isdisjoint(term.heads):
            return self.still.value(term, bound)
        loose = term.loose
        key = term, bound[-loose:] if loose else ()
        found = self.memo.get(key)
        if found is None:
            found = self.compute(term, bound)
            if not loose or self.spent.terms < MAX_REMEMBERED:
                self.memo[key] = found
        return found

    def compute(self, term: Term, bound: tuple[int, ...]) -> Number:
        match term:
            case Num(value):
                return fmpq(value.numerator, value.denominator)
            case Sym(name):
                return self.leaf((name, ()))
            case At(head, indices):
                return self.leaf((head, tuple(self.integer(i, bound) for i in indices)))
            case Bound(depth):
                return fmpq(bound[-1 - depth])
            case Add(args):
                return self.sum_of(args, bound)
            case Mul(args):
                return self.product_of(args, bound)
            case Pow(base, exponent):
                return numbers.power(self.value(base, bound), self.value(exponent, bound))
            case Fn(name, order, args):
                return self.function(name, order, [self.value(a, bound) for a in args])
            case App(head, orders, args):
                return self.unknown(head, orders, [self.value(a, bound) for a in args])
            case Diff(body, variable):
                return self.derivative(body, variable, bound)
            case Sum(body, lo, hi) | Prod(body, lo, hi):
                return self.over_range(isinstance(term, Sum), body, lo, hi, bound)
            case Integral() | Limit():
                return self.analysis(_closed(term, bound))
            case Holds(left, op, right):
                return ONE if self.holds(left, op, right, bound) else ZERO
            case Choice(Holds(left, op, right), then, other):
                return self.value(then if self.holds(left, op, right, bound) else other, bound)
            case Delta(left, right):
                return ONE if self.integer(left, bound) == self.integer(right, bound) else ZERO
            case Const("pi"):
                return arb.pi()
            case Const("I"):
                return numbers.IMAGINARY
        raise Unevaluable(type(term).__name__)

    def sum_of(self, args: tuple[Term, ...], bound: tuple[int, ...]) -> Number:
        total: Number = ZERO
        for arg in args:
            total = numbers.add(total, self.value(arg, bound))
        return total

    def product_of(self, args: tuple[Term, ...], bound: tuple[int, ...]) -> Number:
        total: Number = ONE
        for arg in args:
            total = numbers.multiply(total, self.value(arg, bound))
        return total

    def integer(self, term: Term, bound: tuple[int, ...]) -> int:
        value = self.value(term, bound)
        if not isinstance(value, fmpq) or value.q != 1:
            raise Unknown("an index that is no integer")
        return int(value.p)

    def over_range(
        self, adding: bool, body: Term, lo: Term, hi: Term, bound: tuple[int, ...]
    ) -> Number:
        start = self.integer(lo, bound)
        if hi == INFINITY and adding:
            return self.series(_closed(Sum(body, lo, hi), bound), start)
        end = self.integer(hi, bound)
        self.spent.terms += max(end - start + 1, 0)
        if self.spent.terms > MAX_TERMS:
            raise TooLarge("a sum of too many terms")
        total: Number = ZERO if adding else ONE
        combine = numbers.add if adding else numbers.multiply
        for index in range(start, end + 1):
            total = combine(total, self.value(body, (*bound, index)))
        return total

    def series(self, term: Term, start: int) -> Number:
        assert isinstance(term, Sum)
        body = term.body

        def at(index: int) -> Number:
            return self.value(body, (index,))

        return self.enclosed(lambda: enclose.series(body, start, MAX_TERMS // 2, at, self.free))

    def analysis(self, term: Term) -> Number:
        """The value of an integral or a limit that no binder stands over."""
        match term:
            case Integral(body, lo, hi):
                first, last = self.end(lo), self.end(hi)
                if hi == neg(INFINITY) or lo == INFINITY:
                    raise Unevaluable("an integral towards the left")
                return self.enclosed(lambda: enclose.integral(body, first, last, self.free))
            case Limit(body, at, side):
                signs = {"+": (1,), "-": (-1,)}.get(side, (1, -1))
                point = self.end(at)
                if point is None:
                    signs = (1,) if at == INFINITY else (-1,)
                found = [laurent.limit(body, point, sign, self.free) for sign in signs]
                apart = numbers.constant(numbers.add(found[0], numbers.negate(found[-1])))
                if apart > 0 or apart < 0:
                    raise Undefined("a limit from the left and another from the right")
                return found[0]
        raise Unevaluable(type(term).__name__)

    def end(self, term: Term) -> Number | None:
        """A bound; None where it is infinite."""
        return None if term in (INFINITY, neg(INFINITY)) else self.free(term)

    def free(self, term: Term) -> Number:
        found = self.value(term, ())
        if isinstance(numbers.plain(found), acb):
            raise Unevaluable("an integral, a limit or a series of complex numbers")
        return found

    def enclosed(self, work: Callable[[], Number]) -> Number:
        if self.moved:
            raise Unevaluable("a derivative of an integral or a series")
        try:
            return work()
        except enclose.Uncomputed as trouble:
            raise Unevaluable(str(trouble)) from None

    def holds(self, left: Term, op: str, right: Term, bound: tuple[int, ...]) -> bool:
        """Whether a test holds; a variable that moves must not stand at its border."""
        difference = numbers.add(self.value(left, bound), numbers.negate(self.value(right, bound)))
        sign = numbers.sign(difference)
        if sign == 0 and isinstance(difference, Series):
            raise Undefined("a derivative at a border between cases")
        return sign in TESTS[op]

    def function(self, name: str, order: int, args: list[Number]) -> Number:
        known = numbers.FUNCTIONS.get(name)
        if known is None:
            raise Unevaluable(name)
        if not order:
            return known(*args)
        return self.nth(lambda x: known(x), order, args[0])

    def unknown(self, head: str, orders: tuple[int, ...], args: list[Number]) -> Number:
        rows = self.point.polynomial(head, len(args))
        if len(rows) != len(args):
            raise Unevaluable("a function of now more and now fewer arguments")

        def at(values: list[Number]) -> Number:
            total: Number = ZERO
            for k, row in enumerate(rows):
                for power, coefficient in enumerate(row):
                    term = numbers.multiply(coefficient, numbers.integer_power(values[k], power))
                    if k:
                        term = numbers.multiply(term, values[0])
                    total = numbers.add(total, term)
            return total

        for place, order in enumerate(orders):
            if order:
                return self.unknown_derivative(at, place, orders, args)
        return at(args)

    def unknown_derivative(
        self, at: "_Function", place: int, orders: tuple[int, ...], args: list[Number]
    ) -> Number:
        left = tuple(o if k != place else 0 for k, o in enumerate(orders))

        def along(x: Number) -> Number:
            moved = [x if k == place else a for k, a in enumerate(args)]
            rest = next((k for k, o in enumerate(left) if o), None)
            return at(moved) if rest is None else self.unknown_derivative(at, rest, left, moved)

        return self.nth(along, orders[place], args[place])

    # ---- leaves and derivatives ---------------------------------------------------------

    def leaf(self, key: Key) -> Number:
        if key in self.moved:
            return self.moved[key]
        total: Number = self.point.value(key)
        for variable, moved in self.moved.items():
            if (key[0], variable[0]) in self.context.depends:
                step = numbers.add(moved, -self.point.value(variable))
                for power, slope in enumerate(self.point.slopes(key, variable, _depth(moved)), 1):
                    term = numbers.multiply(slope, numbers.integer_power(step, power))
                    total = numbers.add(total, term)
        return total

    def derivative(self, body: Term, variable: Term, bound: tuple[int, ...]) -> Number:
        match variable:
            case Sym(name):
                key: Key = (name, ())
            case At(head, indices):
                key = (head, tuple(self.integer(i, bound) for i in indices))
            case _:
                raise Unevaluable("a derivative by something that is no variable")
        tag = self.spent.tag()
        start = Series(tag, self.leaf(key), ONE)
        inner = _Evaluation(self.point, self.context, self.spent, {**self.moved, key: start}, self)
        return _slope(inner.value(body, bound), tag)

    def nth(self, function: "_Along", order: int, at: Number) -> Number:
        """The derivative of some order of a function of one number, by nested series."""
        if order == 0:
            return function(at)
        tag = self.spent.tag()
        return _slope(self.nth(function, order - 1, Series(tag, at, ONE)), tag)


def _closed(term: Term, bound: tuple[int, ...]) -> Term:
    """The term with the values of the binders over it."""
    return instantiate(term, *(num(b) for b in bound)) if term.loose else term


def _depth(value: Number) -> int:
    return 1 + _depth(value.constant) if isinstance(value, Series) else 0


class _Function(Protocol):
    def __call__(self, values: list[Number], /) -> Number: ...


def _slope(value: Number, tag: int) -> Number:
    if isinstance(value, Series) and value.tag == tag:
        return value.slope
    if isinstance(value, Series) and value.tag > tag:
        return Series(value.tag, _slope(value.constant, tag), _slope(value.slope, tag))
    return ZERO


class _Along(Protocol):
    def __call__(self, x: Number, /) -> Number: ...
