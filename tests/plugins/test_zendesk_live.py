"""An account read over its API: everything comes, once, in whatever way the server fails."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate.api import Notice, Problem
from tiketti_migrate.errors import (
    AccessDenied,
    Interrupted,
    MigrationError,
    SourceError,
    SourceUnreachable,
    UsageError,
)
from tiketti_migrate.http import HeaderNames, Reader, ReadLimits
from tiketti_migrate_zendesk.credentials import ZendeskCredentials
from tiketti_migrate_zendesk.live import Batch, LiveExport
from tiketti_migrate_zendesk.options import ZendeskOptions
from tiketti_migrate_zendesk.recognise import Item
from world import account, wait_until
from zendesk_server import EMAIL, OAUTH_TOKEN, TOKEN, Fault, ZendeskServer, cut, drop, failing, serving

ENVIRONMENT = {"ZENDESK_EMAIL": EMAIL, "ZENDESK_API_TOKEN": TOKEN}
# The real pace of ten a minute would make each test take minutes; it is tested with the reader.
UNPACED = ReadLimits(per_minute=700, names=HeaderNames("X-Rate-Limit", "X-Rate-Limit-Remaining"))


def live(server: ZendeskServer, environment: Mapping[str, str] = ENVIRONMENT, **options: Any) -> LiveExport:
    chosen = ZendeskOptions(subdomain="acme", api_base=server.url, **options)
    return LiveExport(chosen, ZendeskCredentials.read(environment), limits=UNPACED)


def entries(batches: list[Batch]) -> list[Item | Problem]:
    return [entry for batch in batches for entry in batch.entries]


def items(batches: list[Batch], kind: str) -> list[Mapping[str, Any]]:
    return [one.raw for one in entries(batches) if isinstance(one, Item) and one.kind == kind]


def problems(batches: list[Batch]) -> list[Problem]:
    return [one for one in entries(batches) if isinstance(one, Problem)]


def same(found: list[Mapping[str, Any]], expected: list[dict[str, Any]]) -> bool:
    def ordered(rows: Any) -> list[str]:
        return sorted(json.dumps(row, sort_keys=True) for row in rows)

    return ordered(found) == ordered(expected)


def test_an_account_comes_whole_page_by_page() -> None:
    data = account(12) | {"groups": [{"id": 1, "name": "Support"}], "brands": [{"id": 2, "name": "Acme"}]}
    with serving(data, page=3) as server:
        export = live(server)
        export.check()
        batches = list(export.read(None))
    assert problems(batches) == []
    for name, kind in (("users", "user"), ("organizations", "organization"), ("groups", "group")):
        assert same(items(batches, kind), data[name])
    tickets = items(batches, "ticket")
    assert same(
        [dict(ticket, audits=None) for ticket in tickets], [dict(t, audits=None) for t in data["tickets"]]
    )
    assert items(batches, "brand") == data["brands"]
    assert set(server.statuses) == {200}


def test_lists_that_know_only_page_numbers_come_whole() -> None:
    forms = [{"id": number, "name": f"Form {number}"} for number in range(1, 8)]
    with serving(account(1) | {"ticket_forms": forms}, page=3) as server:
        batches = list(live(server).read(None))
    assert items(batches, "ticket_form") == forms


def test_what_others_lean_on_comes_first() -> None:
    with serving(account(3)) as server:
        found = entries(list(live(server).read(None)))
    kinds = list(dict.fromkeys(one.kind for one in found if isinstance(one, Item)))
    assert kinds == ["ticket_field", "organization", "user", "ticket"]
    assert [one.where for one in found if isinstance(one, Item)][-1].startswith("ticket 10")


@pytest.mark.parametrize("environment", [ENVIRONMENT, {"ZENDESK_OAUTH_TOKEN": OAUTH_TOKEN}])
def test_both_kinds_of_credentials_open_the_account(environment: dict[str, str]) -> None:
    with serving(account(1)) as server:
        live(server, environment).check()


def test_a_wrong_token_shows_before_anything_and_is_never_shown() -> None:
    with serving(account(1)) as server, pytest.raises(AccessDenied) as denied:
        live(server, {"ZENDESK_EMAIL": EMAIL, "ZENDESK_API_TOKEN": "wrong-token"}).check()
    assert "ZENDESK_API_TOKEN" in str(denied.value)
    assert "wrong-token" not in str(denied.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("me", [{"id": None, "role": "end-user"}, {"id": 7, "role": "end-user"}])
def test_who_is_no_agent_is_told_so(me: dict[str, Any]) -> None:
    with serving(account(1), me=me) as server, pytest.raises(AccessDenied):
        live(server).check()


def test_an_agent_who_may_not_export_is_told_what_to_give() -> None:
    with serving(account(1)) as server:
        server.faults.append(Fault("/incremental/", failing(403, {"error": "Forbidden"}), times=9))
        with pytest.raises(AccessDenied, match="of an admin"):
            list(live(server).read(None))


@pytest.mark.parametrize(
    "answer", [failing(404), failing(301, Location="https://elsewhere.test/api/v2/users/me.json")]
)
def test_a_subdomain_where_no_account_answers_is_a_wrong_option(answer: Any) -> None:
    wrong = pytest.raises(UsageError, match=r"no Zendesk account answers at acme\.zendesk\.com")
    with serving(account(1), faults=[Fault("/me", answer)]) as server, wrong:
        live(server).check()


def test_lists_that_not_every_plan_has_are_told_and_missed_by_nobody() -> None:
    with serving(account(2)) as server:
        del server.data["custom_statuses"]
        server.faults.append(Fault("/ticket_forms", failing(403, {"error": "Forbidden"})))
        batches = list(live(server).read(None))
        again = list(live(server).read(batches[2].cursor))
    assert [(p.code, p.where, p.lost) for p in problems(batches)] == [
        ("NOT_GIVEN", "custom_statuses", 0),
        ("NOT_GIVEN", "ticket_forms", 0),
    ]
    assert len(items(batches, "ticket")) == 2
    assert problems(again) == [], "told once, however often reading goes on"


def test_comments_of_many_pages_are_put_into_their_ticket_in_order() -> None:
    data = account(1, comments=7)
    with serving(data, page=2) as server:
        batches = list(live(server).read(None))
        asked = server.asked
    assert items(batches, "ticket")[0]["comments"] == data["tickets"][0]["comments"]
    pages = [params for path, params in asked if path.endswith("/comments.json")]
    assert len(pages) == 4
    assert all(page["include_inline_images"] == "true" for page in pages)


def test_audits_are_asked_for_only_where_time_is_kept_or_comments_are_missing() -> None:
    data = account(6)
    for ticket in data["tickets"]:
        ticket["audits"] = [{"id": 1, "ticket_id": ticket["id"], "events": []}]
    data["tickets"][5]["comments"] = []
    kept = [t["id"] for t in data["tickets"] if t["custom_fields"][0]["value"]] + [data["tickets"][5]["id"]]
    with serving(data) as server:
        batches = list(live(server).read(None))
    with_audits = [ticket["id"] for ticket in items(batches, "ticket") if "audits" in ticket]
    assert sorted(with_audits) == sorted(kept)
    assert len(server.paths("/audits")) == len(kept)


def test_no_history_is_asked_for_where_its_time_is_not_wanted() -> None:
    with serving(account(6)) as server:
        list(live(server, time="total").read(None))
    assert server.paths("/audits") == []


def test_a_deleted_ticket_comes_as_it_is_and_is_not_asked_about() -> None:
    data = account(3)
    data["tickets"][1]["status"] = "deleted"
    with serving(data) as server:
        batches = list(live(server).read(None))
    assert [ticket["status"] for ticket in items(batches, "ticket")].count("deleted") == 1
    assert not server.paths(f"/tickets/{data['tickets'][1]['id']}/")
    assert problems(batches) == []


def test_a_ticket_that_changes_while_it_is_read_comes_again_as_it_is_then() -> None:
    data = account(6)
    first = data["tickets"][0]["id"]

    def change(path: str, params: Mapping[str, str]) -> None:
        if "/tickets/cursor" in path and "cursor" in params and not changed:
            changed.append(path)
            server.touch(first, subject="Changed meanwhile")

    changed: list[str] = []
    with serving(data, page=2, before=change) as server:
        tickets = items(list(live(server).read(None)), "ticket")
    assert Counter(ticket["id"] for ticket in tickets)[first] == 2
    assert [t["subject"] for t in tickets if t["id"] == first][-1] == "Changed meanwhile"
    assert len({ticket["id"] for ticket in tickets}) == 6


def test_every_checkpoint_is_a_place_to_go_on_from_without_reading_twice() -> None:
    with serving(account(9), page=2) as server:
        batches = list(live(server).read(None))
        for number, batch in enumerate(batches):
            if batch.cursor is None:
                continue
            server.asked.clear()
            again = list(live(server).read(batch.cursor))
            assert items(again, "ticket_field") == items(batches, "ticket_field"), "conversion needs them"
            rest = batches[number + 1 :]
            for kind in ("organization", "ticket"):
                assert items(again, kind) == items(rest, kind)
            is_at_tickets = not items(rest, "user")
            assert items(again, "user") == items(batches if is_at_tickets else rest, "user")
            assert len(set(server.paths("/comments"))) == len(items(rest, "ticket"))


def test_a_cursor_of_other_tickets_or_of_no_kind_begins_anew() -> None:
    with serving(account(3)) as server:
        last = list(live(server).read(None))[-1].cursor
        tries: tuple[tuple[str | None, dict[str, Any]], ...] = (
            (last, {"since": "2023-02-02"}),
            ("{broken", {}),
            ('["2"]', {}),
            ("[1,2,3,4]", {}),
        )
        for cursor, options in tries:
            assert items(list(live(server, **options).read(cursor)), "user")


@pytest.mark.parametrize("fault", [drop, cut, failing(502), failing(503, Retry_After="0"), failing(200)])
def test_a_server_that_fails_now_and_then_is_asked_again(fault: Any) -> None:
    data = account(4)
    with serving(data, faults=[Fault("/users/cursor", fault), Fault("/comments", fault)]) as server:
        batches = list(live(server).read(None))
    assert problems(batches) == []
    assert all("comments" in ticket for ticket in items(batches, "ticket"))


def test_a_ticket_whose_comments_cannot_be_read_comes_with_its_description() -> None:
    data = account(5)
    bad = data["tickets"][2]["id"]
    refused = failing(403, {"error": {"title": "Forbidden", "message": "You do not have access"}})
    with serving(data, faults=[Fault(f"/{bad}/", refused, times=99)]) as server:
        batches = list(live(server).read(None))
    [problem] = problems(batches)
    assert (problem.code, problem.where, problem.lost) == ("COMMENTS_UNREAD", f"ticket {bad}", 1)
    assert "You do not have access" in problem.message
    assert [t["id"] for t in items(batches, "ticket") if "comments" not in t] == [bad]


def test_comments_that_cannot_be_read_are_taken_from_the_audits() -> None:
    data = account(2)
    bad = data["tickets"][1]
    bad["audits"] = [{"id": 1, "ticket_id": bad["id"], "events": [{"type": "Comment", "body": "Hi"}]}]
    with serving(data, faults=[Fault(f"/{bad['id']}/comments", failing(404), times=99)]) as server:
        batches = list(live(server).read(None))
    assert [(p.code, p.lost) for p in problems(batches)] == [("COMMENTS_FROM_AUDITS", 0)]
    assert [t["audits"] for t in items(batches, "ticket") if "comments" not in t] == [bad["audits"]]


@pytest.mark.parametrize("gone", [True, False])
def test_one_ticket_that_fails_for_ever_is_told_from_an_account_that_is_gone(
    gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Event, "wait", lambda _self, _seconds=None: False)
    data = account(3)
    bad = data["tickets"][1]["id"]
    with serving(data, faults=[Fault(f"/{bad}/", failing(500), times=999)]) as server:
        if gone:
            server.faults.append(Fault("/me", failing(500), times=999))
            with pytest.raises(SourceUnreachable):
                list(live(server).read(None))
        else:
            batches = list(live(server).read(None))
            assert [p.code for p in problems(batches)] == ["COMMENTS_UNREAD"]
            assert len(items(batches, "ticket")) == 3


def test_since_brings_what_was_updated_and_everything_unsolved() -> None:
    data = account(25)
    with serving(data, page=4) as server:
        tickets = items(list(live(server, since="2023-02-20").read(None)), "ticket")
        users = server.cursors("/users/")
    expected = {
        t["id"]
        for t in data["tickets"]
        if t["updated_at"] >= "2023-02-20" or t["status"] in ("new", "open", "pending", "hold")
    }
    assert {ticket["id"] for ticket in tickets} == expected
    assert len(tickets) == len(expected), "none is read twice"
    assert not any("result_type" in ticket for ticket in tickets)
    assert users, "a requester may be older than the tickets"


def test_a_search_whose_place_is_forgotten_begins_again() -> None:
    expired = failing(422, {"error": "InvalidPaginationCursor"})
    with serving(account(25), page=2) as server:
        seen: list[str] = []

        def expire(path: str, params: Mapping[str, str]) -> None:
            if "search" in path and len(seen) < 3:
                seen.append(path)
                if len(seen) == 3:
                    server.faults.append(Fault("search", expired))

        server.before = expire
        tickets = items(list(live(server, since="2023-03-30").read(None)), "ticket")
    assert {t["status"] for t in tickets} == {"new", "open", "pending"}
    assert len({t["id"] for t in tickets}) == 15


def test_a_page_that_leads_back_to_itself_ends_the_reading() -> None:
    page = {"users": [], "after_cursor": "same", "end_of_stream": False}
    fault = Fault("/users/cursor", failing(200, page), times=99)
    wrong = pytest.raises(SourceError, match="the same one again")
    with serving(account(1), faults=[fault]) as server, wrong:
        list(live(server).read(None))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["c1", "open"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
LISTS = ("users", "tickets", "ticket_fields", "custom_statuses", "groups", "brands", "ticket_forms",
         "organizations", "comments", "audits", "results")  # fmt: skip
KEYS = (*LISTS, "meta", "next_page", "after_cursor", "user", "id")
PAGES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(KEYS, ANYTHING) | {"end_of_stream": st.booleans()}
)
LAST: dict[str, Any] = {name: [] for name in LISTS} | {"meta": None, "end_of_stream": True}
LAST_PAGES = PAGES.map(lambda page: page | {key: LAST[key] for key in ("meta", "end_of_stream")}).map(
    lambda page: LAST | page
)


@given(pages=st.lists(PAGES | LAST_PAGES, min_size=1, max_size=6))
def test_whatever_the_answers_hold_it_ends_in_entries_or_in_an_error_for_people(
    pages: list[dict[str, Any]],
) -> None:
    class Scripted(Reader):
        def get(self, path: str, params: Any = None, *, tries: int = 1) -> dict[str, Any]:
            asked.append(path)
            assert len(asked) < 200
            return pages[len(asked) % len(pages)]

    class Scripting(LiveExport):
        def _reader(self) -> Reader:
            return Scripted("http://127.0.0.1:1", self._access)

    asked: list[str] = []
    export = Scripting(ZendeskOptions(subdomain="acme"), ZendeskCredentials.read(ENVIRONMENT))
    with suppress(MigrationError):
        for batch in export.read(None):
            assert all(one.where for one in batch.entries)


@pytest.mark.parametrize("page", [{}, {"users": None}, {"users": {}}, {"users": [], "end_of_stream": False}])
def test_an_answer_of_another_form_ends_the_reading(page: dict[str, Any]) -> None:
    fault = Fault("/users/cursor", failing(200, page), times=99)
    with serving(account(1), faults=[fault]) as server, pytest.raises(SourceError):
        list(live(server).read(None))


def test_odd_members_of_a_page_are_told_and_the_others_come() -> None:
    page = {"users": [None, 7, {"id": 5, "name": "Sound"}, {"name": "No id"}], "end_of_stream": True}
    with serving(account(1), faults=[Fault("/users/cursor", failing(200, page))]) as server:
        batches = list(live(server).read(None))
    assert [p.where for p in problems(batches)] == ["user #1", "user #2"]
    assert [user["name"] for user in items(batches, "user")] == ["Sound", "No id"]


def test_ids_that_are_no_numbers_never_become_part_of_an_address() -> None:
    odd = [{"id": value, "status": "open"} for value in ("../users", "1/../2", None, "٣", 1.5, [1])]
    page = {"tickets": odd, "end_of_stream": True, "after_cursor": "x"}
    with serving(account(1), faults=[Fault("/tickets/cursor", failing(200, page))]) as server:
        batches = list(live(server).read(None))
    assert len(items(batches, "ticket")) == len(odd)
    assert server.paths("/comments") == []


def test_a_server_that_says_too_many_is_waited_for_as_long_as_it_wants() -> None:
    with serving(account(8), page=2, incremental=3, window=1.0) as server:
        batches = list(live(server).read(None))
    assert len(items(batches, "ticket")) == 8
    assert 429 in server.statuses


def test_ctrl_c_ends_a_wait_at_once_and_the_wait_was_told() -> None:
    stopping, told = threading.Event(), list[Notice]()

    def notify(notice: Notice) -> None:
        told.append(notice)
        stopping.set()

    slow = failing(429, {"error": "APIRateLimitExceeded"}, Retry_After="600")
    with serving(account(1), faults=[Fault("/users/", slow)]) as server:
        chosen = ZendeskOptions(subdomain="acme", api_base=server.url)
        export = LiveExport(
            chosen, ZendeskCredentials.read(ENVIRONMENT), stopping=stopping, notify=notify, limits=UNPACED
        )
        with pytest.raises(Interrupted):
            list(export.read(None))
    assert 590 < told[0].seconds <= 601


READ_IN_A_PROCESS = """
import os, sys
from pathlib import Path
from test_zendesk_live import live_at
url, state = sys.argv[1], Path(sys.argv[2])
cursor = state.read_text() if state.exists() else None
for batch in live_at(url).read(cursor):
    if batch.cursor is not None:
        state.with_suffix(".new").write_text(batch.cursor)
        os.replace(state.with_suffix(".new"), state)
"""


def live_at(url: str) -> LiveExport:
    chosen = ZendeskOptions(subdomain="acme", api_base=url)
    return LiveExport(chosen, ZendeskCredentials.read(ENVIRONMENT), limits=UNPACED)


def has_asked(server: ZendeskServer, pages: int) -> bool:
    return len(server.paths("/tickets/cursor")) >= pages


def test_after_a_kill_no_page_is_read_twice_but_the_last(tmp_path: Path) -> None:
    state = tmp_path / "cursor"
    command = [sys.executable, "-c", READ_IN_A_PROCESS, "", str(state)]
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parent) + os.pathsep + str(Path(__file__).parents[1])
    }
    with serving(account(30, comments=1), page=2) as server:
        command[3] = server.url
        for pages in (3, 7, 12):
            with subprocess.Popen(command, env=environment) as running:
                wait_until(partial(has_asked, server, pages))
                running.send_signal(signal.SIGKILL)
        subprocess.run(command, env=environment, check=True, timeout=60)
        tickets = Counter(server.cursors("/tickets/cursor"))
        users = Counter(server.cursors("/users/cursor"))
    assert len(tickets) == 15
    assert sum(tickets.values()) <= 15 + 3 * 2, (
        "after each kill the last page, and one whose end was not noted"
    )
    assert set(users.values()) == {4}, "people are named in texts, so each run reads them"
