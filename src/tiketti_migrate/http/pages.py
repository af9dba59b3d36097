"""A page or an error that a server sends in place of a file, told by its content."""

import mimetypes
import re

import orjson

__all__ = ["is_stand_in"]

_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_JSON_TYPES = ("application/json", "application/problem+json")
_ERROR_KEYS = frozenset({"error", "errors", "error_description", "fault"})
_LONGEST_ERROR = 20_000


def is_stand_in(head: bytes, size: int, answered: str, expected: str | None, filename: str) -> str | None:
    """What the answer is instead of the file ("page", "error"); None when it may be the file.

    ``head``: its first bytes, of ``size``. ``answered``: the content type that the server names;
    ``expected``: that of the source. A file of a type that is no text can be told by its bytes alone.
    """
    ours = _type_of(expected) or mimetypes.guess_type(filename)[0] or ""
    theirs = _type_of(answered)
    if theirs in _PAGE_TYPES or _is_binary(ours):
        is_html_file = ours in _PAGE_TYPES or filename.lower().endswith((".html", ".htm", ".xhtml"))
        if not is_html_file and _is_html(head[:4096]):
            return "page"
    if theirs in _JSON_TYPES or _is_binary(ours):
        is_json_file = "json" in ours or filename.lower().endswith((".json", ".har"))
        if not is_json_file and size <= _LONGEST_ERROR and _says_error(head):
            return "error"
    return None


def _is_html(head: bytes) -> bool:
    """Behind comments, each looked through once: as one pattern they take time beyond all bounds."""
    before = _BEFORE.match(head)
    rest = head[before.end() :] if before else head
    while rest.startswith(b"<!--"):
        rest = rest.partition(b"-->")[2].lstrip()
    return _HTML.match(rest) is not None


def _type_of(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _is_binary(content_type: str) -> bool:
    family, _, kind = content_type.partition("/")
    if kind == "svg+xml":
        return False
    return (
        family in ("image", "audio", "video", "font")
        or kind
        in (
            "pdf",
            "zip",
            "gzip",
            "x-gzip",
            "msword",
            "x-zip-compressed",
        )
        or kind.startswith(("vnd.openxmlformats", "vnd.ms-", "vnd.oasis"))
    )


def _says_error(content: bytes) -> bool:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and not _ERROR_KEYS.isdisjoint(value)
