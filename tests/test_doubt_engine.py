"""What the engine decides about writes in doubt, on a real ledger and a sink in memory."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tiketti_migrate.api import Absent, Created, Found, Inconclusive, Lookup, Refs
from tiketti_migrate.errors import Conflict, InDoubt
from tiketti_migrate.load import LoadOptions, load
from tiketti_migrate.load.settle import judge
from tiketti_migrate.load.steps import Agenda, Create, Later, LookUp, Planner
from tiketti_migrate.load.work import Clash
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import Contact, Message, Outcome, Record, Ticket
from tiketti_migrate.store import Back, Claim, Done, Failed, Ledger
from tiketti_migrate.testing import MemorySink

WHEN = datetime(2023, 5, 1, tzinfo=UTC)
JANE = Contact(source_id="1", name="Jane", email="jane@example.org")
TICKET = Ticket(source_id="1", subject="Help", requester_id="1", created_at=WHEN)


def message(source_id: str, minutes: int) -> Message:
    return Message(source_id=source_id, ticket_id="1", body="x", created_at=WHEN + timedelta(minutes=minutes))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "migration.db")
    yield made
    made.close()


def staged(ledger: Ledger, *records: Record) -> None:
    ledger.staging.add(records)
    ledger.staging.finish(MemorySink.kinds)


def row_of(ledger: Ledger, record: Record) -> int:
    row = ledger.rows.find(record.kind, record.source_id)
    assert row is not None
    return row.id


def test_an_attempt_in_doubt_keeps_the_description_it_is_recognised_by(ledger: Ledger) -> None:
    first, older = message("m1", 5), message("m0", 1)
    staged(ledger, JANE, TICKET, first)
    ticket = row_of(ledger, TICKET)
    ledger.rows.claim([Claim(row_of(ledger, JANE))], 1.0)
    ledger.rows.apply([Done(row_of(ledger, JANE), "c1", True, "create")], 1.0)
    ledger.rows.claim([Claim(ticket, row_of(ledger, first))], 1.0)
    ledger.rows.apply([Back(ticket, "looked up: it did not arrive", attempted=True)], 2.0)
    # A newer export holds a message from before.
    staged(ledger, older)
    planner = Planner(ledger, MemorySink(), LoadOptions(), Agenda())
    step = planner.step(ledger.rows.get(ticket))
    assert isinstance(step, Create)
    assert step.carries == row_of(ledger, first)
    assert step.refs.first_message == first


@pytest.mark.parametrize("hours", [-3, 0, 3])
def test_a_row_of_a_killed_run_is_looked_for_at_once_whatever_the_clock_says(
    ledger: Ledger, hours: int
) -> None:
    staged(ledger, JANE, TICKET)
    ticket = row_of(ledger, TICKET)
    now = datetime.now(UTC).timestamp()
    ledger.rows.claim([Claim(ticket)], now + hours * 3600)
    agenda = Agenda()
    planner = Planner(ledger, MemorySink(), LoadOptions(), agenda)
    step = planner.step(ledger.rows.get(ticket))
    assert isinstance(step, LookUp | Later)
    assert agenda.due[ticket] - agenda.doubted[ticket] <= 1.0
    # What it died with may still be on its way: absence is not believed before this run has waited.
    row = ledger.rows.get(ticket)
    looked = LookUp(row, TICKET, Refs(), datetime.now(UTC), frozenset())
    assert judge(looked, Absent(), MemorySink(), LoadOptions(), agenda).change is None
    assert isinstance(judge(looked, Absent(), MemorySink(), LoadOptions(settle=0), agenda).change, Back)


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_ticket_of_an_earlier_run_is_revisited_whatever_the_clock_says(ledger: Ledger, hours: int) -> None:
    outcome = Outcome(source_id="1", status="resolved")
    staged(ledger, JANE, TICKET, outcome)
    now = datetime.now(UTC).timestamp()
    for record in (JANE, TICKET):
        ledger.rows.claim([Claim(row_of(ledger, record))], now + hours * 3600)
        # Found, perhaps, by this run; what counts is when it was sent.
        done = Done(row_of(ledger, record), record.source_id, True, "create", status="open")
        ledger.rows.apply([done], now)
    planner = Planner(ledger, MemorySink(), LoadOptions(), Agenda())
    step = planner.step(ledger.rows.get(row_of(ledger, outcome)))
    assert isinstance(step, Create)
    assert step.refs.revisited


def clash(ledger: Ledger, agenda: Agenda, holder: Lookup, settle: float) -> object:
    row = ledger.rows.get(row_of(ledger, JANE))
    conflict = Conflict("E-mail has been taken", status=422, code="EMAIL_TAKEN")
    step = Create(row, JANE, Refs())
    return judge(step, Clash(conflict, holder), MemorySink(), LoadOptions(settle=settle), agenda).change


def test_a_taken_key_whose_holder_is_not_shown_is_asked_again(ledger: Ledger) -> None:
    staged(ledger, JANE)
    agenda = Agenda()
    assert isinstance(clash(ledger, agenda, Absent(), 10), Back)
    planner = Planner(ledger, MemorySink(), LoadOptions(), agenda)
    assert isinstance(planner.step(ledger.rows.get(row_of(ledger, JANE))), Later)
    # When the wait is over, it is a refusal like any other.
    assert isinstance(clash(ledger, agenda, Absent(), 0), Failed)


def test_a_taken_key_behind_cut_lists_ends_in_doubt_and_never_as_a_refusal(ledger: Ledger) -> None:
    staged(ledger, JANE)
    agenda = Agenda()
    changes = [clash(ledger, agenda, Inconclusive("cut"), 0) for _ in range(6)]
    assert [type(change) for change in changes[:5]] == [Back] * 5
    assert changes[5] is None
    assert row_of(ledger, JANE) in agenda.parked


def test_a_namesake_of_somebody_else_is_taken_only_when_ours_had_its_time(ledger: Ledger) -> None:
    staged(ledger, JANE, TICKET)
    ticket = row_of(ledger, TICKET)
    ledger.rows.claim([Claim(ticket)], datetime.now(UTC).timestamp())
    looked = LookUp(ledger.rows.get(ticket), TICKET, Refs(), WHEN, frozenset())
    agenda = Agenda()
    theirs = Found("x")
    assert judge(looked, theirs, MemorySink(), LoadOptions(settle=10), agenda).change is None
    taken = judge(looked, theirs, MemorySink(), LoadOptions(settle=0), agenda).change
    assert isinstance(taken, Done)
    assert not taken.created
    assert taken.warnings


class Forgetful(MemorySink):
    """Says of everything that it was made by an earlier import, perhaps."""

    def find(self, record: Record, refs: Refs, since: datetime | None, known: frozenset[str]) -> Lookup:
        return Inconclusive("cannot tell")


def test_what_cannot_be_adopted_or_ruled_out_is_reported(ledger: Ledger) -> None:
    staged(ledger, JANE, TICKET)
    options = LoadOptions(settle=0, adopt_existing=True)
    loaded = load(ledger, Forgetful(), options, Quiet(), threading.Event())
    assert not loaded.complete
    assert [failure.code for failure in ledger.views.failures()] == ["CANNOT_TELL"]


class Lossy(MemorySink):
    """Keeps nothing and answers nothing."""

    def create(self, record: Record, refs: Refs) -> Created:
        raise InDoubt("the server failed (500)")


@pytest.mark.parametrize("record", [JANE, Ticket(source_id="9", subject="S", requester_id="9")])
def test_a_lost_write_is_not_sent_for_ever(ledger: Ledger, record: Record) -> None:
    row = ledger.rows
    staged(ledger, record)
    agenda, sink = Agenda(), Lossy()
    planner = Planner(ledger, sink, LoadOptions(settle=0), agenda)
    number = row_of(ledger, record)
    for attempt in range(10):
        row.claim([Claim(number)], 1.0)
        verdict = judge(
            Create(row.get(number), record, Refs()), InDoubt("lost"), sink, LoadOptions(settle=0), agenda
        )
        assert verdict.change is not None
        row.apply([verdict.change], 1.0)
        agenda.due[number] = 0.0
        step = planner.step(row.get(number))
        if isinstance(step, LookUp):
            change = judge(step, Absent(), sink, LoadOptions(settle=0), agenda).change
        else:
            change = getattr(step, "change", None)
        assert isinstance(change, Failed if attempt == 9 else Back)
        row.apply([change], 1.0)
