"""Pictures as values: shapes, curves and labels in points, for SVG and TikZ alike.

A shape's `role` says what it stands for; each format gives roles their colours. Verdicts differ
in shape and in darkness, so that they are told apart in grey.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import floor, log10

from derive.values import dataclass
from derive.write.report.model import Curve, Graph, Layer, Network

Point = tuple[float, float]
BOX = (54.0, 22.0)


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline around a centre: `pill`, `box`, `hexagon`, `slant` or `circle`."""

    outline: str
    role: str
    at: Point
    size: Point
    link: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A line through points; `curved` bends it between them, `arrow` ends it in a head."""

    points: tuple[Point, ...]
    role: str
    curved: bool = False
    arrow: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a point: plain, and as LaTeX; `anchor` is `middle`, `start` or `end`."""

    at: Point
    text: str
    latex: str
    role: str
    anchor: str = "middle"


Item = Shape | Path | Label


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture; `title` names it and `says` tells what it shows, for who cannot see it."""

    name: str
    title: str
    says: str
    width: float
    height: float
    items: tuple[Item, ...]


OUTLINES = {
    "proved": "pill",
    "proved-if": "pill",
    "refuted": "hexagon",
    "malformed": "slant",
    "undecided": "box",
    "not-checked": "box",
    "defined": "box",
}


def outline(kind: str, at: Point, size: Point) -> tuple[Point, ...]:
    """The corners of a shape that has corners."""
    (x, y), (w, h) = at, (size[0] / 2, size[1] / 2)
    if kind == "hexagon":
        cut = h * 0.9
        return ((x - w, y), (x - w + cut, y - h), (x + w - cut, y - h), (x + w, y),
                (x + w - cut, y + h), (x - w + cut, y + h))  # fmt: skip
    lean = h * 0.55 if kind == "slant" else 0.0
    return (
        (x - w + lean, y - h),
        (x + w + lean, y - h),
        (x + w - lean, y + h),
        (x - w - lean, y + h),
    )


# ---- the graph of the derivation --------------------------------------------------------------


def of_graph(graph: Graph) -> Picture:
    """The derivation as a graph from left to right."""
    items: list[Item] = []
    for edge in graph.edges:
        (x0, y0), *middle, (x1, y1) = edge.path
        ends = ((x0 + BOX[0] / 2, y0), *middle, (x1 - BOX[0] / 2 - 1.5, y1))
        items.append(Path(ends, edge.kind, curved=True, arrow=True))
    for node in graph.nodes:
        at = (node.x, node.y)
        says = f"{node.label}: {node.verdict}"
        items.append(Shape(OUTLINES[node.verdict], node.verdict, at, BOX, node.id, says))
        items.append(Label(at, node.label, "", f"in-{node.verdict}"))
    rest = f" {graph.left_out} further relations are not drawn." if graph.left_out else ""
    return Picture(
        "graph", "What rests on what", graph.says + rest, graph.width, graph.height, tuple(items)
    )


# ---- a layered model ----------------------------------------------------------------------------

UNIT, APART, BETWEEN = 26.0, 42.0, 130.0
DRAWN = 6


def of_network(network: Network) -> Picture:
    """A layered model: its units column by column, every unit joined to the next layer."""
    columns = [_units(layer) for layer in network.layers]
    tall = max(len(column) for column in columns) * APART
    places = [_places(column, k, tall) for k, column in enumerate(columns)]
    items: list[Item] = []
    for left, right in pairwise(places):
        items += _joints(left, right)
    for layer, column in zip(network.layers, places, strict=True):
        items += _column(layer, column)
    for k, (text, latex) in enumerate(network.weights):
        items.append(Label((60 + BETWEEN * (k + 0.5), 12), text, latex, "note"))
    for k, layer in enumerate(network.layers):
        items += _captions(layer, 60 + BETWEEN * k, tall + 36)
    width = 120 + BETWEEN * (len(columns) - 1)
    return Picture("network", "The network", network.says, width, tall + 66, tuple(items))


def _units(layer: Layer) -> list[str]:
    """What stands in a column: `one` (the constant unit), `unit`, `dots`."""
    if layer.size is not None and layer.size <= DRAWN:
        units = ["unit"] * layer.size
    else:
        units = ["unit", "unit", "dots", "unit"]
    return (["one"] if layer.bias else []) + units


def _places(column: list[str], k: int, tall: float) -> list[tuple[str, Point]]:
    top = 24 + (tall - len(column) * APART) / 2 + APART / 2
    return [(kind, (60 + BETWEEN * k, top + APART * row)) for row, kind in enumerate(column)]


def _joints(left: list[tuple[str, Point]], right: list[tuple[str, Point]]) -> Iterator[Path]:
    for kind, (x0, y0) in left:
        for other, (x1, y1) in right:
            if kind != "dots" and other == "unit":
                yield Path(((x0 + UNIT / 2, y0), (x1 - UNIT / 2, y1)), "joint")


def _column(layer: Layer, column: list[tuple[str, Point]]) -> Iterator[Item]:
    for kind, at in column:
        if kind == "dots":
            yield Label(at, "⋮", r"\vdots", "note")
        else:
            shape = "box" if kind == "one" else "circle"
            yield Shape(shape, kind, at, (UNIT, UNIT))
            text, latex = ("1", "1") if kind == "one" else layer.function
            if text:
                yield Label(at, text, latex, "in-unit")


def _captions(layer: Layer, x: float, y: float) -> Iterator[Label]:
    text, latex = layer.name
    if text:
        yield Label((x, y), text, latex, "note")
    many = layer.size != 1
    text, latex = layer.said
    yield Label(
        (x, y + 16), f"{text} unit{'s' * many}", rf"{latex}\ \text{{unit{'s' * many}}}", "note"
    )


# ---- a training history -----------------------------------------------------------------------

PLOT = (420.0, 230.0)
LEFT, BOTTOM, TOP = 56.0, 36.0, 12.0
SAMPLES = 400


def of_curves(curves: tuple[Curve, ...]) -> Picture | None:
    """The convergence plot; None where there is no point to plot."""
    points = [p for curve in curves for p in curve.points]
    if not points:
        return None
    xs, ys = _range([x for x, _ in points]), _range([y for _, y in points])
    items: list[Item] = [*_axes(xs, ys)]
    for k, curve in enumerate(curves):
        shown = tuple(_at(p, xs, ys) for p in _thinned(curve.points))
        items.append(Path(shown, f"curve-{k % 4}"))
        items.append(Label(
            (PLOT[0] + LEFT - 6, TOP + 14 * (k + 1)), curve.name, "", f"name-{k % 4}", "end"
        ))  # fmt: skip
    first, last = curves[0].points[0][1], curves[0].points[-1][1]
    says = (
        f"The cost falls from {first:.4g} to {last:.4g}."
        if last < first
        else (f"The cost goes from {first:.4g} to {last:.4g}.")
    )
    return Picture(
        "training", "Training", says, PLOT[0] + LEFT + 12, PLOT[1] + TOP + BOTTOM, tuple(items)
    )


def _thinned(points: tuple[Point, ...]) -> tuple[Point, ...]:
    step = max(1, len(points) // SAMPLES)
    return (*points[:-1:step], points[-1])


def _range(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _at(point: Point, xs: Point, ys: Point) -> Point:
    x = LEFT + PLOT[0] * (point[0] - xs[0]) / (xs[1] - xs[0])
    y = TOP + PLOT[1] * (1 - (point[1] - ys[0]) / (ys[1] - ys[0]))
    return x, y


def _axes(xs: Point, ys: Point) -> Iterator[Item]:
    corner, right, up = (LEFT, TOP + PLOT[1]), (LEFT + PLOT[0], TOP + PLOT[1]), (LEFT, TOP)
    yield Path((up, corner, right), "axis")
    for value in _ticks(*xs):
        x, y = _at((value, ys[0]), xs, ys)
        yield Path(((x, y), (x, y + 4)), "axis")
        yield Label((x, y + 14), f"{value:g}", "", "tick")
    for value in _ticks(*ys):
        x, y = _at((xs[0], value), xs, ys)
        yield Path(((x - 4, y), (x, y)), "axis")
        yield Path(((x, y), (LEFT + PLOT[0], y)), "grid")
        yield Label((x - 8, y), f"{value:g}", "", "tick", "end")
    yield Label((LEFT + PLOT[0] / 2, TOP + PLOT[1] + 30), "epoch", "", "tick")


def _ticks(low: float, high: float) -> Iterator[float]:
    """Round values between two ends, four to eight of them."""
    rough = (high - low) / 5
    unit = 10.0 ** floor(log10(rough))
    step = next(m * unit for m in (1, 2, 2.5, 5, 10) if m * unit >= rough)
    k = -floor(-low / step)
    while k * step <= high + step * 1e-9:
        yield round(k * step, 12)
        k += 1
