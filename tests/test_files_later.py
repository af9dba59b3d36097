"""Attachments of runs that differ: other options, files that are gone, workspaces of earlier versions."""

import hashlib
import json
import shutil
import sqlite3
from typing import Any

from file_server import HOST, FileServer
from files_world import BASE, FilesWorld, content, digest, with_files
from planned import assert_exact
from tiketti_migrate.blobs import Blobs
from world import write_export


def without_address(server: FileServer) -> dict[str, list[dict[str, Any]]]:
    """Three tickets; who asked the first one has no e-mail address. Its files are those from 0 to 2."""
    data = with_files(server)
    data["users"].append({"id": 800, "name": "No Mail", "email": None, "role": "end-user"})
    data["tickets"][0]["requester_id"] = 800
    return data


def of_the_first(server: FileServer) -> list[str]:
    return [path for path in server.counts if path in ("/a/0", "/a/1", "/a/2")]


# -- options that leave messages out -----------------------------------------------------------------------


def test_files_of_what_is_left_out_are_neither_priced_nor_fetched(
    user: FilesWorld, server: FileServer
) -> None:
    export = write_export(user.folder / "export", without_address(server))
    command = ("import", "zendesk", export)
    planned = assert_exact(user, *command, "--missing-email", "skip")
    assert planned["attachments"]["files"] == 6
    user.run("resume", "--yes", "--missing-email", "skip").assert_exit(0)
    user.run("retry", "--yes", "--missing-email", "skip").assert_exit(0)
    assert of_the_first(server) == []
    planned = assert_exact(user, *command)
    assert planned["attachments"]["files"] == 3
    for number in range(3):
        assert f"file {number}.bin ({len(content(number))} B), SHA-256" in user.texts()[f"10000{number}"]
    user.run("verify").assert_exit(0)


def test_resume_and_retry_bring_back_files_with_what_was_left_out(
    user: FilesWorld, server: FileServer
) -> None:
    data = without_address(server)
    del server.answers["/a/8"]
    export = write_export(user.folder / "export", data)
    user.run("import", "zendesk", export, "--yes", "--missing-email", "skip").assert_exit(3)
    assert of_the_first(server) == []
    server.answers["/a/8"] = content(8)
    user.run("retry", "--yes", "--missing-email", "placeholder").assert_exit(0)
    assert user.states() == {"done": 9}
    assert digest(0) in user.texts()["100000"]
    user.run("verify").assert_exit(0)


def test_a_file_that_failed_is_left_out_with_its_message(user: FilesWorld, server: FileServer) -> None:
    data = without_address(server)
    del server.answers["/a/0"]
    export = write_export(user.folder / "export", data)
    code, shown = user.at_a_terminal(
        "import", "zendesk", export, "--attachment-base-url", BASE, answers=[("Import into", "n")]
    )
    assert code == 4, shown
    assert user.states() == {"done": 8, "failed": 1}
    user.run("import", "zendesk", export, "--yes", "--missing-email", "skip").assert_exit(0)
    assert "DOWNLOAD_GONE" not in (user.workspace / "failed.csv").read_text()
    server.answers["/a/0"] = content(0)
    user.run("resume", "--yes", "--missing-email", "placeholder").assert_exit(0)
    assert digest(0) in user.texts()["100000"]


# -- files that come after their messages ------------------------------------------------------------------


def test_notes_on_files_that_are_still_to_come_are_in_the_plan(user: FilesWorld, server: FileServer) -> None:
    export = write_export(user.folder / "export", with_files(server))
    command = ("import", "zendesk", export)
    user.run(*command, "--yes", "--attachments", "skip").assert_exit(0)
    assert "file" not in user.html()
    planned = assert_exact(user, *command, "--attachments", "download")
    assert planned["writes"] == {"message": 9}
    assert planned["added_count"] == 0
    assert any("9 of the messages are notes on files" in words for words in planned["warnings"])
    assert all(
        digest(number) in user.texts()[f"{1000 + number // 3}0{number % 3}-files"] for number in (0, 8)
    )
    user.run("verify").assert_exit(0)
    assert assert_exact(user, *command)["writes"] == {}


def test_only_notes_of_the_first_tickets_with_a_limit(user: FilesWorld, server: FileServer) -> None:
    export = write_export(user.folder / "export", with_files(server))
    command = ("import", "zendesk", export)
    user.run(*command, "--yes", "--attachments", "skip").assert_exit(0)
    planned = assert_exact(user, *command, "--attachments", "download", "--limit", "1")
    assert planned["writes"] == {"message": 3}
    assert any("3 of the messages are notes on files" in words for words in planned["warnings"])


def test_files_that_were_skipped_are_linked_by_notes(user: FilesWorld, server: FileServer) -> None:
    export = write_export(user.folder / "export", with_files(server))
    command = ("import", "zendesk", export)
    user.run(*command, "--yes", "--attachments", "skip").assert_exit(0)
    planned = assert_exact(user, *command, "--attachments", "link")
    assert planned["writes"] == {"message": 9}
    assert user.html().count(f'href="https://{HOST}/a/') == 9
    assert "Files of message 100000 where the source has them:" in user.texts()["100000-files"]
    assert server.seen == []
    user.run("verify").assert_exit(0)
    assert assert_exact(user, *command)["writes"] == {}


# -- files that are gone from the workspace ----------------------------------------------------------------


def test_files_that_are_gone_are_fetched_again(user: FilesWorld, server: FileServer) -> None:
    export = write_export(user.folder / "export", with_files(server))
    command = ("import", "zendesk", export, "--yes")
    user.run(*command).assert_exit(0)
    held = user.html()
    ways = (command, ("resume", "--yes"), ("retry", "--kind", "attachment", "--yes"))
    for way in ways:
        shutil.rmtree(user.workspace / "attachments")
        server.seen.clear()
        planned = json.loads(user.run(*command[:3], "--plan", "--json").assert_exit(0).out)
        assert planned["attachments"]["files"] == 9
        assert planned["writes"] == {}
        ran = user.run(*way).assert_exit(0)
        assert "9 attachments are no longer in" in ran.err
        assert len(server.seen) == 9
    Blobs(user.workspace).path(digest(4)).unlink()
    del server.answers["/a/4"]
    user.run("resume", "--yes").assert_exit(3)
    assert user.states() == {"done": 8, "failed": 1}
    assert user.html() == held, "what was written stays, and no note says it again"
    user.run("verify").assert_exit(0)


def test_a_file_that_came_back_as_another_is_told_of(user: FilesWorld, server: FileServer) -> None:
    export = write_export(user.folder / "export", with_files(server, 1))
    user.run("import", "zendesk", export, "--yes").assert_exit(0)
    Blobs(user.workspace).path(digest(0)).unlink()
    other = content(0).upper()
    server.answers["/a/0"] = other
    user.run("resume", "--yes").assert_exit(0)
    assert hashlib.sha256(other).hexdigest() in user.texts()["100000-files"]
    user.run("verify").assert_exit(0)


def test_a_file_that_was_changed_is_not_published_and_fetched_again(
    user: FilesWorld, server: FileServer
) -> None:
    export = write_export(user.folder / "export", with_files(server, 1))
    user.run("import", "zendesk", export, "--yes").assert_exit(0)
    public = user.folder / "public"
    user.run("publish-attachments", public).assert_exit(0)
    # The same file as the published one: a link.
    with Blobs(user.workspace).path(digest(1)).open("r+b") as file:
        file.write(b"FILE")
    ran = user.run("publish-attachments", public).assert_exit(3)
    assert "file 1.bin is no longer in the workspace as it was kept" in ran.err
    assert not (public / digest(1) / "file 1.bin").exists()
    user.run("resume", "--yes").assert_exit(0)
    user.run("publish-attachments", public).assert_exit(0)
    assert (public / digest(1) / "file 1.bin").read_bytes() == content(1)
    (public / digest(2) / "file 2.bin").unlink()
    (public / digest(2) / "file 2.bin").write_bytes(content(2).upper())
    assert "1 of them new" in user.run("publish-attachments", public).assert_exit(0).out
    assert (public / digest(2) / "file 2.bin").read_bytes() == content(2)


# -- workspaces of earlier versions ------------------------------------------------------------------------


def make_old(user: FilesWorld) -> None:
    """As a version left it that knew of no files: it skipped them, and noted no hosts."""
    with sqlite3.connect(user.workspace / "migration.db") as ledger:
        ledger.execute("UPDATE row SET state = 'skipped', error_code = NULL WHERE kind = 'attachment'")
        ledger.execute("DELETE FROM told")
        ledger.execute("DELETE FROM meta WHERE key = 'file_hosts' OR key = 'attachments_mode'")
    ledger.close()


def test_messages_of_an_earlier_version_get_notes_with_links(user: FilesWorld, server: FileServer) -> None:
    export = write_export(user.folder / "export", with_files(server))
    user.run("import", "zendesk", export, "--yes", "--attachments", "skip").assert_exit(0)
    make_old(user)
    ran = user.run("import", "zendesk", export, "--yes", "--attachments", "link").assert_exit(0)
    assert "Attachments: 9 linked" in ran.out
    assert user.html().count(f'href="https://{HOST}/a/') == 9
    user.run("verify").assert_exit(0)


def test_going_on_after_an_upgrade_asks_for_the_source_once(user: FilesWorld, server: FileServer) -> None:
    data = with_files(server)
    export = write_export(user.folder / "export", data)
    command = ("import", "zendesk", export, "--yes")
    user.run(*command, "--limit", "1", "--attachments", "skip").assert_exit(0)
    make_old(user)
    written = user.writes()
    ran = user.run("resume", "--yes").assert_exit(2)
    assert "6 would be left out" in ran.err
    assert "run import zendesk ... once again, or say --attachments link or skip" in " ".join(ran.err.split())
    assert user.writes() == written
    user.run(*command).assert_exit(0)
    user.run("resume", "--yes").assert_exit(0)
    assert all(digest(number) in "".join(user.texts().values()) for number in range(9))
    user.run("verify").assert_exit(0)


def test_after_an_upgrade_files_can_be_done_without(user: FilesWorld, server: FileServer) -> None:
    export = write_export(user.folder / "export", with_files(server))
    user.run("import", "zendesk", export, "--yes", "--limit", "1", "--attachments", "skip").assert_exit(0)
    make_old(user)
    user.run("resume", "--yes", "--attachments", "skip").assert_exit(0)
    assert "file" not in user.html()
    with sqlite3.connect(user.workspace / "migration.db") as ledger:
        ledger.execute("DELETE FROM meta WHERE key = 'attachments_mode'")
    ledger.close()
    ran = user.run("resume", "--yes").assert_exit(0)
    assert "to have 9 of them, run import zendesk ... once again" in ran.err, (
        "all is written: a hint is enough"
    )
