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
from tiketti_migrate.records import Agent, Contact, Message, Outcome, Record, Ticket
from tiketti_migrate.store import Workspace

__all__ = ["Canary", "canary", "check_address"]

_FOLDER = "canary"
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
        for kind in ("ticket", "contact"):
            row = created.get(kind)
            if row is None or row.target_id is None:
                continue
            try:
                self._sink.delete("ticket" if kind == "ticket" else "contact", row.target_id)
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

    ``folder`` is the workspace of the import. Raises Stopped when it cannot be written; EmailWasSent, with
    the canary removed, when the target itself says that it e-mailed.
    """
    with Workspace(folder / _FOLDER) as workspace:
        sent = Canary(workspace, sink)
        try:
            _send(workspace, sink, address, user, progress, stopping)
        except EmailWasSent:
            with must_answer():
                sent.remove()
            raise
        yield sent


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


def _send(
    workspace: Workspace, sink: Sink, address: str, user: str, progress: Progress, stopping: threading.Event
) -> None:
    ledger = workspace.ledger
    ledger.pin("source", address, "go on with that address first, so that its ticket is deleted")
    if not ledger.views.counts():
        ledger.staging.add(_records(address, user))
        ledger.staging.finish(sink.kinds)
    how = LoadOptions()
    prepare(ledger, sink, how)
    if not load(ledger, sink, how, progress, stopping).complete:
        failure = next(ledger.views.failures())
        raise Stopped(
            f"the canary was refused: {failure.message}",
            where=f"{failure.record.kind} for {address}",
            hint="give another address with --canary, or go on without it",
        )
