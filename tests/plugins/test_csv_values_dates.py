"""Dates in cells: what each notation means, and what order a whole column has."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate.errors import UsageError
from tiketti_migrate_csv.dates import DateEvidence, DateOrder, DateReader, DateVerdict, zone_named

HELSINKI = zone_named("Europe/Helsinki")
NOON = datetime(2021, 3, 4, 14, 5, tzinfo=UTC)
MIDNIGHT = datetime(2021, 3, 4, tzinfo=UTC)
PRECISE = datetime(2021, 3, 4, 14, 5, 9, 123000, tzinfo=UTC)
SECONDS = PRECISE.replace(microsecond=0)


def verdict(*cells: str) -> DateVerdict:
    evidence = DateEvidence(latest_year=2026)
    evidence.add(range(2, len(cells) + 2), cells)
    return evidence.verdict()


NOTATIONS = [
    ("2021-03-04", MIDNIGHT),
    ("2021-03-04T14:05:09.123Z", PRECISE),
    ("2021-03-04 16:05:09.123+02:00", PRECISE),
    ("2021-03-04 14:05:09 UTC", SECONDS),
    ("2021-03-04 14:05:09 +0000 UTC", SECONDS),
    ("2021-03-04T16:05:09+02:00[Europe/Helsinki]", SECONDS),
    ("2021-03-04-14.05.09.123000", PRECISE),
    ("  2021-03-04 14:05\u00a0", NOON),
    ("2021/03/04 14:05", NOON),
    ("2021.3.4 14:05", NOON),
    ("20210304", MIDNIGHT),
    ("20210304T140509Z", SECONDS),
    ("202103041405", NOON),
    ("20210304140509", SECONDS),
    ("1614866709", SECONDS),
    ("1614866709.123", PRECISE),
    ("1614866709123", PRECISE),
    ("1614866709123000", PRECISE),
    ("4.3.2021", MIDNIGHT),
    ("04.03.21 14:05", NOON),
    ("4. 3. 2021 14:05", NOON),
    ("4.3.2021.", MIDNIGHT),
    ("4.3.2021 klo 14.05", NOON),
    ("to 4.3.2021 klo 14.05", NOON),
    ("14:05 4.3.2021", NOON),
    ("4/Mar/21 2:05 PM", NOON),
    ("4/Mar/21 2:05\u202fPM", NOON),
    ("04-MAR-2021 14:05", NOON),
    ("04 Mar 2021 02:05:09 p.m.", SECONDS),
    ("Mar 4, 2021, 2:05 PM", NOON),
    ("March 4th, 2021 at 9:05 a.m. EST", NOON),
    ("Thu, 4 Mar 2021 16:05:09 +0200", SECONDS),
    ("Thu Mar 04 16:05:09 EET 2021", SECONDS),
    ("Thu Mar  4 14:05:09 2021", SECONDS),
    ("Thu Mar 04 2021 16:05:09 GMT+0200 (Eastern European Standard Time)", SECONDS),
    ("4. März 2021 um 14:05 Uhr", NOON),
    ("Donnerstag, 4. März 2021", MIDNIGHT),
    ("4 mars 2021 à 14h05", NOON),
    ("4 févr. 2021", datetime(2021, 2, 4, tzinfo=UTC)),
    ("1er août 2021", datetime(2021, 8, 1, tzinfo=UTC)),
    ("4 de marzo de 2021, 14:05", NOON),
    ("quinta-feira, 4 de março de 2021", MIDNIGHT),
    ("4. maaliskuuta 2021", MIDNIGHT),
    ("torsdagen den 4 mars 2021 kl. 14:05", NOON),
    ("12:05 AM 4.3.2021", MIDNIGHT + timedelta(minutes=5)),
    ("4.3.2021 12:05 pm", MIDNIGHT + timedelta(hours=12, minutes=5)),
    ("\uff14.\uff13.2021", MIDNIGHT),
]


@pytest.mark.parametrize(("cell", "expected"), NOTATIONS)
def test_a_notation_that_needs_no_order(cell: str, expected: datetime) -> None:
    read = DateReader(None)
    assert read(cell) == expected
    # Once more, by what was remembered of it.
    assert read(cell) == expected
    assert read(cell).utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("order", "cell"),
    [
        ("dmy", "4/3/2021 14:05"),
        ("dmy", "04-03-21 14:05"),
        ("dmy", "4 3 2021 2:05 PM"),
        ("mdy", "3/4/2021 14:05"),
        ("mdy", "03-04-21 2:05 pm"),
        ("mdy", "4.3.2021 14:05"),
        ("ymd", "21-03-04 14:05"),
        ("excel", "44259.586805555555"),
        ("excel", "44259,5868055556"),
    ],
)
def test_an_order_settles_the_rest_but_dates_between_dots_are_day_first(order: DateOrder, cell: str) -> None:
    assert DateReader(order)(cell) == NOON


@pytest.mark.parametrize(
    ("order", "cell", "words"),
    [
        ("dmy", "31.02.2021", "'31.02.2021' is no date: February 2021 has no 31st"),
        ("dmy", "03/25/2021", "there is no month 25"),
        (None, "03/04/2021", "can be read as dmy or mdy: say which with --date-order"),
        ("iso", "0000-00-00 00:00:00", "there is no month 0"),
        ("iso", "1899-12-30", "only 1970 to 2200"),
        ("iso", "9999-12-31T23:59:59-05:00", "only 1970 to 2200"),
        ("iso", "0001-01-01T00:00:00+05:00", "only 1970 to 2200"),
        ("dmy", "3.4.2021 25:00", "cannot be read as a date"),
        ("dmy", "3.4.2021 IST", "names the time zone IST, which is not known: say --timezone"),
        ("dmy", "3.4.2021 - 5.4.2021", "cannot be read as a date"),
        ("dmy", "1.2.3", "cannot be read as a date"),
        ("dmy", "44927.5", "cannot be read as a date"),
        ("dmy", "", "cannot be read as a date"),
        ("dmy", "9" * 100_000, "cannot be read as a date"),
    ],
)
def test_what_is_no_date_says_why(order: DateOrder | None, cell: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        DateReader(order)(cell)
    assert len(str(caught.value)) < 200


def test_letters_of_a_zone_count_where_the_zone_itself_uses_them() -> None:
    read = DateReader("dmy", zone_named("Asia/Kolkata"))
    assert read("4.3.2021 19:35 IST") == NOON


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2021-03-04 14:05", datetime(2021, 3, 4, 12, 5, tzinfo=UTC)),
        ("2021-07-04 14:05", datetime(2021, 7, 4, 11, 5, tzinfo=UTC)),
        # 03:00 to 04:00 does not exist on this day.
        ("28.3.2021 02:59", datetime(2021, 3, 28, 0, 59, tzinfo=UTC)),
        ("28.3.2021 03:30", datetime(2021, 3, 28, 1, 30, tzinfo=UTC)),
        ("28.3.2021 04:00", datetime(2021, 3, 28, 1, 0, tzinfo=UTC)),
        # 03:00 to 04:00 exists twice on this one.
        ("31.10.2021 03:30", datetime(2021, 10, 31, 0, 30, tzinfo=UTC)),
        ("31.10.2021 04:00", datetime(2021, 10, 31, 2, 0, tzinfo=UTC)),
        ("1614866709", SECONDS),
    ],
)
def test_a_time_without_a_zone_is_one_of_the_readers(cell: str, expected: datetime) -> None:
    read = DateReader("dmy", HELSINKI)
    assert read(cell) == expected
    assert read(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2021-03-04", date(2021, 3, 4)),
        ("2021-03-04 00:30", date(2021, 3, 4)),
        ("2021-03-04T23:30:00-08:00", date(2021, 3, 4)),
        # 23:30 in UTC is half past one of the next day in Helsinki.
        ("1614900600", date(2021, 3, 5)),
    ],
)
def test_the_day_of_a_time_entry_is_the_day_as_written(cell: str, expected: date) -> None:
    assert DateReader("dmy", HELSINKI).date(cell) == expected


def test_a_pattern_replaces_everything() -> None:
    read = DateReader("dmy", HELSINKI, pattern="%m.%d.%Y %H.%M")
    assert read("03.04.2021 16.05") == NOON
    assert DateReader(pattern="%d.%m.%Y %z")("04.03.2021 +0200") == MIDNIGHT - timedelta(hours=2)
    with pytest.raises(ValueError, match=r"'2021-03-04' does not look like %m"):
        read("2021-03-04")


@pytest.mark.parametrize("pattern", ["", "%d.%m", "%Q", "%", "%H:%M", "\x00"])
def test_a_pattern_that_gives_no_day_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="is no pattern of a date"):
        DateReader(pattern=pattern)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["2021-03-04", "2021-03-04T14:05:00Z", ""], "iso"),
        (["04.03.2021", "05.03.2021"], "dmy"),
        (["04/03/2021", "25/03/2021"], "dmy"),
        (["04/03/2021", "03/25/2021"], "mdy"),
        (["4/3/21 2:05 PM", "12/31/21 2:05 PM"], "mdy"),
        (["03-04-2021", "13-04-2021"], "dmy"),
        (["25-12-21", "03-01-22", "14-02-22"], "dmy"),
        (["99-03-04", "01-12-31"], "ymd"),
        (["21-03-15", "22-11-30"], "ymd"),
        (["12/31/39", "01/01/40"], "mdy"),
        (["2021/03/04", "2021/13/04"], "ymd"),
        (["4/Mar/21 2:05 PM"], "dmy"),
        (["Mar 4, 2021"], "mdy"),
        (["44927.5", "44928", ""], "excel"),
        (["1614866709", "1614866710"], "unix"),
        (["03 04 2021", "31 04 2021"], "dmy"),
        (["2021-03-04", "not known", "n/a"], "iso"),
    ],
)
def test_the_order_of_a_column(cells: Sequence[str], order: DateOrder) -> None:
    found = verdict(*cells)
    assert (found.kind, found.order) == ("known", order)
    assert found.hint() is None


@pytest.mark.parametrize(
    ("cells", "candidates"),
    [
        (["04/03/2021", "05/12/2021"], ("dmy", "mdy")),
        (["4-3-2021", "2021-03-04"], ("dmy", "mdy")),
        (["04/03/2021 14:05", "12.12.2021"], ("dmy", "mdy")),
        (["21-03-15", "22-11-20"], ("dmy", "ymd")),
        (["25-12-21"], ("dmy", "ymd")),
        (["19-03-15", "21-05-14"], ("dmy", "ymd")),
        (["01-02-03"], ("dmy", "mdy", "ymd")),
    ],
)
def test_a_column_that_can_be_read_in_two_ways_is_asked_for(
    cells: Sequence[str], candidates: tuple[str, ...]
) -> None:
    found = verdict(*cells)
    assert (found.kind, found.order, found.candidates) == ("ambiguous", None, candidates)
    assert found.examples == ((2, cells[0]),)
    assert found.hint() == f"say which it is with --date-order {'|'.join(candidates)}"
    assert f"'{cells[0]}' in line 2, like every other date, can be read as {candidates[0]}" in found.explain()


def test_both_orders_in_one_column_name_their_lines() -> None:
    found = verdict("01/02/2021", "25/12/2021", "12/25/2021", "26/12/2021")
    assert (found.kind, found.order) == ("contradictory", None)
    assert found.explain() == ("'25/12/2021' in line 3 and '12/25/2021' in line 4 have different orders")


def test_three_orders_in_one_column_name_two_lines() -> None:
    found = verdict("99-03-04", "12/25/21", "x")
    assert (found.kind, found.examples) == ("contradictory", ((2, "99-03-04"), (3, "12/25/21")))


def test_excel_numbers_among_dates_are_no_dates() -> None:
    found = verdict("25/12/2021", "44927.5")
    assert (found.order, found.unread, found.unread_examples) == ("dmy", 1, ((3, "44927.5"),))


def test_a_column_without_dates_says_so_and_shows_what_it_has() -> None:
    found = verdict("hello", "", "12", "44927", *["x"] * 10)
    assert (found.kind, found.cells, found.unread) == ("none", 13, 13)
    assert found.unread_examples == ((2, "hello"), (4, "12"), (5, "44927"))


def test_evidence_over_very_many_days_stays_small() -> None:
    evidence = DateEvidence(2026)
    for start in range(0, 60_000, 1000):
        days = [date(1970, 1, 1) + timedelta(days=n) for n in range(start, start + 1000)]
        evidence.add(range(1000), [f"{day:%m/%d/%Y}" for day in days])
    assert evidence.verdict().order == "mdy"
    assert len(evidence._seen) <= 8193


MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2068, 12, 31)).map(lambda at: at.replace(microsecond=0))
PATTERNS: dict[str, list[str]] = {
    "dmy": ["%d/%m/%Y", "%d-%m-%Y", "%d %m %Y", "%d.%m.%Y", "%d/%m/%y", "%d-%m-%y"],
    "mdy": ["%m/%d/%Y", "%m-%d-%Y", "%m %d %Y", "%m/%d/%y", "%m-%d-%y"],
    "ymd": ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%y-%m-%d"],
    "iso": ["%d %b %Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%a, %d %b %Y", "%Y-%b-%d"],
}
CLOCKS = ["%H:%M:%S", "%I:%M:%S %p", "%H.%M.%S", "%Hh%Mm%S", "%H:%M:%S UTC", "%H:%M:%S +0000", "%H:%M:%S.000"]
LAYOUTS = [(order, day) for order, days in PATTERNS.items() for day in days]


@given(MOMENTS, st.sampled_from(LAYOUTS), st.sampled_from(CLOCKS))
def test_any_time_in_any_layout_reads_back(
    moment: datetime, layout: tuple[DateOrder, str], clock: str
) -> None:
    order, day = layout
    read = DateReader(order)
    cell = moment.strftime(f"{day} {clock}")
    assert read(cell) == moment.replace(tzinfo=UTC)
    assert read(cell) == moment.replace(tzinfo=UTC)
    assert read.date(moment.strftime(day)) == moment.date()


@given(st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)), st.integers(-14, 14))
def test_any_iso_time_reads_back(moment: datetime, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    assert DateReader()(moment.replace(tzinfo=zone).isoformat()) == moment.replace(tzinfo=zone)
    assert DateReader(zone=zone)(moment.isoformat(" ")) == moment.replace(tzinfo=zone)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)))
def test_a_local_time_is_what_the_zone_itself_makes_of_it(moment: datetime) -> None:
    read = DateReader(zone=HELSINKI)
    expected = moment.replace(tzinfo=HELSINKI).astimezone(UTC)
    assert read(moment.isoformat()) == expected
    assert read(moment.isoformat()) == expected


AMBIGUOUS = st.builds(
    lambda month, day, year, separator: f"{month}{separator}{day}{separator}{year}",
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(1970, 2030),
    st.sampled_from("/- "),
)


@given(st.lists(AMBIGUOUS, min_size=1))
def test_a_column_of_ambiguous_dates_is_always_said_to_be(cells: list[str]) -> None:
    assert verdict(*cells).kind == "ambiguous"


@given(st.lists(st.dates(date(1971, 1, 1), date(2026, 12, 31)), min_size=1), st.sampled_from(["dmy", "mdy"]))
def test_a_column_never_gets_the_wrong_order(days: list[date], order: str) -> None:
    pattern = "%d/%m/%Y" if order == "dmy" else "%m/%d/%Y"
    found = verdict(*[day.strftime(pattern) for day in days])
    settled = any(day.day > 12 for day in days)
    assert found.order == (order if settled else None)


COLUMN_LAYOUTS = [day for order, day in LAYOUTS if not (order == "ymd" and "%y" in day)]


PAST = MOMENTS.filter(lambda moment: moment.year <= 2026)


@given(st.lists(PAST, min_size=1), st.sampled_from(COLUMN_LAYOUTS), st.sampled_from(CLOCKS))
def test_a_column_is_read_back_or_asked_for(moments: list[datetime], day: str, clock: str) -> None:
    cells = [moment.strftime(f"{day} {clock}") for moment in moments]
    found = verdict(*cells)
    assert (found.unread, found.kind in ("known", "ambiguous")) == (0, True)
    if found.kind == "known":
        read = DateReader(found.order)
        assert [read(cell) for cell in cells] == [moment.replace(tzinfo=UTC) for moment in moments]


ODD = st.text() | st.text("0123456789./-: TZ+APM,klo\u00a0", max_size=30)


@given(ODD, st.sampled_from([None, "dmy", "mdy", "ymd", "excel"]))
def test_garbage_is_a_value_error_or_a_time_of_a_helpdesk(cell: str, order: DateOrder | None) -> None:
    read = DateReader(order, HELSINKI)
    for reading in (read, read.date):
        try:
            found = reading(cell)
        except ValueError:
            continue
        assert 1969 <= found.year <= 2200


@given(st.lists(ODD))
def test_no_column_breaks_the_evidence(cells: list[str]) -> None:
    assert verdict(*cells).explain()


@pytest.mark.parametrize("name", ["Europe/Helsinki", "europe/helsinki", " Europe/Helsinki "])
def test_a_zone_by_its_name(name: str) -> None:
    assert zone_named(name).utcoffset(datetime(2021, 3, 4)) == timedelta(hours=2)


@pytest.mark.parametrize("name", ["+02:00", "UTC+2", "GMT+0200"])
def test_a_zone_by_its_offset(name: str) -> None:
    assert zone_named(name).utcoffset(None) == timedelta(hours=2)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("helsinki", "did you mean Europe/Helsinki?"),
        ("Europe/Helsinky", "did you mean Europe/Helsinki"),
        ("Stokholm", "did you mean Europe/Stockholm"),
        ("../../etc/passwd", "such as Europe/Helsinki"),
        ("", "such as Europe/Helsinki"),
        ("\x00", "such as Europe/Helsinki"),
        ("+99:00", "such as Europe/Helsinki"),
    ],
)
def test_an_unknown_zone_names_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match="there is no time zone") as caught:
        zone_named(name)
    assert hint in (caught.value.hint or "")
