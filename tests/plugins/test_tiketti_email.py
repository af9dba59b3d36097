"""Nobody is e-mailed: there is one place that posts a message, and no way around its switch."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr

from tiketti_migrate.api import Refs, SinkContext
from tiketti_migrate.errors import MigrationError, UsageError, WriteError
from tiketti_migrate.extract import extract
from tiketti_migrate.http import Client, Limiter, ServerClock
from tiketti_migrate.load import LoadOptions, load, prepare
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import Contact, Message, Ticket
from tiketti_migrate.store import Workspace
from tiketti_migrate.testing import ListSource
from tiketti_migrate_tiketti.auth import TokenKeeper
from tiketti_migrate_tiketti.client import TikettiClient
from tiketti_migrate_tiketti.options import Credentials, TikettiOptions
from tiketti_migrate_tiketti.sandbox import Sandbox
from tiketti_migrate_tiketti.sink import TikettiSink
from world import World, account, write_export

ENVIRONMENT = {"TIKETTI_EMAIL": "admin@sandbox.test", "TIKETTI_PASSWORD": "sandbox-password"}


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
    sink = TikettiSink(TikettiOptions(base_url=box.url), SinkContext(environment=ENVIRONMENT))
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


LOUD = {"send_email": True}


def ways_of(client: TikettiClient, ticket: str) -> dict[str, Callable[[], object]]:
    """Everything public of the client that writes, asked to e-mail."""
    entry = {"duration_minutes": 5, **LOUD}
    message = {"body": "Hi", "is_internal": False}
    return {
        "ticket": lambda: client.create("ticket", {"subject": "x", "contact_id": ticket, **LOUD}),
        "nested": lambda: client.create("ticket", {"subject": "x", "messages": [{**message, **LOUD}]}),
        "spelling": lambda: client.create("ticket", {"subject": "x", "sendEmail": "true"}),
        "patch": lambda: client.patch("ticket", ticket, LOUD),
        "patch of the messages": lambda: client.patch("ticket", f"{ticket}/messages", message),
        "patch by a path": lambda: client.patch("ticket", f"../tickets/{ticket}/messages", message),
        "time entry": lambda: client.create_time_entry(ticket, entry),
        "time entry by a path": lambda: client.create_time_entry(f"{ticket}/messages?x=", message),
        "labels by a path": lambda: client.add_labels(f"{ticket}/messages#", []),
    }


@pytest.mark.parametrize("way", ways_of(None, "").keys())  # type: ignore[arg-type]
def test_no_call_of_the_client_can_be_made_to_e_mail(box: Sandbox, way: str) -> None:
    sink = TikettiSink(TikettiOptions(base_url=box.url), SinkContext(environment=ENVIRONMENT))
    try:
        sink.identity()
        contact = sink._client.create("contact", {"name": "Jane", "email": "jane@example.org"})
        ticket = sink._client.create(
            "ticket", {"subject": "x", "contact_id": contact["id"], "description": "d"}
        )
        with pytest.raises(MigrationError):
            ways_of(sink._client, str(ticket["id"]))[way]()
        held = box.snapshot("Sandbox Oy")
        assert held["emails"] == []
        assert len(held["messages"][ticket["id"]]) == 1
    finally:
        sink.close()


def test_the_guard_comes_with_the_client_and_nothing_takes_it_away(box: Sandbox) -> None:
    """A plugin that builds its own client on a transport of its own is guarded as well."""
    clock = ServerClock()
    transport = Client(box.url, Limiter(clock), clock)
    try:
        TikettiClient(transport)
        transport.authorizer = TokenKeeper(Credentials(token=SecretStr(box.token())), transport, clock)
        for send in (transport.once, partial(transport.repeat, "POST")):
            with pytest.raises(WriteError, match="never sent"):
                send("/tickets/1/messages", body={"body": "Hi"})
        assert not [
            name for name in dir(transport) if "guard" in name and name[0] != "_" and name != "add_guard"
        ]
    finally:
        transport.close()
    assert box.request_counts.total() == 0


@pytest.mark.parametrize("tail", ["/tickets/1/messages?x=", "/tickets/1/messages#"])
def test_a_base_url_that_would_hide_the_real_path_is_refused(box: Sandbox, tail: str) -> None:
    with pytest.raises(UsageError, match="base URL"):
        TikettiSink(TikettiOptions(base_url=box.url + tail), SinkContext(environment=ENVIRONMENT))


def test_there_is_no_option_and_no_variable_for_it(world: World) -> None:
    for command in ("import zendesk", "resume", "retry"):
        shown = world.run(*command.split(), "--help").assert_exit(0).out
        assert "send-email" not in shown
        assert "notify" not in shown
    world.run("import", "zendesk", world.folder, "--yes", "--send-email").assert_exit(2)
    world.extra |= {"TIKETTI_SEND_EMAIL": "1", "TIKETTI_MIGRATE_SEND_EMAIL": "true"}
    export = write_export(world.folder / "export", account(3))
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    assert world.box.snapshot("Sandbox Oy")["emails"] == []


class LoudMessage(Message):
    """What a source of bad will could yield."""

    send_email: bool = True


def test_a_source_cannot_ask_for_an_e_mail(world: World) -> None:
    ticket = Ticket(source_id="t", subject="Hello", requester_id="c", extra={**LOUD})
    records = [
        Contact(source_id="c", name="Jane", email="jane@example.com", extra={**LOUD}),
        ticket,
        Message(source_id="1", ticket_id="t", body="first", extra={**LOUD}),
        Message(source_id="2", ticket_id="t", body='{"send_email": true}', extra={**LOUD}),
        LoudMessage(source_id="3", ticket_id="t", body="third"),
        Message.model_construct(source_id="4", ticket_id="t", body=None, send_email=True),
    ]
    sink = TikettiSink(TikettiOptions(base_url=world.box.url), SinkContext(environment=ENVIRONMENT))
    with Workspace(world.folder / "w") as workspace:
        ledger = workspace.ledger
        extract(ListSource(records), ledger, sink.kinds, Quiet(), threading.Event())
        prepare(ledger, sink, LoadOptions())
        load(ledger, sink, LoadOptions(), Quiet(), threading.Event())
        assert ledger.problems.counts() == {"BAD_RECORD": 2}
        assert [place for _, place, _ in ledger.problems.listing()] == ["message 3", "message 4"]
    sink.close()
    held = world.box.snapshot("Sandbox Oy")
    assert held["emails"] == []
    assert sum(map(len, held["messages"].values())) == 2


class Liar(dict[str, object]):
    """Tells whoever asks for its parts that nobody is e-mailed."""

    def get(self, _key: str, _default: object = None) -> object:
        return False

    def items(self) -> Any:
        return {"body": "Hi", "send_email": False}.items()


def test_what_is_judged_is_what_is_sent(box: Sandbox) -> None:
    sink = TikettiSink(TikettiOptions(base_url=box.url), SinkContext(environment=ENVIRONMENT))
    try:
        with pytest.raises(WriteError, match="never sent"):
            sink._http.once("/tickets/1/messages", Liar(body="Hi", send_email=True))
    finally:
        sink.close()
    assert not [name for name in box.request_counts if name.endswith("/messages")]
