"""Addresses in texts that lead to tickets of the account, and the note that a ticket with any needs."""

import html
import re
from collections.abc import Iterable
from functools import lru_cache

from tiketti_migrate.api import RecordFields

__all__ = ["ADDRESS_END", "link_note", "links_in", "page_of_ticket"]

# Agents and customers see a ticket at several places; what stands behind its number does not matter.
_TICKET = r"/(?:agent/(?:#/)?|hc/(?:[\w-]{1,20}/)?)?(?:tickets|requests)/([0-9]{1,20})(?![\w-])"
ADDRESS_END = r"\s\"'<>"
_PUNCTUATION = ".,;:!?)]}*_\u2026"
_MOST_LINKS = 1000
_MOST_IN_A_NOTE = 200


def links_in(body: str, hosts: tuple[str, ...], *, is_html: bool) -> dict[str, str]:
    """Addresses as they stand in the body (in HTML: without its entities), with the ids of tickets."""
    for host in hosts:
        if host in body:
            break
    else:
        return {}
    found: dict[str, str] = {}
    for match in _pattern(hosts).finditer(body):
        address = match[0]
        if is_html and "&" in address:
            address = re.split(f"[{ADDRESS_END}]", html.unescape(address), maxsplit=1)[0]
        # A quoted address ends at its quote, one in a sentence before the full stop.
        if body[match.start() - 1 : match.start()] not in ('"', "'"):
            address = address.rstrip(_PUNCTUATION)
        found[address] = match[1]
        if len(found) >= _MOST_LINKS:
            break
    return found


def page_of_ticket(ticket_id: str, host: str | None) -> str | None:
    """Where agents saw a ticket, None where that cannot be told."""
    return (
        f"https://{host}/agent/tickets/{ticket_id}"
        if host and re.fullmatch(r"[0-9]{1,20}", ticket_id)
        else None
    )


def link_note(ticket_id: str, ids: Iterable[str], where: str) -> tuple[RecordFields | None, str | None]:
    """The note for all ``ids`` but the ticket's own, None where there are none; and a warning."""
    others = tuple(one for one in dict.fromkeys(ids) if one != ticket_id)
    if not others:
        return None, None
    told = others[:_MOST_IN_A_NOTE]
    note: RecordFields = {"kind": "link_note", "source_id": ticket_id, "origin": where, "ticket_ids": told}
    if len(told) == len(others):
        return note, None
    return note, f"leads to {len(others):,} tickets: a note at the end tells the first {len(told)}"


@lru_cache(maxsize=16)
def _pattern(hosts: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, hosts))
    return re.compile(rf"https?://(?:{names})(?::[0-9]{{1,5}})?{_TICKET}(?:(?!https?://)[^{ADDRESS_END}])*")
