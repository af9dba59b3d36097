"""Durations of work, as people and exports write them, in whole minutes."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from tiketti_migrate_csv.headers import DurationUnit
from tiketti_migrate_csv.numbers import DecimalSign, decimal_of
from tiketti_migrate_csv.plain import language_words, plain, shown

__all__ = ["is_bare", "minutes", "names_days"]

_Piece = tuple[Decimal, str]
_SECOND, _MINUTE, _HOUR, _DAY, _WEEK = "second", "minute", "hour", "day", "week"
# English, Finnish, German, French, Spanish, Portuguese, Swedish.
_NAMES = {
    _SECOND: (
        "s, sec, secs, second, seconds, sek, sekunti, sekuntia, sekunnin, sekunde, sekunden",
        "seconde, secondes, seg, segs, segundo, segundos, sekund, sekunder",
    ),
    _MINUTE: (
        "m, min, mins, minute, minutes, minuutti, minuuttia, minuutin, minuten, mn",
        "minuto, minutos, minut, minuter",
    ),
    _HOUR: (
        "h, hr, hrs, hour, hours, t, tunti, tuntia, tunnin, std, stdn, stunde, stunden, heure, heures",
        "hora, horas, hs, tim, timme, timmar",
    ),
    _DAY: (
        "d, day, days, pv, pvä, päivä, päivää, vrk, vuorokausi, vuorokautta, tag, tage, tagen",
        "j, jour, jours, día, días, dia, dias, dag, dagar, dygn",
    ),
    _WEEK: (
        "w, wk, wks, week, weeks, vk, viikko, viikkoa, woche, wochen, sem, semaine, semaines, semana",
        "semanas, v, vecka, veckor",
    ),
}
_UNITS: Mapping[str, str] = {word: unit for unit, lists in _NAMES.items() for word in language_words(*lists)}
_LONG = (_HOUR, _DAY, _WEEK)
_SMALLER = {_HOUR: _MINUTE, _MINUTE: _SECOND}
_BARE: Mapping[DurationUnit, str] = {"seconds": _SECOND, "minutes": _MINUTE, "hours": _HOUR, "days": _DAY}

_LONGEST = 100
_NUMBER = r"[0-9]{1,15}(?:[.,][0-9]{1,15})?"
_GROUPED = r"[0-9]{1,15}(?:[.,][0-9]{1,15}){0,5}"
_BARE_NUMBER = re.compile(rf"[0-9]{{1,3}}(?:[\s'\u2019][0-9]{{3}})+(?:[.,][0-9]{{1,15}})?|{_GROUPED}")
_NOTHING = re.compile(r"[0.,]+")
# Between thousands; what stands before or behind has no part in the number.
_BLANKS = re.compile(r"(?<![0-9.,:])[1-9][0-9]{0,2}(?:[ '\u2019][0-9]{3})+(?![0-9:])")
_PIECE = re.compile(
    rf"({_GROUPED})\s?(?:([^\W\d_]+)\.?|(['\u2032])|([\"\u2033]))?\s?(?:(?:and|ja|und|et|y|e|och)\b|[,&+:])?\s?"
)
_COLONS = re.compile(r"([0-9]{1,6}):([0-9]{1,2})(?::([0-9]{1,2}(?:[.,][0-9]{1,9})?))?(?:\s?h)?")
# Before "03:04:05": ".NET" writes "2.", Python "2 days, ", others "2d ".
_DAYS = re.compile(r"([0-9]{1,6})(?:\.|\s?([^\W\d_]+)\.?,?\s|\s)(?=[0-9]+:)")
_ISO = re.compile(
    rf"P(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
# More than a century on one ticket is damage.
_MOST_SECONDS = 4_000_000_000


@lru_cache(maxsize=8192)
def minutes(
    cell: str,
    bare_unit: DurationUnit | None = None,
    day_hours: int = 24,
    decimal_sign: DecimalSign | None = None,
) -> int:
    """The whole minutes of a duration. Raises ValueError, with words for people, for a cell that is none.

    A started minute counts, so that no work turns to nothing; only decimal hours or days ("1.67 h"), which
    were rounded by whoever wrote them, go to the nearest minute, but never to 0. ``bare_unit`` is that of a
    number alone. A day is 24 hours and a week seven days; with fewer ``day_hours`` they are working
    days, five a week. "1.234 min" has a sign of thousands unless the ``decimal_sign`` of the column is it:
    nobody writes thousandths of a minute.
    """
    if len(cell) > _LONGEST:
        raise ValueError(f"{shown(cell)} is too long for a duration")
    text = " ".join(cell.split())
    lengths = _lengths(day_hours)
    # Nothing is nothing in every unit.
    pieces = _pieces(text, "minutes" if text == "0" else bare_unit, decimal_sign)
    if not pieces:
        raise ValueError(_complaint(text, cell, bare_unit))
    seconds = sum((amount * lengths[unit] for amount, unit in pieces), Decimal())
    if seconds > _MOST_SECONDS:
        raise ValueError(f"{shown(cell)} is more than a century")
    rounded = any(unit in _LONG and amount % 1 for amount, unit in pieces)
    whole = math.floor(seconds / 60 + Decimal("0.5")) if rounded else math.ceil(seconds / 60)
    return max(whole, 1) if seconds else 0


def is_bare(cell: str) -> bool:
    """Whether a cell is a number and no more, so that the column must say its unit; 0 needs none."""
    return cell[-1:].isdigit() and bool(_BARE_NUMBER.fullmatch(cell)) and not _NOTHING.fullmatch(cell)


def names_days(cell: str) -> bool:
    """Whether a duration is told in days or weeks, whose hours are not the same everywhere."""
    try:
        pieces = _pieces(" ".join(cell[:_LONGEST].split()), None, None)
    except ValueError:
        return False
    return any(unit in (_DAY, _WEEK) for _, unit in pieces)


def _lengths(day_hours: int) -> dict[str, int]:
    day = day_hours * 3600
    return {_SECOND: 1, _MINUTE: 60, _HOUR: 3600, _DAY: day, _WEEK: day * (7 if day_hours == 24 else 5)}


def _pieces(text: str, unit: DurationUnit | None, sign: DecimalSign | None) -> list[_Piece]:
    """Amounts and their units; none for what is no duration."""
    return _iso_pieces(text) or _colon_pieces(text) or _worded_pieces(text, unit, sign)


def _decimal(number: str) -> Decimal:
    return Decimal(number.replace(",", "."))


def _iso_pieces(text: str) -> list[_Piece]:
    """``PT1H30M``; months and years have no fixed length and are none."""
    found = _ISO.fullmatch(text)
    if found is None:
        return []
    units = (_WEEK, _DAY, _HOUR, _MINUTE, _SECOND)
    return [(_decimal(number), unit) for number, unit in zip(found.groups(), units, strict=True) if number]


def _colon_pieces(text: str) -> list[_Piece]:
    """``1:30`` is hours and minutes, ``01:30:00`` has seconds too."""
    pieces: list[_Piece] = []
    days = _DAYS.match(text)
    if days:
        unit = _UNITS.get(plain(days[2])) if days[2] else _DAY
        if unit not in (_DAY, _WEEK):
            return []
        pieces.append((Decimal(days[1]), unit))
    found = _COLONS.fullmatch(text, days.end() if days else 0)
    if found is None:
        return []
    small = [_decimal(number or "0") for number in found.groups()[1:]]
    if max(small) >= 60:
        return []
    return [*pieces, (Decimal(found[1]), _HOUR), (small[0], _MINUTE), (small[1], _SECOND)]


def _worded_pieces(text: str, bare_unit: DurationUnit | None, sign: DecimalSign | None) -> list[_Piece]:
    """``1h 30m``, "2 days and 3 hours", ``1h30``, or a number alone."""
    text = _BLANKS.sub(_without_blanks, text)
    pieces: list[_Piece] = []
    end = 0
    expected = _BARE[bare_unit] if bare_unit else None
    while end < len(text):
        found = _PIECE.match(text, end)
        if found is None:
            return []
        end = found.end()
        number, word, prime, double_prime = found.groups()
        if word:
            unit = _UNITS.get(plain(word))
        elif prime or double_prime:
            unit = _MINUTE if prime else _SECOND
        else:
            unit = expected if end == len(text) else None
        if unit is None:
            return []
        pieces.append((_amount(number, unit, sign), unit))
        expected = _SMALLER.get(unit)
    return pieces


def _without_blanks(number: re.Match[str]) -> str:
    return re.sub("[^0-9]", "", number[0])


def _amount(number: str, unit: str, sign: DecimalSign | None) -> Decimal:
    """Raises ValueError for seconds that may have thousandths or be thousands."""
    if sign is None and _THOUSANDS.fullmatch(number) and unit != _SECOND:
        own: DecimalSign = "." if "." in number else ","
        other: DecimalSign = "," if own == "." else "."
        sign = other if unit == _MINUTE else own
    return decimal_of(number, sign)


def _complaint(text: str, cell: str, bare_unit: DurationUnit | None) -> str:
    if text[:1] in ("-", "\u2212"):
        return f"{shown(cell)} is less than nothing"
    if bare_unit is None and _BARE_NUMBER.fullmatch(text):
        return f"{shown(cell)} names no unit: say it in the header, such as 'Time spent (min)'"
    return f"{shown(cell)} cannot be read as a duration"
