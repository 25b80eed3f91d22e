r"""Pictures as TikZ: roles are styles that the LaTeX template defines."""

from collections.abc import Iterable

from derive.write.report.picture import Item, Label, Path, Picture, Point, Shape, outline
from derive.write.report.texwords import escaped

_ANCHORS = {"middle": "center", "start": "west", "end": "east"}


def tikz(picture: Picture) -> str:
    """The picture as a `tikzpicture`; one point of the picture is one point of TeX."""
    lines = [_item(item) for item in picture.items]
    return "\n".join(
        (r"\begin{tikzpicture}[x=1pt, y=-1pt, line width=0.5pt]", *lines, r"\end{tikzpicture}")
    )


def _item(item: Item) -> str:
    match item:
        case Path(points, role, curved, arrow):
            style = f"d-{role}, -{{Stealth[length=3.5pt]}}" if arrow else f"d-{role}"
            return rf"\draw[{style}] {_line(points, curved)};"
        case Label(at, text, latex, role, anchor):
            body = f"${latex}$" if latex else escaped(text)
            place = f"({at[0]:.1f},{at[1]:.1f})"
            style = f"d-{role}, anchor={_ANCHORS[anchor]}, inner sep=0pt"
            return rf"\node[{style}] at {place} {{{body}}};"
        case Shape():
            return _shape(item)


def _shape(shape: Shape) -> str:
    (x, y), (w, h) = shape.at, shape.size
    if shape.outline in ("pill", "circle"):
        corner = f"({x - w / 2:.1f},{y - h / 2:.1f}) rectangle ({x + w / 2:.1f},{y + h / 2:.1f})"
        return rf"\draw[d-{shape.role}, rounded corners={h / 2:.1f}pt] {corner};"
    corners = " -- ".join(
        f"({px:.1f},{py:.1f})" for px, py in outline(shape.outline, shape.at, shape.size)
    )
    return rf"\draw[d-{shape.role}] {corners} -- cycle;"


def _line(points: Iterable[Point], curved: bool) -> str:
    (x, y), *rest = points
    out = [f"({x:.1f},{y:.1f})"]
    for px, py in rest:
        if curved:
            middle = (x + px) / 2
            out.append(f".. controls ({middle:.1f},{y:.1f}) and ({middle:.1f},{py:.1f}) ..")
        else:
            out.append("--")
        out.append(f"({px:.1f},{py:.1f})")
        x, y = px, py
    return " ".join(out)
