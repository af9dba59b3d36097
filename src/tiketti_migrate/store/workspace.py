"""The workspace: a private folder that holds one migration, used by one process at a time."""

import os
import shutil
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from tiketti_migrate.errors import UsageError, WorkspaceInUse
from tiketti_migrate.store.ledger import Ledger

__all__ = ["Workspace"]

_MARKER = ".tiketti-migrate-scratch"
_MARKER_TEXT = "This folder is made anew by every run of demo or rehearse.\n"


class Workspace:
    """Opens ``folder`` (made with mode 0700) and holds its lock until closed.

    Raises UsageError when it cannot be written, WorkspaceInUse when another process has it, LedgerError
    when its ledger is damaged or newer. ``create=False``: UsageError when there is no migration in it.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        self.folder = folder
        if not create and not self.ledger_path.exists():
            raise _no_migration(folder)
        self._make_folder()
        # The operating system drops the lock with its owner, however that one dies.
        self._lock = FileLock(folder / ".lock", mode=0o600)
        self._acquire()
        try:
            self.ledger = self._open()
        except BaseException:
            self._lock.release()
            raise

    @property
    def ledger_path(self) -> Path:
        """Where the ledger lies."""
        return self.folder / "migration.db"

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UsageError(
                f"the workspace cannot be made: {error.strerror}",
                where=str(self.folder),
                hint="choose another folder with --workspace",
            ) from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise UsageError(
                "the workspace is read-only",
                where=str(self.folder),
                hint="choose another folder with --workspace",
            )

    def _acquire(self) -> None:
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise WorkspaceInUse(
                "another tiketti-migrate is running on this workspace",
                where=str(self.folder),
                hint="wait until it has ended",
            ) from None
        except OSError as error:
            raise UsageError(
                f"the workspace is not writable: {error.strerror}", where=str(self.folder)
            ) from error

    def _open(self) -> Ledger:
        fresh = not self.ledger_path.exists()
        if fresh:
            # Made by us before SQLite sees it, so that it is never readable by others, not even briefly.
            try:
                os.close(os.open(self.ledger_path, os.O_CREAT | os.O_WRONLY, 0o600))
            except OSError as error:
                raise UsageError(
                    f"the workspace is not writable: {error.strerror}", where=str(self.folder)
                ) from error
        return Ledger(self.ledger_path)

    def close(self) -> None:
        """Close the ledger and let others in."""
        self.ledger.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @classmethod
    def peek(cls, folder: Path) -> Ledger:
        """The ledger without the lock, for looking at it while another process writes."""
        path = folder / "migration.db"
        if not path.exists():
            raise _no_migration(folder)
        return Ledger(path)

    @classmethod
    def scratch(cls, folder: Path) -> Self:
        """A workspace made anew. Only a folder that bears our marker is emptied."""
        marker = folder / _MARKER
        if folder.exists() and any(folder.iterdir()) and not marker.exists():
            raise UsageError(
                "this folder was not made by the demo and will not be emptied",
                where=str(folder),
                hint="choose another one with --workspace",
            )
        if marker.exists():
            # Whoever runs on it now must end first.
            probe = FileLock(folder / ".lock", mode=0o600)
            try:
                probe.acquire(blocking=False)
            except Timeout:
                raise WorkspaceInUse("another demo is running here", where=str(folder)) from None
            probe.release()
            shutil.rmtree(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            marker.write_text(_MARKER_TEXT)
        except OSError as error:
            raise UsageError(f"the folder cannot be made: {error.strerror}", where=str(folder)) from error
        return cls(folder)


def _no_migration(folder: Path) -> UsageError:
    return UsageError(
        "there is no migration in this workspace",
        where=str(folder),
        hint="name it with --workspace, or begin with import",
    )


# UPDATE ... RETURNING needs it (https://www.sqlite.org/changes.html, 3.35).
assert sqlite3.sqlite_version_info >= (3, 35), "SQLite 3.35 or newer is needed"
