"""The graph of a derivation: which relation rests on which, laid out in layers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from derive.checked import Checked, Judgement
from derive.derivation import Relation
from derive.verdict import MALFORMED, REFUTED
from derive.write.report.model import Edge, Graph, Node

LARGEST = 120
SPACING = 72  # of the layout library, in its own units
BEND = 8.0  # the room that a passing arrow takes
COLUMN, ROW, MARGIN = 92.0, 30.0, 36.0  # between layers, between neighbours, around
KINDS = ("cause", "step", "use")  # where two edges join the same two, the first is drawn

Arrow = tuple[str, str]


def of(checked: Checked) -> Graph | None:
    """The graph, or None where nothing rests on anything."""
    arrows = _reduced(dict(_arrows(checked)))
    kept = _kept(checked, arrows)
    arrows = {pair: kind for pair, kind in arrows.items() if set(pair) <= kept}
    if not arrows:
        return None
    places, paths, width, height = _laid_out(list(arrows))
    alone = [r.id for r, _ in checked.rows if r.id in kept and r.id not in places]
    beside = max(1, int((width - MARGIN) // COLUMN))
    for k, id in enumerate(alone):
        places[id] = (MARGIN + COLUMN * (k % beside), height + ROW * (k // beside + 0.5))
    height += ROW * -(-len(alone) // beside)
    nodes = tuple(
        Node(r.id, f"({r.id})" if r.tag is not None else r.id, j.verdict.status, *places[r.id])
        for r, j in checked.rows
        if r.id in places
    )
    edges = tuple(Edge(paths[pair], kind) for pair, kind in arrows.items() if pair in paths)
    said = f"{len(nodes)} relations and {len(edges)} arrows, from a relation to what rests on it."
    return Graph(nodes, edges, width, height, len(checked.judgements) - len(nodes), said)


def _arrows(checked: Checked) -> Iterator[tuple[Arrow, str]]:
    """Every arrow with its kind; the strongest kind comes last and stays."""
    ids = [r.id for r, _ in checked.rows]
    order = {id: k for k, id in enumerate(ids)}
    found: list[tuple[Arrow, str]] = []
    for relation, judgement in checked.rows:
        for kind, above in _rests_on(relation, judgement):
            if above in order and order[above] < order[relation.id]:
                found.append(((above, relation.id), kind))
    return iter(sorted(found, key=lambda pair: -KINDS.index(pair[1])))


def _rests_on(relation: Relation, judgement: Judgement) -> Iterator[tuple[str, str]]:
    if relation.predecessor is not None:
        yield "step", relation.predecessor
    if judgement.cause is not None:
        yield "cause", judgement.cause
        return  # why it is false matters here, not what else it uses
    yield from (("use", used) for used in judgement.verdict.unfolded or _definitions(relation))


def _definitions(relation: Relation) -> Iterator[str]:
    """The definitions in force of the names that a relation holds."""
    for side in (relation.left, relation.right):
        for head in sorted(side.heads) if side is not None else ():
            rows = relation.context.definitions.get(head, ())
            if rows and rows[-1].relation != relation.id:
                yield rows[-1].relation


def _reduced(arrows: dict[Arrow, str]) -> dict[Arrow, str]:
    """The arrows without those uses that a longer way says as well."""
    below: dict[str, set[str]] = defaultdict(set)
    for above, under in arrows:
        below[above].add(under)
    return {
        (a, b): kind
        for (a, b), kind in arrows.items()
        if kind != "use" or not any(_reaches(below, c, b) for c in below[a] if c != b)
    }


def _reaches(below: dict[str, set[str]], start: str, end: str) -> bool:
    stack, seen = [start], {start}
    while stack:
        here = stack.pop()
        if here == end:
            return True
        stack += below.get(here, set()) - seen
        seen |= below.get(here, set())
    return False


def _kept(checked: Checked, arrows: Iterable[Arrow]) -> set[str]:
    """The relations to draw: all of them, or, where they are many, the wrong and those near."""
    every = [r.id for r, _ in checked.rows]
    if len(every) <= LARGEST:
        return set(every)
    false = [r.id for r, j in checked.rows if j.verdict.status in (REFUTED, MALFORMED)]
    near = dict.fromkeys(false)
    for above, under in arrows:
        if above in false or under in false:
            near |= {above: None, under: None}
    chosen = list(near) or every
    return set(chosen[:LARGEST])


# ---- layout ---------------------------------------------------------------------------------

Point = tuple[float, float]
Places = dict[str, Point]
Paths = dict[Arrow, tuple[Point, ...]]


def _laid_out(arrows: list[Arrow]) -> tuple[Places, Paths, float, float]:
    """Positions and ways, from the layout library; layers go from left to right."""
    from fast_sugiyama import from_edges

    names = list(dict.fromkeys(id for pair in arrows for id in pair))
    number = {id: k for k, id in enumerate(names)}
    found = from_edges([(number[a], number[b]) for a, b in arrows], vertex_spacing=SPACING)
    places: Places = {}
    paths: Paths = {}
    width = top = 0.0
    for positions, _, _, edges in sorted(found, key=lambda part: min(int(k) for k, _ in part[0])):
        at = _scaled({int(k): (float(x), float(y)) for k, (x, y) in positions}, len(names))
        high = min(y for _, y in at.values())
        at = {k: (x + MARGIN, y - high + top + ROW / 2) for k, (x, y) in at.items()}
        top = max(y for _, y in at.values()) + ROW / 2
        width = max(width, *(x + MARGIN for x, _ in at.values()))
        places |= {names[k]: p for k, p in at.items() if k < len(names)}
        for way in _ways([(int(a), int(b)) for a, b in edges or []], len(names)):
            paths[names[way[0]], names[way[-1]]] = tuple(at[k] for k in way)
    return places, paths, width, top


def _scaled(positions: dict[int, tuple[float, float]], real: int) -> dict[int, Point]:
    """Layers side by side from the left, a column apart; neighbours at least a row apart."""
    near = min(x for x, _ in positions.values())
    levels = {y: k for k, y in enumerate(sorted({-y for _, y in positions.values()}))}
    layers: dict[float, list[int]] = defaultdict(list)
    for k in sorted(positions, key=lambda k: positions[k][0]):
        layers[-positions[k][1]].append(k)
    places: dict[int, Point] = {}
    for level, members in layers.items():
        free = 0.0
        for k in members:
            half = (ROW if k < real else BEND) / 2
            y = max((positions[k][0] - near) * ROW / SPACING, free + half)
            places[k], free = (levels[level] * COLUMN, y), y + half
    return places


def _ways(edges: Iterable[tuple[int, int]], real: int) -> Iterator[list[int]]:
    """Each edge with the bends that the layout put into it."""
    after: dict[int, list[int]] = defaultdict(list)
    for a, b in edges:
        after[a].append(b)
    for start in [k for k in after if k < real]:
        for step in after[start]:
            way = [start, step]
            while way[-1] >= real:
                way.append(after[way[-1]][0])
            yield way
