"""Small worlds of tickets that link to each other."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tiketti_migrate.records import Contact, LinkNote, Message, Outcome, Record, Ticket

__all__ = ["DEAD", "Links", "address", "records_of"]

BEGIN = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
# Tickets of this requester are refused, as he is.
DEAD = "dead"


class Links(NamedTuple):
    """The ids that each message of a ticket links to, oldest first; ``solved`` tickets come later."""

    messages: Sequence[Sequence[str]]
    solved: bool = False
    requester: str = "c"
    first_is_internal: bool = False


def address(ticket: str) -> str:
    return f"https://acme.example.com/agent/tickets/{ticket}"


def records_of(tickets: Mapping[str, Links], requesters: Iterable[str] = ("c", DEAD)) -> list[Record]:
    """As a source yields them: a ticket with its messages, outcome, and its note when it links to others."""
    made: list[Record] = [Contact(source_id=one, name=one, email=f"{one}@example.com") for one in requesters]
    for number, (ticket, links) in enumerate(tickets.items()):
        made.append(
            Ticket(
                source_id=ticket,
                subject=f"Ticket {ticket}",
                requester_id=links.requester,
                created_at=BEGIN + dt.timedelta(days=number),
            )
        )
        made += [
            _message(ticket, place, linked, number, is_internal=links.first_is_internal and not place)
            for place, linked in enumerate(links.messages)
        ]
        made.append(Outcome(source_id=ticket, status="resolved" if links.solved else "open"))
        others = dict.fromkeys(one for linked in links.messages for one in linked if one != ticket)
        if others:
            made.append(LinkNote(source_id=ticket, ticket_ids=tuple(others)))
    return made


def _message(ticket: str, place: int, linked: Sequence[str], day: int, *, is_internal: bool) -> Message:
    return Message(
        source_id=f"{ticket}m{place}",
        ticket_id=ticket,
        author_id="c",
        body=f"Message {place} of {ticket}: {' and '.join(map(address, linked))}.",
        is_internal=is_internal,
        created_at=BEGIN + dt.timedelta(days=day, minutes=place),
        links={address(one): one for one in linked},
    )
