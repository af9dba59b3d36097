"""The documented endpoints of Tiketti, typed thinly: what goes in, which object comes out.

Facts: tiketti-api.md. Objects are returned as received, because answers may hold more than is documented.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from tiketti_migrate.errors import EmailWasSent, InDoubt, NotSent, Refused, WriteError
from tiketti_migrate.http import Client, Slot

__all__ = ["PAGE", "Listing", "Page", "TikettiClient", "endpoint_of", "forbid_email"]

PAGE = 100
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9_-]+)+")
_MOST_PAGES = 100_000
# Each reading of a list that is cut or shuffled at random shows about half of what was missing.
_MOST_READINGS = 8
_RESOURCES = {
    "ticket": "/tickets",
    "contact": "/contacts",
    "company": "/companies",
    "label": "/labels",
    "time_entry": "/time-entries",
    "webhook": "/webhooks",
}

Object = Mapping[str, Any]


class Page(NamedTuple):
    """Objects by id, and how many the server says there are in all; None where it does not say."""

    items: dict[str, Object]
    total: int | None


class Listing(NamedTuple):
    """Objects by id. ``complete``: as many as the server says there are."""

    items: dict[str, Object]
    complete: bool


class TikettiClient:
    """Thread-safe. Raises what http.Client raises. From now on ``client`` is guarded for whoever uses it."""

    def __init__(self, client: Client) -> None:
        client.add_guard(forbid_email)
        self._client = client

    def me(self) -> Object:
        """``GET /auth/me``: id, email, name, organizations."""
        body = self._client.repeat("GET", "/auth/me").body
        data = body.get("data")
        return data if isinstance(data, dict) else body

    def logout(self, refresh_token: str) -> None:
        """``POST /auth/logout``: the refresh token is dead afterwards."""
        self._client.repeat("POST", "/auth/logout", body={"refresh_token": refresh_token})

    def get(self, kind: str, target_id: str) -> Object | None:
        """One object by id, None when there is none."""
        return self._get(_path(kind, target_id))

    def delete(self, kind: str, target_id: str) -> bool:
        """False when it was gone already."""
        return self._delete(_path(kind, target_id))

    def create(self, kind: str, body: Object, slot: Slot | None = None) -> Object:
        """POST to the collection of a kind."""
        return self._post(_RESOURCES[kind], body, slot)

    def patch(self, kind: str, target_id: str, body: Object, slot: Slot | None = None) -> Object:
        """PATCH, repeated freely."""
        return _data(self._client.repeat("PATCH", _path(kind, target_id), body=body, slot=slot).body)

    def create_message(
        self, ticket_id: str, body: str, *, is_internal: bool, slot: Slot | None = None
    ) -> Object:
        """The one place that posts a message. There is no way to have it e-mailed.

        Raises EmailWasSent when the server says that it e-mailed somebody all the same.
        """
        content = {"body": body, "is_internal": is_internal, "send_email": False}
        answer = self._post(f"/tickets/{_segment(ticket_id)}/messages", content, slot)
        if answer.get("email_sent"):
            raise EmailWasSent(
                "Tiketti says that it e-mailed a customer although the message forbids it",
                where=f"ticket {ticket_id}",
                hint="ask Tiketti's support before you go on",
            )
        return answer

    def messages(self, ticket_id: str) -> dict[str, Object]:
        """All messages of a ticket, by id; internal ones too. Raises Refused 404."""
        return _by_id(self._list(f"/tickets/{_segment(ticket_id)}/messages", {}))

    def message(self, ticket_id: str, message_id: str) -> Object | None:
        """One message."""
        return self._get(f"/tickets/{_segment(ticket_id)}/messages/{_segment(message_id)}")

    def delete_message(self, ticket_id: str, message_id: str) -> bool:
        """False when it was gone already."""
        return self._delete(f"/tickets/{_segment(ticket_id)}/messages/{_segment(message_id)}")

    def create_time_entry(self, ticket_id: str, body: Object, slot: Slot | None = None) -> Object:
        """``POST /tickets/:ticket_id/time-entries``."""
        return self._post(f"/tickets/{_segment(ticket_id)}/time-entries", body, slot)

    def add_labels(self, ticket_id: str, label_ids: list[str]) -> None:
        """``POST /tickets/:ticket_id/labels``: keeps the existing ones, so it may be repeated."""
        path = f"/tickets/{_segment(ticket_id)}/labels"
        self._client.repeat("POST", path, body={"label_ids": label_ids})

    def remove_labels(self, ticket_id: str, label_ids: list[str]) -> None:
        """``DELETE /tickets/:ticket_id/labels``."""
        path = f"/tickets/{_segment(ticket_id)}/labels"
        self._client.repeat("DELETE", path, body={"label_ids": label_ids})

    def labels(self) -> dict[str, Object]:
        """All labels; the list has no pages."""
        return _by_id(self._list(_RESOURCES["label"], {}))

    def webhooks(self) -> dict[str, Object]:
        """All webhooks; needs an admin."""
        return _by_id(self._list(_RESOURCES["webhook"], {}))

    def page(self, kind: str, number: int, **filters: Any) -> Page:
        """One page of 100."""
        params = {**filters, "page": number, "per_page": PAGE}
        body = self._client.repeat("GET", _RESOURCES[kind], params=params).body
        meta = body.get("meta")
        total = meta.get("total") if isinstance(meta, dict) else None
        usable = isinstance(total, int) and not isinstance(total, bool)
        return Page(_by_id(body.get("data")), total if usable else None)

    def all(self, kind: str, first: Page | None = None, **filters: Any) -> Listing:
        """Every page, where ``first`` may have been read already. Rows that come and go shift pages, so it
        reads again when some are missing.
        """
        items: dict[str, Object] = {}
        for reading in range(_MOST_READINGS):
            before = len(items)
            total, steady = self._read_pages(kind, filters, items, first if reading == 0 else None)
            nothing_new = reading > 0 and len(items) == before
            # Without a total only another reading that shows the same says that it was all.
            if steady and (nothing_new if total is None else len(items) >= total):
                return Listing(items, True)
            if steady and nothing_new:
                break
        return Listing(items, False)

    def _read_pages(
        self, kind: str, filters: Mapping[str, Any], items: dict[str, Object], first: Page | None
    ) -> tuple[int | None, bool]:
        """Adds to ``items`` until a page brings nothing new. The total, and whether it never fell: rows that
        went away have moved others to a page that was read already.
        """
        seen: set[str] = set()
        totals: list[int] = []
        for number in range(1, _MOST_PAGES):
            found, total = first if first and number == 1 else self.page(kind, number, **filters)
            new = found.keys() - seen
            seen |= new
            items |= found
            if total is not None:
                totals.append(total)
            if not new or (total is not None and len(seen) >= total):
                break
        return (totals[-1] if totals else None), totals == sorted(totals)

    def _list(self, path: str, params: Mapping[str, Any]) -> Any:
        return self._client.repeat("GET", path, params=params).body.get("data")

    def _get(self, path: str) -> Object | None:
        try:
            return _data(self._client.repeat("GET", path).body)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def _delete(self, path: str) -> bool:
        try:
            self._client.repeat("DELETE", path)
        except Refused as refused:
            if refused.status == 404:
                return False
            raise
        return True

    def _post(self, path: str, body: Object, slot: Slot | None) -> Object:
        answer = _data(self._client.once(path, _without_nul(body), slot=slot).body)
        if not isinstance(answer.get("id"), str):
            raise InDoubt("the answer holds no id")
        return answer


def forbid_email(method: str, path: str, body: Mapping[str, Any] | None) -> None:
    """The guard of the HTTP client: no message leaves that could be e-mailed (load rule 1).

    Escapes and dots in a path are resolved by servers, so a path that has any is not judged but refused.
    """
    if method in ("GET", "DELETE"):
        return
    if _asks_for_email(body):
        raise WriteError("a request that asks for an e-mail is never sent")
    if not _PLAIN_PATH.fullmatch(path):
        raise WriteError("a write to an unusual address is never sent")
    if "messages" in path.casefold().split("/") and (body is None or body.get("send_email") is not False):
        raise WriteError("a message without send_email false is never sent")


def _asks_for_email(value: Any) -> bool:
    """``send_email`` other than false at any depth, in any spelling that a lenient server may take."""
    if isinstance(value, Mapping):
        return any(
            (str(key).casefold().replace("_", "") == "sendemail" and item is not False)
            or _asks_for_email(item)
            for key, item in value.items()
        )
    return isinstance(value, list | tuple) and any(map(_asks_for_email, value))


def endpoint_of(method: str, path: str) -> str:
    """The call behind a path, as the API pages name it: ``POST /tickets/:id/messages``."""
    parts = path.split("/")
    if parts[1] != "auth":
        parts[2::2] = [":id"] * len(parts[2::2])
    return f"{method} {'/'.join(parts)}"


def _without_nul(value: Any) -> Any:
    """U+0000 cannot be stored by servers built on PostgreSQL, and nobody can see it."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {key: _without_nul(item) for key, item in value.items()}
    return [_without_nul(item) for item in value] if isinstance(value, list) else value


def _data(body: Object) -> Object:
    data = body.get("data")
    return data if isinstance(data, dict) else {}


def _by_id(data: Any) -> dict[str, Object]:
    if not isinstance(data, list):
        raise NotSent("the list could not be read", unreachable=True)
    return {item["id"]: item for item in data if isinstance(item, dict) and isinstance(item.get("id"), str)}


def _path(kind: str, target_id: str) -> str:
    return f"{_RESOURCES[kind]}/{_segment(target_id)}"


def _segment(target_id: str) -> str:
    """Ids come from answers: they must not lead anywhere else."""
    return quote(target_id, safe="")
