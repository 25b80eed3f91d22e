"""Certificates of a document: written, and on demand checked by Coq."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from derive.certify import coq, document
from derive.certify.coq import AXIOMS, Limits, Session
from derive.certify.document import PRELUDE, Candidate, Wanted
from derive.checked import Checked
from derive.values import dataclass

SOURCE = Path(__file__).parent / "prelude.v"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One relation's certificate: `theorem` is None where there is none, and `reason` says why.

    `checked` is True where Coq compiled it, None where Coq was not asked. `refused` says what
    Coq refused: an error of ours.
    """

    relation: str
    verdict: str
    file: str
    theorem: str | None
    proposition: str = ""
    hypotheses: tuple[str, ...] = ()
    checked: bool | None = None
    reason: str = ""
    refused: str = ""

    def to_json(self) -> dict[str, object] | None:
        """The JSON report's part; None where there is no certificate."""
        if self.theorem is None:
            return None
        return {"file": self.file, "theorem": self.theorem, "checked": bool(self.checked)}


@dataclass(frozen=True, slots=True)
class Certified:
    """A document's certificates and the texts of its files, by name."""

    certificates: tuple[Certificate, ...]
    files: dict[str, str]

    def of(self, relation: str) -> Certificate | None:
        """The certificate of a relation; None where nothing was decided of it."""
        return next((c for c in self.certificates if c.relation == relation), None)

    def write(self, folder: Path) -> None:
        """Write the files into a folder, which is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")


def certify(checked: Checked, check: bool, limits: Limits | None = None) -> Certified:
    """Make a document's certificates; with `check`, have Coq compile them.

    Raises `coq.Absent` where Coq is to check and is not installed.
    """
    work = _Work(checked, document.wanted(checked))
    if not check:
        return work.result(None)
    with Session(SOURCE.read_text(encoding="utf-8"), limits) as session:
        return work.result(session)


@dataclass
class _Work:
    """One document on its way; `chosen` are the candidates in the file."""

    checked: Checked
    wanted: tuple[Wanted, ...]

    @property
    def name(self) -> str:
        return document.file_name(self.checked)

    def result(self, session: Session | None) -> Certified:
        rows = self.wanted
        outcome: coq.Run | None = None
        if session is not None:
            outcome = session.attempt(self.name, self._text(rows))
            if not outcome.ok:
                rows = _proved(session, rows, coq.proofs_ended(outcome))
                outcome = session.compile(self.name, self._text(rows))
            if outcome.late:
                rows = tuple(_without(w, coq.LATE) for w in rows)
        certificates = tuple(self._certificates(rows, outcome))
        prelude = SOURCE.read_text(encoding="utf-8")
        files = {f"{PRELUDE}.v": prelude, f"{self.name}.v": self._text(rows)}
        return Certified(certificates, files)

    def _text(self, rows: Sequence[Wanted]) -> str:
        title = f"Certificates of {self.checked.derivation.source.path.rsplit('/', 1)[-1]}"
        with_one = [w.candidates[0] for w in rows if w.candidates]
        return document.text(title, with_one, [w for w in rows if not w.candidates])

    def _certificates(
        self, rows: Sequence[Wanted], outcome: coq.Run | None
    ) -> Iterator[Certificate]:
        rests = coq.assumptions(outcome.out) if outcome is not None and outcome.ok else frozenset()
        for w in rows:
            if not w.candidates:
                refused = w.reason if w.reason.startswith(coq.REFUSED) else ""
                yield Certificate(
                    w.relation, w.verdict, f"{self.name}.v", None, reason=w.reason, refused=refused
                )
                continue
            row = w.candidates[0]
            found = Certificate(
                w.relation, w.verdict, f"{self.name}.v", row.name, row.proposition, row.hypotheses
            )
            yield found if outcome is None else _judged(found, outcome, rests)


def _judged(found: Certificate, outcome: coq.Run, rests: frozenset[str]) -> Certificate:
    """A certificate with Coq's answer."""
    if not outcome.ok:
        return replace(found, checked=False, refused=f"{coq.REFUSED}: {coq.complaint(outcome)}")
    foreign = rests - AXIOMS
    if foreign:
        said = f"{coq.REFUSED}: it rests on {', '.join(sorted(foreign))}"
        return replace(found, checked=False, refused=said)
    return replace(found, checked=True)


def _proved(session: Session, rows: Sequence[Wanted], before: int) -> tuple[Wanted, ...]:
    """Each relation with the first candidate that Coq proves; none where it proves none.

    The first candidates of the first `before` relations that have one are known to be proved.
    """
    left = [w for w in rows if w.candidates]
    fine = {w.candidates[0] for w in left[:before]}
    stated, reached = set(fine), set(fine)
    left = left[before:]
    for turn in range(max((len(w.candidates) for w in left), default=0)):
        trying = [w.candidates[turn] for w in left if len(w.candidates) > turn]
        found = session.trial(trying)
        fine |= {trying[k] for k in found.proved}
        stated |= {trying[k] for k in found.stated}
        reached |= {trying[k] for k in found.reached}
        left = [w for w in left if not fine.intersection(w.candidates)]
    return tuple(_kept(w, fine, stated, reached) for w in rows)


def _kept(
    w: Wanted, fine: set[Candidate], stated: set[Candidate], reached: set[Candidate]
) -> Wanted:
    kept = tuple(c for c in w.candidates if c in fine)[:1]
    if kept or not w.candidates:
        return replace(w, candidates=kept)
    if stated.intersection(w.candidates):
        return _without(w, "Coq's tactics found no proof of the theorem")
    if not reached.issuperset(w.candidates):
        return _without(w, coq.LATE)
    return _without(w, f"{coq.REFUSED}: Coq does not take the theorem for a proposition")


def _without(w: Wanted, reason: str) -> Wanted:
    return replace(w, candidates=(), reason=reason) if w.candidates else w
