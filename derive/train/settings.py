"""How a run is made, in one record that is saved with it."""

from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from derive.train.errors import TrainError
from derive.train.optimizers import OPTIMIZERS

LBFGS = "lbfgs"
NAMES = (*OPTIMIZERS, LBFGS)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is made. Raises TrainError where a value makes no sense.

    `epochs` counts passes over the data (L-BFGS: iterations), from the start of the run;
    `rate` is the optimizer's own where it is None; `batch` is the number of samples for one
    step, None for all of them; `patience` stops after that many epochs without a cost lower
    than the best by more than `tolerance`, None never does; `holdout` is the share of the
    samples to be held out (see `holdout.divided`).
    """

    optimizer: str = "adam"
    rate: float | None = None
    epochs: int = 2000
    batch: int | None = None
    seed: int = 0
    patience: int | None = None
    tolerance: float = 0.0
    holdout: float = 0.0

    def __post_init__(self) -> None:
        for wrong, message in _complaints(self):
            if wrong:
                raise TrainError(message)

    @property
    def pace(self) -> float:
        """The rate in force."""
        return OPTIMIZERS[self.optimizer].rate if self.rate is None else self.rate

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _complaints(settings: Settings) -> list[tuple[bool, str]]:
    name, rate, batch, patience = (
        settings.optimizer,
        settings.rate,
        settings.batch,
        settings.patience,
    )
    return [
        (name not in NAMES, f"no optimizer {name}; there are {', '.join(NAMES)}"),
        (
            rate is not None and not (isfinite(rate) and rate > 0),
            f"the rate is {rate}, and must be a number above 0",
        ),
        (settings.epochs < 0, f"{settings.epochs} epochs are not possible"),
        (settings.seed < 0, f"the seed is {settings.seed}, and must be 0 or more"),
        (batch is not None and batch < 1, f"a batch of {batch} samples is not possible"),
        (patience is not None and patience < 1, f"a patience of {patience} epochs is not possible"),
        (not settings.tolerance >= 0, f"the tolerance is {settings.tolerance}, must be 0 or more"),
        (
            not 0 <= settings.holdout < 1,
            f"a share of {settings.holdout} cannot be held out: 0 or more, below 1",
        ),
        (name == LBFGS and batch is not None, "L-BFGS works on all samples, not in batches"),
        (name == LBFGS and rate is not None, "L-BFGS finds the length of its steps: no rate"),
    ]
