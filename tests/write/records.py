"""A small document with records made by hand: one relation for each verdict."""
# the document's lines are as long as such lines are
# ruff: noqa: E501

from derive.checked import Checked, Judgement
from derive.context import Condition, Context
from derive.derivation import Derivation, Note, Problem, Reading, Relation
from derive.explain.findings import findings
from derive.finding import Repair
from derive.source import Source, Span
from derive.term import ONE, At, Sym, add, num
from derive.verdict import (
    DEFINED,
    MALFORMED,
    NOT_CHECKED,
    PROVED,
    PROVED_IF,
    REFUTED,
    UNDECIDED,
    Step,
    Verdict,
    Witness,
)

TEXT = r"""# Binary cross-entropy

$$C = \frac{1}{n} \sum_{i=1}^n h_i^r \log(h_i^p) + (1 - h_i^r) \log(1 - h_i^p) \quad (1)$$

$$\frac{\partial C}{\partial w} = \frac{1}{n} \sum_{i=1}^n \frac{\partial h_i^p}{\partial w} \frac{h_i^r(1 - h_i^p) - (1 - h_i^r)h_i^p}{h_i^p(1 - h_i^p)} \quad (4)$$

$$\frac{\partial C}{\partial w} = \frac{1}{n} \sum_{i=1}^n \frac{\partial h_i^p}{\partial w} \frac{h_i^r - y_i^p}{h_i^p(1 - h_i^p)} \quad (5)$$

$$= \frac{1}{n} \sum_{i=1}^n \frac{\partial z_i}{\partial w} (h_i^p - h_i^p) \quad (11)$$

$$(1 - A) \odot A \times v \quad (16)$$
$$\frac{x}{x} = 1 \quad (17)$$
$$f(n) = g(n) \quad (18)$$
$$K \approx G \quad (19)$$
$$\frac{\partial C}{\partial w} = 0 \quad (20)$$
"""
SOURCE = Source(TEXT, "paper.md")


def span(piece: str, start: int = 0) -> Span:
    at = TEXT.index(piece, start)
    return Span(at, at + len(piece))


def relation(tag: str, kind: str = "claim", **changes: object) -> Relation:
    end = TEXT.index(f" \\quad ({tag})")
    start = TEXT.rindex("$$", 0, end) + 2
    latex = TEXT[start:end]
    equals = start + latex.find("=") + 1
    fields: dict[str, object] = {
        "id": tag,
        "tag": tag,
        "span": Span(start, end),
        "latex": latex,
        "kind": kind,
        "op": "=",
        "left": Sym("C" + tag),
        "right": num(int(tag)),
        "left_span": Span(start, equals),
        "right_span": Span(equals, end),
        "context": Context(),
    }
    return Relation(**(fields | changes))  # type: ignore[arg-type]


INDEX, SIZE = Sym("i"), Sym("n")
WITNESS_5 = Witness(
    (("n", "1"), ("h_1^p(w)", "1/2 + (w - w_0)"), ("h_1^r", "1"), ("y_1^p", "1")), "2", "0"
)
WITNESS_11 = Witness((("n", "1"), ("z_1(w)", "w"), ("h_1^p", "1/2"), ("h_1^r", "1")), "1/2", "0")
UNKNOWN = span("y_i^p")
ZERO_BY_ZERO = Condition("nonzero", At("x", (INDEX,)), ((INDEX, ONE, SIZE),))

RELATIONS = (
    relation("1", "definition"),
    relation("4", predecessor="1"),
    relation("5", predecessor="4", right=add(At("h^p", (INDEX,)), At("h^r", (INDEX,)), At("y^p", (INDEX,)))),
    relation("11", predecessor="5", right=At("h^p", (INDEX,))),
    relation("16", left=None, right=None,
             problem=Problem(MALFORMED, "shape", "(1 - A) ⊙ A is n×3, v is 2×1",
                             span(r"(1 - A) \odot A \times v"))),
    relation("17"),
    relation("18"),
    relation("19", left=None, right=None, op="≈",
             problem=Problem(NOT_CHECKED, "not-a-claim", "≈ is no equality", span(r"\approx"))),
    relation("20", "restatement", left=Sym("C4"), right=num(4)),
)  # fmt: skip

DERIVATION = Derivation(
    SOURCE,
    RELATIONS,
    (
        Reading("h_i^p", "scalar family over i, label p, in (0, 1), depends on w", "inferred",
                "the argument of log in (1); the document takes its derivative by w"),
        Reading("n", "size, n ≥ 1", "inferred", "the upper end of a sum"),
    ),
    (Note("reading", "the sum over i is read as reaching over 2 terms, which use i",
          span(r"(1 - h_i^r) \log(1 - h_i^p)")),),
    {"y^p": UNKNOWN},
)  # fmt: skip

REPAIR = Repair(UNKNOWN, "h_i^p", RELATIONS[2].latex.replace("y_i^p", "h_i^p"), PROVED)
JUDGEMENTS = (
    Judgement(Verdict(DEFINED)),
    Judgement(Verdict(PROVED, method="normal form", unfolded=("1",), confirmed=("evaluation",),
                      trace=(Step("unfold", "C by (1)"), Step("normal form", "0"))),
              None, "sound", None, 0.0012),
    Judgement(Verdict(REFUTED, method="evaluated exactly", witness=WITNESS_5),
              None, "fresh", None, 0.0003, (REPAIR,)),
    Judgement(Verdict(REFUTED, method="evaluated exactly", witness=WITNESS_11,
                      reason="the right side is identically 0"), None, "fresh"),
    Judgement(Verdict(MALFORMED, reason="(1 - A) ⊙ A is n×3, v is 2×1", code="shape")),
    Judgement(Verdict(PROVED_IF, method="normal form", conditions=(ZERO_BY_ZERO,)), None, "sound"),
    Judgement(Verdict(UNDECIDED, reason="stopped after 10 s", code="limit")),
    Judgement(Verdict(NOT_CHECKED, reason="≈ is no equality", code="not-a-claim")),
    Judgement(Verdict(PROVED, trivial=True), None, "sound"),
)  # fmt: skip

CHECKED = Checked(DERIVATION, JUDGEMENTS, findings(DERIVATION, JUDGEMENTS))
