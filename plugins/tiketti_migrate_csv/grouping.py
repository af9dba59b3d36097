"""Rows of one ticket side by side, however a table is sorted, in flat memory."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import orjson

from tiketti_migrate_csv.chunks import Row

__all__ = ["regrouped"]

_ROWS_A_PART = 20_000
_MOST_PARTS = 200


def regrouped(
    batches: Iterable[Sequence[Row]],
    keys: Callable[[Sequence[Row]], Sequence[str]],
    rows: int,
    scratch: Path,
) -> Iterator[list[Row]]:
    """The same rows, those of one key together, in the order in which keys and rows come in the table.

    ``keys``: the key of each row, ``rows``: about how many there are. They are dealt out to files by their
    key, and each file fits into the memory.
    """
    parts = min(_MOST_PARTS, rows // _ROWS_A_PART + 1)
    paths = [scratch / f"part-{number}" for number in range(parts)]
    try:
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("wb")) for path in paths]
            for batch in batches:
                _deal(batch, keys(batch), files)
        for path in paths:
            yield _sorted(path)
            path.unlink()
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def _deal(batch: Sequence[Row], keys: Sequence[str], files: Sequence[IO[bytes]]) -> None:
    for row, key in zip(batch, keys, strict=True):
        # A row without a key is a ticket of its own.
        name = key or f"\x00{row[0]}"
        file = files[zlib.crc32(name.encode("utf-8", "replace")) % len(files)]
        file.write(orjson.dumps([name, *row]) + b"\n")


def _sorted(path: Path) -> list[Row]:
    groups: dict[str, list[Row]] = {}
    with path.open("rb") as file:
        for line in file:
            name, number, cells = orjson.loads(line)
            groups.setdefault(name, []).append((number, cells))
    return [row for group in groups.values() for row in group]
