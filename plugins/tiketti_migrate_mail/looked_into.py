"""The few mails whose heads are not enough for a plan: without an id, without a date, reports of others."""

import re
from collections.abc import Sequence

from tiketti_migrate_mail.date_values import date_of
from tiketti_migrate_mail.envelopes import NO_DATE, NO_ID, REPORT, Envelope, reference_keys
from tiketti_migrate_mail.headers import fields, message_ids
from tiketti_migrate_mail.identities import digest
from tiketti_migrate_mail.mailbox import Folder, Mailbox, Raw

__all__ = ["look_into", "needs_a_look"]

_BODY = re.compile(rb"\n\r?\n")
_ENCLOSED = re.compile(
    rb"^content-type:[ \t]*(?:message/(?:rfc822|global)|text/rfc822-headers)\b"
    rb"|^-{2,}[^\n]{0,20}below this line is a copy of the message",
    re.IGNORECASE | re.MULTILINE,
)
_ID_LINE = re.compile(rb"^(?:original-)?message-id[ \t]*:([^\n]{1,1000})", re.IGNORECASE | re.MULTILINE)
# A report names the mail it is about near its beginning.
_MOST_READ = 1_000_000


def needs_a_look(mail: Envelope) -> bool:
    """Whether a mail has to be read whole before it can be planned."""
    return bool(mail.marks & (NO_ID | NO_DATE) or (mail.marks & REPORT and not mail.references))


def look_into(mailbox: Mailbox, folder: Folder, mails: Sequence[Envelope]) -> dict[int, Envelope]:
    """These mails of one folder, by uid, with what their texts tell. Mails that are gone are not among them.

    Raises FolderRemade.
    """
    waiting = {mail.uid: mail for mail in mails}
    return {
        raw.uid: _completed(waiting[raw.uid], raw.content)
        for raw in mailbox.mails(folder, sorted(waiting))
        if isinstance(raw, Raw) and raw.uid in waiting
    }


def _completed(mail: Envelope, content: bytes) -> Envelope:
    split = _BODY.search(content)
    header, body = (content[: split.end()], content[split.end() :]) if split else (content, b"")
    if mail.marks & NO_ID:
        # Line ends and empty lines at the end are the mailbox's, not the mail's.
        mail = mail._replace(identity=digest(mail.identity, body.replace(b"\r\n", b"\n").rstrip()))
    if mail.marks & NO_DATE and (received := _received(header)) is not None:
        mail = mail._replace(date=received)
    if mail.marks & REPORT and not mail.references:
        mail = mail._replace(references=reference_keys(_ids_reported(body[:_MOST_READ])))
    return mail


def _received(header: bytes) -> int | None:
    """When the last server got it: the first Received field (RFC 5321, 4.4), dated behind the last ``;``."""
    for value in fields(header).get("received", ())[:1]:
        if (found := date_of(value.rpartition(b";")[2])) is not None:
            return int(found.timestamp())
    return None


def _ids_reported(body: bytes) -> list[str]:
    """The mail that a report is about, behind those it answers: also where it is not kept, they may be."""
    if enclosed := _ENCLOSED.search(body):
        begin = _BODY.search(body, enclosed.start())
        found = fields(body[begin.end() :].lstrip()) if begin else {}
        ids = [
            one
            for name in ("references", "message-id")
            for value in found.get(name, ())
            for one in message_ids(value)
        ]
        if ids:
            return ids
    named = _ID_LINE.search(body)
    return message_ids(named[1])[:1] if named else []
