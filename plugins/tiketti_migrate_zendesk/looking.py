"""What a file is, told by its content: lines, one JSON text, a table, or nothing of an export."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Literal

import orjson

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.brands import BrandHosts, brand_hosts
from tiketti_migrate_zendesk.documents import WHOLE_LIMIT, read_document, whole
from tiketti_migrate_zendesk.entries import Entries, is_page
from tiketti_migrate_zendesk.files import File
from tiketti_migrate_zendesk.jsontext import Broken, decode
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
    """One usable file. ``kinds`` and ``hosts`` were seen where it was looked at; ``usual``: its main kind.

    ``brands``: all that are in it; None where not all of it was looked at.
    """

    file: File
    kinds: frozenset[Kind]
    form: Form
    usual: Kind | None = None
    hosts: frozenset[str] = frozenset()
    table: Table | None = None
    brands: tuple[BrandHosts, ...] | None = None


def look_into(file: File) -> Part | list[Problem]:
    """The file as a part, or why it is none. Raises OSError."""
    size = file.path.stat().st_size
    with file.path.open("rb") as stream:
        head = stream.read(_HEAD).removeprefix(_BOM)
    start = head.lstrip(_BLANK)
    if not start and size <= _HEAD:
        return [Problem("EMPTY_FILE", "is empty", file.name, lost=0)]
    is_json = start.startswith((b"{", b"["))
    table = None if is_json else recognise_table(head, file.name)
    if table is not None:
        kinds: frozenset[Kind] = frozenset({table.kind} if table.kind else ())
        part = Part(file, kinds, "table", table.kind, table=table)
        return _with_look(part, []) if kinds else _left_out(part)
    if not is_json and b"\n{" not in head:
        return [Problem("UNKNOWN_FILE", _foreign(head, start), file.name, lost=0)]
    lines = head if size > _HEAD else head + b"\n"
    form, first = _form(file.path, lines, size)
    values = [*first, *_further(file.path, _lines_of(lines)[1:], size)] if form == "lines" else first
    part = _with_look(Part(file, frozenset(), form), values)
    if not part.kinds:
        part = _with_look(Part(file, frozenset(), form, kind_by_name(file.name)), values)
    if not part.kinds:
        return _left_out(part)
    return part if values and (form == "document" or size <= _HEAD) else replace(part, brands=None)


def read_part(part: Part) -> Iterator[Item | Problem]:
    """Everything in the file, in flat memory, as often as asked. Raises OSError."""
    entries = Entries(part.file.name, part.usual)
    if part.table is not None:
        return read_table(part.file.path, part.file.name, part.table, entries)
    read = read_lines if part.form == "lines" else read_document
    return read(part.file.path, part.file.name, entries)


def _foreign(head: bytes, start: bytes) -> str:
    if head[_TAR] == b"ustar":
        return "is a tar archive: unpack it first"
    if start.startswith(b"<"):
        return "is XML or HTML: export the account as JSON"
    return "is no JSON and no table of a Zendesk account"


def _form(path: Path, head: bytes, size: int) -> tuple[Form, list[Any]]:
    """How a file is written that begins with ``head``, and what was understood of it on the way."""
    line, end, _ = head.lstrip(_BLANK).partition(b"\n")
    if end:
        with suppress(ValueError):
            return "lines", [orjson.loads(line)]
    if (value := _whole_or_mended(path, size)) is not None:
        return "document", value if isinstance(value, list) else [value]
    return _form_of_long(head, _lines_of(head), is_all=size <= _HEAD), []


def _whole_or_mended(path: Path, size: int) -> Any:
    """The one value of a small file, be it with halves of characters in it; None where that is not all."""
    if size > WHOLE_LIMIT:
        return None
    if (value := whole(path)) is not None:
        return value
    found = decode(path.read_bytes())
    return None if isinstance(found, Broken) else found.value


def _form_of_long(head: bytes, lines: list[bytes], *, is_all: bool) -> Form:
    words = head.lstrip(_BLANK).decode("utf-8", "replace")
    try:
        _SCANNER.raw_decode(words)
        return "document"
    except json.JSONDecodeError as error:
        if not is_all and (error.pos > len(words) - 16 or error.msg.startswith("Unterminated string")):
            return "document"
    except (ValueError, RecursionError):
        return "document"
    # Either the first of many lines is broken, or the one text is.
    alone = sum(map(_is_record, lines))
    in_list = sum(line.rstrip(_BLANK).endswith(b",") and _is_record(line.rstrip(b", \t\r")) for line in lines)
    return "lines" if alone > in_list else "document"


def _lines_of(head: bytes) -> list[bytes]:
    """All that have an end and something in them."""
    return [line for line in head.split(b"\n")[:-1] if line.strip(_BLANK)]


def _is_record(line: bytes) -> bool:
    line = line.strip(_BLANK)
    if not (line.startswith(b"{") and line.endswith(b"}")):
        return False
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def _with_look(part: Part, values: list[Any]) -> Part:
    """``values``: those seen of the file; none of a table and of what comes only bit by bit."""
    kinds: Counter[Kind] = Counter()
    hosts: set[str | None] = set()
    brands: dict[BrandHosts, None] = {}
    seen = set(part.kinds)
    entries = Entries(part.file.name, part.usual)
    found = [one for value in values for one in entries.of(value, part.file.name)]
    for one in found if values else islice(read_part(part), _LOOKED_AT):
        if isinstance(one, Item):
            kinds[one.kind] += 1
            hosts.add(host_of(one.raw))
            if one.kind == "brand":
                brands[brand_hosts(one.raw)] = None
    for value in values:
        seen |= _kinds_of_page(value)
    if part.form == "document" and not values:
        seen |= _kinds_at_the_end(part.file.path)
    usual = kinds.most_common(1)[0][0] if kinds else part.usual
    return replace(
        part,
        kinds=frozenset(seen | kinds.keys()),
        usual=usual,
        hosts=frozenset(filter(None, hosts)),
        brands=tuple(brands) if values else None,
    )


def _further(path: Path, lines: list[bytes], size: int) -> Iterator[Any]:
    """What stands in ``lines`` and in some further behind: a file's kinds should be known in any order."""
    places = range(1, _PLACES) if size > _HEAD else ()
    with path.open("rb") as stream:
        for line in chain(lines, (_line_behind(stream, size * n // _PLACES) for n in places)):
            with suppress(ValueError):
                yield orjson.loads(line)


def _line_behind(stream: IO[bytes], place: int) -> bytes:
    stream.seek(place)
    stream.readline(_HEAD)
    return stream.readline(_HEAD)


def _kinds_of_page(page: Any) -> set[Kind]:
    """What a page is meant to hold, be it empty."""
    if not isinstance(page, dict) or not is_page(page):
        return set()
    found = ((COLLECTIONS if isinstance(one, list) else SINGLES).get(key) for key, one in page.items())
    return {kind for kind in found if kind is not None}


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
    if "NO_TICKET" in codes:
        lost = sum(one.lost for one in read_part(part) if isinstance(one, Problem))
        words = f"{lost:,} comments do not say which ticket they are of: name it in the file's name"
        return [Problem("NO_TICKET", f"{words} (tickets/<id>/comments.json)", name, lost=lost)]
    if codes - {"NOT_READ"} - _BROKEN or codes & _BROKEN:
        return [Problem("UNKNOWN_FILE", _NO_RECORDS, name, lost=0)]
    found = [one for one in read_part(part) if isinstance(one, Problem) and one.code == "NOT_READ"]
    return found or [Problem("EMPTY_FILE", "holds no records", name, lost=0)]
