"""However records are split over files, lines, pages, arrays and archives, the same items come out."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate.errors import UsageError
from tiketti_migrate_zendesk import documents, window
from zendesk_parts import Desk

Record = tuple[str, dict[str, Any]]
Files = dict[str, bytes]
Draw = Callable[[st.SearchStrategy[Any]], Any]

LISTS = {
    "ticket": "tickets", "user": "users", "organization": "organizations", "group": "groups",
    "comment": "comments", "audit": "audits", "ticket_field": "ticket_fields",
}  # fmt: skip
# What tells a kind, so that a record is known wherever it stands.
SIGNS: dict[str, dict[str, Any]] = {
    "ticket": {"requester_id": 1, "subject": "S", "submitter_id": 2},
    "user": {"email": "a@x.test", "role": "end-user", "suspended": False},
    "organization": {"domain_names": [], "shared_tickets": False, "organization_fields": {}},
    "group": {"is_public": True, "default": False, "deleted": False},
    "comment": {"ticket_id": 5, "author_id": 1, "body": "B", "public": True},
    "audit": {"ticket_id": 5, "events": [], "author_id": 1},
    "ticket_field": {"title": "T", "raw_title": "T", "removable": True},
}
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
more = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("notes", "via", "custom_fields", "tags", "x"), values)
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    kind = draw(st.sampled_from(sorted(LISTS)))
    number = draw(st.integers(1, 10**15) | st.uuids().map(str))
    return kind, {"id": number, **SIGNS[kind], **draw(more)}


def dumped(value: Any, draw: Draw) -> str:
    indent = draw(st.sampled_from([None, 0, 1, 4]))
    return json.dumps(value, indent=indent, ensure_ascii=draw(st.booleans()))


def lines(rows: Sequence[Record], draw: Draw) -> str:
    end = draw(st.sampled_from(["\n", "\r\n", "\n\n"]))
    start = str(draw(st.sampled_from(["", "\ufeff"])))
    return start + "".join(json.dumps(raw, ensure_ascii=draw(st.booleans())) + end for _, raw in rows)


def page(rows: Sequence[Record], draw: Draw) -> str:
    lists: dict[str, list[Any]] = {}
    for kind, raw in rows:
        lists.setdefault(LISTS[kind], []).append(raw)
    return dumped({"count": len(rows), **lists, "next_page": None}, draw)


def array(rows: Sequence[Record], draw: Draw) -> str:
    return dumped([raw for _, raw in rows], draw)


def sequence(rows: Sequence[Record], draw: Draw) -> str:
    return "\n".join(dumped(raw, draw) for _, raw in rows)


def envelopes(rows: Sequence[Record], draw: Draw) -> str:
    return dumped([{kind: raw} for kind, raw in rows], draw)


def packed(content: str, draw: Draw) -> bytes:
    way = draw(st.sampled_from(["plain", "gzip", "zip", "utf-16"]))
    if way == "utf-16":
        return content.removeprefix("\ufeff").encode("utf-16")
    if way == "gzip":
        return gzip.compress(content.encode())
    if way == "plain":
        return content.encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("any/name", content)
    return target.getvalue()


def found_in(files: Files) -> list[str]:
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        for name, content in files.items():
            desk.file(name, content)
        found = desk.read()
    assert not found.problems, found.words()
    assert not any(item.repaired for item in found.items)
    return sorted(json.dumps([item.kind, item.raw], sort_keys=True) for item in found.items)


@pytest.mark.parametrize("large", [False, True])
@given(rows=st.lists(records(), min_size=1, max_size=12), data=st.data())
def test_any_split_of_the_same_records_yields_the_same(
    large: bool, rows: list[Record], data: st.DataObject
) -> None:
    files: Files = {}
    left = list(rows)
    while left:
        size = data.draw(st.integers(1, len(left)))
        form = data.draw(st.sampled_from([lines, page, array, sequence, envelopes]))
        files[f"{len(files):02}"] = packed(form(left[:size], data.draw), data.draw)
        left = left[size:]
    with pytest.MonkeyPatch.context() as patch:
        if large:
            patch.setattr(documents, "WHOLE_LIMIT", 0)
            patch.setattr(documents, "_PATIENCE", data.draw(st.integers(20, 200)))
            patch.setattr(window, "STEP", data.draw(st.integers(1, 100)))
        found = found_in(files)
    assert found == sorted(json.dumps([kind, raw], sort_keys=True) for kind, raw in rows)


@given(
    content=st.binary(max_size=200),
    start=st.sampled_from([b"", b"{", b"[{", b'{"tickets": [{"id": 1', b"PK\x03\x04"]),
)
def test_no_bytes_whatever_end_in_a_crash(content: bytes, start: bytes) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "WHOLE_LIMIT", 0)
        patch.setattr(window, "STEP", 5)
        desk = Desk(Path(folder))
        desk.file("t.json", '{"id": 1, "subject": "S", "requester_id": 1}')
        for name in ("x.json", "x.csv"):
            desk.file(name, start + content)
        found = desk.read()
        assert 1 in found.ids()


@given(rows=st.lists(records(), min_size=2, max_size=6), data=st.data())
def test_a_byte_that_is_lost_anywhere_ends_in_a_problem_or_in_one_record_less(
    rows: list[Record], data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from([lines, page, array, sequence]))(rows, data.draw).encode()
    place = data.draw(st.integers(0, len(text) - 1))
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "WHOLE_LIMIT", data.draw(st.sampled_from([0, 10**6])))
        desk = Desk(Path(folder))
        try:
            found = desk.read_one("tickets.json", text[:place] + text[place + 1 :])
        except UsageError:
            return
    assert len(found.items) >= len(rows) or found.problems
