"""What a caller may choose about a check, in one record that is passed down unchanged."""

from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How a document is decided.

    `cross_check` confirms every proof by a second route; `timeout` (seconds a relation) and
    `memory` (bytes above what the process already holds) are hard limits, kept by a child
    process; `isolate=False` decides in this process, without hard limits. `jobs` is how many
    such processes decide at a time; 0 stands for one a processor, as far as that pays.
    """

    cross_check: bool = True
    timeout: float = 10.0
    memory: int = 1 << 30
    isolate: bool = True
    jobs: int = 0
