"""Names of charsets as mailers write them, and the codecs of Python that read them.

They are those of the WHATWG Encoding Standard, which reads a label as its superset.
"""

import codecs
from functools import lru_cache

__all__ = ["LIKELY", "codec_of"]

# What is written under these names is in truth the larger charset that contains them.
_SUPERSETS = {
    **dict.fromkeys(("ascii", "us-ascii", "ansi-x3.4-1968", "7bit", "8bit", "iso-ir-6"), "ascii"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "iso8859-1", "8859-1", "ansi", "x-ansi"), "cp1252"),
    **dict.fromkeys(("iso-8859-9", "latin5", "iso8859-9"), "cp1254"),
    **dict.fromkeys(("gb2312", "gbk", "gb-2312-80", "x-gbk", "csgb2312", "euc-cn", "cp936"), "gb18030"),
    **dict.fromkeys(("ks-c-5601-1987", "ks-c-5601", "ks-c-5601-1989", "ksc5601", "ksc-5601"), "cp949"),
    **dict.fromkeys(("euc-kr", "x-windows-949", "windows-949", "cseuckr"), "cp949"),
    **dict.fromkeys(("shift-jis", "shiftjis", "sjis", "x-sjis", "ms-kanji", "windows-31j"), "cp932"),
    **dict.fromkeys(("big5", "x-x-big5", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("tis-620", "windows-874", "iso-8859-11"), "cp874"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e", "logical"), "cp1255"),
    **dict.fromkeys(("unicode-1-1-utf-8", "x-utf-8", "utf8mb4", "utf-8mb4", "unicode"), "utf-8"),
    **dict.fromkeys(("unicode-1-1-utf-7", "x-unicode-2-0-utf-7", "unicode-2-0-utf-7"), "utf-7"),
    **dict.fromkeys(("x-mac-roman", "macintosh", "x-macintosh"), "mac-roman"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac-cyrillic"),
    **dict.fromkeys(("x-mac-ce", "x-mac-centraleurroman"), "mac-latin2"),
    **dict.fromkeys(("x-mac-greek", "x-mac-turkish", "x-mac-icelandic"), "mac-roman"),
}
# Codecs of Python that are no charset of a mail: they warn, evaluate escapes, or are slow.
_NO_CHARSETS = {"punycode", "idna", "unicode-escape", "unicode_escape", "raw-unicode-escape"} | {
    *("raw_unicode_escape", "undefined", "mbcs", "oem", "charmap")
}
# What a text without a true charset may be in, for chardet.
LIKELY = (
    *("windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255"),
    *("windows-1256", "koi8-r", "gb18030", "big5hkscs", "cp932", "euc-jis-2004", "cp949", "iso-2022-jp-2"),
)


@lru_cache(maxsize=512)
def codec_of(charset: str) -> str | None:
    """Python's name of a charset; None for what it does not know and for what is none."""
    label = charset.strip(" \"'\t\r\n;").split(";")[0].strip(" \"'").lower().replace("_", "-")
    label = _SUPERSETS.get(label, label)
    try:
        name = codecs.lookup(label).name
        "a".encode(name)
    except (LookupError, ValueError, TypeError):
        return None
    return None if name in _NO_CHARSETS or name.replace("_", "-") in _NO_CHARSETS else name
