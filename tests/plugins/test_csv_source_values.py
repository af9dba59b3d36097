"""What cells become in records: dates, durations, words, people, texts, and what cannot be read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from csv_sources import Desk
from tiketti_migrate.errors import UsageError
from tiketti_migrate.records import Outcome


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_dates_without_a_zone_are_of_the_given_one(desk: Desk) -> None:
    text = """
        ID,Subject,Requester,Created,Updated
        1,One,jane@example.com,2024-07-01 09:00,2024-01-01 09:00
        2,Two,jane@example.com,2024-07-01T09:00:00Z,2024-07-01 09:00 +0200
    """
    assert desk.read(text).tickets["1"].created_at == datetime(2024, 7, 1, 9, tzinfo=UTC)
    there = desk.read(text, timezone="Europe/Helsinki").tickets
    assert there["1"].created_at == datetime(2024, 7, 1, 6, tzinfo=UTC)
    assert there["1"].updated_at == datetime(2024, 1, 1, 7, tzinfo=UTC)
    assert there["2"].created_at == datetime(2024, 7, 1, 9, tzinfo=UTC)
    assert there["2"].updated_at == datetime(2024, 7, 1, 7, tzinfo=UTC)
    with pytest.raises(UsageError, match="Helsinky"):
        desk.read(text, timezone="Europe/Helsinky")


def test_a_header_that_names_a_zone_counts_more_than_the_option(desk: Desk) -> None:
    text = """
        ID,Subject,Requester,Created (UTC),Updated
        1,One,jane@example.com,2024-07-01 09:00,2024-07-01 09:00
    """
    ticket = desk.read(text, timezone="Europe/Helsinki").ticket
    assert (ticket.created_at, ticket.updated_at) == (
        datetime(2024, 7, 1, 9, tzinfo=UTC),
        datetime(2024, 7, 1, 6, tzinfo=UTC),
    )
    draft = desk.source(text).draft()
    assert draft is not None
    words = "column Created (UTC): dates without a zone are of UTC, as its name says"
    assert [note for note in draft.notes if "zone" in note] == [f"tickets.csv: {words}"]


AMBIGUOUS = """
    ID,Subject,Requester,Opened
    1,One,jane@example.com,03/04/2024
    2,Two,jane@example.com,05/06/2024
"""


def test_dates_that_can_be_read_two_ways_are_asked_for(desk: Desk) -> None:
    with pytest.raises(UsageError, match="column 'Opened'") as error:
        desk.read(AMBIGUOUS)
    assert error.value.where == "tickets.csv"
    assert "--date-order" in str(error.value.hint)
    assert "03/04/2024" in str(error.value)


@pytest.mark.parametrize(("order", "month"), [("dmy", 4), ("mdy", 3)])
def test_the_order_of_dates_can_be_told(desk: Desk, order: str, month: int) -> None:
    created = desk.read(AMBIGUOUS, date_order=order).tickets["1"].created_at
    assert created is not None
    assert created.month == month


def test_one_cell_settles_the_order_of_its_column(desk: Desk) -> None:
    found = desk.read(AMBIGUOUS + "3,Three,jane@example.com,31/01/2024\n")
    created = found.tickets["1"].created_at
    assert created is not None
    assert (created.month, created.day) == (4, 3)


def test_dates_that_contradict_each_other_name_both_lines(desk: Desk) -> None:
    text = AMBIGUOUS + "3,Three,jane@example.com,31/01/2024\n4,Four,jane@example.com,01/31/2024\n"
    with pytest.raises(UsageError, match=r"line 4.*line 5") as error:
        desk.read(text)
    assert error.value.where == "tickets.csv"


def test_a_single_date_that_is_none_is_kept_and_said(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Created
        1,One,j@example.com,2024-02-30
        2,Two,j@example.com,2024-02-03
    """)
    ticket = found.tickets["1"]
    assert ticket.created_at is None
    assert ticket.extra == {"created_at": "2024-02-30"}
    assert ticket.warnings == (
        "created at: '2024-02-30' is no date: February 2024 has no 30th; kept as extra",
    )
    assert found.tickets["2"].warnings == ()


@pytest.mark.parametrize(
    ("header", "cell", "minutes"),
    [
        ("Time spent", "1h 30m", 90),
        ("Time spent", "1.5h", 90),
        ("Time spent", "1:30", 90),
        ("Time spent", "01:30:00", 90),
        ("Time spent (min)", "90", 90),
        ("Time spent (seconds)", "5400", 90),
        ("Time spent", "2 days 3 hours", 3060),
        ("Time spent", "1 tunti 30 min", 90),
    ],
)
def test_time_spent_becomes_a_time_entry_of_the_last_change(
    desk: Desk, header: str, cell: str, minutes: int
) -> None:
    found = desk.read(f"ID,Subject,Requester,Updated,{header}\n1,One,j@example.com,2024-02-03 10:00,{cell}")
    (entry,) = found.times
    assert (entry.source_id, entry.ticket_id, entry.duration_minutes) == ("1#time-1", "1", minutes)
    assert str(entry.date) == "2024-02-03"


def test_time_spent_at_no_time_is_kept_and_said(desk: Desk) -> None:
    found = desk.read("ID,Subject,Requester,Time spent\n1,One,j@example.com,1h\n2,Two,j@example.com,0")
    assert found.times == []
    assert found.tickets["1"].extra == {"time_spent": "60 min"}
    assert "no date" in found.tickets["1"].warnings[0]


def test_words_for_status_and_priority(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Status,Priority
        1,One,j@example.com,In Progress,P1
        2,Two,j@example.com,Gelöst,Niedrig
        3,Three,j@example.com,Odottaa,korkea
        4,Four,j@example.com,closed,normal
        5,Five,j@example.com,Frozen,Whenever
        6,Six,j@example.com,,
    """)
    assert found.statuses == {
        "1": "open", "2": "resolved", "3": "pending", "4": "closed", "5": "open", "6": "open",
    }  # fmt: skip
    priorities = [ticket.priority for ticket in found.tickets.values()]
    assert priorities == ["urgent", "low", "high", "normal", "normal", "normal"]
    assert sorted(found.warnings) == [
        "unknown priority word 'Whenever': taken as normal",
        "unknown status word 'Frozen': taken as open",
    ]
    assert found.tickets["2"].extra == {"priority": "Niedrig"}, "the source's word says more"
    assert found.tickets["4"].extra == {}


def test_of_several_people_in_a_cell_the_first_asked(desk: Desk) -> None:
    found = desk.read(
        "ID,Subject,Requester,Assignee\n1,One,Jane <jane@example.com>; bob@example.com,Aino A; Matti M"
    )
    assert found.ticket.requester_id == "jane@example.com"
    assert found.ticket.assignee_id == "aino a"
    assert found.ticket.warnings == (
        "the cell names several people: the first is the requester, also bob@example.com",
        "the cell names several people: the first is the assignee, also Matti M",
    )


@pytest.mark.parametrize(
    ("cell", "name", "email"),
    [
        ("jane@example.com", "jane@example.com", "jane@example.com"),
        ('"Doe, Jane <jane@example.com>"', "Doe, Jane", "jane@example.com"),
        ("Jane Doe", "Jane Doe", None),
        ("jane@nowhere", "jane@nowhere", None),
    ],
)
def test_who_asked_in_one_cell(desk: Desk, cell: str, name: str, email: str | None) -> None:
    found = desk.read(f"ID,Subject,Requester\n1,One,{cell}")
    (contact,) = found.contacts.values()
    assert (contact.name, contact.email) == (name, email)


def test_people_of_one_address_are_one_contact_whatever_its_case(desk: Desk) -> None:
    found = desk.read("ID,Subject,Requester\n1,One,Jane@Example.com\n2,Two,JANE@example.com")
    assert [contact.email for contact in found.contacts.values()] == ["Jane@Example.com"]
    assert {ticket.requester_id for ticket in found.tickets.values()} == {"jane@example.com"}


def test_bodies_are_html_or_text_as_the_column_shows(desk: Desk) -> None:
    html = desk.read("ID,Subject,Description,Requester\n1,One,<p>Hello<br>you</p>,j@example.com")
    assert [(m.body_format, m.body) for m in html.messages] == [("html", "<p>Hello<br>you</p>")]
    text = desk.read("ID,Subject,Description,Requester\n1,One,if a < b & c > d,j@example.com")
    assert [(m.body_format, m.body) for m in text.messages] == [("text", "if a < b & c > d")]


def test_written_line_breaks_are_real_ones_where_the_column_has_no_others(desk: Desk) -> None:
    found = desk.read(r"""
        ID,Subject,Description,Requester
        1,One,Hello.\nIt jams.\n\nThanks,j@example.com
        2,Two,See C:\new\notes.txt,j@example.com
    """)
    assert found.bodies == ["Hello.\nIt jams.\n\nThanks", "See C:\\new\\notes.txt"]


def test_words_for_nothing_are_nothing_where_the_column_shows_it(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Description,Requester,Assignee,Created,Tags,Company
        1,N/A,NULL,jane@example.com,Unassigned,0000-00-00,none,-
        2,None of it works,n/a is shown,jane@example.com,-,2024-01-01,-,NULL
    """)
    assert found.tickets["1"].subject == "(no subject)"
    assert found.bodies == ["n/a is shown"]
    assert found.agents == []
    assert found.labels == []
    assert found.companies == {}


def test_two_columns_of_one_name_without_a_home_are_both_kept(desk: Desk) -> None:
    found = desk.read("ID,Subject,Requester,Colour,Colour,_id\n1,One,j@example.com,red,blue,x")
    assert found.ticket.extra == {"Colour": "red", "Colour (2)": "blue", "id": "x"}


def test_a_kept_word_does_not_replace_a_column_of_its_name(desk: Desk) -> None:
    found = desk.read(
        "ID,Subject,Requester,Prio,priority\n1,One,j@example.com,Hoch,customer's words",
        map='[ticket.columns]\nPrio = "priority"\npriority = "extra"\n',
    )
    assert found.ticket.priority == "high"
    assert found.ticket.extra == {"priority": "customer's words", "priority (2)": "Hoch"}


@pytest.mark.parametrize("url", ["https://desk.example/tickets/1", "javascript:alert(1)"])
def test_only_an_address_of_the_web_is_a_ticket_s_own(desk: Desk, url: str) -> None:
    found = desk.read(f"ID,Subject,Requester,URL\n1,One,j@example.com,{url}")
    if url.startswith("https"):
        assert found.ticket.url == url
    else:
        assert (found.ticket.url, found.ticket.extra) == (None, {"url": url})


def test_notes_in_a_column_of_their_own_are_internal(desk: Desk) -> None:
    found = desk.read("ID,Subject,Description,Requester,Internal notes\n1,One,Hello,j@example.com,Call back")
    assert [(message.body, message.is_internal) for message in found.messages] == [
        ("Hello", False),
        ("Call back", True),
    ]


def test_words_of_the_mapping_file_stand_for_others_and_for_nothing(desk: Desk) -> None:
    text = """
        ID,Subject,Requester,Status
        1,One,j@example.com,Frozen
        2,Two,j@example.com,
        3,Three,j@example.com,N/A
    """
    words = '[ticket.values.status]\nfrozen = "pending"\n"" = "closed"\n"N/A" = "resolved"\n'
    found = desk.read(text, map=words)
    assert found.statuses == {"1": "pending", "2": "closed", "3": "resolved"}
    kept = [outcome.extra for outcome in found.of(Outcome)]
    assert kept == [{"status": "Frozen"}, {}, {"status": "N/A"}], "the source's own word stays"
    assert found.warnings == []


def test_rows_that_the_mapping_leaves_out_or_cannot_be_applied_to_are_told(desk: Desk) -> None:
    text = """
        ID,Subject,Requester,Kind
        1,One,j@example.com,spam
        2,Two,j@example.com,spam
        2,Two,j@example.com,real
        3,Three,j@example.com,real
    """
    where = '[[ticket.where]]\ncolumn = "Kind"\nis_not = "spam"\n'
    found = desk.read(text, map=where)
    assert list(found.tickets) == ["2", "3"]
    assert [(out.source_id, out.by) for out in found.left_out] == [("1", "map.toml:1")]
    assert found.codes == [("LEFT_OUT_ROWS", "map.toml:1")]
    side = '[[contact.where]]\ncolumn = "name"\nis_not = "Bob"\n'
    contacts = desk.write("name,email,company\nBob,b@example.com,Old AB\nJane,j@example.com,New Oy", "c.csv")
    found = desk.read(text, map=side, contacts=contacts)
    assert [(out.kind, out.source_id) for out in found.left_out] == [("contact", "b@example.com")]


WORKED = """
    ticket,worked,date
    1,90,2024-01-01
    1,15,2024-01-02
    1,0,2024-01-03
"""


def test_durations_without_a_unit_are_asked_for(desk: Desk) -> None:
    times = desk.write(WORKED.replace("worked", "duration"), "times.csv")
    tickets = "ID,Subject,Requester\n1,One,jane@example.com\n"
    with pytest.raises(
        UsageError, match="column 'duration': its numbers name no unit, such as '90' in line 2 or '15'"
    ):
        desk.read(tickets, time_entries=times)
    with pytest.raises(UsageError) as error:
        desk.read(tickets, time_entries=times)
    assert error.value.where == "times.csv"
    assert "--duration-unit" in str(error.value.hint)
    assert "'duration (min)'" in str(error.value.hint)


def test_everything_that_only_the_user_can_tell_is_asked_for_at_once(desk: Desk) -> None:
    times = desk.write(f"{WORKED.replace('worked', 'duration')}", "times.csv")
    tickets = f"{AMBIGUOUS.strip()}".replace("Opened", "Opened,Closed,Updated").replace(
        "2024", "2024,,03/04/2024"
    )
    with pytest.raises(UsageError) as error:
        desk.read(tickets, time_entries=times)
    told = str(error.value)
    assert told.startswith("3 things cannot be told by the tables:\n")
    assert [line.split("'")[1] for line in told.splitlines()[1:]] == ["duration", "Opened", "Updated"]
    assert "--date-order" in told
    assert "--duration-unit" in told
    desk.read(tickets, time_entries=times, date_order="dmy", duration_unit="minutes")


@pytest.mark.parametrize(
    ("unit", "first"), [("seconds", 2), ("minutes", 90), ("hours", 5400), ("days", 129600)]
)
def test_the_unit_of_durations_can_be_told(desk: Desk, unit: str, first: int) -> None:
    times = desk.write(WORKED.replace("worked", "duration"), "times.csv")
    found = desk.read(
        "ID,Subject,Requester\n1,One,jane@example.com\n", time_entries=times, duration_unit=unit
    )
    assert found.times[0].duration_minutes == first


def test_the_unit_in_a_header_counts_more_than_the_option(desk: Desk) -> None:
    times = desk.write(WORKED.replace("worked", "duration (min)"), "times.csv")
    found = desk.read(
        "ID,Subject,Requester\n1,One,jane@example.com\n", time_entries=times, duration_unit="hours"
    )
    assert found.times[0].duration_minutes == 90


def test_the_time_spent_on_tickets_is_asked_for_too(desk: Desk) -> None:
    text = "ID,Subject,Requester,Created,Time spent\n1,One,jane@example.com,2024-01-01,90\n"
    with pytest.raises(UsageError, match="column 'Time spent': its numbers name no unit"):
        desk.read(text)
    assert desk.read(text, duration_unit="minutes").times[0].duration_minutes == 90
    template = '[ticket.fields]\ntime_spent = "{Time spent} min"\n'
    assert desk.read(text, map=template).times[0].duration_minutes == 90


def test_a_single_duration_that_cannot_be_read_is_quoted(desk: Desk) -> None:
    text = """
        ticket,duration,date
        1,1h,2024-01-01
        1,90,2024-01-02
        1,2h,2024-01-03
        1,soon,2024-01-04
        1,1h,31.2.2024
    """
    times = desk.write(text, "times.csv")
    found = desk.read("ID,Subject,Requester\n1,One,jane@example.com\n", time_entries=times)
    assert [(problem.code, problem.where, problem.lost) for problem in found.problems] == [
        ("NO_DURATION", "times.csv:3", 1),
        ("NO_DURATION", "times.csv:5", 1),
        ("NO_DATE", "times.csv:6", 1),
    ]
    first, second, third = (problem.message for problem in found.problems)
    assert first.startswith("the duration of the time entry: '90' names no unit: say it in the header")
    assert second == "the duration of the time entry: 'soon' cannot be read as a duration"
    assert third.startswith("the date of the time entry: '31.2.2024' is no date")
    assert len(found.times) == 2


def test_a_column_proves_its_decimal_sign_of_durations(desk: Desk) -> None:
    text = "ID,Subject,Requester,Created,Time spent (min)\n1,One,jane@example.com,2024-01-01,1.500\n"
    assert desk.read(text).times[0].duration_minutes == 1500
    assert desk.read(f"{text}2,Two,jane@example.com,2024-01-01,2.25\n").times[0].duration_minutes == 2


def test_days_have_24_hours_and_inspect_says_so(desk: Desk) -> None:
    source = desk.source(
        "ID,Subject,Requester,Created,Time spent\n1,One,jane@example.com,2024-01-01,2 days\n"
    )
    draft = source.draft()
    assert draft is not None
    assert "tickets.csv: column Time spent: days are taken as 24 hours" in draft.notes


def test_a_count_of_comments_is_no_reply_unless_you_say_so(desk: Desk) -> None:
    text = "ID,Subject,Requester,Comments\n1,One,jane@example.com,3\n2,Two,jane@example.com,0\n"
    found = desk.read(text)
    assert found.messages == []
    assert found.tickets["1"].extra == {"Comments": "3"}
    draft = desk.source(text).draft()
    assert draft is not None
    (column,) = [column for column in draft.tables["ticket"].columns if column.column == "Comments"]
    assert (column.field, column.comment) == ("extra", "the header means comment, but its cells are numbers")
    assert desk.read(text, map='[ticket.columns]\nComments = "comment"\n').bodies == ["3", "0"]


@pytest.mark.parametrize(
    ("header", "cell", "minutes"), [("Zeit", "1,5 h", 90), ("Worked", "1:30", 90), ("Time", "2 hours", 120)]
)
def test_a_word_for_time_is_the_time_spent_where_its_cells_say_so(
    desk: Desk, header: str, cell: str, minutes: int
) -> None:
    rows = f'1,One,jane@example.com,2024-01-01,"{cell}"\n2,Two,jane@example.com,2024-01-01,"{cell}"'
    found = desk.read(f"ID,Subject,Requester,Created,{header}\n{rows}")
    assert [entry.duration_minutes for entry in found.times] == [minutes, minutes]
