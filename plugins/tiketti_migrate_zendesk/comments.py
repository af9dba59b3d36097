"""Comments become messages, their files attachments (zendesk-format.md, "Fields that matter")."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from operator import lt
from typing import Any, NamedTuple

from tiketti_migrate.api import Problem, RecordFields
from tiketti_migrate_zendesk.attached import File, attachments, attachments_of_images, plain_attachment
from tiketti_migrate_zendesk.bodies import Rewritten, has_files, has_words, plain_text, without_images
from tiketti_migrate_zendesk.calls import Call, call_of, recording_name
from tiketti_migrate_zendesk.copies import United, digest_of, fingerprint, raw_of
from tiketti_migrate_zendesk.dates import moment
from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.links import links_in
from tiketti_migrate_zendesk.references import References
from tiketti_migrate_zendesk.usual import Asked, usual_message
from tiketti_migrate_zendesk.values import flag, id_in, identifier, shown, text
from tiketti_migrate_zendesk.who_reads import FOR_AGENTS, FOR_CUSTOMERS, told_public

__all__ = ["Draft", "draft_of", "drafts", "from_description", "oldest_first"]

SYSTEM = "-1"
# How a comment came and from which browser says nothing that the ticket does not; client addresses are
# personal data that no helpdesk reads again.
_BOOKKEEPING = ("id", "_id", "ticket_id", "metadata", "audit_id", "via", "via_reference_id", "trusted", "url")
_LIKE_A_NOTE = "the description has the words of an internal note: taken as one, too"
_USUAL_TYPES = ("Comment", "FacebookComment")


class Draft(NamedTuple):
    """A message with its files, before it is sorted in. ``raw``: the comment it was."""

    message: RecordFields
    files: Sequence[RecordFields] = ()
    raw: Any = None


class _Said(NamedTuple):
    body: str
    body_format: str
    rest: Mapping[str, str]


def drafts(comments: Sequence[Any], asked: Asked, *, opens: bool = True) -> tuple[list[Draft], list[Problem]]:
    """A draft for each comment, the oldest first; ``opens``: nothing comes before that."""
    usual = [usual_message(raw, asked) for raw in comments]
    if None not in usual:
        found = [Draft(message, (), raw) for message, raw in zip(usual, comments, strict=True) if message]
        if len({draft.message["source_id"] for draft in found}) == len(found):
            return found, []
    drafted, problems = [], []
    for one in _one_by_one(comments, usual, asked, opens):
        problems.append(one) if isinstance(one, Problem) else drafted.append(one)
    return drafted, problems


def _one_by_one(
    comments: Sequence[Any], usual: Sequence[RecordFields | None], asked: Asked, opens: bool
) -> Iterator[Draft | Problem]:
    twins = _Twins()
    first = opens
    for number, at, raw, message in _in_order(comments, usual, asked.created_at):
        where = f"{asked.where} comment {number}"
        one = raw if isinstance(raw, United) else United(raw)
        if isinstance(one.raw, str) and text(one.raw).strip():
            # Exports by hand hold the words alone.
            one = one._replace(raw={"body": one.raw})
        if not isinstance(one.raw, Mapping):
            yield Problem("BROKEN_COMMENT", f"is no JSON object but {shown(one.raw)}", where)
            continue
        source_id = id_in(one.raw) or f"{asked.ticket_id}-{digest_of(one.raw)}"
        count = twins.add(source_id, one.raw)
        if not count:
            words = f"comment {source_id} stands in the ticket twice"
            yield Problem("REPEATED_COMMENT", words, where, lost=0)
            continue
        if count == 1 and message is not None:
            draft = Draft(message)
        else:
            own_id = twins.distinct(source_id, count)
            draft = draft_of(one.raw, own_id, asked, at, first=first, warnings=one.warnings)
        yield draft._replace(raw=one.raw)
        first = False


class _Twins:
    """Comments of one id; most ids have one, so that only the others are compared."""

    def __init__(self) -> None:
        self._first: dict[str, Any] = {}
        self._known: dict[str, set[bytes]] = {}

    def add(self, source_id: str, raw: Any) -> int:
        """How many different ones there are now; 0 for one that is known."""
        first = self._first.setdefault(source_id, raw)
        if first is raw and source_id not in self._known:
            self._known[source_id] = set()
            return 1
        known = self._known[source_id]
        known.add(fingerprint(first))
        before = len(known)
        known.add(fingerprint(raw))
        return len(known) if len(known) > before else 0

    def distinct(self, source_id: str, count: int) -> str:
        """An id for the so manieth."""
        if count == 1:
            return source_id
        candidate = f"{source_id}-{count}"
        return f"{candidate}-again" if candidate in self._first else candidate


def _in_order(
    comments: Sequence[Any], usual: Sequence[RecordFields | None], last: datetime | None
) -> list[tuple[int, datetime | None, Any, RecordFields | None]]:
    """Number, date (that of the one before where it has none), comment and usual message, by date."""
    found = []
    own_id = 0
    for number, (one, message) in enumerate(zip(comments, usual, strict=True), start=1):
        raw = raw_of(one)
        about = raw if isinstance(raw, Mapping) else {}
        last = message["created_at"] if message else moment(about.get("created_at")).at or last
        own_id = _as_number(id_in(about), own_id)
        found.append(((_seconds(last), own_id, number), (number, last, one, message)))
    return [one for _place, one in sorted(found, key=lambda one: one[0])]


def oldest_first(found: Sequence[Draft]) -> list[Draft]:
    """Of one second in the order of their ids; what has no date anywhere stays in front, where it stood."""
    moments = [draft.message["created_at"] for draft in found]
    if None not in moments and all(map(lt, moments, moments[1:])):
        return list(found)
    places = []
    own_id = 0
    for number, draft in enumerate(found):
        own_id = _as_number(draft.message["source_id"], own_id)
        places.append((_seconds(draft.message["created_at"]), own_id, number))
    return [found[number] for _seconds_, _own_id, number in sorted(places)]


def from_description(description: str, asked: Asked, *, is_note: bool = False) -> Draft:
    """The first message of a ticket whose comments do not tell it; ``is_note``: a note says the same."""
    source_id = f"{asked.ticket_id}-description"
    rewritten = _rewritten(_Said(description, "text", {}), (), asked)
    message: RecordFields = {
        "kind": "message",
        "source_id": source_id,
        "origin": asked.where,
        "ticket_id": asked.ticket_id,
        "author_id": asked.requester_id,
        "body": rewritten.body,
        "created_at": asked.created_at,
    }
    if asked.is_private:
        author_id = asked.submitter_id or asked.requester_id
        message.update(author_id=author_id, is_internal=True)
        if author_id != asked.requester_id and asked.references.warning("author", "user", author_id):
            message["author_name"] = f"Unknown user {author_id}"
    elif is_note:
        message.update(is_internal=True, warnings=(_LIKE_A_NOTE,))
    if links := links_in(rewritten.body, asked.hosts, is_html=False):
        message["links"] = links
    return Draft(message, attachments_of_images(rewritten.images, source_id, asked.where))


def draft_of(
    raw: Mapping[str, Any],
    source_id: str,
    asked: Asked,
    last: datetime | None,
    *,
    first: bool,
    warnings: tuple[str, ...] = (),
) -> Draft:
    """One comment. ``last``: the date of the one before; ``first``: it opens the ticket."""
    fields = Fields(raw, warnings)
    fields.drop(*_BOOKKEEPING)
    if raw.get("type") in _USUAL_TYPES:
        fields.drop("type")
    if identifier(raw.get("id")) not in (None, source_id):
        fields.warn(f"another comment of the ticket has the id {identifier(raw.get('id'))}, too")
    call = call_of(fields, asked.references)
    said = _said(fields, call)
    files = attachments(fields, source_id, asked.where)
    rewritten = _rewritten(said, files, asked)
    for file in files:
        if not rewritten.shown.isdisjoint(file.keys):
            file.fields["inline"] = True
    more = attachments_of_images(rewritten.images, source_id, asked.where)
    more += _recording(call, source_id, asked.where)
    found = [file.fields for file in files] + more
    fields.warnings.extend(rewritten.warnings)
    if not rewritten.body and not found:
        fields.warn("the comment has no text")
    message = _message(fields, source_id, asked, said._replace(body=rewritten.body), first=first)
    message["created_at"] = message["created_at"] or last
    return Draft(message, found)


def _rewritten(said: _Said, files: Sequence[File], asked: Asked) -> Rewritten:
    is_html = said.body_format == "html"
    if not has_files(said.body, is_html=is_html):
        return Rewritten(said.body)
    names = {key: file.fields["filename"] for file in files for key in file.keys}
    return without_images(said.body, names, asked.references.account.hosts, is_html=is_html)


def _message(fields: Fields, source_id: str, asked: Asked, said: _Said, *, first: bool) -> RecordFields:
    created_at = fields.moment("created_at")
    if created_at is None:
        fields.warn("has no readable date: that of the comment before it is taken")
    author_id = fields.identifier("author_id")
    is_internal = _is_internal(fields, author_id, asked, first=first)
    message: RecordFields = {
        "kind": "message",
        "source_id": source_id,
        "origin": asked.where,
        "ticket_id": asked.ticket_id,
        "body": said.body,
        "body_format": said.body_format,
        "is_internal": is_internal or author_id == SYSTEM,
        "created_at": created_at,
    }
    message.update(_author(fields, author_id, asked.references))
    links = links_in(said.body, asked.hosts, is_html=said.body_format == "html")
    extra = {**fields.extra(), **said.rest}
    more = {"links": links, "extra": extra, "warnings": tuple(fields.warnings)}
    message.update((key, value) for key, value in more.items() if value)
    return message


def _author(fields: Fields, author_id: str | None, references: References) -> RecordFields:
    """By id; by the name on the letter too where the account does not know who that is."""
    if author_id == SYSTEM:
        return {"author_name": "System"}
    if author_id is None:
        name = _sender(fields.raw)
        return {"author_name": name} if name else {}
    if warning := references.warning("author", "user", author_id):
        fields.warn(warning)
        return {"author_id": author_id, "author_name": _sender(fields.raw) or f"Unknown user {author_id}"}
    return {"author_id": author_id}


def _said(fields: Fields, call: Call | None) -> _Said:
    html, plain, body = fields.text("html_body"), fields.text("plain_body"), fields.text("body")
    if call is not None:
        fields.warnings.extend(call.warnings)
        return _Said(call.said_beside(plain or body or plain_text(html or "")), "text", call.rest())
    if html is not None and (has_words(html) or has_files(html, is_html=True) or not (plain or body)):
        return _Said(html, "html", {})
    # plain_body has the entities of body resolved.
    return _Said(plain or body or "", "text", {})


def _is_internal(fields: Fields, author_id: str | None, asked: Asked, *, first: bool) -> bool:
    """A comment that does not say so is public only where it must be: nobody else may read a note."""
    public = told_public(fields.raw)
    for key in (*FOR_CUSTOMERS, *FOR_AGENTS):
        if fields.raw.get(key) is not None and flag(fields.raw[key]) is not None:
            fields.drop(key)
    if public is None:
        fields.drop("public")
        if not asked.is_private and _is_of_the_customer(author_id, asked, first=first):
            return False
        fields.warn("does not say whether it is public: taken as an internal note")
        return True
    if not public and fields.has("public"):
        fields.warn(f"public is neither true nor false but {shown(fields.raw['public'])}")
        fields.warn("may be public or not: taken as an internal note")
    return not public


def _is_of_the_customer(author_id: str | None, asked: Asked, *, first: bool) -> bool:
    """The requester, or the customer who opened the ticket; what an agent says may be for agents."""
    if author_id is None:
        return False
    known = asked.references.account.person(author_id)
    if known is not None and known.is_agent:
        return False
    return author_id == asked.requester_id or (first and known is not None)


def _sender(raw: Mapping[str, Any]) -> str | None:
    """The name on the letter, of a comment whose author is not in the account."""
    via = raw.get("via")
    source = via.get("source") if isinstance(via, Mapping) else None
    sender = source.get("from") if isinstance(source, Mapping) else None
    return Fields(sender).line("name") if isinstance(sender, Mapping) else None


def _recording(call: Call | None, source_id: str, where: str) -> list[RecordFields]:
    if call is None or call.recording is None:
        return []
    own_id, name = f"{source_id}/recording", recording_name(call.recording)
    return [plain_attachment(own_id, source_id, where, filename=name, content_url=call.recording)]


def _as_number(source_id: str | None, before: int) -> int:
    """What is no number stays with the one before it."""
    if source_id is not None and source_id.isascii() and source_id.isdigit():
        return int(source_id)
    return before


def _seconds(at: datetime | None) -> float:
    return 0.0 if at is None else at.timestamp()
