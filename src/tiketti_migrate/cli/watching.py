"""``--canary``: send it, ask what arrived, and go on or stop."""

import sys

import click

from tiketti_migrate.api import Sink
from tiketti_migrate.canary import canary, check_address
from tiketti_migrate.cli.session import Session, answering
from tiketti_migrate.errors import Stopped, UsageError
from tiketti_migrate.load import Prepared, must_answer
from tiketti_migrate.store import Workspace

__all__ = ["CANARY", "require_person", "watch_canary"]

CANARY = click.Option(
    ["--canary"],
    metavar="ADDRESS",
    help="First make one ticket for an address of your own, and ask what arrived in its inbox.",
)


def require_person(address: str | None) -> None:
    """Raises UsageError where nobody could look into the inbox, or there is none."""
    if address is None:
        return
    check_address(address)
    if not sys.stdin.isatty():
        raise UsageError("--canary asks what arrived in the inbox", hint="run it on a terminal")


def watch_canary(
    session: Session, workspace: Workspace, sink: Sink, address: str | None, prepared: Prepared
) -> None:
    """Raises Stopped when the user saw an e-mail; the canary is deleted in any case."""
    if address is None or not prepared.writes:
        return
    user = prepared.user or ""
    terminal, before = session.terminal, sink.requests
    with canary(workspace.folder, sink, address, user, terminal, session.stopping) as sent:
        terminal.say(
            f"Ticket {sent.code} was made for {address}, assigned, answered and resolved. Give an e-mail some"
            " minutes to arrive, look into the spam folder, too."
        )
        with answering():
            arrived = click.confirm(f"Did anything from Tiketti arrive at {address}?", err=True)
        with must_answer():
            kept = sent.remove()
    workspace.ledger.count_requests(sink.requests - before)
    if kept:
        terminal.warn(f"the canary could not be deleted: {kept}")
    if arrived:
        raise Stopped(
            "Tiketti e-mailed the canary's address, and would e-mail customers, too: nothing was imported",
            hint="switch its notifications off or ask its support, then run the same command again",
        )
