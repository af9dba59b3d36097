"""Canary: one ticket for an address of the user's own, to see in its inbox what an import would set off.

The pages of a target may not say whether creating, assigning or resolving a ticket notifies anybody. The
canary does all of it once, with the same engine and the same guarantees, in a ledger of its own inside the
workspace: interrupted, it goes on with the same ticket.
"""

import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tiketti_migrate.api import Sink
from tiketti_migrate.errors import EmailWasSent, Refused, Stopped, UsageError
from tiketti_migrate.load import LoadOptions, load, must_answer, prepare
from tiketti_migrate.progress import Progress
from tiketti_migrate.records import Agent, Contact, Kind, Message, Outcome, Record, Ticket
from tiketti_migrate.store import Workspace

__all__ = ["Canary", "canary", "check_address", "withdraw"]

_FOLDER = "canary"
_DELETED: tuple[Kind, ...] = ("ticket", "contact")
_SUBJECT = "A test of the import: please ignore"
_TEXT = (
    "This ticket tests whether the import sets off e-mails. It is deleted again once its sender has looked"
    " into the inbox."
)


def check_address(address: str) -> None:
    """Raises UsageError for what cannot be an inbox."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise UsageError(f"{address!r} is no e-mail address", where="--canary", hint="give one of your own")


class Canary:
    """A canary that was sent: ``code`` is the number of its ticket."""

    def __init__(self, workspace: Workspace, sink: Sink) -> None:
        self._workspace = workspace
        self._sink = sink

    @property
    def code(self) -> str:
        """What people find it by."""
        tickets = [row for row in self._workspace.ledger.views.mapped() if row.kind == "ticket"]
        return next((row.target_code or row.target_id or "" for row in tickets), "")

    def remove(self) -> str | None:
        """Delete what it created; the reason where the target does not let us."""
        kept = None
        created = {row.kind: row for row in self._workspace.ledger.views.mapped() if row.created}
        for kind in _DELETED:
            row = created.get(kind)
            if row is None or row.target_id is None:
                continue
            try:
                self._sink.delete(kind, row.target_id)
            except Refused as refused:
                # Its contact can only be deleted with it.
                kept = f"{kind} {row.target_code or row.target_id}: {refused.message}"
                break
        shutil.rmtree(self._workspace.folder)
        return kept


@contextmanager
def canary(
    folder: Path, sink: Sink, address: str, user: str, progress: Progress, stopping: threading.Event
) -> Iterator[Canary]:
    """Create a ticket for ``address``, assign it to ``user`` (ours), reply, and resolve it.

    ``folder`` is the workspace of the import. Raises Stopped when it cannot be written, EmailWasSent when
    the target itself says that it e-mailed; in both cases what was made of it is removed.
    """
    withdraw(folder, sink, progress, stopping, other_than=address)
    with Workspace(folder / _FOLDER) as workspace:
        sent = Canary(workspace, sink)
        if not workspace.ledger.views.counts():
            workspace.ledger.pin("source", address, "")
            workspace.ledger.staging.add(_records(address, user))
            workspace.ledger.staging.finish(sink.kinds)
        try:
            _settle(workspace, sink, progress, stopping)
            _check(workspace, address)
        except (EmailWasSent, _Refused):
            with must_answer():
                sent.remove()
            raise
        yield sent


def withdraw(
    folder: Path, sink: Sink, progress: Progress, stopping: threading.Event, *, other_than: str | None = None
) -> None:
    """Remove a canary that was left in the workspace, unless it is for the address ``other_than``."""
    if not (folder / _FOLDER).exists():
        return
    with Workspace(folder / _FOLDER) as workspace:
        address = workspace.ledger.get("source")
        if address is not None and address == other_than:
            return
        # What is still in flight must be settled first, or it could not be found to be deleted.
        _settle(workspace, sink, progress, stopping)
        with must_answer():
            Canary(workspace, sink).remove()


def _records(address: str, user: str) -> list[Record]:
    # Another name each time: a canary that was left there must not be taken for this one.
    ticket = f"canary-{secrets.token_hex(4)}"
    return [
        Agent(source_id="me", name=user, email=user),
        Contact(source_id=address, name="Import test", email=address),
        Ticket(source_id=ticket, subject=_SUBJECT, requester_id=address, assignee_id="me"),
        Message(source_id=f"{ticket}-1", ticket_id=ticket, author_id=address, body=_TEXT),
        Message(source_id=f"{ticket}-2", ticket_id=ticket, author_id="me", body=_TEXT),
        Outcome(source_id=ticket, status="resolved"),
    ]


class _Refused(Stopped):
    """The target took the canary in no form that tells anything."""


def _settle(workspace: Workspace, sink: Sink, progress: Progress, stopping: threading.Event) -> None:
    how = LoadOptions()
    prepare(workspace.ledger, sink, how)
    load(workspace.ledger, sink, how, progress, stopping)


def _check(workspace: Workspace, address: str) -> None:
    """Whether it was written whole, and for this address: the inbox of a placeholder is empty in any case."""
    hint = "give another address with --canary, or go on without it: --canary off"
    failure = next(workspace.ledger.views.failures(), None)
    if failure is not None:
        where = f"{failure.record.kind} for {address}"
        raise _Refused(f"the canary was refused: {failure.message}", where=where, hint=hint)
    contact = workspace.ledger.rows.find("contact", address)
    if contact is None or contact.natural_key != address.casefold():
        raise _Refused("Tiketti does not take this address", where=address, hint=hint)
