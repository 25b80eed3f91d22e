"""What the whole document shows of its symbols before any formula is interpreted.

Whether `h^p` is a power, `f(x)` a product, or `x_{11}` two indices is decided once per
symbol, from every formula of the document, so that no line is read in isolation.
"""

import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from derive.notation import FUNCTIONS, HABITUAL_FUNCTIONS, HABITUAL_INDICES, TRANSPOSES
from derive.read.arrays import Arrays, arrays, numbers
from derive.read.conjugates import is_complex
from derive.read.names import base_name, head, is_bold, letters, motion, pieces
from derive.read.operators import measures, operator_of
from derive.read.walk import children, walk
from derive.syntax import (
    Addition,
    BigOp,
    Chain,
    Declared,
    Document,
    Formula,
    Group,
    Matrix,
    Name,
    Node,
    Number,
    Product,
    Prose,
    Quotient,
    Related,
    Script,
    Tuple,
)


@dataclass
class Survey:
    """Evidence, gathered once; read-only afterwards.

    `bare`/`applied` count how often a head stands alone or before parentheses; `labels`
    are (head, superscript text) pairs read as labels; `bounds` are the bounds of an index
    letter's first Σ; `steps` are letters of superscripts such as `(l-1)`, and `counted` the
    letters in each head's bracketed superscripts; `doubled` are heads whose two-digit
    subscripts are two indices; `arrays` and `array_members` are letters that are vectors or
    matrices, alone or with an index, and `numbers` letters that cannot be; `of_letters` are
    functions that stand for one number at their own letters, `of_arrays` those of vectors;
    `rates` are the letters q with q, q̇, q̈, … where a derivative by q̇ shows that these are
    letters of their own.
    """

    bare: Counter[str] = field(default_factory=Counter)
    applied: Counter[str] = field(default_factory=Counter)
    primed: set[str] = field(default_factory=set)
    introduced: set[str] = field(default_factory=set)
    introduced_below: set[str] = field(default_factory=set)
    quantities: set[str] = field(default_factory=set)
    superscripts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    subscripted: set[str] = field(default_factory=set)
    indices: set[str] = field(default_factory=set)
    bounds: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    steps: set[str] = field(default_factory=set)
    counted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    doubled: set[str] = field(default_factory=set)
    first_index: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    differentiated: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by: set[str] = field(default_factory=set)
    rates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hangs: set[tuple[str, str]] = field(default_factory=set)
    applied_to: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    defined: set[tuple[str, str]] = field(default_factory=set)
    matrices: list[Matrix] = field(default_factory=list)
    plain: set[str] = field(default_factory=set)
    calls: dict[tuple[int, str], set[tuple[int, str]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    headings: list[int] = field(default_factory=list)
    random: bool = False
    called: set[str] = field(default_factory=set)
    computed: set[str] = field(default_factory=set)
    squared: Counter[str] = field(default_factory=Counter)
    differences: set[str] = field(default_factory=set)
    of_letters: dict[str, tuple[Node, ...]] = field(default_factory=dict)
    of_arrays: set[str] = field(default_factory=set)
    imaginary: bool = False
    measures: frozenset[str] = frozenset()
    expects: bool = False
    numbers: frozenset[str] = frozenset()
    arrays: frozenset[str] = frozenset()
    array_members: frozenset[str] = frozenset()

    def may_call(self, name: str, upright: bool) -> bool:
        """Whether brackets after a letter that never stands alone may hold its argument."""
        if self.bare[name] or name in self.quantities or name in self.numbers:
            return False
        return name in self.called or ((upright or name in _OPERATORS) and bool(self.squared[name]))

    def several(self, key: str, place: int) -> bool:
        """Whether a head stands for several functions in the section of a place.

        `f(x)` and `f(x, t)` are two functions of one name; with what is random, `p(x)` and
        `p(x, y)` leave open which function each `p(…)` is.
        """
        found = self.calls[bisect(self.headings, place), key]
        return len(found) > 1 and (self.random or len({mark for _, mark in found}) > 1)

    def shapes(self, key: str) -> set[tuple[int, str]]:
        """What stands in the brackets after a head, anywhere: how many things, what parts them."""
        return {shape for (_, name), rows in self.calls.items() if name == key for shape in rows}

    def is_function(self, name: str) -> bool:
        """Whether parentheses after the head are its arguments."""
        if name in self.introduced or (name in self.primed and name not in self.plain):
            return True
        if any((name, variable) in self.hangs for variable in self.applied_to[name]):
            return True
        if not self.applied[name] or self.bare[name] or name in self.quantities:
            return False
        return name in _HABITUAL or name in self.differentiated

    def is_letter(self, name: str) -> bool:
        """Whether the name of a known function stands for a quantity: `Γ = …`."""
        return name in self.quantities or (name, "") in self.defined

    def moves(self, name: str) -> bool:
        """Whether a letter is a function of the time t, so that dots on it are derivatives."""
        known = (name, "") in self.defined or name in self.introduced
        timed = "t" in self.applied_to[name] or "t" in self.by
        return timed or (known and "t" in self.quantities)

    def alternates(self, name: str) -> bool:
        """Whether letters that are no quantities, or not all, alternate as superscripts."""
        texts = {t for t in self.superscripts[name] if not t[0].isdigit()}
        return len(texts) > 1 and any(not t <= self.quantities for t in map(set, texts))

    def counts(self, name: str) -> bool:
        """Whether a head's bracketed superscripts count layers or steps: `a^{(l-1)}`."""
        return bool(self.counted.get(name, set()) & self.steps)

    def is_label(self, name: str, text: str) -> bool:
        """Whether the superscript `text` on `name` is a label rather than a power."""
        if len(text) == 1:
            return any(
                text in texts and (name == other or text not in self.quantities)
                for other, texts in self.superscripts.items()
                if self.alternates(other)
            )
        if text[0].isdigit():
            return False
        quantities = [c for c in text if c in self.quantities]
        return len(quantities) < (len(text) if len(text) > 2 else 1)


_RANDOM = re.compile(
    r"\b(probab\w*|random\w*|densit(y|ies)|distribut\w*|likelihoods?|joint\w*|marginal\w*|"
    r"condition(al|ed)\w*|Bayes\w*|posterior|prior|expectation\w*|variances?|entropy)\b",
    re.I,
)
_OPERATORS = frozenset({"E", "P", "V", "Var", "Cov"})
_DIFFERENCES = frozenset({"Δ", "δ"})
_HABITUAL = {head(Name(n, None)) for n in HABITUAL_FUNCTIONS}  # type: ignore[arg-type]
_INDICES = {head(Name(n, None)) for n in HABITUAL_INDICES}  # type: ignore[arg-type]


def survey(document: Document) -> Survey:
    """Reads the evidence of every formula of the document."""
    found = Survey(imaginary=is_complex(document))
    _words(document, found)
    for chain, weight in _chains(document):
        if len(chain.members) == 1 and not weight:
            if chain.members[0] is not None:
                _differentiation(chain.members[0], found)
            continue
        _introductions(chain, found)
        _computation(chain, found)
        for member in chain.members:
            if member is not None:
                _visit(member, found)
    _exponents_are_quantities(document, found)
    for matrix in found.matrices:
        _matrix_indices(matrix, found)
    _differences(document, found)
    _arrays([chain for chain, _ in _chains(document)], found)
    return found


def _words(document: Document, found: Survey) -> None:
    """Where sections begin, and whether the text speaks of what is random."""
    prose = [item for item in document.items if isinstance(item, Prose)]
    found.headings = [item.span.start for item in prose if item.heading]
    found.random = any(_RANDOM.search(item.text) for item in prose)


def _differences(document: Document, found: Survey) -> None:
    """Δ and δ that stand before letters only make one name with them."""
    alone: set[str] = set()
    for chain, _ in _chains(document):
        for member in chain.members:
            if member is None:
                continue
            if (name := base_name(member)) is not None:
                alone.add(head(name))
            for node in walk(member):
                _before_letters(node, found.differences, alone)
    found.differences -= alone


def _before_letters(node: Node, paired: set[str], alone: set[str]) -> None:
    if isinstance(node, Product):
        last = node.factors[-1].node
        followed = [(a.node, b) for a, b in pairwise(node.factors)]
        for left, right in followed:
            name = base_name(left)
            if name is not None and head(name) in _DIFFERENCES:
                follows = right.op == "" and base_name(right.node) is not None
                (paired if follows and isinstance(left, Name) else alone).add(head(name))
        if (name := base_name(last)) is not None and head(name) in _DIFFERENCES:
            alone.add(head(name))
    elif not isinstance(node, Name):
        for child in children(node):
            name = base_name(child)
            if name is not None and head(name) in _DIFFERENCES:
                alone.add(head(name))


def _arrays(chains: list[Chain], found: Survey) -> None:
    found.numbers = frozenset(numbers(chains) | found.introduced)
    marked = arrays(chains, found.numbers, "T" in found.quantities)
    found.arrays = frozenset(key for key, member in marked.found if not member)
    found.array_members = frozenset(key for key, member in marked.found if member)
    for chain in chains:
        _of_letter(chain, marked, found)
    nodes = [n for c in chains for m in c.members if m is not None for n in walk(m)]
    found.measures = measures(nodes)
    found.expects = any(operator_of(n) for n in nodes) or bool(found.squared["E"])
    for product in (n for n in nodes if isinstance(n, Product)):
        _other_letters(product, found)


def _of_letter(chain: Chain, marked: Arrays, found: Survey) -> None:
    """`f(x) = x^T A x`, `J(θ_0, θ_1) = …`: one number for all its letters, not a rule."""
    applied = _application(chain.members[0])
    value = chain.members[1] if len(chain.members) > 1 else None
    name = base_name(applied[0]) if applied is not None else None
    if applied is None or value is None or name is None or not _simple_arguments(applied[1]):
        return
    body = applied[1].body
    letters_ = body.items if isinstance(body, Tuple) else (body,)
    arrays_ = [_is_array(n, marked) for n in letters_]
    members = [isinstance(n, Script) and n.sub is not None for n in letters_]
    several = len(letters_) > 1 and any(arrays_ + members)
    sure = not any(arrays_)
    alone = isinstance(body, Name) and arrays_[0] and marked.kind(value) == "s"
    distinct = len(set(map(_letter, letters_))) == len(letters_)
    new = distinct and head(name) not in found.of_letters
    if new and (alone or (several and (sure or _one_number(value, marked)))):
        found.of_letters[head(name)] = tuple(letters_)
        if any(arrays_):
            found.of_arrays.add(head(name))


def _other_letters(product: Product, found: Survey) -> None:
    """A function that is also taken elsewhere, `J(θ + h)`, is a rule after all."""
    for before, after in pairwise(product.factors):
        name = base_name(before.node)
        if name is None or after.op != "" or not isinstance(after.node, Group):
            continue
        own = found.of_letters.get(head(name), ())
        body = after.node.body
        items = body.items if isinstance(body, Tuple) else (body,)
        array = name is not None and head(name) in found.of_arrays
        if len(own) > 1 and not array and [_letter(n) for n in own] != [_letter(n) for n in items]:
            del found.of_letters[head(name)]


def _letter(node: Node) -> tuple[str, str] | None:
    """A letter with its subscript, whatever its place."""
    name = base_name(node)
    sub = node.sub if isinstance(node, Script) else None
    if name is None or not isinstance(node, Name | Script):
        return None
    return head(name), (letters(sub) or "") if sub is not None else ""


def _is_array(letter: Node, marked: Arrays) -> bool:
    name = base_name(letter)
    bold = name is not None and is_bold(name)
    return bold or (isinstance(letter, Name | Script) and marked.key(letter) in marked.found)


def _one_number(value: Node, marked: Arrays) -> bool:
    """Whether a value is a number: all of it, or one of the terms that are added up in it."""
    terms = [t.node for t in value.terms] if isinstance(value, Addition) else [value]
    kinds = {marked.kind(t) for t in terms}
    return "s" in kinds and not kinds & {"c", "r", "m"}


def _chains(document: Document) -> Iterator[tuple[Chain, bool]]:
    """All chains, each with whether it is more than a formula in passing."""
    for item in document.items:
        if isinstance(item, (Formula, Declared)):
            display = isinstance(item, Declared) or item.display
            for chain in item.chains:
                if isinstance(chain, Chain):
                    yield chain, display


def _introductions(chain: Chain, found: Survey) -> None:
    """`f(x) = …` introduces the function f; `y = y(x)` a dependence."""
    first = chain.members[0]
    if len(chain.members) < 2 or chain.relators[0].op not in {"=", ":=", "≡"}:
        return
    applied = _application(first) or _application(chain.members[1])
    name = applied and base_name(applied[0])
    same = first is not None and name is not None and base_name(first) is not None
    self_reference = same and head(base_name(first)) == head(name)  # type: ignore[arg-type]
    leading = _application(first) is not None
    again = name is not None and leading and _occurs(head(name), chain.members[1:])
    if again and name is not None and head(name) not in _HABITUAL:
        return
    if name is not None and (name.base in {"d", "partial", "nabla"} or operator_of(name)):
        return
    if applied and name and (leading or self_reference) and _simple_arguments(applied[1]):
        found.introduced.add(head(name))
        if isinstance(applied[0], Script) and applied[0].sub is not None:
            found.introduced_below.add(head(name))
        if self_reference:
            found.bare[head(name)] -= 1
    power = isinstance(first, Script) and first.sup is not None and letters(first.sup) is None
    if isinstance(first, (Name, Script)) and (base := base_name(first)) and not power:
        found.defined.add((head(base), _label_text(first)))


def _occurs(key: str, members: tuple[Node | None, ...]) -> bool:
    """Whether a head stands before brackets in one of the members."""
    nodes = (n for m in members if m is not None for n in walk(m))
    return any(_calls(n, key) for n in nodes if isinstance(n, Product))


def _calls(product: Product, key: str) -> bool:
    pairs = pairwise(product.factors)
    called = [a.node for a, b in pairs if b.op == "" and isinstance(b.node, Group)]
    plain = [n for n in called if not (isinstance(n, Script) and n.sub is not None)]
    names = [base_name(n) for n in plain]
    return any(n is not None and head(n) == key for n in names)


def _computation(chain: Chain, found: Survey) -> None:
    """`i = σ(w x + b)`: a letter that is computed from others is no index."""
    first, second = chain.members[0], chain.members[1] if len(chain.members) > 1 else None
    stepped = isinstance(first, Script) and first.sub is not None and first.sup is None
    name = base_name(first) if isinstance(first, Name | Script) else None
    name = name if stepped or isinstance(first, Name) else None
    if name is not None and second is not None and chain.relators[0].op in {"=", ":="}:
        names = {head(n) for n in walk(second) if isinstance(n, Name)}
        if len(names) > 2:
            found.computed.add(head(name))


def _application(node: Node | None) -> tuple[Node, Group] | None:
    """The (head, group) of a product that is exactly `f(…)`."""
    if isinstance(node, Product) and len(node.factors) == 2:
        f, g = node.factors[0].node, node.factors[1].node
        primed = isinstance(f, Script) and f.primes > 0
        if isinstance(f, (Name, Script)) and not primed and isinstance(g, Group) and g.open == "(":
            return f, g
    return None


def _simple_arguments(group: Group) -> bool:
    items = group.body.items if isinstance(group.body, Tuple) else (group.body,)
    return all(base_name(i) is not None and isinstance(i, (Name, Script)) for i in items)


def _label_text(node: Node) -> str:
    return (letters(node.sup) or "") if isinstance(node, Script) and node.sup else ""


def _visit(node: Node, found: Survey) -> None:
    match node:
        case Product(factors, _):
            _visit_product([f.node for f in factors], [f.op for f in factors], found)
        case Name():
            _seen_bare(node, found)
        case Script():
            _visit_script(node, found, applied=False)
        case BigOp(_, lower, upper, _):
            _bounds(lower, upper, found)
        case Quotient(numerator, denominator, _):
            _differentiation(node, found)
            if not _is_derivative(node):
                _visit(numerator, found)
                _visit(denominator, found)
            else:
                for part in _operand(numerator):
                    if not isinstance(part, (Name, Script)):
                        _visit(part, found)
        case Matrix():
            found.matrices.append(node)
            _visit_children(node, found)
        case _:
            _visit_children(node, found)


def _visit_children(node: Node, found: Survey) -> None:
    for child in children(node):
        _visit(child, found)


def _visit_product(nodes: list[Node], ops: list[str], found: Survey) -> None:
    for k, node in enumerate(nodes):
        follows = k + 1 < len(nodes) and ops[k + 1] == ""
        nxt = nodes[k + 1] if follows else None
        inner = nxt.base if isinstance(nxt, Script) else nxt
        name = base_name(node)
        applied = isinstance(inner, Group) and (inner.open == "(" or _operates(name, inner))
        if name and isinstance(inner, Group):
            below = isinstance(node, Script) and node.sub is not None
            _called(head(name), inner, found, below)
        if isinstance(node, Script):
            _visit_script(node, found, applied)
        elif name and applied:
            found.applied[head(name)] += 1
        else:
            _visit(node, found)


def _operates(name: Name | None, group: Group) -> bool:
    """`E[X]`: a letter that takes its argument in square brackets."""
    if name is not None and name.style == "cal" and group.open in "[{":
        return True
    square = name is not None and group.open == "["
    return square and name is not None and (name.style == "rm" or name.base in _OPERATORS)


def _called(key: str, group: Group, found: Survey, below: bool) -> None:
    """Notes how a head is followed by brackets: how many things in them, what sets them apart.

    The brackets after `E_0` say nothing of a function E.
    """
    if group.open == "[":
        found.squared[key] += 1
    if group.open not in "({":
        return
    several = isinstance(group.body, Tuple)
    if (only := base_name(group.body)) is not None:
        found.applied_to[key].add(head(only))
    items = group.body.items if isinstance(group.body, Tuple) else (group.body,)
    separator = group.body.separator if isinstance(group.body, Tuple) else ","
    shape = len(items), separator if several else ","
    found.calls[bisect(found.headings, group.span.start), key + "_" * below].add(shape)
    if several or isinstance(group.body, Name | Script | Number):
        found.called.add(key)


def _visit_script(node: Script, found: Survey, applied: bool) -> None:
    name = base_name(node)
    if name is None:
        _visit(node.base, found)
    else:
        _scripted_name(node, name, found, applied)
    if name is not None and name.style == "bb":
        return
    opaque = name is None or letters(node.sup) is None or _is_e(node)
    if node.sup is not None and opaque and not _transposed(node):
        _visit(node.sup, found)
    for part in pieces(node.sub) if node.sub is not None else ():
        if (text := letters(part)) and text in _INDICES:
            found.indices.add(text)


def _transposed(node: Script) -> bool:
    """`(I - KH)^T`: a T over something with matrix letters is no quantity."""
    names = [n for n in walk(node.base) if isinstance(n, Name)]
    over = isinstance(node.sup, Name) and node.sup.base in TRANSPOSES
    return over and any(n.base[:1].isupper() or is_bold(n) for n in names)


def _scripted_name(node: Script, name: Name, found: Survey, applied: bool) -> None:
    key = head(name)
    if node.primes:
        found.primed.add(key)
    (found.applied if applied else found.bare)[key] += 1
    if (text := letters(node.sup)) and text not in TRANSPOSES:
        found.superscripts[key].add(text)
    if isinstance(node.sup, Group) and node.sup.open in "([":
        inside = {head(n) for n in walk(node.sup.body) if isinstance(n, Name)}
        found.counted[key] |= inside
        found.steps |= inside if isinstance(node.sup.body, Addition) else set()
    if node.sub is not None:
        found.subscripted.add(key)
        _subscript(key, node.sub, found)
    elif not applied and not node.primes and name.base not in FUNCTIONS:
        found.quantities.add(key)


def _subscript(key: str, sub: Node, found: Survey) -> None:
    parts = list(sub.items) if isinstance(sub, Tuple) else pieces(sub)
    texts = [letters(p) for p in parts]
    if texts and texts[0] and not texts[0].isdigit():
        found.first_index[key].add(texts[0])
    two = len(parts) == 2 and all(t and len(t) == 1 for t in texts)
    digits = len(parts) == 1 and isinstance(parts[0], Number) and parts[0].text[:1] == "0"
    if two or (digits and len(parts[0].text) == 2):  # type: ignore[union-attr]
        found.doubled.add(key)


def _seen_bare(name: Name, found: Survey) -> None:
    key = head(name)
    if name.base not in FUNCTIONS:
        found.bare[key] += 1
        found.quantities.add(key)
        found.plain.add(key)


def _bounds(lower: Node | None, upper: Node | None, found: Survey) -> None:
    if isinstance(lower, Related) and len(lower.chain.members) == 2:
        index, start = lower.chain.members
        if isinstance(index, Name) and start is not None:
            found.indices.add(head(index))
            found.quantities.add(head(index))
            if upper is not None:
                found.bounds.setdefault(head(index), (start, upper))
        for member in lower.chain.members[1:]:
            if member is not None:
                _visit(member, found)
    elif lower is not None:
        for node in walk(lower):
            if isinstance(node, Name):
                found.indices.add(head(node))
    if upper is not None:
        _visit(upper, found)


# ---- derivatives ---------------------------------------------------------------------


def _operand(numerator: Node) -> list[Node]:
    """What stands after the ∂ or d of a numerator."""
    if isinstance(numerator, Product):
        return [f.node for f in numerator.factors[1:]]
    return []


def differential(node: Node) -> bool:
    """Whether the node is a ∂ or d, with or without a power."""
    name = base_name(node)
    plain = isinstance(node, Name) or (isinstance(node, Script) and node.sub is None)
    return plain and name is not None and (name.base == "partial" or name.base == "d")


def _is_derivative(node: Quotient) -> bool:
    return _starts(node.numerator) and _starts(node.denominator, alone=False)


def _starts(node: Node, alone: bool = True) -> bool:
    if isinstance(node, Product):
        return differential(node.factors[0].node)
    return alone and differential(node)


def is_derivative(node: Node) -> bool:
    """Whether a quotient is `∂…/∂…`."""
    return isinstance(node, Quotient) and _is_derivative(node)


def total_and_partial(members: Iterable[Node]) -> Node | None:
    """A derivative written with d that the same members also write with ∂, if there is one."""
    kinds: dict[tuple[str, str], str] = {}
    parts = (p for m in members for p in walk(m) if isinstance(p, Quotient) and _is_derivative(p))
    for part in parts:
        top = part.numerator
        sign = base_name(top.factors[0].node if isinstance(top, Product) else top)
        above = [base_name(o) for o in _operand(top)]
        below = [base_name(o) for o in _operand(part.denominator)]
        if sign is None or len(above) != 1 or len(below) != 1 or not (above[0] and below[0]):
            continue
        if kinds.setdefault((head(above[0]), head(below[0])), sign.base) != sign.base:
            return part
    return None


def _differentiation(node: Node, found: Survey) -> None:
    """Notes which (head, label) is differentiated, and by what."""
    for part in walk(node):
        if not (isinstance(part, Quotient) and _is_derivative(part)):
            continue
        variables = {head(n) for v in _operand(part.denominator) if (n := base_name(v))}
        found.by |= variables
        found.rates |= {m[0]: m for v in _operand(part.denominator) if (m := motion(base_name(v)))}
        operand = _operand(part.numerator)
        if len(operand) == 1 and (name := base_name(operand[0])):
            found.differentiated[head(name)].add(_label_text(operand[0]))
            found.hangs |= {(head(name), variable) for variable in variables}


# ---- second looks --------------------------------------------------------------------


def _exponents_are_quantities(document: Document, found: Survey) -> None:
    """Letters of an exponent on something that is no name are quantities: `(1-p)^y`."""
    for chain, _ in _chains(document):
        for member in chain.members:
            for node in walk(member) if member is not None else ():
                if isinstance(node, Script) and node.sup is not None:
                    name = base_name(node)
                    power = name is None or _is_e(node) or isinstance(node.base, Number)
                    if power and not _transposed(node):
                        for part in walk(node.sup):
                            if isinstance(part, Name) and part.base not in FUNCTIONS:
                                found.quantities.add(head(part))


def _is_e(node: Script) -> bool:
    """Whether a power stands on a bare e; an e with an index is a quantity like any other."""
    name = base_name(node)
    return name is not None and head(name) == "e" and node.sub is None


def _matrix_indices(matrix: Matrix, found: Survey) -> None:
    """Two-digit subscripts that count a literal's rows and columns are two indices."""
    seen: dict[str, set[str]] = defaultdict(set)
    for row in matrix.rows:
        for cell in row:
            for node in walk(cell):
                if isinstance(node, Script) and (name := base_name(node)) and node.sub is not None:
                    text = letters(node.sub) or ""
                    if len(text) == 2 and text.isdigit():
                        seen[head(name)].add(text)
    found.doubled |= {key for key, texts in seen.items() if len(texts) > 1}
