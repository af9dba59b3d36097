"""Who and what is in the account, for names in texts and to tell what is missing; on disk, as it is much."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from tiketti_migrate.store import Spool
from tiketti_migrate_zendesk.account import Account, Known
from tiketti_migrate_zendesk.people import is_staff
from tiketti_migrate_zendesk.recognise import Kind
from tiketti_migrate_zendesk.values import id_in, identifier, json_safe, line, text

__all__ = ["COUNTED", "Roster", "latest", "packed"]

# Records that are converted, each from the one copy that counts.
COUNTED: tuple[Kind, ...] = ("organization", "user", "ticket")
_MOST_KEPT = 50_000
_NAMED = ("name", "email", "role", "organization_id")


class Roster:
    """Fills ``account`` with what the rest hangs on."""

    def __init__(self, account: Account, spool: Spool) -> None:
        self._account = account
        self._spool = spool
        self._add = {
            "ticket_field": account.add_field,
            "group": account.add_group,
            "brand": account.add_brand,
            "ticket_form": account.add_form,
            "custom_status": account.add_status,
        }
        account.person = lru_cache(maxsize=_MOST_KEPT)(self._person)
        account.company = lru_cache(maxsize=_MOST_KEPT)(self._company)

    def add(self, kind: Kind, raw: Mapping[str, Any], stamp: float = 0.0) -> None:
        """What others name; anything else is passed over. Of two copies the one with the later ``stamp``
        counts, and what it does not say is taken from the other."""
        if kind in self._add:
            self._add[kind](raw)
        elif kind in ("user", "organization") and (record_id := id_in(raw)) is not None:
            told = {key: raw[key] for key in _NAMED if key in raw}
            self._spool.add(f"name of {kind} {record_id}", "name", packed([stamp, told]))

    def complete(self) -> None:
        """Everybody is known: what is not there now is not in the export."""
        known: Mapping[str, Mapping[str, object]] = {
            "group": self._account.groups,
            "brand": self._account.brands,
            "form": self._account.forms,
        }
        # Of a kind that the export does not have at all nothing can be said to be missing.
        told = frozenset(kind for kind in COUNTED if self._spool.has_any(kind))

        def holds(kind: str, object_id: str) -> bool:
            names = known.get(kind)
            if names is not None:
                return not names or object_id in names
            return kind not in told or self._spool.holds(kind, object_id)

        self._account.holds = lru_cache(maxsize=_MOST_KEPT)(holds)

    def _person(self, user_id: str) -> Known | None:
        told = self._named("user", user_id)
        if told is None:
            return None
        email = text(told.get("email")).strip() or None
        name = line(told.get("name")) or email or f"Unknown user {user_id}"
        company_id = identifier(told.get("organization_id"))
        return Known(name, email, is_staff(line(told.get("role")).lower()), company_id)

    def _company(self, company_id: str) -> str | None:
        told = self._named("organization", company_id)
        return line(told.get("name")) or None if told is not None else None

    def _named(self, kind: Kind, record_id: str) -> dict[str, Any] | None:
        """What the newest copy says, and the older ones where that says nothing."""
        pieces = self._spool.pieces(f"name of {kind} {record_id}")
        copies = [orjson.loads(content) for _kind, content in pieces]
        return {key: value for key, (_stamp, value) in latest(copies).items()} if copies else None


def latest(copies: Iterable[tuple[float, Mapping[str, Any]]]) -> dict[str, tuple[float, Any]]:
    """By key the newest of the values, with its stamp; None only where it is surely newer than a value."""
    found: dict[str, tuple[float, Any]] = {}
    for stamp, told in sorted(copies, key=lambda one: one[0]):
        for key, value in told.items():
            if value is not None or key not in found or 0 < found[key][0] < stamp:
                found[key] = stamp, value
    return found


def packed(raw: Any) -> bytes:
    """As JSON."""
    try:
        return orjson.dumps(raw)
    except (TypeError, ValueError, RecursionError):  # a number beyond 64 bits, half of a surrogate pair
        return orjson.dumps(json_safe(raw))
