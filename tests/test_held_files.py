"""Files that the source itself holds: kept when it is read, and told by their messages unasked."""

import json
import random
import shutil
from functools import partial
from pathlib import Path

import pytest

from files_world import BASE
from holding import HoldingWorld, bytes_of, digest_of, write_source
from planned import assert_exact
from tiketti_migrate_tiketti.sandbox import Sandbox


@pytest.fixture
def user(box: Sandbox, tmp_path: Path) -> HoldingWorld:
    user = HoldingWorld(box, tmp_path)
    write_source(user.source)
    return user


@pytest.fixture
def command(user: HoldingWorld) -> tuple[str | Path, ...]:
    return ("import", "holding", user.source, "--yes")


Command = tuple[str | Path, ...]


def test_they_are_kept_listed_and_published(user: HoldingWorld, command: Command) -> None:
    ran = user.run(*command, "--attachment-base-url", BASE).assert_exit(0)
    assert "Attachments: 9 kept" in ran.out
    assert "could not" not in ran.err
    user.assert_all_kept()
    assert user.states() == {"done": 9}
    first = digest_of(user.source / "t0000" / "m0" / "file 0.bin")
    assert f'href="{BASE}/{first}/file%200.bin"' in user.html()
    assert f"file 0.bin (609 B), SHA-256 {first}" in user.texts()["t0000-m0"]
    assert user.html().count("logo.png") == 2 * 3
    user.run("verify").assert_exit(0)
    assert "9 files" in user.run("publish-attachments", user.folder / "public").assert_exit(0).out
    assert (user.folder / "public" / first / "file 0.bin").read_bytes() == bytes_of(0)
    assert user.planned()["writes"] == {}


def test_without_an_address_they_are_told_to_lie_in_the_workspace(
    user: HoldingWorld, command: Command
) -> None:
    user.run(*command, "--attachments", "link").assert_exit(0)
    user.assert_all_kept()
    assert "(kept in the migration's attachments folder)" in user.texts()["t0000-m0"]
    user.run("verify").assert_exit(0)


def test_a_plan_keeps_none_and_counts_all_and_the_import_brings_them(
    user: HoldingWorld, command: Command
) -> None:
    planned = user.planned()
    assert planned["attachments"]["files"] == 0, "nothing is to be downloaded"
    size = sum(path.stat().st_size for path in user.source.rglob("*") if path.is_file())
    assert planned["held"] == {"files": 9, "bytes": size, "hosts": {}}
    assert planned["unlinked"] == 9
    shown = user.run("import", "holding", user.source, "--plan").assert_exit(0).out
    assert "Attachments that the source itself holds:\n  9 files, " in shown
    assert user.planned("--attachments", "skip")["held"]["files"] == 0
    assert planned["records"]["attachment"] == 9
    assert not [words for words in planned["warnings"] if "fetched" in words]
    assert not user.kept.exists()
    found = json.loads(user.run("inspect", "holding", user.source, "--json").assert_exit(0).out)
    assert found["attachments"] == {"files": 9, "bytes": size}
    assert_exact(user, *command[:3])
    user.assert_all_kept()
    assert user.states() == {"done": 9}


def test_going_on_after_a_plan_asks_for_the_source(user: HoldingWorld, command: Command) -> None:
    user.planned()
    ran = user.run("resume", "--yes").assert_exit(2)
    words = " ".join(ran.err.split())
    assert "the source was read without the files that it holds: 9 would be left out" in words
    assert "run import holding ... once again, or say --attachments skip" in words
    assert user.writes().total() == 0
    user.run(*command).assert_exit(0)
    user.assert_all_kept()


def test_skip_keeps_and_tells_nothing_and_a_later_import_brings_notes(
    user: HoldingWorld, command: Command
) -> None:
    ran = user.run(*command, "--attachments", "skip").assert_exit(0)
    assert "Attachments: 9 left out" in ran.out
    assert not user.kept.exists()
    assert "file" not in user.html()
    user.run("verify").assert_exit(0)
    ran = user.run("resume", "--yes", "--attachments", "download").assert_exit(0)
    assert "to have 9 of them, run import holding ... once again" in ran.err
    assert user.states() == {"skipped": 9}
    planned = user.planned()
    assert planned["writes"] == {"message": 6}
    user.run(*command).assert_exit(0)
    user.assert_all_kept()
    assert "file 0.bin" in user.texts()["t0000-m0-files"]
    user.run("verify").assert_exit(0)
    assert user.planned()["writes"] == {}


def test_what_was_deleted_is_missed_and_healed_by_another_import(
    user: HoldingWorld, command: Command
) -> None:
    user.run(*command, "--limit", "1").assert_exit(0)
    shutil.rmtree(user.kept)
    assert user.planned()["attachments"]["files"] == 0, "the import that is planned heals it"
    user.run(*command, "--limit", "2").assert_exit(0)
    user.assert_all_kept()
    lost = user.source / "t0002" / "m0" / "file 4.bin"
    (user.kept / digest_of(lost)[:2] / digest_of(lost)).unlink()
    ran = user.run("resume", "--yes").assert_exit(3)
    words = " ".join(ran.err.split())
    assert "1 attachments are no longer in" in words
    assert "only the source has them: run import holding ... again" in words
    assert "fetched again" not in words
    assert user.states() == {"done": 8, "failed": 1}
    failed = (user.workspace / "failed.csv").read_text()
    assert "FILE_MISSING" in failed
    assert "run import holding ... again: it holds them" in failed
    assert "no address" not in failed
    assert "file 4.bin (609 B): could not be fetched" in user.texts()["t0002-m0"]
    user.run("retry", "--yes").assert_exit(3)
    user.run(*command).assert_exit(0)
    user.assert_all_kept()
    assert user.states() == {"done": 9}
    assert f"SHA-256 {digest_of(lost)}" in user.texts()["t0002-m0-files"]
    user.run("verify").assert_exit(0)


def test_a_file_that_was_damaged_is_not_published_and_healed(user: HoldingWorld, command: Command) -> None:
    user.run(*command).assert_exit(0)
    name = digest_of(user.source / "t0000" / "m0" / "file 0.bin")
    with (user.kept / name[:2] / name).open("r+b") as file:
        file.write(b"HELD")
    ran = user.run("publish-attachments", user.folder / "public").assert_exit(3)
    assert "import the source again" in ran.err
    assert "resume" not in ran.err
    user.run(*command).assert_exit(0)
    user.run("publish-attachments", user.folder / "public").assert_exit(0)


def test_another_content_replaces_what_waits_and_is_told_of_what_is_done(
    user: HoldingWorld, command: Command
) -> None:
    user.planned()
    changed = user.source / "t0001" / "m0" / "file 2.bin"
    changed.write_bytes(b"other")
    user.run(*command).assert_exit(0)
    user.assert_all_kept()
    assert f"file 2.bin (5 B), SHA-256 {digest_of(changed)}" in user.texts()["t0001-m0"]
    held = user.html()
    changed.write_bytes(b"a third")
    ran = user.run(*command).assert_exit(0)
    assert "1 records are told otherwise by the source" in ran.err
    assert user.html() == held
    user.run("verify").assert_exit(0)


def test_killed_at_any_moment_no_committed_row_is_without_its_bytes(box: Sandbox, tmp_path: Path) -> None:
    user = HoldingWorld(box, tmp_path, extra={"HOLDING_EVERY": "30"})
    write_source(user.source, tickets=400, messages=2, size=20_000)
    chance, kills, committed = random.Random(5), 0, 0
    steps = sorted(chance.sample(range(20, 720), 10))
    for least in steps:
        kills += user.kill_when(partial(user.has_kept, least), "import", "holding", user.source, "--yes")
        rows = user.committed()
        for name in rows:
            assert digest_of(user.kept / name[:2] / name) == name
        assert len(rows) >= committed
        committed = len(rows)
    assert kills == 10
    assert committed
    user.extra.clear()
    user.run("import", "holding", user.source, "--yes", "--limit", "1").assert_exit(0)
    user.assert_all_kept()
    assert len(user.committed()) == 1200
