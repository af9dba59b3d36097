"""Maildir folders as a mailbox: Maildir++ (Courier, Dovecot), and folders in folders (mbsync, offlineimap).

https://cr.yp.to/proto/maildir.html; https://www.courier-mta.org/imap/README.maildirquota.html (Maildir++).
"""

import hashlib
import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

from tiketti_migrate.api import Problem
from tiketti_migrate.file_names import shown_name
from tiketti_migrate_mail.file_mailbox import FileFolder, FileMailbox
from tiketti_migrate_mail.file_options import MaildirOptions
from tiketti_migrate_mail.mailbox import Head, Raw
from tiketti_migrate_mail.maildir_folders import find_maildirs
from tiketti_migrate_mail.single_mails import read_head, read_mail

__all__ = ["MaildirFolder", "MaildirMailbox"]

_Found = TypeVar("_Found")
_BY_LETTER = {"S": "seen", "R": "answered", "F": "flagged", "D": "draft", "T": "deleted"}
# ":2,RS" follows the name of a mail. Windows has no colon in names: programs write another sign there.
_FLAGS = {"": frozenset[str](), "S": frozenset({"seen"}), "RS": frozenset({"answered", "seen"})}
_INFO = re.compile(rb"[:;!]2,")
_SECONDS = re.compile(rb"(\d{9,10})\D")
# How often a folder is listed again because mails of it have got other flags meanwhile.
_MOST_LISTINGS = 50


class MaildirMailbox(FileMailbox):
    """Each of the paths is a Maildir folder, or contains some."""

    hint: ClassVar[str] = (
        "name the folder that has cur, new and tmp in it, or one above; mbox files are read by: import mbox"
    )

    def __init__(self, options: MaildirOptions) -> None:
        super().__init__(options)
        self._paths_given = options.paths

    def find(self, problems: list[Problem]) -> list[FileFolder]:
        return [
            MaildirFolder(name, os.fsdecode(path), path, root)
            for name, path, root in find_maildirs(self._paths_given, problems)
        ]


class MaildirFolder(FileFolder):
    """One folder. The uid of a mail is its place in the sorted list of their names without flags."""

    def __init__(self, name: str, key: str, path: bytes, root: bytes) -> None:
        super().__init__(name, key)
        self._path = path
        self._root = os.path.join(root, b"")
        # Of each mail: the name without flags, NUL, "c" or "n" for cur or new, the flags.
        self._entries: list[bytes] = []
        self._links: list[bytes] = []
        self._fresh: list[bytes] = []
        self._listings = 0

    def look(self) -> str:
        self._links = []
        self._entries = self._fresh = self._listed(self._links)
        self._listings = 0
        digest = hashlib.blake2b(digest_size=16)
        for entry in self._entries:
            digest.update(entry[: entry.index(0) + 1])
        return digest.hexdigest()

    def heads(self) -> Iterator[Head | Problem]:
        for link in self._links:
            yield Problem("LINK_OUTSIDE", "is a link out of the folder: not followed", self._told(link))
        deleted = 0
        for uid, entry in enumerate(self._entries, start=1):
            found = self._head(uid, entry)
            if isinstance(found, Head) and "deleted" in found.flags:
                deleted += 1
            elif found is not None:
                yield found
        if deleted:
            words = f"{deleted:,} mails that were deleted, but not yet removed, are left out"
            yield Problem("DELETED_MAIL", words, self.name, lost=0)

    def mails(self, uids: Sequence[int], largest: int) -> Iterator[Raw]:
        for uid in uids:
            if not 0 < uid <= len(self._entries):
                continue
            try:
                _, (content, size) = self._read(self._entries[uid - 1], lambda path: read_mail(path, largest))
            except (OSError, ValueError):
                continue
            yield Raw(uid, content, size)

    def where(self, uid: int) -> str:
        return self._told(self._entries[uid - 1]) if 0 < uid <= len(self._entries) else f"{self.name} {uid}"

    def _head(self, uid: int, entry: bytes) -> Head | Problem | None:
        try:
            entry, found = self._read(entry, read_head)
        except FileNotFoundError:
            if self._listings < _MOST_LISTINGS:
                return None
            words = "is gone, or called otherwise by now: the folder is changed too often while it is read"
            return Problem("UNREADABLE_FILE", words, self._told(entry))
        except (OSError, ValueError) as error:
            words = getattr(error, "strerror", None) or str(error)
            return Problem("UNREADABLE_FILE", f"cannot be read: {words}", self._told(entry))
        return Head(uid, found.header, found.size, _flags_of(entry), _received(entry, found.written))

    def _read(self, entry: bytes, reading: Callable[[bytes], _Found]) -> tuple[bytes, _Found]:
        """What there is to read of a mail, whose flags may be other ones by now, with these.

        Raises FileNotFoundError where it is gone.
        """
        for name in (entry, _same(self._fresh, entry)):
            with suppress(FileNotFoundError):
                if name is not None:
                    return name, reading(self._file(name))
        if self._listings < _MOST_LISTINGS:
            self._listings += 1
            self._fresh = self._listed([])
        now = _same(self._fresh, entry)
        if now is None:
            raise FileNotFoundError
        return now, reading(self._file(now))

    def _listed(self, links: list[bytes]) -> list[bytes]:
        found: list[bytes] = []
        for letter, folder in ((b"c", b"cur"), (b"n", b"new")):
            with suppress(FileNotFoundError), os.scandir(os.path.join(self._path, folder)) as listing:
                for one in listing:
                    if one.name.startswith(b".") or not one.is_file():
                        continue
                    entry = _entry(letter, one.name)
                    (links if one.is_symlink() and self._leads_out(one.path) else found).append(entry)
        found.sort()
        return found

    def _leads_out(self, path: bytes) -> bool:
        return not os.path.realpath(path).startswith(self._root)

    def _file(self, entry: bytes) -> bytes:
        base, _, rest = entry.partition(b"\0")
        return os.path.join(self._path, b"new" if rest[:1] == b"n" else b"cur", base + rest[1:])

    def _told(self, entry: bytes) -> str:
        name = os.path.basename(self._file(entry)).decode("utf-8", "replace")
        return f"{self.name}/{shown_name(name)}"


def _entry(letter: bytes, name: bytes) -> bytes:
    info = _INFO.search(name)
    at = info.start() if info else len(name)
    return name[:at] + b"\0" + letter + name[at:]


def _same(entries: Sequence[bytes], entry: bytes) -> bytes | None:
    base = entry[: entry.index(0) + 1]
    at = bisect_left(entries, base)
    return entries[at] if at < len(entries) and entries[at].startswith(base) else None


def _flags_of(entry: bytes) -> frozenset[str]:
    letters = entry[entry.index(0) + 5 :].decode("ascii", "replace")
    return _FLAGS.get(letters) or frozenset(_BY_LETTER[c] for c in letters if c in _BY_LETTER)


def _received(entry: bytes, written: datetime) -> datetime:
    """The name begins with the second of delivery; copying a folder often makes the time of the file a later
    one."""
    found = _SECONDS.match(entry)
    return min(written, datetime.fromtimestamp(int(found[1]), UTC)) if found else written
