"""Extract: what the source yields is staged in the ledger. Reading again is harmless.

The source is read in a thread of its own, so that SQLite writes one batch while the next one is made.
"""

import gc
import json
import queue
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tiketti_migrate.api import Checkpoint, Content, LeftOut, Problem, Source
from tiketti_migrate.contents import Arrivals, Contents
from tiketti_migrate.errors import Interrupted, MigrationError, SourceError
from tiketti_migrate.mapped import UNMAPPED, Taken
from tiketti_migrate.progress import Progress
from tiketti_migrate.records import Record
from tiketti_migrate.store import Ledger, Packed

__all__ = ["CONTENTS_DROPPED", "FILE_HOSTS", "bind", "extract"]

FILE_HOSTS = "file_hosts"
# Set while files that the source held when it was read are not in the workspace.
CONTENTS_DROPPED = "contents_dropped"
_ALL, _ON_THEIR_WAY = "yes", "until this reading ends"
_OTHER_NAMES = "source_other_names"

_BATCH = 10_240
# What is worked on together should fit into the processor's cache.
_RECORDS_A_PACK = 512
# Texts of one batch are held in memory together; one of five megabytes must not come with thousands.
_BATCH_CHARACTERS = 6_000_000
# A slow source should not lose minutes of reading, a quick one not wait for the disk at each checkpoint.
_CHECKPOINT_RECORDS = 5_000
_CHECKPOINT_SECONDS = 2.0
_LAST_WORDS_SECONDS = 1.0
_MOST_LOST = 1 << 40
_STOPPED = "stopped while reading; what was read is kept"


def bind(source: Source, ledger: Ledger, stopping: threading.Event) -> None:
    """The workspace belongs to this source from now on.

    Raises UsageError for a wrong path or another one, Interrupted at the user's wish, Stopped when an account
    does not answer.
    """
    _check(source, stopping)
    name, _, identity = (ledger.get("source") or "").partition(":")
    if name == source.name:
        if source.is_same(identity) or _continues(source, ledger, identity):
            _remember_hosts(source, ledger)
            # Tokens bear the title: what is in the target must be found again, whatever a copy is called.
            return
        source.refuse_other(identity)
    hint = "choose another --workspace for another source"
    ledger.pin("source", f"{source.name}:{source.identity()}", hint)
    ledger.put("source_title", source.title)
    ledger.put("source_address", f"{source.name}:{source.address()}")
    _remember_hosts(source, ledger)


def _check(source: Source, stopping: threading.Event) -> None:
    """In a thread of its own: whoever interrupts must not wait for a server that is silent."""
    ended: queue.Queue[BaseException | None] = queue.Queue(1)

    def run() -> None:
        try:
            source.check()
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
            ended.put(error)
        else:
            ended.put(None)

    threading.Thread(target=run, name="check", daemon=True).start()
    while True:
        try:
            error = ended.get(timeout=0.2)
        except queue.Empty:
            if stopping.is_set():
                raise Interrupted("stopped before anything was read") from None
            continue
        if error is not None:
            raise error
        return


def _continues(source: Source, ledger: Ledger, identity: str) -> bool:
    """The pin stays: what was made of the first reading bears it."""
    own, known = source.identity(), json.loads(ledger.get(_OTHER_NAMES) or "[]")
    if own in known:
        return True

    def staged(kind: str, source_id: str) -> Record | None:
        row = ledger.rows.find(kind, source_id)
        return None if row is None else row.record

    is_same = source.continues(identity, staged)
    if is_same:
        ledger.put(_OTHER_NAMES, json.dumps([*known, own]))
    return is_same


def _remember_hosts(source: Source, ledger: Ledger) -> None:
    """Whoever goes on without the source fetches its files all the same; a part of it names fewer hosts."""
    known = json.loads(ledger.get(FILE_HOSTS) or "[]")
    ledger.put(FILE_HOSTS, json.dumps(sorted({*known, *source.file_hosts()})))


def extract(
    source: Source,
    ledger: Ledger,
    kinds: Iterable[str],
    progress: Progress,
    stopping: threading.Event,
    taken: Taken = UNMAPPED,
    *,
    keep_files: bool = True,
) -> None:
    """Stage all of ``source``. ``kinds``: what the sink can write; ``taken``: the mapping, if there is one;
    ``keep_files``: those that the source itself holds come into the workspace, beside the ledger.

    Raises UsageError for a wrong path or another source, SourceError when nothing can be read,
    Interrupted at the user's wish (what was staged stays), Stopped when an account does not answer.
    """
    source.attend(stopping, progress.notice)
    bind(source, ledger, stopping)
    _begin(ledger, taken, keep_files=keep_files, regroups=source.regroups)
    source.recall(ledger.views.recalled())
    progress.phase(f"Reading {source.title}", None, "ticket")
    try:
        with (
            ledger.bulk(),
            _tuned(),
            closing(Contents(ledger.path.parent, keep=keep_files)) as contents,
            closing(_Reader(source, ledger.get("cursor") or None, taken, contents)) as reader,
        ):
            for ready in reader.batches(stopping):
                _write(ready, ledger)
                progress.advance(len(ready.packed.tickets))
    finally:
        progress.finish()
    _remember_hosts(source, ledger)
    ledger.staging.finish(kinds, source.remade())
    with ledger.transaction():
        # The next run reads from the start: that is what finds changes in a newer export.
        ledger.put("cursor", "")
        if keep_files and ledger.get(CONTENTS_DROPPED):
            ledger.put(CONTENTS_DROPPED, "")


def _begin(ledger: Ledger, taken: Taken, *, keep_files: bool, regroups: bool) -> None:
    """From where the last reading was left, unless it was made otherwise."""
    if (ledger.get("mapping") or "") != taken.text:
        # Half by these rules and half by those would be neither.
        with ledger.transaction():
            ledger.put("cursor", "")
            ledger.put("mapping", taken.text)
            ledger.staging.forget_rules()
    if keep_files and ledger.get(CONTENTS_DROPPED) == _ALL:
        # They may lie before the checkpoint that was reached without them.
        with ledger.transaction():
            ledger.put("cursor", "")
            ledger.put(CONTENTS_DROPPED, _ON_THEIR_WAY)
    # Whatever looks into the file later names its lines.
    ledger.put("mapping_file", taken.file)
    if not ledger.get("cursor"):
        if regroups:
            ledger.staging.forget_unwritten()
        ledger.staging.begin()


def _write(ready: "_Ready", ledger: Ledger) -> None:
    ready.files.wait()
    if ready.files.dropped and ledger.get(CONTENTS_DROPPED) != _ALL:
        ledger.put(CONTENTS_DROPPED, _ALL)
    ledger.staging.write(ready.packed, ready.cursor)


@contextmanager
def _tuned() -> Iterator[None]:
    """Two threads that both work all the time, on objects that are no garbage and hold no cycles."""
    before = sys.getswitchinterval(), gc.get_threshold()
    # The one that writes needs the interpreter often and shortly: 5 ms each time would double its work.
    sys.setswitchinterval(0.0001)
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        sys.setswitchinterval(before[0])
        gc.set_threshold(*before[1])
        gc.unfreeze()


class _Ready(NamedTuple):
    """A batch, the checkpoint that it reaches, and the files that came with it."""

    packed: Packed
    cursor: str | None
    files: Arrivals


@dataclass
class _Batch:
    packed: Packed = field(default_factory=Packed)
    loose: list[object] = field(default_factory=list)
    cursor: str | None = None
    characters: int = 0
    began: float = field(default_factory=time.monotonic)

    def add(self, item: object) -> bool:
        """Whatever a plugin yields; whether it is time to write."""
        if type(item) is list:
            self.loose += item
        elif type(item) is not dict and isinstance(item, Problem | LeftOut | Checkpoint):
            return self._note(item)
        else:
            self.loose.append(item)
            body = item.get("body") if type(item) is dict else getattr(item, "body", None)
            if type(body) is str:
                self.characters += len(body)
        self._pack(_RECORDS_A_PACK)
        return self._is_large

    def _note(self, item: Problem | LeftOut | Checkpoint) -> bool:
        if isinstance(item, Checkpoint):
            self.cursor = _readable(item.cursor)
            waited = time.monotonic() - self.began
            return self._size >= _CHECKPOINT_RECORDS or waited >= _CHECKPOINT_SECONDS
        if isinstance(item, Problem):
            code, message, where = map(_readable, (item.code, item.message, item.where))
            # Without a sound number something stays behind, rather than nothing.
            lost = item.lost if type(item.lost) is int and 0 <= item.lost < _MOST_LOST else 1
            problem = Problem(code, message, where, lost)
            self.packed.problems.append(problem)
        else:
            self.packed.left_out.append(replace(item, source_id=_readable(item.source_id)))
        return self._size >= _BATCH

    @property
    def _size(self) -> int:
        packed = self.packed
        return len(packed.rows) + len(packed.problems) + len(packed.left_out) + len(self.loose)

    def closed(self, files: Arrivals) -> _Ready:
        """As it is written."""
        self._pack(1)
        return _Ready(self.packed, self.cursor, files)

    @property
    def _is_large(self) -> bool:
        return self._size >= _BATCH or self.characters + self.packed.characters >= _BATCH_CHARACTERS

    def _pack(self, least: int) -> None:
        """What waits, if it is as much as ``least``."""
        while len(self.loose) >= least:
            self.packed.add(self.loose[:_RECORDS_A_PACK])
            del self.loose[:_RECORDS_A_PACK]
            self.characters = 0


class _Reader:
    """Reads the source in its own thread, at most two batches ahead."""

    def __init__(self, source: Source, cursor: str | None, taken: Taken, contents: Contents) -> None:
        # Before a mapping has its turn: records may wait there, and files would wait with them.
        self._items = taken.apply(_without_contents(_items(source, cursor), contents), cursor is None)
        self._contents = contents
        self._ready: queue.Queue[_Ready | BaseException | None] = queue.Queue(1)
        self._leaving = threading.Event()
        # A daemon: whoever interrupts must not wait for a source that hangs.
        self._thread = threading.Thread(target=self._run, name="extract", daemon=True)

    def batches(self, stopping: threading.Event) -> Iterator[_Ready]:
        """One after the other. Raises what the source raises, and Interrupted."""
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

    def _next(self, stopping: threading.Event) -> _Ready | BaseException | None:
        while True:
            try:
                return self._ready.get(timeout=0.2)
            except queue.Empty:
                if stopping.is_set():
                    return self._last_words()

    def _last_words(self) -> _Ready | BaseException | None:
        """A source that attends to the run ends by itself, and what it has read until then is kept."""
        try:
            return self._ready.get(timeout=_LAST_WORDS_SECONDS)
        except queue.Empty:
            raise Interrupted(_STOPPED) from None

    def _run(self) -> None:
        try:
            self._read()
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
            self._hand_over(error)

    def _read(self) -> None:
        batch = _Batch()
        try:
            for item in self._items:
                if batch.add(item):
                    self._hand_over(batch.closed(self._contents.batch()))
                    batch = _Batch()
                if self._leaving.is_set():
                    return
        finally:
            # Also when it fails: what was read is kept.
            self._hand_over(batch.closed(self._contents.batch()))
        self._hand_over(None)

    def _hand_over(self, item: _Ready | BaseException | None) -> None:
        while not self._leaving.is_set():
            try:
                self._ready.put(item, timeout=0.2)
            except queue.Full:
                continue
            return


def _readable(text: object) -> str:
    """As it can be stored: a plugin may name things by what is no text at all."""
    return str(text).encode(errors="replace").decode()


def _without_contents(items: Iterable[object], contents: Contents) -> Iterator[object]:
    """What is to be staged; files go their own way."""
    for item in items:
        if type(item) is not Content:
            yield item
        elif isinstance(data := _data(item), bytes):
            contents.take(data)
        else:
            words = f"the source gave {type(data).__name__} in place of a file's bytes"
            yield Problem("BAD_CONTENT", words, "a file of the source")


def _data(item: Content) -> object:
    """A plugin can put anything in there."""
    return item.data


def _items(source: Source, cursor: str | None) -> Iterator[object]:
    """What the source yields; an error that it should not raise names it and keeps what was read."""
    try:
        yield from source.extract(cursor)
    except MigrationError:
        raise
    except Exception as error:
        words = f"the source {source.name} failed: {type(error).__name__}: {error}"
        raise SourceError(words, hint="what was read is kept; tell the author of the plugin") from error
