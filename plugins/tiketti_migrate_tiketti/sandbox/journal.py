"""The state file: a journal of JSON lines, one line a transaction.

The first line names the format. A transaction is one ``write`` of one line before it is answered, so what
was acknowledged survives a killed process. A last line without its end was never acknowledged and is
dropped; any other line that cannot be read makes the file unusable, and it is left as it is.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, Timeout

from tiketti_migrate.errors import UsageError

__all__ = ["Change", "Journal", "StateFileError"]

HEADER = {"format": "tiketti-sandbox", "version": 1}

Change = dict[str, Any]
"""``{"table", "organization", "row"}``, or ``"removed": id`` in the place of ``row``."""


class StateFileError(UsageError):
    """The state file is damaged, of another kind, in use or not writable."""


class Journal:
    """One state file, locked for as long as it is open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(f"{path}.lock")
        self._file: int | None = None

    def open(self) -> None:
        """Lock the file and make it if it is missing. Raises StateFileError."""
        if not self.path.parent.is_dir():
            # The lock would make the folder, and a mistyped path would go unnoticed.
            raise StateFileError("No such file or directory", where=str(self.path.parent))
        try:
            self._lock.acquire(timeout=0)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except Timeout:
            hint = "stop that one, or give another file"
            raise StateFileError("another sandbox is using it", where=str(self.path), hint=hint) from None
        except OSError as error:
            self._lock.release()
            raise StateFileError(f"cannot be opened: {error.strerror}", where=str(self.path)) from error

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._lock.release()

    def append(self, changes: list[Change]) -> None:
        """Write one transaction. Raises OSError when the disk refuses it."""
        if self._file is not None:
            _write_all(self._file, orjson.dumps(changes) + b"\n")

    def replay(self) -> Iterator[list[Change]]:
        """All transactions, oldest first. Raises StateFileError at a line that cannot be read."""
        end = 0
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    break
                content = self._parse(line, number)
                end += len(line)
                if number > 1:
                    yield content
        if self._file is not None:
            os.ftruncate(self._file, end)
            if end == 0:
                _write_all(self._file, orjson.dumps(HEADER) + b"\n")

    def _parse(self, line: bytes, number: int) -> list[Change]:
        try:
            content = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise self._damaged(number, f"not JSON ({error.msg})") from None
        if number == 1:
            if content != HEADER:
                raise self._damaged(number, "not a sandbox's state file of this version")
        elif not isinstance(content, list):
            raise self._damaged(number, "no list of changes")
        return content  # type: ignore[no-any-return]

    def _damaged(self, number: int, what: str) -> StateFileError:
        hint = "move the file away to start with an empty sandbox"
        return StateFileError(what, where=f"{self.path}:{number}", hint=hint)

    def rewrite(self, changes: Iterable[Change]) -> None:
        """Replace the content by these changes, at once or not at all."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        with fresh.open("wb") as target:
            fresh.chmod(0o600)
            target.write(orjson.dumps(HEADER) + b"\n")
            for change in changes:
                target.write(orjson.dumps([change]) + b"\n")
            target.flush()
            os.fsync(target.fileno())
        fresh.replace(self.path)
        if self._file is not None:
            os.close(self._file)
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND)


def _write_all(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
