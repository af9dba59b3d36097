"""From a path as the user gave it to a plain file: standard input and members of archives are spooled.

Nothing is written but files of our own making in the scratch folder: names inside archives are only shown.
"""

import gzip
import os
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tiketti_migrate.errors import SourceError, UsageError
from tiketti_migrate.scratch import room
from tiketti_migrate_csv.kinds import Kind, kind_of

__all__ = ["MOST_UNPACKED", "Opened", "open_path", "refuse_bombs", "shown", "split_sheet", "web_address"]

# Bytes. An archive may unpack to this much; beyond the second number only if it is no bomb.
MOST_UNPACKED = 16 * 1024**3
_HARMLESS = 64 * 1024**2
_RATIO = 150
_STEP = 1024 * 1024
_WEB = ("http:", "https:", "ftp:")
_UNPACK = "unpack it, and give the files that you want"


@dataclass(frozen=True)
class Opened:
    """A plain ``file``; ``name`` (for people) and resolved ``path`` (``-``: stdin) are the original's."""

    name: str
    path: Path
    file: Path
    kind: Kind
    state: tuple[int, int] | None

    def check_unchanged(self) -> None:
        """Raises SourceError when the file is no longer the one that was opened."""
        if self.state is not None and _state(self.path, self.name) != self.state:
            hint = "let the export finish, then run the same command again"
            raise SourceError("the file changed while it was read", where=self.name, hint=hint)


def shown(name: str, longest: int = 120) -> str:
    """A name that may hold anything, for people."""
    text = "".join(sign if sign.isprintable() else "\ufffd" for sign in name)
    return text if len(text) <= longest else f"{text[:longest]}…"


def open_path(path: Path, scratch: Path) -> Opened:
    """Raises UsageError for what is no table, SourceError for what cannot be read."""
    try:
        return _unpacked(_of_stdin(scratch) if path == Path("-") else _on_disk(path, scratch), scratch)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}", where=shown(str(path))) from error


def web_address(path: Path) -> str | None:
    """The address that was taken for a path, in a mapping file for one in its folder; else None."""
    for place, part in enumerate(path.parts):
        if part.lower() in _WEB:
            return f"{part}//{'/'.join(path.parts[place + 1 :])}"
    return None


def split_sheet(path: Path) -> tuple[Path, str | None]:
    """File and sheet of ``book.xlsx::People``. No sheet where a file is called so, or an address."""
    file, sign, sheet = str(path).rpartition("::")
    if not sign or not file or os.path.lexists(path) or web_address(path):
        return path, None
    return Path(file), sheet


def _of_stdin(scratch: Path) -> Opened:
    name = "standard input"
    file = _spool(sys.stdin.buffer.read, scratch, name, lambda: 0)
    return Opened(name, Path("-"), file, kind_of(file, name), None)


def _on_disk(path: Path, scratch: Path) -> Opened:
    name = shown(path.name or str(path))
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UsageError("is a folder", where=shown(str(path)), hint="give the file with the table")
        if stat.S_ISFIFO(mode):
            with path.open("rb") as stream:
                file = _spool(stream.read, scratch, name, lambda: 0)
            return Opened(name, path.absolute(), file, kind_of(file, name), None)
        if not stat.S_ISREG(mode):
            raise UsageError("is no regular file", where=shown(str(path)))
        real = path.resolve()
        return Opened(name, real, real, kind_of(real, name), _state(real, name))
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"cannot be read: {reason}", where=shown(str(path))) from error


def _missing(path: Path) -> UsageError:
    address = web_address(path)
    if address is None:
        return UsageError("there is no such file", where=shown(str(path)))
    hint = "nothing is fetched from the web: download it first, and give the file"
    return UsageError("is an address of the web", where=shown(address), hint=hint)


def _state(path: Path, name: str) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise SourceError("the file is gone", where=name, hint="put it back and run again") from error
    return found.st_size, found.st_mtime_ns


def _unpacked(opened: Opened, scratch: Path) -> Opened:
    if opened.kind is Kind.GZIP:
        inner = _gunzip(opened, scratch)
    elif opened.kind is Kind.ZIP:
        inner = _unzip(opened, scratch)
    else:
        return opened
    if inner.kind in (Kind.GZIP, Kind.ZIP):
        raise UsageError("an archive inside an archive", where=inner.name, hint=_UNPACK)
    return inner


def _gunzip(opened: Opened, scratch: Path) -> Opened:
    with opened.file.open("rb") as packed:
        try:
            with gzip.GzipFile(fileobj=packed) as stream:
                file = _spool(stream.read, scratch, opened.name, packed.tell)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise SourceError(
                "the compressed file is damaged or cut off", where=opened.name, hint="download it again"
            ) from error
    return Opened(opened.name, opened.path, file, kind_of(file, opened.name), None)


def _unzip(opened: Opened, scratch: Path) -> Opened:
    with zipfile.ZipFile(opened.file) as archive:
        member = _only_table(archive, opened.name)
        name = f"{opened.name}:{shown(member.filename)}"
        if member.flag_bits & 1:
            raise UsageError("the archive has a password", where=name, hint="unpack it first")
        packed = max(1, member.compress_size)
        refuse_bombs(archive, opened.name)
        try:
            with archive.open(member) as stream:
                file = _spool(stream.read, scratch, name, lambda: packed)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise SourceError(
                "the archive is damaged", where=name, hint="download it again, or unpack it"
            ) from error
    return Opened(name, opened.path, file, kind_of(file, name), None)


def refuse_bombs(archive: zipfile.ZipFile, name: str) -> None:
    """Raises UsageError when members, by the archive's own list, are far larger than their packed bytes."""
    members = archive.infolist()
    sizes = [(member.file_size, max(1, member.compress_size)) for member in members]
    if sum(size for size, _ in sizes) > MOST_UNPACKED or any(_is_bomb(*size) for size in sizes):
        raise _too_large(name)


def _only_table(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and member.file_size and not _is_litter(member.filename)
    ]
    if not members:
        raise UsageError("there is no file in the archive", where=name)
    if len(members) > 1:
        names = ", ".join(shown(member.filename, 60) for member in members[:10])
        more = f" and {len(members) - 10} more" if len(members) > 10 else ""
        raise UsageError(f"there are several files in the archive: {names}{more}", where=name, hint=_UNPACK)
    return members[0]


def _is_litter(name: str) -> bool:
    """What systems leave in archives beside what people put there."""
    parts = name.replace("\\", "/").split("/")
    return (
        parts[0] == "__MACOSX"
        or parts[-1].startswith(".")
        or parts[-1].casefold() in ("thumbs.db", "desktop.ini")
    )


def _spool(read: Callable[[int], bytes], scratch: Path, name: str, packed: Callable[[], int]) -> Path:
    """Copy into a new file in ``scratch``; ``packed``: how many compressed bytes it came from (0: none)."""
    file = scratch / f"spool-{os.urandom(8).hex()}"
    size = 0
    with room(scratch), _new(file) as target:
        while data := read(_STEP):
            size += len(data)
            if size > MOST_UNPACKED or _is_bomb(size, packed()):
                raise _too_large(name)
            target.write(data)
    return file


def _new(file: Path) -> IO[bytes]:
    return os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _is_bomb(size: int, packed: int) -> bool:
    return bool(packed) and size > _HARMLESS and size > _RATIO * packed


def _too_large(name: str) -> UsageError:
    bounds = f"over {_RATIO}:1, or {MOST_UNPACKED // 1024**3} GiB"
    hint = "if it is a table all the same, unpack it first"
    return UsageError(f"unpacks to far more than a table does ({bounds})", where=name, hint=hint)
