"""Users become agents and contacts, organizations companies."""

from typing import Any

import pytest

from tiketti_migrate_zendesk.people import company_records, nobody, person_records
from zendesk_objects import Converted, options, some_account


def person(*identities: Any, extras: str = "note", **raw: Any) -> Any:
    about = {"name": "Jane Doe", "email": "jane@example.com", "role": "end-user", **raw}
    account, chosen = some_account(), options(extras=extras)
    found = Converted(person_records(about, "100", "users:1", identities, account, chosen)).assert_sound()
    return found.records[0]


def company(
    extras: str = "note", domains: tuple[str, ...] = (), tags: tuple[str, ...] = (), **raw: Any
) -> Any:
    account, chosen = some_account(), options(extras=extras)
    found = company_records({"name": "Example Oy", **raw}, "50", "orgs:1", domains, tags, account, chosen)
    return Converted(found).assert_sound().records[0]


def test_a_customer_with_everything() -> None:
    found = person(
        phone="+358 40 1",
        notes="Calls on Mondays",
        details="Floor 3",
        alias="JD",
        external_id="C-1",
        tags=["vip"],
        user_fields={"tier": "gold", "score": 0, "empty": None},
        organization_id=50,
        last_login_at="2023-01-01T00:00:00Z",
        brand_new=[1],
    )
    assert (found["kind"], found["email"], found["phone"], found["company_id"]) == (
        "contact", "jane@example.com", "+358 40 1", "50"
    )  # fmt: skip
    assert found["notes"] == (
        "Calls on Mondays\n\nFloor 3\n\nAlias: JD\nExternal id: C-1\nTags: vip\ntier: gold\nscore: 0"
    )
    assert (found["extra"], found["warnings"]) == ({"brand_new": [1]}, ())


def test_with_extras_off_what_has_no_field_stays_beside_the_contact() -> None:
    found = person(
        extras="off", alias="JD", tags=["vip"], identities=[{"type": "email", "value": "b@example.com"}]
    )
    assert found["notes"] is None
    assert sorted(found["extra"]) == ["alias", "identities", "tags"]


@pytest.mark.parametrize(("extras", "role"), [("note", "end-user"), ("off", "end-user"), ("note", "agent")])
def test_what_came_apart_from_a_person_is_told_or_kept(extras: str, role: str) -> None:
    raw = {"name": "Jane", "email": "jane@example.com", "role": role, "phone": "+358 1", "tags": ["vip"]}
    apart = [{"type": "email", "value": "second@example.com"}]
    about = (apart, some_account(), options(extras=extras))
    (found,) = person_records(raw, "100", "users:1", *about, tags=["late"])
    for word in ("second@example.com", "vip", "late", "+358 1"):
        assert word in str(found)
    if extras == "note" and role == "end-user":
        assert found["notes"] == "Other addresses: second@example.com\nTags: vip, late"
        assert not found["extra"]


def test_words_that_are_none_are_kept() -> None:
    raw: dict[str, Any] = {"domain_names": ["Example.com", ["x"], " "], "tags": [{"a": 1}, "vip"]}
    (found,) = company_records(
        {"name": "Example Oy", **raw}, "50", "orgs:1", (), (), some_account(), options()
    )
    assert (found["domains"], found["notes"]) == (("example.com",), "Tags: vip")
    assert found["extra"] == raw
    assert len(found["warnings"]) == 2
    assert company("off", tags=("vip",))["extra"] == {"tags": ["vip"]}


def test_other_addresses_stand_in_the_notes() -> None:
    found = person(
        {"type": "email", "value": "JANE@example.com", "primary": True},
        {"type": "email", "value": "second@example.com"},
        {"type": "phone_number", "value": "+1"},
        {"type": "twitter", "value": "jane"},
        {"type": "any_channel", "value": "whatsapp:1"},
        identities=[{"id": 1, "type": "email", "value": "third@example.com"}],
    )
    assert (found["email"], found["phone"]) == ("jane@example.com", "+1")
    assert found["notes"].splitlines() == [
        "Other addresses: third@example.com, second@example.com", "Twitter: jane", "Any channel: whatsapp:1"
    ]  # fmt: skip


def test_the_primary_address_among_the_identities_is_the_e_mail_where_the_user_names_none() -> None:
    first, primary = ({"type": "email", "value": f"{name}@example.com"} for name in "ab")
    found = person(first, {**primary, "primary": True}, email=None)
    assert (found["email"], found["notes"]) == ("b@example.com", "Other addresses: a@example.com")


def test_identities_that_are_none_are_kept_and_said() -> None:
    found = person(identities=[{"type": "email", "value": 5}, 7, {"a": 1}])
    assert "identities" in found["extra"]
    assert found["warnings"]


def test_a_user_without_an_address_is_a_contact_without_one() -> None:
    assert person(email=None)["email"] is None
    odd = person(email="no address")
    assert (odd["email"], odd["notes"]) == (None, "E-mail in Zendesk: no address")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"suspended": True}, "was suspended in Zendesk"),
        ({"active": False}, "was deleted in Zendesk"),
        ({"permanently_deleted": True, "active": False}, "was deleted for good in Zendesk"),
        ({"name": "Permanently Deleted User"}, "was deleted for good in Zendesk"),
        ({"name": None}, "the user has no name"),
        ({"role": None}, "has no role"),
        ({"role": "wizard"}, "the role 'wizard' is unknown: taken as a customer"),
    ],
)
def test_what_became_of_a_user_is_said(raw: dict[str, Any], said: str) -> None:
    found = person(**raw)
    assert found["kind"] == "contact"
    assert len(found["warnings"]) == 1
    assert found["warnings"][0].startswith(said)


@pytest.mark.parametrize("role", ["agent", "admin", "Light Agent", "light_agent", "owner"])
def test_staff_of_any_kind_are_agents(role: str) -> None:
    assert person(role=role, custom_role_id=4)["kind"] == "agent"


def test_a_user_without_a_name_is_called_by_the_address_or_the_id() -> None:
    assert person(name=None)["name"] == "jane@example.com"
    assert person(name=[], email=None)["name"] == "Unknown user 100"


def test_a_company_with_what_came_apart_from_it() -> None:
    found = company(
        domains=("b.example", "A.example"),
        tags=("gold",),
        domain_names=["a.example"],
        tags_=1,
        notes="VIP",
        group_id=7,
        external_id="9",
        organization_fields={"tier": 1},
    )
    assert found["domains"] == ("a.example", "b.example")
    assert found["notes"] == "VIP\n\nExternal id: 9\nGroup: Support\nTags: gold\ntier: 1"
    assert sorted(company(extras="off", group_id=7, external_id="9")["extra"]) == ["external_id", "group_id"]


def test_nobody_is_a_contact() -> None:
    Converted([nobody()]).assert_sound()
