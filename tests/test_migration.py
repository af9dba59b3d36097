"""The main job over real sockets: a Zendesk export lands in Tiketti, once."""

import csv
import json
import signal
import stat
import time
from pathlib import Path

import httpx
import pytest

from world import World, account, write_export


def test_every_ticket_arrives_once_and_a_second_run_writes_nothing(world: World) -> None:
    data = account(25)
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    world.assert_arrived(data)
    written = world.writes()
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert world.writes() == written
    world.run("verify").assert_exit(0)


def test_the_plan_is_exact_and_writes_nothing(world: World) -> None:
    export = write_export(world.folder / "export", account(12))
    planned = json.loads(world.run("import", "zendesk", export, "--plan", "--json").assert_exit(0).out)
    assert world.writes().total() == 0
    before = world.box.request_counts.total()
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    made = world.box.request_counts.total() - before
    assert made == planned["requests"]
    assert planned["records"]["ticket"] == 12
    assert world.status()["requests"] == made


def test_a_limit_takes_so_many_tickets_with_all_they_need(world: World) -> None:
    data = account(10)
    export = write_export(world.folder / "export", data)
    for _ in range(2):
        world.run("import", "zendesk", export, "--yes", "--limit", "3").assert_exit(0)
        assert len(world.box.snapshot("Sandbox Oy")["tickets"]) == 3
    world.run("resume", "--yes").assert_exit(0)
    world.assert_arrived(data)


def test_unsolved_tickets_come_first_and_the_first_one_soon(world: World) -> None:
    export = write_export(world.folder / "export", account(20))
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    held = world.box.snapshot("Sandbox Oy")
    order = [t["status"] for t in sorted(held["tickets"], key=lambda t: str(t["created_at"]))]
    solved = [status in ("resolved", "closed") for status in order]
    assert solved.index(True) >= solved.count(False) - 8
    paths = [request["path"] for request in held["requests"] if request["method"] == "POST"]
    first = next(i for i, path in enumerate(paths) if path.endswith("/tickets"))
    assert first <= 10


def test_a_delta_adds_the_new_comment_and_sets_the_status_again(world: World) -> None:
    data = account(2)
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    data["tickets"][0]["comments"].append(
        {"id": 5, "author_id": 900, "body": "later", "public": True, "created_at": "2024-01-01T00:00:00Z"}
    )
    data["tickets"][0]["status"] = "solved"
    write_export(export, data)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    world.assert_arrived(data)


@pytest.mark.parametrize(
    ("before", "after"), [("solved", "closed"), ("solved", "open"), ("open", "solved"), ("pending", "solved")]
)
@pytest.mark.parametrize("comments", [1, 3])
def test_a_delta_that_changes_only_the_status_is_carried_out(
    world: World, before: str, after: str, comments: int
) -> None:
    data = account(1, comments=comments)
    data["tickets"][0]["status"] = before
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    data["tickets"][0]["status"] = after
    write_export(export, data)
    planned = json.loads(world.run("import", "zendesk", export, "--plan", "--json").assert_exit(0).out)
    made = world.box.request_counts.total()
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert world.box.request_counts.total() - made == planned["requests"]
    world.assert_arrived(data)


def test_a_delta_leaves_a_status_that_people_set(world: World) -> None:
    data = account(1)
    data["tickets"][0]["status"] = "solved"
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    world.box.edit_ticket(world.box.snapshot("Sandbox Oy")["tickets"][0]["id"], status="open")
    for after in ("closed", "solved", "closed"):
        data["tickets"][0]["status"] = after
        write_export(export, data)
        world.run("import", "zendesk", export, "--yes").assert_exit(0)
        status = world.box.snapshot("Sandbox Oy")["tickets"][0]["status"]
        assert status == "open", after


def test_what_is_there_already_is_adopted(world: World) -> None:
    head = {"Authorization": f"Bearer {world.box.token()}"}
    contact = {"name": "Somebody", "email": "C100@Example.com"}
    httpx.post(f"{world.box.url}/contacts", json=contact, headers=head).raise_for_status()
    label = {"name": "ALL", "color": "#EF4444"}
    httpx.post(f"{world.box.url}/labels", json=label, headers=head).raise_for_status()
    export = write_export(world.folder / "export", account(4))
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    rows = _table(world.workspace / "id-map.csv")
    created = {(row["kind"], row["source_id"]): row["created"] for row in rows}
    assert created["contact", "100"] == "0"
    assert created["label", "all"] == "0"
    assert created["ticket", "1000"] == "1"


def test_a_refused_ticket_is_listed_retried_and_never_ends_the_run(world: World) -> None:
    data = account(6)
    data["tickets"][2]["subject"] = "x" * 300
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(3)
    failed = _table(world.workspace / "failed.csv")
    assert failed[0]["kind"] == "ticket"
    assert failed[0]["_error_code"]
    assert {row["_error_code"] for row in failed[1:]} == {"PARENT_FAILED"}
    assert world.status()["records"]["ticket"]["done"] == 5
    world.run("retry", "--yes").assert_exit(3)
    data["tickets"][2]["subject"] = "short"
    write_export(export, data)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    world.assert_arrived(data)


def test_a_refused_address_becomes_a_placeholder_and_stays_in_the_notes(world: World) -> None:
    data = account(3)
    data["users"][1]["email"] = "odd..address@example.com"
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    contacts = {c["name"]: c for c in world.box.snapshot("Sandbox Oy")["contacts"]}
    contact = contacts["Customer 100"]
    assert contact["email"].endswith(".invalid")
    assert "odd..address@example.com" in contact["notes"]


def test_a_broken_line_is_named_and_the_others_go_on(world: World) -> None:
    export = write_export(world.folder / "export", account(3))
    with (export / "tickets.ndjson").open("a") as file:
        file.write('{"id": 77, "subject": "cut\n')
    world.run("import", "zendesk", export, "--yes").assert_exit(3)
    found = json.loads(world.run("inspect", "zendesk", export, "--json").assert_exit(0).out)
    assert found["lost"] == 1
    assert any("tickets.ndjson:4" in warning for warning in found["warnings"])
    assert len(world.box.snapshot("Sandbox Oy")["tickets"]) == 3


def test_ctrl_c_finishes_what_is_in_flight_and_names_the_way_back(world: World) -> None:
    data = account(40)
    export = write_export(world.folder / "export", data)
    world.box.set_limit("400/1")
    process = world.start("import", "zendesk", export, "--yes", "--workers", "2")
    _wait_for_tickets(world, 3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 4, err
    assert "resume" in err
    assert world.status()["records"]["ticket"]["in-flight"] == 0
    world.run("resume", "--yes").assert_exit(0)
    world.assert_arrived(data)


def test_ctrl_c_twice_leaves_at_once_and_nothing_is_lost(world: World) -> None:
    data = account(5)
    export = write_export(world.folder / "export", data)
    world.box.fail_next("POST", "^/tickets$", "hang-after")
    process = world.start("import", "zendesk", export, "--yes")
    deadline = time.monotonic() + 30
    while not world.box.request_counts["POST /tickets"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    process.communicate(timeout=30)
    assert process.returncode == 130
    world.run("resume", "--yes", "--settle", "1").assert_exit(0)
    world.assert_arrived(data)


def test_the_plan_says_that_a_bare_token_dies_before_the_end(world: World) -> None:
    world.extra |= {"TIKETTI_TOKEN": world.box.token(), "TIKETTI_EMAIL": "", "TIKETTI_PASSWORD": ""}
    world.box.set_limit("100/60")
    export = write_export(world.folder / "export", account(400, comments=5))
    ran = world.run("import", "zendesk", export, "--plan").assert_exit(0)
    assert "the access token dies" in ran.err


def test_a_wrong_base_url_is_named(world: World) -> None:
    export = write_export(world.folder / "export", account(1))
    ran = world.run("--base-url", f"{world.box.url}/wrong", "import", "zendesk", export, "--yes").assert_exit(
        2
    )
    assert "base URL" in ran.err


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _wait_for_tickets(world: World, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(world.box.snapshot("Sandbox Oy")["tickets"]) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_workspace_is_private_and_holds_no_secret(world: World) -> None:
    export = write_export(world.folder / "export", account(2))
    log = world.folder / "log.jsonl"
    world.run("-vv", "--log-file", log, "import", "zendesk", export, "--yes").assert_exit(0)
    assert stat.S_IMODE(world.workspace.stat().st_mode) == 0o700
    files = [path for path in world.workspace.rglob("*") if path.is_file()]
    for path in [*files, log]:
        assert b"sandbox-password" not in path.read_bytes()
        assert b"eyJ" not in path.read_bytes()
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in files if path.suffix != ".db")


class TestBadInput:
    """Each one clear line and the right exit code."""

    @pytest.fixture
    def export(self, world: World) -> Path:
        return write_export(world.folder / "export", account(2))

    def check(self, world: World, code: int, words: str, *arguments: str | Path) -> None:
        ran = world.run(*arguments, timeout=60).assert_exit(code)
        lines = [line for line in ran.err.splitlines() if line.startswith("Error:")]
        assert len(lines) == 1, ran.err
        assert words in lines[0]

    def test_missing_path(self, world: World) -> None:
        self.check(world, 2, "no such file", "import", "zendesk", world.folder / "nowhere", "--yes")

    def test_empty_folder(self, world: World) -> None:
        (world.folder / "empty").mkdir()
        self.check(world, 2, "no Zendesk data", "import", "zendesk", world.folder / "empty", "--yes")

    def test_wrong_password(self, world: World, export: Path) -> None:
        world.extra["TIKETTI_PASSWORD"] = "wrong"
        self.check(world, 4, "refuses the login", "import", "zendesk", export, "--yes")

    def test_wrong_token(self, world: World, export: Path) -> None:
        world.extra |= {"TIKETTI_TOKEN": "nonsense", "TIKETTI_EMAIL": "", "TIKETTI_PASSWORD": ""}
        self.check(world, 4, "refuses the access token", "import", "zendesk", export, "--yes")

    def test_no_credentials(self, world: World, export: Path) -> None:
        world.extra |= {"TIKETTI_EMAIL": "", "TIKETTI_PASSWORD": ""}
        self.check(world, 2, "no credentials", "import", "zendesk", export, "--yes")

    def test_wrong_organization(self, world: World, export: Path) -> None:
        arguments = ("--organization", "Nobody Oy", "import", "zendesk", export, "--yes")
        self.check(world, 2, "Sandbox Oy", *arguments)

    def test_several_organizations(self, world: World, export: Path) -> None:
        world.user = "multi@sandbox.test"
        self.check(world, 2, "--organization", "import", "zendesk", export, "--yes")

    def test_viewer(self, world: World, export: Path) -> None:
        world.user = "viewer@sandbox.test"
        self.check(world, 4, "viewer", "import", "zendesk", export, "--yes")

    def test_an_agent_may_not_make_labels(self, world: World, export: Path) -> None:
        world.user = "agent@sandbox.test"
        self.check(world, 4, "--labels off", "import", "zendesk", export, "--yes")
        world.run("import", "zendesk", export, "--yes", "--labels", "off").assert_exit(0)

    def test_server_down(self, world: World, export: Path) -> None:
        world.box.stop()
        self.check(world, 4, "does not answer", "import", "zendesk", export, "--yes")

    def test_another_source(self, world: World, export: Path) -> None:
        world.run("import", "zendesk", export, "--yes").assert_exit(0)
        other = world.folder / "other"
        text = (export / "tickets.ndjson").read_text().replace("acme.zendesk", "other.zendesk")
        other.mkdir()
        (other / "tickets.ndjson").write_text(text)
        self.check(world, 2, "acme.zendesk.com", "import", "zendesk", other, "--yes")

    def test_plain_http_to_another_machine(self, world: World, export: Path) -> None:
        arguments = ("--base-url", "http://tiketti.example/api/v1", "import", "zendesk", export, "--yes")
        self.check(world, 2, "clear text", *arguments)

    def test_nobody_to_confirm(self, world: World, export: Path) -> None:
        self.check(world, 2, "--yes", "import", "zendesk", export)

    def test_a_file_where_the_workspace_should_be(self, world: World, export: Path) -> None:
        world.workspace.write_text("in the way")
        self.check(world, 2, "workspace", "import", "zendesk", export, "--yes")

    def test_a_damaged_ledger_is_not_touched(self, world: World, export: Path) -> None:
        world.workspace.mkdir()
        (world.workspace / "migration.db").write_bytes(b"garbage" * 100)
        self.check(world, 1, "damaged", "import", "zendesk", export, "--yes")
        assert (world.workspace / "migration.db").read_bytes() == b"garbage" * 100

    def test_status_without_a_migration(self, world: World) -> None:
        self.check(world, 2, "no migration", "status")
