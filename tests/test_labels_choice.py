"""Which labels are made: all, the used, the most used, those that a mapping file names, or none."""

import json
from pathlib import Path
from typing import Any

import pytest

from planned import assert_exact, held, write_map
from world import World, account, write_export


def tagged(*tags: list[str]) -> dict[str, list[dict[str, Any]]]:
    """An account with one ticket for each list of tags."""
    data = account(len(tags))
    for row, own in zip(data["tickets"], tags, strict=True):
        row["tags"] = own
    return data


@pytest.fixture
def export(world: World) -> Path:
    """a: 4 times, b and c: 2 times, D: once."""
    data = tagged(["a", "b"], ["A", "c", "b"], ["a", "c"], ["D"], ["a"])
    return write_export(world.folder / "export", data)


def labels(world: World) -> set[str]:
    return {row["name"] for row in held(world, "labels")}


def on_tickets(world: World) -> dict[str, set[str]]:
    return {row["subject"]: {one["name"] for one in row["labels"]} for row in held(world, "tickets")}


@pytest.mark.parametrize(
    ("choice", "kept", "uses"),
    [("top:1", {"a"}, 5), ("top:2", {"a", "b"}, 3), ("TOP:3", {"a", "b", "c"}, 1), ("off", set(), 9)],
)
def test_the_most_used_are_kept_ties_by_name(
    world: World, export: Path, choice: str, kept: set[str], uses: int
) -> None:
    planned = assert_exact(world, "import", "zendesk", export, "--labels", choice)
    assert labels(world) == kept
    assert set().union(*on_tickets(world).values()) == kept
    (left,) = planned["left_out"]
    assert (left["kind"], left["code"], left["count"]) == ("label", "NOT_CHOSEN", 4 - len(kept))
    words = f"labels: {4 - len(kept)} are left out, and with them {uses} uses on tickets"
    assert words in planned["choices"]
    # Nobody needs a warning a ticket of what was asked for.
    ran = world.run("import", "zendesk", export, "--yes", "--labels", choice).assert_exit(0)
    assert "warnings, listed" not in ran.err
    world.run("verify").assert_exit(0)


def test_more_than_there_are_leaves_out_nothing(world: World, export: Path) -> None:
    planned = assert_exact(world, "import", "zendesk", export, "--labels", "top:9")
    assert planned["left_out"] == []
    assert len(labels(world)) == 4


def test_a_later_choice_brings_labels_for_what_is_not_written(world: World, export: Path) -> None:
    command = ("import", "zendesk", export, "--order", "source")
    assert_exact(world, *command, "--labels", "top:1", "--limit", "2")
    planned = assert_exact(world, *command)
    assert planned["left_out"] == []
    assert labels(world) == {"a", "b", "c", "D"}
    found = [names for _, names in sorted(on_tickets(world).items())]
    assert found == [{"a"}, {"a"}, {"a", "c"}, {"D"}, {"a"}]
    world.run("verify").assert_exit(0)


def test_tickets_that_are_left_out_do_not_count(world: World) -> None:
    data = tagged(["x"], ["y"], ["x"], ["y"], ["x"])
    data["users"][1]["email"] = None
    export = write_export(world.folder / "export", data)
    options = ("--labels", "top:1", "--missing-email", "skip")
    assert_exact(world, "import", "zendesk", export, *options)
    assert labels(world) == {"y"}


def test_labels_that_are_there_already_cost_nothing_and_stay(world: World, export: Path) -> None:
    assert_exact(world, "import", "zendesk", export, "--labels", "used", "--limit", "1")
    planned = assert_exact(world, "import", "zendesk", export, "--labels", "off")
    assert planned["left_out"][0]["count"] == 2
    assert labels(world) == {"a", "b"}


MAP = """
[label.values.name]
c = "Sea"
a = "A"
[ticket.fields]
labels = "{labels}, imported"
"""


def test_map_keeps_the_labels_that_the_file_names(world: World, export: Path) -> None:
    mapping = write_map(world, MAP)
    command = ("import", "zendesk", export, "--map", mapping, "--labels", "map")
    assert_exact(world, *command)
    assert labels(world) == {"A", "Sea", "imported"}
    assert sorted(map(sorted, on_tickets(world).values())) == [
        ["A", "Sea", "imported"], ["A", "Sea", "imported"], ["A", "imported"], ["A", "imported"],
        ["imported"],
    ]  # fmt: skip
    world.run("resume", "--yes", "--labels", "map").assert_exit(0)


def test_map_needs_a_file_that_names_labels(world: World, export: Path) -> None:
    command = ("import", "zendesk", export, "--plan", "--labels", "map")
    assert "give it with --map" in world.run(*command).assert_exit(2).err
    mapping = write_map(world, '[ticket.values.status]\nopen = "pending"\n')
    ran = world.run(*command, "--map", mapping).assert_exit(2)
    assert "map.toml: --labels map: the file names no label (name those to keep" in ran.err


@pytest.mark.parametrize("wrong", ["top:0", "top:x", "top:", "top:-1", "some", "", "top:9999999999"])
def test_a_wrong_choice_is_told(world: World, export: Path, wrong: str) -> None:
    ran = world.run("import", "zendesk", export, "--plan", "--labels", wrong).assert_exit(2)
    assert f"--labels: {wrong!r} is none of all, used, off, map, and top:N" in ran.err
    assert not world.box.request_counts


def test_a_wrong_choice_in_the_file_has_its_line(world: World, export: Path) -> None:
    mapping = write_map(world, '[import]\nlabels = "top:0"\n')
    ran = world.run("import", "zendesk", export, "--plan", "--map", mapping).assert_exit(2)
    assert "map.toml:2: labels: 'top:0' is none of" in ran.err


@pytest.mark.parametrize(("word", "count"), [("top:1", 1), ("used", 2), ("top:x", 0), ("labels.csv", 3)])
def test_one_flag_takes_the_choice_and_a_table_of_labels(world: World, word: str, count: int) -> None:
    (world.folder / "tickets.csv").write_text('id,subject,email,labels\n1,A,a@x.test,p\n2,B,a@x.test,"p,q"\n')
    (world.folder / "labels.csv").write_text("name,color\nr,#FF0000\n")
    ran = world.run("import", "csv", "tickets.csv", "--yes", "--labels", word)
    assert ran.assert_exit(0 if count else 2)
    assert len(labels(world)) == count


# -- what it costs -----------------------------------------------------------------------------------------


def test_many_labels_are_priced(world: World) -> None:
    data = tagged(*([f"t{ticket}-{n}" for n in range(50)] + ["all"] for ticket in range(6)))
    export = write_export(world.folder / "export", data)
    planned = json.loads(world.run("import", "zendesk", export, "--plan", "--json").assert_exit(0).out)
    choices = [text for text in planned["choices"] if "label" in text]
    assert choices == [
        "labels: 301 requests; --labels off takes none",
        "  --labels top:200: 200 requests; 101 uses on tickets are left out",
        "  --labels top:50: 50 requests; 251 uses on tickets are left out",
    ]
    fewer = assert_exact(world, "import", "zendesk", export, "--labels", "top:50")
    assert planned["requests"] - fewer["requests"] == 251
    assert "labels: 251 are left out, and with them 251 uses on tickets" in fewer["choices"]


def test_few_labels_are_not_worth_a_word(world: World, export: Path) -> None:
    planned = json.loads(world.run("import", "zendesk", export, "--plan", "--json").assert_exit(0).out)
    assert not [text for text in planned["choices"] if "label" in text]


def test_contacts_without_a_ticket_are_priced(world: World, export: Path) -> None:
    data = tagged(["a"])
    data["users"] += [
        {"id": n, "name": f"C{n}", "email": f"n{n}@example.com", "role": "end-user"} for n in range(200, 230)
    ]
    export = write_export(world.folder / "export", data)
    planned = json.loads(world.run("import", "zendesk", export, "--plan", "--json").assert_exit(0).out)
    words = "contacts without a ticket: 31 requests; --contacts used leaves them out"
    assert words in planned["choices"]
    fewer = assert_exact(world, "import", "zendesk", export, "--contacts", "used")
    assert planned["requests"] - fewer["requests"] == 31
    assert words not in fewer["choices"]
