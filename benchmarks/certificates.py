"""How many of the verdicts of the corpus have a certificate that Coq has checked.

`python benchmarks/certificates.py [FILE...]`; without files all of `tests/corpus`. Scalar relations
(sums among them), matrix relations and counterexamples are counted apart. With `--least scalar=80`
the exit status is 1 where fewer than 80 % have one; it is 1 too where Coq refused one. Needs Coq.
"""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

import derive
from derive.certify import coq
from derive.certify.certify import Certificate, certify
from derive.derivation import Relation
from derive.options import Options
from derive.term import is_matrix
from derive.verdict import REFUTED

TESTS = Path(__file__).parents[1] / "tests"
KINDS = ("scalar", "matrix", "refuted")
ROW = "{:<32}" + "{:>14}" * len(KINDS)
Row = tuple[str, str, bool, str]  # relation, kind, checked, why not


def main() -> int:
    """Print the shares; the exit status."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--open", action="store_true", help="list what has none, and why")
    parser.add_argument("--least", action="append", default=[], type=_bound, help="KIND=PERCENT")
    asked = parser.parse_args()
    rows = list(_counted(asked.files or sorted((TESTS / "corpus").iterdir()), asked.open))
    print(ROW.format("all", *_shares(rows)))
    faults = [f"{name}: {reason}" for name, _, _, reason in rows if reason.startswith(coq.REFUSED)]
    faults += [
        f"{kind}: under {least} %" for kind, least in asked.least if _share(rows, kind) < least
    ]
    print(*faults, sep="\n", file=sys.stderr)
    return bool(faults)


def _bound(text: str) -> tuple[str, float]:
    kind, _, least = text.partition("=")
    if kind not in KINDS:
        raise ArgumentTypeError(f"one of {', '.join(KINDS)}")
    return kind, float(least)


def _counted(files: list[Path], everything: bool) -> Iterator[Row]:
    files = [f for f in files if f.suffix in (".md", ".tex")]
    print(ROW.format("", *KINDS))
    with Pool(os.cpu_count()) as pool:
        for file, rows in zip(files, pool.imap(_rows, files), strict=True):
            print(ROW.format(file.name, *_shares(rows)), flush=True)
            for name, _, good, reason in rows if everything else ():
                if not good:
                    print(f"    {name}: {reason}")
            yield from ((f"{file.name} {row[0]}", *row[1:]) for row in rows)


def _rows(file: Path) -> list[Row]:
    checked = derive.check(file, Options(cross_check=False)).checked
    relations = {r.id: r for r, _ in checked.rows}
    made = certify(checked, check=True).certificates
    return [
        (c.relation, _kind(relations[c.relation], c.verdict), c.checked is True, _why(c))
        for c in made
    ]


def _why(found: Certificate) -> str:
    return found.refused or found.reason


def _kind(relation: Relation, verdict: str) -> str:
    if verdict == REFUTED:
        return REFUTED
    sides = (relation.left, relation.right)
    return "matrix" if any(s is not None and is_matrix(s) for s in sides) else "scalar"


def _shares(rows: list[Row]) -> Iterator[str]:
    for kind in KINDS:
        every = [good for _, k, good, _ in rows if k == kind]
        yield f"{sum(every)} of {len(every)}" if every else "-"


def _share(rows: list[Row], kind: str) -> float:
    """The percentage that has a certificate."""
    every = [good for _, k, good, _ in rows if k == kind]
    return 100 * sum(every) / len(every) if every else 100.0


if __name__ == "__main__":
    sys.exit(main())
