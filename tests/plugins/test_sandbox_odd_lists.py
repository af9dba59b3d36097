"""Faults of the sandbox that show what is there in another form, or much later."""

import time
from collections.abc import Iterator

import httpx
import pytest

from sandbox_user import client, data, new_contact, new_ticket
from tiketti_migrate_tiketti.sandbox import Sandbox


@pytest.fixture
def api(box: Sandbox) -> Iterator[httpx.Client]:
    with client(box) as http:
        yield http


def ids(answer: httpx.Response) -> list[str]:
    return [row["id"] for row in data(answer)]


def test_a_slow_commit_comes_although_the_client_is_gone(box: Sandbox, api: httpx.Client) -> None:
    box.set_faults("late-seconds=0.5")
    box.fail_next("POST", "^/contacts$", "slow-commit", times=2)
    with pytest.raises(httpx.ReadTimeout):
        api.post("/contacts", json={"name": "A", "email": "a@x.test"}, timeout=0.1)
    assert box.snapshot()["contacts"] == []
    begun = time.monotonic()
    made = data(api.post("/contacts", json={"name": "B", "email": "b@x.test"}), 201)
    assert time.monotonic() - begun >= 0.5
    assert [row["name"] for row in box.snapshot()["contacts"]] == ["A", "B"]
    assert made["name"] == "B"


def test_a_proxy_without_its_server_answers_404(box: Sandbox, api: httpx.Client) -> None:
    box.fail_next("POST", "^/contacts$", "missing-before")
    answer = api.post("/contacts", json={"name": "A", "email": "a@x.test"})
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (404, "text/html")
    assert box.snapshot()["contacts"] == []


def test_a_shuffled_list_holds_the_same_in_another_order(box: Sandbox, api: httpx.Client) -> None:
    made = sorted(new_contact(api)["id"] for _ in range(8))
    box.set_faults("shuffle-list=1")
    orders = [ids(api.get("/contacts")) for _ in range(5)]
    assert all(sorted(order) == made for order in orders)
    assert len({tuple(order) for order in orders}) > 1


def test_small_pages_hold_five_whatever_is_asked_for(box: Sandbox, api: httpx.Client) -> None:
    made = {new_contact(api)["id"] for _ in range(7)}
    box.set_faults("small-pages=1")
    first = api.get("/contacts", params={"per_page": 100}).json()
    second = api.get("/contacts", params={"per_page": 100, "page": 2})
    assert first["meta"] == {"total": 7, "page": 1, "per_page": 5}
    assert {row["id"] for row in first["data"]} | set(ids(second)) == made


def test_totals_that_are_missing_or_wrong(box: Sandbox, api: httpx.Client) -> None:
    new_contact(api)
    box.fail_next("GET", "^/contacts$", "no-total")
    assert set(api.get("/contacts").json()) == {"data"}
    box.fail_next("GET", "^/contacts$", "inflated-total")
    assert api.get("/contacts").json()["meta"]["total"] == 2
    assert api.get("/contacts").json()["meta"]["total"] == 1


def test_a_brief_list_has_neither_dates_nor_notes(box: Sandbox, api: httpx.Client) -> None:
    made = data(api.post("/companies", json={"name": "Acme", "notes": "n"}), 201)
    new_contact(api)
    box.set_faults("brief-list=1")
    (company,) = data(api.get("/companies"))
    (contact,) = data(api.get("/contacts"))
    assert "notes" not in company
    assert "created_at" not in contact
    assert data(api.get(f"/companies/{made['id']}"))["notes"] == "n"


def test_a_loose_search_finds_what_holds_any_of_its_words(box: Sandbox, api: httpx.Client) -> None:
    ticket = new_ticket(api, new_contact(api), subject="Printer on fire")
    search = {"search": "[printer 17/4]"}
    assert ids(api.get("/tickets", params=search)) == []
    box.fail_next("GET", "^/tickets$", "loose-search")
    assert ids(api.get("/tickets", params=search)) == [ticket["id"]]


def test_descriptions_and_notes_come_back_with_other_white_space(box: Sandbox, api: httpx.Client) -> None:
    ticket = new_ticket(api, new_contact(api))
    box.set_faults("alter-body=1")
    entry = {"duration_minutes": 5, "description": "did it [Z 1/2]"}
    made = data(api.post(f"/tickets/{ticket['id']}/time-entries", json=entry), 201)
    assert made["description"] == "did  it  [Z  1/2]\n"
    bare = data(api.post(f"/tickets/{ticket['id']}/time-entries", json={"duration_minutes": 5}), 201)
    assert bare["description"] is None
    company = data(api.post("/companies", json={"name": "Acme", "notes": "[Z x/1]\nmore"}), 201)
    assert company["notes"] == "[Z  x/1]\nmore\n"
