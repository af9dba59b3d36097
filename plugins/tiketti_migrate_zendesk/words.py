"""Zendesk's words for status and priority in Tiketti's (design.md, section 9)."""

from typing import Any, NamedTuple

from tiketti_migrate.records import Priority, Status
from tiketti_migrate_zendesk.values import shown, text

__all__ = ["DELETED", "PriorityWord", "StatusWord", "priority_of", "status_of"]

DELETED = "deleted"
_STATUS: dict[str, Status] = {
    "new": "open",
    "open": "open",
    "pending": "pending",
    "hold": "pending",
    "solved": "resolved",
    "closed": "closed",
}
_PRIORITY: dict[str, Priority] = {
    "low": "low",
    "normal": "normal",
    "medium": "normal",
    "standard": "normal",
    "none": "normal",
    "high": "high",
    "urgent": "urgent",
    "critical": "urgent",
    "p1": "urgent",
    "emergency": "urgent",
}


class StatusWord(NamedTuple):
    """A status; ``warning`` when the word was not known."""

    status: Status
    warning: str | None = None


class PriorityWord(NamedTuple):
    """A priority; ``warning`` when the word was not known."""

    priority: Priority
    warning: str | None = None


def status_of(value: Any) -> StatusWord:
    """The status; a word that is none counts as open, so that nobody overlooks the ticket."""
    word = text(value).strip().lower()
    if word in _STATUS:
        return StatusWord(_STATUS[word])
    if value in (None, ""):
        return StatusWord("open", "the ticket has no status: taken as open")
    return StatusWord("open", f"unknown status word {shown(value)}: taken as open")


def priority_of(value: Any) -> PriorityWord:
    """The priority; Zendesk leaves it empty on tickets that nobody ranked, which is normal."""
    word = text(value).strip().lower()
    if word in _PRIORITY:
        return PriorityWord(_PRIORITY[word])
    if value in (None, ""):
        return PriorityWord("normal")
    return PriorityWord("normal", f"unknown priority word {shown(value)}: taken as normal")
