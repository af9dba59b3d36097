"""A run that only collects failures stops (load rule 10), and what it cost is not lost."""

import csv
import time
from pathlib import Path
from typing import Any

from tiketti_migrate.errors import AccessDenied, RefusedTooOften
from tiketti_migrate.load.breaker import Breaker
from tiketti_migrate.records import Contact, Message, Outcome, Record, Ticket
from tiketti_migrate.store import Claim, Done, Failed, Ledger
from world import World, account, write_export

TOO_LONG = "x" * 300


KEYS = [("message", "m"), ("contact", "c"), ("ticket", "t"), ("message", "n"), ("outcome", "t")]


def failed_rows(world: World) -> list[dict[str, str]]:
    with (world.workspace / "failed.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def refused_account(tickets: int) -> dict[str, list[dict[str, Any]]]:
    """Nothing but what all tickets share can be written."""
    data = account(tickets)
    for ticket in data["tickets"]:
        ticket |= {"subject": TOO_LONG + str(ticket["id"]), "requester_id": 100, "tags": ["all"]}
    return data


def test_twenty_equal_refusals_stop_the_run_and_mended_records_go_on(world: World) -> None:
    export = write_export(world.folder / "export", refused_account(40))
    ran = world.run("import", "zendesk", export, "--yes", "--workers", "2").assert_exit(4)
    assert "20 ticket writes in a row were refused" in ran.err
    assert "resume with: tiketti-migrate" in ran.err
    assert world.box.request_counts["POST /tickets"] <= 22
    refused = [row for row in failed_rows(world) if row["kind"] == "ticket"]
    assert 20 <= len(refused) <= 22
    assert all(row["_error_code"] == "VALIDATION_ERROR" for row in refused)
    # Tried again without being mended, the first twenty stop it again.
    world.run("retry", "--yes", "--workers", "2").assert_exit(4)
    mended = account(40)
    write_export(export, mended)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    world.assert_arrived(mended)


def test_kinds_that_fail_in_turn_do_not_hide_one_another(world: World) -> None:
    data = refused_account(40)
    for ticket in data["tickets"]:
        ticket["tags"] = [TOO_LONG + str(ticket["id"])]
    export = write_export(world.folder / "export", data)
    ran = world.run("import", "zendesk", export, "--yes", "--workers", "2").assert_exit(4)
    assert "in a row were refused" in ran.err
    assert world.box.request_counts["POST /tickets"] < 40


def test_refusals_between_successes_never_stop_it(world: World) -> None:
    data = account(60)
    for ticket in data["tickets"][::2]:
        ticket["subject"] = TOO_LONG
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(3)
    states = world.status()["records"]["ticket"]
    assert (states["done"], states["failed"]) == (30, 30)


def test_a_role_that_is_taken_away_costs_no_record(world: World) -> None:
    data = account(30)
    export = write_export(world.folder / "export", data)
    process = world.start("import", "zendesk", export, "--yes", "--workers", "4")
    deadline = time.monotonic() + 30
    while world.writes().total() < 20:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    world.box.set_role("admin@sandbox.test", "viewer")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 4, err
    assert "forbids every" in err
    assert "resume with: tiketti-migrate" in err
    states = world.status()["records"]
    assert all(row["failed"] == row["in-flight"] == 0 for row in states.values())
    assert states["outcome"]["pending"] > 0
    world.box.set_role("admin@sandbox.test", "admin")
    world.run("resume", "--yes").assert_exit(0)
    world.assert_arrived(data)


class TestCounting:
    """What the breaker counts, without a server."""

    def test_a_success_starts_the_count_anew(self) -> None:
        breaker = Breaker()
        for number in range(100):
            assert breaker.refused(number, "ticket", "X", 422, "no") is None
            if number % 19 == 18:
                breaker.succeeded(number + 1)

    def test_each_code_and_kind_counts_by_itself(self) -> None:
        breaker = Breaker()
        for number in range(57):
            assert breaker.refused(number, "ticket", f"X{number % 3}", 422, "no") is None
        assert isinstance(breaker.refused(57, "ticket", "X0", 422, "no"), RefusedTooOften)

    def test_five_forbidden_kinds_are_one_cause_and_their_rows_are_named(self) -> None:
        breaker = Breaker()
        for number, kind in enumerate(("label", "contact", "company", "label")):
            assert breaker.refused(number, kind, "FORBIDDEN", 403, "no") is None
        stopped = breaker.refused(4, "contact", "FORBIDDEN", 403, "no")
        assert isinstance(stopped, AccessDenied)
        assert "every write" in str(stopped)
        # What was under way comes in later and says as little about its record.
        breaker.refused(5, "contact", "FORBIDDEN", 403, "no")
        breaker.succeeded(6)
        assert breaker.forbidden
        assert breaker.rows == [0, 1, 2, 3, 4, 5]

    def test_a_success_that_left_before_the_refusals_says_nothing_about_them(self) -> None:
        breaker = Breaker()
        breaker.refused(1, "ticket", "X", 403, "no")
        breaker.refused(2, "ticket", "X", 403, "no")
        breaker.succeeded(1)
        assert breaker.rows == [2]

    def test_forbidden_before_a_success_is_about_the_record(self) -> None:
        breaker = Breaker()
        for number in range(50):
            assert breaker.refused(number, "label", f"F{number}", 403, "no") is None
            breaker.succeeded(number + 1)
        assert breaker.rows == []
        assert not breaker.forbidden


def test_a_reply_that_is_tried_again_has_the_status_set_again(tmp_path: Path) -> None:
    records: list[Record] = [
        Contact(source_id="c", name="Jane", email="jane@example.com"),
        Ticket(source_id="t", subject="Hello", requester_id="c"),
        Message(source_id="m", ticket_id="t", body="first"),
        Message(source_id="n", ticket_id="t", body="second"),
        Outcome(source_id="t", status="resolved"),
    ]
    ledger = Ledger(tmp_path / "migration.db")
    ledger.staging.add(records)
    ledger.staging.finish({record.kind for record in records})
    ids = {key: found.id for key in KEYS if (found := ledger.rows.find(*key)) is not None}
    carried = ids["message", "m"]
    for kind, source_id in KEYS[1:]:
        row = ids[kind, source_id]
        ledger.rows.claim([Claim(row, carried if kind == "ticket" else None)], 1.0)
        refused = kind == "message"
        ledger.rows.apply([Failed(row, "X", "no") if refused else Done(row, kind, True, "create")], 2.0)
    ledger.lanes.arrange("default")
    ledger.lanes.close(["t"])
    assert ledger.rows.retry() == 1
    assert ledger.rows.get(ids["outcome", "t"]).state == "pending"
    assert ledger.lanes.count() == (1, 1)
    ledger.close()
