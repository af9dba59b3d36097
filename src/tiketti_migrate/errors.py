"""What can go wrong, as types: the engine acts on the type, people read the text.

    MigrationError                 exit 1
    ├── UsageError                 exit 2   wrong path, option, workspace, organization
    │   └── WorkspaceInUse                  another process holds the workspace
    ├── SourceError                exit 1   the source cannot be read at all
    ├── LedgerError                exit 1   the ledger is damaged, newer, or changed under us
    ├── DownloadFailed                      one file could not be fetched; the run goes on
    ├── Stopped                    exit 4   the run stopped, the same command resumes it
    │   ├── AccessDenied                    token dead, role too small
    │   ├── TargetUnreachable               the server is gone
    │   ├── SourceUnreachable               the account that is read does not answer
    │   ├── EmailWasSent                    the server says that it e-mailed a customer
    │   ├── RefusedTooOften                 equal failures in a row, nothing succeeded
    │   └── Interrupted                     Ctrl-C
    └── WriteError                          what the answer to one write means
        ├── NotSent                         did not reach the server: pending again
        ├── InDoubt                         may have been done: stays in-flight, is looked up
        └── Refused                         the server said no: failed
            └── Conflict                    it said: taken. The natural key finds the holder

Exit codes are those of design.md section 8.
"""

from typing import ClassVar

__all__ = [
    "AccessDenied",
    "Conflict",
    "DownloadFailed",
    "EmailWasSent",
    "InDoubt",
    "Interrupted",
    "LedgerError",
    "MigrationError",
    "NotSent",
    "Refused",
    "RefusedTooOften",
    "SourceError",
    "SourceUnreachable",
    "Stopped",
    "TargetUnreachable",
    "UsageError",
    "WorkspaceInUse",
    "WriteError",
]


class MigrationError(Exception):
    """What happened, where, and what to do next.

    ``where`` names a place a person can go to (``tickets.ndjson:17``, ``ticket 35436``); ``hint`` is one
    sentence that says what to do.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.hint})" if self.hint else text


class UsageError(MigrationError):
    """The command cannot be run as given."""

    exit_code = 2


class WorkspaceInUse(UsageError):
    """Another process holds the workspace's lock."""


class SourceError(MigrationError):
    """The source as a whole cannot be read; one bad record is a warning, never this."""


class LedgerError(MigrationError):
    """The ledger is damaged, of a newer version, or was changed by somebody else."""


class DownloadFailed(MigrationError):
    """One file could not be fetched. ``code`` groups equal reasons (``DOWNLOAD_GONE``).

    ``passing``: the server or the network is at fault, not the file.
    """

    def __init__(self, code: str, message: str, *, hint: str | None = None, passing: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.passing = passing


class Stopped(MigrationError):
    """The run stopped in good order; running it again goes on."""

    exit_code = 4


class AccessDenied(Stopped):
    """The credentials are refused, have died, or their role may not do what is planned."""


class TargetUnreachable(Stopped):
    """The server does not answer."""


class SourceUnreachable(Stopped):
    """The account that is read does not answer, however often it is asked."""


class EmailWasSent(Stopped):
    """The server reports that a customer was e-mailed, although every write forbids it."""


class RefusedTooOften(Stopped):
    """The server refuses everything: going on would only fill the list of failures."""


class Interrupted(Stopped):
    """The user asked to stop."""


class WriteError(MigrationError):
    """What one answer (or its absence) means for one write."""


class NotSent(WriteError):
    """The request was not processed: safe to send again after ``wait`` seconds."""

    def __init__(self, message: str, *, wait: float = 0.0, unreachable: bool = False) -> None:
        super().__init__(message)
        self.wait = wait
        self.unreachable = unreachable


class InDoubt(WriteError):
    """The server may have done the write. ``timed_out``: it may even still be doing it."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


class Refused(WriteError):
    """The server said no, with its HTTP ``status``, ``code`` and words."""

    def __init__(self, message: str, *, status: int, code: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code


class Conflict(Refused):
    """The server said no because the natural key (e-mail, label name) is taken."""
