"""Texts as they are sent: HTML of our own making behind a line that says where it comes from (rules 3-5)."""

import hashlib
import html
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

from tiketti_migrate.api import Person, Refs
from tiketti_migrate.records import LinkNote, Message, Ticket
from tiketti_migrate_tiketti.attached import listed
from tiketti_migrate_tiketti.links import Relinking, told
from tiketti_migrate_tiketti.sanitising import clean, plain_text

__all__ = ["Provenance", "begins_with", "ends_with", "essence", "mentions"]

# Beyond ASCII a server may keep other code points than it was sent (Unicode normal forms, typography).
_UNSAFE_IN_TOKEN = re.compile(r"(?:[^!-~]|[\[\]/<>&\"'])+")
# Time entries bear their token in plain text, which must read the same when it is taken for HTML.
_SAFE_IN_TITLE = str.maketrans("[]<>&", "()()+")
# White space, soft hyphens and other characters of no width.
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_LONGEST_ID = 80
_HEAD = 8000
# Of each list of recipients, as more of them would bury the text.
_MOST_PEOPLE = 20
_LONGEST_PERSON = 120


class Provenance:
    """Makes and recognises tokens. ``title``: what people call the source (Zendesk)."""

    def __init__(self, title: str, style: str = "full") -> None:
        self._title = " ".join(title.translate(_SAFE_IN_TITLE).split())
        self._full = style == "full"

    def token(self, *ids: str) -> str:
        """``[Zendesk 35436/7712]``: the ids can neither end it early nor stand for another one."""
        return f"[{self._title} {'/'.join(map(_safe_id, ids))}]"

    @property
    def title(self) -> str:
        """What people call the source."""
        return self._title

    @property
    def mark(self) -> str:
        """What every token begins with."""
        return f"[{self._title} "

    def search_term(self, ticket_id: str) -> str:
        """What both forms of a ticket's token begin with."""
        return f"[{self._title} {_safe_id(ticket_id)}"

    def description(self, ticket: Ticket, refs: Refs) -> str:
        """The ticket's first public message if it opens the ticket, else the provenance line alone."""
        if refs.first_message is not None:
            return self.message(refs.first_message, refs)
        asker = refs.people.get(ticket.requester_id)
        line = self._line(self.token(ticket.source_id), _named(asker, None), "opened this", ticket.created_at)
        return f"<p>{html.escape(line, quote=False)}</p>"

    def message(self, message: Message, refs: Refs) -> str:
        """The message as HTML; whatever the server takes it for, nothing in it can act."""
        author = refs.people.get(message.author_id) if message.author_id else None
        verb = "noted" if message.is_internal else "wrote"
        token = self.token(message.ticket_id, message.source_id)
        line = self._line(token, _named(author, message), verb, message.created_at, _recipients(message))
        files = listed(refs.attachments.get(message.source_id, ()))
        content = _content(message, Relinking(message.links, refs.codes))
        text = f"<p>{html.escape(line, quote=False)}</p>\n{content}"
        return f"{text}\n{files}" if files else text

    def link_token(self, ticket_id: str) -> str:
        """Of a ticket's closing note."""
        return self.token(ticket_id, "links")

    def link_note(self, note: LinkNote, refs: Refs) -> str:
        """The closing note: where the links of its ticket lead now."""
        lines = told(self._title, note.ticket_ids, refs.codes)
        line = f"{self.link_token(note.source_id)} Links in this ticket: {lines}."
        return f"<p>{html.escape(line, quote=False)}</p>"

    def tokens_of(self, ticket: Ticket, refs: Refs) -> tuple[str, ...]:
        """What the first message of this ticket may begin with."""
        if refs.first_message is None:
            return (self.token(ticket.source_id), f"{self.search_term(ticket.source_id)}/")
        return (self.token(ticket.source_id, refs.first_message.source_id),)

    def _line(self, token: str, name: str, verb: str, moment: datetime | None, others: str = "") -> str:
        if not self._full:
            return token
        when = f" on {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else ""
        return f"{token} {name} {verb}{when}{others}:"


def _named(person: Person | None, message: Message | None) -> str:
    """Customers with their address, agents only by name."""
    if person is not None:
        return f"{person.name} ({person.email})" if person.email and not person.is_agent else person.name
    if message is not None and message.author_name:
        return message.author_name
    if message is not None and message.author_id:
        return f"Unknown user {message.author_id}"
    return "Somebody"


def _recipients(message: Message) -> str:
    """Who else got it; who got it unseen stays unseen by customers."""
    unseen = message.bcc if message.is_internal else None
    return _told("Cc", message.cc or ()) + _told("Bcc", unseen or ())


def _told(field: str, people: Sequence[str]) -> str:
    if not people:
        return ""
    more = f" and {len(people) - _MOST_PEOPLE:,} more" if len(people) > _MOST_PEOPLE else ""
    return f", {field}: {', '.join(map(_one_line, people[:_MOST_PEOPLE]))}{more}"


def _one_line(person: str) -> str:
    """Whatever a header held."""
    shown = "".join(sign if sign.isprintable() else " " for sign in person[: 2 * _LONGEST_PERSON])
    flat = " ".join(shown.split())
    return flat if len(flat) <= _LONGEST_PERSON else f"{flat[: _LONGEST_PERSON - 1]}…"


def _content(message: Message, relinking: Relinking) -> str:
    if message.body_format == "html":
        return relinking.in_html(clean(message.body))
    text = html.escape(relinking.in_text(message.body), quote=False)
    return text.replace("\r\n", "\n").replace("\n", "<br>\n")


def _safe_id(source_id: str) -> str:
    """Unchanged for ordinary ids; else made safe and still its own."""
    safe = _UNSAFE_IN_TOKEN.sub("_", source_id)
    if safe == source_id and len(safe) <= _LONGEST_ID:
        return safe
    digest = hashlib.blake2b(source_id.encode("utf-8", "replace"), digest_size=6).hexdigest()
    return f"{safe[: _LONGEST_ID - 13]}-{digest}"


def essence(body: str) -> str:
    """What no sanitiser or re-flowing may change: the letters, without white space."""
    return re.sub(r"\s+", "", plain_text(body))


def begins_with(body: str, tokens: tuple[str, ...]) -> bool:
    """Whether a reader sees one of ``tokens`` first, however white space and markup were altered."""
    bare = tuple(map(_bare, tokens))
    return any(text.startswith(bare) for text in _readings(body[:_HEAD]))


def ends_with(text: str, token: str) -> bool:
    """Whether a reader sees ``token`` last."""
    return any(reading.endswith(_bare(token)) for reading in _readings(text))


def mentions(text: str, token: str) -> bool:
    """Whether a reader sees ``token`` anywhere."""
    return any(_bare(token) in reading for reading in _readings(text))


def _readings(body: str) -> tuple[str, str]:
    """A server that takes HTML for text escapes it, so that it has to be read twice."""
    once = plain_text(body)
    return _bare(once), _bare(plain_text(once))


def _bare(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFC", text))
