"""Archives: unpacked once and under limits, each member that cannot be is named, the others are read."""

import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.archives import Limits, Unpacking
from tiketti_migrate_zendesk.files import File
from zendesk_parts import Desk, ticket


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def text(*numbers: int) -> bytes:
    return "".join(json.dumps(ticket(number)) + "\n" for number in numbers).encode()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def opened(desk: Desk, content: bytes, limits: Limits) -> tuple[list[str], list[tuple[str, str]]]:
    unpacking = Unpacking(desk.scratch, limits)
    found = list(unpacking.open(File(desk.file("all.zip", content), "all.zip")))
    problems = [(one.code, one.where) for one in found if isinstance(one, Problem)]
    return [one.name for one in found if isinstance(one, File)], problems


def test_members_are_read_under_the_names_people_know(desk: Desk) -> None:
    found = desk.read_one("all.zip", zipped({"a/t.json": text(1), "b/t.json": text(2), "users.json": b" "}))
    assert [(item.raw["id"], item.where) for item in found.items] == [
        (1, "all.zip/a/t.json:1"), (2, "all.zip/b/t.json:1")
    ]  # fmt: skip
    assert found.told() == [("EMPTY_FILE", "all.zip/users.json", 0)]


def test_a_member_tells_its_ticket_by_its_folder(desk: Desk) -> None:
    comments = json.dumps({"comments": [{"id": 1, "author_id": 1, "body": "Hi"}]}).encode()
    (raw,) = desk.read_one("all.zip", zipped({"tickets/35436/comments.json": comments})).raws("comment")
    assert raw["ticket_id"] == "35436"


def test_gzip_is_read_whatever_its_name(desk: Desk) -> None:
    found = desk.read_one("tickets.ndjson", gzip.compress(text(1)) + gzip.compress(text(2)))
    assert [item.where for item in found.items] == ["tickets.ndjson:1", "tickets.ndjson:2"]


def test_archives_in_an_archive_are_read_one_level_deep(desk: Desk) -> None:
    deepest = zipped({"t.json": text(3)})
    inner = zipped({"t.json.gz": gzip.compress(text(1)), "t.json": text(2), "deep.zip": deepest})
    found = desk.read_one("all.zip", zipped({"inner.zip": inner, "t.gz": gzip.compress(text(4))}))
    assert sorted(found.ids()) == [2, 4]
    assert found.told() == [
        ("NESTED_ARCHIVE", "all.zip/inner.zip/t.json.gz", 1),
        ("NESTED_ARCHIVE", "all.zip/inner.zip/deep.zip", 1),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf_16_is_read(desk: Desk, encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    line = mark + json.dumps(ticket(1, description="é日😀"), ensure_ascii=False) + "\r\n"
    desk.file("t.json", line.encode(encoding))
    desk.file("t.zip", zipped({"t.json": line.encode(encoding)}))
    found = desk.read()
    assert [raw["description"] for raw in found.raws("ticket")] == ["é日😀", "é日😀"]
    assert not found.problems


@pytest.mark.parametrize(
    "name", ["../../evil.json", "/etc/evil.json", "..\\evil.json", "a/../../evil.json", "\x07"]
)
def test_names_are_never_paths(desk: Desk, name: str) -> None:
    before = set(desk.folder.parent.rglob("*"))
    found = desk.read_one("all.zip", zipped({name: text(1)}))
    assert found.ids() == [1]
    new = set(desk.folder.parent.rglob("*")) - before - {desk.folder / "all.zip"}
    assert {path.parent for path in new} == {desk.scratch}
    assert "\x07" not in found.items[0].where


def test_what_is_hidden_in_an_archive_is_named(desk: Desk) -> None:
    members = {"./__all/t.json": text(1), "a/.old/t.json": text(2), ".git/x": b"", ".git/y": b""}
    found = desk.read_one("export.zip", zipped(members))
    assert found.ids() == [1]
    assert found.told() == [("HIDDEN_FILE", "export.zip", 0)]
    assert "(.git, .old)" in found.words()


def test_what_systems_leave_in_archives_is_no_part_of_them(desk: Desk) -> None:
    members = {"t.json": text(1), "__MACOSX/._t.json": b"\0", "a/.DS_Store": b"\0", "folder/": b""}
    found = desk.read_one("all.zip", zipped(members))
    assert found.ids() == [1]
    assert not found.problems


def test_a_damaged_member_does_not_hide_the_others(desk: Desk) -> None:
    content = bytearray(zipped({"a.json": text(1), "b.json": text(2), "c.json": text(3)}, zipfile.ZIP_STORED))
    content[content.index(b"Ticket 2")] = ord("X")
    found = desk.read_one("all.zip", bytes(content))
    assert found.ids() == [1, 2, 3]
    assert found.told() == [("BROKEN_ARCHIVE", "all.zip/b.json", 1)]
    assert "CRC" in found.words()


def test_a_member_that_is_no_data_at_all_is_named(desk: Desk) -> None:
    content = bytearray(zipped({"a.json": text(1), "b.json": text(*range(99)), "c.json": text(3)}))
    start = content.index(b"b.json") + len("b.json")
    content[start : start + 40] = b"\xff" * 40
    found = desk.read_one("all.zip", bytes(content))
    assert found.ids() == [1, 3]
    assert found.told()[0] == ("BROKEN_ARCHIVE", "all.zip/b.json", 1)


def test_an_archive_that_breaks_off_gives_what_it_has(desk: Desk) -> None:
    desk.file("t.json", text(0))
    whole = gzip.compress(os.urandom(30_000).hex().encode() + b"\n" + text(1, 2))
    desk.file("a.json.gz", gzip.compress(text(*range(1, 2000)))[:-500])
    desk.file("b.zip", zipped({"t.json": text(*range(500))})[:-40])
    desk.file("c.gz", whole[:5])
    found = desk.read()
    assert len(found.ids()) > 1000
    codes = {(code, where.partition(":")[0]) for code, where, _ in found.told()}
    assert codes == {
        ("BROKEN_ARCHIVE", "a.json.gz"), ("BROKEN_LINE", "a.json.gz"), ("BROKEN_ARCHIVE", "b.zip"),
        ("BROKEN_ARCHIVE", "c.gz"),
    }  # fmt: skip


def test_encrypted_members_are_named(desk: Desk) -> None:
    content = bytearray(zipped({"a.json": text(1), "b.json": text(2)}))
    entry = content.index(b"PK\x01\x02")
    content[entry + 8] |= 1
    found = desk.read_one("all.zip", bytes(content))
    assert found.ids() == [2]
    assert found.told() == [("ENCRYPTED_FILE", "all.zip/a.json", 1)]


def test_an_unknown_way_of_packing_is_named(desk: Desk) -> None:
    content = bytearray(zipped({"a.json": text(1), "b.json": text(2)}))
    for start, offset in ((b"PK\x01\x02", 10), (b"PK\x03\x04", 8)):
        content[content.index(start) + offset] = 97
    found = desk.read_one("all.zip", bytes(content))
    assert found.ids() == [2]
    assert found.told() == [("BROKEN_ARCHIVE", "all.zip/a.json", 1)]


def test_office_documents_are_no_exports(desk: Desk) -> None:
    desk.file("t.json", text(1))
    desk.file("budget.xlsx", zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>"}))
    assert desk.read().told() == [("UNKNOWN_FILE", "budget.xlsx", 0)]


@pytest.mark.parametrize("packed", ["zip", "gz", "zip in zip"])
def test_a_bomb_is_put_aside(desk: Desk, packed: str) -> None:
    bomb = bytes(32 * 1024 * 1024)
    if packed == "gz":
        desk.file("bomb", gzip.compress(bomb))
    else:
        inner = zipped({"bomb.json": bomb})
        desk.file("bomb", inner if packed == "zip" else zipped({"inner.zip": inner}))
    limits = Limits(harmless=1024 * 1024)
    unpacking = Unpacking(desk.scratch, limits)
    (problem,) = unpacking.open(File(desk.folder / "bomb", "bomb"))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.where.partition("/")[0]) == ("TOO_LARGE", "bomb")
    assert sum(path.stat().st_size for path in desk.scratch.iterdir()) < 2 * 1024 * 1024


def test_a_bomb_of_many_members_is_stopped_by_their_sum(desk: Desk) -> None:
    content = zipped({f"{number}.json": bytes(600_000) for number in range(50)})
    names, problems = opened(desk, content, Limits(harmless=1024 * 1024, ratio=2))
    assert names == ["all.zip/0.json"]
    assert set(problems) == {("TOO_LARGE", f"all.zip/{number}.json") for number in range(1, 50)}


def test_there_may_not_be_any_number_of_members(desk: Desk) -> None:
    names, problems = opened(desk, zipped({f"{n}.json": text(n) for n in range(5)}), Limits(members=3))
    assert names == ["all.zip/0.json", "all.zip/1.json", "all.zip/2.json"]
    assert problems == [("TOO_MANY_FILES", "all.zip/3.json")]


def test_the_disk_is_not_filled(desk: Desk) -> None:
    names, problems = opened(desk, zipped({"t.json": text(1)}), Limits(free=0))
    assert (names, problems) == ([], [("TOO_LARGE", "all.zip/t.json")])


def test_an_archive_in_an_archive_leaves_nothing_behind(desk: Desk) -> None:
    desk.read_one("all.zip", zipped({"inner.zip": zipped({"t.json": text(1)})}))
    assert [path.read_bytes() for path in desk.scratch.iterdir()] == [text(1)]
