"""From raw objects to what the core stages, some hundred at a time."""

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError

from tiketti_migrate.api import Extracted, Problem, RecordFields
from tiketti_migrate_zendesk.account import Account, Pieces
from tiketti_migrate_zendesk.fields_note import is_fields_note
from tiketti_migrate_zendesk.gathering import Hanging
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.people import NOBODY, company_records, person_records
from tiketti_migrate_zendesk.recognise import Item, Kind
from tiketti_migrate_zendesk.since import wanted
from tiketti_migrate_zendesk.tickets import ticket_records
from tiketti_migrate_zendesk.values import id_in

__all__ = ["Conversion"]

_AT_ONCE = 512
# Texts wait in memory together: one of five megabytes must not come with hundreds.
_CHARACTERS = 1_000_000
_MOST_SHARED = 50_000
_ALL = "the export"
# Come more than once.
_SHARED = ("label", "contact")


class Conversion:
    """Turns items into fields of records. What it remembers saves repetitions and counts, no more."""

    def __init__(self, account: Account, options: ZendeskOptions) -> None:
        self._account = account
        self._options = options
        self._shared: set[str] = set()
        self._waiting: list[RecordFields] = []
        self._characters = 0
        self._notes = 0
        self._not_wanted = 0

    def add(self, item: Item, hanging: Callable[[Kind, str], Hanging] = lambda *_: {}) -> Iterator[Extracted]:
        """The records of one item, which may wait for ``flush``; or one problem, as half a ticket would be a
        silent loss."""
        source_id = id_in(item.raw)
        if source_id is None:
            yield Problem("NO_ID", f"the {item.kind} has no id", item.where)
            return
        try:
            found = self._records(item, source_id, hanging)
        except (ValidationError, ValueError, OverflowError, RecursionError) as error:
            yield Problem("BAD_RECORD", f"{item.kind} {source_id}: {_reason(error)}", item.where)
            return
        for one in found:
            if isinstance(one, Problem):
                yield one
            elif one["kind"] not in _SHARED or self._is_new(one):
                self._waiting.append(one)
                if body := one.get("body"):
                    self._characters += len(body)
                    self._notes += bool(one.get("is_internal")) and is_fields_note(one)
        if len(self._waiting) >= _AT_ONCE or self._characters >= _CHARACTERS:
            yield from self.flush()

    def flush(self) -> Iterator[Extracted]:
        """What waits."""
        if self._waiting:
            yield self._waiting
            self._waiting, self._characters = [], 0

    def told(self) -> Iterator[Problem]:
        """What is to be said of the whole."""
        if self._notes:
            words = f"internal notes with what Tiketti has no field for: {self._notes:,}, a request each"
            yield Problem("NOTICE", f"{words}; --extras label or off prevents them", _ALL, lost=0)
        if self._not_wanted:
            words = f"tickets left out by --since, as they are solved and older: {self._not_wanted:,}"
            yield Problem("NOTICE", words, _ALL, lost=0)

    def _records(
        self, item: Item, source_id: str, hanging: Callable[[Kind, str], Hanging]
    ) -> list[RecordFields | Problem]:
        if item.kind == "ticket" and not wanted(item.raw, self._options.since):
            self._not_wanted += 1
            return []
        apart = hanging(item.kind, source_id)
        about = (self._account, self._options, item.repaired)
        if item.kind == "ticket":
            return ticket_records(item.raw, source_id, item.where, _pieces(apart), *about)
        if item.kind == "user":
            identities, tags = apart.get("user_identity", ()), _texts(apart, "user_tag", "tag")
            return [*person_records(item.raw, source_id, item.where, identities, *about, tags)]
        domains, tags = _texts(apart, "domain_name", "domain_name"), _texts(apart, "organization_tag", "tag")
        return [*company_records(item.raw, source_id, item.where, domains, tags, *about)]

    def _is_new(self, one: RecordFields) -> bool:
        """Labels, and who stands for nobody, come with each ticket that needs them."""
        kind, source_id = one["kind"], one["source_id"]
        if kind == "contact" and source_id != NOBODY:
            return True
        key = f"{kind} {source_id}"
        if key in self._shared:
            return False
        if len(self._shared) >= _MOST_SHARED:
            self._shared.clear()
        self._shared.add(key)
        return True


def _pieces(apart: Hanging) -> Pieces:
    if not apart:
        return Pieces()
    comments, audits = apart.get("comment", ()), apart.get("audit", ())
    older = tuple(apart.get("older_comment", ()))
    return Pieces(tuple(comments), tuple(audits), _texts(apart, "ticket_tag", "tag"), older)


def _texts(apart: Hanging, kind: str, key: str) -> tuple[Any, ...]:
    return tuple(one.get(key) for one in apart.get(kind, ()))


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"cannot be taken ({type(error).__name__})"
