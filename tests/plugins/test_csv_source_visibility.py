"""Who may read a message: nothing internal becomes public because a column says so in other words."""

from pathlib import Path
from typing import Any

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


def told(desk: Desk, text: str) -> tuple[list[tuple[str, bool]], dict[str, Any], str]:
    """Messages of ``text`` and whether they are internal, the first ticket's extra, and the notices."""
    found = desk.read(text)
    messages = [(message.body, message.is_internal) for message in found.messages]
    return messages, found.tickets["1"].extra, "\n".join(found.notices)


NOTED = "ID,Subject,Description,Requester,Created,Comment,{}\n1,Printer,Broken,ann@x.test,2024-01-13,c1,{}"


@pytest.mark.parametrize(
    "header",
    [
        "Internal comment", "Internal comments", "Private comment", "Comment internal", "Sisäinen kommentti",
        "Interner Kommentar", "Commentaire privé", "Comentario privado", "Comentário privado",
        "Privat kommentar",
    ],
)  # fmt: skip
def test_a_column_of_internal_comments_is_one_of_notes_unless_it_says_yes_or_no(
    desk: Desk, header: str
) -> None:
    messages, extra, notices = told(desk, NOTED.format(header, "n1 she is odd"))
    assert messages == [("Broken", False), ("c1", False), ("n1 she is odd", True)]
    assert not extra
    assert "taken as public" not in notices
    assert told(desk, NOTED.format(header, "yes"))[0][1:] == [("c1", True)]
    assert told(desk, NOTED.format(header, "no"))[0][1:] == [("c1", False)]


def test_a_column_without_a_word_for_who_may_read_is_no_flag(desk: Desk) -> None:
    header = "ID,Subject,Description,Requester,Internal"
    messages, extra, notices = told(desk, f"{header}\n1,One,It jams.,a@x.test,IT-4711")
    assert messages == [("It jams.", False)]
    assert extra == {"Internal": "IT-4711"}
    assert "column Internal has no word for who may read: all are taken as public" in notices
    rows = "1,One,It jams.,a@x.test,IT-4711\n2,Two,Help,a@x.test,no"
    assert told(desk, f"{header}\n{rows}")[0] == [("It jams.", True), ("Help", False)]
    for cell in ("#REF!", "", "-"):
        assert "Internal has no" not in told(desk, f"{header}\n1,One,It jams.,a@x.test,{cell}")[2]


def test_what_the_user_says_of_its_words_makes_a_column_a_flag(desk: Desk) -> None:
    text = "ID,Subject,Description,Requester,Internal\n1,One,It jams.,a@x.test,Team"
    words = '[ticket.values.internal]\nTeam = "yes"\n'
    assert [message.is_internal for message in desk.read(text, map=words).messages] == [True]


def test_a_column_whose_flags_stand_far_below_is_asked_about(desk: Desk) -> None:
    rows = [f"{number},One,It jams.,a@x.test,IT-{number}" for number in range(1, 300)]
    rows.append("300,One,A secret.,a@x.test,yes")
    text = "\n".join(["ID,Subject,Description,Requester,Internal", *rows])
    with pytest.raises(UsageError, match="“Internal” may say which messages are internal"):
        desk.read(text)


ROWS = "ID,Subject,Requester,Created,Message,{}\n" + "".join(
    f"{ticket},S,a@x.test,2024-01-0{day},m{ticket}{day},{{}}\n" for ticket in (1, 2) for day in (1, 2)
)
MESSAGES = ["m11", "m12", "m21", "m22"]


def rows_told(desk: Desk, header: str, *words: str) -> tuple[list[str], dict[str, Any], str]:
    """The internal messages of two tickets of two rows each."""
    messages, extra, notices = told(desk, ROWS.format(header, *words))
    assert sorted(body for body, _ in messages) == MESSAGES
    return [body for body, is_internal in messages if is_internal], extra, notices


@pytest.mark.parametrize("header", ["Type", "Kind", "Channel", "Role"])
@pytest.mark.parametrize("other", ["External", "Incident", "Question"])
def test_a_word_that_all_rows_of_a_ticket_share_is_the_tickets_own(
    desk: Desk, header: str, other: str
) -> None:
    internal, extra, notices = rows_told(desk, header, "Internal", "Internal", other, other)
    assert not internal
    assert extra == {header: "Internal"}
    assert "has the word" not in notices


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Channel", ("Web", "Internal", "Email", "Web")),
        ("Type", ("Incident", "Internal", "Incident", "Incident")),
        ("Role", ("Customer", "Agent", "Customer", "Internal")),
    ],
)
def test_a_plain_column_with_other_words_does_not_say_who_may_read(
    desk: Desk, header: str, words: tuple[str, ...]
) -> None:
    internal, _, notices = rows_told(desk, header, *words)
    assert not internal
    said = (
        f"column {header} has the word 'Internal' and was not taken for who may read: all are taken as public"
    )
    assert f"tickets.csv: {said}" in notices
    assert "no column says" not in notices


def test_the_opening_is_internal_only_by_a_column_of_who_may_read(desk: Desk) -> None:
    words = ("Internal", "Public", "Public", "Internal")
    assert rows_told(desk, "Type", *words)[0] == ["m22"]
    assert rows_told(desk, "Visibility", *words)[0] == ["m11", "m22"]
    assert rows_told(desk, "Internal", "yes", "no", "no", "yes")[0] == ["m11", "m22"]
    assert rows_told(desk, "Type", "Internal note", "Reply", "Reply", "Reply")[0] == ["m11"]


def test_an_opening_by_somebody_else_and_a_note_beside_it_stay_internal(desk: Desk) -> None:
    text = """
        ID,Subject,Requester,Created,Author,Message,Type,Work notes
        1,S,a@x.test,2024-01-01,{},m1,Internal,n1
        1,S,a@x.test,2024-01-02,Bo,m2,Public,
    """
    assert sorted(told(desk, text.format("Bo"))[0]) == [("m1", True), ("m2", False), ("n1", True)]
    assert sorted(told(desk, text.format("a@x.test"))[0]) == [("m1", False), ("m2", False), ("n1", True)]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Role", ("Robot", "Internal", "Customer")),
        ("Type", ("Robot", "Internal", "Customer")),
        ("Type", ("Reply", "Note", "Forward", "Customer reply")),
        ("Role", ("Note", "Forward")),
        ("Whatever", ("Reply", "Note", "Forward")),
        ("Channel", ("Internal note", "Web")),
    ],
)
def test_no_message_is_published_for_want_of_a_word(desk: Desk, header: str, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="may say which messages are internal"):
        flags(desk, header, *words)


def test_a_message_may_come_by_an_internal_channel(desk: Desk) -> None:
    assert flags(desk, "Channel", "Internal", "Web", "Email") == [False, False, False]


def test_all_are_not_said_to_be_public_where_some_are_internal(desk: Desk) -> None:
    text = "ID,Subject,Requester,Comment,Internal notes\n1,One,a@x.test,Done.,She is odd"
    assert "taken as public" not in told(desk, text)[2]
    words = "no column says which messages are internal: all are taken as public but those of column Solution"
    assert words in told(desk, text.replace("Internal notes", "Solution"))[2]
    messages = desk.write("ticket,body,internal\n1,One,maybe\n1,Two,perhaps", "messages.csv")
    found = desk.read(TICKETS, messages=messages)
    assert [message.is_internal for message in found.messages if message.body in ("One", "Two")] == [
        True,
        True,
    ]
    assert "no word for internal messages" not in str(found.notices)
