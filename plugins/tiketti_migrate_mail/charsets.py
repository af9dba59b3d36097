"""Bytes of headers as text, whatever charset they are said to be in: never an error, never silence."""

import re

from tiketti_migrate_mail.charset_names import LIKELY, codec_of
from tiketti_migrate_mail.damaged_utf8 import damaged_utf8

__all__ = ["cleaned", "guessed", "text_in"]

# Fewer bytes than these say nothing of a charset, and more than those nothing new.
_FEWEST, _MOST = 4, 4096
_HIGH = re.compile(rb"[\x80-\xff]")
_KANJI = re.compile(rb"\x1b\$[@B]([\x21-\x7e]*)|\x1b\([BJ]()")
# Control characters, those that turn the direction of writing around, and halves of surrogate pairs.
_NOISE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+")


def cleaned(text: str) -> str:
    """On one line, single-spaced; without control characters and lone surrogates."""
    if not text.isprintable():
        # A mark of byte order has no width: it parts no words.
        text = _NOISE.sub(" ", text.replace("\ufeff", ""))
    return " ".join(text.split())


def guessed(data: bytes) -> str:
    """Bytes without a (true) charset: UTF-8, else what they look like, else Windows-1252."""
    if b"\x1b$" in data:
        return text_in(data, "iso-2022-jp")
    text = _strictly(data, "utf-8")
    if text is None:
        text = damaged_utf8(data)
    if text is not None:
        return text
    if len(_HIGH.findall(data[:_MOST])) >= _FEWEST:
        # It takes a while to load, and hardly any mail needs it.
        import chardet

        found = chardet.detect(data[:_MOST], include_encodings=LIKELY)["encoding"]
        if (codec := _codec(found or "")) and (text := _strictly(data, codec)) is not None:
            return text
    text = _strictly(data, "cp1252")
    return data.decode("latin-1") if text is None else text


def text_in(data: bytes, charset: str) -> str:
    """Bytes that are said to be in a charset (RFC 2047, RFC 2231); where that is not true, ``guessed``."""
    codec = _codec(charset)
    if codec is None:
        return guessed(data)
    if codec in ("utf-8", "cp1252"):
        # Many a mailer says Latin-1 and writes UTF-8; what is valid UTF-8 is hardly ever anything else.
        text = _strictly(data, "utf-8")
        if text is not None or codec == "utf-8":
            return guessed(data) if text is None else text
    text = _strictly(data, codec)
    if text is None and codec.startswith("iso2022_jp"):
        text = _strictly(_KANJI.sub(_shifted, data), "cp932")
    if text is None:
        looks = _strictly(data, "utf-8")
        text = data.decode(codec, "replace") if looks is None else looks
    return text


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeError:
        return None


def _codec(charset: str) -> str | None:
    """Of a header; what is no ASCII under that name is taken for Windows-1252."""
    codec = codec_of(charset)
    return "cp1252" if codec == "ascii" else codec


def _shifted(found: re.Match[bytes]) -> bytes:
    """A run of JIS X 0208 in Shift_JIS: Outlook writes vendors' characters (row 13) as ISO-2022-JP."""
    run, shifted = found[1] or b"", bytearray()
    for high, low in zip(run[::2], run[1::2], strict=False):
        row = (high + 1) // 2 + (0x70 if high < 0x5F else 0xB0)
        cell = low + 0x1F + (low >= 0x60) if high % 2 else low + 0x7E
        shifted += bytes((row, cell))
    return bytes(shifted)
