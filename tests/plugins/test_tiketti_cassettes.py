"""Every documented exchange, pinned: what we send, word for word, and the answer as the API pages show it.

The cassette is replayed to our client, and the same conversation is held with the sandbox, whose answers must
have the same form. What the pages document (tiketti-api.md) stands below, apart from both.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import vcr
import yaml

from tiketti_migrate.errors import Refused
from tiketti_migrate.http import Client, Limiter, ServerClock
from tiketti_migrate_tiketti.auth import TokenKeeper
from tiketti_migrate_tiketti.client import TikettiClient
from tiketti_migrate_tiketti.options import Credentials
from tiketti_migrate_tiketti.sandbox import Sandbox

CASSETTE = Path(__file__).parents[2] / "cassettes" / "tiketti" / "documented_exchanges.yaml"
PUBLIC = "https://api.tiketti.app/api/v1"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MATCH = ("method", "path", "query", "raw_body")

TICKET = {
    "id", "code", "subject", "status", "priority", "contact", "company", "assignee", "labels", "created_at",
    "updated_at",
}  # fmt: skip
MESSAGE = {
    "id", "body", "body_html", "is_internal", "direction", "sender", "attachments", "created_at",
}  # fmt: skip
CONTACT = {"id", "name", "email", "phone", "company", "ticket_count", "created_at"}
CONTACT_BY_ID = CONTACT | {"notes", "recent_tickets", "total_tickets", "updated_at"}
LABEL = {"id", "name", "color", "description", "ticket_count", "created_at"}
ENTRY = {
    "id", "ticket", "user", "duration_minutes", "description", "billable", "rate", "currency", "amount",
    "date", "created_at",
}  # fmt: skip
COMPANY = {"id", "name", "domains", "hourly_rate", "currency", "ticket_prefix", "notes"}
DOCUMENTED = {
    "POST /auth/login": {"access_token", "refresh_token", "token_type", "expires_in", "user"},
    "POST /auth/refresh": {"access_token", "token_type", "expires_in"},
    "GET /auth/me": {"id", "email", "name", "organizations"},
    "POST /tickets": TICKET,
    "GET /tickets": TICKET,
    "GET /tickets/:id": TICKET,
    "PATCH /tickets/:id": TICKET,
    "POST /tickets/:id/messages": MESSAGE | {"email_sent"},
    "GET /tickets/:id/messages": MESSAGE,
    "GET /tickets/:id/messages/:id": MESSAGE,
    "POST /contacts": CONTACT_BY_ID,
    "GET /contacts": CONTACT,
    "GET /contacts/:id": CONTACT_BY_ID,
    "POST /companies": COMPANY,
    "GET /companies": COMPANY,
    "GET /companies/:id": COMPANY,
    "POST /labels": LABEL,
    "GET /labels": LABEL,
    "GET /labels/:id": LABEL,
    "POST /tickets/:id/time-entries": ENTRY,
    "GET /time-entries": ENTRY,
    "GET /time-entries/:id": ENTRY,
}
PAGED = {"GET /tickets", "GET /contacts", "GET /companies", "GET /time-entries"}


def converse(api: TikettiClient, keeper: TokenKeeper) -> None:
    """One conversation that uses every documented call the import makes."""
    api.me()
    company = api.create(
        "company", {"name": "Acme", "notes": "[Zendesk organization 1]", "domains": ["acme.test"]}
    )
    contact = api.create(
        "contact", {"name": "Jane Doe", "email": "jane@acme.test", "company_id": company["id"]}
    )
    with pytest.raises(Refused) as taken:
        api.create("contact", {"name": "Twin", "email": "JANE@acme.test"})
    assert taken.value.status == 422
    label = api.create("label", {"name": "vip", "color": "#EF4444"})
    ticket = api.create(
        "ticket",
        {
            "subject": "Hello",
            "contact_id": contact["id"],
            "description": "<p>[Zendesk 1/2] Jane Doe wrote on 2023-05-01 12:30 UTC:</p>\nHi",
            "priority": "high",
            "label_ids": [label["id"]],
        },
    )
    message = api.create_message(ticket["id"], "<p>[Zendesk 1/3] Tom noted:</p>\nA note", is_internal=True)
    assert (
        api.create_message(ticket["id"], "<p>[Zendesk 1/4] Tom wrote:</p>\nYes", is_internal=False)[
            "email_sent"
        ]
        is False
    )
    assert len(api.messages(ticket["id"])) == 3
    assert api.message(ticket["id"], message["id"])
    entry = api.create_time_entry(
        ticket["id"],
        {"duration_minutes": 3, "description": "125 s [Zendesk 1/t]", "billable": True, "date": "2023-05-01"},
    )
    listing = api.all("time_entry", ticket_id=ticket["id"])
    assert listing.complete
    assert list(listing.items) == [entry["id"]]
    assert api.get("time_entry", entry["id"])
    assert api.patch("ticket", ticket["id"], {"status": "resolved"})["status"] == "resolved"
    assert api.get("ticket", ticket["id"])
    assert api.all("ticket", contact_id=contact["id"], created_after="2020-01-01T00:00:00Z").complete
    assert api.all("ticket", search="[Zendesk 1/2]").items
    assert api.all("contact", search="jane@acme.test").items
    assert api.get("contact", contact["id"])
    assert api.all("company").items
    assert api.get("company", company["id"])
    assert api.labels()
    assert api.get("label", label["id"])
    api.remove_labels(ticket["id"], [label["id"]])
    api.add_labels(ticket["id"], [label["id"]])
    assert api.webhooks() == {}
    keeper.renew(keeper.header())
    assert api.delete("time_entry", entry["id"])
    assert api.delete_message(ticket["id"], message["id"])
    assert api.delete("ticket", ticket["id"])
    assert api.get("ticket", ticket["id"]) is None
    assert api.delete("contact", contact["id"])
    assert api.delete("company", company["id"])
    assert api.delete("label", label["id"])


def _plain(request: Any) -> Any:
    request.headers = {}
    return request


def _bare(response: Any) -> Any:
    response["headers"] = {"Content-Type": ["application/json"]}
    return response


@contextmanager
def talking_to(base_url: str, cassette: Path, mode: str) -> Iterator[tuple[TikettiClient, TokenKeeper]]:
    recorder = vcr.VCR(
        record_mode=vcr.mode(mode), match_on=MATCH, before_record_request=_plain, before_record_response=_bare
    )
    clock = ServerClock()
    client = Client(base_url, Limiter(clock), clock)
    environment = {"TIKETTI_EMAIL": "admin@sandbox.test", "TIKETTI_PASSWORD": "sandbox-password"}
    keeper = TokenKeeper(Credentials.read(environment, None), client, clock)
    client.authorizer = keeper
    with recorder.use_cassette(str(cassette)):
        yield TikettiClient(client), keeper
    client.close()


def exchanges(cassette: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(cassette.read_text())["interactions"]
    return found


def call(exchange: dict[str, Any]) -> str:
    path = UUID.sub(":id", exchange["request"]["uri"]).partition("/api/v1")[2].partition("?")[0]
    return f"{exchange['request']['method']} {path}"


def answer(exchange: dict[str, Any]) -> Any:
    text = exchange["response"]["body"]["string"]
    return json.loads(text) if text else None


def form(value: Any) -> Any:
    """The names of the fields at every depth; lists by their first element."""
    if isinstance(value, dict):
        return {name: form(inner) for name, inner in value.items() if name not in ("details", "message")}
    return [form(value[0])] if isinstance(value, list) and value else None


def test_our_requests_are_pinned_and_the_documented_answers_are_understood() -> None:
    with talking_to(PUBLIC, CASSETTE, "none") as (api, keeper):
        converse(api, keeper)


def test_the_cassette_shows_what_the_pages_document() -> None:
    seen = set()
    for exchange in exchanges(CASSETTE):
        name, body = call(exchange), answer(exchange)
        if exchange["response"]["status"]["code"] >= 400:
            assert set(body) == {"error"}
            assert {"code", "message"} <= set(body["error"])
            continue
        if name not in DOCUMENTED:
            continue
        seen.add(name)
        data = body if "/auth/" in name else body["data"]
        assert set(data[0] if isinstance(data, list) else data) == DOCUMENTED[name], name
        if name in PAGED:
            assert {"total", "page", "per_page"} <= set(body["meta"])
    assert seen == set(DOCUMENTED)


def test_the_sandbox_answers_in_the_same_form(box: Sandbox, tmp_path: Path) -> None:
    live = tmp_path / "live.yaml"
    with talking_to(box.url, live, "all") as (api, keeper):
        converse(api, keeper)
    pinned = exchanges(CASSETTE)
    held = exchanges(live)
    assert [call(one) for one in held] == [call(one) for one in pinned]
    for ours, theirs in zip(held, pinned, strict=True):
        assert ours["response"]["status"]["code"] == theirs["response"]["status"]["code"], call(ours)
        assert form(answer(ours)) == form(answer(theirs)), call(ours)


def test_cassettes_hold_no_secret() -> None:
    for path in CASSETTE.parents[1].rglob("*.yaml"):
        text = path.read_text()
        assert "eyJ" not in text
        assert "uthorization" not in text
        assert "earer " not in text
