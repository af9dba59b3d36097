"""Contacts, companies, labels, time entries and webhooks of the sandbox."""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox_user import client, data, error, new_contact, new_label, new_ticket
from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(limit="off")) as running:
        yield running


@pytest.fixture(scope="module")
def api(box: Sandbox) -> Iterator[httpx.Client]:
    with client(box) as http:
        yield http


@pytest.fixture
def contact(api: httpx.Client) -> dict[str, Any]:
    return new_contact(api)


def test_an_email_address_is_unique_whatever_its_case(api: httpx.Client, contact: dict[str, Any]) -> None:
    body = {"name": "Twin", "email": contact["email"].upper()}
    assert error(api.post("/contacts", json=body), 422) == "EMAIL_TAKEN"
    other = new_contact(api)
    patched = api.patch(f"/contacts/{other['id']}", json={"email": body["email"]})
    assert error(patched, 422) == "EMAIL_TAKEN"
    own = api.patch(f"/contacts/{contact['id']}", json={"email": body["email"]})
    assert data(own)["email"] == body["email"]


@pytest.mark.parametrize(
    "email", ["", "jane", "jane@", "@x.test", "a b@x.test", "a@b", "a..b@x.test", ".a@x.test"]
)
def test_an_email_address_must_be_one(api: httpx.Client, email: str) -> None:
    answer = api.post("/contacts", json={"name": "Jane", "email": email})
    assert error(answer, 422) == "VALIDATION_ERROR"


def test_a_contact_by_id_shows_more_than_in_the_list(api: httpx.Client) -> None:
    contact = new_contact(api, name="Findable Person", phone="+358 1", notes="VIP")
    ticket = new_ticket(api, contact)
    whole = data(api.get(f"/contacts/{contact['id']}"))
    assert whole["notes"] == "VIP"
    assert whole["total_tickets"] == whole["ticket_count"] == 1
    assert [row["id"] for row in whole["recent_tickets"]] == [ticket["id"]]
    (listed,) = data(api.get("/contacts", params={"search": "findable"}))
    assert set(whole) - set(listed) == {"notes", "recent_tickets", "total_tickets", "updated_at"}


def test_a_contact_is_linked_to_the_company_of_its_domain(api: httpx.Client) -> None:
    domain = f"{uuid.uuid4().hex}.test"
    body = {"name": "Globex", "domains": [domain.upper()], "ticket_prefix": "GLO", "hourly_rate": 120}
    company = data(api.post("/companies", json=body), 201)
    contact = new_contact(api, email=f"hank@{domain}")
    assert contact["company"] == {"id": company["id"], "name": "Globex"}
    assert new_ticket(api, contact)["code"].startswith("GLO-")
    assert error(api.delete(f"/companies/{company['id']}"), 422) == "COMPANY_HAS_CONTACTS"
    assert data(api.post("/companies", json={"name": "Globex"}), 201)["id"] != company["id"]


def test_a_contact_with_tickets_stays_until_they_are_gone(api: httpx.Client) -> None:
    contact = new_contact(api)
    ticket = new_ticket(api, contact, description="Hi")
    entry = data(api.post(f"/tickets/{ticket['id']}/time-entries", json={"duration_minutes": 5}), 201)
    assert error(api.delete(f"/contacts/{contact['id']}"), 422) == "CONTACT_HAS_TICKETS"
    deleted = api.delete(f"/tickets/{ticket['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert error(api.get(f"/time-entries/{entry['id']}"), 404) == "TIME_ENTRY_NOT_FOUND"
    assert api.delete(f"/contacts/{contact['id']}").status_code == 204


def test_a_label_name_is_unique_and_a_deleted_label_leaves_its_tickets(
    api: httpx.Client, contact: dict[str, Any]
) -> None:
    label = new_label(api)
    twin = {"name": label["name"].upper(), "color": "#000000"}
    assert error(api.post("/labels", json=twin), 422) == "LABEL_NAME_TAKEN"
    assert error(api.post("/labels", json={"name": "x", "color": "red"}), 422) == "VALIDATION_ERROR"
    assert error(api.post("/labels", json={"name": "x" * 51, "color": "#000000"}), 422)
    ticket = new_ticket(api, contact, label_ids=[label["id"]])
    assert data(api.get(f"/labels/{label['id']}"))["ticket_count"] == 1
    assert api.delete(f"/labels/{label['id']}").status_code == 204
    assert data(api.get(f"/tickets/{ticket['id']}"))["labels"] == []


def test_labels_are_added_to_a_ticket_and_taken_from_it(api: httpx.Client, contact: dict[str, Any]) -> None:
    first, second = new_label(api), new_label(api)
    ticket = new_ticket(api, contact, label_ids=[first["id"]])
    path = f"/tickets/{ticket['id']}/labels"
    added = data(api.post(path, json={"label_ids": [second["id"], first["id"]]}))
    assert [label["id"] for label in added["labels"]] == [first["id"], second["id"]]
    assert api.request("DELETE", path, json={"label_ids": [first["id"]]}).status_code == 204
    assert [x["id"] for x in data(api.get(f"/tickets/{ticket['id']}"))["labels"]] == [second["id"]]
    assert error(api.post(path, json={"label_ids": [str(uuid.uuid4())]}), 422) == "VALIDATION_ERROR"


def test_the_rate_of_a_time_entry_is_its_own_or_the_next_in_line(api: httpx.Client) -> None:
    company = data(api.post("/companies", json={"name": "R", "hourly_rate": 100, "currency": "SEK"}), 201)
    ticket = new_ticket(api, new_contact(api, company_id=company["id"]))
    path = f"/tickets/{ticket['id']}/time-entries"
    company_rate = data(api.post(path, json={"duration_minutes": 30, "date": "2023-05-01"}), 201)
    assert (company_rate["rate"], company_rate["amount"], company_rate["currency"]) == (100, 50, "SEK")
    own = data(api.post(path, json={"duration_minutes": 10, "rate": 99.5, "date": "2023-06-01"}), 201)
    assert (own["rate"], own["amount"]) == (99.5, 16.58)
    free = data(api.post(path, json={"duration_minutes": 60, "billable": False}), 201)
    assert free["amount"] == 0
    listed = api.get("/time-entries", params={"ticket_id": ticket["id"]}).json()
    assert listed["meta"]["totals"] == {"duration_minutes": 100, "billable_amount": 66.58}
    params = {"ticket_id": ticket["id"], "date_from": "2023-05-01", "date_to": "2023-05-31"}
    assert [row["id"] for row in data(api.get("/time-entries", params=params))] == [company_rate["id"]]
    default = new_ticket(api, new_contact(api))
    plain = data(api.post(f"/tickets/{default['id']}/time-entries", json={"duration_minutes": 60}), 201)
    assert (plain["rate"], plain["currency"]) == (80, "EUR")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"duration_minutes": "30"},
        {"duration_minutes": 1.5},
        {"duration_minutes": 0},
        {"duration_minutes": 5, "date": "2023-02-30"},
        {"duration_minutes": 5, "rate": -1},
        {"duration_minutes": 5, "user_id": str(uuid.uuid4())},
    ],
)
def test_a_wrong_time_entry_is_refused(
    api: httpx.Client, contact: dict[str, Any], body: dict[str, Any]
) -> None:
    path = f"/tickets/{new_ticket(api, contact)['id']}/time-entries"
    assert error(api.post(path, json=body), 422) == "VALIDATION_ERROR"


def test_webhook_deliveries_are_recorded_and_signed() -> None:
    with Sandbox(SandboxOptions(limit="off")) as box, client(box) as api:
        hook = {"url": "https://hooks.example.test/x", "events": ["ticket.created"], "secret": "s"}
        made = data(api.post("/webhooks", json=hook), 201)
        assert made == {"id": made["id"], "url": hook["url"], "events": hook["events"], "active": True}
        silent = {"url": hook["url"], "events": ["ticket.created"], "active": False}
        data(api.post("/webhooks", json=silent), 201)
        ticket = new_ticket(api, new_contact(api))
        (delivery,) = box.snapshot()["deliveries"]
        assert delivery["headers"]["X-Tiketti-Event"] == "ticket.created"
        assert len(delivery["headers"]["X-Tiketti-Signature"]) == 64
        assert delivery["payload"]["data"]["id"] == ticket["id"]
        assert delivery["payload"]["organization_id"] == box.organization_id()


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://x.test/", "events": ["ticket.created"]},
        {"url": "https://x.test/", "events": []},
        {"url": "https://x.test/", "events": ["ticket.exploded"]},
        {"url": "https://x.test/"},
    ],
)
def test_a_wrong_webhook_is_refused(api: httpx.Client, body: dict[str, Any]) -> None:
    assert error(api.post("/webhooks", json=body), 422) == "VALIDATION_ERROR"


@pytest.mark.parametrize("status", [400, 409])
def test_the_status_of_a_conflict_can_be_chosen(status: int) -> None:
    with Sandbox(SandboxOptions(conflict_status=status)) as box, client(box) as api:  # type: ignore[arg-type]
        contact = new_contact(api)
        answer = api.post("/contacts", json={"name": "Twin", "email": contact["email"]})
        assert error(answer, status) == "EMAIL_TAKEN"
