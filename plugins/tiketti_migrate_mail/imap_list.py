"""The folders of a server as it lists them, whatever form its lines have; and whose they are.

LIST: RFC 3501, 6.3.8 and 7.2.2; its options: RFC 5258, RFC 6154; NAMESPACE: RFC 2342.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from imaplib import IMAP4
from typing import Any, NamedTuple

from imapclient import IMAPClient, imap_utf7

from tiketti_migrate.errors import SourceError

__all__ = ["Listed", "Namespaces", "list_folders", "namespaces", "readable", "wire_name"]

_LINE = re.compile(
    rb'\((?P<flags>[^()]*)\) +(?:NIL|"(?P<delimiter>\\?[^"]|)"|[^ ]+) +(?P<name>.*)',
    re.DOTALL | re.IGNORECASE,
)
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"(?: \(.*)?', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
# As many as 100,000 folders with names as long as they come.
_LARGEST_ANSWER = 64 * 1024 * 1024
# They would turn round what is shown after them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Listed(NamedTuple):
    """``flags`` in lower case without the backslash. ``wire``: the name as it came, a character a byte."""

    wire: str
    delimiter: str | None
    flags: frozenset[str]


class Namespaces(NamedTuple):
    """Prefixes (wire) of the user's own folders, and of those of others or shared ones."""

    own: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    def prefix_of(self, folder: Listed) -> tuple[str, bool]:
        """The longest prefix of a folder ("" for none), and whether it is a foreign one."""
        if folder.wire.upper() == "INBOX":
            return "", False
        name = folder.wire + (folder.delimiter or "")
        found = [(len(one), one, foreign) for one, foreign in self._all() if one and name.startswith(one)]
        _, prefix, is_foreign = max(found, default=(0, "", False))
        return prefix, is_foreign

    def _all(self) -> Iterator[tuple[str, bool]]:
        yield from ((one, False) for one in self.own)
        yield from ((one, True) for one in self.foreign)


def wire_name(key: str) -> bytes:
    """The ``key`` of a folder as an argument of a command: quoted, as the server gave it."""
    return b'"' + key.encode("latin-1").replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def readable(wire: str, delimiter: str | None) -> str:
    """A name for people: decoded, ``/`` between levels, nothing in it that acts on a terminal.

    Modified UTF-7 (RFC 3501, 5.1.3); 8-bit names, as some servers send, are UTF-8 or Latin-1.
    """
    text = wire
    if not wire.isascii():
        raw = wire.encode("latin-1")
        text = raw.decode(errors="replace") if _is_utf8(raw) else wire
    elif "&" in wire:
        try:
            text = imap_utf7.decode(wire.encode())
        except ValueError:
            text = wire
    if delimiter and delimiter != "/":
        text = text.replace(delimiter, "/")
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", "".join(map(_harmless, text)))


def list_folders(client: IMAPClient, prefix: str = "") -> list[Listed]:
    """All folders whose names begin with ``prefix`` (wire), each once, with special uses where the server
    can tell them. Raises IMAP4.error, OSError; SourceError for a list without an end.
    """
    options = ("RETURN", "(SPECIAL-USE)") if _tells_uses(client) else ()
    pattern = wire_name(prefix + "*")
    try:
        lines = _answer(client, '""', pattern, *options)
    except IMAP4.abort:
        raise
    except IMAP4.error:
        if not options:
            raise
        lines = _answer(client, '""', pattern)
    found: dict[str, Listed] = {}
    for one in _listed(lines):
        key = "INBOX" if one.wire.upper() == "INBOX" else one.wire
        known = found.get(key)
        found[key] = one if known is None else known._replace(flags=known.flags | one.flags)
    return list(found.values())


def namespaces(client: IMAPClient) -> Namespaces:
    """Empty where the server knows none or tells them so that nobody can understand it."""
    if not client.has_capability("NAMESPACE"):
        return Namespaces()
    try:
        own, others, shared = client.namespace()
        return Namespaces(_prefixes(own), (*_prefixes(others), *_prefixes(shared)))
    except IMAP4.abort:
        raise
    except (IMAP4.error, ValueError, TypeError, AttributeError):
        return Namespaces()


def _prefixes(told: Iterable[tuple[Any, Any]] | None) -> tuple[str, ...]:
    return tuple(prefix.decode("latin-1") for prefix, _ in told or () if isinstance(prefix, bytes))


def _tells_uses(client: IMAPClient) -> bool:
    return bool(client.has_capability("SPECIAL-USE") and client.has_capability("LIST-EXTENDED"))


def _answer(client: IMAPClient, *arguments: str | bytes) -> list[Any]:
    """The lines as imaplib gives them: bytes, or a pair where the name is a literal."""
    imap = client._imap
    imap.untagged_responses.pop("LIST", None)
    tag = imap._command("LIST", *arguments)
    size = 0
    while imap.tagged_commands[tag] is None:
        size += len(imap._get_response() or b"")
        if size > _LARGEST_ANSWER:
            raise SourceError("the server lists folders without an end")
    typ, data = imap._command_complete("LIST", tag)
    if typ != "OK":
        raise IMAP4.error(data[-1])
    return imap.untagged_responses.pop("LIST", [])  # type: ignore[no-any-return]


def _listed(lines: Iterable[Any]) -> Iterator[Listed]:
    for line in lines:
        head, literal = line if isinstance(line, tuple) else (line, None)
        found = _LINE.match(head)
        if found is None:
            continue  # the rest of a line with a literal
        name = literal if literal is not None else _unquoted(found["name"])
        if name:
            flags = frozenset(flag.decode("latin-1").lstrip("\\").lower() for flag in found["flags"].split())
            delimiter = (found["delimiter"] or b"")[-1:].decode("latin-1") or None
            yield Listed(name.decode("latin-1"), delimiter, flags)


def _unquoted(name: bytes) -> bytes:
    """Also of servers that quote badly, or not at all. What follows a name is RFC 5258's."""
    if quoted := _QUOTED.fullmatch(name):
        return _ESCAPED.sub(rb"\1", quoted[1])
    if name[:1] == name[-1:] == b'"':
        return name[1:-1]
    return name.partition(b' ("')[0]


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _harmless(sign: str) -> str:
    if sign.isspace():
        return " "
    return "\ufffd" if sign in _TURNING or unicodedata.category(sign) in ("Cc", "Cs") else sign
