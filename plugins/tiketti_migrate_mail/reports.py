"""Mails that no person wrote: delivery reports, automatic replies, receipts, complaints.

RFC 3464 (delivery status), RFC 8098 (receipts), RFC 5965 (feedback), RFC 3834 (automatic replies).
"""

import logging
import re
from collections.abc import Iterable, Iterator
from email.message import Message

from tiketti_migrate_mail import robots
from tiketti_migrate_mail.headers import Address, addresses, decoded, message_ids, one_line
from tiketti_migrate_mail.mail import Bounce, MailKind, TextPart
from tiketti_migrate_mail.mailbox import HEADER_FIELDS
from tiketti_migrate_mail.mime_tree import Fields, Part, parse
from tiketti_migrate_mail.report_subjects import is_bounce, is_delay
from tiketti_migrate_mail.robots import is_null, report_of
from tiketti_migrate_mail.transfer import decoded_body

__all__ = ["told"]

Pair = tuple[TextPart | None, TextPart | None]

_MOST_PARTS, _MOST_RECIPIENTS, _MOST_BLOCKS = 50, 100, 200
_LARGEST_STATUS, _LARGEST_TEXT = 262_144, 65_536
_LONGEST_REASON = 500
_STATUS = {"message/delivery-status", "message/global-delivery-status"}
_RETURNED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"}
_RECEIPTS = {"message/disposition-notification", "message/global-disposition-notification"}
_LONGEST_LINE = 1000
# What the detectors raise where a mail is not what they expect.
_FAILURES = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
_BLANK = re.compile(rb"\n[ \t]*\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_SPACES = re.compile(r"\s+")
_ID_LINE = re.compile(r"(?im)^[ \t>|]{0,20}message-id:[ \t]{0,9}<([^<>\s]{1,900})>")
_REMOTE_WORDS = re.compile(
    r"(?m)^[ \t>]{0,40}(?:SMTP error|.{0,300}?\b(?:5[05]\d[ -]\d\.\d\.\d|5[05]\d )).{0,300}"
)
# Without one of these, and what ``_may_be_told`` looks for, a head says nothing that ``robots`` asks for.
_SIGNS = frozenset(
    {
        *(
            b"auto-submitted",
            b"precedence",
            b"x-failed-recipients",
            b"x-vacation",
            b"x-auto-response-suppress",
        ),
        *(b"x-autoreply", b"x-auto-reply", b"x-autoreply-from", b"x-autorespond", b"x-autoresponder"),
        *(b"x-ms-exchange-generated-message-source", b"content-class"),
    }
)
_ASKED = [(name, name.encode()) for name in HEADER_FIELDS]


def told(root: Part, texts: Iterable[Pair]) -> tuple[MailKind, Bounce | None]:
    """What kind of mail it is: as its head says, and what of a report only the body tells.

    Without a report in its head, one in the body counts only if nobody wants to hear of the mail again:
    people send on the reports that they got.
    """
    if not _may_be_told(root):
        return "mail", None
    found = {name: root.fields.all(asked) for name, asked in _ASKED}
    head = {name: [_FOLD.sub(b"", value) for value in values] for name, values in found.items() if values}
    subject = decoded(root.fields.get(b"subject"))
    kind = report_of(head, subject, _sender(head))
    if kind == "mail" and not is_null(head):
        return "mail", None
    report = _report(list(_some_parts(root))) if root.children else None
    if report is not None:
        return report
    return kind, _unstructured(root, subject.lower(), texts) if kind == "bounce" else None


def _may_be_told(root: Part) -> bool:
    fields = root.fields
    if fields.has(_SIGNS) or fields.get(b"return-path") == b"<>":
        return True
    said, sender = root.said_type.lower(), (fields.get(b"from") + fields.get(b"sender")).lower()
    if "report" in said or "calendar" in said:
        return True
    return b"daemon" in sender or b"postmaster" in sender or b"mail delivery" in sender


def _sender(head: robots.Fields) -> Address | None:
    """As a plan takes it."""
    for name in ("from", "sender"):
        for one in addresses(b", ".join(head.get(name, ())[:100])):
            return one
    return None


def _some_parts(part: Part) -> Iterator[Part]:
    """The outer parts, in the order of the mail."""
    waiting = [part]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        one = waiting.pop()
        yield one
        waiting += reversed(one.children[:_MOST_PARTS])


def _report(parts: list[Part]) -> tuple[MailKind, Bounce | None] | None:
    for part in parts:
        if part.type in _STATUS:
            return _delivery(part, parts)
        if part.type in _RECEIPTS:
            return "receipt", None
        if part.type == "message/feedback-report":
            return "feedback", None
    root = parts[0]
    if root.type == "multipart/report" and "disposition-notification" in root.said_type.lower():
        return "receipt", None
    return None


def _delivery(status: Part, parts: list[Part]) -> tuple[MailKind, Bounce | None]:
    failed: dict[str, None] = {}
    delayed: dict[str, None] = {}
    failures: dict[str, None] = {}
    delays: dict[str, None] = {}
    for block in _blocks(status):
        reason = _reason(block)
        action = _action(block)
        people, reasons = (failed, failures) if action == "failed" else (delayed, delays)
        if action in ("failed", "delayed"):
            people.update(dict.fromkeys(_recipients(block)))
            if reason:
                reasons[reason] = None
    ids = tuple(_returned_ids(parts))
    if failed or failures:
        return "bounce", Bounce(tuple(failed)[:_MOST_RECIPIENTS], _some(failures), ids)
    if delayed or delays:
        return "bounce", Bounce(tuple(delayed)[:_MOST_RECIPIENTS], _some(delays), ids, is_final=False)
    return ("receipt", None) if _was_delivered(status) else ("bounce", Bounce((), "", ids))


def _blocks(status: Part) -> list[Fields]:
    found: list[Fields] = []
    waiting = _split(status.content([]))[::-1]
    while waiting and len(found) < _MOST_BLOCKS:
        fields = Fields(waiting.pop())
        found.append(fields)
        encoding = fields.text(b"content-transfer-encoding").lower()
        if encoding == "base64" and waiting:
            # Filters that rewrite addresses encode the rest as though it were a part.
            waiting += _split(decoded_body(waiting.pop(), encoding, []))[::-1]
    return found


def _split(content: bytes) -> list[bytes]:
    text = content[:_LARGEST_STATUS].replace(b"\r\n", b"\n")
    return [block.strip(b"\n") for block in _BLANK.split(text, _MOST_BLOCKS) if block.strip()]


def _action(block: Fields) -> str:
    said = one_line(block.get(b"action")).lower().partition(" ")[0]
    if said:
        return said
    digit = one_line(block.get(b"status"))[:1]
    return {"5": "failed", "4": "delayed"}.get(digit, "")


def _was_delivered(status: Part) -> bool:
    return any(_action(block) in ("delivered", "relayed", "expanded") for block in _blocks(status))


def _recipients(block: Fields) -> Iterator[str]:
    """As the sender wrote them, else as the server did (RFC 3464, 2.3.1)."""
    for value in block.all(b"original-recipient") or block.all(b"final-recipient"):
        email = one_line(value).rpartition(";")[2].strip(" <>\"'").lower()
        if "@" in email and " " not in email:
            yield email


def _reason(block: Fields) -> str:
    said = one_line(block.get(b"diagnostic-code"))
    kind, mark, text = said.partition(";")
    said = text.strip() if mark and " " not in kind.strip() else said
    status = one_line(block.get(b"status"))
    return _SPACES.sub(" ", said or (f"status {status}" if status else ""))[:_LONGEST_REASON]


def _some(reasons: Iterable[str]) -> str:
    return "; ".join(list(reasons)[:3])[:_LONGEST_REASON]


def _returned_ids(parts: list[Part]) -> Iterator[str]:
    for part in parts:
        if part.type in _RETURNED:
            head = parse(part.content([])[:_LARGEST_STATUS].lstrip(), []).fields
            yield from message_ids(head.get(b"message-id"))[:1]


def _unstructured(root: Part, subject: str, texts: Iterable[Pair]) -> Bounce | None:
    """A report in words only, as servers wrote them before RFC 1894, and some still do."""
    fields = root.fields
    said = fields.get(b"x-failed-recipients")
    is_known, is_late = is_bounce(subject), is_delay(subject)
    text = "\n".join(_words(texts))[:_LARGEST_TEXT]
    failed = [one.strip(" <>").lower() for one in one_line(said).split(",") if "@" in one]
    late: list[str] = []
    if not failed:
        failed, late = _named(fields, text)
    if not (failed or late or is_known or is_late):
        return None
    ids = (*_returned_ids(list(_some_parts(root))), *_ID_LINE.findall(text)[:1])
    if is_late or not (failed or is_known):
        return Bounce(
            tuple((failed or late)[:_MOST_RECIPIENTS]), "", tuple(dict.fromkeys(ids)), is_final=False
        )
    words = _REMOTE_WORDS.search(text)
    reason = _SPACES.sub(" ", words[0]).strip()[:_LONGEST_REASON] if words else ""
    return Bounce(tuple(failed[:_MOST_RECIPIENTS]), reason, tuple(dict.fromkeys(ids)))


def _words(texts: Iterable[Pair]) -> Iterator[str]:
    for plain, html in texts:
        one = plain or html
        if one is not None:
            yield one.text[:_LARGEST_TEXT]


def _named(fields: Fields, text: str) -> tuple[list[str], list[str]]:
    """Whom the words of many a server name: those that failed, those that wait."""
    # Imported here: few mails need it.
    from flufl.bounce import all_failures

    # It tells a traceback for each detector that a mail is too odd for.
    logging.getLogger("flufl.bounce").disabled = True
    message = Message()
    people = addresses(fields.get(b"from"))
    # It does not go on where there is none.
    message["From"] = people[0].email if people else "mailer-daemon@localhost"
    for name in ("Subject", "X-Mailer", "Message-ID"):
        message[name] = one_line(fields.get(name.lower().encode()))
    # Its patterns take quadratic time on a line; what a server says of an address stands at its beginning.
    message.set_payload("\n".join(line[:_LONGEST_LINE] for line in text.split("\n")))
    try:
        waiting, failed = all_failures(message)
    except _FAILURES:
        return [], []
    return _sorted(failed), _sorted(waiting)


def _sorted(found: Iterable[bytes | str]) -> list[str]:
    texts = (one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in found)
    return sorted({text.strip("<> ").lower() for text in texts if "@" in text})
