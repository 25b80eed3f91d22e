"""Syntax: formulas as written. Every node knows its span; nothing is interpreted.

Juxtaposition stays a flat list (`Product`), because whether `a(b+c)` is a product or an
application depends on the whole document. A Σ or a `∂/∂x` is a factor like any other;
what it reaches over is decided at elaboration.
"""

from fractions import Fraction

from derive.source import Span
from derive.values import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A numeral, exact; `text` keeps leading zeros (`u_{01}`) and the decimal form."""

    value: Fraction
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A letter or a named symbol.

    `base` is a letter (`x`), a command without its backslash (`alpha`, `sigma`, `ell`), or
    the text of `\\operatorname{…}`/`\\mathrm{…}` (`softmax`). `style` is `""`, `bf` (also
    `\\boldsymbol`, `\\bm`, `\\vec`), `bb`, `cal`, `rm`, `it`, `sf`, `tt`, `frak`.
    `accents` lists `hat`, `bar`, `tilde`, `dot`, `ddot`, … outermost first.
    """

    base: str
    span: Span
    style: str = ""
    accents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """`\\text{…}`, `\\mbox{…}`: words."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Script:
    """`base_{sub}^{sup}` with `primes` primes; a bare script has the parts it has.

    `x_i^2`, `x^2_i` and `{x_i}^2` are one node when the braces hold only the scripted base.
    The contents are ordinary nodes: `ij` a `Product`, `i,j+1` a `Tuple`, `(l)` a `Group`.
    """

    base: "Node"
    sub: "Node | None"
    sup: "Node | None"
    primes: int
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """Something in brackets; `open` and `close` are the signs `( [ { | ‖ ⟨ ⌊ ⌈ .` as written."""

    open: str
    close: str
    body: "Node"
    span: Span


@dataclass(frozen=True, slots=True)
class Tuple:
    """Items separated by commas (or semicolons, or a `|`/`\\mid` bar: see `separator`)."""

    items: tuple["Node", ...]
    separator: str
    span: Span


@dataclass(frozen=True, slots=True)
class Quotient:
    """`\\frac{numerator}{denominator}` (`\\dfrac`, `\\tfrac`, `\\cfrac`, `\\over`)."""

    numerator: "Node"
    denominator: "Node"
    span: Span


@dataclass(frozen=True, slots=True)
class Root:
    """`\\sqrt[index]{body}`."""

    index: "Node | None"
    body: "Node"
    span: Span


@dataclass(frozen=True, slots=True)
class Binomial:
    """`\\binom{top}{bottom}`."""

    top: "Node"
    bottom: "Node"
    span: Span


@dataclass(frozen=True, slots=True)
class BigOp:
    """A prefix operator with bounds: `sum`, `prod`, `int`, `lim`, `max`, `min`, `argmax`, …

    A factor of the `Product` that it opens; its body is what follows it.
    """

    op: str
    lower: "Node | None"
    upper: "Node | None"
    span: Span


@dataclass(frozen=True, slots=True)
class Matrix:
    """`\\begin{bmatrix}…`: rows of cells; `env` names the environment, with its brackets.

    `\\left[\\begin{matrix}…\\end{matrix}\\right]` and `\\begin{array}` in brackets are the same.
    """

    rows: tuple[tuple["Node", ...], ...]
    env: str
    span: Span


@dataclass(frozen=True, slots=True)
class Cases:
    """`\\begin{cases}`: (value, condition) rows; the condition None where there is none."""

    rows: tuple[tuple["Node", "Node | None"], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Factor:
    """One member of a `Product`; `op` is the sign before it.

    `""` (juxtaposition, and the first), `cdot`, `times`, `/`, `odot`, `otimes`, `circ`,
    `star`, `div`.
    """

    op: str
    node: "Node"


@dataclass(frozen=True, slots=True)
class Product:
    """Two factors or more, in the order written."""

    factors: tuple[Factor, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Signed:
    """One member of an `Addition`; `sign` is `+`, `-`, `±` or `∓`; the first has `+` if none."""

    sign: str
    node: "Node"
    sign_span: Span


@dataclass(frozen=True, slots=True)
class Addition:
    """Two terms or more, or one with a sign in front."""

    terms: tuple[Signed, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Postfix:
    """`n!` (`op` is `!`)."""

    body: "Node"
    op: str
    span: Span


@dataclass(frozen=True, slots=True)
class Evaluated:
    """`\\left. body \\right|_{sub}^{sup}`, `[body]_a^b` with a bar: the body at a point."""

    body: "Node"
    sub: "Node | None"
    sup: "Node | None"
    span: Span


@dataclass(frozen=True, slots=True)
class Dots:
    """`\\cdots`, `\\ldots`, `\\vdots`, `\\ddots`; `command` says which."""

    command: str
    span: Span


@dataclass(frozen=True, slots=True)
class Blank:
    """An empty cell, script or argument."""

    span: Span


@dataclass(frozen=True, slots=True)
class Related:
    """A relation inside another node (`\\sum_{i=1}`, `\\text{if } x > 0`)."""

    chain: "Chain"
    span: Span


Node = (
    Number | Name | Text | Script | Group | Tuple | Quotient | Root | Binomial | BigOp | Matrix
    | Cases | Product | Addition | Postfix | Evaluated | Dots | Blank | Related
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relator:
    """A relation sign: `=`, `:=`, `≡`, `≠`, `<`, `≤`, `>`, `≥`, `≪`, `≫`, `≈`, `∝`, `∈`, `∼`,
    `→`, `⇒`, `⇐`, `⇔`, `↦`, `←`, `⊂`, `⊆`; `note` is what stands over it (`\\overset{(a)}{=}`)."""

    op: str
    span: Span
    note: "Node | None" = None


@dataclass(frozen=True, slots=True)
class Chain:
    """`A = B = C`: members and the signs between them (one sign fewer than members).

    The first member is None where the display opens with a relation sign. `words` are the
    `\\text{…}` before it in the same display (`where`, `and`).
    """

    members: tuple[Node | None, ...]
    relators: tuple[Relator, ...]
    span: Span
    words: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stretch of mathematics that is not a formula: where reading stopped, and why.

    `left` is what its sign would have said something of, where that was read.
    """

    message: str
    place: Span
    span: Span
    left: "Node | None" = None


@dataclass(frozen=True, slots=True)
class Formula:
    """One piece of mathematics in the document: a display, or an inline formula.

    `chains` are its relations in reading order; a row that opens with a relation sign goes on
    with the row before. `tag` is its number (`5`, `dC`), as written, without parentheses;
    `label` the name given by `\\label`. Where rows carry tags of their own, each is a `Formula`.
    """

    chains: tuple["Chain | Unreadable", ...]
    span: Span
    display: bool
    tag: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Prose:
    """A stretch of words between formulas; `heading` where it is a heading."""

    text: str
    span: Span
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """The formulas of a `derive:` comment, one chain each."""

    chains: tuple["Chain | Unreadable", ...]
    span: Span


Item = Formula | Prose | Declared


@dataclass(frozen=True, slots=True)
class Document:
    """A document as written: its prose and formulas in reading order."""

    items: tuple[Item, ...]
