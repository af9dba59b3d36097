"""Which mails of a thread the customer does not see: talk among us, and with others about it."""

from collections.abc import Iterable, Sequence

from tiketti_migrate_mail.envelopes import FORWARD, NAMED, REPORT, ROBOT, Envelope
from tiketti_migrate_mail.identities import keys_of
from tiketti_migrate_mail.ours import FREE_MAIL
from tiketti_migrate_mail.planned import Ours
from tiketti_migrate_mail.requesters import Asking, author_of

__all__ = ["internals"]


def internals(mails: Sequence[Envelope], asked: Asking, ours: Ours) -> list[bool]:
    """Of each mail of a thread, which come oldest first, whether it is internal.

    What we write is, unless it goes to the requester or to somebody who wrote before for all to see, or
    begins the thread. What others write is where it answers something internal and goes to none of these;
    so is what one of our own domain writes to us only.
    """
    if not mails:
        return []
    talk = _Talk(asked, ours)
    return [talk.hear(mail) for mail in mails]


class _Talk:
    """A thread so far. ``seen``: who sees the ticket; ``asked``: whom we wrote to behind their backs."""

    def __init__(self, asked: Asking, ours: Ours) -> None:
        self._ours = ours
        self._seen = {asked.requester.email} if asked.requester else set()
        # Whom a form or one of us spoke for is told by the text; whom we answered is a guess.
        self._guess = "" if asked.requester else asked.guess.email
        domain = asked.requester.email.rpartition("@")[2] if asked.requester else ""
        self._domain = "" if domain in FREE_MAIL or domain in ours.near else domain
        self._asked: set[str] = set()
        self._internal: dict[bytes, bool] = {}
        self._is_first = True

    def hear(self, mail: Envelope) -> bool:
        """Whether the next mail is internal."""
        author = author_of(mail, self._ours)
        others = [one.email for one in (*mail.recipients, *mail.bcc) if not self._ours.has(one.email)]
        if author is not None and self._ours.has(author.email):
            is_internal = self._is_aside(mail, others)
            if is_internal:
                self._asked.update(others)
        else:
            speaker = author or mail.sender
            is_internal = self._is_behind(mail, speaker.email if speaker else "", others)
            if author is not None and not is_internal and not mail.marks & REPORT:
                # Whom the customer wants to have in it, and where answers are to go.
                self._seen.update((author.email, *others))
                if mail.reply_to is not None:
                    self._seen.add(mail.reply_to.email)
        if mail.key:
            self._internal.setdefault(mail.key, is_internal)
        self._is_first = False
        return is_internal

    def _is_aside(self, mail: Envelope, others: Sequence[str]) -> bool:
        """Written by one of us, or by a program of ours."""
        begins = self._is_first and not mail.references
        if not others:
            if mail.marks & ROBOT:
                # A form speaks for others.
                return bool(mail.references)
            if mail.marks & NAMED:
                # Exports of Exchange leave the names alone: it went to whom it answers.
                return not begins and self._answers_internal(mail, otherwise=True)
            # Without any recipient it went to someone.
            return bool(mail.recipients) or not begins
        if begins or self._sees(others):
            return False
        return mail.marks & FORWARD != 0 or self._guess not in others

    def _is_behind(self, mail: Envelope, speaker: str, others: Sequence[str]) -> bool:
        """Written by somebody else, or by a program for nobody."""
        if self._is_first or self._sees((speaker, *others)):
            return False
        if self._ours.is_near(speaker) and all(map(self._ours.is_near, others)):
            return True
        if speaker in self._asked:
            return True
        return self._answers_internal(mail, otherwise=False)

    def _answers_internal(self, mail: Envelope, *, otherwise: bool) -> bool:
        answered = (
            self._internal[key] for key in reversed([*keys_of(mail.references)]) if key in self._internal
        )
        return next(answered, otherwise)

    def _sees(self, emails: Iterable[str]) -> bool:
        """Whether one of them sees the ticket: in person, or as a colleague of who asked."""
        domain = self._domain
        return any(one in self._seen or (domain and one.rpartition("@")[2] == domain) for one in emails)
