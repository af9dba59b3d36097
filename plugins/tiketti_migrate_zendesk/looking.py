"""What a file is, told by its content: lines, one JSON text, a table, or nothing of an export."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import orjson

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.documents import WHOLE_LIMIT, read_document, whole
from tiketti_migrate_zendesk.entries import Entries, is_page
from tiketti_migrate_zendesk.files import File
from tiketti_migrate_zendesk.lines import read_lines
from tiketti_migrate_zendesk.recognise import COLLECTIONS, SINGLES, Item, Kind, host_of, kind_by_name
from tiketti_migrate_zendesk.tables import Table, read_table, recognise_table

__all__ = ["Form", "Part", "look_into", "read_part"]

Form = Literal["lines", "document", "table"]
_HEAD = 1024 * 1024
_LOOKED_AT = 50
_PLACES = 8
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n\x1e"
_TAR = slice(257, 262)
_BROKEN = frozenset({"BROKEN_FILE", "BROKEN_LINE", "BROKEN_RECORD", "LONG_LINE", "LONG_RECORD"})
_NO_RECORDS = "holds nothing of a Zendesk account that is known here"
# Keys that records have, too, say nothing about a page.
_IN_RECORDS = frozenset({"comments", "audits", "identities"})
_LIST_KEYS = re.compile(
    rb'"(%s)"\s*:\s*\[' % b"|".join(k.encode() for k in COLLECTIONS if k not in _IN_RECORDS)
)
_SCANNER = json.JSONDecoder(strict=False)


@dataclass(frozen=True)
class Part:
    """One usable file. ``kinds`` and ``hosts`` were seen where it was looked at; ``usual``: its main kind."""

    file: File
    kinds: frozenset[Kind]
    form: Form
    usual: Kind | None = None
    hosts: frozenset[str] = frozenset()
    table: Table | None = None


def look_into(file: File) -> Part | list[Problem]:
    """The file as a part, or why it is none. Raises OSError."""
    size = file.path.stat().st_size
    with file.path.open("rb") as stream:
        head = stream.read(_HEAD)
    start = head.removeprefix(_BOM).lstrip(_BLANK)
    if not start and size <= _HEAD:
        return [Problem("EMPTY_FILE", "is empty", file.name, lost=0)]
    if head[_TAR] == b"ustar":
        return [Problem("UNKNOWN_FILE", "is a tar archive: unpack it first", file.name, lost=0)]
    is_json = start.startswith((b"{", b"["))
    table = None if is_json else recognise_table(head, file.name)
    if table is not None:
        kinds: frozenset[Kind] = frozenset({table.kind} if table.kind else ())
        part = Part(file, kinds, "table", table.kind, table=table)
        return _with_look(part) if kinds else _left_out(part)
    if not is_json and b"\n{" not in head:
        words = "is no JSON and no table of a Zendesk account"
        return [Problem("UNKNOWN_FILE", words, file.name, lost=0)]
    form = _form(head, whole=size <= _HEAD)
    part = _with_look(Part(file, frozenset(), form))
    if not part.kinds:
        part = _with_look(Part(file, frozenset(), form, kind_by_name(file.name)))
    return part if part.kinds else _left_out(part)


def read_part(part: Part) -> Iterator[Item | Problem]:
    """Everything in the file, in flat memory, as often as asked. Raises OSError."""
    entries = Entries(part.file.name, part.usual)
    if part.table is not None:
        return read_table(part.file.path, part.file.name, part.table, entries)
    read = read_lines if part.form == "lines" else read_document
    return read(part.file.path, part.file.name, entries)


def _form(head: bytes, *, whole: bool) -> Form:
    """``head`` begins with a JSON text; ``whole``: it is all of the file."""
    lines = [
        line for line in head.removeprefix(_BOM).split(b"\n")[: None if whole else -1] if line.strip(_BLANK)
    ]
    if not lines:
        return "document"
    if _is_record(lines[0]) or _is_json(lines[0]):
        return "lines"
    words = head.removeprefix(_BOM).lstrip(_BLANK).decode("utf-8", "replace")
    try:
        _SCANNER.raw_decode(words)
        return "document"
    except json.JSONDecodeError as error:
        if not whole and (error.pos > len(words) - 16 or error.msg.startswith("Unterminated string")):
            return "document"
    except (ValueError, RecursionError):
        return "document"
    # Either the first of many lines is broken, or the one text is.
    alone = sum(map(_is_record, lines))
    in_list = sum(line.rstrip(_BLANK).endswith(b",") and _is_record(line.rstrip(b", \t\r")) for line in lines)
    return "lines" if alone > in_list else "document"


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def _is_record(line: bytes) -> bool:
    line = line.strip(_BLANK)
    return line.startswith(b"{") and line.endswith(b"}") and _is_json(line)


def _with_look(part: Part) -> Part:
    kinds: Counter[Kind] = Counter()
    hosts: set[str] = set()
    for one in _looked_at(part):
        if isinstance(one, Item):
            kinds[one.kind] += 1
            host = host_of(one.raw)
            hosts |= {host} if host else set()
    usual = kinds.most_common(1)[0][0] if kinds else part.usual
    seen = part.kinds | kinds.keys() | _kinds_of_pages(part)
    return Part(part.file, seen, part.form, usual, frozenset(hosts), part.table)


def _looked_at(part: Part) -> Iterator[Item | Problem]:
    yield from islice(read_part(part), _LOOKED_AT)
    if part.form == "lines":
        entries = Entries(part.file.name, part.usual)
        for line in _lines_inside(part.file.path):
            yield from islice(entries.of(line, part.file.name), _LOOKED_AT)


def _lines_inside(path: Path) -> Iterator[Any]:
    """Some of those that lie further behind: whatever the order, a file's kinds should be known."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        for place in range(_PLACES):
            stream.seek(size * place // _PLACES)
            if place:
                stream.readline(_HEAD)
            try:
                yield orjson.loads(stream.readline(_HEAD))
            except ValueError:
                continue


def _kinds_of_pages(part: Part) -> frozenset[Kind]:
    """What pages are meant to hold, be it empty or far behind."""
    path = part.file.path
    if part.form == "lines":
        pages = list(_lines_inside(path))
    elif part.form == "document" and (value := whole(path)) is not None:
        pages = value if isinstance(value, list) else [value]
    else:
        return _kinds_at_the_end(path) if part.form == "document" else frozenset()
    return frozenset(
        kind
        for page in pages
        if isinstance(page, dict) and is_page(page)
        for key, one in page.items()
        if (kind := (COLLECTIONS if isinstance(one, list) else SINGLES).get(key)) is not None
    )


def _kinds_at_the_end(path: Path) -> frozenset[Kind]:
    """Small lists come behind the large one in pages made by hand."""
    with path.open("rb") as stream:
        if not stream.read(_HEAD).removeprefix(_BOM).lstrip(_BLANK).startswith(b"{"):
            return frozenset()
        stream.seek(max(0, path.stat().st_size - WHOLE_LIMIT))
        keys = {found.decode() for found in _LIST_KEYS.findall(stream.read(WHOLE_LIMIT))}
    return frozenset(COLLECTIONS[key] for key in keys)


def _left_out(part: Part) -> list[Problem]:
    """Why nothing of the file is read."""
    name = part.file.name
    head = [one for one in islice(read_part(part), _LOOKED_AT) if isinstance(one, Problem)]
    codes = {one.code for one in head}
    if codes & _BROKEN and (kind_by_name(name) or ".json" in name.lower()):
        return head
    if codes - {"NOT_READ"} - _BROKEN or codes & _BROKEN:
        return [Problem("UNKNOWN_FILE", _NO_RECORDS, name, lost=0)]
    found = [one for one in read_part(part) if isinstance(one, Problem) and one.code == "NOT_READ"]
    return found or [Problem("EMPTY_FILE", "holds no records", name, lost=0)]
