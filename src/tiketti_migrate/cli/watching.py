"""``--canary``: send it, ask what arrived, and go on or stop."""

import sys

import click

from tiketti_migrate.api import Sink
from tiketti_migrate.canary import canary, check_address, withdraw
from tiketti_migrate.cli.session import Session, answering
from tiketti_migrate.cli.words import printable
from tiketti_migrate.errors import Stopped, UsageError
from tiketti_migrate.load import Prepared, must_answer
from tiketti_migrate.store import Workspace

__all__ = ["CANARY", "require_person", "watch_canary"]

OFF = "off"
_OPEN = "canary"
CANARY = click.Option(
    ["--canary"],
    metavar="ADDRESS",
    help="First make one ticket for an address of your own, and ask what arrived in its inbox; 'off' gives"
    " up an earlier one.",
)


def require_person(address: str | None) -> None:
    """Raises UsageError where nobody could look into the inbox, or there is none."""
    if address in (None, OFF):
        return
    assert address is not None
    check_address(address)
    if not sys.stdin.isatty():
        hint = f"run it on a terminal, or go on without it: --canary {OFF}"
        raise UsageError("--canary asks what arrived in the inbox", hint=hint)


def watch_canary(
    session: Session, workspace: Workspace, sink: Sink, address: str | None, prepared: Prepared
) -> None:
    """Raises Stopped when the user saw an e-mail; the canary is deleted in any case.

    Until somebody says that nothing arrived, the workspace remembers it: resumed, the import sends it anew.
    """
    ledger = workspace.ledger
    address = address or ledger.get(_OPEN) or None
    if address is None or not prepared.writes:
        return
    before = sink.requests
    try:
        if address == OFF:
            withdraw(workspace.folder, sink, session.terminal, session.stopping)
        else:
            require_person(address)
            ledger.put(_OPEN, address)
            _ask(session, workspace, sink, address, prepared.user or "")
    finally:
        ledger.count_requests(sink.requests - before)
    ledger.put(_OPEN, "")


def _ask(session: Session, workspace: Workspace, sink: Sink, address: str, user: str) -> None:
    terminal = session.terminal
    with canary(workspace.folder, sink, address, user, terminal, session.stopping) as sent:
        code = printable(sent.code)
        terminal.say(
            f"Ticket {code} was made for {address}, assigned, answered and resolved. Give an e-mail some"
            " minutes to arrive, look into the spam folder, too."
        )
        with answering():
            arrived = click.confirm(f"Did anything from Tiketti arrive at {address}?", err=True)
        with must_answer():
            kept = sent.remove()
    if kept:
        terminal.warn(f"the canary could not be deleted: {kept}")
    if arrived:
        raise Stopped(
            "Tiketti e-mailed the canary's address, and would e-mail customers, too: nothing was imported",
            hint="switch its notifications off or ask its support; the canary is then sent once more",
        )
