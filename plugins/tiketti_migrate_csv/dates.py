"""Dates of a column as times in UTC: the order of the column, its zone, or a pattern of the mapping file."""

import datetime as dt
from datetime import UTC, datetime, time, timedelta, tzinfo

from tiketti_migrate.errors import UsageError
from tiketti_migrate_csv.date_evidence import (
    DateEvidence,
    DateOrder,
    DateVerdict,
    excel_serial,
    full_year,
    orders_of,
)
from tiketti_migrate_csv.date_parts import Head, Order, Parts, take_apart, unix_time
from tiketti_migrate_csv.date_tail import tail_of
from tiketti_migrate_csv.date_words import MONTH_NAMES
from tiketti_migrate_csv.plain import joined, shown
from tiketti_migrate_csv.zones import zone_named

__all__ = ["DateEvidence", "DateOrder", "DateReader", "DateVerdict", "zone_named"]

_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_MOST_REMEMBERED = 10_000
_MIDNIGHT = time()
# "2021-03-03 14:05:09" has no room for a time zone, but for one without minutes.
_SECONDS = 19
_EXCEL_ZERO = datetime(1899, 12, 30)
_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd", 21: "21st", 22: "22nd", 23: "23rd", 31: "31st"}


class DateReader:
    """Reads the cells of one column.

    ``order`` is the verdict of `DateEvidence` or the user's; with None a date that can be read in two ways
    is refused. Dates between dots are always day first; years of four digits in front, names of months, Unix
    seconds and milliseconds need no order. ``serials``: numbers may be days as Excel counts them. ``pattern``
    is one of `datetime.strptime` and replaces all that.

    A time that names no zone is one of ``zone``. Where its clocks are set forward, a time that does not exist
    counts by the clock before (03:30 becomes 04:30); where they are set back, the first of two equal times is
    meant (RFC 5545).
    """

    def __init__(
        self,
        order: DateOrder | None = None,
        zone: tzinfo = UTC,
        pattern: str | None = None,
        *,
        serials: bool = False,
    ) -> None:
        """Raises UsageError when the pattern is none."""
        self._order = order
        self._zone = zone
        self._pattern = pattern
        self._serials = serials or order == "excel"
        self._days: dict[str, dt.date] = {}
        self._blanks = 0
        self._offsets: dict[dt.date, timedelta | None] = {}
        self._is_plain = pattern is None and zone is UTC
        if pattern is not None:
            _check_pattern(pattern)

    def __call__(self, cell: str) -> datetime:
        """The time in UTC. Raises ValueError, with words for people, for a cell that is none."""
        if self._is_plain and len(cell) == _SECONDS and cell[4] == "-":
            # What most exports have, and twice as fast as the rest.
            try:
                return _in_range(datetime.fromisoformat(f"{cell}Z"), cell)
            except ValueError:
                pass
        moment = self._written(cell)
        try:
            moment = self._from_local(moment) if moment.tzinfo is None else moment.astimezone(UTC)
        except OverflowError:
            raise _out_of_range(cell) from None
        return _in_range(moment, cell)

    def date(self, cell: str) -> dt.date:
        """The day as it is written, whatever day it is in UTC. Raises ValueError like a call."""
        moment = self._written(cell)
        return _in_range(moment, cell).date()

    def _written(self, cell: str) -> datetime:
        """The time as written; without a time zone when the cell names none."""
        if self._pattern is not None:
            return _by_pattern(cell, self._pattern)
        moment = _iso(cell) if cell[4:5] == "-" else None
        return moment or self._known_day(cell) or self._read(cell)

    def _known_day(self, cell: str) -> datetime | None:
        """The time in a cell whose date was met before: dates repeat, and taking them apart is slow."""
        # The dates of a column mostly have the same number of blanks in them.
        words = cell.split(" ", self._blanks + 1)
        day = self._days.get(" ".join(words[: self._blanks + 1]) if self._blanks else words[0])
        if day is None:
            return None
        if len(words) <= self._blanks + 1:
            return datetime.combine(day, _MIDNIGHT)
        clock = words[-1]
        if clock[2:3] == ":":
            try:
                return datetime.combine(day, time.fromisoformat(clock))
            except ValueError:
                pass
        return self._with_tail(day, f" {clock}")

    def _with_tail(self, day: dt.date, text: str) -> datetime | None:
        try:
            tail = tail_of(text, 0)
        except ValueError:
            return None
        if tail is None or isinstance(tail.zone, str):
            return None
        return datetime.combine(day, tail.clock, tail.zone)

    def _read(self, cell: str) -> datetime:
        text = cell.strip()
        days = excel_serial(text) if self._serials else None
        if days is not None:
            # Excel keeps milliseconds at best: what stands behind is the error of its floating point.
            return _EXCEL_ZERO + timedelta(milliseconds=round(days * 86_400_000))
        moment = unix_time(text)
        if moment is not None:
            return moment.astimezone(self._zone)
        parts = take_apart(text)
        if parts is None:
            raise ValueError(f"{shown(cell)} cannot be read as a date")
        day = self._day(cell, parts.head)
        self._remember(cell[: parts.head.end], day)
        moment = datetime.combine(day, parts.clock)
        return moment.replace(tzinfo=self._zone_of(cell, parts, moment)) if parts.zone else moment

    def _remember(self, written: str, day: dt.date) -> None:
        # After blanks or marks that were taken out, this is not the date any more.
        parts = take_apart(written)
        if parts is None or len(written) != parts.head.end:
            return
        if len(self._days) >= _MOST_REMEMBERED:
            self._days.clear()
        self._days[written] = day
        self._blanks = written.count(" ")

    def _day(self, cell: str, head: Head) -> dt.date:
        order = head.order or self._order_of(cell, head)
        first, second, third = head.numbers
        if order == "ymd":
            return _day_of(cell, full_year(first, head.short_year), second, third)
        year = full_year(third, head.short_year)
        return _day_of(cell, year, *((second, first) if order == "dmy" else (first, second)))

    def _order_of(self, cell: str, head: Head) -> Order:
        if self._order in ("dmy", "mdy") or (self._order == "ymd" and head.short_year):
            return self._order
        orders = orders_of(head, _LAST_YEAR)
        if len(orders) > 1:
            raise ValueError(f"{shown(cell)} can be read as {joined(orders)}: say which with --date-order")
        return orders[0] if orders else "dmy"

    def _zone_of(self, cell: str, parts: Parts, moment: datetime) -> tzinfo:
        if not isinstance(parts.zone, str):
            return parts.zone or self._zone
        local = moment.replace(tzinfo=self._zone)
        if parts.zone.casefold() != (local.tzname() or "").casefold():
            raise ValueError(
                f"{shown(cell)} names the time zone {parts.zone}, which is not known: say --timezone"
            )
        return self._zone

    def _from_local(self, moment: datetime) -> datetime:
        if self._zone is UTC:
            return moment.replace(tzinfo=UTC)
        day = moment.date()
        try:
            offset = self._offsets[day]
        except KeyError:
            offset = self._remember_offset(day)
        if offset is None:
            return moment.replace(tzinfo=self._zone).astimezone(UTC)
        return datetime.combine(day, moment.time(), UTC) - offset

    def _remember_offset(self, day: dt.date) -> timedelta | None:
        """The offset of a day that has one only, None for a day on which clocks are set."""
        start = datetime.combine(day, _MIDNIGHT, self._zone)
        offset = start.utcoffset()
        whole = offset == (start + timedelta(days=1)).utcoffset()
        if len(self._offsets) >= _MOST_REMEMBERED:
            self._offsets.clear()
        self._offsets[day] = offset if whole else None
        return self._offsets[day]


def _iso(cell: str) -> datetime | None:
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        pass
    # Ruby prints "2021-03-03 14:05:09 UTC", and many exports with it.
    try:
        return datetime.fromisoformat(f"{cell[:-4]}Z") if cell.endswith(" UTC") else None
    except ValueError:
        return None


def _day_of(cell: str, year: int, month: int, day: int) -> dt.date:
    if not 1 <= month <= 12:
        raise ValueError(f"{shown(cell)} is no date: there is no month {month}")
    try:
        return dt.date(year, month, day)
    except ValueError:
        if year < 1:
            raise _out_of_range(cell) from None
        which = _ORDINALS.get(day, f"{day}th")
        raise ValueError(
            f"{shown(cell)} is no date: {MONTH_NAMES[month - 1]} {year} has no {which}"
        ) from None


def _in_range(moment: datetime, cell: str) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise _out_of_range(cell)
    return moment


def _out_of_range(cell: str) -> ValueError:
    return ValueError(f"{shown(cell)} is no date of a helpdesk: only {_FIRST_YEAR} to {_LAST_YEAR} are")


def _by_pattern(cell: str, pattern: str) -> datetime:
    try:
        return datetime.strptime(cell.strip(), pattern)
    except (ValueError, OverflowError):
        raise ValueError(f"{shown(cell)} does not look like {pattern}") from None


def _check_pattern(pattern: str) -> None:
    sample = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    try:
        read = datetime.strptime(sample.strftime(pattern), pattern)
    except (ValueError, OverflowError, UnicodeError) as error:
        read, why = None, f": {error}"
    else:
        why = " with a day, a month and a year"
    if read is None or read.date() != sample.date():
        raise UsageError(f"{shown(pattern)} is no pattern of a date{why}", hint="such as %d.%m.%Y %H:%M")
