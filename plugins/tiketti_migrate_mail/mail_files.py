"""Folders whose mails are files of their own, counted in the order of their names."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tiketti_migrate.api import Problem
from tiketti_migrate_mail.file_mailbox import FileFolder
from tiketti_migrate_mail.mailbox import Head, Raw
from tiketti_migrate_mail.single_mails import read_head, read_mail

__all__ = ["MailFiles"]


class MailFiles(FileFolder):
    """Single mails (.eml). ``files``: their paths, and what people call each."""

    def __init__(self, name: str, key: str, files: Sequence[tuple[bytes, str]]) -> None:
        super().__init__(name, key)
        self._files = sorted(files, key=lambda file: file[1])

    def look(self) -> str:
        digest = hashlib.blake2b(digest_size=16)
        for path, told in self._files:
            found = Path(os.fsdecode(path)).stat()
            digest.update(f"{told}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
        return digest.hexdigest()

    def heads(self) -> Iterator[Head | Problem]:
        for uid, (path, told) in enumerate(self._files, start=1):
            try:
                found = read_head(path)
            except (OSError, ValueError) as error:
                yield Problem("UNREADABLE_FILE", f"cannot be read: {error}", told)
                continue
            yield Head(uid, found.header, found.size, received=found.written)

    def mails(self, uids: Sequence[int], largest: int) -> Iterator[Raw]:
        for uid in uids:
            try:
                content, size = read_mail(self._files[uid - 1][0], largest)
            except (OSError, ValueError, IndexError):
                continue
            yield Raw(uid, content, size)

    def where(self, uid: int) -> str:
        return self._files[uid - 1][1] if 0 < uid <= len(self._files) else f"{self.name} mail {uid}"
