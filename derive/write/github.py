"""Findings as GitHub annotations: one workflow command a finding, each on one line.

A runner reads commands from standard output line by line, so what would end a line, or in a
property separate one from the next, is escaped.
"""

from collections.abc import Iterator

from derive.checked import Checked
from derive.finding import ERROR, NOTE, WARNING, Finding
from derive.source import Source

_COMMANDS = {ERROR: "error", WARNING: "warning", NOTE: "notice"}
# the percent sign first: it is what the others are escaped with
_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, (":", "%3A"), (",", "%2C"))


def annotations(checked: Checked) -> Iterator[str]:
    """Give one line for each finding; no line means that there is nothing to annotate."""
    for finding in checked.findings:
        yield _command(checked.derivation.source, finding)


def _command(source: Source, finding: Finding) -> str:
    properties = ",".join(
        f"{key}={_escaped(str(value), _PROPERTY)}" for key, value in _properties(source, finding)
    )
    said = _escaped("\n".join(_message(source, finding)), _DATA)
    return f"::{_COMMANDS[finding.severity]} {properties}::{said}"


def _properties(source: Source, finding: Finding) -> Iterator[tuple[str, str | int]]:
    place = source.filed(finding.span)
    yield "file", place.path
    yield "line", place.line
    if place.line == place.end_line:  # columns are shown only for an annotation in one line
        yield "col", place.column
    yield "endLine", place.end_line
    if place.line == place.end_line:
        yield "endColumn", place.end_column
    yield "title", f"derive {finding.code}"


def _message(source: Source, finding: Finding) -> Iterator[str]:
    yield finding.message
    if (witness := finding.witness) is not None:
        values = ", ".join(f"{name} = {value}" for name, value in witness.values)
        yield f"at {values or 'every point'}: {witness.left} against {witness.right}"
    yield from finding.details
    yield from finding.help
    for repair in finding.repairs[:1]:
        place = source.filed(repair.span)
        at = f"{place.line}:{place.column}"
        yield f"write `{repair.replacement}` at {at}: then {repair.verdict}"


def _escaped(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for character, code in table:
        text = text.replace(character, code)
    return text
