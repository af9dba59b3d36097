"""Files with one JSON text a line."""

import io
import json
from pathlib import Path

import pytest

from tiketti_migrate_zendesk import lines
from tiketti_migrate_zendesk.entries import Entries
from tiketti_migrate_zendesk.recognise import Item
from zendesk_parts import Desk, ticket


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def text(*numbers: int) -> str:
    return "".join(json.dumps(ticket(number)) + "\n" for number in numbers)


def test_every_line_is_a_record_with_its_number(desk: Desk) -> None:
    found = desk.read_one("t.ndjson", text(5, 6, 7))
    assert [(item.raw["id"], item.where) for item in found.items] == [
        (5, "t.ndjson:1"), (6, "t.ndjson:2"), (7, "t.ndjson:3")
    ]  # fmt: skip
    assert not found.problems


def test_marks_and_blank_lines_are_no_records(desk: Desk) -> None:
    found = desk.read_one("t.ndjson", "\ufeff" + text(5).replace("\n", "\r\n") + "\r\n \t\n" + text(6))
    assert [item.where for item in found.items] == ["t.ndjson:1", "t.ndjson:4"]
    assert not found.problems


def test_broken_lines_are_named_and_the_others_go_on(desk: Desk) -> None:
    found = desk.read_one("t.ndjson", text(1) + "{broken\n" + text(2) + "[1]\n" + text(3) + '{"id": 4, "su')
    assert found.ids() == [1, 2, 3]
    assert found.told() == [
        ("BROKEN_LINE", "t.ndjson:2", 1), ("NO_RECORD", "t.ndjson:4 #1", 1), ("BROKEN_LINE", "t.ndjson:6", 1)
    ]  # fmt: skip
    assert "t.ndjson:6: is no JSON" in found.words()
    assert "the file ends in the middle of it" in found.words()


@pytest.mark.parametrize("first", ['{"id": 1, "subj\n', '{"id": 1, "subject":\n', "garbage\n", '{"id": 1,\n'])
def test_a_broken_first_line_does_not_hide_the_file(desk: Desk, first: str) -> None:
    found = desk.read_one("t.ndjson", first + text(2, 3))
    assert found.ids() == [2, 3]
    assert found.told() == [("BROKEN_LINE", "t.ndjson:1", 1)]


def test_several_records_in_a_line_are_all_read(desk: Desk) -> None:
    found = desk.read_one("t.ndjson", text(1) + text(2, 3).replace("\n", "") + "\n" + text(4)[:-1] + ",\n")
    assert [(item.raw["id"], item.where) for item in found.items] == [
        (1, "t.ndjson:1"), (2, "t.ndjson:2 #1"), (3, "t.ndjson:2 #2"), (4, "t.ndjson:3")
    ]  # fmt: skip


def test_a_page_that_is_broken_in_one_place_gives_its_other_records(desk: Desk) -> None:
    page = json.dumps({"tickets": [ticket(1), ticket(2), ticket(3)], "count": 3})
    found = desk.read_one("t.ndjson", page.replace('"Ticket 2"', "Ticket 2") + "\n" + page)
    assert found.ids() == [1, 3, 1, 2, 3]
    assert found.told() == [("BROKEN_RECORD", "t.ndjson:1 tickets #2", 1)]


def test_values_over_several_lines_may_stand_between_the_others(desk: Desk) -> None:
    high = json.dumps(ticket(2, tags=["a"]), indent=2)
    found = desk.read_one("t.ndjson", "{broken,\n" + text(1) + high + "\n" + text(3) + "{broken\n" + text(4))
    assert [(item.raw["id"], item.where) for item in found.items] == [
        (1, "t.ndjson:2"), (2, "t.ndjson:3"), (3, "t.ndjson:12"), (4, "t.ndjson:14")
    ]  # fmt: skip
    assert found.told() == [("BROKEN_LINE", "t.ndjson:1", 1), ("BROKEN_RECORD", "t.ndjson:13", 1)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b'"a\x01b"', "a\x01b"),
        (b'"a\x00b"', "a\x00b"),
        (b'"a\tb"', "a\tb"),
        (b'"caf\xe9"', "caf\ufffd"),
        (b'"\\ud83d"', "\ud83d"),
    ],
)
def test_what_is_no_unicode_or_no_json_is_replaced_and_flagged(desk: Desk, written: bytes, read: str) -> None:
    line = text(1).encode().replace(b'"Ticket 1"', written)
    found = desk.read_one("t.ndjson", text(7).encode() + line + text(8).encode())
    assert [(item.raw["id"], item.repaired) for item in found.items] == [(7, False), (1, True), (8, False)]
    assert found.items[1].raw["subject"] == read


def test_a_number_of_any_size_is_read(desk: Desk) -> None:
    found = desk.read_one("t.ndjson", text(1).replace('"status": "open"', '"a": 1e999, "b": 1' + "0" * 30))
    assert found.ids() == [1]


def test_a_number_beyond_all_bounds_breaks_its_line_only(desk: Desk) -> None:
    huge = "9" * 10_000
    found = desk.read_one("t.ndjson", text(1) + f'{{"id": {huge}, "subject": "\\ud800"}}\n' + text(2))
    assert found.ids() == [1, 2]
    assert found.told() == [("BROKEN_LINE", "t.ndjson:2", 1)]


def test_one_file_may_hold_records_of_several_kinds(desk: Desk) -> None:
    user = {"id": 1, "name": "Aino", "email": "a@acme.test", "role": "agent"}
    page = {"groups": [{"id": 3, "name": "Support"}], "macros": [{"id": 1}, {"id": 2}]}
    found = desk.read_one("x", text(1) + json.dumps(user) + "\n" + json.dumps(page) + "\n" + text(2))
    assert [item.kind for item in found.items] == ["ticket", "user", "group", "ticket"]
    assert found.items[2].where == "x:3 groups #1"
    assert "x: 2 macros are not read" in found.words()
    assert found.export.parts[0].kinds == {"ticket", "user", "group"}


def test_a_line_without_end_is_refused_and_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Watched(io.BufferedReader):
        def readline(self, size: int | None = -1, /) -> bytes:
            asked.append(-1 if size is None else size)
            return super().readline(size)

    def watched(path: Path, *_mode: str, **_options: int) -> io.BufferedReader:
        return Watched(io.FileIO(path))

    monkeypatch.setattr(lines, "LINE_LIMIT", 200)
    file = tmp_path / "tickets.ndjson"
    file.write_text(text(1) + "x" * 1000 + "\n" + text(2))
    monkeypatch.setattr(Path, "open", watched)
    found = list(lines.read_lines(file, "t", Entries("t")))
    assert [one.raw["id"] if isinstance(one, Item) else (one.code, one.where) for one in found] == [
        1, ("LONG_LINE", "t:2"), 2
    ]  # fmt: skip
    assert min(asked) > 0, "no read is unbounded"
