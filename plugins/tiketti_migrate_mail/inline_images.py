"""Images in texts become words, since Tiketti keeps none in a text: ``[image: NAME]``.

Their files are attachments of the message; those that are written into the text itself become some.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tiketti_migrate_mail.mail import FilePart

__all__ = ["NOT_IN_MAIL", "Images"]

_NOWHERE = "not in the mail"
NOT_IN_MAIL = f"[image: {_NOWHERE}]"
_MARKER = re.compile(r"\[cid:([^\]\s]{1,300})\]")
_DATA = re.compile(r"data:(image/[a-z0-9.+-]{1,60})(?:;[^;,]{1,60}){0,3};base64,", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s]", re.IGNORECASE)
_UNSEEN = re.compile(
    r"(?:^|[;\s])(?:display\s?:\s?none|(?:max-)?(?:width|height)\s?:\s?[01](?:px)?\s?(?:;|$|!))", re.I
)
_LONGEST_DATA = 8 * 1024 * 1024
_MOST_FILES = 200
_LONGEST_NAME = 200
_MOST_TOLD = 5
_FURTHEST_LINK = 8


class Images:
    """Those of one mail. ``shown``: which of its files the texts show."""

    def __init__(self, files: Sequence[FilePart]) -> None:
        self._files = files
        self._by_id = {one.content_id.lower(): n for n, one in enumerate(files) if one.content_id}
        self._by_name = {one.name.lower(): n for n, one in enumerate(files) if one.name}
        self._written: dict[str, FilePart] = {}
        self._nowhere: list[str] = []
        self._unread = 0
        self.shown: set[int] = set()

    @property
    def written(self) -> tuple[FilePart, ...]:
        """Files that were written into the texts."""
        return tuple(self._written.values())

    def in_text(self, text: str) -> str:
        """A plain text; Outlook writes ``[cid:image001.png@01D5]`` where an image was."""
        return _MARKER.sub(lambda found: self._of_file(f"cid:{found[1]}"), text) if "[cid:" in text else text

    def in_html(self, tree: LexborHTMLParser) -> None:
        """A tree, which is changed."""
        for node in tree.css("img"):
            words = self._words(node)
            if words == "":
                node.decompose()
                continue
            address = (node.attributes.get("src") or "").strip()
            if _WEB.match(address) and not _is_in_link(node):
                link = tree.create_node("a")
                link.attrs["href"] = address
                link.insert_child(words)
                node.replace_with(link)
            else:
                node.replace_with(words)

    def warnings(self) -> tuple[str, ...]:
        """What a text was to show, and cannot."""
        found = []
        if self._nowhere:
            told = ", ".join(f"'{one[:_LONGEST_NAME]}'" for one in self._nowhere[:_MOST_TOLD])
            found.append(f"{len(self._nowhere):,} x an image of the text is not in the mail: {told}")
        if self._unread:
            found.append(f"{self._unread:,} x an image written into the text cannot be kept")
        return tuple(found)

    def _words(self, node: LexborNode) -> str:
        """What stands for an image; "" for one that only tells its sender who reads."""
        attributes = node.attributes
        address = (attributes.get("src") or "").strip()
        is_web = _WEB.match(address) is not None
        sizes = [(attributes.get(side) or "").strip().removesuffix("px") for side in ("width", "height")]
        if set(sizes) <= {"0", "1"} or (is_web and _UNSEEN.search((attributes.get("style") or "")[:500])):
            return ""
        alt = " ".join((attributes.get("alt") or attributes.get("title") or "").split())
        if is_web:
            return _shown(alt or _last_name(address))
        if address[:5].lower() == "data:":
            return self._of_data(address, alt)
        return self._of_file(address, alt) if address else (_shown(alt) if alt else "")

    def _of_file(self, address: str, alt: str = "") -> str:
        is_cid = address[:4].lower() == "cid:"
        key = address[4:] if is_cid else address
        number = next((self._by_id[one] for one in _spellings(key) if one in self._by_id), None)
        if number is None:
            number = self._by_name.get(_last_name(key.partition("@")[0] if is_cid else key).lower())
        if number is not None:
            self.shown.add(number)
            return _shown(self._files[number].name or alt)
        self._nowhere.append(address)
        return _shown(f"{alt}, {_NOWHERE}" if alt else _NOWHERE)

    def _of_data(self, address: str, alt: str) -> str:
        kept = self._written.get(address)
        if kept is None:
            data = _DATA.match(address)
            content = _decoded(address[data.end() :]) if data and len(address) <= _LONGEST_DATA else None
            if data is None or not content or len(self._written) >= _MOST_FILES:
                self._unread += 1
                return _shown(alt)
            kind = data[1].lower()
            ending = re.sub(r"[^a-z0-9].*", "", kind.partition("/")[2])
            name = f"image-{len(self._written) + 1}.{ending or 'bin'}"
            kept = self._written[address] = FilePart(name, kind, content, inline=True)
        return _shown(kept.name)


def _spellings(key: str) -> tuple[str, ...]:
    """A reference may be written with per cent signs, or with the brackets of the header (RFC 2392)."""
    key = key.strip("<> ").lower()
    return (key, unquote(key))


def _decoded(data: str) -> bytes | None:
    try:
        return base64.b64decode(unquote(data) if "%" in data else data)
    except (binascii.Error, ValueError):
        return None


def _last_name(address: str) -> str:
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return " ".join(unquote(path.rpartition("/")[2]).split())


def _is_in_link(node: LexborNode) -> bool:
    above = node.parent
    for _ in range(_FURTHEST_LINK):
        if above is None or above.tag == "a":
            break
        above = above.parent
    return above is not None and above.tag == "a"


def _shown(name: str) -> str:
    cut = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}\u2026"
    return f"[image: {cut}]" if cut else "[image]"
