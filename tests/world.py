"""What the tests share: a small Zendesk account, the program as a process, and what arrived in Tiketti."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tiketti_migrate_tiketti.bodies import first_line
from tiketti_migrate_tiketti.sandbox import Sandbox

__all__ = ["Ran", "World", "account", "write_export"]

BASE = "https://acme.zendesk.com/api/v2"
STATUSES = ("new", "open", "pending", "solved", "closed")
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

    def assert_arrived(self, data: Mapping[str, list[dict[str, Any]]]) -> None:
        """Every ticket once, whole, in order; nothing twice; nobody e-mailed."""
        held = self.box.snapshot("Sandbox Oy")
        assert held["emails"] == []
        tickets = {ticket["subject"]: ticket for ticket in held["tickets"]}
        assert len(held["tickets"]) == len(tickets) == len(data["tickets"])
        emails = Counter(contact["email"].casefold() for contact in held["contacts"])
        assert set(emails.values()) <= {1}
        assert set(Counter(label["name"].casefold() for label in held["labels"]).values()) <= {1}
        assert len(held["companies"]) == len(data["organizations"])
        minutes: defaultdict[str, list[int]] = defaultdict(list)
        for entry in held["time_entries"]:
            minutes[entry["ticket"]["id"]].append(entry["duration_minutes"])
        users = {user["id"]: user for user in data["users"]}
        for row in data["tickets"]:
            ticket = tickets[row["subject"]]
            assert ticket["status"] == ARRIVES_AS[row["status"]]
            assert ticket["priority"] == (row["priority"] or "normal")
            assert {label["name"] for label in ticket["labels"]} == set(row["tags"])
            assert ticket["contact"]["email"] == users[row["requester_id"]]["email"]
            assert minutes[ticket["id"]] == ([3] if row["custom_fields"][0]["value"] else [])
            self._assert_messages(row, held["messages"][ticket["id"]])

    @staticmethod
    def _assert_messages(row: dict[str, Any], messages: list[dict[str, Any]]) -> None:
        ordered = sorted(messages, key=lambda message: str(message["created_at"]))
        tokens = [
            first_line(message["body_html"] or message["body"]).partition("]")[0] for message in ordered
        ]
        assert tokens == [f"[Zendesk {row['id']}/{comment['id']}" for comment in row["comments"]]
        assert [m["is_internal"] for m in ordered] == [not comment["public"] for comment in row["comments"]]
