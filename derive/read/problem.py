"""What reading raises where a formula is not understood."""

from derive.source import Span


class Unread(Exception):
    """A formula that cannot be read as mathematics; carries the place and the reason."""

    def __init__(self, message: str, span: Span, verdict: str = "not-checked"):
        super().__init__(message)
        self.message, self.span, self.verdict = message, span, verdict
