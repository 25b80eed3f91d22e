"""Real arithmetic by Z3: inequalities, cases, what hypotheses of any sign imply.

The negation of the goal is given to the solver with everything known; that it cannot hold is the
proof. What Z3 does not know (a logarithm, a sum over an index) is an unknown real number, with a
few facts that hold for it. Optional: without the package nothing is tried.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from derive.context import REAL, Context
from derive.kernel.sign import Signs
from derive.prove.sample import Assumption
from derive.term import (
    Add,
    At,
    Choice,
    Const,
    Fn,
    Holds,
    Mul,
    Num,
    Pow,
    Sym,
    Term,
    subterms,
)

STEPS, MILLISECONDS, LARGEST = 3_000_000, 2_000, 8
SIDES = {"-": "<", "0": "=", "+": ">"}
PIECEWISE = frozenset({"abs", "max", "min", "sign"})


class Unsaid(Exception):
    """A term that is no real number for the solver."""


def available() -> bool:
    """Whether the package is installed."""
    from importlib.util import find_spec

    return find_spec("z3") is not None


def piecewise(term: Term) -> bool:
    """Whether a term distinguishes cases."""
    return any(
        isinstance(t, (Choice, Holds)) or (isinstance(t, Fn) and t.name in PIECEWISE)
        for t in subterms(term)
    )


def follows(
    left: Term, op: str, right: Term, assumptions: tuple[Assumption, ...], context: Context
) -> tuple[str, ...] | None:
    """The hypotheses that it follows from; None where that was not shown."""
    import z3

    encoder = Encoder(context)
    solver = z3.Solver()
    solver.set("timeout", MILLISECONDS)
    solver.set("rlimit", STEPS)
    names: dict[str, str] = {}
    try:
        for k, assumption in enumerate(assumptions):
            said = related(encoder.real(assumption.difference), assumption.op, z3.RealVal(0))
            names[f"h{k}"] = assumption.text
            solver.assert_and_track(said, f"h{k}")
        goal = related(encoder.real(left), op, encoder.real(right))
    except (Unsaid, RecursionError):
        return None
    solver.add(*encoder.facts)
    solver.add(z3.Not(goal))
    if solver.check() != z3.unsat:
        return None
    used = [names[str(name)] for name in solver.unsat_core() if str(name) in names]
    return tuple(dict.fromkeys(sorted(used)))


def related(left: Any, op: str, right: Any) -> Any:
    """A relation between two numbers of the solver."""
    made: dict[str, Callable[[], Any]] = {
        "=": lambda: left == right, "≠": lambda: left != right, "<": lambda: left < right,
        "≤": lambda: left <= right, ">": lambda: left > right, "≥": lambda: left >= right,
    }  # fmt: skip
    if op not in made:
        raise Unsaid
    return made[op]()


@dataclass
class Encoder:
    """Terms as numbers of the solver; `facts` are what is known of them."""

    context: Context
    facts: list[Any] = field(default_factory=list)
    known: dict[Term, Any] = field(default_factory=dict)
    guards: list[Any] = field(default_factory=list)
    count: int = 0

    def real(self, term: Term) -> Any:
        """The number that a term stands for."""
        import z3

        match term:
            case Num(value):
                return z3.RealVal(str(value))
            case Add(args):
                return z3.Sum([self.real(a) for a in args])
            case Mul(args):
                return z3.Product([self.real(a) for a in args])
            case Pow(base, Num(exponent)):
                return self.power(base, exponent.numerator, exponent.denominator)
            case Choice(Holds(left, op, right), then, other):
                return self.choice(related(self.real(left), op, self.real(right)), then, other)
            case Holds(left, op, right):
                test = related(self.real(left), op, self.real(right))
                return z3.If(test, z3.RealVal(1), z3.RealVal(0))
            case Fn(name, 0, args) if name in PIECEWISE:
                return self.pieces(name, [self.real(a) for a in args])
            case _:
                return self.unknown(term)

    def choice(self, test: Any, then: Term, other: Term) -> Any:
        import z3

        with self.given(test):
            first = self.real(then)
        with self.given(z3.Not(test)):
            second = self.real(other)
        return z3.If(test, first, second)

    @contextmanager
    def given(self, test: Any) -> Iterator[None]:
        """What is learnt of a branch holds only where it is taken."""
        told, self.known = self.known, dict(self.known)
        self.guards.append(test)
        yield
        self.guards.pop()
        self.known = told

    def learn(self, fact: Any) -> None:
        import z3

        self.facts.append(z3.Implies(z3.And(*self.guards), fact) if self.guards else fact)

    def fresh(self) -> Any:
        import z3

        self.count += 1
        return z3.Real(f"x{self.count}")

    def power(self, base: Term, above: int, below: int) -> Any:
        """Integer powers written out; a root is the number that it is the root of."""
        import z3

        if abs(above) > LARGEST or below > LARGEST:
            raise Unsaid
        number = self.real(base) if below == 1 else self.root(base, below)
        if above < 0:
            self.learn(number != 0)
        product = z3.Product([number] * abs(above))
        return product if above > 0 else 1 / product

    def root(self, base: Term, degree: int) -> Any:
        import z3

        term = Pow(base, Num(Fraction(1, degree)))
        if term not in self.known:
            found = self.fresh()
            self.learn(found >= 0)
            self.learn(z3.Product([found] * degree) == self.real(base))
            self.known[term] = found
        return self.known[term]

    def pieces(self, name: str, args: list[Any]) -> Any:
        import z3

        first, *others = args
        match name:
            case "abs":
                return z3.If(first >= 0, first, -first)
            case "sign":
                return z3.If(first > 0, z3.RealVal(1), z3.If(first < 0, z3.RealVal(-1), 0))
        for other in others:
            better = first >= other if name == "max" else first <= other
            first = z3.If(better, first, other)
        return first

    # ---- numbers that the solver knows little of -------------------------------------------

    def unknown(self, term: Term) -> Any:
        if term not in self.known:
            if Const("I") in set(subterms(term)) or Const("oo") in set(subterms(term)):
                raise Unsaid
            self.known[term] = self.fresh()
            self.describe(term, self.known[term])
        return self.known[term]

    def describe(self, term: Term, number: Any) -> None:
        match term:
            case Sym(head) | At(head, _):
                self.domain(head, number)
            case Fn("exp", 0, (inner,)):
                self.learn(number > 0)
                self.learn(number >= 1 + self.real(inner))
            case Fn("log", 0, (inner,)):
                argument = self.real(inner)
                self.learn(argument > 0)
                self.learn(number <= argument - 1)
                self.learn(number * argument >= argument - 1)
            case Fn("sin" | "cos" as name, 0, args):
                other = self.unknown_pair("cos" if name == "sin" else "sin", args)
                self.learn(number * number + other * other == 1)
            case _:
                self.signed(term, number)

    def unknown_pair(self, name: str, args: tuple[Term, ...]) -> Any:
        term = Fn(name, 0, args)
        return self.known.setdefault(term, self.fresh())

    def domain(self, head: str, number: Any) -> None:
        import z3

        domain = self.context.domains.get(head, REAL)
        if domain.values is not None:
            self.learn(z3.Or(*(number == self.real(v) for v in domain.values)))
        if domain.lo is not None:
            low = self.real(domain.lo)
            self.learn(number > low if domain.lo_open and not domain.integer else number >= low)
        if domain.hi is not None:
            high = self.real(domain.hi)
            self.learn(number < high if domain.hi_open and not domain.integer else number <= high)
        if domain.nonzero:
            self.learn(number != 0)

    def signed(self, term: Term, number: Any) -> None:
        """The signs that a term may have."""
        import z3

        signs = Signs(self.context).of(term)
        if len(signs) < 3:
            self.learn(z3.Or(*(related(number, SIDES[s], z3.RealVal(0)) for s in signs)))
