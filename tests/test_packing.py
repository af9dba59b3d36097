"""Fields and records come to the same rows."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate.records import parse_record, record_of
from tiketti_migrate.store import Packed
from tiketti_migrate.store.columns import COLUMNS

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
IDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
TIMES = st.none() | st.datetimes(
    min_value=dt.datetime(2, 1, 1),
    timezones=st.sampled_from((dt.UTC, dt.timezone(dt.timedelta(hours=-9, minutes=-30)))),
)
BESIDE = {
    "origin": st.none() | TEXTS,
    "url": st.none() | TEXTS,
    "extra": st.dictionaries(
        TEXTS,
        st.none() | TEXTS | st.integers() | st.lists(st.floats() | st.dictionaries(TEXTS, TEXTS), max_size=2),
    ),
    "warnings": st.lists(TEXTS, max_size=2).map(tuple),
}
TICKETS = st.fixed_dictionaries(
    {"kind": st.just("ticket"), "source_id": IDS, "subject": TEXTS, "requester_id": TEXTS},
    optional=BESIDE
    | {
        "assignee_id": st.none() | TEXTS,
        "label_ids": st.lists(TEXTS, max_size=3).map(tuple),
        "priority": st.sampled_from(("low", "normal", "high", "urgent", "odd")),
        "created_at": TIMES,
        "updated_at": TIMES,
    },
)
MESSAGES = st.fixed_dictionaries(
    {"kind": st.just("message"), "source_id": IDS, "ticket_id": TEXTS, "body": TEXTS},
    optional=BESIDE
    | {
        "author_id": st.none() | TEXTS,
        "body_format": st.sampled_from(("text", "html")),
        "is_internal": st.booleans(),
        "created_at": TIMES,
        "cc": st.none() | st.lists(TEXTS | st.integers(), max_size=3).map(tuple),
        "bcc": st.lists(TEXTS, max_size=2),
        "surplus": TEXTS,
    },
)
OUTCOMES = st.fixed_dictionaries(
    {"kind": st.just("outcome"), "source_id": IDS, "status": st.sampled_from(("open", "closed"))},
    optional=BESIDE,
)
LABELS = st.fixed_dictionaries({"kind": st.just("label"), "source_id": IDS, "name": TEXTS}, optional=BESIDE)
ODD: st.SearchStrategy[dict[str, Any]] = st.sampled_from(({}, {"kind": 1}, {"kind": []}, {"kind": "ticket"}))


@given(st.lists(TICKETS | MESSAGES | OUTCOMES | LABELS | ODD, max_size=5))
def test_fields_come_to_the_rows_of_their_records(items: list[dict[str, Any]]) -> None:
    quick, one_by_one = Packed(), Packed()
    quick.add(items)
    for item in items:
        try:
            one_by_one.add([record_of(item)])
        except ValueError:
            continue
    assert sorted(quick.rows, key=repr) == sorted(one_by_one.rows, key=repr)
    assert sorted(quick.tickets, key=repr) == sorted(one_by_one.tickets, key=repr)
    assert quick.ranks.keys() == one_by_one.ranks.keys()
    assert len(quick.rows) + len(quick.problems) == len(items)


@pytest.mark.parametrize("told", [{}, {"cc": ("Jane (j@example.org)", "ä"), "bcc": ("B",)}, {"cc": ()}])
def test_who_else_got_it_comes_back_from_both_ways(told: dict[str, Any]) -> None:
    fields = {"kind": "message", "source_id": "m", "ticket_id": "t", "body": "x", **told}
    for item in (fields, record_of(fields)):
        packed = Packed()
        packed.add([item])
        text = str(packed.rows[0][COLUMNS.index("record")])
        assert parse_record(text) == record_of(fields)
        assert ("cc" in json.loads(text)) is ("cc" in told), "others are as they were"
