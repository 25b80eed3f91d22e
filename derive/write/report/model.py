"""What a report says, as values; every format renders the same ones.

LaTeX in here is safe: it comes from `typeset`, or from a document through `formula.tidy`.
"""

from derive.values import dataclass

# ---- in a line -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """Words, to be escaped by the format."""

    text: str


@dataclass(frozen=True, slots=True)
class Math:
    """A short formula in a line of words."""

    latex: str


@dataclass(frozen=True, slots=True)
class Code:
    """Source text, to be shown as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """The number of a relation of this report."""

    id: str
    text: str


Inline = Words | Math | Code | Link
Line = tuple[Inline, ...]


# ---- blocks ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Formula:
    """A displayed formula: pieces between which a line may break.

    Without pieces, `source` is shown as text. `read` says that it is set as it was read,
    because it could not be set as written.
    """

    pieces: tuple[str, ...]
    source: str = ""
    read: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One step: what is done, in words, and what there is then."""

    words: Line
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class Working:
    """A witness worked through: the values chosen, and both sides with the values put in."""

    values: tuple[Formula, ...]
    left: tuple[Row, ...]
    right: tuple[Row, ...]
    left_value: Formula
    right_value: Formula
    op: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A repair: what is written instead of what, where, and the relation after it."""

    place: str
    old: str
    new: str
    formula: Formula
    verdict: str


@dataclass(frozen=True, slots=True)
class Theorem:
    """A certificate: its theorem, the file that holds it, what it says, whether Coq took it."""

    name: str
    file: str
    text: str
    checked: bool

    @property
    def mark(self) -> str:
        """What is said of it beside the verdict."""
        return "checked by Coq" if self.checked else "written, not checked"


@dataclass(frozen=True, slots=True)
class Entry:
    """One relation with everything that was decided of it."""

    id: str
    label: str
    kind: str
    verdict: str
    blame: str
    place: str
    section: str
    formula: Formula
    says: Line
    remarks: tuple[Line, ...] = ()
    steps: tuple[Row, ...] = ()
    working: Working | None = None
    edits: tuple[Edit, ...] = ()
    confirmed: tuple[str, ...] = ()
    theorem: Theorem | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A finding: its code, how grave it is, the message, and the relations that it is about."""

    code: str
    severity: str
    message: Line
    place: str
    relations: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """One relation of the corrected derivation; a changed part is coloured."""

    label: str
    verdict: str
    formula: Formula
    changed: bool


@dataclass(frozen=True, slots=True)
class Symbol:
    """One row of the notation."""

    symbol: Line
    reading: str
    origin: str
    why: str


@dataclass(frozen=True, slots=True)
class Emitted:
    """A verified function: its code, the proved formulas that it computes, and its arithmetic.

    `arithmetic` is the code read back; it is empty where nothing can be.
    """

    name: str
    code: str
    formulas: tuple[Row, ...]
    arithmetic: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """How many relations have a verdict."""

    verdict: str
    count: int


# ---- pictures --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the graph of the derivation; positions in points, y downwards."""

    id: str
    label: str
    verdict: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge: from a relation to one that rests on it; `path` are the points that it passes.

    `kind` is `step` (the line before), `use` (a definition put in) or `cause` (what makes it
    false).
    """

    path: tuple[tuple[float, float], ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph of the derivation, laid out; `left_out` counts relations that are not drawn."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float
    left_out: int
    says: str


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a network: its size (None where symbolic, then `said`), its matrix, bias.

    Names are pairs: as plain text, and as LaTeX.
    """

    size: int | None
    said: tuple[str, str]
    name: tuple[str, str]
    function: tuple[str, str]
    bias: bool


@dataclass(frozen=True, slots=True)
class Network:
    """A layered model: layers from the input to the output, and the weights between them."""

    layers: tuple[Layer, ...]
    weights: tuple[tuple[str, str], ...]
    says: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A training history: the cost after each epoch."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report of one document says, in the order in which it says it."""

    title: str
    path: str
    headline: Line
    totals: tuple[Total, ...]
    gaps: tuple[Row, ...]
    told: tuple[Told, ...]
    entries: tuple[Entry, ...]
    corrected: tuple[Corrected, ...]
    corrected_says: str
    emitted: tuple[Emitted, ...]
    notation: tuple[Symbol, ...]
    hypotheses: tuple[Row, ...]
    axioms: tuple[Row, ...]
    versions: tuple[tuple[str, str], ...]
    command: str
    graph: Graph | None = None
    network: Network | None = None
    curves: tuple[Curve, ...] = ()
    certified: str = ""
