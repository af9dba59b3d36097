"""The sandbox follows the API pages to the letter, and is inconvenient where they are silent."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox_user import client, data, error, new_contact, new_label, new_ticket
from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions

# An id that no object has; always the same one, so that a test is called the same in every process.
NOBODYS = "6f0c8a52-1d7e-4b39-9a64-2f5b1c3d7e80"


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


def test_a_ticket_is_shown_with_the_documented_fields(api: httpx.Client, contact: dict[str, Any]) -> None:
    label = new_label(api)
    me = api.get("/auth/me").json()
    ticket = new_ticket(
        api, contact, priority="high", assignee_id=me["id"], label_ids=[label["id"]], description="Hi"
    )
    number = ticket["code"].removeprefix("SAND-")
    assert number.isdigit()
    assert {k: v for k, v in ticket.items() if k not in ("id", "code", "created_at", "updated_at")} == {
        "subject": "Printer",
        "status": "open",
        "priority": "high",
        "contact": {"id": contact["id"], "name": "Jane Doe", "email": contact["email"]},
        "company": None,
        "assignee": {"id": me["id"], "name": "Aino Admin"},
        "labels": [{"id": label["id"], "name": label["name"], "color": "#EF4444"}],
    }
    assert data(api.get(f"/tickets/{ticket['id']}")) == ticket


def test_the_description_is_the_first_message(api: httpx.Client, contact: dict[str, Any]) -> None:
    ticket = new_ticket(api, contact, description="<p>[Zendesk 1/2]</p><script>x</script>a &amp;\n b")
    (message,) = data(api.get(f"/tickets/{ticket['id']}/messages"))
    assert message["body"] == "[Zendesk 1/2] a & b"
    assert "script" not in message["body_html"]
    assert message["is_internal"] is False
    bare = new_ticket(api, contact)
    assert data(api.get(f"/tickets/{bare['id']}/messages")) == []


def test_a_public_message_changes_the_status_and_is_emailed(
    box: Sandbox, api: httpx.Client, contact: dict[str, Any]
) -> None:
    ticket = new_ticket(api, contact)
    path = f"/tickets/{ticket['id']}/messages"
    data(api.patch(f"/tickets/{ticket['id']}", json={"status": "closed"}))
    silent = data(api.post(path, json={"body": "Silent", "send_email": False}), 201)
    assert silent["email_sent"] is False
    assert silent["direction"] == "outbound"
    assert silent["sender"] == {"name": "Aino Admin", "email": "admin@sandbox.test"}
    assert data(api.get(f"/tickets/{ticket['id']}"))["status"] == "pending"
    assert data(api.post(path, json={"body": "Loud"}), 201)["email_sent"] is True
    mails = [mail for mail in box.snapshot()["emails"] if mail["ticket_id"] == ticket["id"]]
    assert [mail["to"] for mail in mails] == [contact["email"]]


def test_an_internal_note_neither_changes_the_status_nor_is_emailed(
    api: httpx.Client, contact: dict[str, Any]
) -> None:
    ticket = new_ticket(api, contact)
    path = f"/tickets/{ticket['id']}/messages"
    note = data(api.post(path, json={"body": "Note", "is_internal": True}), 201)
    assert note["email_sent"] is False
    after = data(api.get(f"/tickets/{ticket['id']}"))
    assert after["status"] == "open"
    assert after["updated_at"] > ticket["updated_at"]
    assert data(api.get(path, params={"include_internal": "false"})) == []
    assert [row["id"] for row in data(api.get(path))] == [note["id"]]


def test_text_comes_back_as_sent_and_escaped(api: httpx.Client, contact: dict[str, Any]) -> None:
    ticket = new_ticket(api, contact)
    body = "a < b &\n  c"
    path = f"/tickets/{ticket['id']}/messages"
    message = data(api.post(path, json={"body": body, "is_internal": True}), 201)
    assert message["body"] == body
    assert message["body_html"] == "<p>a &lt; b &amp;<br>  c</p>"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("created_at", "2020-01-01T00:00:00Z"),
        ("status", "closed"),
        ("external_id", "1"),
        ("subject", ""),
        ("subject", "  "),
        ("subject", "x" * 256),
        ("subject", 5),
        ("subject", "nul \0"),
        ("priority", "normal-ish"),
        ("contact_id", "17"),
        ("contact_id", NOBODYS),
        ("assignee_id", NOBODYS),
        ("assignee_id", None),
        ("label_ids", [NOBODYS]),
        ("label_ids", "a,b"),
        ("description", "x" * 65_537),
        ("description", ""),
    ],
)
def test_a_ticket_with_a_wrong_field_is_refused(
    api: httpx.Client, contact: dict[str, Any], field: str, value: Any
) -> None:
    body = {"subject": "Printer", "contact_id": contact["id"], field: value}
    assert error(api.post("/tickets", json=body), 422) == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "body", [{}, {"subject": "x"}, {"label_ids": []}, {"status": None}, {"status": "solved"}]
)
def test_a_ticket_takes_only_status_priority_and_assignee_afterwards(
    api: httpx.Client, contact: dict[str, Any], body: dict[str, Any]
) -> None:
    ticket = new_ticket(api, contact)
    assert error(api.patch(f"/tickets/{ticket['id']}", json=body), 422) == "VALIDATION_ERROR"


def test_a_change_of_nothing_leaves_updated_at(api: httpx.Client, contact: dict[str, Any]) -> None:
    ticket = new_ticket(api, contact)
    path = f"/tickets/{ticket['id']}"
    assert data(api.patch(path, json={"status": "open"})) == ticket
    changed = data(api.patch(path, json={"status": "resolved"}))
    assert changed["updated_at"] > ticket["updated_at"]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/tickets", {"sort": "created_at"}),
        ("/tickets", {"per_page": "101"}),
        ("/tickets", {"page": "0"}),
        ("/tickets", {"page": "x"}),
        ("/tickets", {"status": "new"}),
        ("/tickets", {"status": ["open", "closed"]}),
        ("/tickets", {"contact_id": "17"}),
        ("/tickets", {"label_ids": "a,b"}),
        ("/tickets", {"created_after": "yesterday"}),
        ("/tickets", {"created_after": "2020-01-01T00:00:00"}),
        ("/tickets", {"created_after": "1577836800"}),
        ("/labels", {"page": "1"}),
        ("/companies", {"search": "x"}),
        ("/time-entries", {"date_from": "2020-1-1"}),
        ("/time-entries", {"billable": "yes"}),
        ("/contacts", {"email": "x"}),
    ],
)
def test_an_unknown_or_wrong_parameter_is_refused(
    api: httpx.Client, path: str, params: dict[str, Any]
) -> None:
    assert error(api.get(path, params=params), 422) == "VALIDATION_ERROR"


def test_messages_take_no_paging(api: httpx.Client, contact: dict[str, Any]) -> None:
    path = f"/tickets/{new_ticket(api, contact)['id']}/messages"
    assert error(api.get(path, params={"page": 1}), 422) == "VALIDATION_ERROR"
    assert set(api.get(path).json()) == {"data"}


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (b"{", "application/json", "INVALID_JSON"),
        (b"", "application/json", "INVALID_JSON"),
        (b"name=x", "application/x-www-form-urlencoded", "INVALID_CONTENT_TYPE"),
        (b"{}", "", "INVALID_CONTENT_TYPE"),
    ],
)
def test_what_is_not_json_is_a_bad_request(
    api: httpx.Client, content: bytes, content_type: str, code: str
) -> None:
    answer = api.post("/contacts", content=content, headers={"Content-Type": content_type})
    assert error(answer, 400) == code


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nowhere", "NOT_FOUND"),
        ("PUT", "/tickets", "NOT_FOUND"),
        ("OPTIONS", "/tickets", "PATH_NOT_FOUND"),
        ("GET", "/tickets/", "NOT_FOUND"),
        ("POST", "/tickets/bulk", "NOT_FOUND"),
        ("GET", "/tickets/17", "NOT_FOUND"),
        ("GET", f"/tickets/{NOBODYS}", "TICKET_NOT_FOUND"),
        ("GET", f"/tickets/{NOBODYS}/messages", "TICKET_NOT_FOUND"),
        ("DELETE", f"/contacts/{NOBODYS}", "CONTACT_NOT_FOUND"),
        ("GET", f"/companies/{NOBODYS}", "COMPANY_NOT_FOUND"),
        ("GET", f"/labels/{NOBODYS}", "LABEL_NOT_FOUND"),
        ("GET", f"/time-entries/{NOBODYS}", "TIME_ENTRY_NOT_FOUND"),
        ("GET", f"/webhooks/{NOBODYS}", "WEBHOOK_NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_404(api: httpx.Client, method: str, path: str, code: str) -> None:
    assert error(api.request(method, path), 404) == code


def test_a_body_beyond_ten_megabytes_is_refused_and_the_refusal_arrives(api: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.post("/contacts", content=b"x" * 10_000_001, headers=headers)
    assert error(answer, 413) == "PAYLOAD_TOO_LARGE"


def test_pages_together_are_the_whole_list_in_no_useful_order(api: httpx.Client) -> None:
    contact = new_contact(api)
    made = [new_ticket(api, contact)["id"] for _ in range(25)]
    pages = [
        api.get("/tickets", params={"contact_id": contact["id"], "per_page": 10, "page": page}).json()
        for page in (1, 2, 3, 4)
    ]
    assert [page["meta"] for page in pages[:2]] == [
        {"total": 25, "page": 1, "per_page": 10},
        {"total": 25, "page": 2, "per_page": 10},
    ]
    assert [len(page["data"]) for page in pages] == [10, 10, 5, 0]
    listed = [row["id"] for page in pages for row in page["data"]]
    assert sorted(listed) == sorted(made)
    assert listed not in (made, made[::-1])


def test_every_filter_of_tickets_narrows_the_list(box: Sandbox, api: httpx.Client) -> None:
    company = data(api.post("/companies", json={"name": "Acme"}), 201)
    label, other = new_label(api), new_label(api)
    contact = new_contact(api, company_id=company["id"])
    first = new_ticket(api, contact, label_ids=[label["id"], other["id"]], description="needle [Z 1]")
    me = api.get("/auth/me").json()["id"]
    second = new_ticket(api, contact, label_ids=[label["id"]], priority="low", assignee_id=me)
    data(api.patch(f"/tickets/{second['id']}", json={"status": "closed"}))

    def ids(**params: str) -> set[str]:
        answer = api.get("/tickets", params={"contact_id": contact["id"], **params})
        return {row["id"] for row in data(answer)}

    both = {first["id"], second["id"]}
    assert ids() == both
    assert ids(company_id=company["id"]) == both
    assert ids(status="open") == {first["id"]}
    assert ids(priority="low") == {second["id"]}
    assert ids(assignee_id=me) == {second["id"]}
    assert ids(label_ids=label["id"]) == both
    assert ids(label_ids=f"{label['id']},{other['id']}") == {first["id"]}
    assert ids(search="NEEDLE [z 1]") == {first["id"]}
    assert ids(search="printer") == both
    assert ids(created_after=first["created_at"]) == {second["id"]}
    assert ids(created_before=second["created_at"]) == {first["id"]}
    assert ids(created_after=first["created_at"], created_before=second["created_at"]) == set()


def test_attachments_are_planted_listed_and_fetched(box: Sandbox, api: httpx.Client) -> None:
    ticket = new_ticket(api, new_contact(api), description="Hi")
    (message,) = data(api.get(f"/tickets/{ticket['id']}/messages"))
    planted = box.add_attachment(message["id"], "näyte.txt", b"content", "text/plain")
    (message,) = data(api.get(f"/tickets/{ticket['id']}/messages"))
    assert message["attachments"] == [planted]
    assert planted["size"] == 7
    assert httpx.get(planted["url"]).content == b"content"


def test_what_people_do_meanwhile_shows(box: Sandbox, api: httpx.Client) -> None:
    ticket, other = new_ticket(api, new_contact(api)), new_contact(api)
    box.edit_ticket(ticket["id"], contact_id=other["id"], subject="Moved")
    moved = data(api.get(f"/tickets/{ticket['id']}"))
    assert (moved["contact"]["id"], moved["subject"]) == (other["id"], "Moved")
    data(api.patch(f"/tickets/{ticket['id']}", json={"status": "resolved"}))
    box.receive_message(ticket["id"], "It broke again")
    assert data(api.get(f"/tickets/{ticket['id']}"))["status"] == "open"
    (message,) = data(api.get(f"/tickets/{ticket['id']}/messages"))
    assert message["direction"] == "inbound"
    with pytest.raises(ValueError, match="created_at"):
        box.edit_ticket(ticket["id"], created_at="2020")


def test_requests_are_counted_by_their_documented_path() -> None:
    with Sandbox(SandboxOptions()) as box, client(box) as api:
        ticket = new_ticket(api, new_contact(api))
        api.get(f"/tickets/{ticket['id']}/messages")
        api.get("/nowhere")
        assert box.request_counts == {
            "POST /contacts": 1,
            "POST /tickets": 1,
            "GET /tickets/:ticket_id/messages": 1,
            "GET (unknown)": 1,
        }
        log = box.snapshot()["requests"]
        assert [row["status"] for row in log] == [201, 201, 200, 404]
        assert log[0]["user"] == "admin@sandbox.test"
