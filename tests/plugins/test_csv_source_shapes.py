"""The shapes of tables of tickets: several rows a ticket, no ids, no requester, no subject, empty rows."""

import tracemalloc
from itertools import groupby
from pathlib import Path

import pytest

from csv_sources import Desk
from tiketti_migrate.errors import UsageError
from tiketti_migrate_csv import extraction, grouping


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


EVENTS = """
    Ticket,Subject,Status,Priority,Requester,Updated,Tags,Product
    1,Printer,open,low,jane@example.com,2024-01-01 10:00,a,Laser
    2,Login,open,low,bob@example.com,2024-01-01 11:00,b,Portal
    1,Printer,pending,high,jane@example.com,2024-01-02 10:00,c,Ink
    2,Login,closed,low,bob@example.com,2024-01-03 11:00,b,Portal
    1,Printer,solved,high,jane@example.com,2024-01-03 10:00,a,Laser
"""


def adjacent(text: str) -> str:
    header, *rows = text.strip().splitlines()
    return "\n".join([header, *sorted(rows)])


@pytest.mark.parametrize("text", [EVENTS, adjacent(EVENTS)], ids=["scattered", "adjacent"])
def test_one_row_an_event_is_one_ticket_as_it_stands_in_the_end(desk: Desk, text: str) -> None:
    found = desk.read(text)
    assert list(found.tickets) == ["1", "2"]
    assert found.statuses == {"1": "resolved", "2": "closed"}
    printer = found.tickets["1"]
    assert (printer.subject, printer.priority, printer.label_ids) == ("Printer", "high", ("a", "c"))
    assert printer.extra["Product"] == ["Laser", "Ink"]
    assert printer.updated_at is not None
    assert printer.updated_at.day == 3


def test_the_last_event_is_the_latest_whatever_the_order_of_rows(desk: Desk) -> None:
    header, *rows = EVENTS.strip().splitlines()
    newest_first = desk.read("\n".join([header, *reversed(rows)]))
    assert newest_first.statuses == {"1": "resolved", "2": "closed"}


def test_differing_values_are_listed_with_their_rows_and_kept(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Description,Status,Requester
        7,Printer,It jams.,open,jane@example.com
        8,Other,Something else.,open,jane@example.com
        7,Printer!,It jams again.,closed,bob@example.com
    """)
    ticket = found.tickets["7"]
    assert (ticket.subject, ticket.requester_id) == ("Printer", "jane@example.com")
    assert found.statuses["7"] == "closed"
    assert ticket.warnings == (
        "rows of this ticket differ in subject: 'Printer' in row 2 and 'Printer!' in row 4; that of row 2 is"
        " taken",
        "rows of this ticket differ in requester: 'jane@example.com' in row 2 and 'bob@example.com' in row 4;"
        " that of row 2 is taken",
        "rows of this ticket differ in status: 'open' in row 2 and 'closed' in row 4; that of row 4 is taken",
    )
    assert ticket.extra == {
        "other subject": "'Printer!'",
        "other requester": "'bob@example.com'",
        "other status": "'open'",
    }
    assert found.bodies == ["It jams.", "It jams again.", "Something else."]


def test_one_row_a_category_gathers_them_and_repeats_nothing(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Description,Requester,Category,Tag,Time spent,Updated
        7,Printer,It jams.,jane@example.com,Hardware,red,30m,2024-01-01
        7,Printer,It jams.,jane@example.com,Office,blue,30m,2024-01-01
    """)
    assert found.ticket.label_ids == ("red", "blue")
    assert found.ticket.extra == {"Category": ["Hardware", "Office"]}
    assert found.bodies == ["It jams."]
    assert [entry.duration_minutes for entry in found.times] == [30]
    assert found.warnings == []


def test_work_told_row_by_row_is_as_many_time_entries(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Time spent,Updated
        7,Printer,jane@example.com,30m,2024-01-01
        7,Printer,jane@example.com,1h,2024-01-02
    """)
    assert [entry.duration_minutes for entry in found.times] == [30, 60]


def test_one_row_a_message_is_a_talk(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Description,Requester,Created,Comment,Comment author,Comment created,Comment internal
        7,Printer,It jams.,jane@example.com,2024-01-01,Have you tried?,Aino,2024-01-02 10:00,no
        8,Login,No way in.,bob@example.com,2024-01-01,,,,
        7,Printer,It jams.,jane@example.com,2024-01-01,I have.,jane@example.com,2024-01-03 10:00,no
        7,Printer,It jams.,jane@example.com,2024-01-01,Send a new one,Aino,2024-01-04 10:00,yes
        7,Printer,It jams.,jane@example.com,2024-01-01,Send a new one,Aino,2024-01-04 10:00,yes
    """)
    talk = [message for message in found.messages if message.ticket_id == "7"]
    assert [message.body for message in talk] == ["It jams.", "Have you tried?", "I have.", "Send a new one"]
    assert [message.is_internal for message in talk] == [False, False, False, True]
    assert talk[2].author_id == "jane@example.com"
    assert talk[1].author_name == "Aino"
    assert found.warnings == []


def test_equal_messages_of_one_row_stay_two(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Comment,Comment
        7,Printer,jane@example.com,Ping,Ping
    """)
    assert found.bodies == ["Ping", "Ping"]
    assert len({message.source_id for message in found.messages}) == 2


def test_any_column_can_be_what_makes_rows_one_ticket(desk: Desk) -> None:
    text = """
        Nr,Case,Subject,Requester
        1,A-1,Printer,jane@example.com
        2,A-2,Login,jane@example.com
        3,A-1,Printer,jane@example.com
    """
    assert len(desk.read(text).tickets) == 3
    grouped = desk.read(text, group_by="Case")
    assert list(grouped.tickets) == ["A-1", "A-2"]
    assert grouped.tickets["A-1"].extra["Nr"] == ["1", "3"], "what was the id is not lost"
    with pytest.raises(UsageError, match="no column 'Csae'") as error:
        desk.read(text, group_by="Csae")
    assert "Case" in str(error.value.hint)


def test_the_column_to_group_by_is_found_as_headers_are(desk: Desk) -> None:
    text = "ID,Case No.,Subject,Requester\n1,7,One,jane@example.com\n2,7,One,jane@example.com"
    assert list(desk.read(text, group_by="case_no").tickets) == ["7"]
    with pytest.raises(UsageError, match="there is no column 'case_no'"):
        desk.read(text.replace("ID,", "Case no,"), group_by="case_no")


def test_very_many_rows_of_one_ticket_are_not_held_in_memory(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "_MOST_ROWS_A_TICKET", 3)
    rows = "\n".join(f"7,Printer,jane@example.com,Comment {n}" for n in range(5))
    found = desk.read(f"ID,Subject,Requester,Comment\n{rows}")
    assert found.bodies == ["Comment 0", "Comment 1", "Comment 2"]
    (problem,) = found.problems
    assert (problem.code, problem.where, problem.lost) == ("LARGE_TICKET", "tickets.csv:5", 2)
    assert "2 rows were left out (from row 5 to row 6)" in problem.message


def test_very_long_texts_of_one_ticket_are_not_held_in_memory(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "_MOST_TEXT_A_TICKET", 100)
    found = desk.read(f"""
        ID,Subject,Requester,Description,Product
        7,Printer,jane@example.com,{"x" * 300},
        7,Printer,jane@example.com,y,
        8,Login,jane@example.com,x,
        8,Login,jane@example.com,y,{"z" * 300}
        9,Login,jane@example.com,x,
    """)
    assert [message.ticket_id for message in found.messages] == ["7", "8", "9"]
    assert [(problem.where, problem.lost) for problem in found.problems] == [
        ("tickets.csv:3", 1),
        ("tickets.csv:5", 1),
    ]


def test_one_value_more_in_each_row_takes_the_room_of_one(desk: Desk) -> None:
    rows = "\n".join(f"7,Printer {n},jane@example.com" for n in range(3000))
    text = f"ID,Subject,Requester\n{rows}"
    tracemalloc.start()
    ticket = desk.read(text).ticket
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(str(ticket.extra["other subject"]).split(", ")) == 2999
    assert peak < 30_000_000, "a list of all in each row takes 70 million more"


def test_scattered_rows_come_together_from_a_table_larger_than_a_batch(desk: Desk) -> None:
    rows = [f"{n % 900},Subject {n % 900},jane@example.com,Comment {n // 900}" for n in range(2700)]
    found = desk.read("\n".join(["ID,Subject,Requester,Comment", *rows]))
    assert len(found.tickets) == 900
    assert [m.body for m in found.messages if m.ticket_id == "5"] == ["Comment 0", "Comment 1", "Comment 2"]
    assert found.codes == []


@pytest.mark.parametrize("large", [10, 1_000, 100_000], ids=["a key alone", "some keys", "all"])
def test_rows_of_one_key_come_together_however_little_fits_into_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(grouping, "_LARGE", large)
    rows = [(n, [key, str(n)]) for n, key in enumerate(["a", "b", "a", "", "c", "a"] * 100)]
    batches = [rows[start : start + 7] for start in range(0, len(rows), 7)]
    found = [
        row
        for batch in grouping.regrouped(batches, lambda batch: [c[0] for _, c in batch], 600, tmp_path)
        for row in batch
    ]
    together = [key for key, _ in groupby(cells[0] for _, cells in found)]
    assert [key for key in together if key] == ["a", "b", "c"]
    for key in ("a", "b", "c", ""):
        assert [row for row in found if row[1][0] == key] == [row for row in rows if row[1][0] == key]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ids", [("17.0", "18.00", "17.00"), ("17", "18.0", "17.0"), ("17.0", "17", "18")])
def test_an_id_is_one_however_a_spreadsheet_shows_it(desk: Desk, ids: tuple[str, ...]) -> None:
    rows = "\n".join(f"{number},Printer,jane@example.com,No {place}" for place, number in enumerate(ids))
    found = desk.read(f"ID,Subject,Requester,Comment\n{rows}")
    assert sorted(number for kind, number in found.ids if kind == "ticket") == ["17", "18"]
    assert sorted(found.bodies) == ["No 0", "No 1", "No 2"]


NO_IDS = """
    Subject,Description,Requester
    Printer,It jams.,jane@example.com
    Printer,It jams.,jane@example.com
    Login,No way in.,bob@example.com
"""


def test_equal_rows_without_ids_stay_two(desk: Desk) -> None:
    found = desk.read(NO_IDS)
    assert [ticket.subject for ticket in found.tickets.values()] == ["Printer", "Printer", "Login"]
    draft = desk.source(NO_IDS).draft()
    assert draft is not None
    assert "tickets.csv: 1 rows say what an earlier one says: each is a ticket" in draft.notes


def test_ids_of_rows_stay_when_others_come_move_and_change(desk: Desk) -> None:
    before = desk.read(NO_IDS)
    again = desk.read(NO_IDS)
    assert again.ids == before.ids
    moved = desk.read("""
        Subject,Description,Requester
        New,Something.,eve@example.com
        Login,No way in.,bob@example.com
        Printer,It jams.,jane@example.com
        Printer,It jams.,jane@example.com
    """)
    assert before.tickets.keys() < moved.tickets.keys()
    edited = desk.read(NO_IDS.replace("No way in.", "Still no way in."))
    assert len(edited.tickets.keys() - before.tickets.keys()) == 1
    assert len(edited.tickets.keys() & before.tickets.keys()) == 2


OTHER_COLUMNS = {
    "moved": "Requester,Subject,Text\na@x.test,Printer,It jams.\nb@x.test,Login,No way in.",
    "spelt": "SUBJECT,text:,Requester\nPrinter,It jams.,a@x.test\nLogin,No way in.,b@x.test",
    "more": "Subject,,Text,Requester,Note,\nPrinter,,It jams.,a@x.test,,\nLogin,,No way in.,b@x.test,,",
}


@pytest.mark.parametrize("text", OTHER_COLUMNS.values(), ids=OTHER_COLUMNS)
def test_ids_of_rows_stay_when_columns_move_or_empty_ones_come(desk: Desk, text: str) -> None:
    before = desk.read("Subject,Text,Requester\nPrinter,It jams.,a@x.test\nLogin,No way in.,b@x.test")
    assert desk.read(text).tickets.keys() == before.tickets.keys()


def test_a_cell_in_another_column_is_another_row(desk: Desk) -> None:
    header = "Subject,Requester,Old,New"
    one = desk.read(f"{header}\nPrinter,jane@example.com,x,")
    assert desk.read(f"{header}\nPrinter,jane@example.com,,x").tickets.keys().isdisjoint(one.tickets)


def test_rows_with_an_empty_id_are_tickets_of_their_own(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester
        1,One,jane@example.com
        ,Two,jane@example.com
        N/A,Three,jane@example.com
        N/A,Four,jane@example.com
        1,One,jane@example.com
    """)
    assert sorted(ticket.subject for ticket in found.tickets.values()) == ["Four", "One", "Three", "Two"]


def test_a_table_without_requester_is_refused_with_what_to_do(desk: Desk) -> None:
    with pytest.raises(UsageError, match="no column names who asked") as error:
        desk.read("ID,Subject\n1,Printer")
    assert error.value.where == "tickets.csv"
    assert "--default-requester" in str(error.value.hint)
    found = desk.read(default_requester="Front desk <desk@example.com>")
    assert found.ticket.requester_id == "desk@example.com"
    assert found.contacts["desk@example.com"].name == "Front desk"


@pytest.mark.parametrize("given", ["nobody", "", "a@example.com, b@example.com"])
def test_a_default_requester_is_one_address(desk: Desk, given: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        desk.read("ID,Subject\n1,Printer", default_requester=given)


ASKED = """
    ID,Subject,Requester name,Requester e-mail
    1,One,Jane,jane@example.com
    2,Two,,
    3,Three,Bob,
    4,Four,N/A,-
"""


def test_rows_that_name_nobody_get_a_placeholder_and_say_so(desk: Desk) -> None:
    found = desk.read(ASKED)
    asked = {number: ticket.requester_id for number, ticket in found.tickets.items()}
    assert asked == {"1": "jane@example.com", "2": "nobody", "3": "bob", "4": "nobody"}
    assert found.contacts["nobody"].email is None
    assert found.tickets["2"].warnings == ("names no requester: a placeholder stands for one",)


def test_the_default_requester_stands_only_where_nobody_is_named(desk: Desk) -> None:
    found = desk.read(ASKED, default_requester="desk@example.com")
    asked = {number: ticket.requester_id for number, ticket in found.tickets.items()}
    assert asked == {"1": "jane@example.com", "2": "desk@example.com", "3": "bob", "4": "desk@example.com"}
    assert found.warnings == []


def test_without_a_subject_the_first_line_of_the_text_is_it(desk: Desk) -> None:
    found = desk.read('ID,Description,Requester\n1,"\n  Printer jams\nagain",jane@example.com')
    assert found.ticket.subject == "Printer jams"
    assert found.warnings == []


def test_a_row_with_neither_subject_nor_text_is_a_ticket_that_says_so(desk: Desk) -> None:
    found = desk.read("ID,Subject,Description,Requester\n1,,,jane@example.com\n2,Two,,jane@example.com")
    assert found.tickets["1"].subject == "(no subject)"
    assert found.tickets["1"].warnings == ("has neither subject nor description",)
    assert found.messages == []


@pytest.mark.parametrize(
    "last", [",Total,,,12", "Total,,,,12", "Total: 3,,,,", "Grand total,,2,,12 min", "Yhteensä,,,,"]
)
@pytest.mark.parametrize("above", ["", ",Three,a@x.test,Help,4\n"])
def test_a_total_below_the_table_is_no_ticket_and_no_loss(desk: Desk, last: str, above: str) -> None:
    rows = f"1,One,a@x.test,Help,4\n2,Two,a@x.test,Help me,8\n{above}"
    found = desk.read(f"ID,Subject,Requester,Description,Minutes\n{rows}{last}")
    assert len(found.tickets) == 2 + bool(above)
    (problem,) = found.problems
    assert (problem.code, problem.lost) == ("TOTAL_ROW", 0)
    assert "the row is a total" in problem.message


@pytest.mark.parametrize(
    "last",
    [
        ",Three,a@x.test,Help,",
        ",Three,a@x.test,,",
        "Total,Three,a@x.test,Help,1",
        "T,Three,,,",
        "3,Total,,,",
        "4,Sum,,,7",
        "A-1,Total,,,",
        ",5 keys lost,,,7",
    ],
)
def test_a_row_without_much_is_a_ticket_all_the_same(desk: Desk, last: str) -> None:
    rows = "1,One,a@x.test,Help,4\n2,Two,a@x.test,Help me,8"
    found = desk.read(f"ID,Subject,Requester,Description,Minutes\n{rows}\n{last}")
    assert len(found.tickets) == 3


def test_rows_of_few_cells_are_tickets_where_others_have_no_id_either(desk: Desk) -> None:
    rows = "1,One,a@x.test,Help,4\n2,Two,a@x.test,Help,4\n,Three,a@x.test,Help me,8\n,Four,,,"
    assert len(desk.read(f"ID,Subject,Requester,Description,Minutes\n{rows}").tickets) == 4


def test_an_issue_beside_an_id_is_the_subject(desk: Desk) -> None:
    found = desk.read("ID,Issue,Requester\n1,It jams,a@x.test\n2,No way in,a@x.test")
    assert [ticket.subject for ticket in found.tickets.values()] == ["It jams", "No way in"]


def test_empty_rows_are_dropped_and_counted(desk: Desk) -> None:
    found = desk.read("ID,Subject,Requester\n\n1,One,jane@example.com\n,,\n  , ,\n\n2,Two,jane@example.com\n")
    assert list(found.tickets) == ["1", "2"]
    assert [problem.code for problem in found.problems] == ["EMPTY_ROWS"]


def test_a_ticket_that_stands_in_two_tables_is_taken_once_and_listed(desk: Desk) -> None:
    one = desk.write("ID,Subject,Requester\n1,One,jane@example.com\n2,Two,jane@example.com", "2023.csv")
    two = desk.write(
        "ID,Subject,Requester\n2,Two again,jane@example.com\n3,Three,jane@example.com", "2024.csv"
    )
    found = desk.read(paths=(one, two))
    assert [ticket.subject for ticket in found.tickets.values()] == ["One", "Two", "Three"]
    assert found.codes == [("REPEATED_TICKET", "2024.csv:2")]


def test_equal_rows_of_two_tables_without_ids_stay_two(desk: Desk) -> None:
    one = desk.write("Subject,Requester\nOne,jane@example.com", "2023.csv")
    two = desk.write("Subject,Requester\nOne,jane@example.com", "2024.csv")
    assert len(desk.read(paths=(one, two)).tickets) == 2


def test_an_id_of_a_thousand_characters_is_said_and_kept(desk: Desk) -> None:
    found = desk.read(f"ID,Subject,Requester\n{'9' * 5000},One,jane@example.com\n2,Two,jane@example.com")
    first, second = found.of(type(found.tickets["2"]))
    assert (len(first.source_id), second.source_id) == (12, "2")
    assert first.extra["id"] == "9" * 5000
    assert first.warnings == (f"id: '{'9' * 40}…' is too long for an id; kept as extra",)
