"""One thread, oldest mail first, as a ticket."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from tiketti_migrate.records import Priority, Status
from tiketti_migrate_mail.envelopes import ANSWERED, FLAGGED, GENERATED, REPORT, ROBOT, Envelope
from tiketti_migrate_mail.options import MailOptions
from tiketti_migrate_mail.planned import Ours, Thread
from tiketti_migrate_mail.requesters import Asking, answering, is_ours
from tiketti_migrate_mail.subjects import shown_subject

__all__ = ["moment", "thread_of"]

_NO_SUBJECT = "(no subject)"
_NO_DATE = "its mails say no date"


def moment(seconds: int | None) -> datetime | None:
    """In UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def thread_of(
    ticket_id: str,
    mails: Sequence[Envelope],
    asked: Asking,
    internal: Sequence[bool],
    ours: Ours,
    options: MailOptions,
) -> Thread:
    """What the heads of a thread's mails, at least one, tell of its ticket. ``internal``: of each mail."""
    requester, guess, lead = asked
    dates = [mail.date for mail in mails if mail.date is not None]
    last = max(dates, default=None)
    return Thread(
        ticket_id=ticket_id,
        subject=shown_subject(lead.subject) or _NO_SUBJECT,
        requester=requester,
        guess=guess,
        labels=tuple(sorted({label for mail in mails for label in mail.labels})),
        status=_status(mails, internal, ours, options, last),
        priority=_priority(mails, options),
        assignee=answering(mails, ours) if options.assign == "replier" else None,
        created_at=moment(min(dates, default=None)),
        updated_at=moment(last),
        lead=(lead.folder, lead.uid),
        warnings=() if dates else (_NO_DATE,),
        has_word=next(_counted(mails, internal, ours), None) is not None,
    )


def _status(
    mails: Sequence[Envelope], internal: Sequence[bool], ours: Ours, options: MailOptions, last: int | None
) -> Status:
    written = [mail for mail in mails if not mail.marks & REPORT]
    before = options.closed_before
    if not written or (before is not None and last is not None and last < before.timestamp()):
        return "closed"
    counted = list(_counted(mails, internal, ours))
    if counted:
        final = counted[-1]
        if is_ours(final, ours) and not final.marks & ROBOT:
            return "resolved"
        is_answered = final.marks & ANSWERED
    elif all(_is_notice(mail, ours) for mail in written):
        # Nobody waits for anything.
        return "resolved"
    else:
        # Among ourselves: answered when another of us than who began wrote last.
        first, final = written[0], written[-1]
        if first.sender and final.sender and first.sender.email != final.sender.email:
            return "resolved"
        is_answered = final.marks & ANSWERED
    return options.answered_status if is_answered and options.answered_status else "open"


def _counted(mails: Sequence[Envelope], internal: Sequence[bool], ours: Ours) -> Iterator[Envelope]:
    """Those that ask or answer: not internal ones, reports, and what a program of ours sends to customers."""
    for mail, is_internal in zip(mails, internal, strict=True):
        if not is_internal and not mail.marks & REPORT and not _is_notice(mail, ours):
            yield mail


def _is_notice(mail: Envelope, ours: Ours) -> bool:
    """That a request was received, an order sent: by a program of ours to customers."""
    return (
        bool(mail.marks & (ROBOT | GENERATED))
        and is_ours(mail, ours)
        and any(not ours.has(one.email) for one in mail.recipients)
    )


def _priority(mails: Sequence[Envelope], options: MailOptions) -> Priority:
    if options.flagged_priority and any(mail.marks & FLAGGED for mail in mails):
        return options.flagged_priority
    return "normal"
