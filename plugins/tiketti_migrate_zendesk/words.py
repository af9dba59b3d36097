"""Zendesk's words for status and priority in Tiketti's (design.md, section 9)."""

from typing import Any

from tiketti_migrate.records import Priority, Status
from tiketti_migrate_zendesk.values import text

__all__ = ["DELETED", "priority_of", "status_of"]

DELETED = "deleted"
_STATUS: dict[str, Status] = {
    "new": "open",
    "open": "open",
    "pending": "pending",
    "hold": "pending",
    "solved": "resolved",
    "closed": "closed",
}
_PRIORITY: dict[str, Priority] = {"low": "low", "normal": "normal", "high": "high", "urgent": "urgent"}


def status_of(value: Any) -> tuple[Status, str | None]:
    """The status, and the warning that an unknown word deserves."""
    word = text(value).strip().lower()
    if word in _STATUS:
        return _STATUS[word], None
    return "open", f"unknown status word {word!r}: open"


def priority_of(value: Any) -> tuple[Priority, str | None]:
    """The priority, and the warning that an unknown word deserves; none at all is normal."""
    word = text(value).strip().lower()
    if word in _PRIORITY or not word:
        return _PRIORITY.get(word, "normal"), None
    return "normal", f"unknown priority word {word!r}: normal"
