"""Requests per second and client CPU per request, beside a singer-sdk target and a dlt destination.

    .venv/bin/python benchmarks/peers.py [--tickets 1000] [--rounds 3] [--dlt-workers 1,4,20]

All do the same writes (same bodies, same number) into an unthrottled sandbox that is started anew for each.
What the peers send is read back from the account that our own import made, so that bodies are equal; that
they arrived equally is checked at the end. The peers get their data ready to read: no tap, no source.

requests/s   writes, from the first to the last in the server's log
CPU/request  user and system time of the client process, from its start to its end, by its requests; ours
             includes reading the export and the ledger, synced to the disk before each request leaves

singer-sdk writes record by record. dlt is measured with each number of workers asked for (20 is its default)
and the best of each figure counts. Versions are those of peers/requirements.txt, in an environment of their
own beside it. Rounds take turns, the best of each counts. Exits with 1 unless ours is ahead in both.
"""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig import PEERS, Box, Used, account, environment, folder, measured, peers, tool, write_export

sys.path.insert(0, str(PEERS))
NO_REPORTS = {"RUNTIME__DLTHUB_TELEMETRY": "false", "MELTANO_DISABLE_TRACKING": "true"}


@dataclass(frozen=True)
class Figure:
    """Of one run of one client."""

    rate: float
    cpu: float


def figure(box: Box, used: Used, name: str) -> tuple[Figure, dict[str, Any]]:
    """Rate and CPU of what the server saw, and what it holds."""
    assert used.code == 0, f"{name} ended with exit {used.code}"
    held = box.snapshot()
    times = [r["time"] for r in held["requests"] if r["method"] != "GET" and "/auth/" not in r["path"]]
    made = len(held["requests"])
    return Figure((len(times) - 1) / (max(times) - min(times)), used.cpu / made), held


def records_of(held: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What our import made, as the streams of peers/writes.py."""
    streams: dict[str, list[dict[str, Any]]] = {
        "labels": [{"id": row["name"], **_some(row, "name", "color")} for row in held["labels"]],
        "companies": [
            {"id": row["id"], **_some(row, "name", "notes"), "domains": " ".join(row["domains"])}
            for row in held["companies"]
        ],
        "contacts": [
            {
                "id": row["id"],
                **_some(row, "name", "email"),
                "company": row["company"]["id"] if row["company"] else None,
            }
            for row in held["contacts"]
        ],
        "tickets": [],
        "messages": [],
        "time_entries": [
            {
                "id": row["id"],
                "ticket": row["ticket"]["id"],
                **_some(row, "duration_minutes", "description", "billable", "date"),
            }
            for row in held["time_entries"]
        ],
        "outcomes": [
            {"id": f"status {row['id']}", "ticket": row["id"], "status": row["status"]}
            for row in held["tickets"]
        ],
    }
    for row in held["tickets"]:
        first, *rest = held["messages"][row["id"]]
        streams["tickets"].append(
            {
                "id": row["id"],
                **_some(row, "subject", "priority"),
                "contact": row["contact"]["id"],
                "labels": " ".join(label["name"] for label in row["labels"]),
                "description": first["body_html"],
            }
        )
        streams["messages"] += [
            {
                "id": message["id"],
                "ticket": row["id"],
                "body": message["body_html"],
                "is_internal": message["is_internal"],
            }
            for message in rest
        ]
    return streams


def _some(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def write_singer(path: Path, streams: dict[str, list[dict[str, Any]]]) -> None:
    """Schema and records, stream by stream, as a tap would print them."""
    from writes import STREAMS  # type: ignore[import-not-found]

    with path.open("w") as file:
        for name, properties in STREAMS.items():
            types = {"id": {"type": "string"}} | {key: {"type": kind} for key, kind in properties.items()}
            schema = {"type": "object", "properties": types}
            message = {"type": "SCHEMA", "stream": name, "schema": schema, "key_properties": ["id"]}
            file.write(json.dumps(message) + "\n")
            for record in streams[name]:
                file.write(json.dumps({"type": "RECORD", "stream": name, "record": record}) + "\n")


def content(held: dict[str, Any]) -> Counter[str]:
    """What must be the same in all accounts, whatever the order in which it came."""
    bodies = [m["body_html"] for messages in held["messages"].values() for m in messages]
    tickets = [
        f"{t['subject']} {t['status']} {t['priority']} {t['contact']['email']}" for t in held["tickets"]
    ]
    entries = [f"{e['ticket']['subject']} {e['description']}" for e in held["time_entries"]]
    others = [row["name"] for kind in ("contacts", "companies", "labels") for row in held[kind]]
    return Counter([*bodies, *tickets, *entries, *others])


@dataclass(frozen=True)
class Race:
    """One round: ours first, because the others send what it made."""

    place: Path
    python: Path
    export: Path

    def ours(self) -> tuple[Figure, dict[str, Any]]:
        with Box("--limit", "off") as box:
            used = measured(
                tool("import", "zendesk", self.export, "--yes"), environment(box, self.place / "work")
            )
            return figure(box, used, "tiketti-migrate")

    def peer(self, name: str, *arguments: str, stdin: Path | None = None) -> tuple[Figure, dict[str, Any]]:
        script = PEERS / f"{name}.py"
        with Box("--limit", "off") as box:
            env = environment(box, self.place) | NO_REPORTS | {"DLT_DATA_DIR": str(self.place / "dlt")}
            used = measured([str(self.python), str(script), *arguments], env, stdin)
            return figure(box, used, name)


def run(tickets: int, workers: list[str], python: Path) -> dict[str, Figure]:
    with folder() as place:
        race = Race(place, python, write_export(place / "export", account(tickets)))
        found: dict[str, Figure] = {}
        found["tiketti-migrate"], made = race.ours()
        streams = records_of(made)
        (place / "records.json").write_text(json.dumps(streams))
        write_singer(place / "records.singer", streams)
        found["singer-sdk"], held = race.peer("singer_target", stdin=place / "records.singer")
        assert content(held) == content(made), "the singer target wrote something else"
        for number in workers:
            name = f"dlt, {number} workers"
            found[name], held = race.peer("dlt_destination", str(place / "records.json"), number)
            assert content(held) == content(made), "the dlt destination wrote something else"
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tickets", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dlt-workers", default="1,4,20")
    chosen = parser.parse_args()
    python = peers()
    best: dict[str, Figure] = {}
    for _ in range(chosen.rounds):
        for name, one in run(chosen.tickets, chosen.dlt_workers.split(","), python).items():
            before = best.get(name, one)
            best[name] = Figure(max(one.rate, before.rate), min(one.cpu, before.cpu))
    for name, one in best.items():
        print(f"{name:20} {one.rate:8.0f} requests/s {one.cpu * 1000:8.3f} ms CPU/request")
    ours = best.pop("tiketti-migrate")
    rate = ours.rate / max(one.rate for one in best.values())
    cpu = min(one.cpu for one in best.values()) / ours.cpu
    print(f"ahead of the best peer: {rate:.2f} x requests/s, {cpu:.2f} x less CPU/request")
    return 0 if rate > 1 and cpu > 1 else 1


if __name__ == "__main__":
    sys.exit(main())
