"""Who is who where a column mixes ids, addresses and names: each cell is looked up by itself."""

import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

from csv_sources import Desk, Found
from tiketti_migrate_csv.directory import Directory

CONTACTS = """
    id,name,email,company
    5,Jane Doe,Jane@Example.com,50
    6,Bob Roe,bob@example.com,Other AB
    7,Eve Noaddress,,
    C-8,Ann Other,ann@example.com,
"""
COMPANIES = "id,name\n50,Example Oy\n51,Other AB"
NAMES = ("Jane Doe", "Bob Roe", "Eve Noaddress")
IDS = ("5", "6", "7")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write(CONTACTS, "contacts.csv")
    desk.write(COMPANIES, "companies.csv")
    return desk


def asked(desk: Desk, header: str, cells: Sequence[str]) -> Found:
    rows = "\n".join(f"{number},Help,{cell}" for number, cell in enumerate(cells, 1))
    return desk.read(f"ID,Subject,{header}\n{rows}", contacts=desk.folder / "contacts.csv")


@pytest.mark.parametrize("header", ["Requester", "Requester ID"])
@pytest.mark.parametrize(
    "others", [IDS * 4, NAMES * 4, ("jane@example.com",) * 9], ids=["ids", "names", "mail"]
)
def test_each_cell_is_looked_up_whatever_most_of_its_column_are(
    desk: Desk, header: str, others: Sequence[str]
) -> None:
    cells = ("5", "6.0", "C-8", "Jane Doe", "BOB@example.com", "eve  noaddress", "Ann <ann@example.com>")
    found = asked(desk, header, [*cells, *others])
    tickets = list(found.tickets.values())
    assert [ticket.requester_id for ticket in tickets[: len(cells)]] == [
        "5",
        "6",
        "C-8",
        "5",
        "6",
        "7",
        "C-8",
    ]
    assert len(found.contacts) == 4, "nobody was made anew"
    assert found.warnings == []


@pytest.mark.parametrize("others", [IDS * 4, NAMES * 4], ids=["ids", "names"])
def test_whom_nobody_knows_becomes_new_and_is_said(desk: Desk, others: Sequence[str]) -> None:
    found = asked(desk, "Requester", ["Someone Else", "Someone Else", "new@example.com", *others])
    first, again, new = (found.contacts[found.tickets[number].requester_id] for number in "123")
    assert (first.name, first.email, first) == ("Someone Else", None, again)
    assert new.email == "new@example.com"
    words = "no contact has the name 'Someone Else': who asked has no address"
    assert [found.tickets[number].warnings for number in "123"] == [(words,), (words,), ()]


@pytest.mark.parametrize("others", [IDS * 4, NAMES * 4], ids=["ids", "names"])
def test_a_number_that_no_contact_has_is_no_name(desk: Desk, others: Sequence[str]) -> None:
    found = asked(desk, "Requester", ["99", *others])
    assert found.tickets["1"].requester_id == "99"
    assert len(found.contacts) == 4, "the core makes a placeholder and says so"


def test_an_address_of_two_contacts_is_the_first_one(desk: Desk) -> None:
    desk.write("id,name,email\n5,Jane,j@example.com\n6,Jane D.,J@example.com", "contacts.csv")
    assert asked(desk, "Requester", ["j@example.com", "6"]).tickets["1"].requester_id == "5"


def test_numbers_that_several_contacts_share_are_not_who_they_are(desk: Desk) -> None:
    desk.write("customer number,name,email\n5,Jane,j@example.com\n5,Bob,b@example.com", "contacts.csv")
    found = asked(desk, "Requester", ["j@example.com", "Bob"])
    assert [ticket.requester_id for ticket in found.tickets.values()] == ["j@example.com", "b@example.com"]
    assert found.problems == []


@pytest.mark.parametrize("others", [("50", "51") * 3, ("Example Oy", "Other AB") * 3], ids=["ids", "names"])
def test_companies_are_looked_up_cell_by_cell(desk: Desk, others: Sequence[str]) -> None:
    cells = ("50", "51.0", "example oy", "New Inc", *others)
    rows = "\n".join(f"p{number}@example.com,{cell}" for number, cell in enumerate(cells))
    contacts = desk.write(f"email,company\n{rows}", "contacts.csv")
    found = asked(desk, "Requester", ["p0@example.com"])
    found = desk.read(contacts=contacts, companies=desk.folder / "companies.csv")
    people = list(found.contacts.values())
    assert [person.company_id for person in people[:4]] == ["50", "51", "50", "new inc"]
    assert len(found.companies) == 3
    assert [person.warnings for person in people if person.warnings] == [
        ("no company has the name 'New Inc'",)
    ]


def test_a_company_that_a_ticket_tells_of_a_new_person_is_looked_up_and_said(desk: Desk) -> None:
    text = "ID,Subject,Requester,Company\n1,One,a@x.org,50\n2,Two,b@x.org,Nowhere\n3,Three,c@x.org,52"
    found = desk.read(text, companies=desk.folder / "companies.csv")
    assert [person.company_id for person in found.contacts.values()] == ["50", "nowhere", "52"]
    assert found.warnings == ["no company has the name 'Nowhere'", "no company has the id '52'"]


def test_authors_are_looked_up_and_who_is_unknown_is_said(desk: Desk) -> None:
    desk.write("ID,Subject,Requester,Assignee ID,Assignee\n1,One,5,77,Aino Agent")
    cells = ("5", "Bob Roe", "ann@example.com", "Aino Agent", "Stranger", "x@example.com", "88")
    rows = "\n".join(f"1,Text {number},{cell}" for number, cell in enumerate(cells))
    messages = desk.write(f"ticket,body,author\n{rows}", "messages.csv")
    found = desk.read(messages=messages, contacts=desk.folder / "contacts.csv")
    authors = [message.author_id for message in found.messages]
    assert authors == ["5", "6", "C-8", "77", "stranger", "x@example.com", "88"]
    assert found.warnings == [
        "no contact has the name 'Stranger': the author stays a name",
        "no contact has the name 'x@example.com': the author stays a name",
        "no contact has the id '88': the author stays a name",
    ]


def test_agents_of_time_entries_are_those_of_the_tickets(desk: Desk) -> None:
    desk.write("ID,Subject,Requester,Assignee ID,Assignee\n1,One,5,77,Aino Agent")
    times = desk.write(
        "ticket,duration,date,agent\n1,1h,2024-01-05,aino agent\n1,1h,2024-01-05,New One", "t.csv"
    )
    found = desk.read(time_entries=times)
    assert [entry.agent_id for entry in found.times] == ["77", "new one"]
    assert [agent.name for agent in found.agents] == ["Aino Agent", "New One"]


@pytest.mark.parametrize(
    ("cells", "field", "words"),
    [
        (IDS, "requester_id", "its cells are ids"),
        ((*IDS, "Someone"), "requester_id", "its cells are ids of the other table, and names"),
        ((*NAMES, "5"), "requester", "its cells are names, and ids of the other table"),
    ],
)
def test_what_a_column_holds_is_shown(desk: Desk, cells: Sequence[str], field: str, words: str) -> None:
    rows = "\n".join(f"{number},Help,{cell}" for number, cell in enumerate(cells, 1))
    source = desk.source(f"ID,Subject,Requester\n{rows}", contacts=desk.folder / "contacts.csv")
    source.check()
    draft = source.draft()
    assert draft is not None
    column = draft.tables["ticket"].columns[2]
    assert (column.field, words in column.comment) == (field, True)


def test_a_name_in_two_columns_is_one(desk: Desk) -> None:
    found = desk.read(
        """
        ID,Subject,First name,Last name,Email
        1,One,Jane,Doe,jane@example.com
        2,Two,Bob,,bob@example.com
        3,Three,Eve,Roe,
        """
    )
    people = [(person.name, person.email) for person in found.contacts.values()]
    assert people == [("Jane Doe", "jane@example.com"), ("Bob", "bob@example.com"), ("Eve Roe", None)]
    assert [ticket.extra for ticket in found.tickets.values()] == [{}] * 3


def test_parts_of_a_name_that_the_name_does_not_tell_are_kept(desk: Desk) -> None:
    header, row = "Name,First name,Last name", "Jane Doe,Janet,Doe"
    contacts = desk.write(f"{header},Email\n{row},jane@example.com", "contacts.csv")
    text = f"ID,Subject,Requester {header.replace(',', ',Requester ')}\n1,One,{row}"
    found = desk.read(text, contacts=contacts)
    assert found.ticket.extra == {"requester_first_name": "Janet"}
    (jane,) = found.contacts.values()
    assert (jane.name, jane.extra) == ("Jane Doe", {"first_name": "Janet"})


@pytest.mark.parametrize("listed", [False, True], ids=["of tickets", "of a table"])
def test_people_who_are_met_once_take_little_memory(listed: bool) -> None:
    """A million of them must fit beside all else into 150 MB."""
    directory = Directory(None, {"contact"} if listed else (), {"contact"} if listed else ())
    taken = []
    tracemalloc.start()
    for number in range(12_000):
        name, address, phone = f"Person {number}", f"person{number}@example.com", f"040 {number}"
        if listed:
            fields = {"source_id": str(number), "name": name, "email": address, "phone": phone}
            assert directory.know("contact", {**fields, "company_id": None})
        else:
            assert directory.requester((None, None, name, address, phone, "Example", None), "", [])
        # What is remembered of the newest few is full by then.
        if number in (1_999, 11_999):
            taken.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert (taken[1] - taken[0]) / 10_000 < (100 if listed else 50)


SECOND_ADDRESS = """
    ID,Subject,Requester ID,Requester Email
    1,One,3,Jane@example.com
    2,Two,3,jane@second.example
    3,Three,3,jane@example.com
    4,Four,3,
    5,Five,3,jane@second.example
"""


def test_another_address_of_one_person_is_kept(desk: Desk) -> None:
    found = desk.read(SECOND_ADDRESS)
    assert [person.email for person in found.contacts.values()] == ["Jane@example.com"]
    other = {"requester_email": "jane@second.example"}
    assert [ticket.extra for ticket in found.tickets.values()] == [{}, other, {}, {}, other]


def test_an_address_that_the_table_of_contacts_does_not_know_is_kept(desk: Desk) -> None:
    desk.write("id,name,email\n3,Jane,jane@example.com\n4,Bob,", "contacts.csv")
    text = f"{SECOND_ADDRESS}\n6,Six,4,bob@example.com"
    found = desk.read(text, contacts=desk.folder / "contacts.csv")
    assert [found.tickets[number].extra for number in "12356"] == [
        {},
        {"requester_email": "jane@second.example"},
        {},
        {"requester_email": "jane@second.example"},
        {"requester_email": "bob@example.com"},
    ]


def test_an_address_that_is_the_key_itself_is_not_remembered_beside_it(desk: Desk) -> None:
    rows = "1,One,Jane <Jane@Example.com>\n2,Two,jane@example.com\n3,Three,JANE@EXAMPLE.COM"
    assert [ticket.extra for ticket in desk.read(f"ID,Subject,Requester\n{rows}").tickets.values()] == [
        {}
    ] * 3
