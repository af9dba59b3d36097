"""What an account is asked and answers, pinned: requests word for word, answers in the form the pages show.

The cassette is replayed to our reader, and the same conversation is held with the server of the tests, whose
answers must have the same form.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import vcr
import yaml

from tiketti_migrate_zendesk.credentials import ZendeskCredentials
from tiketti_migrate_zendesk.live import LiveExport
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.recognise import Item
from zendesk_server import EMAIL, TOKEN, serving

CASSETTE = Path(__file__).parents[2] / "cassettes" / "zendesk" / "account.yaml"
ACCOUNT = json.loads((Path(__file__).parents[1] / "data" / "zendesk_api" / "account.json").read_text())
PUBLIC = "https://acme.zendesk.com"
MATCH = ("method", "path", "query")
ASKED = [
    "/api/v2/users/me.json",
    "/api/v2/ticket_fields.json?page[size]=100",
    "/api/v2/custom_statuses.json",
    "/api/v2/groups.json?page[size]=100",
    "/api/v2/brands.json?page[size]=100",
    "/api/v2/ticket_forms.json",
    "/api/v2/organizations.json?page[size]=100",
    "/api/v2/organizations.json?page[size]=100&page[after]=c1",
    "/api/v2/incremental/users/cursor.json?start_time=0&per_page=1000",
    "/api/v2/incremental/users/cursor.json?cursor=MTY3MjU2MDAwMHwyMzUzMjM=&per_page=1000",
    "/api/v2/search/export.json?query=status<solved+updated<2024-01-01T00:00:00Z&filter[type]=ticket"
    "&page[size]=100",
    "/api/v2/tickets/35401/comments.json?page[size]=100&include_inline_images=true",
    "/api/v2/incremental/tickets/cursor.json?start_time=1704067200&per_page=100",
    "/api/v2/tickets/35436/comments.json?page[size]=100&include_inline_images=true",
    "/api/v2/tickets/35436/comments.json?page[size]=100&include_inline_images=true&page[after]=c1",
    "/api/v2/incremental/tickets/cursor.json?cursor=MTcwNjk0NzIwMHwzNTQzNg==&per_page=100",
    "/api/v2/tickets/35437/comments.json?page[size]=100&include_inline_images=true",
    "/api/v2/tickets/35437/audits.json?page[size]=100",
]


def _public(request: Any) -> Any:
    request.uri = PUBLIC + request.uri[request.uri.index("/api/") :]
    request.headers = {}
    return request


def _bare(response: Any) -> Any:
    response["headers"] = {"Content-Type": ["application/json"]}
    return response


@contextmanager
def taped(cassette: Path, mode: str) -> Iterator[None]:
    recorder = vcr.VCR(
        record_mode=vcr.mode(mode),
        match_on=MATCH,
        before_record_request=_public,
        before_record_response=_bare,
    )
    with recorder.use_cassette(str(cassette)):
        yield


def read(base: str | None) -> list[Item]:
    """The account as it comes, one request after the other."""
    options = ZendeskOptions.model_validate({"subdomain": "acme", "since": "2024-01-01", "api_base": base})
    credentials = ZendeskCredentials.read({"ZENDESK_EMAIL": EMAIL, "ZENDESK_API_TOKEN": TOKEN})
    export = LiveExport(options, credentials)
    export.check()
    return [one for batch in export.read(None) for one in batch.entries if isinstance(one, Item)]


def exchanges(cassette: Path) -> list[tuple[str, Any]]:
    """Requests and answers, sorted: comments are asked for side by side."""
    found = []
    for exchange in yaml.safe_load(cassette.read_text())["interactions"]:
        parts = urlsplit(exchange["request"]["uri"])
        asked = unquote(f"{parts.path}?{parts.query}".rstrip("?"))
        found.append((asked, json.loads(exchange["response"]["body"]["string"])))
    return sorted(found, key=lambda one: one[0])


def form(value: Any) -> Any:
    """The names of the fields at every depth; lists by their first element."""
    if isinstance(value, dict):
        return {name: form(inner) for name, inner in value.items()}
    return [form(value[0])] if isinstance(value, list) and value else None


def test_the_documented_answers_are_understood() -> None:
    with taped(CASSETTE, "none"):
        found = read(None)
    by_kind: dict[str, list[Any]] = {}
    for item in found:
        by_kind.setdefault(item.kind, []).append(item.raw)
    for name in ("ticket_fields", "groups", "brands", "ticket_forms", "organizations", "users"):
        assert by_kind[name.removesuffix("s")] == ACCOUNT[name]
    assert by_kind["custom_status"] == ACCOUNT["custom_statuses"]
    tickets = {ticket["id"]: ticket for ticket in by_kind["ticket"]}
    for ticket in ACCOUNT["tickets"]:
        if ticket["id"] != 35402:
            assert tickets.pop(ticket["id"]) == ticket
    assert tickets == {}, "an old solved one is not wanted"


def test_our_requests_are_pinned() -> None:
    assert [asked for asked, _ in exchanges(CASSETTE)] == sorted(ASKED)


def test_the_server_of_the_tests_answers_in_the_same_form(tmp_path: Path) -> None:
    live = tmp_path / "live.yaml"
    with serving(ACCOUNT, page=1, me=ACCOUNT["users"][0]) as server, taped(live, "all"):
        read(server.url)
    pinned, held = exchanges(CASSETTE), exchanges(live)
    assert [asked for asked, _ in held] == [asked for asked, _ in pinned]
    for (asked, ours), (_, theirs) in zip(held, pinned, strict=True):
        assert form(ours) == form(theirs), asked
