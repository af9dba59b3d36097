"""The contract suites on the source and the sink that come with them, and a whole load between the two."""

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate.api import Created, Extracted, Problem, Refs, Sink, Source
from tiketti_migrate.errors import InDoubt, Refused, SourceError
from tiketti_migrate.extract import extract
from tiketti_migrate.load import LoadOptions, load, prepare
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import Contact, Label, Message, Outcome, Record, Ticket
from tiketti_migrate.store import Workspace
from tiketti_migrate.survey import survey
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
        assert workspace.ledger.problems.counts() == {"ODD": 1}
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


LONG_AGO = dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14)))


@pytest.mark.parametrize(
    ("item", "where"),
    [
        (object(), "object"),
        ((), "tuple"),
        ([object()], "object"),
        ([{"kind": "contact"}], "contact"),
        ({}, "dict"),
        ({"kind": "nothing", "source_id": "7"}, "nothing 7"),
        ({"kind": "contact", "source_id": "c2", "name": None, "origin": "a.csv:7"}, "a.csv:7"),
        ({"kind": "contact", "source_id": "c2", "name": "half a pair \ud800"}, "contact c2"),
        ({"kind": "contact", "source_id": "c2", "name": "x", "extra": {"a": float("nan")}}, "contact c2"),
        (Contact.model_construct(name="x"), "contact"),
        (Contact.model_construct(source_id="c2", name=b"bytes"), "contact c2"),
        (Contact(source_id="c2", name="half a pair \ud800"), "contact c2"),
        (Ticket(source_id="t2", subject="old", requester_id="c", created_at=LONG_AGO), "ticket t2"),
        (Problem("ODD", object(), "here"), "here"),  # type: ignore[arg-type]
        (Problem(None, None, None), "None"),  # type: ignore[arg-type]
        (Problem("ODD", "x", "half \ud800"), "half ?"),
    ],
)
def test_whatever_a_source_yields_is_counted_and_ends_no_run(tmp_path: Path, item: Any, where: str) -> None:
    sink = MemorySink()
    with Workspace(tmp_path / "w") as workspace:
        assert run(workspace, sink, [item, *RECORDS])
        assert where in [place for _, place, _ in workspace.ledger.problems.listing()]
        assert workspace.ledger.views.counts()["ticket"]["done"] == 1
        survey(workspace.ledger)


def test_a_source_that_fails_is_named_and_what_was_read_is_kept(tmp_path: Path) -> None:
    class Failing(ListSource):
        def extract(self, cursor: str | None) -> Iterator[Extracted]:
            yield from super().extract(cursor)
            raise RuntimeError("bug")

    with Workspace(tmp_path / "w") as workspace:
        with pytest.raises(SourceError, match="list failed: RuntimeError: bug"):
            extract(Failing(RECORDS), workspace.ledger, MemorySink.kinds, Quiet(), threading.Event())
        assert workspace.ledger.views.counts()["ticket"]["pending"] == 1
