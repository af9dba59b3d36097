"""What stays out of a plan by the user's wish or by its nature, counted: one line each, however many."""

from collections import Counter
from collections.abc import Iterator

from tiketti_migrate.api import Problem
from tiketti_migrate_mail.envelopes import DELETED, DRAFT, REPORT, Envelope
from tiketti_migrate_mail.options import MailOptions
from tiketti_migrate_mail.planned import Thread

__all__ = ["LeftOutCount"]

_WORDS = {
    "DRAFTS": "{n} that {were} never sent (drafts) {are} left out",
    "DELETED": "{n} that {are} marked as deleted {are} left out",
    "BEFORE": "{n} of or after the date of --before {are} left out",
    "BOUNCES": "{n} {are} left out as {reports}, as --bounces skip says",
    "SINCE": "{n} {are} left out with solved threads that have none since the date of --since",
    "FROM": "{n} {are} left out with threads that others began than --from names",
    "FROM_UNSURE": "{n} {are} kept although --from names others: who asks stands in the text of the first of"
    " their threads alone (from a form, or forwarded)",
    "COPIES": "{n} {are} {copies} (in several folders, or from lists): each is taken once",
    "DATES": "{n} without a usable date {are} dated by when {they} came",
    "UNDATED": "{n} {have} no date at all, nor does the mailbox know when {they} came",
}


class LeftOutCount:
    """Counts mails by reason; decides by a mail's head whether it stays out."""

    def __init__(self, options: MailOptions) -> None:
        self._options = options
        self._before = options.before.timestamp() if options.before else None
        self._since = options.since
        self._count: Counter[str] = Counter()

    def add(self, code: str, times: int = 1) -> None:
        """One of the codes above."""
        self._count[code] += times

    def is_no_mail(self, mail: Envelope) -> bool:
        """Left out by its flags, or as a report that the user does not want."""
        if mail.marks & DRAFT:
            code = "DRAFTS"
        elif mail.marks & DELETED:
            code = "DELETED"
        elif mail.marks & REPORT and self._options.bounces == "skip":
            code = "BOUNCES"
        else:
            return False
        self.add(code)
        return True

    def is_too_young(self, mail: Envelope) -> bool:
        """Left out by ``--before``."""
        if self._before is None or mail.date is None or mail.date < self._before:
            return False
        self.add("BEFORE")
        return True

    def is_unwanted(self, thread: Thread, mails: int, begun_by: str) -> bool:
        """A whole thread left out by ``--since`` or ``--from``. ``begun_by``: an address.

        Who began one of which only the text tells is not known yet: rather too much is read than too little.
        """
        if self._since and thread.status in ("resolved", "closed"):
            is_old = thread.updated_at is not None and thread.updated_at < self._since
            if is_old:
                self.add("SINCE", mails)
                return True
        wanted = self._options.from_
        if not wanted or begun_by in wanted or f"@{begun_by.rpartition('@')[2]}" in wanted:
            return False
        is_sure = thread.requester is not None
        self.add("FROM" if is_sure else "FROM_UNSURE", mails)
        return is_sure

    def problems(self) -> Iterator[Problem]:
        """One for each reason that applied."""
        for code, words in _WORDS.items():
            if number := self._count[code]:
                one = number == 1
                message = words.format(
                    n="1 mail" if one else f"{number:,} mails",
                    are="is" if one else "are",
                    were="was" if one else "were",
                    have="has" if one else "have",
                    they="it" if one else "they",
                    reports="a bounce or automatic reply" if one else "bounces or automatic replies",
                    copies="a further copy of another" if one else "further copies of others",
                )
                yield Problem(code, message, "the mailbox", lost=0)
