"""Optima: which slopes a document sets to zero, and which values it says solve that.

`ℓ'(λ) = … = 0`, then `λ̂ = …`: the first poses an equation, the second is to be its root.
"""

from dataclasses import replace

from derive.context import Hypothesis
from derive.derivation import Root
from derive.read import cues
from derive.read.ledger import Aim, defined_at, defined_head
from derive.read.moments import Moments
from derive.read.names import SQUARE, unmarked
from derive.read.problem import Unread
from derive.read.reads import HALF
from derive.source import Span
from derive.syntax import BigOp, Chain, Node, Product, Related
from derive.term import (
    ONE,
    ZERO,
    App,
    At,
    Diff,
    Expect,
    Grad,
    Mat,
    Num,
    Pow,
    Sym,
    Term,
    is_matrix,
    num,
    parts,
    subterms,
)

TWO = num(2)


class Optima(Moments):
    """Enters slopes into the book and tells what is said to be where one vanishes."""

    def slope(self, left: Term, right: Term) -> None:
        """A relation whose left side may be a slope is about to be stated."""
        variable = variable_of(left)
        if variable is not None:
            shown = None if right is ZERO else right
            self.aims.append(Aim(left, shown, variable, self.section))

    def vanishes(self, right: Term, kind: str) -> None:
        """The relation last stated says that the last slope is 0."""
        if right is ZERO and self.aims and self.deriving:
            self.aims[-1].zero = len(self.drafts) - 1
            self.aims[-1].posed = kind == "given"

    def seeks_root(self, left: Term, right: Term) -> bool:
        """Whether `… = 0` at the end of a slope is an equation for the variable by its looks."""
        if right is not ZERO or not self.aims or not self.deriving:
            return False
        return explicit(left, self.aims[-1].variable) and not cues.constant(self.words)

    def pose_last(self, left: Term, right: Term) -> None:
        """What goes on with the variable of a slope that was just said to be 0 solves that."""
        for aim in self.aims:
            found = _exponent(left, aim.variable) is not None
            if found and aim.zero is not None and aim.section == self.section:
                self.pose_slope(aim)
        goes_on = bool(self.words.strip()) and cues.goes_on(self.words)
        if not goes_on or left.holds_derivative or right.holds_derivative:
            return
        for aim in self.just_zero():
            if any(explicit(side, aim.variable) for side in (left, right)):
                self.pose_slope(aim)
                self.take_slope(aim)

    def pose_words(self) -> None:
        """Words after a display may say that it is solved: `Solving for λ`."""
        if cues.solves(self.words):
            for aim in self.just_zero():
                self.pose_slope(aim)

    def just_zero(self) -> list[Aim]:
        """The slopes that this display and the one before it say to be 0."""
        since = self.shown[-2] if len(self.shown) > 1 else 0
        rows = [a for a in self.aims if a.zero is not None and a.zero >= since]
        return [a for a in rows if not a.posed]

    def pose_slope(self, aim: Aim) -> None:
        """`slope = 0` is an equation that is given."""
        if aim.zero is not None and not aim.posed:
            aim.posed = True
            draft = self.drafts[aim.zero]
            draft.relation = replace(draft.relation, kind="declaration", sought=False)

    def take_slope(self, aim: Aim) -> None:
        """What is not the value itself is proved from the equation, to the end of its section."""
        found = aim.slope if self.shows(aim.slope) or aim.shown is None else aim.shown
        if not is_matrix(found):
            said = self.drafts[aim.zero or 0].relation.id
            self.take(Hypothesis(found, "=", ZERO, f"the slope in ({said}) is 0"), lasting=False)

    def shows(self, slope: Term) -> bool:
        """Whether the document defines what a slope is one of."""
        match slope:
            case Diff(body, _) | Grad(body, _):
                return bool(body.heads & self.table.keys()) or not isinstance(body, Sym | App)
            case App(head, _, _):
                return head in self.table
        return False

    # ---- extrema -------------------------------------------------------------------------------

    def extremum(self, chain: Chain) -> Chain | None:
        r"""`θ̂ = \argmax_θ ℓ(θ) = V`: notes what θ̂ is; what is left to state is `θ̂ = V`."""
        ends = [k for k, m in enumerate(chain.members) if m is not None and _argument_of(m)]
        first = chain.members[0]
        plain = all(r.op in {"=", ":="} for r in chain.relators)
        if ends != list(range(1, len(ends) + 1)) or not ends or first is None or not plain:
            return None
        left = self.elaborator.term(first)
        for k in ends:
            self.aims.append(self.aim(chain.members[k], left))
        rest = len(ends) + 1
        return Chain((first, *chain.members[rest:]), chain.relators[rest - 1 :], chain.span)

    def aim(self, member: Node | None, left: Term) -> Aim:
        """The slope of what is to be greatest or least."""
        if not isinstance(member, Product) or not isinstance(member.factors[0].node, BigOp):
            raise Unread("an optimum of nothing", member.span if member is not None else Span(0, 0))
        sign = member.factors[0].node
        span = member.factors[1].node.span.to(member.span)
        body = self.elaborator.scalar(replace(member, factors=member.factors[1:], span=span))
        variable = self.elaborator.term(_below(sign))
        if not isinstance(variable, Sym | At) or defined_head(left) is None:
            raise Unread("an optimum over more than a number is not decided yet", sign.span)
        sense = sign.op.removeprefix("arg")
        return Aim(
            Diff(body, variable), None, variable, self.section, None, False, sense, _name(left)
        )

    # ---- roots ---------------------------------------------------------------------------------

    def root_of(self, left: Term, right: Term) -> Root | None:
        """The slopes of which a new value is said to be a root; None where nothing says so."""
        if right is ZERO or any(isinstance(t, Expect) for t in subterms(right)):
            return None
        aims = self.named_aims(left) or self.aims_of(left)
        if not aims:
            return None
        exponent = _exponent(left, aims[-1].variable)
        if exponent is None or aims[-1].variable.heads & right.heads:
            return None
        solved = tuple(self.solved_beside(aims[-1].variable, right))
        slopes = ((a.slope if self.shows(a.slope) else None, a.shown) for a in aims)
        found = tuple(pair for pair in slopes if pair != (None, None))
        posed = tuple(t for a in self.aims for t in (a.slope, a.shown) if t is not None)
        sense = aims[-1].sense
        return Root(found, aims[-1].variable, exponent, solved, posed, sense) if found else None

    def named_aims(self, left: Term) -> list[Aim]:
        """Those of the values that a name is defined to be."""
        return [a for a in self.aims if a.named is not None and a.named == _name(left)]

    def aims_of(self, left: Term) -> list[Aim]:
        """The last slope by the variable whose value is given here, if the words seek its root."""
        aims = [a for a in self.aims if _exponent(left, a.variable) is not None]
        if not aims or cues.other_estimate(self.words):
            return []
        aims = [a for a in aims if a.section == aims[-1].section]
        slopes = [a for a in aims if not a.whole]
        posed = bool(slopes) and slopes[-1].posed and slopes[-1].section == self.section
        near = posed and (left is aims[-1].variable or cues.goes_on(self.words))
        if not (near or cues.stationary(self.words)):
            return []
        return aims[aims.index(slopes[-1]) :] if slopes else aims

    def objective(self, left: Term) -> None:
        """A function that is defined may be what is set out to be greatest or least."""
        if isinstance(left, App) and not any(left.orders):
            for variable in left.args:
                if isinstance(variable, Sym):
                    slope = Diff(left, variable)
                    self.aims.append(Aim(slope, None, variable, self.section, whole=True))

    def solved_beside(self, variable: Term, right: Term) -> list[tuple[Term, Term]]:
        """Other variables of slopes, with the names of the values that were found for them."""
        known = right.heads | self.table.keys()
        found: list[tuple[Term, Term]] = []
        for other in dict.fromkeys(a.variable for a in self.aims):
            if other is variable or not isinstance(other, Sym):
                continue
            names = [h for h in sorted(known) if h != other.name and unmarked(h) == other.name]
            found += [(other, Sym(h)) for h in names[:1]]
        return found


def _argument_of(member: Node) -> bool:
    r"""Whether a member is `\argmax …` or `\argmin …`."""
    first = member.factors[0].node if isinstance(member, Product) else None
    return isinstance(first, BigOp) and first.op in {"argmax", "argmin"}


def _below(sign: BigOp) -> Node:
    """The variable of an optimum: θ of `θ` and of `θ ∈ ℝ`."""
    match sign.lower:
        case Related(chain, _) if chain.members[0] is not None and chain.relators[0].op in "∈><≥≤":
            raise Unread("an optimum over a part of the domain is not decided yet", sign.span)
        case None:
            raise Unread("an optimum does not say of which variable", sign.span)
    return sign.lower


def variable_of(slope: Term) -> Term | None:
    """The variable of a first derivative; None for all else."""
    match slope:
        case Diff(body, (Sym() | At()) as variable) if not isinstance(body, Diff):
            return variable
        case App(_, orders, args) if sum(orders) == 1:
            found = args[orders.index(1)]
            return found if isinstance(found, Sym) else None
        case Grad(_, Mat() as matrix):
            return matrix
    return None


def explicit(term: Term, variable: Term) -> bool:
    """Whether a variable stands in a term other than as the argument of an unknown function."""
    if term is variable:
        return True
    if isinstance(term, App | Diff | Grad):
        return False
    return any(explicit(part, variable) for part, _ in parts(term))


def _name(left: Term) -> str | None:
    return defined_head(left.base if isinstance(left, Pow) else left)


def _exponent(left: Term, variable: Term) -> Term | None:
    """The power of a value at which it is one of the variable: `σ̂² = …` beside σ² or σ."""
    base, power = (left.base, left.exponent) if isinstance(left, Pow) else (left, ONE)
    key, own = defined_head(base), defined_head(variable)
    if key is None or own is None or defined_at(base) != defined_at(variable):
        return None
    if isinstance(base, Mat) != isinstance(variable, Mat):
        return None
    plain = unmarked(key)
    if plain == own and (base is variable or key != own):
        return _over(power, ONE)
    if plain + SQUARE == own:
        return _over(power, TWO)
    return HALF if plain == own + SQUARE and power is ONE else None


def _over(power: Term, of: Num) -> Term | None:
    """`of` over the power, where both are 1 or 2."""
    if power is of:
        return ONE
    return of if power is ONE else HALF if power is TWO else None
