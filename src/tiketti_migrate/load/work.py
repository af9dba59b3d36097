"""What a worker thread does: one step against the sink, its outcome returned and never raised."""

import queue
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tiketti_migrate.api import Created, Inconclusive, Lookup, Sink
from tiketti_migrate.errors import Conflict, MigrationError, Refused
from tiketti_migrate.load.steps import Create, LookUp

__all__ = ["Answered", "Clash", "Crash", "Outcome", "Workers", "perform"]


@dataclass(frozen=True)
class Clash:
    """The natural key is taken; ``holder`` is what the look-up said about who has it."""

    conflict: Conflict
    holder: Lookup


@dataclass(frozen=True)
class Crash:
    """The sink raised something it should not."""

    error: Exception


Outcome = Created | Lookup | Clash | Crash | MigrationError
Answered = tuple[Create | LookUp, Outcome]


def perform(sink: Sink, step: Create | LookUp) -> Outcome:
    """Never raises: an exception in one write must not end the others."""
    try:
        if isinstance(step, LookUp):
            return sink.find(step.record, step.refs, step.since, step.known)
        return _create(sink, step)
    except MigrationError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and the write may have left
        return Crash(error)


def _create(sink: Sink, step: Create) -> Created | Clash:
    try:
        return sink.create(step.record, step.refs)
    except Conflict as conflict:
        return Clash(conflict, _holder(sink, step))


def _holder(sink: Sink, step: Create) -> Lookup:
    """A look-up that is refused says nothing about the record."""
    try:
        return sink.find(step.record, step.refs, None, frozenset())
    except Refused as refused:
        return Inconclusive(refused.message)


class Workers:
    """Threads that carry out orders, started as they are needed; ``answers`` is where outcomes go."""

    def __init__(self, most: int, sink: Sink, answers: "queue.SimpleQueue[Answered]") -> None:
        self._most = most
        self._sink = sink
        self._answers = answers
        self._orders: queue.SimpleQueue[Create | LookUp | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for _ in self._threads:
            self._orders.put(None)
        for thread in self._threads:
            thread.join()

    def give(self, order: Create | LookUp) -> None:
        """Have it carried out, by a new thread when all are busy."""
        self._orders.put(order)
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._most:
            thread = threading.Thread(target=self._serve, name=f"load_{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self) -> None:
        while (order := self._orders.get()) is not None:
            outcome = perform(self._sink, order)
            # Free before the answer is there: what follows it needs no further thread.
            self._idle.release()
            self._answers.put((order, outcome))
