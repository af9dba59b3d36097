"""Bytes of a mail -> ``Mail``: its texts as a reader program shows them, its files, and what it is."""

import html
import re

from tiketti_migrate_mail import wrapped
from tiketti_migrate_mail.file_parts import (
    Files,
    cleaned_name,
    disposition_of,
    file_name,
    parameters,
    type_of_name,
)
from tiketti_migrate_mail.headers import Address, date_of, decoded, message_ids
from tiketti_migrate_mail.mail import FilePart, Mail, TextPart
from tiketti_migrate_mail.mime_tree import Fields, Part, parse, some_words
from tiketti_migrate_mail.people import shared_addresses
from tiketti_migrate_mail.reports import told
from tiketti_migrate_mail.text_charsets import decode
from tiketti_migrate_mail.tnef import read_tnef
from tiketti_migrate_mail.transfer import FOLLOWED, taken_out

__all__ = ["read_mail"]

Pair = tuple[TextPart | None, TextPart | None]

_MOST_WRAPPED, _MOST_INVITATIONS = 5, 5
# What a reader program offers as a file although it is a text.
_TEXT_FILES = {
    *("text/calendar", "text/csv", "text/vcard", "text/x-vcard", "text/directory", "text/xml", "text/css"),
    *("text/rtf", "text/javascript", "text/rfc822-headers", "text/tab-separated-values"),
}
# Of an alternative they are shown by nobody who shows the others.
_OTHER_ALTERNATIVES = {"text/x-amp-html", "text/watch-html"}
_FORMATTED = {"text/enriched", "text/richtext"}
_MAILS = {"message/rfc822", "message/global", "message/news"}
_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}
_SMIME = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
# What they are about stands in their Content-Type.
_ELSEWHERE = {"message/partial", "message/external-body"}
_NO_NAMES = {"application/octet-stream", "application/ms-tnef"}
# Searched for faster than ``in`` does it.
_UU_FILE = re.compile(rb"\nbegin")
_SIGNATURES = {
    *("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"),
}
_SIGNATURE_NAMES = {"smime.p7s", "signature.asc", "openpgp_signature.asc", "openpgp_signature"}
_TAG = re.compile(r"<[^<>]*+>")


def read_mail(content: bytes, *, is_cut: bool = False) -> Mail:
    """A mail from any bytes; what it is not whole in, or was mended, is told in its ``warnings``.

    ``is_cut``: these are the first bytes of a larger mail.
    """
    warnings: list[str] = []
    if is_cut:
        warnings.append("The mail is too large and was cut: the end of its text, or files, may be missing")
    root = parse(content, warnings)
    reader = _Reader(warnings)
    texts = reader.texts(root)
    kind, bounce = told(root, texts)
    fields = root.fields
    return Mail(
        subject=decoded(fields.get(b"subject")),
        sender=_sender(fields),
        date=date_of(fields.get(b"date")),
        reply_to=_people(fields, b"reply-to"),
        to=_people(fields, b"to"),
        cc=_people(fields, b"cc"),
        bcc=_people(fields, b"bcc"),
        message_id=_message_id(fields),
        texts=texts,
        files=_shown(reader.files.found, texts),
        kind=kind,
        bounce=bounce,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _people(fields: Fields, name: bytes) -> tuple[Address, ...]:
    """Of all fields of that name, as some mailers write one for each."""
    values = fields.all(name)
    if len(values) == 1:
        return shared_addresses(values[0])
    return tuple(address for value in values[:100] for address in shared_addresses(value))


def _sender(fields: Fields) -> Address | None:
    found = _people(fields, b"from") or _people(fields, b"sender")
    return found[0] if found else None


def _message_id(fields: Fields) -> str | None:
    raw = fields.get(b"message-id")
    found = message_ids(raw)
    if found:
        return found[0]
    bare = cleaned_name(raw.decode("latin-1"))
    return bare if bare and " " not in bare else None


def _shown(files: list[FilePart], texts: tuple[Pair, ...]) -> tuple[FilePart, ...]:
    """A file is also inline when an HTML text names it (RFC 2392)."""
    if not any(one.content_id for one in files):
        return tuple(files)
    named: set[str] = set()
    for _, rich in texts:
        if rich and "cid:" in rich.text:
            named |= wrapped.content_ids(rich.text)
    return tuple(f._replace(inline=True) if f.content_id in named else f for f in files)


class _Reader:
    """Walks the tree once. ``spare``, ``invitations``: texts within files, for a mail without any other.

    ``footers``: texts behind all parts; ``doubts``: warnings on a mail without a text.
    """

    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings
        self._spare: list[Pair] = []
        self._invitations: list[bytes] = []
        self._footers: list[Pair] = []
        self._doubts: list[str] = []
        self._wrapped = 0
        self.files = Files()

    def texts(self, root: Part) -> tuple[Pair, ...]:
        pairs = self._read(root, is_body=True) or self._instead()
        if root.preamble:
            words = _said(decode(root.preamble, None, is_html=False)[0])
            if not pairs:
                # Servers that know no MIME put all they say there.
                return (words, *self._footers)
            self._warnings.append(f"Text before the first part is not shown: {some_words(root.preamble)}")
        return (*pairs, *self._footers)

    def _instead(self) -> list[Pair]:
        """The texts of a mail that has none of its own."""
        self._warnings += self._doubts
        invitations = self._invitations[:_MOST_INVITATIONS]
        said = [wrapped.calendar_text(content, self._warnings) for content in invitations]
        return [*self._spare, *(_said(text) for text in said if text)]

    def _read(self, part: Part, *, inline: bool = False, is_body: bool = False) -> list[Pair]:
        """``inline``: beside a text that may show it. ``is_body``: a text here is one, even with a name."""
        kind = part.type
        if kind.startswith("text/"):
            return self._text(part, inline=inline, is_body=is_body)
        if not part.children:
            return self._leaf(part, inline=inline)
        if part.epilogue:
            self._footers.append(_said(decode(part.epilogue, None, is_html=False)[0]))
        if kind == "multipart/alternative":
            return self._alternative(part, inline=inline)
        if kind == "multipart/related":
            return self._related(part)
        if kind == "multipart/signed":
            return self._signed(part)
        if kind == "multipart/encrypted":
            return self._encrypted(part)
        if kind == "multipart/appledouble":
            # The first is what only a Macintosh has use for (RFC 1740).
            return [pair for child in part.children[1:] for pair in self._read(child, inline=inline)]
        return [pair for child in part.children for pair in self._read(child, inline=inline)]

    def _text(self, part: Part, *, inline: bool, is_body: bool) -> list[Pair]:
        is_file = disposition_of(part) == "attachment" or part.type in _TEXT_FILES
        if is_file or (not is_body and file_name(part)):
            return self._file(part, inline=inline)
        warnings: list[str] = []
        content = part.content(warnings)
        # Of a text that is the footer of a list, and nothing is wrong with it.
        self._warnings += [one for one in warnings if one != FOLLOWED]
        is_html = part.type == "text/html"
        if not is_html and (_UU_FILE.search(content) or content.startswith(b"begin")):
            content = self._uu_files(content)
        given = parameters(part.said_type)
        text, mended = decode(content, given.get("charset"), is_html=is_html)
        if mended:
            self._warnings.append(f"A text was mended: {mended}")
        if part.type in _FORMATTED:
            text = wrapped.enriched_text(text)
        if not is_html and "-----BEGIN PGP SIGNED" in text:
            text = wrapped.unsigned_text(text)
        if not text.strip():
            return []
        if is_html:
            return [(None, TextPart(text, is_html=True))]
        flowed = given.get("format", "").lower() == "flowed"
        delsp = flowed and given.get("delsp", "").lower() == "yes"
        return [(TextPart(text, False, flowed, delsp), None)]

    def _uu_files(self, content: bytes) -> bytes:
        content, found = taken_out(content)
        for file in found:
            name = decode(file.name, None, is_html=False)[0]
            self.files.add_made(name, type_of_name(name), file.content)
        return content

    def _file(self, part: Part, *, inline: bool) -> list[Pair]:
        content = part.content(self._warnings)
        if part.type == "text/calendar":
            self._invitations.append(content)
        self.files.add(part, content, inline=inline)
        return []

    def _leaf(self, part: Part, *, inline: bool) -> list[Pair]:
        if part.type in _MAILS:
            content = part.content(self._warnings)
            subject = decoded(parse(content[:65536], []).fields.get(b"subject")) if content else ""
            self.files.add(part, content, inline=False, name=f"{subject or 'forwarded message'}.eml")
            return []
        name = file_name(part).lower() if part.type in _NO_NAMES else ""
        if part.type in _TNEF or name == "winmail.dat":
            return self._tnef(part)
        if part.type in _SMIME or name.endswith(".p7m"):
            return self._smime(part)
        if part.type in _ELSEWHERE:
            return self._fragment(part)
        if _is_signature(part):
            return []
        return self._file(part, inline=inline)

    def _alternative(self, part: Part, *, inline: bool) -> list[Pair]:
        """One text in several forms (RFC 2046, 5.1.4); what says something else is a further text."""
        taken = {child.type for child in part.children if not file_name(child)}
        plain: list[TextPart] = []
        rich: list[TextPart] = []
        for child in part.children:
            is_same = child.type in _OTHER_ALTERNATIVES or (child.type in _FORMATTED and plain)
            if is_same:
                continue
            is_file = bool(file_name(child)) and not taken.isdisjoint((child.type, "text/html"))
            pairs = self._read(child, inline=inline, is_body=not is_file)
            plain += _joined([pair[0] for pair in pairs])
            rich += _joined([pair[1] for pair in pairs])
            taken |= {child.type} if pairs else set()
            taken |= {"text/html"} if rich else set()
        return _paired(_differing(plain), _differing(rich))

    def _related(self, part: Part) -> list[Pair]:
        given = parameters(part.said_type)
        root = _root(part, given.get("start", "").strip("<> "), given.get("type", "").lower())
        pairs: list[Pair] = []
        for child in part.children:
            if child is root or child.children:
                pairs += self._read(child, inline=child is not root, is_body=child is root)
            elif child.type.startswith("text/") and not child.fields.get(b"content-id"):
                pairs += self._read(child, inline=True)
            elif child.type.startswith("text/"):
                self._file(child, inline=True)
            else:
                pairs += self._leaf(child, inline=True)
        return pairs

    def _signed(self, part: Part) -> list[Pair]:
        pairs = self._read(part.children[0], is_body=True)
        for child in part.children[1:]:
            if child.type not in _SIGNATURES:
                pairs += self._read(child)
        return pairs

    def _encrypted(self, part: Part) -> list[Pair]:
        """PGP/MIME (RFC 3156, 4)."""
        for child in part.children:
            if child.type != "application/pgp-encrypted":
                self.files.add(child, child.content(self._warnings), inline=False, name="encrypted.asc")
        return [_said(wrapped.ENCRYPTED_PGP)]

    def _smime(self, part: Part) -> list[Pair]:
        content = part.content(self._warnings)
        smime_type = parameters(part.said_type).get("smime-type", "").lower()
        inner = None if smime_type == "enveloped-data" else wrapped.signed_content(content)
        if not smime_type and _is_document(part, inner):
            self.files.add(part, content, inline=False)
            return []
        if inner is None or self._wrapped >= _MOST_WRAPPED:
            self.files.add(part, content, inline=False)
            if smime_type == "signed-data" or inner is not None:
                self._warnings.append("The signed content (S/MIME) cannot be read; it is kept as a file")
                return []
            return [_said(wrapped.ENCRYPTED_SMIME)]
        self._wrapped += 1
        return self._read(parse(inner, self._warnings), is_body=True)

    def _fragment(self, part: Part) -> list[Pair]:
        """A piece of a mail that was sent in several, or where a file lies (RFC 2046, 5.2)."""
        given = parameters(part.said_type)
        name = f"{file_name(part) or 'external file'}.txt"
        if part.type == "message/partial":
            name = f"part {given.get('number', '')} of {given.get('total', 'several')}.eml"
        head = f"Content-Type: {part.said_type}\r\n\r\n".encode("latin-1", "replace")
        self.files.add(part, head + part.content(self._warnings), inline=False, name=name)
        return []

    def _tnef(self, part: Part) -> list[Pair]:
        content = part.content(self._warnings)
        found = read_tnef(content)
        if found is None or found.has_more:
            self.files.add(part, content, inline=False)
        if found is None:
            self._warnings.append("winmail.dat cannot be read; it is kept as a file")
            return []
        if found.has_more:
            # Beside a text, what cannot be read is that text once more, formatted.
            self._doubts.append("Not all of winmail.dat can be read; it is kept as a file")
        for name, kind, data, content_id in found.files:
            self.files.add_made(name, kind or type_of_name(name), data, content_id)
        if found.plain or found.html:
            plain = TextPart(found.plain, is_html=False) if found.plain else None
            self._spare.append((plain, TextPart(found.html, is_html=True) if found.html else None))
        return []


def _said(text: str) -> Pair:
    return (TextPart(text, is_html=False), None)


def _is_signature(part: Part) -> bool:
    """A signature of the mail that it lies in, not a file that somebody sends with that of another."""
    if part.type not in _SIGNATURES and part.type != "application/octet-stream":
        return False
    name = file_name(part).lower()
    return name in _SIGNATURE_NAMES if name else part.type in _SIGNATURES


def _is_document(part: Part, inner: bytes | None) -> bool:
    """A signed file that somebody sends (contract.pdf.p7m), not a signed mail."""
    name = file_name(part).lower()
    if name in ("", "smime.p7m"):
        return False
    if inner is None:
        return "." in name.removesuffix(".p7m")
    return not parse(inner, []).fields.get(b"content-type")


def _root(part: Part, start: str, kind: str) -> Part:
    """Of a multipart/related (RFC 2387): the one it names, else the first of the type it names."""
    for child in part.children:
        if start and child.fields.text(b"content-id").strip("<> ") == start:
            return child
    same = [child for child in part.children if child.type == kind]
    return same[0] if same else part.children[0]


def _joined(texts: list[TextPart | None]) -> list[TextPart]:
    """Of the texts of one alternative one; none where there is none."""
    found = [text for text in texts if text is not None]
    if len(found) < 2:
        return found
    return [found[0]._replace(text="\n".join(text.text for text in found))]


def _paired(plain: list[TextPart], rich: list[TextPart]) -> list[Pair]:
    """Only the first of each kind are one text: of a pair but one is shown."""
    if not plain and not rich:
        return []
    first: Pair = (plain[0] if plain else None, rich[0] if rich else None)
    return [first, *((text, None) for text in plain[1:]), *((None, text) for text in rich[1:])]


def _differing(texts: list[TextPart]) -> list[TextPart]:
    """Of those that say the same, the last, which is the best (RFC 2046, 5.1.4)."""
    return list({_words(text): text for text in texts}.values()) if len(texts) > 1 else texts


def _words(text: TextPart) -> str:
    """What it says; of images alone, how it is written."""
    said = html.unescape(_TAG.sub(" ", text.text)) if text.is_html else text.text
    return " ".join(said.split()) or text.text
