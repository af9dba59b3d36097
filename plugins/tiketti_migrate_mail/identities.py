"""Short digests by which mails and threads are known: the same on every read, whatever lies beside them."""

from base64 import b32encode
from collections.abc import Iterator
from hashlib import blake2b

__all__ = ["KEY_SIZE", "digest", "id_of", "key_of", "keys_of"]

# Bytes of the digest of a Message-ID. Among a million mails two are taken for one with a chance of 1 : 10^7.
KEY_SIZE = 8
_ID_SIZE = 10


def key_of(message_id: str) -> bytes:
    """What a mail is looked up by when others refer to it."""
    return blake2b(message_id.encode("utf-8", "replace"), digest_size=KEY_SIZE).digest()


def keys_of(packed: bytes) -> Iterator[bytes]:
    """Such digests one after another, taken apart."""
    return (packed[place : place + KEY_SIZE] for place in range(0, len(packed), KEY_SIZE))


def digest(*parts: bytes) -> bytes:
    """Ten bytes. Parts but the last are of one size or without NUL: they cannot run into one another."""
    return blake2b(b"\0".join(parts), digest_size=_ID_SIZE).digest()


def id_of(known_by: bytes) -> str:
    """Ten bytes as the 16 characters of a source id (base32 in lower case)."""
    return b32encode(known_by).decode("ascii").lower()
