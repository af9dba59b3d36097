"""What the server holds. Rows are replaced, never changed in place, and are written to the state file as
they are; identifiers are UUIDs as text, times are stamps of `clock.iso_stamp`."""

from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Attachment",
    "Company",
    "Contact",
    "Delivery",
    "Email",
    "Label",
    "Message",
    "Organization",
    "RevokedToken",
    "Secret",
    "Ticket",
    "TimeEntry",
    "User",
    "Webhook",
]


@dataclass(frozen=True, slots=True)
class Organization:
    id: str
    name: str
    prefix: str
    currency: str
    hourly_rate: float
    last_number: int = 0


@dataclass(frozen=True, slots=True)
class User:
    """``roles`` maps the ids of the user's organizations to the role there."""

    id: str
    email: str
    name: str
    password: str = field(repr=False)
    roles: dict[str, str] = field(default_factory=dict)
    hourly_rate: float | None = None


@dataclass(frozen=True, slots=True)
class RevokedToken:
    """A refresh token that was logged out; ``id`` is its ``jti``."""

    id: str


@dataclass(frozen=True, slots=True)
class Secret:
    """The key that signs tokens: kept, so that tokens outlive a restart."""

    id: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Company:
    id: str
    name: str
    domains: list[str] = field(default_factory=list)
    hourly_rate: float | None = None
    currency: str | None = None
    ticket_prefix: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    id: str
    name: str
    email: str
    created_at: str
    updated_at: str
    phone: str | None = None
    company_id: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    id: str
    name: str
    color: str
    created_at: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    id: str
    number: int
    code: str
    subject: str
    contact_id: str
    created_at: str
    updated_at: str
    status: str = "open"
    priority: str = "normal"
    assignee_id: str | None = None
    label_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    ticket_id: str
    body: str
    body_html: str
    is_internal: bool
    direction: str
    sender_name: str
    sender_email: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """``data`` is base64, because the state file is text."""

    id: str
    message_id: str
    filename: str
    content_type: str
    size: int
    data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TimeEntry:
    id: str
    ticket_id: str
    user_id: str
    duration_minutes: int
    date: str
    created_at: str
    description: str | None = None
    billable: bool = True
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    id: str
    url: str
    events: list[str]
    active: bool = True
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail that a real server would have sent to a customer."""

    id: str
    ticket_id: str
    message_id: str
    to: str
    subject: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A call that a real server would have made to a webhook."""

    id: str
    webhook_id: str
    url: str
    headers: dict[str, str]
    payload: dict[str, Any]
