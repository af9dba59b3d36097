"""Tags become labels, which are unique whatever their case."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from tiketti_migrate.api import RecordFields
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.values import text

__all__ = ["label_ids", "labels", "tags_of"]

_LONGEST = 1000


def tags_of(fields: Fields, pieces: Iterable[str] = ()) -> dict[str, str]:
    """Tags by the id of their label: the case-folded tag."""
    found: dict[str, str] = {}
    are_words = True
    for word in _words(fields):
        if (named := _named(text(word))) is not None:
            found.setdefault(*named)
        else:
            are_words = False
    if not are_words:
        fields.warn("some tags are no words: kept as extra")
        fields.keep("tags")
    for label_id, tag in label_ids(pieces).items():
        found.setdefault(label_id, tag)
    return found


def label_ids(words: Iterable[Any]) -> dict[str, str]:
    """Names by the id of their label; what is no name is left out."""
    found: dict[str, str] = {}
    for word in words:
        if (named := _named(text(word))) is not None:
            found.setdefault(*named)
    return found


def labels(names: Mapping[str, str], where: str) -> list[RecordFields]:
    """The labels themselves."""
    return [
        {"kind": "label", "source_id": label_id, "origin": where, "name": name}
        for label_id, name in names.items()
    ]


def _words(fields: Fields) -> list[Any]:
    """Old exports join tags by blanks."""
    joined = fields.raw.get("tags")
    if not isinstance(joined, str):
        return fields.items("tags")
    fields.drop("tags")
    return joined.split()


@lru_cache(maxsize=10_000)
def _named(word: str) -> tuple[str, str] | None:
    tag = " ".join(word.split())
    label_id = tag.casefold()
    return (label_id, tag) if label_id and len(label_id) <= _LONGEST else None
