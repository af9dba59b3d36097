"""What the descriptions of tickets say, because a table of messages may have each once more."""

from array import array
from datetime import datetime

from tiketti_migrate_csv.seen import Seen
from tiketti_migrate_csv.texts import Text

__all__ = ["Descriptions"]

_NO_DATE = -(2**31)


class Descriptions:
    """By ticket and text, in some thirty bytes each: there may be a million."""

    def __init__(self) -> None:
        self._texts = Seen()
        self._minutes = array("i")
        self._authors = array("q")
        self._found = bytearray()

    def add(self, ticket_id: str, text: Text, author_id: str | None, at: datetime | None) -> None:
        """A public description; each ticket has one."""
        if self._texts.add(_said_in(ticket_id, text)):
            self._minutes.append(_minute(at))
            self._authors.append(hash(author_id))
            self._found.append(False)

    def is_again(self, ticket_id: str, text: Text, author_id: str | None, at: datetime | None) -> bool:
        """Whether a public message is the description once more: with its text, author and minute, as far as
        these are known. True once for each ticket: people do say the same again.
        """
        number = self._texts.number(_said_in(ticket_id, text))
        if number is None or self._found[number]:
            return False
        if author_id is not None and hash(author_id) != self._authors[number]:
            return False
        if len({_minute(at), self._minutes[number]} - {_NO_DATE}) > 1:
            return False
        self._found[number] = True
        return True


def _minute(at: datetime | None) -> int:
    return _NO_DATE if at is None else int(at.timestamp()) // 60


def _said_in(ticket_id: str, text: Text) -> str:
    """What is equal for one text in one ticket, however its blanks were altered."""
    return "".join([ticket_id, "\x1f", *text.body.split()])
