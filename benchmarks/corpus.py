"""How much of the corpus is read and decided, and what becomes of errors planted in it.

`python benchmarks/corpus.py [--mutants N] [--open]`; `--open` lists what is not decided and why,
`--mutants N` also edits every document in N random ways.
"""

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from corpora import DOCUMENTS, HOLDS, WRONG, checked, derivation, faults
from mutate import mutants

from derive.check import Document
from derive.options import Options

OPTIONS = Options(cross_check=False)
ROW = "{:<28}{:>10}{:>8}{:>9}{:>8}{:>9}{:>10}{:>8}{:>9}"
Row = tuple[str, Document]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=0, metavar="N")
    parser.add_argument("--open", action="store_true")
    asked = parser.parse_args()
    correct = list(_correct())
    if asked.open:
        _open(correct)
    _planted()
    if asked.mutants:
        _mutants(correct, asked.mutants)


# ---- the documents as they are -------------------------------------------------------------


def _correct() -> Iterator[Row]:
    print(
        ROW.format(
            "document", "relations", "read", "decided", "proved", "defined", "undecided",
            "wrong", "seconds",
        )
    )  # fmt: skip
    total: Counter[str] = Counter()
    times: list[float] = []
    for path in DOCUMENTS:
        begun = time.perf_counter()
        document = checked(path.read_text(encoding="utf-8"), path, OPTIONS)
        spent = time.perf_counter() - begun
        counts = Counter(r.verdict for r in document.relations)
        total += counts
        times += [r.judgement.seconds for r in document.relations if r.verdict != "defined"]
        _line(path.name, counts, f"{spent:.2f}")
        yield path.name, document
    _line("all", total, f"{sum(times):.2f}")
    everything = sum(total.values())
    read = everything - total["not-checked"]
    decided = read - total["undecided"] - sum(total[w] for w in WRONG)
    print(
        f"\nread {read / everything:.1%}, decided rightly {decided / everything:.1%}, "
        f"wrong verdicts {sum(total[w] for w in WRONG)}; one relation: median "
        f"{median(times) * 1e3:.1f} ms, slowest {max(times):.2f} s\n"
    )


def _line(name: str, counts: Counter[str], seconds: str) -> None:
    everything = sum(counts.values())
    read = everything - counts["not-checked"]
    proved = sum(counts[h] for h in HOLDS)
    wrong = sum(counts[w] for w in WRONG)
    cells = (everything, read, read - counts["undecided"], proved, counts["defined"])
    print(ROW.format(name, *cells, counts["undecided"], wrong, seconds), flush=True)


def _open(rows: Iterable[Row]) -> None:
    """What is not decided, the most frequent reason first."""
    reasons: dict[str, list[str]] = {}
    for name, document in rows:
        for relation in document.relations:
            if relation.verdict not in HOLDS | {"defined"}:
                why = f"{relation.verdict}: {relation.reason[:90]}"
                reasons.setdefault(why, []).append(f"{name} {relation.id}: {relation.latex[:100]}")
    for why, places in sorted(reasons.items(), key=lambda row: -len(row[1])):
        print(f"{len(places):4} {why}")
        for place in places:
            print(f"       {place}")
    print()


# ---- with errors ---------------------------------------------------------------------------


def _planted() -> None:
    found = blamed = mended = count = 0
    for fault in faults():
        count += 1
        document = checked(fault.text, fault.path, OPTIONS)
        seen = _at(document, fault.relation)
        found += seen
        blamed += seen and _first(document, fault.relation)
        whole = fault.path.read_text(encoding="utf-8")
        mended += seen and _mends(document, fault.relation, fault.text, whole)
        if not seen:
            print(f"  not found: {fault.name} ({_verdict(document, fault.relation)})")
    print(f"planted errors {count}: found {found}, blamed right {blamed}, repaired right {mended}")


def _verdict(document: Document, id: str) -> str:
    return next((r.verdict for r in document.relations if r.id == id), "no relation")


def _at(document: Document, id: str) -> bool:
    """Whether the relation is found false."""
    return _verdict(document, id) in WRONG


def _first(document: Document, id: str) -> bool:
    """Whether the relation is the first of an error finding, and not said to inherit."""
    errors = [f for f in document.findings if f.severity == "error"]
    fresh = document[id].blame in ("fresh", "definition")
    return fresh and any(f.relations and f.relations[0] == id for f in errors)


def _mends(document: Document, id: str, text: str, whole: str) -> bool:
    """Whether an offered repair gives back the text as it was, spaces aside."""
    want = "".join(whole.split())
    for repair in document[id].repairs:
        given = text[: repair.span.start] + repair.replacement + text[repair.span.end :]
        if "".join(given.split()) == want:
            return True
    return False


def _mutants(rows: Iterable[Row], count: int) -> None:
    """Random edits of proved claims; which of them are false is not known, so none is missed."""
    verdicts: Counter[str] = Counter()
    for name, document in rows:
        path = next(p for p in DOCUMENTS if p.name == name)
        proved = {r.id for r in document.relations if r.verdict in HOLDS}
        for mutant in mutants(derivation(path), proved, 0, count):
            verdict = _verdict(checked(mutant.text, path, OPTIONS), mutant.relation)
            verdicts[verdict] += 1
            if mutant.certain and verdict in HOLDS:
                print(f"  falsely proved: {name} {mutant.relation} {mutant.kind}: {mutant.after}")
    print("mutants:", ", ".join(f"{verdict} {n}" for verdict, n in verdicts.most_common()))


if __name__ == "__main__":
    main()
