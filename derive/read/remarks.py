"""Formulas in running text: what they declare, define, grant or claim."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from derive.context import Hypothesis
from derive.kernel.matrix import ShapeError, Unsupported
from derive.read import cues, properties
from derive.read.arrays import array_set
from derive.read.chains import Chains, name_of, plain_sign
from derive.read.declarations import declare
from derive.read.distributions import is_drawn
from derive.read.kinds import COMPARED, EQUAL
from derive.read.ledger import Local, defined_head
from derive.read.names import base_name, head
from derive.read.problem import Unread
from derive.source import Span
from derive.syntax import (
    Chain,
    Name,
    Node,
    Number,
    Tuple,
)
from derive.term import (
    ONE,
    App,
    At,
    Mat,
    Num,
    Pow,
    Sym,
    Term,
    Transpose,
    is_matrix,
    subterms,
)

# words right after a display, up to the end of their sentence, that explain its names
EXPLAINS = re.compile(
    r"[\s,;:.]*(where|with(?!\s+(the|an?)\s+(ansatz|trial|guess))|here|in which)\b"
    r"(?:(?!\.\s+[A-Z]).)*$",
    re.I | re.S,
)


class Remarks(Chains):
    """Takes a formula in running text as what the words around it make of it."""

    def property(self, kind: str, names: list[Node]) -> None:
        """`$A$ is symmetric`: holds for the section, after `for` in this case, after `if` here."""
        if cues.open_question(self.words):
            return
        found: list[tuple[Term, bool]] = []
        for name in names:
            with suppress(Unread, ShapeError, Unsupported):
                term = self.elaborator.term(name)
                if is_matrix(term) and not self.defined_in(term):
                    found.append((term, self.symbols.shape_of(term)[1] == ONE))
        rows = [e for term, vector in found for e in properties.equations(kind, term, vector)]
        if len(found) == 2 and all(vector for _, vector in found):
            rows += properties.between(kind, found[0][0], found[1][0])
        span = names[0].span.to(names[-1].span)
        for left, right in rows:
            case = "sentence" if cues.supposes(self.words) else "section"
            if case == "sentence" or cues.in_a_case(self.words):
                held = Hypothesis(left, "=", right, f"{self.source.cut(span)} {kind}")
                self.impose(Local(case, hypothesis=held))
            else:
                self.assume(left, "=", right, span, lasting=False, said=kind)

    def inline(self, chain: Chain) -> None:
        """A formula in running text: a declaration, a definition, or a remark."""
        self.end = None
        words = self.words
        self.go_on(chain)
        if is_drawn(chain):
            self.drawn(chain)
            return
        alone = len(chain.members) == 1 or chain.relators[0].op == "∈"
        if alone and chain.members[0] is not None:
            whole = chain.members[0]
            names: list[Node] = [*whole.items] if isinstance(whole, Tuple) else [whole]
            self.named += names
            if cues.calls_complex(self.words):
                self.symbols.complex |= {head(key) for n in names if (key := base_name(n))}
            kind = properties.said_before(words)
            if kind is not None:
                self.property(kind, names)
        self.words += " " + self.source.cut(chain.span) + " "
        if len(chain.members) < 2 or None in chain.members:
            return
        try:
            self.remark(chain, words)
        except ShapeError as problem:
            self.lose(chain, 0, None, Unread(str(problem), chain.span))
        except Unread as problem:
            # `i = 1, …, n` is a range, no definition that is lost
            if not any(isinstance(m, Tuple) for m in chain.members):
                self.lose(chain, 0, None, problem)

    def go_on(self, chain: Chain) -> None:
        """A formula in passing may go on from a slope that was just said to be 0."""
        first, *rest = chain.members
        if (
            self.just_zero()
            and first is not None
            and rest
            and rest[0] is not None
            and chain.relators[0].op in EQUAL
        ):
            with suppress(Unread, ShapeError, Unsupported):
                self.pose_last(self.elaborator.term(first), self.elaborator.term(rest[0]))

    def remark(self, chain: Chain, words: str) -> None:
        """What a relation in running text does, given the words before it."""
        shapes = chain.relators[0].op == "∈" and array_set(chain.members[1])
        if shapes:
            declare(chain, self)
        elif (self.claims_on(words) and self.claimed(chain)) or cues.open_question(words):
            return
        elif cues.supposes(words):
            self.condition(chain, "sentence")
        elif cues.restricts(words):
            self.condition(chain, "section", cues.calls_whole(words))
        elif declare(chain, self):
            if cues.calls_whole(words) and (key := name_of(chain.members[0])) in self.domains:
                self.domains[key] = replace(self.domains[key], integer=True)
        else:
            self.inline_relation(chain, words)

    def inline_relation(self, chain: Chain, words: str) -> None:
        first, second = chain.members[0], chain.members[1]
        op = chain.relators[0].op
        if first is None or second is None:
            return
        defines, takes = cues.defines(words), cues.takes(words) or self.took
        explains, grounds = bool(EXPLAINS.match(self.words)), cues.grounds(words)
        names = op in EQUAL and not isinstance(second, Number) and self.introduces(first, words)
        states = cues.states(words)
        if not (defines or takes or explains or names or grounds or states or cues.grants(words)):
            self.tried(first, op, chain.span)
            return
        terms = [self.elaborator.term(m) for m in chain.members if m is not None]
        if op in EQUAL and len(terms) == 2 and self.tells(terms[0], terms[1]):
            self.state(chain, 0, terms[0], terms[1], None, "moment")
            return
        says = explains or defines or names or states
        self.explains = explains or grounds
        if op in EQUAL and says and self.definable(terms[0], terms[1]):
            self.state(chain, 0, terms[0], terms[1], None, "definition")
            self.took = True
        elif cues.any_such(words) and self.condition(chain, "case"):
            pass
        elif op in EQUAL and says and self.is_posed(terms[0], terms[1]):
            self.state(chain, 0, terms[0], terms[1], None, "given")
            self.took = True
        elif not takes and _instance(terms, op):
            with suppress(Unread):
                self.condition(chain, "sentence")
        elif takes or self.constrains(terms, op):
            self.granted(chain, terms)
        self.explains = False

    def claims_on(self, words: str) -> bool:
        """Whether the words say that a formula in running text holds, or join it to one."""
        joined = bool(self.claim) and self.claim in words
        return cues.asserts(words) or (joined and cues.joins_claim(words.rpartition(self.claim)[2]))

    def claimed(self, chain: Chain) -> bool:
        """`so that $f'(x) = 2x$`: a claim in running text, where its left side is no bare name."""
        ops = [r.op for r in chain.relators]
        if not set(ops) <= EQUAL | COMPARED or isinstance(chain.members[0], Name | Tuple):
            return False
        terms = [self.elaborator.term(m) for m in chain.members if m is not None]
        if defined_head(terms[0]) is not None and not isinstance(terms[0], App):
            return False
        if self.kind(terms[0], terms[1], ops[0], 0, 0, False) != "claim":
            return False
        for k in range(len(ops)):
            self.link(chain, [*terms], k, None, (), 0)
        self.claim = self.source.cut(chain.span)
        return True

    def tried(self, first: Node, op: str, span: Span) -> None:
        """`Trying x(t) = …` stands beside what is assumed of x: what x is then is not known."""
        left = self.elaborator.term(first)
        if op in EQUAL and isinstance(left, App) and self.assumed_of(left.head):
            line = self.source.said(span.start)
            reason = f"what {line} says of {left.head} stands beside what is assumed of it"
            self.unsettled.setdefault(left.head, reason)

    def granted(self, chain: Chain, terms: list[Term]) -> None:
        """A chain in running text that the rest of its section takes for granted."""
        if all(r.op in EQUAL | COMPARED for r in chain.relators):
            for left, sign, right in zip(terms, chain.relators, terms[1:], strict=False):
                self.assume(left, plain_sign(sign.op), right, chain.span, lasting=False)
            self.took = True

    def constrains(self, terms: list[Term], op: str) -> bool:
        """Whether an equation says something of letters that nothing defines: `p + q = 1`.

        One side is a number or a name, so that a wrong identity is never taken for granted.
        """
        if op not in EQUAL or len(terms) != 2 or self.defined_in(*terms):
            return False
        simple = any(isinstance(_inner(t), (Num, Sym, At, Mat)) for t in terms)
        return simple and bool(terms[0].heads | terms[1].heads)

    def introduces(self, first: Node, words: str) -> bool:
        """Whether a formula in passing, `the energy E = …`, begins with a name never seen."""
        if cues.claims(words):
            return False
        left = self.elaborator.term(first)
        key = defined_head(left)
        if key is not None and key not in self.used | self.stated_heads | set(self.table):
            return True
        numbered = isinstance(left, At) and all(isinstance(i, Num) for i in left.indices)
        return numbered and not any(left in set(subterms(side)) for side in self.sides())

    def sides(self) -> Iterator[Term]:
        """Every side of every relation so far."""
        for draft in self.drafts:
            pair = draft.relation.left, draft.relation.right
            yield from (side for side in pair if side is not None)


def _instance(terms: list[Term], op: str) -> bool:
    """`using x = 2`: a value for the sentence, no property of x."""
    kinds = {type(t) for t in terms}
    return op in EQUAL and len(terms) == 2 and kinds <= {Num, Sym, At} and Num in kinds


def _inner(term: Term) -> Term:
    """What a transpose or a power with a number stands on."""
    match term:
        case Transpose(body):
            return body
        case Pow(base, Num()):
            return base
        case _:
            return term
