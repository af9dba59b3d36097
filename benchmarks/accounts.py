"""Tickets per second of a Zendesk account into the ledger, beside sqlite-utils and dlt on the same NDJSON.

    .venv/bin/python benchmarks/accounts.py [--tickets 20000] [--rounds 3] [--no-dlt]

The account has five comments a ticket of a hundred words, in text and HTML, and a fifth as many users. It is
read as the account export (NDJSON), as API pages of 100 and as one big array, which must come to identical
ledgers. Ours is
everything an import does before its first request: recognised, comments joined, every value checked and
converted, staged in a ledger that survives a power cut. ``sqlite-utils insert --nl`` puts the lines into one
table; dlt loads the same NDJSON into duckdb with a table for the comments. All are processes of their own,
turn about, on an otherwise idle machine; the median counts. Exits with 1 when ours is slower than the first,
less than ten times as fast as the second, takes more than 150 MB, or a ledger differs.
"""

import argparse
import datetime as dt
import hashlib
import json
import os
import random
import shutil
import sqlite3
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rig import WORDS, Used, folder, measured, peers

MOST_MEMORY = 150_000_000
COMMENTS = 5
WORDS_A_COMMENT = 100
PAGE = 100
BEGUN = dt.datetime(2018, 1, 1)
STAGE = """
import sys, threading
from pathlib import Path
from tiketti_migrate.extract import extract
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import KINDS
from tiketti_migrate.registry import Registry
from tiketti_migrate.store import Workspace
source = Registry().source("zendesk")
reader = source(source.Options(paths=(Path(sys.argv[1]),)))
with Workspace(Path(sys.argv[2])) as workspace:
    extract(reader, workspace.ledger, KINDS, Quiet(), threading.Event())
    print(workspace.ledger.views.counts()["ticket"]["pending"])
"""
DLT = """
import sys, json, dlt
from pathlib import Path
def tickets():
    with open(Path(sys.argv[1]) / "tickets.json") as file:
        for line in file:
            yield json.loads(line)
duckdb = dlt.destinations.duckdb(sys.argv[2] + "/peer.duckdb")
pipeline = dlt.pipeline("peer", pipelines_dir=sys.argv[2], destination=duckdb)
pipeline.run(dlt.resource(tickets, name="tickets"))
"""


def at(minutes: int) -> str:
    return (BEGUN + dt.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def users(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {
            "id": 9_000_000 + number,
            "url": f"https://acme.zendesk.com/api/v2/users/{9_000_000 + number}.json",
            "name": f"Person {number}",
            "email": f"person{number}@example-{number % 97}.com",
            "role": "agent" if number < 12 else "end-user",
            "created_at": at(number),
            "updated_at": at(number + 5),
            "active": True,
            "suspended": False,
            "phone": None,
            "organization_id": 500 + number % 50,
            "tags": [],
            "user_fields": {},
        }


def organizations() -> Iterator[dict[str, Any]]:
    for number in range(50):
        yield {
            "id": 500 + number,
            "url": f"https://acme.zendesk.com/api/v2/organizations/{500 + number}.json",
            "name": f"Company {number}",
            "domain_names": [f"example-{number}.com"],
            "organization_fields": {},
        }


def comment(chance: random.Random, ticket: int, turn: int, people: int, minute: int) -> dict[str, Any]:
    text, number = " ".join(chance.choices(WORDS, k=WORDS_A_COMMENT)), ticket * COMMENTS + turn
    return {
        "id": 7_000_000 + number,
        "type": "Comment",
        "author_id": 9_000_000 + (chance.randrange(12) if turn % 2 else 12 + ticket % (people - 12)),
        "body": text,
        "html_body": f'<div class="zd-comment" dir="auto"><p dir="auto">{text}</p></div>',
        "plain_body": text,
        "public": turn != 4,
        "attachments": [],
        "audit_id": 8_000_000 + number,
        "via": {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": at(minute),
        "metadata": {"system": {"client": "Mail", "ip_address": "192.0.2.1"}, "custom": {}},
    }


def tickets(count: int, people: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(7)
    for number in range(count):
        begun = number * 7
        talk = [comment(chance, number, turn, people, begun + turn * 60) for turn in range(COMMENTS)]
        yield {
            "url": f"https://acme.zendesk.com/api/v2/tickets/{number + 1}.json",
            "id": number + 1,
            "external_id": None,
            "via": {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}},
            "created_at": at(begun),
            "updated_at": at(begun + COMMENTS * 60),
            "generated_timestamp": 1_700_000_000 + number,
            "type": None,
            "subject": " ".join(chance.choices(WORDS, k=4)),
            "raw_subject": None,
            "description": talk[0]["body"],
            "priority": chance.choice(("low", "normal", "high", "urgent", None)),
            "status": chance.choice(("open", "pending", "solved", "closed")),
            "recipient": None,
            "requester_id": talk[0]["author_id"],
            "submitter_id": talk[0]["author_id"],
            "assignee_id": 9_000_000 + number % 12,
            "organization_id": None,
            "group_id": None,
            "collaborator_ids": [],
            "follower_ids": [],
            "email_cc_ids": [],
            "has_incidents": False,
            "due_at": None,
            "tags": chance.sample(WORDS[:6], 2),
            "custom_fields": [],
            "satisfaction_rating": None,
            "comments": talk,
        }


def write_forms(place: Path, count: int) -> dict[str, Path]:
    """The same account in its three forms, each in a folder of its own."""
    people = max(24, count // 5)
    forms = {name: place / name for name in ("ndjson", "pages", "array")}
    for form in forms.values():
        form.mkdir()
    page: list[str] = []
    with (
        (forms["ndjson"] / "tickets.json").open("w") as lines,
        (forms["array"] / "tickets.json").open("w") as array,
    ):
        for number, ticket in enumerate(tickets(count, people), start=1):
            text = json.dumps(ticket, ensure_ascii=False)
            lines.write(text + "\n")
            array.write(("[" if number == 1 else ",\n") + text)
            page.append(text)
            if len(page) == PAGE or number == count:
                name = f"tickets-{(number - 1) // PAGE:05}.json"
                (forms["pages"] / name).write_text(f'{{"tickets": [{",".join(page)}], "next_page": null}}')
                page.clear()
        array.write("]")
    for name, records in (("users", users(people)), ("organizations", organizations())):
        texts = list(map(json.dumps, records))
        (forms["ndjson"] / f"{name}.json").write_text("\n".join(texts) + "\n")
        (forms["pages"] / f"{name}.json").write_text(f'{{"{name}": [{",".join(texts)}], "next_page": null}}')
        (forms["array"] / f"{name}.json").write_text(f"[{','.join(texts)}]")
    return forms


def content(workspace: Path) -> str:
    """A digest of all that is staged, but for where it stood."""
    digest = hashlib.sha256()
    connection = sqlite3.connect(workspace / "migration.db")
    rows = connection.execute(
        "SELECT kind, source_id, lane, step, moment, natural_key, state, json_remove(record, '$.origin'),"
        " warnings FROM row ORDER BY kind, source_id"
    )
    for row in rows:
        digest.update(repr(row).encode())
    connection.close()
    return digest.hexdigest()


def run(command: list[str]) -> Used:
    quiet = {"PYTHONHASHSEED": "0", "RUNTIME__DLTHUB_TELEMETRY": "false"}
    used = measured(command, {**os.environ, **quiet})
    assert used.code == 0, f"{command[:3]} ended with exit {used.code}"
    return used


def show(name: str, used: Used, count: int) -> float:
    rate = count / used.wall
    times = f"{used.wall:7.1f} s {used.cpu:7.1f} s CPU"
    print(f"{name:24} {rate:8,.0f} tickets/s {times} {used.peak / 1e6:6.1f} MB peak")
    return rate


def stage(name: str, form: Path, workspace: Path, count: int) -> tuple[float, int, str]:
    used = run([sys.executable, "-c", STAGE, str(form), str(workspace)])
    assert int(used.out) == count, f"{used.out} tickets are staged"
    rate, found = show(f"staged by us, {name}", used, count), content(workspace)
    shutil.rmtree(workspace)
    return rate, used.peak, found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-dlt", action="store_true", help="leave out the slow peer")
    chosen = parser.parse_args()
    count, python = chosen.tickets, peers()
    ours, lines, slow, peaks, ledgers = [], [], [], [], set()
    with folder() as place:
        forms = write_forms(place, count)
        file = forms["ndjson"] / "tickets.json"
        print(f"{count:,} tickets, {file.stat().st_size / 1e6:.0f} MB")
        for _ in range(chosen.rounds):
            tool, database = python.parent / "sqlite-utils", place / "peer.db"
            used = run([str(tool), "insert", str(database), "tickets", str(file), "--nl"])
            lines.append(show("sqlite-utils insert --nl", used, count))
            database.unlink()
            rate, peak, found = stage("NDJSON", forms["ndjson"], place / "workspace", count)
            ours.append(rate)
            peaks.append(peak)
            ledgers.add(found)
            if not chosen.no_dlt:
                used = run([str(python), "-c", DLT, str(forms["ndjson"]), str(place / "dlt")])
                slow.append(show("dlt into duckdb", used, count))
                shutil.rmtree(place / "dlt")
        for name in ("pages", "array"):
            _, peak, found = stage(name, forms[name], place / "workspace", count)
            peaks.append(peak)
            ledgers.add(found)
    ratio = statistics.median(ours) / statistics.median(lines)
    against_dlt = statistics.median(ours) / statistics.median(slow) if slow else 10.0
    same = len(ledgers) == 1
    print(
        f"{ratio:.2f} x sqlite-utils, {against_dlt:.1f} x dlt; {max(peaks) / 1e6:.0f} MB peak;"
        f" the ledgers are {'identical' if same else 'DIFFERENT'}"
    )
    return 0 if ratio >= 1 and against_dlt >= 10 and max(peaks) <= MOST_MEMORY and same else 1


if __name__ == "__main__":
    sys.exit(main())
