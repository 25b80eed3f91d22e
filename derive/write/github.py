"""Findings as GitHub annotations: one workflow command a finding, on one line.

A runner reads commands from standard output line by line, so what ends a line, and in a
property what separates properties, is escaped.
"""

from collections.abc import Iterator

from derive.checked import Checked
from derive.explained import title
from derive.finding import ERROR, WARNING, Finding
from derive.source import Source

_COMMANDS = {ERROR: "error", WARNING: "warning"}
