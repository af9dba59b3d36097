"""A large file looked at in blocks: searched and read quickly, whatever its size, in little memory.

It is not mapped into memory: a mailbox that somebody makes shorter meanwhile would then end the process.
"""

from pathlib import Path
from types import TracebackType

from tiketti_migrate_mail.mailbox import FolderRemade

__all__ = ["Blocks"]

_BLOCK = 1024 * 1024


class Blocks:
    """The first ``size`` bytes of a file, whatever is written behind them. Raises OSError.

    Everything raises FolderRemade when the file has become shorter.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.size = size
        self._file = path.open("rb", buffering=0)
        self._start = 0
        self._block = b""

    def __enter__(self) -> "Blocks":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from ``start`` to ``stop``, fewer at the ends of the file."""
        start, stop = max(start, 0), min(stop, self.size)
        if stop <= start:
            return b""
        if start < self._start or stop > self._start + len(self._block):
            if stop - start > _BLOCK:
                return self._from_file(start, stop)
            self._load(start)
        return self._block[start - self._start : stop - self._start]

    def find(self, what: bytes, start: int, stop: int) -> int:
        """Where ``what`` stands first, wholly between ``start`` and ``stop``; -1 where it does not."""
        stop = min(stop, self.size)
        while stop - start >= len(what):
            if not self._start <= start <= self._start + len(self._block) - len(what):
                self._load(start)
            found = self._block.find(what, start - self._start, stop - self._start)
            if found >= 0:
                return self._start + found
            start = self._start + len(self._block) - len(what) + 1
        return -1

    def _load(self, start: int) -> None:
        self._block = self._from_file(start, min(start + _BLOCK, self.size))
        self._start = start

    def _from_file(self, start: int, stop: int) -> bytes:
        self._file.seek(start)
        parts = []
        while start < stop:
            part = self._file.read(stop - start)
            if not part:
                raise FolderRemade("the file has become shorter")
            parts.append(part)
            start += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
