"""The ledger and the workspace on a real disk."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tiketti_migrate.api import Existing
from tiketti_migrate.errors import LedgerError, UsageError, WorkspaceInUse
from tiketti_migrate.records import Contact, Message, Outcome, Record, Ticket
from tiketti_migrate.store import Back, Claim, Done, Doubt, Failed, Ledger, Packed, Workspace, database
from tiketti_migrate.store.schema import APPLICATION_ID, MIGRATIONS

RECORDS: list[Record] = [
    Contact(source_id="c", name="Jane", email="Jane@example.com"),
    Ticket(source_id="t", subject="Hello", requester_id="c"),
    Message(source_id="m", ticket_id="t", body="first"),
    Message(source_id="n", ticket_id="t", body="second"),
    Outcome(source_id="t", status="resolved"),
]
KINDS = {record.kind for record in RECORDS}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "migration.db")
    ledger.staging.add(RECORDS)
    ledger.staging.finish(KINDS)
    return ledger


def row_of(ledger: Ledger, kind: str, source_id: str = "t") -> int:
    row = ledger.rows.find(kind, source_id)
    assert row is not None
    return row.id


@pytest.mark.parametrize("requester", ["", "x" * 1001])
def test_a_requester_whose_id_no_record_can_have_is_listed(ledger: Ledger, requester: str) -> None:
    batch = Packed()
    batch.add([{"kind": "ticket", "source_id": "u", "subject": "Hi", "requester_id": requester}])
    ledger.staging.write(batch)
    ledger.staging.finish(KINDS)
    assert ledger.problems.counts() == {"BAD_RECORD": 1}


def test_staging_again_changes_nothing(ledger: Ledger) -> None:
    before = ledger.views.counts()
    ledger.staging.add(RECORDS)
    ledger.staging.finish(KINDS)
    assert ledger.views.counts() == before
    ledger.close()


def test_a_claim_is_seen_by_others_before_anything_is_sent(ledger: Ledger, tmp_path: Path) -> None:
    ledger.rows.claim([Claim(row_of(ledger, "contact", "c"))], mark=1000.0)
    other = sqlite3.connect(tmp_path / "migration.db")
    assert other.execute("SELECT state, mark FROM row WHERE kind = 'contact'").fetchone() == (
        "in-flight",
        1000.0,
    )
    other.close()
    ledger.close()


def test_transitions_are_compare_and_set(ledger: Ledger) -> None:
    contact = row_of(ledger, "contact", "c")
    with pytest.raises(LedgerError, match="no longer in-flight"):
        ledger.rows.apply([Done(contact, "1", True, "create")], 1.0)
    ledger.rows.claim([Claim(contact)], 1.0)
    with pytest.raises(LedgerError, match="no longer pending"):
        ledger.rows.claim([Claim(contact)], 1.0)
    ledger.rows.apply([Done(contact, "1", True, "create")], 1.0)
    with pytest.raises(LedgerError, match="no longer in-flight"):
        ledger.rows.apply([Failed(contact, "X", "no")], 1.0)
    ledger.close()


def test_a_batch_is_all_or_nothing(ledger: Ledger) -> None:
    contact, ticket = row_of(ledger, "contact", "c"), row_of(ledger, "ticket")
    ledger.rows.claim([Claim(contact)], 1.0)
    with pytest.raises(LedgerError):
        ledger.rows.apply([Done(contact, "1", True, "create"), Done(ticket, "2", True, "create")], 1.0)
    assert ledger.rows.get(contact).state == "in-flight"
    ledger.close()


def test_one_target_object_is_created_by_one_row_only(ledger: Ledger) -> None:
    first, second = row_of(ledger, "message", "m"), row_of(ledger, "message", "n")
    ledger.rows.claim([Claim(first), Claim(second)], 1.0)
    ledger.rows.apply([Done(first, "7", True, "create")], 1.0)
    with pytest.raises(LedgerError):
        ledger.rows.apply([Done(second, "7", True, "find")], 1.0)
    ledger.close()


def test_the_carried_message_is_done_with_its_ticket(ledger: Ledger) -> None:
    ticket, message = row_of(ledger, "ticket"), row_of(ledger, "message", "m")
    ledger.rows.claim([Claim(ticket, carries=message)], 1.0)
    ledger.rows.apply([Done(ticket, "9", True, "create")], 2.0)
    assert ledger.rows.get(message).state == "done"
    assert ledger.rows.get(row_of(ledger, "message", "n")).state == "pending"
    ledger.close()


def test_a_doubt_is_remembered_until_the_row_is_settled(ledger: Ledger) -> None:
    contact = row_of(ledger, "contact", "c")
    ledger.rows.claim([Claim(contact)], 10.0)
    ledger.rows.apply([Doubt(contact, "timeout", "hung")], 11.0)
    ledger.rows.apply([Back(contact, "absent", attempted=True)], 80.0)
    ledger.rows.claim([Claim(contact)], 81.0)
    assert ledger.rows.get(contact).doubt_mark == 10.0
    ledger.rows.apply([Done(contact, "1", True, "adopt")], 82.0)
    assert ledger.rows.get(contact).doubt_mark is None
    ledger.close()


def test_what_is_there_is_adopted_without_being_ours(ledger: Ledger) -> None:
    assert ledger.adopt("contact", [Existing("jane@example.com", "77")]) == 1
    (mapped,) = ledger.views.mapped()
    assert (mapped.target_id, mapped.created) == ("77", False)
    ledger.close()


def test_agents_who_ask_and_unknown_ids_get_a_contact(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "migration.db")
    ledger.staging.add([Ticket(source_id="t", subject="Hello", requester_id="404")])
    ledger.staging.finish({"ticket", "contact"})
    (contact, _) = sorted(ledger.views.warnings())[0][1:]
    assert contact == "404"
    ledger.close()


def test_a_message_without_its_ticket_is_listed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "migration.db")
    ledger.staging.add([Message(source_id="m", ticket_id="gone", body="x")])
    ledger.staging.finish({"message"})
    assert [failure.code for failure in ledger.views.failures()] == ["MISSING_TICKET"]
    ledger.close()


def test_an_id_that_stands_in_two_tickets_is_listed_and_replaces_nothing(ledger: Ledger) -> None:
    ledger.staging.add([Message(source_id="m", ticket_id="other", body="stranger", origin="x:9")])
    row = ledger.rows.find("message", "m")
    assert row is not None
    assert row.lane == "t"
    assert ledger.problems.listing() == [
        ("REPEATED_ID", "x:9", "message m stands in ticket t already; this one was left out")
    ]
    ledger.close()


def test_a_newer_ledger_is_named_and_left_alone(ledger: Ledger, tmp_path: Path) -> None:
    ledger.close()
    path = tmp_path / "migration.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="newer"):
        Ledger(path)
    assert path.read_bytes() == before


def test_an_older_ledger_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "migration.db"
    with monkeypatch.context() as release:
        release.setattr(database, "MIGRATIONS", MIGRATIONS[:1])
        Ledger(path).close()
    newer = (*MIGRATIONS, "ALTER TABLE row ADD COLUMN extra TEXT")
    monkeypatch.setattr(database, "MIGRATIONS", newer)
    upgraded = Ledger(path)
    upgraded.staging.add(RECORDS)
    assert upgraded.views.counts()["ticket"]["pending"] == 1
    upgraded.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(newer),)
    assert connection.execute("SELECT extra FROM row").fetchone() == (None,)
    connection.close()


def test_a_kill_while_the_ledger_is_made_leaves_one_that_can_be_made(tmp_path: Path) -> None:
    before, after = tmp_path / "before.db", tmp_path / "migration.db"
    connection = sqlite3.connect(before, isolation_level=None)
    # The journal is complete before the commit only when it is not waited for.
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(f"BEGIN IMMEDIATE; {MIGRATIONS[0]}; PRAGMA user_version = 1;")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    journal = (tmp_path / "before.db-journal").read_bytes()
    connection.execute("COMMIT")
    after.write_bytes(before.read_bytes())
    after.with_name("migration.db-journal").write_bytes(journal)
    made = Ledger(after)
    made.staging.add(RECORDS)
    assert made.views.counts()["ticket"]["pending"] == 1
    made.close()
    connection.close()


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "migration.db")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("CREATE TABLE other (id)")
    connection.close()
    with pytest.raises(LedgerError, match="not a ledger"):
        Ledger(tmp_path / "migration.db")


def test_the_lock_dies_with_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    code = (
        "import sys, time; from pathlib import Path; from tiketti_migrate.store import Workspace\n"
        "held = Workspace(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceInUse):
            Workspace(folder)
        owner.kill()
    Workspace(folder).close()


def test_only_a_folder_of_ours_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="will not be emptied"):
        Workspace.scratch(tmp_path / "mine")
    Workspace.scratch(tmp_path / "demo").close()
    Workspace.scratch(tmp_path / "demo").close()
    assert (tmp_path / "mine" / "thesis.txt").exists()
