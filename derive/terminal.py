"""A progress bar, on standard error and on terminals alone."""

import sys
from time import monotonic
from typing import Any

_WAIT, _PAUSE = 1.0, 0.1


class Bar:
    """A progress bar that stays away from what is done within a second."""

    def __init__(self, what: str = "relations") -> None:
        self.what = what
        self.begun = self.shown = monotonic()
        self.bar: Any = None

    def __enter__(self) -> "Bar":
        return self

    def __call__(self, done: int, total: int) -> None:
        now = monotonic()
        if self.bar is None and now - self.begun > _WAIT:
            self._start(total)
        if self.bar is not None and now - self.shown > _PAUSE:
            self.shown = now
            self.bar.update(0, completed=done, total=total)

    def _start(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        # lines printed meanwhile go above the bar, but never from a pipe into the terminal
        above = sys.stdout.isatty()
        self.bar = Progress(console=Console(stderr=True), transient=True, redirect_stdout=above)
        self.bar.start()
        self.bar.add_task(self.what, total=total)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()
