"""Bounces, automatic replies and receipts as internal notes: in short first, then as they came."""

from typing import Literal

from tiketti_migrate_mail.bodies import Body
from tiketti_migrate_mail.mail import Bounce, Mail, MailKind

__all__ = ["told"]

_MOST_RECIPIENTS = 20
_WORDS: dict[MailKind, str] = {
    "mail": "Automatic mail",
    "auto-reply": "Automatic reply",
    "receipt": "Receipt: the mail was shown or deleted",
    "feedback": "Complaint: somebody marked a mail of yours as junk",
}


def told(mail: Mail, body: Body) -> tuple[str, Literal["text", "html"]]:
    """The text of the note and its format."""
    first = _bounced(mail.bounce) if mail.kind == "bounce" else _WORDS[mail.kind]
    if body.format == "html":
        from html import escape

        return f"<p>{escape(first, quote=False)}</p>\n{body.text}", "html"
    return f"{first}\n\n{body.text}", "text"


def _bounced(bounce: Bounce | None) -> str:
    if bounce is None:
        return "Delivery report"
    named = ", ".join(bounce.recipients[:_MOST_RECIPIENTS])
    more = len(bounce.recipients) - _MOST_RECIPIENTS
    whom = f" to {named}" if named else ""
    others = f" and {more:,} more" if more > 0 else ""
    why = f": {bounce.reason}" if bounce.reason else ""
    what = "was not delivered" if bounce.is_final else "is delayed"
    return f"A mail{whom}{others} {what}{why}"
