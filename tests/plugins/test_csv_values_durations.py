"""Durations in cells: seven languages, clock notations, bare numbers, and what is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate_csv.durations import is_bare, minutes, names_days
from tiketti_migrate_csv.headers import DurationUnit, duration_unit
from tiketti_migrate_csv.numbers import DecimalSign


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1h 30m", 90),
        ("1h30m", 90),
        ("1h30", 90),
        ("1 h 30", 90),
        ("1.5h", 90),
        ("1,5 h", 90),
        ("90m", 90),
        ("90 Min.", 90),
        ("90'", 90),
        ("1:30", 90),
        ("1:30 h", 90),
        ("01:30:00", 90),
        ("100:30", 6030),
        ("00:00:00", 0),
        ("0", 0),
        ("0m", 0),
        ("2 days 3 hours", 3060),
        ("2 days, 3:04:05", 3065),
        ("2d 03:04:00", 3064),
        ("1.02:03:00", 1563),
        ("1 day and 2 hours", 1560),
        ("1 week", 10080),
        ("5400 s", 90),
        ("5400 seconds", 90),
        ("PT1H30M", 90),
        ("P1DT2H", 1560),
        ("pt0.5h", 30),
        ("P2W", 20160),
        ("1 hour, 30 minutes, 0 seconds", 90),
        ("1 tunti 30 minuuttia", 90),
        ("2 päivää 3 tuntia", 3060),
        ("1 t 30 min", 90),
        ("2 vrk", 2880),
        ("1 Stunde und 30 Minuten", 90),
        ("1,5 Std.", 90),
        ("2 Tage", 2880),
        ("1 heure et 30 minutes", 90),
        ("2 jours", 2880),
        ("1 hora y 30 minutos", 90),
        ("2 días", 2880),
        ("1 hora e 30 minutos", 90),
        ("2 dias 3 horas", 3060),
        ("1 timme och 30 minuter", 90),
        ("2 dagar", 2880),
        ("1 tim. 30 min", 90),
        ("  1h\u00a030m ", 90),
        ("1 234 min", 1234),
        ("1.234 min", 1234),
        ("1,234 min", 1234),
        ("1'234 min", 1234),
        ("1\u202f234 min", 1234),
        ("1.234.567 min", 1234567),
        ("1,234.5 min", 1235),
        ("1 h 1 234 s", 81),
        ("3 600 s", 60),
        ("1.234 h", 74),
    ],
)
def test_a_duration(cell: str, expected: int) -> None:
    assert minutes(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1 s", 1),
        ("59 s", 1),
        ("61 s", 2),
        ("01:30:01", 91),
        ("0.5 s", 1),
        ("1.67 h", 100),
        ("0.33h", 20),
        ("0.001 h", 1),
        ("1.1 h", 66),
    ],
)
def test_a_started_minute_counts_but_decimal_hours_go_to_the_nearest(cell: str, expected: int) -> None:
    assert minutes(cell) == expected


@pytest.mark.parametrize(
    ("cell", "unit", "expected"),
    [
        ("5400", "seconds", 90),
        ("5400.5", "seconds", 91),
        ("90", "minutes", 90),
        ("1,5", "hours", 90),
        ("1.5", "hours", 90),
        ("1h 30m", "seconds", 90),
        ("1 234", "minutes", 1234),
        ("3.600", "minutes", 3600),
        ("2", "days", 2880),
        ("1:30", "seconds", 90),
    ],
)
def test_a_bare_number_is_in_the_unit_of_its_column(cell: str, unit: DurationUnit, expected: int) -> None:
    assert minutes(cell, unit) == expected


def test_working_days_have_the_hours_that_are_said() -> None:
    assert minutes("1d 2h", day_hours=8) == 600
    assert minutes("1w", day_hours=8) == 5 * 480


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("90", "'90' names no unit: say it in the header, such as 'Time spent"),
        ("-30m", "less than nothing"),
        ("\u221230m", "less than nothing"),
        ("1,500 s", "can be read with a decimal sign or with one of thousands"),
        ("1,5,3 h", "is no number"),
        ("1:75", "cannot be read as a duration"),
        ("1h 30 5", "cannot be read as a duration"),
        ("2 months", "cannot be read as a duration"),
        ("P1M", "cannot be read as a duration"),
        ("P", "cannot be read as a duration"),
        ("", "cannot be read as a duration"),
        ("soon", "cannot be read as a duration"),
        ("999999999999999 h", "more than a century"),
        ("1h" * 1000, "too long for a duration"),
    ],
)
def test_what_is_no_duration_says_why(cell: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        minutes(cell)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Time spent (min)", "minutes"),
        ("Total time spent (sec)", "seconds"),
        ("duration_seconds", "seconds"),
        ("TimeSpentSeconds", "seconds"),
        ("Duration in minutes", "minutes"),
        ("Hours", "hours"),
        ("Arbeitszeit [h]", "hours"),
        ("Arbeitszeit (Std.)", "hours"),
        ("Käytetty aika (t)", "hours"),
        ("Tid (timmar)", "hours"),
        ("Temps passé (minutes)", "minutes"),
        ("Tempo gasto (horas)", "hours"),
        ("Time spent", None),
        ("Second contact", None),
        ("Time (h:mm)", None),
        ("hours or minutes", None),
        ("Minutes worked", "minutes"),
        ("Effort (days)", "days"),
        ("Day of work", None),
        ("Minutes spent (billable)", "minutes"),
        ("", None),
    ],
)
def test_the_unit_of_a_header(header: str, unit: DurationUnit | None) -> None:
    assert duration_unit(header) == unit


@pytest.mark.parametrize(
    ("cell", "sign", "expected"),
    [
        ("1.500 min", ".", 2),
        ("1.500 min", ",", 1500),
        ("1,500 s", ",", 1),
        ("1,500 s", ".", 25),
        ("1.200 h", ",", 72000),
    ],
)
def test_the_decimal_sign_of_the_column_settles_three_digits(
    cell: str, sign: DecimalSign, expected: int
) -> None:
    assert minutes(cell, decimal_sign=sign) == expected


@pytest.mark.parametrize("cell", ["90", "1.5", "1 234", "1'234,5", "1.234.567"])
def test_a_number_alone_needs_a_unit(cell: str) -> None:
    assert is_bare(cell)
    assert not is_bare(f"{cell} min")


@pytest.mark.parametrize("cell", ["", "0", "0.0", "0,00", "1:30", "PT5M", "1h 30", "soon"])
def test_what_needs_no_unit(cell: str) -> None:
    assert not is_bare(cell)


@pytest.mark.parametrize(
    ("cell", "days"), [("1w 2d", True), ("2 Tage", True), ("P1D", True), ("26h", False), ("x", False)]
)
def test_a_duration_in_days(cell: str, days: bool) -> None:
    assert names_days(cell) is days


@given(st.integers(0, 10_000), st.integers(0, 59))
def test_every_way_to_write_hours_and_minutes_means_the_same(hours: int, rest: int) -> None:
    total = hours * 60 + rest
    for cell in (
        f"{hours}h {rest}m", f"{hours}:{rest:02}", f"{hours:02}:{rest:02}:00", f"{total} min",
        f"{total * 60}s",
        f"PT{hours}H{rest}M", f"{hours} Stunden, {rest} Minuten", f"{hours} tuntia {rest} minuuttia",
    ):  # fmt: skip
        assert minutes(cell) == total


@given(st.integers(1, 10**9))
def test_no_second_of_work_is_lost(seconds: int) -> None:
    assert seconds <= minutes(str(seconds), "seconds") * 60 < seconds + 60


@given(
    st.text() | st.text("0123456789.,:hms dPTWDHM'\"and-", max_size=30),
    st.sampled_from([None, "seconds", "minutes", "hours", "days"]),
)
def test_garbage_is_a_value_error_or_some_minutes(cell: str, unit: DurationUnit | None) -> None:
    with suppress(ValueError):
        assert minutes(cell, unit) >= 0
