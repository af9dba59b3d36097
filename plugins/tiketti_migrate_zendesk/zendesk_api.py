"""The calls of Zendesk's API that an account is read with, as its pages document them.

Pages: https://developer.zendesk.com/api-reference/introduction/pagination/
Limits: https://developer.zendesk.com/api-reference/introduction/rate-limits/

Links to next pages are never followed: only the place that they name is taken, and asked of the same address.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from tiketti_migrate.errors import SourceError
from tiketti_migrate.http import HeaderNames, Reader, ReadLimits
from tiketti_migrate_zendesk.values import text

__all__ = ["LIMITS", "Page", "ZendeskApi"]

# Where an answer tells no limit, that of the smallest plan; the account's own apps need some of it, too.
LIMITS = ReadLimits(
    per_minute=200,
    reserve=20,
    names=HeaderNames("X-Rate-Limit", "X-Rate-Limit-Remaining"),
    reset_in="ratelimit-reset",
    # https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/#rate-limits
    slow={"/incremental/": 10, "/search/export": 100},
)
_USERS_A_PAGE = 1000
# Each ticket costs a request for its comments, so that larger pages would only make an interruption dearer.
_TICKETS_A_PAGE = 100
_LIST_PAGE = 100
_MOST_PAGES = 10_000
_PAGE_NUMBER = re.compile(r"[?&]page=([0-9]{1,9})(?:&|$)")

Params = dict[str, str | int]


class Page(NamedTuple):
    """What an answer holds, as received, and where the next one begins; None: there is no more."""

    rows: list[Any]
    after: str | None


class ZendeskApi:
    """Every method raises what ``Reader.get`` raises, and SourceError for an answer of another form."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def me(self, *, tries: int = 10) -> Mapping[str, Any]:
        """Who reads: https://developer.zendesk.com/api-reference/ticketing/users/users/#show-self"""
        user = self._reader.get("/api/v2/users/me.json", tries=tries).get("user")
        return user if isinstance(user, Mapping) else {}

    def ticket_fields(self) -> list[Any]:
        """https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/#list-ticket-fields"""
        return self._list("/api/v2/ticket_fields.json", "ticket_fields", {"page[size]": _LIST_PAGE})

    def custom_statuses(self) -> list[Any]:
        """https://developer.zendesk.com/api-reference/ticketing/tickets/custom_ticket_statuses/"""
        return self._list("/api/v2/custom_statuses.json", "custom_statuses", {})

    def groups(self) -> list[Any]:
        """https://developer.zendesk.com/api-reference/ticketing/groups/groups/#list-groups"""
        return self._list("/api/v2/groups.json", "groups", {"page[size]": _LIST_PAGE})

    def brands(self) -> list[Any]:
        """https://developer.zendesk.com/api-reference/ticketing/account-configuration/brands/#list-brands"""
        return self._list("/api/v2/brands.json", "brands", {"page[size]": _LIST_PAGE})

    def ticket_forms(self) -> list[Any]:
        """https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_forms/#list-ticket-forms"""
        return self._list("/api/v2/ticket_forms.json", "ticket_forms", {})

    def organizations(self, after: str | None) -> Page:
        """https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/"""
        params: Params = {"page[size]": _LIST_PAGE}
        return self._listed("/api/v2/organizations.json", "organizations", params, after)

    def users(self, after: str | None) -> Page:
        """All users, deleted ones included, from the cursor-based incremental export.

        https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
        """
        return self._exported("users", 0, _USERS_A_PAGE, after)

    def tickets(self, after: str | None, start: int) -> Page:
        """Tickets changed since ``start`` (Unix seconds), archived and deleted ones included, oldest change
        first; one that changes meanwhile comes once more.

        https://developer.zendesk.com/documentation/ticketing/managing-tickets/using-the-incremental-export-api/
        """
        return self._exported("tickets", start, _TICKETS_A_PAGE, after)

    def unsolved(self, after: str | None, before: datetime) -> Page:
        """Unsolved tickets last updated before a time. The place of a page is forgotten after an hour.

        https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/#export-search-results
        """
        query = f"status<solved updated<{before:%Y-%m-%dT%H:%M:%SZ}"
        params: Params = {"query": query, "filter[type]": "ticket", "page[size]": _LIST_PAGE}
        return self._listed("/api/v2/search/export.json", "results", params, after)

    def comments(self, ticket_id: str, *, tries: int) -> list[Any]:
        """https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/#list-comments"""
        params: Params = {"page[size]": _LIST_PAGE, "include_inline_images": "true"}
        return self._list(f"/api/v2/tickets/{ticket_id}/comments.json", "comments", params, tries)

    def audits(self, ticket_id: str, *, tries: int) -> list[Any]:
        """https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/"""
        params: Params = {"page[size]": _LIST_PAGE}
        return self._list(f"/api/v2/tickets/{ticket_id}/audits.json", "audits", params, tries)

    def _list(self, path: str, key: str, params: Params, tries: int = 10) -> list[Any]:
        pages = _followed(lambda after: self._listed(path, key, params, after, tries), path)
        return [row for page in pages for row in page.rows]

    def _listed(self, path: str, key: str, params: Params, after: str | None, tries: int = 10) -> Page:
        """One page; where the place of the next one is only a number, it is asked for by that."""
        if after is not None:
            params = params | ({"page[after]": after} if "page[size]" in params else {"page": after})
        found = self._reader.get(path, params, tries=tries)
        return Page(_rows(found, key, path), _moved(_next(found, path), after, path))

    def _exported(self, kind: str, start: int, size: int, after: str | None) -> Page:
        path = f"/api/v2/incremental/{kind}/cursor.json"
        params: Params = {"start_time": start} if after is None else {"cursor": after}
        found = self._reader.get(path, params | {"per_page": size})
        rows = _rows(found, kind, path)
        if found.get("end_of_stream") is True:
            return Page(rows, None)
        following = text(found.get("after_cursor"))
        if not following:
            raise SourceError("the answer does not say where the next page begins", where=path)
        return Page(rows, _moved(following, after, path))


def _followed(page_at: Callable[[str | None], Page], path: str) -> Iterator[Page]:
    after = None
    for _ in range(_MOST_PAGES):
        page = page_at(after)
        yield page
        after = page.after
        if after is None:
            return
    raise SourceError("the list does not end", where=path)


def _rows(found: Mapping[str, Any], key: str, path: str) -> list[Any]:
    rows = found.get(key)
    if not isinstance(rows, list):
        raise SourceError(f"the answer holds no {key}", where=path)
    return rows


def _next(found: Mapping[str, Any], path: str) -> str | None:
    """Where the next page begins, by cursor or, in lists that know none, by number."""
    meta = found.get("meta")
    if isinstance(meta, Mapping):
        if not meta.get("has_more"):
            return None
        after = text(meta.get("after_cursor"))
        if not after:
            raise SourceError("the answer does not say where the next page begins", where=path)
        return after
    following = found.get("next_page")
    if not isinstance(following, str):
        return None
    place = _PAGE_NUMBER.search(following)
    if place is None:
        raise SourceError("the answer does not say where the next page begins", where=path)
    return place[1]


def _moved(following: str | None, after: str | None, path: str) -> str | None:
    """Such servers have led readers in circles before."""
    if following is not None and following == after:
        raise SourceError("the next page is the same one again", where=path, hint="try again later")
    return following
