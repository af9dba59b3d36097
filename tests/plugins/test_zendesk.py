"""The Zendesk source: the contract, whole exports with their expected records, and going on from a cursor."""

import json
from pathlib import Path

import pytest

from tiketti_migrate.api import Checkpoint, Problem, Source
from tiketti_migrate.records import Label, Message, Record, Ticket
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


def extracted(path: Path, cursor: str | None = None) -> list[Record | Problem | Checkpoint]:
    return list(ZendeskSource(ZendeskOptions(paths=(path,))).extract(cursor))


def as_text(item: Record | Problem | Checkpoint) -> str:
    if isinstance(item, Record):
        return item.model_dump_json(exclude_defaults=True, exclude={"kind"}).replace(
            "{", f"{item.kind} {{", 1
        )
    return str(item) if isinstance(item, Problem) else "Checkpoint"


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


def test_going_on_from_a_checkpoint_yields_exactly_the_rest(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export", account(1200, comments=1))
    items = extracted(export)
    checkpoints = [place for place, item in enumerate(items) if isinstance(item, Checkpoint)]
    assert len(checkpoints) > len(list(export.iterdir())), "there are checkpoints within a file"
    for place in checkpoints:
        checkpoint = items[place]
        assert isinstance(checkpoint, Checkpoint)
        assert extracted(export, checkpoint.cursor) == items[place + 1 :]


def test_large_lines_are_checkpointed_by_size(tmp_path: Path) -> None:
    data = account(4)
    for ticket in data["tickets"]:
        ticket["comments"][0]["body"] = "x" * 5_000_000
    kinds = [type(item) for item in extracted(write_export(tmp_path / "export", data))]
    assert kinds.count(Checkpoint) >= 4, "what stands between two checkpoints is held in memory"


@pytest.mark.parametrize("cursor", ["", "{}", "[]", "nonsense", '[1,"other files",9,9,9]', "[1,2]"])
def test_a_cursor_of_other_files_reads_all_again(cursor: str) -> None:
    assert extracted(DATA / "account", cursor) == extracted(DATA / "account")


def test_a_changed_file_is_read_from_the_start(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export", account(3))
    last = extracted(export)[-1]
    assert isinstance(last, Checkpoint)
    assert extracted(export, last.cursor) == []
    write_export(export, account(4))
    assert sum(isinstance(item, Ticket) for item in extracted(export, last.cursor)) == 4


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
