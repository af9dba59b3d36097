"""Extract: what the source yields is staged in the ledger. Reading again is harmless.

The source is read in a thread of its own, so that SQLite writes one batch while the next one is made.
"""

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from tiketti_migrate.api import Checkpoint, Problem, Source
from tiketti_migrate.errors import Interrupted, MigrationError, SourceError
from tiketti_migrate.progress import Progress
from tiketti_migrate.records import Message
from tiketti_migrate.store import Ledger, Packed, pack

__all__ = ["bind", "extract"]

_BATCH = 10_000
# Texts of one batch are held in memory together; one of five megabytes must not come with 9,999 others.
_BATCH_CHARACTERS = 6_000_000
# A slow source should not lose minutes of reading, a quick one not wait for the disk at each checkpoint.
_CHECKPOINT_RECORDS = 5_000
_CHECKPOINT_SECONDS = 2.0


def bind(source: Source, ledger: Ledger) -> None:
    """The workspace belongs to this source from now on. Raises UsageError for a wrong path or another one."""
    source.check()
    hint = "choose another --workspace for another source"
    ledger.pin("source", f"{source.name}:{source.identity()}", hint)
    ledger.put("source_title", source.title)


def extract(
    source: Source, ledger: Ledger, kinds: Iterable[str], progress: Progress, stopping: threading.Event
) -> None:
    """Stage all of ``source``. ``kinds``: what the sink can write.

    Raises UsageError for a wrong path or another source, SourceError when nothing can be read,
    Interrupted at the user's wish (what was staged stays).
    """
    bind(source, ledger)
    progress.phase(f"Reading {source.title}", None, "ticket")
    try:
        with closing(_Reader(source, ledger.get("cursor") or None)) as reader:
            for packed, cursor in reader.batches(stopping):
                ledger.staging.write(packed, cursor)
                progress.advance(sum(row.kind == "ticket" for row in packed.rows))
    finally:
        progress.finish()
    ledger.staging.finish(kinds)
    # The next run reads from the start: that is what finds changes in a newer export.
    ledger.put("cursor", "")


@dataclass
class _Batch:
    records: list[object] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    cursor: str | None = None
    characters: int = 0
    began: float = field(default_factory=time.monotonic)

    def add(self, item: object) -> None:
        """Whatever a plugin yields."""
        if isinstance(item, Problem):
            self.problems.append(Problem(*map(_readable, (item.code, item.message, item.where))))
        elif isinstance(item, Checkpoint):
            self.cursor = _readable(item.cursor)
        else:
            self.records.append(item)
            if isinstance(item, Message):
                self.characters += len(item.body)

    def is_full(self, item: object) -> bool:
        """Whether to write it, ``item`` being what was added last."""
        size = len(self.records) + len(self.problems)
        if size >= _BATCH or self.characters >= _BATCH_CHARACTERS:
            return True
        waited = time.monotonic() - self.began
        return isinstance(item, Checkpoint) and (size >= _CHECKPOINT_RECORDS or waited >= _CHECKPOINT_SECONDS)

    def pack(self) -> tuple[Packed, str | None]:
        """As it is written."""
        return pack(self.records, self.problems), self.cursor


class _Reader:
    """Reads the source in its own thread, at most two batches ahead."""

    def __init__(self, source: Source, cursor: str | None) -> None:
        self._source = source
        self._cursor = cursor
        self._ready: queue.Queue[tuple[Packed, str | None] | BaseException | None] = queue.Queue(1)
        self._leaving = threading.Event()
        # A daemon: whoever interrupts must not wait for a source that hangs.
        self._thread = threading.Thread(target=self._run, name="extract", daemon=True)

    def batches(self, stopping: threading.Event) -> Iterator[tuple[Packed, str | None]]:
        """Each with the checkpoint that it reaches. Raises what the source raises, and Interrupted."""
        self._thread.start()
        while (item := self._next(stopping)) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            if stopping.is_set():
                raise Interrupted(_STOPPED)

    def close(self) -> None:
        """The source is not read any further."""
        self._leaving.set()
        self._thread.join(timeout=1.0)

    def _next(self, stopping: threading.Event) -> tuple[Packed, str | None] | BaseException | None:
        while True:
            try:
                return self._ready.get(timeout=0.2)
            except queue.Empty:
                if stopping.is_set():
                    raise Interrupted(_STOPPED) from None

    def _run(self) -> None:
        try:
            self._read()
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
            self._hand_over(error)

    def _read(self) -> None:
        batch = _Batch()
        try:
            for item in _items(self._source, self._cursor):
                batch.add(item)
                if batch.is_full(item):
                    self._hand_over(batch.pack())
                    batch = _Batch()
                if self._leaving.is_set():
                    return
        finally:
            # Also when it fails: what was read is kept.
            self._hand_over(batch.pack())
        self._hand_over(None)

    def _hand_over(self, item: tuple[Packed, str | None] | BaseException | None) -> None:
        while not self._leaving.is_set():
            try:
                self._ready.put(item, timeout=0.2)
            except queue.Full:
                continue
            return


_STOPPED = "stopped while reading; what was read is kept"


def _readable(text: object) -> str:
    """As it can be stored: a plugin may name things by what is no text at all."""
    return str(text).encode(errors="replace").decode()


def _items(source: Source, cursor: str | None) -> Iterator[object]:
    """What the source yields; an error that it should not raise names it and keeps what was read."""
    try:
        yield from source.extract(cursor)
    except MigrationError:
        raise
    except Exception as error:
        words = f"the source {source.name} failed: {type(error).__name__}: {error}"
        raise SourceError(words, hint="what was read is kept; tell the author of the plugin") from error
