"""Training: makes a function with a known gradient small. Knows nothing of derivations."""

from derive.train.checkpoint import Checkpoint
from derive.train.errors import Diverged, TrainError
from derive.train.loop import Run, train
from derive.train.objective import Objective, as_cost
from derive.train.settings import Settings
from derive.train.starts import best_start
from derive.train.state import History, State, begin, drawn

__all__ = [
    "Checkpoint",
    "Diverged",
    "History",
    "Objective",
    "Run",
    "Settings",
    "State",
    "TrainError",
    "as_cost",
    "begin",
    "best_start",
    "drawn",
    "train",
]
