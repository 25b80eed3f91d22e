"""Findings as SARIF 2.1.0: one run, a rule for each code, a result for each finding.

The words of the format are those of its schema; what a code means is handed in, so that the
rules of a report and `derive explain` cannot disagree.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from derive.checked import Checked
from derive.finding import Finding, Repair
from derive.source import Source, Span
from derive.values import dataclass

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code stands for; `page` is its explanation in Markdown, `level` its severity."""

    code: str
    name: str
    title: str
    page: str
    level: str


def report(results: Iterable[Object], rules: Sequence[Rule], version: str) -> str:
    """Give the whole report as JSON text."""
    used = list(results)
    driver = {"name": "derive", "version": version, "rules": [_rule(r) for r in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": used,
    }
    whole = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, ensure_ascii=False, indent=2)


def results(checked: Checked) -> list[Object]:
    """Give one document's results; an empty list says that nothing was found."""
    source = checked.derivation.source
    return [_result(source, finding) for finding in checked.findings]


def _rule(rule: Rule) -> Object:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": _meaning(rule.page) or rule.title},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": rule.level},
    }


def _meaning(page: str) -> str:
    """The first section of a page, which says what the code means, on one line."""
    _, _, rest = page.partition("\n## ")
    _, _, section = rest.partition("\n")
    return " ".join(section.partition("\n## ")[0].split())


def _result(source: Source, finding: Finding) -> Object:
    result: Object = {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": "\n".join(_message(finding))},
        "locations": [_location(source, finding.span)],
    }
    if finding.relations:
        result["properties"] = {"relations": list(finding.relations)}
    if finding.repairs:
        result["fixes"] = [_fix(source, repair) for repair in finding.repairs]
    return result


def _message(finding: Finding) -> list[str]:
    said = [finding.message]
    if (witness := finding.witness) is not None:
        values = ", ".join(f"{name} = {value}" for name, value in witness.values)
        said.append(f"at {values or 'every point'}: {witness.left} against {witness.right}")
    return [*said, *finding.details, *finding.help]


def _location(source: Source, span: Span) -> Object:
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(source.filed(span).path),
            "region": {**_region(source, span), "snippet": {"text": source.cut(span)}},
        }
    }


def _artifact(name: str) -> Object:
    path = PurePath(name)
    return {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}


def _region(source: Source, span: Span) -> Object:
    """The region of a span; its end is exclusive, an empty one is a place to insert."""
    place = source.filed(span)
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fix(source: Source, repair: Repair) -> Object:
    changes: dict[str, list[Object]] = {}
    for span, text in [(repair.span, repair.replacement), *repair.needs]:
        inserted = {"text": source.spelled(span.start, text)}
        change = {"deletedRegion": _region(source, span), "insertedContent": inserted}
        changes.setdefault(source.filed(span).path, []).append(change)
    old = source.cut(repair.span)
    edit = f"`{repair.replacement}` instead of `{old}`" if old else f"`{repair.replacement}`"
    return {
        "description": {"text": f"write {edit}: then {repair.verdict}"},
        "artifactChanges": [
            {"artifactLocation": _artifact(path), "replacements": replacements}
            for path, replacements in changes.items()
        ],
    }
