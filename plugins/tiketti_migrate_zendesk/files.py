"""Files of an export, found without leaving the folders given."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import SourceError, UsageError
from tiketti_migrate_zendesk.values import text

__all__ = ["File", "find", "hidden", "is_hidden", "is_left_behind"]

_LEFT_BEHIND = ("__MACOSX", ".DS_Store", "._", ".Trash", ".Spotlight-", ".fseventsd", ".localized")
_SHOWN = 5


@dataclass(frozen=True)
class File:
    """A file with the name that people know it by, such as ``export.zip/tickets.json``."""

    path: Path
    name: str


class _Found(NamedTuple):
    """A directory entry; ``root`` is the folder that it must not lead out of."""

    path: Path
    name: str
    root: Path | None


def find(paths: Iterable[Path]) -> tuple[list[File], list[Problem]]:
    """All regular files, in a stable order, and what could not be looked into.

    Raises UsageError for a path that does not exist, SourceError for one that may not be read.
    """
    files: dict[Path, File] = {}
    problems: list[Problem] = []
    for path in paths:
        if not path.exists():
            raise UsageError("there is no such file or folder", where=_name(path))
        if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
            raise SourceError("may not be read", where=_name(path), hint="change its permissions")
        for found in _below(path, problems) if path.is_dir() else [_Found(path, path.name, None)]:
            file = _usable(found, problems)
            if file is not None:
                files.setdefault(file.path, file)
    return _with_distinct_names(
        sorted(files.values(), key=lambda file: (file.name, str(file.path)))
    ), problems


def is_left_behind(name: str) -> bool:
    """Whether a file or folder is what systems leave behind (.DS_Store, __MACOSX): not worth a word."""
    return name.startswith(_LEFT_BEHIND)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is meant not to be seen: not read."""
    return name.startswith(".") and name != "." and not name.startswith("..")


def hidden(names: Iterable[str], where: str) -> Iterator[Problem]:
    """What is said of those with such ``names``, if there are any."""
    if told := sorted(text(name) for name in names if not is_left_behind(name)):
        shown = ", ".join([*told[:_SHOWN], *(["..."] if len(told) > _SHOWN else [])])
        words = f"{len(told):,} hidden files or folders are not read ({shown}): rename what is of the export"
        yield Problem("HIDDEN_FILE", words, where, lost=0)


def _below(folder: Path, problems: list[Problem]) -> Iterator[_Found]:
    def unreadable(error: OSError) -> None:
        problems.append(
            Problem("UNREADABLE_FILE", f"cannot be opened: {error.strerror}", text(str(error.filename)))
        )

    root = folder.resolve()
    for place, folders, names in os.walk(root, onerror=unreadable):
        problems.extend(hidden(filter(is_hidden, (*folders, *names)), _name(Path(place))))
        folders[:] = sorted(one for one in folders if not (is_hidden(one) or is_left_behind(one)))
        for name in sorted(one for one in names if not (is_hidden(one) or is_left_behind(one))):
            path = Path(place, name)
            yield _Found(path, str(path.relative_to(root)), root)


def _usable(found: _Found, problems: list[Problem]) -> File | None:
    name = text(found.name)
    try:
        path = found.path.resolve(strict=True)
        if found.root is not None and not path.is_relative_to(found.root):
            problems.append(Problem("LINK_OUTSIDE", "is a link out of the folder: not followed", name))
        elif not stat.S_ISREG(path.stat().st_mode):
            problems.append(Problem("UNKNOWN_FILE", "is no regular file", name, lost=0))
        elif not os.access(path, os.R_OK):
            problems.append(Problem("UNREADABLE_FILE", "may not be read: change its permissions", name))
        else:
            return File(path, name)
    except (OSError, RuntimeError) as error:
        problems.append(Problem("UNREADABLE_FILE", f"cannot be opened: {text(str(error))}", name))
    return None


def _with_distinct_names(files: list[File]) -> list[File]:
    names = Counter(file.name for file in files)
    return [File(file.path, _name(file.path)) if names[file.name] > 1 else file for file in files]


def _name(path: Path) -> str:
    return text(str(path))
