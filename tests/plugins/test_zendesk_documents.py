"""One JSON text over many lines: read whole when small, else record by record; both say the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate_zendesk import documents, window
from zendesk_parts import Desk, Found, ticket


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(params=["whole", "streamed", "in small steps"], autouse=True)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "whole":
        monkeypatch.setattr(documents, "WHOLE_LIMIT", 0)
    if request.param == "in small steps":
        monkeypatch.setattr(window, "STEP", 7)
        monkeypatch.setattr(documents, "_PATIENCE", 50)


def ids(found: Found) -> list[tuple[str, Any]]:
    return [(item.kind, item.raw.get("id")) for item in found.items]


LISTS: dict[str, Any] = {"tickets": [ticket(1), ticket(2)], "users": [{"id": 3}], "groups": [{"id": 4}]}


TALK = [{"id": n, "author_id": 1, "body": "It jams", "public": True} for n in range(3)]
NEXT = "https://acme.zendesk.com/api/v2/tickets/7/comments.json?page=2"


@pytest.mark.parametrize("end", [{"next_page": NEXT, "count": 3}, {"ticket": {"id": 7}}, {"ticket_id": 7}])
def test_a_long_page_may_name_its_ticket_behind_the_comments(desk: Desk, end: dict[str, Any]) -> None:
    found = desk.read_one("x", json.dumps({"comments": TALK, "users": [], **end}, indent=1))
    assert [str(raw["ticket_id"]) for raw in found.raws("comment")] == ["7", "7", "7"]
    assert not found.problems


def test_each_of_several_long_pages_is_of_its_own_ticket(desk: Desk) -> None:
    pages = [{"comments": TALK, "ticket_id": 7}, {"comments": TALK}, {"comments": TALK, "ticket_id": 9}]
    found = desk.read_one("x", json.dumps(pages, indent=1))
    assert [raw["ticket_id"] for raw in found.raws("comment")] == ["7"] * 3 + ["9"] * 3
    assert sum(problem.lost for problem in found.problems) == 3


def test_a_long_page_that_names_no_ticket_is_lost_aloud(desk: Desk) -> None:
    desk.file("t.json", json.dumps(ticket(1)))
    desk.file("c.json", json.dumps({"comments": TALK, "count": 3}, indent=1))
    found = desk.read()
    assert {code for code, _, _ in found.told()} == {"NO_TICKET"}
    assert sum(problem.lost for problem in found.problems) == 3


@pytest.mark.parametrize("indent", [0, 1, 4])
def test_arrays_and_pages_over_many_lines_are_read(desk: Desk, indent: int) -> None:
    desk.file("a.json", json.dumps(LISTS["tickets"], indent=indent))
    desk.file("b.json", json.dumps({**LISTS, "next_page": None, "count": 2}, indent=indent))
    found = desk.read()
    assert ids(found) == [
        ("ticket", 1),
        ("ticket", 2),
        ("ticket", 1),
        ("ticket", 2),
        ("user", 3),
        ("group", 4),
    ]
    places = [
        "a.json #1",
        "a.json #2",
        *(f"b.json tickets #{n}" for n in (1, 2)),
        "b.json users #1",
        "b.json groups #1",
    ]
    assert [item.where for item in found.items] == places
    assert not found.problems


@pytest.mark.parametrize("between", ["\n", "\n\n", ",\n", "\x1e", " "])
def test_a_sequence_of_records_over_several_lines_is_read(desk: Desk, between: str) -> None:
    text = between.join(json.dumps(ticket(number), indent=2) for number in (5, 6, 7))
    found = desk.read_one("t.json", text)
    height = text.count("\n", 0, text.index('"id": 6'))
    assert found.ids() == [5, 6, 7]
    assert [item.where for item in found.items][:2] == ["t.json:1", f"t.json:{height}"]
    assert not found.problems


def test_several_arrays_and_pages_behind_one_another_are_read(desk: Desk) -> None:
    value = [[ticket(1)], {"tickets": [ticket(2)], "users": [{"id": 3}]}, [{"ticket": ticket(4)}], ticket(5)]
    found = desk.read_one("x.json", "\n".join(json.dumps(one, indent=1) for one in value))
    assert ids(found) == [("ticket", 1), ("ticket", 2), ("user", 3), ("ticket", 4), ("ticket", 5)]


def test_arrays_with_a_record_a_line_are_read(desk: Desk) -> None:
    found = desk.read_one("t.json", "[\n" + ",\n".join(json.dumps(ticket(n)) for n in range(5)) + "\n]\n")
    assert found.ids() == [0, 1, 2, 3, 4]


def test_a_large_ticket_is_no_page(desk: Desk) -> None:
    comments = [{"id": n, "body": "x" * 20} for n in range(100)]
    found = desk.read_one("t.json", json.dumps(ticket(1, comments=comments, tags=[]), indent=1))
    assert found.raws("ticket") == [ticket(1, comments=comments, tags=[])]


def test_pages_among_the_elements_of_an_array_are_read(desk: Desk) -> None:
    pages = [
        {"count": 3, "meta": {"has_more": True}, "tickets": [ticket(n) for n in range(3)]},
        {"users": [{"id": 9}]},
    ]
    assert ids(desk.read_one("x.json", json.dumps(pages, indent=2))) == [
        ("ticket", 0), ("ticket", 1), ("ticket", 2), ("user", 9)
    ]  # fmt: skip


def test_unread_lists_are_counted(desk: Desk) -> None:
    page = {"macros": [{"id": n} for n in range(30)], **LISTS}
    found = desk.read_one("x.json", json.dumps(page, indent=2))
    assert len(found.items) == 4
    assert found.words() == "x.json: 30 macros are not read"


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.97])
@pytest.mark.parametrize("indent", [1, None])
def test_what_stands_before_a_cut_arrives(desk: Desk, cut: float, indent: int | None) -> None:
    page = {"count": 20, "tickets": [ticket(n, tags=["a", "b"]) for n in range(20)]}
    text = json.dumps(page, indent=indent)[: int(cut * len(json.dumps(page, indent=indent)))]
    found = desk.read_one("tickets.json", "\n" + text.replace(", ", ",\n", 1))
    complete = text.count("]") if cut < 0.97 else 19
    assert found.ids()[: complete - 1] == list(range(complete - 1))
    assert complete - 1 <= len(found.ids()) <= complete + 1
    ((code, where, lost),) = found.told()
    assert (code, lost) == ("BROKEN_FILE", 1)
    assert where.startswith("tickets.json tickets")
    assert "breaks off" in found.words()
    assert "byte" in found.words()


BREAKS = {
    "a missing comma": ('"requester_id": 1', '"requester_id": 1 2'),
    "a word that is none": ('"open"', "opened"),
    "a missing quote": ('"open"', '"open'),
    "a missing key": ('"status":', ""),
    "a number that is none": ('"requester_id": 1', '"requester_id": 01'),
}


@pytest.mark.parametrize("wrong", BREAKS)
@pytest.mark.parametrize("number", [1, 3])
def test_a_broken_record_costs_only_itself(desk: Desk, wrong: str, number: int) -> None:
    texts = [json.dumps(ticket(n), indent=2) for n in (1, 2, 3)]
    texts[number - 1] = texts[number - 1].replace(*BREAKS[wrong])
    page = '{"tickets": [\n' + ",\n".join(texts) + '\n], "users": [{"id": 9}]}'
    found = desk.read_one("x.json", page)
    assert found.ids() == [n for n in (1, 2, 3) if n != number]
    assert found.ids("user") == [9]
    assert found.told() == [("BROKEN_RECORD", f"x.json tickets #{number}", 1)]


@pytest.mark.parametrize("wrong", sorted(BREAKS.keys() - {"a missing quote"}))
def test_a_broken_record_between_others_on_one_line_costs_only_itself(desk: Desk, wrong: str) -> None:
    broken = json.dumps(ticket(2, tags=["}", '"']), ensure_ascii=False).replace(*BREAKS[wrong])
    found = desk.read_one("x.json", f"[{json.dumps(ticket(1))},\t{broken}, {json.dumps(ticket(3))}\n]")
    assert found.ids() == [1, 3]
    assert found.told() == [("BROKEN_RECORD", "x.json #2", 1)]


def test_a_broken_record_of_a_sequence_costs_only_itself(desk: Desk) -> None:
    texts = [json.dumps(ticket(n), indent=2) for n in (1, 2, 3)]
    texts[1] = texts[1].replace('"open"', "opened")
    found = desk.read_one("x.json", "\n".join(texts))
    assert found.ids() == [1, 3]
    assert found.told() == [("BROKEN_RECORD", "x.json:7", 1)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b'"a\x01b"', "a\x01b"),
        (b'"a\nb"', "a\nb"),
        (b'"caf\xe9"', "caf\ufffd"),
        (b'"\xf0\x9f"', "\ufffd"),
        (b'"\\ud83d"', "\ud83d"),
    ],
)
def test_what_is_no_unicode_or_no_json_is_replaced_and_flagged(desk: Desk, written: bytes, read: str) -> None:
    text = json.dumps([ticket(1), ticket(2), ticket(3)], indent=1).encode()
    found = desk.read_one("t.json", text.replace(b'"Ticket 2"', written))
    assert [(item.raw["id"], item.repaired) for item in found.items] == [(1, False), (2, True), (3, False)]
    assert found.items[1].raw["subject"] == read
    assert not found.problems


def test_letters_of_all_sizes_are_read(desk: Desk) -> None:
    subject = "é日本😀\u202eה" * 5
    for ascii_ in (True, False):
        text = json.dumps([ticket(1, subject=subject)], indent=1, ensure_ascii=ascii_)
        (item,) = desk.read_one("t.json", "\ufeff" + text).items
        assert (item.raw["subject"], item.repaired) == (subject, False)


def test_numbers_are_numbers_of_any_size(desk: Desk) -> None:
    text = json.dumps([ticket(1, a=1.5, b=-3, c=2**63, d=[10, 20.0])], indent=1)
    (raw,) = desk.read_one("t.json", text).raws("ticket")
    assert (raw["a"], raw["b"], raw["c"], raw["d"]) == (1.5, -3, 2**63, [10, 20.0])
    assert [type(one) for one in raw["d"]] == [int, float]


@pytest.mark.parametrize("noise", ["[" * 5000, "{" * 50, "]", "}", '"', "[1, 2", ":", "\\", "nul", "[}"])
def test_noise_behind_the_records_ends_in_a_problem(desk: Desk, noise: str) -> None:
    found = desk.read_one("t.json", json.dumps([ticket(1), ticket(2)], indent=1) + "\n" + noise)
    assert found.ids() == [1, 2]
    assert found.problems


@pytest.mark.parametrize("indent", [None, 1])
def test_a_record_that_is_too_long_is_passed_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, indent: int | None
) -> None:
    monkeypatch.setattr(documents, "RECORD_LIMIT", 2000)
    monkeypatch.setattr(documents, "_PATIENCE", 500)
    monkeypatch.setattr(documents, "WHOLE_LIMIT", 0)
    monkeypatch.setattr(window, "STEP", 100)
    text = json.dumps([ticket(1), ticket(2, description='x"}],{[\\' * 5000), ticket(3)], indent=indent)
    found = desk.read_one("t.json", text.replace(", ", ",\n", 1) + "\n\n" + json.dumps(ticket(4)))
    assert found.ids() == [1, 3, 4]
    assert [code for code, _, _ in found.told()] == ["LONG_RECORD"]
