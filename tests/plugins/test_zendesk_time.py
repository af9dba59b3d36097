"""Time entries, statuses and the account's own words for them."""

from decimal import Decimal
from typing import Any

import pytest

from tiketti_migrate.errors import UsageError
from tiketti_migrate.options import build, parameters
from tiketti_migrate_zendesk.account import Account, Pieces
from tiketti_migrate_zendesk.options import ZendeskOptions
from zendesk_objects import Converted, comment, convert, options, some_account, ticket

TOTAL, UPDATE = 20, 21


def worked(number: int, seconds: Any, **changes: Any) -> dict[str, Any]:
    event = {"type": "Change", "field_name": str(UPDATE), "value": seconds}
    about = {"id": number, "author_id": 101, "created_at": f"2023-01-0{number}T00:00:00Z"}
    return {**about, "events": [event], **changes}


def spent(total: Any, *audits: Any, pieces: Pieces = Pieces(), **chosen: Any) -> Converted:  # noqa: B008
    raw = ticket(comment(), audits=list(audits), custom_fields=[{"id": TOTAL, "value": total}])
    return convert(raw, pieces=pieces, **chosen)


def entries(found: Converted) -> list[tuple[str, int, str, str | None]]:
    return [
        (str(one["date"]), one["duration_minutes"], one["description"], one["agent_id"])
        for one in found.of("time_entry")
    ]


def test_each_update_is_an_entry_and_the_rest_of_the_total_one_more() -> None:
    found = spent(
        "200", worked(3, "61"), worked(3, "61"), pieces=Pieces(audits=(worked(4, 60), worked(3, 1)))
    )
    assert entries(found) == [
        ("2023-01-03", 2, "Time spent: 61 s", "101"),
        ("2023-01-04", 1, "Time spent: 60 s", "101"),
        ("2023-01-05", 2, "Further time spent: 79 s", "900"),
    ]


def test_the_total_alone_or_none() -> None:
    assert entries(spent("200", worked(3, "61"), time="total")) == [
        ("2023-01-05", 4, "Total time spent: 200 s", "900")
    ]
    found = spent("200", worked(3, "61"), time="off")
    assert not entries(found)
    assert "Total time spent (sec):</b> 200" in found.note


def ids(found: Converted) -> list[tuple[str, str | None]]:
    return [(one["source_id"], one.get("formerly")) for one in found.of("time_entry")]


def test_the_total_and_the_updates_name_each_other_as_what_may_have_been_written_already() -> None:
    audits = [worked(3, 61), worked(4, 60)]
    updates = ids(spent(200, *audits))
    assert updates == [
        ("1000-time-3", "1000-time-total"),
        ("1000-time-4", "1000-time-total"),
        ("1000-time", "1000-time-total"),
    ]
    assert ids(spent(200, *audits, time="total")) == [("1000-time-total", "1000-time-3")]
    assert ids(spent(200)) == [("1000-time-total", None)]


def test_the_id_of_an_update_does_not_depend_on_what_else_is_told() -> None:
    rows = [worked(3, 61, id=None), worked(4, 61, id=None), worked(4, 61, id=None, author_id="102")]
    first = {own_id for own_id, _formerly in ids(spent(61 * 3, *rows))}
    other = {"events": [{"type": "Change", "field_name": "status", "value": "open"}]}
    again = ids(spent(61 * 3 + 5, other, worked(1, 5, id=None), *reversed(rows)))
    assert first == {
        "1000-time-20230103T000000-61-101",
        "1000-time-20230104T000000-61-101",
        "1000-time-20230104T000000-61-102",
    }
    assert {own_id for own_id, _formerly in again} - first == {"1000-time-20230101T000000-5-101"}


def test_equal_updates_without_ids_are_as_many_entries() -> None:
    rows = [worked(3, 61, id=None), worked(3, 61, id=None), worked(3, 5, id=None, created_at=None)]
    assert [own_id for own_id, _formerly in ids(spent(None, *rows))] == [
        "1000-time-20230103T000000-61-101",
        "1000-time-20230103T000000-61-101-2",
        "1000-time-undated-5-101",
    ]


def test_updates_without_a_total_are_no_loss_where_the_total_is_asked_for() -> None:
    assert entries(spent(None, worked(3, 61), worked(4, 60), time="total")) == [
        ("2023-01-05", 3, "Total time spent: 121 s", "900")
    ]


def test_work_that_nobody_dates_is_said() -> None:
    raw = ticket(audits=[worked(3, 61, created_at=None)], created_at=None, updated_at=None)
    found = convert(raw)
    assert not entries(found)
    assert "61 seconds of work have no date and are left out" in found.ticket["warnings"]


def test_billable_and_rate_are_the_user_s_choice() -> None:
    (entry,) = spent(60, billable=False, rate="12.50").of("time_entry")
    assert (entry["billable"], entry["rate"]) == (False, Decimal("12.50"))
    (entry,) = spent(60).of("time_entry")
    assert (entry["billable"], entry["rate"]) == (True, None)


@pytest.mark.parametrize("value", [-5, "abc", 1.5, [60], 1e300, 10**30, True])
def test_odd_time_is_no_entry_and_is_told(value: Any) -> None:
    found = spent(value)
    assert not entries(found)
    assert any("no number of seconds" in warning for warning in found.ticket["warnings"])
    found = spent(None, worked(3, value))
    assert not entries(found)
    assert any("no number of seconds" in warning for warning in found.ticket["warnings"])


def test_work_that_the_updates_tell_and_the_total_does_not_is_told() -> None:
    found = spent(30, worked(3, 61))
    assert len(entries(found)) == 1
    assert "the updates add up to 31 seconds more than the total time spent" in found.ticket["warnings"]


def test_options_are_flags() -> None:
    names = {option for parameter in parameters(ZendeskOptions) for option in parameter.opts}
    assert {"--extras", "--links", "--time", "--billable", "--rate"} <= names
    given = build(ZendeskOptions, {"paths": (".",), "rate": "12.50", "billable": False, "links": "off"})
    assert (given.rate, given.billable, given.links, given.extras) == (Decimal("12.50"), False, "off", "note")
    for rate in ("-1", "much", "nan", "inf"):
        with pytest.raises(UsageError, match="--rate"):
            build(ZendeskOptions, {"paths": (".",), "rate": rate})


@pytest.mark.parametrize(
    ("status", "custom", "becomes"),
    [
        ("open", 5, "open"),
        (None, 5, "pending"),
        ("odd", 5, "pending"),
        (None, 9, "open"),
        ("Solved ", 9, "resolved"),
    ],
)
def test_a_custom_status_decides_where_the_ticket_s_own_says_nothing(
    status: Any, custom: Any, becomes: str
) -> None:
    found = convert(ticket(comment(), status=status, custom_status_id=custom))
    (outcome,) = found.of("outcome")
    assert outcome["status"] == becomes


def test_a_word_that_the_custom_status_overrules_is_told() -> None:
    for word, warnings in (("odd", True), (None, False), ("open", False)):
        (outcome,) = convert(ticket(comment(), status=word, custom_status_id=5)).of("outcome")
        assert bool(outcome.get("warnings")) == warnings


@pytest.mark.parametrize(
    ("word", "code"), [("deleted", "DELETED_TICKET"), ("Deleted ", "DELETED_TICKET"), ("spam", "SPAM_TICKET")]
)
def test_deleted_tickets_and_spam_are_counted_and_left_out(word: str, code: str) -> None:
    found = convert(ticket(comment(), status=word))
    assert not found.records
    assert [(one.code, one.lost) for one in found.problems] == [(code, 0)]


NAMELESS: list[Any] = [None, [], "x", {}, {"id": 1}, {"name": "x", "title": "x"}, {"id": {}, "name": "x"}]


@pytest.mark.parametrize("raw", NAMELESS)
def test_what_names_nothing_is_left_out_of_the_account(raw: Any) -> None:
    account = Account(hosts=("acme.zendesk.com",))
    account.add_field(raw)
    account.add_group(raw)
    account.add_brand(raw)
    account.add_form(raw)
    account.add_status(raw)
    assert account == Account(hosts=("acme.zendesk.com",))


def test_the_account_s_words() -> None:
    account = Account(hosts=("acme.zendesk.com",))
    choices = [{"name": "Blue", "value": "b"}, {"name": None}, 7]
    account.add_field({"id": 1, "title": " Colour ", "type": "tagger", "custom_field_options": choices})
    account.add_field(
        {"id": 2, "raw_title": "Type", "system_field_options": [{"name": "Task", "value": "task"}]}
    )
    account.add_group({"id": "7", "name": "Support"})
    account.add_brand({"id": 1, "name": "Mugs", "subdomain": "mugs", "host_mapping": "help.mugs.example"})
    account.add_brand({"id": 2, "name": "Odd", "brand_url": "5e52582af2ab7c3a", "subdomain": "-"})
    account.add_form({"id": 3, "name": "Repair"})
    account.add_status({"id": 5, "agent_label": "Awaiting parts", "status_category": "HOLD"})
    assert (account.fields["1"].title, dict(account.fields["1"].options)) == ("Colour", {"b": "Blue"})
    assert dict(account.fields["2"].options) == {"task": "Task"}
    assert (account.groups, account.brands) == ({"7": "Support"}, {"1": "Mugs", "2": "Odd"})
    assert account.statuses["5"].category == "hold"
    assert account.hosts == ("acme.zendesk.com", "help.mugs.example", "mugs.zendesk.com")


def test_the_rate_must_be_one() -> None:
    assert options(rate="0").rate == 0
    assert some_account().host == "acme.zendesk.com"
