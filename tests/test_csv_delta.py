"""A corrected copy of a table in the same workspace: the same source, and only what changed is done."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from csv_sources import Desk
from tiketti_migrate_csv.source import CsvOptions, CsvSource
from world import Ran, World

TABLE = """
    ID,Subject,Description,Requester,Status
    1,One,First text,jane@example.com,open
    2,Two,Second text,jane@example.com,solved
    3,Three,Third text,bob@example.com,open
"""
CORRECTED = TABLE.replace("Second text", "Second text corrected").replace("3,Three,", "3,Three!,")


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.folder)


def subjects(world: World) -> list[str]:
    held = world.box.snapshot("Sandbox Oy")
    assert held["emails"] == []
    return sorted(ticket["subject"] for ticket in held["tickets"])


def run(world: World, path: Path, *more: str) -> Ran:
    return world.run("import", "csv", path, "--yes", *more)


def planned(world: World, path: Path, *more: str) -> Any:
    return json.loads(world.run("import", "csv", path, "--plan", "--json", *more).assert_exit(0).out)


def copies(desk: Desk, how: str) -> Path:
    """Where the corrected table is written."""
    (desk.folder / "other").mkdir()
    return {
        "in place": desk.folder / "tickets.csv",
        "another name": desk.folder / "tickets (2).csv",
        "another folder": desk.folder / "other" / "tickets.csv",
    }[how]


@pytest.mark.parametrize("how", ["in place", "another name", "another folder"])
def test_what_was_imported_stays_and_is_listed_what_waits_is_updated(
    world: World, desk: Desk, how: str
) -> None:
    run(world, desk.write(TABLE), "--limit", "1", "--order", "source").assert_exit(0)
    assert subjects(world) == ["One"]
    copy = copies(desk, how)
    copy.write_text(desk.write(CORRECTED.replace("First", "Very first"), "made.csv").read_text())
    plan = planned(world, copy)
    assert plan["records"]["ticket"] == 3, "the same ids"
    assert [(one["kind"], one["source_id"]) for one in plan["changed"]] == [("message", "1#description")]
    run(world, copy).assert_exit(0)
    assert subjects(world) == ["One", "Three!", "Two"]
    world.run("verify").assert_exit(0)


def test_changed_rows_are_named_in_plan_run_and_report(world: World, desk: Desk) -> None:
    run(world, desk.write(TABLE)).assert_exit(0)
    writes = world.writes()
    path = desk.write(CORRECTED)
    words = (
        "changed in the source since they were imported; they stay as they are (2): "
        "ticket 3 (tickets.csv:4), message 2#description (tickets.csv:3)"
    )
    assert any(words in warning for warning in planned(world, path)["warnings"])
    ran = run(world, path).assert_exit(0)
    assert words in ran.err
    assert "2 records are told otherwise by the source" in ran.err
    assert world.writes() == writes
    world.run("verify").assert_exit(0)
    world.run("report").assert_exit(0)
    page = (world.workspace / "report.html").read_text()
    assert "Changed in the source since they were imported, and left as they are (2)" in page
    assert "2#description" in page


def test_what_is_changed_back_is_changed_no_more(world: World, desk: Desk) -> None:
    run(world, desk.write(TABLE)).assert_exit(0)
    assert planned(world, desk.write(CORRECTED))["changed_count"] == 2
    assert planned(world, desk.write(TABLE))["changed_count"] == 0


def test_a_changed_status_is_carried_out(world: World, desk: Desk) -> None:
    run(world, desk.write(TABLE)).assert_exit(0)
    run(world, desk.write(TABLE.replace("bob@example.com,open", "bob@example.com,solved"))).assert_exit(0)
    held = world.box.snapshot("Sandbox Oy")["tickets"]
    assert {ticket["subject"]: ticket["status"] for ticket in held}["Three"] == "resolved"


def test_rows_that_failed_are_written_when_they_are_mended(world: World, desk: Desk) -> None:
    messages = desk.write("id,ticket,body\n1,9,Hello", "messages.csv")
    path = desk.write(TABLE)
    run(world, path, "--messages", str(messages)).assert_exit(3)
    desk.write("id,ticket,body\n1,1,Hello", "messages.csv")
    ran = run(world, path, "--messages", str(messages)).assert_exit(0)
    assert "1 x message was not written yet, or had failed, and is no longer in the source" in ran.err
    held = world.box.snapshot("Sandbox Oy")
    assert sorted(len(talk) for talk in held["messages"].values()) == [1, 1, 2]
    assert (world.workspace / "failed.csv").read_text().count("\n") == 1
    desk.write("id,ticket,body\n1,9,Hello", "messages.csv")
    run(world, path, "--messages", str(messages)).assert_exit(3)


def test_a_row_without_id_that_is_corrected_before_it_was_written_is_written_once(
    world: World, desk: Desk
) -> None:
    planned(world, desk.write(NO_IDS))
    ran = run(world, desk.write(NO_IDS.replace("Second", "The second"))).assert_exit(0)
    assert "1 x ticket was not written yet" in ran.err
    assert subjects(world) == ["One", "Two"]
    run(world, desk.write(NO_IDS)).assert_exit(0)
    assert subjects(world) == ["One", "Two", "Two"]


def test_tickets_of_an_id_wait_whatever_else_is_read(world: World, desk: Desk) -> None:
    planned(world, desk.write(TABLE))
    run(world, desk.write(TABLE.replace("3,Three,Third text,bob@example.com,open", ""))).assert_exit(0)
    assert subjects(world) == ["One", "Three", "Two"]


@pytest.mark.parametrize("kind", ["messages", "labels", "contacts"])
def test_a_table_that_is_not_given_again_is_not_gone(world: World, desk: Desk, kind: str) -> None:
    text = {
        "messages": "ticket,body\n3,Hello",
        "labels": "name\nred",
        "contacts": "name,email\nAnn,ann@example.com",
    }[kind]
    side = desk.write(text, "side.csv")
    planned(world, desk.write(TABLE), f"--{kind}", str(side))
    everything = [] if kind == "messages" else [f"--{kind}", "all"]
    run(world, desk.write(TABLE), *everything).assert_exit(0)
    held = world.box.snapshot("Sandbox Oy")
    assert len(held[kind]) == {"messages": 3, "labels": 1, "contacts": 3}[kind]
    assert sum(len(talk) for talk in held["messages"].values()) == 3 + (kind == "messages")


def test_a_ticket_that_failed_for_its_message_is_tried_with_the_mended_one(world: World, desk: Desk) -> None:
    path = desk.write("ID,Subject,Requester\n1,One,jane@example.com")
    messages = desk.write("ticket,body\n1," + "long " * 30_000, "messages.csv")
    run(world, path, "--messages", str(messages)).assert_exit(3)
    desk.write("ticket,body\n1,short", "messages.csv")
    run(world, path, "--messages", str(messages)).assert_exit(0)
    assert subjects(world) == ["One"]


def test_a_table_of_other_tickets_says_nothing_of_those_that_wait(world: World, desk: Desk) -> None:
    planned(world, desk.write(TABLE))
    more = TABLE.replace("1,One", "11,Eleven").replace("2,Two", "12,Twelve").replace("3,Three", "13,More")
    run(world, desk.write(more, "february.csv")).assert_exit(0)
    assert subjects(world) == ["Eleven", "More", "One", "Three", "Twelve", "Two"]


def test_a_row_that_cannot_be_read_is_no_import_of_everything(world: World, desk: Desk) -> None:
    ragged = TABLE.replace("Second text,", "Second text,,,")
    ran = run(world, desk.write(ragged)).assert_exit(3)
    assert "Left behind: 1 x RAGGED_ROW" in ran.err
    assert "Not everything arrived." in ran.err
    assert "Done." not in ran.err
    failed = world.workspace / "failed.csv"
    (listed,) = csv.DictReader(failed.read_text().splitlines())
    assert (listed["origin"], listed["_state"], listed["_error_code"]) == (
        "tickets.csv:3",
        "unread",
        "RAGGED_ROW",
    )
    again = world.run("retry", "--from", failed, "--yes").assert_exit(3)
    assert "1 lines are of what could not be read" in again.err
    world.run("report").assert_exit(0)
    assert "1 records of the source could not be read" in (world.workspace / "report.html").read_text()
    run(world, desk.write(TABLE)).assert_exit(0)
    assert subjects(world) == ["One", "Three", "Two"]
    assert failed.read_text().count("\n") == 1


def test_people_of_a_corrected_address_are_not_tried_again(world: World, desk: Desk) -> None:
    path = desk.write(TABLE.replace("bob@example.com", "bob@@example..com"))
    run(world, path)
    run(world, desk.write(TABLE)).assert_exit(0)
    assert subjects(world) == ["One", "Three", "Two"]


def test_warnings_follow_the_correction(world: World, desk: Desk) -> None:
    path = desk.write(TABLE.replace("solved", "Slved"))
    assert planned(world, path)["unmapped"] == {"status": {"Slved": 1}}
    assert planned(world, desk.write(TABLE))["unmapped"] == {}


NO_IDS = """
    Subject,Description,Requester
    One,First text,jane@example.com
    Two,Second text,jane@example.com
"""


def test_an_edited_row_without_id_is_listed_as_new(world: World, desk: Desk) -> None:
    run(world, desk.write(NO_IDS)).assert_exit(0)
    assert planned(world, desk.write(NO_IDS))["added_count"] == 0
    path = desk.write(NO_IDS.replace("Second text", "Second text!"))
    plan = planned(world, path)
    assert plan["changed_count"] == 0
    assert [one["origin"] for one in plan["added"]] == ["tickets.csv:3"]
    assert any("new in the source since the last import (1): ticket " in one for one in plan["warnings"])
    run(world, path).assert_exit(0)
    assert subjects(world) == ["One", "Two", "Two"]


def test_a_table_of_other_columns_is_another_source(world: World, desk: Desk) -> None:
    run(world, desk.write(TABLE)).assert_exit(0)
    other = desk.write("Nr,Title,Customer\n1,One,jane@example.com", "other.csv")
    ran = run(world, other).assert_exit(2)
    assert "belongs to the source" in ran.err
    assert "--workspace" in ran.err


def test_columns_may_come_to_the_same_file(world: World, desk: Desk) -> None:
    run(world, desk.write(TABLE)).assert_exit(0)
    wider = (
        TABLE.replace("Status", "Status,Tags").replace(",open", ",open,red").replace(",solved", ",solved,")
    )
    plan = planned(world, desk.write(wider))
    assert [one["source_id"] for one in plan["changed"]] == ["1", "3"]


def test_the_title_stays_that_of_the_first_import(world: World, desk: Desk) -> None:
    run(world, desk.write(TABLE, "march.csv"), "--limit", "1").assert_exit(0)
    run(world, desk.write(TABLE, "april.csv")).assert_exit(0)
    held = world.box.snapshot("Sandbox Oy")
    bodies = [message["body"] for talk in held["messages"].values() for message in talk]
    assert len(bodies) == 3
    assert all("[march " in body for body in bodies)


COLUMNS = "ID,Subject,Requester,Status"


def source_of(desk: Desk, header: str, name: str = "b.csv", **options: Any) -> CsvSource:
    cells = [f"{name}@example.com" if name == "Requester" else f"cell {name}" for name in header.split(",")]
    return CsvSource(CsvOptions(paths=(desk.write(f"{header}\n{','.join(cells)}", name),), **options))


@pytest.mark.parametrize(
    ("first", "other", "is_copy", "is_same_in_place"),
    [
        (COLUMNS, COLUMNS, True, True),
        (COLUMNS, "Status,requester,Subject,Id", True, True),
        (COLUMNS, f"{COLUMNS},Tags", True, True),
        (COLUMNS, "ID,Subject,Requester", True, True),
        (f"{COLUMNS},A,B,C", COLUMNS, True, True),
        (f"{COLUMNS},A,B,C,D", COLUMNS, False, True),
        (COLUMNS, "ID,Subject,Requester,Tags", False, True),
        (COLUMNS, "Ticket ID,Subject,Requester,Status", False, True),
        # The ids are gone, or there are ids now: no row is known again.
        (COLUMNS, "Subject,Requester,Status", False, False),
        ("Subject,Requester,Status", COLUMNS, False, False),
        # Ids are made of whole rows, each cell with the name of its column.
        ("Subject,Requester,Status", "Subject,Requester,Status", True, True),
        ("Subject,Requester,Status", "subject,status,requester", True, True),
        ("Subject,Requester,Status", "Subject,Requester,State", False, False),
        ("Subject,Requester,Status", "Subject,Requester,Status,Tags", False, False),
        ("Subject,Requester,Status", "Subject,Requester", False, False),
    ],
)
def test_a_copy_is_the_same_source_as_long_as_its_rows_are_known_again(
    tmp_path: Path, first: str, other: str, is_copy: bool, is_same_in_place: bool
) -> None:
    desk = Desk(tmp_path)
    pinned = source_of(desk, first, "a.csv").identity()
    assert source_of(desk, other, "b.csv").is_same(pinned) is is_copy
    assert source_of(desk, other, "a.csv").is_same(pinned) is is_same_in_place


def test_another_column_of_ids_makes_every_row_new(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    pinned = source_of(desk, f"{COLUMNS},Case").identity()
    assert not source_of(desk, f"{COLUMNS},Case", group_by="Case").is_same(pinned)


def test_workspaces_of_older_days_know_only_whether_columns_are_equal(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    pinned = f"{tmp_path / 'a.csv'} [2b590dce]"
    assert source_of(desk, COLUMNS).is_same(pinned)
    assert not source_of(desk, f"{COLUMNS},Tags").is_same(pinned)
    assert source_of(desk, f"{COLUMNS},Tags", "a.csv").is_same(pinned)
    assert not source_of(desk, "Subject,Requester,Status", "a.csv").is_same(pinned)


def test_a_copy_with_one_more_column_is_a_delta(world: World, desk: Desk) -> None:
    run(world, desk.write(TABLE)).assert_exit(0)
    rows = [line.strip() for line in CORRECTED.strip().splitlines()]
    copy = desk.write("\n".join([f"{rows[0]},Floor", *(f"{row},3" for row in rows[1:])]), "copy.csv")
    run(world, copy).assert_exit(0)
    assert subjects(world) == ["One", "Three", "Two"]


def test_what_would_make_twins_is_refused_with_what_it_would_do(world: World, desk: Desk) -> None:
    run(world, desk.write(NO_IDS)).assert_exit(0)
    rows = [line.strip() for line in NO_IDS.strip().splitlines()]
    wider = desk.write("\n".join([f"{rows[0]},Floor", *(f"{row},3" for row in rows[1:])]))
    told = run(world, wider).assert_exit(2).err
    assert "new: 'Floor'" in told
    assert "without a column of ids" in told
    assert "every row would be a new ticket beside the one that was imported" in told
    other = desk.write("Nr,Title,Customer\n1,One,jane@example.com", "other.csv")
    told = run(world, other).assert_exit(2).err
    assert "this workspace belongs to the source" in told
    assert "in another --workspace every ticket of a copy would be made twice" in told
    assert len(subjects(world)) == 2


JANUARY = """
    ID,Subject,Requester,Created
    1,Printer,jane@example.com,2024-01-05
    2,Login,bob@example.com,2024-01-06
"""
FEBRUARY = """
    ID,Subject,Requester,Created
    1,Invoice,jane@example.com,2024-02-05
    2,Parcel,eve@example.com,2024-02-06
"""
OTHERS = "these look like other tickets with the same ids: 2"


def test_numbers_that_begin_anew_are_no_corrections(world: World, desk: Desk) -> None:
    run(world, desk.write(JANUARY, "january.csv")).assert_exit(0)
    february = desk.write(FEBRUARY, "february.csv")
    plan = planned(world, february)
    assert plan["warnings"][0].startswith(OTHERS)
    assert 'id = "february-{ID}"' in plan["warnings"][0]
    assert plan["strangers_count"] == 2
    assert [one["origin"] for one in plan["changed"]][:2] == ["february.csv:2", "february.csv:3"]
    ran = run(world, february).assert_exit(3)
    assert OTHERS in ran.err
    assert "Left behind: 2 x ticket" in ran.err
    assert "Done." not in ran.err
    assert subjects(world) == ["Login", "Printer"]
    run(world, desk.write(JANUARY, "january.csv")).assert_exit(0)


def test_nothing_of_other_tickets_comes_to_those_that_bear_their_ids(world: World, desk: Desk) -> None:
    def told(text: str, status: str, comment: str) -> str:
        header, *rows = (line.strip() for line in text.strip().splitlines())
        return "\n".join([f"{header},Status,Comment", *(f"{row},{status},{comment}" for row in rows)])

    january, february = told(JANUARY, "open", "Hello"), told(FEBRUARY, "closed", "Goodbye")
    run(world, desk.write(january, "january.csv")).assert_exit(0)
    before, writes = world.box.snapshot("Sandbox Oy"), world.writes()
    run(world, desk.write(february, "february.csv"), "--contacts", "used").assert_exit(3)
    assert world.writes() == writes
    run(world, desk.write(january, "january.csv")).assert_exit(0)
    after = world.box.snapshot("Sandbox Oy")
    assert after["messages"] == before["messages"]
    assert [one["status"] for one in after["tickets"]] == ["open", "open"]
    world.run("verify").assert_exit(0)


def test_the_prefix_that_is_advised_makes_them_tickets_of_their_own(world: World, desk: Desk) -> None:
    run(world, desk.write(JANUARY, "january.csv")).assert_exit(0)
    mapping = desk.write('[ticket.fields]\nid = "february-{ID}"', "map.toml")
    run(world, desk.write(FEBRUARY, "february.csv"), "--map", str(mapping)).assert_exit(0)
    assert subjects(world) == ["Invoice", "Login", "Parcel", "Printer"]


@pytest.mark.parametrize(
    "corrected",
    [
        JANUARY.replace("Printer", "Printer!").replace("Login", "Login!"),
        JANUARY.replace("2024-01", "2024-03"),
        f"{JANUARY}3,Third,jane@example.com,2024-01-07".replace("Printer", "Ink").replace("-05", "-04"),
    ],
    ids=["subjects", "dates", "one of two"],
)
def test_corrections_are_not_taken_for_other_tickets(world: World, desk: Desk, corrected: str) -> None:
    run(world, desk.write(f"{JANUARY}3,Third,jane@example.com,2024-01-07")).assert_exit(0)
    if "Ink" in corrected:
        corrected = corrected.replace("Login", "Log in").replace("Third", "The third")
    path = desk.write(corrected)
    assert not any("look like other tickets" in words for words in planned(world, path)["warnings"])
    run(world, path).assert_exit(0)


def test_without_dates_other_tickets_are_told_by_who_asked(world: World, desk: Desk) -> None:
    undated = [text.replace(",Created", "") for text in (JANUARY, FEBRUARY)]
    first, second = ("\n".join(re.sub(",2024.*", "", line) for line in text.splitlines()) for text in undated)
    run(world, desk.write(first)).assert_exit(0)
    plan = planned(world, desk.write(second, "february.csv"))
    assert plan["strangers_count"] == 1
    assert plan["warnings"][0].startswith("these look like other tickets with the same ids: 1")


def test_a_message_that_comes_to_an_imported_ticket_is_listed(world: World, desk: Desk) -> None:
    events = "ID,Subject,Requester,Updated,Comment,Time spent\n1,One,jane@example.com,2024-01-01,Hello,10m"
    run(world, desk.write(events)).assert_exit(0)
    assert planned(world, desk.write(events))["added_count"] == 0
    more = f"{events}\n1,One,jane@example.com,2024-01-02,Again,20m\n2,Two,jane@example.com,2024-01-02,Hi,5m"
    plan = planned(world, desk.write(more))
    listed = [(one["kind"], one["origin"]) for one in plan["added"]]
    # What is new with its ticket is not listed beside it.
    assert sorted(listed) == [
        ("message", "tickets.csv:2"),
        ("ticket", "tickets.csv:4"),
        ("time_entry", "tickets.csv:2"),
    ]
    assert any("new in the source since the last import (3): ticket 2 " in one for one in plan["warnings"])
    run(world, desk.write(more)).assert_exit(0)
    bodies = [m["body"] for talk in world.box.snapshot("Sandbox Oy")["messages"].values() for m in talk]
    assert len(bodies) == 3


def test_a_table_without_ids_of_which_no_row_comes_back_is_told_loudly(world: World, desk: Desk) -> None:
    run(world, desk.write(NO_IDS)).assert_exit(0)
    words = "none of the 2 tickets that were imported is in the source now"
    assert not any(words in one for one in planned(world, desk.write(NO_IDS))["warnings"])
    other = desk.write(NO_IDS.replace("text", "text translated"))
    for _ in range(2):
        (told,) = (one for one in planned(world, other)["warnings"] if words in one)
        assert "is made a second time" in told
    assert words in run(world, other).assert_exit(0).err
    assert not any(words in one for one in planned(world, other)["warnings"])


def test_other_tickets_of_a_table_with_ids_are_nothing_to_warn_of(world: World, desk: Desk) -> None:
    run(world, desk.write(TABLE)).assert_exit(0)
    more = TABLE.replace("1,One", "11,Eleven").replace("2,Two", "12,Twelve").replace("3,Three", "13,More")
    plan = planned(world, desk.write(more))
    assert plan["added_count"] == 3
    assert not any("none of the" in one for one in plan["warnings"])


def test_what_hangs_on_a_ticket_that_was_not_read_again_is_not_gone(world: World, desk: Desk) -> None:
    long = TABLE.replace("Second text", "long " * 40_000)
    run(world, desk.write(long)).assert_exit(3)
    run(world, desk.write(TABLE.replace("2,Two,Second text,jane@example.com,solved", ""))).assert_exit(3)
    world.run("retry", "--long-bodies", "truncate", "--yes").assert_exit(0)
    held = world.box.snapshot("Sandbox Oy")
    assert sorted(len(talk) for talk in held["messages"].values()) == [1, 1, 1]
    assert any("long long" in talk[0]["body"] for talk in held["messages"].values())


def test_a_correction_of_subject_and_date_is_no_other_ticket(world: World, desk: Desk) -> None:
    dated = (
        "ID,Subject,Requester,Created\n1,One,jane@example.com,2024-01-02\n2,Two,bob@example.com,2024-01-03"
    )
    run(world, desk.write(dated)).assert_exit(0)
    ran = run(world, desk.write(dated.replace("One", "First").replace("2024-01-02", "2024-01-05")))
    assert "ids of others" not in ran.assert_exit(0).err
