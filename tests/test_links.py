"""Links between tickets: new numbers where they are known, one note where they are not, as planned."""

import contextlib
import random
import tempfile
import threading
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linked import DEAD, Links, records_of
from tiketti_migrate.api import Created, Inconclusive, Lookup, Refs
from tiketti_migrate.errors import InDoubt, Interrupted, Refused
from tiketti_migrate.extract import extract
from tiketti_migrate.load import LoadOptions, load, prepare
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import LinkNote, Message, Record, Ticket
from tiketti_migrate.store import Ledger
from tiketti_migrate.testing import ListSource, MemorySink


class Told(MemorySink):
    """Remembers which codes each text was sent with; refuses one contact as long as it is ``strict``.

    ``pause``: seconds that a write takes at most, so that they overtake each other.
    """

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__()
        self.strict = True
        self.writes: Counter[str] = Counter()
        self.stopping = threading.Event()
        self.stop_at: int | None = None
        self.told: dict[tuple[str, str], dict[str, str]] = {}
        self._pause = pause
        self._chance = random.Random(4)

    @property
    def workers_wanted(self) -> int:
        return 32

    def create(self, record: Record, refs: Refs) -> Created:
        time.sleep(self._chance.random() * self._pause)
        if record.kind != "outcome":
            self.writes[record.kind] += 1
        if self.stop_at is not None and self.writes.total() > self.stop_at:
            self.stopping.set()
        if self.strict and record.kind == "contact" and record.source_id == DEAD:
            raise Refused("no", status=422, code="NO")
        text = refs.first_message if isinstance(record, Ticket) else record
        if isinstance(text, Message | LinkNote):
            self.told[text.kind, text.source_id] = dict(refs.codes)
        return super().create(record, refs)


def stage(ledger: Ledger, tickets: dict[str, Links], requesters: tuple[str, ...] = ("c", DEAD)) -> None:
    extract(ListSource(records_of(tickets, requesters)), ledger, MemorySink.kinds, Quiet(), threading.Event())


def stage_blindly(ledger: Ledger, tickets: dict[str, Links]) -> None:
    """As with the source's ``--links off``, and as releases before there were links."""
    records = [record for record in records_of(tickets) if not isinstance(record, LinkNote)]
    blind = [r.model_copy(update={"links": {}}) if isinstance(r, Message) else r for r in records]
    extract(ListSource(blind), ledger, MemorySink.kinds, Quiet(), threading.Event())


def run(ledger: Ledger, sink: Told, **options: Any) -> dict[str, int]:
    """The writes that were planned; of these outcomes are the affair of other tests."""
    how = LoadOptions.model_validate(options)
    planned = prepare(ledger, sink, how).writes
    with contextlib.suppress(Interrupted):
        load(ledger, sink, how, Quiet(), sink.stopping)
    return {kind: count for kind, count in planned.items() if kind != "outcome"}


def states(ledger: Ledger, kind: str = "link_note") -> dict[str, str]:
    rows = (ledger.rows.find(kind, ticket) for ticket in map(str, range(20)))
    return {row.source_id: row.state for row in rows if row is not None}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "migration.db")


def test_a_link_to_an_earlier_ticket_is_rewritten_and_one_to_a_later_is_noted(ledger: Ledger) -> None:
    sink = Told()
    stage(ledger, {"1": Links([[], ["2", "3"]]), "2": Links([["1"]]), "3": Links([["1", "2"]])})
    planned = run(ledger, sink)
    codes = ledger.links.codes(["1", "2", "3"])
    assert sink.told["message", "2m0"] == {"1": codes["1"]}
    assert sink.told["message", "3m0"] == {"1": codes["1"], "2": codes["2"]}
    assert sink.told["message", "1m1"] == {}
    assert sink.told["link_note", "1"] == {"2": codes["2"], "3": codes["3"]}
    assert planned["link_note"] == sink.writes["link_note"] == 1
    assert states(ledger) == {"1": "done", "2": "skipped", "3": "skipped"}


IDS = [str(number) for number in range(8)]
TEXTS = st.lists(st.lists(st.sampled_from(IDS), min_size=1, max_size=4) | st.just([]), max_size=3)
TICKETS = st.builds(Links, TEXTS, st.booleans(), st.sampled_from(["c", "c", "c", DEAD]), st.booleans())
# One id stands for none.
WORLDS = st.fixed_dictionaries(dict.fromkeys(IDS[:4], TICKETS), optional=dict.fromkeys(IDS[4:7], TICKETS))
RUNS = st.fixed_dictionaries(
    {
        "order": st.sampled_from(["default", "oldest", "newest", "source"]),
        "workers": st.sampled_from([1, 32]),
        "limit": st.integers(1, 5),
    }
)


@settings(max_examples=60)
@given(WORLDS, st.booleans(), st.lists(st.tuples(RUNS, st.none() | st.integers(0, 12)), max_size=3), RUNS)
def test_what_is_written_is_what_was_planned(
    tickets: dict[str, Links],
    blind: bool,
    before: list[tuple[dict[str, Any], int | None]],
    last: dict[str, Any],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger, sink = Ledger(Path(folder) / "migration.db"), Told(pause=0.002)
        # That the requester of some is refused cannot be foreseen, that he was can.
        stage(ledger, {})
        run(ledger, sink)
        if blind:
            stage_blindly(ledger, tickets)
            assert_as_planned(ledger, sink, None)
        stage(ledger, tickets)
        for options, stop in before:
            assert_as_planned(ledger, sink, stop, **options)
        for _ in range(2):
            assert_as_planned(ledger, sink, None, **last | {"limit": None})
        assert_all_links_are_told(ledger, sink, tickets)
        sink.strict = False
        ledger.rows.retry()
        assert_as_planned(ledger, sink, None, **last | {"limit": None})
        ledger.close()


def assert_as_planned(ledger: Ledger, sink: Told, stop: int | None, **options: Any) -> None:
    """``stop``: the number of writes after which somebody stops it, so that the plan is not carried out."""
    made = Counter(sink.writes)
    sink.stop_at = None if stop is None else made.total() + stop
    planned = run(ledger, sink, **options)
    if not sink.stopping.is_set():
        assert planned == dict(sink.writes - made)
    sink.stopping.clear()


def assert_all_links_are_told(ledger: Ledger, sink: Told, tickets: dict[str, Links]) -> None:
    """Each link to a ticket that is there is told once: in its text, or in the closing note."""
    codes = ledger.links.codes(IDS)
    for ticket, links in tickets.items():
        if ticket not in codes:
            continue
        noted = sink.told.get(("link_note", ticket), {})
        untold = set()
        for place, linked in enumerate(links.messages):
            given = sink.told["message", f"{ticket}m{place}"]
            assert given.items() <= codes.items()
            untold |= {one for one in linked if one != ticket and one in codes and one not in given}
        assert noted == {one: codes[one] for one in untold}


def test_with_a_limit_the_note_waits_until_all_it_names_are_there(ledger: Ledger) -> None:
    sink = Told()
    stage(ledger, {"1": Links([["2", "3"]]), "2": Links([[]]), "3": Links([[]])})
    assert "link_note" not in run(ledger, sink, limit=2)
    assert states(ledger) == {"1": "pending"}
    assert run(ledger, sink)["link_note"] == 1
    assert sink.told["link_note", "1"] == ledger.links.codes(["2", "3"])


def test_a_chain_longer_than_what_is_held_in_hand(ledger: Ledger) -> None:
    """Each ticket waits for the one before it, all of them at once."""
    sink = Told()
    chain = {str(number): Links([[str(number - 1)] if number else []]) for number in range(700)}
    stage(ledger, chain)
    assert "link_note" not in run(ledger, sink, workers=32)
    codes = ledger.links.codes(chain)
    assert len(codes) == 700
    assert sink.told["message", "699m0"] == {"698": codes["698"]}


class Forgetful(Told):
    """Loses the answer about one ticket, and cannot tell whether it arrived."""

    def create(self, record: Record, refs: Refs) -> Created:
        made = super().create(record, refs)
        if record.kind == "ticket" and record.source_id == "1" and self.strict:
            raise InDoubt("the connection broke")
        return made

    def find(self, record: Record, refs: Refs, since: datetime | None, known: frozenset[str]) -> Lookup:
        return Inconclusive("cut") if self.strict else super().find(record, refs, since, known)


def test_who_waits_for_a_ticket_in_doubt_goes_on_without_it_and_is_noted_later(ledger: Ledger) -> None:
    sink = Forgetful()
    stage(ledger, {"1": Links([[]]), "2": Links([["1"], ["3"]]), "3": Links([[]])})
    run(ledger, sink, settle=0)
    assert states(ledger, "ticket") == {"1": "in-flight", "2": "done", "3": "done"}
    assert states(ledger) == {"2": "pending"}
    sink.strict = False
    run(ledger, sink, settle=0)
    assert sink.told["link_note", "2"] == ledger.links.codes(["1", "3"])
    assert sink.writes["link_note"] == 1


def test_a_note_that_had_nothing_to_tell_comes_back_when_it_has(ledger: Ledger) -> None:
    sink = Told()
    stage(ledger, {"1": Links([["2"]]), "2": Links([[]], requester=DEAD)})
    run(ledger, sink)
    assert states(ledger, "ticket") == {"1": "done", "2": "failed"}
    assert states(ledger) == {"1": "skipped"}
    sink.strict = False
    ledger.rows.retry()
    assert run(ledger, sink)["link_note"] == 1
    assert sink.told["link_note", "1"] == ledger.links.codes(["2"])


def test_texts_written_without_knowing_of_links_get_their_note(ledger: Ledger) -> None:
    sink = Told()
    tickets = {"1": Links([["2"], []]), "2": Links([["1"], ["9"]]), "3": Links([[]])}
    stage_blindly(ledger, tickets)
    assert "link_note" not in run(ledger, sink)
    stage(ledger, tickets)
    assert run(ledger, sink) == {"link_note": 2}
    codes = ledger.links.codes(["1", "2"])
    assert sink.told["link_note", "1"] == {"2": codes["2"]}
    assert sink.told["link_note", "2"] == {"1": codes["1"]}
    assert sink.writes["link_note"] == 2
    assert run(ledger, sink) == {}


def test_half_of_a_ticket_was_written_without_knowing_of_links(ledger: Ledger) -> None:
    sink = Told()
    stage_blindly(ledger, {"1": Links([[]]), "2": Links([["1"]])})
    run(ledger, sink)
    stage(ledger, {"1": Links([[]]), "2": Links([["1"], ["3"]]), "3": Links([[]])})
    assert run(ledger, sink)["link_note"] == sink.writes["link_note"] == 1
    assert sink.told["link_note", "2"] == ledger.links.codes(["1", "3"])


def test_a_link_of_a_text_that_stays_out_needs_no_note(ledger: Ledger) -> None:
    sink = Told()
    records = records_of({"1": Links([["2"], []]), "2": Links([[]])})
    kept = [record for record in records if record.source_id != "1m0"]
    extract(ListSource(kept), ledger, MemorySink.kinds, Quiet(), threading.Event())
    assert "link_note" not in run(ledger, sink)
    assert states(ledger) == {"1": "skipped"}


def test_what_may_still_turn_up_is_sent_again_as_it_was(ledger: Ledger) -> None:
    """Of two attempts of one text either may be the one that is there."""
    sink = Told()
    stage(ledger, {"1": Links([[], ["2"]]), "2": Links([[]])})
    run(ledger, sink, limit=1)
    row = ledger.rows.find("message", "1m1")
    assert row is not None
    assert row.unlinked == {"2"}
    with ledger.transaction() as connection:
        connection.execute(  # type: ignore[attr-defined]
            "UPDATE row SET state = 'pending', doubt_mark = 1, target_id = NULL WHERE id = ?", (row.id,)
        )
        connection.execute("UPDATE lane SET open = 1")  # type: ignore[attr-defined]
    run(ledger, sink)
    assert sink.told["message", "1m1"] == {}
    assert sink.told["link_note", "1"] == ledger.links.codes(["2"])


def test_a_note_does_not_touch_the_status(ledger: Ledger) -> None:
    sink = Told()
    tickets = {"1": Links([["2"], []], solved=True), "2": Links([[]], solved=True)}
    stage(ledger, tickets)
    run(ledger, sink, order="source")
    assert states(ledger) == {"1": "done"}
    made = len(sink.made_at)
    stage(ledger, tickets)
    run(ledger, sink, order="source")
    assert len(sink.made_at) == made
    assert ledger.lanes.count() == (0, 2)
