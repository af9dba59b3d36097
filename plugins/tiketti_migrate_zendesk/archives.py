"""What is packed (zip, gzip) or not in UTF-8 is written out once, into a private folder and under limits.

Names inside an archive are shown to people and never used as paths.
"""

import codecs
import gzip
import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from tiketti_migrate.api import Problem
from tiketti_migrate.scratch import room
from tiketti_migrate_zendesk.files import File, hidden, is_hidden, is_left_behind
from tiketti_migrate_zendesk.values import text

__all__ = ["Limits", "Unpacking"]

_STEP = 1024 * 1024
_MEBIBYTE = 1024 * 1024
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
)
# An archive in an archive is unpacked, one in that is not.
_DEEPEST = 2
_ENCRYPTED = 0x1


@dataclass(frozen=True)
class Limits:
    """``ratio``: unpacked bytes for each packed one, asked of what is larger than ``harmless``. JSON of a
    helpdesk shrinks to a tenth, hardly ever to a fiftieth; a bomb to a thousandth. ``free``: the share of the
    disk's free space that may be filled."""

    members: int = 200_000
    ratio: int = 200
    harmless: int = 64 * _MEBIBYTE
    total: int = 1024 * 1024 * _MEBIBYTE
    free: float = 0.9


class _Readable(Protocol):
    def read1(self, size: int, /) -> bytes: ...


class _TooLarge(Exception):
    """A limit was passed."""


class Unpacking:
    """Of all archives of an export together."""

    def __init__(self, scratch: Path, limits: Limits | None = None) -> None:
        self._scratch = scratch
        self._limits = limits or Limits()
        self._members = 0
        self._files = 0
        self._unpacked = 0
        free = int(shutil.disk_usage(scratch).free * self._limits.free)
        self._total = min(self._limits.total, free)

    def open(self, file: File) -> Iterator[File | Problem]:
        """The file itself, or what is in it. Raises OSError, and SourceError when the disk is full."""
        yield from self._open(file, 0, self._limits.total)

    def _open(self, file: File, depth: int, budget: int) -> Iterator[File | Problem]:
        with file.path.open("rb") as stream:
            head = stream.read(4)
        if head.startswith((*_ZIP, _GZIP)):
            budget = min(budget, max(self._limits.harmless, file.path.stat().st_size * self._limits.ratio))
            yield from self._packed(file, depth, budget, is_zip=not head.startswith(_GZIP))
        elif head.startswith(_UTF_16):
            yield self._in_utf8(file)
        else:
            yield file
            return
        if depth:
            with suppress(OSError):
                file.path.unlink()

    def _packed(self, file: File, depth: int, budget: int, *, is_zip: bool) -> Iterator[File | Problem]:
        if depth == _DEEPEST:
            yield Problem("NESTED_ARCHIVE", "is packed too often: unpack it first", file.name)
        elif is_zip:
            yield from self._zip(file, depth, budget)
        else:
            with gzip.open(file.path, "rb") as stream:
                yield from self._written(stream, file.name, depth, budget)

    def _zip(self, file: File, depth: int, budget: int) -> Iterator[File | Problem]:
        try:
            archive = zipfile.ZipFile(file.path)
        except _DAMAGE as error:
            yield Problem("BROKEN_ARCHIVE", f"is damaged: {_reason(error)}", file.name)
            return
        with archive:
            if "[Content_Types].xml" in archive.namelist():
                yield Problem("UNKNOWN_FILE", "is an office document", file.name, lost=0)
                return
            yield from hidden(filter(None, {_unseen_in(one) for one in archive.namelist()}), file.name)
            for member in archive.infolist():
                if member.is_dir() or _unseen_in(member.filename):
                    continue
                name = f"{file.name}/{text(member.filename)}"
                self._members += 1
                if self._members > self._limits.members:
                    words = f"there are more than {self._limits.members:,} files in archives: split them"
                    yield Problem("TOO_MANY_FILES", words, name)
                    return
                before = self._unpacked
                yield from self._member(archive, member, name, depth, budget)
                budget -= self._unpacked - before

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, depth: int, budget: int
    ) -> Iterator[File | Problem]:
        if member.flag_bits & _ENCRYPTED:
            yield Problem("ENCRYPTED_FILE", "is encrypted: unpack it with its password first", name)
            return
        # zipfile would throw the last piece of a damaged member away: its sum is compared here instead.
        expected = member.CRC
        del member.CRC
        try:
            stream = cast(zipfile.ZipExtFile, archive.open(member))
        except _DAMAGE as error:
            yield Problem("BROKEN_ARCHIVE", f"cannot be unpacked: {_reason(error)}", name)
            return
        with stream:
            yield from self._written(stream, name, depth, budget, expected)

    def _written(
        self, stream: _Readable, name: str, depth: int, budget: int, expected: int | None = None
    ) -> Iterator[File | Problem]:
        target = self._new()
        before = self._unpacked
        try:
            with room(self._scratch), target.open("xb") as copy:
                found = self._copy(stream, copy, budget)
            if expected not in (None, found):
                raise zipfile.BadZipFile("Bad CRC-32")
        except _TooLarge:
            target.unlink()
            words = "unpacks to far more than an export can hold, or than the disk has room for: not read"
            yield Problem("TOO_LARGE", words, name)
            return
        except _DAMAGE as error:
            words = "what could be unpacked is read" if target.stat().st_size else "nothing of it can be read"
            yield Problem("BROKEN_ARCHIVE", f"is damaged or cut off ({_reason(error)}): {words}", name)
            if not target.stat().st_size:
                return
        yield from self._open(File(target, name), depth + 1, budget - (self._unpacked - before))

    def _copy(self, stream: _Readable, target: IO[bytes], budget: int) -> int:
        """Returns the CRC-32 of what was copied."""
        found = 0
        while data := stream.read1(_STEP):
            self._unpacked += len(data)
            budget -= len(data)
            if budget < 0 or self._unpacked > self._total:
                raise _TooLarge
            found = zlib.crc32(data, found)
            target.write(data)
        return found

    def _in_utf8(self, file: File) -> File:
        target = self._new()
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        with room(self._scratch), file.path.open("rb") as source, target.open("xb") as copy:
            while data := source.read(_STEP):
                copy.write(decoder.decode(data).encode("utf-8", "replace"))
            copy.write(decoder.decode(b"", True).encode("utf-8", "replace"))
        return File(target, file.name)

    def _new(self) -> Path:
        self._files += 1
        return self._scratch / f"unpacked-{self._files}"


def _unseen_in(name: str) -> str:
    """The folder or file of a member's name for which it is not read."""
    return next((one for one in name.split("/") if is_hidden(one) or is_left_behind(one)), "")


def _reason(error: Exception) -> str:
    return text(str(error)) or type(error).__name__
