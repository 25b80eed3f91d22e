"""How fast documents are decided, in ratios that hold on any machine.

`python benchmarks/speed.py [SECTION …]` runs everything, or only the sections named.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from derive import Document, check_text
from derive.options import Options
from derive.read.read import read
from derive.source import Source

PAPERS = Path(__file__).parents[1] / "derive" / "papers"
PAPER = (PAPERS / "two_layer.md").read_text(encoding="utf-8")
CORRECTED = (PAPERS / "corrected.md").read_text(encoding="utf-8")

WITH = Options(cross_check=True, isolate=False)
WITHOUT = Options(cross_check=False, isolate=False)


def best(work: Callable[[], object], runs: int = 5) -> float:
    """The median time of a few runs, the first one left out."""
    work()
    return median(timed(work) for _ in range(runs))


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def said(what: str, seconds: float, more: str = "") -> None:
    print(f"  {what:<52} {seconds * 1e3:10.2f} ms  {more}")


# ---- sections ------------------------------------------------------------------------------


def paper() -> None:
    """The paper as it came and corrected, warm, with and without the second route."""
    for name, text in (("as it came", PAPER), ("corrected", CORRECTED)):
        alone = best(lambda text=text: check_text(text, options=WITHOUT), 3)
        both = best(lambda text=text: check_text(text, options=WITH), 3)
        said(f"{name}, decided", alone)
        said(f"{name}, decided and confirmed", both, f"{both / alone:.1f} times as long")


def process() -> None:
    """A whole run from a cold start, against the time that SymPy needs to load."""

    with TemporaryDirectory() as cache:
        # as after an installation: every module is compiled once, by the run that is left out
        compiled = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        _process({**compiled, "PYTHONPYCACHEPREFIX": cache})


def _process(environment: dict[str, str]) -> None:
    def command(*arguments: str) -> float:
        def work() -> None:
            run = [sys.executable, *arguments]
            subprocess.run(run, capture_output=True, check=False, env=environment)

        return best(work, 3)

    sympy = command("-c", "import sympy")
    program = "from derive.cli import main; main()"
    plain = command("-c", program, "check", "--no-cross-check")
    whole = command("-c", program, "check")
    said("import sympy", sympy)
    said("derive check --no-cross-check", plain, f"{plain / sympy:.2f} of that")
    said("derive check", whole, f"{whole / sympy:.2f} of that")


def relations() -> None:
    """The time for one relation of the corrected paper."""
    document = check_text(CORRECTED, options=WITHOUT)
    times = sorted(r.judgement.seconds for r in document.relations if r.kind != "definition")
    said(f"one of {len(times)} relations, median", median(times))
    said("90 of 100 are faster than", times[int(0.9 * len(times))])
    said("the slowest", times[-1])


def reading() -> None:
    """Reading alone, for a display."""
    seconds = best(lambda: read(Source(CORRECTED), "md"))
    displays = CORRECTED.count("$$") // 2
    said("reading the corrected paper", seconds)
    said(f"reading one of {displays} displays", seconds / displays)


def scaling() -> None:
    """Documents of growing length: the time for one equation is to stay the same."""
    first = 0.0
    for count in (100, 1000, 2000):
        seconds = timed(lambda count=count: check_text(long_document(count), options=WITHOUT))
        each = seconds / count
        first = first or each
        said(f"{count} equations, each", each, f"{each / first:.2f} of the first")


def long_document(count: int) -> str:
    rows = (f"$$({k} x + y)^2 = {k * k} x^2 + {2 * k} x y + y^2$$\n\n" for k in range(count))
    return "".join(rows)


def sympy_alone() -> None:
    """The same scalar claims with `sympy.simplify(left - right)`."""
    rows = list(against_sympy(check_text(PAPER, options=WITHOUT)))
    ours = [mine for mine, _, _, _ in rows]
    theirs = [other for _, other, _, _ in rows]
    decided = sum(status in ("proved", "refuted") for _, _, status, _ in rows)
    zero = sum(found for _, _, status, found in rows if status == "proved")
    proved = sum(status == "proved" for _, _, status, _ in rows)
    ratio = median(other / mine for mine, other, _, _ in rows)
    said("derive, median", median(ours), f"{decided} of {len(rows)} decided")
    said("simplify, median", median(theirs), f"{zero} of {proved} true ones found to be 0")
    print(f"  simplify takes {ratio:.0f} times as long in the median")


def against_sympy(document: Document) -> Iterator[tuple[float, float, str, bool]]:
    """Ours, theirs, our verdict, whether theirs is 0, for every claim that SymPy can say."""
    import sympy

    for relation in document.relations:
        if relation.kind != "claim" or relation.verdict not in ("proved", "refuted"):
            continue
        rebuilt = relation.sympy
        if not isinstance(rebuilt, sympy.Equality) or not isinstance(rebuilt.lhs, sympy.Expr):
            continue
        if isinstance(rebuilt.lhs, sympy.MatrixExpr):
            continue
        begun = time.perf_counter()
        rest = sympy.simplify(rebuilt.lhs.doit() - rebuilt.rhs.doit())
        spent = time.perf_counter() - begun
        yield max(relation.judgement.seconds, 1e-6), spent, relation.verdict, rest == 0


SECTIONS = (paper, process, relations, reading, scaling, sympy_alone)


def main() -> None:
    wanted = sys.argv[1:]
    for section in SECTIONS:
        if not wanted or section.__name__ in wanted:
            print(f"{section.__name__}: {section.__doc__}")
            section()


if __name__ == "__main__":
    main()
