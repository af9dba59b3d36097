"""A ticket's history: its comments where there are no others, and the pieces of it that came apart."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tiketti_migrate_zendesk.values import identifier, items

__all__ = ["comments_in", "events_of", "merged"]

_COMMENTS = ("Comment", "VoiceComment", "TpeVoiceComment", "FacebookComment")


def merged(own: Sequence[Any], pieces: Sequence[Any]) -> list[Any]:
    """What stands in the ticket, and the pieces that it does not hold already; of two copies the later."""
    if not pieces:
        return list(own)
    ids = {known for one in own if (known := _id_of(one)) is not None}
    apart: dict[str, Any] = {}
    nameless: list[Any] = []
    for piece in pieces:
        known = _id_of(piece)
        if known is not None:
            apart[known] = piece
        elif piece not in own and piece not in nameless:
            nameless.append(piece)
    return [*own, *(piece for known, piece in apart.items() if known not in ids), *nameless]


def events_of(audits: Iterable[Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each audit with each of its events."""
    for audit in audits:
        if isinstance(audit, Mapping):
            for event in items(audit.get("events")):
                if isinstance(event, Mapping):
                    yield audit, event


def comments_in(audits: Sequence[Any]) -> list[Any]:
    """The comments that the history holds, with the author and date of their audit.

    What was made a note later is a note, whatever it was at first.
    """
    private = {
        identifier(event.get("comment_id"))
        for _audit, event in events_of(audits)
        if event.get("type") == "CommentPrivacyChange" and event.get("public") is False
    }
    found = []
    for audit, event in events_of(audits):
        if event.get("type") in _COMMENTS:
            about = {"author_id": audit.get("author_id"), "created_at": audit.get("created_at")}
            made_private = {"public": False} if identifier(event.get("id")) in private - {None} else {}
            found.append({**about, **event, **made_private})
    return found


def _id_of(one: Any) -> str | None:
    if not isinstance(one, Mapping):
        return None
    return identifier(one.get("id")) or identifier(one.get("_id"))
