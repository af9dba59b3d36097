"""Mails that no person wrote, by their heads: lists, forms, bounces, automatic replies, notifications.

RFC 3834 (Auto-Submitted), RFC 2919 and 2369 (List-Id, List-Post), RFC 6522 (multipart/report).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from tiketti_migrate_mail.headers import Address, addresses, decoded
from tiketti_migrate_mail.report_subjects import is_auto_reply, is_invitation_reply, is_labelled_auto_reply
from tiketti_migrate_mail.report_subjects import is_bounce as says_bounce
from tiketti_migrate_mail.report_subjects import is_delay as says_delay

__all__ = [
    *("Fields", "is_automatic", "is_bounce", "is_generated", "is_list", "is_null", "is_robot", "is_role"),
    *("report_of", "true_author"),
]

Fields = Mapping[str, Sequence[bytes]]

_ROBOT = re.compile(
    r"(?:.{0,40}[._+-])?(?:no[._-]?reply|do[._-]?not[._-]?reply|dont[._-]?reply|ne[._-]?pas[._-]?repondre"
    r"|keine[._-]?antwort|nicht[._-]?antworten|no[._-]?responder|nao[._-]?responda)(?:[._+=-].{0,200}|\d*)"
    r"|(?:mailer-daemon|postmaster|bounces?|notifications?|notify|mailer|daemon|autoresponder|automailer)"
    r"(?:[._+=-].{0,200})?"
    r"|nobody|www-data|apache|httpd|nginx|wwwrun|root|cron|daemon|wordpress|typo3|joomla|drupal"
    r"|(?:web|contact|kontakt)?-?(?:form|formular|formmail|forms)|kontaktformular|website|webserver|scanner"
)
_ROLE = re.compile(
    r"(?:support|info|help|helpdesk|help-desk|service|services|servicedesk|office|sales|vertrieb|kontakt|contact"
    r"|contacts|mail|post|hello|hallo|hi|team|admin|administrator|billing|accounts|accounting|invoice|invoices"
    r"|rechnung|rechnungen|buchhaltung|orders?|bestellung|shop|customer|customers|customerservice|care"
    r"|customer-?(?:care|support|service)|kundenservice|kundendienst|zentrale|sekretariat|enquiries|inquiries"
    r"|feedback|press|presse|jobs|hr|marketing|it|edv|tech|technik|technical|webmaster|hostmaster|abuse"
    r"|security|privacy|datenschutz|reception|booking|bookings|reservations?|ventas|soporte|atencion|contacto"
    r"|commercial|facturation|assistance|assistenza|ticket|tickets|desk|welcome|questions|anfrage|anfragen)"
    r"(?:[._+-].{0,100})?"
)
_REPORT = re.compile(rb"\s*multipart/report\b", re.IGNORECASE)
_AUTO_REPLIED = re.compile(rb"\s*auto[-_]?replied", re.IGNORECASE)
_AUTO_PRECEDENCE = re.compile(rb"\s*auto[-_ ]?reply", re.IGNORECASE)
_CALENDAR_REPLY = re.compile(rb"\s*text/calendar\b.*;\s*method\s*=\s*\"?reply\b", re.IGNORECASE | re.DOTALL)
# What only programs that answer by themselves put into a head, with any value but these.
_ANSWERING = (
    *("x-autoreply", "x-auto-reply", "x-autoreply-from", "x-autorespond", "x-autoresponder", "x-vacation"),
)
_NOT = (b"", b"no", b"false", b"0")
_DAEMON = re.compile(rb"mailer-?daemon|mail-?daemon|mdaemon", re.IGNORECASE)
_SERVER = re.compile(rb"postmaster|mail delivery (?:sub)?system", re.IGNORECASE)
_VIA = re.compile(r"\s(?:via|über|through|por|par)\s", re.IGNORECASE)


def is_robot(email: str) -> bool:
    """Whether nobody reads what is sent to an address, or it belongs to a program."""
    return _ROBOT.fullmatch(email.rpartition("@")[0]) is not None


def is_role(email: str) -> bool:
    """Whether an address is that of an office, not of a person."""
    return _ROLE.fullmatch(email.rpartition("@")[0]) is not None


def report_of(found: Fields, subject: str, sender: Address | None) -> Literal["bounce", "auto-reply", "mail"]:
    """What a mail is by its head, of which HEADER_FIELDS are enough. Only this decides, here and in texts."""
    if is_bounce(found, sender):
        return "bounce"
    return "auto-reply" if is_automatic(found, subject) else "mail"


def is_bounce(found: Fields, sender: Address | None) -> bool:
    """A report of delivery (RFC 3464), of reading (RFC 8098) or of abuse (RFC 5965), or one as text.

    ``sender``: From, else Sender. Whoever writes as the server without an address is no person.
    """
    if "x-failed-recipients" in found or _REPORT.match(found.get("content-type", (b"",))[0]):
        return True
    words = found.get("from", (b"",))[0][:1000]
    if sender is None:
        return bool(_DAEMON.search(words) or _SERVER.search(words)) or _is_returned(found)
    if _DAEMON.fullmatch(sender.email.partition("@")[0].encode("utf-8", "replace")):
        return True
    if _SERVER.search(words):
        return is_null(found) or _says_undelivered(found)
    return _is_returned(found)


def is_automatic(found: Fields, subject: str) -> bool:
    """An answer that a program gave (absent, received, will come), not what a form or a monitor sends.

    Many programs say ``auto-generated`` of both, so that there the subject or what it answers tells.
    """
    said = found.get("auto-submitted", (b"",))[0].strip().lower()
    precedence = found.get("precedence", (b"",))[0].strip().lower()
    if _AUTO_REPLIED.match(said) or _AUTO_PRECEDENCE.match(precedence):
        return True
    if any(name in found and found[name][0].strip().lower() not in _NOT for name in _ANSWERING):
        return True
    is_made, is_returned = said.startswith(b"auto"), is_null(found)
    is_suppressing = "x-auto-response-suppress" in found
    if _answers_an_invitation(found, subject, is_made=is_made):
        return True
    if is_returned and "in-reply-to" in found and (is_made or is_suppressing):
        return True
    is_bulk = precedence in (b"bulk", b"junk") and not (is_list(found) or "list-unsubscribe" in found)
    if is_made or is_returned or is_bulk or "x-ms-exchange-generated-message-source" in found:
        return is_auto_reply(subject.lower())
    # Exchange puts this into what people write, too.
    return is_suppressing and is_labelled_auto_reply(subject.lower())


def is_generated(found: Fields) -> bool:
    """Whether a program says that it wrote it without a person (RFC 3834, 5)."""
    return found.get("auto-submitted", (b"",))[0].strip().lower().startswith(b"auto")


def is_null(found: Fields) -> bool:
    """``Return-Path: <>``: nobody is told when it cannot be delivered."""
    return "return-path" in found and found["return-path"][0].strip() == b"<>"


def true_author(found: Fields, sender: Address | None, reply_to: Sequence[Address]) -> Address | None:
    """Who wrote what a list sends in its own name; else the sender."""
    if not _is_munged(found, sender) or sender is None:
        return sender
    original = addresses(b",".join(found.get("x-original-from", ())))
    others = [one for one in (*original, *reply_to) if one.email != sender.email]
    if not others:
        return sender
    name = others[0].name or _VIA.split(sender.name)[0].strip(" '\"")
    return Address(name, others[0].email)


def is_list(found: Fields) -> bool:
    """Whether a mailing list passed it on."""
    precedence = found.get("precedence", (b"",))[0].strip().lower()
    return "list-id" in found or "list-post" in found or precedence == b"list"


def _is_munged(found: Fields, sender: Address | None) -> bool:
    """Whether a list put itself into From, as it does for domains with a strict DMARC policy (RFC 7960)."""
    if sender is None or not is_list(found):
        return False
    if "x-original-from" in found or _VIA.search(sender.name):
        return True
    local, _, domain = sender.email.partition("@")
    posts = addresses(b",".join(found.get("list-post", ()))[:1000])
    lists = b" ".join(found.get("list-id", ())).decode("latin-1").lower()
    return any(post.email == sender.email for post in posts) or f"{local}.{domain}" in lists


def _is_returned(found: Fields) -> bool:
    return is_null(found) and _says_undelivered(found)


def _says_undelivered(found: Fields) -> bool:
    subject = decoded(found.get("subject", (b"",))[0][:8000]).lower()
    return says_bounce(subject) or says_delay(subject)


def _answers_an_invitation(found: Fields, subject: str, *, is_made: bool) -> bool:
    if _CALENDAR_REPLY.match(found.get("content-type", (b"",))[0][:1000]):
        return True
    is_calendars = is_made or b"calendarmessage" in found.get("content-class", (b"",))[0].lower()
    return is_calendars and is_invitation_reply(subject.lower())
