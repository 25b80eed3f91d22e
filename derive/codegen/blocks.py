"""Sums over samples: which part of a program can be computed a block of samples at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import sympy

from derive.codegen.lower import Array, Lowering
from derive.codegen.nodes import Axis, Counter, Dot, Expr, LogSumExp, Node, Pick, Place, Same, Total
from derive.codegen.stable import over_parts


class Unblockable(Exception):
    """A program that needs all samples at once."""


@dataclass
class Output:
    """A result: its name in the code, its expression and the order of its axes."""

    name: str
    body: Expr
    axes: tuple[Axis, ...]


@dataclass
class Split:
    """A program in three parts: before the samples, sums over them, and after.

    `sums` are keys of arrays that are summed over blocks; `late` keys that need those sums.
    """

    work: Lowering
    size: Expr
    sums: list[str] = field(default_factory=list)
    late: set[str] = field(default_factory=set)

    def outputs(self, outputs: list[Output]) -> list[Output]:
        """The outputs in terms of sums over samples; raises `Unblockable`."""
        self._check_inputs()
        for key, array in list(self.work.arrays.items()):
            if array.body is None:
                continue
            if self.sampled(array):
                self._check(array.body)
            else:
                array.body = self._summed(array.body, array.name)
                if self._needs_sums(array.body):
                    self.late.add(key)
        found = [Output(o.name, self._summed(o.body, o.name), o.axes) for o in outputs]
        for output in found:
            if any(self._is_sample(a) for a in output.axes):
                raise Unblockable
            self._check_late(output.body)
        return found

    def rows(self, needed: Iterable[Array], outputs: list[Output]) -> None:
        """Raises `Unblockable` where a row of an output hangs on more than that row."""
        self._check_inputs()
        for body in (*(a.body for a in needed if a.body is not None), *(o.body for o in outputs)):
            self._check(body)
        for output in outputs:
            if [k for k, a in enumerate(output.axes) if self._is_sample(a)] != [0]:
                raise Unblockable

    def _check_inputs(self) -> None:
        """Blocks are cut along the first axis, so that must be the samples and no other."""
        for array in self.work.arrays.values():
            along = [k for k, d in enumerate(array.dims) if d is not None and d[1] == self.size]
            if array.body is None and along not in ([], [0]):
                raise Unblockable

    def sampled(self, array: Array) -> bool:
        """Whether an array has a row for each sample."""
        return any(d is not None and d[1] == self.size for d in array.dims)

    def _is_sample(self, axis: Axis) -> bool:
        return bool(axis.hi == self.size)

    def _needs_sums(self, body: Expr) -> bool:
        keys = {n.key for n in self.work.nodes.deep(body) if isinstance(n, Pick)}
        return bool(keys & (self.late | set(self.sums)))

    def _check(self, body: Expr) -> None:
        """A row must be computed from the same row of everything else."""
        if self._needs_sums(body):
            raise Unblockable
        for node in self.work.nodes.deep(body):
            match node:
                case Dot(_, _, axis) | Total(_, axis) | LogSumExp(_, axis) | Counter(axis):
                    if self._is_sample(axis):
                        raise Unblockable
                case Same(left, right):
                    if any(p.axis and self._is_sample(p.axis) for p in (left, right)):
                        raise Unblockable
                case Pick(key, places):
                    self._check_pick(key, places)

    def _check_pick(self, key: str, places: tuple[Place, ...]) -> None:
        for dim, place in zip(self.work.arrays[key].dims, places, strict=True):
            if dim is None or (place.axis and self._is_sample(place.axis)) != (dim[1] == self.size):
                if dim is None or dim[1] == self.size or place.axis is not None:
                    raise Unblockable
            elif dim[1] == self.size and (place.shift != 0 or place.axis.lo != dim[0]):  # type: ignore[union-attr]
                raise Unblockable

    def _check_late(self, body: Expr) -> None:
        for node in self.work.nodes.deep(body):
            if isinstance(node, Pick) and self.sampled(self.work.arrays[node.key]):
                raise Unblockable

    def _summed(self, body: Expr, name: str) -> Expr:
        """The body with every sum over samples named."""
        found = {}
        for node in self.work.nodes.inside(body):
            if isinstance(node, Dot | Total) and self._is_sample(node.axis):
                found[self.work.nodes.symbol(node)] = self._named(node, name)
            else:
                new = over_parts(node, lambda e: self._summed(e, name))
                found[self.work.nodes.symbol(node)] = self.work.nodes.symbol(new)
        return body.xreplace(found)

    def _named(self, node: Node, name: str) -> Expr:
        if isinstance(node, Total) and node.product:
            raise Unblockable
        for part in self.work.nodes.parts(node):
            self._check(part)
        key = f"{name}|sum of {self.work.nodes.symbol(node)}"
        axes = self.work.nodes.of(node)
        if key not in self.work.arrays:
            dims: list[tuple[Expr, Expr] | None] = [(a.lo, a.hi) for a in axes]
            symbol = self.work.nodes.symbol(node)
            own = name if name not in self._taken() else self.work.names.of(key, f"{name}_sum")
            self.work.arrays[key] = Array(key, own, dims, symbol, axes)
            self.sums.append(key)
        places = tuple(Place(a, sympy.Integer(0)) for a in axes)
        return self.work.nodes.symbol(Pick(key, places))

    def _taken(self) -> set[str]:
        return {a.name for a in self.work.arrays.values()}
