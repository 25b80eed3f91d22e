"""Shapes with letters in them: the data settle some of the sizes, the caller the others."""

import re
from collections.abc import Iterator, Mapping, Sequence

from derive.train.errors import TrainError

# shapes by name: each length is a number, a letter, or a letter plus a number ("l + 1")
Shapes = Mapping[str, Sequence[str]]

_LENGTH = re.compile(r"(?:(?P<letter>[^\W\d]\w*)(?:\s*\+\s*(?P<more>\d+))?|(?P<number>\d+))\Z")


def settled(shapes: Shapes, known: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """The sizes that the shapes of the arrays known imply.

    Raises TrainError where an array has another number of axes or another length than its
    shape says, or two arrays disagree on a size.
    """
    sizes: dict[str, int] = {}
    for name, found in known.items():
        wanted = shapes[name]
        if len(found) != len(wanted):
            raise TrainError(_mismatch(name, found, wanted))
        for length, said in zip(found, wanted, strict=True):
            letter, more = _parsed(said)
            if (sizes.setdefault(letter, length - more) if letter else 0) != length - more:
                raise TrainError(_mismatch(name, found, wanted, sizes))
    return sizes


def _mismatch(
    name: str, found: Sequence[int], wanted: Sequence[str], sizes: Mapping[str, int] | None = None
) -> str:
    letters = {_parsed(said)[0] for said in wanted}
    known = ", ".join(f"{k} = {v}" for k, v in (sizes or {}).items() if k in letters)
    shape = ", ".join(map(str, found))
    return f"{name} has shape ({shape}), expected ({', '.join(wanted)})" + (
        f" with {known}" if known else ""
    )


def left_open(shapes: Shapes, names: Sequence[str], sizes: Mapping[str, int]) -> list[str]:
    """The letters in the shapes of the arrays named that no size is known for."""
    letters = (_parsed(said)[0] for name in names for said in shapes[name])
    return [letter for letter in dict.fromkeys(letters) if letter and letter not in sizes]


def filled(
    shapes: Shapes, names: Sequence[str], sizes: Mapping[str, int]
) -> dict[str, tuple[int, ...]]:
    """The shapes of the arrays named, in numbers."""
    return {name: tuple(_lengths(shapes[name], sizes)) for name in names}


def _lengths(shape: Sequence[str], sizes: Mapping[str, int]) -> Iterator[int]:
    for said in shape:
        letter, more = _parsed(said)
        yield sizes.get(letter, 0) + more


def _parsed(said: str) -> tuple[str, int]:
    """A length as a letter (or none) and what is added to it."""
    found = _LENGTH.match(said)
    if found is None:
        raise TrainError(f"a length of {said} cannot be worked out from the data")
    return found["letter"] or "", int(found["more"] or found["number"] or 0)
