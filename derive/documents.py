"""Finding and decoding documents: which files a path stands for, and what text they hold."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

FORMATS = {".md": "md", ".markdown": "md", ".txt": "md", ".tex": "tex", ".ipynb": "ipynb",
           ".py": "py"}  # fmt: skip
# what a folder is searched for
SUFFIXES = (".md", ".tex", ".ipynb", ".txt", ".py")
# no derivation is larger; a device or a disk image is
LARGEST = 64 << 20

_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}


class UnreadableFile(ValueError):
    """A file that is not text, or is too large; the message says where it stops being text."""


def load(path: str) -> str:
    """Read a file's text; `UnreadableFile` or `OSError` says why it cannot be read."""
    with open(path, "rb") as file:
        return decode(file.read(LARGEST + 1), path)


def decode(data: bytes, path: str) -> str:
    """Decode a document: UTF-8, or UTF-16 with a byte order mark; `UnreadableFile` otherwise."""
    if len(data) > LARGEST:
        raise UnreadableFile(f"{path}: larger than {LARGEST >> 20} MB")
    mark = next((mark for mark in _MARKS if data.startswith(mark)), b"")
    encoding = _MARKS.get(mark, "utf-8")
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        place = error.start + len(mark)
        found = f"byte {data[place]:#04x} at offset {place}"
        raise UnreadableFile(f"{path}: not {encoding.upper()} text ({found})") from None
    if "\0" in text:
        raise UnreadableFile(f"{path}: a binary file (zero byte at offset {data.find(0)})")
    return text


def encode(text: str, like: bytes) -> bytes:
    """Encode a text as a document was: the same encoding, the same byte order mark."""
    mark = next((mark for mark in _MARKS if like.startswith(mark)), b"")
    return mark + text.encode(_MARKS.get(mark, "utf-8"))


def overwrite(path: str, data: bytes) -> None:
    """Replace a file's content at once: a reader sees the old or the new, never a part."""
    place = Path(path).resolve()
    with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        shutil.copymode(place, file.name)
        os.replace(file.name, place)
    except OSError:
        os.unlink(file.name)
        raise


def guess(path: str, text: str) -> str:
    """Tell the format by the name's ending, else by the text itself."""
    known = FORMATS.get(Path(path).suffix.lower())
    if known is not None:
        return known
    if "\\documentclass" in text or "\\begin{document}" in text:
        return "tex"
    return "ipynb" if text.lstrip().startswith("{") and '"cells"' in text else "md"


def inside(folder: Path) -> Iterator[Path]:
    """Give the documents in a folder and below, sorted; hidden ones are left out."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            yield path
