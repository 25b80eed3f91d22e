"""`E[X]`, `Var(X)`, `Cov(X, Y)`: what is written with the operators of probability."""

from derive.derivation import Reading
from derive.read.names import base_name, head
from derive.read.operators import COVARIANCE, DEVIATION, MEAN, VARIANCE, below, operator_of
from derive.read.problem import Unread
from derive.read.reads import HALF, Reads
from derive.source import Span
from derive.syntax import Factor, Group, Node, Script, Tuple
from derive.term import Expect, Pow, Term, is_matrix, mul, num, sub


class Expectations(Reads):
    """Expectations to terms."""

    def expectation(self, node: Node, rest: list[Factor]) -> tuple[Term, int] | None:
        """The value of an operator of probability and its bracket; None where there is none."""
        which = self.probability(node, rest)
        if not which:
            return None
        bracket = rest[0].node
        power = bracket.sup if isinstance(bracket, Script) else None
        group = bracket.base if isinstance(bracket, Script) else bracket
        if not isinstance(group, Group):
            return None
        if isinstance(node, Script):
            self.one_measure(node)
            power = node.sup if node.sup is not None else power
        found = self.moment(which, group, node.span)
        return self.raised(found, power, node.span), 2

    def probability(self, node: Node, rest: list[Factor]) -> str:
        """Which operator of probability stands before a bracket, and is none of the document's."""
        name = base_name(node)
        bracket = rest[0].node if rest and rest[0].op == "" else None
        if isinstance(bracket, Script) and bracket.sub is None and not bracket.primes:
            bracket = bracket.base
        if name is None or not isinstance(bracket, Group) or bracket.open not in "([{":
            return ""
        which = operator_of(node)
        plain = name.base == "E" and bracket.open == "["
        if not which and plain and not (self.survey.bare["E"] or name.accents):
            which = MEAN
        known = head(name) in self.symbols.functions or head(name) in self.survey.introduced
        return "" if known or (head(name), "") in self.survey.defined else which

    def one_measure(self, node: Script) -> None:
        if node.sub is not None and self.survey.measures != {below(node)}:
            raise Unread("expectations over several distributions are not decided yet", node.span)

    def moment(self, which: str, group: Group, span: Span) -> Term:
        body = group.body
        items = list(body.items) if isinstance(body, Tuple) else [body]
        if isinstance(body, Tuple) and body.separator.strip(","):
            raise Unread(f"a conditional {which} is not decided yet", span)
        if len(items) != (2 if which == COVARIANCE else 1):
            raise Unread(f"a {which} of {len(items)} things", span)
        terms = [self.coerce(self.term(i)) for i in items]
        if any(is_matrix(t) for t in terms):
            raise Unread(f"a {which} of a vector or matrix is not decided yet", span)
        self.said(which)
        if which == MEAN:
            return Expect(terms[0])
        centred = [sub(t, Expect(t)) for t in terms]
        if which == COVARIANCE:
            return Expect(mul(*centred))
        found = Expect(Pow(centred[0], num(2)))
        return Pow(found, HALF) if which == DEVIATION else found

    def said(self, which: str) -> None:
        symbol = {MEAN: "E", VARIANCE: "Var", COVARIANCE: "Cov"}.get(which, "SD")
        text = f"the {which}, of what is random and not of constants"
        self.readings.setdefault(symbol, Reading(symbol, text, "inferred", "it is typed as one"))
