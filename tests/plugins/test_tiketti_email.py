"""Nobody is e-mailed: there is one place that posts a message, and no way around its switch."""

import pytest

from tiketti_migrate.api import Refs, SinkContext
from tiketti_migrate.errors import WriteError
from tiketti_migrate.records import Message
from tiketti_migrate_tiketti.options import TikettiOptions
from tiketti_migrate_tiketti.sandbox import Sandbox
from tiketti_migrate_tiketti.sink import TikettiSink
from world import World, account, write_export


def test_a_server_that_mails_all_the_same_stops_the_run_at_once(world: World) -> None:
    export = write_export(world.folder / "export", account(10))
    world.box.fail_next("POST", "/messages$", "email-anyway", times=100)
    ran = world.run("import", "zendesk", export, "--yes").assert_exit(4)
    assert "e-mailed a customer" in ran.err
    assert 1 <= len(world.box.snapshot("Sandbox Oy")["emails"]) <= 4
    world.run("report").assert_exit(0)
    assert 'class="bad">E-mails to customers' in (world.workspace / "report.html").read_text()


@pytest.mark.parametrize("body", [{}, {"send_email": True}, {"send_email": None}, {"send_email": 0}])
def test_a_message_without_the_switch_is_never_posted(box: Sandbox, body: dict[str, object]) -> None:
    environment = {"TIKETTI_EMAIL": "admin@sandbox.test", "TIKETTI_PASSWORD": "sandbox-password"}
    sink = TikettiSink(TikettiOptions(base_url=box.url), SinkContext(environment=environment))
    try:
        with pytest.raises(WriteError, match="never sent"):
            sink._client._post("/tickets/1/messages", {"body": "Hi", **body}, None)
    finally:
        sink.close()
    assert not [name for name in box.request_counts if name.endswith("/messages")]


def test_every_message_says_so(world: World) -> None:
    export = write_export(world.folder / "export", account(5))
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    held = world.box.snapshot("Sandbox Oy")
    assert held["emails"] == []
    assert any(not m["is_internal"] for messages in held["messages"].values() for m in messages)


def test_scripts_in_a_source_arrive_as_text_or_not_at_all(box: Sandbox) -> None:
    from tiketti_migrate_tiketti.bodies import Provenance

    hostile = "<script>alert(1)</script><a href='javascript:x'>y</a><img src=x onerror=alert(1)>ok"
    made = Provenance("Zendesk")
    html = made.message(Message(source_id="1", ticket_id="2", body=hostile, body_format="html"), Refs())
    text = made.message(Message(source_id="1", ticket_id="2", body=hostile, body_format="text"), Refs())
    assert "<script" not in html
    assert "javascript:" not in html
    assert "onerror" not in html
    assert "ok" in html
    assert "<script" not in text
    assert "&lt;script&gt;" in text
