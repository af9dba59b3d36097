"""An account read over its API: what the names of things hang on first, then people, then tickets, whole.

The cursor names a phase and the place in its list. What conversion leans on (fields, statuses, groups,
brands, forms, people) comes again whenever reading goes on: it is small beside the tickets.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, get_args

import orjson

from tiketti_migrate.api import Notice, Problem
from tiketti_migrate.errors import AccessDenied, Refused, SourceError, UsageError
from tiketti_migrate.http import Reader, ReadLimits
from tiketti_migrate_zendesk.credentials import HOW_TO_GIVE, ZendeskCredentials
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.recognise import Item, Kind
from tiketti_migrate_zendesk.side_by_side import SideBySide
from tiketti_migrate_zendesk.since import wanted
from tiketti_migrate_zendesk.values import identifier, text
from tiketti_migrate_zendesk.whole_tickets import TicketReader
from tiketti_migrate_zendesk.zendesk_api import LIMITS, Page, ZendeskApi

__all__ = ["Batch", "LiveExport"]

Phase = Literal["organizations", "users", "unsolved", "tickets", "end"]

_PHASES: tuple[Phase, ...] = get_args(Phase)
_KINDS: Mapping[Phase, Kind] = {
    "organizations": "organization",
    "users": "user",
    "unsolved": "ticket",
    "tickets": "ticket",
}
# As many as a usual latency needs to use the limit of a large plan.
_THREADS = 4
_TICKETS_A_BATCH = 10
_FIRST_TRIES = 3
# What has happened within the last minute is not exported yet, and asking for it is refused.
_NOT_YET = 61
_FORGOTTEN = (400, 404, 410, 422)
_CURSOR_VERSION = 1


class Batch(NamedTuple):
    """Raw objects and problems; with a ``cursor`` reading can go on behind them."""

    entries: tuple[Item | Problem, ...]
    cursor: str | None = None


@dataclass(frozen=True)
class _Place:
    phase: Phase
    after: str | None = None


class LiveExport:
    """The account ``acme.zendesk.com``, as ``ZendeskOptions`` names it."""

    def __init__(
        self,
        options: ZendeskOptions,
        credentials: ZendeskCredentials,
        *,
        stopping: threading.Event | None = None,
        notify: Callable[[Notice], None] = lambda _notice: None,
        limits: ReadLimits = LIMITS,
    ) -> None:
        self.host = f"{options.subdomain}.zendesk.com"
        self._options = options
        self._base_url = options.api_base or f"https://{self.host}"
        self._access = credentials.access()
        self._limits = limits
        self._stopping = stopping
        self._notify = notify

    def check(self) -> None:
        """One cheap request. Raises AccessDenied for a wrong token, UsageError where no account answers."""
        with closing(self._reader()) as reader:
            try:
                me = ZendeskApi(reader).me(tries=_FIRST_TRIES)
            except Refused as refused:
                if refused.status == 403:
                    raise AccessDenied(f"{self.host}: {refused.message}", hint=HOW_TO_GIVE) from None
                words = f"no Zendesk account answers at {self.host}: {refused.message}"
                raise UsageError(words, where="--subdomain") from None
        # Whoever is not known at all is answered, too: as an anonymous user without an id.
        if identifier(me.get("id")) is None or text(me.get("role")) == "end-user":
            raise AccessDenied(f"{self.host} takes these credentials for no agent's", hint=HOW_TO_GIVE)

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """All of the account, or what follows ``cursor``; with ``since`` only the tickets that are wanted.

        Raises Stopped (AccessDenied, SourceUnreachable, Interrupted): what came before stays, and reading can
        go on; SourceError when the account cannot be understood.
        """
        with closing(self._reader()) as reader:
            reading = _Reading(self.host, ZendeskApi(reader), self._options)
            yield from reading.read(cursor)

    def _reader(self) -> Reader:
        return Reader(
            self._base_url,
            self._access,
            stopping=self._stopping,
            notify=self._notify,
            limits=self._limits,
        )


class _Reading:
    """One reading of the account."""

    def __init__(self, host: str, api: ZendeskApi, options: ZendeskOptions) -> None:
        self.host = host
        self._api = api
        self._since = options.since
        self._tickets = TicketReader(api, with_updates=options.time == "updates")

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """As ``LiveExport.read``."""
        begin = self._load(cursor)
        yield Batch(tuple(self._names(tell=cursor is None)))
        if _PHASES.index(begin.phase) > _PHASES.index("users"):
            # Texts name people who came before the place where reading goes on.
            for page, _following in self._pages("users", None):
                yield Batch(self._entries(page, "user"))
        with SideBySide(self._tickets.whole, _THREADS) as crew:
            for phase in _PHASES[_PHASES.index(begin.phase) : -1]:
                after = begin.after if phase == begin.phase else None
                for page, following in self._pages(phase, after):
                    entries = self._entries(page, _KINDS[phase])
                    if _KINDS[phase] == "ticket":
                        yield from self._whole(entries, crew)
                        entries = ()
                    yield Batch(entries, self._dump(following))

    def _names(self, *, tell: bool) -> Iterator[Item | Problem]:
        """What conversion leans on. Only ticket fields are in every account."""
        with self._needed():
            fields = self._api.ticket_fields()
        self._tickets.learn(fields)
        yield from _items(fields, "ticket_field")
        lists: tuple[tuple[Kind, Callable[[], list[Any]]], ...] = (
            ("custom_status", self._api.custom_statuses),
            ("group", self._api.groups),
            ("brand", self._api.brands),
            ("ticket_form", self._api.ticket_forms),
        )
        for kind, read in lists:
            try:
                yield from _items(read(), kind)
            except (Refused, SourceError) as refused:
                if tell:
                    yield Problem(
                        "NOT_GIVEN",
                        f"Zendesk gives none: {refused.message}",
                        "custom_statuses" if kind == "custom_status" else f"{kind}s",
                        lost=0,
                    )

    def _pages(self, phase: Phase, after: str | None) -> Iterator[tuple[Page, _Place]]:
        """The pages of a phase, each with the place behind it."""
        if phase == "unsolved" and self._since is None:
            return
        began_anew = False
        while True:
            try:
                with self._needed(but=_FORGOTTEN if after is not None and not began_anew else ()):
                    page = self._page(phase, after)
            except Refused:
                # The place is known no more (that of a search lives for an hour): what came comes again.
                after, began_anew = None, True
                continue
            after = page.after
            if after is None:
                yield page, _Place(_PHASES[_PHASES.index(phase) + 1])
                return
            yield page, _Place(phase, after)

    def _page(self, phase: Phase, after: str | None) -> Page:
        if phase == "organizations":
            return self._api.organizations(after)
        if phase == "users":
            return self._api.users(after)
        since = self._since or datetime.fromtimestamp(0, UTC)
        if phase == "unsolved":
            return self._api.unsolved(after, since)
        start = min(since.timestamp(), time.time() - _NOT_YET)
        return self._api.tickets(after, max(0, int(start)))

    def _entries(self, page: Page, kind: Kind) -> tuple[Item | Problem, ...]:
        entries = _items(page.rows, kind)
        if kind != "ticket":
            return tuple(entries)
        return tuple(one for one in entries if isinstance(one, Problem) or wanted(one.raw, self._since))

    @staticmethod
    def _whole(
        entries: tuple[Item | Problem, ...], crew: SideBySide[Item | Problem, list[Item | Problem]]
    ) -> Iterator[Batch]:
        ready: list[Item | Problem] = []
        for number, found in enumerate(crew.results(entries), start=1):
            ready += found
            if number % _TICKETS_A_BATCH == 0:
                yield Batch(tuple(ready))
                ready = []
        if ready:
            yield Batch(tuple(ready))

    @contextmanager
    def _needed(self, but: tuple[int, ...] = ()) -> Iterator[None]:
        """Without this nothing can be read; ``but``: statuses that the caller can treat."""
        try:
            yield
        except Refused as refused:
            if refused.status in but:
                raise
            if refused.status == 403:
                words = f"{self.host} does not let this user read everything: {refused.message}"
                raise AccessDenied(words, hint=HOW_TO_GIVE) from None
            raise SourceError(f"{self.host} refuses: {refused.message}", hint=refused.hint) from None

    def _dump(self, place: _Place) -> str:
        return orjson.dumps([_CURSOR_VERSION, self._key, place.phase, place.after]).decode()

    def _load(self, cursor: str | None) -> _Place:
        """From the start where the cursor is none of ours, or of other tickets."""
        try:
            version, key, phase, after = orjson.loads(cursor or "")
        except (orjson.JSONDecodeError, ValueError, TypeError):
            return _Place(_PHASES[0])
        is_ours = version == _CURSOR_VERSION and key == self._key and phase in _PHASES
        return _Place(phase, after if isinstance(after, str) else None) if is_ours else _Place(_PHASES[0])

    @property
    def _key(self) -> str:
        return f"{self.host} {self._since.isoformat() if self._since else ''}"


def _items(rows: list[Any], kind: Kind) -> Iterator[Item | Problem]:
    for number, raw in enumerate(rows, start=1):
        name = kind.replace("_", " ")
        if isinstance(raw, Mapping):
            yield Item(kind, raw, f"{name} {identifier(raw.get('id')) or f'#{number}'}")
        else:
            yield Problem("NO_RECORD", f"is no JSON object but {type(raw).__name__}", f"{name} #{number}")
