"""The Tiketti sink against the sandbox: what is written, looked up, refused and checked."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tiketti_migrate.api import Absent, Created, Found, Inconclusive, Needs, Person, Refs, SinkContext
from tiketti_migrate.errors import (
    AccessDenied,
    Conflict,
    EmailWasSent,
    InDoubt,
    MigrationError,
    Refused,
    UsageError,
)
from tiketti_migrate.records import (
    Company,
    Contact,
    Label,
    Message,
    Outcome,
    Record,
    Ticket,
    TimeEntry,
)
from tiketti_migrate_tiketti.sandbox import Sandbox, SandboxOptions
from tiketti_migrate_tiketti.sink import TikettiSink

WHEN = dt.datetime(2023, 5, 1, 12, 30, tzinfo=dt.UTC)
PASSWORD = "sandbox-password"


class Account:
    """A sink on a sandbox, used as the engine uses it."""

    def __init__(self, box: Sandbox, email: str = "admin@sandbox.test", **options: Any) -> None:
        self.box = box
        environment = {"TIKETTI_EMAIL": email, "TIKETTI_PASSWORD": PASSWORD}
        environment.update(options.pop("environment", {}))
        context = SinkContext(source_title="Zendesk", source_name="zendesk", environment=environment)
        self.sink = TikettiSink(TikettiSink.Options(base_url=box.url, **options), context)

    def create(self, record: Record, refs: Refs | None = None) -> Created:
        assert self.sink.admit(1).granted == 1
        return self.sink.create(record, refs or Refs())

    def lost(self, record: Record, refs: Refs, fault: str) -> None:
        path = {"ticket": "^/tickets$", "message": "/messages$", "company": "^/companies$"}
        self.box.fail_next("POST", path.get(record.kind, "/time-entries$"), fault)
        with pytest.raises(InDoubt):
            self.create(record, refs)

    def ticket(self, source_id: str = "35436", first: Message | None = None) -> tuple[str, Refs]:
        contact = self.create(Contact(source_id=source_id, name="Jane", email=f"j{source_id}@example.org"))
        parents = Refs({("contact", source_id): contact.target_id}, first_message=first)
        made = self.create(a_ticket(source_id), parents)
        return made.target_id, Refs({("ticket", source_id): made.target_id})

    def messages(self, ticket_id: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.box.snapshot("Sandbox Oy")["messages"][ticket_id]
        return rows


def a_ticket(source_id: str = "35436") -> Ticket:
    return Ticket(source_id=source_id, subject="Help", requester_id=source_id, created_at=WHEN)


def a_message(source_id: str, body: str = "hello", **more: Any) -> Message:
    return Message(
        source_id=source_id, ticket_id="35436", author_name="Joe", body=body, created_at=WHEN, **more
    )


def an_entry(source_id: str) -> TimeEntry:
    return TimeEntry(source_id=source_id, ticket_id="35436", duration_minutes=5, date=WHEN.date())


class Opener(Protocol):
    def __call__(self, box: Sandbox, email: str = ..., **options: Any) -> Account: ...


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Opens accounts, and closes them all in the end."""
    with contextlib.ExitStack() as stack:

        def make(box: Sandbox, email: str = "admin@sandbox.test", **options: Any) -> Account:
            made = Account(box, email, **options)
            stack.callback(made.sink.close)
            return made

        yield make


@pytest.fixture
def account(box: Sandbox, opened: Opener) -> Account:
    made = opened(box)
    made.sink.identity()
    return made


# -- writing ---------------------------------------------------------------------------------------------


def test_nothing_is_ever_emailed(account: Account) -> None:
    ticket_id, refs = account.ticket(first=a_message("1"))
    account.create(a_message("2"), refs)
    account.create(a_message("3", is_internal=True), refs)
    account.create(Outcome(source_id="35436", status="resolved"), refs)
    assert account.box.snapshot()["emails"] == []
    assert len(account.messages(ticket_id)) == 3


def test_no_public_path_gets_around_the_email_guard(account: Account) -> None:
    ticket_id, _ = account.ticket()
    client = account.sink._http
    path = f"/tickets/{ticket_id}/messages"
    ways = [
        path,
        path.upper(),
        path + "/",
        path.replace("messages", "%6Dessages"),
        "/x/.." + path,
        path + "?a=1",
    ]
    for way in ways:
        for body in ({"body": "x"}, {"body": "x", "send_email": True}, {"body": "x", "send_email": 0}):
            with pytest.raises(MigrationError):
                client.once(way, body)
            with pytest.raises(MigrationError):
                client.repeat("POST", way, body=body)
    assert account.box.snapshot()["emails"] == []
    assert len(account.messages(ticket_id)) == 1


def test_an_email_sent_against_our_word_stops_the_run(account: Account) -> None:
    _, refs = account.ticket()
    account.box.fail_next("POST", "/messages$", "email-anyway")
    with pytest.raises(EmailWasSent):
        account.create(a_message("2"), refs)


def test_each_body_says_where_it_comes_from(account: Account) -> None:
    ticket_id, refs = account.ticket(first=a_message("7712", "first <b>&amp;"))
    account.create(a_message("7713", "<p>a</p><script>alert(1)</script>", body_format="html"), refs)
    account.create(a_message("7714", "psst", is_internal=True), refs)
    first, second, third = sorted(account.messages(ticket_id), key=lambda row: row["created_at"])
    assert first["body"] == "[Zendesk 35436/7712] Joe wrote on 2023-05-01 12:30 UTC: first <b>&amp;"
    assert second["body"].startswith("[Zendesk 35436/7713] Joe wrote on ")
    assert "script" not in second["body_html"]
    assert third["body"].startswith("[Zendesk 35436/7714] Joe noted on ")
    assert [row["is_internal"] for row in (first, second, third)] == [False, False, True]


def test_a_ticket_that_opens_with_a_note_has_the_provenance_line_alone(account: Account) -> None:
    ticket_id, _ = account.ticket()
    assert account.messages(ticket_id)[0]["body"].startswith("[Zendesk 35436] ")


def test_agents_addresses_are_never_shown(account: Account) -> None:
    ticket_id, refs = account.ticket()
    people = {"9": Person("Ann Agent", "ann@corp.example", True)}
    account.create(a_message("2", author_id="9"), Refs(refs.targets, people))
    assert "ann@corp.example" not in str(account.box.snapshot()["messages"])
    assert any("Ann Agent wrote" in row["body"] for row in account.messages(ticket_id))


def test_characters_no_database_keeps_do_not_cost_the_record(account: Account) -> None:
    _, refs = account.ticket()
    assert account.create(a_message("2", "a\0b"), refs).target_id


def test_labels_and_priority_go_with_the_ticket(account: Account) -> None:
    label = account.create(Label(source_id="vip", name="VIP")).target_id
    contact = account.create(Contact(source_id="1", name="Jane", email="j@example.org")).target_id
    refs = Refs({("label", "vip"): label, ("contact", "1"): contact})
    record = Ticket(
        source_id="1", subject=" ", requester_id="1", label_ids=("vip", "gone"), priority="urgent"
    )
    made = account.create(record, refs)
    row = account.sink.fetch("ticket", made.target_id)
    assert row is not None
    assert (row["subject"], row["priority"]) == ("(no subject)", "urgent")
    assert [one["name"] for one in row["labels"]] == ["VIP"]
    assert any("gone" in warning for warning in made.warnings)
    assert made.code


def test_a_contact_without_an_address_gets_one_that_leads_nowhere(account: Account) -> None:
    made = account.create(Contact(source_id="77", name="Phone caller"))
    row = account.sink.fetch("contact", made.target_id)
    assert row is not None
    assert row["email"].endswith(".invalid")
    assert made.warnings


def test_a_refused_address_is_kept_in_the_notes_of_a_placeholder(account: Account) -> None:
    record = Contact(source_id="1", name="Jane", email="no address")
    with pytest.raises(Refused) as caught:
        account.create(record)
    remedy = account.sink.remedy(record, Refs(), caught.value)
    assert remedy is not None
    made = account.create(remedy.record)
    row = account.sink.fetch("contact", made.target_id)
    assert row is not None
    assert "no address" in row["notes"]
    assert account.sink.remedy(remedy.record, Refs(), caught.value) is None


@pytest.mark.parametrize("status", [400, 409, 422])
def test_what_is_taken_is_a_conflict_and_found_by_its_key(opened: Opener, status: Any) -> None:
    with Sandbox(SandboxOptions(limit="off", conflict_status=status)) as box:
        account = opened(box)
        account.sink.identity()
        first = Contact(source_id="1", name="Jane", email="Jane@Example.org")
        again = Contact(source_id="2", name="Jane 2", email="jane@example.ORG")
        made = account.create(first)
        with pytest.raises(Conflict):
            account.create(again)
        holder = account.sink.find(again, Refs(), None, frozenset())
        assert isinstance(holder, Found)
        assert holder.target_id == made.target_id


def test_a_ticket_deleted_meanwhile_fails_its_messages_only(account: Account) -> None:
    ticket_id, refs = account.ticket()
    assert account.sink.delete("ticket", ticket_id)
    assert not account.sink.delete("ticket", ticket_id)
    for record in (a_message("2"), an_entry("3"), Outcome(source_id="35436", status="closed")):
        with pytest.raises(Refused) as caught:
            account.create(record, refs)
        assert caught.value.code == "PARENT_GONE"


def test_a_status_that_somebody_else_set_stays(account: Account) -> None:
    ticket_id, refs = account.ticket()
    account.box.edit_ticket(ticket_id, status="closed")
    revisited = Refs(refs.targets, ticket_status="open", revisited=True)
    made = account.create(Outcome(source_id="35436", status="resolved"), revisited)
    assert made.status == "open"
    assert "somebody set its status to closed" in made.warnings[0]
    assert account.box.snapshot()["tickets"][0]["status"] == "closed"


def test_an_open_ticket_without_replies_needs_no_request(account: Account) -> None:
    outcome = Outcome(source_id="1", status="open")
    assert account.sink.implied(outcome, Refs(ticket_status="open"))
    assert not account.sink.implied(outcome, Refs(ticket_status="open", public_replies=1))


# -- looking up ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["drop-after", "error-after", "truncate-after", "html-after"])
def test_a_lost_write_that_arrived_is_found(account: Account, fault: str) -> None:
    since = account.sink.now()
    _, refs = account.ticket()
    contact = next(iter(account.box.snapshot()["contacts"]))["id"]
    parents = Refs({("contact", "35436"): contact})
    cases = [(a_ticket("35436"), parents), (a_message("2"), refs), (an_entry("3"), refs)]
    known = frozenset(refs.targets.values())
    for record, around in [*cases, (Company(source_id="4", name="Acme"), Refs())]:
        account.lost(record, around, fault)
        found = account.sink.find(record, around, since, known if record.kind == "ticket" else frozenset())
        assert isinstance(found, Found), record.kind
        assert found.ours


@pytest.mark.parametrize("fault", ["drop-before", "error-before", "html-before"])
def test_a_lost_write_that_did_not_arrive_is_absent(account: Account, fault: str) -> None:
    since = account.sink.now()
    _, refs = account.ticket("354361")
    refs = Refs({("ticket", "35436"): refs.targets[("ticket", "354361")]})
    contact = next(iter(account.box.snapshot()["contacts"]))["id"]
    parents = Refs({("contact", "35436"): contact})
    cases = [(a_ticket("35436"), parents), (a_message("2"), refs), (an_entry("3"), refs)]
    for record, around in [*cases, (Company(source_id="4", name="Acme"), Refs())]:
        account.lost(record, around, fault)
        assert isinstance(account.sink.find(record, around, since, frozenset()), Absent), record.kind


def test_a_body_that_the_server_altered_is_recognised(account: Account) -> None:
    _, refs = account.ticket()
    since = account.sink.now()
    account.box.set_faults("alter-body=1")
    made = account.create(a_message("2", "see #123"), refs)
    found = account.sink.find(a_message("2"), refs, since, frozenset())
    assert isinstance(found, Found)
    assert found.target_id == made.target_id


def test_a_cut_list_never_proves_that_a_message_is_missing(account: Account) -> None:
    _, refs = account.ticket()
    since = account.sink.now()
    account.lost(a_message("2"), refs, "drop-after")
    for _ in range(10):
        account.box.fail_next("GET", "/messages$", "cut-list")
        assert not isinstance(account.sink.find(a_message("2"), refs, since, frozenset()), Absent)


def test_a_list_that_lacks_a_known_message_is_inconclusive(account: Account) -> None:
    _, refs = account.ticket()
    known = {account.create(a_message(str(n)), refs).target_id for n in range(4)}
    account.box.fail_next("GET", "/messages$", "cut-list")
    look = account.sink.find(a_message("9"), refs, account.sink.now(), frozenset(known))
    assert isinstance(look, Inconclusive)


def test_a_known_message_that_people_deleted_does_not_block_the_lane(account: Account) -> None:
    ticket_id, refs = account.ticket()
    made = account.create(a_message("1"), refs).target_id
    assert account.sink.delete("message", f"{ticket_id}/{made}")
    look = account.sink.find(a_message("2"), refs, account.sink.now(), frozenset({made}))
    assert isinstance(look, Absent)


def test_the_token_of_another_ticket_or_message_does_not_match(account: Account) -> None:
    _, refs = account.ticket()
    account.create(a_message("77"), refs)
    account.create(a_message("78", "[Zendesk 35436/7] Joe wrote this\n[Zendesk 35436/7]"), refs)
    look = account.sink.find(a_message("7"), refs, account.sink.now(), frozenset())
    assert not isinstance(look, Found)


def test_an_identical_ticket_that_was_there_before_is_never_adopted(account: Account) -> None:
    since = account.sink.now()
    _, _ = account.ticket("1")
    contact = next(iter(account.box.snapshot()["contacts"]))["id"]
    look = account.sink.find(a_ticket(), Refs({("contact", "35436"): contact}), since, frozenset())
    assert isinstance(look, Absent)


def test_a_ticket_that_agents_gave_to_another_contact_is_found(account: Account) -> None:
    since = account.sink.now()
    ticket_id, _ = account.ticket()
    other = account.create(Contact(source_id="2", name="Bob", email="bob@example.org")).target_id
    first = next(row["id"] for row in account.box.snapshot()["contacts"] if row["name"] == "Jane")
    account.box.edit_ticket(ticket_id, contact_id=other)
    look = account.sink.find(a_ticket(), Refs({("contact", "35436"): first}), since, frozenset())
    assert isinstance(look, Found)
    assert look.target_id == ticket_id


def test_two_messages_of_one_text_are_two(account: Account) -> None:
    _, refs = account.ticket()
    since = account.sink.now()
    first = account.create(a_message("1", "same"), refs).target_id
    assert isinstance(account.sink.find(a_message("2", "same"), refs, since, frozenset({first})), Absent)


# -- credentials and preflight ---------------------------------------------------------------------------


def test_the_identity_names_address_and_organization(account: Account) -> None:
    organization = account.box.organization_id()
    assert account.sink.identity() == f"{account.box.url}#{organization}"


def test_several_organizations_are_listed_and_must_be_chosen(opened: Opener, box: Sandbox) -> None:
    with pytest.raises(UsageError) as caught:
        opened(box, "multi@sandbox.test").sink.identity()
    assert "Sandbox Oy" in str(caught.value)
    assert "--organization" in str(caught.value)
    for wanted in ("sandbox oy", box.organization_id()):
        chosen = opened(box, "multi@sandbox.test", organization=wanted)
        assert chosen.sink.identity().endswith(box.organization_id())
        assert chosen.create(Label(source_id=wanted, name=wanted)).target_id
    with pytest.raises(UsageError):
        opened(box, organization="Nobody Ltd").sink.identity()


def test_no_credentials_is_a_usage_error_that_names_the_variables(opened: Opener, box: Sandbox) -> None:
    with pytest.raises(UsageError) as caught:
        opened(box, environment={"TIKETTI_EMAIL": "", "TIKETTI_PASSWORD": ""})
    assert "TIKETTI_TOKEN" in str(caught.value)


def test_a_wrong_password_is_denied_and_never_shown(opened: Opener, box: Sandbox) -> None:
    with pytest.raises(AccessDenied) as caught:
        opened(box, environment={"TIKETTI_PASSWORD": "open-sesame"}).sink.identity()
    assert "open-sesame" not in str(caught.value)


def test_a_dead_bare_token_is_denied_with_what_to_set(opened: Opener, box: Sandbox) -> None:
    nothing = {"TIKETTI_EMAIL": "", "TIKETTI_PASSWORD": "", "TIKETTI_TOKEN": "dead"}
    with pytest.raises(AccessDenied) as caught:
        opened(box, environment=nothing).sink.identity()
    assert "TIKETTI_REFRESH_TOKEN" in str(caught.value)


def test_a_dead_access_token_is_refreshed_by_the_refresh_token(opened: Opener, box: Sandbox) -> None:
    nothing = {"TIKETTI_EMAIL": "", "TIKETTI_PASSWORD": "", "TIKETTI_TOKEN": "dead"}
    account = opened(box, environment={**nothing, "TIKETTI_REFRESH_TOKEN": box.refresh_token()})
    assert account.sink.identity()
    assert box.request_counts["POST /auth/refresh"] == 1


def test_a_token_that_dies_while_the_probe_is_reserved_does_not_stall_the_run(opened: Opener) -> None:
    with Sandbox(SandboxOptions(limit="4/1", token_lifetime=900)) as box:
        account = opened(box)
        account.sink.identity()
        while account.sink.admit(1).granted:
            with contextlib.suppress(Refused):
                account.sink.create(Label(source_id="x", name="x"), Refs())
        while not account.sink.admit(1).granted:
            account.sink.context.stopping.wait(0.02)
        started = account.sink.now()
        account.sink._http.authorizer._renew_at = 0.0  # type: ignore[union-attr]
        account.sink.create(Label(source_id="y", name="y"), Refs())
        # Otherwise the refresh waits five seconds for the probe that waits for the refresh.
        assert (account.sink.now() - started).total_seconds() < 4


@pytest.mark.skipif(not hasattr(Path, "chmod"), reason="modes are POSIX's")
def test_a_token_file_that_others_can_read_is_refused(opened: Opener, box: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(box.token())
    file.chmod(0o644)
    with pytest.raises(UsageError, match="others can read"):
        opened(box, token_file=file)
    file.chmod(0o600)
    nothing = {"TIKETTI_EMAIL": "", "TIKETTI_PASSWORD": ""}
    assert opened(box, token_file=file, environment=nothing).sink.identity()


@pytest.mark.parametrize(
    ("email", "needs"),
    [
        ("viewer@sandbox.test", Needs({"ticket": 1})),
        ("agent@sandbox.test", Needs({"label": 1})),
        ("agent@sandbox.test", Needs(deletes=True)),
    ],
)
def test_a_role_too_small_is_denied_before_the_first_write(
    opened: Opener, box: Sandbox, email: str, needs: Needs
) -> None:
    account = opened(box, email)
    account.sink.identity()
    with pytest.raises(AccessDenied):
        account.sink.preflight(needs)


def test_an_agent_may_import_what_needs_no_labels(opened: Opener, box: Sandbox) -> None:
    account = opened(box, "agent@sandbox.test")
    account.sink.identity()
    assert account.sink.preflight(Needs({"ticket": 3})).role == "agent"


def test_a_clock_that_is_off_is_told(opened: Opener, box: Sandbox) -> None:
    box.set_skew(-7200)
    account = opened(box)
    account.sink.identity()
    assert any("clock" in warning for warning in account.sink.preflight(Needs({"ticket": 1})).warnings)


def test_tickets_of_an_earlier_import_are_noticed(account: Account) -> None:
    assert account.sink.preflight(Needs({"ticket": 1}, probes=(a_ticket(),))).earlier_import == ()
    account.ticket("354361")
    assert account.sink.preflight(Needs({"ticket": 1}, probes=(a_ticket(),))).earlier_import == ()
    account.ticket()
    assert len(account.sink.preflight(Needs({"ticket": 1}, probes=(a_ticket(),))).earlier_import) == 1


def test_what_exists_is_given_by_its_natural_key(account: Account) -> None:
    account.create(Label(source_id="1", name="VIP"))
    account.create(Contact(source_id="2", name="Jane", email="Jane@Example.org"))
    keys = {kind: [key for key, _ in account.sink.existing(kind, 9) or ()] for kind in ("label", "contact")}
    assert keys == {"label": ["vip"], "contact": ["jane@example.org"]}


def test_every_request_is_counted(account: Account) -> None:
    account.ticket()
    assert account.sink.requests == sum(account.box.request_counts.values())
