"""Verify: read the account back and compare it with what was written."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from tiketti_migrate.api import Difference, Refs, Sink
from tiketti_migrate.errors import Interrupted
from tiketti_migrate.load import must_answer
from tiketti_migrate.progress import Progress
from tiketti_migrate.records import LinkNote, Message, Record, Ticket
from tiketti_migrate.store import Ledger

__all__ = ["Verified", "verify"]

_BATCH = 64


@dataclass
class Verified:
    """``checked`` by kind; ``differences`` in the order of the tickets."""

    checked: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class _Written:
    ticket: Ticket
    target_id: str
    refs: Refs
    lane: list[tuple[Record, str | None]]


def verify(
    ledger: Ledger,
    sink: Sink,
    progress: Progress,
    stopping: threading.Event,
    *,
    workers: int = 8,
    sample: float = 1.0,
) -> Verified:
    """Compare every ticket that is done, or the share ``sample`` of them, with the target.

    Raises Stopped when the target cannot be read.
    """
    with must_answer():
        identity = sink.identity()
    ledger.pin("target", identity, "verify the account that this workspace was imported into")
    verified = Verified()
    total = ledger.views.counts().get("ticket", {}).get("done", 0)
    progress.phase("Verifying", round(total * sample), "ticket")
    written = _written(ledger, sample)
    try:
        with ThreadPoolExecutor(max(1, min(workers, sink.workers_wanted))) as pool:
            while batch := list(islice(written, _BATCH)):
                answers = [pool.submit(_compare, sink, one) for one in batch]
                _gather(batch, answers, verified)
                progress.advance(len(batch))
                if stopping.is_set():
                    raise Interrupted("stopped before everything was verified")
    finally:
        progress.finish()
    return verified


def _compare(sink: Sink, written: _Written) -> list[Difference]:
    return sink.compare(written.ticket, written.target_id, written.refs, written.lane)


def _gather(batch: list[_Written], answers: list[Future[list[Difference]]], verified: Verified) -> None:
    for written, answer in zip(batch, answers, strict=True):
        with must_answer():
            verified.differences.extend(answer.result())
        verified.checked["ticket"] += 1
        verified.checked.update(record.kind for record, _ in written.lane)


def _written(ledger: Ledger, sample: float) -> Iterator[_Written]:
    due = 0.0
    for record, target_id in ledger.views.written():
        due += sample
        if due < 1.0 or not isinstance(record, Ticket):
            continue
        due -= 1.0
        targets: dict[tuple[str, str], str] = {}
        for kind in ("contact", "label", "agent"):
            ids = [ref.source_id for ref in record.references() if ref.kind == kind]
            found = ledger.views.targets(kind, ids)
            targets |= {(kind, source): target for source, target in found.items()}
        lane = ledger.views.lane_records(record.source_id)
        authors = [r.author_id for r, _ in lane if isinstance(r, Message) and r.author_id]
        files = ledger.files.of([r.source_id for r, _ in lane if isinstance(r, Message)])
        codes = _codes(ledger, record, lane)
        refs = Refs(targets, ledger.lanes.people(authors), attachments=files, codes=codes)
        yield _Written(record, target_id, refs, lane)


def _codes(ledger: Ledger, ticket: Ticket, lane: list[tuple[Record, str | None]]) -> dict[str, str]:
    linked: set[str] = set()
    for record, _ in lane:
        if isinstance(record, Message):
            linked.update(record.links.values())
        elif isinstance(record, LinkNote):
            linked.update(record.ticket_ids)
    if linked:
        # Of what an earlier import wrote it is not always known which codes it bears.
        linked |= ledger.links.untold(ticket.source_id)
    # A text was sent when its own ticket had no number yet.
    linked -= {ticket.source_id, ""}
    return ledger.links.codes(linked) if linked else {}
