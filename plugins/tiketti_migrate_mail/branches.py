"""Answers to one mail of ours that went to many: with each who answers we have a conversation of our own."""

from array import array
from collections.abc import Sequence

from tiketti_migrate_mail.envelopes import REPORT, Envelope
from tiketti_migrate_mail.ours import FREE_MAIL
from tiketti_migrate_mail.planned import Ours
from tiketti_migrate_mail.requesters import author_of, is_ours, outsiders

__all__ = ["Branches", "counterparts"]


class Branches:
    """``heads``: the first mail of each such conversation, by the mail that went to many and who it is with.

    Mails are numbered as they come, oldest first; ``parents``: the mail that each of them answers, or -1.
    """

    def __init__(self, mails: Sequence[Envelope], parents: "array[int]", ours: Ours) -> None:
        self._mails, self._ours = mails, ours
        self._many = _sent_to_many(mails, parents, ours)
        self.heads: dict[tuple[int, str], int] = {}

    def above(self, number: int, parent: int) -> int:
        """The mail that a mail is hung below: the one it answers, or the first of its conversation."""
        top = self._many.get(parent)
        if top is None or number in self._many:
            return parent
        mail = self._mails[number]
        who = None if mail.marks & REPORT else self._with_whom(mail, top)
        return (
            parent
            if who is None or self._is_named_alone(who, top)
            else self.heads.setdefault((top, who), number)
        )

    def _is_named_alone(self, who: str, top: int) -> bool:
        """Whether it went to him, and to others (a list of contacts, a lawyer) only behind his back."""
        to = [one.email for one in self._mails[top].recipients if not self._ours.has(one.email)]
        return who in to and _parties(self._mails[top], to) == 1

    def _with_whom(self, mail: Envelope, top: int) -> str | None:
        """None for what goes to the others, too, or to nobody but us."""
        author = author_of(mail, self._ours) or mail.sender
        if author is None:
            return ""
        to = [one.email for one in mail.recipients if not self._ours.has(one.email)]
        if self._ours.has(author.email):
            return next(iter(outsiders(mail, self._ours)), None)
        reached = {one.email for one in self._mails[top].recipients} - {author.email}
        return author.email if reached.isdisjoint(to) else None


def counterparts(mail: Envelope, ours: Ours) -> list[str]:
    """The outsiders that a mail is about: nobody where we write to several who may not know each other."""
    found = outsiders(mail, ours)
    return [] if len(found) > 1 and _parties(mail, found) > 1 and is_ours(mail, ours) else found


def _sent_to_many(mails: Sequence[Envelope], parents: Sequence[int], ours: Ours) -> dict[int, int]:
    """The mails with which we wrote to many, and our further ones to all of them, with the first of these.

    Where To and Cc name nobody, only answers show that it went to others.
    """
    begun: dict[int, bool] = {}
    for number, mail in enumerate(mails):
        if parents[number] < 0 or parents[number] in begun:
            found = outsiders(mail, ours)
            if (not found or len(found) > 1) and is_ours(mail, ours):
                to_many = len(found) > 1 and _parties(mail, found) > 1
                if to_many or not found:
                    begun[number] = to_many
    if not begun:
        return {}
    for number, parent in enumerate(parents):
        if (
            begun.get(parent) is False
            and not mails[number].marks & REPORT
            and not is_ours(mails[number], ours)
        ):
            begun[parent] = True
    many: dict[int, int] = {}
    for number, to_many in begun.items():
        parent = parents[number]
        if to_many and (parent < 0 or parent in many):
            many[number] = many.get(parent, number)
    return many


def _parties(mail: Envelope, emails: Sequence[str]) -> int:
    """Those of one domain know each other, unless anybody can have an address there or they are hidden."""
    hidden = {one.email for one in mail.bcc}
    domains = ((one, one.rpartition("@")[2]) for one in emails)
    return len({one if one in hidden or domain in FREE_MAIL else domain for one, domain in domains})
