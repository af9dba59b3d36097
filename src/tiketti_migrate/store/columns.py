"""A row of the ledger as staging writes it: its columns, and the text and fingerprint of a record."""

import hashlib
from collections.abc import Sequence

import orjson

__all__ = ["BESIDE_THE_CONTENT", "COLUMNS", "Row", "texts"]

COLUMNS = (
    "kind", "source_id", "lane", "step", "moment", "natural_key", "record", "fingerprint", "warnings",
)  # fmt: skip

# One row in the order of COLUMNS: a bare tuple, because there are millions.
Row = tuple[str, str, str | None, int | None, float | None, str | None, str, bytes, str]

# Addresses and warnings of an unchanged object differ between two files of one source; what makes a record
# another one is its content.
BESIDE_THE_CONTENT = {"origin", "warnings"}


def texts(
    contents: Sequence[bytes], origins: Sequence[str | None], warnings: Sequence[tuple[str, ...]]
) -> tuple[list[str], list[bytes], list[str]]:
    """The columns record, fingerprint and warnings. ``contents``: the JSON of records without what is beside
    the content.
    """
    said = [orjson.dumps(some).decode() if some else "[]" for some in warnings]
    places = [b"" if origin is None else b',"origin":' + orjson.dumps(origin) for origin in origins]
    records = [
        f'{(content[:-1] + place).decode()},"warnings":{some}}}'
        for content, place, some in zip(contents, places, said, strict=True)
    ]
    return records, [hashlib.blake2b(content, digest_size=16).digest() for content in contents], said
