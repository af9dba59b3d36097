"""Which mail a reply without headers answers: the same subject among the same people, not long ago."""

from collections.abc import Iterator

from tiketti_migrate_mail.envelopes import REPLY, Envelope
from tiketti_migrate_mail.planned import Ours
from tiketti_migrate_mail.subjects import base_subject

__all__ = ["Recent"]

_WINDOW = 14 * 86400
# A subject that says nothing joins what has nothing in common.
_SHORTEST = 5
_GENERIC_WORDS = (
    "hello hallo there test testing question frage anfrage request order bestellung rechnung invoice hilfe"
    " urgent dringend important wichtig information message nachricht contact kontakt bonjour thanks danke"
    " merci gracias document image bilder photo photos support problem email e-mail newsletter update status"
    " report offer offert angebot appointment termin meeting anhang attachment"
)
_GENERIC = frozenset((
    *_GENERIC_WORDS.split(),
    *("thank you", "vielen dank", "no subject", "(no subject)", "kein betreff", "(kein betreff)"),
    *("ohne betreff", "your message", "ihre nachricht", "your request", "ihre anfrage", "sin asunto"),
))  # fmt: skip

_Key = tuple[str, str]


class Recent:
    """Mails of the last two weeks by subject and person; fed oldest first, it forgets what is older."""

    def __init__(self, ours: Ours) -> None:
        self._ours = ours
        self._since = 0
        self._last: dict[_Key, tuple[int, int]] = {}
        self._before: dict[_Key, tuple[int, int]] = {}

    def add(self, mail: Envelope, container: int) -> None:
        """A mail that a later one may answer."""
        if mail.date is None or mail.thread:
            return
        if mail.date - self._since > _WINDOW:
            self._before, self._last, self._since = self._last, {}, mail.date
        for key in self._keys(mail):
            self._last[key] = mail.date, container

    def answered_by(self, mail: Envelope) -> int | None:
        """The container of the mail that this one answers; None where headers tell or nothing is found."""
        if mail.date is None or mail.references or mail.thread or not mail.marks & REPLY:
            return None
        times = [
            found
            for key in self._keys(mail)
            if (found := self._last.get(key) or self._before.get(key)) and mail.date - found[0] <= _WINDOW
        ]
        return max(times)[1] if times else None

    def _keys(self, mail: Envelope) -> Iterator[_Key]:
        base = base_subject(mail.subject)
        if len(base.encode("utf-8", "replace")) < _SHORTEST or base.strip(" .!?") in _GENERIC:
            return
        people = {one.email for one in (mail.sender, mail.reply_to, *mail.recipients) if one is not None}
        for email in people:
            if not self._ours.has(email):
                yield base, email
