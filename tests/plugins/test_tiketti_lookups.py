"""Look-ups: which object is ours, however the server shows it, and when reading proves nothing."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from tiketti_migrate.api import Absent, Found, Inconclusive, Refs, SinkContext
from tiketti_migrate.errors import InDoubt, NotSent, Refused
from tiketti_migrate.records import Contact, Label, Message, Record, Ticket, TimeEntry
from tiketti_migrate_tiketti.bodies import Provenance, begins_with, ends_with
from tiketti_migrate_tiketti.lookups import bears_token
from tiketti_migrate_tiketti.sandbox import Sandbox
from tiketti_migrate_tiketti.sink import TikettiSink

TOKEN = "[Zendesk 1000/100001]"
WHEN = dt.datetime(2023, 5, 1, 12, 30, tzinfo=dt.UTC)
MESSAGE = Message(source_id="100001", ticket_id="1000", body="hello", is_internal=True)
TICKET = Ticket(source_id="1000", subject="Help with the printer", requester_id="1")
ENTRY = TimeEntry(source_id="5", ticket_id="1000", duration_minutes=5, description="work", date=WHEN.date())


class Desk:
    """A sink on a sandbox with one contact and one ticket of ours."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        environment = {"TIKETTI_EMAIL": "admin@sandbox.test", "TIKETTI_PASSWORD": "sandbox-password"}
        context = SinkContext("Zendesk", "zendesk", environment)
        self.sink = TikettiSink(TikettiSink.Options(base_url=box.url), context)
        self.sink.identity()
        self.since = self.sink.now()
        contact = self.create(Contact(source_id="1", name="Jane", email="jane@example.org"), Refs())
        self.parents = Refs({("contact", "1"): contact})
        self.ticket = self.create(TICKET, self.parents)
        self.refs = Refs({**self.parents.targets, ("ticket", "1000"): self.ticket})

    def create(self, record: Record, refs: Refs | None = None) -> str:
        assert self.sink.admit(1).granted == 1
        return self.sink.create(record, self.refs if refs is None else refs).target_id

    def find(self, record: Record, known: frozenset[str] = frozenset()) -> Any:
        return self.sink.find(record, self.refs, self.since, known)


@pytest.fixture
def desk(box: Sandbox) -> Iterator[Desk]:
    made = Desk(box)
    yield made
    made.sink.close()


# -- tokens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{TOKEN} Jane wrote:</p>",
        f"\n \n<div>\n<p> {TOKEN}</p></div>",
        "<p>[<b>Zen</b>desk <a href='x'>1000</a>/<i>100001</i>] Jane wrote:</p>",
        "[Zendesk&nbsp;1000&#47;100001&#93; Jane",
        "[Zendesk  1000/100001]",
        "[Zendesk\r\n1000/100001] wrapped",
        "[Zendesk 1000/<wbr>100\u200b001\u00ad]",
        f"\ufeff{TOKEN}",
        "&lt;p&gt;[Zendesk 1000/100001] taken for text&lt;/p&gt;",
        "<p>[Zendesk 1000/100001] taken for text</p>",
    ],
)
def test_a_token_is_seen_however_the_body_was_altered(body: str) -> None:
    assert bears_token({"body": "", "body_html": body}, (TOKEN,))
    assert bears_token({"body": body, "body_html": None}, (TOKEN,))


@pytest.mark.parametrize(
    "body",
    [
        "[Zendesk 1000/1000011]",
        "[Zendesk 1000/10000]",
        "[Zendesk 11000/100001]",
        f"quoted: {TOKEN}",
        f"<p>hello</p><p>{TOKEN}</p>",
        "[Zendesk 1000]",
        "",
    ],
)
def test_another_token_or_one_further_down_is_not_ours(body: str) -> None:
    assert not bears_token({"body": body, "body_html": body}, (TOKEN,))


@pytest.mark.parametrize("title", ["Zendesk", "CSV [old]", "My  double\nspaced", "A & B <c>", "Käyttötuki"])
@pytest.mark.parametrize(
    "source_id", ["1", "a b", "a]b[c", "<x@y.test>", "x" * 999, "é", "e\u0301", "日本", "#12", "q\"'&amp;"]
)
def test_a_token_survives_the_way_there_and_back(title: str, source_id: str) -> None:
    provenance = Provenance(title)
    message = MESSAGE.model_copy(update={"source_id": source_id, "created_at": WHEN})
    token = provenance.token("1000", source_id)
    assert len(token) < len(title) + 120
    assert token.endswith("]")
    assert token.isascii() == title.isascii()
    assert begins_with(provenance.message(message, Refs()), (token,))
    assert ends_with(f"work  {token.replace(' ', '  ')}\n", token)


def test_ids_that_look_alike_have_tokens_of_their_own() -> None:
    ids = ["a b", "a_b", "a  b", "é", "e\u0301", "x" * 90, "x" * 91, "[1]", "(1)", "a/b"]
    provenance = Provenance("Zendesk")
    assert len({provenance.token("1", one) for one in ids}) == len(ids)
    assert provenance.token("a/b", "c") != provenance.token("a", "b/c")


# -- what reading proves -----------------------------------------------------------------------------------


def test_a_ticket_whose_description_is_not_shown_stays_in_doubt(desk: Desk) -> None:
    for _ in range(5):
        # The description is the only message, so a cut list is an empty one.
        desk.box.fail_next("GET", "/messages$", "cut-list", times=2)
        assert isinstance(desk.find(TICKET), Inconclusive)
    assert isinstance(desk.find(TICKET), Found)


def test_a_reply_shown_in_place_of_the_description_proves_nothing(desk: Desk) -> None:
    later = desk.since + dt.timedelta(seconds=60)
    desk.box.set_skew(60)
    desk.box.receive_message(desk.ticket, "any news?")
    assert later > desk.since
    seen = set()
    for _ in range(12):
        desk.box.fail_next("GET", "/messages$", "cut-list", times=2)
        seen.add(type(desk.find(TICKET)))
    assert seen == {Found, Inconclusive}


def test_a_ticket_with_an_altered_text_is_found_at_another_contact(desk: Desk) -> None:
    other = desk.create(Contact(source_id="2", name="Bob", email="bob@example.org"))
    first = Message(source_id="200001", ticket_id="2000", body="hello", created_at=WHEN)
    ticket = TICKET.model_copy(update={"source_id": "2000"})
    desk.box.set_faults("alter-body=1")
    refs = Refs(desk.parents.targets, first_message=first)
    made = desk.create(ticket, refs)
    desk.box.edit_ticket(made, contact_id=other)
    found = desk.sink.find(ticket, refs, desk.since, frozenset())
    assert isinstance(found, Found)
    assert found.target_id == made


def test_a_ticket_of_another_subject_without_a_description_is_somebody_elses(desk: Desk) -> None:
    other = TICKET.model_copy(update={"source_id": "7", "subject": "Something else"})
    desk.box.fail_next("GET", "/messages$", "cut-list", times=2)
    assert desk.find(other) == Absent()


def test_a_ticket_that_says_it_is_missing_once_stays_in_doubt(desk: Desk) -> None:
    desk.box.fail_next("GET", "/messages$", "missing-before", times=2)
    assert isinstance(desk.find(TICKET), Inconclusive)
    desk.box.fail_next("GET", "/messages$", "missing-before")
    assert isinstance(desk.find(MESSAGE), Inconclusive)
    assert desk.find(MESSAGE) == Absent()


def test_a_message_of_a_deleted_ticket_fails_for_good(desk: Desk) -> None:
    assert desk.sink.delete("ticket", desk.ticket)
    with pytest.raises(Refused) as caught:
        desk.find(MESSAGE)
    assert (caught.value.status, caught.value.code) == (404, "PARENT_GONE")


def test_mail_that_quotes_a_token_is_not_our_message(desk: Desk) -> None:
    desk.box.receive_message(desk.ticket, f"{TOKEN} Joe noted: what is this?")
    assert desk.find(MESSAGE) == Absent()
    made = desk.create(MESSAGE)
    assert desk.find(MESSAGE).target_id == made


@pytest.mark.parametrize("lists", ["", "loose-search"])
def test_a_cut_list_of_messages_never_proves_absence(desk: Desk, lists: str) -> None:
    for number in range(4):
        desk.create(MESSAGE.model_copy(update={"source_id": f"20000{number}"}))
    desk.create(MESSAGE)
    desk.box.set_faults(f"seed=2,{lists}=1" if lists else "")
    for _ in range(20):
        desk.box.fail_next("GET", "/messages$", "cut-list", times=3)
        assert not isinstance(desk.find(MESSAGE), Absent)
        desk.box.forget_planned()


def test_a_search_by_words_does_not_keep_a_message_in_doubt(desk: Desk) -> None:
    desk.create(MESSAGE.model_copy(update={"source_id": "7"}))
    desk.box.set_faults("loose-search=1")
    assert desk.find(MESSAGE) == Absent()


def test_a_search_by_words_finds_no_ticket_of_others(desk: Desk) -> None:
    for number in range(30):
        other = TICKET.model_copy(update={"source_id": str(number), "subject": f"Other {number}"})
        desk.create(other, desk.parents)
    desk.box.set_faults("loose-search=1")
    nobody = TICKET.model_copy(update={"source_id": "77777", "subject": "Never written"})
    assert desk.find(nobody) == Absent()


def test_a_time_entry_that_lost_its_description_is_in_doubt(desk: Desk) -> None:
    assert desk.find(ENTRY) == Absent()
    answer = desk.sink._client.create_time_entry(
        desk.ticket, {"duration_minutes": 5, "date": "2023-05-01", "description": "wor"}
    )
    assert isinstance(desk.find(ENTRY), Inconclusive)
    assert desk.find(ENTRY, frozenset({str(answer["id"])})) == Absent()
    longer = ENTRY.model_copy(update={"duration_minutes": 6})
    assert desk.find(longer) == Absent()


def test_a_time_entry_with_another_token_is_another_one(desk: Desk) -> None:
    desk.create(ENTRY.model_copy(update={"source_id": "6", "description": "work [Zendesk 1000/5]"}))
    assert desk.find(ENTRY) == Absent()


@pytest.mark.parametrize("seed", range(4))
def test_a_label_that_exists_is_found_or_in_doubt_in_cut_lists(desk: Desk, seed: int) -> None:
    desk.create(Label(source_id="1", name="VIP"))
    desk.create(Label(source_id="2", name="other"))
    desk.box.set_faults(f"seed={seed},cut-list=1")
    answer = desk.sink.find(Label(source_id="3", name="vip"), Refs(), None, frozenset())
    assert not isinstance(answer, Absent)


# -- lists -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", ["small-pages", "no-total", "shuffle-list"])
def test_a_list_is_read_to_its_end(desk: Desk, odd: str) -> None:
    for number in range(12):
        desk.create(Contact(source_id=f"c{number}", name="X", email=f"x{number}@example.org"), Refs())
    desk.box.set_faults(f"{odd}=1")
    listing = desk.sink._client.all("contact")
    assert len(listing.items) == 13
    assert listing.complete


def test_rows_that_go_away_between_two_pages_hide_no_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        desk.create(Contact(source_id=f"c{number}", name="X", email=f"x{number}@example.org"), Refs())
    held = {contact["id"] for contact in desk.box.snapshot("Sandbox Oy")["contacts"]}
    desk.box.set_faults("small-pages=1")
    client = desk.sink._client
    pages: list[int] = []
    read = client.page

    def page(kind: str, number: int, **filters: Any) -> Any:
        shown = read(kind, number, **filters)
        if not pages:
            # Somebody deletes one of the first page: what stood first on the second moves to the first.
            assert client.delete("contact", min(set(shown[0]) - set(desk.parents.targets.values())))
        pages.append(number)
        return shown

    monkeypatch.setattr(client, "page", page)
    listing = client.all("contact")
    assert listing.complete
    assert listing.items.keys() == held
    assert pages == [1, 2, 3, 1, 2, 3]


def test_a_list_that_lacks_what_its_total_counts_is_not_complete(desk: Desk) -> None:
    desk.box.set_faults("inflated-total=1")
    assert not desk.sink._client.all("contact").complete
    assert isinstance(desk.find(ENTRY), Inconclusive)


def test_a_list_that_is_no_list_says_nothing(desk: Desk) -> None:
    desk.box.set_faults("html-before=1")
    with pytest.raises((NotSent, InDoubt)):
        desk.find(MESSAGE)
