"""Mails as records: who speaks, who may read it, what lies beside it."""

import hashlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mail_heads import Note, folder, planned
from tiketti_migrate.api import Content, RecordFields
from tiketti_migrate.records import is_sound, record_of
from tiketti_migrate_mail.conversion import Conversion, Converted
from tiketti_migrate_mail.mailbox import Raw
from tiketti_migrate_mail.options import MailOptions

BOTH = "Content-Type: multipart/mixed; boundary=b\r\n"
WITH_FILE = (
    "--b\r\n\r\nLook\r\n--b\r\nContent-Type: text/csv; name=a.csv\r\n"
    "Content-Disposition: attachment; filename=a.csv\r\n\r\n1;2\r\n--b--\r\n"
)


def converted(*notes: Note, size: int | None = None, **options: Any) -> list[Converted]:
    """One for each mail, in the order in which they are read."""
    chosen = {"our_address": ("@acme.test",), **options}
    plan = planned((folder(), list(notes)), **chosen).plan
    conversion = Conversion(plan, MailOptions.model_validate(chosen))
    found = []
    for mail in plan.mails[0]:
        raw = notes[mail.uid - 1].raw()
        found.append(conversion.mail(mail, Raw(mail.uid, raw, size or len(raw)), f"INBOX uid {mail.uid}"))
    return found


def records(found: list[Converted], kind: str) -> list[RecordFields]:
    return [one for each in found for one in each.records if one["kind"] == kind]


def test_a_request_is_a_ticket_with_its_message() -> None:
    found = converted(Note(sender="Jane Doe <jane@example.com>", to="help@acme.test", body="Hello there"))
    [ticket], [message] = records(found, "ticket"), records(found, "message")
    assert ticket["requester_id"] == message["author_id"] == "jane@example.com"
    assert ticket["subject"] == "Printer"
    assert (message["body"], message["body_format"], message["is_internal"]) == ("Hello there", "text", False)
    assert message["ticket_id"] == ticket["source_id"]
    assert message["url"] == "mid:a@x"
    assert records(found, "contact") == [
        {
            "kind": "contact",
            "source_id": "jane@example.com",
            "name": "Jane Doe",
            "email": "jane@example.com",
            "origin": "INBOX uid 1",
        }
    ]
    assert [one["status"] for one in records(found, "outcome")] == ["open"]


def test_our_answer_is_an_agents_and_people_come_once() -> None:
    found = converted(
        Note("a", to="help@acme.test"),
        Note("b", sender="Aino <aino@acme.test>", to="jane@example.com", refs="a", at=1),
        Note("c", to="help@acme.test", refs="a b", at=2),
    )
    assert [one["author_id"] for one in records(found, "message")] == [
        "jane@example.com",
        "aino@acme.test",
        "jane@example.com",
    ]
    assert [one["source_id"] for one in records(found, "contact")] == ["jane@example.com"]
    [agent] = records(found, "agent")
    assert (agent["name"], agent["email"]) == ("Aino", "aino@acme.test")
    assert records(found, "ticket")[0]["assignee_id"] == "aino@acme.test"


def test_what_we_write_to_ourselves_is_a_note() -> None:
    found = converted(
        Note("a", to="help@acme.test"),
        Note("b", sender="aino@acme.test", to="bo@acme.test", refs="a", at=1, body="Do not tell her"),
    )
    assert [one["is_internal"] for one in records(found, "message")] == [False, True]


def test_copies_are_told_with_addresses_of_customers_alone() -> None:
    found = converted(
        Note(to="help@acme.test", cc="Bob <bob@example.org>, Aino Aho <aino@acme.test>, bo@acme.test")
    )
    [message] = records(found, "message")
    assert message["cc"] == ("Bob (bob@example.org)", "Aino Aho", "bo")
    assert message["bcc"] is None
    assert "extra" not in message


BCC = "Bcc: Lawyer <lawyer@law.example>,\r\n boss@acme.test\r\n"


def test_who_got_it_unseen_is_told_among_us_alone() -> None:
    answer = Note("b", sender="aino@acme.test", to="jane@example.com", refs="a", at=1, more=BCC)
    note = Note("c", sender="aino@acme.test", to="bo@acme.test", refs="a", at=2, more=BCC)
    found = converted(Note("a", to="help@acme.test"), answer, note)
    hidden = ("Lawyer (lawyer@law.example)", "boss")
    [_, public, internal] = records(found, "message")
    assert (public["bcc"], public["extra"]) == (None, {"bcc": list(hidden)})
    assert internal["bcc"] == hidden


def test_an_original_that_customers_can_read_does_not_say_who_got_it_unseen() -> None:
    answer = Note(
        "b", sender="aino@acme.test", to="jane@example.com", more=BCC, body="Bcc: a word of the text"
    )
    ours = "Bcc: boss@acme.test\r\n"
    note = Note("c", "Other", "aino@acme.test", to="bo@acme.test", at=1, more=ours)
    public, internal = converted(answer, note, originals=True)
    assert public.contents == [Content(answer.raw().replace(BCC.encode(), b""))]
    assert internal.contents == [Content(note.raw())]


def test_a_list_does_not_speak_for_itself() -> None:
    munged = Note(
        sender="Jane via Help <help@lists.example.org>",
        reply_to="Jane <jane@example.com>",
        more="List-Id: <help.lists.example.org>\r\n",
        to="help@lists.example.org",
    )
    found = converted(munged)
    assert records(found, "ticket")[0]["requester_id"] == "jane@example.com"
    assert records(found, "message")[0]["author_id"] == "jane@example.com"


def test_who_asks_can_stand_in_the_text_alone() -> None:
    forwarded = Note(
        subject="Fwd: Broken",
        sender="aino@acme.test",
        to="help@acme.test",
        body="---------- Forwarded message ---------\r\nFrom: Jane Doe <jane@example.com>\r\n"
        "Date: Mon, 1 Jan 2024\r\nSubject: Broken\r\nTo: <aino@acme.test>\r\n\r\nIt is broken\r\n",
    )
    found = converted(forwarded)
    assert records(found, "ticket")[0]["requester_id"] == "jane@example.com"
    assert records(found, "contact")[0]["name"] == "Jane Doe"
    assert records(found, "message")[0]["is_internal"] is True


def test_nobody_is_somebody_all_the_same() -> None:
    found = converted(Note(sender=None))
    assert records(found, "ticket")[0]["requester_id"] == records(found, "contact")[0]["source_id"]
    assert "email" not in records(found, "contact")[0]
    assert records(found, "message")[0]["author_name"] == "Unknown sender"


def test_strangers_without_an_address_are_not_one_person() -> None:
    long = "x" * 500
    found = converted(
        Note("a", "One", sender="undisclosed"),
        Note("b", "Two", sender='"Carl Smith" <carl smith at foo>', at=1),
        Note("c", "Three", sender="<>", at=2),
        Note("d", "Four", sender=f"=?utf-8?q?J=C3=B6rg?= {long}", at=3),
    )
    names = ["undisclosed", "Carl Smith carl smith at foo", "Unknown sender", f"Jörg {long}"[:80]]
    assert [one["name"] for one in records(found, "contact")] == names
    assert [one["author_name"] for one in records(found, "message")] == names
    requesters = [one["requester_id"] for one in records(found, "ticket")]
    assert requesters == [one["source_id"] for one in records(found, "contact")]
    assert requesters == [f"unknown-{one['source_id']}" for one in records(found, "ticket")]


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))
def test_whatever_stands_in_from_makes_sound_records(sender: str) -> None:
    for one in converted(Note(sender=sender))[0].records:
        assert is_sound(record_of(one))


def test_an_automatic_mail_of_ours_was_sent_to_the_customer() -> None:
    for more in (
        "Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\n",
        "Auto-Submitted: auto-replied\r\n",
    ):
        received = Note(
            "b", "[#1] We received your request", "help@acme.test", to="jane@example.com", refs="a", at=1,
            more=more,
        )  # fmt: skip
        found = converted(Note("a", to="help@acme.test"), received)
        assert records(found, "outcome")[0]["status"] == "open"
        message = records(found, "message")[1]
        assert (message["is_internal"], message["author_id"]) == (False, "help@acme.test")


def test_a_bounce_is_a_note_that_says_whom_it_did_not_reach() -> None:
    report = (
        "--b\r\n\r\nSorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; jane@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n--b--\r\n"
    )
    found = converted(
        Note("a", sender="aino@acme.test", to="jane@example.com"),
        Note(
            "b",
            sender="MAILER-DAEMON@mx.example.com",
            to="aino@acme.test",
            refs="a",
            at=1,
            more="Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
            body=report,
        ),
    )
    message = records(found, "message")[1]
    assert message["is_internal"] is True
    assert message["body"].startswith("A mail to jane@example.com was not delivered: ")
    assert "550 no such user" in message["body"]
    assert "author_id" not in message


def test_a_mail_that_waits_is_not_said_to_be_lost() -> None:
    report = (
        "--b\r\n\r\nWarning\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Final-Recipient: rfc822; jane@example.com\r\nAction: delayed\r\nStatus: 4.1.1\r\n--b--\r\n"
    )
    more = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
    found = converted(
        Note(sender="MAILER-DAEMON@mx.example.com", to="aino@acme.test", more=more, body=report)
    )
    [message] = records(found, "message")
    assert message["body"].startswith("A mail to jane@example.com is delayed: status 4.1.1\n")


def test_files_come_before_what_names_them() -> None:
    [found] = converted(Note(more=BOTH, body=WITH_FILE))
    [attachment] = records([found], "attachment")
    assert found.contents == [Content(b"1;2")]
    assert attachment["sha256"] == hashlib.sha256(b"1;2").hexdigest()
    assert (attachment["filename"], attachment["size"]) == ("a.csv", 3)
    assert attachment["message_id"] == records([found], "message")[0]["source_id"]


def test_originals_are_kept_as_they_came() -> None:
    note = Note(body="Hi")
    [found] = converted(note, originals=True)
    assert found.contents == [Content(note.raw())]
    assert records([found], "attachment")[0]["filename"] == "original.eml"


def test_a_mail_that_was_cut_says_so_and_counts() -> None:
    [found] = converted(Note(), size=180_000_000)
    assert [one.code for one in found.problems] == ["TOO_LARGE"]
    assert any("180 MB" in warning for warning in records([found], "message")[0]["warnings"])


def test_a_mail_that_cannot_be_had_leaves_a_note_and_its_ticket() -> None:
    plan = planned((folder(), [Note()]), our_address=("@acme.test",)).plan
    [mail] = plan.mails[0]
    found = Conversion(plan, MailOptions()).unread(mail, "the server gives an error", "INBOX uid 1")
    assert [one.code for one in found.problems] == ["UNREADABLE_MAIL"]
    [message] = records([found], "message")
    assert message["is_internal"] is True
    assert "the server gives an error" in message["body"]
    assert [one["source_id"] for one in records([found], "ticket")] == [mail.ticket_id]


def test_what_became_of_a_ticket_stays_when_its_question_is_no_longer_there() -> None:
    chosen: dict[str, Any] = {"our_address": ("@acme.test",)}
    question = Note("a", to="help@acme.test")
    aside = Note("b", "Fwd: Printer", "aino@acme.test", to="tech@vendor.example", refs="a", at=1)
    first = planned((folder(), [question, aside]), **chosen).plan
    known = {mail.message_id: mail.ticket_id for mail in first.mails[0]}
    askers = dict.fromkeys(known.values(), "jane@example.com")
    plan = planned((folder(), [aside]), known=known, askers=askers, **chosen).plan
    [mail] = plan.mails[0]
    found = Conversion(plan, MailOptions.model_validate(chosen)).ticket_alone(mail, "INBOX uid 1")
    assert [one["kind"] for one in found if one["kind"] in ("ticket", "outcome", "contact")] == ["ticket"]
    assert next(one for one in found if one["kind"] == "ticket")["requester_id"] == "jane@example.com"
