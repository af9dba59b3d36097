"""Where Maildir folders lie below a path, and what they are called."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import SourceError, UsageError
from tiketti_migrate.file_names import shown_name
from tiketti_migrate_mail.folder_names import name_of

__all__ = ["find_maildirs"]

_OWN = frozenset({b"cur", b"new", b"tmp"})
# KMail: what is below the folder Inbox lies in .Inbox.directory.
_OF_KMAIL = b".directory"
# Deeper ones are no folders of people.
_DEEPEST = 40


def find_maildirs(paths: Sequence[Path], problems: list[Problem]) -> Iterator[tuple[str, bytes, bytes]]:
    """Name, path, and the path that was given, of all Maildir folders in a stable order.

    Raises UsageError for a path that is no folder, SourceError for one that may not be read.
    """
    seen: set[bytes] = set()
    for path in paths:
        if not path.is_dir():
            words = (
                "is a file, and Maildir is made of folders" if path.exists() else "there is no such folder"
            )
            hint = "read it with `tiketti-migrate import mbox`" if path.exists() else None
            raise UsageError(words, where=str(path), hint=hint)
        if not os.access(path, os.R_OK | os.X_OK):
            raise SourceError("may not be read", where=str(path), hint="change its permissions")
        root = os.fsencode(path.resolve())
        above = (os.path.basename(root),) if len(paths) > 1 else ()
        for levels, found in _below(root, root, (), problems):
            if found not in seen:
                seen.add(found)
                yield name_of([_text(one) for one in (*above, *(levels or (b"INBOX",)))]), found, root


def _below(
    folder: bytes, root: bytes, levels: tuple[bytes, ...], problems: list[Problem]
) -> Iterator[tuple[tuple[bytes, ...], bytes]]:
    folders = _folders_in(folder, root, problems)
    is_one = not _OWN.isdisjoint(folders)
    if is_one:
        yield levels, folder
    for name in folders:
        path = os.path.join(folder, name)
        if name in _OWN or len(levels) >= _DEEPEST:
            continue
        if name.startswith(b".") and name.endswith(_OF_KMAIL):
            yield from _below(path, root, (*levels, name[1 : -len(_OF_KMAIL)]), problems)
        elif name.startswith(b"."):
            # Maildir++: a dot before each level. Other hidden folders are nobody's mail.
            if is_one and _is_maildir(path):
                yield from _below(path, root, (*levels, *filter(None, name.split(b"."))), problems)
        else:
            own = tuple(filter(None, name.split(b"."))) if name.upper().startswith(b"INBOX.") else (name,)
            yield from _below(path, root, (*levels, *own), problems)


def _folders_in(folder: bytes, root: bytes, problems: list[Problem]) -> list[bytes]:
    found = []
    try:
        with os.scandir(folder) as listing:
            for one in listing:
                if not one.is_dir():
                    continue
                if one.is_symlink():
                    real = os.path.realpath(one.path)
                    if not real.startswith(os.path.join(root, b"")):
                        words = "is a link out of the folder: not followed; name where it leads, too"
                        problems.append(Problem("LINK_OUTSIDE", words, shown_name(os.fsdecode(one.path))))
                    continue
                found.append(one.name)
    except OSError as error:
        words = f"cannot be read: {error.strerror}"
        problems.append(Problem("UNREADABLE_FILE", words, shown_name(os.fsdecode(folder))))
    return sorted(found)


def _is_maildir(path: bytes) -> bool:
    return os.path.isdir(os.path.join(path, b"cur")) or os.path.isdir(os.path.join(path, b"new"))


def _text(name: bytes) -> str:
    """Modified UTF-7 (RFC 3501, 5.1.3) where it is that, else UTF-8."""
    if b"&" in name and name.isascii():
        # Costs a tenth of a second to load, and few folders need it.
        from imapclient.imap_utf7 import decode, encode

        with suppress(ValueError):
            text: str = decode(name)
            if encode(text) == name:
                return text
    return name.decode("utf-8", "replace")
