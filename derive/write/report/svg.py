"""Pictures as SVG: colours come from the page's style sheet, so they follow light and dark."""

import re
from collections.abc import Iterable
from html import escape

from derive.write.report.picture import Item, Label, Path, Picture, Point, Shape, outline

_BELOW = re.compile(r"_\{?(\d+)\}?")
_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def svg(picture: Picture, anchors: dict[str, str] | None = None) -> str:
    """The picture as an `svg` element; `anchors` are where the links of shapes lead."""
    size = f"{picture.width:.0f} {picture.height:.0f}"
    body = "".join(_item(item, picture.name, anchors or {}) for item in picture.items)
    role = "group" if anchors else "img"  # an image hides what is inside, links as well
    return (
        f'<svg class="picture" viewBox="0 0 {size}" width="{picture.width:.0f}" role="{role}" '
        f'aria-labelledby="{picture.name}-title {picture.name}-says" '
        f'xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{picture.name}-title">{escape(picture.title)}</title>'
        f'<desc id="{picture.name}-says">{escape(picture.says)}</desc>'
        f"{_heads(picture)}{body}</svg>"
    )


def _heads(picture: Picture) -> str:
    """An arrow's head for each role that ends in one."""
    roles = dict.fromkeys(i.role for i in picture.items if isinstance(i, Path) and i.arrow)
    heads = "".join(
        f'<marker id="{picture.name}-{role}" viewBox="0 0 8 8" refX="7" refY="4" '
        f'markerWidth="6" markerHeight="6" orient="auto">'
        f'<path class="head {role}" d="M0 0 L8 4 L0 8 Z"/></marker>'
        for role in roles
    )
    return f"<defs>{heads}</defs>" if heads else ""


def _item(item: Item, name: str, anchors: dict[str, str]) -> str:
    match item:
        case Path(points, role, curved, arrow):
            head = f' marker-end="url(#{name}-{role})"' if arrow else ""
            return f'<path class="line {role}" d="{_line(points, curved)}"{head}/>'
        case Label(at, text, _, role, anchor):
            return (
                f'<text class="{role}" x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}" '
                f'dominant-baseline="central">{_lowered(escape(text))}</text>'
            )
        case Shape():
            return _shape(item, anchors)


def _lowered(text: str) -> str:
    """Numbers below the line as they are written by hand: `X_0` is X₀."""
    return _BELOW.sub(lambda m: m[1].translate(_DIGITS), text)


def _shape(shape: Shape, anchors: dict[str, str]) -> str:
    says = f"<title>{escape(shape.says)}</title>" if shape.says else ""
    drawn = _drawn(shape).replace("/>", f">{says}</path>" if says else "/>", 1)
    target = anchors.get(shape.link)
    if target is None:
        return drawn
    label = escape(shape.says, quote=True)
    return f'<a href="#{escape(target, quote=True)}" aria-label="{label}" tabindex="-1">{drawn}</a>'


def _drawn(shape: Shape) -> str:
    role = f"shape {shape.role}"
    (x, y), (w, h) = shape.at, shape.size
    if shape.outline in ("pill", "circle"):
        r = h / 2
        flat = w - h
        return (
            f'<path class="{role}" d="M{x - flat / 2:.1f} {y - r:.1f} h{flat:.1f} '
            f'a{r} {r} 0 0 1 0 {h} h{-flat:.1f} a{r} {r} 0 0 1 0 {-h} Z"/>'
        )
    corners = " L".join(f"{px:.1f} {py:.1f}" for px, py in outline(shape.outline, shape.at, (w, h)))
    return f'<path class="{role}" d="M{corners} Z"/>'


def _line(points: Iterable[Point], curved: bool) -> str:
    (x, y), *rest = points
    out = [f"M{x:.1f} {y:.1f}"]
    for px, py in rest:
        if curved:
            middle = (x + px) / 2
            out.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {py:.1f} {px:.1f} {py:.1f}")
        else:
            out.append(f"L{px:.1f} {py:.1f}")
        x, y = px, py
    return " ".join(out)
