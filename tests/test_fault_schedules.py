"""Random schedules of faults, kills and people at work: after a last run without faults all has arrived once.

TIKETTI_FAULT_SCHEDULES=500 tries so many random ones. Without it a few are tried, the same ones each time.
Times are short: the server is late by more than the first look, and absence is believed later still.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sandbox_user import client, new_ticket
from tiketti_migrate.errors import Stopped
from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from world import REQUESTS, World, account, write_export

EXAMPLES = os.environ.get("TIKETTI_FAULT_SCHEDULES")
SETTLE = 2.4
ANSWER_TIMEOUT = 0.4
TIMES = "late-seconds=1.6,hang-seconds=0.7"

UNPROTECTED = ("company", "ticket", "message", "time_entry")
LATE = ("late-commit", "slow-commit", "late-visibility")
LOST = (
    "drop-before",
    "drop-after",
    "error-before",
    "error-after",
    "truncate-before",
    "truncate-after",
    "html-before",
    "html-after",
    "hang-before",
    "hang-after",
    "alter-body",
)
UNREADABLE = ("drop-before", "error-after", "truncate-after", "html-before")
ODD_LISTS = (
    "cut-list",
    "shuffle-list",
    "small-pages",
    "no-total",
    "inflated-total",
    "brief-list",
    "loose-search",
)
LISTS = ("^/labels$", "^/contacts$", "^/companies$", "^/tickets$", "/messages$", "^/time-entries$")

Fault = tuple[str, str, str, int]


def _lost_write(kind: str, fault: str, times: int) -> Fault:
    method, path = REQUESTS[kind]
    return method, path, fault, times


faults = st.lists(
    st.one_of(
        st.builds(_lost_write, st.sampled_from(sorted(REQUESTS)), st.sampled_from(LOST), st.integers(1, 3)),
        # The kinds that no unique key protects, and what is found absent at first.
        st.builds(_lost_write, st.sampled_from(UNPROTECTED), st.sampled_from(LATE), st.integers(1, 2)),
        st.tuples(st.just("GET"), st.sampled_from(LISTS), st.sampled_from(ODD_LISTS), st.integers(1, 6)),
        st.tuples(st.just("GET"), st.just("."), st.sampled_from(UNREADABLE), st.integers(1, 3)),
    ),
    min_size=1,
    max_size=8,
)


class Schedule(RuleBasedStateMachine):
    """One migration from its beginning to a last run in which nothing goes wrong."""

    @initialize(tickets=st.integers(1, 3), comments=st.integers(1, 3))
    def begin(self, tickets: int, comments: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="schedule-"))
        self.box = Sandbox(SandboxOptions(limit="off", faults=TIMES))
        self.box.start()
        self.world = World(self.box, self.folder)
        self.content = account(tickets, comments)
        self.export = write_export(self.folder / "export", self.content)
        self.others: list[str] = []

    @rule(planned=faults)
    def run(self, planned: list[Fault]) -> None:
        self._plan(planned)
        self._load()

    @rule(planned=faults, writes=st.integers(1, 12))
    def run_and_kill(self, planned: list[Fault], writes: int) -> None:
        self._plan(planned)
        command = ("import", "zendesk", self.export, "--yes", "--workers", "4", "--settle", str(SETTLE))
        self.world.kill_after(writes, *command, "--answer-timeout", str(ANSWER_TIMEOUT))

    @rule(limit=st.sampled_from(["off", "60/1", "25/1"]))
    def change_the_limit(self, limit: str) -> None:
        self.box.set_limit(limit)

    @rule(hours=st.integers(-5, 5))
    def set_the_clock(self, hours: int) -> None:
        self.box.set_skew(hours * 3600)

    @rule(number=st.integers(0, 2), described=st.booleans())
    def a_customer_asks_something_else(self, number: int, described: bool) -> None:
        contacts = self.box.snapshot("Sandbox Oy")["contacts"]
        if contacts:
            # The subject of one of ours, so that only the token tells them apart.
            more = {"subject": "Ticket 1000", "description": "Something else"} if described else {}
            with self._agent() as agent:
                self.others.append(new_ticket(agent, contacts[number % len(contacts)], **more)["id"])

    @rule(email=st.sampled_from(["c100@example.com", "c101@example.com"]))
    def an_agent_adds_the_contact(self, email: str) -> None:
        with self._agent() as agent:
            agent.post("/contacts", json={"name": "By hand", "email": email})

    def teardown(self) -> None:
        if not hasattr(self, "box"):
            return
        try:
            self._quiet()
            self.world.load(self.export, settle=SETTLE)
            self.world.run("resume", "--yes", "--settle", str(SETTLE)).assert_exit(0)
            self.world.assert_arrived(self.content, self.others)
            kinds = ("ticket", "message", "time_entry", "company")
            assert all(made for (kind, _), made in self.world.created().items() if kind in kinds)
        finally:
            self.box.stop()
            shutil.rmtree(self.folder)

    def _plan(self, planned: list[Fault]) -> None:
        for method, path, fault, times in planned:
            self.box.fail_next(method, path, fault, times)

    def _load(self) -> None:
        try:
            self.world.load(self.export, settle=SETTLE, answer_timeout=ANSWER_TIMEOUT)
        except Stopped:
            # Too many of its reads in a row went wrong; the same command goes on.
            return

    def _quiet(self) -> None:
        self.box.forget_planned()
        self.box.set_limit("off")

    def _agent(self) -> Any:
        """People see no faults."""
        self.box.forget_planned()
        return client(self.box, "agent@sandbox.test")


TestSchedules = Schedule.TestCase
TestSchedules.settings = settings(
    max_examples=int(EXAMPLES or 6),
    stateful_step_count=4,
    derandomize=EXAMPLES is None,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
