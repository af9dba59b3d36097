"""What the cells of a column look like: evidence for or against what its header says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tiketti_migrate_csv.data import read
from tiketti_migrate_csv.date_evidence import excel_serial
from tiketti_migrate_csv.date_parts import take_apart, unix_time
from tiketti_migrate_csv.empties import empty_words
from tiketti_migrate_csv.fields import DATES, DURATIONS, FLAGS, VISIBILITY, TableKind

__all__ = ["Cells", "contradiction", "look_at", "looks_like", "looks_like_data"]

# Enough to judge a cell by; also what bounds the work on a hostile one.
_GLANCE = 400
_FEW = 5
_EMAIL = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,190}\.[^\s@<>,;.]{2,24}")
_TIME = r"(?:[T ,].{1,24})?"
_DATE = re.compile(
    rf"(?:\d{{4}}[-./]\d{{1,2}}[-./]\d{{1,2}}|\d{{1,2}}[-./]\s?(?:\d{{1,2}}|[^\W\d_]{{3,10}}\.?)[-./]\s?\d{{2,4}}"
    rf"|\d{{1,2}}\.?\s[^\W\d_]{{3,10}}\.?\s\d{{4}}|[^\W\d_]{{3,10}}\.?\s\d{{1,2}},?\s\d{{4}})\.?{_TIME}",
    re.DOTALL,
)
_NUMBER = re.compile(r"[-+]?[\d .,'\u00a0\u202f]*\d")
_DIGIT = re.compile(r"\d")
_STATUS = frozenset(read("vocabulary.toml")["statuses"])
_EMAIL_FIELDS = frozenset({"requester_email", "assignee_email", "email", "author_email"})
_TEXT_FIELDS = frozenset({"description", "comment", "note", "body", "subject"})
_PEOPLE_FIELDS = frozenset(
    ["requester", "requester_name", "assignee", "author", "author_name", "agent", "comment_author"]
)
_WORD_FIELDS = frozenset({"status", "priority"})
_NOTHING = empty_words("text") | empty_words("person") | empty_words("date")


@dataclass(frozen=True, order=True)
class Cells:
    """A column's sampled cells: how many hold anything, and the shares (0..1) of what those are.

    ``lengths`` is the mean, ``longest`` the greatest number of characters looked at (at most 400). ``texts``
    are the cells themselves.
    """

    filled: int
    distinct: float
    emails: float
    dates: float
    numbers: float
    digits: float
    statuses: float
    phrases: float
    lengths: float
    longest: int
    texts: tuple[str, ...] = field(default=(), compare=False, repr=False)


def look_at(sample: Sequence[Sequence[str]], index: int) -> Cells:
    """The profile of one column of the sampled rows; rows that are too short count as empty there."""
    cells = [row[index][:_GLANCE].strip() for row in sample if index < len(row)]
    cells = [cell for cell in cells if cell]
    if not cells:
        return Cells(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    total = len(cells)
    return Cells(
        filled=total,
        distinct=len(set(cells)) / total,
        emails=sum(1 for cell in cells if _EMAIL.search(cell)) / total,
        dates=sum(1 for cell in cells if _DATE.fullmatch(cell)) / total,
        numbers=sum(1 for cell in cells if _NUMBER.fullmatch(cell)) / total,
        digits=sum(1 for cell in cells if _DIGIT.search(cell)) / total,
        statuses=sum(1 for cell in cells if cell.casefold() in _STATUS) / total,
        phrases=sum(1 for cell in cells if 2 <= len(cell.split()) <= 15) / total,
        lengths=sum(map(len, cells)) / total,
        longest=max(map(len, cells)),
        texts=tuple(cells),
    )


def contradiction(field: str, cells: Cells, *, certain: bool = False) -> str | None:
    """Why the cells cannot be what the header says, in words (``no cell is a date``); None when they can.

    A handful of odd cells refutes nothing: they are for the reader of values to report. But a single number
    under "Comments" is how many they are. ``certain``: only what is plain counts against the header.
    """
    if field in ("comment", "note") and cells.filled and cells.numbers == 1:
        return "its cells are numbers"
    if cells.filled < _FEW:
        return None
    return _plain_contradiction(field, cells) or (None if certain else _likely_contradiction(field, cells))


def _plain_contradiction(field: str, cells: Cells) -> str | None:
    told = [cell for cell in cells.texts if cell not in _NOTHING]
    if field in _EMAIL_FIELDS and told and not any("@" in cell for cell in told):
        return "no cell is an e-mail address"
    if field in DATES and told and not any(map(_is_date, told)):
        return "no cell is a date"
    if field in DURATIONS and told and not cells.digits:
        return "no cell is a duration"
    if field in _PEOPLE_FIELDS | _WORD_FIELDS | _TEXT_FIELDS and cells.dates == 1:
        return "its cells are dates"
    if field in _TEXT_FIELDS - {"subject"} and cells.numbers == 1:
        return "its cells are numbers"
    return None


def _is_date(cell: str) -> bool:
    if _DATE.fullmatch(cell):
        return True
    return unix_time(cell) is not None or excel_serial(cell) is not None or take_apart(cell) is not None


def _likely_contradiction(field: str, cells: Cells) -> str | None:
    if field in _EMAIL_FIELDS and not cells.emails:
        return "no cell is an e-mail address"
    # What is unclear there is internal: only texts are something else.
    if field in FLAGS and cells.longest > (60 if field in VISIBILITY else 12):
        return "its cells are text, not yes or no"
    if field == "subject" and cells.numbers == 1:
        return "its cells are numbers"
    if field == "note" and cells.filled >= 2 * _FEW and cells.distinct <= 0.4 and cells.longest <= 30:
        return "its cells are a few words that come back"
    return None


def looks_like(kind: TableKind, cells: Cells) -> tuple[str, str] | None:
    """The field that the cells alone speak for, and how they look; None when they say too little."""
    if not cells.filled:
        return None
    email, text = {
        "ticket": ("requester_email", "description"),
        "message": ("author_email", "body"),
        "contact": ("email", ""),
    }.get(kind, ("", ""))
    if cells.emails >= 0.8 and cells.lengths <= 60:
        return (email, "look like e-mail addresses") if email else None
    if cells.lengths >= 80:
        return (text, "are long texts") if text else None
    if kind in ("ticket", "message") and cells.dates >= 0.9:
        return "created_at", "look like dates"
    if kind != "ticket":
        return None
    if cells.statuses >= 0.9:
        return "status", "are words for a status"
    titles = cells.phrases >= 0.7 and cells.lengths >= 15 and cells.distinct >= 0.5 and not cells.numbers
    return ("subject", "look like subjects") if titles else None


def looks_like_data(cell: str) -> str | None:
    """What a cell of the first row is, when it is no name of a column (``an e-mail address``)."""
    cell = cell.strip()
    if len(cell) > 120:
        return "a long text"
    for pattern, what in ((_EMAIL, "an e-mail address"), (_DATE, "a date")):
        if pattern.fullmatch(cell):
            return what
    if cell.startswith(("http://", "https://")):
        return "a web address"
    return "a number" if len(cell) > 1 and _NUMBER.fullmatch(cell) else None
