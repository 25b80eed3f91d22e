"""What a theorem has to say before its conclusion: which names are given, which are defined.

The choice is made from the relation and its context alone: a name whose definition is used
is defined in the theorem, every other name is given, as a number, a family or a function of the
variables by which the relation differentiates.
"""

from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import cached_property

from derive.context import Context, Definition, Hypothesis
from derive.term import (
    App,
    At,
    Block,
    Build,
    Diff,
    Grad,
    Mat,
    Num,
    Sym,
    Term,
    subterms,
)
from derive.values import dataclass

Key = tuple[str, tuple[Term | None, ...]]


@dataclass(frozen=True)
class Scope:
    """The names of one theorem. `wanted` are the ids of the definitions that it uses, None for
    all; `terms` is everything that it says. `through`: variables of differentiation keep the
    definitions that they have."""

    context: Context
    terms: tuple[Term, ...]
    wanted: frozenset[str] | None
    through: bool = False
    _reach: dict[str, frozenset[str]] = field(default_factory=dict)

    # ---- definitions ------------------------------------------------------------------------

    def definition(self, head: str, at: tuple[Term, ...]) -> Definition | None:
        """The definition that a name stands for at these indices; None where it is given."""
        if head in self.leaves:
            return None
        found = self._written(head, at)
        used = found is not None and (self.wanted is None or found.relation in self.wanted)
        return found if used else None

    def _written(self, head: str, at: tuple[Term, ...]) -> Definition | None:
        rows = [d for d in self.context.definitions.get(head, ()) if _matches(d, at)]
        numbered = [d for d in rows if any(isinstance(p, Num) for p in d.params)]
        chosen = numbered or rows
        return chosen[-1] if chosen else None

    def key(self, found: Definition) -> Key:
        """A definition's name in the theorem: its head and the members that it is for."""
        return found.head, tuple(p if isinstance(p, Num) else None for p in found.params)

    @cached_property
    def defined(self) -> dict[Key, Definition]:
        """Everything that the theorem defines, each after what it uses."""
        found: dict[Key, Definition] = {}
        for term in self.terms:
            self._define(term, found, ())
        return found

    def _define(self, term: Term, found: dict[Key, Definition], above: tuple[Key, ...]) -> None:
        for definition in self.uses(term):
            key = self.key(definition)
            if key in above:
                raise RecursionError(definition.head)
            if key not in found:
                self._define(definition.body, found, (*above, key))
                found[key] = definition

    def uses(self, term: Term) -> Iterator[Definition]:
        """The definitions that a term uses directly."""
        for head, at in references(term):
            found = self.definition(head, at)
            if found is not None:
                yield found

    @cached_property
    def given(self) -> dict[str, Term]:
        """The names that nothing in the theorem defines, each with one of its uses."""
        found: dict[str, Term] = {}
        for term in (*self.terms, *(d.body for d in self.defined.values())):
            own = self.parameters(term)
            for node in named(term):
                head, at = reference(node)
                if head not in own and self.definition(head, at) is None:
                    found.setdefault(head, node)
        return found

    def parameters(self, body: Term) -> frozenset[str]:
        """The names of the parameters of the definition with this body."""
        for definition in self.defined.values():
            if definition.body is body:
                return frozenset(p.name for p in definition.params if isinstance(p, Sym))
        return frozenset()

    # ---- dependence ---------------------------------------------------------------------------

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The heads by which the theorem differentiates, in order."""
        found: dict[str, None] = {}
        bodies = [d.body for rows in self.context.definitions.values() for d in rows]
        for term in (*self.terms, *(b for b in bodies if self._reached(b))):
            for node in subterms(term):
                match node:
                    case Diff(_, Sym(name)) | Diff(_, At(name, _)):
                        found.setdefault(name)
                    case Grad(_, matrix):
                        found.update(dict.fromkeys(_entries(self.cells(matrix))))
        return tuple(found)

    def _reached(self, body: Term) -> bool:
        start = frozenset().union(*(t.heads for t in self.terms))
        near = {h for s in start for h in self.reach(s)}
        rows = (d for h in near for d in self.context.definitions.get(h, ()))
        return any(d.body is body for d in rows)

    def cells(self, matrix: Term) -> Term:
        """The matrix of variables of a gradient: a name of written-out symbols is spelled out."""
        if isinstance(matrix, Mat):
            rows = self.context.definitions.get(matrix.name, ())
            if rows and _spelled(rows[-1].body):
                return rows[-1].body
        return matrix

    @cached_property
    def leaves(self) -> frozenset[str]:
        """The names that stay unknown functions of a variable although something defines them."""
        frozen = set(self.variables) - self.passing
        for v in self.variables:
            dependent = {h for h, by in self.context.depends if by == v}
            for h in dependent:
                reach = self.reach(h)
                if v not in reach and not (reach - {h}) & dependent:
                    frozen.add(h)
        return frozenset(frozen)

    @cached_property
    def passing(self) -> frozenset[str]:
        """The variables of differentiation that are themselves defined, where that is kept."""
        if not self.through:
            return frozenset()
        return frozenset(v for v in self.variables if self._passes(v))

    def _passes(self, head: str) -> bool:
        rows = self.context.definitions.get(head, ())
        plain = len(rows) == 1 and all(isinstance(p, Sym) for p in rows[0].params)
        known = plain and (self.wanted is None or rows[0].relation in self.wanted)
        if not known or rows[0].recursive or _spelled(rows[0].body):
            return False
        return not any(head in self.reach(h) for h in rows[0].body.heads)

    def reach(self, head: str) -> frozenset[str]:
        """The names that a name's definitions show, directly or through others."""
        if head not in self._reach:
            found, stack = {head}, [head]
            while stack:
                for row in self.context.definitions.get(stack.pop(), ()):
                    new = row.body.heads - found
                    found |= new
                    stack.extend(new)
            self._reach[head] = frozenset(found)
        return self._reach[head]

    def along(self, head: str) -> tuple[str, ...]:
        """The variables that a given name depends on."""
        if head in self.variables:
            return ()
        depends, reach = self.context.depends, self.reach(head)
        return tuple(v for v in self.variables if (head, v) in depends or v in reach)

    def moved_by(self, body: Term) -> tuple[str, ...]:
        """The variables that a body depends on, through what the theorem defines."""
        found: set[str] = set()
        for head, at in references(body):
            definition = self.definition(head, at)
            if head in self.variables and (definition is None or head in self.passing):
                found.add(head)
            elif definition is not None:
                found.update(self.moved(definition))
            else:
                found.update(self.along(head))
        return tuple(v for v in self.variables if v in found)

    def moved(self, found: Definition) -> tuple[str, ...]:
        """The variables that a definition depends on, besides its own parameters."""
        own = {p.name for p in found.params if isinstance(p, Sym)}
        return tuple(v for v in self.moved_by(found.body) if v not in own)


def references(term: Term) -> Iterator[tuple[str, tuple[Term, ...]]]:
    """The names in a term with their indices, each once."""
    return iter(dict.fromkeys(map(reference, named(term))))


def named(term: Term) -> Iterator[Term]:
    """The nodes of a term that name something."""
    return (t for t in subterms(term) if isinstance(t, (Sym, At, App, Mat)))


def reference(node: Term) -> tuple[str, tuple[Term, ...]]:
    """The head of such a node, and its indices or arguments."""
    match node:
        case At(head, indices):
            return head, indices
        case App(head, _, args):
            return head, args
        case Sym(name) | Mat(name, _, _):
            return name, ()
        case _:
            raise TypeError(node)


def _matches(found: Definition, at: tuple[Term, ...]) -> bool:
    if not found.params:
        return True
    return len(found.params) == len(at) and all(
        isinstance(p, Sym) or p is a for p, a in zip(found.params, at, strict=True)
    )


def _spelled(body: Term) -> bool:
    match body:
        case Block(grid):
            return all(isinstance(c, (Sym, At)) or _spelled(c) for row in grid for c in row)
        case Build(inner, _, _):
            return isinstance(inner, At)
        case _:
            return False


def _entries(matrix: Term) -> Iterable[str]:
    match matrix:
        case Mat(name, _, _):
            yield name
        case Block(grid):
            for row in grid:
                for cell in row:
                    yield from _entries(cell)
        case Sym(name) | At(name, _):
            yield name
        case Build(body, _, _):
            yield from _entries(body)


def relevant(hypotheses: Iterable[Hypothesis], scope: frozenset[str]) -> tuple[Hypothesis, ...]:
    """The hypotheses that speak of these names, directly or through each other."""
    rows, found, near = list(hypotheses), [], set(scope)
    for _ in rows:
        new = [h for h in rows if h not in found and near & (h.left.heads | h.right.heads)]
        found += new
        near |= {name for h in new for name in h.left.heads | h.right.heads}
    return tuple(found)
