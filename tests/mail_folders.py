"""A mailbox read as a run reads it, and mbox files written as their formats are described."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tiketti_migrate.api import Problem
from tiketti_migrate_mail.file_mailbox import FileMailbox
from tiketti_migrate_mail.mailbox import Folder, Head, Raw

__all__ = ["FROM", "Read", "mail", "mboxcl2", "mboxrd", "read"]

FROM = b"From jane@example.org Mon Jan  1 10:00:00 2001\n"


@dataclass
class Read:
    """Of all folders, in their order."""

    folders: list[Folder] = field(default_factory=list)
    heads: dict[str, list[Head]] = field(default_factory=dict)
    raws: dict[str, list[Raw]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [folder.name for folder in self.folders]

    def contents(self) -> list[bytes]:
        """Of all mails, whatever their folder."""
        return [raw.content for name in self.names for raw in self.raws[name]]

    def all_heads(self) -> list[Head]:
        return [head for name in self.names for head in self.heads[name]]

    def told(self) -> list[tuple[str, str, int]]:
        return [(one.code, one.where, one.lost) for one in self.problems]


def read(mailbox: FileMailbox) -> Read:
    """First all heads, then all mails, as the contract of a mailbox says."""
    found = Read(list(mailbox.folders()), problems=[])
    found.problems += mailbox.problems()
    for folder in found.folders:
        items = list(mailbox.heads(folder))
        found.problems += [one for one in items if isinstance(one, Problem)]
        found.heads[folder.name] = [one for one in items if isinstance(one, Head)]
    for folder in found.folders:
        uids = [head.uid for head in found.heads[folder.name]]
        assert uids == sorted(set(uids))
        found.raws[folder.name] = list(mailbox.mails(folder, uids))
        assert [raw.uid for raw in found.raws[folder.name]] == uids
    return found


def mail(subject: str, body: bytes = b"Hello.\n") -> bytes:
    return b"From: Jane Doe <jane@example.org>\nSubject: %s\n\n%s" % (subject.encode(), body)


def mboxrd(mails: Iterable[bytes]) -> bytes:
    """RFC 4155 and mbox(5) of qmail: each line of any number of ``>`` and ``From `` gets one more."""
    return b"".join(FROM + re.sub(rb"(?m)^(>*From )", rb">\1", one) + b"\n" for one in mails)


def mboxcl2(mails: Sequence[bytes]) -> bytes:
    """Nothing is quoted; Content-Length counts the bytes of the body."""
    whole = b""
    for one in mails:
        header, _, body = one.partition(b"\n\n")
        whole += FROM + header + b"\nContent-Length: %d\n\n" % len(body) + body + b"\n"
    return whole
