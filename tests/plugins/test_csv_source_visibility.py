"""Who may read a message: nothing internal becomes public because a column says so in other words."""

from pathlib import Path

import pytest

from csv_sources import Desk
from tiketti_migrate.errors import UsageError

TICKETS = "ID,Subject,Requester,Created,Description\n1,Printer,jane@example.com,2024-01-01,It jams."


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def flags(desk: Desk, header: str, *cells: str, **options: str) -> list[bool]:
    """Whether messages are internal whose column ``header`` has these cells."""
    rows = "".join(f"1,Aino,text {number},2024-01-02,{cell}\n" for number, cell in enumerate(cells))
    messages = desk.write(f"Ticket ID,Author,Body,Created,{header}\n{rows}", "messages.csv")
    found = desk.read(TICKETS, messages=messages, **options)
    return [message.is_internal for message in found.messages if message.body.startswith("text")]


COLUMNS = [
    ("Internal", "internal", "public"),
    ("Internal", "Private note", "Public reply"),
    ("Internal", "yes", "no"),
    ("Private", "Internal note", "Public reply"),
    ("Public", "Internal", "Public"),
    ("Public", "false", "true"),
    ("Public", "Private (agents only)", "Public"),
    ("Type", "internal", "public"),
    ("Type", "note", "reply"),
    ("Message type", "Internal note", "Customer"),
    ("comment_type", "Private comment", "Public comment"),
    ("Kind", "Internal note", "Agent"),
    ("Note type", "Private", "Public"),
    ("Access", "Agents only", "Everyone"),
    ("Visibility", "internal", "external"),
    ("Visibility", "not visible to customer", "visible to customer"),
    ("Internal/Public", "Internal", "Public"),
    ("Sichtbarkeit", "intern", "öffentlich"),
    ("Sichtbarkeit", "Interne Notiz", "Antwort"),
    ("Näkyvyys", "Sisäinen", "Julkinen"),
    ("Tyyppi", "Sisäinen muistiinpano", "Vastaus"),
    ("Visibilité", "privé", "publique"),
    ("Visibilidad", "Nota interna", "Respuesta pública"),
    ("Visibilidade", "Anotação interna", "Público"),
    ("Synlighet", "Intern anteckning", "Publik"),
    ("Interner Kommentar", "ja", "nein"),
    ("private_yn", "Y", "N"),
    ("Whatever", "internal", "public"),
]


@pytest.mark.parametrize(("header", "internal", "public"), COLUMNS)
def test_a_column_says_in_its_own_words_who_may_read(
    desk: Desk, header: str, internal: str, public: str
) -> None:
    assert flags(desk, header, internal, public) == [True, False]
    many = [internal, public, public] * 10
    assert flags(desk, header, *many) == [True, False, False] * 10


@pytest.mark.parametrize("header", ["Internal", "Public", "Private"])
@pytest.mark.parametrize("cell", ["maybe", "#REF!", "Robot", "x" * 50, "yes and no"])
def test_what_does_not_say_who_may_read_is_internal_and_said(desk: Desk, header: str, cell: str) -> None:
    rows = f"1,Aino,One,yes\n1,Aino,Two,{cell}\n1,Aino,Three,no"
    messages = desk.write(f"Ticket ID,Author,Body,{header}\n{rows}", "messages.csv")
    found = desk.read(TICKETS, messages=messages)
    told = found.messages[2]
    assert told.is_internal
    assert len(told.warnings) == 1
    assert [bool(message.warnings) for message in found.messages] == [False, False, True, False]


def test_an_empty_cell_says_the_other_thing(desk: Desk) -> None:
    assert flags(desk, "Internal", "yes", "") == [True, False]
    assert flags(desk, "Internal", "yes", "no", "") == [True, False, False]
    assert flags(desk, "Public", "yes", "") == [False, True]
    assert flags(desk, "Visibility", "Public", "Private", "") == [False, True, True]


def test_words_below_the_first_rows_are_understood_too(desk: Desk) -> None:
    assert flags(desk, "Type", *["Customer"] * 300, "Internal note") == [False] * 300 + [True]


def test_a_column_that_may_say_who_may_read_is_asked_about(desk: Desk) -> None:
    with pytest.raises(UsageError) as refused:
        flags(desk, "Type", "Internal note", "Robot", "Customer")
    assert refused.value.where == "messages.csv"
    assert "column “Type”" in refused.value.message
    assert "'Internal note', 'Robot'" in refused.value.message
    assert refused.value.hint is not None
    assert '"Type" = "internal"' in refused.value.hint
    assert '"Robot" = "no"' in refused.value.hint
    words = '[message.columns]\nType = "internal"\n[message.values.internal]\nRobot = "no"\n'
    assert flags(desk, "Type", "Internal note", "Robot", "Customer", map=words) == [True, False, False]
    other = '[message.columns]\nType = "extra"'
    assert flags(desk, "Type", "Internal note", "Robot", map=other) == [False, False]


def test_an_unknown_column_with_words_for_internal_far_below_is_asked_about(desk: Desk) -> None:
    with pytest.raises(UsageError, match="may say which messages are internal"):
        flags(desk, "Whatever", *["a"] * 300, "private")


@pytest.mark.parametrize(
    ("header", "internal", "public"),
    [
        ("Is public", "FALSE", "TRUE"),
        ("is_public", "FALSE", "TRUE"),
        ("Visibility", "Private", "Public"),
        ("Private", "yes", "no"),
        ("Internal", "internal", "public"),
        ("Comment internal", "private", "public"),
        ("Type", "Internal note", "Public reply"),
    ],
)
def test_the_description_of_an_internal_ticket_is_internal(
    desk: Desk, header: str, internal: str, public: str
) -> None:
    found = desk.read(f"""
        ID,Subject,Requester,Description,{header}
        1,One,jane@example.com,A secret.,{internal}
        2,Two,jane@example.com,No secret.,{public}
    """)
    assert [(message.body, message.is_internal) for message in found.messages] == [
        ("A secret.", True),
        ("No secret.", False),
    ]
    assert [message.author_id for message in found.messages] == [None, "jane@example.com"]


def test_a_flag_of_the_row_is_one_of_its_comment_and_description(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Description,Comment,Private
        1,One,jane@example.com,A secret.,Another.,yes
        2,Two,jane@example.com,It jams.,Said to all.,no
        2,Two,jane@example.com,It jams.,Said to few.,yes
    """)
    assert [(message.body, message.is_internal) for message in found.messages] == [
        ("A secret.", True),
        ("Another.", True),
        ("It jams.", False),
        ("Said to all.", False),
        ("Said to few.", True),
    ]


def test_a_ticket_may_be_of_the_category_internal(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Description,Category,Type
        1,One,jane@example.com,It jams.,Internal,Internal
        2,Two,jane@example.com,No way in.,Network,Incident
    """)
    assert [message.is_internal for message in found.messages] == [False, False]
    assert found.tickets["1"].extra == {"Category": "Internal", "Type": "Internal"}


def test_it_is_said_where_nothing_tells_which_messages_are_internal(desk: Desk) -> None:
    messages = desk.write("ticket,body\n1,One\n1,Two", "messages.csv")
    words = "no column says which messages are internal: all are taken as public"
    assert f"messages.csv: {words}" in desk.read(TICKETS, messages=messages).notices
    messages = desk.write("ticket,body,type\n1,One,Agent\n1,Two,Customer", "messages.csv")
    words = "column type has no word for internal messages: all are taken as public"
    assert f"messages.csv: {words}" in desk.read(TICKETS, messages=messages).notices
    messages = desk.write("ticket,body,internal\n1,One,no\n1,Two,no", "messages.csv")
    assert "taken as public" not in str(desk.read(TICKETS, messages=messages).notices)


def test_it_is_said_of_comments_and_of_rows_with_a_message_each(desk: Desk) -> None:
    words = "tickets.csv: no column says which messages are internal: all are taken as public"
    assert words in desk.read("ID,Subject,Requester,Comment\n1,One,a@x.test,Done.").notices
    rows = "1,One,a@x.test,Help\n1,One,a@x.test,Done."
    assert words in desk.read(f"ID,Subject,Requester,Message\n{rows}").notices
    assert words not in desk.read("ID,Subject,Requester,Message\n1,One,a@x.test,Help").notices


def test_it_is_said_that_comments_of_jira_are_all_public(desk: Desk) -> None:
    found = desk.read("""
        Issue key,Issue id,Issue Type,Summary,Reporter,Created,Comment
        A-1,1,Bug,One,a@x.test,01/Feb/24 1:00 PM,02/Feb/24 1:00 PM;ann;Done.
    """)
    words = "the export of Jira does not say which messages are internal: all are taken as public"
    assert f"tickets.csv: {words}" in found.notices


TALK = """
    Ticket ID,Subject,Requester,Date,{author},{text},Message type
    1,A,a@x.test,2024-01-01,a@x.test,Help,Customer
    1,A,a@x.test,2024-01-02,Ann,Do not tell him,Internal note
    1,A,a@x.test,2024-01-03,,A machine,Internal note
    1,A,a@x.test,2024-01-04,,Closed for now,Agent
"""
AUTHORS = [
    "Author", "From", "Sender", "Written by", "Sent by", "Posted by", "Created by", "Agent", "Verfasser",
    "Kirjoittaja", "Auteur", "Autor", "Comment author",
]  # fmt: skip


@pytest.mark.parametrize("author", AUTHORS)
@pytest.mark.parametrize("text", ["Message", "Body", "Text", "Content", "Comment", "Description"])
def test_a_message_is_by_whom_its_row_names_and_else_by_nobody_known(
    desk: Desk, author: str, text: str
) -> None:
    found = desk.read(TALK.format(author=author, text=text))
    talk = [(message.body, message.author_id, message.is_internal) for message in found.messages]
    assert talk == [
        ("Help", "a@x.test", False),
        ("Do not tell him", "ann", True),
        ("A machine", None, True),
        ("Closed for now", None, False),
    ]


def test_without_a_column_of_authors_nobody_is_said_to_have_written_what_only_the_rows_repeat(
    desk: Desk,
) -> None:
    found = desk.read("""
        ID,Subject,Requester,Date,Message,Type
        1,A,a@x.test,2024-01-01,Help,Customer
        1,A,a@x.test,2024-01-02,Do not tell him,Internal note
        1,A,a@x.test,2024-01-02,Try again,Agent
    """)
    assert [message.author_id for message in found.messages] == ["a@x.test", None, None]


def test_who_created_the_ticket_is_no_author(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Created by,Agent,Comment
        1,A,a@x.test,Front desk,Aino,First.
        1,A,a@x.test,Front desk,Aino,Second.
    """)
    assert [message.author_id for message in found.messages] == [None, None]
    assert found.ticket.extra == {"Created by": "Front desk"}
    assert found.ticket.assignee_id == "aino"
