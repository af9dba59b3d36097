"""A dlt custom destination ("reverse ETL") as its documentation shows it.

    python dlt_destination.py RECORDS.json WORKERS

Pages are yielded whole, files are cut so that all workers have some, and jobs run side by side. The tables
follow one another because each needs the ids of the one before; a table whose records must keep their order
(messages of one ticket) gets it only within a file.
"""

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.helpers import requests
from writes import STREAMS, Ids, base_url, request_of, sign_in

IDS: Ids = {}
LOCAL = threading.local()
FIRST = requests.Client().session
PAGE = 1000


def session() -> Any:
    """One a thread, as requests asks for, signed in once for all."""
    if not hasattr(LOCAL, "session"):
        LOCAL.session = requests.Client().session
        LOCAL.session.headers["Authorization"] = FIRST.headers["Authorization"]
    return LOCAL.session


@dlt.destination(batch_size=100, loader_parallelism_strategy="parallel")
def tiketti(items: list[dict[str, Any]], table: dict[str, Any]) -> None:
    for item in items:
        method, path, body = request_of(table["name"], item, IDS)
        answer = session().request(method, base_url() + path, json=body, timeout=120)
        answer.raise_for_status()
        IDS[item["id"]] = answer.json()["data"]["id"]


def pages(records: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for begin in range(0, len(records), PAGE):
        yield records[begin : begin + PAGE]


def main() -> None:
    data = json.loads(Path(sys.argv[1]).read_text())
    workers = int(sys.argv[2])
    sign_in(FIRST)
    dlt.config["load.workers"] = workers
    for name in STREAMS:
        records = data[name]
        dlt.config["normalize.data_writer.file_max_items"] = max(100, -(-len(records) // workers))
        pipeline = dlt.pipeline(f"tiketti_{name}", destination=tiketti)
        pipeline.run(dlt.resource(pages(records), name=name))


if __name__ == "__main__":
    main()
