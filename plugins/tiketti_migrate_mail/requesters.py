"""Who asks in a thread, who of ours answers, and who else there is; by heads alone."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tiketti_migrate_mail.envelopes import FORWARD, REPORT, ROBOT, Envelope
from tiketti_migrate_mail.headers import Address
from tiketti_migrate_mail.planned import Ours
from tiketti_migrate_mail.robots import is_robot

__all__ = ["Asking", "answering", "asking", "author_of", "is_ours", "outsiders"]

_NOBODY = Address("", "")


class Asking(NamedTuple):
    """``requester`` is None where only the text of the lead can tell; ``guess`` is who it is otherwise.

    ``lead``: the mail with which the ticket began.
    """

    requester: Address | None
    guess: Address
    lead: Envelope


def author_of(mail: Envelope, ours: Ours) -> Address | None:
    """Who speaks in a mail: Reply-To where a robot or a form of ours sends it for somebody.

    None for a robot that speaks for itself.
    """
    sender, behind = mail.sender, mail.reply_to
    if behind is not None and (is_robot(behind.email) or ours.has(behind.email)):
        behind = None
    if sender is None:
        return behind
    if ours.has(sender.email):
        # What we write to others may well name another address for answers; a form writes to us, and begins.
        is_form = not mail.references and all(ours.has(one.email) for one in mail.recipients)
        return behind if behind is not None and is_form else sender
    return behind if mail.marks & ROBOT else sender


def is_ours(mail: Envelope, ours: Ours) -> bool:
    """Whether one of us speaks in a mail."""
    author = author_of(mail, ours)
    return author is not None and ours.has(author.email)


def outsiders(mail: Envelope, ours: Ours) -> list[str]:
    """The addresses of the people who are not ours in a mail, who wrote it first; without repeats."""
    author = author_of(mail, ours)
    people = (author, *mail.recipients, *mail.bcc) if author is not None else (*mail.recipients, *mail.bcc)
    found = (one.email for one in people if not ours.has(one.email) and not is_robot(one.email))
    return list(dict.fromkeys(found))


def asking(mails: Sequence[Envelope], ours: Ours) -> Asking:
    """The requester of a thread, whose mails come oldest first."""
    told = [mail for mail in mails if not mail.marks & REPORT] or list(mails)
    outsider = next(_outsiders(told, ours), None)
    if outsider is not None:
        return Asking(outsider, outsider, mails[0])
    lead = told[0]
    addressee = next(_addressees(told, ours), None)
    if addressee is not None and not _speaks_for_another(lead, ours):
        return Asking(addressee, addressee, mails[0])
    return Asking(None, addressee or lead.reply_to or lead.sender or _NOBODY, mails[0])


def answering(mails: Iterable[Envelope], ours: Ours) -> Address | None:
    """The last of ours who wrote in person."""
    last = None
    for mail in mails:
        author = author_of(mail, ours)
        if author is None or mail.marks & (REPORT | ROBOT) or not ours.has(author.email):
            continue
        if author.email not in ours.mailboxes:
            last = author
    return last


def _outsiders(mails: Iterable[Envelope], ours: Ours) -> Iterator[Address]:
    for mail in mails:
        author = author_of(mail, ours)
        if author is not None and not ours.has(author.email):
            yield author


def _addressees(mails: Iterable[Envelope], ours: Ours) -> Iterator[Address]:
    """To whom we wrote: first those in To, then those in Cc; who is alone in Bcc where nobody else is."""
    for mail in mails:
        named = [one for one in mail.recipients if not ours.has(one.email) and not is_robot(one.email)]
        hidden = [one for one in mail.bcc if not ours.has(one.email) and not is_robot(one.email)]
        if named or len(hidden) == 1:
            yield from named or hidden


def _speaks_for_another(lead: Envelope, ours: Ours) -> bool:
    """Forwarded to us by one of us, or sent by a robot that says not for whom: the text may tell."""
    author = author_of(lead, ours)
    if author is None:
        return True
    return ours.has(author.email) and (
        bool(lead.marks & ROBOT)
        or (bool(lead.marks & FORWARD) and any(ours.has(one.email) for one in lead.recipients[: lead.to]))
    )
