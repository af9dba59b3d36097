"""The users of Tiketti: seen on its lists, refused as assignees."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from planned import user_with_tickets
from tiketti_migrate.api import Member, Refs, SinkContext
from tiketti_migrate.errors import Refused
from tiketti_migrate.records import Contact, Ticket
from tiketti_migrate_tiketti.client import Page, TikettiClient
from tiketti_migrate_tiketti.sandbox import Sandbox
from tiketti_migrate_tiketti.sink import TikettiSink
from tiketti_migrate_tiketti.staff import seen_staff, unassigned

STRANGER = "01234567-89ab-4def-8123-456789abcdef"


@pytest.fixture
def sink(box: Sandbox) -> Iterator[TikettiSink]:
    environment = {"TIKETTI_EMAIL": "admin@sandbox.test", "TIKETTI_PASSWORD": "sandbox-password"}
    made = TikettiSink(TikettiSink.Options(base_url=box.url), SinkContext("Zendesk", environment=environment))
    made.identity()
    yield made
    made.close()


def lists(box: Sandbox) -> int:
    return box.request_counts["GET /tickets"] + box.request_counts["GET /time-entries"]


def test_the_own_user_comes_first_and_costs_nothing(box: Sandbox, sink: TikettiSink) -> None:
    before = box.request_counts.total()
    (me,) = next(sink.team())
    assert (me.name, me.email) == ("Aino Admin", "admin@sandbox.test")
    assert box.request_counts.total() == before


def test_a_page_is_read_when_it_is_asked_for(box: Sandbox, sink: TikettiSink) -> None:
    jane = user_with_tickets(box, "Jane Doe", 1, time=1)
    before, team = lists(box), sink.team()
    for number, page in enumerate(team):
        assert lists(box) - before == number
        assert number == 0 or page == [Member(jane, "Jane Doe")]
    assert lists(box) - before == 2


@pytest.mark.parametrize("faults", ["small-pages=1", "no-total=1", "inflated-total=1", "cut-list=1"])
def test_whatever_lists_look_like_five_pages_are_the_most(
    box: Sandbox, sink: TikettiSink, faults: str
) -> None:
    user_with_tickets(box, "Jane Doe", 40, time=40)
    box.set_faults(faults)
    before = lists(box)
    list(sink.team())
    assert lists(box) - before <= 5


class Answers(TikettiClient):
    """Lists that hold what is given, or are refused."""

    def __init__(self, **rows: list[Any] | Refused) -> None:
        self._rows = rows

    def page(self, kind: str, number: int, **filters: Any) -> Page:
        rows = self._rows.get(kind, [])
        if isinstance(rows, Refused):
            raise rows
        return Page({str(place): row for place, row in enumerate(rows)} if number == 1 else {}, len(rows))


def test_a_list_that_is_refused_is_left_out() -> None:
    refused = Refused("not for you", status=403, code="FORBIDDEN")
    client = Answers(ticket=refused, time_entry=[{"user": {"id": "7", "name": "Jane"}}])
    assert [one for page in seen_staff(client, {}) for one in page] == [Member("7", "Jane")]


@pytest.mark.parametrize("odd", [None, "x", 7, [], {}, {"id": 7, "name": "x"}, {"name": "x"}])
def test_odd_users_are_nobody(odd: Any) -> None:
    client = Answers(ticket=[{"assignee": odd}, {}], time_entry=[{"user": odd}])
    assert [one for page in seen_staff(client, {"id": None}) for one in page] == []


def test_a_user_without_a_name_is_somebody_by_id() -> None:
    client = Answers(ticket=[{"assignee": {"id": "7", "name": None}}])
    assert [one for page in seen_staff(client, {}) for one in page] == [Member("7", "")]


# -- refused -----------------------------------------------------------------------------------------------


def a_ticket(**more: Any) -> Ticket:
    return Ticket(source_id="1", subject="Help", requester_id="2", assignee_id="9", **more)


def test_the_refusal_of_the_sandbox_is_understood(box: Sandbox, sink: TikettiSink) -> None:
    head = {"Authorization": f"Bearer {box.token()}"}
    contact = httpx.post(f"{box.url}/contacts", json={"name": "J", "email": "j@x.test"}, headers=head).json()
    refs = Refs({("contact", "2"): contact["data"]["id"], ("agent", "9"): STRANGER})
    sink.admit(1)
    with pytest.raises(Refused) as caught:
        sink.create(a_ticket(), refs)
    remedy = sink.remedy(a_ticket(), refs, caught.value)
    assert remedy is not None
    assert remedy.record == a_ticket().model_copy(update={"assignee_id": None})
    assert "assigned to nobody" in remedy.warning
    sink.admit(1)
    made = sink.create(a_ticket(), refs)
    assert made.noted == {"_assignee": ""}
    assert "whom Tiketti has refused" in made.warnings[0]


@pytest.mark.parametrize(
    ("words", "status"), [("subject: is too long", 422), ("the assignee is busy", 500), ("assignee", 403)]
)
def test_other_refusals_leave_the_assignee(words: str, status: int) -> None:
    assert unassigned(a_ticket(), Refused(words, status=status, code="VALIDATION_ERROR")) is None
    nobody = a_ticket().model_copy(update={"assignee_id": None})
    assert unassigned(nobody, Refused("assignee", status=422, code="X")) is None


@pytest.mark.parametrize(("email", "own"), [(None, False), ("", False), ("a@b.test", True)])
def test_a_placeholder_is_told_before_it_is_written(sink: TikettiSink, email: str | None, own: bool) -> None:
    address = sink.placeholder(Contact(source_id="7", name="Jane", email=email))
    assert (address is None) if own else str(address).endswith("-7@no-email.invalid")
