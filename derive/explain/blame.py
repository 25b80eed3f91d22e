"""Blame: which step breaks a derivation, from two verdicts a relation.

A relation is judged against the ground truth (the definitions in force) and against its
predecessor. The first says whether it is so, the second whether this step made it so.
"""

from derive.verdict import MALFORMED, PROVED, PROVED_IF, REFUTED, Verdict

SOUND, FRESH, INHERITED = "sound", "fresh", "inherited"
RECOVERED, DEFINITION = "recovered", "definition"

_TRUE = (PROVED, PROVED_IF)
_FALSE = (REFUTED, MALFORMED)


def blame(
    truth: Verdict,
    step: Verdict | None = None,
    before: Verdict | None = None,
    definition: bool = False,
) -> str | None:
    """Weigh a relation's verdict against its step's and its predecessor's (`before`).

    `definition` tells that a definition was found at fault. None means that there is
    nothing to blame: a definition, or a relation that was not decided.
    """
    if truth.status in _TRUE:
        return RECOVERED if _fails(before) or _fails(step) else SOUND
    if truth.status not in _FALSE:
        return None
    if definition:
        return DEFINITION
    if _fails(before) and step is not None and step.status in _TRUE:
        return INHERITED
    return FRESH


def _fails(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.status in _FALSE
