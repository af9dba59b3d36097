"""A ticket with its comments, each asked for apart, and with its audits where they tell more."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import Refused, SourceError, SourceUnreachable
from tiketti_migrate_zendesk.account import Account
from tiketti_migrate_zendesk.recognise import Item
from tiketti_migrate_zendesk.time_tracking import is_time
from tiketti_migrate_zendesk.values import identifier, items, text
from tiketti_migrate_zendesk.words import SKIPPED
from tiketti_migrate_zendesk.zendesk_api import ZendeskApi

__all__ = ["TicketReader"]

# A ticket that the server cannot show must not hold up the others for minutes.
_TRIES = 5
_LAST_TRIES = 2
_CHATS = ("chat", "messaging", "sunshine")
_TRY_AGAIN = "run the import again to try once more"


class TicketReader:
    """Thread-safe once it has learned. ``with_updates``: whether each update's time is wanted."""

    def __init__(self, api: ZendeskApi, *, with_updates: bool) -> None:
        self._api = api
        self._with_updates = with_updates
        self._account = Account()

    def learn(self, ticket_fields: list[Any]) -> None:
        """Which custom fields keep time."""
        for raw in ticket_fields:
            self._account.add_field(raw)

    def whole(self, entry: Item | Problem) -> list[Item | Problem]:
        """The ticket with ``comments`` and ``audits``, behind what could not be read of it.

        Raises Stopped when it is not this ticket alone that cannot be read.
        """
        if isinstance(entry, Problem):
            return [entry]
        ticket_id = identifier(entry.raw.get("id")) or ""
        is_left_out = text(entry.raw.get("status")).strip().lower() in SKIPPED
        # Comments of a deleted ticket are gone with it.
        if is_left_out or not (ticket_id.isascii() and ticket_id.isdigit()):
            return [entry]
        raw = {name: value for name, value in entry.raw.items() if name != "result_type"}
        found: list[Item | Problem] = list(self._problems(raw, ticket_id, entry.where))
        return [*found, Item(entry.kind, raw, entry.where)]

    def _problems(self, raw: dict[str, Any], ticket_id: str, where: str) -> Iterator[Problem]:
        comments, why = self._read(self._api.comments, ticket_id)
        if comments is not None:
            raw["comments"] = comments
        if comments and not _was_chat(raw) and not (self._with_updates and self._keeps_time(raw)):
            return
        audits, why_not = self._read(self._api.audits, ticket_id)
        if audits is not None:
            raw["audits"] = audits
        if comments is None and audits is None:
            words = f"the comments could not be read ({why}): only the description comes; {_TRY_AGAIN}"
            yield Problem("COMMENTS_UNREAD", words, where)
        elif comments is None:
            words = f"the comments could not be read ({why}), and are taken from the ticket's history"
            yield Problem("COMMENTS_FROM_AUDITS", words, where, lost=0)
        elif audits is None:
            words = f"the history could not be read ({why_not}): time is known as a total only; {_TRY_AGAIN}"
            yield Problem("AUDITS_UNREAD", words, where, lost=0)

    def _read(self, read: Callable[..., list[Any]], ticket_id: str) -> tuple[list[Any] | None, str]:
        """What is there, or in words why it cannot be had."""
        try:
            return read(ticket_id, tries=_TRIES), ""
        except (Refused, SourceError) as refused:
            return None, refused.message
        except SourceUnreachable:
            # Is it this ticket, or is the account gone? Then this asks patiently, and stops the run.
            self._api.me()
        try:
            return read(ticket_id, tries=_LAST_TRIES), ""
        except (Refused, SourceError, SourceUnreachable) as error:
            return None, error.message

    def _keeps_time(self, raw: Mapping[str, Any]) -> bool:
        values = (*items(raw.get("custom_fields")), *items(raw.get("fields")))
        for value in values:
            if not isinstance(value, Mapping) or value.get("value") in (None, ""):
                continue
            field_id = identifier(value.get("id"))
            if field_id is not None and is_time(self._account.fields.get(field_id)):
                return True
        return False


def _was_chat(raw: Mapping[str, Any]) -> bool:
    """What was said in a chat stands in the history alone."""
    via = raw.get("via")
    channel = text(via.get("channel")).lower() if isinstance(via, Mapping) else ""
    return any(word in channel for word in _CHATS)
