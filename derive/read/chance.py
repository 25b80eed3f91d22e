"""What the words say of random quantities: which there are, and which are independent.

A sentence is read with its formulas: `Let ⟦X_1, …, X_n⟧ be i.i.d. with mean ⟦μ⟧ and variance
⟦σ²⟧`. What `if` and `when` say holds for the display of their sentence, all else from there on,
until the text speaks of dependent quantities.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from derive.context import Chance, Given
from derive.read.problem import Unread
from derive.source import Span
from derive.syntax import Dots, Node, Tuple
from derive.term import At, Sym, Term

Reads = Callable[[Node], Term]
_HOLE = re.compile(r"⟦(\d+)⟧")
_END = re.compile(r"[.!?](?=\s+[A-Z⟦]|\s*$)")
_RANDOM = re.compile(
    r"random|\biid\b|independen|identically|distributed|uncorrelated|\bmean\b|\bvariance\b|"
    r"\bsamples?\b|\bdraws?\b|\bobservations?\b|\bestimator\b|\bnoise\b",
    re.I,
)
_CONSTANTS = re.compile(r"\b(constants?|scalars?|numbers?|deterministic|fixed)\b", re.I)
_INDEPENDENT = re.compile(
    r"\biid\b|independent(?!\s+variables?\b)|independence|random sample", re.I
)
_ALIKE = re.compile(r"\biid\b|identically|random sample|same distribution|copies", re.I)
_DENIES = re.compile(
    r"\b(not|without|dependent|dependence|correlated|neither|conditionally|linearly|whether|show|"
    r"prove|no longer|pairwise|in general|otherwise)\b",
    re.I,
)
_LIFTS = re.compile(r"\b(not|without|dependent|correlated|no longer|in general|otherwise)\b", re.I)
_CASE = re.compile(r"\b(if|when|whenever|in case|for|since|because|as|by|using|provided)\b", re.I)
_AFTER = re.compile(r"\s*(where|since|because|as|when|if|provided|for|with|using|by)\b", re.I)
_GOES_ON = re.compile(r"\W*[a-z]|\W*$")
_JOINS = re.compile(r"\s*(,|and|or|,\s*and|,\s*respectively)?\s*")
# what stands before formulas, and what is said of them after
_BEFORE = re.compile(
    r"(?P<subject>\b(?:random|variables?|observations?|samples?|draws?|noise|errors?)\b)|"
    r"(?P<mean>\b(?:means?|expectations?|expected values?)\b)|"
    r"(?P<variance>\bvariances?\b)|"
    r"(?P<deviation>\bstandard deviations?\b)|"
    r"(?P<of>\bof\b)|"
    r"(?P<other>\b(?:constants?|scalars?|numbers?|parameters?|size|reals?|integers?|functions?|"
    r"rate|probability|density|length|deterministic|coefficients?)\b)",
    re.I,
)
_AFTERWARDS = re.compile(
    r"\s*,?\s*(?:both |all |each )?(?:be|are|is|has|have|denotes?|being|drawn|with|iid|independent|"
    r"identically|constants?|scalars?|uncorrelated)\b(?P<said>.*)",
    re.I | re.S,
)
_INDEPENDENT_OF = re.compile(r"\bindependent (?:of|from)\s*$", re.I)
_CONSTANT = re.compile(
    r"\W*(?:(?:be|are|is|an?|two|any|some|both|fixed|real|given|non-?zero|non-?random|positive|"
    r"arbitrary)\W+)*(?:constants?|scalars?|numbers?|parameters?|fixed|deterministic|real)\b",
    re.I,
)


_MOMENTS = ("mean", "variance", "deviation")


@dataclass
class Sentence:
    """The sentence that is not over: its words, and its formulas in the order of their holes."""

    words: str = ""
    nodes: list[Node] = field(default_factory=list)
    shown: bool = False  # whether a display has ended it, but for a subordinate clause


@dataclass(frozen=True)
class Moment:
    """`which` of `subject` is `value`: a letter of the document, None for 0, or for 1."""

    which: str
    subject: Term
    value: Term | None
    span: Span | None


class Chances:
    """Collects, in reading order, what is said of chance; `moments` waits to be taken up."""

    def __init__(self, term: Reads) -> None:
        self.term = term
        self.said, self.case = Chance(), Chance()
        self.sentence = Sentence()
        self.moments: list[Moment] = []
        self.late: Chance | None = None
        self.told: frozenset[str] = frozenset()
        self.past = False

    def now(self) -> Chance:
        """What holds here; a case that is over may still be meant."""
        return joined(joined(self.said, self.case), Chance(vague=self.past))

    def heading(self) -> None:
        """A section begins: the cases before it are over."""
        self.sentence, self.case, self.past = Sentence(), Chance(), False

    def remark(self, words: str) -> None:
        """Words inside a display: a reason that nothing before it declares is not read."""
        if _INDEPENDENT.search(words) and not (self.now().groups or self.now().sampled):
            self.case = replace(self.case, vague=True)

    def over(self) -> None:
        """A new sentence begins."""
        self.past = self.past or bool(self.case.groups or self.case.sampled or self.case.vague)
        self.case = Chance()

    def words(self, text: str) -> None:
        """Reads on in the running text."""
        text = re.sub(r"\bi\.\s?i\.\s?d\.?", "iid", text)
        *ended, rest = _END.split(text)
        for part in ended:
            self.sentence.words += f" {part}"
            self.ends()
        self.sentence.words += f" {rest}"

    def give(self, found: Given) -> None:
        """A mean or a variance holds from here on."""
        self.said = replace(self.said, given=(*self.said.given, found))

    def normal(self, key: str) -> None:
        """A quantity has a normal distribution."""
        self.said = replace(self.said, normal=self.said.normal | {key})

    def unclear(self, key: str | None) -> None:
        """More is said of a quantity than its mean and variance."""
        if key is not None:
            self.said = replace(self.said, unclear=self.said.unclear | {key})

    def formula(self, node: Node | None) -> None:
        """A formula in the running text."""
        if node is None:
            return
        self.sentence.words += f" ⟦{len(self.sentence.nodes)}⟧ "
        self.sentence.nodes.append(node)

    def display(self) -> None:
        """A display begins: what the words before it say holds in it."""
        self.take(self.sentence)
        self.sentence = Sentence(shown=True)

    def ends(self) -> None:
        sentence, self.sentence = self.sentence, Sentence()
        after = sentence.shown and bool(_AFTER.match(sentence.words))
        self.take(sentence)
        if after:
            self.late = self.now()
            self.over()

    def take(self, sentence: Sentence) -> None:
        """Takes up what a sentence says."""
        words = sentence.words
        if words.strip() and not (sentence.shown and _GOES_ON.match(words)):
            self.over()
        if _LIFTS.search(words):
            self.past = False
            if re.search(r"dependen|correlat", words, re.I):
                self.said = replace(self.said, groups=(), sampled=frozenset(), alike=frozenset())
        if not (_RANDOM.search(words) or _CONSTANTS.search(words)):
            return
        found = self.chance(words, list(self.roles(sentence)))
        self.told |= found.told
        if _CASE.search(words) and not _ALIKE.search(words):
            self.case = joined(self.case, found)
        else:
            self.said = joined(self.said, found)

    def roles(self, sentence: Sentence) -> list[tuple[str, Node, Term]]:
        """What each formula of a sentence is in it: what is random, a mean, a variance."""
        found: list[tuple[str, Node, Term]] = []
        for before, nodes, after in _runs(sentence):
            role = _role(before, after)
            found += [(role, n, t) for node in nodes for n, t in self.terms(node)]
        return found

    def terms(self, node: Node) -> list[tuple[Node, Term]]:
        items = node.items if isinstance(node, Tuple) else (node,)
        found: list[tuple[Node, Term]] = []
        for item in items:
            if isinstance(item, Dots):
                continue
            try:
                found.append((item, self.term(item)))
            except Unread:
                continue
        return found

    def chance(self, words: str, roles: list[tuple[str, Node, Term]]) -> Chance:
        subjects = [(n, t) for role, n, t in roles if role == "random"]
        heads = frozenset(h for _, t in subjects for h in _heads(t))
        members = frozenset(t.head for _, t in subjects if isinstance(t, At))
        others = [t for role, _, t in roles if role not in {"random", ""}]
        constant = frozenset(h for t in others for h in t.heads)
        independent = bool(_INDEPENDENT.search(words)) and not _DENIES.search(words)
        sampled = members if independent else frozenset()
        alike = bool(_ALIKE.search(words)) and not _DENIES.search(words)
        lifted = bool(_LIFTS.search(words))
        means = self.means(words, subjects, roles)
        return Chance(
            random=heads,
            told=heads,
            groups=(heads,) if independent and len(heads) > 1 else (),
            sampled=sampled,
            alike=sampled if alike or means else frozenset(),
            second=sampled if means and not alike else frozenset(),
            constant=constant,
            vague=bool(_INDEPENDENT.search(words)) and not lifted and not (independent and heads),
        )

    def means(
        self, words: str, subjects: list[tuple[Node, Term]], roles: list[tuple[str, Node, Term]]
    ) -> bool:
        """Notes the means and variances that a sentence gives; whether one is given for all."""
        kinds = {k: [t for role, _, t in roles if role == k] for k in _MOMENTS}
        firsts = list({h: t for _, t in subjects for h in _heads(t)}.values())
        span = subjects[0][0].span if subjects else None
        shared = False
        for which, letters in kinds.items():
            if firsts and len(letters) in (1, len(firsts)):
                rows = letters * (len(firsts) if len(letters) == 1 else 1)
                self.moments += [
                    Moment(which, s, v, span) for s, v in zip(firsts, rows, strict=True)
                ]
                shared = shared or any(isinstance(t, At) for t in firsts)
        fixed = {"mean": r"\bzero[- ]means?\b|\bmeans?\s+(zero|0)\b|\bcentred|\bcentered"}
        fixed |= {"variance": r"\bunit[- ]variance\b|\bvariances?\s+(one|1)\b"}
        for which, pattern in fixed.items():
            if re.search(pattern, words, re.I) and not kinds[which]:
                self.moments += [Moment(which, s, None, span) for s in firsts]
                shared = shared or any(isinstance(t, At) for t in firsts)
        return shared


def joined(one: Chance, other: Chance) -> Chance:
    """What two sentences say together."""
    groups = dict.fromkeys((*one.groups, *other.groups))
    return Chance(
        one.random | other.random,
        one.told | other.told,
        tuple(groups),
        one.sampled | other.sampled,
        one.alike | other.alike,
        one.second | other.second,
        one.constant | other.constant,
        one.unclear | other.unclear,
        one.vague or other.vague,
        tuple(dict.fromkeys((*one.given, *other.given))),
        one.normal | other.normal,
    )


def _heads(term: Term) -> tuple[str, ...]:
    match term:
        case Sym(head) | At(head, _):
            return (head,)
    return ()


def _runs(sentence: Sentence) -> Iterator[tuple[str, list[Node], str]]:
    """Formulas that `and` and commas join, each run with the words before and after it."""
    holes = list(_HOLE.finditer(sentence.words))
    ends = [0, *(h.end() for h in holes)]
    starts = [*(h.start() for h in holes), len(sentence.words)]
    chunks = [sentence.words[a:b] for a, b in zip(ends, starts, strict=True)]
    first = 0
    for k in range(len(holes)):
        if k + 1 == len(holes) or not _JOINS.fullmatch(chunks[k + 1]):
            yield chunks[first], [sentence.nodes[i] for i in range(first, k + 1)], chunks[k + 1]
            first = k + 1


def _role(before: str, after: str) -> str:
    """`random`, `mean`, `variance`, or `other`, from the words on both sides."""
    later = _AFTERWARDS.match(after)
    if _CONSTANT.match(after):
        return "other"
    marks = list(_BEFORE.finditer(before))
    last = marks[-1].lastgroup if marks else None
    if last == "subject" or _INDEPENDENT_OF.search(before):
        return "random"
    if last in {"mean", "variance", "deviation"}:
        return last
    if later and _RANDOM.search(later[0]):
        return "random"
    return "other" if last == "other" else ""
