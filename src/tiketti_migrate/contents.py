"""Files that the source itself holds, on their way into the workspace while it is read on.

Threads write them aside and sync them: that is waiting for the disk, during which the interpreter is free. A
batch of records is committed when the files that came with it are on the disk, so that no committed row names
bytes that a killed process or a power cut took away.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path

from tiketti_migrate.blobs import Blob, Blobs

__all__ = ["Arrivals", "Contents"]

# As many as make the most of a disk, see blobs.
_THREADS = 4
_MOST_BYTES = 16_000_000


class Arrivals:
    """The files of one batch. ``dropped``: how many of them nobody wants to have."""

    def __init__(self, blobs: Blobs, on_their_way: Sequence["Future[Blob]"], dropped: int) -> None:
        self._blobs = blobs
        self._on_their_way = on_their_way
        self.dropped = dropped

    def wait(self) -> None:
        """Until all of them are on the disk for good. Raises Stopped when it takes no more."""
        self._blobs.settle([future.result() for future in self._on_their_way])


class Contents:
    """Those of one reading. Used by the thread that reads; ``keep=False`` drops them all."""

    def __init__(self, workspace: Path, *, keep: bool) -> None:
        self._blobs = Blobs(workspace)
        self._keep = keep
        self._pool: ThreadPoolExecutor | None = None
        self._names = count()
        self._writing: deque[tuple[Future[Blob], int]] = deque()
        self._bytes = 0
        self._batch: list[Future[Blob]] = []
        self._dropped = 0

    def take(self, data: bytes) -> None:
        """One more. Waits while too many bytes are on their way. Raises Stopped when the disk is full."""
        if not self._keep:
            self._dropped += 1
            return
        while self._writing and (self._bytes + len(data) > _MOST_BYTES or self._writing[0][0].done()):
            future, size = self._writing.popleft()
            future.result()
            self._bytes -= size
        writing = self._threads.submit(self._blobs.put, data, str(next(self._names)))
        self._writing.append((writing, len(data)))
        self._bytes += len(data)
        self._batch.append(writing)

    def batch(self) -> Arrivals:
        """What came since this was asked last."""
        arrivals = Arrivals(self._blobs, self._batch, self._dropped)
        self._batch, self._dropped = [], 0
        return arrivals

    def close(self) -> None:
        """Nothing more comes in, whatever the source yields; what nobody waits for is not begun."""
        self._keep = False
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    @property
    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            # Whoever reads holds the workspace's lock.
            self._blobs.sweep()
            self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="contents")
        return self._pool
