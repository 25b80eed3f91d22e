"""How many of the verdicts of the corpus have a certificate that Coq has checked.

`python benchmarks/certificates.py [FILE...]`; without files all of `tests/sound` and
`tests/corpus`. Scalar relations (sums among them), matrix relations and counterexamples are
counted apart. Needs Coq.
"""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

import derive
from derive.certify.certify import certify
from derive.derivation import Relation
from derive.options import Options
from derive.term import is_matrix
from derive.verdict import REFUTED

TESTS = Path(__file__).parents[1] / "tests"
KINDS = ("scalar", "matrix", "refuted")
ROW = "{:<32}" + "{:>14}" * len(KINDS)
Row = tuple[str, str, bool, str]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--open", action="store_true", help="list what has none, and why")
    asked = parser.parse_args()
    files = asked.files or [p for d in ("sound", "corpus") for p in sorted((TESTS / d).iterdir())]
    files = [f for f in files if f.suffix in (".md", ".tex")]
    all_rows: list[Row] = []
    print(ROW.format("", *KINDS))
    with Pool(2) as pool:
        for file, rows in zip(files, pool.imap(_rows, files), strict=True):
            print(ROW.format(file.name, *_shares(rows)), flush=True)
            for name, _, good, reason in rows if asked.open else ():
                if not good:
                    print(f"    {name}: {reason}")
            all_rows += rows
    print(ROW.format("all", *_shares(all_rows)))


def _rows(file: Path) -> list[Row]:
    checked = derive.check(file, Options(cross_check=False)).checked
    relations = {r.id: r for r, _ in checked.rows}
    made = certify(checked, check=True).certificates
    return [
        (c.relation, _kind(relations[c.relation], c.verdict), c.checked is True, c.reason)
        for c in made
    ]


def _kind(relation: Relation, verdict: str) -> str:
    if verdict == REFUTED:
        return REFUTED
    sides = (relation.left, relation.right)
    return "matrix" if any(s is not None and is_matrix(s) for s in sides) else "scalar"


def _shares(rows: list[Row]) -> Iterator[str]:
    good = Counter(kind for _, kind, good, _ in rows if good)
    every = Counter(kind for _, kind, _, _ in rows)
    for kind in KINDS:
        yield f"{good[kind]} of {every[kind]}" if every[kind] else "-"


if __name__ == "__main__":
    sys.exit(main())
