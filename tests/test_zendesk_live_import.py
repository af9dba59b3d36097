"""An account read over its API into Tiketti: two servers over sockets, the program as a process."""

import json
import signal
import sqlite3
from functools import partial
from pathlib import Path

from test_zendesk_forms import staged
from world import World, account, wait_until, write_export
from zendesk_server import EMAIL, TOKEN, ZendeskServer, drop, failing, serving
from zendesk_server import Fault as ServerFault

# Behind the last change of the six tickets, and before what the server notes when one is touched.
SINCE = "2023-02-06T08:00:01Z"


def arguments(server: ZendeskServer, *more: str) -> tuple[str, ...]:
    return ("import", "zendesk", "--subdomain", "acme", "--api-base", server.url, *more)


def with_token(world: World) -> World:
    world.extra |= {"ZENDESK_EMAIL": EMAIL, "ZENDESK_API_TOKEN": TOKEN}
    return world


def test_the_account_arrives_whole_and_no_secret_is_kept(world: World) -> None:
    data = account(12)
    with serving(data, page=5) as server:
        ran = with_token(world).run(*arguments(server, "--yes")).assert_exit(0)
    world.assert_arrived(data)
    kept = b"".join(file.read_bytes() for file in world.workspace.rglob("*") if file.is_file())
    for text in (kept, ran.out.encode(), ran.err.encode()):
        assert TOKEN.encode() not in text
    assert world.status()["source"] == "zendesk:acme.zendesk.com"


def test_it_comes_to_what_the_export_of_the_account_comes_to(world: World, tmp_path: Path) -> None:
    data = account(7)
    wanted = staged(tmp_path / "work-lines", write_export(tmp_path / "lines", data))
    with serving(data, page=3) as server:
        with_token(world).run(*arguments(server, "--plan")).assert_exit(0)
    connection = sqlite3.connect(world.workspace / "migration.db")
    rows = connection.execute(
        "SELECT kind, source_id, lane, step, moment, natural_key, state, json_remove(record, '$.origin'),"
        " warnings FROM row ORDER BY kind, source_id"
    ).fetchall()
    connection.close()
    assert list(map(_but_state, rows)) == list(map(_but_state, wanted))


def _but_state(row: tuple[object, ...]) -> tuple[object, ...]:
    return row[:6] + row[7:]


def test_a_run_killed_while_reading_goes_on_and_loses_nothing(world: World) -> None:
    data = account(30)
    with_token(world)
    with serving(data, page=4) as server:
        process = world.start(*arguments(server, "--yes"))
        wait_until(partial(_has_read, server, 10))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        world.run(*arguments(server, "--yes"), timeout=300).assert_exit(0)
    world.assert_arrived(data)


def _has_read(server: ZendeskServer, tickets: int) -> bool:
    return len(server.paths("/comments")) >= tickets


def test_a_delta_brings_what_changed_since(world: World) -> None:
    data = account(6)
    with serving(data, page=5) as server:
        with_token(world).run(*arguments(server, "--yes")).assert_exit(0)
        more = {
            "id": 5,
            "author_id": 900,
            "body": "One more",
            "public": True,
            "created_at": "2023-02-20T09:00:00Z",
        }
        comments = [*data["tickets"][3]["comments"], more]
        server.touch(data["tickets"][3]["id"], comments=comments, updated_at="2023-02-20T09:00:00Z")
        server.asked.clear()
        planned = world.run(*arguments(server, "--since", SINCE, "--plan", "--json")).assert_exit(0)
        assert json.loads(planned.out)["writes"] == {"message": 1, "outcome": 1}
        world.run(*arguments(server, "--since", SINCE, "--yes")).assert_exit(0)
    world.assert_arrived(data)


def test_faults_on_the_way_are_waited_out(world: World) -> None:
    data = account(5)
    with serving(data) as server:
        server.faults = [
            ServerFault("/comments", drop, 2),
            ServerFault("/comments", failing(429, {}, Retry_After="1")),
            ServerFault("/users", failing(503, "<html>", Retry_After="1")),
        ]
        with_token(world).run(*arguments(server, "--yes")).assert_exit(0)
        assert server.faults == []
    world.assert_arrived(data)


def test_wrong_credentials_show_before_anything_is_staged(world: World) -> None:
    with serving(account(2)) as server:
        ran = world.run(*arguments(server, "--yes")).assert_exit(2)
        assert "ZENDESK_API_TOKEN" in ran.err
        world.extra |= {"ZENDESK_EMAIL": EMAIL, "ZENDESK_API_TOKEN": "wrong-token-99"}
        ran = world.run(*arguments(server, "--yes")).assert_exit(4)
    assert "wrong-token-99" not in ran.err
    assert "ZENDESK_API_TOKEN" in ran.err
    assert world.writes().total() == 0
