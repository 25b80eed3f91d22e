"""The report as JSON, schema version 1: keys may be added, never renamed or removed."""

import json
from collections.abc import Iterable
from typing import Any

from derive.checked import Checked, Judgement, condition_texts
from derive.derivation import Derivation, Relation
from derive.finding import Finding, Repair
from derive.source import Source, Span
from derive.verdict import Verdict, Witness

SCHEMA = 1

Object = dict[str, Any]


def report(documents: Iterable[Object], version: str) -> str:
    """Give the whole report as JSON text."""
    whole = {"schema": SCHEMA, "version": version, "documents": list(documents)}
    return json.dumps(whole, ensure_ascii=False, indent=2)


def document(checked: Checked) -> Object:
    """Give one document's part of the report."""
    source = checked.derivation.source
    return {
        "path": source.path,
        "summary": checked.summary,
        "notation": notation(checked.derivation),
        "relations": [_relation(source, *row) for row in checked.rows],
        "findings": [_finding(source, f) for f in checked.findings],
    }


def notation(derivation: Derivation) -> list[Object]:
    """Give the notation table."""
    return [
        {"symbol": r.symbol, "reading": r.reading, "origin": r.origin, "why": r.why}
        for r in derivation.notation
    ]


def _relation(source: Source, relation: Relation, judgement: Judgement) -> Object:
    return {
        "id": relation.id,
        "tag": relation.tag,
        **place(source, relation.span),
        "latex": relation.latex,
        "kind": relation.kind,
        "verdict": judgement.verdict.status,
        "blame": judgement.blame,
        "cause": judgement.cause,
        "predecessor": relation.predecessor,
        **_verdict(judgement.verdict),
        "seconds": round(judgement.seconds, 6),
        "certificate": _certificate(judgement),
        "repairs": [_repair(source, r) for r in judgement.repairs],
    }


def _certificate(judgement: Judgement) -> Object | None:
    mark = judgement.certificate
    if mark is None:
        return None
    return {"file": mark.file, "theorem": mark.theorem, "checked": mark.checked}


def _verdict(verdict: Verdict) -> Object:
    return {
        "conditions": list(condition_texts(verdict.conditions)),
        "where": list(condition_texts(verdict.where)),
        "assumed": list(verdict.assumed),
        "unfolded": list(verdict.unfolded),
        "method": verdict.method or None,
        "reason": verdict.reason or None,
        "confirmed": list(verdict.confirmed),
        "trivial": verdict.trivial,
        "counterexample": None if verdict.witness is None else _witness(verdict.witness),
    }


def _witness(witness: Witness) -> Object:
    return {"values": dict(witness.values), "left": witness.left, "right": witness.right}


def _repair(source: Source, repair: Repair) -> Object:
    return {
        **place(source, repair.span),
        "replacement": repair.replacement,
        "latex": repair.latex,
        "verdict": repair.verdict,
        "needs": [{**place(source, span), "replacement": text} for span, text in repair.needs],
        "breaks": list(repair.breaks),
    }


def _finding(source: Source, finding: Finding) -> Object:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        **place(source, finding.span),
        "relations": list(finding.relations),
        "details": list(finding.details),
        "help": list(finding.help),
    }


def place(source: Source, span: Span) -> Object:
    """Give a span's lines and columns, from 1, the end exclusive.

    `file` is there where it is another than the document's, `cell` in a notebook.
    """
    found = source.region(span)
    where: Object = {"line": found.line, "column": found.column}
    where |= {"end_line": found.end_line, "end_column": found.end_column}
    if found.path != source.path:
        where["file"] = found.path
    return where | {"cell": found.cell} if found.cell else where
