"""Rows of one ticket side by side, however a table is sorted, in flat memory."""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import orjson

from tiketti_migrate_csv.chunks import Row

__all__ = ["regrouped"]

_ROWS_A_PART = 10_000
_MOST_PARTS = 200
# In bytes; as Python's lists of strings it takes three to four times as much.
_LARGE = 4_000_000
_ROWS_AT_ONCE = 1000

_Named = tuple[str, int, list[str]]


def regrouped(
    batches: Iterable[Sequence[Row]],
    keys: Callable[[Sequence[Row]], Sequence[str]],
    rows: int,
    scratch: Path,
) -> Iterator[list[Row]]:
    """The same rows, those of one key together, in the order in which keys and rows come in the table.

    ``keys``: the key of each row, ``rows``: about how many there are. They are dealt out to files by their
    key; each fits into the memory, or holds one key alone and is read row by row.
    """
    number = min(_MOST_PARTS, rows // _ROWS_A_PART + 1)

    def named() -> Iterator[_Named]:
        for batch in batches:
            for (line, cells), key in zip(batch, keys(batch), strict=True):
                # A row without a key is a ticket of its own.
                yield key or f"\x00{line}", line, cells

    for part in _dealt(named(), _by_hash(number), number, scratch / "part"):
        if part.stat().st_size <= _LARGE:
            yield _together(part)
        else:
            yield from _in_shares(part, scratch)


def _in_shares(part: Path, scratch: Path) -> Iterator[list[Row]]:
    shares = _shares(part)
    keys = Counter(shares.values())
    if len(keys) == 1:
        files: Iterable[Path] = [part]
    else:
        files = _dealt(_read(part), shares.__getitem__, len(keys), scratch / "share")
    for share, file in enumerate(files):
        if keys[share] == 1:
            yield from _as_they_come(file)
        else:
            yield _together(file)


def _shares(part: Path) -> Mapping[str, int]:
    """The share to which each key goes: as many as are not large together, or a large one alone."""
    sizes: Counter[str] = Counter()
    with part.open("rb") as file:
        for line in file:
            sizes[orjson.loads(line)[0]] += len(line)
    most = max(_LARGE, part.stat().st_size // _MOST_PARTS)
    shares: dict[str, int] = {}
    share = filled = 0
    for name, size in sizes.items():
        if filled and filled + size > most:
            share, filled = share + 1, 0
        filled += size
        shares[name] = share
    return shares


def _by_hash(number: int) -> Callable[[str], int]:
    return lambda name: zlib.crc32(name.encode("utf-8", "replace")) % number


def _dealt(rows: Iterable[_Named], place: Callable[[str], int], number: int, path: Path) -> Iterator[Path]:
    """Files with the rows of each place, one after the other; each is gone when the next comes."""
    paths = [path.with_name(f"{path.name}-{at}") for at in range(number)]
    try:
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("wb")) for path in paths]
            for row in rows:
                files[place(row[0])].write(orjson.dumps(row) + b"\n")
        for path in paths:
            yield path
            path.unlink()
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def _read(path: Path) -> Iterator[_Named]:
    with path.open("rb") as file:
        for line in file:
            yield orjson.loads(line)


def _together(path: Path) -> list[Row]:
    groups: dict[str, list[Row]] = {}
    for name, line, cells in _read(path):
        groups.setdefault(name, []).append((line, cells))
    return [row for group in groups.values() for row in group]


def _as_they_come(path: Path) -> Iterator[list[Row]]:
    rows = ((line, cells) for _, line, cells in _read(path))
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        yield batch
