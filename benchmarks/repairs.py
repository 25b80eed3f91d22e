"""How long the search for repairs takes beside reading and deciding the same document.

    python benchmarks/repairs.py [--rounds 5] [FILE]

The search is timed as `derive check` runs it: the verdicts are known, nothing else is. Times
are processor time and vary with the machine; the ratios to reading and deciding vary less.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time

from derive.draft import Draft
from derive.explain.outcome import FALSE
from derive.explain.repair import Plan, plan
from derive.read.read import Reader
from derive.source import Source

PAPER = Path(__file__).parent.parent / "derive" / "papers" / "two_layer.md"


@dataclass(frozen=True)
class Round:
    """Seconds of one pass over the document, and what was found."""

    reading: float
    deciding: float
    searching: float
    false: int
    found: Plan


def passed(text: str, format: str) -> Round:
    """Read, decide and search, with nothing remembered from before."""
    start = process_time()
    draft = Draft(Reader(Source(text), format))
    _ = draft.derivation
    read = process_time()
    false = sum(v.status in FALSE for v in draft.verdicts)
    decided = process_time()
    found = plan(draft)
    return Round(read - start, decided - read, process_time() - decided, false, found)


def report(rounds: list[Round]) -> None:
    """Print the medians, the first pass by itself, and the ratios."""
    last, searching = rounds[-1], median(r.searching for r in rounds)
    reading, deciding = median(r.reading for r in rounds), median(r.deciding for r in rounds)
    causes = max(len(last.found.repairs), 1)
    print(f"{last.false} false relations, {len(last.found.repairs)} with repairs of their own")
    print(f"reading {1000 * reading:.0f} ms, deciding {1000 * deciding:.0f} ms (medians)")
    print(f"searching {1000 * searching:.0f} ms, at first {1000 * rounds[0].searching:.0f} ms")
    print(f"a relation with repairs: {1000 * searching / causes:.0f} ms")
    print(f"searching / reading {searching / reading:.1f}")
    print(f"searching / (reading + deciding) {searching / (reading + deciding):.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=PAPER)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    text, format = options.file.read_text(encoding="utf-8"), options.file.suffix.removeprefix(".")
    report([passed(text, format) for _ in range(options.rounds)])


if __name__ == "__main__":
    main()
