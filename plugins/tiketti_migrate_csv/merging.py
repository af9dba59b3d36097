"""Several rows that are one ticket: nothing of them is lost, and what they only repeat is counted."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from tiketti_migrate_csv.columns import keep
from tiketti_migrate_csv.ticket_rows import UNSIGNED, Author, Said, TicketRow, Work

__all__ = ["Repeated", "merged"]

_Date = Literal["created_at", "updated_at"]
_DATES: tuple[_Date, ...] = ("created_at", "updated_at")
# Who asked and what about is told by the first row of a ticket, where it stands now by the last.
_BY_THE_FIRST = ("url", "subject", "requester")
_BY_THE_LAST = ("status", "priority", "assignee")


@dataclass
class Repeated:
    """How many texts and times of rows say again what other rows of their ticket say: a join does that."""

    texts: int = 0
    times: int = 0

    def words(self) -> str | None:
        """For people; None when there are none."""
        counted = ((self.texts, "text"), (self.times, "time"))
        parts = [f"{count:,} {name}{'s' * (count > 1)}" for count, name in counted if count]
        if not parts:
            return None
        worked = " worked" if self.times else ""
        were = "was" if self.texts + self.times == 1 else "were"
        return f"{' and '.join(parts)}{worked} that several rows of a ticket repeat {were} taken once"


def merged(rows: Sequence[TicketRow], repeated: Repeated, by_row: Collection[str]) -> TicketRow:
    """One ticket of several rows. ``by_row``: the fields that they tell each for itself.

    Other descriptions become messages, other values are kept as extra and listed.
    """
    rows = _by_time(rows)
    rows[0].open_up()
    if len(rows) == 1:
        return rows[0]
    whole = rows[0]
    line = min(row.line for row in rows)
    whole.warnings = list(dict.fromkeys(warning for row in rows for warning in row.warnings))
    extra = _all_extras(rows)
    date = _telling_date(rows)
    # Before the first row becomes the whole.
    whole.times = list(_work(rows, date, repeated, by_row))
    if "description" not in by_row:
        _unsign(rows, extra)
    for name in _BY_THE_FIRST + _BY_THE_LAST:
        others = _settle(whole, rows, name, last=name in _BY_THE_LAST)
        if others:
            keep(extra, f"other {name}", others[0] if len(others) == 1 else others)
    whole.said = list(_talk(rows, date, whole.requester, repeated, by_row))
    opening = next((row for row in rows if row.description), whole)
    whole.description, whole.byline = opening.description, opening.byline
    whole.labels = list(dict.fromkeys(label for row in rows for label in row.labels))
    whole.created_at = min((row.created_at for row in rows if row.created_at), default=None)
    whole.updated_at = max((row.updated_at for row in rows if row.updated_at), default=None)
    whole.time_spent = None
    whole.extra = extra
    whole.line = line
    return whole


def _by_time(rows: Sequence[TicketRow]) -> list[TicketRow]:
    dated = all(row.updated_at or row.created_at for row in rows)
    if not dated:
        return list(rows)
    return sorted(rows, key=lambda row: (row.updated_at or row.created_at, row.line))


def _telling_date(rows: Sequence[TicketRow]) -> _Date | None:
    """The date that is one of each row, not of the ticket."""
    for name in _DATES:
        if len({getattr(row, name) for row in rows} - {None}) > 1:
            return name
    return None


def _settle(whole: TicketRow, rows: Sequence[TicketRow], name: str, *, last: bool) -> list[str]:
    """The values that are not taken, each once."""
    values = [(getattr(row, name), row.line) for row in rows if _is_told(getattr(row, name))]
    if not values:
        return []
    chosen, line = values[-1] if last else values[0]
    setattr(whole, name, chosen)
    other = next(((value, at) for value, at in values if value != chosen), None)
    if other is None:
        return []
    differing = sorted([other, (chosen, line)], key=_row)
    both = " and ".join(f"'{_words(value)[:60]}' in row {at}" for value, at in differing)
    whole.warnings.append(f"rows of this ticket differ in {name}: {both}; that of row {line} is taken")
    return list(dict.fromkeys(f"'{_words(value)}'" for value, _ in values if value != chosen))


def _row(value: tuple[Any, int]) -> int:
    return value[1]


def _is_told(value: Any) -> bool:
    return any(value) if isinstance(value, tuple) else value is not None


def _words(value: Any) -> str:
    return " ".join(filter(None, value)) if isinstance(value, tuple) else str(value)


def _talk(
    rows: Sequence[TicketRow],
    date: _Date | None,
    asking: tuple[str | None, ...],
    repeated: Repeated,
    by_row: Collection[str],
) -> Iterator[Said]:
    """What is said beside the first description; what one row says twice was said twice.

    ``asking``: the requester of the ticket.
    """
    told: dict[Said, int] = {}
    opening = next((row for row in rows if row.description), None)
    of_ticket = len({row.description for row in rows if row.description}) == 1
    names = len({row.requester[:4] for row in rows if any(row.requester[:4])}) > 1
    # So is its flag, where a row's own is that of its comment.
    if of_ticket and any(row.said for row in rows):
        _share_flag(rows)
    for row in rows:
        said = [one if one.at else one._replace(at=_date_of(row, date)) for one in row.said]
        if row.description is not None:
            # A description that all rows share is the ticket's: every change of the ticket repeats it. So is
            # the first where rows do not tell their own.
            shared = of_ticket or ("description" not in by_row and _is_same(row, opening))
            said.insert(0, _description(row, "created_at" if shared else date, asking if names else None))
        in_row: dict[Said, int] = {}
        for place, one in enumerate(said):
            # Whether a date stands beside the text or is that of the row tells no texts apart.
            fact = one._replace(own="")
            in_row[fact] = in_row.get(fact, 0) + 1
            if in_row[fact] <= told.get(fact, 0):
                repeated.texts += 1
                continue
            told[fact] = in_row[fact]
            if row is not opening or place > 0:
                yield one


def _unsign(rows: Sequence[TicketRow], extra: dict[str, Any]) -> None:
    """The one description that rows repeat is the ticket's, whoever wrote what else is in them and when."""
    signed = [row.byline for row in rows if row.description]
    texts = {row.description for row in rows if row.description}
    if len(texts) > 1 or len({byline._replace(internal=False) for byline in signed}) < 2:
        return
    authors = [byline.author[1] for byline in signed if byline.author]
    dates = [byline.at.isoformat() for byline in signed if byline.at]
    for name, values in (("comment_author", authors), ("comment_created_at", dates)):
        told = list(dict.fromkeys(value for value in values if value))
        if told:
            keep(extra, name, told[0] if len(told) == 1 else told)
    for row in rows:
        row.byline = UNSIGNED._replace(internal=row.byline.internal)
    _share_flag(rows)


def _share_flag(rows: Sequence[TicketRow]) -> None:
    internal = all(row.byline.internal for row in rows if row.description)
    for row in rows:
        row.byline = row.byline._replace(internal=internal)


def _is_same(row: TicketRow, opening: TicketRow | None) -> bool:
    return opening is not None and row.description == opening.description


def _description(row: TicketRow, date: _Date | None, asking: tuple[str | None, ...] | None) -> Said:
    """``asking``: None where all rows name one requester, who then did not write each of them."""
    assert row.description is not None
    author, byline = row.byline.author, row.byline
    if author is None and asking is not None and not byline.nameless:
        named = row.requester[:4] if any(row.requester[:4]) else asking[:4]
        is_own = any(named) and not (byline.internal and named == asking[:4])
        author = cast(Author, named) if is_own else None
    return Said(row.description, author, byline.at or _date_of(row, date), byline.internal, byline.own)


def _date_of(row: TicketRow, date: _Date | None) -> datetime | None:
    return row.updated_at or row.created_at if date == "updated_at" else row.created_at


def _work(
    rows: Sequence[TicketRow], date: _Date | None, repeated: Repeated, by_row: Collection[str]
) -> Iterator[Work]:
    """The time of the ticket where nothing tells the rows apart, else the work of each row."""
    timed = [row for row in rows if row.time_spent]
    works = [_work_of(row, date) for row in timed]
    facts = [
        (work, row.description, *(one.body for one in row.said))
        for work, row in zip(works, timed, strict=True)
    ]
    if len(works) > 1 and len(set(facts)) == 1:
        repeated.times += len(works) - 1
        yield Work(works[0].minutes, None, None, (), works[0].own)
        return
    told = set()
    for row, work, fact in zip(timed, works, facts, strict=True):
        # A comment is one row's own: a row that repeats it, too, is no other work.
        if (row.said or "time_spent" not in by_row) and fact in told:
            repeated.times += 1
            continue
        told.add(fact)
        yield work


def _work_of(row: TicketRow, date: _Date | None) -> Work:
    own = row.byline.at or next((one.at for one in row.said if one.at), None)
    of_row = getattr(row, date) if date else None
    author = row.byline.author or next((one.author for one in row.said if one.author), None)
    at = own or of_row or row.updated_at or row.created_at
    return Work(row.time_spent or 0, at, author, row.assignee, row.own)


def _all_extras(rows: Sequence[TicketRow]) -> dict[str, Any]:
    """Every value once; several of one column stand together."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for name, value in row.extra.items():
            values = value if isinstance(value, list) else [value]
            found.setdefault(name, {}).update(dict.fromkeys(values))
    return {name: next(iter(values)) if len(values) == 1 else list(values) for name, values in found.items()}
