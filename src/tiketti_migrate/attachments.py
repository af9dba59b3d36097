"""Attachments are fetched into the workspace before anything is written: messages cannot be changed later.
Those that the source itself holds came there when it was read (see extract), and nobody is asked for them.

Threads fetch, one writes the ledger: what is kept is noted within a moment, so that a run that is killed
loses at most the files that were on their way.
"""

import json
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tiketti_migrate.api import Notice
from tiketti_migrate.blobs import Blob, Blobs
from tiketti_migrate.errors import DownloadFailed, MigrationError, TargetUnreachable, UsageError
from tiketti_migrate.extract import CONTENTS_DROPPED, FILE_HOSTS
from tiketti_migrate.http import Downloader, Wanted
from tiketti_migrate.load import LoadOptions
from tiketti_migrate.progress import Progress
from tiketti_migrate.records import Attachment
from tiketti_migrate.sizes import human_size
from tiketti_migrate.store import Ledger, Waiting

__all__ = ["Arranged", "arrange", "fetch_attachments", "hosts_of", "remembered", "said_before"]

_THREADS = 4
# One file may be at fault, so many in a row of one host are its server; of several hosts, the network.
_MOST_PASSING = 12
_MOST_SILENT = 48
# What was tried by so many runs is given up, so that the import can go on.
_MOST_RUNS = 3
# What only a server that is there can say.
_ANSWERED = ("DOWNLOAD_GONE", "DOWNLOAD_FORBIDDEN", "DOWNLOAD_LOGIN_PAGE", "DOWNLOAD_WRONG_SIZE")
_NAMED = 3
_REMEMBERED = ("attachments", "attachment_limit", "attachment_base_url")
_BYTES_A_MEGABYTE = 1_000_000

MakeDownloader = Callable[..., Downloader]
_Failure = tuple[Waiting, DownloadFailed]


def remembered(ledger: Ledger, how: LoadOptions) -> LoadOptions:
    """What is said of attachments now is kept for later runs; what is not said is as it was then."""
    with ledger.transaction():
        for name in _REMEMBERED:
            if name in how.model_fields_set:
                ledger.put(_key(name), str(getattr(how, name) or ""))
    return LoadOptions.model_validate({**said_before(ledger), **how.model_dump(exclude_unset=True)})


def said_before(ledger: Ledger) -> dict[str, str]:
    """What was said last of attachments, by the name of the option."""
    found = ((name, ledger.get(_key(name))) for name in _REMEMBERED)
    return {name: said for name, said in found if said is not None}


def _key(name: str) -> str:
    return name if name.startswith("attachment_") else f"{name}_mode"


def hosts_of(ledger: Ledger) -> tuple[str, ...]:
    """From which hosts the files of this workspace's source may come."""
    return tuple(json.loads(ledger.get(FILE_HOSTS) or "[]"))


class Arranged(NamedTuple):
    """How many attachments had been in the workspace and are no longer: ``lost`` are fetched again, of
    ``missing`` only the source has the bytes.
    """

    lost: int = 0
    missing: int = 0


def arrange(ledger: Ledger, how: LoadOptions, folder: Path, *, foreseen: bool = False) -> Arranged:
    """Decide which attachments are to be fetched into ``folder``, the workspace; what the source itself
    holds is kept if it is there. ``foreseen``: as if the source had been read with its files.
    """
    blobs = Blobs(folder)
    gone: dict[bool, list[int]] = {True: [], False: []}
    for row, sha256, has_address in ledger.files.hashes():
        if blobs.size(sha256) is None:
            gone[has_address].append(row)
    only_untold = how.attachments != "download"
    with ledger.transaction():
        lost = ledger.files.lost(gone[True], only_untold=only_untold)
        missing = 0 if foreseen else ledger.files.lost(gone[False], only_untold=only_untold)
        ledger.held.reopen()
        ledger.files.arrange(how.attachments, has_hosts=bool(hosts_of(ledger)))
        _settle_held(ledger, blobs, foreseen=foreseen)
    return Arranged(lost, missing)


def _settle_held(ledger: Ledger, blobs: Blobs, *, foreseen: bool) -> None:
    kept: list[tuple[int, int | None]] = []
    absent: list[int] = []
    for file in ledger.held.waiting():
        size = blobs.size(file.sha256)
        if size is not None or (foreseen and not file.has_address):
            kept.append((file.row, size))
        elif not file.has_address:
            absent.append(file.row)
    ledger.held.kept(kept)
    if ledger.get(CONTENTS_DROPPED):
        ledger.held.not_kept(absent)
    else:
        ledger.held.missing(absent, f"{_import_of(ledger)} again: it holds them")


def _import_of(ledger: Ledger) -> str:
    return f"run import {(ledger.get('source') or '').partition(':')[0] or 'SOURCE'} ..."


def fetch_attachments(
    ledger: Ledger,
    folder: Path,
    how: LoadOptions,
    progress: Progress,
    stopping: threading.Event,
    make: MakeDownloader = Downloader,
) -> None:
    """Fetch all that wait into ``folder``, the workspace; notes on what came late are staged.

    What cannot be fetched is a failed row. Raises UsageError when the workspace does not say from which hosts
    files may come or was made without those that the source holds, Interrupted, TargetUnreachable when
    nothing can be fetched any more, Stopped when the disk is full: running it again goes on.
    """
    ledger.lanes.arrange(how.order)
    gone = arrange(ledger, how, folder)
    if gone.lost:
        progress.warn(f"{gone.lost:,} attachments are no longer in {folder}: they are fetched again")
    if gone.missing:
        words = f"{gone.missing:,} attachments are no longer in {folder}, and only the source has them"
        progress.warn(f"{words}: {_import_of(ledger)} again")
    _require_hosts(ledger, progress)
    _require_contents(ledger, progress)
    blobs = Blobs(folder)
    blobs.sweep()
    waiting = ledger.files.to_fetch(how.limit)
    if waiting.files:
        _warn_of_the_disk(folder, waiting.bytes, progress)
        size = f" ({human_size(waiting.bytes)})" if waiting.bytes else ""
        progress.phase(f"Downloading attachments{size}", waiting.files, "file")
        try:
            _Fetching(ledger, blobs, how, progress, stopping, make).run()
        finally:
            progress.finish()
    ledger.files.note_late()


def _require_hosts(ledger: Ledger, progress: Progress) -> None:
    """Earlier versions did not note them, and what is written without its files stays so."""
    if ledger.get(FILE_HOSTS) is not None:
        return
    words = "an earlier version made this workspace, which does not say from where attachments may be fetched"
    way = "--attachments link or skip"
    _require_source(ledger, progress, ledger.files.without_hosts(), words, way)


def _require_contents(ledger: Ledger, progress: Progress) -> None:
    """A plan keeps no files, nor does --attachments skip."""
    words = "the source was read without the files that it holds"
    _require_source(ledger, progress, ledger.held.count_not_kept(), words, "--attachments skip")


def _require_source(
    ledger: Ledger, progress: Progress, without: tuple[int, int], words: str, way: str
) -> None:
    """``without``: how many would be left out of messages that are not written yet, and how many others."""
    unwritten, written = without
    hint = f"{_import_of(ledger)} once again"
    if unwritten:
        raise UsageError(
            f"{words}: {unwritten:,} would be left out",
            where=str(ledger.path.parent),
            hint=f"{hint}, or say {way}",
        )
    if written:
        progress.warn(f"{words}: to have {written:,} of them, {hint}")


def _warn_of_the_disk(folder: Path, needed: int, progress: Progress) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        progress.warn(
            f"the disk of {folder} has {human_size(free)} left, and attachments need {human_size(needed)}:"
            " stop and choose a larger one with --workspace, or --attachments link"
        )


class _Fetching:
    """One run over all that wait."""

    def __init__(
        self,
        ledger: Ledger,
        blobs: Blobs,
        how: LoadOptions,
        progress: Progress,
        stopping: threading.Event,
        make: MakeDownloader,
    ) -> None:
        self._ledger, self._blobs, self._how = ledger, blobs, how
        self._progress, self._stopping = progress, stopping
        self._downloader = make(
            hosts_of(ledger),
            stopping=stopping,
            limit_bytes=int(how.attachment_limit * _BYTES_A_MEGABYTE),
            notify=lambda text, seconds: progress.notice(Notice(text, seconds)),
        )
        self._giving_up = threading.Event()
        # By host, since it answered last: failed for its sake or the network's, which is not theirs to bear.
        self._passing: defaultdict[str, list[_Failure]] = defaultdict(list)
        self._silent = 0
        # Hosts that are left alone, and the words for it.
        self._gone: dict[str, str] = {}
        self.files, self.bytes, self.failed = 0, 0, 0

    def run(self) -> None:
        """Raises what stops the run, after all that was on its way is noted."""
        try:
            with ThreadPoolExecutor(_THREADS, thread_name_prefix="fetch") as pool:
                self._run(pool)
            self._end()
        finally:
            self._downloader.close()
            self._say()

    def _run(self, pool: ThreadPoolExecutor) -> None:
        source = self._ledger.files.waiting(self._how.limit)
        at_work: dict[Future[Blob | None], Waiting] = {}
        stop: MigrationError | None = None
        while True:
            while stop is None and len(at_work) < 2 * _THREADS and (one := self._next(source)):
                at_work[pool.submit(self._fetch, one.record)] = one
            if not at_work:
                break
            done, _ = wait(at_work, return_when=FIRST_COMPLETED)
            try:
                self._settle([(at_work.pop(future), future) for future in done])
            except MigrationError as error:
                # What came first is the cause.
                stop = stop or error
                self._giving_up.set()
        if stop is not None:
            raise stop

    def _next(self, source: Iterator[Waiting]) -> Waiting | None:
        return next((one for one in source if _host(one.record) not in self._gone), None)

    def _fetch(self, record: Attachment) -> Blob | None:
        """None when there is no more sense in it."""
        if record.content_url is None:
            raise DownloadFailed("DOWNLOAD_BAD_ADDRESS", "the source gives no address of it")
        if self._giving_up.is_set() or _host(record) in self._gone:
            return None
        wanted = Wanted(record.content_url, record.filename, record.size, record.content_type)
        return self._downloader.fetch(wanted, self._blobs)

    def _settle(self, settled: Sequence[tuple[Waiting, Future[Blob | None]]]) -> None:
        """Raises what stops the run; the others of them are noted before."""
        kept: list[tuple[Waiting, Blob]] = []
        failed: list[_Failure] = []
        stop: BaseException | None = None
        for waiting, future in settled:
            try:
                if blob := future.result():
                    kept.append((waiting, blob))
            except DownloadFailed as failure:
                if failure.passing:
                    self._doubt(waiting, failure)
                else:
                    failed.append((waiting, failure))
            except MigrationError as error:
                stop = stop or error
        there = [one for one, _ in kept] + [one for one, failure in failed if failure.code in _ANSWERED]
        failed += self._blamed({_host(one.record) for one in there})
        self._note(kept, failed)
        self._leave_alone()
        if stop is not None:
            raise stop

    def _doubt(self, waiting: Waiting, failure: DownloadFailed) -> None:
        self._passing[_host(waiting.record)].append((waiting, failure))
        self._silent += 1

    def _blamed(self, hosts: Iterable[str]) -> list[_Failure]:
        """Others of these hosts were answered meanwhile, so that it is the files that are at fault."""
        failed = []
        for host in hosts:
            self._silent = 0
            failed += self._passing.pop(host, [])
        return failed

    def _leave_alone(self) -> None:
        """Hosts that do not answer; the others' files are fetched before the run stops."""
        silent = [host for host, files in self._passing.items() if len(files) >= _MOST_PASSING]
        if self._silent >= _MOST_SILENT:
            silent = list(self._passing)
        for host in silent:
            self._put_back(host)

    def _put_back(self, host: str) -> None:
        """They wait for another run, unless there were enough of them."""
        files = self._passing.pop(host)
        self._gone[host] = files[-1][1].message
        self._note([], [one for one in files if one[0].attempts + 1 >= _MOST_RUNS])
        self._ledger.files.tried([waiting.row for waiting, _ in files])

    def _end(self) -> None:
        for host in self._passing.keys() & self._gone.keys():
            self._put_back(host)
        self._note([], self._blamed(list(self._passing)))
        if self._gone and self._ledger.files.to_fetch(self._how.limit).files:
            words = "; ".join(list(self._gone.values())[:_NAMED])
            hint = "try again later, or go on without them: --attachments link, or skip"
            raise TargetUnreachable(f"attachments cannot be fetched any more: {words}", hint=hint)

    def _note(self, kept: Sequence[tuple[Waiting, Blob]], failed: Sequence[_Failure]) -> None:
        # Two transactions would be two waits for the disk.
        with self._ledger.transaction():
            for waiting, blob in kept:
                self._ledger.files.kept(waiting.row, blob.sha256, blob.size)
            for waiting, failure in failed:
                self._ledger.files.failed(waiting.row, failure.code, failure.message, failure.hint)
        self.files += len(kept)
        self.bytes += sum(blob.size for _, blob in kept)
        self.failed += len(failed)
        self._progress.advance(len(kept) + len(failed))

    def _say(self) -> None:
        failed = f", {self.failed:,} could not be fetched" if self.failed else ""
        words = f"Attachments: {self.files:,} fetched ({human_size(self.bytes)}){failed}"
        self._progress.notice(Notice(words))


def _host(record: Attachment) -> str:
    try:
        return urlsplit(record.content_url or "").netloc.lower()
    except ValueError:
        return ""
