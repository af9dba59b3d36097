"""Whether two texts say the same, however they are marked up."""

import html
import re
from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple

from tiketti_migrate_zendesk.dates import moment, usual_moment
from tiketti_migrate_zendesk.values import identifier, number, text

__all__ = ["TEXTS", "Telling", "same_words", "squeezed", "telling", "tells"]

TEXTS = ("body", "plain_body", "html_body")
# Without "<" inside, so that no text takes more time than its length.
_TAG = re.compile(r"<[^<>]*>")
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"]+")
_BETWEEN = re.compile(r"[\W_]+")
# So long a beginning is no chance: some exports cut descriptions off, even within a word.
_LONG_ENOUGH = 40
_MOST = 0.8


class Telling(NamedTuple):
    """The comment that tells a description; ``is_whole``: it is that, by who wrote it, and nothing more."""

    comment: Any
    is_whole: bool


def squeezed(words: str, *, with_addresses: bool = True) -> str:
    """Letters and digits without markup; a text of signs alone keeps them."""
    words = html.unescape(_TAG.sub(" ", words))
    kept = words if with_addresses else _ADDRESS.sub("", words)
    return _BETWEEN.sub("", kept) or "".join(words.split())


def telling(description: str, comments: Sequence[Any], authors: Container[str]) -> Telling | None:
    """The oldest comment, if it says the same or begins with it, and may be by one of ``authors``."""
    found = [one for one in comments if isinstance(one, Mapping)]
    if not found:
        return None
    oldest = found[0] if len(found) == 1 else _oldest(found)
    author_id = identifier(oldest.get("author_id"))
    if author_id is not None and author_id not in authors:
        return None
    if same_words(description, oldest):
        return Telling(oldest, author_id is not None)
    return Telling(oldest, False) if _begins(oldest, description) else None


def tells(description: str, comment: Mapping[str, Any]) -> bool:
    """Whether a comment says the same, or begins with it and not by chance."""
    return same_words(description, comment) or _begins(comment, description)


def same_words(description: str, comment: Mapping[str, Any]) -> bool:
    """To the letter, but for white space, markup and entities."""
    if comment.get("body") == description:
        return True
    wanted = _letters(description)
    if any(_letters(text(comment.get(key))) == wanted for key in TEXTS):
        return bool(wanted)
    shown = html.unescape(_TAG.sub(" ", text(comment.get("html_body"))))
    if _ADDRESS.search(shown) is None and _ADDRESS.search(description) is not None:
        # Text made of HTML has the addresses of its links in it.
        wanted = _letters(_ADDRESS.sub("", description))
    return bool(wanted) and "".join(shown.split()) == wanted


def _letters(words: str) -> str:
    return "".join(html.unescape(words).split())


def _begins(comment: Mapping[str, Any], description: str) -> bool:
    """Where the comment says little more, or the description is too long to be its beginning by chance."""
    words, wanted = description.split(), _letters(description)
    for key in TEXTS:
        said = text(comment.get(key))
        said = _TAG.sub(" ", said) if key == "html_body" else said
        letters = _letters(said)
        if len(wanted) >= _LONG_ENOUGH and letters.startswith(wanted):
            return True
        is_most = len(wanted) >= _MOST * len(letters)
        if words and is_most and html.unescape(said).split()[: len(words)] == words:
            return True
    return False


def _oldest(comments: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What has no date stands with the one before it."""
    places = []
    last = 0.0
    for number_, one in enumerate(comments):
        said = one.get("created_at")
        at = usual_moment(said) or moment(said).at
        last = last if at is None else at.timestamp()
        own_id = number(one.get("id"))
        places.append((last, own_id or 0, number_))
    return comments[min(places)[-1]]
