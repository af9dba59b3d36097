"""File names from outside, made harmless: what is published and what messages link to bear the same ones."""

import re
import unicodedata
from urllib.parse import quote

__all__ = ["published_path", "published_url", "safe_name", "shown_name"]

_MOST_BYTES = 200
_MOST_ENDING_BYTES = 24
_MOST_SHOWN = 150
# Separators, and what Windows has no place for in a name.
_NO_PART_OF_A_NAME = re.compile(r'[<>:"/\\|?*]')
# "Naming Files, Paths, and Namespaces" of Microsoft, and what servers take for their settings.
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:[ .]|$)|web\.config$")
# A server may run them, wherever in a name they stand: https://httpd.apache.org/docs/2.4/mod/mod_mime.html
_RUNS = re.compile(
    r"(?i)\.(?=(?:php\d?|phtml|phps|pht|phar|inc|cgi|fcgi|pl|py|rb|sh|asp|aspx|asa|asax|ascx|ashx|asmx|cer|cfm|"
    r"cfc|jsp|jspx|jsw|jsv|shtml?|stm|config|htaccess|htpasswd)(?:\.|$))"
)


def safe_name(name: str) -> str:
    """A name that is one file in any folder of any system, and nothing that a web server would run.

    At most 200 bytes of UTF-8, the ending kept. The same for the same name; unchanged if it is safe.
    """
    # Lone surrogates cannot be written at all.
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    text = "".join("_" if unicodedata.category(c)[0] == "C" else c for c in text)
    text = _trimmed(_RUNS.sub("_", _NO_PART_OF_A_NAME.sub("_", text)))
    if _RESERVED.match(text):
        text = f"_{text}"
    return _shortened(text) or "file"


def published_path(sha256: str, name: str) -> str:
    """Where a file lies below the folder that is published."""
    return f"{sha256}/{safe_name(name)}"


def published_url(base: str, sha256: str, name: str) -> str:
    """Its address below ``base``."""
    return f"{base.rstrip('/')}/{sha256}/{quote(safe_name(name), safe='')}"


def shown_name(name: str) -> str:
    """A name for people: on one line, not too long, in one direction."""
    text = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in name)
    text = " ".join(text.split()) or "file"
    half = _MOST_SHOWN // 2
    return text if len(text) <= _MOST_SHOWN else f"{text[:half]}…{text[-half:]}"


def _trimmed(text: str) -> str:
    """Hidden files begin with a dot, and Windows drops dots and blanks at the end."""
    return text.strip().lstrip(". ").rstrip(". ")


def _shortened(text: str) -> str:
    if len(text.encode()) <= _MOST_BYTES:
        return text
    stem, dot, ending = text.rpartition(".")
    tail = f"{dot}{ending}" if stem and len(ending.encode()) <= _MOST_ENDING_BYTES else ""
    kept = (stem if tail else text).encode()[: _MOST_BYTES - len(tail.encode())]
    return _trimmed(kept.decode("utf-8", "ignore")) + tail
