"""What a source implements, and what it yields beside records."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict

from tiketti_migrate.records import Kind, Record

if TYPE_CHECKING:
    from tiketti_migrate.api.sink import Notice
    from tiketti_migrate.mapping import MappingFile

__all__ = [
    "Checkpoint",
    "Content",
    "Draft",
    "DraftAgent",
    "DraftColumn",
    "DraftTable",
    "DraftWord",
    "Extracted",
    "LeftOut",
    "NoOptions",
    "Problem",
    "Recalled",
    "RecordFields",
    "Remade",
    "Source",
    "each",
]


class NoOptions(BaseModel):
    """The options of a plugin that has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Checkpoint:
    """Everything yielded so far may be committed; extraction can go on from ``cursor``."""

    cursor: str


@dataclass(frozen=True)
class Content:
    """The bytes of a file that the source itself holds, such as a mail with its attachments.

    Yielded before the ``Attachment`` that names them by their SHA-256 (64 hex digits), and by itself, never
    in a list; kept in the workspace unless the user wants no attachments. The same bytes are kept once. They
    are in memory as a whole, some megabytes of them at a time: a source SHOULD bound what one may have.
    """

    data: bytes


@dataclass(frozen=True)
class Problem:
    """Something in the source that did not become a record: counted, listed, never silent.

    ``where`` is file:line, a message UID, a ticket. ``code`` groups equal problems (``BROKEN_LINE``).
    ``lost``: how many records stay behind because of it; with any, a run has not brought everything. 0 where
    something was only noticed, mended or is no record of a helpdesk.
    """

    code: str
    message: str
    where: str
    lost: int = 1


class Recalled(NamedTuple):
    """A message that was staged, in which ticket, and who asked there. ``is_settled``: it is written and all
    its files are here, so that reading it again would change nothing."""

    source_id: str
    ticket_id: str
    is_settled: bool
    requester_id: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """A record that stays out by the user's rules, and with a ticket all that hangs on it.

    Known to the ledger, so that it works whatever comes first, and so that a row of an earlier run that
    was not written yet stays out, too. ``by`` is the rule's file:line: what it leaves out is counted by kind.
    None says that a ``Problem`` tells why.
    """

    kind: Kind
    source_id: str
    by: str | None = None


@dataclass(frozen=True)
class Remade:
    """Kinds whose ids are made of what their records say.

    A corrected one has another id, and that of the mistake would wait or fail for ever: it is gone when the
    source was read whole without it. ``parts`` is what that reading was made of, such as a table for each
    kind: where an earlier one had more of them, nothing is said of what is missing.
    """

    kinds: frozenset[Kind]
    parts: tuple[str, ...] = ()


# The fields of a record with its ``kind``, alone or some hundreds in a list, for sources of millions of them:
# the core checks them together and makes the records, which takes half the time.
RecordFields = dict[str, Any]
Extracted = Record | RecordFields | list[RecordFields] | Content | Problem | LeftOut | Checkpoint


def each(items: Iterable[object]) -> Iterator[object]:
    """What a source yields one by one, whether it comes alone or in a list."""
    for item in items:
        if type(item) is list:
            yield from item
        else:
            yield item


class DraftWord(NamedTuple):
    """A word of a field, how often it stands in the source, and what it becomes (known or by default)."""

    word: str
    times: int
    becomes: str
    is_known: bool = True


class DraftColumn(NamedTuple):
    """A column and the field it is taken for, or "extra"; ``comment``: how sure that is, what is in it.

    ``like``: an earlier column whose line in a mapping file stands for this one, too.
    """

    column: str
    field: str
    comment: str = ""
    like: str = ""


@dataclass(frozen=True)
class DraftTable:
    """What a mapping file can say about one kind: columns in their order, words by field, date formats by
    column."""

    columns: Sequence[DraftColumn] = ()
    words: Mapping[str, Sequence[DraftWord]] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)


class DraftAgent(NamedTuple):
    """An agent, and how many tickets are assigned to them."""

    name: str
    tickets: int


@dataclass(frozen=True)
class Draft:
    """What ``init`` writes. Importing through it MUST come to the same as importing without.

    ``options`` are those that were detected, beside the user's own; ``tables`` by kind; ``notes`` are told
    at the top. ``agents``: the busiest first; a source need not count them.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, DraftTable] = field(default_factory=dict)
    notes: Sequence[str] = ()
    agents: Sequence[DraftAgent] = ()


class Source(ABC):
    """Reads one helpdesk. ``title`` is what people call it; it stands in every provenance line.

    ``extract`` MUST yield the same ``source_id`` for the same object on every read, in any order of records
    (references may point forward), and MUST NOT hold the source in memory. A bad record is a ``Problem``,
    never an exception. ``raise SourceError`` only when nothing can be read.
    """

    name: ClassVar[str]
    title: str
    Options: ClassVar[type[BaseModel]] = NoOptions
    # Whether it makes tickets of messages, by options and by what else is there: then what nobody has written
    # yet is staged anew with each reading, see ``recall`` for what was written.
    regroups: ClassVar[bool] = False
    # The names of fields that a mapping file may use, by kind; none: those of the records themselves.
    fields: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __init__(self, options: BaseModel) -> None:
        self.options = options

    def use(self, mapping: "MappingFile") -> bool:
        """Take the rules of a mapping file, before anything is read.

        True when the source applies them itself, as a reader of tables does: it then yields ``LeftOut`` for
        what ``where`` leaves out, and a ``Problem`` BAD_MAPPING with a ``LeftOut`` where they cannot be
        applied. False, the default: they are applied to its records. Raises UsageError for columns that are
        not there.
        """
        return False

    def draft(self) -> Draft | None:
        """What was detected, for ``init``; None, the default: the records are surveyed instead."""
        return None

    def attend(self, stopping: threading.Event, notify: Callable[["Notice"], None]) -> None:
        """Told before ``check``, and again before ``extract``: what a source that waits for others needs.

        Once ``stopping`` is set it SHOULD raise Interrupted instead of waiting or asking any further;
        ``notify`` tells a person of waits and may be called from any thread. By default nothing is kept.
        """

    def recall(self, messages: "Iterable[Recalled]") -> None:
        """Told before ``extract``: each message that was staged before.

        For a source that ``regroups``: messages must not move once they are there. By default nothing is
        kept, nor read of ``messages``.
        """

    @abstractmethod
    def identity(self) -> str:
        """The account the data names (``acme.zendesk.com``), else the resolved path.

        Equal for every file of one account: it is pinned in the workspace, and another one is refused.
        """

    def address(self) -> str:
        """Where the data is, as people are told; by default what ``identity`` says."""
        return self.identity()

    def is_same(self, identity: str) -> bool:
        """Whether what was pinned in the workspace is this source, too; by default when it is equal."""
        return identity == self.identity()

    def continues(self, identity: str, staged: "Callable[[str, str], Record | None]") -> bool:
        """Whether what was pinned names the same account otherwise: asked where ``is_same`` says no.

        An account may come without its name at first. ``staged(kind, source_id)`` is the record as it was
        read before, None where it was not. What is said to be the same is remembered. False, the default.
        """
        return False

    def refuse_other(self, identity: str) -> None:
        """Raise UsageError where more can be said of what was pinned, and is not this source, than just that.

        By default nothing is raised, and the user is told to choose another workspace.
        """

    def file_hosts(self) -> tuple[str, ...]:
        """From which hosts the files of its attachments may be fetched (``acme.zendesk.com``, or
        ``.zdusercontent.com`` for all below it); asked when the source was checked and when it was read.

        None, the default: attachments are told, and not fetched.
        """
        return ()

    def remade(self) -> Remade | None:
        """Kinds with ids that a correction changes; None, the default: there are none."""
        return None

    @abstractmethod
    def check(self) -> None:
        """Raise UsageError (wrong path, empty folder), SourceError or Stopped before anything is staged."""

    @abstractmethod
    def extract(self, cursor: str | None) -> Iterator[Extracted]:
        """All records, from the start or from the ``cursor`` of an earlier checkpoint.

        Called and read in a thread of its own.
        """
