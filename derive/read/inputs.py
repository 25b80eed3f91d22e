r"""LaTeX documents in several files: what `\input` and its like bring in, joined to one text.

A command stays where it is, and what its file holds stands after it, so that every file is read
at its place and no character is lost. Only files beside the document or below it are taken.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from derive.read.latex import uncommented
from derive.source import Beside, Source, Span
from derive.view import View, Weaver

MOST = 500  # files in one document, each as often as it is input
LARGEST = 16 << 20  # characters of them all

_VERBATIM = r"(?:verbatim|Verbatim|lstlisting|minted|comment|filecontents)\*?"
_MENTION = re.compile(
    r"\\begin\{(" + _VERBATIM + r")\}.*?\\end\{\1\}"
    r"|\\verb\*?([^A-Za-z\s*])[^\n]*?\2"
    r"|(?P<finish>\\end\{document\})"
    r"|\\(?P<from>(?:sub)?import)\*?\s*\{(?P<folder>[^{}\n]*)\}\s*\{(?P<file>[^{}\n]*)\}"
    r"|\\(?:input|include|subfile)(?![A-Za-z])\s*(?:\{(?P<braced>[^{}\n]+)\}"
    r"|(?P<bare>[^\s{}\\%#$]+))"
    r"|\\.",
    re.DOTALL,
)
_ANY = re.compile(r"\\(?:input|include|subfile|(?:sub)?import|end\{document\})")
# pictures, tables of contents, references: no derivation stands in them
_NO_WORDS = (".pgf", ".tikz", ".pdf_tex", ".bbl", ".toc", ".cls", ".sty", ".def", ".clo", ".aux")
# comes with every TeX, and holds no formula
_OF_TEX = frozenset({"glyphtounicode", "pdfcolor", "insbox"})


class Mention(NamedTuple):
    """A command that brings in a file: its place, and the paths that the name may stand for."""

    span: Span
    paths: tuple[str, ...]


def mentions(text: str, path: str, document: str) -> Iterator[Mention]:
    """The files that the file `path` of a document brings in, in order."""
    for found in _found(text):
        if found["finish"]:
            return
        name = (found["braced"] or found["bare"] or found["file"] or "").strip().strip('"')
        if not name or name in _OF_TEX or name.lower().endswith(_NO_WORDS):
            continue
        folders = [posixpath.dirname(document), posixpath.dirname(path)]
        if found["from"]:
            folders = [folders[found["from"] == "subimport"]]
            name = posixpath.join(found["folder"].strip(), name)
        yield Mention(Span(*found.span()), tuple(_paths(folders, name)))


def _found(text: str) -> Iterator[re.Match[str]]:
    if _ANY.search(text):
        plain = text.replace("\r\n", " \n").replace("\r", "\n")
        yield from _MENTION.finditer(uncommented(plain)[0])


def _end(text: str) -> int:
    """Where a file of a document ends: a part may be a document of its own."""
    return next((m.start() for m in _found(text) if m["finish"]), len(text))


def _paths(folders: list[str], name: str) -> Iterator[str]:
    names = (name,) if name.lower().endswith(".tex") else (f"{name}.tex", name)
    for folder in dict.fromkeys(folders):
        yield from (posixpath.normpath(posixpath.join(folder, n)) for n in names)


def joined(source: Source) -> Source:
    """A document with its files in one text; itself where it brings in none."""
    document = source.path.replace("\\", "/")
    if next(mentions(source.text, document, document), None) is None:
        return source
    join = _Join(source, document)
    join.file(source.path, source.text, (document,))
    files = {source.path: source.text}
    files |= {path: source.beside[path].text for path in join.taken}
    again = partial(_again, source.path, source.beside)
    view = View(tuple(join.weaver.parts), tuple(join.weaver.pieces), "tex", files, again, _spelled,
                (), tuple(join.faults), tuple(join.commands))  # fmt: skip
    return Source(join.weaver.text, source.path, source.beside, view)


def _again(path: str, beside: Mapping[str, Beside], files: Mapping[str, str]) -> Source:
    others = {key: Beside(files[key]) if key in files else value for key, value in beside.items()}
    return joined(Source(files[path], path, others))


def _spelled(offset: int, text: str) -> str:
    return text


class _Join:
    """The text in the making; `taken` are the files in it, `faults` what is not."""

    def __init__(self, source: Source, document: str) -> None:
        self.source, self.document = source, document
        self.weaver = Weaver()
        self.taken: set[str] = set()
        self.faults: list[tuple[Span, str]] = []
        self.commands: list[Span] = []
        self.count = 0

    def file(self, path: str, text: str, chain: tuple[str, ...]) -> None:
        """Add a file, and after each command what that brings in."""
        part, at = self.weaver.part(path, text), 0
        for span, paths in mentions(text, chain[-1], self.document):
            self.weaver.add(part, text[at : span.end], at, at)
            at = span.end
            place = Span(self.weaver.length - (span.end - span.start), self.weaver.length)
            found = next((p for p in paths if p in self.source.beside), paths[0])
            fault = self.fault(found, chain)
            if fault:
                self.faults.append((place, fault))
                continue
            self.commands.append(place)
            self.include(found, chain)
        self.weaver.add(part, text[at:], at, at)
        if not text.endswith("\n") and len(chain) > 1:
            self.weaver.add(part, "\n", len(text), len(text), 0)

    def include(self, path: str, chain: tuple[str, ...]) -> None:
        self.count += 1
        self.taken.add(path)
        text = self.source.beside[path].text
        self.file(path, text[: _end(text)], (*chain, path))

    def fault(self, path: str, chain: tuple[str, ...]) -> str:
        """Why a file is not brought in; empty where it is."""
        if path in chain:
            return "files in a circle: " + " → ".join((*chain[chain.index(path) :], path))
        beside = self.source.beside.get(path)
        if beside is None:
            return f"{path}: not read: only a document in a file brings in others"
        if self.count >= MOST:
            return f"{path}: not read: more than {MOST} files"
        if self.weaver.length + len(beside.text) > LARGEST:
            return f"{path}: not read: more than {LARGEST >> 20} MB together"
        return beside.trouble
