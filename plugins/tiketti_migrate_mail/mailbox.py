"""What the three sources have in common: a mailbox of folders whose mails are looked at twice.

First the heads of all mails, which are enough to plan by; then the mails themselves, each once.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from tiketti_migrate.api import Problem

__all__ = ["HEADER_FIELDS", "Folder", "FolderRemade", "Head", "Mailbox", "Raw", "Role", "Unread"]

Role = Literal["inbox", "sent", "drafts", "junk", "trash", "archive", "all", "other"]

# What a plan is made of; a server is asked for no more.
HEADER_FIELDS = (
    *("message-id", "references", "in-reply-to", "date", "from", "sender", "reply-to", "to", "cc", "bcc"),
    *("subject", "auto-submitted", "precedence", "list-id", "list-post", "return-path", "delivered-to"),
    *("content-type", "content-class", "x-original-to", "x-original-from", "x-failed-recipients"),
    *("x-autoreply", "x-auto-reply", "x-autoreply-from", "x-autorespond", "x-autoresponder", "x-vacation"),
    *("x-auto-response-suppress", "x-ms-exchange-generated-message-source", "list-unsubscribe"),
)


class Folder(NamedTuple):
    """``name`` as people read it, ``/`` between levels; ``key`` is what the mailbox itself knows it by.

    ``validity`` changes when the numbers of its mails mean others than before (RFC 3501, 2.3.1.1).
    """

    name: str
    role: Role
    key: str
    validity: str = ""


class Head(NamedTuple):
    """A mail before it is read.

    ``uid`` rises in the order of a folder. ``header`` holds at least the fields of HEADER_FIELDS that the
    mail has, as they are in it, folded lines included. ``size``: bytes of the whole mail. ``flags`` in lower
    case without the backslash ("seen", "answered", "flagged", "draft", "deleted"). ``received``: when it came
    (INTERNALDATE). ``thread`` and ``labels`` are Gmail's (X-GM-THRID, X-GM-LABELS, decoded; its own with a
    backslash: ``\\\\Inbox``, ``\\\\Sent``).
    """

    uid: int
    header: bytes
    size: int
    flags: frozenset[str] = frozenset()
    received: datetime | None = None
    thread: str | None = None
    labels: tuple[str, ...] = ()


class Raw(NamedTuple):
    """A whole mail as it came (RFC 5322, CRLF or LF); ``size`` is larger than the content if it was cut."""

    uid: int
    content: bytes
    size: int


class Unread(NamedTuple):
    """A mail that is there and cannot be had; ``reason`` is for people."""

    uid: int
    reason: str


class FolderRemade(Exception):
    """The numbers of a folder mean other mails than when its heads were read: look at everything again."""


class Mailbox(ABC):
    """Read only. Used by one thread at a time; nothing is held beyond some hundred mails.

    Connections that are lost are made again inside; what can be done no more raises SourceUnreachable,
    SourceError, AccessDenied or Interrupted.
    """

    @abstractmethod
    def folders(self) -> Sequence[Folder]:
        """Those that are to be read, in a stable order, inbox first."""

    def problems(self) -> Sequence[Problem]:
        """What was found beside the folders and is not read, once ``folders`` was asked."""
        return ()

    @abstractmethod
    def heads(self, folder: Folder) -> Iterator[Head | Problem]:
        """All mails of a folder by rising uid. A Problem for what looks like a mail and cannot be read.

        Raises FolderRemade.
        """

    @abstractmethod
    def mails(self, folder: Folder, uids: Sequence[int]) -> Iterator[Raw | Unread]:
        """These mails in the order given, which rises. Mails that are gone meanwhile are passed over.

        Raises FolderRemade.
        """

    def where(self, folder: Folder, uid: int) -> str:
        """For people: "INBOX uid 481"."""
        return f"{folder.name} uid {uid}"

    @abstractmethod
    def close(self) -> None:
        """What was learned is forgotten; whatever is asked next begins anew."""
