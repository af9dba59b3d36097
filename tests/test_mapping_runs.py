"""A mapping file from ``init`` to what arrives in Tiketti, over real sockets, with a Zendesk export."""

import json
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from world import Ran, World, account, write_export

OWN = "Sandbox Oy"


def export_of(world: World, tickets: int = 10) -> tuple[Path, dict[str, list[dict[str, Any]]]]:
    """An account with a word for status and one for priority that nobody knows, and custom fields."""
    data = account(tickets)
    data["ticket_fields"].append({"id": 9, "title": "Product", "type": "text"})
    data["tickets"][3 % tickets]["status"] = "waiting"
    data["tickets"][4 % tickets]["priority"] = "hoch"
    for place, row in enumerate(data["tickets"]):
        row["custom_fields"].append({"id": 9, "value": ("Widget", "Gadget", None)[place % 3]})
        row["via"] = {"channel": "email" if place % 2 else "web"}
    return write_export(world.folder / "export", data), data


def write_map(world: World, text: str, name: str = "map.toml") -> Path:
    path = world.folder / name
    path.write_text(text)
    return path


def held_by(world: World) -> dict[str, dict[str, Any]]:
    """The tickets that arrived, by the number in their subject."""
    return {ticket["subject"].split()[-1]: ticket for ticket in world.box.snapshot(OWN)["tickets"]}


MAP = """
[ticket.fields]
subject = "{custom_fields.Product}: {subject}"
labels = "{labels}, Imported"

[ticket.values.status]
Waiting = "pending"
solved = "closed"

[ticket.values.priority]
Hoch = "high"

[[ticket.where]]
column = "via.channel"
is = "web"

[[contact.replace.name]]
pattern = '^Customer (\\d+)$'
with = 'Kunde \\1'

[[message.where]]
column = "is_internal"
is = "false"
"""


def test_rules_are_applied_to_what_arrives(world: World) -> None:
    export, _ = export_of(world)
    ran = world.run("import", "zendesk", export, "--map", write_map(world, MAP), "--yes").assert_exit(0)
    assert "map.toml:13: 5 x ticket left out by where" in ran.err
    assert "10 x message left out by where" not in ran.err  # those of such tickets go with them
    arrived = held_by(world)
    assert sorted(arrived) == ["1000", "1002", "1004", "1006", "1008"]
    assert arrived["1000"]["subject"] == "Widget: Ticket 1000"
    assert {label["name"] for label in arrived["1000"]["labels"]} == {"tag0", "all", "Imported"}
    assert (arrived["1004"]["priority"], arrived["1008"]["status"]) == ("high", "closed")
    held = world.box.snapshot(OWN)
    assert {contact["name"] for contact in held["contacts"]} == {"Kunde 100", "Kunde 101"}
    assert not any(message["is_internal"] for talk in held["messages"].values() for message in talk)
    world.run("verify").assert_exit(0)
    status = world.status()["records"]
    assert status["ticket"] == {**dict.fromkeys(status["ticket"], 0), "done": 5}


def test_a_mapped_word_is_unknown_no_more(world: World) -> None:
    export, _ = export_of(world)
    known = write_map(world, '[ticket.values]\nstatus = {waiting = "pending"}\npriority = {hoch = "high"}')
    before = json.loads(world.run("inspect", "zendesk", export, "--json").assert_exit(0).out)
    after = json.loads(world.run("inspect", "zendesk", export, "--map", known, "--json").assert_exit(0).out)
    assert before["unmapped"] == {"status": {"waiting": 1}, "priority": {"hoch": 1}}
    assert after["unmapped"] == {}
    world.run("import", "zendesk", export, "--map", known, "--yes").assert_exit(0)
    arrived = held_by(world)
    assert (arrived["1003"]["status"], arrived["1004"]["priority"]) == ("pending", "high")


def test_the_plan_with_a_mapping_is_exact_and_tells_of_it(world: World) -> None:
    export, _ = export_of(world)
    mapping = write_map(world, MAP)
    arguments = ("import", "zendesk", export, "--map", mapping)
    planned = json.loads(world.run(*arguments, "--plan", "--json").assert_exit(0).out)
    assert any("map.toml:13: 5 x ticket" in warning for warning in planned["warnings"])
    before = world.box.request_counts.total()
    world.run(*arguments, "--yes").assert_exit(0)
    assert world.box.request_counts.total() - before == planned["requests"]
    world.run("report").assert_exit(0)
    assert "Hoch = &#34;high&#34;" in (world.workspace / "report.html").read_text()


@pytest.mark.parametrize("first", [MAP, ""])
def test_another_mapping_on_the_same_workspace_is_a_delta(world: World, first: str) -> None:
    export, _ = export_of(world)
    mapping = write_map(world, first + "[import]\nlimit = 2\n")
    world.run("import", "zendesk", export, "--map", mapping, "--yes").assert_exit(0)
    before = held_by(world)
    write_map(world, '[[ticket.where]]\ncolumn = "subject"\nnot_matches = "100[57]"\n')
    world.run("import", "zendesk", export, "--map", mapping, "--yes").assert_exit(0)
    arrived = held_by(world)
    assert sorted(arrived) == [str(n) for n in range(1000, 1010) if n not in (1005, 1007)]
    assert {arrived[number]["id"] for number in before} == {ticket["id"] for ticket in before.values()}
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert sorted(held_by(world)) == [str(n) for n in range(1000, 1010)]


def test_rows_that_wait_stay_out_when_the_next_mapping_says_so(world: World) -> None:
    export, _ = export_of(world)
    world.run("import", "zendesk", export, "--yes", "--limit", "1").assert_exit(0)
    assert world.status()["records"]["ticket"]["pending"] == 9
    mapping = write_map(world, '[[ticket.where]]\ncolumn = "status"\nin = ["solved", "closed"]\n')
    world.run("import", "zendesk", export, "--map", mapping, "--yes").assert_exit(0)
    statuses = [ticket["status"] for ticket in held_by(world).values()]
    assert sorted(statuses) == ["closed", "closed", "open", "resolved"]
    assert world.status()["records"]["ticket"]["skipped"] == 6
    world.run("resume", "--yes").assert_exit(0)
    assert len(held_by(world)) == 4


def test_a_word_that_cannot_be_taken_leaves_out_the_record_and_says_where(world: World) -> None:
    export, _ = export_of(world)
    mapping = write_map(
        world, '[ticket.fields]\nstatus = "{via.channel}"\n[ticket.values.status]\nweb="open"\n'
    )
    ran = world.run("import", "zendesk", export, "--map", mapping, "--yes").assert_exit(3)
    assert "Left behind: 5 x BAD_MAPPING in the source" in ran.err
    world.run("report").assert_exit(0)
    assert "outcome 1001: status &#39;email&#39;" in (world.workspace / "report.html").read_text()


def test_a_column_that_no_record_has_is_told_with_its_line(world: World) -> None:
    export, _ = export_of(world)
    mapping = write_map(world, '[ticket.fields]\nsubject = "{custom_fields.Produkt}: {subject}"\n')
    ran = world.run("inspect", "zendesk", export, "--map", mapping).assert_exit(0)
    assert "map.toml:2: no ticket has a 'custom_fields.Produkt' (did you mean 'custom_fields" in ran.err


RUN = """
[source]
name = "zendesk"
paths = "export"

[import]
workspace = "own"
workers = 2
limit = 3
"""


def test_run_is_the_import_that_stands_in_the_file(world: World) -> None:
    export_of(world)
    inside = world.folder / "inside"
    inside.mkdir()
    write_map(world, RUN)
    planned = json.loads(world.run("run", "map.toml", "--plan", "--json").assert_exit(0).out)
    before = world.box.request_counts.total()
    world.run("run", "map.toml", "--yes").assert_exit(0)
    assert world.box.request_counts.total() - before == planned["requests"]
    assert len(held_by(world)) == 3
    # The file wins over the environment: the workspace lies beside it.
    assert (world.folder / "own" / "migration.db").exists()
    assert not world.workspace.exists()


def test_the_command_line_wins_over_the_file(world: World) -> None:
    export_of(world)
    write_map(world, RUN.replace('"own"', '"own"\nbase_url = "http://127.0.0.1:9/api/v1"'))
    arguments = ("run", "map.toml", "--yes", "--limit", "1", "--base-url", world.box.url)
    world.run(*arguments, "--workspace", world.folder / "other").assert_exit(0)
    assert len(held_by(world)) == 1
    assert (world.folder / "other" / "migration.db").exists()
    assert not (world.folder / "own").exists()


def test_import_takes_the_paths_of_the_file_when_it_is_given_none(world: World) -> None:
    export_of(world)
    write_map(world, RUN)
    world.run("import", "zendesk", "--map", "map.toml", "--yes").assert_exit(0)
    assert len(held_by(world)) == 3
    assert "PATHS is missing" in world.run("import", "zendesk", "--yes").assert_exit(2).err


@pytest.mark.parametrize(
    ("change", "line", "wrong"),
    [
        (('name = "zendesk"', 'name = "zendsk"'), 3, "no source 'zendsk'"),
        (('name = "zendesk"', ""), 2, "does not name its source"),
        (("name =", "nam ="), 2, "does not name its source"),
        (("paths =", "path ="), 4, "no option 'path' (did you mean 'paths'?)"),
        (("workers = 2", "workrs = 2"), 8, "no option 'workrs' (did you mean 'workers'?)"),
        (("workers = 2", "workers = 200"), 8, "workers: Input should be less than or equal to 32"),
        (("workers = 2", 'order = "up"'), 8, "order: Input should be"),
        (("workers = 2", 'token = "abc"'), 8, "'token' cannot stand in a file"),
        (("workers = 2", 'password = "abc"'), 8, "'password' cannot stand in a file"),
        (('"export"', '["export"]\nsubdomain_password = "x"'), 5, "cannot stand in a file"),
        (("limit = 3", "limit = 3\n[agent.columns]"), 10, "no table 'agent'"),
        (("limit = 3", 'limit = 3\n[ticket.fields]\nsubjct = "x"'), 11, "no field 'subjct'"),
        (("limit = 3", 'limit = 3\n[ticket.columns]\nsubject = "ignore"'), 11, "cannot be without subject"),
    ],
)
def test_a_mistake_in_the_file_ends_before_anything_is_done(
    world: World, change: tuple[str, str], line: int, wrong: str
) -> None:
    export_of(world, 1)
    write_map(world, RUN.replace(*change))
    ran = world.run("run", "map.toml", "--yes").assert_exit(2)
    assert f"map.toml:{line}: " in ran.err
    assert wrong in ran.err
    assert "abc" not in ran.err
    assert not world.box.request_counts
    assert not (world.folder / "own").exists()


def test_a_file_for_another_source_is_refused(world: World) -> None:
    export, _ = export_of(world, 1)
    mapping = write_map(world, '[source]\nname = "csv"\n')
    ran = world.run("inspect", "zendesk", export, "--map", mapping).assert_exit(2)
    assert "map.toml:2: is for the source csv, not zendesk" in ran.err


def rows_of(ran: Ran) -> Any:
    found = json.loads(ran.assert_exit(0).out)
    return {key: value for key, value in found.items() if key != "warnings"}


def test_init_writes_a_file_through_which_the_import_is_the_same(world: World) -> None:
    _export, _ = export_of(world)
    world.run("init", "zendesk", "export", "-o", "m.toml").assert_exit(0)
    path = world.folder / "m.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    data = tomllib.loads(text)
    assert data["source"] == {"name": "zendesk", "paths": ["export"]}
    assert data["ticket"]["columns"]["custom_fields.Product"] == "extra"
    assert data["ticket"]["values"]["status"]["solved"] == "resolved"
    assert '# waiting = "open"' in text
    assert '# hoch = "normal"' in text
    plain = rows_of(world.run("inspect", "zendesk", "export", "--json"))
    assert rows_of(world.run("inspect", "zendesk", "--map", "m.toml", "--json")) == plain
    world.run("import", "zendesk", "export", "--yes").assert_exit(0)
    written = world.writes()
    # Not one record is another one: nothing is written and nothing has drifted.
    world.run("run", "m.toml", "--yes").assert_exit(0)
    assert world.writes() == written
    world.run("verify").assert_exit(0)


def test_the_condition_that_init_suggests_is_true_of_records_too(world: World) -> None:
    _export, data = export_of(world)
    world.run("init", "zendesk", "export", "-o", "m.toml").assert_exit(0)
    path = world.folder / "m.toml"
    text = path.read_text()
    start = text.index("# [[ticket.where]]")
    path.write_text(text[:start] + text[start:].replace("# ", "", 3))
    assert tomllib.loads(path.read_text())["ticket"]["where"] == [{"column": "status", "is_not": "closed"}]
    kept = sum(row["status"] != "closed" for row in data["tickets"])
    assert 0 < kept < len(data["tickets"])
    found = rows_of(world.run("inspect", "zendesk", "--map", "m.toml", "--json"))
    assert found["records"]["ticket"] == kept


def test_words_of_a_map_that_no_record_has_are_told(world: World) -> None:
    export, _ = export_of(world)
    mapping = write_map(world, '[ticket.values.status]\nwating = "pending"\nSOLVED = "closed"\n')
    ran = world.run("inspect", "zendesk", export, "--map", mapping).assert_exit(0)
    assert "map.toml:2: no ticket has 'wating' in status (did you mean 'waiting'?)" in ran.err
    assert "SOLVED" not in ran.err


def test_init_never_replaces_a_file_unasked(world: World) -> None:
    export_of(world, 1)
    path = write_map(world, "mine", "m.toml")
    ran = world.run("init", "zendesk", "export", "-o", "m.toml").assert_exit(2)
    assert "m.toml: is there already (--force replaces it)" in ran.err
    assert path.read_text() == "mine"
    world.run("init", "zendesk", "export", "-o", "m.toml", "--force").assert_exit(0)
    printed = world.run("init", "zendesk", "export", "-o", "-").assert_exit(0).out
    assert printed.splitlines()[2:] == path.read_text().splitlines()[2:]


def test_init_writes_paths_as_seen_from_the_file(world: World) -> None:
    export_of(world, 1)
    (world.folder / "maps").mkdir()
    world.run("init", "zendesk", "export", "-o", "maps/m.toml").assert_exit(0)
    assert tomllib.loads((world.folder / "maps" / "m.toml").read_text())["source"]["paths"] == ["../export"]
    world.run("run", "maps/m.toml", "--yes").assert_exit(0)
    assert len(held_by(world)) == 1
    assert "cannot be written" in world.run("init", "zendesk", "export", "-o", "no/m.toml").assert_exit(2).err
