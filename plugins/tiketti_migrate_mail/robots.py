"""Mails that no person wrote, by their heads: lists, forms, bounces, automatic replies, notifications.

RFC 3834 (Auto-Submitted), RFC 2919 and 2369 (List-Id, List-Post), RFC 6522 (multipart/report).
"""

import re
from collections.abc import Mapping, Sequence

from tiketti_migrate_mail.headers import Address, addresses

__all__ = ["Fields", "is_automatic", "is_bounce", "is_robot", "is_role", "true_author"]

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
_VIA = re.compile(r"\s(?:via|über|through|por|par)\s", re.IGNORECASE)
# How Exchange, Gmail and others begin the subject of an absence note.
_ABSENT = re.compile(
    r"(?:automatic reply|auto[- ]?reply|autoreply|automatische antwort|automatisch antwoord|abwesenheitsnotiz"
    r"|abwesenheit|out of (?:the )?office|réponse automatique|respuesta automática|risposta automatica"
    r"|resposta automática|autosvar|automatiskt svar|automatisk svar|automaattinen vastaus|autoodpowiedź"
    r"|odpowiedź automatyczna|automatická odpověď|automatikus válasz|автоответ|自动答复|自動応答|自动回复)\b",
    re.IGNORECASE,
)


def is_robot(email: str) -> bool:
    """Whether nobody reads what is sent to an address, or it belongs to a program."""
    return _ROBOT.fullmatch(email.rpartition("@")[0]) is not None


def is_role(email: str) -> bool:
    """Whether an address is that of an office, not of a person."""
    return _ROLE.fullmatch(email.rpartition("@")[0]) is not None


def is_bounce(found: Fields, sender: Address | None) -> bool:
    """A report of delivery (RFC 3464), of reading (RFC 8098) or of abuse (RFC 5965), or one as text."""
    if "x-failed-recipients" in found or _REPORT.match(found.get("content-type", (b"",))[0]):
        return True
    local = sender.email.partition("@")[0] if sender else ""
    return local == "mailer-daemon" or (local == "postmaster" and _is_empty(found, "return-path"))


def is_automatic(found: Fields, subject: str) -> bool:
    """An answer that a program gave (absent, received, read), not what a form or a monitor sends.

    Exchange says ``auto-generated`` of both, so that there the subject or what it answers tells.
    """
    said = found.get("auto-submitted", (b"",))[0].strip().lower()
    if _AUTO_REPLIED.match(said) or _AUTO_PRECEDENCE.match(found.get("precedence", (b"",))[0]):
        return True
    if "x-autoreply" in found and found["x-autoreply"][0].strip().lower() not in (b"no", b"false", b"0"):
        return True
    if not (said.startswith(b"auto-generated") or "x-auto-response-suppress" in found):
        return False
    return bool(_ABSENT.match(subject)) or ("in-reply-to" in found and _is_empty(found, "return-path"))


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


def _is_list(found: Fields) -> bool:
    """Whether a mailing list passed it on."""
    precedence = found.get("precedence", (b"",))[0].strip().lower()
    return "list-id" in found or "list-post" in found or precedence == b"list"


def _is_munged(found: Fields, sender: Address | None) -> bool:
    """Whether a list put itself into From, as it does for domains with a strict DMARC policy (RFC 7960)."""
    if sender is None or not _is_list(found):
        return False
    if "x-original-from" in found or _VIA.search(sender.name):
        return True
    local, _, domain = sender.email.partition("@")
    posts = addresses(b",".join(found.get("list-post", ()))[:1000])
    lists = b" ".join(found.get("list-id", ())).decode("latin-1").lower()
    return any(post.email == sender.email for post in posts) or f"{local}.{domain}" in lists


def _is_empty(found: Fields, name: str) -> bool:
    """``Return-Path: <>``: nobody is told when it cannot be delivered."""
    return name in found and found[name][0].strip() in (b"<>", b"")
