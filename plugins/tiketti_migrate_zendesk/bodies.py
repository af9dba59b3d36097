"""Texts of comments: images and films become words, since Tiketti keeps none in a text, and files of the
account that only a text names become attachments, since their addresses die with the account.

Everything else stays as it is: what could act in a page is taken out by the sink.
"""

import html
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import nh3
from selectolax.lexbor import LexborHTMLParser

from tiketti_migrate_zendesk.links import ADDRESS_END
from tiketti_migrate_zendesk.values import text

__all__ = [
    "Image",
    "Rewritten",
    "file_keys",
    "has_files",
    "has_words",
    "name_in",
    "plain_text",
    "without_images",
]

# One attribute as browsers read it, with or without a value.
_ATTRIBUTE = r"""=?[^\s/>=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"'][^\s>]*)?)?"""
_MEDIA = "img|image|video|audio|source|track|iframe|embed|object|input"
# Browsers take <image> for <img>. Possessive, so that no text takes more time than its length.
_TAGS = re.compile(
    rf"<(?:(?P<link>/?a)(?=[\s/>])|(?P<media>{_MEDIA})(?=[\s/>])(?:[\s/]++|{_ATTRIBUTE}|=)*+>?)", re.I
)
# Asked of every text: written such that it is found in a tenth of the time.
_MAY_BE_MEDIA = re.compile(r"<[iIvVaAsStTeEoO](?i:mg|mage|deo|udio|ource|rack|frame|mbed|bject|nput)")
_WORDS = re.compile(r"(?:\A|>)\s*[^\s<&]")
_TOKEN = re.compile(r"/attachments/token/([^/?#]+)")
_FILES = "/attachments/token/"
_LINKED = re.compile(rf"https?://[\w.:-]{{1,260}}{_FILES}[^\s\"'<>]{{1,2000}}", re.I)
_RELATIVE = re.compile(rf"(\bhref\s*+=\s*+[\"']?)(?={_FILES})", re.I)
_MARKDOWN = re.compile(r"!\[([^\]\n]{0,300}+)\]\(([^\s()]{1,2000}+)\)")
_PUNCTUATION = ".,;:!?]}*_\u2026"
_WEB = re.compile(r"https?://[^\s]", re.IGNORECASE)
_DATA = re.compile(r"data:([a-z0-9.+/-]{1,100});base64,", re.IGNORECASE)
_LONGEST_DATA = 4 * 1024 * 1024
_LONGEST_SHOWN = 200
_MOST_TOLD = 5
_MOST_FILES = 1000


class Image(NamedTuple):
    """An image, or a file that the text shows or leads to: it becomes an attachment."""

    address: str
    name: str
    content_type: str | None = None
    is_inline: bool = True


class Rewritten(NamedTuple):
    """The text, images of it that are no attachments yet, and the keys of attachments that it shows."""

    body: str
    images: tuple[Image, ...] = ()
    shown: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


def has_files(body: str, *, is_html: bool) -> bool:
    """Whether there may be an image in a text, or the address of a file of the account."""
    return _FILES in body or (is_html and _MAY_BE_MEDIA.search(body) is not None)


def has_words(body: str) -> bool:
    """Whether a reader sees anything of an HTML text but empty elements."""
    return _WORDS.search(body) is not None or plain_text(body) != ""


def plain_text(body: str) -> str:
    """The words of HTML, where they are needed without its markup."""
    return html.unescape(nh3.clean(body, tags=set())).strip()


def file_keys(address: str | None) -> tuple[str, ...]:
    """By what an image is known for a file: its address, and the token in it."""
    if address is None:
        return ()
    token = _TOKEN.search(address)
    return (address, f"token {token[1]}") if token else (address,)


def name_in(address: str) -> str:
    """The name that an address gives its file, "" where it gives none."""
    try:
        parts = urlsplit(address)
        given = parse_qs(parts.query).get("name", [""])[0] or unquote(parts.path.rpartition("/")[2])
    except ValueError:
        return ""
    return " ".join(text(given).split())


def without_images(
    body: str, files: Mapping[str, str], hosts: tuple[str, ...], *, is_html: bool = True
) -> Rewritten:
    """``files``: names of the comment's attachments by ``file_keys``; ``hosts``: those of the account."""
    rewriting = _Rewriting(files, hosts, is_html=is_html)
    words = _TAGS.sub(rewriting.words, body) if is_html else _MARKDOWN.sub(rewriting.marked, body)
    if _FILES in words:
        words = rewriting.with_linked(words)
    return Rewritten(
        words, tuple(rewriting.images.values()), frozenset(rewriting.shown), rewriting.warnings()
    )


class _Rewriting:
    """One text, from front to back."""

    def __init__(self, files: Mapping[str, str], hosts: tuple[str, ...], *, is_html: bool) -> None:
        self._files = files
        self._hosts = hosts
        self._is_html = is_html
        self._in_link = False
        self._nowhere: list[str] = []
        self._large = 0
        self._left: set[str] = set()
        self.images: dict[str, Image] = {}
        self.shown: set[str] = set()

    def words(self, tag: re.Match[str]) -> str:
        """What stands for a tag."""
        if tag["link"]:
            self._in_link = not tag["link"].startswith("/")
            return tag[0]
        kind = tag["media"].lower()
        kind = "img" if kind == "image" else kind
        found = LexborHTMLParser(tag[0] if tag[0].endswith(">") else f"{tag[0]}>").css_first(kind)
        attributes = found.attributes if found is not None else {}
        keys = ("src", "data-original-url") if kind == "img" else ("src", "data", "poster")
        addresses = [self._whole(address) for key in keys if (address := attributes.get(key))]
        if kind != "img" and not addresses:
            return tag[0]
        sizes = {text(attributes.get(side)).strip().removesuffix("px") for side in ("width", "height")}
        if kind == "img" and sizes <= {"0", "1"}:
            return " "  # counts readers, shows nothing
        name = " ".join((attributes.get("alt") or attributes.get("title") or "").split())
        what = "image" if kind in ("img", "input") else "file"
        return (
            self._file(addresses, what)
            or self._own(addresses, name, what)
            or self._foreign(addresses, name, what)
        )

    def marked(self, image: re.Match[str]) -> str:
        """What stands for an image in Markdown, as Zendesk writes them into plain texts."""
        addresses = [self._whole(image[2])]
        name = " ".join(image[1].split())
        return self._file(addresses, "image") or self._own(addresses, name, "image") or image[0]

    def with_linked(self, body: str) -> str:
        """The text; files of the account that it leads to become attachments."""
        if self._is_html and self._hosts:
            body = _RELATIVE.sub(rf"\1https://{self._hosts[0]}", body)
        for match in _LINKED.finditer(body):
            address = match[0]
            if self._is_html and "&" in address:
                address = re.split(f"[{ADDRESS_END}]", html.unescape(address), maxsplit=1)[0]
            if body[match.start() - 1 : match.start()] not in ('"', "'"):
                address = address.partition(")")[0] if "(" not in address else address
                address = address.rstrip(_PUNCTUATION)
            keys = file_keys(address)
            is_listed = any(key in self._files for key in keys)
            if self._is_own(address) and not is_listed and self._has_room(address):
                self.images.setdefault(address, self._image(address, "", is_inline=False))
        return body

    def warnings(self) -> tuple[str, ...]:
        """What was left out."""
        found = []
        if self._nowhere:
            told = ", ".join(f"'{one[:_LONGEST_SHOWN]}'" for one in self._nowhere[:_MOST_TOLD] if one)
            words = f"{len(self._nowhere)} x an image in the text leads nowhere in the web"
            found.append(f"{words}: {told}" if told else words)
        if self._large:
            found.append(f"{self._large} x an image written into the text is too large to be kept")
        if self._left:
            found.append(
                f"{len(self._left):,} x a file in the text, after {_MOST_FILES:,} others: not fetched"
            )
        return tuple(found)

    def _whole(self, address: str) -> str:
        """The address as a browser understood it in Zendesk."""
        address = address.strip()
        if address.startswith("//"):
            return f"https:{address}"
        if not address.startswith("/") or not self._hosts:
            return address
        try:
            return urljoin(f"https://{self._hosts[0]}/", address)
        except ValueError:
            return address

    def _file(self, addresses: list[str], what: str) -> str | None:
        """An image that is an attachment of the comment."""
        for key in (key for address in addresses for key in file_keys(address)):
            if key in self._files:
                self.shown.add(key)
                return self._shown(self._files[key], what)
        return None

    def _own(self, addresses: list[str], name: str, what: str) -> str | None:
        """An image of the account, or one that is written into the text: it becomes an attachment."""
        for address in addresses:
            data = _DATA.match(address)
            if data is not None and len(address) > _LONGEST_DATA:
                self._large += 1
                return self._shown(name, what)
            if (data is not None or self._is_own(address)) and self._has_room(address):
                kept = self.images.get(address) or self._image(address, name, data)
                self.images[address] = kept
                return self._shown(kept.name, what)
        return None

    def _foreign(self, addresses: list[str], name: str, what: str) -> str:
        """An image from elsewhere: loading it would tell its owner who reads, so only its address stays."""
        address = next((one for one in addresses if _WEB.match(one)), None)
        if address is None:
            self._nowhere.append(text(next(iter(addresses), "")))
            return self._shown(name, what)
        words = self._shown(name, what) + " " + html.escape(address[:_LONGEST_SHOWN])
        words += "\u2026" if len(address) > _LONGEST_SHOWN else ""
        return words if self._in_link else f'<a href="{html.escape(address)}">{words}</a>'

    def _has_room(self, address: str) -> bool:
        """Whether the text names no more than a person would put into it; the others stay addresses."""
        has_room = len(self.images) < _MOST_FILES or address in self.images
        if not has_room:
            self._left.add(address)
        return has_room

    def _is_own(self, address: str) -> bool:
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            return False
        is_zendesk = host.endswith(".zendesk.com") and "/attachments/" in address
        return bool(_WEB.match(address)) and (host in self._hosts or is_zendesk)

    def _image(
        self, address: str, name: str, data: re.Match[str] | None = None, *, is_inline: bool = True
    ) -> Image:
        if data is not None:
            kind = data[1].lower()
            ending = re.sub(r"[^a-z0-9].*", "", kind.partition("/")[2])
            return Image(address, name or f"image-{len(self.images) + 1}.{ending or 'bin'}", kind)
        what = "image" if is_inline else "file"
        given = name_in(address) or name or f"{what}-{len(self.images) + 1}"
        return Image(address, given, is_inline=is_inline)

    def _shown(self, name: str, what: str) -> str:
        cut = name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}\u2026"
        words = f"[{what}: {cut}]" if cut else f"[{what}]"
        return html.escape(words) if self._is_html else words
