"""What comes next in a lane: decided from the ledger alone, so that a resumed run decides the same."""

import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tiketti_migrate.api import Person, Refs, Sink
from tiketti_migrate.load.links import Linked, Linking
from tiketti_migrate.load.options import LoadOptions
from tiketti_migrate.load.twins import said_of_twin
from tiketti_migrate.records import LinkNote, Message, Outcome, Record, Reference, Ticket, TimeEntry
from tiketti_migrate.store import Back, Change, Done, Failed, Ledger, Row, Skipped

__all__ = ["Agenda", "Create", "Later", "Local", "LookUp", "Park", "Planner", "Step", "Wait"]

FIRST_LOOK_SECONDS = 1.0
# A record that the server fails on every time must not keep the run from ending.
MOST_LOST = 10
_REVISIT_SECONDS = 600.0
_MOST_KEPT = 1000


@dataclass(frozen=True)
class Create:
    """Send the write. ``carries``: the message row that goes along as the description.

    ``unlinked``: see Claim.
    """

    row: Row
    record: Record
    refs: Refs
    carries: int | None = None
    unlinked: tuple[str, ...] = ()


@dataclass(frozen=True)
class LookUp:
    """Ask whether the write arrived. ``since`` None: whether it was ever made (adoption); then ``carries`` is
    the message row that may be the description.
    """

    row: Row
    record: Record
    refs: Refs
    since: datetime | None
    known: frozenset[str]
    carries: int | None = None


@dataclass(frozen=True)
class Local:
    """A change that needs no request."""

    change: Change


@dataclass(frozen=True)
class Wait:
    """Another lane is at this row."""

    row: int


@dataclass(frozen=True)
class Later:
    """Nothing to do before this monotonic time."""

    at: float


@dataclass(frozen=True)
class Park:
    """Nothing more to do in this run: a row on the way is in doubt and could not be settled, or something
    else has to come first.
    """

    row: int


Step = Create | LookUp | Local | Wait | Later | Park


@dataclass
class Agenda:
    """What this run knows about rows beyond the ledger: who is at them, when to look again.

    Times are monotonic, as the server's clock may be set while a write is in doubt; only ``sent``, when this
    run first sent the ticket of a lane, is the server's. ``stuck``: tickets whose lanes gave up.
    """

    busy: set[int] = field(default_factory=set)
    due: dict[int, float] = field(default_factory=dict)
    doubted: dict[int, float] = field(default_factory=dict)
    looks: Counter[int] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)
    parked: set[int] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    cleared: set[int] = field(default_factory=set)
    sent: dict[str, float] = field(default_factory=dict)

    def doubt(self, row: int, first_look: float = FIRST_LOOK_SECONDS) -> None:
        """From now on it is waited for what the server may still be doing."""
        now = time.monotonic()
        self.doubted[row] = now
        self.due[row] = now + first_look

    def waited(self, row: int) -> float:
        """Seconds since the answer was given up, or since this run took over from one that died."""
        now = time.monotonic()
        return now - self.doubted.setdefault(row, now)

    def again(self, row: int) -> None:
        """The write is about to be sent anew."""
        self.due.pop(row, None)
        self.doubted.pop(row, None)
        self.looks.pop(row, None)

    def forget(self, row: int) -> None:
        """The row is settled."""
        self.again(row)
        self.lost.pop(row, None)
        self.cleared.discard(row)


class Planner:
    """Decides steps."""

    def __init__(self, ledger: Ledger, sink: Sink, options: LoadOptions, agenda: Agenda) -> None:
        self._ledger = ledger
        self._sink = sink
        self._options = options
        self._agenda = agenda
        self._linking = Linking(ledger, agenda.stuck)
        self._targets: dict[tuple[str, str], str] = {}
        self._persons: dict[str, Person | None] = {}

    def step(self, row: Row) -> Step:
        """What to do about an unsettled row, or about the parent it needs first."""
        if row.id in self._agenda.parked:
            return Park(row.id)
        if row.id in self._agenda.busy:
            return Wait(row.id)
        if row.state == "in-flight":
            return self._settle(row)
        due = self._agenda.due.get(row.id, 0.0)
        if due > time.monotonic():
            return Later(due)
        record = row.record
        blocked = self._parents(row, record) or self._twin(row)
        return blocked or self._send(row, record)

    def _settle(self, row: Row) -> Step:
        if row.id not in self._agenda.due:
            age = self._sink.now().timestamp() - (row.mark or 0.0)
            self._agenda.doubt(row.id, min(FIRST_LOOK_SECONDS, max(0.0, FIRST_LOOK_SECONDS - age)))
        due = self._agenda.due[row.id]
        if due > time.monotonic():
            return Later(due)
        if row.kind in self._sink.resend_safe and self._agenda.lost[row.id] < MOST_LOST:
            return Local(Back(row.id, "sent again: the target keeps its key unique", attempted=True))
        since = row.doubt_mark or row.mark or 0.0
        return self._look_up(row, row.record, datetime.fromtimestamp(since, UTC))

    def _look_up(self, row: Row, record: Record, since: datetime | None) -> LookUp:
        carries = row.carries
        carried = self._ledger.lanes.carried(carries) if carries is not None else None
        if carried is None and isinstance(record, Ticket) and since is None:
            carries, carried = self._ledger.lanes.first_message(record.source_id) or (None, None)
        refs = self._refs(record, carried)
        return LookUp(row, record, refs, since, self._known(row, record, refs, since), carries)

    def _known(self, row: Row, record: Record, refs: Refs, since: datetime | None) -> frozenset[str]:
        if isinstance(record, Ticket):
            requester = refs.target("contact", record.requester_id)
            begun = since.timestamp() if since else 0.0
            return self._ledger.lanes.known_tickets(requester, begun) if requester else frozenset()
        return self._ledger.lanes.known(row.kind, row.lane)

    def _parents(self, row: Row, record: Record) -> Step | None:
        for reference in record.references():
            if self._target(reference) is not None:
                continue
            parent = self._ledger.rows.find(reference.kind, reference.source_id)
            if parent is not None and parent.state in ("pending", "in-flight"):
                return self.step(parent)
            if reference.hard and (parent is None or parent.state != "done"):
                return Local(_blocked(row, reference, parent))
        return None

    def _twin(self, row: Row) -> Step | None:
        if row.natural_key is None:
            return None
        twin = self._ledger.rows.first_of(row.kind, row.natural_key)
        if twin is None or twin.id == row.id:
            return None
        if twin.state != "done":
            return self.step(twin)
        warning = said_of_twin(row.record, twin.record)
        return Local(Done(row.id, twin.target_id, False, "merge", origin="pending", warnings=(warning,)))

    def _send(self, row: Row, record: Record) -> Step:
        carries, first = None, None
        if isinstance(record, Ticket):
            carries, first = self._description(row, record)
        linked = self._linked(row, first or record)
        if not isinstance(linked, Linked):
            return linked
        refs = replace(self._refs(record, first), codes=linked.codes)
        if self._sink.implied(record, refs):
            target = refs.target("ticket", record.source_id)
            return Local(Done(row.id, target, False, "implied", origin="pending", status=refs.ticket_status))
        adopting = self._options.adopt_existing and row.kind not in self._sink.resend_safe
        if adopting and row.attempts == 0 and row.id not in self._agenda.cleared:
            return self._look_up(row, record, None)
        return Create(row, record, refs, carries, linked.unlinked)

    def _linked(self, row: Row, record: Record) -> Linked | Step:
        if isinstance(record, Message):
            linked = self._linking.of_text(row, record)
            return Wait(linked) if isinstance(linked, int) else linked
        if not isinstance(record, LinkNote):
            return Linked()
        told = self._linking.of_note(row, record)
        if told is None:
            return Park(row.id)
        return told if told.codes else Local(Skipped(row.id, "none of the tickets it names was imported"))

    def _description(self, row: Row, record: Ticket) -> tuple[int | None, Message | None]:
        if row.doubt_mark is None:
            return self._ledger.lanes.first_message(record.source_id) or (None, None)
        # An attempt that may still turn up is recognised by what it carried.
        return row.carries, None if row.carries is None else self._ledger.lanes.carried(row.carries)

    def _refs(self, record: Record, first: Message | None) -> Refs:
        targets: dict[tuple[str, str], str] = {}
        left_out = set()
        for reference in record.references():
            target = self._target(reference)
            if target is not None:
                targets[(reference.kind, reference.source_id)] = target
            elif reference.kind == "label" and self._is_left_out(reference):
                left_out.add(reference.source_id)
        status, replies, revisited = None, 0, False
        if isinstance(record, Outcome):
            shape = self._ledger.lanes.shape(record.source_id)
            status, replies = shape.status, shape.public_replies
            # A ticket that was found, not answered for, may have been changed before we knew of it.
            revisited = status is None or self._revisited(record)
        message = record if isinstance(record, Message) else first
        return Refs(
            targets,
            self._people(record, first),
            first,
            status,
            replies,
            revisited,
            self._ledger.files.of([message.source_id]) if message else {},
            left_out=frozenset(left_out),
        )

    def _target(self, reference: Reference) -> str | None:
        """The target id of a parent that is done: it stays done as long as a load lasts, so it is kept."""
        key = (reference.kind, reference.source_id)
        target = self._targets.get(key)
        if target is None:
            parent = self._ledger.rows.find(*key)
            if parent is None or parent.state != "done" or parent.target_id is None:
                return None
            if len(self._targets) >= _MOST_KEPT:
                self._targets.clear()
            target = self._targets[key] = parent.target_id
        return target

    def _is_left_out(self, reference: Reference) -> bool:
        row = self._ledger.rows.find(reference.kind, reference.source_id)
        return row is not None and row.state == "skipped"

    def _revisited(self, outcome: Outcome) -> bool:
        """Whether people had time to change the status: since the ticket was sent, not since it was found."""
        sent = self._agenda.sent.get(outcome.source_id)
        return sent is None or self._sink.now().timestamp() - sent > _REVISIT_SECONDS

    def _people(self, record: Record, first: Message | None) -> Mapping[str, Person]:
        match record:
            case Ticket():
                ids: Collection[str | None] = {record.requester_id, first.author_id if first else None}
            case Message():
                ids = {record.author_id}
            case TimeEntry():
                ids = {record.agent_id}
            case _:
                return {}
        return self._named([source_id for source_id in ids if source_id])

    def _named(self, ids: list[str]) -> Mapping[str, Person]:
        """Those who are known; the same few people stand behind most texts, so they are kept."""
        missing = [source_id for source_id in ids if source_id not in self._persons]
        if missing:
            if len(self._persons) >= _MOST_KEPT:
                self._persons.clear()
            found = self._ledger.lanes.people(ids)
            self._persons.update({source_id: found.get(source_id) for source_id in ids})
        persons = ((source_id, self._persons[source_id]) for source_id in ids)
        return {source_id: person for source_id, person in persons if person is not None}


def _blocked(row: Row, reference: Reference, parent: Row | None) -> Failed | Skipped:
    name = f"{reference.kind} {reference.source_id}"
    if parent is None:
        hint = f"add {name} to the source and import again"
        return Failed(row.id, "MISSING_PARENT", f"the source has no {name}", hint, origin="pending")
    if parent.state == "skipped":
        return Skipped(row.id, f"its {name} was left out")
    hint = f"mend {name}, then run retry: this one comes along"
    return Failed(row.id, "PARENT_FAILED", f"its {name} was not imported", hint, origin="pending")
