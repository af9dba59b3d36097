"""Which of two numbers is the day, told by a whole column and never by one cell."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Literal, NamedTuple

from tiketti_migrate_csv.date_parts import Head, Order, numeric_head, take_apart, unix_time
from tiketti_migrate_csv.date_words import MONTHS
from tiketti_migrate_csv.plain import joined, plain, shown

__all__ = ["DateEvidence", "DateOrder", "DateVerdict", "excel_serial", "full_year", "orders_of"]

DateOrder = Literal["iso", "dmy", "mdy", "ymd", "excel", "unix"]


class DateVerdict(NamedTuple):
    """What a column says about its dates.

    ``order`` is set when ``kind`` is "known". ``examples`` are (line, cell): of "ambiguous" the first cell
    that can be read in two ways, of "contradictory" one cell for each order. ``candidates`` are the orders
    to choose from with ``--date-order``. ``unread`` counts the cells, of ``cells`` that are not empty, that
    hold no date, ``unread_examples`` are the first of them.
    """

    kind: Literal["known", "ambiguous", "contradictory", "none"]
    order: DateOrder | None
    candidates: tuple[Order, ...]
    examples: tuple[tuple[int, str], ...]
    cells: int
    unread: int
    unread_examples: tuple[tuple[int, str], ...]

    def explain(self) -> str:
        """One sentence for people, such as follows "column 'Created': "."""
        if self.kind == "known":
            return f"dates are read as {self.order}"
        if self.kind == "none":
            return "no cell holds a date"
        if self.kind == "contradictory":
            (line, cell), (other_line, other) = self.examples
            return (
                f"{shown(cell)} in line {line} and {shown(other)} in line {other_line} have different orders"
            )
        line, cell = self.examples[0]
        return (
            f"{shown(cell)} in line {line}, like every other date, can be read as {joined(self.candidates)}"
        )

    def hint(self) -> str | None:
        """What to do, None when there is nothing to do."""
        if self.kind in ("known", "none"):
            return None
        return f"say which it is with --date-order {'|'.join(self.candidates)}"


def full_year(number: int, short: bool) -> int:
    """The year that two digits stand for: 1970 to 2069."""
    return number + (0 if not short else 1900 if number >= 70 else 2000)


def orders_of(head: Head, latest_year: int) -> tuple[Order, ...]:
    """The orders in which a date of three numbers can be one.

    A year of two digits stands first only between hyphens ("21-03-15"); there, a year after ``latest_year``
    is rather a day, unless that leaves nothing.
    """
    if head.order:
        return (head.order,)
    if not head.short_year or head.separator != "-":
        return _year_last(head)
    first, second, third = head.numbers
    last = _year_last(head)
    front: tuple[Order, ...] = ("ymd",) if 1 <= second <= 12 and 1 <= third <= 31 else ()
    may_be_last = last if full_year(third, True) <= latest_year else ()
    may_be_first = front if full_year(first, True) <= latest_year else ()
    return (*may_be_last, *may_be_first) or (*last, *front)


def _year_last(head: Head) -> tuple[Order, ...]:
    first, second, _year = head.numbers
    found: list[Order] = []
    if 1 <= first <= 31 and 1 <= second <= 12:
        found.append("dmy")
    if 1 <= first <= 12 and 1 <= second <= 31:
        found.append("mdy")
    return tuple(found)


def excel_serial(cell: str) -> float | None:
    """The days since 1899-12-30 of a cell that is such a number and nothing else, from 1970 to 2200."""
    if not _SERIAL.fullmatch(cell):
        return None
    days = float(cell.replace(",", "."))
    return days if _FIRST_SERIAL <= days < _LAST_SERIAL else None


def _says_all(beginning: str) -> bool:
    """Whether every date that begins so has one order: three numbers, or the name of a month."""
    return bool(numeric_head(beginning)) or any(plain(word) in MONTHS for word in _WORD.findall(beginning))


_WORD = re.compile(r"[^\W\d_]{3,}")
_SERIAL = re.compile(r"[0-9]{5,6}(?:[.,][0-9]{1,12})?")
_FIRST_SERIAL, _LAST_SERIAL = 25_569, 109_939
_ORDERS: tuple[Order, ...] = ("dmy", "mdy", "ymd")
# A date of digits and separators takes ten characters at most: what it says about the order stands there.
_HEAD = 10
_MOST_HEADS = 8192
_MOST_EXAMPLES = 3
# Days so far apart are no years of one helpdesk, if the last numbers are close together.
_SPREAD = 8


class DateEvidence:
    """Gathers what a column says about its dates, a chunk at a time, in bounded memory."""

    def __init__(self, latest_year: int | None = None) -> None:
        self._latest_year = latest_year or datetime.now(UTC).year + 1
        self._seen: set[str] = {""}
        self._settled: set[DateOrder] = set()
        # The first cell of each set of orders in which cells can be read.
        self._witnesses: dict[tuple[Order, ...], tuple[int, str]] = {}
        self._short_firsts: set[int] = set()
        self._short_thirds: set[int] = set()
        self._cells = 0
        self._serials = 0
        self._unread = 0
        self._examples: list[tuple[int, str]] = []

    def add(self, lines: Sequence[int], cells: Sequence[str]) -> None:
        """More cells of the column and, in parallel, the lines in which they stand."""
        self._cells += len(cells) - cells.count("")
        seen = self._seen
        for line, cell in zip(lines, cells, strict=True):
            if cell[:_HEAD] not in seen:
                self._look(line, cell)

    def _look(self, line: int, cell: str) -> None:
        text = cell.strip()
        if not text:
            self._cells -= 1
            return
        serial = excel_serial(text) is not None
        self._serials += serial
        if not serial and unix_time(text) is not None:
            self._settled.add("unix")
            return
        parts = None if serial else take_apart(text)
        orders = orders_of(parts.head, self._latest_year) if parts else ()
        if parts and orders:
            self._note(line, cell, parts.head, orders)
            return
        self._unread += 1
        if len(self._examples) < _MOST_EXAMPLES:
            self._examples.append((line, cell))

    def _note(self, line: int, cell: str, head: Head, orders: tuple[Order, ...]) -> None:
        if _says_all(cell[:_HEAD]):
            if len(self._seen) > _MOST_HEADS:
                self._seen = {""}
            self._seen.add(cell[:_HEAD])
        if head.order:
            self._settled.add("iso" if head.separator in ("-", "") else head.order)
            return
        self._witnesses.setdefault(orders, (line, cell))
        if head.short_year:
            self._short_firsts.add(head.numbers[0])
            self._short_thirds.add(head.numbers[2])

    def verdict(self) -> DateVerdict:
        """What all the cells together say."""
        if not self._witnesses:
            return self._without_doubt()
        left = tuple(order for order in _ORDERS if all(order in orders for orders in self._witnesses))
        if not left:
            return self._says("contradictory", None, ("dmy", "mdy"), *self._contradiction())
        if "ymd" in left and len(left) > 1 and self._first_numbers_are_days():
            left = tuple(order for order in left if order != "ymd")
        if len(left) == 1:
            return self._says("known", left[0], left)
        return self._says("ambiguous", None, left, next(iter(self._witnesses.values())))

    def _contradiction(self) -> tuple[tuple[int, str], tuple[int, str]]:
        """Two cells without a common order; of three that have none together, the first two."""
        pairs = list(combinations(self._witnesses, 2))
        one, other = next((pair for pair in pairs if not set(pair[0]) & set(pair[1])), pairs[0])
        return self._witnesses[one], self._witnesses[other]

    def _without_doubt(self) -> DateVerdict:
        if self._serials and self._serials == self._cells:
            return self._says("known", "excel", ())
        for order in ("dmy", "mdy", "ymd", "iso", "unix"):
            if order in self._settled:
                return self._says("known", order, ())
        return self._says("none", None, ())

    def _first_numbers_are_days(self) -> bool:
        """Whether the first numbers are spread as days are, the last ones close together as years are."""
        firsts, thirds = (max(found) - min(found) for found in (self._short_firsts, self._short_thirds))
        return firsts >= _SPREAD and firsts >= 3 * (thirds + 1)

    def _says(
        self,
        kind: Literal["known", "ambiguous", "contradictory", "none"],
        order: DateOrder | None,
        candidates: tuple[Order, ...],
        *examples: tuple[int, str],
    ) -> DateVerdict:
        unread, unread_examples = (0, ()) if order == "excel" else (self._unread, tuple(self._examples))
        return DateVerdict(kind, order, candidates, examples, self._cells, unread, unread_examples)
