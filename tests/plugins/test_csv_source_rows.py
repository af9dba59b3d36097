"""Several rows of one ticket: whose words and whose work they are, when, and what of them only repeats."""

from pathlib import Path

import pytest

from csv_sources import Desk, Found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def work(found: Found) -> list[tuple[int, str, str | None]]:
    return [(entry.duration_minutes, entry.date.isoformat(), entry.agent_id) for entry in found.times]


def talk(found: Found) -> list[tuple[str, str | None, str | None]]:
    """Text, author and day of each message."""
    return [
        (
            message.body,
            message.author_id,
            message.created_at.date().isoformat() if message.created_at else None,
        )
        for message in found.messages
    ]


def test_equal_work_on_different_days_counts_each_with_the_day_of_its_row(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Time spent,Updated
        7,Printer,jane@example.com,30m,2024-01-01
        7,Printer,jane@example.com,30m,2024-01-03
        7,Printer,jane@example.com,1h,2024-01-02
    """)
    assert work(found) == [(30, "2024-01-01", None), (60, "2024-01-02", None), (30, "2024-01-03", None)]


def test_equal_work_told_by_different_texts_counts_each(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Created,Comment,Time spent
        7,Printer,jane@example.com,2024-01-01,Cleaned,30m
        7,Printer,jane@example.com,2024-01-01,Tested,30m
    """)
    assert work(found) == [(30, "2024-01-01", None)] * 2
    assert len({entry.source_id for entry in found.times}) == 2


def test_work_is_that_of_the_author_of_its_row_else_of_its_assignee(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Created,Assignee,Comment,Comment author,Comment created,Time spent
        7,Printer,jane@example.com,2024-01-01,bob@desk.example,Cleaned,aino@desk.example,2024-01-02,30m
        7,Printer,jane@example.com,2024-01-01,bob@desk.example,It works!,jane@example.com,2024-01-03,30m
        7,Printer,jane@example.com,2024-01-01,bob@desk.example,,,,30m
    """)
    assert sorted(work(found)) == [
        (30, "2024-01-01", "bob@desk.example"),
        (30, "2024-01-02", "aino@desk.example"),
        (30, "2024-01-03", "bob@desk.example"),
    ]
    assert {agent.source_id for agent in found.agents} == {"aino@desk.example", "bob@desk.example"}


def test_work_of_a_comment_that_a_join_repeats_counts_once(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Category,Comment,Comment created,Time spent
        7,Printer,jane@example.com,Hardware,Cleaned,2024-01-02,30m
        7,Printer,jane@example.com,Office,Cleaned,2024-01-02,30m
        7,Printer,jane@example.com,Hardware,Tested,2024-01-03,1h
        7,Printer,jane@example.com,Office,Tested,2024-01-03,1h
    """)
    assert [(minutes, day) for minutes, day, _ in work(found)] == [(30, "2024-01-02"), (60, "2024-01-03")]
    assert found.codes == [("REPEATED_IN_ROWS", "tickets.csv")]
    assert found.problems[0].message.startswith("2 texts and 2 times worked")


def test_work_without_a_date_of_its_own_has_that_of_its_ticket(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Time spent,Updated
        7,Printer,jane@example.com,30m,2024-01-05
        7,Printer,jane@example.com,1h,
        8,Login,jane@example.com,30m,
        8,Login,jane@example.com,1h,
    """)
    assert work(found) == [(30, "2024-01-05", None), (60, "2024-01-05", None)]
    assert found.tickets["8"].extra["time_spent"] == "90 min"


def test_equal_texts_of_other_people_or_times_are_messages_of_their_own(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Description,Requester,Created
        7,Printer,Any news?,jane@example.com,2024-01-01
        7,Printer,Any news?,jane@example.com,2024-01-02
        7,Printer,Any news?,bob@example.com,2024-01-02
        7,Printer,Any news?,bob@example.com,2024-01-02
    """)
    assert talk(found) == [
        ("Any news?", "jane@example.com", "2024-01-01"),
        ("Any news?", "jane@example.com", "2024-01-02"),
        ("Any news?", "bob@example.com", "2024-01-02"),
    ]
    assert found.codes == [("REPEATED_IN_ROWS", "tickets.csv")]
    assert found.problems[0].message == "1 text that several rows of a ticket repeat was taken once"


@pytest.mark.parametrize("last", ["Bob,2024-01-02,no", "Aino,2024-01-03,no", "Aino,2024-01-02,yes"])
def test_equal_comments_that_differ_otherwise_stay_two(desk: Desk, last: str) -> None:
    found = desk.read(f"""
        ID,Subject,Requester,Comment,Comment author,Comment created,Comment internal
        7,Printer,jane@example.com,Ping,Aino,2024-01-02,no
        7,Printer,jane@example.com,Ping,{last}
    """)
    assert found.bodies == ["Ping", "Ping"]
    assert found.problems == []


def test_a_comment_without_a_date_has_what_date_of_its_row_differs(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Created,Updated,Comment
        7,Printer,jane@example.com,2024-01-01,2024-01-02,Ping
        7,Printer,jane@example.com,2024-01-01,2024-01-03,Ping
    """)
    assert [day for _, _, day in talk(found)] == ["2024-01-02", "2024-01-03"]


def test_a_description_that_every_event_repeats_is_one_message(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Description,Requester,Created,Updated,Status
        7,Printer,It jams.,jane@example.com,2024-01-01,2024-01-02,open
        7,Printer,It jams.,jane@example.com,2024-01-01,2024-01-03,closed
    """)
    assert talk(found) == [("It jams.", "jane@example.com", "2024-01-01")]


def test_comments_of_one_row_that_are_equal_stay_beside_those_that_rows_repeat(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Requester,Comment,Comment
        7,Printer,jane@example.com,Ping,Ping
        7,Printer,jane@example.com,Ping,
    """)
    assert found.bodies == ["Ping", "Ping"]


def test_a_text_of_a_later_row_is_by_whom_that_row_names(desk: Desk) -> None:
    found = desk.read("""
        ID,Subject,Description,Requester,Updated
        7,Printer,It jams.,jane@example.com,2024-01-01
        7,Printer,Here too.,Bob <bob@example.com>,2024-01-02
        7,,Again.,,2024-01-03
    """)
    assert talk(found)[1:] == [
        ("Here too.", "bob@example.com", "2024-01-02"),
        ("Again.", "jane@example.com", "2024-01-03"),
    ]
    assert [message.author_name for message in found.messages][1] == "Bob"


OWN = '[ticket.columns]\nWho = "comment_author"\nWhen = "comment_created_at"\nHidden = "comment_internal"\n'


def test_the_author_of_a_text_stands_before_the_requester_of_its_row(desk: Desk) -> None:
    text = """
        ID,Subject,Description,Requester,Created,Who,When,Hidden
        7,Printer,It jams.,jane@example.com,2024-01-01,Kim,2024-01-01,no
        7,Printer,Send a new one.,jane@example.com,2024-01-01,Aino,2024-01-02,yes
        7,Printer,Thanks.,jane@example.com,2024-01-01,jane@example.com,2024-01-03,no
        8,Login,No way in.,bob@example.com,2024-01-01,bob@example.com,2024-01-04,yes
    """
    found = desk.read(text, map=OWN)
    assert talk(found) == [
        ("It jams.", "jane@example.com", "2024-01-01"),
        ("Send a new one.", "aino", "2024-01-02"),
        ("Thanks.", "jane@example.com", "2024-01-03"),
        ("No way in.", "bob@example.com", "2024-01-04"),
    ]
    assert [message.is_internal for message in found.messages] == [False, True, False, True]
    assert [ticket.extra for ticket in found.tickets.values()] == [{"comment_author": "Kim"}, {}]


def test_other_values_are_kept_whole(desk: Desk) -> None:
    long = "x" * 200
    found = desk.read(f"ID,Subject,Requester\n7,One,a@x.test\n7,{long}1,a@x.test\n7,{long}2,a@x.test")
    assert found.ticket.extra["other subject"] == [f"'{long}1'", f"'{long}2'"]
    assert len(found.warnings) == 1


REPLIES = """
    Ticket ID,Subject,Description,Requester,Created,Author,{},{}
    1,Printer,It broke,ann@x.test,2024-01-13 10:00,help@us.test,Check the cable,2024-01-14 10:00
    1,Printer,It broke,ann@x.test,2024-01-13 10:00,ann@x.test,Works now,2024-01-15 10:00
"""


@pytest.mark.parametrize("header", ["Message", "Body", "Text", "Content", "Reply", "Nachricht", "Comment"])
def test_a_text_of_each_row_beside_the_description_of_the_ticket_is_a_comment(
    desk: Desk, header: str
) -> None:
    found = desk.read(REPLIES.format(header, "Message date"))
    assert talk(found) == [
        ("It broke", "ann@x.test", "2024-01-13"),
        ("Check the cable", "help@us.test", "2024-01-14"),
        ("Works now", "ann@x.test", "2024-01-15"),
    ]
    assert found.ticket.extra == {}


def test_of_two_texts_that_differ_in_rows_the_one_beside_an_author_is_a_comment(desk: Desk) -> None:
    text = REPLIES.format("Message", "Message date").replace("It broke", "It broke again", 1)
    found = desk.read(text)
    assert {"Check the cable", "Works now", "It broke", "It broke again"} == set(found.bodies)
    assert found.ticket.extra == {}


def test_a_second_text_that_rows_of_a_ticket_only_repeat_is_no_comment(desk: Desk) -> None:
    found = desk.read("""
        Ticket ID,Subject,Description,Details,Requester,Created
        1,Printer,It broke,<p>It broke</p>,ann@x.test,2024-01-13 10:00
        1,Printer,It broke,<p>It broke</p>,ann@x.test,2024-01-13 10:00
    """)
    assert found.bodies == ["It broke"]
    assert list(found.ticket.extra) == ["Details"]


@pytest.mark.parametrize("rows", [1, 2])
def test_a_comment_that_is_the_description_once_more_is_left_out_and_counted(desk: Desk, rows: int) -> None:
    header = "Ticket ID,Subject,Description,Requester,Created,Comment author,Comment,Comment date"
    ticket = "1,Printer,It broke,Ann A <ann@x.test>,2024-01-13 10:00"
    again = [f"{ticket},{author},It  broke,2024-01-13 10:00:30" for author in ("ann@x.test", "ann a")]
    others = [
        f"{ticket},help@us.test,It broke,2024-01-13 10:00",
        f"{ticket},ann@x.test,It broke,2024-01-14 10:00",
    ]
    for one in again:
        found = desk.read("\n".join([header, *[one, *others][: 2 * rows - 1]]))
        assert [day for _, _, day in talk(found)] == ["2024-01-13", "2024-01-13", "2024-01-14"][
            : 2 * rows - 1
        ]
        problem = found.problems[-1]
        assert (problem.code, problem.lost) == ("REPEATED_IN_ROWS", 0)
        assert problem.message.startswith("1 comment that is the description of the ticket once more")


def test_a_message_beside_its_author_and_date_is_a_comment_before_a_ticket_has_several(desk: Desk) -> None:
    found = desk.read("\n".join(REPLIES.format("Message", "Message date").strip().splitlines()[:2]))
    assert talk(found) == [
        ("It broke", "ann@x.test", "2024-01-13"),
        ("Check the cable", "help@us.test", "2024-01-14"),
    ]


def test_a_description_that_rows_only_repeat_is_not_theirs_who_wrote_the_rows(desk: Desk) -> None:
    found = desk.read(REPLIES.format("Unheard of", "Message date"))
    assert talk(found) == [("It broke", "ann@x.test", "2024-01-13")]
    kept = found.ticket.extra
    assert kept["Unheard of"] == ["Check the cable", "Works now"]
    assert "help@us.test" in str(kept)
    assert "2024-01-14" in str(kept)
    assert "2024-01-15" in str(kept)


def test_work_keeps_the_day_of_its_row_beside_a_description_that_rows_repeat(desk: Desk) -> None:
    found = desk.read("""
        Ticket ID,Subject,Description,Requester,Created,Message author,Message date,Time spent
        1,Printer,It broke,ann@x.test,2024-01-13 10:00,help@us.test,2024-01-14 10:00,30m
        1,Printer,It broke,ann@x.test,2024-01-13 10:00,help@us.test,2024-01-15 10:00,1h
    """)
    assert talk(found) == [("It broke", "ann@x.test", "2024-01-13")]
    assert work(found) == [(30, "2024-01-14", "help@us.test"), (60, "2024-01-15", "help@us.test")]
