"""Bytes of headers as text, whatever charset they are said to be in: never an error, never silence.

The names that mailers use are those of the WHATWG Encoding Standard, which reads a label as its superset.
"""

import codecs
import re
from functools import lru_cache

import chardet

__all__ = ["cleaned", "guessed", "text_in"]

# What is written under these names is in truth the larger charset that contains them.
_SUPERSETS = {
    **dict.fromkeys(("ascii", "us-ascii", "ansi_x3.4-1968", "iso-8859-1", "latin1", "latin-1"), "cp1252"),
    **dict.fromkeys(("iso-8859-9", "latin5"), "cp1254"),
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "x-gbk", "csgb2312", "euc-cn", "cp936"), "gb18030"),
    **dict.fromkeys(("ks_c_5601-1987", "ks_c_5601", "ks_c_5601-1989", "ksc5601", "ksc_5601"), "cp949"),
    **dict.fromkeys(("euc-kr", "x-windows-949", "windows-949", "cseuckr"), "cp949"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j"), "cp932"),
    **dict.fromkeys(("big5", "x-x-big5", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("tis-620", "windows-874", "iso-8859-11"), "cp874"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e"), "cp1255"),
    **dict.fromkeys(("unicode-1-1-utf-8", "x-utf-8", "utf8mb4", "utf-8mb4"), "utf-8"),
    **dict.fromkeys(("unicode-1-1-utf-7", "x-unicode-2-0-utf-7"), "utf-7"),
    **dict.fromkeys(("x-mac-roman", "macintosh"), "mac-roman"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac-cyrillic"),
}
# Codecs of Python that are no charset of a mail: they are slow, warn, or evaluate escapes.
_NO_CHARSETS = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
_LIKELY = (
    *("windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255"),
    *("windows-1256", "koi8-r", "gb18030", "big5hkscs", "cp932", "euc-jis-2004", "cp949", "iso-2022-jp-2"),
)
# Fewer bytes than these say nothing of a charset, and more than those nothing new.
_FEWEST, _MOST = 4, 4096
_HIGH = re.compile(rb"[\x80-\xff]")
_KANJI = re.compile(rb"\x1b\$[@B]([\x21-\x7e]*)|\x1b\([BJ]()")
# Control characters, those that turn the direction of writing around, and halves of surrogate pairs.
_NOISE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+")


def cleaned(text: str) -> str:
    """On one line, single-spaced; without control characters and lone surrogates."""
    if not text.isprintable():
        text = _NOISE.sub(" ", text)
    return " ".join(text.split())


def guessed(data: bytes) -> str:
    """Bytes without a (true) charset: UTF-8, else what they look like, else Windows-1252."""
    if b"\x1b$" in data:
        return text_in(data, "iso-2022-jp")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return data[: error.start].decode() + "\ufffd"
    if len(_HIGH.findall(data[:_MOST])) >= _FEWEST:
        found = chardet.detect(data[:_MOST], include_encodings=_LIKELY)["encoding"]
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


@lru_cache(maxsize=256)
def _codec(charset: str) -> str | None:
    """Python's name of a charset; None for what it does not know and for what is none."""
    label = charset.strip(" \"'\t").lower()
    label = _SUPERSETS.get(label, _SUPERSETS.get(label.replace("_", "-"), label))
    try:
        name = codecs.lookup(label).name
        b"a".decode(name)
    except (LookupError, ValueError):
        return None
    return None if name in _NO_CHARSETS else name


def _shifted(found: re.Match[bytes]) -> bytes:
    """A run of JIS X 0208 in Shift_JIS: Outlook writes vendors' characters (row 13) as ISO-2022-JP."""
    run, shifted = found[1] or b"", bytearray()
    for high, low in zip(run[::2], run[1::2], strict=False):
        row = (high + 1) // 2 + (0x70 if high < 0x5F else 0xB0)
        cell = low + 0x1F + (low >= 0x60) if high % 2 else low + 0x7E
        shifted += bytes((row, cell))
    return bytes(shifted)
