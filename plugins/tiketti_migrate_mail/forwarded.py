"""Who really wrote what one of ours forwarded, or what a web form or a robot sent in their name."""

import re
from collections.abc import Iterator
from contextlib import suppress
from email.parser import BytesHeaderParser
from itertools import islice

from selectolax.lexbor import LexborHTMLParser

from tiketti_migrate_mail.headers import Address, decoded
from tiketti_migrate_mail.html_lines import html_lines, is_tangled
from tiketti_migrate_mail.mail import FilePart, Mail
from tiketti_migrate_mail.quoted_heads import Line, email_in, header_block, is_forward_marker, line_of

__all__ = ["real_sender"]

_LARGEST = 200_000
_MOST_LINES = 2000
_LARGEST_HEAD = 64 * 1024
_MOST_FILES = 20
_LONGEST_NAME = 200
_NEAR = 10
_BEHALF = re.compile(
    r"\b(?:on behalf of|im auftrag von|au nom de|en nombre de|namens|per conto di|em nome de|on vegne af)\b",
    re.I,
)
# What a form calls the address of who filled it in.
_FORM = re.compile(
    r"(?:your |ihre |deine |votre |su |tu |il tuo |uw |din |sender |contact |customer |from )?"
    r"(?:e-?mail|e-?post|mail|courriel|correo(?: electr[oó]nico)?|m[eé]l|sähköposti|эл\. ?почта|почта"
    r"|reply[- ]?to|antwort an|répondre à|responder a)"
    r"(?:[- ]?(?:address|adresse|adres|adress|osoite|id|from|cím))?"
    r"\s?(?:\*|\([^()]{0,30}\))?\s?[:\uff1a=]?\s{0,5}",
    re.IGNORECASE,
)
_ADDRESS_ALONE = re.compile(
    r"[<(\[]?(?:mailto:)?[^\s<>()\[\]]{1,320}[>)\]]?(?:\s?[<(\[](?:mailto:)?[^\s<>()\[\]]{1,320}[>)\]])?",
    re.I,
)


def real_sender(mail: Mail) -> Address | None:
    """The person whom a forwarded mail, an attached one or a form names; None where none is named.

    Whoever sent or got the mail itself is passed over. Reply-To comes before From.
    """
    known = {one.email for one in (*mail.to, *mail.cc)}
    if mail.sender is not None:
        known.add(mail.sender.email)
    for found in _named(mail):
        if found.email not in known:
            return found
    return None


def _named(mail: Mail) -> Iterator[Address]:
    for plain, rich in mail.texts:
        lines = _lines(plain.text) if plain is not None and plain.text.strip() else None
        yield from _in_lines(lines or [])
        if rich is not None:
            yield from _in_lines(_html_lines(rich.text) if rich.is_html else _lines(rich.text))
    attached = [file for file in mail.files if file.content_type.lower() == "message/rfc822"]
    for file in attached[:_MOST_FILES]:
        yield from _in_head(file)


def _lines(text: str) -> list[Line]:
    return [line_of(row) for row in text[:_LARGEST].split("\n", _MOST_LINES)[:_MOST_LINES]]


def _html_lines(markup: str) -> list[Line]:
    markup = markup[:_LARGEST]
    body = None if is_tangled(markup) else LexborHTMLParser(markup).body
    if body is None:
        return []
    return [found.line for found in islice(html_lines(body, "none"), _MOST_LINES)]


def _in_lines(lines: list[Line]) -> Iterator[Address]:
    """Those in the heads of forwarded mails, the outermost first; then those in the fields of a form."""
    marked = -1
    for number, line in enumerate(lines):
        if not line.text:
            continue
        if is_forward_marker(line.text):
            marked = number + _NEAR
        if ":" not in line.text and "\uff1a" not in line.text:
            continue
        head = header_block(lines, number, fewest=1 if number < marked else 3)
        for name in ("reply-to", "from"):
            found = _address(head.get(name, ""))
            if found is not None:
                yield found
    for number, line in enumerate(lines):
        found = _in_field(lines, number) if line.text else None
        if found is not None:
            yield found


def _in_field(lines: list[Line], number: int) -> Address | None:
    """The address in a field of a form, beside its name or below it."""
    text = lines[number].text
    name = _FORM.match(text)
    if name is None:
        return None
    value = text[name.end() :].strip()
    if not value:
        value = next((line.text for line in lines[number + 1 : number + 3] if line.text), "")
    return _address(value) if _ADDRESS_ALONE.fullmatch(value) else None


def _address(value: str) -> Address | None:
    """Who stands in a line such as ``Jane Doe [mailto:jane@example.org]``."""
    behalf = _BEHALF.search(value)
    if behalf and "@" in value[behalf.end() :]:
        value = value[behalf.end() :]
    email = email_in(value)
    if email is None:
        return None
    name = value[: value.lower().find(email)].strip("\"'<[(*\u201c\u201d \t")
    name = name.removesuffix("mailto:").strip("\"'<[(*\u201c\u201d \t")
    return Address(name[:_LONGEST_NAME] if "@" not in name else "", email)


def _in_head(file: FilePart) -> Iterator[Address]:
    """Those in the head of an attached mail."""
    head = BytesHeaderParser().parsebytes(file.content[:_LARGEST_HEAD])
    fields = {name.lower(): str(value) for name, value in reversed(list(head.raw_items()))}
    for name in ("reply-to", "from"):
        # A charset that nobody knows.
        with suppress(LookupError):
            found = _address(decoded(fields.get(name, "").encode("utf-8", "surrogateescape")))
            if found is not None:
                yield found
