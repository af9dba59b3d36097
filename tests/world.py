"""What the tests share: a small Zendesk account, the program as a process, and what arrived in Tiketti."""

import csv
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tiketti_migrate.api import SinkContext, Source
from tiketti_migrate.exports import write_id_map
from tiketti_migrate.extract import extract
from tiketti_migrate.load import Loaded, LoadOptions, load, prepare
from tiketti_migrate.progress import Quiet
from tiketti_migrate.store import Workspace
from tiketti_migrate_tiketti.options import TikettiOptions
from tiketti_migrate_tiketti.sandbox import Sandbox
from tiketti_migrate_tiketti.sanitising import plain_text
from tiketti_migrate_tiketti.sink import TikettiSink
from tiketti_migrate_zendesk.source import ZendeskOptions, ZendeskSource

__all__ = ["REQUESTS", "Ran", "World", "account", "wait_until", "write_export"]

BASE = "https://acme.zendesk.com/api/v2"
STATUSES = ("new", "open", "pending", "solved", "closed")
# The write of each kind, as method and path below the base path.
REQUESTS = {
    "label": ("POST", "^/labels$"),
    "company": ("POST", "^/companies$"),
    "contact": ("POST", "^/contacts$"),
    "ticket": ("POST", "^/tickets$"),
    "message": ("POST", "/messages$"),
    "time_entry": ("POST", "/time-entries$"),
    "outcome": ("PATCH", "^/tickets/"),
}
ARRIVES_AS = {"new": "open", "open": "open", "pending": "pending", "solved": "resolved", "closed": "closed"}


@dataclass(frozen=True)
class Ran:
    """One finished run of the program."""

    code: int
    out: str
    err: str

    def assert_exit(self, code: int) -> "Ran":
        assert self.code == code, f"exit {self.code}, not {code}\n{self.out}\n{self.err}"
        return self


def account(tickets: int, comments: int = 3) -> dict[str, list[dict[str, Any]]]:
    """A Zendesk account in which every ticket has public and internal comments."""
    users = [{"id": 900, "name": "Aino Agent", "email": "aino@acme.test", "role": "agent"}]
    users += [
        {
            "id": u,
            "name": f"Customer {u}",
            "email": f"c{u}@example.com",
            "role": "end-user",
            "organization_id": 50,
        }
        for u in range(100, 100 + max(2, tickets // 4))
    ]
    rows = []
    for number in range(tickets):
        ticket_id = 1000 + number
        requester = users[1 + number % (len(users) - 1)]["id"]
        rows.append(
            {
                "id": ticket_id,
                "url": f"{BASE}/tickets/{ticket_id}.json",
                "subject": f"Ticket {ticket_id}",
                "status": STATUSES[number % len(STATUSES)],
                "priority": ("low", "normal", "high", "urgent", None)[number % 5],
                "requester_id": requester,
                "assignee_id": 900,
                "tags": [f"tag{number % 4}", "all"],
                "custom_fields": [{"id": 7, "value": "125" if number % 3 == 0 else None}],
                "created_at": f"2023-01-{1 + number % 28:02d}T08:{number % 60:02d}:00Z",
                "updated_at": f"2023-02-{1 + number % 28:02d}T08:00:00Z",
                "comments": [
                    {
                        "id": ticket_id * 100 + place,
                        "author_id": requester if place % 2 == 0 else 900,
                        "body": f"Text {place} of {ticket_id}: 1 < 2 & <b>not bold</b>",
                        "public": place % 3 != 1,
                        "created_at": f"2023-01-{1 + number % 28:02d}T09:{place:02d}:00Z",
                    }
                    for place in range(comments)
                ],
            }
        )
    return {
        "ticket_fields": [{"id": 7, "title": "Total time spent (sec)", "type": "integer"}],
        "organizations": [{"id": 50, "name": "Example Oy", "domain_names": ["example.com"]}],
        "users": users,
        "tickets": rows,
    }


def write_export(folder: Path, data: Mapping[str, Iterable[Mapping[str, Any]]]) -> Path:
    """As an account export lies on disk: one object a line."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in data.items():
        (folder / f"{name}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Until it is true; fails when that takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


@dataclass
class World:
    """A user with a sandbox, a folder and a shell."""

    box: Sandbox
    folder: Path
    user: str = "admin@sandbox.test"
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        return self.folder / "work"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TIKETTI_")}
        return kept | {
            "TIKETTI_BASE_URL": self.box.url,
            "TIKETTI_EMAIL": self.user,
            "TIKETTI_PASSWORD": "sandbox-password",
            "TIKETTI_MIGRATE_WORKSPACE": str(self.workspace),
            **self.extra,
        }

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        """The program as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tiketti_migrate", *map(str, arguments)],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str | Path, timeout: float = 120) -> Ran:
        """Run the program to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=timeout)
        return Ran(process.returncode, out, err)

    def load(
        self,
        origin: Path | Source,
        *,
        settle: float = 1.0,
        workers: int = 4,
        answer_timeout: float = 120.0,
        **more: Any,
    ) -> Loaded:
        """What ``import zendesk EXPORT --yes`` does, in this process; of another source, too."""
        source = ZendeskSource(ZendeskOptions(paths=(origin,))) if isinstance(origin, Path) else origin
        how = LoadOptions(settle=settle, workers=workers, **more)
        stopping = threading.Event()
        context = SinkContext(source.title, source.name, self.environment, stopping)
        sink = TikettiSink(TikettiOptions(answer_timeout=answer_timeout), context)
        with Workspace(self.workspace) as workspace:
            extract(source, workspace.ledger, sink.kinds, Quiet(), stopping)
            try:
                prepare(workspace.ledger, sink, how)
                loaded = load(workspace.ledger, sink, how, Quiet(), stopping)
            finally:
                sink.close()
                write_id_map(workspace.ledger, workspace.folder)
        return loaded

    def kill_when(self, seen: Callable[[], object], *arguments: str | Path) -> bool:
        """Start the program and kill it with SIGKILL as soon as ``seen``; False when it had ended before."""
        process = self.start(*arguments)
        try:
            wait_until(lambda: seen() or process.poll() is not None, 60)
            return process.poll() is None
        finally:
            process.kill()
            process.communicate()

    def kill_after(self, writes: int, *arguments: str | Path) -> bool:
        """Start the program and kill it when the server has seen so many writes of it."""
        begun = self.writes().total()
        return self.kill_when(lambda: self.writes().total() - begun >= writes, *arguments)

    def met(self, fault: str) -> int:
        """How many requests a fault has hit."""
        requests = self.box.snapshot()["requests"]
        return sum(fault == request["fault"] or fault in request["data_faults"] for request in requests)

    def created(self) -> dict[tuple[str, str], bool]:
        """id-map.csv: by kind and source id, whether this workspace made it."""
        with (self.workspace / "id-map.csv").open(newline="") as file:
            return {(row["kind"], row["source_id"]): row["created"] == "1" for row in csv.DictReader(file)}

    def writes(self) -> Counter[str]:
        """Requests that changed something, as the server counted them."""
        return Counter(
            {
                name: count
                for name, count in self.box.request_counts.items()
                if not name.startswith("GET ") and "/auth/" not in name
            }
        )

    def status(self) -> dict[str, Any]:
        """``status --json``."""
        found: dict[str, Any] = json.loads(self.run("status", "--json").assert_exit(0).out)
        return found

    def assert_arrived(self, data: Mapping[str, list[dict[str, Any]]], others: Collection[str] = ()) -> None:
        """Every ticket once, whole, in order; nothing twice; nobody e-mailed.

        ``others``: ids of what people made in the account themselves.
        """
        held = self.box.snapshot("Sandbox Oy")
        assert held["emails"] == []
        own = {
            kind: [row for row in held[kind] if row["id"] not in others]
            for kind in ("tickets", "companies", "time_entries")
        }
        tickets = {ticket["subject"]: ticket for ticket in own["tickets"]}
        assert len(own["tickets"]) == len(tickets) == len(data["tickets"])
        emails = Counter(contact["email"].casefold() for contact in held["contacts"])
        assert set(emails.values()) <= {1}
        assert set(Counter(label["name"].casefold() for label in held["labels"]).values()) <= {1}
        assert len(own["companies"]) == len({row["name"] for row in data["organizations"]})
        minutes: defaultdict[str, list[int]] = defaultdict(list)
        for entry in own["time_entries"]:
            minutes[entry["ticket"]["id"]].append(entry["duration_minutes"])
        users = {user["id"]: user for user in data["users"]}
        for row in data["tickets"]:
            ticket = tickets[row["subject"]]
            assert ticket["status"] == ARRIVES_AS[row["status"]]
            assert ticket["priority"] == (row["priority"] or "normal")
            assert {label["name"] for label in ticket["labels"]} == set(row["tags"])
            assert ticket["contact"]["email"] == users[row["requester_id"]]["email"]
            assert minutes[ticket["id"]] == ([3] if row["custom_fields"][0]["value"] else [])
            messages = [m for m in held["messages"][ticket["id"]] if m["id"] not in others]
            self._assert_messages(row, messages)

    @staticmethod
    def _assert_messages(row: dict[str, Any], messages: list[dict[str, Any]]) -> None:
        # As they came: the server's clock may have been set meanwhile.
        texts = [plain_text(message["body_html"] or message["body"]) for message in messages]
        tokens = [" ".join(text.split()).partition("]")[0] for text in texts]
        assert tokens == [f"[Zendesk {row['id']}/{comment['id']}" for comment in row["comments"]]
        assert [m["is_internal"] for m in messages] == [not comment["public"] for comment in row["comments"]]
