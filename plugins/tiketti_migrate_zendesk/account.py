"""What is known of the account beside a ticket: names of its fields, groups, brands, statuses and people."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from tiketti_migrate_zendesk.values import id_in, items, line, text

__all__ = ["Account", "CustomStatus", "Known", "Pieces", "TicketField"]

_HOST = re.compile(r"(?:https?://)?([a-z0-9][a-z0-9.-]{0,250}\.[a-z]{2,})(?:[:/].*)?", re.IGNORECASE)
_SUBDOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{1,62}", re.IGNORECASE)


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
    """A user as named in texts. ``company_id``: the organization, None where it has none."""

    name: str
    email: str | None
    is_agent: bool
    company_id: str | None = None


class Pieces(NamedTuple):
    """What hangs on a ticket (or a user) and came apart from it: raw objects as found.

    A comment of which something is to be said is United. ``older``: comments that stood in older copies of
    the ticket, those of the newest one first.
    """

    comments: tuple[Any, ...] = ()
    audits: tuple[Any, ...] = ()
    tags: tuple[str, ...] = ()
    older: tuple[Any, ...] = ()


def _nobody(_user_id: str) -> Known | None:
    return None


def _nothing(_company_id: str) -> str | None:
    return None


def _all(_kind: str, _object_id: str) -> bool:
    return True


@dataclass
class Account:
    """By id. ``person`` looks a user up, quickly, and ``company`` the name of an organization.

    ``holds`` says whether a kind ("user", "organization", "group", "brand", "form" or "ticket") and id is in
    the export; True also where that is not known.
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
    company: Callable[[str], str | None] = _nothing
    holds: Callable[[str, str], bool] = _all

    @property
    def host(self) -> str | None:
        """The main host."""
        return self.hosts[0] if self.hosts else None

    def add_field(self, raw: Any) -> None:
        """A ticket field. Here and below, what has no id or no name names nothing."""
        field_id, title = _named(raw, "title", "raw_title")
        if field_id and title:
            options = {
                value: name
                for key in ("system_field_options", "custom_field_options")
                for option in items(raw.get(key))
                if isinstance(option, Mapping)
                and (value := text(option.get("value")))
                and (name := line(option.get("name")))
            }
            self.fields[field_id] = TicketField(title, line(raw.get("type")).lower(), options)

    def add_group(self, raw: Any) -> None:
        """A group of agents."""
        _add(self.groups, _named(raw, "name"))

    def add_brand(self, raw: Any) -> None:
        """A brand, whose hosts lead to tickets of the account, too."""
        brand_id, name = _named(raw, "name")
        _add(self.brands, (brand_id, name))
        if brand_id is not None:
            found = (
                _host(raw.get("brand_url")),
                _host(raw.get("host_mapping")),
                _zendesk(raw.get("subdomain")),
            )
            self.hosts = tuple(dict.fromkeys([*self.hosts, *filter(None, found)]))

    def add_form(self, raw: Any) -> None:
        """A ticket form."""
        _add(self.forms, _named(raw, "name", "raw_name", "display_name"))

    def add_status(self, raw: Any) -> None:
        """A custom status."""
        status_id, name = _named(raw, "agent_label", "raw_agent_label", "end_user_label")
        if status_id and name:
            self.statuses[status_id] = CustomStatus(line(raw.get("status_category")).lower(), name)


def _named(raw: Any, *keys: str) -> tuple[str | None, str]:
    if not isinstance(raw, Mapping):
        return None, ""
    name = next(filter(None, (line(raw.get(key)) for key in keys)), "")
    return id_in(raw), name


def _add(names: dict[str, str], named: tuple[str | None, str]) -> None:
    object_id, name = named
    if object_id and name:
        names[object_id] = name


def _host(value: Any) -> str | None:
    found = _HOST.fullmatch(text(value).strip())
    return found[1].lower() if found else None


def _zendesk(value: Any) -> str | None:
    subdomain = text(value).strip()
    return f"{subdomain.lower()}.zendesk.com" if _SUBDOMAIN.fullmatch(subdomain) else None
