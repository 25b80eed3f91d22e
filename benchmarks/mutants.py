"""How often the relation that was edited is the one blamed, and the original is offered.

    python benchmarks/mutants.py [--count 300] [--seed 0] [--verbose] [FILE]

Every mutant is the document with one small edit of one relation, drawn at random; those
that make nothing false are left out. An original is found where the repaired relation reads
as the one before the edit.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from mutate import Mutant, mutants  # noqa: E402

from derive.draft import Draft  # noqa: E402
from derive.explain.outcome import FALSE, TRUE  # noqa: E402
from derive.explain.repair import plan  # noqa: E402
from derive.finding import Repair  # noqa: E402
from derive.read.read import Reader  # noqa: E402
from derive.source import Source, applied  # noqa: E402
from derive.term import Add, Mul, Term, rebuild  # noqa: E402
from derive.verdict import DEFINED, Verdict  # noqa: E402

PAPER = ROOT / "derive" / "papers" / "corrected.md"


@dataclass(frozen=True)
class Outcome:
    """What was said of one mutant.

    `place` is the original's rank among the repairs, or None; `failing` are the repairs after
    which the relation, read and decided from the start, does not hold.
    """

    mutant: Mutant
    blamed: tuple[str, ...]
    offered: tuple[Repair, ...]
    place: int | None
    failing: tuple[Repair, ...]
    seconds: float

    @property
    def right(self) -> bool:
        """Whether the edited relation is blamed, and no other."""
        return self.blamed == (self.mutant.relation,)


def draft(text: str, format: str, cache: dict[Hashable, Verdict]) -> Draft:
    return Draft(Reader(Source(text), format), cache)


def meaning(read: Draft, relation: str) -> object:
    """What a relation of a document says, whatever the order of terms and factors."""
    found = read.relation(relation)
    return ordered(found.left), ordered(found.right)


def ordered(term: Term | None) -> Term | None:
    """A term with its sums and products in alphabetical order."""
    if term is None:
        return None
    found = rebuild(term, lambda t, _: ordered(t) or t)
    if isinstance(found, (Add, Mul)):
        return type(found)(tuple(sorted(found.args, key=repr)))
    return found


def judged(
    mutant: Mutant, format: str, original: object, cache: dict[Hashable, Verdict]
) -> Outcome | None:
    """What the search says of a mutant; None where nothing is false."""
    changed = draft(mutant.text, format, cache)
    wrong = [
        r.id
        for r, v in zip(changed.derivation.relations, changed.verdicts, strict=True)
        if v.status in FALSE
    ]
    if not wrong:
        return None
    before = process_time()
    found = plan(changed)
    seconds = process_time() - before
    roots = dict.fromkeys(found.causes.get(k, k) for k in wrong)
    offered = found.repairs.get(mutant.relation, ())
    texts = [applied(mutant.text, [(r.span, r.replacement), *r.needs]) for r in offered]
    drafts = [draft(text, format, {}) for text in texts]
    said = [meaning(d, mutant.relation) for d in drafts]
    place = said.index(original) if original in said else None
    failing = tuple(
        repair
        for repair, mended in zip(offered, drafts, strict=True)
        if mended.verdict(mended.relation(mutant.relation)).status not in (*TRUE, DEFINED)
    )
    return Outcome(mutant, tuple(roots), offered, place, failing, seconds)


def run(path: Path, count: int, seed: int, verbose: bool) -> list[Outcome]:
    """The outcomes of so many mutants that make something false."""
    text, format = path.read_text(encoding="utf-8"), path.suffix.removeprefix(".")
    cache: dict[Hashable, Verdict] = {}
    sound = draft(text, format, cache)
    rows = zip(sound.derivation.relations, sound.verdicts, strict=True)
    among = {r.id for r, v in rows if r.kind in ("claim", "restatement") and v.status not in FALSE}
    originals = {r.id: (ordered(r.left), ordered(r.right)) for r in sound.derivation.relations}
    found: list[Outcome] = []
    for mutant in mutants(sound.derivation, among, seed):
        if len(found) == count:
            break
        outcome = judged(mutant, format, originals[mutant.relation], cache)
        if outcome is not None:
            found.append(outcome)
            if verbose and not (outcome.right and outcome.place == 0):
                print(told(outcome), flush=True)
    return found


def told(outcome: Outcome) -> str:
    mutant = outcome.mutant
    offers = " | ".join(f"[{r.replacement}] {r.latex}" for r in outcome.offered)
    return (
        f"{mutant.relation} {mutant.kind}: {mutant.before} -> {mutant.after}\n"
        f"    blamed {outcome.blamed}, original at {outcome.place}, offered: {offers}"
        f" ({outcome.seconds:.2f} s)"
    )


def report(outcomes: list[Outcome]) -> None:
    """Print the figures, and the kinds of edits that went worst."""
    total = len(outcomes)
    figures = {
        "the edited relation alone is blamed": sum(o.right for o in outcomes),
        "the original is the headline": sum(o.place == 0 for o in outcomes),
        "the original is offered": sum(o.place is not None for o in outcomes),
        "something is offered": sum(bool(o.offered) for o in outcomes),
    }
    offers, failing = sum(len(o.offered) for o in outcomes), sum(len(o.failing) for o in outcomes)
    for name, number in figures.items():
        print(f"{name:<40} {number:4} of {total}  {100 * number / max(total, 1):5.1f} %")
    print(f"repairs that do not hold when applied: {failing} of {offers}")
    print(f"median search {1000 * median(o.seconds for o in outcomes):.0f} ms")
    missed = Counter(o.mutant.kind for o in outcomes if o.place is None)
    print("not offered:", ", ".join(f"{k} {n}" for k, n in missed.most_common(12)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=PAPER)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    print(f"{options.file.name}, seed {options.seed}")
    report(run(options.file, options.count, options.seed, options.verbose))


if __name__ == "__main__":
    main()
