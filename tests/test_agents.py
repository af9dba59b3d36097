"""Agents: matched with the users who are seen in the account, or as the mapping file says."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from planned import assert_exact, held, user_with_tickets, write_map
from tiketti_migrate_tiketti.sanitising import plain_text
from world import World, account, write_export


def two_agents(tickets: int = 6) -> dict[str, list[dict[str, Any]]]:
    """Aino has the even tickets, Bo the others; Cleo has none."""
    data = account(tickets)
    for number, name in ((901, "Bo Berg"), (902, "Cleo Ny")):
        user = {"id": number, "name": name, "email": f"u{number}@acme.test", "role": "agent"}
        data["users"].append(user)
    for row in data["tickets"][1::2]:
        row["assignee_id"] = 901
    return data


@pytest.fixture
def export(world: World) -> Path:
    return write_export(world.folder / "export", two_agents())


def assignees(world: World) -> dict[str, str | None]:
    """Whose tickets are whose now."""
    tickets = [row for row in held(world, "tickets") if row["subject"].startswith("Ticket ")]
    return {row["subject"]: row["assignee"] and row["assignee"]["name"] for row in tickets}


def expected(even: str | None, odd: str | None, tickets: int = 6) -> dict[str, str | None]:
    return {f"Ticket {1000 + number}": odd if number % 2 else even for number in range(tickets)}


def test_exact_names_are_matched_with_assignees_and_time_users(world: World, export: Path) -> None:
    user_with_tickets(world.box, " aino  AGENT", 1)
    user_with_tickets(world.box, "Bo Berg", 0, time=1)
    planned = assert_exact(world, "import", "zendesk", export)
    assert (planned["endpoints"]["GET /tickets"], planned["endpoints"]["GET /time-entries"]) == (3, 1)
    assert planned["unassigned"] == {}
    assert assignees(world) == expected(" aino  AGENT", "Bo Berg")
    world.run("verify").assert_exit(0)


def test_the_tokens_own_user_costs_no_request(world: World) -> None:
    data = account(2)
    data["users"][0]["email"] = "ADMIN@sandbox.test"
    export = write_export(world.folder / "export", data)
    planned = assert_exact(world, "import", "zendesk", export)
    assert planned["endpoints"]["GET /tickets"] == 2, "the preflight's probes alone"
    assert "GET /time-entries" not in planned["endpoints"]
    assert None not in assignees(world).values()


def test_without_a_ticket_of_an_agent_nobody_is_looked_for(world: World) -> None:
    data = account(2)
    for row in data["tickets"]:
        row["assignee_id"] = None
    planned = assert_exact(world, "import", "zendesk", write_export(world.folder / "export", data))
    assert "GET /time-entries" not in planned["endpoints"]


@pytest.mark.parametrize(("tickets", "entries", "most"), [(350, 250, 5), (650, 0, 4)])
def test_at_most_five_pages_are_read(
    world: World, export: Path, tickets: int, entries: int, most: int
) -> None:
    user_with_tickets(world.box, "Somebody Else", tickets, time=entries)
    planned = assert_exact(world, "import", "zendesk", export)
    asked = planned["endpoints"]["GET /tickets"] - 2, planned["endpoints"]["GET /time-entries"]
    assert sum(asked) == 5
    assert asked[0] == most - (2 if entries else 0)
    assert planned["unassigned"] == {"Aino Agent": 3, "Bo Berg": 3}


def test_reading_ends_when_all_are_matched(world: World, export: Path) -> None:
    user_with_tickets(world.box, "Somebody Else", 220)
    for name in ("Aino Agent", "Bo Berg"):
        user_with_tickets(world.box, name)
    planned = assert_exact(world, "import", "zendesk", export)
    pages = planned["endpoints"]["GET /tickets"] - 2 + planned["endpoints"].get("GET /time-entries", 0)
    assert pages < 5
    assert assignees(world) == expected("Aino Agent", "Bo Berg")


def test_a_second_run_asks_for_nobody_who_is_matched(world: World, export: Path) -> None:
    for name in ("Aino Agent", "Bo Berg"):
        user_with_tickets(world.box, name)
    assert_exact(world, "import", "zendesk", export, "--limit", "2")
    planned = assert_exact(world, "import", "zendesk", export)
    assert "GET /tickets" not in planned["endpoints"]
    assert "GET /time-entries" not in planned["endpoints"]
    assert assignees(world) == expected("Aino Agent", "Bo Berg")


def test_several_users_of_one_name_are_matched_with_nobody(world: World, export: Path) -> None:
    for name in ("Aino Agent", "AINO agent", "Bo Berg"):
        user_with_tickets(world.box, name)
    planned = assert_exact(world, "import", "zendesk", export)
    assert any("several users of the target are called Aino Agent" in text for text in planned["warnings"])
    assert assignees(world) == expected(None, "Bo Berg")


def test_several_agents_of_one_name_are_matched_with_nobody(world: World) -> None:
    data = two_agents()
    data["users"][-1]["name"] = "bo  berg"
    export = write_export(world.folder / "export", data)
    for name in ("Aino Agent", "Bo Berg"):
        user_with_tickets(world.box, name)
    planned = assert_exact(world, "import", "zendesk", export)
    assert any("several agents of the source are called Bo Berg" in text for text in planned["warnings"])
    assert assignees(world) == expected("Aino Agent", None)


# -- [agents] ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["Aino Agent", "aino agent", "AINO@acme.test", "900"])
@pytest.mark.parametrize("value", ["Jane Doe", "jane  DOE", "admin@sandbox.test", "{id}"])
def test_the_mapping_file_names_agents_and_users(world: World, key: str, value: str) -> None:
    export = write_export(world.folder / "export", account(2))
    jane = user_with_tickets(world.box, "Jane Doe")
    mapping = write_map(world, f'[agents]\n"{key}" = "{value.format(id=jane)}"\n')
    assert_exact(world, "import", "zendesk", export, "--map", mapping)
    wanted = "Aino Admin" if value == "admin@sandbox.test" else "Jane Doe"
    assert set(assignees(world).values()) == {wanted}
    world.run("verify").assert_exit(0)


def test_an_id_costs_no_request(world: World, export: Path) -> None:
    jane = user_with_tickets(world.box, "Jane Doe")
    mapping = write_map(world, f'[agents]\n900 = "{jane}"\n"Bo Berg" = "{jane.upper()}"\n')
    planned = assert_exact(world, "import", "zendesk", export, "--map", mapping)
    assert "GET /time-entries" not in planned["endpoints"]
    assert set(assignees(world).values()) == {"Jane Doe"}


@pytest.mark.parametrize("nobody", ["", "none", "None"])
def test_an_agent_can_be_left_without_anybody(world: World, export: Path, nobody: str) -> None:
    for name in ("Aino Agent", "Bo Berg"):
        user_with_tickets(world.box, name)
    mapping = write_map(world, f'[agents]\n"Aino Agent" = "{nobody}"\n')
    planned = assert_exact(world, "import", "zendesk", export, "--map", mapping)
    assert planned["unassigned"] == {}
    assert assignees(world) == expected(None, "Bo Berg")


def test_another_line_maps_what_is_not_written_yet(world: World, export: Path) -> None:
    for name in ("Aino Agent", "Bo Berg", "Jane Doe"):
        user_with_tickets(world.box, name)
    mapping = write_map(world, '[agents]\n"Aino Agent" = "Jane Doe"\n')
    command = ("import", "zendesk", export, "--map", mapping, "--order", "source")
    assert_exact(world, *command, "--limit", "2")
    write_map(world, '[agents]\n"Aino Agent" = "none"\n"Bo Berg" = "Jane Doe"\n')
    assert_exact(world, *command, "--limit", "4")
    write_map(world, "[agents]\n")
    assert_exact(world, *command)
    assert list(assignees(world).values()) == [
        "Jane Doe", "Bo Berg", None, "Jane Doe", "Aino Agent", "Bo Berg",
    ]  # fmt: skip
    world.run("verify").assert_exit(0)


def test_resume_knows_what_the_file_said(world: World, export: Path) -> None:
    user_with_tickets(world.box, "Jane Doe")
    mapping = write_map(world, '[agents]\n"Aino Agent" = "Jane Doe"\n"Bo Berg" = "none"\n')
    world.run("import", "zendesk", export, "--map", mapping, "--yes", "--limit", "2").assert_exit(0)
    world.run("resume", "--yes").assert_exit(0)
    assert assignees(world) == expected("Jane Doe", None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('"Aino Agnt" = "x"', "map.toml:2: the source has no agent 'Aino Agnt' (did you mean 'Aino Agent'?)"),
        (
            '"Aino Agent" = "Jane Do"',
            "map.toml:2: nobody who is seen in the target is called 'Jane Do' (did you",
        ),
        ('"Aino Agent" = "jane@x.test"', "called 'jane@x.test' (known: "),
        ('"Aino Agent" = "Twin"', "map.toml:2: several users of the target are called 'Twin' (their ids: "),
        ('"Aino Agent" = "none"\n900 = "none"', "map.toml:3: the agent '900' is named by another line"),
        ('"a" = "x"\n"A" = "y"', "map.toml:3: the word 'A' stands there twice"),
        ('Jane = ["x"]', "map.toml:2: agents.Jane must be text"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_nothing_is_written(
    world: World, export: Path, line: str, words: str
) -> None:
    for name in ("Jane Doe", "Twin", "twin"):
        user_with_tickets(world.box, name)
    written = world.writes()
    mapping = write_map(world, f"[agents]\n{line}\n")
    for way in ("--plan", "--yes"):
        assert words in world.run("import", "zendesk", export, "--map", mapping, way).assert_exit(2).err
    assert world.writes() == written


def test_a_user_who_is_none_of_the_organization_costs_no_ticket(world: World, export: Path) -> None:
    stranger = "01234567-89ab-4def-8123-456789abcdef"
    mapping = write_map(world, f'[agents]\n"Aino Agent" = "{stranger}"\n"Bo Berg" = "none"\n')
    world.run("import", "zendesk", export, "--map", mapping, "--yes", "--workers", "1").assert_exit(0)
    assert assignees(world) == expected(None, None)
    assert world.box.request_counts["POST /tickets"] == 7, "one was refused, and the next ones say it at once"
    world.run("report").assert_exit(0)
    page = (world.workspace / "report.html").read_text()
    assert "refused its assignee 900" in page
    assert page.count("without its assignee 900") == 2
    world.run("verify").assert_exit(0)


def test_the_file_works_for_tables_and_run(world: World) -> None:
    user_with_tickets(world.box, "Jane Doe")
    table = "id,subject,requester email,assignee,description\n1,One,a@example.com,Aino Agent,Hello\n"
    (world.folder / "tickets.csv").write_text(table)
    text = '[source]\nname = "csv"\npaths = "tickets.csv"\n[agents]\n"Aino Agent" = "Jane Doe"\n'
    assert_exact(world, "run", write_map(world, text))
    (ticket,) = [row for row in held(world, "tickets") if row["subject"] == "One"]
    assert ticket["assignee"]["name"] == "Jane Doe"


def test_init_lists_agents_with_their_tickets_and_changes_nothing(world: World, export: Path) -> None:
    user_with_tickets(world.box, "Bo Berg")
    world.run("init", "zendesk", export, "-o", "m.toml").assert_exit(0)
    text = (world.folder / "m.toml").read_text()
    assert '# "Aino Agent" = ""  # 3 tickets' in text
    assert "Cleo" not in text
    assert tomllib.loads(text)["agents"] == {}
    assert tomllib.loads(text.replace('# "Bo', '"Bo'))["agents"] == {"Bo Berg": ""}
    assert_exact(world, "run", "m.toml")
    assert assignees(world) == expected(None, "Bo Berg")


def test_init_lists_the_agents_of_a_table(world: World) -> None:
    table = "id,subject,requester email,assignee\n1,One,a@example.com,Aino\n2,Two,a@example.com,Aino\n"
    (world.folder / "tickets.csv").write_text(table)
    world.run("init", "csv", "tickets.csv", "-o", "m.toml").assert_exit(0)
    assert '# Aino = ""  # 2 tickets' in (world.folder / "m.toml").read_text()


# -- what is told ------------------------------------------------------------------------------------------


def test_inspect_counts_tickets_and_time(world: World, export: Path) -> None:
    found = json.loads(world.run("inspect", "zendesk", export, "--json").assert_exit(0).out)
    assert [tuple(one.values()) for one in found["agents"]] == [
        ("900", "Aino Agent", "aino@acme.test", 3, 1),
        ("901", "Bo Berg", "u901@acme.test", 3, 1),
        ("902", "Cleo Ny", "u902@acme.test", 0, 0),
    ]
    assert "time entries" in world.run("inspect", "zendesk", export).assert_exit(0).out


def test_whoever_is_not_matched_is_named_in_texts_and_reports_and_no_address_is_shown(
    world: World, export: Path
) -> None:
    ran = world.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert "6 tickets are assigned to nobody, as 2 agents are not known there" in ran.err
    snapshot = world.box.snapshot("Sandbox Oy")
    texts = [plain_text(m["body"]) for ticket in snapshot["messages"].values() for m in ticket]
    assert any("] Aino Agent noted on" in text for text in texts)
    assert all(
        entry["description"].split(":")[0] in ("Aino Agent", "Bo Berg") for entry in snapshot["time_entries"]
    )
    assert "@acme.test" not in json.dumps(snapshot["messages"]) + json.dumps(snapshot["time_entries"])
    world.run("report").assert_exit(0)
    page = (world.workspace / "report.html").read_text()
    assert "<td>Bo Berg</td><td>3</td>" in page


def test_an_assignee_who_is_no_agent_is_listed_and_can_be_mapped(world: World) -> None:
    data = account(4)
    data["tickets"][0]["assignee_id"] = 100  # an end user now
    data["tickets"][1]["assignee_id"] = 77  # nobody
    export = write_export(world.folder / "export", data)
    planned = json.loads(world.run("import", "zendesk", export, "--plan", "--json").assert_exit(0).out)
    assert planned["unassigned"] == {"Aino Agent": 2, "Customer 100": 1, "Unknown user 77": 1}
    jane = user_with_tickets(world.box, "Jane Doe")
    mapping = write_map(world, f'[agents]\n77 = "{jane}"\n"Customer 100" = "{jane}"\n')
    assert_exact(world, "import", "zendesk", export, "--map", mapping)
    assert list(assignees(world).values()).count("Jane Doe") == 2
