"""Kinds of relations: what defines, what is given, what claims."""

import re

from derive.kernel.matrix import ShapeError, Unsupported, shape
from derive.read import cues
from derive.read.equations import sought, variables
from derive.read.ledger import by_entry, defined_at, defined_head
from derive.read.names import root
from derive.read.optima import Optima
from derive.syntax import Node
from derive.term import (
    ZERO,
    App,
    At,
    Diff,
    Expect,
    Fn,
    Grad,
    Mat,
    MatMul,
    Mul,
    Num,
    Pow,
    Sym,
    Term,
    heads,
    is_matrix,
    substitute,
    subterms,
)

EQUAL = frozenset({"=", ":=", "≡"})
COMPARED = frozenset({"≠", "<", "≤", ">", "≥"})
_ANEW = re.compile(r"\b(let|consider|define|suppose|now)\b", re.I)
_STATIONARY = re.compile(
    r"\b(set(ting)?|equat\w+|zero|stationar\w+|optim\w+|minim\w+|maxim\w+)\b", re.I
)


# what the kinds told apart here are called in a report
SHOWN = {
    "logarithm": "definition",
    "entries": "definition",
    "naming": "definition",
    "moment": "definition",
    "given": "declaration",
    "posed": "declaration",
}


class Kinds(Optima):
    """Decides of each relation whether it defines, is given, or claims."""

    def kind(self, left: Term, right: Term, op: str, k: int, start: int, follows: bool) -> str:
        """Whether a relation defines, is given, or claims."""
        given = "posed" if follows and start == k == 0 else None
        if op in COMPARED:
            return given or "claim"
        self.resolve(left, right)
        left, right = by_entry(left, right)
        if k == start == 0 and self.tells(left, right):
            return "moment"
        if k == 0 and self.is_posed(left, right):
            linear = not any(isinstance(t, (Fn, App)) for t in subterms(right))
            return "given" if linear else "posed"
        if k == start and start == 0 and self.definable(left, right):
            return "definition"
        if k == start == 0 and self.is_logarithm(left, right):
            return "logarithm"
        if self.names_entries(left, right):
            return "entries"
        if given:
            return given
        if op == ":=" and start == 0 and defined_head(left) is not None:
            return "definition"
        poses = self.is_given, self.is_square, self.is_constraint
        if k == 0 and any(p(left, right) for p in poses):
            return "given"
        if k == 0 and self.is_stationary(left, right):
            return "given"
        if self.seeks_root(left, right) and (follows or cues.stationary(self.words)):
            return "given"
        return "claim"

    def is_recurrence(self, left: Term, right: Term) -> bool:
        """`h_t = … h_{t-1} …` poses a recurrence of a new family."""
        implicit = any(t is left for t in subterms(right))
        posed = isinstance(left, At) and left.head in self.unsettled
        new = _recursive(left, right) and not self.covered(left) and not posed
        return isinstance(left, At) and new and not implicit

    def is_posed(self, left: Term, right: Term) -> bool:
        """Whether an equation says what new names are to satisfy."""
        return (
            self.is_recurrence(left, right)
            or self.is_law(left, right)
            or self.is_initial(left, right)
        )

    def is_initial(self, left: Term, right: Term) -> bool:
        """`y(0) = y_0` beside an equation for an unknown y."""
        if not isinstance(left, App) or left.head in self.table.keys() | right.heads:
            return False
        return all(isinstance(a, Num) for a in left.args) and self.poses(left.head)

    def is_law(self, left: Term, right: Term) -> bool:
        """An equation between a product of new names and a formula without them poses a law."""
        product = isinstance(left, (Mul, MatMul)) and len(_names(left)) > 1
        return product and self.is_new(left, right)

    def is_constraint(self, left: Term, right: Term) -> bool:
        """`1/f = 1/u + 1/v` between new names poses what they are to satisfy."""
        several = len(left.heads) > 1 or len(right.heads) > 1
        compound = defined_head(left) is None and not any(
            isinstance(t, (Diff, Grad)) for t in subterms(left)
        )
        return several and compound and self.is_new(left, right)

    def is_new(self, left: Term, right: Term) -> bool:
        """Whether the left side is made of new names, of which the right side has none."""
        if any(isinstance(t, Expect) for t in subterms(left)):
            return False
        new = left.heads and not left.heads & (self.stated_heads | set(self.table))
        alike = {root(h) for h in left.heads} & {root(h) for h in right.heads}
        return bool(new) and bool(right.heads) and not alike

    def is_naming(self, left: Term, right: Term, op: str) -> bool:
        """`Σ x_i / n = μ` ends in a name that was never seen: it says what the name means."""
        if op not in EQUAL or not isinstance(right, Sym) or defined_head(left) is not None:
            return False
        if not isinstance(left, Diff) and self.equation_for(left, right):
            return False
        seen = self.stated_heads | set(self.table) | self.symbols.survey.by
        alike = root(right.name) in {root(h) for h in left.heads}
        known = alike or right.name in seen or self.assumed_of(right.name)
        return bool(left.heads) and not known

    def is_logarithm(self, left: Term, right: Term) -> bool:
        """`log p(x) = …` for a new p says what p is."""
        match left:
            case Fn("log", 0, (inner,)):
                new = defined_head(inner) not in self.stated_heads
                return new and isinstance(inner, (App, Sym, At)) and self.definable(inner, right)
        return False

    def is_square(self, left: Term, right: Term) -> bool:
        """`s^2 = …` for a new s says what s² is."""
        if not (isinstance(left, Pow) and isinstance(left.base, Sym)):
            return False
        key = left.base.name
        new = key not in self.table and key not in self.stated_heads and not self.assumed_of(key)
        alike = isinstance(right, Pow) and right.exponent is left.exponent
        if not right.heads and cues.claims(self.words):
            return False
        return new and isinstance(left.exponent, Num) and key not in right.heads and not alike

    def is_given(self, left: Term, right: Term) -> bool:
        """An equation that the words before it pose rather than claim."""
        words = self.words[-160:]
        unknown = all(h not in self.table for h in heads(left) | heads(right))
        stationary = right is ZERO and isinstance(left, (Diff, Grad)) and _STATIONARY.search(words)
        posed = cues.poses(self.words) or cues.postulates(self.words)
        unknown = unknown or bool(self.equation_for(left, right))
        member = self.set_to_zero()
        if right is ZERO and member is not None and left is member[1]:
            return True
        return bool(stationary or (unknown and posed))

    def equation_for(self, left: Term, right: Term) -> str:
        """The unknown function of which an equation says what it satisfies; "" if none."""
        key = sought(left, right)
        rows = [h for _, s, h in self.hypotheses if s in {0, self.section}]
        spoken = (sought(h.left, h.right) for h in rows if key in h.left.heads | h.right.heads)
        if key in self.table or any(about in {"", key} for about in spoken):
            return ""
        # `T = m l² θ′² / 2` for a T that is defined by θ is a claim; `q̇ = ∂H/∂p` is none
        told = (left.heads | right.heads) & self.table.keys() if not variables(right) else set()
        return "" if any(key in self.closure(Sym(h)) for h in told) else key

    def set_to_zero(self) -> tuple[Node, Term] | None:
        """What the words before set to zero, if they do: the last derivative, or what came last."""
        which = cues.zeroed(self.words)
        if which == "derivative":
            return self.derived
        return self.last if which else None

    def is_stationary(self, left: Term, right: Term) -> bool:
        """`… leads to A ŵ = b`: a name that is new stands for the solution."""
        words = self.words[-160:]
        told = self.stated_heads | self.table.keys() | self.domains.keys()
        new = {h for h in left.heads | right.heads if "̂" in h or h.endswith("^*")} - told
        return bool(new) and bool(_STATIONARY.search(words)) and not isinstance(left, Diff)

    def definable(self, left: Term, right: Term) -> bool:
        """Whether `left = right` can define its left side: a bare name, new, not on the right."""
        left, right = by_entry(left, right)
        key = defined_head(left)
        if key is None or isinstance(left, Diff) or _recursive(left, right):
            return False
        if isinstance(right, Term) and left is right:
            return False
        if not _pattern(left) or (self.assumed_of(key) and not self.poses(key)):
            return False
        if isinstance(left, Sym) and key in self.closure(right):
            return False
        return not self.covered(left) or self.redefines(key)

    def redefines(self, key: str) -> bool:
        """A new section that says `let` may define a name anew."""
        moved = self.sections.get(key, self.section) != self.section
        return moved and bool(_ANEW.search(self.words))

    def names_entries(self, left: Term, right: Term) -> bool:
        """Whether one side is a written-out matrix of names that are new: it names entries."""
        return self.fresh(right, left) or self.fresh(left, right)

    def resolve(self, left: Term, right: Term) -> None:
        """Reads an undefined bold name as the unnamed matrix that alone makes the shapes fit."""
        found = {h for t in (left, right) for h in heads(t)}
        for key in sorted(found & self.symbols.guessed):
            if key in self.table:
                continue
            whole = left if isinstance(left, Mat) and left.name == key else None
            if whole is None:
                self.resolve_one(key, left, right)

    def resolve_one(self, key: str, left: Term, right: Term) -> None:
        related = [c for c in self.unnamed if any(h.startswith(key + "_") for h in heads(c))]
        for candidate in related or self.unnamed:
            if self.fits(key, candidate, left, right):
                text = f"{key} is defined nowhere; read as the matrix written out before that fits"
                place = self.symbols.places[key]
                self.note("reading", text, place)
                self.define(Mat(key, *self.symbols.shapes[key]), candidate, "reading")
                return

    def fits(self, key: str, candidate: Term, left: Term, right: Term) -> bool:
        whole = {t: candidate for t in (*subterms(left), *subterms(right)) if _named(t, key)}
        try:
            a = substitute(left, whole)
            b = substitute(right, whole)
            sides = [shape(t) for t in (a, b) if is_matrix(t)]
        except (ShapeError, Unsupported):
            return False
        return len(sides) == 2


def _names(term: Term) -> frozenset[str]:
    """The names in a term without those of its sizes."""
    matrices = [t for t in subterms(term) if isinstance(t, Mat)]
    sizes = {h for t in matrices for s in (t.rows, t.cols) if s is not None for h in s.heads}
    return term.heads - sizes


def _pattern(term: Term) -> bool:
    """Whether the left side's indices or arguments are distinct variables or numbers."""
    at = defined_at(term)
    names = [t for t in at if isinstance(t, Sym)]
    plain = all(isinstance(t, (Sym, Num)) for t in at)
    numbers = isinstance(term, App) and any(isinstance(t, Num) for t in at)
    return plain and len(set(names)) == len(names) and not numbers


def _recursive(left: Term, right: Term) -> bool:
    """Whether the right side shows what the left side would define; `x_n = x_0 + n` does not."""
    at = defined_at(left)
    for node in subterms(right):
        if type(node) is type(left) and defined_head(node) == defined_head(left):
            others = defined_at(node)
            numbers = bool(others) and all(isinstance(i, Num) for i in others)
            if len(others) == len(at) and (node is left or not numbers):
                return True
        if isinstance(node, App) and isinstance(left, App) and node.head == left.head:
            return True
    return False


def _named(term: Term, key: str) -> bool:
    return isinstance(term, Mat) and term.name == key
