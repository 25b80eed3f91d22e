"""Proof scripts: one tactic of the prelude for what is proved, a point for what is refuted."""

from collections.abc import Iterable
from fractions import Fraction

from derive.certify.expression import Unsaid
from derive.certify.statement import Statement
from derive.verdict import Point

Value = dict[tuple[int, ...], str]


def theorem(statement: Statement, point: Point | None, refuted: bool) -> tuple[str, str]:
    """The proposition and the script of its proof."""
    if not refuted:
        return statement.text, "certify."
    if point is None:
        raise Unsaid("a counterexample whose values are no rational numbers")
    return f"~ ({statement.text})", _denial(statement, point)


def _denial(statement: Statement, point: Point) -> str:
    arguments = []
    for head in statement.given:
        arguments.append(_value(statement, point, head))
        if head in statement.bounded:
            arguments.append("_")
    arguments += ["_"] * statement.premises
    said = " ".join(["H", *arguments])
    ends = "[clear H; at_point .. | clear H; revert E; denied]"
    return f"intros H.\n  unshelve epose proof ({said}) as E;\n  {ends}."


def _value(statement: Statement, point: Point, head: str) -> str:
    """A given name at the point: a number, a family, a function."""
    kind = statement.types[head]
    values = {at: v for (h, at), v in point.values if h == head}
    if kind == "nat":
        found = values.get((), Fraction(0))
        if found.denominator != 1 or found < 0:
            raise Unsaid("a size that is no natural number")
        return f"{found}%nat"
    if any(h == head for h, _ in point.functions):
        return _polynomial(point, head)
    along = statement.scope.along(head)
    indices = kind.count("nat") - sum(statement.types.get(v, "R").count("nat") for v in along)
    members = {at: number(v) for at, v in values.items()}
    for (h, at), by, slopes in point.slopes:
        if h == head:
            members[at] = _moving(statement, point, values.get(at, Fraction(0)), by, slopes)
    names = [statement.names[v] for v in along]
    return _family(members, indices, names)


def _moving(
    statement: Statement,
    point: Point,
    start: Fraction,
    by: tuple[str, tuple[int, ...]],
    slopes: tuple[Fraction, ...],
) -> str:
    """A member that depends on a variable, as its Taylor polynomial there."""
    head, at = by
    origin = next((v for k, v in point.values if k == by), Fraction(0))
    own = " ".join([statement.names[head], *map(str, at)])
    step = f"({own} - {number(origin)})"
    said = [number(start)]
    said += [f"{number(v)} * {step} ^ {k}" for k, v in enumerate(slopes, 1) if v]
    return f"({' + '.join(said)})"


def _family(members: Value, indices: int, names: list[str]) -> str:
    default = next(iter(members.values()), "0")
    if not indices:
        word = members.get((), default)
        return f"(fun {' '.join(names)} => {word})" if names else word
    letters = [f"i{k}" for k in range(indices)]
    said = default
    for at, word in reversed([(at, word) for at, word in members.items() if word != default]):
        test = _all(f"Nat.eqb {i} {v}" for i, v in zip(letters, at, strict=True))
        said = f"if {test} then {word} else {said}"
    return f"(fun {' '.join([*letters, *names])} => {said})"


def _all(tests: Iterable[str]) -> str:
    first, *rest = tests
    return first if not rest else f"andb ({first}) ({_all(rest)})"


def _polynomial(point: Point, head: str) -> str:
    rows = next(rows for h, rows in point.functions if h == head)
    if len(rows) != 1:
        raise Unsaid("a counterexample with a function of several variables")
    terms = [f"{number(v)} * t ^ {k}" for k, v in enumerate(rows[0]) if v]
    return f"(fun t => {' + '.join(terms) or '0'})"


def number(value: Fraction) -> str:
    """An exact rational number."""
    if value.denominator == 1:
        return f"({value})"
    return f"({value.numerator} / {value.denominator})"
