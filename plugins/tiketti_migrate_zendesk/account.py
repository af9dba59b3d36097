"""What is known of the account beside a ticket: names of its fields, groups, brands, statuses and people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["Account", "CustomStatus", "Known", "Pieces", "TicketField"]


class TicketField(NamedTuple):
    """A custom field: its title, its type as Zendesk calls it, and the names of its options by value."""

    title: str
    type: str = ""
    options: Mapping[str, str] = MappingProxyType({})


class CustomStatus(NamedTuple):
    """A status of the account's own: the standard status it belongs to and what agents call it."""

    category: str
    name: str


class Known(NamedTuple):
    """A user as named in texts."""

    name: str
    email: str | None
    is_agent: bool


class Pieces(NamedTuple):
    """What hangs on a ticket (or a user) and came apart from it: raw objects as found."""

    comments: tuple[Any, ...] = ()
    audits: tuple[Any, ...] = ()
    tags: tuple[str, ...] = ()


def _nobody(_user_id: str) -> Known | None:
    return None


@dataclass
class Account:
    """By id. ``person`` looks a user up, quickly; ``holds`` says whether (kind, id) is in the export.

    ``hosts``: the account's own (``acme.zendesk.com`` and host names of its brands), the first one the main
    one; none where the export does not name them.
    """

    hosts: tuple[str, ...] = ()
    fields: dict[str, TicketField] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    brands: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, CustomStatus] = field(default_factory=dict)
    person: Callable[[str], Known | None] = _nobody
    holds: Callable[[str, str], bool] = lambda _kind, _id: True

    @property
    def host(self) -> str | None:
        """The main host."""
        return self.hosts[0] if self.hosts else None
