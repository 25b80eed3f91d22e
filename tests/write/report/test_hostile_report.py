"""A document that attacks its report: nothing of it may act in a browser or in TeX."""

import re

import html5lib
import pytest

import derive
from derive import reporting
from derive.write.report.model import Report

ATTACK = r"""# <script>alert(1)</script> \input{/etc/passwd} $(touch x) "onload="alert(1)

$$\input{/etc/passwd} = x \tag{1}$$

$$\text{<script>alert(2)</script>} = y \tag{<img src=x onerror=alert(3)>}$$

$$\immediate\write18{touch /tmp/owned} z = z \tag{\write18}$$

$$\catcode`\@=11 q = q$$

$$x_{\end{document}} = 2 \tag{2}$$

$$\mathit{<b>} + 漢 = 1 \tag{`code`}$$

$$a = b]]><script>alert(4)</script> \tag{3}$$

$$x + 1 = x + 2 \tag{4}$$

## ^^5cinput{x} %\end{document} {{ 7 * 7 }} <<7*7>> <% raise %>
"""
COMMANDS = ("input", "write", "immediate", "catcode", "openin", "special", "include", "def")


@pytest.fixture(scope="module")
def report() -> Report:
    options = derive.Options(cross_check=False, isolate=False)
    checked = derive.check_text(ATTACK, path="<i>&.md", options=options).checked
    return reporting.value(reporting.Checks(checked))


def test_html_holds_no_script_and_no_handler(report: Report) -> None:
    text = reporting.RENDERERS[".html"](report)
    tree = html5lib.parse(text, namespaceHTMLElements=False)
    names = {e.tag for e in tree.iter() if isinstance(e.tag, str)}
    assert not names & {"script", "img", "iframe", "object", "embed", "link", "base", "form", "b"}
    held = [k for e in tree.iter() for k in getattr(e, "attrib", {}) if str(k).startswith("on")]
    assert held == []
    targets = [e.get("href") for e in tree.iter("a")]
    assert all(t.startswith("#") for t in targets)
    assert "<i>&" not in text


def test_html_needs_no_network(report: Report) -> None:
    text = reporting.RENDERERS[".html"](report)
    assert re.findall(r'(?:src|href)="(?!#)', text) == []
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", text)
    assert "@import" not in text


def test_tex_holds_no_command_of_the_document(report: Report) -> None:
    text = reporting.RENDERERS[".tex"](report)
    body = text.partition(r"\begin{document}")[2]
    for command in COMMANDS:
        assert not re.search(rf"\\{command}(?![a-z])", body), command
    assert body.count(r"\end{document}") == 1
    assert "^^" not in body


def test_templates_do_not_run_what_the_document_says(report: Report) -> None:
    for suffix in (".html", ".tex", ".md"):
        assert "49" not in reporting.RENDERERS[suffix](report)


def test_markdown_holds_no_html_outside_code(report: Report) -> None:
    text = reporting.RENDERERS[".md"](report)
    plain = re.sub(r"```.*?```|`+[^`\n]*`+", "", text, flags=re.DOTALL)
    assert re.findall(r"(?<!\\)<[a-zA-Z/!]", plain) == []
