"""What can go wrong in a run.

TrainError          the run cannot be made as asked; the message says why
└── Diverged        it was made, and went nowhere: the cost rose for good, or is no number
"""


class TrainError(ValueError):
    """A run that cannot be made as asked: the message is one sentence for the reader."""


class Diverged(TrainError):
    """A run that was stopped because its cost rises or is not a number."""
