"""Bytes of a text as text, whatever charset they are said to be in: never an error, never silence."""

import codecs
import re
from functools import lru_cache

from tiketti_migrate_mail.charset_names import LIKELY, codec_of
from tiketti_migrate_mail.damaged_utf8 import damaged_utf8

__all__ = ["decode"]

# With a byte that these leave to control characters, a text is in the Windows charset beside them.
_WINDOWS = {
    **{"iso8859-2": "cp1250", "iso8859-5": "cp1251", "iso8859-6": "cp1256", "iso8859-7": "cp1253"},
    **{"iso8859-8": "cp1255", "iso8859-13": "cp1257", "iso8859-15": "cp1252"},
}
# Their bytes below 128 are not always the characters of ASCII.
_NOT_ASCII = re.compile(r"utf-?(?:16|32|7)|iso2022|hz|cp037|cp5\d\d|cp8\d\d|cp1026|cp1140|cp273")
_SHOWN = {"cp1252": "Windows-1252", "utf-8": "UTF-8", "ascii": "ASCII"}
# What is valid in these is nothing else.
_CERTAIN = {"utf-8", "utf-8-sig", "utf-16", "utf-32", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_kr"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOST_LOOKED_AT = 65536
_MOST_SPLIT = 262_144
# Fewer bytes beyond ASCII than these say nothing of a charset.
_FEWEST = 4
_HIGH = re.compile(rb"[\x80-\xff]")
_C1_BYTES = re.compile(rb"[\x80-\x9f]")
_META = re.compile(rb"""(?i)<meta[^<>]{0,300}?charset\s{0,9}=[\s"']{0,9}([\w.:-]{2,40})""")
_CONTROL_BYTES = bytes((*range(9), 11, 12, *range(14, 32), 127))
_NOISE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
# C1 controls, and what is no character, as UTF-8.
_ODD_UTF8 = re.compile(rb"\xc2[\x80-\x9f]|\xef\xbf[\xbe\xbf]")
_C1_TEXT = re.compile("[\x80-\x9f]")


def decode(content: bytes, charset: str | None, *, is_html: bool) -> tuple[str, str | None]:
    """The text, lines ended by LF, without control characters; and what was mended, for people."""
    codec = codec_of(charset) if charset else None
    if content.isascii() and b"\x1b" not in content and _is_ascii_alike(codec):
        return _plain(content).decode("ascii"), None
    if codec == "utf-8" and (text := _utf8(content)) is not None:
        return text, None
    has_mark = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if codec is not None and (not has_mark or codec == "utf-16"):
        text = _as_said(content, codec)
        if text is not None:
            return _clean(text), None
    text, found, has_lost = _guess(content, codec, is_html=is_html)
    return _clean(text), _note(charset, codec, found, has_lost=has_lost)


@lru_cache(maxsize=512)
def _is_ascii_alike(codec: str | None) -> bool:
    return codec is None or not _NOT_ASCII.match(codec)


def _plain(content: bytes) -> bytes:
    if b"\r" in content:
        content = _with_lf(content)
    return content.translate(None, _CONTROL_BYTES)


def _with_lf(content: bytes) -> bytes:
    if len(content) > _MOST_SPLIT:
        return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    # The same, much faster; of a large text the lines would take much more memory than the text.
    ending = b"\n" if content.endswith((b"\n", b"\r")) else b""
    return b"\n".join(content.splitlines()) + ending


def _utf8(content: bytes) -> str | None:
    """The same as decoding and cleaning, for the usual case at a fraction of the time."""
    content = _plain(content)
    text = _strictly(content.removeprefix(codecs.BOM_UTF8), "utf-8")
    if text is None or len(text) == len(content):
        return text
    # Single bytes are looked for much faster than anything else, and most texts have neither.
    is_odd = (b"\xc2" in content or b"\xef" in content) and _ODD_UTF8.search(content)
    return _clean(text) if is_odd else text


def _as_said(content: bytes, codec: str) -> str | None:
    """None where it is not true, or hardly: most of what is valid UTF-8 is nothing else."""
    if codec in ("ascii", "utf-8"):
        return None
    if (
        codec not in ("utf-7", "utf-16", "utf-32")
        and not content.isascii()
        and _strictly(content, "utf-8") is not None
    ):
        return None
    if codec in _WINDOWS and _C1_BYTES.search(content):
        return _strictly(content, _WINDOWS[codec])
    return _strictly(content, codec)


def _guess(content: bytes, said: str | None, *, is_html: bool) -> tuple[str, str, bool]:
    """A text without a true charset, the one it was read in, and whether characters of it are lost."""
    for codec in _candidates(content):
        if (text := _strictly(content, codec)) is not None:
            return text, codec, False
    if (text := damaged_utf8(content)) is not None:
        return text, "utf-8", True
    for likely in (_named_in(content) if is_html else None, _detected(content)):
        if likely and (text := _strictly(content, likely)) is not None:
            return text, likely, False
    codec = "cp1252" if said in (None, "ascii", "utf-8") else str(said)
    text = content.decode(codec, "replace")
    return text, codec, "\ufffd" in text


def _candidates(content: bytes) -> list[str]:
    found = [codec for bom, codec in _BOMS if content.startswith(bom)]
    head = content[:_MOST_LOOKED_AT]
    if b"\x1b$" in head or b"\x1b(" in head:
        found += ["iso2022_kr"] if b"\x1b$)C" in head else ["iso2022_jp_2", "iso2022_jp_ext"]
    found.append("utf-8")
    if head.count(b"\0") * 4 > len(head):
        found.append("utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le")
    return found


def _named_in(content: bytes) -> str | None:
    """The charset that HTML says itself."""
    meta = _META.search(content, 0, 4096)
    codec = codec_of(meta[1].decode("ascii", "replace")) if meta else None
    return None if codec == "ascii" else codec


def _detected(content: bytes) -> str | None:
    head = content[:_MOST_LOOKED_AT]
    if len(_HIGH.findall(head)) < _FEWEST:
        return None
    # Imported here, as most mailboxes never need it.
    import chardet

    found = chardet.detect(head, include_encodings=LIKELY)["encoding"]
    return codec_of(found) if found else None


def _strictly(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _clean(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _C1_TEXT.search(text):
        text = _C1_TEXT.sub(_windows_character, text)
    return _NOISE.sub("", text)


def _windows_character(found: re.Match[str]) -> str:
    """Latin-1 that somebody put into UTF-8 was Windows-1252."""
    return found[0].encode("latin-1").decode("cp1252", "ignore")


def _note(charset: str | None, codec: str | None, found: str, *, has_lost: bool) -> str | None:
    """None also where the text is certainly in another charset than was said, as valid UTF-8 is."""
    shown = _SHOWN.get(found, found)
    if has_lost and (found in ("utf-8", codec) or charset is None):
        return f"it has bytes that are not {shown}; these characters are lost"
    if found in _CERTAIN:
        return None
    if charset is None:
        return f"it did not say its charset and was read as {shown}"
    said = " ".join(charset.split())[:40]
    if codec is None:
        return f"its charset {said!r} is unknown; it was read as {shown}"
    return f"its charset was said to be {said}, but it is {shown}"
