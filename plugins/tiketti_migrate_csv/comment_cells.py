"""Comments of exports that write date and author before the text: ``25/Feb/26 4:38 PM;author id;text``."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from tiketti_migrate_csv.columns import Oddities, Oddity
from tiketti_migrate_csv.dates import DateEvidence
from tiketti_migrate_csv.texts import Text, TextEvidence

__all__ = ["Comment", "CommentEvidence", "CommentReader", "note_whole"]

_SIGN = ";"
# A longer author is a sentence that happens to have a semicolon.
_LONGEST_AUTHOR = 255


class Comment(NamedTuple):
    """One cell. ``whole``: it does not begin with date and author, so that all of it is the text. ``date``:
    as it is written."""

    body: Text
    author_id: str | None = None
    at: datetime | None = None
    whole: bool = False
    date: str = ""


class CommentEvidence:
    """What such a column says about its dates and, without them, about its texts."""

    def __init__(self, parts: Sequence[str], dates: DateEvidence, texts: TextEvidence) -> None:
        self._parts = parts
        self._dates = dates
        self._texts = texts

    def add(self, lines: Sequence[int], cells: Iterable[str]) -> None:
        """More cells of the column and, in parallel, the lines in which they stand."""
        cut = [_pieces(cell, self._parts) for cell in cells]
        dates = [pieces["created_at"].strip() if len(pieces) > 1 else "" for pieces in cut]
        self._dates.add(lines, dates)
        self._texts.add(pieces["body"] for pieces in cut)


class CommentReader:
    """Reads the cells of one column. ``date`` raises ValueError for what is none."""

    def __init__(
        self, parts: Sequence[str], date: Callable[[str], datetime], text: Callable[[str], Text]
    ) -> None:
        self._parts = parts
        self._date = date
        self._text = text

    def __call__(self, cell: str) -> Comment:
        """The comment; one that is written otherwise is whole."""
        pieces = _pieces(cell, self._parts)
        body = pieces["body"].strip()
        author = pieces.get("author_id", "").strip()
        if body and author.isprintable() and len(author) <= _LONGEST_AUTHOR:
            try:
                date = pieces["created_at"].strip()
                at = self._date(date)
            except (ValueError, KeyError):
                return Comment(self._text(cell), whole=True)
            return Comment(self._text(body), author or None, at, date=date)
        return Comment(self._text(cell), whole=True)


def note_whole(columns: Sequence[Sequence[object]], oddities: Oddities) -> None:
    """Rows are told how many of their comments stayed whole."""
    for place, count in _whole(columns):
        some = "1 does" if count == 1 else f"{count} do"
        words = f"{some} not begin with date and author, which stay in the text"
        oddities.setdefault(place, []).append(Oddity("comment", "", words, kept=False))


def _whole(columns: Sequence[Sequence[object]]) -> Iterator[tuple[int, int]]:
    for place, cells in enumerate(zip(*columns, strict=True)):
        count = sum(isinstance(cell, Comment) and cell.whole for cell in cells)
        if count:
            yield place, count


def _pieces(cell: str, parts: Sequence[str]) -> dict[str, str]:
    """By part; all is the body where there are too few. Only the last part may have the sign in it."""
    cut = cell.split(_SIGN, len(parts) - 1)
    return dict(zip(parts, cut, strict=True)) if len(cut) == len(parts) else {"body": cell}
