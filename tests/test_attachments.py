"""Attachments on their way from the source's server into the workspace, and what messages tell of them."""

import hashlib
import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler

import pytest

from file_server import HOST, FileServer
from files_world import BASE, FilesWorld, content, digest, has_seen, with_files
from world import account, wait_until, write_export


def test_every_message_names_its_files_and_links_to_where_they_are_published(
    user: FilesWorld, server: FileServer
) -> None:
    data = with_files(server)
    export = write_export(user.folder / "export", data)
    ran = user.run("import", "zendesk", export, "--yes", "--attachment-base-url", BASE + "/").assert_exit(0)
    assert "Attachments: 9 fetched" in ran.err
    assert "Attachments: 9 kept" in ran.out
    user.assert_arrived(data)
    html, texts = user.html(), user.texts()
    for number in range(9):
        assert f'href="{BASE}/{digest(number)}/file%20{number}.bin"' in html
        kept = user.workspace / "attachments" / digest(number)[:2] / digest(number)
        assert kept.read_bytes() == content(number)
    assert f"file 0.bin (700 B), SHA-256 {digest(0)}" in texts["100000"]
    assert "file 1.bin" not in texts["100000"]
    user.run("verify").assert_exit(0)
    planned = json.loads(user.run("import", "zendesk", export, "--plan", "--json").assert_exit(0).out)
    assert planned["writes"] == {}
    assert planned["changed_count"] == planned["added_count"] == 0
    assert not any(loss["kind"] == "attachment" for loss in planned["losses"])
    assert server.counts.total() == 9, "nothing is fetched twice"


def test_a_plan_fetches_nothing_and_says_how_much_from_where(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server)
    data["tickets"][0]["comments"][0]["attachments"].append(
        {"id": 1, "file_name": "x", "content_url": "https://evil.example/x", "size": 5}
    )
    export = write_export(user.folder / "export", data)
    ran = user.run("import", "zendesk", export, "--plan", "--json").assert_exit(0)
    planned = json.loads(ran.out)
    size = sum(len(content(number)) for number in range(9)) + 5
    assert planned["attachments"] == {"files": 10, "bytes": size, "hosts": {HOST: 9, "evil.example": 1}}
    assert planned["unlinked"] == 10
    assert any("1 attachments are not on hosts of the source" in warning for warning in planned["warnings"])
    assert any("--attachment-base-url" in warning for warning in planned["warnings"])
    shown = user.run("import", "zendesk", export, "--plan").assert_exit(0).out
    assert f"10 files, 6.6 KB as far as it is known, from {HOST} (9), evil.example (1)" in shown
    assert server.seen == []
    looked = json.loads(user.run("inspect", "zendesk", export, "--json").assert_exit(0).out)
    assert looked["attachments"] == {"files": 10, "bytes": size}
    assert "10 attachments, 6.6 KB" in user.run("inspect", "zendesk", export).out


def test_what_cannot_be_fetched_is_told_listed_and_fetched_alone_by_retry(
    user: FilesWorld, server: FileServer
) -> None:
    data = with_files(server)
    del server.answers["/a/0"], server.answers["/a/4"]
    export = write_export(user.folder / "export", data)
    ran = user.run("import", "zendesk", export, "--yes").assert_exit(3)
    assert "2 attachments could not be fetched" in ran.err
    user.assert_arrived(data)
    assert "file 0.bin (700 B): could not be fetched: the server answers 404" in user.texts()["100000"]
    failed = (user.workspace / "failed.csv").read_text()
    assert failed.count("DOWNLOAD_GONE") == 2
    assert "https://acme.zendesk.com/a/4" in failed
    user.run("verify").assert_exit(0)
    server.answers |= {"/a/0": content(0), "/a/4": content(4)}
    server.seen.clear()
    writes = user.writes()
    ran = user.run("retry", "--kind", "attachment", "--yes").assert_exit(0)
    assert "2 attachments are tried again" in ran.err
    assert server.counts == {"/a/0": 1, "/a/4": 1}
    assert user.writes() - writes == {"POST /tickets/:ticket_id/messages": 2}
    texts = user.texts()
    assert f"file 0.bin (700 B), SHA-256 {digest(0)}" in texts["100000-files"]
    assert "Files of message 100000 that could be fetched later:" in texts["100000-files"]
    assert "could not be fetched" in texts["100000"], "what was written stays"
    held = user.box.snapshot("Sandbox Oy")["messages"].values()
    notes = [one for some in held for one in some if "-files" in one["body"]]
    assert [note["is_internal"] for note in notes] == [True, True]
    user.run("verify").assert_exit(0)
    again = user.run("import", "zendesk", export, "--plan", "--json").assert_exit(0)
    assert json.loads(again.out)["writes"] == {}
    user.run("retry", "--yes").assert_exit(0)
    user.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert len(user.texts()) == 11


def test_a_file_that_fails_again_and_then_comes_has_one_note_for_each_time(
    user: FilesWorld, server: FileServer
) -> None:
    data = with_files(server, 1)
    del server.answers["/a/0"]
    data["tickets"][0]["comments"][0]["attachments"].append(
        {"id": 7, "file_name": "later.bin", "content_url": f"https://{HOST}/later", "size": 3}
    )
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes").assert_exit(3)
    server.answers["/later"] = b"abc"
    user.run("retry", "--yes").assert_exit(3)
    server.answers["/a/0"] = content(0)
    user.run("retry", "--yes").assert_exit(0)
    texts = user.texts()
    assert "later.bin (3 B), SHA-256" in texts["100000-files"]
    assert "file 0.bin" not in texts["100000-files"]
    assert "file 0.bin" in texts["100000-files-2"]
    user.run("verify").assert_exit(0)


def test_killed_again_and_again_it_fetches_each_file_once_or_twice_and_loses_none(
    user: FilesWorld, server: FileServer
) -> None:
    data = with_files(server, 20, size=None)
    export = write_export(user.folder / "export", data)
    command = ("import", "zendesk", export, "--yes")
    kills = 0
    for least in (3, 15, 30, 45):
        kills += user.kill_when(partial(has_seen, server, least), *command)
    assert kills == 4
    (user.workspace / "attachments" / "left.part").write_bytes(b"half")
    user.run(*command).assert_exit(0)
    user.assert_arrived(data)
    assert user.states() == {"done": 60}
    assert max(server.counts.values()) <= 5
    files = [path for path in (user.workspace / "attachments").rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == sorted(digest(number) for number in range(60))
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in files)
    user.run("verify").assert_exit(0)


def test_killed_while_messages_are_written_it_tells_the_same_of_their_files(
    user: FilesWorld, server: FileServer
) -> None:
    data = with_files(server, 6)
    del server.answers["/a/0"], server.answers["/a/7"]
    export = write_export(user.folder / "export", data)
    command = ("import", "zendesk", export, "--yes", "--settle", "1", "--attachment-base-url", BASE)
    assert user.kill_after(8, *command)
    server.answers |= {"/a/0": content(0), "/a/7": content(7)}
    user.run("retry", "--yes", "--settle", "1").assert_exit(0)
    user.run("verify").assert_exit(0)
    text = "\n".join(user.texts().values())
    assert all(digest(number) in text for number in range(18)), "each is told somewhere"


def test_ctrl_c_stops_it_and_resume_goes_on(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server, 4)
    released = threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        released.wait(30)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content(5))))
        handler.end_headers()
        handler.wfile.write(content(5))

    server.answers["/a/5"] = slow
    export = write_export(user.folder / "export", data)
    process = user.start("import", "zendesk", export, "--yes")
    wait_until(lambda: server.counts["/a/5"])
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 4, err
    assert "resume with:" in err
    assert user.writes().total() == 0
    released.set()
    ran = user.run("resume", "--yes").assert_exit(0)
    assert "Attachments:" in ran.err
    user.assert_arrived(data)
    user.run("verify").assert_exit(0)


def test_a_server_that_is_gone_stops_the_run_and_costs_no_file(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server, 8)
    export = write_export(user.folder / "export", data)
    user.extra["FILES_PORT"] = "1"
    ran = user.run("import", "zendesk", export, "--yes").assert_exit(4)
    assert "attachments cannot be fetched any more" in ran.err
    assert "--attachments link" in ran.err
    assert user.states() == {"pending": 24}
    assert user.writes().total() == 0
    user.extra["FILES_PORT"] = str(server.port)
    user.run("resume", "--yes").assert_exit(0)
    assert user.states() == {"done": 24}


def test_link_names_where_they_are_now_and_skip_says_nothing(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server)
    data["tickets"][0]["comments"][1]["attachments"][0]["content_url"] = "http://acme.zendesk.com/plain"
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes", "--limit", "1", "--attachments", "link").assert_exit(0)
    assert 'href="https://acme.zendesk.com/a/0"' in user.html()
    words = "file 1.bin (707 B): could not be fetched: the source gives no https:// address"
    assert words in user.texts()["100001"]
    user.run("verify").assert_exit(0)
    user.run("import", "zendesk", export, "--yes", "--limit", "2").assert_exit(0)
    assert len(user.texts()) == 6
    assert "file 3.bin" in user.texts()["100100"], "as it was said before"
    ran = user.run("import", "zendesk", export, "--plan", "--json", "--attachments", "skip").assert_exit(0)
    assert {"kind": "attachment", "what": "all of it", "count": 4} in json.loads(ran.out)["losses"]
    user.run("resume", "--yes", "--attachments", "skip").assert_exit(0)
    assert "file" not in user.texts()["100200"]
    assert server.seen == []
    user.run("verify").assert_exit(0)


def test_only_the_files_of_the_first_tickets_with_a_limit(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server)
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes", "--limit", "1").assert_exit(0)
    assert len(server.seen) == 3
    user.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert len(server.seen) == 9
    user.assert_arrived(data)


def test_a_limit_of_the_size_is_remembered_and_can_be_lifted(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server, 1)
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes", "--attachment-limit", "0.000705").assert_exit(3)
    assert user.states() == {"done": 1, "failed": 2}
    assert "DOWNLOAD_TOO_LARGE" in (user.workspace / "failed.csv").read_text()
    user.run("retry", "--yes").assert_exit(3)
    user.run("retry", "--yes", "--attachment-limit", "1").assert_exit(0)
    assert user.states() == {"done": 3}


def test_a_person_is_asked_for_the_address_once(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server)
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes", "--limit", "1").assert_exit(0)
    answers = [
        ("Address where you will publish", "http://files.example.com"),
        ("Address where you will publish", BASE),
        ("Import into Sandbox Oy?", "n"),
    ]
    code, shown = user.at_a_terminal("import", "zendesk", export, answers=answers)
    assert code == 4, shown
    assert "must look like https://" in shown
    answers = [("Address where you will publish", BASE), ("Import into Sandbox Oy?", "y")]
    code, shown = user.at_a_terminal("resume", answers=answers)
    assert code == 0, shown
    assert f"{BASE}/{digest(8)}/" in user.html()
    code, shown = user.at_a_terminal("resume", answers=[("Go on?", "y")])
    assert code == 0, shown
    assert "Address where" not in shown
    user.run("verify").assert_exit(0)


@pytest.mark.parametrize(
    "address",
    [
        *("http://files.example.com", "files", "https://", "https://a b", "https://x/?q", "https://@host"),
        *("https://:secret@host/a", "https://host:99999/a", "https://host:/x", "https://host/a@b"),
    ],
)
def test_an_address_that_is_none_is_refused(user: FilesWorld, address: str) -> None:
    export = write_export(user.folder / "export", account(1))
    ran = user.run("import", "zendesk", export, "--yes", "--attachment-base-url", address).assert_exit(2)
    assert "--attachment-base-url" in ran.err
    assert "https://files.example.com/acme" in ran.err


def test_a_message_of_nothing_but_files_and_hostile_names(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server, 1)
    comment = data["tickets"][0]["comments"][0]
    comment["body"] = ""
    name = "<img src=x onerror=alert(1)>\u202egnp.exe"
    comment["attachments"][0]["file_name"] = name
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes", "--attachment-base-url", BASE).assert_exit(0)
    assert "<img" not in user.html()
    assert "\u202e" not in user.html()
    assert f"<img src=x onerror=alert(1)> gnp.exe (700 B), SHA-256 {digest(0)}" in user.texts()["100000"]
    user.run("verify").assert_exit(0)


def test_hundreds_of_files_are_told_up_to_a_bound(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server, 1)
    data["tickets"][0]["comments"][0]["attachments"] = [
        {"id": number, "file_name": f"{number}.bin", "content_url": f"https://{HOST}/a/0", "size": 700}
        for number in range(1, 251)
    ]
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert "more" in user.texts()["100000"].splitlines()[-1]
    assert user.states() == {"done": 252}
    user.run("verify").assert_exit(0)


def test_a_corrected_address_is_taken_back_from_failed_csv(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server, 1)
    del server.answers["/a/0"]
    server.answers["/right"] = content(0)
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes").assert_exit(3)
    failed = user.workspace / "failed.csv"
    mended = user.folder / "mended.csv"
    mended.write_text(failed.read_text().replace(f"https://{HOST}/a/0", f"https://{HOST}/right"))
    ran = user.run("retry", "--from", mended, "--yes").assert_exit(0)
    assert "1 attachments are tried again" in ran.err
    assert user.states() == {"done": 3}
    user.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert user.states() == {"done": 3}
    user.run("verify").assert_exit(0)


def test_a_text_that_is_split_keeps_its_files_with_its_first_piece(
    user: FilesWorld, server: FileServer
) -> None:
    data = with_files(server, 1)
    data["tickets"][0]["comments"][1]["body"] = "long text " * 20_000
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes", "--long-bodies", "split").assert_exit(0)
    texts = user.texts()
    pieces = [text for name, text in texts.items() if name.startswith("100001")]
    assert len(pieces) > 1
    assert [digest(1) in text for text in pieces].count(True) == 1
    assert digest(1) in texts["100001"]
    user.run("verify").assert_exit(0)


def test_one_file_that_never_comes_does_not_stop_the_others(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server, 8)

    def broken(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True

    for number in range(0, 24, 4):
        server.answers[f"/a/{number}"] = broken
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes").assert_exit(3)
    assert user.states() == {"done": 18, "failed": 6}
    assert "DOWNLOAD_UNREACHABLE" in (user.workspace / "failed.csv").read_text()
    shown = user.run("status").assert_exit(0).out
    assert "Attachments: 18 kept" in shown
    assert "6 could not be fetched" in shown
    assert "6 could not be fetched" in user.run("report").assert_exit(0).out


def test_a_note_on_late_files_is_planned_like_any_write(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server, 2)
    del server.answers["/a/1"]
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes").assert_exit(3)
    server.answers["/a/1"] = content(1)
    made = user.writes()
    answers = [("Import into Sandbox Oy?", "n")]
    code, shown = user.at_a_terminal("retry", "--attachment-base-url", BASE, answers=answers)
    assert code == 4, shown
    assert "POST /tickets/:id/messages" in shown
    assert user.writes() == made, "whoever says no writes nothing"
    planned = json.loads(user.run("import", "zendesk", export, "--plan", "--json").assert_exit(0).out)
    assert planned["writes"] == {"message": 1}
    assert planned["added_count"] == 0, "it is no news of the source"
    user.run("resume", "--yes").assert_exit(0)
    assert user.writes() - made == {"POST /tickets/:ticket_id/messages": 1}
    assert f"{BASE}/{digest(1)}/file%201.bin" in user.html()
    user.run("verify").assert_exit(0)


def test_another_address_changes_nothing_that_was_written(user: FilesWorld, server: FileServer) -> None:
    export = write_export(user.folder / "export", with_files(server))
    first = ("--limit", "1", "--attachment-base-url", BASE)
    user.run("import", "zendesk", export, "--yes", *first).assert_exit(0)
    user.run("resume", "--yes", "--attachment-base-url", "https://moved.example.com").assert_exit(0)
    html = user.html()
    assert html.count(f"{BASE}/") == 3
    assert html.count("https://moved.example.com/") == 6
    user.run("verify").assert_exit(0)
