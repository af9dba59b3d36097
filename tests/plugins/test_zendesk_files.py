"""Files of an export: found, recognised by content, refused with a reason."""

import gzip
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiketti_migrate.api import Checkpoint, Problem
from tiketti_migrate.errors import MigrationError, UsageError
from tiketti_migrate.records import Contact, Record, Ticket
from tiketti_migrate_zendesk import files
from tiketti_migrate_zendesk.source import ZendeskOptions, ZendeskSource
from world import account, write_export


def source(*paths: Path) -> ZendeskSource:
    return ZendeskSource(ZendeskOptions(paths=paths))


def read(*paths: Path) -> list[Record | Problem]:
    return [item for item in source(*paths).extract(None) if not isinstance(item, Checkpoint)]


def problems(items: list[Record | Problem]) -> list[tuple[str, str]]:
    return [(item.code, item.where) for item in items if isinstance(item, Problem)]


def tickets(items: list[Record | Problem]) -> int:
    return sum(isinstance(item, Ticket) for item in items)


def test_broken_lines_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export", account(2))
    text = (export / "tickets.ndjson").read_text()
    (export / "tickets.ndjson").write_text("\ufeff" + text.replace("\n", "\n{broken\n[1]\n\n", 1))
    found = read(export)
    assert problems(found) == [("BROKEN_LINE", "tickets.ndjson:2"), ("NO_RECORD", "tickets.ndjson:3 #1")]
    assert tickets(found) == 2


def test_a_broken_first_line_does_not_hide_the_file(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export", account(2))
    text = (export / "tickets.ndjson").read_text()
    (export / "tickets.ndjson").write_text('{"id": 1, "subj\n' + text)
    found = read(export)
    assert problems(found) == [("BROKEN_LINE", "tickets.ndjson:1")]
    assert tickets(found) == 2


@pytest.mark.parametrize("indent", [None, 2])
def test_pages_arrays_and_envelopes_are_read_whatever_their_name(tmp_path: Path, indent: int | None) -> None:
    data = account(3)
    first, *others = data["tickets"]
    texts = {
        "tickets.json": {"users": data["users"], "next_page": None, "count": 3},
        "users.txt": others,
        "x": {"ticket": first},
        "z.json": {"ticket_fields": data["ticket_fields"], "groups": [{"id": 1}], "organizations": []},
    }
    for name, value in texts.items():
        (tmp_path / name).write_text(json.dumps(value, indent=indent))
    found = read(tmp_path)
    assert tickets(found) == 3
    assert sum(isinstance(item, Contact) for item in found) == 2
    assert sum(getattr(item, "kind", "") == "time_entry" for item in found) == 1, "fields are read first"
    assert [code for code, _where in problems(found)] == ["NOT_READ"], "groups are said to be left out"


def test_the_name_decides_only_where_the_content_does_not(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text('{"id": 1, "name": "Somebody"}\n')
    (tmp_path / "organizations.json").write_text('{"id": 2, "requester_id": 1, "subject": "A ticket"}\n')
    assert sorted(getattr(item, "kind", "?") for item in read(tmp_path)) == ["contact", "outcome", "ticket"]


def test_foreign_files_are_listed_with_the_reason(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export", account(1))
    (export / "all.zip").write_bytes(b"PK\x03\x04rest")
    (export / "t.json.gz").write_bytes(gzip.compress(b"{}"))
    (export / "wide.json").write_text('{"id": 1}', encoding="utf-16")
    (export / "photo.jpg").write_bytes(b"\xff\xd8\xff\x00")
    (export / "group.json").write_text('{"groups": [{"id": 1}]}')
    (export / ".DS_Store").write_bytes(b"\x00")
    found = read(export)
    assert tickets(found) == 1
    assert {where for _code, where in problems(found)} == {
        "all.zip", "t.json.gz", "wide.json", "photo.jpg", "group.json"
    }  # fmt: skip
    assert any(isinstance(p, Problem) and "unpack" in p.message for p in found)


def test_a_line_without_end_is_refused_and_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Watched(io.BufferedReader):
        def readline(self, size: int | None = -1, /) -> bytes:
            asked.append(-1 if size is None else size)
            return super().readline(size)

    def watched(path: Path, *_mode: str, **_options: int) -> io.BufferedReader:
        return Watched(io.FileIO(path))

    monkeypatch.setattr(files, "LINE_LIMIT", 100)
    file = tmp_path / "tickets.ndjson"
    file.write_bytes(b'{"a":1}\n' + b"x" * 1000 + b'\n{"b":2}\n')
    monkeypatch.setattr(Path, "open", watched)
    lines: Iterator[files.Line] = files.read_lines(file)
    assert [(line.number, line.data) for line in lines] == [(1, b'{"a":1}\n'), (2, None), (3, b'{"b":2}\n')]
    assert min(asked) > 0, "no read is unbounded"


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export", account(1))
    (tmp_path / "secret.json").write_text('{"id": 9, "requester_id": 1, "subject": "Secret"}\n')
    (export / "link.json").symlink_to(tmp_path / "secret.json")
    (export / "loop").symlink_to(export)
    os.mkfifo(export / "pipe")
    found = read(export)
    assert tickets(found) == 1
    assert problems(found) == [("LINK_OUTSIDE", "link.json"), ("UNKNOWN_FILE", "pipe")]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export", account(2))
    assert tickets(read(export, export / "tickets.ndjson")) == 2


def test_equal_names_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    one = write_export(tmp_path / "one", {"tickets": account(1)["tickets"]})
    two = write_export(tmp_path / "two", {"tickets": account(1)["tickets"]})
    origins = {str(getattr(item, "origin", "")) for item in read(one, two)}
    assert {f"{one / 'tickets.ndjson'}:1", f"{two / 'tickets.ndjson'}:1"} <= origins


def test_the_account_is_the_identity_wherever_the_files_lie(tmp_path: Path) -> None:
    one, two = (write_export(tmp_path / name, account(1)) for name in ("one", "two"))
    assert source(one).identity() == source(two / "tickets.ndjson").identity() == "acme.zendesk.com"


def test_without_an_account_the_path_is_the_identity(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('{"id": 9, "requester_id": 1, "subject": "S"}\n')
    assert source(tmp_path).identity() == str(tmp_path.resolve())


def test_two_accounts_are_not_mixed(tmp_path: Path) -> None:
    write_export(tmp_path, account(1))
    text = (tmp_path / "tickets.ndjson").read_text().replace("acme.", "other.")
    (tmp_path / "more.ndjson").write_text(text)
    with pytest.raises(UsageError, match=r"acme\.zendesk\.com, other\.zendesk\.com"):
        source(tmp_path).check()


def test_nothing_to_read_is_a_usage_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Zendesk data"):
        source(tmp_path).check()
    with pytest.raises(UsageError, match="no such file"):
        source(tmp_path / "nowhere").check()
    (tmp_path / "export.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(UsageError, match=r"export\.zip is a zip archive: unpack it first"):
        source(tmp_path).check()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export", account(1))
    (export / "users.ndjson").chmod(0)
    assert problems(read(export)) == [("UNREADABLE_FILE", "users.ndjson")]
    with pytest.raises(MigrationError, match=r"users\.ndjson"):
        source(export / "users.ndjson").check()
