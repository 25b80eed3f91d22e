"""Finding and decoding documents: which files a path stands for, and what text they hold."""

from collections.abc import Iterator
from pathlib import Path

FORMATS = {".md": "md", ".markdown": "md", ".txt": "md", ".tex": "tex", ".ipynb": "ipynb"}
# what a folder is searched for
SUFFIXES = (".md", ".tex", ".ipynb", ".txt")

_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}


class UnreadableFile(ValueError):
    """A file that is not text; says where it stops being text."""


def decode(data: bytes, path: str) -> str:
    """Decode a document: UTF-8, or UTF-16 with a byte order mark; `UnreadableFile` otherwise."""
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    encoding = _MARKS.get(mark, "utf-8")
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        place = error.start + len(mark)
        raise UnreadableFile(
            f"{path}: not {encoding.upper()} text (byte {data[place]:#04x} at offset {place})"
        ) from None
    if "\0" in text:
        raise UnreadableFile(f"{path}: a binary file (zero byte at offset {data.find(0)})")
    return text


def guess(path: str, text: str) -> str:
    """The format that a name's ending tells, else the text itself."""
    known = FORMATS.get(Path(path).suffix.lower())
    if known is not None:
        return known
    if "\\documentclass" in text or "\\begin{document}" in text:
        return "tex"
    return "ipynb" if text.lstrip().startswith("{") and '"cells"' in text else "md"


def inside(folder: Path) -> Iterator[Path]:
    """The documents in a folder and below, in order of their paths; hidden ones are left out."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            yield path
