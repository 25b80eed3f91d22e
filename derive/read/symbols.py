"""The symbols of a document: which head, which indices, which shape, which range.

Grows while the document is elaborated; what it decides is the same at every line, because
the evidence (`Survey`) was gathered before.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field
from itertools import pairwise

from derive.kernel.matrix import ShapeError, Unsupported, shape
from derive.notation import HABITUAL_INDICES, TRANSPOSES
from derive.read.literals import Grid, literal
from derive.read.names import (
    DOTS,
    base_name,
    braced,
    head,
    is_bold,
    letters,
    pieces,
    plain_letter,
)
from derive.read.problem import Unread
from derive.read.survey import Survey
from derive.read.walk import walk
from derive.source import Span
from derive.syntax import BigOp, Group, Name, Node, Number, Related, Script, Text, Tuple
from derive.term import (
    ONE,
    App,
    At,
    Bound,
    Build,
    Const,
    Delta,
    Diff,
    Eye,
    Fill,
    Mat,
    Sym,
    Term,
    add,
    heads,
    mul,
    num,
    shift,
    substitute,
    subterms,
)
from derive.values import dataclass

Range = tuple[Sym, Term, Term]
Shape = tuple[Term, Term | None]
Index = Callable[[Node], Term]

STARS = frozenset({"*", "∗", "ast", "star", "dagger", "†", "+", "-"})
_INDICES = {head(Name(n, Span(0, 0))) for n in HABITUAL_INDICES}


@dataclass(frozen=True, slots=True)
class Scripted:
    """A scripted name: its term, the power that is left to apply, the primes."""

    term: Term
    power: Node | None
    primes: int


@dataclass
class Symbols:
    """What is known of every head. `shapes` holds matrices, `drift` one label for another.

    `guessed` are matrices of a shape that nothing declares, `supposed` those of them that
    are matrices by evidence alone.
    """

    survey: Survey
    shapes: dict[str, Shape] = field(default_factory=dict)
    functions: dict[str, tuple[Term, ...]] = field(default_factory=dict)
    drift: dict[tuple[str, str], str] = field(default_factory=dict)
    ranges: dict[str, list[tuple[Term, Term] | None]] = field(default_factory=dict)
    letters: dict[str, tuple[Term, Term]] = field(default_factory=dict)
    examples: dict[int, Term] = field(default_factory=dict)
    sizes: dict[Term, Term] = field(default_factory=dict)
    guessed: set[str] = field(default_factory=set)
    supposed: set[str] = field(default_factory=set)
    complex: set[str] = field(default_factory=set)
    conjugated: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    declared_dependence: set[tuple[str, str]] = field(default_factory=set)
    places: dict[str, Span] = field(default_factory=dict)
    seen: list[tuple[str, Span]] = field(default_factory=list)
    bound: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    drifts: dict[tuple[str, str], Span] = field(default_factory=dict)
    behind: Callable[..., set[str]] = field(default=lambda term: set(term.heads))

    # ---- names ------------------------------------------------------------------------

    def is_euler(self, name: Name) -> bool:
        """Whether the letter e is Euler's number: nothing in the document defines it."""
        plain = name.base == "e" and not name.accents and name.style in {"", "rm"}
        return plain and ("e", "") not in self.survey.defined

    def plain(self, name: Name) -> Term:
        """A bare name: a matrix, a constant, a number's symbol."""
        key = head(name)
        if key in self.bound:
            return Sym(key)
        if key == "π" and ("π", "") not in self.survey.defined:
            return Const("pi")
        if key == "i" and self.survey.imaginary and key not in self.survey.indices:
            return Const("I")
        if name.base == "infty":
            return Const("oo")
        if name.base == "1":
            return self.ones(name, None)
        self.note(key, name.span)
        if (moving := self.moving(name)) is not None:
            return moving
        if (value := self.value(key)) is not None:
            return value
        key = self.drifted(key, "")
        if key == "𝐈" and key not in self.shapes and (key, "") not in self.survey.defined:
            return Eye(None)
        if self.is_matrix(key, name):
            return self.matrix(key)
        if key == "I" and (self.shapes or self.survey.arrays):
            return Eye(None)
        return Sym(key)

    def value(self, key: str) -> App | None:
        """A function of the document without its arguments: `v²` after `v(t) = …`."""
        own = {key, key.partition("_")[0]} & self.survey.introduced
        known = self.functions.get(key) if own else self.through(key)
        return None if known is None else App(key, (0,) * len(known), known)

    def through(self, key: str) -> tuple[Term, ...] | None:
        """What an unknown function is always taken at: the defined z of `ℓ(z)` and `ℓ'(z)`."""
        taken = self.survey.applied_to.get(key, set())
        alone = len(taken) == 1 and self.survey.shapes(key) == {(1, ",")}
        if not alone or key in self.shapes or not self.survey.is_function(key):
            return None
        inner = next(iter(taken))
        own = (inner, "") in self.survey.defined and inner not in self.survey.introduced
        return (Sym(inner),) if own and not self.is_matrix(inner, None) else None

    def moving(self, name: Name) -> Term | None:
        """`ẋ` is the derivative of x by the time t, where the document shows that x has one."""
        order = DOTS.get(name.accents[0]) if len(name.accents) == 1 else None
        plain = Name(name.base, name.span, name.style)
        key = head(plain)
        if order is None or key in self.survey.rates or not self.survey.moves(key):
            return None
        found = self.plain(plain)
        for _ in range(order):
            found = self.by_time(found, name.span)
        if isinstance(found, Diff):
            self.differentiated(self.plain(plain), Sym("t"))
        return found

    def by_time(self, term: Term, span: Span) -> Term:
        """d/dt along a motion: where q and q̇ are letters, q̇ is the rate of q, q̈ that of q̇."""
        within = self.behind(term) if self.survey.rates else set()
        parts: list[Term] = []
        for motion in self.survey.rates.values():
            other = motion[0] in self.survey.subscripted | self.survey.applied_to.keys()
            if motion[-1] in within or (other and within & {*motion}):
                raise Unread("this derivative along a motion is not decided yet", span)
            steps = [pair for pair in pairwise(motion) if pair[0] in within]
            parts += [mul(Diff(term, Sym(here)), Sym(rate)) for here, rate in steps]
        if "t" in within or not parts:
            parts.append(Diff(term, Sym("t")))
        return add(*parts)

    def ones(self, name: Name, size: Term | None) -> Term:
        """`𝟏` or `𝟏_n`: the column of ones, of a size that its neighbours may have to say."""
        if name.style != "bf":
            raise Unread("an indicator is not decided yet", name.span)
        unknown = Sym(f"rows of 𝟏 at {name.span.start}")
        return Fill(ONE, unknown if size is None else size, ONE)

    def note(self, key: str, span: Span) -> None:
        """Remembers where a head was seen."""
        self.places.setdefault(key, span)
        self.seen.append((key, span))

    def drifted(self, key: str, label: str, span: Span | None = None) -> str:
        """The head with the label that the document also writes another way."""
        if span is not None and (key, label) in self.drift:
            self.drifts.setdefault((key, label), span)
        label = self.drift.get((key, label), label)
        return f"{key}^{braced(label)}" if label else key

    def is_matrix(self, key: str, name: Name | None) -> bool:
        """Whether the head stands for a matrix or vector."""
        known = key in self.shapes or key in self.survey.arrays
        return known or (name is not None and is_bold(name))

    def matrix(self, key: str) -> Mat:
        """The matrix symbol of a head; an unknown shape is left to be inferred."""
        if key not in self.shapes:
            self.guessed.add(key)
            if plain_letter(key) == key:
                self.supposed.add(key)
            column = key[:1].islower() or "𝐚" <= key[:1] <= "𝐳"
            rows = Sym(f"rows of {key}")
            self.shapes[key] = (rows, None if column else Sym(f"columns of {key}"))
        return Mat(key, *self.shapes[key])

    def settle(self, key: str) -> None:
        """The document has said which shape a matrix has."""
        self.guessed.discard(key)
        self.supposed.discard(key)

    # ---- scripts -----------------------------------------------------------------------

    def script(self, node: Script, name: Name, index: Index) -> Scripted:
        """Reads sub- and superscripts: label, power, transpose, or indices."""
        key = head(name)
        if name.base == "1":
            size = None if node.sub is None else index(node.sub)
            return Scripted(self.ones(name, size), node.sup, node.primes)
        label, power, more = self.superscript(key, node, index)
        tag, indices = self.subscript(key, node.sub, index, is_bold(name))
        full = self.drifted(key + (f"_{braced(tag)}" if tag else ""), label, node.span)
        self.note(full, node.span)
        return Scripted(self.member(full, key, name, indices + more), power, node.primes)

    def member(self, full: str, key: str, name: Name, indices: tuple[Term, ...]) -> Term:
        """The term of a head with its indices: a matrix, an entry, a family member."""
        if not indices:
            if full in self.bound:
                return Sym(full)
            if full == key and (moving := self.moving(name)) is not None:
                return moving
            starred = full.startswith(key + "^") and key in self.survey.arrays
            if (value := self.value(full)) is not None:
                return value
            labelled = starred or (full != key and key in self.survey.array_members)
            return self.matrix(full) if labelled or self.is_matrix(full, name) else Sym(full)
        if full == "δ" and len(indices) == 2 and (full, "") not in self.survey.defined:
            return Delta(*indices)
        if len(indices) == 1 and is_bold(name) and key not in self.survey.plain:
            return self.vector_of_family(full, indices)
        if len(indices) == 1 and key in self.survey.array_members:
            return self.array_of_family(full, name, indices)
        return At(full, indices)

    def array_of_family(self, full: str, name: Name, indices: tuple[Term, ...]) -> Term:
        """`x_i` beside `x_i^T`: the i-th of many vectors; a family of matrices is not read."""
        if name.base[:1].isupper():
            raise Unread("a family of matrices is not decided yet", name.span)
        return self.vector_of_family(full, indices)

    def vector_of_family(self, full: str, indices: tuple[Term, ...]) -> Term:
        """`𝐱_i`: the i-th of many vectors, with entries `x_{i k}`."""
        if full not in self.shapes and plain_letter(full) == full:
            self.supposed.add(full)
        rows, _ = self.shapes.get(full, (Sym(f"rows of {full}"), None))
        at = tuple(shift(i, 2) for i in indices)
        return Build(At(full, (*at, Bound(1))), rows, ONE)

    def superscript(
        self, key: str, node: Script, index: Index
    ) -> tuple[str, Node | None, tuple[Term, ...]]:
        """(label, power, further indices) of a superscript."""
        sup = node.sup
        if sup is None or isinstance(sup, Number):
            return "", sup, ()
        text = letters(sup)
        if isinstance(sup, Group) and sup.open in "([":
            return self.bracketed(key, sup, index)
        if (isinstance(sup, Name) and sup.base in STARS) or text in STARS:
            sign = sup.base if isinstance(sup, Name) else text or "*"
            return {"ast": "*", "star": "*", "∗": "*"}.get(sign, sign), None, ()
        if isinstance(sup, Text):
            return sup.text.strip(), None, ()
        if text == "H" and key in self.survey.arrays:
            return text, None, ()
        if text is None or text in TRANSPOSES:
            return "", sup, ()
        if self.survey.is_label(key, text):
            self.labels.setdefault(f"{key}^{braced(text)}", text)
            return text, None, ()
        return "", sup, ()

    def bracketed(self, key: str, sup: Group, index: Index) -> tuple[str, None, tuple[Term, ...]]:
        """`x^{(i)}`: an index where i is one somewhere, or counts layers; else a label."""
        names = [n for n in walk(sup.body) if isinstance(n, Name)]
        if self.survey.counts(key):
            return "", None, (index(sup.body),)
        if names and all(self.is_bound_somewhere(head(n)) for n in names):
            return "", None, (index(sup.body),)
        return f"({_text(sup.body)})", None, ()

    def is_bound_somewhere(self, letter: str) -> bool:
        """Whether a letter is the index of some Σ."""
        return letter in self.survey.bounds or letter in self.bound

    def subscript(
        self, key: str, sub: Node | None, index: Index, bold: bool
    ) -> tuple[str, tuple[Term, ...]]:
        """(label, indices) of a subscript."""
        if sub is None:
            return "", ()
        text = letters(sub)
        if bold and text is not None and (text.isdigit() or not self.is_index(text)):
            entry = len(text) == 2 and self.all_indices(key, sub)
            return ("", self.indices_of(sub, index, key)) if entry else (text, ())
        if isinstance(sub, Text) or (text is not None and not self.all_indices(key, sub)):
            return text or "", ()
        matrix = key in self.survey.array_members and (key[:1].isupper() or self.only_numbered(key))
        if text is not None and text.isdigit() and (matrix or self.numbers_are_labels(key)):
            return text, ()
        return "", self.indices_of(sub, index, key)

    def only_numbered(self, key: str) -> bool:
        """Whether `b_1`, `b_2` are all there is of b: names of their own, no members."""
        survey = self.survey
        lettered = survey.first_index.get(key) or key in survey.doubled
        return not lettered and key not in survey.arrays | survey.plain

    def numbers_are_labels(self, key: str) -> bool:
        """Whether `x_0` is a constant beside a quantity x, not a member of a family x_i."""
        alone = key in self.survey.plain or key in self.survey.introduced
        return alone and not self.survey.first_index.get(key) and key not in self.survey.doubled

    def is_index(self, letter: str) -> bool:
        """Whether a letter stands for an index somewhere in the document."""
        if letter in self.survey.computed and not self.is_bound_somewhere(letter):
            return False
        return letter in self.survey.indices or letter in self.bound or letter in _INDICES

    def all_indices(self, key: str, sub: Node) -> bool:
        """Whether each member of a run is an index letter or a digit."""
        found = pieces(sub)
        texts = [letters(p) or "" for p in found]
        if len(found) == 1:
            return texts[0].isdigit() or self.is_index(texts[0])
        if all(t.isdigit() or (len(t) == 1 and self.is_index(t)) for t in texts):
            return len(found) <= 3 or key in self.survey.doubled
        return False

    def indices_of(self, sub: Node, index: Index, key: str = "") -> tuple[Term, ...]:
        """The index terms of a subscript: `ij`, `i,j+1`, `01`."""
        if isinstance(sub, Tuple):
            return tuple(index(i) for i in sub.items)
        found = pieces(sub)
        one = found[0]
        if len(found) == 1 and isinstance(one, Number) and one.text.isdigit():
            split = len(one.text) == 2 and (key in self.survey.doubled or one.text[0] == "0")
            return tuple(num(int(c)) for c in one.text) if split else (num(int(one.text)),)
        if len(found) > 1 and all(letters(p) for p in found):
            return tuple(index(p) for p in found)
        return (index(sub),)

    # ---- functions, derivatives -----------------------------------------------------------

    def function_indices(self, node: Node, index: Index) -> tuple[Term, ...]:
        """The indices of `φ_k(x)`, a family of functions: its first arguments."""
        name = base_name(node)
        if name is None or not isinstance(node, Script) or node.sub is None:
            return ()
        family = any(self.is_index(t) for t in self.survey.first_index.get(head(name), ()))
        if not family or isinstance(node.sub, Text) or not self.all_indices(head(name), node.sub):
            return ()
        return self.indices_of(node.sub, index, head(name))

    def function_head(self, node: Node, family: bool = False) -> str:
        """The head of an applied name, labels and all; a family's without its indices."""
        name = base_name(node)
        key = head(name) if name else "?"
        if isinstance(node, Script):
            label, _, _ = self.superscript(key, node, lambda n: ONE)
            tag = letters(node.sub) if node.sub is not None and not family else None
            return self.drifted(key + (f"_{braced(tag)}" if tag else ""), label)
        return key

    def applied(self, key: str, name: Name | None, arguments: list[Term]) -> None:
        """Remembers a function's arguments where they are plain variables."""
        if name is not None:
            self.note(key, name.span)
        if all(isinstance(a, Sym) for a in arguments):
            self.functions.setdefault(key, tuple(arguments))

    def only_variable(self, found: Term) -> Sym | None:
        """The only variable that a symbol is known to depend on."""
        match found:
            case App(_, (_,), (Sym() as argument,)):
                return argument
        key = head_of(found)
        by = {v for h, v in self.pairs | self.declared_dependence if h == key}
        by = by or set(self.survey.applied_to.get(key or "", ()))
        return Sym(by.pop()) if len(by) == 1 else None

    def differentiated(self, body: Term, variable: Term) -> None:
        """Remembers that the document takes the derivative of a symbol."""
        above, below = head_of(body), head_of(variable)
        if above and below and above != below:
            self.pairs.add((above, below))

    def is_transpose(self, text: str) -> bool:
        """Whether the letter transposes: it is no quantity of the document."""
        return text in TRANSPOSES and text not in self.survey.quantities

    # ---- ranges ----------------------------------------------------------------------------

    def range_of(self, node: BigOp, scalar: Index) -> list[Range]:
        """The indices of a Σ with their bounds; a missing bound is the index's usual one."""
        match node.lower:
            case Related(chain, _) if len(chain.members) == 2 and chain.relators[0].op == "=":
                index, start = chain.members
                if isinstance(index, Name) and start is not None and node.upper is not None:
                    return [(Sym(head(index)), scalar(start), scalar(node.upper))]
            case Name():
                return [self.usual(node.lower)]
            case Tuple(items, _, _) if all(isinstance(i, Name) for i in items):
                return [self.usual(i) for i in items if isinstance(i, Name)]
        raise Unread("the range of this sum is not understood", node.span)

    def usual(self, index: Name) -> Range:
        """The range that the document gives the index elsewhere, else 1 to a size of its own."""
        key = head(index)
        lo, hi = self.letters.get(key, (ONE, Sym(f"n_{key}")))
        return Sym(key), lo, hi

    @contextmanager
    def binding(self, indices: list[Range]) -> Iterator[None]:
        """While the body of a Σ is read, its indices are bound."""
        count = len(self.bound)
        self.bound += [index.name for index, _, _ in indices]
        try:
            yield
        finally:
            del self.bound[count:]

    def ranges_in(self, body: Term, index: Sym, lo: Term, hi: Term) -> None:
        """Families indexed by a Σ's index run over the Σ's range."""
        if (heads(lo) | heads(hi)) & set(self.bound):
            return
        for node in subterms(body):
            if isinstance(node, At):
                for place, at in enumerate(node.indices):
                    if at is index:
                        self.set_range(node.head, len(node.indices), place, lo, hi)

    def set_range(self, key: str, arity: int, place: int, lo: Term, hi: Term) -> None:
        """Notes the range of one index position of a family, unless it is known."""
        row = self.ranges.setdefault(key, [None] * arity)
        if len(row) == arity and row[place] is None:
            row[place] = (lo, hi)

    # ---- matrices ----------------------------------------------------------------------------

    def literal(self, grid: Grid) -> Term:
        """A matrix written out; rows that differ in their number only are a family."""
        return literal(grid, self.examples)

    def shape_of(self, term: Term) -> tuple[Term, Term]:
        """Rows and columns; raises `ShapeError` where the parts do not conform."""
        return shape(self.sized(term))

    def conform(self, matrices: list[Term]) -> None:
        """Lets unknown sizes of neighbours in a product meet."""
        for left, right in pairwise(matrices):
            try:
                cols, rows = shape(self.sized(left))[1], shape(self.sized(right))[0]
                if ONE in (cols, rows) and (heads(left) | heads(right)) & self.supposed:
                    continue  # a product that exists for one column or row only is none
                self.unify(cols, rows)
            except (ShapeError, Unsupported):
                return

    def meet(self, terms: Sequence[Term]) -> None:
        """Lets unknown sizes of matrices of one shape meet."""
        shapes = []
        for term in terms:
            with suppress(ShapeError, Unsupported):
                shapes.append(shape(self.sized(term)))
        for left, right in pairwise(shapes):
            for one, other in zip(left, right, strict=True):
                # a vector of one entry is none: such shapes do not conform
                if ONE not in (one, other) or not _is_length(other if one is ONE else one):
                    self.unify(one, other)

    def unify(self, left: Term, right: Term) -> None:
        """Makes an unknown size equal to another."""
        left, right = self.sized(left), self.sized(right)
        if left is right:
            return
        if is_unknown(left):
            self.sizes[left] = right
        elif is_unknown(right):
            self.sizes[right] = left

    def sized(self, term: Term) -> Term:
        """A term with the unknown sizes that are known by now."""
        while True:
            names = term.heads
            known = {size: to for size, to in self.sizes.items() if names & size.heads}
            found = substitute(term, known)
            if found is term:
                return term
            term = found


def is_unknown(size: Term) -> bool:
    """Whether a size is one that is left to be inferred."""
    return isinstance(size, Sym) and size.name.startswith(("rows of ", "columns of "))


def _is_length(size: Term) -> bool:
    return isinstance(size, Sym) and size.name.startswith("rows of ")


def head_of(term: Term) -> str | None:
    """The head of a bare symbol, family member or matrix."""
    match term:
        case Sym(name) | Mat(name, _, _):
            return name
        case At(key, _):
            return key
        case _:
            return None


def _text(node: Node) -> str:
    found = letters(node)
    if found is not None:
        return found
    kept = (n for n in walk(node) if isinstance(n, (Name, Number)))
    return "".join(n.text if isinstance(n, Number) else head(n) for n in kept)
