"""A mail that is a file of its own: of a Maildir, saved as .eml, kept by Apple Mail as .emlx."""

import bz2
import lzma
import os
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tiketti_migrate_mail.mbox_scan import MOST_HEADER, header_end

__all__ = ["FileHead", "read_head", "read_mail"]

_USUAL_HEADER = 8 * 1024
# Dovecot's mail_compress: https://doc.dovecot.org/2.3/configuration_manual/zlib_plugin/
_PACKED: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lzma.LZMADecompressor,
}
_UNREADABLE = {b"\x28\xb5\x2f\xfd": "zstd", b"Dovecot-LZ4": "lz4"}
_CRYPTED = b"CRYPTED\x03\x07"


class FileHead(NamedTuple):
    """``size``: of the whole mail, as far as it can be told without reading it; ``written``: mtime."""

    header: bytes
    size: int
    written: datetime


def read_head(path: bytes) -> FileHead:
    """The header of a mail, at most 256 KB of it. Raises OSError, and ValueError that says why it cannot be
    read."""
    file = _opened(path)
    try:
        found = os.fstat(file)
        text = os.read(file, _USUAL_HEADER)
        end = header_end(b"\n" + text)
        size = found.st_size
        if _is_plain(text):
            if end < 0 and len(text) == _USUAL_HEADER:
                text += _read(file, MOST_HEADER - len(text))
        else:
            text += _read(file, 2 * MOST_HEADER)
            text, is_whole = _unpacked(text, MOST_HEADER)
            size = len(text) if is_whole else max(_last_size(file, size), len(text) + 1)
    finally:
        os.close(file)
    text = _bare(path, text)
    end = header_end(b"\n" + text)
    return FileHead(text if end < 0 else text[:end], size, _moment(found.st_mtime))


def read_mail(path: bytes, largest: int) -> tuple[bytes, int]:
    """At most ``largest`` bytes of a mail, and the size of all of it. Raises OSError and ValueError."""
    file = _opened(path)
    try:
        size = os.fstat(file).st_size
        text = _read(file, min(size, largest))
    finally:
        os.close(file)
    if _is_plain(text):
        bare = _bare(path, text)
        return bare, size if len(text) < size else len(bare)
    text, is_whole = _unpacked(text, largest)
    return _bare(path, text), len(text) if is_whole else len(text) + 1


def _opened(path: bytes) -> int:
    return os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))


def _read(file: int, most: int) -> bytes:
    """Up to ``most`` bytes; os.read may stop earlier."""
    text = os.read(file, most)
    while len(text) < most and (more := os.read(file, most - len(text))):
        text += more
    return text


def _is_plain(text: bytes) -> bool:
    """Headers begin with none of the bytes that packed files begin with."""
    return not text.startswith((*_PACKED, *_UNREADABLE, _CRYPTED))


def _unpacked(packed: bytes, most: int) -> tuple[bytes, bool]:
    """The first ``most`` bytes, and whether these are all."""
    for magic, make in _PACKED.items():
        if packed.startswith(magic):
            unpacking = make()
            try:
                text: bytes = unpacking.decompress(packed, most)
            except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
                raise ValueError(f"is damaged: {error}") from None
            return text, bool(unpacking.eof)
    kind = next((name for magic, name in _UNREADABLE.items() if packed.startswith(magic)), None)
    words = f"is packed with {kind}" if kind else "is encrypted by Dovecot"
    raise ValueError(f"{words}: read the mailbox over IMAP, or let `doveadm sync` write a plain one")


def _last_size(file: int, size: int) -> int:
    """The last four bytes of a gzip file tell the size of what is in it (RFC 1952, 2.3.1)."""
    os.lseek(file, max(size - 4, 0), os.SEEK_SET)
    return int.from_bytes(os.read(file, 4), "little")


def _bare(path: bytes, text: bytes) -> bytes:
    """Without what stands before a mail in some files: a From_ line; the length of an .emlx, and the notes
    of Apple Mail behind it."""
    if text.startswith((b"From ", b">From ")):
        return text.partition(b"\n")[2]
    if path.endswith(b".emlx"):
        length, _, rest = text.partition(b"\n")
        return rest[: int(length)] if length.strip().isdigit() and len(length) < 16 else text
    return text


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)
