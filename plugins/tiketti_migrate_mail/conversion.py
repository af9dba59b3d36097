"""Mails that were read become messages; with the first mail of a thread its ticket is made."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from tiketti_migrate.api import Content, Problem, RecordFields
from tiketti_migrate_mail.bodies import Body, body_of
from tiketti_migrate_mail.forwarded import real_sender
from tiketti_migrate_mail.headers import Address, decoded, fields
from tiketti_migrate_mail.mail import FilePart, Mail
from tiketti_migrate_mail.mailbox import Raw, Unread
from tiketti_migrate_mail.mime import read_mail
from tiketti_migrate_mail.options import MailOptions
from tiketti_migrate_mail.originals import without_bcc
from tiketti_migrate_mail.planned import Plan, PlannedMail, Thread
from tiketti_migrate_mail.reports_told import told

__all__ = ["Conversion", "Converted"]

_MEGABYTE = 1_000_000
_ORIGINAL = "original.eml"
_NOBODY = "Unknown sender"
_LONGEST_NAME = 80
_MOST_HEAD = 65_536


class Converted(NamedTuple):
    """What a mail comes to; contents go before the attachments that name them."""

    contents: list[Content]
    records: list[RecordFields]
    problems: list[Problem]


class Conversion:
    """One reading of a mailbox. People, agents and labels are yielded when they are first needed."""

    def __init__(self, plan: Plan, options: MailOptions) -> None:
        self._plan = plan
        self._options = options
        self._known: set[tuple[str, str]] = set()

    def mail(self, planned: PlannedMail, raw: Raw, where: str) -> Converted:
        """The message of a mail, its files, and its ticket if it leads one."""
        is_cut = raw.size > len(raw.content)
        mail = read_mail(raw.content, is_cut=is_cut)
        trim = self._options.quotes == "trim" and planned.answers
        body = body_of(mail, trim=trim, ours=self._plan.ours.has)
        nobody = _NOBODY if mail.sender is not None else _unread_name(raw.content)
        message = self._message(planned, mail, body, where)
        if planned.author is None:
            message["author_name"] = nobody
        contents, files = self._files(message, mail, body, raw)
        problems = []
        if is_cut:
            words = (
                f"the mail has {raw.size / _MEGABYTE:,.0f} MB: only the first"
                f" {len(raw.content) / _MEGABYTE:,.0f} were read (see --largest-mail)"
            )
            message["warnings"] += (words,)
            problems.append(Problem("TOO_LARGE", words, where))
        records = [*self._author(message, planned.author), message, *files]
        if planned.is_lead:
            records = [*self._ticket(planned, mail, where, nobody), *records]
        return Converted(contents, records, problems)

    def unread(self, planned: PlannedMail, reason: str, where: str) -> Converted:
        """A mail that the mailbox does not give stays visible as a note, so that nobody takes it for told."""
        message: RecordFields = {
            "kind": "message",
            # Not that of the mail, which may well be read another time.
            "source_id": f"{planned.message_id}-unread",
            "origin": where,
            "ticket_id": planned.ticket_id,
            "author_name": "tiketti-migrate",
            "body": f"A mail of this thread could not be read: {reason}",
            "is_internal": True,
            "created_at": planned.created_at,
            "warnings": (reason,),
        }
        records = [message]
        if planned.is_lead:
            records = [*self._ticket(planned, None, where), message]
        return Converted([], records, [Problem("UNREADABLE_MAIL", reason, where)])

    def ticket_of(self, planned: PlannedMail, lead: Raw | Unread, where: str) -> list[RecordFields]:
        """The ticket of a lead that is a message already."""
        mail = read_mail(lead.content) if isinstance(lead, Raw) else None
        return self._ticket(planned, mail, where)

    def ticket_alone(self, planned: PlannedMail, where: str) -> list[RecordFields]:
        """The ticket of a lead that was read by an earlier run: flags and labels may have changed since."""
        return self._ticket(planned, None, where)

    def _ticket(
        self, planned: PlannedMail, lead: Mail | None, where: str, nobody: str = _NOBODY
    ) -> list[RecordFields]:
        thread = self._plan.threads[planned.ticket_id]
        requester, is_certain = self._requester(thread, lead)
        # Each ticket has its own: they are different people.
        requester_id = requester.email or f"unknown-{thread.ticket_id}"
        contact = self._asker(thread, requester, requester_id, nobody, where)
        ticket: RecordFields = {
            "kind": "ticket",
            "source_id": thread.ticket_id,
            "origin": where,
            "subject": thread.subject,
            "requester_id": requester_id,
            "label_ids": thread.labels,
            "priority": thread.priority,
            "created_at": thread.created_at,
            "warnings": thread.warnings,
        }
        if not is_certain:
            guess = f": {requester.email} is a guess" if requester.email else ""
            ticket["warnings"] += (f"who asked cannot be told from the mails{guess}",)
        if thread.assignee is not None:
            ticket["assignee_id"] = thread.assignee.email
        outcome: RecordFields = {
            "kind": "outcome",
            "source_id": thread.ticket_id,
            "origin": where,
            "status": thread.status,
        }
        labels = [one for name in thread.labels for one in self._once("label", name, name)]
        agent = self._person(thread.assignee, where) if thread.assignee else []
        is_cut_off = thread.is_known and not thread.has_word and not self._plan.ours.has(requester.email)
        # Question and answers are no longer in the mailbox: they have told what became of it.
        return [*labels, *contact, *agent, ticket, *([] if is_cut_off else [outcome])]

    def _asker(
        self, thread: Thread, requester: Address, requester_id: str, nobody: str, where: str
    ) -> list[RecordFields]:
        if not requester.email:
            return [_record("contact", requester_id, nobody, origin=where)]
        # Staged with its ticket, by the name that its text told.
        if thread.is_known and requester.email not in self._plan.people:
            return []
        return self._contact(requester, where)

    def _requester(self, thread: Thread, lead: Mail | None) -> tuple[Address, bool]:
        if thread.requester is not None:
            return thread.requester, True
        found = real_sender(lead) if lead is not None else None
        if found is not None and not self._plan.ours.has(found.email):
            return found, True
        return thread.guess, False

    def _message(self, planned: PlannedMail, mail: Mail, body: Body, where: str) -> RecordFields:
        is_report = self._is_note(planned, mail)
        is_internal = planned.is_internal or is_report
        bcc = self._told(mail.bcc)
        text, form = told(mail, body) if is_report else (body.text, body.format)
        message: RecordFields = {
            "kind": "message",
            "source_id": planned.message_id,
            "origin": where,
            "ticket_id": planned.ticket_id,
            "body": text,
            "body_format": form,
            "is_internal": is_internal,
            "created_at": planned.created_at,
            "cc": self._told(mail.cc),
            "bcc": bcc if is_internal else None,
            "warnings": (*mail.warnings, *body.warnings),
        }
        if mail.message_id is not None:
            # RFC 2392: how a mail is named wherever it lies.
            message["url"] = f"mid:{mail.message_id}"
        if bcc and not is_internal:
            # Customers are not told who else got it.
            message["extra"] = {"bcc": list(bcc)}
        if planned.author is not None and is_report:
            message["author_name"] = planned.author.name or planned.author.email
        elif planned.author is not None:
            message["author_id"] = planned.author.email
        return message

    def _is_note(self, planned: PlannedMail, mail: Mail) -> bool:
        """A report, or an automatic reply; those of ours were sent to customers."""
        if mail.kind == "auto-reply" and planned.author is not None:
            return not self._plan.ours.has(planned.author.email)
        return planned.is_report or mail.kind != "mail"

    def _told(self, people: Sequence[Address]) -> tuple[str, ...] | None:
        """Customers with their address, ours only by name (design.md, 7.4)."""
        return tuple(self._shown(one) for one in people) or None

    def _shown(self, person: Address) -> str:
        name = person.name or self._plan.people.get(person.email, "")
        if self._plan.ours.has(person.email) and person.email not in self._plan.ours.mailboxes:
            return name or person.email.partition("@")[0]
        return f"{name} ({person.email})" if name else person.email

    def _author(self, message: RecordFields, sender: Address | None) -> list[RecordFields]:
        if sender is None or "author_id" not in message:
            return []
        return self._person(sender, message["origin"])

    def _person(self, person: Address, where: str) -> list[RecordFields]:
        if not self._plan.ours.has(person.email):
            return self._contact(person, where)
        name = self._plan.people.get(person.email) or person.name or person.email
        return self._once("agent", person.email, name, email=person.email)

    def _contact(self, person: Address, where: str) -> list[RecordFields]:
        """One that only texts name is yielded each time: the last of them counts, wherever a run goes on."""
        name = self._plan.people.get(person.email)
        if name is not None:
            return self._once("contact", person.email, name or person.email, email=person.email, origin=where)
        shown = person.name or person.email
        return [_record("contact", person.email, shown, email=person.email, origin=where)]

    def _once(self, kind: str, source_id: str, name: str, **fields: str) -> list[RecordFields]:
        if (kind, source_id) in self._known:
            return []
        self._known.add((kind, source_id))
        return [_record(kind, source_id, name, **fields)]

    def _files(
        self, message: RecordFields, mail: Mail, body: Body, raw: Raw
    ) -> tuple[list[Content], list[RecordFields]]:
        files = [_Named(part, number in body.shown) for number, part in enumerate((*mail.files, *body.files))]
        if self._options.originals:
            original = raw.content if message["is_internal"] else without_bcc(raw.content)
            files.append(_Named(FilePart(_ORIGINAL, "message/rfc822", original), False))
        contents, records = [], []
        for number, (part, is_shown) in enumerate(files, start=1):
            contents.append(Content(part.content))
            records.append(_attachment(message, number, part, is_shown))
        return contents, records


class _Named(NamedTuple):
    part: FilePart
    is_shown: bool


def _attachment(message: RecordFields, number: int, part: FilePart, is_shown: bool) -> RecordFields:
    return {
        "kind": "attachment",
        "source_id": f"{message['source_id']}/{number}",
        "origin": message["origin"],
        "message_id": message["source_id"],
        "filename": part.name,
        "content_type": part.content_type,
        "size": len(part.content),
        "sha256": hashlib.sha256(part.content).hexdigest(),
        "inline": part.inline or is_shown,
    }


def _unread_name(content: bytes) -> str:
    """What stands in From in place of an address."""
    said = decoded(fields(content[:_MOST_HEAD]).get("from", [b""])[0][: 8 * _LONGEST_NAME])
    words = " ".join(said.replace("<", " ").replace(">", " ").replace('"', " ").split())[:_LONGEST_NAME]
    return words if any(map(str.isalnum, words)) else _NOBODY


def _record(kind: str, source_id: str, name: str, **fields: str) -> RecordFields:
    return {"kind": kind, "source_id": source_id, "name": name, **fields}
