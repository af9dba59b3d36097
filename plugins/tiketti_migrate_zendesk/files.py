"""Files of an account export: found, told apart by their content, read line by line.

Facts: zendesk-format.md, "Containers". An export file holds one JSON object a line; API pages
(``{"users": [...]}``) and arrays are taken too as long as they are small enough to be read whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tiketti_migrate.api import Problem
from tiketti_migrate.errors import UsageError

__all__ = ["PARTS", "Line", "Part", "find_parts", "read_part"]

# The order in which parts are read: small tables that others lean on come first.
PARTS = ("ticket_fields", "organizations", "users", "tickets")
_LONGEST_LINE = 64 * 1024 * 1024
_LARGEST_DOCUMENT = 64 * 1024 * 1024
_SNIFFED_LINES = 20
_MOST_FILES = 100_000

Object = Mapping[str, Any]


class Part(NamedTuple):
    """One file and what it holds; ``document``: one JSON text instead of one object a line."""

    path: Path
    kind: str
    document: bool


class Line(NamedTuple):
    """One object and where it stands (``tickets.ndjson:17``)."""

    place: str
    data: Object


def find_parts(paths: Iterable[Path]) -> tuple[list[Part], list[Problem]]:
    """Every recognised file, in the order of PARTS, and a Problem for each that is none.

    Raises UsageError for a path that does not exist or cannot be read, or when nothing is recognised.
    """
    parts, problems = [], []
    looked_in = list(paths)
    for path in _files(looked_in):
        part = _recognised(path)
        if part is not None:
            parts.append(part)
        elif path.stat().st_size:
            problems.append(Problem("UNKNOWN_FILE", "holds no Zendesk objects that are known", path.name))
    if not parts:
        where = ", ".join(map(str, looked_in))
        hint = "give the folder or the files of a Zendesk JSON export"
        raise UsageError("there is no Zendesk data here", where=where, hint=hint)
    return sorted(parts, key=lambda part: (PARTS.index(part.kind), str(part.path))), problems


def read_part(part: Part, start: int = 0) -> Iterator[Line | Problem]:
    """Objects from line ``start`` on; a line that is no JSON object is a Problem and others go on."""
    if part.document:
        yield from _document_lines(part, start)
        return
    with part.path.open("rb") as file:
        for number, line in enumerate(_lines(file), start=1):
            if number <= start or not line.strip():
                continue
            yield _parsed(line, f"{part.path.name}:{number}")


def _lines(file: Any) -> Iterator[bytes]:
    first = True
    while line := file.readline(_LONGEST_LINE):
        yield line.removeprefix(b"\xef\xbb\xbf") if first else line
        first = False
        while len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            # The rest of a line that is too long belongs to it: it must not pass for a line of its own.
            line = file.readline(_LONGEST_LINE)


def _parsed(line: bytes, place: str) -> Line | Problem:
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Problem("BROKEN_LINE", f"is no JSON: {error}", place)
    if not isinstance(data, dict):
        return Problem("BROKEN_LINE", "is no JSON object", place)
    return Line(place, data)


def _document_lines(part: Part, start: int) -> Iterator[Line | Problem]:
    data = _document(part.path)
    items = data.get(part.kind) if isinstance(data, dict) else data
    for number, item in enumerate(items if isinstance(items, list) else [], start=1):
        if number <= start:
            continue
        place = f"{part.path.name}[{number}]"
        yield Line(place, item) if isinstance(item, dict) else Problem("BROKEN_ITEM", "is no object", place)


def _document(path: Path) -> Any:
    if path.stat().st_size > _LARGEST_DOCUMENT:
        return None
    try:
        return orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise UsageError("there is no such file or folder", where=str(path))
        try:
            found = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
            for file in islice(found, _MOST_FILES):
                if not file.name.startswith(".") and file.suffix.lower() not in (".md", ".txt"):
                    with file.open("rb"):
                        yield file
        except OSError as error:
            raise UsageError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _recognised(path: Path) -> Part | None:
    with path.open("rb") as file:
        for line in islice(_lines(file), _SNIFFED_LINES):
            parsed = _parsed(line, "") if line.strip() else None
            if isinstance(parsed, Line):
                kind = _kind_of(parsed.data)
                if kind is not None:
                    return Part(path, kind, document=False)
                break
    data = _document(path)
    if isinstance(data, dict):
        for kind in PARTS:
            if isinstance(data.get(kind), list):
                return Part(path, kind, document=True)
    if isinstance(data, list) and data and isinstance(data[0], dict) and (kind_ := _kind_of(data[0])):
        return Part(path, kind_, document=True)
    return None


def _kind_of(data: Object) -> str | None:
    """By the fields that only one kind has (zendesk-format.md, "Fields that matter")."""
    if "requester_id" in data or ("subject" in data and "status" in data):
        return "tickets"
    if "domain_names" in data or "organization_fields" in data:
        return "organizations"
    if "role" in data or ("email" in data and "name" in data):
        return "users"
    if "title" in data and "type" in data:
        return "ticket_fields"
    return None
