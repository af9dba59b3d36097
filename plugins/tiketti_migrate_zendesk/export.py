"""An export as a whole: which files hold what, and whose account it is."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import UsageError
from tiketti_migrate_zendesk.files import (
    DOCUMENT_LIMIT,
    LINE_LIMIT,
    Broken,
    Decoded,
    File,
    Line,
    decode,
    find,
    read_lines,
)
from tiketti_migrate_zendesk.recognise import (
    ORDER,
    Item,
    Kind,
    expand,
    host_of,
    kind_by_name,
    kind_of,
    page_kinds,
)
from tiketti_migrate_zendesk.values import text

__all__ = ["Export", "Part", "Step", "open_export", "read_part"]

_LINES_LOOKED_AT = 20
_MEBIBYTE = 1024 * 1024
_HEAD = 4096
_NO_RECORDS = (
    "holds no tickets, users, organizations or ticket fields (comments are read only inside their ticket)"
)
_FOREIGN = (
    (b"PK\x03\x04", "is a zip archive: unpack it first"),
    (b"\x1f\x8b", "is compressed with gzip: unpack it first"),
    (b"\xff\xfe", "is text in UTF-16: convert it to UTF-8"),
    (b"\xfe\xff", "is text in UTF-16: convert it to UTF-8"),
)


@dataclass(frozen=True)
class Part:
    """One usable file. ``whole``: one JSON text over many lines, else one a line."""

    file: File
    usual: Kind | None
    kinds: frozenset[Kind]
    host: str | None
    whole: bool


@dataclass(frozen=True)
class Export:
    """The usable files in reading order, a Problem for each other one, the account's host if it is named."""

    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]
    host: str | None
    fingerprint: str


@dataclass(frozen=True)
class Step:
    """What one line (or one whole document) holds; reading can go on behind ``line`` and ``offset``."""

    line: int
    offset: int
    entries: Iterable[Item | Problem]
    repaired: bool = False


def open_export(paths: Iterable[Path]) -> Export:
    """Look into every file. Raises UsageError or SourceError when there is nothing to read."""
    looked_in = tuple(paths)
    files, problems = find(looked_in)
    parts: list[Part] = []
    for file in files:
        try:
            part = _look_into(file)
        except OSError as error:
            part = Problem("UNREADABLE_FILE", f"cannot be read: {error.strerror}", file.name)
        problems.append(part) if isinstance(part, Problem) else parts.append(part)
    if not parts:
        raise _nothing(looked_in, problems)
    parts.sort(key=_rank)
    return Export(tuple(parts), tuple(problems), _one_host(parts), _fingerprint(parts))


def read_part(part: Part, line: int = 0, offset: int = 0) -> Iterator[Step]:
    """Everything in a file behind ``offset``. Raises OSError."""
    if part.whole:
        data = part.file.path.read_bytes()
        yield _step(part, Line(1, len(data), data), part.file.name)
        return
    for found in read_lines(part.file.path, line, offset):
        yield _step(part, found, f"{part.file.name}:{found.number}")


def _step(part: Part, line: Line, where: str) -> Step:
    if line.data is None:
        words = f"the line is longer than {LINE_LIMIT // _MEBIBYTE} MiB: split it"
        return Step(line.number, line.end, [Problem("LONG_LINE", words, where)])
    found = decode(line.data)
    if isinstance(found, Broken):
        return Step(line.number, line.end, [Problem("BROKEN_LINE", f"is no JSON: {found.reason}", where)])
    return Step(line.number, line.end, expand(found.value, part.usual, where), found.repaired)


def _look_into(file: File) -> Part | Problem:
    size = file.path.stat().st_size
    with file.path.open("rb") as stream:
        head = stream.read(_HEAD)
    for magic, words in _FOREIGN:
        if head.startswith(magic):
            return Problem("UNKNOWN_FILE", words, file.name, lost=0)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start and size <= _HEAD:
        return Problem("EMPTY_FILE", "is empty", file.name, lost=0)
    if not start.startswith((b"{", b"[")) and b"\n{" not in head:
        return Problem("UNKNOWN_FILE", "is no JSON", file.name, lost=0)
    part = _by_lines(file)
    if part is not None:
        return part
    if size > DOCUMENT_LIMIT:
        words = (
            f"is no export with an object a line, and too large ({size // _MEBIBYTE} MiB) for one JSON text"
        )
        return Problem(
            "UNKNOWN_FILE", f"{words} (up to {DOCUMENT_LIMIT // _MEBIBYTE} MiB)", file.name, lost=0
        )
    return Problem("UNKNOWN_FILE", _NO_RECORDS, file.name, lost=0)


def _by_lines(file: File) -> Part | None:
    """The file as one JSON text a line, unless its first line is only the start of a larger text."""
    seen = _Seen(file)
    for line in islice(read_lines(file.path), _LINES_LOOKED_AT):
        found = decode(line.data) if line.data is not None else Broken("too long")
        if isinstance(found, Decoded):
            seen.add(found.value)
        elif not seen.tried_whole and not seen.kinds and file.path.stat().st_size <= DOCUMENT_LIMIT:
            seen.tried_whole = True
            if (part := _as_document(file)) is not None:
                return part
        if seen.host is not None:
            break
    return seen.part(whole=False)


def _as_document(file: File) -> Part | None:
    found = decode(file.path.read_bytes())
    if isinstance(found, Broken):
        return None
    seen = _Seen(file)
    seen.add(found.value)
    return seen.part(whole=True)


class _Seen:
    """What the first objects of a file tell about it."""

    def __init__(self, file: File) -> None:
        self.kinds: Counter[Kind] = Counter()
        self.host: str | None = None
        self.tried_whole = False
        self._file = file
        self._by_name = kind_by_name(file.name)

    def add(self, value: Any) -> None:
        self.kinds.update(page_kinds(value))
        first = value[0] if isinstance(value, list) and value else value
        # The name breaks the tie only where the fields leave the kind open.
        usual = None if isinstance(first, dict) and kind_of(first) else self._by_name
        for entry in islice(expand(value, usual, self._file.name), _LINES_LOOKED_AT):
            if isinstance(entry, Item):
                self.kinds[entry.kind] += 1
                self.host = self.host or host_of(entry.raw)

    def part(self, *, whole: bool) -> Part | None:
        if not self.kinds:
            return None
        usual = self.kinds.most_common(1)[0][0]
        return Part(self._file, usual, frozenset(self.kinds), self.host, whole)


def _rank(part: Part) -> tuple[int, str]:
    return max(ORDER.index(kind) for kind in part.kinds), part.file.name


def _one_host(parts: Iterable[Part]) -> str | None:
    hosts = sorted({part.host for part in parts if part.host})
    # An account may have a host of its own beside its subdomain; two subdomains are two accounts.
    accounts = [host for host in hosts if host.endswith(".zendesk.com")] or hosts
    if len(accounts) > 1:
        hint = "their ids collide: import each account into a workspace of its own"
        raise UsageError(f"the files are of different accounts: {', '.join(accounts)}", hint=hint)
    return accounts[0] if accounts else None


def _nothing(paths: tuple[Path, ...], problems: list[Problem]) -> UsageError:
    where = ", ".join(text(str(path)) for path in paths)
    hint = "give the folder or the files of the account's JSON export"
    words = "there is no Zendesk data here"
    if len(problems) == 1:
        words += f": {problems[0].where} {problems[0].message}"
    elif problems:
        words += f": none of the {len(problems)} files is of an account export"
    return UsageError(words, where=where, hint=hint)


def _fingerprint(parts: Iterable[Part]) -> str:
    """Changes when a file comes, goes or changes: a cursor is good only for the files it was made in."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        state = part.file.path.stat()
        digest.update(os.fsencode(part.file.path) + f"\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
    return digest.hexdigest()
