"""A short plain form of syntax, for tables of expectations."""

from derive.syntax import (
    Addition,
    BigOp,
    Binomial,
    Blank,
    Cases,
    Chain,
    Dots,
    Evaluated,
    Group,
    Matrix,
    Name,
    Number,
    Postfix,
    Product,
    Quotient,
    Related,
    Root,
    Script,
    Text,
    Tuple,
    Unreadable,
)


def plain(node) -> str:  # noqa: C901
    match node:
        case None:
            return "∅"
        case Number():
            return node.text
        case Name():
            marks = "".join(f"{a}." for a in node.accents)
            return marks + (f"{node.style}:" if node.style else "") + node.base
        case Text():
            return repr(node.text)
        case Script():
            sub = f"_[{plain(node.sub)}]" if node.sub else ""
            sup = f"^[{plain(node.sup)}]" if node.sup else ""
            return plain(node.base) + "'" * node.primes + sub + sup
        case Group():
            return f"{node.open}{plain(node.body)}{node.close}"
        case Tuple():
            return "<" + f" {node.separator} ".join(map(plain, node.items)) + ">"
        case Quotient():
            return f"frac({plain(node.numerator)}; {plain(node.denominator)})"
        case Root():
            return f"root[{plain(node.index)}]({plain(node.body)})"
        case Binomial():
            return f"binom({plain(node.top)}; {plain(node.bottom)})"
        case BigOp():
            return f"{node.op.upper()}[{plain(node.lower)}; {plain(node.upper)}]"
        case Matrix():
            return node.env + "(" + "; ".join(", ".join(map(plain, r)) for r in node.rows) + ")"
        case Cases():
            return "cases(" + "; ".join(f"{plain(a)} if {plain(b)}" for a, b in node.rows) + ")"
        case Product():
            parts = (f"{f.op} {plain(f.node)}" if f.op else plain(f.node) for f in node.factors)
            return "{" + " ".join(parts) + "}"
        case Addition():
            return "(" + " ".join(t.sign + plain(t.node) for t in node.terms) + ")"
        case Postfix():
            return plain(node.body) + node.op
        case Evaluated():
            return f"eval({plain(node.body)}; {plain(node.sub)}; {plain(node.sup)})"
        case Dots():
            return "…"
        case Blank():
            return "□"
        case Related():
            return f"rel[{plain(node.chain)}]"
        case Chain():
            text = plain(node.members[0])
            for sign, member in zip(node.relators, node.members[1:], strict=True):
                note = f"{{{plain(sign.note)}}}" if sign.note else ""
                text += f" {sign.op}{note} {plain(member)}"
            return f"«{node.words}» {text}" if node.words else text
        case Unreadable():
            return f"!! {node.message}"
    raise TypeError(type(node))
