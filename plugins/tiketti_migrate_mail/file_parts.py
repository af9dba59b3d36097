"""Files of a mail: what they are called and whether they are shown in the text.

RFC 2183 (Content-Disposition), RFC 2231 (parameters), RFC 2047 where it has no place but is used.
"""

import mimetypes
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote, unquote_to_bytes

from tiketti_migrate_mail.charsets import cleaned
from tiketti_migrate_mail.headers import decoded
from tiketti_migrate_mail.mail import FilePart
from tiketti_migrate_mail.mime_tree import Part
from tiketti_migrate_mail.text_charsets import decode

__all__ = ["Files", "cleaned_name", "disposition_of", "file_name", "parameters", "type_of_name"]

_MOST_CHARACTERS = 200
_LONGEST_ID = 2000
_MOST_PIECES = 100
_LONGEST_VALUE = 65_536
_PARAMETER = re.compile(r""";\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"?|([^;]*+))""", re.DOTALL)
_PIECE = re.compile(r"(.+?)\*(\d{1,3})(\*?)", re.ASCII)
_DRIVE = re.compile(r"(?:[A-Za-z]:\\|\\\\|file:///?)")
# Controls, halves of surrogate pairs, and what turns the direction of writing around.
_NOISE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+")
_ENDINGS = mimetypes.MimeTypes(filenames=())
_NAMES = {
    "text/calendar": "invite.ics",
    "application/ics": "invite.ics",
    "message/delivery-status": "delivery-status.txt",
    "message/global-delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "message/feedback-report": "feedback-report.txt",
    "text/rfc822-headers": "returned-headers.txt",
    "message/external-body": "external-file.txt",
    "application/pgp-signature": "signature.asc",
    "application/pgp-keys": "key.asc",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/ms-tnef": "winmail.dat",
    "application/vnd.ms-tnef": "winmail.dat",
    "application/x-rest-of-mail": "rest-of-mail.txt",
}
_USUAL_ENDINGS = {
    **{"image/jpeg": "jpg", "image/jpg": "jpg", "image/pjpeg": "jpg", "image/tiff": "tif"},
    **{"text/plain": "txt", "text/html": "html", "text/rtf": "rtf", "application/rtf": "rtf"},
    **{"text/vcard": "vcf", "text/x-vcard": "vcf", "text/directory": "vcf", "audio/mpeg": "mp3"},
    **{"application/octet-stream": "bin", "image/webp": "webp", "image/heic": "heic"},
}


class Files:
    """The files found so far; those without a name get one that none of them has."""

    def __init__(self) -> None:
        self.found: list[FilePart] = []
        self._numbers: dict[str, int] = {}

    def add(self, part: Part, content: bytes, *, inline: bool, name: str = "") -> None:
        """A part as a file. ``inline``: it lies beside a text that may show it."""
        name = cleaned_name(name or file_name(part))
        is_guess = "/" not in part.said_type and part.type in ("text/plain", "application/octet-stream")
        kind = type_of_name(name) if is_guess else part.type
        disposition = disposition_of(part)
        is_beside = inline or disposition == "inline"
        shown = is_beside and kind.startswith("image/") and disposition != "attachment"
        location = cleaned(part.fields.text(b"content-location"))
        name = name or _last_of(location) or self._made_up(kind)
        content_id = cleaned(part.fields.text(b"content-id").strip(" \t<>")) or location
        self.found.append(FilePart(name, kind, content, content_id[:_LONGEST_ID] or None, shown))

    def add_made(self, name: str, kind: str, content: bytes, content_id: str | None = None) -> None:
        """A file that was no part of its own."""
        name = cleaned_name(name) or self._made_up(kind)
        self.found.append(FilePart(name, kind, content, content_id))

    def _made_up(self, kind: str) -> str:
        if kind in _NAMES:
            stem, _, ending = _NAMES[kind].partition(".")
        else:
            main = kind.partition("/")[0]
            stem, ending = (main if main in ("image", "audio", "video", "text") else "file"), _ending(kind)
        number = self._numbers[stem] = self._numbers.get(stem, 0) + 1
        return f"{stem}.{ending}" if kind in _NAMES and number == 1 else f"{stem}-{number}.{ending}"


def _last_of(location: str) -> str:
    """The name of a file in its address, where that has one."""
    last = unquote(location.partition("?")[0].rpartition("/")[2])
    return cleaned_name(last) if "." in last else ""


def cleaned_name(name: str) -> str:
    """Without control characters and path separators, at most 200 characters, the ending kept."""
    if _DRIVE.match(name):
        name = name.replace("\\", "/").rpartition("/")[2]
    name = _NOISE.sub(" ", name) if not name.isprintable() else name
    name = " ".join(name.replace("/", "_").replace("\\", "_").split())
    if len(name) > _MOST_CHARACTERS:
        stem, dot, ending = name.rpartition(".")
        tail = dot + ending if stem and len(ending) <= 20 else ""
        name = name[: _MOST_CHARACTERS - len(tail)] + tail
    return name


def disposition_of(part: Part) -> str:
    """``inline``, ``attachment`` or another word, in lower case; "" where nothing is said."""
    return part.disposition.partition(";")[0].strip(" \t\"'").lower()


def file_name(part: Part) -> str:
    """As the mail gives it, decoded; "" where it gives none."""
    said = part.disposition
    name = _decoded_value(parameters(said), "filename") if ";" in said else ""
    if not name and "name" in part.said_type.lower():
        name = _decoded_value(parameters(part.said_type), "name")
    return name


def parameters(said: str) -> Mapping[str, str]:
    """The parameters in a value of Content-Type or the like: names in lower case, values not yet decoded."""
    return _cached(said) if len(said) < 200 else _parameters(said[:_LONGEST_VALUE])


@lru_cache(maxsize=1024)
def _cached(said: str) -> Mapping[str, str]:
    """Most parts of a mailbox say one of a few dozen things."""
    return _parameters(said)


def _parameters(said: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in _PARAMETER.finditer(said):
        # Backslashes stand for themselves in the paths of old mailers, which are more than escaped ones.
        value = one[3].strip(" \t'") if one[2] is None else one[2].replace('\\"', '"')
        found.setdefault(one[1].lower(), value)
    return found


def _decoded_value(given: Mapping[str, str], name: str) -> str:
    if f"{name}*" in given:
        return _extended(given[f"{name}*"])
    pieces = _pieces(given, name)
    if pieces:
        return pieces
    value = given.get(name, "")
    if "=?" in value:
        return decoded(value.encode("latin-1", "replace"))
    return value if value.isascii() else decode(value.encode("latin-1", "replace"), None, is_html=False)[0]


def _pieces(given: Mapping[str, str], name: str) -> str:
    """``name*0*=utf-8''a; name*1=b``: a value in pieces, the first of which names the charset."""
    numbered: dict[int, tuple[str, str]] = {}
    for key, value in given.items():
        piece = _PIECE.fullmatch(key)
        if piece and piece[1] == name and len(numbered) < _MOST_PIECES:
            numbered[int(piece[2])] = (value, piece[3])
    if not numbered:
        return ""
    ordered = [numbered[number] for number in sorted(numbered)]
    charset = None
    if ordered[0][1] and ordered[0][0].count("'") >= 2:
        charset, _, rest = ordered[0][0].split("'", 2)
        ordered[0] = (rest, "*")
    raw = b"".join(
        unquote_to_bytes(value) if star else value.encode("latin-1", "replace") for value, star in ordered
    )
    if charset is None and b"=?" in raw:
        return decoded(raw)
    return decode(raw, charset or None, is_html=False)[0]


def _extended(value: str) -> str:
    charset, mark, rest = value.partition("'")
    _, second, text = rest.partition("'")
    if not mark or not second:
        charset, text = "", value
    return decode(unquote_to_bytes(text), charset or None, is_html=False)[0]


def _ending(kind: str) -> str:
    return _USUAL_ENDINGS.get(kind) or (_ENDINGS.guess_extension(kind) or ".bin").removeprefix(".")


def type_of_name(name: str) -> str:
    """What a file of that name probably is."""
    return _ENDINGS.guess_type(f"file:{name}"[-300:])[0] or "application/octet-stream"
