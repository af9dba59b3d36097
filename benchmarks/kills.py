"""Nothing twice, nothing lost: an import killed again and again while every fifth answer is faulty.

    .venv/bin/python benchmarks/kills.py [--kills 200] [--tickets 500] [--seed 1]

The tests' account with four messages a ticket, time entries, labels, companies and contacts goes into a
sandbox that misbehaves in every way that a server or the way to it can: connections dropped or reset before
and after the commit, errors 500 and 502, answers cut or replaced by a web page, hangs beyond the read
timeout, commits and list entries that come late, lists silently cut, bodies altered, on the sign-in, too.
(Not among them: e-mail although the message forbids it, which stops a run as it should; and redirects, which
are refusals and leave a record to `retry`.)

Each run is killed with SIGKILL at a random moment, a few writes after the last kill. Half of them go on with
`import`, half with `resume`. Then the import runs to its end, the faults still on. Printed are duplicates,
missing and misplaced objects and e-mails, as read from the sandbox: all must be 0, or it exits with 1.
"""

import argparse
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from rig import Box, account, environment, folder, tool, write_export

from tiketti_migrate_tiketti.sanitising import plain_text
from world import ARRIVES_AS, World

CONNECTION = {
    "drop-before": 0.02,
    "drop-after": 0.02,
    "error-before": 0.015,
    "error-after": 0.02,
    "truncate-before": 0.01,
    "truncate-after": 0.02,
    "html-before": 0.01,
    "html-after": 0.02,
    "hang-before": 0.005,
    "hang-after": 0.01,
    "late-commit": 0.01,
}
DATA = {"late-visibility": 0.02, "cut-list": 0.02, "alter-body": 0.02}
# What comes late comes before "absent" is believed, as the default of 10 and 60 s assumes of a real server.
SETTINGS = {"late-seconds": 1.0, "hang-seconds": 1.5, "auth-faults": 1}
PATIENCE = ("--settle", "2", "--answer-timeout", "1")
MOST_WRITES_BETWEEN = 12
MOST_RUNS_TO_THE_END = 20
COMPANIES = 20

Data = dict[str, list[dict[str, Any]]]


def several_companies(tickets: int) -> Data:
    data = account(tickets, comments=4)
    data["organizations"] = [
        {"id": 50 + number, "name": f"Company {number}", "domain_names": [f"c{number}.example"]}
        for number in range(COMPANIES)
    ]
    for user in data["users"][1:]:
        user["organization_id"] = 50 + user["id"] % COMPANIES
    return data


def kill_once(box: Box, command: list[str], place: Path, chance: random.Random) -> int | None:
    """Kill the program a few writes after its start: rows in flight then; None when it ended by itself."""
    begun = writes(box)
    enough = chance.randrange(1, MOST_WRITES_BETWEEN)
    process = subprocess.Popen(
        command,
        env=environment(box, place / "work"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while writes(box) - begun < enough and process.poll() is None:
        time.sleep(0.004)
    time.sleep(chance.random() * 0.02)
    process.kill()
    if process.wait() != -9:
        return None
    with closing(sqlite3.connect(place / "work" / "migration.db")) as ledger:
        found: int = ledger.execute("SELECT count(*) FROM row WHERE state = 'in-flight'").fetchone()[0]
    return found


def writes(box: Box) -> int:
    return sum(
        count for name, count in box.request_counts.items() if "GET" not in name and "/auth/" not in name
    )


def to_the_end(box: Box, command: list[str], place: Path) -> int:
    """How often the import had to be run until it had nothing more to do."""
    for run in range(1, MOST_RUNS_TO_THE_END + 1):
        ran = subprocess.run(
            command, env=environment(box, place / "work"), stdin=subprocess.DEVNULL, capture_output=True
        )
        if ran.returncode == 0:
            return run
    sys.stderr.write(ran.stderr.decode()[-2000:])
    raise SystemExit(f"the import did not end in {MOST_RUNS_TO_THE_END} runs")


def differences(data: Data, held: dict[str, Any]) -> Counter[str]:
    """What is there too often, not there, or in the wrong order."""
    found: Counter[str] = Counter()
    found += _keys((t["subject"] for t in data["tickets"]), (t["subject"] for t in held["tickets"]))
    tags = {tag for ticket in data["tickets"] for tag in ticket["tags"]}
    found += _keys(tags, (label["name"] for label in held["labels"]))
    customers = (user["email"] for user in data["users"] if user["role"] == "end-user")
    found += _keys(customers, (contact["email"] for contact in held["contacts"]))
    found += _keys((o["name"] for o in data["organizations"]), (c["name"] for c in held["companies"]))
    entries = Counter(entry["ticket"]["subject"] for entry in held["time_entries"])
    worked = (t["subject"] for t in data["tickets"] if t["custom_fields"][0]["value"])
    found += _keys(worked, entries.elements())
    rows = {ticket["subject"]: ticket for ticket in data["tickets"]}
    for ticket in held["tickets"]:
        row = rows[ticket["subject"]]
        found["missing"] += ticket["status"] != ARRIVES_AS[row["status"]]
        found["missing"] += len(set(row["tags"]) - {label["name"] for label in ticket["labels"]})
        wanted = [f"[Zendesk {row['id']}/{comment['id']}" for comment in row["comments"]]
        tokens = [_token(message) for message in held["messages"][ticket["id"]]]
        found += _keys(wanted, tokens)
        known = [token for token in dict.fromkeys(tokens) if token in wanted]
        found["out of order"] += known != [token for token in wanted if token in known]
    found["e-mails"] = len(held["emails"])
    return found


def _token(message: dict[str, Any]) -> str:
    return " ".join(plain_text(message["body_html"] or message["body"]).split()).partition("]")[0]


def _keys(wanted: Iterable[str], there: Iterable[str]) -> Counter[str]:
    expected, found = Counter(wanted), Counter(there)
    return Counter(duplicates=(found - expected).total(), missing=(expected - found).total())


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--tickets", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)
    data = several_companies(chosen.tickets)
    faults = {"seed": chosen.seed, **CONNECTION, **DATA, **SETTINGS}
    spec = ",".join(f"{name}={value}" for name, value in faults.items())
    with folder() as place, Box("--limit", "off", "--latency", "0.01", "--faults", spec) as box:
        export = write_export(place / "export", data)
        begin = tool("import", "zendesk", export, "--yes", *PATIENCE)
        go_on = tool("resume", "--yes", *PATIENCE)
        under_way: list[int] = []
        ended = 0
        while len(under_way) < chosen.kills:
            # The first run has to have read the whole export before another can go on without it.
            again = begin if len(under_way) < 3 or chance.random() < 0.5 else go_on
            in_flight = kill_once(box, again, place, chance)
            ended = ended + 1 if in_flight is None else 0
            if in_flight is not None:
                under_way.append(in_flight)
            if ended > MOST_RUNS_TO_THE_END:
                raise SystemExit(f"only {len(under_way)} kills before the import was over: give more tickets")
        killed_at = len(box.snapshot()["tickets"])
        runs = to_the_end(box, begin, place)
        held = box.snapshot()
        World(box, place).assert_arrived(data)  # type: ignore[arg-type]
    faulty = sum(bool(r["fault"] or r["data_faults"]) for r in held["requests"]) / len(held["requests"])
    print(f"{len(under_way)} kills, {sum(map(bool, under_way))} of them with writes in flight, ", end="")
    print(f"by then {killed_at} of {chosen.tickets} tickets; {runs} runs to the end")
    print(f"{len(held['requests'])} requests, {faulty:.1%} of them met a fault")
    found = differences(data, held)
    print(", ".join(f"{found[name]} {name}" for name in ("duplicates", "missing", "out of order", "e-mails")))
    return 1 if found.total() else 0


if __name__ == "__main__":
    sys.exit(main())
