"""Proofs and witnesses spelled out for a reader: what was put in, and what came out.

Nothing is decided here. Each line is computed from the relation again, and a witness is worked
through only as long as the values agree with those that the verdict holds.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from flint import arb, fmpq

from derive import typeset
from derive.context import Context
from derive.derivation import Relation
from derive.kernel import numbers
from derive.kernel.budget import Budget, Exhausted, Undefined, Unsupported
from derive.kernel.derivative import differentiate
from derive.kernel.evaluate import TooLarge, Unevaluable, Unknown, evaluate
from derive.kernel.matrix import ShapeError
from derive.kernel.matrix import Unsupported as NoEntries
from derive.kernel.normal import canonical
from derive.prove.goal import Goal
from derive.prove.goals import NotAsked, goals, plain_goal
from derive.term import (
    Add,
    App,
    At,
    Delta,
    Diff,
    Mul,
    Num,
    Pow,
    Prod,
    Sum,
    Sym,
    Term,
    add,
    instantiate,
    mul,
    neg,
    rebuild,
    substitute,
    subterms,
)
from derive.verdict import Verdict, Witness
from derive.write.report.model import Formula, Row, Words, Working
from derive.written import NotWritten, named, polynomial

STEPS = 20_000
LONG, SHORT = 480, 280  # characters of LaTeX beyond which a line helps nobody
WRITTEN_OUT = 4  # terms of a sum that are written out
_TROUBLES = (
    NotAsked, ShapeError, NoEntries, Exhausted, Unsupported, Undefined, Unevaluable, Unknown,
    TooLarge, NotWritten, numbers.Undefined, RecursionError,
)  # fmt: skip


def proof(relation: Relation, verdict: Verdict) -> tuple[Row, ...]:
    """The formulas of a proof: definitions put in, derivatives taken, the common form."""
    with suppress(*_TROUBLES):
        found = goals(relation)
        goal = found[0]
        plain = plain_goal(goal)
        return tuple(_proof(goal, plain, len(found) > 1))
    return ()


def _proof(goal: Goal, plain: Goal, of_entries: bool) -> Iterator[Row]:
    if of_entries and goal.label:
        yield Row((Words(f"Compared entry by entry; in the {goal.label}:"),))
    for side, before, now in _sides(goal, plain):
        if now is not before and not before.holds_matrix:
            yield from _row(f"With the definitions put in, the {side} side reads", now)
        if (explicit := _differentiated(now, plain.context)) is not now:
            yield from _row(f"Differentiated, the {side} side is", _tidied(explicit))
    left, right = (canonical(s, plain.context, Budget(STEPS)) for s in (plain.left, plain.right))
    if left is right and left not in (plain.left, plain.right):
        yield from _row("Over a common denominator, both sides are", _tidied(left), SHORT)


def _sides(goal: Goal, plain: Goal) -> tuple[tuple[str, Term, Term], ...]:
    return (("left", goal.left, plain.left), ("right", goal.right, plain.right))


def _row(words: str, term: Term, limit: int = LONG) -> Iterator[Row]:
    latex = typeset.latex(term)
    if len(latex) <= limit:
        yield Row((Words(words),), Formula((latex,)))


def _differentiated(term: Term, context: Context) -> Term:
    """The term with its derivatives carried out; itself where that does not read well."""
    found = differentiate(term, context) if _derives(term) else term
    return term if any(isinstance(t, Delta) for t in subterms(found)) else found


def _derives(term: Term) -> bool:
    """Whether a derivative can be carried out: of more than a name."""
    return any(isinstance(t, Diff) and not isinstance(t.body, (Sym, At)) for t in subterms(term))


def _tidied(term: Term) -> Term:
    """The same value with fewer minus signs: they are drawn out of sums and products."""
    negative, found = _unsigned(term)
    return neg(found) if negative else found


def _unsigned(term: Term) -> tuple[bool, Term]:
    match term:
        case Num(value):
            return value < 0, Num(abs(value))
        case Sum(body, lo, hi):
            negative, inner = _unsigned(body)
            return negative, Sum(inner, lo, hi)
        case Mul(args):
            parts = [_unsigned(a) for a in args]
            kept = [t for _, t in parts if not (isinstance(t, Num) and t.value == 1)]
            return sum(n for n, _ in parts) % 2 == 1, mul(*kept)
        case Add(args):
            parts = [_unsigned(a) for a in args]
            flip = 2 * sum(n for n, _ in parts) > len(parts) or (
                2 * sum(n for n, _ in parts) == len(parts) and parts[0][0]
            )
            parts.sort(key=lambda p: p[0] is not flip)
            return flip, add(*(neg(t) if n is not flip else t for n, t in parts))
        case Diff(_, _) | Sym(_) | At(_, _):
            return False, term
    return False, rebuild(term, lambda t, _: _tidied(t))


# ---- a witness worked through --------------------------------------------------------------


def worked(relation: Relation, verdict: Verdict) -> Working | None:
    """The witness of a refuted relation, worked through; None where it cannot be followed."""
    witness = verdict.witness
    if witness is None:
        return None
    with suppress(*_TROUBLES):
        for goal in goals(relation):
            if verdict.method.endswith(goal.label):
                return _worked(goal, witness)
    return None


def _worked(goal: Goal, witness: Witness) -> Working | None:
    plain = plain_goal(goal)
    sides = []
    for name, before, now in _sides(goal, plain):
        rows = _followed(name, before, now, witness, plain.context)
        if rows is None:
            return None
        sides.append(rows)
    return Working((), sides[0], sides[1], _value(witness.left), _value(witness.right), goal.op)


def _value(text: str) -> Formula:
    return Formula((text,), text)


def _followed(
    side: str, before: Term, now: Term, witness: Witness, context: Context
) -> tuple[Row, ...] | None:
    """One side at the witness, line by line; None where the value is another than was found."""
    told = dict(witness.values)
    inserted = _Insertion(told, context).into(now)
    value = evaluate(inserted, _At(told), context, 128)
    if not _agree(value, witness.left if side == "left" else witness.right):
        return None
    rows = list(_row("With the definitions put in", now, SHORT)) if now is not before else []
    rows += _row("With the values put in", inserted) if inserted is not now else ()
    folded = _folded(inserted)
    explicit = _differentiated(folded, context)
    if explicit is folded:
        return tuple(rows)
    rows += _row("That is", folded) if folded is not inserted else ()
    rows += _row("Differentiated", explicit)
    final = _Insertion(told, context).into(explicit)
    return (*rows, *(_row("At the chosen point", final) if final is not explicit else ()))


def _folded(term: Term) -> Term:
    """The same value with sums and products of numbers worked out."""
    found = rebuild(term, lambda t, _: _folded(t))
    match found:
        case Add(args):
            total = sum((a.value for a in args if isinstance(a, Num)), Fraction(0))
            rest = [a for a in args if not isinstance(a, Num)]
            if not total and rest:
                return add(*rest)
            first = isinstance(args[0], Num)
            return add(Num(total), *rest) if first else add(*rest, Num(total))
        case Mul(args):
            product = prod((a.value for a in args if isinstance(a, Num)), start=Fraction(1))
            rest = [a for a in args if not isinstance(a, Num)]
            return (
                mul(Num(product), *rest)
                if product != 1 and product
                else (mul(*rest) if product else Num(product))
            )
        case Pow(Num(base), Num(exponent)) if base and abs(exponent) <= 4:
            return Num(base**exponent.numerator) if exponent.denominator == 1 else found
    return found


def _agree(value: numbers.Number, told: str) -> bool:
    plain = numbers.constant(value)
    wanted = polynomial(told, {})
    if not isinstance(wanted, Num):
        return False
    exact = fmpq(wanted.value.numerator, wanted.value.denominator)
    if isinstance(plain, fmpq) and plain == exact:
        return True
    close = arb(1e-4) * (1 + abs(arb(exact)))
    return bool(abs(arb(plain) - arb(exact)) < close)


@dataclass
class _At:
    """The point of a witness, for the variables that are left after the values are put in."""

    told: dict[str, str]

    def value(self, key: tuple[str, tuple[int, ...]]) -> fmpq | arb:
        """The value told; raises `NotWritten` where there is none."""
        head, indices = key
        term = At(head, tuple(Num(_fraction(i)) for i in indices)) if indices else Sym(head)
        found = polynomial(self.told.get(named(term) or "", ""), {})
        if not isinstance(found, Num):
            raise NotWritten(head)
        return fmpq(found.value.numerator, found.value.denominator)

    def slopes(self, key: object, variable: object, order: int) -> tuple[fmpq, ...]:
        """No unknown dependence is left."""
        raise NotWritten("slopes")

    def polynomial(self, head: str, arity: int) -> tuple[tuple[fmpq, ...], ...]:
        """No unknown function is left."""
        raise NotWritten(head)


def _fraction(value: int) -> Fraction:
    return Fraction(value)


@dataclass
class _Insertion:
    """Puts the values of a witness into a term; variables of derivatives are left standing."""

    told: dict[str, str]
    context: Context
    kept: frozenset[Term] = frozenset()

    def into(self, term: Term) -> Term:
        match term:
            case Sym(_) | At(_, _):
                return self.leaf(term)
            case Diff(body, variable):
                place = rebuild(variable, lambda t, _: self.into(t))
                inner = _Insertion(self.told, self.context, self.kept | {place})
                return Diff(inner.into(body), place)
            case Sum(body, lo, hi) | Prod(body, lo, hi):
                return self.written_out(term, body, lo, hi)
            case App(head, orders, args):
                return self.applied(head, orders, tuple(self.into(a) for a in args))
        return rebuild(term, lambda t, _: self.into(t))

    def written_out(self, term: Term, body: Term, lo: Term, hi: Term) -> Term:
        first, last = self.into(lo), self.into(hi)
        match first, last:
            case Num(a), Num(b) if a.denominator == b.denominator == 1 and b - a < WRITTEN_OUT:
                terms = [
                    self.into(instantiate(body, Num(Fraction(k))))
                    for k in range(int(a), int(b) + 1)
                ]
                return add(*terms) if isinstance(term, Sum) else mul(*terms)
        raise NotWritten("a sum of many terms")

    def leaf(self, term: Sym | At) -> Term:
        if isinstance(term, At):
            term = At(term.head, tuple(self.into(i) for i in term.indices))
        if term in self.kept:
            return term
        name = named(term)
        if name is None:
            raise NotWritten(repr(term))
        if name in self.told:
            return polynomial(self.told[name], {})
        for told, text in self.told.items():
            if told.startswith(name + "(") and told.endswith(")"):
                return self.along(told[len(name) + 1 : -1], text)
        raise NotWritten(name)

    def along(self, by: str, text: str) -> Term:
        """A written-down dependence: on a variable that is kept, else its value."""
        kept = next((t for t in self.kept if isinstance(t, (Sym, At)) and named(t) == by), None)
        place = Sym(by) if kept is None else kept
        found = polynomial(text, {by: place})
        return found if kept is not None else substitute(found, {place: self.number(by)})

    def number(self, name: str) -> Term:
        return polynomial(self.told.get(name, ""), {})

    def applied(self, head: str, orders: tuple[int, ...], args: tuple[Term, ...]) -> Term:
        for told, text in self.told.items():
            name, opened, inside = told.partition("(")
            names = [n.strip() for n in inside.removesuffix(")").split(",")]
            if opened and name == head and len(names) == len(args):
                body = polynomial(text, {n: Sym(n) for n in names})
                for place, order in zip(names, orders, strict=True):
                    for _ in range(order):
                        body = differentiate(Diff(body, Sym(place)), self.context)
                return substitute(body, {Sym(n): a for n, a in zip(names, args, strict=True)})
        raise NotWritten(head)
