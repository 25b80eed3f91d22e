"""Verdicts to findings: one cause, one finding, at the place where a reader must look.

A table says which maker handles which verdict; relations that fail because of another
are told with it, not each for itself.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from derive.checked import Judgement, condition_texts, name
from derive.derivation import Derivation, Relation
from derive.explain import codes
from derive.explain.blame import DEFINITION, INHERITED, RECOVERED
from derive.finding import SEVERITIES, Finding
from derive.source import Span
from derive.term import heads
from derive.values import dataclass
from derive.verdict import (
    DEFINED,
    MALFORMED,
    NOT_CHECKED,
    PROVED,
    PROVED_IF,
    REFUTED,
    UNDECIDED,
)


@dataclass(frozen=True)
class _Case:
    """A relation with its judgement and what was found out about the whole document."""

    relation: Relation
    judgement: Judgement
    derivation: Derivation
    dependents: tuple[str, ...]
    sound: frozenset[str]
    uses: Mapping[str, int]


def findings(
    derivation: Derivation, judgements: Sequence[Judgement], extra: Sequence[Finding] = ()
) -> tuple[Finding, ...]:
    """Make the findings of a decided document, in reading order; `extra` ones are merged in."""
    found = list(extra)
    for case in _cases(derivation, judgements):
        for maker in _MAKERS.get(case.judgement.verdict.status, ()):
            found.extend(maker(case))
    found.extend(_definitions(derivation, judgements))
    found.extend(_restatements(derivation))
    found.extend(_two_meanings(derivation, judgements))
    found.extend(_notes(derivation))
    return tuple(sorted(found, key=_order))


def _order(finding: Finding) -> tuple[int, int, str]:
    return finding.span.start, SEVERITIES.index(finding.severity), finding.code


def _make(word: str, default: str, message: str, span: Span, *relations: str) -> Finding:
    row = codes.find(word, default)
    return Finding(row.code, row.severity, message, span, relations)


def _cases(derivation: Derivation, judgements: Sequence[Judgement]) -> Iterator[_Case]:
    roots = _roots(derivation, judgements)
    uses = Counter(head for relation in derivation.relations for head in _heads(relation))
    rows = list(zip(derivation.relations, judgements, strict=True))
    sound = frozenset(r.id for r, j in rows if j.verdict.status in (PROVED, PROVED_IF))
    for relation, judgement in rows:
        if relation.id not in roots:
            below = tuple(k for k, root in roots.items() if root == relation.id)
            yield _Case(relation, judgement, derivation, below, sound, uses)


def _roots(derivation: Derivation, judgements: Sequence[Judgement]) -> dict[str, str]:
    """For each relation that fails because of another: the first in its line of causes."""
    causes = {
        relation.id: judgement.cause
        for relation, judgement in zip(derivation.relations, judgements, strict=True)
        if judgement.blame in (INHERITED, DEFINITION, RECOVERED) and judgement.cause is not None
    }
    return {k: _follow(causes, cause) for k, cause in causes.items()}


def _follow(causes: Mapping[str, str], start: str) -> str:
    seen = {start}
    while (above := causes.get(start)) is not None and above not in seen:
        seen.add(above)
        start = above
    return start


def _heads(relation: Relation) -> frozenset[str]:
    sides = (relation.left, relation.right)
    return frozenset().union(*(heads(side) for side in sides if side is not None))


# ---- one maker a verdict -----------------------------------------------------------


def _refuted(case: _Case) -> Iterator[Finding]:
    relation, verdict = case.relation, case.judgement.verdict
    strange = _strange(case)
    place = verdict.place or (strange[0][1] if len(strange) == 1 else _spot(case))
    row = codes.find(verdict.code or "false", "E101")
    yield Finding(
        row.code,
        row.severity,
        f"{name(relation)} is false{_nowhere(strange)}",
        place,
        (relation.id, *case.dependents),
        verdict.witness,
        _because(verdict.reason) + _inherited(case) + tuple(_dependents(case)),
        tuple(f"`{t}` is defined nowhere in this document" for t, _ in strange[1:] and strange)
        + _lost(case),
        case.judgement.repairs,
    )


def _malformed(case: _Case) -> Iterator[Finding]:
    relation, verdict = case.relation, case.judgement.verdict
    problem = relation.problem
    word = verdict.code or (problem.code if problem else "shape")
    row = codes.find(word, "E102")
    yield Finding(
        row.code,
        row.severity,
        f"{name(relation)} has no meaning: {verdict.reason}",
        verdict.place or (problem.span if problem else relation.span),
        (relation.id, *case.dependents),
        details=tuple(_dependents(case)),
        help=_lost(case),
        repairs=case.judgement.repairs,
    )


def _not_checked(case: _Case) -> Iterator[Finding]:
    relation, verdict = case.relation, case.judgement.verdict
    problem = relation.problem
    word = verdict.code or (problem.code if problem else "unreadable")
    place = verdict.place or (problem.span if problem else relation.span)
    message = f"{name(relation)} is not checked: {verdict.reason or 'no reason given'}"
    yield _make(word, "N401", message, place, relation.id)


def _undecided(case: _Case) -> Iterator[Finding]:
    relation, verdict = case.relation, case.judgement.verdict
    message = f"{name(relation)} is undecided: {verdict.reason or 'no procedure decides it'}"
    place = verdict.place or relation.span
    yield _make(verdict.code or "undecided", "N403", message, place, relation.id)


def _conditional(case: _Case) -> Iterator[Finding]:
    relation, verdict = case.relation, case.judgement.verdict
    wanted = " and ".join(condition_texts(verdict.conditions))
    message = f"{name(relation)} holds if {wanted}"
    yield _make("conditions", "N306", message, verdict.place or relation.span, relation.id)


def _trivial(case: _Case) -> Iterator[Finding]:
    relation, verdict = case.relation, case.judgement.verdict
    if verdict.trivial:
        why = verdict.reason or "both sides vanish, or are the same, whatever the values"
        message = f"{name(relation)} says nothing: {why}"
        yield _make("trivial", "W202", message, verdict.place or relation.span, relation.id)


def _unknown(case: _Case) -> Iterator[Finding]:
    for text, span in _strange(case):
        message = f"`{text}` is used in a definition and defined nowhere in this document"
        yield _make("unknown-symbol", "W201", message, span, case.relation.id)


_MAKERS: dict[str, tuple[Callable[[_Case], Iterator[Finding]], ...]] = {
    REFUTED: (_refuted,),
    MALFORMED: (_malformed,),
    NOT_CHECKED: (_not_checked,),
    UNDECIDED: (_undecided,),
    PROVED: (_trivial,),
    PROVED_IF: (_trivial, _conditional),
    DEFINED: (_unknown,),
}


def _spot(case: _Case) -> Span:
    """Where the headline repair changes something, else the right side."""
    for repair in case.judgement.repairs[:1]:
        if repair.span.start < repair.span.end and _inside(repair.span, case.relation.span):
            return repair.span
    return _right(case)


def _nowhere(strange: Sequence[tuple[str, Span]]) -> str:
    """Names the symbol that nothing defines, where there is just one."""
    return f": `{strange[0][0]}` is defined nowhere" if len(strange) == 1 else ""


def _right(case: _Case) -> Span:
    """The right side without the blanks around it."""
    span = case.relation.right_span
    text = case.derivation.source.cut(span)
    start = span.start + len(text) - len(text.lstrip())
    return Span(start, start + len(text.strip())) if text.strip() else case.relation.span


def _lost(case: _Case) -> tuple[str, ...]:
    """Why there is no repair, where not even the search for one came to its end."""
    lost = case.judgement.lost
    return (f"no repair is offered: {lost}",) if lost else ()


def _because(reason: str) -> tuple[str, ...]:
    return (reason,) if reason else ()


def _inherited(case: _Case) -> tuple[str, ...]:
    before = case.relation.predecessor
    if case.judgement.blame != INHERITED or before is None:
        return ()
    return (f"the step is sound, but ({before}), from which it follows, is false",)


def _dependents(case: _Case) -> Iterator[str]:
    """What fails because of it, and what is said soundly from it."""
    heirs = [k for k in case.dependents if k in case.sound]
    false = [k for k in case.dependents if k not in case.sound]
    if false:
        noun = "relation fails" if len(false) == 1 else "relations fail"
        yield f"{len(false)} further {noun} because of it: {', '.join(false)}"
    if heirs:
        noun = "step goes" if len(heirs) == 1 else "steps go"
        yield f"{len(heirs)} sound {noun} on from it: {', '.join(heirs)}"


# ---- symbols that look like slips ----------------------------------------------------


def _strange(case: _Case) -> list[tuple[str, Span]]:
    """The symbols of this relation that look like slips: used once, yet akin to a known one."""
    undefined = case.derivation.undefined
    return [
        (case.derivation.source.cut(undefined[head]), undefined[head])
        for head in sorted(_heads(case.relation) & undefined.keys())
        if case.uses[head] == 1 and _inside(undefined[head], case.relation.span)
        if any(_akin(head, other) for other in case.uses if other != head)
    ]


def _inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _akin(head: str, other: str) -> bool:
    base, _, label = head.partition("^")
    other_base, _, other_label = other.partition("^")
    return bool(label) and (base == other_base or label == other_label)


# ---- findings about the document -----------------------------------------------------


def _definitions(derivation: Derivation, judgements: Sequence[Judgement]) -> Iterator[Finding]:
    """One error for each definition at fault, with all the relations that it makes false."""
    relations = {relation.id: relation for relation in derivation.relations}
    verdicts = {r.id: j for r, j in zip(derivation.relations, judgements, strict=True)}
    faults: dict[str, list[str]] = defaultdict(list)
    for dependent, root in _roots(derivation, judgements).items():
        if root in relations and verdicts[root].verdict.status == DEFINED:
            faults[root].append(dependent)
    for root, dependents in faults.items():
        yield _fault(derivation, relations[root], dependents, verdicts)


def _fault(
    derivation: Derivation,
    relation: Relation,
    dependents: Sequence[str],
    judgements: Mapping[str, Judgement],
) -> Finding:
    noun = "relation is" if len(dependents) == 1 else "relations are"
    what = derivation.source.cut(relation.left_span).strip()
    row = codes.find("definition", "E104")
    witness = next(
        (w for d in dependents if (w := judgements[d].verdict.witness) is not None), None
    )
    return Finding(
        row.code,
        row.severity,
        f"{len(dependents)} {noun} false because of the definition of `{what}` in {name(relation)}",
        relation.right_span,
        (relation.id, *dependents),
        witness,
        (f"false with it: {', '.join(dependents)}",),
        repairs=judgements[relation.id].repairs,
    )


def _two_meanings(derivation: Derivation, judgements: Sequence[Judgement]) -> Iterator[Finding]:
    """A symbol that one relation uses for what is written another way elsewhere."""
    rows = list(zip(derivation.relations, judgements, strict=True))
    for relation, judgement in rows:
        renames = next((r.renames for r in judgement.repairs[:1] if r.renames), None)
        if renames is None:
            continue
        own, other = renames
        users = [r.id for r, _ in rows if r is not relation and own in r.latex.replace(other, "")]
        if users:
            message = (
                f"`{own}` stands for two things: in {name(relation)} it is what `{other}` is "
                f"elsewhere"
            )
            span = judgement.repairs[0].span
            yield _make("two-meanings", "N305", message, span, relation.id, *users)


def _restatements(derivation: Derivation) -> Iterator[Finding]:
    first: dict[object, Relation] = {}
    for relation in derivation.relations:
        if relation.left is None or relation.right is None:
            continue
        same = first.setdefault((relation.left, relation.op, relation.right), relation)
        if same is not relation and relation.kind == "restatement":
            message = f"{name(relation)} repeats {name(same)}"
            yield _make("restatement", "N301", message, relation.span, relation.id, same.id)


def _notes(derivation: Derivation) -> Iterator[Finding]:
    for note in derivation.notes:
        inside = (r.id for r in derivation.relations if _inside(note.span, r.span))
        yield _make(note.code, "N304", note.message, note.span, *inside)
