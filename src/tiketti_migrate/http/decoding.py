"""A coded answer (Content-Encoding) as it is meant, piece by piece: few bytes can stand for gigabytes."""

import zlib
from collections.abc import Iterable, Iterator

__all__ = ["CodingError", "decoded"]

_PIECE = 65_536
# Whatever its header says, zlib tells the two forms by their first bytes.
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class CodingError(Exception):
    """The coding is not known, or the bytes are not in it."""


def decoded(parts: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Pieces of at most 64 KiB, each made when it is asked for: whoever counts can stop in time.

    ``coding``: of the header, "" for none. Raises CodingError.
    """
    name = coding.strip().lower()
    if name in ("", "identity"):
        yield from parts
    elif name in ("gzip", "x-gzip", "deflate"):
        yield from _inflated(parts)
    else:
        raise CodingError(f"the answer is coded as {name[:20]}")


def _inflated(parts: Iterable[bytes]) -> Iterator[bytes]:
    inflating = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        for part in parts:
            rest = part
            if rest and inflating.eof:
                raise CodingError("more comes behind the coded answer")
            while rest and not inflating.eof:
                piece = inflating.decompress(rest, _PIECE)
                rest = inflating.unconsumed_tail
                if piece:
                    yield piece
        if piece := inflating.flush():
            yield piece
    except zlib.error as error:
        raise CodingError("the coded answer is damaged") from error
    if not inflating.eof or inflating.unused_data:
        raise CodingError("the coded answer is cut, or holds more than it should")
