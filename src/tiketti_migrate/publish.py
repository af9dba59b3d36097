"""Publish: the attachments as a folder for a web server, under the names that messages link to."""

import os
import shutil
import threading
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from tiketti_migrate.blobs import Blobs, has_content
from tiketti_migrate.errors import Interrupted, Stopped, UsageError
from tiketti_migrate.exports import replace_file
from tiketti_migrate.file_names import published_path
from tiketti_migrate.progress import Progress
from tiketti_migrate.records import Attachment
from tiketti_migrate.store import FilesTally, Ledger

__all__ = ["Published", "publish"]

_MARKER = ".tiketti-migrate-published"
_MOST_NAMED = 20


@dataclass
class Published:
    """``files`` and ``bytes`` that are published now, ``new`` of them by this run; ``missing``: the first
    names of ``missing_count`` that are no longer in the workspace, or have another content there, ``held`` of
    which only the source has.
    """

    files: int = 0
    bytes: int = 0
    new: int = 0
    missing_count: int = 0
    held: int = 0
    missing: list[str] = field(default_factory=list)


def publish(
    ledger: Ledger, workspace: Path, folder: Path, progress: Progress, stopping: threading.Event
) -> Published:
    """Fill ``folder`` with what is kept in ``workspace``. Doing it again adds what is new.

    Raises UsageError for a folder that holds anything else, Stopped when it cannot be written, Interrupted.
    """
    _claim(folder, workspace)
    blobs, found = Blobs(workspace), Published()
    try:
        _write_settings(folder)
        progress.phase(
            "Publishing attachments", ledger.files.tallies().get("done", FilesTally()).files, "file"
        )
        for record in ledger.files.published():
            if stopping.is_set():
                raise Interrupted("stopped before all were published", hint="run the same command again")
            _publish(record, blobs, folder, found)
            progress.advance()
    except OSError as error:
        words = f"cannot be published: {error.strerror or error}"
        raise Stopped(words, where=str(folder), hint="mend it, then run the same command again") from error
    finally:
        progress.finish()
    return found


def _claim(folder: Path, workspace: Path) -> None:
    """The folder is ours: it bears our marker, or nothing at all."""
    if folder.resolve().is_relative_to((workspace / "attachments").resolve()):
        raise UsageError("this is where the attachments are kept", where=str(folder), hint="choose another")
    try:
        if folder.exists() and not (folder / _MARKER).is_file() and any(folder.iterdir()):
            hint = "choose an empty folder, or a new one"
            raise UsageError("this folder holds other files", where=str(folder), hint=hint)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / _MARKER).touch(mode=0o600)
    except OSError as error:
        raise UsageError(f"the folder cannot be made: {error.strerror}", where=str(folder)) from error


def _write_settings(folder: Path) -> None:
    """How servers are told that nothing in here may act, and that nobody may look for it."""
    hosting = files("tiketti_migrate") / "hosting"
    for name, source in (
        ("README.txt", "readme.txt"),
        ("robots.txt", "robots.txt"),
        (".htaccess", "htaccess"),
        ("_headers", "headers"),
    ):
        replace_file(folder / name, [(hosting / source).read_text()])


def _publish(record: Attachment, blobs: Blobs, folder: Path, found: Published) -> None:
    sha256 = record.sha256 or ""
    kept, target = blobs.path(sha256), folder / published_path(sha256, record.filename)
    if not sha256 or not has_content(kept, sha256):
        found.missing_count += 1
        found.held += record.content_url is None
        if len(found.missing) < _MOST_NAMED:
            found.missing.append(record.filename)
        if sha256:
            # The next run fetches it again, or finds it missing.
            blobs.set_aside(sha256)
            _withdraw(target, sha256)
        return
    found.files += 1
    found.bytes += kept.stat().st_size
    if target.is_file() and (target.samefile(kept) or has_content(target, sha256)):
        return
    target.parent.mkdir(mode=0o700, exist_ok=True)
    _put(kept, target)
    found.new += 1


def _withdraw(target: Path, sha256: str) -> None:
    """What bears a name that is not its own is not published."""
    if target.is_file() and not has_content(target, sha256):
        target.unlink()


def _put(source: Path, target: Path) -> None:
    """At once, so that a run that is killed leaves no half of a file under its name."""
    aside = target.with_name(".part")
    aside.unlink(missing_ok=True)
    try:
        os.link(source, aside)
    except OSError:
        # Another disk, or one that knows no links.
        shutil.copyfile(source, aside)
        aside.chmod(0o600)
    aside.replace(target)
