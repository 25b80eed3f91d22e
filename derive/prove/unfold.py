"""Unfolding: replaces defined names by their definitions, a layer at a time.

A derivative by `w` that no definition shows must stay unknown, so the names whose
dependence on `w` is only known to exist are leaves, and so is every variable by which
something is differentiated.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from derive.context import Context, Definition
from derive.kernel.derivative import differentiate
from derive.kernel.matrix import lower
from derive.prove.chain import bindings, link, value_at
from derive.term import (
    App,
    At,
    Block,
    Build,
    Diff,
    Fill,
    Grad,
    Mat,
    Num,
    Primitive,
    Prod,
    Sym,
    Term,
    add,
    div,
    heads,
    is_matrix,
    rebuild,
    substitute,
    subterms,
)

LAYERS = 40


class _CircularError(Exception):
    """Definitions lie deeper than any that end."""


@dataclass
class Unfolder:
    """Unfolds terms of one relation.

    `used` collects the ids of the definitions that it used, `taken` what it took for granted of
    quantities that nothing defines.
    """

    context: Context
    leaves: frozenset[str]
    used: dict[str, str] = field(default_factory=dict)
    taken: dict[str, None] = field(default_factory=dict)
    _memo: dict[Term, Term] = field(default_factory=dict)
    _ground: dict[Term, Term] = field(default_factory=dict)
    _defined: dict[str, bool] = field(default_factory=dict)

    def defines(self, head: str) -> bool:
        """Whether a head may be unfolded."""
        found = self._defined.get(head)
        if found is None:
            found = head not in self.leaves and head in self.context.definitions
            self._defined[head] = found
        return found

    def layer(self, term: Term) -> Term:
        """Every defined name outside definitions replaced once; the term itself if none is."""
        if self._untouched(term):
            return term
        found = self._memo.get(term)
        if found is None:
            found = self._passed(term) or self._opened(self._inside(term, self.layer))
            self._memo[term] = found
        return found

    def fully(self, term: Term) -> Term:
        """The term without defined names; stops after many layers of circular definitions."""
        try:
            return self._to_the_ground(term, 0)
        except _CircularError:
            for _ in range(LAYERS):
                term = self.layer(term)
            return term

    def _to_the_ground(self, term: Term, depth: int) -> Term:
        if self._untouched(term):
            return term
        found = self._ground.get(term)
        if found is None:
            if depth > LAYERS:
                raise _CircularError
            inner = term
            found = self._passed(term)
            if found is None:
                inner = self._inside(term, lambda t: self._to_the_ground(t, depth))
                found = self._opened(inner)
            if found is not inner:
                found = self._to_the_ground(found, depth + 1)
            self._ground[term] = found
        return found

    def _untouched(self, term: Term) -> bool:
        plain = not (term.holds_matrix or term.holds_derivative)
        return plain and not any(map(self.defines, term.heads))

    def _passed(self, term: Term) -> Term | None:
        """A derivative that is taken before anything in it is unfolded; None for all else."""
        match term:
            case Diff(Sym() as leaf, (Sym() | At()) as variable) if found := self.composed(
                leaf, variable
            ):
                return found
            case Diff(body, variable) if _passes(variable, self.context, self.leaves):
                return self.passed(body, variable)
        return None

    def _inside(self, term: Term, change: Callable[[Term], Term]) -> Term:
        """The term with its parts changed; a variable of differentiation is no part."""
        match term:
            case Diff(body, variable):
                return Diff(change(body), variable)
            case Primitive(body, variable):
                return Primitive(change(body), variable)
            case Grad(body, matrix):
                return Grad(change(body), self.variables(matrix))
        return rebuild(term, lambda t, _: change(t))

    def _opened(self, term: Term) -> Term:
        """The definition of the topmost name, if it has one."""
        match term:
            case Sym(name) | Mat(name, _, _):
                return self.named(term, name, ())
            case At(head, indices):
                return self.named(term, head, indices)
            case App(head, _, _):
                return self.applied(term, head)
        return term

    def passed(self, body: Term, variable: Term) -> Term:
        """The derivative by a defined quantity: taken first, with its name kept in the body."""
        kept = leaves_of((Diff(body, variable),), self.context, passing=False)
        inner = Unfolder(self.context, self.leaves | kept)
        below = lower(inner.fully(body))
        found = self.exchanged(below, variable)
        if found is None:
            found = differentiate(Diff(below, variable), self.context)
        self.used.update(inner.used)
        self.taken.update(inner.taken)
        return found

    def exchanged(self, body: Term, variable: Term) -> Term | None:
        """`∂F/∂ρ = (∂F/∂σ) / (∂ρ/∂σ)` for a ρ that σ alone gives, where F shows σ and no ρ.

        Left as it is where ρ shares several variables with F: which of them stay is not said.
        """
        value = self.fully(variable)
        shared = body.heads & value.heads
        if not isinstance(variable, Sym) or variable.name in body.heads or not shared:
            return None
        old = Sym(next(iter(shared)))
        alone = value.heads == {old.name} and old in set(subterms(body))
        if not alone or is_matrix(value) or any(isinstance(t, Diff) for t in subterms(body)):
            return Diff(body, variable)
        slope = differentiate(Diff(value, old), self.context)
        return div(differentiate(Diff(body, old), self.context), slope)

    def composed(self, leaf: Sym, variable: Sym | At) -> Term | None:
        """The chain rule for a quantity that nothing defines, along what it is said to hang on."""
        if definition_of(self.context, leaf.name, ()) is not None:
            return None
        name = variable.name if isinstance(variable, Sym) else variable.head
        between = _between(leaf.name, name, self.context)
        links = [link(leaf, h, variable, self.context) for h in between]
        sure = [found for found in links if found is not None]
        if not sure or len(sure) < len(links):
            return None
        said = f"{leaf.name} depends on {name} only through {', '.join(between)}"
        self.taken[said] = None
        return add(*sure)

    def variables(self, matrix: Term) -> Term:
        """The matrix of variables of a gradient: a name of written-out symbols is spelled out."""
        if isinstance(matrix, Mat):
            rows = self.context.definitions.get(matrix.name, ())
            if rows and is_written_out(rows[-1].body):
                return rows[-1].body
        return matrix

    def named(self, term: Term, head: str, indices: tuple[Term, ...]) -> Term:
        found = None if head in self.leaves else definition_of(self.context, head, indices)
        if found is None:
            return term
        self.used.setdefault(head, found.relation)
        return value_at(found, indices)

    def applied(self, term: App, head: str) -> Term:
        found = None if head in self.leaves else definition_of(self.context, head, term.args)
        if found is None or len(found.params) != len(term.args):
            return term
        self.used.setdefault(head, found.relation)
        body = found.body
        if any(term.orders) and _multiplied(full := self.fully(body)):
            # log Π is differentiated factor by factor, so the Π has to be seen
            body = full
        for order, parameter in zip(term.orders, found.params, strict=True):
            for _ in range(order):
                body = differentiate(Diff(body, parameter), self.context)
        return substitute(body, dict(bindings(found, term.args)))


def definition_of(context: Context, head: str, at: tuple[Term, ...]) -> Definition | None:
    """The definition in force for a head at these indices; a numbered one before a general."""
    rows = context.definitions.get(head, ())
    matching = [d for d in rows if _matches(d, at) and d.opens(at) and not _own_start(d, at)]
    numbered = [d for d in matching if any(isinstance(p, Num) for p in d.params)]
    chosen = numbered or matching
    return chosen[-1] if chosen else None


def _multiplied(term: Term) -> bool:
    return any(isinstance(t, Prod) for t in subterms(term))


def _own_start(found: Definition, at: tuple[Term, ...]) -> bool:
    """Whether the member stands in the definition itself: `x_n = x_0 + n d` leaves x_0 alone."""
    return (
        bool(at)
        and all(isinstance(a, Num) for a in at)
        and At(found.head, at) in set(subterms(found.body))
    )


def _matches(found: Definition, at: tuple[Term, ...]) -> bool:
    if not found.params:
        return True
    return len(found.params) == len(at) and all(
        isinstance(p, Sym) or p is a for p, a in zip(found.params, at, strict=True)
    )


def is_written_out(body: Term) -> bool:
    """Whether a matrix is spelled out in plain symbols, one a cell."""
    match body:
        case Block(grid):
            return all(isinstance(c, (Sym, At)) or is_written_out(c) for row in grid for c in row)
        case Build(inner, _, _):
            return isinstance(inner, At)
        case _:
            return False


def _put_together(body: Term) -> bool:
    """Whether a matrix only puts names together: its entries are variables in their own right."""
    cells = [c for row in body.grid for c in row] if isinstance(body, Block) else []
    return is_written_out(body) or (
        bool(cells) and all(isinstance(c, (Sym, At, Mat, Num, Fill)) for c in cells)
    )


# ---- leaves ------------------------------------------------------------------------------


def leaves_of(terms: Iterable[Term], context: Context, passing: bool = True) -> frozenset[str]:
    """The heads that a relation's derivatives forbid to unfold.

    A variable that is itself defined by a formula is none, where `passing`: the derivative by
    it is taken before it is unfolded.
    """
    terms = tuple(terms)
    variables = {h for t in terms for h in _variables(t, context)}
    frozen = variables - (_passing(terms, context) if passing else set())
    for below in variables:
        dependent = {h for h, v in context.depends if v == below}
        reach = {h: reachable(h, context) for h in dependent}
        for head in dependent:
            shown = below in reach[head] or _exchanges(head, below, context)
            if not shown and not (reach[head] - {head}) & dependent:
                frozen.add(head)
    return frozenset(frozen)


def _exchanges(head: str, below: str, context: Context) -> bool:
    """Whether a defined quantity and the defined one it is differentiated by share variables."""
    if definition_of(context, head, ()) is None or not _passes(Sym(below), context, frozenset()):
        return False
    shared = reachable(head, context) & reachable(below, context)
    return bool(shared - context.definitions.keys())


def _passes(variable: Term, context: Context, leaves: frozenset[str]) -> bool:
    """Whether a variable of differentiation is a quantity that a formula defines."""
    match variable:
        case Sym(head):
            found = definition_of(context, head, ())
        case At(head, indices):
            found = definition_of(context, head, indices)
        case _:
            return False
    return found is not None and head not in leaves and not _put_together(found.body)


def _passing(terms: Iterable[Term], context: Context) -> set[str]:
    found: set[str] = set()
    for node in (n for t in terms for n in subterms(t)):
        match node:
            case Diff(_, variable) if _passes(variable, context, frozenset()):
                found.update(_own(variable))
            case Grad(_, Mat(name, _, _)) if _passes(Sym(name), context, frozenset()):
                found.add(name)
    return found


def _between(head: str, variable: str, context: Context) -> list[str]:
    """The quantities by which `head` is differentiated and which in turn hang on `variable`."""
    below = _below(context)
    near = {h for h in below.get(head, ()) if h not in (head, variable)}
    near = {h for h in near if variable in _reach(h, below) and head not in _reach(h, below)}
    if context.ranges.get(head):
        return []
    return sorted(h for h in near if not any(h in _reach(o, below) for o in near - {h}))


def _below(context: Context) -> dict[str, set[str]]:
    """For each head those by which the document differentiates it, and those that define it."""
    found: dict[str, set[str]] = {}
    for above, by in context.depends:
        found.setdefault(above, set()).add(by)
    for above in [h for h in context.definitions if h in {b for _, b in context.depends}]:
        found.setdefault(above, set()).update(reachable(above, context))
    return found


def _reach(head: str, below: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    stack = [head]
    while stack:
        new = below.get(stack.pop(), set()) - found
        found |= new
        stack.extend(new)
    return found - {head}


def _variables(term: Term, context: Context) -> Iterable[str]:
    for node in subterms(term):
        match node:
            case Diff(_, At(name, indices)) if _is_earlier(name, indices, context):
                continue
            case Diff(_, Sym(name)) | Diff(_, At(name, _)) | Primitive(_, Sym(name)):
                yield name
            case Grad(_, matrix):
                spelled = Unfolder(context, frozenset()).variables(matrix)
                inside = (t for t in subterms(spelled) if isinstance(t, (At, Sym, Mat)))
                sizes = {t for t in subterms(spelled) if isinstance(t, Sym)} - _cells(spelled)
                yield from (h for t in inside if t not in sizes for h in _own(t))


def _is_earlier(head: str, indices: tuple[Term, ...], context: Context) -> bool:
    """Whether a member is one at another step, which its recursive definition does not open."""
    return any(not d.opens(indices) for d in context.definitions.get(head, ()))


def _cells(spelled: Term) -> set[Term]:
    """The symbols that are cells of a matrix written out, not sizes or indices."""
    return {c for t in subterms(spelled) if isinstance(t, Block) for row in t.grid for c in row}


def _own(term: Term) -> Iterable[str]:
    return (term.head,) if isinstance(term, At) else (term.name,) if hasattr(term, "name") else ()


def reachable(head: str, context: Context) -> frozenset[str]:
    """The heads that a head's definition shows, directly or through others."""
    found = {head}
    stack = [head]
    while stack:
        for definition in context.definitions.get(stack.pop(), ()):
            for inner in heads(definition.body):
                if inner not in found:
                    found.add(inner)
                    stack.append(inner)
    return frozenset(found)


def unknown_dependence(term: Term, context: Context) -> Diff | None:
    """A derivative of something that nothing shows to depend on the variable, if there is one."""
    for node in subterms(term):
        if isinstance(node, Diff) and isinstance(node.variable, (Sym, At)):
            above = heads(node.body)
            name = node.variable.name if isinstance(node.variable, Sym) else node.variable.head
            shown = name in above or any((h, name) in context.depends for h in above)
            if above and not shown:
                return node
    return None
