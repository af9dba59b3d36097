"""Tiketti's users: nothing lists them, but they are seen on tickets and time entries (tiketti-api.md)."""

from collections.abc import Iterator, Mapping
from typing import Any

from tiketti_migrate.api import Member, Remedy
from tiketti_migrate.errors import Refused
from tiketti_migrate.records import Ticket
from tiketti_migrate_tiketti.client import TikettiClient

__all__ = ["seen_staff", "unassigned"]

# Each costs a request of a hundred a minute, and most staff is at work on what is new.
_MOST_PAGES = 5
# What is listed, and where its user stands.
_SEEN_ON = {"ticket": "assignee", "time_entry": "user"}

Object = Mapping[str, Any]


def seen_staff(client: TikettiClient, me: Object) -> Iterator[list[Member]]:
    """The token's own user, then whoever is seen on pages of tickets and of time entries in turn: five pages
    at most, each of them one request that is made when it is asked for.
    """
    yield _members([me])
    left = _MOST_PAGES
    lists = {kind: _pages(client, kind) for kind in _SEEN_ON}
    while lists and left:
        for kind in list(lists)[:left]:
            items = next(lists[kind], None)
            if items is None:
                del lists[kind]
                continue
            left -= 1
            yield _members([item.get(_SEEN_ON[kind]) for item in items])


def _pages(client: TikettiClient, kind: str) -> Iterator[list[Object]]:
    """The pages of a list to its end; none where this user may not see it."""
    seen: set[str] = set()
    for number in range(1, _MOST_PAGES + 1):
        try:
            page = client.page(kind, number)
        except Refused:
            yield []
            return
        yield list(page.items.values())
        is_new = page.items.keys() - seen
        seen |= page.items.keys()
        if not is_new or (page.total is not None and len(seen) >= page.total):
            return


def _members(users: list[Any]) -> list[Member]:
    return [
        Member(user["id"], _text(user.get("name")), _text(user.get("email")) or None)
        for user in users
        if isinstance(user, dict) and isinstance(user.get("id"), str)
    ]


def _text(value: Any) -> str:
    """What is no text is nobody's name."""
    return value if isinstance(value, str) else ""


def unassigned(ticket: Ticket, refused: Refused) -> Remedy | None:
    """A ticket without its assignee, when the refusal is about who that is; None otherwise."""
    words = f"{refused.code} {refused.message}".casefold()
    if ticket.assignee_id is None or refused.status not in (400, 404, 422) or "assignee" not in words:
        return None
    warning = f"Tiketti refused its assignee {ticket.assignee_id} ({refused.message}): assigned to nobody"
    return Remedy(ticket.model_copy(update={"assignee_id": None}), warning)
