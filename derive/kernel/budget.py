"""Limits of the exact zero test: steps are counted, sizes are bounded before anything is computed.

Clocks would make a verdict depend on the machine, and a polynomial product inside the C
library cannot be interrupted, so each operation is paid for by its size beforehand.
"""

from derive.term import Term


class Exhausted(Exception):
    """The budget ran out; nothing is said about the term."""


class Unsupported(Exception):
    """The term holds something that the normal form has no word for."""

    def __init__(self, term: Term) -> None:
        super().__init__(f"no normal form for {type(term).__name__}")
        self.term = term


class Undefined(Exception):
    """The term has no value anywhere: a denominator is identically 0."""

    def __init__(self, term: Term) -> None:
        super().__init__("undefined everywhere")
        self.term = term


MAX_TERMS = 40_000  # monomials of one polynomial
MAX_BITS = 20_000  # bits of one number
MAX_DEGREE = 4_000  # exponent of one generator
MAX_DEPTH = 150  # nesting of one term


class Budget:
    """A purse of steps; 200,000 steps are about a second."""

    def __init__(self, steps: int = 200_000) -> None:
        self.steps = steps

    def spend(self, steps: int) -> None:
        """Takes steps from the purse; raises `Exhausted` when it is empty."""
        self.steps -= steps
        if self.steps < 0:
            raise Exhausted
