"""The records that sources yield and sinks write: frozen pydantic models, told apart by ``kind``.

References are *source* ids. A **hard** reference must be in the target before the record can be written; a
**soft** one is left out with a warning when its record failed. Target ids live only in the ledger.
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
)
from pydantic_core import PydanticSerializationError

__all__ = [
    "KINDS",
    "YEAR_ONE",
    "Agent",
    "AnyRecord",
    "Attachment",
    "Company",
    "Contact",
    "Kind",
    "Label",
    "LinkNote",
    "Message",
    "Outcome",
    "Priority",
    "Record",
    "Reference",
    "Status",
    "Ticket",
    "TimeEntry",
    "Webhook",
    "is_sound",
    "parse_record",
    "record_of",
]

Kind = Literal[
    "agent",
    "label",
    "company",
    "contact",
    "ticket",
    "message",
    "time_entry",
    "attachment",
    "outcome",
    "link_note",
    "webhook",
]
Status = Literal["open", "pending", "resolved", "closed"]
Priority = Literal["low", "normal", "high", "urgent"]
SourceId = Annotated[str, Field(min_length=1, max_length=1000)]

KINDS: tuple[Kind, ...] = (
    "agent",
    "label",
    "company",
    "contact",
    "ticket",
    "message",
    "time_entry",
    "attachment",
    "outcome",
    "link_note",
    "webhook",
)


class Reference(NamedTuple):
    """A source id of another record; ``hard`` when this record cannot exist without it."""

    kind: Kind
    source_id: str
    hard: bool


class Record(BaseModel):
    """What every record has.

    ``source_id`` is unique in its kind and stable over re-reads. ``origin`` is for people ("tickets.csv:17",
    "INBOX uid 481"). ``url`` is the object's address in the source. ``extra`` keeps what has no home.
    ``warnings`` say what was converted or guessed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64")

    lane_step: ClassVar[int | None] = None
    # The fields that tell the lane and the moment.
    lane_field: ClassVar[str | None] = None
    moment_field: ClassVar[str | None] = None

    kind: str
    source_id: SourceId
    origin: str | None = None
    url: str | None = None
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def references(self) -> tuple[Reference, ...]:
        """The records that must, or should, be in the target first."""
        return ()

    @property
    def lane(self) -> str | None:
        """The ticket whose writes follow each other one by one; None for what tickets share."""
        return None if self.lane_field is None else getattr(self, self.lane_field)

    @property
    def moment(self) -> dt.datetime | None:
        """When it happened in the source; orders the writes of a lane."""
        return None if self.moment_field is None else getattr(self, self.moment_field)

    @property
    def natural_key(self) -> str | None:
        """What the target holds at most once (case-folded), None where it holds any number."""
        return None


class Agent(Record):
    """A member of the helpdesk's staff: staged for names and mapping, never written."""

    kind: Literal["agent"] = "agent"
    name: str
    email: str | None = None


class Label(Record):
    """A tag. ``color`` is ``#RRGGBB``; None lets the sink choose one."""

    kind: Literal["label"] = "label"
    name: str
    color: str | None = None
    description: str | None = None

    @property
    def natural_key(self) -> str:
        return self.name.strip().casefold()


class Company(Record):
    """A customer organization."""

    kind: Literal["company"] = "company"
    name: str
    domains: tuple[str, ...] = ()
    hourly_rate: Decimal | None = None
    currency: str | None = None
    ticket_prefix: str | None = None
    notes: str | None = None

    @property
    def natural_key(self) -> str:
        return self.name.strip().casefold()


class Contact(Record):
    """A customer. Without ``email`` the sink gives a placeholder address and says so."""

    kind: Literal["contact"] = "contact"
    name: str
    email: str | None = None
    phone: str | None = None
    company_id: str | None = None
    notes: str | None = None

    def references(self) -> tuple[Reference, ...]:
        return (Reference("company", self.company_id, False),) if self.company_id else ()

    @property
    def natural_key(self) -> str | None:
        return (self.email or "").strip().casefold() or None


class Ticket(Record):
    """A request. Its texts are messages, its final status an outcome."""

    kind: Literal["ticket"] = "ticket"
    lane_step = 0
    lane_field = "source_id"
    moment_field = "created_at"

    subject: str
    # A placeholder is made for one that nobody has, with this for its id.
    requester_id: SourceId
    assignee_id: str | None = None
    label_ids: tuple[str, ...] = ()
    priority: Priority = "normal"
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None

    def references(self) -> tuple[Reference, ...]:
        labels = tuple(Reference("label", label, False) for label in dict.fromkeys(self.label_ids))
        assignee = (Reference("agent", self.assignee_id, False),) if self.assignee_id else ()
        return (Reference("contact", self.requester_id, True), *labels, *assignee)


class Message(Record):
    """A public reply or an internal note, by a contact or an agent (``author_id``).

    ``links``: addresses as they stand in the body that lead to other tickets of the source, with the source
    ids of these. ``formerly``: under which id an earlier reading of the source may have told the same, such
    as the description of a ticket that came without its comments. ``cc`` and ``bcc``: who else got it, as
    people write it ("Jane Doe (jane@example.org)"), if anybody did.
    """

    kind: Literal["message"] = "message"
    lane_step = 1
    lane_field = "ticket_id"
    moment_field = "created_at"

    ticket_id: str
    author_id: str | None = None
    author_name: str | None = None
    body: str
    body_format: Literal["text", "html"] = "text"
    is_internal: bool = False
    created_at: AwareDatetime | None = None
    links: dict[str, str] = Field(default_factory=dict)
    formerly: str | None = None
    # None and not (), so that a message of other sources is the same record as before.
    cc: tuple[str, ...] | None = None
    bcc: tuple[str, ...] | None = None

    def references(self) -> tuple[Reference, ...]:
        return (Reference("ticket", self.ticket_id, True),)


class TimeEntry(Record):
    """Work on a ticket, in whole minutes. ``rate`` overrides the account's. ``formerly``: see Message."""

    kind: Literal["time_entry"] = "time_entry"
    lane_step = 2
    lane_field = "ticket_id"

    ticket_id: str
    duration_minutes: int = Field(ge=0)
    description: str | None = None
    billable: bool = True
    date: dt.date
    rate: Decimal | None = None
    agent_id: str | None = None
    formerly: str | None = None

    def references(self) -> tuple[Reference, ...]:
        return (Reference("ticket", self.ticket_id, True),)

    @property
    def moment(self) -> dt.datetime | None:
        return dt.datetime.combine(self.date, dt.time(), tzinfo=dt.UTC)


class Attachment(Record):
    """A file of a message. ``sha256`` (64 hex digits) is set once its bytes lie in the workspace, and by a
    source that yields them itself (see ``api.Content``).
    """

    kind: Literal["attachment"] = "attachment"

    message_id: str
    filename: str
    content_type: str | None = None
    size: int | None = Field(default=None, ge=0)
    content_url: str | None = None
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    inline: bool = False


class Outcome(Record):
    """The final status of a ticket, set after everything else; ``source_id`` is the ticket's."""

    kind: Literal["outcome"] = "outcome"
    lane_step = 3
    lane_field = "source_id"

    status: Status

    def references(self) -> tuple[Reference, ...]:
        return (Reference("ticket", self.source_id, True),)


class LinkNote(Record):
    """Says at last where the links of a ticket lead that was written before the tickets they lead to.

    ``source_id`` is the ticket's, ``ticket_ids`` are the source ids of the tickets that its messages link to.
    """

    kind: Literal["link_note"] = "link_note"
    lane_step = 4
    lane_field = "source_id"

    ticket_ids: tuple[str, ...]

    def references(self) -> tuple[Reference, ...]:
        return (Reference("ticket", self.source_id, True),)


class Webhook(Record):
    """A webhook of a backed-up account (never its secret)."""

    kind: Literal["webhook"] = "webhook"
    endpoint: str
    events: tuple[str, ...]
    active: bool = False


AnyRecord = Annotated[
    Agent
    | Label
    | Company
    | Contact
    | Ticket
    | Message
    | TimeEntry
    | Attachment
    | Outcome
    | LinkNote
    | Webhook,
    Field(discriminator="kind"),
]

_ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyRecord)


def record_of(fields: object) -> Record:
    """The record that a mapping of fields with a ``kind`` describes. Raises pydantic.ValidationError."""
    record: Record = _ADAPTER.validate_python(fields)
    return record


def parse_record(data: bytes | str) -> Record:
    """The record in a JSON text as ``record.model_dump_json()`` wrote it.

    Raises pydantic.ValidationError when the text is none.
    """
    record: Record = _ADAPTER.validate_json(data)
    return record


_MODELS = frozenset(Record.__subclasses__())
# What is earlier by its time zone alone cannot be told as a time any more.
YEAR_ONE = -62135596800.0


def is_sound(record: object) -> bool:
    """Whether something is a record that comes back from the ledger as it is.

    A plugin can yield anything: a subclass with fields that nobody knows, or what ``model_construct`` made
    without a check.
    """
    if not isinstance(record, Record) or type(record) not in _MODELS:
        return False
    try:
        moment = record.moment
        text = record.model_dump_json(exclude_none=True, warnings=False)
        return parse_record(text) == record and (moment is None or moment.timestamp() > YEAR_ONE)
    except (ValueError, AttributeError, OverflowError, RecursionError, PydanticSerializationError):
        return False
