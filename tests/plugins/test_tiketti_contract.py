"""The Tiketti sink keeps the contract, over real sockets."""

from collections.abc import Iterator

import pytest

from tiketti_migrate.api import Sink, SinkContext
from tiketti_migrate.testing import SinkContract
from tiketti_migrate_tiketti.options import TikettiOptions
from tiketti_migrate_tiketti.sandbox import Sandbox
from tiketti_migrate_tiketti.sink import TikettiSink


class TestTikettiSink(SinkContract):
    @pytest.fixture(autouse=True)
    def _target(self, box: Sandbox) -> Iterator[None]:
        self.box = box
        self.made: list[Sink] = []
        yield
        for sink in self.made:
            sink.close()

    def make(self) -> Sink:
        environment = {"TIKETTI_EMAIL": "admin@sandbox.test", "TIKETTI_PASSWORD": "sandbox-password"}
        context = SinkContext(source_title="Zendesk", source_name="zendesk", environment=environment)
        sink = TikettiSink(TikettiOptions(base_url=self.box.url), context)
        self.made.append(sink)
        return sink
