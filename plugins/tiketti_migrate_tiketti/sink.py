"""The sink: records become Tiketti's objects, one request each."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from pydantic import BaseModel

from tiketti_migrate.api import (
    Admission,
    Created,
    Difference,
    Existing,
    Lookup,
    Member,
    Needs,
    Notice,
    PracticeTarget,
    Refs,
    Remedy,
    Sink,
    SinkContext,
    Standing,
)
from tiketti_migrate.errors import AccessDenied, Refused
from tiketti_migrate.http import Client, Limiter, ServerClock, Slot
from tiketti_migrate.records import Contact, Kind, Message, Outcome, Record, Ticket
from tiketti_migrate_tiketti import practice
from tiketti_migrate_tiketti.auth import TokenKeeper
from tiketti_migrate_tiketti.bodies import Provenance
from tiketti_migrate_tiketti.client import PAGE, TikettiClient, endpoint_of
from tiketti_migrate_tiketti.compare import compare
from tiketti_migrate_tiketti.long_bodies import made_to_fit
from tiketti_migrate_tiketti.lookups import Lookups
from tiketti_migrate_tiketti.options import DEFAULT_BASE_URL, Credentials, TikettiOptions
from tiketti_migrate_tiketti.people import address_of, remedied, scope_of
from tiketti_migrate_tiketti.preflight import choose_organization, preflight
from tiketti_migrate_tiketti.staff import seen_staff, unassigned
from tiketti_migrate_tiketti.writes import ENDPOINTS, Writes

__all__ = ["TikettiSink"]

_SHARED = ("label", "company", "contact")
_MESSAGES = ("message", "link_note")


class TikettiSink(Sink):
    """Writes to a Tiketti account. Thread-safe."""

    name = "tiketti"
    Options = TikettiOptions
    kinds: ClassVar[frozenset[str]] = frozenset(
        {"label", "company", "contact", "ticket", "message", "time_entry", "outcome", "link_note"}
    )
    resend_safe: ClassVar[frozenset[str]] = frozenset({"label", "contact", "outcome"})

    def __init__(self, options: BaseModel, context: SinkContext) -> None:
        super().__init__(options, context)
        chosen = TikettiOptions.model_validate(options)
        self._chosen = chosen
        environment = context.environment
        base_url = chosen.base_url or environment.get("TIKETTI_BASE_URL") or DEFAULT_BASE_URL
        credentials = Credentials.read(environment, chosen.token_file)
        self._clock = ServerClock()
        self._limiter = Limiter(
            self._clock,
            stopping=context.stopping,
            reserve=chosen.reserve,
            notify=lambda text, seconds: context.notify(Notice(text, seconds)),
        )
        self._http = Client(
            base_url,
            self._limiter,
            self._clock,
            stopping=context.stopping,
            write_timeout=chosen.answer_timeout,
            on_request=self._count,
        )
        self._allowed: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._keeper = self._http.authorizer = TokenKeeper(credentials, self._http, self._clock)
        self._client = TikettiClient(self._http)
        self._provenance = Provenance(context.source_title, chosen.provenance)
        self._scope = scope_of(context.source_name, context.source_account)
        self._writes = Writes(self._client, self._provenance, self._scope)

    @cached_property
    def _me(self) -> Mapping[str, Any]:
        return self._client.me()

    @cached_property
    def _organization(self) -> Mapping[str, Any]:
        organization = choose_organization(self._me, self._wanted_organization(), self.context.choose)
        self._http.headers["X-Organization-Id"] = str(organization.get("id"))
        return organization

    def _wanted_organization(self) -> str | None:
        """Said now, or when the workspace was begun."""
        named = self._chosen.organization or self.context.environment.get("TIKETTI_ORGANIZATION_ID")
        address, _, pinned = (self.context.pinned or "").rpartition("#")
        return named or (pinned if address == self._http.base_url else None) or None

    @cached_property
    def _lookups(self) -> Lookups:
        return Lookups(self._client, self._provenance, self._scope, self._me.get("id"))

    def identity(self) -> str:
        return f"{self._http.base_url}#{self._organization.get('id')}"

    def create(self, record: Record, refs: Refs) -> Created:
        try:
            with Slot(self._limiter) as slot:
                made = self._writes.write(record, refs, slot)
        except Refused as refused:
            if refused.status == 403 and record.kind in _SHARED and record.kind not in self._allowed:
                raise _forbidden(record.kind, refused) from None
            raise
        self._allowed.add(record.kind)
        return made

    def find(self, record: Record, refs: Refs, since: datetime | None, known: frozenset[str]) -> Lookup:
        return self._lookups.find(record, refs, since, known)

    def fetch(self, kind: Kind, target_id: str) -> Mapping[str, Any] | None:
        """A message is named ``<ticket id>/<message id>``, since Tiketti knows it only under its ticket."""
        if kind in _MESSAGES:
            ticket_id, _, message_id = target_id.partition("/")
            return self._client.message(ticket_id, message_id)
        return self._client.get("ticket" if kind == "outcome" else kind, target_id)

    def delete(self, kind: Kind, target_id: str) -> bool:
        """A message is named as for fetch. Outcomes go with their tickets."""
        if kind in _MESSAGES:
            ticket_id, _, message_id = target_id.partition("/")
            return self._client.delete_message(ticket_id, message_id)
        return False if kind == "outcome" else self._client.delete(kind, target_id)

    def compare(
        self, ticket: Ticket, target_id: str, refs: Refs, lane: Iterable[tuple[Record, str | None]]
    ) -> list[Difference]:
        return compare(self._client, self._provenance, ticket, target_id, refs, list(lane))

    def preflight(self, needs: Needs) -> Standing:
        return preflight(self._client, self._clock, self._provenance, self._me, self._organization, needs)

    def existing(self, kind: Kind, wanted: int) -> Iterable[Existing] | None:
        """Labels in one request, companies by pages, contacts when that is cheaper than conflicts."""
        if kind == "label":
            return _keyed(self._client.labels(), "name")
        if kind == "company":
            return _keyed(self._client.all("company").items, "name")
        if kind != "contact":
            return None
        first = self._client.page("contact", 1)
        pages_left = -(-(first.total or 0) // PAGE) - 1
        # A conflict costs two requests where a listed contact costs none. Who is there is not known yet, so
        # what is chosen is the way that can cost the least too much.
        if pages_left > wanted:
            return None
        return _keyed(self._client.all("contact", first).items, "email")

    def team(self) -> Iterator[Sequence[Member]]:
        return seen_staff(self._client, self._me)

    def placeholder(self, contact: Contact) -> str | None:
        return None if contact.natural_key else address_of(contact, self._scope)

    def implied(self, record: Record, refs: Refs) -> bool:
        return (
            isinstance(record, Outcome)
            and refs.public_replies == 0
            and record.status == (refs.ticket_status or "open")
        )

    def remedy(self, record: Record, refs: Refs, refused: Refused) -> Remedy | None:
        if isinstance(record, Contact):
            other = remedied(record, refused)
            return Remedy(*other) if other else None
        if isinstance(record, Ticket) and (other_ticket := unassigned(record, refused)):
            self._writes.refused_assignees.add(refs.target("agent", record.assignee_id))
            return other_ticket
        message = refs.first_message if isinstance(record, Ticket) else record
        if isinstance(message, Message) and refused.status in (400, 413, 422):
            return made_to_fit(message, refused, self._chosen.long_bodies)
        return None

    def admit(self, wanted: int) -> Admission:
        return Admission(*self._limiter.admit(wanted))

    def renewals(self, seconds: float) -> int:
        return self._keeper.renewals(seconds)

    def life_warning(self, seconds: float) -> str | None:
        return self._keeper.life_warning(seconds)

    def now(self) -> datetime:
        return self._clock.now()

    @property
    def requests(self) -> int:
        return self._limiter.sent

    @property
    def requests_by_endpoint(self) -> Mapping[str, int]:
        with self._counting:
            return dict(self._counts)

    def endpoints(self, kind: Kind, *, revisited: bool = False) -> tuple[str, ...]:
        looked_at = ("GET /tickets/:id",) if revisited and kind == "outcome" else ()
        return (*looked_at, ENDPOINTS[kind])

    def _count(self, method: str, path: str) -> None:
        with self._counting:
            self._counts[endpoint_of(method, path)] += 1

    @property
    def requests_per_minute(self) -> float | None:
        return self._limiter.per_minute

    @property
    def workers_wanted(self) -> int:
        return self._limiter.workers_wanted

    def close(self) -> None:
        self._http.close()

    @classmethod
    def practice(cls) -> AbstractContextManager[PracticeTarget]:
        return practice.target()


def _forbidden(kind: str, refused: Refused) -> AccessDenied:
    """One refusal is enough: going on, tickets would be made without what they share, for good."""
    hint = "use the token of somebody who may" + (", or --labels off" if kind == "label" else "")
    return AccessDenied(f"Tiketti does not let this user create a {kind}: {refused.message}", hint=hint)


def _keyed(items: Mapping[str, Mapping[str, Any]], field: str) -> list[Existing]:
    return [
        Existing(item[field].strip().casefold(), item_id)
        for item_id, item in items.items()
        if isinstance(item.get(field), str)
    ]
