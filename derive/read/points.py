r"""Values at points: `[F]_a^b`, `\left. F \right|_{x=a}`, `\frac{\partial f}{\partial x}(a, b)`.

A value at a point is taken of what shows its variable. A name that hides it is replaced by its
definition, a derivative by it is taken, and what still hides it is refused.
"""

from dataclasses import dataclass

from derive.context import Context
from derive.kernel.budget import Unsupported
from derive.kernel.derivative import differentiate
from derive.read.problem import Unread
from derive.read.reads import Reads
from derive.source import Span
from derive.syntax import Group, Name, Node, Number, Related, Script, Tuple
from derive.term import (
    App,
    At,
    Const,
    Diff,
    Limit,
    Sym,
    Term,
    abstract,
    is_matrix,
    neg,
    sub,
    substitute,
    subterms,
)

INFINITY = Const("oo")
_DEEP = 8  # how many definitions may lie between a name and its variable
_UNKNOWN = "a derivative at a point is not decided yet"


@dataclass(frozen=True, slots=True)
class End:
    """Where a value is taken: `x = a`, or `a` alone."""

    variable: Term | None
    value: Term


class Points(Reads):
    """What takes values at points, or closes over a variable."""

    def seen_through(self, body: Term, variable: Term, span: Span) -> Term:
        """The body with its variable in sight: no name in it stands for something that hides it."""
        for _ in range(_DEEP):
            hidden = self.hiding(body, variable)
            if not hidden:
                break
            body = self.opened(body, hidden, span)
        later = {h for h, _ in self.survey.defined}
        for name in sorted(body.heads - variable.heads):
            unsaid = name in later and name not in self.told()
            linked = name not in self.told() and self.linked(name, variable.heads)
            if unsaid or linked or self.moves(body, name, variable):
                raise Unread(f"{name} may hide the variable", span)
        return self.derived(body, variable, span)

    def hiding(self, body: Term, variable: Term) -> dict[Term, Term]:
        """The names in the body whose definitions show the variable, with what they stand for."""
        found: dict[Term, Term] = {}
        for node in subterms(body):
            own = isinstance(node, Sym) and node.heads.isdisjoint(variable.heads)
            if own and not variable.heads.isdisjoint(self.behind(node)):
                found[node] = node
        return found

    def opened(self, body: Term, hidden: dict[Term, Term], span: Span) -> Term:
        """The body with the names that hide its variable replaced by their definitions."""
        table = self.told()
        for name in hidden:
            rows = table[name.name] if isinstance(name, Sym) and name.name in table else ()
            if not rows or rows[-1][1].params or is_matrix(rows[-1][1].body):
                raise Unread(f"{_name(name)} may hide the variable", span)
            hidden[name] = rows[-1][1].body
        if any(isinstance(t, Diff) and t.variable in hidden for t in subterms(body)):
            raise Unread(_UNKNOWN, span)
        return substitute(body, hidden)

    def derived(self, body: Term, variable: Term, span: Span) -> Term:
        """The body with its derivatives by the variable taken."""
        if not _derives(body, variable):
            return body
        shown = {t.head for t in subterms(body) if isinstance(t, App)}
        depends = frozenset(pair for pair in self.dependences() if pair[0] not in shown)
        try:
            found = differentiate(body, Context(depends=depends))
        except Unsupported:
            raise Unread(_UNKNOWN, span) from None
        if _derives(found, variable):
            raise Unread(_UNKNOWN, span)
        return found

    def moves(self, body: Term, name: str, variable: Term) -> bool:
        """Whether a name changes with the variable where the body does not show it."""
        pairs = self.dependences()
        behind = self.behind(Sym(name)) & variable.heads
        if not behind and not any((name, v) in pairs for v in variable.heads):
            return False
        calls = [t for t in subterms(body) if name in _own(t)]
        shown = (isinstance(t, App) and variable.heads & t.heads for t in calls)
        return bool(behind) or not all(shown)

    def dependences(self) -> set[tuple[str, str]]:
        """The pairs of a head and a variable by which the document differentiates it."""
        return self.symbols.pairs | self.symbols.declared_dependence | self.survey.hangs

    # ---- where -------------------------------------------------------------------------------

    def evaluated(self, body: Node, lower: Node | None, upper: Node | None, span: Span) -> Term:
        r"""`[F]_a^b`, `\left. F \right|_{x=a}`, `\left. F \right|_{x=a, y=b}`."""
        found = self.coerce(self.term(body))
        if lower is None or is_matrix(found):
            raise Unread("a value at a point that is not said", span)
        first = self.at(found, self.ends(lower), span)
        if upper is None:
            return first
        ends = self.ends(upper)
        named = [
            End(last.variable or low.variable, last.value)
            for low, last in zip(self.ends(lower), ends, strict=False)
        ]
        if len(named) != 1 or len(ends) != 1:
            raise Unread("a value between several bounds", span)
        return sub(self.at(found, named, span), first)

    def ends(self, node: Node) -> list[End]:
        """Bounds with their variables where they are named: `x = a`, `(x, y) = (a, b)`."""
        match node:
            case Related(chain, _) if len(chain.members) == 2 and chain.relators[0].op == "=":
                name, value = chain.members
                if name is not None and value is not None:
                    return self.paired(_items(name), _items(value), node.span)
            case Related(_, span):
                raise Unread("a value at a point that is not said", span)
            case Tuple() | Group(body=Tuple()):
                return [end for item in _items(node) for end in self.ends(item)]
        return [End(None, self.scalar(node))]

    def paired(self, names: list[Node], values: list[Node], span: Span) -> list[End]:
        if len(names) != len(values):
            raise Unread("a point with more or fewer values than variables", span)
        return [End(self.place(n), self.scalar(v)) for n, v in zip(names, values, strict=True)]

    def place(self, node: Node) -> Term:
        found = self.term(node)
        if not isinstance(found, (Sym, At)):
            raise Unread("a value at a point of something that is no variable", node.span)
        return found

    def at(self, found: Term, ends: list[End], span: Span) -> Term:
        """The value of a term at a point, in all its variables at once."""
        named = [end.variable for end in ends if end.variable is not None]
        if not named:
            named = self.the_variables(found, len(ends), span)
        if len(set(named)) != len(ends):
            raise Unread("a value at a point does not say of which variables", span)
        for variable in named:
            found = self.seen_through(found, variable, span)
        values = [end.value for end in ends]
        if len(ends) == 1 and values[0] in (INFINITY, neg(INFINITY)):
            return Limit(abstract(found, named[0]), values[0], "")
        return substitute(found, dict(zip(named, values, strict=True)))

    def the_variables(self, found: Term, count: int, span: Span) -> list[Term]:
        """The variable of the last integral or of a derivative, a function's arguments, or the
        only symbol in the term."""
        last = self.integrated_by
        by = {t.variable for t in subterms(found) if isinstance(t, Diff)}
        calls = {t.args for t in subterms(found) if isinstance(t, App) and _plain(t)}
        of = next(iter(calls)) if len(calls) == 1 else ()
        inside = {t for t in subterms(found) if isinstance(t, Sym)} <= set(of)
        if len(of) == count and by <= set(of) and (by or inside):
            return [*of]
        if count == 1 and len(by) == 1 and all(len(args) == 1 for args in calls):
            return [*by]
        if count == 1 and not by and last is not None and last.heads & found.heads:
            return [last]
        if count == 1 and len(found.heads) == 1:
            return [Sym(next(iter(found.heads)))]
        raise Unread("a value at a point does not say of which variable", span)

    def applied_slope(self, found: Term, group: Node, span: Span) -> Term | None:
        r"""`\frac{\partial f}{\partial x}(a, b)`, `\frac{df}{dx}(0)`; None for a product."""
        items = _items(group.body) if isinstance(group, Group) and group.open == "(" else []
        called = any(isinstance(t, App) for t in subterms(found))
        if len(items) == 1 and not isinstance(items[0], Number):
            if not called:
                return None
            if not isinstance(items[0], (Name, Script)):
                raise Unread("a product with a derivative, or its value at a point?", span)
        if not items:
            return None
        return self.at(found, [End(None, self.scalar(item)) for item in items], span)


def _items(node: Node) -> list[Node]:
    """The members of a list, with brackets around it or not; anything else alone."""
    if isinstance(node, Group) and isinstance(node.body, Tuple):
        node = node.body
    return [*node.items] if isinstance(node, Tuple) else [node]


def _derives(body: Term, variable: Term) -> bool:
    return any(isinstance(t, Diff) and t.variable is variable for t in subterms(body))


def _own(node: Term) -> frozenset[str]:
    """The name that a node itself bears."""
    match node:
        case Sym(name):
            return frozenset((name,))
        case At(head, _) | App(head, _, _):
            return frozenset((head,))
        case _:
            return node.heads if is_matrix(node) else frozenset()


def _name(term: Term) -> str:
    return next(iter(term.heads), "a name")


def _plain(call: App) -> bool:
    return all(isinstance(a, Sym) for a in call.args) and len(set(call.args)) == len(call.args)
