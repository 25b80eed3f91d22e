r"""A display to formulas: rows, cells, chains of relations, their numbers.

The tokens of a display are cut before they are parsed, so that what cannot be read spoils one
relation and not its neighbours. `&` next to a relation sign aligns, elsewhere it separates; a
row that opens with a relation sign goes on with the chain before it, one that opens with an
operator goes on with the member before it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from derive.read.commands import CASES, IMPLICATIONS, ROW_ENVIRONMENTS
from derive.read.lexer import Token
from derive.read.parser import MAX_NESTING, Parser, Stuck, operand, pair, relator
from derive.source import Span
from derive.syntax import Chain, Formula, Node, Relator, Unreadable

Piece = Chain | Unreadable

_NUMBER = re.compile(r"[A-Z]?\.?[0-9]+(?:\.[0-9]+)*(?:[a-z]|'+)?|\*+")
_SPLITTING = frozenset({"comma", "semi"})
_PUNCTUATION = frozenset({"comma", "semi", "dot"})
_CONTINUES = frozenset({"mul", "sign"})
_NO_OPERAND = frozenset({"rel", "sign", "mul", "big", "limop", "comma"})
_LISTED = frozenset({"name", "sub", "num", "comma"})
_NOT_FIRST = frozenset({"rel", "mul", "sub", "sup", "prime", "amp"}) | _PUNCTUATION


@dataclass(slots=True)
class Item:
    """One thing at the top level of a display: a token, or a bracket with all that it holds."""

    tokens: Sequence[Token]
    low: int
    high: int

    @property
    def token(self) -> Token:
        """The token, or the opener."""
        return self.tokens[self.low]

    @property
    def kind(self) -> str:
        """The kind of the token, or of the opener."""
        return self.token.kind

    def is_operand_text(self) -> bool:
        """Whether this is a `\\text{…}` that is a quantity."""
        return self.kind == "text" and operand(self.tokens, self.low)


Items = list[Item]


@dataclass(slots=True)
class Unit:
    """One relation (or part of one) in a row: its words, its items, the column of its sign."""

    words: str
    items: Items
    column: int
    first: bool
    empty_before: bool


@dataclass(slots=True)
class Row:
    """One row of a display: units, and its number, label and refusal of a number."""

    units: list[Unit]
    tag: str | None
    label: str | None
    numbered: bool
    low: int
    high: int


@dataclass(slots=True)
class Draft:
    """A chain being put together: members and signs, as items; `fault` where it is broken."""

    words: str
    members: list[Items]
    signs: list[Token]
    column: int
    row: int


@dataclass(slots=True)
class Group:
    """The drafts under one number."""

    drafts: list[Draft] = field(default_factory=list)
    tag: str | None = None
    label: str | None = None
    low: int = -1
    high: int = -1


@dataclass(slots=True)
class Numbering:
    """LaTeX's own equation counter; `mode` is `rows`, `once` or nothing."""

    last: int = 0
    prefix: str = ""

    def next(self) -> str:
        """The number of the next equation."""
        self.last += 1
        return f"{self.prefix}{self.last}"


def formulas(
    tokens: Sequence[Token],
    span: Span,
    display: bool,
    mode: str = "",
    counter: Numbering | None = None,
) -> list[Formula]:
    """The formulas of one piece of mathematics: one, or one a number where its rows have several.

    `mode` says what LaTeX numbers: each of the `rows`, the whole `once`, or nothing.
    """
    if not tokens:
        return []
    read = (read_row(items) for items in split_rows(top_level(tokens, display)))
    rows = [row for row in read if row is not None]
    _number(rows, mode, counter)
    groups = assemble(rows)
    whole = len(groups) == 1
    out = []
    for group in groups:
        chains = tuple(finish(group.drafts))
        place = span if whole else Span(group.low, group.high)
        if chains:
            out.append(Formula(chains, place, display, group.tag, group.label))
    return out


def chains_of(tokens: Sequence[Token]) -> tuple[Piece, ...]:
    """The relations of one declaration."""
    found = formulas(tokens, Span(0, 0), False)
    return tuple(chain for formula in found for chain in formula.chains)


def _number(rows: "list[Row]", mode: str, counter: Numbering | None) -> None:
    if counter is None or not mode or not rows:
        return
    if mode == "rows":
        for row in rows:
            if row.tag is None and row.numbered:
                row.tag = counter.next()
    elif all(row.tag is None and row.numbered for row in rows):
        rows[-1].tag = counter.next()


# rows and items


def top_level(tokens: Sequence[Token], display: bool) -> Items:
    """The items of a display, row environments opened up."""
    tokens = _rejoined(tokens)
    match = pair(tokens)
    items: Items = []
    skipped: set[int] = set()
    at = 0
    while at < len(tokens):
        if at in skipped:
            at += 1
            continue
        end = match[at]
        if end > at:
            inner = _opened(tokens, match, at, end, items, display)
            if inner is not None:
                skipped.update(inner)
                at += 1
                continue
        high = max(end, at) + 1
        items.append(Item(tokens, at, high))
        at = high
    return items


def _rejoined(tokens: Sequence[Token]) -> Sequence[Token]:
    r"""The tokens without `\right. \\ \left.`, which only breaks a line inside brackets."""
    dots = [i for i, t in enumerate(tokens) if t.kind == "right" and t.text == "."]
    dropped: set[int] = set()
    for at in dots:
        after = at + 1
        while after < len(tokens) and tokens[after].kind in ("amp", "row"):
            after += 1
        broken = at + 1 < after < len(tokens) and tokens[after].kind == "left"
        if broken and tokens[after].text == ".":
            dropped.update(range(at, after + 1))
    return [t for i, t in enumerate(tokens) if i not in dropped] if dropped else tokens


def _opened(
    tokens: Sequence[Token], match: list[int], at: int, end: int, items: Items, display: bool
) -> tuple[int, ...] | None:
    """The tokens to pass over where the bracket at `at` only arranges rows; None where not."""
    token = tokens[at]
    starts = not items or items[-1].kind in ("row", "amp", "comma", "text", "semi")
    if token.kind == "begin":
        if token.text == "multline":
            return (at, end, *(i for i in range(at, end) if tokens[i].kind == "row"))
        if token.text in ROW_ENVIRONMENTS:
            return (at, end)
        arranged = token.text in CASES or token.text == "array"
        if (
            starts
            and arranged
            and end >= len(tokens) - 3
            and _holds_relations(tokens, at, end, match)
        ):
            return (at, end)
    if token.kind == "left" and token.text in "{." and starts:
        inner = at + 1
        if tokens[inner].kind == "begin" and match[inner] == end - 1 and tokens[end].text in ".}":
            arranged = tokens[inner].text in ROW_ENVIRONMENTS or _holds_relations(
                tokens, inner, end - 1, match
            )
            return (at, inner, end - 1, end) if arranged else None
    if token.kind == "lbrace" and display and (starts or items[-1].kind == "rel"):
        follows = tokens[end + 1].kind if end + 1 < len(tokens) else "row"
        kinds = {tokens[i].kind for i in _level(match, at + 1, end)}
        if follows not in ("sub", "sup", "prime") and kinds & {"rel", "amp", "row"}:
            return (at, end)
    return None


def _level(match: list[int], low: int, high: int) -> Iterator[int]:
    while low < high:
        yield low
        low = max(match[low], low) + 1


def _holds_relations(tokens: Sequence[Token], at: int, end: int, match: list[int]) -> bool:
    """Whether the first cells of an environment's rows are relations (a system of equations)."""
    rows = 1
    related = 0
    seen = False
    column = 0
    for i in _level(match, at + 1, end):
        kind = tokens[i].kind
        if kind == "row":
            rows, seen, column = rows + 1, False, 0
        elif kind == "amp":
            column += 1
        elif kind == "rel" and not seen and (column == 0 or _aligned(tokens, i)):
            related, seen = related + 1, True
    return related > 0 and related >= rows - 1


def _aligned(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at - 1].kind == "amp"


def split_rows(items: Items) -> list[Items]:
    """The rows of a display."""
    rows: list[Items] = [[]]
    for item in items:
        if item.kind == "row":
            rows.append([])
        else:
            rows[-1].append(item)
    return [row for row in rows if row]


def read_row(items: Items) -> Row | None:
    """Take a row apart: its number, its cells, its units."""
    low, high = items[0].token.start, items[-1].tokens[items[-1].high - 1].end
    tag = label = None
    numbered = True
    kept: Items = []
    for item in items:
        if item.kind == "tag":
            tag = tag or item.token.text
        elif item.kind == "label":
            label = label or item.token.text
        elif item.kind == "nonumber":
            numbered = False
        else:
            kept.append(item)
    kept = _trimmed(kept)
    typed = _typed_tag(kept)
    if typed is not None:
        tag = tag or typed[0]
        kept = _trimmed(typed[1])
    if not kept and tag is None and label is None and numbered:
        return None
    return Row(_units(kept), tag, label, numbered, low, high)


def _trimmed(items: Items) -> Items:
    end = len(items)
    while end and items[end - 1].kind in _PUNCTUATION | {"amp"}:
        end -= 1
    return items[:end]


def _typed_tag(items: Items) -> tuple[str, Items] | None:
    """`… \\quad (5)`: the number and the row without it."""
    if len(items) < 2:
        return None
    last = items[-1]
    apart = last.token.gap or items[-2].kind == "amp"
    if not (apart and last.kind == "open" and last.token.text == "("):
        return None
    inside = last.tokens[last.low + 1 : last.high - 1]
    if last.tokens[last.high - 1].text != ")":
        return None
    text = "".join("*" if t.text in ("star", "asterisk") else t.text for t in inside)
    letters = {t.text for t in inside if t.kind == "name"}
    used = any(t.kind == "name" and t.text in letters for t in last.tokens[: last.low])
    if not _NUMBER.fullmatch(text) or (used and letters):
        return None
    return text, items[:-1]


# units: the relations of one row


def _units(items: Items) -> list[Unit]:
    units: list[Unit] = []
    columns: dict[int, int] = {}
    column = 0
    for item in items:
        column += item.kind == "amp"
        columns[item.low] = column
    for piece, empty in _pieces(items):
        for words, part in _sentences(piece):
            first = next((i for i in part if i.kind == "rel"), part[0])
            units.append(
                Unit(words, part, columns.get(first.low, 0), not units, empty and not units)
            )
    return units


def _pieces(items: Items) -> list[tuple[Items, bool]]:
    """Cells that belong together, and whether an empty cell opened the row."""
    pieces: list[tuple[Items, bool]] = []
    current: Items = []
    empty = skipped = related = False
    for column, cell in enumerate(_cells(items)):
        if not cell:
            empty = empty or column == 0
            skipped = True
            continue
        if current and not _joins(current, related, cell, skipped):
            pieces.append((current, empty))
            current, related = [], False
        current.extend(cell)
        related = related or _related(cell)
        skipped = False
    if current:
        pieces.append((current, empty))
    return pieces


def _cells(items: Items) -> list[Items]:
    cells: list[Items] = [[]]
    for item in items:
        if item.kind == "amp":
            cells.append([])
        else:
            cells[-1].append(item)
    return cells


def _joins(before: Items, related: bool, cell: Items, skipped: bool) -> bool:
    """Whether `&` between these two cells lies inside one relation."""
    first, last = cell[0], before[-1]
    if last.kind in _NO_OPERAND:
        return True
    if first.kind == "rel":
        return not (skipped and related)
    if all(i.kind == "text" for i in before):
        return True
    return first.kind in _CONTINUES and not (related and _related(cell))


def _related(items: Items) -> bool:
    return any(i.kind == "rel" for i in items)


class _Sentences:
    """Cuts a piece at words, wide spaces, commas and semicolons between complete relations."""

    def __init__(self, items: Items) -> None:
        self.items = items
        self.words_at = [i.kind == "text" and not i.is_operand_text() for i in items]
        self.next_sign = self._next([i.kind == "rel" for i in items])
        self.next_stop = self._next(
            [i.kind in _SPLITTING or w for i, w in zip(items, self.words_at, strict=True)]
        )
        self.out: list[tuple[str, Items]] = []
        self.words = ""
        self.spoken: Items = []
        self.start = 0

    def _next(self, marks: list[bool]) -> list[int]:
        """For each place the first marked place from there on."""
        places = [len(marks)] * (len(marks) + 1)
        for at in range(len(marks) - 1, -1, -1):
            places[at] = at if marks[at] else places[at + 1]
        return places

    def run(self) -> list[tuple[str, Items]]:
        for at, item in enumerate(self.items):
            if at < self.start:
                continue
            if self.words_at[at]:
                self._word(at, item)
            elif item.kind in _SPLITTING and (at == self.start or self._splits(at)):
                self._close(at)
                self.start = at + 1
            elif at > self.start and item.token.gap and self._apart(at):
                self._close(at)
                self._after_gap(at, item)
        self._close(len(self.items))
        if self.words:
            self.out += [("", [item]) for item in self.spoken]
        return self.out

    def _word(self, at: int, item: Item) -> None:
        self._close(at)
        self.spoken = [*self.spoken, item] if self.words else [item]
        self.words = f"{self.words} {item.token.text}".strip()
        self.start = at + 1

    def _close(self, end: int) -> None:
        items = _trimmed(self.items[self.start : end])
        if items:
            self.out.append((self.words, items))
            self.words = ""
        self.start = end

    def _after_gap(self, at: int, item: Item) -> None:
        """A condition in brackets after a wide space is a formula of its own."""
        alone = all(i.kind in _PUNCTUATION for i in self.items[at + 1 : at + 3])
        if item.kind == "open" and alone and at + 3 >= len(self.items) and _related_inside(item):
            self.out.append(("for", _inside(item)))
            self.start = len(self.items)

    def _splits(self, at: int) -> bool:
        """Whether the comma at `at` stands between two complete relations."""
        complete = self.next_sign[self.start] < at and self.items[at - 1].kind not in _NO_OPERAND
        sign = self.next_sign[at + 1]
        related = at + 1 < sign < min(self.next_stop[at + 1], len(self.items))
        return complete and (related or self._several(at + 1, sign))

    def _several(self, at: int, sign: int) -> bool:
        r"""Whether a wide space, names between commas and a sign stand here: `\quad a, b > 0`."""
        names = self.items[at:sign]
        apart = bool(names) and sign < len(self.items) and names[0].token.gap
        return apart and all(i.kind in _LISTED for i in names)

    def _apart(self, at: int) -> bool:
        """Whether the wide space before `at` stands between two formulas."""
        item, before = self.items[at], self.items[at - 1]
        if item.kind in _NOT_FIRST or before.kind in _NO_OPERAND:
            return False
        if self.next_sign[self.start] >= at or self._dangling(at - 1):
            return False
        if item.kind == "sign":
            return item.token.text == "-" and self.next_sign[at] < len(self.items)
        return True

    def _dangling(self, at: int) -> bool:
        """Whether the item at `at` ends an operator that waits for its body: `\\max_x`."""
        while at > self.start + 1 and self.items[at - 1].kind in ("sub", "sup"):
            at -= 2
        return self.items[at].kind in ("big", "limop", "stack")


def _sentences(items: Items) -> list[tuple[str, Items]]:
    """The relations of a piece, each with the words before it."""
    return _Sentences(items).run()


def _related_inside(item: Item) -> bool:
    return any(t.kind == "rel" for t in item.tokens[item.low : item.high])


def _inside(item: Item) -> Items:
    return top_level(item.tokens[item.low + 1 : item.high - 1], False)


# chains


def assemble(rows: list[Row]) -> list[Group]:
    """Chains over rows, grouped by number."""
    several = sum(row.tag is not None for row in rows) > 1
    groups: list[Group] = []
    before: list[Draft] = []
    closed = True
    for number, row in enumerate(rows):
        flows = bool(row.units and before) and _goes_on_inside(row.units[0], row, before[-1])
        if not groups or (several and closed and not flows):
            groups.append(Group(low=row.low))
        group = groups[-1]
        drafts = [_place(unit, group, before, row, number) for unit in row.units]
        before = drafts or before
        group.tag = row.tag if group.tag is None else group.tag
        group.label = row.label if group.label is None else group.label
        group.high = max(group.high, row.high)
        closed = row.tag is not None
    return groups


def _place(unit: Unit, group: Group, before: list[Draft], row: Row, number: int) -> Draft:
    """Put a unit where it belongs: into a chain that it continues, or into one of its own."""
    target = _continued(unit, before)
    if target is not None and unit.items[0].kind == "rel":
        if not any(target is d for d in group.drafts):
            target = _fresh(unit.words, group, unit.column, number)
            target.members.append([])
        _extend(target, unit.items)
        target.row = number
        return target
    if unit.first and before and unit.items and _goes_on_inside(unit, row, before[-1]):
        target = before[-1]
        target.members[-1] = target.members[-1] + _until_sign(unit.items)
        rest = unit.items[len(_until_sign(unit.items)) :]
        if rest:
            _extend(target, rest)
        target.row = number
        return target
    draft = _fresh(unit.words, group, unit.column, number)
    items = _opening(draft, unit.items)
    draft.members.append(_until_sign(items))
    _extend(draft, items[len(draft.members[-1]) :])
    return draft


def _fresh(words: str, group: Group, column: int, row: int) -> Draft:
    draft = Draft(words, [], [], column, row)
    group.drafts.append(draft)
    return draft


def _opening(draft: Draft, items: Items) -> Items:
    """An implication that opens a display joins nothing: it is a word."""
    if items and items[0].kind == "rel" and items[0].token.text in IMPLICATIONS:
        draft.words = f"{draft.words} {items[0].token.text}".strip()
        return items[1:]
    return items


def _continued(unit: Unit, before: list[Draft]) -> Draft | None:
    """The chain that a unit with a leading relation sign continues."""
    if not unit.items or unit.items[0].kind != "rel" or not before:
        return None
    same = [d for d in before if d.column == unit.column]
    if same:
        return same[0]
    return before[-1] if unit.first else None


def _goes_on_inside(unit: Unit, row: Row, before: Draft) -> bool:
    """Whether the row goes on with the member before it, which the row's end broke."""
    if not unit.items or unit.words or unit.items[0].kind == "rel":
        return False
    last = before.members[-1] if before.members else []
    if last and last[-1].kind in _CONTINUES | {"big"}:
        return True
    if not last:
        return bool(before.signs)
    related = _related(unit.items)
    first = unit.items[0]
    if first.kind == "mul":
        return True
    if first.kind == "sign":
        return unit.empty_before or not related or first.token.text not in "-"
    return unit.empty_before and not related and first.kind != "text"


def _until_sign(items: Items) -> Items:
    for number, item in enumerate(items):
        if item.kind == "rel":
            return items[:number]
    return items


def _extend(draft: Draft, items: Items) -> None:
    """Add signs and members; `items` opens with a sign, or is empty."""
    for number, item in enumerate(items):
        if item.kind == "rel":
            repeated = number == 0 and draft.signs and draft.members and not draft.members[-1]
            if repeated and draft.signs[-1].text == item.token.text and len(draft.members) > 1:
                draft.signs[-1] = draft.signs[-1]._replace(end=item.token.end)
                continue
            draft.signs.append(item.token)
            draft.members.append([])
        else:
            draft.members[-1].append(item)


def finish(drafts: list[Draft]) -> Iterator[Piece]:
    """Parse the members of each chain; what is unreadable ends its chain and says why."""
    for draft in drafts:
        yield from _chain(draft)


def _chain(draft: Draft) -> Iterator[Piece]:
    members: list[Node | None] = []
    for number, items in enumerate(draft.members):
        if number == 0 and not items and draft.signs:
            members.append(None)
            continue
        try:
            members.append(_member(items, draft, number))
        except Stuck as fault:
            yield from _broken(draft, members, number, fault)
            return
    yield Chain(tuple(members), _relators(draft, len(draft.signs)), _extent(draft), draft.words)


def _broken(draft: Draft, members: list[Node | None], number: int, fault: Stuck) -> Iterator[Piece]:
    """What was read before the fault is a chain; the fault covers all that comes after."""
    whole = _extent(draft)
    start = whole.start
    if number > 1:
        signs = _relators(draft, number - 1)
        end = _items_span(draft.members[number - 1]).end
        yield Chain(tuple(members), signs, Span(whole.start, end), draft.words)
        start = draft.signs[number - 1].start
    left = members[0] if number == 1 else None
    yield Unreadable(fault.message, fault.place, Span(start, whole.end), left)


def _member(items: Items, draft: Draft, number: int) -> Node:
    if not items:
        sign = draft.signs[max(number - 1, 0)] if draft.signs else None
        place = _extent(draft) if sign is None else Span(sign.start, sign.end)
        message = "nothing stands after this sign" if sign else "words without a formula"
        raise Stuck(message, place.start, place.end)
    tokens = member_tokens(items)
    try:
        return Parser(tokens).whole()
    except RecursionError:
        first, last = tokens[0], tokens[-1]
        raise Stuck(f"nested deeper than {MAX_NESTING}", first.start, last.end) from None


def member_tokens(items: Items) -> list[Token]:
    """The tokens of a member; row breaks inside plain brackets are only line breaks."""
    out: list[Token] = []
    depth = 0
    for item in items:
        for token in item.tokens[item.low : item.high]:
            depth += (token.kind in ("begin", "lbrace")) - (token.kind in ("end", "rbrace"))
            if depth > 0 or token.kind not in ("amp", "row", "nonumber"):
                out.append(token)
    return out


def _relators(draft: Draft, count: int) -> tuple[Relator, ...]:
    return tuple(relator(sign) for sign in draft.signs[:count])


def _items_span(items: Items) -> Span:
    tokens = [t for i in items for t in i.tokens[i.low : i.high]]
    if not tokens:
        return Span(0, 0)
    return Span(min(t.start for t in tokens), max(t.end for t in tokens))


def _extent(draft: Draft) -> Span:
    starts = [i.token.start for m in draft.members for i in m] + [s.start for s in draft.signs]
    ends = [i.tokens[i.high - 1].end for m in draft.members for i in m]
    ends += [s.end for s in draft.signs]
    return Span(min(starts), max(ends)) if starts else Span(0, 0)
