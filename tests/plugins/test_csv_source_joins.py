"""Tables beside those of tickets, joined by id, address or name, in any order of rows and with gaps."""

from pathlib import Path
from typing import Any

import pytest

from csv_sources import Desk, Found
from tiketti_migrate.errors import UsageError
from tiketti_migrate.records import Message
from workbooks import book

TICKETS = """
    ID,Subject,Description,Requester,Created
    17,Printer,It jams.,jane@example.com,2024-01-01
    18,Login,No way in.,bob@example.com,2024-01-02
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write(TICKETS)
    return desk


CONTACTS = """
    id,name,email,company
    5,Jane Doe,Jane@Example.com,Example Oy
    6,Bob Roe,bob@example.com,
    7,John Smith,john1@example.com,
    8,John Smith,john2@example.com,
    9,Eve Noaddress,,
"""


@pytest.mark.parametrize(
    ("header", "cell", "email", "name"),
    [
        ("requester", "jane@example.com", "Jane@Example.com", "Jane Doe"),
        ("requester", "JANE@example.com", "Jane@Example.com", "Jane Doe"),
        ("requester", "jane  doe", "Jane@Example.com", "Jane Doe"),
        ("requester", "Jane Doe <jane@example.com>", "Jane@Example.com", "Jane Doe"),
        ("requester email", "jane@example.com", "Jane@Example.com", "Jane Doe"),
        ("requester name", "JANE DOE", "Jane@Example.com", "Jane Doe"),
        ("requester id", "5", "Jane@Example.com", "Jane Doe"),
        ("requester id", "5.0", "Jane@Example.com", "Jane Doe"),
        ("requester", "5", "Jane@Example.com", "Jane Doe"),
        ("requester", "eve noaddress", None, "Eve Noaddress"),
        ("requester id", "9", None, "Eve Noaddress"),
    ],
)
def test_who_asked_is_found_by_id_address_or_name(
    desk: Desk, header: str, cell: str, email: str | None, name: str
) -> None:
    other = {"5": "6", "5.0": "6.0", "9": "6"}.get(cell, "bob@example.com")
    contacts = desk.write(CONTACTS, "contacts.csv")
    found = desk.read(f"ID,Subject,{header}\n1,One,{cell}\n2,Two,{other}", contacts=contacts)
    asked = found.contacts[found.tickets["1"].requester_id]
    assert (asked.email, asked.name) == (email, name)
    assert len(found.contacts) == 5, "nobody was made anew"
    assert found.warnings == []


def test_a_name_that_tells_nobody_or_two_is_said(desk: Desk) -> None:
    contacts = desk.write(CONTACTS, "contacts.csv")
    text = "ID,Subject,Requester\n1,One,John Smith\n2,Two,Someone Else\n3,Three,bob@example.com"
    found = desk.read(text, contacts=contacts)
    assert found.tickets["1"].warnings == (
        "several contacts have the name 'John Smith': who asked has no address",
    )
    assert found.tickets["2"].warnings == (
        "no contact has the name 'Someone Else': who asked has no address",
    )
    assert found.contacts[found.tickets["1"].requester_id].email is None


def test_an_id_that_no_contact_has_is_left_to_a_placeholder(desk: Desk) -> None:
    contacts = desk.write(CONTACTS, "contacts.csv")
    found = desk.read("ID,Subject,Requester ID\n1,One,5\n2,Two,99\n3,Three,6", contacts=contacts)
    assert found.tickets["2"].requester_id == "99"
    assert "99" not in found.contacts, "the core makes a placeholder and says so"


def test_an_address_among_ids_is_an_address(desk: Desk) -> None:
    contacts = desk.write(CONTACTS, "contacts.csv")
    text = "ID,Subject,Requester\n1,One,5\n2,Two,6\n3,Three,new@example.com\n4,Four,bob@example.com"
    found = desk.read(text, contacts=contacts)
    assert found.contacts[found.tickets["3"].requester_id].email == "new@example.com"
    assert found.tickets["4"].requester_id == "6"


def test_a_contact_that_stands_twice_counts_once_and_is_listed(desk: Desk) -> None:
    contacts = desk.write(
        "id,name,email\n5,Jane Doe,jane@example.com\n5,Jane Roe,jane.roe@example.com", "c.csv"
    )
    found = desk.read("ID,Subject,Requester ID\n1,One,5\n2,Two,5", contacts=contacts)
    assert found.contacts["5"].name == "Jane Doe"
    assert found.codes == [("REPEATED_ROW", "c.csv:3")]


def test_what_tickets_tell_differently_of_a_contact_is_kept(desk: Desk) -> None:
    contacts = desk.write("name,email,company\nJane Doe,jane@example.com,Example Oy", "c.csv")
    found = desk.read(
        """
        ID,Subject,Requester name,Requester e-mail,Company
        1,One,Jane Doe,jane@example.com,example oy
        2,Two,Jane Roe,jane@example.com,Other AB
        """,
        contacts=contacts,
    )
    assert found.tickets["1"].extra == {}
    assert found.tickets["2"].extra == {"requester_name": "Jane Roe", "company": "Other AB"}


@pytest.mark.parametrize("cell", ["50", "50.0", "Example Oy", "example  oy"])
def test_companies_are_found_by_id_or_name(desk: Desk, cell: str) -> None:
    companies = desk.write("id,name,domains\n50,Example Oy,example.com\n51,Other AB,", "companies.csv")
    other = {"50": "51", "50.0": "51.0"}.get(cell, "Other AB")
    contacts = desk.write(
        f"name,email,company\nJane,jane@example.com,{cell}\nBob,bob@example.com,{other}", "contacts.csv"
    )
    found = desk.read(contacts=contacts, companies=companies)
    company = found.contacts["jane@example.com"].company_id
    assert company is not None
    assert found.companies[company].name == "Example Oy"
    assert len(found.companies) == 2


def test_labels_of_their_own_table_keep_their_colour(desk: Desk) -> None:
    labels = desk.write("name,color\nVIP,#ff0000\nvip,#00ff00\n,#0000ff", "labels.csv")
    found = desk.read("ID,Subject,Requester,Tags\n1,One,jane@example.com,vip;new", labels=labels)
    assert [(label.name, label.color) for label in found.labels] == [("VIP", "#ff0000"), ("new", None)]
    assert found.ticket.label_ids == ("vip", "new")
    assert found.codes == [("REPEATED_ROW", "labels.csv:3"), ("NO_NAME", "labels.csv:4")]


MESSAGES = """
    id,ticket,author,body,internal,created
    1,18,bob@example.com,Second.,no,2024-01-03
    2,17,Aino Agent,A note.,yes,2024-01-02
    3,18,bob@example.com,Third.,no,2024-01-04
"""


def by_ticket(found: Found) -> dict[str, list[str]]:
    talks: dict[str, list[str]] = {}
    for message in found.messages:
        talks.setdefault(message.ticket_id, []).append(message.body)
    return talks


def test_messages_join_their_tickets_in_any_order_of_rows(desk: Desk) -> None:
    header, *rows = MESSAGES.strip().splitlines()
    there = desk.read(messages=desk.write(MESSAGES, "messages.csv"))
    assert by_ticket(there) == {"17": ["It jams.", "A note."], "18": ["No way in.", "Second.", "Third."]}
    back = desk.read(messages=desk.write("\n".join([header, *reversed(rows)]), "messages.csv"))
    assert sorted(map(content, back.messages)) == sorted(map(content, there.messages))


def content(message: Message) -> str:
    return message.model_dump_json(exclude={"origin"})


@pytest.mark.parametrize("cells", [("17", "18"), ("17.0", "18.0"), (" 17 ", '"18"'), ("17,00", "18,00")])
def test_ids_join_however_a_spreadsheet_shows_them(desk: Desk, cells: tuple[str, str]) -> None:
    rows = "\n".join(f'"{cell.strip(chr(34))}";Hello' for cell in cells)
    found = desk.read(messages=desk.write(f"ticket;body\n{rows}", "messages.csv"))
    assert [message.ticket_id for message in found.messages if message.body == "Hello"] == ["17", "18"]


def test_numbers_of_a_workbook_join_with_text_of_a_csv(desk: Desk) -> None:
    rows = (("Ticket", "Body"), (17.0, "From Excel"), ("18", "As text"))
    found = desk.read(messages=desk.book(rows, "messages.xlsx"))
    assert by_ticket(found) == {"17": ["It jams.", "From Excel"], "18": ["No way in.", "As text"]}


def test_a_message_that_repeats_the_description_is_taken_once_and_counted(desk: Desk) -> None:
    messages = desk.write("ticket,body\n17,  It\xa0jams. \n17,Another.\n18,It jams.", "messages.csv")
    found = desk.read(messages=messages)
    assert by_ticket(found) == {"17": ["It jams.", "Another."], "18": ["No way in.", "It jams."]}
    assert found.codes == [("DESCRIPTION_AGAIN", "messages.csv")]


ASKED = "ID,Subject,Requester,Created,Description\n1,One,jane@example.com,2024-01-01 09:00,Any news?"


def test_only_the_description_itself_is_left_out_whoever_says_its_words_again(desk: Desk) -> None:
    messages = desk.write(
        """
        ticket,author,created,internal,body
        1,aino@desk.example,2024-01-01 09:00,no,Any news?
        1,jane@example.com,2024-01-01 09:00,yes,Any news?
        1,jane@example.com,2024-01-01 09:00,no,Any news?
        1,jane@example.com,2024-01-01 09:00,no,Any news?
        1,jane@example.com,2024-01-05 09:00,no,Any news?
        1,aino@desk.example,2024-01-09 09:00,yes,Any news?
        """,
        "messages.csv",
    )
    found = desk.read(ASKED, messages=messages)
    assert [str(message.created_at)[:10] for message in found.messages] == [
        *["2024-01-01"] * 4,
        "2024-01-05",
        "2024-01-09",
    ]
    assert [message.is_internal for message in found.messages] == [False, False, True, False, False, True]
    (problem,) = found.problems
    assert problem.code == "DESCRIPTION_AGAIN"
    assert problem.message.startswith("1 message that is the description of the ticket once more")


@pytest.mark.parametrize("cells", [",", "jane@example.com,", ",2024-01-01 09:00:20"])
def test_a_message_that_is_the_description_as_far_as_it_says_is_left_out(desk: Desk, cells: str) -> None:
    messages = desk.write(f"ticket,body,author,created\n1,Any news?,{cells}\n1,Hello,,", "messages.csv")
    assert desk.read(ASKED, messages=messages).bodies == ["Any news?", "Hello"]


@pytest.mark.parametrize("author", ["Ann A", "ANN  A", "Ann A <ann@x.test>"])
@pytest.mark.parametrize(
    "who",
    [
        "Requester,Requester email\n1,It is broken,Ann A,ann@x.test",
        "Requester\n1,It is broken,Ann A <ann@x.test>",
    ],
)
def test_the_requester_may_be_called_by_the_name_alone(desk: Desk, who: str, author: str) -> None:
    tickets = f"ID,Description,{who.replace(chr(10), ',Created' + chr(10))},2024-01-13 10:00"
    text = f"""
        ticket,author,body,created
        1,Bob B,It is broken,2024-01-13 10:00
        1,{author},It is broken,2024-01-13 10:00
    """
    found = desk.read(tickets, messages=desk.write(text, "messages.csv"))
    assert [message.author_id for message in found.messages] == ["ann@x.test", "bob b"]
    assert found.codes == [("DESCRIPTION_AGAIN", "messages.csv")]


def test_how_many_messages_are_left_out_is_said(desk: Desk) -> None:
    tickets = "ID,Subject,Requester,Description\n1,One,a@x.test,Any news?\n2,Two,a@x.test,Help"
    messages = desk.write("ticket,body\n1,Any news?\n2,Help", "messages.csv")
    (problem,) = desk.read(tickets, messages=messages).problems
    assert problem.message.startswith("2 messages that are the description")


def test_a_message_of_no_ticket_is_kept_for_the_plan_to_list(desk: Desk) -> None:
    messages = desk.write("ticket,body\n99,Hello\n,Nowhere\n17,", "messages.csv")
    found = desk.read(messages=messages)
    assert by_ticket(found)["99"] == ["Hello"]
    assert found.codes == [("NO_TICKET", "messages.csv:3"), ("NO_TEXT", "messages.csv:4")]


def test_messages_numbered_in_each_ticket_are_told_apart(desk: Desk) -> None:
    messages = desk.write("id,ticket,body\n1,17,One\n2,17,Two\n1,18,Other", "messages.csv")
    ids = [message.source_id for message in desk.read(messages=messages).messages]
    assert ids[2:] == ["17#1", "17#2", "18#1"]


def test_a_row_that_a_join_repeated_is_listed_and_an_id_used_twice_loses_nothing(desk: Desk) -> None:
    messages = desk.write("id,ticket,body\n1,17,One\n1,17,One\n1,17,Two", "messages.csv")
    found = desk.read(messages=messages)
    assert by_ticket(found)["17"] == ["It jams.", "One", "Two"]
    assert found.codes == [("REPEATED_ROW", "messages.csv:3")]
    assert found.messages[-1].warnings == ("1 is the id of another row of this ticket, too",)


def test_equal_messages_without_ids_stay_two(desk: Desk) -> None:
    messages = desk.write("ticket,body\n17,Ping\n17,Ping", "messages.csv")
    assert by_ticket(desk.read(messages=messages))["17"] == ["It jams.", "Ping", "Ping"]


@pytest.mark.parametrize("author", ["aino@desk.example", "Aino <aino@desk.example>", "AINO@desk.example"])
def test_an_author_who_is_an_agent_is_that_agent_wherever_the_rows_stand(desk: Desk, author: str) -> None:
    rows = [
        f"1,One,jane@example.com,,Done.,{author}",
        "2,Two,jane@example.com,Aino <aino@desk.example>,,",
    ]
    for order in (rows, rows[::-1]):
        text = "\n".join(["ID,Subject,Requester,Assignee,Comment,Comment author", *order])
        found = desk.read(text)
        assert [agent.source_id for agent in found.agents] == ["aino@desk.example"]
        assert [message.author_id for message in found.messages] == ["aino@desk.example"]


def test_time_entries_join_and_what_is_missing_is_listed(desk: Desk) -> None:
    times = desk.write(
        """
        ticket,duration,date,agent,billable,rate
        17,1h 30m,2024-01-05,Aino,no,"85,50"
        17,90,2024-01-05,,,
        ,1h,2024-01-05,,,
        18,1h,,,,
        18,long,2024-01-05,,,
        """,
        "times.csv",
    )
    found = desk.read(time_entries=times)
    first = found.times[0]
    assert (first.ticket_id, first.duration_minutes, first.billable, str(first.rate)) == (
        "17",
        90,
        False,
        "85.50",
    )
    assert [code for code, _ in found.codes[-3:]] == ["NO_TICKET", "NO_DATE", "NO_DURATION"]


def test_time_entries_of_no_time_are_listed_and_lost_where_they_say_something(desk: Desk) -> None:
    rows = '17,0,2024-01-05,\n17,"0:00",2024-01-05,On  site\n17,1,2024-01-05,\n'
    found = desk.read(time_entries=desk.write(f"ticket,minutes,date,description\n{rows}", "times.csv"))
    assert [entry.duration_minutes for entry in found.times] == [1]
    assert found.codes == [("NO_TIME", "times.csv:2"), ("NO_TIME", "times.csv:3")]
    assert [problem.lost for problem in found.problems] == [0, 1]
    assert "'On site'" in found.problems[1].message


def test_a_side_table_alone_may_lack_what_others_have(desk: Desk) -> None:
    contacts = desk.write("name,email\n,\n,new@example.com\nOnly Name,", "contacts.csv")
    found = desk.read(contacts=contacts)
    assert {contact.name for contact in found.contacts.values()} >= {"new@example.com", "Only Name"}


def test_a_contact_with_neither_name_nor_address_is_listed(desk: Desk) -> None:
    contacts = desk.write("name,email,phone\n,,040 123\nJane,jane@example.com,", "contacts.csv")
    assert desk.read(contacts=contacts).codes == [("NOBODY", "contacts.csv:2")]


@pytest.mark.parametrize(
    ("option", "text", "wrong"),
    [
        ("contacts", "colour,size\nred,5", "table of contacts"),
        ("messages", "subject,colour\nHello,red", "table of messages"),
        ("time_entries", "ticket,colour\n17,red", "table of time entr"),
    ],
)
def test_a_table_that_is_another_is_refused_by_name(desk: Desk, option: str, text: str, wrong: str) -> None:
    path = desk.write(text, "side.csv")
    with pytest.raises(Exception, match=wrong) as error:
        desk.read(**{option: path})
    assert getattr(error.value, "where", None) == "side.csv"


def test_one_workbook_holds_several_tables(tmp_path: Path) -> None:
    people = [["id", "name", "email"], [5, "Jane Doe", "jane@example.com"]]
    tickets = [["ID", "Subject", "Requester ID"], [17, "Printer", 5]]
    path = Desk(tmp_path).write(book({"Tickets": tickets, "Our people": people}), "book.xlsx")
    named: dict[str, Any] = {"paths": (path,), "sheet": "Tickets", "contacts": f"{path}::Our people"}
    found = Desk(tmp_path).read(**named)
    assert found.ticket.requester_id == "5"
    assert found.contacts["5"].email == "jane@example.com"
    with pytest.raises(UsageError, match=r"several sheets.*book.xlsx::Tickets.*'Our people'"):
        Desk(tmp_path).read(**{**named, "contacts": path})


@pytest.mark.parametrize(
    ("kind", "text", "note"),
    [
        ("contacts", "id,name\n5,Jane\n5,Bob", "several rows have one id: the first one counts"),
        ("messages", "id,ticket,body\n1,17,One\n1,17,One", "several rows have one id: those that are equal"),
        ("labels", "id,name\n5,red\n5,blue", None),
    ],
)
def test_rows_of_one_id_are_told_for_what_they_are(
    desk: Desk, kind: str, text: str, note: str | None
) -> None:
    side = desk.write(text, "side.csv")
    draft = desk.source("ID,Subject,Requester ID\n17,Printer,5\n17,Printer,5", **{kind: side}).draft()
    assert draft is not None
    repeated = [words for words in draft.notes if "several rows" in words]
    assert repeated[0] == "tickets.csv: several rows have one ID: they become one ticket"
    assert [words.startswith(f"side.csv: {note}") for words in repeated[1:]] == [True] * bool(note)
