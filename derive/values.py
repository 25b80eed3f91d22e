"""Frozen dataclasses that are quick to define: their methods are shared, not generated.

The library compiles six methods for each class, which for all of a program's classes together
takes as long as reading a document does. Here the library collects the fields and the methods
are closures over their names; what a class can do is the same.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass"]

_put = object.__setattr__


def _frozen(slots: bool = False) -> Callable[[type], type]:
    """Make a frozen dataclass; what the class defines by itself is kept."""

    def make(cls: type) -> type:
        own = frozenset(vars(cls))
        made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
        made.__init__ = _initialiser(made)
        for name, method in (_methods(made) | _FROZEN).items():
            if name not in own:
                setattr(made, name, method)
        return made  # type: ignore[no-any-return]

    return make


def _initialiser(cls: Any) -> Callable[..., None]:
    """The constructor: values by place, by name, or by default, then `__post_init__`."""
    names: tuple[str, ...] = cls.__match_args__
    after = getattr(cls, "__post_init__", None)

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807
        if named or len(given) != len(names):
            given = _completed(cls, names, given, named)
        for name, value in zip(names, given, strict=True):
            _put(self, name, value)
        if after is not None:
            after(self)

    return __init__


def _completed(
    cls: Any, names: tuple[str, ...], given: tuple[Any, ...], named: dict[str, Any]
) -> tuple[Any, ...]:
    """All values in order; raises `TypeError` for one too many, one unknown or one missing."""
    left = names[len(given) :]
    if len(given) > len(names) or not named.keys() <= set(left):
        wrong = sorted(named.keys() - set(left)) or f"{len(given)} values"
        raise TypeError(f"{cls.__name__} takes {', '.join(names)}; got {wrong} besides")
    fields = cls.__dataclass_fields__
    return (*given, *(named[n] if n in named else _default(cls, fields[n]) for n in left))


def _default(cls: Any, field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    raise TypeError(f"{cls.__name__} needs {field.name}")


def _methods(cls: Any) -> dict[str, Callable[..., Any]]:
    """What is read off the fields: equality and hash of those compared, `repr` of those shown."""
    fields = dataclasses.fields(cls)
    compared = _values([f.name for f in fields if f.compare])
    every = [f.name for f in fields]
    shown = [f.name for f in fields if f.repr]

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compared(self) == compared(other)

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(compared(self))

    def __repr__(self: Any) -> str:  # noqa: N807
        inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({inner})"

    def __getstate__(self: Any) -> list[Any]:  # noqa: N807
        return [getattr(self, name) for name in every]

    def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807
        for name, value in zip(every, state, strict=True):
            _put(self, name, value)

    made = (__eq__, __hash__, __repr__, __getstate__, __setstate__)
    return {method.__name__: method for method in made}


def _values(names: list[str]) -> Callable[[Any], Any]:
    """All of the named fields at once; the field itself where there is one."""
    return attrgetter(*names) if names else lambda self: ()


def _refuse(self: Any, name: str, *value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"{type(self).__name__} is frozen: {name}")


_FROZEN: dict[str, Callable[..., Any]] = {"__setattr__": _refuse, "__delattr__": _refuse}

if TYPE_CHECKING:
    # to a type checker it is the library's, and every rule of it holds
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, *, frozen: bool = False, slots: bool = False) -> Any:
        """Make a dataclass: a frozen one from here, any other from the library."""
        make = _frozen(slots) if frozen else dataclasses.dataclass(slots=slots)
        return make if cls is None else make(cls)
