"""Contacts that Tiketti refuses: the field it names is given up and kept elsewhere."""

import threading
from pathlib import Path

import pytest

from tiketti_migrate.api import Created, Refs, Remedy
from tiketti_migrate.errors import Refused
from tiketti_migrate.extract import extract
from tiketti_migrate.load import LoadOptions, load, prepare
from tiketti_migrate.progress import Quiet
from tiketti_migrate.records import Contact, Record
from tiketti_migrate.store import Workspace
from tiketti_migrate.testing import ListSource, MemorySink
from tiketti_migrate_tiketti.people import contact_body, placeholder_of, remedied, scope_of
from world import World, account, write_export

WHOLE = Contact(
    source_id="7", name="Jane", email="jane@example.com", phone="+358 40", company_id="9", notes="VIP"
)


def refused(words: str, status: int = 422) -> Refused:
    return Refused(words, status=status, code="VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("words", "field", "noted"),
    [
        ("email: is not a valid e-mail address", "email", "jane@example.com"),
        ("phone: at most 50 characters", "phone", "+358 40"),
        ("company_id: does not exist", "company_id", None),
        ("notes: too long", "notes", None),
        ("something is wrong", "email", "jane@example.com"),
    ],
)
def test_the_named_field_is_given_up_and_no_other(words: str, field: str, noted: str | None) -> None:
    remedy = remedied(WHOLE, refused(words))
    assert remedy is not None
    changed, warning = remedy
    assert words in warning
    assert getattr(changed, field) is None
    assert changed.extra["_given_up"] == {field: getattr(WHOLE, field)}
    assert noted is None or noted in str(changed.notes)
    for other in {"email", "phone", "company_id"} - {field}:
        assert getattr(changed, other) == getattr(WHOLE, other)


def test_each_field_is_given_up_once_and_then_it_fails() -> None:
    contact, given_up = WHOLE, []
    words = "email, phone, notes and company are wrong"
    while (remedy := remedied(contact, refused(words))) is not None:
        contact = remedy[0]
        given_up.append(list(contact.extra["_given_up"])[-1])  # type: ignore[arg-type]
    assert given_up == ["email", "phone", "notes", "company_id"]
    assert contact.name == "Jane"


def test_a_long_name_is_shortened_and_kept() -> None:
    remedy = remedied(WHOLE.model_copy(update={"name": "x" * 300}), refused("name: at most 255 characters"))
    assert remedy is not None
    assert len(remedy[0].name) == 100
    assert "x" * 300 in str(remedy[0].notes)
    assert remedied(WHOLE, refused("name: is odd")) is None


def test_a_refusal_of_something_else_costs_no_field() -> None:
    full = Refused("Your plan is full", status=422, code="LIMIT_REACHED")
    assert remedied(WHOLE, full) is None


@pytest.mark.parametrize("status", [401, 403, 404, 409])
def test_other_refusals_say_nothing_about_a_field(status: int) -> None:
    assert remedied(WHOLE, refused("email", status)) is None


def test_the_same_id_of_two_accounts_is_two_people() -> None:
    scopes = {scope_of("csv", account) for account in ("/a/tickets.csv", "/b/tickets.csv")}
    assert len({placeholder_of("1", scope) for scope in scopes}) == 2
    assert placeholder_of("1", scope_of("csv", "x")) == placeholder_of("1", scope_of("csv", "x"))


def test_nobody_is_without_a_name() -> None:
    assert (
        contact_body(Contact(source_id="1", name=" ", email="a@b.test"), "csv", None, "CSV")["name"]
        == "a@b.test"
    )


def test_a_requester_with_a_phone_that_is_refused_keeps_its_address(world: World) -> None:
    data = account(4)
    data["users"][1]["phone"] = "0" * 80
    data["users"][2]["name"] = "Z" * 300
    export = write_export(world.folder / "export", data)
    world.run("import", "zendesk", export, "--yes").assert_exit(0)
    world.assert_arrived(data)
    contacts = {contact["email"]: contact for contact in world.box.snapshot("Sandbox Oy")["contacts"]}
    assert "0" * 80 in contacts["c100@example.com"]["notes"]
    assert "Z" * 300 in contacts["c101@example.com"]["notes"]
    world.run("verify").assert_exit(0)


def test_what_was_given_up_in_vain_comes_back(tmp_path: Path) -> None:
    """Every form is refused; when the server takes contacts again, the whole contact is sent."""

    class Refusing(MemorySink):
        refusing = True

        def create(self, record: Record, refs: Refs) -> Created:
            if self.refusing and record.kind == "contact":
                raise refused("email: we are closed")
            return super().create(record, refs)

        def remedy(self, record: Record, refs: Refs, refused: Refused) -> Remedy | None:
            other = remedied(record, refused) if isinstance(record, Contact) else None
            return Remedy(*other) if other else None

    sink = Refusing()
    with Workspace(tmp_path / "w") as workspace:
        ledger = workspace.ledger
        extract(ListSource([WHOLE]), ledger, sink.kinds, Quiet(), threading.Event())
        prepare(ledger, sink, LoadOptions())
        assert not load(ledger, sink, LoadOptions(), Quiet(), threading.Event()).complete
        (failure,) = ledger.views.failures()
        assert failure.record == WHOLE
        sink.refusing = False
        assert ledger.rows.retry() == 1
        assert load(ledger, sink, LoadOptions(), Quiet(), threading.Event()).complete
    assert [record for record in sink.objects.values() if record.kind == "contact"] == [WHOLE]
