"""Blame: which step breaks a derivation.

A relation of a chain says something of its neighbour; whether the chain still holds from
its start is known from the steps before it.
"""

from derive.verdict import MALFORMED, PROVED, PROVED_IF, REFUTED, Verdict

SOUND, FRESH, INHERITED = "sound", "fresh", "inherited"
RECOVERED, DEFINITION = "recovered", "definition"

_TRUE = (PROVED, PROVED_IF)
_FALSE = (REFUTED, MALFORMED)


def blame(verdict: Verdict, wrong: str | None = None) -> str | None:
    """Weigh a relation's verdict; `wrong` is an earlier relation of its chain that is false.

    A sound step after a false one inherits the error. None means that there is nothing to
    blame: a definition, or a relation that was not decided.
    """
    if verdict.status in _TRUE:
        return SOUND if wrong is None else INHERITED
    return FRESH if verdict.status in _FALSE else None
