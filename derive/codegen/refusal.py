"""The one way in which the compiler says no."""


class Refusal(ValueError):
    """A formula that is not emitted; the message says why, in one line."""
