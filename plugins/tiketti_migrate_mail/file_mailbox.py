"""A mailbox on disk: folders that are read each in its own way, chosen by their names."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import UsageError
from tiketti_migrate_mail.file_options import FileOptions
from tiketti_migrate_mail.folder_names import is_wanted, role_of
from tiketti_migrate_mail.mailbox import Folder, FolderRemade, Head, Mailbox, Raw

__all__ = ["FileFolder", "FileMailbox"]

_SHOWN = 12


class FileFolder(ABC):
    """One folder. ``key`` is unique in the mailbox and the same in every run."""

    def __init__(self, name: str, key: str) -> None:
        self.name = name
        self.key = key
        self.role = role_of(name)

    @abstractmethod
    def look(self) -> str:
        """See what is there now, which is what will be read; returns the validity. Raises OSError."""

    @abstractmethod
    def heads(self) -> Iterator[Head | Problem]:
        """As of ``Mailbox``. Raises OSError and FolderRemade."""

    @abstractmethod
    def mails(self, uids: Sequence[int], largest: int) -> Iterator[Raw]:
        """As of ``Mailbox``, at most ``largest`` bytes of each. Raises OSError and FolderRemade."""

    @abstractmethod
    def where(self, uid: int) -> str:
        """For people."""


class FileMailbox(Mailbox):
    """``problems`` is what was said while the folders were looked for."""

    hint: ClassVar[str]

    def __init__(self, options: FileOptions) -> None:
        self._options = options
        self._largest = options.largest_mail * 1_000_000
        self._found: list[FileFolder] | None = None
        self._by_key: dict[str, FileFolder] = {}
        self._looking: list[Problem] = []
        self._choosing: list[Problem] = []

    @abstractmethod
    def find(self, problems: list[Problem]) -> list[FileFolder]:
        """All folders that there are. Raises UsageError and SourceError."""

    def problems(self) -> Sequence[Problem]:
        """What was found and is not read, since ``folders`` was asked."""
        return [*self._looking, *self._choosing]

    def folders(self) -> Sequence[Folder]:
        """As of ``Mailbox``. Raises UsageError where there is nothing to read, and SourceError."""
        if self._found is None:
            self._looking = []
            self._found = self.find(self._looking)
        if not self._found:
            told = f" ({self._looking[0].where}: {self._looking[0].message})" if self._looking else ""
            where = ", ".join(map(str, self._paths()))
            raise UsageError(f"no mailbox was found{told}", where=where, hint=self.hint)
        self._choosing = []
        chosen = self._chosen(self._found)
        self._by_key = {one.key: one for one in chosen}
        return sorted(
            (found for one in chosen if (found := self._looked_at(one))),
            key=lambda one: (one.role != "inbox", one.name.casefold(), one.key),
        )

    def heads(self, folder: Folder) -> Iterator[Head | Problem]:
        """As of ``Mailbox``. Raises FolderRemade, too."""
        try:
            yield from self._by_key[folder.key].heads()
        except OSError as error:
            yield Problem("UNREADABLE_FILE", f"cannot be read: {_reason(error)}", folder.name)

    def mails(self, folder: Folder, uids: Sequence[int]) -> Iterator[Raw]:
        """As of ``Mailbox``."""
        try:
            yield from self._by_key[folder.key].mails(uids, self._largest)
        except OSError as error:
            raise FolderRemade(f"{folder.name}: {_reason(error)}") from error

    def where(self, folder: Folder, uid: int) -> str:
        """As of ``Mailbox``: the file, and where in it."""
        return self._by_key[folder.key].where(uid)

    def close(self) -> None:
        """As of ``Mailbox``."""
        self._by_key = {}
        self._found = None

    def _paths(self) -> Sequence[object]:
        paths: Sequence[object] = getattr(self._options, "paths", ())
        return paths

    def _chosen(self, found: Sequence[FileFolder]) -> list[FileFolder]:
        globs, is_all = self._options.folder, self._options.all_folders
        chosen = [one for one in found if is_wanted(one.name, one.role, globs, all_folders=is_all)]
        left = sorted({one.name for one in found} - {one.name for one in chosen})
        if not chosen:
            hint = "name others, or take all with --all-folders" if not globs else "name one of those"
            raise UsageError(f"no folder is chosen of those that there are: {_shown(left)}", hint=hint)
        if left and not globs:
            words = f"are not read: {_shown(left)} (--all-folders, or --folder, reads them)"
            self._choosing.append(Problem("FOLDER_LEFT_OUT", words, "drafts, junk and trash", lost=0))
        return chosen

    def _looked_at(self, one: FileFolder) -> Folder | None:
        try:
            return Folder(one.name, one.role, one.key, one.look())
        except OSError as error:
            words = f"cannot be read: {_reason(error)}"
            self._choosing.append(Problem("UNREADABLE_FILE", words, one.name))
            return None


def _shown(names: Sequence[str]) -> str:
    return ", ".join([*names[:_SHOWN], *(["..."] if len(names) > _SHOWN else [])])


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
