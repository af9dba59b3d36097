"""The source: an account export, read twice front to back in flat memory, or the account over its API."""

import os
import threading
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import ClassVar

from pydantic import BaseModel

from tiketti_migrate.api import Checkpoint, Extracted, Notice, Problem, Source
from tiketti_migrate.errors import SourceError
from tiketti_migrate.records import Record
from tiketti_migrate.scratch import new_scratch, scratch
from tiketti_migrate.store import Spool
from tiketti_migrate_zendesk.account import Account
from tiketti_migrate_zendesk.conversion import Conversion
from tiketti_migrate_zendesk.credentials import ZendeskCredentials
from tiketti_migrate_zendesk.export import Export, Part, open_export
from tiketti_migrate_zendesk.gathering import Gathered
from tiketti_migrate_zendesk.live import LiveExport
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.roster import COUNTED, Roster
from tiketti_migrate_zendesk.sameness import is_host, overlaps, refuse
from tiketti_migrate_zendesk.values import text

__all__ = ["ZendeskOptions", "ZendeskSource"]

_FILES = ".zdusercontent.com"


class ZendeskSource(Source):
    """A Zendesk account: its JSON export, API pages or tables in folders, files and zips, or over its API."""

    name = "zendesk"
    title = "Zendesk"
    Options: ClassVar[type[BaseModel]] = ZendeskOptions

    def __init__(self, options: BaseModel) -> None:
        super().__init__(options)
        self._chosen = ZendeskOptions.model_validate(options.model_dump())
        self._stopping = threading.Event()
        self._notify: Callable[[Notice], None] = lambda _notice: None

    def attend(self, stopping: threading.Event, notify: Callable[[Notice], None]) -> None:
        self._stopping, self._notify = stopping, notify

    def check(self) -> None:
        """Raises UsageError for a wrong path, an empty folder, foreign files, those of two accounts or no
        credentials, AccessDenied for wrong ones."""
        if self._chosen.subdomain:
            self._live().check()
        else:
            _ = self._export

    def identity(self) -> str:
        if self._chosen.subdomain:
            return f"{self._chosen.subdomain}.zendesk.com"
        paths = sorted(text(str(path.resolve())) for path in self._chosen.paths)
        return self._export.host or ", ".join(paths)

    def continues(self, identity: str, staged: Callable[[str, str], Record | None]) -> bool:
        """Files that do not name their account, and those that do, are of one where they share tickets."""
        if self._chosen.subdomain or (is_host(identity) and self._export.host):
            return False
        return overlaps(self._export, staged)

    def refuse_other(self, identity: str) -> None:
        """Says what to do where an account was not named."""
        refuse(identity, self.identity())

    def file_hosts(self) -> tuple[str, ...]:
        """Addresses of attachments are of the account, and lead on to where Zendesk keeps files."""
        hosts = (f"{self._chosen.subdomain}.zendesk.com",) if self._chosen.subdomain else self._export.hosts
        return (*hosts, _FILES) if hosts else ()

    def extract(self, cursor: str | None) -> Iterator[Extracted]:
        """Files always from the start: that is harmless, and takes less than what a cursor would need."""
        with scratch() as folder:
            spool = Spool(folder)
            try:
                yield from self._read_account(spool, cursor) if self._chosen.subdomain else self._read(spool)
            finally:
                spool.close()

    def _read(self, spool: Spool) -> Iterator[Extracted]:
        export = self._export
        yield from export.problems
        account = Account(export.hosts)
        yield from _read_twice(export, Gathered(account, spool), Conversion(account, self._chosen))

    def _read_account(self, spool: Spool, cursor: str | None) -> Iterator[Extracted]:
        live = self._live()
        account = Account((live.host,))
        roster, conversion = Roster(account, spool), Conversion(account, self._chosen)
        for batch in live.read(cursor):
            for entry in batch.entries:
                if isinstance(entry, Problem):
                    yield entry
                    continue
                roster.add(entry.kind, entry.raw)
                if entry.kind in COUNTED:
                    yield from conversion.add(entry)
            if batch.cursor is not None:
                yield from conversion.flush()
                yield Checkpoint(batch.cursor)
        yield from conversion.flush()
        yield from conversion.told()

    def _live(self) -> LiveExport:
        credentials = ZendeskCredentials.read(os.environ)
        return LiveExport(self._chosen, credentials, stopping=self._stopping, notify=self._notify)

    @cached_property
    def _export(self) -> Export:
        return open_export(self._chosen.paths, new_scratch(self))


def _read_twice(export: Export, gathered: Gathered, conversion: Conversion) -> Iterator[Extracted]:
    part = export.parts[0]
    try:
        for found in gathered.gather(export.parts):
            if isinstance(found, Problem):
                yield found
            else:
                part = found
        for part in export.parts:
            for item in gathered.records(part):
                yield from conversion.add(item, gathered.hanging)
            yield from conversion.flush()
    except OSError as error:
        raise _unreadable(part, error) from error
    yield from conversion.told()


def _unreadable(part: Part, error: OSError) -> SourceError:
    return SourceError(
        f"cannot be read any further: {error.strerror}",
        where=part.file.name,
        hint="what was read is kept; make the file readable and run the same command again",
    )
