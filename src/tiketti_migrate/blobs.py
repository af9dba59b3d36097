"""The bytes of attachments in the workspace, named by what they are: ``attachments/<first two>/<SHA-256>``.

A file is there whole or not at all, whenever the process dies: it is written aside, synced and renamed.
Its name is on the disk when its folder was synced, too.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tiketti_migrate.errors import Stopped

__all__ = ["Blob", "Blobs", "Incoming", "has_content"]

_PART, _DAMAGED = ".part", ".damaged"
# Of several that sync at once a file system makes one write to its journal; with more they stand in line.
_THREADS = 4


class Blob(NamedTuple):
    """Bytes that are kept: their SHA-256 (64 hex digits) and their number."""

    sha256: str
    size: int


class Incoming:
    """A blob on its way. ``size``: the bytes so far; ``head``: the first of them."""

    HEAD = 65_536

    def __init__(self, descriptor: int, path: Path) -> None:
        self._file = os.fdopen(descriptor, "wb")
        self._path = path
        self._digest = hashlib.sha256()
        self.size = 0
        self.head = b""

    def write(self, data: bytes) -> None:
        """Append. Raises Stopped when the disk takes no more."""
        if len(self.head) < self.HEAD:
            self.head += data[: self.HEAD - len(self.head)]
        self._digest.update(data)
        self.size += len(data)
        with _room(self._path):
            self._file.write(data)

    def close(self) -> Blob:
        """All of it is on the disk."""
        with _room(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return Blob(self._digest.hexdigest(), self.size)

    def move(self, path: Path) -> None:
        """To its place. Raises OSError."""
        self._path.replace(path)

    def drop(self) -> None:
        """Nothing of it stays. Harmless after it was kept."""
        with suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)


class Blobs:
    """The folder ``attachments`` of a workspace. Thread-safe. Raises Stopped when it cannot be written."""

    def __init__(self, workspace: Path) -> None:
        self.folder = workspace / "attachments"

    def path(self, sha256: str) -> Path:
        """Where a blob lies, or would."""
        return self.folder / sha256[:2] / sha256

    def holds(self, blob: Blob) -> bool:
        """Whether it is there in its full length."""
        return self.size(blob.sha256) == blob.size

    def size(self, sha256: str) -> int | None:
        """Of a blob that is there; None when it is not."""
        try:
            found = self.path(sha256).stat()
        except OSError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def set_aside(self, sha256: str) -> None:
        """What has another content by now stays, but under a name that says so."""
        path = self.path(sha256)
        with _room(path), suppress(FileNotFoundError):
            path.replace(path.with_name(f"{sha256}{_DAMAGED}"))

    @contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """Bytes to be written; what is not kept when the block ends is gone."""
        with _room(self.folder):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            # Made with mode 0600.
            descriptor, name = tempfile.mkstemp(suffix=_PART, dir=self.folder)
        incoming = Incoming(descriptor, Path(name))
        try:
            yield incoming
        finally:
            incoming.drop()

    def keep(self, incoming: Incoming) -> Blob:
        """Under its name, from now on for good. What is there already is not written again."""
        blob = incoming.close()
        if not self.holds(blob):
            path = self.path(blob.sha256)
            with _room(path):
                path.parent.mkdir(mode=0o700, exist_ok=True)
                incoming.move(path)
                _sync(path.parent)
                _sync(self.folder)
        return blob

    def put(self, data: bytes, aside: str) -> Blob:
        """Bytes that are in memory, under their name; for good once ``settle`` was told of them.

        ``aside``: a name that nobody else writes under at this moment.
        """
        blob = Blob(hashlib.sha256(data).hexdigest(), len(data))
        if not self.holds(blob):
            part = self.folder / f"{aside}{_PART}"
            with _room(part):
                try:
                    self._write(part, data)
                    self._place(part, self.path(blob.sha256))
                except BaseException:
                    part.unlink(missing_ok=True)
                    raise
        return blob

    def settle(self, blobs: Iterable[Blob]) -> None:
        """The names of these, too, are on the disk. What is there already may be so for a moment only."""
        folders = [self.folder / name for name in sorted({blob.sha256[:2] for blob in blobs})]
        if folders:
            with _room(self.folder / "-"), ThreadPoolExecutor(_THREADS) as pool:
                list(pool.map(_sync, [*folders, self.folder, self.folder.parent]))

    def _write(self, part: Path, data: bytes) -> None:
        try:
            descriptor = _opened(part)
        except FileNotFoundError:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = _opened(part)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)

    @staticmethod
    def _place(part: Path, path: Path) -> None:
        try:
            part.replace(path)
        except FileNotFoundError:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            part.replace(path)

    def sweep(self) -> None:
        """Remove what a killed process left half-written. Only for who holds the workspace's lock."""
        for part in self.folder.glob(f"*{_PART}"):
            with _room(part):
                part.unlink(missing_ok=True)


def has_content(path: Path, sha256: str) -> bool:
    """Whether a file is there whose bytes have this SHA-256. Reads all of it."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _opened(path: Path) -> int:
    # Windows would write other line ends.
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)


def _sync(folder: Path) -> None:
    """New names, too, are on the disk; Windows has no such thing."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _room(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Stopped(
            f"attachments cannot be written: {error.strerror or error}",
            where=str(path.parent),
            hint="free space or mend the folder, then run again",
        ) from error
