"""Mails made of texts, for what becomes of them as bodies."""

import email
import email.policy
import html
import re
from pathlib import Path
from typing import Any

from tiketti_migrate_mail.bodies import Body, body_of
from tiketti_migrate_mail.headers import Address
from tiketti_migrate_mail.mail import Mail, TextPart

__all__ = ["REPLIES", "mail_from", "mail_of", "plain", "rich", "seen", "trimmed_of"]

REPLIES = Path(__file__).parent / "data" / "mail" / "talon"


def plain(text: str, **changes: Any) -> tuple[TextPart, None]:
    return TextPart(text, is_html=False, **changes), None


def rich(markup: str) -> tuple[None, TextPart]:
    return None, TextPart(markup, is_html=True)


def mail_of(*texts: Any, subject: str = "Re: Printer", **changes: Any) -> Mail:
    sender = changes.pop("sender", Address("Jane Doe", "jane@example.org"))
    return Mail(subject=subject, sender=sender, date=None, texts=texts, **changes)


def mail_from(path: Path) -> Mail:
    """A mail of one text, or of one text and its HTML."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    parts: list[TextPart | None] = []
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        flowed = part is not None and part.get_param("format") == "flowed"
        parts.append(None if part is None else TextPart(part.get_content(), kind == "html", flowed))
    to = tuple(Address("", one.addr_spec.lower()) for one in getattr(message["to"], "addresses", ()))
    return mail_of((parts[0], parts[1]), subject=str(message["subject"]), to=to)


def trimmed_of(*texts: Any, **changes: Any) -> Body:
    return body_of(mail_of(*texts, **changes), trim=True)


def seen(body: Body) -> str:
    """The words of a body, as a reader sees them, one space between two."""
    text = body.text
    if body.format == "html":
        text = html.unescape(re.sub(r"<[^>]*>", " ", text))
    return " ".join(text.split())
