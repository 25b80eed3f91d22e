"""The report for a terminal: a block a finding, then the summary, never silent about gaps.

Lines are lists of (style, text) pieces, so that the plain output needs no library and a
document's text is never taken for markup; `painted` hands the same pieces to rich.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from textwrap import wrap

from derive.checked import Checked, Judgement, condition_texts, name
from derive.derivation import Relation
from derive.finding import NOTE, SEVERITIES, Finding, Repair
from derive.source import Source, Span
from derive.verdict import CHECKED, DEFINED, NOT_CHECKED, UNDECIDED, Witness
from derive.write.snippet import cells, clean, snippet

Piece = tuple[str, str]
Line = list[Piece]

_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
_VERDICT_STYLES = {
    "proved": "green", "proved-if": "green", "refuted": "bold red", "malformed": "bold red",
    "undecided": "yellow", "not-checked": "yellow", "defined": "dim",
}  # fmt: skip
_GUTTER = "blue"
_NEW = "green"
SHOWN = 3  # relations that an edit breaks, by name
SAID = 72  # characters of an edit that is said in words
# listed under the summary with what was not checked
_LISTED = ("N401", "N402", "N403", "N404")


def report(
    checked: Checked,
    width: int = 80,
    verbose: bool = False,
    rebuilt: Sequence[str] = (),
) -> Iterator[Line]:
    """Give the report on one document, line by line; `rebuilt` says each relation in SymPy."""
    blocks = [f for f in checked.findings if verbose or f.severity != NOTE]
    for finding in blocks:
        yield from block(checked, finding, width)
        yield []
    notes = [f for f in checked.findings if f not in blocks and f.code not in _LISTED]
    for finding in notes:
        yield from _brief(checked, finding, width)
    if notes:
        yield []
    if verbose:
        said = rebuilt or [""] * len(checked.rows)
        for (relation, judgement), form in zip(checked.rows, said, strict=True):
            yield from _relation(checked, relation, judgement, width, form)
            yield []
    yield from summary(checked, width)
    if blocks:
        code = min(blocks, key=lambda f: SEVERITIES.index(f.severity)).code
        yield [("dim", f"more on a code: derive explain {code}")]


def plain(lines: Iterable[Line]) -> str:
    """Join lines without styles."""
    return "".join("".join(text for _, text in line).rstrip() + "\n" for line in lines)


def painted(lines: Iterable[Line], width: int) -> str:
    """Join lines with a terminal's colours, as many as it has."""
    from rich.console import Console
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=True, highlight=False, markup=False, emoji=False
    )
    for line in lines:
        text = Text.assemble(*((text, style) for style, text in line))
        console.print(text, soft_wrap=True)
    return out.getvalue()


# ---- a finding -----------------------------------------------------------------------


def block(checked: Checked, finding: Finding, width: int) -> Iterator[Line]:
    """Give one finding: headline, place, source line with caret, what supports it, help."""
    source = checked.derivation.source
    style = _STYLES[finding.severity]
    head = f"{finding.severity}[{finding.code}]"
    for k, part in enumerate(_fold(finding.message, width - len(head) - 2)):
        yield [(style, head), ("bold", ": " + part)] if k == 0 else [("bold", "  " + part)]
    place = source.region(finding.span)
    line, pad = place.line, " " * len(str(place.line))
    yield [(_GUTTER, f"{pad}--> "), ("", clean(str(place)))]
    shown = snippet(source, finding.span, width - len(pad) - 3)
    yield [(_GUTTER, f"{pad} |")]
    yield [(_GUTTER, f"{line} | "), ("", shown.text)]
    yield [(_GUTTER, f"{pad} | "), ("", " " * shown.caret), (style, "^" * shown.length)]
    if finding.witness is not None:
        yield from _witness(finding.witness, pad, width)
    for label, text in _remarks(finding):
        yield from _remark(pad, label, text, width)
    for k, repair in enumerate(finding.repairs):
        yield from _repair(source, repair, k == 0, pad, width)


def _brief(checked: Checked, finding: Finding, width: int) -> Iterator[Line]:
    source = checked.derivation.source
    head = f"{finding.severity}[{finding.code}]"
    text = f"{finding.message} (at {_at(source, finding.span)})"
    for k, part in enumerate(_fold(text, width - len(head) - 2)):
        start: Line = [(_STYLES[finding.severity], head), ("", ": ")]
        yield [*(start if k == 0 else [("", " " * (len(head) + 2))]), ("", part)]


def _witness(witness: Witness, pad: str, width: int) -> Iterator[Line]:
    values = ", ".join(f"{name} = {value}" for name, value in witness.values)
    yield from _remark(pad, "at", values or "every point", width)
    for label, value in (("left side", witness.left), ("right side", witness.right)):
        yield from _hang(pad + "     ", f"{label:<10} = ", clean(value), width, "")


def _remarks(finding: Finding) -> Iterator[tuple[str, str]]:
    yield from (("note", text) for text in finding.details)
    yield from (("help", text) for text in finding.help)


# what an edit leads to, in words where the verdict alone would say too little
_THEN = {
    "defined": "the relations that fail through it hold",
    "proved-if": "proved under conditions",
}


def _repair(source: Source, repair: Repair, first: bool, pad: str, width: int) -> Iterator[Line]:
    """Give a repair in words; under the headline the line as it is then, the new part marked."""
    old, new = source.cut(repair.span), repair.replacement
    line = source.region(repair.span).line
    edit = f"write `{new}` instead of `{old}`" if old and new else ""
    edit = edit or (f"insert `{new.strip()}`" if new else f"leave out `{old.strip()}`")
    if len(edit) > SAID:
        edit = "change the marked part" if first else f"write `{new[: SAID // 2]}…`"
    alike = {text for _, text in repair.needs} == {new} and not first
    places = [repair.span, *(span for span, _ in repair.needs if alike)]
    more = f", with the repair of line {_lines(source, repair)}" * bool(repair.needs and not alike)
    more += f"; but not {_some(repair.breaks)}" if repair.breaks else ""
    place = "" if first else f" at {' and '.join(_at(source, p) for p in places)}"
    then = _THEN.get(repair.verdict, repair.verdict)
    said = f"{edit}{place}: then {then}{more}"
    yield from _remark(pad, "help" if first else "or", said, width)
    if not first:
        return
    changed = source.edited([(repair.span, new)])
    end = repair.span.start + max(len(new.rstrip()), 1)
    shown = snippet(changed, Span(repair.span.start, end), width - len(pad) - 3)
    yield [(_GUTTER, f"{pad} |")]
    yield [(_NEW, f"{' ' * (len(pad) - len(str(line)))}{line} + "), ("", shown.text)]
    yield [(_GUTTER, f"{pad} | "), ("", " " * shown.caret), (_NEW, "~" * shown.length)]


def _some(names: Sequence[str]) -> str:
    """The first few of some relations, and how many there are besides."""
    shown = ", ".join(f"({name})" for name in names[:SHOWN])
    more = len(names) - SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _at(source: Source, span: Span) -> str:
    """A place in short: line and column, and before them the file or cell if there are several."""
    place = source.region(span)
    plain = place.path == source.path and not place.cell
    return f"{place.line}:{place.column}" if plain else clean(str(place))


def _lines(source: Source, repair: Repair) -> str:
    """The lines of the edits that a repair needs."""
    found = sorted({source.position(span.start)[0] for span, _ in repair.needs})
    return ", ".join(map(str, found))


def _remark(pad: str, label: str, text: str, width: int) -> Iterator[Line]:
    yield from _hang(f"{pad} = ", f"{label}: ", clean(text), width, "bold")


def _hang(lead: str, label: str, text: str, width: int, style: str) -> Iterator[Line]:
    indent = " " * (len(lead) + len(label))
    for k, part in enumerate(_fold(text, width - len(indent))):
        start = [(_GUTTER, lead), (style, label)] if k == 0 else [("", indent)]
        yield [*start, ("", part)]


def _fold(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` cells; wide characters count twice."""
    text = clean(text)
    room = max(width, 20)
    if cells(text) > len(text):
        room = max(10, room * len(text) // cells(text))
    return wrap(text, room, break_on_hyphens=False) or [""]


# ---- every relation (--verbose) --------------------------------------------------------


def _relation(
    checked: Checked,
    relation: Relation,
    judgement: Judgement,
    width: int,
    form: str,
) -> Iterator[Line]:
    verdict = judgement.verdict
    place = _at(checked.derivation.source, relation.span)
    blame = f", {judgement.blame}" if judgement.blame else ""
    yield [
        ("bold", f"({clean(relation.id)}) "),
        (_VERDICT_STYLES[verdict.status], verdict.status),
        ("", f"{blame}  {relation.kind}, line {place}, {judgement.seconds * 1000:.1f} ms"),
    ]
    for label, text in [*_facts(relation, judgement), ("sympy", form)]:
        if text:
            yield from _hang("    ", f"{label:<13}", text, width, "dim")


def _mark(judgement: Judgement) -> str:
    mark = judgement.certificate
    if mark is None:
        return ""
    return f"{mark.theorem} in {mark.file}{', checked by Coq' * mark.checked}"


def _facts(relation: Relation, judgement: Judgement) -> list[Piece]:
    verdict = judgement.verdict
    witness = verdict.witness
    facts = [
        ("written", " ".join(relation.latex.split())),
        ("from", relation.predecessor or ""),
        ("method", verdict.method),
        ("reason", verdict.reason),
        ("if", "; ".join(condition_texts(verdict.conditions))),
        ("where", "; ".join(condition_texts(verdict.where))),
        ("assumed", "; ".join(verdict.assumed)),
        ("unfolded", ", ".join(verdict.unfolded)),
        ("confirmed by", ", ".join(verdict.confirmed)),
        ("certificate", _mark(judgement)),
    ]
    if witness is not None:
        facts.append(("at", ", ".join(f"{key} = {value}" for key, value in witness.values)))
        facts.append(("left, right", f"{witness.left}, {witness.right}"))
    steps = (f"{step.rule}: {step.detail}" if step.detail else step.rule for step in verdict.trace)
    return facts + [("trace" if k == 0 else "", step) for k, step in enumerate(steps)]


# ---- the summary -----------------------------------------------------------------------


def summary(checked: Checked, width: int) -> Iterator[Line]:
    """Give the closing lines: what was checked, with what result, and what was not."""
    counts = checked.summary
    if not counts["relations"]:
        yield [("bold", f"{clean(checked.derivation.source.path)}: no relation, nothing to check")]
        return
    path = clean(checked.derivation.source.path)
    claims = counts["relations"] - counts[DEFINED]
    said = ", ".join(f"{counts[status]} {status}" for status in CHECKED if counts[status])
    head = f"{path}: checked {counts['checked']} of {claims} claims"
    rest = f": {said}" if said else ""
    if counts[DEFINED]:
        rest += f"; {counts[DEFINED]} definition{'s' * (counts[DEFINED] != 1)}"
    for k, part in enumerate(_fold(head + rest, width - 2)):
        yield [("bold", part if k == 0 else "  " + part)]
    for status, words in ((UNDECIDED, "undecided"), (NOT_CHECKED, "not checked")):
        if counts[status]:
            yield [(_VERDICT_STYLES[status], f"{counts[status]} {words}:")]
            yield from _gaps(checked, status, width)
    marks = [j.certificate for _, j in checked.rows if j.certificate is not None]
    if marks:
        proofs = sum(mark.checked for mark in marks)
        yield [("", f"{len(marks)} with a certificate, {proofs} checked by Coq")]


def _gaps(checked: Checked, status: str, width: int) -> Iterator[Line]:
    source = checked.derivation.source
    for relation, judgement in checked.rows:
        if judgement.verdict.status == status:
            place = judgement.verdict.place or relation.span
            if judgement.verdict.place is None and relation.problem is not None:
                place = relation.problem.span
            where = _at(source, place)
            reason = judgement.verdict.reason or "no reason given"
            yield from _hang(f"  {where:<8} ", "", f"{name(relation)}: {reason}", width, "")
