"""A mail by its head, small enough to hold a million of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tiketti_migrate_mail.date_values import instant_of, is_credible
from tiketti_migrate_mail.headers import Address, decoded, fields, message_ids
from tiketti_migrate_mail.identities import digest, key_of
from tiketti_migrate_mail.mailbox import Folder, Head
from tiketti_migrate_mail.people import shared_addresses
from tiketti_migrate_mail.robots import (
    Fields,
    is_automatic,
    is_bounce,
    is_generated,
    is_list,
    is_robot,
    true_author,
)
from tiketti_migrate_mail.subjects import split_subject

__all__ = [
    *("ANSWERED", "AUTOMATIC", "BOUNCE", "DELETED", "DRAFT", "FLAGGED", "FORWARD", "GENERATED"),
    "NAMED",
    *("NO_DATE", "NO_ID", "REPLY", "REPORT", "ROBOT", "SENT"),
    *("MOST_REFERENCES", "Envelope", "envelope_of", "reference_keys"),
]

# What ``marks`` is made of; the usual ones first, as Python holds small numbers once.
ANSWERED, FLAGGED, SENT, REPLY, FORWARD = 1, 2, 4, 8, 16
AUTOMATIC, BOUNCE, ROBOT = 32, 64, 128
DRAFT, DELETED, NO_ID, NO_DATE, GENERATED = 256, 512, 1024, 2048, 4096
# It says whom it is to, but by names alone.
NAMED = 8192
# Bounces and automatic replies.
REPORT = AUTOMATIC | BOUNCE

_FLAGS = {"answered": ANSWERED, "flagged": FLAGGED, "draft": DRAFT, "deleted": DELETED}
_OWN_LABELS = {
    **dict.fromkeys(("\\sent", "\\\\sent"), SENT),
    **dict.fromkeys(("\\draft", "\\drafts", "\\\\draft"), DRAFT),
    **dict.fromkeys(("\\starred", "\\flagged"), FLAGGED),
}
MOST_REFERENCES = 1000
_LONGEST_SUBJECT = 1000
_LONGEST_LABEL = 200
# Whom a mail is to, beyond these, changes nothing in a plan.
_MOST_PEOPLE = 100


class Envelope(NamedTuple):
    """What a plan needs of a mail; about 600 bytes.

    ``key``: digest of the Message-ID, b"" without one. ``references``: such digests one after another, each
    of KEY_SIZE bytes, oldest first. ``identity``: ten bytes, the same for copies of a mail. ``date``: seconds
    since 1970. ``sender``: who wrote it, in person behind a list. ``labels``: names of folders included.
    ``thread``: Gmail's. ``recipients``: To and Cc, of which the first ``to`` are in To. ``bcc``: as what
    lies in Sent tells it.
    """

    folder: int
    uid: int
    marks: int
    key: bytes
    references: bytes
    identity: bytes
    date: int | None
    sender: Address | None
    reply_to: Address | None
    recipients: tuple[Address, ...]
    to: int
    subject: str
    labels: tuple[str, ...] = ()
    thread: str | None = None
    bcc: tuple[Address, ...] = ()


def envelope_of(head: Head, number: int, folder: Folder, labelled: bool) -> tuple[Envelope, Fields]:
    """The envelope with the fields it was made of. ``labelled``: with its labels."""
    found = fields(head.header)
    subject = decoded(_first(found, "subject")[: 8 * _LONGEST_SUBJECT])[:_LONGEST_SUBJECT]
    parts = split_subject(subject)
    reply_to = shared_addresses(_first(found, "reply-to")) if "reply-to" in found else ()
    written_by = next(iter(_people(found, "from") or _people(found, "sender")), None)
    sender = true_author(found, written_by, reply_to)
    own_ids = message_ids(_first(found, "message-id")) if "message-id" in found else []
    to, cc = _people(found, "to"), _people(found, "cc")
    marks, date, when = _dated(found, head.received)
    marks |= _kind(found, subject, written_by) | _flags(head) | (SENT if folder.role == "sent" else 0)
    marks |= (REPLY if parts.is_reply else 0) | (FORWARD if parts.is_forward else 0)
    marks |= NAMED if not to and not cc and _is_named(_first(found, "to")) else 0
    own_id = own_ids[0] if own_ids else ""
    behind = _behind(found, sender, reply_to[0]) if reply_to else ""
    envelope = Envelope(
        folder=number,
        uid=head.uid,
        marks=marks if own_id else marks | NO_ID,
        key=key_of(own_id) if own_id else b"",
        references=_references(found, own_id, to, sender),
        identity=digest(
            f"{own_id}\0{when}\0{sender.email if sender else ''}\0{parts.base}{behind}".encode(
                "utf-8", "replace"
            )
        ),
        date=date,
        sender=sender,
        reply_to=reply_to[0] if reply_to else None,
        recipients=to + cc if len(to) + len(cc) <= _MOST_PEOPLE else (to + cc)[:_MOST_PEOPLE],
        to=len(to),
        subject=subject,
        labels=_labels(head, folder) if labelled else (),
        thread=_gmail_thread(head.thread),
        bcc=_people(found, "bcc")[:_MOST_PEOPLE],
    )
    return envelope, found


def reference_keys(ids: Sequence[str], own_id: str = "") -> bytes:
    """The digests of ids, each once, the mail's own left out; of too many the first and the last."""
    if len(ids) > MOST_REFERENCES:
        half = MOST_REFERENCES // 2
        ids = [*ids[:half], *ids[-half:]]
    return b"".join(key_of(one) for one in dict.fromkeys(ids) if one != own_id)


def _first(found: Fields, name: str) -> bytes:
    return found[name][0] if name in found else b""


def _is_named(to: bytes) -> bool:
    """Not for what is nobody, or a group without members (RFC 5322, 3.4)."""
    said = to.strip()
    return bool(said) and not said.endswith((b":;", b": ;")) and b"undisclosed" not in said.lower()


def _people(found: Fields, name: str) -> tuple[Address, ...]:
    values = found.get(name)
    if values is None:
        return ()
    return shared_addresses(values[0] if len(values) == 1 else b", ".join(values[:_MOST_PEOPLE]))


def _dated(found: Fields, received: datetime | None) -> tuple[int, int | None, str]:
    """Marks, when it was written (else came), and what Date says, be it credible or not: that stays."""
    raw = _first(found, "date")
    said = instant_of(raw) if raw else None
    when = int(said.timestamp()) if said else None
    if said is not None and is_credible(said):
        return 0, when, str(when)
    came = int(received.timestamp()) if received else None
    return NO_DATE, came, raw[:100].decode("latin-1") if when is None else str(when)


def _kind(found: Fields, subject: str, sender: Address | None) -> int:
    marks = 0
    if is_bounce(found, sender):
        marks |= BOUNCE
    if is_automatic(found, subject):
        marks |= AUTOMATIC
    if is_generated(found):
        marks |= GENERATED
    if sender is not None and is_robot(sender.email):
        marks |= ROBOT
    return marks


def _flags(head: Head) -> int:
    marks = 0
    for flag in head.flags:
        marks |= _FLAGS.get(flag, 0)
    for label in head.labels:
        if label[:1] == "\\":
            marks |= _OWN_LABELS.get(label.lower(), 0)
    return marks


def _references(found: Fields, own_id: str, to: Sequence[Address], sender: Address | None) -> bytes:
    ids = message_ids(_first(found, "references")) if "references" in found else []
    if not ids and "in-reply-to" in found:
        people = {one.email for one in to} | ({sender.email} if sender else set())
        # Old mailers write whom they answer, not what: "Your message of ... <jane@example.com>".
        ids = [one for one in message_ids(_first(found, "in-reply-to")) if one.lower() not in people]
        # RFC 5256, 3: one mail is answered; what is no id is only asked for where there is no other.
        ids = sorted(ids, key=lambda one: "@" not in one)[:1]
    return reference_keys(ids, own_id) if ids else b""


def _behind(found: Fields, sender: Address | None, reply_to: Address) -> str:
    """For whom a form sends, which may give all of its mails one id; lists add a Reply-To to copies."""
    is_own = sender is not None and reply_to.email == sender.email
    return "" if is_own or is_list(found) else f"\0{reply_to.email}"


def _labels(head: Head, folder: Folder) -> tuple[str, ...]:
    """The folder's name, unless it is one that everybody has, and Gmail's labels but its own."""
    named = (folder.name,) if folder.role == "other" else ()
    if head.labels:
        labels = (one[:_LONGEST_LABEL] for one in head.labels if one and one[0] != "\\")
        named = tuple(dict.fromkeys((*named, *labels)))
    return named


def _gmail_thread(thread: str | None) -> str | None:
    return thread if thread and thread.isascii() and thread.isalnum() and len(thread) <= 40 else None
