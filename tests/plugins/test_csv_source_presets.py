"""Cells that only the export of one helpdesk writes so, as records."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from csv_sources import Desk
from tiketti_migrate.errors import UsageError


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def jira(*comments: str, created: str = "25/Feb/26 10:17 PM") -> str:
    """A Jira export of one issue."""
    columns = ",".join(["Comment"] * len(comments))
    cells = ",".join(f'"{comment}"' for comment in comments)
    return (
        f"Issue key,Issue id,Summary,Reporter,Reporter Id,Assignee,Assignee Id,Created,{columns}\n"
        f"ACME-12,10012,Printer,Jane Doe,qm:1,Robin,5F0a,{created},{cells}\n"
    )


def test_a_ticket_that_was_deleted_in_zendesk_is_left_out_and_told(desk: Desk) -> None:
    text = """
        Id,Subject,Requester,Status,Group stations,Assignee stations
        1,One,jane@example.com,Deleted,1,1
        2,Two,jane@example.com,Open,1,1
    """
    found = desk.read(text)
    assert list(found.tickets) == ["2"]
    assert [(one.code, one.where, one.lost) for one in found.problems] == [
        ("DELETED_TICKET", "tickets.csv:2", 0)
    ]
    kept = desk.read(text, map='[ticket.values.status]\nDeleted = "closed"')
    assert kept.statuses == {"1": "closed", "2": "open"}
    assert desk.read("ID,Subject,Requester,Status\n1,One,j@x.test,Deleted").statuses == {"1": "closed"}


def test_a_comment_of_jira_has_its_own_date_and_author(desk: Desk) -> None:
    text = jira(
        "26/Feb/26 9:05 AM;5F0a;Is the light red; or does it blink?", "26/Feb/26 4:38 PM;qm:1;It\nblinks.", ""
    )
    found = desk.read(text.encode(), timezone="Europe/Helsinki")
    assert [(m.created_at, m.author_id, m.body) for m in found.messages] == [
        (datetime(2026, 2, 26, 7, 5, tzinfo=UTC), "5F0a", "Is the light red; or does it blink?"),
        (datetime(2026, 2, 26, 14, 38, tzinfo=UTC), "qm:1", "It\nblinks."),
    ]
    assert {agent.source_id for agent in found.agents} == {"5F0a"}
    assert set(found.contacts) == {"qm:1"}
    assert found.warnings == []


@pytest.mark.parametrize(
    "cell",
    [
        "Done; see above; thanks",
        "Just text",
        "26/Feb/26 9:05 AM;5f0a;",
        "26/Foo/26 9:05 AM;5f0a;It blinks.",
        ";;",
    ],
)
def test_a_comment_that_is_written_otherwise_stays_whole_and_is_told(desk: Desk, cell: str) -> None:
    found = desk.read(jira("26/Feb/26 9:05 AM;5f0a;Hello.", cell).encode())
    assert found.bodies == ["Hello.", cell]
    assert found.messages[1].created_at is None
    assert found.warnings == ["comment: 1 does not begin with date and author, which stay in the text"]
    assert found.ticket.extra["Issue id"] == "10012"
    assert "comment" not in found.ticket.extra


@pytest.mark.parametrize(("created", "month"), [("25/02/2026 10:17", 4), ("02/25/2026 10:17", 3)])
def test_dates_in_comments_have_the_order_of_the_table(desk: Desk, created: str, month: int) -> None:
    (message,) = desk.read(jira("03/04/2026 09:05;5f0a;Hello.", created=created).encode()).messages
    assert message.created_at is not None
    assert message.created_at.month == month


def notes_on_comments(desk: Desk, created: str, **options: str) -> list[str]:
    draft = desk.source(jira("03/04/2026 09:05;5f0a;Hello.", created=created).encode(), **options).draft()
    assert draft is not None
    return [note.removeprefix("tickets.csv: column Comment: ") for note in draft.notes if "Comment" in note]


def test_what_told_the_order_of_dates_in_comments_is_shown(desk: Desk) -> None:
    assert notes_on_comments(desk, "25/02/2026 10:17") == [
        "dates are read as dmy, like those of column Created"
    ]
    assert notes_on_comments(desk, "", date_order="mdy") == ["dates are read as mdy, as --date-order says"]


def test_dates_in_comments_that_can_be_read_two_ways_are_asked_for(desk: Desk) -> None:
    text = jira("03/04/2026 09:05;5f0a;Hello.", created="").encode()
    with pytest.raises(UsageError, match="column 'Comment': '03/04/2026 09:05' in line 2"):
        desk.read(text)
    (message,) = desk.read(text, date_order="mdy").messages
    assert message.created_at == datetime(2026, 3, 4, 9, 5, tzinfo=UTC)


def test_comments_of_jira_have_the_date_format_of_a_mapping_file(desk: Desk) -> None:
    text = jira("26.02.26 um 9.05;5f0a;Hello.", "Hello; you; all").encode()
    found = desk.read(text, map='[ticket.formats]\nComment = "%d.%m.%y um %H.%M"\n')
    assert found.messages[0].created_at == datetime(2026, 2, 26, 9, 5, tzinfo=UTC)
    assert found.bodies == ["Hello.", "Hello; you; all"]


def test_html_in_comments_of_jira_is_html(desk: Desk) -> None:
    (message,) = desk.read(jira("26/Feb/26 9:05 AM;5f0a;<p>Hello <b>you</b>.</p>").encode()).messages
    assert (message.body, message.body_format) == ("<p>Hello <b>you</b>.</p>", "html")


def test_weeks_and_days_of_jira_are_those_of_work(desk: Desk) -> None:
    text = (
        "Issue key,Issue id,Summary,Reporter,Created,Time Spent\n"
        "ACME-12,10012,Printer,Jane Doe,25/Feb/26 10:17 PM,1w 2d\n"
        "ACME-13,10013,Printer,Jane Doe,25/Feb/26 10:17 PM,5400\n"
    )
    source = desk.source(text.encode())
    draft = source.draft()
    assert [entry.duration_minutes for entry in desk.read(text.encode()).times] == [7 * 8 * 60, 90]
    assert draft is not None
    assert "tickets.csv: column Time Spent: days are taken as 8 hours and weeks as 5 days" in draft.notes


def test_people_of_glpi_stand_on_lines_and_its_ids_have_blanks(desk: Desk) -> None:
    text = (
        "ID;Titre;Statut;Date d'ouverture;Demandeur - Demandeur;Attribué à - Technicien\n"
        '5 732 943;Imprimante;Nouveau;25-02-2026 10:17;"Jeanne Doe\nBob Roe";"Robin\nAino"\n'
        "1 002;Souris;Clos;26-02-2026 10:17;Jeanne Doe;\n"
        "7;Écran;Clos;26-02-2026 10:17;Jeanne Doe;\n"
    )
    found = desk.read(text.encode())
    assert list(found.tickets) == ["5732943", "1002", "7"]
    assert [contact.name for contact in found.contacts.values()] == ["Jeanne Doe"]
    assert [agent.name for agent in found.agents] == ["Robin"]
    assert found.warnings == [
        "the cell names several people: the first is the requester, also Bob Roe",
        "the cell names several people: the first is the assignee, also Aino",
    ]


def test_ids_of_jira_stay_as_they_are(desk: Desk) -> None:
    assert list(desk.read(jira("26/Feb/26 9:05 AM;5f0a;Hello.").encode()).tickets) == ["ACME-12"]
