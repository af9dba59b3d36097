"""Short digests by which mails and threads are known: the same on every read, whatever lies beside them."""

from base64 import b32encode
from collections.abc import Iterator
from hashlib import blake2b

__all__ = ["KEY_SIZE", "digest", "id_of", "is_no_id", "key_of", "keys_of"]

# Bytes of the digest of a Message-ID. Among a million mails two are taken for one with a chance of 1 : 10^7.
KEY_SIZE = 8
_ID_SIZE = 10
_WORD = 1 << 63
_IDS = [bytes((last & 0x7F,)) for last in range(256)]
_WORDS = [bytes((last | 0x80,)) for last in range(256)]


def key_of(message_id: str) -> bytes:
    """What a mail is looked up by when others refer to it; the highest bit says that it lacks an ``@``."""
    key = blake2b(message_id.encode("utf-8", "replace"), digest_size=KEY_SIZE).digest()
    return key[:-1] + (_IDS if "@" in message_id else _WORDS)[key[-1]]


def is_no_id(key: int) -> bool:
    """Whether it is of a word (``unknown``, ``none``, ``0``), that says nothing but where a mail bears it."""
    return key >= _WORD


def keys_of(packed: bytes) -> Iterator[bytes]:
    """Such digests one after another, taken apart."""
    return (packed[place : place + KEY_SIZE] for place in range(0, len(packed), KEY_SIZE))


def digest(*parts: bytes) -> bytes:
    """Ten bytes. Parts but the last are of one size or without NUL: they cannot run into one another."""
    return blake2b(b"\0".join(parts), digest_size=_ID_SIZE).digest()


def id_of(known_by: bytes) -> str:
    """Ten bytes as the 16 characters of a source id (base32 in lower case)."""
    return b32encode(known_by).decode("ascii").lower()
