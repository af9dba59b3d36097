"""What the descriptions of tickets say, because a table of messages may have each once more."""

from array import array
from datetime import datetime

from tiketti_migrate_csv.directory import Met
from tiketti_migrate_csv.roster import folded
from tiketti_migrate_csv.seen import Seen
from tiketti_migrate_csv.texts import Text

__all__ = ["Descriptions", "is_by", "is_same", "minute"]

_NO_DATE = -(2**31)


class Descriptions:
    """By ticket and text, in some forty bytes each: there may be a million."""

    def __init__(self) -> None:
        self._texts = Seen()
        self._minutes = array("i")
        self._authors = array("q")
        self._names = array("q")
        self._found = bytearray()

    def add(self, ticket_id: str, text: Text, author: Met | None, at: datetime | None) -> None:
        """A public description; each ticket has one."""
        if self._texts.add(_said_in(ticket_id, text)):
            self._minutes.append(minute(at))
            self._authors.append(hash(author and author.id))
            self._names.append(_named(author.name) if author and author.name else 0)
            self._found.append(False)

    def is_again(self, ticket_id: str, text: Text, author: Met | None, at: datetime | None) -> bool:
        """Whether a public message is the description once more: with its text, author and minute, as far as
        these are known. True once for each ticket: people do say the same again.
        """
        number = self._texts.number(_said_in(ticket_id, text))
        if number is None or self._found[number]:
            return False
        if author is not None and not self._is_by(author, number):
            return False
        if len({minute(at), self._minutes[number]} - {_NO_DATE}) > 1:
            return False
        self._found[number] = True
        return True

    def _is_by(self, author: Met, number: int) -> bool:
        if hash(author.id) == self._authors[number]:
            return True
        return _is_name(author) and _named(author.name) == self._names[number]


def is_same(text: Text, other: Text) -> bool:
    """Whether two texts are equal, however their blanks were altered."""
    return text.body.split() == other.body.split()


def is_by(author: Met, asking: Met) -> bool:
    """Whether an author is the requester, who may be called by the name alone."""
    if author.id == asking.id:
        return True
    return _is_name(author) and asking.name is not None and _named(author.name) == _named(asking.name)


def _is_name(author: Met) -> bool:
    """Whether nothing but the name of an author is known."""
    return author.name is not None and author.id == author.name.casefold()


def _named(name: str | None) -> int:
    return hash(folded(name or ""))


def minute(at: datetime | None) -> int:
    """As a number; dates that differ in seconds are often one."""
    return _NO_DATE if at is None else int(at.timestamp()) // 60


def _said_in(ticket_id: str, text: Text) -> str:
    """What is equal for one text in one ticket, however its blanks were altered."""
    return "".join([ticket_id, "\x1f", *text.body.split()])
