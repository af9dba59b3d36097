"""The contract suites on the source and the sink that come with them, and a whole load between the two."""

import threading
from pathlib import Path

import pytest

from tiketti_migrate.api import Created, Problem, Refs, Sink, Source
from tiketti_migrate.errors import InDoubt, Refused
from tiketti_migrate.extract import extract
from tiketti_migrate.load import LoadOptions, load, prepare
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import Contact, Label, Message, Outcome, Record, Ticket
from tiketti_migrate.store import Workspace
from tiketti_migrate.testing import ListSource, MemorySink, SinkContract, SourceContract

RECORDS: list[Record | Problem] = [
    Ticket(source_id="t", subject="Hello", requester_id="c", label_ids=("l",)),
    Contact(source_id="c", name="Jane", email="jane@example.com"),
    Label(source_id="l", name="vip"),
    Message(source_id="m", ticket_id="t", author_id="c", body="first"),
    Message(source_id="n", ticket_id="t", author_id="c", body="second", is_internal=True),
    Outcome(source_id="t", status="resolved"),
    Problem("ODD", "a bad line", "list:7"),
]


class TestListSource(SourceContract):
    def make(self) -> Source:
        return ListSource(RECORDS)


class TestMemorySink(SinkContract):
    @pytest.fixture(autouse=True)
    def _target(self) -> None:
        self.sink = MemorySink()

    def make(self) -> Sink:
        return self.sink


def run(workspace: Workspace, sink: Sink, records: list[Record | Problem], **options: object) -> bool:
    ledger = workspace.ledger
    how = LoadOptions.model_validate(options)
    extract(ListSource(records), ledger, sink.kinds, Quiet(), threading.Event())
    prepare(ledger, sink, how)
    return load(ledger, sink, how, Quiet(), threading.Event()).complete


def test_a_load_in_memory_carries_the_first_message_with_the_ticket(tmp_path: Path) -> None:
    sink = MemorySink()
    with Workspace(tmp_path / "w") as workspace:
        assert run(workspace, sink, RECORDS)
        counts = workspace.ledger.views.counts()
        assert counts["message"]["done"] == 2
        assert workspace.ledger.views.problems() == {"ODD": 1}
    assert sorted(record.kind for record in sink.objects.values()) == [
        "contact", "label", "message", "outcome", "ticket",
    ]  # fmt: skip


class LosingSink(MemorySink):
    """Does the write and loses the answer, the first time for each record."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: set[tuple[str, str]] = set()

    def create(self, record: Record, refs: Refs) -> Created:
        made = super().create(record, refs)
        key = (record.kind, record.source_id)
        if key not in self.lost:
            self.lost.add(key)
            raise InDoubt("the connection broke")
        return made


def test_every_lost_answer_is_settled_and_nothing_is_made_twice(tmp_path: Path) -> None:
    sink = LosingSink()
    with Workspace(tmp_path / "w") as workspace:
        assert run(workspace, sink, RECORDS, settle=1)
        created = [row for row in workspace.ledger.views.mapped() if row.created]
    made = [(record.kind, record.source_id) for record in sink.objects.values() if record.kind != "outcome"]
    assert sorted(made) == [("contact", "c"), ("label", "l"), ("message", "n"), ("ticket", "t")]
    assert {row.kind for row in created} >= {"contact", "label", "ticket", "message"}


class RefusingSink(MemorySink):
    def create(self, record: Record, refs: Refs) -> Created:
        if record.kind == "message":
            raise Refused("no notes today", status=422, code="NO")
        return super().create(record, refs)


def test_a_refused_message_leaves_no_solved_ticket_open(tmp_path: Path) -> None:
    sink = RefusingSink()
    with Workspace(tmp_path / "w") as workspace:
        assert not run(workspace, sink, RECORDS)
        failures = [(f.record.source_id, f.code) for f in workspace.ledger.views.failures()]
    assert failures == [("n", "NO")]
    assert any(record.kind == "outcome" for record in sink.objects.values())


def test_an_unexpected_error_of_a_sink_leaves_the_write_in_doubt(tmp_path: Path) -> None:
    class Broken(MemorySink):
        def create(self, record: Record, refs: Refs) -> Created:
            made = super().create(record, refs)
            if record.kind == "ticket" and "broken" not in vars(self):
                self.broken = True
                raise RuntimeError("bug")
            return made

    sink = Broken()
    with Workspace(tmp_path / "w") as workspace:
        assert run(workspace, sink, RECORDS, settle=1)
    assert sum(record.kind == "ticket" for record in sink.objects.values()) == 1
