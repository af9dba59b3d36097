"""Which mail a reply without headers answers: the same subject among the same people, not long ago."""

from collections.abc import Iterable, Iterator

from tiketti_migrate_mail.envelopes import REPLY, Envelope
from tiketti_migrate_mail.planned import Ours
from tiketti_migrate_mail.requesters import is_ours, outsiders
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
        """A mail that a later one may answer: by who wrote it, else by whom alone we wrote to."""
        if mail.date is None or mail.thread:
            return
        if mail.date - self._since > _WINDOW:
            self._before, self._last, self._since = self._last, {}, mail.date
        people = outsiders(mail, self._ours)
        if len(people) > 1:
            people = [] if is_ours(mail, self._ours) else people[:1]
        for key in self._keys(mail, people):
            self._last[key] = mail.date, container

    def answered_by(self, mail: Envelope) -> Iterator[int]:
        """The containers of the mails that this one may answer, with each person in it the newest.

        None where headers tell.
        """
        if mail.date is None or mail.references or mail.thread or not mail.marks & REPLY:
            return
        for key in self._keys(mail, outsiders(mail, self._ours)):
            found = self._last.get(key) or self._before.get(key)
            if found and mail.date - found[0] <= _WINDOW:
                yield found[1]

    def _keys(self, mail: Envelope, people: Iterable[str]) -> Iterator[_Key]:
        base = base_subject(mail.subject)
        if len(base.encode("utf-8", "replace")) < _SHORTEST or base.strip(" .!?") in _GENERIC:
            return
        for email in people:
            yield base, email
