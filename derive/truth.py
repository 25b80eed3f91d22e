"""What a side is, written out: derivatives carried out, brackets multiplied out.

For the repair of a side that no small edit mends. Nothing here is proved.
"""

from collections.abc import Iterator

from derive import typeset
from derive.context import Context
from derive.kernel.budget import Exhausted, Unsupported
from derive.kernel.derivative import differentiate
from derive.term import ONE, Add, At, Diff, Mul, Num, Pow, Sym, Term, add, mul, rebuild, subterms

LONGEST = 120  # characters of a side that is written over another
TERMS = 4  # terms of a bracket that is multiplied out


def written_out(term: Term, context: Context) -> Iterator[str]:
    """The value of a term in LaTeX, in each way that reads well."""
    for found in dict.fromkeys(_forms(term, context)):
        text = typeset.latex(found)
        if found is not term and len(text) <= LONGEST:
            yield text


def _forms(term: Term, context: Context) -> Iterator[Term]:
    derived = _tidied(_derived(term, context))
    yield derived
    yield _tidied(_multiplied(derived))


def _derived(term: Term, context: Context) -> Term:
    try:
        return differentiate(term, context)
    except (Exhausted, Unsupported):
        return term


def _tidied(term: Term) -> Term:
    """Without factors and powers of 1, factors in the usual order."""
    found = rebuild(term, lambda t, _: _tidied(t))
    match found:
        case Pow(base, Num(value)) if value == 1:
            return base
        case Mul(args):
            return mul(*sorted((a for a in args if a is not ONE), key=_place))
    return found


def _place(factor: Term) -> int:
    """Where a factor is written: numbers first, then letters and their powers."""
    base = factor.base if isinstance(factor, Pow) else factor
    return 0 if isinstance(factor, Num) else 1 if isinstance(base, Sym | At) else 2


def _multiplied(term: Term) -> Term:
    """A product with a sum in it as a sum of products, with what cancels left out."""
    if not isinstance(term, Mul):
        return term
    sums = [a for a in term.args if isinstance(a, Add) and len(a.args) <= TERMS]
    if not sums or any(isinstance(t, Diff) for t in subterms(term)):
        return term
    rest = [a for a in term.args if a is not sums[0]]
    return add(*(_product(part, rest) for part in sums[0].args))


def _product(part: Term, rest: list[Term]) -> Term:
    inverse = Pow(part, Num(-ONE.value))
    if inverse in rest:
        return mul(*(a for a in rest if a is not inverse))
    return mul(part, *rest)
