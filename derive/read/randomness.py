"""Which letters are random, told from the whole document: by words, by use, by habit."""

from collections.abc import Iterator, Mapping

from derive.context import Domain
from derive.read.ledger import Ledger
from derive.term import At, Expect, Sym, Term, subterms

_NOISE = frozenset("εϵξ")


def random_heads(ledger: Ledger, domains: Mapping[str, Domain]) -> frozenset[str]:
    """The heads of all that is random; empty where nothing is expected anywhere.

    What the words call random, what stands alone in an expectation, and beside such a capital
    letter all other capitals in expectations.
    """
    if not ledger.symbols.survey.expects:
        return frozenset()
    bodies = [t.body for term in _terms(ledger) for t in subterms(term) if isinstance(t, Expect)]
    if not bodies:
        return frozenset()
    chances = ledger.chances
    used = {h for body in bodies for h in _head(body)} - chances.now().constant
    random = chances.told | used
    inside = {h for body in bodies for t in subterms(body) for h in _head(t)}
    habit = {h for h in inside if (_capital(h) and any(map(_capital, random))) or h[0] in _NOISE}
    random |= habit - chances.now().constant
    return frozenset(h for h in random if not (h in domains and domains[h].integer))


def _terms(ledger: Ledger) -> Iterator[Term]:
    for draft in ledger.drafts:
        yield from (s for s in (draft.relation.left, draft.relation.right) if s is not None)
    for rows in ledger.table.values():
        yield from (d.body for _, d in rows)


def _head(term: Term) -> tuple[str, ...]:
    match term:
        case Sym(head) | At(head, _):
            return (head,)
    return ()


def _capital(head: str) -> bool:
    return head[:1].isascii() and head[:1].isupper()
