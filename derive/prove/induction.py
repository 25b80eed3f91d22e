"""Induction on a size: base case at the lower bound, then one more term peeled off.

What the normal form cannot see of closed forms (geometric sums, telescoping fractions) follows
from S(n+1) = S(n) + f(n+1). None says that one of the two steps was not shown.
"""

from collections.abc import Iterator

from derive.context import Condition, Context
from derive.kernel.budget import Budget, Undefined, Unsupported
from derive.kernel.conditions import conditions
from derive.kernel.derivative import differentiate
from derive.kernel.normal import Zero, is_zero
from derive.kernel.sign import NONNEGATIVE, Signs
from derive.term import (
    MINUS_ONE,
    ONE,
    ZERO,
    Num,
    Pow,
    Prod,
    Sum,
    Sym,
    Term,
    add,
    heads,
    instantiate,
    mul,
    num,
    sub,
    substitute,
    subterms,
)

MAX_BINDERS = 4


def by_induction(
    left: Term, right: Term, size: Sym, context: Context, budget: Budget
) -> Zero | None:
    """Return a proof by induction on `size` that both sides are equal; None says nothing.

    The size has to be an integer with a number as its least value, on which no domain and no
    open condition depends.
    """
    first = _least(size, context)
    if first is None:
        return None
    gap = differentiate(sub(left, right), context)
    if not _uniform(gap, sub(left, right), size, context):
        return None
    try:
        base = is_zero(substitute(gap, {size: first}), context, budget)
        if base is None:
            return None
        for step in _steps(gap, size, context, budget):
            shown = is_zero(step, context, budget)
            if shown is not None:
                return _joined(base, shown, size, first)
    except (Undefined, Unsupported):
        return None
    return None


def _least(size: Sym, context: Context) -> Num | None:
    domain = context.domains.get(size.name)
    if domain is None or not domain.integer or not isinstance(domain.lo, Num):
        return None
    if domain.lo.value.denominator != 1:
        return None
    return num(domain.lo.value + 1) if domain.lo_open else domain.lo


def _uniform(gap: Term, written: Term, size: Sym, context: Context) -> bool:
    """Whether the claim has a value for every smaller size, over the same other values."""
    names = heads(gap) - {size.name}
    for name in names:
        domain = context.domains.get(name)
        bounds = (domain.lo, domain.hi, *(domain.values or ())) if domain else ()
        if any(b is not None and size in subterms(b) for b in bounds):
            return False
    signs = Signs(context)
    open_ones = (c for c in conditions(written, context) if not signs.holds(c))
    return not any(_fails_below(c, size) for c in open_ones)


def _fails_below(condition: Condition, size: Sym) -> bool:
    """Whether the condition may hold at a size and fail at a smaller one.

    Over a range lo ≤ i ≤ n + c there are only fewer indices to hold for.
    """
    if size in subterms(condition.term):
        return True
    return any(
        size in subterms(lo) or (size in subterms(hi) and not _grows(hi, size))
        for _, lo, hi in condition.over
    )


def _grows(bound: Term, size: Sym) -> bool:
    return bound == size or bound in (add(size, ONE), sub(size, ONE), mul(num(2), size))


def _steps(gap: Term, size: Sym, context: Context, budget: Budget) -> Iterator[Term]:
    """Terms of which each, if 0, carries the claim from one size to the next."""
    following = substitute(gap, {size: add(size, ONE)})
    yield sub(following, gap)
    binders = [t for t in subterms(gap) if isinstance(t, (Sum, Prod)) and size in subterms(t.hi)]
    for binder in binders[:MAX_BINDERS]:
        if not _closed(binder) or size in subterms(binder.lo) or size in subterms(binder.body):
            continue
        # the first index must not lie beyond the next one, or the sum stays empty
        if not Signs(context).of(add(sub(binder.hi, binder.lo), ONE)) <= NONNEGATIVE:
            continue
        solved = _solved(gap, binder, context, budget)
        longer = _longer(binder, size, solved) if solved is not None else None
        if longer is not None:
            shifted = substitute(binder, {size: add(size, ONE)})
            yield substitute(following, {shifted: longer})


def _closed(term: Term) -> bool:
    """Whether no index of an outer binder stands in the term."""
    return instantiate(term, ZERO) == term


def _solved(gap: Term, binder: Sum | Prod, context: Context, budget: Budget) -> Term | None:
    """The value of the binder by gap = 0, if it stands there linearly with a slope not 0."""
    place = Sym("\x00binder")
    at_zero, at_one = (substitute(gap, {binder: v}) for v in (ZERO, ONE))
    slope = sub(at_one, at_zero)
    linear = sub(substitute(gap, {binder: place}), add(mul(slope, place), at_zero))
    if is_zero(linear, context, budget) is None:
        return None
    if is_zero(sub(slope, ONE), context, budget) is not None:
        return mul(MINUS_ONE, at_zero)
    if "0" in Signs(context).of(slope):
        return None
    return mul(MINUS_ONE, at_zero, Pow(slope, MINUS_ONE))


def _longer(binder: Sum | Prod, size: Sym, value: Term) -> Term | None:
    """The binder one size further, from its value at this one."""
    ahead = substitute(binder.hi, {size: add(size, ONE)})
    if binder.hi == size:
        last = [add(size, ONE)]
    elif binder.hi in (add(size, ONE), sub(size, ONE)):
        last = [ahead]
    elif binder.hi == mul(num(2), size):
        last = [add(binder.hi, ONE), add(binder.hi, num(2))]
    else:
        return None
    members = [instantiate(binder.body, k) for k in last]
    return add(value, *members) if isinstance(binder, Sum) else mul(value, *members)


def _joined(base: Zero, step: Zero, size: Sym, first: Num) -> Zero:
    return Zero(
        base.axioms | step.axioms | {"induction"},
        (f"induction on {size.name}: base case {first.value}", *step.trace),
    )
