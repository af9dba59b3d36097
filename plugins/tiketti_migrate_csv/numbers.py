"""Numbers with signs of thousands and currencies, and ids that a spreadsheet has formatted."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from tiketti_migrate_csv.plain import shown

__all__ = [
    "DecimalSign",
    "IdEvidence",
    "IdVerdict",
    "NumberEvidence",
    "decimal_of",
    "integer_of",
    "is_cut",
    "without_zeros",
]

DecimalSign = Literal[".", ","]

_LONGEST = 60
_BLANKS = re.compile(r"(?<=[0-9])[\s\u00a0\u2007\u2009\u202f'\u2019](?=[0-9]{3}(?![0-9]))")
# A currency before or behind, "85,-", "85 EUR/h".
_NUMBER = re.compile(
    r"(?:[^\W\d_]{1,3}\.?|[$€£¥])?\s?([-+\u2212]?)\s?(?:[$€£¥]\s?)?([0-9][0-9.,]*)(?:-|\u2013)?"
    r"\s?(?:[^\W\d_]{1,4}\.?|[$€£¥])?(?:\s?/\s?[^\W\d_]{1,10}\.?)?"
)
# Groups of three digits; in India all but the last have two.
_WHOLE = re.compile(r"[0-9]+|[0-9]{1,3}(?: [0-9]{3})+|[0-9]{1,2}(?: [0-9]{2})* [0-9]{3}")


class NumberEvidence:
    """Finds the decimal sign of a column: "1,500" alone does not say whether it is more than two."""

    def __init__(self) -> None:
        self._signs: set[DecimalSign] = set()

    def add(self, cells: Iterable[str]) -> None:
        """More cells of the column."""
        for cell in cells:
            digits = _digits(cell)
            sign = _sign_of(digits[1]) if digits else None
            if sign:
                self._signs.add(sign)

    def decimal_sign(self) -> DecimalSign | None:
        """The sign, None when no cell or both say one."""
        return next(iter(self._signs)) if len(self._signs) == 1 else None


def decimal_of(cell: str, decimal_sign: DecimalSign | None = None) -> Decimal:
    """The number of "1 234,50 €", "$1,234.50" or "85 EUR/h".

    ``decimal_sign`` is the column's and settles "1,500". Raises ValueError for what is no number, or two.
    """
    found = _digits(cell)
    if found is None:
        raise ValueError(f"{shown(cell)} is no number")
    minus, digits = found
    sign = _sign_of(digits) or decimal_sign
    if sign is None and re.search("[.,]", digits):
        raise ValueError(f"{shown(cell)} can be read with a decimal sign or with one of thousands")
    other = "," if sign == "." else "."
    whole, _, rest = digits.partition(sign or ".")
    if not (_WHOLE.fullmatch(whole.replace(other, " ")) and (rest or "0").isdigit()):
        raise ValueError(f"{shown(cell)} is no number")
    return Decimal(f"{minus}{whole.replace(other, '')}.{rest or 0}")


@lru_cache(maxsize=4096)
def _digits_of(cell: str) -> tuple[str, str] | None:
    found = _NUMBER.fullmatch(_BLANKS.sub("", cell.strip()))
    if found is None:
        return None
    minus = "-" if found[1] in ("-", "\u2212") else ""
    return minus, found[2].rstrip(".,")


def _digits(cell: str) -> tuple[str, str] | None:
    """The minus sign, if any, and the digits with the signs between them."""
    return _digits_of(cell) if len(cell) <= _LONGEST else None


def _sign_of(digits: str) -> DecimalSign | None:
    """The decimal sign that the digits themselves prove."""
    dot, comma = digits.rfind("."), digits.rfind(",")
    if dot < 0 and comma < 0:
        return None
    last: DecimalSign = "." if dot > comma else ","
    other: DecimalSign = "," if last == "." else "."
    if other in digits:
        return last
    if digits.count(last) > 1:
        return other
    before, _, after = digits.partition(last)
    # Groups of thousands have three digits, and none begins with a zero.
    return last if len(after) != 3 or len(before) > 3 or before == "0" else None


class IdVerdict(NamedTuple):
    """How a spreadsheet has formatted the ids of a column.

    ``thousands`` is the sign between groups of three digits in every id that is long enough, else None.
    ``point_zero``: every id is a whole number, of which some or all end in ".0". ``lost`` are the first
    ids, as (line, cell), of which only the leading digits are left ("1.23457E+12"), ``lost_count`` is how
    many they are.
    """

    thousands: str | None = None
    point_zero: bool = False
    lost: tuple[tuple[int, str], ...] = ()
    lost_count: int = 0

    def warning(self) -> str | None:
        """What to tell people about lost ids, None when there are none."""
        if not self.lost:
            return None
        line, cell = self.lost[0]
        return (
            f"{self.lost_count} ids are cut by a spreadsheet ({shown(cell)} in line {line}):"
            " format the column as text and export it again"
        )


_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([ .,'\u00a0\u2009\u202f\u2019])[0-9]{3})(?:\1[0-9]{3})*")
_POINT_ZERO = re.compile(r"[0-9]+[.,]0+")
_LOST = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}", re.IGNORECASE)
_MOST_EXAMPLES = 3


class IdEvidence:
    """Finds out what a spreadsheet did to the ids of a column."""

    def __init__(self) -> None:
        self._groups: set[str] = set()
        self._point_zero = False
        self._others = False
        self._long = False
        self._lost: list[tuple[int, str]] = []
        self._lost_count = 0

    def add(self, lines: Sequence[int], cells: Sequence[str]) -> None:
        """More cells of the column and, in parallel, the lines in which they stand."""
        for line, cell in zip(lines, cells, strict=True):
            if cell.isdigit():
                self._long = self._long or len(cell) > 3
            elif cell:
                self._look(line, cell)

    def _look(self, line: int, cell: str) -> None:
        grouped = _GROUPED.fullmatch(cell)
        if grouped:
            self._groups.add(grouped[1])
        elif _POINT_ZERO.fullmatch(cell):
            self._point_zero = True
        elif is_cut(cell):
            self._lost_count += 1
            if len(self._lost) < _MOST_EXAMPLES:
                self._lost.append((line, cell))
        else:
            self._others = True

    @property
    def has_lost(self) -> bool:
        """Whether an id was cut."""
        return bool(self._lost)

    def verdict(self) -> IdVerdict:
        """What all the cells together say."""
        grouped = len(self._groups) == 1 and not (self._long or self._others or self._point_zero)
        zeros = self._point_zero and not (self._others or self._groups)
        thousands = next(iter(self._groups)) if grouped else None
        return IdVerdict(thousands, zeros, tuple(self._lost), self._lost_count)


def is_cut(cell: str) -> bool:
    """Whether only the leading digits of an id are left ("1.23457E+12")."""
    return bool(_LOST.fullmatch(cell))


def without_zeros(cell: str) -> str:
    """What ids that are one in a column of whole numbers have in common: "17" of "17.0" and "17,00"."""
    return re.split("[.,]", cell)[0] if cell[-1:] == "0" and _POINT_ZERO.fullmatch(cell) else cell


def integer_of(cell: str, verdict: IdVerdict) -> str:
    """The id as it was before a spreadsheet formatted it; unchanged where the column shows no format."""
    text = cell.strip()
    if verdict.thousands and _GROUPED.fullmatch(text):
        return text.replace(verdict.thousands, "")
    return without_zeros(text) if verdict.point_zero else text
