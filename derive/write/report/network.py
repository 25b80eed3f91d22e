"""The network that a document defines: layers found from its definitions, not drawn by hand.

A layer is a product of a data matrix and weights, with an elementwise function on it where there
is one; the data matrix may have a column of ones in front. Going back through the definitions
from the last product to a matrix that nothing defines gives the layers.
"""

from collections.abc import Iterator

from derive import show, typeset
from derive.checked import Checked
from derive.context import Context
from derive.kernel.matrix import ShapeError, shape
from derive.term import (
    ONE,
    Block,
    Bound,
    Each,
    Fill,
    Fn,
    Mat,
    MatAdd,
    MatMul,
    Num,
    Term,
)
from derive.values import dataclass
from derive.verdict import DEFINED, PROVED
from derive.write.report.model import Layer, Network

DEEPEST = 12


@dataclass(frozen=True, slots=True)
class _Step:
    """One layer, seen from its output: what it is made of."""

    data: Term
    weights: Term
    function: tuple[str, str]
    bias: bool


def of(checked: Checked) -> Network | None:
    """The deepest layered model of a document; None where it defines none with a hidden layer."""
    best: list[_Step] = []
    context = Context()
    for relation, judgement in checked.rows:
        if judgement.verdict.status not in (DEFINED, PROVED):
            continue
        for side in (relation.left, relation.right):
            if isinstance(side, (Each, MatMul, MatAdd)):
                steps = _chain(side, relation.context)
                if (len(steps), _active(steps)) > (len(best), _active(best)):
                    best, context = steps, relation.context
    return _network(best, context) if len(best) >= 2 else None


def _active(steps: list[_Step]) -> bool:
    return bool(steps) and bool(steps[0].function[0])


def _chain(term: Term, context: Context) -> list[_Step]:
    """The layers below a term, the last first."""
    steps: list[_Step] = []
    while len(steps) < DEEPEST:
        step = _step(term, context)
        if step is None:
            return steps
        steps.append(step)
        term = step.data
    return steps


def _step(term: Term, context: Context) -> _Step | None:
    term = _named(term, context)
    function = ("", "")
    if isinstance(term, Each):
        function = _function(term.body)
        term = _named(term.matrix, context)
    added = isinstance(term, MatAdd)
    if isinstance(term, MatAdd):
        products = [a for a in term.args if isinstance(_named(a, context), MatMul)]
        if len(products) != 1:
            return None
        term = _named(products[0], context)
    if not isinstance(term, MatMul) or len(term.args) != 2:
        return None
    data, weights = _sorted(term.args[0], term.args[1], context)
    bias, inner = _without_ones(data, context)
    return _Step(inner, weights, function, bias or added)


def _function(body: Term) -> tuple[str, str]:
    """How the function of a layer is called; a bare one by its name, else `f`."""
    if isinstance(body, Fn) and body.args == (Bound(0),) and not body.order:
        said, latex = show.text(body), typeset.latex(body)
        return said.partition("(")[0], latex.partition("(")[0]
    return "f", "f"


def _both(term: Term) -> tuple[str, str]:
    return show.text(term), typeset.latex(term)


def _named(term: Term, context: Context) -> Term:
    """What a name stands for, as long as it stands for a product, a function, or ones beside it."""
    for _ in range(DEEPEST):
        if not isinstance(term, Mat):
            return term
        rows = context.definitions.get(term.name, ())
        body = rows[-1].body if rows else None
        if not isinstance(body, (Mat, Each, MatMul, MatAdd, Block)) or _spelled(body):
            return term
        term = body
    return term


def _spelled(body: Term) -> bool:
    """Whether a matrix is written out entry by entry."""
    if not isinstance(body, Block):
        return False
    cells = [cell for row in body.grid for cell in row]
    return not any(isinstance(c, (Mat, MatMul, Each)) for c in cells)


def _sorted(left: Term, right: Term, context: Context) -> tuple[Term, Term]:
    """The data and the weights of a product: what further layers stand in is the data."""
    deep = [_depth(side, context) for side in (left, right)]
    if deep[0] != deep[1]:
        return (left, right) if deep[0] > deep[1] else (right, left)
    ones = [_without_ones(side, context)[0] for side in (left, right)]
    return (right, left) if ones[1] and not ones[0] else (left, right)


def _depth(term: Term, context: Context) -> int:
    _, inner = _without_ones(term, context)
    return len(_chain(inner, context)) if inner is not term or isinstance(term, Mat) else 0


def _without_ones(term: Term, context: Context) -> tuple[bool, Term]:
    """Whether ones stand before (or over) a matrix, and the matrix."""
    found = _named(term, context)
    match found:
        case Block(((first, rest),)) | Block(((first,), (rest,))) if _is_ones(first):
            return True, rest
        case MatMul(_) | Each(_, _) | MatAdd(_):
            return False, term
    return False, term


def _is_ones(term: Term) -> bool:
    return term is ONE or (isinstance(term, Fill) and term.scalar is ONE)


# ---- what is drawn ----------------------------------------------------------------------------


def _network(steps: list[_Step], context: Context) -> Network | None:
    try:
        sizes = [_size(s.data, s, context) for s in reversed(steps)]
        sizes.append(_outputs(steps[0], context))
    except ShapeError:
        return None
    layers = tuple(_layers(steps, sizes))
    weights = tuple(_both(s.weights) for s in reversed(steps))
    return Network(layers, weights, _says(layers))


def _layers(steps: list[_Step], sizes: list[Term]) -> Iterator[Layer]:
    order = list(reversed(steps))
    for k, size in enumerate(sizes):
        known = int(size.value) if isinstance(size, Num) else None
        name = _both(order[k].data) if k < len(order) else ("", "")
        function = order[k - 1].function if k else ("", "")
        bias = k < len(order) and order[k].bias
        yield Layer(known, _both(size), name, function, bias)


def _size(data: Term, step: _Step, context: Context) -> Term:
    """How many units a layer has: the side of its matrix that the weights meet."""
    rows, cols = shape(data)
    first, second = shape(step.weights)
    wanted = {first, second}
    return (
        cols
        if cols in wanted or (not step.bias and rows not in wanted)
        else _other(rows, cols, wanted, step.bias)
    )


def _other(rows: Term, cols: Term, wanted: set[Term], bias: bool) -> Term:
    """With ones beside it the matrix is one short of the weights; its samples are its rows."""
    return cols if bias or rows not in wanted else rows


def _outputs(step: _Step, context: Context) -> Term:
    first, second = shape(step.weights)
    rows, cols = shape(step.data)
    return first if second in (rows, cols) and first not in (rows, cols) else second


def _says(layers: tuple[Layer, ...]) -> str:
    sizes = "–".join(layer.said[0] for layer in layers)
    hidden = len(layers) - 2
    noun = "hidden layer" if hidden == 1 else "hidden layers"
    biased = " with a constant unit beside each layer" if any(x.bias for x in layers) else ""
    return f"A {sizes} network: {hidden} {noun}{biased}, found from the definitions."
