"""The corpus's certificates: Coq refuses none, and enough of what is proved has one.

This takes minutes: every proof of the corpus is found anew.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAST = ("scalar=80", "matrix=60")


@pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed")
def test_the_corpus_has_its_certificates() -> None:
    bounds = [word for least in LEAST for word in ("--least", least)]
    command = [sys.executable, str(ROOT / "benchmarks" / "certificates.py"), "--open", *bounds]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout}"
    assert " of " in done.stdout.splitlines()[-1]
