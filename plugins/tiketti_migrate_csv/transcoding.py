"""Texts whose line ends and quotes are not the bytes of ASCII (UTF-16, EBCDIC): written again as UTF-8."""

import codecs
import os
from pathlib import Path

from tiketti_migrate.scratch import room

__all__ = ["in_utf8", "needs_transcoding"]

_STEP = 1024 * 1024
_SIGNS = ',;|\t"\r\n azAZ09'
_MARK = "tiketti_migrate_csv.mark"


def _mark(error: UnicodeError) -> tuple[str, int]:
    # Written as a byte that is never UTF-8, so that whoever reads the copy finds the place again.
    assert isinstance(error, UnicodeDecodeError)
    return "\udc80", error.end


codecs.register_error(_MARK, _mark)


def needs_transcoding(name: str) -> bool:
    """Whether the codec writes the signs of a table otherwise than ASCII does."""
    try:
        return _SIGNS.encode(name) != _SIGNS.encode("ascii")
    except UnicodeError:
        return True


def in_utf8(path: Path, name: str, scratch: Path) -> Path:
    """A copy in UTF-8 without a mark, in ``scratch``. Raises SourceError when that is full, OSError."""
    copy = scratch / f"utf8-{os.urandom(8).hex()}"
    decoder = codecs.getincrementaldecoder(name)(_MARK)
    with room(scratch), path.open("rb") as source, copy.open("xb") as target:
        start = True
        while data := source.read(_STEP):
            text = decoder.decode(data)
            target.write(_written(text.removeprefix("\ufeff") if start else text))
            start = start and not text
        target.write(_written(decoder.decode(b"", True)))
    return copy


def _written(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
