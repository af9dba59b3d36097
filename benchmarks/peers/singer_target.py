"""A Singer target as the SDK's documentation shows it: one RecordSink a stream, one request a record.

Reads Singer messages from standard input. The SDK writes the records of a stream one after the other; it
drains several sinks side by side, which record sinks do not need.
"""

from typing import Any, ClassVar

import requests
from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.sinks import RecordSink
from writes import Ids, base_url, request_of, sign_in


class TikettiSink(RecordSink):
    """Sends each record as it comes, over one kept connection."""

    session: ClassVar[requests.Session] = requests.Session()
    ids: ClassVar[Ids] = {}

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:  # noqa: ARG002
        method, path, body = request_of(self.stream_name, record, self.ids)
        answer = self.session.request(method, base_url() + path, json=body, timeout=120)
        answer.raise_for_status()
        self.ids[record["id"]] = answer.json()["data"]["id"]


class TikettiTarget(Target):
    """The target itself has nothing to configure."""

    name = "target-tiketti"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList().to_dict()
    default_sink_class = TikettiSink


if __name__ == "__main__":
    sign_in(TikettiSink.session)
    TikettiTarget.cli()
