"""What a worker thread does: one step against the sink, its outcome returned and never raised."""

from dataclasses import dataclass

from tiketti_migrate.api import Created, Inconclusive, Lookup, Sink
from tiketti_migrate.errors import Conflict, MigrationError, Refused
from tiketti_migrate.load.steps import Create, LookUp

__all__ = ["Answered", "Clash", "Crash", "Outcome", "perform"]


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
