"""A document's certificates: one file of theorems, each under its relation as written."""

from collections.abc import Iterator
from itertools import product

from derive.certify.expression import ShapeError, Unsaid, Unsupported
from derive.certify.names import comment, identifier
from derive.certify.proof import theorem
from derive.certify.statement import Needless, Statement, statement
from derive.checked import Checked, Judgement
from derive.derivation import Relation
from derive.term import is_matrix
from derive.values import dataclass
from derive.verdict import PROVED, PROVED_IF, REFUTED

TOGETHER_NAME = "together"
TOGETHER = "(* What all of them rest on: asked once, because an answer takes a second. *)"
SAID = (PROVED, PROVED_IF, REFUTED)
PRELUDE = "DerivePrelude"
HEADER = f"""From Coq Require Import Reals List.
From Coquelicot Require Import Coquelicot.
Require Import {PRELUDE}.
Import ListNotations.
Open Scope R_scope.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A theorem with its proof, not yet checked."""

    relation: str
    name: str
    proposition: str
    script: str
    hypotheses: tuple[str, ...]
    source: str

    @property
    def text(self) -> str:
        """The theorem as the file has it."""
        return (
            f"{comment(self.source)}\nTheorem {self.name} :\n  {self.proposition}.\n"
            f"Proof.\n  {self.script}\nQed.\n"
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What may certify one relation: theorems to be tried in order, or why there is none."""

    relation: str
    verdict: str
    candidates: tuple[Candidate, ...]
    reason: str = ""


def wanted(checked: Checked) -> tuple[Wanted, ...]:
    """What is to be certified of a document, in reading order."""
    rows = [(r, j) for r, j in checked.rows if r.problem is None and j.verdict.status in SAID]
    names: dict[str, int] = {}
    return tuple(_wanted(checked, r, j, names) for r, j in rows)


def _wanted(
    checked: Checked, relation: Relation, judgement: Judgement, names: dict[str, int]
) -> Wanted:
    verdict = judgement.verdict
    matrix = any(s is not None and is_matrix(s) for s in (relation.left, relation.right))
    found: list[Candidate] = []
    reason = ""
    brief = (True,) if matrix or verdict.status == REFUTED else (False, True)
    for every, through in product(brief, (True, False)):
        try:
            said = statement(relation, verdict, every, through)
            candidate = _candidate(checked, relation, judgement, said)
        except Needless:
            continue
        except (Unsaid, ShapeError, Unsupported) as error:
            reason = reason or str(error)
            continue
        except (RecursionError, KeyError) as error:
            reason = reason or f"definitions that go round in a circle ({error})"
            continue
        if all(c.proposition != candidate.proposition for c in found):
            found.append(candidate)
    distinct = _distinct(found, names)
    return Wanted(relation.id, verdict.status, distinct, "" if distinct else reason)


def _distinct(found: list[Candidate], names: dict[str, int]) -> tuple[Candidate, ...]:
    """The candidates of one relation under one name that no other relation has."""
    if not found:
        return ()
    name = found[0].name
    names[name] = names.get(name, 0) + 1
    if names[name] == 1:
        return tuple(found)
    return tuple(
        Candidate(
            c.relation,
            f"{name}_again_{names[name]}",
            c.proposition,
            c.script,
            c.hypotheses,
            c.source,
        )
        for c in found
    )


def _candidate(
    checked: Checked, relation: Relation, judgement: Judgement, said: Statement
) -> Candidate:
    verdict = judgement.verdict
    witness = verdict.witness
    proposition, script = theorem(
        said, witness.point if witness else None, verdict.status == REFUTED
    )
    line = checked.derivation.source.position(relation.span.start)[0]
    source = f"{relation.id}, line {line}, {verdict.status}: {relation.latex}"
    return Candidate(relation.id, said.name, proposition, script, said.hypotheses, source)


def file_name(checked: Checked) -> str:
    """The name of a document's file, without its ending: a word that Coq takes."""
    stem = checked.derivation.source.path.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return f"Certificate_{identifier(stem)}"


def text(
    title: str, candidates: Iterator[Candidate] | list[Candidate], missing: list[Wanted]
) -> str:
    """The whole file."""
    rows = list(candidates)
    without = [comment(f"{w.relation}: no certificate: {w.reason}") for w in missing]
    parts = [comment(title), HEADER, *(c.text for c in rows), *without]
    if rows:
        parts += [
            TOGETHER,
            *(f"Definition {TOGETHER_NAME} := ({', '.join(c.name for c in rows)}).",),
        ]
        parts.append(f"Print Assumptions {TOGETHER_NAME}.")
    return "\n".join(parts) + "\n"
