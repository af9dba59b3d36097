"""Files of an export: found without leaving the folders given, and read line by line in flat memory."""

import json
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import SourceError, UsageError
from tiketti_migrate_zendesk.values import text

__all__ = [
    "DOCUMENT_LIMIT",
    "LINE_LIMIT",
    "Broken",
    "Decoded",
    "File",
    "Line",
    "decode",
    "find",
    "read_lines",
]

LINE_LIMIT = 64 * 1024 * 1024
DOCUMENT_LIMIT = 64 * 1024 * 1024
_STEP = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class File:
    """A file with the name that people know it by."""

    path: Path
    name: str


class _Found(NamedTuple):
    """A directory entry; ``root`` is the folder that it must not lead out of."""

    path: Path
    name: str
    root: Path | None


class Line(NamedTuple):
    """Line ``number`` (from 1), which ends at byte ``end``; ``data`` is None when it is too long."""

    number: int
    end: int
    data: bytes | None


class Decoded(NamedTuple):
    """A JSON value; ``repaired``: characters that are not Unicode were replaced."""

    value: Any
    repaired: bool = False


class Broken(NamedTuple):
    """Why a text is no JSON."""

    reason: str


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


def read_lines(path: Path, number: int = 0, offset: int = 0) -> Iterator[Line]:
    """Lines with something in them after line ``number``, which ends at ``offset``. Raises OSError."""
    with path.open("rb", buffering=_STEP) as stream:
        stream.seek(offset)
        while data := stream.readline(LINE_LIMIT + 1):
            number, offset = number + 1, offset + len(data)
            if len(data) > LINE_LIMIT:
                # The rest of a line that is too long belongs to it: it must not pass for a line of its own.
                while not data.endswith(b"\n") and (data := stream.readline(_STEP)):
                    offset += len(data)
                yield Line(number, offset, None)
                continue
            data = data.removeprefix(_BOM) if number == 1 else data
            if not data.isspace():
                yield Line(number, offset, data)


def decode(data: bytes) -> Decoded | Broken:
    """The value in a JSON text."""
    try:
        return Decoded(orjson.loads(data))
    except orjson.JSONDecodeError:
        pass
    # The tolerant parser takes raw control characters and halves of surrogate pairs, which old tools write.
    words = data.removeprefix(_BOM).decode("utf-8", "replace")
    try:
        return Decoded(json.loads(words, strict=False), repaired=True)
    except json.JSONDecodeError as error:
        return Broken(f"{error.msg} at column {error.colno}")
    except (ValueError, RecursionError):
        return Broken("a number is too long or the nesting too deep")


def _below(folder: Path, problems: list[Problem]) -> Iterator[_Found]:
    def unreadable(error: OSError) -> None:
        problems.append(
            Problem("UNREADABLE_FILE", f"cannot be opened: {error.strerror}", str(error.filename))
        )

    root = folder.resolve()
    for place, folders, names in os.walk(root, onerror=unreadable):
        # What systems leave behind (.DS_Store, __MACOSX) is no part of an export.
        folders[:] = sorted(one for one in folders if not one.startswith((".", "__")))
        for name in sorted(one for one in names if not one.startswith(".")):
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
