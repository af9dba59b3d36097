"""Texts that are too long: split without a loss, cut with a mark, or refused and listed."""

import re
from typing import Any

import pytest

from tiketti_migrate_tiketti.sanitising import plain_text
from world import World, account, write_export

WORDS = " ".join(f"word{number}" for number in range(25_000))


def long_account(place: int) -> dict[str, list[dict[str, Any]]]:
    data = account(1)
    data["tickets"][0]["comments"][place]["body"] = WORDS
    return data


def texts(world: World) -> list[str]:
    held = world.box.snapshot("Sandbox Oy")
    messages = sorted(held["messages"][held["tickets"][0]["id"]], key=lambda m: str(m["created_at"]))
    return [plain_text(message["body_html"]) for message in messages]


@pytest.mark.parametrize("place", [0, 1])
def test_a_long_text_is_split_without_a_loss(world: World, place: int) -> None:
    export = write_export(world.folder / "export", long_account(place))
    world.run("import", "zendesk", export, "--yes", "--long-bodies", "split").assert_exit(0)
    found = texts(world)
    assert len(found) > 3
    assert re.findall(r"word\d+", " ".join(found)) == WORDS.split()
    assert "Text 2 of 1000" in found[-1]
    world.run("verify").assert_exit(0)
    world.run("import", "zendesk", export, "--yes", "--long-bodies", "split").assert_exit(0)
    assert texts(world) == found


@pytest.mark.parametrize("place", [0, 1])
def test_a_long_text_is_cut_and_says_so(world: World, place: int) -> None:
    export = write_export(world.folder / "export", long_account(place))
    world.run("import", "zendesk", export, "--yes", "--long-bodies", "truncate").assert_exit(0)
    found = texts(world)
    assert len(found) == 3
    assert "cut by the import; SHA-256" in found[place]


def test_a_long_text_fails_alone_unless_asked_otherwise(world: World) -> None:
    export = write_export(world.folder / "export", long_account(1))
    world.run("import", "zendesk", export, "--yes").assert_exit(3)
    assert len(texts(world)) == 2


def test_what_failed_for_its_length_is_retried_in_pieces(world: World) -> None:
    # The last one: Tiketti sorts by the time of writing, so what is written later stands later.
    export = write_export(world.folder / "export", long_account(2))
    world.run("import", "zendesk", export, "--yes").assert_exit(3)
    world.run("retry", "--yes", "--long-bodies", "split").assert_exit(0)
    found = texts(world)
    assert re.findall(r"word\d+", " ".join(found)) == WORDS.split()
    world.run("verify").assert_exit(0)


@pytest.mark.parametrize("fault", ["drop-after", "drop-before"])
def test_a_piece_whose_answer_is_lost_is_there_once(world: World, fault: str) -> None:
    export = write_export(world.folder / "export", long_account(1))
    world.box.set_faults(f"seed=3,{fault}=0.3")
    world.run("import", "zendesk", export, "--yes", "--long-bodies", "split", "--settle", "1")
    world.box.set_faults("")
    world.run("import", "zendesk", export, "--yes", "--long-bodies", "split", "--settle", "1").assert_exit(0)
    assert re.findall(r"word\d+", " ".join(texts(world))) == WORDS.split()
