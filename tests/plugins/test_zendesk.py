"""The Zendesk source: the contract, and whole exports with their expected records."""

import json
from pathlib import Path

import pytest

from tiketti_migrate.api import Problem, Source, each
from tiketti_migrate.records import Label, Message, Record, Ticket, record_of
from tiketti_migrate.testing import SourceContract
from tiketti_migrate_zendesk.source import ZendeskOptions, ZendeskSource
from world import account, write_export

SAMPLE = Path(__file__).parents[2] / "src" / "tiketti_migrate" / "cli" / "sample"
DATA = Path(__file__).parents[1] / "data" / "zendesk"


class TestZendesk(SourceContract):
    def make(self) -> Source:
        return ZendeskSource(ZendeskOptions(paths=(SAMPLE,)))


class TestHostileZendesk(SourceContract):
    def make(self) -> Source:
        return ZendeskSource(ZendeskOptions(paths=(DATA / "hostile",)))


def extracted(path: Path) -> list[Record | Problem]:
    items = each(ZendeskSource(ZendeskOptions(paths=(path,))).extract(None))
    found = [record_of(item) if isinstance(item, dict) else item for item in items]
    return [item for item in found if isinstance(item, Record | Problem)]


def as_text(item: Record | Problem) -> str:
    if isinstance(item, Record):
        return item.model_dump_json(exclude_defaults=True, exclude={"kind"}).replace(
            "{", f"{item.kind} {{", 1
        )
    return str(item)


@pytest.mark.parametrize("name", ["account", "hostile"])
def test_an_export_becomes_the_records_of_its_twin(name: str) -> None:
    found = [as_text(item) for item in extracted(DATA / name)]
    assert found == (DATA / f"{name}.expected.txt").read_text(encoding="utf-8").splitlines()


def test_every_hostile_line_ends_as_a_record_or_a_problem() -> None:
    items = extracted(DATA / "hostile")
    places = {item.where if isinstance(item, Problem) else getattr(item, "origin", "") for item in items}
    for file in ("data.0001", "people", "orgs"):
        for number, line in enumerate((DATA / "hostile" / file).read_bytes().splitlines(), start=1):
            here = f"{file}:{number}"
            assert not line.strip() or any(str(place).split(" ")[0] == here for place in places), here


def test_texts_are_handed_over_before_they_fill_the_memory(tmp_path: Path) -> None:
    data = account(4)
    for ticket in data["tickets"]:
        ticket["comments"][0]["body"] = "x" * 5_000_000
    export = write_export(tmp_path / "export", data)
    handed = [
        sum(len(one.get("body") or "") for one in item)
        for item in ZendeskSource(ZendeskOptions(paths=(export,))).extract(None)
        if isinstance(item, list)
    ]
    assert sum(handed) > 20_000_000
    assert max(handed) < 6_000_000


def test_tags_that_differ_in_case_are_one_label(tmp_path: Path) -> None:
    data = account(2)
    data["tickets"][0]["tags"], data["tickets"][1]["tags"] = ["VIP", "vip"], ["Vip"]
    items = extracted(write_export(tmp_path / "export", data))
    assert [(item.source_id, item.name) for item in items if isinstance(item, Label)] == [("vip", "VIP")]
    assert [item.label_ids for item in items if isinstance(item, Ticket)] == [("vip",), ("vip",)]


def test_message_ids_are_unique_in_a_ticket_and_stable(tmp_path: Path) -> None:
    data = account(1)
    for comment in data["tickets"][0]["comments"]:
        comment["id"] = 7
    export = write_export(tmp_path / "export", data)
    ids = [item.source_id for item in extracted(export) if isinstance(item, Message)]
    assert len(set(ids)) == 3
    assert ids == [item.source_id for item in extracted(export) if isinstance(item, Message)]


def test_the_sample_is_forty_tickets_without_real_addresses() -> None:
    items = extracted(SAMPLE)
    assert sum(isinstance(item, Ticket) for item in items) == 40
    for file in SAMPLE.iterdir():
        for line in file.read_text(encoding="utf-8").splitlines():
            assert json.loads(line)
            for address in (word for word in line.replace('"', " ").split() if "@" in word):
                assert (
                    address.rstrip(".,;:)>").lower().endswith(("example.com", "example.org", "example.net"))
                )
