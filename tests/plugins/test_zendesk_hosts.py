"""Whose account an export is: two of them are never mixed, the hosts of brands are no other account's."""

import json
from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate.errors import UsageError
from tiketti_migrate_zendesk import hosts
from tiketti_migrate_zendesk.export import open_export
from zendesk_parts import Desk, ticket


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def of(host: str, number: int) -> str:
    return json.dumps(ticket(number, url=f"https://{host}/api/v2/tickets/{number}.json")) + "\n"


def brands(*brands: dict[str, Any]) -> str:
    rows = [{"id": n, "name": f"Brand {n}", "has_help_center": True, **b} for n, b in enumerate(brands)]
    return json.dumps({"brands": rows})


def test_the_account_is_that_of_the_addresses(desk: Desk) -> None:
    desk.file("a", of("acme.zendesk.com", 1) + of("help.acme.test", 2))
    found = desk.read().export
    assert found.hosts == ("acme.zendesk.com", "help.acme.test")
    assert found.host == "acme.zendesk.com"


@pytest.mark.parametrize("where", ["zendesk.com", "www.zendesk.com"])
def test_the_vendor_is_no_account(desk: Desk, where: str) -> None:
    found = desk.read_one("a", of(where, 1))
    assert found.ids() == [1]
    assert (found.export.hosts, found.export.host) == ((), None)


@pytest.mark.parametrize("others", [("other.zendesk.com",), ("other.zendesk.com", "help.acme.test")])
def test_two_accounts_are_not_mixed(desk: Desk, others: tuple[str, ...]) -> None:
    desk.file("a", of("acme.zendesk.com", 1))
    desk.file("b", "".join(of(host, n) for n, host in enumerate(others)))
    with pytest.raises(UsageError, match=r"acme\.zendesk\.com, other\.zendesk\.com"):
        desk.read()


def test_hosts_of_brands_belong_to_the_account(desk: Desk) -> None:
    desk.file("a", of("acme.zendesk.com", 1) + of("acme-eu.zendesk.com", 2))
    desk.file(
        "brands.json",
        brands(
            {"subdomain": "acme-eu", "brand_url": "https://help.acme.eu", "host_mapping": "help.acme.eu"},
            {"subdomain": "acme", "brand_url": "https://acme.zendesk.com", "default": True},
            {"subdomain": "https://not a host/", "brand_url": "http://[broken"},
        ),
    )
    assert desk.read().export.hosts == ("acme.zendesk.com", "acme-eu.zendesk.com", "help.acme.eu")


def test_small_pages_with_brands_beside_tickets_are_not_read_again_for_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ticket(1, url="https://acme.zendesk.com/api/v2/tickets/1.json")
    for number in range(3):
        page = {"tickets": [row], "brands": [{"id": 1, "name": "Acme", "subdomain": "acme-eu"}]}
        desk.file(f"{number}.json", json.dumps({**page, "count": 1}))
    desk.file("empty.json", json.dumps({"tickets": [row], "brands": [], "count": 1}))
    with monkeypatch.context() as patch:
        patch.setattr(hosts, "read_part", lambda _part: pytest.fail("read again"))
        found = open_export([desk.folder], desk.scratch)
    assert found.hosts == ("acme.zendesk.com", "acme-eu.zendesk.com")


def test_a_long_file_is_read_for_the_brands_in_it(desk: Desk) -> None:
    row = ticket(1, url="https://acme.zendesk.com/api/v2/tickets/1.json", description="x" * 3_000_000)
    page = {"tickets": [row, row], "brands": [{"id": 1, "name": "Acme", "subdomain": "acme-eu"}]}
    assert desk.read_one("t.json", json.dumps(page)).export.hosts == (
        "acme.zendesk.com",
        "acme-eu.zendesk.com",
    )


def test_the_brands_of_one_account_do_not_let_another_in(desk: Desk) -> None:
    desk.file("a", of("acme.zendesk.com", 1) + of("other.zendesk.com", 2))
    desk.file("brands.json", brands({"subdomain": "acme"}, {"subdomain": "acme-eu"}))
    with pytest.raises(UsageError, match="different accounts"):
        desk.read()


def test_a_brand_joins_the_account_of_its_own_address(desk: Desk) -> None:
    desk.file("a", of("acme.zendesk.com", 1))
    raw = {"subdomain": "acme-eu", "url": "https://acme.zendesk.com/api/v2/brands/7.json"}
    desk.file("brands.json", brands(raw))
    assert desk.read().export.hosts == ("acme.zendesk.com", "acme-eu.zendesk.com")


def test_brands_alone_name_the_account(desk: Desk) -> None:
    desk.file("a", json.dumps(ticket(1)))
    desk.file("b", brands({"subdomain": "acme-eu"}, {"subdomain": "acme", "default": True}))
    assert desk.read().export.hosts == ("acme.zendesk.com", "acme-eu.zendesk.com")
