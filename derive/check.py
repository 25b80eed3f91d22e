"""The whole program on one page: read → prove → explain.

`Document` and `RelationView` are the same results as a library's user wants them.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import derive.prove.decide as prover
import derive.read.read as reader
from derive import known
from derive.checked import Checked, Judgement, condition_texts
from derive.derivation import Derivation, Reading, Relation
from derive.documents import guess
from derive.draft import Draft
from derive.explain import repair
from derive.explain.blame import DEFINITION, FRESH, INHERITED, Blame, blame, weigh
from derive.explain.findings import findings
from derive.explain.outcome import FALSE
from derive.finding import Finding, Repair
from derive.opening import opened
from derive.options import Options
from derive.prove.footprint import footprint
from derive.source import Source, Span
from derive.values import dataclass
from derive.verdict import PROVED, PROVED_IF, UNDECIDED, Verdict, Witness
from derive.worker import CRASH, Failure, Limits, processors, run
from derive.write import json

if TYPE_CHECKING:
    from derive.compiled import Function
    from derive.reporting import Checks

WORTH_A_PROCESS = 8  # relations
ROUNDS = 4  # repairs may bring to light what they hid

Progress = Callable[[int, int], None]
Settled = Mapping[Hashable, tuple[Verdict, float]]


def check(path: str | Path, options: Options | None = None) -> "Document":
    """Check a file; raises `OSError` or `UnreadableFile` where it cannot be read as text."""
    source = opened(str(path))
    format = guess(str(path), source.text)
    return Document(check_source(source, format, options), format, options)


def check_text(
    text: str, format: str = "md", path: str = "<text>", options: Options | None = None
) -> "Document":
    """Check a text in a format (`md`, `tex`, `ipynb` or `py`); never fails on its content."""
    return Document(check_source(Source(text, path), format, options), format, options)


def check_source(
    source: Source,
    format: str,
    options: Options | None = None,
    progress: Progress | None = None,
    settled: Settled | None = None,
) -> Checked:
    """Read, prove, explain; `progress` is told how many relations are done, and of how many.

    `settled` holds proofs by all that a verdict depends on; they are not looked for again.
    """
    options = options or Options()
    document = reader.Reader(source, format)
    derivation = document.derivation
    found: list[tuple[Verdict, Verdict | None, float]] = []
    for done in _decided(derivation.relations, options, settled or {}):
        found.append(done)
        if progress is not None:
            progress(len(found), len(derivation.relations))
    verdicts = [verdict for verdict, _, _ in found]
    plan, blames = _explained(document, verdicts, options)
    rows = zip(derivation.relations, found, strict=True)
    judgements = tuple(_judgement(r.id, v, s, plan, blames[r.id]) for r, (v, _, s) in rows)
    extra = tuple(known.warnings(derivation))
    return Checked(derivation, judgements, findings(derivation, judgements, extra))


def _decided(
    relations: Sequence[Relation], options: Options, settled: Settled
) -> Iterator[tuple[Verdict, Verdict | None, float]]:
    """Decide the relations of which no proof is known."""
    rows = [settled.get(footprint(r)) if settled and _is_open(r) else None for r in relations]
    asked = [r for r, row in zip(relations, rows, strict=True) if row is None]
    found = decide_all(asked, options)
    for row in rows:
        yield next(found) if row is None else (row[0], None, row[1])


def _proofs(checked: Checked) -> Settled:
    """The proofs of a document, with the seconds that they took."""
    return {
        footprint(relation): (judgement.verdict, judgement.seconds)
        for relation, judgement in checked.rows
        if _is_open(relation) and judgement.verdict.status in (PROVED, PROVED_IF)
    }


def _explained(
    document: reader.Reader, verdicts: list[Verdict], options: Options
) -> tuple[repair.Plan, dict[str, Blame]]:
    """Blame and repairs, within the limits; without repairs where these are not enough."""
    relations = document.derivation.relations
    draft = Draft(document)
    draft.learn(verdicts)
    if not any(v.status in FALSE for v in verdicts):
        return repair.Plan(), weigh(relations, verdicts, draft.verdict)
    limits = Limits(3 * options.timeout, options.memory) if options.isolate else None
    (planned,) = run(lambda _: repair.plan(draft, 2 * options.timeout), 1, limits)
    (weighed,) = run(lambda _: weigh(relations, verdicts, draft.verdict), 1, limits)
    plan, blames = planned.value, weighed.value
    if isinstance(blames, Failure):
        blames = {r.id: Blame(blame(v)) for r, v in zip(relations, verdicts, strict=True)}
    if isinstance(plan, Failure):
        wrong = (r.id for r, v in zip(relations, verdicts, strict=True) if v.status in FALSE)
        plan = repair.Plan(lost=dict.fromkeys(wrong, plan.detail))
    return plan, blames


def decide_all(
    relations: Sequence[Relation], options: Options
) -> Iterator[tuple[Verdict, Verdict | None, float]]:
    """Decide every relation in order: the verdict, the verdict on its step, the seconds."""
    if options.cross_check and any(_is_open(r) for r in relations):
        # loaded here, so that no child has to and no relation's time is spent on it
        import sympy  # noqa: F401

    def work(index: int) -> tuple[Verdict, Verdict | None]:
        return _decide(relations[index], options), None

    for outcome in run(work, len(relations), _limits(options), _lanes(len(relations), options)):
        match outcome.value:
            case Failure(kind, _) if kind != CRASH and options.cross_check:
                # it may be SymPy that takes too long, and a verdict is worth more than a route
                alone = relations[outcome.index : outcome.index + 1]
                without = replace(options, cross_check=False, timeout=options.timeout / 4)
                yield from decide_all(alone, without)
            case Failure(kind, detail):
                code = "internal" if kind == CRASH else "limit"
                yield Verdict(UNDECIDED, reason=detail, code=code), None, outcome.seconds
            case (verdict, step):
                yield verdict, step, outcome.seconds


def _limits(options: Options) -> Limits | None:
    return Limits(options.timeout, options.memory) if options.isolate else None


def _lanes(count: int, options: Options) -> int:
    """How many processes decide this many relations; a few are not worth a fork."""
    return options.jobs or max(1, min(processors(), count // WORTH_A_PROCESS))


def _is_open(relation: Relation) -> bool:
    return relation.problem is None and relation.kind in ("claim", "restatement")


def _decide(relation: Relation, options: Options) -> Verdict:
    problem = relation.problem
    if problem is None:
        return prover.decide(relation, options)
    return Verdict(
        problem.verdict, reason=problem.message, place=problem.span, code=problem.code or None
    )


def _judgement(
    name: str, verdict: Verdict, seconds: float, plan: repair.Plan, found: Blame
) -> Judgement:
    """What was found of one relation; an edit elsewhere that mends it names the cause."""
    said, cause = found.said, found.cause
    if name in plan.causes:
        cause = plan.causes[name]
        if cause in plan.definitions:
            said = DEFINITION
        elif said == FRESH:
            said = INHERITED
    repairs = plan.repairs.get(name, ())
    lost = "" if repairs else plan.lost.get(name, "")
    return Judgement(verdict, found.step, said, cause, seconds, repairs, lost=lost)


def checks(checked: Checked, options: Options | None = None) -> "Checks":
    """The document with the corrected one beside it, read anew.

    A relation whose proof no edit reaches, through itself or what it rests on, keeps the proof.
    """
    from derive import reporting

    source, edits = checked.derivation.source, reporting.mending(checked)
    if not edits:
        return reporting.Checks(checked)
    after = source.edited(edits)
    format = guess(after.path, after.text)
    corrected = check_source(after, format, options, settled=_proofs(checked))
    return reporting.Checks(checked, corrected, edits)


def mended(checked: Checked, format: str, options: Options | None = None) -> Checked:
    """Apply the headline repairs and check again, as long as that leaves fewer errors."""
    for _ in range(ROUNDS):
        edits = repair.headlines(checked.judgements)
        if not edits:
            return checked
        old = checked.derivation.source
        found = check_source(old.edited(edits), format, options)
        if found.errors >= checked.errors:
            return checked
        checked = found
    return checked


def rebuild(relation: Relation) -> Any:
    """Rebuild a relation in SymPy; raises where it cannot be said there."""
    from derive.prove import cas  # SymPy takes longer to load than a paper takes to check

    return cas.rebuild(relation)


def rebuilt(derivation: Derivation, options: Options) -> tuple[str, ...]:
    """Say every relation in SymPy, within the limits; "" where it cannot be said there."""
    from derive.to_sympy import Unsaid

    relations = derivation.relations

    def work(index: int) -> str:
        with suppress(Unsaid):
            return str(rebuild(relations[index]))
        return ""

    done = run(work, len(relations), _limits(options))
    return tuple("" if isinstance(o.value, Failure) else o.value for o in done)


# ---- for users of the library --------------------------------------------------------


@dataclass(frozen=True)
class RelationView:
    """One relation of a checked document, with everything that was decided of it."""

    row: Relation
    judgement: Judgement
    source: Source

    @property
    def id(self) -> str:
        """The equation's tag, or `L` and its line."""
        return self.row.id

    @property
    def tag(self) -> str | None:
        """The equation's number as written."""
        return self.row.tag

    @property
    def line(self) -> int:
        """The line where it starts, from 1."""
        return self.source.position(self.row.span.start)[0]

    @property
    def column(self) -> int:
        """The column where it starts, from 1, in characters."""
        return self.source.position(self.row.span.start)[1]

    @property
    def span(self) -> Span:
        """The characters of the document that it stands in."""
        return self.row.span

    @property
    def latex(self) -> str:
        """The relation as written."""
        return self.row.latex

    @property
    def kind(self) -> str:
        """`definition`, `declaration`, `claim` or `restatement`."""
        return self.row.kind

    @property
    def predecessor(self) -> str | None:
        """The id of the relation that it goes on from."""
        return self.row.predecessor

    @property
    def verdict(self) -> str:
        """The verdict, one of `derive.verdict.VERDICTS`."""
        return self.judgement.verdict.status

    @property
    def blame(self) -> str | None:
        """Whether the step is sound, breaks, or inherits; None where there is nothing to blame."""
        return self.judgement.blame

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions under which it holds that the document does not imply."""
        return condition_texts(self.judgement.verdict.conditions)

    @property
    def counterexample(self) -> Witness | None:
        """The point at which it is false."""
        return self.judgement.verdict.witness

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """The edits after which it is proved, the best first."""
        return self.judgement.repairs

    @property
    def method(self) -> str:
        """How it was decided, in words."""
        return self.judgement.verdict.method

    @property
    def reason(self) -> str:
        """Why it was not decided, in words."""
        return self.judgement.verdict.reason

    @property
    def sympy(self) -> Any:
        """The relation rebuilt in SymPy; raises where it cannot be said there."""
        return rebuild(self.row)

    def _repr_latex_(self) -> str:
        from derive.write.report import notebook

        return notebook.latex(self.row)

    def _repr_html_(self) -> str:
        from derive.write.report import notebook

        return notebook.relation(self.row, self.judgement)


@dataclass(frozen=True)
class Document:
    """A checked document: `document["5"]` is the relation with that id."""

    checked: Checked
    format: str = "md"
    options: Options | None = None

    @property
    def path(self) -> str:
        """The path, as given."""
        return self.checked.derivation.source.path

    @cached_property
    def relations(self) -> tuple[RelationView, ...]:
        """The relations in reading order."""
        source = self.checked.derivation.source
        return tuple(RelationView(r, j, source) for r, j in self.checked.rows)

    def __getitem__(self, id: str) -> RelationView:
        for relation in self.relations:
            if relation.id == id:
                return relation
        raise KeyError(id)

    @property
    def summary(self) -> dict[str, int]:
        """How many relations there are, and how many have each verdict."""
        return self.checked.summary

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, in reading order."""
        return self.checked.findings

    @property
    def notation(self) -> tuple[Reading, ...]:
        """How each symbol is read, and why."""
        return self.checked.derivation.notation

    def function(
        self, name: str | None = None, wrt: Sequence[str] | None = None, target: str = "numpy"
    ) -> "Function":
        """A quantity and its gradient as functions of arrays, from proved formulas alone.

        Without `wrt` by every parameter with a proved gradient. Raises `derive.Refusal` (a
        `ValueError`) with the reason where a formula is missing or not proved.
        """
        from derive.compiled import function  # SymPy takes longer to load than a paper to check

        return function(self.checked, name, wrt, target)

    def report(self, path: str | Path, history: str | Path | None = None) -> None:
        """Write the proof report: `.html`, `.md`, `.tex` or `.pdf`; the ending says which.

        `history` is a file with the cost after each epoch of a training. A document that
        `certify` returned has its theorems in it. Raises `ValueError`
        for another ending, `OSError` where it cannot be written, and `derive.press.NoEngine`
        where there is no PDF; the `.tex` is then beside the place.
        """
        from derive import reporting

        curves = reporting.history(Path(history)) if history is not None else ()
        report = reporting.value(checks(self.checked), str(path), curves)
        reporting.write(report, Path(path))

    def _repr_html_(self) -> str:
        from derive.write.report import notebook

        return notebook.document(self.checked)

    def repaired(self) -> "Document":
        """The document with its headline repairs, checked again; itself where there are none."""
        checked = mended(self.checked, self.format, self.options)
        return self if checked is self.checked else replace(self, checked=checked)

    def certify(self, path: str | Path, check: bool = False) -> "Document":
        """Write the certificates into a folder; with `check`, have Coq check them first.

        Returns the document with its certificates marked. Raises `OSError` where the folder
        cannot be written, `derive.certify.coq.Absent` where Coq is to check and is missing.
        """
        from derive.certifying import certified

        checked, made = certified(self.checked, check)
        made.write(Path(path))
        return replace(self, checked=checked)

    def to_json(self) -> dict[str, Any]:
        """Give the document's part of the JSON report."""
        return json.document(self.checked)
