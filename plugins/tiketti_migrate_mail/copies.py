"""Copies of one mail, in several folders or got twice from a list, become one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce

from tiketti_migrate_mail.envelopes import NO_DATE, ROBOT, Envelope
from tiketti_migrate_mail.identities import id_of
from tiketti_migrate_mail.subjects import base_subject

__all__ = ["united"]

# Mailers date what they keep in Sent when it is kept, not when it is sent.
_APART = 600


def united(envelopes: Iterable[Envelope], known: Mapping[str, str]) -> tuple[list[Envelope], int]:
    """Each mail once, and how many copies were left over. ``known``: by ids of messages staged before.

    The first copy in the order of folders is the one that is read; flags and labels are those of all. What
    else may differ between copies does not depend on the order of folders.
    """
    found: dict[bytes, Envelope] = {}
    again: dict[bytes, list[Envelope]] = {}
    for envelope in envelopes:
        key = envelope.key or envelope.identity
        first = found.setdefault(key, envelope)
        if first is not envelope:
            again.setdefault(key, [first]).append(envelope)
    copies = 0
    several: list[Envelope] = []
    for key, alike in again.items():
        del found[key]
        mails = list(_apart(alike, known))
        copies += len(alike) - len(mails)
        several += mails
    return [*found.values(), *several], copies


def _apart(alike: Sequence[Envelope], known: Mapping[str, str]) -> Iterator[Envelope]:
    """The mails among those with one Message-ID."""
    exact: dict[bytes, list[Envelope]] = {}
    for mail in alike:
        exact.setdefault(mail.identity, []).append(mail)
    close: dict[tuple[str, str], list[Envelope]] = {}
    for copies in exact.values():
        mail = reduce(_joined, copies)
        if len(exact) == 1 or mail.sender is None or _may_repeat(mail):
            yield mail
        else:
            close.setdefault((mail.sender.email, base_subject(mail.subject)), []).append(mail)
    for mails in close.values():
        if _are_copies(mails):
            yield reduce(_joined, mails)._replace(identity=_identity(mails, known))
        else:
            yield from mails


def _may_repeat(mail: Envelope) -> bool:
    """Whether it may be one of many that a form sends with one id, or nobody knows when it was written."""
    return bool(mail.marks & (ROBOT | NO_DATE)) or (
        mail.sender is not None and {mail.sender.email} == {one.email for one in mail.recipients}
    )


def _are_copies(mails: Sequence[Envelope]) -> bool:
    dates = [mail.date or 0 for mail in mails]
    behind = {mail.reply_to.email for mail in mails if mail.reply_to}
    return max(dates) - min(dates) <= _APART and len(behind) <= 1


def _identity(mails: Sequence[Envelope], known: Mapping[str, str]) -> bytes:
    """That of the copy that is there already, else of the oldest."""
    oldest = sorted(mails, key=lambda mail: (mail.date or 0, mail.identity))
    return next((one.identity for one in oldest if id_of(one.identity) in known), oldest[0].identity)


def _joined(first: Envelope, other: Envelope) -> Envelope:
    labels = first.labels
    if other.labels != labels:
        labels = tuple(dict.fromkeys((*labels, *other.labels)))
    fuller = max(first, other, key=lambda mail: (len(mail.recipients), mail.recipients, mail.to))
    return first._replace(
        marks=first.marks | other.marks,
        labels=labels,
        references=max(first.references, other.references, key=lambda keys: (len(keys), keys)),
        date=min((date for date in (first.date, other.date) if date is not None), default=None),
        thread=min((thread for thread in (first.thread, other.thread) if thread), default=None),
        recipients=fuller.recipients,
        to=fuller.to,
        bcc=max(first.bcc, other.bcc, key=lambda people: (len(people), people)),
    )
