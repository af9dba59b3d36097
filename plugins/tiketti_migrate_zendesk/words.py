"""Zendesk's words for status and priority in Tiketti's (design.md, section 9)."""

from typing import Any, NamedTuple

from tiketti_migrate.records import Priority, Status
from tiketti_migrate_zendesk.values import shown, text

__all__ = ["SKIPPED", "PriorityWord", "StatusWord", "priority_of", "status_of"]

# What was deleted or never was a request: the code of its problem, and what is said of the ticket.
SKIPPED = {
    "deleted": ("DELETED_TICKET", "was deleted in Zendesk"),
    "spam": ("SPAM_TICKET", "is spam in Zendesk"),
    "suspended": ("SPAM_TICKET", "was suspended in Zendesk"),
}
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


def status_of(value: Any, category: str = "") -> StatusWord:
    """The status; a word that is none counts as open, so that nobody overlooks the ticket.

    ``category``: the standard status that a custom one belongs to, asked where the ticket's own says nothing.
    """
    word = text(value).strip().lower()
    if word in _STATUS:
        return StatusWord(_STATUS[word])
    if category in _STATUS:
        said = f"unknown status word {shown(value)}: that of its custom status is taken"
        return StatusWord(_STATUS[category], None if value in (None, "") else said)
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
