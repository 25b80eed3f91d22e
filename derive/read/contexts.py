"""The second pass: contexts and notation, once the whole document is known."""

from collections.abc import Iterator
from dataclasses import replace

from derive.context import Chance, Context, Definition, Domain, Hypothesis, InForce
from derive.derivation import Derivation, Note, Problem, Reading, Relation, Root
from derive.kernel.matrix import ShapeError, Unsupported, components
from derive.read.domains import infer_domains, meet
from derive.read.ledger import Draft
from derive.read.randomness import random_heads
from derive.read.relations import Builder
from derive.show import text
from derive.source import Span
from derive.term import ONE, At, Block, Build, Term, heads, subterms

Table = dict[str, list[tuple[int, Definition]]]


def finish(builder: Builder) -> Derivation:
    """The derivation that a builder holds: every relation with its context."""
    table: Table = {
        key: [(at, _settled(d, builder)) for at, d in rows] for key, rows in builder.table.items()
    }
    domains = infer_domains(builder, table)
    ranges = {key: tuple(row) for key, row in builder.symbols.ranges.items()}
    depends = frozenset(
        builder.symbols.pairs | builder.symbols.declared_dependence | _earlier(builder, table)
    )
    found = []
    random = random_heads(builder, domains)
    for draft in builder.drafts:
        given = tuple(_sized(row, builder) for row in _assumed(builder, draft))
        here = _narrowed(domains, draft)
        chance = replace(draft.chance, random=random) if random else Chance()
        context = Context(
            InForce(table, draft.at), here, ranges, depends, given, builder.unsettled, chance
        )
        found.append(_placed(draft.relation, context, builder))
    relations = tuple(found)
    undefined = _undefined(builder, table, relations, domains)
    notation = tuple(_notation(builder, table, domains))
    notes = (*builder.elaborator.notes, *_drift(builder), *_dangling(builder))
    return Derivation(builder.source, relations, notation, notes, undefined)


def _settled(found: Definition, builder: Builder) -> Definition:
    """A definition with the sizes that are known by now; a family may lead back to itself."""
    family = bool(found.params) and found.head not in builder.symbols.functions
    others = family and found.head not in found.body.heads
    again = others and found.head in builder.closure(found.body)
    return replace(found, body=builder.symbols.sized(found.body), recursive=again)


def _earlier(builder: Builder, table: Table) -> set[tuple[str, str]]:
    """A member at an earlier step depends on all that its recursive definition shows."""
    rows = ((key, d) for key, found in table.items() for _, d in found if d.recursive)
    return {(key, other) for key, d in rows for other in builder.closure(d.body) - {key}}


def _narrowed(domains: dict[str, Domain], draft: Draft) -> dict[str, Domain]:
    """The domains where a relation stands: those of the document, narrowed by its conditions."""
    narrower = [(c.key, c.domain) for c in draft.local if c.domain is not None]
    if not narrower:
        return domains
    return domains | {key: meet(domains.get(key), domain) for key, domain in narrower}


def _assumed(builder: Builder, draft: Draft) -> Iterator[Hypothesis]:
    for number, (at, section, hypothesis) in enumerate(builder.hypotheses):
        ends = builder.solved.get(number, draft.at)
        if at < draft.at <= ends and section in {0, draft.section}:
            yield hypothesis
    yield from (c.hypothesis for c in draft.local if c.hypothesis is not None)


def _sized(row: Hypothesis, builder: Builder) -> Hypothesis:
    sized = builder.symbols.sized
    return replace(row, left=sized(row.left), right=sized(row.right))


def _root(root: Root, builder: Builder) -> Root:
    sized = builder.symbols.sized
    slopes = tuple((a and sized(a), b and sized(b)) for a, b in root.slopes)
    posed = tuple(map(sized, root.posed))
    return replace(root, slopes=slopes, variable=sized(root.variable), posed=posed)


def _placed(relation: Relation, context: Context, builder: Builder) -> Relation:
    sized = builder.symbols.sized
    left = None if relation.left is None else sized(relation.left)
    right = None if relation.right is None else sized(relation.right)
    given = tuple(_sized(row, builder) for row in relation.given)
    root = relation.root and _root(relation.root, builder)
    found = replace(relation, left=left, right=right, context=context, given=given, root=root)
    if left is None or right is None or relation.problem is not None:
        return found
    supposed = sorted((left.heads | right.heads) & builder.symbols.supposed)
    if not supposed or _conforms(left, right):
        return found
    text = f"no shapes of {', '.join(supposed)} are declared under which both sides conform"
    return replace(found, problem=Problem("not-checked", "unreadable", text, relation.span))


def _conforms(left: Term, right: Term) -> bool:
    """Whether the shapes of both sides agree, as far as they can be told."""
    try:
        components(left, right)
    except Unsupported:
        return True
    except ShapeError:
        return False
    return True


def _undefined(
    builder: Builder, table: Table, relations: tuple[Relation, ...], domains: dict[str, Domain]
) -> dict[str, Span]:
    """Symbols that nothing defines or declares, each with its first place."""
    inner = {h for rows in table.values() for _, d in rows for h in heads(d.body)}
    used = {h for r in relations for t in (r.left, r.right) if t is not None for h in heads(t)}
    spelled = {at.head for rows in table.values() for _, d in rows for at in _entries(d.body)}
    known = set(table) | set(builder.domains) | spelled | set(builder.symbols.functions)
    counted = {h for h, d in domains.items() if d.integer}
    return {
        h: builder.symbols.places[h]
        for h in sorted((used | inner) - known - counted)
        if h in builder.symbols.places
    }


def _entries(body: Term) -> Iterator[At]:
    """The names that a matrix written out introduces."""
    if isinstance(body, (Block, Build)):
        yield from (t for t in subterms(body) if isinstance(t, At))


# ---- notes -----------------------------------------------------------------------------------


def _drift(builder: Builder) -> Iterator[Note]:
    for (key, label), other in sorted(builder.symbols.drift.items()):
        written = f"{key}^{{{label}}}"
        place = builder.symbols.drifts.get((key, label))
        if place is not None:
            read = builder.symbols.drifted(key, other)
            yield Note("label-drift", f"{written} is read as {read}", place)


def _dangling(builder: Builder) -> Iterator[Note]:
    for name, place in builder.references:
        if builder.tags and name not in builder.tags:
            yield Note("reference", f"({name}) refers to no equation of this document", place)


# ---- notation ----------------------------------------------------------------------------------


def _notation(builder: Builder, table: Table, domains: dict[str, Domain]) -> Iterator[Reading]:
    """One row a symbol, in the order of appearance."""
    arity = _arities(builder)
    for key, place in sorted(builder.symbols.places.items(), key=lambda item: item[1]):
        if key in builder.elaborator.readings:
            yield replace(builder.elaborator.readings[key], span=place)
            continue
        kind, why = _kind(builder, key, arity, table)
        extras = [*_label(builder, key), *_domain(domains.get(key)), *_dependence(builder, key)]
        origin = "declared" if key in builder.domains or key in builder.announced else "inferred"
        yield Reading(_symbol(key, arity), ", ".join([kind, *extras]), origin, why, place)
    for key, reading in builder.elaborator.readings.items():
        if key not in builder.symbols.places:
            yield reading


def _arities(builder: Builder) -> dict[str, int]:
    found: dict[str, int] = {}
    for draft in builder.drafts:
        for side in (draft.relation.left, draft.relation.right):
            for node in subterms(side) if side is not None else ():
                if isinstance(node, At):
                    found.setdefault(node.head, len(node.indices))
    return found


def _symbol(key: str, arity: dict[str, int]) -> str:
    base, _, label = key.partition("^")
    at = "ijkl"[: arity.get(key, 0)]
    sub = "" if not at else f"_{at}" if len(at) == 1 else f"_{{{at}}}"
    return base + sub + (f"^{label}" if label else "")


def _kind(builder: Builder, key: str, arity: dict[str, int], table: Table) -> tuple[str, str]:
    rows = table.get(key, [])
    why = f"defined in {_named(rows[0][1].relation)}" if rows else "it is defined nowhere"
    if key in builder.symbols.shapes:
        rows_, cols = builder.symbols.shapes[key]
        size = text(builder.symbols.sized(rows_))
        if cols is None or cols is ONE:
            return f"column vector of {size} entries", why
        return f"{size} × {text(builder.symbols.sized(cols))} matrix", why
    if key in builder.symbols.functions:
        return "function", why
    if key in arity:
        places = "index" if arity[key] == 1 else f"{arity[key]} indices"
        return f"scalar family with {places}", why
    return "scalar", why


def _named(relation: str) -> str:
    return f"({relation})" if relation[:1] != "L" else f"line {relation[1:].partition('.')[0]}"


def _label(builder: Builder, key: str) -> Iterator[str]:
    if key in builder.symbols.labels:
        yield f"label {builder.symbols.labels[key]}, not a power"


def _domain(domain: Domain | None) -> Iterator[str]:
    if domain is None:
        return
    if domain.values is not None:
        yield "in {" + ", ".join(text(v) for v in domain.values) + "}"
    elif domain.lo is not None or domain.hi is not None:
        low = "−∞" if domain.lo is None else text(domain.lo)
        high = "∞" if domain.hi is None else text(domain.hi)
        opening = "(" if domain.lo_open or domain.lo is None else "["
        closing = ")" if domain.hi_open or domain.hi is None else "]"
        kind = "integer in " if domain.integer else "in "
        yield f"{kind}{opening}{low}, {high}{closing}"
    elif domain.nonzero:
        yield "not 0"


def _dependence(builder: Builder, key: str) -> Iterator[str]:
    by = sorted(
        v
        for h, v in builder.symbols.pairs | builder.symbols.declared_dependence
        if h == key and v not in builder.symbols.shapes
    )
    if by:
        yield "depends on " + ", ".join(by)
