"""Files with one JSON text a line: the quick way, for it is the form in which the large accounts come."""

from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO

import orjson

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.documents import read_sequence, starts_a_page
from tiketti_migrate_zendesk.entries import Entries, shape_of
from tiketti_migrate_zendesk.jsontext import Broken, decode_line
from tiketti_migrate_zendesk.recognise import Item
from tiketti_migrate_zendesk.window import Unreadable, Window

__all__ = ["LINE_LIMIT", "read_lines"]

LINE_LIMIT = 64 * 1024 * 1024
_STEP = 1024 * 1024
# How the first line of a value over several lines ends.
_UNFINISHED = (b"{", b"[", b",")
_BLANK = b"\xef\xbb\xbf \t\r\n"


def read_lines(path: Path, name: str, entries: Entries) -> Iterator[Item | Problem]:
    """Everything in the file, in flat memory. Raises OSError."""
    loads, shapes, hanging = orjson.loads, entries.shapes, entries.hanging
    with path.open("rb", buffering=_STEP) as stream:
        for number, data in enumerate(iter(partial(stream.readline, LINE_LIMIT + 1), b""), start=1):
            where = f"{name}:{number}"
            if len(data) > LINE_LIMIT:
                # The rest of a line that is too long belongs to it: it must not pass for a line of its own.
                while not data.endswith(b"\n") and (data := stream.readline(_STEP)):
                    pass
                words = f"the line is longer than {LINE_LIMIT // _STEP} MiB: split it"
                yield Problem("LONG_LINE", words, where)
                continue
            try:
                value = loads(data)
            except ValueError:
                if data.rstrip().endswith(_UNFINISHED) and _goes_on(stream, data):
                    yield from read_sequence(stream, name, entries, number)
                    break
                yield from _odd(data, name, number, entries)
                continue
            # The empty one is nobody's.
            shape = shape_of(value) if type(value) is dict else ()
            if (kind := shapes.get(shape)) is not None:
                yield Item(kind, value, where)
            elif (kind := hanging.get(shape)) is not None:
                yield from entries.owned(kind, value, where, None, False)
            else:
                yield from entries.of(value, where)
    yield from entries.unread()


def _goes_on(stream: IO[bytes], data: bytes) -> bool:
    """Whether a value that begins in the line just read ends in a later one; if so it comes next."""
    behind = stream.tell()
    stream.seek(behind - len(data))
    try:
        Window(stream).value(LINE_LIMIT)
    except Unreadable:
        stream.seek(behind)
        return False
    stream.seek(behind - len(data))
    return True


def _odd(data: bytes, name: str, number: int, entries: Entries) -> Iterator[Item | Problem]:
    where = f"{name}:{number}"
    if not data.strip(_BLANK):
        return
    found = decode_line(data)
    if isinstance(found, Broken):
        if starts_a_page(data):
            # The other records in it are as good as ever.
            yield from read_sequence(BytesIO(data), name, entries, number)
            return
        cut = "" if data.endswith(b"\n") else ": the file ends in the middle of it"
        yield Problem("BROKEN_LINE", f"is no JSON: {found.reason}{cut}", where)
        return
    for place, one in enumerate(found, start=1):
        here = where if len(found) == 1 else f"{where} #{place}"
        yield from entries.of(one.value, here, one.repaired)
