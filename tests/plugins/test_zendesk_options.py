"""What a user says of a Zendesk account: which one, whose token, since when."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate.errors import UsageError
from tiketti_migrate.options import build
from tiketti_migrate_zendesk.credentials import ZendeskCredentials
from tiketti_migrate_zendesk.live import LiveExport
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.since import wanted
from zendesk_server import EMAIL, TOKEN

ENVIRONMENT = {"ZENDESK_EMAIL": EMAIL, "ZENDESK_API_TOKEN": TOKEN}


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("acme", "acme.zendesk.com"),
        ("Acme.zendesk.com", "acme.zendesk.com"),
        ("https://a-1.zendesk.com/", "a-1.zendesk.com"),
    ],
)
def test_a_subdomain_is_taken_in_any_usual_form(given: str, host: str) -> None:
    export = LiveExport(build(ZendeskOptions, {"subdomain": given}), ZendeskCredentials.read(ENVIRONMENT))
    assert export.host == host


@pytest.mark.parametrize(
    "given",
    ["", "-acme", "acme.evil.test", "acme/..", "acme@evil.test", "a b", "ac\nme", "http://acme", "äcme"],
)
def test_anything_else_is_no_subdomain(given: str) -> None:
    with pytest.raises(UsageError, match="--subdomain"):
        build(ZendeskOptions, {"subdomain": given})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "PATHS is missing"),
        ({"paths": (Path("x"),), "subdomain": "acme"}, "not both"),
        ({"subdomain": "acme", "since": "2024"}, "--since"),
        ({"subdomain": "acme", "since": "1704067200"}, "--since"),
        ({"subdomain": "acme", "since": "2024-13-01"}, "--since"),
        ({"subdomain": "acme", "since": "0001-01-01T00:00:00+02:00"}, "--since"),
        ({"subdomain": "acme", "api_base": "http://evil.test"}, "--api-base"),
    ],
)
def test_wrong_options_are_refused_by_name(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        build(ZendeskOptions, given)


@pytest.mark.parametrize("given", ["2024-01-31", "2024-01-31T00:00Z", "2024-01-31T02:00:00+02:00"])
def test_a_date_without_a_zone_is_utc(given: str) -> None:
    chosen = build(ZendeskOptions, {"subdomain": "acme", "since": given})
    assert chosen.since == datetime(2024, 1, 31, tzinfo=UTC)
    assert str(chosen.since) == "2024-01-31 00:00:00+00:00"


@pytest.mark.parametrize(
    ("raw", "is_wanted"),
    [
        ({"status": "closed", "updated_at": "2024-01-01T00:00:00Z"}, True),
        ({"status": "closed", "updated_at": "2023-12-31T23:59:59Z"}, False),
        ({"status": " Solved", "updated_at": "2023-12-31T23:59:59 -02:00"}, True),
        ({"status": "hold", "updated_at": "2001-01-01T00:00:00Z"}, True),
        ({"status": None}, True),
        ({"status": "closed", "updated_at": "?", "created_at": "2020-01-01"}, False),
        ({"status": "closed", "updated_at": "?"}, True),
    ],
)
def test_what_is_wanted_since_a_date(raw: dict[str, Any], is_wanted: bool) -> None:
    assert wanted(raw, datetime(2024, 1, 1, tzinfo=UTC)) is is_wanted
    assert wanted(raw, None)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "no credentials for Zendesk"),
        ({"ZENDESK_EMAIL": EMAIL}, "ZENDESK_API_TOKEN is missing"),
        ({"ZENDESK_API_TOKEN": TOKEN}, "ZENDESK_EMAIL is missing"),
        ({"ZENDESK_EMAIL": EMAIL, "ZENDESK_API_TOKEN": "se cret"}, "ZENDESK_API_TOKEN holds"),
        ({"ZENDESK_OAUTH_TOKEN": "secrät"}, "ZENDESK_OAUTH_TOKEN holds"),
        ({"ZENDESK_OAUTH_TOKEN": "secret\r\nX: y"}, "ZENDESK_OAUTH_TOKEN holds"),
    ],
)
def test_missing_or_impossible_credentials_are_refused_by_name(
    environment: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        ZendeskCredentials.read(environment)
    assert "secret" not in str(refused.value)


def test_credentials_are_shown_nowhere() -> None:
    credentials = ZendeskCredentials.read(ENVIRONMENT)
    shown = repr(credentials) + str(credentials) + repr(credentials.access())
    assert TOKEN not in shown
    assert credentials.access().authorization not in shown
