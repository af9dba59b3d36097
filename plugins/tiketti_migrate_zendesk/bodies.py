"""Texts of comments: images in HTML become words, since Tiketti keeps no images in a text.

Everything else stays as it is: what could act in a page is taken out by the sink.
"""

import html
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import nh3
from selectolax.lexbor import LexborHTMLParser

from tiketti_migrate_zendesk.values import text

__all__ = ["Image", "Rewritten", "file_keys", "has_images", "plain_text", "without_images"]

# One attribute as browsers read it, with or without a value.
_ATTRIBUTE = r"""=?[^\s/>=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"'][^\s>]*)?)?"""
# Browsers take <image> for <img>. Possessive, so that no text takes more time than its length.
_TAGS = re.compile(
    rf"<(?:(?P<link>/?a)(?=[\s/>])|(?:img|image)(?=[\s/>])(?:[\s/]++|{_ATTRIBUTE}|=)*+>?)", re.I
)
_TOKEN = re.compile(r"/attachments/token/([^/?#]+)")
_WEB = re.compile(r"https?://[^\s]", re.IGNORECASE)
_DATA = re.compile(r"data:([a-z0-9.+/-]{1,100});base64,", re.IGNORECASE)
_LONGEST_DATA = 4 * 1024 * 1024
_LONGEST_SHOWN = 200


class Image(NamedTuple):
    """An image that stands only in the text: it becomes an attachment."""

    address: str
    name: str
    content_type: str | None = None


class Rewritten(NamedTuple):
    """The text, images of it that are no attachments yet, and the keys of attachments that it shows."""

    body: str
    images: tuple[Image, ...] = ()
    shown: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


def has_images(body: str) -> bool:
    """Whether there may be an image in a text."""
    # Written out, as it is asked of every text.
    return "<im" in body or "<IM" in body or "<Im" in body or "<iM" in body


def plain_text(body: str) -> str:
    """The words of HTML, where they are needed without its markup."""
    return html.unescape(nh3.clean(body, tags=set())).strip()


def file_keys(address: str | None) -> tuple[str, ...]:
    """By what an image is known for a file: its address, and the token in it."""
    if address is None:
        return ()
    token = _TOKEN.search(address)
    return (address, f"token {token[1]}") if token else (address,)


def without_images(body: str, files: Mapping[str, str], hosts: tuple[str, ...]) -> Rewritten:
    """``files``: names of the comment's attachments by ``file_keys``; ``hosts``: those of the account."""
    rewriting = _Rewriting(files, hosts)
    words = _TAGS.sub(rewriting.words, body)
    return Rewritten(
        words, tuple(rewriting.images.values()), frozenset(rewriting.shown), rewriting.warnings()
    )


class _Rewriting:
    """One text, from front to back."""

    def __init__(self, files: Mapping[str, str], hosts: tuple[str, ...]) -> None:
        self._files = files
        self._hosts = hosts
        self._in_link = False
        self._nowhere = 0
        self._large = 0
        self.images: dict[str, Image] = {}
        self.shown: set[str] = set()

    def words(self, tag: re.Match[str]) -> str:
        """What stands for a tag."""
        if tag["link"]:
            self._in_link = not tag["link"].startswith("/")
            return tag[0]
        image = LexborHTMLParser(tag[0] if tag[0].endswith(">") else f"{tag[0]}>").css_first("img")
        attributes = image.attributes if image is not None else {}
        sizes = {text(attributes.get(side)).strip().removesuffix("px") for side in ("width", "height")}
        if sizes <= {"0", "1"}:
            return " "  # counts readers, shows nothing
        name = " ".join((attributes.get("alt") or attributes.get("title") or "").split())
        addresses = [
            address.strip() for key in ("src", "data-original-url") if (address := attributes.get(key))
        ]
        return self._file(addresses) or self._own(addresses, name) or self._foreign(addresses, name)

    def warnings(self) -> tuple[str, ...]:
        """What was left out."""
        found = []
        if self._nowhere:
            found.append(f"{self._nowhere} x an image in the text leads nowhere in the web")
        if self._large:
            found.append(f"{self._large} x an image written into the text is too large to be kept")
        return tuple(found)

    def _file(self, addresses: list[str]) -> str | None:
        """An image that is an attachment of the comment."""
        for key in (key for address in addresses for key in file_keys(address)):
            if key in self._files:
                self.shown.add(key)
                return _shown(self._files[key])
        return None

    def _own(self, addresses: list[str], name: str) -> str | None:
        """An image of the account, or one that is written into the text: it becomes an attachment."""
        for address in addresses:
            data = _DATA.match(address)
            if data is not None and len(address) > _LONGEST_DATA:
                self._large += 1
                return _shown(name)
            if data is not None or self._is_own(address):
                kept = self.images.get(address) or self._image(address, name, data)
                self.images[address] = kept
                return _shown(kept.name)
        return None

    def _foreign(self, addresses: list[str], name: str) -> str:
        """An image from elsewhere: loading it would tell its owner who reads, so only its address stays."""
        address = next((one for one in addresses if _WEB.match(one)), None)
        if address is None:
            self._nowhere += 1
            return _shown(name)
        words = _shown(name) + " " + html.escape(address[:_LONGEST_SHOWN])
        words += "\u2026" if len(address) > _LONGEST_SHOWN else ""
        return words if self._in_link else f'<a href="{html.escape(address)}">{words}</a>'

    def _is_own(self, address: str) -> bool:
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            return False
        is_zendesk = host.endswith(".zendesk.com") and "/attachments/" in address
        return bool(_WEB.match(address)) and (host in self._hosts or is_zendesk)

    def _image(self, address: str, name: str, data: re.Match[str] | None) -> Image:
        if data is not None:
            kind = data[1].lower()
            ending = re.sub(r"[^a-z0-9].*", "", kind.partition("/")[2])
            return Image(address, name or f"image-{len(self.images) + 1}.{ending or 'bin'}", kind)
        parts = urlsplit(address)
        given = parse_qs(parts.query).get("name", [""])[0] or unquote(parts.path.rpartition("/")[2])
        return Image(address, text(" ".join(given.split())) or name or f"image-{len(self.images) + 1}")


def _shown(name: str) -> str:
    cut = name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}\u2026"
    return f"[image: {html.escape(cut)}]" if cut else "[image]"
