"""The files of a message, listed behind its text: Tiketti documents no way to upload them."""

import html
from collections.abc import Iterator, Sequence

import nh3

from tiketti_migrate.api import AttachedFile
from tiketti_migrate.file_names import shown_name
from tiketti_migrate.sizes import human_size

__all__ = ["listed"]

_MOST_FILES = 200
# A list must not make a text too long for the server.
_MOST_CHARACTERS = 30_000
_LONGEST_URL = 2000


def listed(files: Sequence[AttachedFile]) -> str:
    """HTML in which nothing can act; empty when there are no files."""
    if not files:
        return ""
    items = list(_items(files))
    shown = "".join(f"<li>{item}</li>\n" for item in items)
    more = f"<p>and {len(files) - len(items):,} more</p>\n" if len(items) < len(files) else ""
    return nh3.clean(f"<p>Attachments:</p>\n<ul>\n{shown}</ul>\n{more}").rstrip()


def _items(files: Sequence[AttachedFile]) -> Iterator[str]:
    characters = 0
    for file in files[:_MOST_FILES]:
        item = _item(file)
        characters += len(item)
        if characters > _MOST_CHARACTERS:
            return
        yield item


def _item(file: AttachedFile) -> str:
    name, link = html.escape(shown_name(file.name)), _link(file.url)
    size = f" ({human_size(file.size)})" if file.size is not None else ""
    shown = f'<a href="{link}">{name}</a>{size}' if link else f"{name}{size}"
    if file.sha256 is not None:
        place = "" if link else " (kept in the migration's attachments folder)"
        return f"{shown}, SHA-256 {html.escape(file.sha256)}{html.escape(place)}"
    if file.missing is not None:
        return f"{shown}: could not be fetched: {html.escape(file.missing[:300])}"
    return shown if link else f"{shown}: its address cannot be shown"


def _link(url: str | None) -> str | None:
    """As it stands in an attribute; None for what is no address to click on."""
    if url is None or len(url) > _LONGEST_URL or not url.lower().startswith("https://"):
        return None
    return html.escape(url, quote=True)
