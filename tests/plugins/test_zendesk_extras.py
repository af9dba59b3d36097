"""Fields that Tiketti has no place for: in a note, as labels, or left out."""

from typing import Any

import pytest

from tiketti_migrate_tiketti.sanitising import plain_text
from tiketti_migrate_zendesk.account import Account
from tiketti_migrate_zendesk.fields_note import is_fields_note
from zendesk_objects import HOST, comment, convert, some_account, ticket

FULL: dict[str, Any] = {
    "type": "incident",
    "group_id": 7,
    "brand_id": 1,
    "ticket_form_id": 3,
    "custom_status_id": 5,
    "organization_id": 51,
    "external_id": "X-9",
    "due_at": "2023-02-01T12:00:00Z",
    "recipient": "help@acme.test",
    "submitter_id": 900,
    "email_cc_ids": [101],
    "follower_ids": [900],
    "collaborator_ids": [101, 900],
    "satisfaction_rating": {"id": 1, "score": "bad", "comment": "Too slow", "reason": "Waiting"},
    "via": {
        "channel": "whatsapp",
        "source": {"from": {"name": "Jane", "phone": "+1"}, "to": {}, "rel": None},
    },
    "problem_id": 2000,
    "via_followup_source_id": 900,
    "followup_ids": [1100, 1101],
    "custom_fields": [
        {"id": 30, "value": "c_blue"},
        {"id": 31, "value": ["p_lid", "p_cord"]},
        {"id": 32, "value": True},
        {"id": 33, "value": "It <fell>\nfrom the table"},
        {"id": 34, "value": 100},
        {"id": 99, "value": 0},
        {"id": 98, "value": False},
        {"id": 97, "value": None},
        {"id": 20, "value": 125},
    ],
}


def lost(found: Any) -> dict[str, Any]:
    """What stays beside the ticket and is told nowhere."""
    extra = found.ticket["extra"]
    return {key: value for key, value in extra.items() if key not in (*extra.get("_noted", ()), "_noted")}


def full(extras: str = "note", account: Account | None = None, **changes: Any) -> Any:
    return convert(ticket(comment(), **{**FULL, **changes}), account, extras=extras)


def lines(found: Any) -> list[str]:
    return [line for line in plain_text(found.note).splitlines() if line.strip()]


def test_the_note_tells_all_of_them_and_nothing_else_does() -> None:
    found = full()
    assert lines(found) == [
        "Fields of the ticket in Zendesk",
        "Type: incident",
        "Due: 2023-02-01 12:00 UTC",
        "External id: X-9",
        "Received at: help@acme.test",
        "Group: Support",
        "Brand: Kettles",
        "Form: Repair",
        "Status: Awaiting parts",
        "Organization: Other Oy",
        "Submitted by: Aino Agent",
        "CC: John Roe",
        "Followers: Aino Agent",
        f"Problem: https://{HOST}/agent/tickets/2000",
        f"Follow-up of: https://{HOST}/agent/tickets/900",
        f"Follow-ups: https://{HOST}/agent/tickets/1100, https://{HOST}/agent/tickets/1101",
        "Satisfaction: bad: Too slow: Waiting",
        "Channel: whatsapp (Jane, +1)",
        "Colour: Blue",
        "Parts: Lid, Cord",
        "Under warranty: yes",
        "What happened: It <fell>",
        "from the table",
        "Shop: Jane Doe (jane@example.com)",
        "Field 99: 0",
    ]
    # Kept for mapping files, and no loss.
    assert set(found.ticket["extra"]) - {"_noted"} == set(found.ticket["extra"]["_noted"])
    assert found.of("link_note")[0]["ticket_ids"] == ("2000", "900", "1100", "1101")


def test_the_note_is_internal_and_comes_last() -> None:
    late = comment(created_at="2024-01-01T00:00:00Z")
    for comments in ((), (comment(),), (late,)):
        found = convert(ticket(*comments, type="incident"))
        (note,) = (one for one in found.of("message") if is_fields_note(one))
        assert note["is_internal"]
        assert all(one["created_at"] <= note["created_at"] for one in found.talk)
        assert found.of("message")[-1] is note


def test_a_ticket_with_nothing_of_it_has_no_note() -> None:
    usual = {
        "via": {"channel": "web"},
        "satisfaction_rating": {"score": "unoffered"},
        "organization_id": 50,
        "custom_status_id": 6,
        "custom_fields": [{"id": 30, "value": None}],
        "collaborator_ids": [],
    }
    found = convert(ticket(comment(), **usual))
    assert (found.note, lost(found), found.ticket["warnings"]) == ("", {}, ())


def test_what_all_tickets_have_tells_nothing() -> None:
    account = some_account(groups={"7": "Support"}, brands={"1": "Kettles"}, forms={"3": "Repair"})
    found = convert(ticket(comment(), group_id=7, brand_id=1, ticket_form_id=3), account)
    assert (found.note, lost(found)) == ("", {})


def test_an_id_without_a_name_stays_beside_the_ticket() -> None:
    account = some_account(groups={}, brands={}, holds=lambda _kind, _id: True)
    found = convert(ticket(comment(), group_id=7, brand_id=1), account)
    assert (found.note, lost(found)) == ("", {"group_id": 7, "brand_id": 1})


def test_short_ones_become_labels_and_the_others_stay_with_a_warning() -> None:
    found = full("label")
    assert found.note == ""
    assert found.ticket["label_ids"] == (
        "kettle", "type:incident", "group:support", "brand:kettles", "form:repair", "status:awaiting parts",
        "channel:whatsapp", "colour:blue", "parts:lid", "parts:cord", "under warranty",
    )  # fmt: skip
    assert [one["name"] for one in found.of("label")][1:4] == [
        "type:incident",
        "group:Support",
        "brand:Kettles",
    ]
    assert {"external_id", "email_cc_ids", "satisfaction_rating", "custom_fields"} <= set(
        found.ticket["extra"]
    )
    kept = found.ticket["extra"]["custom_fields"]
    assert [one["id"] for one in kept] == ["30", "31", "32", "33", "34", "99"]
    assert "custom_fields" not in found.ticket["extra"]["_noted"]
    assert any("no labels, kept as extra" in warning for warning in found.ticket["warnings"])


def test_off_leaves_all_of_it_beside_the_ticket() -> None:
    found = full("off")
    assert (found.note, found.ticket["label_ids"]) == ("", ("kettle",))
    # Collaborators are the CCs and followers once more.
    assert set(lost(found)) == set(FULL) - {"collaborator_ids"}
    assert found.ticket["extra"]["type"] == "incident"
    assert found.ticket["extra"]["custom_fields"][0]["title"] == "Colour"


def test_what_is_too_long_for_the_note_stays_beside_the_ticket() -> None:
    values = [{"id": 33, "value": "x" * 100_000}, {"id": 30, "value": "c_red"}]
    found = convert(ticket(comment(), custom_fields=values))
    assert lines(found)[1:] == ["Colour: Red"]
    assert found.ticket["extra"]["custom_fields"][0]["value"] == "x" * 100_000
    assert found.ticket["warnings"] == ("What happened: too long for a note, kept as extra",)


def test_a_follow_up_that_only_its_origin_names() -> None:
    via = {"channel": "web", "source": {"from": {"ticket_id": 2000, "subject": "x"}, "rel": "follow_up"}}
    found = convert(ticket(comment(), via=via))
    assert lines(found)[1:] == [f"Follow-up of: https://{HOST}/agent/tickets/2000"]


def test_without_a_host_tickets_are_named_by_number() -> None:
    account = some_account(hosts=())
    found = convert(ticket(comment(), url=None, followup_ids=[2000]), account)
    assert lines(found)[1:] == ["Follow-ups: ticket 2000"]
    assert found.of("link_note")[0]["ticket_ids"] == ("2000",)


@pytest.mark.parametrize("key", sorted({*FULL, "fields", "tags"}))
@pytest.mark.parametrize("value", [{"a": [1]}, [{"a": 1}], "\x00", 1e300, True, "text", [None], [[]]])
def test_an_odd_value_is_read_or_kept(key: str, value: Any) -> None:
    for extras in ("note", "label", "off"):
        found = convert(ticket(comment(), **{key: value}), extras=extras)
        told = found.note or lost(found) or found.ticket["warnings"] or found.ticket["label_ids"]
        assert told


@pytest.mark.parametrize(
    ("values", "left"),
    [
        (
            [{"title": "Serial", "value": "ABC"}, "loose text", {"id": 5, "name": "x"}],
            [{"title": "Serial", "value": "ABC"}, "loose text", {"id": 5, "name": "x"}],
        ),
        ("Serial=" + "ABC" * 100, ["Serial=" + "ABC" * 100]),
        ([{"id": 5, "value": "A"}, {"id": "5", "value": "B"}], [{"id": "5", "value": "B"}]),
        ([{"id": None, "value": None}, {}, None, ""], None),
        ([{"id": 5, "value": "A"}, {"id": 5, "value": "A"}], None),
    ],
)
def test_what_is_no_value_of_a_custom_field_is_kept(values: Any, left: Any) -> None:
    found = convert(ticket(comment(), custom_fields=values))
    assert found.ticket["extra"].get("custom_fields_rest") == left
    said = any("the rest is kept as extra" in warning for warning in found.ticket["warnings"])
    assert said == (left is not None)
    assert "custom_fields_rest" not in found.ticket["extra"].get("_noted", ())


def test_two_lists_of_custom_fields_that_contradict_each_other() -> None:
    raw = ticket(comment(), fields=[{"id": 5, "value": "A"}], custom_fields=[{"id": 5, "value": "B"}])
    found = convert(raw)
    assert "Field 5:</b> A" in found.note
    assert found.ticket["extra"]["custom_fields_rest"] == [{"id": 5, "value": "B"}]
