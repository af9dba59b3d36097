"""Where files are unpacked and sorted: a private folder, gone with whoever asked for it.

It holds customers' data. What a killed process leaves is removed by the next one: a folder is somebody's as
long as the lock in it is held, which ends with the process however that ends.
"""

import errno
import os
import shutil
import stat
import tempfile
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tiketti_migrate.errors import SourceError

__all__ = ["ROOM", "new_scratch", "room", "scratch"]

_NAME_ONE = "TMPDIR, like TMPDIR=/bigger/disk"
ROOM = f"free some, or name another folder with {_NAME_ONE}"
_PREFIX = "tiketti-migrate-"
_LOCK = "lock"
# A folder that was just made is not locked yet.
_YOUNG_SECONDS = 60
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


def new_scratch(owner: object) -> Path:
    """A folder for ``owner`` alone, and as long as it lives. Raises SourceError."""
    folder, lock = _made()
    weakref.finalize(owner, _remove, folder, lock)
    return folder


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for as long as the block lasts. Raises SourceError."""
    folder, lock = _made()
    try:
        yield folder
    finally:
        _remove(folder, lock)


@contextmanager
def room(folder: Path) -> Iterator[None]:
    """Raises SourceError that tells where to get room when ``folder`` cannot be written any more."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise SourceError(
            f"the folder for temporary files has no room left: {error.strerror}",
            where=str(folder.parent),
            hint=ROOM,
        ) from error


def _made() -> tuple[Path, FileLock]:
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    except OSError as error:
        words = f"there is no folder for temporary files: {error.strerror or error}"
        raise SourceError(words, hint=f"name one with {_NAME_ONE}") from error
    _remove_stale(folder.parent)
    lock = FileLock(folder / _LOCK)
    with room(folder):
        lock.acquire()
    return folder, lock


def _remove(folder: Path, lock: FileLock) -> None:
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)


def _remove_stale(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        if not _is_ours_and_old(folder):
            continue
        lock = FileLock(folder / _LOCK)
        try:
            lock.acquire(blocking=False)
        except (Timeout, OSError):
            continue
        _remove(folder, lock)


def _is_ours_and_old(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
    return stat.S_ISDIR(found.st_mode) and mine and time.time() - found.st_mtime > _YOUNG_SECONDS
