"""mbox files as a mailbox: those of mail programs, of servers, of Google Takeout."""

import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from tiketti_migrate.api import Problem
from tiketti_migrate_mail.blocks import Blocks
from tiketti_migrate_mail.file_mailbox import FileFolder, FileMailbox
from tiketti_migrate_mail.file_options import MboxOptions
from tiketti_migrate_mail.mail_archives import Unpacking
from tiketti_migrate_mail.mail_files import MailFiles
from tiketti_migrate_mail.mailbox import FolderRemade, Head, Raw
from tiketti_migrate_mail.mbox_files import find_files
from tiketti_migrate_mail.mbox_lines import unquoted
from tiketti_migrate_mail.mbox_marks import Marks, is_folder_data, marks
from tiketti_migrate_mail.mbox_scan import Scan, Span

__all__ = ["MboxFile", "MboxMailbox"]

_GMAIL_LEFT_OUT = frozenset({r"\Junk", r"\Trash", r"\Draft"})
# Enough of a mail to tell whether another one stands in its place.
_BEGIN = 200


class MboxMailbox(FileMailbox):
    """``scratch``: a folder of its own for what has to be unpacked."""

    hint: ClassVar[str] = (
        "name an mbox file, a folder with some, or the .zip or .tgz of Google Takeout;"
        " Maildir folders are read by: import maildir"
    )

    def __init__(self, options: MboxOptions, scratch: Path) -> None:
        super().__init__(options)
        self._paths_given = options.paths
        self._unpacking = Unpacking(scratch)

    def find(self, problems: list[Problem]) -> list[FileFolder]:
        found: list[FileFolder] = []
        singles: dict[str, list[tuple[bytes, str]]] = {}
        for file in find_files(self._paths_given, self._unpacking, problems):
            if file.is_mbox:
                keeps_all = self._options.all_folders
                found.append(MboxFile(file.folder, file.told, file.path, keeps_all=keeps_all))
            else:
                singles.setdefault(file.folder, []).append((bytes(file.path), file.told))
        return [*found, *(MailFiles(name, f"mails in {name}", files) for name, files in singles.items())]

    def close(self) -> None:
        super().close()
        self._unpacking.close()


class MboxFile(FileFolder):
    """One mbox file. The uid of a mail is where it begins, counted from 1, as ``tail -c +N`` does.

    ``keeps_all``: mails that Gmail calls spam, trash or drafts are read, too.
    """

    def __init__(self, name: str, key: str, path: Path, *, keeps_all: bool = False) -> None:
        super().__init__(name, key)
        self._path = path
        self._keeps_all = keeps_all
        self._size = 0
        self._forget()

    def look(self) -> str:
        found = self._path.stat()
        self._size = found.st_size
        self._forget()
        return f"{found.st_size}-{found.st_mtime_ns}"

    def heads(self) -> Iterator[Head | Problem]:
        self._forget()
        deleted = thrown_away = 0
        with self._opened() as blocks:
            scan = Scan(blocks)
            for span in scan.spans():
                self._note(span)
                if span.start < 4096 and is_folder_data(span.header):
                    continue
                found = marks(span.header)
                if "deleted" in found.flags:
                    deleted += 1
                elif not self._keeps_all and not _GMAIL_LEFT_OUT.isdisjoint(found.labels):
                    thrown_away += 1
                else:
                    yield _head(span, found)
            self._is_whole = True
        yield from self._told(scan.skipped, deleted, thrown_away)

    def mails(self, uids: Sequence[int], largest: int) -> Iterator[Raw]:
        with self._opened() as blocks:
            if not self._is_whole:
                self._forget()
                for span in Scan(blocks).spans():
                    self._note(span)
                self._is_whole = True
            for uid in uids:
                number = bisect_left(self._starts, uid - 1)
                if number < len(self._starts) and self._starts[number] == uid - 1:
                    yield self._mail(blocks, number, largest)

    def where(self, uid: int) -> str:
        return f"{self.key} byte {uid}"

    def _mail(self, blocks: Blocks, number: int, largest: int) -> Raw:
        start, head, end = self._starts[number], self._heads[number], self._ends[number]
        if zlib.crc32(blocks.read(head, head + self._lengths[number])) != self._sums[number]:
            raise FolderRemade(f"{self.key} was changed while it was read")
        content = blocks.read(head, min(end, head + largest))
        if not self._exact[number]:
            content = unquoted(content)
        return Raw(start + 1, content, end - head if end - head > largest else len(content))

    def _opened(self) -> Blocks:
        if self._path.stat().st_size < self._size:
            raise FolderRemade(f"{self.key} has become shorter")
        return Blocks(self._path, self._size)

    def _forget(self) -> None:
        self._starts = array("Q")
        self._heads = array("Q")
        self._ends = array("Q")
        self._sums = array("L")
        self._lengths = bytearray()
        self._exact = bytearray()
        self._is_whole = False

    def _note(self, span: Span) -> None:
        begin = span.header[:_BEGIN]
        self._starts.append(span.start)
        self._heads.append(span.head)
        self._ends.append(span.end)
        self._sums.append(zlib.crc32(begin))
        self._lengths.append(len(begin))
        self._exact.append(span.is_exact)

    def _told(self, skipped: int, deleted: int, thrown_away: int) -> Iterator[Problem]:
        if skipped:
            words = f"{skipped:,} bytes before the first mail are no mail: not read"
            yield Problem("NO_MAIL", words, self.key)
        if deleted:
            words = f"{deleted:,} mails that were deleted, but not yet removed from the file, are left out"
            yield Problem("DELETED_MAIL", words, self.key, lost=0)
        if thrown_away:
            words = f"{thrown_away:,} mails in Gmail's spam, trash or drafts are left out (--all-folders)"
            yield Problem("FOLDER_LEFT_OUT", words, self.key, lost=0)


def _head(span: Span, found: Marks) -> Head:
    return Head(
        span.start + 1, span.header, span.end - span.head, found.flags, span.date, found.thread, found.labels
    )
