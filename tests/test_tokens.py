"""Tokens that die (load rule 9), over real sockets: renewed once for all, or the run stops and can go on."""

import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from sandbox_user import client
from tiketti_migrate.http import Client, Limiter, ServerClock
from tiketti_migrate_tiketti.auth import TokenKeeper
from tiketti_migrate_tiketti.options import Credentials
from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from world import World, account, write_export

DAY = 86_400.0
TICKETS = 14


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[World]:
    """Answers take so long that several workers are at work."""
    with Sandbox(SandboxOptions(limit="off", latency=0.1)) as box:
        yield World(box, tmp_path)


def with_tokens(world: World, *, refresh: bool = True) -> str:
    """Give the program tokens alone; returns the refresh token."""
    token = world.box.refresh_token()
    world.extra |= {"TIKETTI_EMAIL": "", "TIKETTI_PASSWORD": "", "TIKETTI_TOKEN": world.box.token()}
    world.extra |= {"TIKETTI_REFRESH_TOKEN": token} if refresh else {}
    return token


def revoke(box: Sandbox, refresh_token: str) -> None:
    """Somebody signs out elsewhere."""
    with client(box) as api:
        api.post("/auth/logout", json={"refresh_token": refresh_token}).raise_for_status()


def import_until(world: World, writes: int, then: Callable[[], object]) -> "subprocess.CompletedProcess[str]":
    """Start an import, interfere after so many writes, and wait for its end."""
    export = write_export(world.folder / "export", account(TICKETS))
    process = world.start("import", "zendesk", export, "--yes", "--settle", "1", "--workers", "6")
    deadline = time.monotonic() + 30
    while world.writes().total() < writes:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    then()
    assert process.poll() is None, "it ended before anything happened to its token"
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def refusals(box: Sandbox) -> int:
    return sum(request["status"] == 401 for request in box.snapshot("Sandbox Oy")["requests"])


def test_a_token_that_dies_on_all_workers_at_once_is_renewed_once(slow: World) -> None:
    ran = import_until(slow, 10, lambda: slow.box.set_skew(1000))
    assert ran.returncode == 0, ran.stderr
    assert 2 <= refusals(slow.box) <= 6
    assert slow.box.request_counts["POST /auth/refresh"] == 1
    assert slow.box.request_counts["POST /auth/login"] == 1
    slow.assert_arrived(account(TICKETS))


def test_a_run_of_more_than_seven_days_signs_in_again(slow: World) -> None:
    ran = import_until(slow, 10, lambda: slow.box.set_skew(8 * DAY))
    assert ran.returncode == 0, ran.stderr
    # The refresh token says itself that it is dead: asking would cost a request.
    assert slow.box.request_counts["POST /auth/refresh"] == 0
    assert slow.box.request_counts["POST /auth/login"] == 2
    slow.assert_arrived(account(TICKETS))


def test_a_revoked_refresh_token_gives_way_to_the_password(slow: World) -> None:
    slow.extra |= {"TIKETTI_TOKEN": slow.box.token()}
    refresh_token = slow.extra["TIKETTI_REFRESH_TOKEN"] = slow.box.refresh_token()

    def interfere() -> None:
        revoke(slow.box, refresh_token)
        slow.box.set_skew(1000)

    ran = import_until(slow, 10, interfere)
    assert ran.returncode == 0, ran.stderr
    assert slow.box.request_counts["POST /auth/refresh"] == 1
    assert slow.box.request_counts["POST /auth/login"] == 1
    slow.assert_arrived(account(TICKETS))


@pytest.mark.parametrize("refresh", [True, False])
def test_tokens_alone_that_die_stop_the_run_and_fresh_ones_go_on(slow: World, refresh: bool) -> None:
    refresh_token = with_tokens(slow, refresh=refresh)

    def interfere() -> None:
        revoke(slow.box, refresh_token)
        slow.box.set_skew(1000)

    ran = import_until(slow, 10, interfere)
    assert ran.returncode == 4, ran.stderr
    (line,) = [line for line in ran.stderr.splitlines() if line.startswith("Error:")]
    assert f"refuses the {'refresh' if refresh else 'access'} token" in line
    assert f"tiketti-migrate --workspace {slow.workspace} resume" in line
    # All workers were refused; one of them asked for a new token, and nobody asked again.
    assert slow.box.request_counts["POST /auth/refresh"] == (1 if refresh else 0)
    assert slow.status()["records"]["ticket"]["failed"] == 0
    with_tokens(slow)
    slow.run("resume", "--yes", "--settle", "1").assert_exit(0)
    slow.assert_arrived(account(TICKETS))


def test_fresh_tokens_that_are_refused_stop_the_run_instead_of_a_loop(slow: World) -> None:
    ended = threading.Event()

    def outlive_every_token() -> None:
        skew = 0
        while not ended.wait(0.01):
            skew += 1000
            slow.box.set_skew(skew)

    thread = threading.Thread(target=outlive_every_token)
    try:
        ran = import_until(slow, 10, thread.start)
    finally:
        ended.set()
    thread.join()
    assert ran.returncode == 4, ran.stderr
    assert "fresh access token" in ran.stderr
    assert "resume" in ran.stderr
    # Each worker may have come this far before the first one's refusal was known.
    assert slow.box.request_counts["POST /auth/refresh"] <= 6
    slow.box.set_skew(0)
    slow.run("resume", "--yes", "--settle", "1").assert_exit(0)
    slow.assert_arrived(account(TICKETS))


def test_a_token_that_would_die_in_the_wait_for_the_limit_is_renewed_after_it(tmp_path: Path) -> None:
    # Windows outlive tokens here, and the preflight alone needs more than one window.
    with Sandbox(SandboxOptions(limit="5/2", token_lifetime=1)) as box:
        world = World(box, tmp_path)
        export = write_export(tmp_path / "export", account(1))
        world.run("import", "zendesk", export, "--plan").assert_exit(0)
        assert box.request_counts.total() > 5
        assert refusals(box) == 0


def test_the_plan_says_that_an_old_refresh_token_dies_before_the_end(world: World) -> None:
    world.box.set_skew(60 - 7 * DAY)
    with_tokens(world)
    world.box.set_skew(0)
    world.box.set_limit("100/60")
    world.extra["TIKETTI_TOKEN"] = world.box.token()
    export = write_export(world.folder / "export", account(30))
    ran = world.run("import", "zendesk", export, "--plan").assert_exit(0)
    assert re.search(r"the refresh token dies in \d+ s, before the end", ran.err)


class TestForecasts:
    """What a keeper says about tokens that it was given."""

    @pytest.fixture
    def http(self, box: Sandbox) -> Iterator[Client]:
        self.clock = ServerClock()
        http = Client(box.url, Limiter(self.clock), self.clock)
        yield http
        http.close()

    def keeper(self, http: Client, **credentials: str) -> TokenKeeper:
        plain = {"email": credentials.pop("email", None)}
        secret = {name: SecretStr(value) for name, value in credentials.items()}
        keeper = TokenKeeper(Credentials.model_validate(plain | secret), http, self.clock)
        http.authorizer = keeper
        http.repeat("GET", "/auth/me")
        return keeper

    def test_a_bare_access_token_lives_minutes(self, box: Sandbox, http: Client) -> None:
        keeper = self.keeper(http, token=box.token())
        assert keeper.life_warning(600) is None
        assert "access token dies in 15 minutes" in str(keeper.life_warning(1200))
        assert keeper.renewals(10 * DAY) == 0

    def test_a_refresh_token_lives_as_long_as_it_says(self, box: Sandbox, http: Client) -> None:
        box.set_skew(-6 * DAY)
        old = box.refresh_token()
        box.set_skew(0)
        keeper = self.keeper(http, token=box.token(), refresh_token=old)
        assert keeper.life_warning(0.9 * DAY) is None
        assert "refresh token dies in 24 hours" in str(keeper.life_warning(1.1 * DAY))

    def test_one_that_says_nothing_lives_as_documented(self, box: Sandbox, http: Client) -> None:
        keeper = self.keeper(http, token=box.token(), refresh_token="opaque")
        assert keeper.life_warning(6.9 * DAY) is None
        assert "refresh token dies in 7 days" in str(keeper.life_warning(7.1 * DAY))

    def test_a_password_lasts(self, http: Client) -> None:
        keeper = self.keeper(http, email="admin@sandbox.test", password="sandbox-password")
        assert keeper.life_warning(30 * DAY) is None
        # 900 seconds less the margin of 60; the first one is some moments old.
        assert keeper.renewals(839) in (0, 1)
        assert keeper.renewals(10 * 840 + 100) == 10

    def test_the_first_renewal_counts_by_the_age_of_the_token(self, box: Sandbox, http: Client) -> None:
        box.set_skew(-600)
        old = box.token()
        box.set_skew(0)
        keeper = self.keeper(http, token=old, refresh_token=box.refresh_token())
        assert keeper.renewals(200) == 0
        assert keeper.renewals(400) == 1

    def test_nothing_of_a_keeper_shows_a_secret(self, box: Sandbox, http: Client) -> None:
        keeper = self.keeper(http, email="admin@sandbox.test", password="sandbox-password")
        shown = f"{keeper!r} {vars(keeper)!r} {vars(http)!r} {http.headers!r}"
        assert "eyJ" not in shown
        assert "sandbox-password" not in shown


def test_no_secret_in_arguments_output_log_errors_or_workspace(slow: World) -> None:
    refresh_token = with_tokens(slow)
    secrets = [refresh_token, slow.extra["TIKETTI_TOKEN"], "eyJ"]
    log = slow.folder / "log.jsonl"
    export = write_export(slow.folder / "export", account(TICKETS))
    process = slow.start("-vv", "--log-file", log, "import", "zendesk", export, "--yes", "--workers", "6")
    deadline = time.monotonic() + 30
    while slow.writes().total() < 10:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    arguments = Path(f"/proc/{process.pid}/cmdline")
    shown = [arguments.read_bytes()] if arguments.exists() else []
    slow.box.set_skew(1000)
    while not slow.box.request_counts["POST /auth/refresh"]:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    revoke(slow.box, refresh_token)
    slow.box.set_skew(2000)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 4, err
    assert "/auth/refresh" in log.read_text()
    shown += [out.encode(), err.encode(), log.read_bytes()]
    shown += [path.read_bytes() for path in slow.workspace.rglob("*") if path.is_file()]
    assert not [secret for secret in secrets for text in shown if secret.encode() in text]
