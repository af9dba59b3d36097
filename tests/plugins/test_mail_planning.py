"""Threads as tickets: who asks, who answers, in what state they are, what stays out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mail_heads import DAY, START, THEM, US, Note, Planned, folder, planned
from tiketti_migrate.api import Problem
from tiketti_migrate_mail.headers import Address
from tiketti_migrate_mail.planned import PlannedMail, Thread

INBOX, SENT = folder(), folder("Sent", "sent")
JOE = "joe@acme.test"
OURS = (US, JOE)


def plan(*mails: Note | Problem, **options: Any) -> Planned:
    return planned((INBOX, list(mails)), **{"our_address": OURS, **options})


def thread(*mails: Note, **options: Any) -> Thread:
    [one] = plan(*mails, **options).plan.threads.values()
    return one


def requester(*mails: Note) -> str | None:
    one = thread(*mails).requester
    return one.email if one else None


def test_a_request_and_its_answer() -> None:
    asked = Note("a", "Printer", "Jane Doe <jane@example.com>")
    answer = Note("b", "Re: Printer", f"Joe <{JOE}>", THEM, at=1, refs="a")
    found = thread(asked, answer)
    assert found.subject == "Printer"
    assert found.requester == Address("Jane Doe", THEM)
    assert found.assignee == Address("Joe", JOE)
    assert found.status == "resolved"
    assert (found.created_at, found.updated_at) == (START, START + DAY)
    assert found.lead == (0, 1)
    assert thread(asked).status == "open"
    assert thread(asked, answer, assign="nobody").assignee is None


def test_the_subject_is_that_of_the_first_mail_without_prefixes() -> None:
    assert thread(Note("a", "AW: WG: Printer")).subject == "Printer"
    assert thread(Note("a", "Re:")).subject == "(no subject)"


ROBOT, FORM = "noreply@shop.example", "form@acme.test"


@pytest.mark.parametrize(
    ("mail", "found"),
    [
        (Note(sender=ROBOT, reply_to="kim@example.org"), "kim@example.org"),
        (Note(sender=US, reply_to="kim@example.org"), "kim@example.org"),
        (Note(sender=US, to=THEM), THEM),
        (Note(sender=US, to=JOE, cc=THEM), THEM),
        (Note(sender=ROBOT), None),
        (Note(sender=US, to=JOE), None),
        (Note(sender=JOE, subject="WG: Printer"), None),
        (Note(sender=JOE, subject="Fwd: Printer", to="supplier@example.org"), "supplier@example.org"),
        (Note(sender=THEM, reply_to="kim@example.org"), THEM),
        (Note(sender=None), None),
        (
            Note(
                sender="'Kim' via Help <help@lists.acme.test>",
                reply_to="kim@example.org",
                more="List-Id: <help.lists.acme.test>\r\n",
            ),
            "kim@example.org",
        ),
    ],
    ids=[
        *("robot for somebody", "form", "we began", "Cc", "robot alone", "among us", "forwarded to us"),
        *("forwarded away", "person", "nobody", "list in its own name"),
    ],
)
def test_who_asks(mail: Note, found: str | None) -> None:
    assert requester(mail) == found


def test_where_only_the_text_can_tell_there_is_a_guess() -> None:
    assert thread(Note(sender=ROBOT)).guess == Address("", ROBOT)
    forwarded = Note("a", "Fwd: Printer", JOE)
    answered = Note("b", "Re: Printer", US, THEM, at=1, refs="a")
    assert thread(forwarded, answered).guess == Address("", THEM)
    assert thread(forwarded, answered).requester is None
    assert requester(forwarded, answered, Note("c", at=2, refs="a b")) == THEM


def test_a_shared_address_is_nobodys_ticket() -> None:
    mails = [
        Note("a"),
        Note("b", sender=JOE, to=THEM, at=1, refs="a"),
        Note("c", sender=US, to=THEM, at=2, refs="a"),
    ]
    found = thread(*mails)
    assert found.assignee == Address("", JOE)
    assert thread(mails[0], mails[2]).assignee is None


ABSENT = "Auto-Submitted: auto-replied\r\n"


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (Note("c", at=2, refs="a b"), "open"),
        (Note("c", at=2, refs="a b", more=ABSENT), "resolved"),
        (Note("c", sender=JOE, to=US, at=2, refs="a b"), "resolved"),
        (Note("c", sender=ROBOT, to=US, at=2, refs="a b"), "open"),
        (Note("c", at=2, refs="a b", more="Auto-Submitted: auto-generated\r\n"), "open"),
    ],
    ids=["theirs", "absent", "internal", "robot", "generated"],
)
def test_the_last_word_says_what_state_it_is_in(last: Note, status: str) -> None:
    asked, answer = Note("a"), Note("b", sender=US, to=THEM, at=1, refs="a")
    assert thread(asked, answer, last).status == status


def test_a_form_of_ours_asks_and_its_receipt_does_not_answer() -> None:
    form = Note("a", sender=FORM)
    assert thread(form, our_address=("@acme.test",)).status == "open"
    [mail] = plan(form, our_address=("@acme.test",)).plan.mails[0]
    assert not mail.is_internal
    receipt = Note("b", sender="noreply@acme.test", to=THEM, at=1, refs="a")
    assert thread(Note("a"), receipt, our_address=("@acme.test",)).status == "open"


GENERATED = "Auto-Submitted: auto-generated\r\n"


def test_what_a_program_of_ours_sends_is_no_answer() -> None:
    received = Note("b", "[#1] We received your request", US, to=THEM, at=1, refs="a", more=GENERATED)
    assert thread(Note("a"), received).status == "open"
    answer = Note("c", sender=JOE, to=THEM, at=2, refs="a")
    closing = Note("d", "[#1] Your request is closed", US, to=THEM, at=3, refs="a c", more=GENERATED)
    assert thread(Note("a"), received, answer, closing).status == "resolved"


def test_nobody_waits_for_an_answer_to_a_notice_of_ours() -> None:
    assert thread(Note("a", "Your order was sent", US, to=THEM, more=GENERATED)).status == "resolved"
    assert (
        thread(Note("a", sender="noreply@acme.test", to=THEM), our_address=("@acme.test",)).status
        == "resolved"
    )


def test_among_ourselves() -> None:
    asked = Note("a", sender=JOE)
    assert thread(asked).status == "open"
    assert thread(asked, Note("b", sender=US, to=JOE, at=1, refs="a")).status == "resolved"


def test_flags_say_more_where_the_user_wants_it() -> None:
    mail = Note(flags="answered flagged")
    assert (thread(mail).status, thread(mail).priority) == ("open", "normal")
    found = thread(mail, answered_status="pending", flagged_priority="urgent")
    assert (found.status, found.priority) == ("pending", "urgent")


def test_old_ones_are_closed() -> None:
    assert thread(Note(), closed_before="2024-01-02").status == "closed"
    assert thread(Note(), closed_before="2024-01-01").status == "open"


def kinds(*mails: Note) -> list[tuple[bool, bool, bool]]:
    return [(one.is_lead, one.is_internal, one.is_report) for one in plan(*mails).plan.mails[0]]


def test_each_mail_says_what_it_is() -> None:
    internal = Note("b", sender=JOE, to=US, at=1, refs="a")
    report = Note("c", at=2, refs="a", more=ABSENT)
    hidden = Note("d", sender=JOE, to=None, at=3, refs="a")
    assert kinds(report, internal, hidden, Note("a")) == [
        (False, False, True),
        (False, True, False),
        (False, True, False),
        (True, False, False),
    ]
    assert kinds(Note("d", sender=JOE, to=None)) == [(True, False, False)]


@pytest.mark.parametrize(
    ("subject", "more", "is_report"),
    [
        (
            "Automatic reply: Printer",
            "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n",
            True,
        ),
        ("Order 17", "Auto-Submitted: auto-generated\r\n", False),
        ("Order 17", "X-Auto-Response-Suppress: All\r\n", False),
        ("Printer", "X-Autoreply: yes\r\n", True),
        ("Printer", "Precedence: auto_reply\r\n", True),
        ("Printer", "Precedence: bulk\r\n", False),
        ("Printer", "Auto-Submitted: no\r\n", False),
        ("Read: Printer", "Content-Type: multipart/report; report-type=disposition-notification\r\n", True),
        ("Printer", "X-Failed-Recipients: x@example.com\r\n", True),
        ("Out of office?", "", False),
    ],
)
def test_reports_are_told_from_what_a_form_or_a_shop_sends(subject: str, more: str, is_report: bool) -> None:
    [mail] = plan(Note(subject=subject, more=more)).plan.mails[0]
    assert mail.is_report == is_report


def test_labels_are_of_folders_and_gmail() -> None:
    mail = Note(labels=("\\Inbox", "Customers/ACME", "\\Important"))
    boxes = (INBOX, [mail]), (folder("Projects/X"), [mail]), (folder("Archive", "archive"), [mail])
    [found] = planned(*boxes).plan.threads.values()
    assert found.labels == ("Customers/ACME", "Projects/X")
    [found] = planned(*boxes, folder_labels=False).plan.threads.values()
    assert found.labels == ()


def dates(*mails: Note) -> list[datetime | None]:
    return [one.created_at for one in plan(*mails).plan.mails[0]]


def test_a_mail_without_a_date_has_that_of_its_last_hop() -> None:
    hops = (
        "Received: from a by b;\r\n Tue, 2 Jan 2024 10:00:00 +0100 (CET)\r\nReceived: x; 1 Jan 1990 1:00\r\n"
    )
    when = datetime(2024, 1, 3, tzinfo=UTC)
    mails = [
        Note("a", at=None, more=hops, received=when),
        Note("b", at=None, received=when),
        Note("c", at=-20_000.0, received=when),
        Note("d", at=None),
    ]
    assert dates(*mails) == [datetime(2024, 1, 2, 9, tzinfo=UTC), when, when, None]
    found = plan(*mails)
    assert found.message("DATES").startswith("3 mails without a usable date")
    assert found.message("UNDATED").startswith("1 mail has no date")
    assert found.plan.threads[found.plan.mails[0][3].ticket_id].warnings


def test_a_mail_that_nobody_can_date_leads_only_where_it_is_alone() -> None:
    found = plan(Note("a", at=None), Note("b", at=1, refs="a"))
    assert [one.is_lead for one in found.plan.mails[0]] == [False, True]


def test_what_stays_out_is_counted() -> None:
    problem = Problem("BROKEN", "cannot be read", "INBOX uid 9")
    drafts = Note("a", flags="draft"), Note("b", labels=("\\Draft",))
    mails = (*drafts, Note("c", flags="deleted"), problem, Note("d"))
    found = plan(*mails, Note("e", at=10), before="2024-01-09")
    assert found.groups == {frozenset("d")}
    assert sorted(found.codes) == ["BEFORE", "BROKEN", "DELETED", "DRAFTS", "OURS"]
    assert found.message("DRAFTS") == "2 mails that were never sent (drafts) are left out"
    assert {one.lost for one in found.told if one.code != "BROKEN"} == {0}


def test_since_keeps_what_goes_on_and_what_is_not_solved() -> None:
    solved = [Note("a"), Note("b", sender=US, to=THEM, at=1, refs="a")]
    going_on = [Note("c"), Note("d", sender=US, to=THEM, at=30, refs="c")]
    found = plan(*solved, *going_on, Note("e"), since="2024-01-15")
    assert found.groups == {frozenset("cd"), frozenset("e")}
    assert found.message("SINCE").startswith("2 mails are left out")


def test_from_keeps_what_these_began() -> None:
    mails = [Note("a"), Note("b", sender="kim@example.org"), Note("c", sender=US, to=THEM, refs="b", at=1)]
    assert plan(*mails, from_=(THEM,)).groups == {frozenset("a")}
    found = plan(*mails, from_=("@example.org",))
    assert found.groups == {frozenset("bc")}
    assert found.message("FROM").startswith("1 mail is left out")
    assert "FROM_UNSURE" not in found.codes


def test_from_keeps_those_of_which_only_the_text_says_who_asks() -> None:
    form = Note("a", "Contact", "wordpress@acme.test", body="Name: Kim\r\nE-Mail: kim@example.org\r\nHelp")
    forwarded = Note("b", "Fwd: Broken", JOE, at=1)
    answer = Note("c", "Re: Broken", JOE, to="kim@example.org", at=2, refs="b")
    found = plan(form, forwarded, Note("d"), from_=("kim@example.org",))
    assert found.groups == {frozenset("a"), frozenset("b")}
    assert found.message("FROM_UNSURE").startswith("2 mails are kept although --from names others")
    assert "FROM_UNSURE" not in plan(forwarded, answer, from_=("kim@example.org",)).codes


def test_mails_come_by_uid_and_progress_is_told() -> None:
    mails = [Note(f"m{number}", at=-float(number)) for number in range(5)]
    found: list[PlannedMail] = list(plan(*mails).plan.mails[0])
    assert [one.uid for one in found] == [1, 2, 3, 4, 5]
    assert all(one.created_at == START - timedelta(days=one.uid - 1) for one in found)


def test_an_empty_mailbox_is_an_empty_plan() -> None:
    found = plan()
    assert (list(found.plan.threads), list(map(list, found.plan.mails))) == ([], [[]])


def test_people_are_called_as_in_their_newest_mail() -> None:
    found = plan(
        Note("a", sender="Jane <jane@example.com>"),
        Note("b", "Other", sender="Jane Doe <jane@example.com>", at=2),
        Note("c", "Third", sender="jane@example.com", at=3),
        Note("d", "Fourth", sender="bob@example.com", at=1),
    )
    assert found.plan.people == {"jane@example.com": "Jane Doe", "bob@example.com": ""}


def test_a_partner_to_whom_answers_to_our_offer_go_has_asked_nothing() -> None:
    offer = Note(sender=US, to="alice@c1.example", reply_to="sales@partner.example")
    found = plan(offer)
    [mail] = found.plan.mails[0]
    assert requester(offer) == "alice@c1.example"
    assert (mail.author and mail.author.email, mail.is_internal) == (US, False)
    assert requester(Note(sender=US, to=US, reply_to="alice@c1.example")) == "alice@c1.example"
