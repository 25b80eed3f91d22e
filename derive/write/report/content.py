"""From a checked document to the report's value: everything that is said, in order.

What needs the prover again (steps in formulas, witnesses worked through, the corrected
document, emitted code) is handed in as `Extra`; without it the report says less, and no less
truly.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property

from derive import typeset
from derive.checked import Checked, Judgement, name
from derive.context import Condition
from derive.derivation import Reading, Relation
from derive.finding import SEVERITIES, Finding, Repair
from derive.source import Span
from derive.values import dataclass
from derive.verdict import DEFINED, NOT_CHECKED, REFUTED, UNDECIDED, VERDICTS, Verdict
from derive.write.report import formula, graph, headings, laws, network
from derive.write.report.model import (
    Code,
    Corrected,
    Curve,
    Edit,
    Emitted,
    Entry,
    Formula,
    Inline,
    Line,
    Link,
    Math,
    Report,
    Row,
    Symbol,
    Theorem,
    Told,
    Total,
    Words,
    Working,
)

PROVEN = ("proved", "proved-if")


@dataclass(frozen=True)
class Extra:
    """What a report may hold beside the verdicts."""

    proofs: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    workings: Mapping[str, Working] = field(default_factory=dict)
    corrected: Checked | None = None
    edits: tuple[tuple[Span, str], ...] = ()
    emitted: tuple[Emitted, ...] = ()
    curves: tuple[Curve, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    command: str = ""


def build(checked: Checked, extra: Extra | None = None) -> Report:
    """The report on a checked document."""
    return _Builder(checked, extra or Extra()).report()


def _gravity(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


class _Builder:
    """Builds one report; keeps what several parts ask for."""

    def __init__(self, checked: Checked, extra: Extra) -> None:
        self.checked, self.extra = checked, extra
        self.source = checked.derivation.source
        self.relations = {r.id: r for r in checked.derivation.relations}
        self.sections = headings.of(self.source)

    def report(self) -> Report:
        return Report(
            headings.title(self.source),
            self.source.path,
            tuple(self.headline()),
            tuple(Total(v, n) for v in VERDICTS if (n := self.checked.summary[v])),
            tuple(self.gaps()),
            tuple(map(self.told, sorted(self.checked.findings, key=_gravity))),
            tuple(self.entry(*row) for row in self.checked.rows),
            tuple(corrected(self.extra)),
            self.corrected_says(),
            self.extra.emitted,
            tuple(map(symbol, self.checked.derivation.notation)),
            tuple(self.hypotheses()),
            tuple(self.axioms()),
            self.extra.versions,
            self.extra.command,
            graph.of(self.checked),
            network.of(self.checked),
            self.extra.curves,
            self.certified(),
        )

    # ---- what comes first ---------------------------------------------------------------

    def headline(self) -> Iterator[Inline]:
        counts = self.checked.summary
        claims = counts["relations"] - counts[DEFINED]
        false = counts["refuted"] + counts["malformed"]
        if not counts["relations"]:
            yield Words("No relation was found in this document.")
            return
        yield Words(f"{counted(claims, 'claim')}, {counted(counts[DEFINED], 'definition')}. ")
        if false:
            yield Words(f"{counted(false, 'claim')} {'is' if false == 1 else 'are'} wrong.")
        elif counts[UNDECIDED] or counts[NOT_CHECKED]:
            yield Words("No claim was found to be wrong, but not everything was decided.")
        else:
            yield Words("Every claim was proved.")

    def gaps(self) -> Iterator[Row]:
        for relation, judgement in self.checked.rows:
            if judgement.verdict.status in (UNDECIDED, NOT_CHECKED):
                why = judgement.verdict.reason or "no reason given"
                yield Row((self.link(relation.id), Words(": "), *marked(why)))

    def told(self, finding: Finding) -> Told:
        return Told(
            finding.code,
            finding.severity,
            marked(finding.message),
            self.source.said(finding.span.start),
            tuple(self.link(k) for k in finding.relations if k in self.relations),
        )

    def link(self, id: str) -> Link:
        return Link(id, label(self.relations[id])) if id in self.relations else Link("", id)

    # ---- one relation -----------------------------------------------------------------------

    def entry(self, relation: Relation, judgement: Judgement) -> Entry:
        verdict = judgement.verdict
        return Entry(
            relation.id,
            label(relation),
            relation.kind,
            verdict.status,
            judgement.blame or "",
            self.source.said(relation.span.start),
            headings.at(self.sections, relation.span.start),
            displayed(relation),
            (Words(f"{capital(name(relation))} {laws.VERDICTS[verdict.status]}."),),
            tuple(self.remarks(relation, judgement)),
            tuple(self.steps(relation, verdict)),
            self.working(relation, verdict),
            tuple(self.edits(relation, judgement)),
            verdict.confirmed,
            theorem(judgement),
        )

    def certified(self) -> str:
        """How many verdicts Coq has checked; "" where it was not asked."""
        rows = self.checked.judgements
        marks = [j.certificate for j in rows if j.certificate is not None]
        asked = len(marks) + sum(bool(j.uncertified) for j in rows)
        if not asked:
            return ""
        done = sum(mark.checked for mark in marks)
        return f"Of {counted(asked, 'verdict')}, Coq has checked the certificates of {done}."

    def remarks(self, relation: Relation, judgement: Judgement) -> Iterator[Line]:
        verdict = judgement.verdict
        if relation.predecessor in self.relations:
            yield (Words("Goes on from "), self.link(relation.predecessor or ""), Words("."))
        if said := laws.BLAMES.get(judgement.blame or "", ""):
            cause = judgement.cause
            yield (
                Words(said),
                *((Words(" Cause: "), self.link(cause), Words(".")) if cause else ()),
            )
        if verdict.reason and verdict.status not in PROVEN:
            yield marked(capital(verdict.reason) + ".")
        if verdict.trivial:
            yield (
                Words("It says little: both sides vanish, or are the same, whatever the values."),
            )
        if judgement.uncertified:
            yield marked(f"No certificate: {judgement.uncertified}.")
        yield from self.notes.get(relation.id, ())

    @cached_property
    def notes(self) -> dict[str, list[Line]]:
        """The findings that stand with a relation, but for those that only name its verdict."""
        found: dict[str, list[Line]] = {}
        for finding in self.checked.findings:
            if finding.severity == "error" or not finding.relations:
                said = finding.help
            else:
                said = (capital(finding.message) + ".",)
            for text in said:
                found.setdefault(next(iter(finding.relations), ""), []).append(marked(text))
        return found

    def steps(self, relation: Relation, verdict: Verdict) -> Iterator[Row]:
        """The proof: definitions, laws, hypotheses, in words and formulas."""
        if verdict.status not in PROVEN:
            return
        yield from self.unfolded(verdict)
        yield from map(parted, self.extra.proofs.get(relation.id, ()))
        for step in verdict.trace:
            yield from self.rule(step.rule, step.detail)
        known = [s.detail for s in verdict.trace if s.rule == "axiom"]
        if known:
            yield Row((Words(f"Laws used: {', '.join(known)}."),))
        yield from (row for c in verdict.where for row in condition("Where", c))
        yield from (row for c in verdict.conditions for row in condition("On condition that", c))
        method = verdict.method.rpartition(": ")[2]
        yield Row((Words(laws.METHODS.get(method, capital(verdict.method or "proved") + ".")),))
        if verdict.confirmed:
            yield Row((Words(f"Confirmed by a second route: {spoken(verdict.confirmed)}."),))

    def unfolded(self, verdict: Verdict) -> Iterator[Row]:
        links = [self.link(k) for k in verdict.unfolded if k in self.relations]
        if links:
            yield Row((Words("Uses the definitions in "), *listed(links), Words(".")))

    def rule(self, rule: str, detail: str) -> Iterator[Row]:
        match rule:
            case "unfold" | "normal form" | "axiom":
                return
            case "hypothesis":
                yield Row((Words("By the hypothesis"),), written(detail))
            case "induction":
                said = ": it holds at the first value, and each step changes both sides alike."
                yield Row((Words("By induction on "), *inline(detail), Words(said)))
            case _:
                yield Row((Words(capital(f"{rule}: {detail}" if detail else rule) + "."),))

    def working(self, relation: Relation, verdict: Verdict) -> Working | None:
        witness = verdict.witness
        if verdict.status != REFUTED or witness is None:
            return None
        values = tuple(valued(k, v) for k, v in witness.values)
        found = self.extra.workings.get(relation.id) or Working(
            (), (), (), value(witness.left), value(witness.right), relation.op
        )
        return replace(
            found,
            left=tuple(map(parted, found.left)),
            right=tuple(map(parted, found.right)),
            values=values,
            left_value=value(witness.left),
            right_value=value(witness.right),
        )

    def edits(self, relation: Relation, judgement: Judgement) -> Iterator[Edit]:
        for repair in judgement.repairs:
            column = self.source.position(repair.span.start)[1]
            yield Edit(
                f"{self.source.said(repair.span.start)}, column {column}",
                self.source.cut(repair.span),
                repair.replacement,
                repaired(relation, repair),
                repair.verdict,
            )

    # ---- what comes last ---------------------------------------------------------------------

    def corrected_says(self) -> str:
        if self.extra.corrected is None:
            return ""
        counts = self.extra.corrected.summary
        claims = counts["relations"] - counts[DEFINED]
        held = counts["proved"] + counts["proved-if"]
        edits = counted(len(self.extra.edits), "edit")
        return f"With {edits}, checked again from the start: {held} of {claims} claims are proved."

    def hypotheses(self) -> Iterator[Row]:
        users: dict[str, list[str]] = {}
        for relation, judgement in self.checked.rows:
            for text in judgement.verdict.assumed:
                users.setdefault(text, []).append(relation.id)
        for text, ids in users.items():
            links = listed([self.link(k) for k in ids])
            yield Row((Words("Used for "), *links), written(text))

    def axioms(self) -> Iterator[Row]:
        used = {
            step.detail
            for judgement in self.checked.judgements
            for step in judgement.verdict.trace
            if step.rule == "axiom"
        }
        for law in sorted(used):
            words, latex = laws.LAWS.get(law, ("", ""))
            said = f"{capital(law)}: {words}" if words else capital(law)
            yield Row((Words(said),), Formula((latex,)) if latex else None)


# ---- formulas -----------------------------------------------------------------------------------


def label(relation: Relation) -> str:
    """How a relation is pointed at: `(5)`, or `L43.2` where it has no number."""
    return f"({relation.id})" if relation.tag is not None else relation.id


def displayed(relation: Relation) -> Formula:
    """A relation as written; as read where that is not safe to set; else as source text."""
    pieces = formula.tidy(relation.latex)
    if pieces:
        return Formula(pieces, relation.latex)
    if relation.left is not None and relation.right is not None:
        latex = typeset.relation(relation.left, relation.op, relation.right)
        return Formula((latex,), relation.latex, read=True)
    return Formula((), relation.latex)


def theorem(judgement: Judgement) -> Theorem | None:
    """The certificate of a relation, to stand beside it."""
    mark = judgement.certificate
    if mark is None:
        return None
    return Theorem(mark.theorem, mark.file, mark.statement, mark.checked)


def repaired(relation: Relation, repair: Repair) -> Formula:
    """The relation after a repair, the changed part marked where it lies inside."""
    start = repair.latex.find(repair.replacement)
    offset = repair.span.start - relation.span.start
    if repair.latex[offset : offset + len(repair.replacement)] == repair.replacement:
        start = offset
    mark = (start, start + len(repair.replacement)) if start >= 0 and repair.replacement else None
    return Formula(formula.tidy(repair.latex, mark) or (), repair.latex)


def parted(row: Row) -> Row:
    """A step whose formula, if it is wide, may break between its parts."""
    if row.formula is None:
        return row
    pieces = tuple(part for piece in row.formula.pieces for part in formula.tidy(piece) or (piece,))
    return replace(row, formula=replace(row.formula, pieces=pieces))


def written(latex: str) -> Formula:
    """A formula of the document, as written where that is safe."""
    return Formula(formula.tidy(latex) or (), latex)


def valued(key: str, text: str) -> Formula:
    """`name = value` of a witness."""
    left, right = formula.plain(key), formula.plain(text)
    plain = f"{key} = {text}"
    return Formula((f"{left} = {right}",) if left and right else (), plain)


def value(text: str) -> Formula:
    """A number as printed."""
    latex = formula.plain(text)
    return Formula((latex,) if latex else (), text)


def condition(lead: str, owed: Condition) -> Iterator[Row]:
    """A side condition as a formula."""
    sign = {"nonzero": r"\ne 0", "nonnegative": r"\ge 0", "integer": r"\in \mathbb{Z}"}
    latex = f"{typeset.latex(owed.term)} {sign.get(owed.kind, '> 0')}"
    for index, lo, hi in owed.over:
        latex += (
            rf" \quad ({typeset.latex(index)} = {typeset.latex(lo)}, \ldots, {typeset.latex(hi)})"
        )
    yield Row((Words(lead),), Formula((latex,)))


def corrected(extra: Extra) -> Iterator[Corrected]:
    """The corrected derivation, relation by relation."""
    if extra.corrected is None:
        return
    spans = _moved(extra.edits)
    for relation, judgement in extra.corrected.rows:
        inside = [s for s in spans if relation.span.start <= s.start and s.end <= relation.span.end]
        shown = displayed(relation)
        if inside:
            at = relation.span.start
            pieces = formula.tidy(relation.latex, (inside[0].start - at, inside[0].end - at))
            shown = Formula(pieces or shown.pieces, relation.latex)
        yield Corrected(label(relation), judgement.verdict.status, shown, bool(inside))


def _moved(edits: tuple[tuple[Span, str], ...]) -> list[Span]:
    """Where the replacements stand in the corrected text."""
    moved, shift = [], 0
    for span, text in sorted(edits):
        start = span.start + shift
        moved.append(Span(start, start + len(text)))
        shift += len(text) - (span.end - span.start)
    return moved


# ---- lines --------------------------------------------------------------------------------------


def symbol(reading: Reading) -> Symbol:
    """One row of the notation."""
    return Symbol(inline(reading.symbol), reading.reading, reading.origin, reading.why)


def inline(text: str) -> Line:
    """A name or value in a line: as mathematics where it is plain, else as source text."""
    latex = formula.plain(text)
    return (Math(latex),) if latex else (Code(text),)


_TICKED = re.compile(r"`([^`]*)`")


def marked(text: str) -> Line:
    """A message: what stands in backticks is source text."""
    parts = _TICKED.split(" ".join(text.split()))
    return tuple(Code(p) if k % 2 else Words(p) for k, p in enumerate(parts) if p)


def listed(links: list[Link]) -> Iterator[Inline]:
    """Links with commas, and `and` before the last."""
    for k, link in enumerate(links):
        if k:
            yield Words(" and " if k == len(links) - 1 else ", ")
        yield link


def spoken(names: tuple[str, ...]) -> str:
    """The confirming routes as they are called."""
    said = {"evaluation": "exact evaluation", "sympy": "SymPy"}
    return ", ".join(said.get(n, n) for n in names)


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def counted(number: int, noun: str) -> str:
    """`1 claim`, `2 claims`."""
    return f"{number} {noun}{'s' * (number != 1)}"
