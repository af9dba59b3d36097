"""What programs note in the header of a mail of an mbox file: read, answered, deleted; Gmail's labels.

Status and X-Status: https://doc.dovecot.org/2.3/admin_manual/mailbox_formats/mbox/. X-Mozilla-Status:
nsMsgMessageFlags of Thunderbird. X-GM-THRID and X-Gmail-Labels: Google Takeout.
"""

from typing import NamedTuple

from tiketti_migrate_mail.gmail_labels import read_labels

__all__ = ["Marks", "is_folder_data", "marks"]

_MOST_VALUE = 16 * 1024
_BY_LETTER = {"R": "seen", "A": "answered", "F": "flagged", "T": "draft", "D": "deleted"}
_BY_BIT = {0x1: "seen", 0x2: "answered", 0x4: "flagged", 0x8: "deleted"}


class Marks(NamedTuple):
    """``flags``, ``thread`` and ``labels`` as in ``mailbox.Head``."""

    flags: frozenset[str] = frozenset()
    thread: str | None = None
    labels: tuple[str, ...] = ()


_NONE = Marks()


def marks(header: bytes) -> Marks:
    """Those in a header. The fields are looked for as the programs write them: they are written by no one
    else."""
    if b"Status:" not in header and b"X-G" not in header:
        return _NONE
    block = b"\n" + header
    flags = {_BY_LETTER[c] for c in _value(block, b"\nStatus:") if c in "R"}
    flags |= {_BY_LETTER[c] for c in _value(block, b"\nX-Status:") if c in _BY_LETTER}
    flags |= _mozilla(_value(block, b"\nX-Mozilla-Status:"))
    labels, told = read_labels(_raw(block, b"\nX-Gmail-Labels:"))
    thread = _value(block, b"\nX-GM-THRID:")
    return Marks(frozenset(flags | told), thread if thread.isalnum() and thread.isascii() else None, labels)


def is_folder_data(header: bytes) -> bool:
    """Whether it is no mail, but where Pine, UW IMAP and Dovecot keep the state of the folder."""
    return b"FOLDER INTERNAL DATA" in header and b"\nX-IMAP:" in header


def _raw(block: bytes, field: bytes) -> bytes:
    """The value of a field with its folded lines; empty where there is none."""
    at = block.find(field)
    if at < 0:
        return b""
    lines = block[at + len(field) : at + _MOST_VALUE].split(b"\n")
    length = next((n for n, line in enumerate(lines) if n and line[:1] not in (b" ", b"\t")), len(lines))
    return b"\n".join(lines[:length])


def _value(block: bytes, field: bytes) -> str:
    return _raw(block, field).decode("ascii", "replace").strip()


def _mozilla(value: str) -> set[str]:
    try:
        bits = int(value, 16) if value else 0
    except ValueError:
        return set()
    return {flag for bit, flag in _BY_BIT.items() if bits & bit}
