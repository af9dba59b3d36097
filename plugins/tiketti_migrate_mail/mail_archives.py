"""What is packed (zip, tar, gzip, bzip2, xz) is written out once, into a private folder and under limits.

Names inside an archive are shown to people and never used as paths. Only what looks like mail is written.
"""

import bz2
import gzip
import io
import lzma
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, cast

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import SourceError
from tiketti_migrate.file_names import shown_name
from tiketti_migrate.scratch import ROOM, room
from tiketti_migrate.sizes import human_size

__all__ = ["BEGIN", "Limits", "Member", "Unpacking", "is_packed"]

_STEP = 1024 * 1024
# What is looked at of a file to tell what it is.
BEGIN = 4096
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OPENERS: dict[bytes, Callable[[Path, str], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
_DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
_ENCRYPTED = 0x1
# A packed mailbox in an archive is unpacked, an archive in an archive in an archive is not.
_DEEPEST = 2


@dataclass(frozen=True)
class Limits:
    """``ratio``: unpacked bytes for each packed one, asked of what is larger than ``harmless``: mails shrink
    to a third, text alone to a tenth; a bomb to a thousandth. ``free``: share of the free disk that may be
    filled."""

    members: int = 1_000_000
    ratio: int = 200
    harmless: int = 64 * 1024 * 1024
    free: float = 0.9


class Member(NamedTuple):
    """A file that was unpacked. ``names``: the levels of its name in the archives; ``told``: for people."""

    path: Path
    names: tuple[str, ...]
    told: str


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def read1(self, size: int, /) -> bytes: ...


class _TooLarge(Exception):
    """More comes out of an archive than mails can be packed to."""


class _Budget:
    """What may still come out of an archive and those in it."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise _TooLarge


class _Task(NamedTuple):
    is_mail: Callable[[bytes, str], bool]
    budget: _Budget
    changed_ns: int


class _Counted(io.RawIOBase):
    """A stream of which no more is read than the budget has: what is passed over is unpacked, too."""

    def __init__(self, stream: IO[bytes], budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._budget.take(len(data))
        return data


def is_packed(begin: bytes) -> bool:
    """Whether a file that begins so is an archive, or packed."""
    return begin.startswith((*_ZIP, *_OPENERS)) or _is_tar(begin)


class Unpacking:
    """Of all archives of a mailbox. ``close`` removes what was unpacked."""

    def __init__(self, scratch: Path, limits: Limits | None = None) -> None:
        self._scratch = scratch
        self._limits = limits or Limits()
        self._written: list[Path] = []
        self._members = 0
        self._total = self._room = int(shutil.disk_usage(scratch).free * self._limits.free)

    def close(self) -> None:
        for path in self._written:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        self._written = []

    def open(
        self, path: Path, told: str, is_mail: Callable[[bytes, str], bool]
    ) -> Iterator[Member | Problem]:
        """What is in an archive and, by how it begins and is called, mail. Raises SourceError when the disk
        is full."""
        found = path.stat()
        budget = _Budget(max(self._limits.harmless, found.st_size * self._limits.ratio))
        yield from self._open(path, (), told, _Task(is_mail, budget, found.st_mtime_ns), 0)

    def _open(
        self, path: Path, names: tuple[str, ...], told: str, task: _Task, depth: int
    ) -> Iterator[Member | Problem]:
        with path.open("rb") as stream:
            begin = stream.read(BEGIN)
        if not is_packed(begin):
            yield Member(path, names, told)
            return
        if depth > _DEEPEST:
            yield Problem("NESTED_ARCHIVE", "is packed too often: unpack it first", told)
            return
        try:
            if begin.startswith(_ZIP):
                yield from self._zip(path, names, told, task, depth)
            elif _is_tar(begin):
                with path.open("rb") as stream:
                    yield from self._tar(stream, names, told, task, depth)
            else:
                yield from self._packed(path, begin, names, told, task, depth)
        except _TooLarge:
            ratio = f"more than {self._limits.ratio} times its size"
            yield Problem("TOO_LARGE", f"unpacks to {ratio}, as no mail does: what follows is not read", told)
        except _DAMAGE as error:
            yield Problem("BROKEN_ARCHIVE", f"is damaged or cut off: {_reason(error)}", told)
        if depth:
            with suppress(OSError):
                path.unlink()

    def _packed(
        self, path: Path, begin: bytes, names: tuple[str, ...], told: str, task: _Task, depth: int
    ) -> Iterator[Member | Problem]:
        opener = next(opener for magic, opener in _OPENERS.items() if begin.startswith(magic))
        with opener(path, "rb") as stream:
            first = stream.read(BEGIN)
        with opener(path, "rb") as stream:
            if _is_tar(first):
                yield from self._tar(cast(IO[bytes], _Counted(stream, task.budget)), names, told, task, depth)
            else:
                yield from self._member(stream, names, told, task, depth)

    def _zip(
        self, path: Path, names: tuple[str, ...], told: str, task: _Task, depth: int
    ) -> Iterator[Member | Problem]:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.is_dir() or _is_left_behind(member.filename):
                    continue
                self._count()
                where = f"{told}/{shown_name(member.filename)}"
                levels = (*names, *member.filename.split("/"))
                if member.flag_bits & _ENCRYPTED:
                    yield Problem("ENCRYPTED_FILE", "is encrypted: unpack it with its password first", where)
                    continue
                # zipfile would throw the last piece of a damaged member away: its sum is compared here.
                expected = member.CRC
                del member.CRC
                try:
                    with archive.open(member) as stream:
                        yield from self._member(cast(_Readable, stream), levels, where, task, depth, expected)
                except _DAMAGE as error:
                    yield Problem("BROKEN_ARCHIVE", f"cannot be unpacked: {_reason(error)}", where)

    def _tar(
        self, stream: IO[bytes], names: tuple[str, ...], told: str, task: _Task, depth: int
    ) -> Iterator[Member | Problem]:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=_STEP) as archive:
            for member in archive:
                # The list of members would grow with the archive.
                archive.members = []  # type: ignore[attr-defined]
                if member.isdir() or _is_left_behind(member.name):
                    continue
                self._count()
                where = f"{told}/{shown_name(member.name)}"
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    yield Problem("UNKNOWN_FILE", "is a link or a device: not read", where, lost=0)
                    continue
                levels = (*names, *member.name.split("/"))
                yield from self._member(cast(_Readable, content), levels, where, task, depth)

    def _member(
        self,
        stream: _Readable,
        names: tuple[str, ...],
        told: str,
        task: _Task,
        depth: int,
        expected: int | None = None,
    ) -> Iterator[Member | Problem]:
        begin = stream.read(BEGIN)
        if not is_packed(begin) and not task.is_mail(begin, names[-1] if names else told):
            return
        target = self._scratch / f"mail-{len(self._written) + 1}"
        self._written.append(target)
        try:
            with room(self._scratch), target.open("xb") as copy:
                found = self._copy(begin, stream, copy, task.budget)
            if expected not in (None, found):
                raise zipfile.BadZipFile("its check sum is another one")
        except _TooLarge:
            target.unlink()
            raise
        except _DAMAGE as error:
            words = f"is damaged or cut off ({_reason(error)}): what could be unpacked is read"
            yield Problem("BROKEN_ARCHIVE", words, told)
        # A mailbox is the same one as long as its archive is.
        os.utime(target, ns=(task.changed_ns, task.changed_ns))
        yield from self._open(target, names, told, task, depth + 1)

    def _copy(self, begin: bytes, stream: _Readable, copy: IO[bytes], budget: _Budget) -> int:
        """Returns the CRC-32 of what was copied."""
        found, data = 0, begin
        while data:
            budget.take(len(data))
            self._room -= len(data)
            if self._room < 0:
                size = human_size(self._total)
                words = f"mails are unpacked to more than the {size} that there is room for"
                raise SourceError(words, where=str(self._scratch.parent), hint=ROOM)
            found = zlib.crc32(data, found)
            copy.write(data)
            # With read, the last piece of a file that is cut off would be lost.
            data = stream.read1(_STEP)
        return found

    def _count(self) -> None:
        self._members += 1
        if self._members > self._limits.members:
            raise ValueError(f"it has more than {self._limits.members:,} files")


def _is_tar(begin: bytes) -> bool:
    """POSIX.1-1988 and GNU tar write this into each header."""
    return begin[257:262] == b"ustar"


def _is_left_behind(name: str) -> bool:
    """What macOS puts into archives beside each file."""
    return "__MACOSX/" in name or name.rpartition("/")[2].startswith("._")


def _reason(error: Exception) -> str:
    return shown_name(str(error)) if str(error) else type(error).__name__
