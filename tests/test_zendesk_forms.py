"""One account in every form it comes in: the ledger is the same, whatever lies where and in which order."""

import copy
import gzip
import json
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate.extract import extract
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS
from tiketti_migrate.store import Workspace
from tiketti_migrate_zendesk.source import ZendeskOptions, ZendeskSource
from world import account, write_export

Data = dict[str, list[dict[str, Any]]]


def staged(place: Path, export: Path) -> list[tuple[Any, ...]]:
    """Every row of the ledger but for where it stood in the source."""
    source = ZendeskSource(ZendeskOptions(paths=(export,)))
    with Workspace(place) as workspace:
        extract(source, workspace.ledger, KINDS, Quiet(), threading.Event())
    connection = sqlite3.connect(place / "migration.db")
    rows = connection.execute(
        "SELECT kind, source_id, lane, step, moment, natural_key, state, json_remove(record, '$.origin'),"
        " warnings FROM row ORDER BY kind, source_id"
    ).fetchall()
    connection.close()
    return rows


def problems(place: Path) -> dict[str, int]:
    with Workspace(place) as workspace:
        return dict(workspace.ledger.problems.counts())


def as_pages(folder: Path, data: Data) -> Path:
    folder.mkdir()
    for name, rows in data.items():
        for number in range(0, len(rows), 3):
            page = {name: rows[number : number + 3], "next_page": None, "count": len(rows)}
            (folder / f"page-{name}-{number}.json").write_text(json.dumps(page, indent=1))
    return folder


def as_arrays(folder: Path, data: Data) -> Path:
    folder.mkdir()
    for name, rows in data.items():
        (folder / f"{name}.json").write_text(json.dumps(rows))
    return folder


def as_one_document(folder: Path, data: Data) -> Path:
    folder.mkdir()
    (folder / "everything").write_text("\ufeff" + json.dumps(dict(reversed(data.items()))))
    return folder


def as_zip(folder: Path, data: Data) -> Path:
    folder.mkdir()
    with zipfile.ZipFile(folder / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in data.items():
            archive.writestr(f"acme/{name}.json", "".join(json.dumps(row) + "\n" for row in rows))
    return folder / "export.zip"


def as_gz(folder: Path, data: Data) -> Path:
    folder.mkdir()
    for name, rows in data.items():
        text = "".join(json.dumps(row) + "\r\n" for row in rows)
        (folder / f"{name}.json.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def as_users_last(folder: Path, data: Data) -> Path:
    folder.mkdir()
    for number, name in enumerate(sorted(data, reverse=True)):
        (folder / f"{number}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in data[name]))
    (folder / "0.ndjson").rename(folder / "zzz.ndjson")
    return folder


def as_single_objects(folder: Path, data: Data) -> Path:
    folder.mkdir()
    for name, rows in data.items():
        for row in rows:
            (folder / f"{name}-{row['id']}.json").write_text(json.dumps({name[:-1]: row}))
    return folder


def with_comments_apart(folder: Path, data: Data) -> Path:
    apart = copy.deepcopy(data)
    for ticket in apart["tickets"]:
        place = folder / "tickets" / str(ticket["id"])
        place.mkdir(parents=True)
        (place / "comments.json").write_text(json.dumps({"comments": ticket.pop("comments")}))
    return write_export(folder, apart)


def with_tags_in_a_table(folder: Path, data: Data) -> Path:
    apart = copy.deepcopy(data)
    lines = ["tag,ticket_id,_fivetran_synced"]
    for ticket in apart["tickets"]:
        lines += [f"{tag},{ticket['id']},2024-01-01 00:00:00" for tag in ticket.pop("tags")]
    export = write_export(folder, apart)
    (export / "ticket_tag.csv").write_text("\n".join(lines) + "\n")
    return export


def in_older_pages_too(folder: Path, data: Data) -> Path:
    """Incremental pages: an older copy of every ticket, before or behind the newer one."""
    export = write_export(folder, data)
    older = copy.deepcopy(data["tickets"])
    for number, ticket in enumerate(older):
        ticket["updated_at"], ticket["subject"], ticket["status"] = "2020-01-01T00:00:00Z", "Old", "new"
        if number % 2:
            del ticket["comments"]
    for name, part in (("aaa", older[::3]), ("zzz", older[1:])):
        page = {"tickets": part, "after_cursor": "x", "end_of_stream": False}
        (export / f"{name}.json").write_text(json.dumps(page))
    return export


FORMS = [
    as_pages, as_arrays, as_one_document, as_zip, as_gz, as_users_last, as_single_objects,
    with_comments_apart, with_tags_in_a_table, in_older_pages_too,
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_form_comes_to_the_same_ledger(tmp_path: Path, form: Callable[[Path, Data], Path]) -> None:
    data = account(12)
    wanted = staged(tmp_path / "work-lines", write_export(tmp_path / "lines", data))
    assert len(wanted) > 12 * 5
    assert staged(tmp_path / "work", form(tmp_path / "form", data)) == wanted
    counts = problems(tmp_path / "work")
    assert set(counts) <= {"OLDER_COPY"}


def test_comments_are_taken_from_an_older_copy_when_the_newest_came_without(tmp_path: Path) -> None:
    data = account(3)
    wanted = staged(tmp_path / "work-lines", write_export(tmp_path / "lines", data))
    export = write_export(tmp_path / "export", data)
    newer = copy.deepcopy(data["tickets"])
    for ticket in newer:
        del ticket["comments"]
    (export / "pages.json").write_text(json.dumps({"tickets": newer, "next_page": None}))
    assert staged(tmp_path / "work", export) == wanted


def test_what_hangs_on_nobody_is_listed(tmp_path: Path) -> None:
    data = account(2)
    export = write_export(tmp_path / "export", data)
    stray = [{"id": 1, "ticket_id": 77, "author_id": 900, "body": "Where am I?", "public": True}]
    (export / "comments.json").write_text(json.dumps({"comments": stray}))
    staged(tmp_path / "work", export)
    with Workspace(tmp_path / "work") as workspace:
        listed = [one for one in workspace.ledger.problems.listing() if one.code == "WITHOUT_OWNER"]
        assert [(one.place, one.message) for one in listed] == [
            ("ticket 77", "1 x comment of a ticket that is not in the export")
        ]
        assert workspace.ledger.problems.lost == 1


def test_reading_again_changes_nothing(tmp_path: Path) -> None:
    export = in_older_pages_too(tmp_path / "export", account(6))
    first = staged(tmp_path / "work", export)
    assert staged(tmp_path / "work", export) == first
