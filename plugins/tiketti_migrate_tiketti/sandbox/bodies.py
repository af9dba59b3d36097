"""What becomes of a message's body: sanitised HTML and its text."""

import html
import re

import nh3

__all__ = ["altered", "altered_text", "rendered"]

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6]|/blockquote|/pre|hr)\b[^<>]*>", re.IGNORECASE)
_REFERENCE = re.compile(r"(?<![\w&])#(\d+)")


def rendered(body: str) -> tuple[str, str]:
    """``body`` and ``body_html`` as answers show them.

    What has a tag is taken for HTML: ``body_html`` is sanitised, and ``body`` is its text on one line.
    Anything else is text: ``body`` as sent, ``body_html`` escaped.
    """
    if not _TAG.search(body):
        return body, "<p>" + html.escape(body, quote=False).replace("\n", "<br>") + "</p>"
    clean = nh3.clean(body)
    text = html.unescape(nh3.clean(_BREAK.sub(r" \g<0>", clean), tags=set()))
    return " ".join(text.split()), clean


def altered(body: str, body_html: str) -> tuple[str, str]:
    """The same body as a server would keep that meddles with it: other white space, ``#123`` linked."""
    link = r'<a href="https://example.invalid/tickets/\1">#\1</a>'
    return altered_text(body), "\n<div>" + _REFERENCE.sub(link, body_html.replace("> <", "><")) + "</div>\n"


def altered_text(text: str) -> str:
    """A plain text with other white space."""
    return re.sub(r"[ \t]+", "  ", text).strip() + "\n"
