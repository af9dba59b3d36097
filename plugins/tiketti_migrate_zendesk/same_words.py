"""Whether two texts say the same, however they are marked up."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.values import text

__all__ = ["TEXTS", "Telling", "squeezed", "telling"]

TEXTS = ("body", "plain_body", "html_body")
# Without "<" inside, so that no text takes more time than its length.
_TAG = re.compile(r"<[^<>]*>")
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"]+")
_BETWEEN = re.compile(r"[\W_]+")
# So long a beginning is no chance: some exports cut descriptions off, even within a word.
_LONG_ENOUGH = 20


class Telling(NamedTuple):
    """The comment that tells a description; ``is_whole``: it says that and nothing more."""

    comment: Any
    is_whole: bool


def squeezed(words: str, *, with_addresses: bool = True) -> str:
    """Letters and digits without markup; a text of signs alone keeps them."""
    words = html.unescape(_TAG.sub(" ", words))
    kept = words if with_addresses else _ADDRESS.sub("", words)
    return _BETWEEN.sub("", kept) or "".join(words.split())


def telling(description: str, comments: Sequence[Any]) -> Telling | None:
    """The comment with the same words, else the oldest one if it begins with them."""
    first = comments[0] if comments else None
    if isinstance(first, dict) and first.get("body") == description:
        return Telling(first, True)
    wanted = squeezed(description)
    # Text made of HTML has the addresses of links in it or not.
    bare = squeezed(description, with_addresses=False)
    found = [one for one in comments if isinstance(one, Mapping)]
    for one in found:
        for key in TEXTS:
            is_html = key == "html_body"
            said = text(one.get(key))
            if said and squeezed(said, with_addresses=not is_html) == (bare if is_html else wanted):
                return Telling(one, True)
    oldest = min(found, key=_when, default=None)
    return Telling(oldest, False) if oldest is not None and _begins(oldest, description, wanted) else None


def _begins(comment: Mapping[str, Any], description: str, wanted: str) -> bool:
    words = description.split()
    for key in TEXTS:
        said = text(comment.get(key))
        if words and said.split()[: len(words)] == words:
            return True
        if len(wanted) >= _LONG_ENOUGH and squeezed(said).startswith(wanted):
            return True
    return False


def _when(comment: Mapping[str, Any]) -> float:
    at = moment(comment.get("created_at")).at
    return 0.0 if at is None else at.timestamp()
