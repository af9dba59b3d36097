"""What the ledger is asked about attachments for each write costs the same however many there are."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tiketti_migrate.extract import extract
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS, Attachment, Contact, Message, Record, Ticket
from tiketti_migrate.store import Back, Claim, Failed, Ledger
from tiketti_migrate.testing import ListSource


def ledger_of(path: Path, messages: int) -> Ledger:
    ledger = Ledger(path)
    records: list[Record] = [Contact(source_id="c", name="J")]
    records += [Ticket(source_id=f"t{n}", subject="x", requester_id="c") for n in range(messages)]
    records += [Message(source_id=f"m{n}", ticket_id=f"t{n}", body="x") for n in range(messages)]
    records += [Attachment(source_id=f"a{n}", message_id=f"m{n}", filename="a") for n in range(messages)]
    extract(ListSource(records), ledger, KINDS, Quiet(), threading.Event())
    return ledger


def steps(ledger: Ledger, work: Callable[[], object]) -> int:
    """How many steps SQLite's machine takes for it, by hundreds."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection = ledger._database._connection
    connection.set_progress_handler(count, 100)
    work()
    connection.set_progress_handler(None, 0)
    return taken


def message(ledger: Ledger) -> int:
    row = ledger.rows.find("message", "m7")
    assert row is not None
    return row.id


@pytest.mark.parametrize("messages", [10, 3000])
def test_a_message_finds_its_files_by_an_index(tmp_path: Path, messages: int) -> None:
    ledger = ledger_of(tmp_path / "migration.db", messages)
    row = message(ledger)
    assert steps(ledger, lambda: ledger.files.of(["m7"])) < 20
    assert steps(ledger, lambda: ledger.rows.claim([Claim(row)], 1.0)) < 20
    assert steps(ledger, lambda: ledger.rows.apply([Back(row, "later")], 1.0)) < 20
    ledger.close()


def test_what_was_claimed_is_told_again_until_it_is_known_not_to_have_arrived(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "migration.db", 10)
    row = message(ledger)
    file = next(one.row for one in ledger.files.waiting() if one.record.message_id == "m7")

    def missing() -> bool:
        return ledger.files.of(["m7"])["m7"][0].missing is not None

    ledger.rows.claim([Claim(row)], 1.0)
    ledger.rows.apply([Back(row, "may have arrived", attempted=True)], 1.0)
    ledger.files.kept(file, "0" * 64, 5)
    assert missing(), "the attempt that may still turn up said so"
    ledger.rows.claim([Claim(row)], 1.0)
    assert ledger.files.note_late() == 1
    assert ledger.files.note_late() == 0
    ledger.rows.apply([Failed(row, "NO", "refused")], 1.0)
    ledger.rows.retry()
    assert not missing(), "it was not written, and may tell otherwise"
    ledger.close()


def test_notes_that_are_foreseen_are_counted_in_time_that_grows_with_their_number(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path / "migration.db", 3000)
    connection = ledger._database._connection
    connection.execute("UPDATE row SET state = 'done' WHERE kind = 'message'")
    assert ledger.files.note_late(foreseen=True) == 3000
    assert steps(ledger, ledger.files.promised) < 10_000
    assert ledger.files.promised() == 3000
    ledger.close()
