"""Chats: what was said stands in the ticket's history alone, not among its comments."""

import hashlib
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tiketti_migrate.api import RecordFields
from tiketti_migrate_zendesk.attached import attachments, plain_attachment
from tiketti_migrate_zendesk.audits import events_of
from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.links import links_in
from tiketti_migrate_zendesk.same_words import TEXTS, same_words
from tiketti_migrate_zendesk.usual import Asked
from tiketti_migrate_zendesk.values import identifier, items, number, text
from tiketti_migrate_zendesk.who_reads import told_public

__all__ = ["Chats", "Transcript", "transcripts"]

_EVENTS = ("ChatStartedEvent", "ChatEndedEvent")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_BREAK = re.compile(r"<[^<>]*>")
_NOTES = "some of the chat is for agents alone: all of it is taken as an internal note"
_SYSTEM = "-1"
_CUSTOMERS = ("end-user", "end_user", "visitor")


class Transcript(NamedTuple):
    """A message with the words of a chat, and the files that were sent in it.

    ``is_private``: so is the ticket.
    """

    message: RecordFields
    files: list[RecordFields]
    lines: tuple[str, ...]
    is_private: bool

    def tells(self, description: str) -> bool:
        """Whether a description repeats the chat or a line of it, for the same readers."""
        if self.message["is_internal"] and not self.is_private:
            return False
        return any(same_words(description, {"body": line}) for line in (*self.lines, " ".join(self.lines)))


class Chats(NamedTuple):
    """``found``: those that no comment tells; ``told``: comments that say no more than a chat, and its id."""

    found: list[Transcript]
    told: list[tuple[Any, str]]


class _Line(NamedTuple):
    at: datetime | None
    name: str
    words: str
    is_customer: bool
    file: Mapping[str, Any] | None


class _Chat(NamedTuple):
    """As an event of the history tells it."""

    lines: Sequence[_Line]
    files: Sequence[Any]
    audit: Mapping[str, Any]
    own_id: str | None
    has_notes: bool

    @property
    def is_internal(self) -> bool:
        """A chat is between customer and agents; without a customer in it nobody knows who may read it."""
        return self.has_notes or not any(line.is_customer for line in self.lines)


def transcripts(audits: Sequence[Any], comments: Sequence[Any], asked: Asked) -> Chats:
    """Each chat of the history once, be it told while it went on and again when it ended."""
    chats = list(_chats(audits))
    told = [(one, _told_lines(one)) for one in comments if isinstance(one, Mapping)] if chats else []
    found = Chats([], [])
    for chat in chats:
        words = [line.words for line in chat.lines]
        source_id = f"{asked.ticket_id}-chat-{chat.own_id or _digest(chat.lines)}"
        is_public = not (chat.is_internal or asked.is_private)
        tellers = [
            (one, said)
            for one, said in told
            if (_is_public(one) or not is_public) and any(_tell(lines, words) for lines in said)
        ]
        if tellers and words and _has_files(tellers[0][0], chat.files):
            teller, said = tellers[0]
            if all(_tells_no_more(lines, chat.lines) for lines in said):
                found.told.append((teller, source_id))
        else:
            found.found.append(_transcript(chat, source_id, asked))
    return found


def _chats(audits: Sequence[Any]) -> Iterator[_Chat]:
    """What goes on in the next event of the same chat is told by that."""
    latest: dict[str, _Chat] = {}
    for audit, event in events_of(audits):
        if event.get("type") not in _EVENTS:
            continue
        value = event.get("value")
        about = value if isinstance(value, Mapping) else event
        chat = _Chat(
            _lines(about),
            items(event.get("attachments")),
            audit,
            identifier(event.get("id")),
            _has_notes(event, about),
        )
        if not chat.lines and not chat.files:
            continue
        known = identifier(about.get("chat_id")) or ""
        before = latest.pop(known, None)
        both = None if before is None else _as_one(before, chat)
        if before is not None and both is None:
            yield before
        latest[known] = both or chat
    yield from latest.values()


def _as_one(before: _Chat, after: _Chat) -> _Chat | None:
    """None where each says what the other does not."""
    old, new = set(map(_key, before.lines)), set(map(_key, after.lines))
    if not (old <= new or new <= old):
        return None
    fuller = after if old <= new else before
    files = [*before.files, *(one for one in after.files if one not in before.files)]
    return fuller._replace(files=files, has_notes=before.has_notes or after.has_notes)


def _has_notes(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    """Whether the chat or a line of it is for agents alone."""
    said = [one for one in items(about.get("history")) if isinstance(one, Mapping) and _line(one) is not None]
    is_whispered = any("whisper" in text(one.get("type")).lower() for one in said)
    return is_whispered or any(told_public(one) is False for one in (event, about, *said))


def _key(line: _Line) -> tuple[object, ...]:
    return line.at, line.name, line.words


def _digest(lines: Sequence[_Line]) -> str:
    words = repr([_key(line) for line in lines])
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _transcript(chat: _Chat, source_id: str, asked: Asked) -> Transcript:
    lines = chat.lines
    began = next((line.at for line in lines if line.at), None) or moment(chat.audit.get("created_at")).at
    message: RecordFields = {
        "kind": "message",
        "source_id": source_id,
        "origin": asked.where,
        "ticket_id": asked.ticket_id,
        "author_name": "Chat",
        "body": _shown(lines),
        "is_internal": chat.is_internal or asked.is_private,
        "created_at": began,
    }
    if chat.has_notes:
        message["warnings"] = (_NOTES,)
    if links := links_in(message["body"], asked.hosts, is_html=False):
        message["links"] = links
    sent = [line.file for line in lines if line.file is not None]
    files = [_file(Fields(one), source_id, number_, asked.where) for number_, one in enumerate(sent, start=1)]
    addresses = {one["content_url"] for one in files}
    files += [
        one.fields
        for one in attachments(Fields({"attachments": chat.files}), f"{source_id}/sent", asked.where)
        if one.fields["content_url"] not in addresses - {None}
    ]
    for one in files:
        one["message_id"] = source_id
    return Transcript(message, files, tuple(line.words for line in lines), asked.is_private)


def _lines(about: Mapping[str, Any]) -> list[_Line]:
    history = items(about.get("history"))
    return [line for one in history if isinstance(one, Mapping) and (line := _line(one)) is not None]


def _line(one: Mapping[str, Any]) -> _Line | None:
    """None for what is no words and no file: who came and went, ratings, typing."""
    words = text(one.get("message") or one.get("msg")).strip()
    address = text(one.get("url")).strip()
    file = one if _WEB.match(address) else None
    if not words and file is None:
        return None
    kind = text(one.get("actor_type")).lower()
    name = " ".join(text(one.get("actor_name") or one.get("display_name")).split())
    shown = f"[file: {_name_of(one)}]" if file is not None else ""
    is_customer = kind in _CUSTOMERS
    words = " ".join(filter(None, (words, shown)))
    return _Line(moment(one.get("timestamp")).at, name or kind or "Somebody", words, is_customer, file)


def _shown(lines: Sequence[_Line]) -> str:
    """``12:30 Jane: Hello``, and the day where another one begins."""
    shown = ["Chat (times in UTC)"]
    day = None
    for line in lines:
        if line.at is not None and line.at.date() != day:
            day = line.at.date()
            shown.append(f"{day:%Y-%m-%d}")
        clock = f"{line.at:%H:%M} " if line.at is not None else ""
        shown.append(f"{clock}{line.name}: {line.words}")
    return "\n".join(shown)


def _file(fields: Fields, message_id: str, position: int, where: str) -> RecordFields:
    size = number(fields.raw.get("size"))
    return plain_attachment(
        f"{message_id}/{position}",
        message_id,
        where,
        filename=_name_of(fields.raw),
        content_type=fields.line("mime_type"),
        size=size if size is not None and 0 <= size < 2**63 else None,
        content_url=fields.line("url"),
    )


def _name_of(one: Mapping[str, Any]) -> str:
    name = " ".join(text(one.get("filename")).split()).replace("\\", "/").rpartition("/")[2]
    return name or "file"


def _told_lines(comment: Mapping[str, Any]) -> list[list[str]]:
    """Each of its texts, line by line without markup."""
    bodies = (html.unescape(_BREAK.sub("\n", text(comment.get(key)))) for key in TEXTS)
    return [_split(body) for body in bodies if body]


def _has_files(comment: Mapping[str, Any], files: Sequence[Any]) -> bool:
    own = {_address(one) for one in items(comment.get("attachments"))}
    return all(_address(one) in own for one in files)


def _address(file: Any) -> str:
    return text(file.get("content_url") if isinstance(file, Mapping) else file).strip()


def _tell(said: Sequence[str], words: Sequence[str]) -> bool:
    """Whether lines of a comment are those of a chat, in their order."""
    left = iter(said)
    return all(any(_ends(line, part) for line in left) for one in words for part in _split(one))


def _tells_no_more(said: Sequence[str], lines: Sequence[_Line]) -> bool:
    """Whether each line of a comment is one of the chat, with a time and the name before it at most."""
    parts = [(part, _only_letters(line.name)) for line in lines for part in _split(line.words)]
    return len(said) == len(parts) and all(
        one.endswith(part) and _only_letters(one.removesuffix(part)) in ("", name)
        for one, (part, name) in zip(said, parts, strict=True)
    )


def _only_letters(words: str) -> str:
    return "".join(filter(str.isalpha, words))


def _is_public(comment: Mapping[str, Any]) -> bool:
    """What does not say so may become a note, and what the system says does."""
    return told_public(comment) is True and identifier(comment.get("author_id")) != _SYSTEM


def _ends(line: str, part: str) -> bool:
    """``(11:30) Jane: Hello`` is Jane's "Hello", "Say Hello" is not."""
    return line.endswith(part) and not line.removesuffix(part).rstrip()[-1:].isalnum()


def _split(words: str) -> list[str]:
    return [line for one in words.splitlines() if (line := " ".join(one.split()))]
