r"""Tokens of one member or argument to syntax nodes: as written, nothing interpreted.

Brackets are paired first, over the whole run of tokens; then every construct knows where it
ends and parsing is a descent over ranges. What does not fit raises `Stuck` with its place.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import islice, pairwise

from derive.read.commands import (
    BRACKETED,
    CASES,
    CLOSERS,
    CONNECTIVES,
    LIMITS,
    MATRICES,
    PREFIXES,
    ROW_ENVIRONMENTS,
)
from derive.read.lexer import Token
from derive.source import Span
from derive.syntax import (
    Addition,
    BigOp,
    Binomial,
    Blank,
    Cases,
    Chain,
    Dots,
    Evaluated,
    Factor,
    Group,
    Matrix,
    Name,
    Node,
    Number,
    Postfix,
    Product,
    Quotient,
    Related,
    Relator,
    Root,
    Script,
    Signed,
    Text,
    Tuple,
)

MAX_NESTING = 100

_OPENERS = {"rbrace": "lbrace", "end": "begin", "right": "left", "close": "open"}
_SCRIPTS = frozenset({"sub", "sup", "prime"})
_BARS = frozenset({"|", "‖"})


class Stuck(Exception):
    """Reading cannot go on: the words, and the token where."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.place = Span(start, end)


def stuck(message: str, token: Token) -> Stuck:
    """The error at one token."""
    return Stuck(message, token.start, token.end)


def pair(tokens: Sequence[Token]) -> list[int]:
    """For each bracket the index of its partner, -1 where it has none."""
    match = [-1] * len(tokens)
    stack: list[int] = []
    for index, token in enumerate(tokens):
        kind = token.kind
        if kind in ("lbrace", "open", "left", "begin"):
            stack.append(index)
        elif kind in _OPENERS:
            at = _partner(tokens, stack, token, _OPENERS[kind])
            if at is not None:
                opener = stack[at]
                del stack[at:]
                match[opener], match[index] = index, opener
        elif kind == "row":
            _forget_open(tokens, stack, index)
    return match


def _partner(tokens: Sequence[Token], stack: list[int], closer: Token, wanted: str) -> int | None:
    """Where in the stack the opener of `closer` is; soft brackets inside it are left over."""
    best = None
    for at in range(len(stack) - 1, -1, -1):
        opener = tokens[stack[at]]
        if opener.kind == wanted:
            if wanted == "begin" and opener.text != closer.text:
                return None
            if wanted != "open" or CLOSERS[opener.text] == closer.text:
                return at
            best = at if best is None else best
        elif opener.kind != "open":
            return best
    return best


def _forget_open(tokens: Sequence[Token], stack: list[int], row: int) -> None:
    """Round brackets do not reach into a row that starts a relation of its own."""
    at = row + 1
    while at < len(tokens) and tokens[at].kind == "amp":
        at += 1
    if at < len(tokens) and tokens[at].kind == "rel":
        while stack and tokens[stack[-1]].kind == "open":
            stack.pop()


class Parser:
    """The tokens of one formula, paired; methods take a range and give a node."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.match = pair(tokens)
        self.depth = 0

    def whole(self) -> Node:
        """The node of all tokens; raises `Stuck` where there is none."""
        return self.inside(0, len(self.tokens))

    def span(self, low: int, high: int) -> Span:
        """The place of a range of tokens."""
        if low < high:
            return Span(
                self.tokens[low].start, max(self.tokens[high - 1].end, self.tokens[low].end)
            )
        at = self.tokens[low - 1].end if 0 < low <= len(self.tokens) else 0
        if not low and self.tokens:
            at = self.tokens[0].start
        return Span(at, at)

    def level(self, low: int, high: int) -> Iterator[int]:
        """The indices of a range at its own level, a group by its opener alone."""
        match = self.match
        while low < high:
            yield low
            low = max(match[low], low) + 1

    # lists, relations

    def inside(self, low: int, high: int, bars: bool = False) -> Node:
        """What stands in brackets or in an argument: a list, relations or an expression."""
        if low >= high:
            return Blank(self.span(low, high))
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise stuck("nested too deeply", self.tokens[low])
        try:
            return self._separated(low, high, bars)
        finally:
            self.depth -= 1

    def _separated(self, low: int, high: int, bars: bool) -> Node:
        kinds = {self.tokens[i].kind for i in self.level(low, high)}
        if "rel" in kinds and not self._relates(low, high):
            kinds.remove("rel")
        if "over" in kinds:
            return self._over(low, high)
        if "mid" in kinds or (bars and "bar" in kinds):
            cuts = self._bar_cuts(low, high)
            if cuts:
                return self._listed(low, high, cuts, self.tokens[cuts[0]].text)
        if "semi" in kinds:
            return self._listed(low, high, self._cuts(low, high, "semi"), ";")
        if "comma" in kinds:
            return self._commas(low, high, "rel" in kinds)
        if "rel" in kinds:
            return self.related(low, high)
        if "text" in kinds or self.tokens[low].kind == "rel":
            return self._worded(low, high)
        return self.expression(low, high)

    def _relates(self, low: int, high: int) -> bool:
        """Whether a sign relates anything; a colon alone between commas is all of an index."""
        return any(
            self.tokens[i].kind == "rel" and not self._whole_index(i, low, high)
            for i in self.level(low, high)
        )

    def _whole_index(self, at: int, low: int, high: int) -> bool:
        first = at == low or self.tokens[at - 1].kind == "comma"
        last = at + 1 == high or self.tokens[at + 1].kind == "comma"
        return self.tokens[at].text == ":" and first and last

    def _cuts(self, low: int, high: int, kind: str) -> list[int]:
        return [i for i in self.level(low, high) if self.tokens[i].kind == kind]

    def _bar_cuts(self, low: int, high: int) -> list[int]:
        cuts = self._cuts(low, high, "mid")
        bars = self._cuts(low, high, "bar")
        doubled = len(bars) == 2 and bars[0] + 1 == bars[1] and self.tokens[bars[0]].text == "|"
        if len(bars) == 1 and bars[0] + 1 < high and self.tokens[bars[0] + 1].kind != "sub":
            cuts = sorted(cuts + bars)
        elif doubled and low < bars[0] and bars[1] + 1 < high:
            cuts = cuts or bars
        return cuts

    def _listed(self, low: int, high: int, cuts: list[int], separator: str) -> Node:
        doubled = len(cuts) == 2 and cuts[0] + 1 == cuts[1] and self.tokens[cuts[0]].kind == "bar"
        if doubled:
            bounds, separator = [(low, cuts[0]), (cuts[1] + 1, high)], "‖"
        else:
            edges = [low - 1, *cuts, high]
            bounds = [(a + 1, b) for a, b in pairwise(edges)]
        items = tuple(self._item(a, b) for a, b in bounds)
        return Tuple(items, separator, self.span(low, high))

    def _item(self, low: int, high: int) -> Node:
        if low >= high:
            return Blank(self.span(low, high))
        return self._separated(low, high, False)

    def _commas(self, low: int, high: int, related: bool) -> Node:
        cuts = self._cuts(low, high, "comma")
        if not related:
            return self._listed(low, high, cuts, ",")
        starts = [low, *self._between_relations(low, high, cuts), high]
        if len(starts) == 2:
            return self.related(low, high)
        parts = [self.related(a + (a > low), b) for a, b in pairwise(starts)]
        return Tuple(tuple(parts), ",", self.span(low, high))

    def _between_relations(self, low: int, high: int, cuts: list[int]) -> list[int]:
        """The commas with a relation of its own on either side."""
        signs = self._cuts(low, high, "rel")
        found = []
        last = low
        for cut, after in zip(cuts, [*cuts[1:], high], strict=True):
            before, behind = bisect_right(signs, last - 1), bisect_right(signs, cut)
            if before < behind and behind < len(signs) and signs[behind] < after:
                found.append(cut)
                last = cut
        return found

    def related(self, low: int, high: int) -> Node:
        """A relation inside another node."""
        signs = self._cuts(low, high, "rel")
        if not signs:
            return self._item(low, high)
        edges = [low - 1, *signs, high]
        members: list[Node | None] = []
        for a, b in pairwise(edges):
            if a + 1 >= b and a + 1 > low:
                raise stuck("nothing stands after this sign", self.tokens[signs[-1]])
            members.append(self._side(a + 1, b) if a + 1 < b else None)
        relators = tuple(relator(self.tokens[s]) for s in signs)
        span = self.span(low, high)
        return Related(Chain(tuple(members), relators, span), span)

    def _side(self, low: int, high: int) -> Node:
        cuts = self._cuts(low, high, "comma")
        if cuts:
            return self._listed(low, high, cuts, ",")
        return self._worded(low, high)

    def _worded(self, low: int, high: int) -> Node:
        """An expression, or a run of words and expressions side by side."""
        if high - low == 1 and self.tokens[low].kind == "text":
            return self._text(low, high)[0]
        if high - low == 1 and self.tokens[low].kind == "rel":
            return Name(self.tokens[low].text, self.span(low, high))
        cuts = [i for i in self._cuts(low, high, "text") if not self.operand(i)]
        if not cuts:
            return self.expression(low, high)
        items: list[Node] = []
        at = low
        for cut in [*cuts, high]:
            if at < cut:
                items.append(self.expression(at, cut))
            if cut < high:
                items.append(Text(self.tokens[cut].text, self.span(cut, cut + 1)))
            at = cut + 1
        return items[0] if len(items) == 1 else Tuple(tuple(items), " ", self.span(low, high))

    def operand(self, index: int) -> bool:
        """Whether a text token is a name or a quantity in the formula, not a word beside it."""
        return operand(self.tokens, index)

    def _over(self, low: int, high: int) -> Node:
        cuts = self._cuts(low, high, "over")
        if len(cuts) > 1:
            raise stuck("two \\over in one group", self.tokens[cuts[1]])
        top, bottom = self.inside(low, cuts[0]), self.inside(cuts[0] + 1, high)
        span = self.span(low, high)
        if self.tokens[cuts[0]].text == "choose":
            return Binomial(top, bottom, span)
        return Quotient(top, bottom, span)

    # sums and products

    def expression(self, low: int, high: int) -> Node:
        """A sum of products over the whole range."""
        terms: list[Signed] = []
        at = low
        signed = False
        while True:
            sign, sign_span = "+", Span(self.tokens[low].start, self.tokens[low].start)
            if self.tokens[at].kind == "sign":
                sign, sign_span = self.tokens[at].text, self.span(at, at + 1)
                signed = True
                at += 1
                if at >= high:
                    raise stuck(f"nothing stands after `{sign}`", self.tokens[at - 1])
            node, at = self.product(at, high)
            terms.append(Signed(sign, node, sign_span))
            if at >= high:
                break
        if len(terms) == 1 and not signed:
            return terms[0].node
        return Addition(tuple(terms), self.span(low, high))

    def product(self, low: int, high: int) -> tuple[Node, int]:
        """The factors from `low` to the next sign of addition; the node and where it ends."""
        factors: list[Factor] = []
        at, op = low, ""
        while at < high:
            token = self.tokens[at]
            if token.kind == "sign":
                if factors and not op and not self._expects(factors[-1].node):
                    break
                node, at = self._signed(at, high, op)
            elif token.kind == "mul":
                if op or not factors:
                    raise stuck("this sign has nothing on its left", token)
                op, at = token.text, at + 1
                continue
            elif token.kind == "bar" and factors and not op and self._evaluates(at, high):
                body = _product(factors, self.span(low, at))
                node, at = self._evaluated(body, low, at, high)
                factors = []
            else:
                node, at = self.scripted(at, high)
            _side_by_side(factors, op, node)
            factors += _flat(node, op, self.tokens[at - 1])
            op = ""
        if op:
            raise stuck("nothing stands after this sign", self.tokens[at - 1])
        if not factors:
            raise Stuck("a term is missing", *_ends(self.span(low, at)))
        _unprinted(factors)
        return _product(factors, self.span(low, at)), at

    def _expects(self, node: Node) -> bool:
        """Whether a sign after this factor is the sign of what the factor applies to."""
        while isinstance(node, Script):
            node = node.base
        if isinstance(node, BigOp):
            return True
        return isinstance(node, Name) and node.base in PREFIXES

    def _signed(self, at: int, high: int, op: str) -> tuple[Node, int]:
        """A sign after an operator: of the next factor after `/`, of the rest elsewhere."""
        start = at
        if at + 1 >= high:
            raise stuck("nothing stands after this sign", self.tokens[at])
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise stuck("nested too deeply", self.tokens[at])
        if op in ("/", "div") and self.tokens[at + 1].kind != "sign":
            node, at = self.scripted(at + 1, high)
        else:
            node, at = self.product(at + 1, high)
        self.depth -= 1
        sign = Signed(self.tokens[start].text, node, self.span(start, start + 1))
        return Addition((sign,), self.span(start, at)), at

    def _evaluates(self, at: int, high: int) -> bool:
        return at + 1 < high and self.tokens[at + 1].kind == "sub"

    def _evaluated(self, body: Node, low: int, at: int, high: int) -> tuple[Node, int]:
        sub, sup, _, after = self.scripts(at + 1, high)
        return Evaluated(body, sub, sup, self.span(low, after)), after

    # factors

    def scripted(self, at: int, high: int) -> tuple[Node, int]:
        """One factor with its scripts, primes and factorials."""
        start = at
        token = self.tokens[at]
        if token.kind in _SCRIPTS:
            base: Node = Blank(Span(token.start, token.start))
        else:
            handler = _ATOMS.get(token.kind)
            if handler is None:
                raise stuck(
                    _MESSAGES.get(token.kind, "`{}` does not belong here").format(token.text), token
                )
            base, at = handler(self, at, high)
        while at < high:
            kind = self.tokens[at].kind
            if kind in _SCRIPTS:
                sub, sup, primes, after = self.scripts(at, high)
                base = self._attach(base, sub, sup, primes, self.span(start, after))
                at = after
            elif kind == "bang" and not isinstance(base, BigOp | Blank):
                at += 1
                base = Postfix(base, "!", self.span(start, at))
            else:
                break
        return base, at

    def scripts(self, at: int, high: int) -> tuple[Node | None, Node | None, int, int]:
        """The scripts from `at`: sub, sup, primes, and where they end."""
        sub: Node | None = None
        sup: Node | None = None
        primes = 0
        while at < high and self.tokens[at].kind in _SCRIPTS:
            token = self.tokens[at]
            if token.kind == "prime":
                if sup is not None:
                    raise stuck("a prime after a superscript", token)
                primes, at = primes + len(token.text), at + 1
                continue
            if (sub if token.kind == "sub" else sup) is not None:
                raise stuck(f"two `{token.text}` on one base", token)
            node, primed, at = self._script(at + 1, high, token)
            if token.kind == "sub":
                sub = node
            elif primed and sup is None:
                primes += primed
            else:
                sup = node
        return sub, sup, primes, at

    def _script(self, at: int, high: int, sign: Token) -> tuple[Node, int, int]:
        """The content of a script; how many primes it is, if it is nothing else."""
        if at >= high:
            raise stuck(f"nothing stands after `{sign.text}`", sign)
        low, end = self._argument_range(at, high)
        if sign.kind == "sup" and low < end and all(map(self._is_prime, range(low, end))):
            count = sum(self.tokens[i].text.count("'") or 1 for i in range(low, end))
            return Blank(self.span(low, end)), count, self._after(at, end)
        token = self.tokens[at]
        if token.kind == "num" and len(token.text) > 1:
            raise stuck(
                f"`{sign.text}{token.text}` raises or lowers only its first digit: "
                f"write `{sign.text}{{{token.text}}}`",
                token,
            )
        if end - low == 1:
            lone = self._lone(low)
            if lone is not None:
                return lone, 0, self._after(at, end)
        node, after = self.argument(at, high, sign)
        return node, 0, after

    def _is_prime(self, index: int) -> bool:
        token = self.tokens[index]
        return token.kind == "prime" or (token.kind == "name" and token.text == "prime")

    def _argument_range(self, at: int, high: int) -> tuple[int, int]:
        """The range of tokens inside the argument at `at`."""
        if self.tokens[at].kind == "lbrace" and self.match[at] > at:
            return at + 1, self.match[at]
        return at, min(at + 1, high)

    def _after(self, at: int, end: int) -> int:
        return end + 1 if self.tokens[at].kind == "lbrace" else end

    def _lone(self, at: int) -> Node | None:
        """A sign alone in a script is a name: `A^+`, `x^*`, `90^\\circ`; words are words."""
        token = self.tokens[at]
        if token.kind == "sign":
            return Name(token.text, self.span(at, at + 1))
        if token.kind == "mul":
            return Name(
                {"star": "*", "asterisk": "*"}.get(token.text, token.text), self.span(at, at + 1)
            )
        if token.kind == "text":
            return Text(token.text, self.span(at, at + 1))
        if token.kind == "rel" and token.text in "<>≤≥=":
            return Name(token.text, self.span(at, at + 1))
        if token.kind == "bar":
            return Name(token.text, self.span(at, at + 1))
        return None

    def _attach(
        self, base: Node, sub: Node | None, sup: Node | None, primes: int, span: Span
    ) -> Node:
        if isinstance(base, BigOp):
            if primes or (sub and base.lower) or (sup and base.upper):
                raise Stuck("this operator has its bounds twice", *_ends(span))
            return BigOp(base.op, sub or base.lower, sup or base.upper, span)
        if isinstance(base, Name) and base.base in LIMITS and sub and not primes:
            return BigOp(base.base, sub, sup, span)
        if isinstance(base, Evaluated) and not base.sub and not base.sup and not primes:
            return Evaluated(base.body, sub, sup, span)
        if isinstance(base, Addition | Product):
            raise Stuck("the braces under this script do not print: write brackets", *_ends(span))
        if isinstance(base, Script) and not primes and _disjoint(base, sub, sup):
            return Script(base.base, base.sub or sub, base.sup or sup, base.primes, span)
        return Script(base, sub, sup, primes, span)

    def argument(self, at: int, high: int, command: Token) -> tuple[Node, int]:
        """A braced argument or one sign; the node and where it ends."""
        if at >= high:
            raise stuck("an argument is missing", command)
        token = self.tokens[at]
        if token.kind == "lbrace":
            end = self._closed(at, high)
            return self.inside(at + 1, end), end + 1
        if token.kind in _SCRIPTS or token.kind in ("amp", "row", "comma", "rel", "sign", "mul"):
            raise stuck("an argument is missing", command)
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise stuck("nested too deeply", token)
        handler = _ATOMS.get(token.kind)
        if handler is None:
            raise stuck(f"`{token.text}` cannot be an argument", token)
        node, after = handler(self, at, high)
        self.depth -= 1
        return node, after

    def _closed(self, at: int, high: int) -> int:
        end = self.match[at]
        if not at < end < high:
            raise stuck(f"`{self.tokens[at].text}` is never closed", self.tokens[at])
        return end

    # atoms: one method a kind of token

    def _number(self, at: int, _: int) -> tuple[Node, int]:
        token = self.tokens[at]
        return Number(Fraction(token.text), token.text, self.span(at, at + 1)), at + 1

    def _name(self, at: int, _: int) -> tuple[Node, int]:
        token = self.tokens[at]
        return Name(token.text, Span(token.start, token.end), token.style), at + 1

    def _limop(self, at: int, high: int) -> tuple[Node, int]:
        token = self.tokens[at]
        if at + 1 < high and self.tokens[at + 1].kind == "sub":
            return self._big(at, high)
        return Name(token.text, Span(token.start, token.end)), at + 1

    def _big(self, at: int, _: int) -> tuple[Node, int]:
        return BigOp(self.tokens[at].text, None, None, self.span(at, at + 1)), at + 1

    def _dots(self, at: int, _: int) -> tuple[Node, int]:
        return Dots(self.tokens[at].text, self.span(at, at + 1)), at + 1

    def _text(self, at: int, _: int) -> tuple[Node, int]:
        token = self.tokens[at]
        if wordlike(token.text):
            return Name(token.text, self.span(at, at + 1), "rm"), at + 1
        return Text(token.text, self.span(at, at + 1)), at + 1

    def _brace(self, at: int, high: int) -> tuple[Node, int]:
        end = self._closed(at, high)
        low = at + 1
        if low < end and self.tokens[low].kind == "switch":
            return self._switched(low, end), end + 1
        return self.inside(low, end), end + 1

    def _switched(self, at: int, end: int) -> Node:
        r"""`{\bf X}`: the old way to set a font, up to the end of the group."""
        style = self.tokens[at].text
        body = [
            t._replace(style=style) if t.kind == "name" else t for t in self.tokens[at + 1 : end]
        ]
        if style == "rm" and len(body) > 1 and all(t.kind == "name" for t in body):
            word = "".join(t.text for t in body)
            return Name(word, self.span(at, end), "rm")
        return self._again(body, at, end)

    def _again(self, body: list[Token], low: int, high: int) -> Node:
        """Parse other tokens in the place of a range."""
        if not body:
            return Blank(self.span(low, high))
        inner = Parser(body)
        inner.depth = self.depth
        return inner.inside(0, len(body))

    def _font(self, at: int, high: int) -> tuple[Node, int]:
        if at + 1 >= high:
            raise stuck("an argument is missing", self.tokens[at])
        low, end = self._argument_range(at + 1, high)
        style = self.tokens[at].text
        body = [t._replace(style=style) if t.kind == "name" else t for t in self.tokens[low:end]]
        return self._again(body, low, end), self._after(at + 1, end)

    def _accent(self, at: int, high: int) -> tuple[Node, int]:
        token = self.tokens[at]
        node, after = self.argument(at + 1, high, token)
        span = self.span(at, after)
        accented = _accented(node, token.text, span)
        if accented is None and token.text == "bar":
            return Group("‾", "", node, span), after
        if accented is None:
            raise stuck(f"\\{token.text} over more than one name", token)
        return accented, after

    def _frac(self, at: int, high: int) -> tuple[Node, int]:
        top, bottom, after = self._two(at, high)
        return Quotient(top, bottom, self.span(at, after)), after

    def _binom(self, at: int, high: int) -> tuple[Node, int]:
        top, bottom, after = self._two(at, high)
        return Binomial(top, bottom, self.span(at, after)), after

    def _two(self, at: int, high: int) -> tuple[Node, Node, int]:
        token = self.tokens[at]
        following = self.tokens[at + 1] if at + 1 < high else token
        if following.kind == "num" and len(following.text) > 1:
            return self._two_digits(at, following)
        top, middle = self.argument(at + 1, high, token)
        if middle < high and self.tokens[middle].kind == "num":
            self._one_digit(middle)
        bottom, after = self.argument(middle, high, token)
        return top, bottom, after

    def _two_digits(self, at: int, digits: Token) -> tuple[Node, Node, int]:
        r"""`\frac12`: each digit is an argument."""
        if len(digits.text) != 2 or not digits.text.isdigit():
            raise stuck("write both arguments in braces", digits)
        first, second = digits.text[0], digits.text[1]
        middle = digits.start + 1 if digits.end - digits.start == 2 else digits.start
        top = Number(Fraction(first), first, Span(digits.start, max(middle, digits.start)))
        return top, Number(Fraction(second), second, Span(middle, digits.end)), at + 2

    def _one_digit(self, at: int) -> None:
        if len(self.tokens[at].text) > 1:
            raise stuck("write both arguments in braces", self.tokens[at])

    def _sqrt(self, at: int, high: int) -> tuple[Node, int]:
        token = self.tokens[at]
        index: Node | None = None
        middle = at + 1
        if middle < high and self.tokens[middle].kind == "open" and self.tokens[middle].text == "[":
            end = self._closed(middle, high)
            index, middle = self.inside(middle + 1, end), end + 1
        if middle < high and self.tokens[middle].kind == "num":
            self._one_digit(middle)
        body, after = self.argument(middle, high, token)
        return Root(index, body, self.span(at, after)), after

    def _stack(self, at: int, high: int) -> tuple[Node, int]:
        r"""`\underset{x}{\max}`: the bound of an operator."""
        token = self.tokens[at]
        note, middle = self.argument(at + 1, high, token)
        low, end = self._argument_range(middle, high) if middle < high else (high, high)
        if end - low != 1 or self.tokens[low].kind not in ("limop", "big"):
            raise stuck("this stacks signs in a way that is not known", token)
        after = self._after(middle, end)
        lower, upper = (note, None) if token.text == "under" else (None, note)
        return BigOp(self.tokens[low].text, lower, upper, self.span(at, after)), after

    def _underbrace(self, at: int, high: int) -> tuple[Node, int]:
        r"""`\underbrace{X}_{words}` is X."""
        node, after = self.argument(at + 1, high, self.tokens[at])
        if after < high and self.tokens[after].kind in ("sub", "sup"):
            _, after = self.argument(after + 1, high, self.tokens[after])
        if isinstance(node, Addition | Product):
            return Group("(", ")", node, self.span(at, after)), after
        return node, after

    def _substack(self, at: int, high: int) -> tuple[Node, int]:
        low, end = self._argument_range(at + 1, high) if at + 1 < high else (high, high)
        body = [
            t._replace(kind="comma", text=",") if t.kind == "row" else t
            for t in self.tokens[low:end]
        ]
        while body and body[-1].kind == "comma":
            body.pop()
        return self._again(body, low, end), self._after(at + 1, end)

    def _open(self, at: int, high: int) -> tuple[Node, int]:
        end = self._closed(at, high)
        opener, closer = self.tokens[at].text, self.tokens[end].text
        if opener == "[" and closer == "]":
            row = self._spaced_row(at + 1, end)
            if row is not None:
                return row, end + 1
        body = self.inside(at + 1, end, bars=True)
        span = self.span(at, end + 1)
        if CLOSERS[opener] != closer and not _pair_of_two(body):
            raise stuck(f"`{opener}` is closed by `{closer}`", self.tokens[at])
        return _bracketed(opener, closer, body, span), end + 1

    def _spaced_row(self, low: int, high: int) -> Node | None:
        """`[1 \\quad X]`: entries of a row set apart by wide spaces."""
        level = list(self.level(low, high))
        cuts = [
            i
            for before, i in pairwise(level)
            if self.tokens[i].gap
            and self.tokens[i].kind not in ("sign", "mul", "rel", "comma", "sub", "sup")
            and self.tokens[before].kind not in ("sign", "mul", "rel", "comma", "big")
        ]
        if not cuts or any(self.tokens[i].kind in ("comma", "semi", "rel", "mid") for i in level):
            return None
        edges = [low, *cuts, high]
        cells = tuple(self.inside(a, b) for a, b in pairwise(edges))
        return Matrix((cells,), "bmatrix", self.span(low - 1, high + 1))

    def _left(self, at: int, high: int) -> tuple[Node, int]:
        end = self._closed(at, high)
        opener, closer = self.tokens[at].text, self.tokens[end].text
        span = self.span(at, end + 1)
        if opener == "{" and closer == ".":
            return self._left_cases(at, end), end + 1
        body = self.inside(at + 1, end, bars=opener not in _BARS)
        if closer in _BARS and opener not in _BARS:
            if opener not in ".[":
                raise stuck(f"`{opener}` is closed by `{closer}`", self.tokens[at])
            return Evaluated(body, None, None, span), end + 1
        if "." in (opener, closer) and not (opener == closer == "."):
            raise stuck("a bracket without its partner", self.tokens[at])
        if CLOSERS.get(opener, opener) != closer and not _pair_of_two(body):
            raise stuck(f"`{opener}` is closed by `{closer}`", self.tokens[at])
        return _bracketed(opener, closer, body, span), end + 1

    def _left_cases(self, at: int, end: int) -> Node:
        inner = at + 1
        if inner < end and self.tokens[inner].kind == "begin" and self.match[inner] == end - 1:
            return self._cases(inner, end - 1)
        raise stuck("a bracket without its partner", self.tokens[at])

    def _bar(self, at: int, high: int) -> tuple[Node, int]:
        """An absolute value or a norm: a bar where an operand is due opens."""
        sign = self.tokens[at].text
        width = 1
        if (
            sign == "|"
            and at + 1 < high
            and self.tokens[at + 1].kind == "bar"
            and (self.tokens[at + 1].start == self.tokens[at].end)
        ):
            doubled = self._double_close(at + 2, high)
            if doubled is not None:
                body = self.inside(at + 2, doubled)
                return Group("‖", "‖", body, self.span(at, doubled + 2)), doubled + 2
        end = self._bar_close(at + width, high, sign)
        if end is None:
            raise stuck(f"the bar `{sign}` has no partner", self.tokens[at])
        return Group(sign, sign, self.inside(at + 1, end), self.span(at, end + 1)), end + 1

    def _double_close(self, low: int, high: int) -> int | None:
        """Where `||` closes what `||` opened."""
        found = (i for i in self.level(low, high) if self.tokens[i].kind == "bar")
        bars = list(islice(found, 2))
        if len(bars) < 2 or bars[1] != bars[0] + 1 or bars[0] == low:
            return None
        before = self.tokens[bars[0] - 1].kind
        return None if before in ("sign", "mul", "rel", "comma") else bars[0]

    def _bar_close(self, low: int, high: int, sign: str) -> int | None:
        """The first bar after a complete operand; bars that open in between are skipped."""
        depth = 0
        before = "mul"
        for i in self.level(low, high):
            token = self.tokens[i]
            if token.kind == "bar" and token.text == sign:
                if before in ("mul", "sign", "rel", "comma", "bar-open", "big"):
                    depth += 1
                    before = "bar-open"
                    continue
                if depth == 0:
                    return i
                depth -= 1
                before = "bar"
                continue
            before = token.kind
        return None

    def _stray(self, at: int, _: int) -> tuple[Node, int]:
        raise stuck(f"`{self.tokens[at].text}` closes nothing", self.tokens[at])

    def _begin(self, at: int, high: int) -> tuple[Node, int]:
        token = self.tokens[at]
        end = self._closed(at, high)
        if token.text in CASES:
            return self._cases(at, end), end + 1
        if token.text in MATRICES:
            rows = tuple(
                tuple(self.inside(a, b) for a, b in row) for row in self.cells(at + 1, end)
            )
            env = {"smallmatrix": "matrix", "subarray": "array"}.get(token.text, token.text)
            return Matrix(rows, env, self.span(at, end + 1)), end + 1
        if token.text in ROW_ENVIRONMENTS:
            body = [
                self.tokens[i]
                for i in range(at + 1, end)
                if self.tokens[i].kind not in ("amp", "row")
            ]
            return self._again(body, at + 1, end), end + 1
        raise stuck(f"the environment `{token.text}` is not known", token)

    def cells(self, low: int, high: int) -> list[list[tuple[int, int]]]:
        """The rows of an environment, as ranges of cells; an empty last row is none."""
        rows: list[list[tuple[int, int]]] = [[]]
        start = low
        for i in [*self.level(low, high), high]:
            kind = self.tokens[i].kind if i < high else "row"
            if kind in ("amp", "row"):
                rows[-1].append((start, i))
                start = i + 1
            if kind == "row" and i < high:
                rows.append([])
        return [row for row in rows if len(row) > 1 or row[0][0] < row[0][1]]

    def _cases(self, at: int, end: int) -> Node:
        rows = tuple(self._case(row) for row in self.cells(at + 1, end))
        if not rows:
            raise stuck("no cases", self.tokens[at])
        return Cases(rows, self.span(at, end + 1))

    def _case(self, cells: list[tuple[int, int]]) -> tuple[Node, Node | None]:
        filled = [(a, b) for a, b in cells if a < b]
        if not filled:
            raise Stuck("an empty case", *_ends(self.span(*cells[0])))
        low, high = filled[0]
        if len(filled) == 1:
            cut = self._condition_start(low, high)
            value, condition = (low, cut), (cut, high)
        else:
            value, condition = filled[0], (filled[1][0], filled[-1][1])
        value = self._without_punctuation(*value)
        condition = self._without_punctuation(*condition)
        while condition[0] < condition[1] and self.tokens[condition[0]].kind in ("text", "comma"):
            if condition[1] - condition[0] == 1:
                break
            condition = (condition[0] + 1, condition[1])
        node = self.inside(*condition) if condition[0] < condition[1] else None
        return self.inside(*value), node

    def _condition_start(self, low: int, high: int) -> int:
        for i in self.level(low, high):
            token = self.tokens[i]
            apart = token.kind == "text" or (token.gap and i > low and token.kind != "sign")
            if i > low and (apart or token.kind == "comma"):
                return i
        return high

    def _without_punctuation(self, low: int, high: int) -> tuple[int, int]:
        while low < high and self.tokens[high - 1].kind in ("comma", "dot", "semi"):
            high -= 1
        return low, high


def relator(token: Token) -> Relator:
    """The relation sign of a token, with what stands over it."""
    note: Node | None = None
    if token.inner:
        try:
            note = Parser(token.inner).whole()
        except Stuck:
            words = " ".join(t.text for t in token.inner)
            note = Text(words, Span(token.inner[0].start, token.inner[-1].end))
    return Relator(token.text, Span(token.start, token.end), note)


def wordlike(text: str) -> bool:
    """Whether the text in `\\text{…}` is one word that can be a name."""
    bare = text.replace("-", "").replace("_", "")
    return bare.isalnum() and text[:1].isalpha() and text.lower() not in CONNECTIVES


_SIGNS = frozenset({"rel", "sign", "mul", "sub", "sup", "comma", "bar", "amp"})
_OPERATORS = _SIGNS | {"open", "lbrace", "left", "big", "begin"}
_AFTER_OPERAND = _SIGNS | {"close", "rbrace", "right", "end", "row"}


def operand(tokens: Sequence[Token], index: int) -> bool:
    """Whether the text token at `index` is a quantity of the formula, not a word beside it."""
    text = tokens[index].text
    after = tokens[index + 1].kind if index + 1 < len(tokens) else "end"
    if wordlike(text):
        return True
    if text.lower().split(" ")[0] in CONNECTIVES or not text[:1].isalpha():
        return False
    before = tokens[index - 1].kind if index else "rel"
    return before in _OPERATORS and after in _AFTER_OPERAND and (index > 0 or after != "end")


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _product(factors: list[Factor], span: Span) -> Node:
    return factors[0].node if len(factors) == 1 else Product(tuple(factors), span)


def _flat(node: Node, op: str, last: Token) -> list[Factor]:
    """A product in braces is printed as its factors; anything else is one factor."""
    if last.kind == "rbrace" and isinstance(node, Product) and op != "/":
        return [Factor(op, node.factors[0].node), *node.factors[1:]]
    return [Factor(op, node)]


def _side_by_side(factors: list[Factor], op: str, node: Node) -> None:
    if factors and not op and isinstance(node, Number) and isinstance(factors[-1].node, Number):
        span = factors[-1].node.span.to(node.span)
        raise Stuck("two numerals side by side print as one", *_ends(span))


def _unprinted(factors: list[Factor]) -> None:
    """Braces do not print: a sum in braces among factors is not what the reader sees."""
    for number, factor in enumerate(factors):
        node = factor.node
        braced = isinstance(node, Addition) and len(factors) > 1 and len(node.terms) > 1
        if braced and isinstance(node, Addition) and number + 1 <= len(factors):
            raise Stuck(
                "the braces around this sum do not print: write brackets", *_ends(node.span)
            )


def _disjoint(base: Script, sub: Node | None, sup: Node | None) -> bool:
    return not (base.sub and sub) and not (base.sup and sup)


def _accented(node: Node, accent: str, span: Span) -> Node | None:
    match node:
        case Name(base, _, style, accents):
            return Name(base, span, style, (accent, *accents))
        case Number(_, text, _):
            return Name(text, span, "", (accent,))
        case Script(Name("e"), _, sup, _, _) if accent == "bar" and sup is not None:
            return None
        case Script(base, sub, sup, primes, _):
            inner = _accented(base, accent, base.span)
            return inner and Script(inner, sub, sup, primes, span)
        case Product(factors, _) if all(
            isinstance(f.node, Name) and not f.op and not f.node.accents for f in factors
        ):
            names = [f.node for f in factors if isinstance(f.node, Name)]
            return Name("".join(n.base for n in names), span, names[0].style, (accent,))
        case _:
            return None


def _pair_of_two(body: Node) -> bool:
    return isinstance(body, Tuple) and len(body.items) == 2 and body.separator in ",;"


def _bracketed(opener: str, closer: str, body: Node, span: Span) -> Node:
    env = BRACKETED.get((opener, closer))
    if env and isinstance(body, Matrix) and body.env in ("matrix", "array"):
        return Matrix(body.rows, env, span)
    return Group(opener, closer, body, span)


_MESSAGES = {
    "bad": "{}",
    "unsupported": "the sign `{}` is known but has no meaning here",
    "amp": "`&` inside a formula",
    "row": "a row ends inside a formula",
    "dot": "a point inside a formula",
    "comma": "a comma inside an expression",
    "bang": "`!` with nothing before it",
    "over": "`\\{}` outside braces",
}

_ATOMS: dict[str, Callable[[Parser, int, int], tuple[Node, int]]] = {
    "num": Parser._number,
    "name": Parser._name,
    "limop": Parser._limop,
    "big": Parser._big,
    "dots": Parser._dots,
    "text": Parser._text,
    "lbrace": Parser._brace,
    "font": Parser._font,
    "accent": Parser._accent,
    "frac": Parser._frac,
    "binom": Parser._binom,
    "sqrt": Parser._sqrt,
    "stack": Parser._stack,
    "brace": Parser._underbrace,
    "substack": Parser._substack,
    "open": Parser._open,
    "left": Parser._left,
    "bar": Parser._bar,
    "begin": Parser._begin,
    "close": Parser._stray,
    "right": Parser._stray,
    "rbrace": Parser._stray,
    "end": Parser._stray,
}
