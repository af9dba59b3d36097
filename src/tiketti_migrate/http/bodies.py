"""The body of an answer: read up to a limit of size and time, and parsed."""

import json
import time
from typing import Any, cast

import httpx
import orjson

__all__ = ["json_object", "lenient_json_object", "read_body"]

_LENIENT = json.JSONDecoder(strict=False, parse_constant=lambda _word: None)


def read_body(response: httpx.Response, deadline: float, most: int) -> bytes | None:
    """The body, or None when it is larger than ``most`` bytes. Raises httpx.HTTPError.

    Every byte renews the read timeout, so the whole has a limit of its own: ``deadline``, a monotonic time.
    """
    parts, size = [], 0
    coded = "Content-Encoding" in response.headers
    for part in response.iter_bytes() if coded else cast(httpx.SyncByteStream, response.stream):
        size += len(part)
        if size > most:
            return None
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer does not end")
        parts.append(part)
    return b"".join(parts)


def json_object(content: bytes | None) -> dict[str, Any] | None:
    """The JSON object that the body is, None for anything else."""
    try:
        value = orjson.loads(content or b"")
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def lenient_json_object(content: bytes | None) -> dict[str, Any] | None:
    """The same, where one character that is no Unicode or no JSON must not cost a whole page: replaced."""
    found = json_object(content)
    if found is not None or content is None:
        return found
    try:
        value = _LENIENT.decode(content.decode("utf-8", "replace").strip("\ufeff"))
        # Halves of surrogate pairs, which no encoding takes, end here.
        return json_object(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
