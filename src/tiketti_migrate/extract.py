"""Extract: what the source yields is staged in the ledger. Reading again is harmless."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tiketti_migrate.api import Checkpoint, Problem, Source
from tiketti_migrate.errors import Interrupted, MigrationError, SourceError
from tiketti_migrate.progress import Progress
from tiketti_migrate.records import Message, Record, Ticket, is_sound
from tiketti_migrate.store import Ledger

__all__ = ["bind", "extract"]

_BATCH = 2000
# Texts of one batch are held in memory together; one of five megabytes must not come with 1,999 others.
_BATCH_CHARACTERS = 8_000_000


@dataclass
class _Batch:
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    characters: int = 0

    def add(self, item: object) -> None:
        """Whatever a plugin yields; what is no record of ours is counted and left out."""
        if isinstance(item, Problem):
            self.problems.append(Problem(*map(_readable, (item.code, item.message, item.where))))
            return
        if not isinstance(item, Record) or not is_sound(item):
            name = f"{getattr(item, 'kind', type(item).__name__)} {getattr(item, 'source_id', '')}"
            words = "the source made no proper record of it"
            self.problems.append(Problem("BAD_RECORD", words, _readable(name)))
            return
        self.records.append(item)
        if isinstance(item, Message):
            self.characters += len(item.body)

    @property
    def full(self) -> bool:
        return len(self.records) + len(self.problems) >= _BATCH or self.characters >= _BATCH_CHARACTERS


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
        _stage(source, ledger, progress, stopping)
    finally:
        progress.finish()
    ledger.staging.finish(kinds)
    # The next run reads from the start: that is what finds changes in a newer export.
    ledger.put("cursor", "")


def _stage(source: Source, ledger: Ledger, progress: Progress, stopping: threading.Event) -> None:
    batch = _Batch()
    for item in _items(source, ledger.get("cursor") or None):
        cursor = _readable(item.cursor) if isinstance(item, Checkpoint) else None
        if not isinstance(item, Checkpoint):
            batch.add(item)
        if batch.full or cursor is not None:
            _flush(batch, cursor, ledger, progress)
            batch = _Batch()
            if stopping.is_set():
                raise Interrupted("stopped while reading; what was read is kept")
    _flush(batch, None, ledger, progress)


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


def _flush(batch: _Batch, cursor: str | None, ledger: Ledger, progress: Progress) -> None:
    ledger.staging.add(batch.records, batch.problems, cursor)
    progress.advance(sum(isinstance(record, Ticket) for record in batch.records))
