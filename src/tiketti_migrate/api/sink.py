"""What a sink implements, and how it is told and tells what it does."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple, Protocol

from pydantic import BaseModel, JsonValue

from tiketti_migrate.api.source import NoOptions
from tiketti_migrate.errors import Refused, UsageError
from tiketti_migrate.records import Contact, Kind, Message, Record, Ticket

__all__ = [
    "Absent",
    "Admission",
    "AttachedFile",
    "Created",
    "Difference",
    "Existing",
    "Found",
    "Inconclusive",
    "Lookup",
    "Member",
    "Needs",
    "Notice",
    "Person",
    "PracticeTarget",
    "Refs",
    "Remedy",
    "Sink",
    "SinkContext",
    "Standing",
]


class Person(NamedTuple):
    """Who stands behind a source id, for names in texts. Agents' addresses are never shown."""

    name: str
    email: str | None
    is_agent: bool


class AttachedFile(NamedTuple):
    """A file of a message, as the message tells of it.

    ``sha256`` of what is kept in the workspace; ``missing`` says why it is not. ``url``: where it is, or will
    be, published, else where the source has it.
    """

    name: str
    size: int | None = None
    sha256: str | None = None
    url: str | None = None
    missing: str | None = None


@dataclass(frozen=True)
class Refs:
    """What the ledger knows around one record.

    ``targets`` maps (kind, source id) of the record's parents that are done to target ids. ``people`` maps
    source ids of authors, agents and contacts to persons. ``first_message`` is the message a ticket carries
    as its description. ``codes`` gives, by source id, the new numbers of tickets that the text links to,
    as far as they are known. ``ticket_status`` (what we gave it last), ``public_replies`` (written since
    then) and ``revisited`` (the lane was resumed or took longer than ten minutes) tell an outcome whether
    it is still to be set. ``attachments``: the files of each message concerned, by its source id.
    ``left_out`` are source ids of labels that stay out by the user's choice.
    """

    targets: Mapping[tuple[str, str], str] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    first_message: Message | None = None
    ticket_status: str | None = None
    public_replies: int = 0
    revisited: bool = False
    attachments: Mapping[str, tuple[AttachedFile, ...]] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    def target(self, kind: Kind, source_id: str | None) -> str | None:
        """The target id of a parent, None when it is not there."""
        return self.targets.get((kind, source_id)) if source_id is not None else None


@dataclass(frozen=True)
class Created:
    """One write that was done. ``code`` is the number people know (ACME-42).

    ``noted`` is kept in the ``extra`` of the record: how it was written, where that hangs on what can change
    later. Its names begin with an underscore; ``_assignee`` is the target id of a ticket's, "" for nobody.
    """

    target_id: str
    code: str | None = None
    status: str | None = None
    warnings: tuple[str, ...] = ()
    noted: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """The look-up found the object. ``ours``: it bears our token, which nothing else can.

    ``created_at`` is the server's time, where it is shown: it tells a lost write of ours from what was
    there before when only the natural key matches.

    What an earlier import left tells more of itself. ``described``: of a ticket, that the first message of
    the refs is its description; of a message, that it is one. ``untold``: of a text that is found, or of the
    ticket that it describes, source ids of the linked tickets whose codes are not in it; None if unknown.
    """

    target_id: str
    ours: bool = False
    created_at: datetime | None = None
    code: str | None = None
    status: str | None = None
    described: bool = False
    untold: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Absent:
    """The look-up saw everything there is and the object is not among it."""


@dataclass(frozen=True)
class Inconclusive:
    """The look-up cannot tell: a list was stale or cut. Never re-send on it."""

    reason: str


Lookup = Found | Absent | Inconclusive


class Existing(NamedTuple):
    """An object that is in the target already, by its natural key."""

    natural_key: str
    target_id: str


class Member(NamedTuple):
    """Somebody of the target's staff; ``email`` where the target shows it."""

    user_id: str
    name: str
    email: str | None = None


class Admission(NamedTuple):
    """How many writes may leave now, and in how many seconds to ask again."""

    granted: int
    retry_in: float = 0.0


@dataclass(frozen=True)
class Needs:
    """What a run wants to do: writes by kind, deletes, and tickets whose tokens to look for."""

    creates: Mapping[str, int] = field(default_factory=dict)
    deletes: bool = False
    probes: tuple[Ticket, ...] = ()


@dataclass(frozen=True)
class Standing:
    """What the preflight found. ``earlier_import``: the numbers of tickets that bear our tokens."""

    user: str
    organization: str
    role: str | None = None
    warnings: tuple[str, ...] = ()
    earlier_import: tuple[str, ...] = ()


class Difference(NamedTuple):
    """One thing that is not in the target as it was written, for verify."""

    kind: str
    source_id: str
    what: str


class Remedy(NamedTuple):
    """A changed record to send instead of the refused one, and the warning that says so.

    For a refused ticket ``record`` may be the message it carries. ``more`` are staged behind it.
    """

    record: Record
    warning: str
    more: tuple[Record, ...] = ()


class Notice(NamedTuple):
    """Something a person should see while it happens: ``seconds`` is how long the wait takes."""

    text: str
    seconds: float = 0.0


@dataclass(frozen=True)
class SinkContext:
    """What a sink is told about its run. ``notify`` may be called from any thread.

    ``source_account`` is the source's identity. ``pinned`` is the identity of the target that the workspace
    is bound to, None for a new one. ``choose`` asks a person to pick one of ``{id: name}`` and gives None
    where nobody is there to answer.
    """

    source_title: str = "Import"
    source_name: str = "import"
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    stopping: threading.Event = field(default_factory=threading.Event)
    notify: Callable[[Notice], None] = lambda _notice: None
    choose: Callable[[str, Mapping[str, str]], str | None] = lambda _question, _options: None
    source_account: str = ""
    pinned: str | None = None


class PracticeTarget(Protocol):
    """A private double of the target on this machine, for the demo and rehearsals."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Options of the sink that reach it."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Credentials for it."""


class Sink(ABC):
    """Writes records to one target. ``create`` is called from several threads at once.

    ``kinds`` are the kinds it writes; rows of others end as skipped. ``resend_safe`` are those whose natural
    key the target keeps unique, so that a lost write is settled by sending it again.
    """

    name: ClassVar[str]
    Options: ClassVar[type[BaseModel]] = NoOptions
    kinds: ClassVar[frozenset[str]]
    resend_safe: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, options: BaseModel, context: SinkContext) -> None:
        self.options = options
        self.context = context

    @abstractmethod
    def identity(self) -> str:
        """Base URL and organization: pinned in the workspace. Raises Stopped or UsageError."""

    @abstractmethod
    def create(self, record: Record, refs: Refs) -> Created:
        """Exactly one write that cannot be repeated, and none before it.

        Raises NotSent, InDoubt, Refused (Conflict when the natural key is taken), or Stopped.
        """

    @abstractmethod
    def find(self, record: Record, refs: Refs, since: datetime | None, known: frozenset[str]) -> Lookup:
        """Did my lost write arrive? Reads only.

        ``since`` is the server's time of the write's mark; None asks for the natural key (after a Conflict)
        or, for kinds that bear a token, over all times. ``known`` are the target ids of this kind that the
        ledger holds under the same parent: a list that does not show all of them is stale or cut, and
        the answer is Inconclusive, never Absent.
        """

    @abstractmethod
    def fetch(self, kind: Kind, target_id: str) -> Mapping[str, Any] | None:
        """The object as the target shows it, None when it is gone."""

    @abstractmethod
    def delete(self, kind: Kind, target_id: str) -> bool:
        """Delete it; False when it was gone already. Raises Refused."""

    def compare(
        self, ticket: Ticket, target_id: str, refs: Refs, lane: Sequence[tuple[Record, str | None]]
    ) -> list[Difference]:
        """How a written ticket, with the records of its ``lane`` and their target ids, differs now."""
        raise UsageError(f"what {self.name} holds cannot be verified")

    @property
    def requests_per_minute(self) -> float | None:
        """What the target allows, as far as known; None when it does not limit."""
        return None

    def renewals(self, seconds: float) -> int:
        """Requests that keeping the credentials alive takes in a run of so many seconds."""
        return 0

    def life_warning(self, seconds: float) -> str | None:
        """What to tell somebody whose credentials die before a run of so many seconds ends."""
        return None

    def now(self) -> datetime:
        """The target's clock (UTC), as far as known; what in-flight marks are made of."""
        return datetime.now(UTC)

    @abstractmethod
    def preflight(self, needs: Needs) -> Standing:
        """Check, before the first write, that the plan can be carried out. Raises Stopped or UsageError."""

    def existing(self, kind: Kind, wanted: int) -> Iterable[Existing] | None:
        """Objects to adopt instead of creating; None where asking costs more than conflicts do."""
        return None

    def team(self) -> Iterator[Sequence[Member]]:
        """The target's staff as far as it can be seen, in parts: first whoever costs no request. It is read
        only as long as somebody is looked for.
        """
        yield from ()

    def placeholder(self, contact: Contact) -> str | None:
        """The address that will stand for that of a contact without any, None where it needs none."""
        return None

    def implied(self, record: Record, refs: Refs) -> bool:
        """True when the target already is as the record asks, so that no request is needed."""
        return False

    def remedy(self, record: Record, refs: Refs, refused: Refused) -> Remedy | None:
        """Another form of a refused record that the target may take."""
        return None

    def admit(self, wanted: int) -> Admission:
        """How many of ``wanted`` writes may leave now. Each one granted is used by the next create."""
        return Admission(wanted)

    @property
    def requests(self) -> int:
        """Requests made so far, of every method."""
        return 0

    @property
    def requests_by_endpoint(self) -> Mapping[str, int]:
        """The same by what was called (``GET /contacts``), as far as it is known."""
        return {}

    def endpoints(self, kind: Kind, *, revisited: bool = False) -> tuple[str, ...]:
        """What the write of a kind calls (``POST /contacts``), for the plan; ``revisited`` as in Refs."""
        return (f"write {kind}",)

    @property
    def workers_wanted(self) -> int:
        """How many writes side by side keep the target's limit used, by the latency seen so far."""
        return 1

    def close(self) -> None:
        """Let go of connections. Calling it twice is harmless."""

    @classmethod
    def practice(cls) -> AbstractContextManager[PracticeTarget] | None:
        """A private target to rehearse on, None where there is no such thing."""
        return None
