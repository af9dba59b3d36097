"""What a source and a sink must do, as tests. Subclass a suite in a test module of pytest.

class TestMine(SourceContract):
    def make(self) -> Source:
        return MySource(MyOptions(paths=(Path("tests/data/mine"),)))
"""

import hashlib
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta

from tiketti_migrate.api import (
    Absent,
    Checkpoint,
    Content,
    Found,
    Inconclusive,
    Problem,
    Refs,
    Sink,
    Source,
    each,
)
from tiketti_migrate.errors import Conflict
from tiketti_migrate.records import (
    KINDS,
    Attachment,
    Contact,
    LinkNote,
    Message,
    Record,
    Ticket,
    TimeEntry,
    parse_record,
    record_of,
)

__all__ = ["SinkContract", "SourceContract"]

# What a source holds in memory at once; whoever has larger files tells them as a Problem.
_MOST_CONTENT = 256_000_000


class SourceContract(ABC):
    """Every source passes this on a fixture of its own that holds at least one ticket."""

    @abstractmethod
    def make(self) -> Source:
        """A new source over the fixture."""

    def test_it_has_a_name_and_a_title(self) -> None:
        source = self.make()
        assert source.name.isidentifier(), "name must be a word: it becomes a command"
        assert source.title.strip(), "title stands in every provenance line"

    def test_its_identity_is_the_same_for_every_instance(self) -> None:
        assert self.make().identity() == self.make().identity()

    def test_it_yields_the_same_ids_on_every_read(self) -> None:
        assert self._ids(None) == self._ids(None), "source_id must be stable over re-reads"

    def test_it_holds_a_ticket_with_its_requester_named(self) -> None:
        tickets = [item for item in self._read(None) if isinstance(item, Ticket)]
        assert tickets, "the fixture should hold a ticket"
        assert all(ticket.requester_id for ticket in tickets)

    def test_its_records_survive_json(self) -> None:
        for item in self._read(None):
            if isinstance(item, Record):
                assert parse_record(item.model_dump_json(exclude_none=True)) == item

    def test_it_resumes_from_every_checkpoint_without_a_gap(self) -> None:
        items = self._read(None)
        for place, item in enumerate(items):
            if isinstance(item, Checkpoint):
                rest = {self._id(one) for one in items[place + 1 :] if isinstance(one, Record)}
                again = self._ids(item.cursor)
                assert rest <= set(again), f"after {item.cursor} something is left out"

    def test_its_problems_say_where(self) -> None:
        for item in self._read(None):
            if isinstance(item, Problem):
                assert item.where, "a problem names file:line, a UID, a ticket"
                assert item.code, "a problem has a code to group by"

    def test_the_files_that_it_holds_come_before_what_names_them(self) -> None:
        known: dict[str, int] = {}
        for item in self._read(None):
            if isinstance(item, Content):
                assert isinstance(item.data, bytes), "a file is bytes"
                assert len(item.data) <= _MOST_CONTENT, "a file is in memory as a whole: bound it"
                known[hashlib.sha256(item.data).hexdigest()] = len(item.data)
            elif isinstance(item, Attachment) and item.sha256 is not None and item.content_url is None:
                assert item.sha256 in known, f"{item.source_id} names bytes that were not yielded before it"
                assert item.size in (None, known[item.sha256]), f"{item.source_id} is of another size"

    def _read(self, cursor: str | None) -> list[object]:
        source = self.make()
        source.check()
        return [record_of(item) if isinstance(item, dict) else item for item in each(source.extract(cursor))]

    def _ids(self, cursor: str | None) -> list[tuple[str, str]]:
        return [self._id(item) for item in self._read(cursor) if isinstance(item, Record)]

    @staticmethod
    def _id(record: Record) -> tuple[str, str]:
        return record.kind, record.source_id


class SinkContract(ABC):
    """Every sink that writes tickets one by one passes this against an empty target."""

    @abstractmethod
    def make(self) -> Sink:
        """A sink over the target of the running test; several calls share the target."""

    def test_its_identity_is_the_same_for_every_instance(self) -> None:
        assert self.make().identity() == self.make().identity()

    def test_what_it_creates_can_be_fetched_and_deleted_once(self) -> None:
        sink, contact, refs = self._with_contact()
        made = self._create(sink, Ticket(source_id="t1", subject="One", requester_id=contact.source_id), refs)
        assert sink.fetch("ticket", made) is not None
        assert sink.delete("ticket", made) is True
        assert sink.fetch("ticket", made) is None
        assert sink.delete("ticket", made) is False, "deleting what is gone is no error"

    def test_it_names_the_calls_of_each_kind_and_counts_them_as_its_requests(self) -> None:
        sink, _, _ = self._with_contact()
        assert all(sink.endpoints(kind) for kind in KINDS if kind in sink.kinds)
        counted = sum(sink.requests_by_endpoint.values())
        assert counted in (0, sink.requests), "requests_by_endpoint counts what requests counts, or nothing"

    def test_it_finds_its_own_write_and_no_other(self) -> None:
        sink, contact, refs = self._with_contact()
        since = sink.now() - timedelta(seconds=5)
        one = Ticket(source_id="1", subject="Same", requester_id=contact.source_id)
        other = one.model_copy(update={"source_id": "11"})
        target = self._create(sink, other, refs)
        assert sink.find(one, refs, since, frozenset()) == Absent()
        found = sink.find(other, refs, since, frozenset())
        assert isinstance(found, Found)
        assert (found.target_id, found.ours) == (target, True)

    def test_it_never_takes_what_the_ledger_knows_already(self) -> None:
        sink, contact, refs = self._with_contact()
        ticket = Ticket(source_id="t1", subject="One", requester_id=contact.source_id)
        target = self._create(sink, ticket, refs)
        found = sink.find(ticket, refs, sink.now() - timedelta(seconds=5), frozenset({target}))
        assert isinstance(found, Absent | Inconclusive)

    def test_it_finds_lost_messages_and_time_entries(self) -> None:
        sink, contact, refs = self._with_contact()
        ticket = Ticket(source_id="t1", subject="One", requester_id=contact.source_id)
        refs = Refs({**refs.targets, ("ticket", "t1"): self._create(sink, ticket, refs)})
        since = sink.now() - timedelta(seconds=5)
        message = Message(source_id="m1", ticket_id="t1", body="Hello", is_internal=True)
        twin = message.model_copy(update={"source_id": "m2"})
        entry = TimeEntry(source_id="e1", ticket_id="t1", duration_minutes=3, date=datetime.now(UTC).date())
        note = LinkNote(source_id="t1", ticket_ids=("t2",))
        for record in (message, entry, note):
            if record.kind not in sink.kinds:
                continue
            assert sink.find(record, refs, since, frozenset()) == Absent(), "nothing was written yet"
            target = self._create(sink, record, refs)
            found = sink.find(record, refs, since, frozenset())
            assert isinstance(found, Found)
            assert found.target_id == target
        assert not isinstance(sink.find(twin, refs, since, frozenset()), Found), "equal text, another message"

    def test_a_taken_address_is_a_conflict_whose_holder_is_found(self) -> None:
        sink, contact, refs = self._with_contact()
        twin = contact.model_copy(update={"source_id": "c2", "email": str(contact.email).upper()})
        sink.admit(1)
        try:
            sink.create(twin, Refs())
        except Conflict:
            found = sink.find(twin, Refs(), None, frozenset())
            assert isinstance(found, Found)
            assert found.target_id == refs.targets["contact", "c1"]
        else:
            raise AssertionError("a second contact of one address must be a Conflict")

    def _with_contact(self) -> tuple[Sink, Contact, Refs]:
        sink = self.make()
        sink.identity()
        contact = Contact(source_id="c1", name="Jane Doe", email="jane@example.com")
        return sink, contact, Refs({("contact", "c1"): self._create(sink, contact, Refs())})

    @staticmethod
    def _create(sink: Sink, record: Record, refs: Refs) -> str:
        assert sink.admit(1).granted == 1
        return sink.create(record, refs).target_id
