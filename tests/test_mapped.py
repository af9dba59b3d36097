"""Rules applied to records: whatever the order in which a source yields them, and wherever it is resumed."""

import datetime as dt
import threading
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from tiketti_migrate.api import (
    Checkpoint,
    Draft,
    DraftColumn,
    DraftTable,
    DraftWord,
    Extracted,
    LeftOut,
    Problem,
    RecordFields,
)
from tiketti_migrate.drafting import draft_of, written
from tiketti_migrate.errors import UsageError
from tiketti_migrate.extract import extract
from tiketti_migrate.mapped import column_of, take
from tiketti_migrate.mapping import MappingFile, parse_mapping
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import (
    KINDS,
    Agent,
    Company,
    Contact,
    Label,
    Message,
    Outcome,
    Record,
    Ticket,
    TimeEntry,
)
from tiketti_migrate.store import Ledger
from tiketti_migrate.testing.memory import ListSource


def mapping_of(text: str) -> MappingFile:
    return parse_mapping(text, "map.toml")


def mapped(text: str, items: Iterable[object], *, whole: bool = True) -> list[object]:
    """What comes out of a source that yields ``items``."""
    return list(take(ListSource([]), mapping_of(text.replace('name = "zendesk"', ""))).apply(items, whole))


def ticket(number: int, **more: object) -> Ticket:
    values = {"source_id": str(number), "subject": f"Ticket {number}", "requester_id": "c", **more}
    return Ticket.model_validate(values)


def lane(number: int, status: str = "open", **extra: JsonValue) -> list[Record]:
    """A ticket with a message, a time entry and its outcome, in the order of most sources."""
    return [
        ticket(number, extra=extra),
        Message(source_id=f"m{number}", ticket_id=str(number), body="text"),
        TimeEntry(
            source_id=f"e{number}", ticket_id=str(number), duration_minutes=5, date=dt.date(2023, 1, 1)
        ),
        Outcome.model_validate({"source_id": str(number), "status": status}),
    ]


ONLY_OPEN = '[[ticket.where]]\ncolumn = "status"\nis = "open"'


def ids(items: Iterable[object]) -> list[tuple[str, str]]:
    return [(item.kind, item.source_id) for item in items if isinstance(item, Record)]


def test_without_rules_for_a_kind_it_is_left_as_it_is() -> None:
    items = [*lane(1), Agent(source_id="a", name="A"), Problem("X", "y", "z"), Checkpoint("1")]
    assert mapped("[label.fields]\ncolor = '#ff0000'", items) == items


@pytest.mark.parametrize("waiting", [1, 3])
def test_a_ticket_waits_for_its_status_and_all_behind_it(waiting: int) -> None:
    lanes = [lane(number, "open" if number % 2 else "closed") for number in range(1, 7)]
    # So many tickets first, then what belongs to them.
    items: list[object] = []
    for start in range(0, 6, waiting):
        part = lanes[start : start + waiting]
        items += [one[0] for one in part] + [rest for one in part for rest in one[1:]]
        items.append(Checkpoint(str(start)))
    found = mapped(ONLY_OPEN, items)
    assert [item for item in found if isinstance(item, LeftOut)] == [
        LeftOut("ticket", str(number), "map.toml:1") for number in (2, 4, 6)
    ]
    assert {source_id.lstrip("me") for _, source_id in ids(found)} == {"1", "3", "5"}
    cursors = [item.cursor for item in found if isinstance(item, Checkpoint)]
    assert cursors == [str(start) for start in range(0, 6, waiting)]
    # A checkpoint never overtakes what it stands for.
    assert isinstance(found[-1], Checkpoint)


def test_a_status_that_comes_too_late_is_a_problem_and_memory_has_a_bound() -> None:
    tickets = [ticket(number) for number in range(1500)]
    outcomes = [Outcome(source_id=str(number), status="open") for number in range(1500)]
    found = mapped(ONLY_OPEN, [*tickets, *outcomes])
    problems = [item for item in found if isinstance(item, Problem)]
    assert {problem.code for problem in problems} == {"BAD_MAPPING"}
    assert len(problems) == 500
    assert "its status comes too long after it" in problems[0].message
    assert sum(isinstance(item, Ticket) for item in found) == 1000
    assert all(item.by is None for item in found if isinstance(item, LeftOut))


def test_a_ticket_without_any_outcome_has_an_empty_status() -> None:
    assert mapped(ONLY_OPEN, [ticket(1)]) == [LeftOut("ticket", "1", "map.toml:1")]
    assert mapped('[[ticket.where]]\ncolumn = "status"\nempty = true', [ticket(1)]) == [ticket(1)]


def test_the_word_that_the_source_kept_is_meant() -> None:
    outcome = Outcome(
        source_id="1",
        status="open",
        extra={"status": "Wartend"},
        warnings=("unknown status word 'Wartend': taken as open", "something else"),
    )
    row = ticket(1, priority="normal", extra={"priority": "P0"}, warnings=("unknown priority word 'P0': x",))
    found = mapped(
        "[ticket.values]\nstatus = {wartend = 'pending'}\npriority = {p0 = 'urgent'}", [row, outcome]
    )
    assert [item.warnings for item in found if isinstance(item, Record)] == [(), ("something else",)]
    assert isinstance(found[0], Ticket)
    assert isinstance(found[1], Outcome)
    assert (found[0].priority, found[1].status) == ("urgent", "pending")


def test_a_status_may_come_from_another_column_of_its_ticket() -> None:
    text = "[ticket.columns]\n'state.now' = 'status'\n[ticket.values.status]\ndone = 'resolved'"
    found = mapped(text, [*lane(1, state={"now": "Done"}), *lane(2)])
    assert [item.status for item in found if isinstance(item, Outcome)] == ["resolved", "open"]


def test_every_type_of_field_is_read_from_text() -> None:
    text = """
[ticket.columns]
due = "created_at"
[ticket.fields]
assignee_id = ""
labels = "{labels}; New ,new"
[ticket.formats]
due = "%d.%m.%Y %H:%M"
[company.fields]
domains = "a.example, b.example"
hourly_rate = "12.50"
[message.fields]
is_internal = "true"
cc = "Jane (j@x.example); Joe"
created_at = "2023-05-01 10:00"
[time_entry.fields]
duration_minutes = "90"
date = "2023-11-25"
billable = false
"""
    row = ticket(1, assignee_id="a", label_ids=("vip",), extra={"due": "25.11.2023 13:45"})
    items = [row, *lane(1)[1:], Company(source_id="o", name="O")]
    label, made, message, entry, _, company = mapped(text, items)
    assert label == Label(source_id="mapping:new", name="new")
    assert isinstance(made, Ticket)
    assert made.created_at == dt.datetime(2023, 11, 25, 13, 45, tzinfo=dt.UTC)
    assert (made.assignee_id, made.label_ids) == (None, ("vip", "mapping:new"))
    assert isinstance(message, Message)
    assert (message.cc, message.bcc) == (("Jane (j@x.example)", "Joe"), None)
    assert (message.is_internal, message.created_at) == (True, dt.datetime(2023, 5, 1, 10, tzinfo=dt.UTC))
    assert isinstance(entry, TimeEntry)
    assert (entry.duration_minutes, entry.date, entry.billable) == (90, dt.date(2023, 11, 25), False)
    assert isinstance(company, Company)
    assert (company.domains, company.hourly_rate) == (("a.example", "b.example"), Decimal("12.50"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[time_entry.fields]\nduration_minutes = 'long'", "time_entry e1: duration_minutes 'long'"),
        ("[time_entry.fields]\nduration_minutes = '-1'", "greater than or equal to 0"),
        ("[ticket.fields]\ncreated_at = '25.11.2023'", "created_at: '25.11.2023' is no date such as"),
        ("[ticket.fields]\nstatus = 'odd {subject}'", "status 'odd "),
        ("[message.fields]\nis_internal = 'perhaps'", "is_internal 'perhaps'"),
    ],
)
def test_what_cannot_be_taken_is_a_problem_and_never_slips_through(text: str, words: str) -> None:
    items = lane(1)
    found = mapped(text, items)
    problem = next(item for item in found if isinstance(item, Problem))
    out = next(item for item in found if isinstance(item, LeftOut))
    assert (problem.code, out.by) == ("BAD_MAPPING", None)
    assert words in problem.message
    assert (out.kind, out.source_id) not in ids(found)


def test_fields_of_records_are_mapped_as_records_are() -> None:
    text = "[ticket.fields]\nsubject = 'New {subject}'"
    good = {"kind": "ticket", "source_id": "1", "subject": "one", "requester_id": "c"}
    bad = {"kind": "ticket", "source_id": "2"}
    assert mapped(text, [good, bad]) == [ticket(1, subject="New one"), bad]


def test_columns_are_ignored_and_set_aside() -> None:
    text = "[contact.columns]\nphone = 'extra'\nnotes = 'ignore'\n'a.b' = 'ignore'\n'list.X' = 'ignore'"
    contact = Contact(
        source_id="c",
        name="C",
        phone="1",
        notes="secret",
        extra={"a": {"b": 1, "c": 2}, "list": [{"title": "X", "value": 1}, {"id": 2, "value": 3}]},
    )
    (made,) = mapped(text, [contact])
    assert isinstance(made, Contact)
    assert (made.phone, made.notes) == (None, None)
    assert made.extra == {"a": {"c": 2}, "list": [{"id": 2, "value": 3}], "phone": "1"}


def test_names_with_dots_are_found() -> None:
    record = ticket(
        1, extra={"a.b": 1, "a": {"c.d": [{"name": "e.f", "value": None}, {"id": 7, "value": [1, 2]}]}}
    )
    assert column_of(record, "a.b") == "1"
    assert column_of(record, "a.c.d.e.f") == ""
    assert column_of(record, "a.c.d.7") == "1, 2"
    assert column_of(record, "a.c.x") is None
    assert column_of(record, "subject") == "Ticket 1"
    assert column_of(record, "extra") is None


def test_a_column_that_never_comes_is_told_once_and_only_of_a_whole_read() -> None:
    text = "[ticket.columns]\nPrio = 'priority'\nnever = 'ignore'\n"
    found = mapped(text, [ticket(1, extra={"prio": "high"}), ticket(2)])
    assert found[2:] == [
        Problem("UNKNOWN_COLUMN", "no ticket has a 'Prio' (did you mean 'prio'?)", "map.toml:2", lost=0)
    ]
    assert len(mapped(text, [ticket(1)], whole=False)) == 1


def staged(ledger: Ledger, items: list[Record | Problem], text: str) -> None:
    """Read a source."""
    source = ListSource(items)
    extract(
        source, ledger, KINDS, Quiet(), threading.Event(), take(source, mapping_of(text) if text else None)
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterable[Ledger]:
    ledger = Ledger(tmp_path / "migration.db")
    yield ledger
    ledger.close()


def states(ledger: Ledger) -> dict[str, dict[str, int]]:
    counts = ledger.views.counts()
    return {kind: {state: n for state, n in found.items() if n} for kind, found in counts.items()}


WITHOUT_2 = '[[ticket.where]]\ncolumn = "subject"\nis_not = "Ticket 2"'


@pytest.mark.parametrize("order", ["first", "last", "far"])
def test_what_hangs_on_a_ticket_stays_out_with_it_in_any_order(ledger: Ledger, order: str) -> None:
    lanes = [lane(number) for number in (1, 2, 3)]
    tickets, rest = [one[0] for one in lanes], [record for one in lanes for record in one[1:]]
    many: list[Record] = [Contact(source_id=f"c{n}", name="C") for n in range(2500)]
    items: list[Record | Problem] = [Contact(source_id="c", name="C")]
    items += {"first": tickets + rest, "last": rest + tickets, "far": [*tickets, *many, *rest]}[order]
    staged(ledger, items, WITHOUT_2)
    found = states(ledger)
    assert found["ticket"] == {"pending": 2}
    for kind in ("message", "time_entry", "outcome"):
        assert found[kind].pop("skipped", 1) == 1
        assert found[kind] == {"pending": 2}
    assert ledger.problems.rule_notes() == ["map.toml:1: 1 x ticket left out by where"]
    assert not ledger.problems.counts()


def test_what_is_left_out_follows_the_mapping_and_the_source(ledger: Ledger) -> None:
    items: list[Record | Problem] = [Contact(source_id="c", name="C"), *lane(1), *lane(2)]
    staged(ledger, items, "")
    assert states(ledger)["ticket"] == {"pending": 2}
    staged(ledger, items, WITHOUT_2)
    assert states(ledger)["ticket"] == {"pending": 1, "skipped": 1}
    ledger.unskip(KINDS)
    assert states(ledger)["message"] == {"pending": 1, "skipped": 1}
    # A delta that does not hold the ticket changes nothing; one that holds it renamed brings it back.
    staged(ledger, [*lane(3)], WITHOUT_2)
    assert states(ledger)["ticket"] == {"pending": 2, "skipped": 1}
    renamed = [ticket(2, subject="Other"), *lane(2)[1:]]
    staged(ledger, list(renamed), WITHOUT_2)
    assert states(ledger)["ticket"] == {"pending": 3}
    staged(ledger, items, WITHOUT_2)
    assert states(ledger)["ticket"] == {"pending": 2, "skipped": 1}
    staged(ledger, [*items, *lane(3)], "")
    assert states(ledger)["ticket"] == {"pending": 3}
    assert ledger.problems.rule_notes() == []


def test_another_mapping_in_the_middle_reads_from_the_start(ledger: Ledger) -> None:
    items: list[Record | Problem] = [Contact(source_id="c", name="C"), *lane(1), *lane(2)]
    staged(ledger, items, WITHOUT_2)
    ledger.put("cursor", "6")
    staged(ledger, items, WITHOUT_2.replace("2", "1"))
    assert {(row[0], row[1]) for row in _left_out(ledger)} == {("ticket", "1")}
    ledger.put("cursor", "9")
    staged(ledger, items, WITHOUT_2.replace("2", "1"))
    assert {(row[0], row[1]) for row in _left_out(ledger)} == {("ticket", "1")}


def _left_out(ledger: Ledger) -> list[tuple[str, str]]:
    import sqlite3

    connection = sqlite3.connect(ledger.path)
    try:
        return connection.execute("SELECT kind, source_id FROM left_out").fetchall()
    finally:
        connection.close()


@given(st.lists(st.integers(1, 6), unique=True, min_size=1), st.permutations(range(24)), st.data())
def test_in_any_order_only_what_passes_comes_through(
    numbers: list[int], order: list[int], data: st.DataObject
) -> None:
    records = [record for number in range(1, 7) for record in lane(number)]
    text = f'[[ticket.where]]\ncolumn = "source_id"\nin = {[str(number) for number in numbers]}'
    found = mapped(text, [records[place] for place in order])
    passed = [record for record in found if isinstance(record, Ticket)]
    assert sorted(int(record.source_id) for record in passed) == sorted(numbers)
    out = [item.source_id for item in found if isinstance(item, LeftOut)]
    assert sorted(map(int, out)) == sorted(set(range(1, 7)) - set(numbers))
    assert {key for key in ids(found) if key[1].lstrip("me") in map(str, numbers)} == {
        (record.kind, record.source_id)
        for record in records
        if record.source_id.lstrip("me") in map(str, numbers)
    }


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=6), st.sampled_from(["id", "title", "a.b"])), inner, max_size=3
        ),
    ),
    max_leaves=8,
)
EXTRA = st.dictionaries(st.text(max_size=8), JSON, max_size=4)


@given(st.lists(EXTRA, min_size=1, max_size=4), st.text(max_size=10), st.sampled_from(["open", "closed"]))
def test_a_survey_of_any_records_is_a_file_that_changes_nothing(
    extras: list[dict[str, JsonValue]], word: str, status: str
) -> None:
    items: list[Record] = []
    for number, extra in enumerate(extras):
        items.append(ticket(number, extra=extra))
        kept: dict[str, JsonValue] = {"status": word} if number % 2 else {}
        items.append(Outcome.model_validate({"source_id": str(number), "status": status, "extra": kept}))
    source = ListSource(items)
    text = written(source, {}, draft_of(source), "m.toml")
    assert mapped(text, items) == items


def test_the_examples_that_init_writes_work_without_their_signs() -> None:
    items = [*lane(1, product="Mug"), *lane(2, "closed", product="Cup")]
    source = ListSource([item for item in items if isinstance(item, Record)])
    text = written(source, {}, draft_of(source), "m.toml")
    parts = [part.replace("\n# ", "\n") for part in text.split("\n\n") if "\n# [" in part]
    found = mapped("\n".join(parts), items)
    made = [item for item in found if isinstance(item, Ticket)]
    assert [(one.subject, one.priority) for one in made] == [("Mug: Ticket 1", "high")]


@given(st.text(), st.text(), st.text())
def test_whatever_a_source_drafts_is_a_file_that_can_be_read(name: str, other: str, comment: str) -> None:
    class Drafting(ListSource):
        fields: ClassVar = {"ticket": ("subject", "status")}

        def draft(self) -> Draft:
            words = [DraftWord(other, 3, "open"), DraftWord("?" + name, 1, "open", is_known=False)]
            table = DraftTable([DraftColumn(name, "subject", comment)], {"status": words}, {name: "%d.%m.%Y"})
            return Draft({"sheet": other, "n": 3, "yes": True}, {"ticket": table}, (comment,))

    source = Drafting([])
    mapping = mapping_of(written(source, {"paths": [name]}, draft_of(source), name))
    mapping.check_fields(source.fields)
    safe = name.encode(errors="replace").decode()
    assert mapping.rules("ticket").columns == {safe: "subject"}
    assert mapping.source_options["paths"] == [safe]
    change = mapping.rules("ticket").values("status")
    assert change is not None
    assert change(other.encode(errors="replace").decode()) == "open"


def test_a_source_that_applies_the_rules_itself_is_left_alone() -> None:
    class Table(ListSource):
        fields: ClassVar = {"ticket": ("title",)}
        taken: MappingFile | None = None

        def use(self, mapping: MappingFile) -> bool:
            mapping.check("ticket", ["Titel"], "t.csv")
            self.taken = mapping
            return True

    source = Table([])
    mapping = mapping_of("[ticket.columns]\nTitel = 'title'")
    assert list(take(source, mapping).apply([ticket(1)], True)) == [ticket(1)]
    assert source.taken is mapping
    with pytest.raises(UsageError, match=r"map\.toml:2: there is no column 'Title' in t\.csv"):
        take(source, mapping_of("[ticket.columns]\nTitle = 'title'"))
    with pytest.raises(UsageError, match=r"map\.toml:1: the source has no message"):
        take(source, mapping_of("[message.fields]\nbody = 'x'"))


def test_the_example_of_the_readme_is_a_mapping_file() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    text = readme.partition("```toml\n")[2].partition("```")[0]
    made = mapped(
        text, [ticket(1, subject="[EXT] Hello", extra={"custom_fields": [{"id": "Product", "value": "P"}]})]
    )
    assert any(isinstance(item, Ticket) and item.subject == "P: Hello" for item in made)


@pytest.mark.parametrize("together", [False, True])
def test_fields_are_surveyed_alone_and_in_lists(together: bool) -> None:
    class OfFields(ListSource):
        def extract(self, cursor: str | None) -> Iterator[Extracted]:
            fields: list[RecordFields] = [
                {"kind": "ticket", "source_id": "7", "subject": "x", "requester_id": "c", "priority": "high"},
                {"kind": "outcome", "source_id": "7", "status": "closed"},
            ]
            yield from [fields] if together else fields

    table = draft_of(OfFields([])).tables["ticket"]
    assert [word.word for word in table.words["status"]] == ["closed"]
    assert [word.word for word in table.words["priority"]] == ["high"]
