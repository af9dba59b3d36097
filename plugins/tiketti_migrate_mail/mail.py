"""A mail that was read: its texts, its files and what kind of mail it is."""

from datetime import datetime
from typing import Literal, NamedTuple

from tiketti_migrate_mail.headers import Address

__all__ = ["Bounce", "FilePart", "Mail", "MailKind", "TextPart"]

MailKind = Literal["mail", "bounce", "auto-reply", "receipt", "feedback"]


class TextPart(NamedTuple):
    """A text that a reader sees, decoded. ``flowed`` and ``delsp``: RFC 3676."""

    text: str
    is_html: bool
    flowed: bool = False
    delsp: bool = False


class FilePart(NamedTuple):
    """A file of a mail. ``content_id`` without angle brackets, else the address that it was saved from
    (Content-Location, RFC 2557); ``inline``: shown in the text.
    """

    name: str
    content_type: str
    content: bytes
    content_id: str | None = None
    inline: bool = False


class Bounce(NamedTuple):
    """What a delivery report says: whom it did not reach and why; ids of the mails that it is about.

    ``is_final``: the server has given up; else it goes on trying.
    """

    recipients: tuple[str, ...] = ()
    reason: str = ""
    message_ids: tuple[str, ...] = ()
    is_final: bool = True


class Mail(NamedTuple):
    """``texts``: alternatives of one text are pairs, plain first: ``((plain, html), (plain, None), ...)``
    in the order of the mail. ``warnings``: what was mended or could not be read, for people.
    """

    subject: str
    sender: Address | None
    date: datetime | None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    message_id: str | None = None
    texts: tuple[tuple[TextPart | None, TextPart | None], ...] = ()
    files: tuple[FilePart, ...] = ()
    kind: MailKind = "mail"
    bounce: Bounce | None = None
    warnings: tuple[str, ...] = ()
