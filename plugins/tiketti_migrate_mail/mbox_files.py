"""Which files are mailboxes, and what their folders are called.

Told by how a file begins, not by its ending: Thunderbird's have none, those of Mailman end in .txt.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import SourceError, UsageError
from tiketti_migrate.file_names import shown_name
from tiketti_migrate_mail.folder_names import name_of
from tiketti_migrate_mail.mail_archives import BEGIN, Member, Unpacking, is_packed
from tiketti_migrate_mail.mbox_lines import is_known_field
from tiketti_migrate_mail.mbox_scan import looks_like_mbox

__all__ = ["MailFile", "find_files", "folder_of", "is_mail"]

_MAILBOXES = (".mbox", ".mbx", ".mboxrd", ".mboxo", ".mbs")
_SINGLE = (".eml", ".emlx")
_PACKED = (".gz", ".bz2", ".xz", ".tgz", ".zip", ".tar")
_FOREIGN = {
    ".msg": "is a mail of Outlook: save it as .eml, or convert it with msgconvert",
    ".pst": "is a file of Outlook: convert it with readpst -r (pst-utils), then name the folder it makes",
    ".ost": "is a copy that Outlook keeps of a server's mailbox: read that over IMAP, or export a .pst",
    ".dbx": "is a folder of Outlook Express: convert it with readdbx (libdbx)",
    ".olm": "is an archive of Outlook for Mac: import it into Apple Mail, and export from there",
    ".nsf": "is a database of Notes: export its mails as .eml",
}
# KMail: what is below the folder Inbox lies in .Inbox.directory.
_OF_KMAIL = ".directory"
_UW_MBX = b"*mbx*\r\n"
_SHOWN = 5


class MailFile(NamedTuple):
    """An mbox file, or a single mail. ``folder``: its name, ``told``: the file for people, unlike others."""

    path: Path
    folder: str
    told: str
    is_mbox: bool


class _Candidate(NamedTuple):
    """``names``: the levels of its name below the path that was given, whose own name is ``root``."""

    path: Path
    names: tuple[str, ...]
    root: str
    told: str


def find_files(paths: Iterable[Path], unpacking: Unpacking, problems: list[Problem]) -> Iterator[MailFile]:
    """All that is mail in files, folders and archives, in a stable order.

    Raises UsageError for a path that does not exist, SourceError for one that may not be read and when there
    is no room to unpack.
    """
    seen: set[Path] = set()
    told: set[str] = set()
    for path in paths:
        others: list[str] = []
        for candidate in _candidates(path, problems):
            if candidate.path in seen:
                continue
            seen.add(candidate.path)
            if candidate.told in told:
                candidate = candidate._replace(told=_text(str(candidate.path)))
            told.add(candidate.told)
            try:
                yield from _opened(candidate, unpacking, problems, others)
            except OSError as error:
                problems.append(_unreadable(candidate.told, error))
        if others:
            shown = ", ".join([*others[:_SHOWN], *(["..."] if len(others) > _SHOWN else [])])
            words = f"{len(others):,} files are no mailboxes and are not read ({shown})"
            problems.append(Problem("NO_MAILBOX", words, _text(str(path)), lost=0))


def is_mail(begin: bytes, name: str) -> bool:
    """Whether a file that begins so, and is called so, is an mbox file or a single mail."""
    return _is_mbox(begin, name) or _is_single(begin, name)


def folder_of(names: Sequence[str], root: str) -> str:
    """The name of the folder that a file holds: ``Inbox.sbd/Sub`` is ``Inbox/Sub`` (Thunderbird),
    ``Sent.mbox/mbox`` is ``Sent`` (Apple Mail), ``Takeout/Mail/Sent.mbox`` is ``Sent`` (Google).

    ``root`` is what contains them all.
    """
    levels = list(names)
    if "Takeout" in levels[:-1]:
        levels = levels[min(levels.index("Takeout") + 2, len(levels) - 1) :]
    if len(levels) > 2 and levels[0] in ("Mail", "ImapMail", "News"):
        # Thunderbird: the account comes next.
        levels = levels[2:]
    levels = [_bare(level) for level in levels]
    # Mailman's archives.
    levels[-1] = levels[-1].removesuffix(".txt")
    if levels[-1].casefold() == "mbox":
        levels.pop()
    return name_of(levels) or name_of([_bare(root)]) or "Mail"


def _opened(
    candidate: _Candidate, unpacking: Unpacking, problems: list[Problem], others: list[str]
) -> Iterator[MailFile]:
    with candidate.path.open("rb") as stream:
        begin = stream.read(BEGIN)
    name = candidate.names[-1]
    if is_packed(begin) and not _foreign(name):
        is_any = False
        for found in unpacking.open(candidate.path, candidate.told, is_mail):
            is_any = True
            if isinstance(found, Member):
                yield from _member(candidate, found)
            else:
                problems.append(found)
        if not is_any:
            others.append(_text(name))
    elif words := _foreign(name) or _unlike(begin):
        problems.append(Problem("FOREIGN_MAILBOX", words, candidate.told))
    elif is_mail(begin, name):
        yield _file(candidate, begin)
    elif begin:
        others.append(_text(name))


def _member(candidate: _Candidate, found: Member) -> Iterator[MailFile]:
    with found.path.open("rb") as stream:
        begin = stream.read(BEGIN)
    names = found.names or candidate.names
    yield _file(_Candidate(found.path, names, candidate.root, found.told), begin)


def _file(candidate: _Candidate, begin: bytes) -> MailFile:
    """A single mail lies in the folder of its file."""
    is_mbox = not _is_single(begin, candidate.names[-1])
    if is_mbox:
        folder = folder_of(candidate.names, candidate.root)
    else:
        above = candidate.names[:-1]
        mailboxes = [n for n, level in enumerate(above) if level.endswith(".mbox")]
        # Below X.mbox, Apple Mail keeps mails in folders of numbers.
        above = above[: mailboxes[-1] + 1] if mailboxes else above
        folder = folder_of(above, candidate.root) if above else name_of([_bare(candidate.root)]) or "Mail"
    return MailFile(candidate.path, folder, candidate.told, is_mbox)


def _candidates(path: Path, problems: list[Problem]) -> Iterator[_Candidate]:
    if not path.exists():
        raise UsageError("there is no such file or folder", where=_text(str(path)))
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise SourceError("may not be read", where=_text(str(path)), hint="change its permissions")
    real = path.resolve()
    if not path.is_dir():
        yield _Candidate(real, (path.name,), real.parent.name, _text(path.name))
        return
    for place, folders, names in os.walk(real, onerror=lambda error: problems.append(_unreadable("", error))):
        if {"cur", "new"} <= set(folders):
            words = "is a Maildir folder: read it with `tiketti-migrate import maildir`"
            problems.append(Problem("MAILDIR", words, _text(place)))
            folders[:] = []
            continue
        folders[:] = sorted(one for one in folders if not _is_hidden(one))
        for name in sorted(one for one in names if not _is_hidden(one)):
            found = Path(place, name)
            if _is_usable(found, real, problems):
                levels = found.relative_to(real).parts
                yield _Candidate(found, levels, real.name, _text("/".join(levels)))


def _is_usable(path: Path, root: Path, problems: list[Problem]) -> bool:
    told = _text(str(path.relative_to(root)))
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root):
            problems.append(Problem("LINK_OUTSIDE", "is a link out of the folder: not followed", told))
            return False
        return stat.S_ISREG(real.stat().st_mode)
    except (OSError, RuntimeError) as error:
        problems.append(_unreadable(told, error))
        return False


def _is_mbox(begin: bytes, name: str) -> bool:
    if looks_like_mbox(begin):
        return True
    ending = PurePath(_unpacked_name(name)).suffix.casefold()
    is_named = ending in _MAILBOXES or name == "mbox"
    return is_named and b"\0" not in begin


def _is_single(begin: bytes, name: str) -> bool:
    name = _unpacked_name(name).casefold()
    if name.endswith(_SINGLE):
        return True
    # MH, Sylpheed and Claws number mails.
    return name.isdigit() and is_known_field(begin)


def _unlike(begin: bytes) -> str:
    """Why a file that is called like an mbox file is none; "" where nothing is known against it."""
    if begin.startswith(_UW_MBX):
        return "is a mailbox in the mbx format of UW IMAP: convert it with mailutil copy"
    if b"\n" not in begin and begin.startswith(b"From ") and b"\r" in begin:
        return "has line ends of old Macs: convert it with tr '\\r' '\\n'"
    return ""


def _foreign(name: str) -> str:
    return _FOREIGN.get(PurePath(name).suffix.casefold(), "")


def _unpacked_name(name: str) -> str:
    path = PurePath(name)
    return path.stem if path.suffix.casefold() in _PACKED else name


def _bare(level: str) -> str:
    path = PurePath(_unpacked_name(level.removesuffix(_OF_KMAIL).lstrip(".")))
    return path.stem if path.suffix.casefold() in (*_MAILBOXES, ".sbd") else str(path)


def _is_hidden(name: str) -> bool:
    return (name.startswith(".") and not name.endswith(_OF_KMAIL)) or name == "__MACOSX"


def _unreadable(told: str, error: Exception) -> Problem:
    where = told or str(getattr(error, "filename", ""))
    words = getattr(error, "strerror", None) or str(error)
    return Problem("UNREADABLE_FILE", f"cannot be opened: {words}", _text(where))


def _text(name: str) -> str:
    return shown_name(os.fsencode(name).decode("utf-8", "replace"))
