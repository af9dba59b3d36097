"""Files of any size are read in flat memory: measured in a process of its own."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from zendesk_parts import ticket

MEBIBYTE = 1024 * 1024
SIZE = 200 * MEBIBYTE
# Beside what the program itself weighs.
ALLOWED = 40
CODE = """
import resource, sys
from pathlib import Path
from tiketti_migrate_zendesk.export import open_export, read_part

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before = peak()
export = open_export([Path(sys.argv[1])], Path(sys.argv[2]))
count = sum(1 for part in export.parts for _ in read_part(part))
print(count, len(export.problems), peak() - before)
"""


def _records(size: int) -> Iterator[bytes]:
    record = json.dumps(ticket(1, description="It jams, again. " * 300, comments=[{"body": "Hé 日本"}] * 20))
    for _ in range(size // len(record)):
        yield record.encode()


def written(stream: IO[bytes], form: str) -> int:
    """Returns how many records the file holds."""
    start, between, end = {
        "array": (b"[", b", ", b"]"),
        "lines": (b"", b"\n", b"\n"),
        "page": (b'{"count": 2, "tickets": [', b",\n", b'], "users": []}'),
        "csv": (b"id,body,created,ticket_id\n", b"", b""),
    }[form]
    stream.write(start)
    count = 0
    for count, record in enumerate(_records(SIZE), start=1):
        row = b'1,"%s",2020,5\n' % record.replace(b'"', b'""')
        stream.write((between if count > 1 else b"") + (row if form == "csv" else record))
    stream.write(end)
    return count


def measured(path: Path, scratch: Path) -> tuple[int, int, int]:
    """Records read, problems, MiB taken."""
    scratch.mkdir()
    command = [sys.executable, "-c", CODE, str(path), str(scratch)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count, problems, taken = map(int, done.stdout.split())
    return count, problems, taken


@pytest.mark.parametrize("form", ["array", "lines", "page", "csv"])
def test_200_mib_are_read_in_flat_memory(tmp_path: Path, form: str) -> None:
    path = tmp_path / "tickets"
    with path.open("wb") as stream:
        count = written(stream, form)
    found, problems, taken = measured(path, tmp_path / "scratch")
    assert (found, problems) == (count, 0)
    assert taken < ALLOWED


def test_an_archive_is_unpacked_in_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "tickets.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for _ in range(2000):
            stream.write(b'{"ticket_id": 35436, "tag": "vip"}\n' * 1000)
    found, problems, taken = measured(path, tmp_path / "scratch")
    assert (found, problems) == (2_000_000, 0)
    assert taken < ALLOWED
