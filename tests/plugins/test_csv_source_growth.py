"""A second, grown or re-saved copy of a table: what was there keeps its ids, so that nothing comes twice."""

from pathlib import Path
from typing import Any

import pytest

from csv_sources import Desk, Found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def copies(desk: Desk, first: str, second: str, **options: Any) -> tuple[Found, Found]:
    """What comes of a table and of a later copy of it, in the workspace of the first."""
    source = desk.source(first, **options)
    pinned = source.identity()
    before = desk.read(first, **options)
    return before, desk.read(second, pinned=pinned, **options)


def texts(found: Found) -> dict[str, str]:
    return {message.source_id: message.body for message in found.messages}


def minutes(found: Found) -> dict[str, int]:
    return {entry.source_id: entry.duration_minutes for entry in found.times}


TIMES = """
    ID,Subject,Requester,Updated,Time spent
    7,Printer,jane@example.com,2024-01-01,60m
    7,Printer,jane@example.com,2024-01-03,180m
"""


def test_work_that_comes_in_between_is_new_and_the_rest_stays(desk: Desk) -> None:
    between = TIMES.replace(
        "7,Printer,jane@example.com,2024-01-03",
        "7,Printer,jane@example.com,2024-01-02,120m\n7,Printer,jane@example.com,2024-01-03",
    )
    before, after = map(minutes, copies(desk, TIMES, between))
    assert sorted(after.values()) == [60, 120, 180]
    assert before.items() < after.items()


def test_equal_work_is_told_apart_by_its_number(desk: Desk) -> None:
    more = TIMES.replace("180m", "60m")
    before, after = map(minutes, copies(desk, more, f"{more}7,Printer,jane@example.com,2024-01-02,60m"))
    assert len(before) == 2
    assert len(after.keys() - before.keys()) == 1


DESCRIPTIONS = """
    ID,Subject,Requester,Updated,Description
    7,Printer,jane@example.com,2024-01-02,second text
    7,Printer,jane@example.com,2024-01-03,third text
"""


def test_a_text_that_comes_before_the_others_is_new_and_they_stay(desk: Desk) -> None:
    earlier = f"{DESCRIPTIONS.rstrip()}\n7,Printer,jane@example.com,2024-01-01,first text"
    before, after = copies(desk, DESCRIPTIONS, earlier)
    assert after.bodies == ["first text", "second text", "third text"]
    assert texts(before).items() < texts(after).items()


def test_a_ticket_of_one_row_among_others_of_several_grows_at_both_ends(desk: Desk) -> None:
    single = f"{DESCRIPTIONS.rstrip()}\n8,Login,jane@example.com,2024-01-05,middle"
    grown = f"{single}\n8,Login,jane@example.com,2024-01-04,before\n8,Login,jane@example.com,2024-01-06,after"
    before, after = copies(desk, single, grown)
    assert texts(before).items() < texts(after).items()
    assert sorted(texts(after).values()) == ["after", "before", "middle", "second text", "third text"]


def test_texts_without_dates_may_change_places(desk: Desk) -> None:
    header, *rows = "ID,Subject,Requester,Description\n7,A,j@x.test,one\n7,A,j@x.test,two".splitlines()
    before, after = copies(desk, "\n".join([header, *rows]), "\n".join([header, *reversed(rows)]))
    assert texts(before) == texts(after)


def test_a_smaller_copy_of_rows_that_tell_their_own_texts_keeps_their_ids(desk: Desk) -> None:
    smaller = "\n".join(DESCRIPTIONS.strip().splitlines()[:2])
    before, after = copies(desk, DESCRIPTIONS, smaller)
    assert texts(after).items() < texts(before).items()


ONE_ROW = """
    ID,Subject,Requester,Updated,Description,Comment,Time spent
    7,Printer,jane@example.com,2024-01-01 10:00,It jams.,Looked at it,60m
"""


def test_a_table_of_single_rows_may_become_one_of_several(desk: Desk) -> None:
    more = f"{ONE_ROW.rstrip()}\n7,Printer,jane@example.com,2024-02-01 10:00,It jams again.,Mended,30m"
    before, after = copies(desk, ONE_ROW, more)
    assert sorted(texts(after).values()) == ["It jams again.", "It jams.", "Looked at it", "Mended"]
    assert texts(before).items() < texts(after).items()
    assert minutes(before).items() < minutes(after).items()
    assert len(minutes(after)) == 2


def test_what_rows_repeated_so_far_stays_one_when_another_row_tells_something_else(desk: Desk) -> None:
    rows = [f"7,Printer,jane@example.com,2024-01-0{day},It jams." for day in (1, 2)]
    table = "\n".join(["ID,Subject,Requester,Updated,Description", *rows])
    before, after = copies(desk, table, f"{table}\n7,Printer,jane@example.com,2024-01-03,It jams again.")
    assert after.bodies == ["It jams.", "It jams again."]
    assert texts(before).items() < texts(after).items()
    table = table.replace("Description", "Time spent").replace("It jams.", "30m").replace("01-02", "01-01")
    before, after = copies(desk, table, f"{table}\n7,Printer,jane@example.com,2024-01-03,1h")
    assert minutes(before) == {"7#time-1": 30}
    assert minutes(before).items() < minutes(after).items()
    assert sorted(minutes(after).values()) == [30, 60]


@pytest.mark.parametrize("again", ["", "\n" + ONE_ROW.splitlines()[-2]])
def test_an_edited_description_or_time_of_a_ticket_is_the_same_one(desk: Desk, again: str) -> None:
    table = f"{ONE_ROW.rstrip()}{again}"
    before, after = copies(desk, table, table.replace("It jams.", "It hums.").replace("60m", "90m"))
    assert texts(before).keys() == texts(after).keys()
    assert (minutes(before), minutes(after)) == ({"7#time-1": 60}, {"7#time-1": 90})


def test_a_workspace_that_does_not_say_how_rows_tell_goes_by_their_order(desk: Desk) -> None:
    older = desk.source(DESCRIPTIONS).identity().removesuffix(" description]") + "]"
    assert "7#description" in texts(desk.read(DESCRIPTIONS, pinned=older))
    assert "7#description" not in texts(desk.read(DESCRIPTIONS))


NO_IDS = """
    Subject,Description,Requester,Created,Due,Floor,Time spent
    Printer,It  jams,Jane@example.com,2024-01-05 09:30:15,2024-02-01,3.0,01:30:00
    Login,"No way in,
    since Monday",bob@example.com,2024-01-25 14:00:00,2024-02-13,04,0:45
"""
SAVED = {
    "German": """
        Subject;Description;Requester;Created;Due;Floor;Time spent
        Printer;It jams ;jane@example.com;05.01.2024 09:30;01.02.2024;3;01:30:00
        Login;"No way in,
        since Monday";bob@example.com;25.01.2024 14:00;13.02.2024;4;00:45
    """,
    "American": """
        Subject,Description,Requester,Created,Due,Floor,Time spent
        Printer,It jams,Jane@example.com,1/5/2024 9:30,2/1/2024,3,1:30:00
        Login,"No way in, since Monday",bob@example.com,1/25/2024 14:00,2/13/2024,4,0:45
    """,
}


@pytest.mark.parametrize("saved", SAVED.values(), ids=SAVED)
def test_a_table_without_ids_keeps_them_when_a_spreadsheet_saves_it(desk: Desk, saved: str) -> None:
    before = desk.read(NO_IDS)
    after = desk.read(saved)
    assert before.tickets.keys() == after.tickets.keys()
    assert before.ids == after.ids


@pytest.mark.parametrize(
    ("old", "new"),
    [("2024-01-05", "2024-01-06"), ("09:30", "09:31"), ("3.0", "3.5"), ("01:30", "01:31"), ("jams", "hums")],
)
def test_whatever_else_is_written_is_another_row(desk: Desk, old: str, new: str) -> None:
    assert len(desk.read(NO_IDS).tickets.keys() & desk.read(NO_IDS.replace(old, new)).tickets.keys()) == 1


def test_a_table_without_ids_keeps_them_when_its_columns_are_understood_otherwise(desk: Desk) -> None:
    text = "Subject,Requester,Created,Spent\nOne,jane@example.com,03/04/2024 10:00,90"
    before = desk.read(text, date_order="dmy")
    mapping = '[ticket.columns]\nSpent = "time_spent"\n'
    after = desk.read(text, date_order="mdy", timezone="+05:00", duration_unit="hours", map=mapping)
    assert before.tickets.keys() == after.tickets.keys()
    assert before.ticket.created_at != after.ticket.created_at


def test_messages_and_work_without_ids_keep_them_in_another_time_zone(desk: Desk) -> None:
    desk.write("ID,Subject,Requester,Comment,Comment created\n7,One,j@x.test,Ping,2024-01-01 23:00")
    beside = {
        "messages": desk.write("ticket,body,created\n7,Hello,2024-01-02 23:30\n7,Bye,2024-01-03", "m.csv"),
        "time_entries": desk.write("ticket,duration,date\n7,30m,2024-01-02 23:30", "t.csv"),
    }
    before, after = (desk.read(timezone=zone, **beside) for zone in ("UTC", "America/New_York"))
    assert len(before.messages) == 3
    assert [message.created_at for message in before.messages] != [m.created_at for m in after.messages]
    assert before.ids == after.ids


def test_comments_of_jira_keep_their_ids_in_another_time_zone(desk: Desk) -> None:
    text = (
        "Summary,Issue key,Issue id,Issue Type,Status,Project key,Reporter,Created,Comment\n"
        "One,IT-1,1,Task,Done,IT,jane@example.com,25/Feb/24 4:00 PM,25/Feb/24 4:38 PM;u-1;Hello"
    )
    before, after = (desk.read(text, preset="jira", timezone=zone) for zone in ("UTC", "+05:00"))
    assert [message.body for message in before.messages] == ["Hello"]
    assert before.ids == after.ids


def test_messages_and_work_without_ids_keep_them_when_a_spreadsheet_saves_them(desk: Desk) -> None:
    desk.write("ID,Subject,Requester\n7,One,j@x.test")
    found = []
    for one, other in (("2024-01-02 23:30:05", "2024-01-02"), ("02.01.2024 23:30", "02.01.2024")):
        messages = desk.write(f"ticket,body,created\n7,Hello,{one}\n7,Bye,{one}", "m.csv")
        times = desk.write(f"ticket,duration,date,note\n7,1:30,{other},On site", "t.csv")
        found.append(desk.read(messages=messages, time_entries=times).ids)
    assert found[0] == found[1]
